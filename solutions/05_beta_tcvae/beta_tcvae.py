# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercise 05. Write a β-TCVAE
#
# The whole model, in plain PyTorch, by you. **You will** write
#
# 1. the layers of encoder and decoder;
# 2. the two outputs of an encoder, and a sample;
# 3. the reconstruction, and the ELBO of every image;
# 4. the training loop;
# 5. $\log q(\mathbf z)$ and $\log q(z_j)$, from a batch;
# 6. the loss with three weights;
#
# and then you train it, and put it beside the course's own models on lecture 5's fronts.
#
# **You need** lectures 2, 4 and 5. **Points:** 19. **Time:** about 100 minutes; every cell runs in a second or two, but for the training
# in part 7, which takes ten or twenty.
#
# Replace each `raise NotImplementedError()` with your own lines, then run the check below it. A check compares your function
# with a trusted one, on small, hard and random inputs. Where they differ, it shows the smallest input that it found, to be followed
# on paper; run it once more, and it tells you where to look. *Visible checks passed* means what it says: the grader runs a few more,
# of the same kind. Everything is in **nats per image**. `dvlab` has a model, objectives and a training loop; here they are what you
# write, so `dvlab.vae`, `dvlab.objectives`, `dvlab.training` and what they are made of are not to be used.

# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
import math
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn
from torch.distributions import Normal
from torch.nn import functional as F

import dvlab
from dvlab import results
from dvlab.checks import ex05
from dvlab.checks.sentences import guessed

torch.set_num_threads(1)  # more of them would wait for one another on a busy computer

# %% [markdown]
# ## 1. Layers
#
# Encoder and decoder are two networks of the same kind. `network((1024, 128, 128, 12))` is to be a torch module with three linear layers,
# from 1,024 numbers to 128, to 128, to 12, each with its bias; between two layers stands `nn.SiLU()`, and nothing after the last one.
# Write it for any number of sizes, two at least.


# %% nbgrader={"grade": false, "grade_id": "network", "locked": false, "schema_version": 3, "solution": true, "task": false}
def network(sizes):
    """Linear layers with SiLU between them: a module from (B, sizes[0]) to (B, sizes[-1])."""
    ### BEGIN SOLUTION
    layers = []
    for inputs, outputs in pairwise(sizes):
        layers += [nn.Linear(inputs, outputs), nn.SiLU()]
    return nn.Sequential(*layers[:-1])
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "network-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ex05.network(network)
### BEGIN HIDDEN TESTS
ex05.network(network, (4, 3))
ex05.network(network, (2, 7, 7, 7, 7, 5))
### END HIDDEN TESTS

# %% [markdown]
# ## 2. What the encoder says, and a sample
#
# An image here is a row of $P$ pixels, so a batch is a tensor $(B,P)$. The encoder gives $2D$ numbers for each image: the first $D$
# are the means $\mu_j$, the other $D$ are $\ln\sigma_j$, the logarithms of the standard deviations (a network may give any number, and $\sigma$
# must be positive). `encode` calls the network and gives $\boldsymbol\mu$ and $\boldsymbol\sigma$ themselves. In the checks an encoder is as
# simple as can be, a matrix: `encoder(x)` is $\mathbf x\mathbf A^\top$.


# %% nbgrader={"grade": false, "grade_id": "encode", "locked": false, "schema_version": 3, "solution": true, "task": false}
def encode(encoder, x):
    """q(z|x) of every image: a network (B, P) -> (B, 2D), and x (B, P) -> μ, σ, each (B, D)."""
    ### BEGIN SOLUTION
    mu, log_sigma = encoder(x).chunk(2, dim=1)
    return mu, log_sigma.exp()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "encode-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ex05.encode(encode)
### BEGIN HIDDEN TESTS
ex05.encode(encode, batch=1, latents=4)
ex05.encode(encode, batch=6, latents=1)
### END HIDDEN TESTS

