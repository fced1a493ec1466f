//! The map's canvas: what is on it, and when it is painted again: once before the next frame after something has
//! changed.

use super::splat::{Look, Pixel, splat};
use super::viewport::{Viewport, nearest};
use crate::state::{Gallery, Shown};
use crate::window::on_window;
use js_sys::{Function, Object, Reflect};
use leptos::ev;
use nadir_web_kit::js;
use nadir_web_kit::text::neighbours;
use std::cell::RefCell;
use std::f64::consts::TAU;
use std::rc::Rc;
use wasm_bindgen::{Clamped, JsCast, JsValue, closure::Closure};
use web_sys::{CanvasRenderingContext2d, CssStyleDeclaration, EventTarget, HtmlCanvasElement, ImageData, window};

/// What a press of a button or a key zooms by.
pub const STEP: f32 = 1.5;
/// More device pixels than this are not painted: the browser scales the canvas up, on screens of 4K and beyond.
const MOST_PIXELS: f32 = 3e6;
/// Rings are drawn around so many of the selected points.
const MOST_RINGS: usize = 1000;
/// How far from a point the pointer may be, CSS px.
const REACH: f32 = 14.0;

thread_local! {
    static MAP: RefCell<Map> = RefCell::default();
}

/// All that is on the canvas. Lengths are CSS px.
#[derive(Default)]
pub struct Map {
    /// What is seen of it.
    pub viewport: Viewport,
    /// Width and height of the canvas.
    pub size: [f32; 2],
    /// The rectangle that is being drawn, by two corners.
    pub rectangle: Option<[[f32; 2]; 2]>,
    /// A cross in the middle, for those who move the map by keys.
    pub has_cross: bool,
    /// Whose map it is.
    pub gallery: Option<Rc<Gallery>>,
    canvas: Option<HtmlCanvasElement>,
    coloured: Option<usize>,
    is_coloured: Vec<bool>,
    place: Option<[f32; 2]>,
    near: Vec<usize>,
    pointed: Option<usize>,
    selected: Rc<Vec<usize>>,
    pixels: Vec<Pixel>,
    is_due: bool,
    on_frame: Option<Closure<dyn FnMut()>>,
}

/// Takes over what is shown, and paints.
pub fn draw(canvas: HtmlCanvasElement, shown: &Shown, gallery: &Rc<Gallery>, coloured: usize) {
    change(|map| {
        map.canvas = Some(canvas);
        let is_new = map.gallery.as_ref().is_none_or(|old| !Rc::ptr_eq(old, gallery));
        if is_new {
            map.viewport = Viewport::whole(&gallery.points);
            map.gallery = Some(Rc::clone(gallery));
        }
        if is_new || map.coloured != Some(coloured) {
            map.coloured = Some(coloured);
            map.is_coloured = (0..gallery.here.count).map(|image| gallery.has(image, coloured)).collect();
        }
        let found = shown.gallery.found.as_ref();
        map.place = found.and_then(|found| found.place);
        map.near = found.iter().flat_map(|found| found.neighbours.found.iter().map(|found| found.index)).collect();
        map.pointed = shown.gallery.pointed;
        map.selected = Rc::clone(&shown.gallery.selected);
    });
}

/// Looks at the map.
pub fn with<T>(look: impl FnOnce(&Map) -> T) -> T {
    MAP.with_borrow(look)
}

/// Changes the map; it is painted before the next frame.
pub fn change<T>(change: impl FnOnce(&mut Map) -> T) -> T {
    MAP.with_borrow_mut(|map| {
        let result = change(map);
        if !std::mem::replace(&mut map.is_due, true) {
            let on_frame = map.on_frame.get_or_insert_with(|| Closure::new(frame));
            if let Some(window) = window() {
                // No browser refuses a frame.
                let _ = window.request_animation_frame(on_frame.as_ref().unchecked_ref());
            }
        }
        result
    })
}

/// Nearer by `factor`, or farther; the middle stays.
pub fn zoom(factor: f32) {
    change(|map| {
        let middle = map.size.map(|side| side / 2.0);
        map.viewport.zoom_at(factor, middle, map.size);
    });
}

