"""The best reconstruction for a KL of at most δ nats per image, and its Lagrange multiplier, which is β.

    maximise E log p(x|z)   subject to   E KL(q(z|x) || p(z)) <= δ

Solved for the linear-Gaussian VAE in closed form (reverse water-filling: Cover & Thomas, Elements of Information
Theory, 10.3.3) and with SciPy; and for a discrete code, where a large δ does not bind. `eigenvalues` are those of the
data's covariance, in any order; sigma2 is the decoder's variance, fixed (were it learned, it would absorb β).
"""

import math
import warnings
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float
from scipy.optimize import NonlinearConstraint, brentq, minimize
from scipy.special import softmax, xlogy

from dvlab.validation import number, one_of, real_array


def eigenvalues_checked(eigenvalues: Float[np.ndarray, "pixels"], sigma2: float | int) -> Float[np.ndarray, "pixels"]:
    """The eigenvalues as float64; ValueError unless they are finite, none negative, one positive, and sigma2 > 0."""
    λ = real_array("eigenvalues", eigenvalues, ["pixels"])
    if λ.min() < 0 or λ.max() == 0:
        raise ValueError(f"eigenvalues must be a list of numbers >= 0, at least one of them positive; got {λ}")
    number("sigma2", sigma2, above=0)
    return λ


def _delta_checked(delta: float | int) -> None:
    number("delta", delta, least=0)  # nats


