# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # 8. Putting it together: the Small Black Apple
#
# **In this notebook you will**
#
# 1. let a model draw a *small black apple*, which it has never seen, by exchanging one latent;
# 2. count how often that works, by two rules, and see how far off it is;
# 3. explain an error, see the explanation refuted by an intervention, and find the cause;
# 4. compare the recipe with others, over seeds, paired, and with itself, less one part at a time;
# 5. see which numbers would have warned you beforehand.
#
# **You need** lectures 1 to 7: this one uses all of them. [Exercise 08](../exercises/08_project/project.ipynb) follows.
#
# **Time:** the core path takes about 26 minutes, with the ★ sections 43; it runs in under a minute on a CPU.

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
from dvlab.plots import image_grid, show, traversal_grid
from dvlab.results.paired import paired_difference
from dvlab.widgets.base import COLOURS
from dvlab.worlds.pictures import read_images

torch.set_num_threads(1)  # more of them would wait for one another on a busy computer


def compare(guess, measured):
    """Your number beside the measured one, once you have written one down."""
    print("write your number into the cell above" if guess is None else f"you: {guess:g}   measured: {measured:.2f}")


# %% [markdown]
# ## 1. What the slides promised
#
# Why isolate *big*, *red* and *apple*? "Useful to generate new images that are not in observed dataset", say the
# slides: "Generate an image corresponding to '**Small Black Apple**' using a model that was trained on '*Small Black
# Grapes*' and '*Big Red Apples*'". Our world has two fruits, 16 sizes and 16 colours from red to black. The 16
# combinations that are apples of the four smallest sizes and the four darkest colours are held out, and no model below
# is trained on one.


# %%
def small_black_apple(f):  # columns: fruit, size, colour
    return (f[:, 0] == 0) & (f[:, 1] < 4) & (f[:, 2] >= 12)


world = dvlab.worlds.Fruit().hold_out(small_black_apple)
seen = torch.tensor([[0, 15, 0], [0, 15, 15], [0, 0, 0], [0, 4, 15], [0, 0, 11], [1, 0, 15], [1, 15, 0], [1, 15, 15]])
world.index_of(seen)  # would raise an error if one of them were held out
show(image_grid(world.render(seen)), "Five apples, big and small, red and black, and three bunches of grapes.")
print(f"{len(world)} images to train on, {len(world.held_out)} held out")

# %% [markdown]
# *Eight of the 496 training images: apples big or small, red or black, and grapes.* **This is easier than the slides'
# sentence.** Their model knows two kinds of things; ours has seen 496 of 512 combinations: black apples from the fifth
# size on, small apples up to the twelfth colour. Only the corner where both come together is empty.
#
# > **Before you read on.** Think of a model with one latent for each of the three factors. Which code would you write
# > down for a small black apple, given an image of a big red apple and one of small black grapes?
#
# <details><summary>Answer</summary>
#
# The grapes' code with the fruit's latent taken from the apple. All else, small and black, is right already.
# </details>
#
# ## 2. One latent changes hands
#
# The model is a β-TCVAE of four latents (lecture 5), cooled (lecture 3), pretrained. Which of its latents is the fruit?
# We ask what each knows about each factor (lecture 6).

# %%
vae = dvlab.zoo.load("fruit-beta-tcvae", device="cpu")
q = dvlab.posterior(vae, world)
information = mutual_information(q, world.all_factors())  # I(z_j; g_k), (D, K)
latents = dict(zip(("fruit", "size", "colour"), information.argmax(axis=0).tolist(), strict=True))
print("nats about  fruit   size colour")
for j, row in enumerate(information):
    print(f"z{j}       ", *(f"{nats:6.2f}" for nats in row))
assert len(set(latents.values())) == 3, "each factor has a latent of its own"

# %% [markdown]
# Every factor has a latent that knows most of it (a fruit is worth $\ln2=0.69$ nats, a size or a colour $\ln16=2.77$),
# and one latent is inactive. The latents of size and fruit each know a little of the other factor, 0.20 and 0.16 nats.
# Remember that. Now the exchange:

# %%
pair = world.render(torch.tensor([[0, 14, 1], [1, 1, 14]]))  # a big red apple, small black grapes
with torch.no_grad():
    apple, grapes = vae.encode(pair).mean
    code = grapes.clone()
    code[latents["fruit"]] = apple[latents["fruit"]]
    drawn = vae.decode(code[None]).mean
truth = world.render(torch.tensor([[0, 1, 14]]))
titles = ["fruit from here", "the rest from here", "decoded", "never seen"]
fig = image_grid(torch.cat([pair, drawn, truth]), titles, 4, size=1.5)
show(fig, "A big red apple, small black grapes, the small dark apple that is decoded, and the true one beside it.")

# %% [markdown]
# *Third: what the mixed code decodes to. Right: how this world would draw a small black apple. There it is, a little
# small, with faint rings around it.* Take the latents from other images, one by one:

# %%
names = {j: name for name, j in latents.items()}
dvlab.widgets.recombine(vae, world, first=(1, 12, 3), second=(0, 3, 8), take=[latents["colour"]], names=names)

