"""Loads the encoder of this folder in PyTorch and embeds images.

    pip install torch torchvision safetensors
    python load_encoder.py IMAGE [IMAGE ...]

prints a line an image: the first numbers of its embedding. From Python: `encoder, transform = load()`, then
`encoder(transform(image)[None])` of a PIL image in RGB.
"""

import json
import math
import sys
from pathlib import Path

import torch
from PIL import Image
from safetensors.torch import load_file
from torch import nn
from torch.nn import functional
from torchvision import models
from torchvision.models.resnet import BasicBlock, Bottleneck, ResNet
from torchvision.transforms import v2

FOLDER = Path(__file__).parent
RESNETS = {
    "resnet18": (BasicBlock, [2, 2, 2, 2]),
    "resnet34": (BasicBlock, [3, 4, 6, 3]),
    "resnet50": (Bottleneck, [3, 4, 6, 3]),
    "resnet101": (Bottleneck, [3, 4, 23, 3]),
}


def resnet(config):
    """torchvision's ResNet of any width, with the first layers and the number of stages that the config names."""
    block, counts = RESNETS[config["encoder"]]
    width, stages = config["width"], config["stages"]
    network = ResNet(block, counts)
    kernel, stride = {"imagenet": (7, 2), "compact": (3, 2), "small": (3, 1)}[config["stem"]]
    network.conv1 = nn.Conv2d(3, width, kernel, stride, kernel // 2, bias=False)
    network.bn1 = nn.BatchNorm2d(width)
    if config["stem"] != "imagenet":
        network.maxpool = nn.Identity()
    network.inplanes = width
    for stage, count in enumerate(counts):
        layer = network._make_layer(block, width << stage, count, 1 if stage == 0 else 2) if stage < stages else nn.Identity()
        setattr(network, f"layer{stage + 1}", layer)
    network.fc = nn.Identity()
    return network


class Squeezenet(nn.Module):
    """torchvision's SqueezeNet 1.1 up to its classifier."""

    def __init__(self):
        super().__init__()
        self.features = models.squeezenet1_1().features

    def forward(self, images):
        return self.features(images).mean((2, 3))


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
    """EfficientNet-Lite's inverted bottleneck."""

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


class EfficientnetLite0(nn.Module):
    """Under the published names."""

    # Blocks, kernel, stride, expansion, channels.
    STAGES = [(1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112), (4, 5, 2, 6, 192),
              (1, 3, 1, 6, 320)]

    def __init__(self):
        super().__init__()
        self._conv_stem, self._bn0 = SameConv2d(3, 32, 3, 2, bias=False), norm(32)
        blocks, channels = [], 32
        for count, kernel, stride, expansion, out in self.STAGES:
            for at in range(count):
                blocks.append(Block(channels, out, kernel, stride if at == 0 else 1, expansion))
                channels = out
        self._blocks = nn.Sequential(*blocks)
        self._conv_head, self._bn1 = SameConv2d(channels, 1280, 1, bias=False), norm(1280)

    def forward(self, images):
        x = self._blocks(functional.relu6(self._bn0(self._conv_stem(images))))
        return functional.relu6(self._bn1(self._conv_head(x))).mean((2, 3))


def load(folder=FOLDER):
    """The encoder in evaluation mode, and what an image goes through before it."""
    config = json.loads((folder / "config.json").read_text())
    others = {"squeezenet1_1": Squeezenet, "efficientnet_lite0": EfficientnetLite0}
    kind = config["encoder"]
    encoder = others[kind]() if kind in others else resnet(config)
    missing, unexpected = encoder.load_state_dict(load_file(folder / "model.safetensors"), strict=False)
    # How many batches a BatchNorm has seen is nothing that it computes with.
    missing = [name for name in missing if not name.endswith("num_batches_tracked")]
    if missing or unexpected:
        raise ValueError(f"missing {missing}, unexpected {unexpected}")
    images = json.loads((folder / "preprocessor_config.json").read_text())
    size = images["crop_size"]["height"]
    transform = v2.Compose([
        v2.ToImage(), v2.ToDtype(torch.float32, scale=True), v2.Resize(size, antialias=True), v2.CenterCrop(size),
        v2.Normalize(images["image_mean"], images["image_std"]),
    ])
    return encoder.eval(), transform


if __name__ == "__main__":
    encoder, transform = load()
    for path in sys.argv[1:]:
        with torch.no_grad():
            embedding = encoder(transform(Image.open(path).convert("RGB"))[None])[0]
        print(f"{path}: {len(embedding)} values, " + " ".join(f"{value:.6f}" for value in embedding[:8]))
