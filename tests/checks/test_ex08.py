"""Exercise 08's checks: right answers pass in every style, wrong ones are called by their name."""

# ruff: noqa: E501 - a wrong answer a line, as a table

import numpy as np
import pytest
import torch
from naming import named

import dvlab
from dvlab.checks import ex08
from dvlab.checks.comparison import CheckFailed, misnamed
from dvlab.metrics.recombination import swap
from dvlab.worlds import Fruit

WORLD = Fruit(sizes=8, colours=8, size=16)
LEVELS = {factor.name: factor.values for factor in WORLD.factors}


def corner(student):
    ex08.corner(student, LEVELS)


def corner_torch(f):
    return (f[:, 0] == 0) & (f[:, 1] < 2) & (f[:, 2] >= 6)


def corner_loop(factors):
    return torch.tensor([fruit == 1 and size > 5 and colour < 3 for fruit, size, colour in factors.tolist()])


def corner_numpy(factors):
    return torch.from_numpy((factors.numpy() * [1, 1, -1] <= [0, 1, -6]).all(axis=1))


def corner_pair(f):  # no black apples of any size
    return (f[:, 0] == 0) & (f[:, 2] == 7)


def assign_numpy(information):
    return np.where(information.max(axis=1) < 0.05, -1, information.argmax(axis=1))


def assign_loop(information):
    owner = []
    for row in information.tolist():
        owner.append(row.index(max(row)) if max(row) >= 0.05 else -1)
    return owner


def assign_torch(information):
    most, owner = torch.tensor(information).max(dim=1)
    owner[most < 0.05] = -1
    return owner


def mix_torch(first, second, owner, factor):
    return torch.where(owner == factor, first, second)


def mix_clone(first, second, owner, factor):
    z = second.clone()
    z[:, owner == factor] = first[:, owner == factor]
    return z


def mix_loop(first, second, owner, factor):
    columns = [first[:, j] if owner[j] == factor else second[:, j] for j in range(len(owner))]
    return torch.stack(columns, dim=1)


def mix_numpy(first, second, owner, factor):
    return np.where(owner.numpy() == factor, first.numpy(), second.numpy())


def score_torch(decoded, candidates, wanted):
    error = ((candidates - decoded.unsqueeze(1)) ** 2).sum(dim=(2, 3, 4))
    return (error.argmin(dim=1) == wanted).float().mean()


def score_loop(decoded, candidates, wanted):
    hits = 0
    for image, choices in zip(decoded, candidates, strict=True):
        errors = [float(((choice - image) ** 2).sum()) for choice in choices]
        hits += errors.index(min(errors)) == wanted
    return hits / len(decoded)


def score_numpy(decoded, candidates, wanted):
    d, c = decoded.numpy(), candidates.numpy()
    error = np.square(d[:, None] - c).mean(axis=(2, 3, 4))  # a mean has its minimum where the sum has it
    return np.mean(np.argmin(error, axis=1) == wanted)


def score_cdist(decoded, candidates, wanted):
    distance = torch.cdist(decoded.flatten(1)[:, None], candidates.flatten(2))[:, 0]
    return (distance.argmin(dim=1) == wanted).double().mean().item()


RIGHT = [
    *((corner, f) for f in (corner_torch, corner_loop, corner_numpy, corner_pair)),
    *((ex08.assign, f) for f in (assign_numpy, assign_loop, assign_torch)),
    *((ex08.mix, f) for f in (mix_torch, mix_clone, mix_loop)),
    *((ex08.score, f) for f in (score_torch, score_loop, score_numpy, score_cdist)),
]


@pytest.mark.parametrize("check, student", RIGHT)
def test_right_answers_pass(check, student, capsys):
    for _ in range(3):
        check(student)
    assert capsys.readouterr().out.count("visible checks passed") == 3


@pytest.mark.parametrize("check, student", [(check, f) for check, f in RIGHT if check is not corner])
def test_right_answers_pass_on_the_hidden_inputs(check, student):
    check(student, seed=1)
    check(student, seed=2)


# Wrong answers, written as students write them (not as the checks do), each with the name that it should get.
def in_place(first, second, owner, factor):
    second[:, owner == factor] = first[:, owner == factor]
    return second


def overwritten(first, second, owner, factor):
    z = first.clone()
    z[:, owner == factor] = second[:, owner == factor]
    return z


def chained(first, second, owner, factor):
    z = second.clone()
    z[:, owner == factor][:] = first[:, owner == factor]
    return z


def first_found(first, second, owner, factor):
    z = second.clone()
    j = owner.tolist().index(factor)
    z[:, j] = first[:, j]
    return z


def by_number(first, second, owner, factor):
    z = second.clone()
    z[:, factor] = first[:, factor]
    return z


