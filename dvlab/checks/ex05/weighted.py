"""Exercise 05, part 6: the loss with three weights, its terms and its gradient; in nats per image."""

# ruff: noqa: E501 - a mistake a line, as a table

from collections.abc import Callable
from itertools import permutations
from types import SimpleNamespace

import numpy as np
import torch
from torch.distributions import Bernoulli, Normal

from dvlab.checks.comparison import Mistake, Table, Unreadable, as_array, compare
from dvlab.checks.ex02.bound import LATENTS, PIXELS, UNUSED, closed_kl, deaf
from dvlab.checks.ex04.minibatch import BATCH, D_TIMES, diagonal, estimate, others, uniform
from dvlab.checks.ex05.bound import STOPPED, cross_entropy
from dvlab.checks.ex05.own import Matrix, gradient, matrices, wrapped
from dvlab.objectives import BetaTCVAE

REREAD = "part 6 above, and lecture 5, section 1"
WEIGHTS = "the three terms are right; the loss has a weight on the wrong one: α weighs MI, β weighs TC, γ the dimension-wise KL."


def pieces(
    x,
    encoder,
    decoder,
    epsilon,
    N,
    alpha=1.0,
    beta=1.0,
    gamma=1.0,
    *,
    noise=lambda s, e: s * e,
    decoded=lambda z, e, m: z,
    at=lambda z, m: z,
    weights=None,
    joint=1,
):
    """What the loss is made of, before any sum over images: `rec` (B, P), `kl` (B, D), logs of densities (B,)."""
    mu, log_sigma = (x @ encoder.T).chunk(2, 1)
    sigma = log_sigma.exp()
    z = mu + noise(sigma, epsilon)
    rec = cross_entropy(x, decoded(z, epsilon, mu) @ decoder.T)
    where = at(z, mu)
    logs = estimate(weights or diagonal(lambda B, N: 1 / N, others), joint=joint)(where, mu, sigma, N)
    own, prior = Normal(mu, sigma).log_prob(where).sum(1), Normal(0.0, 1.0).log_prob(where)
    return SimpleNamespace(rec=rec, kl=closed_kl(mu, sigma), own=own, qz=logs[:, 0], qzj=logs[:, 1:], prior=prior, x=x, z=z, decoder=decoder)  # fmt: skip


def terms(p) -> tuple[torch.Tensor, ...]:
    """Reconstruction, MI, TC and dimension-wise KL."""
    kl, tc, dw = p.kl.sum(1).mean(), (p.qz - p.qzj.sum(1)).mean(), (p.qzj.sum(1) - p.prior.sum(1)).mean()
    return p.rec.sum(1).mean(), kl - tc - dw, tc, dw


def total(rec, mi, tc, dw, alpha, beta, gamma):
    return torch.stack([rec + alpha * mi + beta * tc + gamma * dw, mi, tc, dw])


def answers(make: Callable = terms, loss: Callable = total, **changes) -> Callable:
    """An answer of the student's kind: `make` gives the terms of the pieces, `loss` puts them together."""
    return lambda *a: loss(*make(pieces(*a, **changes)), *a[5:])


def with_loss(formula: Callable) -> Callable:
    """Right terms, and a loss of one's own: formula(rec, mi, tc, dw, α, β, γ)."""
    return answers(loss=lambda rec, mi, tc, dw, *w: torch.stack([formula(rec, mi, tc, dw, *w), mi, tc, dw]))


def changed(change: Callable) -> Callable:
    """The right four, changed: change(rec, mi, tc, dw, p) -> the same."""
    return answers(make=lambda p: change(*terms(p), p))


