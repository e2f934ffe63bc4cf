"""Exercise 02, parts 1 to 3: the KL of a Gaussian from the prior, log densities, Monte Carlo; all in nats per image."""

# ruff: noqa: E501 - a mistake a line, as a table

import itertools
import math
from collections.abc import Callable

import numpy as np
import torch
from torch.distributions import Normal

from dvlab.checks.comparison import Mistake, compare
from dvlab.checks.ex02.bound import (
    EXAMPLE,
    IMAGES,
    LATENTS,
    NOISE,
    SIGN,
    SMALL,
    UNUSED,
    closed_kl,
    deaf,
    encoder_output,
    reverse_kl,
)
from dvlab.checks.sentences import BITS, LN_2PI


def kl(student: Callable, batch: int = 5, latents: int = 3, seed: int = 0) -> None:
    """Check `gaussian_kl(mu, sigma)`, (batch, latents) twice -> (batch,)."""

    def wrong(sigma_term="sigma", log_term=lambda s: 2 * s.log(), constant=1.0, half=0.5, mean=lambda m: m**2):
        square = (lambda s: s) if sigma_term == "variance" else (lambda s: s**2)
        return lambda mu, sigma: (half * (square(sigma) + mean(mu) - constant - log_term(sigma))).sum(1)

    swapped = "σ is the standard deviation: somewhere σ stands where σ² belongs, or the other way round."
    mistakes = [
        Mistake("mean for sum", lambda mu, sigma: closed_kl(mu, sigma).mean(1), LATENTS),
        Mistake("wrong axis", lambda mu, sigma: closed_kl(mu, sigma).sum(0), "you summed over the images, not the latents."),
        Mistake("mean over images", lambda mu, sigma: closed_kl(mu, sigma).sum(1).mean(), IMAGES),
        Mistake("sum over images", lambda mu, sigma: closed_kl(mu, sigma).sum(), "you summed over the images too."),
        Mistake("mean of everything", lambda mu, sigma: closed_kl(mu, sigma).mean(), LATENTS + " And " + IMAGES),
        Mistake("no sum", closed_kl, "the sum over the latents is missing."),
        Mistake("σ for σ²", wrong("variance", lambda s: s.log()), swapped),
        Mistake("σ for σ²", wrong("variance"), swapped),
        Mistake("ln σ for ln σ²", wrong(log_term=lambda s: s.log()), "look at the logarithm: of σ, or of σ²?"),
        Mistake("ln σ for ln σ²", wrong(log_term=lambda s: 4 * s.log()), "the logarithm is counted twice."),
        Mistake("log base 2", wrong(log_term=lambda s: 2 * s.log2()), BITS),
        Mistake("log base 2", lambda mu, sigma: closed_kl(mu, sigma).sum(1) / math.log(2), BITS),
        Mistake("log base 10", wrong(log_term=lambda s: 2 * s.log10()), "nats need the natural logarithm, not log10."),
        Mistake("½ on one term", lambda mu, sigma: (0.5 * mu**2 + sigma**2 - 1 - 2 * sigma.log()).sum(1), "the ½ belongs to all terms: where are the brackets?"),
        Mistake("½ on one term", lambda mu, sigma: (0.5 * sigma**2 + mu**2 - 1 - 2 * sigma.log()).sum(1), "the ½ belongs to all terms: where are the brackets?"),
        Mistake("log variance", lambda mu, sigma: 0.5 * (sigma.exp() + mu**2 - 1 - sigma).sum(1), "here σ is the standard deviation itself, not the logarithm of the variance."),
        Mistake("log variance", lambda mu, sigma: 0.5 * ((2 * sigma).exp() + mu**2 - 1 - 2 * sigma).sum(1), "here σ is the standard deviation itself, not its logarithm."),
        Mistake("missing ½", wrong(half=1.0), "every number is twice as large as it should be: a factor is missing."),
        Mistake("wrong sign", lambda mu, sigma: -closed_kl(mu, sigma).sum(1), SIGN + " A KL is never negative."),
        Mistake("wrong sign", wrong(log_term=lambda s: -2 * s.log()), "one term has the wrong sign: which way does it pull σ?"),
        Mistake("−1 once", lambda mu, sigma: closed_kl(mu, sigma).sum(1) + (mu.shape[1] - 1) / 2, "every latent has its own −1: what is inside the sum?"),
        Mistake("missing −1", wrong(constant=0.0), "at μ = 0, σ = 1 the KL must be 0: a constant is missing."),
        Mistake("μ for μ²", wrong(mean=lambda m: m), "a KL cannot depend on the sign of μ: look at the term with μ."),
        Mistake("μ for μ²", wrong(mean=lambda m: m.abs()), "look at the term with μ: E[z²] is needed there."),
        Mistake("μ left out", wrong(mean=lambda m: 0 * m), "the KL must grow with μ: its term is missing."),
        Mistake("ε inside the logarithm", lambda mu, sigma: 0.5 * (sigma**2 + mu**2 - 1 - torch.log(sigma**2 + 1e-8)).sum(1), "where σ is small the numbers are wrong: something is added to it, or it is held above a bound.", shows=small_sigma),
        Mistake("wrong direction", reverse_kl, "this is KL(p ‖ q), the other way round: over which density is the mean?"),
    ]  # fmt: skip

    def right(mu, sigma):
        return closed_kl(mu, sigma).sum(1)

    def draw(rng):
        return encoder_output(rng, batch, latents)

    narrow = (torch.tensor([[0.0, 1]]).double(), torch.tensor([[1e-6, 2]]).double())  # an ε beside σ would show
    far = (torch.tensor([[20.0, -9], [0, 7]]).double(), torch.tensor([[50.0, 1], [9, 0.1]]).double())
    prior = (torch.zeros(3, 5).double(), torch.ones(3, 5).double())
    reread = "part 1 above, and lecture 2 on the KL"
    five = (torch.arange(5.0).double()[None], torch.tensor([[0.5, 2, 0.5, 2, 3]]).double())
    fixed = [SMALL, narrow, far, prior, five]
    compare(
        student,
        right,
        draw,
        mistakes,
        reread=reread,
        fixed=fixed,
        example=EXAMPLE,
        needs="tensor",
        atol=1e-5,
        seed=seed,
    )


