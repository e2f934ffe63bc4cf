"""What a stored notebook keeps of its widgets, and what a page gets of it."""

import copy
import json

import pytest

from dvlab import widgets
from dvlab.widgets import embed


def stored(*panels, others=()):
    """A notebook as nbclient leaves it: outputs, and the state of every widget of the kernel, ids drawn at random."""
    models = {}
    for panel in (*panels, *(panel.layout for panel in panels), *others):
        state = {key: value for key, value in panel.get_state().items() if not isinstance(value, dict)}
        names = {"model_name": state["_model_name"], "model_module": state["_model_module"]}
        models[panel.model_id] = {**names, "state": state}
    cells = [{"outputs": [{"data": panel._repr_mimebundle_()[0]}]} for panel in panels]
    return {"cells": cells, "metadata": {"widgets": {embed.STATE: {"state": models}}}}


@pytest.fixture
def notebook():
    import ipywidgets

    made = stored(widgets.rotate_codes(), widgets.posteriors(), others=[ipywidgets.IntProgress()])
    embed.prune(made)
    return made


def test_only_our_models_are_kept_and_what_they_refer_to(notebook):
    kept = notebook["metadata"]["widgets"][embed.STATE]["state"]
    assert sorted(model["model_name"] for model in kept.values()) == ["AnyModel"] * 2 + ["LayoutModel"] * 2
    assert kept["dvlab-0"]["state"]["layout"] == "IPY_MODEL_dvlab-1"
    assert list(embed.views(notebook)) == ["dvlab-0", "dvlab-2"]


def test_a_rerun_stores_the_same(notebook):
    again = stored(widgets.rotate_codes(), widgets.posteriors())
    embed.prune(again)
    assert again == notebook
    twice = copy.deepcopy(notebook)
    embed.prune(twice)
    assert twice == notebook


def test_a_notebook_without_widgets_keeps_no_state():
    plain = {"cells": [{"outputs": []}], "metadata": {"widgets": {embed.STATE: {"state": {}}}}}
    embed.prune(plain)
    assert plain["metadata"] == {}


def test_a_page_gets_positions_and_facts_and_the_code_once(notebook):
    text = embed.state(notebook)
    models = json.loads(text)["state"]
    assert set(models) == {"dvlab-0", "dvlab-2"} and models["dvlab-0"]["state"]["kind"] == "rotateCodes"
    assert "function render" not in text and embed.script().count("function render(") == 1
    assert "<" not in text and "</" not in embed.script()


def test_the_place_of_a_widget_holds_its_picture_and_words(notebook):
    text = embed.element("dvlab-2", notebook)
    assert text.startswith('<div class="dvlab-live" data-model="dvlab-2"><img alt="Three sliders over a cloud')
    assert 'src="data:image/png;base64,iVBOR' in text
