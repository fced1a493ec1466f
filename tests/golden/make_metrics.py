"""Writes metrics.json: scikit-learn's multi-label and out-of-distribution figures, pycocotools' COCO figures, and VOC's AP written
out, in f64.

    pip install scikit-learn pycocotools numpy && python make_metrics.py [FOLDER]

Scores are rounded, so that there are ties; class 5 has no positive.
"""

import contextlib
import io

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from sklearn import metrics

from drawn import fill, signed, write

TOLERANCE = 1e-12  # f64: additions in another order
CLASSES, IMAGES, WIDTH, HEIGHT = 3, 12, 200, 160


def multi_label():
    scores = np.round(signed("metrics.scores", 40, 6), 1)
    targets = (signed("metrics.targets", 40, 6) + scores > 0.3).astype(int)
    targets[:, 5] = 0
    found = {str(label): metrics.average_precision_score(targets[:, label], scores[:, label])
             for label in range(6) if targets[:, label].any()}
    f1 = lambda average: metrics.f1_score(targets, scores > 0, average=average, zero_division=0)
    return {"scores": scores, "targets": targets, "average_precision": found,
            "mAP_over_classes_with_a_positive": np.mean(list(found.values())),
            "f1_micro_at_0": f1("micro"), "f1_macro_at_0": f1("macro")}


def out_of_distribution():
    scores = np.round(signed("metrics.ood", 60), 2)
    is_ood = (signed("metrics.is_ood", 60) + scores > 0).astype(int)
    fpr, tpr, _ = metrics.roc_curve(is_ood, scores)
    return {"scores": scores, "is_ood": is_ood, "auroc": metrics.roc_auc_score(is_ood, scores),
            "aupr_out": metrics.average_precision_score(is_ood, scores),
            "aupr_in": metrics.average_precision_score(1 - is_ood, -scores),
            "fpr_at_95_tpr": fpr[np.argmax(tpr >= 0.95)]}


def objects():
    """1 + image % 5 objects an image, some of them crowds or difficult, and up to two detections each: one in place, one
    moved, some of another class."""
    truths, found = [], []
    for image in range(IMAGES):
        for at in range(1 + image % 5):
            u = fill(f"metrics.box.{image}.{at}", 12)
            width, height = np.round(4 + u[2] ** 2 * 120), np.round(4 + u[3] ** 2 * 110)
            x, y = np.round(u[0] * (WIDTH - width)), np.round(u[1] * (HEIGHT - height))
            truths.append({
                "id": len(truths) + 1, "image_id": image, "category_id": (image + at) % CLASSES,
                "bbox": [x, y, width, height], "area": width * height,
                "iscrowd": int(u[4] > 0.95), "difficult": int(u[5] > 0.85)})
            for n in range(2):
                if u[6 + n] > 0.3:
                    found.append({
                        "image_id": image, "category_id": (image + at + int(u[8] > 0.85)) % CLASSES,
                        "score": round(float(u[9 + n]), 2),
                        "bbox": [float(x + 8 * (u[10] - 0.5) * n), float(y + 6 * (u[11] - 0.5)),
                                 float(width * (0.9 + 0.2 * u[7])), float(height * (0.9 + 0.2 * u[8]))]})
    return truths, found


def coco_stats(dataset, found):
    """pycocotools adds keys of its own to the annotations and detections; they are kept in the file."""
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = dataset
        truth.createIndex()
        run = COCOeval(truth, truth.loadRes(found), "bbox")
        run.evaluate()
        run.accumulate()
        run.summarize()
    return run.stats


def inclusive_iou(a, b):
    """Of [x, y, width, height] whose last column and row belong to the box, as in VOC."""
    sides = [min(a[at] + a[at + 2], b[at] + b[at + 2]) - max(a[at], b[at]) + 1 for at in (0, 1)]
    area = lambda box: (box[2] + 1) * (box[3] + 1)
    shared = max(sides[0], 0) * max(sides[1], 0)
    return shared / (area(a) + area(b) - shared)


def voc_ap(truths, found, of_class, eleven):
    """At an overlap above 0.5 with the object that overlaps most; difficult objects and what finds them do not count. The
    mean of the best precision at 11 recalls, or the area under the precision that never rises."""
    own = [truth for truth in truths if truth["category_id"] == of_class]
    taken, hits = set(), []
    for detection in sorted((d for d in found if d["category_id"] == of_class), key=lambda d: -d["score"]):
        there = [truth for truth in own if truth["image_id"] == detection["image_id"]]
        overlap = lambda truth: inclusive_iou(detection["bbox"], truth["bbox"])
        best = max(there, key=overlap, default=None)
        if best is None or overlap(best) <= 0.5:
            hits.append(False)
        elif not best["difficult"]:
            hits.append(best["id"] not in taken)
            taken.add(best["id"])
    right = np.cumsum(hits)
    recall = right / max(sum(not truth["difficult"] for truth in own), 1)
    precision = right / np.arange(1, len(hits) + 1)
    if eleven:
        return np.mean([precision[recall >= least].max(initial=0) for least in np.arange(0, 1.1, 0.1)])
    never_rises = np.maximum.accumulate(precision[::-1])[::-1]
    return (np.diff(recall, prepend=0) * never_rises).sum()


def detection():
    truths, found = objects()
    dataset = {"info": {}, "categories": [{"id": at, "name": f"c{at}"} for at in range(CLASSES)],
               "images": [{"id": at, "width": WIDTH, "height": HEIGHT} for at in range(IMAGES)], "annotations": truths}
    return {"ground_truth": dataset, "detections": found, "coco_stats": coco_stats(dataset, found),
            "voc_ap50_11_point": [voc_ap(truths, found, at, True) for at in range(CLASSES)],
            "voc_ap50_area": [voc_ap(truths, found, at, False) for at in range(CLASSES)]}


if __name__ == "__main__":
    write("metrics.json", {"multi_label": multi_label(), "ood": out_of_distribution(), "detection": detection()})
