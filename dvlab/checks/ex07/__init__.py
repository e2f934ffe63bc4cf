"""Exercise 07, DCI from R: a check for each of its cells, and the picture at its end."""

from dvlab.checks.ex07.picture import picture
from dvlab.checks.ex07.regressors import error, importance
from dvlab.checks.ex07.spread import per_factor, per_latent, total

__all__ = ["error", "importance", "per_factor", "per_latent", "picture", "total"]
