//! Random sets through every format and every pair of formats: what both hold comes back.

use super::*;
use nadir_core::rng::Rng;
use std::path::PathBuf;

/// Written shares have ten digits, percent eleven: so much, px, in images of some 100 px.
const TOLERANCE: f64 = 1e-6;

/// A set with everything that any format holds, and the folder of its images.
fn random_set(seed: u64, folder: &Path) -> Annotations {
    let mut rng = Rng::from_parts(&[seed, 77]);
    // Names that XML, JSON, YAML and CSV have to escape; DOTA's have no blanks.
    let classes = ["ship", "a<b>&\"c'", "Fähre: #1,x".replace(' ', "-").as_str(), "unused"].map(str::to_owned).to_vec();
    let is_divided = rng.chance(0.5);
    let predicted = rng.chance(0.4);
    let images = (0..4).map(|at| {
        let size = [20 + rng.below(180), 20 + rng.below(180)];
        let subset = is_divided.then(|| Subset::ALL[rng.below(3)]);
        let name = if at % 2 == 0 { format!("deep er/ü{at}.png") } else { format!("b.{at}.png") };
        let file = folder.join(&name);
        std::fs::create_dir_all(file.parent().expect("in the folder")).expect("created");
        image::RgbImage::new(size[0] as u32, size[1] as u32).save(&file).expect("written");
        let count = if at == 3 { 0 } else { 1 + rng.below(6) };
        let objects = (0..count).map(|_| random_object(&mut rng, size, predicted)).collect();
        let mut labels: Vec<usize> = (0..3).filter(|_| rng.chance(0.3)).collect();
        labels.dedup();
        AnnotatedImage { name, file: Some(file), size_px: Some(size), subset, objects, labels }
    });
    Annotations { images: images.collect(), classes, predicted, ..Annotations::default() }
}

fn random_object(rng: &mut Rng, [width, height]: [usize; 2], predicted: bool) -> Annotated {
    let point = |rng: &mut Rng| [rng.range(-5.0, width as f64 + 5.0), rng.range(-5.0, height as f64 + 5.0)];
    let ring = |rng: &mut Rng, count: usize| (0..count).map(|_| point(rng)).collect::<Vec<_>>();
    let (a, b) = (point(rng), point(rng));
    let upright = [a[0].min(b[0]), a[1].min(b[1]), a[0].max(b[0]), a[1].max(b[1])];
    let mut stated_box = None;
    let shape = match rng.below(5) {
        0 => Shape::Box(upright),
        1 => {
            let centre = point(rng);
            let (width, height, degrees) = (rng.range(1.0, 30.0), rng.range(1.0, 30.0), rng.range(0.0, 360.0));
            Shape::Quad(shape::RotatedBox { centre, width, height, degrees }.corners())
        }
        2 => Shape::Quad([point(rng), point(rng), point(rng), point(rng)]),
        3 => {
            stated_box = rng.chance(0.5).then_some(upright);
            let count = 3 + rng.below(6);
            Shape::Polygons(vec![ring(rng, count)])
        }
        _ => Shape::Polygons(vec![ring(rng, 3), ring(rng, 5)]),
    };
    Annotated {
        stated_box,
        difficult: rng.chance(0.3),
        truncated: rng.chance(0.3),
        occluded: rng.chance(0.3),
        crowd: rng.chance(0.2),
        score: predicted.then(|| rng.uniform()),
        ..Annotated::new(rng.below(3), shape)
    }
}

fn assert_same(read: &Annotations, expected: &Annotations, format: Format, about: &str) {
    let sorted = |annotations: &Annotations| {
        let mut classes = annotations.classes.clone();
        classes.sort();
        classes
    };
    assert_eq!(sorted(read), sorted(expected), "{about}");
    if format.holds().unused_classes {
        assert_eq!(read.classes, expected.classes, "{about}: the order of the classes");
    }
    assert_eq!(read.images.len(), expected.images.len(), "{about}");
    assert!(read.not_read.is_empty(), "{about}: {:?}", read.not_read);
    for expected_image in &expected.images {
        let image = read.images.iter().find(|image| image.name == expected_image.name);
        let image = image.unwrap_or_else(|| panic!("{about}: {:?} is not there", expected_image.name));
        let about = format!("{about}, image {:?}", image.name);
        assert_eq!((image.size_px, image.subset), (expected_image.size_px, expected_image.subset), "{about}");
        let names = |of: &Annotations, labels: &[usize]| {
            let mut names: Vec<String> = labels.iter().map(|&label| of.classes[label].clone()).collect();
            names.sort();
            names
        };
        assert_eq!(names(read, &image.labels), names(expected, &expected_image.labels), "{about}");
        assert_eq!(image.objects.len(), expected_image.objects.len(), "{about}");
        for (object, wanted) in image.objects.iter().zip(&expected_image.objects) {
            assert_eq!(read.classes[object.class], expected.classes[wanted.class], "{about}");
            let marks = |object: &Annotated| [object.difficult, object.truncated, object.occluded, object.crowd];
            assert_eq!(marks(object), marks(wanted), "{about}");
            let scores = (object.score.unwrap_or(-1.0), wanted.score.unwrap_or(-1.0));
            assert!((scores.0 - scores.1).abs() < 1e-9, "{about}: {scores:?}");
            assert!(object.shape.is_same(&wanted.shape, TOLERANCE), "{about}: {:?} {:?}", object.shape, wanted.shape);
            let [mine, others] = [object.bounds(), wanted.bounds()].map(Shape::Box);
            assert!(mine.is_same(&others, TOLERANCE), "{about}: {mine:?} {others:?}");
        }
    }
}

