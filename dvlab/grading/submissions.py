"""What was handed in: submitted/STUDENT/EXERCISE/NAME.ipynb, what of it can be read, what is wrong with the rest."""

import codecs
import hashlib
import json
import re
import shutil
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import nbformat

MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"))
MARKS += ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
MAX_BYTES = 100 * 2**20  # of a notebook, and of what lies beside it
JUNK = ("__pycache__", "__MACOSX")


class Unreadable(ValueError):
    """What is wrong with a submission, and where."""


@dataclass(frozen=True)
class Submission:
    """One student's folder for one exercise; `folder` is None where there is none."""

    student: str
    exercise: str
    folder: Path | None
    note: str = ""

    @property
    def id(self) -> str:
        """The same for the same student's name, on every machine, and safe as a file's name."""
        return file_name(self.student, "student")


def file_name(name: str, otherwise: str) -> str:
    """A short name of plain letters for any name, another one for another."""
    slug = re.sub(r"[^a-z0-9]+", "-", printable(name).lower())[:40].strip("-")
    return f"{slug or otherwise}-{hashlib.sha256(name.encode('utf-8', 'surrogateescape')).hexdigest()[:12]}"


def is_junk(name: str) -> bool:
    """Hidden files and folders, and what Python and macOS leave."""
    return name.startswith(".") or name in JUNK


def printable(name: str) -> str:
    """A file's name as text: bytes that are no UTF-8 and control characters as escapes."""
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(c if unicodedata.category(c)[0] != "C" else repr(c)[1:-1] for c in text)


def find(submitted: Path, exercises: list[str]) -> list[Submission]:
    """Every student's folders for exercises, in order; a student who has none gets a row for each that others have."""
    students = [path for path in sorted(submitted.iterdir()) if not is_junk(path.name) and folder_or_link(path)]
    found: list[Submission] = []
    empty: list[Submission] = []
    for path in students:
        try:
            below = [child for child in sorted(path.iterdir()) if not is_junk(child.name)]
        except OSError as error:
            empty.append(Submission(path.name, "", None, f"the folder cannot be read: {error.strerror}"))
            continue
        folders = [child for child in below if folder_or_link(child)]
        found += [Submission(path.name, child.name, child) for child in folders]
        if not folders:
            loose = ", ".join(printable(child.name) for child in below) or "nothing"
            note = f"no folder for an exercise; there is {loose}"
            empty.append(Submission(path.name, "", None, note))
    handed_in = sorted({one.exercise for one in found if one.exercise in exercises}) or [""]
    missing = [Submission(one.student, name, None, one.note) for one in empty for name in handed_in]
    return sorted(found + missing, key=lambda one: (one.student, one.exercise))


def folder_or_link(path: Path) -> bool:
    return path.is_dir() or path.is_symlink()


def notebook_of(folder: Path, name: str) -> tuple[Path, str]:
    """The notebook in a submission's folder, and a note where it is not called `name`; Unreadable where none fits."""
    if folder.is_symlink():
        raise Unreadable(f"the folder is a link to {folder.readlink()}; links are not followed")
    found = [path for path in sorted(folder.iterdir()) if path.suffix.lower() == ".ipynb" and path.name[0] != "."]
    chosen = [path for path in found if path.name.lower() == name.lower()] or found
    chosen = [path for path in chosen if path.name == name] or chosen
    if not chosen:
        deeper = next((path.relative_to(folder) for path in sorted(folder.glob("*/*.ipynb"))), None)
        raise Unreadable(f"there is no {name}" + (f", but {printable(str(deeper))} further down" if deeper else ""))
    if len(chosen) > 1:
        raise Unreadable(f"there is no {name}, and several others: {', '.join(printable(p.name) for p in chosen)}")
    (path,) = chosen
    if path.is_symlink() and not inside(path, folder):
        raise Unreadable(f"{printable(path.name)} is a link to {path.readlink()}, out of the submission")
    if not path.is_file():
        raise Unreadable(f"{printable(path.name)} is {'a folder' if path.is_dir() else 'no file'}")
    if path.stat().st_size > MAX_BYTES:
        raise Unreadable(f"{printable(path.name)} has more than {MAX_BYTES >> 20} MB")
    return path, "" if path.name == name else f"{printable(path.name)} was taken for {name}"


