"""What the scripts about networks share: weights that any language can fill again, and feature maps in a few numbers."""

import math

import numpy as np
import torch

from drawn import signed

OUTPUTS = ("cls_logits", "cls_score", "bbox_pred")


def fill_model(model):
    """Every tensor from `signed` of its name in torchvision's state_dict, v. Of BatchNorm: weight 1 + v / 10, bias and
    running_mean v / 10, running_var 1 + v / 4. Other biases: v / 10. Other weights: v * sqrt(6 / fan_in), a tenth of it
    in a detector's outputs. bn3, the last of a bottleneck, has a fifth of its weight: else values grow with depth."""
    norms = {name for name, module in model.named_modules() if "BatchNorm" in type(module).__name__}
    state = model.state_dict()
    for name, tensor in state.items():
        if name.endswith("num_batches_tracked"):
            continue
        owner, leaf = name.rsplit(".", 1)
        v = signed(name, *tensor.shape)
        if owner in norms:
            v = {"weight": 1 + v / 10, "bias": v / 10, "running_mean": v / 10, "running_var": 1 + v / 4}[leaf]
            if name.endswith("bn3.weight"):
                v = v / 5
        elif leaf == "bias":
            v = v / 10
        else:
            v = v * math.sqrt(6 / np.prod(tensor.shape[1:]))
            if any(part in name for part in OUTPUTS):
                v = v / 10
        state[name] = torch.from_numpy(v).to(tensor.dtype)
    model.load_state_dict(state)
    return model


def summary(feature_map):
    """Shape, mean and deviation in f64, and the first eight values."""
    in_f64 = feature_map.double()
    return {"shape": list(feature_map.shape), "mean": in_f64.mean().item(), "std": in_f64.std().item(),
            "first": feature_map.flatten()[:8].tolist()}
