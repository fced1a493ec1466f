use proptest::prelude::*;

use super::*;
use crate::image::RgbImage;
use crate::image::resample::resized_crop;
use crate::rng::Rng; // proptest has one too

fn noise(width: usize, height: usize, seed: u64) -> RgbImage {
    let mut rng = Rng::new(seed);
    RgbImage { width, height, pixels: (0..3 * width * height).map(|_| rng.below(256) as u8).collect() }
}

/// Of 20 000 draws, the standard deviation of a share is at most 0.0035; five of them are allowed.
#[test]
fn shares_and_ranges_of_the_draws_are_those_of_the_config() {
    const DRAWS: usize = 20_000;
    let config = AugmentConfig { blur: 0.7, ..AugmentConfig::default() };
    let (mut flips, mut jitters, mut grays, mut blurs, mut area, mut hue_first) = (0, 0, 0, 0, 0.0, 0);
    for sample in 0..DRAWS {
        let draw = config.draw(&mut Rng::from_parts(&[3, 0, sample as u64, 1]), 256, 256);
        flips += usize::from(draw.flip);
        jitters += usize::from(!draw.jitter.is_empty());
        grays += usize::from(draw.grayscale);
        blurs += usize::from(draw.blur.is_some());
        hue_first += usize::from(draw.jitter.first().is_some_and(|step| step.kind == AdjustmentKind::Hue));
        area += (draw.crop.width * draw.crop.height) as f64 / (256.0 * 256.0);
        assert_eq!(draw.crop.width, draw.crop.height);
        for step in &draw.jitter {
            let range = if step.kind == AdjustmentKind::Hue { -0.1..=0.1 } else { 0.6..=1.4 };
            assert!(range.contains(&step.factor), "{step:?}");
        }
        if let Some(blur) = draw.blur {
            assert!((0.1..=2.0).contains(&blur.sigma));
        }
    }
    for (name, count, expected) in [
        ("flip", flips, 0.5),
        ("jitter", jitters, 0.8),
        ("grayscale", grays, 0.2),
        ("blur", blurs, 0.7),
        ("hue first", hue_first, 0.2),
    ] {
        let share = count as f64 / DRAWS as f64;
        assert!((share - expected).abs() < 0.0175, "{name}: share {share} instead of {expected}");
    }
    // Uniform from 0.08 to 1: mean 0.54, standard deviation of the mean 0.0019.
    assert!((area / DRAWS as f64 - 0.54).abs() < 0.01);
}

#[test]
fn the_same_place_in_a_run_gives_the_same_view_and_another_gives_another() {
    let config = AugmentConfig { size: 32, ..AugmentConfig::default() };
    let image = noise(50, 40, 1);
    let view = config.view(image.view(), 7, 2, 11, 0);
    assert_eq!(view, config.view(image.view(), 7, 2, 11, 0));
    for other in [[8, 2, 11, 0], [7, 3, 11, 0], [7, 2, 12, 0], [7, 2, 11, 1]] {
        assert_ne!(view, config.view(image.view(), other[0], other[1], other[2], other[3]));
    }
}

#[test]
fn a_probability_changes_no_other_draw() {
    let config = AugmentConfig::default();
    let without = AugmentConfig { flip: 0.0, jitter: 0.0, blur: 0.0, ..config.clone() };
    for seed in 0..50 {
        let a = config.draw(&mut Rng::new(seed), 300, 200);
        let b = without.draw(&mut Rng::new(seed), 300, 200);
        assert_eq!((a.crop, a.grayscale), (b.crop, b.grayscale));
        assert!(!b.flip && b.jitter.is_empty() && b.blur.is_none());
    }
}

#[test]
fn flip_mirrors_what_is_seen_without_it() {
    let image = noise(40, 30, 2);
    let config = AugmentConfig { size: 20, ..AugmentConfig::default() };
    let draw = AugmentDraw { flip: false, ..config.draw(&mut Rng::new(4), 40, 30) };
    let straight = draw.crop_and_flip(image.view());
    let mirrored = AugmentDraw { flip: true, ..draw.clone() }.crop_and_flip(image.view());
    for (a, b) in straight.values.chunks(20).zip(mirrored.values.chunks(20)) {
        assert!(a.iter().eq(b.iter().rev()));
    }
    assert_eq!(straight, resized_crop(image.view(), draw.crop, 20, 20, draw.interpolation));
}

