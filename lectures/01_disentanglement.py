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
# 6. name three definitions of disentanglement, and a case that each gets wrong;
# 7. read a picture of "the gender latent" with care.
#
# **You need** entropy and mutual information in nats; [lecture 0](00_toolbox.ipynb)'s glossary helps. No neural network
# is trained here.
#
# **Time:** the core path takes about 27 minutes, with the ★ sections 35; it runs in under 30 seconds on a CPU.

# %%
import matplotlib.pyplot as plt
import numpy as np
import torch
from scipy import special, stats
from sklearn.metrics import mutual_info_score
from torch.distributions import Normal

import dvlab
from dvlab.metrics import entropy, mutual_information
from dvlab.plots import channels_last, heat_map, image_grid, show
from dvlab.worlds import Fruit

torch.set_num_threads(1)  # more of them would wait for one another on a busy computer


# %%
def check(name, ours, trusted, within=1e-6):
    """Print our number, and stop if it is not the trusted one."""
    assert abs(ours - trusted) < within, f"{name}: we have {ours}, it should be {trusted}"
    print(f"{name}: {ours:.4f}  (trusted: {trusted:.4f})")


def compare(guess, answer):
    """Your number beside the computed one."""
    print("write your number into the cell above" if guess is None else f"you: {guess:g}   answer: {answer:.2f}")


# %% [markdown]
# ## 1. A big red apple
#
# > **How many words do you need to tell somebody which of these four pictures you mean?** How many numbers does the
# > picture itself consist of?
#
# <details><summary>Answer</summary>
#
# Three words (size, colour, fruit), although each picture is 3 · 64 · 64 = 12,288 numbers.
# </details>

# %%
basket = Fruit(fruits=("apple", "grapes", "pear", "banana"), size=64)
words = {  # (fruit, size, colour): indices into the values of each factor
    "big red apple": (0, 15, 0),
    "small red apple": (0, 2, 0),
    "big black pear": (2, 15, 15),
    "small black grapes": (1, 2, 15),
}
pictures = basket.render(torch.tensor(list(words.values())))
alt = "A big and a small red apple, a big black pear, small black grapes"
show(image_grid(pictures, titles=list(words), columns=4, size=1.7), alt)

# %% [markdown]
# *Two red apples, big and small; a big black pear; small black grapes.* Size, colour and fruit are the **factors of
# variation**: what differs from picture to picture and determines it. In the slides' words, disentanglement is
#
# > Isolating sources of variation in observational data. E.g. separating underlying concepts of "**Big Red Apple**":
# > size (*big*), color (*red*) and shape (*apple*).
#
# *Observational* is the hard part: a learner sees pictures, and cannot reach into the world to move one factor and
# watch. "Can we isolate these factors using some representation learning method?", the slides go on, and "Why do we
# need this?"
#
# ## 2. A world and its factors
#
# To answer with numbers we need a world of which we know the factors. A **world** in this course is a grid: $K$ factors
# $\mathbf g=(g_1,\dots,g_K)$, each with a few values, and one image $\mathbf x$ for every combination.

# %%
world = Fruit()
print(world)
for factor, H in zip(world.factors, entropy(world.all_factors()), strict=True):
    print(f"{factor.name:>7}: {factor.values[0]} … {factor.values[-1]}   H = ln {len(factor)} = {H:.3f} nats")
image, g = world[241]
print(f"image 241 has factors {g.tolist()}; and back:", world.index_of(g[None]).item())

# %%
steps = torch.tensor([0, 5, 10, 15])
sizes, colours = torch.meshgrid(steps, steps, indexing="ij")
apples = torch.stack([torch.zeros_like(sizes), sizes, colours], dim=-1).reshape(-1, 3)  # the fruit stays an apple
names = [f"size {world.factors[1].values[i]:.2f}" for i in steps]
titles = [f"colour {world.factors[2].values[i]:.2f}" for i in steps]
alt = "Sixteen apples: down the rows only the size grows, along the columns only the colour goes from red to black"
show(image_grid(basket.render(apples), titles=titles, columns=4, rows=names, size=1.6), alt)

