"""Every metric of one code in one table."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int
from torch.distributions import Normal

from dvlab.metrics._beta_vae import BetaVAEScore, beta_vae_score
from dvlab.metrics._dci import DCI, dci
from dvlab.metrics._dci_es import DCIES, dci_es
from dvlab.metrics._factor_vae import FactorVAEScore, factor_vae_score
from dvlab.metrics._gaps import DCIMIG, JEMMIG, factor_gaps, jemmig
from dvlab.metrics._importance import average, share
from dvlab.metrics._infomec import InfoMEC, infomec
from dvlab.metrics._inputs import Codes, Factors, as_numpy, codes_and_labels
from dvlab.metrics._irs import IRS, irs
from dvlab.metrics._med import MED, information_med
from dvlab.metrics._mig import MIG, LatentMIG, latent_gaps, mig
from dvlab.metrics._modularity import Explicitness, Modularity, explicitness, modularity, modularity_per_latent
from dvlab.metrics._regressors import boosting_seconds
from dvlab.metrics._sap import SAP, sap
from dvlab.metrics._split import varying
from dvlab.metrics._support import FactorisedSupport, factorised_support
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
    dcimig: DCIMIG
    jemmig: JEMMIG
    med: MED
    infomec: InfoMEC
    dci_es: DCIES
    irs: IRS
    factorised_support: FactorisedSupport
    images: int
    images_fitted: int  # those that dci, dci_es, sap, explicitness, infomec, irs and factorised_support saw
    boosting_seconds: float  # what dci(..., "boosting") would take on these, about, on one core

    def scores(self) -> dict[str, float]:
        """Each score by its name; higher is better in all of them.

        Returns
        -------
        dict of str to float
        """
        return {name: score for name, score, _, _ in self._rows()}

    def _rows(self) -> list[tuple[str, float, float, str]]:
        """Name, score, what a code that knows nothing scores (NaN where that isn't known), how it was computed."""
        d, fitted, nan = self.dci, f"n = {self.images_fitted:,}", float("nan")
        null = 0.0 if self.mig.null is None else self.mig.null
        predicted, alone = (" / ".join(dict.fromkeys(result.measure)) for result in (d, self.sap))
        info, factor_vae, beta_vae = self.infomec, self.factor_vae_score, self.beta_vae_score
        return [
            ("MIG", self.mig.score, null, self.mig.estimator),
            ("latent MIG", self.latent_mig.score, nan if null > 0 else 0.0, "the same information"),
            (
                "modularity",
                self.modularity.score,
                0.0,
                "the same information" + (", less chance's" if null > 0 else ""),
            ),
            ("DCIMIG", self.dcimig.score, nan if null > 0 else 0.0, "the same information"),
            ("MED", self.med.score, nan, "the same information"),
            ("JEMMIG", self.jemmig.score, nan, f"{self.jemmig.bins} equal-width bins"),
            ("InfoM", info.modularity, 0.0, f"{info.estimator}, {fitted}"),
            ("InfoC", info.compactness, 0.0, "the same"),
            ("InfoE", info.explicitness, 0.0, "the same, held out"),
            ("DCI disentanglement", d.disentanglement, nan, f"{d.regressor}, {fitted}"),
            ("DCI completeness", d.completeness, nan, f"the same, weighting: {d.weighting}"),
            ("DCI informativeness", d.informativeness, nan, f"the same, {predicted} held out"),
            ("SAP", self.sap.score, 0.0, f"{alone} of one latent, {fitted}"),
            ("explicitness", self.explicitness.score, 0.5, f"area under the ROC curve, {fitted}"),
            ("DCI-ES explicitness", self.dci_es.explicitness, 0.0, f"ridge and random features, {fitted}"),
            ("DCI-ES size", self.dci_es.size, nan, "factors / latents"),
            ("IRS", self.irs.score, nan, f"quantile {self.irs.quantile:g}"),
            ("factorised support", self.factorised_support.score, nan, "no factors needed"),
            ("FactorVAE score", factor_vae.score, factor_vae.chance, factor_vae.groups),
            ("β-VAE score", beta_vae.score, beta_vae.chance, beta_vae.groups),
        ]

    def __str__(self) -> str:
        lines = [f"{'metric':<20} score  noise  computed from"]
        for name, score, noise, how in self._rows():
            lines.append(f"{name:<20} {score:5.3f}  {'    –' if np.isnan(noise) else f'{noise:5.3f}'}  {how}")
        of = f"of {self.images_fitted:,} images on one core"
        lines.append(f'dci(..., "boosting") would take about {self.boosting_seconds:,.0f} s, {of}')
        return "\n".join(lines)

    def plot(self, ax=None):
        """A bar for each score, and a line across it where a code that knows nothing would end.

        Parameters
        ----------
        ax : matplotlib Axes, optional

        Returns
        -------
        matplotlib Axes
        """
        import matplotlib.pyplot as plt

        if ax is None:
            ax = plt.subplots(figsize=(6, 5.5), layout="constrained")[1]
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
    """All metrics of codes for factors, in one table.

    MIG, latent MIG and modularity take a `Normal` as it is, and share one mutual information matrix, by quadrature;
    point codes give a histogram of 20 equal-width bins. The others, but InfoMEC, take its means; DCIMIG and MED share
    the matrix. DCI, DCI-ES, SAP, explicitness, InfoMEC, IRS and the factorised support take time: with more than
    `fit_on` images they see a random `fit_on` of them; all others see every image. DCI is the lasso's: the last line
    says what boosting would take.

    No single number here is "the disentanglement": each metric's docstring says what it doesn't see.

    Constant factors are left out with one warning.

    Parameters
    ----------
    codes : array, tensor or Normal, shape (images, latents)
    factors : array or tensor, shape (images, factors)
        Numbers or names; most metrics count every value as a level, so bin a continuous factor first.
    categorical : sequence of int
        The indices of factors whose values are names, for `dci` (with the lasso), `dci_es` and `sap`.
    fit_on : int
        Images that the slow metrics see at most; at least 20.
    seed : int
        Of the images drawn, the splits, the groups and the random features.

    Returns
    -------
    Report
        A result for each metric, by its name; `scores()` gives the numbers alone. It prints and plots itself.

    Raises
    ------
    ValueError
        Where one of the metrics does: besides bad input, fewer than 20 images, a factor of strings that isn't named in
        `categorical`, a factor of which no two images share a value, or one that is constant over the images fitted to
        or held out; and for fit_on < 20.

    Examples
    --------
    >>> import numpy as np
    >>> from dvlab.metrics import report
    >>> factors = np.array(list(np.ndindex(6, 6)))
    >>> found = report(factors, factors)
    >>> f"{len(found.scores())} scores, MIG {found.scores()['MIG']:.2f}, SAP {float(found.sap):.2f}"
    '20 scores, MIG 1.00, SAP 1.00'
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
            dcimig=factor_gaps(gap.mutual_information, gap.entropy),
            jemmig=jemmig(z, factors),
            med=information_med(gap.mutual_information, varies),
            infomec=infomec(_part(codes, z, some), factors[some], seed=seed),
            dci_es=dci_es(z[some], factors[some], categorical=categorical, seed=seed),
            irs=irs(z[some], factors[some]),
            factorised_support=factorised_support(z[some]),
            images=len(z),
            images_fitted=len(some),
            boosting_seconds=boosting_seconds(len(some), z.shape[1], known.sizes[varies]),
        )


def _part(
    codes: Codes, z: Float[np.ndarray, "images latents"], some: Int[np.ndarray, " some"]
) -> Float[np.ndarray, "some latents"] | Normal:
    """The codes of some images, as a `Normal` where they are one."""
    if not isinstance(codes, Normal):
        return z[some]
    return Normal(codes.loc.detach().cpu()[some], codes.scale.detach().cpu()[some])


def _modularity(gap: MIG, varies: np.ndarray) -> Modularity:
    """`modularity` of a Normal from the information that MIG has integrated already."""
    information = gap.mutual_information
    per_latent, weight = modularity_per_latent(information[:, varies]), share(information.sum(axis=1))
    return Modularity(average(per_latent, weight), per_latent, weight, information)
