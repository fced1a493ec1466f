//! The detector's work on boxes against torchvision's in `golden/detection.json` (see `golden/make_detection.py`), and
//! the detection metrics against pycocotools' there and in `golden/metrics.json`. Coordinates are f32 of up to a few
//! hundred px: 1e-4 px is a few of their last bits. Figures are f64 and within 1e-12: only the order of additions
//! differs.

use nadir_core::detection::Size;
use nadir_core::detection::anchors::AnchorGenerator;
use nadir_core::detection::box_coder::BoxCoder;
use nadir_core::detection::boxes::{PixelBox, iou_matrix};
use nadir_core::detection::matcher::{Assignment, Matcher};
use nadir_core::detection::nms::{batched_nms, nms};
use nadir_core::detection::postprocess::{DetectionSettings, candidates};
use nadir_core::detection::proposals::{LevelOutput, ProposalSettings, filter_proposals};
use nadir_core::detection::resize::DetectorResize;
use nadir_core::detection::roi_align::{FeatureMap, RoiAlign};
use nadir_core::detection::roi_levels::{LevelMapper, spatial_scale};
use nadir_core::metric::detection::coco::{CocoFigures, coco_figures};
use nadir_core::metric::detection::voc::{VOC_OVERLAP, voc_average_precision};
use nadir_core::metric::detection::{Detection, GroundTruth, corners_from_xywh};
use nadir_tests::golden::{fill, floats, indices, numbers, reference};
use serde_json::Value;

fn golden() -> Value {
    reference("detection")
}

/// Uniform in [0, 1), as `fill` of the script.
fn uniform(name: &str, count: usize) -> Vec<f64> {
    fill(name, count).into_iter().map(|value| (value + 1.0) / 2.0).collect()
}

fn filled(name: &str, count: usize, value: impl Fn(f64) -> f64) -> Vec<f32> {
    uniform(name, count).into_iter().map(|uniform| value(uniform) as f32).collect()
}

/// `boxes_of` of the script.
fn filled_boxes(name: &str, count: usize, place: f64, least: f64, most: f64) -> Vec<PixelBox> {
    let corners = |u: &[f64]| {
        let (x, y) = (u[0] * place, u[1] * place);
        [x, y, x + least + u[2] * (most - least), y + least + u[3] * (most - least)].map(|corner| corner as f32)
    };
    uniform(name, 4 * count).chunks(4).map(corners).collect()
}

fn sizes(value: &Value) -> Vec<Size> {
    indices(value).chunks(2).map(|size| Size::new(size[0], size[1])).collect()
}

