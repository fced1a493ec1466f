//! From an answer to what the page shows.

use super::engine::{Decoder, Device, Engine, Next};
use super::handle::Client;
use super::image_request::{ImageRequest, Source};
use crate::state::{Name, Notice, Phase, Progress, ShownImage, ShownObjects, ShownPrediction};
use js_sys::ArrayBuffer;
use nadir_core::protocol::{Answer, Failure, Response};
use nadir_web_kit::result::{tally, truth_from_scene};
use nadir_web_kit::text;
use std::rc::Rc;

impl Client {
    pub(super) fn receive(&self, response: Response, bytes: Option<ArrayBuffer>) {
        let Response { id, answer } = response;
        let (is_start, is_of_gallery) = {
            let inner = self.inner.borrow();
            let (is_start, is_of_gallery) = (inner.engine.is_start(id), inner.gallery.waits_for(id));
            let is_of_crops = inner.naming.as_ref().is_some_and(|naming| naming.id == id);
            if !is_start && !is_of_gallery && !is_of_crops && !inner.is_in_flight(id) {
                return;
            }
            (is_start, is_of_gallery)
        };
        match answer {
            Answer::Progress { done_bytes, total_bytes, .. } if is_of_gallery => {
                self.gallery_progress(done_bytes, total_bytes);
            }
            Answer::Failed { message, .. } if is_of_gallery => self.gallery_failed(id, message),
            Answer::Gallery(here) => self.gallery_here(*here, bytes),
            Answer::Neighbours(neighbours) => self.neighbours_here(neighbours),
            Answer::GallerySheet { sheet } => self.sheet_here(sheet, bytes),
            Answer::Progress { step, done_bytes, total_bytes } => {
                let progress = Progress { step, done_bytes, total_bytes };
                self.state.change(|shown| shown.progress = Some(progress));
            }
            Answer::Ready(mut ready) => {
                {
                    let mut inner = self.inner.borrow_mut();
                    inner.engine = std::mem::replace(&mut inner.engine, Engine::Stopped).started();
                    // Another network, or another device: nothing that was found before is its answer.
                    let source = inner.requested.source.clone();
                    inner.request(source);
                    if inner.device == Device::CpuInstead {
                        ready.reason = text::FELL_BACK.into();
                    }
                }
                self.state.change(|shown| {
                    if shown.ready.as_ref().is_some_and(|old| old.bundle != ready.bundle) {
                        // Their labels are those of the network before.
                        shown.files = None;
                    }
                    if shown.ready.as_ref().is_none_or(|old| old.labels != ready.labels) {
                        shown.prediction = None;
                        shown.mapped_label = None;
                    }
                    shown.objects = None;
                    shown.opened = None;
                    shown.ready = Some(Rc::new(*ready));
                    shown.progress = None;
                    shown.notice = None;
                });
                self.forget_gallery();
                self.predict();
            }
            Answer::Image { width, height, true_labels } => self.show_image((width, height), true_labels, bytes),
            Answer::Prediction(prediction) => {
                let label_count = self.state.peek().ready.as_ref().map_or(0, |ready| ready.labels.len());
                if prediction.scores.len() != label_count {
                    return self.give_up(Failure::Protocol, text::BAD_ANSWER.into());
                }
                self.keep_labels(&prediction);
                let (request, truth) = self.answered();
                let shown = ShownPrediction { request, prediction: *prediction, truth };
                self.state.change(|page| {
                    page.prediction = Some(Rc::new(shown));
                    let rows = page.rows();
                    page.summary = text::summary(&rows, tally(&rows));
                });
                self.settle();
                self.next_file();
            }
            Answer::Objects(objects) => {
                let (request, _) = self.answered();
                let shown = ShownObjects::new(request, *objects);
                self.state.change(|page| {
                    page.objects = Some(Rc::new(shown));
                    page.progress = None;
                    page.opened = None;
                    page.lit = None;
                });
                self.settle();
            }
            Answer::Names { names } => {
                let candidates = self.inner.borrow_mut().naming.take().map(|naming| naming.candidates);
                self.state.change(|page| {
                    if let Some(objects) = &mut page.objects {
                        let known = &mut Rc::make_mut(objects).names;
                        for (candidate, name) in candidates.into_iter().flatten().zip(names) {
                            known[candidate] = name.map_or(Name::None, Name::Known);
                        }
                    }
                });
                // Others may have come into sight meanwhile.
                self.name_visible();
            }
            // Asked by `web/teach` and `web/scenes` alone, each of its own engine.
            Answer::HeadSpace(_) | Answer::Embedded(_) | Answer::TileLabels { .. } | Answer::TileObjects { .. } => {}
            Answer::Failed { failure, message } => self.failed(is_start, failure, message),
        }
    }

