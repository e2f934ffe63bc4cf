# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 0. Toolbox and map
#
# **A reference: nobody must read it first.** Start with [lecture 1](01_disentanglement.ipynb), and come back when a
# tool or a word is missing. Here are
#
# 1. the [map](#Map): each slide, in its words, and the passage that has it; and where the slides simplify;
# 2. the [notation](#Notation) and a [glossary](#Glossary) of the course's words;
# 3. five tools, each with a question, a formula, two lines of code, and a check against a number that somebody else
#    computed: [entropy](#1.-Entropy,-in-nats), [the KL divergence](#2.-The-KL-divergence),
#    [mutual information](#3.-Mutual-information), [conditioning a Gaussian](#4.-Conditioning-a-Gaussian) and
#    [Monte-Carlo error](#5.-Monte-Carlo-error).
#
# **You need** expectations, Bayes' rule, and a little NumPy. PyTorch appears in three cells.
#
# **Time:** the core path takes about 45 minutes; it runs in under 10 seconds on a CPU.

# %% [markdown]
# ## Map
#
# Each slide in its own words, and where the core path has it: a link leads to the section, and the words in italics
# begin the passage there that quotes the slide or has its formula. Slides that build up line by line are listed by the
# line that is new.
#
# | slide | says | where |
# |:--|:--|:--|
# | *What is Disentanglement?* | "Isolating sources of variation in observational data"; "separating underlying concepts of 'Big Red Apple'" | [1, section 1](01_disentanglement.ipynb#1.-A-big-red-apple): *Two red apples*; more in sections 2 to 4 |
# |  | "Can we isolate these factors using some representation learning method?" | [1, section 1](01_disentanglement.ipynb#1.-A-big-red-apple): *Observational is the hard part*; more in section 6 and in [9](09_without_labels.ipynb) |
# |  | "Why do we need this?"; "Useful to generate new images that are not in observed dataset"; "Small Black Apple" | [1, section 6](01_disentanglement.ipynb#6.-The-Small-Black-Apple): *The slides promise*; [8, section 1](08_putting_it_together.ipynb#1.-What-the-slides-promised): *Why isolate big, red and apple?* |
# | *Disentanglement: Example* | images "generated when latents (dimensions encoding generative factors) corresponding to gender are changed"; "more control when latents are disentangled" | [1, section 5](01_disentanglement.ipynb#5.-Control:-change-one-factor,-leave-the-rest): *The slides*; [1, section 8](01_disentanglement.ipynb#8.-Faces,-correlations,-and-whose-categories-they-are): *The slides' example*; more in [9](09_without_labels.ipynb) |
# | *Disentanglement: Why VAEs?* | "Recall VAEs"; "VAEs learn latent variables which can be used to generate data" | [2, section 1](02_vae.ipynb#1.-An-autoencoder's-codes-lie-anywhere): *Ten standard Gaussian codes*; [2, section 2](02_vae.ipynb#2.-The-model): *The slide's*; more in section 5 |
# | *β-VAE* | "A variant of VAE which allows disentanglement"; "Recall **VAE loss**": $L_{\text{VAE}}=-\log p_\theta(\mathbf x)+D_{\mathrm{KL}}(q_\phi(\mathbf z\mid\mathbf x)\,\Vert\,p_\theta(\mathbf z\mid\mathbf x))$ | [2, section 3](02_vae.ipynb#The-loss-on-the-slides): *The slides recall*; exercise 02 |
# |  | "Another way of writing the VAE objective"; "Maximize probability of generating real data"; "keeping distance between real and approximate posterior distributions small" | [2, section 8](02_vae.ipynb#8.-The-door-to-lecture-3): *keeping distance*; [3, section 1](03_beta_vae.ipynb#1.-A-budget): *The slides write the VAE's objective* |
# |  | "a Lagrangian with a Lagrangian multiplier β under KKT conditions"; "similar to SVM"; "since β, δ ≥ 0" | [3, section 4](03_beta_vae.ipynb#4.-Why-βδ-may-be-dropped,-and-the-likeness-to-an-SVM): *The Lagrangian holds*, *Similar to SVM*; more in sections 2 and 3; exercise 03 |
# |  | "**β-VAE** loss hence given by"; "β = 1 → standard VAE" | [3, section 3](03_beta_vae.ipynb#3.-Ask-somebody-who-knows-none-of-this): *The multiplier is β* |
# |  | β > 1: "stronger constraint on latent bottleneck, follow generative process and thus encourage **disentanglement**" | [3, section 6](03_beta_vae.ipynb#6.-Why-should-it-disentangle?): *The slides*; more in section 5 |
# |  | "Could limit representation capacity of **z**, creating a trade-off between reconstruction quality and extent of disentanglement" | [3, section 7](03_beta_vae.ipynb#7.-What-β-changes,-and-what-its-schedule-changes): *Left: the reconstruction loss* |
# | *β-TCVAE* | "**Disadvantage of β-VAE:** Trade-off between disentanglement and reconstruction capability"; "How can we get both? β-TCVAE the solution" | [4, section 1](04_splitting_the_kl.ipynb#1.-What-does-β-weigh?): *The slides name*; [5, section 1](05_beta_tcvae.ipynb#1.-Three-parts,-three-weights): *The slides name* |
# |  | "KL-divergence term can be decomposed as": "index-code mutual information (MI)" and "marginal KL to prior" | [4, section 2](04_splitting_the_kl.ipynb#2.-First-cut:-information,-and-what-is-left): *Now the only trick*; exercise 04 |
# |  | "**Marginal KL to prior** more important to learn disentangled representations; reducing MI might be causing poor reconstruction" | [4, section 4](04_splitting_the_kl.ipynb#4.-See-the-three-parts): *MI cannot be seen* |
# |  | "Further decompose marginal KL" into "Total Correlation" and "Dimension-wise KL"; "**Total Correlation** important for learning disentangled representation" | [4, section 3](04_splitting_the_kl.ipynb#3.-Second-cut:-between-the-latents,-and-within-each): *Our prior factorises*; [4, section 4](04_splitting_the_kl.ipynb#4.-See-the-three-parts): *MI cannot be seen*; more in section 5; exercise 04 |
# |  | "Hence, final β-TCVAE loss"; "Weight β > 1 to disentangle without affecting reconstruction" | [5, section 1](05_beta_tcvae.ipynb#1.-Three-parts,-three-weights): *The slides' loss*; more in sections 2 to 4; exercise 05 |
# | *How to evaluate?* | the title is the question | [6](06_mig.ipynb) |
# | *Mutual Information Gap (MIG)* | "Compute mutual information between each generative factor ($\mathbf g_i$) and each latent dimension ($\mathbf z_i$)"; "take $\mathbf z_j,\mathbf z_l$ that have highest and second highest mutual information" | [6, section 2](06_mig.ipynb#2.-MIG,-step-by-step): *The slides*, *For each $\mathbf g_i$* |
# |  | "Averaging by $K$ and normalizing by $H(\mathbf g_i)$ provides values between 0 and 1"; "MIG → 0: bad disentanglement, MIG → 1: good disentanglement" | [6, section 2](06_mig.ipynb#2.-MIG,-step-by-step): *Averaging by $K$*; [6, section 2](06_mig.ipynb#What-is-missing-from-1): *MIG → 0* |
# |  | "Why not simply use MI? Why MI gap?" | [6, section 3](06_mig.ipynb#3.-Why-a-gap?): *Why not simply use MI?*; exercise 06 |
# | *DCI Metric* | "Considers three properties of representations: D - Disentanglement, C - Completeness, I - Informativeness"; "Train $k$ linear regressors"; "a **relative importance matrix** $R$" | [7, section 1](07_dci.ipynb#1.-From-codes-to-importances): *The recipe on the slides*, *Rows are latents* |
# | *DCI Metric: Disentanglement* | "Degree to which a representation disentangles underlying factors of variation"; $P_{ij}=\frac{R_{ij}}{\sum_k R_{ik}}$ | [7, section 2](07_dci.ipynb#2.-Disentanglement:-along-the-rows): *$P_{ij}$*; exercise 07 |
# | *DCI Metric: Completeness* | "Degree to which each underlying generative factor is captured by a single latent variable"; "the distribution $P_j$ is as above" | [7, section 3](07_dci.ipynb#3.-Completeness:-down-the-columns): *The slides say*; exercise 07 |
# | *DCI Metric: Informativeness* | "Amount of useful information a representation captures about underlying factors"; "**Informativeness** of $\mathbf z$ about $\mathbf g_j$ quantified by prediction error"; "$I$ value depends on capacity of model $f_i$ also" | [7, section 4](07_dci.ipynb#4.-Informativeness:-is-it-there-at-all?): *Informativeness of $\mathbf z$*; more in section 5 |
# | *Homework* | "Why is MI Gap and not MI used as a metric for disentanglement?" | exercise 06; [readings](#Readings) |
#
# Lecture 8 puts everything together, and lecture 9 says what cannot be learned without labels, and what came after. The
# exercises: [02 the ELBO by hand](../exercises/02_elbo/elbo.ipynb), [03 find β for a
# budget](../exercises/03_find_beta/find_beta.ipynb), [04 decompose it](../exercises/04_decompose/decompose.ipynb), [05
# write a β-TCVAE](../exercises/05_beta_tcvae/beta_tcvae.ipynb), [06 MIG vs
# MI](../exercises/06_mig_vs_mi/mig_vs_mi.ipynb) (the slides' homework), [07 DCI from R](../exercises/07_dci/dci.ipynb),
# and [08 a small project](../exercises/08_project/project.ipynb).

