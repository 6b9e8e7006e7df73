"""The argument parser of a verb: its help fits the terminal, and it suggests corrections."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from functools import partial
from importlib import import_module
from typing import Any, NoReturn

from flux_conform.text import printable, rewrap

HELP_WIDTH = 96
"""Help is this wide, or as wide as the terminal where that is narrower."""

VERB = "VERB"
"""What help calls a verb below a verb."""

_UNKNOWN, _MISSING = "unrecognized arguments: ", f"the following arguments are required: {VERB}"


class Parser(argparse.ArgumentParser):
    """A parser whose help is at most `width` columns wide, and so is that of its subparsers."""

    def __init__(self, *, width: int | None = None, **options: Any) -> None:
        room = HELP_WIDTH if width is None else min(width, HELP_WIDTH)
        options.setdefault("formatter_class", partial(_Formatter, width=room))
        super().__init__(**options)

    def _print_message(self, message: str, file: Any = None) -> None:
        """Write help or an error. Raises OSError if help cannot be written, unlike argparse."""
        if file is sys.stdout:
            file.write(message)
        else:
            super()._print_message(message, file)

    def error(self, message: str) -> NoReturn:
        """Print the usage and the error, with a correction for a mistyped option; exit with 2."""
        if message.startswith(_UNKNOWN):
            from flux_conform.language.faults import closest

            option = message.removeprefix(_UNKNOWN).split()[0].partition("=")[0]
            near = closest(option, list(_options(self))) if option.startswith("--") else None
            if near is not None:
                message += f"; did you mean {near}?"
        elif message == _MISSING:
            verbs = ", ".join(name for below in _below(self) for name in below.choices)
            message = f"a verb is missing: give one of {verbs}"
        super().error(printable(message))


def add_verbs(parser: argparse.ArgumentParser, prefix: str, verbs: Mapping[str, str]) -> None:
    """Declare verbs below a verb: each with a line for help, and the module `prefix` + its name."""
    below = parser.add_subparsers(dest="subverb", metavar=VERB, required=True)
    for name, says in verbs.items():
        module = import_module(f"flux_conform.cli.{prefix}{name}")
        verb = below.add_parser(
            name, help=says, description=module.__doc__, formatter_class=parser.formatter_class
        )
        module.add_arguments(verb)
        verb.set_defaults(run_subverb=module.run)


def run_verb(arguments: argparse.Namespace) -> int:
    """Run the verb that was chosen of those of `add_verbs`; the result is its exit code."""
    code: int = arguments.run_subverb(arguments)
    return code


class _Formatter(argparse.RawDescriptionHelpFormatter):
    def __init__(self, prog: str, width: int) -> None:
        # Left to itself it would load half of the compression modules to learn the width.
        super().__init__(prog, width=width)
        self._narrow = width < HELP_WIDTH

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return rewrap(text, width) if self._narrow else text


def _below(parser: argparse.ArgumentParser) -> Iterator[argparse._SubParsersAction[Any]]:
    return (each for each in parser._actions if isinstance(each, argparse._SubParsersAction))


def subparsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """The parsers of the verbs below a parser's verb."""
    for verbs in _below(parser):
        yield from verbs.choices.values()


def _options(parser: argparse.ArgumentParser) -> Iterator[str]:
    for action in parser._actions:
        if action.help != argparse.SUPPRESS:
            yield from action.option_strings
    for below in subparsers(parser):
        yield from _options(below)
