import warnings

import matplotlib
import numpy as np
import pytest
from published import broken_disentanglement, library_irs, official_infomec

from dvlab.metrics import dci, infomec, irs, mig, mutual_information, sap, trial
from dvlab.metrics._chance import neighbour_information
from dvlab.metrics._court import true_range
from dvlab.metrics._designs import (
    CASES,
    copies_design,
    mixing_concentration,
    mixing_design,
    noise_design,
    uniform_information,
)
from dvlab.metrics._inputs import labels
from dvlab.metrics._ours import OURS
from dvlab.metrics._verdicts import Trial
from dvlab.results import read

matplotlib.use("Agg")
pytestmark = pytest.mark.filterwarnings("error")

MIXING = [(0.1, 0.8113, 0.9756), (0.2, 0.6395, 0.8824), (0.3, 0.4295, 0.6897), (0.4, 0.1642, 0.3846)]
NOISE = [(0.2, 0.9412, 1.5113), (0.4, 0.6923, 0.7388), (0.6, 0.3077, 0.3333), (0.8, 0.0588, 0.1250)]

# ---------------------------------------------------------------- the truths


@pytest.mark.parametrize("alpha, D, gap", MIXING)
def test_mixing_in_closed_form_and_by_the_inverse_of_the_ring(alpha, D, gap):
    ring = (1 - alpha) * np.eye(8) + alpha * np.roll(np.eye(8), 1, axis=1)
    weight = np.abs(np.linalg.inv(ring)[0])
    share = weight / weight.sum()
    assert 1 + (share * np.log(share)).sum() / np.log(8) == pytest.approx(D, abs=5e-5)
    assert mixing_concentration(alpha) == pytest.approx(D, abs=5e-5)
    assert mixing_design(alpha)[2]["SAP"] == pytest.approx((gap - 0.03, gap + 0.03), abs=5e-5)


@pytest.mark.parametrize("alpha, D, gap", MIXING)
def test_the_lasso_and_sap_meet_the_mixing_design(alpha, D, gap):
    codes, factors, _ = mixing_design(alpha)
    found = dci(codes, factors)
    assert (found.disentanglement, found.completeness) == pytest.approx((D, D), abs=2e-3)
    assert found.informativeness == pytest.approx(1, abs=1e-6)
    assert sap(codes, factors).score == pytest.approx(gap, abs=0.03)


@pytest.mark.parametrize("alpha, R2, I", NOISE)
def test_the_noise_design_in_closed_form(alpha, R2, I):
    """I = h(z) − h(α u), and h(z) by integrating the trapezium."""
    z = np.linspace(0, 1, 200_001)
    a, b = max(alpha, 1 - alpha), min(alpha, 1 - alpha)
    p = np.minimum(np.minimum(z, 1 - z) / b, 1) / a
    h = -np.trapezoid(p * np.log(np.where(p > 0, p, 1)), z)
    assert h - np.log(alpha) == pytest.approx(I, abs=1e-4)
    assert uniform_information(alpha) == pytest.approx(I, abs=5e-5)
    assert noise_design(alpha)[2]["R²"] == pytest.approx((R2 - 0.03, R2 + 0.03), abs=5e-5)


@pytest.mark.parametrize("alpha, R2, I", NOISE)
def test_r2_and_information_meet_the_noise_design(alpha, R2, I):
    codes, factors, _ = noise_design(alpha, images=8192, K=2)
    found = dci(codes, factors)
    assert found.informativeness == pytest.approx(R2, abs=0.03)
    assert (found.disentanglement, found.completeness) == pytest.approx((1, 1), abs=0.02)
    fine = mutual_information(codes, factors, bins=60).diagonal()
    bias = 59 * 39 / (2 * 8192)  # Miller's, of the cells that are filled
    assert np.all(fine > I - 0.1) and np.all(fine < I + bias + 0.02)  # 60 bins blur the edges of αu
    assert neighbour_information(codes, labels(factors)).diagonal() == pytest.approx(I, abs=0.05)


