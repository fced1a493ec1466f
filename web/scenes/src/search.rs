//! The searches: tile after tile from the middle of the view outwards, each read by the reader, looked at by the engine,
//! and kept by the reader.

use crate::draw;
use crate::order::take_nearest;
use crate::state::{FoundLabels, FoundObjects, Job, Scene};
use crate::worker_words::ended;
use js_sys::Date;
use leptos::prelude::*;
use nadir_core::bundle::Bundle;
use nadir_core::detection::tiles::Tile;
use nadir_core::protocol::scene::{SceneAnswer, SceneTask, Search};
use nadir_core::protocol::{Answer, StartStep, Task};
use nadir_web_kit::port::{Awaited, Port};
use nadir_web_kit::text::scenes as text;
use nadir_web_kit::worker::Role;
use nadir_web_kit::{networks, text as page_text};
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;

/// Side of a tile that is labelled, px, and the share of its pixels that must be valid: as `nadir predict --tile 256`.
const LABEL_TILE_PX: usize = 256;
const MIN_VALID: f64 = 0.5;

/// From one merging of what was found to the next, ms at least, and times as long as it took: it takes longer the more
/// there is.
const MERGED_EVERY_MS: f64 = 1000.0;
const MERGED_EVERY: f64 = 20.0;

type Reader = Port<SceneAnswer>;
type Engine = Port<Answer>;

/// Begins a search, in place of the one that runs.
pub fn begin(scene: Scene, search: Search) {
    scene.stop();
    let number = scene.held.with_value(|held| held.job_number);
    scene.problem.set(None);
    let note = text::STARTING.to_owned();
    scene.job.set(Some(Job { search, done: 0, total: 0, seconds: 0.0, note, is_stopped: false, is_running: true }));
    match search {
        Search::Labels => scene.labels.set(None),
        Search::Objects => {
            scene.objects.set(None);
            scene.selected.set(None);
        }
    }
    scene.heat.set(None);
    spawn_local(async move {
        let file_number = scene.held.with_value(|held| held.file_number);
        let run = Run { scene, search, number, file_number };
        let mut outcome = run.all().await;
        if search == Search::Objects && run.is_last() && scene.objects.with_untracked(Option::is_some) {
            // Where it was stopped, what was found since the last merging is shown too.
            if let Some(reader) = scene.held.with_value(|held| held.reader.clone()) {
                outcome = outcome.and(run.merge(&reader).await);
            }
        }
        if run.is_current() {
            scene.job.update(|job| {
                if let Some(job) = job {
                    job.is_running = false;
                    job.note.clear();
                    // What is found so far stays.
                    job.is_stopped = job.done < job.total;
                }
            });
            if let Err(problem) = outcome {
                // Whatever it was, the next search begins with an engine that works.
                scene.held.update_value(|held| held.engine = None);
                scene.problem.set(Some(problem));
            }
        }
    });
}

/// A file of what was found, for the visitor.
pub fn save(scene: Scene, search: Search, ending: &'static str) {
    let (Some(reader), Some(opened)) = (scene.held.with_value(|held| held.reader.clone()), scene.opened_now()) else {
        return;
    };
    spawn_local(async move {
        let what = if search == Search::Labels { "labels" } else { "objects" };
        let stem = opened.name.rsplit_once('.').map_or(opened.name.as_str(), |(stem, _)| stem);
        match reader.ask(&SceneTask::File { search, ending: ending.to_owned() }, None).await {
            Ok((SceneAnswer::File, Some(bytes))) => {
                // A browser that refuses a download says so itself.
                let _ = nadir_web_kit::download::save_bytes(&format!("{stem}-{what}.{ending}"), &bytes);
            }
            Ok(_) => {}
            Err(problem) => scene.problem.set(Some(problem.message)),
        }
    });
}

/// One search.
#[derive(Clone, Copy)]
struct Run {
    scene: Scene,
    search: Search,
    number: u64,
    file_number: u64,
}

impl Run {
    /// Neither stopped nor followed by another one.
    fn is_current(self) -> bool {
        self.scene.held.with_value(|held| held.job_number) == self.number
    }

    /// No other one has begun, nor was another file opened; it may have been stopped.
    fn is_last(self) -> bool {
        self.scene.held.with_value(|held| held.job_number <= self.number + 1 && held.file_number == self.file_number)
    }

    fn note(self, note: String) {
        if self.is_current() {
            self.scene.job.update(|job| {
                if let Some(job) = job {
                    job.note = note;
                }
            });
        }
    }

