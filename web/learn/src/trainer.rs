//! The training in its Worker, as lessons 4 and 5 see it.

use crate::reading::Reading;
use crate::training::Training;
use js_sys::{ArrayBuffer, Uint8Array};
use nadir_core::protocol::DeviceChoice;
use nadir_core::protocol::lesson::{LessonAnswer, LessonResponse, LessonSettings, LessonTask};
use nadir_web_kit::files::PickedFile;
use nadir_web_kit::networks;
use nadir_web_kit::text::learn::train as text;
use nadir_web_kit::worker::{FromWorker, Role, Worker};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// Decides scenes, weights and batches until another seed is chosen.
const FIRST_SEED: u64 = 1;

/// Handles speak of the same training.
#[derive(Clone)]
pub struct Trainer {
    training: Rc<RefCell<Training>>,
    worker: Rc<RefCell<Option<Worker>>>,
    seed: Rc<Cell<u64>>,
    device: Rc<Cell<DeviceChoice>>,
    images: Reading,
    changed: Rc<dyn Fn()>,
}

impl Trainer {
    /// Nothing runs yet; `changed` is called after every answer.
    pub fn new(changed: Rc<dyn Fn()>) -> Self {
        Self {
            training: Rc::default(),
            worker: Rc::default(),
            seed: Rc::new(Cell::new(FIRST_SEED)),
            device: Rc::new(Cell::new(networks::device())),
            images: Reading::default(),
            changed,
        }
    }

    /// Reads what is known.
    pub fn with<T>(&self, read: impl FnOnce(&Training) -> T) -> T {
        read(&self.training.borrow())
    }

    /// Changes the next steps' settings.
    pub fn set(&self, change: impl FnOnce(&mut LessonSettings)) {
        change(&mut self.training.borrow_mut().settings);
    }

    /// What decides scenes, weights and batches.
    pub fn seed(&self) -> u64 {
        self.seed.get()
    }

    /// Decides by another seed; what was trained by the one before is given up. True where that was something.
    pub fn set_seed(&self, seed: u64) -> bool {
        let gives_up = self.seed.replace(seed) != seed && self.training.borrow().has_begun();
        if gives_up {
            self.reset();
        }
        gives_up
    }

    /// Where it is computed.
    pub fn device(&self) -> DeviceChoice {
        self.device.get()
    }

    /// Computes elsewhere from now on; what was trained is given up.
    pub fn set_device(&self, device: DeviceChoice) {
        if self.device.replace(device) == device {
            return;
        }
        // A Worker keeps its device for life.
        drop(self.worker.take());
        if self.training.borrow().has_begun() {
            self.reset();
        }
    }

    /// Which images are trained on.
    pub fn images(&self) -> &Reading {
        &self.images
    }

    /// Trains on these images from now on, if there are enough of them.
    pub fn use_images(&self, files: Vec<PickedFile>) {
        let (told, trainer) = (self.changed.clone(), self.clone());
        self.images.read(files, move || told(), move || trainer.reset());
    }

    /// Trains on generated scenes again.
    pub fn use_scenes(&self) {
        if self.images.forget() {
            self.reset();
        }
        (self.changed)();
    }

    /// Tells the page that something has changed that its lesson shows.
    pub fn tell_changed(&self) {
        (self.changed)();
    }

    /// Trains for so many steps more.
    pub fn train(&self, steps: usize) {
        self.training.borrow_mut().train(steps);
        self.begin();
        self.go_on();
    }

    /// Stops after the step that runs.
    pub fn pause(&self) {
        self.training.borrow_mut().pause();
    }

    /// Starts over, from first weights.
    pub fn reset(&self) {
        self.training.borrow_mut().reset();
        self.begin();
        (self.changed)();
    }

    /// Requests a scene's neighbours, once that is possible and again after training.
    pub fn ask(&self, query: usize) {
        self.training.borrow_mut().ask(query);
        self.go_on();
    }

    /// Nothing is trained while the page is out of sight.
    pub fn show(&self, is_shown: bool) {
        self.training.borrow_mut().show(is_shown);
        self.go_on();
    }

    /// Starts the Worker where there is none, and the training where there is none.
    fn begin(&self) {
        if !self.training.borrow_mut().begin() {
            return;
        }
        if self.worker.borrow().is_none() {
            let trainer = self.clone();
            match Worker::start(Role::Lesson, move |from| trainer.receive(from)) {
                Ok(worker) => *self.worker.borrow_mut() = Some(worker),
                Err(_) => return self.fail(text::STOPPED.into()),
            }
        }
        let own = self.images.own();
        let task = LessonTask::Start {
            device: self.device.get(),
            seed: self.seed.get(),
            own_images: own.as_ref().map_or(0, |own| own.count()),
        };
        let pixels = own.map(|own| Uint8Array::from(own.pixels.as_slice()).buffer());
        self.post(task, pixels.as_ref());
        (self.changed)();
    }

    fn post(&self, task: LessonTask, bytes: Option<&ArrayBuffer>) {
        let request = self.training.borrow_mut().request(task);
        let json = serde_json::to_string(&request).expect("requests hold only what JSON can hold");
        let posted = self.worker.borrow().as_ref().map(|worker| worker.post(&json, bytes));
        if posted.is_some_and(|posted| posted.is_err()) {
            self.fail(text::STOPPED.into());
        }
    }

    /// Posts what is due next, if the Worker is free.
    fn go_on(&self) {
        let task = self.training.borrow_mut().next_task();
        if let Some(task) = task {
            self.post(task, None);
        }
    }

    fn receive(&self, from: FromWorker) {
        let (json, bytes) = match from {
            FromWorker::Message { json, bytes } => (json, bytes),
            FromWorker::Garbled => return self.fail(text::STOPPED.into()),
            FromWorker::Crashed(message) => return self.fail(format!("{} {message}", text::STOPPED)),
        };
        match serde_json::from_str::<LessonResponse>(&json) {
            Ok(LessonResponse { answer: LessonAnswer::Failed { message, .. }, .. }) => self.fail(message),
            Ok(LessonResponse { id, answer }) => {
                let is_expected = self.training.borrow().waits_for(id);
                if is_expected {
                    let bytes = bytes.map(|bytes| Uint8Array::new(&bytes).to_vec()).unwrap_or_default();
                    self.training.borrow_mut().take(answer, bytes);
                    self.go_on();
                    (self.changed)();
                }
            }
            Err(_) => self.fail(text::STOPPED.into()),
        }
    }

    fn fail(&self, message: String) {
        // The Worker goes too: after a panic it answers nothing more.
        drop(self.worker.take());
        self.training.borrow_mut().fail(message);
        (self.changed)();
    }
}
