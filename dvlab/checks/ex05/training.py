"""Exercise 05, part 4: which mistake a training loop makes."""

# ruff: noqa: E501 - a mistake a line, as a table

from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from torch import optim

from dvlab.checks.calls import CALL_SECONDS, TooLong, at_line, raw_answer
from dvlab.checks.comparison import CheckFailed, Mistake, Table, as_array
from dvlab.checks.ex05.loop import (
    BATCH,
    IMAGES,
    LATENTS,
    PIXELS,
    RATE,
    REREAD,
    STEPS,
    Record,
    data,
    drawn,
    follows,
    from_images,
    loop,
    name,
    same,
    spread,
    still,
    watch,
)
from dvlab.threads import one_thread

CALLS = f"{IMAGES} images of {PIXELS} pixels, {LATENTS} latents, {STEPS} steps with batches of {BATCH}, learning rate {RATE}"
MOVED = "the weights do not go where Adam takes them: "


def shapes(tensors) -> set:
    return {tuple(t.shape) for t in tensors}


def mistakes() -> list[Mistake]:
    """What a record shows, in the order in which it is looked for."""
    adam = {rate: partial(optim.Adam, lr=rate) for rate in (1e-3, 2e-3, RATE / 10)}
    return [
        Mistake("loss not called", lambda *a: [0.0] * STEPS, "the loss that comes as an argument is never called.", shows=lambda r: not r.x),
        Mistake("number of steps", loop(more=1), "`steps` batches are asked, one a step.", shows=lambda r: len(r.x) != STEPS),
        Mistake("number of steps", loop(first=1), "`steps` batches are asked, one a step.", shows=lambda r: len(r.x) != STEPS),
        Mistake("the whole data set", loop(batch=drawn(lambda g, B, images: images), noise=drawn(lambda g, B, D: torch.randn(IMAGES, D, generator=g))), "each step gets all the images: take a batch of them.", shows=lambda r: shapes(r.x) == {(IMAGES, PIXELS)}),
        Mistake("batch size", loop(batch=drawn(lambda g, B, images: images[torch.randperm(len(images), generator=g)[: B - 1]]), noise=drawn(lambda g, B, D: torch.randn(B - 1, D, generator=g))), f"a batch has not {BATCH} images.", shows=lambda r: shapes(r.x) != {(BATCH, PIXELS)}),
        Mistake("not the images", loop(batch=drawn(lambda g, B, images: torch.rand(B, PIXELS, generator=g))), "a batch holds rows that are no images of the data set.", shows=lambda r: not all(from_images(x) for x in r.x)),
        Mistake("always the same batch", loop(batch=still("batch")), "every step gets the same images: draw the batch within the loop.", shows=lambda r: same(r.x)),
        Mistake("an image twice", loop(batch=drawn(lambda g, B, images: images[torch.randint(len(images), (B,), generator=g)])), "some batches hold an image twice: draw without putting back (a permutation, cut off).", shows=lambda r: any(len(x.unique(dim=0)) < len(x) for x in r.x)),
        Mistake("always the same images", loop(batch=drawn(lambda g, B, images: images[torch.randperm(B, generator=g)])), f"of the {IMAGES} images only the first {BATCH} are ever drawn, in another order: permute all of them, then cut off.", shows=lambda r: len(torch.cat(r.x).unique(dim=0)) <= BATCH),
        Mistake("neighbours", loop(batch=in_order), "the images come in their stored order, so neighbours always share a batch: mix them.", shows=in_stored_order),
        Mistake("noise of another shape", loop(noise=drawn(lambda g, B, D: torch.randn(D, generator=g))), "the noise is the same for all images of a batch, or for all latents: one number is asked for each image and latent, (B, D).", shows=lambda r: shapes(r.epsilon) != {(BATCH, LATENTS)} or any((e == e[0]).all() or (e == e[:, :1]).all() for e in r.epsilon if e.any())),
        Mistake("no noise", loop(noise=drawn(lambda g, B, D: torch.zeros(B, D))), "the noise is 0 throughout.", shows=lambda r: not spread(r).any()),
        Mistake("noise not resampled", loop(noise=still("noise")), "every step gets the same noise: draw it within the loop, anew for each step.", shows=lambda r: same(r.epsilon)),
        Mistake("uniform noise", loop(noise=drawn(lambda g, B, D: torch.rand(B, D, generator=g))), "the noise is never negative: N(0, 1) is asked, and `torch.rand` is uniform.", shows=lambda r: spread(r).min() >= 0),
        Mistake("noise of another spread", loop(noise=drawn(lambda g, B, D: 0.1 * torch.randn(B, D, generator=g))), "the noise is not N(0, 1): its spread or its mean is another.", shows=lambda r: abs(spread(r)).max() <= 1 or not 0.6 < spread(r).std() < 1.5 or abs(spread(r).mean()) > 0.6),
        Mistake("steps not counted", loop(count=lambda s: 0), "the loss gets the same step each time: its weights depend on it, so count.", shows=lambda r: len(set(r.step)) == 1),
        Mistake("steps counted from 1", loop(count=lambda s: s + 1), "steps are counted from 0.", shows=lambda r: r.step == list(range(1, STEPS + 1))),
        Mistake("steps not counted", loop(count=lambda s: 2 * s), "the step that the loss gets is not 0, 1, 2, …", shows=lambda r: r.step != list(range(STEPS))),
        Mistake("no step", loop(how="no step"), "the weights never change. Is a step taken, after `backward`, and are the gradients still there by then?", shows=lambda r: np.ptp(r.weights, axis=0).max() == 0),
        Mistake("eval left on", loop(how="eval"), "the networks came in evaluation mode, as after a look at them, and were trained in it: call .train() on both first. (With dropout or batch normalisation it would be another network.)", shows=lambda r: not all(r.training)),
        Mistake("only the encoder", loop(how="encoder"), "the decoder's weights never change: the optimiser needs the parameters of both.", shows=lambda r: follows(how="encoder")(r)),
        Mistake("only the decoder", loop(how="decoder"), "the encoder's weights never change: the optimiser needs the parameters of both.", shows=lambda r: follows(how="decoder")(r)),
        Mistake("never zeroed", loop(how="never zeroed"), "gradients add up from step to step until somebody zeroes them.", shows=follows(how="never zeroed")),
        Mistake("step before backward", loop(how="before"), "each step takes the gradient of the batch before: does it come after `backward`?", shows=follows(how="before")),
        Mistake("uphill", loop(how="uphill"), "the loss rises: it is maximised.", shows=follows(how="uphill")),
        Mistake("a new optimiser at each step", loop(how="anew"), "Adam remembers former gradients; a new optimiser at each step forgets them: make it once, before the loop.", shows=follows(how="anew")),
        *(Mistake("learning rate", loop(adam[rate]), MOVED + "is it given your `learning_rate`?", shows=follows(optimiser=adam[rate])) for rate in adam),
        *(Mistake("another optimiser", loop(o), MOVED + "this is another optimiser.", shows=follows(optimiser=o)) for o in others().values()),
        Mistake("weights", loop(partial(optim.Adam, lr=2 * RATE)), MOVED + "look at the order of zero_grad, backward and step, and at what the optimiser was given.", shows=lambda r: not follows()(r)),
        Mistake("nothing returned", loop(returns=lambda losses: None), "the list of losses is asked back, a number a step.", shows=lambda r: r.returned is None),
        Mistake("tensors returned", loop(returns=lambda losses: [torch.tensor(v, requires_grad=True) for v in losses]), "the losses are tensors that hold on to the whole computation: memory fills up. Keep numbers (.item()).", shows=lambda r: graph(r.returned)),
        Mistake("losses", loop(returns=lambda losses: losses[-1:]), "a loss is asked for each step, in order.", shows=lambda r: not listed(r)),
    ]  # fmt: skip


