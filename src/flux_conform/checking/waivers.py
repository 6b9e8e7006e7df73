"""Known deviations of implementations: findings that are expected and excused.

Deviations are data (`model/deviations/NAME.yaml`): the rule, under which condition, the reason, and
a link. A waived finding keeps its level, does not make its log violate, and names the deviations
that waive it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import NamedTuple, TypeAlias

from flux_conform.artefacts import artefact
from flux_conform.language.specification import TypedContext
from flux_conform.language.types import Record, Type
from flux_conform.machine.configuration import Breach
from flux_conform.machine.contexts import context_faults

Finds: TypeAlias = Callable[[str, str], bool]
"""Says, for a name of deviations and a rule, whether their reading finds the rule broken too."""


class Deviation(NamedTuple):
    """One known deviation from a rule.

    `context` limits it to contexts of this type. `by_reading` limits it to breaches that the
    reading of the implementation does not find.
    """

    rule: str
    reason: str
    link: str
    context: Type | None
    by_reading: bool = False


class Deviations(NamedTuple):
    """The known deviations of one implementation.

    `readings` describe how it reads a log: for specifications, by name, a change as JSON text.
    """

    name: str
    title: str
    deviations: tuple[Deviation, ...]
    readings: tuple[tuple[str, str], ...] = ()


class Waivers(NamedTuple):
    """The deviations that a caller allows."""

    allowed: tuple[Deviations, ...] = ()

    def waives(self, rule: str, breach: Breach | None, finds: Finds | None = None) -> str | None:
        """Return the name of the deviations that excuse a breach of the rule, or None.

        `finds` needs the whole log. Without it, deviations that depend on a reading do not apply.
        """
        for deviations in self.allowed:
            for deviation in deviations.deviations:
                if deviation.rule != rule or not _fits(deviation, breach):
                    continue
                if not deviation.by_reading or (
                    finds is not None and not finds(deviations.name, rule)
                ):
                    return deviations.name
        return None

    @property
    def read(self) -> frozenset[str]:
        """The rules with a deviation that depends on a reading of the log."""
        return frozenset(
            deviation.rule
            for deviations in self.allowed
            for deviation in deviations.deviations
            if deviation.by_reading
        )


class UnknownDeviations(LookupError):
    """The package has no deviations of that name, and no file has the name."""


class Options(NamedTuple):
    """The options for judging logs.

    `notes` lists notes and waived findings too; with `strict`, findings of the levels SHOULD and
    implied make a log violate; `waivers` are the known deviations that are excused.
    """

    notes: bool = False
    strict: bool = False
    waivers: Waivers = Waivers()


def load_deviations(name: str) -> Deviations:
    """Load the deviations of that name, or from a file (a path, or a name that ends in `.yaml`).

    Raises UnknownDeviations, SpecificationFaults with every mistake in the file, or OSError.
    """
    is_own = bool(os.sep in name or name.endswith((".yaml", ".yml")) or os.path.isfile(name))
    if is_own:
        path = name
    else:
        folder = artefact("model", "deviations")
        path = os.path.join(folder, f"{name}.yaml")
        if not os.path.exists(path):
            known = sorted(item.removesuffix(".yaml") for item in os.listdir(folder))
            raise UnknownDeviations(
                f'no deviations "{name}": they are neither one of {", ".join(known)} nor a file'
            )
    from flux_conform.language.deviations import read_deviations

    short, title, rows, readings = read_deviations(path, check=is_own)
    return Deviations(short, title, tuple(Deviation(*row) for row in rows), readings)


def _fits(deviation: Deviation, breach: Breach | None) -> bool:
    if deviation.context is None:
        return True
    if breach is None or not isinstance(deviation.context, Record):
        return False
    return not context_faults(TypedContext(deviation.context), breach.moment.context)
