"""Pages that say what README.md says: its sections, cut at their headings, so that each sentence has one source."""

import re
from pathlib import Path


def section(text: str, title: str) -> str:
    """The section of that title without its heading, its own sections' headings one level higher.

    Raises ValueError where there is no such section.
    """
    found = re.search(rf"^(?P<level>##+) {re.escape(title)}\n(?P<body>.*?)(?=^##? |\Z)", _plain(text), re.M | re.S)
    if not found:
        raise ValueError(f"README.md must have a section '{title}': the site shows it")
    body = text[found.start("body") : found.end("body")]
    level = len(found["level"])
    end = re.search(rf"^#{{1,{level}}} ", _plain(body), re.M)
    body = body[: end.start()] if end else body
    return re.sub(rf"^#{{{level}}}(#+ )", r"#\1", body, flags=re.M).strip()


def _plain(text):
    """The text with blanks for all that stands in fences, where a # is no heading; as long as the text."""
    return re.sub(r"^```.*?^```$", lambda found: re.sub(r"[^\n]", " ", found[0]), text, flags=re.M | re.S)


def page(text: str, title: str, *sections: str) -> str:
    """A page of some sections; the one that is called like the page needs no heading of its own."""
    parts = [f"# {title}"]
    for name in sections:
        body = section(text, name)
        if name != title:
            body = f"## {name}\n\n" + re.sub(r"^##", "###", body, flags=re.M)
        parts.append(body)
    return "\n\n".join(parts) + "\n"


def lead(text: str) -> list[str]:
    """The paragraphs before the first section, without the title and pictures."""
    before = text.split("\n## ")[0]
    blocks = [block.strip() for block in before.split("\n\n")]
    return [block for block in blocks if block and not block.startswith(("# ", "!["))]


def command(text: str, name: str) -> str:
    """A command as README.md has it for a shell, marked there with a comment. Raises ValueError where it isn't."""
    found = re.search(rf"<!-- {name} command -->\s*```sh\n(.*?)\n```", text, re.S)
    if not found:
        raise ValueError(f"README.md must show a command marked <!-- {name} command -->")
    return found[1]


def read(root: Path) -> str:
    return (root / "README.md").read_text(encoding="utf-8")
