# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 7. DCI
#
# **In this notebook you will**
#
# 1. fit the slides' linear regressors, and see why $R=\lvert W\rvert$ needs standardised codes *and* factors;
# 2. compute **disentanglement** and **completeness** from $R$ by hand, with the right base and along the right axis;
# 3. compute **informativeness** on images that the regressors never saw, and know its unit;
# 4. break each of the three and leave the other two whole, and find out where that is impossible;
# 5. change the regressor, and find out why a forest's D falls on a noisy code.
#
# **You need** the mutual information gap ([lecture 6](06_mig.ipynb)), and the three questions at the end of
# [lecture 1](01_disentanglement.ipynb). [Exercise 07](../exercises/07_dci/dci.ipynb) follows.
#
# **Time:** the core path takes about 25 minutes, with the ★ sections 45; it runs in under a minute on a CPU.

# %%
from functools import partial

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.colors import ListedColormap
from matplotlib.patches import Patch
from scipy import stats
from sklearn.ensemble import GradientBoostingClassifier, RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeRegressor
from torch.distributions import Normal

import dvlab
from dvlab.metrics import completeness, dci, disentanglement, mig, trial
from dvlab.plots import hinton, show
from dvlab.results import read
from dvlab.widgets.base import COLOURS

torch.set_num_threads(1)  # more of them would wait for one another on a busy computer

# %%
np.set_printoptions(suppress=True)


def check(name, ours, trusted, within=1e-6):
    """Print our number, and stop if it is not the trusted one."""
    assert abs(ours - trusted) < within, f"{name}: we have {ours}, it should be {trusted}"
    print(f"{name}: {ours:.3f}  (trusted: {trusted:.3f})")


def compare(guess, measured):
    """Your number beside the measured one, once you have written one down."""
    print("write your number into the cell above" if guess is None else f"you: {guess:g}   measured: {measured:.2f}")


# %% [markdown]
# ## 1. From codes to importances
#
# When MIG is low you do not know what is wrong: does a latent mix two factors, is a factor spread over two latents, or
# has it been lost? **DCI** (Eastwood & Williams 2018) "Considers three properties of representations":
#
# | | asks | in lecture 1 |
# |:--|:--|:--|
# | **D**isentanglement | is each latent about one factor only? | modularity |
# | **C**ompleteness | is each factor in one latent only? | compactness |
# | **I**nformativeness | can the factors be predicted from the code at all? | explicitness |
#
# The recipe on the slides: get the code of each image, "Train $k$ linear regressors (one for each $\mathbf g_i$),
# $f_1\dots f_k$, to predict $\mathbf g_i$ given $\mathbf z$"; from them "we get $W_{ij}$ (how much $\mathbf z_i$ is
# important to predict $\mathbf g_j$)". (From here on $i$ counts *latents* and $j$ *factors*; in MIG it was the other
# way round.)
#
# We make our codes by hand, so that we know what is in them: three independent factors with eight levels each, every
# combination four times. A code is a Gaussian for each image, as a VAE's is, and DCI gets one draw from it.

# %%
names = ["size", "colour", "angle"]
g = np.tile(np.indices((8, 8, 8)).reshape(3, -1).T, (4, 1))  # (N, K): levels 0 … 7
size, colour, angle = torch.tensor((g - g.mean(axis=0)) / g.std(axis=0)).T  # mean 0, variance 1
nothing = torch.zeros(len(g), dtype=torch.float64)
generator = torch.Generator().manual_seed(0)


def code(*latents, noise=0.05):  # q(z|x) of every image; a latent of zeros gets the prior's σ, 1: it is inactive
    mean = torch.stack(latents, dim=1)
    return Normal(mean, torch.where(mean.std(dim=0) > 0, noise, 1.0).expand(mean.shape))


def draw(q):
    return q.mean + q.stddev * torch.randn(q.mean.shape, generator=generator, dtype=torch.float64)


# %% [markdown]
# Our first code: $z_0$ is the size, $z_1$ is the colour **plus 0.4 times the size**, $z_2$ is the angle, $z_3$ is
# inactive.
#
# > **Before you read on.** The colour is to be predicted from $z_0$ and $z_1$. Which latent will DCI call entangled?

# %%
guess_use = None  # the weight of z₀ in that prediction, if z₁ has the weight 1


# %%
def weights(z, g):
    """W (D, K) of least squares: factor j is predicted as Σ_i W_ij z_i + a constant."""
    return np.linalg.lstsq(z - z.mean(axis=0), g - g.mean(axis=0), rcond=None)[0]


z = draw(code(size, colour + 0.4 * size, angle, nothing)).numpy()
W = weights(z, g)
compare(guess_use, W[0, 1] / W[1, 1])
print(np.round(W, 2) + 0.0)  # + 0.0 turns a −0 into 0

# %% [markdown]
# <details><summary>Answer</summary>
#
# The colour is $z_1-0.4\,z_0$. So it is $z_0$, the latent that holds nothing but the size, which now matters to two
# factors. Mutual information would have accused $z_1$: $R$ does not say what a latent *contains*, it says what it is
# *used for*.
# </details>
#
# Rows are latents, columns are factors. The colour's column holds a *negative* weight, hence "a **relative importance
# matrix** $R$ such that $R_{ij}=\lvert W_{ij}\rvert$". But a weight has units. Somebody now stores $z_0$ in millimetres
# instead of metres:


# %%
def standardise(a):
    return (a - a.mean(axis=0)) / a.std(axis=0)


