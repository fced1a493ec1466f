//! What a mark tells: under the pointer, and by the arrow keys for those who use no pointer.

use js_sys::Function;
use nadir_web_kit::dom::{by_id, say, set, style};
use nadir_web_kit::js;
use wasm_bindgen::JsCast;
use web_sys::{Element, MouseEvent};

/// Between the pointer and what it tells, in px.
const AWAY: i32 = 14;

/// The pointer is over an element.
pub fn over(target: &Element, event: &MouseEvent) {
    let Some(picture) = target.closest(".picture").ok().flatten() else { return hide() };
    prepare(&picture);
    match target.closest("[data-tip]").ok().flatten().and_then(|mark| mark.get_attribute("data-tip")) {
        Some(text) => show(&text, [event.client_x(), event.client_y()]),
        None => hide(),
    }
}

/// The pointer moves: an open tip follows it.
pub fn moved(event: &MouseEvent) {
    let tip = by_id("report-tip").filter(|tip| !tip.has_attribute("hidden"));
    if let Some(tip) = tip {
        place(&tip, [event.client_x(), event.client_y()]);
    }
}

/// A key is pressed on a picture; whether it was one that goes through its values.
pub fn pressed(picture: &Element, key: &str) -> bool {
    prepare(picture);
    let Ok(marks) = picture.query_selector_all("[data-tip]:not(text)") else { return false };
    let count = marks.length();
    if key == "Escape" {
        forget(picture);
        return false;
    }
    let at: Option<u32> = picture.get_attribute("data-at").and_then(|at| at.parse().ok());
    let next = match (key, at) {
        _ if count == 0 => return false,
        ("Home", _) | ("ArrowRight" | "ArrowDown", None) => 0,
        ("End", _) | ("ArrowLeft" | "ArrowUp", None) => count - 1,
        ("ArrowRight" | "ArrowDown", Some(at)) => (at + 1).min(count - 1),
        ("ArrowLeft" | "ArrowUp", Some(at)) => at.saturating_sub(1),
        _ => return false,
    };
    forget(picture);
    let Some(mark) = marks.item(next).and_then(|node| node.dyn_into::<Element>().ok()) else { return false };
    set(picture, "data-at", &next.to_string());
    set(&mark, "data-lit", "true");
    let text = mark.get_attribute("data-tip").unwrap_or_default();
    if let Some(live) = by_id("report-tip-text") {
        say(&live, &text);
    }
    show(&text, corner(&mark).unwrap_or_default());
    true
}

/// Where an element ends in the window, in px. By name, since a feature of web-sys that no other module has would
/// compile all of them a second time.
fn corner(mark: &Element) -> Option<[i32; 2]> {
    let measure: Function = js::field(mark, "getBoundingClientRect").dyn_into().ok()?;
    let rectangle = measure.call0(mark).ok()?;
    Some(["right", "bottom"].map(|side| js::field(&rectangle, side).as_f64().unwrap_or(0.0) as i32))
}

/// Nothing is told any more.
pub fn forget(picture: &Element) {
    if let Ok(Some(lit)) = picture.query_selector("[data-lit]") {
        let _ = lit.remove_attribute("data-lit");
    }
    let _ = picture.remove_attribute("data-at");
    hide();
}

/// Nothing is under the pointer.
pub fn hide() {
    if let Some(tip) = by_id("report-tip") {
        set(&tip, "hidden", "");
    }
}

/// Takes the titles off a drawing's marks, whose text the browser would show late and a second time.
fn prepare(picture: &Element) {
    let Ok(titles) = picture.query_selector_all("title") else { return };
    for index in 0..titles.length() {
        let Some(title) = titles.item(index) else { continue };
        let Some(mark) = title.parent_element() else { continue };
        set(&mark, "data-tip", &title.text_content().unwrap_or_default());
        title.unchecked_into::<Element>().remove();
    }
}

fn show(text: &str, at: [i32; 2]) {
    let Some(tip) = by_id("report-tip") else { return };
    say(&tip, text);
    let _ = tip.remove_attribute("hidden");
    place(&tip, at);
}

/// Beside the pointer, on the side where it fits.
fn place(tip: &Element, [x, y]: [i32; 2]) {
    let Some(root) = tip.owner_document().and_then(|document| document.document_element()) else { return };
    let (width, height) = (tip.client_width(), tip.client_height());
    let left = if x + AWAY + width > root.client_width() { x - AWAY - width } else { x + AWAY };
    let top = if y + AWAY + height > root.client_height() { y - AWAY - height } else { y + AWAY };
    style(tip, "left", &format!("{}px", left.max(4)));
    style(tip, "top", &format!("{}px", top.max(4)));
}
