"""The explorer shows what the model says: its decoder's image, its encoder's answer, the latents in order."""

import sys
import zlib

import numpy as np
import pytest
import torch

import dvlab
from dvlab import widgets
from dvlab.plots import survey
from dvlab.widgets.base import to_pixels
from dvlab.widgets.starts import STEP, Starts
from dvlab.widgets.still import Picture
from dvlab.widgets.weights import decoded, weights_of


class Known(dvlab.VAE):
    """Posteriors set by hand: latent 2 follows the image's brightness, latent 0 that of its top; 1 and 3 are idle."""

    def _q(self, images):
        mean = torch.zeros(len(images), 4)
        mean[:, 2] = 4 * images.mean(dim=(1, 2, 3)) - 2
        mean[:, 0] = images[:, :, :8].mean(dim=(1, 2, 3))
        return torch.distributions.Normal(mean, torch.tensor([0.3, 1.0, 0.1, 1.0]).expand_as(mean))


class Shades(dvlab.worlds.World):
    """Colour or grey rectangles: factor 0 is the brightness, factor 1 how far down they reach."""

    def __init__(self, channels):
        super().__init__(
            (dvlab.worlds.Factor("shade", tuple(range(12))), dvlab.worlds.Factor("depth", ("a", "b", "c"))),
            (channels, 16, 16),
        )

    def _draw(self, factors, images):
        for image, (shade, depth) in zip(images, factors.tolist(), strict=True):
            image[:, : 4 * (depth + 1)] = shade / 11


@pytest.fixture(params=[1, 3], ids=["grey", "colour"])
def world(request):
    return Shades(request.param)


@pytest.fixture
def vae(world):
    return Known(world.image_shape, latent_dim=4, hidden=(16,), seed=1)


def sliders(panel, trait="latents"):
    return [each for each in panel.sliders if each.trait == trait]


def test_latents_in_order_and_idle_ones_last(vae, world):
    known = survey(vae, world)
    assert known.order[:2].tolist() == [2, 0] and known.active.tolist() == [True, False, True, False]
    panel = widgets.traversal(vae, world)
    assert [each.label[:2] for each in sliders(panel)][:2] == ["z₂", "z₀"]
    assert panel.facts["sides"][0]["active"] == 2 and panel.facts["sides"][0]["order"][:2] == [2, 0]


def test_information_is_counted_and_not_the_kl():
    """An inactive latent that has drifted from the prior has a KL and knows nothing: it must not count as active."""
    world = Shades(1)

    class Drifted(Known):
        def _q(self, images):
            q = super()._q(images)
            return torch.distributions.Normal(q.loc + torch.tensor([0.0, 1.5, 0.0, 0.0]), q.scale)

    known = survey(Drifted(world.image_shape, latent_dim=4, hidden=(16,)), world)
    assert known.kl[1] > 1 and known.information[1] < 0.05 and not known.active[1]


def test_ranges_come_from_the_aggregate_posterior(vae, world):
    known = survey(vae, world)
    assert -2.5 < known.low[2] < -1.8 and -0.5 < known.high[2] < 2.3
    assert known.low[1] == pytest.approx(-2.58, abs=0.6)  # idle: q(z_j) is the prior
    top = sliders(widgets.traversal(vae, world))[0]
    assert top.low <= known.low[2] and top.high >= known.high[2] and top.high - top.low < 6


def test_a_latent_moves_from_the_exact_code(vae, world):
    panel = widgets.traversal(vae, world)
    side = panel.sides[0]
    mean = vae.encode(world.render(torch.tensor([panel.start]))).mean[0].detach().numpy()
    np.testing.assert_allclose(panel.code(side), mean, atol=1e-6)  # the sliders' steps leave it as it is
    panel.latents = [panel.latents[0] + 0.5, *panel.latents[1:]]
    mean[2] += 0.5
    np.testing.assert_allclose(panel.code(side), mean, atol=1e-6)
    shown = {picture.label: picture.pixels for picture in panel.pictures()}
    expected = to_pixels(vae.decode(torch.tensor(mean[None])).mean[0])
    assert np.abs(shown["decoded from the sliders"].astype(int) - expected.astype(int)).max() <= 1


def test_every_image_and_code_of_a_world_is_in_the_facts(vae, world):
    facts = widgets.traversal(vae, world).facts["starts"]
    images, codes = unpacked(facts["images"], np.uint8), unpacked(facts["codes"][0], np.int32) * STEP
    assert np.array_equal(images.reshape(36, *world.image_shape), world.images().cpu().numpy())
    mean = vae.encode(world.images(torch.float32)).mean.detach().numpy()
    np.testing.assert_allclose(codes.reshape(36, 4), mean, atol=STEP / 2 + 1e-6)


