# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 6. The mutual information gap
#
# **In this notebook you will**
#
# 1. compute the **MIG** of the slides step by step, with $z_j$ and $z_l$, in a world where every number is known exactly;
# 2. say why $0\le I\le H$, and split what is missing from 1 into two parts that mean different things;
# 3. find an average of 0.65 behind which a factor is lost;
# 4. judge a histogram: bins, sample size, outliers, warps, and what pure noise scores;
# 5. say *whose* mutual information a VAE's MIG is about, and compute it without bins or samples;
# 6. turn a perfect code and watch three curves part;
# 7. name three things that MIG gets wrong;
# 8. read the mutual information matrices of trained models.
#
# **You need** mutual information from a table ([lecture 1](01_disentanglement.ipynb), section 4), and the encoder's
# $q(z_j\mid\mathbf x)$ ([lecture 2](02_vae.ipynb)).
#
# **It takes** about 30 minutes to read and under half a minute to run on a CPU. Exercise 06 follows it.

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch
from scipy.special import entr
from sklearn.metrics import mutual_info_score
from torch.distributions import Normal

import dvlab
from dvlab.metrics import entropy, latent_mig, mig, mutual_information
from dvlab.metrics._heatmap import heat_map
from dvlab.widgets.base import COLOURS

np.set_printoptions(precision=3, suppress=True)


# %%
def check(name, ours, trusted, within=1e-6):
    """Print our number, and stop if it is not the trusted one."""
    assert abs(ours - trusted) < within, f"{name}: we have {ours}, it should be {trusted}"
    print(f"{name}: {ours:.4f}  (trusted: {trusted:.4f})")


# %% [markdown]
# ## 1. A world in which everything is known
#
# Lecture 1 ended its heat maps with a rule for the eye: *one bright field in each column, at most one in each row*. A
# number would be better: to compare a hundred models, or to write in a table. The slides' number is the mutual information
# gap. Before we trust it with a model, we try it where there is nothing to estimate.
#
# Our world has two factors: the **colour**, four levels, equally likely, and the **size**, three levels with
# probabilities ½, ¼, ¼. They are independent. A code of three latents looks at it:
#
# - $z_0$ names the colour, but one time in ten it names one of the other three instead;
# - $z_1$ is the size;
# - $z_2$ says whether the colour is in the upper half, and one time in four it is wrong.
#
# All these probabilities are multiples of 1/1920, so 1,920 images hold every case exactly as often as it should occur.

# %%
colour, quarter, tenth, coin = np.indices((4, 4, 30, 4)).reshape(4, -1)  # every combination once: 1,920
size = np.array([0, 0, 1, 2])[quarter]  # ½, ¼, ¼
z_0 = np.where(tenth < 27, colour, (colour + tenth - 26) % 4)  # 27 of 30 right, 1 of 30 each of the others
z_2 = (colour >= 2) ^ (coin == 0)  # 3 of 4 right
g, z = np.stack([colour, size], axis=1), np.stack([z_0, size, z_2], axis=1)
names = ["colour", "size"]
print(f"{len(z)} images; factors {g.shape}, codes {z.shape}")

# %% [markdown]
# > **Before you read on.** Which latent will win the colour? By how much? What would you expect MIG to be: near 1, near
# > ¾, near ½?
#
# Two definitions, for whole numbers that are counted. (`entr(p)` is $-p\ln p$, and 0 at 0.)
#
# $$H(g)=-\sum_g p(g)\ln p(g),\qquad I(g;z)=H(g)+H(z)-H(g,z)$$


# %%
def H(*variables):
    """Joint entropy, in nats, of columns of whole numbers."""
    p = np.unique(np.stack(variables), axis=1, return_counts=True)[1] / len(variables[0])
    return entr(p).sum()


def MI(g, z):
    return H(g) + H(z) - H(g, z)


# %% [markdown]
# By hand: $H(\text{colour})=\ln4$ and $H(\text{size})=\tfrac12\ln2+2\cdot\tfrac14\ln4=\tfrac32\ln2$. Given the
# colour, $z_0$ has four outcomes with probabilities $\tfrac9{10},\tfrac1{30},\tfrac1{30},\tfrac1{30}$, and it is
# balanced itself; so $I=\ln4-H\big(\tfrac9{10},\tfrac1{30},\tfrac1{30},\tfrac1{30}\big)$. Likewise $z_2$:
# $\ln2-H\big(\tfrac34,\tfrac14\big)$.

# %%
ln = np.log
check("H(colour)", H(colour), ln(4))
check("H(size)", H(size), 1.5 * ln(2))
check("I(colour; z₀)", MI(colour, z_0), ln(4) + 0.9 * ln(0.9) + 0.1 * ln(1 / 30))
check("I(colour; z₂)", MI(colour, z_2), ln(2) + 0.75 * ln(0.75) + 0.25 * ln(0.25))
check("I(size; z₁)", MI(size, z[:, 1]), H(size))
check("I(colour; z₀) against scikit-learn", MI(colour, z_0), mutual_info_score(colour, z_0))

