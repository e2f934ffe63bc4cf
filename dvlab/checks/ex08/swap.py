"""Exercise 08, parts 2 to 4: whose a latent is, the code of a swap, and whether the nearest rendering is the right one."""

# ruff: noqa: E501 - a mistake a line, as a table

from collections.abc import Callable

import numpy as np
import torch

from dvlab.checks.comparison import Mistake, compare
from dvlab.checks.ex08.images import drawn_images, small_images, squared_error

LEAST = 0.05  # nats that a latent in use must know about its factor
REREAD = "part {} above, and lecture 8 on the swap"


def owners(information: np.ndarray, least: float = LEAST) -> np.ndarray:
    """The factor with which each latent shares most information; -1 for a latent that knows less than `least`."""
    return np.where(information.max(axis=1) >= least, information.argmax(axis=1), -1)


def drawn_information(rng: np.random.Generator, latents: int, factors: int, flat: bool) -> tuple[np.ndarray]:
    """I(z_j; g_k) in nats: two inactive latents, one with dust in every column; the others know most about one factor,
    one of them little of it, and where `flat` hardly less of the others."""
    information = rng.uniform(0, 0.3, (latents, factors))
    best = rng.permutation(np.arange(latents) % factors)
    information[np.arange(latents), best] = rng.uniform(0.4, 1.8, latents)
    inactive = rng.permutation(latents)[:2]
    information[inactive] = [rng.uniform(0, 0.01, factors), rng.uniform(0.03, 0.045, factors)]
    weak, strong = rng.permutation(np.setdiff1d(np.arange(latents), inactive))[:2]
    information[strong, best[strong]] = rng.uniform(2.0, 2.5)  # so that a share of it is another threshold
    information[weak] = rng.uniform(0.055, 0.07, factors) if flat else rng.uniform(0, 0.02, factors)
    information[weak, best[weak]] = rng.uniform(0.075, 0.09)  # little, and yet in use
    return (information,)


EDGE = np.array(
    [[0.051, 0.02], [0.02, 0.049], [0.3, 0.6], [0.055, 0.05], [0.045, 0], [0.035, 0], [0.025, 0], [0.015, 0]]
)  # near 0.05


def assign(student: Callable, seed: int = 0) -> None:
    """Check `assign(information)`, (latents, factors) -> (latents,): each latent's factor, -1 where it is inactive."""

    def best_only(information):
        out = np.full(len(information), -1)
        out[information.argmax(axis=0)] = np.arange(information.shape[1])
        return out

    def one_hot(information):
        return (np.arange(information.shape[1]) == owners(information)[:, None]).astype(float)

    def inactive_as(value):
        return lambda information: np.where(owners(information) < 0, value, information.argmax(axis=1))

    axis = "for each factor you took its best latent; for each latent its best factor is asked. Which axis are the factors?"
    inactive = (
        "an inactive latent, which knows next to nothing, still has a largest entry; it belongs to no factor (−1)."
    )
    threshold = f"a latent is in use when it knows at least {LEAST} nats about its factor: no more, no less, and no share of the largest entry."
    mistakes = [
        Mistake("wrong axis", lambda i: i.argmax(axis=0), axis),
        Mistake("wrong axis", lambda i: np.where(i.max(axis=0) >= LEAST, i.argmax(axis=0), -1), axis),
        Mistake("inactive latents", lambda i: i.argmax(axis=1), inactive),
        Mistake("sum for maximum", lambda i: np.where(i.sum(axis=1) >= LEAST, i.argmax(axis=1), -1), "a little about every factor adds up; whether a latent is inactive is decided by the largest entry, not by the sum."),
        Mistake("mean for maximum", lambda i: np.where(i.mean(axis=1) >= LEAST, i.argmax(axis=1), -1), "whether a latent is inactive is decided by the largest entry, not by the mean over the factors."),
        *(Mistake("threshold", lambda i, t=t: owners(i, t), threshold) for t in (0.01, 0.02, 0.03, 0.04, 0.06, 0.07, 0.08, 0.1, 0.2, 0.3, 0.5)),
        Mistake("threshold", lambda i: owners(i, LEAST * i.max()), threshold),
        Mistake("smallest or any entry", lambda i: np.where(i.min(axis=1) >= LEAST, i.argmax(axis=1), -1), "a latent that knows nothing of *one* factor is not inactive yet: the largest entry decides."),
        Mistake("values", lambda i: np.where(i.max(axis=1) >= LEAST, i.max(axis=1), -1), "this is how much it knows; asked is about which factor, its number."),
        Mistake("condition turned", lambda i: np.where(i.max(axis=1) < LEAST, i.argmax(axis=1), -1), "it is the inactive latents that get −1, not the others."),
        Mistake("one latent a factor", best_only, "a factor may be spread over several latents: yours gives it only the best of them."),
        Mistake("inactive latents numbered", inactive_as(0), "0 is the first factor; an inactive latent gets −1."),
        Mistake("inactive latents numbered", lambda i: inactive_as(i.shape[1])(i), "an inactive latent gets −1."),
        Mistake("inactive latents numbered", inactive_as(np.nan), "an inactive latent gets −1, not NaN."),
        Mistake("counted from 1", lambda i: np.where(owners(i) >= 0, owners(i) + 1, -1), "factors are counted from 0."),
        Mistake("counted from 1", lambda i: owners(i) + 1, "factors are counted from 0, and an inactive latent gets −1."),
        Mistake("smallest", lambda i: np.where(i.max(axis=1) >= LEAST, i.argmin(axis=1), -1), "this is the factor that the latent knows least about."),
        Mistake("smallest", lambda i: i.argmin(axis=1), "this is the factor that the latent knows least about."),
        Mistake("values", lambda i: i.max(axis=1), "this is how much it knows; asked is about which factor, its number."),
        Mistake("a mask", one_hot, "one whole number for each latent, please, not a mask."),
        Mistake("left out", lambda i: owners(i)[owners(i) >= 0], "one number for each latent, the inactive ones too: leave none out."),
        Mistake("latents in use", lambda i: (i.max(axis=1) >= LEAST).astype(float), "this says which latents are in use, not whose they are."),
    ]  # fmt: skip
    example = (np.array([[1.2, 0.1], [0.01, 0.03], [0.3, 0.6], [0.07, 0.02]]),)
    rng, shapes = np.random.default_rng(seed), ((7, 3, False), (5, 2, True), (9, 4, True), (6, 5, False))
    fixed = [(EDGE,), *(drawn_information(rng, *shape) for shape in shapes)]
    compare(student, owners, None, mistakes, fixed=fixed, draws=0, reread=REREAD.format(2), example=example)


