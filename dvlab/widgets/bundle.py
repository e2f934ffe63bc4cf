"""One script out of plain ES modules: what a notebook's widget and a page without a network both need."""

import re
from pathlib import Path

IMPORT = re.compile(r"""^import\s+(?:\{[^}]*\}\s+from\s+)?["'](\./[^"']+|\.\./[^"']+)["'];?[ \t]*\n""", re.M)
EXPORT = re.compile(r"^export\s+(?=(?:async\s+)?(?:function|class|const|let)\b)", re.M)


def bundle(entry: Path) -> str:
    """The module `entry` and all that it imports, each once and before whoever needs it, as one script.

    Modules import each other as `import { a, b } from "./file.js";` (no renaming, no default) and export declarations
    as `export function`, `export class`, `export const`. All share one scope, so top-level names must differ.

    Parameters
    ----------
    entry : Path

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If a module holds an import or an export of another form, or two modules declare the same name.
    """
    parts, seen, declared = [], set(), {}

    def add(path: Path) -> None:
        if path in seen:
            return
        seen.add(path)
        text = path.read_text(encoding="utf-8")
        for found in IMPORT.finditer(text):
            add((path.parent / found[1]).resolve())
        text = EXPORT.sub("", IMPORT.sub("", text))
        if other := re.search(r"^(?:import|export)\b.*", text, re.M):
            raise ValueError(f"{path.name}: only `import {{ names }} from` and exported declarations; got {other[0]!r}")
        for name in re.findall(r"^(?:async\s+)?(?:function\*?|class|const|let)\s+(\w+)", text, re.M):
            if name in declared:
                raise ValueError(f"{name} is declared in {declared[name]} and in {path.name}")
            declared[name] = path.name
        parts.append(f"// {path.name}\n{text.strip()}\n")

    add(Path(entry).resolve())
    return "\n".join(parts)