# %% [markdown]
# ## Notation
#
# The same in every lecture, exercise and function. Everything is in **nats per image**: sums over pixels and latents,
# means over images.
#
# | symbol | meaning | in code |
# |:--|:--|:--|
# | $\mathbf x$, $n$, $N$ | an image, its index, the number of images; $p(n)=1/N$ | `images`, `n`, `N` |
# | $\mathbf z$, $z_j$, $D$ | the code of an image, one latent of it, the number of latents | `z`, `j`, `D` |
# | $\mathbf g$, $g_i$, $K$ | the generative factors (size, colour, ...), one of them, their number | `factors`, `i`, `K` |
# | $\theta$, $\phi$ | weights of the decoder; weights of the encoder | `vae.parameters()` |
# | $p(\mathbf z)$ | the prior, $\mathcal N(\mathbf 0,\mathbf I)$; the slides write $p_\theta(\mathbf z)$, but it has nothing to learn | |
# | $p_\theta(\mathbf x\mid\mathbf z)$ | the decoder, a distribution over images | `px = vae.decode(z)` |
# | $p_\theta(\mathbf x)$ | the evidence, $\int p_\theta(\mathbf x\mid\mathbf z)\,p(\mathbf z)\,d\mathbf z$ | |
# | $p_\theta(\mathbf z\mid\mathbf x)$ | the true posterior of this decoder: what $q$ approximates | |
# | $q_\phi(\mathbf z\mid\mathbf x)$ | the encoder, the approximate posterior: $\prod_j\mathcal N(\mu_j(\mathbf x),\sigma_j(\mathbf x)^2)$ | `q = vae.encode(images)` |
# | $q(\mathbf z)$, $q(z_j)$ | the aggregate posterior $\frac1N\sum_n q_\phi(\mathbf z\mid\mathbf x_n)$, and one latent's | `dvlab.aggregate` |
# | $B$ | the number of images in a batch | `batch_size` |
# | $\mathbf A$, $\mathbf S$, $\mathbf W$ | the linear VAE: its encoder is $\mathcal N(\mathbf A\mathbf x,\mathbf S)$ with a diagonal $\mathbf S$, its decoder $\mathcal N(\mathbf W\mathbf z,\sigma^2\mathbf I)$ | `dvlab.linear` |
# | ELBO | $\mathbb E_{q_\phi(\mathbf z\mid\mathbf x)}\log p_\theta(\mathbf x\mid\mathbf z)-D_{\mathrm{KL}}(q_\phi(\mathbf z\mid\mathbf x)\,\Vert\,p(\mathbf z))$ | `dvlab.objectives` |
# | $\delta$, $\beta$ | the budget for the mean KL, in nats; its multiplier, the weight on the KL | `beta` |
# | $\sigma$ | a fixed standard deviation of the decoder's pixels (with an index, $\sigma_j(\mathbf x)$, the encoder's; lectures 1 and 4 take one $\sigma$ for all its latents) | `sigma` |
# | $I_q(\mathbf z;n)$ | index-code mutual information | `.mutual_information` |
# | $\alpha$, $\gamma$ | weights of mutual information and dimension-wise KL in β-TCVAE | `alpha`, `gamma` |
# | TC | total correlation, $D_{\mathrm{KL}}(q(\mathbf z)\,\Vert\,\prod_j q(z_j))$ | `.total_correlation` |
# | $D_{\mathrm{KL}}(q(z_j)\,\Vert\,p(z_j))$ | dimension-wise KL, one number for each latent | `.dimension_wise` |
# | $H$, $h$, $I$ | entropy of a discrete variable, of a density; mutual information | `dvlab.metrics` |
# | $R_{ij}$ | importance of latent $i$ for factor $j$ (DCI), $D\times K$ | `.importance` |
# | $P_{ij}$, $\tilde P_{ij}$ | $R_{ij}/\sum_k R_{ik}$, a distribution over factors; $R_{ij}/\sum_k R_{kj}$, one over latents | |
# | $\rho_i$ | weight of latent $i$ in DCI's average, $\sum_j R_{ij}/\sum_{ij}R_{ij}$ | |
#
# Some letters do double duty, four of them on the slides already. $i$ counts *factors* in MIG ($g_i$, with latents
# $z_j$) and *latents* in DCI ($R_{ij}$, with factors $g_j$). $D$ is the number of latents, and DCI's disentanglement
# score ($D_i$ for a latent, $D$ in all). $I$ is a mutual information, and DCI's informativeness. $\beta$ weighs the
# whole KL in β-VAE and only the TC in β-TCVAE. In lecture 3, $R$ and $D$ are rate and distortion; a bold $\mathbf R$ is
# a rotation; $C$ is DCI's completeness, elsewhere a capacity (of CapacityVAE) or, in lecture 4, a covariance. Each is
# said where it comes up.

