//! The engine as its Worker's script sees it: messages in, messages out.

use crate::answer::{answer, lost, no_detector, no_gallery, not_started};
use crate::clock::now_ms;
use crate::device::{self, ChosenDevice, DeviceUse};
use crate::download::{self, Failed};
use crate::engine::{Engine, check_bands};
use crate::gallery::{self, SearchedGallery};
use crate::objects;
use crate::pixels::{halved, image_from_rgba, rgba_from_image};
use crate::teaching;
use crate::threads;
use js_sys::{ArrayBuffer, Function, Uint8Array};
use nadir_core::bundle::Bundle;
use nadir_core::detection::boxes::PixelBox;
use nadir_core::image::RgbImage;
use nadir_core::image::decode::{MAX_PIXELS, decode, set_max_pixels};
use nadir_core::protocol::{
    Answer, DeviceChoice, EmbeddedImage, Failure, GalleryHere, ImageInput, Ready, Request, StartStep, Task,
};
use nadir_scene::SceneObject;
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

/// Images of up to so many pixels are decoded: their bytes take 600 MB of the Worker's memory for a moment. Those above
/// [`MAX_PIXELS`] are shown and judged at half their size.
const MOST_PIXELS: u64 = 200_000_000;

/// Answers requests, one after another. Made once in a Worker's life.
#[wasm_bindgen]
pub struct EngineWorker {
    post: Function,
    start_threads: Function,
    running: Option<Running>,
    /// `None` until it is fetched, in the background.
    gallery: Rc<RefCell<Option<SearchedGallery>>>,
    started: bool,
}

/// What a start has made.
struct Running {
    engine: Engine,
    chosen: ChosenDevice,
    bundle_url: String,
}

/// What a generated scene truly holds.
struct SceneTruth {
    labels: Vec<usize>,
    objects: Vec<SceneObject>,
}

#[wasm_bindgen]
impl EngineWorker {
    /// `post(json, bytes | undefined)` sends an answer; `start_threads()` promises threads ([`threads::start`]).
    #[wasm_bindgen(constructor)]
    pub fn new(post: Function, start_threads: Function) -> Self {
        console_error_panic_hook::set_once();
        Self { post, start_threads, running: None, gallery: Rc::default(), started: false }
    }

    /// Carries out one request. The script calls it again only after its promise has settled.
    pub async fn handle(&mut self, json: String, bytes: Option<ArrayBuffer>) {
        let request: Request = match serde_json::from_str(&json) {
            Ok(request) => request,
            Err(error) => {
                return self.fail(
                    0,
                    (Failure::Protocol, format!("The page sent a message that the engine does not know: {error}.")),
                );
            }
        };
        let bytes = bytes.map(|buffer| Uint8Array::new(&buffer).to_vec()).unwrap_or_default();
        if let Err(failed) = self.carry_out(request.id, request.task, bytes).await {
            self.fail(request.id, failed);
        }
    }
}

impl EngineWorker {
    async fn carry_out(&mut self, id: u64, task: Task, bytes: Vec<u8>) -> Result<(), Failed> {
        match task {
            Task::Start { bundle_url, device } => self.start(id, bundle_url, device).await,
            Task::Predict { image } => {
                let (image, truth) = read(image, bytes)?;
                self.predict(id, &image, truth.map(|truth| truth.labels)).await
            }
            Task::FindObjects { image } => {
                let (image, truth) = read(image, bytes)?;
                self.find(id, image, truth).await
            }
            Task::NameObjects { boxes } => self.name(id, &boxes).await,
            Task::LabelTile { width, height } => self.label_tile(id, &rgb(width, height, bytes)?).await,
            Task::FindInTile { width, height } => self.find_in_tile(id, &rgb(width, height, bytes)?).await,
            Task::NameInSheet { width, height, boxes } => {
                self.name_in_sheet(id, &rgb(width, height, bytes)?, &boxes).await
            }
            Task::LoadGallery => self.load_gallery(id),
            Task::FindNeighbours { count } => self.find_neighbours(id, count),
            Task::GallerySheet { sheet } => self.sheet(id, sheet),
            Task::HeadSpace => self.head_space(id),
            Task::Embed { image, thumbnail_px } => {
                let (image, _) = read(image, bytes)?;
                self.embed(id, &image, thumbnail_px).await
            }
        }
    }

