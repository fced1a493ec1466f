//! A lesson's training as its Worker runs it: tasks in, answers out.

use super::data::LessonData;
use super::{HELD_OUT, Lesson, TRAIN};
use crate::clock::now_ms;
use crate::device::{self, ChosenDevice, DeviceUse};
use crate::download::Failed;
use crate::pixels::rgba_from_image;
use js_sys::{ArrayBuffer, Function, Uint8Array};
use nadir_core::protocol::lesson::{LessonAnswer, LessonReady, LessonRequest, LessonResponse, LessonTask};
use nadir_core::protocol::{DeviceChoice, Failure};
use nadir_scene::lesson::PlaceScenes;
use std::sync::atomic::Ordering;
use wasm_bindgen::prelude::*;

/// Scenes between two messages on how far the painting is.
const SCENES_A_REPORT: usize = 12;

/// Answers a lesson's requests, one after another. Made once in a Worker's life.
#[wasm_bindgen]
pub struct LessonWorker {
    post: Function,
    running: Option<Running>,
}

/// A training, and the device that it runs on.
struct Running {
    chosen: ChosenDevice,
    lesson: Lesson,
}

/// Which images a training is to have.
struct Wanted {
    seed: u64,
    own_images: usize,
    /// Of those, RGB.
    pixels: Vec<u8>,
}

#[wasm_bindgen]
impl LessonWorker {
    /// `post(json, bytes | undefined)` sends an answer.
    #[wasm_bindgen(constructor)]
    pub fn new(post: Function) -> Self {
        console_error_panic_hook::set_once();
        Self { post, running: None }
    }

    /// Carries out one request. The script calls it again only after its promise has settled.
    pub async fn handle(&mut self, json: String, bytes: Option<ArrayBuffer>) {
        let (id, done) = match serde_json::from_str::<LessonRequest>(&json) {
            Ok(request) => {
                let pixels = bytes.map(|bytes| Uint8Array::new(&bytes).to_vec()).unwrap_or_default();
                (request.id, self.carry_out(request.id, request.task, pixels).await)
            }
            Err(error) => (
                0,
                Err((Failure::Protocol, format!("The page sent a message that the engine does not know: {error}."))),
            ),
        };
        if let Err((failure, message)) = done {
            self.answer(id, LessonAnswer::Failed { failure, message }, None);
        }
    }
}

impl LessonWorker {
    async fn carry_out(&mut self, id: u64, task: LessonTask, pixels: Vec<u8>) -> Result<(), Failed> {
        if let LessonTask::Start { device, seed, own_images } = task {
            return self.start(id, device, Wanted { seed, own_images, pixels }).await;
        }
        let running = self.running.as_mut();
        let running = running.ok_or_else(|| (Failure::Protocol, "The training is not started yet.".to_owned()))?;
        let lesson = &mut running.lesson;
        let answer = match task {
            LessonTask::Train { settings } => {
                let started = now_ms();
                let loss = lesson.step(&settings).await;
                loss.map(|loss| LessonAnswer::Step { step: lesson.steps(), loss, run_ms: now_ms() - started })
            }
            LessonTask::Neighbours { query } => lesson.neighbours(query).await.map(LessonAnswer::Neighbours),
            LessonTask::Look | LessonTask::Start { .. } => lesson.look().await.map(LessonAnswer::Look),
        };
        if running.chosen.lost.load(Ordering::Relaxed) {
            return Err(stopped("the browser took the GPU away"));
        }
        self.answer(id, answer.map_err(|error| stopped(&error))?, None);
        Ok(())
    }

    /// Paints the scenes, or takes the visitor's images, and draws first weights. A later start keeps the device, and the
    /// scenes where the seed is the same.
    async fn start(&mut self, id: u64, choice: DeviceChoice, wanted: Wanted) -> Result<(), Failed> {
        let (chosen, before) = match self.running.take() {
            Some(Running { chosen, lesson }) => (chosen, Some((lesson.seed(), lesson.data))),
            None => (
                device::choose(choice, DeviceUse::Training).await.map_err(|message| (Failure::NoWebGpu, message))?,
                None,
            ),
        };
        let Wanted { seed, own_images, pixels } = wanted;
        let data = match before {
            _ if own_images > 0 => LessonData::of_own(&pixels, own_images, seed)
                .map_err(|error| (Failure::Protocol, format!("The images cannot be trained on: {error}.")))?,
            Some((other, data)) if other == seed && data.known.classes().is_some() => data,
            _ => paint(seed, |done, total| {
                self.answer(id, LessonAnswer::Progress { done, total }, None);
            }),
        };
        let lesson = Lesson::new(data, seed, &chosen.device);
        let ready = LessonReady {
            backend: chosen.backend.to_owned(),
            adapter: chosen.adapter.clone(),
            train: lesson.data.train.len(),
            held_out: lesson.data.known.clone(),
        };
        let pixels: Vec<u8> = lesson.data.held_out.iter().flat_map(rgba_from_image).collect();
        self.running = Some(Running { chosen, lesson });
        self.answer(id, LessonAnswer::Ready(ready), Some(&pixels));
        Ok(())
    }

    fn answer(&self, id: u64, answer: LessonAnswer, bytes: Option<&[u8]>) {
        let json = serde_json::to_string(&LessonResponse { id, answer }).expect("answers hold only what JSON can hold");
        let bytes = bytes.map_or(JsValue::UNDEFINED, |bytes| Uint8Array::from(bytes).buffer().into());
        // Fails only where the Worker is being ended.
        let _ = self.post.call2(&JsValue::NULL, &json.into(), &bytes);
    }
}

fn paint(seed: u64, report: impl Fn(usize, usize)) -> LessonData {
    let total = TRAIN + HELD_OUT;
    let scenes = PlaceScenes::new(seed).take(total).enumerate().map(|(done, scene)| {
        if done % SCENES_A_REPORT == 0 {
            report(done, total);
        }
        scene
    });
    LessonData::of_scenes(scenes.collect(), TRAIN)
}

fn stopped(why: &str) -> Failed {
    (Failure::EngineLost, format!("The training stopped: {why}."))
}
