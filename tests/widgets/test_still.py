"""A stored picture of a panel shows where its sliders stand."""

import numpy as np
import pytest

pytest.importorskip("ipywidgets")

from dvlab.widgets import posteriors
from dvlab.widgets.base import slider
from dvlab.widgets.still import place


def test_the_place_of_a_slider():
    assert place(slider("angle", 0, 90, 45, step=1)) == (0.5, "45")
    import ipywidgets

    choice = ipywidgets.SelectionSlider(options=[("a", 0), ("b", 1), ("c", 2)], value=2)
    assert place(choice) == (1.0, "c")


def test_a_moved_slider_stands_elsewhere_in_the_picture():
    panel = posteriors()
    before = panel.still()
    panel.correlation.value = 0.8
    after = panel.still()
    row = slice(32, 52)  # the second slider's
    assert (before[row] != after[row]).any() and np.array_equal(before[8:28], after[8:28])
