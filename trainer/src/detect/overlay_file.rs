//! Files that overlays are written to, for `--out`.

use super::files::ImageDetections;
use super::inputs::Input;
use crate::artifacts::weight_file::write_atomically;
use crate::detect::overlay::{Marked, overlay};
use anyhow::{Context, Result, bail, ensure};
use image::ImageEncoder;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use nadir_core::image::RgbView;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// Quality of overlays as JPEG, 1 to 100.
const JPEG_QUALITY: u8 = 90;
/// Endings of image files that a user may expect to be written, and that are not.
const NOT_WRITTEN: [&str; 6] = ["tif", "tiff", "webp", "bmp", "gif", "svg"];

/// `--out`: a PNG or JPEG file for one image, or a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverlayPlace {
    files: Vec<PathBuf>,
}

impl OverlayPlace {
    /// A file for each of the images; `out` is the file itself where there is one image and its name ends with `.png`,
    /// `.jpg` or `.jpeg`, else a folder of PNG files.
    ///
    /// # Errors
    /// Two images with one overlay, an overlay in the place of an image, one file for several images, or a file of
    /// another format.
    pub fn new(out: &Path, inputs: &[Input]) -> Result<Self> {
        let ending = ending(out);
        let is_file = is_jpeg(&ending) || ending == "png";
        if NOT_WRITTEN.contains(&ending.as_str()) {
            bail!("--out {}: overlays are written as .png or .jpg, or into a folder", out.display());
        }
        ensure!(
            !is_file || inputs.len() == 1,
            "--out {} is one {} file, and there are {} images; name a folder",
            out.display(),
            if ending == "png" { "PNG" } else { "JPEG" },
            inputs.len()
        );
        let file = |input: &Input| match is_file {
            true => out.to_owned(),
            false if input.name.to_lowercase().ends_with(".png") => out.join(&input.name),
            false => out.join(format!("{}.png", input.name)),
        };
        let files: Vec<PathBuf> = inputs.iter().map(file).collect();
        let mut taken: HashSet<&Path> = HashSet::new();
        for (file, input) in files.iter().zip(inputs) {
            let twice = !taken.insert(file);
            ensure!(!twice, "two images would have the overlay {}; run them one after the other", file.display());
            let same = matches!((file.canonicalize(), input.path.canonicalize()), (Ok(a), Ok(b)) if a == b);
            ensure!(!same, "the overlay {} would replace its image; name another --out", file.display());
        }
        Ok(Self { files })
    }

    /// The overlay of image number `at`.
    pub fn file(&self, at: usize) -> &Path {
        &self.files[at]
    }
}

/// Draws the objects into the image and writes it as a PNG file, or as JPEG where the file is named so, with the folders
/// that it lies in.
///
/// # Errors
/// Names the file.
pub fn write_overlay(file: &Path, image: RgbView<'_>, found: &ImageDetections) -> Result<()> {
    let texts: Vec<String> =
        found.objects.iter().map(|object| format!("{} {:.2}", object.label, object.score)).collect();
    // The highest-scoring is drawn last, on top.
    let marked: Vec<Marked> = found
        .objects
        .iter()
        .zip(&texts)
        .rev()
        .map(|(object, text)| Marked { box_in_image: object.box_px, class: object.class, text })
        .collect();
    let drawn = overlay(image, &marked);
    let mut bytes = Vec::new();
    let (width, height) = (u32::try_from(drawn.width)?, u32::try_from(drawn.height)?);
    let rgb = image::ExtendedColorType::Rgb8;
    match is_jpeg(&ending(file)) {
        true => JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY).write_image(&drawn.pixels, width, height, rgb),
        false => PngEncoder::new(&mut bytes).write_image(&drawn.pixels, width, height, rgb),
    }
    .with_context(|| format!("cannot encode the overlay {}", file.display()))?;
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot create the folder {}", folder.display()))?;
    }
    write_atomically(file, &bytes)
}

/// The ending of a file's name in small letters.
fn ending(path: &Path) -> String {
    path.extension().unwrap_or_default().to_string_lossy().to_lowercase()
}

fn is_jpeg(ending: &str) -> bool {
    ["jpg", "jpeg"].contains(&ending)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(path: &str, name: &str) -> Input {
        Input { path: path.into(), name: name.to_owned() }
    }

    #[test]
    fn every_image_has_an_overlay_of_its_own() {
        let inputs = [input("in/a.jpg", "a.jpg"), input("in/b/a.PNG", "b/a.PNG")];
        let place = OverlayPlace::new(Path::new("out"), &inputs).expect("a folder");
        assert_eq!([place.file(0), place.file(1)], [Path::new("out/a.jpg.png"), Path::new("out/b/a.PNG")]);
        let place = OverlayPlace::new(Path::new("one.png"), &inputs[..1]).expect("one image");
        assert_eq!(place.file(0), Path::new("one.png"));
        let error = OverlayPlace::new(Path::new("one.png"), &inputs).expect_err("two images").to_string();
        assert!(error.contains("one.png") && error.contains("2 images"), "{error}");
        let place = OverlayPlace::new(Path::new("one.JPG"), &inputs[..1]).expect("one image");
        assert_eq!(place.file(0), Path::new("one.JPG"));
        let error = OverlayPlace::new(Path::new("one.tif"), &inputs[..1]).expect_err("a TIFF").to_string();
        assert!(error.contains("one.tif") && error.contains(".png or .jpg"), "{error}");
        let same = [input("x/a.jpg", "a.jpg"), input("y/a.jpg", "a.jpg")];
        let error = OverlayPlace::new(Path::new("out"), &same).expect_err("one name").to_string();
        assert!(error.contains("out/a.jpg.png"), "{error}");
    }

    #[test]
    fn no_overlay_replaces_its_image() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.png");
        std::fs::write(&path, "an image").expect("written");
        let inputs = [Input { path, name: "a.png".to_owned() }];
        let error = OverlayPlace::new(folder.path(), &inputs).expect_err("its own place").to_string();
        assert!(error.contains("would replace its image"), "{error}");
    }
}