    async fn all(self) -> Result<(), String> {
        let scene = self.scene;
        let bundle = scene.bundle.get_untracked().ok_or(text::MODEL_FAILED)?;
        let reader = scene.held.with_value(|held| held.reader.clone()).ok_or(text::WORKER_FAILED)?;
        let engine = self.engine().await?;
        if !self.is_current() {
            return Ok(());
        }
        let SceneAnswer::Tiles { tiles } = reader.ask(&self.beginning(&bundle)?, None).await?.0 else {
            return Err(page_text::BAD_ANSWER.to_owned());
        };
        if !self.is_current() {
            return Ok(());
        }
        self.show_beginning(&bundle, &tiles);
        self.look_at_tiles(&reader, &engine, &tiles).await?;
        if self.is_current() && self.search == Search::Objects && has_crop_classifier(&bundle) {
            self.note(text::CLASSIFYING.to_owned());
            self.classify_crops(&reader, &engine).await?;
        }
        Ok(())
    }

    /// The request that begins it.
    fn beginning(self, bundle: &Bundle) -> Result<SceneTask, String> {
        Ok(match self.search {
            Search::Labels => SceneTask::BeginLabels {
                side: LABEL_TILE_PX,
                min_valid: MIN_VALID,
                labels: bundle.labels.clone(),
                thresholds: bundle.thresholds.clone(),
            },
            Search::Objects => {
                let objects = bundle.objects.as_ref().ok_or(text::NO_DETECTOR)?;
                let own = || bundle.labels.clone();
                SceneTask::BeginObjects {
                    longest_seen: objects.resize.max_size,
                    labels: objects.labels.clone(),
                    crop_labels: objects.crop_classifier.as_ref().map_or_else(own, |crops| crops.labels.clone()),
                    score_from: objects.score_threshold,
                    stacked_above: objects.stacked_above,
                }
            }
        })
    }

    fn show_beginning(self, bundle: &Bundle, tiles: &[Tile]) {
        match self.search {
            Search::Labels => self.scene.labels.set(Some(Rc::new(FoundLabels {
                labels: bundle.labels.clone(),
                thresholds: bundle.thresholds.clone(),
                tiles: tiles.to_vec(),
                scores: vec![None; tiles.len()],
            }))),
            Search::Objects => {
                let labels = bundle.objects.as_ref().map(|objects| objects.labels.clone()).unwrap_or_default();
                self.scene.objects.set(Some(Rc::new(FoundObjects { labels, objects: Vec::new() })));
            }
        }
        self.scene.job.update(|job| {
            if let Some(job) = job {
                job.total = tiles.len();
                job.note.clear();
            }
        });
    }

    /// Each tile once; the next one is read while the network sees one.
    async fn look_at_tiles(self, reader: &Reader, engine: &Engine, tiles: &[Tile]) -> Result<(), String> {
        let mut left: Vec<usize> = (0..tiles.len()).collect();
        let next = |left: &mut Vec<usize>| -> Option<(usize, Awaited<SceneAnswer>)> {
            let index = take_nearest(left, tiles, self.scene.camera.get_untracked().centre)?;
            Some((index, reader.ask(&SceneTask::Tile { search: self.search, index }, None)))
        };
        let started = Date::now();
        let (mut merged, mut pause) = (started, MERGED_EVERY_MS);
        let mut coming = next(&mut left);
        while let Some((index, tile)) = coming {
            let (answer, bytes) = tile.await?;
            if !self.is_current() {
                return Ok(());
            }
            coming = next(&mut left);
            let is_skipped = matches!(answer, SceneAnswer::Tile { is_skipped: true });
            let pixels = bytes.filter(|_| !is_skipped);
            match self.search {
                Search::Labels => self.label(reader, engine, index, &tiles[index], pixels.as_ref()).await?,
                Search::Objects => {
                    self.find(reader, engine, index, &tiles[index], pixels.as_ref()).await?;
                    let began = Date::now();
                    if began - merged > pause || coming.is_none() {
                        self.merge(reader).await?;
                        merged = Date::now();
                        pause = MERGED_EVERY_MS.max(MERGED_EVERY * (merged - began));
                    }
                }
            }
            if !self.is_current() {
                return Ok(());
            }
            self.scene.job.update(|job| {
                if let Some(job) = job {
                    job.done += 1;
                    job.seconds = (Date::now() - started) / 1e3;
                    job.note.clear();
                }
            });
            draw::soon(self.scene);
        }
        Ok(())
    }