def drawn_codes(rng: np.random.Generator, pairs: int, latents: int, factors: int) -> tuple:
    """Two codes of each pair; whose each latent is, some nobody's; a factor that has two latents or more."""
    first, second = (torch.tensor(rng.normal(size=(pairs, latents))) for _ in range(2))
    factor = int(rng.integers(factors))
    others = (factor + rng.integers(1, factors, latents)) % factors
    owner, place = np.where(rng.random(latents) < 0.7, others, -1), rng.permutation(latents)
    owner[place[:2]], owner[place[2]], owner[place[3]] = factor, -1, others[place[3]]
    return first, second, torch.tensor(owner), factor


def mix(student: Callable, seed: int = 0) -> None:
    """Check `mix(first, second, owner, factor)`, (pairs, latents) twice, (latents,), a number -> (pairs, latents)."""

    def right(first, second, owner, factor):
        return torch.where(owner == factor, first, second)

    def number_for_latent(first, second, owner, factor):
        second = second.clone()
        second[:, factor] = first[:, factor]
        return second

    def owner_of_number(first, second, owner, factor):
        second = second.clone()
        second[:, owner[factor]] = first[:, owner[factor]]
        return second

    def only_one(first, second, owner, factor, which=0):
        second = second.clone()
        for j in (owner == factor).nonzero().flatten()[[which]] if (owner == factor).any() else []:
            second[:, j] = first[:, j]
        return second

    mistakes = [
        Mistake("the rest swapped", lambda a, b, o, k: right(b, a, o, k), "the two images changed places: the first gives the latents of this factor, the second all others."),
        Mistake("the rest swapped", lambda a, b, o, k: torch.where((o == k) | (o < 0), b, a), "the two images changed places: the first gives the latents of this factor, the second all others."),
        Mistake("inactive latents", lambda a, b, o, k: torch.where((o == k) | (o < 0), a, b), "inactive latents (−1) come along with this factor's; they belong to no factor, and stay the second's."),
        Mistake("inactive latents", lambda a, b, o, k: right(a, b, o, k) * (o >= 0), "inactive latents (−1) are set to 0: they stay the second's."),
        Mistake("factor for latent", owner_of_number, "`owner[factor]` is the owner of the latent with that number: which latents have `factor` as *their* owner?"),
        Mistake("factor for latent", number_for_latent, "`factor` is the number of a factor, not of a latent: which latents belong to it?"),
        *(Mistake("only one latent", lambda *a, w=w: only_one(*a, which=w), "a factor may have several latents; you took one of them.") for w in (0, -1)),
        Mistake("only one latent", lambda a, b, o, k: torch.where(torch.arange(len(o)) == (o == k).int().argmax(), a, b), "a factor may have several latents, or none; you took just one."),
        Mistake("others set to 0", lambda a, b, o, k: torch.where(o == k, a, 0), "the other latents are 0: they should be the second's."),
        Mistake("averaged", lambda a, b, o, k: torch.where(o == k, (a + b) / 2, b), "a latent comes from the one image or from the other, not from both."),
        Mistake("averaged", lambda a, b, o, k: (a + b) / 2, "a latent comes from the one image or from the other, not from both."),
        Mistake("added", lambda a, b, o, k: torch.where(o == k, a + b, b), "you added the two; a latent comes from the one image or from the other."),
        Mistake("nothing mixed", lambda a, b, o, k: b, "this is the second image's code, unchanged. (A chained index, `z[a][b] = ...`, writes into a copy.)"),
        Mistake("nothing mixed", lambda a, b, o, k: a, "this is the first image's code, unchanged."),
        Mistake("every latent in use", lambda a, b, o, k: torch.where(o >= 0, a, b), "these are all latents in use; only those of one factor are to be taken."),
        Mistake("only this factor's", lambda a, b, o, k: a[:, o == k], "only the latents of this factor are left: a whole code is asked."),
        Mistake("the mask", lambda a, b, o, k: (o == k).double(), "this is the mask; the mixed code is asked."),
    ]  # fmt: skip
    rng = np.random.default_rng(seed)
    small = torch.tensor([[1.0, 2, 3, 4]]), torch.tensor([[-1.0, -2, -3, -4]]), torch.tensor([1, -1, 0, 1]), 1
    first, second, owner, factor = drawn_codes(rng, 3, 6, 3)
    nobody = first, second, torch.where(owner == factor, -1, owner), factor  # no latent belongs to the factor
    drawn = [drawn_codes(rng, *shape) for shape in ((5, 8, 3), (8, 8, 4), (1, 6, 2))]
    compare(
        student, right, None, mistakes, fixed=[small, *drawn, nobody], draws=0, reread=REREAD.format(3), needs="tensor"
    )


