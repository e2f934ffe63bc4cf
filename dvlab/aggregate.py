"""The aggregate posterior q(z) = (1/N) sum_n q(z|n): over a minibatch, over the whole data set, on a 1-D grid.

Everything is in nats. q(z|n) is a row of a `torch.distributions.Normal` of batch shape (N, D), images by latents.
"""

import math

import torch
from jaxtyping import Float
from torch.distributions import Normal

from dvlab.quadrature import bin_posteriors, grid_densities
from dvlab.threads import in_pieces
from dvlab.validation import LARGEST, finite, float_tensor, one_of, positive_int, posterior_parameters

__all__ = ["bin_posteriors", "grid_densities", "log_densities", "log_density", "minibatch_log_densities"]
__all__ += ["posterior_parameters"]

_LOG_ROOT_2PI = 0.5 * math.log(2 * math.pi)


def _samples_checked(z: torch.Tensor, shape: tuple[int | None, int]) -> None:
    """TypeError or ValueError unless z holds finite floats and has this shape; None stands for any number but 0."""
    float_tensor("z", z)
    rows, latents = shape
    if z.dim() != 2 or len(z) == 0 or z.shape[1] != latents or rows not in (None, len(z)):
        raise ValueError(f"z must have shape ({'samples' if rows is None else rows}, {latents}); got {tuple(z.shape)}")
    finite("z", z)
    if bool((z.abs().float() > LARGEST).any()):
        raise ValueError(f"z must be at most {LARGEST:g} in size; got {float(z.abs().max()):.3g}")


# ---------------------------------------------------------------- a minibatch


def minibatch_log_densities(
    z: Float[torch.Tensor, "batch latents"], q: Normal, dataset_size: int, estimator: str = "stratified"
) -> tuple[Float[torch.Tensor, " batch"], Float[torch.Tensor, "batch latents"]]:
    """log q(z) (B,) and log q(z_j) (B, D) estimated from one minibatch, where z[i] was drawn from q[i] = q(z|n_i).

    "stratified" (MSS): the own posterior weighs 1/N, each other (N-1)/(N(B-1)); the expectation of the *density* over
    all batches that hold n is q(z) exactly. Its logarithm is biased downwards (Jensen: E log ≤ log E), so that an MI
    computed from it is too high and a TC, as a rule, too low, the more so the smaller the batch.
    "weighted" (MWS): every posterior weighs 1/(NB). This estimates about q(z)/N, so that MI, TC and the dimension-wise
    KL are off by +ln N, +(D-1) ln N and -D ln N besides. Without these it is the plain average over the batch, in
    which the own posterior weighs 1/B: where MI exceeds ln B, its TC counts information.
    For a number to report take `decomposition.kl_terms`, which uses the whole data set.

    Parameters
    ----------
    z : tensor (B, D)
        Differentiable (once).
    q : Normal of batch shape (B, D)
        Differentiable (once); the batch should hold no image twice.
    dataset_size : int
        N.
    estimator : {"stratified", "weighted"}

    Returns
    -------
    log_qz : tensor (B,)
    log_qzj : tensor (B, D)

    Raises
    ------
    ValueError
        For an unknown estimator, shapes that differ, values that are not finite, a batch larger than the data set, or a
        "stratified" batch of one image out of several (no other posterior stands for the rest).

    References
    ----------
    Chen, Li, Grosse and Duvenaud (2018), Isolating sources of disentanglement in variational autoencoders, appendix C.

    Examples
    --------
    >>> q = Normal(torch.tensor([[0.0], [2.0]]), torch.ones(2, 1))
    >>> log_qz, log_qzj = minibatch_log_densities(q.mean, q, dataset_size=2)
    >>> exact = torch.logsumexp(Normal(q.mean.T, 1.0).log_prob(q.mean), dim=1) - math.log(2)
    >>> torch.allclose(log_qz, exact)  # the batch is the whole data set
    True
    """
    one_of("estimator", estimator, ("stratified", "weighted"))
    mean, sigma = posterior_parameters("q", q)
    _samples_checked(z, tuple(mean.shape))
    B, N = len(z), dataset_size
    positive_int("dataset_size", N, least=B)
    if estimator == "weighted":
        own = other = -math.log(N * B)
    elif N == 1:
        own = other = 0.0
    elif B == 1:
        raise ValueError("estimator 'stratified' needs a batch of at least 2 images, one of them to stand for the rest")
    else:
        own, other = -math.log(N), math.log((N - 1) / (N * (B - 1)))
    z, mean, sigma = (x.to(torch.promote_types(x.dtype, torch.float32)) for x in (z, mean, sigma))
    return _MixtureLogDensities.apply(z, mean, sigma, own, other)


