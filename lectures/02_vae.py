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
# **You need** lecture 1's idea of a factor; lecture 0's glossary helps with KL divergence and Gaussian conditioning.
#
# **Time:** the core path takes about 30 minutes, with the ★ sections 33; it runs in under a minute on a CPU. Exercise
# 02 follows it.

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch
from scipy import optimize, special, stats
from torch import nn

import dvlab
from dvlab.objectives import BetaVAE
from dvlab.plots import image_grid, show
from dvlab.schedules import cooling, geometric

torch.set_num_threads(1)  # more of them would wait for one another on a busy computer


def compare(guess, answer):  # your number beside the measured one
    print("write your number into the cell above" if guess is None else f"you: {guess:g}   answer: {answer:.2f}")


# %% [markdown]
# ## 1. An autoencoder's codes lie anywhere
#
# An *autoencoder* squeezes an image $\mathbf x$ into a few numbers $\mathbf z$, the **code**, and rebuilds the image
# from it. It is trained for a good copy alone. Each number in the code is a **latent**.
#
# > **Before you run on:** take two random numbers as a code and decode them. Will the picture be an ellipse?
#
# <details><summary>Answer</summary>
#
# Hardly ever. Nothing has told the autoencoder where to put its codes, so your two numbers will fall where no image
# was ever encoded.
# </details>
#
# The world is an ellipse in 16 places from left to right and 12 from top to bottom. Two latents are enough, so
# its codes can be drawn. `BetaVAE(beta=0)` trains for the copy alone. (It still adds noise to the code; the model can
# drown it by spreading its codes.) The second model is the VAE that this lecture is about; its loss has a second term,
# the KL of section 3, whose weight starts high and cools to 1 (lecture 3 shows why). Both train for 1,000 steps.

# %%
flat = dvlab.worlds.Sprites(shapes=("ellipse",), scales=[0.8], orientations=[0.0], x=16, y=12, size=32, antialias=True)
models = {}
for name, beta in (("autoencoder", 0), ("VAE", cooling(80, 1, steps=750))):
    models[name] = dvlab.VAE(flat.image_shape, latent_dim=2, hidden=(128, 128), seed=0)
    dvlab.train(models[name], flat, BetaVAE(beta), steps=1000, batch_size=64, seed=0, progress=False)
codes = {name: dvlab.posterior(model, flat).mean for name, model in models.items()}  # of all images, in order
images = flat.images(dtype=torch.uint8).float() / 255


def draw(ax, codes, title):  # neighbouring places are joined by lines
    sheet = codes.reshape(16, 12, 2)
    ax.plot(*sheet.permute(2, 1, 0), *sheet.permute(2, 0, 1), color="0.8", linewidth=0.8, zorder=1)
    ax.set(title=title, xlabel="$z_1$", ylabel="$z_2$", aspect="equal")
    return ax.scatter(*codes.T, c=flat.all_factors()[:, 0], s=12, cmap="viridis", zorder=2)


# %% tags=["nbval-ignore-output"]
fig, axes = plt.subplots(1, 3, figsize=(11, 3.7), layout="constrained")
panels = ("autoencoder", "autoencoder"), ("autoencoder, the square", "autoencoder"), ("VAE", "VAE")
for ax, (title, name) in zip(axes, panels, strict=True):
    dots = draw(ax, codes[name], title)
    ax.add_patch(plt.Rectangle((-6, -6), 12, 12, fill=False, color="#D55E00", linewidth=2, zorder=3))
for ax in axes[1:]:
    ax.add_patch(plt.Circle((0, 0), 2, fill=False, linestyle="--", color="black", zorder=3))
    ax.set(xlim=(-6.4, 6.4), ylim=(-6.4, 6.4))
