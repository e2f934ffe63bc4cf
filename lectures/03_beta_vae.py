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
# 1. spend a budget of δ nats, and find how to spend it best;
# 2. write the Lagrangian, and check its conditions with numbers;
# 3. let SciPy solve the constrained problem, and see that its multiplier is β;
# 4. say why βδ may be dropped, and why this is no SVM;
# 5. predict at which β each latent switches on;
# 6. see why a VAE should prefer disentangled axes, and where the argument fails;
# 7. compare what β and its schedule change, over fifty trained models.
#
# **You need** lecture 2: the ELBO, and its two terms in nats per image.
#
# **Time:** the core path takes about 27 minutes, with the ★ sections 40; it runs in under 45 seconds on a CPU.
# Exercise 03 follows.

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch
from scipy.optimize import minimize

import dvlab
from dvlab.constrained import beta_for, delta_for, water_filling
from dvlab.linear import LinearVAE, optimal
from dvlab.plots import middle, show, survey

torch.set_num_threads(1)  # more of them would wait for one another on a busy computer


def compare(guess, answer):  # your number beside the computed one
    print("write your number into the cell above" if guess is None else f"you: {guess:g}   answer: {answer:.2f}")


# %% [markdown]
# ## 1. A budget
#
# The slides write the VAE's objective as a *constrained* problem: "Maximize probability of generating real data", while
# a KL stays "under a small constant δ":
#
# $$\max_{\phi,\theta}\;\underbrace{\mathbb E_{\mathbf x\sim\mathcal D}\,
# \mathbb E_{q_\phi(\mathbf z\mid\mathbf x)}\log p_\theta(\mathbf x\mid\mathbf z)}_{
# \text{log-likelihood, }\mathrm{ll}(\phi,\theta)}\quad\text{subject to}\quad
# \underbrace{\mathbb E_{\mathbf x\sim\mathcal D}\,
# D_{\mathrm{KL}}\big(q_\phi(\mathbf z\mid\mathbf x)\,\Vert\,p(\mathbf z)\big)}_{\mathrm{kl}(\phi)}\le\delta .$$
#
# (On average over images, and with $\le$: lecture 2.) The *reconstruction loss* of lecture 2 is $-\mathrm{ll}$. Both
# are in nats per image, and $\delta$ is a **budget**: so much may the code say about an image, no more.
#
# We solve it where every number is known, in a linear VAE for images of three pixels. The data are
# $\mathbf x\sim\mathcal N(\mathbf 0,\boldsymbol\Sigma)$, the encoder is $\mathcal N(\mathbf A\mathbf x,\mathbf S)$ with
# a diagonal $\mathbf S$, the decoder $\mathcal N(\mathbf W\mathbf z,\sigma^2\mathbf I)$ with a fixed $\sigma^2=0.1$;
# $\phi=(\mathbf A,\mathbf S)$ and $\theta=\mathbf W$ are free.

# %%
BLUE, ORANGE, GREEN, PINK = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
sigma2, eigenvalues = 0.1, np.array([4.0, 1.0, 0.25])
axes, _ = np.linalg.qr(np.random.default_rng(4).normal(size=(3, 3)))  # three directions, at right angles
Sigma = axes @ np.diag(eigenvalues) @ axes.T
print(np.round(Sigma, 2))

# %% [markdown]
# Along three directions, the *principal axes*, the pixels are not correlated: there the data have the variances
# $\lambda=(4,1,\tfrac14)$, the eigenvalues of $\boldsymbol\Sigma$. Think of three separate "pixels" with these
# variances, and a latent for each.
#
# A latent spends the rate $R_i$ on direction $i$ (its KL, in nats) and leaves a squared error, or **distortion**,
# $D_i$. A Gaussian has the entropy $\tfrac12\ln2\pi e\lambda$, so to get from variance $\lambda_i$ to $D_i$ takes
# $R_i=\tfrac12\ln(\lambda_i/D_i)$ at least: $D_i=\lambda_ie^{-2R_i}$ at best ([tried
# below](#★-What-a-nat-of-KL-gains)). The log-likelihood is $-\sum_iD_i/2\sigma^2$ and a constant. A little more rate in
# direction $i$ gains
#
# $$\frac{\partial\,\mathrm{ll}}{\partial R_i}=\frac{\lambda_ie^{-2R_i}}{\sigma^2}
# =\frac{D_i}{\sigma^2}\quad\text{nats of log-likelihood per nat of KL.}$$
#
# At the best split all directions in use gain the *same*: if one gained more, you would move some rate over to it.
#
# > **You have δ = 1 nat for the first two directions, λ = 4 and λ = 1.** How much of it goes to the first?

# %%
guess_share = None  # nats, between 0 and 1

# %%
share = np.linspace(0, 1, 101)  # R_1; the rest of the nat, R_2 = 1 - R_1, goes to the second direction
gain_1, gain_2 = 4 * np.exp(-2 * share) / sigma2, 1 * np.exp(-2 * (1 - share)) / sigma2
fig, (left, right) = plt.subplots(1, 2, figsize=(9, 2.8), layout="constrained")
left.plot(share, -(gain_1 + gain_2) / 2, color="black")
left.set(xlabel="$R_1$ (nats)", ylabel="log-likelihood + const (nats)")
right.plot(share, gain_1, color=BLUE, label="the first direction, λ = 4")
right.plot(share, gain_2, "--", color=ORANGE, label="the second, λ = 1")
right.set(xlabel="$R_1$ (nats)", ylabel="gain (nats per nat)")
right.legend()
for ax in (left, right):
    ax.axvline(water_filling(eigenvalues, 1.0, sigma2).rates[0], color="grey", linestyle=":")
show(fig, "Log-likelihood over the first rate: highest where the gains meet")
compare(guess_share, water_filling(eigenvalues, 1.0, sigma2).rates[0])

