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
# 2. read a Hinton diagram of $R$;
# 3. compute **disentanglement** and **completeness** from $R$ by hand, with the right base and along the right axis;
# 4. compute **informativeness** on images that the regressors never saw, and know its unit;
# 5. break each of the three and leave the other two whole, and find out where that is impossible;
# 6. change the regressor and watch all three numbers change for one and the same code;
# 7. spend 20, 50 and 200 labels on the code of a trained model;
# 8. predict on twelve codes where MIG and DCI will disagree, and say why.
#
# **You need** the mutual information gap ([lecture 6](06_mig.ipynb)), and the three questions at the end of
# [lecture 1](01_disentanglement.ipynb).
#
# **It takes** about 30 minutes to read and under half a minute to run on a CPU. Exercise 07 follows it.

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch
from scipy import stats
from torch.distributions import Normal

import dvlab
from dvlab.metrics import completeness, dci, disentanglement, mig
from dvlab.metrics._hinton import hinton
from dvlab.widgets.base import COLOURS

np.set_printoptions(suppress=True)


# %%
def check(name, ours, trusted, within=1e-6):
    """Print our number, and stop if it is not the trusted one."""
    assert abs(ours - trusted) < within, f"{name}: we have {ours}, it should be {trusted}"
    print(f"{name}: {ours:.3f}  (trusted: {trusted:.3f})")


# %% [markdown]
# ## 1. From codes to importances
#
# MIG gives a code one number. When the number is low you do not know what is wrong: does a latent mix two factors, is a
# factor spread over two latents, or has it been lost? **DCI** (Eastwood & Williams 2018) asks the three questions one
# by one:
#
# | | asks | in lecture 1 |
# |:--|:--|:--|
# | **D**isentanglement | is each latent about one factor only? | modularity |
# | **C**ompleteness | is each factor in one latent only? | compactness |
# | **I**nformativeness | can the factors be predicted from the code at all? | explicitness |
#
# The recipe on the slides: take the codes $\mathbf z$ of many images, train one linear regressor for each of the $K$
# factors, $\hat g_j=f_j(\mathbf z)$, and read off its weights: $W_{ij}$ says how latent $i$ is used to predict factor
# $j$. (Mind the letters: on these slides $i$ counts *latents* and $j$ *factors*. In MIG it was the other way round.)
#
# We make our codes by hand, so that we know what is in them. Three independent factors with eight levels each, every
# combination four times; a code is a Gaussian for each image, as a VAE's is, and DCI gets one draw from it.

# %%
names = ["size", "colour", "angle"]
g = np.tile(np.indices((8, 8, 8)).reshape(3, -1).T, (4, 1))  # (N, K): levels 0 … 7
size, colour, angle = torch.tensor((g - g.mean(axis=0)) / g.std(axis=0)).T  # mean 0, variance 1
nothing = torch.zeros(len(g), dtype=torch.float64)
generator = torch.Generator().manual_seed(0)


def code(*latents, noise=0.05):
    """q(z|x) of every image; a latent that is 0 throughout gets the prior's deviation, 1: it is dead."""
    mean = torch.stack(latents, dim=1)
    return Normal(mean, torch.where(mean.std(dim=0) > 0, noise, 1.0).expand(mean.shape))


def draw(q):
    return q.mean + q.stddev * torch.randn(q.mean.shape, generator=generator, dtype=torch.float64)


# %% [markdown]
# Our first patient: $z_0$ is the size, $z_1$ is the colour **plus 0.4 times the size**, $z_2$ is the angle, $z_3$ is
# dead.
#
# > **Before you read on.** Which latent will DCI call entangled? And what is $W$? (To predict the colour, what must be
# > done with $z_1$ and $z_0$?)


# %%
def weights(z, g):
    """W (D, K) of least squares: factor j is predicted as Σ_i W_ij z_i + a constant."""
    return np.linalg.lstsq(z - z.mean(axis=0), g - g.mean(axis=0), rcond=None)[0]


z = draw(code(size, colour + 0.4 * size, angle, nothing)).numpy()
print(np.round(weights(z, g), 2) + 0.0)  # + 0.0 turns a −0 into 0

# %% [markdown]
# Rows are latents, columns are factors. The colour is $z_1-0.4\,z_0$, so its column holds a *negative* weight: this is
# why $R_{ij}=\lvert W_{ij}\rvert$ and not $W_{ij}$. And look at the rows. It is $z_0$, the latent that holds nothing
# but the size, which now matters to two factors! Mutual information would have accused $z_1$. $R$ does not say what a
# latent *contains*, it says what it is *used for*.
#
# ### A weight has units
#
# Somebody now stores $z_0$ in another unit: metres before, millimetres now. Nothing about the code has changed.