    async fn label(
        self,
        reader: &Reader,
        engine: &Engine,
        index: usize,
        tile: &Tile,
        pixels: Option<&js_sys::ArrayBuffer>,
    ) -> Result<(), String> {
        let Some(pixels) = pixels else { return Ok(()) };
        let (width, height) = (tile.size.width, tile.size.height);
        let (answer, _) = engine.ask(&Task::LabelTile { width, height }, Some(pixels)).await?;
        let Answer::TileLabels { scores, crop, .. } = answer else { return Err(page_text::BAD_ANSWER.to_owned()) };
        if !self.is_current() {
            return Ok(());
        }
        reader.ask(&SceneTask::KeepLabels { index, scores: scores.clone(), crop }, None).await?;
        self.scene.labels.update(|found| {
            if let Some(found) = found {
                Rc::make_mut(found).scores[index] = Some(scores);
            }
        });
        Ok(())
    }

    async fn find(
        self,
        reader: &Reader,
        engine: &Engine,
        index: usize,
        tile: &Tile,
        pixels: Option<&js_sys::ArrayBuffer>,
    ) -> Result<(), String> {
        let (width, height) = (tile.size.width, tile.size.height);
        let objects = match pixels {
            None => Vec::new(),
            Some(pixels) => match engine.ask(&Task::FindInTile { width, height }, Some(pixels)).await?.0 {
                Answer::TileObjects { objects, .. } => objects,
                _ => return Err(page_text::BAD_ANSWER.to_owned()),
            },
        };
        if !self.is_current() {
            return Ok(());
        }
        reader.ask(&SceneTask::KeepObjects { index, objects }, None).await?;
        Ok(())
    }

    /// Shows the objects that were found so far.
    async fn merge(self, reader: &Reader) -> Result<(), String> {
        let SceneAnswer::Objects { objects } = reader.ask(&SceneTask::Merge, None).await?.0 else {
            return Err(page_text::BAD_ANSWER.to_owned());
        };
        if !self.is_last() {
            return Ok(());
        }
        self.scene.selected.set(None);
        self.scene.objects.update(|found| {
            if let Some(found) = found {
                Rc::make_mut(found).objects = objects;
            }
        });
        Ok(())
    }

    async fn classify_crops(self, reader: &Reader, engine: &Engine) -> Result<(), String> {
        let count = self.scene.objects.get_untracked().map_or(0, |found| found.objects.len());
        let mut from = 0;
        while from < count && self.is_current() {
            let (SceneAnswer::Crops { width, height, places }, Some(pixels)) =
                reader.ask(&SceneTask::Crops { from }, None).await?
            else {
                return Err(page_text::BAD_ANSWER.to_owned());
            };
            let next = from + places.len().max(1);
            let task = Task::NameInSheet { width, height, boxes: places };
            let Answer::Names { names } = engine.ask(&task, Some(&pixels)).await?.0 else {
                return Err(page_text::BAD_ANSWER.to_owned());
            };
            reader.ask(&SceneTask::KeepCrops { from, crops: names }, None).await?;
            from = next;
        }
        Ok(())
    }

    /// The engine with this network, started if it is not here.
    async fn engine(self) -> Result<Engine, String> {
        let model = self.scene.model.get_untracked();
        let running = self.scene.held.with_value(|held| held.engine.clone());
        if let Some((_, engine)) = running.filter(|(of, _)| *of == model) {
            engine.on_progress(move |answer| self.tell(answer));
            return Ok(engine);
        }
        self.scene.held.update_value(|held| held.engine = None);
        let bundle_url = networks::bundle_url(&model).ok_or(text::MODEL_FAILED)?;
        let engine = Engine::start(Role::Engine, ended).map_err(|_| page_text::CRASHED.to_owned())?;
        engine.on_progress(move |answer| self.tell(answer));
        engine.ask(&Task::Start { bundle_url, device: networks::device() }, None).await?;
        if self.scene.model.get_untracked() == model {
            self.scene.held.update_value(|held| held.engine = Some((model, engine.clone())));
        }
        Ok(engine)
    }

    fn tell(self, answer: &Answer) {
        if let Answer::Progress { step, done_bytes, total_bytes } = answer {
            let so_far = match step {
                StartStep::Download => page_text::download_so_far(*done_bytes, *total_bytes),
                _ => String::new(),
            };
            self.note(format!("{} {so_far}", page_text::step(*step)).trim_end().to_owned());
        }
    }
}

fn has_crop_classifier(bundle: &Bundle) -> bool {
    bundle.objects.as_ref().is_some_and(|objects| objects.crop_classifier.is_some()) || bundle.crops.is_some()
}
