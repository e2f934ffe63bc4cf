"""The court's map: a square for each metric and case."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from dvlab.metrics._court import Trial

_COLOURS = {"passes": "#cfe3f3", "fails": "#f3a45c", "undefined": "#d9d9d9", "crashes": "#b05a7a", "no truth": "white"}


def verdict_map(trial: Trial, ax=None):
    """Scores in squares, cases down and metrics across; a failing score has an arrow. Returns the Axes."""
    import matplotlib.pyplot as plt
    from matplotlib.patches import Patch, Rectangle

    rows, columns = trial.scores.shape
    if ax is None:
        ax = plt.subplots(figsize=(2.6 + 0.42 * columns, 1.7 + 0.235 * rows), layout="constrained")[1]
    for (c, m), score in np.ndenumerate(trial.scores):
        verdict = str(trial.verdicts[c, m])
        ax.add_patch(Rectangle((m - 0.5, c - 0.5), 1, 1, facecolor=_COLOURS[verdict], edgecolor="white", linewidth=1))
        text = {"undefined": "–", "crashes": "!"}.get(verdict, "" if np.isnan(score) else f"{score:.2f}")
        if verdict == "fails":
            text += "↑" if trial.margin[c, m] > 0 else "↓"
        ax.text(m, c, text, ha="center", va="center", fontsize=7, color="0.55" if verdict == "no truth" else "black")
    ax.set(xlim=(-0.5, columns - 0.5), ylim=(rows - 0.5, -0.5))
    passed, judged = ((trial.verdicts == "passes").sum(axis=0), (trial.verdicts != "no truth").sum(axis=0))
    names = [f"{name}  {p}/{n}" for name, p, n in zip(trial.metrics, passed, judged, strict=True)]
    ax.set_xticks(range(columns), names, rotation=60, ha="left", rotation_mode="anchor", fontsize=8)
    ax.xaxis.tick_top()
    ax.set_yticks(range(rows), trial.cases, fontsize=8)
    ax.tick_params(length=0)
    ax.spines[:].set_visible(False)
    used = [v for v in _COLOURS if v != "no truth" and (trial.verdicts == v).any()]
    words = {"fails": "fails: above ↑ or below ↓ what is true"}
    patches = [Patch(facecolor=_COLOURS[v], label=words.get(v, v)) for v in used]
    patches.append(Patch(facecolor="white", edgecolor="0.8", label="no truth"))
    ax.legend(handles=patches, loc="upper left", bbox_to_anchor=(0, -0.005), ncols=5, frameon=False, fontsize=8)
    return ax