millimetres = z * np.array([1000, 1, 1, 1])
for name, codes in {"as it was": z, "z₀ in millimetres": millimetres}.items():
    raw, R = abs(weights(codes, g)), abs(weights(standardise(codes), standardise(g)))
    print(f"{name:<18} D = {disentanglement(raw):.2f}, C = {completeness(raw):.2f};  standardised: "
          f"D = {disentanglement(R):.2f}, C = {completeness(R):.2f}")  # fmt: skip
check("weight of z₂ for the angle, against their correlation", R[2, 2], np.corrcoef(z[:, 2], g[:, 2])[0, 1], 0.01)
check("weight of z₀ for the colour, against −0.4 by hand", R[0, 1], 0.4, 0.01)

# %% [markdown]
# Both lines are the same code of the same factors. So the slides' $R=\lvert W\rvert$ needs a sentence that they leave
# out: **standardise the latents and the factors first** (mean 0, variance 1). Then a weight says by how many
# standard deviations the prediction moves when the latent moves by one; for independent latents it is the correlation.
#
# Least squares gives *every* latent some weight, the inactive one too. So Eastwood & Williams take (besides a random
# forest, section 5) a **lasso**: least squares plus a penalty $\alpha\sum_i\lvert W_{ij}\rvert$, which sets the
# weights that do not help to zero, with α by cross-validation. It also shrinks those that do; so `dvlab.metrics.dci`
# lets the lasso *select* the latents, and weighs the selected ones by least squares. It standardises first, and fits
# on 80 % of the images (the others are for section 4).

# %%
result = dci(z, g, regressor="lasso")
print("least squares\n", np.round(R, 4), "\nlasso\n", np.round(result.importance, 4))
assert np.abs(R - result.importance).max() < 0.02 and (result.importance[3] == 0).all()

# %% [markdown]
# In a **Hinton diagram** the *area* of a square is the matrix entry. Three codes: ours; `size` and `colour` rotated by
# 45°; every factor in two latents, in which one noise enters with opposite signs, so that their mean is the factor.

# %%
r = 0.5**0.5
e1, e2, e3 = torch.randn(3, len(g), generator=generator, dtype=torch.float64)
spread = code(size + e1, size - e1, colour + e2, colour - e2, angle + e3, angle - e3)
codes = {
    "0.4 of size leaks": code(size, colour + 0.4 * size, angle, nothing),
    "rotated by 45°": code(r * (size - colour), r * (size + colour), angle),
    "each factor in two latents": spread,
}
fig, axes = plt.subplots(1, 3, figsize=(9, 3.9), layout="constrained")
for ax, (name, q) in zip(axes, codes.items(), strict=True):
    hinton(dci(draw(q), g).importance, "area: $R_{ij}$", names, ax)
    ax.set_title(name, fontsize=10)
show(fig, "Hinton diagrams: a diagonal and a small square; two latents share two factors; two squares a column.")

# %% [markdown]
# *Left: a large square in each column and a small one for (latent 0, colour). Middle: latents 0 and 1 have a square
# each for size and for colour. Right: two equal squares in each column, one in each row.*
#
# **One square in each row: disentangled. One square in each column: complete.** The two scores put numbers on that.
#
# ## 2. Disentanglement: along the rows
#
# $$P_{ij}=\frac{R_{ij}}{\sum_k R_{ik}},\qquad D_i=1-H_K(P_i),\qquad D=\sum_i\rho_i D_i,\qquad \rho_i
# =\frac{\sum_j R_{ij}}{\sum_{ij}R_{ij}}$$
#
# Each row of $R$ is made a distribution $P_i$ over the **factors**; its entropy says how widely latent $i$ spreads. The
# slides write $H$ and leave the base of the logarithm open. It has to be $K$, the number of factors, so that $D_i$ runs
# from 0 (serves all alike) to 1 (serves one).
#
# $$R=\begin{pmatrix}6&0&0\\0&4&4\\1&1&1\\0&0&0\end{pmatrix}$$

# %%
R = np.array([[6.0, 0, 0], [0, 4, 4], [1, 1, 1], [0, 0, 0]])  # 4 latents, 3 factors
guess_row = None  # D₁, of the row (0, 4, 4); ln 2 / ln 3 = 0.63
guess_total = None  # D, with ρ = 6/17, 8/17, 3/17, 0


# %%
def disentanglement_by_hand(R):
    total = R.sum(axis=1)
    P = R / np.where(total > 0, total, 1)[:, None]  # P_ij = R_ij / Σ_k R_ik; a row of zeros stays one
    D_i = 1 - stats.entropy(P + 1e-300, base=R.shape[1], axis=1)  # 1 − H_K(P_i)
    rho = total / R.sum()  # ρ_i
    return D_i, rho, D_i @ rho


D_i, rho, D = disentanglement_by_hand(R)
compare(guess_row, D_i[1])
compare(guess_total, D)
check("D against 6/17 + 8/17 (1 − ln 2 / ln 3), by hand against dvlab.metrics", D, disentanglement(R))
assert np.isclose(D, 6 / 17 + 8 / 17 * (1 - np.log(2) / np.log(3)))

# %% [markdown]
# <details><summary>Answer</summary>
#
# Row 0 serves one factor: $D_0=1$. Row 1 splits evenly between two of three: $D_1=1-0.63=0.37$. Row 2 serves all alike:
# $D_2=0$. The last row serves nothing, and whatever we say of it does not matter: $\rho_3=0$. Together
# $D=\frac6{17}+\frac8{17}\cdot0.37=0.53$.
# </details>
#
# The weights $\rho_i$ matter more than they look: a trained model has ten latents of which half are active; the others
# have a few tiny weights, spread over the factors at random. A plain average over latents would count those like real
# ones. (And with natural logarithms $D_2$ would be $1-\ln3<0$.)
#
# ## 3. Completeness: down the columns
#
# $$\tilde P_{ij}=\frac{R_{ij}}{\sum_k R_{kj}},\qquad C_j=1-H_D(\tilde P_j)$$
#
# The slides say: "$C_j=(1-H(P_j))$ where the distribution $P_j$ is as above". **It is not quite**: above, the rows were
# made to sum to one. Here it must be the columns, a distribution over the **latents** for each factor, so we write
# $\tilde P$. The base is the number of latents, $D$ (that letter again). "If a single latent variable contributes to
# $\mathbf g_j$'s prediction, score is 1 (**complete**); if all latent variables equally contribute [...] score is 0
# (**maximally overcomplete**)".

