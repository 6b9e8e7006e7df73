"""The verdicts of diff against an exhaustive walk that the checker's own machine takes.

The walk tries a fixed alphabet after every log, shares no code with diff, and joins only logs that
leave both machines as they are. What it finds diff must find, as short; what diff proves not to be
there it must not find.
"""

from collections.abc import Hashable, Mapping
from functools import cache
from typing import Any, NamedTuple

import pytest

from flux_conform.diff.checker import checker
from flux_conform.diff.meaning import DIFFERENT, NONE, UNKNOWN, Meaning, meaning
from flux_conform.language.specification import Specification
from flux_conform.machine.configuration import Configuration
from flux_conform.machine.step import Machine
from toys import load_toy

DEPTH = 5

LOCKER = """\
machine: locker
title: A locker
source: {rfc: 99}
lines: eventlog
generations:
  new: {today: true, says: today's}
  old: {on: begin, when: not has(.version), says: an old one}
states:
  OPEN: {initial: true, says: open}
  SHUT: {says: shut}
  GONE: {final: true, says: over}
  LOST: {removed: true, says: lost}
definitions:
  most: .level == 9
variables:
  things: {type: set of string, says: what is in it}
  ever: {type: set of string, says: what was ever in it}
  lent: {type: bag of string, says: keys that are lent}
  level: {type: optional integer 0..9, says: how full}
  count: {type: integer, says: times set}
findings:
  undefined:  {id: rfc99/states/undefined, level: MUST, section: S, says: Undefined.}
  silent:     {id: rfc99/states/silent, level: note, section: S, says: Silent.}
  captive:    {id: rfc99/states/captive, level: MUST, section: S, says: Captive.}
  removed:    {id: rfc99/states/removed, level: MUST, section: S, says: Removed.}
  context:    {id: "rfc99/{event}/context", level: MUST, section: S, says: Context.}
  no-context: {id: "rfc99/{event}/no-context", level: implied, section: S, says: No context.}
events:
  begin: {context: {version: optional integer}, elsewhere: stays}
  put: {context: {thing: string}, elsewhere: stays, effect: {things: things + .thing, ever: ever + .thing}}
  take: {context: {thing: string}, elsewhere: stays, effect: {things: things - .thing}}
  lend: {context: {to: string}, elsewhere: stays, effect: {lent: lent + .to}}
  back: {context: {to: string}, elsewhere: stays, effect: {lent: lent - .to}}
  fill: {context: {level: integer 0..9, by: optional string}, elsewhere: silent, effect: {level: .level}}
  shut: {context: empty, elsewhere: undefined}
  open: {context: undefined, elsewhere: undefined}
  end: {context: undefined, elsewhere: undefined}
  lose: {context: undefined, elsewhere: undefined}
  note.*: {context: any, elsewhere: stays}
  unlisted: {context: any, elsewhere: stays}
transitions:
  - {on: begin, from: OPEN, to: SHUT, generation: old}
  - {on: shut, from: OPEN, to: SHUT}
  - {on: open, from: SHUT, to: OPEN}
  - {on: fill, when: most, from: OPEN, to: SHUT}
  - {on: fill, from: SHUT, stays: true}
  - {on: end, from: SHUT, to: GONE}
  - {on: lose, from: OPEN, to: LOST}
rules:
  - {id: rfc99/begin/first, level: MUST, on: any, require: first implies event == "begin", section: S, says: S., breach: b, repair: r}
  - {id: rfc99/take/ever, level: MUST, on: take, require: .thing in ever, section: S, says: S., breach: b, repair: r}
  - {id: rfc99/take/inside, level: implied, on: take, require: .thing in things, section: S, says: S., breach: b, repair: r}
  - {id: rfc99/back/lent, level: SHOULD, on: back, require: .to in lent, section: S, says: S., breach: b, repair: r}
  - {id: rfc99/end/back, level: MUST, on: end, require: empty(lent), section: S, says: S., breach: b, repair: r}
  - {id: rfc99/open/level, level: MUST, on: open, require: level != 0, section: S, says: S., breach: b, repair: r}
  - {id: rfc99/shut/once, level: MUST, on: shut, require: not seen(shut), section: S, says: S., breach: b, repair: r}
"""