# %% [markdown]
# ### Between 0 and H
#
# The slides note that $0\le I(g_i;z_j)\le H(g_i)$. Why? Write $I=H(g)-H(g\mid z)$: what is unknown of $g$ less what
# is still unknown after $z$ was seen. $H(g\mid z)$ is an average of entropies of a discrete $g$, and those are never
# negative: so $I\le H(g)$. And on average seeing something never makes $g$ more uncertain: so $I\ge0$. The ends are
# reached: 0 if and only if $g$ and $z$ are independent, $H(g)$ if and only if $z$ determines $g$.
#
# Two remarks. The bound is $H$ of the **factor**, and it holds for a continuous $z$ too, whose own entropy may be
# negative ([lecture 0](00_toolbox.ipynb)). And a factor must be discrete for it: of a size that is any real number, a
# sharper and sharper $z$ can tell more and more.
#
# ## 2. MIG, step by step
#
# The slides' recipe has four steps.
#
# **(a) All pairs:** the mutual information of each factor $g_i$ with each latent $z_j$. (On the slides both carry the
# index $i$; the pairs are meant, $K\times D$ of them.)

# %%
matrix = np.array([[MI(g_i, z_j) for g_i in g.T] for z_j in z.T])  # (D, K)
matrix = np.round(matrix, 12) + 0.0  # ±1e-16 is a zero
heat_map(matrix, "$I(g_i; z_j)$ (nats)", names)
plt.show()

# %% [markdown]
# *Mutual information of three latents with two factors. Latent 0 knows 0.95 nats of the colour, latent 2 a little
# (0.13); latent 1 knows the size (1.04 nats). The rest is 0.*
#
# **(b) For each factor, the best and the second best:** $z_j$ and $z_l$. They are different latents for different
# factors, so $j$ and $l$ depend on $i$.

# %%
order = np.argsort(-matrix, axis=0, kind="stable")  # best latent first, a column a factor
for i, name in enumerate(names):
    j, l = order[:2, i]
    print(f"{name:>6}: z_j is latent {j} ({matrix[j, i]:.3f} nats), z_l is latent {l} ({matrix[l, i]:.3f} nats)")

# %% [markdown]
# **(c) The gap, as a share of the factor's entropy,** and **(d) the average:**
#
# $$\mathrm{MIG}=\frac1K\sum_{i=1}^K\frac{1}{H(g_i)}\big(I(g_i;z_j)-I(g_i;z_l)\big)$$


# %%
def mig_by_hand(matrix, entropies):
    """The gap of each factor (K,), as a share of its entropy, and their mean; matrix (D, K)."""
    z_l, z_j = np.sort(matrix, axis=0)[-2:]  # second best and best of each column
    gap = (z_j - z_l) / entropies
    return gap, gap.mean()


# %%
entropies = np.array([H(g_i) for g_i in g.T])
gap, score = mig_by_hand(matrix, entropies)
print("by factor:", gap)
check("MIG against dvlab.metrics", score, mig(z, g, bins=4).score)
check("H of the factors against dvlab.metrics", entropies.sum(), entropy(g).sum())

# %% [markdown]
# The size has a perfect gap, the colour 0.59, the average is 0.80. Dividing by $H(g_i)$ is what makes factors
# comparable: a fruit with two values has at most 0.69 nats to give, an angle of forty values 3.69, and neither is more
# important for that. Divide by $H(z_j)$ instead, and it is not MIG.
#
# ### What is missing from 1
#
# The slides say: MIG → 0 bad, MIG → 1 good disentanglement. The colour got 0.59. Is it entangled? The gap can be low
# for two quite different reasons:
#
# $$1-\mathrm{MIG}_i=\underbrace{1-\frac{I(g_i;z_j)}{H(g_i)}}_{\text{not known, even to the best}}+\underbrace{\frac{I(g_i;z_l)}{H(g_i)}}_{\text{known elsewhere too}}$$

# %%
z_l, z_j = np.sort(matrix, axis=0)[-2:]
for i, name in enumerate(names):
    unknown, elsewhere = abs(1 - z_j[i] / entropies[i]), z_l[i] / entropies[i]  # abs: of a −0
    print(f"{name:>6}: 1 − {gap[i]:.3f} = {unknown:.3f} not known + {elsewhere:.3f} known elsewhere")
check("the parts add up, colour", 1 - gap[0], 1 - (z_j[0] - z_l[0]) / H(colour))

# %% [markdown]
# Three quarters of what the colour lacks is *imprecision*: $z_0$ errs one time in ten. That has nothing to do with
# entanglement. A VAE's latent is noisy by design, and a large $\beta$ makes it noisier, so remember this line when
# you read in section 8 that a model "has a MIG of only 0.5".

