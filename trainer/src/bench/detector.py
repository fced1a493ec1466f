"""torchvision's part of `nadir bench`: its Faster R-CNN on one image; prints images/s, or null without torchvision."""
import json, sys, time

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
    model([image])
    started, calls = time.perf_counter(), 0
    while time.perf_counter() - started < seconds:
        model([image])
        calls += 1
print(json.dumps(calls / (time.perf_counter() - started)))
