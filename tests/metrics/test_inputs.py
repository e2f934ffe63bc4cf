import numpy as np
import pytest
import torch
from torch.distributions import Laplace, Normal

from dvlab import metrics
from dvlab.metrics._inputs import codes_and_labels, codes_array, labels


def test_codes_of_every_kind_become_float64():
    table = np.array([[1, 2], [3, 4], [5, 6]])
    tensor = torch.tensor(table)
    kinds = [table, table.astype(np.float32), table[::-1][::-1], tensor, tensor.float().requires_grad_()]
    kinds += [tensor.bfloat16(), tensor.half(), Normal(tensor.float(), torch.ones(3, 2))]
    for codes in kinds:
        array = codes_array(codes)
        assert array.dtype == np.float64
        assert np.array_equal(array, table)


def test_labels_of_numbers_strings_floats_and_sparse_codes_are_the_same():
    index = np.array([[0, 1], [1, 0], [2, 0], [1, 1]])
    sparse = np.array([3, 1000, 5_000_000])[index]
    columns = [
        index,
        sparse,
        -sparse[::-1][::-1] * -1,
        np.array([0.1, 0.25, 7.0])[index],
        np.array(["a", "b", "c"])[index],
    ]
    columns += [torch.tensor(sparse), torch.tensor([0.1, 0.25, 7.0])[torch.tensor(index)]]
    columns += [np.stack([np.array(["ant", "bee", "cat"], dtype=object)[index[:, 0]], index[:, 1]], axis=1)]
    for factors in columns:
        known = labels(factors)
        assert np.array_equal(known.index, index)
        assert known.index.dtype == np.int64
        assert known.sizes.tolist() == [3, 2]


def test_labels_give_the_values_back():
    factors = np.array([[0.5, 30], [0.25, 10], [0.5, 20]])
    known = labels(factors)
    assert np.array_equal(np.stack([v[known.index[:, k]] for k, v in enumerate(known.values)], axis=1), factors)


def test_a_mixed_table_keeps_numbers_as_numbers():
    known = labels(np.array([["red", 10], ["blue", 9]], dtype=object))
    assert known.values[0].tolist() == ["blue", "red"]
    assert known.values[1].tolist() == [9, 10]  # as strings, "10" would come first


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int64, np.uint64, np.float32])
def test_levels_are_those_of_unique_whatever_the_type(dtype):
    column = np.array([-128, 127, 0, -128, 5] * 60 if dtype != np.uint64 else [0, 2**63 + 5, 3] * 100).astype(dtype)
    known = labels(column[:, None])
    values, index = np.unique(column, return_inverse=True)
    assert known.values[0].dtype == dtype
    assert np.array_equal(known.values[0], values)
    assert np.array_equal(known.index[:, 0], index)


def test_booleans_are_two_levels():
    assert labels(np.array([[True], [False]])).index.tolist() == [[1], [0]]


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("codes", "error", "message"),
    [
        (np.zeros(5), ValueError, r"codes must have two axes.*codes\[:, None\]"),
        (np.zeros((5, 2, 1)), ValueError, "two axes"),
        (np.zeros((0, 2)), ValueError, "not be empty"),
        (np.zeros((5, 0)), ValueError, "not be empty"),
        (np.zeros((1, 2)), ValueError, "at least two images"),
        (np.array([[0.0], [np.nan]]), ValueError, r"codes must be finite, but 1 .* first is at \(1, 0\)"),
        (np.array([[0.0], [np.inf]]), ValueError, "codes must be finite"),
        (np.array([["a"], ["b"]]), TypeError, "real numbers"),
        (np.ones((2, 2)) * 1j, TypeError, "real numbers"),
        (Normal(torch.zeros(5), 1.0), ValueError, "two axes"),
    ],
)
def test_bad_codes(codes, error, message):
    with pytest.raises(error, match=message):
        codes_array(codes)


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("factors", "message"),
    [
        (np.zeros(5), r"factors must have two axes.*factors\[:, None\]"),
        (np.zeros((0, 2)), "not be empty"),
        (np.zeros((1, 2)), "at least two images"),
        (np.array([[0, 1.0], [0, np.nan]]), "factor 1 must be finite"),
        (np.array([["a", None], ["b", "c"]], dtype=object), "missing values; factor 1"),
        (np.array([[1.0, 2], [float("nan"), "c"]], dtype=object), "missing values; factor 0"),
    ],
)
def test_bad_factors(factors, message):
    with pytest.raises(ValueError, match=message):
        labels(factors)


