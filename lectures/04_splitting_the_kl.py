# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 4. Splitting the KL
#
# **In this notebook you will**
#
# 1. derive KL = mutual information + total correlation + dimension-wise KL, and check every line with a number;
# 2. see what each of the three parts does to the posteriors $q(\mathbf z\mid n)$, and which parts you can read off
#    $q(\mathbf z)$ alone;
# 3. meet a code without total correlation that is fully rotated, and one without correlation that has total
#    correlation;
# 4. estimate $\log q(\mathbf z)$ in three ways: from the whole data set, and from a minibatch, "stratified" and
#    "weighted";
# 5. say which way a minibatch estimate is wrong, by how much, and why a logged total correlation can be negative, or
#    50;
# 6. say why no mutual information exceeds $\ln N$, and why two papers' total correlations may not be the same quantity;
# 7. split the KL of a trained model, with a standard error.
#
# **You need** the KL and Jensen's inequality from [lecture 0](00_toolbox.ipynb), and the VAE's loss from
# [lecture 2](02_vae.ipynb).
#
# **It takes** about 30 minutes to read and 20 seconds to run on a CPU. Exercise 04 follows it.

# %%
import itertools
import math

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.collections import EllipseCollection
from torch.distributions import MultivariateNormal, Normal, kl_divergence

import dvlab
from dvlab.aggregate import log_densities, log_density, minibatch_log_densities
from dvlab.decomposition import kl_terms
from dvlab.linear import LinearVAE

BLUE, ORANGE, GREEN = "#0072B2", "#D55E00", "#009E73"


# %%
def check(name, ours, trusted, within=1e-9):
    """Print our number, and stop if it is not the trusted one."""
    assert abs(ours - trusted) < within, f"{name}: we have {ours}, it should be {trusted}"
    print(f"{name:<44} {ours:8.4f}   (trusted: {trusted:.4f})")


# %% [markdown]
# ## 1. What does β pay for?
#
# β-VAE puts one price, β, on one number: the KL from the prior, averaged over the images. It lowers that number by
# whatever means is cheapest. But a KL can be large for very different reasons. The codes may say a great deal about
# their images, which we want. Or the latents may repeat each other, which we do not want. The slides' way out of the
# trade-off between reconstruction and disentanglement begins with taking that one number apart.
#
# We need names. Number the images $n=1,\dots,N$ and write $q(\mathbf z\mid n)$ for the posterior
# $q_\phi(\mathbf z\mid\mathbf x_n)$ that the encoder gives image $n$. Draw an image at random, then a code from its
# posterior: that code is distributed as the **aggregate posterior**
#
# $$q(\mathbf z)=\frac1N\sum_{n=1}^N q(\mathbf z\mid n),$$
#
# the distribution of all codes together (the slides' $q_\phi(\mathbf z)$), and one latent of it as the **marginal**
# $q(z_j)$.
#
# As always we start where everything is known. A linear encoder
# $q(\mathbf z\mid\mathbf x)=\mathcal N(\mathbf A\mathbf x,\mathbf S)$ of data
# $\mathbf x\sim\mathcal N(\mathbf 0,\mathbf I)$ has the aggregate posterior $\mathcal N(\mathbf 0,\mathbf C)$ with
# $\mathbf C=\mathbf A\mathbf A^\top+\mathbf S$. (That is the limit of infinitely many images; section 7 says what
# changes for $N$ of them. The decoder plays no part today.) Two latents that lean the same way:

# %%
C = np.array([[1.2, 0.6], [0.6, 0.9]])  # covariance of q(z)
S = np.array([0.10, 0.15])  # variances of each q(z|n)
A = np.linalg.cholesky(C - np.diag(S))
code = LinearVAE(A, S, W=np.eye(2), sigma2=1.0)
total = code.expected("kl", np.eye(2))
print(f"KL from the prior, averaged over the images: {total:.4f} nats per image")

# %% [markdown]
# > **Before you read on.** Three things cost nats here: posteriors that are sharp, latents that lean on each other,
# > variances that are not 1. Which of the three does the decoder need? And on which does a price on the sum press most?
#
# ## 2. First cut: information, and what is left
#
# A KL is an expectation of a difference of logarithms, and we average it over the images, $\mathbb E_n=\frac1N\sum_n$:
#
# $$\mathbb E_n\,D_{\mathrm{KL}}\big(q(\mathbf z\mid n)\,\Vert\,p(\mathbf z)\big)=\mathbb E_n\,\mathbb E_{q(\mathbf z\mid n)}\big[\log q(\mathbf z\mid n)-\log p(\mathbf z)\big].\tag{1}$$
#
# Four mean logarithms will do for the whole lecture. For a Gaussian they are easy:
# $\mathbb E\log\mathcal N(\mathbf z;\mathbf m,\mathbf V)=-\tfrac12\ln|2\pi e\mathbf V|$ for
# $\mathbf z\sim\mathcal N(\mathbf m,\mathbf V)$, minus its entropy.


# %%
def mean_log(V):
    """E log N(z; m, V) for z ~ N(m, V): -½ ln |2πe V|."""
    return -0.5 * np.linalg.slogdet(2 * np.pi * np.e * np.atleast_2d(V))[1]


E_log_qzn = mean_log(np.diag(S))  # log q(z|n)
E_log_qz = mean_log(C)  # log q(z)
E_log_qzj = np.array([mean_log(C[j, j]) for j in range(2)])  # log q(z_j)
E_log_pzj = -0.5 * (np.log(2 * np.pi) + np.diag(C))  # log p(z_j): E z_j² = C_jj
print(f"{E_log_qzn:.4f}  {E_log_qz:.4f}  {E_log_qzj.round(4)}  {E_log_pzj.round(4)}")

