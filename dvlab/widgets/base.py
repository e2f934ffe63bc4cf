"""What all widgets share. A widget's pictures are computed in the page, by js/; Python gives facts, and listens.

Positions are synced traits: they say where the sliders stand, and setting one moves its slider.
"""

import base64
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import anywidget
import numpy as np
import torch
import traitlets
from jaxtyping import Float, UInt8

from dvlab.widgets.bundle import bundle
from dvlab.widgets.still import Picture, still

# Okabe & Ito (2008): told apart by all common kinds of colour blindness.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
JS = Path(__file__).with_name("js")
VIEW = "application/vnd.jupyter.widget-view+json"


def png(pixels: UInt8[np.ndarray, "height width channels"]) -> bytes:
    """A PNG of grey (1 channel) or RGB (3 channels) pixels."""
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels).save(file, "PNG", optimize=True)
    return file.getvalue()


def to_pixels(image: Float[torch.Tensor, "channels height width"]) -> UInt8[np.ndarray, "height width channels"]:
    """A float image in [0, 1] as bytes, channels last."""
    return (image.detach().clamp(0, 1) * 255).round().to(torch.uint8).permute(1, 2, 0).cpu().numpy()


@dataclass(frozen=True)
class Slider:
    """A slider over the position `trait` of a widget, or over its entry `at`; a choice among words has `options`."""

    trait: str
    label: str
    low: float | int
    high: float | int
    step: float | int = 0.1
    digits: int = 1
    at: int | None = None
    options: tuple[str, ...] = ()

    def stands(self, widget) -> tuple[str, float, str]:
        """Its label, where it stands as a share of its track, and what it reads."""
        value = getattr(widget, self.trait)
        value = value if self.at is None else value[self.at]
        share = (value - self.low) / ((self.high - self.low) or 1)
        return self.label, min(max(share, 0), 1), self.options[value] if self.options else f"{value:z.{self.digits}f}"


def choice(trait: str, label: str, values: Sequence, at: int | None = None, digits: int = 2) -> Slider:
    """A slider over some values, words or numbers; its position is a value's index."""
    words = tuple(value if isinstance(value, str) else f"{value:z.{digits}f}" for value in values)
    return Slider(trait, label, 0, len(words) - 1, 1, 0, at, words)


class Panel(anywidget.AnyWidget):
    """Sliders and pictures, and a still picture and a text that stand in for them wherever nothing runs.

    A subclass names its `kind` (js/widget.js), has its positions as synced traits, and gives `pictures()`. `says` is
    the fixed text of the stored notebook: what the sliders would show.
    """

    _esm = bundle(JS / "widget.js") + "\nexport default { render };\n"
    kind = traitlets.Unicode().tag(sync=True)
    facts = traitlets.Dict().tag(sync=True)

    def __init__(self, says: str, sliders: Sequence[Slider], facts: dict, **positions):
        self.says, self.sliders = says, tuple(sliders)
        super().__init__(facts={**facts, "sliders": [asdict(each) for each in sliders]}, **positions)

    def pictures(self) -> Sequence[Picture]:
        """What is shown where the sliders stand."""
        raise NotImplementedError

    def still(self) -> UInt8[np.ndarray, "height width 3"]:
        """The sliders and pictures as they stand, and below them what the sliders would show."""
        return still(self.pictures(), [each.stands(self) for each in self.sliders], self.says)

    def __repr__(self) -> str:
        return self.says

    def _repr_mimebundle_(self, **kwargs) -> tuple[dict, dict]:
        """Live sliders where JavaScript runs, a picture where none does (GitHub), and a text that is always the same.

        The second dictionary is the outputs' metadata: the text is the picture's alternative text, too.
        """
        view = {"version_major": 2, "version_minor": 0, "model_id": self.model_id}
        data = {"text/plain": self.says, "image/png": base64.b64encode(png(self.still())).decode(), VIEW: view}
        return data, {"image/png": {"alt": self.says}}
