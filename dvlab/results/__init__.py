"""The tables behind the figures: NAME.csv, a row a run, below comments that say how it was made."""

import json
import os
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from dvlab.files import write_whole
from dvlab.validation import one_of

RESULTS = Path(__file__).parent


def read(name: str, folder: str | os.PathLike = RESULTS) -> np.ndarray:
    """The table called `name`, as it ships or from another folder.

    Parameters
    ----------
    name : str
        Without .csv.
    folder : path

    Returns
    -------
    structured array (runs,)
        A row a run; what has a unit is in nats per image.

    Raises
    ------
    FileNotFoundError
        With the names there are, for another name.

    Examples
    --------
    >>> rows = read("fronts")
    >>> rows["mig"][rows["objective"] == "beta-vae-cooled"].shape
    (25,)
    """
    path = Path(folder) / f"{name}.csv"
    if not path.is_file():
        there = ", ".join(sorted(file.stem for file in Path(folder).glob("*.csv"))) or "none"
        raise FileNotFoundError(f"there is no table {name!r} (there is {there}); `python -m dvlab sweep` makes them")
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return np.atleast_1d(np.genfromtxt(lines, delimiter=",", names=True, dtype=None, encoding="utf-8"))


def by_beta(rows: np.ndarray, objective: str, column: str) -> tuple[np.ndarray, np.ndarray]:
    """The β's of one objective of a table, and a column of it, ready for a mean and a spread over seeds.

    Parameters
    ----------
    rows : structured array (runs,)
        As `read` gives it.
    objective : str
    column : str

    Returns
    -------
    betas : array (B,)
    values : array (B, seeds)

    Raises
    ------
    ValueError
        For an unknown objective or column, and where the β's have not the same seeds: they could not be paired, nor
        put into one array.

    Examples
    --------
    >>> betas, mig = by_beta(read("fronts"), "beta-vae-cooled", "mig")
    >>> betas.tolist(), mig.shape
    ([1, 2, 4, 6, 10], (5, 5))
    """
    one_of("objective", objective, tuple(dict.fromkeys(rows["objective"].tolist())))
    one_of("column", column, rows.dtype.names)
    rows = np.sort(rows[rows["objective"] == objective], order=["beta", "seed"])
    betas = np.unique(rows["beta"])
    seeds = {float(beta): rows["seed"][rows["beta"] == beta].tolist() for beta in betas}
    if len({tuple(each) for each in seeds.values()}) > 1:
        told = "; ".join(f"β = {beta:g} has {each}" for beta, each in seeds.items())
        raise ValueError(f"rows must hold the same seeds for every β of {objective!r}; {told}")
    return betas, rows[column].reshape(len(betas), -1)


def csv(comments: list[str], rows: list[dict[str, Any]]) -> str:
    """A table as text: comments, the names of the columns, and a line a row.

    Parameters
    ----------
    comments : list of str
        Each becomes a line that starts with #.
    rows : list of dict
        Column -> number or text; a column that a row lacks is left empty.

    Returns
    -------
    str

    Examples
    --------
    >>> print(csv(["made by hand"], [{"seed": 0, "mig": 0.25}, {"seed": 1}]))
    # made by hand
    seed,mig
    0,0.25
    1,
    <BLANKLINE>
    """
    columns = list(dict.fromkeys(name for row in rows for name in row))
    lines = [",".join(_text(row.get(column, "")) for column in columns) for row in rows]
    return "\n".join([*(f"# {comment}" for comment in comments), ",".join(columns), *lines, ""])


def _text(value):
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def store(folder: str | os.PathLike, name: str, made_from: dict[str, Any], **result: Any) -> None:
    """Write one run's result, and all that it was made from, to a JSON file of its own, whole or not at all.

    Parameters
    ----------
    folder : path
    name : str
        Of the file, before a number that tells of `made_from`.
    made_from : dict
        All that the result follows from; anything that JSON can hold.
    **result
        As much: a `row`, the `versions` that made it.
    """
    text = json.dumps({**result, "made_from": made_from}, indent=1, ensure_ascii=False)
    write_whole(_file(folder, name, made_from), text)


def stored(folder: str | os.PathLike, name: str, made_from: dict[str, Any]) -> dict[str, Any] | None:
    """What `store` wrote for a run made from exactly the same.

    Parameters
    ----------
    folder : path
    name : str
    made_from : dict
        As `store` was given them.

    Returns
    -------
    dict or None
        None where there is nothing whole.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     store(folder, "run", {"seed": 0}, row={"mig": 0.25}, versions={})
    ...     stored(folder, "run", {"seed": 0})["row"], stored(folder, "run", {"seed": 1})
    ({'mig': 0.25}, None)
    """
    try:
        found = json.loads(_file(folder, name, made_from).read_text(encoding="utf-8"))
        whole = found["made_from"] == made_from and isinstance(found["row"], dict)
        return found if whole and isinstance(found["versions"], dict) else None
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def _file(folder, name, made_from):
    number = zlib.crc32(json.dumps(made_from, sort_keys=True).encode())
    return Path(folder) / f"{name}-{number:08x}.json"
