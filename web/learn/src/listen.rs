//! What the visitor does, to the page and its lesson. One listener of each kind, at the page's section.

use crate::exercises;
use crate::page::Page;
use crate::picture;
use crate::settings::is_setting;
use js_sys::{Function, Reflect};
use nadir_web_kit::files::{Dropped, PickedFile, picked};
use nadir_web_kit::js::field;
use nadir_web_kit::text::learn::views as text;
use nadir_web_kit::{address, dom};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::spawn_local;
use web_sys::{
    DragEvent, Element, Event, EventTarget, HtmlElement, HtmlInputElement, KeyboardEvent, MouseEvent, PointerEvent,
    window,
};

/// The longer side of a student's image in px; larger ones are reduced, so that a slider is followed at once.
const LONGEST_PX: f64 = 512.0;

/// For the life of the page.
pub fn listen(host: &HtmlElement, page: &Page) {
    let on_change = page.clone();
    for kind in ["input", "change"] {
        let page = on_change.clone();
        on(host, kind, move |event| change(&page, event));
    }
    let pressed = page.clone();
    on(host, "click", move |event| click(&pressed, event));
    let keyed = page.clone();
    on(host, "keydown", move |event| {
        let (Some(target), Some(event)) = (element(event), event.dyn_ref::<KeyboardEvent>()) else { return };
        let id = target.id();
        if id.starts_with(exercises::PREFIX) {
            if event.key() == "Enter" && id.ends_with("-typed") {
                exercises::press(&id.replace("-typed", "-check"));
            }
            return;
        }
        if !event.alt_key() && !event.ctrl_key() && keyed.with(|lesson| lesson.key(&event.key(), &target)) == Some(true)
        {
            event.prevent_default();
        }
    });
    listen_to_drags(host, page);
    listen_to_files(host, page);
    let back = page.clone();
    if let Some(window) = window() {
        on(&window, "popstate", move |_| back.go_to_address());
    }
}

fn on(target: &EventTarget, kind: &str, act: impl FnMut(&Event) + 'static) {
    let mut act = act;
    let listener = Closure::<dyn FnMut(Event)>::new(move |event: Event| act(&event)).into_js_value();
    // No kind of event is one that a browser refuses.
    let _ = target.add_event_listener_with_callback(kind, listener.unchecked_ref());
}

fn element(event: &Event) -> Option<Element> {
    event.target()?.dyn_into().ok()
}

fn change(page: &Page, event: &Event) {
    let Some(target) = element(event) else { return };
    let id = target.id();
    if target.get_attribute("type").as_deref() == Some("file") {
        let input: &HtmlInputElement = target.unchecked_ref();
        let files = input.files().map(|files| picked(&files)).unwrap_or_default();
        // The same file may be chosen again. A browser tells of a choice twice, the second time of none.
        input.set_value("");
        if !files.is_empty() {
            take(page, Some(&id), files);
        }
        return;
    }
    let is_check = target.get_attribute("type").as_deref() == Some("checkbox");
    let value = if is_check {
        target.unchecked_ref::<HtmlInputElement>().checked().to_string()
    } else {
        // Inputs and selects have a value.
        field(&target, "value").as_string().unwrap_or_default()
    };
    if id.starts_with(exercises::PREFIX) {
        return;
    }
    page.with(|lesson| lesson.change(&id, &value));
    if event.type_() == "change" && is_setting(&target) {
        // So that a link shows what is shown here.
        address::set(&id, Some(&value));
        for (id, value) in page.with(|lesson| lesson.linked(&id)).unwrap_or_default() {
            address::set(&id, Some(&value));
        }
    }
}

