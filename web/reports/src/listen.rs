//! What the visitor does on the page, by one listener.

use crate::shelf::names_in;
use crate::{checking, contents, download, draw, figures, navigate, page, tips};
use nadir_web_kit::dom::{bool_name, document, set};
use nadir_web_kit::download::save;
use nadir_web_kit::js;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{DragEvent, Element, Event, FileList, HtmlElement, HtmlInputElement, MouseEvent, window};

/// What is listened for on the page.
const OF_HOST: [&str; 8] = ["click", "change", "mouseover", "mousemove", "mouseleave", "focusout", "keydown", "toggle"];
/// What is listened for anywhere while the page is shown, before the other pages hear of it: files may be dropped
/// beside the page too.
const OF_DOCUMENT: [&str; 4] = ["dragover", "dragleave", "drop", "click"];
const OF_WINDOW: [&str; 3] = ["popstate", "hashchange", "resize"];

/// Listens for the life of the page. What is done on an event may raise another at once, such as the loss of the focus,
/// so the listeners may be called inside of themselves.
pub fn listen(host: &HtmlElement) {
    // `toggle` does not rise to the host, so it is taken on its way down.
    let on_host = Closure::<dyn Fn(Event)>::new(|event: Event| take(&event)).into_js_value();
    for name in OF_HOST {
        let _ = host.add_event_listener_with_callback_and_bool(name, on_host.unchecked_ref(), name == "toggle");
    }
    let on_document = Closure::<dyn Fn(Event)>::new(|event: Event| anywhere(&event)).into_js_value();
    for name in OF_DOCUMENT {
        let _ = document().add_event_listener_with_callback(name, on_document.unchecked_ref());
    }
    let Some(window) = window() else { return };
    let on_window = Closure::<dyn Fn(Event)>::new(|event: Event| of_window(&event)).into_js_value();
    for name in OF_WINDOW {
        let _ = window.add_event_listener_with_callback(name, on_window.unchecked_ref());
    }
}

fn of_window(event: &Event) {
    if !page::is_shown() {
        return;
    }
    if event.type_() == "resize" {
        draw::start();
    } else {
        navigate::go();
    }
}

fn anywhere(event: &Event) {
    if !page::is_shown() {
        return;
    }
    let drag = event.unchecked_ref::<DragEvent>();
    match event.type_().as_str() {
        "dragover" => {
            event.prevent_default();
            page::drag(true);
        }
        // With a related target the pointer has only gone from one element to another.
        "dragleave" => page::drag(drag.related_target().is_some()),
        "drop" => {
            event.prevent_default();
            page::drag(false);
            navigate::take(files(drag.data_transfer().and_then(|transfer| transfer.files())));
        }
        // The page's own link in the head leads back to the list.
        "click" => {
            let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            if target.is_some_and(|target| target.id() == "to-reports") && !is_elsewhere(event.unchecked_ref()) {
                navigate::visit(&[]);
            }
            return;
        }
        _ => return,
    }
    event.stop_propagation();
}

fn files(list: Option<FileList>) -> Vec<web_sys::File> {
    list.map_or(vec![], |list| (0..list.length()).filter_map(|index| list.get(index)).collect())
}

fn take(event: &Event) {
    let Some(target) = event.target().and_then(|target| target.dyn_into::<Element>().ok()) else { return };
    match event.type_().as_str() {
        "click" => clicked(&target, event),
        "change" => changed(&target),
        "mouseover" => tips::over(&target, event.unchecked_ref()),
        "mousemove" => tips::moved(event.unchecked_ref()),
        "mouseleave" => tips::hide(),
        "focusout" if target.matches(".picture").unwrap_or(false) => tips::forget(&target),
        "keydown" if target.matches(".picture").unwrap_or(false) && tips::pressed(&target, &key(event)) => {
            event.prevent_default();
        }
        // What was folded had no width to be drawn for.
        "toggle" if target.matches(".part").unwrap_or(false) => draw::start(),
        _ => {}
    }
}

