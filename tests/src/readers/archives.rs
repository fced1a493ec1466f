//! Archives that `nadir fetch` unpacks, and the files that it, `nadir embed`, the cache of images and the index
//! of tiles keep.

use super::scratch;
use nadir::config::ImagesConfig;
use nadir::data::cache::{ImageCache, check};
use nadir::data::image_folder::load_images;
use nadir::fetch::catalogue::Unpack;
use nadir::fetch::unpack::unpack;
use std::path::{Path, PathBuf};

fn text(error: anyhow::Error) -> String {
    format!("{error:#}")
}

/// Nothing may stand outside the folder that the members go to.
fn unpacked(name: &str, bytes: &[u8]) -> Result<(), String> {
    let around = scratch::empty(name);
    let archive = around.join(name);
    scratch::write(&archive, bytes);
    let done =
        unpack(&archive, Unpack { below: "", into: "in", tiff_to_png: false }, &around.join("out")).map_err(text);
    let names = |folder: &Path| -> Vec<String> {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
    };
    let mut found = names(&around);
    found.retain(|found| found != "out");
    assert_eq!(found, [name], "what lies beside the folder");
    assert!(names(&around.join("out")).iter().all(|name| name == "in"), "{:?}", names(&around.join("out")));
    done.map(drop)
}

/// A .zip archive.
pub fn zip(bytes: &[u8]) -> Result<(), String> {
    unpacked("a.zip", bytes)
}

/// A .tar archive.
pub fn tar(bytes: &[u8]) -> Result<(), String> {
    unpacked("a.tar", bytes)
}

/// The images of a cache.
const CACHED: [&str; 2] = ["a.png", "b.png"];

/// A cache of two images, as it lies on the disk, in a new folder with the images beside it.
pub fn cache(around: &Path) -> PathBuf {
    let (images, folder) = (around.join("images"), around.join("cache"));
    std::fs::create_dir_all(&images).expect("created");
    for (at, name) in CACHED.iter().enumerate() {
        let image = image::RgbImage::from_fn(5 + at as u32, 4, |x, y| image::Rgb([x as u8, y as u8, at as u8]));
        image.save(images.join(name)).expect("written");
    }
    ImageCache::open(&folder, &images, &CACHED.map(PathBuf::from)).expect("a new cache");
    folder
}

/// The index of a cache of decoded images. A whole index is believed, for reading all pixels again would take as long
/// as decoding them (`nadir data check` does it); but every image has the pixels that its size says.
pub fn cache_index(bytes: &[u8]) -> Result<(), String> {
    let around = scratch::folder("cache_index", |folder| {
        cache(folder);
        std::fs::copy(folder.join("cache/pixels"), folder.join("pixels")).expect("copied");
    });
    let folder = around.join("cache");
    scratch::write(&folder.join("index"), bytes);
    std::fs::copy(around.join("pixels"), folder.join("pixels")).expect("copied");
    check(&folder).map_err(text)?;
    let images = around.join("images");
    let (cache, there) = ImageCache::open(&folder, &images, &CACHED.map(PathBuf::from)).map_err(text)?;
    assert!(there.iter().all(Result::is_ok) && cache.len() == CACHED.len(), "{there:?}");
    for found in (0..cache.len()).map(|at| cache.image(at)) {
        assert_eq!(found.pixels.len(), 3 * found.width * found.height);
    }
    Ok(())
}

/// A folder of two images, which have not changed since 2001, cut into tiles of 8 px by an index beside it.
fn tiled(around: &Path) -> ImagesConfig {
    let images = around.join("images");
    if !images.exists() {
        std::fs::create_dir_all(&images).expect("created");
        for (at, name) in CACHED.iter().enumerate() {
            let image = image::RgbImage::from_fn(20, 9, |x, y| image::Rgb([x as u8, y as u8, at as u8]));
            image.save(images.join(name)).expect("written");
            let file = std::fs::File::options().write(true).open(images.join(name)).expect("there");
            file.set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000)).expect("set");
        }
    }
    let tile_index = Some(around.join("tiles.jsonl"));
    ImagesConfig { tile: Some(8), stride: Some(6), tile_index, ..ImagesConfig::new(images) }
}

/// An index of tiles as it lies on the disk, with the images in a new folder.
pub fn tile_index_file(around: &Path) -> Vec<u8> {
    let settings = tiled(around);
    load_images(&settings, 1).expect("tiles");
    std::fs::read(settings.tile_index.expect("named")).expect("written")
}

/// The index of a folder's tiles. Its sums are believed, for reading all pixels again is what it saves; a tile that is
/// not in its image is named when it is needed.
pub fn tile_index(bytes: &[u8]) -> Result<(), String> {
    let around = scratch::folder("tile_index", |_| ());
    let settings = tiled(&around);
    scratch::write(&around.join("tiles.jsonl"), bytes);
    let dataset = load_images(&settings, 1).map_err(text)?;
    for at in 0..dataset.samples.len().min(100) {
        let image = dataset.image(at).map_err(text)?;
        let view = image.view();
        assert_eq!((view.width, view.height, view.pixels.len()), (8, 8, 3 * 64), "{}", dataset.samples[at].name);
    }
    let (mean, std) = dataset.mean_and_std(None);
    assert!(mean.iter().chain(&std).all(|value| (0.0..=1.0).contains(value)), "{mean:?} {std:?}");
    Ok(())
}
