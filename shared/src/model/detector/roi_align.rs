//! RoIAlign (He et al. 2017, "Mask R-CNN", section 3) as tensor operations that every backend has, with a gradient by the
//! feature map.
//!
//! Boxes are on the host after non-maximum suppression anyway, so where to sample is computed there; the device gathers
//! and adds. A bin's samples are added one after the other, so that memory holds one value a bin and channel at a time and
//! not one for each of its 16 neighbours.

use burn::tensor::{Int, Tensor, TensorData};

/// How a box is sampled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RoiAlign {
    /// Bins a side.
    pub output: usize,
    /// Samples a side of a bin.
    pub sampling_ratio: usize,
    /// Pixels of the feature map a pixel of the image.
    pub spatial_scale: f32,
    /// Whether pixel centres are at half coordinates (Detectron2's correction); torchvision's detectors have it off.
    pub aligned: bool,
}

/// Where the k-th neighbour of the k-th sample of every bin lies, and its weight.
struct Gather {
    /// Index into the map's places, [boxes * bins].
    at: Vec<i64>,
    /// Bilinear weight over the number of samples, [boxes * bins].
    weight: Vec<f32>,
}

impl RoiAlign {
    /// `features` [1, channels, height, width] at `boxes` (x0, y0, x1, y1 in px of the image) as [boxes, channels, output,
    /// output]. No box gives none.
    ///
    /// # Panics
    /// Where the map is of more than one image.
    pub fn forward(&self, features: Tensor<4>, boxes: &[[f32; 4]]) -> Tensor<4> {
        let [images, channels, height, width] = features.dims();
        assert_eq!(images, 1, "one image's map");
        let device = features.device();
        let bins = self.output * self.output;
        if boxes.is_empty() {
            return Tensor::zeros([0, channels, self.output, self.output], &device);
        }
        // Places first, so that a sample is one contiguous row: [height * width, channels].
        let places = features.reshape([channels, height * width]).transpose();
        let mut sum: Option<Tensor<2>> = None;
        for gather in self.gathers(boxes, [height, width]) {
            let rows = boxes.len() * bins;
            let at = Tensor::<1, Int>::from_data(TensorData::new(gather.at, [rows]), &device);
            let weight = Tensor::<2>::from_data(TensorData::new(gather.weight, [rows, 1]), &device);
            let part = places.clone().select(0, at) * weight;
            sum = Some(match sum {
                Some(sum) => sum + part,
                None => part,
            });
        }
        let sum = sum.expect("one sample a bin at least");
        sum.reshape([boxes.len(), bins, channels]).swap_dims(1, 2).reshape([
            boxes.len(),
            channels,
            self.output,
            self.output,
        ])
    }

    /// For each sample of a bin and each of its four neighbours: one gather over all boxes and bins.
    fn gathers(&self, boxes: &[[f32; 4]], [height, width]: [usize; 2]) -> Vec<Gather> {
        let samples = self.sampling_ratio;
        let mut gathers: Vec<Gather> = (0..4 * samples * samples)
            .map(|_| Gather { at: Vec::with_capacity(boxes.len()), weight: Vec::with_capacity(boxes.len()) })
            .collect();
        let share = 1.0 / (samples * samples) as f32;
        let offset = if self.aligned { 0.5 } else { 0.0 };
        for sides in boxes {
            let [x0, y0, x1, y1] = sides.map(|side| side * self.spatial_scale - offset);
            // Without the correction a box is never thinner than one pixel.
            let least = if self.aligned { f32::MIN } else { 1.0 };
            let bin = [(y1 - y0).max(least) / self.output as f32, (x1 - x0).max(least) / self.output as f32];
            for row in 0..self.output {
                for column in 0..self.output {
                    for sample in 0..samples * samples {
                        let within = |index: usize| (index as f32 + 0.5) / samples as f32;
                        let y = y0 + bin[0] * (row as f32 + within(sample / samples));
                        let x = x0 + bin[1] * (column as f32 + within(sample % samples));
                        let neighbours = neighbours(y, x, height, width);
                        for (gather, (at, weight)) in gathers[4 * sample..].iter_mut().zip(neighbours) {
                            gather.at.push(at as i64);
                            gather.weight.push(weight * share);
                        }
                    }
                }
            }
        }
        gathers
    }
}

/// The four places about a point and their bilinear weights; all 0 for a point more than one pixel outside.
fn neighbours(y: f32, x: f32, height: usize, width: usize) -> [(usize, f32); 4] {
    if y < -1.0 || y > height as f32 || x < -1.0 || x > width as f32 {
        return [(0, 0.0); 4];
    }
    let along = |at: f32, length: usize| {
        let at = at.max(0.0);
        let low = at as usize;
        if low + 1 >= length { (length - 1, length - 1, 0.0) } else { (low, low + 1, at - low as f32) }
    };
    let (top, bottom, down) = along(y, height);
    let (left, right, over) = along(x, width);
    [
        (top * width + left, (1.0 - down) * (1.0 - over)),
        (top * width + right, (1.0 - down) * over),
        (bottom * width + left, down * (1.0 - over)),
        (bottom * width + right, down * over),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use burn::tensor::Device;

    const ALIGN: RoiAlign = RoiAlign { output: 2, sampling_ratio: 2, spatial_scale: 0.5, aligned: false };
    const BOXES: [[f32; 4]; 2] = [[1.0, 0.5, 7.0, 6.0], [-3.0, 2.0, 4.0, 30.0]];

    fn values() -> Vec<f32> {
        (0..2 * 4 * 5).map(|at| ((at * 7919) % 31) as f32 / 10.0 - 1.5).collect()
    }

    fn weighted_sum(values: Vec<f32>) -> f64 {
        let device = Device::flex();
        let map = Tensor::<4>::from_data(TensorData::new(values, [1, 2, 4, 5]), &device);
        let found = ALIGN.forward(map, &BOXES).into_data().try_to_vec::<f32>().expect("f32");
        found.iter().enumerate().map(|(at, &value)| f64::from(value) * ((at % 5) as f64 - 1.7)).sum()
    }

    #[test]
    fn the_gradient_is_that_of_finite_differences() {
        let device = Device::flex().autodiff();
        let map = Tensor::<4>::from_data(TensorData::new(values(), [1, 2, 4, 5]), &device).require_grad();
        let output = ALIGN.forward(map.clone(), &BOXES);
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
    fn no_box_gives_no_crop() {
        let map = Tensor::<4>::zeros([1, 3, 4, 4], &Device::flex());
        assert_eq!(ALIGN.forward(map, &[]).dims(), [0, 3, 2, 2]);
    }
}
