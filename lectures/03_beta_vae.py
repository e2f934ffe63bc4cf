# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 3. β-VAE: a constrained optimisation
#
# **In this notebook you will**
#
# 1. spend a budget of δ nats, and find the rule for spending it best;
# 2. write the Lagrangian, and check the conditions of Karush, Kuhn and Tucker with numbers;
# 3. let SciPy solve the constrained problem, read its multiplier, and see that it is β;
# 4. draw the rate–distortion curve, with β as the slope of its tangent;
# 5. say why βδ may be dropped, when β is 0, and where the likeness to an SVM ends;
# 6. predict at which β each latent switches on, and see it happen;
# 7. weigh what β buys against what it costs, over fifty trained models.
#
# **You need** lecture 2: the ELBO, its two terms in nats per image, and the linear VAE. A Lagrange multiplier is
# introduced from scratch.
#
# **It takes** about 30 minutes to read and a minute to run on a CPU. Exercise 03 follows it.

# %%
from copy import deepcopy

import matplotlib.pyplot as plt
import numpy as np
import torch
from scipy.optimize import minimize

import dvlab
from dvlab.constrained import beta_for, delta_for, water_filling
from dvlab.discrete import discrete_code
from dvlab.kkt import solve_numerically
from dvlab.linear import LinearVAE, optimal

BLUE, ORANGE, GREEN, PINK = "#0072B2", "#D55E00", "#009E73", "#CC79A7"

# %% [markdown]
# ## A budget
#
# The slides write the VAE's objective as a *constrained* problem: the best copy that a code close to the prior allows,
#
# $$\max_{\phi,\theta}\;\underbrace{\mathbb E_{\mathbf x\sim\mathcal D}\,\mathbb E_{q_\phi(\mathbf z\mid\mathbf x)}\log p_\theta(\mathbf x\mid\mathbf z)}_{\mathrm{rec}(\phi,\theta)}\quad\text{subject to}\quad\underbrace{\mathbb E_{\mathbf x\sim\mathcal D}\,D_{\mathrm{KL}}\big(q_\phi(\mathbf z\mid\mathbf x)\,\Vert\,p(\mathbf z)\big)}_{\mathrm{kl}(\phi)}\le\delta .$$
#
# (As lecture 2 remarked, the constraint must be on the *average* over the images $\mathbf x\sim\mathcal D$, for there is one
# multiplier and not one for each image, and it must be $\le$: the solution lies on the boundary.) Both sides are in nats per image,
# and $\delta$ is a **budget**: so much may the code say about an image, no more.
#
# We solve it where every number is known, in the linear VAE of lecture 2, with images of three pixels. The data are
# $\mathbf x\sim\mathcal N(\mathbf 0,\boldsymbol\Sigma)$. The encoder is $\mathcal N(\mathbf A\mathbf x,\mathbf S)$ with a diagonal $\mathbf S$, the decoder
# $\mathcal N(\mathbf W\mathbf z,\sigma^2\mathbf I)$ with a fixed $\sigma^2=0.1$; $\phi=(\mathbf A,\mathbf S)$ and $\theta=\mathbf W$ are free.

# %%
sigma2, eigenvalues = 0.1, np.array([4.0, 1.0, 0.25])
axes, _ = np.linalg.qr(np.random.default_rng(4).normal(size=(3, 3)))  # three directions, at right angles
Sigma = axes @ np.diag(eigenvalues) @ axes.T
print(np.round(Sigma, 2))

# %% [markdown]
# The pixels are correlated. Along three directions, the *principal axes*, they are not: there the data have the
# variances $\lambda=(4,1,\tfrac14)$, the eigenvalues of $\boldsymbol\Sigma$. Rotating the pixels changes neither rec nor kl, so we may think of
# three separate "pixels" with these variances, and a latent for each.
#
# > **Before you read on.** You have δ = 1 nat for the three of them. All of it on the first? A third each? In proportion to
# > the variances?
#
# ### What a nat buys
#
# First one direction alone, of variance $\lambda$: the code is $z=ax+\sqrt s\,\varepsilon$ with $\varepsilon\sim\mathcal N(0,1)$, and the best linear guess of $x$
# leaves the squared error, or **distortion**, $D=\lambda s/(a^2\lambda+s)$. What does the code cost? By lecture 0's formula
#
# $$\mathrm{kl}=\tfrac12\big(a^2\lambda+s-1-\ln s\big)=\underbrace{\tfrac12\ln\frac{a^2\lambda+s}{s}}_{=\,\frac12\ln(\lambda/D)}+\underbrace{\tfrac12\big(v-1-\ln v\big)}_{\ge\,0},\qquad v=a^2\lambda+s .$$
#
# The second part is the KL of $\mathcal N(0,v)$ from the prior, 0 when $v=1$. So at the rate $R$ = kl the distortion is never less than
# $\lambda e^{-2R}$. Is it true of any encoder? Try 4,000.

# %%
rng = np.random.default_rng(1)
a, s = rng.uniform(0, 1, 4000), np.exp(rng.uniform(-5, 0.5, 4000))
kl = 0.5 * (4 * a**2 + s - 1 - np.log(s))
distortion = 4 * s / (4 * a**2 + s)
assert (distortion >= 4 * np.exp(-2 * kl) - 1e-12).all()

