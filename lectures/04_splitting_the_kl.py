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
# 2. see what each of the three parts does to the posteriors $q(\mathbf z\mid n)$, and which parts can be seen in
#    $q(\mathbf z)$ alone;
# 3. meet a code without total correlation that is fully rotated;
# 4. estimate $\log q(\mathbf z)$ from the whole data set and from a minibatch, and say which way the second is wrong;
# 5. split the KL of a trained model, with a standard error.
#
# **You need** the VAE's loss from [lecture 2](02_vae.ipynb); [lecture 0](00_toolbox.ipynb)'s glossary helps with the KL
# and Jensen's inequality.
#
# **Time:** the core path takes about 27 minutes, with the ★ sections 40; it runs in under 45 seconds on a CPU. Exercise
# 04 follows it.

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
from dvlab.plots import show

torch.set_num_threads(1)  # more of them would wait for one another on a busy computer

# %%
BLUE, ORANGE, GREEN = "#0072B2", "#D55E00", "#009E73"


def check(name, ours, trusted, within=1e-9):
    """Print our number, and stop if it is not the trusted one."""
    assert abs(ours - trusted) < within, f"{name}: we have {ours}, it should be {trusted}"
    print(f"{name:<44} {ours:8.4f}   (trusted: {trusted:.4f})")


def compare(guess, answer):
    """Your number beside the computed one."""
    print("write your number into the cell above" if guess is None else f"you: {guess:g}   answer: {answer:.2f}")


# %% [markdown]
# ## 1. What does β weigh?
#
# The slides name a "**Disadvantage of β-VAE:** Trade-off between disentanglement and reconstruction capability", and
# ask "How can we get both?" β is one weight on one number, the mean KL to the prior. But a KL can be large for
# different reasons. The codes may say a great deal about their images, which we want. Or the latents may repeat each
# other, which we do not want. So take that number apart.
#
# Number the images $n=1,\dots,N$ and write $q(\mathbf z\mid n)$ for the posterior $q_\phi(\mathbf z\mid\mathbf x_n)$ of
# image $n$. Draw an image at random, then a code from its posterior: that code is distributed as the **aggregate
# posterior**
#
# $$q(\mathbf z)=\frac1N\sum_{n=1}^N q(\mathbf z\mid n)$$
#
# (the slides' $q_\phi(\mathbf z)$), and one latent of it as the **marginal** $q(z_j)$.
#
# We start where everything is known. A linear encoder
# $q(\mathbf z\mid\mathbf x)=\mathcal N(\mathbf A\mathbf x,\mathbf S)$ of data
# $\mathbf x\sim\mathcal N(\mathbf 0,\mathbf I)$ has the aggregate posterior $\mathcal N(\mathbf 0,\mathbf C)$ with
# $\mathbf C=\mathbf A\mathbf A^\top+\mathbf S$, in the limit of infinitely many images. Two latents that are
# correlated:

# %%
C = np.array([[1.2, 0.6], [0.6, 0.9]])  # covariance of q(z)
S = np.array([0.10, 0.15])  # variances of each q(z|n)
A = np.linalg.cholesky(C - np.diag(S))
code = LinearVAE(A, S, W=np.eye(2), sigma2=1.0)
total = code.expected("kl", np.eye(2))
print(f"KL from the prior, averaged over the images: {total:.4f} nats per image")

# %% [markdown]
# > **Three things make this KL large:** posteriors that are sharp, latents that are correlated, variances that are
# > not 1. Which of the three does the decoder need?
#
# <details><summary>Answer</summary>
#
# The first alone: a sharp posterior is what tells the decoder the image. Section 3 gives each its number.
# </details>

# %%
guess_share = None  # of these nats, which share is information about the image, between 0 and 1?

# %% [markdown]
# ## 2. First cut: information, and what is left
#
# A KL is an expectation of a difference of logarithms, and we average it over the images, $\mathbb E_n=\frac1N\sum_n$:
#
# $$\mathbb E_n\,D_{\mathrm{KL}}\big(q(\mathbf z\mid n)\,\Vert\,p(\mathbf z)\big)
# =\mathbb E_n\,\mathbb E_{q(\mathbf z\mid n)}\big[\log q(\mathbf z\mid n)-\log p(\mathbf z)\big].\tag{1}$$
#
# Four mean logarithms will do for the whole lecture. For a Gaussian,
# $\mathbb E\log\mathcal N(\mathbf z;\mathbf m,\mathbf V)=-\tfrac12\ln|2\pi e\mathbf V|$.


# %%
def mean_log(V):
    """E log N(z; m, V) for z ~ N(m, V): -½ ln |2πe V|."""
    return -0.5 * np.linalg.slogdet(2 * np.pi * np.e * np.atleast_2d(V))[1]


