"""Warnings about a specification that loads but looks wrong; `prove` gives certainty."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import NamedTuple

from flux_conform.language import expressions as x
from flux_conform.language.lane_meaning import as_written
from flux_conform.language.loading.awaited_claims import unanswered
from flux_conform.language.map_keys import key_sets
from flux_conform.language.specification import MOVES, UNDEFINED, Specification, Transition
from flux_conform.language.value_ranges import common_value


class Doubt(NamedTuple):
    """What looks wrong, and the keys, numbers and ids that lead to its place in the file."""

    message: str
    path: tuple[str | int, ...]


def warnings_of(specification: Specification) -> Iterator[str]:
    """What looks wrong in a machine, judged by its structure alone."""
    return (doubt.message for doubt in doubts_of(specification))


def doubts_of(specification: Specification, *, thorough: bool = True) -> Iterator[Doubt]:
    """The same with the places; what is not `thorough` leaves out what may yet be written."""
    the = "the" if len(specification.finals) == 1 else "a"
    rows: dict[tuple[str, str, str], list[Transition]] = {}
    ordered: set[int] = set()
    """Rows of which it is told that their order counts; one may be of several states."""
    for row in specification.transitions:
        if row.lane:
            continue
        path = ("transitions", row.row)
        if row.source in specification.captive:
            message = f'"{row.event}" has an outcome in {row.source}, {the} final state'
            yield Doubt(message, path)
        for generation in specification.generations:
            if row.generation in (None, generation.name):
                where = f'"{row.event}" in {row.source} ({generation.name})'
                earlier = rows.setdefault((row.source, row.event, generation.name), [])
                if any(each.when is None for each in earlier):
                    yield Doubt(f"two transitions match {where}", path)
                elif thorough and row.when is None and earlier and row.row not in ordered:
                    ordered.add(row.row)
                    yield Doubt(
                        f"two transitions match {where}: it relies on the order of its rows; "
                        "`when: else` says that this one takes the rest",
                        path,
                    )
                earlier.append(row)
    for lane in specification.lanes:
        reached = {row.target for row in lane.rows if row.outcome == MOVES}
        for name in lane.counted:
            if name not in reached:
                message = f"no transition of the lane {lane.name} leads to {name}"
                yield Doubt(message, ("lanes", lane.name))
    targets = {row.target for row in specification.transitions if row.outcome == MOVES}
    for state in specification.states:
        if not state.initial and state.name not in targets:
            yield Doubt(f"no transition leads to {state.name}", ("states", state.name))
    sources = {row.source for row in specification.transitions if row.outcome == MOVES}
    for state in specification.machine_states:
        if not state.final and state.name not in sources:
            message = f"no transition leaves {state.name}, which is not final"
            yield Doubt(message, ("states", state.name))
    for name in unanswered(specification):
        message = f"a log can stop in {name}, and no row of waits says what it waits for there"
        yield Doubt(message, ("states", name))
    if thorough:
        yield from _overlaps(specification, rows)
        yield from _undefined_events(specification)
        yield from _unread_variables(specification)
        yield from _unread_guards(specification)


def _overlaps(
    specification: Specification, rows: dict[tuple[str, str, str], list[Transition]]
) -> Iterator[Doubt]:
    """Guards that compare one value with numbers and hold together, with different outcomes."""
    definitions = specification.definition_table
    told: set[tuple[int, int]] = set()
    for (source, event, _), matching in rows.items():
        for one, other in combinations(matching, 2):
            if one.when is None or other.when is None or (one.row, other.row) in told:
                continue
            if (one.outcome, one.target) == (other.outcome, other.target):
                continue
            trees = (x.expand(each.tree, definitions) for each in (one.when, other.when))
            if (common := common_value(*trees)) is not None:
                told.add((one.row, other.row))
                yield Doubt(
                    f'guards of "{event}" in {source} overlap, so that the order of rows counts: '
                    f"{one.when.text} and {other.when.text}, where {common}",
                    ("transitions", other.row),
                )


def _undefined_events(specification: Specification) -> Iterator[Doubt]:
    defined = {row.event for row in specification.transitions if row.outcome != UNDEFINED}
    for lane in specification.lanes:
        defined |= {row.event for row in lane.rows if row.outcome != UNDEFINED}
    for event in specification.events:
        if event.elsewhere == UNDEFINED and not event.is_family and event.name not in defined:
            yield Doubt(f'"{event.name}" is undefined in every state', ("events", event.name))


def _unread_variables(specification: Specification) -> Iterator[Doubt]:
    """Variables on which nothing depends but their own next values."""
    read = {
        node.name
        for expression, own in _expressions(specification)
        for node in x.walk(expression.tree)
        if isinstance(node, x.Name) and node.name != own
    }
    read |= {variable for name, variable in key_sets(specification).items() if name in read}
    for variable in as_written(specification).variables:
        if variable.name not in read:
            message = f'nothing reads the variable "{variable.name}"'
            yield Doubt(message, ("variables", variable.name))


def _unread_guards(specification: Specification) -> Iterator[Doubt]:
    """Claims with a `when` that are of no event: of them the claim alone is decided."""
    for claim in specification.properties:
        if claim.when is not None and claim.on is None:
            message = f'"{claim.kind}" has no "when", so that of {claim.id} narrows nothing'
            yield Doubt(message, ("properties", claim.id, "when"))


def _expressions(specification: Specification) -> Iterator[tuple[x.Expression, str]]:
    """Every expression, and the variable that gets its value; "" where none does."""
    for row in specification.transitions:
        if row.when is not None:
            yield row.when, ""
    for lane in specification.lanes:
        for moved in lane.rows:
            yield from ((each, "") for each in moved if isinstance(each, x.Expression))
    for generation in specification.generations:
        if generation.when is not None:
            yield generation.when, ""
    for event in specification.events:
        for name, effect in event.effects:
            yield effect, name
    for rule in specification.rules:
        yield rule.require, ""
        for part in (*rule.breach, *rule.repair):
            if isinstance(part, x.Expression):
                yield part, ""
    for _, field in specification.report:
        yield field, ""
    for definition in specification.definitions:
        yield definition.body, ""
    for awaited in specification.waits:
        yield from ((each, "") for each in awaited.expressions)
    for claim in specification.properties:
        for asked in (claim.when, claim.claim):
            if asked is not None:
                yield asked, ""
