//! burn's tensors as channels-last maps.

use super::pieces::Sizes;
use burn::backend::flex::{FlexTensor, Layout};
use burn::tensor::{Bytes, DType, Shape};
use rayon::prelude::*;
use std::borrow::Cow;

/// The values of a tensor of any number of dimensions, in its order.
pub(super) fn values(tensor: &FlexTensor) -> Cow<'_, [f32]> {
    match tensor.layout().contiguous_offsets() {
        Some((begin, end)) => Cow::Borrowed(&tensor.storage::<f32>()[begin..end]),
        None => Cow::Owned(tensor.to_contiguous().storage::<f32>().to_vec()),
    }
}

/// Sizes of a tensor [batch, channels, height, width].
pub(super) fn sizes(tensor: &FlexTensor) -> Sizes {
    let [batch, channels, height, width] = tensor.layout().shape().dims();
    Sizes { batch, height, width, channels }
}

/// The values of a tensor [batch, channels, height, width] as [batch, height, width, channels].
pub(super) fn channels_last(tensor: &FlexTensor) -> Cow<'_, [f32]> {
    let sizes = sizes(tensor);
    let begin = tensor.layout().start_offset();
    if is_channels_last(tensor) {
        return Cow::Borrowed(&tensor.storage::<f32>()[begin..][..sizes.len()]);
    }
    let values = tensor.storage::<f32>();
    let mut map = vec![0.0; sizes.len()];
    let strides = tensor.layout().strides();
    let row_len = sizes.width * sizes.channels;
    map.par_chunks_exact_mut(row_len.max(1)).enumerate().for_each(|(at, row)| {
        let first =
            begin as isize + (at / sizes.height) as isize * strides[0] + (at % sizes.height) as isize * strides[2];
        for channel in 0..sizes.channels {
            let first = first + channel as isize * strides[1];
            for (column, value) in row[channel..].iter_mut().step_by(sizes.channels).enumerate() {
                *value = values[(first + column as isize * strides[3]) as usize];
            }
        }
    });
    Cow::Owned(map)
}

/// Likewise, to write to; copied where someone else has the tensor too.
pub(super) fn into_channels_last(mut tensor: FlexTensor) -> Owned {
    if is_channels_last(&tensor) && tensor.layout().start_offset() == 0 && tensor.try_storage_mut::<f32>().is_some() {
        return Owned(tensor);
    }
    let map = channels_last(&tensor).into_owned();
    Owned(to_tensor(map, &sizes(&tensor)))
}

/// A tensor in the order of a channels-last map that nobody else has.
pub(super) struct Owned(FlexTensor);

impl Owned {
    /// The values, [batch, height, width, channels].
    pub fn values(&mut self) -> &mut [f32] {
        let len = self.0.layout().num_elements();
        &mut self.0.storage_mut::<f32>()[..len]
    }

    /// The tensor, [batch, channels, height, width].
    pub fn into_tensor(self) -> FlexTensor {
        self.0
    }
}

fn is_channels_last(tensor: &FlexTensor) -> bool {
    let strides = strides(&sizes(tensor));
    let dims = tensor.layout().shape().dims::<4>();
    dims.iter().zip(tensor.layout().strides()).zip(strides).all(|((&dim, &is), expected)| dim == 1 || is == expected)
}

fn strides(sizes: &Sizes) -> [isize; 4] {
    let Sizes { height, width, channels, .. } = *sizes;
    [height * width * channels, 1, width * channels, channels].map(|stride| stride as isize)
}

/// The tensor [batch, channels, height, width] of a channels-last map's values.
pub(super) fn to_tensor(values: Vec<f32>, sizes: &Sizes) -> FlexTensor {
    let shape = Shape::new([sizes.batch, sizes.channels, sizes.height, sizes.width]);
    FlexTensor::new(Bytes::from_elems(values), Layout::new(shape, strides(sizes).to_vec(), 0), DType::F32)
}

/// The tensor of values in its order.
pub(super) fn contiguous<const D: usize>(values: Vec<f32>, dims: [usize; D]) -> FlexTensor {
    FlexTensor::new(Bytes::from_elems(values), Layout::contiguous(Shape::new(dims)), DType::F32)
}
