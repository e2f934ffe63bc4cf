"""What a submission's process may use: memory, size of files, and on Linux the folder that it may write.

Landlock (Linux 5.13 and newer) lets a process give up, for itself and all that it starts, the right to write elsewhere;
from Linux 6.12 on also the right to signal others. Where the kernel has none of it, the limits hold and the rest not.
"""

import ctypes
import os
import signal
import sys
from pathlib import Path

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # landlock(7)
WRITES = 0b1_1111_1111_0010  # write, remove and make files, folders and links; not: read, execute
REFER, TRUNCATE = 1 << 13, 1 << 14  # since ABI 2 and 3
OTHERS_SIGNALS = 1 << 1  # scope, since ABI 6
WRITE_FILE = 1 << 1
DEATH_SIGNAL, NO_NEW_PRIVILEGES = 1, 38  # prctl(2)


def limit(memory_gb: float) -> None:
    """Limit this process's own memory (not the libraries it maps), and the size of its files."""
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (200 * 2**20,) * 2)
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_DATA, (int(memory_gb * 2**30),) * 2)


def landlock() -> int:
    """The version of Landlock that this kernel offers, 0 for none."""
    if sys.platform != "linux":
        return 0
    return max(ctypes.CDLL(None).syscall(CREATE_RULESET, None, ctypes.c_size_t(0), 1), 0)


def write_only_below(folder: Path) -> bool:
    """Give up writing anywhere but below `folder` and to /dev; False where the kernel cannot do that."""
    version, libc = landlock(), ctypes.CDLL(None)
    if not version:
        return False
    rights = WRITES | (REFER if version >= 2 else 0) | (TRUNCATE if version >= 3 else 0)
    scope = OTHERS_SIGNALS if version >= 6 else 0
    fields = (ctypes.c_uint64 * 3)(rights, 0, scope)  # files, network, scope
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    rules = libc.syscall(CREATE_RULESET, fields, ctypes.c_size_t(size), 0)
    for path, allowed in (
        (folder, rights),
        (Path("/dev"), WRITE_FILE | (rights & TRUNCATE)),
        (Path("/dev/shm"), rights),
    ):
        if path.exists():
            where = os.open(path, os.O_PATH)
            rule = allowed.to_bytes(8, sys.byteorder) + where.to_bytes(4, sys.byteorder)  # struct, packed
            libc.syscall(ADD_RULE, rules, 1, rule, 0)
            os.close(where)
    libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    done = libc.syscall(RESTRICT_SELF, rules, 0) == 0
    os.close(rules)
    return done


def confine(folder: Path, memory_gb: float) -> None:
    """All of it, for this process and what it starts; and end with the process that started this one (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    limit(memory_gb)
    write_only_below(folder)
