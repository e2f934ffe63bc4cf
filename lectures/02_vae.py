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
# 2. derive the ELBO in four steps, watch the bound tighten, and check it where every number is known;
# 3. recognise the loss on the slides as the negative ELBO;
# 4. differentiate through a random sample, and see what that saves;
# 5. write a whole VAE in forty lines, and check it against a second one;
# 6. train a VAE on four factors, traverse it, and find which latent does what.
#
# **You need** lecture 0's KL divergence and Gaussian conditioning, and lecture 1's idea of a factor.
#
# **Time:** the core path takes about 24 minutes, with the ★ sections 26; it runs in under 45 seconds on a CPU. Exercise 02 follows it.

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

import dvlab
from dvlab.objectives import BetaVAE
from dvlab.plots import show
from dvlab.schedules import cooling, geometric


def compare(guess, answer):
    """Your number beside the measured one."""
    print("write your number into the cell above" if guess is None else f"you: {guess:g}   answer: {answer:.2f}")


# %% [markdown]
# ## 1. An autoencoder's codes lie anywhere
#
# An *autoencoder* squeezes an image $\mathbf x$ into a few numbers $\mathbf z$, the **code**, and rebuilds the image
# from it. It is trained on nothing but the quality of that copy. Each number in the code is a **latent**.
#
# > **Before you run on:** take two random numbers as a code and decode them. Will the picture be an ellipse?
#
# <details><summary>Answer</summary>
#
# Hardly ever. Nothing has told the autoencoder where to put its codes, so your two numbers will fall where no image
# was ever encoded.
# </details>
#
# The world is an ellipse in 16 places from left to right and 12 from top to bottom. Two latents are enough for it, and
# so its codes can be drawn. `BetaVAE(beta=0)` trains for the copy alone. The second model is the VAE that this
# lecture is about; its loss has a second term, the KL of section 3, whose weight starts high and cools to 1 (lecture 3
# shows why).

# %%
flat = dvlab.worlds.Sprites(shapes=("ellipse",), scales=[0.8], orientations=[0.0], x=16, y=12, size=32, antialias=True)
models = {}
for name, beta, steps in (("autoencoder", 0, 400), ("VAE", cooling(80, 1, steps=750), 1000)):
    models[name] = dvlab.VAE(flat.image_shape, latent_dim=2, hidden=(128, 128), seed=0)
    dvlab.train(models[name], flat, BetaVAE(beta), steps=steps, batch_size=64, seed=0, progress=False)
codes = {name: dvlab.posterior(model, flat).mean for name, model in models.items()}  # of all images, in order

# %% tags=["nbval-ignore-output"]
fig, axes = plt.subplots(1, 3, figsize=(11, 3.7), layout="constrained")
panels = ("autoencoder", "autoencoder"), ("autoencoder, the small square", "autoencoder"), ("VAE", "VAE")
for ax, (title, name) in zip(axes, panels, strict=True):
    dots = ax.scatter(*codes[name].T, c=flat.all_factors()[:, 0], s=16, cmap="viridis")
    ax.add_patch(plt.Rectangle((-5, -5), 10, 10, fill=False, color="#D55E00", linewidth=2, zorder=3))
    ax.set(title=title, xlabel="$z_1$", ylabel="$z_2$", aspect="equal")
for ax in axes[1:]:
    ax.add_patch(plt.Circle((0, 0), 2, fill=False, linestyle="--", color="black"))
    ax.set(xlim=(-5.2, 5.2), ylim=(-5.2, 5.2))
fig.colorbar(dots, ax=axes, label="place from left (0) to right (15)")
show(fig, "Codes of 192 images: the autoencoder's are spread over tens of units, the VAE's within a few units of zero")
for name, z in codes.items():
    print(f"{name:<12} standard deviation of each latent: {z[:, 0].std():.1f} and {z[:, 1].std():.1f}")

# %% [markdown]
# *Where the 192 images go in the code, coloured by place. Left: the autoencoder, at whatever scale suited it. Middle:
# its codes inside the small square of the left panel. Right: the VAE's, on the same axes. The dashed circle holds 86 %
# of a standard Gaussian.* The VAE's codes lie around zero in an unbroken sheet. Their standard deviations are some 1.4 and
# not 1, so the match with that Gaussian is rough; but you know beforehand where to look.
#
# So draw codes from a standard Gaussian and decode them. How far is each picture from the *nearest* image of the world,
# in squared error summed over pixels? To be fair to the autoencoder, draw from a Gaussian with its own codes' mean and
# covariance, too.


# %% tags=["nbval-ignore-output"]
def distance_to_world(pictures, world):
    real = world.images(dtype=torch.uint8).float().div(255).flatten(1)
    return torch.cdist(pictures.flatten(1), real).square().amin(dim=1).mean().item()


