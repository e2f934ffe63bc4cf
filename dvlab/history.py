"""What a training did, step by step: named arrays that print as a table and plot themselves."""

from dataclasses import dataclass, field

import numpy as np
import torch

from dvlab.validation import kind


@dataclass(frozen=True, eq=False)
class History:
    """The terms of every step, in nats per image, as they were on that step's batch, before its update.

    Every term is also an attribute: `history.loss`, `history.reconstruction`, `history.kl`, and what else the objective
    names.

    Attributes
    ----------
    step : array (T,)
        From 0.
    terms : dict of str to array (T,)
        (T, D) for `kl_per_latent`.
    interrupted : bool
        Whether Ctrl-C ended the training early.

    Examples
    --------
    >>> history = History(np.arange(3), {"loss": np.array([5.0, 3.0, 1.0])})
    >>> len(history), history.loss[0], history.last(2)
    (3, np.float64(5.0), {'loss': 2.0})
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
        """The mean of each term at the end of the training.

        Parameters
        ----------
        steps : int
            How many of the last ones are averaged over.

        Returns
        -------
        dict of str to float
            Nats per image.
        """
        return {name: float(self.terms[name][-steps:].mean()) for name in self._scalars()}

    def plot(self):
        """The reconstruction and the KL with its parts against the step, faint as they were and averaged over a window.

        Returns
        -------
        matplotlib Figure
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


class Record:
    """The terms of every step while a training runs, left on the device and read from it now and then."""

    def __init__(self):
        self.steps, self.unread, self.read_terms = 0, [], {}

    def checked(self, terms: object, step: int) -> dict[str, torch.Tensor]:
        """An objective's terms as tensors, once it is sure that they can be minimised and recorded.

        Parameters
        ----------
        terms : dict of str to tensor or number
            What the objective gave.
        step : int
            At which.

        Returns
        -------
        dict of str to tensor

        Raises
        ------
        TypeError
            Unless it is a dict of tensors and numbers with a `loss`, one number that depends on the model.
        ValueError
            Unless the terms and their shapes are those of the steps before.
        """
        if not isinstance(terms, dict) or "loss" not in terms:
            names = f"a dict of {', '.join(map(str, terms)) or 'nothing'}" if isinstance(terms, dict) else kind(terms)
            raise TypeError(f"objective must return a dict of terms, one of them 'loss'; got {names}")
        if not isinstance(terms["loss"], torch.Tensor) or terms["loss"].ndim or not terms["loss"].requires_grad:
            raise TypeError(f"objective's 'loss' must be one number that depends on the model, a tensor without axes; "
                            f"got {kind(terms['loss'])}")  # fmt: skip
        for name, value in terms.items():
            if not isinstance(value, torch.Tensor | float | int):
                raise TypeError(f"objective's {name!r} must be a tensor or a number; got {kind(value)}")
        terms = {name: torch.as_tensor(value, device=terms["loss"].device) for name, value in terms.items()}
        now = {name: tuple(value.shape) for name, value in terms.items()}
        before = {name: tuple(value.shape) for name, value in self.unread[-1].items()} if self.unread else {
            name: tuple(values.shape[1:]) for name, values in self.read_terms.items()
        }  # fmt: skip
        if before and now != before:
            told = f"{_shapes(before)} before step {step}, {_shapes(now)} at it"
            raise ValueError(f"objective must give the same terms at every step; it gave {told}")
        return terms

    def add(self, terms: dict[str, torch.Tensor]) -> None:
        """Record a step's terms, which stay on the device.

        Parameters
        ----------
        terms : dict of str to tensor
            As `checked` gave them.
        """
        self.unread.append({name: value.detach() for name, value in terms.items()})

    def read(self) -> dict[str, str]:
        """Move what is unread to the CPU.

        Returns
        -------
        dict of str to str
            The last step's terms, as they are printed.

        Raises
        ------
        FloatingPointError
            At the first number that is not finite.
        """
        names = list(self.unread[0])
        new = {name: torch.stack([terms[name] for terms in self.unread]).cpu().float() for name in names}
        for i in range(len(self.unread)):
            for name in [*(name for name in names if name != "loss"), "loss"]:  # the cause before the loss
                if not bool(torch.isfinite(new[name][i]).all()):
                    value = float(new[name][i]) if new[name].ndim == 1 else "not finite"
                    raise FloatingPointError(stopped(self.steps + i, name, value))
        last = {name: f"{float(values[-1]):.1f}" for name, values in new.items() if values.ndim == 1}
        if self.read_terms:
            new = {name: torch.cat([self.read_terms[name], new[name]]) for name in names}
        self.read_terms = new
        self.steps, self.unread = self.steps + len(self.unread), []
        return last


def stopped(step: int, what: str, value: float | str) -> str:
    """What is said when a number is no longer finite.

    Parameters
    ----------
    step : int
    what : str
        The name of the number.
    value : float or str

    Returns
    -------
    str
    """
    return f"training stopped at step {step}: {what} is {value}. A smaller learning_rate or weight may help"


def _shapes(terms):
    return ", ".join(f"{name} {shape}" if shape else name for name, shape in terms.items())
