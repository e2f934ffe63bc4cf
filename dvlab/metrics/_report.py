"""Every metric of one code in one table."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from torch.distributions import Normal

from dvlab.metrics._beta_vae import BetaVAEScore, beta_vae_score
from dvlab.metrics._dci import DCI, dci
from dvlab.metrics._factor_vae import FactorVAEScore, factor_vae_score
from dvlab.metrics._importance import average, share
from dvlab.metrics._inputs import Codes, Factors, as_numpy, codes_and_labels
from dvlab.metrics._mig import MIG, LatentMIG, latent_gaps, mig
from dvlab.metrics._modularity import Explicitness, Modularity, explicitness, modularity, modularity_per_latent
from dvlab.metrics._sap import SAP, sap
from dvlab.metrics._split import varying
from dvlab.validation import positive_int, seed_checked


@dataclass(frozen=True, eq=False)
class Report:
    """The results of all metrics; each prints and plots itself too."""

    mig: MIG
    latent_mig: LatentMIG
    modularity: Modularity
    dci: DCI
    sap: SAP
    explicitness: Explicitness
    factor_vae_score: FactorVAEScore
    beta_vae_score: BetaVAEScore
    images: int
    images_fitted: int  # those that dci, sap and explicitness saw

    def scores(self) -> dict[str, float]:
        """Each score by its name; higher is better in all of them."""
        return {name: score for name, score, _, _ in self._rows()}

    def _rows(self) -> list[tuple[str, float, float, str]]:
        """Name, score, what a code that knows nothing scores (NaN where that isn't known), how it was computed."""
        d, fitted, nan = self.dci, f"n = {self.images_fitted:,}", float("nan")
        null = 0.0 if self.mig.null is None else self.mig.null
        predicted, alone = (" / ".join(dict.fromkeys(result.measure)) for result in (d, self.sap))
        factor_vae, beta_vae = self.factor_vae_score, self.beta_vae_score
        return [
            ("MIG", self.mig.score, null, self.mig.estimator),
            ("latent MIG", self.latent_mig.score, nan if null > 0 else 0.0, "the same information"),
            (
                "modularity",
                self.modularity.score,
                0.0,
                "the same information" + (", less chance's" if null > 0 else ""),
            ),
            ("DCI disentanglement", d.disentanglement, nan, f"{d.regressor}, {fitted}"),
            ("DCI completeness", d.completeness, nan, f"the same, weighting: {d.weighting}"),
            ("DCI informativeness", d.informativeness, nan, f"the same, {predicted} held out"),
            ("SAP", self.sap.score, 0.0, f"{alone} of one latent, {fitted}"),
            ("explicitness", self.explicitness.score, 0.5, f"area under the ROC curve, {fitted}"),
            ("FactorVAE score", factor_vae.score, factor_vae.chance, factor_vae.groups),
            ("β-VAE score", beta_vae.score, beta_vae.chance, beta_vae.groups),
        ]

    def __str__(self) -> str:
        lines = [f"{'metric':<20} score  noise  computed from"]
        for name, score, noise, how in self._rows():
            lines.append(f"{name:<20} {score:5.3f}  {'    –' if np.isnan(noise) else f'{noise:5.3f}'}  {how}")
        return "\n".join(lines)

    def plot(self, ax=None):
        """A bar for each score, and a line across it where a code that knows nothing would end; returns the Axes."""
        import matplotlib.pyplot as plt

        if ax is None:
            ax = plt.subplots(figsize=(6, 3.5), layout="constrained")[1]
        names, scores, noise, _ = zip(*self._rows(), strict=True)
        ax.barh(names, scores, color="tab:blue")
        ax.plot(noise, range(len(names)), "k|", markersize=14, label="a code that knows nothing")
        ax.invert_yaxis()
        ax.set(xlim=(0, 1.02), xlabel="score (higher is better)")
        ax.legend(loc="lower right", bbox_to_anchor=(1, 1), frameon=False)
        return ax


def report(
    codes: Codes, factors: Factors, categorical: Sequence[int] = (), fit_on: int = 10_000, seed: int = 0
) -> Report:
    """All metrics of codes (N, D) for factors (N, K), in one table.

    `codes`: an array, a tensor, or a `Normal` q(z|x). MIG, latent MIG and modularity take a `Normal` as it is, and
    share one mutual information matrix, by quadrature; point codes give a histogram of 20 equal-width bins. The
    others take its means. `categorical`: the indices of factors whose values are names, for `dci` (with the lasso)
    and `sap`. DCI, SAP and explicitness fit something to every level or latent: with more than `fit_on` images they
    see a random `fit_on` of them, drawn by `seed`; all others see every image.

    No single number here is "the disentanglement": each metric's docstring says what it doesn't see.

    Constant factors are left out with one warning. Raises ValueError where one of the metrics does: besides bad input,
    fewer than 20 images, a factor of strings that isn't named in `categorical`, a factor of which no two images share
    a value, or one that is constant over the images fitted to or held out.
    """
    positive_int("fit_on", fit_on, least=20)
    seed_checked("seed", seed)
    z, known = codes_and_labels(codes, factors)
    varies = varying(known)
    factors = as_numpy("factors", factors)
    some = np.sort(np.random.default_rng(seed).permutation(len(z))[:fit_on])
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="left out, because constant")  # said once, above
        gap = mig(codes if isinstance(codes, Normal) else z, factors)
        return Report(
            mig=gap,
            latent_mig=latent_gaps(gap.mutual_information, gap.entropy, gap.estimator),
            modularity=_modularity(gap, varies) if isinstance(codes, Normal) else modularity(z, factors),
            dci=dci(z[some], factors[some], categorical=categorical, seed=seed),
            sap=sap(z[some], factors[some], categorical=categorical, seed=seed),
            explicitness=explicitness(z[some], factors[some], seed=seed),
            factor_vae_score=factor_vae_score(z, factors, seed=seed),
            beta_vae_score=beta_vae_score(z, factors, seed=seed),
            images=len(z),
            images_fitted=len(some),
        )


def _modularity(gap: MIG, varies: np.ndarray) -> Modularity:
    """`modularity` of a Normal from the information that MIG has integrated already."""
    information = gap.mutual_information
    per_latent, weight = modularity_per_latent(information[:, varies]), share(information.sum(axis=1))
    return Modularity(average(per_latent, weight), per_latent, weight, information)
