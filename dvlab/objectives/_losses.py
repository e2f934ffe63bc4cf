"""Objectives that are a formula: nothing in them learns."""

from dataclasses import dataclass

from torch.distributions import Distribution, Normal

from dvlab.aggregate import minibatch_log_densities
from dvlab.objectives._terms import Codes, Images, Objective, Terms, elbo_terms
from dvlab.schedules import Linear, Weight, at
from dvlab.validation import one_of


@dataclass(frozen=True)
class BetaVAE:
    """reconstruction + β KL. β = 1 is the negative ELBO.

    Parameters
    ----------
    beta : float or schedule

    References
    ----------
    Higgins et al. (2017), beta-VAE: learning basic visual concepts with a constrained variational framework.

    Examples
    --------
    >>> from dvlab.schedules import cooling
    >>> objective = BetaVAE(cooling(40, 4, steps=1500))
    """

    beta: Weight = 4.0

    def __call__(
        self, x: Images, q: Normal, px: Distribution, z: Codes, step: int = 0, dataset_size: int | None = None
    ) -> Terms:
        terms = elbo_terms(x, q, px)
        return {"loss": terms["reconstruction"] + at(self.beta, step) * terms["kl"], **terms}


@dataclass(frozen=True)
class BetaTCVAE:
    """reconstruction + α MI + β TC + γ dimension-wise KL; all 1: the negative ELBO.

    Adds the terms `mutual_information`, `total_correlation` and `dimension_wise`, whose sum is `kl`. log q(z) and
    log q(z_j) are estimated from the minibatch by `dvlab.aggregate.minibatch_log_densities` ("stratified" or
    "weighted"), so these three are biased, and so are their gradients; for numbers to report there is
    `dvlab.decomposition.kl_terms`. As the KL itself is known,

        MI = KL - TC - dimension-wise,   α MI + β TC + γ DW = α KL + (β - α) TC + (γ - α) DW,

    the estimate only enters where the weights differ, and equal weights are β-VAE exactly. (β - 1)·TC on top of β·KL is
    *not* this objective: it rewards total correlation when β < 1.
    Needs `dataset_size`, and batches of at least 128 images for the estimate to be worth having.

    Parameters
    ----------
    beta, alpha, gamma : float or schedule
        The weights of the total correlation, the mutual information and the dimension-wise KL.
    estimator : {"stratified", "weighted"}

    References
    ----------
    Chen, Li, Grosse and Duvenaud (2018), Isolating sources of disentanglement in variational autoencoders, eq. 4.

    Examples
    --------
    >>> from dvlab.schedules import cooling, maximum
    >>> kl = cooling(40, 1, steps=1500)
    >>> objective = BetaTCVAE(beta=maximum(kl, 6), alpha=kl, gamma=kl)  # TC never weighs less than 6
    """

    beta: Weight = 6.0
    alpha: Weight = 1.0
    gamma: Weight = 1.0
    estimator: str = "stratified"

    def __post_init__(self):
        one_of("estimator", self.estimator, ("stratified", "weighted"))

    def __call__(
        self, x: Images, q: Normal, px: Distribution, z: Codes, step: int = 0, dataset_size: int | None = None
    ) -> Terms:
        if dataset_size is None:
            raise ValueError("BetaTCVAE needs dataset_size, the number of images the batch was drawn from")
        terms = elbo_terms(x, q, px)
        log_qz, log_qzj = minibatch_log_densities(z, q, dataset_size=dataset_size, estimator=self.estimator)
        log_pz = Normal(0.0, 1.0).log_prob(z).sum(dim=1)
        kl = terms["kl"]
        total_correlation = (log_qz - log_qzj.sum(dim=1)).mean()  # E log q(z) - log ∏_j q(z_j)
        dimension_wise = (log_qzj.sum(dim=1) - log_pz).mean()  # E log ∏_j q(z_j) - log p(z)
        alpha, beta, gamma = (at(weight, step) for weight in (self.alpha, self.beta, self.gamma))
        penalty = alpha * kl + (beta - alpha) * total_correlation + (gamma - alpha) * dimension_wise
        return {
            "loss": terms["reconstruction"] + penalty,
            **terms,
            "mutual_information": kl - total_correlation - dimension_wise,
            "total_correlation": total_correlation,
            "dimension_wise": dimension_wise,
        }


RISING = Linear(((0, 0.0), (2000, 25.0)))


