"""Measure how strong a suite is: which mutants of its specification its vectors tell apart.

Every small change of the specification is a mutant. A vector kills it where the mutant reads the
log otherwise; two powers of observation are measured, the state after each event and the verdict
alone. Of what is left, comparing the two specifications gives a log that would kill it, or proves
that there is none. Beside these first-order mutants, faults of some domains are tried: slips that
implementers make, of which a sample is drawn where there are many. With --write the logs that were
found join the suite (those of the faults from another sample than the one that is measured), its
manifest bears the figures, and the smoke tier is chosen: few vectors that kill each mutant that all
of them kill by the states. For a machine of the size of job it takes some minutes of all
processors.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Any

from flux_conform.artefacts import artefact
from flux_conform.cli.common import (
    EXIT_BAD,
    EXIT_GOOD,
    UsageError,
    add_format_option,
    add_machine_option,
    file_errors,
    load_machine,
    usage_errors,
)
from flux_conform.cli.terminal import overwrite
from flux_conform.text import finite_json

if TYPE_CHECKING:
    import argparse

    from flux_conform.suite.making.strengthen import Strength
    from flux_conform.suite.making.vector import Draft


MEASURED, SEARCHED = 0, 1
"""What draws the faults that are measured, and those for which logs are searched."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the verb."""
    add_machine_option(parser)
    add_format_option(parser)
    parser.add_argument("--suite", metavar="DIR", help="the suite's folder (default: the shipped)")
    parser.add_argument(
        "--jobs",
        type=int,
        default=min(256, os.cpu_count() or 1),
        metavar="N",
        help="processes (default: all)",
    )
    parser.add_argument(
        "--write", action="store_true", help="let what was found join the suite, and measure again"
    )


def run(arguments: argparse.Namespace) -> int:
    """Measure, report, and give the exit code: 1 where a mutant survives."""
    from flux_conform.checking.spread import processes
    from flux_conform.language.compiled import digest
    from flux_conform.language.names import path_of
    from flux_conform.mutation.powers import POWERS
    from flux_conform.suite.making.all_vectors import with_more
    from flux_conform.suite.making.export import files, strength_value
    from flux_conform.suite.making.shipping import (
        BadFolder,
        firm_logs,
        suite_of,
        trial_of,
        write_folder,
    )
    from flux_conform.suite.making.strengthen import SURVIVED, measure
    from flux_conform.suite.making.tiers import SMOKE, smoke_tier

    if not 1 <= arguments.jobs <= 256:
        raise UsageError(f"--jobs {arguments.jobs}: give a number from 1 to 256")
    specification = load_machine(arguments)
    folder = arguments.suite or os.path.join(artefact("conformance"), specification.name)
    path = path_of(arguments.machine)
    told = _progress if sys.stderr.isatty() else None
    with usage_errors(BadFolder):
        suite, kept = suite_of(specification, path, folder)
    smoke = None
    with processes(arguments.jobs).start() as executor:
        attempt = partial(measure, specification, executor=executor, told=told)
        strength = attempt(trial_of(suite))
        if arguments.write:
            found: dict[bytes, Draft] = {}
            for draft in (*strength.found, *attempt(trial_of(suite), drawn_by=SEARCHED).found):
                found.setdefault(draft.log, draft)
            numbers = Counter(draft.group for draft in kept.killers)
            more = []
            for draft in found.values():
                numbers[draft.group] += 1
                name = f"{numbers[draft.group]:03}-{draft.name.split('-', 1)[1]}"
                more.append(draft._replace(name=name))
            suite = with_more(suite, path, more)
            strength = attempt(trial_of(suite), before=strength)
        faults = attempt(trial_of(suite), drawn_by=MEASURED)
        if arguments.write and suite.choice.tier != SMOKE:
            smoke = smoke_tier(specification, firm_logs(suite), executor=executor, told=told)
            suite = suite._replace(smoke=frozenset(smoke.ids))
    value = strength_value(strength, suite, smoke, faults)
    if arguments.write:
        made = files(suite, digest(specification), kept.released, value)
        with file_errors("", folder):
            write_folder(folder, made)
    if arguments.format == "json":
        print(finite_json(value, indent=2))
    else:
        print(_text(strength, value, len(suite.vectors)))
    survived = any(strength.number(power, SURVIVED) for power in POWERS)
    return EXIT_BAD if survived else EXIT_GOOD


def _progress(done: int, total: int) -> None:
    overwrite(f"{done} of {total} mutants")
    if done == total:
        print(file=sys.stderr)


def _text(strength: Strength, value: dict[str, Any], vectors: int) -> str:
    from flux_conform.mutation.powers import POWERS
    from flux_conform.suite.making.strengthen import FATES, READING

    width = max(len(operator) for operator in strength.operators)
    lines = [f"{value['mutants']} mutants of the specification, tried by {vectors} vectors", ""]
    for power in POWERS:
        lines.append(f"{power}: " + _POWERS[power])
        lines.append(f"  {'':{width}}  " + "  ".join(f"{fate:>{_COLUMN}}" for fate in FATES))
        for operator in (*strength.operators, None):
            counts = (strength.number(power, fate, operator) for fate in FATES)
            name = operator or "all"
            lines.append(f"  {name:{width}}  " + "  ".join(f"{n:>{_COLUMN}}" for n in counts))
        lines.append("")
    lines += _domains(value)
    for left in (*value["left"], *value["left_of_domains"]):
        by = f"; {left['by']} would kill it" if left["by"] else ""
        if left["fate"] == READING:
            by = f"; it reads {left['by']}"
        lines.append(f"{left['fate']} ({left['power']}): {left['mutant']}{by}")
    if value["smoke"] is not None:
        counts = value["smoke"]
        lines.append(f"smoke tier: {counts['vectors']} vectors kill {counts['killed']} mutants")
    return "\n".join(lines).rstrip()


def _domains(value: dict[str, Any]) -> list[str]:
    """The strength against each fault domain, by the states."""
    from flux_conform.mutation.powers import STATES

    domains = value["domains"]
    width = max(len(each["domain"]) for each in domains)
    fates = list(domains[0]["powers"][STATES])
    lines = ["fault domains, by the states; where fewer are tried than there are, a drawn sample"]
    heads = ("faults", "tried", *fates)
    lines.append(f"  {'':{width}}  " + "  ".join(f"{head:>{_COLUMN}}" for head in heads))
    for each in domains:
        counts = (each["faults"], each["tried"], *each["powers"][STATES].values())
        cells = "  ".join(f"{count:>{_COLUMN}}" for count in counts)
        lines.append(f"  {each['domain']:{width}}  {cells}")
    return [*lines, ""]


_COLUMN = 15
_POWERS = {
    "states": "verdicts, the state after each event and the job are seen",
    "verdict": "nothing but verdicts is seen",
}
