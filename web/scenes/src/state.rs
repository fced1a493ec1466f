//! All that the page shows, as signals.

use crate::camera::{Camera, Part};
use crate::kept::Kept;
use crate::paint::{Means, Painter, Picture};
use leptos::prelude::*;
use nadir_core::bundle::Bundle;
use nadir_core::detection::postprocess::DetectedObject;
use nadir_core::detection::tiles::Tile;
use nadir_core::protocol::Answer;
use nadir_core::protocol::scene::{SceneAnswer, SceneInfo, ScenePlace, Search};
use nadir_web_kit::port::Port;
use serde::Deserialize;
use std::collections::HashSet;
use std::rc::Rc;
use web_sys::File;

/// Pictures of finer levels that are kept: 50 MB.
const MOST_PICTURES: usize = 192;

/// A signal of this thread's own.
pub type Local<T> = RwSignal<T, LocalStorage>;

/// A network to choose, as the site's list has it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Offer {
    /// Its folder below `models/`.
    pub name: String,
    /// What the visitor chooses it by.
    pub title: String,
}

/// What is looked at.
#[derive(Debug, Clone)]
pub enum Given {
    /// The visitor's files: an image, perhaps with a world file.
    Files(Vec<File>),
    /// The generated scene of this seed.
    Generated(u64),
}

/// How far the page is with a file.
#[derive(Debug, Clone, PartialEq)]
pub enum Stage {
    /// None was chosen.
    Empty,
    /// Its directory, and what scaling needs, are being read.
    Opening(String),
    /// It is seen.
    Open(Rc<Opened>),
}

/// An open file.
#[derive(Debug, PartialEq)]
pub struct Opened {
    /// Its name.
    pub name: String,
    /// The file's size; `None` of a generated scene.
    pub bytes: Option<f64>,
    /// What it is.
    pub info: SceneInfo,
}

impl Opened {
    /// Width and height, px.
    pub fn size(&self) -> [f64; 2] {
        [self.info.width as f64, self.info.height as f64]
    }
}

/// A search that runs, or has run.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    /// For what.
    pub search: Search,
    /// Tiles that were looked at or skipped.
    pub done: usize,
    /// All tiles; 0 before they are known.
    pub total: usize,
    /// Since the first tile.
    pub seconds: f64,
    /// What is done beside the tiles.
    pub note: String,
    /// The visitor stopped it.
    pub is_stopped: bool,
    /// It goes on.
    pub is_running: bool,
}

/// The labels of tiles.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FoundLabels {
    /// Class names.
    pub labels: Vec<String>,
    /// Of each class.
    pub thresholds: Vec<f32>,
    /// All tiles, row by row.
    pub tiles: Vec<Tile>,
    /// Of each tile; `None` for one that has none yet, or is skipped.
    pub scores: Vec<Option<Vec<f32>>>,
}

impl FoundLabels {
    /// In how many tiles each label is, the most frequent first: index and count.
    pub fn counts(&self) -> Vec<(usize, usize)> {
        let present = |label: usize| {
            let is_present = |scores: &&Vec<f32>| scores[label] >= self.thresholds[label];
            self.scores.iter().flatten().filter(is_present).count()
        };
        let mut counts: Vec<(usize, usize)> = (0..self.labels.len()).map(|label| (label, present(label))).collect();
        counts.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
        counts
    }

    /// Tiles with scores.
    pub fn scored(&self) -> usize {
        self.scores.iter().flatten().count()
    }
}

/// The objects.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct FoundObjects {
    /// The detector's class names.
    pub labels: Vec<String>,
    /// The highest-scoring first.
    pub objects: Vec<DetectedObject>,
}

/// The canvas of the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Canvas {
    /// Another one for each means, for what has drawn a canvas once alone draws it.
    pub number: u32,
    /// The means, as its attribute names it.
    pub drawn_by: &'static str,
}

/// The page. Copies speak of the same signals.
#[derive(Clone, Copy)]
pub struct Scene {
    /// The visitor sees the page.
    pub is_shown: RwSignal<bool>,
    /// Files are held over it.
    pub is_dragging: RwSignal<bool>,
    /// How far the page is with a file.
    pub stage: Local<Stage>,
    /// What went wrong, for the visitor.
    pub problem: RwSignal<Option<String>>,
    /// The networks to choose from.
    pub offers: RwSignal<Vec<Offer>>,
    /// The folder of the one that is chosen.
    pub model: RwSignal<String>,
    /// Its description; `None` before it is fetched.
    pub bundle: Local<Option<Rc<Bundle>>>,
    /// The canvas; `None` before it is known by what it is drawn.
    pub canvas: RwSignal<Option<Canvas>>,
    /// Where one looks.
    pub camera: RwSignal<Camera>,
    /// Pictures that have come, so that they are drawn.
    pub arrived: RwSignal<u64>,
    /// Parts that are seen are not here yet.
    pub is_filling: RwSignal<bool>,
    /// The place under the pointer, px of the image.
    pub pointer: RwSignal<Option<[f64; 2]>>,
    /// Where that is on Earth.
    pub place: RwSignal<Option<ScenePlace>>,
    /// Length of a px in the middle of the view.
    pub metres_per_px: RwSignal<Option<f64>>,
    /// The search that runs or ran last.
    pub job: RwSignal<Option<Job>>,
    /// What was found.
    pub labels: Local<Option<Rc<FoundLabels>>>,
    /// What was found.
    pub objects: Local<Option<Rc<FoundObjects>>>,
    /// The label whose scores lie over the image.
    pub heat: RwSignal<Option<usize>>,
    /// The object that was selected.
    pub selected: RwSignal<Option<usize>>,
    /// What no view reads.
    pub held: StoredValue<Held, LocalStorage>,
}

