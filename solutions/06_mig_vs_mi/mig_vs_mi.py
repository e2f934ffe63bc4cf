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
# 1. say beforehand how five codes will be ranked by the best mutual information, and by MIG;
# 2. write $H$, $I$, the best MI and MIG from tables of counts, and score the five;
# 3. find out what is wrong with each code, and which fault MIG does not notice;
# 4. explain what a rotation does to a code;
# 5. build a code that fools MIG, and a useful one that MIG condemns;
# 6. measure what pure noise scores;
# 7. answer the slides' question in at most 120 words.
#
# **You need** lecture 6 (and from lecture 1: mutual information from a table). **Points:** 23. **Time:** about 130 minutes; every cell runs
# in a few seconds.
#
# Replace each `raise NotImplementedError()` with your own lines, then run the check below it. A check compares your answer
# with a trusted one, on fresh random inputs where there are any, and tells you which mistake it sees. *Visible checks passed*
# means what it says: the grader runs a few more, of the same kind. Entropies and informations are in **nats**.

# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
import matplotlib.pyplot as plt
import numpy as np
import torch
from torch.distributions import Normal

import dvlab
from dvlab.checks import ex06

# %% [markdown]
# ## The world and five codes
#
# The world has two independent factors, $a$ and $b$, with four levels each: 16 images, all equally likely, and
# $H(a)=H(b)=\ln4\approx1.386$ nats. A code gives every image a mean and adds Gaussian noise with $\sigma=0.05$ to each latent:
# $z_j=\mu_j(a,b)+\mathcal N(0,0.05^2)$. Here are five, by their means:

# %% nbgrader={"grade": false, "grade_id": "codes", "locked": true, "schema_version": 3, "solution": false, "task": false}
a, b = np.indices((4, 4)).reshape(2, -1)  # 0 … 3, in all 16 combinations
g = np.stack([a, b], axis=1)  # (16, 2)
codes = {
    "aligned": np.stack([a, b], axis=1),
    "duplicated": np.stack([a, b, a, b], axis=1),
    "packed twice": np.stack([4 * a + b, a - 4 * b], axis=1),
    "packed, dead": np.stack([4 * a + b, 0 * a], axis=1),  # z_1 is noise
    "rotated": np.stack([a - b, a + b], axis=1) / np.sqrt(2),  # by 45°
}

# %% [markdown]
# *Packed* is the trick of $4a+b$: the 16 combinations get the numbers 0 … 15, so that a single latent names both factors.
#
# ## 1. Predict
#
# Each factor has a latent that knows most about it. **Best MI** is what that latent knows, as a share of $H$:
# $\max_j I(g_i;z_j)/H(g_i)$, averaged over the two factors. **MIG** takes the second-best latent's share away first.
#
# Before you compute anything, rank the five by each: 1 is the best; codes that you expect to be equal get the same rank (and the next one after two
# that share rank 1 may be 2 or 3, as you like). Write
# `best_rank = {"aligned": 1, …}` and `mig_rank = {…}` with all five names. A wrong guess costs nothing (you will compare
# below), an empty one costs the point.

# %% nbgrader={"grade": false, "grade_id": "predict", "locked": false, "schema_version": 3, "solution": true, "task": false}
best_rank, mig_rank = {}, {}
### BEGIN SOLUTION
best_rank = {"aligned": 1, "duplicated": 1, "packed twice": 1, "packed, dead": 1, "rotated": 5}
mig_rank = {"aligned": 1, "packed, dead": 1, "duplicated": 3, "packed twice": 3, "rotated": 3}
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "predict-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ex06.predictions(best_rank, mig_rank)

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
ex06.entropy_of(entropy, levels=2)
ex06.entropy_of(entropy, levels=9)
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
ex06.information_of(information, cells=2, levels=6)
ex06.information_of(information, cells=7, levels=2)
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
ex06.best_of(best_mi, latents=1, factors=3)
ex06.best_of(best_mi, latents=2, factors=4)
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
ex06.gap(mig, latents=(1, 2))  # and a single one
### BEGIN HIDDEN TESTS
ex06.gap(mig, latents=(1, 4), factors=3)
ex06.gap(mig, latents=(4, 5), factors=3, ties=True)
ex06.gap(mig, latents=(2, 3), factors=4)
### END HIDDEN TESTS

