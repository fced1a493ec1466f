//! What the page shows. The engine's client and the controls write it; the views read it.
//!
//! One signal holds the whole: a page of this size is redrawn in well under a millisecond, and each further type of
//! signal would add some kB to the download.

use crate::neighbours::GalleryView;
use crate::objects::{ShownObjects, visible};
use js_sys::ArrayBuffer;
use leptos::prelude::*;
use nadir_core::protocol::{DeviceChoice, Prediction, Ready, StartStep};
use nadir_web_kit::heat::Map;
use nadir_web_kit::result::{Row, rows};
use nadir_web_kit::text;
use std::rc::Rc;

/// Where the engine stands; `data-state` of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// The engine starts.
    Starting,
    /// It waits for an image.
    Ready,
    /// It predicts.
    Running,
    /// It cannot go on until the visitor does something.
    Failed,
}

impl Phase {
    /// The name in `data-state`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Ready => "ready",
            Self::Running => "running",
            Self::Failed => "failed",
        }
    }
}

/// What the page shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum View {
    /// Which labels it has.
    Labels,
    /// Which objects are in it, and where.
    Objects,
    /// Which images of the gallery are like it.
    Neighbours,
    /// No image: saved reports (`web/reports`).
    Reports,
    /// No image: lessons (`web/learn`).
    Learn,
}

impl View {
    /// In the order of their links.
    pub const ALL: [Self; 5] = [Self::Labels, Self::Objects, Self::Neighbours, Self::Reports, Self::Learn];

    /// The name in the address and in `data-view`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Labels => "labels",
            Self::Objects => "objects",
            Self::Neighbours => "neighbours",
            Self::Reports => "reports",
            Self::Learn => "learn",
        }
    }

    /// The `id` of its link.
    pub fn link_id(self) -> &'static str {
        match self {
            Self::Labels => "to-labels",
            Self::Objects => "to-objects",
            Self::Neighbours => "to-neighbours",
            Self::Reports => "to-reports",
            Self::Learn => "to-learn",
        }
    }

    /// Whether it is of an image, for which the engine runs. The others are modules of their own, fetched when they are
    /// first opened (`static/pages.js`).
    pub fn needs_engine(self) -> bool {
        !matches!(self, Self::Reports | Self::Learn)
    }
}

/// How far the start, or the fetching of the detector, is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The step that runs.
    pub step: StartStep,
    /// Bytes so far.
    pub done_bytes: u64,
    /// Bytes in all; 0 where unknown.
    pub total_bytes: u64,
}

/// What the visitor can do about a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Start once more as before.
    Retry,
    /// Start on the CPU.
    UseCpu,
}

/// A message to the visitor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// A stable name for tests and styles (`data-failure`), for example `decode`.
    pub kind: &'static str,
    /// What went wrong and how to mend it.
    pub text: String,
    /// The engine's own words; may be empty.
    pub detail: String,
    /// A button, if there is something to do.
    pub action: Option<Action>,
}

/// An image on the page.
#[derive(Debug, Clone)]
pub struct ShownImage {
    /// The wish that it answers.
    pub wish: u64,
    /// Its text for those who do not see it.
    pub description: String,
    /// Pixels a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// RGBA as it came from the engine, `width * height * 4` bytes.
    pub pixels: ArrayBuffer,
}

/// A prediction on the page.
#[derive(Debug, Clone, PartialEq)]
pub struct ShownPrediction {
    /// The wish that it answers.
    pub wish: u64,
    /// Scores, maps and times.
    pub prediction: Prediction,
    /// Which labels a generated scene truly has, by the bundle's order.
    pub truth: Option<Vec<bool>>,
}

/// What another network says of the same image.
#[derive(Debug, Clone, PartialEq)]
pub struct Compared {
    /// The network, by folder below `models/`.
    pub name: String,
    /// Its class names.
    pub labels: Vec<String>,
    /// Each class's threshold.
    pub thresholds: Vec<f32>,
    /// It can be asked.
    pub is_ready: bool,
    /// The wish that the scores answer; 0 before the first.
    pub wish: u64,
    /// Probability of each of its classes.
    pub scores: Vec<f32>,
    /// Why it does not run; empty while it does.
    pub failure: String,
}

impl Compared {
    /// A network that is being fetched.
    pub fn starting(name: String) -> Self {
        let (labels, thresholds, scores) = (Vec::new(), Vec::new(), Vec::new());
        Self { name, labels, thresholds, is_ready: false, wish: 0, scores, failure: String::new() }
    }

    /// Its score of a class with this name, and whether that reaches the class's threshold.
    pub fn score(&self, label: &str) -> Option<(f32, bool)> {
        let place = self.labels.iter().position(|other| other == label)?;
        let score = *self.scores.get(place)?;
        Some((score, self.thresholds.get(place).is_some_and(|&threshold| score >= threshold)))
    }
}

/// What the visitor asks of the page.
#[derive(Debug, Clone)]
pub enum Command {
    /// Show and label the scene of this seed.
    Scene(u64),
    /// Show and label this file.
    File(web_sys::File),
    /// Something without an image was dropped.
    NothingDropped,
    /// Run on this device.
    Device(DeviceChoice),
    /// Run this network.
    Model(String),
    /// Compare with this network, or with none.
    Compare(Option<String>),
    /// Copy what was found as JSON.
    Copy,
    /// Show the labels or the objects.
    View(View),
    /// Name the objects that are shown.
    Name,
    /// Fetch the gallery's thumbnails that are shown.
    Thumbnails,
    /// A notice's button.
    Act(Action),
}

/// Takes the visitor's wishes to the engine's client.
pub type SendCommand = UnsyncCallback<Command>;

