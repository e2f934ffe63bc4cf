"""What a training refuses, by name and before anything is written; what it leaves as it was."""

import numpy as np
import pytest
import torch
from test_training import bars, run, same, small, weights
from torch.utils.data import TensorDataset

import dvlab
from dvlab import checkpoints, schedules
from dvlab.images import fingerprint
from dvlab.objectives import BetaVAE


class Terms:
    """A β-VAE whose terms are changed at every step by a function of (terms, step)."""

    def __init__(self, change):
        self.change = change

    def __call__(self, *batch, step, dataset_size):
        return self.change(BetaVAE(1)(*batch, step=step, dataset_size=dataset_size), step)


def without(name):
    return lambda terms, step: {key: value for key, value in terms.items() if key != name}


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            without("loss"),
            "one of them 'loss'; got a dict of reconstruction, kl",
        ),
        (lambda terms, step: terms["loss"], "one of them 'loss'; got a tensor of float32"),
        (lambda terms, step: {**terms, "loss": 3.0}, "'loss' must be one number that depends on the model.*got 3.0"),
        (lambda terms, step: {**terms, "loss": terms["kl_per_latent"]}, "'loss' must be one number"),
        (lambda terms, step: {**terms, "kl": "a"}, "objective's 'kl' must be a tensor or a number; got 'a'"),
        (lambda terms, step: terms | ({"late": terms["kl"]} if step == 3 else {}), "the same terms.*late at it"),
        (lambda terms, step: terms if step < 3 else without("kl")(terms, step), "the same terms at every step"),
        (
            lambda terms, step: terms | {"kl_per_latent": terms["kl_per_latent"][: 3 - (step > 2)]},
            r"it gave .*kl_per_latent \(3,\) before step 3, .*kl_per_latent \(2,\) at it",
        ),
    ],
)
def test_an_objective_gives_a_loss_and_the_same_terms_at_every_step(change, told):
    with pytest.raises((TypeError, ValueError), match=told):
        run(small(), objective=Terms(change))


@pytest.mark.bad_input
def test_numbers_beside_the_loss_are_kept():
    history = run(small(), objective=Terms(lambda terms, step: terms | {"beta": 4.0, "step": step}))
    assert (history.beta == 4).all() and np.array_equal(history.terms["step"], np.arange(60))


def test_a_latent_that_is_not_finite_is_noticed():
    def spoil(terms, step):
        return terms | {"kl_per_latent": terms["kl_per_latent"] * (float("nan") if step == 5 else 1)}

    with pytest.raises(FloatingPointError, match="stopped at step 5: kl_per_latent is not finite"):
        run(small(), objective=Terms(spoil))


@pytest.mark.bad_input
@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"learning_rate": -1}, "learning_rate must be a finite number above 0; got -1.0"),
        ({"learning_rate": float("nan")}, "learning_rate must be a finite number above 0; got nan"),
        ({"learning_rate": "fast"}, "learning_rate must be a number; got 'fast'"),
        ({"learning_rate": lambda step: -1.0 if step == 7 else 1e-3}, "learning_rate must be .* at least 0; got -1.0"),
        ({"seed": 1.5}, "seed must be a whole number; got 1.5"),
        ({"seed": "a"}, "seed must be a whole number; got 'a'"),
        ({"objective": "beta-vae"}, "objective must be callable.*got 'beta-vae'"),
        ({"objective": BetaVAE(lambda step: "a")}, "a weight .at step 0. must be a number; got 'a'"),
        ({"data": TensorDataset(torch.zeros(9))}, r"data must have shape \(N, C, H, W\); got \(9,\)"),
        ({"data": np.zeros((9, 1, 8, 8))}, "data must be a world, a tensor.*got an array of float64"),
    ],
)
def test_odd_options_are_named(options, told):
    with pytest.raises((TypeError, ValueError), match=told):
        run(small(), **options)


def test_weights_that_are_no_longer_finite_are_neither_returned_nor_written(tmp_path):
    def rate(step):
        return 1e38 if step == 4 else 1e-3

    for steps in (5, 20):  # at the last step, and before the next term would show it
        with pytest.raises(FloatingPointError, match=r"step 4: the updated .* is not finite|step 5"):
            run(small(likelihood="gaussian", sigma=1e-3), steps=steps, learning_rate=rate)


class Rate(schedules.Constant):
    """A learning rate that spoils the weights at the step given by `value`."""

    def __call__(self, step):
        return float("3e38") if step == self.value else 1e-3