# %% [markdown]
# ## 3. Factor by factor, before the average
#
# > **Before you read on.** Two models of three factors both have a MIG of 0.65. Must they be about equally good?
#
# Three factors with eight levels each, so 512 images, and codes $z_j=\mu_j+\mathcal N(0,\sigma^2)$. The first code is
# sharp and has forgotten a factor; the second knows all three, less sharply. (`mig` is given the densities and
# integrates; section 5 says how.)

# %%
levels = torch.cartesian_prod(*3 * [torch.arange(8)])  # (512, 3)
known = torch.tensor([1.0, 1.0, 0.0])
lossy = mig(Normal(levels * known, 0.22), levels)
blurred = mig(Normal(levels * torch.ones(3), 0.557), levels)
for name, result in {"a factor lost": lossy, "all there": blurred}.items():
    print(f"{name:>14}: MIG {result.score:.2f}, by factor {np.round(np.abs(result.per_factor), 2)}")

# %% [markdown]
# *0.65* is the average of three 0.65s, or of two 0.97s and a **0**. No downstream task will forgive the second. So a MIG
# is quoted with its factors, and `print(mig(...))` always shows them:

# %%
print(mig(z, g, bins=4))

# %% [markdown]
# ## 4. From samples: judge the histogram
#
# So far we had the whole world. Usually there are $n$ codes, real numbers, and somebody cuts each latent into bins.
# We make such codes ourselves, with the exact answer in hand: draw images at random and add to each latent a number
# from $[0,1)$. The whole-number part is still the old latent, so the true mutual informations are those of section 2.
# Not one of them has changed.


# %%
def draw(n, seed):
    rng = np.random.default_rng(seed)
    image = rng.integers(len(z), size=n)
    return z[image] + rng.random((n, 3)), g[image]


codes, factors = draw(1000, seed=0)
print("estimate, 20 bins, n = 1,000\n", mutual_information(codes, factors), "\nexact\n", matrix)

# %% [markdown]
# Look at the exact zeros. Every estimate of a zero is positive: **the histogram is biased upwards**, since chance
# always makes a table look a little structured and never less than independent. With $B$ bins and $L$ levels, all
# cells filled, the bias is about $(B-1)(L-1)/2n$ (Miller 1955).
#
# > **Before you read on.** $I(\text{colour};z_1)=0$. What will the estimate be for $n=100$ and 20 bins? Twice the
# > bins? Ten times the images?

# %%
sizes = (30, 100, 300, 1000, 3000, 10_000, 30_000)
samples = {n: [draw(n, seed) for seed in range(20)] for n in sizes}


def estimate(n, j, bins):
    """The histogram's I(colour; z_j) of n images, a mean over 20 draws."""
    return np.mean([mutual_information(codes[:, [j]], factors[:, [0]], bins) for codes, factors in samples[n]])


# %%
fig, ax = plt.subplots(figsize=(6, 3.4), layout="constrained")
for bins, mark, paint in zip((6, 20, 100), "osv", COLOURS, strict=False):
    ax.plot(sizes, [estimate(n, 1, bins) for n in sizes], mark, color=paint, label=f"{bins} bins")
    ax.plot(sizes, [(bins - 1) * 3 / (2 * n) for n in sizes], "--", color=paint, linewidth=1)
ax.axhline(ln(4), color="0.6", linewidth=1)
ax.set(xscale="log", yscale="log", ylim=(1e-4, 3), xlabel="images $n$", ylabel="estimate of 0 (nats)")
ax.legend()
plt.show()

# %% [markdown]
# *The estimate of a mutual information that is 0, against the number of images, for three numbers of bins. Dashed:
# Miller's formula. Grey: $\ln4$, the most that can be. At 100 images, 20 bins find a third of a nat in nothing.*
#
# The formula holds as long as it stays well below $\ln 4$. Fewer bins, then? Now the one that is 0.95 nats:

# %%
some_bins = (2, 3, 4, 6, 8, 12, 16, 20, 30, 40, 60, 80, 100)
fig, ax = plt.subplots(figsize=(6, 3.4), layout="constrained")
for n, mark, paint in zip((100, 1000, 10_000), "osv", COLOURS, strict=False):
    found = [estimate(n, 0, bins) for bins in some_bins]
    ax.plot(some_bins, found, "-" + mark, color=paint, markersize=4, label=f"n = {n:,}")
ax.axhline(matrix[0, 0], color="black", linewidth=1, label="exact")
ax.set(xscale="log", xlabel="bins", ylabel="estimate of $I$(colour; $z_0$) (nats)")
ax.set_xticks((2, 4, 8, 20, 40, 100), (2, 4, 8, 20, 40, 100))
ax.minorticks_off()
ax.legend()
plt.show()

