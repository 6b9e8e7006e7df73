"""Configurations as small tuples of numbers: values of each part are numbered as they are met."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import compress
from typing import Any, TypeAlias

from flux_conform.language.equality import value_key
from flux_conform.machine.configuration import Configuration
from flux_conform.machine.evaluate import Moment
from flux_conform.machine.step import Machine

STATE, GENERATION, FIRST = "state", "generation", "first"
"""Parts of a configuration besides flags and variables; `first` is read from the generation."""
SEEN, VISITED = "seen", "visited"

Numbers: TypeAlias = tuple[int, ...]
"""A configuration: the number of the value of each part."""
Changes: TypeAlias = tuple[tuple[int, int], ...]
"""Places of a configuration, with the new numbers there."""


class Table:
    """The values that one part of configurations has had, numbered."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self._numbers: dict[object, int] = {}

    def number(self, value: Any) -> int:
        """The number of a value; one that is new gets the next."""
        key = value_key(value)
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.values)
            self.values.append(value)
        return number


class Interned:
    """The configurations of a machine, of which some parts are kept.

    The parts are `fields`: the state, the generation, seen(EVENT), visited(STATE), and variables
    by name. A part that is left out keeps its initial value, so nothing that is evaluated may
    depend on it. The machine itself does not keep visited(STATE), which only claims ask.
    """

    def __init__(self, machine: Machine, fields: Iterable[str] | None = None) -> None:
        """Without `fields` all parts are kept that the machine has."""
        first = machine.initial
        if fields is None:
            asked = (flag(SEEN, name) for name in sorted(machine.asked))
            fields = (STATE, GENERATION, *asked, *first.values)
        self.machine = machine
        self.fields = tuple(fields)
        self.place = {field: place for place, field in enumerate(self.fields)}
        self.tables = [Table() for _ in self.fields]
        self.seen = self._flags(SEEN)
        self.visited = self._flags(VISITED)
        self.variables = {name: self.place[name] for name in first.values if name in self.place}
        self.initial = self.numbers(first)

    def _flags(self, function: str) -> dict[str, int]:
        """The events or states of a function's flags, with their places."""
        start = len(flag(function, "")) - 1
        return {
            field[start:-1]: place
            for field, place in self.place.items()
            if field.startswith(f"{function}(")
        }

    def numbers(self, configuration: Configuration) -> Numbers:
        """A configuration as numbers; no state counts as visited."""
        state, generation, values, seen, _ = configuration
        parts: dict[str, Any] = {STATE: state, GENERATION: generation}
        parts.update((flag(SEEN, name), name in seen) for name in self.seen)
        return tuple(
            table.number(values[field] if field in values else parts.get(field, False))
            for table, field in zip(self.tables, self.fields, strict=True)
        )

    def value(self, numbers: Sequence[int], field: str) -> Any:
        """The value of a part."""
        place = self.place[field]
        return self.tables[place].values[numbers[place]]

    def configuration(self, numbers: Sequence[int]) -> Configuration:
        """The configuration that the machine steps from."""
        first = self.machine.initial
        values = self._values(numbers)
        return Configuration(
            self.value(numbers, STATE) if STATE in self.place else first.state,
            self.value(numbers, GENERATION) if GENERATION in self.place else first.generation,
            {**first.values, **values},
            self._set(self.seen, numbers),
        )

    def moment(self, numbers: Sequence[int], event: str | None = None) -> Moment:
        """A configuration as what expressions ask, of the parts that are kept."""
        moment = self.configuration(numbers).moment(event)
        moment.entered_times = dict.fromkeys(self._set(self.visited, numbers))
        return moment

    def _values(self, numbers: Sequence[int]) -> dict[str, Any]:
        tables = self.tables
        return {
            name: tables[place].values[numbers[place]] for name, place in self.variables.items()
        }

    def _set(self, flags: dict[str, int], numbers: Sequence[int]) -> frozenset[str]:
        tables = self.tables
        held = (tables[place].values[numbers[place]] for place in flags.values())
        return frozenset(compress(flags, held))

    def places(self, names: Iterable[str]) -> tuple[int, ...]:
        """The places of the parts among some names, in the order of the parts."""
        found = {self.place[GENERATION if name == FIRST else name] for name in self._kept(names)}
        return tuple(sorted(found))

    def _kept(self, names: Iterable[str]) -> Iterable[str]:
        return (name for name in names if (GENERATION if name == FIRST else name) in self.place)


def flag(function: str, name: str) -> str:
    """The part that tells whether an event was seen, or a state visited."""
    return f"{function}({name})"


def applied(numbers: Numbers, changes: Changes) -> Numbers:
    """A configuration with changes."""
    if not changes:
        return numbers
    after = list(numbers)
    for place, number in changes:
        after[place] = number
    return tuple(after)
