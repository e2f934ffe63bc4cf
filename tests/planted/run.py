"""Plants the errors of errors.py, one at a time, in a copy of the repository, and says which ones the tests notice.

    python tests/planted/run.py                     every error (about an hour)
    python tests/planted/run.py metrics/_sap "at("  those whose file or text contains one of these words

A test run begins with imports that take longer than most tests. So this process imports the libraries once, though
nothing of dvlab, and forks for each error; hence no Windows. An error whose tests run for longer than LIMIT seconds
counts as not judged. The exit status is 1 where an error went unnoticed or was not judged.
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
from pathlib import Path

from errors import ROOT, Planted, planted

LIMIT = 300
IMPORTS = """beartype hypothesis.extra.numpy jaxtyping joblib matplotlib.pyplot nbformat pytest safetensors.torch
    scipy.fft scipy.interpolate scipy.optimize scipy.stats sklearn.ensemble sklearn.linear_model sklearn.metrics
    sklearn.tree torch.distributions torch.utils.data tqdm.auto typer PIL.Image"""
PYTEST = ["-x", "-q", "--no-header", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:nbval"]
PYTEST += ["-o", "addopts=--strict-markers -m 'not slow and not browser'"]  # instead of pyproject.toml's two workers


def copy_tree(tree: Path) -> None:
    """Git's files and those it would add, as they are now."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tree / name)


def run_tests(tests: str, output: Path) -> None:
    """In the forked process: never returns."""
    code = 70
    try:
        os.setsid()  # so that the kernels and workers it starts can be stopped with it
        written = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(written, 1)
        os.dup2(written, 2)
        import pytest

        code = int(pytest.main([*PYTEST, *tests.split()]))
    finally:
        os._exit(code)


def judge(error: Planted, tree: Path, output: Path) -> str:
    file = tree / "dvlab" / error.file
    before = file.read_text(encoding="utf-8")
    file.write_text(error.plant(before), encoding="utf-8")
    try:
        child = os.fork()
        if child == 0:
            run_tests(error.tests, output)
        end = time.monotonic() + LIMIT
        while not (ended := os.waitpid(child, os.WNOHANG))[0]:
            if time.monotonic() > end:
                os.killpg(child, signal.SIGKILL)
                os.waitpid(child, 0)
                return f"not judged within {LIMIT} s"
            time.sleep(0.05)
    finally:
        file.write_text(before, encoding="utf-8")
    code = os.waitstatus_to_exitcode(ended[1])
    # 1: a test failed; 2: a test file could not be imported, which is noticed too.
    return {0: "UNNOTICED", 1: "noticed", 2: "noticed"}.get(code, f"not judged: pytest ended with {code}")


def main(words: list[str]) -> int:
    chosen = [e for e in planted() if not words or any(word in f"{e.file} {e.old} {e.new}" for word in words)]
    count = Counter()
    with tempfile.TemporaryDirectory(prefix="dvlab-planted-") as folder:
        tree = Path(folder).resolve() / "tree"
        tree.mkdir()
        copy_tree(tree)
        os.chdir(tree)
        os.environ |= {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1", "OMP_NUM_THREADS": "1"}
        sys.path.insert(0, str(tree))
        sys.dont_write_bytecode = True
        for name in IMPORTS.split():
            importlib.import_module(name)
        assert not any(name.split(".")[0] == "dvlab" for name in sys.modules), "a fork would test the wrong dvlab"
        for error in chosen:
            start = time.monotonic()
            verdict = judge(error, tree, tree.parent / "output.txt")
            count[verdict.split()[0]] += 1
            print(
                f"{verdict:9s} {time.monotonic() - start:4.0f} s  {error.file}: {error.old!r} -> {error.new!r}",
                flush=True,
            )
    print(f"{count['noticed']} of {len(chosen)} noticed, {count['UNNOTICED']} unnoticed, {count['not']} not judged")
    return int(count["noticed"] < len(chosen))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
