# ---
# jupyter:
#   kernelspec:
#     display_name: Python 3 (ipykernel)
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Exercise 06. MIG vs MI
#
# The slides end with a homework: *why not simply use MI? Why the MI gap?* Here you answer it, with numbers of your own.
#
# **You will**
#
# 1. say beforehand what eight codes score by the best mutual information, and by MIG;
# 2. write $H$, $I$, the best MI and MIG from tables of counts;
# 3. find out what is wrong with each code, and which fault MIG does not notice;
# 4. try six other scores in MIG's place, and deceive every one of them;
# 5. see why each gap is divided by an entropy, and what a rotation does to a code;
# 6. build a code that deceives MIG, and a disentangled one that MIG condemns;
# 7. put an autoencoder beside a β-TCVAE, by both scores;
# 8. measure what pure noise scores, and how far chance can take it;
# 9. answer the slides' question in at most 120 words.
#
# **You need** lecture 6 (and from lecture 1: mutual information from a table). **Points:** 27. **Time:** about 170 minutes; every cell runs
# in a few seconds.
#
# Replace each `raise NotImplementedError()` with your own lines, then run the check below it. A check compares your answer
# with a trusted one on difficult inputs and on random ones, and tells you what it sees; call it a second time and it says where to look. *Visible checks passed*
# means what it says: the grader runs a few more, of the same kind. Where you are asked for a `guess`, write it down before you go on: the next
# cell compares. Entropies and informations are in **nats**.

# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
import matplotlib.pyplot as plt
import numpy as np
import torch
from torch.distributions import Normal

import dvlab
from dvlab.checks import ex06

torch.set_num_threads(1)  # more of them would wait for one another on a busy computer

# %% [markdown]
# ## The world and eight codes
#
# The world has two independent factors, $a$ and $b$, with four levels each: 16 images, all equally likely, and
# $H(a)=H(b)=\ln4\approx1.386$ nats. A code gives every image a mean and adds Gaussian noise with $\sigma=0.05$ to each latent:
# $z_j=\mu_j(a,b)+\mathcal N(0,0.05^2)$. Here are eight, by their means:

# %% nbgrader={"grade": false, "grade_id": "codes", "locked": true, "schema_version": 3, "solution": false, "task": false}
a, b = np.indices((4, 4)).reshape(2, -1)  # 0 … 3, in all 16 combinations
g = np.stack([a, b], axis=1)  # (16, 2)
codes = {
    "aligned": np.stack([a, b], axis=1),
    "duplicated": np.stack([a, b, a, b], axis=1),
    "packed twice": np.stack([4 * a + b, a - 4 * b], axis=1),
    "packed, dead": np.stack([4 * a + b, 0 * a], axis=1),  # z_1 is noise
    "rotated": np.stack([a - b, a + b], axis=1) / np.sqrt(2),  # by 45°
    "rotated and not": np.stack([a - b, a + b, 1.4 * a, 1.4 * b], axis=1) / np.sqrt(2),
    "imprecise": np.stack([a, 0.06 * b], axis=1),  # the levels of b lie little more than σ apart
    "lost": np.stack([a, 0 * b], axis=1),
}

# %% [markdown]
# *Packed* is the trick of $4a+b$: the 16 combinations get the numbers 0 … 15, so that a single latent names both factors.
#
# ## 1. Predict
#
# Each factor has a latent that knows most about it. **Best MI** is what that latent knows, as a share of $H$:
# $\max_j I(g_i;z_j)/H(g_i)$, averaged over the two factors. **MIG** takes the second-best latent's share away first.
#
# Before you compute anything, write down what you expect of each code, as `guess = {"aligned": (best MI, MIG), …}`, numbers from 0 to 1 for all
# eight names. How near you come costs nothing (you will compare below), as long as it is a prediction: possible by
# the two definitions, and not the same for all.

# %% nbgrader={"grade": false, "grade_id": "predict", "locked": false, "schema_version": 3, "solution": true, "task": false}
guess = {}
### BEGIN SOLUTION
guess = {"aligned": (1, 1), "duplicated": (1, 0), "packed twice": (1, 0), "packed, dead": (1, 1), "rotated": (0.5, 0)}
guess |= {"rotated and not": (1, 0.5), "imprecise": (0.75, 0.75), "lost": (0.5, 0.5)}
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "predict-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ex06.predictions(guess)

