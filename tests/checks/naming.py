"""How the tests of the checks ask what an answer is called."""

import numpy as np

from dvlab.checks.base import CheckFailed


def named(check, *answer, **options) -> str:
    """The kind of mistake that `check` sees in an answer, or "passed"."""
    try:
        check(*answer, **options)
    except CheckFailed as failed:
        return failed.kind
    return "passed"


def share_of_right_names(exercise: str, wrong, capsys) -> None:
    """Every wrong answer, (check, its kind, the answer), fails; nine in ten get their name, and the share is shown."""
    got = [(kind, named(check, *answer)) for check, kind, *answer in wrong]
    capsys.readouterr()
    assert all(name != "passed" for _, name in got), [kind for kind, name in got if name == "passed"]
    share = np.mean([kind == name for kind, name in got])
    with capsys.disabled():
        print(f"\nexercise {exercise}: {share:.0%} of {len(got)} wrong answers get the right name")
    assert share >= 0.9, [pair for pair in got if pair[0] != pair[1]]