# Every name is an edit: what it puts for what.
EDITS: dict[str, tuple[tuple[str, str], ...]] = {
    "nothing": (),
    "words alone": (("says: how full", "says: how full it is"), ("title: A locker", "title: B")),
    "a guard in other words": (("most: .level == 9", "most: not (.level < 9)"),),
    "a rule in other words": (("require: empty(lent)", "require: not size(lent) > 0"),),
    "a rule of set and logic in other words": (
        ("require: .thing in ever,", "require: not (not .thing in ever),"),
    ),
    "a rule that another implies": (
        ("require: .thing in things,", "require: .thing in things and .thing in ever,"),
    ),
    "a rule dropped": (("level: MUST, on: take", "level: note, on: take"),),
    "another rule dropped": (("level: MUST, on: end", "level: note, on: end"),),
    "a rule that stands for another": (("require: .thing in ever", "require: .thing in things"),),
    "a bound widened": (
        ("context: {level: integer 0..9,", "context: {level: integer -1..9,"),
        ("level: {type: optional integer 0..9", "level: {type: optional integer"),
    ),
    "a bound narrowed": (("context: {level: integer 0..9,", "context: {level: integer 0..8,"),),
    "a key made required": (("by: optional string", "by: string"),),
    "a key of another kind": (("by: optional string", "by: optional integer"),),
    "a key gone": ((", by: optional string", ""),),
    "a context that is asked for": (("shut: {context: empty", "shut: {context: undefined"),),
    "no context allowed, in a MUST": (('no-context", level: implied', 'no-context", level: MUST'),),
    "a target moved": (("{on: open, from: SHUT, to: OPEN}", "{on: open, from: SHUT, to: LOST}"),),
    "a transition more": (
        ("{on: end, from: SHUT, to: GONE}", "{on: end, from: [OPEN, SHUT], to: GONE}"),
    ),
    "a transition less": (("  - {on: lose, from: OPEN, to: LOST}\n", ""),),
    "undefined is no fault": (
        ("level: MUST, section: S, says: Undefined", "level: note, section: S, says: Undefined"),
    ),
    "nothing ends": (
        ("level: MUST, section: S, says: Captive", "level: note, section: S, says: Captive"),
    ),
    "silence is a fault": (
        ("level: note, section: S, says: Silent", "level: MUST, section: S, says: Silent"),
    ),
    "silence stays": (("elsewhere: silent", "elsewhere: stays"),),
    "no unlisted events": (
        (
            "unlisted: {context: any, elsewhere: stays}",
            "unlisted: {context: any, elsewhere: undefined}",
        ),
    ),
    "an event less": (
        ("  lose: {context: undefined, elsewhere: undefined}\n", ""),
        ("  - {on: lose, from: OPEN, to: LOST}\n", ""),
    ),
    "no family": (("  note.*: {context: any, elsewhere: stays}\n", ""),),
    "a family with a context": (("note.*: {context: any", "note.*: {context: undefined"),),
    "one generation": (
        ("  old: {on: begin, when: not has(.version), says: an old one}\n", ""),
        ("  - {on: begin, from: OPEN, to: SHUT, generation: old}\n", ""),
    ),
    "generations told otherwise": (("when: not has(.version)", "when: not .version == 1"),),
    "an effect less": (("effect: {things: things - .thing}", "effect: {things: things}"),),
    "what is taken was never there": (
        (
            "effect: {things: things - .thing}",
            "effect: {things: things - .thing, ever: ever - .thing}",
        ),
    ),
    "a bag is a set": (("lent: {type: bag of string", "lent: {type: set of string"),),
    "an effect in other words": (("level: .level}", "level: if true then .level else level}"),),
    "a variable of another name": (
        ("  level: {type", "  filled: {type"),
        ("effect: {level: .level}", "effect: {filled: .level}"),
        ("require: level != 0", "require: filled != 0"),
    ),
    "the log's own memory in a variable": (
        ("count: {type: integer", "count: {type: boolean"),
        (
            "shut: {context: empty, elsewhere: undefined}",
            "shut: {context: empty, elsewhere: undefined, effect: {count: true}}",
        ),
        ("require: not seen(shut)", "require: not count"),
    ),
    "counted to two": (
        (
            "shut: {context: empty, elsewhere: undefined}",
            "shut: {context: empty, elsewhere: undefined, effect: {count: count + 1}}",
        ),
        ("require: not seen(shut)", "require: count < 2"),
    ),
    "a state of another name": (
        ("SHUT: {says", "CLOSED: {says"),
        ("{on: begin, from: OPEN, to: SHUT", "{on: begin, from: OPEN, to: CLOSED"),
        ("{on: shut, from: OPEN, to: SHUT}", "{on: shut, from: OPEN, to: CLOSED}"),
        ("{on: open, from: SHUT", "{on: open, from: CLOSED"),
        (
            "from: OPEN, to: SHUT}\n  - {on: fill, from: SHUT,",
            "from: OPEN, to: CLOSED}\n  - {on: fill, from: CLOSED,",
        ),
        ("{on: end, from: SHUT", "{on: end, from: CLOSED"),
    ),
    "two at once": (("require: empty(lent)", "require: size(lent) < 2"),),
    "any first": (("level: MUST, on: any", "level: implied, on: any"),),
}

