"""Exercise 05, part 5: log q(z) and log q(z_j) from a batch, minibatch-stratified; in nats."""

# ruff: noqa: E501 - a mistake a line, as a table

from collections.abc import Callable

import numpy as np
import torch
from torch.distributions import Normal
from torch.overrides import TorchFunctionMode

from dvlab.aggregate import minibatch_log_densities
from dvlab.checks.comparison import CheckFailed, Mistake, compare
from dvlab.checks.ex04.minibatch import (
    BATCH,
    LEAVE_OUT,
    OWN,
    ROWS,
    common,
    diagonal,
    estimate,
    first_column,
    others,
    pack,
    papers,
    two_tensors,
    uniform,
)
from dvlab.checks.ex05.own import wrapped

BY_HAND = "e to the power of a large number is infinity for a computer, and to that of a very negative one 0: which function of torch takes the logarithm of a sum of exponentials in one go?"
FLOOR = "where densities are tiny the numbers stop at a floor, as if something were added inside the logarithm, or a bound were set."
TOGETHER = (
    "the sum over the latents stands outside the sum over the posteriors: a posterior is a product over latents first."
)


def log_densities(student: Callable, batch: int = 5, latents: int = 3, seed: int = 0) -> None:
    """Check `log_densities(z, mu, sigma, N)` -> log q(z) (batch,), log q(z_j) (batch, latents)."""
    weights = diagonal(lambda B, N: 1 / N, others)
    theirs = (lambda i, B: (i + 1) % B, lambda i, B: (i - 1) % B)

    def by_hand(z, mu, sigma, N, floor=0.0):
        p, W = Normal(mu, sigma).log_prob(z[:, None]), weights(len(z), N)
        joint = ((p.sum(2).exp() * W).sum(1, keepdim=True) + floor).log()
        return torch.cat([joint, ((p.exp() * W[..., None]).sum(1) + floor).log()], dim=1)

    mistakes = [
        Mistake("log-sum-exp by hand", by_hand, BY_HAND, shows=overflows),
        Mistake("floor", lambda *a: by_hand(*a, floor=1e-8), FLOOR, shows=floored),
        *common(weights),
        Mistake("mean of logs", lambda z, m, s, N: (lambda l: torch.cat([l.sum(2).mean(1, keepdim=True), l.mean(1)], 1))(Normal(m, s).log_prob(z[:, None])), "these are means of logarithms: q(z) is a weighted sum of *densities*, and its logarithm comes last."),
        Mistake("only the own posterior", lambda z, m, s, N: (lambda l: torch.cat([l.sum(1, keepdim=True), l], 1))(Normal(m, s).log_prob(z)), "only the own posterior is there: q(z) is a sum over the images."),
        Mistake("only the own posterior", lambda z, m, s, N: (lambda l: torch.cat([l.sum(1, keepdim=True), l], 1) - float(np.log(N)))(Normal(m, s).log_prob(z)), "only the own posterior is there: q(z) is a sum over the images."),
        Mistake("own weight 1/B", estimate(first_column), OWN),
        Mistake("own weight like all others", estimate(uniform(others)), OWN),
        Mistake("own weight 1/B", estimate(diagonal(lambda B, N: 1 / B, others)), OWN),
        Mistake("own weight 1/B", estimate(diagonal(lambda B, N: 1 / B, lambda B, N: (B - 1) / (B * (N - 1)))), OWN),
        *(Mistake("the paper's weights", estimate(papers(place)), "these are the weights of Chen et al. (2018): valid, but not those that the text above asks for, which treat all other images alike.") for place in theirs),
        Mistake("no N", estimate(uniform(lambda B, N: 1 / B)), BATCH),
        Mistake("own posterior left out", estimate(diagonal(lambda B, N: 0, lambda B, N: 1 / (B - 1))), LEAVE_OUT),
        Mistake("own posterior left out", estimate(diagonal(lambda B, N: 0, others)), LEAVE_OUT),
        *(Mistake("weights do not add up to 1", estimate(diagonal(lambda B, N: 1 / N, other)), ROWS) for other in (lambda B, N: 1 / (B - 1), lambda B, N: 1 / B, lambda B, N: (N - 1) / (N * B), lambda B, N: (N - 1) / N, lambda B, N: (N - B) / (N * (B - 1)), lambda B, N: (N - 1) / (B - 1), lambda B, N: 1 / (N * B))),
        Mistake("weights do not add up to 1", estimate(uniform(lambda B, N: 1 / N)), ROWS + " All weigh 1/N here."),
        Mistake("weighted", estimate(uniform(lambda B, N: 1 / (N * B))), "this is the minibatch-weighted estimator; the stratified one knows that the own posterior is in the batch for certain."),
        Mistake("σ² given to Normal", lambda z, m, s, N: estimate(weights)(z, m, s**2, N), "`Normal` takes the standard deviation, not the variance."),
        Mistake("σ for σ²", lambda z, m, s, N: estimate(weights)(z, m, s.sqrt(), N), "σ is the standard deviation already: no root is needed."),
    ]  # fmt: skip

    def right(z, mu, sigma, N):
        log_qz, log_qzj = minibatch_log_densities(z, Normal(mu, sigma), N)
        return torch.cat([log_qz[:, None], log_qzj], dim=1)

    def draw(rng, batch=batch, latents=latents, wide=1.0):
        mu = rng.normal(scale=1.5, size=(batch, latents))
        sigma = np.exp(rng.uniform(0.2, 1.0, size=mu.shape) * rng.choice([-1, 1], size=mu.shape)) * wide
        z = mu + sigma * rng.normal(size=mu.shape)
        return *(torch.tensor(x) for x in (z, mu, sigma)), int(rng.integers(200, 5000))

    z, mu = torch.tensor([[1.0, 0], [0, 2], [-1, 1]]).double(), torch.tensor([[0.0, 0], [1, 2], [-1, 0]]).double()
    few = (z, mu, torch.tensor([[1.0, 0.5], [2, 1], [0.5, 2]]).double(), 100)
    rng = np.random.default_rng(1)
    many = [draw(rng, 3, 600, wide) for wide in (0.01, 20.0)]  # densities of e^1500 and e^-2500
    compare(wrapped(student, lambda f, z, mu, sigma, N: f(z, mu, sigma, N)), right, draw, mistakes, reread="part 5 above, and lecture 4, 'From a minibatch'", fixed=[few, draw(rng, 7, 2), *many], read=pack, needs="tensors", also=no_loop, draws=2, seed=seed)  # fmt: skip


