# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercise 02. The ELBO by hand
#
# **You will** write, each in one to three lines,
#
# 1. the KL divergence of a Gaussian $q(\mathbf z\mid\mathbf x)$ from the prior, in closed form;
# 2. the log density of a Gaussian, in nats per image;
# 3. the same KL again by Monte Carlo, to see that both agree;
# 4. the ELBO of a model so simple that $\log p(\mathbf x)$ is known, and see how far below it lies, and why.
#
# **You need** lecture 2 (and from lecture 0: nats, and what a KL is). **Points:** 12. **Time:** about 60 minutes; every cell runs in a second.
#
# Replace each `raise NotImplementedError()` with your own lines, then run the check below it. A check compares your function
# with a trusted one, on small, hard and random inputs. Where they differ, it shows the smallest input that it found, to be followed
# on paper; run it once more, and it tells you where to look. *Visible checks passed* means what it says: the grader runs a few more,
# of the same kind. Everything is in **nats per image**: sums over pixels and latents, one number for each image.

# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
import math

import matplotlib.pyplot as plt
import torch

from dvlab.checks import ex02
from dvlab.checks.sentences import guessed

torch.set_num_threads(1)  # more of them would wait for one another on a busy computer

# %% [markdown]
# ## 1. The KL in closed form
#
# The encoder gives, for each of $B$ images and each of $D$ latents, a mean $\mu_j$ and a standard deviation $\sigma_j$; the latents are
# independent given the image, and the prior is $p(\mathbf z)=\mathcal N(\mathbf 0,\mathbf I)$. The KL is an expectation,
#
# $$D_{\mathrm{KL}}\big(q(\mathbf z\mid\mathbf x)\,\Vert\,p(\mathbf z)\big)=\mathbb E_{q(\mathbf z\mid\mathbf x)}\big[\log q(\mathbf z\mid\mathbf x)-\log p(\mathbf z)\big].$$
#
# Work it out on paper first. For one latent write both log densities (the density of $\mathcal N(\mu,\sigma^2)$ is
# $\frac{1}{\sqrt{2\pi}\,\sigma}e^{-(z-\mu)^2/2\sigma^2}$), subtract, put $z=\mu+\sigma\varepsilon$, and use
# $\mathbb E[\varepsilon]=0$ and $\mathbb E[\varepsilon^2]=1$. Three terms and a constant are left.
# Independent latents add up. For $\boldsymbol\mu=(1,-1)$ and $\boldsymbol\sigma=(\tfrac12,2)$ you should find $2.125$ nats.