# Events that bring out every edit: contexts at bounds, of other kinds, missing and superfluous.
ALPHABET: tuple[tuple[str, Mapping[str, Any] | None], ...] = (
    ("begin", None),
    ("begin", {"version": 1}),
    ("begin", {"version": 0}),
    ("put", {"thing": "a"}),
    ("take", {"thing": "a"}),
    ("take", {"thing": "b"}),
    ("lend", {"to": "a"}),
    ("back", {"to": "a"}),
    ("back", {"to": "b"}),
    ("fill", {"level": 5}),
    ("fill", {"level": 0}),
    ("fill", {"level": 9}),
    ("fill", {"level": -1}),
    ("fill", {"level": 5, "by": "x"}),
    ("fill", {"level": 5, "by": 1}),
    ("fill", {"level": 5, "by": None}),
    ("fill", {"level": 9, "by": "x"}),
    ("shut", None),
    ("shut", {}),
    ("shut", {"x": 1}),
    ("open", None),
    ("open", {}),
    ("end", None),
    ("end", {"x": 1}),
    ("lose", None),
    ("lose", {"x": 1}),
    ("note.a", None),
    ("note.a", {"x": 1}),
    ("other", None),
)


@cache
def edited(name: str) -> Specification:
    text = LOCKER
    for old, new in EDITS[name]:
        assert text.count(old) == 1, f"{old!r} stands there {text.count(old)} times"
        text = text.replace(old, new)
    return load_toy(text)


class Place(NamedTuple):
    """A configuration, and what tells it from others."""

    mark: Hashable
    configuration: Configuration


class Side(NamedTuple):
    """A machine, with what it did already remembered."""

    machine: Machine
    counted: frozenset[str]
    memo: dict[tuple[Hashable, int], Place | None]

    @property
    def start(self) -> Place:
        """Where it is before the first event."""
        return marked(self.machine.initial)

    def take(self, before: Place, number: int) -> Place | None:
        """Where it is after an event, None where the event is refused."""
        key = (before.mark, number)
        if key not in self.memo:
            step = self.machine.step(before.configuration, *ALPHABET[number])
            levels = {breach.rule.level for breach in step.breaches}
            self.memo[key] = None if levels & self.counted else marked(step.after)
        return self.memo[key]


def marked(configuration: Configuration) -> Place:
    values = frozenset((name, str(value)) for name, value in configuration.values.items())
    mark = configuration.state, configuration.generation, values, configuration.seen
    return Place(mark, configuration)