def beta_tcvae(student: Callable, batch: int = 4, pixels: int = 3, latents: int = 2, seed: int = 0) -> None:
    """Check `beta_tcvae(x, encoder, decoder, epsilon, N, alpha, beta, gamma)` -> loss, MI, TC, dimension-wise KL."""
    kl = lambda mi, tc, dw: mi + tc + dw  # noqa: E731
    rest = "the terms are right, the loss is not: "
    mistakes = [
        Mistake("order", answers(loss=lambda *a: total(*a)[[1, 2, 3, 0]]), "the numbers are right, the order is not: the loss first."),
        *(Mistake("order", answers(loss=lambda *a, o=o: total(*a)[[0, *o]]), "the numbers are right, the order is not: loss, MI, TC, dimension-wise KL.") for o in permutations((1, 2, 3)) if o != (1, 2, 3)),
        *(Mistake("weights changed places", with_loss(lambda r, mi, tc, dw, *w, o=o: r + w[o[0]] * mi + w[o[1]] * tc + w[o[2]] * dw), WEIGHTS) for o in permutations(range(3)) if o != (0, 1, 2)),
        Mistake("weighted terms", answers(loss=lambda r, mi, tc, dw, a, b, g: torch.stack([r + a * mi + b * tc + g * dw, a * mi, b * tc, g * dw])), "the loss is right; the other three are asked without their weights."),
        Mistake("β-VAE", with_loss(lambda r, mi, tc, dw, a, b, g: r + b * kl(mi, tc, dw)), rest + "this is β-VAE's, with β on the whole KL."),
        Mistake("weights not used", with_loss(lambda r, mi, tc, dw, a, b, g: r + kl(mi, tc, dw)), rest + "it is the negative ELBO; where are the weights?"),
        Mistake("α and γ not used", with_loss(lambda r, mi, tc, dw, a, b, g: r + kl(mi, tc, dw) + (b - 1) * tc), rest + "this is the slides' case, α = γ = 1."),
        Mistake("α and γ not used", with_loss(lambda r, mi, tc, dw, a, b, g: r + kl(mi, tc, dw) + b * tc), rest + "α and γ are not in it, and TC is counted once too often: the KL holds it already."),
        Mistake("TC counted twice", with_loss(lambda r, mi, tc, dw, a, b, g: r + a * kl(mi, tc, dw) + b * tc + g * dw), rest + "α weighs the whole KL, which holds TC and the dimension-wise KL already."),
        Mistake("TC counted twice", with_loss(lambda r, mi, tc, dw, a, b, g: r + a * kl(mi, tc, dw) + (b - 1) * tc + (g - 1) * dw), rest + "on top of α KL, what is left for TC is β − α, not β − 1."),
        Mistake("TC counted twice", with_loss(lambda r, mi, tc, dw, a, b, g: r + b * kl(mi, tc, dw) + (b - 1) * tc), rest + "β weighs the whole KL, and TC again."),
        Mistake("a term missing", with_loss(lambda r, mi, tc, dw, a, b, g: r + b * tc + g * dw), rest + "MI is not in it."),
        Mistake("a term missing", with_loss(lambda r, mi, tc, dw, a, b, g: r + a * mi + g * dw), rest + "TC is not in it."),
        Mistake("a term missing", with_loss(lambda r, mi, tc, dw, a, b, g: r + a * mi + b * tc), rest + "the dimension-wise KL is not in it."),
        Mistake("a term missing", with_loss(lambda r, mi, tc, dw, a, b, g: a * mi + b * tc + g * dw), rest + "the reconstruction is not in it."),
        Mistake("wrong sign", with_loss(lambda r, mi, tc, dw, a, b, g: -r + a * mi + b * tc + g * dw), rest + "the reconstruction is a loss, −log p(x|z): which sign has it here?"),
        Mistake("wrong sign", with_loss(lambda r, mi, tc, dw, a, b, g: -(r + a * mi + b * tc + g * dw)), rest + "its sign is the wrong way round: it is minimised."),
        Mistake("wrong sign", with_loss(lambda r, mi, tc, dw, a, b, g: r - a * mi - b * tc - g * dw), rest + "its penalties have the wrong sign."),
        Mistake("wrong sign", changed(lambda r, mi, tc, dw, p: (r, p.kl.sum(1).mean() + tc - dw, -tc, dw)), "TC has the wrong sign."),
        Mistake("wrong sign", changed(lambda r, mi, tc, dw, p: (r, mi, -tc, dw)), "TC has the wrong sign."),
        Mistake("wrong sign", changed(lambda r, mi, tc, dw, p: (r, mi, tc, -dw)), "the dimension-wise KL has the wrong sign."),
        Mistake("wrong sign", changed(lambda r, mi, tc, dw, p: (r, p.kl.sum(1).mean() - tc + dw, tc, -dw)), "the dimension-wise KL has the wrong sign."),
        Mistake("wrong sign", changed(lambda r, mi, tc, dw, p: (r, -mi, tc, dw)), "MI has the wrong sign."),
        *(Mistake("held above 0", changed(lambda r, mi, tc, dw, p, f=f, rest=rest: (r, mi + rest * (tc - f(tc)), f(tc), dw)), "TC is held at 0 or above, or has lost its sign: the estimate from a batch may be negative, and its gradient is needed then, too.") for f in (lambda t: t.clamp(min=0), torch.abs) for rest in (0, 1)),
        Mistake("β − 1 for β", with_loss(lambda r, mi, tc, dw, a, b, g: r + a * mi + (b - 1) * tc + g * dw), rest + "TC has the weight β − 1. That is what it has beside the *whole* KL, when α = γ = 1."),
        Mistake("sampled MI", changed(lambda r, mi, tc, dw, p: (r, (p.own - p.qz).mean(), tc, dw)), "a fair estimate of MI, but a noisier one: the KL is known in closed form, and KL = MI + TC + dimension-wise KL."),
        Mistake("MI is the KL", changed(lambda r, mi, tc, dw, p: (r, mi + tc + dw, tc, dw)), "the first term is the whole KL: MI is what TC and the dimension-wise KL leave of it."),
        Mistake("TC left in MI", changed(lambda r, mi, tc, dw, p: (r, mi + tc, tc, dw)), "MI still holds TC: both other terms are taken from the KL."),
        Mistake("TC left in MI", changed(lambda r, mi, tc, dw, p: (r, mi + dw, tc, dw)), "MI still holds the dimension-wise KL: both other terms are taken from the KL."),
        Mistake("the whole KL as dimension-wise", changed(lambda r, mi, tc, dw, p: (r, mi, tc, mi + tc + dw)), "the last term is the whole KL: the dimension-wise KL compares the *aggregate* posterior of each latent with the prior."),
        Mistake("the whole KL as dimension-wise", changed(lambda r, mi, tc, dw, p: (r, -tc, tc, mi + tc + dw)), "the last term is the whole KL: the dimension-wise KL compares the *aggregate* posterior of each latent with the prior."),
        Mistake("marginal KL for dimension-wise", changed(lambda r, mi, tc, dw, p: (r, mi - tc, tc, tc + dw)), "the last term compares the joint q(z) with the prior: the dimension-wise KL takes the marginals."),
        Mistake("marginal KL for dimension-wise", changed(lambda r, mi, tc, dw, p: (r, mi, tc, tc + dw)), "the last term compares the joint q(z) with the prior: the dimension-wise KL takes the marginals."),
        Mistake("TC against the prior", changed(lambda r, mi, tc, dw, p: (r, mi - dw, tc + dw, dw)), "TC compares q(z) with the product of its marginals, not with the prior."),
        Mistake("mean for sum", changed(lambda r, mi, tc, dw, p: (p.rec.mean(), mi, tc, dw)), PIXELS),
        Mistake("mean for sum", changed(lambda r, mi, tc, dw, p: (r, p.kl.mean() - tc - dw, tc, dw)), LATENTS),
        Mistake("mean for sum", changed(lambda r, mi, tc, dw, p: (p.rec.mean(), p.kl.mean() - tc - dw, tc, dw)), PIXELS + " And a KL is a sum over the latents."),
        Mistake("mean for sum", changed(mean_of_marginals), "log ∏ q(z_j) is a *sum* over the latents, in TC and in the dimension-wise KL."),
        Mistake("sum over images", changed(lambda *t: [part * len(t[-1].x) for part in t[:4]]), "you added over the images; everything here is a mean over them."),
        Mistake("sum over images", changed(lambda r, mi, tc, dw, p: (p.rec.sum(), mi, tc, dw)), "the reconstruction is added up over the images; it is their mean."),
        Mistake("sum over images", changed(lambda r, mi, tc, dw, p: (r, p.kl.sum() - tc - dw, tc, dw)), "the KL is added up over the images; it is their mean."),
        Mistake("no N", answers(weights=uniform(lambda B, N: 1 / B)), BATCH),
        Mistake("weighted", answers(weights=uniform(lambda B, N: 1 / (N * B))), "this is the minibatch-weighted estimator: take your own log_densities of part 5."),
        Mistake("weights counted D times", answers(joint="D"), D_TIMES),
        Mistake("noise left out", answers(noise=lambda s, e: 0 * e), "every sample sits at μ: where is ε?"),
        Mistake("σ² for σ", answers(noise=lambda s, e: s**2 * e), "z = μ + σ ε: the noise is scaled by the standard deviation."),
        Mistake("σ left out", answers(noise=lambda s, e: e), "the noise has the same size for every latent: where is σ?"),
        Mistake("ε for z", answers(decoded=lambda z, e, m: e), "the decoder gets ε, not z."),
        Mistake("μ for z", answers(decoded=lambda z, e, m: m), "the decoder gets μ, not z."),
        Mistake("μ for z", answers(at=lambda z, m: m), "the densities are asked at z, a sample, not at μ."),
        Mistake("squared error", changed(lambda r, mi, tc, dw, p: (((p.x - (p.z @ p.decoder.T).sigmoid()) ** 2).sum(1).mean(), mi, tc, dw)), "the reconstruction is a squared error; these are Bernoulli pixels."),
        Mistake("noise not used", answers(noise=lambda s, e: 2 * s), UNUSED, shows=lambda mine, args, ask: not np.isnan(mine).any() and deaf(3)(mine, args, ask)),
    ]  # fmt: skip

    def right(x, encoder, decoder, epsilon, N, alpha, beta, gamma):
        got = package(x, encoder, decoder, epsilon, N, alpha, beta, gamma)
        return torch.stack(
            [got[name] for name in ("loss", "mutual_information", "total_correlation", "dimension_wise")]
        )

    def call(student, x, encoder, decoder, epsilon, *rest):
        return student(x, Matrix(encoder), Matrix(decoder), epsilon, *rest)

    compare(wrapped(student, call), right, drawing(batch, pixels, latents), mistakes, reread=REREAD, fixed=[few()], read=four, needs="tensors", seed=seed)  # fmt: skip
    if student is not Table:
        weighted_gradient(student, batch, pixels, latents, seed)


