"""Exercise 06, MIG against MI: a check for each of its cells."""

from dvlab.checks.ex06.codes import attack, cases, defend, predictions, scores
from dvlab.checks.ex06.counts import best_of, entropy_of, gap, information_of
from dvlab.checks.ex06.shuffled import null

__all__ = [
    "attack",
    "best_of",
    "cases",
    "defend",
    "entropy_of",
    "gap",
    "information_of",
    "null",
    "predictions",
    "scores",
]