E_log_qzn = mean_log(np.diag(S))  # log q(z|n)
E_log_qz = mean_log(C)  # log q(z)
E_log_qzj = np.array([mean_log(C[j, j]) for j in range(2)])  # log q(z_j)
E_log_pzj = -0.5 * (np.log(2 * np.pi) + np.diag(C))  # log p(z_j): E z_j² = C_jj
E_log_pz = E_log_pzj.sum()
check("(1)  E log q(z|n) − E log p(z)", E_log_qzn - E_log_pz, total)

# %% [markdown]
# Now the only trick of the derivation: **subtract $\log q(\mathbf z)$ and add it again.**
#
# $$(1)=\mathbb E_n\,\mathbb E_{q(\mathbf z\mid n)}\big[\log q(\mathbf z\mid n)-\log q(\mathbf z)\big]
# +\mathbb E_n\,\mathbb E_{q(\mathbf z\mid n)}\big[\log q(\mathbf z)-\log p(\mathbf z)\big].\tag{2}$$
#
# In the second bracket nothing depends on $n$ any more, so that averaging over an image and then over its codes is
# averaging over all codes, $\mathbb E_n\mathbb E_{q(\mathbf z\mid n)}=\mathbb E_{q(\mathbf z)}$. Both brackets are KLs:
#
# $$=\underbrace{\mathbb E_n\,D_{\mathrm{KL}}\big(q(\mathbf z\mid n)\,\Vert\,q(\mathbf z)
# \big)}_{I_q(\mathbf z;n)\text{, index-code mutual information (MI)}}
# +\underbrace{D_{\mathrm{KL}}\big(q(\mathbf z)\,\Vert\,p(\mathbf z)\big)}_{\text{marginal KL to prior}}.\tag{3}$$
#
# The first is the mutual information of a code and the index of its image: how many nats a code tells about which image
# it came from, at most $\ln N$. We check each another way: MI as $h(\mathbf x)+h(\mathbf z)-h(\mathbf x,\mathbf z)$
# (lecture 0) from the joint covariance of image and code, the marginal KL by torch.

# %%
joint = np.block([[np.eye(2), A.T], [A, C]])  # covariance of (x, z)
MI = E_log_qzn - E_log_qz
check("(3)  MI = E log q(z|n) − E log q(z)", MI, 0.5 * np.log(np.linalg.det(C) / np.linalg.det(joint)))


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
#
# <details><summary>Answer</summary>
#
# In general no: not for the three below. The errors average out over the images; the step
# $\mathbb E_n\mathbb E_{q(\mathbf z\mid n)}=\mathbb E_{q(\mathbf z)}$ needs the average.
# </details>

# %%
for x in np.array([[0.0, 0.0], [1.0, 1.0], [1.5, -1.5]]):
    q_x = MultivariateNormal(torch.as_tensor(A @ x), torch.diag(torch.as_tensor(S)))
    left = kl_divergence(q_x, gaussian(np.eye(2))).item()
    right = kl_divergence(q_x, gaussian(C)).item() + marginal
    print(f"image {x}:  KL to the prior {left:.3f},  KL to q(z) + marginal KL {right:.3f}")

# %% [markdown]
# ## 3. Second cut: between the latents, and within each
#
# The marginal KL compares the cloud of *all* codes with the prior. Same trick, with the product of the marginals,
# $\prod_j q(z_j)$: the cloud that one would get by shuffling each latent among the images.
#
# $$D_{\mathrm{KL}}\big(q(\mathbf z)\,\Vert\,p(\mathbf z)\big)
# =\mathbb E_{q(\mathbf z)}\Big[\log q(\mathbf z)-\sum_j\log q(z_j)\Big]+\mathbb E_{q(\mathbf z)}\Big[\sum_j\log q(z_j)
# -\log p(\mathbf z)\Big].\tag{4}$$
#
# Our prior factorises, $\log p(\mathbf z)=\sum_j\log p(z_j)$ (the slides use this without saying so), and a term about
# $z_j$ alone needs the average over $z_j$ alone:
#
# $$=\underbrace{D_{\mathrm{KL}}\big(q(\mathbf z)\,\Vert\,\textstyle\prod_j q(z_j)\big)}_{\text{total correlation (TC)}}
# +\underbrace{\textstyle\sum_j D_{\mathrm{KL}}\big(q(z_j)\,\Vert\,p(z_j)\big)}_{\text{dimension-wise KL}}.\tag{5}$$

# %%
TC = E_log_qz - E_log_qzj.sum()
dimension_wise = E_log_qzj - E_log_pzj
check("(5)  TC = E log q(z) − Σ E log q(z_j)", TC, kl_divergence(gaussian(C), gaussian(np.diag(np.diag(C)))).item())
for j in range(2):
    q_j = Normal(torch.tensor(0.0), torch.tensor(C[j, j] ** 0.5))
    trusted = kl_divergence(q_j, Normal(0.0, 1.0)).item()
    check(f"(5)  dimension-wise KL of z_{j + 1}", dimension_wise[j], trusted, within=1e-6)
check("(5)  MI + TC + dimension-wise KL", MI + TC + dimension_wise.sum(), total)

