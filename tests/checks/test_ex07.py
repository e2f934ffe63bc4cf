"""Exercise 07's checks: right answers pass in every style, wrong ones are called by their name."""

# ruff: noqa: E501 - a wrong answer a line, as a table

import math
import warnings
from functools import partial

import numpy as np
import pytest
import torch
from naming import named
from scipy import stats
from sklearn.linear_model import Lasso, LinearRegression, Ridge
from sklearn.preprocessing import StandardScaler

from dvlab.checks import ex07
from dvlab.checks.comparison import CheckFailed, misnamed
from dvlab.checks.ex07.regressors import drawn_codes
from dvlab.checks.ex07.spread import concentration, importances
from dvlab.metrics import dci
from dvlab.metrics import disentanglement as trusted_disentanglement
from dvlab.metrics._importance import completeness_per_factor, disentanglement_per_latent


def D_numpy(R):
    total = R.sum(axis=1, keepdims=True)
    P = np.divide(R, total, out=np.zeros_like(R), where=total > 0)
    logs = np.log(P, out=np.zeros_like(P), where=P > 0) / np.log(max(R.shape[1], 2))
    return np.where(total[:, 0] > 0, 1 + (P * logs).sum(axis=1), 0)


def D_loop(R):
    scores = []
    for row in R.tolist():
        if sum(row) == 0:
            scores.append(0.0)
            continue
        H = 0.0
        for entry in row:
            p = entry / sum(row)
            if p > 0:
                H -= p * math.log(p, len(row)) if len(row) > 1 else 0
        scores.append(1 - H)
    return np.array(scores)


def D_torch(R):
    R = torch.from_numpy(R)
    P = R / R.sum(1, keepdim=True).clamp(min=1e-12)
    D = 1 + torch.special.xlogy(P, P).sum(1) / math.log(max(R.shape[1], 2))
    return torch.where(R.sum(1) > 0, D, torch.zeros_like(D))


def D_scipy(R):
    if R.shape[1] == 1:
        return (R[:, 0] > 0) * 1.0
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.nan_to_num(1 - stats.entropy(R, base=R.shape[1], axis=1), nan=0.0)


def D_epsilon(R):
    P = (R + 1e-12) / (R + 1e-12).sum(axis=1, keepdims=True)
    return np.where(R.sum(1) > 0, 1 + (P * np.log(P)).sum(axis=1) / (np.log(R.shape[1]) or 1), 0)


def C_numpy(R):
    return D_numpy(R.T)


def C_loop(R):
    return D_loop(np.transpose(R))


def C_torch(R):
    R = torch.tensor(R)
    P = torch.nan_to_num(R / R.sum(0))
    C = 1 - torch.distributions.Categorical(probs=(P + 1e-13).T).entropy() / math.log(max(len(R), 2))
    return C * (R.sum(0) > 0)


def total_numpy(R):
    return (R.sum(axis=1) / R.sum()) @ D_numpy(R)


def total_loop(R):
    return sum(sum(row) * d for row, d in zip(R.tolist(), D_loop(R), strict=True)) / sum(map(sum, R.tolist()))


def total_torch(R):
    R = torch.tensor(R)
    return (R.sum(1) / R.sum() * D_torch(R.numpy())).sum()


def scale(a):
    return (a - a.mean(axis=0)) / a.std(axis=0)


def W(z, g):
    return np.linalg.lstsq(z, g, rcond=None)[0]


def R_numpy(z, g):
    return np.abs(W(scale(z), scale(g)))


def R_loop(z, g):
    Z, R = scale(z), np.zeros((z.shape[1], g.shape[1]))
    for j in range(g.shape[1]):
        target = (g[:, j] - g[:, j].mean()) / g[:, j].std()
        R[:, j] = abs(np.linalg.solve(Z.T @ Z, Z.T @ target))
    return R


def R_torch(z, g):
    z, g = torch.tensor(z), torch.tensor(g)
    z, g = (z - z.mean(0)) / z.std(0), (g - g.mean(0)) / g.std(0)
    return torch.linalg.lstsq(z, g).solution.abs()


