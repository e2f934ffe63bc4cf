"""The first page: what the course is, for whom, a picture that moves, the playground, and two commands."""

import re

from dvlab.site import readme

PAGE = """---
html_theme.sidebar_secondary.remove: true
---

# Variational autoencoders and disentanglement

::::::{{div}} hero

:::::{{div}} hero-words

{claim}

[Begin with lecture 1]({first}.ipynb){{.start}} <a href="playground.html">Watch a VAE train</a>

:::::

```{{raw}} html
{moving}
```

::::::

{what}

::::{{grid}} 1 1 3 3
:gutter: 3

{users}
::::

## Watch one train

In the <a href="playground.html">playground</a> a small VAE trains before your eyes, in the page itself: raise β and see
its latents switch off, one by one; bring them back; add total correlation and see what that changes.

## Two commands

You need Python 3.11 or newer, and a copy of the course's files; run these in their top folder. The first opens the
course in JupyterLab, the second checks every lecture, solution and function on your machine. Windows, conda and GPUs:
[Start](start.md).

```sh
{course}
```

```sh
{tests}
```

## Lectures

{lectures}
"""


def page(text: str, lectures: list[str], exercises: list[str], moving: str) -> str:
    """index.md, out of README.md's own words; `moving` is the picture's HTML."""
    claim, what, users = readme.lead(text)
    made = PAGE.format(
        claim=sentence(claim),
        first=lectures[1],
        moving=moving,
        what=what,
        users="\n".join(card(line) for line in re.split(r"\n(?=- )", users)),
        course=readme.command(text, "course"),
        tests=readme.command(text, "test"),
        lectures=readme.section(text, "Lectures"),
    )
    trees = {
        "Lectures": lectures,
        "Exercises": exercises,
        "Look it up": ["glossary", "package", "court", "trained"],
        "Around": ["start", "teach", "about"],
    }
    return made + "".join(
        f"\n```{{toctree}}\n:hidden:\n:caption: {caption}\n:maxdepth: 1\n\n" + "\n".join(names) + "\n```\n"
        for caption, names in trees.items()
    )


def sentence(claim: str) -> str:
    """README's first line without the course's name, which is this page's title."""
    words = claim.strip("*").rpartition(": ")[2]
    return words[0].upper() + words[1:]


def card(line: str) -> str:
    """`- **Students** run ...` as a card with a title."""
    found = re.fullmatch(r"- \*\*(?P<who>.*?)\*\* (?P<what>.*)", line.strip(), re.S)
    return f":::{{grid-item-card}} {found['who']}\n{found['what'][0].upper() + found['what'][1:]}\n:::\n"
