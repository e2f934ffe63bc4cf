"""Exercise 04, parts 4 and 5: the two minibatch estimators of log q(z) and log q(z_j) that a student repairs; in nats."""

# ruff: noqa: E501 - a mistake a line, as a table

import math
from collections.abc import Callable

import numpy as np
import torch
from torch.distributions import Normal

from dvlab.checks.comparison import CheckFailed, Mistake, Unreadable, as_array, compare

D_TIMES = "a posterior's weight counts once in the joint. Here it was added to each latent before the sum over the latents: it counts D times."
NO_JOINT = "the joint is a weighted sum over the posteriors: the weights are missing there."
NO_MARGINALS = "each marginal is a weighted sum over the posteriors too: the weights are missing there."
NO_WEIGHTS = "the weights are missing altogether."
OWN = "one posterior of the batch is special for each code. Print the matrix of weights for B = 4: does it get the weight that is meant for it?"
BESIDE = (
    "the weight 1/N stands in other places than code i against its own posterior, [i, i]: print the matrix for B = 4."
)
ROWS = "the weights of a row do not add up to 1: how many other images are there, and how many stand for them?"
PAPERS = "these are the weights of Chen et al. (2018), the own one and all: valid, but not the ones to repair here, which treat all other images alike."
LEAVE_OUT = "the own posterior is left out: it is one of the N in q(z)."
BATCH = "this weighs the batch as if it were the data set: where is N?"


def uniform(weight: Callable) -> Callable:
    """A (B, B) matrix of one weight, from weight(B, N)."""
    return lambda B, N: torch.full((B, B), float(weight(B, N)), dtype=torch.float64)


def diagonal(own: Callable, other: Callable) -> Callable:
    """A (B, B) matrix of weights: own(B, N) on the diagonal, other(B, N) elsewhere."""
    return lambda B, N: uniform(other)(B, N).fill_diagonal_(float(own(B, N)))


def first_column(B: int, N: int) -> torch.Tensor:
    """The own weight written with a stride of B: down the first column instead of the diagonal."""
    W = uniform(others)(B, N)
    W[:, 0] = 1 / N
    return W


def stray(place: Callable) -> Callable:
    """1/N at some other place of each row, place(B) -> places in the flattened matrix."""

    def W(B, N):
        flat = uniform(others)(B, N).reshape(-1)
        flat[place(torch.arange(B), B) % B**2] = 1 / N
        return flat.reshape(B, B)

    return W


def papers(place: Callable) -> Callable:
    """The weights of Chen et al. (2018), with M = B − 1: own 1/N, one other (N − M)/(NM), the rest 1/M."""

    def W(B, N):
        M, i = B - 1, torch.arange(B)
        weights = uniform(lambda B, N: 1 / M)(B, N)
        weights[i, place(i, B)] = (N - M) / (N * M)
        return weights.fill_diagonal_(1 / N)

    return W


def column_and_diagonal(B: int, N: int) -> torch.Tensor:
    return first_column(B, N).fill_diagonal_(1 / N)


def others(B: int, N: int) -> float:
    return (N - 1) / (N * (B - 1))


def estimate(weights: Callable, joint: int | str = 1, marginals: int | str = 1, raw: bool = False) -> Callable:
    """log Σ_m w_im q(z_i|m) beside the same for each latent, (B, 1 + D); `joint` and `marginals` say how often the
    weights count there ("D" times in two published losses, "1/D" where they are shared out); `raw` adds the weights where their logarithms belong."""

    def of(z, mu, sigma, N):
        l = Normal(mu, sigma).log_prob(z[:, None])  # (B, B, D)
        W = weights(len(z), N)
        log_w = W if raw else W.log()
        times = l.shape[2] if joint == "D" else joint
        log_qz = torch.logsumexp(l.sum(2) + times * log_w if times else l.sum(2), 1)
        shared = 1 / l.shape[2] if marginals == "1/D" else marginals
        log_qzj = torch.logsumexp(l + shared * log_w[..., None] if shared else l, 1)
        return torch.cat([log_qz[:, None], log_qzj], dim=1)

    return of


def swapped(right: Callable) -> Callable:
    return lambda *a: torch.cat([right(*a)[:, 1:], right(*a)[:, :1]], dim=1)


def product(right: Callable) -> Callable:
    """The marginals' sum in place of the joint."""
    return lambda *a: torch.cat([right(*a)[:, 1:].sum(1, keepdim=True), right(*a)[:, 1:]], dim=1)