# %%
millimetres = z * np.array([1000, 1, 1, 1])
levels = g * np.array([10, 1, 1])  # and here the sizes are written 0, 10, …, 70 instead of 0, 1, …, 7
for name, W in {
    "as it was": weights(z, g),
    "z₀ in millimetres": weights(millimetres, g),
    "sizes written tenfold": weights(z, levels),
}.items():
    print(f"{name:<22} D = {disentanglement(abs(W)):.2f}   C = {completeness(abs(W)):.2f}")

# %% [markdown]
# All three lines are the same code of the same factors. So the slides' $R=\lvert W\rvert$ needs a sentence that they
# leave out: **standardise the latents and the factors first** (mean 0, variance 1 over the images that are fitted). Then a weight
# says how many deviations the prediction moves when the latent moves by one, and units are gone. For independent
# latents there is even something to check it against: the weight is then the correlation.


# %%
def standardise(a):
    return (a - a.mean(axis=0)) / a.std(axis=0)


for codes, factors in ((z, g), (millimetres, levels)):
    R = abs(weights(standardise(codes), standardise(factors)))
    print(f"D = {disentanglement(R):.3f}   C = {completeness(R):.3f}")
check("weight of z₂ for the angle, against their correlation", R[2, 2], np.corrcoef(z[:, 2], g[:, 2])[0, 1], 0.01)
check("weight of z₀ for the colour, against −0.4 by hand", R[0, 1], 0.4, 0.01)

# %% [markdown]
# ### Why a lasso
#
# Least squares gives *every* latent some weight, the dead one too: no sample shows a correlation of exactly zero. Eastwood & Williams take (besides a
# random forest, section 7) a **lasso**: least squares plus a price $\alpha\sum_i\lvert W_{ij}\rvert$ on the weights, which sets those that do not
# earn it to zero. The price $\alpha$ is chosen by cross-validation. `dvlab.metrics.dci` does all of this (and fits on
# 80 % of the images: the others are for section 5).

# %%
result = dci(z, g, regressor="lasso")
print("least squares\n", np.round(R, 4), "\nlasso\n", np.round(result.importance, 4))
assert np.abs(R - result.importance).max() < 0.02
print("ok  the two agree to 0.02; only the lasso has exact zeros")

# %% [markdown]
# ## 2. The Hinton diagram
#
# A matrix of numbers is hard to read, a matrix of squares is not. In a **Hinton diagram** the *area* of a square is
# the entry. Three codes; the second is `size` and `colour` turned by 45°, the third holds every factor twice, each time
# with noise of its own.
#
# > **Before you look.** Sketch the squares of the second and the third code. Which has two squares in a row, which has
# > two in a column?

# %%
r = 0.5**0.5
e1, e2, e3 = torch.randn(3, len(g), generator=generator, dtype=torch.float64)
spread = code(size + e1, size - e1, colour + e2, colour - e2, angle + e3, angle - e3)
codes = {
    "0.4 of size leaks": code(size, colour + 0.4 * size, angle, nothing),
    "turned by 45°": code(r * (size - colour), r * (size + colour), angle),
    "each factor in two latents": spread,
}

# %%
fig, axes = plt.subplots(1, 3, figsize=(11, 4.2), layout="constrained")
for ax, (name, q) in zip(axes, codes.items(), strict=True):
    hinton(dci(draw(q), g).importance, "area: $R_{ij}$", names, ax)
    ax.set_title(name)
plt.show()

# %% [markdown]
# *Importances of three codes. Left: one large square in each column and a small one for (latent 0, colour); latent 3 is
# empty. Middle: latents 0 and 1 have a square each for size and for colour; latent 2 is the angle. Right: two equal
# squares in each column, one in each row.*
#
# **One square in each row: disentangled. One square in each column: complete.** The two scores only put numbers on that.

# %% [markdown]
# ## 3. Disentanglement: along the rows
#
# $$P_{ij}=\frac{R_{ij}}{\sum_k R_{ik}},\qquad D_i=1-H_K(P_i),\qquad D=\sum_i\rho_i D_i,\qquad \rho_i=\frac{\sum_j R_{ij}}{\sum_{ij}R_{ij}}$$
#
# Each row of $R$ is made a distribution $P_i$ over the **factors**, and its entropy says how widely latent $i$ spreads:
# 0 when it serves a single factor, the maximum when it serves all alike. The slides write $H$ and leave the base of the
# logarithm open. It has to be $K$, the number of factors, so that the maximum is 1: then $D_i$ runs from 0 to 1. A
# matrix to do by hand:

