"""Writes expected.json into each folder here: what pycocotools and scikit-learn give for its truth and found files.
Also makes the inputs of coco_shuffled_whole and coco_shuffled_tenths. Run it where this file stands:

    pip install pycocotools==2.0.11 scikit-learn==1.9.1 && python make_expected.py

Figures have the names that `nadir score --json` gives them; none (pycocotools: -1) is null.
"""

import contextlib
import csv
import io
import json
import pathlib
import random

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from sklearn import metrics

HERE = pathlib.Path(__file__).parent
COCO_NAMES = ["AP", "AP50", "AP75", "AP small", "AP medium", "AP large"]
COCO_NAMES += ["AR 1", "AR 10", "AR 100", "AR small", "AR medium", "AR large"]


def shuffled(draw, place):
    """Images in any order with ids that are neither sorted nor without gaps, scores of one or two decimals, boxes with
    sides of whole px at `place(end)` (many have an area of just 32 or 96 squared), crowds, and up to 120 detections of
    an image and class."""
    ids = draw.sample(range(100_000), 30)
    truth, found = [], []
    for image in ids:
        for _ in range(draw.randrange(7)):
            side = draw.choice([8, 24, 32, 33, 60, 96, 97, 140])
            x, y = place(300), place(300)
            width, height = side, side + draw.choice([0, 0, 5])
            category = draw.choice([7, 2, 31])
            area = width * height * draw.choice([1, 1, 0.7])
            truth.append({"id": len(truth) + 1, "image_id": image, "category_id": category, "area": area,
                          "bbox": [x, y, width, height], "iscrowd": int(draw.random() < 0.06)})
            for _ in range(draw.randrange(3)):
                off = [draw.randrange(-5, 6) for _ in range(4)]
                box = [round(x + off[0], 1), round(y + off[1], 1), width + max(off[2], 0), height + max(off[3], 0)]
                found.append({"image_id": image, "category_id": draw.choice([category, category, category, 2]),
                              "bbox": box, "score": round(draw.random(), 1)})
        for _ in range(draw.randrange(3)):
            found.append({"image_id": image, "category_id": draw.choice([7, 2, 31]),
                          "bbox": [place(400), place(400), 32, 32], "score": round(draw.random(), 1)})
    for at in range(120):
        found.append({"image_id": ids[3], "category_id": 7, "bbox": [500, 500, 10 + at, 10],
                      "score": round(draw.random(), 2)})
    draw.shuffle(found)
    draw.shuffle(truth)
    draw.shuffle(ids)
    categories = [{"id": 31, "name": "ship"}, {"id": 2, "name": "car"}, {"id": 7, "name": "tank"}]
    return {"images": [{"id": id} for id in ids], "annotations": truth, "categories": categories}, found


def coco(folder):
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(str(folder / "truth.json"))
        evaluation = COCOeval(truth, truth.loadRes(str(folder / "found.json")), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    figures = [None if value < 0 else float(value) for value in evaluation.stats]
    return dict(zip(COCO_NAMES, figures, strict=True))


def table(path):
    with open(path, newline="") as file:
        rows = list(csv.reader(file))[1:]
    return {row[0]: [float(cell) for cell in row[1:]] for row in rows}


def both(folder):
    truth, found = table(folder / "truth.csv"), table(folder / "found.csv")
    return np.array(list(truth.values())), np.array([found[image] for image in truth])


def multi_label(folder):
    truth, scores = both(folder)
    with_positive = truth.any(axis=0)
    return {
        "mAP": float(metrics.average_precision_score(truth[:, with_positive], scores[:, with_positive])),
        "LRAP": float(metrics.label_ranking_average_precision_score(truth, scores)),
        "coverage error": float(metrics.coverage_error(truth, scores)),
        "ranking loss": float(metrics.label_ranking_loss(truth, scores)),
    }


def ood(folder):
    truth, scores = (values[:, 0] for values in both(folder))
    false_rate, true_rate, _ = metrics.roc_curve(truth, scores, drop_intermediate=False)
    return {
        "AUROC": float(metrics.roc_auc_score(truth, scores)),
        "AUPR out": float(metrics.average_precision_score(truth, scores)),
        "AUPR in": float(metrics.average_precision_score(1 - truth, -scores)),
        "FPR@95": float(false_rate[np.argmax(true_rate >= 0.95)]),
    }


def main():
    for seed, name in enumerate(["coco_shuffled_whole", "coco_shuffled_tenths"]):
        draw = random.Random(seed)
        place = draw.randrange if seed == 0 else lambda end, draw=draw: round(draw.uniform(0, end), 1)
        folder = HERE / name
        folder.mkdir(exist_ok=True)
        for part, content in zip(["truth", "found"], shuffled(draw, place), strict=True):
            (folder / f"{part}.json").write_text(json.dumps(content) + "\n")
    kinds = {"coco": coco, "ml": multi_label, "ood": ood}
    for folder in sorted(path for path in HERE.iterdir() if path.is_dir()):
        figures = kinds[folder.name.split("_")[0]](folder)
        (folder / "expected.json").write_text(json.dumps(figures, indent=1) + "\n")


main()
