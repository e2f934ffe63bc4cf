# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 1. What is disentanglement?
#
# **In this notebook you will**
#
# 1. take a world apart into its factors, and put any combination of them together;
# 2. turn a disentangled code into an entangled one, and say what changed and what did not;
# 3. compute a mutual information by hand from a 2 × 3 table, and read a heat map of latents against factors;
# 4. change one factor and leave the rest alone, and see why an entangled code cannot do it with one slider;
# 5. say which data can, and which cannot, teach a model to draw a Small Black Apple;
# 6. compare three definitions of disentanglement, and name a case that each gets wrong;
# 7. read a picture of "the gender latent" with care.
#
# **You need** entropy and mutual information in nats ([lecture 0](00_toolbox.ipynb), sections 1 and 3). No neural
# network is trained here.
#
# **It takes** about 20 minutes to read and under 20 seconds to run on a CPU.

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch
from scipy import special, stats
from sklearn.metrics import mutual_info_score
from torch.distributions import Normal

import dvlab
from dvlab.metrics import entropy, mutual_information
from dvlab.metrics._heatmap import heat_map
from dvlab.plots import channels_last, image_grid
from dvlab.worlds import Fruit


# %%
def check(name, ours, trusted, within=1e-6):
    """Print our number, and stop if it is not the trusted one."""
    assert abs(ours - trusted) < within, f"{name}: we have {ours}, it should be {trusted}"
    print(f"{name}: {ours:.4f}  (trusted: {trusted:.4f})")


# %% [markdown]
# ## 1. A big red apple
#
# > **Before you read on.** How many words do you need to tell somebody which of these four pictures you mean? How many
# > numbers does the picture itself consist of?

# %%
basket = Fruit(fruits=("apple", "grapes", "pear", "banana"), size=64)
print(basket)
words = {  # (fruit, size, colour): indices into the values of each factor
    "big red apple": (0, 15, 0),
    "small red apple": (0, 2, 0),
    "big black pear": (2, 15, 15),
    "small black grapes": (1, 2, 15),
}
image_grid(basket.render(torch.tensor(list(words.values()))), titles=list(words), columns=4, size=1.5)
plt.show()

# %% [markdown]
# *Four fruits on a blue sky: a big red apple, a small red apple, a big black pear and a small bunch of black grapes.*
#
# Three words are enough (size, colour, fruit), although each picture is 3 · 64 · 64 = 12,288 numbers. The three are
# the **factors of variation**: the few things that differ from picture to picture and from which the picture follows.
# The slides' definition is
#
# > **Disentanglement:** isolating the sources of variation in observational data.
#
# *Observational* is the hard part. A learner sees pictures, not words, and cannot reach into the world to turn one
# factor and watch. What could it get out of that? And what would "isolated" mean, exactly?

# %% [markdown]
# ## 2. A world and its factors
#
# To answer with numbers we need a world of which we know the factors. A **world** in this course is a grid: $K$ factors
# $\mathbf g=(g_1,\dots,g_K)$, each with a few values, and one image $\mathbf x$ for every combination.

# %%
world = Fruit()
print(world)
for factor, H in zip(world.factors, entropy(world.all_factors()), strict=True):
    print(f"{factor.name:>7}: {factor.values[0]} … {factor.values[-1]}   H = ln {len(factor)} = {H:.3f} nats")

# %% [markdown]
# Sizes are half the fruit's extent as a share of the picture; colours run from 0, red, to 1, black. An image's index
# and its factors say the same thing, and the last factor runs fastest:

# %%
image, g = world[241]
fruit, size, colour = (f.values[i] for f, i in zip(world.factors, g, strict=True))
print(f"image 241 has factors {g.tolist()}: {fruit}, size {size:.2f}, colour {colour:.2f}")
print("and back:", world.index_of(g[None]).item())

# %% [markdown]
# Now fix the fruit and lay the other two factors out.

# %%
steps = torch.tensor([0, 5, 10, 15])
sizes, colours = torch.meshgrid(steps, steps, indexing="ij")
apples = torch.stack([torch.zeros_like(sizes), sizes, colours], dim=-1).reshape(-1, 3)
names = [f"size {world.factors[1].values[i]:.2f}" for i in steps]
titles = [f"colour {world.factors[2].values[i]:.2f}" for i in steps]
image_grid(world.render(apples), titles=titles, columns=4, rows=names, size=1.1)
plt.show()

