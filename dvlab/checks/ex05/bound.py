"""Exercise 05, part 3: the reconstruction and the ELBO of a batch, and the gradient; in nats per image."""

# ruff: noqa: E501 - a mistake a line, as a table

import math
from collections.abc import Callable

import numpy as np
import torch
from torch.nn import functional as F

from dvlab.checks.comparison import Mistake, Table, compare
from dvlab.checks.ex02.bound import IMAGES, LATENTS, PIXELS, SIGN, UNUSED, closed_kl, deaf
from dvlab.checks.ex05.own import Matrix, flows, gradient, matrices, wrapped
from dvlab.checks.sentences import BITS

FLOOR = "where a probability is very near 0 or 1 the numbers are wrong: something is added inside the logarithm, or it is held at a bound."
LOGITS = "the decoder gives *logits*: the probability is their sigmoid."
STOPPED = "the numbers are right, the gradient is not: it does not reach the "


def cross_entropy(x: torch.Tensor, logits: torch.Tensor) -> torch.Tensor:
    """−log p of each pixel; torch's binary_cross_entropy_with_logits can take 30 ms a call on a busy machine."""
    return F.softplus(logits) - x * logits


def reconstruction(student: Callable, batch: int = 4, pixels: int = 6, seed: int = 0) -> None:
    """Check `reconstruction(x, logits)`, (batch, pixels) twice -> (batch,), −log p(x|z) in nats."""

    def by_hand(x, logits, log=torch.log):
        p = logits.sigmoid()
        return -(x * log(p) + (1 - x) * log(1 - p)).sum(1)

    def as_if(change, reduce=lambda t: t.sum(1)):
        return lambda x, logits: reduce(change(x, logits))

    mistakes = [
        Mistake("mean for sum", as_if(cross_entropy, lambda t: t.mean(1)), PIXELS),
        Mistake("mean for sum", as_if(cross_entropy, lambda t: t.mean()), "this is one mean over pixels *and* images: pixels add up, and one number is asked for each image."),
        Mistake("mean over images", as_if(cross_entropy, lambda t: t.sum(1).mean()), IMAGES),
        Mistake("sum over images", as_if(cross_entropy, lambda t: t.sum()), "you added over the images too: one number for each is asked."),
        Mistake("wrong axis", as_if(cross_entropy, lambda t: t.sum(0)), "you added over the images and kept the pixels."),
        Mistake("no sum", cross_entropy, "the sum over the pixels is missing."),
        Mistake("wrong sign", as_if(cross_entropy, lambda t: -t.sum(1)), SIGN + " A reconstruction loss is −log p(x|z)."),
        Mistake("half of it", as_if(lambda x, l: -x * F.logsigmoid(l)), "only the term with x is there: where is 1 − x?"),
        Mistake("half of it", as_if(lambda x, l: -(1 - x) * F.logsigmoid(-l)), "only the term with 1 − x is there: where is x?"),
        Mistake("changed places", as_if(lambda x, l: cross_entropy(1 - x, l)), "x and 1 − x have changed places, or the sign of the logits is the wrong way round."),
        Mistake("changed places", as_if(lambda x, l: cross_entropy(l, x)), "x and the logits have changed places."),
        Mistake("sigmoid twice", as_if(lambda x, l: cross_entropy(x, l.sigmoid())), "the sigmoid is taken twice: the function that you call takes logits and does it by itself."),
        Mistake("no sigmoid", as_if(lambda x, l: -(x * l.log() + (1 - x) * (1 - l).log())), LOGITS),
        Mistake("no sigmoid", as_if(lambda x, l: -(x * l.clamp(1e-6, 1 - 1e-6).log() + (1 - x) * (1 - l.clamp(1e-6, 1 - 1e-6)).log())), LOGITS),
        Mistake("softmax", as_if(lambda x, l: -x * l.log_softmax(1)), "a softmax makes the pixels compete; each pixel is a coin of its own."),
        *(Mistake("squared error", as_if(lambda x, l, f=f, h=h: h * (x - f(l)) ** 2), "this is the squared error, of Gaussian pixels; these are Bernoulli pixels.") for f in (torch.sigmoid, lambda l: l) for h in (1, 0.5)),
        Mistake("log base 2", as_if(cross_entropy, lambda t: t.sum(1) / math.log(2)), BITS),
        Mistake("underflow", by_hand, "a sigmoid of 50 is 1 for a computer, and log(1 − 1) is −∞: stay with the logits (log p has a stable form; torch has it, too)."),
        Mistake("floor", lambda x, l: by_hand(x, l, lambda p: (p + 1e-8).log()), FLOOR, shows=floored),
    ]  # fmt: skip

    def right(x, logits):
        return cross_entropy(x, logits).sum(1)

    def draw(rng):
        x = torch.tensor(rng.uniform(0, 1, (batch, pixels)).round(2))
        return x, torch.tensor(rng.normal(scale=2, size=(batch, pixels)))

    few = (torch.tensor([[1.0, 0.0, 0.5], [0, 1, 1]]).double(), torch.tensor([[0.0, 1.0, -1.0], [2, 0, 3]]).double())
    sure = (torch.tensor([[1.0, 0.0, 0.25]]).double(), torch.tensor([[-60.0, 150.0, 800.0]]).double())
    reread = "part 3 above, and lecture 2 on the reconstruction"
    compare(wrapped(student, lambda f, x, logits: f(x, logits)), right, draw, mistakes, reread=reread, fixed=[few, sure], needs="tensor", also=lambda f: flows(f, 2), rtol=1e-5, seed=seed)  # fmt: skip