# %% [markdown]
# ## 3. Score the five codes
#
# `count` makes the tables: it cuts every latent into equally wide bins. On the means of the 16 images each of their values gets a bin of
# its own. Neighbouring means are at least 14 $\sigma$ apart, so the noise would hardly ever carry an image into a bin that another value uses. So the
# counts give the true values of the noisy code, to well within 0.01.


# %% nbgrader={"grade": false, "grade_id": "count", "locked": true, "schema_version": 3, "solution": false, "task": false}
def count(z, g, bins=20):
    """Latents z (n, D), each cut into `bins`, against factors g (n, K): tables of counts (D, K, bins, levels)."""
    levels = np.arange(g.max() + 2) - 0.5
    return np.array([[np.histogram2d(z_j, g_k, [bins, levels])[0] for g_k in g.T] for z_j in z.T])


# %% [markdown]
# Fill `score`: for each name, the pair (mean of `best_mi` over the factors, `mig`). The check compares with the true informations,
# integrated on a grid.

# %% nbgrader={"grade": false, "grade_id": "score", "locked": false, "schema_version": 3, "solution": true, "task": false}
score = {}
### BEGIN SOLUTION
for name, z in codes.items():
    score[name] = (best_mi(count(z, g)).mean(), mig(count(z, g)))
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "score-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ex06.scores(score)

# %%
print("code            best MI   MIG    you said, by best MI and by MIG")
for one in codes:
    best, gap = score[one]
    print(f"{one:14} {best:8.2f} {abs(gap):6.2f}    {best_rank[one]}, {mig_rank[one]}")

# %% [markdown]
# Where were you wrong? A prediction that failed is the best thing that can happen in this exercise: find out what you had
# assumed before you go on.
#
# ## 4. Two reasons, five codes
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
for which, means in codes.items():
    true = dvlab.metrics.mig(Normal(torch.tensor(means, dtype=torch.float64), 0.05), g)
    rows = (true.mutual_information / true.entropy).round(2) + 0.0
    print(f"{which:14}", "   ".join(f"z{j}: {in_a:.2f} {in_b:.2f}" for j, (in_a, in_b) in enumerate(rows)))

# %% [markdown]
# For every code, say what is broken: `"neither"`, `"axis alignment"`, `"compactness"` or `"both"`. Then look back at the scores:
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
}
unnoticed = "packed, dead"
### END SOLUTION

# %% nbgrader={"grade": true, "grade_id": "cases-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
ex06.cases(case, unnoticed)

# %% [markdown]
# ## 5. A rotation
#
# Turn the aligned code by 0° to 45°, and follow three things: what *both* latents together know of $a$ (integrated over the plane),
# what the best single latent knows, and MIG. Once with so much noise that neighbouring levels overlap, $\sigma=0.3$, once with our 0.05.


# %% nbgrader={"grade": false, "grade_id": "rotation", "locked": true, "schema_version": 3, "solution": false, "task": false}
def turned(degrees):
    c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    return (g - 1.5) @ np.array([[c, -s], [s, c]]).T  # means (16, 2), turned about their middle


def h(density, cell):  # −∫ p ln p over a grid of cells
    return -(density * np.log(np.maximum(density, 1e-300))).sum() * cell


def jointly(degrees, sigma):
    """I(a; z_0, z_1) / H(a): the densities of (z_0, z_1), over all images and for each level of a, on a grid."""
    grid = np.arange(-2.2 - 5 * sigma, 2.2 + 5 * sigma, sigma / 2)
    k_0, k_1 = np.exp(-((grid - turned(degrees).T[..., None]) ** 2) / (2 * sigma**2)) / (sigma * np.sqrt(2 * np.pi))
    q_given_a = [k_0[a == level].T @ k_1[a == level] / 4 for level in range(4)]
    cell = (sigma / 2) ** 2
    return (h(sum(q_given_a) / 4, cell) - sum(h(q, cell) for q in q_given_a) / 4) / np.log(4)