def small_sigma(mine, args, ask) -> bool:
    """Right wherever no σ is tiny, and finite."""
    mu, sigma = args
    right = closed_kl(mu, sigma).sum(1).numpy()
    return mine.shape == right.shape and bool(
        (np.isclose(mine, right, atol=1e-3) | (sigma.numpy() < 1e-3).any(1)).all()
    )


def floored(mine, args, ask) -> bool:
    """Right wherever the density is not tiny, and too high where it is."""
    right = Normal(*args[1:]).log_prob(args[0]).sum(-1).numpy()
    if mine.shape != right.shape:
        return False
    return bool(
        (np.isclose(mine, right, rtol=1e-2, atol=1e-2) | ((right < -12) & (mine > right) & np.isfinite(mine))).all()
    )


def log_density(student: Callable, batch: int = 5, size: int = 4, seed: int = 0) -> None:
    """Check `log_normal(x, mean, sigma)`, (batch, size) three times -> (batch,)."""

    def terms(x, mean, sigma):
        return Normal(mean, sigma).log_prob(x)

    def pieces(square=lambda d, s: d**2 / (2 * s**2), log=lambda s: s.log(), constant=LN_2PI / 2):
        return lambda x, mean, sigma: -(square(x - mean, sigma) + log(sigma) + constant).sum(-1)

    def draw(rng):
        mean, sigma = encoder_output(rng, batch, size)
        before = next(axes)  # in turn: x like the mean, and more of them
        return mean + sigma * torch.tensor(rng.normal(size=(*before, batch, size))), mean, sigma

    axes = itertools.cycle(((), (6,)))
    last = "the coordinates are the *last* axis, however many axes there are: (..., D) -> (...)."
    swapped = "the square is divided by the variance σ², and σ is the standard deviation."
    mistakes = [
        Mistake("underflow", lambda *a: terms(*a).exp().prod(-1).log(), "many small densities multiplied are 0 for a computer, and log 0 is −∞: what becomes of a product under the logarithm?"),
        Mistake("underflow", lambda *a: terms(*a).exp().log().sum(-1), "far out a density is 0 for a computer, and log 0 is −∞: never leave the logarithms."),
        Mistake("ε inside the logarithm", lambda *a: (1e-8 + terms(*a).exp()).log().sum(-1), "far out, the logarithm goes on falling; yours stops at a floor, as if something were added inside it or a bound were set.", shows=floored),
        Mistake("σ² given to Normal", lambda x, m, s: Normal(m, s**2).log_prob(x).sum(-1), "`Normal` takes the standard deviation, not the variance."),
        Mistake("mean for sum", lambda *a: terms(*a).mean(-1), "you averaged over the coordinates; log p of independent ones adds up."),
        Mistake("wrong axis", lambda *a: terms(*a).sum(0), "you summed over the batch, not over the coordinates."),
        Mistake("axis 1", lambda *a: terms(*a).sum(1), last),
        Mistake("axis 1", lambda *a: terms(*a).sum(-1) + LN_2PI / 2 * (a[0].shape[-1] - a[0].shape[1]), last),
        Mistake("wrong sign of ln σ", pieces(log=lambda s: -s.log()), "a narrow Gaussian is higher: look at the sign of the term with ln σ."),
        Mistake("brackets", pieces(square=lambda d, s: d**2 / 2 * s**2), "after a division by 2 the variance *multiplies*: where are the brackets?"),
        Mistake("brackets", pieces(constant=math.log(2) * math.pi / 2), "ln 2π is the logarithm of the product: where are the brackets?"),
        Mistake("brackets", pieces(constant=math.log(math.pi / 2)), "ln 2π is the logarithm of the product: where are the brackets?"),
        Mistake("log base 10", pieces(constant=math.log10(2 * math.pi) / 2), "nats need the natural logarithm of 2π, not log10."),
        Mistake("mean over images", lambda *a: terms(*a).sum(-1).mean(), IMAGES),
        Mistake("sum over images", lambda *a: terms(*a).sum(), "you summed over the images too."),
        Mistake("no sum", terms, "the sum over the coordinates is missing."),
        Mistake("wrong sign", lambda *a: -terms(*a).sum(-1), SIGN),
        Mistake("log base 2", lambda *a: terms(*a).sum(-1) / math.log(2), BITS),
        Mistake("log base 2", lambda *a: terms(*a).sum(-1).exp().log2(), BITS + " And far out a density is 0 for a computer."),
        Mistake("density, not its log", lambda *a: terms(*a).sum(-1).exp(), "this is the density; its logarithm is asked."),
        Mistake("density, not its log", lambda *a: terms(*a).exp(), "these are the coordinates' densities; asked is the logarithm of their product."),
        Mistake("density, not its log", lambda *a: terms(*a).exp().sum(-1), "these are densities added up; asked is the logarithm of their product."),
        Mistake("missing ½", pieces(square=lambda d, s: d**2 / s**2), "a ½ is missing in front of the square."),
        Mistake("σ for σ²", pieces(square=lambda d, s: d**2 / (2 * s)), swapped),
        Mistake("σ for σ²", pieces(square=lambda d, s: d**2 / (2 * s), log=lambda s: s.log() / 2), swapped),
        Mistake("ln σ for ln σ²", pieces(log=lambda s: 2 * s.log()), "look at the logarithm: of σ, or of σ²?"),
        Mistake("ln σ for ln σ²", pieces(log=lambda s: s.log() / 2), "look at the logarithm: of σ, or of σ²?"),
        Mistake("missing ln σ", pieces(log=lambda s: 0 * s), "a narrow Gaussian is higher: the term with ln σ is missing."),
        Mistake("ln 2π once", lambda *a: terms(*a).sum(-1) + LN_2PI / 2 * (a[0].shape[-1] - 1), "every coordinate has its own constant with 2π: what is inside the sum?"),
        Mistake("missing ln 2π", pieces(constant=0.0), "the constant with 2π is missing."),
        Mistake("missing ½", pieces(constant=LN_2PI), "2π stands under a square root: look at its logarithm."),
        Mistake("only the square", lambda x, m, s: -((x - m) ** 2 / (2 * s**2)).sum(-1), "only the square is there: what makes the density integrate to one?"),
        Mistake("only the square", lambda x, m, s: -((x - m) ** 2).sum(-1), "this is the squared error; a log density has σ and constants in it."),
    ]  # fmt: skip

    def right(x, mean, sigma):
        return terms(x, mean, sigma).sum(-1)

    reread = "part 2 above: the density of a Gaussian, and what ln makes of a product"
    x = torch.tensor([[1.0, 0.0, 2.0], [0.0, 1.0, -1.0]]).double()
    far = (SMALL[0] + 60 * SMALL[1], *SMALL)  # where a density underflows
    many = tuple(torch.full((2, 1024), v).double() for v in (0.5, 0.0, 3.0))  # where a product of densities does
    three = (torch.stack([x, 2 * x]), *SMALL)
    fixed = [(x, *SMALL), three, far, many]
    compare(student, right, draw, mistakes, reread=reread, fixed=fixed, needs="tensor", atol=2e-3, seed=seed)