noise = torch.randn(500, 2, generator=torch.Generator().manual_seed(1))
off, fitted = {}, {}
for name, model in models.items():
    own = codes[name].mean(dim=0) + noise @ torch.linalg.cholesky(torch.cov(codes[name].T)).T
    with torch.no_grad():
        off[name], fitted[name] = (distance_to_world(model.decode(z).mean, flat) for z in (noise, own))
    print(f"{name:<12} standard Gaussian codes {off[name]:5.1f}   a Gaussian fitted to its codes {fitted[name]:5.1f}")

# %%
assert off["autoencoder"] > 2 * off["VAE"] and fitted["autoencoder"] < off["autoencoder"]
sheet = codes["VAE"].reshape(16, 12, 2)  # whole, not torn: neighbours in the world are neighbours in the code
assert max(sheet.diff(dim=k).norm(dim=-1).max() for k in (0, 1)) < 2 and codes["VAE"].norm(dim=1).max() < 6
print("ok  from a standard Gaussian the autoencoder's pictures are more than twice as far from any real one")
pictures = torch.cat([model.decode(noise[:10]).mean.detach() for model in models.values()])
fig = dvlab.plots.image_grid(pictures, columns=10, rows=list(models), size=0.85)
show(fig, "Ten random codes decoded by both: ten similar smears from the autoencoder, ten ellipses from the VAE")

# %% [markdown]
# *Ten standard Gaussian codes, decoded by both. The autoencoder draws much the same smear ten times, for all ten codes
# fall on one spot of its cloud. The VAE draws ellipses in different places.* With the Gaussian
# fitted to its own codes the autoencoder comes closer, but not as close as the VAE with the standard one. In the slides' words, VAEs "learn latent
# variables which can be used to generate data; if these latent variables are disentangled, allows controlled generation
# of images".
#
# ## 2. The model
#
# A VAE is first of all a **generative model**: draw a code from the **prior** $p(\mathbf z)=\mathcal N(\mathbf 0,\mathbf I)$,
# and give it to the **decoder** $p_\theta(\mathbf x\mid\mathbf z)$, a network with weights $\theta$:
#
# $$p_\theta(\mathbf x)=\int p_\theta(\mathbf x\mid\mathbf z)\,p(\mathbf z)\,d\mathbf z .$$
#
# (The slides write $p_\theta(\mathbf z)$; here the prior has no weights to learn.) We would like to maximise
# $\log p_\theta(\mathbf x)$, but the integral runs over all codes, and nearly all of them do not explain a given
# $\mathbf x$. So a second network, the **encoder** $q_\phi(\mathbf z\mid\mathbf x)$ with weights $\phi$, proposes codes
# that do.

# %%
show(
    dvlab.plots.vae_diagram(),
    "A VAE: the image enters the encoder, which gives means and standard deviations; with noise they make the code; "
    "the decoder makes an image of it. The KL sits at the code, the log-likelihood at the image.",
)

# %% [markdown]
# *The slide's "Recall VAEs" with this course's symbols. Above it the two terms of the loss, at the places where they
# are computed.*
#
# ## 3. The ELBO, in four steps
#
# For any encoder $q_\phi$:
#
# 1. Write the integral, and multiply and divide by $q_\phi$. It becomes an expectation over the codes proposed:
#
#    $$\log p_\theta(\mathbf x)=\log\int q_\phi(\mathbf z\mid\mathbf x)\,\frac{p_\theta(\mathbf x\mid\mathbf z)\,p(\mathbf z)}{q_\phi(\mathbf z\mid\mathbf x)}\,d\mathbf z=\log\mathbb E_{q_\phi(\mathbf z\mid\mathbf x)}\!\left[\frac{p_\theta(\mathbf x\mid\mathbf z)\,p(\mathbf z)}{q_\phi(\mathbf z\mid\mathbf x)}\right].$$
#
# 2. The logarithm is concave, so the log of a mean is at least the mean of the logs (Jensen, lecture 0):
#
#    $$\log p_\theta(\mathbf x)\ge\mathbb E_{q_\phi(\mathbf z\mid\mathbf x)}\!\left[\log\frac{p_\theta(\mathbf x\mid\mathbf z)\,p(\mathbf z)}{q_\phi(\mathbf z\mid\mathbf x)}\right].$$
#
# 3. Take the logarithm apart. What you get is the *evidence lower bound*:
#
#    $$\text{ELBO}=\mathbb E_{q_\phi(\mathbf z\mid\mathbf x)}\log p_\theta(\mathbf x\mid\mathbf z)-D_{\mathrm{KL}}\big(q_\phi(\mathbf z\mid\mathbf x)\,\Vert\,p(\mathbf z)\big).$$
#
# 4. How much was lost in step 2? By Bayes' rule
#    $p_\theta(\mathbf x\mid\mathbf z)\,p(\mathbf z)=p_\theta(\mathbf z\mid\mathbf x)\,p_\theta(\mathbf x)$. Put that into the line of step 2, and take
#    $\log p_\theta(\mathbf x)$, which does not depend on $\mathbf z$, out of the expectation:
#
#    $$\log p_\theta(\mathbf x)=\text{ELBO}+D_{\mathrm{KL}}\big(q_\phi(\mathbf z\mid\mathbf x)\,\Vert\,p_\theta(\mathbf z\mid\mathbf x)\big).$$
#
# > **Which of the three terms in the last line can a deep VAE compute?**
#
# <details><summary>Answer</summary>
#
# The ELBO alone: it needs the encoder, the decoder and the prior. $\log p_\theta(\mathbf x)$ is the integral that we
# gave up, and the KL at the end holds the true posterior $p_\theta(\mathbf z\mid\mathbf x)$, which needs that integral too.
# </details>
#
# ### Watch the bound tighten
#
# With one latent and one pixel the integral is a sum over a grid, even for a decoder that is not linear:
# $p(x\mid z)=\mathcal N(e^z, 0.5^2)$, and we see $x=1$. Let $q=\mathcal N(m,s^2)$ start badly and climb.

