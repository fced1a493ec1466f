use super::*;

fn pixel(rgb: [f32; 3]) -> Planes {
    Planes { width: 1, height: 1, values: rgb.to_vec() }
}

#[test]
fn hue_turns_red_to_green_to_blue_and_leaves_grays() {
    let third = 1.0 / 3.0;
    for (from, to) in [([1.0, 0.0, 0.0], [0.0, 1.0, 0.0]), ([0.0, 1.0, 0.0], [0.0, 0.0, 1.0])] {
        let mut planes = pixel(from);
        hue(&mut planes, third);
        assert!(planes.values.iter().zip(to).all(|(a, b)| (a - b).abs() < 1e-6), "{planes:?}");
        hue(&mut planes, -third);
        assert!(planes.values.iter().zip(from).all(|(a, b)| (a - b).abs() < 1e-6), "{planes:?}");
    }
    for gray in [0.0, 0.3, 1.0] {
        let mut planes = pixel([gray; 3]);
        hue(&mut planes, 0.4);
        assert_eq!(planes.values, [gray; 3]);
    }
}

#[test]
fn a_contrast_after_a_brightness_uses_the_mean_of_the_brightened_image() {
    // Pixels 0.2 and 0.4 become 0.4 and 0.8, mean 0.59994 (the weights sum to 0.9999); half the contrast.
    let mut planes = Planes { width: 2, height: 1, values: [0.2, 0.4].repeat(3) };
    let step = |kind, factor| Adjustment { kind, factor };
    let steps = [step(AdjustmentKind::Brightness, 2.0), step(AdjustmentKind::Contrast, 0.5)];
    adjust(&mut planes, &steps, false);
    assert!((planes.values[0] - 0.499_97).abs() < 1e-6 && (planes.values[1] - 0.699_97).abs() < 1e-6);
}

#[test]
fn an_image_without_pixels_is_left_alone() {
    let mut planes = Planes { width: 0, height: 3, values: Vec::new() };
    contrast(&mut planes, 0.5);
    grayscale(&mut planes);
    assert!(planes.values.is_empty());
}

#[test]
fn other_bands_than_three_have_brightness_and_contrast_alone() {
    // Two pixels of four bands: 0.1 to 0.4 in the first, 0.2 more in the second; their mean is 0.35.
    let values = [0.1, 0.3, 0.2, 0.4, 0.3, 0.5, 0.4, 0.6];
    let four = || Planes { width: 2, height: 1, values: values.to_vec() };
    let close =
        |planes: &Planes, expected: [f32; 8]| planes.values.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6);
    let mut planes = four();
    brightness(&mut planes, 2.0);
    assert!(close(&planes, values.map(|value| (2.0 * value).min(1.0))), "{planes:?}");
    let mut planes = four();
    contrast(&mut planes, 0.5);
    assert!(close(&planes, values.map(|value| 0.5 * value + 0.175)), "{planes:?}");
    let mut planes = four();
    saturation(&mut planes, 0.0);
    hue(&mut planes, 0.3);
    grayscale(&mut planes);
    assert_eq!(planes, four());
}
