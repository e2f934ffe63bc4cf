"""Exercise 03, find β for a budget: a check for each of its cells."""

from dvlab.checks.ex03.budget import code_beta, code_kl, find_beta
from dvlab.checks.ex03.linear_vae import lagrangian, rates

__all__ = ["code_beta", "code_kl", "find_beta", "lagrangian", "rates"]
