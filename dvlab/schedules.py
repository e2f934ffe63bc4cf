"""Weights that move while a model trains: a schedule is a function step -> number.

The schedules are small frozen dataclasses, so they print readably, compare, and can be pickled.
"""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from math import cos, exp, log, pi

from dvlab.validation import number

Weight = float | int | Callable[[int], float | int]  # wherever a weight is asked for, a number will do


def at(weight: Weight, step: int) -> float:
    """The value of a weight at a step.

    Parameters
    ----------
    weight : float or schedule
    step : int
        From 0.

    Returns
    -------
    float

    Raises
    ------
    TypeError, ValueError
        Unless it is a finite number.

    Examples
    --------
    >>> at(4, step=0), at(linear(0, 1, steps=10), step=5)
    (4.0, 0.5)
    """
    return number(f"a weight (at step {step})", weight(step) if callable(weight) else weight)


def constant(value: float | int) -> "Constant":
    """The same value at every step.

    Parameters
    ----------
    value : float

    Returns
    -------
    Constant

    Examples
    --------
    >>> constant(4)(1000)
    4.0
    """
    return Constant(value)


def cooling(start: float | int, end: float | int, steps: int, hold: int = 0) -> "Geometric":
    """`start` for `hold` steps, then down to `end` by the same factor every step, then `end`.

    Cooling β from above its critical value lets the latents switch on one at a time: β is a temperature.

    Parameters
    ----------
    start, end : float
        Both above 0.
    steps : int
        How many the way from `start` to `end` takes.
    hold : int
        How many come before it.

    Returns
    -------
    Geometric

    Examples
    --------
    >>> [round(cooling(40, 10, steps=2)(step), 6) for step in range(4)]
    [40.0, 20.0, 10.0, 10.0]
    """
    return Geometric(((hold, start), (hold + steps, end)))


def geometric(*points: tuple[int, float | int]) -> "Geometric":
    """Through several points, by a constant factor a step between neighbours: lines on a log scale.

    Parameters
    ----------
    *points : (int, float)
        Steps, which increase, and the values there, above 0.

    Returns
    -------
    Geometric

    Examples
    --------
    >>> weight = geometric((0, 40), (700, 6), (1700, 1))  # from 40 to 6 in 700 steps, then to 1 in 1,000 more
    >>> round(weight(700), 6), weight(5000)
    (6.0, 1.0)
    """
    return Geometric(points)


def linear(start: float | int, end: float | int, steps: int, hold: int = 0) -> "Linear":
    """`start` for `hold` steps, then a straight line to `end`, then `end`.

    Parameters
    ----------
    start, end : float
    steps : int
        How many the way from `start` to `end` takes.
    hold : int
        How many come before it.

    Returns
    -------
    Linear

    Examples
    --------
    >>> capacity = linear(0, 25, steps=2000)  # nats
    >>> capacity(1000), capacity(3000)
    (12.5, 25.0)
    """
    return Linear(((hold, start), (hold + steps, end)))


def maximum(*weights: Weight) -> "Maximum":
    """The largest of several weights at each step.

    Parameters
    ----------
    *weights : float or schedule

    Returns
    -------
    Maximum

    Examples
    --------
    >>> weight = maximum(cooling(40, 1, steps=1500), 6)  # never falls below 6
    >>> weight(0), weight(1500)
    (40.0, 6.0)
    """
    return Maximum(weights)


def warmup_cosine(peak: float | int, steps: int, warmup: int = 100, end: float | int = 0.02) -> "WarmupCosine":
    """A learning rate that rises in a straight line to its peak, and falls by half a cosine.

    Parameters
    ----------
    peak : float
    steps : int
        Of the whole training.
    warmup : int
        How many the rise takes; a tenth of `steps` at most.
    end : float
        What is left at the last step, as a share of the peak.

    Returns
    -------
    WarmupCosine

    Examples
    --------
    >>> rate = warmup_cosine(2e-3, steps=3000)
    >>> rate(100), round(rate(2999), 7)
    (0.002, 4e-05)
    """
    return WarmupCosine(peak, steps, min(warmup, steps // 10), end)


@dataclass(frozen=True)
class Constant:
    value: float | int

    def __call__(self, step: int) -> float:
        return float(self.value)


@dataclass(frozen=True)
class Linear:
    """Straight lines between (step, value) points; before the first and after the last, their values."""

    points: tuple[tuple[int, float | int], ...]

    def __post_init__(self):
        steps = [step for step, _ in self.points]
        if not steps or any(a >= b for a, b in pairwise(steps)):
            raise ValueError(f"a schedule's points need steps that increase; got {self.points}")

    def __call__(self, step: int) -> float:
        return self._between(step, [value for _, value in self.points])

    def _between(self, step, values):
        k = bisect_right(self.points, step, key=lambda point: point[0])
        if k == 0 or k == len(self.points):
            return float(values[max(k - 1, 0)])
        (a, _), (b, _) = self.points[k - 1 : k + 1]
        share = (step - a) / (b - a)
        return (1 - share) * values[k - 1] + share * values[k]


@dataclass(frozen=True)
class Geometric(Linear):
    """Straight lines in the logarithm between (step, value) points, whose values are all positive."""

    def __post_init__(self):
        super().__post_init__()
        if any(value <= 0 for _, value in self.points):
            raise ValueError(f"a geometric schedule needs values above 0; got {self.points}")

    def __call__(self, step: int) -> float:
        first, last = self.points[0], self.points[-1]
        if step <= first[0] or step >= last[0]:
            return float(first[1] if step <= first[0] else last[1])  # exactly, without a logarithm's rounding
        return exp(self._between(step, [log(value) for _, value in self.points]))


@dataclass(frozen=True)
class Maximum:
    weights: tuple[Weight, ...]

    def __call__(self, step: int) -> float:
        return max(at(weight, step) for weight in self.weights)


@dataclass(frozen=True)
class WarmupCosine:
    peak: float | int
    steps: int
    warmup: int
    end: float | int

    def __call__(self, step: int) -> float:
        if step < self.warmup:
            return self.peak * (step + 1) / (self.warmup + 1)
        done = (step - self.warmup) / max(self.steps - 1 - self.warmup, 1)
        return self.peak * (self.end + (1 - self.end) * (1 + cos(pi * min(done, 1.0))) / 2)
