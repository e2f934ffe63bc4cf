"""Exercise 04, parts 1 and 2: log q(z) of a small data set. In nats."""

# ruff: noqa: E501 - a mistake a line, as a table

import math
from collections.abc import Callable

import numpy as np
import torch
from torch.distributions import Normal

from dvlab.checks.comparison import Mistake, compare
from dvlab.checks.ex04.three_parts import inputs, mixture
from dvlab.checks.sentences import BITS, LN_2PI

EXAMPLE = (torch.tensor([[1.0]]), torch.tensor([[0.0], [2.0]]), torch.ones(2, 1))  # log q(z) is -1.4189
UNDERFLOW = "far from all posteriors every density is too small for a floating-point number, and its logarithm became −∞: never leave the logarithms."
SWAPPED = "σ is the standard deviation: somewhere σ stands where σ² belongs, or the other way round."
SWAPPED_AXES = (
    "the two axes changed places: within one posterior the latents belong together, and then come the images."
)
MEAN_OF_LOGS = (
    "this is the mean of the logarithms over the images; q(z) is a mean of densities, and log q(z) its logarithm."
)
EPSILON = "far out, the logarithm goes on falling; yours stops at a floor, as if something were added inside it or a bound were set."
NO_N = "q(z) is the mean over the N images, not their sum: each number is ln N too high."
PER_POSTERIOR = "the order of ∏ and Σ: within one posterior the latents belong together. This is the log of the *product of the marginals*."


def log_q(z, mu, sigma, half=0.5, spread=lambda s: s, log=torch.log, constant=LN_2PI / 2):
    """log q(z_j|n) of every point and image, (points, images, latents)."""
    return -half * ((z[:, None] - mu) / spread(sigma)) ** 2 - log(sigma) - constant


GAUSSIANS = [  # what can be wrong in the density of one Gaussian
    ("σ for σ²", {"spread": torch.sqrt}, SWAPPED),
    ("σ for σ²", {"spread": torch.sqrt, "log": lambda s: s.log() / 2}, SWAPPED),
    ("σ² given to Normal", {"spread": torch.square, "log": lambda s: 2 * s.log()}, "`Normal` takes the standard deviation, not the variance."),
    ("ln σ for ln σ²", {"log": lambda s: 2 * s.log()}, "look at the logarithm: of σ, or of σ²?"),
    ("missing ½", {"half": 1.0}, "a ½ is missing in front of the square."),
    ("missing ln σ", {"log": lambda s: 0 * s}, "a narrow Gaussian is higher: the term with ln σ is missing."),
    ("missing ln 2π", {"constant": 0.0}, "the constant with 2π is missing."),
]  # fmt: skip


def naive(log_terms: torch.Tensor) -> torch.Tensor:
    return log_terms.exp().mean(1).log()


def of_log_q(reduce: Callable, **wrong) -> Callable:
    """A function of (z, mu, sigma) from one of log q(z_j|n), (points, images, latents)."""
    return lambda z, mu, sigma: reduce(log_q(z, mu, sigma, **wrong))


def floored(right: Callable) -> Callable:
    """Right wherever the density is not tiny, and too high where it is."""

    def shows(mine, args, ask):
        expected = right(*args).numpy()
        if mine.shape != expected.shape:
            return False
        above = (expected < -12) & (mine > expected) & np.isfinite(mine)
        return bool((np.isclose(mine, expected, rtol=1e-2, atol=1e-2) | above).all())

    return shows


def some(points: int, images: int, latents: int) -> list[tuple]:
    """A small input for paper, one of other sizes, and one where every density underflows."""
    z, mu = torch.tensor([[0.0, 1], [2, 0]]), torch.tensor([[0.0, 0], [2, 1], [1, -1]])
    small = z, mu, torch.tensor([[1.0, 0.5], [2, 1], [0.5, 2]])
    rng = np.random.default_rng(1)
    return [tuple(x.double() for x in small), inputs(rng, 3, 5, 4), inputs(rng, points, images, latents, far=True)]


