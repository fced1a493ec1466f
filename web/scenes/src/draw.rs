//! The image on its canvas, with what was found in it: drawn at most once a frame, and only after something changed.

use crate::camera::{Camera, Part};
use crate::pictures;
use crate::state::{FoundLabels, FoundObjects, Opened, Scene};
use leptos::prelude::*;
use nadir_core::detection::boxes::PixelBox;
use nadir_web_kit::dom::{by_id, canvas};
use nadir_web_kit::{heat, text};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CanvasRenderingContext2d, window};

/// The canvas.
pub const CANVAS: &str = "scene-canvas";
/// The classes' colours, those of `static/objects.css`.
const COLOURS: [&str; 8] = ["#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7", "#ffffff"];
/// Boxes have their names from this size on, CSS px.
const NAMED_FROM: f64 = 40.0;

/// The colour of a class.
pub fn colour(class: usize) -> &'static str {
    COLOURS[class % COLOURS.len()]
}

/// Draws in the next frame.
pub fn soon(scene: Scene) {
    let is_new = scene.held.try_update_value(|held| !std::mem::replace(&mut held.is_drawing, true));
    if is_new == Some(true) {
        request_animation_frame(move || {
            scene.held.update_value(|held| held.is_drawing = false);
            if scene.is_shown.get_untracked() {
                // A canvas that cannot be drawn stays empty; what is found is listed all the same.
                let _ = now(scene);
            }
        });
    }
}

/// Once the page has its layout after a change.
pub fn when_laid_out(act: impl FnOnce() + 'static) {
    request_animation_frame(move || request_animation_frame(act));
}

/// Width and height of the canvas, CSS px; `None` while it is not seen.
pub fn view_size() -> Option<[f64; 2]> {
    let canvas = by_id(CANVAS)?;
    let size = [f64::from(canvas.client_width()), f64::from(canvas.client_height())];
    (size[0] > 0.0 && size[1] > 0.0).then_some(size)
}

fn now(scene: Scene) -> Result<(), JsValue> {
    let (Some(opened), Some(canvas), Some(view)) = (scene.opened_now(), canvas(CANVAS), view_size()) else {
        return Ok(());
    };
    let ratio = window().map_or(1.0, |window| window.device_pixel_ratio());
    let sides = view.map(|side| (side * ratio).round() as u32);
    if [canvas.width(), canvas.height()] != sides {
        canvas.set_width(sides[0]);
        canvas.set_height(sides[1]);
    }
    let context = canvas.get_context("2d")?.ok_or(JsValue::NULL)?.unchecked_into::<CanvasRenderingContext2d>();
    context.set_transform(ratio, 0.0, 0.0, ratio, 0.0, 0.0)?;
    context.clear_rect(0.0, 0.0, view[0], view[1]);

    let camera = scene.camera.get_untracked();
    let level = camera.level(ratio, opened.info.levels);
    let seen = camera.seen(level, opened.size(), view);
    // Pixels that are enlarged are shown as they are.
    context.set_image_smoothing_enabled(camera.scale * ratio < 2.0);
    scene.held.update_value(|held| {
        for &part in &seen {
            let Some(nearest) = held.pictures.nearest(part) else { continue };
            if let Some(picture) = held.pictures.get(nearest) {
                // A part that cannot be drawn is asked for again by the next drawing.
                let _ = paint(&context, picture, (part, nearest), &opened, camera, view);
            }
        }
    });
    pictures::ask(scene, &seen);
    let is_missing =
        |part: &Part| scene.held.with_value(|held| !held.pictures.has(*part) && !held.failed.contains(part));
    let is_filling = seen.iter().any(is_missing);
    if scene.is_filling.get_untracked() != is_filling {
        scene.is_filling.set(is_filling);
    }

    if let (Some(label), Some(found)) = (scene.heat.get_untracked(), scene.labels.get_untracked()) {
        draw_heat(&context, &found, label, camera, view);
    }
    if let Some(found) = scene.objects.get_untracked() {
        draw_objects(&context, &found, scene.selected.get_untracked(), camera, view)?;
    }
    Ok(())
}

