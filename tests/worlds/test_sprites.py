"""Sprites against known facts of dSprites: areas, axes, centres, the direction of rotation, the order."""

import math
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.path import Path as Polygon
from PIL import Image

from dvlab.worlds import Sprites
from dvlab.worlds.sprites import DISTANCE, INSIDE

AREA = {"square": 19.24**2, "ellipse": math.pi * 12.78 * 7.206, "heart": 226.0}  # at scale 1, in pixels of 64 × 64
SHAPES = tuple(AREA)
REAL = Path(__file__).parents[3] / "shared" / "data"  # some real images of dSprites


def draw(shape, scale=1.0, angle=0.0, x=0.5, y=0.5, **options):
    """One sprite, (size, size): the world has a second x only so that a factor is left."""
    world = Sprites(shape, [scale], [angle], [x, x + 1e-3], [y], **options)
    assert [f.name for f in world.factors] == ["x"]
    return world.render(torch.tensor([[0]]))[0, 0]


def moments(image):
    """Area, centroid (x, y), and the angle of the long axis, counter-clockwise on the screen, in [0, π)."""
    rows, columns = torch.meshgrid(*(torch.arange(n, dtype=torch.float64) for n in image.shape), indexing="ij")
    area = image.sum(dtype=torch.float64)
    x, y = (image * columns).sum() / area, (image * rows).sum() / area
    dx, dy = columns - x, y - rows  # up is positive
    xx, xy, yy = ((image * m).sum() for m in (dx * dx, dx * dy, dy * dy))
    return float(area), (float(x), float(y)), float(0.5 * torch.atan2(2 * xy, xx - yy)) % math.pi


def test_the_whole_world_has_the_size_and_order_of_dsprites():
    world = Sprites()
    assert len(world) == 737_280 and world.image_shape == (1, 64, 64)
    assert [f.name for f in world.factors] == ["shape", "scale", "orientation", "x", "y"]
    assert world.factor_sizes == (3, 6, 40, 32, 32)
    assert world.factors[0].values == ("square", "ellipse", "heart")
    for factor, end in zip(world.factors[1:], ((0.5, 1), (0, 2 * math.pi), (0, 1), (0, 1)), strict=True):
        assert np.allclose(factor.values, np.linspace(*end, len(factor)))
    assert world[0][1].tolist() == [0, 0, 0, 0, 0] and world[1][1].tolist() == [0, 0, 0, 0, 1]
    assert world[-1][1].tolist() == [2, 5, 39, 31, 31]
    images, _ = world.sample(300, generator=torch.Generator().manual_seed(0))
    assert set(images.unique().tolist()) == {0.0, 1.0}
    assert float(images[..., 0].sum() + images[..., -1].sum()) == 0  # no sprite touches the border


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("scale", [0.5, 0.8, 1.0])
def test_areas(shape, scale):
    areas = [moments(draw(shape, scale, angle, x=0.37, y=0.61))[0] for angle in np.linspace(0, 6, 13)]
    assert np.mean(areas) == pytest.approx(AREA[shape] * scale**2, rel=0.02)
    assert np.std(areas) < 0.03 * np.mean(areas)  # a rotation changes no area
    soft = moments(draw(shape, scale, 0.3, x=0.37, y=0.61, antialias=True))[0]
    assert soft == pytest.approx(AREA[shape] * scale**2, rel=0.01)


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(SHAPES), st.floats(0, 1), st.floats(0, 1), st.floats(0, 6.28))
def test_the_centre_lies_where_the_position_says(shape, x, y, angle):
    """At pixel 15.5 + 32 position; a heart's centroid lies 2 pixels towards its lobes, up at orientation 0."""
    _, (cx, cy), _ = moments(draw(shape, 1.0, angle, x, y, antialias=True))
    off = 2.0 if shape == "heart" else 0.0
    assert cx == pytest.approx(15.5 + 32 * x - off * math.sin(angle), abs=0.05)
    assert cy == pytest.approx(15.5 + 32 * y - off * math.cos(angle), abs=0.05)