# %%
E_log_pz = E_log_pzj.sum()
check("(1)  E log q(z|n) − E log p(z)", E_log_qzn - E_log_pz, total)

# %% [markdown]
# Now the only trick of the derivation: **subtract $\log q(\mathbf z)$ and add it again.**
#
# $$(1)=\mathbb E_n\,\mathbb E_{q(\mathbf z\mid n)}\big[\log q(\mathbf z\mid n)-\log q(\mathbf z)\big]+\mathbb E_n\,\mathbb E_{q(\mathbf z\mid n)}\big[\log q(\mathbf z)-\log p(\mathbf z)\big].\tag{2}$$
#
# In the second bracket nothing depends on $n$ any more, so that averaging over an image and then over its codes is
# averaging over all codes, $\mathbb E_n\mathbb E_{q(\mathbf z\mid n)}=\mathbb E_{q(\mathbf z)}$. Both brackets are KLs:
#
# $$=\underbrace{\mathbb E_n\,D_{\mathrm{KL}}\big(q(\mathbf z\mid n)\,\Vert\,q(\mathbf z)\big)}_{I_q(\mathbf z;n)\text{, index-code mutual information (MI)}}+\underbrace{D_{\mathrm{KL}}\big(q(\mathbf z)\,\Vert\,p(\mathbf z)\big)}_{\text{marginal KL to the prior}}.\tag{3}$$
#
# The first is the mutual information of a code and the index of its image: how many nats a code tells about which
# image it came from. We compare each with a number found by another road: MI as
# $h(\mathbf x)+h(\mathbf z)-h(\mathbf x,\mathbf z)$ (lecture 0; densities) from the joint covariance of image and code, the
# marginal KL from torch.

# %%
joint = np.block([[np.eye(2), A.T], [A, C]])  # covariance of (x, z)
MI = E_log_qzn - E_log_qz
check("(3)  MI = E log q(z|n) − E log q(z)", MI, 0.5 * np.log(np.linalg.det(C) / np.linalg.det(joint)))


# %%
def gaussian(V):
    return MultivariateNormal(torch.zeros(len(V), dtype=torch.float64), torch.as_tensor(V))


marginal = E_log_qz - E_log_pz
check("(3)  marginal KL = E log q(z) − E log p(z)", marginal, kl_divergence(gaussian(C), gaussian(np.eye(2))).item())
check("(3)  MI + marginal KL", MI + marginal, total)

# %% [markdown]
# **Where the slides simplify.** They write equation (3) without the average over $n$, as if it held for each image.
#
# > **Does it?** Would
# > $D_{\mathrm{KL}}(q(\mathbf z\mid\mathbf x)\Vert q(\mathbf z))+D_{\mathrm{KL}}(q(\mathbf z)\Vert p(\mathbf z))$ be
# > $D_{\mathrm{KL}}(q(\mathbf z\mid\mathbf x)\Vert p(\mathbf z))$ for one image?

# %%
for x in np.array([[0.0, 0.0], [1.0, 1.0], [1.5, -1.5]]):
    q_x = MultivariateNormal(torch.as_tensor(A @ x), torch.diag(torch.as_tensor(S)))
    left = kl_divergence(q_x, gaussian(np.eye(2))).item()
    right = kl_divergence(q_x, gaussian(C)).item() + marginal
    print(f"image {x}:  KL to the prior {left:.3f},  KL to q(z) + marginal KL {right:.3f}")

# %% [markdown]
# Not for these three, nor for almost any other single image; but the errors average out. The step
# $\mathbb E_n\mathbb E_{q(\mathbf z\mid n)}=\mathbb E_{q(\mathbf z)}$ needs the average.
#
# ## 3. Second cut: between the latents, and within each
#
# The marginal KL compares the cloud of *all* codes with the prior. Same trick, with the product of the marginals,
# $\prod_j q(z_j)$: the cloud that one would get by shuffling each latent among the images.
#
# $$D_{\mathrm{KL}}\big(q(\mathbf z)\,\Vert\,p(\mathbf z)\big)=\mathbb E_{q(\mathbf z)}\Big[\log q(\mathbf z)-\sum_j\log q(z_j)\Big]+\mathbb E_{q(\mathbf z)}\Big[\sum_j\log q(z_j)-\log p(\mathbf z)\Big].\tag{4}$$
#
# Our prior factorises, $\log p(\mathbf z)=\sum_j\log p(z_j)$ (the slides use this without saying so), and a term
# about $z_j$ alone needs the average over $z_j$ alone:
#
# $$=\underbrace{D_{\mathrm{KL}}\big(q(\mathbf z)\,\Vert\,\textstyle\prod_j q(z_j)\big)}_{\text{total correlation (TC)}}+\underbrace{\textstyle\sum_j D_{\mathrm{KL}}\big(q(z_j)\,\Vert\,p(z_j)\big)}_{\text{dimension-wise KL}}.\tag{5}$$

# %%
TC = E_log_qz - E_log_qzj.sum()
dimension_wise = E_log_qzj - E_log_pzj
check("(5)  TC = E log q(z) − Σ E log q(z_j)", TC, kl_divergence(gaussian(C), gaussian(np.diag(np.diag(C)))).item())
for j in range(2):
    q_j = Normal(torch.tensor(0.0), torch.tensor(C[j, j] ** 0.5))
    trusted = kl_divergence(q_j, Normal(0.0, 1.0)).item()
    check(f"(5)  dimension-wise KL of z_{j + 1}", dimension_wise[j], trusted, within=1e-6)