# %% [markdown]
# ## Glossary
#
# The field's words, as this course uses them.
#
# | word | meaning | lecture |
# |:--|:--|:--|
# | factor (of variation), generative factor | one of the few things that differ from image to image and determine it | 1 |
# | world | a grid of factors, with one image for every combination of their values | 1 |
# | code, representation; latent | the numbers computed from an image; one of them | 1 |
# | disentangled, entangled | each latent about one factor, or not | 1 |
# | traversal | move one latent, keep the others, decode | 1, 2 |
# | matrix entry | one number of a matrix, such as of the heat map of mutual information | 1 |
# | rotation of the code | $\mathbf z\to\mathbf R\mathbf z$: all distances stay, the meaning of each latent changes | 1 |
# | encoder, decoder, prior | $q_\phi(\mathbf z\mid\mathbf x)$, $p_\theta(\mathbf x\mid\mathbf z)$, $p(\mathbf z)$ | 2 |
# | evidence; ELBO | $p_\theta(\mathbf x)$; the lower bound of its logarithm that a VAE maximises | 2 |
# | log-likelihood; reconstruction loss | $\mathbb E\log p_\theta(\mathbf x\mid\mathbf z)$; the same with a minus sign, which is minimised | 2 |
# | floor | the entropy of grey pixels, below which no Bernoulli reconstruction loss goes | 2 |
# | reparameterisation; score function | two ways to differentiate an expectation over $q_\phi$ | 2 |
# | weight; schedule | the factor before a term of the loss, such as β; how it changes with the step | 3 |
# | cooling (annealing); warm-up | a weight that falls to its last value; one that rises to it from 0 | 3 |
# | Lagrange multiplier; KKT conditions; slackness | the weight of a constraint, and what holds at a constrained optimum | 3 |
# | rate, distortion | the KL spent, in nats; the squared error left | 3 |
# | onset | the β at which a latent switches on | 3 |
# | active, inactive (passive) latent | one whose posterior depends on the image, or one that is the prior for all | 3 |
# | posterior collapse | $q_\phi(z_j\mid\mathbf x)\approx p(z_j)$ for some latents and every image | 3 |
# | aggregate posterior; marginal | $q(\mathbf z)$, the distribution of all codes; $q(z_j)$, of one latent of them | 4 |
# | index-code mutual information, total correlation, dimension-wise KL | the three parts of the mean KL | 4 |
# | stratified, weighted | two estimators of $\log q(\mathbf z)$ from a minibatch | 4 |
# | Pareto front | the models of which no other is better in both of two numbers | 5 |
# | paired difference | of two methods, seed by seed, with a 95 % interval | 5 |
# | pretrained | trained beforehand, and shipped with the course (`dvlab.zoo`) | 2 |
# | modularity, compactness, explicitness | each latent one factor; each factor one latent; readable | 1, 7 |
# | held out | combinations of factors that a model does not see in training | 1, 8 |
# | per | "nats per image": summed over pixels and latents, averaged over images | all |

# %% [markdown]
# ## Self-test
#
# Answer in your head, then unfold. **Six right answers? You need none of the tools.**
#
# <details><summary>1. How much entropy has a fair coin, in bits and in nats?</summary>
#
# 1 bit = $\ln 2$ nats ≈ 0.693 nats.
# </details>
#
# <details><summary>2. Can the entropy of a density be negative? What changes from metres to millimetres?</summary>
#
# Yes: a narrow density has a negative one. In millimetres it is larger by $\ln 1000$ ≈ 6.9 nats.
# </details>
#
# <details><summary>3. What is the KL divergence from N(1, 1) to N(0, 1)?</summary>
#
# $\tfrac12(\mu^2+\sigma^2-1-\ln\sigma^2)=\tfrac12$ nat.
# </details>
#
# <details><summary>4. A latent is an exact copy of a factor with 8 equally likely values. What is their mutual
# information? And if a second latent copies the factor too?</summary>
#
# $\ln 8$ ≈ 2.08 nats. The second copy has $\ln 8$ as well, and both together still have $\ln 8$: information does not
# add up over copies.
# </details>
#
# <details><summary>5. z and ε are independent, both N(0, 1), and x = z + ε = 2. What do you know about z?</summary>
#
# $z\mid x=2$ is Gaussian with mean 1 and variance ½.
# </details>
#
# <details><summary>6. A Monte-Carlo estimate from 100 samples is good to ±0.1. How many samples for ±0.01?</summary>
#
# 10,000: the error falls with the square root of their number.
# </details>

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch
from scipy import optimize, special, stats
from torch.distributions import Normal, kl_divergence

