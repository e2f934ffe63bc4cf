# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 8. Putting it together
#
# **In this notebook you will**
#
# 1. let a model draw a *small black apple*, which it has never seen, by exchanging one latent;
# 2. count how often that works, by two rules, and say how black the apples are;
# 3. look at models that fail, and see which numbers would have told you beforehand;
# 4. make the two usual accidents by hand, a fold and a turn, and know which metric sees which;
# 5. choose among trained models without labels, and learn when that can be trusted;
# 6. train on a folder of your own pictures.
#
# **You need** lectures 1 to 7: this one uses all of them.
#
# **It takes** about 30 minutes to read and under a minute to run on a CPU. Exercise 08 follows it.

# %%
import subprocess
import sys
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import torch
from PIL import Image
from scipy import stats
from torch.distributions import Normal

import dvlab
from dvlab import results
from dvlab.metrics import dci, entropy, mig, mutual_information
from dvlab.metrics.recombination import swap
from dvlab.plots import image_grid, traversal_grid
from dvlab.widgets.base import COLOURS
from dvlab.worlds.pictures import read_images

# %% [markdown]
# ## 1. What the slides promised
#
# The first slides ask why one should isolate *big*, *red* and *apple*, and answer: to generate what was not observed.
# A model trained on **big red apples** and **small black grapes** should be able to draw a **small black apple**. Now
# we take the slides at their word. Two fruits, 16 sizes, 16 colours from red to black; the 16 combinations that are
# apples of the four smallest sizes and the four darkest colours are taken out, and no model below ever sees one.


# %%
def small_black_apple(f):  # columns: fruit, size, colour
    return (f[:, 0] == 0) & (f[:, 1] < 4) & (f[:, 2] >= 12)


world = dvlab.worlds.Fruit().hold_out(small_black_apple)
print(world)
seen = torch.tensor([[0, 15, 0], [0, 15, 15], [0, 0, 0], [0, 4, 15], [0, 0, 11], [1, 0, 15], [1, 15, 0], [1, 15, 15]])
world.index_of(seen)  # would raise an error if one of them were held out
image_grid(world.render(seen))
plt.show()

# %% [markdown]
# *Eight of the 496 training images. There are black apples among them, and small ones, and ones that are nearly both
# (the fourth and the fifth); but in the corner where both come together there is nothing.*
#
# > **Before you read on.** Think of a model with one latent for each of the three factors. Which code would you
# > write down for a small black apple, given one image of a big red apple and one of small black grapes? And a
# > model that had merely learned its images by heart: which of the eight would it draw?

# %% [markdown]
# ## 2. One latent changes hands
#
# The model is a β-TCVAE of four latents (lecture 5), cooled from a large β (lecture 3), and it comes with the course.
# Which of its latents is the fruit? We ask what each knows about each factor (lecture 6).

# %%
vae = dvlab.zoo.load("fruit-beta-tcvae")
q = dvlab.posterior(vae, world)
information = mutual_information(q, world.all_factors())  # I(z_j; g_k), (D, K)
latents = dict(zip(("fruit", "size", "colour"), information.argmax(axis=0).tolist(), strict=True))
for j, row in enumerate(information):
    print(f"z{j}", *(f"{nats:6.2f}" for nats in row))
print(latents)
assert len(set(latents.values())) == 3, "each factor has a latent of its own"

# %% [markdown]
# Rows are latents, columns are fruit, size and colour, in nats. Every factor has a latent that knows most of it (a
# fruit is worth $\ln2=0.69$ nats, a size or a colour $\ln16=2.77$), and one latent is idle. The size leaks a little
# into the latent of the fruit and the fruit into that of the size: hold that against the model later.
#
# Now the exchange. Encode both images, take the mean codes, and give the grapes' code the apple's fruit:

# %%
pair = world.render(torch.tensor([[0, 14, 1], [1, 1, 14]]))  # a big red apple, small black grapes
with torch.no_grad():
    apple, grapes = vae.encode(pair).mean
    code = grapes.clone()
    code[latents["fruit"]] = apple[latents["fruit"]]
    drawn = vae.decode(code[None]).mean
truth = world.render(torch.tensor([[0, 1, 14]]))
image_grid(
    torch.cat([pair, drawn, truth]), ["fruit from here", "the rest from here", "decoded", "never seen"], 4, size=1.5
)
plt.show()

# %% [markdown]
# *Left: the two images that were encoded. Third: what the mixed code decodes to. Right: how this world would draw a
# small black apple; no model was shown it.* There it is. Take the latents from other images, one by one:

# %%
dvlab.widgets.recombine(
    vae,
    world,
    first=(1, 1, 14),
    second=(0, 14, 1),
    take=[latents["fruit"]],
    names={j: name for name, j in latents.items()},
)

# %% [markdown]
# *(In the stored notebook this is a picture. With a kernel: sliders for two images and a switch for each latent.)* Try
# the two other roads to the same apple: start from the apple and take size *and* colour from the grapes; or take the
# colour alone from the grapes, and the size from a small red apple.
#
# ## 3. Is it right? Two rules
#
# One picture proves nothing. Take all 16 big red apples (the four largest sizes, the four reddest colours) with all 16
# small black grapes: 256 exchanges. For each, compare what is decoded with renderings of this world, by squared error:
#
# - **right**: of the *eight* renderings that mix the two images (either fruit × either size × either colour), the
#   small black apple is the nearest. Whoever guesses is right in one of eight.
# - **strict**: of *all* 512 renderings, the nearest lies among the 16 that were held out.
#
# > **Which rule is harder, and why? What would a model draw that passes the first and not the second?**
#
# First the pair above by hand, then all of them.

# %%
eight = torch.cartesian_prod(torch.tensor([0, 1]), torch.tensor([14, 1]), torch.tensor([1, 14]))
distance = (world.render(eight) - drawn).square().sum(dim=(1, 2, 3))
for factors, error in zip(eight.tolist(), distance.tolist(), strict=True):
    print(f"fruit, size, colour {factors!s:<11}  squared error {error:6.1f}")
assert eight[distance.argmin()].tolist() == [0, 1, 14]

# %%
found = swap(vae, world)
same = (found.first == torch.tensor([0, 14, 1])).all(1) & (found.second == torch.tensor([1, 1, 14])).all(1)
assert torch.allclose(found.decoded[same], drawn, atol=1e-5)  # the pair above is one of the 256
assert found.right > 0.95 and found.strict > 0.5
print(found)
found.plot(world)
plt.show()

# %% [markdown]
# *Six of the 256 exchanges, from above: the image that gives its fruit, the image that gives all else, what is
# decoded, what was hoped for, and the rendering that comes nearest.* All are right, and strictly right. (This is seed
# 0. It is one of the better ones: section 5.) There are faint rings around the smallest apples, which no training
# image has; and how small and how black are they? And is it the exchange that is to blame, or the networks, which
# never met this corner? For comparison, the sixteen held-out images themselves, encoded and decoded:

# %%
whole = dvlab.worlds.Fruit()
grid = whole.images(torch.float32, device="cpu").flatten(1)


@torch.no_grad()
def nearest(decoded):
    """The factors of the nearest of all 512 renderings."""
    return whole.all_factors()[torch.cdist(decoded.flatten(1), grid).argmin(dim=1)]


# %%
with torch.no_grad():
    again = vae.decode(vae.encode(world.render(world.held_out)).mean).mean
offs = {"exchanged": found.nearest - found.target, "encoded, decoded": nearest(again) - world.held_out}
for name, off in offs.items():
    fruit, size, colour = off.double().mean(dim=0).tolist()
    print(
        f"{name:<17} off by {size:+.1f} steps of size and {colour:+.1f} of colour on average, at most {int(off.abs().max())}"
    )
    assert abs(fruit) < 0.01 and off.abs().max() <= 3 and max(abs(size), abs(colour)) < 2

