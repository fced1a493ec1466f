//! Every operator against the CPU's, on images of noise, whose neighbours differ the most.

use super::recolour::Recolouring;
use super::*;
use burn::tensor::DType;
use nadir_core::image::augment::{AugmentConfig, AugmentDraw, BlurDraw};
use nadir_core::image::colour::{Adjustment, AdjustmentKind};
use nadir_core::image::resample::{CropBox, Interpolation};
use nadir_core::image::{Planes, RgbImage, RgbView};
use nadir_core::rng::Rng;

/// Of values in [0, 1]. The parts of a sum are added in another order than on the CPU.
const TOLERANCE: f32 = 2e-5;

fn noise(rng: &mut Rng, width: usize, height: usize) -> RgbImage {
    RgbImage { width, height, pixels: (0..3 * width * height).map(|_| rng.below(256) as u8).collect() }
}

fn upload(images: &[RgbImage]) -> DeviceImages {
    DeviceImages::upload(images.iter().map(RgbImage::view), u64::MAX, &Device::flex()).expect("of one size")
}

fn every(count: usize) -> Vec<usize> {
    (0..count).collect()
}

fn values<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor.into_data().try_to_vec().expect("f32")
}

/// Planes as the operators take and give them, [views, rows, 3, columns].
fn pixels(planes: &[Planes]) -> Tensor<4> {
    let [width, height] = [planes[0].width, planes[0].height];
    let values: Vec<f32> = planes.iter().flat_map(|planes| planes.values.clone()).collect();
    Tensor::<4>::from_data(TensorData::new(values, [planes.len(), 3, height, width]), &Device::flex())
        .permute([0, 2, 1, 3])
}

/// The largest difference of views [views, 3, height, width] from the CPU's.
fn error(found: Tensor<4>, expected: &[Planes]) -> f32 {
    let found = values(found);
    let expected: Vec<f32> = expected.iter().flat_map(|planes| planes.values.clone()).collect();
    assert_eq!(found.len(), expected.len());
    // A NaN is an error too, which `f32::max` would pass over.
    found
        .iter()
        .zip(&expected)
        .map(|(a, b)| (a - b).abs())
        .fold(0.0, |most, error| if error <= most { most } else { error })
}

fn assert_small(error: f32, what: &str) {
    println!("{what}: error {error:.1e}");
    assert!(error <= TOLERANCE, "{what}: error {error:e}");
}

/// Draws for images, all from one config.
fn draws(config: &AugmentConfig, rng: &mut Rng, images: &[RgbImage]) -> Vec<AugmentDraw> {
    images.iter().map(|image| config.draw(rng, image.width, image.height)).collect()
}

#[test]
fn crops_resized_and_flipped_are_the_cpus() {
    let mut rng = Rng::new(1);
    for interpolation in [Interpolation::Bilinear, Interpolation::Bicubic] {
        // Odd, not square, smaller and larger than the view, one pixel.
        for ([width, height], size) in [
            ([37, 29], 16),
            ([64, 64], 64),
            ([21, 50], 33),
            ([9, 7], 32),
            ([1, 1], 5),
            ([301, 127], 24),
            ([600, 31], 7),
            ([256, 256], 224),
        ] {
            let views = if width == 256 { 3 } else { 12 };
            let config = AugmentConfig { size, interpolation, crop_ratio: [0.75, 1.333], ..AugmentConfig::default() };
            let images: Vec<RgbImage> = (0..views).map(|_| noise(&mut rng, width, height)).collect();
            let mut draws = draws(&config, &mut rng, &images);
            draws[0].crop = CropBox::whole(width, height);
            draws[1].crop = CropBox { left: width - 1, top: height - 1, width: 1, height: 1 };
            // Reaches over the border.
            draws[2].crop = CropBox { left: width / 2, top: height / 3, width, height };
            let expected: Vec<Planes> =
                images.iter().zip(&draws).map(|(image, draw)| draw.crop_and_flip(image.view())).collect();
            let batch = BatchAugment::new(&config, &Device::flex());
            let found = batch.crop_and_flip(upload(&images).select(&every(views)), &draws).expect("of this family");
            let what = format!("{interpolation:?}, {width} x {height} to {size}");
            assert_small(error(found.permute([0, 2, 1, 3]), &expected), &what);
        }
    }
}

