"""Writes encoders.json: stages, embedding and logits of torchvision's ResNets and SqueezeNet, in f32.

    pip install torch torchvision && python make_encoders.py [FOLDER]

No weights are fetched: `fill_model` fills the networks by their tensors' names, as the tests do.
"""

import torch
from torchvision import models

from drawn import signed, write
from networks import fill_model, summary

TOLERANCE = 3e-5  # f32: sums in another order, through up to 101 layers; two CPUs differed by 7e-6


def resnet(network, image):
    stages, maps = {}, network.maxpool(network.relu(network.bn1(network.conv1(image))))
    for stage in ("layer1", "layer2", "layer3", "layer4"):
        maps = getattr(network, stage)(maps)
        stages[stage] = summary(maps)
    embedding = maps.mean((2, 3))[0]
    return {"stages": stages, "embedding": embedding.tolist(), "logits_first": network.fc(embedding)[:16].tolist()}


def squeezenet(network, image):
    embedding = network.features(image).mean((2, 3))[0]
    return {"embedding": embedding.tolist(), "logits_first": network(image)[0, :16].tolist()}


@torch.no_grad()
def main():
    image = torch.tensor(signed("encoders.image", 1, 3, 96, 80), dtype=torch.float32)
    results = {"input": "fill('encoders.image', [1, 3, 96, 80]), float32"}
    for name in ("resnet18", "resnet34", "resnet50", "resnet101"):
        results[name] = resnet(fill_model(getattr(models, name)(weights=None)).eval(), image)
    results["squeezenet1_1"] = squeezenet(fill_model(models.squeezenet1_1(weights=None)).eval(), image)
    write("encoders.json", results)


if __name__ == "__main__":
    main()
