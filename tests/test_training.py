"""Training: it learns, repeats itself, resumes bit for bit, stops as it should, and says what is wrong."""

import os
import pickle
import signal
import subprocess
import sys
from pathlib import Path

import matplotlib
import numpy as np
import pytest
import torch

import dvlab
from dvlab import checkpoints, schedules
from dvlab._batches import Batches
from dvlab.objectives import BetaTCVAE, BetaVAE
from dvlab.training import _ctrl_c_noted, train


def bars():
    """64 images of 8x8 with one bright bar at each of 8 rows, of 8 brightnesses."""
    images = torch.zeros(8, 8, 1, 8, 8)
    for row in range(8):
        for k in range(8):
            images[row, k, 0, row] = (k + 1) / 8
    return images.flatten(0, 1)


def small(**options):
    return dvlab.VAE((1, 8, 8), latent_dim=3, hidden=(16,), **options)


def run(vae, steps=60, objective=None, **options):
    options = {"batch_size": 16, "device": "cpu", "progress": False, **options}
    return train(vae, options.pop("data", bars()), objective or BetaVAE(1), steps=steps, **options)


def weights(vae):
    return {name: value.clone() for name, value in vae.state_dict().items()}


def same(a, b):
    return all(torch.equal(a[name], b[name]) for name in a)


class At:
    """An objective that does something at one step, and otherwise passes for `objective`."""

    def __init__(self, step, action, objective=None):
        self.step, self.action, self.objective = step, action, objective or BetaVAE(1)

    def __call__(self, *batch, step, dataset_size):
        terms = self.objective(*batch, step=step, dataset_size=dataset_size)
        return self.action(terms) or terms if step == self.step else terms

    def __repr__(self):
        return repr(self.objective)


def test_it_learns_and_the_history_holds_every_step():
    history = run(small(likelihood="gaussian", sigma=0.1), steps=200)
    assert len(history) == 200 and history.step.tolist() == list(range(200)) and not history.interrupted
    assert history.kl_per_latent.shape == (200, 3)
    np.testing.assert_allclose(history.kl_per_latent.sum(axis=1), history.kl, rtol=1e-4)
    np.testing.assert_allclose(history.loss, history.reconstruction + history.kl, rtol=1e-4)
    assert history.loss[-20:].mean() < history.loss[:20].mean() - 50
    assert history.last(50)["kl"] > 1


@pytest.mark.parametrize("seed", [0, 7])
def test_it_is_a_plain_loop(seed):
    """Batches and noise by the seed, a rate and a weight that move, the loss written out, torch's own Adam."""
    images, steps, size = bars(), 9, 24  # an epoch has two batches
    vae, plain = small(), small()
    rate, weight = schedules.linear(2e-3, 1e-3, steps=5), schedules.linear(0.5, 2, steps=6)
    sizes = []

    def objective(*batch, step, dataset_size):
        sizes.append(dataset_size)
        return BetaVAE(weight)(*batch, step=step)

    history = run(vae, steps, objective, batch_size=size, seed=seed, learning_rate=rate)
    plain.standardise(images)
    noise, adam = torch.Generator().manual_seed(seed), torch.optim.Adam(plain.parameters())
    for step in range(steps):
        x = images[Batches(len(images), size, seed)[step]]
        mean, log_sigma = plain.encoder((x - plain.centre) / plain.scale).chunk(2, dim=1)
        z = mean + log_sigma.exp() * torch.randn(size, 3, generator=noise)
        logits = plain.decoder(z).view_as(x) + plain.pixel_bias
        reconstruction = torch.nn.functional.binary_cross_entropy_with_logits(logits, x, reduction="sum") / size
        kl = (mean.square() / 2 + (2 * log_sigma).exp() / 2 - 0.5 - log_sigma).sum() / size
        loss = reconstruction + weight(step) * kl
        assert history.loss[step] == pytest.approx(float(loss.detach()), rel=1e-4)
        adam.param_groups[0]["lr"] = rate(step)
        adam.zero_grad()
        loss.backward()
        adam.step()
    assert set(sizes) == {len(images)}
    for name, value in weights(plain).items():
        torch.testing.assert_close(vae.state_dict()[name], value, rtol=1e-3, atol=1e-5)


