"""Exercise 04, part 3: the three parts of the KL, from one code an image; and what parts 1 and 2 share; in nats."""

# ruff: noqa: E501 - a mistake a line, as a table

import math
from collections.abc import Callable

import numpy as np
import torch
from torch.distributions import Normal

from dvlab.checks.comparison import CheckFailed, Mistake, as_array, compare
from dvlab.checks.ex02.bound import deaf
from dvlab.checks.sentences import BITS, LN_2PI

HELD = "a number is held at 0 or above, or its sign is dropped: none of the three is negative, but an estimate of it may be."
BELOW = (6, 33)
CLOSED = "good thinking (less noise), but here the samples decide in all four logarithms."
REREAD = "part 3 above, and lecture 4, equations (2) to (5)"


def inputs(rng: np.random.Generator, points: int, images: int, latents: int, far: bool = False):
    """z (points, latents) among posteriors μ, σ (images, latents); `far`: so far away that densities underflow."""
    mu = rng.normal(scale=1.5, size=(images, latents))
    sigma = np.exp(rng.uniform(0.2, 1.0, size=mu.shape) * rng.choice([-1, 1], size=mu.shape))  # away from 1
    z = mu[rng.integers(images, size=points)] + rng.normal(size=(points, latents)) + (200.0 if far else 0.0)
    return tuple(torch.tensor(x) for x in (z, mu, sigma))


def mixture(log_terms: torch.Tensor, over: int = 1) -> torch.Tensor:
    """log of the mean of exp(log_terms) over the images."""
    return torch.logsumexp(log_terms, over) - math.log(log_terms.shape[over])


