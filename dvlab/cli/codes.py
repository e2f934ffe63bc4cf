"""What `python -m dvlab score` and `trial` do: metrics without a model."""

import csv as reading
import re
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from pickle import UnpicklingError
from zipfile import BadZipFile

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
    another number or kind of files, for an .npz without these names, and for what is no array or no table; OSError for
    a file that cannot be read.
    """
    if len(files) == 1 and files[0].suffix == ".npz":
        held = _loaded(files[0])
        missing = {"codes", "factors"} - set(held)
        if missing:
            raise ValueError(f"{files[0]} must hold arrays codes and factors; it has {', '.join(held) or 'none'}")
        return held["codes"], held["factors"]
    if len(files) != 2:
        raise ValueError(f"files must be one .npz, or two of .npy or .csv, codes and factors; got {len(files)}")
    codes, factors = map(_array, files)
    if len(codes) != len(factors):
        of = f"{len(codes)} in {files[0].name} and {len(factors)} in {files[1].name}"
        heading = "; a first line of a .csv without a number is taken for a heading"
        raise ValueError(f"codes and factors must have a row for each image; got {of}{heading}")
    return codes, factors


def _loaded(file: Path):
    """The array of an .npy, or those of an .npz by name; nothing in it is unpickled."""
    try:
        held = np.load(file)
        return {name: held[name] for name in held} if file.suffix == ".npz" else held
    except (ValueError, EOFError, BadZipFile, UnpicklingError) as error:
        objects = "it holds Python objects: save words with .astype(str)"
        why = objects if "Object arrays" in str(error) else "NumPy cannot read it"
        raise ValueError(f"{file} must hold arrays of numbers or words; {why}") from None


def _array(file: Path) -> np.ndarray:
    if file.suffix == ".npy":
        return _loaded(file)
    if file.suffix != ".csv":
        raise ValueError(f"files must be .npy or .csv (or one .npz); got {file.name}")
    lines = _lines(file)
    if lines and not any(map(_is_number, lines[0])):
        lines = lines[1:]
    elif lines and len(lines[0]) > 1 and lines[0] == [str(j) for j in range(len(lines[0]))]:
        print(f"{file.name}: its first line, {','.join(lines[0])}, is taken for an image", file=sys.stderr)
    if not lines:
        raise ValueError(f"{file} must have a line for each image; it has none")
    if len({len(line) for line in lines}) != 1:
        raise ValueError(f"{file} must have as many entries in each line; got {sorted({len(line) for line in lines})}")
    columns = [np.array(column) for column in zip(*lines, strict=True)]
    columns = [column.astype(float) if all(map(_is_number, column)) else column.astype(object) for column in columns]
    return np.stack(columns, axis=1)


def _lines(file: Path) -> list[list[str]]:
    """The entries of each line that is not empty; the first may be a heading, and name its columns with nothing."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ValueError(f"{file} must be text in UTF-8") from None
    reader, lines = reading.reader(text.splitlines(), skipinitialspace=True), []
    for line in reader:
        entries = [entry.strip() for entry in line]
        if entries in ([], [""]):
            continue
        parts = re.split(r"[;\s]+", entries[0]) if len(entries) == 1 else []
        if len(parts) > 1 and all(map(_is_number, parts)):
            raise ValueError(f"{file} must have commas between entries; line {reader.line_num} is {entries[0]!r}")
        if lines and "" in entries:
            raise ValueError(f"{file} must have no missing entry; line {reader.line_num} is {','.join(entries)}")
        lines.append(entries)
    return lines


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