def test_the_same_seed_gives_the_same_weights_and_leaves_the_global_state_alone():
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    one, two, other, doubled = (small() for _ in range(4))
    for vae, options in ((one, {}), (two, {}), (other, {"seed": 1}), (doubled, {"data": bars().double()})):
        run(vae, **options)
    assert torch.equal(torch.rand(2), expected)
    assert same(weights(one), weights(two)) and same(weights(one), weights(doubled))
    assert not same(weights(one), weights(other))


def test_an_epoch_holds_every_image_once_and_batches_depend_on_seed_and_step_alone():
    batches = Batches(10, 3, seed=0)
    drawn = [batches[step] for step in range(6)]
    for epoch in (torch.cat(drawn[:3]), torch.cat(drawn[3:])):
        assert len(set(epoch.tolist())) == 9
    assert not torch.equal(torch.cat(drawn[:3]), torch.cat(drawn[3:]))
    assert torch.equal(Batches(10, 3, seed=0)[4], drawn[4])


def test_a_model_that_is_standardised_stays_so_and_a_linear_rate_of_zero_changes_nothing():
    vae = small()
    vae.standardise(bars()[:32])
    before = weights(vae)
    run(vae, steps=3, learning_rate=schedules.constant(0))
    assert same(weights(vae), before)


def test_worlds_train_as_their_images_do():
    world = dvlab.worlds.Sprites(shapes=("ellipse",), scales=2, orientations=3, x=4, y=4, size=8)
    one, two = small(), small()
    run(one, data=world)
    run(two, data=world.images(device="cpu"))
    assert same(weights(one), weights(two))


OBJECTIVES = [
    BetaVAE(schedules.cooling(40, 1, 60)),
    BetaTCVAE(beta=schedules.maximum(schedules.cooling(40, 1, 60), 6)),
]


def test_the_table_of_a_history_says_what_the_last_hundred_steps_of_each_sixth_gave():
    step = np.arange(1200)
    history = dvlab.history.History(step, {"loss": step.astype(float), "kl_per_latent": np.ones((1200, 2))})
    rows = [line.split() for line in str(history).splitlines()[1:]]
    assert rows == [[f"{200 * k:,}", f"{200 * k - 50.5:.2f}"] for k in range(1, 7)]  # steps 100 to 199 and so on
    assert history.last(10) == {"loss": 1194.5}


def test_an_objective_computes_in_single_precision_whoever_asks_for_less():
    def probe(terms):
        assert not torch.is_autocast_enabled("cpu")

    with torch.autocast("cpu", dtype=torch.bfloat16):
        run(small(), steps=2, objective=At(1, probe))


class Learner:
    """An objective that learns: it notes the codes that it is given after each step."""

    def __init__(self):
        self.seen = torch.zeros(0, 16, 3)

    def __repr__(self):
        return "Learner()"

    def begin(self, latent_dim, device):
        self.seen = torch.zeros(0, 16, latent_dim)

    def __call__(self, x, q, px, z, step, dataset_size):
        self.z = z
        return BetaVAE(1)(x, q, px, z)

    def after_step(self, z):
        assert z is self.z
        self.seen = torch.cat([self.seen, z.detach()[None]])

    def tensors(self):
        return {"seen": self.seen}

    def restore(self, tensors):
        self.seen = tensors["seen"]