fig.colorbar(dots, ax=axes, label="place from left (0) to right (15)")
show(fig, "Codes of 192 images: the autoencoder's are spread over tens of units, the VAE's within a few units of zero")
outside = {name: (z.norm(dim=1) > 2).float().mean() for name, z in codes.items()}
print(*(f"{share:.0%} of the {name}'s codes lie outside the circle" for name, share in outside.items()), sep="\n")

# %% [markdown]
# *Where the 192 images go in the code, coloured by place; lines join neighbouring places. Left: the autoencoder, at
# whatever scale suited it. Middle: its codes inside the left panel's square. Right: the VAE's, on the same axes. The
# dashed circle holds 86 % of a standard Gaussian.* The VAE's codes lie around zero in an unbroken sheet. The match with
# that Gaussian is rough, for 41 % lie outside the circle (section 5 says why); but you know beforehand where to look.
#
# So draw codes from a standard Gaussian and decode them. How far is each picture from the *nearest* image of the world,
# in squared error summed over pixels? To be fair to the autoencoder, draw from a Gaussian with its own codes' mean and
# covariance, too.


# %% tags=["nbval-ignore-output"]
def distance_to_world(pictures):
    return torch.cdist(pictures.flatten(1), images.flatten(1)).square().amin(dim=1).mean().item()


right, up = (images.reshape(16, 12, 1024).diff(dim=k).square().sum(dim=2).mean() for k in (0, 1))
print(
    f"for scale: one place sideways {right:.1f}, one up {up:.1f}; the mean image {distance_to_world(images.mean(0)):.1f}"
)
noise = torch.randn(500, 2, generator=torch.Generator().manual_seed(1))
off, fitted = {}, {}
for name, model in models.items():
    own = codes[name].mean(dim=0) + noise @ torch.linalg.cholesky(torch.cov(codes[name].T)).T
    off[name], fitted[name] = (distance_to_world(model.decode(z).mean.detach()) for z in (noise, own))
    print(f"{name:<12} standard Gaussian codes {off[name]:5.1f}   a Gaussian fitted to its codes {fitted[name]:5.1f}")


# %% tags=["nbval-ignore-output"]
def longest_step(codes):
    """The codes of the two neighbouring places that lie farthest apart."""
    s = codes.reshape(16, 12, 2)
    pairs = [torch.stack(p, dim=2).flatten(0, 1) for p in ((s[1:], s[:-1]), (s[:, 1:], s[:, :-1]))]
    return max(torch.cat(pairs), key=lambda pair: (pair[0] - pair[1]).norm())


assert off["autoencoder"] > 2 * off["VAE"] and fitted["autoencoder"] < off["autoencoder"]
print(f"the VAE's largest step from one place to the next: {torch.dist(*longest_step(codes['VAE'])):.1f}")
assert torch.dist(*longest_step(codes["VAE"])) < 2 and codes["VAE"].norm(dim=1).max() < 6  # an unbroken sheet
assert 0.3 < outside["VAE"] < 0.5
pictures = torch.cat([model.decode(noise[:10]).mean.detach() for model in models.values()])
fig = image_grid(pictures, columns=10, rows=list(models), size=0.85)
show(fig, "Ten random codes decoded by both: smears from the autoencoder, ellipses from the VAE")

# %% [markdown]
# *Ten standard Gaussian codes, decoded by both. The autoencoder draws smears: all ten fall in a gap between its codes,
# tiny on its scale. The VAE draws ellipses in different places.* With the Gaussian fitted to its own codes the
# autoencoder comes closer, but not as close as the VAE with the standard one. In the words of the seminar's slides (map
# in lecture 0), VAEs "learn latent variables which can be used to generate data; if these latent variables are
# disentangled, allows controlled generation of images".
#
# ## 2. The model
#
# A VAE is first of all a **generative model**: draw a code from the **prior**
# $p(\mathbf z)=\mathcal N(\mathbf 0,\mathbf I)$, and give it to the **decoder** $p_\theta(\mathbf x\mid\mathbf z)$, a
# network with weights $\theta$ that outputs, for each pixel, the probability of white:
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
    "Image, encoder, mean and spread, noise, code, decoder, image; KL and log-likelihood above",
)