# %%
from scipy import optimize, special, stats

z = np.linspace(-7, 5, 6001)
log_prior, log_likelihood = stats.norm.logpdf(z), stats.norm.logpdf(1.0, np.exp(z), 0.5)  # log p(z), log p(x|z)
log_px = special.logsumexp(log_likelihood + log_prior) + np.log(z[1] - z[0])  # log ∫ p(x|z) p(z) dz


def elbo(m, s):  # E_q [log p(x|z) + log p(z) - log q(z)]
    log_q = stats.norm.logpdf(z, m, s)
    return np.sum(np.exp(log_q) * (log_likelihood + log_prior - log_q)) * (z[1] - z[0])


path = [np.array([-2.0, np.log(0.4)])]  # (m, ln s), and where a general optimiser takes it
optimize.minimize(lambda v: -elbo(v[0], np.exp(v[1])), path[0], method="BFGS", callback=lambda v: path.append(v))
path = [(m, np.exp(log_s)) for m, log_s in path]

# %%
guess_gap = None  # nats: the best Gaussian q leaves a gap to log p(x) of how much? The first q's gap is 3.2

# %%
gaps = [log_px - elbo(*q) for q in path]
compare(guess_gap, gaps[-1])
assert min(gaps) > 0 and gaps[-1] < 0.1 < 3 < gaps[0]
fig, axes = plt.subplots(1, 3, figsize=(11, 2.9), layout="constrained", sharey=True)
for ax, (m, s) in zip(axes, (path[0], path[2], path[-1]), strict=True):
    ax.fill_between(z, np.exp(log_prior + log_likelihood - log_px), color="0.85", label="p(z|x), the true posterior")
    ax.plot(z, stats.norm.pdf(z, m, s), color="#0072B2", label="q(z|x)")
    ax.set(
        xlim=(-4, 2),
        xlabel="z",
        title=f"ELBO {elbo(m, s):.2f} ≤ log p(x) = {log_px:.2f}\ngap {log_px - elbo(m, s):.2f}",
    )
axes[0].legend(fontsize=8, loc="upper right")
show(fig, "Three frames: q starts left of the true posterior with a wide gap, and ends over it with a small one")

# %% [markdown]
# *Three moments of the climb. As $q$ (line) moves over the true posterior (grey), the ELBO rises towards $\log p(x)$,
# and the gap is exactly the KL of $q$ from it. A little is left: the true posterior is skewed, and $q$ cannot be.*
#
# ### The loss on the slides
#
# The slides recall $L_{\text{VAE}}=-\log p_\theta(\mathbf x)+D_{\mathrm{KL}}(q_\phi(\mathbf z\mid\mathbf x)\,\Vert\,p_\theta(\mathbf z\mid\mathbf x))$.
# Neither term can be computed in a deep model; by step 4 you never have to: **that loss is the negative ELBO**, whose two
# terms can. Here both sides are known, at every moment of the climb:

# %%
log_posterior = log_prior + log_likelihood - log_px  # log p(z|x), by Bayes' rule
for m, s in (path[0], path[2], path[-1]):
    log_q = stats.norm.logpdf(z, m, s)
    kl_from_posterior = np.sum(np.exp(log_q) * (log_q - log_posterior)) * (z[1] - z[0])
    print(f"slides' loss {-log_px + kl_from_posterior:.4f}   negative ELBO {-elbo(m, s):.4f}")
    assert np.isclose(-log_px + kl_from_posterior, -elbo(m, s), atol=1e-9)

# %% [markdown]
# ## 4. Differentiate through a sample
#
# The ELBO holds an expectation over $q_\phi$, and we need its gradient with respect to $\phi$. There are two ways. For
# $z\sim\mathcal N(\mu,\sigma^2)$ and any $f$, the **score-function** gradient is
# $\nabla_\mu\mathbb E f(z)=\mathbb E\big[f(z)\,\nabla_\mu\log q(z)\big]$. Or **reparameterise**:
# $z=\mu+\sigma\varepsilon$ with $\varepsilon\sim\mathcal N(0,1)$, so that the randomness comes from outside and the
# derivative passes through: $\nabla_\mu\mathbb E f(z)=\mathbb E\,f'(\mu+\sigma\varepsilon)$.
#
# > **Both are right on average.** For $f(z)=z^2$, $\mu=1.5$, $\sigma=0.5$, the reparameterised gradient of one sample has
# > the variance $4\sigma^2=1$. What is the other's?

# %%
guess_variance = None  # the variance of the score-function gradient from one sample

# %%
mu, sigma = torch.tensor(1.5, requires_grad=True), 0.5
epsilon = torch.randn(200_000, generator=torch.Generator().manual_seed(0))
z = mu + sigma * epsilon
through = torch.autograd.grad(z.square().sum(), mu, retain_graph=True)[0] / len(z)  # the mean of 2z
score = z.detach().square() * epsilon / sigma  # f(z) ∇ log q(z), for ∇_μ log q = (z - μ)/σ² = ε/σ
compare(guess_variance, score.var().item())
assert abs(through - 3) < 0.01 and abs(score.mean() - 3) < 0.06  # d/dμ (μ² + σ²) = 2μ = 3
assert abs(score.var() - 55.5) < 1.5 and abs((2 * z).var() - 1) < 0.01

# %% [markdown]
# <details><summary>Answer</summary>
#
# 55.5. With $z=1.5+0.5\,\varepsilon$ it is $\mathbb E[z^4\varepsilon^2]/\sigma^2-9=16.125/0.25-9$. To be as precise, the
# score function needs 55 times as many samples, since it never asks how $f$ changes, only how large it is. The
# score function is kept for codes that are not continuous.
# </details>
#
# ## 5. The whole VAE, on one page
#
# Two networks. The encoder gives each image two numbers for each latent, $\mu_j$ and $\ln\sigma_j$; it centres and
# scales the images first. The decoder gives a logit (the log-odds of white) for each pixel, starting at the mean image.


