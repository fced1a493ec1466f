"""Writes detection.json: the parts of a detector by torchvision in f32, and the figures of random sets by pycocotools.

    pip install torch torchvision pycocotools && python make_detection.py [FOLDER]

Inputs come from `fill` and are repeated by the test, so that only results are kept here.
"""

import contextlib
import io

import numpy as np
import torch
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from torchvision import ops
from torchvision.models.detection import _utils, anchor_utils, roi_heads, rpn, transform
from torchvision.models.detection.image_list import ImageList
from torchvision.ops import poolers

from drawn import fill, write_lines

TOLERANCE = 1e-5  # f32: sums in another order


def f32(values):
    return torch.tensor(np.asarray(values), dtype=torch.float32)


def boxes_of(u, place, least, most):
    """[n, 4] in [0, 1) as corners: upper left below `place`, sides from `least` to `most`."""
    x, y = u[:, 0] * place, u[:, 1] * place
    return np.stack([x, y, x + least + u[:, 2] * (most - least), y + least + u[:, 3] * (most - least)], 1)


def roi_align():
    feature = f32(2 * fill("detection.feat", 1, 4, 16, 20) - 1)
    u = fill("detection.rois", 6, 4)
    rois = f32(np.stack([u[:, 0] * 100, u[:, 1] * 80, u[:, 0] * 100 + 4 + u[:, 2] * 60, u[:, 1] * 80 + 4 + u[:, 3] * 50], 1))
    beyond = f32([[-60, -30, 40, 50], [100, 90, 300, 200], [50, 50, 50, 50], [10, 20, 12, 140], [0, 0, 160, 128]])
    align = lambda boxes, ratio, aligned: ops.roi_align(feature, [boxes], 5, 0.125, ratio, aligned).flatten().tolist()
    return {"rois": rois.tolist(), "sampling 2": align(rois, 2, False), "sampling 2, aligned": align(rois, 2, True),
            "beyond": beyond.tolist(), "beyond, adaptive": align(beyond, 0, False),
            "beyond, adaptive, aligned": align(beyond, 0, True)}


def nms():
    u = fill("detection.nms", 30, 4)
    boxes = f32(np.stack([u[:, 0] * 60, u[:, 1] * 60, u[:, 0] * 60 + 10 + u[:, 2] * 40, u[:, 1] * 60 + 10 + u[:, 3] * 40], 1))
    scores = f32(fill("detection.nms_scores", 30))
    # Scores in steps of 1 / 256: many are equal. With classes they are all different, as torchvision sorts the kept boxes of
    # all classes without keeping the order of equal ones. More than 1,000 boxes: below that it shifts the classes apart,
    # which rounds the overlaps.
    many = f32(boxes_of(fill("detection.many", 1200, 4), 300, 10, 90))
    ranks = f32(np.floor(fill("detection.many_scores", 1200) * 256) / 256)
    classes, unequal = torch.arange(1200) % 3, f32(fill("detection.many_scores", 1200))
    assert len(unequal.unique()) == 1200
    return {"boxes": boxes.tolist(), "scores": scores.tolist(),
            "keep": {str(t): ops.nms(boxes, scores, t).tolist() for t in (0.5, 0.3)},
            "many": ops.nms(many, ranks, 0.4).tolist(), "batched": ops.batched_nms(many, unequal, classes, 0.4).tolist()}


def box_coder(boxes):
    coder, proposals = _utils.BoxCoder((10.0, 10.0, 5.0, 5.0)), f32(boxes[:6])
    deltas = coder.encode_single(proposals + 3.0, proposals)
    wild = f32(60 * fill("detection.wild", 6, 4) - 30)
    return {"deltas": deltas.tolist(), "decoded": coder.decode_single(deltas, proposals).tolist(),
            "wild": coder.decode_single(wild, proposals).tolist()}


def anchors():
    make = lambda sizes, ratios, image, maps: anchor_utils.AnchorGenerator(sizes, ratios)(
        ImageList(torch.zeros(1, 3, *image), [image]), [torch.zeros(1, 1, *shape) for shape in maps])[0].tolist()
    return {"two levels": make(((32,), (64,)), ((0.5, 1.0, 2.0),) * 2, (64, 96), [(8, 12), (4, 6)]),
            "odd": make(((7, 13), (21,)), ((0.3, 1.7), (0.9,)), (65, 97), [(3, 4), (2, 2)])}


