//! Boxes, crops and bars, drawn.

use super::bars::bars;
use crate::state::{Name, Shown, ShownImage, ShownObjects};
use js_sys::{Function, Object, Reflect};
use nadir_core::bundle::weak_ap50;
use nadir_core::detection::boxes::PixelBox;
use nadir_web_kit::dom::{
    bool_name, by_id, canvas, child, draw_list, say, say_in, set, set_in, set_value, show, style,
};
use nadir_web_kit::numbers::{decimal, percent};
use nadir_web_kit::text::{self, objects};
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, Element, HtmlCanvasElement};

/// Side of a crop's picture in the strip and of the one that is opened, in px of the picture; the style halves it.
const CROP_PX: u32 = 144;
/// How many colours the boxes have; classes beyond share them.
const COLOURS: usize = 8;
/// How many classes the opened crop has bars of.
const MOST_BARS: usize = 6;

/// The objects as they are shown.
pub fn draw_objects(shown: &Shown) {
    let offer = shown.ready.as_ref().map(|ready| ready.objects.as_ref());
    let has_detector = offer.is_none_or(|offer| offer.is_some());
    let weak = offer.flatten().and_then(|offer| weak_ap50(&offer.figures));
    show("no-detector", !has_detector);
    show("weak-detector", weak.is_some());
    say_in("weak-detector", &weak.map(objects::finds_little).unwrap_or_default());
    show("sliders", has_detector);
    show("strip", has_detector);
    draw_slider("score", shown.score_from(), &objects::at_least(shown.score_from()));
    draw_slider("overlap", shown.overlap, &objects::at_most(shown.overlap));
    let found = shown.objects_here();
    let truth = found.and_then(|found| found.objects.truth.as_ref());
    show("truth-row", truth.is_some());
    say_in("truth-words", &objects::show_truth(truth.map_or(0, Vec::len)));
    let visible = shown.visible();
    let count = |found: &ShownObjects| objects::count(visible.len(), found.objects.candidates.len());
    say_in("objects-count", &found.map(count).unwrap_or_default());
    say_in("objects-summary", &objects::counts(&shown.class_counts(&visible)));
    let hint = match found {
        None => "",
        Some(_) if visible.is_empty() => objects::NONE_ABOVE_SCORE,
        Some(_) => objects::STRIP_HINT,
    };
    say_in("strip-hint", hint);
    show("open-hint", shown.opened.is_none() && !visible.is_empty());
    let (Some(found), Some(image)) = (found, &shown.image) else {
        for list in ["boxes", "strip"] {
            draw_list(list, 0, "li", &mut |_, _| {});
        }
        return show("detail", false);
    };
    draw_boxes(shown, found, image, &visible);
    draw_strip(shown, found, image, &visible);
    draw_opened(shown, found, image);
}

fn draw_slider(id: &str, share: f32, words: &str) {
    say_in(&format!("{id}-words"), words);
    set_in(id, "aria-valuetext", words);
    set_value(id, &decimal(f64::from(share) * 100.0, 0));
}

/// Over the image: what was found, then, if the visitor requests it, what is truly there.
fn draw_boxes(shown: &Shown, found: &ShownObjects, image: &ShownImage, visible: &[usize]) {
    let (width, height) = (image.width as f32, image.height as f32);
    if let Some(list) = by_id("boxes") {
        // The image fills the square frame in one direction.
        style(&list, "width", &percent((width / height).min(1.0)));
        style(&list, "height", &percent((height / width).min(1.0)));
    }
    let truth = found.objects.truth.as_deref().filter(|_| shown.shows_truth).unwrap_or_default();
    draw_list("boxes", visible.len() + truth.len(), "li", &mut |index, item| {
        let [x0, y0, x1, y1] = match visible.get(index) {
            Some(&candidate) => {
                let object = &found.objects.candidates[candidate];
                set_object(item, shown, candidate, object.class);
                let words = objects::object(&shown.class_name(object.class), object.score);
                say(&child(item, 0, "span", ""), &words);
                object.box_in_image
            }
            None => {
                let object = &truth[index - visible.len()];
                let _ = item.remove_attribute("data-object");
                set(item, "data-lit", "false");
                set(item, "data-truth", "true");
                say(&child(item, 0, "span", ""), nadir_scene::LABELS.get(object.label).copied().unwrap_or_default());
                object.box_in_image
            }
        };
        // Words would be cut off at the frame's upper and right edge.
        set(item, "data-at-top", bool_name(y0 < 0.05 * height));
        set(item, "data-at-right", bool_name(x0 > 0.8 * width));
        style(item, "left", &percent(x0 / width));
        style(item, "top", &percent(y0 / height));
        style(item, "width", &percent((x1 - x0) / width));
        style(item, "height", &percent((y1 - y0) / height));
    });
}

fn draw_strip(shown: &Shown, found: &ShownObjects, image: &ShownImage, visible: &[usize]) {
    // The one stop of the Tab key; the arrow keys go on from it.
    let is_here = |candidate: &usize| visible.contains(candidate);
    let stop = shown.lit.filter(is_here).or(shown.opened.filter(is_here)).or(visible.first().copied());
    draw_list("strip", visible.len(), "li", &mut |index, item| {
        let candidate = visible[index];
        let object = &found.objects.candidates[candidate];
        let button = child(item, 0, "button", "crop");
        set(&button, "type", "button");
        set_object(&button, shown, candidate, object.class);
        set(&button, "data-score", &decimal(f64::from(object.score), 4));
        set(&button, "data-box", &sides(object.box_in_image));
        set(&button, "aria-expanded", bool_name(shown.opened == Some(candidate)));
        set(&button, "aria-controls", "detail");
        set(&button, "tabindex", if stop == Some(candidate) { "0" } else { "-1" });
        let picture = child(&button, 0, "canvas", "");
        set(&picture, "aria-hidden", "true");
        draw_crop(picture.unchecked_ref(), image, object.box_in_image);
        say(&child(&button, 1, "span", "name"), &shown.class_name(object.class));
        let is_unknown = found.name(candidate).is_some_and(|name| name.unknown);
        let second = if is_unknown { objects::UNKNOWN.to_owned() } else { percent(object.score) };
        say(&child(&button, 2, "span", "score"), &second);
        set(&button, "data-unknown", bool_name(is_unknown));
    });
}