# %%
exact = code.kl_terms(np.eye(2))  # dvlab knows the same formulas
assert np.allclose([exact.mutual_information, exact.total_correlation], [MI, TC])
assert np.allclose(exact.dimension_wise, dimension_wise)
print(exact)
compare(guess_share, MI / total)
show(exact.plot(), "The KL as one bar: mutual information is nine tenths of it, total correlation most of the rest")

# %% [markdown]
# *The KL as one bar: mutual information is nine tenths of it, total correlation most of the rest, and the
# dimension-wise KLs are too thin to be labelled.* If β weighs the whole bar, most of what it weighs is the information
# about the image. All three parts are KLs, so none is ever negative.
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
angle = np.linspace(0, 2 * np.pi, 100)
circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)


def draw(ax, mean, sigma, title, reach=3.8, color=BLUE):
    """Posteriors N(mean, sigma²) as circles of one sigma, over the prior's disc of two."""
    ax.fill(*(2 * circle.T), color="0.87")
    size = {"widths": 2 * sigma, "heights": 2 * sigma, "angles": 0, "units": "xy"}
    ax.add_collection(EllipseCollection(**size, offsets=mean, offset_transform=ax.transData, fc="none", ec=color))
    ax.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal", xlabel="$z_1$", ylabel="$z_2$")
    ax.set_title(title, fontsize=10)


# %% [markdown]
# Their means are laid out so that $q(\mathbf z)$ has the covariance $\mathbf C$ that we want, whatever $\sigma$ is. An
# offset moves all of them alike; it adds $\tfrac12\,\text{offset}^2$ to the dimension-wise KL.
#
# > **At σ = 0.3, MI is 2.41 nats. And at σ = 0.1, with the same $q(\mathbf z)$?**

# %%
guess_mi = None  # nats


# %%
def three_parts(sigma, rho, offset):
    """MI, TC and dimension-wise KL of posteriors N(μ_n, σ²I) whose aggregate is N((offset, 0), C), many images."""
    C = np.array([[1, rho], [rho, 1]])
    A = np.linalg.cholesky(C - sigma**2 * np.eye(2))
    terms = LinearVAE(A, np.full(2, sigma**2), W=np.eye(2), sigma2=1.0).kl_terms(np.eye(2))
    return terms.mutual_information, abs(terms.total_correlation), abs(terms.dimension_wise.sum()) + offset**2 / 2


compare(guess_mi, three_parts(0.1, 0, 0)[0])

# %%
cases = {"start": (0.3, 0, 0), "sharper": (0.1, 0, 0), "correlated": (0.3, 0.8, 0), "moved": (0.3, 0, 1.2)}
fig, axes = plt.subplots(1, 4, figsize=(11, 3.3), layout="constrained")
for ax, (name, (sigma, rho, offset)) in zip(axes, cases.items(), strict=True):
    cloud = np.array([[1, rho], [rho, 1]])  # covariance of q(z), whatever sigma
    mean = points @ np.linalg.cholesky(cloud - sigma**2 * np.eye(2)).T + (offset, 0)
    terms = three_parts(sigma, rho, offset)
    draw(ax, mean, sigma, f"{name}\nMI {terms[0]:.2f}  TC {terms[1]:.2f}  dim. {terms[2]:.2f}")
    ax.plot(*(2 * circle @ np.linalg.cholesky(cloud).T + (offset, 0)).T, color=ORANGE, linewidth=2)
show(
    fig,
    "Four clouds of posteriors: sharper ones raise MI only, correlated ones have TC, a moved cloud dimension-wise KL",
)

# %% [markdown]
# *Posteriors (blue, one σ), the aggregate posterior (orange, two σ), and the prior (grey, two σ), with the three parts
# in nats. Sharper posteriors change MI only, by $2\ln3\approx2.2$: the orange circle stays where it is. Correlation
# moves nats from MI to TC: the sum is still 2.41, but the same circles, pressed together, overlap more. An offset
# changes the dimension-wise KL alone.* (The numbers are for ever more images, spread like these; sixty have at most
# $\ln60=4.09$ nats to tell.)
#
# **MI cannot be seen in $q(\mathbf z)$; TC and dimension-wise KL can be seen in nothing else.** And MI is what the
# decoder needs: in the second panel it is told the code three times more precisely. Hence the slides' "**Marginal KL to
# prior** more important to learn disentangled representations; reducing MI might be causing poor reconstruction", and
# "**Total Correlation** important for learning disentangled representation". Three sliders: predict each bar before you
# move.

# %%
dvlab.widgets.posteriors()

# %% [markdown]
# ## 5. Does TC = 0 mean disentangled?
#
# Take two independent factors $g_1,g_2$, each standard normal, and a code that rotates them:
# $q(\mathbf z\mid\mathbf g)=\mathcal N(\mathbf R\,\mathbf g\sqrt{1-s},\,s\,\mathbf I)$ with a rotation $\mathbf R$. In
# the linear VAE, $\mathbf x=\mathbf g$.
#
# > **What will TC and MI say about a rotation by 45°?**
#
# <details><summary>Answer</summary>
#
# Nothing moves. At 45° $z_1$ knows as much of one factor as of the other, as entangled as can be, and no term of the KL
# notices: $q(\mathbf z)$ is a round Gaussian at every angle, and looks the same from all sides.
# </details>