# %%
angles = np.arange(0, 46)
fig, axes = plt.subplots(1, 2, figsize=(9, 3.2), layout="constrained", sharey=True)
for ax, sigma in zip(axes, (0.3, 0.05), strict=True):
    gaps = [dvlab.metrics.mig(Normal(torch.tensor(turned(angle)), sigma), g) for angle in angles]
    shares = np.array([m.mutual_information.max(axis=0).mean() / np.log(4) for m in gaps])
    ax.plot(angles, [jointly(angle, sigma) for angle in angles], "-", color="#0072B2", label="both latents")
    ax.plot(angles, shares, "--", color="#D55E00", label="best latent")
    ax.plot(angles, [m.score for m in gaps], "-.", color="#009E73", label="MIG")
    ax.set(xlabel="rotation (degrees)", title=f"σ = {sigma}", xlim=(0, 45), ylim=(-0.03, 1.05))
axes[0].set_ylabel("share of $H$")
axes[0].legend()
plt.show()

# %% [markdown]
# *What both latents know is flat in both panels. What the best one knows falls from the same height to a third or less, smoothly where the noise
# is large, with ups and downs where it is small. MIG falls to 0, and with small noise it is almost there at 15°.*
#
# In at most five sentences: why is the first curve flat? Why do the other two fall, and why does MIG fall further? And: at 14° and
# $\sigma=0.05$ the best latent still knows practically everything and MIG is nearly 0. Which of the five codes is this, up to scale and the order of the levels of $b$? (2 points, graded by hand.)

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
# ## 6. Attack
#
# Write a code of your own that MIG admires and that is not disentangled at all: **MIG at least 0.95**, and DCI's disentanglement $D$, with a
# random forest, **at most 0.1**. (Lecture 7 explains $D$. For now: it asks of every *latent* whether it matters for one factor only, and averages by how much
# the latents matter; 1 is best.) Your function gets $a$ and $b$ of many images and returns the means; the check adds the noise
# (so a latent that is to say nothing has a constant mean).


# %% nbgrader={"grade": false, "grade_id": "attack", "locked": false, "schema_version": 3, "solution": true, "task": false}
def attack(a, b):
    """Factors a and b, whole numbers 0 … 3, arrays (n,) -> the means of a code, (n, D), D at least 1."""
    ### BEGIN SOLUTION
    return np.stack([4 * a + b], axis=1)
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
# ## 7. Defend
#
# Now the other way round: a code with **MIG at most 0.1** that is useful all the same. Useful shall mean that a *linear regression* from the noisy code finds both
# factors, with $R^2\ge0.95$ on images it has not seen.


# %% nbgrader={"grade": false, "grade_id": "defend", "locked": false, "schema_version": 3, "solution": true, "task": false}
def defend(a, b):
    """Factors a and b, whole numbers 0 … 3, arrays (n,) -> the means of a code, (n, D)."""
    ### BEGIN SOLUTION
    return np.stack([a, b, a, b], axis=1)
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "defend-check", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
ex06.defend(defend)
### BEGIN HIDDEN TESTS
ex06.defend(defend, seed=1)
### END HIDDEN TESTS

# %% [markdown]
# Who would be glad of your code, and for what would they still prefer one with a high MIG? (Two sentences. 1 point, graded by hand.)

# %% [markdown] nbgrader={"grade": true, "grade_id": "defend-words", "locked": false, "points": 1, "schema_version": 3, "solution": true, "task": false}
# **Answer.** Whoever feeds the code to a predictor: a linear layer does not mind copies or turned axes, and of two copies one may fail or be averaged
# with the other against noise. Whoever wants to *set* a factor with one slider, or to read a latent as the name of one factor, needs the other
# kind: here two latents have to be moved together. (Also right: a factor that is a circle, such as an angle, is well served by its cosine and sine.)
#
# **Rubric.** ½ point for a use that fits the submitted code; ½ for what is lost: control by one latent, or reading one latent as one factor.

# %% [markdown]
# ## 8. Noise
#
# You have no world of 16 images but $n$ images, point codes and 20 bins. What does a code score that knows *nothing*? Take any codes and put each latent out of
# order **by itself**: the latent keeps its values, and nothing that it knew is left. Do so several times, and average the MIG: that is the **null**.
#
# Write it with your `mig` and with `count` (20 bins). `orders[s, :, j]` is a random order of the $n$ images for latent $j$ in shuffle $s$; so
# `z[orders[s, :, j], j]` is latent $j$, put out of order.


