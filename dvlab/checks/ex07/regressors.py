"""Exercise 07, parts 4 and 5: R = |W| of linear regressors, and their error on images that were not fitted."""

# ruff: noqa: E501 - a mistake a line, as a table

from collections.abc import Callable

import numpy as np
from sklearn.linear_model import Lasso

from dvlab.checks.comparison import Mistake, compare
from dvlab.checks.ex07.spread import shares

REREAD_R = "part 4 above, and lecture 7, section 1"
OWN = "the new codes were standardised by their own mean and standard deviation: a regressor knows only those of the images it was fitted on."
REREAD_E = "part 5 above, and lecture 7, section 5"


def drawn_codes(rng: np.random.Generator, images: int, latents: int, factors: int) -> tuple[np.ndarray, np.ndarray]:
    """Correlated codes in all sorts of units, none centred, and factors that they predict well but not exactly."""
    z = rng.normal(size=(images, latents)) @ (np.eye(latents) + 0.4 * rng.normal(size=(latents, latents)))
    g = z @ rng.normal(size=(latents, factors)) + 0.5 * rng.normal(size=(images, factors))
    return tuple(a * np.exp(rng.uniform(-1.5, 1.5, a.shape[1])) + rng.uniform(1, 4, a.shape[1]) for a in (z, g))


def several_codes(seed: int, unseen: int = 0) -> list[tuple[np.ndarray, ...]]:
    """Codes and factors of several shapes, small and large units among them; with `unseen` more images in halves."""
    rng, out = np.random.default_rng(seed), []
    for images, latents, factors, unit in ((8, 2, 2, 1), (40, 4, 3, 1), (25, 2, 5, 1e-3), (60, 5, 1, 1e3)):
        z, g = drawn_codes(rng, images + (unseen if images > 8 else min(unseen, 4)), latents, factors)
        z = z * unit
        out.append((z[:images], g[:images], z[images:], g[images:]) if unseen else (z, g))
    return [tuple(a.round(1) for a in out[0]), *out[1:]]


def centred(a: np.ndarray) -> np.ndarray:
    return a - a.mean(axis=0)


def scaled(a: np.ndarray) -> np.ndarray:
    return centred(a) / a.std(axis=0)


def slopes(z: np.ndarray, g: np.ndarray) -> np.ndarray:
    """W (latents, factors) of least squares, as given: no column of ones."""
    if not (np.isfinite(z).all() and np.isfinite(g).all()):  # LAPACK would print to stderr
        return np.full((z.shape[1], g.shape[1]), np.nan)
    return np.linalg.lstsq(z, g, rcond=None)[0]


