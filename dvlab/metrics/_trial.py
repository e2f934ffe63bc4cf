"""A metric, or all of this package, on cases of which it is known what it should say."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from dvlab.metrics._court import PROPERTIES, QUANTITIES, assemble, try_on
from dvlab.metrics._designs import CASES
from dvlab.metrics._ours import try_ours
from dvlab.metrics._verdicts import Trial
from dvlab.validation import one_of


def trial(
    metric: Callable[[np.ndarray, np.ndarray], Any] | None = None,
    measures: str | Sequence[str] | None = None,
    cases: Sequence[str] | None = None,
    name: str | None = None,
    n_jobs: int | None = None,
) -> Trial:
    """Try a metric on codes and factors of which it is known what it should say.

    The cases: perfect codes in all sorts of units, with dead and noisy latents, few images, outliers, heavy tails,
    correlated, constant and unequal factors; rotated, doubled, split, packed and incomplete codes; noise; and designs
    of Carbonneau et al. (2022). The truth of each is derived in the docstring of its function (dvlab/metrics/_cases.py
    and _designs.py). A metric need not pass everywhere: what it fails is what it does not see.

    Parameters
    ----------
    metric : callable, optional
        `metric(codes, factors)`, with arrays (images, latents) of floats and (images, factors) of numbers, gives a
        number, or a result. A result with any of `modularity`, `compactness`, `explicitness`, `disentanglement`,
        `completeness`, `informativeness` is tried by these components; any other by `float(result)`. None: all of ours.
    measures : str or sequence of str, optional
        What a single number should tell of: "modularity", "compactness", "explicitness", or several of them, of
        which any that is broken must lower it (all three unless told); "ease" (can a straight line read it off, as far
        as it is there?); "support" (do all combinations occur?); or a quantity with a value of its own to be
        met, "D", "C" or "R²" of linear regressors, "SAP", "MIG".
    cases : sequence of str, optional
        Names of cases, all unless told.
    name : str, optional
        What the metric is called, its `__name__` unless told.
    n_jobs : int, optional
        For `metric=None`: processes side by side, joblib's.

    Returns
    -------
    Trial
        `scores`, `verdicts`, `margin`; `float(...)` is the share passed. It prints a table and plots a map.

    Raises
    ------
    ValueError
        For an unknown case or an unknown thing to measure.

    References
    ----------
    Carbonneau, Zaïdi, Boilard & Gagnon (2022), "Measuring disentanglement: a review of metrics".

    Examples
    --------
    >>> import numpy as np
    >>> from dvlab.metrics import trial
    >>> def largest_correlation(codes, factors):
    ...     c = np.corrcoef(codes.T, factors.T)[: codes.shape[1], codes.shape[1] :]
    ...     return np.abs(c).max(axis=0).mean()
    >>> print(trial(largest_correlation, cases=["aligned", "rotated 45", "noise"]))
    largest_correlation: 2 of 3 passed
      case                     score  truth          verdict
      aligned                   1.00  0.73 to 1.00   passes
      rotated 45                0.71  ≤ 0.10         fails by +0.61
      noise                     0.05  ≤ 0.10         passes
    """
    chosen = tuple(CASES) if cases is None else tuple(cases)
    for case in chosen:
        one_of("cases", case, tuple(CASES))
    if metric is None:
        return try_ours(chosen, n_jobs)
    asked = (measures,) if isinstance(measures, str) else None if measures is None else tuple(measures)
    for what in asked or ():
        one_of("measures", what, (*PROPERTIES, *QUANTITIES))
    return assemble([(name or getattr(metric, "__name__", "metric"), try_on(metric, asked, chosen))], chosen)
