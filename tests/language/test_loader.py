"""A specification file is loaded whole, or every mistake in it is told at its place."""

from pathlib import Path

import pytest

from flux_conform.checking.judge import judge
from flux_conform.language.faults import Fault, SpecificationFaults
from flux_conform.language.loader import load_file, load_lines
from flux_conform.machine.step import Machine
from toys import (
    FILE,
    PUSH,
    TURNSTILE,
    coin,
    event,
    faults_of,
    find_lines,
    load_toy,
    turnstile,
    unmarked,
)


def place_of(fault: Fault) -> tuple[str, int, int]:
    return fault.file, fault.line, fault.column


def the_fault(marked: str) -> Fault:
    """The one fault of a text, which must stand where its mark does."""
    text, place = unmarked(marked)
    faults = faults_of(text)
    assert len(faults) == 1, "\n".join(map(str, faults))
    assert place_of(faults[0]) == (FILE, place.line, place.column)
    return faults[0]


COIN_ROW = "{on: coin, from: Locked, to: Unlocked, basis: text}"
WORTH = "    require: worth(5)\n"
ONCE = "    require: not paid\n"
INITIAL = "  Locked:   {initial: true, says: nobody can pass}\n"
UNLOCKED = "  Unlocked: {says: one visitor can pass}\n"
COINS = "  coins: {type: integer, says: the coins since the last push}\n"
PAID = "  paid: coins > 0\n"


def variable(text: str) -> tuple[str, str]:
    return COINS, f"{COINS}  more: {text}\n"


def require(expression: str) -> tuple[str, str]:
    return WORTH, f"    require: {expression}\n"


def row(text: str) -> tuple[str, str]:
    return COIN_ROW, text