def best_of_each(information):
    owner = [-1] * len(information)
    for k in range(information.shape[1]):
        owner[int(information[:, k].argmax())] = k
    return owner


def errors(decoded, candidates):
    return ((candidates - decoded[:, None]) ** 2).flatten(2).sum(2)


WRONG = [
    (ex08.mix, "only one latent", lambda a, b, o, k: torch.where(torch.arange(len(o)) == int((o == k).int().argmax()), a, b)),
    (corner, "not written", lambda f: None),
    (corner, "type", lambda f: ((f[:, 0] == 0) & (f[:, 1] < 2)).numpy()),
    (corner, "type", lambda f: [row[0] == 0 and row[1] < 2 for row in f.tolist()]),
    (corner, "type", lambda f: (f[:, 0] == 0) * 1.0),
    (corner, "type", lambda f: True),
    (corner, "shape", lambda f: (f[0] == 0) & (f[1] < 2)),
    (corner, "shape", lambda f: f == 0),
    (corner, "joined conditions", lambda f: f[:, 0] == 0 and f[:, 1] < 2 and f[:, 2] >= 6),
    (corner, "joined conditions", lambda f: f[:, 0] == 0 & f[:, 1] < 2 & f[:, 2] >= 6),
    (corner, "single image", lambda f: (f[:, 0] == 0) & (f[:, 1] == 0) & (f[:, 2] == 7)),
    (corner, "error", lambda f: (f[:, 0] == "apple") & (f[:, 1].size < 2)),
    (corner, "nothing held out", lambda f: (f[:, 0] == 2) & (f[:, 1] < 2)),
    (corner, "nothing held out", lambda f: torch.zeros(len(f), dtype=torch.bool)),
    (corner, "everything held out", lambda f: f[:, 0] >= 0),
    (corner, "everything held out", lambda f: (f[:, 0] == 0) | (f[:, 1] < 2) | (f[:, 2] < 8)),
    (corner, "random", lambda f: torch.rand(len(f)) < 0.1),
    (corner, "depends on the rows", lambda f: torch.arange(len(f)) < 16),
    (corner, "depends on the rows", lambda f: f[:, 1] < f[:, 1].double().mean() - 3),
    (corner, "extrapolation", lambda f: f[:, 0] == 0),
    (corner, "extrapolation", lambda f: f[:, 2] >= 6),
    (corner, "extrapolation", lambda f: (f[:, 0] == 0) | (f[:, 1] < 2) & (f[:, 2] >= 6)),
    (corner, "interpolation", lambda f: (f[:, 0] == 0) & (f[:, 1] == 3) & (f[:, 2] == 4)),
    (corner, "interpolation", lambda f: (f[:, 0] == 0) & (f[:, 1] > 1) & (f[:, 1] < 4)),
    (corner, "interpolation", lambda f: f.sum(1) % 7 == 0),
    (corner, "too large", lambda f: (f[:, 1] < 2) & (f[:, 2] >= 6)),
    (corner, "too large", lambda f: (f[:, 0] == 0) & (f[:, 1] < 6) & (f[:, 2] >= 1)),
    (corner, "in place", lambda f: f.sub_(1)[:, 0] < 0),
    (ex08.assign, "wrong axis", lambda i: i.argmax(0)),
    (ex08.assign, "wrong axis", lambda i: assign_loop(i.T)),
    (ex08.assign, "inactive latents", lambda i: i.argmax(1)),
    (ex08.assign, "inactive latents", lambda i: [int(np.argmax(row)) for row in i]),
    (ex08.assign, "sum for maximum", lambda i: np.where(i.sum(1) < 0.05, -1, i.argmax(1))),
    (ex08.assign, "threshold", lambda i: np.where(i.max(1) < 0.5, -1, i.argmax(1))),
    (ex08.assign, "threshold", lambda i: np.where(i.max(1) < 0.05 * i.max(), -1, i.argmax(1))),
    (ex08.assign, "smallest or any entry", lambda i: np.where((i < 0.05).any(1), -1, i.argmax(1))),
    (ex08.assign, "smallest or any entry", lambda i: np.where(i.min(1) < 0.05, -1, i.argmax(1))),
    (ex08.assign, "values", lambda i: np.where(i.max(1) < 0.05, -1, i.max(1))),
    (ex08.assign, "condition turned", lambda i: np.where(i.max(1) > 0.05, -1, i.argmax(1))),
    (ex08.assign, "one latent a factor", best_of_each),
    (ex08.assign, "inactive latents numbered", lambda i: i.argmax(1) * (i.max(1) >= 0.05)),
    (ex08.assign, "inactive latents numbered", lambda i: np.where(i.max(1) < 0.05, np.nan, i.argmax(1))),
    (ex08.assign, "counted from 1", lambda i: np.where(i.max(1) < 0.05, -1, 1 + i.argmax(1))),
    (ex08.assign, "smallest", lambda i: i.argmin(1)),
    (ex08.assign, "values", lambda i: i.max(1)),
    (ex08.assign, "left out", lambda i: i.argmax(1)[i.max(1) >= 0.05]),
    (ex08.assign, "a mask", lambda i: (i == i.max(1, keepdims=True)) & (i >= 0.05)),
    (ex08.assign, "latents in use", lambda i: i.max(1) >= 0.05),
    (ex08.assign, "hard-coded", lambda i: [0, -1, 1, 0]),
    (ex08.assign, "hard-coded", lambda i: np.full(len(i), -1)),
    (ex08.assign, "not written", lambda i: print(i.argmax(1))),
    (ex08.mix, "the rest swapped", overwritten),
    (ex08.mix, "the rest swapped", lambda a, b, o, k: torch.where(o != k, a, b)),
    (ex08.mix, "inactive latents", lambda a, b, o, k: torch.where((o == k) + (o == -1), a, b)),
    (ex08.mix, "factor for latent", by_number),
    (ex08.mix, "factor for latent", lambda a, b, o, k: by_number(a, b, o, o[k])),
    (ex08.mix, "error", first_found),  # where no latent belongs to the factor, as in all seeds of the baseline
    (ex08.mix, "only one latent", lambda a, b, o, k: first_found(a, b, o, k) if (o == k).any() else b),
    (ex08.mix, "others set to 0", lambda a, b, o, k: a * (o == k)),
    (ex08.mix, "added", lambda a, b, o, k: a * (o == k) + b),
    (ex08.mix, "averaged", lambda a, b, o, k: (a + b) / 2),
    (ex08.mix, "nothing mixed", chained),
    (ex08.mix, "every latent in use", lambda a, b, o, k: torch.where(o > -1, a, b)),
    (ex08.mix, "only this factor's", lambda a, b, o, k: a[:, o == k]),
    (ex08.mix, "in place", in_place),
    (ex08.mix, "error", lambda a, b, o, k: torch.where(o == k, first, b)),
    (ex08.mix, "constant", lambda a, b, o, k: torch.zeros_like(a)),
    (ex08.score, "signed differences", lambda d, c, w: ((c - d[:, None]).sum((2, 3, 4)).argmin(1) == w).float().mean()),
    (ex08.score, "signed differences", lambda d, c, w: ((c - d[:, None]).mean((2, 3, 4)).abs().argmin(1) == w).float().mean()),
    (ex08.score, "absolute differences", lambda d, c, w: ((c - d[:, None]).abs().mean((2, 3, 4)).argmin(1) == w).float().mean()),
    (ex08.score, "farthest", lambda d, c, w: (errors(d, c).argmax(1) == w).float().mean()),
    (ex08.score, "one for all pairs", lambda d, c, w: float(errors(d, c).mean(0).argmin() == w)),
    (ex08.score, "one for all pairs", lambda d, c, w: (errors(d, c).argmin() == w).float()),
    (ex08.score, "wrong axis", lambda d, c, w: (errors(d, c).argmin(0) == w).float().mean()),
    (ex08.score, "axes left", lambda d, c, w: (((c - d[:, None]) ** 2).sum((2, 3)).argmin(1) == w).float().mean()),
    (ex08.score, "axes left", lambda d, c, w: (((c - d[:, None]) ** 2).sum((3, 4)).argmin(1) == w).float().mean()),
    (ex08.score, "among the nearest two", lambda d, c, w: (errors(d, c).argsort(1)[:, :2] == w).any(1).float().mean()),
    (ex08.score, "nearer than most", lambda d, c, w: (errors(d, c)[:, w] < errors(d, c).mean(1)).float().mean()),
    (ex08.score, "wrong candidate", lambda d, c, w: (errors(d, c).argmin(1) == 0).float().mean()),
    (ex08.score, "wrong candidate", lambda d, c, w: (errors(d, c).argmin(1) == c.shape[1] - 1).float().mean()),
    (ex08.score, "error rate", lambda d, c, w: 1 - score_loop(d, c, w)),
    (ex08.score, "count for share", lambda d, c, w: (errors(d, c).argmin(1) == w).sum()),
    # answers that passed before
    (ex08.score, "cosine", lambda d, c, w: (torch.cosine_similarity(d.flatten(1)[:, None], c.flatten(2), dim=2).argmax(1) == w).float().mean()),
    (ex08.score, "brightness left out", lambda d, c, w: score_torch(d - d.mean((1, 2, 3), keepdim=True), c - c.mean((2, 3, 4), keepdim=True), w)),
    (ex08.score, "divided by the energy", lambda d, c, w: ((errors(d, c) / (c**2).sum((2, 3, 4))).argmin(1) == w).float().mean()),
    (ex08.score, "grey", lambda d, c, w: score_torch(d.mean(1, keepdim=True), c.mean(2, keepdim=True), w)),
    (ex08.mix, "error", lambda a, b, o, k: mix_clone(a, b, o, k) if (o == k).any() else no_latent),
    (ex08.mix, "tensor", mix_numpy),
    (ex08.assign, "threshold", lambda i: np.where(i.max(1) < 0.06, -1, i.argmax(1))),
    (ex08.score, "per cent", lambda d, c, w: 100 * score_loop(d, c, w)),
    (ex08.score, "not averaged", lambda d, c, w: errors(d, c).argmin(1) == w),
    (ex08.score, "indices", lambda d, c, w: errors(d, c).argmin(1)),
    (ex08.score, "the error", lambda d, c, w: errors(d, c)[:, w].mean()),
    (ex08.score, "one channel", lambda d, c, w: ((c[:, :, 0] - d[:, None, 0]) ** 2).sum((2, 3)).argmin(1).eq(w).float().mean()),
    (ex08.score, "error", lambda d, c, w: ((c - d) ** 2).sum((2, 3, 4)).argmin(1).eq(w).float().mean()),
    (ex08.score, "constant", lambda d, c, w: 0.5),
    (ex08.score, "in place", lambda d, c, w: score_loop(d, c.sub_(0.1), w)),
]  # fmt: skip


