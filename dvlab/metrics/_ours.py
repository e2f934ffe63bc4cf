"""All metrics of this package before the court, each by what it claims to measure."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from dvlab.metrics._beta_vae import beta_vae_score
from dvlab.metrics._court import assemble, try_on
from dvlab.metrics._dci import dci
from dvlab.metrics._dci_es import dci_es
from dvlab.metrics._factor_vae import factor_vae_score
from dvlab.metrics._gaps import dcimig, jemmig
from dvlab.metrics._infomec import infomec
from dvlab.metrics._irs import irs
from dvlab.metrics._med import med
from dvlab.metrics._mig import latent_mig, mig
from dvlab.metrics._modularity import explicitness, modularity
from dvlab.metrics._sap import sap
from dvlab.metrics._support import factorised_support
from dvlab.metrics._udr import udr
from dvlab.metrics._verdicts import Trial

ALL = ("modularity", "compactness", "explicitness")
DCI = {"disentanglement": ("D",), "completeness": ("C",), "informativeness": ("R²",)}
GENERIC = {"disentanglement": ALL[:1], "completeness": ALL[1:2], "informativeness": ALL[2:]}
INFOMEC = {name: (name,) for name in ALL}


def beyond_chance(metric: Callable, codes: np.ndarray, factors: np.ndarray) -> float:
    """(score − chance) / (1 − chance), where chance is ½ (an area under a ROC curve) or the result's own."""
    result = metric(codes, factors)
    chance = getattr(result, "chance", 0.5)
    return (result.score - chance) / (1 - chance) if chance < 1 else result.score


def support(codes: np.ndarray, factors: np.ndarray) -> float:
    """`factorised_support`, which takes no factors."""
    return factorised_support(codes).score


def agreement(codes: np.ndarray, factors: np.ndarray) -> float:
    """UDR beside a second model, whose codes are the factors themselves."""
    return float(udr([codes, factors]).per_model[0])


OURS: dict[str, tuple[Callable, Any]] = {
    "MIG": (mig, ("MIG",)),
    "latent MIG": (latent_mig, ("modularity", "explicitness")),
    "DCIMIG": (dcimig, ("modularity", "explicitness")),
    "JEMMIG": (jemmig, ALL),
    "SAP": (sap, ("SAP",)),
    "modularity": (modularity, ("modularity",)),
    "InfoMEC": (infomec, INFOMEC),
    "InfoMEC kNN": (partial(infomec, estimator="knn"), INFOMEC),
    "DCI lasso": (dci, DCI),
    "DCI forest": (partial(dci, regressor="forest"), GENERIC),
    "MED": (med, {name: GENERIC[name] for name in ("disentanglement", "completeness")}),
    "DCI-ES": (dci_es, ("ease",)),
    "explicitness": (partial(beyond_chance, explicitness), ("explicitness",)),
    "FactorVAE": (partial(beyond_chance, factor_vae_score), ("modularity",)),
    "β-VAE": (partial(beyond_chance, beta_vae_score), ("modularity",)),
    "IRS": (irs, ("modularity",)),
    "UDR to factors": (agreement, ALL),
    "support": (support, ("support",)),
}
_SHORT = {"modularity": "M", "compactness": "C", "explicitness": "E"}
_SHORT |= {"disentanglement": "D", "completeness": "C", "informativeness": "I"}


def try_ours(cases: Sequence[str], n_jobs: int | None = None) -> Trial:
    """`OURS` on the cases, a job for each metric and case."""
    from joblib import Parallel, delayed

    jobs = [(name, case) for case in cases for name in OURS]
    found = Parallel(n_jobs=n_jobs)(delayed(_job)(name, case) for name, case in jobs)
    row = dict(zip(jobs, found, strict=True))
    return assemble([(name, [row[name, case] for case in cases]) for name in OURS], cases)


def _job(name: str, case: str) -> dict:
    metric, measures = OURS[name]
    return {_SHORT.get(component, component): cell for component, cell in try_on(metric, measures, [case])[0].items()}
