"""What a stored notebook keeps of its widgets, and what a page gets of it."""

import copy
import json
import re
from html.parser import HTMLParser

import pytest
import torch

import dvlab
from dvlab import widgets
from dvlab.widgets import embed


@pytest.fixture
def notebook():
    return embed.as_notebook(widgets.rotate_codes(), widgets.posteriors())


def test_only_our_models_are_kept(notebook):
    import ipywidgets

    others = embed.dependency_state([ipywidgets.IntProgress()], drop_defaults=False)
    before = copy.deepcopy(notebook)
    notebook["metadata"]["widgets"][embed.STATE]["state"] |= others
    embed.prune(notebook)
    assert notebook == before


def test_what_they_refer_to_is_kept(notebook):
    kept = notebook["metadata"]["widgets"][embed.STATE]["state"]
    assert sorted(model["model_name"] for model in kept.values()) == ["AnyModel"] * 2 + ["LayoutModel"] * 2
    assert kept["dvlab-0"]["state"]["layout"] == "IPY_MODEL_dvlab-1"
    assert list(embed.views(notebook)) == ["dvlab-0", "dvlab-2"]


def test_a_rerun_stores_the_same(notebook):
    assert embed.as_notebook(widgets.rotate_codes(), widgets.posteriors()) == notebook


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


def test_two_widgets_on_one_model_store_its_weights_once():
    world = dvlab.worlds.Fruit(sizes=3, colours=3, size=8)
    vae = dvlab.VAE(world.image_shape, latent_dim=2, hidden=(8,))
    panels = widgets.traversal(vae, world), widgets.recombine(vae, world)
    notebook = embed.as_notebook(*panels)
    models = json.loads(embed.state(notebook))["state"]
    assert sum("layers" in model["state"]["facts"] for model in models.values()) == 1
    assert panels[0].weights == [panels[1].weights]
    with torch.no_grad():
        vae.decoder[0].weight += 0.1
    assert widgets.traversal(vae, world).weights != panels[0].weights  # trained on since


def test_the_place_of_a_widget_holds_its_picture_and_words(notebook):
    text = embed.element("dvlab-2", notebook)
    assert text.startswith('<div class="dvlab-live" data-model="dvlab-2"><img alt="Three sliders over a cloud')
    assert 'src="data:image/png;base64,iVBOR' in text


def test_no_text_ends_the_element_that_it_stands_in():
    models = {"m": {"model_name": "AnyModel", "state": {"says": '</script><b> & "β"'}}}
    text = embed._as_json(models)
    assert "<" not in text and json.loads(text)["state"]["m"]["state"] == models["m"]["state"]
    seen = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attributes: seen.append((tag, dict(attributes)))
    parser.feed(embed._place("m", "AAAA", 'a "slider" <img> & more'))
    assert [tag for tag, _ in seen] == ["div", "img"] and seen[1][1]["alt"] == 'a "slider" <img> & more'


def test_a_page_refers_to_nothing_that_it_does_not_hold():
    vae, world = dvlab.VAE((3, 8, 8), latent_dim=2, hidden=(4,)), dvlab.worlds.Fruit(sizes=2, colours=2, size=8)
    text = embed.state(embed.as_notebook(widgets.traversal(vae, world)))
    named = set(re.findall(r"IPY_MODEL_([\w-]+)", text))
    assert named and named <= set(json.loads(text)["state"])
