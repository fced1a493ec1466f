//! The opened crop, and what the crop classifier makes of it.

use super::bars::bars;
use super::crop;
use crate::paint::Picture;
use crate::state::{Name, Shown, State};
use js_sys::{Function, Object, Reflect};
use leptos::html::Div;
use leptos::prelude::*;
use nadir_core::detection::boxes::PixelBox;
use nadir_core::protocol::NamesOffer;
use nadir_web_kit::dom::bool_name;
use nadir_web_kit::numbers::{decimal, percent};
use nadir_web_kit::text::{self, objects};
use wasm_bindgen::{JsCast, JsValue};

/// How many classes the opened crop has bars of.
const MOST_BARS: usize = 6;

/// What is known of the opened object.
#[derive(Clone, PartialEq)]
struct Opened {
    candidate: usize,
    box_in_image: PixelBox,
    title: String,
    verdict: String,
    /// What the crop classifier says, once it has.
    named: Option<Named>,
}

/// A crop's classes.
#[derive(Clone, PartialEq)]
struct Named {
    /// The most probable ones, the most probable first.
    classes: Vec<Class>,
    similar_title: String,
    /// What the most probable class is similar to, by the ranking.
    similar: Vec<String>,
}

#[derive(Clone, PartialEq)]
struct Class {
    name: String,
    probability: f32,
    /// It is what the crop is taken for.
    is_verdict: bool,
}

/// The details of the object that is opened.
#[component]
pub fn Detail(
    /// What the page shows.
    state: State,
    /// Where the image is painted.
    picture: Picture,
) -> impl IntoView {
    let (detail, canvas) = (NodeRef::<Div>::new(), NodeRef::new());
    let opened = state.memo(opened);
    let box_in_image = Memo::new(move |_| opened.get().map(|opened| opened.box_in_image));
    crop::follow(state, picture, canvas, move || box_in_image.get());
    let candidate = Memo::new(move |_| opened.get().map(|opened| opened.candidate));
    Effect::new(move |_| {
        if candidate.get().is_some() {
            // Once it has its place.
            request_animation_frame(move || bring_into_sight(detail));
        }
    });
    let named = Memo::new(move |_| opened.get().and_then(|opened| opened.named));
    let classes = move || {
        let classes = named.get().map(|named| named.classes).unwrap_or_default();
        classes.into_iter().map(|class| view! { <ClassBar class /> }).collect_view()
    };
    let similar = move || {
        let similar = named.get().map(|named| named.similar).unwrap_or_default();
        similar.into_iter().map(|name| view! { <li>{name}</li> }).collect_view()
    };
    view! {
        <div node_ref=detail id="detail" hidden=move || candidate.get().is_none()>
            <div class="opened">
                <canvas node_ref=canvas id="opened" aria-hidden="true"></canvas>
                <div role="status">
                    <h3 id="opened-name">{move || opened.get().map(|opened| opened.title).unwrap_or_default()}</h3>
                    <p id="verdict">{move || opened.get().map(|opened| opened.verdict).unwrap_or_default()}</p>
                </div>
            </div>
            <div id="named" hidden=move || named.get().is_none()>
                <h3>{objects::PROBABILITIES}</h3>
                <ul id="probabilities">{classes}</ul>
                <h3 id="similar-title">{move || named.get().map(|named| named.similar_title).unwrap_or_default()}</h3>
                <ol id="similar">{similar}</ol>
            </div>
        </div>
    }
}

#[component]
fn ClassBar(class: Class) -> impl IntoView {
    let length = decimal(f64::from(class.probability), 4);
    view! {
        <li data-present=bool_name(class.is_verdict)>
            <span class="name">{class.name}</span>
            <span class="bar" aria-hidden="true">
                <i class="fill" style=("transform", format!("scaleX({length})"))></i>
            </span>
            <span class="score">{percent(class.probability)}</span>
        </li>
    }
}

fn opened(shown: &Shown) -> Option<Opened> {
    let (candidate, found) = (shown.opened?, shown.objects_here()?);
    let (object, name) = (found.objects.candidates.get(candidate)?, found.names.get(candidate)?);
    let offer = shown.ready.as_ref().and_then(|ready| ready.objects.as_ref()).and_then(|offer| offer.names.as_ref());
    let verdict = match (offer, name) {
        (None, _) => objects::NO_CROP_CLASSIFIER.to_owned(),
        (_, Name::NotRequested | Name::Requested) => objects::NAMING.to_owned(),
        (_, Name::None) => objects::NOT_NAMED.to_owned(),
        (_, Name::Known(name)) if name.unknown => objects::unknown(name.ood_score),
        (Some(offer), Name::Known(name)) => objects::named(&label(offer, name.label), 1.0 - name.ood_score),
    };
    let named = match (offer, name) {
        (Some(offer), Name::Known(name)) => {
            let class = |(index, bar): (usize, super::bars::Bar)| Class {
                name: label(offer, bar.label),
                probability: bar.probability,
                is_verdict: index == 0 && !name.unknown,
            };
            let similar = offer.similar.get(name.label).map(Vec::as_slice).unwrap_or_default();
            Some(Named {
                classes: bars(&name.probabilities, MOST_BARS).into_iter().enumerate().map(class).collect(),
                similar_title: objects::similar_to(&label(offer, name.label)),
                similar: similar.iter().map(|&other| label(offer, other)).collect(),
            })
        }
        _ => None,
    };
    let title = objects::object(&shown.class_name(object.class), object.score);
    Some(Opened { candidate, box_in_image: object.box_in_image, title, verdict, named })
}

fn label(offer: &NamesOffer, label: usize) -> String {
    text::label(offer.labels.get(label).map_or("", String::as_str))
}

/// On a narrow page the details stand far below the crop that opened them.
fn bring_into_sight(detail: NodeRef<Div>) {
    // The page may be gone by then.
    let Some(detail) = detail.try_get_untracked().flatten() else { return };
    let nearest = Object::new();
    let scroll = || -> Result<JsValue, JsValue> {
        Reflect::set(&nearest, &"block".into(), &"nearest".into())?;
        Reflect::get(&detail, &"scrollIntoView".into())?.unchecked_into::<Function>().call1(&detail, &nearest)
    };
    // Where a browser cannot, the visitor scrolls.
    let _ = scroll();
}
