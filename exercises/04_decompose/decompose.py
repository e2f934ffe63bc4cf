# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercise 04. Decompose it
#
# **You will**
#
# 1. write $\log q(\mathbf z)$ of a small data set as an explicit loop, straight from its definition;
# 2. write it again without a loop, and the marginals $\log q(z_j)$;
# 3. split the KL into mutual information, total correlation and dimension-wise KL, and meet the closed form;
# 4. and 5. find the bug in two minibatch estimators. Both mistakes were made in published code, by several people,
#    and nothing crashed.
#
# **You need** lecture 4. **Points:** 15. **Time:** about 75 minutes; every cell runs in a second or two.
#
# Replace each `raise NotImplementedError()` with your own lines, then run the check below it. A check compares your
# function with a trusted one, on small, hard and random inputs. Where they differ, it shows the smallest input that it
# found, to be followed on paper; run it once more, and it tells you where to look. *Visible checks passed* means what
# it says: the grader runs a few more, of the same kind. Everything is in **nats per image**.

# %% nbgrader={"cell_type": "code", "checksum": "32fd640cc5fe33e38a4d59cea18ea381", "grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
import math

import matplotlib.pyplot as plt
import numpy as np
import torch
from torch.distributions import Normal

from dvlab.checks import ex04
from dvlab.linear import LinearVAE

torch.set_num_threads(1)  # more of them would wait for one another on a busy computer

# %% [markdown]
# ## 1. The loop that defines it
#
# A data set of $N$ images has $N$ posteriors
# $q(\mathbf z\mid n)=\mathcal N(\boldsymbol\mu_n,\operatorname{diag}\boldsymbol\sigma_n^2)$, and their mean is the
# aggregate posterior:
#
# $$\log q(\mathbf z)=\log\frac1N\sum_{n=1}^N\prod_{j=1}^D q(z_j\mid n).$$
#
# Three nested things happen: for each point $\mathbf z$, over all images, over all latents. Write them as **loops**
# over points and images (the latents too if you like), with nothing vectorised that you are not sure of. It will be
# slow, and it will be your reference. `Normal(mu, sigma).log_prob(z)` is $\log\mathcal N(z;\mu,\sigma^2)$, and
# `torch.logsumexp(values, dim=0)` is the logarithm of a sum of exponentials that does not break when all of them are
# tiny.
#
# For two images with $\mu_1=0$, $\mu_2=2$, both with $\sigma=1$, one latent, you should find $\log q(1)=-1.4189$: why
# is it the same as if there were only one?


# %% nbgrader={"cell_type": "code", "checksum": "a9c1e152ecda64c70e550ffe02294620", "grade": false, "grade_id": "loop", "locked": false, "schema_version": 3, "solution": true, "task": false}
def log_qz_loop(z, mu, sigma):
    """log q(z) by loops: z (S, D), mu and sigma (N, D) -> (S,), nats."""
    # YOUR CODE HERE
    raise NotImplementedError()


# %% nbgrader={"cell_type": "code", "checksum": "cbe6f639b5b8193712ef4391de1074f8", "grade": true, "grade_id": "loop-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
ex04.log_qz(log_qz_loop)
ex04.log_qz(log_qz_loop, far=True)  # far from every posterior: do your numbers survive?

# %% [markdown]
# ## 2. The same without a loop
#
# With $S$ points, $N$ images and $D$ latents, `z[:, None]` has shape $(S,1,D)$ and meets `mu` of shape $(N,D)$:
# broadcasting makes $(S,N,D)$ of it, one log density for every point, image and latent. Which axis do you add over,
# and which goes into the logsumexp?


# %% nbgrader={"cell_type": "code", "checksum": "7e814b1e0be56e812272e3316972753a", "grade": false, "grade_id": "joint", "locked": false, "schema_version": 3, "solution": true, "task": false}
def log_qz(z, mu, sigma):
    """log q(z) without a loop: z (S, D), mu and sigma (N, D) -> (S,), nats."""
    # YOUR CODE HERE
    raise NotImplementedError()


# %% nbgrader={"cell_type": "code", "checksum": "c1efa60d7f60b91ede7526c9c4aa12c5", "grade": true, "grade_id": "joint-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
ex04.log_qz(log_qz, points=60, images=80)
ex04.log_qz(log_qz, far=True)

# %% [markdown]
# The marginal $q(z_j)=\frac1N\sum_n q(z_j\mid n)$ is the aggregate posterior of one latent by itself. Two small
# differences from the joint; one line again.


