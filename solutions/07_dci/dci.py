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
# and then judge, in words, a table of numbers that looks better than it is.
#
# **You need** lecture 7. **Points:** 14. **Time:** about 60 minutes; every cell runs in a
# second.
#
# Replace each `raise NotImplementedError()` with your own lines, then run the check below it. A check compares your function
# with a trusted one on fresh random inputs and tells you which mistake it sees. *Visible checks passed* means what it says:
# the grader runs a few more, of the same kind.
#
# Throughout, $R$ has a row for each of the $D$ latents and a column for each of the $K$ factors, and no entry is negative.

# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
import numpy as np

from dvlab.checks import ex07

# %% [markdown]
# ## 1. Each latent's disentanglement
#
# $$P_{ij}=\frac{R_{ij}}{\sum_k R_{ik}},\qquad D_i=1-H_K(P_i),\qquad H_K(P_i)=-\sum_j P_{ij}\log_K P_{ij}.$$
#
# Lecture 7 did this for one table; here it must hold for every $R$. Three cases need thought. A single zero: $p\log p\to0$ as
# $p\to0$, so the entry contributes nothing, but `0 * np.log(0)` is NaN. A whole row of zeros, a *dead latent*: there is no
# $P_i$; we define $D_i=0$. And a single factor, $K=1$: there is no logarithm to base 1, and a latent that matters at all serves
# one factor only, so $D_i=1$ (0 if it is dead).
#
# By hand first, for
# $R=\begin{pmatrix}3&1\\0&2\\0&0\end{pmatrix}$: you should find $D_i=0.189,\ 1,\ 0$.


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
ex07.per_latent(disentanglement_per_latent, factors=1)
### BEGIN HIDDEN TESTS
ex07.per_latent(disentanglement_per_latent, latents=3, factors=6)
ex07.per_latent(disentanglement_per_latent, latents=4, factors=4)
ex07.per_latent(disentanglement_per_latent, latents=1, factors=5)
### END HIDDEN TESTS

# %% [markdown]
# ## 2. The average
#
# $$D=\sum_i\rho_i D_i,\qquad\rho_i=\frac{\sum_j R_{ij}}{\sum_{ij}R_{ij}}.$$
#
# In the example $\rho=(\tfrac23,\tfrac13,0)$ and $D=0.459$. Use your function from part 1. (Where all of $R$ is zero
# there is nothing to average; you need not handle it.)


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
ex07.total(disentanglement, latents=3, factors=6)
ex07.total(disentanglement, latents=4, factors=4)
### END HIDDEN TESTS

# %% [markdown]
# Why weights? Here is what a trained model's $R$ looks like: three latents are in use, seven carry dust. Guess both
# averages before you run.

# %%
rng = np.random.default_rng(0)
R = np.abs(rng.normal(scale=0.005, size=(10, 3)))
R[[1, 4, 7], [0, 1, 2]] = 1.0
plain, weighted = disentanglement_per_latent(R).mean(), disentanglement(R)
print(f"plain average of D_i {plain:.2f}   weighted {weighted:.2f}")

# %% [markdown]
# ## 3. Completeness
#
# $$\tilde P_{ij}=\frac{R_{ij}}{\sum_k R_{kj}},\qquad C_j=1-H_D(\tilde P_j).$$
#
# Mind what is normalised, along which axis the entropy is taken, and to which base (dead latents count). A factor to
# which no latent matters gets $C_j=0$, and with a single latent every other one gets 1. In the example $C_j=1,\ 0.421$.


# %% nbgrader={"grade": false, "grade_id": "per-factor", "locked": false, "schema_version": 3, "solution": true, "task": false}
def completeness_per_factor(R):
    """C_j of each factor: R (D, K) -> (K,), in [0, 1]."""
    ### BEGIN SOLUTION
    return disentanglement_per_latent(R.T)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "per-factor-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
ex07.per_factor(completeness_per_factor)
ex07.per_factor(completeness_per_factor, latents=1)
### BEGIN HIDDEN TESTS
ex07.per_factor(completeness_per_factor, latents=7, factors=2)
ex07.per_factor(completeness_per_factor, latents=4, factors=4)
ex07.per_factor(completeness_per_factor, latents=6, factors=1)
### END HIDDEN TESTS

