"""Exercise 08, a small project: a check for each of its cells, and the swaps that it asks for."""

from dvlab.checks.ex08.corners import corner, swaps
from dvlab.checks.ex08.swap import assign, mix, score

__all__ = ["assign", "corner", "mix", "score", "swaps"]
