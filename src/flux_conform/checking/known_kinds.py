"""Collects the known kinds of eventlogs: those with a specification, and those only listed.

The opening events of a kind come from the rules of its specification.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, partial
from typing import TYPE_CHECKING

from flux_conform.language import load, machines
from flux_conform.language.specification import UNLISTED
from flux_conform.logs.kind import Kind, Kinds, Plain

if TYPE_CHECKING:
    from flux_conform.language.kinds import LogKind
    from flux_conform.language.line_form import LineForm
    from flux_conform.language.specification import Specification


def kinds_for(specification: Specification, *, is_given: bool) -> Kinds:
    """Return the kinds, with the kind of a specification as the preferred one.

    `is_given` says whether a user has named the specification; otherwise it is the default.
    """
    preferred = _specified(specification, None)
    return Kinds(preferred, partial(_others, specification.name), is_given=is_given)


@cache
def machine_of(kind: str) -> str:
    """Return the name of the machine of a kind: `output` and `input` are of one."""
    from flux_conform.language.kinds import log_kinds

    return next((known.name for known in log_kinds() if kind in known.names), kind)


def names_of(machine: str) -> tuple[str, ...]:
    """Return the names of the kinds that a machine judges: its own, and further ones of a key."""
    from flux_conform.language.kinds import log_kinds

    further = (name for known in log_kinds() if known.name == machine for name in known.names)
    return tuple(dict.fromkeys((machine, *further)))


def _others(preferred: str) -> Sequence[Kind]:
    from flux_conform.language.kinds import log_kinds

    specified = machines()
    return tuple(
        _specified(load(kind.name), kind) if kind.name in specified else _listed(kind)
        for kind in log_kinds()
        if kind.name != preferred
    )


def _specified(specification: Specification, kind: LogKind | None) -> Kind:
    names = [event.name for event in specification.events if event.name != UNLISTED]
    families = tuple(name[:-1] for name in names if name.endswith("*"))
    says = specification.title if kind is None else kind.says
    return Kind(
        specification.name,
        says,
        names_of(specification.name) if kind is None else kind.names,
        specification.opening_events,
        frozenset(name for name in names if not name.endswith("*")),
        families,
        None if specification.fields is None else _plain(specification.fields),
    )


@cache
def _plain(form: LineForm) -> Plain:
    """One function for each form, by which kinds of the same form are known."""
    return form.plain


def _listed(kind: LogKind) -> Kind:
    says = f"{kind.says} (RFC {kind.rfc})"
    return Kind(
        kind.name, says, kind.names, frozenset(kind.first), frozenset(kind.first + kind.events)
    )
