//! How a map lies in memory, and how threads go through it.

use super::walk::{StepLaunch, UNITS, WalkLaunch};
use burn::backend::TensorMetadata;
use burn::tensor::Shape;
use burn_cubecl::cubecl::prelude::*;
use burn_cubecl::kernel::into_contiguous;
use burn_cubecl::ops::numeric::{empty_device_contiguous_dtype, empty_device_dtype};
use burn_cubecl::ops::{permute_nchw_to_nhwc, permute_nhwc_to_nchw};
use burn_cubecl::tensor::CubeTensor;

/// Bytes that a thread reads at once.
const VECTOR_BYTES: usize = 16;
/// Threads of a cube beside each other, at most: so many vectors fill a line of memory several times over.
const WIDEST: usize = 32;
/// So many cubes fill a large GPU.
const CUBES: usize = 1024;
/// Chunks of one channel whose figures are joined, at most.
const MOST_PARTS: usize = 512;

/// Which axis of a map [batch, channels, height, width] lies closest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// A pixel's channels, as burn's convolutions give them; perhaps with padding behind them.
    ChannelsLast,
    /// A channel's pixels.
    ChannelsFirst,
}

impl Layout {
    /// The map's own, or the one that it has to be brought to.
    pub fn of(map: &CubeTensor) -> Self {
        match Strides::of(map, Self::ChannelsLast) {
            Some(_) => Self::ChannelsLast,
            None => Self::ChannelsFirst,
        }
    }

    /// `map` in this layout: itself if it has it, else a copy.
    pub fn brought(self, map: CubeTensor) -> CubeTensor {
        if Strides::of(&map, self).is_some() {
            return map;
        }
        match self {
            Self::ChannelsLast => permute_nhwc_to_nchw(into_contiguous(permute_nchw_to_nhwc(map))),
            Self::ChannelsFirst => into_contiguous(map),
        }
    }

    /// Space for a map like `other`, in this layout.
    pub fn empty_like(self, other: &CubeTensor) -> CubeTensor {
        let [batch, channels, height, width] = other.shape().dims();
        let (client, device) = (other.client.clone(), other.device.clone());
        match self {
            Self::ChannelsLast => {
                let shape = Shape::new([batch, height, width, channels]);
                permute_nhwc_to_nchw(empty_device_dtype(client, device, shape, other.dtype))
            }
            Self::ChannelsFirst => empty_device_contiguous_dtype(client, device, other.shape(), other.dtype),
        }
    }
}

/// Values from place to place of a map.
#[derive(Debug, Clone, Copy)]
struct Strides {
    /// From pixel to pixel with channels last, else from image to image.
    outer: usize,
    /// From channel to channel.
    channel: usize,
}

impl Strides {
    /// `None` of a map that does not lie in this way. The stride of an axis of length 1 means nothing.
    fn of(map: &CubeTensor, layout: Layout) -> Option<Self> {
        let [batch, channels, height, width] = map.meta.shape().dims::<4>();
        let strides = map.meta.strides();
        let goes = |axis: usize, length: usize, by: usize| length == 1 || strides[axis] == by;
        match layout {
            Layout::ChannelsLast => {
                let moving = [(width, 3), (height, 2), (batch, 0)].into_iter().find(|(length, _)| *length > 1);
                let pixel = moving.map_or(channels, |(_, axis)| strides[axis]);
                let is_so = pixel >= channels
                    && goes(1, channels, 1)
                    && goes(3, width, pixel)
                    && goes(2, height, width * pixel)
                    && goes(0, batch, height * width * pixel);
                is_so.then_some(Self { outer: pixel, channel: 1 })
            }
            Layout::ChannelsFirst => {
                let channel = if channels == 1 { height * width } else { strides[1] };
                let image = if batch == 1 { channel * channels } else { strides[0] };
                let is_so = goes(3, width, 1)
                    && goes(2, height, width)
                    && channel >= height * width
                    && image >= channel * channels;
                is_so.then_some(Self { outer: image, channel })
            }
        }
    }
}

/// How the threads of a launch go through maps of one shape and layout.
#[derive(Debug, Clone, Copy)]
pub(super) struct Way {
    layout: Layout,
    /// Values of a vector.
    pub vector: usize,
    /// Values of a channel.
    pub values: usize,
    pub channels: usize,
    items: usize,
    places: usize,
    plane: usize,
    width: usize,
    /// Rows of a cube's threads.
    pub height: usize,
    chunk: usize,
    /// Chunks of an item's places.
    pub chunks: usize,
}

impl Way {
    /// Through `maps`, all of this layout.
    pub fn through(layout: Layout, maps: &[&CubeTensor]) -> Self {
        let first = maps[0];
        let [batch, channels, height, width] = first.meta.shape().dims::<4>();
        let found: Vec<Strides> = maps.iter().map(|map| expected(map, layout)).collect();
        let of_size = |vector: usize| match layout {
            Layout::ChannelsLast => {
                channels.is_multiple_of(vector) && found.iter().all(|strides| strides.outer.is_multiple_of(vector))
            }
            Layout::ChannelsFirst => {
                (height * width).is_multiple_of(vector)
                    && found
                        .iter()
                        .all(|strides| strides.outer.is_multiple_of(vector) && strides.channel.is_multiple_of(vector))
            }
        };
        let size = first.dtype.size();
        let vector = first
            .client
            .io_optimized_vector_sizes(size)
            .filter(|&vector| vector * size <= VECTOR_BYTES && of_size(vector))
            .max()
            .unwrap_or(1);
        let values = batch * height * width;
        let (items, places, plane) = match layout {
            Layout::ChannelsLast => (channels / vector, values, 1),
            Layout::ChannelsFirst => (channels, values / vector, height * width / vector),
        };
        let width = match layout {
            Layout::ChannelsLast => items.next_power_of_two().min(WIDEST),
            Layout::ChannelsFirst => 1,
        };
        let mut way = Self {
            layout,
            vector,
            values,
            channels,
            items,
            places,
            plane,
            width,
            height: UNITS / width,
            chunk: places,
            chunks: 1,
        };
        // Each thread has a few places at least.
        let most = MOST_PARTS.min(places.div_ceil(4 * way.height));
        let chunks = CUBES.div_ceil(items.div_ceil(width)).min(most).max(1);
        way.chunk = places.div_ceil(chunks).next_multiple_of(way.height);
        way.chunks = places.div_ceil(way.chunk);
        way
    }

    pub fn channels_last(&self) -> bool {
        self.layout == Layout::ChannelsLast
    }

    pub fn cubes(&self) -> CubeCount {
        CubeCount::Static(self.items.div_ceil(self.width) as u32, self.chunks as u32, 1)
    }

    pub fn cube(&self) -> CubeDim {
        CubeDim::new_2d(self.width as u32, self.height as u32)
    }

    pub fn walk(&self) -> WalkLaunch {
        WalkLaunch::new(self.items, self.places, self.chunk, self.plane, self.channels)
    }

    /// Of a map that was among those that this was made for.
    pub fn step(&self, map: &CubeTensor) -> StepLaunch {
        let found = expected(map, self.layout);
        let item = if self.channels_last() { 1 } else { found.channel / self.vector };
        StepLaunch::new(found.outer / self.vector, item)
    }

    /// Values of a place that are of one channel.
    pub fn lanes(&self) -> usize {
        if self.channels_last() { 1 } else { self.vector }
    }
}

fn expected(map: &CubeTensor, layout: Layout) -> Strides {
    Strides::of(map, layout).expect("the maps were brought to one layout")
}