# %% [markdown]
# Always an apple. The exchanged ones are about a step too small and most of a step too red, where a step is one of
# sixteen; shown the images themselves, the same networks are off by less. So the corner can be drawn, and it is the
# code that is not quite a product: an apple's fruit latent knows a little about its size, too, as the table in section
# 2 said, and it was taken from a *big* one.
#
# ## 4. Models that were not made for it
#
# Was the cooling necessary, or the total correlation, or the KL at all? Train a VAE at a constant β = 1 and an
# **autoencoder** (β = 0: nothing stops the noise of the code from shrinking to almost nothing). They are smaller
# networks, so that it takes seconds; full-sized ones follow in section 5.
#
# > **Before you run it.** What will the exchange give? For an autoencoder, what will the information table look like?


# %%
def trained(beta, seed=0):
    vae = dvlab.VAE(world.image_shape, 4, likelihood="gaussian", sigma=0.3, hidden=(64,), seed=seed)
    objective = dvlab.objectives.BetaVAE(beta)
    options = {"steps": 500, "batch_size": 64, "learning_rate": 4e-3, "seed": seed}
    dvlab.train(vae, world, objective, **options, device="cpu", progress=False)
    return vae


others = {"β-TCVAE, cooled": vae, "VAE, β = 1": trained(1), "autoencoder": trained(0)}

# %%
pictures = [pair, truth, torch.ones_like(truth)]
with torch.no_grad():
    for other in others.values():
        apple, grapes = other.encode(pair).mean
        codes = grapes.repeat(4, 1)
        codes[range(4), range(4)] = apple  # row j: latent j is the apple's
        pictures.append(other.decode(codes).mean)
rows, titles = ["images", *others], ["apple", "grapes", "hoped for", ""] + [f"with the apple's z{j}" for j in range(4)]
image_grid(torch.cat(pictures), titles, columns=4, rows=rows, size=1.3)
plt.show()

# %% [markdown]
# *Top: a big red apple, small black grapes, and the small black apple hoped for. Below, a row for each model: the code
# of the grapes, with latent 0, 1, 2 or 3 (from left to right) taken from the apple. Nobody has to say which latent is
# the fruit: all four are shown.* In the first row one picture is what we want. Of the others one changes the colour,
# one nothing (the idle latent), and one the size, though not cleanly: a large bunch of grapes with something of an
# apple about it, the leak of section 2. In the rows below, a latent changes several things at once, a little of each.
# One of them may come near what was hoped for; change `seed=0` to 1 and run it again, and it is another or none.
# Nothing in their training asked that an axis mean something, and where one does, it is luck.
#
# The table of information is no help with an autoencoder. Its noise is so small that *each* latent alone tells the 496
# images apart, and then each knows every factor:

# %%
q_auto = dvlab.posterior(others["autoencoder"], world)
quiet = Normal(q_auto.mean, q_auto.stddev.clamp(min=1e-3))  # even with more noise than it has
knows = mutual_information(quiet, world.all_factors())
assert q_auto.stddev.median() < 0.05 and knows.min(axis=0)[1:].min() > 1.5
print("every latent of the autoencoder knows more than 1.5 nats of the size, and of the colour")

# %% [markdown]
# ## 5. How many seeds is that?
#
# One model each is an anecdote. `python -m dvlab sweep apples` trained the β-TCVAE ten times and `sweep
# apples-otherwise` the others five times each, for as many steps as the model on the shelf; the tables ship in
# `dvlab/results/`. Here the fruit's latent is, for every method, the one that knows most about it.
#
# > **Predict:** in how many of its seeds does each method draw small black apples? After ten out of ten, may one
# > say "always"?

