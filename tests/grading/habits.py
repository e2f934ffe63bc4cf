"""Thirty things that students' notebooks hold and that harm nothing: a right answer keeps its points."""

import copy

import nbformat
from submissions import cell_of, notebook

TOP = {  # lines before the answer, in its own cell; what works in JupyterLab without a front end works in grading
    "inline figures": "%matplotlib inline",
    "autoreload": "%load_ext autoreload\n%autoreload 2",
    "a kernel's own handle": "get_ipython().kernel.shell.run_line_magic('pwd', '')",
    "pip by bang": "!pip install numpy",
    "pip by magic": "%pip install --quiet numpy",
    "widgets": "import ipywidgets\nipywidgets.interact(lambda x: print(x), x=(0, 3))",
    "a widget shown": "from IPython.display import display\ndisplay(__import__('ipywidgets').IntSlider())",
    "a widget's own output": "out = __import__('ipywidgets').Output()\nwith out:\n    print('captured')",
    "timeit": "%timeit -n 1 -r 1 sum(range(10))",
    "time": "import time\n%time time.sleep(0.01)",
    "asyncio": "import asyncio\nawait asyncio.sleep(0.01)\ntask = asyncio.create_task(asyncio.sleep(0.01))",
    "nested loop": "import asyncio\nassert asyncio.get_running_loop().is_running()",
    "cd": "%cd ..",
    "chdir": "import os, tempfile\nos.chdir(tempfile.mkdtemp())",
    "logging": "import logging\nlogging.basicConfig(level=logging.DEBUG)\nlogging.warning('look')",
    "warnings as errors": "import warnings\nwarnings.simplefilter('error')",
    "numpy errors": "import numpy\nnumpy.seterr(all='raise')",
    "double precision": "import torch\ntorch.set_default_dtype(torch.float64)",
    "no gradients": "import torch\ntorch.set_grad_enabled(False)",
    "a seed": "import torch, random\ntorch.manual_seed(0)\nrandom.seed(0)",
    "options": "import numpy\nnumpy.set_printoptions(precision=3)",
    "a figure": "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()",
    "a progress bar": "from tqdm.auto import tqdm\nfor _ in tqdm(range(3)): pass",
    "a subprocess": "import subprocess, sys\nsubprocess.run([sys.executable, '-c', 'print(1)'], check=True)",
    "threads": "import threading\nthreading.Thread(target=print, args=('x',)).start()",
    "a file": "from pathlib import Path\nPath('mine.txt').write_text('x')\nassert Path('mine.txt').read_text() == 'x'",
    "a file in the home": "from pathlib import Path\n(Path.home() / '.mine').write_text('x')",
    "clear output": "from IPython.display import clear_output\nprint('x')\nclear_output()",
    "an alias of a name": "import torch as T, numpy as np\nfrom torch import log, exp, sqrt",
    "an own display hook": "import sys\nhook = sys.displayhook\n1 + 1",
    "debugger": "import pdb\n%pdb off",
    "history": "%history -n 1-2\nprint(In[-1])",
    "stderr": "import sys\nprint('on stderr', file=sys.stderr)",
    "a value at the end of another cell": "_ = 5\n_",
}
METADATA = {  # of a cell, as editors write it
    "Colab": {"id": "aBcDeF", "colab": {"base_uri": "https://localhost:8080/"}, "outputId": "x", "executionInfo": {}},
    "VS Code": {"vscode": {"languageId": "python"}, "collapsed": True},
    "JupyterLab": {"jupyter": {"source_hidden": True, "outputs_hidden": False}, "tags": ["hide", "raises-exception"]},
    "skipped": {"tags": ["skip-execution"], "scrolled": "auto", "trusted": True},
}
ANSWERS = ("kl", "log-normal", "monte-carlo", "elbo")


def with_habits(names):
    """The right submission of exercise 02 with these habits, spread over its answer cells."""
    made = notebook()
    for n, name in enumerate(names):
        cell = cell_of(made, ANSWERS[n % len(ANSWERS)])
        cell.source = TOP[name] + "\n" + cell.source
    for cell in made.cells:
        for extra in METADATA.values():
            cell.metadata.update(copy.deepcopy(extra))
    made.metadata.update({"colab": {"provenance": []}, "accelerator": "GPU", "widgets": {}})
    check = copy.deepcopy(cell_of(made, "kl-check"))  # a check copied into a cell of their own
    check.metadata, check["id"] = nbformat.NotebookNode(), "mine"
    made.cells.append(check)
    return made


def batches(size=12):
    """The names, so many at a time."""
    names = list(TOP)
    return [names[start : start + size] for start in range(0, len(names), size)]
