"""The fast path: finds at once that a log has no finding, or leaves it to the careful path.

A log's bytes are decoded in one call into structs made from the specification, so that decoding
checks every context. The types of the structs, and the few values that some rule reads, are then
walked through an automaton whose steps are the careful machine's own, each taken once and
remembered. Strings count only by being equal, to each other or to a text of the specification, so
all others are renamed by their first appearance, and logs with the same course share their steps.

Nothing is decided here: a log that breaks any rule above a note, or that gives the least doubt,
is judged by the careful path.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Sequence
from operator import attrgetter
from typing import Annotated, Any, NamedTuple, TypeGuard
from typing import Literal as OneOf

import msgspec

from flux_conform.conformance.finding import CONFORMS, INCOMPLETE, Judgement
from flux_conform.conformance.machine import Configuration, Machine, judged_expressions
from flux_conform.logs.eventlog import MAX_DEPTH, MAX_LINE_BYTES, depth_exceeds
from flux_conform.model import types as t
from flux_conform.model.expressions import (
    Binary,
    Constant,
    Key,
    Name,
    Node,
    children,
    walk,
)
from flux_conform.model.specification import (
    AnyContext,
    Context,
    EmptyContext,
    Event,
    Specification,
    TypedContext,
    UndefinedContext,
)

_MAX_NAMES = 200
_MAX_NAMES_A_LOG = 10
"""Unlisted names that structs are made for; each one makes the decoder anew."""

_MAX_MEMORY = 200_000
"""Steps and courses remembered; past it, memory starts anew."""

_MAX_STRINGS = 16
"""Different free strings in one log; more of them would make configurations that recur nowhere."""


class _Reader(NamedTuple):
    """How the events of one struct are read.

    `event` is the entry of the specification, `keys` those of its context that some rule reads
    and `attributes` where the struct has them; `checks` is what is left to test of a context
    after decoding, by attribute ("" is the whole).
    """

    event: Event
    keys: tuple[str, ...]
    attributes: tuple[str, ...]
    checks: tuple[tuple[str, t.Type], ...]


class _Node:
    """A configuration of the automaton; `next` leads to None where a step gives a finding."""

    __slots__ = ("configuration", "next", "verdict")

    def __init__(self, configuration: Configuration, verdict: str) -> None:
        self.configuration = configuration
        self.verdict = verdict
        self.next: dict[Hashable, _Node | None] = {}


class FastPath:
    """Judges logs without findings, one after another, and remembers what it learnt."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        specification = machine.specification
        self._texts = _texts(specification)
        self._keys_read = _keys_read(specification)
        self._names_matter = _names_matter(specification)
        self._readers: dict[type, _Reader] = {}
        self._structs: dict[str, type] = {}
        self._ends = {s.name for s in specification.states if s.final or s.removed}
        self._never_ends = specification.final is None
        self._plain: dict[tuple[t.Type, str], bool] = {}
        self._forget()
        for event in specification.events:
            if not event.is_family:
                self._add(event.name, event)
        self._build_decoder()

    def judge(self, data: bytes) -> Judgement | None:
        """The judgement on a log that has no finding above a note; None leaves it open."""
        events = self._decode(data)
        if events is None or not _one_object_a_line(data, len(events)):
            return None
        shape = tuple(map(type, events))
        plan = self._plans.get(shape)
        if plan is None:
            plan = self._plan(shape)
        if plan is _CAREFUL:
            return None
        values = _values(events, plan, self._texts, self._passes)
        if values is None:
            return None
        course = (shape, values)
        node = self._courses.get(course, _UNKNOWN)
        if node is _UNKNOWN:
            node = self._walk(shape, values)
            self._remember()
            self._courses[course] = node
        if node is None:
            return None
        return Judgement(node.verdict, node.configuration.state, len(events), ())

    # Decoding

    def _decode(self, data: bytes) -> list[Any] | None:
        for _ in range(_MAX_NAMES_A_LOG):
            try:
                return self._decoder.decode_lines(data)
            except msgspec.ValidationError as error:
                if not self._learn(str(error)):
                    return None
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError):
                return None
        return None

    def _learn(self, error: str) -> bool:
        """Make a struct for the unlisted name that an error tells of; whether there was one."""
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
        keys = self._keys_read.get(event.name, ())
        context, checks = _context_field(event)
        struct = msgspec.defstruct(
            "Logged",
            [("timestamp", Annotated[float, msgspec.Meta(gt=0)]), context],
            tag_field="name",
            tag=name,
            gc=False,
        )
        named = [key for key, _ in event.context.keys] if _is_typed(event.context) else []
        attributes = tuple(_attribute(named.index(key)) for key in keys if key != _WHOLE)
        self._structs[name] = struct
        self._readers[struct] = _Reader(event, keys, attributes, checks)

    def _build_decoder(self) -> None:
        union: Any = None
        for struct in self._structs.values():
            union = struct if union is None else union | struct
        self._decoder = msgspec.json.Decoder(union)

    # Courses

    def _plan(self, shape: tuple[type, ...]) -> _Plan:
        """Which values of which events a log of this shape must be asked for."""
        reads: list[tuple[int, _Read]] = []
        checks: list[tuple[int, _Read, t.Type]] = []
        for number, struct in enumerate(shape):
            reader = self._readers[struct]
            may_lack = _may_lack_context(reader.event)
            reads += [(number, _read(attribute, may_lack)) for attribute in reader.attributes]
            checks += [(number, _read(name, may_lack), of) for name, of in reader.checks]
            if _WHOLE in reader.keys:
                self._plans[shape] = _CAREFUL
                return _CAREFUL
        self._remember()
        plan = (tuple(reads), tuple(checks))
        self._plans[shape] = plan
        return plan

    def _walk(self, shape: tuple[type, ...], values: tuple[Hashable, ...]) -> _Node | None:
        node = self._start
        place = 0
        for struct in shape:
            reader = self._readers[struct]
            read = values[place : place + len(reader.keys)]
            place += len(reader.keys)
            # Events of one family differ in nothing that is judged.
            step = (reader.event.name, read)
            following = node.next.get(step, _UNKNOWN)
            if following is _UNKNOWN:
                following = node.next[step] = self._step(node, reader, read)
                self._remember()
            if following is None:
                return None
            node = following
        return node

    def _step(self, node: _Node, reader: _Reader, read: Sequence[Hashable]) -> _Node | None:
        context = {
            key: value
            for key, value in zip(reader.keys, read, strict=True)
            if value is not msgspec.UNSET
        }
        step = self._machine.step(
            node.configuration, _name_for(reader.event), context, context_is_sound=True
        )
        if any(breach.rule.level != "note" for breach in step.breaches):
            return None
        return self._node(step.after)

    def _node(self, configuration: Configuration) -> _Node:
        key = (
            configuration.state,
            configuration.generation,
            tuple(configuration.values.values()),
            configuration.seen,
        )
        node = self._nodes.get(key)
        if node is None:
            ended = self._never_ends or configuration.state in self._ends
            node = self._nodes[key] = _Node(configuration, CONFORMS if ended else INCOMPLETE)
        return node

    def _passes(self, type_: t.Type, value: Any) -> bool:
        """What decoding could not test. Strings such as "all" recur, so answers are kept."""
        if not isinstance(value, str):
            return t.accepts(type_, value)
        key = (type_, value)
        if key not in self._plain:
            if len(self._plain) >= _MAX_MEMORY:
                self._plain.clear()
            self._plain[key] = t.accepts(type_, value)
        return self._plain[key]

    def _remember(self) -> None:
        self._held += 1
        if self._held > _MAX_MEMORY:
            self._forget()

    def _forget(self) -> None:
        self._held = 0
        self._plans: dict[tuple[type, ...], _Plan] = {}
        self._courses: dict[Hashable, _Node | None] = {}
        self._nodes: dict[Hashable, _Node] = {}
        self._start = self._node(self._machine.initial)


