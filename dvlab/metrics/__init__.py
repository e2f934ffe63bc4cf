"""How well codes tell of factors: (codes, factors) -> numbers. A file a metric; every result says what was computed."""

from dvlab.metrics.beta_vae import BetaVAEScore, beta_vae_score
from dvlab.metrics.dci import DCI, dci
from dvlab.metrics.factor_vae import FactorVAEScore, factor_vae_score
from dvlab.metrics.importance import completeness, disentanglement
from dvlab.metrics.mig import MIG, LatentMIG, latent_mig, mig
from dvlab.metrics.modularity import Explicitness, Modularity, explicitness, modularity
from dvlab.metrics.mutual_information import entropy, mutual_information
from dvlab.metrics.report import Report, report
from dvlab.metrics.sap import SAP, sap

__all__ = ["DCI", "MIG", "SAP", "BetaVAEScore", "Explicitness", "FactorVAEScore", "LatentMIG", "Modularity", "Report"]
__all__ += ["beta_vae_score", "completeness", "dci", "disentanglement", "entropy", "explicitness", "factor_vae_score"]
__all__ += ["latent_mig", "mig", "modularity", "mutual_information", "report", "sap"]
