"""The court's cases: codes and factors of which it is known what a metric should say, a function each.

A truth is a range for a *property*: "modularity" (each latent tells of one factor), "compactness" (each factor is told
by one latent), "explicitness" (all of it can be read off), "ease" (by a straight line, as far as at all), "support";
or for a *quantity* with a value of its own: "D", "C" and "R²" of linear regressors, "SAP", "MIG". What a case does not
decide is left out.
"""

from collections.abc import Callable

import numpy as np

Truth = dict[str, tuple[float, float]]
Case = Callable[[], tuple[np.ndarray, np.ndarray, Truth]]

ONE, ZERO, SEEN, PART = (0.9, 1.0), (-np.inf, 0.1), (-np.inf, 0.95), (0.1, 0.9)  # SEEN: it must not be called perfect


def near(value: float, by: float = 0.01) -> tuple[float, float]:
    """A range about the population's value."""
    return value - by, value + by


def grid(*sizes: int, times: int = 1) -> np.ndarray:
    """Every combination of levels, `times` each: factors that are independent to the last digit."""
    return np.tile(np.stack(np.unravel_index(np.arange(np.prod(sizes)), sizes), axis=1), (times, 1))


def uniform(images: int, columns: int) -> np.ndarray:
    """Independent points of the unit cube. (Evenly spread ones, such as Sobol's, would mislead nearest neighbours.)"""
    return np.random.default_rng(0).random((images, columns))


def standard(a: np.ndarray) -> np.ndarray:
    return (a - a.mean(axis=0)) / a.std(axis=0)


def rotation(degrees: float) -> np.ndarray:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[c, s], [-s, c]])


def base_entropy(share: np.ndarray, base: int) -> float:
    """−Σ p ln p / ln(base)."""
    return float(-(share * np.log(share)).sum() / np.log(base))


PERFECT: Truth = {"modularity": ONE, "compactness": ONE, "explicitness": ONE, "ease": ONE, "support": ONE}
PERFECT |= {name: near(1.0) for name in ("D", "C", "R²", "SAP")} | {"MIG": near(1.0, 0.03)}
NOTHING: Truth = {"modularity": ZERO, "compactness": ZERO, "explicitness": ZERO, "ease": ZERO, "R²": ZERO}


def aligned():
    """Each latent is a factor: everything is 1."""
    factors = grid(4, 5, 6, times=10)
    return factors * 1.0, factors, PERFECT


def other_units():
    """Aligned, but permuted, scaled, shifted and flipped: names, units and signs mean nothing, so everything is 1."""
    factors = grid(4, 5, 6, times=10)
    return factors[:, [2, 0, 1]] * [-50, 1e-3, 7] + [3, 1, 0], factors, PERFECT


def rotated_14():
    """Two latents rotated by 14°: neither modular nor compact, all readable.

    W = (cos, ∓sin), so the shares are t = sin / (sin + cos) and 1 − t: D = C = 1 − H₂(t). SAP = cos² − sin² = cos 28°.
    """
    factors = grid(10, 10, times=10)
    c, s = np.cos(np.radians(14)), np.sin(np.radians(14))
    D = 1 - base_entropy(np.array([c, s]) / (c + s), 2)
    truth = {"modularity": SEEN, "compactness": SEEN, "explicitness": ONE, "ease": ONE, "support": SEEN}
    truth |= {"D": near(D), "C": near(D), "R²": near(1.0), "SAP": near(np.cos(np.radians(28)))}
    return standard(factors) @ rotation(14.0), factors, truth


def rotated_45():
    """Two latents rotated by 45°: each tells of both factors alike, so neither modularity nor compactness; readable."""
    factors = grid(10, 10, times=10)
    truth = {"modularity": ZERO, "compactness": ZERO, "explicitness": ONE, "ease": ONE}
    truth |= {"D": near(0.0), "C": near(0.0), "R²": near(1.0), "SAP": near(0.0), "MIG": near(0.0), "support": SEEN}
    return standard(factors) @ rotation(45.0), factors, truth


def behind_a_dead_latent():
    """A constant, then two latents rotated by 45°. D = 0; the base of C counts the constant: C = 1 − ln 2 / ln 3."""
    codes, factors, truth = rotated_45()
    known = {"compactness": SEEN, "C": near(1 - np.log(2) / np.log(3))}
    return np.insert(codes, 0, 0.3, axis=1), factors, truth | known


def duplicated():
    """Each of three factors in two latents: modular, C = 1 − ln 2 / ln 6, no gap between the best and the second."""
    factors = grid(4, 5, 6, times=10)
    truth = PERFECT | {"compactness": SEEN, "C": near(1 - np.log(2) / np.log(6)), "SAP": near(0.0), "MIG": near(0.0)}
    return np.hstack([factors, 3.0 - factors]), factors, truth | {"support": SEEN}


