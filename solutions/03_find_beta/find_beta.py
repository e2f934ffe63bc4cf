# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercise 03. Find β for a budget
#
# **You will** write, each in a few lines,
#
# 1. the Lagrangian of the constrained problem, for the linear VAE;
# 2. water-filling: the rate of every latent at a given β;
# 3. a bisection that finds the β of a given budget δ, and compare it with the multiplier that SciPy reports;
# 4. the same for a code of symbols, where the multiplier of a large budget is 0.
#
# **You need** lecture 3. **Points:** 14. **Time:** about 75 minutes; every cell runs in a second.
#
# Replace each `raise NotImplementedError()` with your own lines, then run the check below it. A check compares your function
# with a trusted one, on small, hard and random inputs. Where they differ, it shows the smallest input that it found, to be followed
# on paper; run it once more, and it tells you where to look. *Visible checks passed* means what it says: the grader runs a few more,
# of the same kind. Everything is in **nats per image**.

# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
import matplotlib.pyplot as plt
import numpy as np
from scipy.optimize import minimize
from scipy.special import softmax, xlogy

from dvlab.checks import ex03
from dvlab.checks.sentences import guessed

# %% [markdown]
# ## 1. The Lagrangian
#
# As in lecture 3: data whose covariance has the eigenvalues $\lambda_1,\dots,\lambda_P$ (a latent for each), and a decoder of fixed variance
# $\sigma^2$. If latent $i$ gets the rate $R_i\ge0$, the squared error left in its direction is $D_i=\lambda_ie^{-2R_i}$, and
#
# $$\mathrm{rec}=-\frac1{2\sigma^2}\sum_{i=1}^PD_i\;(+\,\text{a constant, which we leave out}),\qquad\mathrm{kl}=\sum_{i=1}^PR_i .$$
#
# Here rec is a log-likelihood, and higher is better (the reconstruction *loss* of a training is its negative).
# To be maximised: rec, subject to $\mathrm{kl}\le\delta$. Write the Lagrangian with the multiplier β, the way the slides do: what
# is spent beyond the budget costs β a nat. With $\lambda=(4,1)$, $\sigma^2=0.5$, $R=(1,0)$, β = 2 and δ = 1.5 it is $-0.5413$.


# %% nbgrader={"grade": false, "grade_id": "lagrangian", "locked": false, "schema_version": 3, "solution": true, "task": false}
def lagrangian(R, beta, delta, eigenvalues, sigma2):
    """The Lagrangian in nats: R and eigenvalues (P,); beta, delta and sigma2 (the variance σ²) are numbers -> a number."""
    ### BEGIN SOLUTION
    distortion = eigenvalues * np.exp(-2 * R)
    return -distortion.sum() / (2 * sigma2) - beta * (R.sum() - delta)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "lagrangian-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
ex03.lagrangian(lagrangian)
### BEGIN HIDDEN TESTS
ex03.lagrangian(lagrangian, pixels=2)
ex03.lagrangian(lagrangian, pixels=7)
### END HIDDEN TESTS

# %% [markdown]
# ## 2. Water-filling
#
# Now β is given. Set the derivative of the Lagrangian with respect to each $R_i$ to zero, and mind that a rate cannot be negative: where the
# solution would be, the latent stays off. Write the rates in the order of the eigenvalues, whatever that order is. For
# $\lambda=(4,1)$, $\sigma^2=0.5$ and β = 4 you should find $R=(0.3466,\,0)$.


# %% nbgrader={"grade": false, "grade_id": "rates", "locked": false, "schema_version": 3, "solution": true, "task": false}
def rates(beta, eigenvalues, sigma2):
    """The best rate of each latent for the weight beta: eigenvalues (P,) -> (P,), nats."""
    ### BEGIN SOLUTION
    return np.maximum(0, 0.5 * np.log(eigenvalues / (beta * sigma2)))
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "rates-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
ex03.rates(rates)
### BEGIN HIDDEN TESTS
ex03.rates(rates, pixels=2)
ex03.rates(rates, pixels=9)
### END HIDDEN TESTS

