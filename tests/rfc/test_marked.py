"""Generated parts of a text are remade in place, and comments that are at fault are told."""

import pytest

from flux_conform.language.faults import SpecificationFaults
from flux_conform.rfc.marked import UnknownPart, regenerate, without_parts

TEXT = """Title

.. generated: tea

old
.. end of generated text

By hand.

.. generated: cup blue
.. end of generated text
"""


def make(name: str, argument: str) -> str:
    if name not in ("tea", "cup"):
        raise UnknownPart(f'unknown part "{name}"', name, ("tea", "cup"))
    return f"{name} of {argument or 'nobody'}\n"


def test_parts_are_remade_and_all_else_stays() -> None:
    """What was remade is told; a second time nothing is."""
    text, stale = regenerate(TEXT, "t.rst", make)
    assert text == TEXT.replace("\nold\n", "\ntea of nobody\n\n").replace(
        "blue\n..", "blue\n\ncup of blue\n\n.."
    )
    assert [part.title for part in stale] == ["tea", "cup blue"]
    assert regenerate(text, "t.rst", make) == (text, ())


def test_the_lines_by_hand_bear_their_numbers() -> None:
    """Comments of parts are none of them."""
    lines = list(without_parts(TEXT, "t.rst"))
    assert [(number, line) for number, line in lines if line] == [(1, "Title"), (8, "By hand.")]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (".. generated: te\n.. end of generated text\n", 'unknown part "te"; did you mean "tea"?'),
        (".. generated: kettle\n.. end of generated text\n", "expected one of tea, cup"),
        (".. generated: tea\n", 'the generated part "tea" has no end'),
        (".. generated: tea\n.. generated: cup\n.. end of generated text\n", '"tea" has no end'),
        (".. end of generated text\n", "an end without a beginning"),
        ("..  generated tea\n", "a comment that is nearly one of a generated part"),
        ("   .. generated: tea\n", "a comment that is nearly one of a generated part"),
        (".. generated: tea\n.. End of generated text\n", "nearly one of a generated part"),
    ],
)
def test_a_comment_at_fault_is_told_with_its_line(text: str, told: str) -> None:
    """And nothing is remade."""
    with pytest.raises(SpecificationFaults) as caught:
        regenerate(f"Title\n\n{text}", "t.rst", make)
    assert told in str(caught.value)
    assert str(caught.value.faults[0]).startswith(("t.rst:3:", "t.rst:4:"))