@pytest.mark.whole
def test_wrong_answers_fail_get_the_right_name_and_are_never_told_the_formula():
    wrong, formulas = [], ("argmax", "argmin", "torch.where", "owner ==", "square()")
    for check, kind, student in WRONG:
        try:
            check(student)
            wrong.append((kind, "passed"))
        except CheckFailed as failed:
            if failed.kind != kind or any(formula in failed.whole for formula in formulas):
                wrong.append((kind, failed.kind, failed.whole))
    assert wrong == [], "\n".join(map(str, wrong))


@pytest.mark.whole
@pytest.mark.parametrize("check", [ex08.assign, ex08.mix, ex08.score])
@pytest.mark.parametrize("seed", [0, 1])
def test_each_mistake_of_a_table_gets_its_own_name(check, seed):
    assert list(misnamed(check, seed=seed)) == []


@pytest.mark.parametrize("check", [corner, ex08.assign, ex08.mix, ex08.score])
def test_an_untouched_stub_says_that_it_is_not_written(check):
    def stub(*args):
        raise NotImplementedError()

    assert named(check, stub) == "not written"


def test_an_ordered_factor_can_be_interpolated_and_one_of_words_cannot():
    world = Fruit(("apple", "pear", "grapes"), sizes=4, colours=4)
    levels = {factor.name: factor.values for factor in world.factors}

    def pears(f):
        return (f[:, 0] == 1) & (f[:, 1] < 1) & (f[:, 2] > 1)

    ex08.corner(pears, levels)
    assert named(lambda f: ex08.corner(f, levels | {"fruit": (0.0, 1.0, 2.0)}), pears) == "interpolation"