# What is wrong, where (§), what is said, what was expected, and what was meant.
FAULTS: list[tuple[str, tuple[str, str], str, str | None, str | None]] = [
    (
        "unknown state in to",
        row("{on: coin, from: Locked, to: §Unlockd}"),
        'unknown state "Unlockd"',
        None,
        "Unlocked",
    ),
    (
        "unknown state in from",
        row("{on: coin, from: [Locked, §Lokced], to: Unlocked}"),
        'unknown state "Lokced"',
        None,
        "Locked",
    ),
    (
        "unknown state like none",
        row("{on: coin, from: §Qqq, to: Unlocked}"),
        'unknown state "Qqq"',
        "one of Locked, Unlocked",
        None,
    ),
    (
        "unknown event in a transition",
        row("{on: §coim, from: Locked, to: Unlocked}"),
        'unknown event "coim"',
        None,
        "coin",
    ),
    (
        "unknown event in a rule",
        ("    on: coin\n    require: worth(5)", "    on: §Coin\n    section: S\n    require: true"),
        'unknown event "Coin"',
        None,
        "coin",
    ),
    (
        "unknown event in seen",
        require("worth(5) and §seen(psuh)"),
        'unknown event "psuh"',
        None,
        "push",
    ),
    ("unknown variable", require("§cions == 0"), 'unknown variable "cions"', None, "coins"),
    (
        "unknown variable in an effect",
        ("effect: {coins: 0}", "effect: {cons: §0}"),
        'unknown variable "cons"',
        None,
        "coins",
    ),
    ("unknown function", require("§wroth(5)"), 'unknown function "wroth"', None, "worth"),
    ("unknown built-in", require("§siz(visitors) == 1"), 'unknown function "siz"', None, "size"),
    (
        "unknown key of a context",
        require("§.valeu == 1"),
        'unknown key "valeu" of the event\'s context',
        None,
        "value",
    ),
    (
        "unknown key of the file",
        ("title: Turnstile", "§titel: Turnstile\ntitle: Turnstile"),
        'unknown key "titel" of a specification',
        None,
        "title",
    ),
    (
        "unknown key of an event",
        ("    context: empty\n", "    context: empty\n    §elsewere: stays\n"),
        'unknown key "elsewere" of an event',
        None,
        "elsewhere",
    ),
    (
        "unknown word",
        ("    elsewhere: undefined", "    elsewhere: §undefind"),
        'unknown word "undefind"',
        None,
        "undefined",
    ),
    (
        "unknown level",
        ("    level: SHOULD", "    level: §SHOULDNT"),
        'unknown word "SHOULDNT"',
        None,
        "SHOULD",
    ),
    (
        "unknown type",
        variable("set of §strnig"),
        'no type: unknown type "strnig"',
        None,
        None,
    ),
    (
        "unknown generation",
        row("{on: coin, from: Locked, to: Unlocked, generation: §v7}"),
        'unknown generation "v7"',
        None,
        None,
    ),
    (
        "unknown question",
        row("{on: coin, from: Locked, to: Unlocked, question: §why-not}"),
        'unknown question "why-not"',
        None,
        None,
    ),
    (
        "unknown state in a virtual state",
        ("\ndefinitions:", "virtual states:\n  Any: [Locked, §Open]\n\ndefinitions:"),
        'unknown state "Open"',
        "one of Locked, Unlocked",
        None,
    ),
    (
        "a name compared with state",
        require('state == §"Lock"'),
        'unknown state "Lock"',
        None,
        "Locked",
    ),
    (
        "type clash in a rule",
        require('§coins == "three"'),
        "integer can never equal string",
        None,
        None,
    ),
    (
        "a rule that is no condition",
        require("§coins + 1"),
        "what is required is boolean, but this is integer",
        None,
        None,
    ),
    (
        "a guard that is no condition",
        row("{on: coin, from: Locked, to: Unlocked, when: §.value}"),
        "a guard is boolean, but this is integer 1..50",
        None,
        None,
    ),
    (
        "an effect of another type",
        ("effect: {coins: 0}", 'effect: {coins: §"coins > 0"}'),
        'the variable "coins" is integer, but this is boolean',
        None,
        None,
    ),
    (
        "two initial states",
        (UNLOCKED, "  Unlocked: {initial: §true, says: one visitor can pass}\n"),
        'a second initial state, "Unlocked" beside "Locked"',
        "one",
        None,
    ),
    (
        "two states of a letter that is given",
        (UNLOCKED, "  Unlocked: {says: one visitor can pass}\n  Open: {letter: §U}\n"),
        'the letter U is that of "Unlocked" too',
        None,
        None,
    ),
    (
        "no initial state",
        (INITIAL, "  §Locked:   {says: nobody can pass}\n"),
        "no initial state",
        "one with initial: true",
        None,
    ),
    (
        "a letter twice",
        (UNLOCKED, "  Unlocked: {letter: §L, says: one visitor can pass}\n"),
        'the letter L is that of "Locked" too',
        None,
        None,
    ),
    (
        "duplicate rule id",
        ("  - id: rfc9999/coin/once", "  - id: §rfc9999/coin/worth"),
        'the rule "rfc9999/coin/worth" stands here twice',
        None,
        None,
    ),
    (
        "a rule by the id of a finding",
        ("  - id: rfc9999/coin/once", "  - id: §rfc9999/push/no-context"),
        '"rfc9999/push/no-context" is the id of what the machine finds by itself',
        "another id",
        None,
    ),
    (
        "duplicate property id",
        ("{id: no-transition-dead,", "{id: §every-state-reachable,"),
        'the property "every-state-reachable" stands here twice',
        None,
        None,
    ),
    (
        "duplicate YAML key",
        ("lines: eventlog\n", "lines: eventlog\n§title: Another\n"),
        'the key "title" stands here twice (first in line 6)',
        "it once",
        None,
    ),
    (
        "duplicate state",
        (UNLOCKED, UNLOCKED + "  §Locked: {says: again}\n"),
        'the key "Locked" stands here twice (first in line 11)',
        "it once",
        None,
    ),
    (
        "a key that YAML 1.1 takes for another's",
        (
            "    on: coin\n    require: worth(5)",
            "    on: coin\n    §on: push\n    require: worth(5)",
        ),
        'the key "on" stands here twice',
        "it once",
        None,
    ),
    (
        "a missing key of an event",
        (
            "  push:\n    by: visitor\n    says: somebody pushed\n    context: empty\n",
            "  push:\n    §by: visitor\n    says: somebody pushed\n",
        ),
        'an event lacks its key "context"',
        None,
        None,
    ),
    (
        "a rule without an id",
        ("  - id: rfc9999/coin/worth\n    level", "  - §level"),
        'a rule lacks its key "id"',
        'id: an id such as "rfc21/depend/outstanding"',
        None,
    ),
    (
        "a variable without a type",
        variable("§{says: nothing}"),
        'a variable lacks its key "type"',
        "type: a type",
        None,
    ),
    (
        "no outcome",
        ("  - " + COIN_ROW, "  - §{on: coin, from: Locked}"),
        "a transition has one outcome, and this has none",
        "to: STATE, stays: true, silent: true or undefined: true",
        None,
    ),
    (
        "two outcomes",
        ("  - " + COIN_ROW, "  - §{on: coin, from: Locked, to: Unlocked, silent: true}"),
        "a transition has one outcome, and this has moves and silent",
        "to: STATE, stays: true, silent: true or undefined: true",
        None,
    ),
    (
        "an expression that is cut",
        require("not (paid and§"),
        "no expression: expected an expression, found the end of the text",
        None,
        None,
    ),
    (
        "an expression in quotes",
        require('"not (paid §paid)"'),
        'no expression: expected ")", found "paid"',
        None,
        None,
    ),
    (
        "an expression over several lines",
        require(">-\n      not paid\n      and   §whatever == 1"),
        'unknown variable "whatever"',
        None,
        None,
    ),
    (
        "an expression over several plain lines",
        require("not paid\n\n      and   not   §whatever"),
        'unknown variable "whatever"',
        None,
        None,
    ),
    (
        "an expression in a message",
        ('"the coin is worth {.value}"', '"the coin is worth {§.valeu}"'),
        'unknown key "valeu" of the event\'s context',
        None,
        "value",
    ),
    (
        "a brace that is not closed",
        ('"the coin is worth {.value}"', '"the coin is worth §{.value"'),
        "a brace that is not closed",
        None,
        None,
    ),
    (
        "times outside of the report",
        require("has(§entered(Unlocked))"),
        "entered(…) is known in the report alone; here, ask seen(EVENT)",
        None,
        None,
    ),
    (
        "times in an effect",
        ("effect: {coins: 0}", 'effect: {coins: "if has(§first(coin)) then 1 else 0"}'),
        "first(…) is known in the report alone; here, ask seen(EVENT)",
        None,
        None,
    ),
    (
        "times in a property",
        ("always: 'state == \"Locked\" implies not paid'", "always: has(§first(coin))"),
        "first(…) is known in the report alone; here, ask seen(EVENT)",
        None,
        None,
    ),
    (
        "a definition that nobody uses",
        (PAID, PAID + "  unused: coins > §conis\n"),
        'unknown variable "conis"',
        None,
        "coins",
    ),
    (
        "a definition that uses itself",
        (PAID, PAID + "  again(x): §x > 0 or again(x)\n"),
        'the definition of "again" uses itself',
        None,
        None,
    ),
    (
        "a definition that cannot be read, which another uses",
        (PAID, PAID + "  cut: 1 +§\n  user: cut\n"),
        "no expression: expected an expression, found the end of the text",
        None,
        None,
    ),
    (
        "a definition by a name of the language",
        (PAID, PAID + "  size: §coins\n"),
        '"size" is a name of the language or a variable',
        None,
        None,
    ),
    (
        "a definition that stands there twice",
        (PAID, PAID + "  paid(x): §x > 0\n"),
        'the definition of "paid" stands here twice',
        None,
        None,
    ),
    (
        "a bag of what no bag holds",
        variable("§bag of object"),
        "a bag holds no member of type object",
        "booleans, numbers, strings, or lists or objects of these as members",
        None,
    ),
    (
        "a set inside of a list",
        variable("§list of set of string"),
        "a set or bag is a variable of its own",
        None,
        None,
    ),
    (
        "a set in a context",
        ("optional string}", "optional string, tags: §set of string}"),
        "JSON has no value of type set of string",
        "list of …; sets and bags are for variables",
        None,
    ),
    (
        "a variable that has nothing to start with",
        variable("§string"),
        "a variable of type string has no first value",
        "optional string, which starts as none",
        None,
    ),
    (
        "a variable that cannot start as 0",
        variable("§integer 1..5"),
        "an integer starts as 0, which is outside of integer 1..5",
        "optional integer 1..5, which starts as none",
        None,
    ),
    (
        "a variable by a name of the language",
        (COINS, COINS + "  state: §integer\n"),
        '"state" is a name of the language',
        None,
        None,
    ),
    (
        "a context that is no object",
        ("    context: empty\n", "    context: §integer\n"),
        "a context is an object, not integer",
        "empty, undefined, any, object, map of … to …, or keys with types",
        None,
    ),
    (
        "a state without an entry",
        (UNLOCKED, "  Unlocked:§\n"),
        "nothing stands here",
        "a state with keys",
        None,
    ),
    (
        "yes is not true",
        (INITIAL, "  Locked: {initial: §yes, says: nobody can pass}\n"),
        '"yes" stands here',
        "true or false",
        None,
    ),
    (
        "a word in quotes is not true",
        (INITIAL, '  Locked: {initial: §"true", says: nobody can pass}\n'),
        '"true" stands here',
        "true or false",
        None,
    ),
    (
        "a list where one value stands",
        ("title: Turnstile", "title: §[Turnstile]"),
        "a list stands here",
        "a text",
        None,
    ),
    (
        "an id of no RFC",
        ("  - id: rfc9999/coin/once", "  - id: §coin-once"),
        '"coin-once" does not fit',
        'an id such as "rfc21/depend/outstanding"',
        None,
    ),
    (
        "lines that nobody has",
        ("lines: eventlog", "lines: §nolines"),
        'the format "nolines" cannot be loaded',
        None,
        None,
    ),
    (
        "a property with two claims",
        ("  - {id: no-dead-end, ", "  - §{id: no-dead-end, reachable: each state, "),
        "a property makes one claim, and this makes 2",
        None,
        None,
    ),
]