@pytest.mark.parametrize("angle", np.linspace(0, 3.1, 9))
def test_an_ellipse_starts_horizontal_and_turns_counter_clockwise(angle):
    difference = moments(draw("ellipse", angle=angle, antialias=True))[2] - angle
    assert abs((difference + math.pi / 2) % math.pi - math.pi / 2) < 0.01


@pytest.mark.parametrize("shape, width, height", [("square", 19.24, 19.24), ("ellipse", 25.56, 14.41)])
def test_extents_at_orientation_0(shape, width, height):
    image = draw(shape, size=512)  # 8 times finer
    assert int(image.any(0).sum()) / 8 == pytest.approx(width, abs=0.15)
    assert int(image.any(1).sum()) / 8 == pytest.approx(height, abs=0.15)


def test_a_heart_stands_on_its_tip_with_a_notch_on_top_and_is_its_own_mirror_image():
    image = draw("heart", size=512).bool()
    assert torch.equal(image, image.flip(1))
    top, bottom = image.any(1).nonzero()[[0, -1], 0]
    assert image[bottom].sum() < 16 and image[bottom].nonzero().float().mean() == 255.5  # the tip, on the axis
    assert not image[top + 8, 254:258].any() and image[top + 8].sum() > 60  # two lobes and nothing between them


@pytest.mark.parametrize("shape", SHAPES)
def test_a_quarter_turn_is_rot90(shape):
    whole = Sprites(shape, [0.9], 0.4 + np.arange(4) * math.pi / 2, [0.5], [0.5], antialias=True)
    images = whole.render(whole.all_factors())[:, 0]  # centred on (31.5, 31.5), the middle of the image
    for n in range(4):
        assert torch.allclose(images[n], torch.rot90(images[0], n), atol=1e-4)


@pytest.mark.parametrize("turn, shape", [(4, "square"), (2, "ellipse")])
def test_symmetries(turn, shape):
    turned = Sprites(shape, [0.7], [0.4, 0.4 + 2 * math.pi / turn], [0.3], [0.6], antialias=True)
    assert torch.allclose(*turned.render(turned.all_factors()), atol=1e-4)


def test_the_first_and_the_last_orientation_draw_the_same_image():
    world = Sprites()
    first = torch.cartesian_prod(*map(torch.arange, (3, 6, 1, 11, 4)))
    assert torch.equal(world.render(first), world.render(first + torch.tensor([0, 0, 39, 0, 0])))


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(SHAPES), st.integers(-6, 6), st.integers(-6, 6), st.sampled_from([0.0, 0.5, 2.0]))
def test_a_shift_by_whole_pixels_shifts_the_image(shape, right, down, angle):
    here = draw(shape, 0.75, angle, x=16 / 32, y=16 / 32)
    there = draw(shape, 0.75, angle, x=(16 + right) / 32, y=(16 + down) / 32)
    assert torch.equal(there, here.roll((down, right), dims=(0, 1)))


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("antialias", [False, True])
def test_the_soft_edge_is_the_average_of_a_finer_image(shape, antialias):
    fine = draw(shape, 0.8, 0.7, x=0.4, y=0.55, size=32 * 16)
    average = torch.nn.functional.avg_pool2d(fine[None, None], 16)[0, 0]
    image = draw(shape, 0.8, 0.7, x=0.4, y=0.55, size=32, antialias=antialias)
    error = (image - average).abs()
    assert float(error.max()) <= (0.25 if antialias else 0.65) and float(error.sum()) < (2 if antialias else 16)


