"""torchvision's part of `nadir bench`: a training step of its Faster R-CNN; prints images/s five times,
or null without torchvision."""
import json, sys

try:
    import torch
    from torchvision.models.detection import FasterRCNN, backbone_utils
except ImportError:
    print("null")
    sys.exit()

seconds, images, side, classes = float(sys.argv[1]), *map(int, sys.argv[2:5])
boxes = json.loads(sys.argv[5])
torch.manual_seed(1)
backbone = backbone_utils.resnet_fpn_backbone(
    backbone_name="resnet18", weights=None, trainable_layers=5, norm_layer=torch.nn.BatchNorm2d
)
model = FasterRCNN(backbone, num_classes=classes + 1, min_size=side, max_size=side).train()
optimizer = torch.optim.SGD(model.parameters(), lr=1e-4, momentum=0.9, weight_decay=1e-4)
batch = [torch.rand(3, side, side) for _ in range(images)]
targets = [{"boxes": torch.tensor(boxes), "labels": torch.arange(1, len(boxes) + 1)} for _ in range(images)]


def step():
    optimizer.zero_grad()
    sum(model(batch, targets).values()).backward()
    optimizer.step()


print(json.dumps([images * steps for steps in rate(seconds, step)]))
