"""Writes efficientnet.json: maps and embeddings of EfficientNet-Lite0 by PyTorch, in f32, of ten small images of even and
odd sizes, and a detector's pyramid over three of its maps.

    pip install torch torchvision && python make_efficientnet.py [FOLDER]

No weights are fetched: `fill_model` fills the network by its tensors' names, as the tests do.
    python make_efficientnet.py --published WEIGHTS.pth FOLDER writes efficientnet_published.json of the same images by the
published weights instead.
"""

import math
import sys
from collections import OrderedDict

import torch
from torch import nn
from torch.nn import functional
from torchvision.ops.feature_pyramid_network import FeaturePyramidNetwork, LastLevelMaxPool

from drawn import fill, write
from networks import fill_model, summary

TOLERANCE = 1e-4  # f32: sums in another order, through 50 layers
# Blocks, kernel, stride, expansion, channels.
STAGES = [(1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112), (4, 5, 2, 6, 192),
          (1, 3, 1, 6, 320)]
PYRAMID = {2: "0", 4: "1", 6: "2"}  # stages of strides 8, 16 and 32
SIZES = [(64, 64), (65, 97), (96, 80), (33, 40), (128, 50), (47, 47), (70, 71), (32, 96), (81, 64), (112, 112)]
FIRST = 64  # values of an embedding that are kept


class SameConv2d(nn.Conv2d):
    """TensorFlow's SAME padding: more behind than before, where it is odd."""

    def forward(self, x):
        pads = []
        for side, kernel, stride in zip(x.shape[:1:-1], self.kernel_size[::-1], self.stride[::-1]):
            both = max((math.ceil(side / stride) - 1) * stride + kernel - side, 0)
            pads += [both // 2, both - both // 2]
        return functional.conv2d(functional.pad(x, pads), self.weight, None, self.stride, 0, 1, self.groups)


def norm(channels):
    return nn.BatchNorm2d(channels, eps=1e-3)


class Block(nn.Module):
    def __init__(self, channels, out, kernel, stride, expansion):
        super().__init__()
        inner = channels * expansion
        self.has_shortcut = stride == 1 and channels == out
        if expansion > 1:
            self._expand_conv, self._bn0 = SameConv2d(channels, inner, 1, bias=False), norm(inner)
        self._depthwise_conv = SameConv2d(inner, inner, kernel, stride, groups=inner, bias=False)
        self._bn1 = norm(inner)
        self._project_conv, self._bn2 = SameConv2d(inner, out, 1, bias=False), norm(out)

    def forward(self, x):
        y = functional.relu6(self._bn0(self._expand_conv(x))) if hasattr(self, "_expand_conv") else x
        y = functional.relu6(self._bn1(self._depthwise_conv(y)))
        y = self._bn2(self._project_conv(y))
        return x + y if self.has_shortcut else y


class Lite0(nn.Module):
    def __init__(self):
        super().__init__()
        self._conv_stem, self._bn0 = SameConv2d(3, 32, 3, 2, bias=False), norm(32)
        blocks, channels, self.ends = [], 32, {}
        for index, (count, kernel, stride, expansion, out) in enumerate(STAGES):
            for at in range(count):
                blocks.append(Block(channels, out, kernel, stride if at == 0 else 1, expansion))
                channels = out
            self.ends[len(blocks) - 1] = index
        self._blocks = nn.ModuleList(blocks)
        self._conv_head, self._bn1 = SameConv2d(channels, 1280, 1, bias=False), norm(1280)

    def forward(self, x):
        """The pyramid's maps, and the last one."""
        maps = OrderedDict()
        x = functional.relu6(self._bn0(self._conv_stem(x)))
        for at, block in enumerate(self._blocks):
            x = block(x)
            if self.ends.get(at) in PYRAMID:
                maps[PYRAMID[self.ends[at]]] = x
        return maps, functional.relu6(self._bn1(self._conv_head(x)))


class Detector(nn.Module):
    """Under torchvision's names."""

    def __init__(self):
        super().__init__()
        self.backbone = nn.Module()
        self.backbone.body = Lite0()
        self.backbone.fpn = FeaturePyramidNetwork([40, 112, 320], 24, extra_blocks=LastLevelMaxPool())


def image(index):
    """Bytes from 0 to 255 as floats, scaled as the published weights want it."""
    drawn = torch.tensor(fill(f"efficientnet.image.{index}", 1, 3, *SIZES[index]))
    return ((255 * drawn).round().float() - 127) / 128


@torch.no_grad()
def main():
    network = fill_model(Lite0()).eval()
    results = {"input": "(round(255 * fill('efficientnet.image.N', [1, 3, height, width])) - 127) / 128, float32"}
    results["sizes"], results["images"] = SIZES, []
    for index in range(len(SIZES)):
        maps, last = network(image(index))
        embedding = last.mean((2, 3))[0]
        results["images"].append({
            "maps": [summary(one) for one in maps.values()],
            "last": summary(last),
            "largest": embedding.abs().max().item(),
            "embedding_first": embedding[:FIRST].tolist(),
        })
    detector = fill_model(Detector()).eval()
    maps, _ = detector.backbone.body(image(1))
    results["pyramid"] = [summary(one) for one in detector.backbone.fpn(maps).values()]
    write("efficientnet.json", results)


@torch.no_grad()
def published(path):
    network = Lite0().eval()
    state = torch.load(path, map_location="cpu")
    network.load_state_dict({name: tensor for name, tensor in state.items() if not name.startswith("_fc")})
    embeddings = [network(image(index))[1].mean((2, 3))[0] for index in range(len(SIZES))]
    write("efficientnet_published.json", {
        "images": [{"largest": e.abs().max().item(), "embedding_first": e[:FIRST].tolist()} for e in embeddings]})


if __name__ == "__main__":
    if len(sys.argv) > 2 and sys.argv[1] == "--published":
        weights = sys.argv[2]
        del sys.argv[1:3]
        published(weights)
    else:
        main()
