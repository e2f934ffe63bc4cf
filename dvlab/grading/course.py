"""nbgrader's settings for this course, used by .jupyter/nbgrader_config.py."""

from pathlib import Path

from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
from nbgrader.preprocessors import GetGrades

from dvlab.grading.steps import AUTOGRADE, SANITIZE, HideHiddenTests


def configure(c, root: Path, seconds: int = 60) -> None:
    """Set in the config `c`: the folders below `root`, the time for a cell, the steps of autograding and feedback."""
    work = Path(root).resolve() / ".nbgrader"
    work.mkdir(exist_ok=True)
    c.CourseDirectory.root = str(work.parent)
    c.CourseDirectory.course_id = "dvlab"
    c.CourseDirectory.db_url = f"sqlite:///{work / 'gradebook.db'}"
    c.CourseDirectory.source_directory = "solutions"
    c.CourseDirectory.release_directory = "exercises"
    c.CourseDirectory.submitted_directory = ".nbgrader/submitted"
    c.CourseDirectory.autograded_directory = ".nbgrader/autograded"
    c.CourseDirectory.feedback_directory = ".nbgrader/feedback"
    c.CourseDirectory.ignore = [".ipynb_checkpoints", "*.pyc", "__pycache__", "*.py"]  # a paired .py holds the answers
    c.ExportApp.plugin_class = "nbgrader.plugins.CsvExportPlugin"
    c.Apart.root, c.Apart.timeout = str(work.parent), float(seconds)
    c.Autograde.sanitize_preprocessors = SANITIZE
    c.Autograde.autograde_preprocessors = AUTOGRADE
    c.GenerateFeedback.preprocessors = [GetGrades, HideHiddenTests, CSSHTMLHeaderPreprocessor]
