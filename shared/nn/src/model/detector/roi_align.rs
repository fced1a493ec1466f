//! RoIAlign (He et al. 2017, "Mask R-CNN", section 3) as tensor operations that every backend has, with a gradient by
//! the feature map; on the CPU as an operation of its own.
//!
//! Boxes are on the host after non-maximum suppression anyway, so where to sample is computed there; the device gathers
//! and adds. A bin's samples are added one after the other, so that memory holds one value a bin and channel at a time
//! and not one for each of its 16 neighbours.

#[cfg(not(target_arch = "wasm32"))]
use crate::kernels::native;
use burn::tensor::{Int, Tensor, TensorData};
use nadir_core::detection::Size;
use nadir_core::detection::boxes::PixelBox;
use nadir_core::detection::roi_align::{RoiAlign, Weighted};

/// The k-th place that every bin reads, and its weight; bins with fewer places read the first one with weight 0.
#[derive(Default)]
struct Gather {
    /// Indices into the maps' places, [boxes * bins].
    at: Vec<i64>,
    /// Bilinear weights over the number of samples, [boxes * bins].
    weight: Vec<f32>,
}

/// What [`RoiAlign::features`] gives of `features` [images, channels, height, width], each box in the map of its image:
/// [boxes, channels, rows, columns] of bins. No box gives none.
pub fn roi_align(align: RoiAlign, features: Tensor<4>, boxes: &[(usize, PixelBox)]) -> Tensor<4> {
    #[cfg(not(target_arch = "wasm32"))]
    {
        let [_, channels, height, width] = features.dims();
        let Size { height: rows, width: columns } = align.output;
        let places = places(align, boxes, Size::new(height, width));
        if let Some(sums) = native::weighted_sums(&features, places, rows * columns) {
            return sums.reshape([boxes.len(), channels, rows, columns]);
        }
    }
    by_gathers(align, features, boxes)
}

/// [`roi_align`] of operations that every backend has.
fn by_gathers(align: RoiAlign, features: Tensor<4>, boxes: &[(usize, PixelBox)]) -> Tensor<4> {
    let [images, channels, height, width] = features.dims();
    let device = features.device();
    let Size { height: rows, width: columns } = align.output;
    let (shape, bins) = ([boxes.len(), channels, rows, columns], rows * columns);
    // Places first, so that a sample is one contiguous row: [images * height * width, channels].
    let places = features.permute([0, 2, 3, 1]).reshape([images * height * width, channels]);
    let all = boxes.len() * bins;
    let mut sum: Option<Tensor<2>> = None;
    for gather in gathers(align, boxes, Size::new(height, width)) {
        let at = Tensor::<1, Int>::from_data(TensorData::new(gather.at, [all]), &device);
        let weight = Tensor::<2>::from_data(TensorData::new(gather.weight, [all, 1]), &device);
        let part = places.clone().select(0, at) * weight;
        sum = Some(match sum {
            Some(sum) => sum + part,
            None => part,
        });
    }
    match sum {
        Some(sum) => sum.reshape([boxes.len(), bins, channels]).swap_dims(1, 2).reshape(shape),
        None => Tensor::zeros(shape, &device),
    }
}

/// The places that every bin of every box reads.
#[cfg(not(target_arch = "wasm32"))]
fn places(align: RoiAlign, boxes: &[(usize, PixelBox)], map: Size) -> native::WeightedPlaces {
    let mut all = native::WeightedPlaces::default();
    for &(image, of) in boxes {
        let first = image * map.height * map.width;
        for bin in align.bins(of, map) {
            all.places.extend(bin.iter().map(|&(at, weight)| (first + at, weight)));
            all.ends.push(all.places.len());
        }
    }
    all
}

