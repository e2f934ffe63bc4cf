"""Exercise 02: the KL of a Gaussian from the prior, log densities, Monte Carlo, and the ELBO; all in nats per image."""

# ruff: noqa: E501 - a mistake a line, as a table

import math
from collections.abc import Callable

import numpy as np
import torch
from torch.distributions import Normal

from dvlab.checks.base import Mistake, compare

LN_2PI = math.log(2 * math.pi)
EXAMPLE = (torch.tensor([[1.0, -1.0]]), torch.tensor([[0.5, 2.0]]))  # the KL is 2.125 nats
PIXELS = "you averaged over the pixels; log p(x|z) of an image is a sum over them. This is the invisible β."
LATENTS = "you averaged over the latents; a KL is a sum over them."
IMAGES = "you averaged over the images; give one number for each image."
BITS = "a logarithm to base 2 gives bits; nats need the natural logarithm."
SIGN = "the sign is the wrong way round."


def encoder_output(rng: np.random.Generator, batch: int, latents: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Some μ and σ of shape (batch, latents), with σ well away from 1, where many mistakes vanish."""
    mu = rng.normal(scale=1.5, size=(batch, latents))
    sigma = np.exp(rng.uniform(0.2, 1.0, size=(batch, latents)) * rng.choice([-1, 1], size=(batch, latents)))
    return torch.tensor(mu), torch.tensor(sigma)


def closed_kl(mu: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
    """KL(N(μ, σ²) ‖ N(0, 1)) of each latent, (batch, latents), from torch.distributions."""
    return torch.distributions.kl_divergence(Normal(mu, sigma), Normal(torch.zeros_like(mu), torch.ones_like(mu)))


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

    swapped = "the square is divided by the variance σ², and σ is the standard deviation."
    mistakes = [
        Mistake("mean for sum", lambda *a: terms(*a).mean(-1), "you averaged over the coordinates; log p of independent ones adds up."),
        Mistake("wrong axis", lambda *a: terms(*a).sum(0), "you summed over the batch, not over the coordinates."),
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

    def draw(rng):
        mean, sigma = encoder_output(rng, batch, size)
        return mean + sigma * torch.tensor(rng.normal(size=(batch, size))), mean, sigma

    compare(
        student, right, draw, mistakes, reread="part 2 above: the density of a Gaussian, and what ln makes of a product"
    )


def monte_carlo(student: Callable, batch: int = 5, latents: int = 3, samples: int = 8) -> None:
    """Check `monte_carlo_kl(mu, sigma, epsilon)`, epsilon (samples, batch, latents) -> (batch,)."""

    def ratio(mu, sigma, epsilon, spread=lambda s: s):  # log q(z|x) − log p(z), (samples, batch, latents)
        z = mu + spread(sigma) * epsilon
        return Normal(mu, sigma).log_prob(z) - Normal(0.0, 1.0).log_prob(z)

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
    ]  # fmt: skip

    def right(mu, sigma, epsilon):
        return ratio(mu, sigma, epsilon).sum(-1).mean(0)

    def draw(rng):
        return *encoder_output(rng, batch, latents), torch.tensor(rng.normal(size=(samples, batch, latents)))

    compare(student, right, draw, mistakes, reread="part 3 above, and lecture 2 on reparameterisation")


def elbo(student: Callable, batch: int = 5, latents: int = 2, pixels: int = 4, samples: int = 8) -> None:
    """Check `elbo(x, W, b, sigma_x, mu, sigma, epsilon)` of the linear-Gaussian VAE -> (batch,)."""

    def recon(x, W, b, sigma_x, mu, sigma, epsilon, spread=lambda s: s):  # log p(x_p|z), (samples, batch, pixels)
        z = mu + spread(sigma) * epsilon
        return Normal(z @ W.T + b, sigma_x).log_prob(x)

    def with_kl(weight=1.0, reduce=lambda r: r.sum(-1).mean(0), **kwargs):  # reconstruction − weight · KL
        return lambda *a: reduce(recon(*a, **kwargs)) - weight * closed_kl(a[4], a[5]).sum(1)

    def sampled_kl(x, W, b, sigma_x, mu, sigma, epsilon):
        z = mu + sigma * epsilon
        log_ratio = Normal(mu, sigma).log_prob(z) - Normal(0.0, 1.0).log_prob(z)
        return (recon(x, W, b, sigma_x, mu, sigma, epsilon).sum(-1) - log_ratio.sum(-1)).mean(0)

    def error_only(x, W, b, sigma_x, mu, sigma, epsilon, scale=1.0):
        error = (x - (mu + sigma * epsilon) @ W.T - b) ** 2
        return -scale * error.sum(-1).mean(0) - closed_kl(mu, sigma).sum(1)

    def swapped_sigma(x, W, b, sigma_x, mu, sigma, epsilon):
        return with_kl()(x, W, b, sigma_x**0.5, mu, sigma, epsilon)

    square = "the squared error is not a log density: σ_x and the constants belong to it."
    mistakes = [
        Mistake("wrong sign", lambda *a: -with_kl()(*a), "this is the loss, the negative ELBO: a bound from below is asked."),
        Mistake("KL added", with_kl(-1.0), "the KL is a price: look at its sign."),
        Mistake("KL left out", with_kl(0.0), "this is the reconstruction alone."),
        Mistake("mean for sum", with_kl(reduce=lambda r: r.mean(-1).mean(0)), PIXELS),
        Mistake("mean for sum", with_kl(1 / latents), LATENTS),
        Mistake("mean for sum", with_kl(1 / latents, reduce=lambda r: r.mean(-1).mean(0)), PIXELS + " The KL is averaged too."),
        Mistake("sum over samples", with_kl(reduce=lambda r: r.sum(-1).sum(0)), "you added the samples up; an expectation is their mean."),
        Mistake("mean over images", lambda *a: with_kl()(*a).mean(), IMAGES),
        Mistake("missing ½", with_kl(2.0), "the KL is counted twice."),
        Mistake("noise left out", with_kl(spread=lambda s: 0 * s), "you decoded μ; the expectation is over z from q(z|x)."),
        Mistake("σ for σ²", with_kl(spread=lambda s: s**2), "z = μ + σ ε: the noise is scaled by the standard deviation."),
        Mistake("σ for σ²", swapped_sigma, "σ_x is a standard deviation, not a variance."),
        Mistake("squared error", error_only, square),
        Mistake("squared error", lambda *a: error_only(*a, scale=0.5), square),
        Mistake("squared error", lambda *a: error_only(*a, scale=0.5 / a[3] ** 2), "the constants of log p(x|z) are missing."),
        Mistake("Monte-Carlo KL", sampled_kl, "an ELBO too, but with a sampled KL: use the closed form, which has no noise."),
        Mistake("log base 2", lambda *a: with_kl()(*a) / math.log(2), BITS),
    ]  # fmt: skip

    def draw(rng):
        mu, sigma = encoder_output(rng, batch, latents)
        shapes = [(batch, pixels), (pixels, latents), (pixels,), (samples, batch, latents)]
        x, W, b, epsilon = (torch.tensor(rng.normal(size=shape)) for shape in shapes)
        return x, W, b, float(rng.uniform(0.3, 0.8)), mu, sigma, epsilon

    def right(x, W, b, sigma_x, mu, sigma, epsilon):
        return with_kl()(x, W, b, sigma_x, mu, sigma, epsilon)

    compare(student, right, draw, mistakes, reread="part 4 above, and lecture 2 on the ELBO")