# %% [markdown]
# Are these really the best rates? Try to beat them: a thousand random changes, none of which may raise the Lagrangian. (β is fixed here, so it
# does not matter which δ we put in. Why not?)

# %%
eigenvalues, sigma2, beta = np.array([0.25, 4.0, 1.0]), 0.1, 5.0
best = rates(beta, eigenvalues, sigma2)
rng = np.random.default_rng(0)
others = np.maximum(0, best + 0.3 * rng.normal(size=(1000, 3)))
value = lagrangian(best, beta, 1.0, eigenvalues, sigma2)
assert all(lagrangian(R, beta, 1.0, eigenvalues, sigma2) <= value for R in others)
print("rates", np.round(best, 4), "  no change out of 1,000 is better")

# %% [markdown]
# ## 3. From the budget to β
#
# $\mathrm{kl}(\beta)=\sum_iR_i(\beta)$ falls as β grows, from as large as you like down to 0 at $\beta=\lambda_{\max}/\sigma^2$. So find the β at which it
# is δ by **bisection**: keep an interval whose left end spends too much and whose right end too little, look at the middle, and keep the half
# that still holds the answer. Each step halves the interval: 100 steps give all the digits there are. For the right end you
# know a value; for the left end, halve that until it spends more than δ. The answers asked for lie between 0.001 and 10,000. (The check stops
# a call that takes longer than three seconds; elsewhere a `while` that never ends is stopped by *Kernel → Interrupt*.)


# %% nbgrader={"grade": false, "grade_id": "find-beta", "locked": false, "schema_version": 3, "solution": true, "task": false}
def find_beta(delta, eigenvalues, sigma2):
    """The β whose best rates sum to the budget delta > 0, by bisection -> a number, right to six digits."""
    ### BEGIN SOLUTION
    high = eigenvalues.max() / sigma2
    low = high / 2
    while rates(low, eigenvalues, sigma2).sum() < delta:
        low /= 2
    for _ in range(100):
        middle = (low + high) / 2
        if rates(middle, eigenvalues, sigma2).sum() > delta:
            low = middle  # spends too much: β must be higher
        else:
            high = middle
    return (low + high) / 2
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "find-beta-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
ex03.find_beta(find_beta)
### BEGIN HIDDEN TESTS
ex03.find_beta(find_beta, pixels=2)
ex03.find_beta(find_beta, pixels=9)
### END HIDDEN TESTS

# %% [markdown]
# And now somebody who has never heard of water. SciPy gets rec (your Lagrangian at β = 0), the budget, and the bounds
# $R_i\ge0$, and reports a multiplier for the budget.


# %%
def scipy_multiplier(delta, eigenvalues, sigma2):
    P = len(eigenvalues)
    budget = {"type": "ineq", "fun": lambda R: delta - R.sum()}
    found = minimize(
        lambda R: -lagrangian(R, 0.0, 0.0, eigenvalues, sigma2),
        np.full(P, delta / P),
        method="SLSQP",
        constraints=budget,
        bounds=[(0, None)] * P,
        options={"ftol": 1e-13, "maxiter": 500},
    )
    return found.multipliers[0]


# %%
for delta in (0.25, 1.0, 2.0, 4.0):
    yours, scipys = find_beta(delta, eigenvalues, sigma2), scipy_multiplier(delta, eigenvalues, sigma2)
    print(f"δ = {delta:4.2f} nats:  your β {yours:8.3f}   SciPy's multiplier {scipys:8.3f}")
    assert abs(yours - scipys) < 1e-3 * scipys

