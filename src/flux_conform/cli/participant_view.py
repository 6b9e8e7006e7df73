"""The view of a participant, for the verbs that draw it and judge logs of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flux_conform.artefacts import artefact
from flux_conform.cli.common import UsageError, usage_errors
from flux_conform.cli.prove_system import SHIPPED

if TYPE_CHECKING:
    from flux_conform.language.specification import Specification
    from flux_conform.system.participants import System


def shipped_system() -> System:
    """The system that comes along."""
    from flux_conform.system.system_file import load_system

    return load_system(artefact("model", SHIPPED))


def participants_view(name: str, system: System) -> Specification:
    """What a participant sees of a system, as a specification.

    Raises UsageError where there is no such participant, or too much for a view.
    """
    from flux_conform.language.faults import suggestion
    from flux_conform.system.projection import view
    from flux_conform.system.system_product import NotWhole, Product
    from flux_conform.system.view_machine import view_machine

    known = {each.replace(" ", "-"): each for each in system.participants}
    participant = known.get(name.replace(" ", "-"))
    if participant is None:
        hint = suggestion(name, tuple(known))
        raise UsageError(f'{system.name} has no participant "{name}"{hint}')
    with usage_errors(NotWhole):
        seen = view(Product(system), participant)
    return view_machine(seen, system, lambda form: artefact("model", f"{form}.yaml"))