def floored(mine, args, ask) -> bool:
    """Right wherever no logit is large, and lower than right, but finite, where one is."""
    x, logits = args
    right = cross_entropy(x, logits).sum(1).numpy()
    if mine.shape != right.shape or not np.isfinite(mine).all():
        return False
    large = (logits.abs() > 12).any(1).numpy()
    return bool((np.isclose(mine, right, rtol=1e-2, atol=1e-2) | large).all() and (mine[large] < right[large]).all())


def parts(x, encoder, decoder, epsilon, noise=lambda s, e: s * e, sigma=torch.exp):
    """−log p of each pixel, the KL of each latent, and z, for two matrices."""
    mu, log_sigma = (x @ encoder.T).chunk(2, 1)
    s = sigma(log_sigma)
    z = mu + noise(s, epsilon)
    return cross_entropy(x, z @ decoder.T), closed_kl(mu, s), z


def elbo(student: Callable, batch: int = 3, pixels: int = 4, latents: int = 2, seed: int = 0) -> None:
    """Check `elbo(x, encoder, decoder, epsilon)` -> (batch,), and its gradient in both networks."""

    def of(combine, **kwargs):
        return lambda *a: combine(*parts(*a, **kwargs)[:2])

    def total(rec, kl):
        return -rec.sum(1) - kl.sum(1)

    def sampled(x, encoder, decoder, epsilon):
        rec, _, z = parts(x, encoder, decoder, epsilon)
        log_sigma = (x @ encoder.T).chunk(2, 1)[1]
        return -rec.sum(1) - (-log_sigma - epsilon**2 / 2 + z**2 / 2).sum(1)

    mistakes = [
        Mistake("wrong sign", of(lambda r, k: -total(r, k)), "this is the loss, the *negative* ELBO."),
        Mistake("wrong sign", of(lambda r, k: r.sum(1) - k.sum(1)), "the reconstruction is a loss, −log p(x|z): which sign has it in the ELBO?"),
        Mistake("wrong sign", of(lambda r, k: -r.sum(1) + k.sum(1)), "the KL has the wrong sign: does the ELBO rise with it?"),
        Mistake("mean over images", of(lambda r, k: total(r, k).mean()), IMAGES),
        Mistake("sum over images", of(lambda r, k: total(r, k).sum()), "you added over the images; one number for each is asked."),
        Mistake("mean for sum", of(lambda r, k: -r.sum(1) - k.mean(1)), LATENTS),
        Mistake("mean for sum", of(lambda r, k: -r.mean(1) - k.sum(1)), PIXELS),
        Mistake("mean for sum", of(lambda r, k: -r.mean(1) - k.mean(1)), PIXELS + " And the KL is a sum over the latents."),
        Mistake("one for all", of(lambda r, k: -r.sum(1) - k.sum(1).mean()), "the KL is averaged over the images before it is subtracted: each image has its own."),
        Mistake("one for all", of(lambda r, k: -r.sum(1).mean() - k.sum(1)), "the reconstruction is averaged over the images: each image has its own."),
        Mistake("one for all", of(lambda r, k: -r.sum(1) - k.sum()), "the KL is added up over the images: each image has its own."),
        Mistake("no KL", of(lambda r, k: -r.sum(1)), "the KL is missing."),
        Mistake("no reconstruction", of(lambda r, k: -k.sum(1)), "the reconstruction is missing."),
        Mistake("missing ½", of(lambda r, k: -r.sum(1) - 2 * k.sum(1)), "the KL is twice what it should be."),
        Mistake("missing ½", of(lambda r, k: -r.sum(1) - k.sum(1) / 2), "the KL is half of what it should be."),
        Mistake("σ² for σ", lambda *a: kl_of(lambda m, l: 0.5 * (m**2 + l.exp() - 1) - l)(*a), "the KL takes σ where σ² belongs, or the other way round."),
        Mistake("σ² for σ", lambda *a: kl_of(lambda m, l: 0.5 * (m**2 + (2 * l).exp() - 1 - l))(*a), "look at the logarithm in the KL: is it of σ, or of σ²?"),
        Mistake("σ² for σ", lambda *a: kl_of(lambda m, l: 0.5 * (m**2 + l.exp() - 1 - l))(*a), "the KL reads the encoder's second half as ln σ²; it is ln σ."),
        Mistake("σ² for σ", of(total, noise=lambda s, e: s**2 * e), "z = μ + σ ε: the noise is scaled by the standard deviation."),
        Mistake("σ² for σ", of(total, sigma=lambda l: (l / 2).exp()), "the encoder's second half is taken for ln σ²; it is ln σ."),
        Mistake("wrong direction", lambda *a: kl_of(lambda m, l: 0.5 * ((m**2 + 1) * (-2 * l).exp() - 1) + l)(*a), "this is KL(p ‖ q), the other way round: over which density is the mean?"),
        Mistake("μ for μ²", lambda *a: kl_of(lambda m, l: 0.5 * (m + (2 * l).exp() - 1) - l)(*a), "a KL cannot depend on the sign of μ: look at the term with μ."),
        Mistake("sigmoid twice", lambda x, enc, dec, e: -cross_entropy(x, (parts(x, enc, dec, e)[2] @ dec.T).sigmoid()).sum(1) - parts(x, enc, dec, e)[1].sum(1), "the decoder gives logits, and so your reconstruction takes them: no sigmoid between the two."),
        Mistake("missing −1", lambda *a: kl_of(lambda m, l: 0.5 * (m**2 + (2 * l).exp()) - l)(*a), "at μ = 0, σ = 1 the KL must be 0: a constant is missing."),
        Mistake("missing −1", lambda *a: kl_of(lambda m, l: 0.5 * (m**2 + (2 * l).exp()) - l - 1)(*a), "at μ = 0, σ = 1 the KL must be 0: where are the brackets?"),
        Mistake("wrong sign", lambda *a: kl_of(lambda m, l: 0.5 * (m**2 + (2 * l).exp() - 1) + l)(*a), "a term of the KL has the wrong sign: which way does it pull σ?"),
        Mistake("noise left out", of(total, noise=lambda s, e: 0 * e), "every sample sits at μ: where is ε?"),
        Mistake("σ left out", of(total, noise=lambda s, e: e), "the noise has the same size for every latent: where is σ?"),
        Mistake("ε for z", lambda x, enc, dec, e: -cross_entropy(x, e @ dec.T).sum(1) - parts(x, enc, dec, e)[1].sum(1), "the decoder gets ε, not z."),
        Mistake("sampled KL", sampled, "a fair estimate, but a noisy one: the KL of a Gaussian from the prior has a closed form, and it is asked."),
        Mistake("squared error", lambda x, enc, dec, e: -((x - parts(x, enc, dec, e)[2] @ dec.T) ** 2).sum(1) - parts(x, enc, dec, e)[1].sum(1), "the reconstruction is a squared error; these are Bernoulli pixels."),
        Mistake("squared error", lambda x, enc, dec, e: -((x - (parts(x, enc, dec, e)[2] @ dec.T).sigmoid()) ** 2).sum(1) - parts(x, enc, dec, e)[1].sum(1), "the reconstruction is a squared error; these are Bernoulli pixels."),
        Mistake("log base 2", of(lambda r, k: total(r, k) / math.log(2)), BITS),
        Mistake("noise not used", of(total, noise=lambda s, e: 2 * s), UNUSED, shows=lambda mine, args, ask: not np.isnan(mine).any() and deaf(3)(mine, args, ask)),
    ]  # fmt: skip

    def right(x, encoder, decoder, epsilon):
        return total(*parts(x, encoder, decoder, epsilon)[:2])

    def call(student, x, encoder, decoder, epsilon):
        return student(x, Matrix(encoder), Matrix(decoder), epsilon)

    draw = drawing(batch, pixels, latents)
    compare(wrapped(student, call), right, draw, mistakes, reread=REREAD, fixed=[few()], needs="tensor", seed=seed)
    if student is not Table:
        elbo_gradient(student, batch, pixels, latents, seed)


