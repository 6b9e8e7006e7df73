"""Reads the lanes of a file, and the transitions of lanes."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from flux_conform.language import types as t
from flux_conform.language.expressions import (
    BUILT_IN_NAMES,
    Call,
    Constant,
    Expression,
    Key,
    List,
    Node,
    show,
)
from flux_conform.language.lanes import Lane, LaneRow, LaneState
from flux_conform.language.loading.expression_reader import ExpressionReader, parse_located
from flux_conform.language.loading.fields import Fields, SpecificationFile
from flux_conform.language.loading.rest import ELSE, with_lane_rest
from flux_conform.language.naming_scope import Scope
from flux_conform.language.shapes import Located
from flux_conform.language.specification import (
    MOVES,
    SILENT,
    STAYS,
    UNDEFINED,
    Context,
    TypedContext,
)
from flux_conform.language.type_relations import Kind, LaneOf, join
from flux_conform.language.typecheck import check
from flux_conform.language.types import show as show_type

LANE = "lane"
"""The key of a transition that is one of a lane."""


def _scalar(kind: Kind) -> t.Type | None:
    """The type if a part of a key can be of it."""
    match kind:
        case t.Boolean() | t.Integer() | t.String() | t.Literal() | t.Idset() | t.Path():
            return kind
        case t.Union(options=options) if all(map(_scalar, options)):
            return kind
        case _:
            return None


class _Use(NamedTuple):
    """A row of a lane: the lane's name, and the key that the row gives, if it gives one."""

    lane: str
    key: Located | None
    mark: Located


# Declarations


def declared_lanes(
    file: SpecificationFile,
    taken: Collection[str],
    contexts: Mapping[str, Context],
    unclear: Collection[str],
) -> dict[str, LaneOf]:
    """The lanes as expressions may name them; one with a fault is left out, and the fault noted."""
    found: dict[str, LaneOf] = {}
    for name, item in file.fields.table("lanes").items():
        count = len(file.faults.faults)
        if name in BUILT_IN_NAMES or name in taken:
            file.faults.add(item.mark, f'"{name}" is a name of the language or of the file already')
        states = _states(file, name, item)
        parts = _key_types(file, name, contexts, unclear)
        if parts is None and not file.faults.faults:
            file.faults.add(item.mark, f"the lane {name} has no key", expected="key: .KEY")
        initial = next((state.name for state in states if state.initial), None)
        if len(file.faults.faults) > count or parts is None or initial is None:
            continue
        names = (initial, *(state.name for state in states if not state.initial))
        found[name] = LaneOf(name, names, parts, _member(parts))
    return found


def _states(file: SpecificationFile, lane: str, item: Located) -> tuple[LaneState, ...]:
    table = Fields(item.value).table("states")
    states = []
    for name, located in table.items():
        fields = Fields(located.value)
        states.append(LaneState(name, fields.flag("initial"), fields.text("says")))
    initial = [state.name for state in states if state.initial]
    if len(initial) != 1 and "states" in item.value:
        found = f"{len(initial)} states are initial" if initial else "no state is initial"
        mark = item.value["states"].mark
        file.faults.add(mark, f"{found} in the lane {lane}", expected="one with initial: true")
    elif len(states) == 1:
        message = f"the lane {lane} has no state but the initial one"
        file.faults.add(item.value["states"].mark, message, expected="a state to move to")
    return tuple(states)


def _uses(file: SpecificationFile) -> Iterator[tuple[_Use, Fields]]:
    """The rows of lanes, each with its fields."""
    for item in file.fields.listed("transitions"):
        if LANE not in item.value:
            continue
        fields = Fields(item.value)
        located = fields[LANE]
        if not isinstance(located.value, dict):
            yield _Use(str(located.value), None, located), fields
        elif len(located.value) == 1:
            ((name, key),) = located.value.items()
            yield _Use(name, key, key), fields