# %% [markdown]
# Predict D and the mean of $C_j$ for each of these before you run: one latent a factor; every latent twice; two factors in
# one latent; everything alike.

# %%
examples = {
    "one latent a factor": np.eye(3),
    "every latent twice": np.repeat(np.eye(3), 2, axis=0),
    "two factors in one latent": np.array([[1.0, 1, 0], [0, 0, 1], [0, 0, 0]]),
    "everything alike": np.ones((4, 3)),
}
for name, R in examples.items():
    D, C = disentanglement(R), completeness_per_factor(R).mean()
    print(f"{name:<26} D = {abs(D):.2f}   mean C = {abs(C):.2f}")

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
ex07.importance(importance, latents=2, factors=5)
ex07.importance(importance, latents=3, factors=3)
ex07.importance(importance, latents=5, factors=1)
### END HIDDEN TESTS

# %% [markdown]
# All together. Two independent factors, a code that is turned by an angle: for which angle is D smallest, and is it
# already small at 10°? (The closed form is $1-H_2$ of the shares of $\cos\alpha$ and $\sin\alpha$.)

# %%
g = np.indices((8, 8)).reshape(2, -1).T.astype(float)  # every combination of 8 × 8 levels
for degrees in (0, 10, 30, 45, 60, 90):
    c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    z = g @ np.array([[c, s], [-s, c]])
    D = disentanglement(importance(z, g).round(9))
    p = np.array([c, s]).round(9) / (c + s)
    closed = 1 + sum(x * np.log2(x) for x in p if x > 0)
    assert abs(D - closed) < 1e-6, (degrees, D, closed)
    print(f"{degrees:2d}°  D = {abs(D):.2f}")

# %% [markdown]
# ## 5. The error on images that were not fitted
#
# Informativeness, as on the slides, is a prediction error $E(g_j,\hat g_j)$. Fit least squares (with a constant) on
# $\mathbf z,\mathbf g$; predict the factors of **new** images from their codes; and give, for each factor,
#
# $$\text{NRMSE}_j=\sqrt{\frac{\frac1M\sum_m(\hat g_{mj}-g_{mj})^2}{\frac1M\sum_m(g_{mj}-\bar g_j)^2}},$$
#
# where both sums run over the $M$ new images and $\bar g_j$ is their mean. Somebody who always says $\bar g_j$ gets 1; a perfect
# prediction gets 0. The new images know nothing of the fit: any mean or deviation that the *regressor* uses is that of the
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
ex07.error(prediction_error, images=15, unseen=40, latents=2, factors=5)
ex07.error(prediction_error, latents=3, factors=1)
### END HIDDEN TESTS

# %% [markdown]
# Why new images? Twenty latents of pure noise, two factors, and ever more images to fit. Predict the error on the fitted images, and on
# new ones, with 25 images and with 2,500.

# %%
for images in (25, 100, 2500):
    z, g = rng.normal(size=(images + 1000, 20)), rng.normal(size=(images + 1000, 2))
    seen, new = slice(0, images), slice(images, None)
    fitted = prediction_error(z[seen], g[seen], z[seen], g[seen]).mean()
    unseen = prediction_error(z[seen], g[seen], z[new], g[new]).mean()
    print(f"{images:5d} images: NRMSE {fitted:.1f} on those fitted, {unseen:.1f} on new ones")

# %% [markdown]
# ## 6. In words
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
# the same code gets different D from the two (in lecture 7 a code turned by 5° gets 0.6 and 1.0). *Completeness:* besides that, the base of $C_j$ is the number of
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
# ## What you have now
#
# - [x] $D_i$ along the rows to base $K$, $C_j$ down the columns to base $D$, and zeros that do no harm;
# - [x] weights $\rho_i$, without which dust counts like a latent;
# - [x] $R=\lvert W\rvert$ that does not depend on anybody's units;
# - [x] an error on images that were not fitted.
#
# `dvlab.metrics.dci` does the same, with a lasso, forests, boosting or any estimator of scikit-learn's.
#
# **References.** Eastwood and Williams, *A Framework for the Quantitative Evaluation of Disentangled Representations*, ICLR 2018, section 2.