# %%
guess_complete = None  # in R above, C of the size, whose column is (6, 0, 1, 0)


# %%
def completeness_by_hand(R):
    P = R / R.sum(axis=0)  # P̃_ij = R_ij / Σ_k R_kj
    return 1 - stats.entropy(P, base=R.shape[0], axis=0)  # C_j = 1 − H_D(P̃_j)


C_j = completeness_by_hand(R)
compare(guess_complete, C_j[0])
p = np.array([6, 1]) / 7
check("C of the size, by hand", C_j[0], 1 + (p * np.log(p)).sum() / np.log(4))
lost = np.array([[1.0, 0, 0], [0, 1, 0], [0, 0, 0]])  # no latent matters to the third factor
print(
    f"a factor lost: D = {disentanglement(lost):.2f}, C by importance {completeness(lost):.2f}, plain {completeness(lost, 'plain'):.2f}"
)

# %% [markdown]
# The slides stop at $C_j$. `dvlab` averages by the factor's share of all importance, as Locatello et al. (2019) do;
# `weighting="plain"` is the authors' own average. With the first, a code that lost a factor is perfectly disentangled
# and perfectly complete. That is what the third letter is for.
#
# ## 4. Informativeness: is it there at all?
#
# "**Informativeness** of $\mathbf z$ about $\mathbf g_j$ quantified by prediction error
# $E(\mathbf g_j,\hat{\mathbf g}_j)$ where $\hat{\mathbf g}_j=f_j(\mathbf z)$": how well the regressors predict, on
# images held out from the fit. An *error* is better when lower: the root of the mean squared error over the factor's
# own standard deviation, NRMSE, which is 1 for somebody who always guesses the mean. Others report
# $R^2=1-\text{NRMSE}^2$ or a classifier's accuracy under the same name, and then higher is better. `dci` returns both
# and names them. A number to trust: for $z=g+\sigma\varepsilon$ and a factor of variance 1 the best linear prediction,
# $z/(1+\sigma^2)$, reaches $R^2=1/(1+\sigma^2)$.

# %%
for sigma in (0.05, 0.5, 1.0, 2.0):
    result = dci(draw(code(size, colour, angle, noise=sigma)), g)
    check(f"σ = {sigma}: D {result.disentanglement:.2f}, C {result.completeness:.2f}, R²",
          result.informativeness, 1 / (1 + sigma**2), 0.06)  # fmt: skip
    assert result.disentanglement > 0.7

# %% [markdown]
# The informativeness collapses as it must, while the lasso's D and C hardly notice. "Useful for natural tasks", say the
# slides, such as classification: the ★ section on few labels tries that.
#
# ### Break one, keep the others
#
# > **Before you read on.** Invent a code that is disentangled and informative but not complete; one that is complete
# > and informative but not disentangled; one that is disentangled and complete but not informative.
#
# <details><summary>Answer</summary>
#
# Ours: every factor in *two* latents, $C=1-\ln2/\ln6=0.61$. *Two* factors packed into one latent,
# $z_0=8\cdot\text{size}+\text{colour}$: eight sizes, far apart, and around each of them eight colours, close together.
# And a plain code drowned in noise, whose $R$ looks like that of the healthy one.
# </details>

# %%
packed = code(8 * size + colour, angle, nothing)
cases = {
    "healthy": (code(size, colour, angle), "lasso"),
    "incomplete": (spread, "lasso"),
    "entangled": (packed, "forest"),
    "uninformative": (code(size, colour, angle, noise=1.0), "lasso"),
}
fig, axes = plt.subplots(2, 2, figsize=(7, 7), layout="constrained")
for ax, (name, (q, regressor)) in zip(axes.ravel(), cases.items(), strict=True):
    result = dci(draw(q), g, regressor=regressor)
    scores = f"D {result.disentanglement:.2f}  C {result.completeness:.2f}  R² {result.informativeness:.2f}"
    hinton(result.importance, "area: $R_{ij}$", names, ax)
    ax.set_title(f"{name} ({regressor})\n{scores}", fontsize=10)
show(fig, "Four Hinton diagrams: a diagonal; two squares a column; one latent with two squares; a diagonal.")

# %% [markdown]
# *Healthy: one square a column. Incomplete: two in each. Entangled: one latent has two. Uninformative: as healthy.*
#
# Why does the third need a *forest* (many decision trees, averaged; importance is the share of the prediction error
# that the splits on a latent removed)? Suppose all $K$ factors are linear functions of $\mathbf z$ ($I$ is perfect) and
# each uses one latent only ($C=1$). Two independent factors cannot both be multiples of the same latent, so each uses
# one of its own, and $D=1$. **For linear regressors, complete and informative imply disentangled.** To the lasso the
# packed colour looks lost.
#
# ## 5. "$I$ value depends on capacity of model $f_i$ also"
#
# So say the slides. And not only I. Four codes, three regressors: the lasso, the forest, and gradient boosting, which
# is what most papers use (small here, 20 trees a class). It is a *classifier*: its informativeness is an accuracy, so
# compare down a column, never along a row.

