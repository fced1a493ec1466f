"""PyTorch's part of `nadir bench`: the same SimCLR step, ranked step and forward pass on the same cores; prints
[images/s, crops/s, ms], each five times."""
import copy, json, sys
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


model = nn.Sequential(resnet18(24), nn.Linear(192, 512), nn.ReLU(), nn.Linear(512, 128))
optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
x, k = torch.rand(64, 3, 64, 64), 32


def step():
    z = F.normalize(model(x), dim=1)
    loss = F.cross_entropy((z @ z.T / 0.5).fill_diagonal_(-1e9), (torch.arange(2 * k) + k) % (2 * k))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


images = [2 * k * steps for steps in rate(seconds, step)]

# Ranked positives (Balasubramanian et al. 2022, equation 2): rank i against later ranks and unranked classes.
follower = copy.deepcopy(model)
for p in follower.parameters():
    p.requires_grad = False
sgd = torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9, weight_decay=1e-4)
classes, taus = 10, [0.1, 0.225, 0.35]
ranks = torch.stack([torch.roll(torch.eye(classes), i, 1) for i in range(3)])
labels = torch.arange(k) % classes
queue, queue_labels = F.normalize(torch.randn(2048, 128), dim=1), torch.arange(2048) % classes


def ranked_step():
    global queue, queue_labels
    with torch.no_grad():
        new = F.normalize(follower(x[k:]), dim=1)
    keys, key_labels = torch.cat([new, queue]), torch.cat([labels, queue_labels])
    queue, queue_labels = torch.cat([queue, new])[-2048:], torch.cat([queue_labels, labels])[-2048:]
    s = F.normalize(model(x[:k]), dim=1) @ keys.T
    gone, loss = torch.zeros(k, len(keys), dtype=torch.bool), 0.0
    for rank, tau in zip(ranks, taus):
        positive = rank[labels][:, key_labels] > 0.5
        every = torch.logsumexp((s / tau).masked_fill(gone, -1e9), 1)
        loss = loss + (every - torch.logsumexp((s / tau).masked_fill(~positive, -1e9), 1)).mean()
        gone = gone | positive
    sgd.zero_grad()
    loss.backward()
    sgd.step()
    with torch.no_grad():
        for p, q in zip(follower.parameters(), model.parameters()):
            p.mul_(0.99).add_(q, alpha=0.01)


crops = [k * steps for steps in rate(seconds, ranked_step)]
big, one = resnet18(64).eval(), torch.ones(1, 3, 224, 224)
with torch.no_grad():
    ms = [1000 / calls for calls in rate(seconds, lambda: big(one))]
print(json.dumps([images, crops, ms]))
