//! What the page shows of a gallery.

use super::gallery::{Found, Gallery};
use std::rc::Rc;

/// So many of the selected images are listed.
pub const MOST_LISTED: usize = 120;

/// How far the gallery is.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Stage {
    /// It was not requested yet.
    #[default]
    Absent,
    /// Bytes so far, and in all.
    Fetching(u64, u64),
    /// Why it is not there.
    Failed(String),
    /// The gallery was fetched.
    Here(Rc<Gallery>),
}

/// One sheet of thumbnails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sheet {
    /// The sheet was not fetched yet.
    Absent,
    /// The address of its picture.
    Here(Rc<str>),
    /// It could not be fetched; its thumbnails stay empty.
    Failed,
}

/// All that the page shows of a gallery.
#[derive(Debug, Clone, Default)]
pub struct GalleryView {
    /// How far the gallery is.
    pub stage: Stage,
    /// The sheets of thumbnails.
    pub sheets: Rc<Vec<Sheet>>,
    /// The neighbours of an image.
    pub found: Option<Rc<Found>>,
    /// The label that is coloured on the map, by the gallery's order; `None` for the image's highest-scoring.
    pub coloured: Option<usize>,
    /// The image that the pointer or the focus is on.
    pub pointed: Option<usize>,
    /// It stays when the pointer goes.
    pub is_kept: bool,
    /// What was selected on the map.
    pub selected: Rc<Vec<usize>>,
    /// A drag selects and does not move the map.
    pub selects: bool,
}

impl GalleryView {
    /// The gallery, once it is here.
    pub fn here(&self) -> Option<&Rc<Gallery>> {
        if let Stage::Here(gallery) = &self.stage { Some(gallery) } else { None }
    }

    /// The images whose thumbnails are shown, the most urgent first.
    pub fn pictured(&self) -> impl Iterator<Item = usize> {
        let found = self.found.iter().flat_map(|found| found.neighbours.found.iter().map(|found| found.index));
        self.pointed.into_iter().chain(found).chain(self.selected.iter().copied().take(MOST_LISTED))
    }
}
