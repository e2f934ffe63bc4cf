"""What the metrics that fit something share: a seeded split, standardised codes, and which factors vary."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from dvlab.metrics._inputs import Labels
from dvlab.validation import number, seed_checked


@dataclass(frozen=True, eq=False)
class Split:
    """The images to fit on and the images held out."""

    train: Int[np.ndarray, " train"]
    test: Int[np.ndarray, " test"]


def held_out(images: int, test_size: float, seed: int) -> Split:
    """A random split by `seed`; ValueError for fewer than 20 images or a test_size outside (0, 1)."""
    if images < 20:
        raise ValueError(f"codes must hold at least 20 images to fit on some and score on others; got {images}")
    number("test_size", test_size, above=0, below=1)  # a share of the images
    seed_checked("seed", seed)
    test = min(max(round(test_size * images), 2), images - 10)
    order = np.random.default_rng(seed).permutation(images)
    return Split(order[test:], order[:test])


def standardised(
    z: Float[np.ndarray, "images latents"], parts: Split
) -> tuple[Float[np.ndarray, "train latents"], Float[np.ndarray, "test latents"]]:
    """Both parts less the training mean, over the training deviation, which must not be 0."""
    train = z[parts.train]
    mean, deviation = train.mean(axis=0), train.std(axis=0)
    return (train - mean) / deviation, (z[parts.test] - mean) / deviation


def changing(z: Float[np.ndarray, "images latents"]) -> Bool[np.ndarray, " latents"]:
    """Which latents are not constant (but for rounding) over these images."""
    return np.ptp(z, axis=0) > 1e-12 * np.abs(z).max(axis=0)


def named_categorical(known: Labels, categorical: Sequence[int]) -> Bool[np.ndarray, " factors"]:
    """Which factors the caller named; ValueError for an index out of range, or a factor of strings left out."""
    K = len(known.sizes)
    for k in categorical:
        if isinstance(k, bool | np.bool_) or not isinstance(k, int | np.integer) or not 0 <= k < K:
            mask = "; for a mask give np.flatnonzero(mask)" if isinstance(k, bool | np.bool_) else ""
            raise ValueError(f"categorical must hold indices of factors, 0 to {K - 1}; got {k!r}{mask}")
    named = np.isin(np.arange(K), list(categorical))
    for k in np.flatnonzero(~named):
        if known.values[k].dtype.kind not in "iufb":
            raise ValueError(f"factor {k} doesn't hold numbers; name it in categorical=({k},)")
    return named


def varying(known: Labels) -> Bool[np.ndarray, " factors"]:
    """Which factors take more than one value; a warning names the others, and ValueError when there are only others."""
    varies = known.sizes > 1
    if not varies.any():
        raise ValueError("every factor is constant over these images, so there is nothing to be informed about")
    if not varies.all():
        constant = ", ".join(map(str, np.flatnonzero(~varies)))
        warnings.warn(f"left out, because constant over these images: factor {constant}", stacklevel=3)
    return varies
