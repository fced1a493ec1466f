//! The image with what was found in it: drawn at most once a frame, and only after something changed.

use crate::camera::{Camera, Part};
use crate::paint::frame::{Corners, Frame, Placed, Rectangle};
use crate::paint::{self, Means, Painter, Picture, cleared};
use crate::pictures;
use crate::state::{Canvas, FoundLabels, FoundObjects, Opened, Scene};
use leptos::prelude::*;
use nadir_core::detection::boxes::PixelBox;
use nadir_web_kit::dom::{by_id, canvas};
use nadir_web_kit::{heat, networks, text};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::spawn_local;
use web_sys::window;

/// The canvas with the image.
pub const CANVAS: &str = "scene-canvas";
/// The one over it, with the objects' names.
pub const NAMES: &str = "scene-object-names";
/// The classes' colours, those of `static/objects.css`.
const COLOURS: [[u8; 3]; 8] = [
    [0xe6, 0x9f, 0x00],
    [0x56, 0xb4, 0xe9],
    [0x00, 0x9e, 0x73],
    [0xf0, 0xe4, 0x42],
    [0x00, 0x72, 0xb2],
    [0xd5, 0x5e, 0x00],
    [0xcc, 0x79, 0xa7],
    [0xff, 0xff, 0xff],
];
/// Below the lines of boxes.
const DARK: [u8; 4] = [0, 0, 0, 153];
/// Boxes have their names from this size on, CSS px.
const NAMED_FROM: f64 = 40.0;
/// After so many lost GPUs the canvas is drawn without one.
const MOST_LOST: u32 = 3;

/// The colour of a class.
fn colour(class: usize) -> [u8; 3] {
    COLOURS[class % COLOURS.len()]
}

/// As styles have it.
pub fn css_colour(class: usize) -> String {
    let [red, green, blue] = colour(class);
    format!("rgb({red} {green} {blue})")
}

/// Finds by what the canvas is drawn, and again whenever that is lost, for the life of the page.
pub fn begin(scene: Scene) {
    spawn_local(async move {
        for lost in 0.. {
            let means = if lost < MOST_LOST { paint::means(networks::device()).await } else { Means::Canvas };
            draw_by(scene, means.clone());
            means.lost().await;
        }
    });
}

/// What has drawn a canvas once, alone draws it: another means gets another canvas.
fn draw_by(scene: Scene, means: Means) {
    let number = scene.canvas.get_untracked().map_or(0, |canvas| canvas.number + 1);
    let name = means.name();
    scene.held.update_value(|held| {
        held.painter = None;
        held.means = Some(means);
        held.pictures.clear();
    });
    scene.canvas.set(Some(Canvas { number, drawn_by: name }));
    when_laid_out(move || soon(scene));
}