def importance(student: Callable, seed: int = 0) -> None:
    """Check `importance(z, g)`, (images, latents), (images, factors) -> (latents, factors)."""

    def right(z, g):
        return np.abs(slopes(scaled(z), scaled(g)))

    def ridge(z, g, penalty=1.0):
        Z = scaled(z)
        return np.abs(np.linalg.solve(Z.T @ Z + penalty * np.eye(Z.shape[1]), Z.T @ scaled(g)))

    def lasso(z, g, penalty):
        return np.abs(np.atleast_2d(Lasso(penalty).fit(scaled(z), scaled(g)).coef_)).T

    def over_all(a):  # one mean and one standard deviation for the whole array
        return (a - a.mean()) / a.std()

    def across(a):  # each image by itself
        return (a - a.mean(axis=1, keepdims=True)) / a.std(axis=1, keepdims=True)

    def to_range(a):  # from 0 to 1
        return (a - a.min(axis=0)) / np.ptp(a, axis=0)

    def centred_range(a):
        return centred(a) / np.ptp(a, axis=0)

    spread = "the smallest and the largest value set the unit: one outlier moves them. Standardise by the standard deviation."
    codes = "the latents are in different units: standardise each of them, or a weight depends on the unit."
    targets = "the factors are in different units: standardise each of them, or a column of R depends on the unit."
    signed = "some entries are negative: importance has no sign."
    one = "one standard deviation for the whole array: each latent and each factor needs its own."
    constant = "the regression has no constant: centre the codes and the factors (or add a column of ones)."
    alone = "one latent at a time, a correlation: a regressor sees all latents at once, and yours are correlated."
    mistakes = [
        Mistake("unscaled codes and targets", lambda z, g: np.abs(slopes(centred(z), centred(g))), f"neither is standardised: {codes} And {targets}"),
        Mistake("unscaled codes", lambda z, g: np.abs(slopes(centred(z), scaled(g))), codes),
        Mistake("unscaled targets", lambda z, g: np.abs(slopes(scaled(z), centred(g))), targets),
        Mistake("unscaled targets", lambda z, g: np.abs(slopes(scaled(z), g)), targets),
        Mistake("each image by itself", lambda z, g: np.abs(slopes(across(z), across(g))), "each image is standardised by itself; a latent's mean and standard deviation are taken over the images (which axis are they?)."),
        Mistake("range for standard deviation", lambda z, g: np.abs(slopes(to_range(z), to_range(g))), f"{spread} And {constant}"),
        Mistake("range for standard deviation", lambda z, g: np.abs(slopes(centred_range(z), centred_range(g))), spread),
        Mistake("N − 1", lambda z, g: right(z, g) * np.sqrt(len(z) / (len(z) - 1)), "one standard deviation is divided by N − 1 (torch's default), the other by N: take the same in both."),
        Mistake("N − 1", lambda z, g: right(z, g) * np.sqrt((len(z) - 1) / len(z)), "one standard deviation is divided by N − 1 (torch's default), the other by N: take the same in both."),
        Mistake("constant kept", lambda z, g: np.abs(slopes(np.c_[scaled(z), np.ones(len(z))], scaled(g))), "the last row is the weight of the constant, which is no latent."),
        Mistake("constant kept", lambda z, g: np.abs(slopes(np.c_[np.ones(len(z)), scaled(z)], scaled(g))), "the first row is the weight of the constant, which is no latent."),
        Mistake("signed", lambda z, g: slopes(scaled(z), scaled(g)), signed),
        Mistake("signed", lambda z, g: slopes(centred(z), centred(g)), f"{signed} And {codes} And {targets}"),
        Mistake("squared", lambda z, g: right(z, g) ** 2, "the weights are squared; their absolute values are asked."),
        Mistake("transposed", lambda z, g: right(z, g).T, "rows are latents and columns are factors: yours is the other way round."),
        Mistake("transposed", lambda z, g: np.abs(slopes(centred(z), centred(g))).T, f"rows are latents and columns are factors. And {codes} And {targets}"),
        Mistake("codes from factors", lambda z, g: np.abs(slopes(scaled(g), scaled(z))), "you predict the codes from the factors; it is the factors that are predicted."),
        Mistake("codes from factors", lambda z, g: np.abs(slopes(scaled(g), scaled(z))).T, "you predict the codes from the factors; it is the factors that are predicted."),
        Mistake("correlations", lambda z, g: np.abs(scaled(z).T @ scaled(g)) / len(z), alone),
        Mistake("correlations", lambda z, g: np.abs(scaled(z).T @ scaled(g)), alone),
        Mistake("no constant", lambda z, g: np.abs(slopes(z, g)), f"{constant} And {codes} And {targets}"),
        Mistake("no constant", lambda z, g: np.abs(slopes(z / z.std(axis=0), g / g.std(axis=0))), constant),
        Mistake("no constant", lambda z, g: np.abs(slopes(z / z.std(axis=0), scaled(g))), constant),
        Mistake("one scale for all", lambda z, g: np.abs(slopes(over_all(z), over_all(g))), one),
        Mistake("one scale for all", lambda z, g: np.abs(slopes(centred(z), centred(g))) * z.std() / g.std(), one),
        Mistake("variance for standard deviation", lambda z, g: np.abs(slopes(centred(z) / z.var(axis=0), centred(g) / g.var(axis=0))), "you divided by the variance; the standard deviation is its root."),
        Mistake("normalised", lambda z, g: shares(right(z, g), 0), "R's columns sum to 1 here: the normalisation belongs to C_j, R is the bare weights."),
        Mistake("normalised", lambda z, g: shares(right(z, g), 1), "R's rows sum to 1 here: the normalisation belongs to D_i, R is the bare weights."),
        Mistake("normalised", lambda z, g: right(z, g) / right(z, g).sum(), "R's entries sum to 1 here: R is the bare weights."),
        *(Mistake("penalty", lambda z, g, a=a: ridge(z, g, a), "these weights are shrunk, as a ridge regression's are: plain least squares is asked.") for a in (0.1, 1, 10)),
        *(Mistake("penalty", lambda z, g, a=a: lasso(z, g, a), "these weights are shrunk, as a lasso's are: plain least squares is asked.") for a in (0.001, 0.01, 0.1, 1)),
        Mistake("first factor", lambda z, g: right(z, g[:, :1]), "this is the column of factor 0 alone; every factor has a regressor."),
    ]  # fmt: skip
    fixed = several_codes(seed)
    compare(student, right, None, mistakes, fixed=fixed, draws=0, reread=REREAD_R, needs="array")


