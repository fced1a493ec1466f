//! Several files of the visitor: each goes the way of a single one, and the next follows when it is answered.

use super::engine::FirstImage;
use super::handle::Client;
use super::image_request::Source;
use super::large_image::is_one_large;
use crate::address;
use crate::files::keep_thumbnail;
use crate::state::{Command, Files, Outcome, View};
use nadir_core::protocol::Prediction;
use nadir_web_kit::text;
use std::rc::Rc;
use web_sys::File;

/// By these endings files of a folder are taken; whether they are images shows when they are read.
const ENDINGS: [&str; 9] = [".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".avif", ".tif", ".tiff"];

impl Client {
    /// Begins with the first of several files, on the page of labels.
    pub(super) fn label_files(&self, given: Vec<File>) {
        if is_one_large(&given) {
            return self.run(Command::LargeImage(given));
        }
        let count = given.len();
        let files: Vec<File> = given.into_iter().filter(is_image_name).collect();
        if files.is_empty() {
            return self.tell("no_image", text::NO_IMAGE_DROPPED);
        }
        let number = {
            let mut inner = self.inner.borrow_mut();
            inner.files.clone_from(&files);
            inner.first_image = FirstImage::Named;
            inner.next_id()
        };
        let names = files.iter().map(path_of).collect();
        let left_out = count - files.len();
        let view = self.state.peek().view;
        self.state.change(|shown| {
            shown.files = Some(Rc::new(Files::new(names, left_out, number)));
            shown.view = View::Labels;
        });
        if view != View::Labels {
            address::push_view(View::Labels);
        }
        self.request_file(0);
    }

    /// Shows one of the files again.
    pub(super) fn show_file(&self, row: usize) {
        let file = self.inner.borrow().files.get(row).cloned();
        if let Some(file) = file {
            self.inner.borrow_mut().request(Source::File(file));
            self.predict();
        }
    }

    /// Goes on where the visitor left the files for something else.
    pub(super) fn go_on_with_files(&self) {
        let waiting = self
            .state
            .peek()
            .files
            .as_ref()
            .and_then(|files| files.rows.iter().position(|row| row.outcome == Outcome::Waiting));
        if let Some(row) = waiting {
            self.request_file(row);
        }
    }

    /// The visitor went on to something else.
    pub(super) fn leave_files(&self) {
        if self.state.peek().files.as_ref().is_some_and(|files| files.at.is_some()) {
            self.change_files(|files| files.at = None);
        }
    }

    /// Keeps what was found in the file that is worked on.
    pub(super) fn keep_labels(&self, prediction: &Prediction) {
        if self.answers_file() {
            if let Some(files) = &self.state.peek().files
                && let Some(row) = files.at
            {
                keep_thumbnail(files.number, row);
            }
            self.keep_outcome(Outcome::Labelled { scores: prediction.scores.clone(), ood: prediction.ood });
        }
    }

    /// Keeps why the file that is worked on has no labels.
    pub(super) fn keep_failure(&self, why: &str) {
        self.keep_outcome(Outcome::Failed(why.to_owned()));
    }

    /// Whether the answer that has just come is of the file that is worked on, and not of one that the visitor looks at
    /// meanwhile.
    pub(super) fn answers_file(&self) -> bool {
        let at = self.state.peek().files.as_ref().and_then(|files| files.at);
        let inner = self.inner.borrow();
        let file = at.and_then(|at| inner.files.get(at));
        let sent = inner.in_flight.as_ref().map(|image| &image.image.source);
        matches!((sent, file), (Some(Source::File(sent)), Some(file)) if sent == file)
    }

    fn keep_outcome(&self, outcome: Outcome) {
        self.change_files(|files| {
            if let Some(row) = files.at.and_then(|at| files.rows.get_mut(at)) {
                row.outcome = outcome;
            }
        });
    }

    /// Requests the next file, if files are being worked on.
    pub(super) fn next_file(&self) {
        let next = self.state.peek().files.as_ref().and_then(|files| {
            files
                .at
                .map(|at| files.rows.iter().skip(at).position(|row| row.outcome == Outcome::Waiting).map(|by| at + by))
        });
        match next {
            Some(Some(row)) => self.request_file(row),
            Some(None) => self.change_files(|files| files.at = None),
            None => {}
        }
    }

    fn request_file(&self, row: usize) {
        let Some(file) = self.inner.borrow().files.get(row).cloned() else { return };
        self.change_files(|files| files.at = Some(row));
        if file.size() > super::commands::MOST_FILE_BYTES {
            self.keep_failure(text::TOO_LARGE);
            return self.next_file();
        }
        self.inner.borrow_mut().request(Source::File(file));
        self.predict();
    }

    fn change_files(&self, change: impl FnOnce(&mut Files)) {
        self.state.change(|shown| {
            if let Some(files) = &mut shown.files {
                change(Rc::make_mut(files));
            }
        });
    }
}

fn is_image_name(file: &File) -> bool {
    let name = file.name().to_lowercase();
    let is_hidden = path_of(file).split('/').any(|part| part.starts_with('.'));
    !is_hidden && ENDINGS.iter().any(|ending| name.ends_with(ending))
}

/// Below the folder that was chosen, where one was; else the name.
fn path_of(file: &File) -> String {
    let path = nadir_web_kit::js::text(file, "webkitRelativePath").unwrap_or_default();
    match path.split_once('/') {
        Some((_, below)) => below.to_owned(),
        None => file.name(),
    }
}