R = np.linspace(0, 2.5, 100)
fig, ax = plt.subplots(figsize=(6, 3.2), layout="constrained")
ax.scatter(kl, distortion, s=2, color=BLUE, alpha=0.4, label="a random encoder")
ax.plot(R, 4 * np.exp(-2 * R), color=ORANGE, linewidth=2.5, label=r"$\lambda e^{-2R}$")
ax.set(xlabel="KL (nats)", ylabel="distortion", xlim=(0, 2.5))
ax.legend(markerscale=4)
plt.show()

# %% [markdown]
# *Each dot is one encoder of a direction of variance λ = 4. None lies below the curve: each further nat divides the least possible distortion
# by $e^2\approx7.4$.*
#
# ### Where the next nat should go
#
# With $\log p_\theta(\mathbf x\mid\mathbf z)=-\sum_i D_i/2\sigma^2+\text{const}$ the problem has become small: choose rates $R_i\ge0$ with $\sum_iR_i\le\delta$ that
# maximise $-\frac1{2\sigma^2}\sum_i\lambda_ie^{-2R_i}$. A little more rate in direction $i$ gains
#
# $$\frac{\partial\,\mathrm{rec}}{\partial R_i}=\frac{\lambda_ie^{-2R_i}}{\sigma^2}=\frac{D_i}{\sigma^2}\quad\text{nats of reconstruction for each nat of KL.}$$
#
# If one direction gains more than another, move some rate over to it. At the best split all directions that are used gain the *same*,
# and a direction that is not used would gain less. Here is the split of one nat over the first two.

# %%
share = np.linspace(0, 1, 101)  # R_1; the rest of the nat, R_2 = 1 - R_1, goes to the second direction
gain_1, gain_2 = 4 * np.exp(-2 * share) / sigma2, 1 * np.exp(-2 * (1 - share)) / sigma2
fig, (left, right) = plt.subplots(1, 2, figsize=(9, 3), layout="constrained")
left.plot(share, -(gain_1 + gain_2) / 2, color="black")
right.plot(share, gain_1, color=BLUE, label="the first direction, λ = 4")
right.plot(share, gain_2, "--", color=ORANGE, label="the second, λ = 1")
left.set(xlabel="$R_1$ (nats)", ylabel="reconstruction + const (nats)")
right.set(xlabel="$R_1$ (nats)", ylabel="gain (nats per nat)")
right.legend()
for ax in (left, right):
    ax.axvline(water_filling(eigenvalues, 1.0, sigma2).rates[0], color="grey", linestyle=":")
plt.show()

# %% [markdown]
# *Left: what the two directions together reconstruct, against the part of one nat that the first one gets. Right: what a little
# more would gain in each. The maximum (dotted) is where the two gains are equal.* Their common value is the price of a nat:
# remember it.
#
# ## The Lagrangian and its conditions
#
# Give the constraint a price $\beta\ge0$, the **Lagrange multiplier**: going over the budget by one nat costs β. The slides' Lagrangian is
#
# $$\mathcal L(\phi,\theta,\beta)=\mathrm{rec}(\phi,\theta)-\beta\,\big(\mathrm{kl}(\phi)-\delta\big).$$
#
# At a solution the **conditions of Karush, Kuhn and Tucker** (KKT) hold, as long as the budget leaves room to move (δ > 0):
#
# | condition | in general | here |
# |:--|:--|:--|
# | stationarity | $\nabla_{\phi,\theta}\,\mathcal L=0$ | $D_i/\sigma^2-\beta+\nu_i=0$ for every $i$ |
# | feasibility | $\mathrm{kl}\le\delta$ | $\sum_iR_i\le\delta$ and $R_i\ge0$ |
# | signs | $\beta\ge0$ | $\beta\ge0$ and $\nu_i\ge0$ |
# | complementary slackness | $\beta\,(\mathrm{kl}-\delta)=0$ | that, and $\nu_iR_i=0$ |
#
# A rate cannot be negative, so each $R_i\ge0$ is a constraint too and has a multiplier of its own, $\nu_i$. Now solve, by cases. If latent $i$ is
# used, $R_i>0$, slackness makes $\nu_i=0$ and stationarity gives $D_i=\beta\sigma^2$: all latents in use are left with the *same* distortion. If it is
# not used, $D_i=\lambda_i$ and $\nu_i=\beta-\lambda_i/\sigma^2\ge0$, so $\lambda_i\le\beta\sigma^2$. Both cases in one line:
#
# $$D_i=\min(\beta\sigma^2,\lambda_i),\qquad R_i=\tfrac12\ln\frac{\lambda_i}{D_i}=\max\Big(0,\tfrac12\ln\frac{\lambda_i}{\beta\sigma^2}\Big),\qquad\sum_iR_i=\delta .$$
#
# The last equation fixes β. `dvlab.constrained.water_filling` does that; its name will make sense in a moment. We check *its* answer
# against all four rows of the table.

# %%
delta = 1.0
best = water_filling(eigenvalues, delta, sigma2)
gain = best.distortions / sigma2
nu = best.beta - gain  # stationarity, solved for ν
print(f"δ = {delta}, β = {best.beta:.4f}")
for i in range(3):
    print(
        f"latent {i + 1}: R {best.rates[i]:.4f}   gain D/σ² {gain[i]:.4f}   ν {nu[i]:z.4f}   ν R {nu[i] * best.rates[i]:z.4f}"
    )

