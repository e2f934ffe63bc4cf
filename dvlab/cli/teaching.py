"""What `python -m dvlab notebooks`, `release` and `grade` print, and how they exit."""

import tempfile
from pathlib import Path

from nbclient.exceptions import CellExecutionError
from tqdm.auto import tqdm

from dvlab.grading import grade as grading
from dvlab.grading.notebooks import build, differences, pairs
from dvlab.grading.release import ReleaseError, pack, stale, write_exercises


def notebooks(paths: list[Path] | None, check: bool) -> None:
    """Build the pairs (all lectures and solutions where none is named), or report those that differ and exit with 1."""
    scripts = [Path(path).with_suffix(".py") for path in paths or []]
    if missing := [str(script) for script in scripts if not script.exists()]:
        raise FileNotFoundError(f"no such script: {', '.join(missing)}")
    if check:
        scripts = scripts or pairs()
        problems = [problem for script in scripts if (problem := differences(script))]
        print("\n".join(problems) if problems else f"{len(scripts)} notebooks say what their scripts say")
        raise SystemExit(1 if problems else 0)
    for script in tqdm(scripts or pairs(rooms=("lectures", "solutions")), desc="notebooks"):
        try:
            print(build(script))
        except CellExecutionError as error:
            raise SystemExit(f"{script}: a cell failed, the notebook is left as it was\n{error}") from None


def release(out: Path | None, check: bool) -> None:
    """Write exercises/, or pack what students get into `out`, or report stale exercises and exit with 1."""
    if out is not None:
        print(f"packed what students get into {pack(Path('.'), out)}")
    elif check:
        with tempfile.TemporaryDirectory() as fresh:
            write_exercises(Path("."), Path(fresh))
            if old := stale(Path("."), Path(fresh)):
                raise ReleaseError(f"not what the solutions generate (run python -m dvlab release): {', '.join(old)}")
        print("exercises/ is what the solutions generate")
    else:
        for notebook in write_exercises():
            print(notebook)


def grade(submitted: Path, out: Path, jobs: int, again: bool, format: str, **limits: float) -> None:
    """Grade a pile of submissions and print a summary."""
    try:
        grades = grading.grade(submitted, out, jobs, grading.Limits(**limits), again=again, format=format)
    except RuntimeError as error:  # a submission may have changed what grades the others
        raise SystemExit(f"error: {error}") from None
    print(grading.summary(grades))
    print(f"{out / 'grades.csv'}, {out / 'feedback'}")