def proposals():
    """Two levels of 16 x 16 and 8 x 8 cells with three anchors each; deltas small and objectness spread."""
    image, maps = (120, 125), [(16, 16), (8, 8)]
    generator = anchor_utils.AnchorGenerator(((16,), (48,)), ((0.5, 1.0, 2.0),) * 2)
    of_image = generator(ImageList(torch.zeros(1, 3, 128, 128), [image]), [torch.zeros(1, 1, *shape) for shape in maps])
    objectness, deltas = f32(12 * fill("proposals.objectness", 960) - 8), f32(2 * fill("proposals.deltas", 960, 4) - 1)
    out = []
    for before, after, overlap, score in ((1000, 1000, 0.7, 0.0), (100, 30, 0.7, 0.0), (400, 60, 0.5, 0.3)):
        network = rpn.RegionProposalNetwork(generator, None, 0.7, 0.3, 256, 0.5, {"testing": before}, {"testing": after},
                                            overlap, score).eval()
        decoded = network.box_coder.decode(deltas, of_image).view(1, -1, 4)
        boxes, scores = network.filter_proposals(decoded, objectness, [image], [768, 192])
        out.append({"pre_nms_top_n": before, "post_nms_top_n": after, "iou_threshold": overlap, "score_threshold": score,
                    "count": len(scores[0]), "first_boxes": boxes[0][:60].tolist(), "first_scores": scores[0][:60].tolist()})
    return out


def detections():
    """120 proposals and five classes."""
    image = (110, 140)
    found = f32(boxes_of(fill("postprocess.proposals", 120, 4), 90, 5, 60))
    logits = f32(8 * fill("postprocess.logits", 120, 5) - 4)
    deltas = f32(6 * fill("postprocess.deltas", 120, 20) - 3)
    out = []
    for score, overlap, count in ((0.05, 0.5, 100), (0.3, 0.3, 40)):
        heads = roi_heads.RoIHeads(None, None, None, 0.5, 0.5, 512, 0.25, None, score, overlap, count)
        boxes, scores, labels = heads.postprocess_detections(logits, deltas, [found], [image])
        out.append({"score_threshold": score, "iou_threshold": overlap, "per_image": count, "boxes": boxes[0].tolist(),
                    "classes": labels[0].tolist(), "scores": scores[0].tolist()})
    return out


def matching():
    """Of 8 true boxes and 500 anchors, the true box, -1 for background, -2 between."""
    truths, of_image = f32(boxes_of(fill("matching.truths", 8, 4), 200, 20, 80)), f32(boxes_of(fill("matching.boxes", 500, 4), 230, 15, 90))
    overlaps = ops.box_iou(truths, of_image)
    assert (overlaps.max(1)[0] > 0).all()
    return {"overlaps_sum": overlaps.double().sum().item(), "anchors": _utils.Matcher(0.7, 0.3, True)(overlaps).tolist(),
            "proposals": _utils.Matcher(0.5, 0.5, False)(overlaps).tolist()}


def levels():
    boxes = f32(boxes_of(fill("levels.boxes", 300, 4), 400, 1, 900))
    sides = f32([[0, 0, side, side] for side in (1, 56, 112, 224, 448, 896, 111.99999, 223.9999, 224.00002)])
    mapper = poolers.LevelMapper(2, 5)
    maps, images = [[(200, 272), (100, 136), (50, 68), (25, 34)], [(56, 40), (28, 20), (14, 10)]], [[(800, 1066)], [(210, 160), (224, 150)]]
    scales = [poolers._setup_scales([torch.zeros(1, 1, *map) for map in m], i, 224, 4)[0] for m, i in zip(maps, images)]
    return {"boxes": mapper([boxes]).tolist(), "sides": sides[:, 2].tolist(), "of_sides": mapper([sides]).tolist(),
            "maps": maps, "images": images, "scales": scales}