# %% [markdown]
# ## 3. Is it right? Two rules
#
# One picture proves nothing. Take all 16 big red apples (the four largest sizes, the four reddest colours) with all 16
# small black grapes: 256 exchanges. Compare what is decoded with renderings of this world, by squared error:
#
# - **right**: of the *eight* renderings that mix the two images (either fruit × either size × either colour), the small
#   black apple is the nearest. Whoever guesses is right in one of eight.
# - **strict**: of *all* 512 renderings, the nearest is one of the 16 that were held out.

# %%
guess = None  # share of the 256 exchanges that are strictly right

# %%
eight = torch.cartesian_prod(torch.tensor([0, 1]), torch.tensor([14, 1]), torch.tensor([1, 14]))
distance = (world.render(eight) - drawn).square().sum(dim=(1, 2, 3))
assert eight[distance.argmin()].tolist() == [0, 1, 14]  # this pair: right, by hand
found = swap(vae, world)
same = (found.first == torch.tensor([0, 14, 1])).all(1) & (found.second == torch.tensor([1, 1, 14])).all(1)
assert torch.allclose(found.decoded[same], drawn, atol=1e-5)  # it is one of the 256
compare(guess, found.strict)
exact = (found.nearest == found.target).all(dim=1).double().mean()
print(f"right {found.right:.2f}, strict {found.strict:.2f}; nearest to the very apple that was wanted {exact:.2f}")
assert found.right > 0.95 and found.strict > 0.5 and exact < 0.3
show(
    found.plot(world),
    "Six exchanges: an apple, grapes, the decoded small dark apple, the hoped for, the nearest rendering.",
)

# %% [markdown]
# <details><summary>Answer</summary>
#
# All 256, by both rules. Yet only .12 are nearest to the very apple that was wanted: "strict" forgives an error that
# points into the corner. And this is one model; over ten seeds of its recipe the strict share is .81 (section 5).
# </details>
#
# *Six exchanges, from above: the image that gives its fruit, the image that gives all else, what is decoded, what was
# hoped for, and the nearest of all renderings.* How small, and how black?

# %%
whole = dvlab.worlds.Fruit()
grid = whole.images(torch.float32, device="cpu").flatten(1)


@torch.no_grad()
def off_by(codes, target):
    """The nearest of all 512 renderings less the target, (images, 3) in steps of fruit, size, colour."""
    decoded = vae.decode(codes).mean.flatten(1)
    return (whole.all_factors()[torch.cdist(decoded, grid).argmin(dim=1)] - target).double()


@torch.no_grad()
def encoded(factors):
    return vae.encode(whole.render(torch.as_tensor(factors))).mean


# %%
target = world.held_out  # the 16 small black apples
grapes = target + torch.tensor([1, 0, 0])  # and the grapes of their sizes and colours
swapped = encoded(grapes)
swapped[:, latents["fruit"]] = encoded([[0, 14, 1]])[0, latents["fruit"]]
for name, codes in {"exchanged": swapped, "shown, encoded, decoded": encoded(target)}.items():
    fruit, size, colour = off_by(codes, target).mean(dim=0)
    print(f"{name:<24} fruit {fruit:+.2f}   size {size:+.2f}   colour {colour:+.2f} steps, on average")

# %% [markdown]
# Always an apple, but too small by 1.25 steps of size and too red by 0.7 of colour. Shown the held-out images
# themselves, the same networks draw the right size: so the size is not lost in the decoder, it is the exchange that
# loses it. Of the colour, 0.44 steps are lost without any exchange; where the other 0.25 arises we leave open.
#
# ## 4. An explanation, and what it is worth
#
# Here is an explanation. The fruit latent knows 0.16 nats about the size, and we took it *from a big apple*. So the
# apple brought some of its size along. It is plausible, the table of section 2 supports it, and at first we believed
# it.
#
# > **What does it predict for a fruit latent from a *small* apple?**
#
# <details><summary>Answer</summary>
#
# Another error: if the donor's size comes along, a small red or a small black apple must bring another size than a big
# one. (And a big donor should have made the result too *large*, not too small. That alone should have made us
# suspicious.)
# </details>

# %%
guess_small = None  # how far off is the size (steps) if the fruit latent comes from a small red apple? big red: -1.25

# %%
donors = {"big red apple": [0, 14, 1], "small red one": [0, 1, 1], "middle one": [0, 8, 8], "big black one": [0, 14, 14]}  # fmt: skip
errors = {}
print("fruit latents:", end="")
for name, donor in donors.items():
    codes, given = encoded(grapes), encoded([donor])[0, latents["fruit"]]
    codes[:, latents["fruit"]] = given
    errors[f"fruit latent from a {name}"] = off_by(codes, target)[:, 1].mean().item()
    print(f" {name} {given:.2f};", end="")
codes, wanted = encoded(grapes), encoded(target)
codes[:, latents["fruit"]] = wanted[:, latents["fruit"]]  # from the very apple that is wanted
print(f" the 16 wanted {wanted[:, latents['fruit']].min():.2f} to {wanted[:, latents['fruit']].max():.2f}")
errors["fruit latent from the wanted apple"] = off_by(codes, target)[:, 1].mean().item()
compare(guess_small, errors["fruit latent from a small red one"])