# %% [markdown]
# *Sixteen apples. Down the rows only the size grows; along the columns only the colour goes from red to black.*
#
# Every combination occurs once, so in this world the factors are **independent**: knowing one says nothing about
# another. Remember that we built it so. Real data seldom does us the favour (sections 6 and 8).

# %%
g = world.all_factors().numpy()  # (N, K)
for a, b in ((0, 1), (0, 2), (1, 2)):
    I = abs(mutual_info_score(g[:, a], g[:, b]))  # abs: a zero may be rounded to −0.0
    print(f"I({world.factors[a].name}; {world.factors[b].name}) = {I:.3f} nats")

# %% [markdown]
# ## 3. Two codes of the same apples
#
# A **code** $\mathbf z=(z_1,\dots,z_D)$ is a few numbers computed from an image; each $z_j$ is a **latent**. Take
# apples only, so that two factors are left, and suppose that a perfect learner gave us a code with $z_1$ the size and
# $z_2$ the colour, both with mean 0 and variance 1. A second learner gives us the same code, *turned* by an angle:
#
# $$\mathbf z' = R\,\mathbf z,\qquad R=\begin{pmatrix}\cos\alpha&-\sin\alpha\\ \sin\alpha&\cos\alpha\end{pmatrix}.$$

# %%
apples = Fruit("apple", sizes=6, colours=6)  # a constant factor is left out: K = 2
g = apples.all_factors().double()
z = (g - g.mean(0)) / g.std(0, correction=0)  # the disentangled code, (N, 2)


def turn(z, degrees):
    c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    return z @ torch.tensor([[c, -s], [s, c]]).T  # R z, for every row


# %%
fig, axes = plt.subplots(1, 2, figsize=(8, 4.2), layout="constrained")
pictures = [channels_last(image) for image in apples.images(torch.float32, device="cpu")]
for ax, degrees in zip(axes, (0, 45), strict=True):
    for (x, y), picture in zip(turn(z, degrees).tolist(), pictures, strict=True):
        ax.imshow(picture, extent=(x - 0.2, x + 0.2, y - 0.2, y + 0.2))
    ax.set(xlim=(-2.4, 2.4), ylim=(-2.4, 2.4), xlabel="$z_1$", ylabel="$z_2$", title=f"turned by {degrees}°")
plt.show()

# %% [markdown]
# *The same 36 apples at the places of their codes. Left, the grid is upright: rightwards the apple grows, upwards it
# darkens. Right, the grid stands on its corner: rightwards the apple grows and reddens at once.*
#
# > **Before you read on.** Is anything lost on the right? Could you still read off the size, given $z_1$ and $z_2$?
# > Given $z_1$ alone?
#
# Nothing is lost. A turn keeps all distances, so neighbours stay neighbours, every image keeps a code of its own, and
# turning back is one matrix product:

# %%
before, after = torch.cdist(z, z), torch.cdist(turn(z, 45), turn(z, 45))
check("largest change of a distance between two codes", (before - after).abs().max().item(), 0.0)
check("largest error after turning back", (turn(turn(z, 45), -45) - z).abs().max().item(), 0.0)

# %% [markdown]
# As a *compression* the two codes are equally good. The difference is in what **one latent** means. On the left $z_1$
# is the size. On the right $z_1=(\text{size}-\text{colour})/\sqrt2$: a big dark apple and a small red one have the same
# $z_1$. That is what *entangled* says: no information is missing, but no single latent is about a single factor. To
# put a number on "is about", we need mutual information.

# %% [markdown]
# ## 4. What does a latent know? Mutual information by hand
#
# Start with a table that fits on a napkin. A latent that takes two values, low and high, was noted for 24 fruits of
# three colours:
#
# | | red | brown | black | |
# |:--|--:|--:|--:|--:|
# | **z low** | 8 | 3 | 1 | 12 |
# | **z high** | 0 | 3 | 9 | 12 |
# | | 8 | 6 | 10 | 24 |
#
# > **Before you read on.** In which fields does $z$ help you to guess the colour? What is the most that a latent with
# > two values can tell about anything?
#
# $$I(g;z)=\sum_{g,z} p(g,z)\,\log\frac{p(g,z)}{p(g)\,p(z)}$$
#
# If $z$ told nothing, each field would hold the product $p(g)\,p(z)$: 4, 3, 5 fruits in each row. So the middle column
# contributes nothing, and the red one a good deal: $\tfrac{8}{24}\ln\tfrac{8}{4}+0=\tfrac13\ln2\approx0.231$. (An empty
# field counts zero, since $p\log p\to0$.) Black: $\tfrac1{24}\ln\tfrac15+\tfrac9{24}\ln\tfrac95\approx-0.067+0.220=0.153$.
# Together 0.384 nats. The same in code, and by three others:

# %%
count = np.array([[8, 3, 1], [0, 3, 9]])
p = count / count.sum()  # p(z, g)
p_z, p_g = p.sum(axis=1, keepdims=True), p.sum(axis=0)
field = special.rel_entr(p, p_z * p_g)  # p log(p / (p(z) p(g))), and 0 where p = 0
print(np.round(field, 3) + 0.0)  # + 0.0 turns a −0 into 0
I = field.sum()
check("I(g; z) against H(g) + H(z) − H(g, z)", I, stats.entropy(p_g) + np.log(2) - stats.entropy(p.ravel()))
check("I(g; z) against scikit-learn", I, mutual_info_score(None, None, contingency=count))

# %%
z24, g24 = (np.repeat(index.ravel(), count.ravel()) for index in np.indices(count.shape))  # the 24 fruits, one by one
check("I(g; z) against dvlab.metrics", I, mutual_information(z24[:, None], g24[:, None]).item())
print(f"z tells {I:.3f} nats; it could tell ln 2 = {np.log(2):.3f}, and the colour has H(g) = {stats.entropy(p_g):.3f}")

# %% [markdown]
# A single field may be negative (a black fruit with a low $z$ is misleading); the sum never is. And
# $0\le I(g;z)\le\min\{H(g),H(z)\}$ for a discrete $z$.
#
# ### The heat map of codes against factors
#
# A code has $D$ latents and a world $K$ factors, so there are $D\times K$ such numbers. Arrange them as a matrix and
# colour it: this is the picture by which the rest of the course judges codes, and MIG (lecture 6) is a summary of it.
#
# One detail. Our $z$ is continuous, and it has to be *noisy*: if $z_1$ were known to infinitely many digits, the
# slightest trace of a factor would give it away completely. A VAE's code is a Gaussian for each image,
# $q(z_j\mid\mathbf x)=\mathcal N(\mu_j,\sigma_j^2)$, so its noise is part of the model. We take $\sigma=0.1$
# throughout; given such a `Normal`, `mutual_information` integrates and needs no bins.

# %%
fig, axes = plt.subplots(1, 3, figsize=(10, 2.8), layout="constrained")
for ax, degrees in zip(axes, (0, 20, 45), strict=True):
    q = Normal(turn(z, degrees), 0.1)  # q(z|x) of all 36 apples
    table = mutual_information(q, apples.all_factors())  # (D, K)
    print(f"turned by {degrees:2d}°: ", " ".join(f"{value:.2f}" for value in table.ravel()))
    heat_map(table, "nats", ["size", "colour"], largest=np.log(6), ax=ax)
    ax.set(title=f"turned by {degrees}°", ylabel="latent")
    ax.set_yticks([0, 1], ["$z_1$", "$z_2$"])
plt.show()

# %% [markdown]
# *Mutual information of two latents with two factors, for the code turned by 0°, 20° and 45°. At 0° a bright diagonal
# of almost ln 6 = 1.79 nats and zeros elsewhere; at 20° the diagonal has paled and the other two fields have come up;
# at 45° all four are equal.*
#
# **A disentangled code shows one bright field in each column, and at most one in each row.** Which row is of no
# importance: at 90° the latents have swapped, and the code is as disentangled as at 0°. Turn it yourself and watch the
# fields:

# %%
dvlab.widgets.rotate_codes()

# %% [markdown]
# *The slider's picture: the cloud of codes coloured by size and by colour, and the heat map beside it. The cloud only
# turns; the heat map goes from a diagonal through four equal fields to the other diagonal. Both latents together know
# the same at every angle.*
#
# ### A larger example, and the code that everybody starts with
#
# Back to all 512 fruits. First code: fruit, size and colour, one latent each, and a fourth latent that says nothing.
# Second: the same, turned in four dimensions. Third: **four pixels** of the image, the code that a camera gives you.