@pytest.mark.parametrize("K, copies, C", [(4, 2, 2 / 3), (2, 4, 1 / 3)])
def test_the_lasso_meets_the_copies(K, copies, C):
    codes, factors, truth = copies_design(K, copies)
    assert truth["C"] == pytest.approx((C - 0.01, C + 0.01))
    found = dci(codes, factors)
    assert found.completeness == pytest.approx(C, abs=1e-3)
    assert found.disentanglement == pytest.approx(1, abs=1e-3)


@pytest.mark.parametrize("case", CASES)
def test_each_case_derives_its_truth_and_is_the_same_each_time(case):
    build = CASES[case]
    assert len(getattr(build, "func", build).__doc__) > 40
    (z, g, truth), (again, _, _) = build(), build()
    assert z.ndim == g.ndim == 2 and len(z) == len(g) and np.array_equal(z, again)
    assert truth and all(low <= high for low, high in truth.values())


def test_there_are_cases_enough():
    assert len(CASES) >= 18


# ---------------------------------------------------------------- the court

FEW = ("aligned", "other units", "rotated 45", "duplicated", "packed", "noise")


def test_an_oracle_passes_where_it_is_asked():
    """Whoever looks the answer up is never wrong, and whoever always says ½ is."""
    for case, build in CASES.items():
        _, _, truth = build()
        limits = true_range(truth, ("modularity",))
        answer = min(limits[1], 1.0)
        assert trial(lambda z, g, a=answer: a, "modularity", cases=[case]).verdicts[0, 0] in ("passes", "no truth")
    half = trial(lambda z, g: 0.5, "modularity", cases=FEW)
    assert (half.verdicts[:, 0] == "fails").all()


def test_verdicts_and_margins():
    def metric(z, g):
        if z.shape[1] == 1:
            raise KeyError("one latent")
        if z.shape[1] == 6 and np.abs(z).max() < 10 and len(np.unique(z)) > 1000:
            return np.nan
        if z.shape[1] == 2:
            raise ValueError("two latents are too few\nand more")
        return 0.8

    found = trial(metric, "modularity", cases=FEW)
    assert found.verdicts[:, 0].tolist() == ["fails", "fails", "undefined", "fails", "crashes", "undefined"]
    assert found.margin[0, 0] == pytest.approx(-0.1)
    text = str(found)
    assert "fails by -0.10" in text and "crashes: KeyError: 'one latent'" in text
    assert "undefined: two latents are too few\n" in text
    assert float(found) == 0


def test_several_things_measured_are_judged_together():
    truth = {"modularity": (0.9, 1.0), "explicitness": (0.6, 0.7), "D": (0.4, 0.5)}
    assert true_range(truth, ("modularity",)) == (0.9, 1.0)
    assert true_range(truth, ("modularity", "explicitness")) == pytest.approx((0.54, 0.7))
    assert true_range(truth, ("D",)) == (0.4, 0.5)
    assert true_range(truth, ("C",)) == (-np.inf, np.inf)
    assert true_range({"modularity": (-np.inf, 0.1)}, ("modularity", "explicitness")) == (-np.inf, 0.1)


def test_components_are_tried_by_their_names():
    found = trial(dci, cases=["aligned", "noise"])
    assert found.metrics == ("dci disentanglement", "dci completeness", "dci informativeness")
    assert (found.verdicts == "passes").all()


def test_a_map_of_the_verdicts():
    found = trial(mig, "MIG", cases=FEW, name="MIG")
    ax = found.plot()
    assert [t.get_text() for t in ax.get_yticklabels()] == list(FEW)
    shown = [t.get_text() for t in ax.texts]
    assert shown[0] == "1.00" and len(shown) == len(FEW)
    matplotlib.pyplot.close("all")


def test_the_arrows_of_the_map_say_on_which_side_of_the_truth_a_score_is():
    scores, half = np.array([[0.9], [0.1]]), np.full((2, 1), 0.5)
    found = Trial(("high", "low"), ("metric",), scores, half - 0.1, half, np.full((2, 1), "fails"), {})
    assert found.margin == pytest.approx(np.array([[0.4], [-0.3]]))
    assert [text.get_text() for text in found.plot().texts] == ["0.90↑", "0.10↓"]
    matplotlib.pyplot.close("all")


@pytest.mark.bad_input
def test_unknown_names():
    with pytest.raises(ValueError, match="cases must be one of 'aligned'"):
        trial(mig, cases=["round"])
    with pytest.raises(ValueError, match="measures must be one of 'modularity'"):
        trial(mig, "beauty")


