"""The court: a metric is tried on cases of which it is known what it should say."""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from dvlab.metrics._cases import Truth
from dvlab.metrics._designs import CASES
from dvlab.metrics._scored import Scored
from dvlab.validation import one_of

PROPERTIES = ("modularity", "compactness", "explicitness", "ease", "support")
QUANTITIES = {  # the value to be met where a case has it, else these properties
    "D": ("modularity",),
    "C": ("compactness",),
    "R²": ("explicitness",),
    "SAP": ("compactness", "explicitness"),
    "MIG": ("compactness", "explicitness"),
}
_COMPONENTS = {"disentanglement": "modularity", "completeness": "compactness", "informativeness": "explicitness"}
_COMPONENTS |= {name: name for name in PROPERTIES[:3]}
PASSES, FAILS, UNDEFINED, CRASHES, NO_TRUTH = "passes", "fails", "undefined", "crashes", "no truth"


@dataclass(frozen=True, eq=False)
class Trial(Scored):
    """What the metrics said of the cases, and what of it is true. Rows are cases, columns are metrics."""

    cases: tuple[str, ...]
    metrics: tuple[str, ...]
    scores: Float[np.ndarray, "cases metrics"]  # NaN where there is none
    low: Float[np.ndarray, "cases metrics"]  # the range that is true; −∞ to ∞ where the case decides nothing
    high: Float[np.ndarray, "cases metrics"]
    verdicts: np.ndarray  # "passes", "fails", "undefined" (NaN, or a ValueError), "crashes" or "no truth"
    remarks: dict[tuple[str, str], str]  # (case, metric): the error's first line

    @property
    def margin(self) -> Float[np.ndarray, "cases metrics"]:
        """How far each score lies above (+) or below (−) its range; 0 within."""
        return np.maximum(self.scores - self.high, 0) - np.maximum(self.low - self.scores, 0)

    @property
    def score(self) -> float:
        """The share of passes among the verdicts that there are."""
        return float((self.verdicts == PASSES).sum() / max((self.verdicts != NO_TRUTH).sum(), 1))

    def __str__(self) -> str:
        lines = []
        for m, metric in enumerate(self.metrics):
            passed, judged = (self.verdicts[:, m] == PASSES).sum(), (self.verdicts[:, m] != NO_TRUTH).sum()
            lines += [f"{metric}: {passed} of {judged} passed", f"  {'case':<24} score  truth          verdict"]
            for c, case in enumerate(self.cases):
                lines.append(f"  {case:<24} {self.scores[c, m]:5.2f}  {self._range(c, m):<13}  {self._verdict(c, m)}")
        return "\n".join(lines)

    def _range(self, c: int, m: int) -> str:
        low, high = self.low[c, m], self.high[c, m]
        if self.verdicts[c, m] == NO_TRUTH:
            return "–"
        return f"≤ {high:.2f}" if np.isinf(low) else f"{low:.2f} to {high:.2f}"

    def _verdict(self, c: int, m: int) -> str:
        verdict = self.verdicts[c, m]
        if verdict == FAILS:
            return f"fails by {self.margin[c, m]:+.2f}"
        remark = self.remarks.get((self.cases[c], self.metrics[m]))
        return f"{verdict}: {remark}" if remark else verdict

    def plot(self, ax=None):
        """Each score in a square that is blue where it passes and orange where it fails; returns the Axes."""
        from dvlab.metrics._verdicts import verdict_map

        return verdict_map(self, ax)


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
        from dvlab.metrics._ours import try_ours

        return try_ours(chosen, n_jobs)
    asked = (measures,) if isinstance(measures, str) else None if measures is None else tuple(measures)
    for what in asked or ():
        one_of("measures", what, (*PROPERTIES, *QUANTITIES))
    return assemble([(name or getattr(metric, "__name__", "metric"), try_on(metric, asked, chosen))], chosen)


Row = dict[str, tuple[float, tuple[float, float], str]]  # component: score, range, remark


def try_on(metric: Callable, measures: Any, cases: Sequence[str]) -> list[Row]:
    """One metric on each case. `measures`: what a number, or each component, measures; None: by the names."""
    return [_one(metric, measures, *CASES[case]()) for case in cases]


def _one(metric: Callable, measures: Any, codes: np.ndarray, factors: np.ndarray, truth: Truth) -> Row:
    named = measures if isinstance(measures, dict) else {"": measures or PROPERTIES[:3]}
    try:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            result = metric(codes, factors)
            if measures is None:
                found = {c: p for c, p in _COMPONENTS.items() if isinstance(getattr(result, c, None), float)}
                named = {c: (p,) for c, p in found.items()} or named
            scores = {c: float(getattr(result, c) if c else result) for c in named}
            remarks = dict.fromkeys(named, "")
    except ValueError as error:
        scores, remarks = dict.fromkeys(named, np.nan), dict.fromkeys(named, f"{error}".split("\n")[0])
    except Exception as error:  # whatever a metric may do: that it does so is the verdict
        remark = f"{CRASHES}: {type(error).__name__}: {error}".split("\n")[0]
        scores, remarks = dict.fromkeys(named, np.nan), dict.fromkeys(named, remark)
    return {c: (scores[c], true_range(truth, what), remarks[c]) for c, what in named.items()}


def true_range(truth: Truth, measures: Sequence[str]) -> tuple[float, float]:
    """What a number that measures these things may be: the value itself, or all properties at once."""
    for what in measures:
        if what in QUANTITIES:
            return truth[what] if what in truth else true_range(truth, QUANTITIES[what])
    ranges = [truth.get(what, (-np.inf, np.inf)) for what in measures]
    high = min(high for _, high in ranges)
    return (float(np.prod([low for low, _ in ranges])) if min(ranges)[0] > 0 else -np.inf, high)


def assemble(tried: list[tuple[str, list[Row]]], cases: Sequence[str]) -> Trial:
    """The table of several metrics, a column for each of their components."""
    columns, remarks = {}, {}
    for name, rows in tried:
        for component in max(rows, key=len):
            label = f"{name} {component}".strip()
            fallback = next(iter(rows[0]))
            columns[label] = [row.get(component, row.get(fallback, (np.nan, (-np.inf, np.inf), ""))) for row in rows]
            remarks |= {(case, label): cell[2] for case, cell in zip(cases, columns[label], strict=True) if cell[2]}
    table = list(columns.values())
    scores = np.array([[cell[0] for cell in column] for column in table]).T
    low, high = (np.array([[cell[1][i] for cell in column] for column in table]).T for i in (0, 1))
    inside = (scores >= low - 1e-9) & (scores <= high + 1e-9)
    verdicts = np.where(np.isnan(scores), UNDEFINED, np.where(inside, PASSES, FAILS)).astype("<U9")
    for (case, label), remark in remarks.items():
        if remark.startswith(CRASHES):
            verdicts[list(cases).index(case), list(columns).index(label)] = CRASHES
            remarks[case, label] = remark.removeprefix(f"{CRASHES}: ")
    nothing_to_say = np.isinf(low) & (high > 0.999)
    verdicts[nothing_to_say & (verdicts != CRASHES)] = NO_TRUTH
    return Trial(tuple(cases), tuple(columns), scores, low, high, verdicts, remarks)
