# nbgrader's own commands and formgrader, unchanged: in the course's top folder, with JUPYTER_CONFIG_PATH=.jupyter
#   nbgrader generate_assignment 02_elbo      (afterwards `python -m dvlab release` writes the .py pairs back)
#   nbgrader autograde 02_elbo                (submissions: .nbgrader/submitted/STUDENT/02_elbo/elbo.ipynb)
#   nbgrader generate_feedback 02_elbo
#   nbgrader export
from pathlib import Path

from dvlab.grading.course import configure

configure(get_config(), Path(__file__).resolve().parent.parent)