_Read = Callable[[Any], Any]
_Plan = tuple[tuple[tuple[int, _Read], ...], tuple[tuple[int, _Read, t.Type], ...]]
_CAREFUL: _Plan = (((-1, repr),), ())
_WHOLE = ""
_UNKNOWN: Any = object()
_UNKNOWN_NAME = re.compile(r"Invalid value '(.*)' - at `\$(?:\[\d+\])?\.name`", re.DOTALL)


def _values(
    events: Sequence[Any],
    plan: _Plan,
    texts: frozenset[str],
    passes: Callable[[t.Type, Any], bool],
) -> tuple[Hashable, ...] | None:
    """The values that rules read, free strings renamed; None where a check fails."""
    reads, checks = plan
    for number, read, of in checks:
        value = read(events[number])
        if value is not msgspec.UNSET and not passes(of, value):
            return None
    values: list[Hashable] = []
    names: dict[str, str] = {}
    for number, read in reads:
        value = read(events[number])
        if type(value) is str and value not in texts:
            if value not in names:
                if len(names) == _MAX_STRINGS:
                    return None
                # No text of the specification begins so; see _texts.
                names[value] = f"\x00{len(names)}"
            value = names[value]
        values.append(value)
    return tuple(values)


def _one_object_a_line(data: bytes, count: int) -> bool:
    """Whether the decoder's objects are the lines, and hold what it passed over unread.

    The decoder takes blank lines, several objects on a line, and objects over several lines; it
    skips strings without looking whether they are UTF-8. A newline cannot stand within a string,
    so `}`, newline, `{` is always the end of one object and the start of another.
    """
    if (
        data[:1] != b"{"
        or data[-2:] != b"}\n"
        or data.count(b"\n") != count
        or data.count(b"}\n{") != count - 1
    ):
        return False
    if not data.isascii():
        try:
            data.decode("utf-8")
        except UnicodeDecodeError:
            return False
    if len(data) > MAX_LINE_BYTES or data.count(b"{") + data.count(b"[") > MAX_DEPTH:
        return all(
            len(line) <= MAX_LINE_BYTES and not depth_exceeds(line, MAX_DEPTH)
            for line in data.split(b"\n")
        )
    return True


