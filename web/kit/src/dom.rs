//! Elements of pages whose HTML is laid out once as text (the lessons, the reports): what changes in them is drawn straight
//! into the document.

use js_sys::Reflect;
use wasm_bindgen::JsCast;
use web_sys::{Document, Element, HtmlCanvasElement, HtmlElement, window};

/// The document of this window.
pub fn document() -> Document {
    window().and_then(|window| window.document()).expect("this runs in a page")
}

/// The element of this name.
pub fn by_id(id: &str) -> Option<Element> {
    document().get_element_by_id(id)
}

/// The canvas of this name.
pub fn canvas(id: &str) -> Option<HtmlCanvasElement> {
    by_id(id).map(JsCast::unchecked_into)
}

/// Brings a list to `length` items of kind `tag` and draws each.
pub fn draw_list(id: &str, length: usize, tag: &str, draw: &mut dyn FnMut(usize, &Element)) {
    let Some(list) = by_id(id) else { return };
    for index in 0..length {
        draw(index, &child(&list, index, tag, ""));
    }
    while list.child_element_count() as usize > length {
        let Some(last) = list.last_element_child() else { break };
        last.remove();
    }
}

/// The child at `index`, made if it is not there yet.
pub fn child(parent: &Element, index: usize, tag: &str, class: &str) -> Element {
    if let Some(child) = parent.children().item(index as u32) {
        return child;
    }
    let child = document().create_element(tag).expect("a browser makes every element of HTML");
    if !class.is_empty() {
        child.set_class_name(class);
    }
    parent.append_child(&child).expect("a new element goes into any list");
    child
}

/// Sets an attribute of the element.
pub fn set(element: &Element, name: &str, value: &str) {
    // No name in this crate is one that a browser refuses.
    let _ = element.set_attribute(name, value);
}

/// Sets an element's text.
pub fn say(element: &Element, text: &str) {
    // The same text is not set again: a screen reader would read it out again.
    if element.text_content().as_deref() != Some(text) {
        element.set_text_content(Some(text));
    }
}

/// Sets an attribute of the element of this name.
pub fn set_in(id: &str, name: &str, value: &str) {
    if let Some(element) = by_id(id) {
        set(&element, name, value);
    }
}

/// Sets the value of a control, unless it is the one that was set last: what the visitor types stays.
pub fn set_value(id: &str, value: &str) {
    let Some(control) = by_id(id) else { return };
    if control.get_attribute("data-drawn").as_deref() != Some(value) {
        set(&control, "data-drawn", value);
        // Inputs and selects have a value.
        let _ = Reflect::set(&control, &"value".into(), &value.into());
    }
}

/// Shows or hides an element.
pub fn show(id: &str, is_shown: bool) {
    if let Some(element) = by_id(id) {
        element.unchecked_ref::<HtmlElement>().set_hidden(!is_shown);
    }
}

/// Sets the text of the element of this name.
pub fn say_in(id: &str, text: &str) {
    if let Some(element) = by_id(id) {
        say(&element, text);
    }
}

/// Through the object model, which the page's Content-Security-Policy allows; a `style` attribute it does not.
pub fn style(element: &Element, name: &str, value: &str) {
    let _ = element.unchecked_ref::<HtmlElement>().style().set_property(name, value);
}

/// As attributes have it.
pub fn bool_name(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}
