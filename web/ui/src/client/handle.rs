//! The client's handle: what it knows of its Worker and of the requests.

use super::gallery_requests::GalleryRequests;
use super::second::Second;
use crate::messages;
use crate::state::{Notice, Phase, State};
use js_sys::ArrayBuffer;
use nadir_core::protocol::{DeviceChoice, Request};
use nadir_web_kit::text::examples::Example;
use nadir_web_kit::worker::Worker;
use std::{cell::RefCell, rc::Rc};
use web_sys::File;

/// Where an image comes from.
#[derive(Clone)]
pub(super) enum Source {
    /// A generated scene, by its seed.
    Scene(u64),
    /// A photograph that comes with the page.
    Photograph(&'static Example),
    /// The visitor's own file.
    File(File),
}

impl Source {
    /// The example, if it is one.
    pub fn example(&self) -> Option<&'static Example> {
        match self {
            Self::Photograph(example) => Some(example),
            Self::Scene(_) | Self::File(_) => None,
        }
    }
}

/// An image that the visitor requests. What is shown of it, labels or objects, bears its number.
#[derive(Clone)]
pub(super) struct ImageRequest {
    pub number: u64,
    pub source: Source,
}

pub(super) struct Inner {
    pub worker: Option<Worker>,
    pub last_id: u64,
    pub start_id: u64,
    pub predict_id: u64,
    pub name_id: u64,
    /// The candidates whose crops' classes are requested.
    pub naming: Vec<usize>,
    /// A start was requested; before that the page shows what needs no engine.
    pub is_start_requested: bool,
    /// The engine answered that start with `Ready`.
    pub is_started: bool,
    pub is_in_flight: bool,
    /// The visitor requested something else meanwhile.
    pub is_outdated: bool,
    /// The browser has decoded the file for this request.
    pub is_browser_decoded: bool,
    pub restarts: u32,
    pub device: DeviceChoice,
    pub fell_back: bool,
    /// The visitor, or the address, named an image; before that the page shows one that the network is for.
    pub is_image_chosen: bool,
    /// What the visitor requested last.
    pub requested: ImageRequest,
    /// The image of the last request to the engine.
    pub sent: ImageRequest,
    /// What was labelled, or searched for objects, last.
    pub answered: ImageRequest,
    /// The number of the last image request.
    pub last_request: u64,
    pub truth: Option<Vec<bool>>,
    /// Several files of the visitor, by the rows of their table.
    pub files: Vec<File>,
    pub gallery: GalleryRequests,
}

/// The client. Cloned handles speak of the same engine.
#[derive(Clone)]
pub struct Client {
    pub(super) state: State,
    pub(super) second: Second,
    pub(super) inner: Rc<RefCell<Inner>>,
}

impl Client {
    pub(super) fn has_detector(&self) -> bool {
        self.state.peek().ready.as_ref().is_some_and(|ready| ready.objects.is_some())
    }

    /// Ends the Worker, if there is one; its late answers are of requests that nobody waits for.
    pub(super) fn stop(&self) {
        let mut inner = self.inner.borrow_mut();
        inner.worker = None;
        inner.is_started = false;
        inner.is_in_flight = false;
        inner.start_id = 0;
        inner.predict_id = 0;
        inner.name_id = 0;
    }

    pub(super) fn post(&self, request: Request, bytes: Option<&ArrayBuffer>) {
        let posted = self
            .inner
            .borrow()
            .worker
            .as_ref()
            .map(|worker| worker.post(&messages::json_from_request(&request), bytes));
        if let Some(Err(error)) = posted {
            self.lost(error.as_string().unwrap_or_default());
        }
    }

    /// A message that changes nothing else.
    pub(super) fn tell(&self, kind: &'static str, text: &str) {
        let notice = Notice { kind, text: text.into(), detail: String::new(), action: None };
        self.state.change(|shown| shown.notice = Some(notice));
    }

    /// Enters a phase, with this message or without one.
    pub(super) fn enter(&self, phase: Phase, notice: Option<Notice>) {
        self.state.change(|shown| {
            shown.phase = phase;
            shown.notice = notice;
            shown.progress = None;
        });
    }
}

impl Inner {
    /// Before the first start, with what the address requests: an example, or the scene of a seed.
    pub fn new(photograph: Option<&'static Example>, seed: Option<u64>, device: DeviceChoice) -> Self {
        let source = photograph.map_or(Source::Scene(seed.unwrap_or(1)), Source::Photograph);
        let first = ImageRequest { number: 1, source };
        Self {
            worker: None,
            last_id: 0,
            start_id: 0,
            predict_id: 0,
            name_id: 0,
            naming: Vec::new(),
            is_start_requested: false,
            is_started: false,
            is_in_flight: false,
            is_outdated: false,
            is_browser_decoded: false,
            restarts: 0,
            device,
            fell_back: false,
            is_image_chosen: photograph.is_some() || seed.is_some(),
            requested: first.clone(),
            sent: first.clone(),
            answered: first,
            last_request: 1,
            truth: None,
            files: Vec::new(),
            gallery: GalleryRequests::default(),
        }
    }

    /// A new request, also where it is of the same image.
    pub fn request(&mut self, source: Source) {
        self.last_request += 1;
        self.requested = ImageRequest { number: self.last_request, source };
    }

    /// The number of the next message; each has its own.
    pub fn next_id(&mut self) -> u64 {
        self.last_id += 1;
        self.last_id
    }

    /// The number of a message about an image; answers to those before are dropped.
    pub fn next_predict_id(&mut self) -> u64 {
        self.predict_id = self.next_id();
        self.predict_id
    }
}
