//! What changes in number and order: the bars, the objects, the facts, the canvases.

use super::facts::{Fact, figures, times};
use crate::dom::{by_id, canvas, child, draw_list, say, set};
use crate::objects::draw_objects;
use crate::predict::draw_bars;
use crate::state::{Shown, State, View};
use crate::{address, heat, paint};
use leptos::prelude::Effect;
use wasm_bindgen_futures::spawn_local;

/// The longest side of a painted map; the browser smooths it up to the image's size.
const MAP_PX: usize = 384;

/// Follows what is shown.
pub fn follow(state: State) {
    Effect::new(move |last: Option<Drawn>| {
        let shown = state.get();
        let last = last.unwrap_or_default();
        let now = Drawn {
            image: shown.image.as_ref().map_or(0, |image| image.wish),
            map: shown.map().and(shown.mapped_label),
        };
        if now.image != last.image {
            paint_image(state, &shown);
        }
        if now != last {
            paint_map(&shown);
        }
        draw_links(&shown);
        match shown.view {
            View::Labels => draw_bars(&shown),
            View::Objects => draw_objects(&shown),
        }
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
    let wish = image.wish;
    let is_wanted = move || state.peek().image.as_ref().is_some_and(|now| now.wish == wish);
    spawn_local(async move {
        let _ = paint::in_strips(&canvas, &image, is_wanted).await;
        // The crops are cut from what was painted.
        state.change(|_| {});
    });
}

fn paint_map(shown: &Shown) {
    let (Some(canvas), Some(map), Some(image)) = (canvas("map"), shown.map(), &shown.image) else { return };
    if let Some(heat) = heat::paint(map, (image.width, image.height), MAP_PX) {
        // As above: without its map the image is still right.
        let _ = paint::rgba(&canvas, &heat.rgba, heat.width, heat.height);
    }
}

/// Links keep what the address names beside the view.
fn draw_links(shown: &Shown) {
    for view in View::ALL {
        if let (Some(link), Some(url)) = (by_id(view.link_id()), address::of_view(view)) {
            set(&link, "href", &url);
            set(&link, "aria-current", if view == shown.view { "page" } else { "false" });
        }
    }
}

fn draw_facts(id: &str, facts: Vec<Fact>) {
    draw_list(id, facts.len(), "div", &mut |place, item| {
        let fact = &facts[place];
        say(&child(item, 0, "dt", ""), &fact.name);
        say(&child(item, 1, "dd", ""), &fact.value);
        say(&child(item, 2, "dd", "note"), &fact.note);
    });
}

fn draw_models(shown: &Shown) {
    draw_list("model", shown.models.len(), "option", &mut |place, item| {
        let name = &shown.models[place];
        set(item, "value", name);
        say(item, name);
        if *name == shown.model {
            set(item, "selected", "");
        }
    });
}
