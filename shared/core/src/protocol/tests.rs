//! Every message survives JSON, and a message of another shape is refused with what is missing.

use super::lesson::{
    HeldOut, LessonAnswer, LessonLook, LessonNeighbours, LessonReady, LessonRequest, LessonResponse, LessonSettings,
    LessonTask, SeenScene,
};
use super::*;
use crate::active::SpaceKind;
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;
use std::fmt::Debug;

/// The message as the Worker or the page reads it.
fn posted<T: Serialize + DeserializeOwned>(message: &T) -> T {
    let json = serde_json::to_string(message).expect("messages hold only what JSON can hold");
    serde_json::from_str(&json).unwrap_or_else(|error| panic!("{json}: {error}"))
}

/// Every one of `messages` comes back as it was; `kind` names its variant, and all of `kinds` are among them. A new
/// variant does not compile until `kind` has it, and fails here until a message of it is tested.
fn all_survive<T>(messages: &[T], kind: fn(&T) -> &'static str, kinds: &[&'static str])
where
    T: Serialize + DeserializeOwned + PartialEq + Debug,
{
    for message in messages {
        assert_eq!(&posted(message), message);
    }
    let tested: BTreeSet<_> = messages.iter().map(kind).collect();
    assert_eq!(tested, kinds.iter().copied().collect(), "not every kind is tested");
}

fn kind_of_task(task: &Task) -> &'static str {
    match task {
        Task::Start { .. } => "start",
        Task::Predict { .. } => "predict",
        Task::FindObjects { .. } => "find_objects",
        Task::NameObjects { .. } => "name_objects",
        Task::LabelTile { .. } => "label_tile",
        Task::FindInTile { .. } => "find_in_tile",
        Task::NameInSheet { .. } => "name_in_sheet",
        Task::LoadGallery => "load_gallery",
        Task::FindNeighbours { .. } => "find_neighbours",
        Task::GallerySheet { .. } => "gallery_sheet",
        Task::HeadSpace => "head_space",
        Task::Embed { .. } => "embed",
    }
}

#[test]
fn every_request_survives() {
    let start = |device| Task::Start { bundle_url: "https://example.org/models/a/".into(), device };
    let tasks = [
        start(DeviceChoice::Auto),
        start(DeviceChoice::WebGpu),
        start(DeviceChoice::Cpu),
        Task::Predict { image: ImageInput::File { name: "a \"b\".png".into() } },
        Task::Predict { image: ImageInput::Pixels { width: 640, height: 480 } },
        Task::FindObjects { image: ImageInput::Scene { seed: u64::MAX, size: 512 } },
        Task::NameObjects { boxes: vec![[0.1, 1.25, 20.0, 30.5], [0.0; 4]] },
        Task::LabelTile { width: 256, height: 256 },
        Task::FindInTile { width: 512, height: 300 },
        Task::NameInSheet { width: 64, height: 900, boxes: vec![[0.0, 0.0, 64.0, 30.0]] },
        Task::LoadGallery,
        Task::FindNeighbours { count: 12 },
        Task::GallerySheet { sheet: 97 },
        Task::HeadSpace,
        Task::Embed { image: ImageInput::File { name: "a.png".into() }, thumbnail_px: 96 },
    ];
    let kinds = [
        "start",
        "predict",
        "find_objects",
        "name_objects",
        "label_tile",
        "find_in_tile",
        "name_in_sheet",
        "load_gallery",
        "find_neighbours",
        "gallery_sheet",
        "head_space",
        "embed",
    ];
    all_survive(&tasks, kind_of_task, &kinds);
}

fn ready() -> Ready {
    let names = NamesOffer { labels: vec!["boat".into()], similar: vec![vec![], vec![0]] };
    Ready {
        backend: "CPU".into(),
        adapter: "WebAssembly SIMD".into(),
        reason: "“why”\n".into(),
        bundle: "scenes".into(),
        description: String::new(),
        labels: vec!["water".into()],
        thresholds: vec![0.1],
        input_size: 128,
        weights_bytes: 1 << 40,
        from_cache: true,
        download_ms: 12.5,
        load_ms: 0.1,
        first_run_ms: 100.0,
        figures: [("test_map".to_owned(), 0.3)].into(),
        objects: Some(ObjectsOffer {
            labels: vec!["ships".into()],
            score_threshold: 0.7,
            stacked_above: 0.75,
            weights_bytes: 3,
            figures: BTreeMap::new(),
            names: Some(names),
        }),
        gallery: Some(GalleryOffer { count: 600, bytes: 265_272 }),
    }
}