# %%
g = world.all_factors().double()
upright = torch.cat([(g - g.mean(0)) / g.std(0, correction=0), torch.zeros(len(g), 1)], dim=1)
R = stats.ortho_group.rvs(4, random_state=3)  # a random orthogonal matrix
red = world.images(torch.float32, device="cpu")[:, 0].double()  # the red channel, (N, 32, 32)
pixels = torch.stack([red[:, 16, 16], red[:, 15, 10], red[:, 20, 20], red[:, 19, 10]], dim=1)
codes = {"upright": upright, "turned": upright @ torch.tensor(R).T, "four pixels": pixels}

# %%
fig, axes = plt.subplots(1, 3, figsize=(11, 3.4), layout="constrained")
labels = [f"{f.name}\nH = {H:.2f}" for f, H in zip(world.factors, entropy(world.all_factors()), strict=True)]
for ax, (name, code) in zip(axes, codes.items(), strict=True):
    heat_map(mutual_information(Normal(code, 0.1), world.all_factors()), "nats", labels, largest=np.log(16), ax=ax)
    ax.set(title=name, ylabel="latent")
    ax.set_yticks(range(4), [f"$z_{j}$" for j in (1, 2, 3, 4)])
plt.show()

# %% [markdown]
# *Three codes of the fruit world against its three factors. Upright: one bright field a column and an empty fourth row.
# Turned: several fields in every column. Four pixels: the
# first knows some of the colour, each of the others a little of everything.*
#
# Three things to take with you. The column of *fruit* can never be brighter than $\ln2$, since there are only two:
# compare a field with the $H$ below it, not with its neighbours. (Size and colour reach 2.17 of 2.77 nats, because at
# $\sigma=0.1$ neighbours among 16 levels get confused.) A dead latent is a row of zeros, and does no harm. And pixels are
# entangled: the one in the middle always lies inside the fruit and sees only its colour, but whether a pixel near
# the edge is dark depends on what is there, how far it reaches, and what colour it has. No pixel is about the size
# alone. Disentangling means to undo what the renderer has done.

# %% [markdown]
# ## 5. Control: change one factor, leave the rest
#
# Why would one want the upright code? The slides' answer is *control*. Suppose that we have a decoder. Here it can
# be exact: turn the code back, round to the nearest factors, draw. It decodes the upright and the turned code
# equally well; only the meaning of its sliders differs.

# %%
world_of_apples = Fruit("apple", sizes=15, colours=15, size=48)
middle = 7  # of the indices 0 … 14
scale = world_of_apples.all_factors().double().std(0, correction=0)


def decode(z, degrees):
    """The factors and images of codes that were turned by `degrees`."""
    factors = (turn(z, -degrees) * scale + middle).round().clamp(0, 14).long()
    return factors, world_of_apples.render(factors)


# %% [markdown]
# > **Before you read on.** We move $z_1$ from −1.5 to 1.5 and leave $z_2$ at 0. What will the apple do at 0°? At 45°?
#
# Moving one latent and leaving the others is called a **traversal**.

# %%
z_1 = torch.linspace(-1.5, 1.5, 7, dtype=torch.float64)
sweep = torch.stack([z_1, torch.zeros(7)], dim=1)  # z_2 stays
rows = []
for degrees in (0, 45):
    factors, images = decode(sweep, degrees)
    rows.append(images)
    print(f"turned by {degrees:2d}°: size {factors[:, 0].tolist()}, colour {factors[:, 1].tolist()}")
titles = [f"$z_1$ = {value:.1f}" for value in z_1]
image_grid(torch.cat(rows), titles=titles, columns=7, rows=["upright", "turned 45°"], size=1.05)
plt.show()

# %% [markdown]
# *Two traversals of $z_1$. With the upright code the apple grows and keeps its colour. With the turned code it grows and
# goes from dark to red at the same time.*
#
# With the turned code a *pair* of sliders, moved together, still does the job. Nobody would find the pair by hand when
# there are ten. So disentanglement is not about what is known but about **how it is laid out**: for people who want to
# set one thing, for a small predictor that needs one factor and should not have to learn to ignore nine, and for
# putting known factors together in a new way. Which leads to the promise of the slides.

