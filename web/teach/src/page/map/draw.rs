//! The map on its canvas: one frame after whatever has changed.

use super::super::desk::Desk;
use super::state::MapState;
use crate::map::paint::{self, Colour, NO_CLASS, Point, Shape};
use crate::session::{Picture, Session};
use js_sys::{Array, Function, Reflect};
use leptos::prelude::*;
use nadir_web_kit::dom;
use nadir_web_kit::js::field;
use std::collections::{BTreeSet, HashSet};
use wasm_bindgen::{Clamped, JsCast, JsValue, closure::Closure};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};

/// Small pictures in place of points, if no more are seen.
const MOST_PICTURES: usize = 60;
/// From this zoom on.
const PICTURES_FROM: f32 = 2.0;
/// Side of a small picture, CSS px.
const PICTURE_PX: f64 = 44.0;
/// Radius of a point, CSS px.
const RADIUS: f32 = 5.0;
/// Of one that the search has not found.
const SMALL: f32 = 2.0;

/// Draws now and after every change, while the map is shown.
pub fn keep_drawn(desk: Desk, map: MapState) {
    Effect::new(move |_| {
        desk.session.track();
        desk.search.track();
        desk.selection.track();
        desk.sheets.track();
        map.places.track();
        map.window.track();
        map.line.track();
        map.hidden.track();
        map.loaded.track();
        if desk.has_map.get() {
            request(desk, map);
        }
    });
    let handle = window_event_listener(leptos::ev::resize, move |_| {
        if desk.has_map.get_untracked() {
            request(desk, map);
        }
    });
    on_cleanup(move || handle.remove());
}

fn request(desk: Desk, map: MapState) {
    let is_requested = map.behind.try_update_value(|behind| std::mem::replace(&mut behind.is_requested, true));
    if is_requested != Some(false) {
        return;
    }
    request_animation_frame(move || {
        map.behind.update_value(|behind| behind.is_requested = false);
        // A canvas that is not laid out is drawn when it is.
        let _ = draw(desk, map);
    });
}

fn draw(desk: Desk, map: MapState) -> Option<()> {
    let size = map.size()?;
    let canvas = map.canvas.get_untracked()?;
    let ratio = field(&js_sys::global(), "devicePixelRatio").as_f64().unwrap_or(1.0).clamp(1.0, 3.0) as f32;
    let [width, height] = size.map(|side| (side * ratio).round() as u32);
    let canvas: &HtmlCanvasElement = &canvas;
    if canvas.width() != width || canvas.height() != height {
        canvas.set_width(width);
        canvas.set_height(height);
    }
    let context: CanvasRenderingContext2d = canvas.get_context("2d").ok()??.unchecked_into();
    let points = desk.peek(|session| points(desk, map, session, size, ratio))?;
    map.behind.update_value(|behind| {
        behind.rgba.resize((width * height * 4) as usize, 0);
        paint::paint(&mut behind.rgba, width as usize, points.iter().map(|(_, point)| *point));
        let data = ImageData::new_with_u8_clamped_array(Clamped(&behind.rgba), width);
        if let Ok(data) = data {
            // Fails only for an empty picture.
            let _ = context.put_image_data(&data, 0.0, 0.0);
        }
    });
    draw_pictures(desk, map, &context, &points, ratio, [width as f32, height as f32]);
    draw_line(map, &context, size, ratio);
    Some(())
}

/// The images with their points, those that are to lie on top last.
fn points(desk: Desk, map: MapState, session: &Session, size: [f32; 2], ratio: f32) -> Vec<(usize, Point)> {
    let window = map.window.get_untracked();
    let hidden = map.hidden.get_untracked();
    let found: Option<HashSet<usize>> = desk
        .search
        .with_untracked(|search| !search.trim().is_empty())
        .then(|| untrack(|| desk.found()).into_iter().collect());
    let selection: BTreeSet<usize> = desk.selection.get_untracked();
    let mut points: Vec<(u8, (usize, Point))> = map.places.with_untracked(|places| {
        let images = places.iter().enumerate().take(session.images.len());
        images
            .map(|(image, &place)| {
                let class = session.class_of(image).filter(|class| !hidden.contains(class));
                let is_found = found.as_ref().is_none_or(|found| found.contains(&image));
                let is_selected = selection.contains(&image);
                let (colour, shape): (Colour, Shape) = match class {
                    Some(class) => {
                        let (colour, shape, _) = paint::of_class(class);
                        (colour, shape)
                    }
                    None => (NO_CLASS, Shape::Disc),
                };
                let radius = (if is_found { RADIUS } else { SMALL } * ratio).round() as i32;
                let at = window.to_canvas(place, size).map(|value| value * ratio);
                let layer = u8::from(is_found) + u8::from(class.is_some()) + 2 * u8::from(is_selected);
                (layer, (image, Point { at, colour, shape, radius, is_selected }))
            })
            .collect()
    });
    points.sort_by_key(|(layer, _)| *layer);
    points.into_iter().map(|(_, point)| point).collect()
}

