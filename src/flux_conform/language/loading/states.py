"""Reads the states of a file, its generations, and the transitions between states."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from flux_conform.language.loading.expression_reader import ExpressionReader
from flux_conform.language.loading.fields import (
    Fields,
    SpecificationFile,
    flag_of,
    items_of,
    text_of,
    texts_of,
)
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
from flux_conform.language.yaml_nodes import Mapping as MappingNode
from flux_conform.language.yaml_nodes import Mark


def read_states(file: SpecificationFile) -> tuple[State, ...]:
    """The states, in the file's order."""
    table = file.table("states")
    letters: dict[str, str] = {}
    states = []
    for name, item in table.items():
        fields: Fields = item.value
        letter = text_of(fields, "letter", name[:1].upper())
        if letter in letters and "letter" in fields:
            message = f'the letter {letter} is that of "{letters[letter]}" too'
            file.faults.add(fields["letter"].mark, message)
        letters.setdefault(letter, name)
        removed = flag_of(fields, "removed")
        states.append(
            State(
                name,
                letter,
                flag_of(fields, "initial"),
                flag_of(fields, "final"),
                removed,
                flag_of(fields, "waitable", not removed),
                text_of(fields, "says"),
            )
        )
        _one_kind_of_state(file, name, fields)
    if "states" in file.fields:
        _exactly_one(file, "state", "initial", table)
        _at_most_one(file, "state", "final", table)
        _at_most_one(file, "state", "removed", table)
    return tuple(states)


def read_virtual_states(file: SpecificationFile) -> tuple[VirtualState, ...]:
    """The virtual states; one may name those above it."""
    resolved: dict[str, tuple[str, ...]] = {}
    for name, item in file.table("virtual states").items():
        if name in file.state_names:
            file.faults.add(item.mark, f'"{name}" is a state already')
        members = set(_resolved(file, item.value, resolved))
        resolved[name] = tuple(sorted(members, key=file.state_names.index))
    return tuple(VirtualState(name, members) for name, members in resolved.items())


def read_generations(file: SpecificationFile, reader: ExpressionReader) -> tuple[Generation, ...]:
    """The generations of the log format; one of today where the file has none."""
    table = file.table("generations")
    if not table:
        return (Generation("today", True, "the only one"),)
    generations = []
    for name, item in table.items():
        fields: Fields = item.value
        on = file.known(fields.get("on"), "event", file.event_names)
        when = None
        if "when" in fields and "on" not in fields:
            mark = fields["when"].mark
            file.faults.add(mark, "a guard without an event", expected="on: EVENT beside it")
        elif on is not None:
            when = reader.condition(fields, "when", reader.scope((on,)), "a guard")
        today = flag_of(fields, "today")
        generations.append(Generation(name, today, text_of(fields, "says"), on, when))
    _exactly_one(file, "generation", "today", table)
    return tuple(generations)


def read_transitions(
    file: SpecificationFile, virtual_states: tuple[VirtualState, ...], reader: ExpressionReader
) -> tuple[Transition, ...]:
    """The transitions, one for each event and state of a row."""
    members = {state.name: state.members for state in virtual_states}
    return tuple(
        transition
        for number, item in enumerate(items_of(file.fields, "transitions"))
        for transition in _row(file, members, reader, number, item)
    )


def _row(
    file: SpecificationFile,
    virtual: Mapping[str, tuple[str, ...]],
    reader: ExpressionReader,
    number: int,
    item: Located,
) -> Iterator[Transition]:
    fields: Fields = item.value
    on = items_of(fields, "on")
    events = file.all_known(on, "event", file.event_names)
    sources = _resolved(file, items_of(fields, "from"), virtual)
    target = file.known(fields.get("to"), "state", file.state_names)
    outcomes = [MOVES] if "to" in fields else []
    outcomes += [kind for kind in (STAYS, SILENT, UNDEFINED) if flag_of(fields, kind)]
    if len(outcomes) != 1:
        found = " and ".join(outcomes) if outcomes else "none"
        file.faults.add(
            item.mark,
            f"a transition has one outcome, and this has {found}",
            expected="to: STATE, stays: true, silent: true or undefined: true",
        )
    when = reader.condition(fields, "when", reader.scope(events, len(events) < len(on)), "a guard")
    generation = file.known(
        fields.get("generation"), "generation", tuple(file.table("generations"))
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
                texts_of(fields, "basis"),
                question,
                number,
            )


def _resolved(
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


def _one_kind_of_state(file: SpecificationFile, name: str, fields: Fields) -> None:
    kinds = [kind for kind in ("initial", "final", "removed") if flag_of(fields, kind)]
    if len(kinds) > 1:
        message = f'"{name}" is both {kinds[0]} and {kinds[1]}'
        file.faults.add(fields[kinds[1]].mark, message, expected="one of them")


def _marked(flag: str, table: Mapping[str, Located]) -> list[tuple[str, Mark]]:
    return [
        (name, item.value[flag].mark) for name, item in table.items() if flag_of(item.value, flag)
    ]


def _at_most_one(
    file: SpecificationFile, what: str, flag: str, table: Mapping[str, Located]
) -> None:
    first, *rest = _marked(flag, table) or [("", Mark(1, 1))]
    for name, mark in rest:
        message = f'a second {flag} {what}, "{name}" beside "{first[0]}"'
        file.faults.add(mark, message, expected="one")


def _exactly_one(
    file: SpecificationFile, what: str, flag: str, table: Mapping[str, Located]
) -> None:
    _at_most_one(file, what, flag, table)
    is_whole = all(
        flag in item.value or flag not in [key.text for key, _ in item.node.pairs]
        for item in table.values()
        if isinstance(item.node, MappingNode)
    )
    if not _marked(flag, table) and is_whole and len(table) == len(file.names(f"{what}s")):
        mark = file.fields[f"{what}s"].mark
        file.faults.add(mark, f"no {flag} {what}", expected=f"one with {flag}: true")