# %% [markdown]
# *The maximum (dotted, 0.85 nats) is where the two gains are equal.* Remember that value.
#
# ## 2. The Lagrangian and its conditions
#
# Give the constraint a weight $\beta\ge0$, the **Lagrange multiplier**. The slides' Lagrangian is
#
# $$\mathcal L(\phi,\theta,\beta)=\mathrm{ll}(\phi,\theta)-\beta\,\big(\mathrm{kl}(\phi)-\delta\big).$$
#
# At a solution the **conditions of Karush, Kuhn and Tucker** (KKT) hold, as long as the budget leaves room to move (δ >
# 0):
#
# | condition | in general | here |
# |:--|:--|:--|
# | stationarity | $\nabla_{\phi,\theta}\,\mathcal L=0$ | $D_i/\sigma^2-\beta+\nu_i=0$ for every $i$ |
# | feasibility | $\mathrm{kl}\le\delta$ | $\sum_iR_i\le\delta$ and $R_i\ge0$ |
# | signs | $\beta\ge0$ | $\beta\ge0$ and $\nu_i\ge0$ |
# | complementary slackness | $\beta\,(\mathrm{kl}-\delta)=0$ | that, and $\nu_iR_i=0$ |
#
# A rate cannot be negative, so each $R_i\ge0$ is a constraint too, with a multiplier $\nu_i$ of its own. If latent $i$
# is used, slackness makes $\nu_i=0$ and stationarity gives $D_i=\beta\sigma^2$: the *same* distortion for all. If not,
# $D_i=\lambda_i$ and $\nu_i=\beta-\lambda_i/\sigma^2\ge0$. In one line:
#
# $$D_i=\min(\beta\sigma^2,\lambda_i),\qquad R_i=\max\Big(0,\tfrac12\ln\frac{\lambda_i}{\beta\sigma^2}\Big),\qquad
# \sum_iR_i=\delta .$$
#
# The last equation fixes β. `water_filling` solves it; we check its answer against all four rows.

# %%
delta = 1.0
best = water_filling(eigenvalues, delta, sigma2)
gain = best.distortions / sigma2
nu = best.beta - gain  # stationarity, solved for ν
print(f"δ = {delta}, β = {best.beta:.4f}")
for i, R in enumerate(best.rates):
    print(f"latent {i + 1}: R {R:.4f}   gain D/σ² {gain[i]:.4f}   ν {nu[i]:z.4f}   ν R {nu[i] * R:z.4f}")
assert best.rates.min() >= 0 and nu.min() >= -1e-12 and best.beta >= 0  # feasible, signs
assert np.allclose(nu * best.rates, 0) and np.isclose(best.rates.sum(), delta)  # slackness, twice

# %% [markdown]
# ## 3. Ask somebody who knows none of this
#
# Hand the slides' problem to SciPy as it stands: 21 unknown numbers ($\mathbf A$, $\mathbf W$, the logarithms of
# $\mathbf S$), a function to maximise, a constraint, and a random start. `SLSQP` returns the multipliers of the
# constraints it was given.
#
# > **Which number do you expect as the multiplier for δ = 1?**
#
# <details><summary>Answer</summary>
#
# The β of the last cell, 7.3576: the common gain per nat. The next cell says so from three random starts.
# </details>


# %%
def unpack(v):
    return LinearVAE(A=v[:9].reshape(3, 3), S=np.exp(v[9:12]), W=v[12:].reshape(3, 3), sigma2=sigma2)


def minus_ll(v):
    return -unpack(v).expected("reconstruction", Sigma)  # reconstruction: E_q log p(x|z) = ll; the loss is its negative


def solve(delta, seed):
    start = 0.3 * np.random.default_rng(seed).normal(size=21)
    room = {"type": "ineq", "fun": lambda v: delta - unpack(v).expected("kl", Sigma)}  # kl <= δ
    options = {"maxiter": 500, "ftol": 1e-12}
    return minimize(minus_ll, start, method="SLSQP", constraints=room, options=options)


# %%
print("   δ    β closed form   multipliers from three starts     KL of the best β-VAE")
for delta in (0.25, 1.0, 4.0):
    beta, found = beta_for(delta, eigenvalues, sigma2), [solve(delta, seed).multipliers[0] for seed in range(3)]
    spent = optimal(eigenvalues, sigma2, beta).expected("kl", np.diag(eigenvalues))  # max ll - β kl, no constraint
    print(f"{delta:5.2f} {beta:14.3f}    ", *(f"{m:9.3f}" for m in found), f"{spent:18.4f}")
    assert np.allclose(found, beta, rtol=1e-4) and np.isclose(spent, delta)

# %% [markdown]
# **The multiplier is β**, from every start. And backwards, in the last column: take that β, forget the budget,
# maximise $\mathrm{ll}-\beta\,\mathrm{kl}$, and the best VAE spends δ nats. Here a budget and a weight are two ways
# to ask for the same VAE (a deep one may differ: ★), and so the β-VAE loss of the slides,
#
# $$L_{\mathrm{BETA}}=-\mathbb E_{q_\phi(\mathbf z\mid\mathbf x)}\log p_\theta(\mathbf x\mid\mathbf z)
# +\beta\,D_{\mathrm{KL}}\big(q_\phi(\mathbf z\mid\mathbf x)\,\Vert\,p(\mathbf z)\big),$$
#
# has one number to choose and not two. In the slides' words, "β = 1 → standard VAE", and "β > 1 → stronger constraint
# on latent bottleneck". Plot the best log-likelihood against the budget, the **rate–distortion curve**, and β is its
# slope.