def common(weights: Callable) -> list[Mistake]:
    """What can go wrong with either estimator."""
    right, none = estimate(weights), estimate(weights, joint=0, marginals=0)

    def turned(*a):
        return 2 * none(*a) - right(*a)

    order = "two tensors are asked: log q(z), (B,), then log q(z_j), (B, D). Yours come the other way round."
    return [
        Mistake("weights counted D times", estimate(weights, joint="D"), D_TIMES),
        Mistake("weights missing in the marginals", estimate(weights, marginals=0), NO_MARGINALS),
        Mistake("weights missing in the marginals", estimate(weights, joint="D", marginals=0), NO_MARGINALS + " And " + D_TIMES),
        Mistake("weights missing in the joint", estimate(weights, joint=0), NO_JOINT),
        Mistake("weights missing", estimate(weights, joint=0, marginals=0), NO_WEIGHTS),
        Mistake("weights shared out", estimate(weights, marginals="1/D"), "each marginal has the *whole* weight, not a D-th of its logarithm."),
        Mistake("weights with the wrong sign", turned, "the weights have the wrong sign: they are below 1, and their logarithms lower the numbers."),
        Mistake("wrong axis", lambda *a: torch.cat([one_axis(*a, weights), right(*a)[:, 1:]], dim=1), "in the joint the sum runs over the *codes*; it is over the posteriors, for each code."),
        Mistake("weights, not their logs", estimate(weights, raw=True), "the weights were added to logarithms as they are: their own logarithms are needed."),
        Mistake("wrong sign", lambda *a: -right(*a), "both have the wrong sign."),
        Mistake("swapped", swapped(right), order),
        Mistake("product of marginals", product(right), "the first one is Σ log q(z_j): in the joint, sum over the latents inside each posterior, before the sum over posteriors."),
        Mistake("densities", lambda *a: right(*a).exp(), "these are densities; their logarithms are asked."),
        Mistake("log base 2", lambda *a: right(*a) / math.log(2), "a logarithm to base 2 gives bits; nats need the natural logarithm."),
        Mistake("wrong axis", lambda z, mu, sigma, N: wrong_axis(z, mu, sigma, weights(len(z), N)), "the sum runs over the *codes*; it is over the posteriors, for each code."),
    ]  # fmt: skip


def wrong_axis(z: torch.Tensor, mu: torch.Tensor, sigma: torch.Tensor, W: torch.Tensor) -> torch.Tensor:
    l, log_w = Normal(mu, sigma).log_prob(z[:, None]), W.log()  # W is symmetric
    return torch.cat([torch.logsumexp(l.sum(2) + log_w, 0)[:, None], torch.logsumexp(l + log_w[..., None], 0)], dim=1)


def one_axis(z: torch.Tensor, mu: torch.Tensor, sigma: torch.Tensor, N: int, weights: Callable) -> torch.Tensor:
    return wrong_axis(z, mu, sigma, weights(len(z), N))[:, :1]


def weighted(student: Callable, batch: int = 5, latents: int = 3, seed: int = 0) -> None:
    """Check `weighted(z, mu, sigma, N)` -> (batch,), (batch, latents): every posterior of the batch weighs 1/(NB)."""
    own = uniform(lambda B, N: 1 / (N * B))
    mistakes = [
        *common(own),
        Mistake("no N", estimate(uniform(lambda B, N: 1 / B)), BATCH),
        Mistake("no B", estimate(uniform(lambda B, N: 1 / N)), "only 1/N: the sum runs over B posteriors, and the estimator divides by that, too."),
        Mistake("N squared", estimate(uniform(lambda B, N: 1 / N**2)), "1/N²: one of the two is the batch size."),
        Mistake("weights counted D times", lambda *a: estimate(own)(*a) - torch.cat([torch.zeros(1), torch.full((a[0].shape[1],), (a[0].shape[1] - 1) * math.log(a[3] * len(a[0])))]), "in each marginal the weight counts once: here it counts D times."),
        Mistake("weights shared out", lambda *a: estimate(own)(*a) + torch.cat([torch.zeros(1), torch.full((a[0].shape[1],), (1 - 1 / a[0].shape[1]) * math.log(a[3] * len(a[0])))]), "each marginal has the *whole* weight, not a D-th of it."),
        Mistake("stratified", estimate(diagonal(lambda B, N: 1 / N, others)), "this is the other estimator, of part 5. A better one, but repair this one first."),
    ]  # fmt: skip
    run(student, estimate(own), mistakes, batch, latents, "part 4 above, and lecture 4, 'The weighted estimator'", seed)


