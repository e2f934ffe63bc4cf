import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dvlab.metrics._importance import completeness, completeness_per_factor, disentanglement

FIVE = np.diag(5.0 * np.ones(5))
TWO_OF_TEN = 1 - np.log(2) / np.log(10)  # half and half, of ten
matrices = st.tuples(st.integers(1, 5), st.integers(1, 5)).flatmap(
    lambda shape: arrays(np.float64, shape, elements=st.sampled_from([0.0, 0.0, 1e-3, 0.2, 1.0, 7.0]))
)


@pytest.mark.parametrize(
    ("R", "D", "C"),
    [
        (FIVE, 1, 1),
        (np.array([[1.0, 0], [0, 1], [0, 0]]), 1, 1),  # an empty code
        (np.zeros((10, 10)), 0, 0),
        (np.vstack([FIVE, FIVE]), 1, TWO_OF_TEN),  # every code twice
        (FIVE[:2], 1, 1),  # missed factors
        (np.hstack([FIVE, FIVE]), TWO_OF_TEN, 1),  # one code for two factors
        (np.ones((4, 3)), 0, 0),
    ],
)
def test_cases_worked_out_by_hand(R, D, C):
    assert disentanglement(R) == pytest.approx(D, abs=1e-12)
    assert completeness(R) == pytest.approx(C, abs=1e-12)


def slow_scores(R):
    """The definition, entry by entry."""
    (D, K), total = R.shape, R.sum()

    def one_minus_entropy(row):
        P = [r / sum(row) for r in row]
        return 1 + sum(p * np.log(p) / np.log(len(row)) for p in P if p > 0)

    disentangled = sum(R[i].sum() / total * one_minus_entropy(R[i]) for i in range(D) if R[i].sum() > 0)
    complete = sum(R[:, j].sum() / total * one_minus_entropy(R[:, j]) for j in range(K) if R[:, j].sum() > 0)
    return disentangled, complete


@given(matrices.filter(lambda R: min(R.shape) > 1 and R.sum() > 0))
@settings(max_examples=40, deadline=None)
def test_the_slow_loop_agrees(R):
    assert [disentanglement(R), completeness(R)] == pytest.approx(slow_scores(R), abs=1e-12)


@given(matrices, st.sampled_from([1e-280, 1e-12, 1.0, 1e200]), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_range_scale_permutation_and_transpose(R, scale, random):
    D, C = disentanglement(R), completeness(R)
    assert 0 <= D <= 1
    assert 0 <= C <= 1
    assert [disentanglement(R.T), completeness(R.T)] == pytest.approx([C, D], abs=1e-12)
    rows, columns = (random.sample(range(n), n) for n in R.shape)
    moved = scale * R[rows][:, columns]
    assert [disentanglement(moved), completeness(moved)] == pytest.approx([D, C], abs=1e-9)


@given(matrices, st.integers(0, 5))
@settings(max_examples=30, deadline=None)
def test_a_dead_latent_changes_no_disentanglement_wherever_it_stands(R, where):
    with_dead = np.insert(R, min(where, len(R)), 0, axis=0)
    assert disentanglement(with_dead) == pytest.approx(disentanglement(R), abs=1e-12)


def test_an_entangled_code_behind_a_dead_latent_is_still_entangled():
    assert disentanglement(np.array([[0.0, 0], [1, 1], [1, 1]])) == pytest.approx(0, abs=1e-12)


def test_a_dead_latent_counts_in_the_base_of_completeness_only():
    assert completeness(np.array([[1.0], [1]])) == pytest.approx(0, abs=1e-12)
    assert completeness(np.array([[1.0], [1], [0]])) == pytest.approx(1 - np.log(2) / np.log(3))


def test_the_two_averages():
    R = np.array([[3.0, 1, 0], [0, 1, 0]])  # C_j = 1, 0, and a factor that is missed
    assert completeness_per_factor(R).tolist() == pytest.approx([1, 0, 0], abs=1e-12)
    assert completeness(R) == pytest.approx(3 / 5)
    assert completeness(R, weighting="plain") == pytest.approx(1 / 3)


def test_disentanglement_weighs_latents_by_their_importance():
    R = np.array([[9.0, 0], [0.5, 0.5]])
    assert disentanglement(R) == pytest.approx(0.9)  # the plain average would be .5


def test_one_latent_or_one_factor():
    assert disentanglement(np.array([[1.0, 1, 0]])) == pytest.approx(1 - np.log(2) / np.log(3))
    assert completeness(np.array([[1.0, 1, 0]])) == 1
    assert disentanglement(np.array([[1.0], [2], [0]])) == 1
    assert disentanglement(np.array([[3.0]])) == completeness(np.array([[3.0]])) == 1
    assert disentanglement(np.array([[0.0]])) == completeness(np.array([[0.0]])) == 0


@pytest.mark.bad_input
@pytest.mark.parametrize("score", [disentanglement, completeness])
@pytest.mark.parametrize(
    ("R", "message"),
    [
        (np.ones(3), "importance must have axes .latents, factors."),
        (np.ones((0, 3)), "none of them empty"),
        (np.array([[1.0, np.nan]]), "importance must be finite"),
        (np.array([[1.0, np.inf]]), "importance must be finite"),
        (np.array([[1.0, 2], [-3, 1]]), r"take \|W\|.*-3 for latent 1 and factor 0"),
    ],
)
def test_bad_importance(score, R, message):
    with pytest.raises(ValueError, match=message):
        score(R)


@pytest.mark.bad_input
def test_unknown_weighting():
    with pytest.raises(ValueError, match="weighting must be one of 'importance', 'plain'"):
        completeness(np.ones((2, 2)), weighting="mean")