/// What no view reads.
pub struct Held {
    /// Reads the file.
    pub reader: Option<Port<SceneAnswer>>,
    /// Runs the networks of this model.
    pub engine: Option<(String, Port<Answer>)>,
    /// What was opened, to be opened again where another network reads other bands.
    pub given: Given,
    /// Counts what was asked to be opened, so that the last one is shown.
    pub open_number: u64,
    /// Counts files, so that what belongs to an earlier one is dropped.
    pub file_number: u64,
    /// Counts searches likewise.
    pub job_number: u64,
    /// By what the canvas is drawn; `None` before that is known.
    pub means: Option<Means>,
    /// Draws the canvas; `None` before it was first drawn.
    pub painter: Option<Painter>,
    /// Pictures of the image.
    pub pictures: Kept<Picture>,
    /// Pictures that were asked for.
    pub awaited: HashSet<Part>,
    /// Pictures that cannot be read.
    pub failed: HashSet<Part>,
    /// A drawing was asked for and has not begun.
    pub is_drawing: bool,
    /// A place was asked for, and perhaps another one since.
    pub locating: Option<Option<[f64; 2]>>,
}

impl Scene {
    /// Before the first file.
    pub fn new() -> Self {
        let held = Held {
            reader: None,
            engine: None,
            given: Given::Files(Vec::new()),
            open_number: 0,
            file_number: 0,
            job_number: 0,
            means: None,
            painter: None,
            pictures: Kept::new(0, MOST_PICTURES),
            awaited: HashSet::new(),
            failed: HashSet::new(),
            is_drawing: false,
            locating: None,
        };
        Self {
            is_shown: RwSignal::new(true),
            is_dragging: RwSignal::new(false),
            stage: RwSignal::new_local(Stage::Empty),
            problem: RwSignal::new(None),
            offers: RwSignal::new(Vec::new()),
            model: RwSignal::new(String::new()),
            bundle: RwSignal::new_local(None),
            canvas: RwSignal::new(None),
            camera: RwSignal::new(Camera { centre: [0.0; 2], scale: 1.0 }),
            arrived: RwSignal::new(0),
            is_filling: RwSignal::new(false),
            pointer: RwSignal::new(None),
            place: RwSignal::new(None),
            metres_per_px: RwSignal::new(None),
            job: RwSignal::new(None),
            labels: RwSignal::new_local(None),
            objects: RwSignal::new_local(None),
            heat: RwSignal::new(None),
            selected: RwSignal::new(None),
            held: StoredValue::new_local(held),
        }
    }

    /// The file that is seen; whoever calls runs again when it changes.
    pub fn opened(self) -> Option<Rc<Opened>> {
        match self.stage.get() {
            Stage::Open(opened) => Some(opened),
            _ => None,
        }
    }

    /// The file that is seen now.
    pub fn opened_now(self) -> Option<Rc<Opened>> {
        match self.stage.get_untracked() {
            Stage::Open(opened) => Some(opened),
            _ => None,
        }
    }

    /// Forgets the file and what was found in it; gives the number of the next one.
    pub fn close(self, coarsest: u32) -> u64 {
        self.stop();
        self.labels.set(None);
        self.objects.set(None);
        self.job.set(None);
        self.heat.set(None);
        self.selected.set(None);
        self.pointer.set(None);
        self.place.set(None);
        self.metres_per_px.set(None);
        self.held
            .try_update_value(|held| {
                held.reader = None;
                held.pictures = Kept::new(coarsest, MOST_PICTURES);
                held.awaited.clear();
                held.failed.clear();
                held.locating = None;
                held.file_number += 1;
                held.file_number
            })
            .unwrap_or_default()
    }

    /// Ends the search that runs; what it found stays.
    pub fn stop(self) {
        self.held.update_value(|held| held.job_number += 1);
        self.job.update(|job| {
            if let Some(job) = job.as_mut().filter(|job| job.is_running) {
                job.is_running = false;
                job.is_stopped = true;
            }
        });
    }
}