# %% [markdown]
# *The slide's "Recall VAEs", and above it the two terms of the loss, where they are computed.*
#
# ## 3. The ELBO, in four steps
#
# For any encoder $q_\phi$:
#
# 1. Write the integral, and multiply and divide by $q_\phi$. It becomes an expectation over the codes proposed:
#
#    $$\log p_\theta(\mathbf x)=\log\int q_\phi(\mathbf z\mid\mathbf x)\,\frac{p_\theta(\mathbf x
#    \mid\mathbf z)\,p(\mathbf z)}{q_\phi(\mathbf z\mid\mathbf x)}\,d\mathbf z
#    =\log\mathbb E_{q_\phi(\mathbf z\mid\mathbf x)}\!\left[\frac{p_\theta(\mathbf x
#    \mid\mathbf z)\,p(\mathbf z)}{q_\phi(\mathbf z\mid\mathbf x)}\right].$$
#
# 2. The logarithm is concave, so the log of a mean is at least the mean of the logs (Jensen, lecture 0):
#
#    $$\log p_\theta(\mathbf x)\ge\mathbb E_{q_\phi(\mathbf z\mid\mathbf x)}\!\left[\log\frac{p_\theta(\mathbf x
#    \mid\mathbf z)\,p(\mathbf z)}{q_\phi(\mathbf z\mid\mathbf x)}\right].$$
#
# 3. Take the logarithm apart. What you get is the *evidence lower bound*:
#
#    $$\text{ELBO}=\mathbb E_{q_\phi(\mathbf z\mid\mathbf x)}\log p_\theta(\mathbf x\mid\mathbf z)
#    -D_{\mathrm{KL}}\big(q_\phi(\mathbf z\mid\mathbf x)\,\Vert\,p(\mathbf z)\big).$$
#
# 4. How much was lost in step 2? By Bayes' rule
#    $p_\theta(\mathbf x\mid\mathbf z)\,p(\mathbf z)=p_\theta(\mathbf z\mid\mathbf x)\,p_\theta(\mathbf x)$. Put that
#    into the line of step 2, and take $\log p_\theta(\mathbf x)$, which does not depend on $\mathbf z$, out of the
#    expectation:
#
#    $$\log p_\theta(\mathbf x)=\text{ELBO}+D_{\mathrm{KL}}\big(q_\phi(\mathbf z\mid\mathbf x)\,
#    \Vert\,p_\theta(\mathbf z\mid\mathbf x)\big).$$
#
# > **Which of the three terms in the last line can a deep VAE compute?**
#
# <details><summary>Answer</summary>
#
# The ELBO alone, from encoder, decoder and prior: its KL by a formula, its expectation from samples.
# $\log p_\theta(\mathbf x)$ is the integral that we gave up, and the KL at the end holds the true posterior
# $p_\theta(\mathbf z\mid\mathbf x)$, which needs that integral too.
# </details>
#
# ### Watch the bound tighten
#
# With one latent and one pixel the integral is a sum over a grid, even for a decoder that is not linear:
# $p(x\mid z)=\mathcal N(e^z, 0.5^2)$, and we see $x=1$. Let $q=\mathcal N(m,s^2)$ start badly, and
# maximise the ELBO over $m$ and $s$.

# %%
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
    ax.set(xlim=(-4, 2), xlabel="z")
    ax.set_title(f"ELBO {elbo(m, s):.2f} ≤ log p(x) = {log_px:.2f}\ngap {log_px - elbo(m, s):.2f}")
axes[0].legend(fontsize=8, loc="upper right")
show(fig, "Three frames: q starts left of the true posterior with a wide gap, and ends over it with a small one")

