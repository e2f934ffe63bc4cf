"""How many jobs grow DCI's trees: what the caller says, and whatever it is, the same scores."""

from functools import partial
from importlib import import_module

import numpy as np
import pytest
from joblib import parallel_config

from dvlab.metrics import dci

FACTORS = np.tile(np.array(list(np.ndindex(2, 3))), (20, 1))
CODES = FACTORS @ np.array([[1.0, 0.5], [-0.5, 1.0]]) + 0.3 * np.random.default_rng(0).normal(size=(120, 2))


@pytest.fixture
def asked(monkeypatch, request):
    """The n_jobs that each object of a library's class is made with."""
    module, name = request.param.rsplit(".", 1)
    there, made = getattr(import_module(module), name), []

    def recorded(*args, **settings):
        made.append(settings["n_jobs"])
        return there(*args, **settings)

    monkeypatch.setattr(request.param, recorded)
    return made


@pytest.mark.parametrize(
    ("asked", "regressor", "categorical", "times"),
    [
        ("sklearn.ensemble.RandomForestRegressor", "forest", (), 2),
        ("sklearn.ensemble.RandomForestClassifier", "forest", (0, 1), 2),
        ("joblib.Parallel", "boosting", (), 1),
    ],
    indirect=["asked"],
)
def test_n_jobs_is_how_many_grow_trees_and_changes_no_score(asked, regressor, categorical, times):
    score = partial(dci, CODES, FACTORS, regressor, categorical)
    with parallel_config("threading"):  # processes take seconds to start
        alone, two = score(), score(n_jobs=2)
    assert asked == [None] * times + [2] * times
    assert np.array_equal(alone.importance, two.importance)
    assert 0.1 < alone.disentanglement == two.disentanglement < 0.9
    # threads add up their trees' predictions in any order
    assert alone.informativeness_per_factor == pytest.approx(two.informativeness_per_factor, abs=1e-12)
    assert alone.error_per_factor == pytest.approx(two.error_per_factor, abs=1e-12)