# %% [markdown]
# ## 6. The Small Black Apple
#
# > **Before you read on.** You have seen a hundred pictures of Big Red Apples and a hundred of Small Black Grapes, and
# > nothing else in your life. Somebody asks for a Small Black Apple. What is *apple*: the outline, the red, the size?
#
# The slides promise it: a model trained on Big Red Apples and Small Black Grapes should draw a Small Black Apple. **From
# those two alone it cannot be known.** In such data size, colour and fruit never change separately. Each is a copy of
# the others, and a code that knows one knows all.

# %%
pair = world.hold_out(lambda f: ~((f == torch.tensor([0, 15, 0])).all(1) | (f == torch.tensor([1, 0, 15])).all(1)))
print(pair)
fruit, size, colour = pair.all_factors().T.numpy()
check("H(size)", entropy(size[:, None]).item(), np.log(2))
check("I(size; colour)", mutual_info_score(size, colour), np.log(2))
check("I(size; fruit)", mutual_info_score(size, fruit), np.log(2))

# %% [markdown]
# $I(\text{size};\text{colour})=H(\text{size})$: the whole entropy of one is in the other. Write −1 and +1 for
# the two values of each factor (apple, big, red are +1) and consider *every* code of the form
#
# $$z = a\cdot\text{size}+b\cdot\text{colour}+c\cdot\text{fruit},\qquad a+b+c=1.$$
#
# With $a=1$ it measures the size, with $b=1$ the colour, with $c=1$ the fruit. For the big red apple every one of them
# says $z=+1$, for the small black grapes $z=-1$. There are infinitely many, and no amount of such data, and no
# objective that sees only the codes of such data, can prefer one to another. Only the Small Black Apple tells them apart:

# %%
data = np.array([[1, 1, 1], [-1, -1, -1]])  # size, colour, fruit: big red apple, small black grapes
small_black_apple = np.array([-1, -1, 1])
for a, b, c in ((1, 0, 0), (0, 1, 0), (0, 0, 1), (0.5, 0.5, 0), (0.2, 0.3, 0.5), (-1, 0, 2)):
    weights = np.array([a, b, c])
    assert np.allclose(data @ weights, [1, -1])  # the same code for everything that was seen
    print(f"a, b, c = {a:4}, {b:3}, {c:3}:  seen +1, −1;  the small black apple: {small_black_apple @ weights:4.1f}")

# %% [markdown]
# The decoder has the same freedom. Here are three ways from one seen fruit to the other. All three are right about the
# two ends, and the ends are all the data there is:

# %%
start, end = torch.tensor([1, 0, 15]), torch.tensor([0, 15, 0])  # small black grapes, big red apple
t = torch.linspace(0, 1, 7)
early, late = (2 * t).clamp(0, 1), (2 * t - 1).clamp(0, 1)  # a factor may change in the first half or the second
ways = {
    "size first": (late, early, late),
    "colour first": (late, late, early),
    "fruit first": (early, late, late),
}
share = torch.cat([torch.stack(way, dim=1) for way in ways.values()])
images = basket.render((start + share * (end - start)).round().long())
image_grid(images, titles=["seen"] + 5 * ["?"] + ["seen"], columns=7, rows=list(ways), size=1.0)
plt.show()

# %% [markdown]
# *Three rows of fruit, from the same small black grapes to the same big red apple. The first row grows before it turns
# red and becomes an apple, the second reddens first, the third becomes an apple first: its middle is a small black
# apple. The data does not say which row is right.*
#
# ### What data makes it possible?
#
# Factors must vary **independently of each other somewhere**: small apples and black apples must have been seen, only
# not both at once. So we keep all combinations and hold out a *corner*, the small black apples.

# %%
corner = world.hold_out(lambda f: (f[:, 0] == 0) & (f[:, 1] < 4) & (f[:, 2] >= 12))
print(corner)
two_groups = world.hold_out(
    lambda f: ~(((f[:, 0] == 0) & (f[:, 1] >= 12) & (f[:, 2] < 4)) | ((f[:, 0] == 1) & (f[:, 1] < 4) & (f[:, 2] >= 12)))
)
for name, seen in {"a pair": pair, "two groups": two_groups, "all but a corner": corner, "all": world}.items():
    f, s, c = seen.all_factors().T.numpy()
    told = [abs(mutual_info_score(*two)) for two in ((s, c), (f, s), (f, c))]
    numbers = "  ".join(f"{I:.3f}" for I in told)
    print(f"{name:16}: {len(seen):3} images, I(size; colour), I(fruit; size), I(fruit; colour) = {numbers}")

