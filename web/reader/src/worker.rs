//! The reader as its Worker's script sees it: messages in, messages out.

use crate::blob::BlobFile;
use crate::reader::Reader;
use anyhow::{Context, Result};
use js_sys::{ArrayBuffer, Function, Uint8Array};
use nadir_core::protocol::scene::{SceneAnswer, SceneRequest, SceneResponse, SceneTask};
use wasm_bindgen::prelude::*;
use web_sys::File;

/// Answers requests, one after another. Made once in a Worker's life.
#[wasm_bindgen]
pub struct SceneWorker {
    post: Function,
    reader: Option<Reader<BlobFile>>,
}

#[wasm_bindgen]
impl SceneWorker {
    /// `post(json, bytes | undefined)` sends an answer.
    #[wasm_bindgen(constructor)]
    pub fn new(post: Function) -> Self {
        console_error_panic_hook::set_once();
        Self { post, reader: None }
    }

    /// Carries out one request; `file` comes with the first.
    pub fn handle(&mut self, json: &str, file: Option<File>) {
        let (id, answered) = match serde_json::from_str::<SceneRequest>(json) {
            Ok(request) => (request.id, self.answer(request.task, file)),
            Err(error) => (0, Err(error).context("the page sent a message that the reader does not know")),
        };
        let (answer, bytes) = answered.unwrap_or_else(|error| (failed(&error), None));
        let json = serde_json::to_string(&SceneResponse { id, answer }).expect("answers hold only what JSON can hold");
        let bytes: Option<ArrayBuffer> = bytes.map(|bytes| Uint8Array::from(bytes.as_slice()).buffer());
        // Fails only where the Worker is being ended.
        let _ = self.post.call2(&JsValue::NULL, &json.into(), &bytes.into());
    }
}

impl SceneWorker {
    fn answer(&mut self, task: SceneTask, file: Option<File>) -> Result<(SceneAnswer, Option<Vec<u8>>)> {
        match (task, file) {
            (SceneTask::Open { name, bands, world_file }, Some(file)) => {
                self.reader = None;
                let (reader, info) = Reader::open(BlobFile(file), name, &bands, world_file.as_deref())?;
                self.reader = Some(reader);
                Ok((SceneAnswer::Opened(Box::new(info)), None))
            }
            (SceneTask::Generate { seed, side }, _) => {
                let (reader, info) = Reader::generated(seed, side)?;
                self.reader = Some(reader);
                Ok((SceneAnswer::Opened(Box::new(info)), None))
            }
            (task, _) => self.reader.as_mut().context("no file is open")?.answer(task),
        }
    }
}

/// The chain of an error as a sentence.
fn failed(error: &anyhow::Error) -> SceneAnswer {
    let chain = format!("{error:#}.");
    let mut letters = chain.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    SceneAnswer::Failed { message: first + letters.as_str() }
}