def sizes():
    """[height, width, min_size, max_size, resized height, resized width]; images as one channel without memory."""
    out, u = [], fill("sizes", 150, 2)
    for at, (min_size, max_size) in enumerate([(800, 1333), (160, 224), (600, 1000)] * 50):
        height, width = (int(20 + side * 1500) for side in u[at])
        factor = min(min_size / min(height, width), max_size / max(height, width))
        if height * width * factor**2 < 3e5:
            image, _ = transform._resize_image_and_masks(torch.zeros(1, height, width), min_size, max_size)
            resized = list(image.shape[-2:])
        else:  # interpolate's own expression
            resized = [int(height * factor), int(width * factor)]
        out.append([height, width, min_size, max_size, *resized])
    batch = transform.GeneralizedRCNNTransform(160, 224, [0.0] * 3, [1.0] * 3).eval()
    images, _ = batch([torch.zeros(3, 100, 130), torch.zeros(3, 300, 90), torch.zeros(3, 77, 77)])
    return {"resized": out, "batch": [list(size) for size in images.image_sizes], "padded": list(images.tensors.shape[-2:])}


def coco_set(name, images, classes, quarter):
    """Objects of 1 + image % 6 an image and up to three detections each; all places in steps of 1 / 4 px or in full f64.
    The test repeats this, operation by operation."""
    truths, found = [], []
    for image in range(images):
        for at in range(1 + image % 6):
            u = fill(f"{name}.{image}.{at}", 24).tolist()
            step = (lambda v: np.floor(v * 4) / 4) if quarter else (lambda v: v)
            x, y, width, height = step(u[0] * 300), step(u[1] * 200), step(4 + u[2] * u[2] * 150), step(4 + u[3] * u[3] * 150)
            of_class = int(u[4] * classes)
            truths.append([image, of_class, [x, y, x + width, y + height], width * height * (0.5 + u[5] / 2), u[6] > 0.93])
            for n in range(3):
                v = u[7 + 5 * n: 12 + 5 * n]
                if v[0] < 0.6:
                    dx, dy = step((v[1] - 0.5) * width * 0.5), step((v[2] - 0.5) * height * 0.5)
                    named = int(u[23] * classes) if v[3] > 0.8 else of_class
                    found.append([image, named, [x + dx, y, x + width, y + height + dy], np.floor(v[4] * 20) / 20])
    return truths, found


def coco():
    out = []
    for name, images, classes, quarter in (("coco.quarter", 60, 4, True), ("coco.full", 60, 5, False)):
        truths, found = coco_set(name, images, classes, quarter)
        xywh = lambda c: [c[0], c[1], c[2] - c[0], c[3] - c[1]]
        dataset = {"info": {}, "images": [{"id": i} for i in range(images)], "categories": [{"id": c} for c in range(classes)],
                   "annotations": [{"id": n + 1, "image_id": i, "category_id": c, "bbox": xywh(b), "area": a, "iscrowd": int(k)}
                                   for n, (i, c, b, a, k) in enumerate(truths)]}
        results = [{"image_id": i, "category_id": c, "bbox": xywh(b), "score": s} for i, c, b, s in found]
        with contextlib.redirect_stdout(io.StringIO()):
            gt = COCO()
            gt.dataset = dataset
            gt.createIndex()
            run = COCOeval(gt, gt.loadRes(results), "bbox")
            run.evaluate()
            run.accumulate()
            run.summarize()
        precision = run.eval["precision"][:, :, :, 0, 2]
        out.append({"name": name, "images": images, "classes": classes, "quarter": quarter, "truths": len(truths),
                    "detections": len(found), "crowds": sum(map(int, (t[4] for t in truths))), "stats": run.stats.tolist(),
                    "per_class_ap": precision.mean((0, 1)).tolist(), "per_class_ap50": precision[0].mean(0).tolist()})
    return out


def main():
    torch.manual_seed(0)
    suppression = nms()
    results = {"roi_align": roi_align(), "nms": suppression, "box_coder": box_coder(suppression["boxes"]), "anchors": anchors(),
               "proposals": proposals(), "detections": detections(), "matching": matching(), "levels": levels(),
               "sizes": sizes(), "coco": coco()}
    write_lines("detection.json", results)


if __name__ == "__main__":
    main()