# %%
R = np.array([[6.0, 0, 0], [0, 4, 4], [1, 1, 1], [0, 0, 0]])  # D = 4 latents, K = 3 factors

# %% [markdown]
# > **Before you read on.** What are $D_0$, $D_2$, and $D_1$? What would you do with the last row, for which
# > $P_3=0/0$?
#
# Row 0 serves one factor: $D_0=1$. Row 2 serves all alike: $D_2=0$. Row 1 splits evenly between two of three:
# $H_3=\ln2/\ln3=0.631$, $D_1=0.369$. The last row serves nothing, and whatever we say of it must not matter: its weight
# is $\rho_3=0$. The weights of the others are 6, 8 and 3 seventeenths.


# %%
def disentanglement_by_hand(R):
    total = R.sum(axis=1)
    P = R / np.where(total > 0, total, 1)[:, None]  # P_ij = R_ij / Σ_k R_ik; a row of zeros stays one
    D_i = 1 - stats.entropy(P + 1e-300, base=R.shape[1], axis=1)  # 1 − H_K(P_i)
    rho = total / R.sum()  # ρ_i
    return D_i, rho, D_i @ rho


D_i, rho, D = disentanglement_by_hand(R)
print("D_i", np.round(D_i, 3) + 0.0, "  17 ρ_i", np.round(17 * rho, 3))
check("D against 6/17 + 8/17 (1 − ln 2 / ln 3)", D, 6 / 17 + 8 / 17 * (1 - np.log(2) / np.log(3)))
check("D against dvlab.metrics", D, disentanglement(R))

# %% [markdown]
# Three ways to get it wrong, all of them found in published code or easily made:

# %%
P = R[:3] / R[:3].sum(axis=1, keepdims=True)
in_nats = 1 - stats.entropy(P, axis=1)
print("natural logarithm:  D_i =", np.round(in_nats, 3), " (below 0 for a latent that serves all factors)")
print(f"plain average over the latents that are in use:  {D_i[:3].mean():.3f} instead of {D:.3f}")
print(f"stop at the first dead latent:  {disentanglement(R[:1]):.3f} if it comes second, whatever follows")

# %% [markdown]
# The weights $\rho_i$ matter more than they look. A trained model has ten latents, of which half are in use; each of the
# others has a few tiny weights, and they are spread over the factors at random. A plain average would count that
# dust like a real latent.

# %% [markdown]
# ## 4. Completeness: down the columns
#
# $$\tilde P_{ij}=\frac{R_{ij}}{\sum_k R_{kj}},\qquad C_j=1-H_D(\tilde P_j)$$
#
# The slides say that "the distribution $P_j$ is as above". **It is not quite**: above, the rows were made to sum to one.
# Here it must be the columns, a distribution over the **latents** for each factor, or its entropy would mean nothing; so
# we write $\tilde P$. The base is the number of latents, $D$. (That letter again: a count here, a score in section 3.)
# One latent alone in a column: $C_j=1$, *complete*. All latents alike: $C_j=0$, what the slides call *maximally
# overcomplete*.
#
# > **Before you read on.** In the matrix above, which factor is most complete? Which two are equally so?


# %%
def completeness_by_hand(R):
    P = R / R.sum(axis=0)  # P̃_ij = R_ij / Σ_k R_kj
    return 1 - stats.entropy(P, base=R.shape[0], axis=0)  # C_j = 1 − H_D(P̃_j)


C_j = completeness_by_hand(R)
H_size, H_colour = ((-p * np.log(p)).sum() / np.log(4) for p in (np.array([6, 1]) / 7, np.array([4, 1]) / 5))
print("C_j", np.round(C_j, 3))
check("C of the size, by hand", C_j[0], 1 - H_size)
check("C of the colour, by hand", C_j[1], 1 - H_colour)

# %% [markdown]
# The slides stop at $C_j$. For one number, `dvlab` averages by the factor's share of all importance, as Locatello et al.
# (2019) do; `weighting="plain"` is the authors' own average, where each factor counts $1/K$. The difference shows when
# a factor has been lost:

# %%
lost = np.array([[1.0, 0, 0], [0, 1, 0], [0, 0, 0]])  # no latent matters to the third factor
print(
    f"D = {disentanglement(lost):.2f}   C by importance {completeness(lost):.2f}   C plain {completeness(lost, 'plain'):.2f}"
)

# %% [markdown]
# With the first average a code that forgot a factor is perfectly disentangled and perfectly complete. That is not a
# fault: it is what the third letter is for.
#
# ### A way to a better completeness
#
# One factor, evenly in two latents, and the rest of the code is dead. What does $C$ do if we add dead latents?

# %%
for D in (2, 4, 10, 100):
    R = np.zeros((D, 1))
    R[:2] = 1
    check(
        f"{D:3d} latents, {D - 2:2d} of them dead: C against 1 − ln 2 / ln {D}",
        completeness(R),
        1 - np.log(2) / np.log(D),
    )

# %% [markdown]
# From 0 to 0.85 without touching the factor. The definition says *relative to spreading over all $D$ latents*, and dead
# latents are there to be spread over. So never compare the completeness of models with different numbers of latents.

# %% [markdown]
# ## 5. Informativeness: is it there at all?
#
# $$E(g_j,\hat g_j),\qquad\hat g_j=f_j(\mathbf z)$$
#
# D and C know only the proportions in $R$, and a code that is nearly pure noise may have the same ones as a perfect code. So the
# third number is how well the regressors **predict**, on images held out from the fit. The slides (and the paper) take an
# *error*, where lower is better: the root of the mean squared error over the factor's own deviation, NRMSE, which is 1
# for somebody who always guesses the mean. Others report $R^2=1-\text{NRMSE}^2$ or a classifier's accuracy under the
# same name, and then higher is better. `dci` returns both and names them.
#
# A number to trust: for $z=g+\sigma\varepsilon$ with a factor of variance 1 the best linear prediction is
# $z/(1+\sigma^2)$, and it reaches $R^2=1/(1+\sigma^2)$.

# %%
for sigma in (0.05, 0.5, 1.0, 2.0):
    result = dci(draw(code(size, colour, angle, noise=sigma)), g)
    assert abs(result.informativeness - 1 / (1 + sigma**2)) < 0.06 and result.disentanglement > 0.7
    print(f"σ = {sigma:4}: D = {result.disentanglement:.2f}, C = {result.completeness:.2f}, "
          f"R² = {result.informativeness:.2f} (1/(1 + σ²) = {1 / (1 + sigma**2):.2f}), NRMSE = {result.error:.2f}")  # fmt: skip

# %% [markdown]
# The informativeness collapses as it must, while D and C hardly notice. That they notice at all is the fault of a few stray
# weights, and of the entropy: it rises *steeply* from 0, so a latent that puts 1 % of its importance elsewhere already
# loses 8 % of its $D_i$ for $K=2$. Keep that in mind for section 9.

# %%
check("H₂(0.99, 0.01)", stats.entropy([0.99, 0.01], base=2), 0.0808, 1e-4)

# %% [markdown]
# ## 6. Break one, keep the others
#
# > **Before you read on.** Invent a code that is disentangled and informative but not complete; one that is complete
# > and informative but not disentangled; one that is disentangled and complete but not informative.
#
# Ours: every factor in *two* latents (section 2). *Two* factors packed into one latent, $z_0=8\cdot\text{size}+\text{colour}$:
# eight sizes, far apart, and around each of them eight colours, close together. And a plain code drowned in noise.

# %%
packed = code(8 * size + colour, angle, nothing)
patients = {
    "healthy": (code(size, colour, angle), "lasso"),
    "incomplete": (spread, "lasso"),
    "entangled": (packed, "forest"),
    "uninformative": (code(size, colour, angle, noise=1.0), "lasso"),
}

# %%
fig, axes = plt.subplots(1, 4, figsize=(12, 4), layout="constrained")
for ax, (name, (q, regressor)) in zip(axes, patients.items(), strict=True):
    result = dci(draw(q), g, regressor=regressor)
    print(
        f"{name:<14} D = {result.disentanglement:.2f}  C = {result.completeness:.2f}  R² = {result.informativeness:.2f}  ({regressor})"
    )
    result.plot(names, ax)
    ax.set_title(f"{name}\n{ax.get_title()}", fontsize=10)
plt.show()