# %%
rows = np.concatenate([results.read("apples"), results.read("apples-otherwise")])
rows = rows[rows["beta"] != 0.25]  # that table has two recipes of β-TCVAE; 0.2 is the one on the shelf
methods = {
    "fruit-beta-tcvae": "β-TCVAE, cooled",
    "fruit-vae-constant": "VAE, β = 1",
    "fruit-autoencoder": "autoencoder",
}


# %%
def interval(values):
    """A 95 % bootstrap interval of the mean over seeds (degenerate if all seeds agree)."""
    draws = np.random.default_rng(0).choice(values, size=(5000, len(values))).mean(axis=1)
    return np.quantile(draws, (0.025, 0.975))


# %%
print(f"{'':<18}seeds ≥ 90 % right, 95 %        right          strict")
for objective, name in methods.items():
    mine = rows[rows["objective"] == objective]
    passed = stats.binomtest(int((mine["swap_right"] >= 0.9).sum()), len(mine))
    low, high = passed.proportion_ci()
    words = [
        f"{mine[c].mean():5.2f} [{a:.2f}, {b:.2f}]"
        for c in ("swap_right", "swap_strict")
        for a, b in [interval(mine[c])]
    ]
    print(f"{name:<18}{passed.k:3d} of {passed.n}   [{low:.2f}, {high:.2f}]   ", "  ".join(words))

passes = {o: (rows["swap_right"][rows["objective"] == o] >= 0.9).mean() for o in methods}
assert passes["fruit-beta-tcvae"] == 1 and passes["fruit-vae-constant"] <= 0.4 and passes["fruit-autoencoder"] <= 0.4

# %% [markdown]
# Brackets: 95 %, exact for the count of seeds, by bootstrap for the means over seeds. Ten of ten is not "always": a
# method that fails one time in four would still pass ten times in a row now and then, and the interval says so. For
# the share right, the others' intervals lie far below; for the count of seeds, of which they have only five, they
# just touch. "Strict" runs from less than a half to all among the
# ten: **as black as it should be** depends on the seed. (Why not train longer, cool slower, or weigh total correlation
# more at the end? With a weight that stays high the latents are cleaner and the blacks are worse. The table has a
# second recipe, 0.25 instead of 0.2, which was tried first and came to .78 strict; 0.2 was chosen with these ten seeds
# in view, and ten seeds cannot tell the two apart.)
#
# What could have told us beforehand? Four numbers of each run, against its share of right exchanges:

# %%
predictors = {
    "latents in use": "active_latents",
    "MIG": "mig",
    "DCI completeness": "dci_completeness",
    "total correlation (nats)": "total_correlation",
}

# %%
fig, axes = plt.subplots(1, 4, figsize=(11, 2.8), sharey=True, layout="constrained")
for ax, (name, column) in zip(axes, predictors.items(), strict=True):
    for (objective, label), colour, mark in zip(methods.items(), COLOURS, "os^", strict=False):
        mine = rows[rows["objective"] == objective]
        ax.plot(mine[column], mine["swap_right"], mark, color=colour, label=label, alpha=0.7)
    ax.set(xlabel=name, ylim=(-0.05, 1.05))
axes[0].set(ylabel="share right", xlim=(2.5, 4.5), xticks=(3, 4))
axes[3].set(xscale="log")
axes[1].legend(fontsize=8)
plt.show()

# %% [markdown]
# *Each mark is one run; the ten circles lie on top of each other at 1.* All four numbers tell the methods apart: three
# latents in use for three factors, a high MIG, a high completeness, little said twice. Do not read a correlation out
# of these panels, though: there are clusters, one a method, and with clusters *any* two things that differ between
# methods correlate. One square stands at the top: a plain VAE that is right in nearly all exchanges with a MIG as low
# as its neighbours'. It is strict in none. Its apples are nearer to small and black than to large or red, and that is
# all that "right" asks.
#
# The useful question is *within* a method: among seeds that all pass, which are as black as they should be?

