//! From an image that the visitor requests to a message: one at a time, the last request wins.

use super::engine::{Decoder, Engine, InFlight, Naming, Next};
use super::handle::Client;
use super::image_request::Source;
use super::spawn::spawn;
use crate::address;
use crate::decode::{Decoded, decode};
use crate::state::{Name, Phase, View};
use js_sys::ArrayBuffer;
use nadir_core::protocol::{Failure, ImageInput, Request, Task};
use nadir_web_kit::text;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::File;

/// Width and height of a generated scene.
const SCENE_PX: usize = 512;

impl Client {
    /// Sends the requested image, one at a time: what is requested meanwhile follows when the answer is here.
    pub(super) fn predict(&self) {
        let (id, sent) = {
            let mut inner = self.inner.borrow_mut();
            if !matches!(inner.engine, Engine::Running(..)) {
                return;
            }
            if let Some(in_flight) = &mut inner.in_flight {
                in_flight.next = Next::Request;
                return;
            }
            let (id, image) = (inner.next_id(), inner.requested.clone());
            inner.in_flight = Some(InFlight::new(id, image.clone()));
            (id, image)
        };
        self.state.change(|shown| shown.phase = Phase::Running);
        self.write_source(&sent.source);
        match sent.source {
            Source::Scene(seed) => self.ask(id, ImageInput::Scene { seed, size: SCENE_PX }, None),
            Source::Photograph(example) => {
                let client = self.clone();
                spawn(async move {
                    let bytes = fetch_bytes(&format!("examples/{}.jpg", example.name)).await;
                    if !client.inner.borrow().is_in_flight(id) {
                        return;
                    }
                    match bytes {
                        Some(bytes) => client.ask(id, ImageInput::File { name: example.title.into() }, Some(&bytes)),
                        None => client.refuse("example", text::EXAMPLE_FAILED.into(), String::new()),
                    }
                });
            }
            Source::File(file) => {
                let client = self.clone();
                spawn(async move {
                    let bytes = JsFuture::from(file.array_buffer()).await;
                    if !client.inner.borrow().is_in_flight(id) {
                        return;
                    }
                    match bytes {
                        Ok(bytes) => {
                            client.ask(id, ImageInput::File { name: file.name() }, Some(bytes.unchecked_ref()));
                        }
                        Err(_) => client.refuse("unreadable", text::UNREADABLE_FILE.into(), String::new()),
                    }
                });
            }
        }
    }

    /// Requests what the view shows of the image.
    fn ask(&self, id: u64, image: ImageInput, bytes: Option<&ArrayBuffer>) {
        let finds = self.state.peek().view == View::Objects && self.has_detector();
        let task = if finds { Task::FindObjects { image } } else { Task::Predict { image } };
        self.post(Request { id, task }, bytes);
    }

    /// Writes into the address which image is shown; of the visitor's own only that it is one.
    pub(super) fn write_source(&self, source: &Source) {
        let (photograph, seed) = match source {
            Source::Scene(seed) => (None, Some(seed.to_string())),
            Source::Photograph(example) => (Some(example.name), None),
            Source::File(_) => (Some(address::OWN_IMAGE), None),
        };
        address::set(address::PHOTOGRAPH, photograph);
        address::set(address::SEED, seed.as_deref());
    }

    /// Requests the classes of the crops that are shown and have none yet.
    pub(super) fn name_visible(&self) {
        let shown = self.state.peek();
        let classifies_crops = shown.ready.as_ref().and_then(|ready| ready.objects.as_ref()?.names.as_ref()).is_some();
        let is_busy = {
            let inner = self.inner.borrow();
            // While another image is worked on, the engine would cut the boxes out of that.
            inner.naming.is_some() || inner.in_flight.is_some()
        };
        let (Some(found), true, false) = (shown.objects_here(), classifies_crops, is_busy) else { return };
        let mut unnamed = shown.visible();
        unnamed.retain(|&candidate| matches!(found.names[candidate], Name::NotRequested));
        if unnamed.is_empty() {
            return;
        }
        let boxes = unnamed.iter().map(|&candidate| found.objects.candidates[candidate].box_in_image).collect();
        self.state.change(|shown| {
            if let Some(found) = &mut shown.objects {
                let names = &mut Rc::make_mut(found).names;
                unnamed.iter().for_each(|&candidate| names[candidate] = Name::Requested);
            }
        });
        let id = {
            let mut inner = self.inner.borrow_mut();
            let id = inner.next_id();
            inner.naming = Some(Naming { id, candidates: unnamed });
            id
        };
        self.post(Request { id, task: Task::NameObjects { boxes } }, None);
    }

    /// The engine cannot decode this file; the browser may.
    pub(super) fn predict_with_browser_decoder(&self, file: File, reason: String) {
        let id = {
            let mut inner = self.inner.borrow_mut();
            let id = inner.next_id();
            if let Some(in_flight) = &mut inner.in_flight {
                (in_flight.id, in_flight.decoder) = (id, Decoder::Browser);
            }
            id
        };
        let client = self.clone();
        spawn(async move {
            let decoded = decode(&file).await;
            if !client.inner.borrow().is_in_flight(id) {
                return;
            }
            match decoded {
                Ok(Decoded { bytes, width, height }) => {
                    client.ask(id, ImageInput::Pixels { width, height }, Some(&bytes));
                }
                Err(_) => client.refuse("decode", text::failure(Failure::Decode, &file.name()), reason),
            }
        });
    }
}

/// What lies at `path` beside the page; `None` if it cannot be fetched.
async fn fetch_bytes(path: &str) -> Option<ArrayBuffer> {
    let response = JsFuture::from(web_sys::window()?.fetch_with_str(path)).await.ok()?;
    let response = response.unchecked_into::<web_sys::Response>();
    if !response.ok() {
        return None;
    }
    JsFuture::from(response.array_buffer().ok()?).await.ok().map(JsCast::unchecked_into)
}