@pytest.mark.parametrize("options", [{}, {"size": 24, "antialias": True}, {"size": 40, "enlarge": 2.3}])
def test_each_pixel_is_what_the_shape_at_its_centre_says(options):
    """The world draws only a window around each sprite; the definition looks at every pixel."""
    outside = np.linspace(-0.5, 1.5, 7)  # some sprites leave the image
    world = Sprites(orientations=[0.1, 2.5], scales=[0.5, 0.9], x=outside, y=outside, **options)
    images, factors = world.sample(150, generator=torch.Generator().manual_seed(0))
    size = world.image_shape[-1]
    y, x = torch.meshgrid(*[(torch.arange(size) + 0.5) * 64 / size - 0.5] * 2, indexing="ij")
    for image, row in zip(images[:, 0], factors, strict=True):
        shape, scale, angle, px, py = (f.values[i] for f, i in zip(world.factors, row, strict=True))
        dx, dy, k = x - 15.5 - 32 * px, y - 15.5 - 32 * py, scale * world.enlarge
        u = (math.cos(angle) * dx - math.sin(angle) * dy) / k
        v = (math.sin(angle) * dx + math.cos(angle) * dy) / k
        if world.antialias:
            pixels = DISTANCE[shape](u, v) * k * size / 64
            assert torch.allclose(image, (0.5 - pixels).clamp(0, 1), atol=1e-3)
        else:
            least, most = (INSIDE[shape](u * by, v * by).float() for by in (1 + 1e-5, 1 - 1e-5))  # rounding decides
            assert torch.equal(image[least == most], least[least == most])


def test_a_heart_is_its_curve():
    t = np.linspace(0, 2 * np.pi, 4001)[:-1]
    up = 13 * np.cos(t) - 5 * np.cos(2 * t) - 2 * np.cos(3 * t) - np.cos(4 * t)
    curve = np.stack([9.595 * np.sin(t) ** 3, -19.2 / 29 * up - 1.4365], axis=1)
    points = np.random.default_rng(0).uniform(-11, 11, (20_000, 2))
    inside = INSIDE["heart"](*torch.tensor(points).T).numpy()
    smaller, larger = (Polygon(curve * by).contains_points(points) for by in (0.999, 1.001))
    assert (inside[smaller]).all() and not inside[~larger].any() and smaller.sum() > 9000


# which of dSprites' factors the 50 images have, row by row (shape, scale, orientation, x, y)
FIFTY = """
    0,2,10,13,19 1,2,11,6,14 2,4,0,22,26 1,5,11,9,29 0,2,0,20,30 0,0,7,21,15
    0,2,12,26,6 2,2,36,6,13 0,0,35,24,14 2,5,7,21,25 2,5,29,23,2 0,2,5,30,15
    0,2,20,25,2 1,3,3,4,22 1,0,2,15,25 0,0,17,27,2 0,0,31,17,22 0,0,16,7,1
    1,2,34,12,20 2,4,23,28,0 2,3,38,7,21 2,0,15,27,24 2,3,30,19,1 1,5,34,21,17
    0,3,32,3,26 0,2,13,15,9 0,4,27,15,16 0,2,37,5,2 0,0,14,31,0 2,0,35,5,1
    2,0,18,13,27 1,0,15,26,11 0,1,26,3,18 2,5,3,8,20 2,1,34,2,12 1,5,37,2,18
    0,1,30,6,28 2,3,15,28,24 2,5,11,10,17 0,2,11,2,0 2,1,7,12,31 2,2,32,28,24
    0,1,7,2,6 1,0,36,1,24 2,2,9,25,5 0,1,24,18,29 2,4,20,3,11 1,1,29,21,31
    2,0,12,18,19 1,3,3,24,15
"""


@pytest.mark.skipif(not REAL.is_dir(), reason="no real images of dSprites are at hand")
@pytest.mark.parametrize("count, exact", [(12, 12), (50, 48)])
def test_real_images_to_the_pixel(count, exact):
    """By the rule that 37 of them gave, 22 of the other 25 came out so; the constants are now those of all."""
    if count == 12:
        archive = np.load(REAL / "dsprites_sample.npz")
        real, factors = archive["imgs"] > 0, archive["latents_classes"][:, 1:]
    else:
        page = np.array(Image.open(REAL / "others" / "dsprites_50_real.png").convert("L")) > 127
        real = np.stack([page[2 + 66 * i : 66 + 66 * i, 2 + 66 * j : 66 + 66 * j] for i in range(5) for j in range(10)])
        factors = np.array([[int(i) for i in row.split(",")] for row in FIFTY.split()])
    ours = Sprites().render(torch.tensor(factors))[:, 0].numpy() > 0
    wrong = (ours != real).sum(axis=(1, 2))
    assert len(wrong) == count and (wrong == 0).sum() >= exact and wrong.max() <= 1