# %% [markdown]
# *Four Hinton diagrams. Healthy: a diagonal. Incomplete: two squares a column, one a row, C = 1 − ln 2 / ln 6 = 0.61 but for noise.
# Entangled: latent 0 has a square for size and one for colour, each the only one in its column. Uninformative:
# the same diagonal as the healthy code but for specks, with half of the variance unexplained: $R$ alone is not enough.*
#
# Why does the third need a *forest* (many decision trees, averaged; importance is the share of the prediction
# error that the splits on a latent removed)? Because with linear regressors the patient does not exist. Suppose that all $K$ factors are linear
# functions of $\mathbf z$ ($I$ is perfect) and that each uses one latent only ($C=1$). Two independent factors cannot both be
# multiples of the same latent, so each uses a latent of its own, and $D=1$. **For linear regressors, complete and informative imply
# disentangled.** The lasso sees the packed code like this:

# %%
result = dci(draw(packed), g)
print("R² of each factor:", dict(zip(names, np.round(result.informativeness_per_factor, 2).tolist(), strict=True)))
assert result.informativeness_per_factor[1] < 0.1
print("ok  to the lasso the colour looks lost")

# %% [markdown]
# The colour is there, exactly, and a straight line cannot see it. Which brings us to the slides' last remark.

# %% [markdown]
# ## 7. The $I$ value depends on the capacity of $f_j$ also
#
# So say the slides (which write $f_i$). And not only I. Four codes, three regressors: the lasso, the forest, and gradient boosting, which is what `disentanglement_lib`
# uses (small here, 20 trees a class, to be quick; `regressor="boosting"` is the full one). It is a *classifier*: its informativeness is an
# accuracy, the others' an $R^2$, so compare down a column, never along a row.
#
# > **Before you look.** Which of the four codes gets the same D from all three?

# %%
from sklearn.ensemble import GradientBoostingClassifier

turn = torch.tensor(stats.ortho_group.rvs(3, random_state=1))  # a random orthogonal matrix
upright, turned = code(size, colour, angle), code(*(turn @ torch.stack([size, colour, angle])))
around = 2 * np.pi * torch.tensor(g[:, 2]) / 8
circle = code(size, colour, around.cos(), around.sin())

# %%
regressors = {
    "lasso": "lasso",
    "forest": "forest",
    "boosting": GradientBoostingClassifier(n_estimators=20, random_state=0),
}
print(f"{'':<10}" + "".join(f"{name:^24}" for name in regressors) + "\n" + " " * 10 + 3 * "    D     C     I       ")
for name, q in {"upright": upright, "turned": turned, "packed": packed, "circle": circle}.items():
    results = [dci(draw(q)[::2], g[::2], regressor=f) for f in regressors.values()]
    scores = ((d.disentanglement, d.completeness, d.informativeness) for d in results)
    print(f"{name:<10}" + "".join("".join(f"{s:6.2f}" for s in three) + 6 * " " for three in scores))

# %% [markdown]
# The upright code is the only one about which all agree. *Turned*: the lasso finds each factor exactly, with all
# three latents, so D is small and I is 1; trees cut along the axes only, and the small boosting does not get there. *Packed*: the lasso
# loses the colour, trees have it. *Circle*, the angle as cosine and sine: disentangled to all, incomplete to
# all, and a line cannot quite unbend it.
#
# Capacity as a dial: one decision tree for each factor, from a single question to twelve in a row.

# %%
from sklearn.tree import DecisionTreeRegressor

depths = range(1, 13)
fig, axes = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained", sharey=True)
for name, q, line, colour_of in (("upright", upright, "-o", COLOURS[0]), ("turned", turned, "--s", COLOURS[1])):
    z = draw(q)
    results = [dci(z, g, regressor=DecisionTreeRegressor(max_depth=d, random_state=0)) for d in depths]
    axes[0].plot(depths, [d.informativeness for d in results], line, color=colour_of, label=name)
    axes[1].plot(depths, [d.disentanglement for d in results], line, color=colour_of, label=name)
for ax, title in zip(axes, ("informativeness ($R^2$)", "disentanglement"), strict=True):
    ax.set(xlabel="depth of the tree (questions in a row)", ylabel="score", title=title, ylim=(0, 1.05))
axes[0].legend()
plt.show()