# %% [markdown]
# *Three moments on the way. As $q$ (line) moves over the true posterior (grey), the ELBO rises towards $\log p(x)$,
# and the gap is exactly the KL of $q$ from it. A little is left: the true posterior is skewed, and $q$ cannot be.*
#
# ### The loss on the slides
#
# The slides recall $L_{\text{VAE}}=-\log p_\theta(\mathbf x)
# +D_{\mathrm{KL}}(q_\phi(\mathbf z\mid\mathbf x)\,\Vert\,p_\theta(\mathbf z\mid\mathbf x))$.
# Neither term can be computed in a deep model; by step 4 you never have to: **that loss is the negative ELBO**, whose
# two terms can. Here both sides are known:

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
# The ELBO holds an expectation over $q_\phi$, of $f(\mathbf z)=\log p_\theta(\mathbf x\mid\mathbf z)$. In training it
# is estimated from one sample per image, and we need its gradient with respect to $\phi$. There are two ways. For
# $z\sim\mathcal N(\mu,\sigma^2)$ and any $f$, the **score-function** gradient is $\nabla_\mu\mathbb E f(z)=\mathbb
# E\big[f(z)\,\nabla_\mu\log q(z)\big]$. Or, for differentiable $f$, **reparameterise**: $z=\mu+\sigma\varepsilon$
# with $\varepsilon\sim\mathcal N(0,1)$, so randomness comes from outside and the derivative passes through:
# $\nabla_\mu\mathbb E f(z)=\mathbb E\,f'(\mu+\sigma\varepsilon)$.
#
# > **Both are right on average.** For $f(z)=z^2$, $\mu=1.5$, $\sigma=0.5$, the reparameterised gradient of one sample
# > has the variance $4\sigma^2=1$. What is the other's?

# %%
guess_variance = None  # the variance of the score-function gradient from one sample

# %%
mu, sigma = torch.tensor(1.5, requires_grad=True), 0.5
epsilon = torch.randn(200_000, generator=torch.Generator().manual_seed(0))
z, variance = mu + sigma * epsilon, {}
for name, f in {"z²": torch.square, "z² + 10": lambda z: z**2 + 10, "sin 10z": lambda z: (10 * z).sin()}.items():
    through = torch.autograd.grad(f(z).sum(), z, retain_graph=True)[0]  # f'(z), one number for each sample
    score = f(z).detach() * epsilon / sigma  # f(z) ∇ log q(z), for ∇_μ log q = (z - μ)/σ² = ε/σ
    variance[name] = np.array([through.var(), score.var()])
    assert abs(through.mean() - score.mean()) < 0.2 and (name == "sin 10z" or abs(through.mean() - 3) < 0.01)  # 2μ = 3
    print(f"f = {name:<8} variance: reparameterised {through.var():3.0f}, score function {score.var():4.0f}")
compare(guess_variance, variance["z²"][1])
assert np.allclose(list(variance.values()), [[1, 55.5], [1, 695.5], [50, 2]], rtol=0.03)

# %% [markdown]
# <details><summary>Answer</summary>
#
# 55.5. With $z=1.5+0.5\,\varepsilon$ it is $\mathbb E[z^4\varepsilon^2]/\sigma^2-9=16.125/0.25-9$. To be as precise
# for this $f$, the score function needs 55 times as many samples. It asks only how large $f$ is, not how it changes:
# add 10 to $f$, and the gradient stays, but the variance is nearly 700. Usually it is the larger one, not always: for
# $f(z)=\sin10z$ it is 2, against 50. The score function is kept for codes that are not continuous, and for an $f$
# whose derivative does not tell how it changes (a step).
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
# The sample is section 4's. The loss is step 3's, with both terms in **nats per image**:
# $-\log p_\theta(\mathbf x\mid\mathbf z)$ is a binary cross-entropy **summed over the pixels**, and the KL of lecture
# 0, $\sum_j\tfrac12(\mu_j^2+\sigma_j^2-1-\ln\sigma_j^2)$, is **summed over the latents**; then the mean over the
# images. At an optimum the mean of $\mu_j^2+\sigma_j^2$ is 1 for each latent. (Rescale a latent, and the layers on both
# sides can undo it: only the KL changes, so its derivative must be zero.) Section 1's VAE has not got there yet: 1.9
# and 2.3.