def test_held_out_images_have_a_code_too(vae, world):
    part = world.hold_out(lambda f: f[:, 0] > 3)
    known, whole = (widgets.recombine(vae, each, (1, 0), (2, 0)).facts["starts"] for each in (part, world))
    assert known == whole


def unpacked(data, dtype):
    planes = np.frombuffer(zlib.decompress(data), np.uint8).reshape(np.dtype(dtype).itemsize, -1)
    return np.ascontiguousarray(planes.T).view(dtype).ravel()


@pytest.mark.parametrize("hidden", [(), (16,), (24, 24)])
@pytest.mark.parametrize("options", [{}, {"likelihood": "gaussian", "sigma": 0.3}], ids=["bernoulli", "gaussian"])
@pytest.mark.parametrize("half", [False, True])
def test_the_weights_of_the_page_decode_as_torch_does(hidden, options, half):
    vae = dvlab.VAE((3, 8, 8), latent_dim=3, hidden=hidden, seed=3, **options)
    with torch.no_grad():
        for each in vae.parameters():
            each.mul_(3).add_(torch.randn(each.shape, generator=torch.Generator().manual_seed(1)) / 10)
            each.copy_(each.half() if half else each)
    layers = []
    for each in weights_of(vae).facts["layers"]:
        bias = unpacked(each["bias"], np.float32)
        if each["step"]:
            weight = (unpacked(each["weight"], np.uint32) + each["low"]) * each["step"]
        else:
            weight = unpacked(each["weight"], np.float32)
        assert half == (each["step"] == 0)
        layers.append((weight.reshape(len(bias), -1), bias))
    z = torch.randn(50, 3, generator=torch.Generator().manual_seed(0)) * 2
    expected = vae.decode(z).mean.flatten(1).detach().numpy()
    np.testing.assert_allclose(decoded(layers, z.double().numpy(), not options), expected, atol=1e-5)


def test_two_models_move_by_the_same_distance(vae, world):
    other = Known(world.image_shape, latent_dim=4, hidden=(16,), seed=2)
    panel = widgets.traversal(vae, world, compare=other, names=("one", "two"))
    before = [panel.code(side) for side in panel.sides]
    panel.latents = [panel.latents[0] + 0.7, *panel.latents[1:]]
    for side, code in zip(panel.sides, before, strict=True):
        code[side.order[0]] += 0.7
        np.testing.assert_allclose(panel.code(side), code, atol=1e-9)
    assert len(widgets.models_at({"a": vae, "b": other, "c": vae}, world).sides) == 3


def test_a_start_set_in_python_moves_the_latents_sliders(vae, world):
    panel = widgets.traversal(vae, world)
    panel.sample = 3
    panel.start = [11, 2]
    mean = vae.encode(world.render(torch.tensor([[11, 2]]))).mean[0].detach().numpy()
    assert panel.sample == 0 and panel.latents[0] == pytest.approx(mean[2], abs=0.051)
    moved = [value + 1 for value in panel.latents]
    panel.set_state({"start": [3, 1], "latents": moved})  # from the page, which knows better
    assert panel.start == [3, 1] and panel.latents == pytest.approx(moved)


def test_surprise_is_a_draw_of_the_prior_by_its_seed(vae, world):
    panel, again, other = (widgets.traversal(vae, world, seed=seed) for seed in (3, 3, 4))
    assert panel.facts["draws"] == again.facts["draws"] != other.facts["draws"]
    draws = np.array(panel.facts["draws"])
    assert abs(draws.mean()) < 0.3 and draws.std() == pytest.approx(1, abs=0.2)
    panel.sample = 2
    panel.latents = panel.rest()
    side = panel.sides[0]
    np.testing.assert_allclose(panel.code(side)[side.order], draws[1])


def test_images_without_factors(vae, world):
    panel = widgets.traversal(vae, world.images(torch.float32))
    panel.start = [3]
    assert np.array_equal(panel.pictures()[0].pixels, to_pixels(world[3][0]))


def test_the_still_picture_shows_the_factor_that_moved_last(vae, world):
    panel = widgets.traversal(vae, world)
    still = panel.still()
    panel.start = [panel.start[0], 0]
    assert panel.moving == 1 and not np.array_equal(panel.still(), still)
    spans = panel.spans(panel.sides[0])
    images = world.render(torch.tensor([[panel.start[0], k] for k in range(3)]))
    np.testing.assert_allclose(spans, np.ptp(vae.encode(images).mean.detach().numpy(), axis=0), atol=1e-6)


def test_a_sweep_goes_through_a_factor_s_values_or_twelve_of_them_from_end_to_end():
    assert Starts(Shades(1)).sweep([3, 1], 0) == [[k, 1] for k in range(12)]
    assert Starts(Shades(1)).sweep([3, 1], 1) == [[3, k] for k in range(3)]
    many = Starts(dvlab.worlds.Fruit(sizes=34, size=8)).sweep([0, 5, 2], 1)
    assert many == [[0, 3 * k, 2] for k in range(12)]