def others() -> dict[str, Callable]:
    return {
        "SGD": partial(optim.SGD, lr=RATE),
        "momentum": partial(optim.SGD, lr=RATE, momentum=0.9),
        "AdamW": partial(optim.AdamW, lr=RATE),
        "decay": partial(optim.Adam, lr=RATE, weight_decay=0.01),
        "RMSprop": partial(optim.RMSprop, lr=RATE),
        "Adagrad": partial(optim.Adagrad, lr=RATE),
        "NAdam": partial(optim.NAdam, lr=RATE),
    }


def in_order(generator, size, images, draw):
    """Slices, one after the other, and from the start again."""
    return lambda step: images[(torch.arange(size) + step * size) % len(images)]


def in_stored_order(r: Record) -> bool:
    rows = [[int((data() == row).all(1).nonzero()[0, 0]) for row in x] for x in r.x]
    return all(np.all(np.diff(row) % IMAGES == 1) for row in rows)


def graph(returned) -> bool:
    parts = returned if isinstance(returned, list | tuple) else [returned]
    return any(isinstance(p, torch.Tensor) and p.requires_grad for p in parts)


def listed(r: Record) -> bool:
    try:
        mine = as_array(r.returned)
    except (TypeError, ValueError):
        return False
    return mine.shape == (STEPS,) and np.allclose(mine, r.losses, rtol=1e-4, atol=1e-6)


