# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercise 08. A small project
#
# A model is trained on big red apples, small black grapes and much else, but never on a small black apple. Can it draw one? In lecture 8 we
# asked this of our models; now you ask it of yours, and defend the answer. **You will**
#
# 1. pick a world and hold out a corner of it;
# 2. find out which latents belong to which factor;
# 3. mix the codes of two images;
# 4. score what is decoded;
# 5. train a recipe and a baseline, each with several seeds, and measure both;
# 6. argue, in a page, what you may conclude.
#
# **You need** lecture 8 (and lectures 5 and 6 for what is measured). **Points:** 14. **Time:** about three hours, half of them for the page. All cells together run in
# less than half a minute, as long as you leave the small world and the small number of steps.
#
# Replace each `raise NotImplementedError()` with your own lines, then run the check below it. A check compares your function
# with a trusted one on difficult inputs and on random ones, and tells you what it sees; call it a second time and it says where to look. *Visible checks passed* means what it says:
# the grader runs a few more, of the same kind.

# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
import numpy as np
import torch

import dvlab
from dvlab.checks import ex08
from dvlab.results.paired import paired_difference

torch.set_num_threads(1)  # more of them would wait for one another on a busy computer

# %% [markdown]
# ## 1. A world, and a corner of it
#
# Here is a small world of fruit, 128 images of 16 × 16 pixels. Keep it for a start; later put another one in its place, as
# `dvlab.worlds.Fruit(("pear", "banana"), sizes=8, colours=8, size=16)`, or name three fruits. The **first** factor is the one that you will carry from image to image.

# %%
whole = dvlab.worlds.Fruit(sizes=8, colours=8, size=16)
levels = {factor.name: factor.values for factor in whole.factors}
print(whole)

# %% [markdown]
# Write the mask of what is held out. It gets the factors of $N$ images, a tensor $(N,K)$ of whole numbers with the columns `fruit`, `size`, `colour`: which of its values a
# factor has, counted from 0. (Fruit 0 is the apple; sizes run from small to large, colours from red to black.) It returns a tensor of $N$
# booleans. Conditions on columns are joined by `&`, each in brackets of its own.
#
# What makes a corner worth holding out? Four things:
#
# - every level of every factor must be seen somewhere else (a model that has never seen any black must *extrapolate* to it);
# - along one ordered factor, with all others as they are, a held-out image must not lie *between* two that are seen (that is *interpolation*, which any smooth decoder does);
# - it must be small enough that the two images of a swap can be shown to the model. For a held-out image, say a small black apple, the **first** image has the same fruit, but size and
#   colour *counted from the other end*: a big red apple. The **second** has the same size and colour, but the next fruit: small black grapes;
# - it must hold two images at least: a single one makes a single swap, and a score that is 0 or 1.
#
# A whole edge, black apples of every size, will do as well as a corner.


# %% nbgrader={"grade": false, "grade_id": "corner", "locked": false, "schema_version": 3, "solution": true, "task": false}
def held_out(factors):
    """Which images are held out: factors (N, K), whole numbers -> (N,), booleans."""
    ### BEGIN SOLUTION
    fruit, size, colour = factors.T
    return (fruit == 0) & (size < 2) & (colour >= 6)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "corner-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
ex08.corner(held_out, levels)
### BEGIN HIDDEN TESTS
for again in range(3):
    ex08.corner(held_out, levels, seed=again)
### END HIDDEN TESTS

# %% [markdown]
# ## 2. Whose latent is it?
#
# From the codes of all images that the model has seen come the mutual informations $I(z_j;g_k)$ in nats, a row for each of the $D$ latents and a column for each of the $K$ factors
# (a NumPy array). Lecture 8 took for each factor the one latent that knows most about it. A factor may be spread over two latents, though, so we ask the other way
# round: each latent belongs to **the factor with which it shares most information**; and a latent that shares less than 0.05 nats even with that one
# counts as inactive here, and belongs to none: −1.
#
# By hand first: for $I=\begin{pmatrix}1.2&0.1\\0.01&0.03\\0.3&0.6\\0.07&0.02\end{pmatrix}$ the answer is $(0,-1,1,0)$.


