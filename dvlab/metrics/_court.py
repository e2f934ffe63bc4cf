"""The court: a metric is tried on cases of which it is known what it should say."""

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from dvlab.metrics._cases import Truth
from dvlab.metrics._designs import CASES
from dvlab.metrics._verdicts import CRASHES, FAILS, NO_TRUTH, PASSES, UNDEFINED, Trial

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