# %% nbgrader={"grade": false, "grade_id": "kl", "locked": false, "schema_version": 3, "solution": true, "task": false}
def gaussian_kl(mu, sigma):
    """KL of N(mu, sigma²) from N(0, I): mu and sigma (B, D) -> (B,), nats."""
    ### BEGIN SOLUTION
    return 0.5 * (sigma**2 + mu**2 - 1 - torch.log(sigma**2)).sum(dim=1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "kl-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
ex02.kl(gaussian_kl)
### BEGIN HIDDEN TESTS
ex02.kl(gaussian_kl, batch=1, latents=7)
ex02.kl(gaussian_kl, batch=6, latents=1)
### END HIDDEN TESTS

# %% [markdown]
# ## 2. A log density
#
# Write $\log\mathcal N(\mathbf x;\mathbf m,\operatorname{diag}\boldsymbol\sigma^2)$ for a vector with independent coordinates: the logarithm turns the
# product of the one-dimensional densities (given in part 1) into a sum over the **last** axis, however many stand before it ($\mathbf x$ may have the shape
# $S\times B\times D$, as in part 3, and $\mathbf m$ and $\boldsymbol\sigma$ the shape $B\times D$). Leave no constant out, or the
# numbers below will not agree. At $\mathbf x=\mathbf m=\mathbf 0$, $\boldsymbol\sigma=\mathbf 1$ each coordinate contributes $-0.9189$.


# %% nbgrader={"grade": false, "grade_id": "log-normal", "locked": false, "schema_version": 3, "solution": true, "task": false}
def log_normal(x, mean, sigma):
    """log N(x; mean, sigma²), summed over the last axis: (..., D) -> (...), nats; sigma is a tensor like x."""
    ### BEGIN SOLUTION
    return -0.5 * (((x - mean) / sigma) ** 2 + math.log(2 * math.pi) + 2 * torch.log(sigma)).sum(dim=-1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "log-normal-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
ex02.log_density(log_normal)
### BEGIN HIDDEN TESTS
ex02.log_density(log_normal, batch=1, size=6)
ex02.log_density(log_normal, batch=7, size=1)
### END HIDDEN TESTS

# %% [markdown]
# ## 3. The KL by Monte Carlo
#
# Now without any integral: draw $\mathbf z^{(s)}=\boldsymbol\mu+\boldsymbol\sigma\,\boldsymbol\varepsilon^{(s)}$ with $\boldsymbol\varepsilon^{(s)}\sim\mathcal N(\mathbf 0,\mathbf I)$
# (the reparameterisation of lecture 2) and average $\log q(\mathbf z^{(s)}\mid\mathbf x)-\log p(\mathbf z^{(s)})$ over the $S$ samples. The noise comes as
# an argument, so that the same input always gives the same answer. Your `log_normal` does most of the work; NumPy's and torch's
# broadcasting does the rest ($S\times B\times D$ against $B\times D$).


# %% nbgrader={"grade": false, "grade_id": "monte-carlo", "locked": false, "schema_version": 3, "solution": true, "task": false}
def monte_carlo_kl(mu, sigma, epsilon):
    """Monte-Carlo estimate of the KL: mu, sigma (B, D), epsilon (S, B, D) -> (B,), nats."""
    ### BEGIN SOLUTION
    z = mu + sigma * epsilon
    log_q = log_normal(z, mu, sigma)
    log_p = log_normal(z, torch.zeros_like(mu), torch.ones_like(sigma))
    return (log_q - log_p).mean(dim=0)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "monte-carlo-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
ex02.monte_carlo(monte_carlo_kl)
### BEGIN HIDDEN TESTS
ex02.monte_carlo(monte_carlo_kl, batch=1, latents=4, samples=1)
ex02.monte_carlo(monte_carlo_kl, batch=3, latents=1, samples=50)
### END HIDDEN TESTS

# %% [markdown]
# How good is it? Before you run: how many times larger is the error with 100 samples than with 400?

# %%
guess = None  # a number

# %%
generator = torch.Generator().manual_seed(0)
mu, sigma = torch.tensor([[1.0, -1.0]]), torch.tensor([[0.5, 2.0]])
errors = []
for samples in (100, 400, 1600, 6400):
    epsilon = torch.randn(200, samples, 1, 2, generator=generator)  # the same estimate, 200 times
    error = torch.stack([monte_carlo_kl(mu, sigma, e) - gaussian_kl(mu, sigma) for e in epsilon])
    errors.append(error.square().mean().sqrt().item())
    print(f"{samples:5d} samples: typical error {errors[-1]:.2f} nats")
print("100 samples against 400:", end=" ")
guessed(guess, (100 * errors[0]) // errors[1] / 100)

# %% [markdown]
# (In theory $\sqrt{400/100}=2$; what is left over is the noise of 200 estimates.)
#
# ## 4. The ELBO, where $\log p(\mathbf x)$ is known
#
# The smallest VAE there is has a linear decoder: $p(\mathbf z)=\mathcal N(\mathbf 0,\mathbf I)$ and
# $p(\mathbf x\mid\mathbf z)=\mathcal N(\mathbf W\mathbf z+\mathbf b,\ \sigma_x^2\mathbf I)$. Then everything is Gaussian and has a closed form:
#
# $$p(\mathbf x)=\mathcal N(\mathbf b,\ \mathbf W\mathbf W^\top+\sigma_x^2\mathbf I),\qquad
# p(\mathbf z\mid\mathbf x)=\mathcal N\big(\mathbf M\mathbf W^\top(\mathbf x-\mathbf b),\ \sigma_x^2\mathbf M\big),\quad \mathbf M=(\mathbf W^\top\mathbf W+\sigma_x^2\mathbf I)^{-1} .$$
#
# Write the ELBO of each image for *any* encoder output $\boldsymbol\mu,\boldsymbol\sigma$:
#
# $$\mathrm{ELBO}(\mathbf x)=\mathbb E_{q(\mathbf z\mid\mathbf x)}\big[\log p(\mathbf x\mid\mathbf z)\big]-D_{\mathrm{KL}}\big(q(\mathbf z\mid\mathbf x)\,\Vert\,p(\mathbf z)\big),$$
#
# the expectation by Monte Carlo with the given noise, the KL by your closed form. (The expectation is called the reconstruction: here it is a log-likelihood, and higher
# is better; the reconstruction *loss* of a training is its negative.) An image here has $P$ pixels, $\mathbf W$ is $P\times D$, and
# $\mathbf z\,\mathbf W^\top$ (`z @ W.T`) decodes a whole array of codes at once. `sigma_x` is a number, and your `log_normal` wants a tensor:
# `torch.full_like(mean, sigma_x)` makes one, of the shape of `mean`.


# %% nbgrader={"grade": false, "grade_id": "elbo", "locked": false, "schema_version": 3, "solution": true, "task": false}
def elbo(x, W, b, sigma_x, mu, sigma, epsilon):
    """ELBO of each image: x (B, P), W (P, D), b (P,), sigma_x a number, mu, sigma (B, D), epsilon (S, B, D) -> (B,)."""
    ### BEGIN SOLUTION
    z = mu + sigma * epsilon
    reconstruction = log_normal(x, z @ W.T + b, torch.full_like(x, sigma_x)).mean(dim=0)
    return reconstruction - gaussian_kl(mu, sigma)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "elbo-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
ex02.elbo(elbo)
### BEGIN HIDDEN TESTS
ex02.elbo(elbo, batch=1, latents=3, pixels=6, samples=1)
ex02.elbo(elbo, batch=6, latents=1, pixels=2, samples=20)
### END HIDDEN TESTS

# %% [markdown]
# The columns of this $\mathbf W$ are orthogonal, so $\mathbf M$ is diagonal and the true posterior is one that our encoder family can express.
# Predict first: for which encoder does the ELBO equal $\log p(\mathbf x)$? And by how many nats does it fall short when $\sigma$ is doubled?
# (Part 1 has all that it takes: what is the KL of $\mathcal N(0,2^2)$ from the prior, and how many latents are there?)

# %%
guess_gap = None  # nats

# %%
W = torch.tensor([[0.8, 0.5], [0.8, -0.5], [0.8, 0.5], [0.8, -0.5]])
b, sigma_x, x = torch.full((4,), 0.2), 0.5, torch.tensor([[1.0, 0.3, 1.2, -0.1]])
evidence = torch.distributions.MultivariateNormal(b, W @ W.T + sigma_x**2 * torch.eye(4)).log_prob(x).item()
M = 1 / ((W * W).sum(0) + sigma_x**2)  # the diagonal of M
posterior_mean, posterior_sigma = (x - b) @ W * M, (sigma_x * M.sqrt()).expand(1, 2)
print(f"log p(x) = {evidence:.2f} nats")

# %%
epsilon = torch.randn(200_000, 1, 2, generator=generator)
encoders = {
    "the true posterior": (posterior_mean, posterior_sigma),
    "twice its σ": (posterior_mean, 2 * posterior_sigma),
    "its mean moved by 0.3": (posterior_mean + 0.3, posterior_sigma),
    "the prior": (torch.zeros(1, 2), torch.ones(1, 2)),
}
bounds = {}
for name, (m, s) in encoders.items():
    bounds[name] = bound = elbo(x, W, b, sigma_x, m, s, epsilon).item()
    print(f"{name:22s} ELBO {bound:6.1f}, short of log p(x) by {abs(evidence - bound):4.1f} nats")
print("twice its σ:", end=" ")
guessed(guess_gap, round(evidence - bounds["twice its σ"], 1))

# %% [markdown]
# The shortfall is the other KL, the one that nobody can compute in a real VAE:
# $\log p(\mathbf x)-\mathrm{ELBO}(\mathbf x)=D_{\mathrm{KL}}\big(q(\mathbf z\mid\mathbf x)\,\Vert\,p(\mathbf z\mid\mathbf x)\big)$.
# A KL between two Gaussians is a KL from the prior after moving and scaling the axes, so your own function computes it.

# %%
for name, (m, s) in encoders.items():
    other_kl = gaussian_kl((m - posterior_mean) / posterior_sigma, s / posterior_sigma).item()
    gap = evidence - elbo(x, W, b, sigma_x, m, s, epsilon).item()
    assert abs(gap - other_kl) < 0.05, (name, gap, other_kl)
print("ok  log p(x) = ELBO + KL(q ‖ posterior) for every encoder (± 0.05 nats)")

# %%
from dvlab.plots import show

fig, ax = plt.subplots(figsize=(7, 2.4), layout="constrained")
ax.barh(list(bounds), [evidence - bound for bound in bounds.values()], left=list(bounds.values()), color="#D55E00")
ax.plot(list(bounds.values()), list(bounds), "o", color="#0072B2", label="your ELBO")
ax.axvline(evidence, color="grey", linestyle="--", label="log p(x)")
ax.invert_yaxis()
ax.set(xlabel="nats per image", xlim=(min(bounds.values()) - 0.5, evidence + 0.3))
ax.legend(loc="upper left")
show(fig, "Bars from your ELBO to log p(x), one an encoder; only the true posterior's has no length")

# %% [markdown]
# *Your bound for four encoders, and in orange what it misses: a KL from the true posterior, which is 0 for the true posterior alone.*

# %% [markdown]
# ## 5. In words
#
# A friend trains a VAE with 10 latents on grey images of 64 × 64 pixels, with values from 0 to 1. His loss is
#
# ```python
# loss = ((x_hat - x) ** 2).mean() + kl.mean()  # x_hat, x: (B, 4096); kl: (B, 10), one number for each image and latent
# ```
#
# and he says: "a VAE with $\beta=1$ and $\sigma_x^2=\tfrac12$". In nats per image, which $\beta$ did he train with? What will his reconstructions look like,
# and what will his KL be? (Five sentences are enough. 2 points, graded by hand.)

# %% [markdown] nbgrader={"grade": true, "grade_id": "words", "locked": false, "points": 2, "schema_version": 3, "solution": true, "task": false}
# **Answer.** With $\sigma_x^2=\frac12$, $-\log p(\mathbf x\mid\mathbf z)$ is the *sum* of the squared errors over the pixels, plus a constant. The mean over 4,096 pixels is that sum
# divided by 4,096; the mean over 10 latents is the KL divided by 10. Multiplied by 4,096, the loss is
# $-\log p(\mathbf x\mid\mathbf z)+409.6\,D_{\mathrm{KL}}$: he trained with $\beta\approx410$. (The mean over the batch is the same in both, and right.)
# With such a weight a nat of KL lowers his loss only if it lowers the reconstruction loss, $-\log p(\mathbf x\mid\mathbf z)$, by more than 410 nats: all or nearly all latents become inactive, the KL is close to 0,
# and every image is reconstructed as the mean image or a blur near it. The remedy is to sum over pixels and latents and average over images.
#
# **Rubric.** 1 point for the factor: 4,096 / 10 ≈ 410, with the reason (½ for 4,096 alone, or for the inverse). 1 point for the consequence:
# the posterior collapses to the prior, KL near 0, blurred or identical reconstructions (½ where only one of the two is said).

# %% [markdown]
# ## What you have now
#
# - [x] the KL of a Gaussian from the prior, in closed form, and by Monte Carlo, whose error halves with four times the samples;
# - [x] a log density with all its constants;
# - [x] the ELBO, which touches $\log p(\mathbf x)$ exactly where $q$ is the true posterior, and misses it elsewhere by a KL.
#
# **References.** Kingma and Welling, *Auto-Encoding Variational Bayes*, ICLR 2014, Appendix B (the closed form). Bishop, *Pattern Recognition and
# Machine Learning*, 2006, section 12.2 (the linear-Gaussian model).