# %% [markdown]
# ## 2. From counts
#
# Cut a latent into cells, and count how often each cell meets each level of a factor. Everything follows from such tables. Here
# is one of 24 images, with two cells and three levels:
#
# | | g = 0 | g = 1 | g = 2 | |
# |:--|--:|--:|--:|--:|
# | **cell 0** | 6 | 2 | 0 | 8 |
# | **cell 1** | 0 | 4 | 12 | 16 |
# | | 6 | 6 | 12 | 24 |
#
# Work it out on paper first. You should find $H(g)=1.0397$ nats and $I(z;g)=0.4774$ nats. An empty cell contributes nothing
# ($p\ln p\to0$); a computer that is asked for $\ln 0$ needs to be told so.
#
# **The entropy**, $H(g)=-\sum_g p(g)\ln p(g)$, from how often each level was seen (the bottom row):


# %% nbgrader={"grade": false, "grade_id": "entropy", "locked": false, "schema_version": 3, "solution": true, "task": false}
def entropy(counts):
    """H in nats of a variable that took level g in counts[g] images: an array (L,) -> a number. A count may be 0."""
    ### BEGIN SOLUTION
    p = counts[counts > 0] / counts.sum()
    return -(p * np.log(p)).sum()
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "entropy-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ex06.entropy_of(entropy)
### BEGIN HIDDEN TESTS
ex06.entropy_of(entropy, seed=1)
ex06.entropy_of(entropy, seed=2)
### END HIDDEN TESTS

# %% [markdown]
# **The mutual information** of a table, cells by levels, either as
# $\sum_{z,g}p(z,g)\ln\frac{p(z,g)}{p(z)\,p(g)}$ or with the help of your `entropy`:


# %% nbgrader={"grade": false, "grade_id": "information", "locked": false, "schema_version": 3, "solution": true, "task": false}
def information(table):
    """I(z; g) in nats from table[z, g], counts: an array (cells, levels) -> a number. A count may be 0."""
    ### BEGIN SOLUTION
    return entropy(table.sum(axis=1)) + entropy(table.sum(axis=0)) - entropy(table.ravel())
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "information-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
ex06.information_of(information)
### BEGIN HIDDEN TESTS
ex06.information_of(information, seed=1)
ex06.information_of(information, seed=2)
### END HIDDEN TESTS

# %%
napkin = np.array([[6, 2, 0], [0, 4, 12]])
print(f"H(g) = {entropy(napkin.sum(axis=0)):.4f}, I(z; g) = {information(napkin):.4f} nats")

# %% [markdown]
# Now a whole code: $D$ latents, $K$ factors, and a table for each pair, all in one array `tables` of shape
# $(D, K, \text{cells}, \text{levels})$, so that `tables[j, k]` is the table of latent $j$ and factor $k$. All tables count the same images. The
# factors need not be balanced, and where one has fewer levels than another its last columns are empty.
#
# **The best MI**, one number for each factor, *before* an average can hide one: $\max_j I(g_k;z_j)/H(g_k)$.


# %% nbgrader={"grade": false, "grade_id": "best", "locked": false, "schema_version": 3, "solution": true, "task": false}
def best_mi(tables):
    """The best latent's share of H(g_k) for each factor: counts (D, K, cells, levels) -> (K,)."""
    ### BEGIN SOLUTION
    I = np.array([[information(table) for table in row] for row in tables])  # (D, K)
    H = np.array([entropy(table.sum(axis=0)) for table in tables[0]])  # (K,)
    return I.max(axis=0) / H
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "best-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ex06.best_of(best_mi)
### BEGIN HIDDEN TESTS
ex06.best_of(best_mi, seed=1)
ex06.best_of(best_mi, seed=2)
### END HIDDEN TESTS

# %% [markdown]
# **The mutual information gap** of the slides, with $z_j$ the best and $z_l$ the second-best latent of factor $g_k$:
#
# $$\mathrm{MIG}=\frac1K\sum_{k=1}^K\frac{1}{H(g_k)}\big(I(g_k;z_j)-I(g_k;z_l)\big).$$
#
# Two latents may know exactly the same; then the gap is 0. A code may have a single latent; then the second best counts as 0.


# %% nbgrader={"grade": false, "grade_id": "mig", "locked": false, "schema_version": 3, "solution": true, "task": false}
def mig(tables):
    """The mutual information gap: counts (D, K, cells, levels) -> a number."""
    ### BEGIN SOLUTION
    gaps = []
    for k in range(tables.shape[1]):
        I = sorted([information(table) for table in tables[:, k]] + [0.0])  # the 0: for a single latent
        gaps.append((I[-1] - I[-2]) / entropy(tables[0, k].sum(axis=0)))
    return np.mean(gaps)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "mig-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
ex06.gap(mig)
ex06.gap(mig, ties=True)  # two latents that know the same
ex06.gap(mig, single=True)  # and a single one
### BEGIN HIDDEN TESTS
ex06.gap(mig, single=True, seed=1)
ex06.gap(mig, ties=True, seed=1)
ex06.gap(mig, seed=1)
### END HIDDEN TESTS