def _name_for(event: Event) -> str:
    """The event's name; for a family, one that stands for all that no expression names."""
    if not event.is_family:
        return event.name
    return f"{event.name[:-1]}\x00" if event.name.endswith("*") else "\x00"


def _names_matter(specification: Specification) -> bool:
    """Whether some expression asks more of an event's name than if it is a certain one.

    Then the events of a family differ, and logs with unlisted names are left open.
    """
    return any(_reads_name(tree) for _, tree in judged_expressions(specification))


def _reads_name(tree: Node) -> bool:
    match tree:
        case Name(name="event"):
            return True
        case Binary(operator="==" | "!=", left=Name(name="event"), right=Constant()):
            return False
        case _:
            return any(map(_reads_name, children(tree)))


def _texts(specification: Specification) -> frozenset[str]:
    """The strings that expressions compare with."""
    return frozenset(
        node.value
        for _, tree in judged_expressions(specification)
        for node in walk(tree)
        if isinstance(node, Constant) and isinstance(node.value, str)
    )


def _keys_read(specification: Specification) -> dict[str, tuple[str, ...]]:
    """For each event, the keys of its context that judging reads, in their order there.

    The key "" stands for a context that is read as a whole, or by values that are no plain ones.
    """
    read: dict[str, set[str]] = {}
    for name, tree in judged_expressions(specification):
        names = {node.name for node in walk(tree) if isinstance(node, Key)}
        read.setdefault(name, set()).update(names)
    result = {}
    for event in specification.events:
        names = read.get(event.name, set())
        keys = dict(event.context.keys) if isinstance(event.context, TypedContext) else {}
        plain = all(name in keys and _is_plain(keys[name]) for name in names)
        ordered = tuple(key for key in keys if key in names)
        result[event.name] = ordered if plain else (_WHOLE,)
    return result


