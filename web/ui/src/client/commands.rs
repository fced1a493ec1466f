//! What the visitor commands.

use super::engine::{Engine, FirstImage};
use super::handle::Client;
use super::image_request::Source;
use super::spawn::spawn;
use crate::state::{Action, Command, Notice, Phase, View};
use crate::{address, copy};
use leptos::prelude::set_timeout;
use nadir_core::protocol::DeviceChoice;
use nadir_web_kit::{js, text};
use std::time::Duration;

/// Larger files are refused.
pub(super) const MOST_FILE_BYTES: f64 = 60e6;
/// A message that goes by itself is shown for so long.
const READ_WITHIN: Duration = Duration::from_secs(6);

impl Client {
    /// Does what the visitor commands.
    pub fn run(&self, command: Command) {
        match command {
            Command::Scene(seed) => {
                self.state.change(|shown| shown.seed = seed);
                self.request(Source::Scene(seed));
            }
            Command::Photograph(example) => self.request(Source::Photograph(example)),
            Command::File(file) => self.take_file(file),
            Command::LargeImage(files) => self.open_large(files),
            Command::Files(files) => self.label_files(files),
            Command::ShowFile(row) => self.show_file(row),
            Command::GoOn => self.go_on_with_files(),
            Command::FolderDropped(name) => self.tell("folder", &text::folder(&name)),
            Command::NothingDropped => self.tell("no_image", text::NO_IMAGE_DROPPED),
            Command::Device(device) => {
                address::set(address::DEVICE, Some(address::device_name(device)));
                self.state.change(|shown| shown.device = device);
                self.begin();
            }
            Command::Model(name) => {
                address::set(address::MODEL, Some(&name));
                self.begin();
            }
            Command::Compare(name) => self.second.start(name),
            Command::Copy => self.copy(),
            Command::View(view) => self.look_at(view),
            Command::Name => self.name_visible(),
            Command::Thumbnails => self.fetch_sheet(),
            Command::Dismiss => self.state.change(|shown| shown.notice = None),
            Command::Act(Action::Retry) => self.begin(),
            Command::Act(Action::UseCpu) => self.run(Command::Device(DeviceChoice::Cpu)),
        }
    }

    /// Shows the labels or the objects. What the address names beside the view stays as it is now, also where the
    /// visitor went back to an older one.
    fn look_at(&self, view: View) {
        self.state.change(|shown| shown.view = view);
        if view == View::Scenes {
            self.rest();
        }
        if matches!(self.inner.borrow().engine, Engine::Resting) {
            // Nothing was chosen yet that the address should name.
            if view.needs_engine() {
                self.begin();
            }
            return;
        }
        let shown = self.state.peek();
        if address::device() != shown.device {
            address::set(address::DEVICE, Some(address::device_name(shown.device)));
        }
        if address::model().as_ref().or(shown.models.first().map(|offer| &offer.name)) != Some(&shown.model) {
            address::set(address::MODEL, Some(&shown.model));
        }
        if !view.needs_engine() {
            return;
        }
        let requested = self.inner.borrow().requested.clone();
        self.write_source(&requested.source);
        let answered = match view {
            View::Objects if self.has_detector() => shown.objects.as_ref().map(|objects| objects.request),
            View::Objects => shown.image.as_ref().map(|image| image.request),
            _ => shown.prediction.as_ref().map(|prediction| prediction.request),
        };
        if answered != Some(requested.number) {
            self.predict();
        }
        self.seek_neighbours();
    }

    /// Shows this image, as soon as the one before has its answer.
    pub(super) fn request(&self, source: Source) {
        self.leave_files();
        {
            let mut inner = self.inner.borrow_mut();
            inner.first_image = FirstImage::Named;
            inner.request(source);
        }
        if self.state.peek().phase != Phase::Failed {
            self.state.change(|shown| shown.notice = None);
        }
        self.predict();
    }

    /// Copies what is found in the image to the clipboard.
    fn copy(&self) {
        let json = copy::json(&self.state.peek());
        let client = self.clone();
        spawn(async move {
            let (kind, text) =
                if js::copy(&json).await.is_ok() { ("copied", text::COPIED) } else { ("not_copied", text::NOT_COPIED) };
            client.tell(kind, text);
            let again = client.clone();
            let close = move || {
                if again.state.peek().notice.as_ref().is_some_and(Notice::goes_by_itself) {
                    again.run(Command::Dismiss);
                }
            };
            set_timeout(close, READ_WITHIN);
        });
    }
}
