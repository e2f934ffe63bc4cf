"""One loop, whatever the objective: resident data, Adam, checkpoints that resume exactly, and a history."""

import os
import signal
import threading
from collections.abc import Callable
from contextlib import contextmanager, nullcontext
from pathlib import Path

import numpy as np
import torch
from tqdm.auto import tqdm

from dvlab import checkpoints
from dvlab.history import History, Record, stopped
from dvlab.images import Data, Images, fingerprint, tensor_or_world
from dvlab.schedules import Weight, warmup_cosine
from dvlab.threads import one_thread
from dvlab.vae import VAE
from dvlab.validation import kind, number, pick_device, positive_int, seed_checked

READ_EVERY = 50  # steps between readings of the terms, each of which waits for the device


def train(
    vae: VAE,
    data: Data,
    objective: Callable,
    steps: int = 3000,
    batch_size: int = 128,
    seed: int = 0,
    learning_rate: Weight = 2e-3,
    device: str | torch.device | None = None,
    progress: bool = True,
    checkpoint: str | os.PathLike | None = None,
    checkpoint_every: int = 500,
) -> History:
    """Minimise `objective` (`dvlab.objectives`) over the weights of `vae`, in place, on `device`.

    data: a world, or a tensor (N, C, H, W) of uint8 or of floats in [0, 1], or a `TensorDataset` of one, or pairs
        (N, 2, C, H, W), as `world.pairs` gives: `objectives.AdaGVAE` takes them two by two, any other objective as 2 N
        images. Batches are drawn without replacement; the last images of an epoch that fill no batch are left out of
        it. `seed` fixes the batches and the noise. `batch_size` counts images.
    learning_rate: of Adam; a number is the peak after a short warm-up, followed by half a cosine down to 2 % of it; a
        schedule is taken as it is.
    checkpoint: a path. All that the training needs is written there every `checkpoint_every` steps and at its end. When
        the file exists already, the training goes on from there, to bitwise the weights of an uninterrupted run on the
        same device; when it is complete, it is only loaded.

    The model is standardised with the data first, unless it already is. Ctrl-C ends the training after the step it is
    at and keeps what was trained: the history says `interrupted`. Returns the `History`, every term of every step.
    Raises ValueError for no data, images outside [0, 1] or of another size than the model's, a batch larger than the
    data, an unknown device, another run's checkpoint, or with a checkpoint an objective whose repr does not say what
    it computes; FloatingPointError, naming the step and the term, when a term or a weight is no longer finite. The
    model is left in the mode, training or evaluation, that it was in.
    """
    options = {"learning_rate": learning_rate, "device": device, "checkpoint": checkpoint}
    options |= {"steps": steps, "batch_size": batch_size, "seed": seed, "checkpoint_every": checkpoint_every}
    device = check(vae, data, objective, **options)
    in_pairs = getattr(objective, "pairs", False)
    images = Images(_loose(data, in_pairs, batch_size), device)
    rate = learning_rate if callable(learning_rate) else warmup_cosine(learning_rate, steps)
    vae.to(device)
    optimiser = torch.optim.Adam(vae.parameters(), fused=device.type in ("cpu", "cuda"))
    generator = torch.Generator().manual_seed(seed)  # on the CPU, so that every device sees the same noise
    batches = _Batches(len(images), batch_size, seed, group=2 if in_pairs else 1)
    learns = hasattr(objective, "after_step")  # an objective with a network of its own
    if learns:
        objective.begin(vae.latent_dim, device)
    record = Record()
    run = {"steps": steps, "batch_size": batch_size, "seed": seed, "images": len(images)}
    if checkpoint is not None:
        run |= {"objective": checkpoints.describe("objective", objective), "data": fingerprint(data)}
        run |= {"learning_rate": checkpoints.describe("learning_rate", rate)}
    if checkpoint is not None and Path(checkpoint).exists():
        resumed = checkpoints.resume_training(checkpoint, run, vae, optimiser, generator)
        record.steps, record.read_terms, learned = resumed
        if learns:
            objective.restore(learned)
    elif not vae.standardised:
        vae.standardise(images)

    bar = tqdm(total=steps, initial=record.steps, disable=not progress, unit="step")
    # of a small network two threads gain little, and lose on a busy machine
    threads = one_thread() if device.type == "cpu" and vae.config["network"] == "mlp" else nullcontext()
    with bar, _ctrl_c_noted() as pressed, threads, _in_training_mode(vae):
        for step in range(record.steps, steps):
            x = images[batches[step]]
            q, z, px = vae(x, generator, getattr(objective, "adapt", None))
            with torch.autocast(device.type, enabled=False):  # densities and sums need float32
                terms = record.checked(_terms(objective, x, q, px, z, step, len(images)), step)
            optimiser.zero_grad()
            terms["loss"].backward()
            for group in optimiser.param_groups:
                group["lr"] = number("learning_rate", rate(step), least=0)
            optimiser.step()
            if learns:
                objective.after_step(z)
            record.add(terms)
            stop = step + 1 == steps or pressed.is_set()
            write = checkpoint is not None and (stop or (step + 1) % checkpoint_every == 0)
            if stop or write or (step + 1) % READ_EVERY == 0:
                bar.update(len(record.unread))
                bar.set_postfix(record.read())
            if write or stop:
                learned = objective.tensors() if learns else {}
                _check_weights(vae.state_dict() | learned, step)
            if write:
                state = (vae, optimiser, generator, record.read_terms, learned)
                checkpoints.save_training(checkpoint, step + 1, run, *state)
            if stop:
                break
    terms = {name: values.numpy() for name, values in record.read_terms.items()}
    return History(np.arange(record.steps), terms, interrupted=record.steps < steps)