/// The eight ways in which a square lies, against numpy's `rot90` of a mirrored view, written out by index.
#[test]
fn vertical_flips_and_quarter_turns_are_numpys() {
    const SIZE: usize = 9;
    let image = noise(40, 30, 8);
    let config = AugmentConfig { size: SIZE, ..AugmentConfig::default() };
    let draw = AugmentDraw { flip: false, ..config.draw(&mut Rng::new(4), 40, 30) };
    let straight = draw.crop_and_flip(image.view());
    let at = |planes: &Planes, channel: usize, row: usize, column: usize| {
        planes.values[(channel * SIZE + row) * SIZE + column]
    };
    for (flip, vertical_flip, quarter_turns) in (0..16).map(|case| (case & 1 == 1, case & 2 == 2, case >> 2)) {
        let view = AugmentDraw { flip, vertical_flip, quarter_turns, ..draw.clone() }.crop_and_flip(image.view());
        for (row, column) in (0..SIZE * SIZE).map(|at| (at / SIZE, at % SIZE)) {
            // Where the pixel was before the turns, each of which takes (row, column) from (column, last - row).
            let (mut from_row, mut from_column) = (row, column);
            for _ in 0..quarter_turns {
                (from_row, from_column) = (from_column, SIZE - 1 - from_row);
            }
            from_row = if vertical_flip { SIZE - 1 - from_row } else { from_row };
            from_column = if flip { SIZE - 1 - from_column } else { from_column };
            for channel in 0..3 {
                let what = format!("{flip} {vertical_flip} {quarter_turns}");
                assert_eq!(at(&view, channel, row, column), at(&straight, channel, from_row, from_column), "{what}");
            }
        }
    }
}

/// What a run drew before there were these settings, it draws still; with them on, all else stays the same.
#[test]
fn settings_for_images_from_above_change_no_other_draw_and_are_not_written_where_they_are_off() {
    let config = AugmentConfig::default();
    let above = AugmentConfig { vertical_flip: 0.5, quarter_turns: true, ..config.clone() };
    let mut seen = [0; 8];
    for seed in 0..4000 {
        let plain = config.draw(&mut Rng::new(seed), 300, 200);
        assert!(!plain.vertical_flip && plain.quarter_turns == 0);
        let turned = above.draw(&mut Rng::new(seed), 300, 200);
        seen[usize::from(turned.quarter_turns) * 2 + usize::from(turned.vertical_flip)] += 1;
        assert_eq!(AugmentDraw { vertical_flip: false, quarter_turns: 0, ..turned }, plain);
    }
    // 500 each; five standard deviations of a binomial are 105.
    assert!(seen.iter().all(|count| (395..605).contains(count)), "{seen:?}");
    let text = serde_json::to_string(&(&config, config.draw(&mut Rng::new(1), 9, 9))).expect("plain data");
    assert!(!text.contains("vertical_flip") && !text.contains("quarter_turns"), "{text}");
    let text = serde_json::to_string(&above).expect("plain data");
    assert_eq!(serde_json::from_str::<AugmentConfig>(&text).expect("as written"), above);
}

#[test]
fn gray_views_have_three_equal_planes_and_keep_them_through_the_blur() {
    let image = noise(40, 30, 3);
    let config = AugmentConfig { size: 24, grayscale: 1.0, ..AugmentConfig::default() };
    let draw = config.draw(&mut Rng::new(5), 40, 30);
    let view = draw.apply(image.view());
    let (red, others) = view.values.split_at(24 * 24);
    assert_eq!((red, red), others.split_at(24 * 24));
    let mut expected = draw.crop_and_flip(image.view());
    draw.recolour(&mut expected);
    gaussian_blur(&mut expected, 23, draw.blur.expect("probability 1").sigma);
    assert_eq!(view, expected);
}

