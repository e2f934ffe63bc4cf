# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 2. Why VAEs?
#
# **In this notebook you will**
#
# 1. see where an autoencoder puts its codes, and what a random code decodes to;
# 2. derive the ELBO, and check $\log p_\theta(\mathbf x)=\text{ELBO}+D_{\mathrm{KL}}(q_\phi(\mathbf z\mid\mathbf x)\,\Vert\,p_\theta(\mathbf z\mid\mathbf x))$
#    in a model where all three are known;
# 3. recognise the loss on the slides as the negative ELBO;
# 4. differentiate through a random sample (the reparameterisation trick);
# 5. train a VAE in seconds, traverse it, and find which latent does what;
# 6. notice an invisible β in somebody's loss.
#
# **You need** lecture 0's KL divergence and Gaussian conditioning, and lecture 1's idea of a factor.
#
# **It takes** about 25 minutes to read and 30 seconds to run on a CPU. Exercise 02 follows it.

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch

import dvlab
from dvlab.objectives import BetaVAE

world = dvlab.worlds.Sprites.small()
print(world)

# %% [markdown]
# This is the course's laboratory: an ellipse of 6 sizes, 16 angles over a quarter turn, 16 places from left to right and
# 12 from top to bottom (which span three fifths as much), every combination once. We know the four **factors** $\mathbf g$ of every image, and the models do not.
#
# ## An autoencoder's codes lie anywhere
#
# An *autoencoder* squeezes an image $\mathbf x$ into a few numbers $\mathbf z$, the **code**, and rebuilds the image
# from it. It is trained on nothing but the quality of that copy.
#
# > **Before you run on:** take two random numbers as a code and decode them. Will the picture be an ellipse?
#
# We give both models only $D=2$ latents and a world of two factors (left to right, top to bottom), so that the
# whole code fits on a page. `BetaVAE(beta=0)` pays for the copy alone: an autoencoder. `BetaVAE(beta=1)` is the VAE that
# this lecture is about.

# %%
flat = dvlab.worlds.Sprites(shapes=("ellipse",), scales=[0.8], orientations=[0.0], x=16, y=12, size=32, antialias=True)
models = {}
for name, beta in {"autoencoder": 0, "VAE": 1}.items():
    models[name] = dvlab.VAE(flat.image_shape, latent_dim=2, hidden=(128, 128), seed=0)
    dvlab.train(models[name], flat, BetaVAE(beta), steps=1000, batch_size=64, seed=0, progress=False)

# %%
fig, axes = plt.subplots(1, 2, figsize=(9, 4.2), layout="constrained")
for ax, (name, model) in zip(axes, models.items(), strict=True):
    q = dvlab.posterior(model, flat)
    dots = ax.scatter(*q.mean.T, c=flat.all_factors()[:, 0], s=18, cmap="viridis")
    ax.add_patch(plt.Circle((0, 0), 2, fill=False, linestyle="--", color="black"))
    ax.set(title=name, xlabel="$z_1$", ylabel="$z_2$", aspect="equal")
fig.colorbar(dots, ax=axes, label="place from left (0) to right (15)")
plt.show()

# %% [markdown]
# *Where each of the 192 images goes in the code, coloured by its place from left to right; the dashed circle holds
# 86 % of a standard Gaussian. The autoencoder uses whatever scale and shape suit it, some thirty times too wide, and the
# circle is a speck in the middle; the VAE's codes lie where a standard Gaussian is.*
#
# So draw codes from a standard Gaussian and decode them. How far is each picture from the *nearest* image that the
# world can draw? We count the squared error summed over the pixels. To be fair to the autoencoder, draw from a
# Gaussian with its codes' own mean and covariance, too.


# %%
def distance_to_world(pictures, world):
    real = world.images(dtype=torch.uint8).float().div(255).flatten(1)
    return torch.cdist(pictures.flatten(1), real).square().amin(dim=1)


z = torch.randn(500, 2, generator=torch.Generator().manual_seed(1))
off, fitted = {}, {}
for name, model in models.items():
    codes = dvlab.posterior(model, flat).mean
    own = codes.mean(dim=0) + z @ torch.linalg.cholesky(torch.cov(codes.T)).T
    with torch.no_grad():
        off[name], fitted[name] = (distance_to_world(model.decode(draw).mean, flat).mean() for draw in (z, own))

assert off["autoencoder"] > 2 * off["VAE"] and fitted["autoencoder"] < 0.6 * off["autoencoder"]
print("ok  pictures from standard Gaussian codes are more than twice as far from a real one for the autoencoder")
print("ok  from a Gaussian of its own, less than 0.6 as far as before")