/// Paints a part from the picture of itself or of a coarser one that holds it.
fn paint(
    context: &CanvasRenderingContext2d,
    picture: &web_sys::HtmlCanvasElement,
    (part, nearest): (Part, Part),
    opened: &Opened,
    camera: Camera,
    view: [f64; 2],
) -> Result<(), JsValue> {
    let (corners, held) = (part.corners(opened.size()), nearest.corners(opened.size()));
    // Pixels of the picture for one of the image.
    let across = f64::from(picture.width()) / (held[2] - held[0]);
    let down = f64::from(picture.height()) / (held[3] - held[1]);
    let [left, top] = camera.in_view([corners[0], corners[1]], view);
    let [right, bottom] = camera.in_view([corners[2], corners[3]], view);
    // To whole px, so that neighbours leave no line between them.
    let (left, top, right, bottom) = (left.floor(), top.floor(), right.ceil(), bottom.ceil());
    context.draw_image_with_html_canvas_element_and_sw_and_sh_and_dx_and_dy_and_dw_and_dh(
        picture,
        (corners[0] - held[0]) * across,
        (corners[1] - held[1]) * down,
        (corners[2] - corners[0]) * across,
        (corners[3] - corners[1]) * down,
        left,
        top,
        right - left,
        bottom - top,
    )
}

/// The scores of a label in all tiles, from nothing at 0 to the strongest colour at 1.
fn draw_heat(context: &CanvasRenderingContext2d, found: &FoundLabels, label: usize, camera: Camera, view: [f64; 2]) {
    for (tile, scores) in found.tiles.iter().zip(&found.scores) {
        let Some(&score) = scores.as_ref().and_then(|scores| scores.get(label)) else { continue };
        let (right, bottom) = (tile.left + tile.size.width, tile.top + tile.size.height);
        let corners = [tile.left, tile.top, right, bottom].map(|at| at as f64);
        let Some(corners) = seen(corners, camera, view) else { continue };
        // To whole px, so that neighbours neither overlap nor leave a line between them.
        let [left, top, right, bottom] = corners.map(f64::round);
        let [red, green, blue, alpha] = heat::colour(score);
        let alpha = nadir_web_kit::numbers::decimal(f64::from(alpha) / 255.0, 3);
        context.set_fill_style_str(&format!("rgba({red}, {green}, {blue}, {alpha})"));
        context.fill_rect(left, top, right - left, bottom - top);
    }
}

fn draw_objects(
    context: &CanvasRenderingContext2d,
    found: &FoundObjects,
    selected: Option<usize>,
    camera: Camera,
    view: [f64; 2],
) -> Result<(), JsValue> {
    context.set_font("12px system-ui, sans-serif");
    context.set_text_baseline("bottom");
    for (index, object) in found.objects.iter().enumerate() {
        let Some([left, top, right, bottom]) = seen(object.box_in_image.map(f64::from), camera, view) else { continue };
        let is_selected = selected == Some(index);
        // Dark below bright, so that it stands out from any ground.
        for (style, width) in [("rgba(0, 0, 0, 0.6)", 4.0), (colour(object.class), 2.0)] {
            context.set_stroke_style_str(style);
            context.set_line_width(if is_selected { width + 2.0 } else { width });
            context.stroke_rect(left, top, right - left, bottom - top);
        }
        if is_selected || right - left >= NAMED_FROM {
            let name = text::label(&found.labels[object.class]);
            context.set_line_width(4.0);
            context.set_stroke_style_str("rgba(0, 0, 0, 0.8)");
            context.stroke_text(&name, left, top - 3.0)?;
            context.set_fill_style_str("#ffffff");
            context.fill_text(&name, left, top - 3.0)?;
        }
    }
    Ok(())
}

/// A box of the image in the view; `None` if it is not seen.
fn seen([x0, y0, x1, y1]: [f64; 4], camera: Camera, view: [f64; 2]) -> Option<[f64; 4]> {
    let [left, top] = camera.in_view([x0, y0], view);
    let [right, bottom] = camera.in_view([x1, y1], view);
    (right >= 0.0 && bottom >= 0.0 && left <= view[0] && top <= view[1]).then_some([left, top, right, bottom])
}

/// The object whose box, the smallest of several, holds a place of the image.
pub fn object_at(found: &FoundObjects, [x, y]: [f64; 2]) -> Option<usize> {
    let area = |[x0, y0, x1, y1]: PixelBox| (x1 - x0) * (y1 - y0);
    let holds = |[x0, y0, x1, y1]: PixelBox| {
        (f64::from(x0)..=f64::from(x1)).contains(&x) && (f64::from(y0)..=f64::from(y1)).contains(&y)
    };
    let inside = found.objects.iter().enumerate().filter(|(_, object)| holds(object.box_in_image));
    inside.min_by(|(_, a), (_, b)| area(a.box_in_image).total_cmp(&area(b.box_in_image))).map(|(index, _)| index)
}