check("(5)  MI + TC + dimension-wise KL", MI + TC + dimension_wise.sum(), total)

# %% [markdown]
# All three are KLs, so none is ever negative. (Keep that in mind for section 6.) `kl_terms` of the linear VAE knows
# the same formulas:

# %%
exact = code.kl_terms(np.eye(2))
assert np.allclose([exact.mutual_information, exact.total_correlation], [MI, TC])
assert np.allclose(exact.dimension_wise, dimension_wise)
print(exact)

# %%
exact.plot()
plt.show()

# %% [markdown]
# *The KL as one bar: mutual information is nine tenths of it, total correlation most of the rest, and the
# dimension-wise KLs are too thin to be labelled.* If β is a price on the whole bar, most of what it presses on is the
# information about the image.
#
# | part | asks | is zero when |
# |:--|:--|:--|
# | MI, $I_q(\mathbf z;n)$ | how much does a code say about its image? | all posteriors are the same |
# | TC | do the latents repeat one another? | the latents of $q(\mathbf z)$ are independent |
# | dimension-wise KL | does each latent by itself look like the prior? | every $q(z_j)$ is $\mathcal N(0,1)$ |
#
# ## 4. See the three parts
#
# Pictures of this decomposition usually show one blob, $q(\mathbf z)$. That hides the largest part. Let us draw the
# posteriors too: sixty images, each a circle of radius $\sigma$ around its mean.

# %%
points = np.random.default_rng(3).standard_normal((60, 2))
points = points - points.mean(axis=0)
points = points @ np.linalg.inv(np.linalg.cholesky(np.cov(points.T, bias=True))).T  # mean 0, covariance I
turn = np.linspace(0, 2 * np.pi, 100)
circle = np.stack([np.cos(turn), np.sin(turn)], axis=1)


# %%
def draw(ax, mean, sigma, title, reach=3.8, color=BLUE):
    """Posteriors N(mean, sigma²) as circles of one sigma, over the prior's disc of two."""
    ax.fill(*(2 * circle.T), color="0.87")
    size = {"widths": 2 * sigma, "heights": 2 * sigma, "angles": 0, "units": "xy"}
    ax.add_collection(EllipseCollection(**size, offsets=mean, offset_transform=ax.transData, fc="none", ec=color))
    ax.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal", xlabel="$z_1$", ylabel="$z_2$", title=title)


# %% [markdown]
# Their means are laid out so that $q(\mathbf z)$ has the covariance $\mathbf C$ that we want, whatever $\sigma$ is.
# An offset moves all of them alike, which neither MI nor TC can notice; it adds $\tfrac12\,\text{offset}^2$ to the
# dimension-wise KL.


# %%
def three_parts(sigma, rho, offset):
    """MI, TC and dimension-wise KL of posteriors N(μ_n, σ²I) whose aggregate is N((offset, 0), C), many images."""
    C = np.array([[1, rho], [rho, 1]])
    A = np.linalg.cholesky(C - sigma**2 * np.eye(2))
    terms = LinearVAE(A, np.full(2, sigma**2), W=np.eye(2), sigma2=1.0).kl_terms(np.eye(2))
    return terms.mutual_information, abs(terms.total_correlation), terms.dimension_wise.sum() + offset**2 / 2


# %%
cases = {"start": (0.3, 0, 0), "sharper": (0.1, 0, 0), "correlated": (0.3, 0.8, 0), "moved": (0.3, 0, 1.2)}
fig, axes = plt.subplots(1, 4, figsize=(12, 3.5), layout="constrained")
for ax, (name, (sigma, rho, offset)) in zip(axes, cases.items(), strict=True):
    cloud = np.array([[1, rho], [rho, 1]])  # covariance of q(z), whatever sigma
    mean = points @ np.linalg.cholesky(cloud - sigma**2 * np.eye(2)).T + (offset, 0)
    terms = three_parts(sigma, rho, offset)
    draw(ax, mean, sigma, f"{name}\nMI {terms[0]:.2f}  TC {terms[1]:.2f}  dim. {abs(terms[2]):.2f}")
    ax.plot(*(2 * circle @ np.linalg.cholesky(cloud).T + (offset, 0)).T, color=ORANGE, linewidth=2)
plt.show()
print(f"of sixty images a code can tell at most ln 60 = {np.log(60):.2f} nats")

# %% [markdown]
# *Posteriors (blue, one σ), the aggregate posterior (orange, two σ), and the prior (grey, two σ), with the three
# parts in nats. Sharper posteriors move MI only: the orange circle stays where it is. Correlation turns MI into TC:
# the sum is still 2.41, but the same circles, pressed together, overlap more. An offset moves the dimension-wise KL
# alone.* The numbers are the limit of ever more images, spread like these: sixty alone have only 4.09 nats to tell, and
# the second panel's 4.61 are more.
#
# Look at the first two panels again. Their orange circles are the same, and MI differs by $2\ln 3\approx2.2$ nats.
# **MI cannot be seen in $q(\mathbf z)$; TC and dimension-wise KL can be seen in nothing else.** And MI is what the
# decoder lives on: in the second panel it is told the code three times more precisely. Hence the slides' sentence
# that the marginal KL is "more important to learn disentangled representations", while "reducing MI might be causing
# poor reconstruction".
#
# Three sliders: sharpness, correlation, offset. Predict each bar before you move.