@pytest.mark.parametrize(
    ("change", "message", "expected", "suggestion"),
    [fault[1:] for fault in FAULTS],
    ids=[fault[0] for fault in FAULTS],
)
def test_a_fault_is_told_at_its_place_with_what_was_expected(
    change: tuple[str, str], message: str, expected: str | None, suggestion: str | None
) -> None:
    """One mistake in an otherwise sound file gives one fault: file, line, column and a hint."""
    fault = the_fault(turnstile(change))
    assert message in fault.message
    if expected is not None:
        assert fault.expected == expected
    assert fault.suggestion == suggestion
    if suggestion is not None:
        assert f'did you mean "{suggestion}"?' in str(fault)


def test_the_turnstile_itself_has_no_fault() -> None:
    """So that every fault above is its change's own."""
    specification = load_file(str(TURNSTILE))
    assert [state.name for state in specification.states] == ["Locked", "Unlocked"]
    assert specification.initial.name == "Locked"
    assert specification.final is None


SILENT_FINDING = (
    "  silent:     {id: rfc9999/states/silent, level: note, section: States, "
    "says: An event comes only where something is said of it.}\n"
)


@pytest.mark.parametrize(
    ("changes", "message", "expected"),
    [
        (
            [("  undefined:  {", "  §undefined:  {"), (SILENT_FINDING, "")],
            'no finding "silent"',
            "silent: {id, level, says}",
        ),
        (
            [
                ("  undefined:  {", "  §undefined:  {"),
                (UNLOCKED, "  Unlocked: {final: true, says: the end}\n"),
            ],
            'no finding "captive"',
            "captive: {id, level, says}",
        ),
        (
            [("  coin:\n", "  §coin:\n"), ("  unlisted: {by", "  other: {by")],
            'no entry "unlisted"',
            "unlisted: what an event means that no other entry names",
        ),
        (
            [
                (INITIAL, "  Locked: {initial: true, final: §true}\n"),
                (SILENT_FINDING, SILENT_FINDING + SILENT_FINDING.replace("silent", "captive")),
            ],
            '"Locked" is both initial and final',
            "one of them",
        ),
    ],
)
def test_what_a_table_lacks_is_told_where_it_begins(
    changes: list[tuple[str, str]], message: str, expected: str
) -> None:
    """A finding that the machine needs, an entry for unlisted events; and one kind a state."""
    fault = the_fault(turnstile(*changes))
    assert (fault.message, fault.expected) == (message, expected)