def mean_of_marginals(r, mi, tc, dw, p):
    tc, dw = (p.qz - p.qzj.mean(1)).mean(), (p.qzj.mean(1) - p.prior.sum(1)).mean()
    return r, p.kl.sum(1).mean() - tc - dw, tc, dw


def package(x, encoder, decoder, epsilon, N, alpha, beta, gamma) -> dict[str, torch.Tensor]:
    """The same by dvlab.objectives."""
    mu, log_sigma = (x @ encoder.T).chunk(2, 1)
    z = mu + log_sigma.exp() * epsilon
    px = Bernoulli(logits=z @ decoder.T, validate_args=False)
    return BetaTCVAE(beta, alpha, gamma)(x, Normal(mu, log_sigma.exp()), px, z, dataset_size=N)


def weighted_gradient(student: Callable, batch: int = 4, pixels: int = 3, latents: int = 2, seed: int = 0) -> None:
    """Check the gradient of the loss that `beta_tcvae` gives, in both networks."""

    def call(student, x, encoder, decoder, epsilon, *rest):
        nets = Matrix(encoder), Matrix(decoder)
        return gradient(student(x, *nets, epsilon, *rest)[0], [net.weight for net in nets], "beta_tcvae")

    def slope(**stops):
        def of(x, encoder, decoder, *rest):
            nets = [w.clone().requires_grad_() for w in (encoder, decoder)]
            return gradient(stopped(x, *nets, *rest, **stops), nets, "")

        return of

    mistakes = [
        Mistake("z without gradient", slope(z=True), STOPPED + "encoder through z."),
        Mistake("densities without gradient", slope(densities=True), STOPPED + "encoder through log q(z) and log q(z_j)."),
        Mistake("z without gradient in the densities", slope(where=True), STOPPED + "encoder through the z at which the densities are taken."),
        Mistake("posteriors without gradient", slope(posteriors=True), STOPPED + "encoder through the μ and σ of the posteriors in log q(z) and log q(z_j)."),
        Mistake("KL without gradient", slope(kl=True), STOPPED + "encoder through the KL."),
        Mistake("reconstruction without gradient", slope(rec=True), STOPPED + "networks through the reconstruction."),
    ]  # fmt: skip

    def right(x, encoder, decoder, epsilon, N, alpha, beta, gamma):
        nets = [w.clone().requires_grad_() for w in (encoder, decoder)]
        return gradient(package(x, *nets, epsilon, N, alpha, beta, gamma)["loss"], nets, "")

    gradients = wrapped(student, call)
    if student is not Table:
        gradients.__name__ = "the gradient of beta_tcvae"
    compare(gradients, right, drawing(batch, pixels, latents), mistakes, reread=REREAD, fixed=[few()], seed=seed)


