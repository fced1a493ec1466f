"""Writes multi_label.json: what scikit-learn (or a few lines of numpy, where it has no such figure) computes from small
inputs.

    pip install scikit-learn numpy && python make_multi_label.py [FOLDER]

Scores are multiples of 0.05 so that there are ties in rows and in columns; image 0 has no label, image 1 all of them
and is label 5's only positive, which resamples lose. All arithmetic is f64 on the f32 values that Nadir reads.
"""

import math

import numpy as np
from sklearn import metrics

from drawn import write_lines

TOLERANCE = 1e-12  # f64: additions in another order
IMAGES, LABELS, LEN = 40, 7, 11


class SplitMix64:
    """The generator of Nadir's rng.rs."""

    def __init__(self, seed):
        self.state = seed

    def next(self):
        mask = (1 << 64) - 1
        self.state = (self.state + 0x9E3779B97F4A7C15) & mask
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        return z ^ (z >> 31)

    def below(self, count):
        return (self.next() * count) >> 64

    def uniform(self):
        return (self.next() >> 11) / (1 << 53)


def as_f32(values):
    """What f32 keeps of the values, as f64."""
    return np.array(values, dtype=np.float32).astype(np.float64)


def predictions(rng):
    scores = [[rng.below(21) / 20 for _ in range(LABELS)] for _ in range(IMAGES)]
    targets = [[int(rng.uniform() < 0.15 + 0.5 * score) for score in row] for row in scores]
    targets = np.array(targets)
    targets[:, 5] = 0
    targets[0], targets[1] = 0, 1
    return scores, targets


def reliability(probabilities, targets, bins):
    """Bins ((m - 1) / bins, m / bins], the first also with 0; [confidence, frequency, count] of those not empty."""
    p, y = probabilities.ravel(), targets.ravel()
    bin_of = np.maximum(np.ceil(p * bins), 1)
    chosen = [bin_of == at for at in range(1, bins + 1)]
    return [[p[at].mean(), y[at].mean(), int(at.sum())] for at in chosen if at.any()]


def calibration_error(curve):
    total = sum(count for _, _, count in curve)
    return sum(count * abs(frequency - confidence) for confidence, frequency, count in curve) / total


def average_precisions(targets, scores, counts=None):
    """None for a label without a positive."""
    weights = np.ones(IMAGES) if counts is None else counts
    values = []
    for y_true, y_score in zip(targets.T, scores.T):
        found = (weights * y_true).sum() > 0
        values.append(metrics.average_precision_score(y_true, y_score, sample_weight=weights) if found else None)
    return values


def mean(values):
    values = [value for value in values if value is not None]
    return sum(values) / len(values)


def retrieval(similarities, targets, cutoffs):
    """Each image searches the others; a query without a relevant image has None."""
    queries = []
    for query in range(IMAGES):
        gallery = np.array([other for other in range(IMAGES) if other != query])
        order = gallery[np.argsort(-similarities[query, gallery], kind="stable")]
        relevant = (targets[order] & targets[query]).any(axis=1)
        r = int(relevant.sum())
        if r == 0:
            queries.append(None)
            continue
        precision = np.cumsum(relevant) / np.arange(1, len(order) + 1)
        queries.append({
            "recall": [int(relevant[:k].any()) for k in cutoffs],
            "precision": [relevant[:k].sum() / k for k in cutoffs],
            "average_precision_at_r": (precision * relevant)[:r].sum() / r,
        })
    return queries


def knn(similarities, targets, k, temperature):
    scores = []
    for row in similarities:
        nearest = np.argsort(-row, kind="stable")[:k]
        weights = np.exp(row[nearest] / temperature)
        scores.append((weights @ targets[nearest] / weights.sum()).tolist())
    return scores


rng = SplitMix64(2026)
written, targets = predictions(rng)
scores = as_f32(written)
thresholds = [0.5, 0.4, 0.65, 0.3, 0.5, 0.95, 0.55]
decisions = scores > as_f32(thresholds)
image_by_image = [(targets[at : at + 1], scores[at : at + 1]) for at in range(IMAGES)]

resamples = []
for _ in range(3):
    counts = np.zeros(IMAGES, dtype=int)
    for _ in range(IMAGES):
        counts[rng.below(IMAGES)] += 1
    resamples.append(counts)
last = np.zeros(IMAGES, dtype=int)  # so few images that more labels lose their last positive
last[[0, 2, 3]] = [30, 6, 4]
resamples.append(last)


def resampled(counts):
    weighted = {"sample_weight": counts, "zero_division": 0}
    rows = np.repeat(np.arange(IMAGES), counts)
    aps = average_precisions(targets, scores, counts)
    return {
        "counts": counts,
        "average_precision": aps,
        "mAP": mean(aps),
        "F1 micro": metrics.f1_score(targets, decisions, average="micro", **weighted),
        "F1 macro": metrics.f1_score(targets, decisions, average="macro", **weighted),
        "ranking loss": metrics.label_ranking_loss(targets, scores, sample_weight=counts),
        "coverage error": metrics.coverage_error(targets, scores, sample_weight=counts),
        "LRAP": metrics.label_ranking_average_precision_score(targets, scores, sample_weight=counts),
        "ECE": calibration_error(reliability(scores[rows], targets[rows], 15)),
        "Brier score": metrics.brier_score_loss(targets[rows].ravel(), scores[rows].ravel()),
    }


vectors = np.array([[rng.uniform() - 0.4 for _ in range(LEN)] for _ in range(2 * 20)])
vectors = as_f32(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
x, y = vectors[:20], vectors[20:]
pairs = [np.exp(-2 * ((x[a] - x[b]) ** 2).sum()) for a in range(20) for b in range(a)]

# Tenths, so that there are ties; the queries of knn are the rows of the same matrix.
similarities = [[rng.below(21) / 10 - 1 for _ in range(IMAGES)] for _ in range(IMAGES)]
sparse = targets * np.array([[int(rng.uniform() < 0.55) for _ in range(LABELS)] for _ in range(IMAGES)])
cutoffs = [1, 5, 10, 60]

golden = {
    "labels": LABELS,
    "scores": written,
    "targets": targets,
    "thresholds": thresholds,
    "all": resampled(np.ones(IMAGES, dtype=int)),
    "resamples": [resampled(counts) for counts in resamples],
    "per_image": {
        "coverage_error": [metrics.coverage_error(*image) for image in image_by_image],
        "ranking_loss": [metrics.label_ranking_loss(*image) for image in image_by_image],
        "average_precision": [metrics.label_ranking_average_precision_score(*image) for image in image_by_image],
    },
    "reliability_of_10_bins": reliability(scores, targets, 10),
    "ece_of_10_bins": calibration_error(reliability(scores, targets, 10)),
    "percentiles": {
        "values": written[3] + written[4],
        "of_95_percent": np.percentile(as_f32(written[3] + written[4]), [2.5, 97.5]),
    },
    "embeddings": {
        "len": LEN,
        "x": x,
        "y": y,
        "alignment": ((x - y) ** 2).sum(axis=1).mean(),
        "uniformity": math.log(np.mean(pairs)),
    },
    "neighbours": {
        "similarities": similarities,
        "targets": sparse,
        "cutoffs": cutoffs,
        "retrieval": retrieval(as_f32(similarities), sparse, cutoffs),
        "knn_k": 9,
        "knn_temperature": 0.5,
        "knn": knn(as_f32(similarities), sparse, 9, 0.5),
    },
}
write_lines("multi_label.json", golden)
