"""A submission's kernel starts, also where another program is quicker to take the ports chosen for it."""

import contextlib
import socket

import pytest
from jupyter_client.connect import LocalPortCache

from dvlab.grading import kernel, sandbox

FREE = LocalPortCache.find_available_port


def ports(taken, times):
    """The ports of so many kernels are `taken`, those after them free."""
    left = iter([taken] * 5 * times)
    return lambda cache, ip: next(left, None) or FREE(cache, ip)


@pytest.mark.whole
def test_a_kernel_whose_ports_were_taken_meanwhile_is_started_again(tmp_path, monkeypatch):
    sandbox.make(tmp_path / "apart", None, [], checks=False)
    with socket.create_server(("127.0.0.1", 0)) as other:
        monkeypatch.setattr(LocalPortCache, "find_available_port", ports(other.getsockname()[1], times=2))
        with kernel.started([], tmp_path / "apart", 3.0) as running:
            running.seconds = 30
            assert running.ask("get", "__name__") == {"ok": "__main__"}


class Fails:
    @contextlib.contextmanager
    def start(self):
        raise RuntimeError("it died")
        yield


def test_where_no_kernel_ever_starts_it_is_told_why_after_a_few_tries(tmp_path, monkeypatch):
    tries = []
    monkeypatch.setattr(kernel, "Kernel", lambda *job: tries.append(job) or Fails())
    with pytest.raises(kernel.NotStarted, match="it died"), kernel.started([], tmp_path, 3.0):
        raise AssertionError("it runs")
    assert len(tries) == kernel.STARTS