# %%
fig, axes = plt.subplots(2, 10, figsize=(9, 2.2), layout="constrained")
for row, (name, model) in zip(axes, models.items(), strict=True):
    for ax, picture in zip(row, model.decode(z[:10]).mean.detach(), strict=True):
        ax.imshow(picture[0], cmap="gray", vmin=0, vmax=1)
        ax.set(xticks=[], yticks=[])
    row[0].set_ylabel(name, rotation=0, ha="right", va="center")
plt.show()

# %% [markdown]
# *Ten standard Gaussian codes, decoded by both. The autoencoder draws ten times nearly the same smear: all ten codes fall
# on one spot of its cloud, where no image has been encoded. The VAE mostly draws an ellipse, and a double one where its
# code is torn.* Once the autoencoder's codes have been seen one can draw where they lie, and it does better; but nothing
# told it where to be. To control what is generated we need codes that we can choose freely, and know beforehand: that is
# the slides' reason for VAEs.
#
# ## The model, and what it should maximise
#
# A VAE is first of all a **generative model** of images:
#
# $$p_\theta(\mathbf x)=\int p_\theta(\mathbf x\mid\mathbf z)\,p(\mathbf z)\,d\mathbf z ,\qquad p(\mathbf z)=\mathcal N(\mathbf 0,\mathbf I).$$
#
# Draw a code from the **prior** $p(\mathbf z)$, give it to the **decoder** $p_\theta(\mathbf x\mid\mathbf z)$ with weights
# $\theta$. (The slides write $p_\theta(\mathbf z)$; here, as on the slides, the prior has no weights to learn.) We would
# like to maximise $\log p_\theta(\mathbf x)$, but the integral runs over all codes, and nearly all of them explain a
# given $\mathbf x$ not at all. So a second network, the **encoder** $q_\phi(\mathbf z\mid\mathbf x)$ with weights $\phi$,
# proposes codes that do. For *any* $q_\phi$,
#
# $$\log p_\theta(\mathbf x)=\underbrace{\mathbb E_{q_\phi(\mathbf z\mid\mathbf x)}\log p_\theta(\mathbf x\mid\mathbf z)-D_{\mathrm{KL}}\big(q_\phi(\mathbf z\mid\mathbf x)\,\Vert\,p(\mathbf z)\big)}_{\text{ELBO}}+D_{\mathrm{KL}}\big(q_\phi(\mathbf z\mid\mathbf x)\,\Vert\,p_\theta(\mathbf z\mid\mathbf x)\big).$$
#
# It is one line of algebra: put Bayes' rule $p_\theta(\mathbf z\mid\mathbf x)=p_\theta(\mathbf x\mid\mathbf z)\,p(\mathbf z)/p_\theta(\mathbf x)$ into the last
# KL and take $\log p_\theta(\mathbf x)$, which does not depend on $\mathbf z$, out of the expectation. The last KL is never
# negative, so the ELBO is a lower bound of $\log p_\theta(\mathbf x)$: the *evidence lower bound*.
#
# > **Which of the four numbers in that equation can a deep VAE compute?** And in which model can we compute all four?
#
# ## Check it where everything is known
#
# Let the decoder be linear: $p_\theta(\mathbf x\mid\mathbf z)=\mathcal N(\mathbf W\mathbf z,\sigma^2\mathbf I)$. Then $p_\theta(\mathbf x)=\mathcal N(\mathbf 0,\mathbf W\mathbf W^\top+\sigma^2\mathbf I)$
# and the **posterior** $p_\theta(\mathbf z\mid\mathbf x)$ are Gaussians with known formulas (lecture 0). We take an encoder
# $q_\phi(\mathbf z\mid\mathbf x)=\mathcal N(\mathbf A\mathbf x,\mathbf S)$ that is plainly wrong.

# %%
rng = np.random.default_rng(0)
W, A = rng.normal(size=(5, 2)), 0.1 * rng.normal(size=(2, 5))
wrong = dvlab.linear.LinearVAE(A=A, S=np.array([0.5, 0.2]), W=W, sigma2=0.3)
x = rng.normal(size=(3, 2)) @ W.T + 0.3**0.5 * rng.normal(size=(3, 5))  # three "images" of five pixels, from the model
for n in range(3):
    log_px, elbo, gap = (f(x)[n] for f in (wrong.log_evidence, wrong.elbo, wrong.gap))
    print(f"log p(x) {log_px:8.4f}  =  ELBO {elbo:9.4f}  +  KL(q || p(z|x)) {gap:8.4f}   sum {elbo + gap:8.4f}")