from dvlab.plots import show

torch.set_num_threads(1)  # more of them would wait for one another on a busy computer


def check(name, ours, trusted, within=1e-6):
    """Print our number, and stop if it is not the trusted one."""
    assert abs(ours - trusted) < within, f"{name}: we have {ours}, it should be {trusted}"
    print(f"{name}: {ours:.4f}  (trusted: {trusted:.4f})")


# %% [markdown]
# ## 1. Entropy, in nats
#
# > **Before you read on.** A fruit is an apple in 70 % of the images, and grapes, a pear or a banana in 10 % each. Is
# > that more or less uncertain than four fruits equally often? What is the largest entropy that four values can have?
#
# <details><summary>Answer</summary>
#
# Less: 0.94 nats against ln 4 = 1.39, which is the largest.
# </details>
#
# An outcome of probability $p$ surprises by $-\log p$. The **entropy** of a factor $g$ is its mean surprise,
#
# $$H(g) = -\sum_v p(g{=}v)\,\log p(g{=}v).$$
#
# All logarithms in this course are natural, so the unit is the **nat**; one nat is $1/\ln 2\approx1.44$ bits. We use it
# because densities, likelihoods and `torch.log` do.

# %%
p = np.array([0.7, 0.1, 0.1, 0.1])
H = -np.sum(p * np.log(p))  # H = −Σ p log p
check("70/10/10/10", H, stats.entropy(p))
check("25/25/25/25", np.log(4), stats.entropy([0.25, 0.25, 0.25, 0.25]))
print(f"the first in bits: {H / np.log(2):.4f}; it is as uncertain as exp(H) = {np.exp(H):.2f} equally likely values")

# %% [markdown]
# With $m$ values, $0\le H\le\ln m$: zero when one value is certain, $\ln m$ when all are equally likely. `exp(H)` is a
# good way to feel a number of nats. Here is the whole range for two values.

# %%
p = np.linspace(0, 1, 201)
H = special.entr(p) + special.entr(1 - p)  # entr(p) = −p log p, and 0 where p = 0
fig, ax = plt.subplots(figsize=(5.5, 3.2))
ax.plot(p, H)
ax.plot(0.5, np.log(2), "o", color="C1")
ax.annotate(
    "fair coin: ln 2 = 0.693 nats = 1 bit", (0.5, np.log(2)), (0.5, 0.35), ha="center", arrowprops={"arrowstyle": "-"}
)
ax.set(xlabel="probability p of one of two values", ylabel="entropy H [nats]", ylim=(0, 0.74))
ax.secondary_yaxis("right", functions=(lambda h: h / np.log(2), lambda b: b * np.log(2))).set_ylabel("entropy H [bits]")
ax.grid(alpha=0.3)
show(fig, "The entropy of a yes-or-no factor: 0 at probability 0 and 1, largest, ln 2 nats or 1 bit, at one half")

# %% [markdown]
# *The entropy of a yes-or-no factor against its probability, in nats (left) and bits (right): zero at both ends,
# largest in the middle, and flat there, so that 40/60 is nearly as uncertain as 50/50.*
#
# ### A density has one too, and it can be negative
#
# > **Before you read on.** What is the entropy of a number drawn from N(0, 0.1²)? Does it depend on the unit?
#
# <details><summary>Answer</summary>
#
# −0.88 nats, and it does: in thousandths it is ln 1000 = 6.9 nats larger.
# </details>
#
# The **differential entropy** is $h(z)=-\int p(z)\log p(z)\,dz$. For a Gaussian of variance $\sigma^2$ it is
# $\tfrac12\ln(2\pi e\,\sigma^2)$.

# %%
sigma = 0.1
h = 0.5 * np.log(2 * np.pi * np.e * sigma**2)
check("h of N(0, 0.1²)", h, float(Normal(0.0, sigma).entropy()))
check("the same, in thousandths", h + np.log(1000), float(Normal(0.0, 1000 * sigma).entropy()), within=1e-5)

# %% [markdown]
# So $h$ by itself says little: it moves with the unit. Cut the axis into bins of a given width and the *discrete*
# entropy of the bins is $H\approx h-\log(\text{width})$:

# %%
for width in (0.1, 0.01, 0.001):
    edges = np.arange(-1, 1 + width / 2, width)  # ten standard deviations either way
    H = special.entr(np.diff(stats.norm.cdf(edges, scale=sigma))).sum()
    print(f"bins of {width:<5}: H = {H:.4f},  H + log(width) = {H + np.log(width):.4f}")
check("H + log(width), finest bins", H + np.log(width), h, within=1e-5)

# %% [markdown]
# Finer bins, more nats, without end. **The entropy of a histogram is partly a statement about its bins**; keep that in
# mind for the mutual information gap (lecture 6). *Differences* of entropies are safe: the two tools that follow do not
# depend on the unit.

# %% [markdown]
# ## 2. The KL divergence
#
# > **Before you read on.** Is the divergence from $q$ to $p$ the same as from $p$ to $q$? Which should be larger: from
# > a narrow Gaussian to a wide one, or back?
#
# <details><summary>Answer</summary>
#
# No, it is not symmetric. Believing in the narrow one while the wide one is true is the larger.
# </details>
#
# $$D_{\mathrm{KL}}(q\,\Vert\,p)=\mathbb E_{z\sim q}\big[\log q(z)-\log p(z)\big]$$
#
# counts the extra nats of surprise of somebody who believes $p$ while $q$ is true. Say "from $q$ to $p$"; the course
# also says "from the prior" or "to the prior", and $q$ is first either way. It is never negative, it is zero
# only when $q=p$, and it is infinite when $q$ puts mass where $p$ has none. For a Gaussian against the standard
# Gaussian,
#
# $$D_{\mathrm{KL}}\big(\mathcal N(\mu,\sigma^2)\,\Vert\,\mathcal N(0,1)\big)
# =\tfrac12\big(\mu^2+\sigma^2-1-\ln\sigma^2\big).$$
#
# This is the term that every VAE computes: one number for each image and latent, **summed over the latents, averaged
# over the images**.

