"""What is minimised. A loss knows nothing of the model: it sees images x, q(z|x), a sample z of it, and p(x|z).

An objective is called as `objective(x, q, px, z, step=0, dataset_size=None)` and returns a dict of named terms, each in
**nats per image**: summed over pixels and over latents, averaged over the images of the batch.

    loss             what is minimised
    reconstruction   -E_q log p(x|z), with the one sample z
    kl               KL(q(z|x) ‖ N(0, I)), closed form; loss = reconstruction + kl is the negative ELBO
    kl_per_latent    (D,), its parts

Every weight is a number or a schedule, step -> number (`dvlab.schedules`).

`BetaVAE`, `BetaTCVAE`, `CapacityVAE` (also called `AnnealedVAE`), `DIPVAE`, `FactorisedSupportVAE` and `ColumnSums` are
formulas. Three do more:

    AdaGVAE     trains on pairs of images, and changes q(z|x) before z is drawn: `adapt(q)`, with `pairs = True`
    FactorVAE   has a network of its own that learns beside the model: `begin`, `after_step(z)`, `tensors`, `restore`
    IVAE        has a prior of its own for each group of images that learns beside the model; takes the groups, `u`

`dvlab.train` calls these where an objective has them.
"""

from dvlab.objectives._ada_gvae import AdaGVAE
from dvlab.objectives._factor_vae import FactorVAE
from dvlab.objectives._factorised_support import FactorisedSupportVAE
from dvlab.objectives._ivae import IVAE
from dvlab.objectives._losses import DIPVAE, AnnealedVAE, BetaTCVAE, BetaVAE, CapacityVAE, ColumnSums
from dvlab.objectives._terms import Codes, Images, Objective, Terms, elbo_terms

__all__ = [
    "DIPVAE",
    "IVAE",
    "AdaGVAE",
    "AnnealedVAE",
    "BetaTCVAE",
    "BetaVAE",
    "CapacityVAE",
    "Codes",
    "ColumnSums",
    "FactorVAE",
    "FactorisedSupportVAE",
    "Images",
    "Objective",
    "Terms",
    "elbo_terms",
]