    async fn start(&mut self, id: u64, bundle_url: String, choice: DeviceChoice) -> Result<(), Failed> {
        if std::mem::replace(&mut self.started, true) {
            return Err((Failure::Protocol, "The engine was started already.".to_owned()));
        }
        self.progress(id, StartStep::Adapter, 0, 0);
        let mut chosen =
            device::choose(choice, DeviceUse::Inference).await.map_err(|message| (Failure::NoWebGpu, message))?;
        if chosen.is_cpu() {
            let threads = threads::start(&self.start_threads).await;
            if threads > 1 {
                chosen.adapter = format!("{}, {threads} threads", chosen.adapter);
            }
        }

        let started = now_ms();
        let bundle = download::description(&bundle_url).await?;
        check_bands(&bundle).map_err(|message| (Failure::BundleBands, message))?;
        let total = bundle.weights.size;
        self.progress(id, StartStep::Download, 0, total);
        let report = |done| self.progress(id, StartStep::Download, done, total);
        let (weights, from_cache) = download::file(&bundle_url, &bundle.weights, report).await?;
        let downloaded = now_ms();

        self.progress(id, StartStep::Load, 0, 0);
        let mut engine =
            Engine::load(bundle, &weights, &chosen.device).map_err(|message| (Failure::BundleBroken, message))?;
        let loaded = now_ms();

        self.progress(id, StartStep::WarmUp, 0, 0);
        let first_run_ms = engine.warm_up(now_ms).await.map_err(|error| lost(&error))?;
        let bundle = &engine.bundle;
        let ready = Ready {
            backend: chosen.backend.to_owned(),
            adapter: chosen.adapter.clone(),
            reason: chosen.reason.clone(),
            bundle: bundle.name.clone(),
            description: bundle.description.clone(),
            labels: bundle.labels.clone(),
            thresholds: bundle.thresholds.clone(),
            input_size: bundle.preprocess.size,
            weights_bytes: bundle.weights.size,
            from_cache,
            download_ms: downloaded - started,
            load_ms: loaded - downloaded,
            first_run_ms,
            figures: bundle.figures.clone(),
            objects: objects::offer(bundle),
            gallery: gallery::offer(bundle),
        };
        self.running = Some(Running { engine, chosen, bundle_url });
        self.answer(id, Answer::Ready(Box::new(ready)), None);
        Ok(())
    }

    async fn predict(&mut self, id: u64, image: &RgbImage, true_labels: Option<Vec<usize>>) -> Result<(), Failed> {
        self.show(id, image, true_labels);
        let running = self.running.as_mut().ok_or_else(not_started)?;
        let result = running.engine.predict(image.view(), now_ms).await;
        let prediction = running.unless_lost(result)?;
        self.answer(id, Answer::Prediction(Box::new(prediction)), None);
        Ok(())
    }

    async fn find(&mut self, id: u64, image: RgbImage, truth: Option<SceneTruth>) -> Result<(), Failed> {
        let (labels, true_objects) = truth.map(|truth| (truth.labels, truth.objects)).unzip();
        self.show(id, &image, labels);
        let mut running = self.running.take().ok_or_else(not_started)?;
        let fetched = self.fetch_finder(id, &mut running).await;
        let running = self.running.insert(running);
        fetched?;
        let finder = running.engine.finder.as_mut().ok_or_else(no_detector)?;
        let result = finder.find(image, true_objects.as_deref(), now_ms).await;
        let objects = running.unless_lost(result)?;
        self.answer(id, Answer::Objects(Box::new(objects)), None);
        Ok(())
    }

    /// Fetches and builds the detector, and the crop classifier where the bundle has one, unless they are here.
    async fn fetch_finder(&self, id: u64, running: &mut Running) -> Result<(), Failed> {
        let Running { engine, bundle_url, .. } = running;
        if engine.finder.is_some() {
            return Ok(());
        }
        let objects = engine.bundle.objects.clone().ok_or_else(no_detector)?;
        let files =
            [Some(&objects.weights), objects.crop_classifier.as_ref().map(|crop_classifier| &crop_classifier.weights)];
        let total = files.iter().flatten().map(|file| file.size).sum();
        let mut fetched = Vec::new();
        for file in files.into_iter().flatten() {
            let before: usize = fetched.iter().map(Vec::len).sum();
            let report = |done| self.progress(id, StartStep::Download, before as u64 + done, total);
            report(0);
            fetched.push(download::file(bundle_url, file, report).await?.0);
        }
        self.progress(id, StartStep::Load, 0, 0);
        let crop_classifier = fetched.get(1).map(Vec::as_slice);
        engine.load_finder(&fetched[0], crop_classifier).map_err(|message| (Failure::BundleBroken, message))
    }

    async fn name(&mut self, id: u64, boxes: &[PixelBox]) -> Result<(), Failed> {
        let running = self.running.as_mut().ok_or_else(not_started)?;
        let result = running.engine.finder.as_ref().ok_or_else(no_detector)?.name(boxes).await;
        let names = running.unless_lost(result)?;
        self.answer(id, Answer::Names { names }, None);
        Ok(())
    }