# %% [markdown]
# *Sixteen apples. Down the rows only the size grows (half the fruit's extent, as a share of the picture); along the
# columns only the colour goes from red to black.* Every combination occurs once, so in this world the factors are
# **independent**. Real data seldom does us the favour.
#
# ## 3. Two codes of the same apples
#
# A **code** $\mathbf z=(z_1,\dots,z_D)$ is a few numbers computed from an image; each $z_j$ is a **latent**. Take
# apples only, so that two factors are left, and suppose that a perfect learner gave us a code with $z_1$ the size and
# $z_2$ the colour, both with mean 0 and variance 1. A second learner gives us the same code, *rotated* by an angle:
#
# $$\mathbf z' = \mathbf R\,\mathbf z,\qquad\mathbf R
# =\begin{pmatrix}\cos\alpha&-\sin\alpha\\ \sin\alpha&\cos\alpha\end{pmatrix}.$$

# %%
apples = Fruit("apple", sizes=6, colours=6)  # a constant factor is left out: K = 2
g = apples.all_factors().double()
z = (g - g.mean(0)) / g.std(0, correction=0)  # the disentangled code, (N, 2)


def rotate(z, degrees):
    c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    return z @ torch.tensor([[c, -s], [s, c]]).T  # R z, for every row


# %%
fig, axes = plt.subplots(1, 2, figsize=(8, 4.2), layout="constrained")
thumbnails = [channels_last(image) for image in apples.images(torch.float32, device="cpu")]
for ax, degrees in zip(axes, (0, 45), strict=True):
    for (x, y), picture in zip(rotate(z, degrees).tolist(), thumbnails, strict=True):
        ax.imshow(picture, extent=(x - 0.2, x + 0.2, y - 0.2, y + 0.2))
    ax.set(xlim=(-2.4, 2.4), ylim=(-2.4, 2.4), xlabel="$z_1$", ylabel="$z_2$", title=f"rotated by {degrees}°")
show(fig, "36 apples at the places of their codes: an upright square grid, and the same grid standing on its corner")

# %% [markdown]
# *The same 36 apples at the places of their codes. Left, the grid is upright: rightwards the apple grows, upwards it
# darkens. Right, the grid stands on its corner: rightwards the apple grows and reddens at once.*
#
# > **Is anything lost on the right?** Could you still read off the size, given $z_1$ and $z_2$? Given $z_1$ alone?
#
# <details><summary>Answer</summary>
#
# Nothing is lost: all distances are kept, and rotating back is one matrix product (next cell). From both latents you
# can read off the size; from $z_1$ alone you cannot, for a big dark apple and a small red one have the same $z_1$.
# </details>

# %%
before, after = torch.cdist(z, z), torch.cdist(rotate(z, 45), rotate(z, 45))
check("largest change of a distance between two codes", (before - after).abs().max().item(), 0.0)
check("largest error after rotating back", (rotate(rotate(z, 45), -45) - z).abs().max().item(), 0.0)

# %% [markdown]
# As a *compression* the two codes are equally good. The difference is in what **one latent** means: on the right
# $z_1=(\text{size}-\text{colour})/\sqrt2$. That is what *entangled* says: no information is missing, but no single
# latent is about a single factor. To put a number on "is about", we need mutual information.
#
# ## 4. What does a latent know?
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
# $$I(g;z)=\sum_{g,z} p(g,z)\,\log\frac{p(g,z)}{p(g)\,p(z)}$$
#
# > **By hand.** If $z$ told nothing, each entry would hold the product $p(g)\,p(z)$: 4, 3, 5 fruits in each row. What
# > is the sum, in nats? (An empty entry counts zero.)