def split_over_two():
    """A factor of 16 levels in two latents of 4, g = 4a + b, and one aligned: modular, not compact, all there.

    The standardised weights of a and b are as 4 to 1: C of that factor is 1 − H₃(.8, .2), of the other 1; SAP: R² is
    16/17 and 1/17. I(a; g) = I(b; g): no gap of information, MIG = (0 + 1)/2.
    """
    factors = grid(16, 5, times=15)
    codes = np.stack([factors[:, 0] // 4, factors[:, 0] % 4, factors[:, 1]], axis=1) * 1.0
    share = np.array([4, 1]) / np.sqrt(17)
    C = (share.sum() * (1 - base_entropy(share / share.sum(), 3)) + 1) / (share.sum() + 1)
    truth = PERFECT | {"compactness": SEEN, "C": near(C), "SAP": near((15 / 17 + 1) / 2), "MIG": near(0.5, 0.02)}
    return codes, factors, truth


def packed():
    """Two factors in one latent, 4a + b: it tells everything of both, so no modularity; each has one latent."""
    factors = grid(4, 4, times=80)
    truth = {"modularity": ZERO, "compactness": ONE, "MIG": near(1.0, 0.02)}
    return factors @ [[4.0], [1.0]], factors, truth


def packed_unequal():
    """Two factors of 2 and of 16 levels in one latent: it tells everything of both, though of one that is little."""
    factors = grid(2, 16, times=40)
    return factors @ [[0.5], [1.0]], factors, {"modularity": ZERO, "compactness": ONE}


def lost():
    """One of three factors has no latent: two thirds can be read off. SAP and MIG are 2/3; by importance C is 1."""
    factors = grid(4, 5, 6, times=10)
    third = near(2 / 3)
    truth = {"modularity": ONE, "explicitness": near(2 / 3, 0.05), "D": near(1.0), "C": near(1.0), "R²": third}
    return factors[:, 1:] * 1.0, factors, truth | {"SAP": third, "MIG": near(2 / 3, 0.03), "support": ONE}


def dead_latent():
    """Aligned, and a constant latent in front: it tells nothing, so everything is 1."""
    codes, factors, truth = aligned()
    return np.insert(codes, 0, 0.3, axis=1), factors, truth


def noisy_latents():
    """Aligned, and three latents of noise behind: they tell nothing, so everything is 1."""
    codes, factors, truth = aligned()
    truth = {name: limits for name, limits in truth.items() if name != "support"}
    return np.hstack([codes, np.random.default_rng(0).normal(size=codes.shape)]), factors, truth


def noise():
    """Six latents of noise: they tell nothing of anything."""
    factors = grid(4, 5, 6, times=10)
    return np.random.default_rng(1).normal(size=(len(factors), 6)), factors, NOTHING


def noise_and_outlier():
    """Noise, and one code of 1,000: still nothing."""
    codes, factors, truth = noise()
    codes[17, 0] = 1000
    return codes, factors, truth


def outlier():
    """Aligned, and one image of 1,200 with a code of 1,000: nearly everything is 1 (but squares)."""
    codes, factors, truth = aligned()
    codes[17, 0] = 1000
    return codes, factors, {name: truth[name] for name in ("modularity", "compactness", "explicitness")}


def heavy_tails():
    """Aligned, and Cauchy noise a twentieth of a step wide: one code in sixteen is nearer to another level."""
    factors = grid(4, 5, 6, times=10)
    codes = factors + 0.05 * np.random.default_rng(2).standard_cauchy(factors.shape)
    return codes, factors, {"modularity": ONE, "compactness": ONE, "explicitness": (0.7, 1.0)}


def few_images():
    """Aligned, but 48 images only: everything is 1."""
    factors = grid(3, 4, times=4)
    return factors * 1.0, factors, PERFECT


def few_images_of_noise():
    """Noise, 100 images: nothing, whatever an estimator's bias."""
    factors = np.random.default_rng(3).integers(0, 5, (100, 3))
    return np.random.default_rng(4).normal(size=(100, 5)), factors, NOTHING


def unique_values():
    """Noise, and a factor that differs from image to image: nothing; a metric may refuse it."""
    rng = np.random.default_rng(5)
    factors = np.stack([rng.permutation(600), rng.integers(0, 5, 600)], axis=1)
    return rng.normal(size=(600, 4)), factors, NOTHING


def unequal_entropies():
    """Aligned, with factors of 2 and of 40 levels: everything is 1, though 20 bins cannot hold 40 levels."""
    factors = grid(2, 40, times=20)
    return factors * 1.0, factors, PERFECT


def correlated_factors():
    """Aligned, with two factors that go together (ρ = .7): the latents are the factors, so everything is 1.

    SAP = MIG = 1 minus what the other factor tells: no gap can be 1, so the gaps' own values are left out.
    """
    rng = np.random.default_rng(6)
    a = rng.normal(size=2000)
    b = 0.7 * a + np.sqrt(1 - 0.7**2) * rng.normal(size=2000)
    factors = np.stack([np.searchsorted([-1, -0.4, 0.4, 1], column) for column in (a, b)], axis=1)
    names = ("modularity", "compactness", "explicitness", "ease", "D", "C", "R²")
    return factors * 1.0, factors, {name: PERFECT[name] for name in names}


def constant_factor():
    """Aligned, and a factor that never changes: there is nothing to know of it, so everything is 1."""
    codes, factors, truth = aligned()
    return codes, np.insert(factors, 1, 7, axis=1), truth


def monotone_warp():
    """Aligned, and warped: z = exp(g), a relabelling. Modular and compact; a straight line is not what reads it."""
    factors = grid(4, 5, 6, times=10)
    return np.exp(factors * 1.0), factors, {"modularity": ONE, "compactness": ONE, "support": ONE, "ease": SEEN}
