//! Projector mode: large type and one idea a screen. The address says so, so that a lecturer can keep the link.

use nadir_web_kit::dom::{self, bool_name};
use nadir_web_kit::{address, text::learn::notes as text};

/// In the address: `on` for projector mode.
const PROJECTOR: &str = "projector";
/// In the address: which screen of the lesson, from 1.
const SCREEN: &str = "screen";
/// What a lesson is about with its formula; its picture with the controls; its question and exercises.
pub const SCREENS: usize = 3;

/// Whether the address asks for it.
pub fn is_on() -> bool {
    address::get(PROJECTOR).as_deref() == Some("on")
}

/// Turns it on, at the first screen, or off.
pub fn set(is_on: bool) {
    address::set(PROJECTOR, is_on.then_some("on"));
    address::set(SCREEN, None);
}

/// The screen that the address names, from 0.
pub fn screen() -> usize {
    let number = address::get(SCREEN).and_then(|number| number.parse::<usize>().ok()).unwrap_or(1);
    number.clamp(1, SCREENS) - 1
}

/// Names another screen in the address.
pub fn go_to(screen: usize) {
    address::set(SCREEN, (screen > 0).then(|| (screen + 1).to_string()).as_deref());
}

/// Lays the page out for it, or not: the styles go by these attributes.
pub fn draw(is_shown: bool) {
    let is_on = is_on() && is_shown;
    let Some(root) = dom::document().document_element() else { return };
    dom::set(&root, "data-projector", bool_name(is_on));
    dom::set(&root, "data-screen", &screen().to_string());
    dom::say_in("projector", if is_on { text::NO_PROJECTOR } else { text::PROJECTOR });
    dom::set_in("projector", "aria-pressed", bool_name(is_on));
}
