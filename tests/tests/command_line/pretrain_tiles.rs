//! Pretraining on folders of large images, which are cut into tiles.

use nadir_tests::command::{contains_all, fails, nadir, same_files, stderr, stdout, succeeds, text};
use nadir_tests::image_folder::ImageFolder;
use std::path::Path;
use tiff::encoder::compression::DeflateLevel;
use tiff::encoder::{Compression, TiffEncoder, colortype};

/// Seconds on one core.
const SMALL: [&str; 9] = [
    "encoder.width=4",
    "augment.size=32",
    "probe.image_size=32",
    "projector.hidden=16",
    "projector.output=8",
    "pretrain.batch_size=8",
    "pretrain.epochs=1",
    "data.tile=32",
    "data.stride=24",
];

/// A generated scene of this size as a TIFF in strips.
fn scene(path: &Path, seed: u64, width: usize, height: usize) {
    let pixels = nadir_scene::generate(seed, width, height).image.pixels;
    let file = std::fs::File::create(path).expect("created");
    let mut encoder = TiffEncoder::new(file).expect("begun").with_compression(Compression::Deflate(DeflateLevel::Fast));
    encoder.write_image::<colortype::RGB8>(width as u32, height as u32, &pixels).expect("written");
}

/// Two scenes, one of them no TIFF.
fn folder() -> ImageFolder {
    let folder = ImageFolder::new(&SMALL);
    std::fs::create_dir(folder.images()).expect("created");
    scene(&folder.images().join("a.tif"), 1, 200, 128);
    let pixels = nadir_scene::generate(2, 128, 128).image.pixels;
    let image = image::RgbImage::from_raw(128, 128, pixels).expect("three bytes a pixel");
    image.save(folder.images().join("b.png")).expect("written");
    folder
}

#[test]
fn a_folder_of_scenes_is_a_data_set_of_tiles_with_or_without_a_cache() {
    let folder = folder();
    let output = folder.pretrain_with("run", &[]);
    succeeds(&output);
    // 8 x 5 tiles of the first, 5 x 5 of the second.
    contains_all(
        &stderr(&output),
        &[
            "2 images of 128 x 128 to 200 x 128 px",
            "65 tiles of 32 px every 24 px (data.tile, data.stride)",
            "65 tiles of 32 px every 24 px out of 2 images",
            "share pixels with held-out ones and are not trained on",
            "read when they are needed",
        ],
    );
    contains_all(&stdout(&output), &["next: nadir embed", "--tile 32 --stride 24"]);
    let config = std::fs::read_to_string(folder.path("run").join("config.toml")).expect("written");
    contains_all(&config, &["tile = 32", "stride = 24", "tiles.jsonl"]);
    assert!(folder.path("run").join("tiles.jsonl").is_file());
    // The same weights from tiles that were decoded once.
    let cache = format!("data.cache={}", text(&folder.path("cache")));
    succeeds(&folder.pretrain_with("cached", &[&cache]));
    same_files(&folder.path("run"), &folder.path("cached"), &["encoder.safetensors", "metrics.jsonl"]);

    let images_set = format!("data.images={}", text(&folder.images()));
    let data = ["--set", "data.kind=images", "--set", &images_set, "--set", "data.tile=32"];
    contains_all(
        &succeeds(&nadir(&[&["data", "check"], &data[..]].concat())),
        &["2 images without labels", "44 tiles of 32 px every 32 px", "nothing is wrong"],
    );
    contains_all(&succeeds(&nadir(&[&["data", "stats"], &data[..]].concat())), &["32 x    32 px", "44"]);
    fails(&nadir(&[&["data", "audit"], &data[..]].concat()), &["neighbours of a tile", "leave data.tile"]);
}

#[test]
fn settings_and_folders_of_tiles_that_cannot_be_say_so() {
    let folder = folder();
    fails(
        &folder.pretrain_with("run", &["data.stride=33"]),
        &["data.stride must be 1 px to the side of a tile (32 px)"],
    );
    fails(&folder.pretrain_with("run", &["data.tile=4"]), &["data.tile must be 8 to 4096 px"]);
    fails(&folder.pretrain_with("run", &["data.tile=0"]), &["data.stride is of tiles", "set data.tile"]);
    fails(&folder.pretrain_with("run", &["data.min_valid=2"]), &["data.min_valid"]);
    let other = format!("data.tile_index={}", text(&folder.images().join("b.png")));
    fails(&folder.pretrain_with("run", &[&other]), &["b.png is no tile index", "data.tile_index"]);
    // One scene is enough where it has two tiles; one image that is smaller than a tile is not.
    std::fs::remove_file(folder.images().join("b.png")).expect("there");
    succeeds(&folder.pretrain_with("one", &[]));
    std::fs::remove_file(folder.images().join("a.tif")).expect("there");
    scene(&folder.images().join("small.tif"), 3, 20, 16);
    fails(&folder.pretrain_with("small", &["pretrain.batch_size=2"]), &["1; learning by contrast needs two"]);
    // Two of them are images that are enlarged.
    scene(&folder.images().join("other.tif"), 4, 16, 20);
    let output = folder.pretrain_with("two", &["pretrain.batch_size=2"]);
    succeeds(&output);
    contains_all(&stderr(&output), &["2 images are smaller and are enlarged"]);
}

#[test]
fn class_folders_of_scenes_are_divided_by_scene() {
    let folder = ImageFolder::new(&SMALL);
    for (class, name) in ["sea", "land"].into_iter().enumerate() {
        std::fs::create_dir_all(folder.images().join(name)).expect("created");
        for at in 0..10 {
            scene(&folder.images().join(format!("{name}/{at}.tif")), 20 * class as u64 + at, 64, 32);
        }
    }
    let output = folder.pretrain_with("run", &["data.kind=class_folders", "data.stride=32"]);
    succeeds(&output);
    // 7, 2 and 1 of ten scenes of each class, of two tiles each.
    contains_all(
        &stderr(&output),
        &["40 tiles of 32 px", "40 images (28 train, 8 validation, 4 test)", "kNN accuracy"],
    );
    let run = folder.path("run");
    let probe = ["probe", "--run", text(&run), "--device", "cpu", "--set", "probe.epochs=2"];
    contains_all(&succeeds(&nadir(&probe)), &["linear probe"]);
}
