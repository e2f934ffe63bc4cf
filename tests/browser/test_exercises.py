"""Every exercise opens and stops at its stubs alone; one is solved by typing, and says what it should on the way."""

from pathlib import Path

import pytest

pytestmark = pytest.mark.browser
EXERCISES = sorted(
    str(path.relative_to(path.parents[2])) for path in (Path(__file__).parents[2] / "exercises").glob("*/*.ipynb")
)


@pytest.mark.parametrize("path", EXERCISES)
def test_an_exercise_opens(open_notebook, path):
    notebook = open_notebook(path)
    assert any("NotImplementedError" in "".join(cell["source"]) for cell in notebook.cells())
    assert notebook.page.locator(".jp-MarkdownCell h1").first.inner_text()
    notebook.run()
    [error] = notebook.errors()  # at its first stub, or at the check of it, where the run stops
    assert error.startswith("NotImplementedError") or "is not written yet" in error
    assert notebook.console == []


WRONG = "return 0.5 * (mu**2 + sigma**2 - 1 - 2 * sigma.log()).mean(1)"
RIGHT = {
    "kl": "return 0.5 * (mu**2 + sigma**2 - 1 - 2 * sigma.log()).sum(1)",
    "log-normal": "return torch.distributions.Normal(mean, sigma).log_prob(x).sum(-1)",
    "monte-carlo": """z = mu + sigma * epsilon
prior = log_normal(z, torch.zeros_like(mu), torch.ones_like(mu))
return (log_normal(z, mu, sigma) - prior).mean(0)""",
    "elbo": """decoded = (mu + sigma * epsilon) @ W.T + b
spread = sigma_x * torch.ones_like(x)
return log_normal(x, decoded, spread).mean(0) - gaussian_kl(mu, sigma)""",
}


@pytest.fixture
def exercise(open_notebook):
    path = "exercises/02_elbo/elbo.ipynb"
    if path not in EXERCISES:
        pytest.skip(f"{path} is not there")
    return open_notebook(path)


def answer(notebook, grade_id: str, lines: str) -> str:
    """Type over the last line of a cell, run it and the check below it with Shift+Enter; what the check says."""
    cells = notebook.cells()
    at = next(i for i, cell in enumerate(cells) if cell["metadata"].get("nbgrader", {}).get("grade_id") == grade_id)
    editor = notebook.page.locator(".jp-Notebook .jp-Cell").nth(at).locator(".cm-content")
    editor.click()
    for key in ("Control+End", "Shift+Home"):
        notebook.page.keyboard.press(key)
    notebook.page.keyboard.type(lines)  # the editor indents
    for _ in range(2):
        notebook.page.keyboard.press("Shift+Enter")
    output = notebook.page.locator(".jp-Notebook .jp-Cell").nth(at + 1).locator(".jp-OutputArea-output")
    notebook.page.wait_for_function("jupyterapp.shell.currentWidget.sessionContext.session.kernel.status === 'idle'")
    notebook.page.wait_for_timeout(500)
    output.first.wait_for(timeout=120_000)
    return output.first.inner_text()


def test_an_exercise_is_solved_by_typing_and_a_wrong_answer_gets_its_mistake_named(exercise):
    exercise.page.evaluate("""async () => {  // the imports: the first code cell
      const notebook = jupyterapp.shell.currentWidget.content;
      notebook.activeCellIndex = notebook.widgets.findIndex(cell => cell.model.type === "code");
      await jupyterapp.commands.execute("notebook:run-cell");
    }""")
    assert "smallest input" in answer(exercise, "kl", WRONG)
    assert "averaged over the latents" in answer(exercise, "kl", WRONG)  # the place to look, at the second run
    for part, lines in RIGHT.items():
        assert "isible checks passed" in answer(exercise, part, lines)
    exercise.run()  # all of it, with what was typed
    assert exercise.errors() == []
    exercise.screenshots("exercise-solved")
