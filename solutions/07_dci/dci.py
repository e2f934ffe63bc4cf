# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercise 07. DCI from R
#
# **You will** write, each in two to five lines,
#
# 1. the disentanglement $D_i$ of each latent, from an importance matrix $R$;
# 2. the weights $\rho_i$ and the average $D$;
# 3. the completeness $C_j$ of each factor;
# 4. the regressors that give $R$ in the first place;
# 5. their error on images they have not seen;
#
# look at two trained codes with what you wrote, judge a table of numbers that looks better than it is, and see to the
# cases that others forget.
#
# **You need** lecture 7. **Points:** 16 (2 of them extra). **Time:** about 75 minutes; every cell runs in a
# few seconds.
#
# Replace each `raise NotImplementedError()` with your own lines, then run the check below it. A check compares your function
# with a trusted one on inputs of many shapes and scales, and tells you what it sees; call it a second time and it says where to look. *Visible checks passed* means what it says:
# the grader runs a few more, of the same kind. Where you are asked for a `guess`, write it down before you go on: the next cell compares.
#
# Throughout, $R$ has a row for each of the $D$ latents and a column for each of the $K$ factors, and no entry is negative. Up to part 6 there are two latents and two factors at least,
# and no row or column is all zeros.

# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
import matplotlib.pyplot as plt
import numpy as np
import torch

import dvlab
from dvlab.checks import ex07

torch.set_num_threads(1)  # more of them would wait for one another on a busy computer

# %% [markdown]
# ## Two trained codes
#
# Here are the importances $R$ of two models of the small world of sprites, a plain VAE and a β-TCVAE, as Hinton diagrams: the *area* of a square is an
# entry's share of the largest one. The ten latents are the rows; four factors made the images. (A lasso predicts each factor
# from all latents, 2,000 images; dead latents leave a row empty.)

# %% nbgrader={"grade": false, "grade_id": "trained", "locked": true, "schema_version": 3, "solution": false, "task": false}
sprites = dvlab.worlds.Sprites.small()
names = [factor.name for factor in sprites.factors]
images, g_sprites = sprites.sample(2000, generator=torch.Generator().manual_seed(0))
g_sprites = g_sprites.numpy().astype(float)
codes = {
    name: dvlab.posterior(dvlab.zoo.load(name), images).mean.numpy() for name in ("sprites-vae", "sprites-beta-tcvae")
}
lasso = {name: dvlab.metrics.dci(z, g_sprites, regressor="lasso") for name, z in codes.items()}
fig, axes = plt.subplots(1, 2, figsize=(7, 5), layout="constrained")
for ax, name in zip(axes, lasso, strict=True):
    lasso[name].plot(names, ax=ax)
    ax.set_title(name)
dvlab.plots.show(
    fig,
    "Two Hinton diagrams. Left, the VAE: most latents in use have squares in several columns. Right, the β-TCVAE: nearly every row in use has one large square.",
)

# %% [markdown]
# *Hinton diagrams of two models of the sprites. The VAE: most latents in use have squares in several columns. The β-TCVAE: nearly every row in use has one
# large square.*
#
# Read them before you compute anything. A latent is **disentangled** when its *row* has one square; a factor is captured **completely** when its *column*
# has one. Both scores go from 0 to 1. Guess $D$ of each model, from the picture alone: `guess_D = (VAE, β-TCVAE)`.

# %% nbgrader={"grade": false, "grade_id": "trained-guess", "locked": false, "schema_version": 3, "solution": true, "task": false}
guess_D = None
### BEGIN SOLUTION
guess_D = (0.4, 0.8)
### END SOLUTION

# %%
print(
    f"D of the VAE {lasso['sprites-vae'].disentanglement:.2f}, of the β-TCVAE {lasso['sprites-beta-tcvae'].disentanglement:.2f}"
)
print(f"you said {guess_D}")

# %% [markdown]
# Now write what computed this.

