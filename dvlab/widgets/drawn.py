"""What all pictures that move share: PNG bytes into an image widget, one thread, and the last position wins.

No kernel ever sees a queue of slider positions: a move is drawn at once when the last drawing is a while ago, else as
soon as the kernel has been free for as long as that drawing took, and then only where the sliders stand by then.
"""

import asyncio
import base64
import struct
import time
import zlib
from collections.abc import Callable, Sequence

import ipywidgets as widgets
import numpy as np
import torch
import traitlets
from jaxtyping import Float, UInt8

from dvlab.threads import one_thread
from dvlab.widgets.drawn_still import still

# Okabe & Ito (2008): told apart by all common kinds of colour blindness.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")

LONGEST = 2.0  # seconds that a drawing is taken to cost; a laptop that slept in the middle makes it hours
REST = 0.25  # seconds without a move: longer than from one key to the next on a busy machine

STYLE = """<style>
.dvlab img, img.dvlab-picture {image-rendering: pixelated; border: 1px solid #888; background: white; max-width: 100%;}
img.dvlab-smooth {image-rendering: auto;}
.dvlab .noUi-handle:focus, .dvlab .noUi-handle:focus-visible {outline: 3px solid #E69F00; outline-offset: 2px;}
.dvlab button:focus-visible {outline: 3px solid #E69F00; outline-offset: 2px;}
.dvlab, .dvlab .widget-html-content {color: var(--jp-content-font-color1, inherit); line-height: 1.35;}
.dvlab .widget-label, .dvlab .widget-readout {font-variant-numeric: tabular-nums;}
</style>"""


def png(pixels: UInt8[np.ndarray, "height width channels"], level: int = 1) -> bytes:
    """A PNG of grey (1 channel) or RGB (3 channels) pixels; zlib by hand takes 0.03 ms for 64 x 64."""
    height, width, channels = pixels.shape
    rows = np.zeros((height, 1 + width * channels), np.uint8)  # each row begins with its filter: 0, none
    rows[:, 1:] = pixels.reshape(height, -1)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">2I5B", width, height, 8, {1: 0, 3: 2}[channels], 0, 0, 0)
    body = zlib.compress(rows, level)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def to_pixels(image: Float[torch.Tensor, "channels height width"]) -> UInt8[np.ndarray, "height width channels"]:
    """A float image in [0, 1] as bytes, channels last."""
    return (image.detach().clamp(0, 1) * 255).round().to(torch.uint8).permute(1, 2, 0).cpu().numpy()


class Picture(widgets.Image):
    """An image widget that remembers its pixels; `width` is in CSS pixels, and the height follows.

    `label`, of one line or two, stands above it where no kernel runs.
    """

    # ipywidgets 8.1 looks up the description of whatever has a tooltip, and shows an error where there is none
    description = traitlets.Unicode("").tag(sync=True)

    def __init__(self, width: int, smooth: bool = False, label: str = ""):
        super().__init__(format="png", layout=widgets.Layout(width=f"{width}px", height="auto", flex="0 0 auto"))
        self.width_shown, self.label = width, label
        self.pixels = np.full((1, 1, 1), 255, np.uint8)
        self.add_class("dvlab-picture")
        if smooth:
            self.add_class("dvlab-smooth")

    def show(self, pixels: UInt8[np.ndarray, "height width channels"], alt: str) -> None:
        """Put up new pixels and what they show in words, in one message to the browser."""
        self.pixels = pixels
        with self.hold_sync():
            self.value, self.tooltip = png(pixels), alt


class Stage:
    """A matplotlib figure of which only the artists that move are drawn again; everything else is drawn once.

    `figure` is there to be furnished; `moves(artist)` marks what moves; `frame()` gives the pixels (height, width, 3).
    """

    def __init__(self, width: int, height: int):
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        self.figure = Figure(figsize=(width / 100, height / 100), dpi=100, layout="constrained", facecolor="white")
        self.canvas = FigureCanvasAgg(self.figure)
        self.artists, self.background = [], None

    def moves(self, artist):
        artist.set_animated(True)
        self.artists.append(artist)
        return artist

    def frame(self) -> UInt8[np.ndarray, "height width 3"]:
        if self.background is None:
            self.canvas.draw()
            self.background = self.canvas.copy_from_bbox(self.figure.bbox)
        self.canvas.restore_region(self.background)
        for artist in self.artists:
            self.figure.draw_artist(artist)
        return np.asarray(self.canvas.buffer_rgba())[..., :3].copy()