def log_qz(
    student: Callable, points: int = 4, images: int = 6, latents: int = 3, far: bool = False, seed: int = 0
) -> None:
    """Check `log_qz(z, mu, sigma)` -> (points,)."""

    def right(z, mu, sigma):
        return mixture(Normal(mu, sigma).log_prob(z[:, None]).sum(2))

    mistakes = [
        Mistake("underflow", of_log_q(lambda l: naive(l.sum(2))), UNDERFLOW),
        Mistake("ε inside the logarithm", of_log_q(lambda l: (1e-8 + l.sum(2).exp().mean(1)).log()), EPSILON, shows=floored(right)),
        Mistake("sum for mean", of_log_q(lambda l: torch.logsumexp(l.sum(2), 1)), NO_N),
        Mistake("weights counted D times", of_log_q(lambda l: mixture((l - math.log(l.shape[1])).sum(2)) + math.log(l.shape[1])), "the 1/N belongs to the posterior, once: here it counts once for each latent."),
        Mistake("weights counted twice", of_log_q(lambda l: mixture(l.sum(2)) - math.log(l.shape[1])), "the 1/N is there twice: each number is ln N too low."),
        Mistake("mean of logs", of_log_q(lambda l: l.sum(2).mean(1)), MEAN_OF_LOGS),
        Mistake("sum of logs", of_log_q(lambda l: l.sum((1, 2))), "you added logarithms over the images: that is the log of a *product* of posteriors."),
        Mistake("product of marginals", of_log_q(lambda l: mixture(l).sum(1)), PER_POSTERIOR),
        *(Mistake("product of marginals", of_log_q(lambda l, k=k: torch.logsumexp(l, 1).sum(1) - k * math.log(l.shape[1])), PER_POSTERIOR) for k in (0, 1)),
        Mistake("mean over latents", of_log_q(lambda l: mixture(l.mean(2))), "log q(z|n) is a sum over the latents, and you averaged over them."),
        Mistake("sum of densities over latents", of_log_q(lambda l: l.exp().sum(2).mean(1).log()), "independent latents multiply their densities; you added them."),
        Mistake("divided by the points", lambda z, *a: torch.logsumexp(log_q(z, *a).sum(2), 1) - math.log(len(z)), "you divided by the number of points; q(z) is a mean over the *images*."),
        Mistake("wrong axis", of_log_q(lambda l: torch.logsumexp(l.sum(2), 0) - math.log(l.shape[1])), "you added over the points: one number for each image came out, and one for each point is asked."),
        Mistake("wrong axis", of_log_q(lambda l: mixture(l.sum(2), 0)), "you averaged over the points: one number for each image came out, and one for each point is asked."),
        Mistake("only one posterior", of_log_q(lambda l: l.sum(2).amax(1)), "this is the largest of the log q(z|n); all images take part."),
        Mistake("one Gaussian", lambda *a: one_gaussian(*a).sum(1), "q(z) is a mixture; a Gaussian with its mean and variance is another thing."),
        Mistake("density, not its log", of_log_q(lambda l: mixture(l.sum(2)).exp()), "this is the density; its logarithm is asked."),
        Mistake("mean over points", of_log_q(lambda l: mixture(l.sum(2)).mean()), "you averaged over the points; give one number for each."),
        Mistake("wrong sign", of_log_q(lambda l: -mixture(l.sum(2))), "the sign is the wrong way round."),
        Mistake("log base 2", of_log_q(lambda l: mixture(l.sum(2)) / math.log(2)), BITS),
        Mistake("one image left out", of_log_q(lambda l: torch.logsumexp(l.sum(2)[:, :-1], 1) - math.log(l.shape[1])), "the last image is left out of the sum: does your loop end one too early?"),
        Mistake("one image left out", of_log_q(lambda l: torch.logsumexp(l.sum(2)[:, 1:], 1) - math.log(l.shape[1])), "the first image is left out of the sum: images are counted from 0."),
        Mistake("divided outside the logarithm", of_log_q(lambda l: torch.logsumexp(l.sum(2), 1) / l.shape[1]), "the 1/N stands inside the logarithm: what becomes of it outside?"),
        Mistake("divided by the latents", of_log_q(lambda l: torch.logsumexp(l.sum(2), 1) - math.log(l.shape[2])), "you divided by the number of latents; q(z) is a mean over the *images*."),
        Mistake("only one posterior", own_only, "point i is compared with posterior i alone: the points are no images, and all posteriors take part for each."),
        Mistake("σ of all images", sigma_of_all, "each posterior has a σ of its own: you gave one mean the σ of all images (which n belongs to it?)."),
        Mistake("swapped axes", of_log_q(lambda l: mixture(l.sum(1), 1)), SWAPPED_AXES),
        Mistake("swapped axes", of_log_q(lambda l: torch.logsumexp(l.sum(1), 1) - math.log(l.shape[1])), SWAPPED_AXES),
        Mistake("sum of densities over latents", of_log_q(lambda l: mixture(torch.logsumexp(l, 2))), "independent latents multiply their densities; outside the logarithms you added them."),
        *(Mistake(name, of_log_q(lambda l: mixture(l.sum(2)), **wrong), says) for name, wrong, says in GAUSSIANS),
    ]  # fmt: skip

    reread = "parts 1 and 2 above, and lecture 4, section 6"
    draw = lambda rng: inputs(rng, points, images, latents, far)  # noqa: E731
    fixed = some(points, images, latents)
    compare(
        student, right, draw, mistakes, reread=reread, fixed=fixed, example=EXAMPLE, needs="tensor", draws=2, seed=seed
    )


