//! What is done to an image before an encoder sees it, the same in the trainer and the page.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::augment::normalise_into;
use super::bands::BandSettings;
use super::resample::{CropBox, Interpolation, Taps, resample_rgb};
use super::{RGB, RgbView};

/// Mean and standard deviation of ImageNet's red, green and blue, in [0, 1]: what torchvision's weights were trained
/// with.
pub const IMAGENET: ([f32; 3], [f32; 3]) = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]);

/// Mean and standard deviation of TensorFlow's EfficientNet-Lite: (byte - 127) / 128, in [0, 1].
pub const EFFICIENTNET_LITE: ([f32; 3], [f32; 3]) = ([127.0 / 255.0; 3], [128.0 / 255.0; 3]);

/// Published scaling of red, green and blue for a network of so many bands: of other bands than three nobody published
/// any, so each gets the mean over the three.
pub fn scaling_of_bands((mean, std): ([f32; RGB], [f32; RGB]), bands: usize) -> (Vec<f32>, Vec<f32>) {
    let of_bands = |values: [f32; RGB]| match bands {
        RGB => values.to_vec(),
        _ => vec![values.iter().sum::<f32>() / RGB as f32; bands],
    };
    (of_bands(mean), of_bands(std))
}

/// Resize the short side to `size`, crop the centre square, scale to [0, 1], normalise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Preprocess {
    /// Width and height of the network's input in px.
    pub size: usize,
    /// Mean of the training set's red, green and blue, in [0, 1]; of a network of other bands, of each of them.
    pub mean: Vec<f32>,
    /// Standard deviation of red, green and blue, in [0, 1], likewise.
    pub std: Vec<f32>,
}

impl Preprocess {
    /// How many bands it takes: 3 of RGB images.
    pub fn channels(&self) -> usize {
        self.mean.len()
    }

    /// What cannot be, as a sentence; `None` if all fits.
    pub(crate) fn fault(&self) -> Option<String> {
        if self.size == 0 || self.size > 4096 {
            return Some(format!("an input size of {} px", self.size));
        }
        if !(1..=BandSettings::MOST_BANDS).contains(&self.mean.len()) || self.std.len() != self.mean.len() {
            return Some(format!("{} means and {} standard deviations", self.mean.len(), self.std.len()));
        }
        if !self.mean.iter().all(|mean| mean.is_finite()) {
            return Some(format!("a mean of {:?}", self.mean));
        }
        let is_positive = |&std: &f32| std > 0.0 && std.is_finite();
        (!self.std.iter().all(is_positive)).then(|| "a standard deviation that is not positive".into())
    }

    /// The network's input [channels, size, size], and the square it shows as left, top, width, height in px of the image.
    ///
    /// Equal to torchvision's Resize(size, antialias=True), CenterCrop(size), Normalize on floats, but only what
    /// the square shows is computed, so an image of any shape from 1 x 1 px costs no more than its pixels.
    /// An image without pixels counts as black.
    ///
    /// # Panics
    /// If the image has other bands than [`Self::channels`]: whoever reads images for a network checks that first, by
    /// [`Architecture::band_fault`](crate::bundle::Architecture::band_fault).
    pub fn apply(&self, image: RgbView<'_>) -> (Vec<f32>, [f32; 4]) {
        let (width, height) = (image.width, image.height);
        let short = width.min(height).max(1);
        // torchvision rounds the long side down and the crop's offset to the nearest, ties to even.
        let along = |length: usize| -> (usize, Range<usize>) {
            let resized = (self.size as u128 * length as u128 / short as u128) as usize;
            let resized = resized.max(self.size);
            let offset = ((resized - self.size) as f64 / 2.0).round_ties_even() as usize;
            (resized, offset..offset + self.size)
        };
        let (resized_width, shown_columns) = along(width);
        let (resized_height, shown_rows) = along(height);
        let scale = [width as f64 / resized_width.max(1) as f64, height as f64 / resized_height.max(1) as f64];
        let crop_in_image = [
            shown_columns.start as f64 * scale[0],
            shown_rows.start as f64 * scale[1],
            self.size as f64 * scale[0],
            self.size as f64 * scale[1],
        ];
        let columns = Taps::new(width, resized_width, shown_columns, Interpolation::Bilinear);
        let rows = Taps::new(height, resized_height, shown_rows, Interpolation::Bilinear);
        let mut planes = resample_rgb(image, CropBox::whole(width, height), &columns, &rows, Interpolation::Bilinear);
        if image.pixels.is_empty() {
            planes.values = vec![0.0; self.channels() * self.size * self.size];
        }
        let mut input = vec![0.0; planes.values.len()];
        normalise_into(&planes, &self.mean, &self.std, &mut input);
        (input, crop_in_image.map(|value| value as f32))
    }
}

