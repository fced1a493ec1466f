"""torchvision's part of `nadir bench`: its Faster R-CNN on one image; prints images/s five times, or null without torchvision."""
import json, sys

try:
    import torch, torchvision
except ImportError:
    print("null")
    sys.exit()

seconds, side, classes = float(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
torch.manual_seed(1)
model = torchvision.models.detection.fasterrcnn_resnet50_fpn(
    weights=None, weights_backbone=None, num_classes=classes + 1, min_size=side, max_size=side
).eval()
image = torch.rand(3, side, side)
with torch.no_grad():
    print(json.dumps(rate(seconds, lambda: model([image]))))
