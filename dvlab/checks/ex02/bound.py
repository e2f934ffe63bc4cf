"""Exercise 02, part 4: the ELBO of a linear-Gaussian VAE; and what all parts share; all in nats per image."""

# ruff: noqa: E501 - a mistake a line, as a table

import math
from collections.abc import Callable

import numpy as np
import torch
from torch.distributions import Normal

from dvlab.checks.comparison import Mistake, compare
from dvlab.checks.sentences import BITS

EXAMPLE = (torch.tensor([[1.0, -1.0]]), torch.tensor([[0.5, 2.0]]))  # the KL is 2.125 nats
PIXELS = "you averaged over the pixels; log p(x|z) of an image is a sum over them. This is the invisible β."
LATENTS = "you averaged over the latents; a KL is a sum over them."
IMAGES = "you averaged over the images; give one number for each image."
SIGN = "the sign is the wrong way round."
UNUSED = "the answer is the same for other noise: use the ε that comes as an argument."
SMALL = (
    torch.tensor([[1.0, -1.0, 0.0], [2.0, 0.0, 1.0]]).double(),
    torch.tensor([[0.5, 2, 3], [0.25, 0.5, 2]]).double(),
)
NOISE = torch.tensor([[[1.0, 0, -1], [0, 2, 1]], [[0.0, 1, -2], [-1, 0, 1]]]).double()  # two samples of it