# %%
mu = torch.tensor([[1.5, 0.0], [-0.5, 0.0], [0.0, 0.0]])  # three images, D = 2 latents
sigma = torch.tensor([[0.5, 1.0], [0.8, 1.0], [1.0, 1.0]])
kl = 0.5 * (mu**2 + sigma**2 - 1 - torch.log(sigma**2))  # (images, latents)
trusted = kl_divergence(Normal(mu, sigma), Normal(0.0, 1.0))
for n in range(3):
    check(f"image {n}: KL", kl[n].sum().item(), trusted[n].sum().item())
print(f"nats per image: {kl.sum(1).mean():.4f}")
print(f"averaged over latents too: {kl.mean():.4f}, D = 2 times too small")

# %% [markdown]
# The second latent has a KL of 0: its posterior is the prior for every image, so it says nothing. Averaging over
# latents instead of summing is a famous slip, since it silently divides β by $D$ (lecture 2).
#
# Now the two directions.

# %%
narrow, wide = Normal(0.0, 0.5), Normal(0.0, 1.0)
print(f"KL(narrow‖wide) = {kl_divergence(narrow, wide):.3f},  KL(wide‖narrow) = {kl_divergence(wide, narrow):.3f} nats")

# %% [markdown]
# Believing in too *narrow* a density is the worse error: the many values outside it come as a great surprise. It shows
# most when one fits *one* Gaussian $q$ to a density $p$ with two bumps, once by each divergence:

# %%
z = np.linspace(-7, 7, 2001)
weights, means, widths = np.array([0.65, 0.35]), np.array([-2.0, 2.5]), np.array([0.8, 0.7])
p = stats.norm.pdf(z[:, None], means, widths) @ weights


def gaussian(v):  # v = (mean, log standard deviation)
    return stats.norm.pdf(z, v[0], np.exp(v[1]))


def kl_grid(a, b):
    return special.rel_entr(a, b).sum() * (z[1] - z[0])  # rel_entr(a, b) = a log(a / b)


# %%
best_qp = optimize.minimize(lambda v: kl_grid(gaussian(v), p), x0=[-1.0, 0.0]).x
best_pq = optimize.minimize(lambda v: kl_grid(p, gaussian(v)), x0=[0.0, 1.0]).x
mean = weights @ means
check("mean of the Gaussian that minimises KL(p‖q)", best_pq[0], mean, within=1e-3)
spread = np.sqrt(weights @ (widths**2 + means**2) - mean**2)
check("its standard deviation", np.exp(best_pq[1]), spread, within=1e-3)
for name, v in (("KL(q‖p)", best_qp), ("KL(p‖q)", best_pq)):
    q = gaussian(v)
    print(f"q that minimises {name}:  KL(q‖p) = {kl_grid(q, p):5.2f},  KL(p‖q) = {kl_grid(p, q):5.2f}")

# %%
fig, ax = plt.subplots(figsize=(6.5, 3.2))
ax.fill_between(z, p, color="0.85", label="p: two bumps")
ax.plot(z, gaussian(best_qp), label="q minimising KL(q‖p)")
ax.plot(z, gaussian(best_pq), "--", label="q minimising KL(p‖q)")
ax.set(xlabel="z", ylabel="density", ylim=(0, None))
ax.legend(frameon=False)
show(fig, "A density with two bumps; one Gaussian settles on the higher bump, the other, wide one covers both")

# %% [markdown]
# *Two Gaussians fitted to the same two-bump density (grey). With $q$ first it settles on one bump and ignores the
# other; with $p$ first it takes the mean and standard deviation of the whole and covers the empty middle too.*
#
# A VAE's encoder is fitted with $q$ **first**, $D_{\mathrm{KL}}(q(z\mid x)\,\Vert\,p(z\mid x))$: where the true
# posterior has two explanations for an image, expect the encoder to pick one.

# %% [markdown]
# ## 3. Mutual information
#
# > **Before you read on.** A data set has 18,432 images. How much can a code possibly tell about *which* image it came
# > from?
#
# <details><summary>Answer</summary>
#
# At most ln 18,432 = 9.82 nats.
# </details>
#
# How many nats of $g$ does $z$ tell? Three ways to say the same:
#
# $$I(g;z)=H(g)-H(g\mid z)=H(g)+H(z)-H(g,z)=D_{\mathrm{KL}}\big(p(g,z)\,\Vert\,p(g)\,p(z)\big).$$
#
# For a table, the last form is one line:

# %%
joint = np.array([[0.30, 0.10], [0.05, 0.55]])  # p(g, z): a row for each g, a column for each z
product = joint.sum(1, keepdims=True) * joint.sum(0)  # p(g) p(z)
I = special.rel_entr(joint, product).sum()
H_g, H_z, H_gz = stats.entropy(joint.sum(1)), stats.entropy(joint.sum(0)), stats.entropy(joint.ravel())
check("I(g; z)", I, H_g + H_z - H_gz)
print(f"z tells {I:.2f} of the {H_g:.2f} nats of g")

# %% [markdown]
# If $g$ is discrete, $0\le I(g;z)\le H(g)$, whatever $z$ is: one cannot learn more about $g$ than there is. If $z$ is
# continuous its entropies are differential, but their difference does not care about units: *stretch $z$ by any
# strictly increasing function and $I$ stays as it is.* For a Gaussian $g$ of variance 1 seen through noise of variance
# $s^2$, $I=\tfrac12\ln(1+1/s^2)$:

# %%
s = 0.5
I = 0.5 * np.log(1 + 1 / s**2)  # z = g + s ε
h_g, h_z = stats.norm.entropy(), stats.norm.entropy(scale=np.sqrt(1 + s**2))
check("I(g; g + noise)", I, h_g + h_z - stats.multivariate_normal(cov=[[1, 1], [1, 1 + s**2]]).entropy())

