"""MED: DCI's D and C of normalised mutual information (Cao et al. 2022)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from dvlab.metrics._hinton import hinton
from dvlab.metrics._importance import average, completeness_per_factor, disentanglement_per_latent, share
from dvlab.metrics._inputs import Codes, Factors, codes_and_labels
from dvlab.metrics._mutual_information import mutual_information
from dvlab.metrics._scored import Scored
from dvlab.metrics._split import varying


@dataclass(frozen=True, eq=False)
class MED(Scored):
    """The two scores, with the importances they were computed from. A constant factor's entries are NaN, its R is 0."""

    disentanglement: float
    completeness: float
    importance: Float[np.ndarray, "latents factors"]  # R_jk = I(z_j; g_k) / Σ_j I(z_j; g_k)
    disentanglement_per_latent: Float[np.ndarray, " latents"]
    completeness_per_factor: Float[np.ndarray, " factors"]

    @property
    def score(self) -> float:
        """Their MED is the disentanglement."""
        return self.disentanglement

    def __str__(self) -> str:
        return f"MED: disentanglement {self.disentanglement:.3f}   completeness {self.completeness:.3f}"

    def plot(self, factors: Sequence[str] | None = None, ax=None):
        """Hinton diagram of R, with the two scores in the title.

        Parameters
        ----------
        factors : sequence of K names, optional
        ax : matplotlib Axes, optional

        Returns
        -------
        matplotlib Axes
        """
        ax = hinton(self.importance, "area: importance $R_{jk}$", factors, ax)
        ax.set_title(f"D {self.disentanglement:.2f}   C {self.completeness:.2f}")
        return ax


def med(codes: Codes, factors: Factors, bins: int | None = None) -> MED:
    """D and C as in `dci`, but of mutual information: R_jk = I(z_j; g_k) / Σ_j I(z_j; g_k).

    No regressor, so no split and no hyperparameter, and cheap for many latents; it sees a factor that curves.

    Known weaknesses: it asks of one latent at a time, so what two tell together only is not seen; each factor's column
    sums to 1, also of a factor that nothing tells of, whose chance information then counts as much as any
    other (the same weakness as a forest's importances); histograms' bias lowers both scores with few images.

    Parameters
    ----------
    codes : array, tensor or Normal, shape (images, latents)
        As in `mutual_information`: histogram for points, quadrature for a `Normal`.
    factors : array or tensor, shape (images, factors)
    bins : int, optional
        For point codes, 20 unless told, as in the paper.

    Returns
    -------
    MED

    Raises
    ------
    ValueError
        As `mutual_information`, and when every factor is constant.

    References
    ----------
    Cao, Nai, Yang, Huang & Gao (2022), "An empirical study on disentanglement of negative-free contrastive learning",
    section 3.

    Examples
    --------
    >>> import numpy as np
    >>> from dvlab.metrics import med
    >>> factors = np.array(list(np.ndindex(4, 4)))
    >>> print(med(factors, factors))
    MED: disentanglement 1.000   completeness 1.000
    """
    varies = varying(codes_and_labels(codes, factors)[1])
    return information_med(mutual_information(codes, factors, bins), varies)


def information_med(information: Float[np.ndarray, "latents factors"], varies: Bool[np.ndarray, " factors"]) -> MED:
    """`med` from a mutual information matrix that is already known."""
    total = information.sum(axis=0)
    R = information / np.where(total > 0, total, 1)
    used = R[:, varies]
    D, C = disentanglement_per_latent(used), np.full(len(varies), np.nan)
    C[varies] = completeness_per_factor(used)
    return MED(
        disentanglement=average(D, share(used.sum(axis=1))),
        completeness=average(C[varies], share(used.sum(axis=0))),
        importance=R,
        disentanglement_per_latent=D,
        completeness_per_factor=C,
    )
