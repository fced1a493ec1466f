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

/// An 8-bit image, row-major, a byte a channel: red, green and blue, or the bands that a network was made for (see
/// [`bands`]), pixel by pixel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RgbImage {
    /// Width in px.
    pub width: usize,
    /// Height in px.
    pub height: usize,
    /// `height * width * channels` bytes; `height * width * 3` of an RGB image.
    pub pixels: Vec<u8>,
}

/// Red, green and blue: what images have that are no TIFF.
pub const RGB: usize = 3;

/// How many channels an image of this area (px) has by its number of values; an image without pixels counts as RGB.
fn channels_of(values: usize, width: usize, height: usize) -> usize {
    values.checked_div(width * height).unwrap_or(RGB)
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

    /// Bytes a pixel: 3 of an RGB image.
    pub fn channels(&self) -> usize {
        channels_of(self.pixels.len(), self.width, self.height)
    }
}

/// An 8-bit image that lies elsewhere: in an [`RgbImage`], or in a mapped file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RgbView<'a> {
    /// Width in px.
    pub width: usize,
    /// Height in px.
    pub height: usize,
    /// `height * width * channels` bytes; `height * width * 3` of an RGB image.
    pub pixels: &'a [u8],
}

impl RgbView<'_> {
    /// Bytes a pixel: 3 of an RGB image.
    pub fn channels(&self) -> usize {
        channels_of(self.pixels.len(), self.width, self.height)
    }

    /// A copy of red, green and blue for whoever looks at these alone: of an image of other bands its first three, or
    /// its first one as grey where it has two.
    pub fn to_rgb(&self) -> RgbImage {
        let channels = self.channels();
        let pixels = match channels {
            RGB => self.pixels.to_vec(),
            1 | 2 => self.pixels.chunks_exact(channels).flat_map(|pixel| [pixel[0]; RGB]).collect(),
            _ => self.pixels.chunks_exact(channels).flat_map(|pixel| [pixel[0], pixel[1], pixel[2]]).collect(),
        };
        RgbImage { width: self.width, height: self.height, pixels }
    }
}

/// An image as planes of f32 in [0, 1] (or normalised), shape [channels, height, width]; of an RGB image three.
#[derive(Debug, Clone, PartialEq)]
pub struct Planes {
    /// Width in px: values of a row.
    pub width: usize,
    /// Height in px: rows of a plane.
    pub height: usize,
    /// `channels * height * width` values.
    pub values: Vec<f32>,
}

impl Planes {
    /// The 8-bit image as planes in [0, 1].
    pub fn from_rgb(image: RgbView<'_>) -> Self {
        let (area, channels) = (image.width * image.height, image.channels());
        let mut values = vec![0.0; channels * area];
        for (at, pixel) in image.pixels.chunks_exact(channels).enumerate() {
            for (channel, &byte) in pixel.iter().enumerate() {
                values[channel * area + at] = f32::from(byte) / 255.0;
            }
        }
        Self { width: image.width, height: image.height, values }
    }

    /// How many planes there are: 3 of an RGB image.
    pub fn channels(&self) -> usize {
        channels_of(self.values.len(), self.width, self.height)
    }

    /// Back to 8 bits, rounded, values outside [0, 1] clamped.
    pub fn to_rgb(&self) -> RgbImage {
        let (area, channels) = (self.width * self.height, self.channels());
        let mut pixels = vec![0; channels * area];
        for (at, pixel) in pixels.chunks_exact_mut(channels).enumerate() {
            for (channel, byte) in pixel.iter_mut().enumerate() {
                *byte = (self.values[channel * area + at].clamp(0.0, 1.0) * 255.0 + 0.5) as u8;
            }
        }
        RgbImage { width: self.width, height: self.height, pixels }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bands_lie_pixel_by_pixel_and_become_planes_and_back() {
        let five = RgbImage { width: 2, height: 1, pixels: vec![0, 51, 102, 153, 204, 255, 1, 2, 3, 4] };
        assert_eq!((five.channels(), five.view().channels()), (5, 5));
        let planes = Planes::from_rgb(five.view());
        assert_eq!((planes.channels(), planes.values[0], planes.values[1], planes.values[8]), (5, 0.0, 1.0, 0.8));
        assert_eq!(planes.to_rgb(), five);
        assert_eq!(five.view().to_rgb().pixels, [0, 51, 102, 255, 1, 2]);
        let two = RgbImage { width: 1, height: 2, pixels: vec![7, 8, 9, 10] };
        assert_eq!(two.view().to_rgb().pixels, [7, 7, 7, 9, 9, 9]);
        assert_eq!(RgbImage { width: 0, height: 4, pixels: Vec::new() }.channels(), 3);
    }
}