# %%
deltas = np.linspace(0, 5, 200)
curve = np.array([water_filling(eigenvalues, d, sigma2).reconstruction for d in deltas])
fig, ax = plt.subplots(figsize=(7, 3.6), layout="constrained")
ax.fill_between(deltas, curve, 5, color="#dddddd", label="out of reach")
ax.plot(deltas, curve, color="black", linewidth=2)
budgets = 1.0, 2.0, delta_for(1, eigenvalues, sigma2)  # the last: where β = 1
for d, colour, dash in zip(budgets, (BLUE, ORANGE, GREEN), ("-", "--", "-."), strict=True):
    point = water_filling(eigenvalues, d, sigma2)
    near, label = np.array([d - 1, d + 1]), f"slope β = {point.beta:.2f}"
    ax.plot(near, point.reconstruction + point.beta * (near - d), dash, color=colour, label=label)
    ax.plot(d, point.reconstruction, "o", color=colour)
ax.set(xlabel="KL, or budget δ (nats per image)", ylabel="log-likelihood (nats per image)", ylim=(-21, 5))
ax.legend(loc="lower right")
show(fig, "The best log-likelihood rises ever more slowly; its tangents have the slopes 7.36, 2.71 and 1")

# %% [markdown]
# *No VAE lies above the black curve. Each tangent touches it at the VAE which that β finds. The first nats gain much,
# the later ones little*; at slope 1, the ordinary VAE, a nat of KL gains just one nat of log-likelihood.
#
# **What β depends on.** For Gaussian pixels
# $-\log p_\theta(\mathbf x\mid\mathbf z)=\lVert\mathbf x-\hat{\mathbf x}\rVert^2/2\sigma^2$ and a constant. Divide the
# β-VAE loss by β: it is $\lVert\mathbf x-\hat{\mathbf x}\rVert^2/2\beta\sigma^2+D_{\mathrm{KL}}$. So **the β-VAE at σ²
# is the VAE at βσ²**, weight for weight, and a β without its σ² says nothing.

# %%
for beta in (1.0, 4.0, 12.0):
    with_beta, with_noise = optimal(eigenvalues, sigma2, beta), optimal(eigenvalues, beta * sigma2, 1.0)
    assert all(np.allclose(getattr(with_beta, part), getattr(with_noise, part)) for part in "ASW")
print("ok  β-VAE at σ² has the encoder and decoder of the VAE at βσ²")

# %% [markdown]
# ## 4. Why βδ may be dropped, and the likeness to an SVM
#
# The Lagrangian holds $+\beta\delta$, the loss does not. The slides argue that
# $\mathrm{ll}-\beta\,\mathrm{kl}+\beta\delta\ge\mathrm{ll}-\beta\,\mathrm{kl}$ "since $\beta,\delta\ge0$". That
# inequality is true.
#
# > **Is it a reason?** By the same token $\mathrm{ll}\ge\mathrm{ll}-\beta\,\mathrm{kl}$. What would you get if you
# > dropped *that* term?
#
# <details><summary>Answer</summary>
#
# The maximum of ll alone: an autoencoder. An inequality between two functions says nothing about where they are
# largest. The reason is simpler: βδ does not depend on θ or φ, so for a given β it has no gradient.
# </details>

# %%
R = np.linspace(0, 3, 301)  # one direction, λ = 4, at δ = 1
ll, beta, delta = -4 * np.exp(-2 * R) / (2 * sigma2), 4 * np.exp(-2 * 1.0) / sigma2, 1.0
for name, value in {"ll − β(kl − δ)": ll - beta * (R - delta), "ll − β kl": ll - beta * R, "ll": ll}.items():
    print(f"{name:<15} is largest at kl = {R[value.argmax()]:.2f}")

# %% [markdown]
# "Similar to SVM", say the slides, and the form is: a Lagrangian, KKT, and slackness, which there singles out the
# support vectors and here the latents that are on. The guarantee is another matter. An SVM is *convex*: a point that
# satisfies KKT is the solution. Ours is not. Flip the sign of the code, in encoder and decoder: an equally good VAE.
# Now go half-way between the two.

# %%
S = np.diag(eigenvalues)
vae = optimal(eigenvalues, sigma2, 1.0)
half_way = LinearVAE(A=0 * vae.A, S=vae.S, W=0 * vae.W, sigma2=sigma2)  # between (A, W) and (-A, -W)
empty = LinearVAE(A=np.zeros((3, 3)), S=np.ones(3), W=np.zeros((3, 3)), sigma2=sigma2)
for name, v in {"one solution": vae, "half-way to its mirror image": half_way, "the empty code": empty}.items():
    print(f"{name:<29} ll − kl = {v.expected('elbo', S):8.2f} nats")
base = empty.expected("reconstruction", S)
for step in (0.1, 0.01, 0.001):
    near = LinearVAE(A=step * np.eye(3), S=np.ones(3), W=step * np.eye(3), sigma2=sigma2)
    print(f"a step of {step:5.3f} from the empty code gains {near.expected('reconstruction', S) - base:.8f} nats")

# %% [markdown]
# A concave function would be at least as large half-way. And at the **empty code**, which tells nothing of the image,
# the gain falls with the *square* of the step: the gradient of ll is zero there. So is that of kl. Every KKT condition
# holds with β = 0, and it is no solution. KKT is necessary here, not sufficient.
#
# Where $q_\phi(z_j\mid\mathbf x)\approx p(z_j)$ for some latents and every image, one speaks of **posterior collapse**.
# Three causes are known. In the linear model it is the *solution* for each latent with $\lambda_i\le\beta\sigma^2$: at
# β = 1 a large σ² does it, and a small one undoes it (Lucas et al. 2019). And a decoder so powerful that it models the
# images without a code, an autoregressive one, say, has no use for any latent (Bowman et al. 2016). And training may be
# stuck there (He et al. 2019; Dai et al. 2020).
#
# ## 5. Water
#
# Draw each eigenvalue as a column, and pour water up to the level $\beta\sigma^2$. What stands out is coded; what is
# under water is lost. Information theory calls it **reverse water-filling**.
#
# > **β comes down slowly from 100.** At which β does the first latent switch on? (σ² = 0.1, λ = 4, 1, ¼.)

