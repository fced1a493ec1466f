//! The objects of the page without its engine: boxes, crops and details follow the state.
#![cfg(target_arch = "wasm32")]

mod mounted;

use mounted::{Mounted, attribute, dispatch, ready};
use nadir_core::bundle::CropPrediction;
use nadir_core::detection::postprocess::DetectedObject;
use nadir_core::protocol::{Objects, Ready, TrueObject};
use nadir_web_ui::state::{Command, Name, Phase, Shown, ShownImage, ShownObjects, View};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{Element, HtmlElement, HtmlInputElement};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
async fn both_sliders_change_what_is_shown_and_ask_for_names_only_when_let_go() {
    let page = Mounted::new(found());
    leptos::task::tick().await;
    assert_eq!(candidates(&page, "#strip [data-object]"), ["0", "2"]);
    assert_eq!(candidates(&page, "#boxes [data-object]"), ["0", "2"]);
    assert_eq!(page.text("#objects-count"), "2 shown of 4 candidates");
    slide(&page, "#overlap", "80");
    leptos::task::tick().await;
    assert_eq!(candidates(&page, "#strip [data-object]"), ["0", "1", "2"]);
    slide(&page, "#score", "10");
    leptos::task::tick().await;
    assert_eq!(candidates(&page, "#strip [data-object]"), ["0", "1", "2", "3"]);
    assert!(page.sent.borrow().is_empty());
    dispatch(&page.one("#score"), "change");
    assert!(matches!(page.sent.borrow_mut().pop(), Some(Command::Name)));
}

#[wasm_bindgen_test]
async fn a_box_lies_where_its_object_is_in_the_image() {
    let page = Mounted::new(found());
    leptos::task::tick().await;
    let style = attribute(&page.one("#boxes [data-object=\"0\"]"), "style");
    for side in ["left: 0%", "top: 0%", "width: 50%", "height: 100%"] {
        assert!(style.contains(side), "{side} in {style}");
    }
    // Twice as wide as high, in the middle of a square frame.
    let frame = attribute(&page.one("#boxes"), "style");
    assert!(frame.contains("width: 100%") && frame.contains("height: 50%"), "{frame}");
}

#[wasm_bindgen_test]
async fn a_crop_under_the_pointer_or_the_focus_lights_its_box_and_a_box_its_crop() {
    let page = Mounted::new(found());
    leptos::task::tick().await;
    let lit = |place: &str| {
        page.all(&format!("{place} [data-lit=true]"))
            .iter()
            .map(|lit| attribute(lit, "data-object"))
            .collect::<Vec<_>>()
    };
    dispatch(&page.one("#strip [data-object=\"2\"]"), "mouseover");
    leptos::task::tick().await;
    assert_eq!((lit("#boxes"), lit("#strip")), (vec!["2".to_owned()], vec!["2".to_owned()]));
    dispatch(&page.one("#boxes [data-object=\"0\"]"), "mouseover");
    leptos::task::tick().await;
    assert_eq!((lit("#boxes"), lit("#strip")), (vec!["0".to_owned()], vec!["0".to_owned()]));
    dispatch(&page.one("h1"), "mouseover");
    leptos::task::tick().await;
    assert_eq!(lit("#strip"), [""; 0]);
}

#[wasm_bindgen_test]
async fn an_opened_crop_shows_its_probabilities_and_what_is_similar_in_the_ranked_order() {
    let page = Mounted::new(found());
    leptos::task::tick().await;
    assert!(is_hidden(&page.one("#detail")));
    page.one("#strip [data-object=\"0\"]").unchecked_into::<HtmlElement>().click();
    leptos::task::tick().await;
    assert!(!is_hidden(&page.one("#detail")));
    assert_eq!(page.text("#opened-name"), "ships 90.0%");
    assert_eq!(page.text("#verdict"), "Its crop is most like boat (75.0%).");
    let names: Vec<_> = page.all("#probabilities .name").iter().filter_map(|name| name.text_content()).collect();
    assert_eq!(names, ["boat", "crane", "pier"]);
    let similar: Vec<_> = page.all("#similar li").iter().filter_map(|name| name.text_content()).collect();
    assert_eq!(similar, ["pier", "crane"]);
    assert_eq!(attribute(&page.one("#strip [data-object=\"0\"]"), "aria-expanded"), "true");
    page.one("#strip [data-object=\"0\"]").unchecked_into::<HtmlElement>().click();
    leptos::task::tick().await;
    assert!(is_hidden(&page.one("#detail")));
    assert_eq!(page.state.peek().opened, None);
}

#[wasm_bindgen_test]
async fn a_crop_like_no_class_is_called_unknown() {
    let page = Mounted::new(found());
    leptos::task::tick().await;
    assert_eq!(page.text("#strip [data-object=\"2\"] .score"), "unknown");
    page.one("#boxes [data-object=\"2\"]").unchecked_into::<HtmlElement>().click();
    leptos::task::tick().await;
    assert!(page.text("#verdict").starts_with("Unknown"), "{}", page.text("#verdict"));
}

