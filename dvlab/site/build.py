"""`build`: sources, then Sphinx, then the folder that is published."""

import os
import re
import shutil
import tempfile
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

from dvlab.site import pages
from dvlab.widgets.playground import playground

HERE = Path(__file__).parent
NEEDED = ("README.md", "lectures/00_toolbox.ipynb", "exercises")
UNNEEDED = ("*.js.map", "*.css.map", "fontawesome.js", "fontawesome.js.*.txt", "objects.inv", ".buildinfo")


def build(out: str | os.PathLike, root: str | os.PathLike = ".", jobs: int = 2) -> Path:
    """Write the course's site into a folder.

    Parameters
    ----------
    out : path
        A new or an empty folder.
    root : path
        The checkout of the course.
    jobs : int
        Sphinx's processes.

    Returns
    -------
    Path
        Of its index.html.

    Raises
    ------
    ValueError
        Where `root` is no checkout of the course, or `out` holds something.
    """
    root, out = Path(root), Path(out)
    if missing := [name for name in NEEDED if not (root / name).exists()]:
        raise ValueError(
            f"the site is built in a checkout of the course, in its top folder; {root.resolve()} has no {missing[0]}"
        )
    if out.exists() and any(out.iterdir()):
        raise ValueError(f"{out} must be a new or an empty folder")
    with tempfile.TemporaryDirectory() as scratch:
        sources, doctrees, made = (Path(scratch) / name for name in ("sources", "doctrees", "made"))
        pages.write(root, sources)
        settings = {"html_static_path": [str(HERE / "static"), str(sources / "static")]}
        with patch_docutils(str(HERE)), docutils_namespace():
            Sphinx(sources, HERE, made, doctrees, "html", settings, status=None, parallel=jobs).build()
        finish(root, sources, made)
        shutil.copytree(made, out, dirs_exist_ok=True)
    return out / "index.html"


def finish(root: Path, sources: Path, made: Path) -> None:
    """Add to what Sphinx has made what is no page of its own: figures, notebooks as they are, the playground."""
    shutil.copytree(sources / "figures", made / "figures")
    for notebook in pages.notebooks_of(root):
        shutil.copy(notebook, made / notebook.relative_to(root))
    for page in made.rglob("*.html"):
        page.write_text(mended(page.read_text(encoding="utf-8")), encoding="utf-8")
    for file in {file for pattern in UNNEEDED for file in made.rglob(pattern)}:
        file.unlink()
    playground(made / "playground.html", lectures="lectures/")


def mended(page: str) -> str:
    """A page without the script for icons, which the theme's style sheet draws as well, and with a name for each button
    that the theme leaves without one."""
    page = re.sub(r"<script[^>]*fontawesome\.js[^>]*></script>", "", page)
    return page.replace(
        '<summary><span class="toctree-toggle"', '<summary aria-label="Show its pages"><span class="toctree-toggle"'
    )