# %%
mixing = torch.tensor(stats.ortho_group.rvs(3, random_state=1))  # a random orthogonal matrix
upright, rotated = code(size, colour, angle), code(*(mixing @ torch.stack([size, colour, angle])))
around = 2 * np.pi * torch.tensor(g[:, 2]) / 8
circle, noisy = code(size, colour, around.cos(), around.sin()), code(size, colour, angle, noise=1.0)
boosting = GradientBoostingClassifier(n_estimators=20, random_state=0)
four = {"upright": upright, "rotated": rotated, "packed": packed, "noisy": noisy}
print(" " * 10 + "".join(f"{name:^24}" for name in ("lasso", "forest", "boosting")))
print(" " * 10 + 3 * "    D     C     I       ")
for name, q in four.items():
    results = [dci(draw(q)[:1024], g[:1024], regressor=f) for f in ("lasso", "forest", boosting)]
    scores = ((d.disentanglement, d.completeness, d.informativeness) for d in results)
    print(f"{name:<10}" + "".join("".join(f"{s:6.2f}" for s in three) + 6 * " " for three in scores))

# %% [markdown]
# The upright code is the only one about which all agree. *Rotated*: the lasso finds each factor exactly, with all three
# latents, so D is small and I is 1. *Packed*: the lasso loses the colour, trees have it.
#
# ### The main failure of DCI by trees
#
# Look at the last row. The *noisy* code has one factor in each latent, and each latent errs by as much as the factor
# varies. The lasso's D is near 1, the forest's about .4, boosting's lower still. Who is wrong about "is each latent
# about one factor only?"
#
# > **What could trees do with latents that do not help?** How would you test your explanation?
#
# <details><summary>Answer</summary>
#
# A tree that is grown until each leaf holds one image fits the noise: its last splits are on whatever latent happens to
# separate two images, and all latents serve equally well for that. Those splits count as importance. The test: forbid
# small leaves, and the importance of the other latents must vanish. It does, in the next cell.
# </details>

# %%
guess_leaves = None  # D of the noisy code (σ = 1) by a forest whose leaves hold at least 100 images

# %%
noises = (0.05, 0.5, 1.0, 2.0)
forests = {
    "lasso": "lasso",
    "forest": "forest",
    "forest, leaves of 100": RandomForestRegressor(30, min_samples_leaf=100, random_state=0),
}
D = {name: [] for name in forests}
for sigma in noises:
    z = draw(code(size, colour, angle, noise=sigma))[:1024]
    for name, regressor in forests.items():
        D[name].append(dci(z, g[:1024], regressor=regressor).disentanglement)
compare(guess_leaves, D["forest, leaves of 100"][2])
print({name: [round(float(d), 2) for d in row] for name, row in D.items()})
assert D["forest"][2] < 0.55 < 0.8 < min(D["lasso"][2], D["forest, leaves of 100"][2])

# %%
fig, ax = plt.subplots(figsize=(6.5, 3.4), layout="constrained")
for (name, row), line, paint in zip(D.items(), ("-o", "--s", ":^"), COLOURS, strict=False):
    ax.plot(noises, row, line, color=paint, label=name)
ax.set(xscale="log", xlabel="noise σ of each latent (its factor has variance 1)", ylabel="D", ylim=(0, 1.05))
ax.set_xticks(noises, noises)
ax.minorticks_off()
ax.legend()
show(fig, "D over the noise: two lines stay near 1, the usual forest's falls")

# %% [markdown]
# *D of the same upright code with more and more noise: by the lasso, and by a forest with large leaves, it stays near
# 1; by the usual forest it falls.* A VAE's latents are noisy, a β-VAE's more so. So D by fully grown trees falls when
# a code becomes less *precise*, although no latent takes up a second factor: it mixes informativeness in, which DCI
# promised to keep apart. (Where factors are correlated, the lasso's D falls, too: question 5 below.) Boosting scores
# low on the noisy code, too (.26); we did not test whether for the same reason. Always report D with its regressor,
# and with I.
#
# ### MIG and DCI in court
#
# We have tried scores on codes of which we knew what to expect. `dvlab.metrics.trial` does that for any metric, on 34
# cases whose truth is derived in its source. Eight of them, for MIG and for DCI by two regressors:

# %%
cases_tried = ["aligned", "rotated 45", "duplicated", "packed", "lost", "noisy latents", "few images", "noise"]
tried = {
    "MIG": trial(mig, "MIG", cases_tried, "MIG"),
    "DCI, lasso": trial(dci, None, cases_tried, "lasso"),
    "DCI, forest": trial(partial(dci, regressor="forest"), None, cases_tried, "forest"),
}
fig, axes = plt.subplots(1, 3, figsize=(8.5, 4.2), layout="constrained", width_ratios=(1, 2, 2), sharey=True)
for ax, (name, verdicts) in zip(axes, tried.items(), strict=True):
    verdicts.plot(ax).set_xlabel(f"{name}: {verdicts.score:.0%} passed")
    ax.get_legend().remove()
show(fig, "A map of eight codes and seven scores: blue, but for two orange squares.")

