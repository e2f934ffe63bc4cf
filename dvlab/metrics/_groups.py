"""Groups of images that share one factor, drawn from images given: what the FactorVAE and β-VAE scores need."""

import numpy as np
from jaxtyping import Int

from dvlab.metrics._inputs import Labels


class SameLevel:
    """Draws images that share a factor's level, each as likely as any other with it."""

    def __init__(self, known: Labels, factors: Int[np.ndarray, " factors"]):
        self.order, self.start, self.count, self.starters, self.index = {}, {}, {}, {}, known.index
        for k in factors.tolist():
            g = known.index[:, k]
            self.order[k] = np.argsort(g, kind="stable")
            self.count[k] = np.bincount(g)
            self.start[k] = np.cumsum(self.count[k]) - self.count[k]
            self.starters[k] = np.flatnonzero(self.count[k][g] > 1)
            if len(self.starters[k]) == 0:
                raise ValueError(f"no two images share a value of factor {k}; bin it, or give more images")

    def first(self, k: int, shape: tuple[int, ...], rng: np.random.Generator) -> Int[np.ndarray, "*images"]:
        """Random images whose level of factor k some other image has too."""
        return rng.choice(self.starters[k], size=shape)

    def partners(
        self, k: int, images: Int[np.ndarray, "*images"], rng: np.random.Generator
    ) -> Int[np.ndarray, "*images"]:
        """For each image a random one with the same level of factor k (with replacement, so it may be the same)."""
        level = self.index[images, k]
        return self.order[k][self.start[k][level] + rng.integers(self.count[k][level])]