# %% [markdown]
# *The estimate of a mutual information of 0.95 nats (black line), against the number of bins, for three numbers of
# images. With 2 or 3 bins it is about half; with many bins 100 images give far too much and 10,000 are right. The
# dips, at 6 and 30 bins, are bins that straddle two levels.*
#
# Two errors in opposite directions: too few bins cannot tell the levels apart, too many find structure that is not
# there. Where they cancel nobody can know beforehand.
#
# ### Noise, and the null
#
# What does a code score that knows nothing? Put each latent out of order *by itself*: it keeps its values and loses
# whatever it knew. The average MIG of such codes is the **null**; `mig` computes it for every histogram, from ten
# seeded shuffles.
#
# > **Before you read on.** The bias lifts all latents of a factor alike. What does that do to the best MI, and what
# > to the gap?

# %%
rng = np.random.default_rng(0)
print("     n   best MI / H      MIG    null    (ten latents of pure noise, two factors, 20 bins)")
for n in (100, 1000, 10_000):
    nothing = mig(rng.normal(size=(n, 10)), rng.integers(4, size=(n, 2)))
    best = (nothing.mutual_information.max(axis=0) / nothing.entropy).mean()
    print(f"{n:6d} {best:13.3f} {nothing.score:8.4f} {nothing.null:7.4f}")

# %% [markdown]
# At $n=100$ the best of ten latents that know nothing seems to know a quarter of each factor. The gap takes most of
# that away again, because second best is inflated as well: a virtue of the gap that is seldom mentioned. What is left
# is the null, and a MIG that is not clearly above it is not a result. (The null is an average; a single draw of noise
# may score two or three times as much.)
#
# ### Outliers, warps, and a ceiling
#
# Mutual information does not care how a latent is *written*. If $t$ is increasing, $t(z)$ can be turned back into
# $z$, so $I(g;t(z))=I(g;z)$, exactly. And one strange image among 20,000 changes the truth by next to nothing. Do the
# estimates know that?

# %%
codes, factors = draw(20_000, seed=1)
outlier, warped = codes.copy(), np.exp(3 * codes)
outlier[0] = 1000.0  # one image of 20,000
print(f"exact MIG {score:.2f}; 20 bins each:    equally wide    equally full")
for name, c in {"as they are": codes, "one outlier": outlier, "warped, exp(3z)": warped}.items():
    print(f"{name:>28} {mig(c, factors).score:17.2f} {mig(c, factors, binning='quantile').score:15.2f}")

# %% [markdown]
# Equally wide bins are what most published code uses. One outlier stretches them until all other codes share a single
# one, and MIG is 0. *Equally full* bins (`binning="quantile"`) look at the order of the codes only, so neither an
# outlier nor a warp can do anything to them.
#
# Finally, 20 bins cannot hold 40 levels. The best code that there is, the level's own number, then has a MIG below 1.
# That is the **ceiling**:

# %%
for count in (6, 20, 32, 40):
    level = np.arange(count)[:, None]
    print(f"{count} levels, 20 bins: the ceiling is {mig(level, level).ceiling[0]:.2f}")

# %% [markdown]
# Two codebases that both "compute MIG" and differ in bins, in $n$ or in binning give different numbers for one and
# the same code. Say which, or better, do without:

# %% [markdown]
# ## 5. Whose mutual information? A VAE's code is a density
#
# The slides write $I(g_i;z_j)$ and leave open what is random. Chen et al. (2018) mean this: draw an image $n$
# uniformly from the data set, then draw $z_j$ from the encoder, $q(z_j\mid n)=\mathcal N(\mu_j,\sigma_j^2)$. With
# $q(z_j\mid g)$ the average of $q(z_j\mid n)$ over the images with factor $g$, and $q(z_j)$ that over all,
#
# $$I(g;z_j)=\sum_g p(g)\int q(z_j\mid g)\,\ln\frac{q(z_j\mid g)}{q(z_j)}\,\mathrm dz_j .$$
#
# A one-dimensional integral for each pair: no samples, no bins. `mutual_information` and `mig` do this when they are
# given a `Normal`. By hand, for one latent and eight levels:

# %%
mean, sigma = np.arange(8.0)[:, None], 0.4  # an image a level
grid = np.linspace(-4, 11, 3001)
q_given_g = np.exp(-((grid - mean) ** 2) / (2 * sigma**2)) / (sigma * np.sqrt(2 * np.pi))  # (8, grid)
q = q_given_g.mean(axis=0)
by_hand = np.trapezoid((q_given_g * ln(q_given_g / q)).mean(axis=0), grid)
theirs = mutual_information(Normal(torch.tensor(mean), sigma), np.arange(8)[:, None])
check("I(g; z) against dvlab.metrics, by quadrature", by_hand, theirs.item(), within=1e-3)
print(f"of H(g) = ln 8 = {ln(8):.4f}")

# %% [markdown]
# > **Before you read on.** A latent has $\mu=0.01\,g$ and $\sigma=1$: the means of neighbouring levels differ by a
# > hundredth of the noise. How much does it know? And what will a histogram of its means say?

# %%
g8 = np.arange(8)[:, None]
faint = 0.01 * g8
print(f"by quadrature, of the density: {mutual_information(Normal(torch.tensor(faint), 1.0), g8).item():.4f} nats")
print(f"by histogram, of the means:    {mutual_information(faint, g8).item():.4f} nats = ln 8")