# %% [markdown]
# ## 3. Score the codes
#
# `count` makes the tables: it cuts every latent into equally wide bins. On the means of the 16 images each of their values gets a bin of
# its own. In all codes but *imprecise*, neighbouring means are at least 14 $\sigma$ apart, so the noise would hardly ever carry an image into a bin that
# another value uses: there the counts give the true values of the noisy code, to well within 0.01.


# %% nbgrader={"grade": false, "grade_id": "count", "locked": true, "schema_version": 3, "solution": false, "task": false}
def count(z, g, bins=20):
    """Latents z (n, D), each cut into `bins`, against factors g (n, K): tables of counts (D, K, bins, levels)."""
    levels = np.arange(g.max() + 2) - 0.5
    return np.array([[np.histogram2d(z_j, g_k, [bins, levels])[0] for g_k in g.T] for z_j in z.T])


# %% [markdown]
# Fill `score` for the seven codes other than *imprecise*: for each name, the pair (mean of `best_mi` over the factors, `mig`). The check compares with the
# true informations, integrated on a grid.

# %% nbgrader={"grade": false, "grade_id": "score", "locked": false, "schema_version": 3, "solution": true, "task": false}
score = {}
### BEGIN SOLUTION
for name in codes:
    if name != "imprecise":
        tables = count(codes[name], g)
        score[name] = (best_mi(tables).mean(), mig(tables))
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "score-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ex06.scores(score)

# %% [markdown]
# For *imprecise* the means alone would give 1 and 1: without its noise it is as good as *aligned*. With the noise a level of $b$ is often taken for
# its neighbour, and integration says 0.68 and 0.68. Here are your guesses beside the truth.

# %%
true = {name: dvlab.metrics.mig(Normal(torch.tensor(z, dtype=torch.float64), 0.05), g) for name, z in codes.items()}
share = {name: (m.mutual_information / m.entropy).clip(0) for name, m in true.items()}  # I(g; z_j) / H(g), (D, 2)
print("code             best MI  you said     MIG  you said")
for name, S in share.items():
    print(f"{name:16}{S.max(axis=0).mean():8.2f}{guess[name][0]:10.2f}{true[name].score:8.2f}{guess[name][1]:10.2f}")

# %% [markdown]
# Where were you wrong? A prediction that failed is the best thing that can happen in this exercise: find out what you had
# assumed before you go on.
#
# ## 4. Two reasons
#
# Chen et al. (2018, section 4) give two reasons for the gap. In our words:
#
# - **Axis alignment.** Of a code that is not aligned with the factors, one latent may know of two or more of them. *So ask: does a
#   latent know something (a tenth of $H$ or more) of both factors?* Then axis alignment is broken.
# - **Compactness.** Where one latent already knows all (nine tenths of $H$ or more) of a factor, no other needs to know of it.
#   *So ask: is there such a latent, and a second one that knows something (a tenth of $H$ or more) of the same factor too?* Then compactness is broken.
#
# The true shares $I(g;z_j)/H(g)$, a latent a row, with columns $a$ and $b$:

# %%
faulty = ("aligned", "duplicated", "packed twice", "packed, dead", "rotated", "rotated and not")
for which in faulty:
    print(f"{which:16}", "   ".join(f"z{j}: {in_a:.2f} {in_b:.2f}" for j, (in_a, in_b) in enumerate(share[which])))

# %% [markdown]
# For each of these six, say what is broken: `"neither"`, `"axis alignment"`, `"compactness"` or `"both"`. Then look back at the scores:
# one of the codes is broken, and MIG gives it full marks. Write its name into `unnoticed`.

# %% nbgrader={"grade": false, "grade_id": "cases", "locked": false, "schema_version": 3, "solution": true, "task": false}
case, unnoticed = {}, ""
### BEGIN SOLUTION
case = {
    "aligned": "neither",
    "duplicated": "compactness",
    "packed twice": "both",
    "packed, dead": "axis alignment",
    "rotated": "axis alignment",
    "rotated and not": "both",
}
unnoticed = "packed, dead"
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "cases-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
ex06.cases(case, unnoticed)

# %% [markdown]
# ## 5. Other scores in its place
#
# Why the *best* MI, why the *second* best? Here are six more ways to make one number of the shares $S_{ji}=I(g_i;z_j)/H(g_i)$. Three never look for a gap: the mean and the sum over latents, and what
# *all latents together* know of a factor, $I(g_i;z_1,\dots,z_D)/H(g_i)$. Three look for another gap than MIG's.
#
# The joint information needs the code's density; it is an average over drawn codes,
# $I(g_i;\mathbf z)=\mathbb E\big[\ln p(\mathbf z\mid g_i)-\ln p(\mathbf z)\big]$, where both densities are mixtures of the images' Gaussians.


