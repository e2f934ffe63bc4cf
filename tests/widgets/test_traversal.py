"""The explorer shows what the model says: its decoder's image, its encoder's answer, the latents in order."""

import asyncio

import numpy as np
import pytest
import torch

import dvlab
from dvlab import widgets
from dvlab.plots import survey
from dvlab.widgets.drawn import REST, to_pixels


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


def test_latents_in_order_and_idle_ones_folded_away(vae, world):
    known = survey(vae, world)
    assert known.order[:2].tolist() == [2, 0] and known.active.tolist() == [True, False, True, False]
    panel = widgets.traversal(vae, world)
    assert [each.description[:2] for each in panel.sliders][:2] == ["z₂", "z₀"]
    folded = [each for each in all_below(panel) if type(each).__name__ == "Accordion"]
    assert folded[0].titles[0].startswith("2 idle latents")


def test_information_is_counted_and_not_the_kl():
    """An idle latent that has drifted from the prior has a KL and knows nothing: it must not count as active."""
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
    top = widgets.traversal(vae, world).sliders[0]
    assert top.min <= known.low[2] and top.max >= known.high[2] and top.max - top.min < 6


def test_a_latent_slider_shows_the_decoders_image(vae, world):
    panel = widgets.traversal(vae, world)
    side = panel.sides[0]
    code = torch.as_tensor(side.code, dtype=torch.float32)
    assert np.array_equal(side.reconstruction.pixels, side.decoded.pixels)  # the code is exact, not to a slider's step
    panel.sliders[0].value += 0.5
    code[2] += 0.5
    expected = to_pixels(vae.decode(code[None]).mean[0])
    assert np.abs(side.decoded.pixels.astype(int) - expected.astype(int)).max() <= 1
    assert "z₂ =" in panel.caption.value and "z₂ =" in side.decoded.tooltip


def test_a_factor_slider_draws_and_encodes(vae, world):
    panel = widgets.traversal(vae, world)
    panel.start_sliders[0].index = 11
    image = world.render(torch.tensor([[11, panel.start_sliders[1].index]]))
    assert np.array_equal(panel.original.pixels, to_pixels(image[0]))
    mean = vae.encode(image).mean[0].numpy()
    np.testing.assert_allclose(panel.sides[0].code, mean, atol=1e-6)
    assert panel.sliders[0].value == pytest.approx(mean[2], abs=0.051)
    assert "shade runs through its values, z₂ moves most" in panel.caption.value
    panel.start_sliders[1].index = 0
    assert "depth runs through its values" in panel.caption.value


def test_reset_and_surprise(vae, world):
    panel, again = (widgets.traversal(vae, world, seed=3) for _ in range(2))
    first = panel.sides[0].decoded.pixels
    panel.surprise()
    again.surprise()
    assert np.array_equal(panel.sides[0].decoded.pixels, again.sides[0].decoded.pixels)
    z = torch.randn(4, generator=torch.Generator().manual_seed(3)).double().numpy()
    np.testing.assert_allclose(panel.sides[0].code[panel.sides[0].order], z)
    assert "sample of the prior" in panel.caption.value
    panel.reset()
    assert np.array_equal(panel.sides[0].decoded.pixels, first) and "prior" not in panel.caption.value


def test_a_slider_stretches_to_hold_a_code(vae, world):
    panel = widgets.traversal(vae, world)
    panel.sides[0].code[[2, 0]] = 9.04, -9.04
    panel.settle()
    assert panel.sliders[0].value == pytest.approx(9.0) and panel.sliders[1].value == pytest.approx(-9.0)


def test_the_still_picture_is_settled(vae, world):
    """In a kernel the bars follow a moment later, but what is stored with the notebook is taken at once."""

    async def shown():
        panel = widgets.traversal(vae, world)
        panel.start_sliders[0].index = 11
        return panel.still()

    plain = widgets.traversal(vae, world)
    plain.start_sliders[0].index = 11
    assert np.array_equal(asyncio.run(shown()), plain.still())


def test_after_a_factor_the_sliders_follow_when_they_rest(vae, world):
    """Pictures at once; the latents' sliders a moment later, and a move made meanwhile is kept."""
    panel = widgets.traversal(vae, world)

    async def moves():
        panel.start_sliders[0].index = 11
        await asyncio.sleep(0.02)
        code, before = panel.sides[0].code[2], panel.sliders[0].value
        assert np.array_equal(panel.original.pixels, to_pixels(world.render(torch.tensor([[11, 1]]))[0]))
        panel.sliders[0].value = before + 0.5
        await asyncio.sleep(REST + 0.2)
        return code

    code = asyncio.run(moves())
    assert panel.sliders[0].value == pytest.approx(code + 0.5, abs=0.051)
    assert code + panel.sliders[0].value - panel.rest[0] == pytest.approx(code + 0.5)


def test_two_models_move_by_the_same_distance(vae, world):
    other = Known(world.image_shape, latent_dim=4, hidden=(16,), seed=2)
    panel = widgets.traversal(vae, world, compare=other, names=("one", "two"))
    panel.sliders[0].value += 0.7
    for side in panel.sides:
        code = torch.as_tensor(side.code, dtype=torch.float32)
        code[2] += 0.7
        expected = to_pixels(side.vae.decode(code[None]).mean[0]).astype(int)
        assert np.abs(side.decoded.pixels - expected).max() <= 1
    assert "one: decoded" in panel.caption.value and "two: decoded" in panel.caption.value
    assert len(widgets.models_at({"a": vae, "b": other, "c": vae}, world).sides) == 3


def test_images_without_factors(vae, world):
    panel = widgets.traversal(vae, world.images(torch.float32))
    panel.start_sliders[0].value = 3
    assert np.array_equal(panel.original.pixels, to_pixels(world[3][0]))
    assert "number 3" in panel.caption.value


def test_recombine_takes_each_latent_from_where_its_switch_says(vae, world):
    panel = widgets.recombine(vae, world, first=[2, 0], second=[11, 2], take=[2], names={2: "shade"})
    codes = vae.encode(world.render(torch.tensor([[2, 0], [11, 2]]))).mean.detach()
    mixed = codes[0].clone()
    mixed[2] = codes[1, 2]
    assert np.array_equal(panel.pictures[1].pixels, to_pixels(vae.decode(mixed[None]).mean[0]))
    assert "shade" in panel.switches[0].description and "From the second: z₂" in panel.caption.value
    panel.switches[0].value = False
    assert np.array_equal(panel.pictures[1].pixels, to_pixels(vae.decode(codes[:1]).mean[0]))
    panel.sources[1][0].index = 5
    assert np.array_equal(panel.pictures[2].pixels, to_pixels(world.render(torch.tensor([[5, 2]]))[0]))


@pytest.mark.bad_input
def test_recombine_refuses_an_idle_latent(vae, world):
    with pytest.raises(ValueError, match=r"active latents, \[2, 0\]; got \[1\]"):
        widgets.recombine(vae, world, take=[1])


def test_text_of_the_stored_notebook_holds_no_trained_number(vae, world):
    texts = {repr(widgets.traversal(each, world)) for each in (vae, dvlab.VAE(world.image_shape, latent_dim=4, seed=5))}
    assert len(texts) == 1 and "shade, depth" in texts.pop()


def all_below(widget):
    yield widget
    for child in getattr(widget, "children", ()):
        yield from all_below(child)