# %% [markdown]
# ## 4. A budget that does not bind
#
# Replace the Gaussian code by **symbols**: for each of $N$ images the code is one of $C$ symbols, $q(c\mid n)$, with the prior $p(c)=1/C$. The decoder
# is given: $\log p(\mathbf x_n\mid c)$ is a table `log_px` of shape $(N, C)$. For one image the Lagrangian is, but for $\beta\delta$,
#
# $$\sum_c q(c)\,\log p(\mathbf x\mid c)-\beta\sum_c q(c)\,\log\big(C\,q(c)\big),\qquad\sum_c q(c)=1 .$$
#
# Set its derivative with respect to each $q(c)$ to a constant $\nu$ (the multiplier of $\sum_cq(c)=1$), which gives
# $\log p(\mathbf x\mid c)-\beta\,(\log q(c)+\log C+1)=\nu$. So $\log q(c)$ is $\frac1\beta\log p(\mathbf x\mid c)$ but for a constant, and
#
# $$q(c\mid n)=\frac{p(\mathbf x_n\mid c)^{1/\beta}}{\sum_{c'}p(\mathbf x_n\mid c')^{1/\beta}} .$$
#
# A high β makes $q(c\mid n)$ uniform, a β near 0 puts everything on the best symbol. Write the KL that this code spends,
# $D_{\mathrm{KL}}(q(c\mid n)\,\Vert\,p(c))$ averaged over the images. Log-likelihoods of −1,000 are usual, and $e^{-1000}$ is 0 on a computer: `softmax`
# subtracts the maximum first. (And $p^{1/\beta}=\exp(\frac1\beta\log p)$: no probability need ever be formed.) `xlogy(q, q)` is $q\ln q$, and 0 at $q=0$.


# %% nbgrader={"grade": false, "grade_id": "code-kl", "locked": false, "schema_version": 3, "solution": true, "task": false}
def code_kl(beta, log_px):
    """KL of the best code for the weight beta > 0, averaged over the images: log_px (N, C) -> a number, nats."""
    ### BEGIN SOLUTION
    q = softmax(log_px / beta, axis=1)
    return (np.log(log_px.shape[1]) + xlogy(q, q).sum(axis=1)).mean()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "code-kl-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
ex03.code_kl(code_kl)
### BEGIN HIDDEN TESTS
ex03.code_kl(code_kl, images=1, symbols=3)
ex03.code_kl(code_kl, images=9, symbols=2)
### END HIDDEN TESTS

# %% [markdown]
# In part 3 every budget had a positive multiplier. **Predict:** eight images, eight symbols, one for each image. How many nats does the code spend when β
# goes to 0?

# %%
guess = None  # nats

# %%
pixel = np.linspace(-2, 2, 8)
log_px = -((pixel[:, None] - pixel) ** 2) / (2 * 0.1)
for beta in (100, 10, 1, 0.1, 0.01):
    print(f"β = {beta:6.2f}:  KL {code_kl(beta, log_px):z.4f} nats")
print(f"ln 8 = {np.log(8):.4f};", end=" ")
guessed(guess, code_kl(0.01, log_px))

# %% [markdown]
# Who names the image has said everything. Write `code_beta`, the multiplier of the budget δ for such a code: **0 where the budget does not bind**, and
# otherwise by bisection, as in part 3. No code spends more than $\ln C$; you may assume that each image has one best symbol, so that the code for β → 0
# spends all of it. Here no right end is known beforehand: double one until it spends less than δ.


# %% nbgrader={"grade": false, "grade_id": "code-beta", "locked": false, "schema_version": 3, "solution": true, "task": false}
def code_beta(delta, log_px):
    """The multiplier of the constraint KL <= delta (delta > 0) for the code of symbols: log_px (N, C) -> a number."""
    ### BEGIN SOLUTION
    if delta >= np.log(log_px.shape[1]):
        return 0.0
    low = high = 1.0
    while code_kl(low, log_px) < delta:
        low /= 2
    while code_kl(high, log_px) > delta:
        high *= 2
    for _ in range(100):
        middle = (low + high) / 2
        if code_kl(middle, log_px) > delta:
            low = middle
        else:
            high = middle
    return (low + high) / 2
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "code-beta-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
ex03.code_beta(code_beta)
### BEGIN HIDDEN TESTS
ex03.code_beta(code_beta, images=6, symbols=6)
ex03.code_beta(code_beta, images=8, symbols=3)
### END HIDDEN TESTS