def _is_plain(type_: t.Type) -> bool:
    if isinstance(type_, t.Optional):
        return _is_plain(type_.of)
    if isinstance(type_, t.Union):
        return all(_is_plain(option) for option in type_.options)
    return isinstance(type_, t.Boolean | t.Integer | t.String | t.Literal | t.Idset | t.Path)


class _Skipped(msgspec.Struct, gc=False):
    """An object whose content nobody reads."""


class _Empty(msgspec.Struct, gc=False, forbid_unknown_fields=True):
    """An object without content."""


def _context_field(event: Event) -> tuple[Any, tuple[tuple[str, t.Type], ...]]:
    """The struct field of an event's context, and what decoding leaves to be checked."""
    unset = msgspec.UnsetType
    match event.context:
        case AnyContext():
            return ("context", _Skipped | unset, msgspec.UNSET), ()
        case EmptyContext():
            return ("context", _Empty | unset, msgspec.UNSET), ()
        case UndefinedContext():
            return ("context", unset, msgspec.UNSET), ()
        case TypedContext(type=t.Record(fields=fields)) as context:
            # Keys need not be names of Python, so attributes are numbered.
            made = [(_attribute(i), *_field(of)) for i, (_, of) in enumerate(fields)]
            rename = {_attribute(i): name for i, (name, _) in enumerate(fields)}
            struct = msgspec.defstruct("Context", made, gc=False, kw_only=True, rename=rename)
            checks = tuple(
                (_attribute(i), of) for i, (_, of) in enumerate(fields) if not _decodes(of)
            )
            if context.required:
                return ("context", struct), checks
            return ("context", struct | unset, msgspec.UNSET), checks
        case TypedContext(type=type_):
            annotation = _annotation(type_)
            return ("context", annotation), () if _decodes(type_) else ((_WHOLE, type_),)


def _attribute(number: int) -> str:
    return f"k{number}"


def _read(attribute: str, may_lack_context: bool) -> _Read:
    """What gives an attribute of an event's context, or the whole context for ""."""
    if may_lack_context and attribute:
        # An absent context has none of its keys.
        return lambda event: getattr(event.context, attribute, msgspec.UNSET)
    return attrgetter(f"context.{attribute}" if attribute else "context")


def _may_lack_context(event: Event) -> bool:
    return not (_is_typed(event.context) and event.context.required)


def _is_typed(context: Context) -> TypeGuard[TypedContext]:
    return isinstance(context, TypedContext)


def _field(type_: t.Type) -> tuple[Any, ...]:
    if isinstance(type_, t.Optional):
        return (_annotation(type_.of) | msgspec.UnsetType, msgspec.UNSET)
    return (_annotation(type_),)


def _decodes(type_: t.Type) -> bool:
    """Whether the decoder alone tells that a value is of the type."""
    match type_:
        case t.Optional(of=of) | t.ListOf(of=of):
            return _decodes(of)
        case t.Boolean() | t.Integer() | t.Number() | t.String() | t.Literal() | t.Object():
            return True
        case _:
            return isinstance(type_, t.Anything)


def _annotation(type_: t.Type) -> Any:
    """A type that the decoder understands and that takes at least what the type accepts.

    Where it takes more, `_decodes` is false and the value is checked after decoding.
    """
    match type_:
        case t.Boolean():
            return bool
        case t.Integer(low=None, high=None):
            return int
        case t.Integer(low=low, high=high):
            return Annotated[int, msgspec.Meta(ge=low, le=high)]
        case t.Number():
            return float
        case t.String() | t.Idset() | t.Path():
            return str
        case t.Literal(text=text):
            return OneOf[text]
        case t.Object():
            return _Skipped
        case t.Anything():
            return msgspec.Raw
        case t.ListOf(of=of) if _decodes(of):
            return list[_annotation(of)]  # type: ignore[misc]
        case t.MapOf(value=t.Anything()) | t.NonEmpty(of=t.MapOf(value=t.Anything())):
            return dict[str, msgspec.Raw]
        case t.Union(options=options) if all(
            isinstance(option, t.String | t.Literal | t.Idset | t.Path) for option in options
        ):
            return str
        case _:
            return Any
