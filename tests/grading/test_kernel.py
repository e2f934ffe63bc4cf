"""A submission's kernel starts, also where another program is quicker to take the ports chosen for it."""

import contextlib
import socket

import pytest
import tiny
from jupyter_client.connect import LocalPortCache

from dvlab.grading import oversee, sandbox
from dvlab.grading.oversee import STARTS, Run, Stopped

FREE = LocalPortCache.find_available_port


@pytest.fixture
def run(tmp_path):
    limits = {"seconds": 120.0, "cell_seconds": 30.0, "memory_gb": 3.0}
    notebook = tiny.notebook(tiny.RIGHT)
    released = {cell.id: cell.source for cell in notebook.cells}
    submission = {"folder": str(tmp_path), "notebook": notebook, "source": notebook, "released": released}
    run = Run({**limits, **submission, "left_out": []}, print)
    sandbox.make(tmp_path / "apart", None, [], checks=False)
    return run


def ports(taken, times):
    """The ports of so many kernels are `taken`, those after them free."""
    left = iter([taken] * 5 * times)
    return lambda cache, ip: next(left, None) or FREE(cache, ip)


@pytest.mark.whole
def test_a_kernel_whose_ports_were_taken_meanwhile_is_started_again(tmp_path, run, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as other, contextlib.ExitStack() as running:
        monkeypatch.setattr(LocalPortCache, "find_available_port", ports(other.getsockname()[1], times=2))
        kernel = run.started(tmp_path / "apart", running)
        kernel.seconds = 30
        assert kernel.ask("get", "__name__") == {"ok": "__main__"}


def test_where_no_kernel_ever_starts_the_teacher_is_told_why(tmp_path, run, monkeypatch):
    tries = []
    monkeypatch.setattr(oversee, "Kernel", lambda *job: tries.append(job) or Fails())
    with contextlib.ExitStack() as running, pytest.raises(Stopped, match=r"no kernel started \(it died\).*--memory-gb"):
        run.started(tmp_path / "apart", running)
    assert len(tries) == STARTS


class Fails:
    @contextlib.contextmanager
    def start(self):
        raise RuntimeError("it died")
        yield