/// The key of an event, by its name.
fn key(event: &Event) -> String {
    js::text(event, "key").unwrap_or_default()
}

/// Whether a click opens a link in another tab or window.
fn is_elsewhere(click: &MouseEvent) -> bool {
    click.ctrl_key() || click.meta_key() || click.shift_key() || click.alt_key() || click.button() != 0
}

fn clicked(target: &Element, event: &Event) {
    let closest = |css: &str| target.closest(css).ok().flatten();
    if let Some(link) = closest("a[data-report]") {
        if !is_elsewhere(event.unchecked_ref()) {
            event.prevent_default();
            let name = link.get_attribute("data-report").unwrap_or_default();
            navigate::visit(&if name.is_empty() { vec![] } else { vec![name] });
        }
    } else if closest("#report-contents a").is_some() {
        contents::fold();
    } else if let Some(index) = closest("[data-arm]").and_then(|arm| arm.get_attribute("data-arm")?.parse().ok()) {
        navigate::toggle_arm(index);
    } else if let Some(button) = closest("[data-do]") {
        let figure = button.closest("figure").ok().flatten();
        pushed(&button.get_attribute("data-do").unwrap_or_default(), &button, figure.as_ref());
    }
}

/// A button is pushed, in a figure or elsewhere.
fn pushed(act: &str, button: &Element, figure: Option<&Element>) {
    match (act, figure) {
        ("compare", _) => navigate::visit(&selected()),
        ("check", _) => checking::start(button.get_attribute("data-of").unwrap_or_default()),
        ("stop-check", _) => checking::stop(),
        ("swap", _) => navigate::choose(navigate::chosen(true)),
        ("contents", _) => contents::toggle(),
        ("whole", _) => {
            let name = button.get_attribute("data-of").unwrap_or_default();
            if let Some(json) = page::whole(&name) {
                // A browser that refuses a download says so itself.
                let _ = save(&format!("{name}.json"), &json);
            }
        }
        ("svg" | "csv" | "json", Some(figure)) => download::figure(&figure.id(), act),
        ("table", Some(figure)) => {
            let id = figure.id();
            let is_open = page::with(|page| match page.tables.remove(&id) {
                Some(_) => false,
                None => page.tables.insert(id.clone(), 0).is_none(),
            });
            set(button, "aria-pressed", bool_name(is_open == Some(true)));
            draw::now(&id);
        }
        ("previous" | "next", Some(figure)) => {
            let id = figure.id();
            page::with(|page| {
                let first = page.tables.entry(id.clone()).or_insert(0);
                *first = if act == "next" { *first + figures::ROWS } else { first.saturating_sub(figures::ROWS) };
            });
            draw::now(&id);
            // The button was drawn anew.
            let again = figure.query_selector(&format!("[data-do={act}]")).ok().flatten();
            if let Some(again) = again {
                let _ = again.unchecked_ref::<HtmlElement>().focus();
            }
        }
        _ => {}
    }
}

fn changed(target: &Element) {
    if target.id() == "report-files" {
        let input: &HtmlInputElement = target.unchecked_ref();
        navigate::take(files(input.files()));
        // So that choosing the same file once more is a change again.
        input.set_value("");
    } else if target.has_attribute("data-side") {
        navigate::choose(navigate::chosen(false));
    } else if target.has_attribute("data-select")
        && let Ok(Some(button)) = document().query_selector("#reports [data-do=compare]")
    {
        let _ = button.toggle_attribute_with_force("disabled", selected().len() < 2);
    }
}

/// The names whose boxes are ticked, in the list's order.
fn selected() -> Vec<String> {
    let mut names = Vec::new();
    if let Ok(boxes) = document().query_selector_all("#reports [data-select]:checked") {
        for index in 0..boxes.length() {
            let ticked = boxes.item(index).and_then(|node| node.dyn_into::<Element>().ok());
            names.extend(ticked.and_then(|ticked| ticked.get_attribute("data-select")));
        }
    }
    names_in(&names.join(","))
}
