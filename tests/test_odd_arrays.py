"""Functions that take arrays, fed arrays of odd kind, shape and size: a right answer, or our error that names them.

Right is what the plain call gives on the same numbers as a float64 array; of images in uint8, which count 0 to 255, on
a 255th of them. `pytest -m slow` tries sixty times as many.
"""

import warnings

import matplotlib
import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from matplotlib import pyplot
from torch.distributions import Normal

import dvlab
from dvlab import aggregate, constrained, decomposition, discrete, linear, metrics, plots, quadrature
from dvlab.cli.errors import is_for_the_user
from dvlab.worlds import Fruit, Sprites

pytestmark = pytest.mark.bad_input
matplotlib.use("agg")
rng = np.random.default_rng(0)
FACTORS = np.stack(np.meshgrid(np.arange(4), np.arange(3), np.arange(5), indexing="ij"), axis=-1).reshape(-1, 3)
CODES = FACTORS @ np.array([[3, 0], [0, 2], [1, -1]]) + rng.integers(0, 2, (60, 2))
MEAN, SIGMA = rng.normal(size=(30, 2)), 0.2 + rng.random((30, 2))
EIGENVALUES, IMAGES = np.array([4.0, 1.0, 0.25]), rng.random((6, 1, 8, 8))
VAE = dvlab.VAE((1, 8, 8), latent_dim=3, hidden=(8,)).double()
WORLD = Fruit(sizes=3, colours=3, size=8)


class NoNormal(Exception):
    """Torch makes no Normal of these."""


def normal(loc, scale):
    try:
        return Normal(torch.as_tensor(loc), torch.as_tensor(scale), validate_args=False)
    except (RuntimeError, TypeError, ValueError) as error:
        raise NoNormal from error


def numbers(result) -> np.ndarray:
    """Every number in a result, as one row; NaN where a result says that it has none is not among them."""
    if isinstance(result, torch.Tensor):
        result = result.detach().cpu().double().numpy()
    if isinstance(result, Normal):
        result = (result.mean, result.stddev)
    if isinstance(result, tuple | list):
        return np.concatenate([numbers(part) for part in result])
    return np.atleast_1d(np.asarray(result, dtype=np.float64)).ravel()


