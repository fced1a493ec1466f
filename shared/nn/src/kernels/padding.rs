//! How many zeros stand around a map, for what sizes of it.

use burn::nn::PaddingConfig2d;

/// Zeros around a map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Padding {
    /// So many on each side.
    Each(usize),
    /// TensorFlow's SAME: the output has a side of `input / stride`, rounded up, and of an odd number of zeros the larger
    /// half stands behind.
    Same,
}

impl Padding {
    /// burn's padding, of those that are computed here.
    pub fn of(padding: &PaddingConfig2d) -> Option<Self> {
        match *padding {
            PaddingConfig2d::Valid => Some(Self::Each(0)),
            PaddingConfig2d::Same => Some(Self::Same),
            PaddingConfig2d::Explicit(top, left, bottom, right) if [left, bottom, right] == [top; 3] => {
                Some(Self::Each(top))
            }
            PaddingConfig2d::Explicit(..) => None,
        }
    }

    /// Zeros before and behind a side of so many values.
    pub fn around(self, side: usize, kernel: usize, stride: usize) -> (usize, usize) {
        match self {
            Self::Each(padding) => (padding, padding),
            Self::Same => {
                let all = ((side.div_ceil(stride).max(1) - 1) * stride + kernel).saturating_sub(side);
                (all / 2, all - all / 2)
            }
        }
    }

    /// The output's side for a side of the input, zeros and all at least as long as the kernel.
    pub fn output(self, side: usize, kernel: usize, stride: usize) -> usize {
        let (before, behind) = self.around(side, kernel, stride);
        (side + before + behind - kernel) / stride + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_is_tensorflows() {
        // TensorFlow's documentation of `tf.nn.convolution`: of 13 values by a kernel of 6 and a stride of 5, 1 zero
        // before and 2 behind.
        assert_eq!(Padding::Same.around(13, 6, 5), (1, 2));
        assert_eq!([224, 225, 7].map(|side| Padding::Same.around(side, 3, 2)), [(0, 1), (1, 1), (1, 1)]);
        assert_eq!([56, 57].map(|side| Padding::Same.around(side, 5, 2)), [(1, 2), (2, 2)]);
        assert_eq!([1, 9, 10].map(|side| Padding::Same.around(side, 5, 1)), [(2, 2); 3]);
        for side in 1..30 {
            for kernel in [1, 3, 5] {
                for stride in [1, 2] {
                    assert_eq!(Padding::Same.output(side, kernel, stride), side.div_ceil(stride));
                }
            }
        }
    }
}
