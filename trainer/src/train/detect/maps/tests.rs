use super::super::init::init_network;
use super::*;
use crate::data::objects::{Object, Part};
use burn::tensor::Tensor;

const SIDES: [usize; 2] = [70, 50];

fn config(folder: &Path, more: &[&str]) -> DetectConfig {
    let network = init_network(&small(&[]), 1, &Device::flex()).expect("drawn");
    let weights = folder.join("weights.safetensors");
    crate::artifacts::weight_file::write(&weights, &network.export(), BTreeMap::new()).expect("written");
    let own = [format!("weights={}", weights.display()), "train.frozen_parts=5".to_owned()];
    let more: Vec<String> = more.iter().map(ToString::to_string).chain(own).collect();
    small(&more.iter().map(String::as_str).collect::<Vec<_>>())
}

fn small(more: &[&str]) -> DetectConfig {
    let sets = [
        "detector.architecture.width=4",
        "detector.channels=8",
        "detector.hidden=8",
        "resize={min_size=48,max_size=64}",
        "augment={flip=true,quarter_turns=true,scales=[1.0,0.5],jitter=0.0}",
    ];
    let sets: Vec<String> = sets.iter().chain(more).map(ToString::to_string).collect();
    DetectConfig::load(None, &sets).expect("valid")
}

/// An image that is no square, in a file.
fn image(folder: &Path, name: &str) -> ObjectImage {
    let [width, height] = SIDES;
    let pixels = nadir_scene::generate(3, width, height).image.pixels;
    let path = folder.join(name);
    image::save_buffer(&path, &pixels, width as u32, height as u32, image::ColorType::Rgb8).expect("written");
    let object = Object {
        number: 0,
        class: 0,
        box_in_image: [5.0, 10.0, 30.0, 20.0],
        difficult: false,
        truncated: false,
        crowd: false,
    };
    ObjectImage {
        name: name.to_owned(),
        file: ImageFile::Path(path),
        size_px: Some(SIDES),
        part: Part::Train,
        objects: vec![object],
        unlabelled: Vec::new(),
    }
}

fn ways(config: &DetectConfig) -> impl Fn(usize) -> Vec<(DetectorResize, Orientation)> {
    |at| variants(config, at).into_iter().map(|of| (scaled(config, of.scale), of.orientation)).collect()
}

fn open(folder: &Path, config: &DetectConfig, images: &[ObjectImage]) -> Result<MapCache> {
    let network = init_network(config, 1, &Device::flex()).expect("its weights");
    let backbone = Backbone::new(&network, config, &Device::flex()).expect("a backbone");
    MapCache::open(&folder.join("maps"), &backbone, images, ways(config))
}

fn values(map: &Tensor<4>) -> Vec<f32> {
    map.clone().into_data().try_to_vec::<f32>().expect("f32")
}

#[test]
fn every_variant_has_the_maps_of_the_image_that_really_lies_so() {
    let folder = tempfile::tempdir().expect("a folder");
    let (folder, config) = (folder.path(), config(folder.path(), &[]));
    let images = [image(folder, "a.png")];
    let cache = open(folder, &config, &images).expect("computed");
    assert_eq!(cache.image(0), Ok(Size::new(50, 70)));
    let network = init_network(&config, 1, &Device::flex()).expect("its weights");
    let whole = Planes::from_rgb(images[0].read().expect("there").view());
    let all = variants(&config, 0);
    assert_eq!(all.len(), 16);
    for (way, Variant { scale, orientation }) in all.into_iter().enumerate() {
        let stored = cache.read(0, way).expect("whole").expect("a readable image");
        let resize = scaled(&config, scale);
        let turned = orientation.of_image(bilinear(&whole, resize.resized(Size::new(50, 70))));
        assert_eq!((stored.size.height, stored.size.width), (turned.height, turned.width));
        assert_eq!(stored.size.height > stored.size.width, orientation.quarters % 2 == 1);
        let expected =
            network.backbone_maps(batch(&[turned], stored.padded, &config.detector.architecture, &Device::flex()));
        let found = stored.on_device(&Device::flex()).maps;
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(&expected) {
            assert_eq!(found.dims(), expected.dims());
            let (found, expected) = (values(found), values(expected));
            let largest = expected.iter().fold(0.0_f32, |most, value| most.max(value.abs()));
            assert!(largest > 0.0);
            for (found, expected) in found.iter().zip(&expected) {
                // Half precision has 11 bits.
                assert!((found - expected).abs() <= expected.abs() / 2048.0 + 1e-7, "{found}, {expected}");
            }
        }
    }
}

