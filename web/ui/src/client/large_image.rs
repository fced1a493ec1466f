//! Which of the visitor's images go to the page of large ones (`web/scenes`): every TIFF, and whatever is too large here.

use super::commands::MOST_FILE_BYTES;
use super::handle::Client;
use super::image_request::Source;
use super::own_image;
use super::spawn::spawn;
use crate::address;
use crate::decode::size_px;
use crate::state::{Command, View};
use js_sys::{Array, Reflect};
use leptos::prelude::document;
use web_sys::{Event, File};

/// Images of more pixels, which take 200 MB, go there.
const MOST_PIXELS: u64 = 50_000_000;
/// Endings of TIFF files, which this page's engine does not read.
const TIFF: [&str; 4] = [".tif", ".tiff", ".gtif", ".gtiff"];
/// Endings of what lies beside an image and says where it is.
const BESIDE: [&str; 7] = [".tfw", ".tifw", ".jgw", ".pgw", ".wld", ".prj", ".aux.xml"];

impl Client {
    /// Shows a file, here or there.
    pub(super) fn take_file(&self, file: File) {
        if is_large_by_itself(&file) {
            return self.run(Command::LargeImage(vec![file]));
        }
        let client = self.clone();
        spawn(async move {
            // What the browser cannot measure is the engine's to judge.
            let size = size_px(&file).await;
            if size.is_ok_and(|(width, height)| u64::from(width) * u64::from(height) > MOST_PIXELS) {
                return client.run(Command::LargeImage(vec![file]));
            }
            client.request(Source::File(file.clone()));
            own_image::keep(&file).await;
        });
    }

    /// Goes there with these files. The engine here ends meanwhile: two would take the memory of both.
    pub(super) fn open_large(&self, files: Vec<File>) {
        if self.state.peek().view != View::Scenes {
            address::push_view(View::Scenes);
            self.run(Command::View(View::Scenes));
        }
        let Ok(event) = Event::new("nadir-scene") else { return };
        let files: Array = files.into_iter().collect();
        // Cannot fail: the event is new.
        let _ = Reflect::set(&event, &"files".into(), &files);
        let _ = document().dispatch_event(&event);
    }
}

fn is_large_by_itself(file: &File) -> bool {
    file.size() > MOST_FILE_BYTES || has_ending(file, &TIFF)
}

/// Whether several files are one large image and what says where it is.
pub fn is_one_large(files: &[File]) -> bool {
    let (beside, images): (Vec<&File>, Vec<&File>) = files.iter().partition(|file| has_ending(file, &BESIDE));
    !beside.is_empty() && matches!(images.as_slice(), [_])
}

fn has_ending(file: &File, endings: &[&str]) -> bool {
    let name = file.name().to_ascii_lowercase();
    endings.iter().any(|ending| name.ends_with(ending))
}
