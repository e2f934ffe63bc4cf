"""What all widgets share: positions that Python and the page both set, the words and the picture that stand in."""

import base64
import io

import numpy as np
import pytest
import torch
import traitlets
from PIL import Image

from dvlab import widgets
from dvlab.widgets.base import Slider, choice, png, to_pixels
from dvlab.widgets.still import LABEL, LEFT, TRACK, still


@pytest.mark.parametrize("shape", [(1, 1, 1), (5, 7, 1), (64, 64, 3), (3, 200, 3)])
def test_png_is_read_back(shape):
    pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(png(pixels)))).reshape(shape), pixels)


def test_pixels_of_an_image_are_rounded_and_clipped():
    image = torch.tensor([[[-1.0, 0.0, 0.5]], [[1.0, 2.0, 0.25]], [[0.1, 0.2, 0.3]]])
    assert to_pixels(image).tolist() == [[[0, 255, 26], [0, 255, 51], [128, 64, 76]]]


def test_where_a_slider_stands():
    widget = widgets.rotate_codes(angle=45)
    assert Slider("angle", "angle", 0, 90, 1, 0).stands(widget) == ("angle", 0.5, "45")
    assert choice("angle", "turn", [0.0] * 45 + [0.5, 0.7]).stands(widget) == ("turn", 45 / 46, "0.50")


def test_a_slider_stands_where_its_value_is_between_its_ends():
    panel = widgets.posteriors()
    panel.correlation, panel.sharpness = -0.45, 20.0
    stands = [each.stands(panel)[1] for each in panel.sliders]
    assert stands == pytest.approx([1, 0.25, 0.5])


def test_the_text_that_nbval_compares_is_the_same_for_two_panels():
    one, two = widgets.rotate_codes(), widgets.rotate_codes(angle=45)
    texts = [panel._repr_mimebundle_()[0]["text/plain"] for panel in (one, two)]
    assert texts[0] == texts[1] == repr(one) and "0x" not in texts[0]


def test_where_nothing_runs_a_picture_stands():
    bundle, metadata = widgets.rotate_codes()._repr_mimebundle_()
    assert metadata["image/png"]["alt"] == bundle["text/plain"]
    still = Image.open(io.BytesIO(base64.b64decode(bundle["image/png"])))
    assert still.width >= 880 and np.asarray(still).std() > 20
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"]


def test_a_moved_slider_stands_elsewhere_in_the_still_picture():
    panel = widgets.posteriors()
    before = panel.still()
    panel.correlation = 0.8
    after = panel.still()
    row = slice(32, 52)  # the second slider's
    assert (before[row] != after[row]).any() and np.array_equal(before[8:28], after[8:28])


def test_a_knob_stands_at_its_share_of_the_track():
    for share in (0.1, 0.75):
        row = still([], [("label", share, "reads")], "words")[18]
        blue = np.flatnonzero((row == [0x00, 0x72, 0xB2]).all(axis=1))
        assert blue.mean() == pytest.approx(LEFT + LABEL + share * TRACK, abs=1.5)


@pytest.mark.parametrize(
    ("widget", "position", "value"),
    [
        (widgets.rotate_codes, "angle", 91),
        (widgets.mig_rotation, "angle", 0.5),
        (widgets.posteriors, "correlation", 0.95),
        (widgets.beta_water_filling, "log_beta", 7.0),
    ],
)
def test_a_position_beyond_its_slider_is_refused(widget, position, value):
    with pytest.raises(traitlets.TraitError, match=position):
        setattr(widget(), position, value)
