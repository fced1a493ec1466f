//! The engine as its Worker's script sees it: messages in, messages out.

use crate::clock::now_ms;
use crate::device::{self, ChosenDevice};
use crate::download::{self, Failed};
use crate::engine::Engine;
use crate::pixels::{image_from_rgba, rgba_from_image};
use js_sys::{ArrayBuffer, Function, Uint8Array};
use nadir_shared::image::{RgbImage, decode::decode};
use nadir_shared::protocol::{Answer, DeviceChoice, Failure, Ready, Request, Response, StartStep, Task};
use nadir_shared::scene;
use wasm_bindgen::prelude::*;

/// Answers requests, one after another. Made once in a Worker's life.
#[wasm_bindgen]
pub struct EngineWorker {
    post: Function,
    running: Option<(Engine, ChosenDevice)>,
    started: bool,
}

#[wasm_bindgen]
impl EngineWorker {
    /// `post(json, bytes | undefined)` sends an answer.
    #[wasm_bindgen(constructor)]
    pub fn new(post: Function) -> Self {
        console_error_panic_hook::set_once();
        Self { post, running: None, started: false }
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
        let (image, true_labels) = match task {
            Task::Start { bundle_url, device } => return self.start(id, &bundle_url, device).await,
            Task::PredictFile { name } => {
                (decode(&bytes).map_err(|error| (Failure::Decode, format!("{name}: {error}.")))?, None)
            }
            Task::PredictPixels { width, height } => {
                (image_from_rgba(width, height, &bytes).map_err(|message| (Failure::Decode, message))?, None)
            }
            Task::PredictScene { seed, size } => {
                let scene = scene::generate(seed, size.clamp(16, 2048), size.clamp(16, 2048));
                (scene.image, Some(scene.labels))
            }
        };
        // Dropped before the network runs: a phone has little memory.
        drop(bytes);
        self.predict(id, &image, true_labels).await
    }

    async fn start(&mut self, id: u64, bundle_url: &str, choice: DeviceChoice) -> Result<(), Failed> {
        if std::mem::replace(&mut self.started, true) {
            return Err((Failure::Protocol, "The engine was started already.".to_owned()));
        }
        self.progress(id, StartStep::Adapter, 0, 0);
        let chosen = device::choose(choice).await.map_err(|message| (Failure::NoWebGpu, message))?;

        let begun = now_ms();
        let bundle = download::description(bundle_url).await?;
        let total = bundle.weights.size;
        self.progress(id, StartStep::Download, 0, total);
        let report = |done| self.progress(id, StartStep::Download, done, total);
        let (weights, from_cache) = download::file(bundle_url, &bundle.weights, report).await?;
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
            download_ms: downloaded - begun,
            load_ms: loaded - downloaded,
            first_run_ms,
            figures: bundle.figures.clone(),
        };
        self.running = Some((engine, chosen));
        self.answer(id, Answer::Ready(Box::new(ready)), None);
        Ok(())
    }

    async fn predict(&mut self, id: u64, image: &RgbImage, true_labels: Option<Vec<usize>>) -> Result<(), Failed> {
        let shown = Answer::Image { width: image.width, height: image.height, true_labels };
        let rgba = Uint8Array::from(rgba_from_image(image).as_slice()).buffer();
        self.answer(id, shown, Some(rgba));
        let Some((engine, chosen)) = &mut self.running else {
            return Err((Failure::Protocol, "The engine is not started yet.".to_owned()));
        };
        let result = engine.predict(image.view(), now_ms).await;
        if chosen.lost.load(std::sync::atomic::Ordering::Relaxed) {
            return Err(lost("the browser took the GPU away"));
        }
        let prediction = result.map_err(|error| lost(&error))?;
        self.answer(id, Answer::Prediction(Box::new(prediction)), None);
        Ok(())
    }

    fn progress(&self, id: u64, step: StartStep, done_bytes: u64, total_bytes: u64) {
        self.answer(id, Answer::Progress { step, done_bytes, total_bytes }, None);
    }

    fn fail(&self, id: u64, (failure, message): Failed) {
        self.answer(id, Answer::Failed { failure, message }, None);
    }

    fn answer(&self, id: u64, answer: Answer, bytes: Option<ArrayBuffer>) {
        let json = serde_json::to_string(&Response { id, answer }).expect("answers hold only what JSON can hold");
        let bytes = bytes.map_or(JsValue::UNDEFINED, JsValue::from);
        // Fails only where the Worker is being ended.
        let _ = self.post.call2(&JsValue::NULL, &json.into(), &bytes);
    }
}

fn lost(why: &str) -> Failed {
    (Failure::EngineLost, format!("The engine stopped: {why}."))
}
