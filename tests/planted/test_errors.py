import ast
import json

import pytest
from errors import ROOT, planted

PLANTED = planted()


@pytest.mark.parametrize("file", sorted({error.file for error in PLANTED}))
def test_each_error_can_be_planted_and_leaves_a_file_that_is_read(file):
    text = (ROOT / "dvlab" / file).read_text(encoding="utf-8")
    for error in PLANTED:
        if error.file == file:
            wrong = error.plant(text)
            assert wrong != text
            if file.endswith(".py"):
                ast.parse(wrong)
            if file.endswith(".json"):
                json.loads(wrong)


def test_no_error_is_planted_twice_and_all_their_tests_exist():
    assert len({(error.file, error.old, error.new) for error in PLANTED}) == len(PLANTED)
    for test in {test for error in PLANTED for test in error.tests.split()}:
        file, _, name = test.partition("::")
        assert (ROOT / file).exists(), test
        assert not name or f"def {name}(" in (ROOT / file).read_text(encoding="utf-8"), test