def test_a_second_removed_state_is_a_fault() -> None:
    """There is one at most; of final ones there may be several."""
    fault = the_fault(
        turnstile(
            (UNLOCKED, f"{UNLOCKED}  A: {{removed: true}}\n  B: {{removed: §true}}\n"),
            (SILENT_FINDING, SILENT_FINDING + SILENT_FINDING.replace("silent", "removed")),
        )
    )
    assert fault.message == 'a second removed state, "B" beside "A"'


def test_all_faults_are_told_in_one_run_in_the_order_of_the_file() -> None:
    """Names, types, structure and a key that stands twice, together."""
    text = turnstile(
        ("lines: eventlog\n", "lines: eventlog\ntitle: Another\n"),
        (PAID, PAID + "  again: again\n"),
        ("    context: empty\n", ""),
        (COIN_ROW, "{on: coim, from: Lokced, to: Unlockd}"),
        (WORTH, "    require: cions + 1\n"),
        ("    level: implied\n", "    level: implid\n"),
    )
    told = [fault.message for fault in faults_of(text)]
    assert told == [
        'the key "title" stands here twice (first in line 6)',
        'the definition of "again" uses itself',
        'an event lacks its key "context"',
        'unknown event "coim"',
        'unknown state "Lokced"',
        'unknown state "Unlockd"',
        'unknown variable "cions"',
        'unknown word "implid"',
    ]


