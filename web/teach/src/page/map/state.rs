//! What the map shows and what the visitor does on it. Copies speak of the same map.

use crate::map::window::Window;
use leptos::html::Canvas;
use leptos::prelude::*;
use nadir_web_kit::js::field;
use std::collections::{BTreeSet, HashMap};
use wasm_bindgen::JsValue;

/// The map's signals.
#[derive(Clone, Copy)]
pub struct MapState {
    /// Where it is drawn.
    pub canvas: NodeRef<Canvas>,
    /// Where each image stands.
    pub places: RwSignal<Vec<[f32; 2]>>,
    /// The part that is seen.
    pub window: RwSignal<Window>,
    /// A drag draws a line around images.
    pub is_lasso: RwSignal<bool>,
    /// That line, in places of the map.
    pub line: RwSignal<Vec<[f32; 2]>>,
    /// The image that the pointer is over.
    pub pointed: RwSignal<Option<usize>>,
    /// Classes that are taken off the map.
    pub hidden: RwSignal<BTreeSet<usize>>,
    /// Counts the pictures that have come since.
    pub loaded: RwSignal<usize>,
    /// What is behind it, and not shown.
    pub behind: StoredValue<Behind, LocalStorage>,
}

/// What is behind the map.
#[derive(Default)]
pub struct Behind {
    /// A frame is requested.
    pub is_requested: bool,
    /// Pointers that are down, with where they are, CSS px.
    pub pressed: Vec<(i32, [f32; 2])>,
    /// Where the first of them was pressed.
    pub from: [f32; 2],
    /// It has moved farther than a click.
    pub is_drag: bool,
    /// Image elements by their address.
    pub pictures: HashMap<String, JsValue>,
    /// The pixels of the points.
    pub rgba: Vec<u8>,
}

impl MapState {
    /// Of no image.
    pub fn new() -> Self {
        Self {
            canvas: NodeRef::new(),
            places: RwSignal::new(Vec::new()),
            window: RwSignal::new(Window::default()),
            is_lasso: RwSignal::new(false),
            line: RwSignal::new(Vec::new()),
            pointed: RwSignal::new(None),
            hidden: RwSignal::new(BTreeSet::new()),
            loaded: RwSignal::new(0),
            behind: StoredValue::new_local(Behind::default()),
        }
    }

    /// Width and height of the canvas as it is laid out, CSS px; `None` where it is not.
    pub fn size(self) -> Option<[f32; 2]> {
        let canvas = self.canvas.get_untracked()?;
        let size = ["clientWidth", "clientHeight"].map(|name| field(&canvas, name).as_f64().unwrap_or(0.0) as f32);
        (size[0] > 0.0 && size[1] > 0.0).then_some(size)
    }
}