# %% [markdown]
# *Rows are codes, columns are scores. Blue: the score lies in the range that is true of that code; orange: above it (↑)
# or below (↓); grey numbers: the case decides nothing about this score.* MIG passes all eight, for it claims
# compactness and explicitness only (of all 34 cases it fails six: ★ below). To the lasso the packed code, which mixes
# two factors in one latent, is not mixed enough; and the forest's D falls to .42 for a code that has lost a factor,
# though no latent mixes anything. A score fails where it misses something, or counts what is not there.
#
# ## Five sentences to remember
#
# 1. DCI fits a regressor for each factor and asks of its importances: one factor in each row (D), one latent in each
#    column (C), and how well it predicts (I).
# 2. $R=\lvert W\rvert$ means something only for standardised codes and factors, and it says what a latent is used for.
# 3. $D_i=1-H_K(P_i)$ along rows, averaged by $\rho_i$; $C_j=1-H_D(\tilde P_j)$ down columns: mind base and axis.
# 4. D and C are proportions, so a code may lose a factor and keep both: read them together with I for each factor.
# 5. The regressor is part of the number: a lasso cannot see what is bent, and fully grown trees call noise
#    entanglement.
#
# ### What you did
#
# ✓ importances from standardised regressions · ✓ D and C by hand · ✓ I on held-out images · ✓ each broken by itself ·
# ✓ three regressors, and the failure of trees explained by an intervention
#
# ### Check yourself
#
# <details><summary>1. A code of 10 latents for 5 factors has D = 1 and C = 1. Must it be informative?</summary>
#
# No. Proportions say nothing about sizes: a noisy code, or one that lost factors (with the average by importance), has
# the same D and C.
# </details>
#
# <details><summary>2. Every entry of R is the same. What are D and C for K = 3 factors and 6 latents? And with natural
# logarithms?</summary>
#
# Both are 0: each row is uniform over 3 factors, each column over 6 latents, and to the right base both entropies
# are 1. In nats they would be 1 − ln 3 = −0.10 and 1 − ln 6 = −0.79.
# </details>
#
# <details><summary>3. Somebody multiplies one row of R by 10. What changes?</summary>
#
# No $D_i$ changes, but the weights $\rho$ do, and so D, unless all $D_i$ are alike; so does $C_j$ of each factor that
# shares its importance between that row and another. This is what an unstandardised latent does.
# </details>
#
# <details><summary>4. Two papers report an informativeness of 0.95 and 0.05 for the same model. Who is wrong?</summary>
#
# Perhaps nobody: one may mean an $R^2$ or an accuracy, the other an error; and the regressors may differ.
# </details>
#
# <details><summary>5. Your factors depend on each other: big things tend to be red. A code has exactly one latent for
# each factor. Is D = 1?</summary>
#
# For a lasso nearly, if the latents are precise: given $z_0$ = size, the colour's latent adds nothing to the
# prediction of the size. If $z_0$ is noisy, it does add something, and D falls although no latent mixes anything:
# with a correlation of .7 and noise of half a standard deviation in each latent, D is .3. MIG is below 1 either way:
# the colour's latent *knows* something of the size, and so the gap is smaller.
# </details>
#
# **Next:** [exercise 07, DCI from R](../exercises/07_dci/dci.ipynb); then [lecture 8](08_putting_it_together.ipynb).
#
# ## ★ How to read the court
#
# A case is a code and factors, and for each of five properties the range of values that is true of it: *modularity*
# (what D and the gap from the latents' side measure), *compactness* (C and MIG), *explicitness* (I), *ease* (can a
# straight line read off what is there?) and *support* (do all combinations of the latents' values occur?). A score is
# judged by what it claims to measure. "Aligned" has all properties, so every score must be near 1; "noise" has none;
# "packed" is compact and not modular, so D must be low and MIG, which does not claim modularity, may be high. "No
# truth" means that the definition leaves the answer open: nobody can say what D should be where nothing is used. A
# share of passes is no grade for a metric, since the cases are chosen to be hard; read the map row by row.
# `print(trial(...))` lists each score beside its range. `python -m dvlab trial` tried all scores of this package on all
# cases, in some minutes; here is its table.

# %%
court = read("court")
cases, scores_of = (list(dict.fromkeys(court[column].tolist())) for column in ("case", "metric"))
kinds = {"no truth": "white", "undefined": "0.75", "crashes": "#b05a7a", "passes": "#cfe3f3", "fails": "#f3a45c"}
verdicts = np.array([list(kinds).index(v) for v in court["verdict"]]).reshape(len(cases), len(scores_of))
above, fails = (x.reshape(verdicts.shape) for x in (court["score"] > court["high"], court["verdict"] == "fails"))

# %%
fig, ax = plt.subplots(figsize=(8.5, 8.5), layout="constrained")
ax.imshow(verdicts, cmap=ListedColormap(list(kinds.values())), vmin=0, vmax=len(kinds) - 1, aspect="auto")
for row, column in np.argwhere(fails):
    ax.text(column, row, "↑" if above[row, column] else "↓", ha="center", va="center", fontsize=8)
ax.set_xticks(range(len(scores_of)), scores_of, rotation=60, ha="left", rotation_mode="anchor")
ax.set_yticks(range(len(cases)), cases)
ax.xaxis.tick_top()
ax.legend(handles=[Patch(fc=paint, ec="0.8", label=kind) for kind, paint in kinds.items()], ncols=4,
          loc="upper center", bbox_to_anchor=(0.5, -0.01), frameon=False)  # fmt: skip
show(fig, f"A map of {len(cases)} codes and {len(scores_of)} scores, mostly blue; orange crowds in a few rows.")
print("never wrong:", *(name for name, failed in zip(scores_of, fails.T, strict=True) if not failed.any()), sep="  ")

# %% [markdown]
# *Rows are codes, columns scores: blue where the score says what is true, orange where it says too much (↑) or too
# little (↓).* Read a column to learn what a score is blind to, and a row to find the scores that see a fault.
#
# ## ★ A way to a better completeness
#
# One factor, evenly in two latents, and the rest of the code is inactive. What does $C$ do if we add inactive latents?

# %%
for D in (2, 4, 10, 100):
    R = np.zeros((D, 1))
    R[:2] = 1
    check(
        f"{D:3d} latents, {D - 2:2d} of them inactive: C against 1 − ln 2 / ln {D}",
        completeness(R),
        1 - np.log(2) / np.log(D),
    )