/// Every flip with every quarter turn, each against the CPU's own.
#[test]
fn the_eight_ways_in_which_a_view_lies_are_the_cpus() {
    let mut rng = Rng::new(11);
    let config = AugmentConfig { size: 17, crop_ratio: [0.75, 1.333], ..AugmentConfig::default() };
    let images: Vec<RgbImage> = (0..16).map(|_| noise(&mut rng, 31, 23)).collect();
    let mut draws = draws(&config, &mut rng, &images);
    for (case, draw) in (0u8..).zip(&mut draws) {
        (draw.flip, draw.vertical_flip, draw.quarter_turns) = (case & 1 == 1, case & 2 == 2, case >> 2);
    }
    let expected: Vec<Planes> =
        images.iter().zip(&draws).map(|(image, draw)| draw.crop_and_flip(image.view())).collect();
    let batch = BatchAugment::new(&config, &Device::flex());
    let found = batch.crop_and_flip(upload(&images).select(&every(16)), &draws).expect("of this family");
    assert_small(error(found.permute([0, 2, 1, 3]), &expected), "flips and quarter turns");
}

#[test]
fn a_crop_outside_the_image_is_black() {
    let images = [noise(&mut Rng::new(2), 8, 8)];
    let config = AugmentConfig { size: 4, ..AugmentConfig::default() };
    let mut draws = draws(&config, &mut Rng::new(3), &images);
    draws[0].crop = CropBox { left: 8, top: 2, width: 3, height: 3 };
    let batch = BatchAugment::new(&config, &Device::flex());
    let found = batch.crop_and_flip(upload(&images).select(&[0]), &draws).expect("of this family");
    assert!(values(found).iter().all(|&value| value == 0.0));
}

fn planes(rng: &mut Rng, width: usize, height: usize) -> Planes {
    let mut planes = Planes::from_rgb(noise(rng, width, height).view());
    // Gray, black, white and pure colours, where the hue has its corners.
    let corners = [[0.5; 3], [0.0; 3], [1.0; 3], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 1.0, 0.0]];
    for (at, corner) in corners.iter().enumerate() {
        (0..3).for_each(|channel| planes.values[channel * width * height + at] = corner[channel]);
    }
    planes
}

#[test]
fn every_order_of_the_colour_steps_is_the_cpus() {
    let mut rng = Rng::new(4);
    let kinds = [AdjustmentKind::Brightness, AdjustmentKind::Contrast, AdjustmentKind::Saturation, AdjustmentKind::Hue];
    // Usual factors, those that change nothing, and extremes.
    let factors: [&[f32]; 4] = [
        &[0.6, 1.0, 1.4, 0.0, 11.0],
        &[0.7, 1.0, 1.3, 0.0, 11.0],
        &[0.6, 1.0, 1.4, 0.0, 11.0],
        &[0.1, -0.1, 0.0, 0.5, -0.5],
    ];
    let mut steps: Vec<Vec<Adjustment>> = vec![Vec::new()];
    for at in 0..120 {
        let mut order: Vec<usize> = every(4);
        rng.shuffle(&mut order);
        // Some with fewer steps.
        order.truncate(if at % 5 == 0 { 1 + rng.below(4) } else { 4 });
        let step = |kind: usize, rng: &mut Rng| Adjustment { kind: kinds[kind], factor: factors[kind][rng.below(5)] };
        steps.push(order.into_iter().map(|kind| step(kind, &mut rng)).collect());
    }
    let config = AugmentConfig { size: 19, ..AugmentConfig::default() };
    let draws: Vec<AugmentDraw> = steps
        .into_iter()
        .map(|jitter| AugmentDraw { jitter, grayscale: rng.chance(0.2), ..config.draw(&mut rng, 19, 19) })
        .collect();
    let before: Vec<Planes> = draws.iter().map(|_| planes(&mut rng, 19, 19)).collect();
    let found = Recolouring::of(&draws).expect("in the usual orders").apply(pixels(&before)).permute([0, 2, 1, 3]);
    let mut expected = before;
    expected.iter_mut().zip(&draws).for_each(|(planes, draw)| draw.recolour(planes));
    assert_small(error(found, &expected), "jitter, extremes");
}