# %% tags=["nbval-ignore-output"]
def sample(mu, log_sigma, epsilon):
    return mu + log_sigma.exp() * epsilon  # z = μ + σ ε


def negative_elbo(x, mu, log_sigma, logits):
    reconstruction = nn.functional.binary_cross_entropy_with_logits(logits, x.flatten(1), reduction="none").sum(dim=1)
    kl = (0.5 * (mu**2 + (2 * log_sigma).exp() - 1) - log_sigma).sum(dim=1)
    return (reconstruction + kl).mean()


q = dvlab.posterior(models["VAE"], flat)
print("section 1's VAE, mean of μ² + σ²:", (q.mean**2 + q.stddev**2).mean(dim=0).numpy().round(1))

# %% [markdown]
# Is it right? Give it the weights of `dvlab.VAE`, written and tested apart, and the same noise.

# %%
reference = dvlab.VAE(flat.image_shape, latent_dim=2, hidden=(128, 128), seed=3)
reference.standardise(flat)


def holding(vae):
    """Our networks with the weights of a `dvlab.VAE`."""
    encoder, decoder = Encoder(images, D=2), Decoder(images, D=2)
    encoder.net.load_state_dict(vae.encoder.state_dict())
    decoder.net.load_state_dict(vae.decoder.state_dict() | {"4.bias": vae.pixel_bias.flatten()})
    return encoder, decoder


encoder, decoder = holding(reference)

# %%
x = images[:64]
mu, log_sigma = encoder(x)
z = sample(mu, log_sigma, torch.randn(64, 2, generator=torch.Generator().manual_seed(0)))
negative_elbo(x, mu, log_sigma, decoder(z)).backward()
q, z, px = reference(x, torch.Generator().manual_seed(0))  # the same noise
theirs = BetaVAE(beta=1)(x, q, px, z)["loss"]
theirs.backward()
assert torch.allclose(negative_elbo(x, mu, log_sigma, decoder(z)), theirs, rtol=1e-5)
ours = [*encoder.parameters(), *decoder.parameters()]
others = [*reference.encoder.parameters(), *reference.decoder.parameters(), reference.pixel_bias]
for one, other in zip(ours, others, strict=True):
    assert torch.allclose(one.grad.flatten(), other.grad.flatten(), rtol=1e-3, atol=1e-4)
print("ok  same weights, same noise: the same loss, and the same gradient for every weight")

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
    mu, log_sigma = encoder(x := images.repeat(20, 1, 1, 1))
    return negative_elbo(x, mu, log_sigma, decoder(sample(mu, log_sigma, torch.randn_like(mu)))).item()


ours, theirs = [train(seed) for seed in range(3)], []
options = {"steps": 300, "batch_size": 64, "learning_rate": lambda step: 2e-3, "progress": False, "device": "cpu"}
for seed in range(3):
    vae = dvlab.VAE(flat.image_shape, latent_dim=2, hidden=(128, 128), seed=seed)
    dvlab.train(vae, flat, BetaVAE(beta=1), seed=seed, **options)
    theirs.append(measured(*holding(vae)))
ours_elbo = [measured(*pair) for pair in ours]
print("negative ELBO, three seeds:  ours", np.round(ours_elbo, 1), "  dvlab's", np.round(theirs, 1))

# %% [markdown]
# (Part of that is a floor under any model: section 6.) Look at the codes of our three, trained with the KL at full
# weight from the start.

