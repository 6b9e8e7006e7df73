"""What the verbs share: options, exit codes, and errors that are the caller's."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from flux_conform.language import UnknownMachine, is_file, load
from flux_conform.language.faults import SpecificationFaults
from flux_conform.text import Paint, printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable, Iterator

    from flux_conform.language.specification import Specification

EXIT_GOOD, EXIT_BAD, EXIT_ERROR = 0, 1, 2
"""All is well; something violates or is refuted; something could not be read or done."""


def exit_code(*, errors: bool, bad: bool) -> int:
    """The exit code where something could not be read (`errors`), or is `bad`."""
    return EXIT_ERROR if errors else EXIT_BAD if bad else EXIT_GOOD


class UsageError(Exception):
    """The call cannot be carried out as it is; the message says what to do.

    It is a line, whatever names it quotes; what another program said follows in lines of `also`.
    """

    def __init__(self, message: str, also: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.also = tuple(also)


@contextmanager
def usage_errors(*kinds: type[Exception], prefix: str = "") -> Iterator[None]:
    """Raises UsageError for errors of these kinds."""
    try:
        yield
    except kinds as error:
        raise UsageError(f"{prefix}{error}") from error


@contextmanager
def file_errors(place: str, folder: str | None = None) -> Iterator[None]:
    """Raises UsageError for an OSError at a place, or at the file of a folder that it names."""
    try:
        yield
    except OSError as error:
        if folder is not None:
            place = f"{place}{error.filename or folder}"
        raise UsageError(f"{place}: {error.strerror or error}") from error


def add_machine_option(parser: argparse.ArgumentParser, *, by_kind: bool = False) -> None:
    """Add `--machine NAME[@DATE]|FILE`; with `by_kind` there is no default but each log's kind."""
    default = "that of each log's kind, or job if the kind is unknown" if by_kind else "job"
    parser.add_argument(
        "--machine",
        metavar="NAME[@DATE]|FILE",
        default=None if by_kind else "job",
        help="the specification: a name such as job or exec, one of its revisions such as "
        f"job@2022-07, or a YAML file (default: {default})",
    )


def add_format_option(parser: argparse.ArgumentParser) -> None:
    """Add `--format text|json`."""
    parser.add_argument(
        "--format", choices=("text", "json"), default="text", help="for people, or for programs"
    )


def load_machine(
    arguments: argparse.Namespace,
    loader: Callable[[str], Specification] | None = None,
    *,
    thorough: bool = False,
) -> Specification:
    """The specification that `--machine` names; warnings about it go to standard error.

    `loader` is `load_named`, unless another is given. Raises UsageError where there is none of the
    name, SpecificationFaults where it is faulty. `thorough` warns of all that looks wrong.
    """
    name: str = arguments.machine
    specification = (loader or load_named)(name)
    if is_file(name):
        from flux_conform.language.warning_places import warnings_about

        for warning in warnings_about(name, specification, thorough=thorough):
            print(printable(warning), file=sys.stderr)
    return specification


def load_named(name: str) -> Specification:
    """The specification of that name; that its scenarios do not fit is a warning.

    Who is changing a file asks what it means, and its scenarios may not fit yet. Raises UsageError
    where there is none of the name.
    """
    specification, misfits = load_with_misfits(name)
    if misfits is not None:
        count = len(misfits.faults)
        number = f"{count} mistake{'' if count == 1 else 's'} in scenarios"
        print(
            printable(f"{name}: warning: {number}; `flux-conform model check` shows them"),
            file=sys.stderr,
        )
    return specification


def load_with_misfits(name: str) -> tuple[Specification, SpecificationFaults | None]:
    """The specification of that name, and what its scenarios say that is not so.

    Raises UsageError where there is none of the name, SpecificationFaults for any other mistake.
    """
    with usage_errors(UnknownMachine):
        if not is_file(name) and not os.path.isfile(name):
            return load(name), None
        from flux_conform.machine.rehearsal import load_rehearsed

        try:
            return load_rehearsed(name), None
        except SpecificationFaults as misfits:
            # Scenarios are judged where all else is well: other faults are raised here again.
            return load(Path(name)), misfits


def check_generation(specification: Specification, name: str | None) -> None:
    """Raises UsageError where a specification has no generation of that name."""
    known = [generation.name for generation in specification.generations]
    if name is not None and name not in known:
        raise UsageError(
            f'{specification.name} has no generation "{name}"; known are {", ".join(known)}'
        )


def says_unicode() -> bool:
    """Whether standard output can say more than ASCII."""
    return (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"


def wants_colour() -> bool:
    """Whether standard output is a terminal that may be coloured (NO_COLOR is honoured)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.name != "nt"


def output_paint() -> Paint:
    """The colours of standard output."""
    return Paint(wants_colour())


def print_wrapped(text: str) -> None:
    """Print a text; on a terminal its long lines are wrapped, and a pipe gets them whole."""
    if sys.stdout.isatty():
        from flux_conform.text import wrap_hanging

        width = columns()
        text = "\n".join(part for line in text.split("\n") for part in wrap_hanging(line, width))
    print(text)


def report_width() -> int:
    """How wide a report is, however wide or narrow the terminal."""
    return min(110, max(60, columns()))


def columns() -> int:
    """How wide the terminal is; 100 where there is none."""
    try:
        return os.get_terminal_size().columns
    except OSError:
        return 100