assert best.rates.min() >= 0 and nu.min() >= -1e-12 and best.beta >= 0  # feasible, signs
assert np.allclose(nu * best.rates, 0) and np.isclose(best.rates.sum(), delta)  # slackness, twice

# %% [markdown]
# Most of the nat goes to the first latent, some to the second, nothing to the third: even the first little piece would gain only 2.5 nats per
# nat, less than the price of 7.36 that the others pay.
#
# ## Ask somebody who knows none of this
#
# We used eigenvalues, rates, and some algebra. Now forget them, and hand the slides' problem to SciPy as it stands: 21 unknown numbers ($\mathbf A$,
# $\mathbf W$, the logarithms of $\mathbf S$), a function to maximise, a constraint, and a random start. `SLSQP` is a general solver of constrained
# problems; it returns the multipliers of the constraints it was given.
#
# > **Which number do you expect as the multiplier?**


# %%
def unpack(v):
    return LinearVAE(A=v[:9].reshape(3, 3), S=np.exp(v[9:12]), W=v[12:].reshape(3, 3), sigma2=sigma2)


def solve(delta, seed):
    start = 0.3 * np.random.default_rng(seed).normal(size=21)
    room = {"type": "ineq", "fun": lambda v: delta - unpack(v).expected("kl", Sigma)}  # kl <= δ
    loss = lambda v: -unpack(v).expected("reconstruction", Sigma)  # noqa: E731
    return minimize(loss, start, method="SLSQP", constraints=room, options={"maxiter": 500, "ftol": 1e-12})


# %%
for seed in range(3):
    found = solve(delta, seed)
    print(f"start {seed}: multiplier {found.multipliers[0]:.4f}   rec {-found.fun:.4f}")
    assert np.isclose(found.multipliers[0], best.beta, rtol=1e-4)
    assert np.isclose(-found.fun, best.reconstruction, atol=1e-6)

# %% [markdown]
# **The multiplier is β**, from every start, to all digits shown. And backwards: take that β, forget the budget, and maximise $\mathrm{rec}-\beta\,\mathrm{kl}$
# without any constraint. How many nats does the best β-VAE spend?

# %%
print("   δ    β closed form   multiplier   KL of the best β-VAE")
for delta in (0.25, 1.0, 2.0, 4.0):
    beta = beta_for(delta, eigenvalues, sigma2)
    multiplier = solve_numerically(eigenvalues, delta, sigma2).beta
    spent = optimal(eigenvalues, sigma2, beta).expected("kl", np.diag(eigenvalues))
    print(f"{delta:5.2f} {beta:14.4f} {multiplier:13.4f} {spent:17.4f}")
    assert np.isclose(multiplier, beta, rtol=1e-5) and np.isclose(spent, delta)

# %% [markdown]
# The last column is the first: a budget of δ nats and a price of β are two ways to ask for the same VAE. That is all that "β is a Lagrange
# multiplier" means, and why the β-VAE loss of the slides,
#
# $$L_{\mathrm{BETA}}=-\mathbb E_{q_\phi(\mathbf z\mid\mathbf x)}\log p_\theta(\mathbf x\mid\mathbf z)+\beta\,D_{\mathrm{KL}}\big(q_\phi(\mathbf z\mid\mathbf x)\,\Vert\,p(\mathbf z)\big),$$
#
# has one number to choose and not two. A caution: $\sigma^2$ must be *fixed*. It is the exchange rate
# between squared errors and nats, and a decoder that learns it sets its own price.
#
# ## The price is a slope
#
# Plot the best reconstruction against the budget. Information theory calls this the **rate–distortion curve**. Its slope is what one more nat buys: β.

# %%
deltas = np.linspace(0, 5, 200)
curve = np.array([water_filling(eigenvalues, d, sigma2).reconstruction for d in deltas])
fig, ax = plt.subplots(figsize=(7, 4), layout="constrained")
ax.fill_between(deltas, curve, 5, color="#dddddd", label="out of reach")
ax.plot(deltas, curve, color="black", linewidth=2)
for d, colour, dash in zip(
    (1.0, 2.0, delta_for(1, eigenvalues, sigma2)), (BLUE, ORANGE, GREEN), ("-", "--", "-."), strict=True
):
    point = water_filling(eigenvalues, d, sigma2)
    near = np.array([d - 1, d + 1])
    ax.plot(
        near, point.reconstruction + point.beta * (near - d), dash, color=colour, label=f"slope β = {point.beta:.2f}"
    )
    ax.plot(d, point.reconstruction, "o", color=colour)
ax.set(xlabel="KL, or budget δ (nats per image)", ylabel="reconstruction (nats per image)", ylim=(-21, 5))
ax.legend(loc="lower right")
plt.show()

# %% [markdown]
# *No VAE lies above the black curve. Each tangent touches it at the VAE which that β finds: moving along the curve, the first nats buy much,
# the later ones little.* The point of slope 1, where one nat of KL buys just one nat of reconstruction, is the ordinary VAE (β = 1). A larger
# β is a smaller budget: the point moves left. That is what the slides mean by "stronger constraint on latent bottleneck" for β > 1, and
# what limits the capacity of the code.