# %% tags=["nbval-ignore-output"]
assert abs(np.mean(ours_elbo) - np.mean(theirs)) < max(2.0, np.ptp(ours_elbo + theirs))  # the spread of the seeds
fig, axes = plt.subplots(1, 3, figsize=(11, 3.6), layout="constrained", sharex=True, sharey=True)
steps, across = [], []
for seed, (ax, (encoder, decoder)) in enumerate(zip(axes, ours, strict=True)):
    mu = encoder(images)[0].detach()
    a, b = longest_step(mu)  # its ends
    steps.append(torch.dist(a, b))
    across.append(decoder(a + torch.linspace(0, 1, 6)[:, None] * (b - a)).sigmoid().detach())
    dots = draw(ax, mu, f"seed {seed}: largest step {steps[-1]:.1f}")
fig.colorbar(dots, ax=axes, label="place from left (0) to right (15)")
show(fig, "The codes of three VAEs trained at full weight from the start: bent, stretched and torn sheets")
fig = image_grid(torch.cat(across).reshape(18, 1, 32, 32), columns=6, rows=["seed 0", "seed 1", "seed 2"], size=0.85)
show(fig, "Along the largest step: one ellipse that moves for seeds 0 and 1, other ellipses and smears for seed 2")
assert max(steps) > 2.5 > 2 > torch.dist(*longest_step(codes["VAE"]))

# %% [markdown]
# *Above: the codes of the same VAE from three seeds. "Largest step": how far the code moves, at most, when the ellipse
# moves by one place. Below: six points along that step, decoded.* A sheet can be bent (seed 0), stretched (seed 1), and
# even **torn** (seed 2): neighbours in the world are apart in the code, and other places, or smears, lie between them.
# Section 1's VAE, whose largest step was 1.2, was cooled, but it also trained longer; lecture 3 compares schedules at
# equal length.
#
# ## 6. Four factors, and what a nat is
#
# The course's laboratory: an ellipse of 6 sizes, 16 angles over a quarter turn, 16 places from left to right and 12
# from top to bottom (the vertical range is 3/5 of the horizontal). We know the four **factors** $\mathbf g$ of every
# image; the models do not. Ten latents for four factors, so the model may leave some unused.
#
# Its pixels are *grey* along the edge, and a Bernoulli pixel is 0 or 1. With a grey $x$ the
# cross-entropy is the average over black-and-white pictures in which that pixel is white with probability $x$. Even the
# best decoder cannot know whether that pixel is white, so the loss has a **floor**, the entropy of those coins.
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
left.plot([schedule(step) for step in range(1000)], "--", label="weight of the KL")
left.set(xlabel="step", ylabel="nats per image; weight", yscale="log", ylim=(0.03, 800))
left.set(title=f"at the end {last['reconstruction']:.1f} and {last['kl']:.1f} nats")
left.legend(fontsize=8, ncols=2, loc="lower right")
right.bar(range(1, 11), used, color="#0072B2")
right.set(xlabel="latents by rank, the largest KL first", ylabel="KL (nats per image)", xticks=range(1, 11))
alt = "The weight falls, the reconstruction loss falls towards its floor, the KL rises; some latents have none"
show(fig, alt)
assert floor < last["reconstruction"] < 45 and 6 < last["kl"] < 15 and 3 <= (used > 0.1).sum() <= 8

# %% [markdown]
# *Left, on a log scale. At first the code is nearly empty, and the picture is the mean image. The KL then grows as the
# weight falls and the network learns; this run cannot separate the two. Right: a latent that is not used (*inactive*)
# has $q_\phi(z_j\mid\mathbf x)=p(z_j)$ for every image, and a KL of 0.*
#
# ## 7. Traverse it
#
# Encode one image, move one latent, keep the rest, decode: a **traversal**. First our own model; then a pretrained one
# (`dvlab.zoo`), with another loss (β-TCVAE, lecture 5), 7,500 steps and larger batches: two models are compared here,
# not two training times. From here on latents count from 0.

# %%
largest = dvlab.plots.survey(vae, world).order[:4]
alt = "Traversals of our own model's four largest latents; nearly all change several things at once"
show(dvlab.plots.traversal_grid(vae, world, latents=largest), alt)
good = dvlab.zoo.load("sprites-beta-tcvae")
alt = "The pretrained model's four latents: sideways, up and down, size, rotation, one in each row"
show(dvlab.plots.traversal_grid(good, world), alt)

