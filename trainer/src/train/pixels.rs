//! The pixels of a batch's views: on the host in memory that serves again, or on the device where they were made.

use super::gradients::to_autodiff;
use burn::tensor::{Device, Tensor, TensorData};
use std::ops::Range;
use std::sync::{Arc, Mutex};

/// Normalised pixels of views, [views, channels, size, size].
#[derive(Debug, Clone)]
pub enum Pixels {
    /// Values, to be copied to the device.
    Host(PixelBuffer),
    /// On the device, without autodiff.
    Device(Box<Tensor<4>>),
}

impl From<Vec<f32>> for Pixels {
    fn from(values: Vec<f32>) -> Self {
        Self::Host(PixelBuffer { values, pool: BufferPool::default() })
    }
}

impl Pixels {
    /// The `requested` ones of `views` views of `size` px, [requested, channels, size, size] on this device; with autodiff
    /// where the device has it.
    pub fn tensor(&self, views: usize, requested: Range<usize>, size: usize, device: &Device) -> Tensor<4> {
        match self {
            Self::Host(values) => {
                let view_len = values.len() / views;
                let shape = [requested.len(), view_len / (size * size), size, size];
                let values = values[requested.start * view_len..requested.end * view_len].to_vec();
                Tensor::from_data(TensorData::new(values, shape), device)
            }
            Self::Device(tensor) => {
                let tensor = tensor
                    .as_ref()
                    .clone()
                    .narrow(0, requested.start, requested.len())
                    .to_device(&device.clone().inner());
                to_autodiff(tensor, device)
            }
        }
    }

    /// Those of the views in these ranges, one range behind the other, out of `views`.
    pub fn slices(&self, views: usize, ranges: impl Iterator<Item = Range<usize>>) -> Self {
        match self {
            Self::Host(values) => {
                let view_len = values.len() / views;
                let slice = |range: Range<usize>| &values[range.start * view_len..range.end * view_len];
                ranges.map(slice).collect::<Vec<_>>().concat().into()
            }
            Self::Device(tensor) => {
                let slice = |range: Range<usize>| tensor.as_ref().clone().narrow(0, range.start, range.len());
                Self::Device(Box::new(Tensor::cat(ranges.map(slice).collect(), 0)))
            }
        }
    }

    /// Without the views from `left` on, out of `views`.
    pub fn truncate(&mut self, views: usize, left: usize) {
        match self {
            Self::Host(values) => {
                let view_len = values.len() / views;
                values.truncate(left * view_len);
            }
            Self::Device(tensor) => **tensor = tensor.as_ref().clone().narrow(0, 0, left),
        }
    }
}

/// A batch's pixels, in memory that serves again once they are dropped: to have 77 MB of fresh memory mapped takes
/// longer than to draw the 64 pairs of views that filled it.
#[derive(Debug, Clone, Default)]
pub struct PixelBuffer {
    values: Vec<f32>,
    pool: BufferPool,
}

/// Buffers of dropped batches of one run.
pub(super) type BufferPool = Arc<Mutex<Vec<Vec<f32>>>>;

impl PixelBuffer {
    /// `len` values, of which those of an earlier batch are still there.
    pub(super) fn from_pool(pool: &BufferPool, len: usize) -> Self {
        let mut values = pool.lock().ok().and_then(|mut buffers| buffers.pop()).unwrap_or_default();
        values.resize(len, 0.0);
        Self { values, pool: pool.clone() }
    }
}

impl std::ops::Deref for PixelBuffer {
    type Target = Vec<f32>;

    fn deref(&self) -> &Vec<f32> {
        &self.values
    }
}

impl std::ops::DerefMut for PixelBuffer {
    fn deref_mut(&mut self) -> &mut Vec<f32> {
        &mut self.values
    }
}

impl Drop for PixelBuffer {
    fn drop(&mut self) {
        // More than are ever under way at once are not kept.
        if let Ok(mut buffers) = self.pool.lock()
            && buffers.len() < 4
        {
            buffers.push(std::mem::take(&mut self.values));
        }
    }
}
