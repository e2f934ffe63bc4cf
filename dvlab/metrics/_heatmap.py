"""A labelled (latents, factors) matrix."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from dvlab.metrics._names import factor_names


def heat_map(
    matrix: Float[np.ndarray, "latents factors"],
    label: str,
    factors: Sequence[str] | None = None,
    largest: float | None = None,
    ax=None,
):
    """Draw a matrix with a number in every field.

    Parameters
    ----------
    matrix : array (D, K)
        A row a latent, a column a factor.
    label : str
        What the colours mean, with its unit.
    factors : sequence of K names, optional
        Their numbers unless told.
    largest : float, optional
        Where the colour scale, which starts at 0, ends; at the largest entry unless told.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        Unless there is a name for every factor.

    Examples
    --------
    >>> ax = heat_map(np.array([[0.7, 0.0], [0.1, 1.2]]), "$I(z_j; g_k)$ (nats)", ["size", "colour"])
    >>> [text.get_text() for text in ax.texts]
    ['0.70', '0.00', '0.10', '1.20']
    """
    import matplotlib.pyplot as plt

    D, K = matrix.shape
    factors = factor_names(factors, K)
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