#[test]
fn what_is_kept_is_found_again_and_what_depends_on_something_else_is_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let (folder, config) = (folder.path(), config(folder.path(), &["train.cache_maps=x", "train.cached_variants=3"]));
    let images = [image(folder, "a.png"), image(folder, "b.png")];
    let files = || -> Vec<PathBuf> {
        let mut files: Vec<PathBuf> = std::fs::read_dir(folder.join("maps"))
            .expect("made")
            .flat_map(|folder| std::fs::read_dir(folder.expect("read").path()).expect("a folder"))
            .map(|file| file.expect("read").path())
            .collect();
        files.sort();
        files
    };
    open(folder, &config, &images).expect("computed");
    // Both images have the same bytes, and other variants are drawn of each.
    let first = files();
    assert_eq!(first.len(), 2);
    let times = |files: &[PathBuf]| -> Vec<_> {
        files.iter().map(|file| std::fs::metadata(file).and_then(|file| file.modified()).expect("a time")).collect()
    };
    let made = times(&first);
    let again = open(folder, &config, &images).expect("found");
    assert_eq!((files(), times(&first)), (first.clone(), made));
    assert!(again.read(0, 2).is_ok() && again.read(0, 3).is_err(), "three variants");

    let other = DetectConfig { resize: DetectorResize { min_size: 40, ..config.resize }, ..config.clone() };
    open(folder, &other, &images).expect("computed");
    assert_eq!(files().len(), 4, "another size");
    // Another pixel.
    std::fs::copy(folder.join("a.png"), folder.join("c.png")).expect("copied");
    let [width, height] = SIDES;
    let mut pixels = nadir_scene::generate(3, width, height).image.pixels;
    pixels[0] ^= 1;
    image::save_buffer(folder.join("a.png"), &pixels, width as u32, height as u32, image::ColorType::Rgb8).expect("ok");
    open(folder, &config, &images[..1]).expect("computed");
    assert_eq!(files().len(), 5, "another image");
}

#[test]
fn damage_is_named_and_a_missing_image_is_no_error_here() {
    let folder = tempfile::tempdir().expect("a folder");
    let (folder, config) = (folder.path(), config(folder.path(), &[]));
    let images = [image(folder, "a.png")];
    let cache = open(folder, &config, &images).expect("computed");
    let found = std::fs::read_dir(folder.join("maps")).expect("made").next().expect("one").expect("read").path();
    let file = std::fs::read_dir(found).expect("made").next().expect("one").expect("read").path();
    let whole = std::fs::read(&file).expect("read");
    let mut bytes = whole.clone();
    *bytes.last_mut().expect("not empty") ^= 1;
    std::fs::write(&file, &bytes).expect("written");
    assert!(cache.read(0, 0).is_ok(), "another variant is damaged");
    let message = format!("{:#}", cache.read(0, 15).expect_err("damaged"));
    assert!(message.contains("another checksum") && message.contains(".maps"), "{message}");
    std::fs::write(&file, &whole[..whole.len() - 1]).expect("written");
    let message = format!("{:#}", open(folder, &config, &images).expect_err("cut off"));
    assert!(message.contains("is damaged; delete it"), "{message}");
    std::fs::write(&file, "another file").expect("written");
    assert!(open(folder, &config, &images).is_err());

    std::fs::remove_file(folder.join("a.png")).expect("there");
    let cache = open(folder, &config, &images).expect("an image may be missing");
    assert!(cache.image(0).is_err() && cache.read(0, 0).expect("no damage").is_err());
}