# %% [markdown]
# The course's most used mutual information is between a code $z$ and the **index** $n$ of its image. Give each of $N$
# images its own posterior $q(z\mid x_n)$ and call their average $q(z)=\frac1N\sum_n q(z\mid x_n)$ the *aggregate
# posterior*. Then
#
# $$I_q(z;n)=\frac1N\sum_{n=1}^N D_{\mathrm{KL}}\big(q(z\mid x_n)\,\Vert\,q(z)\big)\;\le\;\ln N .$$

# %%
z = np.linspace(-40, 40, 16_001)
for sigma in (0.1, 1.0, 4.0):
    q_n = stats.norm.pdf(z, [[-3], [-1], [1], [3]], sigma)  # q(z|x_n), a row for each of N = 4 images
    q = q_n.mean(0)  # q(z)
    I = special.rel_entr(q_n, q).sum(1).mean() * (z[1] - z[0])
    h_difference = special.entr(q).sum() * (z[1] - z[0]) - stats.norm.entropy(scale=sigma)  # h(z) − h(z|n)
    check(f"posteriors of width {sigma}: I(z; n)", I, h_difference)
print(f"ceiling ln 4 = {np.log(4):.4f};  for 18,432 images ln N = {np.log(18_432):.2f} nats")

# %% [markdown]
# Sharp posteriors tell the four images apart and reach the ceiling; wide ones overlap and tell next to nothing.

# %% [markdown]
# ## 4. Conditioning a Gaussian
#
# > **Before you read on.** Two independent latents add up to one pixel: $x=z_1+z_2+\text{noise}$. You see $x$. Are
# > $z_1$ and $z_2$ still independent?
#
# <details><summary>Answer</summary>
#
# No: given $x$, if one is larger the other must be smaller.
# </details>
#
# Write $\mathbf I$ for the identity matrix. Let $\mathbf z\sim\mathcal N(\mathbf 0,\mathbf I)$ and
# $\mathbf x\mid\mathbf z\sim\mathcal N(\mathbf W\mathbf z,\sigma^2\mathbf I)$. Then $(\mathbf z,\mathbf x)$ is
# Gaussian, $\operatorname{Cov}(\mathbf x)=\mathbf W\mathbf W^\top+\sigma^2\mathbf I$, and conditioning on $\mathbf x$
# gives
#
# $$\mathbb E[\mathbf z\mid\mathbf x]=\mathbf G\,\mathbf x,\qquad\operatorname{Cov}[\mathbf z\mid\mathbf x]
# =\mathbf I-\mathbf G\mathbf W,\qquad
# \mathbf G=\mathbf W^\top(\mathbf W\mathbf W^\top+\sigma^2\mathbf I)^{-1}.$$
#
# The trusted number comes from another formula, precisions that add:
# $\operatorname{Cov}[\mathbf z\mid\mathbf x]=(\mathbf I+\mathbf W^\top\mathbf W/\sigma^2)^{-1}$.

# %%
W, sigma, x = np.array([[1.0, 1.0]]), 0.5, np.array([2.0])
G = W.T @ np.linalg.inv(W @ W.T + sigma**2 * np.eye(1))
mean, covariance = G @ x, np.eye(2) - G @ W
precision = np.eye(2) + W.T @ W / sigma**2
check("mean of z_1", mean[0], np.linalg.solve(precision, W.T @ x / sigma**2)[0])
check("variance of z_1", covariance[0, 0], np.linalg.inv(precision)[0, 0])
check("covariance of z_1 and z_2", covariance[0, 1], np.linalg.inv(precision)[0, 1])
print(f"correlation of z_1 and z_2, given x: {covariance[0, 1] / covariance[0, 0]:.2f}")

# %%
axis = np.linspace(-3, 3, 200)
grid = np.stack(np.meshgrid(axis, axis), -1)  # (200, 200, 2)
fig, ax = plt.subplots(figsize=(4.2, 4.2))
ax.contour(axis, axis, stats.multivariate_normal(cov=np.eye(2)).pdf(grid), levels=4, colors="0.6")
ax.contourf(
    axis, axis, stats.multivariate_normal(mean, covariance).pdf(grid), levels=np.linspace(0.04, 0.48, 7), cmap="Blues"
)
ax.plot(axis, x - axis, "--", color="C1", label="$z_1 + z_2 = x = 2$")
ax.set(xlabel="$z_1$", ylabel="$z_2$", xlim=(-3, 3), ylim=(-3, 3), aspect="equal")
ax.legend(loc="lower left")
show(fig, "Grey circles of the prior and a narrow blue ellipse along the line where the two latents add up to 2")

# %% [markdown]
# *Prior (grey circles) and posterior (blue) of two latents that add up to one observed number. The posterior lies along
# the line of all pairs that explain it: if one latent is larger, the other must be smaller.*
#
# The latents were independent before, and are correlated once $x$ is known. A VAE's encoder is diagonal, so it cannot
# draw this ellipse. That leaves a gap between the ELBO and $\log p(x)$ (lecture 2), and it also gives the axes of the
# code a meaning that they would not have otherwise (lecture 3).

# %% [markdown]
# ## 5. Monte-Carlo error
#
# > **Before you read on.** You estimate a KL divergence from 1,000 samples. How far off will you be? And is the
# > *logarithm* of an average right on average?
#
# <details><summary>Answer</summary>
#
# About the standard deviation of log q − log p, divided by √1000: here 0.03 nats. And the logarithm of an average is
# too low on average.
# </details>
#
# To estimate $\mathbb E_q[f]$, draw $S$ samples and average. The result is right on average, and its **standard error**
# is the standard deviation of $f$ divided by $\sqrt S$; estimate that from the same samples and always report it.

# %%
mu, sigma, S = 1.5, 0.5, 1000
rng = np.random.default_rng(0)
z = mu + sigma * rng.standard_normal(S)
f = stats.norm.logpdf(z, mu, sigma) - stats.norm.logpdf(z)  # log q(z) − log p(z)
estimate, error = f.mean(), f.std(ddof=1) / np.sqrt(S)
exact = 0.5 * (mu**2 + sigma**2 - 1 - np.log(sigma**2))
print(f"KL = {estimate:.3f} ± {error:.3f} from {S} samples; exact {exact:.3f}")
assert abs(estimate - exact) < 3 * error

