//! Which of the gallery's requests are in flight.

/// Numbers of the requests; 0 if none is in flight.
#[derive(Default)]
pub struct GalleryRequests {
    /// The request for the gallery itself.
    pub load_id: u64,
    /// The neighbours of an image.
    pub find_id: u64,
    /// The image request whose neighbours they are.
    pub found_for: u64,
    /// A sheet of thumbnails.
    pub sheet_id: u64,
    /// Index of that sheet.
    pub sheet: usize,
}

impl GalleryRequests {
    /// Whether somebody waits for this answer.
    pub fn waits_for(&self, id: u64) -> bool {
        id != 0 && [self.load_id, self.find_id, self.sheet_id].contains(&id)
    }
}
