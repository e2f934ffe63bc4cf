"""The β-VAE score (Higgins et al. 2017)."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from dvlab.metrics._groups import SameLevel
from dvlab.metrics._inputs import Codes, Factors, codes_and_labels
from dvlab.metrics._scored import Scored
from dvlab.metrics._split import changing, varying
from dvlab.threads import one_blas_thread
from dvlab.validation import positive_int, seed_checked


@dataclass(frozen=True, eq=False)
class BetaVAEScore(Scored):
    """The score, with what the classifier saw of each factor."""

    score: float  # accuracy on the groups held out
    chance: float  # 1 / number of factors that vary
    difference: Float[
        np.ndarray, "latents factors"
    ]  # mean |z − z′|, in deviations, while k is shared; NaN: a constant k
    groups: str

    def __str__(self) -> str:
        lines = [f"β-VAE score {self.score:.3f} (chance {self.chance:.2f}; {self.groups})"]
        lines.append("latent  mean |z − z′| by shared factor")
        lines += [f"{j:6d}  " + " ".join(f"{v:5.2f}" for v in row) for j, row in enumerate(self.difference)]
        return "\n".join(lines)


def beta_vae_score(
    codes: Codes, factors: Factors, groups: int = 800, group_size: int = 64, seed: int = 0
) -> BetaVAEScore:
    """Accuracy of a linear classifier that names the shared factor from the mean of `|z − z′|`. In [0, 1].

    A group: a factor k, any of those that vary, and `group_size` pairs of images that share its level, drawn from the
    images given (the second with replacement among those with the level). Its feature vector is the mean of `|z − z′|`
    over the pairs, one number a latent, in deviations of each latent (the paper leaves the codes unscaled: the score
    then depends on their units). A logistic regression (scikit-learn's, features standardised) is fitted on `groups`
    groups and scored on as many more.

    Known weaknesses: the classifier may combine latents, so a code *rotated* by 30° scores 1; so does a code with one
    factor lost, which is recognised by the others' not being shared (this led to the FactorVAE score). The images given
    must fill the factors' grid about evenly. With fewer than about 1,000 images the groups to fit and those to score
    share many of them, and noise scores above chance.

    A constant factor is left out with a warning.

    Parameters
    ----------
    codes : array, tensor or Normal, shape (images, latents)
        Of a `Normal` q(z|x) the means are taken.
    factors : array or tensor, shape (images, factors)
        Every value is a level: bin a continuous factor first.
    groups : int
        How many groups are fitted to, and how many more are scored; at least 10.
    group_size : int
        Pairs of images in a group.
    seed : int
        Of the groups.

    Returns
    -------
    BetaVAEScore
        `score`; `chance`, one over the number of factors that vary; `difference`, the mean `|z − z′|` of each latent
        while each factor is shared.

    Raises
    ------
    ValueError
        For codes or factors that are 1-D, empty, not finite or of different lengths; a factor of which no two images
        share a value; only constant factors; groups < 10 or group_size < 1.

    References
    ----------
    Higgins, Matthey, Pal, Burgess, Glorot, Botvinick, Mohamed & Lerchner (2017), "β-VAE: learning basic visual concepts
    with a constrained variational framework", ICLR, section 3.

    Examples
    --------
    >>> import numpy as np
    >>> from dvlab.metrics import beta_vae_score
    >>> factors = np.array(list(np.ndindex(4, 4)))
    >>> rotated = factors @ np.array([[0.8, 0.6], [-0.6, 0.8]])
    >>> f"{float(beta_vae_score(factors, factors)):.2f}, rotated {float(beta_vae_score(rotated, factors)):.2f}"
    '1.00, rotated 1.00'
    """
    z, known = codes_and_labels(codes, factors)
    positive_int("groups", groups, least=10)
    positive_int("group_size", group_size)
    seed_checked("seed", seed)
    varies = np.flatnonzero(varying(known))
    same, rng = SameLevel(known, varies), np.random.default_rng(seed)
    alive = changing(z)
    z = z[:, alive] / z[:, alive].std(axis=0)

    def draw() -> tuple[Float[np.ndarray, "groups latents"], np.ndarray]:
        label = np.sort(rng.integers(len(varies), size=groups))
        first = [
            same.first(int(k), (int(n), group_size), rng) for k, n in zip(varies, np.bincount(label), strict=False)
        ]
        pairs = [(n, same.partners(int(k), n, rng)) for k, n in zip(varies, first, strict=False)]
        return np.concatenate([np.abs(z[n] - z[m]).mean(axis=1) for n, m in pairs]), varies[label]

    (x, y), (x_test, y_test) = draw(), draw()
    difference = np.full((len(alive), len(known.sizes)), np.nan)
    difference[:, varies] = 0  # of dead latents
    for k in np.unique(y):
        difference[alive, k] = x[y == k].mean(axis=0)
    description = f"{groups} groups of {group_size} pairs to fit and {groups} to score, seed {seed}"
    return BetaVAEScore(_accuracy(x, y, x_test, y_test), 1 / len(varies), difference, description)


@one_blas_thread
def _accuracy(x: np.ndarray, y: np.ndarray, x_test: np.ndarray, y_test: np.ndarray) -> float:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if x.shape[1] == 0 or len(np.unique(y)) == 1:
        return float(np.mean(y_test == np.bincount(y).argmax()))
    return float(make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)).fit(x, y).score(x_test, y_test))
