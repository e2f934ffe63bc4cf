"""Exercise 04: log q(z) of a small data set, the KL's three parts, and two minibatch estimators to repair; in nats."""

# ruff: noqa: E501 - a mistake a line, as a table

import math
from collections.abc import Callable

import numpy as np
import torch
from torch.distributions import Normal

from dvlab.checks.base import Mistake, compare
from dvlab.checks.ex04_minibatch import stratified, weighted

__all__ = ["log_qz", "log_qzj", "stratified", "three_terms", "weighted"]

LN_2PI = math.log(2 * math.pi)
EXAMPLE = (torch.tensor([[1.0]]), torch.tensor([[0.0], [2.0]]), torch.ones(2, 1))  # log q(z) is -1.4189
BITS = "a logarithm to base 2 gives bits; nats need the natural logarithm."
UNDERFLOW = "far from all posteriors every density is too small for a floating-point number, and its logarithm became −∞: never leave the logarithms."
SWAPPED = "σ is the standard deviation: somewhere σ stands where σ² belongs, or the other way round."
MEAN_OF_LOGS = (
    "this is the mean of the logarithms over the images; q(z) is a mean of densities, and log q(z) its logarithm."
)
NO_N = "q(z) is the mean over the N images, not their sum: each number is ln N too high."
PER_POSTERIOR = "the order of ∏ and Σ: within one posterior the latents belong together. This is the log of the *product of the marginals*."


def inputs(rng: np.random.Generator, points: int, images: int, latents: int, far: bool = False):
    """z (points, latents) among posteriors μ, σ (images, latents); `far`: so far away that densities underflow."""
    mu = rng.normal(scale=1.5, size=(images, latents))
    sigma = np.exp(rng.uniform(0.2, 1.0, size=mu.shape) * rng.choice([-1, 1], size=mu.shape))  # away from 1
    z = mu[rng.integers(images, size=points)] + rng.normal(size=(points, latents)) + (200.0 if far else 0.0)
    return tuple(torch.tensor(x) for x in (z, mu, sigma))


def log_q(z, mu, sigma, half=0.5, spread=lambda s: s, log=torch.log, constant=LN_2PI / 2):
    """log q(z_j|n) of every point and image, (points, images, latents)."""
    return -half * ((z[:, None] - mu) / spread(sigma)) ** 2 - log(sigma) - constant


GAUSSIANS = [  # what can be wrong in the density of one Gaussian
    ("σ for σ²", {"spread": torch.sqrt}, SWAPPED),
    ("σ for σ²", {"spread": torch.sqrt, "log": lambda s: s.log() / 2}, SWAPPED),
    ("σ for σ²", {"spread": torch.square, "log": lambda s: 2 * s.log()}, SWAPPED),
    ("ln σ for ln σ²", {"log": lambda s: 2 * s.log()}, "look at the logarithm: of σ, or of σ²?"),
    ("missing ½", {"half": 1.0}, "a ½ is missing in front of the square."),
    ("missing ln σ", {"log": lambda s: 0 * s}, "a narrow Gaussian is higher: the term with ln σ is missing."),
    ("missing ln 2π", {"constant": 0.0}, "the constant with 2π is missing."),
]  # fmt: skip


def mixture(log_terms: torch.Tensor, over: int = 1) -> torch.Tensor:
    """log of the mean of exp(log_terms) over the images."""
    return torch.logsumexp(log_terms, over) - math.log(log_terms.shape[over])


def naive(log_terms: torch.Tensor) -> torch.Tensor:
    return log_terms.exp().mean(1).log()


def of_log_q(reduce: Callable, **wrong) -> Callable:
    """A function of (z, mu, sigma) from one of log q(z_j|n), (points, images, latents)."""
    return lambda z, mu, sigma: reduce(log_q(z, mu, sigma, **wrong))


def log_qz(student: Callable, points: int = 4, images: int = 6, latents: int = 3, far: bool = False) -> None:
    """Check `log_qz(z, mu, sigma)` -> (points,)."""
    mistakes = [
        Mistake("underflow", of_log_q(lambda l: naive(l.sum(2))), UNDERFLOW),
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
        *(Mistake(name, of_log_q(lambda l: mixture(l.sum(2)), **wrong), says) for name, wrong, says in GAUSSIANS),
    ]  # fmt: skip

    def right(z, mu, sigma):
        return mixture(Normal(mu, sigma).log_prob(z[:, None]).sum(2))

    reread = "parts 1 and 2 above, and lecture 4, section 6"
    draw = lambda rng: inputs(rng, points, images, latents, far)  # noqa: E731
    compare(student, right, draw, mistakes, reread=reread, example=EXAMPLE)


