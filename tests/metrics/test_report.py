import sys

import numpy as np
import pytest
import torch
from torch.distributions import Normal

from dvlab import metrics
from dvlab.metrics import report
from dvlab.quadrature import bin_posteriors


@pytest.fixture(scope="module")
def code():
    rng = np.random.default_rng(0)
    factors = rng.integers(0, [3, 4], (300, 2))
    mean = np.hstack([factors, np.zeros((300, 1))]) + 0.05 * rng.normal(size=(300, 3))
    return Normal(torch.tensor(mean), torch.full((300, 3), 0.1, dtype=torch.float64)), factors


def test_every_number_is_that_of_its_own_metric(code):
    q, factors = code
    table = report(q, torch.tensor(factors))
    assert table.mig.per_factor == pytest.approx(metrics.mig(q, factors).per_factor, abs=1e-12)
    assert table.latent_mig.score == pytest.approx(metrics.latent_mig(q, factors).score, abs=1e-12)
    assert table.modularity.score == pytest.approx(metrics.modularity(q, factors).score, abs=1e-12)
    for name in ("factor_vae_score", "beta_vae_score"):
        assert getattr(table, name).score == getattr(metrics, name)(q, factors).score
    assert table.images_fitted == 300
    for name in ("sap", "explicitness"):
        assert getattr(table, name).score == getattr(metrics, name)(q, factors).score
    assert str(table.dci) == str(metrics.dci(q, factors))


def test_the_seed_is_every_metric_s(code):
    q, factors = code
    table = report(q, factors, fit_on=60, seed=3)
    for name in ("factor_vae_score", "beta_vae_score"):
        assert str(getattr(table, name)) == str(getattr(metrics, name)(q, factors, seed=3)), name
    for name in ("dci", "explicitness", "infomec", "dci_es"):
        assert getattr(table, name).split.endswith("seed 3"), name


def test_some_images_are_codes_and_factors_of_the_same_images(code):
    q, factors = code
    table = report(q, factors, fit_on=150)
    assert table.images_fitted == 150 and "n = 150" in str(table)
    fitted = (table.dci, table.sap, table.explicitness, table.infomec, table.dci_es)
    assert min(result.score for result in fitted) > 0.7  # .5 and less where the two are of different images


def test_point_codes_are_binned(code):
    q, factors = code
    table = report(q.loc, factors)
    assert table.mig.score == metrics.mig(q.loc, factors).score
    assert table.modularity.score == metrics.modularity(q.loc, factors).score
    assert "histogram" in str(table)


def test_the_information_is_integrated_once(code, monkeypatch):
    calls = []

    def counted(mean, sigma):
        calls.append(1)
        return bin_posteriors(mean, sigma)

    # by name: `dvlab.metrics.mutual_information` is the function, which hides its module
    monkeypatch.setattr(sys.modules["dvlab.metrics._mutual_information"], "bin_posteriors", counted)
    report(*code)
    assert len(calls) == 3 + 2 * 3  # a latent each; InfoMEC integrates the images fitted to, and shuffled ones


def test_one_table_of_scores_in_range(code):
    table = report(*code)
    assert len(table.scores()) == 20
    assert all(0 <= score <= 1 for score in table.scores().values())
    text = str(table)
    assert [line.split("  ")[0] for line in text.splitlines()[1:-1]] == list(table.scores())
    assert [t.get_text() for t in table.plot().get_yticklabels()] == list(table.scores())


def test_strings_are_named_categorical_and_a_constant_factor_warned_of_once(code):
    q, factors = code
    named = np.array(["red", "green", "blue", "black"])[np.hstack([factors, np.zeros((300, 1), dtype=int)])]
    with pytest.warns(UserWarning, match="factor 2") as caught:
        table = report(q, named, categorical=(0, 1, 2))
    assert len([w for w in caught if "left out" in str(w.message)]) == 1
    assert table.mig.score == pytest.approx(metrics.mig(q, factors).score, abs=1e-12)


def test_what_is_fitted_sees_a_seeded_share(code):
    q, factors = code
    one, two = report(q, factors, fit_on=100), report(q, factors, fit_on=100)
    assert one.images_fitted == 100
    assert one.scores() == two.scores()
    assert one.mig.score == metrics.mig(q, factors).score


def test_a_share_of_point_codes(code):
    """An array of fewer images than were given: the annotations, which are checked here, must allow it."""
    q, factors = code
    table = report(q.loc.numpy(), factors, fit_on=100)
    assert (table.images, table.images_fitted) == (300, 100)
    some = np.sort(np.random.default_rng(0).permutation(300)[:100])
    assert table.infomec.modularity == metrics.infomec(q.loc[some], factors[some]).modularity


@pytest.mark.bad_input
def test_bad_input(code):
    q, factors = code
    with pytest.raises(ValueError, match="fit_on must be at least 20"):
        report(q, factors, fit_on=3)
    with pytest.raises(ValueError, match="300 rows of codes and 299"):
        report(q, factors[1:])
