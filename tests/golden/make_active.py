"""Writes active.json: what scikit-learn and SciPy find as the weights of a logistic regression with a Gaussian prior.

    pip install scikit-learn && python make_active.py [FOLDER]

Scikit-learn penalises the weights by 1 / (2 C) |w|^2 and no bias; a bias with a prior N(0, 1 / kappa) is the weight of a
column of sqrt(lambda / kappa) in its place. A bias whose prior has another mean SciPy finds, by minimising the same sum.
All arithmetic is f64 on the f32 values that Nadir reads.
"""

import numpy as np
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from drawn import signed, write_lines

TOLERANCE = 1e-7  # where both iterations end
CASES = [(2, 6), (12, 6), (40, 6), (24, 24)]
PRECISIONS = [(0.1, 1.0), (2.0, 0.5)]


def as_f32(values):
    return np.asarray(values, dtype=np.float32).astype(np.float64)


def of_scikit(rows, answers, precision, bias_precision):
    constant = np.sqrt(precision / bias_precision)
    columns = np.hstack([rows, np.full((len(rows), 1), constant)])
    fitted = LogisticRegression(C=1 / precision, fit_intercept=False, solver="newton-cholesky", tol=1e-13, max_iter=1000)
    weights = fitted.fit(columns, answers).coef_[0]
    return {"weights": weights[:-1], "bias": weights[-1] * constant}


def of_scipy(rows, answers, precision, bias_precision, mean):
    signs = np.where(answers, 1.0, -1.0)
    columns = np.hstack([rows, np.ones((len(rows), 1))])

    def objective(theta):
        margins = signs * (columns @ theta)
        rest = np.append(theta[:-1], theta[-1] - mean)
        penalty = np.append(np.full(rows.shape[1], precision), bias_precision)
        loss = np.logaddexp(0, -margins).sum() + (penalty * rest * rest).sum() / 2
        return loss, columns.T @ (-signs / (1 + np.exp(margins))) + penalty * rest

    start = np.append(np.zeros(rows.shape[1]), mean)
    found = minimize(objective, start, jac=True, method="BFGS", options={"gtol": 1e-11, "maxiter": 10000})
    return {"weights": found.x[:-1], "bias": found.x[-1]}


def case(count, length):
    name = f"active {count} {length}"
    rows = as_f32(signed(f"{name} rows", count, length))
    answers = rows @ signed(f"{name} direction", length) + 0.3 * signed(f"{name} noise", count) > 0
    answers[0], answers[1] = True, False
    fits = [
        {
            "weight_precision": precision,
            "bias_precision": bias_precision,
            "scikit_learn": of_scikit(rows, answers, precision, bias_precision),
            "scipy": of_scipy(rows, answers, precision, bias_precision, -1.25),
        }
        for precision, bias_precision in PRECISIONS
    ]
    return {"len": length, "rows": rows, "answers": answers.astype(int), "fits": fits}


write_lines("active.json", {"bias_mean": -1.25, "cases": [case(*sizes) for sizes in CASES]})
