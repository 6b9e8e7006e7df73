"""Warnings about a specification that loads but looks wrong; `prove` gives certainty."""

from __future__ import annotations

from collections.abc import Iterator

from flux_conform.language.specification import MOVES, Specification


def warnings_of(specification: Specification) -> Iterator[str]:
    """What looks wrong in a machine, judged by its structure alone."""
    final = specification.final
    rows: dict[tuple[str, str, str], list[int]] = {}
    for row in specification.transitions:
        if row.lane:
            continue
        if final is not None and row.source == final.name:
            yield f'"{row.event}" has an outcome in {final.name}, the final state'
        for generation in specification.generations:
            if row.generation in (None, generation.name):
                key = (row.source, row.event, generation.name)
                if key in rows and (row.when is None or 0 in rows[key]):
                    yield f'two transitions match "{row.event}" in {row.source} ({generation.name})'
                rows.setdefault(key, []).append(0 if row.when is None else 1)
    for lane in specification.lanes:
        reached = {row.target for row in lane.rows if row.outcome == MOVES}
        for name in lane.counted:
            if name not in reached:
                yield f"no transition of the lane {lane.name} leads to {name}"
    targets = {row.target for row in specification.transitions if row.outcome == MOVES}
    for state in specification.states:
        if not state.initial and state.name not in targets:
            yield f"no transition leads to {state.name}"
    sources = {row.source for row in specification.transitions if row.outcome == MOVES}
    for state in specification.machine_states:
        if not state.final and state.name not in sources:
            yield f"no transition leaves {state.name}, which is not final"