def R_sklearn(z, g):
    z, g = StandardScaler().fit_transform(z), StandardScaler().fit_transform(g)
    return np.abs(np.atleast_2d(LinearRegression().fit(z, g).coef_)).T


def E_numpy(z, g, z_new, g_new):
    A, A_new = (np.c_[np.ones(len(x)), x] for x in (z, z_new))
    return np.sqrt(((A_new @ W(A, g) - g_new) ** 2).mean(axis=0)) / g_new.std(axis=0)


def E_loop(z, g, z_new, g_new):
    errors = []
    for j in range(g.shape[1]):
        f = LinearRegression().fit(z, g[:, j])
        errors.append(math.sqrt(1 - f.score(z_new, g_new[:, j])))
    return np.array(errors)


def E_torch(z, g, z_new, g_new):
    z, g, z_new, g_new = map(torch.tensor, (z, g, z_new, g_new))
    weights = torch.linalg.lstsq(z - z.mean(0), g - g.mean(0)).solution
    predicted = g.mean(0) + (z_new - z.mean(0)) @ weights
    return ((predicted - g_new).square().mean(0) / g_new.var(0, correction=0)).sqrt()


RIGHT = [
    *((ex07.per_latent, f) for f in (D_numpy, D_loop, D_torch, D_scipy, D_epsilon, disentanglement_per_latent)),
    *((ex07.total, f) for f in (total_numpy, total_loop, total_torch, trusted_disentanglement)),
    *((ex07.per_factor, f) for f in (C_numpy, C_loop, C_torch, completeness_per_factor)),
    *((ex07.importance, f) for f in (R_numpy, R_loop, R_torch, R_sklearn)),
    *((ex07.error, f) for f in (E_numpy, E_loop, E_torch)),
]


@pytest.mark.parametrize("check, student", RIGHT)
def test_right_answers_pass(check, student, capsys):
    check(student)
    check(student, seed=1)
    assert capsys.readouterr().out.count("visible checks passed") == 2


@pytest.mark.parametrize("student", [D_numpy, D_torch, D_scipy, D_epsilon, disentanglement_per_latent])
@pytest.mark.parametrize("edges", ["rows", "single"])
def test_dead_rows_and_a_single_factor_or_latent_are_asked_for(student, edges, capsys):
    ex07.per_latent(student, edges=edges)
    ex07.per_factor(lambda R: student(np.ascontiguousarray(R.T)), edges=edges)
    ex07.total(total_numpy, edges=edges)
    assert capsys.readouterr().out.count("visible checks passed") == 3


def test_the_oracles_are_dvlabs_own_numbers():
    rng = np.random.default_rng(0)
    for (R,) in [*importances(0), *importances(0, "rows"), *importances(0, "single")]:
        assert np.allclose(concentration(R, 1), disentanglement_per_latent(R))
        assert np.allclose(concentration(R, 0), completeness_per_factor(R))
    z, g = drawn_codes(rng, 200, 4, 3)
    ours, train = dci(z, g, LinearRegression(), seed=0), np.random.default_rng(0).permutation(200)[40:]
    assert np.allclose(ours.importance, R_numpy(z[train], g[train]))
    held_out = np.setdiff1d(np.arange(200), train)
    assert np.allclose(ours.error_per_factor, E_numpy(z[train], g[train], z[held_out], g[held_out]))


def P_log_P(P):
    return np.where(P > 0, P * np.log(np.where(P > 0, P, 1)), 0)


def row_share(R):
    total = R.sum(1, keepdims=True)
    return R / np.where(total > 0, total, 1)


def alive(R):
    return R.sum(1) > 0


def nrmse(predicted, g_new):
    return np.sqrt(((predicted - g_new) ** 2).mean(0)) / g_new.std(0)


# Wrong answers, written as students write them (not as the checks do), each with the name that it should get.
ROWS, ONE = partial(ex07.per_latent, edges="rows"), partial(ex07.per_latent, edges="single")
C_ROWS, C_ONE = partial(ex07.per_factor, edges="rows"), partial(ex07.per_factor, edges="single")
TOTAL_ROWS = partial(ex07.total, edges="rows")


def dead_below(least):
    return lambda R: np.where(R.sum(1) < least, 0, D_numpy(R))


