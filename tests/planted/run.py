"""Plants the errors of errors.py, one at a time, in a copy of the repository, and says which ones the tests notice.

    python tests/planted/run.py                     every error (some forty minutes; a Chromium for widgets/js)
    python tests/planted/run.py metrics/_sap "at("  those whose file or text contains one of these words

A run of pytest begins with imports that take longer than most tests. So this process imports the libraries once, though
nothing of dvlab, and forks for each error; hence no Windows. Where the tests fail without the error too, or run for
longer than LIMIT seconds, it is not judged. The exit status is 0 where every error was noticed.
"""

import importlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

from errors import ROOT, Planted, planted

LIMIT = 300
IMPORTS = """beartype hypothesis.extra.numpy jaxtyping joblib matplotlib.pyplot nbformat pytest safetensors.torch
    scipy.fft scipy.interpolate scipy.optimize scipy.stats sklearn.ensemble sklearn.linear_model sklearn.metrics
    sklearn.tree torch.distributions torch.utils.data tqdm.auto typer PIL.Image"""
PYTEST = ["-x", "-q", "--no-header", "-p", "no:cacheprovider", "-n", "0", "-p", "no:nbval"]
PYTEST += ["-o", "addopts=--strict-markers -m 'not slow and not browser'"]  # instead of pyproject.toml's two workers
NOTICED = (1, 2)  # a test fails; a test file cannot even be imported


def copy_tree(tree: Path) -> None:
    """Git's files and those it would add, as they are now."""
    ls_files = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(ls_files, cwd=ROOT, check=True, capture_output=True).stdout.decode().split("\0")
    for name in names:
        if name and (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree / name)


def pytest_in_a_fork(tests: str, output: Path) -> int | None:
    """Pytest's exit status; None where it was stopped after LIMIT seconds, with all that it had started."""
    child = os.fork()
    if child == 0:
        os.setsid()
        written = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(written, 1)
        os.dup2(written, 2)
        code = 70
        try:
            import pytest

            browser = ["-m", "browser"] if "tests/browser/" in tests else []
            code = int(pytest.main([*PYTEST, *browser, *tests.split()]))
        finally:
            os._exit(code)
    end = time.monotonic() + LIMIT
    try:
        while time.monotonic() < end:
            pid, status = os.waitpid(child, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.05)
        return None
    finally:  # also the kernels and workers that the tests left behind
        with suppress(OSError):
            os.killpg(child, signal.SIGKILL)
        with suppress(OSError):
            os.waitpid(child, 0)


def judge(error: Planted, tree: Path) -> str:
    """What the tests say of it: "noticed", "UNNOTICED" or "not judged" with the reason."""
    file = tree / "dvlab" / error.file
    before = file.read_text(encoding="utf-8")
    file.write_text(error.plant(before), encoding="utf-8")
    try:
        code = pytest_in_a_fork(error.tests, tree.parent / "output.txt")
    finally:
        file.write_text(before, encoding="utf-8")
    if code == 0:
        return "UNNOTICED"
    return "noticed" if code in NOTICED else f"not judged: {'out of time' if code is None else f'exit status {code}'}"


def main(words: list[str]) -> int:
    chosen = [e for e in planted() if not words or any(word in f"{e.file} {e.old} {e.new}" for word in words)]
    counts, as_it_is = Counter(), {}
    with tempfile.TemporaryDirectory(prefix="dvlab-planted-") as folder:
        tree = Path(folder).resolve() / "tree"
        tree.mkdir()
        copy_tree(tree)
        os.chdir(tree)
        os.environ |= {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1"}
        os.environ["DVLAB_REQUIRE_BROWSER"] = "1"  # without one a test would be skipped, and no error be noticed
        sys.path.insert(0, str(tree))
        sys.dont_write_bytecode = True
        for name in IMPORTS.split():
            importlib.import_module(name)
        assert not any(name.split(".")[0] == "dvlab" for name in sys.modules), "a fork would test another dvlab"
        for error in chosen:
            start = time.monotonic()
            if error.tests not in as_it_is:
                as_it_is[error.tests] = pytest_in_a_fork(error.tests, tree.parent / "output.txt")
            verdict = judge(error, tree) if as_it_is[error.tests] == 0 else "not judged: its tests fail without it too"
            counts[verdict.split()[0]] += 1
            seconds = time.monotonic() - start
            print(f"{verdict:9s} {seconds:4.0f} s  {error.file}: {error.old!r} -> {error.new!r}", flush=True)
    print(f"{counts['noticed']} of {len(chosen)} noticed, {counts['UNNOTICED']} unnoticed, {counts['not']} not judged")
    return int(counts["noticed"] < len(chosen))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