# %% [markdown]
# *Left: the upright code gives all it has to three questions, since eight levels are three bits; the turned one, with the same
# information, needs many more. Right: the disentanglement of the turned code depends on how deep one may ask.*
#
# So "how much is there" has no answer without "for whom". Given unlimited capacity, I becomes a question of mutual
# information, and no longer tells an upright code from a turned one. Eastwood et al. (2023) turn the curve on the left into a
# further score: the less capacity a code asks for, the more *explicit* it is.
#
# One more warning about trees. A lasso may give a factor no importance at all. A tree's importances sum to 1 for each factor, also for one
# that cannot be predicted: then they are shares of nothing.

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
# ## 8. Informativeness where it counts: few labels
#
# The slides' reason to care about $I$ is a task: "for classification, the representation should capture information about
# the object of interest". So take codes of trained models, and a task that none of them was trained for: from the code of
# a sprite, tell which of its sizes it has, after seeing 20, 50 or 200 labelled images. First the diagrams.

# %%
world = dvlab.worlds.Sprites.small()
factors, labels = world.all_factors().numpy(), [f.name for f in world.factors]
models = ["sprites-vae", "sprites-beta-vae", "sprites-beta-tcvae"]
posteriors = {name: dvlab.posterior(dvlab.zoo.load(name), world) for name in models}
some = np.random.default_rng(0).choice(len(world), 2000, replace=False)

# %%
fig, axes = plt.subplots(1, len(models), figsize=(4 * len(models), 5), layout="constrained", squeeze=False)
for ax, (name, q) in zip(axes[0], posteriors.items(), strict=True):
    result = dci(q.mean[some], factors[some], regressor="forest")
    result.plot(labels, ax)
    ax.set_title(f"{name}\n{ax.get_title()}", fontsize=10)
    assert result.informativeness > 0.8
plt.show()
print("ok  a forest predicts every model's factors, R² above 0.8 on average")

# %% [markdown]
# *Importances of the models' latents for the factors of the small sprites world, by forests. The better a model is disentangled, the
# more its diagram looks like a few lone squares; rows without squares are latents that the model does not use.*
#
# > **Before you read on.** Which codes will do best with few labels: the pixels, a model's code, the same code turned by
# > a random orthogonal matrix? Does it depend on the classifier?

# %%
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression


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
inputs["sprites-beta-tcvae, turned"] = inputs["sprites-beta-tcvae"] @ turn
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
plt.show()

# %% [markdown]
# *Accuracy on unseen images against the number of labels; the grey line is chance. To the logistic regression the β-TCVAE's
# code and its turned copy are the same; the forest does better on the code as it is, and worse on the pixels.*

# %%
one, other = "sprites-beta-tcvae", "sprites-beta-tcvae, turned"
assert np.allclose(table["logistic regression", one], table["logistic regression", other], atol=0.02)
print("ok  logistic regression: turning the code changes nothing")
assert table["random forest", one][1] > table["random forest", other][1] + 0.01
assert all(table[c, one][1] > table[c, "pixels"][1] + 0.05 for c in classifiers)
print("ok  50 labels: the forest prefers the code to the turned one, and both prefer it to the pixels")

# %% [markdown]
# The first line is an identity, not an experiment: a logistic regression with the penalty $\lVert\mathbf w\rVert^2$ on codes $Q\mathbf z$ finds
# the weights $Q\mathbf w$, and the same predictions, for any orthogonal $Q$. **To a classifier that does not care for axes, an upright code is
# worth no more than a turned one.** To one that cuts along axes, such as trees, or a person who reads off one slider, it saves labels.
#
# A turn is the mildest entanglement there is: one matrix undoes it. A model may also *bend* factors into each other, and that
# can cost every simple classifier its labels. In the figure every code beats the pixels, the entangled VAE's too:
# compression alone helps, and the β-VAE (MIG .61) serves the forest about as well as the β-TCVAE (MIG .85). Whenever you read that disentangled codes need fewer labels, ask which classifier was used, and whether the
# code was compared with itself, turned.

# %% [markdown]
# ## 9. MIG and DCI side by side
#
# Twelve codes of the same three factors. MIG integrates over $q(\mathbf z\mid\mathbf x)$; DCI gets one draw for each image.
#
# > **Before you run it.** Take a pencil: which codes get a high MIG and a low D? Which a low MIG and a high D?

# %%
swapped = torch.tensor((g + 4) % 8 / 2.29 - 1.53).T  # levels in the order 4 5 6 7 0 1 2 3
twelve = {
    "upright": upright,
    "upright, 3 dead": code(size, colour, angle, nothing, nothing, nothing),
    "duplicated": code(size, size, colour, colour, angle, angle),
    "leaky": code(size + 0.3 * colour, colour + 0.3 * angle, angle + 0.3 * size),
    "turned by 3°": code(size - 0.052 * colour, colour + 0.052 * size, angle),
    "turned by 45°": code(r * (size - colour), r * (size + colour), angle),
}