#[test]
fn a_larger_images_mean_is_the_cpus() {
    let mut rng = Rng::new(5);
    let config = AugmentConfig { size: 224, jitter: 1.0, ..AugmentConfig::default() };
    let draws: Vec<AugmentDraw> = (0..4).map(|_| config.draw(&mut rng, 224, 224)).collect();
    let mut expected: Vec<Planes> = draws.iter().map(|_| planes(&mut rng, 224, 224)).collect();
    let found = Recolouring::of(&draws).expect("drawn").apply(pixels(&expected)).permute([0, 2, 1, 3]);
    expected.iter_mut().zip(&draws).for_each(|(planes, draw)| draw.recolour(planes));
    assert_small(error(found, &expected), "jitter, 224 px");
}

#[test]
fn blurs_are_the_cpus() {
    let mut rng = Rng::new(6);
    for (size, kernel) in [(1, 23), (2, 23), (7, 23), (40, 3), (33, 23), (64, 23), (20, 101)] {
        let config = AugmentConfig { size, blur_kernel: kernel, ..AugmentConfig::default() };
        let draws: Vec<AugmentDraw> = [None, Some(0.1), Some(0.5), Some(1.3), Some(2.0), Some(1000.0)]
            .into_iter()
            .map(|sigma| AugmentDraw {
                blur: sigma.map(|sigma| BlurDraw { kernel, sigma }),
                grayscale: false,
                ..config.draw(&mut rng, size, size)
            })
            .collect();
        let mut expected: Vec<Planes> =
            draws.iter().map(|_| Planes::from_rgb(noise(&mut rng, size, size).view())).collect();
        let blur = blur::Blur::new(size, kernel, &Device::flex());
        let found = blur.apply(pixels(&expected), &draws).expect("of this kernel").permute([0, 2, 1, 3]);
        expected.iter_mut().zip(&draws).for_each(|(planes, draw)| draw.blur(planes));
        assert_small(error(found, &expected), &format!("blur of {kernel} px on {size} px"));
    }
}

#[test]
fn whole_views_are_the_cpus() {
    let mut rng = Rng::new(7);
    let default = AugmentConfig::default();
    let strong =
        AugmentConfig { jitter: 1.0, brightness: 1.0, contrast: 2.0, saturation: 3.0, hue: 0.5, ..default.clone() };
    let bicubic = AugmentConfig { interpolation: Interpolation::Bicubic, crop_ratio: [0.5, 2.0], ..default.clone() };
    let above = AugmentConfig { vertical_flip: 0.5, quarter_turns: true, ..default.clone() };
    for (name, config) in [("default", default), ("strong", strong), ("bicubic", bicubic), ("from above", above)] {
        for ([width, height], size, views) in [([61, 47], 32, 32), ([40, 90], 65, 8), ([256, 256], 224, 4)] {
            let config = AugmentConfig { size, ..config.clone() };
            let images: Vec<RgbImage> = (0..views).map(|_| noise(&mut rng, width, height)).collect();
            let draws = draws(&config, &mut rng, &images);
            let expected: Vec<Planes> =
                images.iter().zip(&draws).map(|(image, draw)| draw.apply(image.view())).collect();
            let batch = BatchAugment::new(&config, &Device::flex());
            let found = batch.views(upload(&images).select(&every(views)), &draws).expect("of this family");
            assert_eq!(found.dims(), [views, 3, size, size]);
            assert_small(error(found, &expected), &format!("{name}, {width} x {height} to {size}"));
        }
    }
}

