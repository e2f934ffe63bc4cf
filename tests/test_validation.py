import numpy as np
import pytest
import torch

from dvlab import validation


@pytest.mark.parametrize("array", [np.array([[0.0, 1.0], [np.nan, 2.0]]), torch.tensor([[0.0, 1.0], [torch.inf, 2.0]])])
def test_finite_names_the_argument_and_the_place(array):
    with pytest.raises(ValueError, match=r"codes must be finite, but 1 .* \(1, 0\)"):
        validation.finite("codes", array)


def test_finite_accepts_integers():
    validation.finite("factors", np.arange(3))
    validation.finite("factors", torch.arange(3))


@pytest.mark.bad_input
@pytest.mark.parametrize("value, error", [(0, ValueError), (2.0, TypeError), (True, TypeError), ("3", TypeError)])
def test_positive_int_refuses(value, error):
    with pytest.raises(error, match="steps must be"):
        validation.positive_int("steps", value)


@pytest.mark.parametrize("device", ["gpu", "toaster:0", "meta"])
def test_pick_device_refuses_unknown_devices(device):
    with pytest.raises(ValueError, match="device"):
        validation.pick_device(device)


def test_pick_device_falls_back_to_the_cpu():
    assert validation.pick_device(None).type == ("cuda" if torch.cuda.is_available() else "cpu")
    assert validation.pick_device("cpu") == torch.device("cpu")


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("1", "must be a number; got '1'"),
        (True, "must be a number; got True"),
        (None, "must be a number; got None"),
        ([1.0], "must be a number; got list"),
        (1j, "must be a number; got 1j"),
        (10**400, "must be a number"),
        (float("nan"), "must be a finite number above 0 and at most 2; got nan"),
        (0, "above 0 and at most 2; got 0.0"),
        (2.1, "got 2.1"),
    ],
)
def test_a_number_says_its_bounds(value, told):
    with pytest.raises((TypeError, ValueError), match=told):
        validation.number("beta", value, above=0, most=2)


def test_above_and_below_leave_the_bound_out_and_least_and_most_keep_it():
    for name in ("above", "below"):
        with pytest.raises(ValueError, match="x must be"):
            validation.number("x", 1, **{name: 1})
    assert validation.number("x", 1, least=1) == validation.number("x", 1, most=1) == 1


def test_the_largest_is_told_and_counts_below_zero_too():
    with pytest.raises(ValueError, match="steps must be at most 1,000; got 1001"):
        validation.positive_int("steps", 1001, most=1000)
    with pytest.raises(ValueError, match="x must hold numbers below 10 in size; got 12"):
        validation.real_array("x", [3.0, -12.0], ["axis"], largest=10.0)


@pytest.mark.bad_input
def test_a_number_of_any_kind_is_a_float():
    for value in (2, 2.0, np.float32(2), np.int8(2), torch.tensor(2), np.array(2)):
        assert validation.number("beta", value, above=0, most=2) == 2.0


@pytest.mark.bad_input
def test_a_seed_is_what_every_generator_takes():
    validation.seed_checked("seed", 2**63 - 1)
    torch.Generator().manual_seed(2**63 - 1)
    for seed in (-1, 2**63):
        with pytest.raises(ValueError, match="seed must be at"):
            validation.seed_checked("seed", seed)