@cache
def side(name: str, strict: bool) -> Side:
    levels = ("MUST", "SHOULD", "implied") if strict else ("MUST",)
    return Side(Machine(edited(name)), frozenset(levels), {})


def shortest(one: Side, two: Side, depth: int) -> dict[str, int]:
    """The lengths of the shortest logs that show a difference, by its direction."""
    found: dict[str, int] = {}
    level = {(one.start.mark, two.start.mark): (one.start, two.start)}
    known = set(level)
    for length in range(1, depth + 1):
        after: dict[tuple[Hashable, Hashable], tuple[Place, Place]] = {}
        for a, b in level.values():
            for number in range(len(ALPHABET)):
                first, second = one.take(a, number), two.take(b, number)
                if first is not None and second is None:
                    found.setdefault("first-only", length)
                elif first is None and second is not None:
                    found.setdefault("second-only", length)
                elif first is not None and second is not None:
                    if first.configuration.state != second.configuration.state:
                        found.setdefault("states", length)
                    after.setdefault((first.mark, second.mark), (first, second))
        level = {key: pair for key, pair in after.items() if key not in known}
        known |= set(level)
        if len(found) == 3 or len(known) > 3000:
            break
    return found


@cache
def compared(one: str, two: str, strict: bool) -> Meaning:
    return meaning(edited(one), edited(two), judge=checker(strict), strict=strict)


@pytest.mark.parametrize("strict", [False, True], ids=["must", "strict"])
@pytest.mark.parametrize("edit", EDITS)
def test_diff_agrees_with_an_exhaustive_walk(edit: str, strict: bool) -> None:
    """Whatever was edited: the same differences, as short, and nothing is proved that is not so."""
    told = compared("nothing", edit, strict)
    walked = shortest(side("nothing", strict), side(edit, strict), DEPTH)
    for answer in told.answers:
        length = walked.get(answer.direction)
        if answer.verdict == NONE:
            assert length is None, answer
        elif answer.verdict == DIFFERENT:
            assert answer.witness is not None
            mine = len(answer.witness.run.events)
            assert length == mine or (length is None and mine > DEPTH), answer
        else:
            assert length is None, answer


# Differences that neither a log shows nor a proof excludes, and why.
UNKNOWN_FOR = {
    # A bag is known by its size, which does not tell that the set's members are among its own.
    ("a bag is a set", False): {"first-only"},
}


@pytest.mark.parametrize("strict", [False, True], ids=["must", "strict"])
@pytest.mark.parametrize("edit", EDITS)
def test_hardly_a_question_stays_open(edit: str, strict: bool) -> None:
    """There is a log or a proof for every direction, but for what is known to be out of reach."""
    told = compared("nothing", edit, strict)
    unknown = {answer.direction for answer in told.answers if answer.verdict == UNKNOWN}
    assert unknown == UNKNOWN_FOR.get((edit, strict), set())


SWAPPED = {"first-only": "second-only", "second-only": "first-only", "states": "states"}


@pytest.mark.parametrize("edit", EDITS)
def test_whichever_comes_first_the_differences_are_the_same(edit: str) -> None:
    """A against B and B against A mirror each other."""
    there, back = compared("nothing", edit, False), compared(edit, "nothing", False)
    for answer in there.answers:
        other = back.answer(SWAPPED[answer.direction])
        assert answer.verdict == other.verdict
        if answer.witness is not None:
            assert other.witness is not None
            assert len(answer.witness.run.events) == len(other.witness.run.events)


def test_what_is_the_same_in_other_words_is_proved_the_same() -> None:
    """Guards, rules, effects and variables may be written in another way without a difference."""
    for edit in EDITS:
        if "in other words" in edit or edit in (
            "nothing",
            "words alone",
            "a variable of another name",
        ):
            for strict in (False, True):
                assert compared("nothing", edit, strict).verdict == NONE, edit
