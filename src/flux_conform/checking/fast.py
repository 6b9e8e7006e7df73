"""The fast path: recognises logs without findings, and leaves all others to the careful path.

A log is decoded in one call into structs made from the specification, so that decoding checks every
context. The types of the structs are the log's shape, which determines the few values that rules
read. These values are the key of the judgement. For each key, the judgement is computed once, by a
walk through an automaton whose steps are memoized steps of the machine. Strings matter only by
equality, to each other or to a text of the specification. So all other strings are renamed by their
first occurrence, and logs that take the same steps share their judgement.

The fast path decides nothing: a log that breaks any rule above a note, or that leaves any doubt, is
judged by the careful path.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from itertools import compress, islice, repeat
from operator import call, gt, itemgetter
from typing import Any

import msgspec

from flux_conform.checking.decoded_bytes import (
    is_utf8,
    one_object_a_line,
    passes_limits,
    sound_judgements,
)
from flux_conform.checking.finding import CONFORMS, INCOMPLETE, Judgement, Verdict
from flux_conform.checking.structs import Reader, keys_read, make_struct
from flux_conform.interruptible import uninterrupted
from flux_conform.language import types as t
from flux_conform.language.specification import Event
from flux_conform.logs.eventlog import MAX_DEPTH
from flux_conform.machine.configuration import Configuration, key_of
from flux_conform.machine.judged import compared_texts, names_matter
from flux_conform.machine.memo import Memo
from flux_conform.machine.step import Machine

_MAX_NAMES = 200
_MAX_NAMES_A_LOG = 10
"""Maximum number of unlisted names with structs; each one means that the decoder is rebuilt."""

_MAX_MEMORY = 200_000
"""Maximum number of memoized steps and judgements; then the memo is cleared."""

_MAX_RECENT = 10_000
"""Maximum number of judgements memoized by the values read; then these are cleared."""

_WEIGHT = 16
"""Number of events of a shape, or of values, that count as one more memoized item."""

_MAX_STRINGS = 40
"""Maximum number of strings read of one log; with more, configurations do not recur."""

_NEST = 2 * MAX_DEPTH - 2
"""Minimum number of bytes by which a line that nests too deep exceeds the shortest line."""


class _Node:
    """A configuration of the automaton; `next` has None for a step that causes a finding."""

    __slots__ = ("configuration", "next", "verdict")

    def __init__(self, configuration: Configuration, verdict: Verdict) -> None:
        self.configuration = configuration
        self.verdict = verdict
        self.next: Memo[Hashable, _Node | None] = Memo()


class _Made(dict[tuple[type, ...], "_Shape"]):
    """The shapes by the types of a log's events, created on first use."""

    def __init__(self, make: Callable[[tuple[type, ...]], _Shape]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, types: tuple[type, ...]) -> _Shape:
        shape = self[types] = self._make(types)
        return shape


class _Shape:
    """The logs that have the same events in the same order.

    `pick` selects the events of a log from which values are read, and `reads` reads them: first the
    `plain` values, then the strings with the types `checks`, then values that may be strings. A log
    with more bytes than `room` needs a closer check: a line may nest too deep, and `others` are
    checks with the places of their events.

    `recent` has judgements by the values read, `judgements` by their normal form; None leaves the
    log to the careful path. If `is_open`, all logs of the shape are left to it.
    """

    __slots__ = (
        "checks", "is_open", "judgements", "others", "pick", "plain", "reads", "recent", "room"
    )  # fmt: skip

    def __init__(self, readers: Sequence[Reader]) -> None:
        numbered = list(enumerate(readers))
        plain = [(place, reader.plain) for place, reader in numbered if reader.plain is not None]
        checks = [(place, check) for place, reader in numbered for check in reader.checks]
        strings = [(place, check) for place, check in checks if check.is_text]
        texts = [(place, read) for place, reader in numbered for read in reader.texts]
        reads = [*plain, *((place, check.read) for place, check in strings), *texts]
        self.pick = _picker([place for place, _ in reads])
        self.reads = tuple(read for _, read in reads)
        self.plain = len(plain)
        self.checks = tuple(check.type for _, check in strings)
        self.others = tuple((place, check) for place, check in checks if not check.is_text)
        self.room = -1 if self.others else sum(reader.least for reader in readers) + _NEST
        self.is_open = (
            not readers
            or len(texts) > _MAX_STRINGS
            or any(reader.keys is None for reader in readers)
        )
        self.recent: Memo[Hashable, Judgement] = Memo()
        self.judgements: Memo[Hashable, Judgement | None] = Memo()


