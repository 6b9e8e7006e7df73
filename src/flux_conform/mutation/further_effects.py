"""Effects that an event has too many, or that are missing in one state."""

from __future__ import annotations

from collections.abc import Iterator

from flux_conform.language import types as t
from flux_conform.language.expressions import Binary, Constant, If, Key, Name, Node, show
from flux_conform.language.specification import Event, Specification, Variable
from flux_conform.mutation.faulty_parts import (
    START,
    both,
    fault,
    may_come,
    with_effect,
    with_start,
)
from flux_conform.mutation.mutants import Mutant


def effects_too_many(specification: Specification) -> Iterator[Mutant]:
    """An event that forgets a variable, sets it, or gives it one of its keys, in one state."""
    for event in specification.events:
        own = dict(event.effects)
        rows = [row for row in specification.transitions if row.event == event.name]
        guards = dict.fromkeys(row.when.tree for row in rows if row.when is not None)
        for variable in specification.variables:
            kept = own[variable.name].tree if variable.name in own else Name(variable.name)
            for says, wrong in _wrong_values(event, variable):
                if kept == wrong:
                    continue
                is_start = wrong == Name(f"{variable.name}{START}")
                base = with_start(specification, variable) if is_start else specification
                for state in may_come(specification, event):
                    here = Binary("==", Name("state"), Constant(state))
                    for guard in (None, *guards):
                        new = If(both(guard, here), wrong, kept)
                        other = with_effect(base, event, variable.name, new)
                        told = says if guard is None else f"{says} where {show(guard)}"
                        yield fault(f"{event.name} in {state}", told, other, event.name, state)


def _wrong_values(event: Event, variable: Variable) -> Iterator[tuple[str, Node]]:
    name, of = variable.name, variable.type
    if isinstance(of, t.Boolean):
        yield f"also clears {name}", Constant(False)
        yield f"also sets {name}", Constant(True)
        return
    yield f"also forgets {name}", Name(f"{name}{START}")
    inner = t.present(of)
    for key, kind in event.key_types.items():
        if type(t.present(kind)) is type(inner) and isinstance(inner, t.Integer | t.String):
            yield f"gives {name} its {key}", Key(key)


def effects_missing(specification: Specification) -> Iterator[Mutant]:
    """An effect that is missing in one state."""
    for event in specification.events:
        for variable, effect in event.effects:
            for state in may_come(specification, event):
                here = Binary("==", Name("state"), Constant(state))
                new = If(here, Name(variable), effect.tree)
                other = with_effect(specification, event, variable, new)
                at = f"{event.name} in {state}"
                yield fault(at, f"leaves {variable} as it was", other, event.name, state)