/// Mean and standard deviation of red, green and blue, or of the bands that images have, over many images, every pixel
/// counting the same. The sums are whole numbers, so the order of the images and how they are split for
/// [`merge`](Self::merge) change nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChannelStatistics {
    pixels: u64,
    sums: Sums,
}

/// The sum of each channel's bytes, and of their squares. A data set has them for every tile: three lie in place.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Sums {
    Rgb([[u64; 2]; RGB]),
    Bands(Box<[[u64; 2]]>),
}

impl Default for Sums {
    fn default() -> Self {
        Self::of(RGB)
    }
}

impl Sums {
    fn of(channels: usize) -> Self {
        match channels {
            RGB => Self::Rgb([[0; 2]; RGB]),
            _ => Self::Bands(vec![[0; 2]; channels].into()),
        }
    }

    fn all(&self) -> &[[u64; 2]] {
        match self {
            Self::Rgb(sums) => sums,
            Self::Bands(sums) => sums,
        }
    }

    fn all_mut(&mut self) -> &mut [[u64; 2]] {
        match self {
            Self::Rgb(sums) => sums,
            Self::Bands(sums) => sums,
        }
    }
}

impl ChannelStatistics {
    /// Counts the pixels of one more image.
    ///
    /// # Panics
    /// If it has another number of channels than those before it.
    pub fn add(&mut self, image: RgbView<'_>) {
        let channels = image.channels();
        self.expect_channels(channels);
        let sums = self.sums.all_mut();
        for pixel in image.pixels.chunks_exact(channels) {
            for ([sum, squares], &byte) in sums.iter_mut().zip(pixel) {
                *sum += u64::from(byte);
                *squares += u64::from(byte) * u64::from(byte);
            }
        }
        self.pixels += (image.pixels.len() / channels) as u64;
    }

    /// Of so many pixels, whose channels have these sums of bytes and of squared bytes; `None` where no pixels have them.
    pub fn of_sums(pixels: u64, sums: &[[u64; 2]]) -> Option<Self> {
        let fits = |&[sum, square]: &[u64; 2]| {
            let (sum, square, count) = (u128::from(sum), u128::from(square), u128::from(pixels));
            // A byte is at most its square and at most 255; the variance is at least 0.
            sum <= square && square <= 255 * sum && sum <= 255 * count && sum * sum <= count * square
        };
        if !(1..=BandSettings::MOST_BANDS).contains(&sums.len()) || !sums.iter().all(fits) {
            return None;
        }
        let mut own = Sums::of(sums.len());
        own.all_mut().copy_from_slice(sums);
        Some(Self { pixels, sums: own })
    }

    /// The sum of each channel's bytes, and of their squares, as [`ChannelStatistics::of_sums`] takes them.
    pub fn sums(&self) -> &[[u64; 2]] {
        self.sums.all()
    }

    /// Counts what another has counted.
    ///
    /// # Panics
    /// If it is of another number of channels.
    pub fn merge(&mut self, other: &Self) {
        if other.pixels == 0 {
            return;
        }
        self.expect_channels(other.sums().len());
        for (own, other) in self.sums.all_mut().iter_mut().zip(other.sums()) {
            own[0] += other[0];
            own[1] += other[1];
        }
        self.pixels += other.pixels;
    }

    /// Before the first pixel, it is of any number of channels.
    fn expect_channels(&mut self, channels: usize) {
        if self.pixels == 0 && self.sums().len() != channels {
            self.sums = Sums::of(channels);
        }
        assert_eq!(self.sums().len(), channels, "all images of a set have the same channels");
    }

    /// Mean and standard deviation (of the population) of each channel as values in [0, 1]; `None` before the first
    /// pixel. A channel of one value has standard deviation 0, by which nothing can be divided.
    pub fn mean_and_std(&self) -> Option<(Vec<f64>, Vec<f64>)> {
        if self.pixels == 0 {
            return None;
        }
        let count = self.pixels as f64;
        let std = |&[sum, squares]: &[u64; 2]| {
            // count * squares - sum^2 in whole numbers: nothing cancels.
            let (sum, squares) = (u128::from(sum), u128::from(squares));
            let scaled_variance = u128::from(self.pixels) * squares - sum * sum;
            (scaled_variance as f64).sqrt() / count / 255.0
        };
        let mean = self.sums().iter().map(|[sum, _]| *sum as f64 / count / 255.0).collect();
        Some((mean, self.sums().iter().map(std).collect()))
    }
}