# %% [markdown]
# Here the standard deviation of $f$ is known too: with $z=\mu+\sigma\varepsilon$,
# $f=\text{const}+\mu\sigma\,\varepsilon+\tfrac12(\sigma^2-1)\,\varepsilon^2$, so its variance is
# $\mu^2\sigma^2+\tfrac12(\sigma^2-1)^2$. Repeat the estimate 500 times for each $S$ and compare:

# %%
sizes, spread = 4 ** np.arange(1, 7), np.sqrt(mu**2 * sigma**2 + (sigma**2 - 1) ** 2 / 2)
rms = []
for S in sizes:
    z = mu + sigma * rng.standard_normal((500, S))
    f = stats.norm.logpdf(z, mu, sigma) - stats.norm.logpdf(z)
    rms.append(np.sqrt(np.mean((f.mean(1) - exact) ** 2)))
fig, ax = plt.subplots(figsize=(5.5, 3.4))
ax.loglog(sizes, rms, "o", label="500 estimates, root mean square error")
ax.loglog(sizes, spread / np.sqrt(sizes), "--", label=r"closed form: $\sqrt{\operatorname{Var} f\,/\,S}$")
ax.set(xlabel="samples S", ylabel="error of the KL [nats]", ylim=(0.008, 1))
ax.legend(frameon=False)
show(fig, "Measured errors fall along a straight line of slope −½ on logarithmic axes")

# %% [markdown]
# *The error of a Monte-Carlo KL against the number of samples, both on logarithmic axes: the measured points lie on the
# closed-form line of slope −½, so that one more digit costs a hundred times the samples.*
#
# One warning. A logarithm of an average is **not** right on average:
# $\mathbb E[\log\text{average}]\le\log\mathbb E[\text{average}]$ (Jensen). With $y\sim\mathcal N(0,1)$ the truth is
# $\log\mathbb E[e^y]=\tfrac12$; for large $S$ the estimate falls short by about $(e-1)/2S$.

# %%
for S in (10, 100, 1000):
    y = rng.standard_normal((4000, S))
    log_mean = special.logsumexp(y, axis=1) - np.log(S)  # the log of the average of exp(y), without overflow
    bias, expected = log_mean.mean() - 0.5, -(np.e - 1) / (2 * S)
    assert abs(bias - expected) < 4 * log_mean.std() / np.sqrt(4000) + 1 / S**2
    print(f"S = {S:4d}: too small by about {-expected:.4f} (measured, within its error)")

# %% [markdown]
# The logarithm of the aggregate posterior, $\log q(z)$, estimated from a minibatch is just such a thing, and lecture 4
# shows what that does to the parts of the KL. (`logsumexp` is there because `log(mean(exp(y)))` turns into −∞ as soon
# as every `exp(y)` underflows.)

# %% [markdown]
# ## Where the slides simplify
#
# Slides must be short. None of the following is a reason to distrust them, and each is worth knowing before you
# implement a formula.
#
# | slide | it says | what is meant, and why it matters | lecture |
# |:--|:--|:--|:--|
# | *β-VAE*, VAE loss | $-\log p_\theta(\mathbf x)+D_{\mathrm{KL}}(q_\phi\,\Vert\,p_\theta(\mathbf z\mid\mathbf x))$ | This **is** the negative ELBO. Neither term can be computed by itself, their sum can: reconstruction and a KL to the *prior*. | 2 |
# | *β-VAE*, constraint | distance between "real and approximate posterior" | The formula beside it has the **prior** $p(\mathbf z)$, and that is right. The real posterior is $p_\theta(\mathbf z\mid\mathbf x)$, in the loss above. | 2, 3 |
# | | $D_{\mathrm{KL}}<\delta$ | $\le$. The best point usually lies *on* the boundary, which < leaves out; the KKT conditions need it too. | 3 |
# | | one constraint, one β | As written there is a constraint, and so a multiplier, for **each image**. One β belongs to a constraint on the **average** over images. | 3 |
# | *β-VAE*, Lagrangian | βδ is dropped because β, δ ≥ 0 | The inequality is true and not the reason: raising a lower bound need not raise what it bounds. βδ goes because it does not depend on θ and φ, so the best weights stay the same. | 3 |
# | | "similar to SVM" | An SVM is convex, so KKT points are optimal. A deep VAE is not; the linear one can be solved all the same. | 3 |
# | *β-VAE*, loss | $L(\phi,\beta)$ | $L(\theta,\phi)$ with β given: the decoder's θ is trained too, and β is not minimised over (that would give β = 0). | 3 |
# | *β-TCVAE*, both splits | $D_{\mathrm{KL}}(q_\phi(\mathbf z\mid\mathbf x)\,\Vert\,p)=I_q+\dots$ | True for the **average over images**: $\mathbb E_{p(n)}$ in front, $n$ being the image's index. For a single image it is in general false. | 4 |
# | | TC + dimension-wise KL | This needs a prior that factorises, $p(\mathbf z)=\prod_j p(z_j)$. Ours does. | 4 |
# | *β-TCVAE*, loss | β > 1 disentangles "without affecting reconstruction" | A claim about experiments, so we test it. | 5 |
# | *MIG* | MI between $g_i$ and "$z_i$" | $g_i$ and **every** $z_j$: a whole $K\times D$ table. And the best two, $z_j$ and $z_l$, differ from factor to factor. | 6 |
# | | $0\le I(g_i,z_j)\le H(g_i)$ | For a discrete $g_i$. A continuous factor has no such ceiling (section 1). | 6 |
# | *DCI*, regressors | $R_{ij}=\lvert W_{ij}\rvert$ | For **standardised** codes: otherwise a weight depends on the latent's unit. | 7 |
# | *DCI*, D and C | $1-H(P_i)$, $1-H(P_j)$ | The logarithms have base $K$ for $D_i$ and base $D$ for $C_j$; in nats the scores leave $[0,1]$. | 7 |
# | *DCI*, completeness | "$P_j$ is as above" | $\tilde P_{ij}=R_{ij}/\sum_k R_{kj}$, normalised over **latents** (columns of $R$); $P_{ij}$ is normalised over factors (rows). | 7 |
# | *DCI*, informativeness | a prediction error | Lower is better, unlike D and C. Some libraries report an accuracy under the same name. | 7 |
# | | the capacity of model $f_i$ | $f_j$, the regressor of factor $g_j$. | 7 |
# | *What is Disentanglement?* | a Small Black Apple from Big Red Apples and Small Black Grapes | From these two *alone*, size, colour and shape always change together and nothing can tell them apart. Lecture 1 says what data is enough. | 1, 8 |
#
# One row in numbers: a latent that is equally important for $K=4$ factors should have a disentanglement of exactly 0.