# %%
dvlab.widgets.posteriors()

# %% [markdown]
# *The picture above, with the three parts as bars, again the limit of many images: at the start, σ = 0.2, MI is 3.22
# nats and the other two are zero.*
#
# ## 5. Two codes that fool the eye
#
# **TC = 0, and fully rotated.** Take two independent factors $g_1,g_2$, each standard normal, and a code that turns
# them by an angle: $q(\mathbf z\mid\mathbf g)=\mathcal N(R\,\mathbf g\sqrt{1-s},\,s\,\mathbf I)$ with a rotation $R$.
# In the linear VAE, $\mathbf x=\mathbf g$.
#
# > **What will TC say about a turn by 45°?** And MI?


# %%
def rotation(degrees):
    c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    return np.array([[c, -s], [s, c]])


s = 0.05
for degrees in (0, 20, 45):
    turned = LinearVAE(rotation(degrees) * np.sqrt(1 - s), np.full(2, s), W=np.eye(2), sigma2=1.0)
    terms = turned.kl_terms(np.eye(2))
    I = -0.5 * np.log(1 - turned.A[0] ** 2)  # I(g_i; z_1) of two Gaussians with correlation A_1i
    print(f"{degrees:2d}°: TC {abs(terms.total_correlation):.3f}  MI {terms.mutual_information:.3f}", end="")
    print(f"   z_1 knows {I[0]:.3f} nats of g_1 and {abs(I[1]):.3f} of g_2")

# %% [markdown]
# Nothing moves. At 45° $z_1$ knows as much of one factor as of the other, as entangled as can be, and no term of the
# KL notices, because $q(\mathbf z)$ is a round Gaussian at every angle and a round Gaussian looks the same from all
# sides. So **TC = 0 does not mean disentangled**. Does TC ever see a turn? It does where the factors leave a mark on
# the shape of $q(\mathbf z)$: with uniform factors, say, it is a square.

# %%
levels = (torch.arange(40, dtype=torch.float64) - 19.5) * (math.sqrt(12) / 40)  # uniform, variance 1
g = torch.cartesian_prod(levels, levels)
TC_square = {}
for degrees in (0, 20, 45):
    q = Normal(g @ torch.tensor(rotation(degrees).T), 0.2 * torch.ones_like(g))
    terms = TC_square[degrees] = kl_terms(q, samples=4000)
    print(f"{degrees:2d}°: TC {abs(terms.total_correlation):.2f} ± {terms.standard_error:.2f} nats")

# %%
fig, axes = plt.subplots(1, 4, figsize=(12, 3.5), layout="constrained")
cloud = {"normal factors": torch.as_tensor(points), "uniform factors": torch.cartesian_prod(levels[2::5], levels[2::5])}
panels = itertools.product(cloud.items(), (0, 45))
for ax, ((name, factors), degrees) in zip(axes, panels, strict=True):
    tc = TC_square[degrees].total_correlation if "uniform" in name else 0.0
    color = plt.cm.cividis((factors[:, 0] + 2) / 4.2)
    draw(ax, factors.numpy() @ rotation(degrees).T, 0.2, f"{name}, {degrees}°\nTC {abs(tc):.2f}", color=color)
plt.show()

# %% [markdown]
# *Posteriors coloured by $g_1$, from dark to bright. Left pair: normal factors; turned by 45° the colours run across
# both latents, and TC stays zero. Right pair: uniform factors; turned by 45° the square stands on its corner, its
# latents depend on each other ($z_1$ at its extreme leaves $z_2$ no room), and TC notices.*
#
# Even then the turn costs 0.14 nats, which is little to go by in a loss of many nats. Lecture 8 asks what else
# chooses the axes.
#
# **Uncorrelated, and TC > 0.** "Total correlation" is an old name (Watanabe 1960) and a bad one: it is total
# *dependence*. Put sixty means on a ring.
#
# > **What is the correlation of $z_1$ and $z_2$ on a ring?** Can you tell $z_2$ from $z_1$?

# %%
angle = 2 * math.pi * torch.arange(60, dtype=torch.float64) / 60
ring = Normal(torch.stack([angle.cos(), angle.sin()], dim=1), torch.full((60, 2), 0.2, dtype=torch.float64))
correlation = np.corrcoef(ring.mean.T)[0, 1]
terms = kl_terms(ring, samples=20_000)
print(f"correlation {abs(correlation):.3f},  TC {terms.total_correlation:.3f} ± {terms.standard_error:.3f} nats")

# %% [markdown]
# In two dimensions the integral can be done on a grid, without sampling:

# %%
side = torch.linspace(-2.2, 2.2, 221, dtype=torch.float64)  # steps of 0.02
log_qz, log_qzj = log_densities(torch.cartesian_prod(side, side), ring)
density, product = (d.exp().reshape(221, 221).T for d in (log_qz, log_qzj.sum(dim=1)))  # rows: z_2
on_grid = ((log_qz - log_qzj.sum(dim=1)) * log_qz.exp()).sum().item() * 0.02**2
check("TC of the ring", terms.total_correlation, on_grid, within=5 * terms.standard_error)