# %% nbgrader={"cell_type": "code", "checksum": "d0f2b3f29a6d374aa7f53022aa4a52dc", "grade": false, "grade_id": "marginals", "locked": false, "schema_version": 3, "solution": true, "task": false}
def log_qzj(z, mu, sigma):
    """log q(z_j) of every latent: z (S, D), mu and sigma (N, D) -> (S, D), nats."""
    # YOUR CODE HERE
    raise NotImplementedError()


# %% nbgrader={"cell_type": "code", "checksum": "739fc06c8617fa9e94d451f7cf65a8e9", "grade": true, "grade_id": "marginals-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
ex04.log_qzj(log_qzj)
ex04.log_qzj(log_qzj, far=True)

# %% [markdown]
# > **With one latent only**, what must $\log q(\mathbf z)$ and $\log q(z_1)$ have to do with each other? And with
# > many latents, is $\sum_j\log q(z_j)$ always above $\log q(\mathbf z)$, always below, or neither? Guess, then run.

# %%
generator = torch.Generator().manual_seed(0)
mix = torch.tensor([[1.0, 0.8, 0.0], [0.0, 0.6, 0.0], [0.0, 0.0, 1.0]], dtype=torch.float64)  # z_2 follows z_1
means = torch.randn(200, 3, generator=generator, dtype=torch.float64) @ mix
sigmas = torch.full((200, 3), 0.4, dtype=torch.float64)
points = means + sigmas * torch.randn(200, 3, generator=generator, dtype=torch.float64)
one = [x[:, :1] for x in (points, means, sigmas)]  # the first latent alone
assert torch.allclose(log_qz(*one), log_qzj(*one)[:, 0])
gap = log_qz(points, means, sigmas) - log_qzj(points, means, sigmas).sum(dim=1)
print(f"log q(z) − Σ log q(z_j): from {gap.min():.1f} to {gap.max():.1f}, mean {gap.mean():.2f} nats")

# %% [markdown]
# Neither, for a single point. Its mean over codes from $q(\mathbf z)$ is the total correlation, and that is never
# negative.
#
# ## 3. The three terms
#
# Draw one code from each image's posterior,
# $\mathbf z_n=\boldsymbol\mu_n+\boldsymbol\sigma_n\boldsymbol\varepsilon_n$, take the four logarithms of lecture 4 at
# these codes, $\log q(\mathbf z_n\mid n)$, $\log q(\mathbf z_n)$, $\sum_j\log q(z_{nj})$ and $\log p(\mathbf z_n)$,
# each with its whole data set, and average their differences over the images: mutual information, total correlation,
# and dimension-wise KL (one number, all latents together), in this order. The noise comes as an argument. Samples
# decide in all four logarithms here, also where a closed form is known.


# %% nbgrader={"cell_type": "code", "checksum": "c1c06b0f3a5794a72f553d69f0e00014", "grade": false, "grade_id": "terms", "locked": false, "schema_version": 3, "solution": true, "task": false}
def three_terms(mu, sigma, epsilon):
    """MI, TC and dimension-wise KL from one code an image: mu, sigma, epsilon (N, D) -> three numbers, nats."""
    # YOUR CODE HERE
    raise NotImplementedError()


# %% nbgrader={"cell_type": "code", "checksum": "ec7efa83e38470f61805aae8d3a9dc48", "grade": true, "grade_id": "terms-check", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
ex04.three_terms(three_terms)

# %% [markdown]
# And now against a number that you can trust: a linear code, whose three parts have a closed form for infinitely many
# images. With 2,000 images and one code each, which of the three will be the noisiest?

# %%
A = np.array([[0.9, 0.0, 0.0], [0.6, 0.6, 0.0], [0.0, 0.0, 1.1]])
code = LinearVAE(A, np.array([0.2, 0.2, 0.1]), W=A.T.copy(), sigma2=1.0)
exact = code.kl_terms(np.eye(3))
posterior = code.encode(np.random.default_rng(1).standard_normal((2000, 3)))
epsilon = torch.randn(2000, 3, generator=generator, dtype=torch.float64)
yours = three_terms(posterior.mean, posterior.stddev, epsilon)
names = ("mutual information", "total correlation", "dimension-wise KL")
closed = (exact.mutual_information, exact.total_correlation, exact.dimension_wise.sum())
for name, estimate, truth in zip(names, yours, closed, strict=True):
    print(f"{name:<19} yours {estimate:5.2f}   closed form {truth:5.2f}")
    assert abs(estimate - truth) < 0.1

# %% [markdown]
# ## 4. The first bug
#
# In training there is no time for the whole data set, so $q(\mathbf z)$ is estimated from a batch of $B$ images out
# of $N$ (lecture 4, section 6). Here are two estimators, as you might find them in somebody's repository. Each has
# **one** mistake.


