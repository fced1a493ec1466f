//! What changes in number and order: the bars, the facts, the canvases. Drawn straight into the page, because Leptos'
//! code for lists would cost the download some 10 kB, and so that a bar keeps its element, its focus and its motion.

use crate::numbers::{decimal, percent};
use crate::predict::facts::{Fact, figures, times};
use crate::result::Row;
use crate::state::{Shown, State};
use crate::{heat, paint, text};
use leptos::prelude::{Effect, document};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Element, HtmlCanvasElement, HtmlElement};

/// The longest side of a painted map; the browser smooths it up to the image's size.
const MAP_PX: usize = 384;

/// Follows what is shown.
pub fn follow(state: State) {
    Effect::new(move |last: Option<Drawn>| {
        let shown = state.get();
        let last = last.unwrap_or_default();
        let now = Drawn {
            image: shown.image.as_ref().map_or(0, |image| image.request),
            map: shown.map().and(shown.mapped_label),
        };
        if now.image != last.image {
            paint_image(state, &shown);
        }
        if now != last {
            paint_map(&shown);
        }
        draw_bars(&shown);
        draw_facts("times", times(&shown));
        draw_facts("figures", figures(&shown));
        draw_models(&shown);
        now
    });
}

/// What is on the canvases.
#[derive(Default, PartialEq, Eq)]
struct Drawn {
    image: u64,
    map: Option<usize>,
}

fn paint_image(state: State, shown: &Shown) {
    let (Some(canvas), Some(image)) = (canvas("image"), shown.image.clone()) else { return };
    // A canvas that cannot be painted stays empty; the labels are right all the same.
    if paint::fits(&image) {
        let _ = paint::whole(&canvas, &image);
        return;
    }
    let request = image.request;
    let is_wanted = move || state.peek().image.as_ref().is_some_and(|now| now.request == request);
    spawn_local(async move {
        let _ = paint::in_strips(&canvas, &image, is_wanted).await;
    });
}

fn paint_map(shown: &Shown) {
    let (Some(canvas), Some(map), Some(image)) = (canvas("map"), shown.map(), &shown.image) else { return };
    if let Some(heat) = heat::paint(map, (image.width, image.height), MAP_PX) {
        // As above: without its map the image is still right.
        let _ = paint::rgba(&canvas, &heat.rgba, heat.width, heat.height);
    }
}

fn canvas(id: &str) -> Option<HtmlCanvasElement> {
    document().get_element_by_id(id).map(JsCast::unchecked_into)
}

fn draw_bars(shown: &Shown) {
    let rows = shown.rows();
    draw_list("bars", rows.len(), "li", |place, item| {
        let row = &rows[place];
        let button = child(item, 0, "button", "label");
        let is_mapped = shown.mapped_label == Some(row.index);
        set(&button, "type", "button");
        set(&button, "data-index", &row.index.to_string());
        set(&button, "data-label", &row.label);
        set(&button, "data-score", &decimal(f64::from(row.score), 4));
        set(&button, "data-present", bool_name(row.present));
        set(&button, "data-truth", row.truth.map_or("", bool_name));
        set(&button, "aria-pressed", bool_name(is_mapped));
        set(&child(&button, 0, "span", "mark"), "aria-hidden", "true");
        say(&child(&button, 1, "span", "name"), text::label(&row.label));
        draw_bar(&child(&button, 2, "span", "bar"), row);
        say(&child(&button, 3, "span", "score"), &percent(row.score));
        let truth = row.truth.map_or("", |truth| if truth { text::IN_SCENE } else { text::NOT_IN_SCENE });
        say(&child(&button, 4, "span", "unseen"), truth);
    });
}

fn draw_bar(bar: &Element, row: &Row) {
    set(bar, "aria-hidden", "true");
    let length = decimal(f64::from(row.score), 4);
    style(&child(bar, 0, "i", "fill"), "transform", &format!("scaleX({length})"));
    style(&child(bar, 1, "i", "tick"), "left", &percent(row.threshold));
}

fn draw_facts(id: &str, facts: Vec<Fact>) {
    draw_list(id, facts.len(), "div", |place, item| {
        let fact = &facts[place];
        say(&child(item, 0, "dt", ""), &fact.name);
        say(&child(item, 1, "dd", ""), &fact.value);
        say(&child(item, 2, "dd", "note"), &fact.note);
    });
}

fn draw_models(shown: &Shown) {
    draw_list("model", shown.models.len(), "option", |place, item| {
        let name = &shown.models[place];
        set(item, "value", name);
        say(item, name);
        if *name == shown.model {
            set(item, "selected", "");
        }
    });
}

/// Brings a list to `length` items of kind `tag` and draws each.
fn draw_list(id: &str, length: usize, tag: &str, mut draw: impl FnMut(usize, &Element)) {
    let Some(list) = document().get_element_by_id(id) else { return };
    for place in 0..length {
        draw(place, &child(&list, place, tag, ""));
    }
    while list.child_element_count() as usize > length {
        let Some(last) = list.last_element_child() else { break };
        last.remove();
    }
}

/// The child at `place`, made if it is not there yet.
fn child(parent: &Element, place: usize, tag: &str, class: &str) -> Element {
    if let Some(child) = parent.children().item(place as u32) {
        return child;
    }
    let child = document().create_element(tag).expect("a browser makes every element of HTML");
    if !class.is_empty() {
        child.set_class_name(class);
    }
    parent.append_child(&child).expect("a new element goes into any list");
    child
}

fn set(element: &Element, name: &str, value: &str) {
    // No name in this file is one that a browser refuses.
    let _ = element.set_attribute(name, value);
}

fn say(element: &Element, text: &str) {
    element.set_text_content(Some(text));
}

/// Through the object model, which the page's Content-Security-Policy allows; a `style` attribute it does not.
fn style(element: &Element, name: &str, value: &str) {
    let _ = element.unchecked_ref::<HtmlElement>().style().set_property(name, value);
}

fn bool_name(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}
