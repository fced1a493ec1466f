//! Every pixel operator against torchvision's values in `golden/augment.json`, on floats in [0, 1].
//!
//! Tolerance 1e-5: both sides compute in f32 with sums in different orders; the blur adds up to 5e-6 for the taps
//! it skips.

use nadir_core::image::Planes;
use nadir_core::image::blur::gaussian_blur;
use nadir_core::image::colour;
use nadir_core::image::colour::{Adjustment, AdjustmentKind, adjust};
use nadir_core::image::resample::{CropBox, Interpolation, resized_crop_of_planes};
use nadir_tests::golden::{floats, reference};
use serde_json::Value;

const TOLERANCE: f32 = 1e-5;

struct Golden(Value);

impl Golden {
    fn read() -> Self {
        Self(reference("augment"))
    }

    fn image(&self) -> Planes {
        Planes { width: 20, height: 24, values: floats(&self.0["image"]["values"]) }
    }

    /// The largest difference from the reference of this name.
    fn compare(&self, name: &str, computed: &Planes) {
        let expected = floats(&self.0[name]);
        assert_eq!(expected.len(), computed.values.len(), "{name}: number of values");
        let error = expected.iter().zip(&computed.values).fold(0.0, |most: f32, (a, b)| most.max((a - b).abs()));
        println!("{name}: largest error {error:.1e}");
        assert!(error < TOLERANCE, "{name}: largest error {error}");
    }
}

#[test]
fn colour_adjustments_equal_torchvision() {
    let golden = Golden::read();
    for (name, change) in [
        ("brightness 1.3", (|planes| colour::brightness(planes, 1.3)) as fn(&mut Planes)),
        ("contrast 0.7", |planes| colour::contrast(planes, 0.7)),
        ("saturation 1.4", |planes| colour::saturation(planes, 1.4)),
        ("hue -0.08", |planes| colour::hue(planes, -0.08)),
        ("grayscale", colour::grayscale),
    ] {
        let mut planes = golden.image();
        change(&mut planes);
        golden.compare(name, &planes);
    }
}

#[test]
fn a_sequence_in_one_go_equals_its_steps_one_by_one() {
    use AdjustmentKind::{Brightness, Contrast, Hue, Saturation};
    let image = Golden::read().image();
    let steps = [(Hue, 0.1), (Contrast, 1.4), (Brightness, 0.7), (Contrast, 0.6), (Saturation, 1.3)]
        .map(|(kind, factor)| Adjustment { kind, factor });
    let (mut at_once, mut one_by_one) = (image.clone(), image);
    adjust(&mut at_once, &steps, true);
    for step in steps {
        match step.kind {
            Brightness => colour::brightness(&mut one_by_one, step.factor),
            Contrast => colour::contrast(&mut one_by_one, step.factor),
            Saturation => colour::saturation(&mut one_by_one, step.factor),
            Hue => colour::hue(&mut one_by_one, step.factor),
        }
    }
    colour::grayscale(&mut one_by_one);
    assert_eq!(at_once, one_by_one);
}

#[test]
fn gaussian_blur_equals_torchvision() {
    let golden = Golden::read();
    let image = golden.image();
    let mut twice = Planes { width: 40, height: 48, values: Vec::new() };
    for plane in image.values.chunks_exact(20 * 24) {
        for y in 0..48 {
            twice.values.extend((0..40).map(|x| plane[y / 2 * 20 + x / 2]));
        }
    }
    gaussian_blur(&mut twice, 23, 1.2);
    golden.compare("gaussian_blur kernel=23 sigma=1.2 (reflect padding)", &twice);
}

#[test]
fn resized_crops_equal_torchvision() {
    let golden = Golden::read();
    let image = golden.image();
    let up = CropBox { left: 2, top: 3, width: 12, height: 15 };
    golden.compare(
        "resized_crop top=3 left=2 h=15 w=12 -> 16x16 bilinear antialias",
        &resized_crop_of_planes(&image, up, 16, 16, Interpolation::Bilinear),
    );
    golden.compare(
        "resized_crop top=0 left=0 h=24 w=20 -> 8x8 bilinear antialias",
        &resized_crop_of_planes(&image, CropBox::whole(20, 24), 8, 8, Interpolation::Bilinear),
    );
}