# %% [markdown]
# Do not take `log_evidence` on trust either. SciPy knows the density of a Gaussian:

# %%
from scipy.stats import multivariate_normal

trusted = multivariate_normal(mean=np.zeros(5), cov=W @ W.T + 0.3 * np.eye(5)).logpdf(x)
assert np.allclose(wrong.log_evidence(x), trusted, rtol=0, atol=1e-11)
assert np.allclose(wrong.elbo(x) + wrong.gap(x), trusted, rtol=0, atol=1e-11)
print("ok  log p(x), and ELBO + gap, are SciPy's numbers to 1e-11")

# %% [markdown]
# ### The loss on the slides
#
# The slides recall $L_{\text{VAE}}=-\log p_\theta(\mathbf x)+D_{\mathrm{KL}}(q_\phi(\mathbf z\mid\mathbf x)\,\Vert\,p_\theta(\mathbf z\mid\mathbf x))$.
# Neither term can be computed in a deep model. Move the identity around and you see that you never have to:
# **that loss is the negative ELBO**, whose two terms can.

# %%
slides_loss = -wrong.log_evidence(x) + wrong.gap(x)
negative_elbo = -wrong.reconstruction(x) + wrong.kl(x)
print("slides' loss ", np.round(slides_loss, 6))
print("negative ELBO", np.round(negative_elbo, 6))

# %% [markdown]
# > **What must the encoder be for the bound to be tight?** Try it: the best encoder's mean and covariance are those of
# > $p_\theta(\mathbf z\mid\mathbf x)$.

# %%
M = np.linalg.inv(W.T @ W + 0.3 * np.eye(2))  # p(z|x) = N(M W'x, 0.3 M), lecture 0
best = dvlab.linear.LinearVAE(A=M @ W.T, S=0.3 * M, W=W, sigma2=0.3)
diagonal = dvlab.linear.LinearVAE(A=M @ W.T, S=0.3 / np.diag(np.linalg.inv(M)), W=W, sigma2=0.3)
for name, encoder in {"wrong": wrong, "diagonal S": diagonal, "best": best}.items():
    print(f"{name:<11} KL(q || p(z|x)) = {encoder.gap(x).mean():z.6f} nats per image")

# %% [markdown]
# The best encoder closes the gap. The one in the middle is the best with *independent* latents given the image,
# which is what every VAE in this course uses. What it loses here matters later: it is the reason why a VAE prefers some
# axes to others (lecture 8).
#
# ## Differentiate through a sample
#
# The ELBO holds an expectation over $q_\phi$, whose gradient with respect to $\phi$ we need. Sampling hides $\phi$: a random
# number has no derivative. **Reparameterise**: $\mathbf z=\boldsymbol\mu_\phi(\mathbf x)+\boldsymbol\sigma_\phi(\mathbf x)\odot\boldsymbol\varepsilon$ with
# $\boldsymbol\varepsilon\sim\mathcal N(\mathbf 0,\mathbf I)$, so that the randomness comes from outside and $\mathbf z$ is a differentiable function of
# $\phi$. A case to check by hand: $\mathbb E\,z^2=\mu^2+\sigma^2$ has the derivatives $2\mu$ and $2\sigma$.

# %%
mu, sigma = torch.tensor(1.5, requires_grad=True), torch.tensor(0.5, requires_grad=True)
epsilon = torch.randn(200_000, generator=torch.Generator().manual_seed(0))
z = mu + sigma * epsilon
z.square().mean().backward()
print(f"d/dmu    {mu.grad:.2f}   exact {2 * mu.item():.2f}")
print(f"d/dsigma {sigma.grad:.2f}   exact {2 * sigma.item():.2f}")

# %% [markdown]
# ## The two terms, in nats per image
#
# Our pixels are Bernoulli (an image is mostly black or white), so $\log p_\theta(\mathbf x\mid\mathbf z)$ is minus a binary
# cross-entropy, **summed over the pixels**. The encoder gives a Gaussian a latent, and against the prior
#
# $$D_{\mathrm{KL}}\big(q_\phi(\mathbf z\mid\mathbf x)\,\Vert\,p(\mathbf z)\big)=\sum_{j=1}^{D}\tfrac12\big(\mu_j^2+\sigma_j^2-1-\ln\sigma_j^2\big),$$
#
# **summed over the latents**. Both are then averaged over images. `vae.encode` and `vae.decode` return
# distributions of `torch.distributions`, so there is no room for mixing up $\sigma$, $\sigma^2$ and $\ln\sigma^2$.