# %% [markdown]
# A decoder that gets $z$ from this latent learns nothing of $g$; the latent is as good as dead. Its *means* name the
# level exactly. Neither number is wrong, they belong to different questions: the histogram leaves out the noise,
# which is a part of the VAE. It makes dead latents look alive, and we shall see it happen.
#
# One warning. The images given are taken for the whole population. A **subsample** gives an exact answer about the
# subsample, whose posteriors overlap less, and so too much information:

# %%
rng = np.random.default_rng(0)
for n in (200, 2000, 20_000):
    posterior = Normal(torch.tensor(rng.normal(size=(n, 1))), 0.1)  # knows nothing of 40 levels
    print(f"{n:6d} images: {mutual_information(posterior, rng.integers(40, size=(n, 1))).item():.2f} nats")

# %% [markdown]
# So give it every image. Integrating is fast enough for that: all pairs of section 8, for all images of a world, take about a second.
#
# ## 6. Turn a perfect code
#
# Why a *gap* at all, and not simply the best mutual information? (The slides' homework.) Take two independent factors
# with eight levels each, a code that holds one in each latent, with a little noise, and **turn it**. As lecture 1
# showed, nothing is lost: the code can be turned back.
#
# > **Before you look.** Sketch three curves over the angle, from 0° to 90°, as shares of $H(g)$: what *both* latents
# > together know of a factor, what the best single latent knows, and MIG.


# %%
pair = np.indices((8, 8)).reshape(2, -1).T  # (64, 2): the levels of both factors
upright = (pair - 3.5) / pair[:, 0].std()  # mean 0, variance 1


def turned(angle):
    """The code turned by an angle in degrees, with round noise: a Normal (64, 2)."""
    c, s = np.cos(np.deg2rad(angle)), np.sin(np.deg2rad(angle))
    return Normal(torch.tensor(upright @ np.array([[c, -s], [s, c]]).T), 0.1)


# %%
step = 0.05
plane = torch.arange(-3, 3, step, dtype=torch.float64)


def jointly(q):
    """I(g_0; z_0, z_1) / H(g_0): the two-dimensional density of the code, for each level and over all, on a grid."""
    k_0, k_1 = q.log_prob(plane[:, None, None]).exp().permute(2, 1, 0).numpy()  # (64, grid) each
    density = np.array([k_0[pair[:, 0] == level].T @ k_1[pair[:, 0] == level] / 8 for level in range(8)])
    h = entr(density.mean(axis=0)).sum() - entr(density).sum(axis=(1, 2)).mean()  # h(z) − h(z | g)
    return h * step**2 / ln(8)


# %%
angles = np.arange(0, 91, 5)
results = [mig(turned(angle), pair) for angle in angles]
both = np.array([jointly(turned(angle)) for angle in angles])
best = np.array([result.mutual_information.max(axis=0).mean() / ln(8) for result in results])
gaps = np.array([result.score for result in results])
check("both latents at 45°, against both at 0°", both[angles == 45].item(), both[0], 1e-3)
check("both latents at 0°, against the one that knows", both[0], best[0], 1e-3)

# %%
fig, axes = plt.subplots(1, 2, figsize=(9.5, 3.5), layout="constrained", width_ratios=(1, 2))
axes[0].scatter(*turned(20).mean.T, c=pair[:, 0], cmap="viridis", s=14)
axes[0].set(aspect="equal", xlabel="$z_0$", ylabel="$z_1$", title="means at 20°, coloured by $g_0$")
curves = ((both, "$I(g;$ both latents$)$", "-"), (best, "best $I(g; z_j)$", "--"), (gaps, "MIG", "-."))
for (curve, name, line), paint in zip(curves, COLOURS, strict=False):
    axes[1].plot(angles, curve, line, color=paint, label=name, linewidth=2)
axes[1].set(xlabel="rotation (degrees)", ylabel="share of $H(g)$", ylim=(-0.03, 1.05), xticks=range(0, 91, 15))
axes[1].legend(loc="upper center", bbox_to_anchor=(0.5, 0.9))
plt.show()

# %% [markdown]
# *The code at 20° (left), and three curves over the angle (right). What both latents know is flat. What the best one
# knows falls from 0.97 to 0.22 at 45° and rises again. MIG starts at the same height, falls faster, and is 0 at 45°.*
#
# What all latents know together is blind to the turn. The best MI is not, but it stays above 0, and a third latent
# that holds the factor once more would lift it back up without making the other two any better. Only the gap says at
# 45° what the eye says: no latent is about anything in particular.
#
# Section 2 split what is missing from 1. At 45° that is 0.78 *not known to the best* and 0.22 *known elsewhere*: so "not
# known" need not be imprecision, here it is known to both latents together and to none alone. Turn it yourself:

# %%
dvlab.widgets.mig_rotation()

