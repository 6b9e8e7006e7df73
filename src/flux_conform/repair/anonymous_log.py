"""A log in which nothing tells whose it is: texts, names, numbers and times are replaced.

Equal ones stay equal under one key, and other ones stay others. What the specification itself says,
such as names of events and keys, stays; and so does what the finding rests on.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, NamedTuple

from flux_conform.language import types as t
from flux_conform.language.families import governing
from flux_conform.language.specification import Event, Specification
from flux_conform.machine.step import Machine
from flux_conform.machine.values import ordinary
from flux_conform.repair.line_trees import Number, Object, Tree, TreeLine, log_of_trees, mapped
from flux_conform.repair.made_up_times import numbered, relative, time_of
from flux_conform.repair.public_texts import public_texts
from flux_conform.repair.smallest_log import Lines, Stays, name_of

_FEW = 1000
"""The width of a range of integers up to which one of them tells nothing of anybody."""

_NO_JSON = (b"{", b"", b"[]", b"\xff")


MOST_LINES, MOST_BYTES = 400, 64 << 10
"""Maximum size of a log that is made anonymous: the finding is judged again for each text."""


class TooLong(Exception):
    """A log that is too long to be made anonymous; the message says how long it is."""


class Atom(NamedTuple):
    """Something in a log that may tell whose it is.

    `what` is "event", "text", "number" or "line"; a number is one under a `key`. `events` are those
    in which it stands, each with its key there.
    """

    what: str
    text: str | bytes
    key: str
    events: tuple[tuple[Event, str], ...]
    is_key: bool

    @property
    def place(self) -> tuple[str, str | bytes, str]:
        """What tells it from others."""
        return self.what, self.text, self.key if self.what == "number" else ""


class Anonymous(NamedTuple):
    """A log without names; `kept` says what stays as it was because the finding rests on it."""

    lines: Lines
    kept: tuple[str, ...]


def anonymous(stays: Stays, lines: Lines) -> Anonymous:
    """Replace whatever the finding does not rest on. Raises TooLong."""
    size = len(log_of_trees(lines))
    if len(lines) > MOST_LINES or size > MOST_BYTES:
        raise TooLong(
            f"the smallest part that was found has {len(lines):,} lines ({size:,} bytes); "
            f"{MOST_LINES:,} lines and {MOST_BYTES:,} bytes at most can be made anonymous"
        )
    kept: list[str] = []
    for times in (numbered, relative):
        other = times(lines)
        if stays(other):
            lines = other
            break
    else:
        kept.append("the times")
    public = public_texts(stays.machine.specification)
    done: set[Atom] = set()
    # A key that is replaced is that of other atoms.
    while (atom := next(_left(stays.machine, lines, public, done), None)) is not None:
        there = frozenset(_there(lines, atom))
        for new in _candidates(stays.machine, atom, there):
            other = _replaced(lines, atom, new)
            if new not in there and stays(other):
                lines = other
                done.add(atom._replace(text=new))
                break
        else:
            done.add(atom)
            # What is made up itself tells nothing.
            if atom.text not in _candidates(stays.machine, atom, there):
                kept.append(_kept(atom))
    return Anonymous(lines, tuple(kept))


def _left(
    machine: Machine, lines: Lines, public: frozenset[str], done: set[Atom]
) -> Iterator[Atom]:
    known = {atom.place for atom in done}
    return (atom for atom in _atoms(machine, lines, public) if atom.place not in known)


def _kept(atom: Atom) -> str:
    if atom.what == "number":
        return f'the number {atom.text!s} under "{atom.key}"'
    if atom.what == "line":
        return "a line that is no JSON object"
    return f"the {'name of an event' if atom.what == 'event' else 'text'} {json.dumps(atom.text)}"


# What stands in the log


def _atoms(machine: Machine, lines: Lines, public: frozenset[str]) -> list[Atom]:
    """Return what may be private, in the order in which it comes."""
    found: dict[tuple[str, str | bytes, str], Atom] = {}

    def note(what: str, text: str | bytes, key: str, event: Event | None, *, is_key: bool) -> None:
        atom = Atom(what, text, key, (), is_key)
        known = found.get(atom.place, atom)
        events = known.events if event is None else (*known.events, (event, key))
        found[atom.place] = known._replace(events=events, is_key=known.is_key and is_key)

    for line in lines:
        if line.tree is None:
            if line.raw.strip():
                note("line", line.raw, "", None, is_key=False)
            continue
        name = name_of(line)
        event = None if name is None else machine.event(name)
        if name is not None and name not in public and _own_part(machine, name):
            note("event", name, "", None, is_key=False)
        for what, text, key, is_key in _plain_values(line.tree):
            if what == "number":
                if not _is_harmless(text, key, event):
                    note(what, text, key, event, is_key=False)
            elif len(text) > 1 and text not in public:
                note(what, text, key, event, is_key=is_key)
    return list(found.values())


def _own_part(machine: Machine, name: str) -> str:
    """The part of an event's name that the specification does not have."""
    return name[len(_prefix(machine.specification, name)) :]


