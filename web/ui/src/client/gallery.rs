//! The gallery's requests: fetched in the background once its view is open, then each image's neighbours, and the
//! thumbnails that are shown. None of them holds up the labels; a failure is shown in the gallery's own view.

use super::gallery_requests::GalleryRequests;
use super::handle::Client;
use crate::state::{Found, Gallery, Sheet, Stage, View, tile};
use js_sys::{Array, ArrayBuffer, Uint8Array};
use nadir_core::protocol::{GalleryHere, Neighbours, Request, Task};
use nadir_web_kit::text;
use std::rc::Rc;
use web_sys::{Blob, Url};

/// How many neighbours are shown.
const NEIGHBOURS: usize = 12;

impl Client {
    /// Another network: nothing of the last one's gallery stays.
    pub(super) fn forget_gallery(&self) {
        self.inner.borrow_mut().gallery = GalleryRequests::default();
        self.state.change(|shown| {
            for sheet in shown.gallery.sheets.iter() {
                if let Sheet::Here(url) = sheet {
                    // The browser frees the picture.
                    let _ = Url::revoke_object_url(url);
                }
            }
            shown.gallery = Default::default();
        });
    }

    /// Requests what the view shows and nobody has requested yet.
    pub(super) fn seek_neighbours(&self) {
        let shown = self.state.peek();
        let has_gallery = shown.ready.as_ref().is_some_and(|ready| ready.gallery.is_some());
        if shown.view != View::Neighbours || !has_gallery || self.inner.borrow().in_flight.is_some() {
            return;
        }
        match &shown.gallery.stage {
            Stage::Absent => {
                self.state.change(|shown| shown.gallery.stage = Stage::Fetching(0, 0));
                let id = self.next_id(|requests, id| requests.load = Some(id));
                self.post(Request { id, task: Task::LoadGallery }, None);
            }
            Stage::Here(_) => self.find_neighbours(),
            Stage::Fetching(..) | Stage::Failed(_) => {}
        }
    }

    fn find_neighbours(&self) {
        let shown = self.state.peek();
        let (Some(prediction), Some(image)) = (&shown.prediction, &shown.image) else { return };
        let is_known = shown.gallery.found.as_ref().is_some_and(|found| found.request == image.request);
        // The engine compares the image that it labelled last.
        if prediction.request == image.request && !is_known && self.inner.borrow().gallery.find.is_none() {
            let request = image.request;
            let id = self.next_id(|requests, id| requests.find = Some((id, request)));
            self.post(Request { id, task: Task::FindNeighbours { count: NEIGHBOURS } }, None);
        }
        self.fetch_sheet();
    }

    /// Fetches the next sheet of thumbnails that is shown and not here.
    pub(super) fn fetch_sheet(&self) {
        let shown = self.state.peek();
        let Stage::Here(gallery) = &shown.gallery.stage else { return };
        if self.inner.borrow().gallery.sheet.is_some() {
            return;
        }
        let is_missing = |&sheet: &usize| matches!(shown.gallery.sheets.get(sheet), Some(Sheet::Absent));
        let Some(sheet) = shown.gallery.pictured().map(|image| tile(&gallery.here, image).0).find(is_missing) else {
            return;
        };
        let id = self.next_id(|requests, id| requests.sheet = Some((id, sheet)));
        self.post(Request { id, task: Task::GallerySheet { sheet } }, None);
    }

    fn next_id(&self, note: impl FnOnce(&mut GalleryRequests, u64)) -> u64 {
        let mut inner = self.inner.borrow_mut();
        let id = inner.next_id();
        note(&mut inner.gallery, id);
        id
    }

    pub(super) fn gallery_progress(&self, done_bytes: u64, total_bytes: u64) {
        self.state.change(|shown| shown.gallery.stage = Stage::Fetching(done_bytes, total_bytes));
    }

    pub(super) fn gallery_here(&self, here: GalleryHere, bytes: Option<ArrayBuffer>) {
        self.inner.borrow_mut().gallery.load = None;
        let bytes = bytes.map(|bytes| Uint8Array::new(&bytes).to_vec()).unwrap_or_default();
        let sheets = here.count.div_ceil((here.columns * here.rows).max(1));
        self.state.change(|shown| match Gallery::new(here, &bytes) {
            Ok(gallery) => {
                shown.gallery.sheets = Rc::new(vec![Sheet::Absent; sheets]);
                shown.gallery.stage = Stage::Here(Rc::new(gallery));
            }
            Err(error) => shown.gallery.stage = Stage::Failed(error.to_string()),
        });
        self.seek_neighbours();
    }

    pub(super) fn neighbours_here(&self, neighbours: Neighbours) {
        let find = self.inner.borrow_mut().gallery.find.take();
        let Some((_, request)) = find else { return };
        self.state.change(|shown| {
            if let Stage::Here(gallery) = &shown.gallery.stage {
                let place = gallery.place(&neighbours.found);
                shown.gallery.found = Some(Rc::new(Found { request, neighbours, place }));
            }
        });
        // Another image may have come meanwhile.
        self.seek_neighbours();
    }

    pub(super) fn sheet_here(&self, sheet: usize, bytes: Option<ArrayBuffer>) {
        let url = bytes.and_then(|bytes| {
            let blob = Blob::new_with_buffer_source_sequence(&Array::of1(&bytes)).ok()?;
            Url::create_object_url_with_blob(&blob).ok()
        });
        self.sheet_is(sheet, url.map_or(Sheet::Failed, |url| Sheet::Here(url.into())));
    }

    fn sheet_is(&self, sheet: usize, is: Sheet) {
        self.inner.borrow_mut().gallery.sheet = None;
        self.state.change(|shown| {
            if let Some(slot) = Rc::make_mut(&mut shown.gallery.sheets).get_mut(sheet) {
                *slot = is;
            }
        });
        self.fetch_sheet();
    }

    /// A request of the gallery failed: the labels and objects go on.
    pub(super) fn gallery_failed(&self, id: u64, message: String) {
        let sheet = self.inner.borrow().gallery.sheet;
        if let Some((_, sheet)) = sheet.filter(|(other, _)| *other == id) {
            return self.sheet_is(sheet, Sheet::Failed);
        }
        let message = if message.is_empty() { text::BAD_ANSWER.to_owned() } else { message };
        self.state.change(|shown| shown.gallery.stage = Stage::Failed(message));
    }
}
