"""A widget where nothing runs: its sliders where they stand, its pictures, and what the sliders would show."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8

LINE, LEFT = 18, 12  # the height of a line of text and the margin, in pixels
MOST = 1120  # pixels in a row
LABEL, TRACK = 130, 180  # the width of a slider's label, and of the slider


@dataclass(frozen=True)
class Picture:
    """Pixels, how wide they are shown, a label of one line or two above; `begins` a row, unless all fit in one."""

    pixels: UInt8[np.ndarray, "height width channels"]
    width: int
    label: str = ""
    begins: bool = False

    @classmethod
    def of(cls, figure) -> "Picture":
        """A matplotlib Figure, a pixel a dot."""
        from matplotlib.backends.backend_agg import FigureCanvasAgg

        canvas = FigureCanvasAgg(figure)
        canvas.draw()
        pixels = np.asarray(canvas.buffer_rgba())[..., :3].copy()
        return cls(pixels, pixels.shape[1])

    def sized(self):
        from PIL import Image

        h, w, c = self.pixels.shape
        size = (self.width, round(self.width * h / w))
        how = Image.Resampling.NEAREST if size[0] > w else Image.Resampling.LANCZOS
        return Image.fromarray(self.pixels[..., 0] if c == 1 else self.pixels).convert("RGB").resize(size, how)


def still(
    pictures: Sequence[Picture], sliders: Sequence[tuple[str, float, str]], says: str
) -> UInt8[np.ndarray, "height width 3"]:
    """The sliders (label, share of the track, what it reads), the pictures side by side below them, and the text below
    that, on white."""
    from matplotlib.font_manager import findfont
    from PIL import Image, ImageDraw, ImageFont

    sized = [picture.sized() for picture in pictures]
    above = 34 if any(picture.label for picture in pictures) else 0  # for the labels
    columns = 1 if len(sliders) <= 3 else 2
    places, left, top, deep = [], LEFT, 8 + 24 * -(-len(sliders) // columns) + above, 0
    one_row = sum(each.width + 12 for each in sized) < MOST
    for k, each in enumerate(sized):
        if k > 0 and not one_row and (pictures[k].begins or left + each.width > MOST):
            left, top, deep = LEFT, top + deep + 12 + above, 0
        places.append((left, top))
        left, deep = left + each.width + 12, max(deep, each.height)
    width = max(640, 450 * columns, *(x + each.width + 12 for (x, _), each in zip(places, sized, strict=True)))
    lines = textwrap.wrap(says, width // 8)
    sheet = Image.new("RGB", (width, top + deep + 16 + LINE * len(lines)), "white")
    font, pen = ImageFont.truetype(findfont("DejaVu Sans"), 13), ImageDraw.Draw(sheet)
    for k, each in enumerate(sliders):
        _draw_slider(pen, font, each, LEFT + 450 * (k % columns), 18 + 24 * (k // columns))
    for (x, y), each, picture in zip(places, sized, pictures, strict=True):
        sheet.paste(each, (x, y))
        pen.multiline_text((x, y - 18 - 16 * picture.label.count("\n")), picture.label, fill="black", font=font)
    pen.multiline_text((LEFT, top + deep + 6), "\n".join(lines), fill="black", font=font, spacing=4)
    return np.asarray(sheet)


def _draw_slider(pen, font, slider: tuple[str, float, str], x: int, y: int) -> None:
    label, share, reads = slider
    start = x + LABEL
    knob = start + share * TRACK
    pen.text((start - 10, y), label, fill="black", font=font, anchor="rm")
    pen.line([(start, y), (start + TRACK, y)], fill="#999999", width=3)
    pen.ellipse([(knob - 7, y - 7), (knob + 7, y + 7)], fill="#0072B2")
    pen.text((start + TRACK + 14, y), reads, fill="black", font=font, anchor="lm")