# %% [markdown]
# A sample $\mathbf z\sim q(\mathbf z\mid\mathbf x)$, written so that a gradient reaches $\boldsymbol\mu$ and $\boldsymbol\sigma$ (lecture 2,
# reparameterisation). The noise $\boldsymbol\varepsilon\sim\mathcal N(\mathbf 0,\mathbf I)$ comes as an argument.


# %% nbgrader={"grade": false, "grade_id": "sample", "locked": false, "schema_version": 3, "solution": true, "task": false}
def sample(mu, sigma, epsilon):
    """A sample of N(μ, σ²) made of noise from N(0, 1): three tensors (B, D) -> (B, D)."""
    ### BEGIN SOLUTION
    return mu + sigma * epsilon
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "sample-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ex05.sample(sample)
### BEGIN HIDDEN TESTS
ex05.sample(sample, batch=1, latents=4)
ex05.sample(sample, batch=6, latents=1)
### END HIDDEN TESTS

# %% [markdown]
# ## 3. The ELBO
#
# Each pixel is a coin: with probability $p$ it is white. The decoder gives its **logit** $l$, any number, and $p=1/(1+e^{-l})$. The reconstruction loss is
#
# $$-\log p(\mathbf x\mid\mathbf z)=-\sum_{i=1}^P\big[x_i\ln p_i+(1-x_i)\ln(1-p_i)\big],$$
#
# one number for each image (grey pixels $x_i$ between 0 and 1 are allowed). For a logit of 800 the computer's $p$ is exactly 1, and
# $\ln(1-p)$ is $-\infty$: work with the logits. On paper first: what do $\ln p$ and $\ln(1-p)$ become, written with $l$? Or look for a
# function of `torch.nn.functional` that takes logits; mind what it does with the axes.
#
# Before you start: a decoder that knows nothing gives $l=0$ for each of 1,024 pixels. What does an image cost, in nats?

# %%
guess = None  # nats


