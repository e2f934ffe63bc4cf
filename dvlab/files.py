"""Files that are written whole or not at all: a crash, a full disk or Ctrl-C leaves the old one or the new one."""

import glob
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any


def write_whole(path: str | os.PathLike, content: bytes | str) -> None:
    """Write `content` to `path`, whole or not at all.

    It is written beside its place and moved there when complete. Folders are made as needed. What a process that was
    killed left beside it is removed.

    Parameters
    ----------
    path : path
        Where the content goes; a file that is there is replaced.
    content : bytes or str
        What is written; text as UTF-8.

    Raises
    ------
    OSError
        Naming the path, where it can't be written.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     write_whole(Path(folder) / "a" / "b.txt", "β = 4")
    ...     (Path(folder) / "a" / "b.txt").read_text(encoding="utf-8")
    'β = 4'
    """
    path = Path(path)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(path)
        with open(part, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except OSError as error:  # of a full disk the system doesn't say where
        raise type(error)(error.errno, error.strerror or str(error), str(path)) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _remove_leftovers(path: Path) -> None:
    """Remove the parts of `path` that belong to no running process."""
    for part in path.parent.glob(f".{glob.escape(path.name)}.*.part"):
        number = part.name.removeprefix(f".{path.name}.").removesuffix(".part")
        if number.isdigit() and int(number) != os.getpid() and not _runs(int(number)):
            with suppress(OSError):
                part.unlink()


def _runs(pid: int) -> bool:
    """Whether a process runs; on Windows, where an open file can't be removed anyway, nothing is asked."""
    if os.name == "nt":
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def write_json(path: str | os.PathLike, value: Any) -> None:
    """Write `value` as indented JSON to `path`, whole or not at all.

    Parameters
    ----------
    path : path
        As for `write_whole`.
    value : object
        Anything that JSON can hold. It has no NaN and no infinity: `null` stands for them.

    Raises
    ------
    TypeError
        For anything else.
    OSError
        As `write_whole`.
    """
    value = json.loads(json.dumps(value), parse_constant=lambda name: None)
    write_whole(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")
