"""What is written as in another language is told with what to write here."""

import pytest

from toys import FILE, faults_of, turnstile, unmarked

ONCE = "    require: not paid\n"
WITH_KEYS = (
    ("context: {value: integer 1..50,", "context: {a-b: integer, a-b-c: integer, value: integer,"),
    ("\ndefinitions:", "\nvirtual states:\n  Passable: [Unlocked]\n\ndefinitions:"),
)

MEANT = [
    ("state == §Locked", 'unknown variable "Locked"; the state is a text: "Locked"'),
    ("§value == 5", 'unknown variable "value"; the key of the event is .value'),
    ('§"value" == 5', "string can never equal integer 5..5; the key of the event is .value"),
    (
        "§state == Passable",
        'the name of a state can never equal list of "Unlocked"; ask: state in Passable',
    ),
    (
        "§state != Passable",
        'the name of a state can never equal list of "Unlocked"; ask: not (state in Passable)',
    ),
    (
        'state == §"Passable"',
        'unknown state "Passable"; the virtual state is asked for with: in Passable',
    ),
    ("§.a-b > 1", 'a key of such a name is quoted: ."a-b"'),
    ("1 < §.a-b-c", 'a key of such a name is quoted: ."a-b-c"'),
    ("paid §&& true", 'no expression: "&&" is no operator; write "and"'),
    ("paid §|| true", 'no expression: "||" is no operator; write "or"'),
    ("§!paid", 'no expression: "!" is no operator; write "not"'),
    ("coins §= 3", 'no expression: "=" is no operator; equality is written "=="'),
]


@pytest.mark.parametrize(("marked", "message"), MEANT)
def test_a_mistake_says_what_was_meant(marked: str, message: str) -> None:
    """One fault, where it stands."""
    text, place = unmarked(turnstile((ONCE, f"    require: '{marked}'\n"), *WITH_KEYS))
    (fault,) = faults_of(text)
    assert fault.message == message
    assert (fault.file, fault.line, fault.column) == (FILE, place.line, place.column)
    assert fault.expected is None


@pytest.mark.parametrize(
    "expression",
    [
        'state in Passable and state != "Locked"',
        '."a-b" - .value > 1 and .value - coins > 0',
        "coins & 3 == 1",
        '"&& || !" == "&& || !"',
        "not seen(coin)",
    ],
)
def test_what_is_right_is_no_mistake(expression: str) -> None:
    assert faults_of(turnstile((ONCE, f"    require: '{expression}'\n"), *WITH_KEYS)) == ()


def test_an_event_may_have_such_characters_in_its_name() -> None:
    text = turnstile(
        (ONCE, "    require: not seen(push!&&)\n"),
        ("  push:\n", "  push!&&: {context: empty, elsewhere: stays}\n  push:\n"),
    )
    assert faults_of(text) == ()
