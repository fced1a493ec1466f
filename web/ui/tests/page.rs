//! The page without its engine: what is shown follows the state.
#![cfg(target_arch = "wasm32")]

mod mounted;

use mounted::{Mounted, attribute, dispatch, ready};
use nadir_core::bundle::{CropPrediction, OodScore};
use nadir_core::detection::postprocess::DetectedObject;
use nadir_core::neighbours::Neighbour;
use nadir_core::protocol::{
    Answer, DeviceChoice, Failure, GalleryHere, ImageInput, Neighbours, Objects, Prediction, Ready, Request, Response,
    StartStep, Task, TrueObject,
};
use nadir_web_kit::text;
use nadir_web_ui::messages;
use nadir_web_ui::state::{Action, Command, Notice, Phase, Shown, ShownPrediction};
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{HtmlElement, HtmlInputElement};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
async fn bars_are_sorted_by_score_and_name_their_label() {
    let page = Mounted::new(labelled());
    leptos::task::tick().await;
    let bars = page.all("[data-label]");
    let labels: Vec<_> = bars.iter().filter_map(|bar| bar.get_attribute("data-label")).collect();
    assert_eq!(labels, ["water", "trees", "habor"]);
    assert_eq!(attribute(&bars[0], "data-score"), "0.9712");
    assert_eq!(attribute(&bars[0], "data-present"), "true");
    assert_eq!(attribute(&bars[2], "data-present"), "false");
    assert_eq!(attribute(&bars[2], "data-truth"), "true");
    assert_eq!(page.text("#tally"), "1 of 2 found, 1 extra");
    assert_eq!(page.text("[data-label=habor] .name"), "harbor");
}

#[wasm_bindgen_test]
async fn threshold_sets_one_for_all_and_reset_gives_each_its_own() {
    let page = Mounted::new(labelled());
    leptos::task::tick().await;
    let slider: HtmlInputElement = page.one("#threshold").unchecked_into();
    slider.set_value("98");
    dispatch(&slider, "input");
    leptos::task::tick().await;
    assert_eq!(page.all("[data-present=true]").len(), 0);
    slider.set_value("0");
    dispatch(&slider, "input");
    leptos::task::tick().await;
    assert_eq!(page.all("[data-present=true]").len(), 3);
    page.one("#threshold-reset").unchecked_into::<HtmlElement>().click();
    leptos::task::tick().await;
    assert_eq!(page.all("[data-present=true]").len(), 2);
}

#[wasm_bindgen_test]
async fn a_click_on_a_label_chooses_its_map_and_another_click_hides_it() {
    let page = Mounted::new(labelled());
    leptos::task::tick().await;
    let bar: HtmlElement = page.one("[data-label=water]").unchecked_into();
    bar.click();
    leptos::task::tick().await;
    assert_eq!(page.state.peek().mapped_label, Some(1));
    assert_eq!(attribute(&bar, "aria-pressed"), "true");
    bar.click();
    leptos::task::tick().await;
    assert_eq!(page.state.peek().mapped_label, None);
}

#[wasm_bindgen_test]
async fn every_failure_has_a_message_and_what_can_be_done() {
    let page = Mounted::new(Shown::nothing());
    let failures = [
        (Failure::Decode, None),
        (Failure::BundleVersion, Some(Action::Retry)),
        (Failure::BundleBands, Some(Action::Retry)),
        (Failure::BundleBroken, Some(Action::Retry)),
        (Failure::Network, Some(Action::Retry)),
        (Failure::NoWebGpu, Some(Action::UseCpu)),
        (Failure::EngineLost, Some(Action::Retry)),
        (Failure::Protocol, Some(Action::Retry)),
    ];
    for (failure, action) in failures {
        let sentence = text::failure(failure, "field.tif");
        let notice = Notice { kind: "test", text: sentence.clone(), detail: "why".into(), action };
        page.state.change(|shown| {
            shown.phase = Phase::Failed;
            shown.notice = Some(notice);
        });
        leptos::task::tick().await;
        assert_eq!(page.text("#message"), sentence);
        assert_eq!(attribute(&page.one("#message"), "role"), "alert");
        assert_eq!(attribute(&page.one("main"), "data-state"), "failed");
        let button: HtmlElement = page.one("#act").unchecked_into();
        assert_eq!(button.hidden(), action.is_none());
        button.click();
        let sent = page.sent.borrow_mut().pop();
        assert!(matches!((sent, action), (None, None) | (Some(Command::Act(_)), Some(_))));
    }
}

#[wasm_bindgen_test]
async fn next_scene_requests_the_seed_after_this_one() {
    let page = Mounted::new(Shown { seed: 41, ..Shown::nothing() });
    leptos::task::tick().await;
    page.one("#next-scene").unchecked_into::<HtmlElement>().click();
    assert!(matches!(page.sent.borrow_mut().pop(), Some(Command::Scene(42))));
}