# %% [markdown]
# ## 1. Each latent's disentanglement
#
# $$P_{ij}=\frac{R_{ij}}{\sum_k R_{ik}},\qquad D_i=1-H_K(P_i),\qquad H_K(P_i)=-\sum_j P_{ij}\log_K P_{ij}.$$
#
# Lecture 7 did this for one table; here it must hold for every $R$, of any size and in any unit. One case needs thought, a zero: $p\log p\to0$ as
# $p\to0$, so the entry contributes nothing, but `0 * np.log(0)` is NaN.
#
# By hand first, for
# $R=\begin{pmatrix}3&1\\0&2\\1&1\end{pmatrix}$: you should find $D_i=0.189,\ 1,\ 0$.


# %% nbgrader={"grade": false, "grade_id": "per-latent", "locked": false, "schema_version": 3, "solution": true, "task": false}
def disentanglement_per_latent(R):
    """D_i of each latent: R (D, K) -> (D,), in [0, 1]."""
    ### BEGIN SOLUTION
    total = R.sum(axis=1)
    P = R / np.where(total > 0, total, 1)[:, None]
    H = -(P * np.log(np.where(P > 0, P, 1))).sum(axis=1) / np.log(max(R.shape[1], 2))  # for K = 1 it is 0 to any base
    return np.where(total > 0, 1 - H, 0)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "per-latent-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
ex07.per_latent(disentanglement_per_latent)
### BEGIN HIDDEN TESTS
ex07.per_latent(disentanglement_per_latent, seed=1)
### END HIDDEN TESTS

# %% [markdown]
# ## 2. The average
#
# $$D=\sum_i\rho_i D_i,\qquad\rho_i=\frac{\sum_j R_{ij}}{\sum_{ij}R_{ij}}.$$
#
# In the example $\rho=(\tfrac12,\tfrac14,\tfrac14)$ and $D=0.344$. Use your function from part 1.


# %% nbgrader={"grade": false, "grade_id": "total", "locked": false, "schema_version": 3, "solution": true, "task": false}
def disentanglement(R):
    """D: R (D, K), not all zero -> a number in [0, 1]."""
    ### BEGIN SOLUTION
    rho = R.sum(axis=1) / R.sum()
    return rho @ disentanglement_per_latent(R)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "total-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ex07.total(disentanglement)
### BEGIN HIDDEN TESTS
ex07.total(disentanglement, seed=1)
### END HIDDEN TESTS

# %% [markdown]
# Why weights? Here is what a trained model's $R$ looks like without a lasso: three latents are in use, each for one factor, and seven carry dust. Guess both
# averages before you run: `guess_average = (plain, weighted)`.

# %% nbgrader={"grade": false, "grade_id": "average-guess", "locked": false, "schema_version": 3, "solution": true, "task": false}
guess_average = None
### BEGIN SOLUTION
guess_average = (0.3, 1)
### END SOLUTION

# %%
rng = np.random.default_rng(0)
R = np.abs(rng.normal(scale=0.005, size=(10, 3)))
R[[1, 4, 7], [0, 1, 2]] = 1.0
plain, weighted = disentanglement_per_latent(R).mean(), disentanglement(R)
print(f"plain average of D_i {plain:.2f}   weighted {weighted:.2f}   you said {guess_average}")

# %% [markdown]
# ## 3. Completeness
#
# $$\tilde P_{ij}=\frac{R_{ij}}{\sum_k R_{kj}},\qquad C_j=1-H_D(\tilde P_j).$$
#
# Mind what is normalised, along which axis the entropy is taken, and to which base. In the example $C_j=0.488,\ 0.054$.


# %% nbgrader={"grade": false, "grade_id": "per-factor", "locked": false, "schema_version": 3, "solution": true, "task": false}
def completeness_per_factor(R):
    """C_j of each factor: R (D, K) -> (K,), in [0, 1]."""
    ### BEGIN SOLUTION
    return disentanglement_per_latent(R.T)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "per-factor-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