# %%
guess_information = None  # nats

# %%
count = np.array([[8, 3, 1], [0, 3, 9]])
p = count / count.sum()  # p(z, g)
p_z, p_g = p.sum(axis=1, keepdims=True), p.sum(axis=0)
entry = special.rel_entr(p, p_z * p_g)  # p log(p / (p(z) p(g))), and 0 where p = 0
I = entry.sum()
compare(guess_information, I)
assert np.isclose(I, stats.entropy(p_g) + np.log(2) - stats.entropy(p.ravel()))  # H(g) + H(z) − H(g, z)
assert np.isclose(I, mutual_info_score(None, None, contingency=count))  # scikit-learn
z24, g24 = (np.repeat(index.ravel(), count.ravel()) for index in np.indices(count.shape))  # the 24 fruits, one by one
assert np.isclose(I, mutual_information(z24[:, None], g24[:, None]).item())

# %% [markdown]
# <details><summary>Answer</summary>
#
# 0.384 nats. The brown column contributes nothing; red $\tfrac{8}{24}\ln\tfrac84=0.231$; black
# $\tfrac1{24}\ln\tfrac15+\tfrac9{24}\ln\tfrac95=-0.067+0.220=0.153$. A single entry may be negative (a black fruit with
# a low $z$ misleads); the sum never is.
# </details>
#
# The most that it could be is $\min\{H(g),H(z)\}$, here $\ln2$.
#
# ### The heat map of codes against factors
#
# A code has $D$ latents and a world $K$ factors, so there are $D\times K$ such numbers. Arrange them as a matrix and
# colour it: this is the picture by which the rest of the course judges codes.
#
# Our $z$ is continuous, and it has to be *noisy*: known to infinitely many digits, almost any trace of a factor would
# give it away completely. A VAE's code is a Gaussian for each image, $q(z_j\mid\mathbf x)=\mathcal
# N(\mu_j,\sigma_j^2)$; we take $\sigma=0.1$.
#
# > **Upright, $z_1$ knows almost all of ln 6 = 1.79 nats of the size. Rotated by 45°, how much?**

# %%
guess_rotated = None  # nats that z_1 knows of the size at 45°

# %%
fig, axes = plt.subplots(1, 3, figsize=(10, 2.8), layout="constrained")
for ax, degrees in zip(axes, (0, 20, 45), strict=True):
    q = Normal(rotate(z, degrees), 0.1)  # q(z|x) of all 36 apples
    table = mutual_information(q, apples.all_factors())  # (D, K)
    heat_map(table, "nats", ["size", "colour"], largest=np.log(6), ax=ax)
    ax.set(title=f"rotated by {degrees}°", ylabel="latent")
    ax.set_yticks([0, 1], ["$z_1$", "$z_2$"])
for ax in axes[:2]:
    ax.images[0].colorbar.remove()  # one scale for all three
show(fig, "Heat maps at 0°, 20° and 45°: a bright diagonal, a paler one with something beside it, four equal entries")
compare(guess_rotated, table[0, 0])
assert 0.3 < table[0, 0] < 0.9 and np.ptp(table) < 1e-6

# %% [markdown]
# *Mutual information of two latents with two factors. At 0° a bright diagonal and zeros elsewhere; at 20° the diagonal
# has paled and the other two entries have come up; at 45° all four are equal.*
#
# **A disentangled code has one bright entry in each column, and at most one in each row.** Which row does not matter:
# at 90° the latents have swapped, and the code is as disentangled as at 0°. Rotate it yourself:

# %%
dvlab.widgets.rotate_codes()

