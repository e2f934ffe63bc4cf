import ast
import json

import pytest
from errors import ERRORS, ROOT, planted

FILES = sorted({file for file, _ in ERRORS})


@pytest.mark.parametrize("file", FILES)
def test_each_error_can_be_planted_and_leaves_a_file_that_is_read(file):
    text = (ROOT / "dvlab" / file).read_text(encoding="utf-8")
    for error in planted():
        if error.file == file:
            wrong = error.plant(text)
            assert wrong != text
            if file.endswith(".py"):
                ast.parse(wrong)
            if file.endswith(".json"):
                json.loads(wrong)


def test_no_error_is_planted_twice_and_all_their_tests_exist():
    errors = planted()
    assert len({(error.file, error.old, error.new) for error in errors}) == len(errors)
    assert [test for error in errors for test in error.tests.split() if not (ROOT / test).exists()] == []
