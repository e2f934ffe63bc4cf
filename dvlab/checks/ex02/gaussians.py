"""Exercise 02, parts 1 to 3: the KL of a Gaussian from the prior, log densities, Monte Carlo; all in nats per image."""

# ruff: noqa: E501 - a mistake a line, as a table

import itertools
import math
from collections.abc import Callable

import torch
from torch.distributions import Normal

from dvlab.checks.base import Mistake, compare
from dvlab.checks.ex02.bound import EXAMPLE, IMAGES, LATENTS, SIGN, closed_kl, encoder_output
from dvlab.checks.sentences import BITS, LN_2PI


def kl(student: Callable, batch: int = 5, latents: int = 3) -> None:
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
        Mistake("wrong direction", reverse_kl, "this is KL(p ‖ q), the other way round: over which density is the mean?"),
    ]  # fmt: skip

    def right(mu, sigma):
        return closed_kl(mu, sigma).sum(1)

    def draw(rng):
        return encoder_output(rng, batch, latents)

    compare(student, right, draw, mistakes, reread="part 1 above, and lecture 2 on the KL", example=EXAMPLE)


def reverse_kl(mu: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
    """KL(N(0, 1) ‖ N(μ, σ²)) summed over the latents."""
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    return torch.distributions.kl_divergence(prior, Normal(mu, sigma)).sum(1)


def log_density(student: Callable, batch: int = 5, size: int = 4) -> None:
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
    compare(student, right, draw, mistakes, reread=reread)


def monte_carlo(student: Callable, batch: int = 5, latents: int = 3, samples: int = 8) -> None:
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
        Mistake("mean of the codes", lambda *a: ratio(*a[:2], a[2].mean(0)).sum(-1), "you averaged the codes first; average the difference of the logarithms."),
        Mistake("closed form", half_closed, "a closed form for log q(z|x); here the samples decide in both logarithms."),
        Mistake("mean of the ratios", lambda *a: torch.logsumexp(ratio(*a).sum(-1), 0) - math.log(len(a[2])), "you averaged q/p and took the logarithm; the mean is over the logarithms."),
        Mistake("noise not used", lambda mu, sigma, epsilon: student(mu, sigma, -epsilon), "your answer is the same for other noise: use the ε that you are given."),
    ]  # fmt: skip

    def right(mu, sigma, epsilon):
        return ratio(mu, sigma, epsilon).sum(-1).mean(0)

    def draw(rng):
        return *encoder_output(rng, batch, latents), torch.tensor(rng.normal(size=(samples, batch, latents)))

    compare(student, right, draw, mistakes, reread="part 3 above, and lecture 2 on reparameterisation")
