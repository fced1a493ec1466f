//! From an answer to what the page shows.

use super::handle::{Client, Source};
use crate::state::{Name, Notice, Phase, Progress, ShownImage, ShownObjects, ShownPrediction};
use js_sys::ArrayBuffer;
use nadir_core::protocol::{Answer, Failure, Response};
use nadir_web_kit::result::{tally, truth_from_scene};
use nadir_web_kit::text;
use std::rc::Rc;

impl Client {
    pub(super) fn receive(&self, response: Response, bytes: Option<ArrayBuffer>) {
        let Response { id, answer } = response;
        let (start_id, predict_id, name_id, is_of_gallery) = {
            let inner = self.inner.borrow();
            (inner.start_id, inner.predict_id, inner.name_id, inner.gallery.waits_for(id))
        };
        if !is_of_gallery && ![start_id, predict_id, name_id].contains(&id) {
            return;
        }
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
                    inner.is_started = true;
                    // Another network, or another device: nothing that was found before is its answer.
                    let source = inner.requested.source.clone();
                    inner.request(source);
                    if inner.fell_back {
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
                let naming = {
                    let mut inner = self.inner.borrow_mut();
                    inner.name_id = 0;
                    std::mem::take(&mut inner.naming)
                };
                self.state.change(|page| {
                    if let Some(objects) = &mut page.objects {
                        let known = &mut Rc::make_mut(objects).names;
                        for (candidate, name) in naming.into_iter().zip(names) {
                            known[candidate] = name.map_or(Name::None, Name::Known);
                        }
                    }
                });
                // Others may have come into sight meanwhile.
                self.name_visible();
            }
            // Asked by `web/teach` and `web/scenes` alone, each of its own engine.
            Answer::HeadSpace(_) | Answer::Embedded(_) | Answer::TileLabels { .. } | Answer::TileObjects { .. } => {}
            Answer::Failed { failure, message } => self.failed(id == start_id, failure, message),
        }
    }

    /// The image in flight has its answer: its request's number, and the labels that a generated scene truly has.
    fn answered(&self) -> (u64, Option<Vec<bool>>) {
        let mut inner = self.inner.borrow_mut();
        inner.restarts = 0;
        inner.answered = inner.sent.clone();
        (inner.sent.number, inner.truth.take())
    }

    fn show_image(&self, size: (usize, usize), true_labels: Option<Vec<usize>>, bytes: Option<ArrayBuffer>) {
        let (width, height) = size;
        let Some(pixels) = bytes.filter(|bytes| bytes.byte_length() as usize == width * height * 4) else {
            return self.give_up(Failure::Protocol, text::BAD_ANSWER.into());
        };
        let (request, title, description, example) = {
            let mut inner = self.inner.borrow_mut();
            let ready = self.state.peek().ready.clone();
            inner.truth = true_labels.zip(ready).and_then(|(labels, ready)| truth_from_scene(&labels, &ready.labels));
            let (title, description) = match &inner.sent.source {
                Source::Scene(seed) => (text::scene(*seed), text::generated_scene(*seed, width, height)),
                Source::Photograph(example) => (example.title.into(), text::own_image(example.title, width, height)),
                Source::File(file) => (file.name(), text::own_image(&file.name(), width, height)),
            };
            (inner.sent.number, title, description, inner.sent.source.example())
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
                let (source, is_browser_decoded) = {
                    let inner = self.inner.borrow();
                    (inner.sent.source.clone(), inner.is_browser_decoded)
                };
                match source {
                    Source::File(file) if !is_browser_decoded => self.predict_with_browser_decoder(file, message),
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
            if !inner.is_outdated {
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
        let is_outdated = {
            let mut inner = self.inner.borrow_mut();
            inner.is_in_flight = false;
            inner.predict_id = 0;
            inner.is_outdated
        };
        self.state.change(|shown| shown.phase = Phase::Ready);
        if is_outdated {
            self.predict();
        } else {
            self.name_visible();
            self.seek_neighbours();
        }
    }
}