def test_rounding_a_stored_code_moves_no_pixel_by_half_a_shade():
    world, vae = dvlab.worlds.Sprites.small(), dvlab.zoo.load("sprites-beta-tcvae", device="cpu")
    with torch.no_grad():
        z = vae.encode(world.sample(64, torch.Generator().manual_seed(0))[0]).mean
        moved = vae.decode((z / STEP).round() * STEP).mean - vae.decode(z).mean
    assert moved.abs().max() < 0.5 / 255


def test_the_bars_of_a_still_picture_are_those_of_the_latents_named(vae, world, monkeypatch):
    figures, dot = [], Picture(np.zeros((1, 1, 3), dtype=np.uint8), 1)
    monkeypatch.setattr("dvlab.widgets.sides.Picture.of", lambda figure: figures.append(figure) or dot)
    side = widgets.traversal(vae, world).sides[0]
    side.bars(300, 200, np.array([7.0, 1.0, 5.0, 2.0]), "shade")
    kl, moves = figures[0].axes
    assert side.order[:2] == [2, 0]
    assert [bar.get_width() for bar in moves.patches] == [5.0, 7.0]
    assert [bar.get_width() for bar in kl.patches] == pytest.approx(side.survey.kl[[2, 0]])


class OwnDecoder(torch.nn.Module):
    def forward(self, z):
        return z.sum(dim=1)[:, None, None, None].expand(-1, 1, 16, 16)


def test_what_the_page_cannot_compute_the_kernel_does():
    world, encoder = Shades(1), torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(256, 4))
    vae = dvlab.VAE((1, 16, 16), latent_dim=2, encoder=encoder, decoder=OwnDecoder())
    panel = widgets.traversal(vae, world)
    assert panel.facts["needs_kernel"] and panel.weights == [None]
    panel.start = [11, 2]
    assert panel.answer["image"] == to_pixels(world.render(torch.tensor([[11, 2]]))[0]).tobytes()
    panel.latents = [value + 1 for value in panel.latents]
    side = panel.sides[0]
    assert panel.answer["sides"][0]["decoded"] == to_pixels(side.decode(panel.code(side))).tobytes()
    mixed = widgets.recombine(vae, world, (0, 0), (11, 2), take=[])
    before = mixed.answer["mixed"]
    mixed.second, mixed.take = [5, 1], [0, 1]
    assert mixed.answer["mixed"] != before and mixed.facts["needs_kernel"]


def test_a_model_that_the_page_computes_asks_nothing(vae, world):
    panel = widgets.traversal(vae, world)
    panel.start = [3, 1]
    assert panel.answer == {} and not panel.facts["needs_kernel"]


def test_recombine_takes_each_latent_from_where_its_switch_says(vae, world):
    panel = widgets.recombine(vae, world, first=[2, 0], second=[11, 2], take=[2], names={2: "shade"})
    codes = vae.encode(world.render(torch.tensor([[2, 0], [11, 2]]))).mean.detach().numpy()
    mixed = codes[0].copy()
    mixed[2] = codes[1, 2]
    np.testing.assert_allclose(panel.code(), mixed, atol=1e-6)
    assert panel.facts["names"] == ["shade z₂", "z₀"]
    panel.take = []
    np.testing.assert_allclose(panel.code(), codes[0], atol=1e-6)


def test_the_stored_picture_of_recombine_has_a_column_for_each_image(vae, world, monkeypatch):
    shown = []
    monkeypatch.setattr(
        sys.modules[widgets.recombine.__module__],
        "still",
        lambda *three: shown.extend(three) or np.zeros((1, 1, 3), "u1"),
    )
    panel = widgets.recombine(vae, world, first=[2, 0], second=[11, 2], take=[2, 0], names={2: "shade"})
    panel.still()
    pictures, sliders, _ = shown
    assert [label for label, *_ in sliders] == ["first: shade", "second: shade", "first: depth", "second: depth"]
    below = [picture.label.splitlines()[-1] for picture in pictures]
    assert below == ["first image", "from the second: shade z₂, z₀", "second image"]
    panel.take = []
    assert panel.pictures()[1].label.endswith("from the second: nothing")


@pytest.mark.bad_input
def test_recombine_refuses_an_idle_latent(vae, world):
    with pytest.raises(ValueError, match=r"active latents, \[2, 0\]; got \[1\]"):
        widgets.recombine(vae, world, take=[1])


def test_text_of_the_stored_notebook_holds_no_trained_number(vae, world):
    texts = {repr(widgets.traversal(each, world)) for each in (vae, dvlab.VAE(world.image_shape, latent_dim=4, seed=5))}
    assert len(texts) == 1 and "shade, depth" in texts.pop()