    /// The image in flight has its answer: its request's number, and the labels that a generated scene truly has.
    fn answered(&self) -> (u64, Option<Vec<bool>>) {
        let inner = &mut *self.inner.borrow_mut();
        inner.restarts = 0;
        let truth = inner.in_flight.as_mut().and_then(|image| {
            inner.answered = image.image.clone();
            image.truth.take()
        });
        (inner.answered.number, truth)
    }

    fn show_image(&self, size: (usize, usize), true_labels: Option<Vec<usize>>, bytes: Option<ArrayBuffer>) {
        let (width, height) = size;
        let Some(pixels) = bytes.filter(|bytes| bytes.byte_length() as usize == width * height * 4) else {
            return self.give_up(Failure::Protocol, text::BAD_ANSWER.into());
        };
        let (request, title, description, example) = {
            let mut inner = self.inner.borrow_mut();
            let Some(in_flight) = &mut inner.in_flight else { return };
            let ready = self.state.peek().ready.clone();
            in_flight.truth =
                true_labels.zip(ready).and_then(|(labels, ready)| truth_from_scene(&labels, &ready.labels));
            let ImageRequest { number, source } = &in_flight.image;
            let (title, description) = match source {
                Source::Scene(seed) => (text::scene(*seed), text::generated_scene(*seed, width, height)),
                Source::Photograph(example) => (example.title.into(), text::own_image(example.title, width, height)),
                Source::File(file) => (file.name(), text::own_image(&file.name(), width, height)),
            };
            (*number, title, description, source.example())
        };
        let image = ShownImage { request, title, description, width, height, pixels };
        self.state.change(|shown| {
            shown.image = Some(image);
            shown.photograph = example.map(|example| example.name);
        });
    }

    fn failed(&self, is_start: bool, failure: Failure, message: String) {
        match failure {
            Failure::EngineLost => self.lost(message),
            Failure::Decode if !is_start => {
                let in_flight = {
                    let inner = self.inner.borrow();
                    inner.in_flight.as_ref().map(|image| (image.image.source.clone(), image.decoder))
                };
                let Some((source, decoder)) = in_flight else { return };
                match source {
                    Source::File(file) if decoder == Decoder::Engine => {
                        self.predict_with_browser_decoder(file, message);
                    }
                    Source::File(file) => self.refuse("decode", text::failure(failure, &file.name()), message),
                    Source::Photograph(example) => {
                        self.refuse("decode", text::failure(failure, example.title), message);
                    }
                    Source::Scene(_) => self.refuse("protocol", text::failure(Failure::Protocol, ""), message),
                }
            }
            Failure::Protocol if !is_start => self.refuse("protocol", text::failure(failure, ""), message),
            _ => self.give_up(failure, message),
        }
    }

    /// This image cannot be labelled; the last one stays, and the engine goes on.
    pub(super) fn refuse(&self, kind: &'static str, text: String, detail: String) {
        {
            let mut inner = self.inner.borrow_mut();
            if inner.in_flight.as_ref().is_none_or(|image| image.next == Next::Nothing) {
                inner.requested = inner.answered.clone();
            }
        }
        if self.answers_file() {
            // The table says it, and the next file follows.
            self.keep_failure(&text);
        } else {
            self.state.change(|shown| shown.notice = Some(Notice { kind, text, detail, action: None }));
        }
        self.settle();
        self.next_file();
    }

    /// The request in flight is over.
    fn settle(&self) {
        let in_flight = self.inner.borrow_mut().in_flight.take();
        self.state.change(|shown| shown.phase = Phase::Ready);
        match in_flight.map_or(Next::Nothing, |image| image.next) {
            Next::Request => self.predict(),
            Next::Nothing => {
                self.name_visible();
                self.seek_neighbours();
            }
        }
    }
}