# %% [markdown]
# From 0 to 0.85 without touching the factor. The definition says *relative to spreading over all $D$ latents*, and
# inactive latents are there to be spread over. So never compare the completeness of models with different numbers of
# latents.

# %% [markdown]
# ## ★ Capacity as a dial
#
# One decision tree for each factor, from a single question to twelve in a row.

# %%
depths = range(1, 13)
fig, axes = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained", sharey=True)
for name, q, line, colour_of in (("upright", upright, "-o", COLOURS[0]), ("rotated", rotated, "--s", COLOURS[1])):
    z = draw(q)
    results = [dci(z, g, regressor=DecisionTreeRegressor(max_depth=d, random_state=0)) for d in depths]
    axes[0].plot(depths, [d.informativeness for d in results], line, color=colour_of, label=name)
    axes[1].plot(depths, [d.disentanglement for d in results], line, color=colour_of, label=name)
for ax, title in zip(axes, ("informativeness ($R^2$)", "disentanglement"), strict=True):
    ax.set(xlabel="depth of the tree (questions in a row)", ylabel="score", title=title, ylim=(0, 1.05))
axes[0].legend()
show(fig, "Over the depth: the upright code needs three questions, the rotated one many more.")

# %% [markdown]
# *Left: the upright code gives all it has to three questions, since eight levels are three bits; the rotated one, with
# the same information, needs many more. Right: the disentanglement of the rotated code depends on how deep one may
# ask.*
#
# So "how much is there" has no answer without "for whom". Given unlimited capacity, I becomes a question of mutual
# information, and no longer tells an upright code from a rotated one. Eastwood et al. (2023) turn the curve on the left
# into a further score: the less capacity a code asks for, the more *explicit* it is.
#
# One more warning about trees. A lasso may give a factor no importance at all. A tree's importances sum to 1 for each
# factor, also for one that cannot be predicted: then they are shares of nothing.

# %%
z = draw(code(size, colour, nothing))  # the angle is lost
for regressor in ("lasso", "forest"):
    d = dci(z, g, regressor=regressor)
    print(
        f"{regressor:<7} D = {d.disentanglement:.2f}  C = {d.completeness:.2f}  importance for the angle: {np.round(d.importance[:, 2], 2)}"
    )

# %% [markdown]
# Report D and C together with I for each factor, or such columns go unnoticed.

# %% [markdown]
# ## ★ Informativeness where it counts: few labels
#
# The slides' reason to care about $I$ is a task: "for classification task, representation should capture information
# about object of interest". So take codes of trained models, and a task that none of them was trained for: from the
# code of a sprite, tell which of its sizes it has, after seeing 20, 50 or 200 labelled images. First the diagrams.

# %%
world = dvlab.worlds.Sprites.small()
factors, labels = world.all_factors().numpy(), [f.name for f in world.factors]
models = ["sprites-vae", "sprites-beta-vae", "sprites-beta-tcvae"]
posteriors = {name: dvlab.posterior(dvlab.zoo.load(name), world) for name in models}
some = np.random.default_rng(0).choice(len(world), 2000, replace=False)

# %% tags=["nbval-ignore-output"]
fig, axes = plt.subplots(1, len(models), figsize=(8, 4.8), layout="constrained", squeeze=False)
for ax, (name, q) in zip(axes[0], posteriors.items(), strict=True):
    result = dci(q.mean[some], factors[some], regressor="forest")
    result.plot(labels, ax)
    ax.set_title(f"{name}\n{ax.get_title()}", fontsize=10)
    print(f"{name:<20} R² of the forests, mean over the factors: {result.informativeness:.2f}")
    assert result.informativeness > 0.8
show(fig, "Hinton diagrams of three models: the better disentangled, the more lone squares.")

# %% [markdown]
# *Importances of the models' latents for the factors of the small sprites world, by forests. The better a model is
# disentangled, the more its diagram looks like a few lone squares; rows without squares are latents that the model does
# not use.*
#
# > **Before you read on.** What will do best with few labels: the pixels, a model's code, or the same code rotated by a
# > random orthogonal matrix?
#
# <details><summary>Answer</summary>
#
# A model's code. Whether rotating it matters depends on the classifier: not for a logistic regression, but for a
# forest.
# </details>


# %%
def accuracy(x, y, labels, classifier, draws=5):
    """Accuracy on 1,000 images of a classifier that was shown `labels` others; mean over `draws` choices of them."""
    scores = []
    for seed in range(draws):
        order = np.random.default_rng(seed).permutation(len(x))
        seen, unseen = order[:labels], order[-1000:]
        scores.append(classifier(seed).fit(x[seen], y[seen]).score(x[unseen], y[unseen]))
    return np.mean(scores)


# %%
scale = factors[:, labels.index("scale")]
inputs = {name: q.mean.cpu().numpy() for name, q in posteriors.items()}
turn = stats.ortho_group.rvs(inputs["sprites-beta-tcvae"].shape[1], random_state=0)
inputs["sprites-beta-tcvae, rotated"] = inputs["sprites-beta-tcvae"] @ turn
inputs["pixels"] = world.images(torch.float32, device="cpu").flatten(1).numpy()
classifiers = {
    "logistic regression": lambda seed: LogisticRegression(max_iter=1000),
    "random forest": lambda seed: RandomForestClassifier(30, random_state=seed),
}
shown = (20, 50, 200)
table = {(c, i): [accuracy(x, scale, n, f) for n in shown] for c, f in classifiers.items() for i, x in inputs.items()}