def test_an_objective_that_learns_is_called_after_every_step_and_goes_on_where_it_was(tmp_path):
    whole, first, second = Learner(), Learner(), Learner()
    run(small(), steps=7, objective=whole)
    assert whole.seen.shape == (7, 16, 3) and len(whole.seen.unique(dim=0)) == 7
    options = {"checkpoint": tmp_path / "run", "checkpoint_every": 2}
    with pytest.raises(RuntimeError, match="out of power"):
        crash = At(5, lambda terms: (_ for _ in ()).throw(RuntimeError("out of power")), first)
        crash.begin, crash.after_step, crash.tensors = first.begin, first.after_step, first.tensors
        run(small(), steps=7, objective=crash, **options)
    run(small(), steps=7, objective=second, **options)
    assert torch.equal(second.seen, whole.seen)


@pytest.mark.whole
@pytest.mark.parametrize("objective", OBJECTIVES, ids=["beta", "tc"])
@pytest.mark.parametrize("at", [1, 20, 37])
def test_a_training_that_was_cut_off_ends_in_the_same_weights(tmp_path, objective, at):
    whole, cut, again = small(), small(), small(seed=0)
    expected = run(whole, objective=objective)

    def crash(terms):
        raise RuntimeError("out of power")

    path, options = tmp_path / "run", {"checkpoint": tmp_path / "run", "checkpoint_every": 5}
    with pytest.raises(RuntimeError, match="out of power"):
        run(cut, objective=At(at, crash, objective), **options)
    assert path.exists() == (at >= 5)
    history = run(again, objective=objective, **options)
    assert same(weights(again), weights(whole))
    assert all(np.array_equal(history.terms[name], expected.terms[name]) for name in expected.terms)
    loaded = small()
    history = run(loaded, objective=objective, **options)  # complete: only loaded
    assert np.array_equal(history.loss, expected.loss) and list(history.terms) == list(expected.terms)
    assert same(weights(loaded), weights(whole))
    assert same(weights(checkpoints.load_model(path, device="cpu")), weights(whole))


def test_ctrl_c_keeps_what_was_trained_and_the_next_call_goes_on(tmp_path):
    whole, vae = small(), small()
    run(whole)
    options = {"checkpoint": tmp_path / "run", "checkpoint_every": 1000}
    handler = signal.getsignal(signal.SIGINT)
    history = run(vae, objective=At(12, lambda terms: signal.raise_signal(signal.SIGINT)), **options)
    assert signal.getsignal(signal.SIGINT) is handler
    assert history.interrupted and len(history) == 13 and "interrupted" in str(history)
    assert not run(vae, **options).interrupted
    assert same(weights(vae), weights(whole))


def test_a_second_ctrl_c_stops_at_once():
    with pytest.raises(KeyboardInterrupt), _ctrl_c_noted() as pressed:
        signal.raise_signal(signal.SIGINT)
        assert pressed.is_set()
        signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize("name", ["reconstruction", "kl", "loss"])
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_term_that_is_not_finite_stops_with_step_and_name_and_spares_the_checkpoint(tmp_path, name, value):
    def spoil(terms):
        return {**terms, name: terms[name] * value, "loss": terms["loss"] * value}

    options = {"checkpoint": tmp_path / "run", "checkpoint_every": 5}
    with pytest.raises(FloatingPointError, match=f"step 7: {name} is"):
        run(small(), objective=At(7, spoil), **options)
    tensors, metadata = checkpoints.load(tmp_path / "run")
    assert metadata["step"] == 5 and all(bool(torch.isfinite(t).all()) for t in tensors.values())


@pytest.mark.parametrize("objective", [BetaVAE(1), BetaTCVAE(6)], ids=["beta", "tc"])
def test_a_learning_rate_that_diverges_stops_the_training(objective):
    with pytest.raises(FloatingPointError, match="stopped at step"):
        run(small(likelihood="gaussian", sigma=1e-3), steps=200, objective=objective, learning_rate=1e6)