# %% [markdown]
# ## 5. Control: change one factor, leave the rest
#
# The slides: "more control when latents are disentangled". Suppose that we have a decoder. Here it can be exact: rotate
# the code back, round to the nearest factors, draw. It decodes both codes equally well; only the meaning of its sliders
# differs. Moving one latent and leaving the others is called a **traversal**.
#
# > **We move $z_1$ from −1.5 to 1.5 and leave $z_2$ at 0.** What will the apple do at 0°? At 45°?
#
# <details><summary>Answer</summary>
#
# At 0° it grows and keeps its colour. At 45° it grows and goes from dark to red at the same time.
# </details>

# %%
world_of_apples = Fruit("apple", sizes=15, colours=15, size=48)
scale = world_of_apples.all_factors().double().std(0, correction=0)


def decode(z, degrees):
    """The factors and images of codes that were rotated by `degrees`."""
    factors = (rotate(z, -degrees) * scale + 7).round().clamp(0, 14).long()  # 7 is the middle
    return factors, world_of_apples.render(factors)


# %%
z_1 = torch.linspace(-1.5, 1.5, 7, dtype=torch.float64)
path = torch.stack([z_1, torch.zeros(7)], dim=1)  # z_2 stays
(upright, above), (rotated, below) = decode(path, 0), decode(path, 45)
titles = [f"$z_1$ = {value:.1f}" for value in z_1]
fig = image_grid(torch.cat([above, below]), titles=titles, columns=7, rows=["upright", "rotated 45°"], size=1.05)
show(fig, "Above, upright: the apple grows. Below, rotated: it also reddens.")
assert len(upright[:, 1].unique()) == 1 and len(rotated[:, 1].unique()) > 3  # the colour stays; the colour moves

# %% [markdown]
# *Upright, the apple only grows; rotated by 45°, it grows and reddens.* There a *pair* of sliders, moved together,
# still does the job; nobody would find the pair by hand among ten. So disentanglement is not about what is known but
# about **how it is laid out**.
#
# ## 6. The Small Black Apple
#
# The slides promise that it is "useful to generate new images that are not in observed dataset", e.g. an image
# corresponding to "Small Black Apple" from a model "trained on 'Small Black Grapes' and 'Big Red Apples'".
#
# > **You have seen a hundred pictures of each of these two, and nothing else in your life.** What is *apple*: the
# > outline, the red, the size?
#
# <details><summary>Answer</summary>
#
# From those two *alone* it cannot be known. Size, colour and fruit never change separately; each is a copy of the
# others: $I(\text{size};\text{colour})=H(\text{size})=\ln2$.
# </details>
#
# Write −1 and +1 for the two values of each factor (apple, big, red are +1), and consider *every* code
# $z=a\cdot\text{size}+b\cdot\text{colour}+c\cdot\text{fruit}$ with $a+b+c=1$. They agree on all that was seen, not
# beyond:

# %%
data = np.array([[1, 1, 1], [-1, -1, -1]])  # size, colour, fruit: big red apple, small black grapes
small_black_apple = np.array([-1, -1, 1])
for a, b, c in ((1, 0, 0), (0, 1, 0), (0, 0, 1), (0.5, 0.5, 0), (-1, 0, 2)):
    weights = np.array([a, b, c])
    assert np.allclose(data @ weights, [1, -1])  # the same code for everything that was seen
    print(f"a, b, c = {a:4}, {b:3}, {c:3}:  seen +1, −1;  the small black apple: {small_black_apple @ weights:4.1f}")

# %%
start, end = torch.tensor([1, 0, 15]), torch.tensor([0, 15, 0])  # small black grapes, big red apple
t = torch.linspace(0, 1, 7)
early, late = (2 * t).clamp(0, 1), (2 * t - 1).clamp(0, 1)  # a factor may change in the first half or the second
ways = {"size first": (late, early, late), "colour first": (late, late, early), "fruit first": (early, late, late)}
share = torch.cat([torch.stack(way, dim=1) for way in ways.values()])
images = basket.render((start + share * (end - start)).round().long())
fig = image_grid(images, titles=["seen"] + 5 * ["?"] + ["seen"], columns=7, rows=list(ways), size=1.0)
show(fig, "Three rows from the same small black grapes to the same big red apple, along different ways between them")

