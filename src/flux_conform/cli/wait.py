"""Say what can be relied on when waiting for a state, and what cannot.

For each set of states: from which states it is unavoidable, avoidable or impossible, for runs of
any length; whether states can go round for ever without it; whether it can be missed; and what is
known when a run enters it. A set is states and virtual states with commas between them. Exit codes:
0 everything is answered, 2 something could not be decided, or the call is wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flux_conform.cli.common import (
    EXIT_ERROR,
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
from flux_conform.language.levels import WEIGHTY

if TYPE_CHECKING:
    import argparse

    from flux_conform.language.specification import Specification


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the verb."""
    parser.add_argument(
        "sets",
        nargs="*",
        metavar="SET",
        help="such as STATE or STATE,STATE (default: each waitable and each virtual state)",
    )
    add_machine_option(parser)
    add_format_option(parser)
    parser.add_argument(
        "--assuming",
        choices=(*WEIGHTY, "nothing"),
        default="implied",
        help="the weakest level of rules that runs obey (default: implied, all that is asked)",
    )
    parser.add_argument(
        "--no-silent",
        action="store_true",
        help="leave out events of which the specification does not say what they do",
    )
    parser.add_argument("--all", action="store_true", help="show every log and every fact")
    parser.add_argument(
        "--witnesses", "--logs", metavar="DIR", help="write the logs into a directory"
    )


def run(arguments: argparse.Namespace) -> int:
    """Answer, print, and give the exit code."""
    specification = load_machine(arguments)
    sets = {text: _states(specification, text) for text in arguments.sets}

    from flux_conform.prove.waiting.analysis import waiting
    from flux_conform.prove.waiting.as_json import json_text
    from flux_conform.prove.waiting.as_text import text

    answers = waiting(
        specification,
        sets or _every(specification),
        assuming=arguments.assuming,
        silent=not arguments.no_silent,
    )
    files: dict[str, str] = {}
    if arguments.witnesses:
        logs = ((name, course.run.log) for name, _, course in answers.logs() if course.run.events)
        files = write_logs(arguments.witnesses, logs)
    if arguments.format == "json":
        print(json_text(answers, files=files))
    else:
        paint, unicode = output_paint(), says_unicode()
        print_wrapped(
            text(answers, paint=paint, unicode=unicode, files=files, show_all=arguments.all)
        )
        if files:
            print(f"\n{len(files)} logs written to {arguments.witnesses}")
    return EXIT_GOOD if answers.is_decided else EXIT_ERROR


def _every(specification: Specification) -> dict[str, frozenset[str]]:
    """Each waitable state and each virtual state, by name."""
    sets = {
        state.name: frozenset([state.name])
        for state in specification.machine_states
        if state.waitable
    }
    sets |= {virtual.name: frozenset(virtual.members) for virtual in specification.virtual_states}
    if not sets:
        raise UsageError(f"{specification.name} has no waitable state; name the states")
    return sets


def _states(specification: Specification, text: str) -> frozenset[str]:
    """The states that a set stands for. Raises UsageError where a name is unknown."""
    known: dict[str, tuple[str, ...]] = {s.name: (s.name,) for s in specification.states}
    known |= {virtual.name: virtual.members for virtual in specification.virtual_states}
    found: set[str] = set()
    for name in (part.strip() for part in text.split(",")):
        if name not in known:
            from flux_conform.language.faults import suggestion

            hint = suggestion(name, tuple(known))
            raise UsageError(f'{specification.name} has no state "{name}"{hint}')
        found.update(known[name])
    return frozenset(found)
