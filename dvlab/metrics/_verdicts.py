"""What the court found: scores, the range that is true, verdicts, and a map of them."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from dvlab.metrics._scored import Scored

PASSES, FAILS, UNDEFINED, CRASHES, NO_TRUTH = "passes", "fails", "undefined", "crashes", "no truth"
_COLOURS = {"passes": "#cfe3f3", "fails": "#f3a45c", "undefined": "#d9d9d9", "crashes": "#b05a7a", "no truth": "white"}


@dataclass(frozen=True, eq=False)
class Trial(Scored):
    """What the metrics said of the cases, and what of it is true. Rows are cases, columns are metrics."""

    cases: tuple[str, ...]
    metrics: tuple[str, ...]
    scores: Float[np.ndarray, "cases metrics"]  # NaN where there is none
    low: Float[np.ndarray, "cases metrics"]  # the range that is true; −∞ to ∞ where the case decides nothing
    high: Float[np.ndarray, "cases metrics"]
    verdicts: np.ndarray  # "passes", "fails", "undefined" (NaN, or a ValueError), "crashes" or "no truth"
    remarks: dict[tuple[str, str], str]  # (case, metric): the error's first line

    @property
    def margin(self) -> Float[np.ndarray, "cases metrics"]:
        """How far each score lies above (+) or below (−) its range; 0 within."""
        return np.maximum(self.scores - self.high, 0) - np.maximum(self.low - self.scores, 0)

    @property
    def score(self) -> float:
        """The share of passes among the verdicts that there are."""
        return float((self.verdicts == PASSES).sum() / max((self.verdicts != NO_TRUTH).sum(), 1))

    def __str__(self) -> str:
        lines = []
        for m, metric in enumerate(self.metrics):
            passed, judged = (self.verdicts[:, m] == PASSES).sum(), (self.verdicts[:, m] != NO_TRUTH).sum()
            lines += [f"{metric}: {passed} of {judged} passed", f"  {'case':<24} score  truth          verdict"]
            for c, case in enumerate(self.cases):
                lines.append(f"  {case:<24} {self.scores[c, m]:5.2f}  {self._range(c, m):<13}  {self._verdict(c, m)}")
        return "\n".join(lines)

    def _range(self, c: int, m: int) -> str:
        low, high = self.low[c, m], self.high[c, m]
        if self.verdicts[c, m] == NO_TRUTH:
            return "–"
        return f"≤ {high:.2f}" if np.isinf(low) else f"{low:.2f} to {high:.2f}"

    def _verdict(self, c: int, m: int) -> str:
        verdict = self.verdicts[c, m]
        if verdict == FAILS:
            return f"fails by {self.margin[c, m]:+.2f}"
        remark = self.remarks.get((self.cases[c], self.metrics[m]))
        return f"{verdict}: {remark}" if remark else verdict

    def plot(self, ax=None):
        """Each score in a square that is blue where it passes and orange where it fails.

        Parameters
        ----------
        ax : matplotlib Axes, optional

        Returns
        -------
        matplotlib Axes
        """
        return _verdict_map(self, ax)


def _verdict_map(trial: Trial, ax=None):
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