def check(
    vae: VAE,
    data: Data,
    objective: Callable,
    steps: int = 3000,
    batch_size: int = 128,
    seed: int = 0,
    learning_rate: Weight = 2e-3,
    device: str | torch.device | None = None,
    checkpoint: str | os.PathLike | None = None,
    checkpoint_every: int = 500,
) -> torch.device:
    """Raise what `train` with these arguments would raise before its first step; returns the device."""
    for name, value in (("steps", steps), ("batch_size", batch_size), ("checkpoint_every", checkpoint_every)):
        positive_int(name, value)
    seed_checked("seed", seed)
    if not callable(objective):
        raise TypeError(f"objective must be callable, as those of dvlab.objectives are; got {kind(objective)}")
    if not callable(learning_rate):
        number("learning_rate", learning_rate, above=0)
    images = Images(_loose(data, getattr(objective, "pairs", False), batch_size), torch.device("cpu"), resident=False)
    if images.shape != vae.image_shape:
        raise ValueError(f"data's images have shape {images.shape}; the model takes {vae.image_shape}")
    if batch_size > len(images):
        raise ValueError(f"batch_size must be at most the number of images, {len(images)}; got {batch_size}")
    if checkpoint is not None:
        checkpoints.describe("objective", objective)
        checkpoints.describe("learning_rate", learning_rate)
    return pick_device(device)


def _terms(objective, x, q, px, z, step, dataset_size):
    """The objective's terms; where an objective refuses latents that are not finite, the step is named."""
    try:
        return objective(x, q, px, z, step=step, dataset_size=dataset_size)
    except ValueError as error:
        for name, value in (("mean", q.mean), ("standard deviation", q.stddev)):
            if not bool(torch.isfinite(value).all()):
                raise FloatingPointError(stopped(step, f"the {name} of q(z|x)", "not finite")) from error
        raise


def _check_weights(weights, step):
    """FloatingPointError unless all are finite, since the terms are those before the step's update."""
    for name, weight in weights.items():
        if not bool(torch.isfinite(weight).all()):
            raise FloatingPointError(stopped(step, f"the updated {name}", "not finite"))


@contextmanager
def _in_training_mode(vae):
    """Within, the model is in training mode; then in the mode that it was in."""
    before = vae.training
    vae.train()
    try:
        yield
    finally:
        vae.train(before)


def _loose(data, in_pairs, batch_size):
    """Pairs as images, one after the other; anything else as it is. An objective that needs pairs gets nothing else."""
    data = tensor_or_world(data)
    paired = isinstance(data, torch.Tensor) and data.ndim == 5
    if in_pairs and not paired:
        raise TypeError(
            f"data must be pairs of images for this objective, a tensor (N, 2, C, H, W) as world.pairs gives; "
            f"got {kind(data)}"
        )
    if paired and data.shape[1] != 2:
        raise ValueError(f"data of five dimensions must be pairs (N, 2, C, H, W); got {tuple(data.shape)}")
    if in_pairs and batch_size % 2:
        raise ValueError(f"batch_size counts images, and they come in pairs: it must be even; got {batch_size}")
    return data.flatten(0, 1) if paired else data


class _Batches:
    """The indices of step s: in each epoch a permutation of N images, in pieces of B, known from seed and step.

    `group`: as many neighbours stay together, so that what is permuted are pairs when it is 2.
    """

    def __init__(self, size: int, batch_size: int, seed: int, group: int = 1):
        self.size, self.batch_size, self.group = size // group, batch_size // group, group
        self.seed, self.epoch = seed, None

    def __getitem__(self, step: int) -> torch.Tensor:
        epoch, k = divmod(step, self.size // self.batch_size)
        if epoch != self.epoch:
            mixed = torch.Generator().manual_seed(((self.seed + 1) * 1_000_003 + epoch) % 2**63)
            self.epoch, self.order = epoch, torch.randperm(self.size, generator=mixed)
        drawn = self.order[k * self.batch_size : (k + 1) * self.batch_size]
        return (drawn[:, None] * self.group + torch.arange(self.group)).flatten()


@contextmanager
def _ctrl_c_noted():
    """Within, Ctrl-C sets the event instead of breaking a step in two; a second one acts as usual."""
    pressed = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield pressed
        return

    def note(signum, frame):
        if pressed.is_set():
            raise KeyboardInterrupt
        pressed.set()

    previous = signal.signal(signal.SIGINT, note)
    try:
        yield pressed
    finally:
        signal.signal(signal.SIGINT, previous if previous is not None else signal.default_int_handler)
