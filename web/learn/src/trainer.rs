//! The training in its Worker, as lessons 4 and 5 see it. One request is on its way at a time, so that a pause takes
//! effect within a step.

use js_sys::{ArrayBuffer, Uint8Array};
use nadir_core::protocol::DeviceChoice;
use nadir_core::protocol::lesson::{
    LessonAnswer, LessonLook, LessonNeighbours, LessonReady, LessonRequest, LessonResponse, LessonSettings, LessonTask,
};
use nadir_web_kit::address;
use nadir_web_kit::text::learn::train as text;
use nadir_web_kit::worker::{FromWorker, Role, Worker};
use std::cell::RefCell;
use std::rc::Rc;

/// Steps between two looks at the held-out scenes.
const LOOK_EVERY: usize = 10;
/// Decides scenes, weights and batches.
const SEED: u64 = 1;

/// Where the training stands.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Phase {
    /// Nothing was asked for yet.
    #[default]
    Idle,
    /// The engine is fetched.
    Starting,
    /// Scenes are painted: done, total.
    Painting(usize, usize),
    /// It trains, or waits to.
    Ready(LessonReady),
    /// It stopped; what it said.
    Failed(String),
}

/// All that is known of a training.
#[derive(Default)]
pub struct Training {
    /// Where it stands.
    pub phase: Phase,
    /// Of the next step.
    pub settings: LessonSettings,
    /// Of each step so far.
    pub losses: Vec<f32>,
    /// Of each step so far.
    pub run_ms: Vec<f64>,
    /// Every look so far, the untrained one first; points of the last one alone.
    pub looks: Vec<LessonLook>,
    /// RGBA pixels of the held-out scenes, one after the other.
    pub pixels: Vec<u8>,
    /// The last answer on neighbours.
    pub neighbours: Option<LessonNeighbours>,
    /// Steps to take until it pauses; none while it is paused.
    pub until: Option<usize>,
    query: usize,
    is_query_new: bool,
    is_look_due: bool,
    is_in_flight: bool,
    is_hidden: bool,
    last_id: u64,
    worker: Option<Worker>,
}

/// Handles speak of the same training.
#[derive(Clone)]
pub struct Trainer {
    training: Rc<RefCell<Training>>,
    changed: Rc<dyn Fn()>,
}

impl Trainer {
    /// Nothing runs yet; `changed` hears of every answer.
    pub fn new(changed: Rc<dyn Fn()>) -> Self {
        Self { training: Rc::default(), changed }
    }

    /// Reads what is known.
    pub fn with<T>(&self, read: impl FnOnce(&Training) -> T) -> T {
        read(&self.training.borrow())
    }

    /// Changes the next steps' settings.
    pub fn set(&self, change: impl FnOnce(&mut LessonSettings)) {
        change(&mut self.training.borrow_mut().settings);
    }

    /// Trains for so many steps more.
    pub fn train(&self, steps: usize) {
        {
            let mut training = self.training.borrow_mut();
            training.until = Some(training.losses.len().saturating_add(steps));
        }
        self.begin();
        self.go_on();
    }

    /// Stops after the step that runs.
    pub fn pause(&self) {
        let mut training = self.training.borrow_mut();
        training.until = None;
        training.is_look_due = !training.looks.is_empty();
    }

    /// Begins anew, from first weights.
    pub fn reset(&self) {
        {
            let mut training = self.training.borrow_mut();
            let (worker, settings, query) = (training.worker.take(), training.settings, training.query);
            // Answers to what was asked before bear another number.
            let last_id = training.last_id + 1;
            *training = Training { worker, settings, query, last_id, is_query_new: true, ..Training::default() };
        }
        self.begin();
        (self.changed)();
    }

    /// Asks for a scene's neighbours, once that is possible and again after training.
    pub fn ask(&self, query: usize) {
        {
            let mut training = self.training.borrow_mut();
            training.query = query;
            training.is_query_new = true;
        }
        self.go_on();
    }

    /// The scene that was asked about last.
    pub fn query(&self) -> usize {
        self.training.borrow().query
    }

    /// Nothing is trained while the page is out of sight.
    pub fn show(&self, is_shown: bool) {
        self.training.borrow_mut().is_hidden = !is_shown;
        self.go_on();
    }

