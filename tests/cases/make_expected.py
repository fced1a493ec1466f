"""Writes expected.json into each folder here: what pycocotools and scikit-learn give for its truth and found files, or
for the plain files whose content they have (`SAME_AS`). Also makes the inputs of coco_shuffled_whole,
coco_shuffled_tenths and voc_files. Run it where this file stands:

    pip install pycocotools==2.0.11 scikit-learn==1.9.1 && python make_expected.py

Figures have the names that `nadir score --json` gives them; none (pycocotools: -1) is null.
"""

import contextlib
import csv
import io
import json
import pathlib
import random
import shutil
import xml.etree.ElementTree

import numpy as np
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from sklearn import metrics

HERE = pathlib.Path(__file__).parent
COCO_NAMES = ["AP", "AP50", "AP75", "AP small", "AP medium", "AP large"]
COCO_NAMES += ["AR 1", "AR 10", "AR 100", "AR small", "AR medium", "AR large"]
# Files that the reference programs do not read, or read otherwise, and those of the same content that they do read.
SAME_AS = {
    "coco_bom_truth": "coco_float_image_ids_found",
    "coco_gz": "coco_float_image_ids_found",
    "coco_duplicate_annotation_ids": "coco_float_image_ids_found",
    "ml_mlrsnet_alias": "ml_small",
    "ml_spaces": "ml_small",
    "ml_semicolon": "ml_small",
    "ml_semicolon_decimal_comma": "ml_small",
    "ml_duplicate_truth_rows": "ml_small",
}
# Inputs that are refused.
REFUSED = ["ml_duplicate_column_found"]
# Limits of detections, and the folder whose figures with them are kept.
LIMITS = [[1, 10, 500], [3, 7, 20], [1, 10, 110]]
LIMITED = "coco_shuffled_whole"


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


def evaluated(folder, limits):
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO(str(folder / "truth.json"))
        evaluation = COCOeval(truth, truth.loadRes(str(folder / "found.json")), "bbox")
        evaluation.params.maxDets = limits
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation


def coco(folder):
    figures = [None if value < 0 else float(value) for value in evaluated(folder, [1, 10, 100]).stats]
    return dict(zip(COCO_NAMES, figures, strict=True))


def limited(folder, limits):
    """The figures with other limits, from the arrays: pycocotools' own summary has AP for a limit of 100 alone."""
    evaluation = evaluated(folder, limits)
    mean = lambda values: float(values[values > -1].mean()) if (values > -1).any() else None
    precision, recall = evaluation.eval["precision"], evaluation.eval["recall"]
    ap = lambda area, at=slice(None): mean(precision[at, :, :, area, 2])
    ar = lambda area, limit: mean(recall[:, :, area, limit])
    figures = [ap(0), ap(0, 0), ap(0, 5), ap(1), ap(2), ap(3)]
    figures += [ar(0, 0), ar(0, 1), ar(0, 2), ar(1, 2), ar(2, 2), ar(3, 2)]
    own = dict(zip(["AR 1", "AR 10", "AR 100"], [f"AR {limit}" for limit in limits], strict=True))
    names = [own.get(name, f"{name} (maxDets {limits[2]})") for name in COCO_NAMES]
    return dict(zip(names, figures, strict=True))


def write_voc(folder, draw):
    """Annotations of 12 images, of which 9 are in the list; difficult objects; detections with equal scores, doubled
    ones and some on nothing. Corners are whole or have a fraction."""
    shutil.rmtree(folder, ignore_errors=True)
    for below in ["truth/Annotations", "truth/ImageSets/Main", "found"]:
        (folder / below).mkdir(parents=True)
    names = [f"photo ({at})" if at % 3 == 0 else f"00{at}" for at in range(12)]
    found = {"ship": [], "storage tank": [], "car": []}
    for at, name in enumerate(names):
        objects = ""
        for _ in range(draw.randrange(5)):
            kind = draw.choice(["ship", "storage tank"])
            x, y, w, h = draw.randrange(1, 300), draw.randrange(1, 200), draw.randrange(8, 60), draw.randrange(8, 60)
            corners = dict(zip(["xmin", "ymin", "xmax", "ymax"], [x, y, x + w, y + h], strict=True))
            boxes = "".join(f"<{side}>{value}</{side}>" for side, value in corners.items())
            difficult = int(draw.random() < 0.25)
            objects += f"<object><name>{kind}</name><difficult>{difficult}</difficult><bndbox>{boxes}</bndbox></object>\n"
            for _ in range(draw.randrange(3)):
                box = [value + draw.randrange(-6, 7) for value in corners.values()]
                found[draw.choice([kind, kind, kind, "ship"])].append((name, draw.randrange(20) / 20, box))
        if draw.random() < 0.5:
            box = [draw.uniform(1, 300), draw.uniform(1, 200), 320, 260]
            found["ship"].append((name, round(draw.random(), 3), [round(value, 6) for value in box]))
        text = f"<annotation><size><width>400</width><height>300</height></size>\n{objects}</annotation>\n"
        (folder / "truth/Annotations" / f"{name}.xml").write_text(text)
    listed = names[2:11]
    (folder / "truth/ImageSets/Main/test.txt").write_text("".join(f"{name}\n" for name in listed))
    for kind, lines in found.items():
        lines = [f"{name} {score} {' '.join(map(str, box))}\n" for name, score, box in lines if name in listed]
        (folder / "found" / f"comp4_det_test_{kind}.txt").write_text("".join(lines))