#[wasm_bindgen_test]
async fn a_scenes_true_boxes_are_shown_when_asked_for() {
    let page = Mounted::new(found());
    leptos::task::tick().await;
    assert_eq!(page.all("#boxes [data-truth=true]").len(), 0);
    page.one("#truth").unchecked_into::<HtmlElement>().click();
    leptos::task::tick().await;
    let labels: Vec<_> = page.all("#boxes [data-truth=true]").iter().filter_map(|truth| truth.text_content()).collect();
    assert_eq!(labels, [nadir_scene::LABELS[3]]);
}

#[wasm_bindgen_test]
async fn a_bundle_without_a_detector_says_how_to_make_one() {
    let ready = Ready { objects: None, ..ready() };
    let page = Mounted::new(Shown { ready: Some(Rc::new(ready)), objects: None, ..found() });
    leptos::task::tick().await;
    assert!(!is_hidden(&page.one("#no-detector")) && is_hidden(&page.one("#sliders")));
    assert!(page.text("#no-detector").contains("nadir detect train"));
}

#[wasm_bindgen_test]
async fn a_weak_detector_is_called_so_before_it_has_found_anything() {
    let with = |name: &str, ap50: f64| {
        let mut ready = ready();
        ready.objects.as_mut().expect("it has a detector").figures = [(name.to_owned(), ap50)].into();
        Shown { ready: Some(Rc::new(ready)), objects: None, ..found() }
    };
    let page = Mounted::new(with("validation_ap50", 0.03));
    leptos::task::tick().await;
    assert!(!is_hidden(&page.one("#weak-detector")) && !is_hidden(&page.one("#sliders")));
    assert!(page.text("#weak-detector").contains("finds little: AP50 0.03 on validation"));
    for (name, ap50) in [("validation_ap50", 0.5), ("test_ap50", 0.03)] {
        let page = Mounted::new(with(name, ap50));
        leptos::task::tick().await;
        assert!(is_hidden(&page.one("#weak-detector")), "{name} {ap50}");
    }
}

#[wasm_bindgen_test]
async fn links_between_the_views_keep_the_rest_of_the_address() {
    let page = Mounted::new(found());
    leptos::task::tick().await;
    assert!(attribute(&page.one("#to-objects"), "href").contains("page=objects"));
    assert!(!attribute(&page.one("#to-labels"), "href").contains("page="));
    assert_eq!(attribute(&page.one("#to-objects"), "aria-current"), "page");
    page.one("#to-labels").unchecked_into::<HtmlElement>().click();
    assert!(matches!(page.sent.borrow_mut().pop(), Some(Command::View(View::Labels))));
}

fn candidates(page: &Mounted, selector: &str) -> Vec<String> {
    page.all(selector).iter().map(|element| attribute(element, "data-object")).collect()
}

fn slide(page: &Mounted, slider: &str, percentage: &str) {
    let slider: HtmlInputElement = page.one(slider).unchecked_into();
    slider.set_value(percentage);
    dispatch(&slider, "input");
}

fn is_hidden(element: &Element) -> bool {
    element.unchecked_ref::<HtmlElement>().hidden()
}

/// An image of 20 x 10 px with four candidates; of two of one class one lies in the other.
fn found() -> Shown {
    let half = [0.0, 0.0, 10.0, 10.0];
    let candidate = |class, score, box_in_image| DetectedObject { box_in_image, class, score };
    let candidates = vec![
        candidate(0, 0.9, half),
        candidate(0, 0.8, [0.0, 0.0, 10.0, 7.0]),
        candidate(1, 0.7, [10.0, 0.0, 20.0, 10.0]),
        candidate(1, 0.2, half),
    ];
    let truth = Some(vec![TrueObject { label: 3, box_in_image: half }]);
    let objects = Objects { candidates, truth, run_ms: 12.5, median_ms: 11.0, runs: 1 };
    let mut objects = ShownObjects::new(1, objects);
    let name = |probabilities: [f32; 3], unknown| CropPrediction {
        label: 0,
        probabilities: probabilities.into(),
        ood_score: 1.0 - probabilities[0],
        unknown,
    };
    objects.names[0] = Name::Known(name([0.75, 0.05, 0.2], false));
    objects.names[2] = Name::Known(name([0.4, 0.3, 0.3], true));
    let pixels = js_sys::ArrayBuffer::new(20 * 10 * 4);
    let image =
        ShownImage { request: 1, title: String::new(), description: String::new(), width: 20, height: 10, pixels };
    Shown {
        view: View::Objects,
        phase: Phase::Ready,
        ready: Some(Rc::new(ready())),
        image: Some(image),
        objects: Some(Rc::new(objects)),
        ..Shown::nothing()
    }
}