ex07.per_factor(completeness_per_factor)
### BEGIN HIDDEN TESTS
ex07.per_factor(completeness_per_factor, seed=1)
### END HIDDEN TESTS

# %% [markdown]
# Predict $D$ and the mean of $C_j$ for each of these: one latent a factor; every latent twice; two factors in
# one latent; everything alike. Write four pairs, `guess_DC = [(D, C), …]`.

# %% nbgrader={"grade": false, "grade_id": "examples-guess", "locked": false, "schema_version": 3, "solution": true, "task": false}
guess_DC = []
### BEGIN SOLUTION
guess_DC = [(1, 1), (1, 0.5), (0.5, 1), (0, 0)]
### END SOLUTION

# %%
examples = {
    "one latent a factor": np.eye(3),
    "every latent twice": np.repeat(np.eye(3), 2, axis=0),
    "two factors in one latent": np.array([[1.0, 1, 0], [0, 0, 1]]),
    "everything alike": np.ones((4, 3)),
}
for (name, R), said in zip(examples.items(), guess_DC, strict=True):
    D, C = disentanglement(R), completeness_per_factor(R).mean()
    print(f"{name:<26} D = {abs(D):.2f}   mean C = {abs(C):.2f}   you said {said}")

# %% [markdown]
# ## 4. Where R comes from
#
# Train $K$ linear regressors, one for each factor, that predict it from **all** latents, and take $R_{ij}=\lvert W_{ij}\rvert$. Plain
# least squares is enough here (a lasso would set the smallest weights to zero). `np.linalg.lstsq(A, B, rcond=None)[0]` gives the $W$
# for which $A\,W$ is closest to $B$, for all columns of $B$ at once; it adds no constant.
#
# The latents come in any unit and are not centred; the factors too. What must you do with both, so that $R$ does not depend on that?


# %% nbgrader={"grade": false, "grade_id": "importance", "locked": false, "schema_version": 3, "solution": true, "task": false}
def importance(z, g):
    """R = |W|: codes z (N, D), none constant, factors g (N, K), none constant -> (D, K)."""
    ### BEGIN SOLUTION
    z = (z - z.mean(axis=0)) / z.std(axis=0)
    g = (g - g.mean(axis=0)) / g.std(axis=0)
    return np.abs(np.linalg.lstsq(z, g, rcond=None)[0])
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "importance-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
ex07.importance(importance)
### BEGIN HIDDEN TESTS
ex07.importance(importance, seed=1)
### END HIDDEN TESTS

# %% [markdown]
# All together. Two independent factors, a code that is rotated by an angle: for which angle is D smallest, and what is it
# at 10°? Write `guess_10`. (The closed form is $1-H_2$ of the shares of $\cos\alpha$ and $\sin\alpha$.)

# %% nbgrader={"grade": false, "grade_id": "rotation-guess", "locked": false, "schema_version": 3, "solution": true, "task": false}
guess_10 = None
### BEGIN SOLUTION
guess_10 = 0.8
### END SOLUTION

# %%
g = np.indices((8, 8)).reshape(2, -1).T.astype(float)  # every combination of 8 × 8 levels
for degrees in (0, 10, 30, 45, 60, 90):
    c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    z = g @ np.array([[c, s], [-s, c]])
    D = disentanglement(importance(z, g).round(9))
    p = np.array([c, s]).round(9) / (c + s)
    closed = 1 + sum(x * np.log2(x) for x in p if x > 0)
    assert abs(D - closed) < 1e-6, (degrees, D, closed)
    print(f"{degrees:2d}°  D = {abs(D):.2f}" + f"   you said {guess_10}" * (degrees == 10))

