"""The court's further cases: the designs of Carbonneau et al. (2022), "Measuring disentanglement"; and all in order."""

from functools import partial

import numpy as np

from dvlab.metrics._cases import (
    ONE,
    PERFECT,
    SEEN,
    aligned,
    base_entropy,
    behind_a_dead_latent,
    constant_factor,
    correlated_factors,
    dead_latent,
    duplicated,
    few_images,
    few_images_of_noise,
    heavy_tails,
    lost,
    monotone_warp,
    near,
    noise,
    noise_and_outlier,
    noisy_latents,
    other_units,
    outlier,
    packed,
    packed_unequal,
    rotated_14,
    rotated_45,
    split_over_two,
    unequal_entropies,
    uniform,
    unique_values,
)

LEVELS = 40  # of a uniform factor, as a metric of information must have levels


def noise_design(alpha: float, images: int = 2048, K: int = 8):
    """Section 5.2, z = (1 − α) g + α u with g and u uniform on [0, 1]: modular and compact, less and less explicit.

    R² = (1 − α)² / [(1 − α)² + α²], as var g = var u. I(z; g) = h(z) − h(α u), of a trapezium, with a = max(α, 1 − α)
    and b = min(α, 1 − α): ln a + b / 2a − ln α nats. Over H(g) = ln 40 that is MIG.
    """
    u = uniform(images, 2 * K)
    factors = np.floor(LEVELS * u[:, :K])
    codes = (1 - alpha) * (factors + 0.5) / LEVELS + alpha * u[:, K:]
    R2, I = (1 - alpha) ** 2 / ((1 - alpha) ** 2 + alpha**2), uniform_information(alpha)
    truth = {"modularity": ONE, "compactness": ONE, "explicitness": (-np.inf, min(0.95, R2 + 0.2)), "ease": ONE}
    truth |= {"D": near(1.0, 0.02), "C": near(1.0, 0.02), "R²": near(R2, 0.03), "SAP": near(R2, 0.03)}
    return codes, factors, truth | {"MIG": near(I / np.log(LEVELS), 0.03)}


def uniform_information(alpha: float) -> float:
    """I(g; (1 − α) g + α u) of two uniforms, nats."""
    a, b = max(alpha, 1 - alpha), min(alpha, 1 - alpha)
    return float(np.log(a) + b / (2 * a) - np.log(alpha))


def mixing_design(alpha: float, images: int = 2048, K: int = 8):
    """Section 5.3, z_j = (1 − α) g_j + α g_{j−1}, round a ring: a little, or half, of the neighbour. All is readable.

    g = A⁻¹ z, and the inverse of the ring has weights as 1, r, r², … r^(K−1) with r = α / (1 − α) (signs alternate), so
    D = C = 1 − H_K of these. SAP: R² of z_j is (1 − α)² and α², over their sum.
    """
    factors = np.floor(LEVELS * uniform(images, K))
    codes = (1 - alpha) * factors + alpha * np.roll(factors, 1, axis=1)
    D = mixing_concentration(alpha, K)
    truth = {"explicitness": ONE, "ease": ONE, "D": near(D), "C": near(D), "R²": near(1.0)}
    truth["SAP"] = near((1 - 2 * alpha) / ((1 - alpha) ** 2 + alpha**2), 0.03)
    return codes, factors, truth | ({"modularity": SEEN, "compactness": SEEN} if alpha > 0.15 else {})


def mixing_concentration(alpha: float, K: int = 8) -> float:
    """1 − H_K(1, r, r², …) with r = α / (1 − α)."""
    weight = (alpha / (1 - alpha)) ** np.arange(K)
    return 1 - base_entropy(weight / weight.sum(), K)


def angle_design(images: int = 2048, K: int = 4):
    """Section 5.4, first: angles as cosine and sine. Modular; not compact; all of it is there, but not in a line."""
    factors = np.floor(LEVELS * uniform(images, K))
    angle = 2 * np.pi * (factors + 0.5) / LEVELS
    truth = {"modularity": ONE, "compactness": SEEN, "ease": SEEN, "support": SEEN}
    return np.hstack([np.cos(angle), np.sin(angle)]), factors, truth


def copies_design(K: int, copies: int, images: int = 2048):
    """Section 5.4, second and third: each factor `copies` times. C = 1 − ln(copies) / ln(K · copies); no gap."""
    factors = np.floor(LEVELS * uniform(images, K))
    C = 1 - np.log(copies) / np.log(K * copies)
    truth = PERFECT | {"compactness": SEEN, "C": near(C), "SAP": near(0.0), "MIG": near(0.0), "support": SEEN}
    return np.tile(factors, (1, copies)), factors, truth


CASES = {case.__name__.replace("_", " "): case for case in (
    aligned, other_units, dead_latent, noisy_latents, constant_factor, unequal_entropies, correlated_factors,
    few_images, outlier, heavy_tails, monotone_warp, rotated_14, rotated_45, behind_a_dead_latent, duplicated,
    split_over_two, packed, packed_unequal, lost, noise, noise_and_outlier, few_images_of_noise, unique_values,
)}  # fmt: skip
CASES |= {f"5.2 noise α={a}": partial(noise_design, a) for a in (0.2, 0.4, 0.6, 0.8)}
CASES |= {f"5.3 mixed α={a}": partial(mixing_design, a) for a in (0.1, 0.2, 0.3, 0.4)}
CASES |= {"5.4 angles": angle_design, "5.4 two copies": partial(copies_design, 4, 2)}
CASES |= {"5.4 four copies": partial(copies_design, 2, 4)}