# %%
guess_onset = None  # a value of β

# %%
compare(guess_onset, eigenvalues[0] / sigma2)
assert optimal(eigenvalues, 5.0, 1.0).expected("kl", S) < 1e-9  # σ² = 5 > λ₁: at β = 1 the best code is empty
fig, panels = plt.subplots(1, 3, figsize=(10, 3), layout="constrained", sharey=True)
for ax, beta in zip(panels, (20, 5, 1), strict=True):
    water_filling(eigenvalues, delta_for(beta, eigenvalues, sigma2), sigma2).plot(ax)
    ax.set(title=f"β = {beta}: KL {delta_for(beta, eigenvalues, sigma2):.2f} nats", ylim=(0.03, 20))
show(fig, "Columns above water: 1, 2, 3 at β = 20, 5, 1")

# %% [markdown]
# *Three levels of water. Light: coded. Dark: lost.* **A latent switches on when βσ² falls below its eigenvalue, at
# $\beta=\lambda_i/\sigma^2$ (40, 10 and 2.5): one at a time, the largest first.** PCA of the data predicts it all.
# For a deep VAE the first onset can be predicted too ([below](#★-Black-and-white-pixels:-predict-the-first-onset)).
# Lower the water:

# %%
dvlab.widgets.beta_water_filling(eigenvalues, noise=sigma2)

# %% [markdown]
# ## 6. Why should it disentangle?
#
# The slides: "stronger constraint on latent bottleneck, follow generative process and thus encourage disentanglement".
# The argument, for a decoder that is nearly linear around each code, with the slopes $\mathbf J$ (column $j$: how the
# picture changes with $z_j$).
#
# **The prior does not choose axes.** $\mathcal N(\mathbf 0,\mathbf I)$ looks the same from all sides: rotate the code
# by $\mathbf Q^\top$, a rotation matrix, let the decoder rotate back, $\mathbf J\mathbf Q$, and $p_\theta(\mathbf x)$
# is unchanged. **The diagonal encoder does.** The true posterior has the precision
# $\boldsymbol\Lambda=\mathbf I+\mathbf Q^\top\mathbf J^\top\mathbf J\mathbf Q/\beta\sigma^2$, and the best encoder with
# independent latents misses it by
#
# $$\text{gap}=\tfrac12\Big(\sum_j\ln\Lambda_{jj}-\ln\lvert\boldsymbol\Lambda\rvert\Big)\ge0 ,$$
#
# zero only if $\boldsymbol\Lambda$ is diagonal (Hadamard): **if the latents change the picture in directions that are
# orthogonal** (Rolinek et al. 2019; Kumar and Poole 2020). The β-VAE's loss contains β times this gap.
#
# Growing the ellipse and moving it sideways change the picture in orthogonal directions, and by unequal
# amounts. A code with one latent for each has no gap; any rotation in between has.