def _key_types(
    file: SpecificationFile,
    name: str,
    contexts: Mapping[str, Context],
    unclear: Collection[str],
) -> tuple[t.Type, ...] | None:
    """The types of the parts of a lane's key, at all events with rows of it; None if unclear."""
    own = file.fields.table("lanes")[name].value.get("key")
    known: tuple[t.Type, ...] | None = None
    used = False
    for use, fields in _uses(file):
        if use.lane != name:
            continue
        used = True
        for event in fields.texts("on"):
            located = use.key or own
            if located is None:
                message = f"the lane {name} has no key, and this row gives none"
                file.faults.add(use.mark.mark, message, expected=f"lane: {{{name}: KEY}}")
                return None
            if event in unclear or event not in contexts:
                continue
            parts = _parts(file, located)
            types = [_type_of(file, name, *part, event, contexts) for part in parts]
            here = tuple(of for of in types if of is not None)
            if not here or len(here) < len(types):
                return None
            if len(parts) > 1 and any(isinstance(part, Call) for part, _ in parts):
                message = f"a set that names lanes of {name} is the whole key"
                file.faults.add(located.mark, message, expected="one part")
                return None
            joined = here if known is None else _joined(known, here)
            if joined is None:
                assert known is not None
                shown = [", ".join(map(show_type, each)) for each in (here, known)]
                message = f"the key of {name} is {shown[0]} at {event}, and {shown[1]} elsewhere"
                file.faults.add(located.mark, message, expected="keys of one type")
                return None
            known = joined
    if not used:
        mark = file.fields.table("lanes")[name].mark
        file.faults.add(mark, f"no transition is of the lane {name}", expected=f"lane: {name}")
    return known


def _joined(known: tuple[t.Type, ...], new: tuple[t.Type, ...]) -> tuple[t.Type, ...] | None:
    if len(known) != len(new):
        return None
    found = []
    for one, two in zip(known, new, strict=True):
        both = _scalar(join(one, two))
        if both is None:
            return None
        found.append(both)
    return tuple(found)


def _member(parts: tuple[t.Type, ...]) -> t.Type:
    """The type of a whole key."""
    if len(parts) == 1:
        return parts[0]
    of = parts[0]
    for part in parts[1:]:
        both = _scalar(join(of, part))
        if both is None:
            return t.ListOf(t.Anything())
        of = both
    return t.ListOf(of)


# Keys


def _parts(file: SpecificationFile, located: Located) -> list[tuple[Node, Located]]:
    """The parts of a key with their places; none where one cannot be read, which is noted."""
    found: list[tuple[Node, Located]] = []
    for item in located.value:
        parsed = parse_located(file, item)
        if parsed is None:
            return []
        tree = parsed.tree
        is_whole = len(located.value) == 1
        parts = tree.items if is_whole and isinstance(tree, List) else (tree,)
        found += [(part, item) for part in parts]
    return found


def _type_of(
    file: SpecificationFile,
    lane: str,
    part: Node,
    located: Located,
    event: str,
    contexts: Mapping[str, Context],
) -> t.Type | None:
    """The type of a part of a key at an event; None where it is none, which is noted."""
    add, expected = (
        file.faults.add,
        "a key of the event, such as .id, or a text in quotes: '\"all\"'",
    )
    match part:
        case Constant(value=str(text)):
            return t.Literal(text)
        case Key(name=name) if name:
            context = contexts[event]
            keys = dict(context.keys) if isinstance(context, TypedContext) else {}
            if name not in keys:
                message = f"{event} has no key .{name}, which names its lane of {lane}"
                add(located.mark, message, name=name, among=tuple(keys))
            elif (of := _scalar(keys[name])) is not None:
                return of
            else:
                shown = show_type(keys[name])
                message = f".{name} of {event} is {shown} and cannot name a lane of {lane}"
                add(located.mark, message, expected="a string, integer or boolean that is required")
            return None
        case Call() if (of := _member_of(part, contexts[event])) is not None:
            return of
        case _:
            add(located.mark, f"{show(part)} cannot name a lane of {lane}", expected=expected)
            return None


def _member_of(part: Node, context: Context) -> t.Type | None:
    """The type of the members of a set that a part of a key is; None where it is none."""
    keys = dict(context.keys) if isinstance(context, TypedContext) else {}
    kind, faults = check(part, Scope({}, {}, (), (), keys))
    return _scalar(kind.of) if isinstance(kind, t.SetOf) and not faults else None


