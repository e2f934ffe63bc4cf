"""The shared base: PNG bytes, the words that stand in, one thread, and bursts of moves."""

import asyncio
import base64
import io
import time

import ipywidgets
import numpy as np
import pytest
import torch
from PIL import Image

from dvlab.widgets import rotate_codes
from dvlab.widgets.base import Panel, Picture, Stage, png, slider, to_pixels


class Slow(Panel):
    """Shows its slider's value as a grey square, and takes its time."""

    def __init__(self, cost: float):
        super().__init__("A slider moves a shade of grey.")
        self.cost, self.shown = cost, []
        self.slider, self.picture = slider("shade", 0, 255, 0, step=1), Picture(100)
        self.pictures = (self.picture,)
        self.watch(self.slider)
        self.refresh()
        self.children = (self.slider, self.picture, self.caption)

    def draw(self) -> str:
        time.sleep(self.cost)
        self.shown.append(self.slider.value)
        self.picture.show(np.full((4, 4, 1), int(self.slider.value), np.uint8), f"shade {self.slider.value:.0f}")
        return f"shade {self.slider.value:.0f}"


@pytest.mark.parametrize("shape", [(1, 1, 1), (5, 7, 1), (64, 64, 3), (3, 200, 3)])
def test_png_is_read_back_by_another_library(shape):
    pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    read = np.asarray(Image.open(io.BytesIO(png(pixels))))
    assert np.array_equal(read.reshape(shape), pixels)


def test_pixels_of_an_image_are_rounded_and_clipped():
    image = torch.tensor([[[-1.0, 0.0, 0.5]], [[1.0, 2.0, 0.25]], [[0.1, 0.2, 0.3]]])
    assert to_pixels(image).tolist() == [[[0, 255, 26], [0, 255, 51], [128, 64, 76]]]


def test_without_a_loop_every_move_is_drawn_at_once():
    panel = Slow(0)
    for value in (3, 200, 7):
        panel.slider.value = value
        assert panel.picture.pixels[0, 0, 0] == value and panel.picture.tooltip == f"shade {value}"
        assert f"shade {value}" in panel.caption.value and 'role="status"' in panel.caption.value


def test_a_burst_never_queues_and_the_last_position_wins():
    panel = Slow(0.02)

    async def burst():
        for value in range(1, 61):  # as the kernel handles messages: one after another, the loop free between them
            panel.slider.value = value
            await asyncio.sleep(0.001)
        await asyncio.sleep(0.1)

    asyncio.run(burst())
    assert panel.shown[-1] == 60 and panel.picture.pixels[0, 0, 0] == 60
    assert panel.shown == sorted(panel.shown) and len(panel.shown) < 12  # 60 drawings would have taken 1.2 s
    panel.slider.value = 5  # and after the burst, outside any loop, as before
    assert panel.shown[-1] == 5


def test_the_text_that_nbval_compares_is_the_same_for_two_panels():
    one, two = rotate_codes(), rotate_codes(angle=45)
    texts = [panel._repr_mimebundle_()[0]["text/plain"] for panel in (one, two)]
    assert texts[0] == texts[1] == repr(one) and "0x" not in texts[0]


def test_where_no_kernel_runs_a_picture_stands():
    bundle, metadata = rotate_codes()._repr_mimebundle_()
    assert metadata["image/png"]["alt"] == bundle["text/plain"]
    still = Image.open(io.BytesIO(base64.b64decode(bundle["image/png"])))
    assert still.width >= 880 and np.asarray(still).std() > 20
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"]


def test_a_stage_draws_what_a_whole_figure_would():
    stage = Stage(200, 100)
    axes = stage.figure.subplots()
    axes.set(xlim=(0, 1), ylim=(0, 1))
    line = stage.moves(axes.plot([0, 1], [0, 0.2])[0])
    stage.frame()
    line.set_ydata([0.3, 0.9])
    quick = stage.frame()
    line.set_animated(False)
    stage.canvas.draw()
    whole = np.asarray(stage.canvas.buffer_rgba())[..., :3]
    differ = (quick != whole).any(axis=-1).mean()
    assert differ < 0.005  # where the line meets the frame, and lies above it
    line.set_visible(False)
    stage.canvas.draw()
    assert (quick != np.asarray(stage.canvas.buffer_rgba())[..., :3]).any(axis=-1).mean() > 0.01


def test_no_widget_that_nbval_cannot_compare():
    def below(widget):
        yield widget
        for child in getattr(widget, "children", ()):
            yield from below(child)

    assert not any(isinstance(each, ipywidgets.Output) for each in below(rotate_codes()))