# name -> (arguments, the function, and what the arguments are called in a message)
METRICS = {"codes": CODES, "factors": FACTORS}
NORMAL = {"loc": MEAN, "scale": SIGMA}
CALLS = {
    "entropy": ({"factors": FACTORS}, metrics.entropy),
    "mutual_information": (METRICS, metrics.mutual_information),
    "mig": (METRICS, lambda codes, factors: metrics.mig(codes, factors).score),
    "latent_mig": (METRICS, lambda codes, factors: metrics.latent_mig(codes, factors).score),
    "modularity": (METRICS, lambda codes, factors: metrics.modularity(codes, factors).score),
    "dci": (METRICS, lambda codes, factors: metrics.dci(codes, factors).disentanglement),
    "sap": (METRICS, lambda codes, factors: metrics.sap(codes, factors).score),
    "explicitness": (METRICS, lambda codes, factors: metrics.explicitness(codes, factors).score),
    "factor_vae_score": (METRICS, lambda codes, factors: metrics.factor_vae_score(codes, factors, groups=50).score),
    "beta_vae_score": (METRICS, lambda codes, factors: metrics.beta_vae_score(codes, factors, groups=50).score),
    "disentanglement": ({"importance": np.abs(CODES[:4])}, metrics.disentanglement),
    "completeness": ({"importance": np.abs(CODES[:4])}, metrics.completeness),
    "kl_terms": (NORMAL, lambda loc, scale: decomposition.kl_terms(normal(loc, scale), samples=20).total),
    "latent_kl": (NORMAL, lambda loc, scale: decomposition.latent_kl(normal(loc, scale))),
    "posterior information": (NORMAL, lambda loc, scale: metrics.mutual_information(normal(loc, scale), FACTORS[:30])),
    "log_densities": ({"z": MEAN[:5]}, lambda z: aggregate.log_densities(z, normal(MEAN, SIGMA))),
    "minibatch": ({"z": MEAN}, lambda z: aggregate.minibatch_log_densities(z, normal(MEAN, SIGMA), 100)),
    "active": ({"information": EIGENVALUES}, decomposition.active),
    "grid_densities": ({"mean": MEAN[:, 0], "sigma": SIGMA[:, 0]}, quadrature.grid_densities),
    "labels": ({"labels": FACTORS[:30, 0]}, lambda labels: quadrature.grid_densities(MEAN[:, 0], SIGMA[:, 0], labels)),
    "water_filling": ({"eigenvalues": EIGENVALUES}, lambda eigenvalues: constrained.beta_for(1.0, eigenvalues, 0.1)),
    "optimal": ({"eigenvalues": EIGENVALUES}, lambda eigenvalues: linear.optimal(eigenvalues, 0.1, 1.0).S),
    "discrete_code": ({"log_px": -IMAGES[0, 0]}, lambda log_px: discrete.discrete_code(log_px, 0.01).kl),
    "linear": ({"x": MEAN}, lambda x: linear.optimal(np.array([2.0, 1.0]), 0.1, 1.0).elbo(x)),
    "encode": ({"images": IMAGES}, VAE.encode),
    "posterior": ({"data": IMAGES}, lambda data: dvlab.posterior(VAE, data)),
    "decode": ({"z": MEAN[:4, [0, 1, 0]]}, lambda z: VAE.decode(z).mean),
    "traverse": ({"z": EIGENVALUES}, lambda z: VAE.traverse(z, 1, torch.zeros(2).double())),
    "kl_bars": ({"kl": EIGENVALUES}, lambda kl: [bar.get_height() for bar in plots.kl_bars(kl).patches]),
    "latent_scatter": (
        {"codes": MEAN, "factor": MEAN[:, 0]},
        lambda codes, factor: plots.latent_scatter(codes, factor).collections[0].get_offsets(),
    ),
    "image_grid": ({"images": IMAGES}, lambda images: plots.image_grid(images).axes[0].images[0].get_array()),
    "render": ({"factors": FACTORS[:9] % 2}, WORLD.render),
    "index_of": ({"factors": FACTORS[:9] % 2}, WORLD.index_of),
    "factors_of": ({"index": FACTORS[:9, 2]}, WORLD.factors_of),
    "Sprites": ({"x": np.array([0.1, 0.5, 0.9])}, lambda x: Sprites("ellipse", x=x, size=8).factors[-2].values),
}
TENSORS_ONLY = {"kl_terms", "latent_kl", "posterior information", "log_densities", "minibatch", "encode", "posterior"}
TENSORS_ONLY |= {"decode", "traverse", "image_grid", "render", "index_of", "factors_of"}

# what an argument is called where it is part of something else
PARTS = ("posterior", "codes", "sigma", "mean")
OTHERWISE = {name: PARTS for name in ("kl_terms", "latent_kl", "posterior information", "minibatch", "log_densities")}
OTHERWISE |= {name: ("factor ",) for name in CALLS if CALLS[name][0] is METRICS or name == "entropy"}
EXACT = {"int64", "uint64", "list", "object", "mask", "str", "datetime64[D]"}  # hold numbers that float64 cannot

KINDS = ["int8", "uint8", "int16", "int64", "uint64", "float16", "float32", "float64", "bool", "complex128", "object"]
KINDS += ["str", "datetime64[D]", "bfloat16", "list", "masked", "mask", "sparse", "None", "text", "number"]
SHAPES = [
    "as it is",
    "reversed",
    "strided",
    "fortran",
    "read-only",
    "no rows",
    "one row",
    "flat",
    "one axis more",
    "twice",
]
VALUES = ["as they are", "nan", "inf", "-inf", "huge", "tiny", "far off", "negative", "all the same", "2**60"]