def stopped(x, encoder, decoder, epsilon, N, alpha, beta, gamma, **stops):
    """The loss, with no gradient through what `stops` names."""
    cut = {name: (lambda v: v.detach()) if stops.get(name) else (lambda v: v) for name in ("z", "densities", "where", "posteriors", "kl", "rec")}  # fmt: skip
    mu, log_sigma = (x @ encoder.T).chunk(2, 1)
    sigma = log_sigma.exp()
    z = cut["z"](mu + sigma * epsilon)
    rec, kl = cut["rec"](cross_entropy(x, z @ decoder.T).sum(1).mean()), cut["kl"](closed_kl(mu, sigma).sum(1).mean())
    at, m, s = cut["where"](z), cut["posteriors"](mu), cut["posteriors"](sigma)
    logs = estimate(diagonal(lambda B, N: 1 / N, others))(at, m, s, N)
    qz, qzj = cut["densities"](logs[:, 0]), cut["densities"](logs[:, 1:].sum(1))
    tc, dw = (qz - qzj).mean(), (qzj - Normal(0.0, 1.0).log_prob(at).sum(1)).mean()
    return rec + alpha * kl + (beta - alpha) * tc + (gamma - alpha) * dw


def few() -> tuple:
    """Two images of two pixels, one latent, for paper."""
    x, encoder, decoder, epsilon = [[1.0, 0], [0, 1]], [[1.0, 0], [-1, 0]], [[1.0], [-2]], [[1.0], [0]]
    return *(torch.tensor(v).double() for v in (x, encoder, decoder, epsilon)), 10, 1.0, 3.0, 2.0