# %% [markdown]
# ## 5. The error on images that were not fitted
#
# Informativeness, as on the slides, is a prediction error $E(g_j,\hat g_j)$. Fit least squares (with a constant) on
# $\mathbf z,\mathbf g$; predict the factors of **new** images from their codes; and give, for each factor,
#
# $$\text{NRMSE}_j=\sqrt{\frac{\frac1M\sum_m(\hat g_{mj}-g_{mj})^2}{\frac1M\sum_m(g_{mj}-\bar g_j)^2}},$$
#
# where both sums run over the $M$ new images and $\bar g_j$ is their mean. Somebody who always says $\bar g_j$ gets 1; a perfect
# prediction gets 0. The new images know nothing of the fit: any mean or standard deviation that the *regressor* uses is that of the
# fitted images.


# %% nbgrader={"grade": false, "grade_id": "error", "locked": false, "schema_version": 3, "solution": true, "task": false}
def prediction_error(z, g, z_new, g_new):
    """NRMSE on new images of regressors fitted on z (N, D), g (N, K): z_new (M, D), g_new (M, K) -> (K,)."""
    ### BEGIN SOLUTION
    W = np.linalg.lstsq(z - z.mean(axis=0), g - g.mean(axis=0), rcond=None)[0]
    predicted = g.mean(axis=0) + (z_new - z.mean(axis=0)) @ W
    return np.sqrt(((predicted - g_new) ** 2).mean(axis=0) / g_new.var(axis=0))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "error-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
ex07.error(prediction_error)
### BEGIN HIDDEN TESTS
ex07.error(prediction_error, seed=1)
ex07.error(prediction_error, seed=2)
### END HIDDEN TESTS

# %% [markdown]
# Why new images? Twenty latents of pure noise, two factors, and ever more images to fit. Predict the error with 25 images, on those fitted and on
# new ones: `guess_25 = (fitted, new)`.

# %% nbgrader={"grade": false, "grade_id": "noise-guess", "locked": false, "schema_version": 3, "solution": true, "task": false}
guess_25 = None
### BEGIN SOLUTION
guess_25 = (0.4, 2)
### END SOLUTION

# %%
for images in (25, 100, 2500):
    z, g = rng.normal(size=(images + 1000, 20)), rng.normal(size=(images + 1000, 2))
    seen, new = slice(0, images), slice(images, None)
    fitted = prediction_error(z[seen], g[seen], z[seen], g[seen]).mean()
    unseen = prediction_error(z[seen], g[seen], z[new], g[new]).mean()
    print(f"{images:5d} images: NRMSE {fitted:.1f} on those fitted, {unseen:.1f} on new ones")
print(f"you said {guess_25} for 25")

# %% [markdown]
# ## 6. Your picture
#
# The two trained codes again, every number by your own functions: $R$ by plain least squares on half of the images, $D_i$ beside each row, $C_j$ and the error on the other half, $E_j$, above each
# column.

# %%
fig, axes = plt.subplots(1, 2, figsize=(8, 5.5), layout="constrained")
for ax, (name, z) in zip(axes, codes.items(), strict=True):
    R = importance(z[:1000], g_sprites[:1000])
    D_i, C_j = disentanglement_per_latent(R), completeness_per_factor(R)
    E = prediction_error(z[:1000], g_sprites[:1000], z[1000:], g_sprites[1000:])
    ex07.picture(R, D_i, C_j, E, names, f"{name}: D = {disentanglement(R):.2f}", ax=ax)
dvlab.plots.show(
    fig,
    "Hinton diagrams of the VAE and of the β-TCVAE by the reader's own functions, with D_i beside the rows, C_j and the errors above the columns.",
)

# %%
measured = {name: disentanglement(importance(z, g_sprites)) for name, z in codes.items()}
assert measured["sprites-beta-tcvae"] > measured["sprites-vae"] + 0.3, measured
print("ok  by your functions, too, D of the β-TCVAE is higher by more than 0.3")