# %% [markdown]
# *First our own model's four largest latents, then the pretrained model's. Beside each row: its KL, and the values that
# the latent takes.*
#
# > **In the first picture, does any row change two factors at once?**
#
# <details><summary>Answer</summary>
#
# Nearly all do. $z_5$ moves the ellipse, rotates it and grows it; $z_6$ moves it and shrinks it; $z_0$ ends in a smear.
# $z_3$ shrinks it until it vanishes and reappears elsewhere: there the codes probably have a hole or a tear, as in
# section 5. A row that holds several factors is *entangled*.
# </details>
#
# > **In the second, which row moves the ellipse sideways, which up and down, which grows it, which rotates it?**
#
# <details><summary>Answer</summary>
#
# $z_1$ sideways, $z_0$ up and down, $z_5$ grows it, $z_7$ rotates it; what else they do is small (lecture 5 measures
# it). The other six latents are inactive and not shown.
# </details>
#
# Move them yourself. The world's sliders choose the encoded image: move one factor, and see which latents answer.

# %%
dvlab.widgets.traversal(good, world)

# %% [markdown]
# ## 8. The door to lecture 3
#
# The slides write the objective in another way, too:
#
# $$\max_{\phi,\theta}\;\mathbb E_{\mathbf x\sim\mathcal D}\big[\mathbb E_{\mathbf z\sim q_\phi(\mathbf z
# \mid\mathbf x)}\log p_\theta(\mathbf x\mid\mathbf z)\big]\quad\text{subject to}\quad D_{\mathrm{KL}}
# \big(q_\phi(\mathbf z\mid\mathbf x)\,\Vert\,p_\theta(\mathbf z)\big)<\delta ,$$
#
# "keeping distance between real and approximate posterior distributions small (under a small constant δ)". Two remarks.
# What is kept small in the formula is the distance to the *prior*; the real posterior is
# $p_\theta(\mathbf z\mid\mathbf x)$. And lecture 3 has one multiplier, so we read it as one constraint, on the average
# KL over the images; with $\le$, or the optimum on the boundary would not be allowed. In lecture 3 the multiplier of
# this constraint turns out to be β.
#
# ## Five sentences to remember
#
# 1. A VAE is a generative model, prior and decoder; the encoder only proposes codes that explain an image.
# 2. $\log p_\theta(\mathbf x)=\text{ELBO}
#    +D_{\mathrm{KL}}(q_\phi(\mathbf z\mid\mathbf x)\,\Vert\,p_\theta(\mathbf z\mid\mathbf x))$,
#    so the slides' loss is the negative ELBO.
# 3. The ELBO is the expected log-likelihood minus the KL to the prior: sums over pixels and latents, means over images.
# 4. $\mathbf z=\boldsymbol\mu+\boldsymbol\sigma\odot\boldsymbol\varepsilon$ lets a gradient pass through a sample,
#    usually with a far smaller variance than the score function's.
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
# <details><summary>1. On section 6's world, averaged over its grey images, the ELBO of a VAE is −31 nats. What do you
# know about log p(x)?</summary>
#
# That the images made black and white at random, white with the probability of their grey value, have a mean
# $\log p_\theta$ of at least −31. About a density of the grey images it says nothing, for the cross-entropy is not one.
# And the mean cannot be above −14.4: the floor, with a minus sign.
# </details>
#
# <details><summary>2. A colleague's encoder outputs <code>h</code>; she uses <code>exp(h)</code> as σ when sampling and
# as σ² in the KL. Does it train?</summary>
#
# Yes, and that is the trouble: it minimises something, but not the negative ELBO. One object for
# $q_\phi(\mathbf z\mid\mathbf x)$, from which sample and KL both come, makes this impossible.
# </details>
#
# <details><summary>3. Why is a latent with KL 0 not a failure?</summary>
#
# At weight 1 a nat of KL is worth having only if it lowers the reconstruction loss by more than one nat. Four factors
# could do with four latents; ours spreads them over more.
# </details>
#
# <details><summary>4. If the encoder were perfect, would the slides' loss and −log p(x) be the same number?</summary>
#
# Yes: the gap is then zero. With independent Gaussian latents it is zero only when the true posterior is
# independent and Gaussian, too.
# </details>
#
# **Next:** exercise 02, the ELBO by hand; then lecture 3.