# %%
fig, axes = plt.subplots(1, 3, figsize=(10, 3.6), layout="constrained", width_ratios=(1, 1, 0.8))
seen = torch.ones(world.factor_sizes)
seen[tuple(corner.held_out.T)] = 0
for ax, fruit, table in zip(axes, ("apples", "grapes"), seen, strict=False):
    ax.imshow(table, cmap="cividis", vmin=0, vmax=1, origin="lower")
    ax.set(title=fruit, xlabel="colour: 0 red … 15 black", ylabel="size: 0 small … 15 big")
    ax.set(xticks=steps, yticks=steps)
axes[0].text(13.5, 1.5, "held\nout", color="white", ha="center", va="center")
axes[2].imshow(channels_last(basket.render(corner.held_out[3:4])[0]))
axes[2].set(title="one of the 16 held out", xticks=[], yticks=[])
plt.show()

# %% [markdown]
# *The combinations that a model may see are light: all grapes, and all apples but the 16 in the corner of small and
# black. On the right one of the 16, a small black apple that no model in lecture 8 is shown in training.*
#
# Read the numbers line by line. *A pair*: each factor is a copy of the others, ln 2 ≈ 0.693 everywhere. *Two groups* (big
# red apples of four sizes and four reds, and likewise for the grapes) still has 0.693 in each: within a group size and
# colour move separately, so they can be told apart *there*, but the fruit is still a function of the size, and no small
# apple was ever seen. *All but a corner*: nearly independent. A rule such as "the outline is the fruit, the
# extent is the size" is now the simplest one that fits, and putting *apple*, *small* and *black* together is a step of a
# kind that was seen elsewhere.
#
# **Possible is not guaranteed.** Even with all 512 images the turned code of section 3 explains them perfectly well.
# Locatello et al. (2019) prove that without assumptions about model and data the axes cannot be learned from
# unlabelled images: for any code with independent latents there are infinitely many others, just as independent, each of
# whose latents depends on every latent of the first. What picks the axes is an *inductive bias*: of the prior, the noise, the
# architecture, the way of training. Lectures 3 to 5 build such biases, and lecture 8 takes the test: 496 images,
# 16 small black apples held out, several seeds, and a count of the swaps that succeed.

# %% [markdown]
# ## 7. Three definitions, and where each falls short
#
# "Isolating sources of variation" is a wish, not yet a definition. Three ways to make it precise compete.
#
# **A. Independence: the latents of a disentangled code are statistically independent,** $q(\mathbf z)=\prod_j q(z_j)$.
# It needs no labels, and lectures 4 and 5 turn it into a term of the loss, the total correlation. But it is not enough:
# a round Gaussian cloud looks the same from every side, so its turned latents are as independent as before. For
# standard Gaussian factors and $z_1=\cos\alpha\,g_1-\sin\alpha\,g_2$ plus noise of variance $\sigma^2$:

# %%
sigma = 0.1
for degrees in (0, 20, 45):
    c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    R = np.array([[c, -s], [s, c]])
    covariance = R @ R.T + sigma**2 * np.eye(2)  # of the code
    TC = 0.5 * np.log(covariance.diagonal().prod() / np.linalg.det(covariance))
    I = [0.5 * np.log((1 + sigma**2) / (1 + sigma**2 - r**2)) for r in (c, s)]  # −½ ln(1 − correlation²)
    print(f"turned by {degrees:2d}°: TC = {abs(TC):.3f};  I(z₁; g₁) = {I[0]:.3f}, I(z₁; g₂) = {I[1]:.3f}")