# %% [markdown]
# *The slider's picture: the cloud of codes turns, and three marks run along the three curves.*
#
# *Why* is the first curve flat, and why do the others fall? You will explain it in [exercise
# 06](../exercises/06_mig_vs_mi/mig_vs_mi.ipynb), where the noise is smaller and one of the curves has a surprise in
# it.

# %% [markdown]
# ## 7. What MIG misses
#
# Three codes that a reasonable person might call perfect, or anything but. Predict the MIG of each:
#
# 1. **A circle.** Forty orientations, 0° to 351°, and six sizes. The code: $\cos$ and $\sin$ of the orientation, and
#    the size.
# 2. **Factors that go together.** Size and colour with four levels; in half of the images the colour is that of the
#    size. The code: one latent for each.
# 3. **Two in one.** Three sizes, four colours; $z_0=4\cdot\text{size}+\text{colour}$, and $z_1$ is noise.

# %%
turns, steps = np.indices((40, 6)).reshape(2, -1)
circle = np.stack([np.cos(2 * np.pi * turns / 40), np.sin(2 * np.pi * turns / 40), steps], axis=1)
big, slot = np.indices((4, 8)).reshape(2, -1)
together = np.stack([big, np.where(slot < 4, big, slot % 4)], axis=1)
three, four = np.indices((3, 4)).reshape(2, -1)
packed = np.stack([4 * three + four, 0 * three], axis=1)
cases = {
    "a circle": (circle, np.stack([turns, steps], axis=1), ["orientation", "size"]),
    "going together": (together, together, ["size", "colour"]),
    "two in one": (packed, np.stack([three, four], axis=1), ["size", "colour"]),
}

# %%
fig, axes = plt.subplots(1, 3, figsize=(11, 3.2), layout="constrained")
for ax, (name, (means, known, labels)) in zip(axes, cases.items(), strict=True):
    q = Normal(torch.tensor(means, dtype=torch.float64), 0.05)
    result, by_latent = mig(q, known), latent_mig(q, known)
    heat_map(result.mutual_information / result.entropy, "$I/H$", labels, largest=1, ax=ax)
    ax.set_title(f"{name}: MIG {result.score:.2f}")
    print(
        f"{name:>15}: MIG {result.score:.2f}, by factor {abs(result.per_factor)}; from the latents {by_latent.score:.2f}"
    )
plt.show()

# %% [markdown]
# *Three matrices of $I/H$. The circle: two latents know 0.62 of the orientation each, a third all of the size. Going
# together: a bright diagonal, and 0.23 beside it. Two in one: a bright row, and nothing below it.*
#
# **The circle** gets 0 for its orientation. Each of the two latents knows as much as the other, and neither can be
# left out: a factor that *needs* two latents cannot have a gap. A single latent from 0° to 351° would score well and
# be torn at the seam (lecture 1, definition C). With MIG in hand, you would choose the worse code.
#
# **Going together.** The colour's latent knows something of the size because *the colour* does. No code that holds
# both can avoid it. What is the most that can be had? Ask MIG about the factors themselves, as if they were a code:

# %%
ceiling = mig(together, together)
size_4, colour_4 = together.T
check("mig(factors, factors)", ceiling.score, 1 - MI(size_4, colour_4) / ln(4))
check("MIG of the code", mig(Normal(torch.tensor(together * 1.0), 0.05), together).score, ceiling.score, 1e-3)

# %% [markdown]
# `mig(factors, factors)` costs a line, and belongs beside every MIG on data whose factors are not independent. A
# score of 0.77 is a perfect one here.
#
# **Two in one** gets full marks. MIG goes down the columns, one factor after the other, and never looks along a row:
# that the *same* latent is best for both does not show. `latent_mig` asks the transposed question (is the latent's
# best factor well ahead of its second best?) and answers 0. Between them they ask two of lecture 1's three questions,
# compactness and modularity, and lecture 7's DCI asks all three.
#
# | | fails for | look at |
# |:--|:--|:--|
# | MIG | a circle: 0 for a factor that is perfectly there | the matrix; traversals |
# | | correlated factors: below 1 for a perfect code | `mig(factors, factors)` |
# | | two factors in one latent: 1 for an entangled code | `latent_mig`; DCI's D |
# | | imprecise latents: low without entanglement | $I(g_i;z_j)/H(g_i)$ beside it |
# | | a lost factor, in the average | `.per_factor` |
# | histogram MIG | bins, small $n$, outliers, dead latents | `.ceiling`, `.null`; quadrature |

# %% [markdown]
# ## 8. Trained models
#
# Now the real thing: a VAE, a β-VAE and a β-TCVAE (lectures 2, 3 and [5](05_beta_tcvae.ipynb)), trained on the small sprites world and
# shipped with the course. All of its images, all latents, all factors.
#
# > **Before you look.** Which will have the most dead latents? Which the most precise ones? Which the clearest columns?

