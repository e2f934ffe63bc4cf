"""environment.yml, .binder and pyproject.toml name the same versions, and the README shows one command a shell."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

import dvlab

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
CONDA_NAMES = {"torch": "pytorch"}


def conda(path):
    entries = yaml.safe_load((ROOT / path).read_text())
    plain = [entry for entry in entries["dependencies"] if isinstance(entry, str)]
    pip = [line for entry in entries["dependencies"] if isinstance(entry, dict) for line in entry["pip"]]
    return entries, plain, pip


@pytest.mark.parametrize("path", ["environment.yml", ".binder/environment.yml"])
def test_conda_asks_for_what_pyproject_asks_for(path):
    entries, plain, _ = conda(path)
    assert set(entries) == {"name", "channels", "dependencies"}
    assert entries["channels"] == ["conda-forge", "nodefaults"]
    ours = {CONDA_NAMES.get(r.name, r.name): r.specifier for r in map(Requirement, PROJECT["dependencies"])}
    for requirement in map(Requirement, plain):  # conda's `name>=version` is also a valid PEP 508 requirement
        if requirement.name == "python":
            assert str(requirement.specifier) == PROJECT["requires-python"]
        elif requirement.name != "pip":
            assert requirement.specifier == ours[requirement.name]


def test_everything_else_comes_from_the_package_itself():
    _, plain, pip = conda("environment.yml")
    assert [Requirement(entry).name for entry in plain] == ["python", "pip", "pytorch"]
    assert pip == ["-e .[test]"]
    assert "test" in PROJECT["optional-dependencies"]


def test_one_version_number():
    assert PROJECT["dynamic"] == ["version"]
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text())["version"]
    assert str(cited) == dvlab.__version__


def test_the_readme_holds_one_test_command_for_each_shell():
    readme = (ROOT / "README.md").read_text()
    for name in ("course command", "test command"):
        block = readme.split(f"<!-- {name} -->")[1]
        commands = re.findall(r"```(sh|powershell)\n(.+?)\n```", block, flags=re.DOTALL)[:2]
        assert [shell for shell, _ in commands] == ["sh", "powershell"]
        assert all("\n" not in command for _, command in commands), "one line to copy"


def test_only_the_agreed_rooms_stand_at_the_top():
    agreed = {"README.md", "pyproject.toml", "environment.yml", "LICENSE", "CITATION.cff"}
    agreed |= {"lectures", "dvlab", "exercises", "solutions", "tests"}
    seen = {path.name for path in ROOT.iterdir() if not path.name.startswith(".")}
    assert not {name for name in seen - agreed if not name.endswith(".egg-info")}