class _MixtureLogDensities(torch.autograd.Function):
    """log sum_m w_im q(z_i|m), and the same for each latent; w_im = e^own for m = i, e^other for m != i.

    Written out, with its gradient, because the (D, B, B) tensors are what a step of β-TCVAE spends its time on.
    """

    @staticmethod
    def forward(ctx, z, mean, sigma, own, other):
        z, mean, sigma = (x.T.contiguous() for x in (z, mean, sigma))  # a latent a row
        u = (z[:, :, None] - mean[:, None, :]).div_(sigma[:, None, :])  # (D, B, B): latent, sample i, posterior m
        log_q = torch.addcmul(-(sigma.log() + _LOG_ROOT_2PI)[:, None, :], u, u, value=-0.5)
        log_w = torch.full_like(log_q[0], other).fill_diagonal_(own)
        joint = log_q.sum(0).add_(log_w)  # the weights are added once to the joint ...
        marginal = log_q.add_(log_w)  # ... and once to each marginal
        log_qz, log_qzj = _logsumexp_to_shares(joint), _logsumexp_to_shares(marginal)
        ctx.save_for_backward(u, sigma, joint, marginal)
        return log_qz, log_qzj.T

    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, grad_joint, grad_marginal):
        u, sigma, joint, marginal = ctx.saved_tensors
        # g = d loss / d log q(z_ij|m): each log-sum-exp hands its gradient on by posterior shares
        g = marginal * grad_marginal.T[:, :, None]
        g += joint * grad_joint[:, None]
        gu = g * u
        grad_z = -(gu @ (1 / sigma)[:, :, None]).squeeze(-1)  # d log q / dz = -u / σ
        grad_mean = gu.sum(1) / sigma  # d log q / dμ = u / σ
        grad_sigma = (gu.mul_(u).sum(1) - g.sum(1)) / sigma  # d log q / dσ = (u² - 1) / σ
        return grad_z.T, grad_mean.T, grad_sigma.T, None, None


def _logsumexp_to_shares(log_terms: torch.Tensor) -> torch.Tensor:
    """logsumexp over the last axis; `log_terms` itself becomes each term's share of the sum.

    Terms below e^-80 of the largest are raised to that: no change in the sum, and the CPU never sees a denormal number.
    """
    top = log_terms.amax(-1, keepdim=True)
    total = log_terms.sub_(top).clamp_(min=-80).exp_().sum(-1, keepdim=True)
    log_terms.div_(total)
    return (top + total.log()).squeeze(-1)


# ---------------------------------------------------------------- the whole data set


def log_densities(
    z: Float[torch.Tensor, "samples latents"], posterior: Normal
) -> tuple[Float[torch.Tensor, " samples"], Float[torch.Tensor, "samples latents"]]:
    """log q(z) and log q(z_j) of the mixture of all N posteriors: exact, D + 1 calls of `log_density`.

    For a mean of log q(z_j) over a large data set, `bin_posteriors` is thousands of times faster.

    Parameters
    ----------
    z : tensor (S, D)
    posterior : Normal of batch shape (N, D)

    Returns
    -------
    log_qz : tensor (S,)
    log_qzj : tensor (S, D)
    """
    mean, sigma = posterior_parameters("posterior", posterior)
    _samples_checked(z, (None, mean.shape[1]))
    joint = log_density(z, posterior)
    columns = [log_density(z[:, j : j + 1], Normal(mean[:, j : j + 1], sigma[:, j : j + 1])) for j in range(z.shape[1])]
    return joint, torch.stack(columns, dim=1)