def monte_carlo(student: Callable, batch: int = 5, latents: int = 3, samples: int = 8, seed: int = 0) -> None:
    """Check `monte_carlo_kl(mu, sigma, epsilon)`, epsilon (samples, batch, latents) -> (batch,)."""

    def ratio(mu, sigma, epsilon, spread=lambda s: s):  # log q(z|x) − log p(z), (samples, batch, latents)
        z = mu + spread(sigma) * epsilon
        return Normal(mu, sigma).log_prob(z) - Normal(0.0, 1.0).log_prob(z)

    def half_closed(mu, sigma, epsilon):
        log_p = Normal(0.0, 1.0).log_prob(mu + sigma * epsilon)
        return -(sigma.log() + (LN_2PI + 1) / 2).sum(-1) - log_p.sum(-1).mean(0)

    def prior_only(mu, sigma, epsilon):
        return -Normal(0.0, 1.0).log_prob(mu + sigma * epsilon).sum(-1).mean(0)

    def no_shift(mu, sigma, epsilon):
        return (Normal(mu, sigma).log_prob(epsilon) - Normal(0.0, 1.0).log_prob(epsilon)).sum(-1).mean(0)

    mistakes = [
        Mistake("held above 0", lambda *a: ratio(*a).sum(-1).mean(0).clamp(min=0), "some answers are held at 0 or above: the KL is never negative, but an estimate of it may be."),
        Mistake("held above 0", lambda *a: ratio(*a).sum(-1).clamp(min=0).mean(0), "each sample is held at 0 or above: the difference of the logarithms may be negative, only its mean may not."),
        Mistake("held above 0", lambda *a: ratio(*a).sum(-1).mean(0).abs(), "the size of a negative number is given: the KL is never negative, but an estimate of it may be."),
        Mistake("held above 0", lambda *a: ratio(*a).sum(-1).abs().mean(0), "the size of each sample is taken: the difference of the logarithms may be negative, only its mean may not."),
        Mistake("σ² given to Normal", lambda mu, sigma, epsilon: (Normal(mu, sigma**2).log_prob(mu + sigma * epsilon) - Normal(0.0, 1.0).log_prob(mu + sigma * epsilon)).sum(-1).mean(0), "log q is that of another Gaussian: where a standard deviation is expected stands a variance."),
        Mistake("wrong direction", lambda mu, sigma, epsilon: (Normal(0.0, 1.0).log_prob(epsilon) - Normal(mu, sigma).log_prob(epsilon)).sum(-1).mean(0), "this is KL(p ‖ q), the other way round: over which density is the mean?"),
        Mistake("mean for sum", lambda *a: ratio(*a).mean(-1).mean(0), LATENTS),
        Mistake("sum over samples", lambda *a: ratio(*a).sum(-1).sum(0), "you added the samples up; an expectation is their mean."),
        Mistake("wrong axis", lambda *a: ratio(*a).sum(-1).mean(1), "you averaged over the images and kept the samples."),
        Mistake("mean over images", lambda *a: ratio(*a).sum(-1).mean(), IMAGES),
        Mistake("no mean", lambda *a: ratio(*a).sum(-1), "the mean over the samples is missing."),
        Mistake("wrong sign", lambda *a: -ratio(*a).sum(-1).mean(0), SIGN + " Which logarithm comes first?"),
        Mistake("σ for σ²", lambda *a: ratio(*a, spread=lambda s: s**2).sum(-1).mean(0), "z = μ + σ ε: the noise is scaled by the standard deviation."),
        Mistake("σ for σ²", lambda *a: ratio(*a, spread=lambda s: s.sqrt()).sum(-1).mean(0), "σ is a standard deviation already: no root is needed."),
        Mistake("noise left out", lambda *a: ratio(*a, spread=lambda s: 0 * s).sum(-1).mean(0), "every sample sits at μ: where is ε?"),
        Mistake("samples from the prior", no_shift, "ε itself is a sample of the prior; the mean is over z from q(z|x)."),
        Mistake("log q left out", prior_only, "this is −E log p(z): the term log q(z|x) is missing."),
        Mistake("closed form", lambda mu, sigma, epsilon: closed_kl(mu, sigma).sum(1), "this is the closed form again; here the samples decide."),
        Mistake("log base 2", lambda *a: ratio(*a).sum(-1).mean(0) / math.log(2), BITS),
        Mistake("divided by S − 1", lambda *a: ratio(*a).sum(-1).sum(0) / max(len(a[2]) - 1, 1), "you divided by S − 1; a mean of S samples divides by S."),
        Mistake("density of ε", lambda mu, sigma, epsilon: (Normal(0.0, 1.0).log_prob(epsilon) - Normal(0.0, 1.0).log_prob(mu + sigma * epsilon)).sum(-1).mean(0), "this is the density of ε; that of z is another one: it is stretched by σ."),
        Mistake("one sample", lambda *a: ratio(*a).sum(-1)[0], "this is the first sample alone: their mean is asked."),
        Mistake("one sample", lambda *a: ratio(*a).sum(-1)[-1], "this is the last sample alone: their mean is asked."),
        *(Mistake("another prior", lambda mu, sigma, epsilon, p=p: (Normal(mu, sigma).log_prob(mu + sigma * epsilon) - Normal(*p(mu, sigma)).log_prob(mu + sigma * epsilon)).sum(-1).mean(0), "log p(z) is that of another Gaussian: the prior is N(0, 1) for every image.") for p in (lambda m, s: (0 * m, s), lambda m, s: (m, 1 + 0 * s))),
        Mistake("mean of the codes", lambda *a: ratio(*a[:2], a[2].mean(0)).sum(-1), "you averaged the codes first; average the difference of the logarithms."),
        Mistake("closed form", half_closed, "a closed form for log q(z|x); here the samples decide in both logarithms."),
        Mistake("mean of the ratios", lambda *a: torch.logsumexp(ratio(*a).sum(-1), 0) - math.log(len(a[2])), "you averaged q/p and took the logarithm; the mean is over the logarithms."),
        Mistake("noise not used", lambda mu, sigma, epsilon: ratio(mu, sigma, torch.ones_like(epsilon)).sum(-1).mean(0) + 0.1, UNUSED, shows=deaf_but_not_closed),
    ]  # fmt: skip

    def right(mu, sigma, epsilon):
        return ratio(mu, sigma, epsilon).sum(-1).mean(0)

    def draw(rng):
        return *encoder_output(rng, batch, latents), torch.tensor(rng.normal(size=(samples, batch, latents)))

    still = (torch.zeros(2, 2).double(), torch.full((2, 2), 2.0).double(), torch.zeros(3, 2, 2).double())  # below 0
    reread = "part 3 above, and lecture 2 on reparameterisation"
    fixed = [(*SMALL, NOISE), still]
    compare(student, right, draw, mistakes, reread=reread, fixed=fixed, needs="tensor", atol=1e-3, seed=seed)


def deaf_but_not_closed(mine, args, ask) -> bool:
    """The same answer for other noise, and not the closed form, which has a name of its own."""
    mu, sigma, _ = args
    return deaf(2)(mine, args, ask) and not np.allclose(mine, closed_kl(mu, sigma).sum(1), rtol=1e-3, atol=1e-3)