def test_a_faulty_entry_is_still_known_by_its_name() -> None:
    """Its uses give no faults of their own."""
    text = turnstile((UNLOCKED, "  Unlocked: {sys: one visitor can pass}\n"))
    assert [fault.message for fault in faults_of(text)] == ['unknown key "sys" of a state']
    text = turnstile((PAID, "  paid: cions > 0\n"))
    assert [fault.message for fault in faults_of(text)] == ['unknown variable "cions"']


def test_a_fault_is_shown_with_its_line_and_a_mark() -> None:
    """As a compiler shows it."""
    text, place = unmarked(turnstile(row("{on: coin, from: Locked, to: §Unlockd}")))
    with pytest.raises(SpecificationFaults) as caught:
        load_toy(text)
    first, excerpt, mark = str(caught.value).splitlines()
    assert first == (
        f'{FILE}:{place.line}:{place.column}: unknown state "Unlockd"; did you mean "Unlocked"?'
    )
    assert excerpt[mark.index("^") :].startswith("Unlockd")


# Files that are no specification


@pytest.mark.parametrize(
    ("marked", "message"),
    [
        ("§", "the file is empty"),
        ("§\n\n", "the file is empty"),
        ("§# only a comment\n", "the file is empty"),
        ("§---\n", "the file is empty"),
        ("§just words\n", '"just words" stands here'),
        ("§- a\n- b\n", "a list stands here"),
        ("machine: [a\n§", "not YAML"),
        ("a: b: §c\n", "not YAML"),
        ("machine: toy\n\t§title: x\n", "a tab cannot indent YAML"),
        ("machine: §*other\n", "an alias"),
        ("machine: toy\n§---\nmachine: toy\n", "a second document"),
        ('machine: "toy\n§', "not YAML"),
    ],
)
def test_a_text_that_is_no_specification(marked: str, message: str) -> None:
    """Each is told at its place; none is a traceback."""
    text, place = unmarked(marked)
    faults = faults_of(text)
    assert message in faults[0].message
    if message == "not YAML":
        # Where it goes wrong is the YAML reader's to say.
        return
    if "tab" in message:
        place = place._replace(column=1)
    if "empty" in message or "stands here" in message:
        assert (faults[0].line, faults[0].column) == (1, 1)
    else:
        assert (faults[0].line, faults[0].column) == (place.line, place.column)


