"""Writes detector_training.json: losses and gradients of one training step of torchvision's Faster R-CNN, in f32.

    pip install torch torchvision && python make_detector_training.py [FOLDER]

Every anchor and proposal takes part, so that nothing is drawn. Tensors are filled by their names, as the test fills them.
BatchNorm once frozen and once trained.
"""

import torch
import torchvision
from torchvision.models.detection import FasterRCNN, backbone_utils, faster_rcnn
from torchvision.ops import misc

from drawn import fill, write
from networks import fill_model

TOLERANCE = 1e-4  # f32: sums in another order, through the network and back
CLASSES, CHANNELS, HIDDEN, ALL = 4, 32, 64, 1_000_000
GRADIENTS = ["backbone.body.conv1.weight", "backbone.body.layer2.0.downsample.0.weight", "backbone.body.layer4.1.conv2.weight",
             "backbone.fpn.inner_blocks.0.0.weight", "backbone.fpn.layer_blocks.3.0.weight", "rpn.head.conv.0.0.weight",
             "rpn.head.cls_logits.bias", "rpn.head.bbox_pred.weight", "roi_heads.box_head.fc6.weight",
             "roi_heads.box_predictor.cls_score.weight", "roi_heads.box_predictor.bbox_pred.weight"]


def step(norm_layer):
    body = torchvision.models.resnet18(weights=None, norm_layer=norm_layer)
    backbone = backbone_utils.BackboneWithFPN(body, {f"layer{n}": str(n - 1) for n in (1, 2, 3, 4)}, [64, 128, 256, 512], CHANNELS)
    model = FasterRCNN(
        backbone, rpn_anchor_generator=faster_rcnn._default_anchorgen(), min_size=96, max_size=160,
        box_head=faster_rcnn.TwoMLPHead(CHANNELS * 49, HIDDEN), box_predictor=faster_rcnn.FastRCNNPredictor(HIDDEN, CLASSES),
        rpn_pre_nms_top_n_train=100, rpn_post_nms_top_n_train=40, rpn_batch_size_per_image=ALL, box_batch_size_per_image=ALL,
        rpn_positive_fraction=1.0, box_positive_fraction=1.0)
    fill_model(model).train()
    images = [torch.tensor(fill(f"training.image.{n}", 3, *size), dtype=torch.float32) for n, size in enumerate([(96, 128), (144, 96)])]
    targets = [{"boxes": torch.tensor([[10.0, 12.0, 50.0, 60.0], [60.0, 20.0, 125.0, 90.0], [5.0, 70.0, 25.0, 90.0]]), "labels": torch.tensor([1, 3, 2])},
               {"boxes": torch.tensor([[8.5, 30.25, 90.0, 120.0]]), "labels": torch.tensor([2])}]
    losses = model(images, targets)
    sum(losses.values()).backward()
    parameters = dict(model.named_parameters())
    gradients = {name: parameters[name].grad for name in GRADIENTS}
    return {"losses": {name: loss.item() for name, loss in losses.items()},
            "gradients": {name: {"norm": g.double().norm().item(), "first": g.flatten()[:6].tolist()} for name, g in gradients.items()}}


write("detector_training.json", {"frozen": step(misc.FrozenBatchNorm2d), "trained": step(torch.nn.BatchNorm2d)})