# %% [markdown]
# <details><summary>What comes out</summary>
#
# −1.25 for every donor, and their fruit latents are nearly one number, 1.19 to 1.23. The explanation is **refuted**:
# whichever of these five apples gives its fruit latent, even the wanted one itself, the size is off by the same amount.
# A correlation (0.16 nats) was taken for a cause.
# </details>
#
# The other suspect is the *size* latent, which stays the grapes'. Swap it as well: take the size latent, too, from the
# apple that is wanted.
#
# > **The error may vanish, or stay. What would each tell you?**
#
# <details><summary>Answer</summary>
#
# If it vanishes, it is the size latent. If it stays, the colour's is the remaining suspect.
# </details>

# %%
codes[:, latents["size"]] = wanted[:, latents["size"]]
errors["fruit and size latents from the wanted apple"] = off_by(codes, target)[:, 1].mean().item()
for name, error in errors.items():
    print(f"{name:<44} size off by {error:+.2f} steps")
before = list(errors.values())[:-1]
assert len({round(error, 2) for error in before}) == 1, "the donor makes no difference"
assert before[0] < -1 and error == 0

# %% [markdown]
# It vanishes. So it is the size latent. Now the cause can be looked at: what does each fruit's size latent say?

# %%
sizes, middle = range(16), 6  # at a colour that all sizes have
says = {
    fruit: encoded([[k, s, middle] for s in sizes])[:, latents["size"]].numpy()
    for k, fruit in enumerate(("apple", "grapes"))
}
fig, ax = plt.subplots(figsize=(6.5, 3.4), layout="constrained")
for (fruit, code_of), mark, paint in zip(says.items(), ("o-", "s--"), COLOURS, strict=False):
    ax.plot(sizes, code_of, mark, color=paint, label=fruit)
ax.set(xlabel="size (index)", ylabel="mean of the size latent")
ax.legend()
show(fig, "The size latent over the size, for apples and grapes: the grapes' curve lies lower.")
for fruit, code_of in says.items():
    print(f"{fruit:<7} sizes 0 to 3: ", code_of[:4].round(2))

# %% [markdown]
# *The size latent of both fruits over the size: the grapes' curve lies lower, by two to three sizes.* **The same number
# means another size for each fruit.** The grapes' −1.90 is their third size, the apples' −1.90 is their first. Read the
# grapes' four numbers with the apples' curve: −3.05, −2.44 and −1.90 are nearest to the smallest apple, −1.47 to the
# next. That is off by 0, −1, −2 and −2 steps, on average −1.25: the error, predicted from the curve alone. (No apple is
# smaller than the smallest: the average understates a shift of about two.)
#
# And the rings? They appear with the smallest grapes, whose −3.05 and −2.44 no apple has. Raise the size latent to the
# smallest apple's, and see whether they go:

# %%
read_as = abs(says["grapes"][:4, None] - says["apple"]).argmin(axis=1)
predicted = (read_as - np.arange(4)).mean()
print(f"read with the apples' curve: sizes {read_as}, off by {predicted:+.2f} on average; measured {before[0]:+.2f}")
assert predicted == before[0]

# %%
low, rings = says["apple"][0].item(), {}
codes = encoded(grapes)
codes[:, latents["fruit"]] = encoded([[0, 14, 1]])[0, latents["fruit"]]
for name, least in {"as they are": -9, f"at least {low:.2f}": low}.items():
    codes[:, latents["size"]].clamp_(min=least)
    with torch.no_grad():
        away = torch.cdist(vae.decode(codes).mean.flatten(1), grid).amin(dim=1).square()
    rings[name] = [away[target[:, 1] == s].mean().item() for s in range(4)]
    print(
        f"size latents {name:<15} squared error to the nearest rendering, by size:", *(f"{e:.1f}" for e in rings[name])
    )
assert rings["as they are"][0] > 4 > 1 > max(rings[name])

# %% [markdown]
# They go: in an apple's code, a size latent below every apple's draws rings.
#
# This *is* an entanglement, and section 2's table showed it: a size latent that means different things for two fruits
# knows something of the fruit, 0.20 nats. What the table could not say is which of the two latents does the harm. Only
# the intervention could. (Why training ended there, this does not say.)
#
# ## 5. How many seeds is that, and what was necessary?
#
# The recipe cools the weight of the KL from 81 to 0.03, so its end is no ELBO. The weight of TC falls with it, but
# stops at 2.9 before it falls to 0.2. Beside it stand a **VAE** at β = 1 and an **autoencoder**, β = 0, with the same
# network and as many steps; neither is cooled, and in both TC weighs as much as the rest of the KL.
# `python -m dvlab sweep apples` trained the recipe with ten seeds, `sweep apples-otherwise` the others with five. The
# fruit's latent is, for every model, the one that knows most about it.
#
# > **Predict:** in how many of its seeds does each draw small black apples? After ten out of ten, may one say "always"?

