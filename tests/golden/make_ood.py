"""Writes ood.json: what scikit-learn and scipy compute from small inputs: how far out of distribution an embedding is, and the figures of
paper B.

    pip install scikit-learn && python make_ood.py [FOLDER]

Embeddings are unit rows about overlapping class directions, so that expectation maximisation has something to do.
All arithmetic is f64 on the f32 values that Nadir reads.
"""

import numpy as np
from scipy.special import logsumexp, softmax
from scipy.stats import kendalltau
from sklearn import metrics
from sklearn.covariance import LedoitWolf
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import NearestNeighbors

from drawn import signed, write_lines

TOLERANCE = 1e-9  # f64; expectation maximisation carries roundings on from one iteration to the next
ROWS, LEN, CLASSES, QUERIES = 60, 6, 3, 20


def as_f32(values):
    """What f32 keeps of the values, as f64."""
    return np.asarray(values, dtype=np.float32).astype(np.float64)


def unit(rows):
    return as_f32(rows / np.linalg.norm(rows, axis=1, keepdims=True))


def class_means(rows, classes):
    return np.array([rows[classes == at].mean(axis=0) for at in range(CLASSES)])


def mahalanobis(rows, classes, queries):
    means = class_means(rows, classes)
    fitted = LedoitWolf(assume_centered=True).fit(rows - means[classes])
    distances = np.min([fitted.mahalanobis(queries - mean) for mean in means], axis=0)
    return {"shrinkage": fitted.shrinkage_, "ood_score": distances}


def mixture(rows, classes, queries, regularisation, tolerance, iterations):
    """Begins with each class's share, mean and covariance."""
    means = class_means(rows, classes)
    of_class = [rows[classes == at] for at in range(CLASSES)]
    covariances = [np.cov(own.T, bias=True) + regularisation * np.eye(LEN) for own in of_class]
    fitted = GaussianMixture(
        CLASSES,
        covariance_type="full",
        means_init=means,
        weights_init=np.array([len(own) for own in of_class]) / len(rows),
        precisions_init=np.linalg.inv(covariances),
        reg_covar=regularisation,
        tol=tolerance,
        max_iter=iterations,
    ).fit(rows)
    return {
        "regularisation": regularisation,
        "tolerance": tolerance,
        "max_iterations": iterations,
        "iterations": fitted.n_iter_,
        "converged": fitted.converged_,
        "ood_score": -fitted.score_samples(queries),
    }


def corners(false_positives, true_positives):
    """The points that are not on the line between their neighbours, exactly, from counts."""
    points = [(0, 0)]
    for x, y in list(zip(false_positives, true_positives))[1:]:
        while len(points) > 1:
            (a, b), (c, d) = points[-2:]
            if (c - a) * (y - d) != (d - b) * (x - c):
                break
            points.pop()
        points.append((x, y))
    return points


def roc_curve(scores, is_ood):
    fpr, tpr, _ = metrics.roc_curve(is_ood, scores, drop_intermediate=False)
    positives, negatives = int(is_ood.sum()), int((1 - is_ood).sum())
    counts = [[round(rate * of) for rate in rates] for rates, of in ((fpr, negatives), (tpr, positives))]
    return [[x / negatives, y / positives] for x, y in corners(*counts)]


def weighted_figures(scores, is_ood, counts):
    fpr, tpr, _ = metrics.roc_curve(is_ood, scores, sample_weight=counts)
    return {
        "counts": counts,
        "auroc": metrics.roc_auc_score(is_ood, scores, sample_weight=counts),
        "aupr_out": metrics.average_precision_score(is_ood, scores, sample_weight=counts),
        "aupr_in": metrics.average_precision_score(1 - is_ood, -scores, sample_weight=counts),
        "fpr_at_95_tpr": fpr[np.argmax(tpr >= 0.95)],
    }


def classification(name, examples, classes):
    """Class 4 has no example but is predicted."""
    truth = np.floor((signed(f"{name}.truth", examples) + 1) * (classes - 1) / 2).astype(int)
    other = np.floor((signed(f"{name}.other", examples) + 1) * classes / 2).astype(int)
    predicted = np.where(signed(f"{name}.right", examples) < 0.3, truth, other)
    confusion = metrics.confusion_matrix(truth, predicted, labels=range(classes))
    present = np.unique(truth)
    return {
        "classes": classes,
        "truth": truth,
        "predicted": predicted,
        "accuracy": metrics.accuracy_score(truth, predicted),
        "recall_of_present": metrics.recall_score(truth, predicted, labels=present, average=None),
        "present": present,
        "balanced_accuracy": metrics.balanced_accuracy_score(truth, predicted),
        "confusion": confusion,
    }