# %% nbgrader={"grade": false, "grade_id": "null", "locked": false, "schema_version": 3, "solution": true, "task": false}
def null(z, g, orders):
    """Mean MIG of the shuffled codes: z (n, D), g (n, K), orders (S, n, D) whole numbers -> a number."""
    ### BEGIN SOLUTION
    return np.mean([mig(count(np.take_along_axis(z, order, axis=0), g)) for order in orders])
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "null-check", "locked": true, "points": 2, "schema_version": 3, "solution": false, "task": false}
ex06.null(null)
### BEGIN HIDDEN TESTS
ex06.null(null, latents=1)
ex06.null(null, images=60, latents=4, factors=3, shuffles=2)
### END HIDDEN TESTS

# %% [markdown]
# > **Before you run the next cell.** Ten latents of pure noise, 100 images, 20 bins. Which is further from the truth, 0: the best MI or MIG?

# %%
rng = np.random.default_rng(0)
print("     n  best MI      MIG    null")
for n in (100, 1000, 10_000):
    factors, noise = rng.integers(4, size=(n, 2)), rng.normal(size=(n, 10))
    shuffles = rng.permuted(np.tile(np.arange(n)[:, None], (5, 1, 10)), axis=1)
    counts = count(noise, factors)
    print(f"{n:6d} {best_mi(counts).mean():8.2f} {mig(counts):8.4f} {null(noise, factors, shuffles):7.4f}")

# %% [markdown]
# With 100 images the best of ten latents that know nothing seems to know a quarter of each factor: 80 cells are filled by 100 images, so the table looks structured
# by accident. MIG is spared most of that, since all latents share the same accident and the gap takes it away again. Spared most, not all: a MIG of
# 0.03 at $n=100$ is no discovery. Whoever reports a histogram MIG should give its null too.

# %% [markdown]
# ## 9. The homework
#
# **Why is the MI gap used as a metric for disentanglement, and not the MI itself?** At most 120 words. Say why the best MI alone is not enough, what axis alignment
# and compactness have to do with it (each with one of the five codes), and name one blind spot of MIG. (4 points, graded by hand.)

# %% [markdown] nbgrader={"grade": true, "grade_id": "words", "locked": false, "points": 4, "schema_version": 3, "solution": true, "task": false}
# **Answer.** The best MI says only that *some* latent knows the factor, whatever the others know: four of our five codes score 1. Disentanglement asks where
# the information lies. If the axes are turned (*rotated*), each latent knows a little of every factor; best and second best are equal, and the gap is 0 where
# the best MI is still .33. If a second latent repeats the first (*duplicated*), the best MI is 1 and the gap 0: the code is not compact. So the gap rewards a factor that is known to
# one latent and to no other. It is blind to a latent that holds several factors: *packed, dead* scores 1. And it condemns an angle kept as cosine and sine.
#
# **Rubric.** 1 point each: (i) the best MI does not see what the other latents know, or is high for entangled codes too; (ii) axis alignment, with *rotated* or *packed twice*;
# (iii) compactness, with *duplicated* or *packed twice*; (iv) one true blind spot: several factors in one latent; a factor that needs two latents; correlated factors; the average hides a
# lost factor; bias of the estimate. ½ for (ii) or (iii) without a code. One point less above 150 words.

# %% [markdown]
# ## What you have now
#
# - [x] $H$, $I$, the best MI and MIG from counts, with unbalanced factors, empty cells, ties and a single latent;
# - [x] five codes and two faults: the best MI sees neither, MIG sees compactness always and axis alignment only where a second latent comes in;
# - [x] a rotation keeps all information and takes MIG to 0;
# - [x] a code that fools MIG, one that it condemns without cause, and the MIG of nothing.
#
# **Reference.** R. T. Q. Chen, X. Li, R. Grosse and D. Duvenaud, *Isolating Sources of Disentanglement in Variational Autoencoders*, NeurIPS 2018, section 4.