# %%
P_i = np.full(4, 1 / 4)
print(f"in nats, 1 − H(P_i) = {1 - stats.entropy(P_i):.3f}")
check("to base K, 1 − H(P_i)", 1 - stats.entropy(P_i, base=4), 0.0)

# %% [markdown]
# ## Readings
#
# The slides' two readings and four papers: what each is best at, and when to open it.
#
# | reading | best at | with lecture |
# |:--|:--|:--|
# | Lilian Weng, *From Autoencoder to Beta-VAE* | The way from plain, denoising and sparse autoencoders to the VAE, with pictures and a symbol table. The slides' VAE loss and their Lagrangian are written as there, so several rows of our table apply to it too. Stops at β-VAE; VQ-VAE and TD-VAE are extras. | 2, 3 |
# | Prashnna Gyawali, *Disentanglement with Variational Autoencoder: A Review* | The plot of the second half in a few minutes: β-VAE loses reconstruction, so take its KL apart and ask which part disentangles. Read with one doubt: a standard Gaussian looks the same from every direction, so closeness to it cannot by itself choose the axes (lecture 9). | 4, 5 |
# | Kingma & Welling 2013, *Auto-Encoding Variational Bayes* | The source. Section 2 has the bound, its estimator and the reparameterisation trick; equation 1 is the identity behind the slide's VAE loss; appendix B is the Gaussian KL of our section 2. | 2 |
# | Higgins et al. 2017, *β-VAE* | The constrained problem and its Lagrangian in section 2, many traversals, and an early metric (a classifier on differences of codes). Their normalised β, scaled by the sizes of code and image, is lecture 2's "invisible β". | 3 |
# | Chen et al. 2018, *Isolating Sources of Disentanglement in VAEs* | The densest and the most useful of the four: the split of the KL, the three weights α, β, γ, estimating $q(\mathbf z)$ from a minibatch, and MIG with its reasons, which is what the homework asks for. | 4, 5, 6 |
# | Eastwood & Williams 2018, *A Framework for the Quantitative Evaluation of Disentangled Representations* | The clearest on what one should *want*: three properties, each with its own number, and pictures of the importance matrix. It has the bases and the $\tilde P$ that the slides leave out. | 7 |
#
# If you read only one before lecture 2, take Weng; before lecture 4, Chen et al., sections 2 and 3; before lecture 6,
# its section 4.

# %% [markdown]
# ## What you can do now
#
# - ✓ measure uncertainty in nats: of a table ($0\le H\le\ln m$), of a density (may be negative, moves with the unit)
# - ✓ compute a KL between Gaussians, summed over latents, averaged over images; a VAE has $q$ first
# - ✓ compute a mutual information in three ways; it is at most $H(g)$ for a discrete $g$, and at most $\ln N$ for the
#   index
# - ✓ condition a Gaussian; independent causes become correlated once their effect is seen
# - ✓ report a Monte-Carlo estimate with its standard error; the log of an average leans low
# - ✓ find the lecture for a slide, and what the slide leaves out
#
# ### Check yourself
#
# <details><summary>1. A smooth latent's histogram with 20 bins has entropy 2.7 nats. Roughly what would 40 bins
# give?</summary>
#
# Half the width, so $\ln 2\approx0.69$ nats more: about 3.4. (20 bins hold at most $\ln 20\approx3.0$ nats, 40 at most
# 3.7.)
# </details>
#
# <details><summary>2. Your VAE has 10 latents; <code>kl.mean()</code> over (batch, latents) is 0.8. How many nats per
# image?</summary>
#
# 8: the mean over latents must be a sum.
# </details>
#
# <details><summary>3. A colleague reports 12 nats of index-code mutual information on 60,000 images. Well?</summary>
#
# That the estimate is wrong: it cannot exceed $\ln 60{,}000\approx11.0$.
# </details>
#
# <details><summary>4. Two latents, each N(0, 1) over the data set, are uncorrelated. Is their total correlation
# zero?</summary>
#
# Not necessarily. It is if they are *jointly* Gaussian. Otherwise uncorrelated is weaker than independent, and lecture
# 4 has an example.
# </details>
#
# <details><summary>5. Why may βδ be dropped from the Lagrangian?</summary>
#
# For a given β it is a constant: it does not contain θ or φ, so the same weights are best with it and without it.
# </details>
#
# ### References
#
# - D. P. Kingma and M. Welling, *Auto-Encoding Variational Bayes*, 2013.
#   [arXiv:1312.6114](https://arxiv.org/abs/1312.6114)
# - I. Higgins et al., *beta-VAE: Learning Basic Visual Concepts with a Constrained Variational Framework*, ICLR 2017.
# - R. T. Q. Chen, X. Li, R. Grosse and D. Duvenaud, *Isolating Sources of Disentanglement in Variational Autoencoders*,
#   NeurIPS 2018. [arXiv:1802.04942](https://arxiv.org/abs/1802.04942)
# - C. Eastwood and C. K. I. Williams, *A Framework for the Quantitative Evaluation of Disentangled Representations*,
#   ICLR 2018.
# - L. Weng, [*From Autoencoder to Beta-VAE*](https://lilianweng.github.io/posts/2018-08-12-vae/), 2018.
# - P. Gyawali, *Disentanglement with Variational Autoencoder: A Review*, 2018.
# - T. M. Cover and J. A. Thomas, *Elements of Information Theory*, 2nd edition, chapters 2 and 8: entropy, KL and
#   mutual information, discrete and continuous, with proofs.
#
# **Next:** [lecture 1, What is disentanglement?](01_disentanglement.ipynb)