def tau(name, length, steps):
    """Values in steps, so that there are ties."""
    a, b = (np.round(signed(f"{name}.{side}", length) * steps) for side in "ab")
    return {"a": a, "b": b, "tau": kendalltau(a, b, variant="b").statistic}


def asked_and_learned(similarity, ranking):
    taus = []
    for at, ranked in enumerate(ranking):
        others = [other for other in range(len(ranking)) if other != at]
        required = [-ranked.index(other) if other in ranked else -len(ranked) for other in others]
        taus.append(kendalltau(required, similarity[at, others], variant="b").statistic if ranked else None)
    return taus


classes = np.arange(ROWS) % CLASSES
directions = signed("ood.directions", CLASSES, LEN)
spread = np.array([1.6, 0.9, 0.6, 0.4, 0.2, 0.2])  # else the covariance is shrunk to the identity altogether
rows = unit(0.4 * directions[classes] + spread * signed("ood.rows", ROWS, LEN))
near = 0.4 * directions[np.arange(QUERIES) % CLASSES] + spread * signed("ood.near", QUERIES, LEN)
queries = unit(np.where(np.arange(QUERIES)[:, None] < QUERIES // 2, near, signed("ood.far", QUERIES, LEN)))
few, few_classes = rows[:12], classes[:12]  # four rows a class, fewer than dimensions

means = class_means(rows, classes)
means /= np.linalg.norm(means, axis=1, keepdims=True)
cosines = queries @ means.T
temperature = 0.1
neighbours = NearestNeighbors(n_neighbors=ROWS, algorithm="brute").fit(rows).kneighbors(queries)[0]

scores = as_f32(np.round(8 * signed("ood.scores", 60)) / 8)
is_ood = (signed("ood.is_ood", 60) + scores > 0.2).astype(int)
counts = np.floor((signed("ood.counts", 60) + 1) * 2).astype(int)
long_scores = as_f32(np.round(40 * signed("ood.long_scores", 300)) / 40)
long_is_ood = (signed("ood.long_is_ood", 300) + long_scores > 0).astype(int)

golden = {
    "len": LEN,
    "classes": CLASSES,
    "rows": rows,
    "row_classes": classes,
    "queries": queries,
    "cosines": cosines,
    "nearest_class": cosines.argmax(axis=1),
    "class_similarity": means @ means.T,
    "temperature": temperature,
    "max_softmax": 1 - softmax(cosines / temperature, axis=1).max(axis=1),
    "energy": -temperature * logsumexp(cosines / temperature, axis=1),
    "mahalanobis": mahalanobis(rows, classes, queries),
    "mahalanobis_of_few": mahalanobis(few, few_classes, queries),
    "neighbours": {str(k): neighbours[:, k - 1] for k in (1, 5, 60)},
    "mixture": [
        mixture(rows, classes, queries, 1e-6, 1e-3, 50),
        mixture(rows, classes, queries, 1e-3, 1e-6, 200),
        mixture(rows, classes, queries, 1e-4, 1e-9, 7),
    ],
    "mixture_of_few": mixture(few, few_classes, queries, 1e-6, 1e-3, 50),
    "roc": {
        "scores": scores,
        "is_ood": is_ood,
        "curve": roc_curve(scores, is_ood),
        "over": weighted_figures(scores, is_ood, counts),
        "long_scores": long_scores,
        "long_is_ood": long_is_ood,
        "long_curve": roc_curve(long_scores, long_is_ood),
    },
    "classification": classification("ood.classification", 80, 5),
    "kendall": [tau("ood.kendall.1", 12, 20), tau("ood.kendall.2", 30, 3), tau("ood.kendall.3", 7, 1)],
    "asked_and_learned": {
        "ranking": [[2, 4], [0], [], [1, 0, 5, 4, 2], [5, 3, 0], [4]],
        "similarity": signed("ood.similarity", 6, 6),
    },
}
required = golden["asked_and_learned"]
required["tau"] = asked_and_learned(required["similarity"], required["ranking"])
write_lines("ood.json", golden)
