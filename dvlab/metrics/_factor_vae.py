"""The FactorVAE score (Kim & Mnih 2018)."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Int

from dvlab.metrics._groups import SameLevel
from dvlab.metrics._inputs import Codes, Factors, codes_and_labels
from dvlab.metrics._scored import Scored
from dvlab.metrics._split import changing, varying
from dvlab.validation import positive_int, seed_checked


@dataclass(frozen=True, eq=False)
class FactorVAEScore(Scored):
    """The score, with the votes that it was counted from."""

    score: float  # share of the evaluation groups whose factor the majority vote names
    chance: float  # 1 / number of factors that vary
    votes: Int[
        np.ndarray, "latents factors"
    ]  # training groups: how often latent j varied least while factor k was fixed
    groups: str

    def __str__(self) -> str:
        lines = [
            f"FactorVAE score {self.score:.3f} (chance {self.chance:.2f}; {self.groups})",
            "latent  votes by factor",
        ]
        lines += [f"{j:6d}  " + " ".join(f"{v:5d}" for v in row) for j, row in enumerate(self.votes)]
        return "\n".join(lines)


def factor_vae_score(
    codes: Codes, factors: Factors, groups: int = 800, group_size: int = 64, seed: int = 0
) -> FactorVAEScore:
    """Accuracy of a majority vote on which latent varies least while one factor is held. In [0, 1].

    A group: a factor k, any of those that vary; a level of it, that of a random image; `group_size` images with that
    level, drawn with replacement from those given. The latent whose variance in the group, over its variance in all
    images, is least gets the group's vote for k; of equals, the first. `groups` groups make the majority's table, and
    as many others are scored. Constant latents never get a vote; without any other the score is the share of the
    commonest factor, about chance. The paper fits and scores on one set of 800 votes of 100 to 200 images; a second set
    is what disentanglement_lib scores.

    Known weaknesses: only the latent that varies least counts, so that a factor smeared over several latents, a latent
    that also carries others, and a code *rotated* by 30° score 1; fewer latents than factors cannot. The images given
    must fill the factors' grid about evenly: what comes along with a factor is counted as that factor. With fewer than
    about 1,000 images the groups to vote and those to score share many of them, and noise scores above chance.

    A constant factor is left out with a warning.

    Parameters
    ----------
    codes : array, tensor or Normal, shape (images, latents)
        Of a `Normal` q(z|x) the means are taken.
    factors : array or tensor, shape (images, factors)
        Every value is a level: bin a continuous factor first.
    groups : int
        How many groups vote, and how many others are scored.
    group_size : int
        Images in a group, at least 2.
    seed : int
        Of the groups.

    Returns
    -------
    FactorVAEScore
        `score`; `chance`, one over the number of factors that vary; `votes`, how often each latent varied least while
        each factor was held.

    Raises
    ------
    ValueError
        For codes or factors that are 1-D, empty, not finite or of different lengths; a factor of which no two images
        share a value; only constant factors; groups < 1 or group_size < 2.

    References
    ----------
    Kim & Mnih (2018), "Disentangling by factorising", ICML, section 4.

    Examples
    --------
    >>> import numpy as np
    >>> from dvlab.metrics import factor_vae_score
    >>> factors = np.array(list(np.ndindex(4, 4)))
    >>> packed = factors @ np.array([[4], [1]])
    >>> f"{float(factor_vae_score(factors, factors)):.2f}, packed {float(factor_vae_score(packed, factors)):.2f}"
    '1.00, packed 0.48'
    """
    z, known = codes_and_labels(codes, factors)
    positive_int("groups", groups)
    positive_int("group_size", group_size, least=2)
    seed_checked("seed", seed)
    varies = np.flatnonzero(varying(known))
    same, rng = SameLevel(known, varies), np.random.default_rng(seed)
    alive = changing(z)
    z = z / np.where(alive, z.std(axis=0), 1)

    def count() -> Int[np.ndarray, "latents factors"]:
        votes = np.zeros((z.shape[1], len(known.sizes)), dtype=np.int64)
        for k, n in zip(
            varies, np.bincount(rng.integers(len(varies), size=groups), minlength=len(varies)), strict=True
        ):
            first = same.first(int(k), (int(n), 1), rng)
            group = z[same.partners(int(k), np.repeat(first, group_size, axis=1), rng)]  # (n, group_size, D)
            least = np.where(alive, group.var(axis=1), np.inf).argmin(axis=1)
            votes[:, k] = np.bincount(least, minlength=z.shape[1])
        return votes

    votes, evaluation = count(), count()
    named = votes.argmax(axis=1)  # the factor that latent j stands for
    score = evaluation[np.arange(len(named)), named].sum() / groups
    description = f"{groups} groups of {group_size} to vote and {groups} to score, seed {seed}"
    return FactorVAEScore(float(score), 1 / len(varies), votes, description)
