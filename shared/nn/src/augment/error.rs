//! Why views cannot be made on a device.

use nadir_core::image::resample::Interpolation;

/// Why views cannot be made on a device.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// A draw of another size or filter than the batch's config.
    #[error("a view of {found_px} px by {found:?} in a batch of views of {size_px} px by {filter:?}")]
    OtherView {
        /// Side of the views by the batch's config, px.
        size_px: usize,
        /// Filter of the batch's config.
        filter: Interpolation,
        /// Side of the view by the draw, px.
        found_px: usize,
        /// Filter of the draw.
        found: Interpolation,
    },
    /// A blur whose kernel is wider than the batch's config has it.
    #[error("a blur of {found_px} px in a batch of blurs of at most {most_px} px")]
    WideBlur {
        /// Width of the draw's kernel, px.
        found_px: usize,
        /// Width of the kernel by the batch's config, px.
        most_px: usize,
    },
    /// Colour steps in no order that [`AugmentConfig::draw`](nadir_core::image::augment::AugmentConfig::draw) gives.
    #[error("a colour jitter with more than one hue, or more than three other steps before or after it")]
    LongJitter,
    /// So large an image that f32 does not tell its pixels' positions apart.
    #[error("images of {input_px} px resampled to {output_px} px: the product of both must be below 2^23")]
    TooLarge {
        /// The image's longer side, px.
        input_px: usize,
        /// Side of the view, px.
        output_px: usize,
    },
    /// As many draws as images are needed.
    #[error("{draws} draws for {images} images")]
    Count {
        /// How many draws there are.
        draws: usize,
        /// How many images there are.
        images: usize,
    },
    /// Images that are not of one size.
    #[error(
        "image {at} is {found_px:?} px, and the first one {first_px:?}: images that are augmented on the device must be of one size"
    )]
    Sizes {
        /// Index of the image, from 0.
        at: usize,
        /// Its width and height.
        found_px: [usize; 2],
        /// Those of image 0.
        first_px: [usize; 2],
    },
    /// More images than may lie in the device's memory.
    #[error(
        "{images} images of {size_px:?} px take {bytes} bytes of the device's memory, and {limit_bytes} are allowed"
    )]
    Memory {
        /// Number of images.
        images: usize,
        /// Width and height of an image.
        size_px: [usize; 2],
        /// 3 bytes a pixel.
        bytes: u64,
        /// Bytes that they may take.
        limit_bytes: u64,
    },
    /// A device without a type of one byte.
    #[error("the device {0} has no 8-bit integers")]
    NoBytes(String),
}