# %%
fig, axes = plt.subplots(1, 3, figsize=(11, 3.4), layout="constrained")
draw(axes[0], ring.mean, 0.2, "posteriors q(z|n)", reach=2.2)
for ax, picture, title in zip(axes[1:], (density, product), ("q(z)", "q(z₁) q(z₂)"), strict=True):
    seen = ax.imshow(picture, origin="lower", extent=(-2.2, 2.2, -2.2, 2.2), cmap="viridis", vmin=0, vmax=density.max())
    ax.set(title=title, xlabel="$z_1$", ylabel="$z_2$")
fig.colorbar(seen, ax=axes, label="density")
plt.show()

# %% [markdown]
# *Left, the sixty posteriors on their ring. Middle, their aggregate. Right, the product of its marginals: what
# shuffling each latent would give, four bumps in the corners and codes in the middle that no image has. TC is the KL
# of the middle picture from the right one.*
#
# ## 6. Estimating $\log q(\mathbf z)$
#
# Everything so far hung on $\log q(\mathbf z)$, and a deep VAE has no $\mathbf C$ to take it from. It has $N$
# posteriors, and the definition:
#
# $$\log q(\mathbf z)=\log\frac1N\sum_{n=1}^N q(\mathbf z\mid n).$$
#
# For the test we take a linear code of six latents, some sharp and some nearly idle, and 20,000 images.

# %%
mix = np.tril(np.full((6, 6), 0.25), k=-1) * [1, 1, 1, 0, 0, 0]  # later latents borrow from the first three
A = np.diag([1, 1, 0.9, 0.7, 0, 0]) + mix
S = np.array([0.02, 0.05, 0.08, 0.2, 0.5, 0.8])
code = LinearVAE(A, S, W=np.eye(6), sigma2=1.0)
truth = code.kl_terms(np.eye(6))
print(truth)