# %% [markdown]
# Both multipliers in one picture, for the same eight images of one pixel.

# %%
from dvlab.plots import show

deltas = np.linspace(0.5, 3, 51)
symbols = [code_beta(d, log_px) for d in deltas]
gaussian = [find_beta(d, np.array([pixel.var()]), 0.1) for d in deltas]
fig, ax = plt.subplots(figsize=(6, 3), layout="constrained")
ax.plot(deltas, symbols, color="#0072B2", label="eight symbols")
ax.plot(deltas, gaussian, "--", color="#D55E00", label="a Gaussian code")
ax.axvline(np.log(8), color="grey", linestyle=":", label="ln 8")
ax.set(xlabel="budget δ (nats per image)", ylabel="multiplier β")
ax.legend()
show(fig, "The multiplier over the budget: with symbols 0 from ln 8 on, with a Gaussian above 0")

# %% [markdown]
# *What one more nat is worth: with symbols nothing, from ln 8 nats on; with a Gaussian code always something.*
#
# ## 5. In words
#
# A friend has trained a deep β-VAE at β = 4, and its KL is 5 nats. She wants a code of 8 nats, so she adds the missing term of the slides' Lagrangian to the
# loss:
#
# ```python
# loss = reconstruction + 4 * (kl - 8)  # reconstruction is the loss, −log p(x|z)
# ```
#
# The KL stays at 5. "So the constraint does not bind", she says, "slackness allows that." Is she right? What should she do instead, and which
# property of $\mathrm{kl}(\beta)$, used by your bisection, may fail in a deep VAE? (Six sentences are enough. 2 points, graded by hand.)

# %% [markdown] nbgrader={"grade": true, "grade_id": "words", "locked": false, "points": 2, "schema_version": 3, "solution": true, "task": false}
# **Answer.** The term $-4\cdot8$ does not depend on the weights: it has no gradient, and the training is the same as before. She is not right about
# slackness either. It says $\beta\,(\mathrm{kl}-\delta)=0$, and with β = 4 and kl − δ = −3 the product is not 0: her VAE solves the problem with δ = 5, not the one with δ = 8.
# At β = 4 a further nat of KL lowers the reconstruction loss by less than 4 nats; she must lower β until the KL is 8, by bisection for instance, with a training for each value.
# (A slack budget would show itself in another way: even at β near 0 the KL stays below 8.)
# The bisection uses that the KL is a continuous, falling function of β, as in the linear VAE. A deep VAE is not convex: a training may end in a poor optimum that depends on the seed, its KL is only
# known up to noise, and where the rate–distortion curve is not concave the KL jumps and no β gives 8.
#
# **Rubric.** 1 point for "a constant has no gradient" together with slackness: β > 0 and kl < δ violate it, 5 nats solve δ = 5 (½ for one of the two).
# 1 point for lowering β until kl = 8 (½), and for one property that is lost: that it is continuous, falls with β, is free of noise, or is that of a global optimum (½).

# %% [markdown]
# ## What you have now
#
# - [x] the Lagrangian of the slides, and its maximum for a given β;
# - [x] β for a given budget, by bisection, and the same number from SciPy;
# - [x] a budget that does not bind, and its multiplier 0.
#
# **References.** Cover and Thomas, *Elements of Information Theory*, 2nd edition, 2006, sections 10.3 (reverse water-filling) and 10.7 (codes of symbols). Boyd and
# Vandenberghe, *Convex Optimization*, 2004, section 5.5.