# %% [markdown]
# *Three ways from one seen fruit to the other. All are right about the two ends, and the ends are all the data there
# is. The last row passes a small black apple.*
#
# **What data makes it possible?** Factors must vary *independently of each other somewhere*. So we keep all
# combinations and hold out a *corner*, the small black apples.
#
# > **With only a big red apple and small black grapes, size and colour share ln 2 = 0.69 nats. And when all but the
# > corner of 16 is seen?**

# %%
guess_corner = None  # nats that size and colour share when the corner is held out

# %%
corner = world.hold_out(lambda f: (f[:, 0] == 0) & (f[:, 1] < 4) & (f[:, 2] >= 12))
pair = world.hold_out(lambda f: ~((f == torch.tensor([0, 15, 0])).all(1) | (f == torch.tensor([1, 0, 15])).all(1)))
shared = {}
for name, seen in {"a pair": pair, "all but a corner": corner}.items():
    fruit, size, colour = seen.all_factors().T.numpy()
    shared[name] = mutual_info_score(size, colour)
compare(guess_corner, shared["all but a corner"])
check("a pair: I(size; colour)", shared["a pair"], np.log(2))
assert 0.005 < shared["all but a corner"] < 0.007

# %% [markdown]
# <details><summary>Answer</summary>
#
# 0.006 nats, a hundredth of it: size and colour are all but independent.
# </details>

# %%
fig, axes = plt.subplots(1, 2, figsize=(9, 4.2), layout="constrained", sharex=True, sharey=True)
shown = world.all_factors()[(world.all_factors()[:, 1:] % 3 == 0).all(dim=1)]  # every third size and colour
for (fruit, size, colour), picture in zip(shown.tolist(), world.render(shown), strict=True):
    hidden = fruit == 0 and size < 4 and colour >= 12
    extent = (colour - 1.4, colour + 1.4, size - 1.4, size + 1.4)
    axes[fruit].imshow(channels_last(picture), extent=extent, alpha=0.25 if hidden else 1)
for ax, fruit in zip(axes, ("apple", "grapes"), strict=True):
    ax.set(xlabel="colour: 0 red … 15 black", ylabel="size: 0 small … 15 big", title=fruit)
    ax.set(xlim=(-2, 17), ylim=(-2, 17), xticks=range(0, 16, 3), yticks=range(0, 16, 3))
axes[0].add_patch(plt.Rectangle((10.5, -1.5), 6, 6, fill=False, color="#D55E00", linewidth=2))
axes[0].text(13.5, 1.5, "held out", ha="center", va="center", bbox={"facecolor": "white", "edgecolor": "#D55E00"})
show(fig, "Apples and grapes by size and colour; the corner of small black apples is faded: it is held out")

# %% [markdown]
# *What a model may see: all grapes, and all apples but the 16 in the corner of small and black (faded).* Now a rule
# such as "the outline is the fruit, the extent is the size" fits, and rules that confuse the two, as above, do not.
#
# **Possible is not guaranteed.** Even with all 512 images a rotated code, as in section 3, explains them perfectly
# well. Locatello et al. (2019) prove that without assumptions about model and data the axes cannot be learned from
# unlabelled images (lecture 9). What picks them is an *inductive bias*: of the noise, the architecture, the way of
# training. Lectures 3 to 5 build such biases, and lecture 8 takes the test.
#
# ## 7. Three definitions
#
# | definition | misses |
# |:--|:--|
# | **A. Independence:** the latents are independent, $q(\mathbf z)=\prod_jq(z_j)$. Needs no labels; lectures 4 and 5 make it a term of the loss. | A round Gaussian: rotated, its latents are as independent as before. |
# | **B. One factor per latent**, and one latent per factor. Needs known factors, and reads the heat map; lectures 6 and 7. | A factor that needs two latents, such as an angle on a circle. |
# | **C. Symmetry:** what one can *do* (enlarge, darken, rotate) forms a group, and each part of it acts on a part of the code alone (Higgins et al. 2018). | Which group, is for somebody to decide; *apple to grapes* is not naturally one. |
#
# No definition is the right one. **Say which you mean**: this course trains for A, measures B, and thinks of C when B
# looks unfair. (Each with numbers [below](#★-The-three-definitions,-with-numbers).)
#
# ## 8. Faces, correlations, and whose categories they are
#
# The slides' example is a row of faces from Chen et al. (2018), "generated when latents (dimensions encoding generative
# factors) corresponding to gender are changed". First look at fruit again. Suppose that big apples tend to be red, with
# a correlation of 0.2, and that a model has a single latent to spend.
#
# > **Which direction will it take: the size, the redness, or both?**
#
# <details><summary>Answer</summary>
#
# Both alike. With equal variances the best single latent (the first principal component) moves size and redness by 0.71
# each, however weak the correlation.
# </details>