# %% nbgrader={"cell_type": "code", "checksum": "81ea7fb2fb6bbe9c3854857b5283834b", "grade": false, "grade_id": "given", "locked": true, "schema_version": 3, "solution": false, "task": false}
def given_weighted(z, mu, sigma, N):
    """Minibatch-weighted: every posterior in the batch weighs 1/(NB). z, mu, sigma (B, D) -> (B,), (B, D)."""
    B = len(z)
    log_weight = -math.log(N * B)
    log_q = Normal(mu, sigma).log_prob(z[:, None]) + log_weight  # (B, B, D): code, posterior, latent
    return torch.logsumexp(log_q.sum(dim=2), dim=1), torch.logsumexp(log_q, dim=1)


def given_stratified(z, mu, sigma, N):
    """Minibatch-stratified: the own posterior weighs 1/N, the others stand for the rest. The same shapes."""
    B = len(z)
    weight = torch.full((B * B,), (N - 1) / (N * (B - 1)), dtype=z.dtype)
    weight[torch.arange(B) * B] = 1 / N  # the own posterior: it is in the batch for certain
    log_weight = weight.reshape(B, B).log()
    log_q = Normal(mu, sigma).log_prob(z[:, None])
    return torch.logsumexp(log_q.sum(dim=2) + log_weight, dim=1), torch.logsumexp(log_q + log_weight[..., None], dim=1)


# %% [markdown]
# First the **symptoms**. A code of four latents and 10,000 images, with the closed form known; what would each of the
# two have logged?


