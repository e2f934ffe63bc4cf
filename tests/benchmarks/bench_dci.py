"""What DCI costs with each regressor, beside one GradientBoostingClassifier a factor in a plain loop.

    python tests/benchmarks/bench_dci.py [images of the boosting, 2000 unless told]

Lasso and forest take 10,000 images, 10 latents and 5 factors of 3 to 40 levels. Boosting grows 100 trees a level, so it
runs on fewer, and the lasso and the forest are timed on those too: one run, the same codes, ratios to the plain loop.
"""

import sys
import time

import numpy as np
from sklearn.ensemble import GradientBoostingClassifier, RandomForestRegressor  # noqa: F401  (imported before timing)
from sklearn.linear_model import LassoCV  # noqa: F401

from dvlab.metrics import dci

LEVELS = (3, 6, 40, 32, 32)


def world(images, seed=0):
    """Factors (N, 5), and codes (N, 10): a noisy latent for each factor and five of noise."""
    rng = np.random.default_rng(seed)
    factors = np.stack([rng.integers(levels, size=images) for levels in LEVELS], axis=1)
    codes = rng.normal(size=(images, 10))
    codes[:, :5] = (factors - factors.mean(axis=0)) / factors.std(axis=0) + 0.3 * codes[:, :5]
    return codes, factors


def plain_loop(codes, factors):
    train = len(codes) * 4 // 5
    for g in factors.T:
        model = GradientBoostingClassifier(random_state=0).fit(codes[:train], g[:train])
        model.predict(codes[train:])


def timed(name, action):
    wall, cpu = time.perf_counter(), time.process_time()
    result = action()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"{name:34s} {wall:8.2f} s   (this process: {cpu:.2f} CPU-s)", flush=True)
    return wall, result


def main(images):
    codes, factors = world(10_000)
    print("10,000 images, 10 latents, 5 factors")
    for name, options in {"lasso": {}, "lasso, shape categorical": {"categorical": (0,)}}.items():
        timed(name, lambda options=options: dci(codes, factors, **options))
    timed("forest, shape categorical", lambda: dci(codes, factors, "forest", categorical=(0,)))

    codes, factors = codes[:images], factors[:images]
    print(f"\n{images:,} images, beside one GradientBoostingClassifier a factor")
    loop, _ = timed("plain loop of scikit-learn", lambda: plain_loop(codes, factors))
    for name in ("boosting", "forest", "lasso"):
        ours, result = timed(name, lambda name=name: dci(codes, factors, name))
        print(f"    the loop takes {loop / ours:.1f} times as long; D {result.disentanglement:.2f} ", end="")
        print(f"C {result.completeness:.2f} I {result.informativeness:.2f} ({result.measure[0]})")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000)
