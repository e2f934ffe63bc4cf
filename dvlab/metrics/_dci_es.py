"""DCI-ES: explicitness as the loss against the capacity of a probe, and size (Eastwood et al. 2023)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from dvlab.metrics._inputs import Codes, Factors, codes_and_labels
from dvlab.metrics._names import factor_names
from dvlab.metrics._scored import Scored
from dvlab.metrics._split import Split, changing, held_out, named_categorical, standardised, varying
from dvlab.validation import positive_int

_PENALTIES = np.geomspace(1e-6, 1e2, 9)  # of the ridge, per image


@dataclass(frozen=True, eq=False)
class DCIES(Scored):
    """E and S, with the curves that E is the area of. A constant factor's entries are NaN."""

    explicitness: float  # E: mean of explicitness_per_factor
    size: float  # S = K / D, factors over latents
    explicitness_per_factor: Float[np.ndarray, " factors"]  # at most 1; below 0 where the loss falls late
    informativeness_per_factor: Float[np.ndarray, " factors"]  # 1 − the least loss, at any capacity
    capacity: Float[np.ndarray, " probes"]  # ln of the number of inputs: the D latents alone, then with random features
    loss: Float[np.ndarray, "probes factors"]  # held out, of the best probe so far, in units of guessing the mean
    split: str

    @property
    def score(self) -> float:
        """E."""
        return self.explicitness

    def __str__(self) -> str:
        lines = [
            f"explicitness {self.explicitness:.3f}   size {self.size:.3f}   ({self.split})",
            "factor  explicitness  informativeness  of a straight line",
        ]
        for k, e in enumerate(self.explicitness_per_factor):
            lines.append(f"{k:6d} {e:13.3f} {self.informativeness_per_factor[k]:16.3f} {1 - self.loss[0, k]:19.3f}")
        return "\n".join(lines)

    def plot(self, factors: Sequence[str] | None = None, ax=None):
        """The loss of each factor against capacity, whose area E is.

        Parameters
        ----------
        factors : sequence of K names, optional
        ax : matplotlib Axes, optional

        Returns
        -------
        matplotlib Axes

        Raises
        ------
        ValueError
            Unless there is a name for every factor.
        """
        import matplotlib.pyplot as plt

        if ax is None:
            ax = plt.subplots(figsize=(4.5, 3.2), layout="constrained")[1]
        names = factor_names(factors, self.loss.shape[1])
        for name, loss in zip(names, self.loss.T, strict=True):
            ax.plot(self.capacity, loss, "o-", markersize=3, label=name)
        ax.axhline(1, color="0.6", linestyle=":")
        ax.set(xlabel="capacity: ln(inputs of the probe)", ylabel="held-out loss / that of guessing", ylim=(0, None))
        ax.set_title(f"E {self.explicitness:.2f}   S {self.size:.2f}")
        ax.legend(title="factor", frameon=False)
        return ax


