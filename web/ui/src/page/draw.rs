//! What changes in the page, drawn after every change of what is shown.

use super::{facts, image_view, notice, source};
use crate::files::draw_files;
use crate::neighbours::draw_neighbours;
use crate::objects::draw_objects;
use crate::predict::draw_labels;
use crate::state::{Shown, State, View};
use crate::{address, paint};
use leptos::prelude::{Effect, document};
use nadir_web_kit::dom::{by_id, canvas, set, set_in};
use nadir_web_kit::{heat, text};
use wasm_bindgen_futures::spawn_local;
use web_sys::Event;

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
            view: Some(shown.view),
        };
        if now.image != last.image {
            paint_image(state, &shown);
        }
        if now != last {
            paint_map(&shown);
        }
        let image = shown.image.as_ref().filter(|_| shown.view.needs_engine());
        document().set_title(&text::document_title(shown.view.title(), image.map(|image| image.title.as_str())));
        set_in("main", "data-state", shown.phase.name());
        set_in("main", "data-view", shown.view.name());
        if last.view != Some(shown.view) {
            tell_of_view();
        }
        draw_links(&shown);
        image_view::draw(&shown);
        notice::draw(&shown);
        source::draw(&shown);
        match shown.view {
            View::Labels => {
                draw_labels(&shown);
                draw_files(&shown);
            }
            View::Objects => draw_objects(&shown),
            View::Neighbours => draw_neighbours(&shown),
            View::Scenes | View::Teach | View::Reports | View::Learn => {}
        }
        facts::draw(&shown);
        now
    });
}

/// What is on the canvases.
#[derive(Default, PartialEq, Eq)]
struct Drawn {
    image: u64,
    map: Option<usize>,
    view: Option<View>,
}

/// `static/pages.js` fetches the pages that are modules of their own, and tells them whether they are shown.
fn tell_of_view() {
    if let Ok(event) = Event::new("nadir-view") {
        // Cannot fail: the event is new.
        let _ = document().dispatch_event(&event);
    }
}

fn paint_image(state: State, shown: &Shown) {
    let (Some(canvas), Some(image)) = (canvas("image"), shown.image.clone()) else { return };
    // A canvas that cannot be painted stays empty; the labels are right all the same.
    if paint::fits(&image) {
        let _ = paint::whole(&canvas, &image);
        return;
    }
    let request = image.request;
    let is_current = move || state.peek().image.as_ref().is_some_and(|now| now.request == request);
    spawn_local(async move {
        let _ = paint::in_strips(&canvas, &image, is_current).await;
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
