//! What the image files of a set say: missing, broken, of another size than annotated, turned, twice there.

use crate::data::decode::read_image;
use crate::data::image_index::ImageIndex;
use crate::data::listed::Listed;
use crate::data::objects::{ImageFile, ObjectImage, ObjectSet, Part};
use crate::data::statistics::SizeCount;
use crate::progress::Progress;
use image::metadata::Orientation;
use image::{ImageDecoder, ImageReader};
use nadir_core::bundle::sha256_hex;
use nadir_core::image::RgbImage;
use nadir_core::image::preprocess::ChannelStatistics;
use rayon::prelude::*;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};

/// Findings in the image files.
#[derive(Debug, Clone, Default, Serialize)]
pub struct ImageFindings {
    /// Annotated images whose file is not there.
    pub missing: Listed,
    /// Files that cannot be decoded, with the reason.
    pub broken: Listed,
    /// Images of another size than annotated; their boxes lie somewhere else.
    pub other_size: Listed,
    /// Images that are turned by their EXIF orientation, and have the annotated size then. Their boxes must be those of
    /// the turned image.
    pub turned: Listed,
    /// Images for training and for testing with the same pixels.
    pub same_pixels_across_parts: Listed,
    /// Images of one part with the same pixels.
    pub same_pixels: Listed,
    /// Image files that no annotation names; none where the folder is not known.
    pub without_annotation: Listed,
    /// Sizes of the images, most frequent first.
    pub sizes: Vec<SizeCount>,
    /// Mean of red, green and blue over all pixels, in [0, 1]; `None` if no image could be decoded.
    pub channel_mean: Option<Vec<f64>>,
    /// Standard deviation likewise.
    pub channel_std: Option<Vec<f64>>,
}

/// What is kept of a decoded image.
struct Decoded {
    size_px: [usize; 2],
    sha256: String,
    is_turned: bool,
    channels: ChannelStatistics,
}

/// What became of an image.
enum Outcome {
    Decoded(Decoded),
    Missing(String),
    Broken(String),
}

/// Decodes every image of a set.
pub(super) fn findings(set: &ObjectSet, image_folder: Option<&Path>) -> ImageFindings {
    let progress = Progress::new("decoding images", set.images.len() as u64, "images");
    let outcomes: Vec<Outcome> = set
        .images
        .par_iter()
        .map(|image| {
            let outcome = look_at(image);
            progress.advance(1);
            outcome
        })
        .collect();
    progress.finish();

    let mut channels = ChannelStatistics::default();
    let mut sizes: BTreeMap<[usize; 2], usize> = BTreeMap::new();
    let (mut missing, mut broken, mut other_size, mut turned) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let (mut across, mut within) = (Vec::new(), Vec::new());
    let mut by_pixels: HashMap<&str, &ObjectImage> = HashMap::new();
    for (image, outcome) in set.images.iter().zip(&outcomes) {
        let decoded = match outcome {
            Outcome::Decoded(decoded) => decoded,
            Outcome::Missing(reason) => {
                missing.push(reason.clone());
                continue;
            }
            Outcome::Broken(reason) => {
                broken.push(reason.clone());
                continue;
            }
        };
        channels.merge(&decoded.channels);
        *sizes.entry(decoded.size_px).or_default() += 1;
        match image.size_px.filter(|annotated| *annotated != decoded.size_px) {
            Some(annotated) => other_size.push(size_sentence(image, annotated, decoded)),
            None if decoded.is_turned => turned.push(image.name.clone()),
            None => {}
        }
        match by_pixels.get(decoded.sha256.as_str()) {
            None => {
                by_pixels.insert(&decoded.sha256, image);
            }
            Some(other) => {
                let is_test = |image: &ObjectImage| image.part == Part::Test;
                let list = if is_test(other) == is_test(image) { &mut within } else { &mut across };
                let [(a, a_part), (b, b_part)] = [(*other, other.part), (image, image.part)];
                list.push(format!("{:?} ({}) and {:?} ({})", a.name, a_part.name(), b.name, b_part.name()));
            }
        }
    }
    let mut sizes: Vec<SizeCount> =
        sizes.into_iter().map(|([width, height], images)| SizeCount { width, height, images }).collect();
    sizes.sort_by_key(|size| std::cmp::Reverse(size.images));
    let (channel_mean, channel_std) = channels.mean_and_std().unzip();
    ImageFindings {
        missing: missing.into_iter().collect(),
        broken: broken.into_iter().collect(),
        other_size: other_size.into_iter().collect(),
        turned: turned.into_iter().collect(),
        same_pixels_across_parts: across.into_iter().collect(),
        same_pixels: within.into_iter().collect(),
        without_annotation: image_folder.map(|folder| without_annotation(set, folder)).unwrap_or_default(),
        sizes,
        channel_mean,
        channel_std,
    }
}

fn look_at(image: &ObjectImage) -> Outcome {
    if let ImageFile::Path(path) = &image.file
        && !path.is_file()
    {
        return Outcome::Missing(format!("image {:?} is not there: expected {}", image.name, path.display()));
    }
    let pixels = match &image.file {
        ImageFile::Path(path) => read_image(path),
        scene @ ImageFile::Scene { .. } => scene.read(),
    };
    match pixels {
        Ok(pixels) => Outcome::Decoded(Decoded {
            size_px: [pixels.width, pixels.height],
            sha256: pixel_hash(&pixels),
            is_turned: is_turned(&image.file),
            channels: {
                let mut channels = ChannelStatistics::default();
                channels.add(pixels.view());
                channels
            },
        }),
        Err(error) => Outcome::Broken(format!("{error:#}")),
    }
}

/// The same for images of the same size and pixels alone.
fn pixel_hash(image: &RgbImage) -> String {
    let size = format!("{} x {}", image.width, image.height);
    sha256_hex(&[size.as_bytes(), &image.pixels].concat())
}

/// Whether the file has an EXIF orientation by which decoding turns it.
fn is_turned(file: &ImageFile) -> bool {
    let ImageFile::Path(path) = file else { return false };
    let orientation = || {
        let reader = ImageReader::open(path).ok()?.with_guessed_format().ok()?;
        reader.into_decoder().ok()?.orientation().ok()
    };
    orientation().is_some_and(|orientation| orientation != Orientation::NoTransforms)
}

fn size_sentence(image: &ObjectImage, [width, height]: [usize; 2], decoded: &Decoded) -> String {
    let [real_width, real_height] = decoded.size_px;
    let is_lying = decoded.is_turned && [height, width] == decoded.size_px;
    let why = match is_lying {
        true => {
            ": its EXIF orientation turns it, and its boxes were annotated before turning; turn the boxes, or save the \
             image without the orientation"
        }
        false => "",
    };
    format!(
        "image {:?} is annotated as {width} x {height} px, and has {real_width} x {real_height} px{why}",
        image.name
    )
}

/// Image files below the folder that the set does not name.
fn without_annotation(set: &ObjectSet, folder: &Path) -> Listed {
    let Ok(index) = ImageIndex::read(folder) else { return Listed::default() };
    let path = |image: &ObjectImage| match &image.file {
        ImageFile::Path(path) => Some(path.clone()),
        ImageFile::Scene { .. } => None,
    };
    let named: HashSet<PathBuf> = set.images.iter().filter_map(path).collect();
    index.files().filter(|file| !named.contains(&folder.join(file))).map(|file| file.display().to_string()).collect()
}