def test_a_good_checkpoint_is_not_overwritten_by_spoilt_weights(tmp_path):
    with pytest.raises(FloatingPointError):
        run(small(), steps=20, learning_rate=Rate(9), checkpoint=tmp_path / "run", checkpoint_every=5)
    tensors, metadata = checkpoints.load(tmp_path / "run")
    assert metadata["step"] == 5 and all(bool(torch.isfinite(value).all()) for value in tensors.values())


@pytest.mark.parametrize("training", [True, False])
def test_the_mode_of_the_model_is_left_as_it_was(training):
    vae = small().train(training)
    run(vae, steps=2)
    assert vae.training == training
    with pytest.raises(FloatingPointError):
        run(vae, objective=Terms(lambda terms, step: terms | {"loss": terms["loss"] * float("nan")}))
    assert vae.training == training


def test_a_tensor_dataset_is_its_images():
    one, other = small(), small()
    run(one)
    run(other, data=TensorDataset(bars(), torch.arange(64)))
    assert same(weights(one), weights(other))
    assert torch.equal(dvlab.posterior(one, TensorDataset(bars())).loc, dvlab.posterior(one, bars()).loc)


@pytest.mark.bad_input
def test_a_checkpoint_goes_on_with_the_same_images_and_a_known_objective_only(tmp_path):
    run(small(), steps=5, checkpoint=tmp_path / "run")
    other = bars()
    other[2, 0, 0, 0] = 1 - other[2, 0, 0, 0]
    with pytest.raises(ValueError, match=r"another training: data was .*checksum"):
        run(small(), steps=5, checkpoint=tmp_path / "run", data=other)
    for options, name in (
        ({"objective": BetaVAE(lambda step: 400.0)}, "objective"),
        ({"learning_rate": lambda step: 1e-3}, "learning_rate"),
        ({"objective": Terms(lambda terms, step: terms)}, "objective"),
    ):
        with pytest.raises(ValueError, match=f"{name} must say in its repr what it computes"):
            run(small(), steps=5, checkpoint=tmp_path / "new", **options)
        run(small(), steps=5, **options)  # without a checkpoint nothing has to be told apart
    assert not (tmp_path / "new").exists()


def test_a_world_s_fingerprint_tells_what_is_held_out_and_is_the_same_again():
    def world(**options):
        return dvlab.worlds.Sprites(
            "ellipse", scales=2, orientations=[0.0], x=4, y=4, size=8, antialias=True, **options
        )

    def without_row(k):
        return world().hold_out(lambda f: f[:, 1] == k)

    marks = [fingerprint(each) for each in (world(), world(enlarge=1.2), without_row(0), without_row(1))]
    assert (
        len(set(marks)) == 4
        and fingerprint(world()) == marks[0]
        and fingerprint(TensorDataset(bars())) == (fingerprint(bars()))
    )


def test_a_world_s_fingerprint_tells_a_picture_from_its_mirror_and_an_order_from_another():
    class Sprites(dvlab.worlds.Sprites):
        def _draw(self, factors, images):
            super()._draw(factors, images)
            images.copy_(images.flip(3))

    options = {"scales": 2, "orientations": [0.4], "x": 4, "y": 4, "size": 8, "antialias": True}
    plain, mirrored = dvlab.worlds.Sprites("ellipse", **options), Sprites("ellipse", **options)
    assert str(plain) == str(mirrored) and fingerprint(plain) != fingerprint(mirrored)
    fruit = dvlab.worlds.Fruit(size=8)
    some = torch.linspace(0, 510, 64).long()  # the images that are looked at stay the same
    one, other = (fruit.hold_out(torch.arange(512) == k) for k in (505, 506))
    assert torch.equal(one.factors_of(some), other.factors_of(some))
    assert fingerprint(one) != fingerprint(other)


@pytest.mark.bad_input
def test_a_checkpoint_that_does_not_say_all_that_is_asked_is_another_run(tmp_path):
    run(small(), steps=2, checkpoint=tmp_path / "run")
    tensors, metadata = checkpoints.load(tmp_path / "run")
    del metadata["run"]["data"]
    checkpoints.save(tmp_path / "run", tensors, metadata)
    with pytest.raises(ValueError, match="another training: data was None, is now"):
        run(small(), steps=2, checkpoint=tmp_path / "run")


@pytest.mark.bad_input
def test_another_learning_rate_is_another_training(tmp_path):
    run(small(), steps=2, checkpoint=tmp_path / "run", learning_rate=1e-3)
    with pytest.raises(ValueError, match=r"another training: learning_rate was .*0\.001.*, is now .*0\.002"):
        run(small(), steps=2, checkpoint=tmp_path / "run", learning_rate=2e-3)
