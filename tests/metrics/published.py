"""Published metrics as they are described or behave, faults included: what the court must find out.

Written from the papers and from what the code does; none of it is for use.
"""

import numpy as np
from sklearn.linear_model import LogisticRegression

from dvlab.metrics import entropy
from dvlab.metrics._chance import neighbour_information
from dvlab.metrics._inputs import labels


def official_infomec(codes, factors):
    """Active: a range above a twentieth of the largest. Shares of information that is cut at 0, nothing for chance."""
    N = neighbour_information(codes, labels(factors)) / entropy(factors)
    spread = np.ptp(codes, axis=0)
    N = N[spread > spread.max() / 20]
    D, K = N.shape
    M = ((N.max(axis=1) / N.sum(axis=1)).mean() - 1 / K) / (1 - 1 / K)
    C = ((N.max(axis=0) / N.sum(axis=0)).mean() - 1 / D) / np.float64(1 - 1 / D)
    return M, C, D


def official_infoe(codes, factors):
    """Fitted and judged on the same images."""
    z, scores = (codes - codes.mean(axis=0)) / codes.std(axis=0), []
    for g in factors.T:
        p = LogisticRegression(C=1e6, max_iter=500).fit(z, g).predict_proba(z)
        index, share = np.unique(g, return_inverse=True)[1], np.bincount(g) / len(g)
        share = share[share > 0]
        scores.append(1 + np.log(p[np.arange(len(g)), index]).mean() / -(share * np.log(share)).sum())
    return np.mean(scores)


def library_irs(codes, factors, quantile=0.99):
    """The quantile of deviations while a factor is held, over the *largest* deviation of all images."""
    largest = np.abs(codes - codes.mean(axis=0)).max(axis=0)
    robust = np.zeros((codes.shape[1], factors.shape[1]))
    for k, g in enumerate(factors.T):
        held = []
        for level in np.unique(g):
            z = codes[g == level]
            held.append(np.quantile(np.abs(z - z.mean(axis=0)), quantile, axis=0))
        robust[:, k] = 1 - np.mean(held, axis=0) / largest
    return np.average(robust.max(axis=1), weights=largest)


def broken_disentanglement(R):
    """D by a loop that breaks off at the first dead latent."""
    total, score = R.sum(), 0.0
    for row in R:
        if row.sum() == 0:
            return 1.0 if score == 0 else score
        p = row / row.sum()
        score += row.sum() / total * (1 + (p[p > 0] * np.log(p[p > 0])).sum() / np.log(len(p)))
    return score


def explicitness_beside(curves, baseline=1.0):
    """E of each (capacity, loss) curve, stretched to the largest capacity of all, with ℓ* = 0 in the divisor."""
    most, scores = max(x[-1] for x, _ in curves), []
    least = min(x[0] for x, _ in curves)
    for x, loss in curves:
        x, loss = np.append(x, most), np.append(loss, loss[-1])
        scores.append(1 - 2 * np.trapezoid(loss - loss.min(), x) / ((most - least) * baseline))
    return scores