/// As many gathers as the bin with most samples reads places; each over all boxes and bins.
fn gathers(align: RoiAlign, boxes: &[(usize, PixelBox)], map: Size) -> Vec<Gather> {
    let of_box = |&(image, of): &(usize, PixelBox)| {
        align.bins(of, map).into_iter().map(move |cells| (image * map.height * map.width, cells))
    };
    let bins: Vec<(usize, Weighted)> = boxes.iter().flat_map(of_box).collect();
    let most = bins.iter().map(|(_, cells)| cells.len()).max().unwrap_or(0);
    let mut gathers: Vec<Gather> = (0..most).map(|_| Gather::default()).collect();
    for (first, cells) in &bins {
        let read = cells.iter().map(|&(at, weight)| ((first + at) as i64, weight));
        for (gather, (at, weight)) in gathers.iter_mut().zip(read.chain(std::iter::repeat((0, 0.0)))) {
            gather.at.push(at);
            gather.weight.push(weight);
        }
    }
    gathers
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;
    use nadir_core::detection::roi_align::FeatureMap;

    const ALIGN: RoiAlign = RoiAlign { output: Size::new(2, 2), sampling_ratio: 2, spatial_scale: 0.5, aligned: false };
    /// In the first and in the second image's map.
    const BOXES: [(usize, PixelBox); 3] =
        [(0, [1.0, 0.5, 7.0, 6.0]), (1, [1.0, 0.5, 7.0, 6.0]), (0, [-3.0, 2.0, 4.0, 30.0])];
    const SHAPE: [usize; 4] = [2, 2, 4, 5];

    fn values() -> Vec<f32> {
        (0..SHAPE.iter().product()).map(|at: usize| ((at * 7919) % 31) as f32 / 10.0 - 1.5).collect()
    }

    fn weighted_sum(values: Vec<f32>) -> f64 {
        let device = Device::flex();
        let map = Tensor::<4>::from_data(TensorData::new(values, SHAPE), &device);
        let found = roi_align(ALIGN, map, &BOXES).into_data().try_to_vec::<f32>().expect("f32");
        found.iter().enumerate().map(|(at, &value)| f64::from(value) * ((at % 5) as f64 - 1.7)).sum()
    }

    #[test]
    fn the_gradient_is_that_of_finite_differences() {
        let ways: [OneWay; 2] = [roi_align, by_gathers];
        ways.into_iter().for_each(gradient_is_that_of_finite_differences);
    }

    type OneWay = fn(RoiAlign, Tensor<4>, &[(usize, PixelBox)]) -> Tensor<4>;

    fn gradient_is_that_of_finite_differences(align: OneWay) {
        let device = Device::flex().autodiff();
        let map = Tensor::<4>::from_data(TensorData::new(values(), SHAPE), &device).require_grad();
        let output = align(ALIGN, map.clone(), &BOXES);
        let shape = output.dims();
        let weights: Vec<f32> = (0..shape.iter().product()).map(|at: usize| (at % 5) as f32 - 1.7).collect();
        let sum = (output * Tensor::from_data(TensorData::new(weights, shape), &device)).sum();
        let gradient = map.grad(&sum.backward()).expect("a gradient").into_data().try_to_vec::<f32>().expect("f32");
        for (at, found) in gradient.iter().enumerate() {
            let moved = |by: f32| {
                let mut values = values();
                values[at] += by;
                weighted_sum(values)
            };
            // Linear in the map, so a wide step has no error of its own.
            let expected = (moved(0.5) - moved(-0.5)) / 1.0;
            assert!((f64::from(*found) - expected).abs() < 1e-4, "{at}: {found}, {expected}");
        }
    }

    #[test]
    fn the_device_gives_what_the_loops_give() {
        let values = values();
        let of_image = |image| FeatureMap { values: &values[image * 40..][..40], channels: 2, size: Size::new(4, 5) };
        for (sampling_ratio, aligned) in [(1, false), (2, true), (0, false), (0, true)] {
            let align = RoiAlign { sampling_ratio, aligned, ..ALIGN };
            let tensor = Tensor::<4>::from_data(TensorData::new(values.clone(), SHAPE), &Device::flex());
            let ways: [OneWay; 2] = [roi_align, by_gathers];
            let found = ways.map(|way| way(align, tensor.clone(), &BOXES).into_data());
            let [found, gathered] = found.map(|found| found.try_to_vec::<f32>().expect("f32"));
            assert!(found.iter().zip(&gathered).all(|(a, b)| (a - b).abs() < 1e-6), "{found:?}, {gathered:?}");
            let expected: Vec<f32> = BOXES
                .iter()
                .flat_map(|&(image, of)| align.features(of_image(image), &[of]).expect("a whole map"))
                .collect();
            assert!(
                found.iter().zip(&expected).all(|(a, b)| (a - b).abs() < 1e-6),
                "{align:?}: {found:?}, {expected:?}"
            );
            assert_eq!(found.len(), expected.len());
        }
    }

    #[test]
    fn no_box_gives_no_crop() {
        let map = Tensor::<4>::zeros([1, 3, 4, 4], &Device::flex());
        assert_eq!(roi_align(ALIGN, map, &[]).dims(), [0, 3, 2, 2]);
    }
}