# %%
def rotation(degrees):
    c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    return np.array([[c, -s], [s, c]])


s = 0.05
for degrees in (0, 20, 45):
    rotated = LinearVAE(rotation(degrees) * np.sqrt(1 - s), np.full(2, s), W=np.eye(2), sigma2=1.0)
    terms = rotated.kl_terms(np.eye(2))
    I = -0.5 * np.log(1 - rotated.A[0] ** 2)  # I(g_i; z_1) of two Gaussians with correlation A_1i
    print(f"{degrees:2d}°: TC {abs(terms.total_correlation):.3f}  MI {terms.mutual_information:.3f}", end="")
    print(f"   z_1 knows {I[0]:.3f} nats of g_1 and {abs(I[1]):.3f} of g_2")

# %% [markdown]
# So **TC = 0 does not mean disentangled**. Does TC ever see a rotation? It does where the factors leave a mark on the
# shape of $q(\mathbf z)$: with uniform factors, say, it is a square.

# %% tags=["nbval-ignore-output"]
levels = (torch.arange(40, dtype=torch.float64) - 19.5) * (math.sqrt(12) / 40)  # uniform, variance 1
g = torch.cartesian_prod(levels, levels)
TC_square = {}
for degrees, sigma in ((0, 0.2), (20, 0.2), (45, 0.2), (45, 0.02), (45, 0.6)):
    q = Normal(g @ torch.tensor(rotation(degrees).T), sigma * torch.ones_like(g))
    terms = kl_terms(q, samples=4000)
    TC_square[degrees, sigma] = terms.total_correlation
    print(f"{degrees:2d}°, σ = {sigma:4}: TC {abs(terms.total_correlation):.2f} ± {terms.standard_error:.2f} nats")
assert TC_square[45, 0.02] > 1 - math.log(2) > 1.5 * TC_square[45, 0.2] > 6 * TC_square[45, 0.6] > 0

# %%
fig, axes = plt.subplots(1, 4, figsize=(11, 3.3), layout="constrained")
cloud = {"normal factors": torch.as_tensor(points), "uniform factors": torch.cartesian_prod(levels[2::5], levels[2::5])}
for ax, ((name, factors), degrees) in zip(axes, itertools.product(cloud.items(), (0, 45)), strict=True):
    tc = TC_square[degrees, 0.2] if "uniform" in name else 0.0
    color = plt.cm.viridis((factors[:, 0] + 2) / 4.2)
    draw(ax, factors.numpy() @ rotation(degrees).T, 0.2, f"{name}, {degrees}°\nTC {abs(tc):.2f}", color=color)
show(fig, "Normal and uniform factors at 0° and 45°: the round cloud stays round, the square stands on its corner")

# %% [markdown]
# *Posteriors coloured by $g_1$, from dark to bright. Left pair: normal factors; rotated by 45° the colours run across
# both latents, and TC stays zero. Right pair: uniform factors; rotated by 45° the square stands on its corner, its
# latents depend on each other ($z_1$ at its extreme leaves $z_2$ no room), and TC notices.* It notices by 0.14 nats,
# little in a loss of many nats. How much depends on σ. For a full square without noise it is $1-\ln2=0.31$; noise
# washes the corners out, and leaves 0.14 at σ = 0.2 and 0.02 at σ = 0.6. Our square is a lattice of 40 values, and
# where σ is smaller than its spacing (0.09) TC sees the lattice, too: 0.52 at σ = 0.02.
#
# ## 6. Estimating $\log q(\mathbf z)$
#
# A deep VAE has no $\mathbf C$ to take $\log q(\mathbf z)$ from. It has $N$ posteriors, and the definition:
#
# $$\log q(\mathbf z)=\log\frac1N\sum_{n=1}^N q(\mathbf z\mid n).$$
#
# For the test we take a linear code of six latents, some sharp and some nearly inactive, and 20,000 images. `kl_terms`
# draws codes and weighs each against *all* $N$ posteriors.