def test_the_middle_of_an_odd_number_of_levels_has_no_other_end():
    levels = {"fruit": ("apple", "grapes"), "size": (1.0, 2.0, 3.0), "colour": (0.0, 0.5, 1.0)}

    def wide(f):
        return (f[:, 0] == 0) & (f[:, 1] <= 1) & (f[:, 2] == 2)

    assert named(lambda f: ex08.corner(f, levels), wide) == "in the middle"


@pytest.mark.parametrize("held", [corner_torch, corner_loop, corner_pair])
def test_a_swap_makes_what_is_held_out_from_two_images_that_differ_in_everything(held):
    world = WORLD.hold_out(held)
    first, second = ex08.swaps(world.held_out, WORLD.factor_sizes)
    target = torch.cat([first[:, :1], second[:, 1:]], dim=1)
    assert {tuple(row) for row in target.tolist()} == {tuple(row) for row in world.held_out.tolist()}
    assert (first != second).all()
    world.index_of(torch.cat([first, second]))  # raises where one is held out itself


def test_the_swaps_of_a_block_are_those_of_the_lecture():
    world = WORLD.hold_out(corner_torch)
    lecture = swap(dvlab.VAE(world.image_shape, 2, likelihood="gaussian", sigma=0.1, hidden=()), world)
    ours = torch.cat(ex08.swaps(world.held_out, WORLD.factor_sizes), dim=1).tolist()
    assert sorted(ours) == sorted(torch.cat([lecture.first, lecture.second], dim=1).tolist())