# %% [markdown]
# ## ★ The best encoder, and the best with independent latents
#
# Let the decoder be linear, $p_\theta(\mathbf x\mid\mathbf z)=\mathcal N(\mathbf W\mathbf z,\sigma^2\mathbf I)$, and
# the encoder $\mathcal N(\mathbf A\mathbf x,\mathbf S)$. Then all of it is Gaussian and known (lecture 0), and SciPy
# knows the density of the images.

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
#
# <details><summary>Answer</summary>
#
# Its mean and covariance must be those of $p_\theta(\mathbf z\mid\mathbf x)$: the gap is then zero.
# </details>

# %%
M = np.linalg.inv(W.T @ W + 0.3 * np.eye(2))  # p(z|x) = N(M W'x, 0.3 M), lecture 0
best = dvlab.linear.LinearVAE(A=M @ W.T, S=0.3 * M, W=W, sigma2=0.3)
diagonal = dvlab.linear.LinearVAE(A=M @ W.T, S=0.3 / np.diag(np.linalg.inv(M)), W=W, sigma2=0.3)
for name, encoder in {"wrong": wrong, "independent latents": diagonal, "best": best}.items():
    print(f"{name:<20} KL(q || p(z|x)) = {encoder.gap(x).mean():z.6f} nats per image")

# %% [markdown]
# The second row is the best with *independent* latents given the image, which is what every VAE in this course uses.
# What it loses matters later: it is the reason why a VAE prefers some axes to others (lecture 3).
#
# ## ★ The invisible β
#
# A frequent slip: the cross-entropy is **averaged** over the pixels, the KL **summed** over the latents, "to keep the
# numbers small". What is minimised then?
#
# $$\frac1P\sum_{\text{pixels}}\text{cross-entropy}+D_{\mathrm{KL}}
# =\frac1P\Big(\sum_{\text{pixels}}\text{cross-entropy}+P\cdot D_{\mathrm{KL}}\Big)$$
#
# > **Here $P=32\cdot32$ and $D=10$. Which β is that, and which if both are averaged?**
#
# <details><summary>Answer</summary>
#
# β = 1024, and β = $P/D$ = 102.4 when both are averaged. In the traversals nothing should move: on this world the first
# latent switches on only below some 70, as lecture 3 predicts from the images alone.
# </details>

# %%
P, D = 32 * 32, 10
x = world.sample(64, generator=torch.Generator().manual_seed(0))[0].to(vae.centre.device)
with torch.no_grad():
    q = vae.encode(x)
    cross_entropy = -vae.decode(q.mean).log_prob(x).flatten(1)  # (64, P); the same code every time
    kl = torch.distributions.kl_divergence(q, torch.distributions.Normal(0.0, 1.0))  # (64, D)
pixels_averaged = cross_entropy.mean(dim=1) + kl.sum(dim=1)
both_averaged = cross_entropy.mean(dim=1) + kl.mean(dim=1)
assert torch.allclose(P * pixels_averaged, cross_entropy.sum(dim=1) + P * kl.sum(dim=1), rtol=1e-4)
assert torch.allclose(P * both_averaged, cross_entropy.sum(dim=1) + P / D * kl.sum(dim=1), rtol=1e-4)
print("ok  both identities hold on our model: same minimum, another beta than the author believes")

# %% [markdown]
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