# %%
fig, axes = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained", sharey=True)
lines = ("-o", "-s", "-^", "--v", ":x")[-len(inputs) :]
for ax, c in zip(axes, classifiers, strict=True):
    for name, line, colour_of in zip(inputs, lines, COLOURS, strict=False):
        ax.plot(shown, table[c, name], line, color=colour_of, label=name)
    ax.axhline(1 / len(np.unique(scale)), color="0.7", linewidth=1)
    ax.set(xscale="log", xlabel="labelled images", title=c, ylim=(0, 1.03))
    ax.set_xticks(shown, shown)
    ax.minorticks_off()
axes[0].set_ylabel("accuracy, scale")
axes[1].legend(loc="upper left", bbox_to_anchor=(1, 1))
show(fig, "Accuracy over 20, 50 and 200 labels: every code beats the pixels; the forest prefers the upright code.")

# %% [markdown]
# *Accuracy on unseen images against the number of labels; the grey line is chance. To the logistic regression the
# β-TCVAE's code and its rotated copy are the same; the forest does better on the code as it is, and worse on the
# pixels. Means of five choices of the labelled images, without intervals: an illustration.*

# %% tags=["nbval-ignore-output"]
print(f"{'accuracy with':<48}" + "".join(f"{n:>5}" for n in shown) + "  labels")
for (c, name), row in table.items():
    print(f"{c:<20} {name:<27}" + "".join(f"{share:5.2f}" for share in row))
one, other = "sprites-beta-tcvae", "sprites-beta-tcvae, rotated"
assert np.allclose(table["logistic regression", one], table["logistic regression", other], atol=0.02)
assert table["random forest", one][1] > table["random forest", other][1] + 0.01
assert all(table[c, one][1] > table[c, "pixels"][1] + 0.05 for c in classifiers)

# %% [markdown]
# That rotating changes nothing for a logistic regression is an identity, not an experiment: with the penalty
# $\lVert\mathbf w\rVert^2$ it finds, on codes $Q\mathbf z$, the weights $Q\mathbf w$, and the same predictions, for any
# orthogonal $Q$. **To a classifier that does not care for axes, an upright code is worth no more than a rotated one.**
# To one that cuts along axes, such as trees, or a person who reads off one slider, it saves labels.
#
# A rotation is the mildest entanglement there is: one matrix undoes it. A model may also *bend* factors into each
# other, and that can cost every simple classifier its labels. In the figure every code beats the pixels, the entangled
# VAE's too: a code need not be disentangled to help, and the β-VAE (MIG .61) serves the forest about as well as the
# β-TCVAE (MIG .85). Whenever you read that disentangled codes need fewer labels, ask which classifier was used, and
# whether the code was compared with itself, rotated.

# %% [markdown]
# ## ★ MIG and DCI side by side
#
# Twelve codes of the same three factors. MIG integrates over $q(\mathbf z\mid\mathbf x)$; DCI gets one draw for each
# image.
#
# > **Before you run it.** Which code gets a high MIG and a low D?
#
# <details><summary>Answer</summary>
#
# The packed one: MIG never looks along a row, and D does nothing else. The duplicated one gets the reverse.
# </details>

# %%
swapped = torch.tensor((g + 4) % 8 / 2.29 - 1.53).T  # levels in the order 4 5 6 7 0 1 2 3
twelve = {
    "upright": upright,
    "upright, 3 inactive": code(size, colour, angle, nothing, nothing, nothing),
    "duplicated": code(size, size, colour, colour, angle, angle),
    "leaky": code(size + 0.3 * colour, colour + 0.3 * angle, angle + 0.3 * size),
    "rotated by 3°": code(size - 0.052 * colour, colour + 0.052 * size, angle),
    "rotated by 45°": code(r * (size - colour), r * (size + colour), angle),
}

# %%
twelve |= {
    "rotated at random": rotated,
    "order swapped": code(*swapped),
    "packed": packed,
    "circle": circle,
    "noisy": code(size, colour, angle, noise=1.0),
    "angle lost": code(size, colour, nothing),
}

# %%
rows = []
print(f"{'':<22}         lasso              forest\n{'':<22}  MIG    D     C     I      D     C     I")
for number, (name, q) in enumerate(twelve.items(), 1):
    z, row = draw(q), [mig(q, g).score]
    for regressor in ("lasso", "forest"):
        d = dci(z, g, regressor=regressor)
        row += [d.disentanglement, d.completeness, d.informativeness]
    rows.append(row)
    print(
        f"{number:2d} {name:<18} " + " ".join(f"{value:5.2f}" for value in row[:4]),
        " " + " ".join(f"{value:5.2f}" for value in row[4:]),
    )

# %%
MIG, D_lasso, _, _, D_forest, C_forest, _ = np.abs(rows).T
fig, ax = plt.subplots(figsize=(7.5, 4.8), layout="constrained")
marks = {"MIG": (MIG, "o"), "D, lasso": (D_lasso, "s"), "D, forest": (D_forest, "^"), "C, forest": (C_forest, "x")}
for (name, (values, mark)), paint in zip(marks.items(), COLOURS, strict=False):
    ax.plot(values, np.arange(12)[::-1], mark, color=paint, label=name, alpha=0.8)
ax.hlines(range(12), 0, 1, color="0.9", zorder=0)
ax.set(xlabel="score", xlim=(-0.03, 1.03), yticks=range(12), yticklabels=list(twelve)[::-1])
ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
show(fig, "Four marks a code: together for upright, far apart for duplicated and noisy")

