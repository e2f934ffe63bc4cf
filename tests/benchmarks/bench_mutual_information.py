"""Mutual information: a histogram beside a loop of scikit-learn, and a Normal's quadrature beside brute force.

    OMP_NUM_THREADS=1 python tests/benchmarks/bench_mutual_information.py [--threads 2]

Prints seconds, ratios and the largest difference, all from one run. The last part integrates 737,280 posteriors
(10 latents, 5 factors of 3, 6, 40, 32, 32 levels), beside 8 products of two 4096 × 4096 float32 matrices.
"""

import argparse
import time

import numpy as np
import torch
from scipy.special import rel_entr
from sklearn.metrics import mutual_info_score
from torch.distributions import Normal

from dvlab.metrics import mig, mutual_information

SIZES = np.array([3, 6, 40, 32, 32])


def seconds(function, repeats=1):
    """The best of `repeats` times, and the last result."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        result = function()
        times.append(time.perf_counter() - start)
    return min(times), result


def histogram():
    rng = np.random.default_rng(0)
    factors = rng.integers(0, [3, 6, 40, 32, 32, 4], (10_000, 6))
    codes = rng.normal(size=(10_000, 10)) + np.hstack([factors, np.zeros((10_000, 4))])

    def cells():
        return [np.digitize(z, np.histogram_bin_edges(z, 20)[1:-1]) for z in codes.T]

    def loop(cells):
        return np.array([[mutual_info_score(g, z) for g in factors.T] for z in cells])

    cut = cells()
    theirs, expected = seconds(lambda: loop(cut), 5)
    binned = seconds(lambda: loop(cells()), 5)[0]
    ours, found = seconds(lambda: mutual_information(codes, factors), 50)
    print(
        f"histogram, n = 10,000, D = 10, K = 6: ours {ours * 1e3:.2f} ms; scikit-learn in a loop {binned * 1e3:.0f} ms"
    )
    print(f"  {binned / ours:.0f} times faster, {theirs / ours:.0f} times where their codes are in bins already; "
          f"largest difference {np.abs(found - expected).max():.0e} nats")  # fmt: skip
    whole = seconds(lambda: mig(codes, factors), 5)[0]
    print(f"  mig, with its ceiling and ten shuffles for its null: {whole * 1e3:.0f} ms")


def dsprites_like(N=737_280, D=10):
    """Posteriors such as a trained model gives: some latents know one factor, some mix, two are idle."""
    rng = np.random.default_rng(0)
    factors = np.stack(np.unravel_index(np.arange(N), SIZES), axis=1)
    u = (factors + 0.5) / SIZES - 0.5
    mean = np.hstack([3.4 * u, u @ rng.normal(size=(5, D - 5)) * 2]) + 0.05 * rng.normal(size=(N, D))
    sigma = np.exp(0.3 * rng.normal(size=(N, D)) - 2.5 + 0.3 * rng.normal(size=D))
    mean[:, -2:] *= 0.01
    sigma[:, -2:] = 0.98
    return Normal(torch.tensor(mean).float(), torch.tensor(sigma).float()), factors


def brute_force(mean, sigma, factors):
    """One latent's row of the matrix: every posterior on every point of a grid."""
    mean, sigma = mean.double().numpy(), sigma.double().numpy()
    z = np.arange((mean - 8 * sigma).min(), (mean + 8 * sigma).max(), sigma.min() / 2)
    row = []
    for g in factors.T:
        q_g, count = np.zeros((g.max() + 1, len(z))), np.bincount(g)
        for level in range(g.max() + 1):
            m, s = mean[g == level, None], sigma[g == level, None]
            q_g[level] = (np.exp(-0.5 * ((z - m) / s) ** 2) / (s * np.sqrt(2 * np.pi))).mean(axis=0)
        p = count / len(g)
        row.append(p @ np.trapezoid(rel_entr(q_g, p @ q_g), z))
    return np.array(row)


def quadrature():
    q, factors = dsprites_like()
    some = np.random.default_rng(1).choice(len(factors), 5_000, replace=False)
    part = Normal(q.loc[some][:, [2, 5]], q.scale[some][:, [2, 5]])
    theirs, expected = seconds(
        lambda: np.array([brute_force(part.loc[:, j], part.scale[:, j], factors[some]) for j in range(2)])
    )
    ours, found = seconds(lambda: mutual_information(part, factors[some]), 3)
    print(f"Normal, 5,000 images, 2 latents, 5 factors: brute force {theirs:.1f} s, ours {ours * 1e3:.0f} ms")
    print(f"  {theirs / ours:.0f} times faster; largest difference {np.abs(found - expected).max():.0e} nats")

    a, b = torch.randn(4096, 4096), torch.randn(4096, 4096)
    products = seconds(lambda: [a @ b for _ in range(8)])[0]
    everything = seconds(lambda: mutual_information(q, factors))[0]
    print(f"Normal, all {len(factors):,} images, 10 latents, 5 factors: {everything:.1f} s; "
          f"8 matrix products {products:.1f} s")  # fmt: skip
    whole = theirs * len(factors) / 5_000 * 10 / 2
    print(f"  brute force at the rate above: {whole / 60:.0f} minutes, {whole / everything:.0f} times as long")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, default=2, help="of torch, for the matrix products (ours takes one)")
    torch.set_num_threads(parser.parse_args().threads)
    histogram()
    quadrature()