def three_terms(student: Callable, images: int = 7, latents: int = 3, seed: int = 0) -> None:
    """Check `three_terms(mu, sigma, epsilon)`, (images, latents) thrice -> MI, TC, dimension-wise KL."""

    def logs(mu, sigma, epsilon, noise=lambda s: s, sample=None, own=True):
        """log q(z|n), log q(z), Σ log q(z_j), log p(z): (4, images)"""
        z = sample(mu, sigma, epsilon) if sample else mu + noise(sigma) * epsilon
        l, prior = Normal(mu, sigma).log_prob(z[:, None]), Normal(0.0, 1.0).log_prob(z)
        joint = mixture(l.sum(2))
        if not own and len(z) > 1:
            others = l.sum(2).masked_fill(torch.eye(len(z), dtype=torch.bool), -math.inf)
            joint = torch.logsumexp(others, 1) - math.log(len(z) - 1)
        return torch.stack([Normal(mu, sigma).log_prob(z).sum(1), joint, mixture(l).sum(1), prior.sum(1)])

    def terms(weights, reduce=lambda t: t.mean(1), change=lambda logs, D, N: logs, **kwargs):
        """Each row of `weights` makes a term of the four logarithms."""
        W = torch.tensor(weights, dtype=torch.float64)
        return lambda mu, sigma, epsilon: reduce(W @ change(logs(mu, sigma, epsilon, **kwargs), mu.shape[1], len(mu)))

    def shifted(joint, marginals):
        return lambda four, D, N: four + torch.tensor([0, joint * math.log(N), marginals * D * math.log(N), 0])[:, None]

    def closed_forms(mu, sigma, epsilon, own=True, prior=True):
        qzn, qz, qzj, p = logs(mu, sigma, epsilon).mean(1)
        qzn = -(sigma.log().mean(0) + (LN_2PI + 1) / 2).sum() if own else qzn
        p = -0.5 * (mu.square() + sigma.square() + LN_2PI).mean(0).sum() if prior else p
        return torch.stack([qzn - qz, qz - qzj, qzj - p])

    MI, TC, DIM = [1, -1, 0, 0], [0, 1, -1, 0], [0, 0, 1, -1]
    MARGINAL, TOTAL = [0, 1, 0, -1], [1, 0, 0, -1]

    def minus(row):
        return [-w for w in row]

    def instead(part, mu, sigma, epsilon):
        """One of the three replaced by the whole KL in closed form."""
        three = terms([MI, TC, DIM])(mu, sigma, epsilon)
        three[part] = (0.5 * (mu**2 + sigma**2 - 1) - sigma.log()).sum(1).mean()
        return three

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
        Mistake("the whole KL as dimension-wise", terms([MI, TC, TOTAL]), "the third number is the whole KL: the dimension-wise KL compares the *aggregate* posterior of each latent with the prior."),
        *(Mistake("held above 0", lambda *a, f=f, k=k: held(terms([MI, TC, DIM])(*a), f, k), HELD) for f in (lambda t: t.clamp(min=0), torch.abs) for k in ([0, 1, 2], [1, 2], [1], [2])),
        Mistake("MI against the prior", lambda *a: instead(0, *a), "the first number is the whole KL (its closed form): MI compares a posterior with q(z), not with the prior."),
        Mistake("the whole KL as dimension-wise", lambda *a: instead(2, *a), "the third number is the KL of the images' posteriors, averaged, which is the sum of all three parts: the dimension-wise KL compares the *aggregate* posterior of each latent with the prior."),
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
        Mistake("ε for z", terms([MI, TC, DIM], sample=lambda mu, sigma, epsilon: epsilon), "ε itself is a sample of the prior: the codes are z = μ + σ ε."),
        Mistake("own posterior left out", terms([MI, TC, DIM], own=False), "the own posterior is left out of q(z): it is one of the N."),
        Mistake("closed form", lambda *a: closed_forms(*a, prior=False), f"{CLOSED} (log q(z|n) has one here.)"),
        Mistake("closed form", lambda *a: closed_forms(*a, own=False), f"{CLOSED} (log p(z) has one here.)"),
        Mistake("closed form", closed_forms, CLOSED),
        Mistake("mean over latents", terms([MI, TC, DIM], change=lambda four, D, N: four / torch.tensor([D, D, D, D])[:, None]), "you averaged over the latents; logarithms of densities add up over them."),
        Mistake("mean over latents", terms([MI, TC, DIM], change=lambda four, D, N: four / torch.tensor([1, 1, D, 1])[:, None]), "log ∏ q(z_j) is a *sum* over the latents."),
        Mistake("mean over latents", lambda *a: terms([MI, TC, DIM])(*a) / torch.tensor([1, 1, a[0].shape[1]]), "the dimension-wise KL is a *sum* over the latents."),
        Mistake("log base 2", lambda *a: terms([MI, TC, DIM])(*a) / math.log(2), BITS),
        Mistake("noise not used", lambda mu, sigma, epsilon: terms([MI, TC, DIM])(mu, sigma, torch.ones_like(epsilon)), "the answer is the same for other noise: use the ε that comes as an argument.", shows=deaf(2)),
    ]  # fmt: skip

    def right(mu, sigma, epsilon):
        return terms([MI, TC, DIM])(mu, sigma, epsilon)

    def draw(rng):
        _, mu, sigma = inputs(rng, 1, images, latents)
        return mu, sigma, torch.tensor(rng.normal(size=(images, latents)))

    below = [few(s) for s in BELOW]  # where the estimates of MI, of TC and of the dimension-wise KL are negative
    large = inputs(np.random.default_rng(0), 1, 400, 4)[1:]
    quick = (*large, torch.zeros(400, 4).double())
    fixed = [*below, draw(np.random.default_rng(2))]
    compare(student, right, draw, mistakes, reread=REREAD, fixed=fixed, read=one_each, quick=quick, draws=2, seed=seed)


def few(seed: int, images: int = 3, latents: int = 2) -> tuple[torch.Tensor, ...]:
    """A small input with short numbers, for paper."""
    rng = np.random.default_rng(seed)
    mu, epsilon = (rng.integers(-3, 4, (images, latents)) / 2 for _ in range(2))
    return tuple(torch.tensor(a) for a in (mu, rng.choice([0.5, 2.0], (images, latents)), epsilon))


def held(parts: torch.Tensor, how: Callable, which: list[int]) -> torch.Tensor:
    parts = parts.clone()
    parts[which] = how(parts[which])
    return parts


def one_each(value):
    """The student's value; CheckFailed where the third of its three parts is a number for each latent."""
    if isinstance(value, tuple | list) and len(value) == 3:
        sizes = [as_array(part).size for part in value]
        if sizes[:2] == [1, 1] and sizes[2] > 1:
            says = f"the third part holds {sizes[2]} numbers: the dimension-wise KL is one, all latents together."
            raise CheckFailed("one for each latent", f"{says}\nReread: {REREAD}.")
    return value