def sigma_of_all(z: torch.Tensor, mu: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
    return mixture(Normal(mu[:, None], sigma).log_prob(z[:, None, None]).sum((2, 3)))


def own_only(z: torch.Tensor, mu: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
    n = min(len(z), len(mu))
    return Normal(mu[:n], sigma[:n]).log_prob(z[:n]).sum(1)


def one_gaussian(z: torch.Tensor, mu: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
    """log density of a Gaussian with each latent's mean and variance over the data set, (points, latents)."""
    return Normal(mu.mean(0), (sigma.square().mean(0) + mu.var(0, correction=0)).sqrt()).log_prob(z)


def log_qzj(
    student: Callable, points: int = 4, images: int = 6, latents: int = 3, far: bool = False, seed: int = 0
) -> None:
    """Check `log_qzj(z, mu, sigma)` -> (points, latents)."""

    def right(z, mu, sigma):
        return mixture(Normal(mu, sigma).log_prob(z[:, None]))

    joint = "each latent by itself: its marginal must not depend on the other latents."
    mistakes = [
        Mistake("underflow", of_log_q(naive), UNDERFLOW),
        Mistake("ε inside the logarithm", of_log_q(lambda l: (1e-8 + l.exp().mean(1)).log()), EPSILON, shows=floored(right)),
        Mistake("sum for mean", of_log_q(lambda l: torch.logsumexp(l, 1)), NO_N),
        Mistake("mean of logs", of_log_q(lambda l: l.mean(1)), MEAN_OF_LOGS),
        Mistake("wrong axis", of_log_q(lambda l: torch.logsumexp(l, 2) - math.log(l.shape[1])), "you added over the latents; the sum of a marginal runs over the images."),
        Mistake("summed over latents", of_log_q(lambda l: mixture(l).sum(1)), "one number for each point *and latent* is asked: do not add them up."),
        Mistake("the joint", of_log_q(lambda l: mixture(l.sum(2))), joint),
        Mistake("the joint", of_log_q(lambda l: mixture(l.sum(2))[:, None].expand(-1, l.shape[2])), joint),
        Mistake("the joint", of_log_q(lambda l: mixture(l.sum(2))[:, None].expand(-1, l.shape[2]) / l.shape[2]), joint),
        Mistake("divided by the points", lambda z, *a: torch.logsumexp(log_q(z, *a), 1) - math.log(len(z)), "you divided by the number of points; q(z_j) is a mean over the *images*."),
        Mistake("divided by the latents", of_log_q(lambda l: torch.logsumexp(l, 1) - math.log(l.shape[2])), "you divided by the number of latents; q(z_j) is a mean over the *images*."),
        Mistake("1/N shared out", of_log_q(lambda l: torch.logsumexp(l, 1) - math.log(l.shape[1]) / l.shape[2]), "each marginal is a mean with the *whole* 1/N, not a D-th of its logarithm."),
        Mistake("one image left out", of_log_q(lambda l: torch.logsumexp(l[:, :-1], 1) - math.log(l.shape[1])), "the last image is left out of the sum: does your loop end one too early?"),
        Mistake("divided outside the logarithm", of_log_q(lambda l: torch.logsumexp(l, 1) / l.shape[1]), "the 1/N stands inside the logarithm: what becomes of it outside?"),
        Mistake("wrong axis", of_log_q(lambda l: mixture(l, 0)), "you averaged over the points: numbers for each image came out, and for each point are asked."),
        Mistake("wrong axis", of_log_q(lambda l: mixture(l, 2)), "you averaged over the latents; the mean is over the images."),
        Mistake("transposed", of_log_q(lambda l: mixture(l).T), "a row is a point, a column a latent: yours is the other way round."),
        Mistake("one Gaussian", one_gaussian, "q(z_j) is a mixture; a Gaussian with its mean and variance is another thing."),
        Mistake("density, not its log", of_log_q(lambda l: mixture(l).exp()), "this is the density; its logarithm is asked."),
        Mistake("wrong sign", of_log_q(lambda l: -mixture(l)), "the sign is the wrong way round."),
        Mistake("log base 2", of_log_q(lambda l: mixture(l) / math.log(2)), BITS),
        *(Mistake(name, of_log_q(mixture, **wrong), says) for name, wrong, says in GAUSSIANS),
    ]  # fmt: skip

    reread = "part 2 above, and lecture 4, section 3: what a marginal is"
    draw = lambda rng: inputs(rng, points, images, latents, far)  # noqa: E731
    fixed = some(points, images, latents)
    compare(student, right, draw, mistakes, reread=reread, fixed=fixed, needs="tensor", draws=2, seed=seed)