# %%
table = results.read("apples")  # ten seeds, two recipes
for column in ("mig", "mig_fruit", "mig_size", "mig_colour", "dci_completeness", "total_correlation"):
    ranks = [
        stats.spearmanr(t[column], t["swap_strict"]).statistic for b in (0.2, 0.25) for t in [table[table["beta"] == b]]
    ]
    print(f"{column:<18} rank correlation with strict: {ranks[0]:+.2f} and {ranks[1]:+.2f}")

# %% [markdown]
# The two columns are the two recipes, with the same ten seeds. Only the MIG of the *colour* goes along with "strict",
# by .7 in both: where another latent has kept a part of the colour, the exchange brings some of the apple's red along.
# Six numbers were tried, on twenty models of ten seeds: a hint that makes sense, not a law.
#
# > **How far does this go?** Give the same recipe a third fruit (pears), or two fruits in five places from left to right,
# > with the small black apples held out as before. In how many of three seeds will it draw them?

# %%
far = results.read("further")
print(f"{'':<14}seeds ≥ 90 % right   MIG by seed         TC by seed")
for objective, name in {"three-fruits-tcvae": "three fruits", "five-places-tcvae": "five places"}.items():
    mine = far[far["objective"] == objective]
    gaps, nats = ("  ".join(f"{value:.2f}" for value in mine[c]) for c in ("mig", "total_correlation"))
    print(f"{name:<14}{(mine['swap_right'] >= 0.9).sum():5d} of {len(mine)}           {gaps}    {nats}")
ours = rows["total_correlation"][rows["objective"] == "fruit-beta-tcvae"]
print(f"two fruits, ten seeds: TC {ours.min():.2f} to {ours.max():.2f}")
assert (far["swap_right"] < 0.9).all() and far["total_correlation"].min() > 2 * ours.max()

# %% [markdown]
# In none. MIG and total correlation would have told you without a single swap: the latents are entangled before
# anything is exchanged. The recipe's schedule was fitted to *two* fruits in one place, so that the latents of three
# factors switch on well apart; nobody has fitted it to these worlds. So this is what was shown: two
# fruits, three factors, one block held out, and a weight of the KL that ends at 0.03, so that the objective is no ELBO
# any more: lecture 3's price of precision, lowered until black is black. A *Small Black Apple* is possible. It is not
# what one gets for the asking, and nothing was shown for photographs.
#
# ## 6. Two accidents, made by hand
#
# Real failures are mixtures. Two pure ones are worth knowing, because different numbers see them. Make three codes of
# our 496 images, so that every number can be understood:
#
# - **perfect**: a latent for the fruit (±1), one for the size, one for the colour;
# - **a fold**: one latent is sign(fruit) · darkness, dark grapes at one end, red fruit in the middle, dark apples at
#   the other. It blends an apple into grapes by way of red, where they look most alike, and needs two latents instead
#   of three;
# - **a turn**: size and colour, turned into each other by 45°.
#
# > **Predict**, for each of the two accidents: does total correlation notice? Does MIG? Does disentanglement (DCI)?
# > And what would the exchange draw?

# %%
f = world.all_factors().double()
fruit, size, colour = 1 - 2 * f[:, 0], (f[:, 1] - 7.5) / 4.6, (f[:, 2] - 7.5) / 4.6
fold, nothing, r = fruit * (1 + f[:, 2]) / 9, torch.zeros(len(f), dtype=torch.float64), 0.5**0.5
codes = {
    "perfect": (fruit, size, colour, nothing),
    "a fold": (fold, size, nothing, nothing),
    "a turn": (fruit, r * (size - colour), r * (size + colour), nothing),
}


# %%
def gaussian(means, noise=0.05):
    mean = torch.stack(means, dim=1)
    return Normal(mean, torch.where(mean.std(dim=0) > 0, noise, 1.0).expand(mean.shape))


