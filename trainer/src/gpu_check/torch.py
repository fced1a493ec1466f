"""PyTorch's part of `nadir gpu-check`: one measurement on the same GPU; prints its outcome as JSON.

bf16 is autocast with channels_last; f32 lets matrix units multiply as TF32, as burn's tuning may."""
import contextlib, json, os, resource, sys, time
import torch, torch.nn as nn, torch.nn.functional as F

device, case = sys.argv[1], json.loads(sys.argv[2])
scale, work, half = case["scale"], case["work"], case["precision"] == "bf16"
torch.manual_seed(1)
torch.backends.cudnn.benchmark = True
torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
layout = torch.channels_last if half else torch.contiguous_format
BLOCKS = {"resnet18": ([2, 2, 2, 2], False), "resnet34": ([3, 4, 6, 3], False), "resnet50": ([3, 4, 6, 3], True)}


class Block(nn.Module):
    def __init__(self, channels, inner, stride, deep):
        super().__init__()
        out = inner * (4 if deep else 1)
        sizes = [(channels, inner, 1, 1), (inner, inner, 3, stride), (inner, out, 1, 1)] if deep else [(channels, inner, 3, stride), (inner, inner, 3, 1)]
        for at, (i, o, k, s) in enumerate(sizes, 1):
            setattr(self, f"conv{at}", nn.Conv2d(i, o, k, s, k // 2, bias=False))
            setattr(self, f"bn{at}", nn.BatchNorm2d(o))
        self.layers = len(sizes)
        self.downsample = nn.Sequential(nn.Conv2d(channels, out, 1, stride, bias=False), nn.BatchNorm2d(out)) if stride != 1 or channels != out else None

    def forward(self, x):
        y = x
        for at in range(1, self.layers + 1):
            y = getattr(self, f"bn{at}")(getattr(self, f"conv{at}")(y))
            y = F.relu(y) if at < self.layers else y
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


class ResNet(nn.Module):
    def __init__(self, blocks, deep, width):
        super().__init__()
        self.conv1, self.bn1, channels = nn.Conv2d(3, width, 7, 2, 3, bias=False), nn.BatchNorm2d(width), width
        for stage, count in enumerate(blocks):
            layers = []
            for block in range(count):
                layers.append(Block(channels, width << stage, 2 if stage and not block else 1, deep))
                channels = (width << stage) * (4 if deep else 1)
            setattr(self, f"layer{stage + 1}", nn.Sequential(*layers))
        self.length = channels

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        for stage in range(1, 5):
            x = getattr(self, f"layer{stage}")(x)
        return x.mean((2, 3))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = ResNet(*BLOCKS[scale["encoder"]], scale["width"])
        length = self.encoder.length
        self.projector = nn.Sequential(nn.Linear(length, length), nn.ReLU(), nn.Linear(length, 128))

    def forward(self, x):
        return self.projector(self.encoder(x))


def autocast():
    return torch.autocast(device, torch.bfloat16) if half else contextlib.nullcontext()


def sync():
    if device == "cuda":
        torch.cuda.synchronize()


def memory():
    return torch.cuda.max_memory_reserved() if device == "cuda" else 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def loss_of(projections):
    z = F.normalize(projections.float(), dim=1)
    k = len(z) // 2
    return F.cross_entropy((z @ z.T / 0.5).fill_diagonal_(-1e9), (torch.arange(2 * k, device=z.device) + k) % (2 * k))


def timed(call, images):
    started = time.perf_counter()
    call(); sync()
    first = time.perf_counter() - started
    call(); call(); sync()
    started, calls = time.perf_counter(), 0
    while time.perf_counter() - started < case["seconds"]:
        call(); calls += 1
    sync()
    return {"images_per_second": images * calls / (time.perf_counter() - started), "first_s": first, "memory_bytes": memory()}


def trained(model):
    model = model.to(device, memory_format=layout)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.001, momentum=0.9)
    forward = torch.compile(model) if case["torch_compiles"] else model

    def step(views):
        with autocast():
            loss = loss_of(forward(views))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        return loss

    return step, optimizer


kind, side = work["kind"], scale["side"]
if kind == "step":
    # The same transfer as Nadir's step has: from the host's memory.
    views = (torch.arange(2 * work["batch"] * 3 * side * side) % 97 / 48 - 1).reshape(-1, 3, side, side)
    views = views.pin_memory() if device == "cuda" else views
    step, _ = trained(Model())
    outcome = timed(lambda: step(views.to(device, non_blocking=True, memory_format=layout)).item(), 2 * work["batch"])
elif kind == "encode":
    model = Model().encoder.eval().to(device, memory_format=layout)
    images = (torch.arange(work["batch"] * 3 * side * side) % 97 / 48 - 1).reshape(-1, 3, side, side).to(device, memory_format=layout)

    def embed():
        with torch.no_grad(), autocast():
            model(images).float().cpu()

    outcome = timed(embed, work["batch"])
elif kind == "curve":
    import pathlib
    folder = pathlib.Path(work["folder"])
    pool = torch.frombuffer(bytearray((folder / "pool.f32").read_bytes()), dtype=torch.float32).reshape(-1, 2, 3, side, side)
    values = torch.frombuffer(bytearray((folder / "weights.f32").read_bytes()), dtype=torch.float32)
    model, state, at = Model(), {}, 0
    for entry in json.loads((folder / "weights.json").read_text()):
        count = 1
        for size in entry["shape"]:
            count *= size
        state[entry["name"]] = values[at:at + count].reshape(entry["shape"])
        at += count
    missing, unexpected = model.load_state_dict(state, strict=False)
    assert not unexpected and all(name.endswith("num_batches_tracked") for name in missing), (missing, unexpected)
    step, optimizer = trained(model)
    for group in optimizer.param_groups:
        group["lr"] = 0.02
    losses, batch, started = [], work["batch"], time.perf_counter()
    for number in range(work["steps"]):
        pairs = pool[(number * batch + torch.arange(batch)) % len(pool)]
        views = pairs.transpose(0, 1).reshape(-1, 3, side, side).to(device, memory_format=layout)
        losses.append(step(views).item())
    rate = 2 * batch * work["steps"] / (time.perf_counter() - started)
    outcome = {"images_per_second": rate, "memory_bytes": memory(), "losses": losses}
else:
    from torchvision.models.detection import FasterRCNN, backbone_utils
    is_step, side = kind == "detect_step", work["side"]
    backbone = backbone_utils.resnet_fpn_backbone(
        backbone_name="resnet18" if is_step else "resnet50", weights=None, trainable_layers=5, norm_layer=nn.BatchNorm2d
    )
    model = FasterRCNN(backbone, num_classes=91, min_size=side, max_size=side).to(device)
    if is_step:
        optimizer = torch.optim.SGD(model.train().parameters(), lr=1e-4, momentum=0.9, weight_decay=1e-4)
        images = [torch.rand(3, side, side, device=device) for _ in range(work["images"])]
        part = side / 256
        boxes = torch.tensor([[20, 30, 120, 100], [100, 120, 180, 250], [200, 10, 240, 60]], device=device) * part
        targets = [{"boxes": boxes, "labels": torch.arange(1, 4, device=device)} for _ in images]

        def detect():
            optimizer.zero_grad(set_to_none=True)
            sum(model(images, targets).values()).backward()
            optimizer.step()

        outcome = timed(detect, len(images))
    else:
        image = torch.rand(3, side, side, device=device)

        def detect():
            with torch.no_grad():
                model([image])

        model.eval()
        outcome = timed(detect, 1)
print(json.dumps({**outcome, "version": torch.__version__}))
