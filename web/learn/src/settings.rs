//! A lesson's settings in the address: sliders, selects, checks and numbers, each under its own id.

use crate::exercises;
use crate::lesson::Lesson;
use js_sys::Reflect;
use nadir_web_kit::js::field;
use nadir_web_kit::{address, dom};
use web_sys::Element;

/// Whether a control sets something that a link can name; a chosen file and an answer are none.
pub fn is_setting(control: &Element) -> bool {
    !control.id().is_empty()
        && !control.id().starts_with(exercises::PREFIX)
        && control.get_attribute("type").as_deref() != Some("file")
}

/// Keeps a number of [`crate::html::kept_number`] in the address.
pub fn keep(id: &str, value: u64) {
    address::set(id, Some(&value.to_string()));
}

/// Brings a lesson's controls to what the address names, and the lesson with them. What a control cannot have, the browser
/// brings into its range.
pub fn apply(section: &str, lesson: &mut dyn Lesson) {
    let Some(section) = dom::by_id(section) else { return };
    for tag in ["input", "select"] {
        let controls = section.get_elements_by_tag_name(tag);
        for control in (0..controls.length()).filter_map(|index| controls.item(index)).filter(is_setting) {
            let Some(value) = address::get(&control.id()) else { continue };
            let is_check = control.get_attribute("type").as_deref() == Some("checkbox");
            let name = if is_check { "checked" } else { "value" };
            let wanted = if is_check { (value == "true").into() } else { value.as_str().into() };
            // Inputs and selects have these.
            let _ = Reflect::set(&control, &name.into(), &wanted);
            let now = field(&control, name);
            let now = now.as_string().or_else(|| now.as_bool().map(|checked| checked.to_string()));
            lesson.change(&control.id(), &now.unwrap_or_default());
        }
    }
}