@pytest.mark.parametrize(
    ("data", "message", "place"),
    [
        (b"machine: toy\ntitle: caf\xe9\n", "is not UTF-8 text", (2, 11)),
        (b"machine: a\0b\n", "not YAML", (1, 1)),
        (b"x" * (5 << 20), "is larger than", (1, 1)),
        (b'machine: a\ntitle: "\\U00110000"\n', "not YAML", (2, 1)),
        (b"%YAML 1." + b"9" * 5000 + b"\n---\na: b\n", "not YAML", (1, 1)),
    ],
)
def test_bytes_that_are_no_text(
    tmp_path: Path, data: bytes, message: str, place: tuple[int, int]
) -> None:
    """Told at the byte that is none, or at the top."""
    path = tmp_path / "toy.yaml"
    path.write_bytes(data)
    with pytest.raises(SpecificationFaults) as caught:
        load_file(str(path))
    (fault,) = caught.value.faults
    assert message in fault.message
    assert place_of(fault) == (str(path), *place)


def test_a_directory_and_a_missing_file_cannot_be_read(tmp_path: Path) -> None:
    """The system's reason is told."""
    for path, reason in [(tmp_path, "directory"), (tmp_path / "no.yaml", "No such file")]:
        with pytest.raises(SpecificationFaults) as caught:
            load_file(str(path))
        (fault,) = caught.value.faults
        assert fault.message.startswith("cannot be read: ")
        assert reason in fault.message


def test_a_byte_order_mark_and_crlf_change_nothing(tmp_path: Path) -> None:
    """As an editor on another system writes the file."""
    path = tmp_path / "toy.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + TURNSTILE.read_bytes().replace(b"\n", b"\r\n"))
    assert load_file(str(path)) == load_file(str(TURNSTILE))


def test_the_lines_stand_beside_the_file_or_in_the_package(tmp_path: Path) -> None:
    """A file of its own needs no copy of the format's rules, but may bring others."""
    path = tmp_path / "toy.yaml"
    path.write_bytes(TURNSTILE.read_bytes())
    assert load_file(str(path)).lines == load_lines(find_lines("eventlog"))
    lines = Path(find_lines("eventlog")).read_text(encoding="utf-8")
    (tmp_path / "eventlog.yaml").write_text(lines.replace("level: note", "level: SHOULD"))
    assert {rule.level for rule in load_file(str(path)).lines} == {"MUST", "SHOULD", "implied"}


def test_a_fault_in_the_lines_is_told_where_they_are_named(tmp_path: Path) -> None:
    """With the fault's own place in their file."""
    path = tmp_path / "toy.yaml"
    path.write_bytes(TURNSTILE.read_bytes())
    lines = Path(find_lines("eventlog")).read_text(encoding="utf-8")
    (tmp_path / "eventlog.yaml").write_text(lines.replace("check: keys", "check: keyz"))
    with pytest.raises(SpecificationFaults) as caught:
        load_file(str(path))
    (fault,) = caught.value.faults
    assert (fault.line, fault.column) == (8, 8)
    number = lines[: lines.index("check: keys")].count("\n") + 1
    assert f'eventlog.yaml:{number}:12: unknown check "keyz"; did you mean "keys"?' in fault.message


# Files made to do harm


def alias_bomb() -> str:
    rows = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40)]
    return "\n".join(rows) + "\n"


def doubling(count: int) -> str:
    rows = ["  d0: not paid"] + [f"  d{n}: d{n - 1} and d{n - 1}" for n in range(1, count)]
    return PAID + "\n".join(rows) + "\n"