def inside(path: Path, folder: Path) -> bool:
    """Whether a link leads to something below the folder."""
    try:
        return path.resolve(strict=True).is_relative_to(folder.resolve())
    except (OSError, RuntimeError):  # broken, or a circle
        return False


def beside(folder: Path) -> tuple[list[Path], list[str]]:
    """The files beside the notebook that come along, and what does not, in words."""
    files, left_out, total = [], [], 0
    for path in sorted(folder.rglob("*")):
        where = path.relative_to(folder)
        if any(is_junk(part) for part in where.parts):
            continue
        if path.is_symlink() and not inside(path, folder):
            left_out.append(f"{printable(str(where))} is a link out of the submission and was left out")
        elif path.is_file():
            total += path.stat().st_size
            (files if total <= MAX_BYTES else left_out).append(path)
    large = [one for one in left_out if isinstance(one, Path)]
    notes = [one for one in left_out if isinstance(one, str)]
    return files, notes + ([f"{len(large)} files beyond {MAX_BYTES >> 20} MB were left out"] if large else [])


def copy_files(files: list[Path], folder: Path, to: Path) -> None:
    """Copy files, links as what they lead to, to the same places below `to`."""
    for path in files:
        target = to / path.relative_to(folder)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


def decoded(data: bytes) -> str:
    """The text of a notebook in whatever encoding: by its mark, else UTF-8, else by its zeros, else Latin-1."""
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace")
    if data[:40].count(0) > 5:
        return data.decode("utf-16-le" if data[:1] != b"\0" else "utf-16-be", "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def read(data: bytes) -> nbformat.NotebookNode:
    """A notebook from its bytes, its odd parts made plain; Unreadable says what is wrong and where."""
    text = decoded(data)
    if not text.strip():
        raise Unreadable("the file is empty")
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("<<<<<<< "):
            raise Unreadable(f"a merge conflict was left in the file, from line {number} on")
    try:
        raw = json.loads(text)
    except json.JSONDecodeError as error:
        raise Unreadable(f"not a notebook: {error.msg} in line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise Unreadable("not a notebook: nested too deeply") from None
    except ValueError as error:  # a number of thousands of digits
        raise Unreadable(f"not a notebook: {str(error)[:200]}") from None
    try:
        cells = raw["cells"] if "cells" in raw else nbformat.reads(json.dumps(raw), as_version=4).cells  # before v4
        cells = [plain(cell) for cell in cells if isinstance(cell, dict)]
        notebook = nbformat.v4.new_notebook(cells=cells)
    except Exception as error:  # nbformat has no one error for what it cannot convert
        raise Unreadable(f"not a notebook: {str(error)[:200] or type(error).__name__}") from None
    if not cells:
        raise Unreadable("a notebook without cells")
    return notebook


def plain(cell: dict) -> nbformat.NotebookNode:
    """The cell with its source and what nbgrader wrote to it; outputs, and what editors and others wrote, dropped."""
    kind = cell.get("cell_type")
    source = cell.get("source", "")
    source = source if isinstance(source, str) else "".join(map(str, source)) if isinstance(source, list) else ""
    metadata = cell.get("metadata") if isinstance(cell.get("metadata"), dict) else {}
    about = metadata.get("nbgrader")
    kept = {"nbgrader": about} if isinstance(about, dict) else {}
    new = {"code": nbformat.v4.new_code_cell, "raw": nbformat.v4.new_raw_cell}.get(kind, nbformat.v4.new_markdown_cell)
    made = new(text_of(source), metadata=kept)
    if kind == "markdown":
        made.attachments = nbformat.from_dict(pictures(cell.get("attachments")))
    return made


def text_of(source: str) -> str:
    """The source with Unix's line ends, and without halves of characters, which nothing can send on."""
    whole = source.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole.replace("\r\n", "\n")


def pictures(attachments) -> dict:
    """Pictures pasted into a cell, name -> kind -> base64; what has another form is left out."""
    named = attachments.items() if isinstance(attachments, dict) else ()
    kinds = {name: kinds.items() if isinstance(kinds, dict) else () for name, kinds in named}
    return {name: {kind: data for kind, data in all_ if isinstance(data, str)} for name, all_ in kinds.items()}