#[test]
fn normalised_views_are_the_cpus_in_every_chunk() {
    // Images so large that four views are a chunk.
    let (width, height) = (2400, 2300);
    let mut rng = Rng::new(8);
    let images: Vec<RgbImage> = (0..2).map(|_| noise(&mut rng, width, height)).collect();
    let config = AugmentConfig { size: 8, blur: 0.0, ..AugmentConfig::default() };
    let rows = [1, 0, 0, 1, 1];
    let draws: Vec<AugmentDraw> = rows.iter().map(|_| config.draw(&mut rng, width, height)).collect();
    let (mean, std) = ([0.5, 0.4, 0.3], [0.25, 0.5, 0.2]);
    let batch = BatchAugment::new(&config, &Device::flex());
    let found = values(batch.normalised_views(&upload(&images), &rows, &draws, mean, std).expect("of this family"));
    for ((row, draw), found) in rows.iter().zip(&draws).zip(found.chunks_exact(3 * 8 * 8)) {
        let mut expected = vec![0.0; found.len()];
        nadir_core::image::augment::normalise_into(&draw.apply(images[*row].view()), &mean, &std, &mut expected);
        // Five times what it is in [0, 1].
        assert!(found.iter().zip(&expected).all(|(a, b)| (a - b).abs() <= 5.0 * TOLERANCE));
    }
}

#[test]
fn images_lie_on_the_device_one_byte_a_value_and_are_selected_from_any_block() {
    let mut rng = Rng::new(9);
    let images: Vec<RgbImage> = (0..7).map(|_| noise(&mut rng, 5, 3)).collect();
    let views = || images.iter().map(RgbImage::view);
    let device = Device::flex();
    for block_bytes in [1, 45, 100, 10_000] {
        let set = DeviceImages::upload_in_blocks(views(), 7 * 45, block_bytes, &device).expect("of one size");
        assert_eq!((set.len(), set.size_px(), set.bytes()), (7, [5, 3], 315));
        let rows = [6, 0, 3, 3, 5, 1];
        let data = set.select(&rows).into_data();
        assert_eq!((data.dtype(), data.as_bytes().len()), (DType::U8, rows.len() * 45));
        let expected: Vec<u8> = rows.iter().flat_map(|&row| images[row].pixels.clone()).collect();
        assert_eq!(data.as_bytes(), expected, "blocks of {block_bytes} bytes");
    }
    let error = DeviceImages::upload(views(), 314, &device).expect_err("too large");
    assert_eq!(error, BatchError::Memory { images: 7, size_px: [5, 3], bytes: 315, limit_bytes: 314 });
    let other = [images[0].view(), RgbView { width: 3, height: 5, ..images[1].view() }];
    let error = DeviceImages::upload(other.into_iter(), 1000, &device).expect_err("of two sizes");
    assert_eq!(error, BatchError::Sizes { at: 1, found_px: [3, 5], first_px: [5, 3] });
}

#[test]
fn draws_of_another_family_are_refused() {
    let mut rng = Rng::new(10);
    let images = [noise(&mut rng, 9, 9)];
    let config = AugmentConfig { size: 6, blur_kernel: 5, blur: 1.0, ..AugmentConfig::default() };
    let batch = BatchAugment::new(&config, &Device::flex());
    let refused = |draw: AugmentDraw| batch.views(upload(&images).select(&[0]), &[draw]).expect_err("refused");
    let draw = config.draw(&mut rng, 9, 9);
    assert!(matches!(refused(AugmentDraw { size: 7, ..draw.clone() }), BatchError::OtherView { found_px: 7, .. }));
    let bicubic = AugmentDraw { interpolation: Interpolation::Bicubic, ..draw.clone() };
    assert!(matches!(refused(bicubic), BatchError::OtherView { .. }));
    let blur = Some(BlurDraw { kernel: 23, sigma: 2.0 });
    assert!(matches!(refused(AugmentDraw { blur, ..draw.clone() }), BatchError::WideBlur { found_px: 23, most_px: 5 }));
    let jitter = [AdjustmentKind::Hue; 2].map(|kind| Adjustment { kind, factor: 0.1 }).to_vec();
    assert_eq!(refused(AugmentDraw { jitter, ..draw }), BatchError::LongJitter);
    let none = batch.views(upload(&images).select(&[0]), &[]).expect_err("refused");
    assert_eq!(none, BatchError::Count { draws: 0, images: 1 });
}
