"""Where nothing runs, a slider is a picture and a sentence: stored with it, and a figure of its own stands above it."""

from pathlib import Path

import nbformat
import pytest

from dvlab.widgets.base import Panel
from dvlab.widgets.embed import STATE

LECTURES = sorted((Path(__file__).parents[2] / "lectures").glob("*.ipynb"))


@pytest.mark.parametrize("path", LECTURES, ids=lambda path: path.stem)
def test_a_slider_has_a_picture_and_words_without_a_kernel(path):
    figures = 0  # since the last slider
    for cell in nbformat.read(path, as_version=4).cells:
        stored = [output.data for output in cell.get("outputs", []) if "data" in output]
        if not any(line.startswith("dvlab.widgets.") for line in cell.source.splitlines()):
            figures += sum("image/png" in data for data in stored)
            continue
        assert figures > 0, f"no figure stands above {cell.source}"
        assert len(stored) == 1 and "image/png" in stored[0], cell.source
        words = stored[0]["text/plain"]
        assert "slider" in words and len(words) > 100 and "0x" not in words, words
        figures = 0


@pytest.mark.parametrize("path", LECTURES, ids=lambda path: path.stem)
def test_a_stored_slider_runs_todays_code(path):
    stored = nbformat.read(path, as_version=4).metadata.get("widgets", {}).get(STATE, {}).get("state", {})
    code = [model["state"]["_esm"] for model in stored.values() if "kind" in model["state"]]
    assert code or path.stem.startswith("00")
    assert all(each == Panel._esm for each in code), "run `python -m dvlab notebooks` on it again"