/// Paints again when the window's size or colours change.
pub fn follow_page() {
    on_window(ev::resize, |_| change(|_| ()));
    // Light turns dark: the map is painted in the stylesheet's colours.
    let Some(window) = window() else { return };
    let scheme = js::field(&window, "matchMedia").dyn_into::<Function>().ok();
    let query = "(prefers-color-scheme: dark)".into();
    if let Some(scheme) = scheme.and_then(|matches| matches.call1(&window, &query).ok()) {
        let on_change = Closure::<dyn FnMut()>::new(|| change(|_| ()));
        let scheme = scheme.unchecked_into::<EventTarget>();
        // It takes any listener; for the life of the page.
        let _ = scheme.add_event_listener_with_callback("change", on_change.as_ref().unchecked_ref());
        on_change.forget();
    }
}

fn frame() {
    MAP.with_borrow_mut(|map| {
        map.is_due = false;
        // A canvas that cannot be painted stays empty; the lists are right all the same.
        let _ = map.paint();
    });
}

impl Map {
    /// Shows the whole map.
    pub fn show_whole(&mut self) {
        self.viewport = self.gallery.as_ref().map(|gallery| Viewport::whole(&gallery.points)).unwrap_or_default();
    }

    /// The image at a point of the canvas, CSS px.
    pub fn image_at(&self, at: [f32; 2]) -> Option<usize> {
        let gallery = self.gallery.as_ref()?;
        let place = self.viewport.to_map(at, self.size);
        nearest(&gallery.points, place, REACH / self.viewport.scale(self.size).max(1.0))
    }

    fn paint(&mut self) -> Result<(), JsValue> {
        let (Some(canvas), Some(gallery)) = (self.canvas.clone(), self.gallery.clone()) else { return Ok(()) };
        self.size = [canvas.client_width() as f32, canvas.client_height() as f32];
        let area = self.size[0] * self.size[1];
        if area < 1.0 {
            return Ok(());
        }
        let ratio = window().map_or(1.0, |window| window.device_pixel_ratio()) as f32;
        let ratio = ratio.clamp(0.5, (MOST_PIXELS / area).sqrt().clamp(0.5, 2.0));
        let [width, height] = self.size.map(|side| (side * ratio).round().max(1.0) as u32);
        resize(&canvas, width, height);
        let colours = Colours::of(&canvas)?;
        let radius = self.radius(gallery.here.count);
        let look = Look {
            ground: colours.pixel("--well"),
            quiet: colours.pixel("--map-quiet"),
            coloured: colours.pixel("--map-colour"),
            radius: radius * ratio,
        };
        self.pixels.resize((width * height) as usize, look.ground);
        splat(&mut self.pixels, width as usize, &gallery.points, &self.is_coloured, &self.viewport, &look);
        let context = context(&canvas)?;
        let bytes = Clamped(self.pixels.as_flattened());
        context.put_image_data(&ImageData::new_with_u8_clamped_array(bytes, width)?, 0.0, 0.0)?;
        let ratio = f64::from(ratio);
        context.set_transform(ratio, 0.0, 0.0, ratio, 0.0, 0.0)?;
        self.marks(&context, &colours, &gallery, radius)
    }

    /// A point's radius: smaller where there are many, larger where the map is seen from near.
    fn radius(&self, count: usize) -> f32 {
        (90.0 / (count as f32).sqrt()).clamp(0.7, 3.5) * self.viewport.zoom.sqrt().min(2.0)
    }

    /// What is few: rings, the visitor's image, the rectangle, the cross.
    fn marks(
        &self,
        context: &CanvasRenderingContext2d,
        colours: &Colours,
        gallery: &Gallery,
        radius: f32,
    ) -> Result<(), JsValue> {
        let ring = |image: usize, more: f32, width: f64, colour: &str| -> Result<(), JsValue> {
            let Some(&point) = gallery.points.get(image) else { return Ok(()) };
            let [x, y] = self.viewport.to_canvas(point, self.size).map(f64::from);
            context.begin_path();
            context.arc(x, y, f64::from(radius + more), 0.0, TAU)?;
            context.set_line_width(width);
            context.set_stroke_style_str(&colours.text(colour));
            context.stroke();
            Ok(())
        };
        for &image in self.selected.iter().take(MOST_RINGS) {
            ring(image, 1.5, 1.5, "--text")?;
        }
        for &image in &self.near {
            ring(image, 3.0, 4.0, "--well")?;
            ring(image, 3.0, 2.0, "--map-near")?;
        }
        if let Some(place) = self.place {
            self.your_image(context, colours, place)?;
        }
        if let Some(image) = self.pointed {
            ring(image, 5.0, 5.0, "--well")?;
            ring(image, 5.0, 3.0, "--text")?;
        }
        context.set_stroke_style_str(&colours.text("--text"));
        context.set_line_width(1.0);
        if let Some([a, b]) = self.rectangle {
            let [x, y] = [a[0].min(b[0]), a[1].min(b[1])].map(f64::from);
            let [width, height] = [(a[0] - b[0]).abs(), (a[1] - b[1]).abs()].map(f64::from);
            context.stroke_rect(x, y, width, height);
        }
        if self.has_cross {
            let [x, y] = self.size.map(|side| f64::from(side) / 2.0);
            context.begin_path();
            for [dx, dy] in [[12.0, 0.0], [0.0, 12.0]] {
                context.move_to(x - dx, y - dy);
                context.line_to(x + dx, y + dy);
            }
            context.stroke();
        }
        Ok(())
    }