@one_thread()
def train(student: Callable, seed: int = 0) -> None:
    """Check `train(encoder, decoder, images, loss, steps, generator, latents, batch_size, learning_rate)`."""
    table = mistakes()
    if student is Table:
        raise Table(table)
    of, records = name(student), []

    def fail(kind, symptom, look=""):
        raise CheckFailed(kind, f"{of}: {symptom}", f"{look}\nReread: {REREAD}.".strip(), of=of)

    def once(again):
        torch.manual_seed(100 + again)  # whoever draws without the generator draws something else each time
        try:
            records.append(watch(student, seed=seed + (again == 2)))
        except (CheckFailed, NotImplementedError, TimeoutError, TooLong):
            raise
        except Exception as error:
            fail("error", f"it stopped{at_line(error)} with {type(error).__name__}: {error}\nin {CALLS}.")
        return 0.0

    once.__name__ = of
    state = torch.get_rng_state()
    watch(loop())  # torch imports a good deal for its first optimiser, which is not the student's time
    try:
        for again in range(3):  # the last with another generator
            raw_answer(once, once, (again,), of, REREAD, seconds=CALL_SECONDS)
    finally:
        torch.set_rng_state(state)
    first, second, other = records
    for mistake in table:
        if mistake.shows(first):
            fail(mistake.name, symptom(first), mistake.says)
    if any(
        not torch.equal(a, b)
        for side in ("x", "epsilon")
        for a, b in zip(getattr(first, side), getattr(second, side), strict=True)
    ):
        fail(
            "generator not used",
            "two calls with the same generator's seed draw different batches or noise.",
            "All that is random comes from `generator`, so that a training can be repeated.",
        )
    if any(all(map(torch.equal, getattr(first, side), getattr(other, side))) for side in ("x", "epsilon")):
        says = "Whoever calls it chooses the seed: leave the generator as it comes."
        fail("seed set within", "generators of two seeds draw the same batches, or the same noise.", says)
    print(f"visible checks passed: {of}")


def symptom(r: Record) -> str:
    """What is seen, before anybody asks why: the calls of the loss, and how far the weights went."""
    moved = abs(r.weights[-1] - r.weights[0]).max() if len(r.weights) > 1 else 0.0
    seen = f"the loss was called {len(r.x)} times, with steps {r.step[:8]}" if r.x else "the loss was never called"
    where = f"; batches of shape {tuple(r.x[0].shape)}, noise {tuple(r.epsilon[0].shape)}" if r.x else ""
    return f"something is not as asked. In {CALLS},\n{seen}{where}; the weights moved by up to {moved:.3g}."