# %%
guess_vae = None  # in how many of five seeds is the VAE right in nine exchanges of ten?

# %%
rows = np.concatenate([results.read("apples"), results.read("apples-otherwise")])
rows = rows[rows["beta"] != 0.25]  # that table has two recipes of β-TCVAE; 0.2 is the pretrained model's
methods = {
    "fruit-beta-tcvae": "β-TCVAE, cooled",
    "fruit-vae-constant": "VAE, β = 1",
    "fruit-autoencoder": "autoencoder",
}
runs = {name: np.sort(rows[rows["objective"] == objective], order="seed") for objective, name in methods.items()}

# %%
compare(guess_vae, (runs["VAE, β = 1"]["swap_right"] >= 0.9).sum())
others = list(runs)[1:]
print(f"{'':<17}seeds ≥ 90 % right, 95 %   right  strict   MIG    MIG: recipe − this, same seeds")
for name, mine in runs.items():
    passed = stats.binomtest(int((mine["swap_right"] >= 0.9).sum()), len(mine))
    low, high = passed.proportion_ci()
    means = " ".join(f"{mine[c].mean():6.2f}" for c in ("swap_right", "swap_strict", "mig"))
    d = paired_difference(runs["β-TCVAE, cooled"]["mig"][: len(mine)], mine["mig"]) if name in others else ""
    print(f"{name:<17}{passed.k:3d} of {passed.n:<3d} [{low:.2f}, {high:.2f}]      {means}     {d}")
assert (runs["β-TCVAE, cooled"]["swap_right"] >= 0.9).all() and (runs["autoencoder"]["swap_right"] < 0.9).all()

# %%
for column in ("swap_right", "swap_strict"):
    for name in others:
        d = paired_difference(runs["β-TCVAE, cooled"][column][:5], runs[name][column])
        print(f"{column}: recipe − {name:<12} {d}   by seed", d.differences.round(2))

# %% [markdown]
# Ten of ten is not "always": the interval of the share of seeds reaches down to .69. Six paired comparisons were made.
# (Student's t knows no bounds: a share cannot be more than 1.) Against the autoencoder the recipe is right far more
# often in every seed. Against the VAE the interval of "right" is wide, for one VAE of five passes, with a MIG as low as
# its neighbours'; it is strict in none. Its apples are nearer to small and black than to large or red, and that is all
# that "right" asks.
#
# Recipe, VAE and autoencoder differ in several things at once: cooling, the weight of TC, the KL's last weight. **Which
# was necessary?** Change one at a time. `python -m dvlab sweep apples-why` trained a **cooled β-VAE**, in which TC
# weighs as much as the rest of the KL (which cools alike and ends at 0.03), and an **uncooled β-TCVAE**, whose weights
# are the recipe's last ones from the first step on.
#
# > **Predict:** will either draw small black apples in every seed?

# %%
guess_uncooled = None  # in how many of its seeds is the uncooled β-TCVAE right in nine exchanges of ten?

# %%
why, recipe = results.read("apples-why"), runs["β-TCVAE, cooled"]
methods |= {"fruit-beta-vae": "cooled, TC weighs as the rest", "fruit-tcvae-constant": "TC weighs more, not cooled"}
for objective, name in list(methods.items())[3:]:
    mine = np.sort(why[why["objective"] == objective], order="seed")
    passed, d = (mine["swap_right"] >= 0.9).sum(), paired_difference(recipe["mig"][: len(mine)], mine["mig"])
    by_seed = (f"{c} {mine[column].round(2)}" for c, column in {"right": "swap_right", "MIG": "mig", "TC": "total_correlation"}.items())  # fmt: skip
    print(f"{name:<30}{passed} of {len(mine)} seeds;  by seed:", *by_seed, f"  MIG: recipe − this {d}")
    assert passed < len(mine) and d.low > 0 and mine["total_correlation"].min() > 2 * recipe["total_correlation"].max()
print(f"TC of the recipe: at most {recipe['total_correlation'].max():.2f}")
compare(guess_uncooled, passed)

# %% [markdown]
# **Neither is enough by itself.** Where TC weighs as the rest, cooling draws none in any of three seeds, and leaves a
# TC of 4 nats where the recipe's is at most 0.6. Without cooling one seed of three passes; with both, all ten do. The
# KL's low last weight, which both share, is not enough either. Three seeds and two comparisons: what fails in all is
# clear, how often the uncooled one passes is not. (The last weight of TC, 0.2, was chosen with the ten seeds shown in
# view.)
#
# An autoencoder deserves a fair chance. Its TC, 18 nats, is close to $3\ln496=18.6$, what it would be if *each* of four
# latents alone told the 496 images apart: "the latent that knows most of the fruit" means little. So try all four, here
# for a small autoencoder and a small VAE, trained now (one seed each; full-sized ones are in the table).


# %% tags=["nbval-ignore-output"]
def trained(beta, seed=0):
    small = dvlab.VAE(world.image_shape, 4, likelihood="gaussian", sigma=0.3, hidden=(64,), seed=seed)
    options = {"steps": 500, "batch_size": 64, "learning_rate": 4e-3, "seed": seed}
    dvlab.train(small, world, dvlab.objectives.BetaVAE(beta), **options, device="cpu", progress=False)
    return small