# %%
for r in (0.2, 0.8):
    variance, axis = np.linalg.eigh([[1.0, r], [r, 1.0]])  # of (size, redness), both standardised
    size, redness = abs(axis[:, -1])
    share = variance[-1] / variance.sum()
    print(f"r = {r}: the best latent moves size by {size:.2f} and redness by {redness:.2f}, and holds {share:.0%}")

# %% [markdown]
# Somebody who looks at the traversal and names it "the size latent" has then learned, it seems, that *growing makes
# apples red*. Nothing of the kind was shown. The apples were photographed that way. A latent found on faces is of that
# sort, and more is at stake.
#
# *The name is somebody's.* The model was given no word; a person looked at a traversal and chose one.
#
# *The category is contested.* Two people with a ruler agree on a size. How somebody looks in a picture is not who they
# are, and that the world has a dial for it is a claim that the pixels cannot support.
#
# *A correlation in the data is not a law.* Such a traversal tends to change hair, make-up or the jaw along with the
# label, perhaps because in photographs of celebrities these go together, perhaps because the axes are rotated. What it
# shows is **what a latent mixes**, drawn like a cause.
#
# *Control can be used on people.* A slider can show how a classifier depends on an attribute; it can also falsify a
# face. Lecture 9 measures what goes along, on drawn faces.
#
# ## Five sentences to remember
#
# 1. Disentanglement is about how information is laid out, not about how much there is: a rotated code knows the same.
# 2. In the heat map of mutual information a disentangled code has one bright entry a column, and at most one a row.
# 3. Factors that never vary separately cannot be told apart by data, only by built-in knowledge.
# 4. Even with all combinations the axes are not given by the data alone; an inductive bias must choose them.
# 5. A traversal shows what a latent mixes, under a name somebody chose. It is no evidence of a cause.
#
# ## What you can do now
#
# 1. ✓ take a world apart into factors;
# 2. ✓ rotate a code;
# 3. ✓ compute $I(g;z)$ from a table, and read the heat map;
# 4. ✓ change one factor and leave the rest;
# 5. ✓ say which data can teach a Small Black Apple;
# 6. ✓ name three definitions, and what each misses;
# 7. ✓ read a face traversal with care.
#
# ### Check yourself
#
# <details><summary>1. A code of two latents has heat map rows (1.7, 0.0) and (1.7, 0.0) for size and colour. What is
# wrong with it?</summary>
#
# Both latents know the size, and nobody knows the colour. Each latent by itself looks perfect, which is why one needs
# the columns too.
# </details>
#
# <details><summary>2. At 45° each latent of section 4 knows well under half of the 1.79 nats of the size. Where is the
# rest?</summary>
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
# <details><summary>4. Would a thousand more photographs of Big Red Apples and Small Black Grapes help with the Small
# Black Apple?</summary>
#
# Not if all are alike. One small red apple, or one big black one, would say more. (Several sizes and reds within each
# group help to tell size from colour, but still show no small apple.)
# </details>
#
# <details><summary>5. "Our model discovered that make-up is a part of gender." What would you answer?</summary>
#
# That one of its latents changes both, under a name that somebody chose: because the two occur together in these
# photographs, or because the axes are rotated. Another collection of pictures, or another seed, may give another
# latent.
# </details>
#
# **Next:** [lecture 2, Why VAEs?](02_vae.ipynb)