# %% nbgrader={"grade": false, "grade_id": "joint", "locked": true, "schema_version": 3, "solution": false, "task": false}
def joint(means, sigma=0.05, draws=250):
    """I(g_i; all latents) / H(g_i), averaged over a and b, from `draws` codes of each of the 16 images."""
    z = np.repeat(means, draws, axis=0) + sigma * np.random.default_rng(0).normal(size=(16 * draws, means.shape[1]))
    p = np.exp(-(((z[:, None] - means) / sigma) ** 2).sum(axis=2) / 2) + 1e-300  # (n, 16), up to a constant
    same = [np.repeat(g_i, draws)[:, None] == g_i for g_i in (a, b)]  # the images that share the level of z's own
    return np.mean([np.log(4 * (p * s).sum(axis=1) / p.sum(axis=1)).mean() / np.log(4) for s in same])


def ratio(S):
    second, best = np.sort(S, axis=0)[-2:]
    return np.where(best > 0.01, 1 - second / np.maximum(best, 0.01), 0)


measures = {
    "best": lambda S: S.max(axis=0),
    "mean": lambda S: S.mean(axis=0),
    "sum": lambda S: S.sum(axis=0),
    "best - mean": lambda S: S.max(axis=0) - S.mean(axis=0),
    "best - worst": lambda S: S.max(axis=0) - S.min(axis=0),
    "1 - second/best": ratio,
    "best - second": lambda S: np.sort(S, axis=0)[-1] - np.sort(S, axis=0)[-2],  # MIG
}

# %% [markdown]
# > **Before you run the next cell.** *Packed twice* is the most entangled of all codes. Which of these measures puts it *above* aligned?
# > Write the name of one, as a text.

# %% nbgrader={"grade": false, "grade_id": "above-guess", "locked": false, "schema_version": 3, "solution": true, "task": false}
guess_above = ""
### BEGIN SOLUTION
guess_above = "mean"
### END SOLUTION

# %%
table = {which: {name: f(S).mean() for name, f in measures.items()} for which, S in share.items()}
for which in codes:
    table[which]["joint"] = joint(codes[which])
print(" " * 16 + "".join(f"{name.replace(' ', ''):>16}" for name in table["aligned"]))
for which, row in table.items():
    print(f"{which:16}" + "".join(f"{abs(value):16.2f}" for value in row.values()))
above = [name for name, value in table["packed twice"].items() if value > table["aligned"][name] + 0.01]
print(f"\nyou said {guess_above!r}; packed twice is above aligned by {' and by '.join(above)}")

# %% [markdown]
# Mean and sum count what is said twice as twice as much. What all latents together know is the same for every code that loses nothing: it cannot say *where* it is.
# And the four gaps?
#
# A measure is **deceived** by a code that has a fault, when it scores that code as high as aligned (to within 0.01) or higher.
# *Packed, dead* deceives MIG; look along its row: which of the other seven does it deceive? For each of the other seven, name **another** code that deceives
# it: `deceived = {"best": …, "mean": …, "sum": …, "joint": …, "best - mean": …, "best - worst": …, "1 - second/best": …}`.

# %% nbgrader={"grade": false, "grade_id": "deceived", "locked": false, "schema_version": 3, "solution": true, "task": false}
deceived = {}
### BEGIN SOLUTION
deceived = {"best": "duplicated", "mean": "packed twice", "sum": "duplicated", "joint": "rotated"}
deceived |= {"best - mean": "duplicated", "best - worst": "duplicated", "1 - second/best": "imprecise"}
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "deceived-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
ex06.deceptions(deceived)

# %% [markdown]
# A mean over latents moves with latents that say nothing: give *duplicated* twenty dead ones, and best − mean is nearly 1. The worst latent says nothing as soon as
# there is a dead one. A ratio does not see how much is known. Only the second best is unmoved by dead latents and finds every copy. In one sentence: why is a *third* latent
# that knows the factor no concern of MIG's? (1 point, graded by hand.)

# %% [markdown] nbgrader={"grade": true, "grade_id": "second-words", "locked": false, "points": 1, "schema_version": 3, "solution": true, "task": false}
# **Answer.** The gap asks whether the factor is in one latent alone; the first rival that comes near the best one settles this, and a third knows at most as much as the second.
#
# **Rubric.** 1 point for: the third knows no more than the second, so the gap to it is no smaller.

# %% [markdown]
# ## 6. Why divide by an entropy?
#
# Let $a$ have eight levels, $b$ two, so $H(a)=2.08$ and $H(b)=0.69$ nats. One code keeps $b$ and loses half of $a$'s information; another keeps $a$ and loses $b$ altogether.
#
# > **Before you run the next cell.** The mean gap in nats, not divided by anything: which code does it prefer, `"half of a"` or `"all of b"` lost?

