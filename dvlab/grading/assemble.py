"""A submission with the teacher's cells in it: the locked ones come from the source notebook, whatever was handed in.

A student's own cells and answers stay where they are, and so do locked cells that stand in the source's order. One that
is missing or was moved is put back: a check just before the next cell that has a name, anything else just after the
last one. Copies of locked cells are dropped. One that was edited runs as a cell of the student's, and then as it was.
"""

import ast
import builtins
import copy
import symtable
from bisect import bisect_left
from dataclasses import dataclass

from nbformat import NotebookNode


@dataclass
class Part:
    """A cell of the notebook that is graded: the student's, or, where `teacher` is not None, the teacher's own."""

    cell: NotebookNode  # what runs in the student's kernel and is shown: without hidden checks
    name: str | None = None
    teacher: NotebookNode | None = None  # with hidden checks
    points: float | None = None  # None for what is not graded
    check: bool = False
    by_hand: bool = False
    untouched: bool = False  # an answer that reads as it was released


def about(cell: NotebookNode) -> dict:
    """The cell's nbgrader metadata, {} where there is none or it is something else (null, a list, a text)."""
    found = cell.get("metadata", {}).get("nbgrader")
    return found if isinstance(found, dict) else {}


def plain(cell: NotebookNode, source: str | None = None) -> NotebookNode:
    """A copy of the cell without outputs, with another source where one is given."""
    fresh = copy.deepcopy(cell)
    if source is not None:
        fresh.source = source
    if fresh.cell_type == "code":
        fresh.outputs, fresh.execution_count = [], None
    return fresh


def is_locked(cell: NotebookNode) -> bool:
    """Whether the source's cell is the teacher's alone (checks are, answers are not)."""
    return bool(about(cell).get("locked") or about(cell).get("grade")) and not about(cell).get("solution")


def teachers(cell: NotebookNode, released: dict[str, str]) -> Part:
    """The part for a locked cell of the source."""
    graded = bool(about(cell).get("grade"))
    points = float(about(cell)["points"]) if graded else None
    name = about(cell)["grade_id"]
    return Part(plain(cell, released[name]), name, cell, points, check=graded)


def assemble(submission: NotebookNode, source: NotebookNode, released: dict[str, str]) -> tuple[list[Part], list[str]]:
    """The parts to run, and what was put right, in words; `released` is what students got of each cell with a name."""
    names = [about(cell)["grade_id"] for cell in source.cells if "grade_id" in about(cell)]
    of = {about(cell)["grade_id"]: cell for cell in source.cells if "grade_id" in about(cell)}
    parts: list[Part] = []
    notes: list[str] = []
    for cell in submission.cells:
        name = about(cell).get("grade_id")
        original = of.get(name) if isinstance(name, str) else None
        if original is not None and is_locked(original):
            ours = (released[name].strip(), original.source.strip())
            if cell.cell_type == "code" and cell.source.strip() not in ours:
                parts.append(Part(plain(cell)))  # theirs counts as a cell of their own, ours comes after it
                notes.append(f"cell {name} was edited; the course's own was run, too")
            parts.append(teachers(original, released))
        elif original is not None and not any(part.name == name for part in parts):
            parts.append(answer(cell, original, released))
        else:
            parts.append(Part(plain(cell)))
    in_order = set(longest_rising([names.index(part.name) if part.name else None for part in parts]))
    given = {part.name for part in parts}
    parts = [part for n, part in enumerate(parts) if part.teacher is None or n in in_order]
    there = {part.name for part in parts}
    for late in (False, True):
        for name in names:
            graded = bool(about(of[name]).get("grade"))
            if name not in there and is_locked(of[name]) and graded == late:
                parts.insert(place(parts, names, name, there if late else None), teachers(of[name], released))
                notes.append(f"cell {name} was {'moved' if name in given else 'missing'} and was put back")
            elif name not in there and graded and late:
                notes.append(f"there is no answer cell {name}")
    return parts, notes


def answer(cell: NotebookNode, original: NotebookNode, released: dict[str, str]) -> Part:
    """A student's answer cell; one that is read by hand earns nothing where it is as it was released."""
    name, graded = about(original)["grade_id"], bool(about(original).get("grade"))
    points = float(about(original)["points"]) if graded else None
    untouched = released[name].strip() == cell.source.strip()
    return Part(plain(cell), name, None, points, by_hand=graded, untouched=untouched)


def longest_rising(ranks: list[int | None]) -> list[int]:
    """The places of a longest strictly rising subsequence; None ranks stand for cells without a name."""
    tails: list[int] = []  # tails[k]: the place at which a rising sequence of k + 1 can end lowest
    before: dict[int, int | None] = {}
    for n, rank in enumerate(ranks):
        if rank is None:
            continue
        k = bisect_left([ranks[place] for place in tails], rank)
        before[n] = tails[k - 1] if k else None
        tails[k : k + 1] = [n]
    chain, n = [], tails[-1] if tails else None
    while n is not None:
        chain.append(n)
        n = before[n]
    return chain[::-1]


def place(parts: list[Part], names: list[str], name: str, before: set[str | None] | None) -> int:
    """Where a locked cell belongs: right after all named cells that precede it in the source, or just `before` one."""
    rank = names.index(name)
    earlier = [n for n, part in enumerate(parts) if part.name and names.index(part.name) < rank]
    start = max(earlier, default=-1) + 1
    if before is None:
        return start
    return next((n for n in range(start, len(parts)) if parts[n].name and parts[n].name in before), len(parts))


def defines(source: str) -> set[str]:
    """The names that a cell binds at its top level."""
    table = symtable.symtable(source, "cell", "exec")
    return {symbol.get_name() for symbol in table.get_symbols() if symbol.is_assigned() or symbol.is_imported()}


def uses(source: str) -> set[str]:
    """The names that a cell reads, anywhere in it, without Python's own."""
    loads = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)]
    return {node.id for node in loads if not hasattr(builtins, node.id)}


def needed_by_checks(parts: list[Part]) -> set[str]:
    """The locked cells, by name, that some check rests on, directly or through another locked cell."""
    wanted, chosen = set(), set()
    for part in reversed(parts):
        if part.teacher is None or part.cell.cell_type != "code":
            continue
        if part.check or defines(part.teacher.source) & wanted:
            wanted |= uses(part.teacher.source)
            chosen.add(part.name)
    return chosen


def names_of_teacher(parts: list[Part]) -> set[str]:
    """The names that locked cells bind, wherever they stand: none of them is the student's."""
    cells = [part.teacher for part in parts if part.teacher is not None and part.teacher.cell_type == "code"]
    return {name for cell in cells for name in defines(cell.source)}