# %%
N, D = 20_000, 6
images = np.random.default_rng(0).standard_normal((N, D))
q = code.encode(images)  # a Normal of batch shape (N, D)
z = q.mean + q.stddev * torch.randn(N, D, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


# %%
def log_q(z):  # z (D,): the definition
    return torch.logsumexp(q.log_prob(z).sum(dim=1), dim=0) - math.log(N)


by_hand = torch.stack([log_q(z[s]) for s in range(5)])
assert torch.allclose(by_hand, log_density(z[:5], q))
print("ok  dvlab.aggregate.log_density is the definition, for many z at once")

# %% [markdown]
# (`logsumexp`, because the densities of distant posteriors are too small for a floating-point number.) **The whole
# data set**: draw some codes, weigh each against *all* $N$ posteriors. `kl_terms` does so. It needs samples for
# $\mathbb E\log q(\mathbf z)$ only: $\mathbb E\log q(\mathbf z\mid n)$ and $\mathbb E\log p(\mathbf z)$ are closed
# forms, $\mathbb E\log q(z_j)$ a one-dimensional integral.

# %%
estimate = kl_terms(q, samples=10_000)
print(f"each ± {estimate.standard_error:.2f} nats per image")
check("MI, whole data set", estimate.mutual_information, truth.mutual_information, within=0.08)
check("TC, whole data set", estimate.total_correlation, truth.total_correlation, within=0.08)

# %% [markdown]
# A few standard errors are missing from MI and turn up in TC: 20,000 images are not infinitely many (section 7).
#
# MI and TC share one error with opposite signs, because $\mathbb E\log q(\mathbf z)$ enters one with a minus and the
# other with a plus. Hence a warning:
#
# > **"My three terms add up to the KL, so my estimate of $q(\mathbf z)$ is right."** What would the sum be if I had put
# > $\log q(\mathbf z)=17$?
#
# The same. $\log q(\mathbf z)$ and $\sum_j\log q(z_j)$ cancel in the sum, whatever they are. That the parts add up
# proves nothing.
#
# ### From a minibatch
#
# In training, a step sees $B$ images, and $N$ posteriors for each code would be far too slow. So the rest of the data
# set must be represented by the batch. Let $\mathbf z_i$ be drawn from the posterior of the batch's $i$-th image,
# $n_i$. Of the $N$ posteriors in $q(\mathbf z_i)$ one is special: its own, which is sure to be in the batch, and is
# by far the largest at $\mathbf z_i$. It keeps the weight $1/N$ that it has in $q(\mathbf z)$. The other $B-1$ share
# the weight of all the others:
#
# $$q(\mathbf z_i)\approx\frac1N\,q(\mathbf z_i\mid n_i)+\sum_{m\ne i}\frac{N-1}{N(B-1)}\,q(\mathbf z_i\mid n_m)\qquad\text{("stratified")}$$
#
# and each marginal $q(z_{ij})$ likewise, with the same weights: once in the joint, once in each marginal. (Chen et al.
# 2018 give most of the others $\frac1{B-1}$ and one of them the small rest; this spreads it evenly.) Over all batches
# that hold $n_i$, it is right on average. We can try them all when the data set is tiny, $N=5$ and $B=3$:

# %%
small = Normal(q.mean[:5, :2], torch.full((5, 2), 0.8, dtype=torch.float64))  # five images, two latents, much overlap
z_0 = small.mean[0] + 0.5 * small.stddev[0]  # a code of image 0
batches = [torch.tensor([0, *others]) for others in itertools.combinations(range(1, 5), 2)]
tried = []
for n in batches:
    codes = torch.cat([z_0[None], small.mean[n[1:]]])
    tried.append(minibatch_log_densities(codes, Normal(small.mean[n], small.stddev[n]), dataset_size=5)[0][0])
tried, right = torch.stack(tried), log_density(z_0[None], small)[0]
check("mean of q(z) over the batches", tried.exp().mean().item(), right.exp().item())
print(f"mean of log q(z) over the batches: {tried.mean():.3f}   log q(z): {right:.3f}")

# %% [markdown]
# The *density* is right on average; its **logarithm is not**. The logarithm is concave, so
# $\mathbb E\log\hat q\le\log\mathbb E\hat q=\log q$: Jensen's inequality from lecture 0. The estimate of
# $\log q(\mathbf z)$ is too low, the more so the smaller the batch.
#
# > **Which way does that push MI? And TC?** Look at the signs of $\log q(\mathbf z)$ in (3) and (5).


# %%
def logged(B, estimator, samples=16_384):
    """MI, TC and dimension-wise KL as one would log them, averaged over batches of B: (3,), nats."""
    out = []
    for n in torch.randperm(N, generator=torch.Generator().manual_seed(1))[:samples].split(B):
        q_B = Normal(q.mean[n], q.stddev[n])
        log_qz, log_qzj = minibatch_log_densities(z[n], q_B, N, estimator)
        log_qzn, log_pz = q_B.log_prob(z[n]).sum(1), Normal(0.0, 1.0).log_prob(z[n]).sum(1)
        out.append(torch.stack([log_qzn - log_qz, log_qz - log_qzj.sum(1), log_qzj.sum(1) - log_pz]).mean(1))
    return torch.stack(out).mean(0)


# %%
sizes = (32, 64, 128, 256, 512, 1024)
stratified = torch.stack([logged(B, "stratified") for B in sizes])
true = torch.tensor([truth.mutual_information, truth.total_correlation, truth.dimension_wise.sum()])

# %%
fig, axes = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
names = ("mutual information", "total correlation")
for ax, values, exactly, name in zip(axes, stratified.T, true, names, strict=False):
    ax.plot(sizes, values, "o-", color=BLUE, label="stratified")
    ax.axhline(exactly, color=ORANGE, linestyle="--", label="closed form")
    ax.set(xscale="log", xlabel="batch size B", ylabel=f"{name} (nats per image)", xticks=sizes, xticklabels=sizes)
    ax.minorticks_off()
axes[1].axhline(0, color="0.6", linewidth=1)
axes[0].legend(frameon=False)
plt.show()

# %%
print("bias of      MI     TC    dimension-wise     sum")
for B, off in zip(sizes, stratified - true, strict=True):
    print("B = {:4d}   {:+.1f}   {:+.1f}   {:+z.1f}            {:+z.1f}".format(B, *off.tolist(), off.sum().item()))
assert (stratified[:, 0] > true[0]).all() and (stratified[:, 1] < true[1]).all()

# %% [markdown]
# *Left, MI: too high at every batch size, and falling to the closed form. Right, TC: too low, and below zero (grey
# line) up to $B=256$.*
#
# Joint and marginals are all too low, but the joint much more, as a rule, since six dimensions are emptier than one. So
# MI leans up, TC down. **A TC in a log can be negative**, although a TC never is: the log holds an estimate, and its bias at
# $B=64$ is larger than the truth. It is not a bug, and it is no reason to be glad either.
#
# ### The weighted estimator
#
# Chen et al. have another one, simpler still: every posterior in the batch weighs $\frac1{NB}$.
#
# $$q(\mathbf z_i)\approx\frac1{NB}\sum_{m=1}^B q(\mathbf z_i\mid n_m)\qquad\text{("weighted")}$$
#
# > **What do the weights add up to?** If all of them were to be made larger by one factor, which?
#
# To $\frac1N$, not to 1: this is an estimate of about $q(\mathbf z)/N$. Each logarithm is off by $-\ln N$: once in
# the joint, and $D$ times in the sum over the marginals. With the signs of (3) and (5) that is $+\ln N$ in MI,
# $-\ln N+D\ln N=(D-1)\ln N$ in TC, and $-D\ln N$ in the dimension-wise KL. With the whole data set as the batch there
# is nothing else:

# %%
M = 500  # a data set of 500 images, all of them in the batch
q_M, ln_M = Normal(q.mean[:M], q.stddev[:M]), math.log(M)
s_joint, s_marginals = minibatch_log_densities(z[:M], q_M, M, "stratified")  # exact here
w_joint, w_marginals = minibatch_log_densities(z[:M], q_M, M, "weighted")
shift, shifts = (w_joint - s_joint).mean().item(), (w_marginals - s_marginals).sum(dim=1).mean().item()
check("MI:              + ln N", -shift, ln_M)
check("TC:              + (D − 1) ln N", shift - shifts, (D - 1) * ln_M)
check("dimension-wise:  − D ln N", shifts, -D * ln_M)

# %% [markdown]
# Now with batches out of 20,000 images, where $\ln N=9.90$:

# %%
offsets = math.log(N) * torch.tensor([1, D - 1, -D])
print("offsets     MI {:5.1f}   TC {:5.1f}   dimension-wise {:6.1f}".format(*offsets))
for B in (64, 256, 1024):
    print("B = {:4d}    MI {:5.1f}   TC {:5.1f}   dimension-wise {:6.1f}".format(B, *logged(B, "weighted")))
print("truth       MI {:5.1f}   TC {:5.1f}   dimension-wise {:6.1f}".format(*true))

# %% [markdown]
# **A logged TC of 50 is $(D-1)\ln N$ and tells you how many images and latents there are.** (Besides the offsets, MI
# is a little too low and TC too high, the more so the smaller the batch: a code's own posterior is always in its
# batch, and gets the same weight as one that came by chance.) A constant has no gradient, so it does little harm in
# training; as a number it is useless. And again the sum of the three is right.
#
# | to | use |
# |:--|:--|
# | train | stratified, with as large a batch as you can afford |
# | report a number | the whole data set, and a standard error: `kl_terms` |
# | read somebody's number | first ask for the estimator, the batch size, $N$ and $D$ |
#
# ## 7. The ceiling of MI
#
# $n$ is one of $N$ numbers, so it has an entropy of $\ln N$, and no code can say more about it than that:
# $I_q(\mathbf z;n)\le\ln N$. The closed form, $5.33$ nats here, is the limit of infinitely many images.
#
# > **What will MI be with only 16 images?** And where do the nats go that MI loses? (The KL itself hardly changes.)

# %%
counts = [2**k for k in range(4, 15, 2)]
finite = [kl_terms(Normal(q.mean[:n], q.stddev[:n]), samples=2000) for n in counts]
MI_N = np.array([terms.mutual_information for terms in finite])
TC_N = np.array([terms.total_correlation for terms in finite])
assert (np.log(counts) + 0.05 > MI_N).all()
for n, mi, tc in zip(counts, MI_N, TC_N, strict=True):
    print(f"N = {n:5d}   ln N {math.log(n):.1f}   MI {mi:.1f}   TC {tc:.1f}")

# %%
fig, ax = plt.subplots(figsize=(6, 3.4), layout="constrained")
ax.plot(counts, np.log(counts), ":", color="black", label="ln N")
for values, exactly, color, marker, name in zip((MI_N, TC_N), true, (BLUE, GREEN), "os", ("MI", "TC"), strict=False):
    ax.plot(counts, values, marker=marker, color=color, label=name)
    ax.axhline(exactly, color=color, linestyle="--", linewidth=1)
ax.set(xscale="log", xlabel="number of images N", ylabel="nats per image", xticks=counts, xticklabels=counts)
ax.minorticks_off()
ax.legend(frameon=False)
plt.show()

# %% [markdown]
# *MI follows the dotted line ln N while N is small, and bends to its closed form (dashed) once there are many more
# images than e⁵·³³ ≈ 207. TC holds what MI has lost: few posteriors in six dimensions are a dependent cloud.*
#
# A consequence: an MI close to $\ln N$ says that the posteriors of this data set do not overlap, and nothing about
# how good the code is. The slider of section 4 draws sixty posteriors and shows the closed form. At a sharpness of 20
# that is 5.99 nats, while these sixty images cannot have more than $\ln60=4.09$:

# %%
sharp = Normal(torch.as_tensor(points * math.sqrt(1 - 0.05**2)), torch.full((60, 2), 0.05, dtype=torch.float64))
check("sixty images: closed form of infinitely many", three_parts(0.05, 0, 0)[0], 2 * math.log(20))
print(f"sixty images: MI {kl_terms(sharp).mutual_information:.1f},  ln 60 = {math.log(60):.1f}")

# %% [markdown]
# ## 8. TC of samples, or of means?
#
# Here the codes were *samples* of $q(\mathbf z\mid n)$. Many papers and libraries report the total correlation of the
# *means* $\boldsymbol\mu_n$. Is that the same? A worst case: $z_1$ is a good latent, and $z_2$ is **idle**, its
# posterior all but the prior. Its mean trembles a little, by 0.02, and it trembles with $z_1$.
#
# > **Do these two latents depend on each other?**

# %%
S = np.array([0.1, 1.0])
A = np.array([[0.95, 0.0], [0.02, 0.002]])  # z_2: 0.02 of the first pixel, 0.002 of the second
idle = LinearVAE(A, S, W=np.eye(2), sigma2=1.0)
C_means = A @ A.T  # covariance of the means; that of the samples is C_means + S
TC_means = kl_divergence(gaussian(C_means), gaussian(np.diag(np.diag(C_means)))).item()
print(f"TC of the samples {idle.kl_terms(np.eye(2)).total_correlation:.4f} nats,  TC of the means {TC_means:.2f} nats")

# %%
fig, axes = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
rng = np.random.default_rng(0)
mean = rng.standard_normal((500, 2)) @ A.T
sample = mean + np.sqrt(S) * rng.standard_normal((500, 2))
for ax, values, name in zip(axes, (mean, sample), ("means", "samples"), strict=True):
    ax.scatter(*values.T, s=6, color=BLUE)
    ax.set(title=name, xlabel="$z_1$", ylabel="$z_2$")
plt.show()

# %% [markdown]
# *The means of 500 images (left) lie almost on a line; look at the axis of $z_2$, which ends at ±0.08. The samples
# (right), which are what the decoder gets and what the KL is about, show no dependence at all: there $z_2$ runs to
# ±3.*
#
# Adding independent noise to each latent can only wash out dependence, so the TC of samples is never above that of
# the means. β-TCVAE penalises the TC of samples; an idle latent may leave it at zero and show up in the other.
# Locatello et al. (2019) found just this in thousands of models: the methods push down the TC of the samples, and the
# means stay dependent. Ask which one a paper reports.
#
# ## 9. A trained model
#
# Now a deep VAE, from the shelf: all 18,432 sprites, ten latents. Nobody knows its $q(\mathbf z)$ in closed form.

# %% tags=["nbval-ignore-output"]
world = dvlab.worlds.Sprites.small()
vae = dvlab.zoo.load("sprites-beta-tcvae")
posterior = dvlab.posterior(vae, world)  # q(z|n) of every image
terms = kl_terms(posterior)
print(terms)

# %%
terms.plot()
plt.show()

# %% [markdown]
# *The KL of a trained β-TCVAE: most of it is information about the image, total correlation is a thin sliver, and the
# rest are the dimension-wise KLs of the few latents in use.*
#
# Is the standard error honest? Other samples should give another answer, but by about that much:

# %%
again = [kl_terms(posterior, samples=2000, seed=seed) for seed in range(1, 9)]
spread = np.std([other.mutual_information for other in again], ddof=1)
claimed = np.mean([other.standard_error for other in again])
assert 0.3 < spread / claimed < 2
assert 0.7 * terms.total < terms.mutual_information < math.log(len(world))
assert abs(terms.total_correlation) < 0.1 * terms.total
print("ok  the spread over eight runs is that of the standard error, within a factor of three")

# %% [markdown]
# What would a training log have said about the same model, from batches of 256?

# %%
N, D, q = len(world), 10, Normal(*(t.double().cpu() for t in (posterior.mean, posterior.stddev)))
z = q.mean + q.stddev * torch.randn(N, D, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
TC_stratified, TC_weighted = (logged(256, estimator)[1].item() for estimator in ("stratified", "weighted"))
assert TC_stratified < terms.total_correlation - 0.2
assert abs(TC_weighted - (D - 1) * math.log(N)) < 6
print("ok  stratified: too low by more than 0.2 nats.  weighted: about (D − 1) ln N = 88 nats")

# %% [markdown]
# ## The door to lecture 5
#
# Three parts, so three prices. β-TCVAE writes $\alpha\,\text{MI}+\beta\,\text{TC}+\gamma\,\text{dimension-wise}$ and
# raises β alone, "to disentangle without affecting reconstruction", in the slides' words. You have seen why that is
# plausible (MI is what the decoder lives on) and two reasons for doubt: TC may be blind to a rotation, and its
# minibatch estimate is biased. [Lecture 5](05_beta_tcvae.ipynb) trains and looks.
#
# ## What you did
#
# 1. ✓ derived the three parts, each line with a number that torch or another formula confirms;
# 2. ✓ saw that MI is invisible in $q(\mathbf z)$, and that TC and dimension-wise KL are visible only there;
# 3. ✓ met a rotated code with TC = 0, and an uncorrelated ring with TC > 0;
# 4. ✓ estimated $\log q(\mathbf z)$ from the whole data set and from minibatches;
# 5. ✓ found the bias's sign (MI up, TC down), and the offsets $+\ln N$, $+(D-1)\ln N$, $-D\ln N$;
# 6. ✓ hit the ceiling $\ln N$, and told the TC of samples from the TC of means;
# 7. ✓ split a trained model's KL, with a standard error.
#
# ### Check yourself
#
# <details><summary>1. A VAE's σ are all halved, and its means are moved so that q(z) stays as it is. Which parts change, and by how much?</summary>
#
# MI only, by $+D\ln2$: $\mathbb E\log q(\mathbf z\mid n)$ grows by $\ln2$ for each latent, and $q(\mathbf z)$, on
# which the other two depend, has not changed. (As long as MI is well below $\ln N$.)
# </details>
#
# <details><summary>2. Your β-TCVAE logs TC = −0.4. Your friend's logs 49.7. Whose code is broken?</summary>
#
# Perhaps nobody's. A stratified estimate from a small batch leans down and can fall below zero; a weighted one is
# about $(D-1)\ln N$ too high. Both may be fine as training signals. Neither is a TC: report `kl_terms`, or state the
# estimator and the batch size.
# </details>
#
# <details><summary>3. A code's three terms add up to its KL to ten digits. What have you verified?</summary>
#
# The closed-form parts, $\mathbb E\log q(\mathbf z\mid n)$ and $\mathbb E\log p(\mathbf z)$. Nothing about
# $\log q(\mathbf z)$ or $\log q(z_j)$, which cancel.
# </details>
#
# <details><summary>4. Why does the stratified estimator weigh the own posterior 1/N, although it is one of only B in the batch?</summary>
#
# Because it is in the batch for certain: the code was drawn from it. Averaged over all batches that hold it, it must
# weigh what it weighs in $q(\mathbf z)$, and that is $1/N$. The others are there by chance, and stand for all $N-1$.
# </details>
#
# <details><summary>5. Can TC be zero for a code that is of no use at all?</summary>
#
# Certainly: set $q(\mathbf z\mid n)=p(\mathbf z)$ for every image. Then all three parts are zero, and the decoder
# knows nothing.
# </details>
#
# **Next:** exercise 04, decompose it yourself and find the bugs in two estimators; then
# [lecture 5](05_beta_tcvae.ipynb).
#
# ### References
#
# - Matthew D. Hoffman, Matthew J. Johnson. *ELBO surgery: yet another way to carve up the variational evidence lower
#   bound.* NIPS 2016 workshop (the first cut).
# - Ricky T. Q. Chen, Xuechen Li, Roger Grosse, David Duvenaud. *Isolating Sources of Disentanglement in Variational
#   Autoencoders.* NeurIPS 2018 (both cuts, equation 2; the minibatch estimators).
# - Satosi Watanabe. *Information theoretical analysis of multivariate correlation.* IBM Journal, 1960 (total
#   correlation).
# - Francesco Locatello et al. *Challenging Common Assumptions in the Unsupervised Learning of Disentangled
#   Representations.* ICML 2019 (TC of samples and of means).