# %% [markdown]
# Independent at every angle, disentangled at 0° only. Our *square* grid of apples is kinder: turned by 45° its latents
# are uncorrelated but not independent (a large $z_1$ leaves only $z_2\approx0$: look at the corner of the picture in
# section 3). So independence can find the axes of data that is not Gaussian, as long as the mixing is linear; a
# non-linear network can again hide any mixture. Nor is independence necessary: leave out the corner of section 6,
# and the true factors themselves are a little dependent.
#
# **B. One factor per latent.** Needs known factors, and asks three questions of the heat map (Ridgeway & Mozer 2018;
# in brackets the words of Eastwood & Williams 2018, which lecture 7 uses):
#
# | property | question | fails for |
# |:--|:--|:--|
# | modularity [disentanglement] | does each latent know *one* factor only? | one latent for size *and* colour |
# | compactness [completeness] | is each factor in *one* latent only? | size in two latents |
# | explicitness [informativeness] | can the factor be read off, by a simple predictor? | a latent that forgot the fruit |
#
# People disagree on whether the second should be asked for. The third definition says why.
#
# **C. Symmetry.** Higgins et al. (2018) start from what one can *do*: enlarge, darken, move, rotate. These
# transformations form a group $G$, and if it splits into parts, $G=G_1\times\dots\times G_K$, a code is disentangled
# when it splits likewise, $Z=Z_1\oplus\dots\oplus Z_K$, so that $G_k$ acts on $Z_k$ and leaves the other parts alone. A
# part may have *more than one dimension*. Must it, ever? Take rotation, where 360° is 0° again:

# %%
angle = np.arange(40) * 2 * np.pi / 40  # 40 orientations
line = angle[:, None] / (2 * np.pi)  # one latent
circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)  # two latents
for name, code in {"one latent": line, "two latents": circle}.items():
    step = np.linalg.norm(np.roll(code, -1, axis=0) - code, axis=1)  # from each orientation to the next
    print(f"{name}: a step of 9° moves the code by {step.min():.3f} to {step.max():.3f}")

# %% [markdown]
# On one latent, one step in forty is a leap across the whole range: the code must be torn somewhere. On two latents
# every step is alike, and a rotation by 9° is the same matrix everywhere. So definition C calls the circle disentangled, and
# definition B, compactness included, calls it a fault. It costs the circle codes of lectures 6 and 7 points, and you
# will then know that the metric, not the code, may be the one to blame. (The small sprites of lectures 2 to 8 turn by a
# quarter only, so that one latent can do.) C's own weakness: *which* transformations
# count, and how they split into parts, is for somebody to decide; and shape (apple to grapes) is not naturally a group
# at all.
#
# No definition is the right one. **Say which you mean**: this course minimises A, measures B, and thinks of C when B
# looks unfair.

# %% [markdown]
# ## 8. Faces, correlations, and whose categories they are
#
# The slides' example is a row of faces from Chen et al. (2018) in which a latent "corresponding to gender" is changed.
# Before you look at such a row, look at fruit again. Suppose that in our data big apples tend to be red, with a
# correlation of 0.8, and that a model has a single latent to spend:

# %%
for r in (0.0, 0.2, 0.8):
    variance, axis = np.linalg.eigh([[1.0, r], [r, 1.0]])  # of (size, redness), both standardised
    share = variance[-1] / variance.sum()
    if r == 0:
        print(f"r = {r}: no direction stands out; each holds {share:.0%} of the variance")
    else:
        size, redness = abs(axis[:, -1])
        print(f"r = {r}: the best latent moves size by {size:.2f} and redness by {redness:.2f}, and holds {share:.0%}")

# %% [markdown]
# Even a weak correlation is enough: with equal variances, the best single latent (the first principal component) moves
# both alike. Somebody who looks at the traversal and
# names it "the size latent" has then learned, it seems, that *growing makes apples red*. Nothing of the kind was
# shown. The apples were photographed that way.
#
# A latent found on faces is of that sort, and more is at stake. Four things are worth saying whenever such a
# picture is shown.
#
# *The name is somebody's.* The model was given no word for anything; a person looked at a traversal and chose one.
# CelebA, the data set of celebrities' photographs behind it, does come with forty yes-or-no labels a face, but those too are judgements that
# somebody made from a photograph, without asking the person in it.
#
# *The category is contested.* A size is a length, and two people with a ruler will agree. Gender is not a length. How
# somebody looks in a picture is not who they are, it is not a line from one end to another, and a person may
# be at neither end. To call the axis a "generative factor", as if the world had a dial for it, is a claim that the
# pixels cannot support. "Faces that annotators would label male, to faces they would not" is clumsier, and
# true.
#
# *A correlation in the data is not a law.* Such a traversal tends to change hair, make-up, the smile or the jaw along
# with the label, because in photographs of celebrities these go together: an effect of fashion, of casting and of who
# is photographed, not of nature. The latent cannot know the difference, and no better metric will tell it. What a
# traversal shows is **an association in a data set**, drawn as a picture that looks like a cause.
#
# *Control can be used on people.* A slider that changes one attribute of a face and leaves the rest can show how a
# classifier's answer depends on that attribute, which is useful to find out; it can also falsify a face. Who is in the data, who
# agreed to it and what the slider is for are part of the method, not a footnote to it.
#
# In this course every factor is a number that the renderer was given. That is what makes it possible to check our
# claims, and it is also what your next data set will not have.