# %%
mix = np.tril(np.full((6, 6), 0.25), k=-1) * [1, 1, 1, 0, 0, 0]  # later latents borrow from the first three
A = np.diag([1, 1, 0.9, 0.7, 0, 0]) + mix
code = LinearVAE(A, np.array([0.02, 0.05, 0.08, 0.2, 0.5, 0.8]), W=np.eye(6), sigma2=1.0)
truth, N, D = code.kl_terms(np.eye(6)), 20_000, 6
images = np.random.default_rng(0).standard_normal((N, D))
q = code.encode(images)  # a Normal of batch shape (N, D)
z = q.mean + q.stddev * torch.randn(N, D, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
estimate = kl_terms(q, samples=10_000)
print(f"each ± {estimate.standard_error:.2f} nats per image")
check("MI, whole data set", estimate.mutual_information, truth.mutual_information, within=0.08)
check("TC, whole data set", estimate.total_correlation, truth.total_correlation, within=0.08)

# %% [markdown]
# Both miss the closed form by more than the ±. That counts the sampled codes alone, and the closed form is for
# infinitely many images, not for these 20,000. MI and TC share one error with opposite signs (± and ∓ in section 7),
# because $\mathbb E\log q(\mathbf z)$ enters one with a minus and the other with a plus.
#
# > **"My three terms add up to the KL, so my estimate of $q(\mathbf z)$ is right."** What would the sum be if I had put
# > $\log q(\mathbf z)=17$?
#
# <details><summary>Answer</summary>
#
# The same. $\log q(\mathbf z)$ and $\sum_j\log q(z_j)$ cancel in the sum, whatever they are. That the parts add up
# proves nothing.
# </details>
#
# In training, a step sees $B$ images. Let $\mathbf z_i$ be drawn from the posterior of the batch's $i$-th image, $n_i$.
# Of the $N$ posteriors in $q(\mathbf z_i)$ one is sure to be in the batch, its own. It keeps the weight $1/N$ that it
# has in $q(\mathbf z)$; the other $B-1$ share the weight of all the others:
#
# $$q(\mathbf z_i)\approx\frac1N\,q(\mathbf z_i\mid n_i)+\sum_{m\ne i}\frac{N-1}{N(B-1)}\,q(\mathbf z_i\mid n_m)\qquad
# \text{("stratified")}$$
#
# and each marginal likewise. (Chen et al. 2018 give the others $\frac1{B-1}$ each, but for one that gets
# $\frac1{B-1}-\frac1N$.) Averaged over the batches the *density* is right. Its **logarithm is not**: by Jensen it is
# too low.
#
# > **Which way does that push MI, and which way TC?** Look at the signs in (3) and (5).
#
# <details><summary>Answer</summary>
#
# MI up: $\log q(\mathbf z)$ has a minus there. TC down, if the joint suffers more than the marginals.
# </details>
#
# > **The true TC is 0.46 nats. What does a log say at B = 64?**

# %%
guess_tc = None  # nats: the TC that one would log with batches of 64


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
compare(guess_tc, stratified[1, 1].item())
fig, axes = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
for ax, values, exactly, name in zip(axes, stratified.T[:2], true[:2], ("MI", "TC"), strict=True):
    ax.plot(sizes, values, "o-", color=BLUE, label="stratified")
    ax.axhline(exactly, color=ORANGE, linestyle="--", label="closed form")
    ax.set(xscale="log", xlabel="batch size B", ylabel=f"{name} (nats per image)", xticks=sizes, xticklabels=sizes)
    ax.minorticks_off()
axes[1].axhline(0, color="0.6", linewidth=1)
axes[0].legend(frameon=False)
show(fig, "Stratified estimates: MI too high and TC too low at every batch size, TC below zero up to 256 images")
assert (stratified[:, 0] > true[0]).all() and (stratified[:, 1] < true[1]).all() and (stratified[:4, 1] < 0).all()

# %% [markdown]
# *Left, MI: too high at every batch size, and falling to the closed form. Right, TC: too low, −0.8 at $B=64$, and below
# zero (grey line) up to $B=256$.* The logarithms of the joint density and of the marginals all come out too low, that
# of the joint much more: in six dimensions few of a batch's posteriors reach a given code. **A TC in a log can be
# negative**, although a TC never is: the log holds a biased estimate. So train with the stratified estimator and large
# batches, and report `kl_terms` of the whole data set.
#
# ## 7. A trained model
#
# Now a pretrained deep VAE: all 18,432 sprites, ten latents. Its $q(\mathbf z)$ is a mixture of 18,432
# Gaussians, and the three parts of such a mixture have no closed form.

# %% tags=["nbval-ignore-output"]
world = dvlab.worlds.Sprites.small()
vae = dvlab.zoo.load("sprites-beta-tcvae")
posterior = dvlab.posterior(vae, world)  # q(z|n) of every image
terms = kl_terms(posterior)
print(terms)
show(
    terms.plot(),
    "The KL of a trained β-TCVAE: mostly mutual information, a sliver of total correlation, some dimension-wise KL",
)

# %% tags=["nbval-ignore-output"]
N, D, q = len(world), 10, Normal(*(t.double().cpu() for t in (posterior.mean, posterior.stddev)))
z = q.mean + q.stddev * torch.randn(N, D, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
assert 0.7 * terms.total < terms.mutual_information < math.log(N)
assert abs(terms.total_correlation) < 0.1 * terms.total
in_a_log = logged(256, "stratified")[1]
print(f"ln N {math.log(N):.2f};  TC, whole data set {terms.total_correlation:.2f}, batches of 256 {in_a_log:.2f} nats")
assert in_a_log < terms.total_correlation - 0.2

# %% [markdown]
# *Most of it is information about the image, total correlation is a thin sliver, and the rest are the dimension-wise
# KLs of the few latents in use.*
#
# Three parts, so three weights. β-TCVAE minimises $\alpha\,\text{MI}+\beta\,\text{TC}+\gamma\,\text{dimension-wise}$
# beside the reconstruction loss and raises β alone, "to disentangle without affecting reconstruction", in the slides'
# words. You have seen why that is plausible (MI is what the decoder needs) and two reasons for doubt: TC may be blind
# to a rotation, and its minibatch estimate is biased. [Lecture 5](05_beta_tcvae.ipynb) trains and looks.
#
# ## Five sentences to remember
#
# 1. Averaged over images, KL = index-code mutual information + total correlation + dimension-wise KL, and each part is
#    itself a KL.
# 2. MI depends on the posteriors and is what the decoder needs; TC and dimension-wise KL depend on $q(\mathbf z)$
#    alone.
# 3. TC = 0 means independent latents, not disentangled ones: a round Gaussian may be rotated at will.
# 4. The stratified estimate of a minibatch gives $\log q(\mathbf z)$ too low on average: MI too high, TC as a rule too
#    low, even negative.
# 5. That three estimated parts add up to the KL proves nothing.
#
# ## What you did
#
# 1. ✓ derived the three parts, each line with a number that torch or another formula confirms;
# 2. ✓ saw that MI is invisible in $q(\mathbf z)$, and that TC and dimension-wise KL are visible only there;
# 3. ✓ met a rotated code with TC = 0;
# 4. ✓ estimated $\log q(\mathbf z)$ from the whole data set and from minibatches, and found the bias's sign;
# 5. ✓ split a trained model's KL, with a standard error.
#
# ### Check yourself
#
# <details><summary>1. A VAE's σ are all halved, and its means are moved so that q(z) stays as it is. Which parts
# change, and by how much?</summary>
#
# MI only, by $+D\ln2$: $\mathbb E\log q(\mathbf z\mid n)$ grows by $\ln2$ for each latent, and $q(\mathbf z)$, on which
# the other two depend, has not changed. (As long as MI is well below $\ln N$.)
# </details>
#
# <details><summary>2. Your β-TCVAE logs TC = −0.4. Your friend's logs 49.7. Whose code is broken?</summary>
#
# Perhaps nobody's. A stratified estimate from a small batch is too low and can fall below zero; a weighted one is
# about $(D-1)\ln N$ too high (★ below). Neither is a TC, and the gradient of neither is quite TC's (lecture 5, ★).
# </details>
#
# <details><summary>3. Why does the stratified estimator weigh the own posterior 1/N, although it is one of only B in
# the batch?</summary>
#
# Because it is in the batch for certain: the code was drawn from it. Averaged over all batches that hold it, it must
# weigh what it weighs in $q(\mathbf z)$, and that is $1/N$.
# </details>
#
# <details><summary>4. Can TC be zero for a code that is of no use at all?</summary>
#
# Certainly: set $q(\mathbf z\mid n)=p(\mathbf z)$ for every image. Then all three parts are zero, and the decoder knows
# nothing.
# </details>
#
# <details><summary>5. All means are equal; σ is 0.1 for half of the images and 1 for the rest. What is the TC of the
# means, and of the samples?</summary>
#
# Of the means 0: they are one point. Of the samples 0.26 nats, for a small $z_1$ makes a small σ likely, and so a small
# $z_2$. So the TC of samples may be above that of the means. (The true TC cannot be where σ is the same for all images:
# there sampling adds independent noise, which only washes out dependence. [Below](#★-TC-of-samples,-or-of-means?) the
# 0.26 is computed.)
# </details>
#
# **Next:** exercise 04, decompose it yourself and find the bugs in two estimators; then
# [lecture 5](05_beta_tcvae.ipynb).

# %% [markdown]
# ## ★ Uncorrelated, and TC > 0
#
# "Total correlation" is an old name (Watanabe 1960) and a bad one: it is total
# *dependence*. Put sixty means on a ring.
#
# > **What is the correlation of $z_1$ and $z_2$ on a ring?** Can you tell $z_2$ from $z_1$?
#
# <details><summary>Answer</summary>
#
# Zero; and up to a sign you can. TC is 0.29 nats.
# </details>

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
show(
    fig, "Sixty posteriors on a ring, their aggregate, and the product of its marginals with four bumps in the corners"
)

# %% [markdown]
# *Left, the sixty posteriors on their ring. Middle, their aggregate. Right, the product of its marginals: what
# shuffling each latent would give, four bumps in the corners and codes in the middle that no image has. TC is the KL
# of the middle picture from the right one.*

# %% [markdown]
# ## ★ All batches, and the weighted estimator
#
# Is the stratified density right on average? We can try all batches when the data set is tiny, $N=5$ and $B=3$. First a
# code of six latents again.

# %%
N, D = 20_000, 6
q = code.encode(images)
z = q.mean + q.stddev * torch.randn(N, D, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


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
# Chen et al. have another one, simpler still: every posterior in the batch weighs $\frac1{NB}$.
#
# $$q(\mathbf z_i)\approx\frac1{NB}\sum_{m=1}^B q(\mathbf z_i\mid n_m)\qquad\text{("weighted")}$$
#
# > **What do the weights add up to?** Which error does that make in each of the three terms?
#
# <details><summary>Answer</summary>
#
# They add up to $\frac1N$, not to 1: this is an estimate of about $q(\mathbf z)/N$. Each logarithm is off by $-\ln N$:
# once in the joint, and $D$ times in the sum over the marginals. With the signs of (3) and (5) that is $+\ln N$ in MI,
# $-\ln N+D\ln N=(D-1)\ln N$ in TC, and $-D\ln N$ in the dimension-wise KL.
# </details>
#
# With the whole data set as the batch there is no other error:

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
# **A logged TC of 50 is $(D-1)\ln N$ and tells you how many images and latents there are.** Besides the offsets, MI
# is too low and TC too high, the more so the smaller the batch: a code's own posterior is always in its batch, and
# gets the same weight as one that came by chance. At B = 64, MI less its offset is 3.8 for 5.3: it cannot exceed ln
# B, 4.2. The constants have no gradient, but this error has: once a model knows more than ln B, its estimated TC
# counts information, too (lecture 5, ★). And again the sum of the three is right.

# %% [markdown]
# ## ★ The ceiling of MI
#
# $n$ is one of $N$ numbers, so it has an entropy of $\ln N$, and no code can say more about it than that:
# $I_q(\mathbf z;n)\le\ln N$. The closed form, $5.33$ nats here, is the limit of infinitely many images.
#
# > **What will MI be with only 16 images?** And where do the nats go that MI loses? (The KL itself hardly changes.)
#
# <details><summary>Answer</summary>
#
# At most ln 16 = 2.77. At N = 16 MI loses 2.69 nats; TC gains 2.07 and the dimension-wise KL 0.75, for 16 points
# look like no Gaussian in any direction either.
# </details>

# %%
counts = [2**k for k in range(4, 15, 2)]
finite = [kl_terms(Normal(q.mean[:n], q.stddev[:n]), samples=2000) for n in counts]
MI_N = np.array([terms.mutual_information for terms in finite])
TC_N = np.array([terms.total_correlation for terms in finite])
assert (np.log(counts) + 0.05 > MI_N).all()
DW_N = np.array([terms.dimension_wise.sum() for terms in finite])
change = np.stack([MI_N, TC_N, DW_N], axis=1) - true.numpy()
print("change against the closed form:   MI     TC   dimension-wise")
for n, row in zip(counts, change, strict=True):
    print("N = {:5d}   ln N {:4.1f}         {:+z.1f}   {:+z.1f}   {:+z.1f}".format(n, math.log(n), *row))
assert change[0, 0] < -2.5 and 0.6 < change[0, 2] < 0.9 and change[0, 1] < 2.3  # not all that MI loses is in TC

# %%
fig, ax = plt.subplots(figsize=(6, 3.4), layout="constrained")
ax.plot(counts, np.log(counts), ":", color="black", label="ln N")
for values, exactly, color, marker, name in zip((MI_N, TC_N), true, (BLUE, GREEN), "os", ("MI", "TC"), strict=False):
    ax.plot(counts, values, marker=marker, color=color, label=name)
    ax.axhline(exactly, color=color, linestyle="--", linewidth=1)
ax.set(xscale="log", xlabel="number of images N", ylabel="nats per image", xticks=counts, xticklabels=counts)
ax.minorticks_off()
ax.legend(frameon=False)
show(
    fig,
    "MI follows ln N for few images and then its closed form; TC is high for few images and falls to its closed form",
)

# %% [markdown]
# *MI follows the dotted line ln N while N is small, and bends to its closed form (dashed) once there are many more
# images than e⁵·³³ ≈ 207. Most of what MI loses is found in TC, and the rest in the dimension-wise KL.*
#
# A consequence: an MI close to $\ln N$ says that the posteriors of this data set do not overlap, and nothing about
# how good the code is. The slider of section 4 draws sixty posteriors and shows the closed form. At a sharpness of 20
# that is 5.99 nats, while these sixty images cannot have more than $\ln60=4.09$:

# %%
sharp = Normal(torch.as_tensor(points * math.sqrt(1 - 0.05**2)), torch.full((60, 2), 0.05, dtype=torch.float64))
check("sixty images: closed form of infinitely many", three_parts(0.05, 0, 0)[0], 2 * math.log(20))
print(f"sixty images: MI {kl_terms(sharp).mutual_information:.1f},  ln 60 = {math.log(60):.1f}")

# %% [markdown]
# ## ★ TC of samples, or of means?
#
# Here the codes were *samples* of $q(\mathbf z\mid n)$. Many papers report the total correlation of the *means*
# $\boldsymbol\mu_n$, which is another quantity. For $N$ distinct points whose coordinates are all distinct it is
# $(D-1)\ln N$, whatever the code (each marginal and the joint have the entropy $\ln N$). So papers fit a Gaussian to
# the means and report *its* TC, $\tfrac12\big(\sum_j\ln C_{jj}-\ln|\mathbf C|\big)$ (Locatello et al. 2019). A worst
# case for that: $z_1$ is a good latent, and $z_2$ is **inactive**, its posterior all but the prior. Its mean trembles a
# little, by 0.02, and it trembles with $z_1$.
#
# > **Do these two latents depend on each other?**
#
# <details><summary>Answer</summary>
#
# As samples, which the decoder gets, not at all: 0.0002 nats. As means, by a Gaussian TC of more than 2 nats.
# </details>

# %%
S = np.array([0.1, 1.0])
A = np.array([[0.95, 0.0], [0.02, 0.002]])  # z_2: 0.02 of the first pixel, 0.002 of the second
inactive = LinearVAE(A, S, W=np.eye(2), sigma2=1.0)
C_means = A @ A.T  # covariance of the means; that of the samples is C_means + S
TC_means = kl_divergence(gaussian(C_means), gaussian(np.diag(np.diag(C_means)))).item()
TC_samples = inactive.kl_terms(np.eye(2)).total_correlation
print(f"TC of the samples {TC_samples:.4f} nats,  Gaussian TC of the means {TC_means:.2f} nats")

# %%
from scipy import stats

fig, axes = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
rng = np.random.default_rng(0)
mean = rng.standard_normal((500, 2)) @ A.T
sample = mean + np.sqrt(S) * rng.standard_normal((500, 2))
entropies = [stats.entropy(np.unique(v, axis=0, return_counts=True)[1]) for v in (*mean.T, mean)]  # of 500 points
check("TC of the means as points, (2 − 1) ln 500", entropies[0] + entropies[1] - entropies[2], (2 - 1) * math.log(500))
for ax, values, name in zip(axes, (mean, sample), ("means", "samples"), strict=True):
    ax.scatter(*values.T, s=6, color=BLUE)
    ax.set(title=name, xlabel="$z_1$", ylabel="$z_2$")
show(fig, "Five hundred means lie nearly on a line, with z₂ within 0.08; their samples show no dependence, z₂ within 3")

# %% [markdown]
# *The means of 500 images (left) lie almost on a line; look at the axis of $z_2$, which ends at ±0.08. The samples
# (right) show no dependence at all.* Locatello et al. (2019) found in thousands of models that the TC of samples goes
# down and that of the means does not; Bonheme and Grześ (2021) found the inactive latents to be why, and that leaving
# them out brings the two together.
#
# Is the TC of samples always the smaller one? Where σ is the same for all images, the true TC is: sampling adds
# independent noise to each latent. (The TC that a Gaussian of the same covariance has is no such bound: for the
# ring's means it is 0, and the true TC of the samples is 0.29.) In general, no:

# %%
sigma = torch.tensor([[0.1, 0.1], [1.0, 1.0]], dtype=torch.float64)  # two kinds of images, half of them each
wide_and_narrow = kl_terms(Normal(torch.zeros(2, 2, dtype=torch.float64), sigma), samples=20_000)
print(f"all means equal: TC of the means 0, of the samples {wide_and_narrow.total_correlation:.2f} nats")
assert wide_and_narrow.total_correlation > 0.2  # "never above that of the means" would be false

# %% [markdown]
# ## ★ Is the standard error honest?
#
# Other samples should give another answer, but by about that much.

# %% tags=["nbval-ignore-output"]
again = [kl_terms(posterior, samples=2000, seed=seed) for seed in range(1, 9)]
spread = np.std([other.mutual_information for other in again], ddof=1)
claimed = np.mean([other.standard_error for other in again])
print(f"MI of eight runs: standard deviation {spread:.4f} nats, standard error claimed {claimed:.4f} nats")
assert 0.3 < spread / claimed < 2

# %% [markdown]
# ## ★ Sources
#
# - Matthew D. Hoffman, Matthew J. Johnson. *ELBO surgery: yet another way to carve up the variational evidence lower
#   bound.* NIPS 2016 workshop (the first cut).
# - Ricky T. Q. Chen, Xuechen Li, Roger Grosse, David Duvenaud. *Isolating Sources of Disentanglement in Variational
#   Autoencoders.* NeurIPS 2018 (both cuts, equation 2; the minibatch estimators).
# - Satosi Watanabe. *Information theoretical analysis of multivariate correlation.* IBM Journal, 1960 (total
#   correlation).
# - Francesco Locatello et al. *Challenging Common Assumptions in the Unsupervised Learning of Disentangled
#   Representations.* ICML 2019 (TC of samples and of means).
# - Lisa Bonheme, Marek Grześ. *Be More Active! Understanding the Differences between Mean and Sampled Representations
#   of Variational Autoencoders.* 2021. arXiv:2109.12679.