def one_gaussian(z: torch.Tensor, mu: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
    """log density of a Gaussian with each latent's mean and variance over the data set, (points, latents)."""
    return Normal(mu.mean(0), (sigma.square().mean(0) + mu.var(0, correction=0)).sqrt()).log_prob(z)


def log_qzj(student: Callable, points: int = 4, images: int = 6, latents: int = 3, far: bool = False) -> None:
    """Check `log_qzj(z, mu, sigma)` -> (points, latents)."""
    joint = "each latent by itself: its marginal must not depend on the other latents."
    mistakes = [
        Mistake("underflow", of_log_q(naive), UNDERFLOW),
        Mistake("sum for mean", of_log_q(lambda l: torch.logsumexp(l, 1)), NO_N),
        Mistake("mean of logs", of_log_q(lambda l: l.mean(1)), MEAN_OF_LOGS),
        Mistake("wrong axis", of_log_q(lambda l: torch.logsumexp(l, 2) - math.log(l.shape[1])), "you added over the latents; the sum of a marginal runs over the images."),
        Mistake("summed over latents", of_log_q(lambda l: mixture(l).sum(1)), "one number for each point *and latent* is asked: do not add them up."),
        Mistake("the joint", of_log_q(lambda l: mixture(l.sum(2))), joint),
        Mistake("the joint", of_log_q(lambda l: mixture(l.sum(2))[:, None].expand(-1, l.shape[2])), joint),
        Mistake("the joint", of_log_q(lambda l: mixture(l.sum(2))[:, None].expand(-1, l.shape[2]) / l.shape[2]), joint),
        Mistake("divided by the points", lambda z, *a: torch.logsumexp(log_q(z, *a), 1) - math.log(len(z)), "you divided by the number of points; q(z_j) is a mean over the *images*."),
        Mistake("divided by the latents", of_log_q(lambda l: torch.logsumexp(l, 1) - math.log(l.shape[2])), "you divided by the number of latents; q(z_j) is a mean over the *images*."),
        Mistake("wrong axis", of_log_q(lambda l: mixture(l, 0)), "you averaged over the points: numbers for each image came out, and for each point are asked."),
        Mistake("wrong axis", of_log_q(lambda l: mixture(l, 2)), "you averaged over the latents; the mean is over the images."),
        Mistake("transposed", of_log_q(lambda l: mixture(l).T), "a row is a point, a column a latent: yours is the other way round."),
        Mistake("one Gaussian", one_gaussian, "q(z_j) is a mixture; a Gaussian with its mean and variance is another thing."),
        Mistake("density, not its log", of_log_q(lambda l: mixture(l).exp()), "this is the density; its logarithm is asked."),
        Mistake("wrong sign", of_log_q(lambda l: -mixture(l)), "the sign is the wrong way round."),
        Mistake("log base 2", of_log_q(lambda l: mixture(l) / math.log(2)), BITS),
        *(Mistake(name, of_log_q(mixture, **wrong), says) for name, wrong, says in GAUSSIANS),
    ]  # fmt: skip

    def right(z, mu, sigma):
        return mixture(Normal(mu, sigma).log_prob(z[:, None]))

    reread = "part 2 above, and lecture 4, section 3: what a marginal is"
    compare(student, right, lambda rng: inputs(rng, points, images, latents, far), mistakes, reread=reread)


# ---------------------------------------------------------------- the three terms


def three_terms(student: Callable, images: int = 7, latents: int = 3) -> None:
    """Check `three_terms(mu, sigma, epsilon)`, (images, latents) thrice -> MI, TC, dimension-wise KL."""

    def logs(mu, sigma, epsilon, noise=lambda s: s):  # log q(z|n), log q(z), Σ log q(z_j), log p(z): (4, images)
        z = mu + noise(sigma) * epsilon
        l, prior = Normal(mu, sigma).log_prob(z[:, None]), Normal(0.0, 1.0).log_prob(z)
        return torch.stack([Normal(mu, sigma).log_prob(z).sum(1), mixture(l.sum(2)), mixture(l).sum(1), prior.sum(1)])

    def terms(weights, reduce=lambda t: t.mean(1), change=lambda logs, D, N: logs, **kwargs):
        """Each row of `weights` makes a term of the four logarithms."""
        W = torch.tensor(weights, dtype=torch.float64)
        return lambda mu, sigma, epsilon: reduce(W @ change(logs(mu, sigma, epsilon, **kwargs), mu.shape[1], len(mu)))

    def shifted(joint, marginals):
        return lambda four, D, N: four + torch.tensor([0, joint * math.log(N), marginals * D * math.log(N), 0])[:, None]

    def closed_forms(mu, sigma, epsilon):
        _, qz, qzj, _ = logs(mu, sigma, epsilon).mean(1)
        own = -(sigma.log().mean(0) + (LN_2PI + 1) / 2).sum()
        prior = -0.5 * (mu.square() + sigma.square() + LN_2PI).mean(0).sum()
        return torch.stack([own - qz, qz - qzj, qzj - prior])

    MI, TC, DIM = [1, -1, 0, 0], [0, 1, -1, 0], [0, 0, 1, -1]
    MARGINAL, TOTAL = [0, 1, 0, -1], [1, 0, 0, -1]

    def minus(row):
        return [-w for w in row]

    mistakes = [
        Mistake("order", terms([TC, MI, DIM]), "the numbers are right, the order is not: MI, TC, dimension-wise."),
        Mistake("order", terms([DIM, TC, MI]), "the numbers are right, the order is not: MI, TC, dimension-wise."),
        Mistake("wrong sign", terms([minus(MI), minus(TC), minus(DIM)]), "all three have the wrong sign: a KL is log q − log of what it is compared with."),
        Mistake("wrong sign", terms([minus(MI), TC, DIM]), "MI has the wrong sign."),
        Mistake("wrong sign", terms([MI, minus(TC), DIM]), "TC has the wrong sign."),
        Mistake("wrong sign", terms([MI, TC, minus(DIM)]), "the dimension-wise KL has the wrong sign."),
        Mistake("MI against the prior", terms([TOTAL, TC, DIM]), "the first number is the whole KL: MI compares a posterior with q(z), not with the prior."),
        Mistake("TC against the prior", terms([MI, MARGINAL, DIM]), "the second number is the marginal KL: TC compares q(z) with the product of its marginals."),
        Mistake("marginal KL for dimension-wise", terms([MI, TC, MARGINAL]), "the third number is the marginal KL, which holds TC as well: use the marginals."),
        Mistake("MI against the marginals", terms([[1, 0, -1, 0], TC, DIM]), "MI compares a posterior with the joint q(z), not with the product of its marginals."),
        Mistake("total for a part", terms([MI, TC, TOTAL]), "the third number is the whole KL."),
        Mistake("sum over images", terms([MI, TC, DIM], lambda t: t.sum(1)), "you added over the images; each term is their mean."),
        Mistake("no mean", terms([MI, TC, DIM], lambda t: t), "one number for each term: the mean over the images is missing."),
        Mistake("no mean", terms([MI, TC, DIM], lambda t: t.T), "one number for each term: the mean over the images is missing."),
        Mistake("added up", terms([MI, TC, DIM], lambda t: t.mean(1).sum()), "three numbers are asked, not their sum (whose value says nothing about q(z))."),
        Mistake("sum for mean", terms([MI, TC, DIM], change=shifted(1, 1)), "somewhere the 1/N of q(z) is lost: see the constants in MI and TC."),
        Mistake("sum for mean", terms([MI, TC, DIM], change=shifted(1, 0)), "the 1/N of the joint q(z) is lost."),
        Mistake("sum for mean", terms([MI, TC, DIM], change=shifted(0, 1)), "the 1/N of the marginals q(z_j) is lost."),
        Mistake("noise left out", terms([MI, TC, DIM], noise=lambda s: 0 * s), "every code sits at μ: the terms are means over *samples* of q(z|n)."),
        Mistake("σ for σ²", terms([MI, TC, DIM], noise=torch.square), "z = μ + σ ε: the noise is scaled by the standard deviation."),
        Mistake("σ for σ²", terms([MI, TC, DIM], noise=torch.sqrt), "z = μ + σ ε: the noise is scaled by the standard deviation."),
        Mistake("closed form", closed_forms, "good thinking (less noise), but here the samples decide in all four logarithms."),
        Mistake("mean over latents", terms([MI, TC, DIM], change=lambda four, D, N: four / torch.tensor([D, D, D, D])[:, None]), "you averaged over the latents; logarithms of densities add up over them."),
        Mistake("mean over latents", terms([MI, TC, DIM], change=lambda four, D, N: four / torch.tensor([1, 1, D, 1])[:, None]), "log ∏ q(z_j) is a *sum* over the latents."),
        Mistake("mean over latents", lambda *a: terms([MI, TC, DIM])(*a) / torch.tensor([1, 1, latents]), "the dimension-wise KL is a *sum* over the latents."),
        Mistake("log base 2", lambda *a: terms([MI, TC, DIM])(*a) / math.log(2), BITS),
    ]  # fmt: skip

    def right(mu, sigma, epsilon):
        return terms([MI, TC, DIM])(mu, sigma, epsilon)

    def draw(rng):
        _, mu, sigma = inputs(rng, 1, images, latents)
        return mu, sigma, torch.tensor(rng.normal(size=(images, latents)))

    compare(student, right, draw, mistakes, reread="part 3 above, and lecture 4, equations (2) to (5)")