def odd(plain: np.ndarray, kind: str, shape: str, values: str, tensor: bool):
    """An odd relative of a plain array, as an array or a tensor."""
    array = plain.astype(np.float64)
    changed = {"nan": np.nan, "inf": np.inf, "-inf": -np.inf}.get(values)
    if changed is not None:
        array.flat[array.size // 2] = changed
    array = {"huge": array * 1e300, "tiny": array * 1e-300, "far off": array + 1e6}.get(values, array)
    array = {"negative": -array, "all the same": np.full_like(array, array.flat[0])}.get(values, array)
    array = array.astype(np.int64) + 2**60 if values == "2**60" else array
    array = {"reversed": array[::-1], "strided": np.repeat(array, 2, axis=0)[::2], "fortran": np.asfortranarray(array),
             "no rows": array[:0], "one row": array[:1], "flat": array.ravel(), "one axis more": array[..., None],
             "twice": np.concatenate([array, array])}.get(shape, array)  # fmt: skip
    if kind in ("None", "text", "number"):
        return {"None": None, "text": "codes", "number": 3.0}[kind]
    if kind == "list":
        return array.tolist()
    if kind in ("masked", "mask"):
        return np.ma.array(array, mask=np.arange(array.size).reshape(array.shape) == (0 if kind == "masked" else -1))
    if kind in ("bfloat16", "sparse"):
        dense = torch.from_numpy(np.ascontiguousarray(array).astype(np.float64))
        return dense.bfloat16() if kind == "bfloat16" else dense.to_sparse()
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        array = array.astype("int64").astype(kind) if kind.startswith("datetime") else array.astype(kind)
    if shape == "read-only":
        array.flags.writeable = False
    return torch.from_numpy(array.copy()) if tensor and array.dtype.kind in "iufbc" else array


def as_plain(value):
    """The same numbers, as a float64 array or tensor; None where there are none."""
    if isinstance(value, torch.Tensor):
        return value.to_dense().double() if not value.is_complex() else None
    try:
        return np.array(value, dtype=np.float64)
    except (TypeError, ValueError):
        return None


def check(name, argument, kind, shape, values):
    plain, call = CALLS[name]
    tensors = name in TENSORS_ONLY
    whole = name in ("render", "index_of", "factors_of")  # which take whole numbers only
    given = {key: torch.from_numpy(value) if tensors else value for key, value in plain.items()}
    given[argument] = odd(plain[argument], kind, shape, values, tensors)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            found = numbers(call(**given))
        except NoNormal:
            return
        except Exception as error:
            told = str(error).split(" got ")[0]
            named = any(word in told for word in (*plain, *OTHERWISE.get(name, ())))
            assert is_for_the_user(error) and named, f"{type(error).__name__}: {error}"
            return
        assert np.isfinite(found).all(), found
        again = dict(given)
        again[argument] = as_plain(given[argument])
        if argument in ("images", "data") and getattr(given[argument], "dtype", None) == torch.uint8:
            again[argument] /= 255
        if again[argument] is None or whole or (kind in EXACT and abs(again[argument]).max() > 2**53):
            return
        try:
            right = numbers(call(**again))
        except (TypeError, ValueError) as error:
            assert is_for_the_user(error), error
            return
    low = kind in ("float16", "bfloat16", "float32", "int8", "uint8", "list")  # of a list torch makes float32
    np.testing.assert_allclose(found, right, rtol=0.02 if low else 1e-6, atol=0.02 if low else 1e-9)


PAIRS = [(name, argument) for name, (arguments, _) in CALLS.items() for argument in arguments]
ODD = {"kind": st.sampled_from(KINDS), "shape": st.sampled_from(SHAPES), "values": st.sampled_from(VALUES)}
QUIET = {"deadline": None, "suppress_health_check": list(HealthCheck), "database": None}


@pytest.mark.parametrize(("name", "argument"), PAIRS)
@settings(max_examples=10, derandomize=True, **QUIET)
@given(**ODD)
def test_a_right_answer_or_an_error_that_names_the_argument(name, argument, kind, shape, values):
    check(name, argument, kind, shape, values)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "argument"), PAIRS)
@settings(max_examples=100, **QUIET)
@given(**ODD)
def test_a_right_answer_or_an_error_at_length(name, argument, kind, shape, values):
    check(name, argument, kind, shape, values)


@pytest.fixture(autouse=True)
def _close():
    yield
    pyplot.close("all")
