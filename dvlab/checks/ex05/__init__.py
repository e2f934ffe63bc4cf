"""Exercise 05, write a β-TCVAE: a check for each of its cells, and what a trained model reached."""

from dvlab.checks.ex05.bound import elbo, reconstruction
from dvlab.checks.ex05.densities import log_densities
from dvlab.checks.ex05.networks import encode, network, sample
from dvlab.checks.ex05.trained_model import measured, reached
from dvlab.checks.ex05.training import train
from dvlab.checks.ex05.weighted import beta_tcvae

__all__ = ["beta_tcvae", "elbo", "encode", "log_densities", "measured", "network"]
__all__ += ["reached", "reconstruction", "sample", "train"]
