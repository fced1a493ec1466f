//! The client's handle: what it knows of its Worker and of the requests.

use super::engine::{Device, Engine, FirstImage, InFlight, Naming};
use super::gallery_requests::GalleryRequests;
use super::image_request::{ImageRequest, Source};
use super::second::Second;
use crate::messages;
use crate::state::{Notice, Phase, State};
use js_sys::ArrayBuffer;
use nadir_core::protocol::{DeviceChoice, Request};
use nadir_web_kit::text::examples::Example;
use std::{cell::RefCell, rc::Rc};
use web_sys::File;

pub(super) struct Inner {
    pub engine: Engine,
    /// Starts without an answer about an image between them.
    pub restarts: u32,
    pub device: Device,
    /// The number of the last message.
    pub last_id: u64,
    /// The image that is worked on; one at a time.
    pub in_flight: Option<InFlight>,
    pub naming: Option<Naming>,
    pub first_image: FirstImage,
    /// What the visitor requested last.
    pub requested: ImageRequest,
    /// What was labelled, or searched for objects, last.
    pub answered: ImageRequest,
    /// The number of the last image request.
    pub last_request: u64,
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
        if !matches!(inner.engine, Engine::Resting) {
            inner.engine = Engine::Stopped;
        }
        inner.in_flight = None;
        inner.naming = None;
    }

    pub(super) fn post(&self, request: Request, bytes: Option<&ArrayBuffer>) {
        let posted = self.inner.borrow().engine.worker().map(|worker| worker.post(&messages::to_json(&request), bytes));
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
        let named = photograph.map(Source::Photograph).or(seed.map(Source::Scene));
        let first_image = FirstImage::of(named.as_ref());
        let first = ImageRequest { number: 1, source: named.unwrap_or(Source::Scene(1)) };
        Self {
            engine: Engine::Resting,
            restarts: 0,
            device: Device::Chosen(device),
            last_id: 0,
            in_flight: None,
            naming: None,
            first_image,
            requested: first.clone(),
            answered: first,
            last_request: 1,
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

    /// Whether this is the number of the last message about the image that is worked on.
    pub fn is_in_flight(&self, id: u64) -> bool {
        self.in_flight.as_ref().is_some_and(|image| image.id == id)
    }
}
