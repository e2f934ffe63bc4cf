"""Exercise 06, MIG against MI: a check for each of its cells, and the picture at its end."""

from dvlab.checks.ex06.codes import cases, deceptions, predictions, scores
from dvlab.checks.ex06.contest import attack, defend, leaderboard
from dvlab.checks.ex06.counts import entropy_of, information_of
from dvlab.checks.ex06.gaps import best_of, gap
from dvlab.checks.ex06.shuffled import null

__all__ = [
    "attack",
    "best_of",
    "cases",
    "deceptions",
    "defend",
    "entropy_of",
    "gap",
    "information_of",
    "leaderboard",
    "null",
    "predictions",
    "scores",
]
