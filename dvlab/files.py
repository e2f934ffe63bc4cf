"""Files that are written whole or not at all: a crash, a full disk or Ctrl-C leaves the old one or the new one."""

import json
import os
from pathlib import Path
from typing import Any


def write_whole(path: str | os.PathLike, content: bytes | str) -> None:
    """Write `content` to `path`, whole or not at all.

    It is written beside its place and moved there when complete. Folders are made as needed.

    Parameters
    ----------
    path : path
        Where the content goes; a file that is there is replaced.
    content : bytes or str
        What is written; text as UTF-8.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(part, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def write_json(path: str | os.PathLike, value: Any) -> None:
    """Write `value` as indented JSON to `path`, whole or not at all."""
    write_whole(path, json.dumps(value, indent=2, ensure_ascii=False) + "\n")