class Counted(TorchFunctionMode):
    """Within, the calls of torch are counted."""

    calls = 0

    def __torch_function__(self, func, types, args=(), kwargs=None):
        self.calls += 1
        return func(*args, **(kwargs or {}))


def no_loop(student: Callable) -> None:
    """CheckFailed where the number of torch's calls grows with the batch: a loop, which training has no time for."""
    name, calls = getattr(student, "__name__", "log_densities"), []
    for B in (4, 24):
        with Counted() as counted:
            value = student(torch.zeros(B, 2).double(), torch.zeros(B, 2).double(), torch.ones(B, 2).double(), 100)
        calls.append(counted.calls)
        two_tensors(value, name)
    if calls[1] > calls[0] + 10:
        says = f"{name}: the numbers are right, but a batch of 4 takes {calls[0]} calls of torch, and one of 24 {calls[1]}."
        look = "That is a loop over codes or images; with batches of 128 the training would take an hour. z[:, None] has an axis to spare."
        raise CheckFailed("slow", says, look, of=name)


def overflows(mine, args, ask) -> bool:
    """Right wherever a density is no number too large or too small, and not finite elsewhere."""
    right = stratified(*args)
    if mine.shape != right.shape:
        return False
    with np.errstate(invalid="ignore"):
        ok = np.isclose(mine, right, rtol=1e-4, atol=1e-4)
    return bool(ok.all() if abs(right).max() < 100 else (ok | ~np.isfinite(mine)).all())


def floored(mine, args, ask) -> bool:
    """Right wherever no density is tiny, and finite and too high elsewhere."""
    right = stratified(*args)
    if mine.shape != right.shape or not np.isfinite(mine[right < 500]).all():
        return False
    with np.errstate(invalid="ignore"):
        return bool(
            (np.isclose(mine, right, rtol=1e-4, atol=1e-3) | ((right < -5) & (mine > right)) | (right > 500)).all()
        )


def stratified(z, mu, sigma, N) -> np.ndarray:
    log_qz, log_qzj = minibatch_log_densities(z, Normal(mu, sigma), N)
    return torch.cat([log_qz[:, None], log_qzj], dim=1).numpy()