# %%
world = dvlab.worlds.Sprites.small()
centre = torch.tensor([[len(f) // 2 for f in world.factors]])


def slope(factor):
    """How the picture changes when a factor moves by its standard deviation."""
    k = [f.name for f in world.factors].index(factor)
    step = torch.eye(len(world.factors), dtype=torch.long)[k]
    change = (world.render(centre + step) - world.render(centre - step)) / 2
    return (change * np.arange(len(world.factors[k])).std()).flatten().numpy()


# %%
def gap(J, degrees, beta):
    c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    W = J.astype(float) @ np.array([[c, -s], [s, c]])
    precision = np.eye(2) + W.T @ W / (beta * sigma2)
    return 0.5 * (np.log(np.diag(precision)).sum() - np.linalg.slogdet(precision)[1])


scale_x, x_y = (np.stack([slope(a), slope(b)], axis=1) for a, b in (("scale", "x"), ("x", "y")))
W = scale_x[::4]  # a quarter of the pixels, as a linear VAE
encoder = np.linalg.inv(np.eye(2) + W.T @ W / sigma2)
best_diagonal = LinearVAE(A=encoder @ W.T / sigma2, S=1 / np.diag(np.linalg.inv(encoder)), W=W, sigma2=sigma2)
assert np.isclose(gap(W, 0, 1), best_diagonal.gap(np.zeros((1, len(W))))[0], atol=1e-6)
cosine = lambda J: J[:, 0] @ J[:, 1] / np.prod(np.linalg.norm(J, axis=0))  # noqa: E731
print(f"cosine of the slopes of scale and x: {cosine(scale_x):z.2f};  of x and y: {cosine(x_y):.2f}")

# %%
fig, axes = plt.subplots(1, 4, figsize=(11, 3.4), layout="constrained", width_ratios=(1, 1, 1, 2.2))
pictures = {"growing": scale_x[:, 0], "moving sideways": scale_x[:, 1], "rotated by 45°": scale_x @ [0.7, 0.7]}
for ax, (title, picture) in zip(axes, pictures.items(), strict=False):
    ax.imshow(picture.reshape(32, 32), cmap="RdBu", vmin=-4, vmax=4)
    ax.set(xticks=[], yticks=[], title=title)
ax, angles = axes[3], np.linspace(-45, 45, 91)
curves = ("scale and x", scale_x, 4, "-"), ("scale and x", scale_x, 1, "--"), ("x and y", x_y, 4, "-.")
for name, J, beta, style in curves:
    ax.plot(angles, [beta * gap(J, a, beta) for a in angles], style, label=f"{name}, β = {beta}")
ax.set(xlabel="rotation of the code (degrees)", ylabel="β × gap (nats per image)")
ax.legend(fontsize=8)
alt = "Slopes of growing and moving, and their mixture; β times the gap: 0 at 0° for scale and x, 2.2 at 45° for β = 4"
show(fig, alt)
assert gap(scale_x, 0, 4) < 1e-3 and 4 * gap(scale_x, 45, 4) > 2 and cosine(x_y) > 0.4

# %% [markdown]
# *Left: what one standard deviation of size, and of place, changes in the middle picture (blue: brighter); and of a
# latent that mixes them. Right: what a rotated code costs.* (Gaussian pixels, $\sigma^2=0.1$.) The factors' own axes
# are best for size and place, and β = 4 weighs the difference nearly four times as much as β = 1. Where two factors
# matter *equally* the curve is flat, and nothing chooses.
#
# > **Look at x and y.** Their best code is rotated by about 20°. Why?
#
# <details><summary>Answer</summary>
#
# The ellipse stands aslant, so that moving it sideways and moving it up change some of the same pixels: the slopes have
# a cosine of 0.44. The argument finds directions that are *orthogonal in pixels*, and these are the factors only if the
# factors are. It is local and linear, too: nothing here says that a latent means the same everywhere in the world.
# </details>
#
# Total correlation (lecture 4) adds a global wish: that the latents be independent over the whole data set. It too can
# choose axes, unless the codes are Gaussian. Neither is a guarantee (lecture 9), so we measure.
#
# ## 7. What β changes, and what its schedule changes
#
# Does the **schedule** of β matter, too? Five values of β in the world of four factors, constant or *cooled* (from 40
# fast to 6, then slowly to β; deterministic annealing, Rose 1998), five seeds each: fifty models (`python -m dvlab
# sweep fronts`). MIG is 1 when each factor is known fully by one latent and not at all by others (lecture 6).
#
# > **Constant weights: β from 1 to 10.** The mean MIG at β = 1 is 0.17. And at β = 10?

# %%
guess_mig = None  # MIG at β = 10, constant

# %%
from dvlab.results import by_beta, read
from dvlab.results.paired import paired_difference

rows = read("fronts")
how = {"constant": "beta-vae-constant", "cooled": "beta-vae-cooled"}
(betas, constant), (_, cooled) = (by_beta(rows, objective, "mig") for objective in how.values())
compare(guess_mig, constant[-1].mean())

# %%
differences = [paired_difference(b, a) for a, b in zip(constant, cooled, strict=True)]
loss = [by_beta(rows, objective, "reconstruction")[1].mean(axis=1) for objective in how.values()]
print("  β  MIG: constant  cooled  cooled − constant     loss: constant  cooled")
for k, β in enumerate(betas):
    migs = f"{constant[k].mean():14.2f} {cooled[k].mean():7.2f}  {differences[k]}"
    print(f"{β:3g} {migs} {loss[0][k]:14.1f} {loss[1][k]:7.1f}")
higher_beta = paired_difference(constant[-1], constant[0])
print("MIG, constant, β = 10 − β = 1:", higher_beta)
assert not higher_beta.clear and (loss[1] < loss[0])[:4].all()
assert all(d.clear for d in differences[:4]) and 1.3 < constant[-1].mean() / constant[0].mean() < 1.7

# %%
warmed = read("schedules")  # the usual schedule, at one β, 4: up from 0
warmed = np.sort(warmed[warmed["objective"] == "beta-vae-warmed"], order="seed")
for name, mig in {"constant": constant, "cooled": cooled}.items():
    difference = paired_difference(warmed["mig"], mig[2, : len(warmed)])  # betas[2] is 4
    print(f"MIG, warm-up − {name}, β = 4: {difference}")
    assert difference.high < 0

# %%
labels = {"reconstruction": "reconstruction loss (nats per image)", "mig": "MIG"}
fig, panels = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained")
for ax, (column, label) in zip(panels, labels.items(), strict=True):
    for name, colour, mark in (("constant", ORANGE, "s--"), ("cooled", BLUE, "o-")):
        values = by_beta(rows, how[name], column)[1]
        ax.plot(betas, values.mean(axis=1), mark, color=colour, label=f"{name}, mean")
        ax.plot(betas, values, ".", color=colour, alpha=0.5)
    ax.plot([4], [warmed[column].mean()], "D", color=GREEN, label="warm-up, mean")
    ax.plot(len(warmed) * [4], warmed[column], ".", color=GREEN)
    ax.set(xscale="log", xlabel="β at the end", ylabel=label, ylim=(0, None))
    ax.set_xticks(betas, labels=[f"{b:g}" for b in betas])
    ax.minorticks_off()
panels[0].legend()
show(fig, "Reconstruction loss rises with β, alike for both schedules; MIG is higher cooled, and falls after β = 4")

# %% [markdown]
# *Left: the reconstruction loss (floor: 14.4). Right: MIG. Lines: means over five seeds; dots: each. Every step of β
# raises the reconstruction loss*: the slides' trade-off, "Could limit representation capacity of **z**, creating a
# trade-off between reconstruction quality and extent of disentanglement". Constant, ten times the β takes MIG from
# .17 to .25: +.08 [−.04, +.20], not to be told from 0. Cooling raises it by .24 to .39 at β = 1 to 6, with all
# intervals above 0 (six comparisons in all) and no higher mean loss. Cooled, MIG falls again past β = 4; at β = 10
# one of four latents is off.
#
# The usual schedule is the opposite: KL *warm-up* from 0 (Bowman et al. 2016; Sønderby et al. 2016; green, at β = 4).
# Its MIG is lower than that of the constant weight, by .09, and of cooling, by .42 (two comparisons); its
# reconstruction loss is 2 nats higher.
#
# ## Five sentences to remember
#
# 1. The β-VAE's loss is the Lagrangian of "the best log-likelihood within a budget of δ nats", and β is its
#    multiplier: nats of log-likelihood per nat of KL.
# 2. βδ is dropped because it does not depend on θ or φ.
# 3. A latent switches on when βσ² falls below its eigenvalue, and β-VAE at σ² is the VAE at βσ².
# 4. A diagonal encoder prefers latents that change the picture in orthogonal directions; well below their onsets, a
#    higher β weighs that more.
# 5. In our world cooling to a β from 1 to 6 raised MIG by .24 to .39, at no higher mean loss; ten times the constant
#    β did not clearly raise it.
#
# ## What you did
#
# 1. ✓ spent a nat where it gains most;
# 2. ✓ checked the four conditions;
# 3. ✓ let SciPy find β as its multiplier;
# 4. ✓ dropped βδ, and met a KKT point that is no solution;
# 5. ✓ predicted at which β the latents switch on;
# 6. ✓ computed what a rotated code costs;
# 7. ✓ compared β and its schedule, paired by seed.
#
# ### Check yourself
#
# <details><summary>1. A VAE trained at β = 4 spends 7.2 nats. What would 0.1 nats more have gained?</summary>
#
# About 0.4 nats of log-likelihood: β is the slope of the curve, as far as the training found the optimum.
# </details>
#
# <details><summary>2. At δ = 0, SciPy's multiplier from three random starts is 35.7, 39.9 and 48.7 on one computer,
# and others on another. Which is right?</summary>
#
# All of them. Only the empty code is feasible, and there the gradients of ll and of kl are both zero, so
# $0-\beta\cdot0=0$ holds for *every* β: the multiplier is not unique. (KKT asks for room to move so that this does not
# happen.) What tells the βs apart is the second order: the empty code *maximises* ll − β kl only for
# $\beta\ge\lambda_1/\sigma^2=40$. The cell below the self-check repeats it.
# </details>
#
# <details><summary>3. You double all pixel values, and σ stays. What happens to the onsets?</summary>
#
# All eigenvalues are multiplied by 4, and so are all onsets $\lambda_i/\sigma^2$.
# </details>
#
# <details><summary>4. A latent has KL 0. Is it stuck, or is it best so?</summary>
#
# Both look the same: gradient zero. In the linear VAE it is best so if $\lambda_i\le\beta\sigma^2$; otherwise it is at
# the saddle of the empty code, which noise leaves sooner or later.
# </details>
#
# <details><summary>5. A friend keeps the Lagrangian's βδ "to be exact" and trains with β fixed. What changes?</summary>
#
# The number that is printed, by a constant. Not one gradient.
# </details>
#
# **Next:** exercise 03, find β for a budget; then lecture 4, what the nats of the KL are spent on.

# %% tags=["nbval-ignore-output"]
multipliers = [solve(0.0, seed).multipliers[0] for seed in range(3)]
print("δ = 0, the multiplier from three starts:", np.round(multipliers, 1))
assert np.ptp(multipliers) > 5 and all(solve(1.0, seed).success for seed in range(3))

# %% [markdown]
# ## ★ What a nat of KL gains
#
# One direction of variance $\lambda$: the code is $z=ax+\sqrt s\,\varepsilon$ with $\varepsilon\sim\mathcal N(0,1)$,
# and the best linear guess of $x$ leaves the squared error $D=\lambda s/(a^2\lambda+s)$. What does the code cost? By
# lecture 0's formula
#
# $$\mathrm{kl}=\tfrac12\big(a^2\lambda+s-1-\ln s\big)
# =\underbrace{\tfrac12\ln\frac{a^2\lambda+s}{s}}_{=\,\frac12\ln(\lambda/D)}+\underbrace{\tfrac12\big(v-1
# -\ln v\big)}_{\ge\,0},\qquad v=a^2\lambda+s .$$
#
# The second part is the KL of $\mathcal N(0,v)$ from the prior, 0 when $v=1$. So at the rate $R$ = kl the distortion
# is never less than $\lambda e^{-2R}$. Is it true of any encoder? Try 1,000.

# %%
rng = np.random.default_rng(1)
a, s = rng.uniform(0, 1, 1000), np.exp(rng.uniform(-5, 0.5, 1000))
kl = 0.5 * (4 * a**2 + s - 1 - np.log(s))
distortion = 4 * s / (4 * a**2 + s)
assert (distortion >= 4 * np.exp(-2 * kl) - 1e-12).all()
R = np.linspace(0, 2.5, 100)
fig, ax = plt.subplots(figsize=(6, 3.2), layout="constrained")
ax.scatter(kl, distortion, s=3, color=BLUE, alpha=0.5, label="a random encoder")
ax.plot(R, 4 * np.exp(-2 * R), color=ORANGE, linewidth=2.5, label=r"$\lambda e^{-2R}$")
ax.set(xlabel="KL (nats)", ylabel="distortion", xlim=(0, 2.5))
ax.legend(markerscale=4)
show(fig, "A thousand random encoders, none below the curve of distortion 4 exp(-2R)")

# %% [markdown]
# *Each dot is one encoder of a direction of variance λ = 4. None lies below the curve: each further nat divides the
# least possible distortion by $e^2\approx7.4$.*
#
# ## ★ Finding β: the dual problem
#
# Whoever wants to *find* β needs δ. Let $g(\beta)=\max_{\phi,\theta}\mathcal L(\phi,\theta,\beta)$ be the largest value
# of the Lagrangian. It is never below the best log-likelihood within the budget: for that VAE $\mathrm{kl}\le\delta$,
# so its $-\beta(\mathrm{kl}-\delta)$ is zero or positive, and the maximum over *all* VAEs is at least as large. The
# best β is the one where this upper bound is *lowest*.

# %%
betas, delta = np.linspace(2, 25, 200), 1.0
vaes = [optimal(eigenvalues, sigma2, b) for b in betas]
ll, kl = (np.array([v.expected(term, np.diag(eigenvalues)) for v in vaes]) for term in ("reconstruction", "kl"))
dual = ll - betas * (kl - delta)
fig, ax = plt.subplots(figsize=(7, 3), layout="constrained")
ax.plot(betas, dual, color=BLUE, label="$g(\\beta)$, with δ = 1 nat")
ax.axhline(best.reconstruction, color="black", linestyle="--", label="best log-likelihood for 1 nat")
ax.plot(best.beta, best.reconstruction, "o", color=ORANGE, label=f"β = {best.beta:.2f}")
ax.set(xlabel="β", ylabel="nats per image")
ax.legend()
show(fig, "The upper bound touches the best log-likelihood at β = 7.36, else lies above")
assert dual.min() >= best.reconstruction - 1e-9 and np.isclose(dual.min(), best.reconstruction, atol=0.01)

# %% [markdown]
# *The upper bound touches the solution at β = 7.36, the multiplier, and nowhere else.* The slope of $g$ is
# $\delta-\mathrm{kl}$: with too small a β the KL exceeds the budget, with too large a β it stays below. That is how
# exercise 03 finds β, by bisection. (In a deep VAE the rate–distortion curve need not be concave, and where it is not,
# no β reaches the points below a chord. Burgess et al. aim at a KL instead, with $\gamma\,|\mathrm{kl}-C|$;
# `dvlab.objectives.CapacityVAE`.)
#
# ## ★ When the budget does not bind
#
# Slackness, $\beta\,(\mathrm{kl}-\delta)=0$, has two ways to hold. So far kl = δ.
#
# > **Is there a budget so large that another nat gains *nothing*, so that β = 0 at the solution?**
#
# <details><summary>Answer</summary>
#
# Not for a Gaussian code: a real number can always be given more precisely, and each latent's gain
# $\lambda_ie^{-2R_i}/\sigma^2$ is small but never zero. For $N=8$ images and a code of 8 symbols, yes: whoever says
# *which* image it is, in $\ln8\approx2.08$ nats, has said everything.
# </details>

# %%
from dvlab.discrete import discrete_code

N, deltas = 8, np.linspace(1, 3, 81)
pixel = np.linspace(-2, 2, N)  # eight images of one pixel
log_px = -((pixel[:, None] - pixel) ** 2) / (2 * sigma2)  # log p(x_n | symbol c), without its constant
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
show(
    fig, "The multiplier of the discrete code falls to exactly 0 at ln 8 nats, that of the Gaussian code stays above 0"
)

# %% [markdown]
# *The multiplier against the budget. The discrete code's falls to exactly 0 at ln 8 nats: from there on the budget does
# not bind. The Gaussian code's never does.*
#
# ## ★ Black and white pixels: predict the first onset
#
# Our sprites' pixels are Bernoulli: there is no $\sigma^2$, and the decoder gives each pixel's logit. What takes the
# place of $\lambda_i/\sigma^2$? While the code is still nearly empty, every picture is close to the mean image, with
# pixels $m_p$, and the logits are close to the mean image's plus a small $(\mathbf W\mathbf z)_p$. Expand the
# log-likelihood to second order in it:
#
# $$\log p_\theta(\mathbf x\mid\mathbf z)\approx\text{const}+\sum_p\Big[(x_p-m_p)\,(\mathbf W\mathbf z)_p
# -\tfrac12\,m_p(1-m_p)\,(\mathbf W\mathbf z)_p^2\Big].$$
#
# With $y_p=(x_p-m_p)/\sqrt{m_p(1-m_p)}$ in place of $x_p$, that is the Gaussian case with $\sigma^2=1$. So the first
# latent switches on at **the largest eigenvalue of the covariance of y**: for pixels that are only ever black or white,
# the pixels' *correlation matrix*. (Our sprites have grey edges, which makes it a little less.)

# %%
images = world.images(dtype=torch.uint8)
x = images.flatten(1).numpy() / np.float32(255)
mean = x.mean(axis=0)
x, mean = x[:, mean > 0], mean[mean > 0]  # without the pixels that are always black
y = (x - mean) / np.sqrt(mean * (1 - mean))
critical, *further = np.linalg.eigvalsh(y.T @ y / len(y))[:-4:-1]
print(f"the first latent should switch on at β = {critical:.0f}; the next eigenvalues:", *np.round(further))

# %% [markdown]
# That was a prediction from the images alone. Does a deep VAE obey? We train one a little above it and one a little
# below, for 400 steps each.

# %% tags=["nbval-ignore-output"]
from copy import deepcopy

from dvlab.objectives import BetaVAE
from dvlab.schedules import cooling

spent = {}
for factor in (1.2, 0.8):
    vae = dvlab.VAE(world.image_shape, latent_dim=6, seed=0)
    history = dvlab.train(vae, images, BetaVAE(factor * critical), steps=400, seed=0, progress=False)
    spent[factor] = history.last(50)["kl"]
    print(f"β = {factor} times the prediction: KL {spent[factor]:.4f} nats per image")
assert spent[1.2] < 0.005 and spent[0.8] > 0.02 and spent[0.8] > 10 * spent[1.2]

# %% [markdown]
# Now let β fall slowly from above that value to 1. A schedule is any function of the step, so ours also takes a copy of
# the model on the way, at β = 30 and at β = 15.
#
# > **Before you look:** four factors, six latents. How many will switch on, and together or in turn?
#
# <details><summary>Answer</summary>
#
# Between three and six, most of them in turn. Now and then two leave the floor together and share what one could carry,
# and some never leave it.
# </details>

# %%
steps = 700
beta, copies = cooling(start=1.1 * critical, end=1, steps=steps), {}
vae = dvlab.VAE(world.image_shape, latent_dim=6, seed=0)


def copying(step):
    for value in (30, 15):
        if beta(step) <= value < beta(step - 1):
            copies[f"β = {value}"] = deepcopy(vae)
    return beta(step)


history = dvlab.train(vae, images, BetaVAE(copying), steps=steps, seed=0, progress=False)
copies["β = 1"] = vae

# %% tags=["nbval-ignore-output"]
window = np.ones(25) / 25  # the mean over 25 steps
kl = np.stack([np.convolve(column, window, mode="valid") for column in history.kl_per_latent.T])
falling = np.array([beta(step) for step in range(12, steps - 12)])
first = np.sort([falling[row > 0.3].max() for row in kl if row.max() > 0.3])[::-1]  # β at which each passes 0.3 nats
assert 2 <= len(first) <= 6 and critical > first[0] > 1.15 * first[1] and first[0] > 30 > first[1]
fig, ax = plt.subplots(figsize=(9, 3.6), layout="constrained")
for row, colour in zip(kl[np.argsort(-kl[:, -1])], (BLUE, ORANGE, GREEN, PINK, "#E69F00", "black"), strict=True):
    ax.plot(falling, row, color=colour)
ax.axvline(critical, color="grey", linestyle=":", label=f"predicted first onset, β = {critical:.0f}")
ax.axvline(first[0], color="black", linestyle="--", label=f"first latent above 0.3 nats, β = {first[0]:.0f}")
ax.set(xscale="log", xlabel="β, falling", ylabel="KL of each latent (nats per image)", xlim=(1.1 * critical, 1))
ax.set_xticks([50, 20, 10, 5, 2, 1], labels=[50, 20, 10, 5, 2, 1])
ax.legend()
show(fig, "As β falls from 80 to 1 the latents' KLs leave zero one after another, the first after the predicted β")
print("β at which each latent passes 0.3 nats:", *np.round(first))

# %% [markdown]
# *Each line is a latent, and time runs to the right. Most leave the floor one after another, as columns come out of
# the water; here the third and the fourth leave together (the fourth stays just below 0.3 nats).* The first is
# visible only some time after the dotted line. Is it that a latent grows slowly just below its onset, and β does not
# wait? Let β wait, with `steps = 2800`: we saw the first at 46 in place of 35, but the second still at 20, for an
# eigenvalue of 48. So the first was short of time, in part; the second was not. By then the picture is far from the
# mean image, and the expansion need not hold. And what do they *draw*? Here are the three copies, each moving its
# three largest latents from −2 to 2.

# %%
latents = survey(vae, images).order[:3]  # those with the largest KL at the end
start, line = middle(world)[None], torch.linspace(-2, 2, 5)
fig, axes = plt.subplots(3, 17, figsize=(11, 2.4), layout="constrained", width_ratios=(*[1] * 5, 0.4) * 2 + (1,) * 5)
for block, (name, each) in enumerate(copies.items()):
    z = dvlab.posterior(each, start).mean[0]
    axes[0, 6 * block + 2].set_title(name)
    for row, j in enumerate(latents):
        for k, picture in enumerate(each.traverse(z, int(j), line)):
            axes[row, 6 * block + k].imshow(picture[0].cpu(), cmap="gray", vmin=0, vmax=1)
for ax in axes.ravel():
    ax.set(xticks=[], yticks=[], frame_on=False)
for ax, name in zip(axes[:, 0], ("largest", "second", "third"), strict=True):
    ax.set_ylabel(name)
show(fig, "Traversals at β = 30, 15 and 1: at 30 a blur moves in one row only, at 1 all three rows move a sharp sprite")

# %% [markdown]
# *One model at three moments of its training. At β = 30 one latent pushes a blur about and the other rows stand still;
# at 15 a second row has come to life; at 1 all three move something, and the sprite is sharp.* The same three under the
# same sliders:

# %%
dvlab.widgets.models_at(copies, world)

# %% [markdown]
# ## ★ Sources
#
# - Irina Higgins et al. *beta-VAE: Learning Basic Visual Concepts with a Constrained Variational Framework.* ICLR 2017.
# - Christopher P. Burgess et al. *Understanding disentangling in β-VAE.* 2018. arXiv:1804.03599.
# - Michal Rolínek, Dominik Zietlow, Georg Martius. *Variational Autoencoders Pursue PCA Directions (by Accident).*
#   CVPR 2019.
# - Abhishek Kumar, Ben Poole. *On Implicit Regularization in β-VAEs.* ICML 2020.
# - James Lucas et al. *Don't Blame the ELBO! A Linear VAE Perspective on Posterior Collapse.* NeurIPS 2019.
# - Junxian He et al. *Lagging Inference Networks and Posterior Collapse in Variational Autoencoders.* ICLR 2019.
# - Bin Dai, Ziyu Wang, David Wipf. *The Usual Suspects? Reassessing Blame for VAE Posterior Collapse.* ICML 2020.
# - Samuel R. Bowman et al. *Generating Sentences from a Continuous Space.* CoNLL 2016 (warm-up, collapse).
# - Casper K. Sønderby et al. *Ladder Variational Autoencoders.* NIPS 2016 (warm-up).
# - Kenneth Rose. *Deterministic Annealing for Clustering, Compression, Classification, Regression, and Related
#   Optimization Problems.* Proceedings of the IEEE, 1998 (phase transitions while cooling).
# - Thomas M. Cover, Joy A. Thomas. *Elements of Information Theory.* 2nd edition, 2006, section 10.3 (reverse
#   water-filling).
# - Stephen Boyd, Lieven Vandenberghe. *Convex Optimization.* 2004, chapter 5 (duality, KKT).
# - Alexander A. Alemi et al. *Fixing a Broken ELBO.* ICML 2018 (rate and distortion of VAEs).
