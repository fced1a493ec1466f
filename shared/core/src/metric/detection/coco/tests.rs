use proptest::prelude::*;

use super::super::random_case;
use super::*;

fn near(computed: Option<f64>, expected: f64) -> bool {
    computed.is_some_and(|computed| (computed - expected).abs() < 1e-12)
}

fn found(image: usize, box_in_image: [f64; 4], score: f64) -> Detection {
    Detection { image, class: 0, box_in_image, score }
}

const BOX: [f64; 4] = [0.0, 0.0, 10.0, 20.0];

#[test]
fn one_hit_a_false_alarm_and_a_miss_by_hand() {
    let truths = [GroundTruth::new(0, 0, BOX), GroundTruth::new(1, 0, BOX)];
    // The hit overlaps by 0.8, so it counts at seven of ten overlaps (0.5 to 0.8); the false alarm scores higher.
    let detections = [found(0, [0.0, 0.0, 10.0, 16.0], 0.5), found(1, [50.0, 0.0, 60.0, 20.0], 0.9)];
    let figures = coco_figures(&truths, &detections, 2);
    // Precision 1 / 2 up to a recall of 1 / 2: 51 of the 101 points.
    let ap50 = 0.5 * 51.0 / 101.0;
    assert!(near(figures.ap50, ap50) && near(figures.ap75, ap50), "{figures:?}");
    assert!(near(figures.ap, 0.7 * ap50) && near(figures.per_class[0].ap, 0.7 * ap50), "{figures:?}");
    assert!(near(figures.recall_by_detections[0], 0.35) && near(figures.recall_by_area[0], 0.35), "{figures:?}");
    assert_eq!(figures.ap_by_area[1..], [None, None]);
    assert_eq!(figures.per_class[1], CocoClass::default());
}

#[test]
fn perfect_detections_score_1_and_none_scores_0() {
    let (truths, _) = random_case(3, 20, 4, 5);
    let truths: Vec<_> = truths.into_iter().map(|truth| GroundTruth { crowd: false, ..truth }).collect();
    let perfect = |truth: &GroundTruth| Detection {
        image: truth.image,
        class: truth.class,
        box_in_image: truth.box_in_image,
        score: 1.0,
    };
    let detections: Vec<_> = truths.iter().map(perfect).collect();
    let perfect = coco_figures(&truths, &detections, 4);
    assert!(near(perfect.ap, 1.0) && near(perfect.recall_by_detections[2], 1.0), "{perfect:?}");
    let nothing = coco_figures(&truths, &[], 4);
    assert_eq!((nothing.ap, nothing.recall_by_area), (Some(0.0), [Some(0.0); 3]));
    assert_eq!(coco_figures(&[], &detections, 4).named().map(|(_, figure)| figure), [None; 12]);
}

#[test]
fn a_crowd_is_neither_found_nor_missed() {
    let crowd = GroundTruth { crowd: true, ..GroundTruth::new(0, 0, [20.0, 0.0, 60.0, 20.0]) };
    let truths = [GroundTruth::new(0, 0, BOX), crowd];
    let in_crowd = |x: f64| found(0, [x, 0.0, x + 8.0, 20.0], 0.9);
    let detections = [in_crowd(22.0), in_crowd(45.0), found(0, BOX, 0.5)];
    assert!(near(coco_figures(&truths, &detections, 1).ap, 1.0));
}

#[test]
fn at_most_a_hundred_detections_of_an_image_count() {
    let mut detections: Vec<_> = (0..100).map(|_| found(0, [50.0, 0.0, 60.0, 20.0], 0.9)).collect();
    detections.push(found(0, BOX, 0.5));
    let figures = coco_figures(&[GroundTruth::new(0, 0, BOX)], &detections, 1);
    assert_eq!(figures.recall_by_detections, [Some(0.0); 3]);
    detections.remove(0);
    let figures = coco_figures(&[GroundTruth::new(0, 0, BOX)], &detections, 1);
    assert_eq!(figures.recall_by_detections, [Some(0.0), Some(0.0), Some(1.0)]);
}

proptest! {
    #[test]
    fn the_order_of_images_and_a_scale_of_scores_change_nothing(seed in 0..500u64) {
        let (truths, mut detections) = random_case(seed, 6, 3, 4);
        for (detection, at) in detections.iter_mut().zip(0..) {
            detection.score += f64::from(at) * 1e-6; // no ties: those go by the order
        }
        let figures = coco_figures(&truths, &detections, 3);
        for (_, figure) in figures.named() {
            prop_assert!(figure.is_none_or(|figure| (0.0..=1.0).contains(&figure)));
        }
        let turned = |image: usize| 5 - image;
        let truths: Vec<_> =
            truths.iter().map(|truth| GroundTruth { image: turned(truth.image), ..*truth }).collect();
        let detections: Vec<_> = detections
            .iter()
            .map(|found| Detection { image: turned(found.image), score: 3.0 * found.score - 7.0, ..*found })
            .collect();
        prop_assert_eq!(coco_figures(&truths, &detections, 3), figures);
    }

    #[test]
    fn a_false_alarm_never_helps(seed in 0..500u64, class in 0..3usize, score in 0.0..50.0f64) {
        let (truths, mut detections) = random_case(seed, 6, 3, 4);
        let before = coco_figures(&truths, &detections, 3);
        let nowhere = [2000.0, 2000.0, 2050.0, 2050.0];
        detections.push(Detection { image: 0, class, box_in_image: nowhere, score });
        let after = coco_figures(&truths, &detections, 3);
        for ((name, before), (_, after)) in before.named().into_iter().zip(after.named()) {
            // A hundred detections an image are not reached.
            prop_assert!(name == "AR 1" || name == "AR 10" || after <= before, "{}", name);
        }
    }
}
