"""Exercise 07, the picture at its end: a Hinton diagram with the student's own numbers beside it."""

from collections.abc import Sequence

import numpy as np

from dvlab.metrics._hinton import hinton


def picture(R, per_latent, per_factor, error, factors: Sequence[str], title: str, ax=None):
    """Hinton diagram of R (latents, factors): D_i at the right of each row, C_j and the error at each column."""
    ax = hinton(
        np.asarray(R),
        "",
        [f"{name}\nC {C:.2f}\nE {E:.2f}" for name, C, E in zip(factors, per_factor, error, strict=True)],
        ax=ax,
    )
    for i, D_i in enumerate(per_latent):
        ax.text(len(factors) - 0.35, i, f"D {D_i:.2f}", va="center", fontsize=8)
    ax.set_title(title)
    return ax