# %%
h = 1e-4
for d in (0.25, 1.0, 2.0, 4.0):
    up, down = (water_filling(eigenvalues, d + e, sigma2).reconstruction for e in (h, -h))
    slope = (up - down) / (2 * h)
    print(f"δ = {d:4.2f}:  slope {slope:8.4f}   β {beta_for(d, eigenvalues, sigma2):8.4f}")
    assert np.isclose(slope, beta_for(d, eigenvalues, sigma2), rtol=1e-5)

# %% [markdown]
# ## Why βδ may be dropped
#
# The Lagrangian holds the term $+\beta\delta$, the β-VAE loss does not. The slides argue that
# $\mathrm{rec}-\beta\,\mathrm{kl}+\beta\delta\ge\mathrm{rec}-\beta\,\mathrm{kl}$ "since $\beta,\delta\ge0$". That inequality is true.
#
# > **Is it a reason?** By the same token $\mathrm{rec}\ge\mathrm{rec}-\beta\,\mathrm{kl}$, since β, kl ≥ 0. What would you get if you dropped
# > *that* term?
#
# Take one direction again, of variance 4, at δ = 1, and let its rate $R$ be what is chosen.

# %%
R = np.linspace(0, 3, 301)
rec, beta, delta = -4 * np.exp(-2 * R) / (2 * sigma2), 4 * np.exp(-2 * 1.0) / sigma2, 1.0
curves = {
    "rec − β(kl − δ)": (rec - beta * (R - delta), BLUE, "-"),
    "rec − β kl": (rec - beta * R, ORANGE, "--"),
    "rec": (rec, GREEN, "-."),
}
fig, ax = plt.subplots(figsize=(7, 3.4), layout="constrained")
for name, (value, colour, dash) in curves.items():
    ax.plot(R, value, dash, color=colour, label=name)
    ax.plot(R[value.argmax()], value.max(), "o", color=colour)
    print(f"{name:<16} is largest at R = {R[value.argmax()]:.2f}")
ax.set(xlabel="R = kl (nats)", ylabel="nats per image")
ax.legend()
plt.show()

# %% [markdown]
# *Dropping βδ shifts the curve down and leaves the maximum where it was. Dropping β kl raises the curve, just as the inequality says, and the maximum
# runs away to the right end: that is an autoencoder.* So an inequality between two functions says nothing about where they are largest. The
# reason is simpler: **βδ does not depend on θ or φ**, so it has no gradient, and for a given β nothing changes without it.
#
# For a *given* β. Whoever wants to *find* β needs δ. The largest value of $\mathcal L$ that β allows,
# $g(\beta)=\max_{\phi,\theta}\mathcal L(\phi,\theta,\beta)$, is never below the solution of the constrained problem (a VAE within the budget pays
# nothing, or is even paid). The best β is the one where this upper bound is *lowest*: the **dual problem**.

# %%
betas, delta = np.linspace(2, 25, 200), 1.0
vaes = [optimal(eigenvalues, sigma2, b) for b in betas]
rec, kl = (np.array([v.expected(term, np.diag(eigenvalues)) for v in vaes]) for term in ("reconstruction", "kl"))
dual = rec - betas * (kl - delta)
fig, ax = plt.subplots(figsize=(7, 3), layout="constrained")
ax.plot(betas, dual, color=BLUE, label="$g(\\beta)$, with δ = 1 nat")
ax.axhline(best.reconstruction, color="black", linestyle="--", label="best reconstruction for 1 nat")
ax.plot(best.beta, best.reconstruction, "o", color=ORANGE, label=f"β = {best.beta:.2f}")
ax.set(xlabel="β", ylabel="nats per image")
ax.legend()
plt.show()
assert dual.min() >= best.reconstruction - 1e-9 and np.isclose(dual.min(), best.reconstruction, atol=0.01)

# %% [markdown]
# *The upper bound touches the solution at β = 7.36, the multiplier, and nowhere else.* The slope of $g$ is $\delta-\mathrm{kl}$: a price too low
# overspends, one too high saves. That is how exercise 03 finds β, by bisection.
#
# ## Similar to an SVM?
#
# The slides say so, and the form is the same: a Lagrangian, KKT, and slackness, which in an SVM singles out the support vectors, as here it
# singles out the latents that are on. The guarantee is another matter. An SVM is a *convex* problem: every point that satisfies KKT is the
# global solution. Is ours convex?
#
# In the *rates* it is: rec is a concave function of the $R_i$, and the budget is linear. That is why bound and solution touch above. In
# the *weights* it is not, even for this smallest of VAEs. Flip the sign of the code, in encoder and decoder: an equally good VAE. Now go half-way between the two.

# %%
beta, S = 1.0, np.diag(eigenvalues)
vae = optimal(eigenvalues, sigma2, beta)
flipped = LinearVAE(A=-vae.A, S=vae.S, W=-vae.W, sigma2=sigma2)
middle = LinearVAE(A=(vae.A + flipped.A) / 2, S=vae.S, W=(vae.W + flipped.W) / 2, sigma2=sigma2)
for name, v in {"one solution": vae, "its mirror image": flipped, "half-way": middle}.items():
    print(f"{name:<17} rec − β kl = {v.expected('elbo', S):8.2f} nats")

# %% [markdown]
# A concave function would be at least as large half-way. There is worse: the empty code, $\mathbf A=0$, $\mathbf W=0$, $\mathbf S=\mathbf I$, which tells
# nothing of the image. It costs nothing, so it is within any budget, slackness then asks for β = 0, and the gradient of rec is exactly zero:

# %%
empty = LinearVAE(A=np.zeros((3, 3)), S=np.ones(3), W=np.zeros((3, 3)), sigma2=sigma2)
base = empty.expected("reconstruction", S)
for step in (0.1, 0.01, 0.001):
    near = LinearVAE(A=step * np.eye(3), S=np.ones(3), W=step * np.eye(3), sigma2=sigma2)
    gained = near.expected("reconstruction", S) - base
    print(f"a step of {step:5.3f} away gains {gained:.8f} nats, or {gained / step:.6f} for each unit of step")

# %% [markdown]
# The gain falls with the *square* of the step: the slope is zero. **Every condition of KKT holds at the empty code, whatever the budget, and it
# is no solution at all.** KKT is necessary, and here not sufficient. Deep VAEs can get stuck there too; it is called *posterior collapse*. In a
# deep VAE not even the rate–distortion curve need be concave, and where it is not, no β reaches the points below a chord. (Burgess et al. aim
# at a KL instead, with $\gamma\,|\mathrm{kl}-C|$; `dvlab.objectives.CapacityVAE`.)
#
# ## When the budget does not bind
#
# Slackness, $\beta\,(\mathrm{kl}-\delta)=0$, has two ways to hold. So far kl = δ. Can it be the other one, β = 0, at a good solution?
#
# > **Think:** is there a budget so large that another nat buys *nothing*?
#
# Not for a Gaussian: a real number can always be given more precisely, and each latent's gain $\lambda_ie^{-2R_i}/\sigma^2$ is small but never zero. But let
# there be just $N=8$ images and a code of 8 symbols. Whoever says *which* image it is has said everything, in $\ln8\approx2.08$ nats.

# %%
N = 8
pixel = np.linspace(-2, 2, N)  # eight images of one pixel
log_px = -((pixel[:, None] - pixel) ** 2) / (2 * sigma2)  # log p(x_n | symbol c), without its constant
deltas = np.linspace(1, 3, 81)
symbols = np.array([discrete_code(log_px, d).beta for d in deltas])
gaussian = np.array([beta_for(d, np.array([pixel.var()]), sigma2) for d in deltas])
assert (symbols[deltas >= np.log(N)] == 0).all() and (symbols[deltas < np.log(N)] > 0).all() and gaussian.min() > 0

# %%
fig, ax = plt.subplots(figsize=(7, 3), layout="constrained")
ax.plot(deltas, symbols, color=BLUE, label="8 symbols")
ax.plot(deltas, gaussian, "--", color=ORANGE, label="a Gaussian code")
ax.axvline(np.log(N), color="grey", linestyle=":", label="ln 8 nats")
ax.set(xlabel="budget δ (nats per image)", ylabel="multiplier β")
ax.legend()
plt.show()

# %% [markdown]
# *The price of a nat. The discrete code's falls to exactly 0 at ln 8 nats: from there on the budget is slack. The Gaussian code's never does.*
#
# ## Water
#
# Back to the formula $D_i=\min(\beta\sigma^2,\lambda_i)$. Draw each eigenvalue as a column, and pour water between the columns up to the level $\beta\sigma^2$.
# What stays under water is lost; what stands out is coded. Information theory calls it **reverse water-filling**.
#
# > **Predict:** β comes down slowly from 100. At which β does the first latent switch on, and the second, and the third? (σ² = 0.1.)

# %%
fig, panels = plt.subplots(1, 3, figsize=(10, 3.2), layout="constrained", sharey=True)
for ax, beta in zip(panels, (20, 5, 1), strict=True):
    spent = delta_for(beta, eigenvalues, sigma2)
    water_filling(eigenvalues, spent, sigma2).plot(ax)
    ax.set(title=f"β = {beta}: KL {spent:.2f} nats", ylim=(0.03, 20))
plt.show()
print("latents switch on at β =", eigenvalues / sigma2)

# %% [markdown]
# *Three levels of water. At β = 20 only the first column stands out; at 5 two; at 1, the ordinary VAE, all three. Light: coded. Dark: lost.*
# **A latent switches on when the water falls below its eigenvalue, at $\beta=\lambda_i/\sigma^2$: one at a time, the largest first.** The
# eigenvalues are those of PCA, so PCA of the data predicts it all.
#
# Is that so for a VAE that knows nothing of PCA? Let SciPy maximise $\mathrm{rec}-\beta\,\mathrm{kl}$ over all 21 numbers again, with β 5 % above and
# 5 % below each onset, and count the latents that are on ($S_j<1$: the posterior is narrower than the prior).

# %%
for onset in eigenvalues / sigma2:
    for beta in (1.05 * onset, 0.95 * onset):
        loss = lambda v: beta * unpack(v).expected("kl", Sigma) - unpack(v).expected("reconstruction", Sigma)  # noqa: B023, E731
        start = 0.3 * np.random.default_rng(0).normal(size=21)
        vae = unpack(minimize(loss, start, method="BFGS").x)
        predicted = (eigenvalues > beta * sigma2).sum()
        print(f"β = {beta:6.3f}: {(vae.S < 0.99).sum()} on, predicted {predicted}")
        assert (vae.S < 0.99).sum() == predicted

# %% [markdown]
# Now lower the water yourself. The slider is β; the left-hand picture shows the columns and the water, the right-hand one the KL
# of each latent against β.