# %% [markdown]
# ## ★ Twelve numbers at a glance, and the code that everybody starts with
#
# Back to all 512 fruits. First code: fruit, size and colour, one latent each, and a fourth latent that says nothing.
# Second: the same, rotated in four dimensions. Third: **four pixels** of the image, the code that a camera gives you.

# %%
g = world.all_factors().double()
upright = torch.cat([(g - g.mean(0)) / g.std(0, correction=0), torch.zeros(len(g), 1)], dim=1)
R = stats.ortho_group.rvs(4, random_state=7)  # a random orthogonal matrix
red = world.images(torch.float32, device="cpu")[:, 0].double()  # the red channel, (N, 32, 32)
pixels = torch.stack([red[:, 16, 16], red[:, 15, 10], red[:, 20, 20], red[:, 19, 10]], dim=1)
codes = {"upright": upright, "rotated": upright @ torch.tensor(R).T, "four pixels": pixels}

# %%
fig, axes = plt.subplots(1, 3, figsize=(11, 3.4), layout="constrained")
labels = [f"{f.name}\nH = {H:.2f}" for f, H in zip(world.factors, entropy(world.all_factors()), strict=True)]
for ax, (name, code) in zip(axes, codes.items(), strict=True):
    heat_map(mutual_information(Normal(code, 0.1), world.all_factors()), "nats", labels, largest=np.log(16), ax=ax)
    ax.set(title=name, ylabel="latent")
    ax.set_yticks(range(4), [f"$z_{j}$" for j in (1, 2, 3, 4)])
for ax in axes[:2]:
    ax.images[0].colorbar.remove()
show(
    fig,
    "Heat maps of three codes of the fruit: one bright entry a column, two or three in each, dim ones for the pixels",
)

# %% [markdown]
# *Upright: one bright entry a column and an empty fourth row. Rotated: size and colour lie in two latents each, the
# fruit in three. Four pixels: the first knows the colour only, the others something of size and colour, and little of
# the fruit.*
#
# The column of *fruit* can never be brighter than $\ln2$, since there are only two: compare an entry with the $H$ below
# it, not with its neighbours. (Size and colour reach 2.17 of 2.77 nats, because at $\sigma=0.1$ neighbours among 16
# levels get confused.) An inactive latent is a row of zeros, and does no harm. And pixels are entangled: whether a
# pixel near the edge is dark depends on what is there, how far it reaches, and what colour it has. Disentangling means
# to undo what the renderer has done.
#
# ## ★ The three definitions, with numbers
#
# **A. Independence.** A round Gaussian cloud looks the same from every side, so its rotated latents are as independent
# as before. For standard Gaussian factors and $z_1=\cos\alpha\,g_1-\sin\alpha\,g_2$ plus noise of variance $\sigma^2$:

# %%
sigma = 0.1
for degrees in (0, 20, 45):
    c, s = np.cos(np.deg2rad(degrees)), np.sin(np.deg2rad(degrees))
    R = np.array([[c, -s], [s, c]])
    covariance = R @ R.T + sigma**2 * np.eye(2)  # of the code
    TC = 0.5 * np.log(covariance.diagonal().prod() / np.linalg.det(covariance))
    I = [0.5 * np.log((1 + sigma**2) / (1 + sigma**2 - r**2)) for r in (c, s)]  # −½ ln(1 − correlation²)
    print(f"rotated by {degrees:2d}°: TC = {abs(TC):.3f};  I(z₁; g₁) = {I[0]:.3f}, I(z₁; g₂) = {I[1]:.3f}")

