"""Exercise 07, the picture at its end: a Hinton diagram with the student's own numbers beside it."""

from collections.abc import Sequence

import numpy as np

from dvlab.metrics._hinton import hinton


def picture(R, per_latent, per_factor, error, factors: Sequence[str], title: str, ax=None):
    """Hinton diagram of R (latents, factors): D_i at the right of each row, C_j and the error above each column."""
    ax = hinton(np.asarray(R), "$|W_{ij}|$", factors, ax=ax)
    for i, D_i in enumerate(per_latent):
        ax.text(len(factors) - 0.35, i, f"D {D_i:.2f}", va="center", fontsize=8)
    for j, (C_j, E_j) in enumerate(zip(per_factor, error, strict=True)):
        ax.text(j, -0.65, f"C {C_j:.2f}\nE {E_j:.2f}", ha="center", va="bottom", fontsize=7)
    ax.set_title(title, pad=30)
    return ax