fn click(page: &Page, event: &Event) {
    let Some(target) = element(event) else { return };
    if let Ok(Some(link)) = target.closest("[data-lesson]") {
        let mouse: &MouseEvent = event.unchecked_ref();
        // A link that is opened in a new tab is the browser's affair.
        if mouse.ctrl_key() || mouse.meta_key() || mouse.shift_key() {
            return;
        }
        event.prevent_default();
        if let Some(lesson) = link.get_attribute("data-lesson").and_then(|lesson| lesson.parse().ok()) {
            page.go_to(lesson);
        }
        return;
    }
    if let Ok(Some(link)) = target.closest("[data-notes]") {
        let mouse: &MouseEvent = event.unchecked_ref();
        // As above.
        if !(mouse.ctrl_key() || mouse.meta_key() || mouse.shift_key()) {
            event.prevent_default();
            page.show_notes(link.get_attribute("data-notes").as_deref() == Some("on"));
        }
        return;
    }
    let Ok(Some(button)) = target.closest("button") else { return };
    match button.id().as_str() {
        "projector" => page.press_projector(),
        id if id.starts_with(exercises::PREFIX) => exercises::press(id),
        "lesson-previous" => page.turn(false),
        "lesson-next" => page.turn(true),
        id if id.starts_with("run-") => page.press_run(),
        id => {
            page.with(|lesson| lesson.press(id, &button));
        }
    }
}

/// Points of the circles: what is pressed is dragged until it is let go.
fn listen_to_drags(host: &HtmlElement, page: &Page) {
    let dragged: Rc<RefCell<Option<Element>>> = Rc::default();
    let begin = dragged.clone();
    on(host, "pointerdown", move |event| {
        let point = element(event).and_then(|target| target.closest(".point").ok().flatten());
        if let Some(point) = point {
            let pointer: &PointerEvent = event.unchecked_ref();
            // Without capture only a drag that leaves the picture ends early.
            let _ = point.set_pointer_capture(pointer.pointer_id());
            let _ = point.clone().unchecked_into::<HtmlElement>().focus();
            event.prevent_default();
            *begin.borrow_mut() = Some(point);
        }
    });
    let (moved, page) = (dragged.clone(), page.clone());
    on(host, "pointermove", move |event| {
        let point = moved.borrow().clone();
        if let Some(point) = point
            && let Ok(Some(frame)) = point.closest("svg")
            && let Some(place) = place_in(&frame, event.unchecked_ref())
        {
            page.with(|lesson| lesson.drag(&point, place));
        }
    });
    for kind in ["pointerup", "pointercancel"] {
        let dragged = dragged.clone();
        on(host, kind, move |_| *dragged.borrow_mut() = None);
    }
}

/// Where a pointer is in a frame: 0 to 1 from the left and from the top.
fn place_in(frame: &Element, pointer: &MouseEvent) -> Option<[f64; 2]> {
    let measure: Function = Reflect::get(frame, &"getBoundingClientRect".into()).ok()?.dyn_into().ok()?;
    let bounds = measure.call0(frame).ok()?;
    let side = |name: &str| field(&bounds, name).as_f64();
    let across = (f64::from(pointer.client_x()) - side("left")?) / side("width")?;
    let down = (f64::from(pointer.client_y()) - side("top")?) / side("height")?;
    (across.is_finite() && down.is_finite()).then_some([across, down])
}

/// Files of the student's, dropped anywhere on the page.
fn listen_to_files(host: &HtmlElement, page: &Page) {
    on(host, "dragover", |event| event.prevent_default());
    let page = page.clone();
    on(host, "drop", move |event| {
        event.prevent_default();
        // The page around this section has its own use for files.
        event.stop_propagation();
        let transfer = event.unchecked_ref::<DragEvent>().data_transfer();
        if let Some(dropped) = transfer.map(|transfer| Dropped::of(&transfer)) {
            let page = page.clone();
            spawn_local(async move { take(&page, None, dropped.files().await) });
        }
    });
}

fn take(page: &Page, control: Option<&str>, files: Vec<PickedFile>) {
    let to_decode = page.with(|lesson| lesson.files(control, files)).flatten();
    let Some(PickedFile { file, .. }) = to_decode else { return };
    let page = page.clone();
    spawn_local(async move {
        match picture::read(&file, LONGEST_PX).await {
            Ok(image) => {
                page.with(|lesson| lesson.image(image));
            }
            Err(error) => refused(&error),
        }
    });
}

fn refused(_: &JsValue) {
    dom::say_in("views-message", text::NOT_AN_IMAGE);
}