@pytest.mark.parametrize(
    "name", [n for n in OURS if n not in ("InfoMEC kNN", "DCI lasso", "DCI forest", "explicitness")]
)
def test_our_metrics_do_not_crash(name):
    metric, _ = OURS[name]
    for case in ("aligned", "noise", "unique values", "packed", "constant factor"):
        z, g, _ = CASES[case]()
        with np.errstate(invalid="raise", divide="raise"), warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="left out, because constant")
            try:
                metric(z, g)
            except ValueError as error:
                assert case == "unique values" and "factor 0" in str(error)


# ---------------------------------------------------------------- published faults are found out


def test_the_official_infomec_is_found_out():
    z, g, _ = CASES["noise and outlier"]()
    with np.errstate(all="ignore"):
        assert official_infomec(z, g)[2] == 1  # one outlier turns all other latents off
    found = trial(lambda z, g: official_infomec(z, g)[1], "compactness", cases=["few images of noise"])
    assert found.verdicts[0, 0] == "fails" and found.scores[0, 0] > 0.3
    rng = np.random.default_rng(0)
    z, g = rng.normal(size=(1000, 10)), rng.integers(0, 4, (1000, 2))
    with np.errstate(invalid="ignore"):
        M, C, _ = official_infomec(z, g)  # a latent of which nearest neighbours say nothing has 0 / 0
    assert np.isnan(M) and C > 0.5
    ours = infomec(z, g, "knn")
    assert (ours.modularity, ours.compactness) == (0, 0) and ours.explicitness == pytest.approx(0, abs=0.02)


def test_the_librarys_irs_is_found_out():
    found = trial(library_irs, "modularity", cases=["noise", "noise and outlier", "unique values"])
    assert (found.verdicts == "fails").all()
    assert found.scores[:, 0] == pytest.approx([0.3, 0.95, 1], abs=0.1)
    ours = trial(irs, "modularity", cases=["noise", "noise and outlier", "unique values"])
    assert (ours.verdicts == "passes").all()
    rng = np.random.default_rng(1)
    z, g = rng.normal(size=(30_000, 4)), rng.integers(0, 5, (30_000, 3))
    assert library_irs(z, g) == pytest.approx(0.38, abs=0.02) and irs(z, g).score == pytest.approx(0, abs=0.02)


def test_a_loop_that_breaks_off_is_found_out():
    def metric(z, g):
        return broken_disentanglement(dci(z, g).importance)

    found = trial(metric, "D", cases=["rotated 45", "behind a dead latent"])
    assert found.verdicts[:, 0].tolist() == ["passes", "fails"]
    assert found.scores[1, 0] == 1


def test_twenty_bins_and_an_outlier_are_found_out():
    found = trial(mig, "MIG", cases=["outlier"])
    assert found.verdicts[0, 0] == "fails"
    by_rank = trial(lambda z, g: mig(z, g, binning="quantile").score, "MIG", cases=["outlier"])
    assert by_rank.verdicts[0, 0] == "passes"


def assert_in_the_table(found):
    table = read("court")
    for c, case in enumerate(found.cases):
        of = {row["metric"]: row for row in table[table["case"] == case]}
        for m, metric in enumerate(found.metrics):
            row, said = of[metric], (found.scores[c, m], found.low[c, m], found.high[c, m])
            assert (row["score"], row["low"], row["high"]) == pytest.approx(said, abs=2e-3, nan_ok=True), (case, metric)
            assert row["verdict"] == found.verdicts[c, m]


@pytest.mark.whole
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["MIG", "latent MIG", "DCIMIG", "JEMMIG", "SAP", "modularity", "FactorVAE", "support"])
def test_the_table_is_what_the_court_says_of_a_fast_metric_on_every_case(name):
    metric, measures = OURS[name]
    assert_in_the_table(trial(metric, measures, name=name))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_the_table_is_what_the_court_says():
    """All metrics on six of the cases."""
    found = trial(cases=["aligned", "rotated 45", "packed", "noise", "heavy tails", "5.3 mixed α=0.2"])
    assert set(found.metrics) == set(read("court")["metric"])
    assert_in_the_table(found)
