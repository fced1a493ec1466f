//! Whole encoders on the host.

use super::conv::Conv;
use super::depthwise::Depthwise;
use super::epilogue::Epilogue;
use super::map::Map;
use crate::kernels::Activation;
use std::sync::Arc;

const RELU: Epilogue<'static> = Epilogue { sum: None, activation: Activation::Relu };
const RELU6: Epilogue<'static> = Epilogue { sum: None, activation: Activation::Relu6 };

/// An encoder with BatchNorm folded, its weights in the order of their use.
#[derive(Debug, Clone)]
pub(crate) enum WasmEncoder {
    ResNet(WasmResNet),
    SqueezeNet(WasmSqueezeNet),
    Efficientnet(WasmEfficientnet),
}

/// A ResNet with BatchNorm folded, channels last.
#[derive(Debug, Clone)]
pub(crate) struct WasmResNet {
    pub stem: Conv,
    pub has_max_pool: bool,
    pub stages: [Vec<WasmBlock>; 4],
}

/// A residual block: its convolutions one after another, and that of its shortcut.
#[derive(Debug, Clone)]
pub(crate) struct WasmBlock {
    pub convs: Vec<Conv>,
    pub downsample: Option<Conv>,
}

/// SqueezeNet 1.1 as a stem and fire modules.
#[derive(Debug, Clone)]
pub(crate) struct WasmSqueezeNet {
    pub stem: Conv,
    pub fires: Vec<WasmFire>,
}

/// A fire module: a 1x1 convolution, then a 1x1 and a 3x3 one side by side.
#[derive(Debug, Clone)]
pub(crate) struct WasmFire {
    /// Whether max pooling stands before it.
    pub is_pooled: bool,
    pub squeeze: Conv,
    /// 1x1 and 3x3: their outputs behind one another.
    pub expand: [Conv; 2],
}

impl WasmEncoder {
    /// The last feature map of one image, [bands, height, width].
    pub fn feature_map(&self, image: &[f32], sides: [usize; 2]) -> Map {
        match self {
            Self::ResNet(network) => {
                let first = network.first(image, sides);
                network.stages.iter().fold(first, |x, stage| forward(stage, x))
            }
            Self::SqueezeNet(network) => network.feature_map(image, sides),
            Self::Efficientnet(network) => network.feature_map(image, sides),
        }
    }
}

/// EfficientNet-Lite with BatchNorm folded. A clone shares the blocks' weights.
#[derive(Debug, Clone)]
pub(crate) struct WasmEfficientnet {
    pub stem: Conv,
    pub blocks: Arc<[WasmMbConv]>,
    /// A detector's backbone has none.
    pub head: Option<Conv>,
}

/// An inverted bottleneck: 1x1 to more channels, depthwise, 1x1 to few.
#[derive(Debug, Clone)]
pub(crate) struct WasmMbConv {
    pub expand: Option<Conv>,
    pub depthwise: Depthwise,
    pub project: Conv,
    /// What comes in is added to what goes out.
    pub has_shortcut: bool,
}

impl WasmEfficientnet {
    fn feature_map(&self, image: &[f32], sides: [usize; 2]) -> Map {
        let x = self.blocks.iter().fold(self.first(image, sides), |x, block| block.forward(&x));
        match &self.head {
            Some(head) => head.forward(&x, RELU6),
            None => x,
        }
    }

    /// The maps behind the named blocks (their indices, ascending) of one image, [bands, height, width].
    pub fn maps(&self, image: &[f32], sides: [usize; 2], behind: &[usize]) -> Vec<Map> {
        let mut x = self.first(image, sides);
        let mut maps = Vec::with_capacity(behind.len());
        for (at, block) in self.blocks.iter().enumerate() {
            x = block.forward(&x);
            if behind.contains(&at) {
                maps.push(x.clone());
            }
        }
        maps
    }

    fn first(&self, image: &[f32], [height, width]: [usize; 2]) -> Map {
        let image = Map::from_planes(image, [image.len() / (height * width), height, width], self.stem.frame());
        self.stem.forward(&image, RELU6)
    }
}

impl WasmMbConv {
    fn forward(&self, input: &Map) -> Map {
        let expanded = self.expand.as_ref().map(|expand| expand.forward_framed(input, self.depthwise.frame(), RELU6));
        let hidden = self.depthwise.forward(expanded.as_ref().unwrap_or(input), RELU6);
        let sum = self.has_shortcut.then_some(input);
        self.project.forward(&hidden, Epilogue { sum, activation: Activation::None })
    }
}

impl WasmResNet {
    /// The four stages' feature maps of one image, [bands, height, width], finest first.
    pub fn stages(&self, image: &[f32], sides: [usize; 2]) -> [Map; 4] {
        let mut x = self.first(image, sides);
        self.stages.each_ref().map(|stage| {
            x = forward(stage, x.clone());
            x.clone()
        })
    }

    fn first(&self, image: &[f32], [height, width]: [usize; 2]) -> Map {
        let image = Map::from_planes(image, [image.len() / (height * width), height, width], self.stem.frame());
        let x = self.stem.forward(&image, RELU);
        if self.has_max_pool { x.max_pool([x.height, x.width].map(|side| (side - 1) / 2 + 1), 1) } else { x }
    }
}

fn forward(stage: &[WasmBlock], input: Map) -> Map {
    stage.iter().fold(input, |x, block| block.forward(x))
}

impl WasmBlock {
    fn forward(&self, input: Map) -> Map {
        let (last, others) = self.convs.split_last().expect("a block has convolutions");
        let hidden =
            others.iter().fold(None, |x: Option<Map>, conv| Some(conv.forward(x.as_ref().unwrap_or(&input), RELU)));
        let shortcut = self.downsample.as_ref().map(|downsample| downsample.forward(&input, Epilogue::default()));
        let sum = Some(shortcut.as_ref().unwrap_or(&input));
        last.forward(hidden.as_ref().unwrap_or(&input), Epilogue { sum, activation: Activation::Relu })
    }
}

impl WasmSqueezeNet {
    fn feature_map(&self, image: &[f32], [height, width]: [usize; 2]) -> Map {
        let image = Map::from_planes(image, [image.len() / (height * width), height, width], self.stem.frame());
        let first = self.stem.forward(&image, RELU);
        self.fires.iter().fold(first, |x, fire| fire.forward(x))
    }
}

impl WasmFire {
    fn forward(&self, input: Map) -> Map {
        // In ceil mode: the last window may hang over the edge by one.
        let pooled = self.is_pooled.then(|| input.max_pool([input.height, input.width].map(|side| side / 2), 0));
        let squeezed = self.squeeze.forward(pooled.as_ref().unwrap_or(&input), RELU);
        let [one, three] = &self.expand;
        let channels = one.channels_out() + three.channels_out();
        let mut output = Map::zeros([channels, squeezed.height, squeezed.width], 1);
        one.write(&squeezed, &mut output, 0, RELU);
        three.write(&squeezed, &mut output, one.channels_out(), RELU);
        output
    }
}
