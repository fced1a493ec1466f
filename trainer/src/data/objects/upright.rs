//! Boxes of images that are turned before they are shown, by their EXIF orientation.
//!
//! Annotation tools that ignore the orientation write boxes and size of the image as stored, others those of the image as
//! shown. Where width and height differ, the annotated size tells which; an image that is mirrored or upside down has
//! one size both ways, and is taken as shown, which most tools do.

use super::object_set::{ImageFile, ObjectImage, ObjectSet};
use crate::data::decode::read_header;
use nadir_core::image::decode::Header;
use nadir_core::image::orientation::Orientation;
use rayon::prelude::*;
use tracing::{info, warn};

/// How the boxes of a turned image were read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// Annotated as stored: turned with the image.
    Stored,
    /// Both sizes fit: taken as shown.
    Either,
}

/// Turns boxes that were annotated before the image was turned, and logs how many, and how many could be either.
pub fn turn(set: &mut ObjectSet) {
    let readings: Vec<(usize, Reading, u8)> = set
        .images
        .par_iter_mut()
        .enumerate()
        .filter_map(|(at, image)| {
            let ImageFile::Path(path) = &image.file else { return None };
            // What cannot be read is named where its pixels are.
            let header = read_header(path).ok().filter(|header| header.orientation != Orientation::UPRIGHT)?;
            Some((at, turn_image(image, header)?, header.orientation.exif()))
        })
        .collect();
    let of = |reading| readings.iter().filter(move |(_, one, _)| *one == reading);
    if let Some((first, _, exif)) = of(Reading::Stored).next() {
        info!(
            "objects: {} images were annotated before they were turned (their annotated size is that of the file, and \
             their EXIF orientation turns them): their boxes are turned too; the first: {:?}, orientation {exif}",
            of(Reading::Stored).count(),
            set.images[*first].name,
        );
    }
    if let Some((first, _, exif)) = of(Reading::Either).next() {
        warn!(
            "objects: {} images are turned by their EXIF orientation, and their size does not tell whether their boxes \
             were drawn before or after; they are taken to be drawn on the image as it is shown. If the tool ignored the \
             orientation, take it out of the files; the first: {:?}, orientation {exif}",
            of(Reading::Either).count(),
            set.images[*first].name,
        );
    }
}

/// The reading of an image's boxes, turned where they must be; `None` where nothing is to be said.
fn turn_image(image: &mut ObjectImage, header: Header) -> Option<Reading> {
    let Header { stored_size, orientation } = header;
    let shown_size = orientation.turned_size(stored_size);
    let annotated = image.size_px?;
    if annotated != stored_size && annotated != shown_size {
        return None;
    }
    if stored_size == shown_size {
        return (!image.objects.is_empty()).then_some(Reading::Either);
    }
    if annotated == shown_size {
        return None;
    }
    let size = stored_size.map(|side| side as f32);
    for object in &mut image.objects {
        object.box_in_image = orientation.turned_box(object.box_in_image, size);
    }
    image.size_px = Some(shown_size);
    Some(Reading::Stored)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::objects::{Object, Part};

    fn image(size_px: Option<[usize; 2]>) -> ObjectImage {
        let object = Object {
            number: 0,
            class: 0,
            box_in_image: [1.0, 2.0, 4.0, 3.0],
            difficult: false,
            truncated: false,
            crowd: false,
        };
        let file = ImageFile::Path("a.jpg".into());
        ObjectImage {
            name: "a".to_owned(),
            file,
            size_px,
            part: Part::Train,
            objects: vec![object],
            unlabelled: Vec::new(),
        }
    }

    fn turned(size_px: Option<[usize; 2]>, stored_size: [usize; 2], exif: u8) -> (Option<Reading>, ObjectImage) {
        let mut image = image(size_px);
        let orientation = Orientation::from_exif(exif).expect("a turn");
        (turn_image(&mut image, Header { stored_size, orientation }), image)
    }

    #[test]
    fn the_annotated_size_decides_and_where_it_cannot_boxes_stay() {
        // A quarter turn clockwise: x is 5 less what y was.
        let (reading, after) = turned(Some([7, 5]), [7, 5], 6);
        assert_eq!((reading, after.size_px), (Some(Reading::Stored), Some([5, 7])));
        assert_eq!(after.objects[0].box_in_image, [2.0, 1.0, 3.0, 4.0]);
        for (annotated, stored, exif, reading) in [
            (Some([5, 7]), [7, 5], 6, None),
            (Some([7, 5]), [7, 5], 3, Some(Reading::Either)),
            (Some([7, 7]), [7, 7], 8, Some(Reading::Either)),
            (Some([70, 50]), [7, 5], 6, None),
            (None, [7, 5], 6, None),
        ] {
            assert_eq!(turned(annotated, stored, exif), (reading, image(annotated)), "{annotated:?} {stored:?} {exif}");
        }
    }
}
