"""List what the source of a specification leaves open, and what hangs on it.

Each question comes with its readings, the one chosen and why, and a log that the readings do not
read alike; with the claims that bear on it, and the logs that refute them. Then the silent pairs:
events of which nothing is said in a state. Exit codes: 0 the list is sound, 1 a question is at
fault (its readings make the same of its log) or a silent pair has none, 2 the call is wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flux_conform.cli.common import (
    EXIT_BAD,
    EXIT_GOOD,
    UsageError,
    add_format_option,
    add_machine_option,
    load_machine,
    output_paint,
    print_wrapped,
    says_unicode,
)
from flux_conform.cli.file_options import write_logs
from flux_conform.language.open_questions import QUESTION_KINDS
from flux_conform.text import finite_json

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from flux_conform.language.specification import Specification
    from flux_conform.questions.answers import Judge


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the verb."""
    parser.add_argument(
        "questions", nargs="*", metavar="ID", help="the questions to look at (default: all)"
    )
    add_machine_option(parser)
    add_format_option(parser)
    parser.add_argument("--kind", choices=QUESTION_KINDS, help="questions of this kind alone")
    parser.add_argument("--logs", metavar="DIR", help="write the logs into a directory")
    parser.add_argument("--all", action="store_true", help="show every line of the logs")


def run(arguments: argparse.Namespace) -> int:
    """List them, and give the exit code."""
    specification = load_machine(arguments)
    among = _chosen(specification, arguments.questions, arguments.kind)

    from flux_conform.questions import answers
    from flux_conform.questions.editor_list import json_value, logs, text

    found = answers(
        specification, changed=_changed(arguments.machine), judge=checker(), among=among
    )
    files: dict[str, str] = {}
    if arguments.logs:
        written = ((name, log.data) for name, log in logs(found).items())
        files = write_logs(arguments.logs, written, "--logs")
    if arguments.format == "json":
        print(
            finite_json(json_value(found, files=files), ensure_ascii=False, indent=1, default=repr)
        )
    else:
        paint, unicode = output_paint(), says_unicode()
        print_wrapped(text(specification, found, paint=paint, unicode=unicode, whole=arguments.all))
        if files:
            print(f"{len(files)} logs written to {arguments.logs}")
    return EXIT_BAD if found.faults else EXIT_GOOD


def _chosen(specification: Specification, ids: list[str], kind: str | None) -> list[str] | None:
    """The ids of the questions to look at; None for all. Raises UsageError."""
    known = [question.id for question in specification.questions]
    for name in ids:
        if name not in known:
            from flux_conform.language.faults import suggestion

            hint = suggestion(name, known) if known else ", nor any other"
            raise UsageError(f'{specification.name} has no question "{name}"{hint}')
    if not ids and kind is None:
        return None
    return [
        question.id
        for question in specification.questions
        if (not ids or question.id in ids) and kind in (None, question.kind)
    ]


def _changed(machine: str) -> Callable[[str, str], Specification]:
    """Makes the specifications that changes describe; the file is read once, when first needed."""
    from functools import cache

    from flux_conform.language.loader import load_changed, load_neighbour

    neighbour = cache(load_neighbour)
    return lambda change, name: load_changed(neighbour(machine), change, f"<{name}>")


def checker() -> Judge:
    """The checker as the list asks it; it is made once for each specification."""
    from flux_conform.checking.judge import Options, judge
    from flux_conform.checking.replay import replay
    from flux_conform.machine.step import Machine
    from flux_conform.questions.answers import CheckFinding, CheckResult

    # The specification is kept beside its machine, so that no other takes its place in memory.
    machines: dict[int, tuple[Specification, Machine]] = {}

    def judged(specification: Specification, log: bytes) -> CheckResult:
        key = id(specification)
        if key not in machines:
            machines[key] = (specification, Machine(specification, report=True))
        machine = machines[key][1]
        judgement = judge(machine, log, Options(notes=True))
        findings = tuple(
            CheckFinding(found.rule, found.level, found.line, found.message)
            for found in judgement.findings
        )
        report = replay(machine, log).report
        return CheckResult(judgement.verdict, judgement.state, findings, report)

    return judged