# %%
world = dvlab.worlds.Sprites.small()
factors = world.all_factors()
models = ("sprites-vae", "sprites-beta-vae", "sprites-beta-tcvae")
posteriors = {name: dvlab.posterior(dvlab.zoo.load(name), world) for name in models}
results = {name: mig(q, factors) for name, q in posteriors.items()}

# %%
labels = [f"{f.name}\nH = {H_f:.2f}" for f, H_f in zip(world.factors, entropy(factors), strict=True)]
largest = max(result.mutual_information.max() for result in results.values())
fig, axes = plt.subplots(1, len(models), figsize=(3.9 * len(models), 3.8), layout="constrained", squeeze=False)
for ax, (name, result) in zip(axes[0], results.items(), strict=True):
    heat_map(result.mutual_information, "nats", labels, largest=largest, ax=ax)
    ax.set_title(f"{name}\nMIG {result.score:.2f}", fontsize=10)
    ax.tick_params(axis="x", labelsize=8)
plt.show()

# %% [markdown]
# *Mutual information of ten latents with four factors, a panel a model, all on one scale. Rows of zeros are latents
# that the model switched off. A column with one bright field and no other has a large gap.*

# %%
fig, axes = plt.subplots(
    1, len(models), figsize=(4.2 * len(models), 3.2), layout="constrained", squeeze=False, sharey=True
)
for ax, (name, result) in zip(axes[0], results.items(), strict=True):
    second, first = np.sort(result.mutual_information / result.entropy, axis=0)[-2:]
    at = np.arange(len(first))
    ax.bar(at, first - second, color=COLOURS[0], label="MIG")
    ax.bar(at, second, bottom=first - second, color=COLOURS[1], hatch="//", label="known elsewhere")
    ax.bar(at, 1 - first, bottom=first, color="0.85", label="not known")
    ax.set_xticks(at, [f.name for f in world.factors], rotation=30, ha="right")
    ax.set_title(name, fontsize=10)
axes[0, 0].set_ylabel("share of $H(g_i)$")
axes[0, -1].legend(loc="upper left", bbox_to_anchor=(1, 1))
plt.show()

# %% [markdown]
# *For each model and factor, the three parts of 1: the gap, what a second latent knows too, and what the best latent
# does not know.*
#
# The hatched part is plain: the factor is in two places. The grey part has two causes, and the picture does not say
# which. A latent may be *imprecise*, as $z_0$ was in section 2. Or the factor may be *spread*, as in section 6: at 45°
# most of the column was grey, and yet nothing was lost. To tell these apart, ask what all latents know together, which
# is lecture 7's third number, informativeness.

# %%
result, vae = results["sprites-beta-tcvae"], results["sprites-vae"]
second = {name: np.sort(r.mutual_information / r.entropy, axis=0)[-2] for name, r in results.items()}
assert (second["sprites-beta-tcvae"] < 0.25).all() and (result.per_factor > 0.2).all()
print("ok  β-TCVAE: every factor has a gap above 0.2, and no second latent knows a quarter of any factor")
assert vae.score < result.score - 0.2 and second["sprites-vae"].max() > 0.1
print("ok  VAE: a MIG at least 0.2 lower, and a factor of which a second latent knows a tenth or more")

# %%
noise = result.mutual_information.max(axis=1) < 0.05  # latents that know nothing: switched off
means = mutual_information(posteriors["sprites-beta-tcvae"].mean, factors)
assert noise.any() and means[noise].max() > 0.1
print("ok  β-TCVAE: dead latents know less than 0.05 nats; a histogram of their means finds more than 0.1")

# %% [markdown]
# This is section 5 come true. A dead latent's posterior is almost the prior for every image, but its *mean*
# still moves by a hair, in some pattern; cut these means into bins and the pattern is found. That is the histogram
# MIG of most published tables. It may come out higher than the true one (sharper winners, since their noise is left
# out too) or lower (livelier losers), and you cannot tell which from the number.
#
# ### The model's fault, or the world's?
#
# The shelf has one more model of sprites, of the *whole* world: squares, ellipses and hearts, full turns, 737,280
# images. Its MIG is not good, and for the scale no better than middling. Now put the same question to the same latents
# within one shape.
#
# > **Predict:** if its latents were bad, would they be any better for squares alone?

# %%
everything, model = dvlab.worlds.Sprites(size=32, antialias=True), dvlab.zoo.load("sprites-whole")
images, drawn = everything.sample(12_000, generator=torch.Generator().manual_seed(0))
with torch.no_grad():
    q = model.encode(images)
names, shapes = [f.name for f in everything.factors[1:]], everything.factors[0].values
print(f"{'best I / H':<12}", *(f"{name:>12}" for name in names))
best = {}
for shape in ("all", *shapes):
    n = drawn[:, 0] == shapes.index(shape) if shape in shapes else slice(None)
    best[shape] = mutual_information(Normal(q.mean[n], q.stddev[n]), drawn[n, 1:]).max(axis=0) / entropy(drawn[n, 1:])
    print(f"{shape:<12}", *(f"{share:12.2f}" for share in best[shape]))