def slider(
    label: str, low: float | int, high: float | int, value: float | int, step: float | int = 0.1, width: str = "390px"
) -> widgets.FloatSlider:
    """A slider with its label in front: arrow keys move it by one step, Page Up and Page Down by five."""
    return widgets.FloatSlider(
        description=label,
        min=low,
        max=high,
        value=value,
        step=step,
        readout_format=".0f" if step >= 1 else ".1f" if step >= 0.1 else ".2f",
        layout=widgets.Layout(width=width),
        style={"description_width": "130px"},
    )


def running_loop() -> asyncio.AbstractEventLoop | None:
    """The kernel's event loop while it handles a message; None in a plain script."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


class Panel(widgets.VBox):
    """Sliders and pictures with a text that stands in for them wherever no kernel runs.

    A subclass fills `children`, names its `pictures`, writes `draw()`, which shows where the sliders stand, and calls
    `watch(*sliders)`. `says` is the fixed text of the stored notebook: what the sliders would show.
    """

    def __init__(self, says: str):
        super().__init__()
        self.says = says
        self.pictures: Sequence[Picture] = ()
        self._watched: list = []
        self.caption = widgets.HTML()
        self.style_sheet = widgets.HTML(STYLE, layout=widgets.Layout(display="none"))
        self.draws, self.unsettled = 0, False
        self._due, self._rest_due, self._cost, self._ended = None, None, 0.0, 0.0
        self.add_class("dvlab")

    def draw(self) -> str:
        """Show the pictures at the sliders' positions; return what is shown, in words."""
        raise NotImplementedError

    def settle(self) -> str:
        """What may wait until the sliders rest, asked for by `unsettled`; returns what is shown then, in words."""
        raise NotImplementedError

    def watch(self, *sliders) -> None:
        self._watched += sliders
        for each in sliders:
            each.observe(self.moved, "value")

    def moved(self, change=None) -> None:
        """Draw now, or, when the last drawing has only just ended, once the kernel has caught its breath."""
        if self._due is not None:
            return  # a drawing is due already, and will find this position
        wait = self._ended + self._cost - time.perf_counter()
        loop = running_loop()
        if loop is None or wait <= 0:
            self.refresh()
        else:
            self._due = loop.call_later(wait, self.refresh)

    def refresh(self) -> None:
        """Draw at the present positions, now."""
        for each in (self._due, self._rest_due):
            if each is not None:
                each.cancel()
        self._due, self._rest_due, start = None, None, time.perf_counter()
        self._say(self.draw)
        self.draws += 1
        self._ended = time.perf_counter()
        self._cost = min(self._ended - start, LONGEST)
        if self.unsettled:
            loop = running_loop()
            if loop is None:
                self._settle()
            else:
                self._rest_due = loop.call_later(REST, self._settle)

    def _settle(self) -> None:
        if self._rest_due is not None:
            self._rest_due.cancel()
        self.unsettled, self._rest_due = False, None
        self._say(self.settle)

    def _say(self, show: Callable[[], str]) -> None:
        with one_thread(), torch.no_grad():
            words = show()
        self.caption.value = f'<div role="status" aria-live="polite">{words}</div>'

    def still(self) -> UInt8[np.ndarray, "height width 3"]:
        """The sliders and pictures as they stand, and below them what the sliders would show."""
        if self._due is not None:
            self.refresh()
        if self.unsettled:
            self._settle()
        return still(self.pictures, self._watched, self.says)

    def __repr__(self) -> str:
        return self.says

    def _repr_mimebundle_(self, **kwargs) -> tuple[dict, dict]:
        """Live sliders where a kernel runs, a picture where none does (GitHub), and a text that is always the same.

        The second dictionary is the outputs' metadata: the text is the picture's alternative text, too.
        """
        live = "application/vnd.jupyter.widget-view+json"
        view = {"version_major": 2, "version_minor": 0, "model_id": self._model_id}
        still = base64.b64encode(png(self.still(), level=9)).decode()
        data = {"text/plain": self.says, "image/png": still, live: view}
        return data, {"image/png": {"alt": self.says}}