# %% [markdown]
# *Four scores of twelve codes: all near 1 for the upright one, far apart for the duplicated and the noisy one.* Where
# marks lie apart, the scores ask different questions:
#
# | code | what happens | who is right? |
# |:--|:--|:--|
# | duplicated | MIG 0, D 1: the second-best latent is as good as the best, but every latent has one factor | MIG measures completeness here, and C agrees with it. D asks another question. |
# | packed | MIG 1, the forest's D 0.58: no second latent knows the size, and MIG never looks along a row | D. This is the known blind spot of MIG. |
# | order swapped | both 1; but the lasso's I is 0.29, the forest's 1: all is there, in an order that no line can follow | Both, if order is of no concern to you. DCI with a linear regressor says at least that *a line* cannot read it. |
# | circle | two latents for the angle: its MIG is 0, its C below 1, D is 1 | By definition C of lecture 1 (symmetry) the code is perfect. |
# | noisy | lasso D and C .93 (a few stray weights), MIG low, the forest's D .4 | The lasso. MIG divides by $H(g)$ and so mixes informativeness in; the forest does it too, by fitting noise (section 5). |
# | angle lost | MIG ⅔, lasso D and C near 1, forest D far below | MIG and I. D and C (lasso) ignore what is missing, the forest's column of noise drags them down. |
# | rotated by 3° | forest D 1, MIG 0.88, lasso D 0.87 | read on |
#
# In short: **MIG asks about columns only (is there one best latent?) and measures information, as a share of $H(g)$; D
# asks about rows; C asks about columns; I holds what both forget.** A code that is good by all of them is good. A code
# that is good by one is good by that one.

# %% [markdown]
# **How hard does a small leak hurt?**
#
# Size and colour rotated by an angle $\alpha$. For a lasso $R$ is known: predicting rotates back, so
# $R=\begin{pmatrix}\cos\alpha&\sin\alpha\\\sin\alpha&\cos\alpha\end{pmatrix}$, and
# $D=1-H_2\big(\tfrac{\cos\alpha}{\cos\alpha+\sin\alpha}\big)$, a closed form.
#
# > **Before you look.** At 5° the latents are 99.6 % correlated with their factors. What is D?
#
# <details><summary>Answer</summary>
#
# 0.60, from the closed form: the entropy rises steeply where a trace comes in.
# </details>

# %%
degrees = np.array([0, 1, 2, 3, 5, 10, 20, 30, 45])
curves = {"DCI-D, lasso": [], "MIG": [], "DCI-D, forest": []}
for c, s in zip(np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees)), strict=True):
    q = code(c * size - s * colour, s * size + c * colour)
    z = draw(q)[:1024]
    curves["DCI-D, lasso"].append(dci(z, g[:1024, :2]).disentanglement)
    curves["DCI-D, forest"].append(dci(z, g[:1024, :2], regressor="forest").disentanglement)
    curves["MIG"].append(mig(q, g[:, :2]).score)
    closed = 1 - stats.entropy([c, s], base=2)  # entropy() normalises
    assert abs(curves["DCI-D, lasso"][-1] - closed) < 0.05
print("ok  D by the lasso is the closed form, ± 0.05, at every angle")

# %%
fig, ax = plt.subplots(figsize=(6.5, 3.4), layout="constrained")
for (name, curve), line, colour_of in zip(curves.items(), ("-o", "--s", ":^"), COLOURS, strict=False):
    ax.plot(degrees, curve, line, color=colour_of, label=name)
ax.set(xlabel="angle (degrees)", ylabel="score", xticks=range(0, 46, 5))
ax.legend()
show(fig, "Three scores over the angle: the lasso's D falls first, MIG follows, the forest's D falls late.")
for name, curve in curves.items():
    print(f"{name:<14} at 5°: {curve[4]:.2f}   at 20°: {curve[6]:.2f}")

# %% [markdown]
# *Three scores of one code as it rotates. All are 1 at 0° and 0 at 45°. The lasso's D falls steepest at the start, MIG
# follows it; the forest's D stays at 1 until the levels begin to overlap.*
#
# At 5° one score says 0.6 and another says 1.0, of the same code. None is wrong. The lasso asks whether a trace of the
# other factor is *used*, and the entropy's steep start makes traces count. The forest asks where to cut between levels,
# and at 5° one latent is enough. MIG asks how much the other latent *knows*, and at a noise of 0.05 a trace is
# knowledge. So a DCI without its regressor's name, or a MIG without its noise or bins, is not a number.
#
# The same code, rotated by hand:

# %%
dvlab.widgets.rotate_codes(angle=5)

# %% [markdown]
# *The slider of lecture 1: the cloud of codes, coloured by size and by colour, and the mutual informations beside it.
# Go from 0° to 5° and to 20°, watch how soon the entries off the diagonal light up, and compare with the three curves
# above.*

# %% [markdown]
# ## ★ Sources
#
# - Cian Eastwood, Christopher K. I. Williams. *A Framework for the Quantitative Evaluation of Disentangled
#   Representations.* ICLR 2018.
# - Ricky T. Q. Chen, Xuechen Li, Roger Grosse, David Duvenaud. *Isolating Sources of Disentanglement in Variational
#   Autoencoders.* NeurIPS 2018 (MIG).
# - Karl Ridgeway, Michael C. Mozer. *Learning Deep Disentangled Embeddings with the F-Statistic Loss.* NeurIPS 2018
#   (modularity, compactness, explicitness).
# - Francesco Locatello et al. *Challenging Common Assumptions in the Unsupervised Learning of Disentangled
#   Representations.* ICML 2019 (DCI by boosting, and averaged by importance).
# - Cian Eastwood, Andrei Liviu Nicolicioiu, Julius von Kügelgen, Armin Kekić, Frederik Träuble, Andrea Dittadi,
#   Bernhard Schölkopf. *DCI-ES: An Extended Disentanglement Framework with Connections to Identifiability.* ICLR 2023.
# - Robert Tibshirani. *Regression Shrinkage and Selection via the Lasso.* 1996.