#[test]
fn a_draw_survives_json_and_a_config_rejects_unknown_words() {
    let draw = AugmentConfig::default().draw(&mut Rng::new(6), 256, 256);
    let text = serde_json::to_string(&draw).expect("a draw is plain data");
    assert_eq!(serde_json::from_str::<AugmentDraw>(&text).expect("as written"), draw);
    let config: AugmentConfig = serde_json::from_str(r#"{"crop_ratio": [0.75, 1.333]}"#).expect("a config");
    assert_eq!(config, AugmentConfig { crop_ratio: [0.75, 1.333], ..AugmentConfig::default() });
    assert!(serde_json::from_str::<AugmentConfig>(r#"{"crop_ration": [0.75, 1.333]}"#).is_err());
}

#[test]
fn every_value_out_of_range_gets_its_sentence() {
    assert_eq!(AugmentConfig::default().check(), Ok(()));
    let wrong = AugmentConfig {
        size: 0,
        crop_scale: [0.5, 1.5],
        crop_ratio: [2.0, 1.0],
        flip: f32::NAN,
        vertical_flip: -0.5,
        jitter: 1.1,
        brightness: -1.0,
        contrast: f32::INFINITY,
        saturation: -0.1,
        hue: 0.6,
        grayscale: -0.1,
        blur: 2.0,
        blur_kernel: 4,
        blur_sigma: [0.0, 1.0],
        ..AugmentConfig::default()
    };
    let sentences = wrong.check().expect_err("nothing is right");
    assert_eq!(sentences.lines().count(), 14, "{sentences}");
}

proptest! {
    #[test]
    fn crops_lie_inside_images_of_any_size(
        width in 1usize..700, height in 1usize..700, seed: u64,
        ratio in prop::sample::select(vec![[1.0f32, 1.0], [0.75, 1.333], [3.0, 4.0], [0.001, 0.01], [50.0, 900.0]]),
        scale in prop::sample::select(vec![[0.08f32, 1.0], [0.0001, 0.001], [1.0, 1.0]]),
    ) {
        let config = AugmentConfig { crop_ratio: ratio, crop_scale: scale, ..AugmentConfig::default() };
        let crop = config.draw(&mut Rng::new(seed), width, height).crop;
        prop_assert!(crop.width >= 1 && crop.left + crop.width <= width, "{crop:?}");
        prop_assert!(crop.height >= 1 && crop.top + crop.height <= height, "{crop:?}");
    }

    #[test]
    fn views_of_any_image_stay_in_the_unit_range(
        width in 1usize..40, height in 1usize..40, size in 1usize..40, seed: u64, bicubic: bool,
    ) {
        let interpolation = if bicubic { Interpolation::Bicubic } else { Interpolation::Bilinear };
        let config = AugmentConfig { size, interpolation, ..AugmentConfig::default() };
        let view = config.view(noise(width, height, seed).view(), seed, 0, 0, 0);
        prop_assert_eq!(view.values.len(), 3 * size * size);
        // Weights sum to 1 within f32.
        prop_assert!(view.values.iter().all(|value| (-1e-6..=1.0 + 1e-6).contains(value)));
    }
}

/// Of eight bands the first three are those of an image, and the others a grey one: whatever is done by place alone is done to all of
/// them as to the image and to the grey one.
#[test]
fn geometry_and_blur_are_the_same_for_any_number_of_bands() {
    let (rgb, grey) = (noise(40, 30, 3), noise(40, 30, 4));
    let pixels = rgb.pixels.chunks_exact(3).zip(grey.pixels.chunks_exact(3));
    let pixels = pixels.flat_map(|(rgb, grey)| [rgb, &[grey[0]; 5][..]].concat()).collect();
    let eight = RgbImage { width: 40, height: 30, pixels };
    let config = AugmentConfig { size: 16, vertical_flip: 0.5, quarter_turns: true, ..AugmentConfig::default() };
    let mut rng = Rng::new(5);
    for at in 0..40 {
        let draw = config.draw(&mut rng, 40, 30);
        let place = AugmentDraw { jitter: Vec::new(), grayscale: false, ..draw.clone() };
        let view = place.apply(eight.view());
        assert_eq!(view.channels(), 8);
        assert_eq!(view.values[..3 * 256], place.apply(rgb.view()).values, "{at}");
        let grey = place.apply(grey.view());
        (3..8).for_each(|band| assert_eq!(view.values[band * 256..][..256], grey.values[..256], "{at}, {band}"));
        // Never grey, and no hue: all bands of a view with jitter stay as different as they are.
        let unjittered = AugmentDraw { jitter: Vec::new(), ..draw.clone() };
        assert_eq!(unjittered.apply(eight.view()), view, "{at}");
        let coloured = |step: &Adjustment| matches!(step.kind, AdjustmentKind::Saturation | AdjustmentKind::Hue);
        let mut without = draw.clone();
        without.jitter.retain(|step| !coloured(step));
        assert_eq!(draw.apply(eight.view()), without.apply(eight.view()), "{at}");
    }
}