    /// A diamond with its name, light and dark enough for any ground.
    fn your_image(
        &self,
        context: &CanvasRenderingContext2d,
        colours: &Colours,
        place: [f32; 2],
    ) -> Result<(), JsValue> {
        let [x, y] = self.viewport.to_canvas(place, self.size).map(f64::from);
        context.begin_path();
        for (at, [dx, dy]) in [[0.0, -8.0], [8.0, 0.0], [0.0, 8.0], [-8.0, 0.0]].into_iter().enumerate() {
            if at == 0 {
                context.move_to(x + dx, y + dy);
            } else {
                context.line_to(x + dx, y + dy);
            }
        }
        context.close_path();
        context.set_line_width(4.0);
        context.set_stroke_style_str(&colours.text("--well"));
        context.stroke();
        context.set_fill_style_str(&colours.text("--map-near"));
        context.fill();
        context.set_font("600 13px system-ui, sans-serif");
        // To the other side where the right edge is near.
        let is_right = x > f64::from(self.size[0]) - 120.0;
        context.set_text_align(if is_right { "right" } else { "left" });
        context.set_text_baseline("middle");
        let at = if is_right { x - 14.0 } else { x + 14.0 };
        context.stroke_text(neighbours::YOUR_IMAGE, at, y)?;
        context.set_fill_style_str(&colours.text("--text"));
        context.fill_text(neighbours::YOUR_IMAGE, at, y)
    }
}

/// The canvas' context, in ordinary memory: its pixels are painted here, and would be handed to a GPU one frame after
/// another.
fn context(canvas: &HtmlCanvasElement) -> Result<CanvasRenderingContext2d, JsValue> {
    let options = Object::new();
    for (name, value) in [("alpha", false), ("willReadFrequently", true)] {
        Reflect::set(&options, &name.into(), &value.into())?;
    }
    let context = canvas.get_context_with_context_options("2d", &options)?.ok_or(JsValue::NULL)?;
    Ok(context.unchecked_into())
}

fn resize(canvas: &HtmlCanvasElement, width: u32, height: u32) {
    // Setting a size empties a canvas and costs a frame, also where it is the same.
    if (canvas.width(), canvas.height()) != (width, height) {
        canvas.set_width(width);
        canvas.set_height(height);
    }
}

/// The page's colours, as the stylesheet has them now: light or dark.
struct Colours(CssStyleDeclaration);

impl Colours {
    fn of(canvas: &HtmlCanvasElement) -> Result<Self, JsValue> {
        let style = window().ok_or(JsValue::NULL)?.get_computed_style(canvas)?;
        style.map(Self).ok_or(JsValue::NULL)
    }

    fn text(&self, name: &str) -> String {
        self.0.get_property_value(name).unwrap_or_default().trim().to_owned()
    }

    /// A colour that the stylesheet writes as `#rrggbb`.
    fn pixel(&self, name: &str) -> Pixel {
        let text = self.text(name);
        let part = |at: usize| text.get(at..at + 2).and_then(|hex| u8::from_str_radix(hex, 16).ok()).unwrap_or(128);
        [part(1), part(3), part(5), 255]
    }
}

/// Brings an image into sight, where it is not.
pub fn bring_into_sight(image: usize) {
    change(|map| {
        let Some(&point) = map.gallery.as_ref().and_then(|gallery| gallery.points.get(image)) else { return };
        let at = map.viewport.to_canvas(point, map.size);
        if (0..2).any(|axis| !(0.0..map.size[axis]).contains(&at[axis])) {
            let size = map.size;
            map.viewport.pan([0, 1].map(|axis| size[axis] / 2.0 - at[axis]), size);
        }
    });
}
