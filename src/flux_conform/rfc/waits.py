"""What can be relied on when waiting for a state, as tables; the answers are proofs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flux_conform.language.specification import Specification
from flux_conform.rfc.table import Cell, Code, Column, Row, Span, Table, codes, joined

if TYPE_CHECKING:
    from flux_conform.prove.waiting.guarantees import Wait


def wait_tables(specification: Specification) -> tuple[Table, Table]:
    """For each waitable and virtual state: from where it comes; for each state, what came before.

    Raises ValueError where something could not be decided, for a text says nothing unproved.
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
    return _relied(specification, waits), _known(single)


def _relied(specification: Specification, waits: tuple[Wait, ...]) -> Table:
    from flux_conform.prove.waiting.guarantees import AVOIDABLE, IMPOSSIBLE, NEVER, UNAVOIDABLE

    def from_where(wait: Wait, answer: str) -> Cell:
        return codes(start.state for start in wait.starts if start.answer == answer)

    def instead(wait: Wait) -> Cell:
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
                instead(wait),
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


def _known(waits: list[Wait]) -> Table:
    rows = tuple(
        Row(
            (
                (Code(wait.name),),
                codes(door.event for door in wait.entry.doors),
                joined(_came(came.events, came.text) for came in wait.entry.came),
            )
        )
        for wait in waits
    )
    columns = Column("State", 1), Column("Entered by", 3), Column("By then there came", 4)
    return Table("known-on-entry", "What is known on entry", columns, rows)


def _came(events: tuple[str, ...], text: str) -> Span:
    return Code(text) if len(events) == 1 else text.replace("[", "(").replace("]", ")")