/// All that the page shows.
#[derive(Debug, Clone)]
pub struct Shown {
    /// What of the image.
    pub view: View,
    /// Where the engine stands.
    pub phase: Phase,
    /// How far its start, or the fetching of the detector, is.
    pub progress: Option<Progress>,
    /// What the visitor must know now.
    pub notice: Option<Notice>,
    /// What runs.
    pub ready: Option<Rc<Ready>>,
    /// The image.
    pub image: Option<ShownImage>,
    /// Its labels.
    pub prediction: Option<Rc<ShownPrediction>>,
    /// What another network says of the same image.
    pub compared: Option<Rc<Compared>>,
    /// The last prediction in words, read out once.
    pub summary: String,
    /// One threshold for all labels; `None` for each label's own.
    pub threshold: Option<f32>,
    /// The label whose map lies over the image, in the bundle's order.
    pub mapped_label: Option<usize>,
    /// What may be objects in the image.
    pub objects: Option<Rc<ShownObjects>>,
    /// Objects from this probability on are shown; `None` for the bundle's own.
    pub score_from: Option<f32>,
    /// Of boxes of one class that overlap by more than this (intersection over union) the surest is shown.
    pub overlap: f32,
    /// The candidate whose details are shown.
    pub opened: Option<usize>,
    /// The candidate that the pointer or the focus is on.
    pub lit: Option<usize>,
    /// A generated scene's true boxes are shown.
    pub shows_truth: bool,
    /// The gallery with the image's neighbours.
    pub gallery: GalleryView,
    /// The seed in the field.
    pub seed: u64,
    /// A file is held over the page.
    pub is_dragging: bool,
    /// The networks to choose from, by folder below `models/`.
    pub models: Vec<String>,
    /// The network that is chosen.
    pub model: String,
    /// The device that is chosen.
    pub device: DeviceChoice,
}

impl Shown {
    /// The page before anything has happened.
    pub fn nothing() -> Self {
        Self {
            view: View::Labels,
            phase: Phase::Starting,
            progress: None,
            notice: None,
            ready: None,
            image: None,
            prediction: None,
            compared: None,
            summary: String::new(),
            threshold: None,
            mapped_label: None,
            objects: None,
            score_from: None,
            overlap: 0.5,
            opened: None,
            lit: None,
            shows_truth: false,
            gallery: GalleryView::default(),
            seed: 1,
            is_dragging: false,
            models: Vec::new(),
            model: String::new(),
            device: DeviceChoice::Auto,
        }
    }

    /// The labels as the list shows them; empty before the first prediction.
    pub fn rows(&self) -> Vec<Row> {
        let (Some(ready), Some(shown)) = (&self.ready, &self.prediction) else { return Vec::new() };
        rows(&ready.labels, &shown.prediction.scores, &ready.thresholds, self.threshold, shown.truth.as_deref())
    }

    /// The label's map, if one is chosen and the prediction is of the image that is shown.
    pub fn map(&self) -> Option<Map<'_>> {
        let (label, shown) = (self.mapped_label?, self.prediction.as_ref()?);
        if self.view != View::Labels || self.image.as_ref()?.wish != shown.wish {
            return None;
        }
        let prediction = &shown.prediction;
        let (rows, columns) = (prediction.activation_height, prediction.activation_width);
        let values = prediction.activation.get(label * rows * columns..(label + 1) * rows * columns)?;
        Some(Map { values, rows, columns, crop_in_image: prediction.crop_in_image })
    }

    /// What may be objects in the image that is shown.
    pub fn objects_here(&self) -> Option<&ShownObjects> {
        let (objects, image) = (self.objects.as_deref()?, self.image.as_ref()?);
        (objects.wish == image.wish).then_some(objects)
    }

    /// The probability from which on objects are shown.
    pub fn score_from(&self) -> f32 {
        let own = self.ready.as_ref().and_then(|ready| ready.objects.as_ref()).map(|objects| objects.shown_from);
        self.score_from.or(own).unwrap_or(0.5)
    }

    /// The name of a detector's class.
    pub fn class_name(&self, class: usize) -> String {
        let objects = self.ready.as_ref().and_then(|ready| ready.objects.as_ref());
        let label = objects.and_then(|objects| objects.labels.get(class));
        label.map(|label| text::label(label).to_owned()).unwrap_or_default()
    }

    /// The candidates that are shown, the surest first.
    pub fn visible(&self) -> Vec<usize> {
        let candidates = self.objects_here().map(|shown| shown.objects.candidates.as_slice()).unwrap_or_default();
        visible(candidates, self.score_from(), self.overlap)
    }

    /// The button of the message, if there is one.
    pub fn action(&self) -> Option<Action> {
        self.notice.as_ref().and_then(|notice| notice.action)
    }

    /// The stable name of the message, if there is one.
    pub fn notice_kind(&self) -> Option<&'static str> {
        self.notice.as_ref().map(|notice| notice.kind)
    }
}

/// The page's one signal.
#[derive(Debug, Clone, Copy)]
pub struct State(RwSignal<Rc<Shown>, LocalStorage>);

impl State {
    /// A page that shows this.
    pub fn new(shown: Shown) -> Self {
        Self(RwSignal::new_local(Rc::new(shown)))
    }

    /// What is shown; the caller runs again when it changes.
    pub fn get(self) -> Rc<Shown> {
        self.0.get()
    }

    /// What is shown now.
    pub fn peek(self) -> Rc<Shown> {
        self.0.get_untracked()
    }

    /// Changes what is shown.
    pub fn change(self, change: impl FnOnce(&mut Shown)) {
        let mut shown = (*self.peek()).clone();
        change(&mut shown);
        self.0.set(Rc::new(shown));
    }
}
