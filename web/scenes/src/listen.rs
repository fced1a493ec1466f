//! What the visitor does with the image: by pointer, by two fingers, by keys; and files that are dropped.

use crate::camera::{Camera, squared_distance};
use crate::state::{FoundObjects, Scene};
use crate::{draw, model, open};
use leptos::prelude::*;
use nadir_core::protocol::scene::{SceneAnswer, SceneTask};
use nadir_web_kit::steps::Step;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::{DragEvent, Element, Event, File, FileList, KeyboardEvent, PointerEvent, WheelEvent};

/// A key moves by this share of the view, and zooms by this factor.
const KEY_SHARE: f64 = 0.15;
const KEY_FACTOR: f64 = 1.4;
/// A wheel's step, about 100, zooms by a fifth.
const WHEEL_RATE: f64 = 0.0018;
/// A press that moved no farther than this selects, CSS px.
const STILL: f64 = 4.0;

/// Fetches the networks' list, draws what changes, and listens for the life of the page.
pub fn listen(scene: Scene) {
    model::offer(scene);
    draw::begin(scene);
    open::begin(scene);
    Effect::new(move |_| {
        scene.camera.track();
        scene.arrived.track();
        scene.heat.track();
        scene.selected.track();
        scene.labels.track();
        scene.objects.track();
        draw::soon(scene);
    });
    Effect::new(move |_| {
        scene.camera.track();
        locate_middle(scene);
    });
    // For the life of the page.
    let _ = window_event_listener_untyped("resize", move |_| draw::soon(scene));
    for name in ["dragover", "dragleave", "drop"] {
        // On the document, before the page's other parts hear of it at the window.
        let take = move |event: &Event| dragged(scene, event);
        let listener = wasm_bindgen::closure::Closure::<dyn Fn(Event)>::new(move |event: Event| take(&event));
        let _ = document().add_event_listener_with_callback(name, listener.into_js_value().unchecked_ref());
    }
}

fn dragged(scene: Scene, event: &Event) {
    if !scene.is_shown.get_untracked() {
        return;
    }
    event.stop_propagation();
    let drag: &DragEvent = event.unchecked_ref();
    let is_over = match event.type_().as_str() {
        "dragover" => {
            event.prevent_default();
            true
        }
        // With a related target the pointer has only gone from one element to another.
        "dragleave" => drag.related_target().is_some(),
        _ => {
            event.prevent_default();
            open::take(scene, files(drag.data_transfer().and_then(|transfer| transfer.files())));
            false
        }
    };
    if scene.is_dragging.get_untracked() != is_over {
        scene.is_dragging.set(is_over);
    }
}

/// A list of files.
pub fn files(list: Option<FileList>) -> Vec<File> {
    list.map_or(vec![], |list| (0..list.length()).filter_map(|index| list.get(index)).collect())
}

/// The pointers that are down, by their ids.
#[derive(Debug, Clone, Default)]
pub struct Pointers(Rc<RefCell<Vec<Pointer>>>);

#[derive(Debug, Clone, Copy)]
struct Pointer {
    id: i32,
    at: [f64; 2],
    began: [f64; 2],
    has_moved: bool,
}

impl Pointers {
    /// A pointer goes down.
    pub fn down(&self, event: &PointerEvent) {
        if event.button() != 0 {
            return;
        }
        if let Some(target) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) {
            // A pointer that is gone already cannot be held, and need not be.
            let _ = target.set_pointer_capture(event.pointer_id());
        }
        let at = point(event);
        self.0.borrow_mut().push(Pointer { id: event.pointer_id(), at, began: at, has_moved: false });
    }

    /// A pointer moves, down or not.
    pub fn moved(&self, scene: Scene, event: &PointerEvent) {
        let (Some(opened), Some(view)) = (scene.opened_now(), draw::view_size()) else { return };
        let (image, at) = (opened.size(), point(event));
        let mut pointers = self.0.borrow_mut();
        let before = pointers.clone();
        let Some(index) = pointers.iter().position(|pointer| pointer.id == event.pointer_id()) else {
            return look(scene, Some(scene.camera.get_untracked().in_image(at, view)));
        };
        let pointer = &mut pointers[index];
        pointer.at = at;
        pointer.has_moved |= squared_distance(at, pointer.began) > STILL * STILL;
        let camera = scene.camera.get_untracked();
        let camera = match (before.as_slice(), pointers.as_slice()) {
            ([from], [to]) if to.has_moved => camera.dragged([to.at[0] - from.at[0], to.at[1] - from.at[1]], image),
            ([a, b, ..], [c, d, ..]) => {
                let middle = |p: &Pointer, q: &Pointer| [0, 1].map(|axis| (p.at[axis] + q.at[axis]) / 2.0);
                let (was, is) = (middle(a, b), middle(c, d));
                let length = |p: &Pointer, q: &Pointer| squared_distance(p.at, q.at).sqrt().max(1.0);
                let camera = camera.dragged([is[0] - was[0], is[1] - was[1]], image);
                camera.zoomed(length(c, d) / length(a, b), is, image, view)
            }
            _ => camera,
        };
        scene.camera.set(camera);
    }

    /// A pointer goes up, or is lost.
    pub fn up(&self, scene: Scene, event: &PointerEvent) {
        let gone = {
            let mut pointers = self.0.borrow_mut();
            let index = pointers.iter().position(|pointer| pointer.id == event.pointer_id());
            index.map(|index| pointers.remove(index))
        };
        let Some(pointer) = gone.filter(|pointer| !pointer.has_moved && event.type_() == "pointerup") else { return };
        if let (Some(view), Some(found)) = (draw::view_size(), scene.objects.get_untracked()) {
            let place = scene.camera.get_untracked().in_image(pointer.at, view);
            scene.selected.set(draw::object_at(&found, place));
        }
    }
}

