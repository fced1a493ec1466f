//! From the visitor's wish to a request: one at a time, the last wish wins.

use super::{Engine, Source, spawn};
use crate::decode::{Decoded, decode};
use crate::state::Phase;
use crate::{address, text};
use nadir_shared::protocol::{Failure, Request, Task};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::File;

/// Width and height of a generated scene.
const SCENE_PX: usize = 512;
impl Engine {
    /// Sends the wanted image, one at a time: what is wanted meanwhile follows when the answer is here.
    pub(super) fn predict(&self) {
        let (id, asked) = {
            let mut inner = self.inner.borrow_mut();
            if !inner.is_started {
                return;
            }
            if inner.is_in_flight {
                inner.is_outdated = true;
                return;
            }
            inner.is_in_flight = true;
            inner.is_outdated = false;
            inner.is_browser_decoded = false;
            inner.asked = inner.wanted.clone();
            (inner.next_predict_id(), inner.asked.clone())
        };
        self.state.change(|shown| shown.phase = Phase::Running);
        match asked {
            Source::Scene(seed) => {
                address::set(address::SEED, Some(&seed.to_string()));
                self.post(Request { id, task: Task::PredictScene { seed, size: SCENE_PX } }, None);
            }
            Source::File(file) => {
                address::set(address::SEED, None);
                let engine = self.clone();
                spawn(async move {
                    let bytes = JsFuture::from(file.array_buffer()).await;
                    if engine.inner.borrow().predict_id != id {
                        return;
                    }
                    match bytes {
                        Ok(bytes) => {
                            let task = Task::PredictFile { name: file.name() };
                            engine.post(Request { id, task }, Some(bytes.unchecked_ref()));
                        }
                        Err(_) => engine.refuse("unreadable", text::UNREADABLE_FILE.into(), String::new()),
                    }
                });
            }
        }
    }

    /// The engine cannot decode this file; the browser may.
    pub(super) fn predict_with_browser_decoder(&self, file: File, reason: String) {
        let id = {
            let mut inner = self.inner.borrow_mut();
            inner.is_browser_decoded = true;
            inner.next_predict_id()
        };
        let engine = self.clone();
        spawn(async move {
            let decoded = decode(&file).await;
            if engine.inner.borrow().predict_id != id {
                return;
            }
            match decoded {
                Ok(Decoded { bytes, width, height }) => {
                    engine.post(Request { id, task: Task::PredictPixels { width, height } }, Some(&bytes));
                }
                Err(_) => engine.refuse("decode", text::failure(Failure::Decode, &file.name()), reason),
            }
        });
    }
}