# %%
images, factors = world.sample(64, generator=torch.Generator().manual_seed(0))
vae = dvlab.VAE(world.image_shape, latent_dim=10, seed=0)
q = vae.encode(images)
kl_by_formula = (0.5 * (q.mean**2 + q.stddev**2 - 1 - q.variance.log())).sum(dim=1).mean()
prior = torch.distributions.Normal(0.0, 1.0)
kl_by_torch = torch.distributions.kl_divergence(q, prior).sum(dim=1).mean()
print("formula and torch agree:", torch.allclose(kl_by_formula, kl_by_torch, atol=1e-5))

# %% [markdown]
# ## Train one
#
# Ten latents for four factors: the model may leave some unused. We start with a large weight on the KL and cool it down
# to 1, where the objective is the ELBO; lecture 3 shows why the order matters. Watch the bar: these are nats per image.

# %%
from dvlab.schedules import cooling

beta = cooling(start=40, end=1, steps=1000)
history = dvlab.train(vae, world, BetaVAE(beta), steps=1500, batch_size=128, seed=0)

# %%
history.plot()
plt.show()

# %% [markdown]
# *Reconstruction (left) and KL (right) against the step. While β is large the code is nearly empty: KL near 0, and
# the picture is the mean image. As β falls the KL climbs step by step, and the reconstruction term falls.*

# %%
last = history.last(200)
assert 15 < last["reconstruction"] < 35 and 8 < last["kl"] < 14
print("ok  reconstruction between 15 and 35 nats, KL between 8 and 14 nats")

# %% [markdown]
# How many nats does each latent carry? A latent that the model does not use has $q_\phi(z_j\mid\mathbf x)=p(z_j)$ for every image and
# a KL of 0.

# %%
kl = history.kl_per_latent[-200:].mean(axis=0)
fig, ax = plt.subplots(figsize=(6, 2.6), layout="constrained")
ax.bar([f"$z_{{{j}}}$" for j in range(10)], kl, color="#0072B2")
ax.set(ylabel="KL (nats per image)")
plt.show()
assert 4 <= (kl > 0.1).sum() <= 7
print("ok  between 4 and 7 of the 10 latents are in use")

# %% [markdown]
# *The KL of each latent: a handful is in use, the rest are empty. The order is arbitrary.*
#
# ## Traverse it
#
# Encode one image, move one latent, leave the rest, decode. First a picture that stands still, from the model that
# ships with the course (`dvlab.zoo`), trained longer than ours.

# %%
good = dvlab.zoo.load("sprites-beta-tcvae")
print(dvlab.zoo.card("sprites-beta-tcvae")["world"])
dvlab.plots.traversal_grid(good, world)
plt.show()

# %% [markdown]
# *Each row moves one latent over the range that the data use, from left to right, and keeps the others. Which row grows
# the ellipse, which turns it, which moves it sideways, which up and down? And does any row do two things at once?*
#
# <details><summary>Answer</summary>
#
# $z_1$ moves it sideways, $z_0$ up and down, $z_5$ grows it, $z_7$ turns it; none clearly does two things. The other six are
# off and not shown.
# </details>
#
# Now move them yourself. With the *factor* sliders you choose the image that is encoded: move one factor, and see which
# latents answer.

# %%
dvlab.widgets.traversal(good, world)

# %% [markdown]
# And our own, thirty seconds old: its four largest latents, first standing still.

# %%
largest = dvlab.plots.survey(vae, world).order[:4]
dvlab.plots.traversal_grid(vae, world, latents=largest)
plt.show()

# %% [markdown]
# *A row that moves the sprite and turns it on the way, or grows it, holds two factors at once.* Which of its latents do?
# (Trained on your machine, they may be others than in the stored run, but some do.)

# %%
dvlab.widgets.traversal(vae, world)

# %% [markdown]
# ## The invisible β
#
# A frequent slip: the cross-entropy is **averaged** over the pixels, the KL **summed** over the latents, "to keep the
# numbers small". What is minimised then?
#
# $$\frac1P\sum_{\text{pixels}}\text{cross-entropy}+D_{\mathrm{KL}}=\frac1P\Big(\sum_{\text{pixels}}\text{cross-entropy}+P\cdot D_{\mathrm{KL}}\Big)$$
#
# A β-VAE with β = P, the number of pixels. Average *both*, over $P$ pixels and $D$ latents, and β is $P/D$.
#
# > **Here $P=32\cdot32$ and $D=10$. What is the invisible β in each case?** What would you see in the traversals?

# %%
P, D = 32 * 32, 10
print("pixels averaged, latents summed:  beta =", P)
print("pixels averaged, latents averaged: beta =", P / D)


