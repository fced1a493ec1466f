//! A set of images in the memory of a device.

use super::error::BatchError;
use burn::tensor::{DType, Device, Int, Tensor, TensorData};
use nadir_core::image::RgbView;

/// Bytes of one tensor, at most: indices of 32 bits reach them, and a binding of Vulkan takes them.
const BLOCK_BYTES: usize = 1 << 30;

/// 8-bit images of one size on a device, one byte a value.
#[derive(Debug, Clone)]
pub struct DeviceImages {
    /// [images, height, width, 3] each; all but the last have `a_block` images.
    blocks: Vec<Tensor<4, Int>>,
    a_block: usize,
    images: usize,
    width: usize,
    height: usize,
}

impl DeviceImages {
    /// Copies images to the device, block by block, so that the host holds one block besides the images themselves.
    ///
    /// # Errors
    /// Where the images are not of one size, take more than `limit_bytes`, or the device knows no bytes.
    pub fn upload<'a>(
        images: impl ExactSizeIterator<Item = RgbView<'a>>,
        limit_bytes: u64,
        device: &Device,
    ) -> Result<Self, BatchError> {
        Self::upload_in_blocks(images, limit_bytes, BLOCK_BYTES, device)
    }

    pub(super) fn upload_in_blocks<'a>(
        images: impl ExactSizeIterator<Item = RgbView<'a>>,
        limit_bytes: u64,
        block_bytes: usize,
        device: &Device,
    ) -> Result<Self, BatchError> {
        let device = device.clone().inner();
        if !device.supports_dtype(DType::U8) {
            return Err(BatchError::NoBytes(format!("{device:?}")));
        }
        let count = images.len();
        let mut set = Self { blocks: Vec::new(), a_block: 1, images: count, width: 0, height: 0 };
        let mut block = Vec::new();
        let end_block = |set: &mut Self, block: &mut Vec<u8>| {
            let bytes = std::mem::take(block);
            let shape = [bytes.len() / (3 * set.width * set.height).max(1), set.height, set.width, 3];
            set.blocks.push(Tensor::from_data(TensorData::new(bytes, shape), (&device, DType::U8)));
        };
        for (at, image) in images.enumerate() {
            if at == 0 {
                (set.width, set.height) = (image.width, image.height);
                let bytes = set.bytes();
                if bytes > limit_bytes {
                    return Err(BatchError::Memory { images: count, size_px: set.size_px(), bytes, limit_bytes });
                }
                set.a_block = (block_bytes / image.pixels.len().max(1)).max(1);
            }
            let found_px = [image.width, image.height];
            if found_px != set.size_px() {
                return Err(BatchError::Sizes { at, found_px, first_px: set.size_px() });
            }
            block.extend_from_slice(image.pixels);
            if (at + 1).is_multiple_of(set.a_block) || at + 1 == count {
                end_block(&mut set, &mut block);
            }
        }
        Ok(set)
    }

    /// The images' width and height; zeros where there are none.
    pub fn size_px(&self) -> [usize; 2] {
        [self.width, self.height]
    }

    /// Number of images.
    pub fn len(&self) -> usize {
        self.images
    }

    /// Whether there is no image.
    pub fn is_empty(&self) -> bool {
        self.images == 0
    }

    /// The device's memory that they take: 3 bytes a pixel.
    pub fn bytes(&self) -> u64 {
        3 * self.images as u64 * self.width as u64 * self.height as u64
    }

    /// The images of these indices, in this order, each as often as it is listed: [rows, height, width, 3], bytes as
    /// before.
    ///
    /// # Panics
    /// If there is no such image.
    pub fn select(&self, rows: &[usize]) -> Tensor<4, Int> {
        assert!(rows.iter().all(|&row| row < self.images), "a row of the {} images", self.images);
        let device = self.blocks[0].device();
        let indices = |rows: Vec<i32>| {
            let count = rows.len();
            Tensor::<1, Int>::from_data(TensorData::new(rows, [count]), (&device, DType::I32))
        };
        if let [only] = self.blocks.as_slice() {
            return only.clone().select(0, indices(rows.iter().map(|&row| row as i32).collect()));
        }
        // Block by block, then in the order of `rows`.
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_by_key(|&at| rows[at] / self.a_block);
        let mut parts = Vec::new();
        for of_block in order.chunk_by(|&a, &b| rows[a] / self.a_block == rows[b] / self.a_block) {
            let within = of_block.iter().map(|&at| (rows[at] % self.a_block) as i32).collect();
            parts.push(self.blocks[rows[of_block[0]] / self.a_block].clone().select(0, indices(within)));
        }
        let mut back = vec![0; rows.len()];
        order.iter().enumerate().for_each(|(now, &row)| back[row] = now as i32);
        Tensor::cat(parts, 0).select(0, indices(back))
    }
}