# %%
made = {}
print(f"{'':<8}   TC   latents   MIG: fruit  size  colour     D     C")
for name, means in codes.items():
    q_made = gaussian(means)
    terms, gap = dvlab.decomposition.kl_terms(q_made), mig(q_made, f)
    forest = dci(q_made.mean, f, regressor="forest", categorical=[0])
    made[name] = terms.total_correlation, gap, forest
    print(f"{name:<8} {terms.total_correlation:5.2f} {sum(m.std() > 0 for m in means):6d}   ",
          "".join(f"{share:8.2f}" for share in gap.per_factor), f"{forest.disentanglement:9.2f} {forest.completeness:5.2f}")  # fmt: skip

# %%
assert made["a fold"][0] < 0.05 < made["a turn"][0] and made["a fold"][1].per_factor.min() > 0.7
assert max(made[name][2].disentanglement for name in ("a fold", "a turn")) < 0.75 < made["perfect"][2].disentanglement
missing = entropy(f).sum() - np.log(len(f))
print(f"total correlation of the factors themselves: {missing:.2f} nats")

# %% [markdown]
# Read it line by line. (The perfect code has a total correlation of 0.03 nats because the factors do: a corner is
# missing.)
#
# - **The fold**: total correlation sees nothing, for it compares latents *with each other*, and here one latent does
#   two things by itself. MIG sees next to nothing either: each factor is known by one latent and by no second one. It
#   takes a score that looks at *rows*: D falls to about a half. Or simply count: three factors, two latents in use.
#   The exchange must fail, for whoever takes the fruit takes the darkness along, and draws a small *red* apple.
# - **The turn**: total correlation and MIG both see it, and D and C. Yet *this* exchange does not suffer, since the
#   fruit has a latent of its own: a swap tests one factor against the rest. Take the colour alone, and the size comes
#   with it.
#
# So no single number is enough. Look at MIG **for each factor**, at D, and at how many latents are in use; an average
# hides what failed. In a trained model a fold is softer: in the middle, where fruit is red, apples and grapes come
# close to each other, so its latent may fail to say which fruit it is, and then the fruit's own MIG falls too.
#
# ## 7. Choosing a model without labels
#
# On pictures of your own there are no factors, and no MIG. You train ten seeds: which do you keep? The table
# `seeds.csv` has thirty models of sprites (lectures 3 and 5), three methods with ten seeds each. First, is there
# anything to choose?

# %%
seeds = results.read("seeds")
elbo = -seeds["reconstruction"] - seeds["kl"]
names = {
    "beta-vae-constant": "VAE, β = 1",
    "beta-vae-cooled": "β-VAE cooled to 4",
    "beta-tcvae-cooled": "β-TCVAE cooled",
}

# %%
fig, ax = plt.subplots(figsize=(7, 2.6), layout="constrained")
for place, (objective, name) in enumerate(names.items()):
    gap = seeds["mig"][seeds["objective"] == objective]
    (low, high) = interval(gap)
    ax.plot(gap, np.full(len(gap), place) + np.linspace(-0.15, 0.15, len(gap)), "o", color=COLOURS[place], alpha=0.7)
    ax.plot([low, high], [place - 0.3] * 2, color=COLOURS[place], linewidth=4)
    print(
        f"{name:<18} MIG {gap.mean():.2f}, interval of the mean [{low:.2f}, {high:.2f}], seeds {gap.min():.2f} to {gap.max():.2f}"
    )
ax.set(yticks=range(3), yticklabels=names.values(), xlabel="MIG", xlim=(0, 1))
plt.show()

# %% [markdown]
# *Each dot is a seed; the bar below is a 95 % bootstrap interval of the mean.* The methods differ: the intervals of
# the three means do not overlap. But the worst seed of the best method is worse than nearly every seed of the second,
# and a paper with one seed a method could report any order of the two. The spread over seeds is as large as the
# difference between good methods; Locatello et al. (2019) found the same over 12,000 models.
#
# > **Which of the numbers that need no labels would you trust to pick a seed: the ELBO, the reconstruction, the KL,
# > its total correlation? Would you use it to pick the *method* too?**

