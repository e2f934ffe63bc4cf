"""The best discrete code of at most δ nats: a budget that may be slack, with a multiplier that is then 0."""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.optimize import brentq
from scipy.special import softmax, xlogy

from dvlab._gaussian import delta_checked
from dvlab.validation import real_array


@dataclass(frozen=True, eq=False)
class DiscreteCode:
    """The best code of at most δ nats.

    Attributes
    ----------
    code : array (N, C)
        q(c|n), the rows sum to 1.
    beta : float
        The multiplier; 0 where the constraint is slack.
    kl, reconstruction : float
        Nats per image.
    """

    code: Float[np.ndarray, "images codes"]
    beta: float
    kl: float
    reconstruction: float


def discrete_code(log_px: Float[np.ndarray, "images codes"], delta: float | int) -> DiscreteCode:
    """The best q(c|n) for N images and C codes, with p(c) = 1/C.

    Setting the Lagrangian's derivative to 0 gives q(c|n) ∝ exp(log_px[n, c] / β), whose KL falls as β grows. Unlike a
    Gaussian code this one cannot use more than ln C nats: when δ is at least what the best code for each image
    takes (ln C if that is unique), the constraint is slack and its multiplier is 0.

    Parameters
    ----------
    log_px : array (N, C)
        log p(x_n | code c), in nats.
    delta : float
        The budget δ, in nats per image.

    Returns
    -------
    DiscreteCode

    Raises
    ------
    ValueError
        For a δ that is negative or 0, and a log_px that is not finite or does not depend on the code.

    Examples
    --------
    >>> log_px = np.array([[0.0, -4.0], [-4.0, 0.0]])
    >>> discrete_code(log_px, delta=1.0).beta  # ln 2 nats tell two images apart: more is slack
    0.0
    >>> round(discrete_code(log_px, delta=0.3).kl, 6)
    0.3
    """
    delta_checked(delta)
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