# %% nbgrader={"cell_type": "code", "checksum": "591e6be9885b94484cca2cad55bf1489", "grade": false, "grade_id": "symptoms", "locked": true, "schema_version": 3, "solution": false, "task": false}
N, D = 10_000, 4
sharp = LinearVAE(0.99 * np.eye(D), np.full(D, 0.02), W=np.eye(D), sigma2=1.0)
known = sharp.kl_terms(np.eye(D))
q = sharp.encode(np.random.default_rng(0).standard_normal((N, D)))
codes = q.mean + q.stddev * torch.randn(N, D, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def logged(estimator, B):
    """MI, TC and dimension-wise KL that a training with this estimator would log, mean over batches of B."""
    terms = []
    for n in torch.arange(4096).split(B):
        z, mu, sigma = codes[n], q.mean[n], q.stddev[n]
        joint, marginals = estimator(z, mu, sigma, N)
        own, prior = Normal(mu, sigma).log_prob(z).sum(dim=1), Normal(0.0, 1.0).log_prob(z).sum(dim=1)
        product = marginals.sum(dim=1)
        terms.append([(own - joint).mean(), (joint - product).mean(), (product - prior).mean()])
    return np.mean(terms, axis=0)


def show(*estimators):
    print(f"{'':<18}   B      MI      TC   dimension-wise    sum")
    for estimator in estimators:
        for B in (32, 64, 128, 256):
            mi, tc, dim = logged(estimator, B)
            print(f"{estimator.__name__:<18} {B:3d} {mi:7.2f} {tc:7.2f} {dim:16.2f} {mi + tc + dim:6.2f}")
    mi, tc, dim = known.mutual_information, abs(known.total_correlation), abs(known.dimension_wise.sum())
    print(f"{'closed form':<22} {mi:7.2f} {tc:7.2f} {dim:16.2f} {mi + tc + dim:6.2f}")


show(given_weighted, given_stratified)

# %% [markdown]
# Look before you read the code again. $\ln N=9.21$, $D=4$, and $\ln B$ is 3.47, 4.16, 4.85, 5.55. Which entries are
# far from what lecture 4 predicts for the weighted estimator ($+\ln N$, $+(D-1)\ln N$, $-D\ln N$)? Which numbers of
# the stratified one follow $B$, and which way does lecture 4 say it should lean? And what does the last column tell
# you about all this? Write it down first; this is compared with your findings at the end of part 5.

# %%
seen = {"weighted": "", "stratified": ""}  # which entries look wrong, and in which direction

# %% [markdown]
# **Repair the weighted estimator.** Copy it here and change what is wrong. One mistake, one place.


# %% nbgrader={"cell_type": "code", "checksum": "dcd10e7c91dbd075476379480ad929f5", "grade": false, "grade_id": "weighted", "locked": false, "schema_version": 3, "solution": true, "task": false}
def weighted(z, mu, sigma, N):
    """log q(z) and log q(z_j), minibatch-weighted: z, mu, sigma (B, D) -> (B,), (B, D), nats."""
    # YOUR CODE HERE
    raise NotImplementedError()


# %% nbgrader={"cell_type": "code", "checksum": "509bc066b1ec37ac8c570cd7f45800f4", "grade": true, "grade_id": "weighted-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
ex04.weighted(weighted)

# %% [markdown]
# ## 5. The second bug
#
# **Repair the stratified estimator.** Its weights add up to 1 in every row, so that test is passed. If you are stuck,
# print the matrix of weights for $B=4$ and $N=100$, and say of each entry which code and which posterior it is for.


# %% nbgrader={"cell_type": "code", "checksum": "fdf2b7bde958ec31036dc99ef0c590ca", "grade": false, "grade_id": "stratified", "locked": false, "schema_version": 3, "solution": true, "task": false}
def stratified(z, mu, sigma, N):
    """log q(z) and log q(z_j), minibatch-stratified: z, mu, sigma (B, D) -> (B,), (B, D), nats."""
    # YOUR CODE HERE
    raise NotImplementedError()


# %% nbgrader={"cell_type": "code", "checksum": "9b1d42c46716b141558eb06843c637dc", "grade": true, "grade_id": "stratified-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
ex04.stratified(stratified)

# %%
show(weighted, stratified)

# %% [markdown]
# The weighted one: $-D\ln N=-36.8$ is there in the dimension-wise KL. But MI is not at $7.82+\ln N=17.03$. This code is
# so sharp that hardly any other posterior of the batch reaches a code: what is left of the sum is its own term, of weight
# $1/(NB)$, and the MI comes out as $\ln(NB)$, which is 12.68 at $B=32$ and 14.76 at 256, or a little less. The offset
# $\ln N$ is what is left when a batch holds many more images than the code can tell apart, $e^{7.82}\approx2{,}500$.
# The stratified one leans to a high MI, less so with larger batches, and to a low TC, here a negative one. At $B=32$ the
# marginals suffer too (look at the dimension-wise KL), and TC is low by less than it is at 64: the bias is not constant,
# as lecture 5 shows. Which of this had you written down?

# %%
from dvlab import plots

print(seen)
sizes = (16, 32, 64, 128, 256, 512)
fig, axes = plt.subplots(1, 2, figsize=(9, 3), layout="constrained", sharex=True)
for ax, part, truth in zip(axes, (0, 1), (known.mutual_information, 0.0), strict=True):
    ax.plot(sizes, [logged(given_stratified, B)[part] for B in sizes], "o--", color="#D55E00", label="as given")
    ax.plot(sizes, [logged(stratified, B)[part] for B in sizes], "s-", color="#0072B2", label="repaired by you")
    ax.axhline(truth, color="grey", linestyle=":", label="closed form")
    ax.set_xscale("log", base=2)
    ax.set_xticks(sizes, sizes)
    ax.set(xlabel="batch size", ylabel=("MI", "TC")[part] + " (nats)")
axes[0].legend()
alt = "MI and TC over the batch size: as given, MI follows ln B; repaired, MI falls and TC rises to the closed form"
plots.show(fig, alt)

# %% [markdown]
# *As given, MI follows $\ln B$ and what is missing is booked as TC; repaired, MI comes down towards the closed
# form as the batch grows, and TC up from below (that it crosses the line near 32 is an accident of two biases).*
#
# Why could the second bug live for years? Because nothing crashes: the loss it makes is another one, which lecture 5
# looks at.
#
# ## 6. In words
#
# A friend trains with batches of 256 out of 100,000 images. In his log the mutual information climbs to 5.5 nats and
# stays there, epoch after epoch, while the total correlation keeps rising, and the reconstructions keep getting
# better. He says: "The code has reached its capacity of 5.5 nats, so I need more latents. And the estimator is right,
# since my three terms add up to the KL that I compute in closed form."
#
# What is going on? What is wrong with each of his two sentences? Give two tests that would show the mistake, one of
# them without any training. (About six sentences. 2 points, graded by hand.)

# %% [markdown] nbgrader={"cell_type": "markdown", "checksum": "c5696bef39350915915e4da7ea3736c6", "grade": true, "grade_id": "words", "locked": false, "points": 2, "schema_version": 3, "solution": true, "task": false}
# YOUR ANSWER HERE

# %% [markdown]
# ## What you have now
#
# - [x] $\log q(\mathbf z)$ as a loop and as one line, which agree;
# - [x] the three parts of the KL from samples, beside their closed form;
# - [x] two repaired estimators, and their symptoms: a TC far below zero that falls as the batch grows, an MI that
#   stops at about $\ln B$, and a sum that is always right.
#
# **References.** Chen, Li, Grosse and Duvenaud, *Isolating Sources of Disentanglement in Variational Autoencoders*, NeurIPS 2018, section 3 and
# appendix C (both estimators). Hoffman and Johnson, *ELBO surgery*, NIPS 2016 workshop.