# %%
unlabelled = {
    "ELBO": elbo,
    "reconstruction": -seeds["reconstruction"],
    "KL, low": -seeds["kl"],
    "TC, low": -seeds["total_correlation"],
}
print(f"{'rank correlation with MIG':<28}", *(f"{name:>15}" for name in unlabelled))
for objective, name in {**names, "": "all thirty together"}.items():
    mine = np.char.find(seeds["objective"], objective) >= 0
    ranks = [stats.spearmanr(x[mine], seeds["mig"][mine]).statistic for x in unlabelled.values()]
    print(f"{name:<28}", *(f"{rank:15.2f}" for rank in ranks))
for name, x in unlabelled.items():
    picked = seeds[x.argmax()]
    print(f"best {name:<15} of all thirty: {names[picked['objective']]}, MIG {picked['mig']:.2f}")

# %%
within = [stats.spearmanr(elbo[m], seeds["mig"][m]).statistic for o in names for m in [seeds["objective"] == o]]
assert min(within) > 0.6 and stats.spearmanr(elbo, seeds["mig"]).statistic < 0
tuned = seeds[seeds["objective"] == "beta-tcvae-cooled"]
order = np.argsort(tuned["total_correlation"])
print("β-TCVAE, from the least TC to the largest; MIG:", *(f"{value:.2f}" for value in tuned["mig"][order]))

# %% [markdown]
# The ELBO is a two-edged tool. *Within* a method the seeds with the better ELBO are the better ones here (with ten
# seeds a rank correlation of .75 is a strong hint and not more): a β-TCVAE that got stuck with two factors mixed pays
# in reconstruction and in total correlation; its KL is even lower. *Between* methods it points the wrong way:
# the plain VAE, which is trained for nothing else, has the best ELBO of all and the worst axes. So compare the ELBO
# among seeds of one objective and never across objectives. Total correlation judges well among the cooled seeds and
# between the methods; among the plain VAEs it says little. But all this rests on this small world, where the one
# accident that happens is a *turn*; you have just seen an accident that total correlation does not see. Locatello et
# al. found no label-free number that holds over data sets; Duan et al. (2020) look for latents that agree between
# seeds.
#
# ## 8. Your own images
#
# A folder of pictures has no factors. What you can still do: train, read the parts of the KL, look at traversals,
# compare seeds of one objective. To see that it runs, we write sixty-four pictures of fruit into a temporary folder
# and forget how they were made. (On so few the result is a toy. Some thousand pictures, and all steps of the recipe,
# make sense.)

# %%
folder = Path(tempfile.mkdtemp())
orchard = dvlab.worlds.Fruit(("pear", "banana"), sizes=4, colours=8, size=48)
for n, picture in enumerate(orchard.images(device="cpu")):
    Image.fromarray(picture.permute(1, 2, 0).numpy()).save(folder / f"photo{n:03d}.png")

photos = read_images(folder, size=32)  # (N, C, 32, 32), uint8
print(len(list(folder.iterdir())), "files →", tuple(photos.shape), photos.dtype)

# %% [markdown]
# `read_images` takes what it finds (PNG, JPEG, …), turns it upright, cuts out the square in the middle and makes it 32
# pixels wide. From here on the tensor stands where the world stood:

# %%
mine = dvlab.VAE(photos.shape[1:], latent_dim=4, likelihood="gaussian", sigma=0.3, hidden=(128, 128))
cooling = dvlab.schedules.geometric((0, 80), (120, 10), (240, 1))
objective = dvlab.objectives.BetaTCVAE(alpha=cooling, beta=dvlab.schedules.maximum(cooling, 3), gamma=cooling)
history = dvlab.train(mine, photos, objective, steps=300, batch_size=64, device="cpu", progress=False)
terms = dvlab.decomposition.kl_terms(dvlab.posterior(mine, photos))
assert len(history) == 300 and 1 < terms.mutual_information < np.log(len(photos)) + 0.1
print("what the code knows of the image lies between 1 nat and ln 64, all there is to know about which of 64 it is")
traversal_grid(mine, photos)
plt.show()

