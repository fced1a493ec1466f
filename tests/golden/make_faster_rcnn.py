"""Writes faster_rcnn.json: torchvision's fasterrcnn_resnet50_fpn on one image: the pyramid's maps in a few numbers, the
first proposals and detections, in f32.

    pip install torch torchvision && python make_faster_rcnn.py [FOLDER]

No weights are fetched: `fill_model` fills the network by its tensors' names, as the test does.
"""

import torch
from torchvision.models.detection import fasterrcnn_resnet50_fpn

from drawn import fill, write
from networks import fill_model, summary

TOLERANCE = 1e-4  # f32: sums in another order, through 60 layers; a box adds a size times exp(delta) to its place
FIRST = 10


@torch.no_grad()
def main():
    # A threshold of 0 keeps detections of filled weights, whose scores are all low.
    network = fasterrcnn_resnet50_fpn(
        weights=None, weights_backbone=None, num_classes=21, min_size=160, max_size=224, box_score_thresh=0.0)
    fill_model(network).eval()
    image = torch.tensor(fill("detection.image", 3, 160, 200), dtype=torch.float32)
    images, _ = network.transform([image])
    maps = network.backbone(images.tensors)
    proposals, _ = network.rpn(images, maps)
    found = network([image])[0]
    first = zip(*(found[name][:FIRST].tolist() for name in ("boxes", "labels", "scores")))
    write("faster_rcnn.json", {
        "how": "torchvision fasterrcnn_resnet50_fpn, 21 classes, min_size 160, max_size 224, box_score_thresh 0, all else "
               "default; fill_model; image = (fill('detection.image', [3,160,200]) + 1) / 2",
        "fpn": {level: summary(of_level) for level, of_level in maps.items()},
        "proposals": {"count": len(proposals[0]), "first_10_xyxy": proposals[0][:FIRST].tolist()},
        "detections": {"count": len(found["boxes"]),
                       "first_10": [{"box_xyxy": box, "label": label, "score": score} for box, label, score in first]},
    })


if __name__ == "__main__":
    main()