assert min(best[shape][0] for shape in shapes) > 0.9 > 0.7 > best["all"][0]
assert best["square"][2] > best["all"][2] + 0.1 and best["square"][2] > best["heart"][2] + 0.1

# %% [markdown]
# Within a shape the scale is known almost entirely; over all three, a good half of it. The latent codes how large a
# sprite *looks*, and a square, an ellipse and a heart of the same scale do not look equally large. Likewise the
# places: a heart's middle, as this world counts it, is not where most of its white is, and which way it is off depends
# on the turn. The model has found quantities of its own (area, centre of mass) that are as good as ours, and MIG compares
# it with *our* list. A factor is a name that somebody gave. (The turn has no latent at all, and not all of that is the
# model's fault: how far a square has been turned, nobody can tell but up to a quarter.)

# %% [markdown]
# ## What you can do now
#
# - ✓ MIG in four steps: all pairs, $z_j$ and $z_l$ for each factor, the gap over $H(g_i)$, the average
# - ✓ $0\le I(g_i;z_j)\le H(g_i)$, and $1-\mathrm{MIG}_i$ = not known + known elsewhere
# - ✓ look at the factors before the average
# - ✓ histograms: biased upwards by about $(B-1)(L-1)/2n$, capped by a ceiling, ruined by outliers unless the bins are
#   equally full; always with their null
# - ✓ a VAE's MIG is about the density $q(z_j\mid n)$, over all images; a histogram of means is about something else
# - ✓ a rotation: all latents together flat, the best falling, MIG falling to 0
# - ✓ what MIG misses: a factor that needs two latents, correlated factors, two factors in one latent
# - ✓ read a model's matrix, and say what is missing: known elsewhere, or not known to the best
#
# ### Check yourself
#
# <details><summary>1. I add eleven dead latents to a code. What happens to its MIG?</summary>
#
# Nothing: they are neither best nor second best. (By histogram, the second best of many noisy estimates rises a
# little.) But if the code had a single latent, its second best was 0 and still is.
# </details>
#
# <details><summary>2. I copy every latent. What happens to MIG, to the best MI, to what all latents know together?</summary>
#
# MIG goes to 0, since every winner now has an equal. The best MI stays. If the copy has the same noise, the latents
# together know the same; with noise of its own they know a little more, since two readings can be averaged.
# </details>
#
# <details><summary>3. A factor with two values is in a latent without error, one with forty values is half known (I/H = 0.5). Nothing is known elsewhere. MIG? Which would you rather have?</summary>
#
# $(1+0.5)/2=0.75$. In nats the second latent tells more than twice as much (half of 3.69, against 0.69). MIG weighs
# factors alike, whatever they hold.
# </details>
#
# <details><summary>4. Somebody reports MIG 0.04 of ten latents, from 100 images in 20 bins. Your reply?</summary>
#
# That pure noise scores 0.02 on average in that setting, and easily 0.04. More images, or the null beside it.
# </details>
#
# <details><summary>5. The same model, MIG 0.70 in one paper and 0.75 in another. Who made a mistake?</summary>
#
# Perhaps nobody: density or means, how many images, which bins, which factors (some leave the shape out). The two
# numbers are about different quantities, and neither can be compared with the other.
# </details>
#
# <details><summary>6. Where do the slides simplify?</summary>
#
# They do not say whose $I$ it is (section 5), and they read MIG → 0 as bad and MIG → 1 as good disentanglement:
# section 7 has a good code with 0 for its circle, an entangled one with 1, and section 2 a low one that is only
# imprecise.
# </details>
#
# **Next:** [exercise 06, MIG vs MI](../exercises/06_mig_vs_mi/mig_vs_mi.ipynb), the slides' homework; then [lecture
# 7, DCI](07_dci.ipynb).
#
# ### References
#
# - R. T. Q. Chen, X. Li, R. Grosse and D. Duvenaud, *Isolating Sources of Disentanglement in Variational
#   Autoencoders*, NeurIPS 2018, section 4: MIG. [arXiv:1802.04942](https://arxiv.org/abs/1802.04942)
# - G. A. Miller, *Note on the Bias of Information Estimates*, 1955.
# - F. Locatello et al., *Challenging Common Assumptions in the Unsupervised Learning of Disentangled
#   Representations*, ICML 2019: MIG of histograms, 20 bins. [arXiv:1811.12359](https://arxiv.org/abs/1811.12359)
# - M.-A. Carbonneau, J. Zaïdi, J. Boilard and G. Gagnon, *Measuring Disentanglement: A Review of Metrics*, 2020.
#   [arXiv:2012.09276](https://arxiv.org/abs/2012.09276)
# - Z. Li, J. V. Murkute, P. K. Gyawali and L. Wang, *Progressive Learning and Disentanglement of Hierarchical
#   Representations*, ICLR 2020: the gap from the latents' side.
