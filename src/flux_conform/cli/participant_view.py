"""The view of a participant, for the verbs that draw it and judge logs of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flux_conform.artefacts import artefact
from flux_conform.cli.common import UsageError, usage_errors
from flux_conform.cli.prove_system import SHIPPED

if TYPE_CHECKING:
    import argparse

    from flux_conform.language.specification import Specification


def add_system_option(parser: argparse.ArgumentParser, what: str) -> None:
    """Add `--system FILE`, of which `what` is said."""
    parser.add_argument(
        "--system",
        metavar="FILE",
        help=f"{what} of the system in FILE (default: the shipped model/system.yaml)",
    )


def participants_view(name: str, path: str | None, budgets: dict[str, int]) -> Specification:
    """What a participant sees of a system, as a specification; the hint says who there is.

    Raises UsageError, and SpecificationFaults where the file is faulty.
    """
    from flux_conform.language.faults import suggestion
    from flux_conform.system.projection import NotWhole, view
    from flux_conform.system.system_file import load_system
    from flux_conform.system.system_product import Product
    from flux_conform.system.view_machine import view_machine

    system = load_system(path or artefact("model", SHIPPED))
    known = {each.replace(" ", "-"): each for each in system.participants}
    participant = known.get(name.replace(" ", "-"))
    if participant is None:
        hint = suggestion(name, tuple(known))
        raise UsageError(f'{system.name} has no participant "{name}"{hint}')
    given = {each: times for each, times in budgets.items() if each in dict(system.budgets)}
    with usage_errors(NotWhole):
        seen = view(Product(system.with_budgets(given)), participant)
    return view_machine(seen, system, lambda form: artefact("model", f"{form}.yaml"))