# %%
dvlab.widgets.beta_water_filling(eigenvalues, noise=sigma2)

# %% [markdown]
# ## Images of black and white pixels
#
# Our sprites' pixels are Bernoulli: there is no $\sigma^2$, and the decoder gives each pixel's logit. What takes the place of $\lambda_i/\sigma^2$?
# While the code is still nearly empty, every picture is close to the mean image, with pixels $m_p$, and the logits are close to
# the mean image's plus a small $(\mathbf W\mathbf z)_p$. Expand the log-likelihood to second order in it:
#
# $$\log p_\theta(\mathbf x\mid\mathbf z)\approx\text{const}+\sum_p\Big[(x_p-m_p)\,(\mathbf W\mathbf z)_p-\tfrac12\,m_p(1-m_p)\,(\mathbf W\mathbf z)_p^2\Big].$$
#
# With $y_p=(x_p-m_p)/\sqrt{m_p(1-m_p)}$ in place of $x_p$, that is the Gaussian case with $\sigma^2=1$. So the first latent switches on
# at **the largest eigenvalue of the covariance of y**. A pixel that is only ever black or white has the variance $m_p(1-m_p)$, so that $y$ is the
# standardised pixel and its covariance the pixels' *correlation matrix*. (Our sprites have grey edges, which makes it a little less.)

# %%
world = dvlab.worlds.Sprites.small()
images = world.images(dtype=torch.uint8)


def onsets(images):
    """The eigenvalues of the covariance of y, the largest first."""
    x = images.flatten(1).numpy() / np.float32(255)
    mean = x.mean(axis=0)
    x, mean = x[:, mean > 0], mean[mean > 0]  # without the pixels that are always black
    y = (x - mean) / np.sqrt(mean * (1 - mean))
    return np.linalg.eigvalsh(y.T @ y / len(y))[::-1]


# %%
critical = onsets(images)[0]
assert 30 < critical < 100
print("ok  the first latent should switch on at a β between 30 and 100: the dotted line in the next figure")

# %% [markdown]
# That was a prediction from the images alone. Does a deep VAE, with its 256 units a layer, obey? We train one a little above it and one
# a little below, for 400 steps each.

# %%
from dvlab.objectives import BetaVAE
from dvlab.schedules import cooling

spent = {}
for factor in (1.2, 0.8):
    vae = dvlab.VAE(world.image_shape, latent_dim=6, seed=0)
    history = dvlab.train(vae, images, BetaVAE(factor * critical), steps=400, seed=0, progress=False)
    spent[factor] = history.last(50)["kl"]

assert spent[1.2] < 0.005 and spent[0.8] > 0.02 and spent[0.8] > 10 * spent[1.2]
print("ok  20 % above the prediction the code stays empty (KL < 0.005 nats), 20 % below it does not (KL > 0.02)")

# %% [markdown]
# It does. Now let β fall slowly from above that value to 1, and watch the KL of each latent. A schedule is any function of
# the step, so ours also takes a copy of the model on the way, at β = 30 and at β = 15.
#
# > **Before you look:** four factors, six latents. How many will switch on, and together or in turn?

# %%
beta, copies = cooling(start=1.1 * critical, end=1, steps=1000), {}
vae = dvlab.VAE(world.image_shape, latent_dim=6, seed=0)


def copying(step):
    for value in (30, 15):
        if beta(step) <= value < beta(step - 1):
            copies[f"β = {value}"] = deepcopy(vae)
    return beta(step)


history = dvlab.train(vae, images, BetaVAE(copying), steps=1000, seed=0, progress=False)
copies["β = 1"] = vae

# %%
window = np.ones(25) / 25  # the mean over 25 steps
kl = np.stack([np.convolve(column, window, mode="valid") for column in history.kl_per_latent.T])
falling = np.array([beta(step) for step in range(12, 1000 - 12)])
first = np.sort([falling[row > 0.3].max() for row in kl if row.max() > 0.3])[::-1]  # β at which each passes 0.3 nats
assert 3 <= len(first) <= 6 and first[0] > 1.2 * first[1] and first[0] > 2.5 * first[-1]
assert first[0] > 30 > first[1] > 15 > first[2]
print("ok  between 3 and 6 latents switch on, the first well before the second, and long before the last")

# %%
fig, ax = plt.subplots(figsize=(9, 3.6), layout="constrained")
dashes, colours = ("-", "--", "-.", ":", "-", "--"), (BLUE, ORANGE, GREEN, PINK, "#E69F00", "#56B4E9")
for j, row in enumerate(kl):
    ax.plot(falling, row, dashes[j], color=colours[j], label=f"$z_{{{j}}}$")
ax.axvline(critical, color="grey", linestyle=":", label=f"predicted\nfirst onset\n(β = {critical:.0f})")
ax.set(xscale="log", xlabel="β, falling", ylabel="KL of each latent (nats per image)", xlim=(1.1 * critical, 1))
ax.set_xticks([50, 20, 10, 5, 2, 1], labels=[50, 20, 10, 5, 2, 1])
fig.legend(loc="outside right center")
plt.show()

# %% [markdown]
# *Time runs to the right. Latents leave the floor one after another, as columns come out of the water; now and then two leave
# together and share what one could carry, and some never leave.* The first is visible
# only some time after the dotted line, because just below its onset a latent grows slowly and β does not wait. The later
# onsets are not the next eigenvalues: by then the picture is far from the mean image, and the expansion no longer holds.
#
# And what do they *draw*? Here are the three copies. Each row moves one latent, from −2 to 2.