# %%
def loss(reduce_pixels, reduce_latents, beta):
    px = vae.decode(q.mean)  # the same image code every time: only the reductions differ
    cross_entropy = reduce_pixels(-px.log_prob(images).flatten(1), dim=1).mean()
    kl = reduce_latents(torch.distributions.kl_divergence(q, prior), dim=1).mean()
    return cross_entropy + beta * kl


with torch.no_grad():
    q = vae.encode(images)
    assert torch.allclose(P * loss(torch.mean, torch.sum, 1), loss(torch.sum, torch.sum, P), rtol=1e-4)
    assert torch.allclose(P * loss(torch.mean, torch.mean, 1), loss(torch.sum, torch.sum, P / D), rtol=1e-4)
print("ok  both identities hold on our model: same minimum, another beta than the author believes")

# %% [markdown]
# And in the traversals nothing would move: on this world every β above some 70 leaves the code empty, as lecture 3 will
# predict from the images alone. Whoever sees that blames the network. This is why the course states every number in nats
# per image, and why two papers' β can only be compared when both say how they reduce.
#
# ## The door to lecture 3
#
# The slides write the same objective in another way: make the copy as good as possible **while the code stays close to
# the prior**,
#
# $$\max_{\phi,\theta}\;\mathbb E_{\mathbf x\sim\mathcal D}\big[\mathbb E_{q_\phi(\mathbf z\mid\mathbf x)}\log p_\theta(\mathbf x\mid\mathbf z)\big]\quad\text{subject to}\quad D_{\mathrm{KL}}\big(q_\phi(\mathbf z\mid\mathbf x)\,\Vert\,p(\mathbf z)\big)<\delta ,$$
#
# where $\mathcal D$ is the data and $\delta$ a budget in nats. Two remarks on the slide. What stays small is the distance to the
# *prior*, not "between real and approximate posterior". And there is *one* multiplier, so the constraint must be on the
# average KL over the images, and it is $\le$, or the optimum on the boundary would not be allowed. In lecture 3 the
# multiplier of this constraint turns out to be β.
#
# ## What you did
#
# 1. ✓ saw that an autoencoder's codes lie anywhere, and measured what random codes give;
# 2. ✓ checked $\log p_\theta(\mathbf x)=\text{ELBO}+D_{\mathrm{KL}}$ with numbers that SciPy confirms;
# 3. ✓ recognised the slides' loss as the negative ELBO;
# 4. ✓ differentiated through a sample;
# 5. ✓ trained a VAE, and traversed two;
# 6. ✓ found the invisible β.
#
# ### Check yourself
#
# <details><summary>1. The ELBO of a trained VAE is −31 nats. What do you know about log p(x)?</summary>
#
# That it is at least −31, on average over the images the ELBO was averaged over. By how much it is more, the ELBO
# does not say: the gap is $D_{\mathrm{KL}}(q_\phi(\mathbf z\mid\mathbf x)\Vert p_\theta(\mathbf z\mid\mathbf x))$.
# </details>
#
# <details><summary>2. A colleague's encoder outputs <code>h</code> and she uses <code>exp(h)</code> as σ when sampling and as σ² in the KL. Does it train?</summary>
#
# Yes, and that is the trouble: it minimises something, but not the negative ELBO, and her KL is not a KL of the code she
# uses. One object for $q_\phi(\mathbf z\mid\mathbf x)$, from which both are computed, makes this impossible.
# </details>
#
# <details><summary>3. Why is a latent with KL 0 not a failure?</summary>
#
# Each nat in the code must buy more than one nat of reconstruction (at β = 1). Four factors need about four latents; the
# others would cost and buy nothing.
# </details>
#
# <details><summary>4. If the encoder were perfect, would the slides' loss and −log p(x) be the same number?</summary>
#
# Yes: the gap is then zero. With a diagonal covariance it is zero only when the true posterior is diagonal too.
# </details>
#
# **Next:** exercise 02, the ELBO by hand; then lecture 3.
#
# ### References
#
# - Diederik P. Kingma, Max Welling. *Auto-Encoding Variational Bayes.* 2013. arXiv:1312.6114.
# - Danilo J. Rezende, Shakir Mohamed, Daan Wierstra. *Stochastic Backpropagation and Approximate Inference in Deep
#   Generative Models.* ICML 2014.
# - Michael E. Tipping, Christopher M. Bishop. *Probabilistic Principal Component Analysis.* 1999 (the linear model).
# - Irina Higgins et al. *beta-VAE.* ICLR 2017 (the constrained form).
