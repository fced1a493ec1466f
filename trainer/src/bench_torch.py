"""PyTorch's part of `nadir bench`: the same SimCLR step and forward pass on the same cores; prints [images/s, ms]."""
import json, sys, time
import torch, torch.nn as nn, torch.nn.functional as F

seconds = float(sys.argv[1])


class Block(nn.Module):
    def __init__(self, i, o, s):
        super().__init__()
        self.a, self.b = nn.Conv2d(i, o, 3, s, 1, bias=False), nn.Conv2d(o, o, 3, 1, 1, bias=False)
        self.n, self.m = nn.BatchNorm2d(o), nn.BatchNorm2d(o)
        self.d = nn.Sequential(nn.Conv2d(i, o, 1, s, bias=False), nn.BatchNorm2d(o)) if s != 1 or i != o else nn.Identity()

    def forward(self, x):
        return F.relu(self.m(self.b(F.relu(self.n(self.a(x))))) + self.d(x))


def resnet18(w):
    stages = [nn.Sequential(Block(w << max(k - 1, 0), w << k, 1 if k == 0 else 2), Block(w << k, w << k, 1)) for k in range(4)]
    return nn.Sequential(nn.Conv2d(3, w, 7, 2, 3, bias=False), nn.BatchNorm2d(w), nn.ReLU(), nn.MaxPool2d(3, 2, 1), *stages,
                         nn.AdaptiveAvgPool2d(1), nn.Flatten())


def rate(work):
    work()
    begun, calls = time.perf_counter(), 0
    while time.perf_counter() - begun < seconds:
        work()
        calls += 1
    return calls / (time.perf_counter() - begun)


model = nn.Sequential(resnet18(24), nn.Linear(192, 512), nn.ReLU(), nn.Linear(512, 128))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
x, k = torch.rand(64, 3, 64, 64), 32


def step():
    z = F.normalize(model(x), dim=1)
    loss = F.cross_entropy((z @ z.T / 0.5).fill_diagonal_(-1e9), (torch.arange(2 * k) + k) % (2 * k))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


images = rate(step) * 2 * k
big, one = resnet18(64).eval(), torch.ones(1, 3, 224, 224)
with torch.no_grad():
    ms = 1000 / rate(lambda: big(one))
print(json.dumps([images, ms]))
