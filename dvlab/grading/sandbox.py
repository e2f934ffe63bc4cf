"""A home for one submission: its own folder, package, home, temporary files and environment, and no process left."""

import contextlib
import ctypes
import os
import shutil
import signal
import site
import sys
from pathlib import Path

import psutil

import dvlab

PACKAGE = Path(dvlab.__file__).parent
INSIDE = ("__init__.py", "confine.py", "student.py")  # of dvlab/grading, what the student's kernel needs
KEPT = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH", "SYSTEMROOT", "VIRTUAL_ENV", "CONDA_PREFIX")
SUBREAPER, DEATH_SIGNAL = 36, 1  # prctl(2)


def make(folder: Path, files: Path | None, fonts: list[Path], checks: bool) -> None:
    """Fill the new `folder`: work/ with what was handed in, course/ with a copy of the package, home/ and tmp/.

    Without `checks`, dvlab.checks is there and does nothing, so that no answer can read an oracle.
    """
    for part in ("home/.config/matplotlib", "tmp"):
        (folder / part).mkdir(parents=True)
    for font in fonts:  # matplotlib takes seconds to build them
        shutil.copy(font, folder / "home" / ".config" / "matplotlib")
    if files is None:
        (folder / "work").mkdir()
    else:
        shutil.copytree(files, folder / "work")
    package = folder / "course" / "dvlab"
    left_out = {"grading"} if checks else {"grading", "checks"}

    def ignored(at, names):
        unfinished = {name for name in names if ".pyc." in name}  # which some other process compiles just now
        return unfinished | (left_out & set(names) if at == str(PACKAGE) else set())

    shutil.copytree(PACKAGE, package, ignore=ignored)
    (package / "grading").mkdir()
    for name in INSIDE:
        shutil.copy2(PACKAGE / "grading" / name, package / "grading")
    if not checks:
        (package / "checks").mkdir()
        shutil.copy2(PACKAGE / "grading" / "stub.py", package / "checks" / "__init__.py")


def environment(folder: Path) -> dict[str, str]:
    """What the submission's processes see: nothing of the grader's but where the programs are."""
    home, tmp = str(folder / "home"), str(folder / "tmp")
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    programs = os.pathsep.join([str(Path(sys.executable).parent), kept.get("PATH", "")])
    places = {"HOME": home, "USERPROFILE": home, "TMPDIR": tmp, "TEMP": tmp, "TMP": tmp}
    python = {"PYTHONPATH": str(folder / "course"), "PYTHONUSERBASE": site.getuserbase()}
    settings = {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": "", "PIP_NO_INDEX": "1"}
    return kept | places | python | settings | {"PATH": programs, "PIP_DISABLE_PIP_VERSION_CHECK": "1"}


def adopt_orphans() -> None:
    """Whatever loses its parent below this process becomes its child; end with the process that started this one."""
    if sys.platform == "linux":
        libc = ctypes.CDLL(None)
        libc.prctl(SUBREAPER, 1, 0, 0, 0)
        libc.prctl(DEATH_SIGNAL, signal.SIGTERM, 0, 0, 0)


def end_all_below() -> None:
    """End every process that descends from this one, orphans too (Linux)."""
    for _ in range(100):
        below = psutil.Process().children(recursive=True)
        if not below:
            return
        end(below)


def end_all_at(folder: Path) -> None:
    """End every process that was started with its home in `folder`, whoever its parent is now."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get("HOME", "").startswith(str(folder)):
                found.append(process)
    end(found)


def end(processes: list[psutil.Process]) -> None:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(processes, timeout=5)
