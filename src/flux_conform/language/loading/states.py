"""Reads the states of a file, its generations, and the transitions between states."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flux_conform.language.loading.expression_reader import ExpressionReader
from flux_conform.language.loading.fields import Fields, SpecificationFile
from flux_conform.language.loading.lane_reader import LANE
from flux_conform.language.loading.rest import ELSE, with_rest
from flux_conform.language.shapes import Located
from flux_conform.language.specification import (
    MOVES,
    SILENT,
    STAYS,
    UNDEFINED,
    Generation,
    State,
    Transition,
    VirtualState,
)
from flux_conform.language.yaml_nodes import value_of

_FLAGS = ("initial", "final", "removed")
"""A state has at most one of them, and at most one state the first and the last."""


def read_states(file: SpecificationFile) -> tuple[State, ...]:
    """The states, in the file's order."""
    table = file.fields.table("states")
    letters: dict[str, str] = {}
    states = []
    for name, item in table.items():
        fields = Fields(item.value)
        letter = fields.text("letter", name[:1].upper())
        if letter in letters and "letter" in fields:
            message = f'the letter {letter} is that of "{letters[letter]}" too'
            file.faults.add(fields["letter"].mark, message)
        letters.setdefault(letter, name)
        removed = fields.flag("removed")
        final, is_open = _final(fields)
        states.append(
            State(
                name,
                letter,
                fields.flag("initial"),
                final,
                removed,
                fields.flag("waitable", not removed),
                fields.text("says"),
                is_open,
            )
        )
        flags = [flag for flag in _FLAGS if (final if flag == "final" else fields.flag(flag))]
        if len(flags) > 1:
            message = f'"{name}" is both {flags[0]} and {flags[1]}'
            file.faults.add(fields[flags[1]].mark, message, expected="one of them")
    if "states" in file.fields:
        for flag in ("initial", "removed"):
            _note_marked(file, "state", flag, table, is_needed=flag == "initial")
    return tuple(states)


def _final(fields: Fields) -> tuple[bool, bool]:
    """Whether a log may end in a state, and whether it may go on from there."""
    if "final" not in fields or not isinstance(fields["final"].value, dict):
        return fields.flag("final"), False
    return True, not Fields(fields["final"].value).flag("captive", True)


def read_virtual_states(file: SpecificationFile) -> tuple[VirtualState, ...]:
    """The virtual states; one may name those above it."""
    resolved: dict[str, tuple[str, ...]] = {}
    for name, item in file.fields.table("virtual states").items():
        if name in file.state_names:
            file.faults.add(item.mark, f'"{name}" is a state already')
        members = set(resolved_states(file, item.value, resolved))
        resolved[name] = tuple(sorted(members, key=file.state_names.index))
    return tuple(VirtualState(name, members) for name, members in resolved.items())


def read_generations(file: SpecificationFile, reader: ExpressionReader) -> tuple[Generation, ...]:
    """The generations of the log format; one of today where the file has none."""
    table = file.fields.table("generations")
    if not table:
        return (Generation("today", True, "the only one"),)
    generations = []
    for name, item in table.items():
        fields = Fields(item.value)
        on = file.known(fields.get("on"), "event", file.event_names)
        when = None
        if "when" in fields and "on" not in fields:
            mark = fields["when"].mark
            file.faults.add(mark, "a guard without an event", expected="on: EVENT beside it")
        elif on is not None:
            when = reader.condition(fields, "when", reader.scope((on,)), "a guard")
        today = fields.flag("today")
        generations.append(Generation(name, today, fields.text("says"), on, when))
    _note_marked(file, "generation", "today", table, is_needed=True)
    return tuple(generations)


def read_transitions(
    file: SpecificationFile, virtual_states: tuple[VirtualState, ...], reader: ExpressionReader
) -> tuple[Transition, ...]:
    """The transitions, one for each event and state of a row."""
    members = {state.name: state.members for state in virtual_states}
    rows: list[Transition] = []
    rest: dict[int, Located] = {}
    for number, item in enumerate(file.fields.listed("transitions")):
        if LANE in item.value:
            continue
        fields = Fields(item.value)
        if fields.text("when") == ELSE:
            rest[number] = fields["when"]
        rows += _row(file, members, reader, number, item)
    return with_rest(file, rows, rest, reader.names.definitions) if rest else tuple(rows)


def _row(
    file: SpecificationFile,
    virtual: Mapping[str, tuple[str, ...]],
    reader: ExpressionReader,
    number: int,
    item: Located,
) -> Iterator[Transition]:
    fields = Fields(item.value)
    on = fields.listed("on")
    events = file.all_known(on, "event", file.event_names)
    sources = resolved_states(file, fields.listed("from"), virtual)
    target = file.known(fields.get("to"), "state", file.state_names)
    outcomes = [MOVES] if "to" in fields else []
    outcomes += [kind for kind in (STAYS, SILENT, UNDEFINED) if fields.flag(kind)]
    if len(outcomes) != 1:
        found = " and ".join(outcomes) if outcomes else "none"
        file.faults.add(
            item.mark,
            f"a transition has one outcome, and this has {found}",
            expected="to: STATE, stays: true, silent: true or undefined: true",
        )
    when = None
    if fields.text("when") != ELSE:
        scope = reader.scope(events, len(events) < len(on))
        when = reader.condition(fields, "when", scope, "a guard")
    generation = file.known(
        fields.get("generation"), "generation", tuple(file.fields.table("generations"))
    )
    question = file.known(fields.get("question"), "question", file.question_ids)
    for event in events:
        for source in sources:
            yield Transition(
                event,
                source,
                when,
                outcomes[0] if outcomes else UNDEFINED,
                target,
                generation,
                fields.texts("basis"),
                question,
                number,
            )


def resolved_states(
    file: SpecificationFile, names: list[Located], virtual: Mapping[str, tuple[str, ...]]
) -> list[str]:
    """The states of these names, with those of virtual states in place of their names."""
    states: list[str] = []
    for located in names:
        if located.value in virtual:
            states.extend(virtual[located.value])
        elif file.known(located, "state", [*file.state_names, *virtual]) is not None:
            states.append(located.value)
    return states


def _note_marked(
    file: SpecificationFile, what: str, flag: str, table: Mapping[str, Located], *, is_needed: bool
) -> None:
    """Note each further entry with the flag and, where one is needed, that there is none."""
    flagged = [(name, item.value.get(flag)) for name, item in table.items()]
    marked = [(name, located.mark) for name, located in flagged if located and located.value]
    for name, mark in marked[1:]:
        message = f'a second {flag} {what}, "{name}" beside "{marked[0][0]}"'
        file.faults.add(mark, message, expected="one")
    # An entry or a flag that could not be read may be the missing one.
    is_read = len(table) == len(file.names(f"{what}s")) and all(
        flag in item.value or value_of(item.node, flag) is None for item in table.values()
    )
    if is_needed and not marked and is_read:
        mark = file.fields[f"{what}s"].mark
        file.faults.add(mark, f"no {flag} {what}", expected=f"one with {flag}: true")
