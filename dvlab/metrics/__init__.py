"""How well codes tell of factors: (codes, factors) -> numbers. A file a metric; every result says what was computed."""

from dvlab.metrics._beta_vae import BetaVAEScore, beta_vae_score
from dvlab.metrics._dci import DCI, dci
from dvlab.metrics._factor_vae import FactorVAEScore, factor_vae_score
from dvlab.metrics._importance import completeness, disentanglement
from dvlab.metrics._mig import MIG, LatentMIG, latent_mig, mig
from dvlab.metrics._modularity import Explicitness, Modularity, explicitness, modularity
from dvlab.metrics._mutual_information import entropy, mutual_information
from dvlab.metrics._report import Report, report
from dvlab.metrics._sap import SAP, sap

__all__ = ["DCI", "MIG", "SAP", "BetaVAEScore", "Explicitness", "FactorVAEScore", "LatentMIG", "Modularity", "Report"]
__all__ += ["beta_vae_score", "completeness", "dci", "disentanglement", "entropy", "explicitness", "factor_vae_score"]
__all__ += ["latent_mig", "mig", "modularity", "mutual_information", "report", "sap"]