    /// Starts the Worker where there is none, and the training where there is none.
    pub fn begin(&self) {
        {
            let mut training = self.training.borrow_mut();
            if !matches!(training.phase, Phase::Idle | Phase::Failed(_)) {
                return;
            }
            training.phase = Phase::Starting;
            if training.worker.is_none() {
                let trainer = self.clone();
                match Worker::start(Role::Lesson, move |from| trainer.receive(from)) {
                    Ok(worker) => training.worker = Some(worker),
                    Err(_) => training.phase = Phase::Failed(text::STOPPED.into()),
                }
            }
        }
        let device = match address::get("device").as_deref() {
            Some("cpu") => DeviceChoice::Cpu,
            Some("webgpu") => DeviceChoice::WebGpu,
            _ => DeviceChoice::Auto,
        };
        self.post(LessonTask::Start { device, seed: SEED });
        (self.changed)();
    }

    fn post(&self, task: LessonTask) {
        let posted = {
            let mut training = self.training.borrow_mut();
            training.is_in_flight = true;
            training.last_id += 1;
            let request = LessonRequest { id: training.last_id, task };
            let json = serde_json::to_string(&request).expect("requests hold only what JSON can hold");
            training.worker.as_ref().map(|worker| worker.post(&json, None))
        };
        if posted.is_some_and(|posted| posted.is_err()) {
            self.fail(text::STOPPED.into());
        }
    }

    /// Posts what is due next, if the Worker is free.
    fn go_on(&self) {
        let task = {
            let mut training = self.training.borrow_mut();
            let is_ready = matches!(training.phase, Phase::Ready(_));
            if !is_ready || training.is_in_flight {
                return;
            }
            if std::mem::take(&mut training.is_look_due) {
                LessonTask::Look
            } else if std::mem::take(&mut training.is_query_new) {
                LessonTask::Neighbours { query: training.query }
            } else if training.until.is_some_and(|until| until > training.losses.len()) && !training.is_hidden {
                LessonTask::Train { settings: training.settings }
            } else {
                return;
            }
        };
        self.post(task);
    }

    fn receive(&self, from: FromWorker) {
        let (json, bytes) = match from {
            FromWorker::Message { json, bytes } => (json, bytes),
            FromWorker::Garbled => return self.fail(text::STOPPED.into()),
            FromWorker::Crashed(message) => return self.fail(format!("{} {message}", text::STOPPED)),
        };
        match serde_json::from_str::<LessonResponse>(&json) {
            Ok(LessonResponse { answer: LessonAnswer::Failed { message, .. }, .. }) => self.fail(message),
            Ok(response) => {
                let is_expected = response.id == self.training.borrow().last_id;
                if is_expected {
                    self.take(response.answer, bytes);
                }
            }
            Err(_) => self.fail(text::STOPPED.into()),
        }
    }

    fn take(&self, answer: LessonAnswer, bytes: Option<ArrayBuffer>) {
        {
            let mut training = self.training.borrow_mut();
            training.is_in_flight = matches!(answer, LessonAnswer::Progress { .. });
            match answer {
                LessonAnswer::Progress { done, total } => training.phase = Phase::Painting(done, total),
                LessonAnswer::Ready(ready) => {
                    training.phase = Phase::Ready(ready);
                    training.pixels = bytes.map(|bytes| Uint8Array::new(&bytes).to_vec()).unwrap_or_default();
                    training.is_look_due = true;
                    training.is_query_new = true;
                }
                LessonAnswer::Step { step, loss, run_ms } => {
                    training.losses.push(loss);
                    training.run_ms.push(run_ms);
                    let is_done = training.until.is_some_and(|until| until <= step);
                    if is_done {
                        training.until = None;
                    }
                    training.is_look_due |= is_done || step % LOOK_EVERY == 0;
                    training.is_query_new |= training.is_look_due;
                }
                LessonAnswer::Look(look) => {
                    if let Some(last) = training.looks.last_mut() {
                        last.points = Vec::new();
                    }
                    training.looks.push(look);
                }
                LessonAnswer::Neighbours(neighbours) => training.neighbours = Some(neighbours),
                LessonAnswer::Failed { .. } => {}
            }
        }
        self.go_on();
        (self.changed)();
    }

    fn fail(&self, message: String) {
        {
            let mut training = self.training.borrow_mut();
            let (settings, last_id) = (training.settings, training.last_id);
            let is_hidden = training.is_hidden;
            // The Worker goes too: after a panic it answers nothing more.
            *training = Training { phase: Phase::Failed(message), settings, last_id, is_hidden, ..Training::default() };
        }
        (self.changed)();
    }
}