def dci_es(
    codes: Codes,
    factors: Factors,
    categorical: Sequence[int] = (),
    features: int = 512,
    test_size: float = 0.2,
    seed: int = 0,
) -> DCIES:
    """How small a probe suffices (explicitness E), and how small the code is (size S = K / D).

    Probes: ridge regressions on the D latents, then on these and 8, 16, 32, … `features` random Fourier features of
    them (Rahimi & Recht 2007), the penalty chosen by generalised cross-validation. With capacity κ = ln(inputs),
    ℓ(κ) the least held-out loss of a probe of at most that capacity, ℓ* the least of all, and ℓ_b that of guessing,

        E = 1 − ∫ (ℓ(κ) − ℓ*) dκ / [½ (κ_max − κ_min)(ℓ_b − ℓ*)]

    so that E is 1 when a straight line is as good as anything, and 0 when the loss falls evenly from guessing to the
    best. A factor of which no probe knows anything (R² below .01 + 10/images held out) has E = 0.

    The capacities are fixed by D and `features`, and ℓ* is the curve's own least loss. The authors' code stretches each
    curve to the largest capacity among those drawn together, and takes ℓ* = 0 in the divisor, so that a model's E
    depends on which others are compared.

    Known weaknesses: E is about the way from guessing to the best probe, not about how good that is (look at
    `informativeness_per_factor`); it depends on the family of probes; S rewards a small code, also one that lost
    a factor.

    Parameters
    ----------
    codes : array, tensor or Normal, shape (images, latents)
        Of a `Normal` the means are taken. They are standardised by the images fitted on.
    factors : array or tensor, shape (images, factors)
        Numbers, for which the loss is the squared error; those named in `categorical` are indicators of their levels.
    categorical : sequence of int
        The factors whose values are names.
    features : int
        How many random features the largest probe has at most; at least 16. It has the power of two up to that.
    test_size : float
        Share of the images held out.
    seed : int
        Of the split and of the features.

    Returns
    -------
    DCIES

    Raises
    ------
    ValueError
        For codes or factors that are 1-D, empty, not finite or of different lengths; fewer than 20 images; a factor of
        strings that isn't named in `categorical`; features < 16; a test_size outside (0, 1); only constant factors.

    References
    ----------
    Eastwood, Nicolicioiu, von Kügelgen, Kekić, Träuble, Dittadi & Schölkopf (2023), "DCI-ES: an extended
    disentanglement framework with connections to identifiability", section 4.

    Examples
    --------
    >>> import numpy as np
    >>> from dvlab.metrics import dci_es
    >>> g = np.random.default_rng(0).integers(0, 10, (1000, 2))
    >>> turned = np.concatenate([np.cos(g), np.sin(g)], axis=1)
    >>> straight, curved = dci_es(g, g), dci_es(turned, g)
    >>> f"E {straight.explicitness:.2f}, S {straight.size:.2f}; curved: S {curved.size:.2f}"
    'E 1.00, S 1.00; curved: S 0.50'
    >>> curved.explicitness < 0.8
    True
    """
    positive_int("features", features, least=16)
    z, known = codes_and_labels(codes, factors)
    varies, named = varying(known), named_categorical(known, categorical)
    parts = held_out(len(z), test_size, seed)
    train, test = standardised(z[:, changing(z[parts.train])], parts)
    counts = [0, *(2**i for i in range(3, int(np.log2(features)) + 1))]
    capacity = np.log(z.shape[1] + np.array(counts, dtype=float))
    loss = np.full((len(counts), len(varies)), np.nan)
    targets = [
        _target(known.index[:, k], known.values[k] if named[k] else known.numbers(k), bool(named[k]))
        for k in np.flatnonzero(varies)
    ]
    loss[:, varies] = _losses(train, test, targets, parts, counts, seed)
    least = loss[-1]
    area = np.trapezoid(loss - least, capacity, axis=0)
    known_of = least < 0.99 - 10 / len(parts.test)
    span = 0.5 * (capacity[-1] - capacity[0]) * np.where(known_of, 1 - least, 1)
    E = np.where(varies, np.where(known_of, 1 - area / span, 0.0), np.nan)
    return DCIES(
        explicitness=float(E[varies].mean()),
        size=int(varies.sum()) / z.shape[1],
        explicitness_per_factor=E,
        informativeness_per_factor=1 - least,
        capacity=capacity,
        loss=loss,
        split=f"{len(parts.train):,} images to fit, {len(parts.test):,} held out, seed {seed}",
    )


def _target(g: Int[np.ndarray, " images"], values: np.ndarray, named: bool) -> np.ndarray:
    """(images, 1) numbers, or (images, levels) indicators."""
    return np.eye(len(values))[g] if named else values[g][:, None]


def _losses(train, test, targets, parts: Split, counts, seed: int) -> np.ndarray:
    """Held-out squared error over that of the training mean, the least so far, for each probe and target."""
    rng, D = np.random.default_rng(seed), train.shape[1]
    width = rng.normal(size=(D, counts[-1])) / np.sqrt(max(D, 1)) * rng.choice([1, 2, 4], counts[-1])
    phase = rng.uniform(0, 2 * np.pi, counts[-1])
    Y = np.concatenate(targets, axis=1)
    mean = Y[parts.train].mean(axis=0)
    Y_train, Y_test = Y[parts.train] - mean, Y[parts.test] - mean
    owner = np.repeat(np.arange(len(targets)), [t.shape[1] for t in targets])
    guess = np.bincount(owner, (Y_test**2).sum(axis=0))
    losses = []
    for count in counts:
        x, x_test = (np.concatenate([z, np.cos(z @ width[:, :count] + phase[:count])], axis=1) for z in (train, test))
        centre = x.mean(axis=0)
        error = Y_test - _ridge(x - centre, Y_train, x_test - centre)
        losses.append(np.bincount(owner, (error**2).sum(axis=0)) / guess)
    return np.minimum.accumulate(np.minimum(losses, 1), axis=0)


def _ridge(x: np.ndarray, y: np.ndarray, x_test: np.ndarray) -> np.ndarray:
    """Predictions of a ridge regression, its penalty by generalised cross-validation for each column of y."""
    n = len(x)
    s2, V = np.linalg.eigh(x.T @ x / n)
    s2, b, total = s2.clip(min=0), V.T @ (x.T @ y) / n, (y**2).mean(axis=0)
    shrink = 1 / (s2[:, None] + _PENALTIES)  # (inputs, penalties)
    used = (s2[:, None] * shrink).sum(axis=0)  # effective degrees of freedom
    fit = np.einsum("ip,ik->pk", shrink, b**2)
    residual = total - 2 * fit + np.einsum("ip,ik->pk", s2[:, None] * shrink**2, b**2)
    best = (residual / (1 - np.minimum(used / n, 0.99))[:, None] ** 2).argmin(axis=0)
    return x_test @ V @ (shrink[:, best] * b)