def stratified(student: Callable, batch: int = 5, latents: int = 3, seed: int = 0) -> None:
    """Check `stratified(z, mu, sigma, N)` -> (batch,), (batch, latents)."""
    right = diagonal(lambda B, N: 1 / N, others)
    mistakes = [
        Mistake("own weight 1/B", estimate(first_column), OWN),
        Mistake("own weight 1/B", estimate(lambda B, N: first_column(B, N).T), OWN),
        Mistake("own weight 1/B", estimate(uniform(others)), OWN),
        Mistake("own weight 1/B", estimate(diagonal(lambda B, N: 1 / B, others)), OWN),
        Mistake("own weight 1/B", estimate(diagonal(lambda B, N: 1 / B, lambda B, N: 1 / N)), OWN),
        Mistake("own weight 1/B", estimate(diagonal(lambda B, N: 1 / B, lambda B, N: (B - 1) / (B * (N - 1)))), OWN),
        Mistake("first column left", estimate(column_and_diagonal), "the diagonal is right now, but the first column still has the other weight: put one right, take the other back."),
        Mistake("beside the diagonal", estimate(stray(lambda i, B: i * B + 1)), BESIDE),
        Mistake("beside the diagonal", estimate(stray(lambda i, B: i * (B - 1))), BESIDE),
        Mistake("beside the diagonal", estimate(stray(lambda i, B: (i + 1) * (B - 1))), BESIDE),
        Mistake("beside the diagonal", estimate(stray(lambda i, B: i * B + (i + 1) % B)), BESIDE),
        Mistake("beside the diagonal", estimate(stray(lambda i, B: i * B + (i - 1) % B)), BESIDE),
        Mistake("beside the diagonal", estimate(stray(lambda i, B: (i * B + i + 1)[:-1])), BESIDE),
        Mistake("beside the diagonal", estimate(stray(lambda i, B: (i * B + i - 1)[1:])), BESIDE),
        *(Mistake("the paper's weights", estimate(papers(place)), PAPERS) for place in (lambda i, B: (i + 1) % B, lambda i, B: (i - 1) % B, lambda i, B: (i == 0).long(), lambda i, B: B - 1 - (i == B - 1).long())),
        *common(right),
        Mistake("no N", estimate(uniform(lambda B, N: 1 / B)), BATCH),
        Mistake("own posterior left out", estimate(diagonal(lambda B, N: 0, lambda B, N: 1 / (B - 1))), LEAVE_OUT),
        Mistake("own posterior left out", estimate(diagonal(lambda B, N: 0, others)), LEAVE_OUT),
        Mistake("weights do not add up to 1", estimate(diagonal(lambda B, N: 1 / N, lambda B, N: 1 / (B - 1))), ROWS),
        Mistake("weights do not add up to 1", estimate(diagonal(lambda B, N: 1 / N, lambda B, N: 1 / B)), ROWS),
        Mistake("weights do not add up to 1", estimate(diagonal(lambda B, N: 1 / N, lambda B, N: (N - 1) / (N * B))), ROWS),
        Mistake("weights do not add up to 1", estimate(diagonal(lambda B, N: 1 / N, lambda B, N: (N - 1) / N)), ROWS),
        Mistake("weights do not add up to 1", estimate(diagonal(lambda B, N: 1 / N, lambda B, N: (N - B) / (N * (B - 1)))), ROWS),
        Mistake("weights do not add up to 1", estimate(uniform(lambda B, N: 1 / N)), ROWS + " All weigh 1/N here."),
        Mistake("weighted", estimate(uniform(lambda B, N: 1 / (N * B))), "this is the other estimator, of part 4: there all posteriors weigh alike."),
    ]  # fmt: skip
    run(student, estimate(right), mistakes, batch, latents, "part 5 above, and lecture 4, 'From a minibatch'", seed)


def run(
    student: Callable, right: Callable, mistakes: list[Mistake], batch: int, latents: int, reread: str, seed: int
) -> None:
    def oracle(z, mu, sigma, N):
        return right(z, mu, sigma, N)

    def draw(rng, batch=batch, latents=latents):
        mu = rng.normal(scale=1.5, size=(batch, latents))
        sigma = np.exp(rng.uniform(0.2, 1.0, size=mu.shape) * rng.choice([-1, 1], size=mu.shape))
        z = mu + sigma * rng.normal(size=mu.shape)
        return *(torch.tensor(x) for x in (z, mu, sigma)), int(rng.integers(200, 5000))

    z, mu = torch.tensor([[1.0, 0], [0, 2], [-1, 1]]).double(), torch.tensor([[0.0, 0], [1, 2], [-1, 0]]).double()
    small = (z, mu, torch.tensor([[1.0, 0.5], [2, 1], [0.5, 2]]).double(), 100)
    fixed = [small, draw(np.random.default_rng(1), 7, 2)]
    compare(
        student,
        oracle,
        draw,
        mistakes,
        reread=reread,
        fixed=fixed,
        read=pack,
        needs="tensors",
        also=pair_given,
        draws=3,
        seed=seed,
    )


def pair_given(student: Callable) -> None:
    z = torch.zeros(3, 2).double()
    two_tensors(student(z, z, z + 1, 10), getattr(student, "__name__", "your function"))


def two_tensors(value, name: str) -> None:
    """CheckFailed unless a value is a pair, which later cells take apart; in our own tables it is one tensor."""
    if isinstance(value, torch.Tensor):
        says = f"{name}: the numbers are right, but they come as one tensor; two are asked, log q(z) and log q(z_j)."
        raise CheckFailed("type", says, of=name)


def pack(answer):
    """log q(z) as the first column, log q(z_j) as the others; Unreadable unless it is such a pair, in either order."""
    if isinstance(answer, torch.Tensor) and answer.ndim == 2:  # from our own tables
        return answer
    if not isinstance(answer, tuple | list) or len(answer) != 2:
        raise Unreadable("it must return two tensors, log q(z) of shape (B,) and log q(z_j) of shape (B, D)")
    parts = [as_array(part) for part in answer]
    columns = [part[:, None] if part.ndim == 1 else part for part in parts]
    if any(part.ndim != 2 for part in columns) or len(columns[0]) != len(columns[1]):
        raise Unreadable(f"expected shapes (B,) and (B, D); got {parts[0].shape} and {parts[1].shape}")
    return np.concatenate(columns, axis=1)
