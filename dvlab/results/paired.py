"""How two methods are compared throughout the course: by their difference seed by seed, with an interval for its mean.

Runs that share a seed share first weights and batches, so their results go up and down together; the difference of a
pair is free of what the pair has in common. Whether two intervals of means overlap says nothing about that.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from numpy.typing import ArrayLike
from scipy import stats


@dataclass(frozen=True)
class PairedDifference:
    """The mean over seeds of `ours - theirs`, and the ends of its interval; prints as `+0.17 [+0.11, +0.23]`."""

    mean: float
    low: float
    high: float
    differences: Float[np.ndarray, " seeds"]

    @property
    def clear(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.low > 0 or self.high < 0

    def __format__(self, spec: str) -> str:
        return "{:{s}} [{:{s}}, {:{s}}]".format(self.mean, self.low, self.high, s=spec or "+.2f")

    def __str__(self) -> str:
        return format(self)


def paired_difference(ours: ArrayLike, theirs: ArrayLike, level: float = 0.95) -> PairedDifference:
    """The mean difference of two methods over the same seeds, with its confidence interval (Student's t).

    Parameters
    ----------
    ours, theirs : array (seeds,)
        One number a seed (MIG, nats per image, a share), the same seed at the same place in both.
    level : float
        The interval's confidence. Of m comparisons made together at 0.95, about m/20 miss the true difference;
        `1 - 0.05 / m` keeps all of them right in 95 of 100 cases (Bonferroni).

    Returns
    -------
    PairedDifference
        Its mean, the interval's ends, and the differences themselves, which are to be looked at: with few seeds the
        interval takes them for normally distributed.

    Raises
    ------
    ValueError
        When the two are not of one length, have fewer than two seeds, or hold a number that isn't finite.

    Examples
    --------
    >>> print(paired_difference([0.5, 0.7, 0.6], [0.3, 0.4, 0.2]))
    +0.30 [+0.05, +0.55]
    """
    ours, theirs = (np.asarray(values, dtype=float) for values in (ours, theirs))
    if ours.ndim != 1 or ours.shape != theirs.shape or len(ours) < 2:
        raise ValueError(
            f"ours and theirs need one number for each of the same seeds, two at least; "
            f"got shapes {ours.shape} and {theirs.shape}"
        )
    if not (np.isfinite(ours).all() and np.isfinite(theirs).all()):
        raise ValueError("ours and theirs must be finite; a run that failed has no number to compare")
    differences = ours - theirs
    mean = float(differences.mean())
    if np.ptp(differences) == 0:  # every seed says the same, so Student's t has no spread to go by
        return PairedDifference(mean, mean, mean, differences)
    low, high = stats.ttest_rel(ours, theirs).confidence_interval(level)
    return PairedDifference(mean, float(low), float(high), differences)
