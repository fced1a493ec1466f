//! The search of `nadir_overlap`, with progress on the standard error.

use crate::progress::Progress;
use nadir_overlap::{Candidates, Look, Overlap, Read};

/// What was looked at of each image, or why it could not be read.
pub fn look_at_all(images: usize, read: Read<'_>) -> Vec<Result<Look, String>> {
    let progress = Progress::new("looking at images", images as u64, "images");
    let looks = nadir_overlap::look_at_all(images, read, &|done| progress.advance(done));
    progress.finish();
    looks
}

/// The pairs of images that show the same ground, by indices; `alike` are further pairs to look at.
pub fn overlaps(looks: &[Option<&Look>], read: Read<'_>, alike: &[(usize, usize)]) -> Vec<Overlap> {
    let candidates = Candidates::new(looks, alike);
    let progress = Progress::new("comparing pairs", candidates.count() as u64, "pairs");
    let found = candidates.overlaps(read, &|done| progress.advance(done));
    progress.finish();
    found
}