#[test]
fn every_pair_of_formats_keeps_what_both_hold() {
    let scratch = tempfile::tempdir().expect("a folder");
    for seed in 0..6 {
        let root = scratch.path().join(seed.to_string());
        let images = root.join("images");
        let set = random_set(seed, &images);
        let through = |format: Format, set: &Annotations, name: String| -> Annotations {
            let folder: PathBuf = root.join(&name);
            let written = write(format, set, &folder, ImageFiles::None).unwrap_or_else(|e| panic!("{name}: {e:#}"));
            let read = read(format, &Source { path: &folder, images: Some(&images) });
            let read = read.unwrap_or_else(|error| panic!("{name}: {error:#}"));
            let (expected, _) = fit(set, format);
            assert_eq!((written.images, written.objects), (expected.images.len(), expected.object_count()));
            assert_same(&read, &expected, format, &format!("seed {seed}, {name}"));
            read
        };
        for from in Format::ALL {
            let once = through(from, &set, from.name().to_owned());
            for to in Format::ALL {
                through(to, &once, format!("{}-{}", from.name(), to.name()));
            }
        }
    }
}

#[test]
fn copied_and_linked_images_are_found_where_the_format_has_them() {
    let scratch = tempfile::tempdir().expect("a folder");
    let set = random_set(3, &scratch.path().join("images"));
    for (how, name) in [(ImageFiles::Copy, "copy"), (ImageFiles::Link, "link")] {
        for format in Format::ALL {
            let folder = scratch.path().join(format!("{name}-{}", format.name()));
            write(format, &set, &folder, how).expect("written");
            let read = read(format, &Source { path: &folder, images: None }).expect("read");
            for image in &read.images {
                let file = image.file.as_deref().unwrap_or_else(|| panic!("{}: {:?}", format.name(), image.name));
                assert!(file.starts_with(&folder) && file.is_file(), "{}", file.display());
            }
            assert_same(&read, &fit(&set, format).0, format, format.name());
        }
    }
}

#[test]
fn nothing_is_overwritten_and_nothing_is_left_half_written() {
    let scratch = tempfile::tempdir().expect("a folder");
    let mut set = random_set(1, &scratch.path().join("images"));
    let folder = scratch.path().join("out");
    write(Format::Coco, &set, &folder, ImageFiles::None).expect("written");
    let again = write(Format::Coco, &set, &folder, ImageFiles::None).expect_err("it is not empty");
    assert!(format!("{again:#}").contains("is not empty: nothing is overwritten"), "{again:#}");
    // YOLO needs every size: the last image has none.
    let last = set.images.iter_mut().rfind(|image| !image.objects.is_empty()).expect("has objects");
    (last.size_px, last.file) = (None, None);
    let name = last.name.clone();
    let folder = scratch.path().join("yolo");
    let message = format!("{:#}", write(Format::Yolo, &set, &folder, ImageFiles::None).expect_err("no size"));
    assert!(message.contains(&name) && message.contains("--images-from"), "{message}");
    let message = format!("{:#}", write(Format::Coco, &set, &folder, ImageFiles::Copy).expect_err("no file"));
    assert!(message.contains("1 of 4 image files were not found"), "{message}");
    assert!(!folder.exists());
    let left = std::fs::read_dir(scratch.path()).expect("there").count();
    assert_eq!(left, 2, "images and out");
    // Two images whose text files would have one name.
    set.images[0].name = "x.png".to_owned();
    set.images[1].name = "X.jpg".to_owned();
    (set.images[0].subset, set.images[1].subset) = (None, None);
    for format in [Format::Voc, Format::Labelme, Format::Dota] {
        let message = format!("{:#}", write(format, &set, &folder, ImageFiles::None).expect_err("one file"));
        assert!(message.contains("\"x.png\"") && message.contains("\"X.jpg\""), "{message}");
    }
}