def drawing(batch: int, pixels: int, latents: int) -> Callable:
    """draw(rng) -> x, encoder, decoder, ε, N, α, β, γ."""

    def draw(rng):
        x, epsilon = rng.uniform(0, 1, (batch, pixels)).round(2), rng.normal(size=(batch, latents))
        weights = rng.permutation([0.5, 2.0, 4.0]) + rng.uniform(0, 0.5, 3).round(1)
        networks = matrices(rng, pixels, latents)
        return torch.tensor(x), *networks, torch.tensor(epsilon), int(rng.integers(50, 500)), *weights.tolist()

    return draw


def four(value):
    """The loss and its terms as one row; Unreadable unless there are four numbers."""
    if isinstance(value, torch.Tensor) and value.shape == (4,):  # from our own tables
        return value
    if not isinstance(value, tuple | list) or len(value) != 4:
        got = f"a {type(value).__name__}" + (f" of {len(value)}" if isinstance(value, tuple | list) else "")
        raise Unreadable(f"four tensors are asked, the loss, MI, TC and the dimension-wise KL; it returned {got}.")
    parts = [as_array(part) for part in value]
    if any(part.size != 1 for part in parts):
        shapes = ", ".join(str(part.shape) for part in parts)
        raise Unreadable(f"each of the four is one number, a mean over the images; got the shapes {shapes}.")
    return np.array([part.item() for part in parts])
