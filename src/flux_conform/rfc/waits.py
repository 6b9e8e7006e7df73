"""Tables of what holds when waiting for a state; every answer is proved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flux_conform.language.specification import Specification
from flux_conform.rfc.table import Cell, Code, Column, Row, Table, codes, joined

if TYPE_CHECKING:
    from flux_conform.prove.waiting.guarantees import Wait


def wait_tables(specification: Specification) -> tuple[Table, Table]:
    """Return two tables: what a wait for each state relies on, and what is known on entry.

    The first covers waitable and virtual states, the second waitable states. Raises ValueError if
    an answer could not be decided, because a text must not state anything unproved.
    """
    from flux_conform.prove.waiting.analysis import waiting

    states = [state.name for state in specification.machine_states if state.waitable]
    sets = {name: frozenset([name]) for name in states}
    sets |= {virtual.name: frozenset(virtual.members) for virtual in specification.virtual_states}
    waits = waiting(specification, sets).waits
    undecided = [wait.name for wait in waits if not wait.is_decided]
    if undecided:
        raise ValueError(f"waiting for {', '.join(undecided)} could not be decided")
    single = [wait for wait in waits if wait.name in states]
    return _guarantees(specification, waits), _on_entry(single)


def _guarantees(specification: Specification, waits: tuple[Wait, ...]) -> Table:
    from flux_conform.prove.waiting.guarantees import AVOIDABLE, IMPOSSIBLE, NEVER, UNAVOIDABLE

    def from_where(wait: Wait, answer: str) -> Cell:
        return codes(start.state for start in wait.starts if start.answer == answer)

    def closed_set(wait: Wait) -> Cell:
        if wait.leaving.answer == NEVER:
            return ("it stays",)
        members = (*wait.states, *wait.leaving.onward)
        return codes(state.name for state in specification.states if state.name in members)

    rows = tuple(
        Row(
            (
                (Code(wait.name),),
                from_where(wait, UNAVOIDABLE),
                from_where(wait, AVOIDABLE),
                from_where(wait, IMPOSSIBLE),
                closed_set(wait),
            )
        )
        for wait in waits
    )
    columns = (
        Column("Waiting for", 3),
        Column("Comes in every run that ends, from", 4),
        Column("May never come, from", 4),
        Column("Comes no more, from", 4),
        Column("A set that is not left again", 4),
    )
    return Table("waits", "What a wait can rely on", columns, rows)


def _on_entry(waits: list[Wait]) -> Table:
    rows = tuple(
        Row(
            (
                (Code(wait.name),),
                codes(door.event for door in wait.entry.doors),
                joined(
                    Code(came.text)
                    if len(came.events) == 1
                    else came.text.replace("[", "(").replace("]", ")")
                    for came in wait.entry.came
                ),
            )
        )
        for wait in waits
    )
    columns = Column("State", 1), Column("Entered by", 3), Column("By then there came", 4)
    return Table("known-on-entry", "What is known on entry", columns, rows)