others = {"β-TCVAE, cooled": vae, "VAE, β = 1": trained(1), "autoencoder": trained(0)}
print(
    f"TC of the autoencoders in the table: {runs['autoencoder']['total_correlation'].mean():.1f};  3 ln 496 = {3 * np.log(496):.1f}"
)
for name, other in others.items():
    right = [swap(other, world, latent=j).right for j in range(4)]
    print(f"{name:<16} right, by the latent taken:", *(f"z{j} {share:.2f}" for j, share in enumerate(right)))
assert max(right) < 0.9, "whichever latent of the autoencoder is taken"

# %%
nearest = world.images(torch.float32, device="cpu")
nearest = nearest[(nearest - truth).square().sum(dim=(1, 2, 3)).argmin()][None]
pictures = [pair, truth, nearest]
with torch.no_grad():
    for other in others.values():
        apple, bunch = other.encode(pair).mean
        codes = bunch.repeat(4, 1)
        codes[range(4), range(4)] = apple  # row j: latent j is the apple's
        pictures.append(other.decode(codes).mean)
titles = ["apple", "grapes", "hoped for", "nearest seen"] + [f"apple's z{j}" for j in range(4)]
fig = image_grid(torch.cat(pictures), titles, columns=4, rows=["images", *others], size=1.3)
show(fig, "Grapes with one latent of the apple, by three models. Only the first draws a small dark apple, with rings.")

# %% [markdown]
# *Top: the two images, the apple hoped for, and the training image that is nearest to it. Below: the code of the
# grapes, with latent 0, 1, 2 or 3 taken from the apple.* In the first row of models one picture is what we want. In the
# others a latent changes several things at once.
#
# ### What would have told us beforehand?

# %%
predictors = {"latents in use": "active_latents", "MIG": "mig", "DCI completeness": "dci_completeness",
              "total correlation (nats)": "total_correlation"}  # fmt: skip
every, rng = np.concatenate([rows, why]), np.random.default_rng(0)
fig, axes = plt.subplots(2, 4, figsize=(11, 5), sharex="col", sharey=True, layout="constrained")
for row, rule in zip(axes, ("swap_right", "swap_strict"), strict=True):
    for ax, (name, column) in zip(row, predictors.items(), strict=True):
        for (objective, label), paint, mark in zip(methods.items(), COLOURS, "os^vD", strict=False):
            mine = every[every["objective"] == objective]
            aside = rng.uniform(-1, 1, (2, len(mine))) * [[0.15 if name == "latents in use" else 0], [0.03]]
            ax.plot(mine[column] + aside[0], mine[rule] + aside[1], mark, color=paint, label=label, alpha=0.7)
        ax.set(xlabel=name if rule == "swap_strict" else "", xscale="log" if ax is row[3] else "linear")
    row[0].set(ylabel="share " + rule.removeprefix("swap_"), xlim=(2.5, 4.5), xticks=(3, 4))