# %% [markdown]
# ## What you can do now
#
# - ✓ take a world apart into factors: $K$ factors, one image a combination, `world.render(factors)`
# - ✓ turn a code: all distances and all information stay, but a latent no longer means one factor
# - ✓ compute $I(g;z)$ from a table, and read the heat map: one bright field a column, at most one a row; compare with $H(g_k)$
# - ✓ change one factor and leave the rest; an entangled code needs several sliders moved together
# - ✓ from Big Red Apples and Small Black Grapes alone, a Small Black Apple cannot be known; with all combinations but a
#   corner it can be learned, given a bias that picks the axes
# - ✓ three definitions: independence (misses turned Gaussians), one factor per latent (unfair to a circle), symmetry
#   (somebody must choose the group)
# - ✓ say of a face traversal: an association in this data set, under a name that somebody chose
#
# ### Check yourself
#
# <details><summary>1. A code of two latents has heat map rows (1.7, 0.0) and (1.7, 0.0) for size and colour. What is wrong with it?</summary>
#
# Both latents know the size: modular, but not compact. And nobody knows the colour, so it is not informative either.
# Each latent by itself looks perfect, which is why one needs the columns too.
# </details>
#
# <details><summary>2. At 45° each latent of section 4 knows well under half of the 1.79 nats of the size. Where is the rest?</summary>
#
# In the pair. Given $z_1$ alone, size and colour can trade off; $z_2$ settles which it was. $I$ of two latents together
# can exceed the sum of their separate $I$'s, as it can fall short of it (two copies).
# </details>
#
# <details><summary>3. I multiply all codes and their noise by 1,000. What happens to the heat map?</summary>
#
# Nothing. Mutual information does not depend on the unit. Without the noise scaled along, the code would be a thousand
# times more precise, and the information would grow.
# </details>
#
# <details><summary>4. Would a thousand more photographs of Big Red Apples and Small Black Grapes help with the Small Black Apple?</summary>
#
# Not if all are alike: size, colour and fruit still change together, and all the codes of section 6 agree on all of them.
# One small red apple, or one big black one, would say more. (Several sizes and reds within each group help to tell size
# from colour, but still show no small apple.)
# </details>
#
# <details><summary>5. "Our model discovered that make-up is a part of gender." What would you answer?</summary>
#
# That it found the two to occur together in these photographs, under the labels or the name that somebody chose. A
# different collection of pictures would give a different latent. An association in a data set is not a discovery about
# people.
# </details>
#
# ### References
#
# - Y. Bengio, A. Courville and P. Vincent, *Representation Learning: A Review and New Perspectives*, 2013: the case for
#   separating factors of variation. [arXiv:1206.5538](https://arxiv.org/abs/1206.5538)
# - I. Higgins et al., *Towards a Definition of Disentangled Representations*, 2018: definition C.
#   [arXiv:1812.02230](https://arxiv.org/abs/1812.02230)
# - K. Ridgeway and M. C. Mozer, *Learning Deep Disentangled Embeddings with the F-Statistic Loss*, NeurIPS 2018:
#   modularity, compactness, explicitness.
# - C. Eastwood and C. K. I. Williams, *A Framework for the Quantitative Evaluation of Disentangled Representations*,
#   ICLR 2018.
# - F. Locatello et al., *Challenging Common Assumptions in the Unsupervised Learning of Disentangled Representations*,
#   ICML 2019: why a bias is needed. [arXiv:1811.12359](https://arxiv.org/abs/1811.12359)
# - R. T. Q. Chen, X. Li, R. Grosse and D. Duvenaud, *Isolating Sources of Disentanglement in Variational Autoencoders*,
#   NeurIPS 2018: the slides' faces. [arXiv:1802.04942](https://arxiv.org/abs/1802.04942)
# - Z. Liu, P. Luo, X. Wang and X. Tang, *Deep Learning Face Attributes in the Wild*, ICCV 2015: CelebA.
#
# **Next:** [lecture 2, Why VAEs?](02_vae.ipynb)
