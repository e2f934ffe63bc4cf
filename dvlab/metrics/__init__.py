"""How well codes tell of factors: (codes, factors) -> numbers. A file a metric; every result says what was computed."""

from dvlab.metrics.mig import MIG, LatentMIG, latent_mig, mig
from dvlab.metrics.mutual_information import entropy, mutual_information

__all__ = ["MIG", "LatentMIG", "entropy", "latent_mig", "mig", "mutual_information"]