/// Draws in the next frame.
pub fn soon(scene: Scene) {
    let is_new = scene.held.try_update_value(|held| !std::mem::replace(&mut held.is_drawing, true));
    if is_new == Some(true) {
        request_animation_frame(move || {
            scene.held.update_value(|held| held.is_drawing = false);
            if scene.is_shown.get_untracked() {
                now(scene);
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
    let canvas = by_id(NAMES)?;
    let size = [f64::from(canvas.client_width()), f64::from(canvas.client_height())];
    (size[0] > 0.0 && size[1] > 0.0).then_some(size)
}

/// From the image to the canvas.
#[derive(Clone, Copy)]
struct View {
    camera: Camera,
    /// Width and height, CSS px.
    size: [f64; 2],
    /// Px of the screen to a CSS px.
    ratio: f64,
}

impl View {
    /// Width and height of the canvas, px.
    fn canvas_size(&self) -> [u32; 2] {
        self.size.map(|side| (side * self.ratio).round() as u32)
    }

    /// Corners in the image, px of the canvas.
    fn on_canvas(&self, [x0, y0, x1, y1]: [f64; 4]) -> [f64; 4] {
        let [left, top] = self.camera.in_view([x0, y0], self.size);
        let [right, bottom] = self.camera.in_view([x1, y1], self.size);
        [left, top, right, bottom].map(|value| value * self.ratio)
    }

    /// Likewise; `None` if they are not seen.
    fn seen(&self, corners: [f64; 4]) -> Option<[f64; 4]> {
        let [left, top, right, bottom] = self.on_canvas(corners);
        let [width, height] = self.size.map(|side| side * self.ratio);
        (right >= 0.0 && bottom >= 0.0 && left <= width && top <= height).then_some([left, top, right, bottom])
    }
}

fn now(scene: Scene) {
    let (Some(opened), Some(size)) = (scene.opened_now(), view_size()) else { return };
    if !has_painter(scene) {
        return;
    }
    let ratio = window().map_or(1.0, |window| window.device_pixel_ratio());
    let view = View { camera: scene.camera.get_untracked(), size, ratio };
    let seen = view.camera.seen(view.camera.level(ratio, opened.info.levels), opened.size(), size);
    pictures::ask(scene, &seen);
    let is_missing =
        |part: &Part| scene.held.with_value(|held| !held.pictures.has(*part) && !held.failed.contains(part));
    let is_filling = seen.iter().any(is_missing);
    if scene.is_filling.get_untracked() != is_filling {
        scene.is_filling.set(is_filling);
    }

    let mut rectangles = Vec::new();
    if let (Some(label), Some(found)) = (scene.heat.get_untracked(), scene.labels.get_untracked()) {
        rectangles.extend(heat_map(&found, label, view));
    }
    let objects = scene.objects.get_untracked();
    let selected = scene.selected.get_untracked();
    if let Some(found) = &objects {
        rectangles.extend(outlines(found, selected, view));
    }
    scene.held.update_value(|held| {
        let mut pictures = Vec::with_capacity(seen.len());
        for &part in &seen {
            let Some(nearest) = held.pictures.nearest(part) else { continue };
            if let Some(picture) = held.pictures.get(nearest) {
                pictures.push(placed(picture.clone(), (part, nearest), &opened, view));
            }
        }
        // Pixels that are enlarged are shown as they are.
        let is_smooth = view.camera.scale * ratio < 2.0;
        let frame = Frame { size: view.canvas_size(), is_smooth, pictures, rectangles };
        if let Some(painter) = &mut held.painter {
            painter.draw(&frame);
        }
    });
    // Without names the objects are listed all the same.
    let _ = write_names(objects.as_deref(), selected, view);
}

/// Whether the canvas can be drawn now.
fn has_painter(scene: Scene) -> bool {
    let Some(canvas) = canvas(CANVAS) else { return false };
    let is_drawn = scene.held.try_update_value(|held| {
        let means = held.means.as_ref()?;
        if held.painter.is_none() {
            held.painter = Painter::new(canvas, means);
        }
        Some(held.painter.is_some())
    });
    if is_drawn.flatten() == Some(false) {
        draw_by(scene, Means::Canvas);
    }
    is_drawn.flatten() == Some(true)
}

/// A part by the picture of itself or of a coarser one that holds it.
fn placed(picture: Picture, (part, nearest): (Part, Part), opened: &Opened, view: View) -> Placed<Picture> {
    let (corners, held) = (part.corners(opened.size()), nearest.corners(opened.size()));
    let size = picture.size();
    // Pixels of the picture for one of the image.
    let scale = [0, 1].map(|axis| f64::from(size[axis]) / (held[axis + 2] - held[axis]));
    let source = [0, 1, 2, 3].map(|side| ((corners[side] - held[side % 2]) * scale[side % 2]) as f32);
    let [left, top, right, bottom] = view.on_canvas(corners);
    // To whole px, so that neighbours leave no line between them.
    let at = [left.floor(), top.floor(), right.ceil(), bottom.ceil()].map(|value| value as f32);
    Placed { picture, source, at }
}

/// The scores of a label in all tiles, from nothing at 0 to the strongest colour at 1.
fn heat_map(found: &FoundLabels, label: usize, view: View) -> impl Iterator<Item = Rectangle> {
    found.tiles.iter().zip(&found.scores).filter_map(move |(tile, scores)| {
        let score = *scores.as_ref()?.get(label)?;
        let (right, bottom) = (tile.left + tile.size.width, tile.top + tile.size.height);
        let corners = view.seen([tile.left, tile.top, right, bottom].map(|at| at as f64))?;
        // To whole px, so that neighbours neither overlap nor leave a line between them.
        let at = corners.map(|value| value.round() as f32);
        Some(Rectangle { at, colour: heat::colour(score), line: 0.0 })
    })
}

fn outlines(found: &FoundObjects, selected: Option<usize>, view: View) -> impl Iterator<Item = Rectangle> {
    let seen = found.objects.iter().enumerate().filter_map(move |(index, object)| {
        let at: Corners = view.seen(object.box_in_image.map(f64::from))?.map(|value| value as f32);
        Some((at, object.class, if selected == Some(index) { 2.0 } else { 0.0 }))
    });
    seen.flat_map(move |(at, class, more)| {
        let [red, green, blue] = colour(class);
        // Dark below bright, so that it stands out from any ground.
        [(DARK, 4.0), ([red, green, blue, 255], 2.0)].map(|(colour, width)| Rectangle {
            at,
            colour,
            line: (width + more) * view.ratio as f32,
        })
    })
}

fn write_names(found: Option<&FoundObjects>, selected: Option<usize>, view: View) -> Result<(), JsValue> {
    let Some(canvas) = canvas(NAMES) else { return Ok(()) };
    let context = cleared(&canvas, view.canvas_size())?;
    let Some(found) = found else { return Ok(()) };
    context.set_transform(view.ratio, 0.0, 0.0, view.ratio, 0.0, 0.0)?;
    context.set_font("12px system-ui, sans-serif");
    context.set_text_baseline("bottom");
    context.set_line_width(4.0);
    context.set_stroke_style_str("rgba(0, 0, 0, 0.8)");
    context.set_fill_style_str("#ffffff");
    for (index, object) in found.objects.iter().enumerate() {
        let Some(corners) = view.seen(object.box_in_image.map(f64::from)) else { continue };
        let [left, top, right, _] = corners.map(|value| value / view.ratio);
        if selected == Some(index) || right - left >= NAMED_FROM {
            let name = text::label(&found.labels[object.class]);
            context.stroke_text(&name, left, top - 3.0)?;
            context.fill_text(&name, left, top - 3.0)?;
        }
    }
    Ok(())
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