# Rows


def read_lanes(file: SpecificationFile, reader: ExpressionReader) -> tuple[Lane, ...]:
    """The lanes with their rows; faults of rows are noted."""
    known = tuple(file.names("lanes"))
    rows: dict[str, list[LaneRow]] = {name: [] for name in known}
    rest: dict[int, Located] = {}
    for number, item in enumerate(file.fields.listed("transitions")):
        if LANE in item.value:
            located = item.value[LANE]
            if isinstance(located.value, dict) and len(located.value) != 1:
                file.faults.add(located.mark, "one lane stands here", expected="{LANE: KEY}")
                continue
            given = located.value
            name = next(iter(given)) if isinstance(given, dict) else given
            place = located._replace(value=name)
            if file.known(place, "lane", known) is not None and name in reader.names.lanes:
                rows[name] += _rows(file, reader, name, number, item)
                if Fields(item.value).text("when") == ELSE:
                    rest[number] = item.value["when"]
    lanes = []
    for name, item in file.fields.table("lanes").items():
        if name in reader.names.lanes:
            says = Fields(item.value).text("says")
            all_rows = with_lane_rest(file, rows[name], rest, reader.names.definitions)
            lanes.append(Lane(name, says, _states(file, name, item), all_rows))
            _note_keys(file, lanes[-1])
    return tuple(lanes)


def _rows(
    file: SpecificationFile, reader: ExpressionReader, name: str, number: int, item: Located
) -> Iterator[LaneRow]:
    fields = Fields(item.value)
    lane = reader.names.lanes[name]
    on = fields.listed("on")
    events = file.all_known(on, "event", file.event_names)
    what = f"state of {name}"
    sources = file.all_known(fields.listed("from"), what, lane.states)
    for side in ("on", "from"):
        if side in fields and not fields.listed(side):
            message = f"the row of {name} is of no {'event' if side == 'on' else 'state'}"
            file.faults.add(fields[side].mark, message, expected=f"{side}: one name, or a list")
    target = file.known(fields.get("to"), what, lane.states)
    outcomes = [MOVES] if "to" in fields else []
    outcomes += [kind for kind in (STAYS, SILENT, UNDEFINED) if fields.flag(kind)]
    if len(outcomes) != 1 or outcomes == [SILENT]:
        found = " and ".join(outcomes) if outcomes else "none"
        message = f"a transition of a lane has one outcome, and this has {found}"
        file.faults.add(item.mark, message, expected="to: STATE, stays: true or undefined: true")
        return
    if "generation" in fields:
        message = "a transition of a lane is for logs of every generation"
        file.faults.add(fields["generation"].mark, message, expected="no generation")
    scope = reader.scope(events, len(events) < len(on))
    is_rest = fields.text("when") == ELSE
    when = None if is_rest else reader.condition(fields, "when", scope, "a guard")
    question = file.known(fields.get("question"), "question", file.question_ids)
    given = fields[LANE].value
    located = (
        given[name] if isinstance(given, dict) else file.fields.table("lanes")[name].value["key"]
    )
    parts = [part for part, _ in _parts(file, located)]
    key = parts[0] if len(parts) == 1 else List(tuple(parts))
    for event in events:
        yield LaneRow(
            event,
            Expression(show(key), key),
            sources,
            when,
            outcomes[0],
            target,
            fields.texts("basis"),
            question,
            number,
            isinstance(key, Call),
        )


def _note_keys(file: SpecificationFile, lane: Lane) -> None:
    """Note where the rows of one event name different lanes."""
    first: dict[str, LaneRow] = {}
    for row in lane.rows:
        other = first.setdefault(row.event, row)
        if other.key.tree != row.key.tree:
            mark = file.fields.listed("transitions")[row.row].mark
            message = (
                f"{row.event} names two lanes of {lane.name}: {other.key.text} and {row.key.text}"
            )
            file.faults.add(mark, message, expected="one key for all rows of an event")