fn kind_of_answer(answer: &Answer) -> &'static str {
    match answer {
        Answer::Progress { .. } => "progress",
        Answer::Ready(_) => "ready",
        Answer::Image { .. } => "image",
        Answer::Prediction(_) => "prediction",
        Answer::Objects(_) => "objects",
        Answer::Names { .. } => "names",
        Answer::TileLabels { .. } => "tile_labels",
        Answer::TileObjects { .. } => "tile_objects",
        Answer::Gallery(_) => "gallery",
        Answer::Neighbours(_) => "neighbours",
        Answer::GallerySheet { .. } => "gallery_sheet",
        Answer::HeadSpace(_) => "head_space",
        Answer::Embedded(_) => "embedded",
        Answer::Failed { .. } => "failed",
    }
}

#[test]
fn every_answer_survives() {
    let candidate = DetectedObject { box_in_image: [0.1, 1.0, 20.25, 30.0], class: 2, score: 0.9 };
    let truth = Some(vec![TrueObject { label: 13, box_in_image: [1.0, 2.0, 3.0, 4.1] }]);
    let objects = |truth| Objects { candidates: vec![candidate; 2], truth, run_ms: 0.1, median_ms: 11.0, runs: 2 };
    let name = CropPrediction { label: 2, probabilities: vec![0.1, 0.2, 0.7], ood_score: 0.3, unknown: true };
    let prediction = Prediction {
        ood: Some(OodScore { residual: 0.5, unlike_above: 0.75, spread: 0.25, concentrated_below: 0.125 }),
        scores: vec![0.1, f32::MIN_POSITIVE, 1.0],
        activation: vec![-0.1, 3.0e38],
        activation_height: 1,
        activation_width: 2,
        crop_in_image: [0.1, 0.0, 8.0, 8.0],
        run_ms: 4.1,
        median_ms: 4.2,
        runs: 3,
    };
    let gallery = GalleryHere {
        description: "images".into(),
        count: 5,
        labels: vec!["water".into()],
        dimensions: 128,
        map_method: "UMAP".into(),
        columns: 32,
        rows: 16,
    };
    let found = vec![Neighbour { index: 4, cosine: 0.9 }, Neighbour { index: 0, cosine: -0.1 }];
    let mut answers = vec![
        Answer::Ready(Box::new(ready())),
        Answer::Ready(Box::new(Ready { objects: None, gallery: None, ..ready() })),
        Answer::Image { width: 3, height: 2, true_labels: Some(vec![0, 7]) },
        Answer::Image { width: 3, height: 2, true_labels: None },
        Answer::Prediction(Box::new(prediction)),
        Answer::Objects(Box::new(objects(truth))),
        Answer::Objects(Box::new(objects(None))),
        Answer::Names { names: vec![None, Some(name.clone())] },
        Answer::TileLabels { scores: vec![0.1, 1.0], crop: Some(name), run_ms: 0.1 },
        Answer::TileObjects { objects: vec![candidate], run_ms: 20.5 },
        Answer::Gallery(Box::new(gallery)),
        Answer::Neighbours(Neighbours { found, search_ms: 0.1, median_ms: 0.5, runs: 3 }),
        Answer::GallerySheet { sheet: 3 },
        Answer::HeadSpace(HeadSpace {
            bundle: "aerial".into(),
            weights_sha256: "0a".into(),
            space: SpaceKind::GalleryProjection { sha256: "0b".into(), dimensions: 128 },
            count: 420,
        }),
        Answer::Embedded(EmbeddedImage {
            dimensions: 128,
            thumbnail_px: 96,
            ood: Some(OodScore { residual: 0.5, unlike_above: 0.75, spread: 0.25, concentrated_below: 0.125 }),
        }),
        Answer::Embedded(EmbeddedImage { dimensions: 0, thumbnail_px: 96, ood: None }),
    ];
    let steps = [StartStep::Adapter, StartStep::Download, StartStep::Load, StartStep::WarmUp];
    answers.extend(steps.map(|step| Answer::Progress { step, done_bytes: 5, total_bytes: 1 << 40 }));
    answers.extend(FAILURES.map(|failure| Answer::Failed { failure, message: "why".into() }));
    let kinds = [
        "progress",
        "ready",
        "image",
        "prediction",
        "objects",
        "names",
        "tile_labels",
        "tile_objects",
        "gallery",
        "neighbours",
        "gallery_sheet",
        "head_space",
        "embedded",
        "failed",
    ];
    all_survive(&answers, kind_of_answer, &kinds);
}

const FAILURES: [Failure; 8] = [
    Failure::Decode,
    Failure::BundleVersion,
    Failure::BundleBands,
    Failure::BundleBroken,
    Failure::Network,
    Failure::NoWebGpu,
    Failure::EngineLost,
    Failure::Protocol,
];