# %%
twelve |= {
    "turned at random": turned,
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
fig, axes = plt.subplots(1, 3, figsize=(11, 3.9), layout="constrained")
for ax, score, title in zip(axes, (D_lasso, D_forest, C_forest), ("D, lasso", "D, forest", "C, forest"), strict=True):
    ax.plot([0, 1], [0, 1], color="0.8", linewidth=1)
    ax.plot(MIG, score, "o", color="#0072B2")
    places = {}
    for n, (x, y) in enumerate(zip(MIG, score, strict=True), 1):  # dots on top of each other share a label
        places.setdefault(next((p for p in places if np.hypot(x - p[0], y - p[1]) < 0.05), (x, y)), []).append(str(n))
    for (x, y), numbers in places.items():
        ax.text(x, y + 0.03, ", ".join(numbers), ha="left" if x > 0.95 else "center")
    ax.set(xlabel="MIG", ylabel=title, xlim=(-0.08, 1.4), ylim=(-0.08, 1.15), xticks=np.arange(0, 1.1, 0.2))
plt.show()

# %% [markdown]
# *MIG of the twelve codes against D by the lasso (left), D by forests (middle), and C by forests (right). On the grey line the two numbers are
# equal. Upper left: MIG condemns what DCI praises. Lower right: the other way round.*
#
# | code | what happens | who is right? |
# |:--|:--|:--|
# | 3 duplicated | MIG 0, D 1: the second-best latent is as good as the best, but every latent has one factor | MIG measures completeness here, and C agrees with it. D asks another question. |
# | 9 packed | MIG 1, the forest's D 0.58: no second latent knows the size, and MIG never looks along a row | D. This is the known blind spot of MIG. |
# | 8 order swapped | both 1; but the lasso's I is 0.28, the forest's 1: all is there, in an order that no line can follow | Both, if order is of no concern to you. DCI with a linear regressor says at least that *a line* cannot read it. |
# | 10 circle | two latents for the angle: its MIG is 0, its C below 1, D is 1 | By definition C of lecture 1 (symmetry) the code is perfect. |
# | 11 noisy | lasso D and C nearly 1, MIG low | Both: MIG divides by $H(g)$ and so mixes informativeness in; DCI keeps it apart, in I. |
# | 12 angle lost | MIG ⅔, lasso D and C near 1, forest D far below | MIG and I. D and C (lasso) ignore what is missing, the forest's column of noise drags them down. |
# | 5 turned by 3° | forest D 1, MIG and lasso D 0.88 | read on |
#
# In short: **MIG asks about columns only (is there one best latent?) and pays in information; D asks about rows; C asks about columns; I
# holds what both forget.** A code that is good by all of them is good. A code that is good by one is good by that one.

# %% [markdown]
# ### How hard does a small leak hurt?
#
# Size and colour turned by an angle $\alpha$. For a lasso $R$ is known: predicting turns back, so
# $R=\begin{pmatrix}\cos\alpha&\sin\alpha\\\sin\alpha&\cos\alpha\end{pmatrix}$, and $D=1-H_2\big(\tfrac{\cos\alpha}{\cos\alpha+\sin\alpha}\big)$, a closed form.
#
# > **Before you look.** At 5° the latents are 99.6 % correlated with their factors. What is D?

# %%
degrees = np.array([0, 1, 2, 3, 5, 10, 20, 30, 45])
curves = {"DCI-D, lasso": [], "MIG": [], "DCI-D, forest": []}
for c, s in zip(np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees)), strict=True):
    q = code(c * size - s * colour, s * size + c * colour)
    z = draw(q)[::2]
    curves["DCI-D, lasso"].append(dci(z, g[::2, :2]).disentanglement)
    curves["DCI-D, forest"].append(dci(z, g[::2, :2], regressor="forest").disentanglement)
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
plt.show()
for name, curve in curves.items():
    print(f"{name:<14} at 5°: {curve[4]:.2f}   at 20°: {curve[6]:.2f}")