/// A point of the canvas, CSS px.
fn point(event: &PointerEvent) -> [f64; 2] {
    [f64::from(event.offset_x()), f64::from(event.offset_y())]
}

/// The wheel turns.
pub fn wheel(scene: Scene, event: &WheelEvent) {
    let (Some(opened), Some(view)) = (scene.opened_now(), draw::view_size()) else { return };
    event.prevent_default();
    // By lines in some browsers, else by px.
    let unit = if event.delta_mode() == WheelEvent::DOM_DELTA_LINE { 33.0 } else { 1.0 };
    let factor = (-event.delta_y() * unit * WHEEL_RATE).clamp(-1.0, 1.0).exp();
    let at = [f64::from(event.offset_x()), f64::from(event.offset_y())];
    scene.camera.set(scene.camera.get_untracked().zoomed(factor, at, opened.size(), view));
}

/// A key is pressed on the canvas.
pub fn key(scene: Scene, event: &KeyboardEvent) {
    if let Some(step) = Step::of_key(event) {
        event.prevent_default();
        take(scene, step);
    }
}

/// Takes a step.
pub fn take(scene: Scene, step: Step) {
    let (Some(opened), Some(view)) = (scene.opened_now(), draw::view_size()) else { return };
    let (camera, image) = (scene.camera.get_untracked(), opened.size());
    scene.camera.set(match step {
        Step::Move(by) => camera.dragged([0, 1].map(|axis| f64::from(by[axis]) * KEY_SHARE * view[axis]), image),
        Step::Nearer => camera.zoomed(KEY_FACTOR, view.map(|side| side / 2.0), image, view),
        Step::Farther => camera.zoomed(1.0 / KEY_FACTOR, view.map(|side| side / 2.0), image, view),
        Step::Whole => Camera::whole(image, view),
    });
}

/// Goes to an object.
pub fn go_to(scene: Scene, found: &FoundObjects, index: usize) {
    if let (Some(object), Some(view)) = (found.objects.get(index), draw::view_size()) {
        scene.camera.set(Camera::to_box(object.box_in_image.map(f64::from), view));
        scene.selected.set(Some(index));
    }
}

/// The pointer is over a place of the image, or over none.
pub fn look(scene: Scene, place: Option<[f64; 2]>) {
    let inside = scene.opened_now().and_then(|opened| {
        let [width, height] = opened.size();
        place.filter(|&[x, y]| (0.0..=width).contains(&x) && (0.0..=height).contains(&y))
    });
    scene.pointer.set(inside);
    match inside {
        Some(place) => locate(scene, place),
        None => scene.place.set(None),
    }
}

/// Asks where a place is; while one is asked for, only the last of the next ones follows.
fn locate(scene: Scene, place: [f64; 2]) {
    let Some(reader) = scene.held.with_value(|held| held.reader.clone()) else { return };
    let is_asking = scene.held.try_update_value(|held| match &mut held.locating {
        Some(next) => {
            *next = Some(place);
            true
        }
        None => {
            held.locating = Some(None);
            false
        }
    });
    if is_asking != Some(false) {
        return;
    }
    let number = scene.held.with_value(|held| held.file_number);
    spawn_local(async move {
        let mut place = place;
        loop {
            let answered = reader.ask(&SceneTask::Locate { at: place }, None).await;
            if scene.held.with_value(|held| held.file_number) != number {
                return;
            }
            if let (Ok((SceneAnswer::Place(found), _)), true) = (answered, scene.pointer.get_untracked().is_some()) {
                scene.place.set(Some(found));
            }
            let next = scene.held.try_update_value(|held| match held.locating.take() {
                Some(Some(next)) => {
                    held.locating = Some(None);
                    Some(next)
                }
                _ => None,
            });
            match next.flatten() {
                Some(next) => place = next,
                None => return,
            }
        }
    });
}

/// Asks how long a px is in the middle of the view, once a file is open and where one has moved far.
fn locate_middle(scene: Scene) {
    let Some(reader) = scene.held.with_value(|held| held.reader.clone()) else { return };
    let at = scene.camera.get_untracked().centre;
    // A scale bar of a map changes slowly: where it is known, it is asked for again when a search or file begins.
    if scene.metres_per_px.get_untracked().is_some() {
        return;
    }
    spawn_local(async move {
        if let Ok((SceneAnswer::Place(place), _)) = reader.ask(&SceneTask::Locate { at }, None).await {
            scene.metres_per_px.set(place.metres_per_px);
        }
    });
}