/// [`ChannelStatistics`] of all the images.
pub fn mean_and_std<'a>(images: impl IntoIterator<Item = RgbView<'a>>) -> Option<(Vec<f64>, Vec<f64>)> {
    let mut statistics = ChannelStatistics::default();
    for image in images {
        statistics.add(image);
    }
    statistics.mean_and_std()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::image::RgbImage;

    fn plain(size: usize) -> Preprocess {
        Preprocess { size, mean: vec![0.0; 3], std: vec![1.0; 3] }
    }

    fn noise(width: usize, height: usize) -> RgbImage {
        let mut rng = crate::rng::Rng::new(9);
        RgbImage { width, height, pixels: (0..3 * width * height).map(|_| rng.below(256) as u8).collect() }
    }

    #[test]
    fn shows_the_centre_square_and_nothing_beside_it() {
        // Left and right thirds red, the middle green.
        let mut image = RgbImage::filled(90, 30, [255, 0, 0]);
        for (at, pixel) in image.pixels.chunks_exact_mut(3).enumerate() {
            if (30..60).contains(&(at % 90)) {
                pixel.copy_from_slice(&[0, 255, 0]);
            }
        }
        let (input, crop) = plain(30).apply(image.view());
        assert_eq!(crop, [30.0, 0.0, 30.0, 30.0]);
        assert!(input[..900].iter().all(|&red| red == 0.0) && input[900..1800].iter().all(|&green| green == 1.0));
    }

    #[test]
    fn the_wanted_size_passes_unchanged_and_is_normalised() {
        let image = noise(16, 16);
        let preprocess = Preprocess { size: 16, mean: vec![0.5, 0.4, 0.3], std: vec![0.2, 0.25, 0.5] };
        let (input, crop) = preprocess.apply(image.view());
        assert_eq!(crop, [0.0, 0.0, 16.0, 16.0]);
        for (at, pixel) in image.pixels.chunks_exact(3).enumerate() {
            for channel in 0..3 {
                let expected = (f32::from(pixel[channel]) / 255.0 - preprocess.mean[channel]) / preprocess.std[channel];
                assert_eq!(input[channel * 256 + at], expected);
            }
        }
    }

    #[test]
    fn images_of_any_shape_have_a_square_in_them() {
        for (width, height) in [(1, 1), (1, 5000), (5000, 1), (3, 2), (2, 999), (640, 480), (0, 0), (0, 7)] {
            let (input, [left, top, crop_width, crop_height]) = plain(32).apply(noise(width, height).view());
            assert_eq!(input.len(), 3 * 32 * 32);
            assert!(input.iter().all(|value| (0.0..=1.000_001).contains(value)));
            assert!(left >= 0.0 && left + crop_width <= width as f32 + 1e-3, "{width} x {height}");
            assert!(top >= 0.0 && top + crop_height <= height as f32 + 1e-3, "{width} x {height}");
        }
    }

    #[test]
    fn statistics_of_two_colours_by_hand_and_in_parts() {
        let images = [RgbImage::filled(2, 1, [255, 0, 51]), RgbImage::filled(1, 2, [0, 0, 51])];
        let (mean, std) = mean_and_std(images.iter().map(RgbImage::view)).expect("has pixels");
        assert_eq!((mean.as_slice(), std.as_slice()), (&[0.5, 0.0, 0.2][..], &[0.5, 0.0, 0.0][..]));
        let mut parts = images.each_ref().map(|image| {
            let mut part = ChannelStatistics::default();
            part.add(image.view());
            part
        });
        let second = parts[1].clone();
        parts[0].merge(&second);
        assert_eq!(parts[0].mean_and_std(), Some((mean, std)));
        assert_eq!(mean_and_std([]), None);
    }
    #[test]
    fn bands_are_scaled_each_by_its_own_and_published_scaling_is_their_mean() {
        let image = RgbImage { width: 2, height: 1, pixels: vec![0, 51, 255, 102, 51, 51, 0, 102] };
        let (mean, std) = mean_and_std([image.view()]).expect("has pixels");
        assert_eq!((mean.as_slice(), std.as_slice()), (&[0.1, 0.2, 0.5, 0.4][..], &[0.1, 0.0, 0.5, 0.0][..]));
        let (mean, std) = scaling_of_bands(([0.3, 0.6, 0.9], [0.1, 0.2, 0.3]), 4);
        assert!(mean.iter().all(|mean| (mean - 0.6).abs() < 1e-6) && mean.len() == 4, "{mean:?}");
        assert!(std.iter().all(|std| (std - 0.2).abs() < 1e-6), "{std:?}");
        assert_eq!(scaling_of_bands(IMAGENET, 3), (IMAGENET.0.to_vec(), IMAGENET.1.to_vec()));
        let preprocess = Preprocess { size: 1, mean: vec![0.0, 0.0, 0.5, 0.4], std: vec![1.0, 1.0, 0.5, 0.2] };
        let of_one = RgbImage { width: 1, height: 1, pixels: image.pixels[..4].to_vec() };
        let (input, _) = preprocess.apply(of_one.view());
        assert_eq!(input, [0.0, 0.2, 1.0, 0.0]);
        assert_eq!(preprocess.apply(RgbView { width: 0, height: 0, pixels: &[] }).0.len(), 4);
        assert!(Preprocess { std: vec![1.0; 3], ..preprocess }.fault().expect("not as many").contains("4 means and 3"));
    }
}