class FastPath:
    """Judges logs without findings, and memoizes judgements.

    `decoder` decodes the events that have structs; `readers` read their values.
    """

    decoder: msgspec.json.Decoder[Any]
    readers: dict[type, Reader]

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        specification = machine.specification
        self._texts = compared_texts(specification)
        known: dict[Any, Any] = {text: text for text in (*self._texts, msgspec.UNSET)}
        self._known = known.get
        self._keys_read = keys_read(specification)
        self._names_matter = names_matter(specification)
        self.readers = {}
        self._structs: dict[str, type] = {}
        self._ends = specification.ends
        self._never_ends = specification.final is None
        self._passed: dict[t.Type, set[str]] = defaultdict(set)
        self._shapes = _Made(self._make_shape)
        self._shape_of = self._shapes.__getitem__
        self._nodes: Memo[Hashable, _Node] = Memo()
        self._forget()
        for event in specification.events:
            if not event.is_family:
                self._add(event.name, event)
        self._build_decoder()

    def judge(self, data: bytes) -> Judgement | None:
        """Return the judgement on a log without findings above a note; else None."""
        (events,) = self._decode((data,))
        shape = self._shapes[tuple(map(type, events))]
        values = tuple(map(call, shape.reads, shape.pick(events)))
        judgement = shape.recent.get(values) or self._judge(shape, events, values)
        if (
            judgement is None
            or (len(data) > shape.room and not _holds(shape, data, events))
            or not one_object_a_line(data, judgement.events)
            or not is_utf8(data)
        ):
            return None
        return judgement

    def decodes(self, data: bytes) -> bool:
        """Return whether a log can be decoded; `decoder` then has structs for all its names."""
        return bool(self._decode((data,))[0])

    def accepts(self, of: t.Type, text: str) -> bool:
        """Return whether a string has a type; strings that do are memoized."""
        passed = self._passed[of]
        if text in passed:
            return True
        if not t.accepts(of, text):
            return False
        if len(passed) >= _MAX_MEMORY:
            passed.clear()
        passed.add(text)
        return True

    def judge_batch(self, logs: Sequence[bytes]) -> list[Judgement | None]:
        """Return the judgements on logs, each as by `judge`, in order.

        The work for every log is done by `map`, without executing Python code in between.
        """
        events = self._decode(logs)
        shapes = list(map(self._shape_of, map(tuple, map(map, repeat(type), events))))
        picked = map(call, [shape.pick for shape in shapes], events)
        reads = map(map, repeat(call), [shape.reads for shape in shapes], picked)
        values = list(map(tuple, reads))
        judgements = list(map(dict.get, [shape.recent for shape in shapes], values))
        if not all(judgements):
            for number, judgement in enumerate(judgements):
                if judgement is None:
                    shape = shapes[number]
                    judgements[number] = self._judge(shape, events[number], values[number])
        too_long = map(gt, map(len, logs), [shape.room for shape in shapes])
        for number in compress(range(len(logs)), too_long):
            if judgements[number] and not _holds(shapes[number], logs[number], events[number]):
                judgements[number] = None
        return sound_judgements(logs, judgements)

    def _judge(
        self, shape: _Shape, events: Sequence[Any], values: tuple[Any, ...]
    ) -> Judgement | None:
        """Return the judgement on a log by its shape and the values read of it."""
        if shape.is_open:
            return None
        place = shape.plain
        for of in shape.checks:
            if values[place] is not msgspec.UNSET and not self.accepts(of, values[place]):
                return None
            place += 1
        texts = values[place:]
        # The texts that the specification knows, and which of them are equal.
        key = (*values[: shape.plain], *map(self._known, texts), *map(texts.index, texts))
        judgement: Judgement | None = shape.judgements.get(key, _UNKNOWN)
        if judgement is _UNKNOWN:
            judgement = shape.judgements.remember(key, self._walk(events))
            self._remember(len(key))
        if judgement is not None:
            shape.recent.remember(values, judgement)
            self._recent += 1 + len(values) // _WEIGHT
            if self._recent > _MAX_RECENT:
                self._forget_recent()
        return judgement

    # Decoding

    def _decode(self, logs: Sequence[bytes]) -> list[Sequence[Any]]:
        """Return the events of each log; none if the decoder refuses it."""
        events: list[Sequence[Any]] = []
        while len(events) < len(logs):
            try:
                # The events of the logs before the refused one are kept.
                events.extend(map(self.decoder.decode_lines, islice(logs, len(events), None)))
            except (ValueError, RecursionError) as error:
                events.append(self._decode_after(error, logs[len(events)]))
        return events

    def _decode_after(self, error: Exception, data: bytes) -> Sequence[Any]:
        """Return the events of a log that the decoder refused; none if it still does."""
        for _ in range(_MAX_NAMES_A_LOG):
            if not isinstance(error, msgspec.ValidationError) or not self._learn(str(error)):
                break
            try:
                return self.decoder.decode_lines(data)
            except (ValueError, RecursionError) as another:
                error = another
        return ()

    def _learn(self, error: str) -> bool:
        """Create a struct for the unlisted name in an error; return whether there is one."""
        match = _UNKNOWN_NAME.fullmatch(error)
        if match is None or self._names_matter or len(self._structs) >= _MAX_NAMES:
            return False
        name = match[1]
        event = self._machine.event(name)
        if name in self._structs or not event.is_family or not name or name in self._texts:
            return False
        self._add(name, event)
        self._build_decoder()
        return True

    def _add(self, name: str, event: Event) -> None:
        with uninterrupted():
            struct, reader = make_struct(name, event, self._keys_read.get(event.name, ()))
        self._structs[name] = struct
        self.readers[struct] = reader

    def _build_decoder(self) -> None:
        union: Any = None
        for struct in self._structs.values():
            union = struct if union is None else union | struct
        with uninterrupted():
            self.decoder = msgspec.json.Decoder(union)

    # Courses

    def _make_shape(self, types: tuple[type, ...]) -> _Shape:
        self._remember(len(types))
        return _Shape([self.readers[struct] for struct in types])

    def _walk(self, events: Sequence[Any]) -> Judgement | None:
        node = self._start
        names: dict[str, str] = {}
        for logged in events:
            reader = self.readers[type(logged)]
            context = {
                key: _named(value, self._texts, names)
                for key, read in reader.keys or ()
                if (value := read(logged)) is not msgspec.UNSET
            }
            # The names of events of one family make no difference.
            step = (reader.event.name, tuple(context.items()))
            following = node.next.get(step, _UNKNOWN)
            if following is _UNKNOWN:
                following = node.next.remember(step, self._step(node, reader.event, context))
                self._remember()
            if following is None:
                return None
            node = following
        return Judgement(node.verdict, node.configuration.state, len(events), ())

    def _step(self, node: _Node, event: Event, context: Mapping[str, Hashable]) -> _Node | None:
        step = self._machine.step(
            node.configuration, name_for(event), context, context_is_sound=True
        )
        if any(breach.rule.level != "note" for breach in step.breaches):
            return None
        return self._node(step.after)

    def _node(self, configuration: Configuration) -> _Node:
        key = key_of(configuration)
        node = self._nodes.get(key)
        if node is None:
            ended = self._never_ends or configuration.state in self._ends
            node = _Node(configuration, CONFORMS if ended else INCOMPLETE)
            self._nodes.remember(key, node)
        return node

    def _remember(self, size: int = 0) -> None:
        self._held += 1 + size // _WEIGHT
        if self._held > _MAX_MEMORY:
            self._forget()

    def _forget_recent(self) -> None:
        self._recent = 0
        for shape in self._shapes.values():
            shape.recent.clear()

    def _forget(self) -> None:
        self._held = self._recent = 0
        self._shapes.clear()
        self._nodes.clear()
        self._start = self._node(self._machine.initial)


