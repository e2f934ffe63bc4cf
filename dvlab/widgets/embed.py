"""Widgets of a stored notebook, alive in any page: no kernel, no network, and from a file as well.

A page holds, anywhere in its body and in this order or another: for each widget `element(model_id, notebook)`; once
`<script type="application/json" class="dvlab-state">`, `state(notebook)`, `</script>`; and after all of them `script()`
as a classic script, in the page or as a file of its own.
"""

import html
import json
from collections.abc import Iterable

from ipywidgets.embed import dependency_state

from dvlab.widgets.base import JS, VIEW, Panel
from dvlab.widgets.bundle import bundle

STATE = "application/vnd.jupyter.widget-state+json"
REFERENCE = "IPY_MODEL_"


def as_notebook(*panels: Panel) -> dict:
    """Widgets that live, as a notebook that was stored after they were shown.

    Parameters
    ----------
    *panels : Panel

    Returns
    -------
    dict
        As `nbformat` holds a notebook.

    Examples
    --------
    >>> from dvlab.widgets import posteriors
    >>> notebook = as_notebook(posteriors())
    >>> (name,) = views(notebook)
    >>> element(name, notebook)[:22], state(notebook)[:9], script()[:8]
    ('<div class="dvlab-live', '{"state":', '(() => {')
    """
    cells = [{"outputs": [{"data": panel._repr_mimebundle_()[0]}]} for panel in panels]
    made = {"cells": cells, "metadata": {"widgets": {STATE: {"state": dependency_state(panels, drop_defaults=False)}}}}
    prune(made)
    return made


def views(notebook: dict) -> dict[str, dict]:
    """The outputs that hold a widget of ours.

    Parameters
    ----------
    notebook : dict

    Returns
    -------
    dict
        Model id -> output, in the notebook's order.
    """
    outputs = [
        output for cell in notebook["cells"] for output in cell.get("outputs", ()) if VIEW in output.get("data", ())
    ]
    ours, shown = _stored(notebook), {}
    for output in outputs:
        name = output["data"][VIEW]["model_id"]
        if name in ours and _is_ours(ours[name]):
            shown[name] = output
    return shown


def state(notebook: dict) -> str:
    """What the widgets of a notebook know.

    Parameters
    ----------
    notebook : dict

    Returns
    -------
    str
        JSON that may stand inside an HTML script element.
    """
    return _as_json({name: model for name, model in _stored(notebook).items() if not _is_layout(model)})


def _as_json(models: dict[str, dict]) -> str:
    """Models in the form of a notebook's widget state, without their modules: `script()` is the same code."""
    kept = {}
    for name, model in models.items():
        facts = {key: value for key, value in model["state"].items() if not key.startswith("_")}
        facts.pop("layout", None)
        kept[name] = {
            "state": facts,
            "buffers": [{"path": b["path"], "data": b["data"]} for b in model.get("buffers", ())],
        }
    return json.dumps({"state": kept}, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")


def element(model_id: str, notebook: dict) -> str:
    """The place of a widget in a page, with its still picture in it until it comes alive.

    Parameters
    ----------
    model_id : str
        One of `views(notebook)`.
    notebook : dict

    Returns
    -------
    str
        HTML.
    """
    output = views(notebook)[model_id]
    return _place(model_id, "".join(output["data"]["image/png"]), "".join(output["data"]["text/plain"]))


def _place(model_id: str, still: str, alt: str) -> str:
    """The place of a widget; `still` is a PNG in base64."""
    picture = f'<img alt="{html.escape(alt)}" src="data:image/png;base64,{still.strip()}" style="max-width:100%">'
    return f'<div class="dvlab-live" data-model="{html.escape(model_id)}">{picture}</div>'


def script() -> str:
    """The host of all widgets as a classic script.

    Returns
    -------
    str
        JavaScript that may stand inside an HTML script element.
    """
    return f"(() => {{\n{bundle(JS / 'host.js')}\nstart();\n}})();\n".replace("</", "<\\/")


def prune(notebook: dict) -> None:
    """Keep, of a notebook's stored widget state, what our widgets need, under ids that are the same on every run.

    Parameters
    ----------
    notebook : dict
        Changed in place.
    """
    stored, shown = _stored(notebook), list(views(notebook))
    names: dict[str, str] = {}
    for name in shown:
        for needed in _with_references(name, stored):
            names.setdefault(needed, f"dvlab-{len(names)}")
    for name, output in views(notebook).items():
        output["data"][VIEW]["model_id"] = names[name]
    text = json.dumps({names[name]: stored[name] for name in names})
    for old, new in names.items():
        text = text.replace(f'"{REFERENCE}{old}"', f'"{REFERENCE}{new}"')
    notebook["metadata"].pop("widgets", None)
    if names:
        notebook["metadata"]["widgets"] = {STATE: {"version_major": 2, "version_minor": 0, "state": json.loads(text)}}


def _is_ours(model: dict) -> bool:
    return model["state"].get("_anywidget_id", "").startswith("dvlab.")


def _is_layout(model: dict) -> bool:
    return model["model_name"] == "LayoutModel"


def _stored(notebook: dict) -> dict[str, dict]:
    return notebook["metadata"].get("widgets", {}).get(STATE, {}).get("state", {})


def _with_references(name: str, stored: dict[str, dict]) -> Iterable[str]:
    """A model's id, and those of all that it refers to."""
    yield name
    pending = [stored[name]["state"]]
    while pending:
        value = pending.pop(0)
        if isinstance(value, dict | list):
            pending += value.values() if isinstance(value, dict) else value
        elif isinstance(value, str) and value.startswith(REFERENCE):
            yield from _with_references(value.removeprefix(REFERENCE), stored)
