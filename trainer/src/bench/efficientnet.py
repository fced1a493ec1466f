"""PyTorch's part of `nadir bench`: EfficientNet-Lite0 on the same cores; prints [ms of one image, images/s of a
step], each five times."""
import json, math, sys
import torch, torch.nn as nn, torch.nn.functional as F

seconds = float(sys.argv[1])
STAGES = [(1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112), (4, 5, 2, 6, 192),
          (1, 3, 1, 6, 320)]


class Same(nn.Conv2d):
    def forward(self, x):
        k, s = self.kernel_size[0], self.stride[0]
        if s == 1:
            return F.conv2d(x, self.weight, None, 1, k // 2, 1, self.groups)
        pads = []
        for side in (x.shape[3], x.shape[2]):
            both = max((math.ceil(side / s) - 1) * s + k - side, 0)
            pads += [both // 2, both - both // 2]
        return F.conv2d(F.pad(x, pads), self.weight, None, s, 0, 1, self.groups)


def layer(i, o, k, s, groups=1, active=True):
    parts = [Same(i, o, k, s, groups=groups, bias=False), nn.BatchNorm2d(o, eps=1e-3)]
    return nn.Sequential(*parts, *([nn.ReLU6(inplace=True)] if active else []))


class Block(nn.Module):
    def __init__(self, i, o, k, s, e):
        super().__init__()
        c = i * e
        parts = ([layer(i, c, 1, 1)] if e > 1 else []) + [layer(c, c, k, s, c), layer(c, o, 1, 1, active=False)]
        self.net, self.skip = nn.Sequential(*parts), s == 1 and i == o

    def forward(self, x):
        return x + self.net(x) if self.skip else self.net(x)


def lite0():
    blocks, i = [layer(3, 32, 3, 2)], 32
    for n, k, s, e, o in STAGES:
        for at in range(n):
            blocks.append(Block(i, o, k, s if at == 0 else 1, e))
            i = o
    return nn.Sequential(*blocks, layer(i, 1280, 1, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten())


one, frozen = torch.ones(1, 3, 224, 224), lite0().eval()
with torch.no_grad():
    ms = [1000 / calls for calls in rate(seconds, lambda: frozen(one))]
model = nn.Sequential(lite0(), nn.Linear(1280, 512), nn.ReLU(), nn.Linear(512, 128))
optimizer, x, k = torch.optim.Adam(model.parameters(), lr=1e-3), torch.rand(64, 3, 64, 64), 32


def step():
    z = F.normalize(model(x), dim=1)
    loss = F.cross_entropy((z @ z.T / 0.5).fill_diagonal_(-1e9), (torch.arange(2 * k) + k) % (2 * k))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


print(json.dumps([ms, [2 * k * steps for steps in rate(seconds, step)]]))