# %%
from dvlab.plots import image_grid, middle, survey

latents = survey(vae, images).order[:3]  # those with the largest KL at the end
start, line = middle(world)[None], torch.linspace(-2, 2, 5)
codes = [dvlab.posterior(each, start).mean[0] for each in copies.values()]
pairs = list(zip(copies.values(), codes, strict=True))
moved = torch.cat([each.traverse(z, int(j), line) for j in latents for each, z in pairs])
titles = [name if k == 2 else "" for name in copies for k in range(5)]
image_grid(moved, titles, columns=15, rows=[f"$z_{j}$" for j in latents], size=0.7)
plt.show()

# %% [markdown]
# *One model at three moments of its training. At β = 30 one latent pushes a blur about and the other rows stand still; at 15 a second row
# has come to life; at 1 all three move something, and the sprite is sharp.* The same three under the same sliders:

# %%
dvlab.widgets.models_at(copies, world)

# %% [markdown]
# *The first slider moves all three sprites, the last one hardly any but that of β = 1: the same code, at three prices.*

# %% [markdown]
# ## Hence: cool β
#
# β acts like a temperature: a high β melts the code, a low one lets it freeze into shape. Does it matter whether we cool
# slowly or start cold? We take lecture 2's world of two factors (left to right, top to bottom), four latents, the same
# objective at the end, β = 1, and the same number of steps.
#
# > **Predict:** which of the two uses more latents? Which reconstructs better?

# %%
flat = dvlab.worlds.Sprites(shapes=("ellipse",), scales=[0.8], orientations=[0.0], x=16, y=12, size=32, antialias=True)
hot = 1.1 * onsets(flat.images(dtype=torch.uint8))[0]
runs = {"β = 1 from the start": 1, "β cooled to 1": cooling(hot, 1, 1100)}
histories, gaps = {}, {}
for name, beta in runs.items():
    vae = dvlab.VAE(flat.image_shape, latent_dim=4, hidden=(128, 128), seed=0)
    histories[name] = dvlab.train(vae, flat, BetaVAE(beta), steps=1400, batch_size=64, seed=0, progress=False)
    gaps[name] = dvlab.metrics.mig(dvlab.posterior(vae, flat), flat.all_factors()).score

# %%
fig, panels = plt.subplots(1, 2, figsize=(9, 3), layout="constrained", sharey=True)
for ax, (name, history) in zip(panels, histories.items(), strict=True):
    for j, (dash, colour) in enumerate(zip(dashes[:4], colours[:4], strict=True)):
        ax.plot(np.convolve(history.kl_per_latent[:, j], window, mode="valid"), dash, color=colour, label=f"$z_{j}$")
    ax.set(title=name, xlabel="step")
panels[0].set_ylabel("KL of each latent (nats)")
panels[0].legend(ncols=2)
plt.show()

# %%
cold, cooled = (h.last(200) for h in histories.values())
assert abs(cold["reconstruction"] - cooled["reconstruction"]) < 1.5 and cold["kl"] - cooled["kl"] > 1
assert cold["loss"] - cooled["loss"] > 0.2 and gaps["β cooled to 1"] > gaps["β = 1 from the start"] + 0.1
print("ok  the same reconstruction within 1.5 nats, the cooled code more than 1 nat cheaper, its ELBO higher")
print("ok  and more disentangled: its mutual information gap is higher by more than 0.1")

# %% [markdown]
# *Left: started at β = 1, all four latents switch on within a few steps, and share two factors among them. Right: cooled, one comes, then another,
# and the other two stay empty, for nothing is left to say.* The objective at the end is the same, and the
# cooled VAE is better at it: nearly as good a copy for fewer nats. So the road matters, which
# is the other side of "not convex". (The *mutual information gap* is 1 when each factor is known by one latent alone; lecture 6.)
#
# A single seed proves little: change `seed=0` and run it again. Nor is cooling free, for it takes steps; in a world of four factors a
# thousand are too few to see the gain. And here the linear theory stops: it says *when* a latent switches on, not that what it
# finds is a factor. Higgins et al. found that β > 1 encourages it. Why it should is the question of lecture 4.

# %% [markdown]
# ## What β buys, and what it costs
#
# Now the world of four factors, with steps enough: 5,500 of them, about a minute for a model. Five values of β, started cold or
# cooled, five seeds each: fifty models. The command `python -m dvlab sweep fronts` trained and measured them; the table, with seeds and versions at its top, is
# `dvlab/results/fronts.csv`.
#
# > **Predict:** does a larger β disentangle more? By how much does a seed change the answer?

# %%
from dvlab import results

rows = results.read("fronts")
roads = {"β from the start": "beta-vae-constant", "cooled to β": "beta-vae-cooled"}
betas, _ = results.by_beta(rows, "beta-vae-cooled", "mig")
print(len(betas), "values of β,", len(set(rows["seed"])), "seeds,", len(roads), "roads")