@dataclass(frozen=True, eq=False)
class WaterFilling:
    """The optimum of the constrained problem. In the order of the eigenvalues λ: the distortion D_i = min(level, λ_i),
    the rate R_i = ½ ln(λ_i / D_i) in nats, and whether latent i is on."""

    delta: float
    beta: float  # the multiplier: what one more nat of KL buys in nats of reconstruction
    level: float  # the water level, beta sigma2
    rates: Float[np.ndarray, "pixels"]
    distortions: Float[np.ndarray, "pixels"]
    active: Bool[np.ndarray, "pixels"]
    reconstruction: float  # E log p(x|z), nats per image

    def __str__(self) -> str:
        head = f"δ = {self.delta:g} nats: β = {self.beta:.5g}, level {self.level:.5g}, recon {self.reconstruction:.3f}"
        rows = zip(self.rates, self.distortions, strict=True)
        return "\n".join([head, "      rate  distortion", *(f"{r:10.4f}{d:12.4f}" for r, d in rows)])

    def plot(self, ax=None):
        """Each eigenvalue as a bar: what stays under the water is lost, what stands out is coded. Returns the Axes."""
        from matplotlib import colormaps, pyplot

        ax = ax or pyplot.subplots(figsize=(5, 3), layout="constrained")[1]
        λ = self.distortions * np.exp(2 * self.rates)
        place = np.arange(1, len(λ) + 1)
        ax.bar(place, λ, color=colormaps["viridis"](0.75), label="coded")
        ax.bar(place, self.distortions, color=colormaps["viridis"](0.2), label="lost (distortion)")
        ax.axhline(self.level, color="black", linestyle="--", label="water level βσ²")
        ax.set(xlabel="eigenvalue, i", ylabel="variance", yscale="log", xticks=place[:: 1 + len(λ) // 12])
        ax.legend()
        return ax


def beta_for(delta: float | int, eigenvalues: Float[np.ndarray, "pixels"], sigma2: float | int) -> float:
    """β of the constraint KL <= delta: with K latents on, βσ² = (λ_1 ... λ_K)^(1/K) exp(-2δ/K).

    The right K is the one that gives the highest level. At delta = 0 every β >= max(λ)/σ² is a multiplier; this is
    the least of them, the slope of the reconstruction at 0.
    """
    _delta_checked(delta)
    λ = eigenvalues_checked(eigenvalues, sigma2)
    return math.exp(_log_level(delta, λ)) / sigma2


def _log_level(delta: float | int, λ: np.ndarray) -> float:
    # for every K, δ = sum_i max(0, ½ ln λ_i/θ) >= sum over the K largest of ½ ln λ_i/θ, with equality at the right one
    log_λ = np.log(np.sort(λ[λ > 0])[::-1])
    K = np.arange(1, len(log_λ) + 1)
    return float(((np.cumsum(log_λ) - 2 * delta) / K).max())


def delta_for(beta: float | int, eigenvalues: Float[np.ndarray, "pixels"], sigma2: float | int) -> float:
    """The KL of the optimal linear β-VAE, sum_i max(0, ½ ln λ_i/(βσ²)): the inverse of `beta_for`."""
    λ = eigenvalues_checked(eigenvalues, sigma2)
    number("beta", beta, above=0)
    return float(0.5 * np.log(np.maximum(λ / (beta * sigma2), 1)).sum())


def water_filling(eigenvalues: Float[np.ndarray, "pixels"], delta: float | int, sigma2: float | int) -> WaterFilling:
    """The closed form: directions whose variance exceeds the level βσ² are coded down to it, the others not at all.

    With fewer latents than eigenvalues give those that may be coded, the largest: β stays right as long as that many
    latents suffice, and the reconstruction is then that of the pixels given.
    Raises ValueError for a delta that is negative or infinite, and for eigenvalues that are not a covariance's.
    """
    _delta_checked(delta)
    λ = eigenvalues_checked(eigenvalues, sigma2)
    log_level = _log_level(delta, λ)
    level = math.exp(log_level)
    rates = 0.5 * np.maximum(np.log(np.where(λ > 0, λ, level)) - log_level, 0)
    distortions = np.minimum(level, λ)
    return WaterFilling(
        delta=float(delta),
        beta=level / sigma2,
        level=level,
        rates=rates,
        distortions=distortions,
        active=rates > 0,
        reconstruction=_reconstruction(distortions.sum(), len(λ), sigma2),
    )


def _reconstruction(distortion: float, pixels: int, sigma2: float | int) -> float:
    """E log p(x|z) of a decoder N(., σ²I) whose squared error over all pixels is `distortion`."""
    return float(-0.5 * pixels * math.log(2 * math.pi * sigma2) - distortion / (2 * sigma2))


@dataclass(frozen=True, eq=False)
class NumericalSolution:
    """What SciPy found: the multiplier of KL <= δ, and the VAE along the data's axes."""

    beta: float
    kl: float
    reconstruction: float
    distortions: Float[np.ndarray, "pixels"]
    iterations: int


def solve_numerically(
    eigenvalues: Float[np.ndarray, "pixels"], delta: float | int, sigma2: float | int, method: str = "SLSQP"
) -> NumericalSolution:
    """The same problem given to SciPy, "SLSQP" or "trust-constr", which knows nothing of water: β is its multiplier.

    The unknowns are a VAE along the data's axes, for each i: the deviation m_i of the posterior means, the posterior's
    ln s_i, and the decoder's weight w_i (times √λ_i), with distortion λ_i ((1 - w_i m_i)² + w_i² s_i) and KL
    ½ (m_i² + s_i - 1 - ln s_i). Raises RuntimeError unless SciPy ends where the conditions of
    Karush, Kuhn and Tucker hold, and ValueError for delta = 0, which leaves no room to move.
    """
    one_of("method", method, ("SLSQP", "trust-constr"))
    _delta_checked(delta)
    if delta == 0:
        raise ValueError(
            "delta must be positive: at 0 one point is feasible, the KL is flat there, no multiplier exists"
        )
    λ = eigenvalues_checked(eigenvalues, sigma2)

    def split(v):
        m, log_s, w = v.reshape(3, -1)
        return m, np.exp(log_s), w

    def loss(v):  # minus the reconstruction without its constant, and its gradient
        m, s, w = split(v)
        error = 1 - w * m
        gradient = np.concatenate([-2 * error * w, w**2 * s, 2 * (w * s - error * m)])
        return (λ @ (error**2 + w**2 * s)) / (2 * sigma2), np.tile(λ, 3) * gradient / (2 * sigma2)

    def kl(v):
        m, s, _ = split(v)
        return 0.5 * (m**2 + s - 1 - np.log(s)).sum()

    def kl_gradient(v):
        m, s, w = split(v)
        return np.concatenate([m, 0.5 * (s - 1), 0 * w])

    start = np.concatenate([np.full(len(λ), 0.5), np.full(len(λ), -0.5), np.full(len(λ), 0.5)])
    if method == "SLSQP":
        room = {"type": "ineq", "fun": lambda v: delta - kl(v), "jac": lambda v: -kl_gradient(v)}
        options = {"ftol": 1e-13, "maxiter": 1000}
    else:
        room = NonlinearConstraint(kl, -np.inf, delta, jac=kl_gradient)
        options = {"gtol": 1e-8, "xtol": 1e-10, "maxiter": 5000}
    with warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", message="delta_grad == 0.0", category=UserWarning
        )  # two equal steps at the end
        found = minimize(loss, start, jac=True, method=method, constraints=room, options=options)
    beta = float(found.multipliers[0] if method == "SLSQP" else found.v[0][0])
    # KKT, whatever SciPy's message: stationary, feasible, and β > 0 only where the constraint binds
    stationary = abs(loss(found.x)[1] + beta * kl_gradient(found.x)).max()
    residual = max(stationary / abs(beta or 1), abs(kl(found.x) - delta))
    if not (beta > 0 and residual < 1e-5):
        raise RuntimeError(f"{method} did not converge for delta = {delta} (residual {residual:.1g}): {found.message}")
    m, s, w = split(found.x)
    distortions = λ * ((1 - w * m) ** 2 + w**2 * s)
    return NumericalSolution(
        beta=beta,
        kl=float(kl(found.x)),
        reconstruction=_reconstruction(distortions.sum(), len(λ), sigma2),
        distortions=distortions,
        iterations=int(found.nit),
    )


@dataclass(frozen=True, eq=False)
class DiscreteCode:
    """The best code of at most δ nats: q(code|n) (N, C), its multiplier, KL and reconstruction in nats per image."""

    code: Float[np.ndarray, "images codes"]
    beta: float
    kl: float
    reconstruction: float


def discrete_code(log_px: Float[np.ndarray, "images codes"], delta: float | int) -> DiscreteCode:
    """The best q(code|n) for N images and C codes, where log_px[n, c] = log p(x_n | code c) and p(code) = 1/C.

    Setting the Lagrangian's derivative to 0 gives q(c|n) ∝ exp(log_px[n, c] / β), whose KL falls as β grows. Unlike a
    Gaussian code this one cannot use more than ln C nats: when delta is at least what the best code for each image
    takes (ln C if that is unique), the constraint is slack and its multiplier is 0.
    """
    _delta_checked(delta)
    log_px = real_array("log_px", log_px, ["images", "codes"])
    regret = log_px - log_px.max(axis=1, keepdims=True)
    if np.all(regret == 0):
        raise ValueError("log_px must depend on the code for at least one image; every code decodes equally well")

    def solution(beta: float) -> DiscreteCode:
        q = softmax(regret / beta, axis=1) if beta else (regret == 0) / (regret == 0).sum(1, keepdims=True)
        kl = math.log(q.shape[1]) + xlogy(q, q).sum(1).mean()
        return DiscreteCode(q, beta, float(kl), float((q * log_px).sum(1).mean()))

    if delta >= solution(0.0).kl - 1e-12:
        return solution(0.0)
    if delta == 0:
        raise ValueError("delta must be positive: only β = ∞ gives a code of 0 nats")
    low, high = 1e-3 * -regret[regret < 0].max(), 1.0
    while solution(high).kl > delta:
        high *= 2
    while solution(low).kl < delta:
        low /= 2
    log_beta = brentq(lambda b: solution(math.exp(b)).kl - delta, math.log(low), math.log(high), xtol=1e-13)
    return solution(math.exp(log_beta))