def test_each_option_does_what_it_says():
    assert draw("ellipse", 0.5, 0.3, enlarge=1.6).equal(draw("ellipse", 0.8, 0.3))
    assert draw("square", size=8).shape == (8, 8)
    world = Sprites(("heart", "square"), 2, [0.0, 1.0, 2.0], x=1, y=torch.tensor([0.25, 0.5]), size=24)
    assert world.factor_sizes == (2, 2, 3, 2) and [f.name for f in world.factors] == [
        "shape",
        "scale",
        "orientation",
        "y",
    ]
    heart = draw("heart", 1.0, 1.0, x=0.0, y=0.25, size=24)
    assert torch.equal(world.render(torch.tensor([[0, 1, 1, 0]]))[0, 0], heart)


def test_the_small_world():
    world = Sprites.small()
    assert repr(world) == "Sprites: 18,432 images of 1 × 32 × 32 from scale 6, orientation 16, x 16, y 12"
    images = world.images(device="cpu")
    assert len(images.unique(dim=0)) == len(world)  # no two of them look alike
    assert len(images.unique()) > 100


@pytest.mark.bad_input
@pytest.mark.parametrize(
    "options, error, message",
    [
        ({"size": 7}, ValueError, "size must be at least 8; got 7"),
        ({"size": 32.0}, TypeError, "size must be a whole number"),
        ({"shapes": ("circle",)}, ValueError, "shapes must be one of 'square', 'ellipse', 'heart'; got 'circle'"),
        ({"shapes": ("heart", "heart")}, ValueError, "none twice"),
        ({"shapes": ()}, ValueError, "at least one of"),
        ({"scales": 0}, ValueError, "scales must be at least 1; got 0"),
        ({"scales": [0.5, 0.0]}, ValueError, "scales must lie between 0.117 and 2.34, from a speck.*got 0.5, 0"),
        ({"orientations": 2.5}, TypeError, "orientations must be a whole number"),
        ({"x": [0.5, float("nan")]}, ValueError, r"x must be finite.*\(1,\)"),
        ({"y": []}, ValueError, "y must have axes .values., none of them empty"),
        ({"y": np.zeros((2, 2))}, ValueError, r"got shape \(2, 2\)"),
        (
            {"shapes": "heart", "scales": 1, "orientations": 1, "x": 1, "y": 1},
            ValueError,
            "at least one factor must vary",
        ),
        ({"x": [-50, 50]}, ValueError, "x must lie between -0.5 and 1.5, the image's edges; got -50, 50"),
        ({"scales": [1e300]}, ValueError, "scales must hold numbers below 1e.100"),
        ({"scales": [0.5, 30]}, ValueError, "what fits into the image; got 0.5, 30"),
        ({"x": [0.5, 0.5]}, ValueError, "x must hold no value twice; 0.5 comes 2 times"),
        ({"x": 10**9, "y": 10**9}, ValueError, "x must be at most 10,000; got 1000000000"),
        ({"x": 9000, "y": 9000}, ValueError, r"a world holds at most 100,000,000 images; got .* x 9000 × y 9000"),
        ({"size": 10**6}, ValueError, "size must be at most 512"),
        ({"enlarge": 0}, ValueError, "enlarge must be a finite number above 0; got 0"),
        ({"enlarge": float("nan")}, ValueError, "enlarge must be a finite number above 0; got nan"),
    ],
)
def test_bad_options_get_a_clear_error(options, error, message):
    with pytest.raises(error, match=message):
        Sprites(**options)
