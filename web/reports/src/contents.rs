//! The table of contents follows the reading: the section that is read is marked, and named where the list is folded.

use js_sys::{Array, Function, Object, Reflect};
use nadir_web_kit::dom::{bool_name, by_id, document, say, set, set_in};
use nadir_web_kit::js::field;
use std::cell::RefCell;
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::Element;

/// What is read lies between the bars that stay at the top and the upper third of the window.
const READ: &str = "-112px 0px -62% 0px";
/// Anywhere in the window.
const IN_SIGHT: &str = "0px";

thread_local! {
    static FOLLOWED: RefCell<Option<Followed>> = const { RefCell::new(None) };
}

/// The sections of the page that is laid out.
struct Followed {
    /// Their ids in the order of the page, and whether they lie where one reads.
    sections: Vec<(String, bool)>,
    /// Whether the end of the page is in sight, so that the last sections cannot come up to where one reads.
    is_at_end: bool,
    observers: Vec<JsValue>,
    _seen: Closure<dyn FnMut(Array)>,
}

/// Follows the sections that are on the page now, and no others any more.
pub fn follow() {
    if let Some(before) = FOLLOWED.take() {
        before.observers.iter().for_each(|observer| call(observer, "disconnect", None));
    }
    let sections = elements("#reports section");
    let Some(end) = by_id("report-end").filter(|_| !sections.is_empty()) else { return };
    let seen = Closure::<dyn FnMut(Array)>::new(|entries: Array| {
        entries.iter().for_each(|entry| note(&entry));
        mark();
    });
    let observers = [READ, IN_SIGHT].map(|margin| observer(&seen, margin));
    let [Some(read), Some(in_sight)] = observers else { return };
    sections.iter().for_each(|section| call(&read, "observe", Some(section)));
    call(&in_sight, "observe", Some(&end));
    FOLLOWED.set(Some(Followed {
        sections: sections.iter().map(|section| (section.id(), false)).collect(),
        is_at_end: false,
        observers: vec![read, in_sight],
        _seen: seen,
    }));
}

/// By name: web-sys' own types are three more features, for which all that uses web-sys is compiled again.
fn observer(seen: &Closure<dyn FnMut(Array)>, margin: &str) -> Option<JsValue> {
    let class: Function = field(&js_sys::global(), "IntersectionObserver").dyn_into().ok()?;
    let options = Object::new();
    Reflect::set(&options, &"rootMargin".into(), &margin.into()).ok()?;
    let arguments: Array = [seen.as_ref(), options.as_ref()].into_iter().collect();
    Reflect::construct(&class, &arguments).ok()
}

fn call(observer: &JsValue, method: &str, element: Option<&Element>) {
    if let Ok(function) = field(observer, method).dyn_into::<Function>() {
        let arguments: Array = element.into_iter().collect();
        // Neither method of an observer throws for an element.
        let _ = function.apply(observer, &arguments);
    }
}

fn note(entry: &JsValue) {
    let is_in = field(entry, "isIntersecting").is_truthy();
    let Ok(target) = field(entry, "target").dyn_into::<Element>() else { return };
    let id = target.id();
    FOLLOWED.with_borrow_mut(|followed| {
        let Some(followed) = followed else { return };
        match followed.sections.iter_mut().find(|(other, _)| *other == id) {
            Some((_, is_read)) => *is_read = is_in,
            None => followed.is_at_end = is_in,
        }
    });
}

/// Marks the section that is read; before the first one none, between two the one before.
fn mark() {
    let read = FOLLOWED.with_borrow(|followed| {
        let followed = followed.as_ref()?;
        let ids = || followed.sections.iter();
        let read = ids().find(|(_, is_read)| *is_read);
        let read = if followed.is_at_end { ids().next_back() } else { read };
        read.map(|(id, _)| id.clone())
    });
    let Some(read) = read else { return };
    for link in elements("#report-contents a") {
        let is_it = link.get_attribute("href").is_some_and(|href| href[1..] == read);
        if is_it {
            set(&link, "aria-current", "location");
            if let Some(name) = by_id("report-section") {
                say(&name, &link.text_content().unwrap_or_default());
            }
        } else {
            let _ = link.remove_attribute("aria-current");
        }
    }
}

/// Unfolds the list on a narrow page, or folds it.
pub fn toggle() {
    let is_open = document().query_selector(".contents [aria-expanded=true]").is_ok_and(|button| button.is_some());
    unfold(!is_open);
}

/// Folds the list: a section was chosen.
pub fn fold() {
    unfold(false);
}

fn unfold(is_open: bool) {
    if let Ok(Some(button)) = document().query_selector(".contents [aria-expanded]") {
        set(&button, "aria-expanded", bool_name(is_open));
    }
    set_in("report-contents", "data-open", bool_name(is_open));
}

fn elements(css: &str) -> Vec<Element> {
    let Ok(found) = document().query_selector_all(css) else { return Vec::new() };
    (0..found.length()).filter_map(|index| found.item(index)?.dyn_into().ok()).collect()
}
