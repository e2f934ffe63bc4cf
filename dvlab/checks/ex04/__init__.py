"""Exercise 04, decompose it: a check for each of its cells."""

from dvlab.checks.ex04.density import log_qz, log_qzj
from dvlab.checks.ex04.minibatch import stratified, weighted
from dvlab.checks.ex04.three_parts import three_terms

__all__ = ["log_qz", "log_qzj", "stratified", "three_terms", "weighted"]