# %%
fig, panels = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
for (name, objective), colour, mark in zip(roads.items(), (ORANGE, BLUE), ("s--", "o-"), strict=True):
    for ax, column in zip(panels, ("reconstruction", "mig"), strict=True):
        _, values = results.by_beta(rows, objective, column)
        ax.fill_between(betas, values.min(axis=1), values.max(axis=1), color=colour, alpha=0.2)
        ax.plot(betas, values.mean(axis=1), mark, color=colour, label=name)
for ax, ylabel in zip(panels, ("reconstruction loss (nats per image)", "MIG"), strict=True):
    ax.set(xscale="log", xlabel="β at the end", ylabel=ylabel, ylim=(0, None))
    ax.set_xticks(betas, labels=[f"{b:g}" for b in betas], minor=False)
    ax.minorticks_off()
panels[0].legend()
plt.show()

# %%
(_, rec_cold), (_, rec), (_, mig_cold), (_, mig) = (
    results.by_beta(rows, objective, column) for column in ("reconstruction", "mig") for objective in roads.values()
)
print("β               ", *(f"{b:6g}" for b in betas))
for name, x, places in (("reconstruction", rec, 1), ("MIG, cooled", mig, 2), ("MIG, from start", mig_cold, 2)):
    print(f"{name:<16}", *(f"{value:6.{places}f}" for value in x.mean(axis=1)))
assert (np.diff(rec.mean(axis=1)) > 0).all() and (np.diff(rec_cold.mean(axis=1)) > 0).all()
_, on = results.by_beta(rows, "beta-vae-cooled", "active_latents")
print(f"{'latents in use':<16}", *(f"{value:6.0f}" for value in on.mean(axis=1)))
assert (mig.min(axis=1) > mig_cold.mean(axis=1)).all() and mig.mean(axis=1).argmax() not in (0, 4)

# %% [markdown]
# *Left: minus the expected log-likelihood, over all images, at each final β; the two roads nearly coincide. Right: MIG. Lines: means over
# five seeds; bands: the lowest and the highest.* Every step of β costs reconstruction. What it buys is smaller than what
# the road buys: cooled, even the worst seed beats the average of a cold start at the same β, for no higher price. From the start, the
# way β-VAE is usually run, ten times the β buys less than a tenth of MIG, about what lies between two seeds. And more β is not
# always better: past the middle MIG falls again, since every latent can afford less of its factor, and at β = 10 one of the
# four no longer pays and is off.
#
# So the slides' "capacity: reconstruction against disentanglement" is right about the price. But one number, β, pays for two
# things at once, information and independence. Lecture 4 takes them apart.

# %% [markdown]
# ## What you did
#
# 1. ✓ spent a nat where it gains most, until all gains were equal;
# 2. ✓ checked stationarity, feasibility, signs and slackness, with numbers;
# 3. ✓ let SciPy solve the slides' problem, and read β off as its multiplier;
# 4. ✓ drew the rate–distortion curve, with tangents of slope β;
# 5. ✓ dropped βδ for the right reason, met a budget that does not bind, and a KKT point that is no solution;
# 6. ✓ predicted the first onset of a deep VAE from its images, and saw latents switch on in turn;
# 7. ✓ weighed what β buys against what it costs, over fifty models.
#
# ### Check yourself
#
# <details><summary>1. A VAE trained at β = 4 spends 7.2 nats. What would 0.1 nats more have bought?</summary>
#
# About 0.4 nats of reconstruction: β is the slope of the curve, as far as the training found the optimum.
# </details>
#
# <details><summary>2. At δ = 0 SciPy finds no multiplier. Why?</summary>
#
# Only the empty code is feasible, and there the gradient of kl is zero: no β times zero balances anything. KKT needs
# room to move. Every $\beta\ge\lambda_1/\sigma^2$ keeps the code empty.
# </details>
#
# <details><summary>3. You double all pixel values, and σ stays. What happens to the onsets?</summary>
#
# All eigenvalues are multiplied by 4, and so are all onsets $\lambda_i/\sigma^2$. A β without the scale of the pixels says nothing.
# </details>
#
# <details><summary>4. A latent has KL 0. Is it stuck, or does it not pay?</summary>
#
# Both look the same: gradient zero. In the linear VAE it does not pay if $\lambda_i\le\beta\sigma^2$; otherwise it is at the
# saddle of the empty code, which noise leaves sooner or later.
# </details>
#
# <details><summary>5. A friend keeps the Lagrangian's −βδ in the loss "to be exact" and trains with β fixed. What changes?</summary>
#
# The number that is printed, by −βδ, a constant. Not one gradient.
# </details>
#
# **Next:** exercise 03, find β for a budget; then lecture 4, what the nats of the KL are spent on.
#
# ### References
#
# - Irina Higgins et al. *beta-VAE: Learning Basic Visual Concepts with a Constrained Variational Framework.* ICLR 2017.
# - Christopher P. Burgess et al. *Understanding disentangling in β-VAE.* 2018. arXiv:1804.03599.
# - Thomas M. Cover, Joy A. Thomas. *Elements of Information Theory.* 2nd edition, 2006, section 10.3 (reverse water-filling).
# - Stephen Boyd, Lieven Vandenberghe. *Convex Optimization.* 2004, chapter 5 (duality, KKT).
# - Alexander A. Alemi et al. *Fixing a Broken ELBO.* ICML 2018 (rate and distortion of VAEs).
# - James Lucas et al. *Don't Blame the ELBO! A Linear VAE Perspective on Posterior Collapse.* NeurIPS 2019.
