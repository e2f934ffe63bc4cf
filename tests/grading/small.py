"""Kinds of submission of the small course, and the points that each gets from its checks: 4 of 4 where all is right.

A square is worth 3 points and a cube 1, so that 1 says: the square is wrong, and the rest was graded all the same.
"""

import copy
import json

import nbformat
import tiny
from tiny import RIGHT, WRONG


def first(text):
    """A right answer below this text."""
    return tiny.notebook(f"{text}\n{RIGHT}")


def returns(expression, first=""):
    return tiny.notebook(f"{first}\ndef square(x):\n    return {expression}")


def changed(edit):
    """The right submission after an edit of its JSON: cells are setup, square, its check, cube, its check, words."""
    made = json.loads(json.dumps(tiny.notebook(RIGHT)))
    edit(made["cells"], made)
    return made


def insert(place, source, answer=RIGHT):
    made = tiny.notebook(answer)
    made.cells.insert(place, nbformat.v4.new_code_cell(source))
    return made


def replace(number, answer=RIGHT, **what):
    def edit(cells, _):
        cells[1]["source"] = answer
        cells[number].update(what)

    return changed(edit)


def about(number, **what):
    return changed(lambda cells, _: cells[number]["metadata"]["nbgrader"].update(what))


def again(number, place, source=None):
    """A copy of a cell, with what nbgrader wrote into it, at another place."""

    def edit(cells, _):
        cells.insert(place, copy.deepcopy(cells[number]) | ({"source": source} if source else {}))

    return changed(edit)


def without(number):
    return changed(lambda cells, _: cells.pop(number))


def markdown(text):
    return changed(lambda cells, _: cells.append({"cell_type": "markdown", "source": text, "metadata": {}}))


def other_exercise():
    written = {"nbgrader": {"grade_id": "f-check", "grade": True, "points": 9}}
    check = nbformat.v4.new_code_cell("answer", metadata=written)
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("answer = 42"), check])


