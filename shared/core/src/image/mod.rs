//! Pixel work that is the same natively and in the browser: resampling, augmentation, normalisation.
//! Decoding stands behind the `decode` feature.

pub mod augment;
pub mod bands;
pub mod blur;
pub mod colour;
#[cfg(feature = "decode")]
pub mod decode;
pub mod kind;
pub mod orientation;
pub mod preprocess;
pub mod resample;

/// An 8-bit RGB image, row-major, three bytes a pixel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RgbImage {
    /// Width in px.
    pub width: usize,
    /// Height in px.
    pub height: usize,
    /// `height * width * 3` bytes.
    pub pixels: Vec<u8>,
}

impl RgbImage {
    /// An image of one colour.
    pub fn filled(width: usize, height: usize, rgb: [u8; 3]) -> Self {
        Self { width, height, pixels: rgb.repeat(width * height) }
    }

    /// The whole image, borrowed.
    pub fn view(&self) -> RgbView<'_> {
        RgbView { width: self.width, height: self.height, pixels: &self.pixels }
    }
}

/// An 8-bit RGB image that lies elsewhere: in an [`RgbImage`], or in a mapped file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RgbView<'a> {
    /// Width in px.
    pub width: usize,
    /// Height in px.
    pub height: usize,
    /// `height * width * 3` bytes.
    pub pixels: &'a [u8],
}

/// An RGB image as three planes of f32 in [0, 1] (or normalised), shape [3, height, width].
#[derive(Debug, Clone, PartialEq)]
pub struct Planes {
    /// Width in px: values of a row.
    pub width: usize,
    /// Height in px: rows of a plane.
    pub height: usize,
    /// `3 * height * width` values.
    pub values: Vec<f32>,
}

impl Planes {
    /// The 8-bit image as planes in [0, 1].
    pub fn from_rgb(image: RgbView<'_>) -> Self {
        let area = image.width * image.height;
        let mut values = vec![0.0; 3 * area];
        for (at, pixel) in image.pixels.chunks_exact(3).enumerate() {
            for (channel, &byte) in pixel.iter().enumerate() {
                values[channel * area + at] = f32::from(byte) / 255.0;
            }
        }
        Self { width: image.width, height: image.height, values }
    }

    /// Back to 8 bits, rounded, values outside [0, 1] clamped.
    pub fn to_rgb(&self) -> RgbImage {
        let area = self.width * self.height;
        let mut pixels = vec![0; 3 * area];
        for (at, pixel) in pixels.chunks_exact_mut(3).enumerate() {
            for (channel, byte) in pixel.iter_mut().enumerate() {
                *byte = (self.values[channel * area + at].clamp(0.0, 1.0) * 255.0 + 0.5) as u8;
            }
        }
        RgbImage { width: self.width, height: self.height, pixels }
    }
}
