"""Writes losses.json: contrastive losses and their gradients by PyTorch's autograd, in f64.

    pip install torch numpy && python make_losses.py [FOLDER]

Every loss is written out anchor by anchor, as its formula reads, so that it shares nothing with Nadir's masks.
"""

import math

import numpy as np
import torch
import torch.nn.functional as F

from drawn import signed, write

TOLERANCE = 1e-9  # f64; gradients at temperature 0.05 are small differences of large numbers


def log_softmax_of_others(z, tau):
    """[n, n]: log of the share of column a among all others of row i; -inf where a = i."""
    similarity = cosines(z, z) / tau
    similarity = similarity.masked_fill(torch.eye(len(z), dtype=torch.bool), -math.inf)
    return similarity - torch.logsumexp(similarity, 1, keepdim=True)


def cosines(a, b):
    return F.normalize(a, dim=1) @ F.normalize(b, dim=1).T


def partners(count):
    """Rows i and i + count / 2 are the two views of one image."""
    return [(i, (i + count // 2) % count) for i in range(count)]


def mean(terms):
    return torch.stack(terms).mean()


def nt_xent(z, tau):
    """Chen et al. 2020."""
    log_p = log_softmax_of_others(z, tau)
    return mean([-log_p[i, j] for i, j in partners(len(z))])


def dcl(z, tau):
    """Yeh et al. 2022: NT-Xent with the positive out of the denominator."""
    similarity = cosines(z, z) / tau
    negatives = lambda i, j: [a for a in range(len(z)) if a not in (i, j)]
    return mean([torch.logsumexp(similarity[i, negatives(i, j)], 0) - similarity[i, j] for i, j in partners(len(z))])


def sup_con(z, labels, tau, inside):
    """Khosla et al. 2020. Outside: the mean of logs; inside: the log of the mean over positives. Anchors without a positive
    are left out."""
    log_p, terms = log_softmax_of_others(z, tau), []
    for i, label in enumerate(labels):
        positives = [p for p, other in enumerate(labels) if p != i and other == label]
        if positives:
            of_positives = log_p[i, positives]
            terms.append(math.log(len(positives)) - torch.logsumexp(of_positives, 0) if inside else -of_positives.mean())
    return mean(terms)


def ranked(q, keys, query_labels, key_labels, ranking, taus, form):
    """RINCE (Hoffmann et al. 2022) over a bank of keys, with one class a rank. ranking[c] is c and the classes most like it.
    Positives of rank i: keys of class ranking[label][i]. Beside them in the denominator: keys of later ranks and of classes
    without a rank; those of earlier ranks are left out. "in": one sum over positives; "out": their mean; "out-in": outside at
    rank 0, inside behind it. The mean over the anchors with a positive, and the sum over ranks."""
    similarity, total = cosines(q, keys), 0
    for rank, tau in enumerate(taus):
        terms = []
        for logits, label in zip(similarity / tau, query_labels):
            order = ranking[label]
            positives = [at for at, other in enumerate(key_labels) if rank < len(order) and other == order[rank]]
            rest = [at for at, other in enumerate(key_labels) if other not in order[:rank + 1]]
            if not positives:
                continue
            if form == "in" or form == "out-in" and rank > 0:
                terms.append(torch.logsumexp(logits[positives + rest], 0) - torch.logsumexp(logits[positives], 0))
            else:
                terms.append(mean([torch.logsumexp(logits[[p] + rest], 0) - logits[p] for p in positives]))
        total = total + mean(terms) if terms else total
    return total


def mul_sup_con(z, labels, tau):
    """Zhang & Wu 2024. Each anchor counts once for each of its labels, against all others that have that label too."""
    log_p, terms = log_softmax_of_others(z, tau), []
    for i, own in enumerate(labels):
        for label in np.flatnonzero(own):
            positives = [p for p, other in enumerate(labels) if p != i and other[label]]
            if positives:
                terms.append(-log_p[i, positives].mean())
    return mean(terms)


def jaccard_sup_con(z, labels, tau, threshold):
    """Zaigrajew & Zieba 2022. Positives share at least `threshold` of the labels that either has, which is their weight."""
    log_p, terms = log_softmax_of_others(z, tau), []
    for i, own in enumerate(labels):
        overlap = {p: (own & other).sum() / (own | other).sum() for p, other in enumerate(labels) if p != i}
        weights = {p: weight for p, weight in overlap.items() if weight >= threshold}
        if weights:
            terms.append(-sum(weight * log_p[i, p] for p, weight in weights.items()) / sum(weights.values()))
    return mean(terms)


def with_gradient(rows, loss):
    rows = torch.tensor(rows, dtype=torch.float64, requires_grad=True)
    value = loss(rows)
    value.backward()
    return {"loss": value.item(), "grad": [rows.grad.flatten().tolist()]}


def main():
    z, q, keys = signed("losses.z", 12, 8), signed("losses.q", 6, 8), signed("losses.keys", 20, 8)
    labels = [0, 1, 2, 0, 1, 2, 0, 0, 3, 1, 2, 4]
    multi_labels = (signed("losses.multi", 12, 5) > 0.2).astype(int)
    multi_labels[multi_labels.sum(1) == 0, 0] = 1
    query_labels, key_labels = [0, 1, 2, 3, 0, 1], [at % 5 for at in range(20)]
    ranking, taus = {0: [0, 1, 2], 1: [1, 0], 2: [2, 3, 4], 3: [3, 2], 4: [4]}, [0.1, 0.225, 0.35]
    results = {"inputs": {
        "z": z, "q": q, "keys": keys, "labels": labels, "multi_labels": multi_labels, "query_labels": query_labels,
        "key_labels": key_labels, "ranking": {str(label): order for label, order in ranking.items()}, "taus": taus}}
    for tau in (0.05, 0.5):
        results[f"nt_xent tau={tau}"] = with_gradient(z, lambda z: nt_xent(z, tau))
        results[f"dcl tau={tau}"] = with_gradient(z, lambda z: dcl(z, tau))
    results["sup_con_out tau=0.1"] = with_gradient(z, lambda z: sup_con(z, labels, 0.1, False))
    results["sup_con_in tau=0.1"] = with_gradient(z, lambda z: sup_con(z, labels, 0.1, True))
    for form in ("in", "out", "out-in"):
        results[f"ranked {form}"] = with_gradient(
            q, lambda q: ranked(q, torch.tensor(keys), query_labels, key_labels, ranking, taus, form))
    results["mul_sup_con tau=0.1"] = with_gradient(z, lambda z: mul_sup_con(z, multi_labels, 0.1))
    results["jaccard_sup_con tau=0.07 threshold=0.3"] = with_gradient(
        z, lambda z: jaccard_sup_con(z, multi_labels, 0.07, 0.3))
    write("losses.json", results)


if __name__ == "__main__":
    main()
