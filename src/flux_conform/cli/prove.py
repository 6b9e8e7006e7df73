"""Prove or refute what is claimed of a machine.

Each property is decided for runs of any length that obey the rules it assumes. What is proved
rests on an inductive invariant or on a log that shows it; what is refuted comes with a shortest
log that leads there. A scenario of a file that is not as it says counts like a refuted claim.
Exit codes: 0 all proved, 1 something refuted, 2 something undecided, or the specification cannot
be read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flux_conform.cli.certificates import write_certificates
from flux_conform.cli.common import (
    EXIT_BAD,
    EXIT_ERROR,
    EXIT_GOOD,
    UsageError,
    add_format_option,
    add_machine_option,
    check_generation,
    load_machine,
    load_with_misfits,
    output_paint,
    print_wrapped,
    says_unicode,
)
from flux_conform.cli.file_options import write_logs
from flux_conform.cli.prove_system import add_budget_option

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from flux_conform.language.faults import SpecificationFaults
    from flux_conform.language.specification import Specification


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the verb."""
    add_machine_option(parser)
    add_format_option(parser)
    parser.add_argument(
        "--property",
        metavar="ID",
        action="append",
        default=[],
        help="decide this property alone; may be given several times",
    )
    parser.add_argument(
        "--all", action="store_true", help="also show the results of proved properties in full"
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="leave out whether premises can come to pass and whether rules ask something",
    )
    parser.add_argument(
        "--timeout",
        metavar="SECONDS",
        type=_seconds,
        help="give up on a property after SECONDS, as unknown (default: no limit)",
    )
    parser.add_argument(
        "--limit",
        metavar="N",
        type=_whole_number(1),
        help="end each search after N configurations (default: 60000)",
    )
    parser.add_argument(
        "--depth",
        metavar="N",
        type=_whole_number(0),
        help="where nothing else decides, look for runs of at most N events in symbols "
        "(default: 25; 0 for none)",
    )
    parser.add_argument(
        "--generation",
        metavar="NAME",
        help="the generation of logs that is spoken of (default: today's)",
    )
    parser.add_argument(
        "--witnesses",
        "--logs",  # as `diff` and `questions` call it
        metavar="DIR",
        help="write the logs that show what is proved, and those that refute, into a directory",
    )
    parser.add_argument(
        "--certificates",
        metavar="DIR",
        help="write what each induction rests on, for `flux-conform verify`: a file a property",
    )
    parser.add_argument(
        "--smtlib",
        metavar="DIR",
        help="write each question of these proofs as SMT-LIB 2, for another solver",
    )
    parser.add_argument(
        "--mutants",
        action="store_true",
        help="show which small changes of the specification no claim, scenario or example notices; "
        "model/mutants has the figures of machines that were measured",
    )
    parser.add_argument(
        "--system",
        metavar="FILE",
        nargs="?",
        const="",
        help="decide what is claimed of a system: participants around one log, and the messages "
        "between them (default: the shipped model/system.yaml)",
    )
    add_budget_option(parser, "with --system, ")
    parser.add_argument(
        "--promela",
        metavar="FILE",
        help="with --system, write it as a Promela model for SPIN, and decide nothing; - is the "
        "standard output",
    )
    parser.add_argument(
        "--write",
        action="store_true",
        help="with --mutants, write the figures of a shipped machine to model/mutants",
    )
    parser.add_argument(
        "-j",
        "--jobs",
        type=int,
        metavar="N",
        help="with --mutants, the number of processes (default: all processors)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Decide the properties, print what was shown, and give the exit code."""
    if arguments.system is not None:
        from flux_conform.cli.prove_system import run_system

        return run_system(arguments)
    for name in ("budget", "promela"):
        if getattr(arguments, name):
            raise UsageError(f"--{name} goes with --system alone")
    misfits: SpecificationFaults | None = None

    def loaded(name: str) -> Specification:
        nonlocal misfits
        specification, misfits = load_with_misfits(name)
        return specification

    specification = load_machine(arguments, loaded)
    asks = arguments.quick or arguments.mutants or arguments.certificates or arguments.smtlib
    _check_names(specification, arguments.property, of_claims=bool(asks))
    check_generation(specification, arguments.generation)
    if arguments.mutants:
        from flux_conform.cli.prove_mutants import run_mutants

        if misfits is not None:
            raise misfits
        return run_mutants(arguments, specification)
    if arguments.jobs is not None:
        raise UsageError("--jobs goes with --mutants alone")
    if arguments.write:
        raise UsageError("--write goes with --mutants alone")

    from flux_conform.prove import prove
    from flux_conform.prove.outcomes import REFUTED, UNKNOWN
    from flux_conform.prove.report import json_text, saved_runs, text

    proofs = prove(
        specification,
        properties=arguments.property or None,
        generation=arguments.generation,
        quick=arguments.quick,
        certified=bool(arguments.certificates or arguments.smtlib),
        timeout=arguments.timeout,
        limit=arguments.limit,
        depth=arguments.depth,
    )
    files: dict[str, str] = {}
    if arguments.witnesses:
        files = write_logs(arguments.witnesses, ((n, run.log) for n, run in saved_runs(proofs)))
    certificates, questions = write_certificates(proofs, arguments.certificates, arguments.smtlib)
    if arguments.format == "json":
        faults = () if misfits is None else misfits.faults
        print(json_text(proofs, files=files, certificates=certificates, scenarios=faults))
    else:
        paint, unicode = output_paint(), says_unicode()
        print_wrapped(
            text(proofs, paint=paint, unicode=unicode, files=files, show_all=arguments.all)
        )
        if misfits is not None:
            print(f"scenarios that are not as they say:\n{misfits}")
        if files:
            print(f"{len(files)} logs written to {arguments.witnesses}")
        if arguments.certificates:
            print(f"{len(certificates)} certificates written to {arguments.certificates}")
        if arguments.smtlib:
            print(f"{questions} questions written to {arguments.smtlib}")
    if misfits is not None:
        return EXIT_BAD
    codes = {REFUTED: EXIT_BAD, UNKNOWN: EXIT_ERROR}
    return codes.get(proofs.verdict, EXIT_GOOD)


def _seconds(text: str) -> float:
    import argparse

    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f'"{text}" is no number of seconds above zero')
    return seconds


def _whole_number(least: int) -> Callable[[str], int]:
    import argparse

    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and int(text) >= least):
            raise argparse.ArgumentTypeError(f'"{text}" is no whole number from {least} on')
        return int(text)

    return read


def _check_names(specification: Specification, wanted: list[str], *, of_claims: bool) -> None:
    known = [claim.id for claim in specification.properties]
    if not known and (wanted or of_claims):  # the rules are exercised otherwise
        raise UsageError(
            f"{specification.name} claims no properties, so nothing can be proved; "
            'add some under "properties" (docs/language.md)'
        )
    for name in wanted:
        if name not in known:
            from flux_conform.language.faults import suggestion

            hint = suggestion(name, known)
            raise UsageError(f'{specification.name} has no property "{name}"{hint}')
