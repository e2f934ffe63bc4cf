"""One latent's aggregate posterior, a mixture of N Gaussians on a line, on a grid: binned once, smoothed once."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Integer
from scipy.fft import irfft, next_fast_len, rfft

from dvlab.validation import kind, real_array

_STEP = 0.5  # grid spacing / least sigma: the trapezoid rule is then exact to about 1e-8
_REACH = 8.0  # sigmas from the outermost means to the ends of the grid
_LEVELS = 12  # an octave of sigma spans 3/STEP² = 12 squared spacings of variance; a level is one of them
_MOST_POINTS = 2**17


def grid_densities(
    mean: Float[np.ndarray, " images"],
    sigma: Float[np.ndarray, " images"],
    labels: Integer[np.ndarray, " images"] | None = None,
) -> tuple[Float[np.ndarray, " grid"], Float[np.ndarray, "labels grid"]]:
    """q(z_j) of one latent on a grid, or q(z_j | label): short for `bin_posteriors(mean, sigma).densities(labels)`.

    Parameters
    ----------
    mean, sigma : array (N,)
        Of the N posteriors of one latent.
    labels : array (N,) of int, optional
        At least 0, one an image; without them all images are one mixture.

    Returns
    -------
    grid : array (G,)
    densities : array (L, G)
        A row for each label.

    Examples
    --------
    >>> grid, density = grid_densities(np.array([-1.0, 1.0]), np.array([0.5, 0.5]))
    >>> bool(abs(np.trapezoid(density[0], grid) - 1) < 1e-9)
    True
    """
    return bin_posteriors(mean, sigma).densities(labels)


def bin_posteriors(mean: Float[np.ndarray, " images"], sigma: Float[np.ndarray, " images"]) -> "Bins":
    """Sort the N posteriors N(mean, sigma²) of one latent into bins, once for any number of label sets.

    The grid's spacing is half the least sigma, and it skips stretches without density, so that an outlier costs
    nothing. It has at most about 131,072 points: a sigma too small for that is raised to two spacings.

    Parameters
    ----------
    mean, sigma : array (N,)
        Of the N posteriors of one latent.

    Returns
    -------
    Bins

    Raises
    ------
    ValueError
        For unequal lengths, no posterior, values that are not finite, or a sigma that is not positive.

    Examples
    --------
    >>> bins = bin_posteriors(np.array([0.0, 3.0]), np.array([1.0, 0.1]))
    >>> grid, densities = bins.densities(np.array([0, 1]))
    >>> densities.shape[0]
    2
    """
    mean, sigma = real_array("mean", mean, ["images"]), real_array("sigma", sigma, ["images"])
    if mean.shape != sigma.shape:
        raise ValueError(f"mean and sigma must both have shape (images,); got {mean.shape} and {sigma.shape}")
    if sigma.min() <= 0:
        raise ValueError(f"sigma must be positive; its smallest entry is {sigma.min()}")
    if sigma.min() < 1e-13 * np.abs(mean).max():
        raise ValueError(
            f"sigma must not be so small beside the means that float64 cannot tell them apart; "
            f"got {sigma.min():.3g} and a mean of {np.abs(mean).max():.3g}"
        )
    start, shift, length = _laid_out(mean, sigma)
    while length > (_MOST_POINTS + 0.5) * _STEP * sigma.min():  # too narrow for the grid: raised, and laid out anew
        sigma = np.maximum(sigma, length / (_MOST_POINTS * _STEP))
        start, shift, length = _laid_out(mean, sigma)
    h = _STEP * sigma.min()
    # octave o: 2^o <= sigma STEP/h < 2^(o+1), on a grid of spacing 2^o h
    octave = np.floor(np.log2(sigma * (_STEP / h)) + 1e-12).astype(np.int16)
    spacing = h * np.exp2(np.arange(octave.max() + 1.0))[octave]
    excess = (sigma / spacing) ** 2 - 1 / _STEP**2  # variance over the octave's least, in squared spacings
    level = np.clip(excess, 0, _LEVELS - 1).astype(np.int16)
    excess -= level  # ... and over its level's
    level += _LEVELS * octave
    offset = (mean - shift[np.searchsorted(start, mean, side="right") - 1]) / spacing
    nearest = np.rint(offset)
    offset -= nearest
    size = next_fast_len(math.ceil(length / spacing.max()), real=True) << int(octave.max())
    order = np.argsort(level, kind="stable")
    δ, v = offset[order], excess[order]
    moments = np.stack([δ, δ**2 + v, δ**3 + 3 * δ * v, δ**4 + 6 * δ**2 * v + 3 * v**2])  # as of a Gaussian N(δ, v)
    return Bins(h, size, start, shift, order, level[order], nearest[order].astype(np.int64), moments)


def _laid_out(mean: np.ndarray, sigma: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """The stretches of a grid that holds every posterior (see `_islands`); one stretch where that is short enough."""
    low, high = mean - _REACH * sigma, mean + _REACH * sigma
    length = high.max() - low.min()
    if length > 4096 * _STEP * sigma.min():
        return _islands(low, high)
    return np.array([low.min()]), np.array([low.min()]), length


def _islands(low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Where each connected stretch of the intervals starts, how far it moves when gaps are closed, the length then."""
    order = np.argsort(low)
    low, reached = low[order], np.maximum.accumulate(high[order])
    first = np.flatnonzero(np.append(True, low[1:] > reached[:-1]))
    start, end = low[first], reached[np.append(first[1:] - 1, -1)]
    closed = np.append(0, np.cumsum(end - start))  # where each stretch starts once the gaps are closed
    return start, start - closed[:-1], closed[-1]