@pytest.mark.bad_input
def test_lengths_that_differ():
    with pytest.raises(ValueError, match="5 rows of codes and 4"):
        codes_and_labels(np.zeros((5, 2)), np.zeros((4, 1)))


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("codes", "error", "message"),
    [
        (np.ma.masked_greater(np.arange(6.0).reshape(3, 2), 4), ValueError, "codes must not be masked, but 1 of its"),
        (
            torch.eye(3).to_sparse(),
            TypeError,
            "codes must be an array or a tensor of two axes; got a tensor of float32",
        ),
        ([[1.0, 2.0], [3.0]], TypeError, "codes must be an array or a tensor of two axes; got list"),
        (np.array([["2020-01-01"], ["NaT"]], dtype="datetime64[D]"), TypeError, "codes must hold real numbers"),
        (Laplace(torch.zeros(5, 2), 1.0), (TypeError, ValueError), "codes must"),
    ],
)
def test_codes_that_would_be_silently_wrong_are_refused(codes, error, message):
    with pytest.raises(error, match=message):
        codes_array(codes)


class NA:
    """As pandas' missing value: whether it differs from itself can't be said."""

    def __ne__(self, other):
        return self

    def __bool__(self):
        raise TypeError("boolean value of NA is ambiguous")

    __hash__ = None


class Frame:
    """As a pandas table: no array, but it gives one."""

    def __init__(self, array):
        self.array = array

    def __array__(self, dtype=None, copy=None):
        return self.array


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("factors", "error", "message"),
    [
        (np.ma.masked_equal(np.arange(6).reshape(3, 2), 4), ValueError, "factors must not be masked, but 1 of its"),
        (np.array([[1], [NA()]], dtype=object), ValueError, "no missing values; factor 0"),
        (np.array([["2020-01-01"], ["NaT"]], dtype="datetime64[D]"), ValueError, "factor 0 has a NaT"),
        (np.array([[1], ["1"]], dtype=object), TypeError, "one kind, numbers or strings; factor 0 has int, str"),
        (np.ones((4, 1), dtype=complex), TypeError, "factors must hold numbers or strings; got dtype complex128"),
        (Frame(np.array([[1], [None]], dtype=object)), ValueError, "no missing values; factor 0"),
    ],
)
def test_factors_that_would_be_silently_wrong_are_refused(factors, error, message):
    with pytest.raises(error, match=message):
        labels(factors)


@pytest.mark.bad_input
def test_a_mask_that_hides_nothing_and_a_table_are_arrays():
    table = np.arange(6).reshape(3, 2)
    for same in (np.ma.array(table), Frame(table), table.tolist()):
        assert np.array_equal(codes_array(same), table) and np.array_equal(labels(same).index, labels(table).index)


NUMBERS = np.random.default_rng(0).integers(0, 9, (400, 2))
CODES = NUMBERS @ np.array([[3, 1], [1, -4]]) + np.random.default_rng(1).integers(0, 2, (400, 2))


@pytest.mark.parametrize(
    ("codes", "factors"),
    [
        (CODES * 1e300, NUMBERS),
        (CODES * 1e-300, NUMBERS),
        (CODES + 2**60, NUMBERS),
        ((CODES - CODES.min()).astype(np.uint64) + 2**63, NUMBERS),
        (CODES, NUMBERS + 2**60),
        (CODES, NUMBERS * 1e300),
        (CODES * np.array([1, 1e-200]), NUMBERS * np.array([1e200, 1])),
    ],
    ids=["huge", "tiny", "int64", "uint64", "factors int64", "factors huge", "each by itself"],
)
def test_no_score_depends_on_where_numbers_lie_or_on_their_unit(codes, factors):
    plain, odd = (metrics.report(*both).scores() for both in ((CODES, NUMBERS), (codes, factors)))
    assert odd == pytest.approx(plain, abs=1e-6)
    assert plain["SAP"] > 0.2 and plain["DCI informativeness"] > 0.9


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("call", "told"),
    [
        (
            lambda: metrics.dci(CODES, NUMBERS, categorical=[True, False]),
            "must hold indices.*np.flatnonzero",
        ),
        (
            lambda: metrics.sap(CODES, NUMBERS, categorical=[0.5]),
            "indices of factors, 0 to 1; got 0.5",
        ),
        (
            lambda: metrics.sap(CODES, NUMBERS, test_size=7),
            "test_size must be .* below 1; got 7",
        ),
        (lambda: metrics.dci(CODES, NUMBERS, test_size="a"), "test_size must be a number; got 'a'"),
        (lambda: metrics.report(CODES, NUMBERS, seed=1.5), "seed must be a whole number; got 1.5"),
        (lambda: metrics.factor_vae_score(CODES, NUMBERS, seed="a"), "seed must be a whole number; got 'a'"),
        (lambda: metrics.beta_vae_score(CODES, NUMBERS, seed=-1), "seed must be at least 0; got -1"),
    ],
)
def test_odd_options_are_named(call, told):
    with pytest.raises((TypeError, ValueError), match=told):
        call()


def test_a_report_takes_factors_of_half_precision():
    factors = torch.tensor(NUMBERS)
    plain, odd = metrics.report(CODES, factors).scores(), metrics.report(CODES, factors.bfloat16()).scores()
    assert odd == plain
