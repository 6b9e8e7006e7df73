"""Tie the sentences of an RFC's source to what answers them in a specification.

Writes a file that `rfc check` reads: for each sentence its section and its fingerprint, and the
rules, claims, open questions, states and events that say the same, or why nothing can be checked.
Ties of sentences that stand as they were are kept. Those of new, changed and moved sentences are
proposals, marked `proposed: true`: compare the sentence with its answer, then remove the mark. Each
change is listed. Exit codes: 0 the file is up to date, or was written, 2 a file cannot be read or
written, or the call is wrong.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flux_conform.cli.common import (
    EXIT_GOOD,
    UsageError,
    add_machine_option,
    file_errors,
    load_machine,
    usage_errors,
)
from flux_conform.files import write_whole
from flux_conform.inputs import rewriting
from flux_conform.text import cut, printable, several

if TYPE_CHECKING:
    import argparse

    from flux_conform.rfc.compare_sentences import Change


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the verb."""
    parser.add_argument("file", metavar="FILE", help="the RFC's text, in reStructuredText")
    add_machine_option(parser)
    parser.add_argument(
        "--ties",
        dest="renewed",
        metavar="FILE.yaml",
        help="the file of ties to renew, or to make (default: in the folder `sentences` beside the "
        "specification)",
    )
    parser.add_argument(
        "--edition", metavar="WORDS", help="which edition of the text this is, for the file of ties"
    )
    parser.add_argument(
        "--reviewed",
        action="store_true",
        help="you have reviewed every proposal in the file: remove their marks",
    )


def run(arguments: argparse.Namespace) -> int:
    """Renew the ties, write them, and give the exit code."""
    specification = load_machine(arguments)
    try:
        from flux_conform.rfc.source_check import CannotRead, find_ties, read_source
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "docutils":
            raise
        raise UsageError("docutils is not installed; pip install 'flux-conform[rfc]'") from error
    from flux_conform.rfc.tie_proposals import renew
    from flux_conform.rfc.ties import Ties, dumps

    file, machine = arguments.file, arguments.machine
    with usage_errors(CannotRead):
        text = read_source(file, specification)
    if text.rfc not in (None, specification.source.rfc):
        raise UsageError(
            f"{file}: the text is RFC {text.rfc}, and {specification.name} describes "
            f"{specification.source.label}"
        )
    with rewriting():
        known = find_ties(file, text, specification, machine, arguments.renewed)
    if known.path is None:
        raise UsageError(f"{machine} has no place for ties; name one with --ties FILE.yaml")
    old = known.ties or Ties("", ())
    renewed = renew(text, old.all, specification)
    if arguments.reviewed and (renewed.changes or known.ties is None):
        raise UsageError(
            f"{file}: {several(len(renewed.changes), 'sentence')} changed since the file of ties "
            "was written; run this without --reviewed, and review the proposals"
        )
    ties = Ties(old.edition if arguments.edition is None else arguments.edition, renewed.ties)
    if renewed.changes and arguments.edition is None:
        ties = ties._replace(edition="")  # it is another edition now
    if arguments.reviewed:
        reviewed = (tie._replace(is_proposed=False) for tie in ties.all)
        ties = ties._replace(all=tuple(reviewed))
    for change in renewed.changes:
        print(printable(_line(change, file)))
    count = several(len(ties.all), "sentence")
    if ties == known.ties:
        print(f"{printable(known.path)} is up to date: {count}")
    else:
        with file_errors(printable(known.path)):
            write_whole(known.path, dumps(known.name, specification.name, ties).encode())
        print(f"wrote {printable(known.path)}: {count}")
    proposals = sum(tie.is_proposed for tie in ties.all)
    if proposals:
        print(
            f"{several(proposals, 'tie')} to review: compare the sentence with its answer, correct "
            "it, and remove `proposed: true`"
        )
    return EXIT_GOOD


def _line(change: Change, file: str) -> str:
    word = change.kind.removeprefix("sentence-")
    if change.sentence is None:
        assert change.tie is not None
        place = f"from {change.tie.section}"
        return f"{word}: {place}: was tied to {change.tie.answer}"
    one = change.sentence
    tied = "" if change.tie is None else f"; was tied to {change.tie.answer}"
    return f"{word}: {file}:{one.line}: {cut(one.text, 60)}{tied}"
