"""The problem of `dvlab.constrained` given to SciPy, which knows nothing of water: β is its multiplier."""

import warnings
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.optimize import NonlinearConstraint, minimize

from dvlab._gaussian import delta_checked, eigenvalues_checked, gaussian_reconstruction
from dvlab.validation import one_of


@dataclass(frozen=True, eq=False)
class NumericalSolution:
    """What SciPy found: the multiplier β of KL ≤ δ; KL and reconstruction in nats per image, and the distortions."""

    beta: float
    kl: float
    reconstruction: float
    distortions: Float[np.ndarray, " pixels"]
    iterations: int


def solve_numerically(
    eigenvalues: Float[np.ndarray, " pixels"], delta: float | int, sigma2: float | int, method: str = "SLSQP"
) -> NumericalSolution:
    """The constrained problem given to SciPy, which knows nothing of water: β is the multiplier of KL ≤ δ.

    The unknowns are a VAE along the data's axes, for each i: the standard deviation m_i of the posterior means, the
    posterior's ln s_i, and the decoder's weight w_i (times √λ_i), with distortion λ_i ((1 - w_i m_i)² + w_i² s_i)
    and KL ½ (m_i² + s_i - 1 - ln s_i).

    Parameters
    ----------
    eigenvalues : array (P,)
        Of the data's covariance, in any order.
    delta : float
        The budget δ, in nats per image, above 0.
    sigma2 : float
        σ², the variance of a pixel given the code, fixed.
    method : {"SLSQP", "trust-constr"}

    Returns
    -------
    NumericalSolution

    Raises
    ------
    RuntimeError
        Unless SciPy ends where the conditions of Karush, Kuhn and Tucker hold.
    ValueError
        For δ = 0, where only the empty code is feasible: the gradients of reconstruction and KL both vanish there, so
        that the multiplier is not unique; and for bad input.

    Examples
    --------
    >>> round(solve_numerically(np.array([4.0, 1.0, 0.25]), delta=1.0, sigma2=0.1).beta, 4)
    7.3576
    """
    one_of("method", method, ("SLSQP", "trust-constr"))
    delta_checked(delta)
    if delta == 0:
        raise ValueError(
            "delta must be positive: at 0 only the empty code is feasible, and its multiplier is not unique"
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
        reconstruction=gaussian_reconstruction(distortions.sum(), len(λ), sigma2),
        distortions=distortions,
        iterations=int(found.nit),
    )
