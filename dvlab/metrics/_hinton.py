"""The Hinton diagram: a matrix as squares, the way Eastwood & Williams (2018) show importances."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from dvlab.metrics._names import factor_names


def hinton(matrix: Float[np.ndarray, "latents factors"], label: str, factors: Sequence[str] | None = None, ax=None):
    """Draw each entry of a matrix as a square whose *area* is its share of the largest.

    Parameters
    ----------
    matrix : array (D, K)
        A row a latent, a column a factor; no entry negative.
    label : str
        What the area means.
    factors : sequence of K names, optional
        Their numbers unless told.
    ax : matplotlib Axes, optional

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    ValueError
        Unless there is a name for every factor.

    References
    ----------
    Eastwood & Williams (2018), "A framework for the quantitative evaluation of disentangled representations", ICLR.

    Examples
    --------
    >>> ax = hinton(np.array([[0.9, 0.0], [0.1, 1.0]]), "area: importance", ["size", "colour"])
    >>> len(ax.patches)
    4
    """
    import matplotlib.pyplot as plt
    from matplotlib.patches import Rectangle

    D, K = matrix.shape
    factors = factor_names(factors, K)
    if ax is None:
        ax = plt.subplots(figsize=(1.8 + 0.6 * K, 1.2 + 0.4 * D), layout="constrained")[1]
    largest = max(float(matrix.max()), 1e-300)
    for (j, k), value in np.ndenumerate(matrix):
        side = 0.92 * np.sqrt(value / largest)
        ax.add_patch(Rectangle((k - side / 2, j - side / 2), side, side, facecolor="#21426b"))
    ax.set(xlim=(-0.5, K - 0.5), ylim=(D - 0.5, -0.5), aspect="equal")
    ax.set(xlabel=f"factor\n({label}; largest {matrix.max():.2f})", ylabel="latent $i$")
    slanted = {"rotation": 30, "ha": "right", "rotation_mode": "anchor"} if max(map(len, factors)) > 3 else {}
    ax.set_xticks(range(K), factors, **slanted)
    ax.set_yticks(range(D))
    ax.set_xticks(np.arange(K + 1) - 0.5, minor=True)
    ax.set_yticks(np.arange(D + 1) - 0.5, minor=True)
    ax.grid(which="minor", color="0.85", linewidth=0.8)
    ax.tick_params(which="minor", length=0)
    ax.set_axisbelow(True)
    return ax
