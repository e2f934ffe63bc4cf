"""What the KL and the total correlation weigh in the recipes, step by step: schedules, and objectives made of them."""

from dvlab.objectives import BetaTCVAE, ColumnSums
from dvlab.schedules import Geometric, Linear, geometric, linear, maximum


def cooled(end: float | int, steps: int, start: float | int = 40) -> Geometric:
    """The weight of the KL: from `start` fast to 6, then slowly to `end`.

    A latent switches on where the weight falls below what its direction is worth, for Bernoulli pixels about an
    eigenvalue of their correlation matrix. Of the small sprites these are 71 (x), 48 (y) and 18 and below (scale,
    orientation and finer differences of place): fast above 6, since x and y are told apart by their ranges, and slow
    below, where scale and orientation come.

    Parameters
    ----------
    end : float
    steps : int
        Of the whole training.
    start : float

    Returns
    -------
    Geometric

    Examples
    --------
    >>> weight = cooled(4, steps=1000)
    >>> [round(weight(step), 2) for step in (0, 80, 420, 999)]
    [40.0, 6.0, 4.0, 4.0]
    """
    fast = max(1, round(0.08 * steps))
    return geometric((0, start), (fast, min(start, max(6, end))), (max(fast + 1, round(0.42 * steps)), end))


def warmed(end: float | int, steps: int) -> Linear:
    """KL warm-up, the usual schedule: straight from 0 to `end`, for as long as `cooled` cools.

    Parameters
    ----------
    end : float
    steps : int
        Of the whole training.

    Returns
    -------
    Linear

    References
    ----------
    Bowman et al. (2016), Generating Sentences from a Continuous Space.

    Examples
    --------
    >>> weight = warmed(1, steps=1000)
    >>> [weight(step) for step in (0, 210, 420)]
    [0.0, 0.5, 1.0]
    """
    return linear(0, end, max(1, round(0.42 * steps)))


def beta_tcvae(least: float | int, steps: int, start: float | int = 40) -> BetaTCVAE:
    """The whole KL cools to 1, an ELBO's weight; total correlation never weighs less than `least`.

    Parameters
    ----------
    least : float
        Of the total correlation's weight.
    steps : int
        Of the whole training.
    start : float
        Of the KL's weight.

    Returns
    -------
    BetaTCVAE

    References
    ----------
    Chen et al. (2018), Isolating Sources of Disentanglement in Variational Autoencoders.
    """
    weight = cooled(1, steps, start)
    return BetaTCVAE(alpha=weight, beta=maximum(weight, least), gamma=weight)


def beta_tcvae_warmed(beta: float | int, steps: int) -> BetaTCVAE:
    """β-TCVAE with KL warm-up: the weights of MI, TC and dimension-wise KL rise from 0, to 1, `beta` and 1.

    Parameters
    ----------
    beta : float
        Where the total correlation's weight ends.
    steps : int
        Of the whole training; the weights rise as in `warmed`.

    Returns
    -------
    BetaTCVAE
    """
    return BetaTCVAE(warmed(beta, steps), alpha=warmed(1, steps), gamma=warmed(1, steps))


def beta_tcvae_minute(least: float | int, steps: int) -> BetaTCVAE:
    """`beta_tcvae` for few steps: most go into the cooling, and within it into the way from 18 to 1, on which scale and
    orientation come.

    Parameters
    ----------
    least : float
        Of the total correlation's weight.
    steps : int
        Of the whole training.

    Returns
    -------
    BetaTCVAE
    """
    fast = max(1, round(0.08 * steps))
    weight = geometric((0, 40), (fast, 18), (max(fast + 1, round(0.65 * steps)), 1))
    return BetaTCVAE(alpha=weight, beta=maximum(weight, least), gamma=weight)


def sideways_first(least: float | int, steps: int, last: float | int = 1, start: float | int = 80) -> ColumnSums:
    """`beta_tcvae`, with column sums that weigh 0.15 at first and are gone before the last two fifths of the steps.

    Parameters
    ----------
    least : float
        Of the total correlation's weight.
    steps : int
        Of the whole training.
    last : float
        Where the weight of the KL ends; below 1 it is no ELBO.
    start : float
        Of the KL's weight.

    Returns
    -------
    ColumnSums
    """
    points = (0.1, 12), (0.15, 6), (0.42, 1), *([(0.9, last)] if last != 1 else [])
    points = [(max(k, round(part * steps)), min(start, end)) for k, (part, end) in enumerate(points, start=1)]
    weight = geometric((0, start), *points)
    fade = linear(0.15, 0, steps=max(1, round(0.3 * steps)), hold=round(0.3 * steps))
    return ColumnSums(BetaTCVAE(alpha=weight, beta=maximum(weight, least), gamma=weight), fade)


def fruit_kl(steps: int, start: float | int = 81, end: float | int = 0.03) -> Geometric:
    """The weight of the KL in the world of fruit: from 81 to almost nothing, .03.

    The eigenvalues of the pixels' covariance over σ² are 159 (size), 86 (colour) and 51 (which fruit), then 29 (size
    again). The weights were found by trying: see README for what else was tried, and on which seeds.

    Parameters
    ----------
    steps : int
        Of the whole training.
    start, end : float

    Returns
    -------
    Geometric
    """
    between = min(start, max(9.7, end))
    return geometric((0, start), (max(1, round(0.33 * steps)), between), (max(3, round(0.67 * steps)), end))


def fruit_beta_tcvae(last: float | int, steps: int, start: float | int = 81) -> BetaTCVAE:
    """Three latents switch on one at a time as the KL cools; then TC, held at 2.9, gives way to `last`, and the KL to
    almost nothing, so that what is decoded is as black as it should be. A loss below β = 1, no ELBO.

    Parameters
    ----------
    last : float
        Where the total correlation's weight ends.
    steps : int
        Of the whole training.
    start : float
        Of the KL's weight.

    Returns
    -------
    BetaTCVAE
    """
    kl, (b, d) = fruit_kl(steps, start), (max(k, round(part * steps)) for k, part in ((2, 0.45), (4, 0.8)))
    weight = maximum(kl, geometric((b, 2.9), (d, last)))
    return BetaTCVAE(alpha=kl, beta=weight, gamma=kl)


def faces_kl(steps: int) -> Geometric:
    """The weight of the KL in the world of faces: from above the largest eigenvalue of the pixels' covariance over σ²,
    1,500, down to 1.

    Parameters
    ----------
    steps : int
        Of the whole training.

    Returns
    -------
    Geometric
    """
    a, b, c = (max(least, round(part * steps)) for least, part in enumerate((0.12, 0.3, 0.5), start=1))
    return geometric((0, 1500), (a, 150), (b, 10), (c, 1))


def ground_kl(steps: int) -> Geometric:
    """The weight of the KL on plain and striped grounds: slowly past the eigenvalues of x and y, then to 1.

    Parameters
    ----------
    steps : int
        Of the whole training.

    Returns
    -------
    Geometric
    """
    a, b = (max(least, round(part * steps)) for least, part in enumerate((0.5, 0.8), start=1))
    return geometric((0, 200), (a, 30), (b, 1))