def elbo_gradient(student: Callable, batch: int = 3, pixels: int = 4, latents: int = 2, seed: int = 0) -> None:
    """Check the gradient of the mean of `elbo(x, encoder, decoder, epsilon)` in both networks."""

    def call(student, x, encoder, decoder, epsilon):
        nets = Matrix(encoder), Matrix(decoder)
        return gradient(student(x, *nets, epsilon).mean(), [net.weight for net in nets], "elbo")

    def pieces(x, encoder, decoder, epsilon, change=lambda z: z):
        _, kl, z = parts(x, encoder, decoder, epsilon)
        return -cross_entropy(x, change(z) @ decoder.T).sum(1), -kl.sum(1)

    mistakes = [
        Mistake("z without gradient", slope(lambda *a: sum(pieces(*a, torch.Tensor.detach))), STOPPED + "encoder through z."),
        Mistake("KL without gradient", slope(lambda *a: pieces(*a)[0] + pieces(*a)[1].detach()), STOPPED + "encoder through the KL."),
        Mistake("reconstruction without gradient", slope(lambda *a: pieces(*a)[0].detach() + pieces(*a)[1]), STOPPED + "networks through the reconstruction."),
    ]  # fmt: skip

    def right(x, encoder, decoder, epsilon):
        return slope(lambda *a: sum(pieces(*a)))(x, encoder, decoder, epsilon)

    draw = drawing(batch, pixels, latents)
    gradients = wrapped(student, call)
    if student is not Table:
        gradients.__name__ = "the gradient of elbo"
    compare(gradients, right, draw, mistakes, reread=REREAD, fixed=[few()], seed=seed)