# %%
class Encoder(nn.Module):
    """x -> μ(x) and ln σ(x): the encoder's distribution is q(z|x) = N(μ, σ²), independent latents."""

    def __init__(self, images, D, width=128):
        super().__init__()
        self.centre = images.mean(dim=0)
        self.scale = (images - self.centre).square().mean().sqrt()
        layers = nn.Flatten(), nn.Linear(32 * 32, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU()
        self.net = nn.Sequential(*layers, nn.Linear(width, 2 * D))

    def forward(self, x):
        return self.net((x - self.centre) / self.scale).chunk(2, dim=1)


# %%
class Decoder(nn.Module):
    """z -> the logit of each pixel: p(x|z) is a Bernoulli distribution for each."""

    def __init__(self, images, D, width=128):
        super().__init__()
        layers = nn.Linear(D, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, 32 * 32)
        self.net = nn.Sequential(*layers)
        self.net[-1].bias.data = images.mean(dim=0).flatten().clamp(1e-3, 1 - 1e-3).logit()

    def forward(self, z):
        return self.net(z)


# %% [markdown]
# The sample is section 4's. The loss is step 3's, with both terms in **nats per image**: $-\log p_\theta(\mathbf x\mid\mathbf z)$ is a
# binary cross-entropy **summed over the pixels**, and the KL of lecture 0,
# $\sum_j\tfrac12(\mu_j^2+\sigma_j^2-1-\ln\sigma_j^2)$, is **summed over the latents**; then the mean over the images.


# %%
def sample(mu, log_sigma, epsilon):
    return mu + log_sigma.exp() * epsilon  # z = μ + σ ε


def negative_elbo(x, mu, log_sigma, logits):
    reconstruction = F.binary_cross_entropy_with_logits(logits, x.flatten(1), reduction="none").sum(dim=1)
    kl = (0.5 * (mu**2 + (2 * log_sigma).exp() - 1) - log_sigma).sum(dim=1)
    return (reconstruction + kl).mean()


# %% [markdown]
# Is it right? Give it the weights of `dvlab.VAE`, which was written and tested apart, and the same noise.

# %%
images = flat.images(dtype=torch.uint8).float() / 255
reference = dvlab.VAE(flat.image_shape, latent_dim=2, hidden=(128, 128), seed=3)
reference.standardise(flat)


def holding(vae):
    """Our networks with the weights of a `dvlab.VAE`."""
    encoder, decoder = Encoder(images, D=2), Decoder(images, D=2)
    encoder.net.load_state_dict(vae.encoder.state_dict())
    decoder.net.load_state_dict(vae.decoder.state_dict() | {"4.bias": vae.pixel_bias.flatten()})
    return encoder, decoder


encoder, decoder = holding(reference)
print("ok  our networks hold dvlab's weights")

# %%
x = images[:64]
mu, log_sigma = encoder(x)
z = sample(mu, log_sigma, torch.randn(64, 2, generator=torch.Generator().manual_seed(0)))
negative_elbo(x, mu, log_sigma, decoder(z)).backward()
q, z, px = reference(x, torch.Generator().manual_seed(0))  # the same noise
theirs = BetaVAE(beta=1)(x, q, px, z)["loss"]
theirs.backward()
assert torch.allclose(negative_elbo(x, mu, log_sigma, decoder(z)), theirs, rtol=1e-5)
for ours, other in ((encoder.net[1], reference.encoder[1]), (decoder.net[0], reference.decoder[0])):
    assert torch.allclose(ours.weight.grad, other.weight.grad, rtol=1e-3, atol=1e-4)
print("ok  same weights, same noise: the same loss and the same gradients")

# %% [markdown]
# And the training, in ten lines:


# %%
def train(seed, steps=300):
    torch.manual_seed(seed)
    encoder, decoder = Encoder(images, D=2), Decoder(images, D=2)
    optimiser = torch.optim.Adam([*encoder.parameters(), *decoder.parameters()], lr=2e-3)
    for _ in range(steps):
        x = images[torch.randint(len(images), (64,))]
        mu, log_sigma = encoder(x)
        loss = negative_elbo(x, mu, log_sigma, decoder(sample(mu, log_sigma, torch.randn_like(mu))))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return encoder, decoder


# %% tags=["nbval-ignore-output"]
@torch.no_grad()
def measured(encoder, decoder):  # the negative ELBO over all images, twenty samples each
    x = images.repeat(20, 1, 1, 1)
    mu, log_sigma = encoder(x)
    return negative_elbo(x, mu, log_sigma, decoder(sample(mu, log_sigma, torch.randn_like(mu)))).item()


ours, theirs = [train(seed) for seed in range(3)], []
for seed in range(3):
    vae = dvlab.VAE(flat.image_shape, latent_dim=2, hidden=(128, 128), seed=seed)
    options = {"steps": 300, "batch_size": 64, "learning_rate": lambda step: 2e-3, "progress": False}
    dvlab.train(vae, flat, BetaVAE(beta=1), seed=seed, device="cpu", **options)
    theirs.append(measured(*holding(vae)))
ours_elbo = [measured(*pair) for pair in ours]
print("negative ELBO, three seeds:  ours", np.round(ours_elbo, 1), "  dvlab's", np.round(theirs, 1))

# %% [markdown]
# Look at the codes of our three, each trained with the KL at full weight from the first step.

# %%
assert abs(np.mean(ours_elbo) - np.mean(theirs)) < max(2.0, np.ptp(ours_elbo + theirs))
print("ok  the same ELBO, within the spread of the seeds")
fig, axes = plt.subplots(1, 3, figsize=(11, 3.7), layout="constrained")
for seed, (ax, (encoder, _)) in enumerate(zip(axes, ours, strict=True)):
    mu = encoder(images)[0].detach()
    ax.scatter(*mu.T, c=flat.all_factors()[:, 0], s=14, cmap="viridis")
    sheet = mu.reshape(16, 12, 2)
    step = max(sheet.diff(dim=k).norm(dim=-1).max() for k in (0, 1))  # from one place to the next
    ax.set(title=f"seed {seed}: largest step {step:.1f}", xlabel="$z_1$", ylabel="$z_2$", aspect="equal")
    ax.set(xlim=(-6, 6), ylim=(-6, 6))
show(fig, "The codes of three VAEs trained at full weight from the start: bent sheets, some torn open")

# %% [markdown]
# *The same VAE from three seeds. "Largest step": how far the code moves, at most, when the ellipse moves by one place.
# A sheet of codes can be bent, and even **torn**: neighbours in the world are then far apart in the code, and a
# traversal across the tear shows two ellipses at once. Section 1's VAE was cooled, and is whole.*
#
# ## 6. Four factors, and what a nat is
#
# The course's laboratory: an ellipse of 6 sizes, 16 angles over a quarter turn, 16 places from left to right and 12 from
# top to bottom (which span three fifths as much). We know the four **factors** $\mathbf g$ of every image; the models
# do not. Ten latents for four factors, so the model may leave some unused.
#
# One thing about its pixels. They are *grey* along the edge, and a Bernoulli pixel is 0 or 1. With a grey $x$ the
# cross-entropy is the average over black-and-white pictures in which that pixel is white with probability $x$. Even the
# best decoder cannot know which of them it will be, so the loss has a **floor**, the entropy of those coins.
#
# > **How much of the loss is floor?** Of the pixels that are not black, more than a third are grey.

# %%
guess_floor = None  # nats per image below which no reconstruction loss can go, on average

# %%
world = dvlab.worlds.Sprites.small()
pixels = world.images(dtype=torch.uint8).float() / 255
floor = (torch.special.entr(pixels) + torch.special.entr(1 - pixels)).sum(dim=(1, 2, 3)).mean().item()  # Σ H(x_p)
grey = ((pixels > 0) & (pixels < 1)).sum() / (pixels > 0).sum()
compare(guess_floor, floor)
assert 14.2 < floor < 14.6 and 0.36 < grey < 0.38
vae = dvlab.VAE(world.image_shape, latent_dim=10, seed=0)
schedule = geometric((0, 40), (100, 6), (550, 1))  # the weight of the KL: from 40 fast to 6, then slowly to 1
history = dvlab.train(vae, world, BetaVAE(schedule), steps=1000, batch_size=128, progress=False)

# %% [markdown]
# <details><summary>Answer</summary>
#
# 14.4 nats per image, and 37 % of the pixels that are not black are grey. So a reconstruction loss of 20 is 5.6 above
# the best possible. Nor is $-\text{loss}$ the log of a density of grey images, since it does not integrate to 1 over
# grey values. It bounds the log-probability of the images *made black and white at random*.
# </details>

# %%
last, used = history.last(100), np.sort(history.kl_per_latent[-100:].mean(axis=0))[::-1]
fig, (left, right) = plt.subplots(1, 2, figsize=(9, 2.9), layout="constrained")
left.plot(history.reconstruction, label="reconstruction loss")
left.axhline(floor, color="black", linestyle=":", label=f"floor, {floor:.1f} nats")
left.plot(history.kl, label="KL")
left.set(xlabel="step", ylabel="nats per image", ylim=(0, 150))
left.set(title=f"at the end {last['reconstruction']:.1f} and {last['kl']:.1f} nats")
left.legend()
right.bar(range(1, 11), used, color="#0072B2")
right.set(xlabel="latents, the largest KL first", ylabel="KL (nats per image)", xticks=range(1, 11))
show(
    fig,
    "The reconstruction loss falls towards its floor as the KL rises in steps; some of the ten latents have a KL, others none",
)
assert floor < last["reconstruction"] < 45 and 6 < last["kl"] < 15 and 3 <= (used > 0.1).sum() <= 8

# %% [markdown]
# *Left: while the weight of the KL is high the code is nearly empty, and the picture is the mean image. As the weight
# falls the KL rises, and the reconstruction loss falls towards its floor. Right: a latent that is not used (*inactive*) has
# $q_\phi(z_j\mid\mathbf x)=p(z_j)$ for every image, and a KL of 0.*
#
# ## 7. Traverse it
#
# Encode one image, move one latent, keep the rest, decode: a **traversal**. First a pretrained model (`dvlab.zoo`), then
# the four largest latents of our own. Beside each row stand its KL and the values that the latent takes.
#
# > **In the first, which row grows the ellipse, which rotates it, which moves it sideways, which up and down?** Does any
# > row of the second do two of these at once?

# %%
good = dvlab.zoo.load("sprites-beta-tcvae")
alt = "Traversals of four latents: sideways, up and down, size, rotation, one in each row"
show(dvlab.plots.traversal_grid(good, world), alt)
largest = dvlab.plots.survey(vae, world).order[:4]
alt = "Traversals of our own model's four largest latents; some rows move the ellipse and also change its shape"
show(dvlab.plots.traversal_grid(vae, world, latents=largest), alt)

# %% [markdown]
# <details><summary>Answer</summary>
#
# Latents are numbered from 0 here, as in Python: $z_1$ moves it sideways, $z_0$ up and down, $z_5$ grows it, $z_7$ rotates it; none clearly does two things. The other
# six latents are inactive and not shown. In our own, a thousand steps old, a row that moves the sprite and rotates it on
# the way, or grows it, holds two factors at once: it is *entangled*.
# </details>
#
# Move them yourself. With the sliders of the world you choose the image that is encoded: move one factor, and see which
# latents answer.

# %%
dvlab.widgets.traversal(good, world)

# %% [markdown]
# ## 8. The door to lecture 3
#
# The slides write the objective in another way, too:
#
# $$\max_{\phi,\theta}\;\mathbb E_{\mathbf x\sim\mathcal D}\big[\mathbb E_{\mathbf z\sim q_\phi(\mathbf z\mid\mathbf x)}\log p_\theta(\mathbf x\mid\mathbf z)\big]\quad\text{subject to}\quad D_{\mathrm{KL}}\big(q_\phi(\mathbf z\mid\mathbf x)\,\Vert\,p_\theta(\mathbf z)\big)<\delta ,$$
#
# "keeping distance between real and approximate posterior distributions small (under a small constant δ)". Two remarks.
# What is kept small in the formula is the distance to the *prior*; the real posterior is $p_\theta(\mathbf z\mid\mathbf x)$.
# And there is *one* δ, so the constraint must be on the average KL over the images, with $\le$, or the optimum on the
# boundary would not be allowed. In lecture 3 the multiplier of this constraint turns out to be β.
#
# ## Five sentences to remember
#
# 1. A VAE is a generative model, prior and decoder; the encoder only proposes codes that explain an image.
# 2. $\log p_\theta(\mathbf x)=\text{ELBO}+D_{\mathrm{KL}}(q_\phi(\mathbf z\mid\mathbf x)\,\Vert\,p_\theta(\mathbf z\mid\mathbf x))$, so the slides' loss is the negative ELBO.
# 3. The ELBO is the expected log-likelihood minus the KL to the prior: sums over pixels and latents, means over images.
# 4. $\mathbf z=\boldsymbol\mu+\boldsymbol\sigma\odot\boldsymbol\varepsilon$ lets a gradient pass through a sample, with a far smaller variance than the score function's.
# 5. A reconstruction loss of grey pixels has a floor above zero, and what counts is the distance from it.
#
# ## What you did
#
# 1. ✓ saw that an autoencoder's codes lie anywhere, and measured what random codes give;
# 2. ✓ derived the ELBO, and saw the bound tighten;
# 3. ✓ recognised the slides' loss as the negative ELBO, with SciPy's numbers;
# 4. ✓ differentiated through a sample, in two ways;
# 5. ✓ wrote a VAE, and checked loss, gradients and training;
# 6. ✓ trained on four factors, and traversed two models.
#
# ### Check yourself
#
# <details><summary>1. The ELBO of a VAE is −31 nats, with soft (grey) targets. What do you know about log p(x)?</summary>
#
# That the images made black and white at random, white with the probability of their grey value, have a mean
# $\log p_\theta$ of at least −31. About a density of the grey images it says nothing, for the cross-entropy is not one.
# And the mean cannot be above −14.4: the floor, with a minus sign.
# </details>
#
# <details><summary>2. A colleague's encoder outputs <code>h</code>; she uses <code>exp(h)</code> as σ when sampling and as σ² in the KL. Does it train?</summary>
#
# Yes, and that is the trouble: it minimises something, but not the negative ELBO. One object for
# $q_\phi(\mathbf z\mid\mathbf x)$, from which sample and KL both come, makes this impossible.
# </details>
#
# <details><summary>3. Why is a latent with KL 0 not a failure?</summary>
#
# At weight 1 a nat of KL is worth having only if it lowers the reconstruction loss by more than one nat. Four factors need
# about four latents.
# </details>
#
# <details><summary>4. If the encoder were perfect, would the slides' loss and −log p(x) be the same number?</summary>
#
# Yes: the gap is then zero. With independent latents it is zero only when the true posterior has them independent too.
# </details>
#
# **Next:** exercise 02, the ELBO by hand; then lecture 3.

# %% [markdown]
# ## ★ The best encoder, and the best with independent latents
#
# Let the decoder be linear, $p_\theta(\mathbf x\mid\mathbf z)=\mathcal N(\mathbf W\mathbf z,\sigma^2\mathbf I)$, and the encoder
# $\mathcal N(\mathbf A\mathbf x,\mathbf S)$. Then all of it is Gaussian and known (lecture 0), and SciPy knows the density of the
# images.

# %%
rng = np.random.default_rng(0)
W, A = rng.normal(size=(5, 2)), 0.1 * rng.normal(size=(2, 5))
wrong = dvlab.linear.LinearVAE(A=A, S=np.array([0.5, 0.2]), W=W, sigma2=0.3)
x = rng.normal(size=(3, 2)) @ W.T + 0.3**0.5 * rng.normal(size=(3, 5))  # three "images" of five pixels, from the model
trusted = stats.multivariate_normal(mean=np.zeros(5), cov=W @ W.T + 0.3 * np.eye(5)).logpdf(x)
assert np.allclose(wrong.log_evidence(x), trusted, rtol=0, atol=1e-11)
assert np.allclose(wrong.elbo(x) + wrong.gap(x), trusted, rtol=0, atol=1e-11)
print("ok  log p(x), and ELBO + gap, are SciPy's numbers to 1e-11")

# %% [markdown]
# > **What must this encoder be for the bound to be tight?**

# %%
M = np.linalg.inv(W.T @ W + 0.3 * np.eye(2))  # p(z|x) = N(M W'x, 0.3 M), lecture 0
best = dvlab.linear.LinearVAE(A=M @ W.T, S=0.3 * M, W=W, sigma2=0.3)
diagonal = dvlab.linear.LinearVAE(A=M @ W.T, S=0.3 / np.diag(np.linalg.inv(M)), W=W, sigma2=0.3)
for name, encoder in {"wrong": wrong, "independent latents": diagonal, "best": best}.items():
    print(f"{name:<20} KL(q || p(z|x)) = {encoder.gap(x).mean():z.6f} nats per image")

# %% [markdown]
# <details><summary>Answer</summary>
#
# Its mean and covariance must be those of $p_\theta(\mathbf z\mid\mathbf x)$: the gap is then zero. The second row is the
# best with *independent* latents given the image, which is what every VAE in this course uses. What it loses matters
# later: it is the reason why a VAE prefers some axes to others (lecture 3).
# </details>
#
# ## ★ The invisible β
#
# A frequent slip: the cross-entropy is **averaged** over the pixels, the KL **summed** over the latents, "to keep the
# numbers small". What is minimised then?
#
# $$\frac1P\sum_{\text{pixels}}\text{cross-entropy}+D_{\mathrm{KL}}=\frac1P\Big(\sum_{\text{pixels}}\text{cross-entropy}+P\cdot D_{\mathrm{KL}}\Big)$$
#
# > **Here $P=32\cdot32$ and $D=10$. Which β is that? And if both are averaged?** What would you see in the traversals?

# %%
P, D = 32 * 32, 10


def loss(reduce_pixels, reduce_latents, beta):
    px = vae.decode(q.mean)  # the same code every time: only the reductions differ
    cross_entropy = reduce_pixels(-px.log_prob(x).flatten(1), dim=1).mean()
    kl = reduce_latents(torch.distributions.kl_divergence(q, torch.distributions.Normal(0.0, 1.0)), dim=1).mean()
    return cross_entropy + beta * kl


x, _ = world.sample(64, generator=torch.Generator().manual_seed(0))
x = x.to(vae.centre.device)
with torch.no_grad():
    q = vae.encode(x)
    assert torch.allclose(P * loss(torch.mean, torch.sum, 1), loss(torch.sum, torch.sum, P), rtol=1e-4)
    assert torch.allclose(P * loss(torch.mean, torch.mean, 1), loss(torch.sum, torch.sum, P / D), rtol=1e-4)
print("ok  both identities hold on our model: same minimum, another beta than the author believes")

# %% [markdown]
# <details><summary>Answer</summary>
#
# β = 1024, and β = $P/D$ = 102.4 when both are averaged. In the traversals nothing would move: on this world every β
# above some 70 leaves the code empty, as lecture 3 predicts from the images alone.
# </details>
#
# This is why the course states every number in nats per image, and why two papers' β can only be compared when both say
# how they reduce.
#
# ## References
#
# - Diederik P. Kingma, Max Welling. *Auto-Encoding Variational Bayes.* 2013. arXiv:1312.6114.
# - Danilo J. Rezende, Shakir Mohamed, Daan Wierstra. *Stochastic Backpropagation and Approximate Inference in Deep
#   Generative Models.* ICML 2014.
# - Ronald J. Williams. *Simple statistical gradient-following algorithms for connectionist reinforcement learning.*
#   1992 (the score-function gradient).
# - Gabriel Loaiza-Ganem, John P. Cunningham. *The continuous Bernoulli: fixing a pervasive error in variational
#   autoencoders.* NeurIPS 2019 (grey pixels).
# - Michael E. Tipping, Christopher M. Bishop. *Probabilistic Principal Component Analysis.* 1999 (the linear model).
# - Irina Higgins et al. *beta-VAE.* ICLR 2017 (the constrained form).