def voc(folder):
    """VOC's rules, written from its paper and kit: the pixel at xmax, ymax is inside; difficult objects do not count."""
    listed = (folder / "truth/ImageSets/Main/test.txt").read_text().splitlines()
    aps = []
    for path in sorted((folder / "found").iterdir()):
        kind = path.stem.removeprefix("comp4_det_test_")
        objects = {}
        for name in listed:
            root = xml.etree.ElementTree.parse(folder / "truth/Annotations" / f"{name}.xml").getroot()
            of_kind = [item for item in root.iter("object") if item.findtext("name") == kind]
            corners = [[float(item.findtext(f"bndbox/{side}")) for side in ["xmin", "ymin", "xmax", "ymax"]] for item in of_kind]
            difficult = [item.findtext("difficult") == "1" for item in of_kind]
            objects[name] = (np.array(corners).reshape(-1, 4), difficult, [False] * len(of_kind))
        positives = sum(not hard for _, difficult, _ in objects.values() for hard in difficult)
        if positives == 0:
            continue
        lines = [line.rsplit(" ", 5) for line in path.read_text().splitlines()]
        lines.sort(key=lambda line: -float(line[1]))
        right, wrong = [], []
        for name, _, *box in lines:
            box = np.array([float(side) for side in box])
            corners, difficult, taken = objects[name]
            best, at = -1.0, None
            if len(corners):
                sides = np.minimum(corners[:, 2:], box[2:]) - np.maximum(corners[:, :2], box[:2]) + 1
                shared = np.maximum(sides, 0).prod(axis=1)
                area = lambda b: (b[..., 2] - b[..., 0] + 1) * (b[..., 3] - b[..., 1] + 1)
                overlaps = shared / (area(corners) + area(box) - shared)
                at = int(overlaps.argmax())
                best = overlaps[at]
            if best > 0.5 and difficult[at]:
                continue
            is_right = best > 0.5 and not taken[at]
            if is_right:
                taken[at] = True
            right.append(int(is_right))
            wrong.append(int(not is_right))
        right, wrong = np.cumsum(right), np.cumsum(wrong)
        recall, precision = right / positives, right / np.maximum(right + wrong, 1)
        best_from = lambda least: max(precision[recall >= least], default=0.0)
        eleven = sum(best_from(least) for least in np.arange(0.0, 1.1, 0.1)) / 11
        steps = np.concatenate([[0.0], recall, [1.0]])
        envelope = np.maximum.accumulate(np.concatenate([[0.0], precision, [0.0]])[::-1])[::-1]
        area = float(((steps[1:] - steps[:-1]) * envelope[1:]).sum())
        aps.append((float(eleven), area))
    eleven, area = np.array(aps).mean(axis=0)
    return {"mAP, 11-point (VOC 2007)": float(eleven), "mAP, area (VOC 2010 on)": float(area)}


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
    write_voc(HERE / "voc_files", random.Random(3))
    kinds = {"coco": coco, "ml": multi_label, "ood": ood, "voc": voc}
    for folder in sorted(path for path in HERE.iterdir() if path.is_dir()):
        kind = folder.name.split("_")[0]
        # Other tests keep inputs here too.
        if kind not in kinds or folder.name in REFUSED:
            continue
        figures = kinds[kind](HERE / SAME_AS.get(folder.name, folder.name))
        (folder / "expected.json").write_text(json.dumps(figures, indent=1) + "\n")
    figures = {",".join(map(str, limits)): limited(HERE / LIMITED, limits) for limits in LIMITS}
    (HERE / LIMITED / "expected_by_limits.json").write_text(json.dumps(figures, indent=1) + "\n")


main()