def _prefix(specification: Specification, name: str) -> str:
    entry = governing({event.name for event in specification.events}, name)
    return entry[:-1] if entry is not None and entry.endswith("*") else ""


def _plain_values(tree: Object) -> Iterator[tuple[str, str, str, bool]]:
    """Yield the keys and the plain values but for the name and the time: each with its key."""
    found: list[tuple[str, str, str, bool]] = []

    def key_of(key: str) -> str:
        if key not in ("name", "timestamp", "context"):
            found.append(("text", key, key, True))
        return key

    def value_of(under: str, value: Tree) -> Tree:
        if isinstance(value, Number):
            found.append(("number", value.text, under, False))
        elif isinstance(value, str):
            found.append(("text", value, under, False))
        return value

    for key, value in tree.members:
        if key == "name" and isinstance(value, str):
            continue
        if key == "timestamp" and isinstance(value, Number) and time_of(value) is not None:
            continue
        mapped(Object(((key, value),)), key_of, value_of, "")
    yield from found


def _is_harmless(text: str, key: str, event: Event | None) -> bool:
    """Whether a number tells nothing: one digit, the example's, or one of few that may be there."""
    if len(text.lstrip("-")) == 1:
        return True
    if event is not None and text == json.dumps(_usual(event, key)):
        return True
    of = None if event is None else t.present(event.key_types.get(key, t.Anything()))
    if not isinstance(of, t.Integer) or of.low is None or of.high is None:
        return False
    return of.high - of.low <= _FEW and t.accepts(of, _value(text))


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:  # more digits than Python converts
        return None


# What takes its place


def _candidates(
    machine: Machine, atom: Atom, there: frozenset[str | bytes]
) -> Iterator[str | bytes]:
    """Yield what may take the place of an atom; `there` is what stands in the log already."""
    if isinstance(atom.text, bytes):
        yield masked_line(atom.text)
        yield from _NO_JSON
    elif atom.what == "number":
        yield from _numbers(atom)
    elif atom.what == "event":
        prefix = _prefix(machine.specification, atom.text)
        yield _fresh(f"{prefix}event", there)
    else:
        yield _fresh("key" if atom.is_key else "text", there)
        for value in (_usual(event, key) for event, key in atom.events[:2]):
            if isinstance(value, str):
                yield from (value, *(f"{value}{n}" for n in range(1, 4)))
        yield from map(str, range(10))
        yield from (masked(atom.text).replace("x", letter) for letter in "xyzabc")
        yield from _renumbered(atom.text)


def _fresh(stem: str, there: frozenset[str | bytes]) -> str:
    return next(name for n in count(1) for name in [f"{stem}-{n}"] if name not in there)


def _there(lines: Lines, atom: Atom) -> Iterator[str | bytes]:
    """What stands in the log of the kind of an atom: of numbers those under its key."""
    for line in lines:
        if line.tree is None:
            yield line.raw
            continue
        if atom.what != "number":
            yield name_of(line) or ""
        for what, text, key, _ in _plain_values(line.tree):
            if (what == "number") == (atom.what == "number") and (
                what != "number" or key == atom.key
            ):
                yield text


