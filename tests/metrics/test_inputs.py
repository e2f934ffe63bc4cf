import numpy as np
import pytest
import torch
from torch.distributions import Normal

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