fn kind_of_lesson_task(task: &LessonTask) -> &'static str {
    match task {
        LessonTask::Start { .. } => "start",
        LessonTask::Train { .. } => "train",
        LessonTask::Look => "look",
        LessonTask::Neighbours { .. } => "neighbours",
    }
}

#[test]
fn every_request_of_a_lesson_survives() {
    let tasks = [
        LessonTask::Start { device: DeviceChoice::Auto, seed: u64::MAX, own_images: 16 },
        LessonTask::Train { settings: LessonSettings { temperature: 0.1, ..LessonSettings::default() } },
        LessonTask::Look,
        LessonTask::Neighbours { query: 119 },
    ];
    all_survive(&tasks, kind_of_lesson_task, &["start", "train", "look", "neighbours"]);
}

fn kind_of_lesson_answer(answer: &LessonAnswer) -> &'static str {
    match answer {
        LessonAnswer::Progress { .. } => "progress",
        LessonAnswer::Ready(_) => "ready",
        LessonAnswer::Step { .. } => "step",
        LessonAnswer::Look(_) => "look",
        LessonAnswer::Neighbours(_) => "neighbours",
        LessonAnswer::Failed { .. } => "failed",
    }
}

#[test]
fn every_answer_of_a_lesson_survives() {
    let scene = SeenScene { scene: 7, similarity: 0.1, activation: vec![0.1, -0.2] };
    let neighbours = LessonNeighbours {
        step: 3,
        query: 7,
        before: vec![scene.clone()],
        after: vec![scene.clone(), scene],
        rows: 1,
        columns: 2,
    };
    let ready = |held_out| LessonReady { backend: "WebGPU".into(), adapter: "nvidia".into(), train: 240, held_out };
    let mut answers = vec![
        LessonAnswer::Progress { done: 12, total: 360 },
        LessonAnswer::Ready(ready(HeldOut::Scenes { classes: vec![0, 5, 0] })),
        LessonAnswer::Ready(ready(HeldOut::Own { images: vec![3, 1] })),
        LessonAnswer::Step { step: 1, loss: 4.1, run_ms: 0.1 },
        LessonAnswer::Look(LessonLook { step: 0, points: vec![[0.1, -1.0]], accuracy: Some(0.7) }),
        LessonAnswer::Look(LessonLook { step: 1, points: Vec::new(), accuracy: None }),
        LessonAnswer::Neighbours(neighbours),
    ];
    answers.extend(FAILURES.map(|failure| LessonAnswer::Failed { failure, message: "why".into() }));
    let kinds = ["progress", "ready", "step", "look", "neighbours", "failed"];
    all_survive(&answers, kind_of_lesson_answer, &kinds);
}

#[test]
fn a_message_of_another_shape_is_refused_with_what_is_wrong() {
    fn refusal<T: DeserializeOwned + Debug>(json: &str) -> String {
        serde_json::from_str::<T>(json).expect_err("another shape").to_string()
    }
    let to_lesson = r#"{"id": 1, "task": {"start": {"device": "cpu", "seed": 1}}}"#;
    let to_engine = r#"{"id": 1, "task": {"start": {"device": "cpu", "bundle_url": "http://x/"}}}"#;
    assert!(serde_json::from_str::<LessonRequest>(to_lesson).is_ok());
    assert!(serde_json::from_str::<Request>(to_engine).is_ok());
    // As it happened: a lesson's first message reached a Worker that runs the engine.
    let cases = [
        (refusal::<Request>(to_lesson), "bundle_url"),
        (refusal::<LessonRequest>(to_engine), "seed"),
        (refusal::<Request>(r#"{"id": 1, "task": {"look": {}}}"#), "look"),
        (refusal::<Request>(r#"{"task": "load_gallery"}"#), "id"),
        (refusal::<Request>(r#"{"id": -1, "task": "load_gallery"}"#), "-1"),
        (refusal::<Request>(r#"{"id": 1, "task": {"start": {"device": "gpu", "bundle_url": ""}}}"#), "gpu"),
        (refusal::<LessonRequest>(r#"{"id": 1, "task": {"neighbours": {}}}"#), "query"),
        (refusal::<Response>(r#"{"id": 1, "answer": {"names": {}}}"#), "names"),
        (refusal::<LessonResponse>(r#"{"id": 1, "answer": {"step": {"step": 1, "run_ms": 1}}}"#), "loss"),
        // What is not a number is null in JSON.
        (refusal::<LessonResponse>(r#"{"id": 1, "answer": {"step": {"step": 1, "loss": null, "run_ms": 1}}}"#), "null"),
    ];
    for (message, expected) in cases {
        assert!(message.contains(expected), "{message:?} does not name {expected}");
    }
}