def _whole(labels: object) -> np.ndarray:
    try:
        return np.asarray(labels)
    except (TypeError, ValueError, RuntimeError) as error:  # ragged, sparse, bfloat16
        raise TypeError(f"labels must be an array of whole numbers (images,); got {kind(labels)}") from error


@dataclass(frozen=True, eq=False)
class Bins:
    """Posteriors of one latent sorted by level of sigma; `densities` makes of them q(z_j | label) on a grid.

    Each posterior becomes weights on five neighbouring grid points such that, smoothed by the one Gaussian of its
    level, its first four moments are exact. The smoothing is done in Fourier space, where the coarse grid of broad
    posteriors is nothing but the low frequencies of the fine grid of narrow ones.
    """

    spacing: float
    size: int
    start: Float[np.ndarray, " islands"]  # stretches of density, in order
    shift: Float[np.ndarray, " islands"]  # z minus position on the grid from which the gaps are left out
    order: Integer[np.ndarray, " images"]  # the images by level; the arrays below are in this order
    level: Integer[np.ndarray, " images"]
    nearest: Integer[np.ndarray, " images"]  # grid point, in the spacing of the level's octave
    moments: Float[np.ndarray, "4 images"]  # about that point, in that spacing, less the level's variance

    def densities(
        self, labels: Integer[np.ndarray, " images"] | None = None
    ) -> tuple[Float[np.ndarray, " grid"], Float[np.ndarray, "labels grid"]]:
        """The grid (G,) and q(z_j | label = l) on it (L, G) for l = 0 ... labels.max().

        Integrate with `np.trapezoid(..., grid)`: each row gives 1, the row of a label that no image has 0.

        Parameters
        ----------
        labels : array (N,) of int, optional
            At least 0, one an image; without them q(z_j), one row.

        Returns
        -------
        grid : array (G,)
        densities : array (L, G)

        Raises
        ------
        ValueError
            Unless `labels` holds one whole number of at least 0 an image.
        """
        labels = np.zeros(len(self.order), dtype=np.int64) if labels is None else _whole(labels)
        whole = labels.shape == self.order.shape and labels.dtype.kind in "iu"
        if not whole or labels.min() < 0 or labels.max() >= 10**6:
            span = f", {labels.min()} to {labels.max()}" if whole else ""
            raise ValueError(
                f"labels must hold {len(self.order)} whole numbers from 0 to a million; "
                f"got {labels.dtype} of shape {labels.shape}{span}"
            )
        labels = labels.astype(np.int64)
        count = np.bincount(labels)
        labels = labels[self.order]
        spectrum = np.zeros((len(count), self.size // 2 + 1), dtype=np.complex128)
        for octave in range(int(self.level[-1]) // _LEVELS + 1):
            points = self.size >> octave
            at_once = max(1, 2**19 // (len(count) * points))
            for first in range(0, _LEVELS, at_once):
                levels = np.arange(first, min(first + at_once, _LEVELS))
                part = slice(*np.searchsorted(self.level, octave * _LEVELS + np.array([levels[0], levels[-1] + 1])))
                if part.start == part.stop:
                    continue
                row = labels[part] * len(levels) + (self.level[part] - (octave * _LEVELS + first))
                weights = self._spread(part, row, (len(count), len(levels), points))
                variance = (1 / _STEP**2 + levels)[:, None]
                ω = 2 * np.pi / points * np.arange(points // 2 + 1)
                spectrum[:, : len(ω)] += (rfft(weights) * np.exp(-0.5 * variance * ω**2)).sum(1)
        density = irfft(spectrum, self.size).clip(min=0) / (self.spacing * np.maximum(count, 1)[:, None])
        place = self.spacing * np.arange(self.size)
        island = np.searchsorted(self.start - self.shift, place, side="right").clip(min=1) - 1
        shores = np.flatnonzero(np.diff(island))
        density[:, np.append(shores, shores + 1)] = 0  # else rounding times the width of a gap
        return place + self.shift[island], density

    def _spread(self, part: slice, row: np.ndarray, shape: tuple[int, int, int]) -> np.ndarray:
        """How much of each row's posteriors sits on each grid point, for the sorted images `part`."""
        cell = row * shape[-1] + self.nearest[part]
        n, m1, m2, m3, m4 = (
            np.bincount(cell, w, minlength=math.prod(shape)).reshape(shape) for w in (None, *self.moments[:, part])
        )
        # the weights on the points -2 ... 2 that have these moments
        even1, even2, odd1, odd2 = (4 * m2 - m4) / 6, (m4 - m2) / 24, (4 * m1 - m3) / 6, (m3 - m1) / 12
        weights = n - 2 * (even1 + even2)
        for step, w in ((1, even1 + odd1), (-1, even1 - odd1), (2, even2 + odd2), (-2, even2 - odd2)):
            weights += np.roll(w, step, axis=-1)
        return weights
