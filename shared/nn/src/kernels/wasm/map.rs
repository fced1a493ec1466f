//! A feature map whose channels lie together, in a frame of zeros.

/// One image's feature map, [row, column, channel], with `frame` rows and columns of zeros around it, and one more
/// below and to the right where a side is odd: whatever a kernel or a tile of two by two sees beside the image is
/// there.
#[derive(Debug, Clone)]
pub(crate) struct Map {
    pub channels: usize,
    pub height: usize,
    pub width: usize,
    pub frame: usize,
    pub values: Vec<f32>,
}

impl Map {
    pub fn zeros([channels, height, width]: [usize; 3], frame: usize) -> Self {
        let [rows, columns] = [height, width].map(|side| side.next_multiple_of(2) + 2 * frame);
        Self { channels, height, width, frame, values: vec![0.0; rows * columns * channels] }
    }

    /// Of one image as tensors have it, [channel, row, column].
    pub fn from_planes(planes: &[f32], sizes: [usize; 3], frame: usize) -> Self {
        let mut map = Self::zeros(sizes, frame);
        let [channels, height, width] = sizes;
        for (channel, plane) in planes.chunks_exact(height * width).enumerate() {
            for (y, line) in plane.chunks_exact(width).enumerate() {
                let start = map.at(y + frame, frame) + channel;
                map.values[start..].iter_mut().step_by(channels).zip(line).for_each(|(to, &value)| *to = value);
            }
        }
        map
    }

    /// As tensors have it, [channel, row, column], behind what is in `planes`.
    pub fn append_planes(&self, planes: &mut Vec<f32>) {
        for channel in 0..self.channels {
            for y in 0..self.height {
                let line = &self.values[self.at(y + self.frame, self.frame) + channel..];
                planes.extend(line.iter().step_by(self.channels).take(self.width));
            }
        }
    }

    /// Values a row, frame and all.
    pub fn row_len(&self) -> usize {
        (self.width.next_multiple_of(2) + 2 * self.frame) * self.channels
    }

    /// Where the values of a pixel start; row and column count from the frame's corner.
    pub fn at(&self, row: usize, column: usize) -> usize {
        row * self.row_len() + column * self.channels
    }

    /// The largest of each window of 3x3 at stride 2, with the `padding` that the frame is; for values of which none is
    /// negative, since the frame's zeros count.
    pub fn max_pool(&self, [height, width]: [usize; 2], padding: usize) -> Self {
        let mut output = Self::zeros([self.channels, height, width], 1);
        let channels = self.channels;
        let from = self.frame - padding;
        for y in 0..height {
            for x in 0..width {
                let to = output.at(y + 1, x + 1);
                let to = &mut output.values[to..][..channels];
                for row in 0..3 {
                    let window = &self.values[self.at(from + 2 * y + row, from + 2 * x)..][..3 * channels];
                    for pixel in window.chunks_exact(channels) {
                        to.iter_mut().zip(pixel).for_each(|(to, &value)| *to = if value > *to { value } else { *to });
                    }
                }
            }
        }
        output
    }
}