# %% [markdown]
# *Traversals of the small model: each row moves one latent that is in use.* The same from a shell, without a line of
# Python; `train` takes a folder where it takes a world, and goes on where it stopped:

# %%
run = folder / "run"
options = f"--steps 50 --batch-size 64 --device cpu --out {run}".split()
command = [sys.executable, "-m", "dvlab", "train", str(folder), *options]
done = subprocess.run(command, capture_output=True, text=True)
assert done.returncode == 0, done.stderr
print(*sorted(file.name for file in run.iterdir()))

# %% [markdown]
# `python -m dvlab evaluate RUN` then writes the parts of the KL, traversals and reconstructions beside it, and `python
# -m dvlab page RUN` sliders in a file that you can mail.
#
# This is where a data set of **faces** would come in, as on the slides, whose example (from Chen et al. 2018) changes
# a latent "corresponding to gender". Be careful with such words. The latent was trained on pixels; no one told it what
# gender is, and it cannot know. What it has found is a direction along which *these photographs* vary together: hair,
# make-up, beard, lighting, the pose in which people of one kind or another were photographed. A label that annotators
# guessed from pictures may agree with it; that makes it a summary of the data set and of the guesses, not a property
# of a person. Say "a latent that changes hair and jaw", show the traversal, and say which pictures it was trained on.

# %% [markdown]
# ## What you did
#
# 1. ✓ had a small black apple drawn by a model that never saw one;
# 2. ✓ counted: right, strictly right, and how far off;
# 3. ✓ looked at failures, of a plain VAE and of an autoencoder, with all four latents tried;
# 4. ✓ made a fold and a turn by hand, and saw which number sees which;
# 5. ✓ compared the ELBO, the KL and total correlation as judges of seeds and of methods;
# 6. ✓ trained on a folder.
#
# ### Check yourself
#
# <details><summary>1. A model passes "right" in all 256 exchanges and "strict" in 60 %. What does it draw in the other 40 %?</summary>
#
# Small dark apples that are nearer to a training image: a step too large or too red to lie in the corner that was held
# out.
# </details>
#
# <details><summary>2. Your friend's model has a total correlation of 0.01 and its swaps fail. What do you look at?</summary>
#
# Whether two factors share one latent (a fold): count the latents in use, and look at a row of the information matrix
# or at DCI's disentanglement. Total correlation compares latents with each other; it cannot see what one latent does
# alone.
# </details>
#
# <details><summary>3. Of ten seeds of one objective you keep the one with the best ELBO. Of two objectives?</summary>
#
# Not by the ELBO: it favours the objective that asks for it, other things equal, whatever the axes; in `seeds.csv` it
# would pick the plain VAE, whose MIG is .16. Without labels, look at total correlation, at whether seeds agree, and at
# traversals; then say that this is what you did.
# </details>
#
# **Next:** exercise 08, a small project.
#
# ### References
#
# - Francesco Locatello et al. *Challenging Common Assumptions in the Unsupervised Learning of Disentangled
#   Representations.* ICML 2019.
# - Sunny Duan et al. *Unsupervised Model Selection for Variational Disentangled Representation Learning.* ICLR 2020.
# - Ricky T. Q. Chen et al. *Isolating Sources of Disentanglement in Variational Autoencoders.* NeurIPS 2018.
# - Irina Higgins et al. *beta-VAE: Learning Basic Visual Concepts with a Constrained Variational Framework.* ICLR
#   2017.
# - Cian Eastwood, Christopher K. I. Williams. *A Framework for the Quantitative Evaluation of Disentangled
#   Representations.* ICLR 2018.
