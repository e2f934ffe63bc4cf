"""What `python -m dvlab score` and `trial` do: metrics without a model."""

import warnings
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from dvlab import __version__
from dvlab.files import write_whole
from dvlab.metrics import report
from dvlab.metrics import trial as try_metrics
from dvlab.results import RESULTS, csv


def score(files: Sequence[Path], categorical: Sequence[int], fit_on: int, seed: int) -> None:
    """Print the report of codes and factors from files."""
    print(report(*arrays(files), categorical=tuple(categorical), fit_on=fit_on, seed=seed))


def arrays(files: Sequence[Path]) -> tuple[np.ndarray, np.ndarray]:
    """Codes and factors from one .npz with arrays of these names, or from two files, .npy or .csv, codes first.

    A .csv has a row an image and commas between; a first line without any number is a heading. Raises ValueError for
    another number or kind of files, and for an .npz without these names; OSError for a file that cannot be read.
    """
    if len(files) == 1 and files[0].suffix == ".npz":
        with np.load(files[0]) as held:
            missing = {"codes", "factors"} - set(held)
            if missing:
                raise ValueError(f"{files[0]} must hold arrays codes and factors; it has {', '.join(held) or 'none'}")
            return held["codes"], held["factors"]
    if len(files) != 2:
        raise ValueError(f"files must be one .npz, or two of .npy or .csv, codes and factors; got {len(files)}")
    return tuple(_array(file) for file in files)


def _array(file: Path) -> np.ndarray:
    if file.suffix == ".npy":
        return np.load(file)
    if file.suffix != ".csv":
        raise ValueError(f"files must be .npy or .csv (or one .npz); got {file.name}")
    lines = [line.split(",") for line in file.read_text(encoding="utf-8-sig").splitlines() if line.strip()]
    if lines and not any(map(_is_number, lines[0])):
        lines = lines[1:]
    if len({len(line) for line in lines}) != 1:
        raise ValueError(f"{file} must have as many entries in each line; got {sorted({len(line) for line in lines})}")
    columns = [np.array([entry.strip() for entry in column]) for column in zip(*lines, strict=True)]
    columns = [column.astype(float) if all(map(_is_number, column)) else column.astype(object) for column in columns]
    return np.stack(columns, axis=1)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def trial(out: Path | None, jobs: int) -> None:
    """All metrics before the court: print what each passes, and write the table as court.csv."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = try_metrics(n_jobs=jobs)
    rows = [
        {
            "case": case,
            "metric": metric,
            "score": float(found.scores[c, m]),
            "low": float(found.low[c, m]),
            "high": float(found.high[c, m]),
            "verdict": str(found.verdicts[c, m]),
        }
        for c, case in enumerate(found.cases)
        for m, metric in enumerate(found.metrics)
    ]
    comments = ["python -m dvlab trial", f"dvlab {__version__}; a row a case and metric; low to high: what is true"]
    path = (out or RESULTS) / "court.csv"
    write_whole(path, csv(comments, rows).encode())
    for m, metric in enumerate(found.metrics):
        judged = found.verdicts[:, m] != "no truth"
        print(f"{metric:<16} {(found.verdicts[:, m] == 'passes').sum():3d} of {judged.sum():3d} passed")
    print(path)
