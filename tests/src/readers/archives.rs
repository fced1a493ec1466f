//! Archives that `nadir fetch` unpacks, and the files that it and `nadir embed` and the cache of images keep.

use super::scratch;
use nadir::data::cache::{ImageCache, check};
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
