//! Over the image: what was found, then, if the visitor requests it, what is truly there.

use super::choose::{is_lit, light_by, open};
use super::object::{Object, objects};
use crate::state::{SendCommand, Shown, State};
use leptos::prelude::*;
use nadir_core::detection::boxes::PixelBox;
use nadir_web_kit::dom::bool_name;
use nadir_web_kit::numbers::percent;
use nadir_web_kit::text::objects as text;

/// Width and height of the image, px.
type Size = (f32, f32);

/// The boxes over the image, which fills the square frame in one direction.
#[component]
pub fn Boxes(
    /// What the page shows.
    state: State,
    /// Takes the visitor's commands.
    send: SendCommand,
) -> impl IntoView {
    let size = state.memo(size);
    let found = objects(state);
    let truth = state.memo(truth);
    let share = move |of: fn(Size) -> f32| move || percent(of(size.get()).min(1.0));
    let found_box = move |object: Object| {
        let place = Place::of(object.box_in_image, size.get_untracked());
        view! { <FoundBox state send object place /> }
    };
    let true_box = move |(name, box_in_image)| {
        let place = Place::of(box_in_image, size.get_untracked());
        view! { <TrueBox name place /> }
    };
    view! {
        <ol
            id="boxes"
            aria-hidden="true"
            style=("width", share(|(width, height)| width / height))
            style=("height", share(|(width, height)| height / width))
        >
            <For each=move || found.get() key=Object::key children=found_box />
            {move || truth.get().into_iter().map(true_box).collect_view()}
        </ol>
    }
}

fn size(shown: &Shown) -> Size {
    shown.image.as_ref().map_or((1.0, 1.0), |image| (image.width as f32, image.height as f32))
}

/// The names and boxes of what is truly there, where the visitor requests them.
fn truth(shown: &Shown) -> Vec<(&'static str, PixelBox)> {
    let truth = shown.objects_here().filter(|_| shown.shows_truth).and_then(|found| found.objects.truth.as_ref());
    let named = |label: usize| nadir_scene::LABELS.get(label).copied().unwrap_or_default();
    truth.into_iter().flatten().map(|object| (named(object.label), object.box_in_image)).collect()
}

/// Where a box lies in the frame.
struct Place {
    left: String,
    top: String,
    width: String,
    height: String,
    /// Words above it would be cut off at the frame's upper edge.
    is_at_top: bool,
    /// Words to its right would be cut off at the frame's right edge.
    is_at_right: bool,
}

impl Place {
    fn of([x0, y0, x1, y1]: PixelBox, (width, height): Size) -> Self {
        Self {
            left: percent(x0 / width),
            top: percent(y0 / height),
            width: percent((x1 - x0) / width),
            height: percent((y1 - y0) / height),
            is_at_top: y0 < 0.05 * height,
            is_at_right: x0 > 0.8 * width,
        }
    }
}

#[component]
fn FoundBox(state: State, send: SendCommand, object: Object, place: Place) -> impl IntoView {
    let candidate = object.candidate;
    view! {
        <li
            data-object=candidate.to_string()
            data-colour=object.colour
            data-lit=move || bool_name(is_lit(state, candidate))
            data-truth="false"
            data-at-top=bool_name(place.is_at_top)
            data-at-right=bool_name(place.is_at_right)
            style=("left", place.left)
            style=("top", place.top)
            style=("width", place.width)
            style=("height", place.height)
            on:mouseover=move |event| light_by(state, &event, candidate)
            on:click=move |_| open(state, send, candidate)
        >
            <span>{text::object(&object.name, object.score)}</span>
        </li>
    }
}

#[component]
fn TrueBox(name: &'static str, place: Place) -> impl IntoView {
    view! {
        <li
            data-lit="false"
            data-truth="true"
            data-at-top=bool_name(place.is_at_top)
            data-at-right=bool_name(place.is_at_right)
            style=("left", place.left)
            style=("top", place.top)
            style=("width", place.width)
            style=("height", place.height)
        >
            <span>{name}</span>
        </li>
    }
}