def based(base):
    return lambda R: 1 + P_log_P(row_share(R)).sum(1) / np.log(base)


WRONG = [
    # answers that passed before, by the luck of one shape or one scale
    (ex07.per_latent, "one base for all", based(3)),
    (ex07.per_latent, "one base for all", based(5)),
    (ex07.per_latent, "one base for all", based(2)),
    (ex07.per_latent, "error", lambda R: np.array([D_numpy(R)[i] for i in range(5)])),
    (ex07.per_latent, "small is not dead", dead_below(0.01)),
    (ex07.per_latent, "small is not dead", dead_below(0.001)),
    (ROWS, "small is not dead", dead_below(1e-4)),
    (ex07.per_latent, "unit of R", lambda R: D_numpy(R + 1e-5)),
    (ex07.per_latent, "unit of R", lambda R: 1 + P_log_P(R / np.maximum(R.sum(1, keepdims=True), 1e-3)).sum(1) / np.log(R.shape[1])),
    (ex07.per_latent, "array", lambda R: list(D_loop(R))),
    (ROWS, "left out", lambda R: D_numpy(R)[alive(R)]),
    (ex07.per_factor, "one base for all", lambda R: based(4)(R.T)),
    (ex07.importance, "penalty", lambda z, g: abs(np.atleast_2d(Lasso(0.01).fit(scale(z), scale(g)).coef_).T)),
    (ex07.error, "fitted on all", lambda z, g, a, b: E_numpy(np.r_[z, a], np.r_[g, b], a, b)),
    (ex07.error, "penalty", lambda z, g, a, b: nrmse(Ridge().fit(scale(z), g).predict((a - z.mean(0)) / z.std(0)).reshape(b.shape), b)),
    (ex07.error, "errors about their mean", lambda z, g, a, b: nrmse((a - a.mean(0)) @ W(z - z.mean(0), g - g.mean(0)), b - b.mean(0))),
    (ROWS, "0/0", lambda R: 1 - stats.entropy(R, base=R.shape[1], axis=1)),
    (ROWS, "0/0", lambda R: 1 + P_log_P(row_share(R)).sum(1) / np.log(R.shape[1])),
    (ex07.per_latent, "0 log 0", lambda R: 1 + (R / R.sum(1, keepdims=True) * np.log(R / R.sum(1, keepdims=True))).sum(1) / np.log(R.shape[1])),
    (ex07.per_latent, "wrong axis", lambda R: D_numpy(R.T)),
    (ex07.per_latent, "wrong axis", lambda R: 1 - stats.entropy(R, base=len(R), axis=0)),
    (ex07.per_latent, "wrong axis", lambda R: 1 + P_log_P(row_share(R)).sum(0) / np.log(R.shape[1])),
    (ex07.per_latent, "wrong P", lambda R: np.where(alive(R), 1 + P_log_P(row_share(R.T).T).sum(1) / np.log(R.shape[1]), 0)),
    (ex07.per_latent, "wrong base", lambda R: np.where(alive(R), 1 + P_log_P(row_share(R)).sum(1) / np.log(len(R)), 0)),
    (ex07.per_latent, "wrong base", lambda R: 1 - stats.entropy(R, base=len(R), axis=1)),
    (ex07.per_latent, "nats", lambda R: np.where(alive(R), 1 + P_log_P(row_share(R)).sum(1), 0)),
    (ex07.per_latent, "nats", lambda R: 1 - stats.entropy(R, axis=1)),
    (ex07.per_latent, "nats", lambda R: 1 + P_log_P(row_share(R)).sum(1)),
    (ex07.per_latent, "one base for all", lambda R: np.where(alive(R), 1 + P_log_P(row_share(R)).sum(1) / np.log(2), 0)),
    (ex07.per_latent, "1 − left out", lambda R: -P_log_P(row_share(R)).sum(1) / np.log(R.shape[1])),
    (ex07.per_latent, "1 − left out", lambda R: stats.entropy(R, base=R.shape[1], axis=1)),
    (ex07.per_latent, "wrong sign", lambda R: np.where(alive(R), 1 - P_log_P(row_share(R)).sum(1) / np.log(R.shape[1]), 0)),
    (ex07.per_latent, "not normalised", lambda R: np.where(alive(R), 1 + P_log_P(R).sum(1) / np.log(R.shape[1]), 0)),
    (ex07.per_latent, "not normalised", lambda R: np.where(alive(R), 1 + P_log_P(R / R.sum()).sum(1) / np.log(R.shape[1]), 0)),
    (ex07.per_latent, "not an entropy", lambda R: row_share(R).max(1)),
    (ex07.per_latent, "averaged", lambda R: D_numpy(R).mean()),
    (ex07.per_latent, "weighted", lambda R: D_numpy(R) * R.sum(1) / R.sum()),
    (ex07.per_latent, "hard-coded", lambda R: 0.189),
    (ex07.per_latent, "hard-coded", lambda R: [0.189, 1, 0]),
    (ex07.per_latent, "in place", lambda R: D_numpy(np.divide(R, 2, out=R))),
    (ex07.per_latent, "shape", lambda R: D_numpy(R)[:, None]),
    (ONE, "only one", lambda R: 1 - stats.entropy(R, base=R.shape[1], axis=1)),
    (ONE, "only one", lambda R: np.where(alive(R), 1 + P_log_P(row_share(R)).sum(1) / np.log(R.shape[1]), 0)),
    (ONE, "only one", lambda R: np.nan_to_num(1 + P_log_P(row_share(R)).sum(1) / np.log(R.shape[1]))),
    (C_ONE, "only one", lambda R: 1 - stats.entropy(R, base=len(R), axis=0)),
    (ex07.per_latent, "nats", lambda R: np.where(alive(R), 1 + P_log_P(row_share(R)).sum(1) * np.log(R.shape[1]), 0)),
    (ex07.total, "weights squared", lambda R: (R**2).sum(1) / (R**2).sum() @ D_numpy(R)),
    (ex07.total, "mean for sum", lambda R: (R.sum(1) / R.sum() * D_numpy(R)).mean()),
    (ex07.total, "error", lambda R: R.sum(0) / R.sum() @ D_numpy(R)[: R.shape[1]]),
    (ex07.total, "unweighted", lambda R: D_numpy(R).mean()),
    (ex07.total, "unweighted", lambda R: D_numpy(R)[alive(R)].mean()),
    (ex07.total, "sum for average", lambda R: D_numpy(R).sum()),
    (ex07.total, "weights don't sum to 1", lambda R: (R.sum(1) * D_numpy(R)).sum()),
    (ex07.total, "weights squared", lambda R: (R.sum(1) ** 2 * D_numpy(R)).sum() / (R.sum(1) ** 2).sum()),
    (ex07.total, "completeness", lambda R: R.sum(0) / R.sum() @ D_numpy(R.T)),
    (ex07.total, "nats", lambda R: R.sum(1) / R.sum() @ np.where(alive(R), 1 + P_log_P(row_share(R)).sum(1), 0)),
    (ex07.total, "wrong base", lambda R: R.sum(1) / R.sum() @ (1 + P_log_P(row_share(R)).sum(1) / np.log(len(R)))),
    (ex07.total, "not averaged", lambda R: R.sum(1) / R.sum() * D_numpy(R)),
    (ex07.total, "only the weights", lambda R: R.sum(1) / R.sum()),
    (TOTAL_ROWS, "0/0", lambda R: R.sum(1) / R.sum() @ (1 - stats.entropy(R, base=R.shape[1], axis=1))),
    (ex07.per_factor, "wrong axis", D_numpy),
    (ex07.per_factor, "wrong axis", lambda R: 1 + P_log_P(row_share(R)).sum(1) / np.log(len(R))),
    (ex07.per_factor, "wrong P", lambda R: np.where(R.sum(0) > 0, 1 + P_log_P(row_share(R)).sum(0) / np.log(len(R)), 0)),
    (ex07.per_factor, "wrong P", lambda R: np.where(R.sum(0) > 0, 1 + P_log_P(row_share(R)).sum(0) / np.log(R.shape[1]), 0)),
    (ex07.per_factor, "wrong base", lambda R: np.where(R.sum(0) > 0, 1 + P_log_P(row_share(R.T)).sum(1) / np.log(R.shape[1]), 0)),
    (C_ROWS, "wrong base", lambda R: C_numpy(R[alive(R)])),
    (ex07.per_factor, "nats", lambda R: 1 - stats.entropy(R, axis=0)),
    (ex07.per_factor, "one base for all", lambda R: 1 - stats.entropy(R, base=2, axis=0)),
    (C_ROWS, "0/0", lambda R: 1 - stats.entropy(R, base=len(R), axis=0)),
    (C_ROWS, "0/0", lambda R: 1 + P_log_P(row_share(R.T)).sum(1) / np.log(len(R))),
    (ex07.per_factor, "averaged", lambda R: C_numpy(R).mean()),
    (ex07.per_factor, "averaged", lambda R: np.mean(C_loop(R))),
    (ex07.importance, "unscaled codes and targets", lambda z, g: abs(LinearRegression().fit(z, g).coef_.T)),
    (ex07.importance, "unscaled codes", lambda z, g: abs(LinearRegression().fit(z, scale(g)).coef_.T)),
    (ex07.importance, "unscaled targets", lambda z, g: abs(LinearRegression().fit(scale(z), g).coef_.T)),
    (ex07.importance, "unscaled targets", lambda z, g: abs(W(scale(z), g))),
    (ex07.importance, "signed", lambda z, g: W(scale(z), scale(g))),
    (ex07.importance, "signed", lambda z, g: LinearRegression().fit(z, g).coef_.T),
    (ex07.importance, "squared", lambda z, g: W(scale(z), scale(g)) ** 2),
    (ex07.importance, "transposed", lambda z, g: abs(LinearRegression().fit(scale(z), scale(g)).coef_)),
    (ex07.importance, "codes from factors", lambda z, g: abs(W(scale(g), scale(z)))),
    (ex07.importance, "correlations", lambda z, g: abs(np.corrcoef(z.T, g.T)[: z.shape[1], z.shape[1] :])),
    (ex07.importance, "no constant", lambda z, g: abs(W(z, g))),
    (ex07.importance, "no constant", lambda z, g: abs(W(z / z.std(0), g / g.std(0)))),
    (ex07.importance, "one scale for all", lambda z, g: abs(W((z - z.mean()) / z.std(), (g - g.mean()) / g.std()))),
    (ex07.importance, "normalised", lambda z, g: R_numpy(z, g) / R_numpy(z, g).sum(0)),
    (ex07.importance, "penalty", lambda z, g: abs(np.atleast_2d(Ridge().fit(scale(z), scale(g)).coef_).T)),
    (ex07.importance, "each image by itself", lambda z, g: abs(W(*((a - a.mean(1, keepdims=True)) / a.std(1, keepdims=True) for a in (z, g))))),
    (ex07.importance, "range for standard deviation", lambda z, g: abs(W(*((a - a.min(0)) / (a.max(0) - a.min(0)) for a in (z, g))))),
    (ex07.importance, "N − 1", lambda z, g: abs(W((z - z.mean(0)) / z.std(0, ddof=1), scale(g)))),
    (ex07.importance, "constant kept", lambda z, g: abs(W(np.c_[scale(z), np.ones(len(z))], scale(g)))),
    (ex07.error, "scaled by themselves", lambda z, g, a, b: nrmse(scale(a) @ W(scale(z), scale(g)) * g.std(0) + g.mean(0), b)),
    (ex07.error, "scaled by themselves", lambda z, g, a, b: np.sqrt((((a - z.mean(0)) / z.std(0) @ W(scale(z), scale(g)) - scale(b)) ** 2).mean(0))),
    (ex07.error, "scale about the fitted mean", lambda z, g, a, b: np.sqrt(((LinearRegression().fit(z, g).predict(a) - b) ** 2).mean(0) / ((b - g.mean(0)) ** 2).mean(0))),
    (ex07.error, "errors about their mean", lambda z, g, a, b: (LinearRegression().fit(z, g).predict(a) - b).std(0) / b.std(0)),
    (ex07.error, "range for standard deviation", lambda z, g, a, b: E_numpy(z, g, a, b) * b.std(0) / (b.max(0) - b.min(0))),
    (ex07.error, "half centred", lambda z, g, a, b: nrmse((a - z.mean(0)) @ W(z - z.mean(0), g), b)),
    (ex07.error, "half centred", lambda z, g, a, b: nrmse((a - z.mean(0)) @ W(z - z.mean(0), g - g.mean(0)), b)),
    (ex07.error, "missing root", lambda *a: E_numpy(*a) ** 2),
    (ex07.error, "R² for an error", lambda z, g, a, b: [LinearRegression().fit(z, t).score(a, u) for t, u in zip(g.T, b.T, strict=True)]),
    (ex07.error, "not normalised", lambda z, g, a, b: np.sqrt(((LinearRegression().fit(z, g).predict(a) - b) ** 2).mean(0))),
    (ex07.error, "not normalised", lambda z, g, a, b: ((LinearRegression().fit(z, g).predict(a) - b) ** 2).mean(0)),
    (ex07.error, "fitted images", lambda z, g, a, b: E_numpy(z, g, z, g)),
    (ex07.error, "fitted on the new", lambda z, g, a, b: E_numpy(a, b, a, b)),
    (ex07.error, "parts swapped", lambda z, g, a, b: E_numpy(a, b, z, g)),
    (ex07.error, "scale of the fitted", lambda z, g, a, b: E_numpy(z, g, a, b) * b.std(0) / g.std(0)),
    (ex07.error, "N − 1", lambda z, g, a, b: E_numpy(z, g, a, b) * b.std(0) / torch.tensor(b).std(0).numpy()),
    (ex07.error, "absolute error", lambda z, g, a, b: abs(LinearRegression().fit(z, g).predict(a) - b).mean(0) / b.std(0)),
    (ex07.error, "averaged", lambda *a: E_numpy(*a).mean()),
    (ex07.error, "averaged", lambda z, g, a, b: np.sqrt(((LinearRegression().fit(z, g).predict(a) - b) ** 2).mean() / b.var(0))),
    (ex07.error, "scaled by themselves", lambda z, g, a, b: np.sqrt(((scale(a) @ W(scale(z), scale(g)) - scale(b)) ** 2).mean(0))),
    (ex07.error, "no constant", lambda z, g, a, b: np.sqrt(((a @ W(z, g) - b) ** 2).mean(0)) / b.std(0)),
]  # fmt: skip


