//! The whole detector against torchvision's `fasterrcnn_resnet50_fpn`, tensors filled as `fill_model` of the reference
//! script fills them.

use burn::tensor::Device;
use nadir_core::bundle::{Architecture, DetectorShape, EncoderKind, Stem};
use nadir_core::detection::boxes::intersection_over_union;
use nadir_core::detection::postprocess::DetectionSettings;
use nadir_core::detection::proposals::ProposalSettings;
use nadir_core::detection::refinement::Refinement;
use nadir_core::detection::resize::DetectorResize;
use nadir_core::image::Planes;
use nadir_nn::model::detector::{Detector, DetectorConfig, FasterRcnn};
use nadir_tests::golden::{fill, fill_model, numbers, reference};
use nadir_tests::now::now;
use serde_json::Value;

/// f32 sums in another order than PyTorch's, through 60 layers whose outputs deviate by 8 to 16.
const MAP_TOLERANCE: f64 = 1e-4;

fn golden() -> Value {
    reference("faster_rcnn")
}

fn corners(value: &Value) -> [f32; 4] {
    <[f64; 4]>::try_from(numbers(value)).expect("four sides").map(|side| side as f32)
}

#[test]
fn maps_proposals_and_detections_equal_torchvisions() {
    let device = Device::flex();
    let shape = DetectorShape::of(Architecture {
        encoder: EncoderKind::Resnet50,
        width: 64,
        stem: Stem::Imagenet,
        stages: 4,
        bands: 3,
    });
    let config = DetectorConfig {
        shape: shape.clone(),
        folded: false,
        classes: 20,
        resize: DetectorResize { min_size: 160, max_size: 224, divisible_by: 32 },
        proposals: ProposalSettings::INFERENCE,
        detections: DetectionSettings { score_threshold: 0.0, ..DetectionSettings::DEFAULT },
    };
    let weights = fill_model(&FasterRcnn::new(&shape, 21, false, &device).expect("a ResNet").export());
    let detector = Detector::new(config, &weights, &device).expect("its own names");
    let values = fill("detection.image", 3 * 160 * 200).into_iter().map(|v| ((v + 1.0) / 2.0) as f32).collect();
    let image = Planes { width: 200, height: 160, values };
    let golden = golden();

    let first = now(detector.first_stage(&image)).expect("proposals");
    for (name, map) in ["0", "1", "2", "3", "pool"].iter().zip(first.maps()) {
        let expected = &golden["fpn"][name];
        assert_eq!(map.dims().map(|size| size as f64).to_vec(), numbers(&expected["shape"]), "{name}");
        let found = map.clone().into_data().convert::<f64>().try_to_vec::<f64>().expect("converted to f64");
        let std = expected["std"].as_f64().expect("a number");
        let mean = found.iter().sum::<f64>() / found.len() as f64;
        assert!((mean - expected["mean"].as_f64().expect("a number")).abs() <= MAP_TOLERANCE * std, "{name}");
        for (found, expected) in found.iter().zip(numbers(&expected["first"])) {
            assert!((found - expected).abs() <= MAP_TOLERANCE * std, "{name}: {found}, {expected}");
        }
    }
    assert_eq!(first.proposals.len() as u64, golden["proposals"]["count"].as_u64().expect("a count"));
    for (at, expected) in golden["proposals"]["first_10_xyxy"].as_array().expect("a list").iter().enumerate() {
        let overlap = intersection_over_union(first.proposals[at].box_in_image, corners(expected));
        assert!(overlap > 0.99, "proposal {at}: {:?}, {expected}", first.proposals[at]);
    }

    let found = now(detector.detect(&image)).expect("detections");
    assert_eq!(found.len() as u64, golden["detections"]["count"].as_u64().expect("a count"));
    for (at, expected) in golden["detections"]["first_10"].as_array().expect("a list").iter().enumerate() {
        let found = &found[at];
        assert_eq!(found.class as u64 + 1, expected["label"].as_u64().expect("a label"), "detection {at}");
        assert!(
            (f64::from(found.score) - expected["score"].as_f64().expect("a score")).abs() <= 1e-3,
            "detection {at}"
        );
        let overlap = intersection_over_union(found.box_in_image, corners(&expected["box_xyxy"]));
        assert!(overlap > 0.99, "detection {at}: {found:?}, {expected}");
    }
}

#[test]
fn a_second_look_judges_the_boxes_where_they_were_moved_to_and_averages_those_of_one_object() {
    let device = Device::flex();
    let architecture =
        Architecture { encoder: EncoderKind::Resnet18, width: 8, stem: Stem::Imagenet, stages: 4, bands: 3 };
    let shape = DetectorShape { channels: 8, hidden: 16, ..DetectorShape::of(architecture) };
    let weights = FasterRcnn::new(&shape, 3, false, &device).expect("a ResNet").seeded(3).export();
    let values = fill("detection.image", 3 * 96 * 128).into_iter().map(|v| ((v + 1.0) / 2.0) as f32).collect();
    let image = Planes { width: 128, height: 96, values };
    let found = |refinement| {
        let config = DetectorConfig {
            shape: shape.clone(),
            folded: false,
            classes: 2,
            resize: DetectorResize { min_size: 96, max_size: 128, divisible_by: 32 },
            // Few enough that all of their candidates are given.
            proposals: ProposalSettings { post_nms_top_n: 60, ..ProposalSettings::INFERENCE },
            detections: DetectionSettings { refinement, ..DetectionSettings::DEFAULT },
        };
        now(Detector::new(config, &weights, &device).expect("its own names").candidates(&image)).expect("candidates")
    };
    let (once, again) = (found(None), found(Some(Refinement { vote_above: 1.0 })));
    assert!(!once.is_empty() && !again.is_empty() && again.len() <= 120, "{} and {}", once.len(), again.len());
    assert_ne!(once, again);
    let half = Refinement { vote_above: 0.5 };
    assert_eq!(found(Some(half)), half.voted(&again));
    assert_ne!(half.voted(&again), again);
}
