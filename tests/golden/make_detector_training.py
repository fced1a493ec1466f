"""Writes detector_training.json: losses and gradients of one training step of torchvision's Faster R-CNN, for
shared/src/model/detector/training.rs. Run it where this file stands, with torch 2.15, torchvision 0.29 and numpy 2.4:

    pip install torch torchvision && python make_detector_training.py

Every anchor and proposal takes part, so that nothing is drawn. Tensors are filled by their names, as `fill_model` of the
tests' golden.rs fills them. BatchNorm once frozen and once trained.
"""

import json
import math

import numpy as np
import torch
import torchvision
from torchvision.models.detection import FasterRCNN, backbone_utils, faster_rcnn
from torchvision.ops import misc

MASK = (1 << 64) - 1
CLASSES, CHANNELS, HIDDEN, ALL = 4, 32, 64, 1_000_000
GRADIENTS = ["backbone.body.conv1.weight", "backbone.body.layer2.0.downsample.0.weight", "backbone.body.layer4.1.conv2.weight",
             "backbone.fpn.inner_blocks.0.0.weight", "backbone.fpn.layer_blocks.3.0.weight", "rpn.head.conv.0.0.weight",
             "rpn.head.cls_logits.bias", "rpn.head.bbox_pred.weight", "roi_heads.box_head.fc6.weight",
             "roi_heads.box_predictor.cls_score.weight", "roi_heads.box_predictor.bbox_pred.weight"]


def fill(name, *shape):
    """drawn.fill in [-1, 1), at once: a backbone has eleven million values."""
    state = 0xCBF29CE484222325
    for byte in name.encode():
        state = ((state ^ byte) * 0x100000001B3) & MASK
    with np.errstate(over="ignore"):
        z = np.uint64(state) + np.arange(1, int(np.prod(shape)) + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (2 * ((z >> np.uint64(11)).astype(np.float64) * 2.0**-53) - 1).reshape(shape)


def fill_model(model):
    norms = {name for name, module in model.named_modules() if "BatchNorm" in type(module).__name__}
    state = model.state_dict()
    for name, tensor in state.items():
        if name.endswith("num_batches_tracked"):
            continue
        owner, leaf = name.rsplit(".", 1)
        v = fill(name, *tensor.shape)
        if owner in norms:
            v = {"weight": 1 + v / 10, "bias": v / 10, "running_mean": v / 10, "running_var": 1 + v / 4}[leaf]
        elif leaf == "bias":
            v = v / 10
        else:
            v = v * math.sqrt(6 / np.prod(tensor.shape[1:]))
            if any(part in name for part in ("cls_logits", "cls_score", "bbox_pred")):
                v = v / 10
        state[name] = torch.from_numpy(v).to(tensor.dtype)
    model.load_state_dict(state)
    return model


def step(norm_layer):
    body = torchvision.models.resnet18(weights=None, norm_layer=norm_layer)
    backbone = backbone_utils.BackboneWithFPN(body, {f"layer{n}": str(n - 1) for n in (1, 2, 3, 4)}, [64, 128, 256, 512], CHANNELS)
    model = FasterRCNN(
        backbone, rpn_anchor_generator=faster_rcnn._default_anchorgen(), min_size=96, max_size=160,
        box_head=faster_rcnn.TwoMLPHead(CHANNELS * 49, HIDDEN), box_predictor=faster_rcnn.FastRCNNPredictor(HIDDEN, CLASSES),
        rpn_pre_nms_top_n_train=100, rpn_post_nms_top_n_train=40, rpn_batch_size_per_image=ALL, box_batch_size_per_image=ALL,
        rpn_positive_fraction=1.0, box_positive_fraction=1.0)
    fill_model(model).train()
    images = [torch.tensor((fill(f"training.image.{n}", 3, *size) + 1) / 2, dtype=torch.float32) for n, size in enumerate([(96, 128), (144, 96)])]
    targets = [{"boxes": torch.tensor([[10.0, 12.0, 50.0, 60.0], [60.0, 20.0, 125.0, 90.0], [5.0, 70.0, 25.0, 90.0]]), "labels": torch.tensor([1, 3, 2])},
               {"boxes": torch.tensor([[8.5, 30.25, 90.0, 120.0]]), "labels": torch.tensor([2])}]
    losses = model(images, targets)
    sum(losses.values()).backward()
    parameters = dict(model.named_parameters())
    gradients = {name: parameters[name].grad for name in GRADIENTS}
    return {"losses": {name: loss.item() for name, loss in losses.items()},
            "gradients": {name: {"norm": g.double().norm().item(), "first": g.flatten()[:6].tolist()} for name, g in gradients.items()}}


results = {"frozen": step(misc.FrozenBatchNorm2d), "trained": step(torch.nn.BatchNorm2d)}
with open("detector_training.json", "w") as file:
    file.write(json.dumps(results, indent=1) + "\n")