REREAD = "part 3 above, and lecture 2, equation (4)"


def few() -> tuple[torch.Tensor, ...]:
    """One image of two pixels and one latent, for paper."""
    x, encoder, decoder, epsilon = [[1.0, 0.0]], [[1.0, 0], [-1, 1]], [[1.0], [-2]], [[-1.0]]
    return tuple(torch.tensor(v).double() for v in (x, encoder, decoder, epsilon))


def drawing(batch: int, pixels: int, latents: int) -> Callable:
    """draw(rng) -> x, encoder, decoder, ε."""

    def draw(rng):
        x = torch.tensor(rng.uniform(0, 1, (batch, pixels)).round(2))
        return x, *matrices(rng, pixels, latents), torch.tensor(rng.normal(size=(batch, latents)))

    return draw


def kl_of(kl: Callable) -> Callable:
    """The ELBO with a KL of one's own, kl(μ, ln σ)."""

    def of(x, encoder, decoder, epsilon):
        return -parts(x, encoder, decoder, epsilon)[0].sum(1) - kl(*(x @ encoder.T).chunk(2, 1)).sum(1)

    return of


def slope(function: Callable) -> Callable:
    """The gradient of its mean in both matrices, as one row."""

    def of(x, encoder, decoder, epsilon, *more):
        nets = [w.clone().requires_grad_() for w in (encoder, decoder)]
        return gradient(function(x, *nets, epsilon, *more).mean(), nets, "")

    return of