# %% nbgrader={"grade": false, "grade_id": "assign", "locked": false, "schema_version": 3, "solution": true, "task": false}
def assign(information):
    """Whose each latent is: I (D, K) in nats -> (D,), the number of a factor, or -1 for an inactive latent."""
    ### BEGIN SOLUTION
    return np.where(information.max(axis=1) >= 0.05, information.argmax(axis=1), -1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "assign-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
ex08.assign(assign)
### BEGIN HIDDEN TESTS
ex08.assign(assign, seed=1)
ex08.assign(assign, seed=2)
### END HIDDEN TESTS

# %% [markdown]
# ## 3. The mixed code
#
# `first` and `second` are the codes of $P$ pairs of images, tensors $(P,D)$, and `owner` is what part 2 gives, a tensor $(D,)$. Make the code that is the second image's in all but **the latents
# that belong to `factor`**: those come from the first. Inactive latents belong to no factor, and stay the second's.


# %% nbgrader={"grade": false, "grade_id": "mix", "locked": false, "schema_version": 3, "solution": true, "task": false}
def mix(first, second, owner, factor):
    """The second's code with the first's latents of one factor: (P, D), (P, D), (D,), a number -> (P, D)."""
    ### BEGIN SOLUTION
    return torch.where(owner == factor, first, second)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "mix-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
ex08.mix(mix)
### BEGIN HIDDEN TESTS
ex08.mix(mix, seed=1)
ex08.mix(mix, seed=2)
### END HIDDEN TESTS

# %% [markdown]
# ## 4. The score
#
# Is what is decoded a small black apple? Of a pair's two images, each factor can be had from either, so there are $M=2^K$ candidates: big red apple, big red grapes, ..., small black
# grapes. A swap is right when, of all $M$ renderings, **the one that is wanted is the nearest** to the decoded image, by the squared error summed over all pixels and
# colours. The score is the share of pairs that are right. Somebody who draws at random gets $1/M$.


# %% nbgrader={"grade": false, "grade_id": "score", "locked": false, "schema_version": 3, "solution": true, "task": false}
def score(decoded, candidates, wanted):
    """Share of right swaps: decoded (P, C, H, W), candidates (P, M, C, H, W), wanted one of 0 ... M - 1 -> a number."""
    ### BEGIN SOLUTION
    error = (candidates - decoded[:, None]).square().sum(dim=(2, 3, 4))
    return (error.argmin(dim=1) == wanted).double().mean()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "score-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
ex08.score(score)
### BEGIN HIDDEN TESTS
ex08.score(score, seed=1)
ex08.score(score, seed=2)
### END HIDDEN TESTS

# %% [markdown]
# ## 5. Train and measure
#
# All the swaps of your corner: any first image with any second one, and what they should make. `mixes` says, for each candidate, which factors are the first image's.

# %%
world, K = whole.hold_out(held_out), len(whole.factors)
first, second = ex08.swaps(world.held_out, world.factor_sizes)
target = torch.cat([first[:, :1], second[:, 1:]], dim=1)
mixes = torch.cartesian_prod(*[torch.tensor([False, True])] * K)
candidates = torch.stack([whole.render(torch.where(mask, first, second)) for mask in mixes], dim=1)
wanted = mixes.tolist().index([True] + [False] * (K - 1))
print(f"{len(world)} images to train on; {len(target)} swaps, {len(mixes)} candidates each")

# %% [markdown]
# A recipe and a baseline. The recipe is a β-TCVAE whose whole KL cools from 200 over 10 to 0.1, while the total correlation weighs at least 8, and 4 at the end; the baseline is a plain VAE. Both
# see the same images, with the same network, as often. *Change what you like*: an objective, a schedule, another baseline (the recipe with one thing left out tells you most).

# %%
STEPS, SEEDS = 600, (0, 1, 2)


def recipe(steps):
    half, late = round(0.55 * steps), round(0.82 * steps)
    cooled = dvlab.schedules.geometric((0, 200), (half, 10), (late, 0.1))
    least = dvlab.schedules.geometric((half, 8), (late, 4))
    return dvlab.objectives.BetaTCVAE(alpha=cooled, beta=dvlab.schedules.maximum(cooled, least), gamma=cooled)


def baseline(steps):
    return dvlab.objectives.BetaVAE(1)


# %% [markdown]
# One trial trains a model from a seed and measures it. What needs no labels is measured too: the parts of the KL, and the number of latents in use. (A quarter of lecture 8's pixels, so a pixel's $\sigma$ is half of
# lecture 8's 0.3: then an error in the image costs as many nats.)


# %%
def trial(objective, seed):
    vae = dvlab.VAE(world.image_shape, 5, likelihood="gaussian", sigma=0.15, hidden=(128, 128), seed=seed)
    dvlab.train(vae, world, objective, STEPS, batch_size=64, seed=seed, device="cpu", progress=False)
    q = dvlab.posterior(vae, world)
    gap, terms = dvlab.metrics.mig(q, world.all_factors()), dvlab.decomposition.kl_terms(q)
    known = dvlab.decomposition.latent_kl(q) - terms.dimension_wise  # I(z_j; n) of each latent
    owner = torch.as_tensor(assign(gap.mutual_information))
    decoded = swapped(vae, owner)
    alone = torch.full_like(owner, -1)
    alone[gap.mutual_information[:, 0].argmax()] = 0  # the one latent that knows most about the first factor
    best_latent = float(score(swapped(vae, alone), candidates, wanted))
    in_use = int(dvlab.decomposition.active(known).sum())
    result = {"score": float(score(decoded, candidates, wanted)), "MIG": gap.per_factor, "terms": terms}
    exchanged = int((owner == 0).sum())  # latents that are carried over
    result |= {"best latent": best_latent, "exchanged": exchanged}
    return result | {"in use": in_use, "owner": owner.tolist(), "decoded": decoded}


@torch.no_grad()
def swapped(vae, owner):
    codes = [vae.encode(whole.render(factors)).mean for factors in (first, second)]
    return vae.decode(mix(*codes, owner, 0)).mean.clamp(0, 1)


# %% [markdown]
# **Before you run, write down** the mean score that you expect of each, and how far apart you expect the best and the worst seed of the recipe to be:
# `guess = {"recipe": …, "baseline": …, "spread": …}`.

# %% nbgrader={"grade": false, "grade_id": "score-guess", "locked": false, "schema_version": 3, "solution": true, "task": false}
guess = {}
### BEGIN SOLUTION
guess = {"recipe": 0.8, "baseline": 0.2, "spread": 0.2}
### END SOLUTION

# %% tags=["nbval-ignore-output"]
results = {"recipe": [trial(recipe(STEPS), seed) for seed in SEEDS]}
print("scores of the recipe:", *(f"{row['score']:.2f}" for row in results["recipe"]))

# %% tags=["nbval-ignore-output"]
results["baseline"] = [trial(baseline(STEPS), seed) for seed in SEEDS]
print("scores of the baseline:", *(f"{row['score']:.2f}" for row in results["baseline"]))

# %% tags=["nbval-ignore-output"]
print(f"{'':12}score  best latent  exchanged  {'MIG of ' + ', '.join(levels):28}MI    TC    DW  in use  owner")
for name, rows in results.items():
    for seed, row in zip(SEEDS, rows, strict=True):
        terms, gaps = row["terms"], "  ".join(f"{gap:.2f}" for gap in row["MIG"])
        nats = f"{terms.mutual_information:4.1f}  {terms.total_correlation:4.2f}  {terms.dimension_wise.sum():4.1f}"
        head = f"{name:9} {seed}  {row['score']:4.2f}  {row['best latent']:11.2f}  {row['exchanged']:9}  {gaps:28}"
        print(f"{head}{nats}  {row['in use']:6}  {row['owner']}")
scored = {name: np.array([row["score"] for row in rows]) for name, rows in results.items()}
seen = {"recipe": scored["recipe"].mean(), "baseline": scored["baseline"].mean(), "spread": np.ptp(scored["recipe"])}
print("you said", guess, " it was", {name: round(float(value), 2) for name, value in seen.items()})

# %% [markdown]
# A row: the score; MIG of each factor; mutual information, total correlation and dimension-wise KL in nats per image; the latents in use; and the factor that each latent belongs to (−1: none).
# *Exchanged* counts the latents that are carried over. A factor may own no latent: then **nothing is exchanged**, the decoded image is the second image again, and a score of 0 says no more than that: it is so by construction,
# no measurement of the model. *Best latent* is therefore given too: the score when the one latent that knows most about the first factor is carried over, whoever owns it. And mind the ceiling when you compare the mutual informations: of 124 images no code tells more than
# $\ln124=4.8$ nats (lecture 4).
#
# Look at the pictures, too. Here is the recipe's worst seed.

# %%
worst = min(results["recipe"], key=lambda row: row["score"])
some = torch.linspace(0, len(target) - 1, min(4, len(target))).long()
shown = [whole.render(first[some]), whole.render(second[some]), worst["decoded"][some], whole.render(target[some])]
names = ["first", "second", "decoded", "wanted"]
fig = dvlab.plots.image_grid(torch.cat(shown), columns=len(some), rows=names, size=0.9)
dvlab.plots.show(fig, "Four rows of images: the first, the second, what is decoded from their swap, and what is wanted")

# %% [markdown]
# *Each column is a swap: the fruit is taken from the first image, all else from the second; what is decoded should look like the last row.*
#
# Now the comparison, in numbers that your page can quote: for each measure the mean over the seeds and the range, and the difference between recipe and baseline, seed by seed, with an interval for its mean
# (`paired_difference(ours, theirs)` gives it, as in lectures 5 and 8).
# (No check: it is your page that is read.)

# %% nbgrader={"grade": false, "grade_id": "compare", "locked": false, "schema_version": 3, "solution": true, "task": false} tags=["nbval-ignore-output"]
### BEGIN SOLUTION
ours, theirs = (np.array([row["score"] for row in results[name]]) for name in ("recipe", "baseline"))
TC, theirs_TC = (np.array([row["terms"].total_correlation for row in results[name]]) for name in ("recipe", "baseline"))
MIG, theirs_MIG = (np.array([row["MIG"].mean() for row in results[name]]) for name in ("recipe", "baseline"))
best, theirs_best = (np.array([row["best latent"] for row in results[name]]) for name in ("recipe", "baseline"))
for name, pair in {"score": (ours, theirs), "best latent": (best, theirs_best), "MIG": (MIG, theirs_MIG), "TC": (TC, theirs_TC)}.items():  # fmt: skip
    d = paired_difference(*pair)
    print(f"{name:11} recipe − baseline, mean and 95 % interval: {d}   by seed {np.round(d.differences, 2)}")
assert (ours - theirs).mean() > 0.25 and ours.max() > 0.6, (ours, theirs)
print("ok  score: the recipe's is higher, on average over the seeds by more than 0.25")
assert (MIG - theirs_MIG).mean() > 0.2 and (theirs_TC - TC).mean() > 0.2, (MIG, theirs_MIG, TC, theirs_TC)
print("ok  MIG is higher, total correlation lower, on average by more than 0.2")
### END SOLUTION

# %% [markdown]
# **More of it.** Three seeds are few, and 600 steps are short. For your page take more of both: set `STEPS` and `SEEDS`, or take lecture 8's size of the world, `dvlab.worlds.Fruit()` with
# `sigma=0.3` and 4,400 steps, about half a minute a model. The grader runs every cell, and stops one that takes a minute: **hand in with the small numbers**, and copy the table of the long run into your page.
# (With five seeds, does the baseline still score what it did with three?)
#
# ## 6. A question of your own
#
# Choose **one** of three, and write a page about it (300 to 500 words, and a table or a picture where it says more). All three share the recipe, the baseline and the score above; only what you change differs.
#
# | choice | you change | and ask | half of the evidence is |
# |:--|:--|:--|:--|
# | **A. Another world** | `whole`: other fruits, three of them, another number of sizes or colours | does the recipe still beat the baseline? | both worlds in one table, the same seeds |
# | **B. Another corner** | `held_out`: an edge, a larger block, the other end | which corners are harder, and why? | two corners at least, number of swaps and chance beside each score |
# | **C. Your own baseline** | `baseline`: the recipe with *one* thing left out (the cooling, or the total correlation) | which part does the work? | the difference seed by seed, with an interval for its mean |
#
# Copy this page, and fill it in:
#
# > **Choice and claim.** One sentence that could turn out to be false: …
# >
# > **What I predicted**, before I ran it: …
# >
# > **Evidence.** Recipe against baseline, every seed or the spread, their difference by seed with its interval, both scores (all owned latents, best latent), and chance $1/M$: …
# >
# > **One failure**, of a seed or of a swap, and what in the code explains it (was anything exchanged at all?): …
# >
# > **Without labels**, this could have predicted it: …
# >
# > **Not shown**: …
#
# (6 points, graded by hand: claim and prediction 1, evidence 2, failure 1, without labels 1, not shown 1.)

# %% [markdown] nbgrader={"grade": true, "grade_id": "page", "locked": false, "points": 6, "schema_version": 3, "solution": true, "task": false}
# **Answer** (one of many). *Claim.* On the small world of fruit, cooling with a weight on the total correlation makes a VAE recombine the fruit of one image with the size and colour of another into an apple
# that it never saw, more often than the same network trained as a plain VAE. It would be refuted by a plain VAE that scores as high.
#
# *Evidence.* Three seeds each, the same 124 images, network and number of steps. Score, by seed: the recipe 0.88, 0.75, 1.00 (mean 0.88); the baseline 0, 0, 0. Chance is $1/8=0.13$. The difference, paired by seed, is 0.88 on average,
# with a 95 % interval from 0.56 to 1.19 (Student's t from three seeds; no share exceeds 1, so the interval is a rough one). The baseline's 0 is so by construction, as nothing is exchanged. Where the best latent is carried over it scores 0 as well, and the
# difference is 0.81 [0.25, 1.37]. What was measured beside it agrees: mean MIG is higher by 0.68 [0.39, 0.96], total correlation lower by 3.9 nats [3.0, 4.8]. These are four intervals at once; at 98.75 % each (Bonferroni), the best latent's holds 0, the
# other three do not. Both know the same 4.6 or 4.7 nats about the
# image, so the difference is not in how much is coded, but where.
#
# *A failure.* The recipe's seed 1 gets a quarter of its swaps wrong. Its owners are (−1, 0, 1, 0, 2): the fruit is in *two* latents, and its MIG is 0.56 where the others have 0.80 and more. Both are carried over, but the second of them also answers to
# what else differs between the two images, so they arrive as a pair that no training image had; the decoded apples wear a halo of berries. The baseline fails otherwise: *no* latent knows more about the fruit than about size or colour, nothing is
# carried over, and the small black grapes come back as they were. A score of 0, below chance, says just that.
#
# *Without labels.* Three factors need three latents. Both good seeds use three, the bad one four, the baselines all five; and the total correlation, 0.32, 0.53, 0.99, orders the recipe's seeds as their scores do. Three seeds may do so by
# accident (one order in six), so I would trust the count to sort out models, not to rank good ones.
#
# *Not shown.* One world, one corner of four images, 16 swaps that share them and are not independent, three seeds. The recipe was tuned on this very score, the baseline was not. "Nearest of eight" is mild: a halo does no harm.
# Nothing here says that cooling *or* the total correlation alone would not do; that takes a baseline with one of them left out.
#
# **Rubric.** *Claim* (1 point): one sentence, about this world and this measure, that the table could have refuted (½ where it claims more than was measured: "the model understands shape").
# *Evidence* (2 points): recipe and baseline on the same images, network and steps, at least three seeds each (½); the spread, or every seed, beside the mean (½); chance, $1/M$, named (½); the difference paired by seed, with an interval for its mean, or the
# admission that the seeds at hand allow no more than a description (½). *A failure* (1 point): one seed or swap is picked and its cause is read off the code: two factors in one latent, a factor in two, an inactive one too many (½ for a description without a cause).
# *Prediction without labels* (1 point): total correlation, or latents in use, held against the scores of the runs, also where it does not predict (½ for naming a measure without looking). MIG needs labels and earns nothing here.
# *Not shown* (1 point): at least two honest limits: one world, one corner, few seeds and swaps, candidates that make the score mild, a recipe that was tuned on the very scores it is judged by.

# %% [markdown]
# ## What you have now
#
# - [x] a corner whose decoding is recombination, neither interpolation nor extrapolation;
# - [x] latents with owners, and inactive ones without;
# - [x] a mixed code, and a score that says whether it decodes to what was wanted;
# - [x] a comparison with a baseline, over seeds, and a page that claims no more than it shows.
#
# `dvlab.metrics.recombination.swap` does the same for every pair of a block, with one latent for each factor.
#
# **References.** Locatello et al., *Challenging Common Assumptions in the Unsupervised Learning of Disentangled Representations*, ICML 2019 (the spread over seeds).
# Montero et al., *The Role of Disentanglement in Generalisation*, ICLR 2021 (what holding out combinations tells).