def encoder_output(rng: np.random.Generator, batch: int, latents: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Some μ and σ of shape (batch, latents), with σ well away from 1, where many mistakes vanish."""
    mu = rng.normal(scale=1.5, size=(batch, latents))
    sigma = np.exp(rng.uniform(0.2, 1.0, size=(batch, latents)) * rng.choice([-1, 1], size=(batch, latents)))
    return torch.tensor(mu), torch.tensor(sigma)


def deaf(at: int) -> Callable:
    """Whether the answer stays the same when the argument number `at`, the noise, is another one."""

    def shows(mine, args, ask):
        noise = args[at]
        others = (-noise, 0.5 * noise + 0.3, noise.flip(0) + 1)
        return all(np.array_equal(mine, ask(*args[:at], other, *args[at + 1 :])) for other in others)

    return shows


def closed_kl(mu: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
    """KL(N(μ, σ²) ‖ N(0, 1)) of each latent, (batch, latents), from torch.distributions."""
    return torch.distributions.kl_divergence(Normal(mu, sigma), Normal(torch.zeros_like(mu), torch.ones_like(mu)))


def reverse_kl(mu: torch.Tensor, sigma: torch.Tensor) -> torch.Tensor:
    """KL(N(0, 1) ‖ N(μ, σ²)) summed over the latents."""
    prior = Normal(torch.zeros_like(mu), torch.ones_like(mu))
    return torch.distributions.kl_divergence(prior, Normal(mu, sigma)).sum(1)


def elbo(student: Callable, batch: int = 5, latents: int = 2, pixels: int = 4, samples: int = 8, seed: int = 0) -> None:
    """Check `elbo(x, W, b, sigma_x, mu, sigma, epsilon)` of the linear-Gaussian VAE -> (batch,)."""

    def recon(x, W, b, sigma_x, mu, sigma, epsilon, spread=lambda s: s):  # log p(x_p|z), (samples, batch, pixels)
        z = mu + spread(sigma) * epsilon
        return Normal(z @ W.T + b, sigma_x).log_prob(x)

    def with_kl(weight=1.0, reduce=lambda r: r.sum(-1).mean(0), **kwargs):  # reconstruction − weight · KL
        def elbo_with(*a):
            latents = a[4].shape[1]
            times = 1 / latents if weight == "1/D" else weight
            return reduce(recon(*a, **kwargs)) - times * closed_kl(a[4], a[5]).sum(1)

        return elbo_with

    def evidence(x, W, b, sigma_x, *_):
        cov = W @ W.T + sigma_x**2 * torch.eye(len(b), dtype=x.dtype)
        square = ((x - b) * torch.linalg.solve(cov, (x - b).T).T).sum(1)
        return -0.5 * (square + torch.logdet(cov) + len(b) * math.log(2 * math.pi))

    def sampled_kl(x, W, b, sigma_x, mu, sigma, epsilon):
        z = mu + sigma * epsilon
        log_ratio = Normal(mu, sigma).log_prob(z) - Normal(0.0, 1.0).log_prob(z)
        return (recon(x, W, b, sigma_x, mu, sigma, epsilon).sum(-1) - log_ratio.sum(-1)).mean(0)

    def error_only(x, W, b, sigma_x, mu, sigma, epsilon, scale=1.0):
        error = (x - (mu + sigma * epsilon) @ W.T - b) ** 2
        return -scale * error.sum(-1).mean(0) - closed_kl(mu, sigma).sum(1)

    def swapped_sigma(x, W, b, sigma_x, mu, sigma, epsilon):
        return with_kl()(x, W, b, sigma_x**0.5, mu, sigma, epsilon)

    def shifted(by):  # b left out, or with the wrong sign: another x
        return lambda x, W, b, *rest: with_kl()(x + by * b, W, b, *rest)

    def another(epsilon):  # other codes decoded
        return lambda *a: with_kl()(*a[:6], epsilon(*a[4:])) + 0 * a[4].sum(1)

    def jensen(*a):
        return torch.logsumexp(recon(*a).sum(-1), 0) - math.log(len(a[6])) - closed_kl(a[4], a[5]).sum(1)

    square = "the squared error is not a log density: σ_x and the constants belong to it."
    mistakes = [
        Mistake("wrong sign", lambda *a: -with_kl()(*a), "this is the loss, the negative ELBO: a bound from below is asked."),
        Mistake("KL added", with_kl(-1.0), "a KL lowers the bound: look at its sign."),
        Mistake("KL left out", with_kl(0.0), "this is the reconstruction, E log p(x|z), alone."),
        Mistake("mean for sum", with_kl(reduce=lambda r: r.mean(-1).mean(0)), PIXELS),
        Mistake("mean for sum", with_kl("1/D"), LATENTS),
        Mistake("mean for sum", with_kl("1/D", reduce=lambda r: r.mean(-1).mean(0)), PIXELS + " The KL is averaged too."),
        Mistake("sum over samples", with_kl(reduce=lambda r: r.sum(-1).sum(0)), "you added the samples up; an expectation is their mean."),
        Mistake("mean over images", lambda *a: with_kl()(*a).mean(), IMAGES),
        Mistake("mean over images", lambda *a: with_kl(0.0)(*a) - closed_kl(a[4], a[5]).sum(1).mean(), "the KL is averaged over the images: each image has its own."),
        Mistake("mean over images", lambda *a: with_kl(0.0)(*a).mean() - closed_kl(a[4], a[5]).sum(1), "the reconstruction is averaged over the images: each image has its own."),
        Mistake("one sample", with_kl(reduce=lambda r: r.sum(-1)[0]), "the first sample alone decides: an expectation is a mean over all of them."),
        Mistake("wrong direction", lambda *a: with_kl(0.0)(*a) - reverse_kl(a[4], a[5]), "this has KL(p ‖ q), the other way round: over which density is the mean?"),
        Mistake("missing ½", with_kl(2.0), "the KL is counted twice."),
        Mistake("noise left out", with_kl(spread=lambda s: 0 * s), "you decoded μ; the expectation is over z from q(z|x)."),
        Mistake("σ for σ²", with_kl(spread=lambda s: s**2), "z = μ + σ ε: the noise is scaled by the standard deviation."),
        Mistake("σ for σ²", swapped_sigma, "σ_x is a standard deviation, not a variance."),
        Mistake("σ for σ²", lambda x, W, b, sigma_x, *rest: with_kl()(x, W, b, sigma_x**2, *rest), "σ_x² was given where a standard deviation is expected: which of the two does your log density take?"),
        Mistake("b left out", shifted(1), "the decoder's mean is not complete: its constant is missing."),
        Mistake("wrong sign of b", shifted(2), "the decoder *adds* its constant b."),
        Mistake("ε for z", another(lambda mu, sigma, epsilon: (epsilon - mu) / sigma), "you decoded ε, a sample of the prior; the expectation is over z from q(z|x)."),
        Mistake("mean of the codes", another(lambda mu, sigma, epsilon: epsilon.mean(0, keepdim=True)), "you averaged the codes first; average the log densities of what they decode to."),
        Mistake("sum over images", lambda *a: with_kl(0.0)(*a) - closed_kl(a[4], a[5]).sum(), "the KL is added up over the images: each image has its own."),
        *(Mistake("held below 0", lambda *a, f=f: f(with_kl()(*a)), "some answers are held at 0 or below, or have lost their sign: pixels have a *density*, which may be above 1, so an ELBO may be above 0.") for f in (lambda t: t.clamp(max=0), lambda t: -t.abs())),
        Mistake("log p(x)", evidence, "this is log p(x) itself, whatever the encoder; the ELBO depends on q."),
        Mistake("mean of the densities", jensen, "you averaged the densities and took the logarithm; the ELBO is a mean of logarithms."),
        Mistake("noise not used", lambda *a: with_kl()(*a[:6], torch.ones_like(a[6])), UNUSED, shows=deaf(6)),
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

    W, b = torch.tensor([[1.0, 0, 1], [0, 1, 1]]).double(), torch.tensor([0.5, -1]).double()
    small = (torch.tensor([[1.0, 0], [0, 2]]).double(), W, b, 0.5, *SMALL, NOISE)
    rng = np.random.default_rng(1)
    wide, far = (torch.tensor(rng.normal(size=(400, 3))) / 10 for _ in range(2))
    wide = (5 + wide.T[:2], far, far[:, 0], 0.5, *SMALL, NOISE)  # 400 pixels, all far from what is decoded
    sharp = (b[None].expand(2, 2) + 0.01, W / 50, b, 0.05, *(torch.full((2, 3), v).double() for v in (0.1, 0.9)), NOISE)
    reread = "part 4 above, and lecture 2 on the ELBO"
    compare(
        student, right, draw, mistakes, reread=reread, fixed=[small, wide, sharp], needs="tensor", atol=1e-3, seed=seed
    )