# %% nbgrader={"grade": false, "grade_id": "reconstruction", "locked": false, "schema_version": 3, "solution": true, "task": false}
def reconstruction(x, logits):
    """−log p(x|z) of every image: x and logits (B, P) -> (B,), nats."""
    ### BEGIN SOLUTION
    return F.binary_cross_entropy_with_logits(logits, x, reduction="none").sum(dim=1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "reconstruction-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
ex05.reconstruction(reconstruction)
### BEGIN HIDDEN TESTS
ex05.reconstruction(reconstruction, batch=1, pixels=9)
ex05.reconstruction(reconstruction, batch=7, pixels=1)
### END HIDDEN TESTS

# %% nbgrader={"grade": false, "grade_id": "world", "locked": true, "schema_version": 3, "solution": false, "task": false}
world = dvlab.worlds.Sprites.small()
images = world.images(dtype=torch.float32, device="cpu").flatten(start_dim=1)  # (N, 1024), grey values in [0, 1]
N = len(images)
print(f"{N:,} images of {images.shape[1]:,} pixels; factors: {', '.join(factor.name for factor in world.factors)}")

# %%
guessed(guess, reconstruction(images[:1], torch.zeros(1, 1024)).item())

# %% [markdown]
# Now the ELBO of each image, from your functions and the KL in closed form (exercise 02, or lecture 2; you may write a function for it
# in the same cell, and use it in part 6):
#
# $$\mathrm{ELBO}(\mathbf x)=\log p(\mathbf x\mid\mathbf z)-\sum_{j=1}^D D_{\mathrm{KL}}\big(\mathcal N(\mu_j,\sigma_j^2)\,\Vert\,\mathcal N(0,1)\big),\qquad\mathbf z=\boldsymbol\mu+\boldsymbol\sigma\boldsymbol\varepsilon .$$


# %% nbgrader={"grade": false, "grade_id": "elbo", "locked": false, "schema_version": 3, "solution": true, "task": false}
def elbo(x, encoder, decoder, epsilon):
    """ELBO of every image: x (B, P), two networks, noise (B, D) -> (B,), nats."""
    ### BEGIN SOLUTION
    mu, sigma = encode(encoder, x)
    return -reconstruction(x, decoder(sample(mu, sigma, epsilon))) - kl(mu, sigma)


def kl(mu, sigma):
    """KL of N(μ, σ²) from N(0, I) of every image: (B, D) twice -> (B,), nats."""
    return (0.5 * (mu**2 + sigma**2 - 1) - sigma.log()).sum(dim=1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "elbo-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
ex05.elbo(elbo)
### BEGIN HIDDEN TESTS
ex05.elbo(elbo, batch=1, pixels=3, latents=4)
ex05.elbo(elbo, batch=5, pixels=2, latents=1)
### END HIDDEN TESTS

# %% [markdown]
# ## 4. The training loop
#
# `loss(x, epsilon, step)` gives the loss of a batch; the loop does the rest. In each of `steps` steps, counted from 0, it
#
# - draws `batch_size` *different* images at random (rows of `images`) and noise from $\mathcal N(0,1)$, of shape `(batch_size, latents)`. All that is random comes from
#   `generator`, as in `torch.randn(3, 2, generator=generator)` or `torch.randperm(10, generator=generator)`, so that a training can be repeated;
# - asks for the loss and its gradient in the parameters of **both** networks;
# - takes one step of `torch.optim.Adam` with the given learning rate (and Adam's other settings as they are).
#
# It returns the list of losses, a number a step. The networks may come in evaluation mode, as somebody left them after a look at them: training mode first.


# %% nbgrader={"grade": false, "grade_id": "train", "locked": false, "schema_version": 3, "solution": true, "task": false}
def train(encoder, decoder, images, loss, steps, generator, latents, batch_size=128, learning_rate=2e-3):
    """Minimise loss(x, epsilon, step) over both networks; images (N, P) -> the list of losses."""
    ### BEGIN SOLUTION
    encoder.train()
    decoder.train()
    optimiser = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=learning_rate)
    losses = []
    for step in range(steps):
        x = images[torch.randperm(len(images), generator=generator)[:batch_size]]
        epsilon = torch.randn(batch_size, latents, generator=generator)
        value = loss(x, epsilon, step)
        optimiser.zero_grad()
        value.backward()
        optimiser.step()
        losses.append(value.item())
    return losses
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "train-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
ex05.train(train)
### BEGIN HIDDEN TESTS
ex05.train(train, seed=1)
ex05.train(train, seed=2)
### END HIDDEN TESTS

# %% [markdown]
# You have a VAE. Two hundred steps of it, on all the images, with the negative ELBO as the loss:

# %% tags=["nbval-ignore-output"]
torch.manual_seed(0)  # the first weights
encoder, decoder = network((1024, 128, 128, 12)), network((6, 128, 128, 1024))


def negative_elbo(x, epsilon, step):
    return -elbo(x, encoder, decoder, epsilon).mean()


losses = train(encoder, decoder, images, negative_elbo, 200, torch.Generator().manual_seed(0), latents=6)
print(f"loss of the first batch {losses[0]:.0f}, mean of the last ten {np.mean(losses[-10:]):.0f} nats per image")

# %%
assert np.mean(losses[-10:]) < 150
print("ok  an image costs less than 150 nats after 200 steps")

# %% [markdown]
# ## 5. $\log q(\mathbf z)$ from a batch
#
# A batch holds $B$ of $N$ images, and $\mathbf z_i$ was drawn from the posterior of image $i$. For each code the sum over all $N$ posteriors,
# $q(\mathbf z_i)=\frac1N\sum_nq(\mathbf z_i\mid n)$, is to be estimated from the $B$ that are there. The own posterior $n=i$ is there for certain,
# and weighs $1/N$ as in the sum. The $B-1$ others stand for the $N-1$ other images, all alike. How much must each of them weigh? (Lecture 4, and exercise 04.)
#
# Give $\log q(\mathbf z_i)$, and $\log q(z_{ij})$ with the same weights. Stay with logarithms (in the checks some densities are $e^{1500}$ and $e^{-2500}$), and without a loop over codes
# or images: this runs at every step.


# %% nbgrader={"grade": false, "grade_id": "log-densities", "locked": false, "schema_version": 3, "solution": true, "task": false}
def log_densities(z, mu, sigma, N):
    """log q(z) and log q(z_j) of a batch, minibatch-stratified: z, mu, sigma (B, D) -> (B,), (B, D), nats."""
    ### BEGIN SOLUTION
    B = len(z)
    log_weight = torch.full((B, B), math.log((N - 1) / (N * (B - 1)))).fill_diagonal_(-math.log(N))
    log_q = Normal(mu, sigma).log_prob(z[:, None])  # (B, B, D): code, posterior, latent
    return torch.logsumexp(log_q.sum(dim=2) + log_weight, dim=1), torch.logsumexp(log_q + log_weight[..., None], dim=1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "log-densities-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
ex05.log_densities(log_densities)
### BEGIN HIDDEN TESTS
ex05.log_densities(log_densities, batch=2, latents=5)
ex05.log_densities(log_densities, batch=9, latents=1)
### END HIDDEN TESTS

# %% [markdown]
# ## 6. The loss
#
# $$L=-\log p(\mathbf x\mid\mathbf z)+\alpha\,\mathrm{MI}+\beta\,\mathrm{TC}+\gamma\,\mathrm{DW},$$
#
# each a mean over the batch. TC is $\log q(\mathbf z)-\sum_j\log q(z_j)$, and the dimension-wise KL, DW, is $\sum_j\log q(z_j)-\log p(\mathbf z)$, both at the sampled codes. The KL itself
# is known in closed form, so take MI $=$ KL $-$ TC $-$ DW (lecture 5, section 1), which is less noisy than a sampled one. Return four tensors without axes: the loss, MI, TC, DW.
#
# > **Before you write:** for which weights is $L$ the negative ELBO, whatever your `log_densities` gives? Use it to test yourself.


# %% nbgrader={"grade": false, "grade_id": "loss", "locked": false, "schema_version": 3, "solution": true, "task": false}
def beta_tcvae(x, encoder, decoder, epsilon, N, alpha, beta, gamma):
    """The loss, MI, TC and dimension-wise KL of a batch: x (B, P), noise (B, D), N images in all -> four numbers."""
    ### BEGIN SOLUTION
    mu, sigma = encode(encoder, x)
    z = sample(mu, sigma, epsilon)
    log_qz, log_qzj = log_densities(z, mu, sigma, N)
    log_pz = Normal(0.0, 1.0).log_prob(z).sum(dim=1)
    TC = (log_qz - log_qzj.sum(dim=1)).mean()
    DW = (log_qzj.sum(dim=1) - log_pz).mean()
    MI = kl(mu, sigma).mean() - TC - DW
    return reconstruction(x, decoder(z)).mean() + alpha * MI + beta * TC + gamma * DW, MI, TC, DW
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "loss-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
ex05.beta_tcvae(beta_tcvae)
### BEGIN HIDDEN TESTS
ex05.beta_tcvae(beta_tcvae, batch=2, pixels=4, latents=3)
ex05.beta_tcvae(beta_tcvae, batch=6, pixels=2, latents=1)
### END HIDDEN TESTS

# %% [markdown]
# ## 7. Train it
#
# All 18,432 images, and a schedule as in lecture 5: α and γ cool from 40 to 1, β with them, but it stops at 5. The course's models of the fronts had 5,500 steps and twice the width;
# yours has 1,000, so that it takes about 12 seconds of one core: the grader stops a cell after a minute, and a busy machine is slow. It will reconstruct worse, then, and its
# orientation will hardly be in the code.
#
# The course's networks get images that are centred and scaled, and their logits start at those of the mean image. `Affine` does that: a layer in which nothing is learned, before
# the encoder, and one behind the decoder.


# %% nbgrader={"grade": false, "grade_id": "affine", "locked": true, "schema_version": 3, "solution": false, "task": false}
class Affine(nn.Module):
    """Multiplies by a scale and adds a shift."""

    def __init__(self, scale, shift):
        super().__init__()
        self.scale, self.shift = scale, shift

    def forward(self, x):
        return x * self.scale + self.shift


# %% [markdown]
# **Before you run:** the log holds TC as your loss saw it, in batches of 128. Measured over all 18,432 images, TC will be something else. Which of the two will be larger, and by how many nats
# (measured − log)?

# %%
guess_tc = None  # nats

# %% nbgrader={"grade": false, "grade_id": "fit", "locked": true, "schema_version": 3, "solution": false, "task": false} tags=["nbval-ignore-output"]
STEPS, log = 1000, []
torch.manual_seed(0)
mean = images.mean(dim=0)
spread = (images - mean).square().mean().sqrt()
encoder = nn.Sequential(Affine(1 / spread, -mean / spread), network((1024, 128, 128, 12)))
decoder = nn.Sequential(network((6, 128, 128, 1024)), Affine(1.0, mean.clamp(1e-3, 1 - 1e-3).logit()))


def weighted_loss(x, epsilon, step):
    cool = max(40 ** (1 - step / (0.6 * STEPS)), 1.0)  # from 40 to 1 in 600 steps
    value, *terms = beta_tcvae(x, encoder, decoder, epsilon, N, alpha=cool, beta=max(cool, 5.0), gamma=cool)
    log.append([term.item() for term in terms])
    return value


generator = torch.Generator().manual_seed(0)
losses = train(encoder, decoder, images, weighted_loss, STEPS, generator, latents=6, learning_rate=3e-3)
MI, TC, DW = np.mean(log[-100:], axis=0)
print(f"the last hundred batches: MI {MI:.2f}, TC {TC:.2f}, DW {DW:.2f} nats")

# %% [markdown]
# Now measure it as the course measures its own, over all images: MI and TC with the whole data set, MIG by quadrature. An ELBO of at least −65 nats
# and a MIG of at least 0.15 are expected. The margins are wide: over ten seeds this recipe had ELBOs from −49.0 to −42.1 and MIGs from 0.30 to 0.50 (it was chosen by looking at the MIG of a few of them). (A code that says nothing has
# an ELBO of −165 and a MIG of 0.) Your first weights depend on your code, so your numbers are those of a seed of your own.

# %% nbgrader={"grade": false, "grade_id": "measured", "locked": true, "schema_version": 3, "solution": false, "task": false}
mine = ex05.measured(encode, encoder, decoder, world)

# %% nbgrader={"grade": true, "grade_id": "reached", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
ex05.reached(mine)

# %% tags=["nbval-ignore-output"]
print("  ".join(f"{name} {value:.2f}" for name, value in mine.items()))
print(f"TC: log {TC:.2f}, measured {mine['TC']:.2f}. Difference:", end=" ")
guessed(guess_tc, mine["TC"] - TC)

# %% [markdown]
# Where does it stand? Your star, beside lecture 5's fronts (each small mark a model, each line the means of five seeds; numbers are β):

# %% tags=["nbval-ignore-output"]
rows = results.read("fronts")
fig, panels = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
for objective, colour, mark in (("beta-vae-constant", "#D55E00", "s--"), ("beta-vae-cooled", "#0072B2", "o-"), ("beta-tcvae-cooled", "#009E73", "^-")):  # fmt: skip
    for ax, column in zip(panels, ("total_correlation", "mig"), strict=True):
        betas, x = results.by_beta(rows, objective, "reconstruction")
        y = results.by_beta(rows, objective, column)[1]
        ax.scatter(x, y, s=8, color=colour, alpha=0.35, linewidths=0)
        ax.plot(x.mean(axis=1), y.mean(axis=1), mark, color=colour, markersize=5, label=objective)
        for beta, *at in zip(betas, x.mean(axis=1), y.mean(axis=1), strict=True):
            ax.annotate(f"{beta:g}", at, (4, 5), textcoords="offset points", fontsize=8, color=colour)
for ax, name, label in zip(panels, ("TC", "MIG"), ("TC (nats per image)", "MIG"), strict=True):
    ax.plot(mine["reconstruction"], mine[name], "*", color="black", markersize=16, label="yours, β = 5")
    ax.set(xlabel="reconstruction loss (nats per image)", ylabel=label)
panels[0].set(yscale="log")
panels[1].set(ylim=(0, 0.9))
panels[0].legend(frameon=False, fontsize=8)
dvlab.plots.show(fig, "TC and MIG over the reconstruction loss: three lines of lecture 5, and a star for your model")

# %% [markdown]
# *Better is to the left, and below (TC) or above (MIG). Your model had a fifth of the steps and half the width, so its reconstruction is that of a longer trained model with a higher β.*
#
# And what its latents do: each row moves one of them from −2 to 2, the others stay at 0; the row with the largest KL comes first.

# %% tags=["nbval-ignore-output"]
with torch.no_grad():
    mu, sigma = encode(encoder, images)
    order = (0.5 * (mu**2 + sigma**2 - 1) - sigma.log()).mean(dim=0).argsort(descending=True)
    z = torch.zeros(6, 7, 6)
    for row, j in enumerate(order):
        z[row, :, j] = torch.linspace(-2, 2, 7)
    pictures = decoder(z.flatten(end_dim=1)).sigmoid().reshape(-1, 1, 32, 32)
fig = dvlab.plots.image_grid(pictures, columns=7, rows=[f"z{j}" for j in order.tolist()], size=0.8)
dvlab.plots.show(fig, "Six rows of seven decoded images: each row moves one latent of your model")

# %% [markdown]
# *Your decoder. One row for each latent: which factor does it move? A row in which nothing happens is an inactive latent.*

# %% [markdown]
# ## 8. In words
#
# Your log and the measurement disagree about TC, and with the log TC is even negative, which no total correlation is. Which of the two is to be believed, where does the difference come from, and why could the model be trained with
# the wrong number nevertheless? And where in MI and DW does the difference turn up again? (Five sentences are enough. 2 points, graded by hand.)

# %% [markdown] nbgrader={"grade": true, "grade_id": "words", "locked": false, "points": 2, "schema_version": 3, "solution": true, "task": false}
# **Answer.** The measured one, which takes $q(\mathbf z)$ from all 18,432 posteriors. The log estimates $q(\mathbf
# z)$ from the 128 posteriors of a batch: the mean of that *density* over batches is right, but the mean of its
# *logarithm* is too low (Jensen). The joint $q(\mathbf z)$ suffers more than the marginals, since in all latents at
# once few of 127 other posteriors are near a code, while in one latent many are: so TC $=\log q(\mathbf z)-\sum_j\log
# q(z_j)$ comes out too low. Training needs the gradient, not the number. The gradient is not quite right either,
# since the error changes with the weights (lecture 5), but the estimate still falls when the latents become
# independent. The KL is exact and MI = KL − TC − DW, so what TC is too low, MI is too high, but for the smaller error
# in DW (the marginals' bias, which makes DW a little too low, too).
#
# **Rubric.** 1 point for the cause: the logarithm of an estimate from 128 posteriors is too low on average (Jensen), and the joint more than the marginals (½ where only "the batch is small" is said). 1 point for the consequence:
# the gradient matters in training, not the number, and MI is too high by what TC and DW are too low (½ for one of the two).

# %% [markdown]
# ## What you have now
#
# - [x] an encoder, a decoder and a sample through which gradients flow;
# - [x] the ELBO, and a training loop that zeroes, differentiates and steps;
# - [x] $\log q(\mathbf z)$ from a batch, with the right weights;
# - [x] β-TCVAE's loss, with the package's numbers and gradients, and a model of your own on the fronts of lecture 5.
#
# Change `beta` or `STEPS` and see where the star goes (hand in with 1,000 steps: the grader stops a cell that takes a minute).
#
# **References.** Chen, Li, Grosse and Duvenaud, *Isolating Sources of Disentanglement in Variational Autoencoders*, NeurIPS 2018 (equation 4, appendix C).
# Kingma and Welling, *Auto-Encoding Variational Bayes*, ICLR 2014. Kingma and Ba, *Adam*, ICLR 2015.