# %% [markdown]
# Independent at every angle, disentangled at 0° only. Our *square* grid of apples is kinder: rotated by 45° its latents
# are uncorrelated but not independent (a large $z_1$ leaves only $z_2\approx0$: look at the corner of the picture in
# section 3). So independence can find the axes as long as the mixing is linear and at most *one* factor is Gaussian
# (independent component analysis, Comon 1994). Try it at 45°, with factors of 80 values each:

# %% tags=["nbval-ignore-output"]
share = (torch.arange(80, dtype=torch.float64) + 0.5) / 80
normal, uniform = torch.as_tensor(stats.norm.ppf(share)), (share - 0.5) * 12**0.5  # both of variance 1
TC = {}
for name, pair in {"two": (normal, normal), "one": (normal, uniform), "none": (uniform, uniform)}.items():
    q = Normal(rotate(torch.cartesian_prod(*pair), 45), 0.2)
    TC[name] = dvlab.decomposition.kl_terms(q, samples=4000).total_correlation
    print(f"Gaussian factors: {name:<4}   TC of the rotated code {TC[name]:.3f} nats")
assert TC["one"] > 3 * abs(TC["two"]) and TC["none"] > TC["one"]

# %% [markdown]
# One Gaussian factor is tolerated, two are not: the code's TC is then all but 0 at every angle (80 values are not quite
# Gaussian). A non-linear network can again hide any mixture. Nor is independence necessary: leave out the corner of
# section 6, and the true factors themselves are a little dependent.
#
# **B. One factor per latent** asks three questions of the heat map (Ridgeway and Mozer 2018; in brackets the words of
# Eastwood and Williams 2018, which lecture 7 uses):
#
# | property | question | fails for |
# |:--|:--|:--|
# | modularity [disentanglement] | does each latent know *one* factor only? | one latent for size *and* colour |
# | compactness [completeness] | is each factor in *one* latent only? | size in two latents |
# | explicitness [informativeness] | can the factor be read off, by a simple predictor? | a latent that forgot the fruit |
#
# People disagree on whether the second should be asked for. The third definition says why.
#
# **C. Symmetry.** If the group of transformations splits into parts, $G=G_1\times\dots\times G_K$, a code is
# disentangled when it splits likewise, $Z=Z_1\oplus\dots\oplus Z_K$, so that $G_k$ acts on $Z_k$ and leaves the other
# parts alone. A part may have *more than one dimension*.
#
# > **Must it, ever?** Take rotation, where 360° is 0° again, on one latent and on two.
#
# <details><summary>Answer</summary>
#
# Yes. A code of the whole circle on one latent is torn somewhere (here one step in forty is a leap across the whole
# range), or gives two different angles the same value. On two latents, a circle, every step is alike. So C calls the
# circle disentangled, and B, compactness included, calls it a fault: the circles of lectures 6 and 7 lose points, and
# the metric, not the code, may be to blame. (The small sprites of lectures 2 to 8 rotate by a quarter only, so that
# one latent can do.)
# </details>

# %%
angle = np.arange(40) * 2 * np.pi / 40  # 40 orientations
line = angle[:, None] / (2 * np.pi)  # one latent
circle = np.stack([np.cos(angle), np.sin(angle)], axis=1)  # two latents
for name, code in {"one latent": line, "two latents": circle}.items():
    step = np.linalg.norm(np.roll(code, -1, axis=0) - code, axis=1)  # from each orientation to the next
    print(f"{name}: a step of 9° moves the code by {step.min():.3f} to {step.max():.3f}")

# %% [markdown]
# ## ★ Sources
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
# - P. Comon, *Independent component analysis, a new concept?*, Signal Processing 1994.
