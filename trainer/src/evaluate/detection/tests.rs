use crate::data::objects::{ImageFile, Object, ObjectImage, Part};
use crate::detect::figures::figures;
use crate::detect::images::{Detected, detect_images};
use burn::tensor::Device;
use nadir_core::bundle::{Architecture, DetectorShape, EncoderKind, Stem};
use nadir_core::detection::postprocess::DetectionSettings;
use nadir_core::detection::proposals::ProposalSettings;
use nadir_core::detection::resize::DetectorResize;
use nadir_core::metric::detection::{Detection, GroundTruth};
use nadir_nn::model::detector::{Detector, DetectorConfig, FasterRcnn};
use nadir_nn::model::init::seeded;

/// Untrained and narrow: quick, and of the opinion that many places may hold many classes.
fn detector(classes: usize) -> Detector {
    let device = Device::flex();
    let architecture =
        Architecture { encoder: EncoderKind::Resnet18, width: 8, stem: Stem::Imagenet, stages: 4, bands: 3 };
    let shape = DetectorShape { channels: 16, hidden: 32, ..DetectorShape::of(architecture) };
    let network = FasterRcnn::new(&shape, classes + 1, false, &device).expect("a ResNet");
    let config = DetectorConfig {
        shape,
        folded: false,
        classes,
        resize: DetectorResize { min_size: 96, max_size: 96, divisible_by: 32 },
        proposals: ProposalSettings::INFERENCE,
        detections: DetectionSettings::DEFAULT,
    };
    Detector::new(config, &seeded(network, 1).export(), &device).expect("its own names")
}

fn image(name: &str, file: ImageFile, boxes: &[[f32; 4]]) -> ObjectImage {
    let object = |(number, &box_in_image): (usize, &[f32; 4])| Object {
        number,
        class: 0,
        box_in_image,
        difficult: number == 1,
        truncated: false,
        crowd: number == 2,
    };
    let objects = boxes.iter().enumerate().map(object).collect();
    ObjectImage { name: name.to_owned(), file, size_px: None, part: Part::Test, objects, unlabelled: Vec::new() }
}

fn scene(seed: u64, boxes: &[[f32; 4]]) -> ObjectImage {
    image(&format!("scene-{seed}"), ImageFile::Scene { seed, size: 64 }, boxes)
}

#[test]
fn images_keep_their_number_where_one_between_cannot_be_read() {
    let boxes = [[1.0, 2.0, 30.0, 40.0], [5.0, 5.0, 9.0, 9.0], [0.0, 0.0, 64.0, 64.0]];
    let missing = image("gone.png", ImageFile::Path("/nowhere/gone.png".into()), &boxes);
    let smaller = ObjectImage { size_px: Some([65, 64]), ..scene(9, &boxes) };
    let all = [scene(1, &boxes), missing, scene(2, &[]), smaller];
    let images: Vec<&ObjectImage> = all.iter().collect();
    let detector = detector(2);
    let found = detect_images(&detector, &images, 0.5).expect("half of the images may be bad");
    assert_eq!(found.truths.iter().map(|truth| truth.image).collect::<Vec<_>>(), [0, 0, 0]);
    assert_eq!(found.truths.iter().map(|truth| truth.difficult).collect::<Vec<_>>(), [false, true, false]);
    assert_eq!(found.truths.iter().map(|truth| truth.crowd).collect::<Vec<_>>(), [false, false, true]);
    assert_eq!(found.truths[0].box_in_image, [1.0, 2.0, 30.0, 40.0]);
    assert_eq!(found.skipped.len(), 2);
    assert!(found.skipped[0].contains("gone.png"), "{:?}", found.skipped);
    assert!(found.skipped[1].contains("annotated as 65 x 64 px, and has 64 x 64"), "{:?}", found.skipped);
    let mut of: Vec<usize> = found.detections.iter().map(|detection| detection.image).collect();
    of.dedup();
    assert_eq!(of, [0, 2], "the untrained detector finds something in either scene");
    assert!(found.detections.iter().all(|detection| detection.class < 2));

    let error = detect_images(&detector, &images, 0.25).expect_err("one of four may be bad").to_string();
    assert!(error.contains("max_bad_images = 0.25") && error.contains("gone.png"), "{error}");
    assert_eq!(detect_images(&detector, &[], 0.0).expect("no image, nothing found"), Detected::default());
}

#[test]
fn difficult_objects_are_neither_found_nor_missed_and_corners_are_exclusive() {
    let truth = |x: f64, difficult| GroundTruth { difficult, ..GroundTruth::new(0, 0, [x, 0.0, x + 10.0, 10.0]) };
    let found = |x: f64, score| Detection { image: 0, class: 0, box_in_image: [x, 0.0, x + 10.0, 10.0], score };
    let detected = Detected {
        truths: vec![truth(0.0, false), truth(50.0, true)],
        detections: vec![found(50.0, 0.9), found(0.0, 0.8), found(90.0, 0.3)],
        skipped: Vec::new(),
    };
    let figures = figures(&detected, 1, 0.5);
    assert!(figures.coco.ap50.is_some_and(|ap| (ap - 1.0).abs() < 1e-9), "{figures:?}");
    assert_eq!(figures.voc.mean_area(), Some(1.0));
    // The third is below the score from which errors are counted.
    assert_eq!((figures.errors[0].right, figures.errors[0].background, figures.errors[0].missed), (1, 0, 0));

    // 5 of 10 columns: exactly half, which VOC asks to be exceeded and COCO to be reached.
    let half = [Detection { box_in_image: [0.0, 0.0, 5.0, 10.0], ..found(0.0, 0.9) }];
    let detected = Detected { truths: vec![truth(0.0, false)], detections: half.to_vec(), skipped: Vec::new() };
    let figures = crate::detect::figures::figures(&detected, 1, 0.5);
    assert_eq!(figures.voc.mean_area(), Some(0.0));
    assert!(figures.coco.ap50.is_some_and(|ap| (ap - 1.0).abs() < 1e-9), "{figures:?}");
}