# %% [markdown]
# *Three scores of one code as it turns. All are 1 at 0° and 0 at 45°. The lasso's D falls steepest at the start, MIG follows it; the
# forest's D stays at 1 until the levels begin to overlap.*
#
# At 5° one score says 0.6 and another says 1.0, of the same code. None is wrong. The lasso asks whether a trace
# of the other factor is *used*, and the entropy's steep start makes traces count. The forest asks where to cut between levels, and at 5° one latent
# is enough. MIG asks how much the other latent *knows*, and at a noise of 0.05 a trace is knowledge. So a DCI without its regressor's name,
# or a MIG without its noise or bins, is not a number.
#
# The same code, turned by hand:

# %%
dvlab.widgets.rotate_codes(angle=5)

# %% [markdown]
# *The slider of lecture 1: the cloud of codes, coloured by size and by colour, and the mutual informations beside it. Go from 0° to 5° and
# to 20°, watch how soon the fields off the diagonal light up, and compare with the three curves above.*

# %% [markdown]
# ## What you can do now
#
# - ✓ fit linear regressors on standardised codes and factors, and take $R=\lvert W\rvert$; it says what a latent is used for
# - ✓ read a Hinton diagram: one square a row is disentangled, one square a column is complete
# - ✓ $D_i=1-H_K(P_i)$ along rows, base $K$, averaged by $\rho_i$; $C_j=1-H_D(\tilde P_j)$ down columns, base $D$
# - ✓ I on held-out images: NRMSE (lower is better), $R^2$ or accuracy (higher is better), always named
# - ✓ break one and keep the others; with linear regressors, complete and informative imply disentangled
# - ✓ the regressor's capacity changes all three
# - ✓ with few labels a good code beats the pixels; that its axes are upright helps classifiers that cut along axes, and only those
# - ✓ MIG looks at columns and pays in information; D looks at rows; I says what is missing
#
# ### Check yourself
#
# <details><summary>1. A code of 10 latents for 5 factors has D = 1 and C = 1. Must it be informative?</summary>
#
# No. Proportions say nothing about sizes: a noisy code, or one that lost factors (with the average by importance), has the same D and C.
# </details>
#
# <details><summary>2. Every entry of R is the same. What are D and C for K = 3, D = 6? And with natural logarithms?</summary>
#
# Both are 0: each row is uniform over 3 factors, each column over 6 latents, and to the right base both entropies are 1. In nats they would be
# 1 − ln 3 = −0.10 and 1 − ln 6 = −0.79.
# </details>
#
# <details><summary>3. Somebody multiplies R by 10. What changes? And if they multiply one row by 10?</summary>
#
# Nothing: all are ratios. With one row multiplied, no $D_i$ changes, but $\rho_i$ does, and so D; the columns change, and so every $C_j$. This is what
# an unstandardised latent does.
# </details>
#
# <details><summary>4. Two papers report an informativeness of 0.95 and 0.05 for the same model. Who is wrong?</summary>
#
# Perhaps nobody: one may mean an $R^2$ or an accuracy, the other an error; and the regressors may differ.
# </details>
#
# <details><summary>5. Your factors are correlated in the data: big things tend to be red. A code has exactly one latent for each factor. Is D = 1?</summary>
#
# For a lasso nearly: given $z_0$ = size, the colour's latent adds nothing to the prediction of the size. MIG, though, is below 1: the
# colour's latent *knows* something of the size, and so the gap is smaller.
# </details>
#
# **Next:** [exercise 07, DCI from R](../exercises/07_dci/dci.ipynb); then lecture 8.
#
# ### References
#
# - Cian Eastwood, Christopher K. I. Williams. *A Framework for the Quantitative Evaluation of Disentangled Representations.* ICLR 2018.
# - Ricky T. Q. Chen, Xuechen Li, Roger Grosse, David Duvenaud. *Isolating Sources of Disentanglement in Variational Autoencoders.*
#   NeurIPS 2018 (MIG).
# - Karl Ridgeway, Michael C. Mozer. *Learning Deep Disentangled Embeddings with the F-Statistic Loss.* NeurIPS 2018 (modularity,
#   compactness, explicitness).
# - Francesco Locatello et al. *Challenging Common Assumptions in the Unsupervised Learning of Disentangled Representations.* ICML 2019
#   (DCI by boosting, and averaged by importance).
# - Cian Eastwood, Andrei Liviu Nicolicioiu, Julius von Kügelgen, Armin Kekić, Frederik Träuble, Andrea Dittadi, Bernhard
#   Schölkopf. *DCI-ES: An Extended Disentanglement Framework with Connections to Identifiability.* ICLR 2023.
# - Robert Tibshirani. *Regression Shrinkage and Selection via the Lasso.* 1996.