# %% nbgrader={"grade": false, "grade_id": "entropy-guess", "locked": false, "schema_version": 3, "solution": true, "task": false}
guess_lost = ""
### BEGIN SOLUTION
guess_lost = "all of b"
### END SOLUTION

# %%
a8, b2 = np.indices((8, 2)).reshape(2, -1)
g82 = np.stack([a8, b2], axis=1)
for lost, z in {"half of a": np.stack([a8 // 3, b2], 1), "all of b": np.stack([a8, 0 * b2], 1)}.items():
    tables = count(z, g82)
    nats = np.sort([[information(t) for t in row] for row in tables], axis=0)
    print(f"{lost} lost: mean gap {(nats[-1] - nats[-2]).mean():.2f} nats, MIG {mig(tables):.2f}")
print(f"you said that nats prefer the one without {guess_lost!r}")

# %% [markdown]
# In nats a factor counts by the number of its levels, and a code does best to forget the small factors. Divided by $H$, each factor counts alike.
#
# ## 7. A rotation
#
# Rotate the aligned code by 0° to 45°, and follow three things: what *both* latents together know of $a$ (integrated over the plane),
# what the best single latent knows, and MIG. Once with so much noise that neighbouring levels overlap, $\sigma=0.3$, once with our 0.05.


# %% nbgrader={"grade": false, "grade_id": "rotation", "locked": true, "schema_version": 3, "solution": false, "task": false}
def rotated(degrees):
    c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    return (g - 1.5) @ np.array([[c, -s], [s, c]]).T  # means (16, 2), rotated about their middle


def h(density, cell):  # −∫ p ln p over a grid of cells
    return -(density * np.log(np.maximum(density, 1e-300))).sum() * cell


def jointly(degrees, sigma):
    """I(a; z_0, z_1) / H(a): the densities of (z_0, z_1), over all images and for each level of a, on a grid."""
    grid = np.arange(-2.2 - 5 * sigma, 2.2 + 5 * sigma, sigma / 2)
    k_0, k_1 = np.exp(-((grid - rotated(degrees).T[..., None]) ** 2) / (2 * sigma**2)) / (sigma * np.sqrt(2 * np.pi))
    q_given_a = [k_0[a == level].T @ k_1[a == level] / 4 for level in range(4)]
    cell = (sigma / 2) ** 2
    return (h(sum(q_given_a) / 4, cell) - sum(h(q, cell) for q in q_given_a) / 4) / np.log(4)


# %%
angles = np.arange(0, 46)
fig, axes = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained", sharey=True)
for ax, sigma in zip(axes, (0.3, 0.05), strict=True):
    gaps = [dvlab.metrics.mig(Normal(torch.tensor(rotated(angle)), sigma), g) for angle in angles]
    shares = np.array([m.mutual_information.max(axis=0).mean() / np.log(4) for m in gaps])
    ax.plot(angles, [jointly(angle, sigma) for angle in angles], "-", color="#0072B2", label="both latents")
    ax.plot(angles, shares, "--", color="#D55E00", label="best latent")
    ax.plot(angles, [m.score for m in gaps], "-.", color="#009E73", label="MIG")
    ax.set(xlabel="rotation (degrees)", title=f"σ = {sigma}", xlim=(0, 45), ylim=(-0.03, 1.05))
axes[0].set_ylabel("share of $H$")
axes[0].legend()
alt = "Two panels, sigma 0.3 and 0.05, against the rotation from 0 to 45 degrees. Both latents: flat. Best latent: falls to a third. MIG: falls to 0."
dvlab.plots.show(fig, alt)

# %% [markdown]
# *What both latents know is flat in both panels. What the best one knows falls from the same height to a third or less, smoothly where the noise
# is large, with ups and downs where it is small. MIG falls to 0, and with small noise it is almost there at 15°.*
#
# In at most five sentences: why is the first curve flat? Why do the other two fall, and why does MIG fall further? And: at 14° and
# $\sigma=0.05$ the best latent still knows practically everything and MIG is nearly 0. Which of the eight codes is this, up to scale and the order of the levels of $b$? (2 points, graded by hand.)

# %% [markdown] nbgrader={"grade": true, "grade_id": "rotation-words", "locked": false, "points": 2, "schema_version": 3, "solution": true, "task": false}
# **Answer.** A rotation can be undone, and the noise is round, so it looks the same from every side: turning back gives the code of 0° exactly, and neither
# step can add information, so both latents together know the same at every angle. A single latent is a projection: at angle $\alpha$, $z_0$ mixes
# $\cos\alpha\,a$ with $\sin\alpha\,b$, and of images with the same $z_0$ one no longer knows which $a$ they have (at 45° only $a-b$ is left). So the best falls. At
# the same time the other latent, which knew nothing of $a$ at 0°, gains; the gap loses at both ends and closes at 45°, where the two are alike.
# At 14° ($\tan\alpha=\frac14$) the latents are $4a-b$ and $a+4b$ over $\sqrt{17}$: the code *packed twice*, with the levels of $b$ counted from the other end. With little noise each latent names all
# 16 combinations, so the best MI cannot fall, and MIG must.
#
# **Rubric.** 1 point for the flat curve: invertible and the noise round (½ where only one of the two is said). 1 point for the falling ones: a latent is then a mixture of both
# factors, and the second latent gains what the first loses (½); "packed twice" (½).

# %% [markdown]
# *Rotated and not* carries both: the rotated pair, and (but for a hair) the aligned one. Its best MI is 1 whatever the rotated pair does, and MIG, 0.67, sees that pair.
#
# ## 8. Attack
#
# Now with three factors, and codes of your own: $a$ with 3 levels, $b$ with 4, $c$ with 6, so 72 images. Write a code that MIG admires and that is not disentangled at all:
# **MIG at least 0.95**, and DCI's disentanglement $D$, with a random forest, **at most 0.1**. (Lecture 7 explains $D$. For now: it asks of every *latent* whether it matters for one factor
# only, and averages by how much the latents matter; 1 is best.)
#
# The trick printed above is forbidden: **no latent may be a weighted sum of the factors** (of none may a linear regression from $a$, $b$, $c$ explain more than 0.98 of the variance). Your
# function gets $a$, $b$ and $c$ of many images and returns the means; the check adds the noise (so a latent that is to say nothing has a constant mean). At most 20 latents, with means that span at most 10,000.


# %% nbgrader={"grade": false, "grade_id": "attack", "locked": false, "schema_version": 3, "solution": true, "task": false}
def attack(a, b, c):
    """Factors a 0 … 2, b 0 … 3, c 0 … 5, whole numbers, arrays (n,) -> the means of a code, (n, D), D at least 1."""
    ### BEGIN SOLUTION
    street = np.where(a % 2 == 0, 4 * a + b, 4 * a + 3 - b)  # as an ox ploughs: every other row is walked back
    return np.where(street % 2 == 0, 6 * street + c, 6 * street + 5 - c)[:, None]
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "attack-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
ex06.attack(attack)
### BEGIN HIDDEN TESTS
ex06.attack(attack, seed=1)
### END HIDDEN TESTS

# %% [markdown]
# A high MIG tells you something about your code all the same. What does MIG measure, then, and what does it not? (Two sentences. 1 point, graded by hand.)

# %% [markdown] nbgrader={"grade": true, "grade_id": "attack-words", "locked": false, "points": 1, "schema_version": 3, "solution": true, "task": false}
# **Answer.** That each factor is known to one latent, and to one only: completeness (compactness), together with how much is known. It goes through the columns of the
# matrix, factor by factor, and never looks along a row, so it cannot see that one latent speaks of several factors (modularity, DCI's disentanglement).
#
# **Rubric.** ½ point for "each factor in exactly one latent", or compactness; ½ for "not whether a latent is about one factor only", or columns and not rows.

# %% [markdown]
# ## 9. Defend
#
# Now the other way round: a code with **MIG at most 0.1** that *is* disentangled: DCI's $D$ **at least 0.9**, each latent about one factor. It must be of use, so a random forest reads
# every factor from the noisy code, with $R^2\ge0.9$ on images that it has not seen. And *duplicated* is printed above, so copies are forbidden: **no latent may know more than 0.9 of $H$**
# of any factor.


# %% nbgrader={"grade": false, "grade_id": "defend", "locked": false, "schema_version": 3, "solution": true, "task": false}
def defend(a, b, c):
    """Factors a 0 … 2, b 0 … 3, c 0 … 5, whole numbers, arrays (n,) -> the means of a code, (n, D)."""
    ### BEGIN SOLUTION
    low, high = np.minimum(c, 3), np.maximum(c, 2)  # and each of the others in two questions, yes or no
    return np.stack([a == 0, a == 2, b % 2, b // 2, low, high], axis=1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "defend-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
ex06.defend(defend)
### BEGIN HIDDEN TESTS
ex06.defend(defend, seed=1)
### END HIDDEN TESTS

# %% [markdown]
# Who would be glad of your code, and for what would they still prefer one with a high MIG? (Two sentences. 1 point, graded by hand.)

# %% [markdown] nbgrader={"grade": true, "grade_id": "defend-words", "locked": false, "points": 1, "schema_version": 3, "solution": true, "task": false}
# **Answer.** Whoever feeds the code to a predictor, or asks *which* factor changed between two images: every factor can be read, and no latent mixes two. Whoever wants to *set* a
# factor with one slider, or to read one latent as the name of one factor, needs the other kind: here two latents have to be moved together. (Also right: an angle is a circle, and its cosine and sine serve it
# better than one latent could.)
#
# **Rubric.** ½ point for a use that fits the submitted code; ½ for what is lost: control by one latent, or reading one latent as one factor.

# %% [markdown]
# ## 10. Trained codes
#
# Nobody draws such codes by hand; networks make them. An **autoencoder** is a VAE whose KL weighs nothing, $\beta=0$. It is trained here in a second or two on a small world of fruit.
#
# > **Before you run it.** What will be its best MI, averaged over fruit, size and colour, and its MIG? Write `guess_auto = (best MI, MIG)`.

# %% nbgrader={"grade": false, "grade_id": "auto-guess", "locked": false, "schema_version": 3, "solution": true, "task": false}
guess_auto = None
### BEGIN SOLUTION
guess_auto = (0.8, 0.3)
### END SOLUTION

# %% tags=["nbval-ignore-output"]
small = dvlab.worlds.Fruit(sizes=6, colours=6, size=16)  # 72 images
autoencoder = dvlab.VAE(small.image_shape, 4, likelihood="gaussian", sigma=0.15, hidden=(128, 128), seed=0)
no_kl = dvlab.objectives.BetaVAE(0)
dvlab.train(autoencoder, small, no_kl, steps=90, batch_size=32, seed=0, device="cpu", progress=False)
auto = dvlab.metrics.mig(dvlab.posterior(autoencoder, small), small.all_factors())
auto_best = (auto.mutual_information / auto.entropy).max(axis=0).mean()
print(f"autoencoder: best MI {auto_best:.2f}, MIG {auto.score:.2f}; you said {guess_auto}")

# %%
assert auto_best > 0.8 and auto.score < 0.25, (auto_best, auto.score)
print("ok  the autoencoder's best MI is above 0.8, its MIG below 0.25")

# %% [markdown]
# And a **β-TCVAE** that comes with this course, trained for a minute and a half on a larger world of the same fruit (32 × 32 pixels, some apples held out):

# %%
fruit = dvlab.worlds.Fruit().hold_out(lambda f: (f[:, 0] == 0) & (f[:, 1] < 4) & (f[:, 2] >= 12))
tcvae = dvlab.metrics.mig(dvlab.posterior(dvlab.zoo.load("fruit-beta-tcvae"), fruit), fruit.all_factors())
tcvae_best = (tcvae.mutual_information / tcvae.entropy).max(axis=0).mean()
print(f"β-TCVAE: best MI {tcvae_best:.2f}, MIG {tcvae.score:.2f}")

# %% [markdown]
# By the best MI an autoencoder is about as good as a β-TCVAE. Its noise is so small that *every* latent tells the images apart, and with them every factor: *packed*, not twice but four times. MIG exposes it. (Two
# models, one seed each, are an example and no comparison; lecture 8 has the seeds.)
#
# ## 11. Noise
#
# You have no world of 16 images but $n$ images, point codes and 20 bins. What does a code score that knows *nothing*? Take any codes and put each latent out of
# order **by itself**: the latent keeps its values, and nothing that it knew is left. Do so many times, and score each: that is the **null**, and its mean and its quantiles say what chance can do.
#
# Write it with your `mig` and with `count` (20 bins). `orders[s, :, j]` is a random order of the $n$ images for latent $j$ in shuffle $s$; so
# `z[orders[s, :, j], j]` is latent $j$, put out of order.


# %% nbgrader={"grade": false, "grade_id": "null", "locked": false, "schema_version": 3, "solution": true, "task": false}
def null(z, g, orders):
    """MIG of each shuffled code: z (n, D), g (n, K), orders (S, n, D) whole numbers -> an array (S,)."""
    ### BEGIN SOLUTION
    return np.array([mig(count(np.take_along_axis(z, order, axis=0), g)) for order in orders])
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "null-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
ex06.null(null)
### BEGIN HIDDEN TESTS
ex06.null(null, latents=1)
ex06.null(null, images=60, latents=4, factors=3, shuffles=2)
### END HIDDEN TESTS

# %% [markdown]
# > **Before you run the next cell.** Ten latents of pure noise, 100 images, 20 bins. Its best MI should be 0. What will it be?

# %% nbgrader={"grade": false, "grade_id": "noise-guess", "locked": false, "schema_version": 3, "solution": true, "task": false}
guess_noise = None
### BEGIN SOLUTION
guess_noise = 0.1
### END SOLUTION

# %%
rng = np.random.default_rng(0)
print("     n  best MI     MIG  null: mean  95 % below")
for n in (100, 1000, 10_000):
    factors, noise = rng.integers(4, size=(n, 2)), rng.normal(size=(n, 10))
    shuffles = rng.permuted(np.tile(np.arange(n)[:, None], (40, 1, 10)), axis=1)
    counts, chance = count(noise, factors), null(noise, factors, shuffles)
    best, q95 = best_mi(counts).mean(), np.quantile(chance, 0.95)
    print(f"{n:6d} {best:8.2f} {mig(counts):7.4f} {chance.mean():11.4f} {q95:11.4f}")
print(f"you said {guess_noise} for the best MI of 100 images")

# %% [markdown]
# With 100 images the best of ten latents that know nothing seems to know a quarter of each factor: 80 cells are filled by 100 images, so the table
# looks structured by accident. This is the third argument for the gap: all latents that know nothing share the same accident, and it takes most of it
# away. Most, not all: a MIG is a discovery when it lies above what nearly all shuffles reach. A mean does not say that: about half of all noise lies
# above its mean. Whoever reports a histogram MIG should give its null too.
#
# ## 12. Your picture
#
# Every code of this exercise, by both scores, and yours among them.

# %% tags=["nbval-ignore-output"]
levels_abc = np.indices((3, 4, 6)).reshape(3, -1)
board = {name: (S.max(axis=0).mean(), true[name].score) for name, S in share.items()}
board |= {"autoencoder": (auto_best, auto.score), "β-TCVAE": (tcvae_best, tcvae.score)}
for name, f in {"YOUR ATTACK": attack, "YOUR DEFENCE": defend}.items():
    of = dvlab.metrics.mig(Normal(torch.tensor(np.asarray(f(*levels_abc), dtype=float)), 0.05), levels_abc.T)
    board[name] = (of.mutual_information / of.entropy).max(axis=0).mean(), of.score
ex06.leaderboard(board)

# %% [markdown]
# *The best MI from left to right, MIG upwards. No code lies above the diagonal, where nothing is left to a second latent; the further below it, the more a second one knows. Along the top and right edges stand codes that one of the two scores cannot tell apart: with a best MI of 1 some have a MIG of 1, one of 0.67 and some of 0.*
#
# ## 13. The homework
#
# **Why is the MI gap used as a metric for disentanglement, and not the MI itself?** At most 120 words. Say why the best MI alone is not enough, what axis alignment
# and compactness have to do with it (each with one of the eight codes), and name one blind spot of MIG. (4 points, graded by hand.)

# %% [markdown] nbgrader={"grade": true, "grade_id": "words", "locked": false, "points": 4, "schema_version": 3, "solution": true, "task": false}
# **Answer.** The best MI says only that *some* latent knows the factor, whatever the others know: five of our eight codes score 1, and so does an autoencoder, almost. Disentanglement asks where
# the information lies. If the axes are rotated (*packed twice*, *rotated*), each latent knows of every factor; best and second best are equal, and the gap is 0 where
# the best MI is 1 or 0.33. If a second latent repeats the first (*duplicated*), the best MI is 1 and the gap 0: the code is not compact. So the gap rewards a factor that is known to
# one latent and to no other. It is blind to a latent that holds several factors: *packed, dead* scores 1. And it condemns an angle kept as cosine and sine.
#
# **Rubric.** 1 point each: (i) the best MI does not see what the other latents know, or is high for entangled codes too; (ii) axis alignment, with *rotated* or *packed twice*;
# (iii) compactness, with *duplicated* or *packed twice*; (iv) one true blind spot: several factors in one latent; a factor that needs two latents; correlated factors; the average hides a
# lost factor; bias of the estimate. ½ for (ii) or (iii) without a code. One point less above 150 words.

# %% [markdown]
# ## What you have now
#
# - [x] $H$, $I$, the best MI and MIG from counts, with unbalanced factors, empty cells, ties and a single latent;
# - [x] eight codes and two faults: the best MI does not notice a second latent that repeats the first, and notices a rotation only where no latent is left that knows the factor; MIG notices a second latent always, and a latent that mixes factors only where a second one comes in;
# - [x] a code that deceives each of seven other scores, so that you know why the *best*, why the *second* best, and why a share of $H$;
# - [x] a code that deceives MIG, one that it condemns without cause, an autoencoder that it exposes, and the MIG of nothing.
#
# **Reference.** R. T. Q. Chen, X. Li, R. Grosse and D. Duvenaud, *Isolating Sources of Disentanglement in Variational Autoencoders*, NeurIPS 2018, section 4.