    async fn label_tile(&mut self, id: u64, tile: &RgbImage) -> Result<(), Failed> {
        let running = self.running.as_mut().ok_or_else(not_started)?;
        let started = now_ms();
        let result = running.engine.label_tile(tile.view()).await;
        let (scores, crop) = running.unless_lost(result)?;
        self.answer(id, Answer::TileLabels { scores, crop, run_ms: now_ms() - started }, None);
        Ok(())
    }

    async fn find_in_tile(&mut self, id: u64, tile: &RgbImage) -> Result<(), Failed> {
        let mut running = self.running.take().ok_or_else(not_started)?;
        let fetched = self.fetch_finder(id, &mut running).await;
        let running = self.running.insert(running);
        fetched?;
        let finder = running.engine.finder.as_ref().ok_or_else(no_detector)?;
        let started = now_ms();
        let result = finder.find_in_tile(tile.view()).await;
        let objects = running.unless_lost(result)?;
        self.answer(id, Answer::TileObjects { objects, run_ms: now_ms() - started }, None);
        Ok(())
    }

    async fn name_in_sheet(&mut self, id: u64, sheet: &RgbImage, boxes: &[PixelBox]) -> Result<(), Failed> {
        let running = self.running.as_mut().ok_or_else(not_started)?;
        let finder = running.engine.finder.as_ref().ok_or_else(no_detector)?;
        let result = finder.name_in_sheet(sheet.view(), boxes).await;
        let names = running.unless_lost(result)?;
        self.answer(id, Answer::Names { names }, None);
        Ok(())
    }

    /// Fetches the gallery in the background: images can be labelled meanwhile.
    fn load_gallery(&self, id: u64) -> Result<(), Failed> {
        let running = self.running.as_ref().ok_or_else(not_started)?;
        let (bundle, bundle_url) = (running.engine.bundle.clone(), running.bundle_url.clone());
        let (post, slot) = (self.post.clone(), Rc::clone(&self.gallery));
        spawn_local(async move {
            match fetch_gallery(&post, id, &bundle, &bundle_url).await {
                Ok((gallery, here, for_page)) => {
                    *slot.borrow_mut() = Some(gallery);
                    let bytes = Uint8Array::from(for_page.as_slice()).buffer();
                    answer(&post, id, Answer::Gallery(Box::new(here)), Some(bytes));
                }
                Err((failure, message)) => answer(&post, id, Answer::Failed { failure, message }, None),
            }
        });
        Ok(())
    }

    fn find_neighbours(&mut self, id: u64, count: usize) -> Result<(), Failed> {
        let running = self.running.as_ref().ok_or_else(not_started)?;
        let mut gallery = self.gallery.borrow_mut();
        let gallery = gallery.as_mut().ok_or_else(no_gallery)?;
        let found = gallery.nearest(&running.engine, count, now_ms).map_err(|message| (Failure::Protocol, message))?;
        self.answer(id, Answer::Neighbours(found), None);
        Ok(())
    }

    /// Fetches thumbnails, likewise in the background.
    fn sheet(&self, id: u64, sheet: usize) -> Result<(), Failed> {
        let running = self.running.as_ref().ok_or_else(not_started)?;
        let model = running.engine.bundle.gallery.as_ref().ok_or_else(no_gallery)?;
        let file = model.thumbnails.sheets.get(sheet).cloned().ok_or_else(no_gallery)?;
        let (post, bundle_url) = (self.post.clone(), running.bundle_url.clone());
        spawn_local(async move {
            match download::file(&bundle_url, &file, |_| {}).await {
                Ok((bytes, _)) => {
                    let bytes = Uint8Array::from(bytes.as_slice()).buffer();
                    answer(&post, id, Answer::GallerySheet { sheet }, Some(bytes));
                }
                Err((failure, message)) => answer(&post, id, Answer::Failed { failure, message }, None),
            }
        });
        Ok(())
    }

    /// What heads are taught on: the gallery, or all that is embedded where there is none.
    fn head_space(&self, id: u64) -> Result<(), Failed> {
        let bundle = &self.running.as_ref().ok_or_else(not_started)?.engine.bundle;
        let gallery = self.gallery.borrow();
        let (space, rows) = teaching::head_space(bundle, gallery.as_ref()).ok_or_else(no_gallery)?;
        self.answer(id, Answer::HeadSpace(space), Some(bytes_of(&rows)));
        Ok(())
    }