/// Where the map is near, the images themselves, framed in their colour.
fn draw_pictures(
    desk: Desk,
    map: MapState,
    context: &CanvasRenderingContext2d,
    points: &[(usize, Point)],
    ratio: f32,
    [width, height]: [f32; 2],
) {
    if map.window.get_untracked().zoom() < PICTURES_FROM {
        return;
    }
    let side = PICTURE_PX * f64::from(ratio);
    let is_seen = |point: &&(usize, Point)| {
        let [x, y] = point.1.at;
        let half = side as f32 / 2.0;
        (-half..width + half).contains(&x) && (-half..height + half).contains(&y)
    };
    let seen: Vec<&(usize, Point)> = points.iter().filter(is_seen).collect();
    let shown = if seen.len() > MOST_PICTURES { 0 } else { seen.len() };
    if let Some(canvas) = map.canvas.get_untracked() {
        dom::set(&canvas, "data-pictures", &shown.to_string());
    }
    for (image, point) in seen.into_iter().take(shown) {
        let Some(picture) = desk.image(*image).map(|image| image.picture) else { continue };
        let [left, top] = point.at.map(|middle| f64::from(middle) - side / 2.0);
        let frame = if point.is_selected { 4.0 } else { 2.0 } * f64::from(ratio);
        let [red, green, blue] = if point.is_selected { [0; 3] } else { point.colour };
        context.set_fill_style_str(&format!("rgb({red} {green} {blue})"));
        context.fill_rect(left - frame, top - frame, side + 2.0 * frame, side + 2.0 * frame);
        // Until it has come, its frame stands alone.
        let _ = draw_picture(desk, map, context, &picture, [left, top, side, side]);
    }
}

fn draw_picture(
    desk: Desk,
    map: MapState,
    context: &CanvasRenderingContext2d,
    picture: &Picture,
    [left, top, width, height]: [f64; 4],
) -> Result<(), JsValue> {
    let address = match picture {
        Picture::Address(address) => address.clone(),
        Picture::Tile { sheet, .. } => {
            desk.sheets.with_untracked(|sheets| sheets.get(*sheet).cloned()).unwrap_or_default()
        }
    };
    if address.is_empty() {
        return Ok(());
    }
    let element = element_of(map, &address)?;
    let natural = |name: &str| field(&element, name).as_f64().unwrap_or(0.0);
    if field(&element, "complete") != true || natural("naturalWidth") == 0.0 {
        return Ok(());
    }
    let [x, y, wide, high] = match picture {
        Picture::Address(_) => [0.0, 0.0, natural("naturalWidth"), natural("naturalHeight")],
        Picture::Tile { column, row, columns, rows, .. } => {
            let (wide, high) = (natural("naturalWidth") / *columns as f64, natural("naturalHeight") / *rows as f64);
            [wide * *column as f64, high * *row as f64, wide, high]
        }
    };
    // By name: web-sys' own type for an image is a feature that would compile all that uses it again.
    let draw: Function = field(context, "drawImage").dyn_into()?;
    let places = [x, y, wide, high, left, top, width, height].map(JsValue::from_f64);
    let arguments: Array = std::iter::once(element).chain(places).collect();
    draw.apply(context, &arguments).map(drop)
}

/// The image element of an address; the map is drawn again when it has come.
fn element_of(map: MapState, address: &str) -> Result<JsValue, JsValue> {
    if let Some(known) = map.behind.with_value(|behind| behind.pictures.get(address).cloned()) {
        return Ok(known);
    }
    let element: JsValue = dom::document().create_element("img")?.into();
    let on_load = Closure::once_into_js(move || map.loaded.update(|count| *count += 1));
    Reflect::set(&element, &"onload".into(), &on_load)?;
    Reflect::set(&element, &"src".into(), &address.into())?;
    map.behind.update_value(|behind| {
        behind.pictures.insert(address.to_owned(), element.clone());
    });
    Ok(element)
}

/// The line that is drawn around images: white on black, seen over any ground.
fn draw_line(map: MapState, context: &CanvasRenderingContext2d, size: [f32; 2], ratio: f32) {
    let window = map.window.get_untracked();
    let line: Vec<[f64; 2]> = map.line.with_untracked(|line| {
        line.iter().map(|&place| window.to_canvas(place, size).map(|value| f64::from(value * ratio))).collect()
    });
    let Some(first) = line.first() else { return };
    for (width, colour) in [(4.0, "#000"), (2.0, "#fff")] {
        context.begin_path();
        context.move_to(first[0], first[1]);
        line[1..].iter().for_each(|point| context.line_to(point[0], point[1]));
        context.close_path();
        context.set_line_width(width * f64::from(ratio));
        context.set_stroke_style_str(colour);
        context.stroke();
    }
}
