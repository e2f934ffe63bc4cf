"""How well codes tell of factors: (codes, factors) -> numbers. A file a metric; every result says what was computed."""

from dvlab.metrics._beta_vae import BetaVAEScore, beta_vae_score
from dvlab.metrics._dci import DCI, dci
from dvlab.metrics._dci_es import DCIES, dci_es
from dvlab.metrics._factor_vae import FactorVAEScore, factor_vae_score
from dvlab.metrics._gaps import DCIMIG, JEMMIG, dcimig, jemmig
from dvlab.metrics._importance import completeness, disentanglement
from dvlab.metrics._infomec import InfoMEC, infomec
from dvlab.metrics._irs import IRS, irs
from dvlab.metrics._med import MED, med
from dvlab.metrics._mig import MIG, LatentMIG, latent_mig, mig, mig_sup
from dvlab.metrics._modularity import Explicitness, Modularity, explicitness, modularity
from dvlab.metrics._mutual_information import entropy, mutual_information
from dvlab.metrics._report import Report, report
from dvlab.metrics._sap import SAP, sap
from dvlab.metrics._support import FactorisedSupport, factorised_support
from dvlab.metrics._trial import trial
from dvlab.metrics._udr import UDR, udr
from dvlab.metrics._verdicts import Trial

__all__ = ["DCI", "DCIES", "DCIMIG", "IRS", "JEMMIG", "MED", "MIG", "SAP", "UDR", "BetaVAEScore", "Explicitness"]
__all__ += ["FactorVAEScore", "FactorisedSupport", "InfoMEC", "LatentMIG", "Modularity", "Report", "Trial"]
__all__ += ["beta_vae_score", "completeness", "dci", "dci_es", "dcimig", "disentanglement", "entropy", "explicitness"]
__all__ += ["factor_vae_score", "factorised_support", "infomec", "irs", "jemmig", "latent_mig", "med", "mig", "mig_sup"]
__all__ += ["modularity", "mutual_information", "report", "sap", "trial", "udr"]
