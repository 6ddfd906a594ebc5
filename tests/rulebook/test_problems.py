"""A mistake shows its line, and of a long one the part about the mistake."""

import pytest

from healthlint.rulebook.problems import PackProblem

LONG = "".join(f"{number:07d}" for number in range(1000))


@pytest.mark.parametrize("at", [0, 3, 80, 81, 3500, 6990, 6999])
def test_the_caret_stands_under_the_same_character(at: int) -> None:
    said = str(
        PackProblem(path="a.yaml", line=1, column=at + 1, length=1, message="wrong", excerpt=LONG)
    )
    _, line, caret = said.splitlines()
    assert len(line) <= 2 + 160 + 6
    under = caret.index("^")
    assert LONG[at : at + 5] == line[under : under + 5].rstrip(".")


@pytest.mark.parametrize(("width", "is_whole"), [(160, True), (161, False)])
def test_a_line_of_that_width_is_whole(width: int, is_whole: bool) -> None:
    said = str(
        PackProblem(
            path="a.yaml", line=1, column=1, length=5, message="wrong", excerpt=LONG[:width]
        )
    )
    assert (said.splitlines()[1].strip() == LONG[:width]) == is_whole