HARMFUL = {
    "aliases": (alias_bomb(), "an alias"),
    "brackets": ("machine: " + "[" * 50_000, "nested more than 50 deep"),
    "braces": ("{a: " * 50_000, "nested more than 50 deep"),
    "indents": ("\n".join(" " * n + "a:" for n in range(2_000)), "nested more than 50 deep"),
    "definitions that double": (
        turnstile((PAID, doubling(60)), require("d59")),
        "too large once its definitions are put in",
    ),
    "a call in a call": (
        turnstile((PAID, PAID + "  f(x): x and x\n"), require("f(" * 40 + "paid" + ")" * 40)),
        "too large once its definitions are put in",
    ),
    "a chain of definitions": (
        turnstile(
            (PAID, PAID + "".join(f"  d{n}: d{n + 1}\n" for n in range(3_000)) + "  d3000: paid\n")
        ),
        "too large once its definitions are put in",
    ),
    "a ring of definitions": (
        turnstile((PAID, PAID + "".join(f"  d{n}: d{(n + 1) % 3000}\n" for n in range(3_000)))),
        'the definition of "d0" uses itself through d1, d2, d3, d4, d5, …',
    ),
    "a deep expression": (turnstile(require("(" * 9_000)), "nested more than 50 deep"),
    "a long expression": (
        turnstile(require(" and ".join(["paid"] * 9_000))),
        "nested more than 100 deep",
    ),
    "a name of a megabyte": (turnstile(require("x" * 1_000_000)), "unknown variable"),
    "an integer of many digits": (turnstile(require("coins == " + "9" * 9_000)), "100 digits"),
    "an RFC of many digits": (
        turnstile(("  - id: rfc9999/coin/once", "  - id: rfc" + "9" * 9_000 + "/a/b")),
        "does not fit",
    ),
}


@pytest.mark.parametrize("name", HARMFUL)
def test_a_harmful_file_is_refused(name: str) -> None:
    """Neither Python's recursion nor the machine's memory is put to the test."""
    text, message = HARMFUL[name]
    faults = faults_of(text)
    assert any(message in fault.message for fault in faults)


def test_definitions_that_double_within_bounds_still_load() -> None:
    """A bound on size is no bound on use."""
    assert faults_of(turnstile((PAID, doubling(8)), require("d7"))) == ()


def test_the_traps_of_yaml_stay_outside() -> None:
    """`on` is a key, `yes` a text, 1_0 no number, and a date a text."""
    machine = Machine(
        load_toy(
            turnstile(
                ("title: Turnstile", "title: yes"),
                (
                    "    by: visitor\n    says: a coin was put in",
                    "    by: on\n    says: 2026-01-01",
                ),
            )
        )
    )
    specification = machine.specification
    assert specification.title == "yes"
    assert specification.events[0].by == ("on",)
    assert specification.events[0].says == "2026-01-01"
    (fault,) = faults_of(turnstile(("rfc: 9999, version", "rfc: 1_0, version")))
    assert fault.message == '"1_0" stands here'


def test_blanks_in_a_text_of_an_expression_stay() -> None:
    """Lines of an expression are folded, but what stands in quotes is meant."""
    machine = Machine(
        load_toy(turnstile(require('>-\n      has(.visitor)\n      implies .visitor == "a  b"')))
    )
    rule = machine.specification.rules[0]
    assert rule.require.text == 'has(.visitor) implies .visitor == "a  b"'
    assert judge(machine, coin(visitor="a  b")).findings == ()
    assert [f.rule for f in judge(machine, coin(visitor="a b")).findings] == ["rfc9999/coin/worth"]


def test_what_was_loaded_judges() -> None:
    """The turnstile at work: a push while locked, and a coin of too little worth."""
    machine = Machine(load_file(str(TURNSTILE)))
    log = coin(3) + PUSH + PUSH + event("whatever")
    found = [(finding.rule, finding.line) for finding in judge(machine, log).findings]
    assert found == [("rfc9999/coin/worth", 1), ("rfc9999/states/undefined", 3)]