TEXT = json.dumps(tiny.notebook(RIGHT))
EDITED = "cell square-check was edited; the course's own was run, too"
DISPLAY = "from IPython.display import display\ndisplay({}, raw=True)"
CALLED = {  # right in another form
    "a lambda": tiny.notebook("square = lambda x: x * x"),
    "a partial": tiny.notebook("import functools\nsquare = functools.partial(pow, exp=2)"),
    "a callable object": tiny.notebook("class S:\n    def __call__(self, x): return x * x\nsquare = S()"),
    "a callable dataclass": tiny.notebook(
        "from dataclasses import dataclass\n@dataclass\nclass S:\n    n: int = 2\n"
        "    def __call__(self, x): return x**self.n\nsquare = S()"
    ),
    "a cached function": tiny.notebook(f"import functools\n@functools.lru_cache\n{RIGHT}"),
    "a ufunc": tiny.notebook("import numpy as np\nsquare = np.square"),
    "a class's method": tiny.notebook("class S:\n    @classmethod\n    def f(cls, x): return x * x\nsquare = S.f"),
    "a Greek name": tiny.notebook("def σ(x): return x * x\nsquare = σ"),
    "any arguments": tiny.notebook("def square(*args, **kwargs): return args[0]**2"),
    "further parameters": tiny.notebook("def square(x, power=2, *, scale=1.0): return x**power"),
    "recursion": tiny.notebook("def square(x): return 0 if x == 0 else square(x - 1) + 2 * x - 1"),
    "a count kept": tiny.notebook("n = 0\ndef square(x):\n    global n\n    n += 1\n    return x * x"),
    "a fraction": returns("Fraction(x * x)", "from fractions import Fraction"),
    "a decimal": returns("Decimal(x * x)", "from decimal import Decimal"),
    "a complex number": returns("complex(x * x)"),
    "half precision": returns("np.float16(x * x)", "import numpy as np"),
    "an own integer": returns("I(x * x)", "class I(int): pass"),
    "a masked array": returns("np.ma.array(x * x)", "import numpy as np"),
    "an array within": returns("A(x)", "import numpy as np\nclass A:\n    def __init__(s, x): s.x = x\n"
                               "    def __array__(s, *a, **k): return np.array(s.x**2)"),
    "a process of its own": returns("int(subprocess.run([sys.executable, '-c', f'print({x}**2)'], "
                                    "capture_output=True, text=True).stdout)", "import subprocess, sys"),
    "a pool of processes": returns("p.map(f, [x])[0]", "import multiprocessing as mp\ndef f(x): return x * x\n"
                                   "p = mp.get_context('fork').Pool(2)"),
    "a pool of threads": returns("p.submit(pow, x, 2).result()", "from concurrent.futures import *\n"
                                 "p = ThreadPoolExecutor(2)"),
    "prints when called": returns("print('x' * 10000) or x * x"),
    "a magic when called": returns("get_ipython().run_line_magic('pwd', '') and x * x"),
    "a cell magic": tiny.notebook(f"%%time\n{RIGHT}"),
    "a cell's output captured": tiny.notebook(f"%%capture out\n{RIGHT}"),
    "written to a file and run": insert(1, f"%%writefile helper.py\n{RIGHT}", "%run helper.py"),
    "written to a file and imported": insert(1, f"%%writefile helper.py\n{RIGHT}", "from helper import square"),
}  # fmt: skip
DOES = {  # right, and does other things before
    "a helper in a cell of its own": insert(1, "def twice(x): return x + x", "def square(x): return twice(x) * x / 2"),
    "a warning": first("import warnings\nwarnings.warn('x')"),
    "prints much": first("print('x' * 2_000_000)"),
    "prints long": first("for i in range(100_000): print(i)"),
    "shows a large picture": first("import numpy as np\n" + DISPLAY.format("{'image/png': 'A' * 3_000_000}")),
    "shows data of odd types": first(DISPLAY.format("{'text/html': 5, 'text/plain': None, 'image/png': 3}")),
    "shows lists": first(DISPLAY.format("{'text/html': ['a'], 'text/markdown': {'a': 1}}")),
    "shows a broken picture": first(DISPLAY.format("{'image/png': '<script>', 'image/jpeg': '%%'}")),
    "shows HTML nested deeply": first(DISPLAY.format("{'text/html': '<div>' * 20000}")),
    "shows quotes nested deeply": first(DISPLAY.format("{'text/markdown': '>' * 3000 + 'x'}")),
    "updates what it shows": first(
        "from IPython.display import *\nh = display('a', display_id=True)\nh.update('b')\n"
        "update_display('c', display_id='none')"
    ),
    "a thread that prints": first("import threading, time\ndef f():\n    while True: print(time.sleep(.01))\n"
                                  "threading.Thread(target=f).start()"),
    "a task that prints": first("import asyncio\nasync def f():\n    while True: print(await asyncio.sleep(.01))\n"
                                "task = asyncio.create_task(f())"),
    "names of Python's own covered": first("list = dict = str = int = type = repr = print = None"),
    "modules taken away": first("import sys\nsys.modules['math'] = None"),
    "standard output in a file": first("import sys\nsys.stdout = open('log.txt', 'w')"),
    "a deep recursion limit": first("import sys\nsys.setrecursionlimit(10**6)"),
    "all names deleted": insert(1, "%reset -f"),
    "asks for input": insert(1, "name = input('name? ')"),
    "exits at its end": insert(6, "exit()"),
    "sys.exit at its end": insert(6, "import sys\nsys.exit()"),
    "leaves a process": first("import subprocess, sys\nsubprocess.Popen([sys.executable, '-c', "
                              "'import time; time.sleep(3600)'], start_new_session=True)"),
    "large comments": first("# " + "x" * 2_000_000),
    "Windows's line ends": tiny.notebook(RIGHT.replace("\n", "\r\n")),
    "tabs": tiny.notebook("def square(x):\n\treturn x * x"),
    "half a character": first("# \ud800"),
    "a picture file": first("import numpy as np\nnp.save('a.npy', np.ones(3))\nassert np.load('a.npy').sum() == 3"),
}  # fmt: skip
FORM = {  # right, in a notebook of an odd form
    "written for version 3": nbformat.writes(nbformat.convert(tiny.notebook(RIGHT), 3), version=3),
    "without ids": changed(lambda cells, _: [cell.pop("id") for cell in cells]),
    "ids that are one": changed(lambda cells, _: [cell.update(id="same") for cell in cells]),
    "ids that are lists": changed(lambda cells, _: [cell.update(id=[1]) for cell in cells]),
    "another language": changed(lambda _, nb: nb["metadata"].update(kernelspec={"name": "julia"})),
    "cells alone": changed(lambda _, nb: [nb.pop(name) for name in ("nbformat", "nbformat_minor", "metadata")]),
    "a null among the cells": changed(lambda cells, _: cells.insert(0, None)),
    "lines in a list": replace(1, source=[line + "\n" for line in RIGHT.split("\n")]),
    "not a number": TEXT.replace('"nbformat": 4', '"x": NaN, "nbformat": 4'),
    "attachments that are none": changed(lambda cells, _: cells[5].update(attachments={"a": 3, "b": {"c": 4}})),
    "metadata lost": changed(lambda cells, _: [cell.update(metadata={}) for cell in cells]),
    "a name that is a list": about(2, grade_id=["a"]),
    "a name that is null": about(1, grade_id=None),
    "a check unlocked": about(2, locked=False, grade=False, solution=True),
    "a check worth 100": about(2, points=100),
    "a check deleted": without(2),
    "a check copied": again(2, 6),
    "a check of another type": replace(2, cell_type="raw"),
    "an answer as text, and again as code": changed(
        lambda cells, _: (cells[1].update(cell_type="markdown"),
                          cells.insert(2, {"cell_type": "code", "source": RIGHT}))
    ),
    "a wrong copy above": again(1, 1, WRONG),
    "words deleted": without(5),
    "words as code": replace(5, cell_type="code", source="Nine, since three times three"),
    "words with half a character": replace(5, source="nine \udcff"),
    "an import in the locked setup": changed(
        lambda cells, _: (cells[0].update(source="import math\nimport numpy as np"),
                          cells[1].update(source="def square(x): return np.multiply(x, x)"))
    ),
    "a helper in the locked check": changed(
        lambda cells, _: (cells[2].update(source="def f(x): return x * x\n" + cells[2]["source"]),
                          cells[1].update(source="def square(x): return f(x)"))
    ),
    "the answer in the locked check": replace(2, tiny.STUB, source=RIGHT + "\n" + tiny.SHOWN),
    "four hundred cells": changed(lambda cells, _: cells.extend([{"cell_type": "code", "source": ""}] * 400)),
    "quotes nested deeply": markdown(">" * 3000 + "x"),
    "brackets": markdown("[" * 10_000),
    "stars": markdown("*a " * 10_000),
    "dollars": markdown("$" * 10_001),
    "braces": markdown("$" + "{" * 5000 + "}" * 5000 + "$"),
    "HTML nested deeply": markdown("<div>" * 20_000),
}  # fmt: skip
FORGED = "get_ipython().user_expressions = lambda e: {{'answer': {}}}"
SAYS = "{{'status': 'ok', 'data': {{'text/plain': {}}}, 'metadata': {{}}}}"
FOUR = '{"ok": 4}'
SENT = "k = get_ipython().kernel\nk.session.send(k.iopub_socket, {}, {}, parent=k.get_parent())"
WRONGS = {  # the square is wrong, and the cube right
    "untouched": (tiny.notebook(tiny.STUB), 1),
    "untouched, all of it": (tiny.notebook(tiny.STUB, cube=tiny.STUB.replace("square", "cube")), 0),
    "a syntax error": (tiny.notebook("def square(x)\n    return x"), 1),
    "a message forged": (tiny.notebook(f"print('visible checks passed')\n{WRONG}"), 1),
    "a check emptied": (replace(2, WRONG, source="print('visible checks passed')"), 1),
    "a wrong copy below": (again(1, 2, WRONG), 1),
    "the answer at the end": (insert(6, RIGHT, tiny.STUB), 1),
    "nothing returned": (tiny.notebook("def square(x): print(x * x)"), 1),
    "a text": (returns("str(x * x)"), 1),
    "a generator": (tiny.notebook("def square(x):\n    yield x * x"), 1),
    "a coroutine": (tiny.notebook("async def square(x): return x * x"), 1),
    "a list in itself": (tiny.notebook("def square(x):\n    a = []\n    a.append(a)\n    return a"), 1),
    "a list nested deeply": (
        tiny.notebook("def square(x):\n    a = []\n    for _ in range(10**5): a = [a]\n    return a"),
        1,
    ),
    "an object that equals all": (returns("A()", "class A:\n    def __eq__(self, o): return True"), 1),
    "a number that equals all": (returns("A(0)", "class A(float):\n    def __eq__(self, o): return True"), 1),
    "an array of a gigabyte": (returns("np.zeros(10**8)", "import numpy as np"), 1),
    "Ctrl-C raised": (tiny.notebook("def square(x): raise KeyboardInterrupt"), 1),
    "an exit raised": (tiny.notebook("def square(x): raise SystemExit"), 1),
    "an error without words": (
        tiny.notebook("class B(BaseException):\n    def __str__(self): raise self\ndef square(x): raise B()"),
        1,
    ),
    "an error of ten million letters": (tiny.notebook("def square(x): raise ValueError('x' * 10**7)"), 1),
    "an error that says passed": (tiny.notebook("def square(x): raise AssertionError('visible checks passed')"), 1),
    "a fork": (tiny.notebook("import os\ndef square(x):\n    os.fork()\n    return 0"), 1),
    "forks": (tiny.notebook(f"import os\nfor _ in range(5): os.fork()\n{WRONG}"), 1),
    "an answer patched": (
        tiny.notebook(f"import dvlab.grading.student as s\ns.answer = lambda *a: '{{}}'\n{WRONG}"),
        0,
    ),
    "an answer forged": (tiny.notebook(f"{FORGED.format(SAYS.format(repr(repr(FOUR))))}\n{WRONG}"), 0),
    "an answer nested deeply": (tiny.notebook(f"{FORGED.format(SAYS.format('repr(chr(91) * 10**5)'))}\n{WRONG}"), 0),
    "an answer that is code": (tiny.notebook(f"{FORGED.format(SAYS.format(repr('__import__(1)')))}\n{WRONG}"), 0),
    "an answer that is a number": (tiny.notebook(f"{FORGED.format(3)}\n{WRONG}"), 0),
    "a stream without text": (tiny.notebook(f"{SENT.format(repr('stream'), {'a': 1})}\n{WRONG}"), 1),
    "data without data": (tiny.notebook(f"{SENT.format(repr('display_data'), {'data': 5})}\n{WRONG}"), 1),
    "an error of odd types": (
        tiny.notebook(f"{SENT.format(repr('error'), {'ename': 5, 'evalue': None, 'traceback': 3})}\n{WRONG}"),
        1,
    ),
    "idle too early": (tiny.notebook(f"{SENT.format(repr('status'), {'execution_state': 'idle'})}\n{WRONG}"), 1),
    "another exercise": (other_exercise(), 0),
}
ENDS = {  # what ends, blocks, fills or floods the kernel; few seconds are allowed for each cell
    "a loop": (tiny.notebook(f"while True: pass\n{RIGHT}"), 1),
    "a loop that swallows": (
        tiny.notebook("import time\nwhile True:\n    try: time.sleep(.01)\n    except BaseException: pass"),
        1,
    ),
    "a loop when called": (tiny.notebook("def square(x):\n    while True: pass"), 1),
    "a loop when deleted": (
        tiny.notebook(f"class D:\n    def __del__(self):\n        while True: pass\nd = D()\ndel d\n{WRONG}"),
        1,
    ),
    "sleeps when called": (tiny.notebook("import time\ndef square(x): time.sleep(1000)"), 1),
    "os._exit": (tiny.notebook("import os\nos._exit(0)"), 1),
    "os._exit when called": (tiny.notebook("import os\ndef square(x): os._exit(0)"), 1),
    "a crash": (tiny.notebook("import ctypes\ndef square(x): ctypes.string_at(0)"), 1),
    "suspends itself": (tiny.notebook(f"import os, signal\nos.kill(os.getpid(), signal.SIGSTOP)\n{WRONG}"), 1),
    "closes its files": (tiny.notebook(f"import os\nos.closerange(3, 200)\n{WRONG}"), 1),
    "closes its socket": (tiny.notebook(f"get_ipython().kernel.iopub_socket.close()\n{WRONG}"), 1),
    "Python's own functions patched": (first("import builtins\nbuiltins.isinstance = lambda *a: True"), 1),
    "JSON patched": (first("import json\njson.dumps = lambda *a, **k: '{}'"), 1),
    "a memory bomb": (tiny.notebook("x = []\nwhile True:\n    x.append(bytearray(10**8))"), 1),
    "right, but a cell fills the memory": (
        insert(1, "x = []\nwhile True:\n    x.append(bytearray(10**8))", f"room = bytearray(5 * 10**8)\n{RIGHT}"),
        4,
    ),
    "an output flood": (tiny.notebook(f"while True: print('x' * 1000)\n{RIGHT}"), 1),
}
UNREADABLE = {  # name: (what was handed in, what the note says)
    "cut off": (TEXT[:500], "line 1"),
    "empty": ("", "the file is empty"),
    "a number of 6000 digits": (TEXT.replace('"nbformat": 4', f'"nbformat": {"4" * 6000}'), "not a notebook"),
    "cells in an object": (changed(lambda cells, nb: nb.update(cells={"0": cells[0]})), "without cells"),
    "a page of HTML": ("<!doctype html>", "line 1"),
    "two notebooks": (f"{TEXT}\n{TEXT}", "line 2"),
    "code alone": (RIGHT, "line 1"),
    "a merge conflict": (f"{TEXT}\n<<<<<<< HEAD\n", "merge conflict"),
}