/// A box as the tests read it, to a thousandth of a px.
fn sides(box_in_image: PixelBox) -> String {
    let [x0, y0, x1, y1] = box_in_image.map(|side| decimal(f64::from(side), 3));
    format!("{x0} {y0} {x1} {y1}")
}

/// What a box and its crop have in common.
fn set_object(element: &Element, shown: &Shown, candidate: usize, class: usize) {
    set(element, "data-object", &candidate.to_string());
    set(element, "data-colour", &(class % COLOURS).to_string());
    set(element, "data-lit", bool_name(shown.lit == Some(candidate) || shown.opened == Some(candidate)));
    set(element, "data-truth", "false");
}

/// Cuts a box out of the image that is painted, the whole of it in the middle of a square.
fn draw_crop(canvas: &HtmlCanvasElement, image: &ShownImage, [x0, y0, x1, y1]: PixelBox) {
    let Some(source) = nadir_web_kit::dom::canvas("image") else { return };
    // Setting a canvas' size empties it.
    canvas.set_width(CROP_PX);
    canvas.set_height(CROP_PX);
    let Ok(Some(context)) = canvas.get_context("2d") else { return };
    let context: CanvasRenderingContext2d = context.unchecked_into();
    // A large image is painted smaller.
    let painted = f64::from(source.width()) / image.width as f64;
    let [x, y, width, height] = [x0, y0, (x1 - x0).max(1.0), (y1 - y0).max(1.0)].map(|side| f64::from(side) * painted);
    let side = f64::from(CROP_PX);
    let scale = side / width.max(height);
    let (shown_width, shown_height) = (width * scale, height * scale);
    let (left, top) = ((side - shown_width) / 2.0, (side - shown_height) / 2.0);
    // A crop that cannot be painted stays empty; its words are right all the same.
    let _ = context.draw_image_with_html_canvas_element_and_sw_and_sh_and_dx_and_dy_and_dw_and_dh(
        &source,
        x,
        y,
        width,
        height,
        left,
        top,
        shown_width,
        shown_height,
    );
}

/// The opened crop, and what the crop classifier makes of it.
fn draw_opened(shown: &Shown, found: &ShownObjects, image: &ShownImage) {
    let opened =
        shown.opened.and_then(|opened| Some((found.objects.candidates.get(opened)?, found.names.get(opened)?)));
    show("detail", opened.is_some());
    bring_into_sight(shown.opened);
    let (Some((object, name)), Some(canvas)) = (opened, canvas("opened")) else { return };
    draw_crop(&canvas, image, object.box_in_image);
    say_in("opened-name", &objects::object(&shown.class_name(object.class), object.score));
    let names = shown.ready.as_ref().and_then(|ready| ready.objects.as_ref()).and_then(|offer| offer.names.as_ref());
    let label = |label: usize| text::label(names.and_then(|names| names.labels.get(label)).map_or("", String::as_str));
    let verdict = match name {
        _ if names.is_none() => objects::NO_CROP_CLASSIFIER.to_owned(),
        Name::NotRequested | Name::Requested => objects::NAMING.to_owned(),
        Name::None => objects::NOT_NAMED.to_owned(),
        Name::Known(name) if name.unknown => objects::unknown(name.ood_score),
        Name::Known(name) => objects::named(&label(name.label), 1.0 - name.ood_score),
    };
    say_in("verdict", &verdict);
    show("named", matches!(name, Name::Known(_)));
    let (Name::Known(name), Some(names)) = (name, names) else { return };
    let bars = bars(&name.probabilities, MOST_BARS);
    draw_list("probabilities", bars.len(), "li", &mut |index, item| {
        let bar = bars[index];
        set(item, "data-present", bool_name(index == 0 && !name.unknown));
        say(&child(item, 0, "span", "name"), &label(bar.label));
        let track = child(item, 1, "span", "bar");
        set(&track, "aria-hidden", "true");
        let length = decimal(f64::from(bar.probability), 4);
        style(&child(&track, 0, "i", "fill"), "transform", &format!("scaleX({length})"));
        say(&child(item, 2, "span", "score"), &percent(bar.probability));
    });
    say_in("similar-title", &objects::similar_to(&label(name.label)));
    let similar = names.similar.get(name.label).map(Vec::as_slice).unwrap_or_default();
    draw_list("similar", similar.len(), "li", &mut |index, item| say(item, &label(similar[index])));
}

/// On a narrow page the details stand far below the crop that opened them.
fn bring_into_sight(opened: Option<usize>) {
    let Some(detail) = by_id("detail") else { return };
    let now = opened.map(|opened| opened.to_string()).unwrap_or_default();
    if detail.get_attribute("data-opened").as_deref() == Some(&now) {
        return;
    }
    set(&detail, "data-opened", &now);
    let nearest = Object::new();
    let scroll = || {
        Reflect::set(&nearest, &"block".into(), &"nearest".into())?;
        Reflect::get(&detail, &"scrollIntoView".into())?.unchecked_into::<Function>().call1(&detail, &nearest)
    };
    if opened.is_some() {
        // Where a browser cannot, the visitor scrolls.
        let _ = scroll();
    }
}
