//! Where overlays go.

use super::files::ImageDetections;
use super::inputs::Input;
use crate::artifacts::weight_file::write_atomically;
use crate::detect::overlay::{Marked, overlay};
use anyhow::{Context, Result, ensure};
use image::ImageEncoder;
use image::codecs::png::PngEncoder;
use nadir_core::image::RgbView;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

/// `--out`: a PNG file for one image, or a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverlayPlace {
    files: Vec<PathBuf>,
}

impl OverlayPlace {
    /// A file for each of the images; `out` is the file itself where there is one image and its name ends with `.png`,
    /// else a folder.
    ///
    /// # Errors
    /// Two images with one overlay, an overlay in the place of an image, or a PNG file for several images.
    pub fn new(out: &Path, inputs: &[Input]) -> Result<Self> {
        let is_png = out.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("png"));
        ensure!(
            !is_png || inputs.len() == 1,
            "--out {} is one PNG file, and there are {} images; name a folder",
            out.display(),
            inputs.len()
        );
        let file = |input: &Input| match is_png {
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

/// Draws the objects into the image and writes it as a PNG file, with the folders that it lies in.
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
    let mut png = Vec::new();
    let (width, height) = (u32::try_from(drawn.width)?, u32::try_from(drawn.height)?);
    PngEncoder::new(&mut png)
        .write_image(&drawn.pixels, width, height, image::ExtendedColorType::Rgb8)
        .with_context(|| format!("cannot encode the overlay {}", file.display()))?;
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot create the folder {}", folder.display()))?;
    }
    write_atomically(file, &png)
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
