//! Which of the gallery's requests are in flight.

/// The requests in flight, each by its number.
#[derive(Default)]
pub struct GalleryRequests {
    /// The request for the gallery itself.
    pub load: Option<u64>,
    /// The neighbours of an image, with the number of the image request whose they are.
    pub find: Option<(u64, u64)>,
    /// A sheet of thumbnails, with its index.
    pub sheet: Option<(u64, usize)>,
}

impl GalleryRequests {
    /// Whether somebody waits for this answer.
    pub fn waits_for(&self, id: u64) -> bool {
        let (find, sheet) = (self.find.map(|find| find.0), self.sheet.map(|sheet| sheet.0));
        [self.load, find, sheet].contains(&Some(id))
    }
}