# %% [markdown]
# *The larger a square, the more its latent matters for its factor. Latents that say nothing have rows of dust without a lasso, and each has some $D_i$; their weight $\rho_i$ keeps them out of $D$.*
#
# ## 7. In words
#
# A report compares two models on the same images, with five factors:
#
# | model | latents | in use | regressor | D | mean C | informativeness |
# |:--|--:|--:|:--|--:|--:|--:|
# | A | 8 | 6 | lasso | 0.91 | 0.62 | 0.12 |
# | B | 64 | 6 | boosting | 0.74 | 0.83 | 0.95 |
#
# "A is better disentangled, but B is more complete, and far more informative." Give reasons why **none** of the three comparisons is valid,
# and say what you would ask the authors to report instead. (Six sentences are enough. 3 points, graded by hand.)

# %% [markdown] nbgrader={"grade": true, "grade_id": "words", "locked": false, "points": 3, "schema_version": 3, "solution": true, "task": false}
# **Answer.** *Disentanglement:* the importances come from different regressors, $\lvert W\rvert$ of a linear one and impurity decreases of trees;
# the same code gets different D from the two (in lecture 7 a code rotated by 5° gets 0.6 and 1.0). *Completeness:* besides that, the base of $C_j$ is the number of
# *all* latents. Both models use six, but B's 58 dead latents make the same spread look more concentrated: a factor evenly in two latents has
# $C_j=1-\ln2/\ln8=0.67$ in A and $1-\ln2/\ln64=0.83$ in B. *Informativeness:* 0.12 is probably an error (lower is better), 0.95 an accuracy
# (higher is better): an NRMSE of 0.12 is an $R^2$ of $1-0.12^2=0.986$, so A may well be the more informative one, and an $R^2$ and an accuracy do not compare either. I would ask
# for the same regressor for both models (better: two regressors, each for both), C with the same number of latents, or with the dead ones left out in both,
# and one named measure on held-out images, for each factor.
#
# **Rubric.** 1 point: different regressors give different R (½), so neither D *nor C* compares (½). ½ point: the base of C is the number of latents, dead ones
# included. ½ point: the informativeness columns are an error and an accuracy (or R²), in opposite directions. 1 point for a remedy: the same regressor for both
# (½), and one named measure on held-out images (½).

# %% [markdown]
# ## 8. ★ Edge cases (2 extra points)
#
# Until now no row was empty. But a lasso leaves whole rows of zeros, *dead latents*: there is no $P_i$; we define $D_i=0$. In the same way a factor to which no latent matters gets $C_j=0$. (Dead latents
# count in the base of $C_j$.) Dead means that the sum *is* zero: an $R$ in a small unit is not dead. And there may be a single factor, $K=1$: there is no logarithm to base 1, and a latent that matters at all serves
# one factor only, so $D_i=1$ (0 if it is dead); in the same way, with a single latent every $C_j$ is 1 (or 0).
#
# Go back to parts 1 and 3, make your functions right for all these, and run their cells again.

# %% nbgrader={"grade": true, "grade_id": "dead-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ex07.per_latent(disentanglement_per_latent, edges="rows")
ex07.per_factor(completeness_per_factor, edges="rows")
ex07.total(disentanglement, edges="rows")

# %% nbgrader={"grade": true, "grade_id": "single-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ex07.per_latent(disentanglement_per_latent, edges="single")
ex07.per_factor(completeness_per_factor, edges="single")

# %% [markdown]
# ## What you have now
#
# - [x] $D_i$ along the rows to base $K$, $C_j$ down the columns to base $D$, and zeros that do no harm;
# - [x] two trained codes, read from a picture first and measured then;
# - [x] weights $\rho_i$, without which dust counts like a latent;
# - [x] $R=\lvert W\rvert$ that does not depend on anybody's units;
# - [x] an error on images that were not fitted.
#
# `dvlab.metrics.dci` does the same, with a lasso, forests, boosting or any estimator of scikit-learn's.
#
# **References.** Eastwood and Williams, *A Framework for the Quantitative Evaluation of Disentangled Representations*, ICLR 2018, section 2.