def _usual(event: Event, key: str) -> Any:
    """The value of a key in the example of an event, or what is ordinary for its type."""
    example = {} if event.example is None else json.loads(event.example)
    if isinstance(example, dict) and key in example:
        return example[key]
    of = event.key_types.get(key)
    return None if of is None else ordinary(of, least=True)


def _numbers(atom: Atom) -> Iterator[str]:
    text = str(atom.text)
    sign = "-" if text.startswith("-") else ""
    if re.search("[.eE]", text):
        yield from (f"{sign}{n}.5" for n in range(1, 6))
    else:
        for event, key in atom.events[:1]:
            value = _usual(event, key)
            if isinstance(value, int) and not isinstance(value, bool):
                yield from (str(value + n) for n in range(5))
        yield from (f"{sign}{n}" for n in range(1, 6))
    yield from (masked(text), masked(text).replace("1", "9"), "0", "-1")


def masked(text: str) -> str:
    """The text with each letter and digit replaced: what is left is its form."""
    return re.sub(r"[^\W\d_]|[^\x00-\x7f]", "x", re.sub(r"\d", "1", text))


def _renumbered(text: str) -> Iterator[str]:
    """Yield the form of a text with other numbers: in the same order, and as far apart."""
    form = re.sub(r"[^\W\d_]|[^\x00-\x7f]", "x", text)
    parts = re.split(r"(\d{1,18})", form)
    numbers = sorted({int(digits) for digits in parts[1::2]})
    for start in (0, 1):
        for new in (
            {number: place + start for place, number in enumerate(numbers)},
            {number: number - numbers[0] + start for number in numbers},
        ):
            parts[1::2] = [str(new[int(digits)]) for digits in re.findall(r"\d{1,18}", form)]
            yield "".join(parts)


def masked_line(raw: bytes) -> bytes:
    """The bytes of a line with each letter and digit replaced, and what is no UTF-8 as it is not.

    Where it stops being JSON the other line does so, too.
    """
    text = raw.decode("utf-8", "surrogateescape")
    shown = re.sub("[\ud800-\udfff]", "\udcff", text)
    parts = re.split("(\udcff)", shown)
    return "".join(part if part == "\udcff" else masked(part) for part in parts).encode(
        "utf-8", "surrogateescape"
    )


def _replaced(lines: Lines, atom: Atom, new: str | bytes) -> Lines:
    """Return the log with another value wherever an atom stands."""
    if isinstance(new, bytes):
        return tuple(
            line._replace(raw=new) if line.tree is None and line.raw == atom.text else line
            for line in lines
        )

    def key_of(key: str) -> str:
        is_it = atom.what == "text" and key == atom.text
        return new if is_it and key not in ("name", "timestamp", "context") else key

    def value_of(under: str, value: Tree) -> Tree:
        if isinstance(value, Number):
            is_it = atom.what == "number" and (value.text, under) == (atom.text, atom.key)
            return Number(new) if is_it else value
        return new if atom.what == "text" and value == atom.text else value

    return tuple(_in_line(line, atom, new, key_of, value_of) for line in lines)


def _in_line(
    line: TreeLine,
    atom: Atom,
    new: str,
    key_of: Callable[[str], str],
    value_of: Callable[[str, Tree], Tree],
) -> TreeLine:
    if line.tree is None:
        return line
    members: list[tuple[str, Tree]] = []
    for key, value in line.tree.members:
        if key == "name" and isinstance(value, str):
            is_it = atom.what == "event" and value == atom.text
            members.append((key, new if is_it else value))
        elif key == "timestamp" and isinstance(value, Number) and time_of(value) is not None:
            members.append((key, value))
        else:
            inner = mapped(Object(((key, value),)), key_of, value_of, "")
            assert isinstance(inner, Object)
            members += inner.members
    return line._replace(tree=Object(tuple(members)))
