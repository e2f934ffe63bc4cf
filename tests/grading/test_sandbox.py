"""What a submission's processes may use, what they see, and that none of them is left."""

import os
import shutil
import subprocess
import sys
import time

import psutil
import pytest

from dvlab.grading import confine, sandbox

SLEEP = "import time; time.sleep(600)"


def python(code, folder, **more):
    start = (
        f"from pathlib import Path; import os, signal; from dvlab.grading.confine import *; F = Path({str(folder)!r})\n"
    )
    path = str(sandbox.PACKAGE.parent)
    return subprocess.run(
        [sys.executable, "-c", start + code],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": path, **more},
    )


@pytest.mark.skipif(not confine.landlock(), reason="this kernel has no Landlock")
def test_a_confined_process_writes_below_its_folder_only(tmp_path):
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    outside.mkdir()
    (outside / "theirs").write_text("theirs")
    code = f"""
O = Path({str(outside)!r})
assert write_only_below(F)
(F / 'mine').write_text('mine'); (F / 'sub').mkdir(); os.rename(F / 'mine', F / 'sub' / 'mine')
assert (O / 'theirs').read_text() == 'theirs'
for what in (lambda: (O / 'new').write_text('x'), lambda: (O / 'theirs').unlink(), lambda: (O / 'd').mkdir(),
             lambda: open(O / 'theirs', 'a'), lambda: os.truncate(O / 'theirs', 0), lambda: (O / 'l').symlink_to('x'),
             lambda: os.rename(F / 'sub' / 'mine', O / 'mine'), lambda: os.link(O / 'theirs', F / 'link')):
    try:
        what()
    except OSError:
        continue
    raise SystemExit('held nothing')
if landlock() >= 6:
    try:
        os.kill(os.getppid(), 0)
    except PermissionError:
        pass
    else:
        raise SystemExit('can signal')
open('/dev/null', 'w').write('x')
child = os.popen('(echo x >> ' + str(O / 'theirs') + ') 2>&1').read()
assert 'ermission' in child, child
"""
    done = python(code, inside)
    assert done.returncode == 0, done.stderr
    assert [path.name for path in outside.iterdir()] == ["theirs"] and (outside / "theirs").read_text() == "theirs"


@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited on Linux only")
def test_memory_is_a_processs_own_and_not_what_it_maps(tmp_path):
    (tmp_path / "large").write_bytes(b"")
    os.truncate(tmp_path / "large", 2**31)
    done = python(
        "limit(0.5)\nimport mmap\nm = mmap.mmap(os.open(F / 'large', os.O_RDONLY), 2**31, prot=mmap.PROT_READ)\n"
        "a = bytearray(2**28)\ntry:\n    b = bytearray(2**29)\nexcept MemoryError:\n    print('held')",
        tmp_path,
    )
    assert done.stdout == "held\n", done.stderr


def test_the_environment_holds_nothing_of_the_graders(tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET_TOKEN", "x")
    env = sandbox.environment(tmp_path)
    assert (
        "SECRET_TOKEN" not in env and env["HOME"].startswith(str(tmp_path)) and env["TMPDIR"].startswith(str(tmp_path))
    )


def test_a_sandbox_has_its_own_package_without_grading_and_without_oracles(tmp_path):
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "helper.py").write_text("x = 1")
    code = "import dvlab, dvlab.checks.ex02.kl as k; from dvlab.checks import ex02, ex07\n"
    code += "from dvlab.checks.comparison import x\n"
    code += "print(dvlab.__file__); assert ex02.kl(1) is None and x() is None and k is not None\n"
    code += "import importlib.util as u; assert not u.find_spec('dvlab.grading.release')"
    for checks in (True, False):
        folder = tmp_path / str(checks)
        sandbox.make(folder, tmp_path / "files", [], checks)
        assert (folder / "work" / "helper.py").exists()
        assert (folder / "course" / "dvlab" / "checks" / "comparison.py").exists() == checks
    env = {**os.environ, "PYTHONPATH": str(tmp_path / "False" / "course")}
    done = subprocess.run([sys.executable, "-P", "-c", code], env=env, capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout.splitlines()[-3].startswith(str(tmp_path / "False")), done.stderr


def test_what_another_process_compiles_just_now_is_not_copied(tmp_path, monkeypatch):
    package = tmp_path / "dvlab"
    shutil.copytree(sandbox.PACKAGE / "grading", package / "grading")
    (package / "__pycache__").mkdir()
    (package / "__pycache__" / "vae.cpython-311.pyc.140").symlink_to("gone")  # listed, and away when it is copied
    monkeypatch.setattr(sandbox, "PACKAGE", package)
    sandbox.make(tmp_path / "home", None, [], checks=True)
    assert (tmp_path / "home" / "course" / "dvlab" / "grading" / "student.py").exists()


def runs(pid):
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def waits(pids):
    """Which of these processes still run, after at most ten seconds."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        alive = [pid for pid in pids if runs(pid)]
        if not alive:
            break
        time.sleep(0.05)
    return alive


@pytest.mark.skipif(sys.platform != "linux", reason="orphans are adopted on Linux only")
def test_orphans_and_new_sessions_are_ended_too(tmp_path):
    code = f"""
import subprocess, sys, os
from dvlab.grading import sandbox
sandbox.adopt_orphans()
quiet = {{"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "start_new_session": True}}
inner = f"import subprocess, sys; print(subprocess.Popen([sys.executable, '-c', {SLEEP!r}], **{{quiet}}).pid)"
print(subprocess.run([sys.executable, '-c', inner], capture_output=True, text=True).stdout)
print(subprocess.Popen([sys.executable, '-c', {SLEEP!r}]).pid, flush=True)
sandbox.end_all_below()
"""
    done = python(code, tmp_path)
    pids = [int(line) for line in done.stdout.split()]
    assert len(pids) == 2 and not waits(pids), done.stderr


def test_what_was_started_in_a_sandbox_is_found_by_its_home(tmp_path):
    ours, other = (
        subprocess.Popen([sys.executable, "-c", SLEEP], env={**os.environ, "HOME": str(tmp_path / name)})
        for name in ("work/home", "elsewhere")
    )
    try:
        time.sleep(0.5)
        sandbox.end_all_at(tmp_path / "work")
        assert ours.wait(10) is not None and other.poll() is None
    finally:
        for process in (ours, other):
            process.kill()
            process.wait()