#[wasm_bindgen_test]
fn answers_are_read_as_serde_writes_them() {
    let steps = [StartStep::Adapter, StartStep::Download, StartStep::Load, StartStep::WarmUp];
    let failures = [
        Failure::Decode,
        Failure::BundleVersion,
        Failure::BundleBands,
        Failure::BundleBroken,
        Failure::Network,
        Failure::NoWebGpu,
        Failure::EngineLost,
        Failure::Protocol,
    ];
    let name = CropPrediction { label: 2, probabilities: vec![0.25, 0.0, 0.75], ood_score: 0.25, unknown: true };
    let mut answers = vec![
        Answer::Ready(Box::new(ready())),
        Answer::Ready(Box::new(Ready { objects: None, gallery: None, ..ready() })),
        Answer::Gallery(Box::new(gallery())),
        Answer::Neighbours(neighbours()),
        Answer::GallerySheet { sheet: 3 },
        Answer::Objects(Box::new(objects(Some(vec![TrueObject { label: 13, box_in_image: [1.0, 2.0, 3.0, 4.5] }])))),
        Answer::Objects(Box::new(objects(None))),
        Answer::Names { names: vec![None, Some(name)] },
        Answer::Prediction(Box::new(prediction())),
        Answer::Image { width: 3, height: 2, true_labels: Some(vec![0, 7]) },
        Answer::Image { width: 3, height: 2, true_labels: None },
    ];
    answers.extend(steps.map(|step| Answer::Progress { step, done_bytes: 5, total_bytes: 1 << 40 }));
    answers.extend(failures.map(|failure| Answer::Failed { failure, message: "“why”\n".into() }));
    for answer in answers {
        let response = Response { id: 7, answer };
        let json = serde_json::to_string(&response).expect("an answer is plain data");
        assert_eq!(messages::from_json(&json), Some(response));
    }
    assert_eq!(messages::from_json(r#"{"id":1,"answer":{"new":{}}}"#), None);
    assert_eq!(messages::from_json("{"), None);
}

#[wasm_bindgen_test]
fn requests_are_written_as_serde_reads_them() {
    let start = |device| Task::Start { bundle_url: "https://example.org/models/a/".into(), device };
    let tasks = [
        start(DeviceChoice::Auto),
        start(DeviceChoice::WebGpu),
        start(DeviceChoice::Cpu),
        Task::Predict { image: ImageInput::File { name: "a \"b\".png".into() } },
        Task::Predict { image: ImageInput::Pixels { width: 640, height: 480 } },
        Task::FindObjects { image: ImageInput::Scene { seed: 4_294_967_295, size: 512 } },
        Task::NameObjects { boxes: vec![[0.5, 1.25, 20.0, 30.5], [0.0; 4]] },
        Task::NameObjects { boxes: Vec::new() },
        Task::LoadGallery,
        Task::FindNeighbours { count: 12 },
        Task::GallerySheet { sheet: 97 },
    ];
    for task in tasks {
        let request = Request { id: 3, task };
        let json = messages::to_json(&request);
        assert_eq!(serde_json::from_str::<Request>(&json).ok(), Some(request));
    }
}

fn labelled() -> Shown {
    let shown = ShownPrediction { request: 1, prediction: prediction(), truth: Some(vec![true, true, false]) };
    Shown { phase: Phase::Ready, ready: Some(Rc::new(ready())), prediction: Some(Rc::new(shown)), ..Shown::nothing() }
}

fn objects(truth: Option<Vec<TrueObject>>) -> Objects {
    let candidate = DetectedObject { box_in_image: [0.5, 1.0, 20.25, 30.0], class: 2, score: 0.875 };
    Objects { candidates: vec![candidate; 2], truth, run_ms: 12.5, median_ms: 11.0, runs: 2 }
}

fn gallery() -> GalleryHere {
    GalleryHere {
        description: "images of a test".into(),
        count: 5,
        labels: vec!["water".into(), "“trees”".into()],
        dimensions: 128,
        map_method: "UMAP".into(),
        columns: 32,
        rows: 16,
    }
}

fn neighbours() -> Neighbours {
    let found = vec![Neighbour { index: 4, cosine: 0.875 }, Neighbour { index: 0, cosine: -0.25 }];
    Neighbours { found, search_ms: 0.25, median_ms: 0.5, runs: 3 }
}

fn prediction() -> Prediction {
    Prediction {
        scores: vec![0.125, 0.9712, 0.625],
        activation: vec![0.5; 12],
        activation_height: 2,
        activation_width: 2,
        crop_in_image: [0.0, 0.0, 8.0, 8.0],
        ood: Some(OodScore { residual: 0.875, unlike_above: 0.75, spread: 0.25, concentrated_below: 0.125 }),
        run_ms: 4.5,
        median_ms: 4.25,
        runs: 3,
    }
}