@dataclass(frozen=True)
class CapacityVAE:
    """reconstruction + γ |KL - C|, where the capacity C, in nats, rises from 0.

    Unless told otherwise C rises to 25 nats in 2,000 steps and stays there; the paper takes 100,000. γ = 1, C = 0 is
    the negative ELBO. With the paper's γ = 1000 the KL follows C closely, up and down, so a C that stays at 0 empties
    the code, and one far above ln N, all that a code can know of which of N images it is, makes latents say things
    twice. In the literature the same objective is called AnnealedVAE; so it is here.

    Parameters
    ----------
    gamma : float or schedule
    capacity : float or schedule
        C, nats per image.

    References
    ----------
    Burgess et al. (2018), Understanding disentangling in beta-VAE, eq. 8.

    Examples
    --------
    >>> CapacityVAE().capacity(1000)
    12.5
    """

    gamma: Weight = 1000.0
    capacity: Weight = RISING

    def __call__(
        self, x: Images, q: Normal, px: Distribution, z: Codes, step: int = 0, dataset_size: int | None = None
    ) -> Terms:
        terms = elbo_terms(x, q, px)
        distance = (terms["kl"] - at(self.capacity, step)).abs()
        return {"loss": terms["reconstruction"] + at(self.gamma, step) * distance, **terms}


AnnealedVAE = CapacityVAE  # its name in Locatello et al. (2019)


@dataclass(frozen=True)
class DIPVAE:
    """reconstruction + KL + λ_od Σ_{i≠j} C_ij² + λ_d Σ_i (C_ii - 1)².

    C is the covariance of the means, Cov[μ(x)], for kind "I", and of the codes, Cov[μ(x)] + E[diag σ²(x)], for kind
    "II", over the images of the batch (divided by B). Adds the term `penalty`. The paper takes λ_d = 10 λ_od for I
    and λ_d = λ_od for II. λ = 0 is the negative ELBO.

    Parameters
    ----------
    lambda_od, lambda_d : float or schedule
        The weights of what is off the diagonal and on it.
    kind : {"I", "II"}

    References
    ----------
    Kumar, Sattigeri and Balakrishnan (2018), Variational inference of disentangled latent concepts from unlabeled
    observations, eqs. 6 and 7.

    Examples
    --------
    >>> objective = DIPVAE(lambda_od=10, lambda_d=10, kind="II")
    """

    lambda_od: Weight = 10.0
    lambda_d: Weight = 100.0
    kind: str = "I"

    def __post_init__(self):
        one_of("kind", self.kind, ("I", "II"))

    def __call__(
        self, x: Images, q: Normal, px: Distribution, z: Codes, step: int = 0, dataset_size: int | None = None
    ) -> Terms:
        terms = elbo_terms(x, q, px)
        centred = q.mean - q.mean.mean(dim=0)
        covariance = centred.T @ centred / len(centred)
        if self.kind == "II":
            covariance = covariance + q.variance.mean(dim=0).diag()
        diagonal = covariance.diagonal()  # C_ii
        off_diagonal = (covariance - diagonal.diag()).square().sum()
        penalty = at(self.lambda_od, step) * off_diagonal + at(self.lambda_d, step) * (diagonal - 1).square().sum()
        return {"loss": terms["reconstruction"] + terms["kl"] + penalty, **terms, "penalty": penalty}


@dataclass(frozen=True)
class ColumnSums:
    """Another objective + weight · Σ_columns (Σ_rows (x̂ - x))², x̂ the mean of p(x|z).

    Where two factors matter alike, as x and y over the same range, the latents that serve them may be turned against
    the factors at no cost, so they are. A sprite drawn too far to the right has the wrong column sums, one drawn too
    high has not: this term makes x dearer than y, and x switches on alone. The weight should end at 0, or the result
    answers to no ELBO. Adds the term `columns`.

    Parameters
    ----------
    objective : objective
        To which it is added.
    weight : float or schedule

    Examples
    --------
    >>> from dvlab.schedules import linear
    >>> objective = ColumnSums(BetaVAE(4), linear(0.15, 0, steps=1000))
    """

    objective: Objective
    weight: Weight = 0.15

    def __call__(
        self, x: Images, q: Normal, px: Distribution, z: Codes, step: int = 0, dataset_size: int | None = None
    ) -> Terms:
        terms = self.objective(x, q, px, z, step, dataset_size)
        columns = (px.mean - x).sum(dim=2).square().sum() / len(x)
        return {**terms, "loss": terms["loss"] + at(self.weight, step) * columns, "columns": columns}