def error(student: Callable, seed: int = 0) -> None:
    """Check `prediction_error(z, g, z_new, g_new)` -> (factors,): NRMSE on the images that were not fitted."""

    def residual(z, g, z_new, g_new):
        return g_new - g.mean(axis=0) - (z_new - z.mean(axis=0)) @ slopes(centred(z), centred(g))

    def mse(*a):
        return (residual(*a) ** 2).mean(axis=0)

    def right(z, g, z_new, g_new):
        return np.sqrt(mse(z, g, z_new, g_new) / g_new.var(axis=0))

    def own_scale(z, g, z_new, g_new):
        difference = scaled(g_new) - scaled(z_new) @ slopes(scaled(z), scaled(g))
        return np.sqrt((difference**2).mean(axis=0))

    def bare(z, g, z_new, g_new):
        return np.sqrt(((g_new - z_new @ slopes(z, g)) ** 2).mean(axis=0) / g_new.var(axis=0))

    def half_own(z, g, z_new, g_new, centre=scaled):  # the new codes by themselves, back in the fitted factors' units
        predicted = centre(z_new) @ slopes(centre(z), centre(g))
        predicted = predicted * (g.std(axis=0) if centre is scaled else 1) + g.mean(axis=0)
        return nrmse(predicted, g_new)

    def own_factors(z, g, z_new, g_new):  # only the new factors by themselves
        Z = (z_new - z.mean(axis=0)) / z.std(axis=0)
        return np.sqrt(((scaled(g_new) - Z @ slopes(scaled(z), scaled(g))) ** 2).mean(axis=0))

    def nrmse(predicted, g_new):
        return np.sqrt(((predicted - g_new) ** 2).mean(axis=0) / g_new.var(axis=0))

    def half_centred(z, g, z_new, g_new, back=0):
        return nrmse((z_new - z.mean(axis=0)) @ slopes(centred(z), g) + back * g.mean(axis=0), g_new)

    def on_all(z, g, z_new, g_new):
        centre, middle = np.r_[z, z_new].mean(axis=0), np.r_[g, g_new].mean(axis=0)
        return nrmse((z_new - centre) @ slopes(z - centre, g - middle) + middle, g_new)

    def ridge(z, g, z_new, g_new, penalty):
        Z = scaled(z)
        W = np.linalg.solve(Z.T @ Z + penalty * np.eye(Z.shape[1]), Z.T @ centred(g))
        return nrmse((z_new - z.mean(axis=0)) / z.std(axis=0) @ W + g.mean(axis=0), g_new)

    root = "the root is missing: this is the mean squared error over the variance."
    unit = "this error is in the factor's own unit: divide by the standard deviation of the factor, so that guessing the mean gives 1."
    higher = "this is an R²: higher is better. An error is asked, lower is better."
    seen = "this is the error on the images that were fitted; it is too small. The new images decide."
    refit = "you fitted on the new images: then they are not unseen any more."
    deviation = "the standard deviation is that of the new images' factors, whose error it is compared with."
    mistakes = [
        Mistake("missing root", lambda *a: right(*a) ** 2, root),
        Mistake("R² for an error", lambda *a: 1 - right(*a) ** 2, higher),
        Mistake("R² for an error", lambda *a: 1 - right(*a), "one minus the error: higher is better there. The error itself is asked."),
        Mistake("not normalised", lambda *a: np.sqrt(mse(*a)), unit),
        Mistake("not normalised", mse, f"{root} And {unit}"),
        Mistake("fitted images", lambda z, g, *_: right(z, g, z, g), seen),
        Mistake("fitted images", lambda z, g, *_: right(z, g, z, g) ** 2, f"{seen} And {root}"),
        Mistake("fitted images", lambda z, g, *_: 1 - right(z, g, z, g) ** 2, f"{seen} And {higher}"),
        Mistake("fitted on the new", lambda z, g, z_new, g_new: right(z_new, g_new, z_new, g_new), refit),
        Mistake("parts swapped", lambda z, g, z_new, g_new: right(z_new, g_new, z, g), "you fitted on the new images and scored on the others."),
        Mistake("scale of the fitted", lambda *a: np.sqrt(mse(*a)) / a[1].std(axis=0), deviation),
        Mistake("scale of the fitted", lambda *a: np.sqrt(mse(*a)) / a[1].std(axis=0, ddof=1), f"{deviation} And it is divided by N, not N − 1."),
        Mistake("N − 1", lambda *a: np.sqrt(mse(*a)) / a[3].std(axis=0, ddof=1), "the standard deviation is divided by N − 1 (torch's default), the squared error by N: take N in both."),
        Mistake("variance for standard deviation", lambda *a: np.sqrt(mse(*a)) / a[3].var(axis=0), "the root of the squared error is divided by the variance: the standard deviation is what has its unit."),
        Mistake("absolute error", lambda *a: np.abs(residual(*a)).mean(axis=0) / a[3].std(axis=0), "the mean absolute error; the root of the mean squared one is asked."),
        Mistake("divided by the mean", lambda *a: np.sqrt(mse(*a)) / a[3].mean(axis=0), "divide by the standard deviation, not by the mean: the mean moves with the origin."),
        Mistake("sum for mean", lambda *a: right(*a) * np.sqrt(len(a[2])), "you added the squared errors up: their mean over the images is asked."),
        Mistake("averaged", lambda *a: right(*a).mean(), "one number for each factor, please."),
        Mistake("averaged", lambda *a: np.sqrt((residual(*a) ** 2).mean() / a[3].var(axis=0)), "the squared errors of all factors are averaged, in their different units: each factor has an error of its own (which axis are the images?)."),
        Mistake("wrong axis", lambda *a: np.sqrt((residual(*a) ** 2).mean(axis=1)), "you averaged over the factors; the mean is over the images."),
        Mistake("scale about the fitted mean", lambda *a: np.sqrt(mse(*a) / ((a[3] - a[1].mean(axis=0)) ** 2).mean(axis=0)), "the standard deviation is about the mean of the *fitted* images' factors; both sums are about the new images."),
        Mistake("errors about their mean", lambda *a: residual(*a).std(axis=0) / a[3].std(axis=0), "an error that all new images share is missing. It is lost where the standard deviation of the errors is taken, and also where the new images are centred by their own mean: that is leakage, a regressor knows only the fitted images."),
        Mistake("range for standard deviation", lambda *a: np.sqrt(mse(*a)) / np.ptp(a[3], axis=0), "divide by the standard deviation, not by the range: one outlier moves that."),
        Mistake("scaled by themselves", half_own, OWN),
        Mistake("scaled by themselves", lambda *a: half_own(*a, centre=centred), OWN),
        Mistake("scaled by themselves", own_factors, "the new images' factors were standardised by their own mean and standard deviation, the prediction by those of the fitted images: undo the fit's scale first."),
        Mistake("half centred", half_centred, "the codes are centred and the factors are not: then the prediction lacks their mean."),
        Mistake("half centred", lambda z, g, z_new, g_new: nrmse((z_new - z.mean(axis=0)) @ slopes(centred(z), centred(g)), g_new), "the prediction is still centred: the mean of the factors is missing."),
        Mistake("half centred", lambda z, g, z_new, g_new: nrmse(z_new @ slopes(centred(z), centred(g)) + g.mean(axis=0), g_new), "the fit was centred, the new codes are not."),
        Mistake("scaled by themselves", own_scale, "the new images were standardised by their own mean and standard deviation: a regressor knows only those of the images it was fitted on."),
        Mistake("no constant", bare, "the regression has no constant: centre, or add a column of ones."),
        Mistake("fitted on all", lambda z, g, a, b: right(np.r_[z, a], np.r_[g, b], a, b), f"the fit has seen old and new images together. {refit}"),
        Mistake("standardised on all", on_all, "the mean and the standard deviation of old and new images together were used, and the fit has no constant of its own: the regressor knows only the fitted images."),
        Mistake("penalty", lambda *a: ridge(*a, 1.0), "these weights are shrunk, as a ridge regression's are: plain least squares is asked."),
    ]  # fmt: skip
    fixed = several_codes(seed, unseen=20)
    compare(student, right, None, mistakes, fixed=fixed, draws=0, reread=REREAD_E, needs="array")
