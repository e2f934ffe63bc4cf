"""What a training did, step by step: named arrays that print as a table and plot themselves."""

from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class History:
    """The terms of every step, in nats per image, as they were on that step's batch, before its update.

    `step` (T,) counts from 0; every term is an array (T,), or (T, D) for `kl_per_latent`, and also an attribute:
    `history.loss`, `history.reconstruction`, `history.kl`, and what else the objective names.
    `interrupted` is True when Ctrl-C ended the training early.
    """

    step: np.ndarray
    terms: dict[str, np.ndarray] = field(repr=False)
    interrupted: bool = False

    def __getattr__(self, name):
        terms = self.__dict__.get("terms", {})
        if name in terms:
            return terms[name]
        raise AttributeError(f"this history has no term {name!r}; it has {', '.join(terms) or 'none'}")

    def __dir__(self):
        return [*super().__dir__(), *self.terms]

    def __len__(self):
        return len(self.step)

    def __str__(self):
        names = self._scalars()
        widths = [max(len(name), 9) for name in names]
        lines = [
            "  ".join(["    steps", *(f"{n:>{w}}" for n, w in zip(names, widths, strict=True))]) + "   nats per image"
        ]
        for rows in np.array_split(np.arange(len(self)), min(6, max(len(self), 1))):
            if len(rows):
                means = [self.terms[name][rows[-100:]].mean() for name in names]  # the noise of a batch averaged out
                cells = [f"{mean:>z{w}.2f}" for mean, w in zip(means, widths, strict=True)]
                lines.append("  ".join([f"{rows[-1] + 1:>9,}", *cells]))
        return "\n".join(lines + ["interrupted"] * self.interrupted)

    def last(self, steps: int = 100) -> dict[str, float]:
        """The mean of each term over the last `steps` steps."""
        return {name: float(self.terms[name][-steps:].mean()) for name in self._scalars()}

    def plot(self):
        """The reconstruction and the KL with its parts against the step, faint as they were and averaged over a window.

        Returns the matplotlib Figure.
        """
        import matplotlib.pyplot as plt

        with plt.style.context("tableau-colorblind10"):
            figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.4), layout="constrained")
        for name in self._scalars()[1:]:
            self._draw(left if name == "reconstruction" else right, name)
        for axes in (left, right):
            axes.set(xlabel="step", ylabel="nats per image")
            axes.legend(frameon=False)
        return figure

    def _draw(self, axes, name):
        values = self.terms[name]
        window = max(1, len(self) // 100)
        smooth = np.convolve(values, np.ones(window) / window, mode="valid")
        (line,) = axes.plot(self.step[window - 1 :], smooth, label="KL" if name == "kl" else name.replace("_", " "))
        axes.plot(self.step, values, color=line.get_color(), alpha=0.2, linewidth=0.5, zorder=1)

    def _scalars(self):
        return [name for name, values in self.terms.items() if values.ndim == 1]
