"""`build`: sources, then Sphinx, then the folder that is published."""

import os
import shutil
import tempfile
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

from dvlab.site import pages

HERE = Path(__file__).parent
NEEDED = ("README.md", "lectures/00_toolbox.ipynb", "exercises")


def build(out: str | os.PathLike, root: str | os.PathLike = ".", jobs: int = 2) -> Path:
    """Write the course's site into the new or empty folder `out`, from the checkout `root`; returns its index.html.

    Raises ValueError where `root` is no checkout of the course, or `out` holds something.
    """
    root, out = Path(root), Path(out)
    if missing := [name for name in NEEDED if not (root / name).exists()]:
        raise ValueError(f"the site is built in a checkout of the course, in its top folder; {root.resolve()} has no {missing[0]}")
    if out.exists() and any(out.iterdir()):
        raise ValueError(f"{out} must be a new or an empty folder")
    with tempfile.TemporaryDirectory() as scratch:
        sources, doctrees, made = (Path(scratch) / name for name in ("sources", "doctrees", "made"))
        pages.write(root, sources)
        with patch_docutils(str(HERE)), docutils_namespace():
            app = Sphinx(sources, HERE, made, doctrees, "html", parallel=jobs, status=None)
            app.build()
        shutil.copytree(sources / "figures", made / "figures")
        out.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(made, out, dirs_exist_ok=True)
    return out / "index.html"
