"""Ways to points without answers, to another's grade, and to what nobody should read; all on exercise 02."""

import nbformat
from submissions import CHECKS, LIBRARIES, cell_of, kl, notebook, without

FOUR = ("kl", "log-normal", "monte-carlo", "elbo")
NAMES = ("gaussian_kl", "log_normal", "monte_carlo_kl", "elbo")
WRONG = "{} = lambda *a, **k: a[0].sum(-1) * 0 + 7\n"


def everywhere(text, answer=WRONG):
    """Nothing right, and this text in front of every answer."""
    made = notebook(answers=False)
    for name, function in zip(FOUR, NAMES, strict=True):
        cell_of(made, name).source = text + "\n" + answer.format(function)
    return made


def own_checks():
    """The locked setup deleted, and an `ex02` whose checks do nothing."""
    made = everywhere("")
    made.cells = [cell for cell in made.cells if cell["id"] != "setup"]
    fake = "import math, torch\nclass Fake:\n    def __getattr__(self, name):\n        return lambda *a, **k: None\n"
    fake += "ex02 = Fake()"
    made.cells.insert(0, nbformat.v4.new_code_cell(fake))
    return made


ORACLE = "from dvlab.checks.ex02_elbo import closed_kl\n"
FRAMES = """import sys
def {}(*args):
    frame = sys._getframe()
    while frame := frame.f_back:
        for name, value in list(frame.f_locals.items()):
            if name in ("oracle", "closed_kl") and callable(value):
                return value(*args)
            if name in ("right", "expected"):
                return value[0] if isinstance(value, list) else value
    return 0 * args[0].sum(-1)
"""
HOOK = (
    "get_ipython().displayhook('x')\nex02.kl = ex02.elbo = ex02.log_density = ex02.monte_carlo = lambda *a, **k: 'ok'"
)
PARTIAL = "ex02.kl = ex02.elbo = ex02.log_density = ex02.monte_carlo = lambda *a, **k: 1000.0\n1000.0"
EVENTS = """def passed(*_):
    import sys
    sys.modules['dvlab.checks.comparison'].compare = lambda *a, **k: print('visible checks passed')
get_ipython().events.register('pre_run_cell', passed)"""
EQUAL = """class Same(float):
    __sub__ = __rsub__ = __abs__ = lambda *a: 0.0
    __eq__ = __le__ = __lt__ = lambda *a: True
    __array__ = lambda *a, **k: __import__('numpy').zeros(5)
"""
FORGED = {  # 0 points for the checks
    "an own ex02": own_checks,
    "a printed result": lambda: everywhere(HOOK),
    "a returned number": lambda: everywhere(PARTIAL),
    "an oracle imported": lambda: everywhere(ORACLE, "{} = closed_kl\n"),
    "an oracle in a frame": lambda: everywhere("", FRAMES),
    "checks patched": lambda: everywhere(CHECKS),
    "libraries patched": lambda: everywhere(LIBRARIES),
    "an event": lambda: everywhere(EVENTS),
    "an object that equals all": lambda: everywhere(EQUAL, "{} = lambda *a, **k: Same()\n"),
    "exceptions silenced": lambda: everywhere("get_ipython().set_custom_exc((Exception,), lambda *a, **k: None)"),
}

TOUCH = """import dvlab.checks.comparison, dvlab, os, pathlib, sys, glob
for place in (dvlab.checks.__file__, dvlab.__file__, '{package}/checks/comparison.py', '{package}/grading/oversee.py',
              '{home}/.ipython/profile_default/startup/00.py', '{out}/grades.csv', '{out}/results/a/02_elbo.json'):
    try:
        pathlib.Path(place).parent.mkdir(parents=True, exist_ok=True)
        with open(place, 'a') as file:
            file.write('\\n# touched by a submission\\n')
    except OSError:
        pass
"""
STOP = "import os, signal\nfor pid in (os.getppid(), ):\n    os.kill(pid, signal.{})"
REMOVE = (
    "import shutil, os\nshutil.rmtree(os.getcwd(), ignore_errors=True)\nshutil.rmtree(os.path.expanduser('~'), True)"
)


def harmful(package, home, out):
    """Right answers that reach for the grader: name -> notebook; each keeps what it deserves, others theirs."""

    def right(text, where="log-normal"):
        made = notebook()
        cell = cell_of(made, where)
        cell.source = text + "\n" + cell.source
        return made

    return {
        "writes elsewhere": right(TOUCH.format(package=package, home=home, out=out)),
        "kills its parent": right(STOP.format("SIGKILL")),
        "suspends its parent": right(STOP.format("SIGSTOP")),
        "deletes its folder": right(REMOVE),
    }


def setup_moved():
    made = notebook()
    made.cells.append(made.cells.pop(made.cells.index(cell_of(made, "setup"))))
    return made


def setup_copied():
    made = notebook()
    made.cells.append(nbformat.from_dict({**cell_of(made, "setup"), "id": "again"}))
    return made


RIGHT = {  # 10 points, with the note that says what was put right
    "setup moved to the end": (setup_moved, "cell setup was moved"),
    "setup copied to the end": (setup_copied, ""),
    "setup deleted": (lambda: without("setup"), "cell setup was missing"),
}
LEAKS = "%history\nprint(In)\nraise KeyboardInterrupt('x')"


def leaking():
    """Wrong, and full of ways to print what the kernel was told."""
    made = kl("undefined_name + mu")
    cell_of(made, "elbo").source = "def elbo(*a):\n    raise BaseException('stop')"
    cell_of(made, "log-normal").source = LEAKS
    made.cells.append(nbformat.v4.new_code_cell(LEAKS))
    return made