def test_the_history_prints_a_short_table_and_plots_with_units():
    matplotlib.use("Agg")
    history = run(small(), objective=BetaTCVAE(6))
    lines = str(history).splitlines()
    assert len(lines) == 7 and "total_correlation" in lines[0] and "nats per image" in lines[0]
    assert lines[-1].split()[0] == "60"
    assert np.array_equal(pickle.loads(pickle.dumps(history)).kl, history.kl)
    figure = history.plot()
    assert all(axes.get_ylabel() == "nats per image" and axes.get_xlabel() == "step" for axes in figure.axes)
    with pytest.raises(AttributeError, match="no term 'penalty'; it has loss, reconstruction"):
        history.penalty  # noqa: B018


def test_the_network_may_run_in_bfloat16():
    with torch.autocast("cpu", torch.bfloat16):
        history = run(small(), objective=BetaTCVAE(6))
    assert np.isfinite(history.loss).all()


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"data": torch.zeros(0, 1, 8, 8)}, "no images"),
        ({"data": 255 * bars()}, r"\[0, 1\]"),
        ({"data": torch.zeros(20, 1, 9, 9)}, r"\(1, 9, 9\); the model takes \(1, 8, 8\)"),
        ({"batch_size": 65}, "at most the number of images, 64; got 65"),
        ({"batch_size": 0}, "batch_size must be at least 1"),
        ({"steps": 0}, "steps must be at least 1"),
        ({"device": "tpu"}, "device must be"),
    ],
)
def test_what_cannot_be_trained_is_refused(options, words):
    with pytest.raises(ValueError, match=words):
        run(small(), **options)


@pytest.mark.bad_input
def test_another_runs_checkpoint_is_refused_and_nothing_is_changed(tmp_path):
    path = tmp_path / "run"
    run(small(), checkpoint=path)
    vae = small()
    before = weights(vae)
    for options, words in (
        ({"objective": BetaVAE(2)}, r"another training: objective was 'BetaVAE\(beta=1\)', is now 'BetaVAE\(beta=2\)'"),
        ({"steps": 61}, "another training:.*steps was 60, is now 61"),
        ({"seed": 1}, "another training: seed was 0, is now 1"),
    ):
        with pytest.raises(ValueError, match=words):
            run(vae, checkpoint=path, **options)
    with pytest.raises(ValueError, match="another model: seed was 0, is now 4"):
        run(small(seed=4), checkpoint=path)
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(ValueError, match="not a whole dvlab file"):
        run(vae, checkpoint=path)
    checkpoints.save_model(path, vae)
    with pytest.raises(ValueError, match="no training to go on with"):
        run(vae, checkpoint=path)
    assert same(weights(vae), before)


KILLED = """
import os, signal, sys
from dvlab import checkpoints, schedules
from dvlab.objectives import BetaTCVAE
from dvlab.training import train
sys.path.insert(0, {tests!r})
from test_training import bars, small

stop, path = int(sys.argv[1]), sys.argv[2]

class Deadly(BetaTCVAE):
    def __call__(self, *args, step, **kwargs):
        if step == stop:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().__call__(*args, step=step, **kwargs)

objective = Deadly(beta=schedules.cooling(40, 6, 60))
vae = small()
options = dict(steps=90, batch_size=16, device="cpu", progress=False, checkpoint=path, checkpoint_every=7)
train(vae, bars(), objective, **options)
checkpoints.save_model(path + ".final", vae)
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_killed_at_three_steps_and_repeated_it_ends_in_the_same_weights(tmp_path):
    def call(stop, name):
        command = [
            sys.executable,
            "-c",
            KILLED.format(tests=str(Path(__file__).parent)),
            str(stop),
            str(tmp_path / name),
        ]
        return subprocess.run(command, env={**os.environ, "OMP_NUM_THREADS": "1"}).returncode

    assert call(-1, "whole") == 0
    assert [call(stop, "cut") for stop in (3, 40, 77, -1)] == [-signal.SIGKILL] * 3 + [0]
    whole, cut = (
        weights(checkpoints.load_model(tmp_path / f"{name}.final", device="cpu")) for name in ("whole", "cut")
    )
    assert same(whole, cut)
