"""A labelled (latents, factors) matrix."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float


def heat_map(
    matrix: Float[np.ndarray, "latents factors"],
    label: str,
    factors: Sequence[str] | None = None,
    largest: float | None = None,
    ax=None,
):
    """Draw `matrix` with a number in every field; returns the matplotlib Axes.

    `label`: what the colours mean, with its unit. `factors`: the K names. `largest`: where the colour scale ends.
    Raises ValueError unless there is a name for every factor.
    """
    import matplotlib.pyplot as plt

    D, K = matrix.shape
    factors = [str(k) for k in range(K)] if factors is None else list(factors)
    if len(factors) != K:
        raise ValueError(f"factors must hold a name for each of the {K} factors; got {len(factors)}")
    if ax is None:
        ax = plt.subplots(figsize=(1.6 + 0.7 * K, 1.2 + 0.35 * D), layout="constrained")[1]
    largest = max(float(np.nanmax(matrix)) if largest is None else largest, 1e-9)
    image = ax.imshow(matrix, cmap="viridis", vmin=0, vmax=largest, aspect="auto")
    for (j, k), value in np.ndenumerate(matrix):
        ax.text(k, j, f"{value:.2f}", ha="center", va="center", color="black" if value > 0.6 * largest else "white")
    ax.set_xticks(range(K), factors)
    ax.set_yticks(range(D))
    ax.set(xlabel="factor", ylabel="latent $j$")
    ax.figure.colorbar(image, ax=ax, label=label)
    return ax
