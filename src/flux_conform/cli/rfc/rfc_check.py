"""Hold an RFC's own source against a specification, and show where the two differ.

The text is reStructuredText of the shape of RFC 21: states under "State Descriptions", virtual
states under "Virtual States", each event in a section "NAME Event" with its keys and examples. The
diagram is a DOT file; by default, the one beside an image of the text. Read are states, virtual
states and their members, events, keys with types and ranges, the transitions that sentences tell,
examples, and the edges of the diagram; what one has and the other has not is told, in both
directions. A place that is not understood is told too. Where the sentences of the text are tied to
what answers them (`rfc tie`), each that is new, changed, moved or gone is told. Exit codes: 0 no
difference, 1 some, 2 a file cannot be read, or the call is wrong.
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
    usage_errors,
)
from flux_conform.text import finite_json

if TYPE_CHECKING:
    import argparse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the verb."""
    parser.add_argument("file", metavar="FILE", help="the RFC's text, in reStructuredText")
    parser.add_argument(
        "--diagram",
        metavar="FILE.dot",
        help="its state diagram (default: the DOT file beside an image of the text)",
    )
    parser.add_argument(
        "--ties",
        metavar="FILE.yaml",
        help="what answers its sentences (default: in the folder `sentences` beside the "
        "specification)",
    )
    add_machine_option(parser)
    add_format_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Compare, print, and give the exit code."""
    specification = load_machine(arguments)
    try:
        from flux_conform.rfc.source_check import AGREES, CannotRead, check, to_json
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "docutils":
            raise
        raise UsageError("docutils is not installed; pip install 'flux-conform[rfc]'") from error
    with usage_errors(CannotRead):
        report = check(
            arguments.file,
            specification,
            arguments.machine,
            diagram_file=arguments.diagram,
            ties_file=arguments.ties,
        )
    if arguments.format == "json":
        print(finite_json(to_json(report), indent=2, ensure_ascii=False))
    else:
        from flux_conform.cli.rfc.rfc_check_text import print_report

        print_report(report)
    return EXIT_GOOD if report.verdict == AGREES else EXIT_BAD
