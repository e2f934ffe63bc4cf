"""How the tests of the checks ask what an answer is called."""

import numpy as np

from dvlab.checks.comparison import CheckFailed, misnamed


def named(check, *answer, **options) -> str:
    """The kind of mistake that `check` sees in an answer, or "passed"."""
    try:
        check(*answer, **options)
    except CheckFailed as failed:
        return failed.kind
    return "passed"


def share_of_right_names(exercise: str, wrong, capsys, *, least: float = 0.9, hidden: tuple[str, ...] = ()) -> None:
    """Every wrong answer, (check, its kind, the answer), fails; most get their name; nothing hidden is shown."""
    got = []
    for check, kind, *answer in wrong:
        try:
            check(*answer)
            got.append((kind, "passed"))
        except CheckFailed as failed:
            got.append((kind, failed.kind))
            assert not [formula for formula in hidden if formula in failed.whole.split("The smallest input")[0]]
    capsys.readouterr()
    assert all(name != "passed" for _, name in got), [kind for kind, name in got if name == "passed"]
    share = np.mean([kind == name for kind, name in got])
    with capsys.disabled():
        print(f"\nexercise {exercise}: {share:.0%} of {len(got)} wrong answers get the right name")
    assert share >= least, [pair for pair in got if pair[0] != pair[1]]


def each_row_names_itself(check, capsys) -> None:
    """Every row of the check's table, fed back as a student's answer, gets its own name."""
    assert not list(misnamed(check))
    capsys.readouterr()