fig.legend(*axes[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=5, fontsize=8)
alt = "Share right and strict over four numbers of each run: the recipe's all pass; two others do, with a low MIG"
show(fig, alt)

# %%
fails = every["swap_right"] < 0.9
assert every["mig"][fails].max() < 0.5 and every["total_correlation"][fails].min() > 1.5
passing = every[~fails & (every["mig"] < 0.5)]
print(
    f"runs that fail: MIG at most {every['mig'][fails].max():.2f}, TC at least {every['total_correlation'][fails].min():.2f}"
)
print(
    "pass with a MIG below 0.5:",
    *(f"{methods[r['objective']]}, MIG {r['mig']:.2f}, strict {r['swap_strict']:.2f};" for r in passing),
)
assert len(passing) == 2 and passing["swap_strict"].max() < 0.2

# %% [markdown]
# *Each mark is one run, moved a little aside where marks would coincide. Every run that fails has a MIG below 0.5 and
# a TC above 1.5 nats; so have two that pass, strict in less than one exchange of five.* A low MIG warns; it does not
# decide. Do not read a correlation out of these panels: there are clusters, one a method, and with clusters *any* two
# things that differ between methods correlate.
#
# ## Five sentences to remember
#
# 1. A model that never saw a small black apple can draw one: take the fruit's latent from an apple, the rest from
#    grapes.
# 2. It had seen 496 of 512 combinations, and the recipe was fitted to this world; pears as a third fruit, or five
#    places, break it.
# 3. "Right" and "strictly right" are different numbers; say the rule, the seeds, and how far off.
# 4. A plausible explanation is a prediction: intervene on the suspect, and believe it only if the error moves.
# 5. One number that means different things in two contexts is entanglement, too: the size latent of apples and of
#    grapes.
#
# ### What you did
#
# ✓ a small black apple, drawn and counted · ✓ an explanation refuted, the cause found and the error predicted from it ·
# ✓ the recipe compared over seeds · ✓ all latents of an autoencoder tried · ✓ the numbers that would have warned you
#
# ### Check yourself
#
# <details><summary>1. A model passes "right" in all 256 exchanges and "strict" in 60 %. What does it draw in the other
# 40 %?</summary>
#
# Small dark apples that are nearer to a rendering outside the corner that was held out: too red, or too large, to lie
# in it.
# </details>
#
# <details><summary>2. A latent that knows 0.16 nats of a second factor: does exchanging it change the second
# factor?</summary>
#
# You cannot tell from the 0.16. Here it did not (section 4): exchange it between images that differ in the second
# factor only, and look.
# </details>
#
# <details><summary>3. Your friend's model has a total correlation of 0.01 and its exchanges fail. What do you look
# at?</summary>
#
# Whether two factors share one latent: count the latents in use, and look at a row of the information matrix or at
# DCI's disentanglement. Total correlation compares latents with each other; it cannot see what one latent does alone.
# </details>
#
# <details><summary>4. Ten seeds of ten pass. What is the 95 % interval of the share of seeds that pass?</summary>
#
# From 0.69 to 1 (Clopper–Pearson): a method that fails one time in four would still pass ten times in a row now and
# then.
# </details>
#
# **Next:** exercise 08, a small project; then [lecture 9](09_without_labels.ipynb), on what cannot be learned without
# labels.
#
# %% [markdown]
# ## ★ How far does it go?
#
# Among the ten seeds that all pass, which are as black as they should be?

# %%
table = results.read("apples")  # ten seeds, two recipes
for column in ("mig", "mig_fruit", "mig_size", "mig_colour", "dci_completeness", "total_correlation"):
    ranks = [
        stats.spearmanr(t[column], t["swap_strict"]).statistic for b in (0.2, 0.25) for t in [table[table["beta"] == b]]
    ]
    print(f"{column:<18} rank correlation with strict: {ranks[0]:+.2f} and {ranks[1]:+.2f}")
print("strict:", *(f"{table['swap_strict'][table['beta'] == b].mean():.2f} at {b}" for b in (0.2, 0.25)))

# %% [markdown]
# The two columns are two recipes (TC ends at 0.2 or at 0.25), with the same ten seeds. Only the MIG of the *colour*
# goes along with "strict", by .7 in both. Six numbers were tried, on twenty models of ten seeds: a hint, not a law.
# 0.25 was tried first and came to .78 strict, 0.2 to .81; 0.2 was chosen with these ten seeds in view, and ten seeds
# cannot tell the two apart.
#
# > **Give the same recipe a fifth latent, and a third fruit (pears), or two fruits in five places,** with the small
# > black apples held out as before. In how many of three seeds will it draw them?
#
# <details><summary>Answer</summary>
#
# In none, of either world.
# </details>

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
# In none. MIG and total correlation warned, without a single exchange; they did not decide: of the uncooled runs one
# passes with a MIG of 0.37 and a TC of 2.5 (section 5).
#
# What stands in the way of the third fruit? A pear changes the pixels in a direction of its own, so *which fruit* is
# two directions (variances over σ² of 57 and 33), and an eighth of the largest, size, is fruit as well. So change the
# third fruit and nothing else: let each of its pixels be the mean of an apple's and of grapes'. Then, at each size
# and colour, *which fruit* is one direction again. The number of images, the block held out, the recipe and the first
# weights stay as they were.
#
# > **Predict:** in how many of ten seeds are at least nine exchanges of ten right now?
#
# <details><summary>Answer</summary>
#
# In six. In the other four it is 75 to 85 %: never as few as with pears, where 20 % is the most. Two fruits, and four
# latents, passed ten times of ten; what costs the four, these runs do not tell.
# </details>

# %%
halfway, pears = results.read("further-why"), far[far["objective"] == "three-fruits-tcvae"]
print(f"{'seed':<6}{'':>6}MIG{'':>9}exchanges right{'':>6}TC   (halfway, pear)")
columns = ("mig", "swap_right", "total_correlation")
for now, then in zip(halfway[:3], pears, strict=True):
    print(f"{now['seed']:<6}", *(f"{now[c]:5.2f}, {then[c]:4.2f}    " for c in columns))
print("halfway, ten seeds, % right:", *(f"{100 * share:.0f}" for share in halfway["swap_right"]))
print("MIG, halfway minus pear, by seed:", paired_difference(halfway["mig"][:3], pears["mig"]))
assert (halfway["swap_right"] >= 0.9).sum() == 6 and halfway["swap_right"].min() > 0.7 > 0.2 > pears["swap_right"].max()

# %% [markdown]
# So it is not the number of fruits alone. What this recipe does not get past may be the pear's second direction, what
# the pear mixes into size, or something else in which it differs from a fruit halfway; and we fitted no schedule to
# pears. Why five places fail is open: places close to each other, whose largest direction comes after the fruit's,
# failed as well (`dvlab/experiments/studies.py`).
#
# This is what was shown: two fruits (and, six times in ten, a third halfway), three factors, one block held out, and a
# weight of the KL that ends at 0.03. A *Small Black Apple* is possible. It is not what one gets without effort, and
# nothing was shown for photographs.
#
# %% [markdown]
# ## ★ Two accidents, made by hand
#
# Real failures are mixtures. Two pure ones are worth knowing, because different numbers see them. Make three codes of
# our 496 images, so that every number can be understood:
#
# - **perfect**: a latent for the fruit (±1), one for the size, one for the colour;
# - **a fold**: one latent is sign(fruit) · darkness, dark grapes at one end, red fruit in the middle, dark apples at
#   the other. It blends an apple into grapes by way of red, and needs two latents instead of three;
# - **a rotation**: size and colour, rotated into each other by 45°.
#
# > **Predict:** which of total correlation, MIG and disentanglement (DCI) notices which accident?
#
# <details><summary>Answer</summary>
#
# Disentanglement notices both; total correlation and MIG notice the rotation and hardly the fold.
# </details>

# %%
f = world.all_factors().double()
fruit, size, colour = 1 - 2 * f[:, 0], (f[:, 1] - 7.5) / 4.6, (f[:, 2] - 7.5) / 4.6
fold, nothing, r = fruit * (1 + f[:, 2]) / 9, torch.zeros(len(f), dtype=torch.float64), 0.5**0.5
codes = {
    "perfect": (fruit, size, colour, nothing),
    "a fold": (fold, size, nothing, nothing),
    "a rotation": (fruit, r * (size - colour), r * (size + colour), nothing),
}


# %%
def gaussian(means, noise=0.05):
    mean = torch.stack(means, dim=1)
    return Normal(mean, torch.where(mean.std(dim=0) > 0, noise, 1.0).expand(mean.shape))


# %%
made = {}
print(f"{'':<10}   TC   latents   MIG: fruit  size  colour     D     C")
for name, means in codes.items():
    q_made = gaussian(means)
    terms, gap = dvlab.decomposition.kl_terms(q_made), mig(q_made, f)
    forest = dci(q_made.mean, f, regressor="forest", categorical=[0])
    made[name] = terms.total_correlation, gap, forest
    print(f"{name:<10} {terms.total_correlation:5.2f} {sum(m.std() > 0 for m in means):6d}   ",
          "".join(f"{share:8.2f}" for share in gap.per_factor), f"{forest.disentanglement:9.2f} {forest.completeness:5.2f}")  # fmt: skip

# %%
assert made["a fold"][0] < 0.05 < made["a rotation"][0] and made["a fold"][1].per_factor.min() > 0.7
assert (
    max(made[name][2].disentanglement for name in ("a fold", "a rotation")) < 0.75 < made["perfect"][2].disentanglement
)
missing = entropy(f).sum() - np.log(len(f))
print(f"total correlation of the factors themselves: {missing:.2f} nats")
print(f"steps of the colour: {1 / 9 / 0.05:.1f} noise widths in the fold, {1 / 4.6 / 0.05:.1f} in the perfect code")
tc = [dvlab.decomposition.kl_terms(gaussian(codes["a rotation"], s)).total_correlation for s in (0.05, 0.2, 0.5)]
print("rotation, noise 0.05, 0.2, 0.5: TC", *(f"{nats:.2f}" for nats in tc))
assert tc[0] > 1 - np.log(2) > tc[1] > tc[2]

# %% [markdown]
# Read it line by line. (The perfect code has a total correlation of 0.03 nats because the factors do: a corner is
# missing.)
#
# - **The fold**: total correlation sees nothing, for it compares latents *with each other*, and here one latent does
#   two things by itself. MIG sees next to nothing either: each factor is known by one latent and by no second one
#   (the colour's 0.79: its steps are fewer noise widths apart than in the perfect code). It
#   takes a score that looks at *rows*: D falls to 0.58. Or simply count: three factors, two latents in use.
#   The exchange must fail, for whoever takes the fruit takes the darkness along, and draws a small *red* apple.
# - **The rotation**: total correlation and MIG both see it, and D and C. Yet *this* exchange does not suffer, since the
#   fruit has a latent of its own: a swap tests one factor against the rest. Take the colour alone, and the size comes
#   with it. (How much TC it costs depends on the noise. Of two uniform factors it is at most $1-\ln2=0.31$ nats; more
#   than that is the lattice of 16 values, which little noise resolves.)
#
# So no single number is enough: D notices both, but is 0.58 for each, and MIG notices one. Look at MIG **for each
# factor**, at D, and at how many latents are in use; an average hides what failed. In a trained model a fold is softer:
# in the middle, where fruit is red, apples and grapes come close to each other, so its latent may fail to say which
# fruit it is, and then the fruit's own MIG falls too.
#
# %% [markdown]
# ## ★ Choosing a model without labels
#
# On pictures of your own there are no factors, and no MIG. You train ten seeds: which do you keep? The table
# `seeds.csv` has thirty models of sprites (lectures 3 and 5): three methods, the same ten seeds. First: how much do
# seeds differ?

# %%
seeds = results.read("seeds")
names = {
    "beta-vae-constant": "VAE, β = 1",
    "beta-vae-cooled": "β-VAE cooled to 4",
    "beta-tcvae-cooled": "β-TCVAE cooled",
}
gap = np.array([np.sort(seeds[seeds["objective"] == o], order="seed")["mig"] for o in names])  # (methods, seeds)

# %%
fig, ax = plt.subplots(figsize=(6.5, 3), layout="constrained")
ax.plot(range(3), gap, "o-", color=COLOURS[0], alpha=0.5)
ax.set(ylabel="MIG", ylim=(0, 1), xlim=(-0.2, 2.2))
ax.set_xticks(range(3), names.values())
show(fig, "MIG of three methods, a line a seed: every line rises from the VAE to beta-VAE to beta-TCVAE.")
for worse, better in ((0, 1), (1, 2)):
    pairs = list(names.values())
    print(f"{pairs[better]} − {pairs[worse]}: {paired_difference(gap[better], gap[worse])}")

# %% [markdown]
# *Each line is a seed. The methods differ: seed by seed, no method is worse than the one before* (two comparisons). But
# the worst seed of the best method is worse than nearly every seed of the second, and a paper with one seed a method,
# not the same ones, could report either order. Locatello et al. (2019) found such overlaps over 12,000 models.
#
# > **Which of the numbers that need no labels would you trust to pick a seed: the ELBO, the reconstruction, the KL, its
# > total correlation? Would you use it to pick the *method* too?**
#
# <details><summary>Answer</summary>
#
# The ELBO, for a seed. For the method it fails: the best ELBO of all thirty is a plain VAE's, with a MIG of 0.16. TC
# happens to get it right, but three methods prove nothing.
# </details>

# %%
elbo = -seeds["reconstruction"] - seeds["kl"]
unlabelled = {
    "ELBO": elbo,
    "reconstruction": -seeds["reconstruction"],  # lower is better, so all four count upwards
    "KL, low": -seeds["kl"],
    "TC, low": -seeds["total_correlation"],
}

# %%
print(f"{'rank correlation with MIG':<28}", *(f"{name:>15}" for name in unlabelled))
for objective, name in {**names, "": "all thirty together"}.items():
    mine = np.char.find(seeds["objective"], objective) >= 0
    ranks = [stats.spearmanr(x[mine], seeds["mig"][mine]).statistic for x in unlabelled.values()]
    print(f"{name:<28}", *(f"{rank:15.2f}" for rank in ranks))
for name, x in unlabelled.items():
    picked = seeds[x.argmax()]
    print(f"best {name:<15} of all thirty: {names[picked['objective']]}, MIG {picked['mig']:.2f}")

# %% [markdown]
# *Within* a method the seeds with the better ELBO are the better ones here (with ten seeds a rank correlation of .75 is
# a strong hint and not more); so are those with the lower total correlation among the cooled ones, while among the
# plain VAEs it says little. A low KL is no virtue by itself: within β-TCVAE it goes with a *low* MIG (−.84). *Between*
# methods the ELBO's best is a plain VAE with a MIG of 0.16. But three methods are three points: to take all thirty at
# once correlates clusters. So compare the ELBO among seeds of one objective and never across objectives. And all this
# rests on this small world; the fold above is an accident that total correlation does not see. Locatello et al. found
# no label-free number that holds over data sets; Duan et al. (2020) look for latents that agree between seeds.
#
# %% [markdown]
# ## ★ Your own images
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

# %% tags=["nbval-ignore-output"]
mine = dvlab.VAE(photos.shape[1:], latent_dim=4, likelihood="gaussian", sigma=0.3, hidden=(128, 128))
cooling = dvlab.schedules.geometric((0, 80), (120, 10), (240, 1))
objective = dvlab.objectives.BetaTCVAE(alpha=cooling, beta=dvlab.schedules.maximum(cooling, 3), gamma=cooling)
history = dvlab.train(mine, photos, objective, steps=300, batch_size=64, device="cpu", progress=False)
terms = dvlab.decomposition.kl_terms(dvlab.posterior(mine, photos))
assert len(history) == 300 and 1 < terms.mutual_information < np.log(len(photos)) + 0.1
print(
    f"the code knows {terms.mutual_information:.1f} nats of the image; which of 64 it is, is ln 64 = {np.log(64):.1f}"
)
show(
    traversal_grid(mine, photos),
    "Three rows of traversals: fruits change size, shape and colour.",
)

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
# ## ★ Sources
#
# - Francesco Locatello et al. *Challenging Common Assumptions in the Unsupervised Learning of Disentangled
#   Representations.* ICML 2019.
# - Sunny Duan et al. *Unsupervised Model Selection for Variational Disentangled Representation Learning.* ICLR 2020.
# - Ricky T. Q. Chen et al. *Isolating Sources of Disentanglement in Variational Autoencoders.* NeurIPS 2018.
# - Irina Higgins et al. *beta-VAE: Learning Basic Visual Concepts with a Constrained Variational Framework.* ICLR
#   2017.
# - Cian Eastwood, Christopher K. I. Williams. *A Framework for the Quantitative Evaluation of Disentangled
#   Representations.* ICLR 2018.