fn boxes(value: &Value) -> Vec<PixelBox> {
    floats(value).as_chunks().0.to_vec()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn number(value: &Value) -> usize {
    value.as_u64().expect("a whole number") as usize
}

fn real(value: &Value) -> f64 {
    value.as_f64().expect("a number")
}

/// The largest difference is below `tolerance`.
fn close(computed: &[f32], expected: &Value, tolerance: f64, name: &str) {
    let expected = numbers(expected);
    assert_eq!(computed.len(), expected.len(), "{name}");
    let errors = computed.iter().zip(&expected).map(|(&computed, expected)| (f64::from(computed) - expected).abs());
    let largest = errors.fold(0.0, |largest, error| if error > largest || error.is_nan() { error } else { largest });
    println!("{name}: error {largest:.1e}");
    assert!(largest < tolerance, "{name}: an error of {largest:.1e}");
}

#[test]
fn anchors_are_torchvisions_exactly() {
    let golden = &golden()["anchors"];
    let pyramid = AnchorGenerator::of_pyramid(&[32.0, 64.0], &[0.5, 1.0, 2.0]).expect("sizes above 0");
    let grid = pyramid.grid(Size::new(64, 96), &[Size::new(8, 12), Size::new(4, 6)]).expect("cells");
    close(grid.concat().as_flattened(), &golden["two levels"], f64::MIN_POSITIVE, "anchors");
    let odd = AnchorGenerator::new(&[vec![7.0, 13.0], vec![21.0]], &[vec![0.3, 1.7], vec![0.9]]);
    let grid = odd.expect("sizes above 0").grid(Size::new(65, 97), &[Size::new(3, 4), Size::new(2, 2)]).expect("cells");
    close(grid.concat().as_flattened(), &golden["odd"], f64::MIN_POSITIVE, "anchors of odd sizes");
}

#[test]
fn boxes_are_encoded_and_decoded_as_by_torchvision() {
    let (golden, coder) = (golden(), BoxCoder::DETECTIONS);
    let proposals = &boxes(&golden["nms"]["boxes"])[..6];
    let golden = &golden["box_coder"];
    let deltas: Vec<_> = proposals.iter().map(|&from| coder.encode(from.map(|corner| corner + 3.0), from)).collect();
    close(deltas.as_flattened(), &golden["deltas"], 1e-6, "deltas");
    let decode = |deltas: &[[f32; 4]]| -> Vec<PixelBox> {
        deltas.iter().zip(proposals).map(|(&deltas, &from)| coder.decode(deltas, from)).collect()
    };
    close(decode(&boxes(&golden["deltas"])).as_flattened(), &golden["decoded"], 1e-4, "decoded");
    let wild = filled("detection.wild", 24, |u| 60.0 * u - 30.0);
    // Up to e^4.1 = 62 times as wide: thousands of px.
    close(decode(wild.as_chunks().0).as_flattened(), &golden["wild"], 1e-3, "decoded at the bounds");
}

#[test]
fn suppression_keeps_torchvisions_boxes_in_its_order() {
    let golden = &golden()["nms"];
    let (few, scores) = (boxes(&golden["boxes"]), floats(&golden["scores"]));
    for (threshold, kept) in golden["keep"].as_object().expect("by threshold") {
        let kept_here = nms(&few, &scores, threshold.parse().expect("a number"));
        assert_eq!(kept_here, indices(kept), "threshold {threshold}");
    }
    let many = filled_boxes("detection.many", 1200, 300.0, 10.0, 90.0);
    let scores = filled("detection.many_scores", 1200, |u| (u * 256.0).floor() / 256.0);
    assert_eq!(nms(&many, &scores, 0.4), indices(&golden["many"]));
    let classes: Vec<usize> = (0..1200).map(|at| at % 3).collect();
    let scores = filled("detection.many_scores", 1200, |u| u);
    assert_eq!(batched_nms(&many, &scores, &classes, 0.4, usize::MAX), indices(&golden["batched"]));
}

#[test]
fn roi_align_equals_torchvisions() {
    let golden = &golden()["roi_align"];
    let values = filled("detection.feat", 4 * 16 * 20, |u| 2.0 * u - 1.0);
    let map = FeatureMap { values: &values, channels: 4, size: Size::new(16, 20) };
    for (name, rois, sampling_ratio, aligned) in [
        ("sampling 2", "rois", 2, false),
        ("sampling 2, aligned", "rois", 2, true),
        ("beyond, adaptive", "beyond", 0, false),
        ("beyond, adaptive, aligned", "beyond", 0, true),
    ] {
        let align = RoiAlign { output: Size::new(5, 5), spatial_scale: 0.125, sampling_ratio, aligned };
        let features = align.features(map, &boxes(&golden[rois])).expect("a whole map");
        close(&features, &golden[name], 1e-5, name);
    }
}

#[test]
fn proposals_are_torchvisions() {
    let anchors = AnchorGenerator::of_pyramid(&[16.0, 48.0], &[0.5, 1.0, 2.0]).expect("sizes above 0");
    let anchors = anchors.grid(Size::new(128, 128), &[Size::new(16, 16), Size::new(8, 8)]).expect("cells");
    let objectness = filled("proposals.objectness", 960, |u| 12.0 * u - 8.0);
    let deltas = filled("proposals.deltas", 4 * 960, |u| 2.0 * u - 1.0);
    let levels = [(0, 0..768), (1, 768..960)].map(|(level, range)| LevelOutput {
        anchors: &anchors[level],
        objectness: &objectness[range.clone()],
        deltas: &deltas[4 * range.start..4 * range.end],
    });
    for expected in list(&golden()["proposals"]) {
        let settings = ProposalSettings {
            pre_nms_top_n: number(&expected["pre_nms_top_n"]),
            post_nms_top_n: number(&expected["post_nms_top_n"]),
            iou_threshold: real(&expected["iou_threshold"]),
            score_threshold: real(&expected["score_threshold"]) as f32,
            ..ProposalSettings::INFERENCE
        };
        let proposals = filter_proposals(&levels, Size::new(120, 125), &settings).expect("lengths fit");
        assert_eq!(proposals.len(), number(&expected["count"]));
        let first = &proposals[..list(&expected["first_scores"]).len()];
        let corners: Vec<PixelBox> = first.iter().map(|proposal| proposal.box_in_image).collect();
        close(corners.as_flattened(), &expected["first_boxes"], 1e-4, "proposals");
        let scores: Vec<f32> = first.iter().map(|proposal| proposal.score).collect();
        close(&scores, &expected["first_scores"], 1e-6, "objectness");
    }
}

#[test]
fn detections_are_torchvisions() {
    let proposals = filled_boxes("postprocess.proposals", 120, 90.0, 5.0, 60.0);
    let logits = filled("postprocess.logits", 120 * 5, |u| 8.0 * u - 4.0);
    let deltas = filled("postprocess.deltas", 120 * 20, |u| 6.0 * u - 3.0);
    for expected in list(&golden()["detections"]) {
        let settings = DetectionSettings {
            score_threshold: real(&expected["score_threshold"]) as f32,
            iou_threshold: real(&expected["iou_threshold"]),
            per_image: number(&expected["per_image"]),
            ..DetectionSettings::DEFAULT
        };
        let found = candidates(&proposals, &logits, &deltas, 5, Size::new(110, 140), &settings).expect("lengths fit");
        let found = settings.kept(&found);
        // torchvision counts the background as class 0.
        let classes: Vec<usize> = found.iter().map(|object| object.class + 1).collect();
        assert_eq!(classes, indices(&expected["classes"]));
        let corners: Vec<PixelBox> = found.iter().map(|object| object.box_in_image).collect();
        close(corners.as_flattened(), &expected["boxes"], 1e-4, "detections");
        let scores: Vec<f32> = found.iter().map(|object| object.score).collect();
        close(&scores, &expected["scores"], 1e-6, "scores");
    }
}

#[test]
fn anchors_and_proposals_are_assigned_as_by_torchvision() {
    let golden = &golden()["matching"];
    let truths = filled_boxes("matching.truths", 8, 200.0, 20.0, 80.0);
    let candidates = filled_boxes("matching.boxes", 500, 230.0, 15.0, 90.0);
    let sum: f64 = iou_matrix(&truths, &candidates).into_iter().map(f64::from).sum();
    assert!((sum - real(&golden["overlaps_sum"])).abs() < 1e-6, "{sum}");
    for (name, matcher) in [("anchors", Matcher::ANCHORS), ("proposals", Matcher::PROPOSALS)] {
        let number_of = |assignment: &Assignment| match assignment {
            Assignment::Truth(truth) => *truth as f64,
            Assignment::Background => -1.0,
            Assignment::Between => -2.0,
        };
        let assigned: Vec<f64> = matcher.assign(&truths, &candidates).iter().map(number_of).collect();
        assert_eq!(assigned, numbers(&golden[name]), "{name}");
    }
}

#[test]
fn boxes_are_read_from_torchvisions_levels_at_its_scales() {
    let golden = &golden()["levels"];
    let mapper = LevelMapper::new(2, 5).expect("in order");
    let levels = |boxes: &[PixelBox]| boxes.iter().map(|&of| mapper.level(of)).collect::<Vec<_>>();
    assert_eq!(levels(&filled_boxes("levels.boxes", 300, 400.0, 1.0, 900.0)), indices(&golden["boxes"]));
    let sides: Vec<PixelBox> = floats(&golden["sides"]).into_iter().map(|side| [0.0, 0.0, side, side]).collect();
    assert_eq!(levels(&sides), indices(&golden["of_sides"]));
    let cases = list(&golden["maps"]).iter().zip(list(&golden["images"])).zip(list(&golden["scales"]));
    for ((maps, images), expected) in cases {
        let images = sizes(images);
        let height = images.iter().map(|image| image.height).max().expect("images");
        let width = images.iter().map(|image| image.width).max().expect("images");
        let scales: Vec<f32> =
            sizes(maps).into_iter().map(|map| spatial_scale(map, Size::new(height, width))).collect();
        assert_eq!(scales, floats(expected));
    }
}

#[test]
fn images_are_resized_to_torchvisions_sizes() {
    let golden = &golden()["sizes"];
    for case in list(&golden["resized"]) {
        let [height, width, min_size, max_size, to_height, to_width] = indices(case)[..] else { panic!("six numbers") };
        let resize = DetectorResize { min_size, max_size, divisible_by: 32 };
        assert_eq!(resize.resized(Size::new(height, width)), Size::new(to_height, to_width), "{case}");
    }
    let resize = DetectorResize { min_size: 160, max_size: 224, divisible_by: 32 };
    let images = [Size::new(100, 130), Size::new(300, 90), Size::new(77, 77)].map(|image| resize.resized(image));
    assert_eq!(images, *sizes(&golden["batch"]));
    assert_eq!(resize.padded(&images), Some(sizes(&golden["padded"])[0]));
}

/// pycocotools has -1 where there is no ground truth.
fn close_figures(figures: &CocoFigures, stats: &Value, of: &str) {
    for ((name, figure), expected) in figures.named().into_iter().zip(numbers(stats)) {
        let error = (figure.unwrap_or(-1.0) - expected).abs();
        println!("{name} of {of}: error {error:.1e}");
        assert!(error < 1e-12, "{name} of {of}: {figure:?} instead of {expected}");
    }
}

/// Ground truth and detections of `golden/metrics.json`.
fn annotated(golden: &Value) -> (Vec<GroundTruth>, Vec<Detection>) {
    let corners = |of: &Value| corners_from_xywh(numbers(&of["bbox"]).try_into().expect("x, y, width, height"));
    let truth = |of: &Value| GroundTruth {
        area: real(&of["area"]),
        crowd: number(&of["iscrowd"]) == 1,
        difficult: number(&of["difficult"]) == 1,
        ..GroundTruth::new(number(&of["image_id"]), number(&of["category_id"]), corners(of))
    };
    let detection = |of: &Value| Detection {
        image: number(&of["image_id"]),
        class: number(&of["category_id"]),
        box_in_image: corners(of),
        score: real(&of["score"]),
    };
    let truths = list(&golden["ground_truth"]["annotations"]).iter().map(truth).collect();
    (truths, list(&golden["detections"]).iter().map(detection).collect())
}

#[test]
fn average_precision_equals_pycocotools_and_the_rules_of_voc() {
    let golden = reference("metrics");
    let golden = &golden["detection"];
    let (truths, detections) = annotated(golden);
    close_figures(&coco_figures(&truths, &detections, 3), &golden["coco_stats"], "the reference");
    let voc = voc_average_precision(&truths, &detections, 3, VOC_OVERLAP);
    for (kind, computed) in [("voc_ap50_11_point", voc.eleven_point), ("voc_ap50_area", voc.area)] {
        for (class, (computed, expected)) in computed.into_iter().zip(numbers(&golden[kind])).enumerate() {
            let computed = computed.expect("objects of every class");
            assert!((computed - expected).abs() < 1e-12, "{kind} of class {class}: {computed} instead of {expected}");
        }
    }
}

/// `coco_set` of the script, operation by operation.
fn coco_set(name: &str, images: usize, classes: usize, quarter: bool) -> (Vec<GroundTruth>, Vec<Detection>) {
    let step = |value: f64| if quarter { (value * 4.0).floor() / 4.0 } else { value };
    let class_of = |u: f64| (u * classes as f64) as usize;
    let (mut truths, mut detections) = (Vec::new(), Vec::new());
    for image in 0..images {
        for at in 0..1 + image % 6 {
            let u = uniform(&format!("{name}.{image}.{at}"), 24);
            let (x, y) = (step(u[0] * 300.0), step(u[1] * 200.0));
            let (width, height) = (step(4.0 + u[2] * u[2] * 150.0), step(4.0 + u[3] * u[3] * 150.0));
            let area = width * height * (0.5 + u[5] / 2.0);
            let truth = GroundTruth::new(image, class_of(u[4]), [x, y, x + width, y + height]);
            truths.push(GroundTruth { area, crowd: u[6] > 0.93, ..truth });
            for v in u[7..22].chunks(5).filter(|v| v[0] < 0.6) {
                let (dx, dy) = (step((v[1] - 0.5) * width * 0.5), step((v[2] - 0.5) * height * 0.5));
                let class = class_of(if v[3] > 0.8 { u[23] } else { u[4] });
                let box_in_image = [x + dx, y, x + width, y + height + dy];
                detections.push(Detection { image, class, box_in_image, score: (v[4] * 20.0).floor() / 20.0 });
            }
        }
    }
    (truths, detections)
}

#[test]
fn coco_figures_of_crowds_ties_and_many_images_equal_pycocotools() {
    for expected in list(&golden()["coco"]) {
        let (name, classes) = (expected["name"].as_str().expect("a name"), number(&expected["classes"]));
        let quarter = expected["quarter"].as_bool().expect("true or false");
        let (truths, detections) = coco_set(name, number(&expected["images"]), classes, quarter);
        assert_eq!((truths.len(), detections.len()), (number(&expected["truths"]), number(&expected["detections"])));
        assert_eq!(truths.iter().filter(|truth| truth.crowd).count(), number(&expected["crowds"]));
        let figures = coco_figures(&truths, &detections, classes);
        close_figures(&figures, &expected["stats"], name);
        let per_class = numbers(&expected["per_class_ap"]).into_iter().zip(numbers(&expected["per_class_ap50"]));
        for (class, (ap, ap50)) in figures.per_class.iter().zip(per_class) {
            assert!((class.ap.expect("objects") - ap).abs() < 1e-12, "{class:?} instead of {ap}");
            assert!((class.ap50.expect("objects") - ap50).abs() < 1e-12, "{class:?} instead of {ap50}");
        }
    }
}