def score(student: Callable, seed: int = 0) -> None:
    """Check `score(decoded, candidates, wanted)`, (P, C, H, W), (P, M, C, H, W), a number -> a share of the pairs."""

    def share(distance):  # (decoded (P, 1, C, H, W), candidates) -> (P, M)
        return lambda d, c, w: (distance(d[:, None], c).argmin(dim=1) == w).double().mean()

    def right(decoded, candidates, wanted):
        return (squared_error(decoded, candidates).argmin(dim=1) == wanted).double().mean()

    def nearest(d, c):
        return squared_error(d, c).argmin(dim=1)

    def square(d, c):
        return (c - d[:, None]).square()

    def own(d, c):  # the first decoded image against all, the usual slip of broadcasting when P = M
        return (c - d).square().flatten(2).sum(dim=2).argmin(dim=1)

    def cosine(d, c):
        return -(d * c).flatten(2).sum(2) / c.flatten(2).norm(dim=2) / d.flatten(2).norm(dim=2)

    def centred(d, c):  # every image without its own mean
        return (
            ((c - c.mean((2, 3, 4), keepdim=True)) - (d - d.mean((2, 3, 4), keepdim=True))).square().flatten(2).sum(2)
        )

    def standardised(d, c):
        z = [(x - x.mean((2, 3, 4), keepdim=True)) / x.std((2, 3, 4), keepdim=True) for x in (d, c)]
        return (z[0] - z[1]).square().flatten(2).sum(2)

    def channel_means(d, c):
        return (d.mean((3, 4)) - c.mean((3, 4))).square().sum(2)

    signed = "errors of opposite sign cancel: a sum of bare differences is small for images of the same mean, and smallest where it is most negative."
    error = "this is the error rate: the share of wrong ones. Asked is the share of right ones."
    mistakes = [
        Mistake("signed differences", share(lambda d, c: (c - d).flatten(2).sum(2)), signed),
        Mistake("signed differences", share(lambda d, c: (d - c).flatten(2).sum(2)), signed),
        Mistake("signed differences", share(lambda d, c: (d - c).flatten(2).sum(2).abs()), "the absolute value of the sum compares the mean brightness only: errors of opposite sign cancel."),
        Mistake("absolute differences", share(lambda d, c: (d - c).abs().flatten(2).sum(2)), "these are absolute differences; nearest by squared error is asked."),
        Mistake("largest difference", share(lambda d, c: (d - c).abs().flatten(2).amax(2)), "this looks at the worst pixel only; the squared error is a sum over all of them."),
        Mistake("cosine", share(cosine), "this compares directions, as a cosine does: an image twice as bright counts as the same. Nearest by squared error is asked."),
        Mistake("brightness left out", share(centred), "each image's mean is taken away first, so that a brighter one counts as the same."),
        Mistake("contrast left out", share(standardised), "each image is standardised first, so that brightness and contrast do not count."),
        Mistake("divided by the energy", share(lambda d, c: (c - d).square().flatten(2).sum(2) / c.square().flatten(2).sum(2)), "the error is divided by the candidate's own energy, which favours bright candidates."),
        Mistake("grey", share(lambda d, c: (c.mean(2) - d.mean(2)).square().flatten(2).sum(2)), "the colours are averaged to grey first, so that another hue counts as the same: the sum runs over all colours."),
        Mistake("mean colours", share(channel_means), "each colour is averaged over the image first, so that its shape does not count."),
        Mistake("one channel", share(lambda d, c: (d - c)[:, :, 0].square().flatten(2).sum(2)), "only the first channel is compared; the sum runs over all colours too."),
        Mistake("one for all pairs", lambda d, c, w: (squared_error(d, c).sum(dim=0).argmin() == w).double(), "the distances are added over the pairs first: each pair has its own nearest candidate."),
        Mistake("one for all pairs", lambda d, c, w: (squared_error(d, c).argmin() == w).double(), "one smallest distance of the whole array: each pair has its own nearest candidate (`dim`)."),
        Mistake("wrong axis", lambda d, c, w: (squared_error(d, c).argmin(dim=0) == w).double().mean(), "you looked for the nearest pair of each candidate; asked is the nearest of the candidates, for each pair."),
        Mistake("axes left", lambda d, c, w: (square(d, c).sum((2, 3)).argmin(dim=1) == w).double().mean(), "the sum leaves an axis of the image, and you compare column by column: all pixels and colours are added up first."),
        Mistake("axes left", lambda d, c, w: (square(d, c).sum((3, 4)).argmin(dim=1) == w).double().mean(), "the sum leaves the colours, and you compare each by itself: all pixels and colours are added up first."),
        Mistake("among the nearest two", lambda d, c, w: (squared_error(d, c).argsort(dim=1)[:, :2] == w).any(dim=1).double().mean(), "second nearest counts as right here; only the nearest does."),
        Mistake("nearer than most", lambda d, c, w: (squared_error(d, c)[:, w] < squared_error(d, c).mean(dim=1)).double().mean(), "nearer than the mean is not nearest."),
        Mistake("farthest", lambda d, c, w: (squared_error(d, c).argmax(dim=1) == w).double().mean(), "this is the farthest candidate."),
        Mistake("wrong candidate", lambda d, c, w: (nearest(d, c) == 0).double().mean(), "you compared with candidate 0; the right one has the number `wanted`."),
        Mistake("wrong candidate", lambda d, c, w: (nearest(d, c) == c.shape[1] - 1).double().mean(), "you compared with the last candidate; the right one has the number `wanted`."),
        Mistake("wrong candidate", lambda d, c, w: (nearest(d, c) + 1 == w).double().mean(), "candidates are counted from 0."),
        Mistake("wrong candidate", lambda d, c, w: (nearest(d, c) == c.shape[1] - 1 - w).double().mean(), "the candidates are counted from the wrong end."),
        Mistake("error rate", lambda d, c, w: (nearest(d, c) != w).double().mean(), error),
        Mistake("count for share", lambda d, c, w: (nearest(d, c) == w).double().sum(), "this is how many; asked is their share of the pairs."),
        Mistake("per cent", lambda d, c, w: 100 * right(d, c, w), "a share from 0 to 1, please, not per cent."),
        Mistake("divided by the candidates", lambda d, c, w: (nearest(d, c) == w).double().sum() / c.shape[1], "the share is of the pairs, not of the candidates."),
        Mistake("not averaged", lambda d, c, w: (nearest(d, c) == w).double(), "one answer for each pair: their mean over the pairs is missing."),
        Mistake("indices", lambda d, c, w: nearest(d, c), "this is the number of the nearest candidate: is it the right one, and how often?"),
        Mistake("indices", lambda d, c, w: nearest(d, c).double().mean(), "this is the mean number of the nearest candidate; asked is how often it is the right one."),
        Mistake("the error", lambda d, c, w: squared_error(d, c)[:, w].mean(), "this is the squared error of the right candidate; asked is how often it is the smallest."),
        Mistake("the error", lambda d, c, w: (d - c[:, w]).square().mean(), "this is the squared error of the right candidate; asked is how often it is the smallest."),
    ]  # fmt: skip
    rng = np.random.default_rng(seed)
    drawn = [drawn_images(rng, *shape) for shape in ((28, 8), (28, 3), (30, 5))]
    fixed = [small_images(), *drawn]
    compare(student, right, None, mistakes, fixed=fixed, draws=0, reread=REREAD.format(4))