_UNKNOWN: Any = object()
_UNKNOWN_NAME = re.compile(r"Invalid value '(.*)' - at `\$(?:\[\d+\])?\.name`", re.DOTALL)


def _named(value: Any, texts: frozenset[str], names: dict[str, str]) -> Any:
    """Return a value in its normal form: a free string is renamed by its first occurrence."""
    if type(value) is not str or value in texts:
        return value
    # No text of the specification begins like this; see compared_texts.
    return names.setdefault(value, f"\x00{len(names)}")


def _picker(places: Sequence[int]) -> Callable[[Sequence[Any]], Sequence[Any]]:
    """Return a function that selects the items of a sequence at these places."""
    if len(places) > 1:
        return itemgetter(*places)
    # An itemgetter of one place returns no tuple.
    return lambda items: [items[place] for place in places]


def _holds(shape: _Shape, data: bytes, events: Sequence[Any]) -> bool:
    """Return whether no line exceeds the limits of readers, and the other checks pass."""
    for place, check in shape.others:
        value = check.read(events[place])
        if value is not msgspec.UNSET and not t.accepts(check.type, value):
            return False
    return not passes_limits(data)


def name_for(event: Event) -> str:
    """Return the event's name; for a family, a name that no expression mentions."""
    if not event.is_family:
        return event.name
    return f"{event.name[:-1]}\x00" if event.name.endswith("*") else "\x00"
