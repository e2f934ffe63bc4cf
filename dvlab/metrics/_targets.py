"""One factor as a regressor or a classifier is given it: cut in two, and scored on the images held out."""

from dataclasses import dataclass

import numpy as np

from dvlab.metrics._inputs import Labels
from dvlab.metrics._split import Split, standardised


@dataclass(frozen=True, eq=False)
class Target:
    """One factor, cut in two: standardised numbers, or the numbers of its levels."""

    train: np.ndarray
    test: np.ndarray
    classes: bool

    def score(self, prediction: np.ndarray) -> tuple[float, float]:
        """(accuracy, error rate), or (R², NRMSE); the variance is the held-out images' own."""
        if self.classes:
            accuracy = float(np.mean(prediction == self.test))
            return accuracy, 1 - accuracy
        nmse = float(np.mean((prediction - self.test) ** 2) / self.test.var())
        return 1 - nmse, nmse**0.5


def target(known: Labels, k: int, classes: bool, parts: Split) -> Target:
    """Factor `k` as classes or as standardised numbers; ValueError where one part of the split has one value only."""
    g = known.index[:, k]
    if min(len(np.unique(g[part])) for part in (parts.train, parts.test)) < 2:
        raise ValueError(f"factor {k} takes a single value in one part of the split; give more images or another seed")
    if classes:
        return Target(g[parts.train], g[parts.test], True)
    train, test = standardised(known.numbers(k)[g][:, None], parts)
    return Target(train[:, 0], test[:, 0], False)
