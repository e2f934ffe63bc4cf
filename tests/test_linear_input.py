"""What is no linear VAE, no eigenvalues and no budget is refused by name; results compare by identity and hash."""

import numpy as np
import pytest

from dvlab.discrete import discrete_code
from dvlab.linear import LinearVAE, beta_for, delta_for, optimal, solve_numerically, water_filling

λ, σ2 = np.array([4.0, 1.0, 0.25]), 0.1


def model(**other):
    return LinearVAE(**{"A": np.ones((2, 3)), "S": np.ones(2), "W": np.ones((3, 2)), "sigma2": 1.0, **other})


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: water_filling("a", 1.0, σ2), "eigenvalues must hold real numbers; got"),
        (lambda: water_filling(λ, "a", σ2), "delta must be a number; got 'a'"),
        (lambda: water_filling(λ, 1.0, [0.1]), "sigma2 must be a number; got list"),
        (lambda: water_filling(λ, 1.0, np.nan), "sigma2 must be a finite number above 0; got nan"),
        (lambda: water_filling([1, [2]], 1.0, σ2), "eigenvalues must be an array"),
        (lambda: water_filling(np.ma.masked_less(λ, 1), 1.0, σ2), "eigenvalues must not be masked, but 1 of its"),
        (lambda: beta_for(1.0, 1e300 * λ, σ2), "eigenvalues must hold numbers below 1e.100 in size; got 4e"),
        (lambda: delta_for(None, λ, σ2), "beta must be a number; got None"),
        (lambda: optimal(λ, σ2, 1.0, latents=2.5), "latents must be a whole number; got 2.5"),
        (lambda: discrete_code([[1.0], [2.0, 3.0]], 1.0), "log_px must be an array with axes"),
        (lambda: model(S=np.array([[1.0, 0.5], [-0.2, 1.0]])), "S must be symmetric"),
        (lambda: model(A=np.ones((2, 3)) * 1j), "A must hold real numbers; got an array of complex128"),
        (lambda: model(W=np.ones(3)), r"W must have axes \(pixels, latents\), none of them empty; got shape \(3,\)"),
        (lambda: model().kl(np.ones((4, 2))), "x must have 3 columns"),
        (lambda: model().elbo(np.full((4, 3), np.inf)), "x must be finite"),
        (lambda: model().kl_terms(np.ones(3)), "Σ must have axes"),
    ],
)
def test_bad_input_is_named(call, told):
    with pytest.raises((TypeError, ValueError), match=told):
        call()


@pytest.mark.bad_input
def test_lists_and_whole_numbers_are_as_good_as_arrays():
    assert beta_for(1, [4, 1, 1], 1) == beta_for(1.0, np.array([4.0, 1.0, 1.0]), 1.0)
    named = model(A=np.ones((2, 3), dtype=int), S=np.ones(2, dtype=np.float32))
    assert named.S.dtype == np.float64 and np.array_equal(named.elbo(np.ones((4, 3))), model().elbo(np.ones((4, 3))))


def test_results_compare_by_identity_and_hash():
    for make in (
        lambda: water_filling(λ, 1.0, σ2),
        lambda: solve_numerically(λ, 1.0, σ2),
        lambda: discrete_code(-np.eye(3), 0.5),
        model,
    ):
        one, other = make(), make()
        assert one == one and one != other and len({one, other, one}) == 2