    async fn embed(&mut self, id: u64, image: &RgbImage, thumbnail_px: usize) -> Result<(), Failed> {
        let running = self.running.as_mut().ok_or_else(not_started)?;
        let result = running.engine.predict(image.view(), now_ms).await;
        let ood = running.unless_lost(result)?.ood;
        let row = teaching::row(&running.engine, self.gallery.borrow().as_ref()).ok_or_else(no_gallery)?;
        let dimensions = row.len() / size_of::<f32>();
        let thumbnail = teaching::thumbnail(image, thumbnail_px);
        let embedded = EmbeddedImage { dimensions, thumbnail_px: thumbnail.width, ood };
        let bytes = [row, rgba_from_image(&thumbnail)].concat();
        self.answer(id, Answer::Embedded(embedded), Some(bytes_of(&bytes)));
        Ok(())
    }

    fn show(&self, id: u64, image: &RgbImage, true_labels: Option<Vec<usize>>) {
        let shown = Answer::Image { width: image.width, height: image.height, true_labels };
        let rgba = Uint8Array::from(rgba_from_image(image).as_slice()).buffer();
        self.answer(id, shown, Some(rgba));
    }

    fn progress(&self, id: u64, step: StartStep, done_bytes: u64, total_bytes: u64) {
        self.answer(id, Answer::Progress { step, done_bytes, total_bytes }, None);
    }

    fn fail(&self, id: u64, (failure, message): Failed) {
        self.answer(id, Answer::Failed { failure, message }, None);
    }

    fn answer(&self, id: u64, message: Answer, bytes: Option<ArrayBuffer>) {
        answer(&self.post, id, message, bytes);
    }
}

fn bytes_of(bytes: &[u8]) -> ArrayBuffer {
    Uint8Array::from(bytes).buffer()
}

/// The gallery's embeddings for the engine; what it is, and its map, labels and names for the page.
async fn fetch_gallery(
    post: &Function,
    id: u64,
    bundle: &Bundle,
    bundle_url: &str,
) -> Result<(SearchedGallery, GalleryHere, Vec<u8>), Failed> {
    let (model, here) = bundle.gallery.as_ref().zip(gallery::here(bundle)).ok_or_else(no_gallery)?;
    let total_bytes = model.data_files().iter().map(|file| file.size).sum();
    let mut before = 0;
    let mut fetched = Vec::new();
    for file in model.data_files() {
        let report = |done| {
            let done_bytes = before + done;
            answer(post, id, Answer::Progress { step: StartStep::Download, done_bytes, total_bytes }, None);
        };
        report(0);
        fetched.push(download::file(bundle_url, file, report).await?.0);
        before += file.size;
    }
    let [projection, embeddings, labels, names, map] = fetched.as_slice() else { return Err(no_gallery()) };
    let gallery =
        SearchedGallery::read(bundle, projection, embeddings).map_err(|message| (Failure::BundleBroken, message))?;
    Ok((gallery, here, [map.as_slice(), labels, names].concat()))
}

impl Running {
    /// A result of the device; an error of a GPU that was lost meanwhile, which gives zeros.
    fn unless_lost<T>(&self, result: Result<T, String>) -> Result<T, Failed> {
        if self.chosen.lost.load(std::sync::atomic::Ordering::Relaxed) {
            return Err(lost("the browser took the GPU away"));
        }
        result.map_err(|error| lost(&error))
    }
}

/// The pixels of a part of a large image.
fn rgb(width: usize, height: usize, pixels: Vec<u8>) -> Result<RgbImage, Failed> {
    if width * height == 0 || pixels.len() != 3 * width * height {
        return Err((Failure::Protocol, format!("{} bytes are no RGB pixels of {width} x {height}.", pixels.len())));
    }
    Ok(RgbImage { width, height, pixels })
}

/// The image of the request, with what is truly in it where it is a generated scene.
fn read(input: ImageInput, bytes: Vec<u8>) -> Result<(RgbImage, Option<SceneTruth>), Failed> {
    match input {
        ImageInput::File { name } => {
            set_max_pixels(MOST_PIXELS);
            let mut image = decode(&bytes).map_err(|error| (Failure::Decode, format!("{name}: {error}.")))?;
            if (image.width * image.height) as u64 > MAX_PIXELS {
                // A canvas could not show it, and the networks see some hundred px.
                image = halved(&image);
            }
            Ok((image, None))
        }
        ImageInput::Pixels { width, height } => {
            let image = image_from_rgba(width, height, &bytes).map_err(|message| (Failure::Decode, message))?;
            Ok((image, None))
        }
        ImageInput::Scene { seed, size } => {
            let scene = nadir_scene::generate(seed, size.clamp(16, 2048), size.clamp(16, 2048));
            Ok((scene.image, Some(SceneTruth { labels: scene.labels, objects: scene.objects })))
        }
    }
}