@torch.no_grad()
def log_density(z: Float[torch.Tensor, "samples latents"], posterior: Normal) -> Float[torch.Tensor, " samples"]:
    r"""log q(z) = log (1/N) sum_n q(z|n) at S points, streamed in tiles over the N posteriors; no gradient.

    With the squares multiplied out, log q(z|n) is a product of two matrices, 2D + 1 columns wide::

        -½ sum_j (z_j - μ_j)²/σ_j² = sum_j (-½ σ_j⁻²) z_j² + (μ_j σ_j⁻²) z_j + constant

    The terms cancel, the more so the smaller σ is beside z; where float32 might lose 0.01 nats, it is done in float64.
    Takes about 1 ns for each pair of a sample and an image on two CPU cores (float64: 2 ns).

    Parameters
    ----------
    z : tensor (S, D)
    posterior : Normal of batch shape (N, D)

    Returns
    -------
    tensor (S,)

    Raises
    ------
    ValueError
        When the number of latents differs, for values that are not finite, a sigma that is not positive, and where even
        float64 might lose 0.01 nats (sigma about 10 million times less than a \|z\|).

    Examples
    --------
    >>> q = Normal(torch.zeros(3, 2), torch.ones(3, 2))  # three times the prior
    >>> round(float(log_density(torch.zeros(1, 2), q)), 4) == round(-math.log(2 * math.pi), 4)
    True
    """
    mean, sigma = posterior_parameters("posterior", posterior)
    _samples_checked(z, (None, mean.shape[1]))
    result = torch.promote_types(z.dtype, torch.float32)
    centre = mean.contiguous().median(dim=0).values  # of an expanded tensor torch's median is unwritten memory
    dtype = _precision(z, mean, sigma, centre)
    if dtype == torch.float64 and z.device.type == "mps":  # which has no float64
        return log_density(z.cpu(), Normal(mean.cpu(), sigma.cpu())).to(z.device)
    z, mean, sigma = z.to(dtype) - centre, mean.to(dtype) - centre, sigma.to(dtype)
    # in base 2, and with the constants in the last column: row s of a times row n of b is log2 q(z_s|n)
    a = torch.cat([z.square(), z, torch.ones_like(z[:, :1])], dim=1)
    precision = sigma.square().reciprocal()
    constant = -(0.5 * mean.square() * precision + sigma.log() + _LOG_ROOT_2PI).sum(1, keepdim=True)
    b = torch.cat([-0.5 * precision, mean * precision, constant], dim=1).div_(math.log(2))
    log2_sum = torch.cat(in_pieces(lambda rows: _log2_sum_exp2(rows, b, result), a.split(1024), a.device))
    return (log2_sum * math.log(2) - math.log(len(mean))).to(result)


def _precision(z: torch.Tensor, mean: torch.Tensor, sigma: torch.Tensor, centre: torch.Tensor) -> torch.dtype:
    """float32 where the terms, which cancel, cannot cost 0.01 nats in it; else float64, or ValueError.

    Errors are up to half of largest · eps, and a hundredth of it as a rule.
    """
    largest = float(((z - centre).abs().amax(0) / sigma.amin(0)).cpu().double().square().sum())  # bounds the terms
    full = torch.get_float32_matmul_precision() == "highest" and torch.float32 in (z.dtype, mean.dtype)
    dtype = torch.float32 if full and largest * torch.finfo(torch.float32).eps < 0.05 else torch.float64
    if largest * torch.finfo(dtype).eps > 0.05:
        raise ValueError(
            f"posterior.scale must not be so small beside z that float64 cannot tell them apart; "
            f"got {float(sigma.min()):.3g} and a z of {float(z.abs().max()):.3g}"
        )
    return dtype


def _log2_sum_exp2(a: torch.Tensor, b: torch.Tensor, result: torch.dtype) -> torch.Tensor:
    """log2 sum_n 2^(a @ b.T)[:, n], a tile of 1,024 columns at a time (1,024 rows of it: 4 MB, cache-sized)."""
    top = torch.full_like(a[:, 0], -torch.inf)
    total = torch.zeros_like(top)
    tile = torch.empty(len(a), 1024, dtype=a.dtype, device=a.device)
    for columns in b.split(1024):
        x = torch.mm(a, columns.T, out=tile) if len(columns) == 1024 else a @ columns.T
        new = torch.maximum(top, x.amax(1))
        x = x.sub_(new[:, None]).to(result).clamp_(min=-115).exp2_()  # 2^-115: see _logsumexp_to_shares
        total = total * torch.exp2(top - new) + x.sum(1)
        top = new
    return top + total.log2()