@pytest.mark.whole
def test_wrong_answers_fail_get_the_right_name_and_are_never_told_the_formula():
    wrong = []
    for check, kind, student in WRONG:
        try:
            check(student)
            wrong.append((kind, "passed"))
        except CheckFailed as failed:
            if failed.kind != kind or any(part in failed.whole for part in ("1 - H", "np.", "log_K", "R / R.sum")):
                wrong.append((kind, failed.kind, failed.whole))
    assert wrong == [], "\n".join(map(str, wrong))


@pytest.mark.whole
@pytest.mark.parametrize("check", [ex07.per_latent, ex07.per_factor, ex07.total, ex07.importance, ex07.error])
def test_each_mistake_of_a_table_gets_its_own_name(check):
    assert list(misnamed(check)) == []


@pytest.mark.whole
@pytest.mark.parametrize("check", [ROWS, ONE, C_ROWS, C_ONE, TOTAL_ROWS])
def test_each_mistake_about_edge_cases_gets_its_own_name(check):
    assert list(misnamed(check)) == []


@pytest.mark.parametrize("check", [ex07.per_latent, ex07.total, ex07.per_factor, ex07.importance, ex07.error])
def test_an_untouched_stub_says_that_it_is_not_written(check):
    def stub(*args):
        raise NotImplementedError()

    assert named(check, stub) == "not written"


def test_the_picture_holds_the_students_numbers():
    ax = ex07.picture(np.eye(2), [1.0, 0.5], [0.25, 1.0], [0.1, 0.2], ["x", "y"], "mine")
    assert {text.get_text() for text in ax.texts} == {"D 1.00", "D 0.50", "C 0.25\nE 0.10", "C 1.00\nE 0.20"}
