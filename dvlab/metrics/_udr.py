"""UDR, the unsupervised disentanglement ranking (Duan et al. 2020): do models of several seeds agree?"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np
from jaxtyping import Float
from torch.distributions import Normal

from dvlab.metrics._inputs import Codes, codes_array
from dvlab.metrics._regressors import told_once
from dvlab.metrics._scored import Scored
from dvlab.metrics._split import changing
from dvlab.threads import one_blas_thread
from dvlab.validation import one_of


@dataclass(frozen=True, eq=False)
class UDR(Scored):
    """A score for each model, with those of all pairs."""

    per_model: Float[np.ndarray, " models"]  # the median over the other models
    pairwise: Float[np.ndarray, "models models"]  # [m, l]: from model m's latents to model l's; NaN on the diagonal
    informative: tuple[np.ndarray, ...]  # which latents of each model were compared
    similarity: str

    @property
    def score(self) -> float:
        """The mean over the models."""
        return float(self.per_model.mean())

    def __str__(self) -> str:
        lines = [f"UDR {self.score:.3f} ({self.similarity})", "model    UDR  informative latents"]
        lines += [
            f"{m:5d} {u:6.3f} {i.sum():6d}"
            for m, (u, i) in enumerate(zip(self.per_model, self.informative, strict=True))
        ]
        return "\n".join(lines)


def udr(codes: Sequence[Any], similarity: str = "lasso", least_kl: float = 0.01) -> UDR:
    """How far each model's latents are those of the other models, up to order and sign. In [0, 1]; no labels.

    With R_ab the similarity of latent a of one model and latent b of another, over the informative latents of both,

        UDR = 1/(d_A + d_B) [Σ_b (max_a R_ab)² / Σ_a R_ab + Σ_a (max_b R_ab)² / Σ_b R_ab]

    d_A and d_B their numbers; a model's score is the median over the other models. The idea: a disentangled code can be
    found in few ways, an entangled one in many. `disentanglement_lib` averages the two sums by themselves, which is
    the same for equal numbers of latents.

    Similarities: "lasso", the weight of a in the regression that predicts b from all of model A's latents (all
    standardised): selected by a lasso of strength .1, the paper's, then refitted by least squares (ours), so that
    equal codes have 1 (the lasso's own weight is .9). "spearman", the absolute rank correlation, which sees curves
    that rise, and has 1 for equal codes whose latents are uncorrelated.

    Informative are the latents with E KL(q(z_a|x) ‖ N(0, 1)) above `least_kl` nats; of point codes all that
    vary. (The published code takes a fixed .01 when it masks the codes, whatever the argument.)

    Known weaknesses: agreement is not disentanglement: models that all fail alike score 1, and one good model among
    bad ones scores low; it is about linear, or rising, relations.
    Seven seeds of the quick β-TCVAE have UDR .998 .996 .794 .998 .996 .823 .998 and MIG .77 .73 .53 .75 .79 .57
    .76: both bad seeds are found; the rank correlation of these numbers is .67 (p = .10).

    Parameters
    ----------
    codes : sequence of arrays, tensors or Normals, each of shape (images, latents of that model)
        Codes of the *same images in the same order* by two or more models.
    similarity : "lasso" or "spearman"
    least_kl : float
        In nats per image.

    Returns
    -------
    UDR
        `per_model`, one score for each model given; `float(...)` is their mean.

    Raises
    ------
    ValueError
        For fewer than two models, codes that are 1-D, empty, not finite or of different lengths, an unknown
        similarity, or a negative least_kl.

    References
    ----------
    Duan, Matthey, Saraiva, Watters, Burgess, Lerchner & Higgins (2020), "Unsupervised model selection for variational
    disentangled representation learning", section 4.

    Examples
    --------
    >>> import numpy as np
    >>> from dvlab.metrics import udr
    >>> z = np.random.default_rng(0).normal(size=(1000, 3))
    >>> rotated = z @ np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))[0]
    >>> udr([z, -z[:, [2, 0, 1]], rotated]).per_model.round(2)
    array([0.79, 0.79, 0.58])
    """
    one_of("similarity", similarity, ("lasso", "spearman"))
    if least_kl < 0:
        raise ValueError(f"least_kl must not be negative; got {least_kl!r}")
    if len(codes) < 2:
        raise ValueError(f"codes must hold those of at least two models; got {len(codes)}")
    arrays = [codes_array(c) for c in codes]
    if len({len(z) for z in arrays}) > 1:
        raise ValueError(f"codes must be of the same images; got {[len(z) for z in arrays]} of them")
    informative = tuple(_informative(c, z, least_kl) for c, z in zip(codes, arrays, strict=True))
    standard = [_standard(z[:, i], similarity) for z, i in zip(arrays, informative, strict=True)]
    measure = _lasso if similarity == "lasso" else _correlation
    M = len(codes)
    pairwise = np.full((M, M), np.nan)
    with told_once():
        for m, other in permutations(range(M), 2):
            pairwise[m, other] = relative_strength(measure(standard[m], standard[other]))
    per_model = np.array([np.median(np.delete(pairwise[:, m], m)) for m in range(M)])
    return UDR(per_model, pairwise, informative, similarity)


def relative_strength(R: Float[np.ndarray, "one other"]) -> float:
    """1/(d_A + d_B) [Σ_b (max_a R_ab)² / Σ_a R_ab + Σ_a (max_b R_ab)² / Σ_b R_ab]; 0 of nothing."""
    if R.size == 0:
        return 0.0
    sums = [R.sum(axis=axis) for axis in (0, 1)]
    parts = [(R.max(axis=axis) ** 2 / np.where(s > 0, s, 1)).sum() for axis, s in enumerate(sums)]
    return float(sum(parts) / sum(R.shape))


def _informative(codes: Codes, z: np.ndarray, least_kl: float) -> np.ndarray:
    alive = changing(z)
    if not isinstance(codes, Normal):
        return alive
    sigma = codes.scale.detach().cpu().double().numpy()
    kl = 0.5 * (z**2 + sigma**2 - 1 - 2 * np.log(sigma)).mean(axis=0)
    return alive & (kl > least_kl)


def _standard(z: np.ndarray, similarity: str) -> np.ndarray:
    if similarity == "spearman":
        from scipy.stats import rankdata

        z = rankdata(z, axis=0)
    return (z - z.mean(axis=0)) / z.std(axis=0)


def _correlation(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    return np.abs(one.T @ other) / len(one)


@one_blas_thread
def _lasso(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """|W| (latents of one, latents of other), refitted on what a lasso of strength .1 keeps."""
    from sklearn.linear_model import Lasso

    R = np.zeros((one.shape[1], other.shape[1]))
    if one.shape[1] == 0:
        return R
    for b, y in enumerate(other.T):
        kept = np.flatnonzero(Lasso(alpha=0.1).fit(one, y).coef_)
        R[kept, b] = np.abs(np.linalg.lstsq(one[:, kept], y, rcond=None)[0]).clip(max=1)
    return R
