"""The command `flux-conform`: finds the verb, runs it, and turns errors into exit codes."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from flux_conform.cli.interrupts import INTERRUPTED, INTERRUPTS

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from typing import Any

# A line each, here and not in the verbs, so that help loads none of them.
VERBS = {
    "check": "check eventlogs: which rule is broken, where, and how to fix it",
    "replay": "show the state after each event of a log, and the job as it is reported",
    "rules": "list the rules that findings name",
    "explain": "explain a rule: what it says and where, what breaks it, what to do",
    "report": "write a small log without names, and a paragraph, for a bug report",
    "suite": "make the conformance suite, and run it against a program in any language",
    "certify": "state how an implementation's logs conform, and what they exercise",
    "prove": "prove or refute what is claimed of a machine, for logs of any length",
    "wait": "say what can be relied on when waiting for a state, and what cannot",
    "diff": "compare two specifications: what is written, and what it means for logs",
    "verify": "check the certificates of proofs, trusting nothing that made them",
    "questions": "list what the source leaves open, with logs that show what hangs on it",
    "explore": "write a page that judges logs in a browser, without installing anything",
    "draw": "draw a machine, who posts what, the road of a log, what logs cover",
    "rfc": "show a rule, or hold the text of an RFC against its model",
    "model": "look at a specification: its table of outcomes, its faults, its schema",
    "generate": "remake every generated file of a checkout, or check that none is stale",
    "config": "show the settings that hold here, and where they come from",
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; the result is the exit code (0 good, 1 bad, 2 error).

    Without `argv`, it runs as the program of this process, with its arguments and signals.
    """
    if argv is not None:
        return _guarded(list(argv))
    try:
        INTERRUPTS.begin()
        code = _guarded(sys.argv[1:])
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else 2 * (error.code is not None)
    except BaseException:
        if not INTERRUPTS.came:
            raise
        # Whatever it was turned into on its way.
        print("flux-conform: interrupted", file=sys.stderr)
        code = INTERRUPTED
    return INTERRUPTS.leave(INTERRUPTED if INTERRUPTS.came else code)


def _guarded(arguments: list[str]) -> int:
    """Run the command line with output that cannot harm a terminal; the exit code."""
    if sys.stdout is None or sys.stderr is None:  # closed by the caller
        return 2
    from flux_conform.cli.terminal import guarded_output

    with guarded_output():
        return _run_guarded(arguments)


def _run_guarded(arguments: list[str]) -> int:
    """Run the command line; errors that end it are printed on standard error."""
    for stream in (sys.stdout, sys.stderr):
        # A log may contain characters that the terminal's encoding lacks.
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        try:
            code = _main(arguments)
        except SystemExit as end:  # argparse's, after help or a wrong call
            code = int(end.code or 0)
        sys.stdout.flush()
    except KeyboardInterrupt:
        verb = f" {arguments[0]}" if arguments and arguments[0] in VERBS else ""
        print(f"flux-conform{verb}: interrupted", file=sys.stderr)
        return INTERRUPTED
    except MemoryError:
        print("flux-conform: there is not enough memory for this", file=sys.stderr)
        return 2
    except OSError as error:
        # Verbs handle errors of input files, so this one is about the output.
        if not isinstance(error, BrokenPipeError):
            # If standard error is full too, only the exit code is left.
            with suppress(OSError):
                print(f"flux-conform: {_reason(error)}", file=sys.stderr, flush=True)
        _forget_output()
        return 2
    return code


def _main(arguments: list[str]) -> int:
    if arguments[:1] == ["help"] and len(arguments) > 1:
        arguments = [*arguments[1:], "--help"]
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(_help())
        return 0 if arguments else 2
    if arguments[0] in ("-V", "--version"):
        from flux_conform import __version__

        print(f"flux-conform {__version__}")
        return 0
    named, is_wanted = None, True
    while arguments and arguments[0] in ("--config", "--no-config"):
        is_wanted = arguments[0] == "--config"
        named = arguments[1] if is_wanted and len(arguments) > 1 else None
        arguments = arguments[2 if is_wanted else 1 :]
    if not arguments:
        print("flux-conform: --config FILE and --no-config stand before a verb", file=sys.stderr)
        return 2
    if arguments[0] not in VERBS:
        return _unknown(arguments[0])
    return _run(arguments[0], arguments[1:], named, is_wanted)


def _reason(error: OSError) -> str:
    """The reason why the output could not be written."""
    import os

    try:
        os.getcwd()
    except OSError:
        return "the folder where this runs is gone; change to one that is there"
    return f"cannot write the output: {error.strerror or error}"


def _forget_output() -> None:
    """Discard what could not be written; otherwise Python would report it again at exit."""
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def parser_of(verb: str, width: int | None = None) -> argparse.ArgumentParser:
    """The parser of a verb's arguments, those of the verbs below it included.

    `width` is the number of columns for its help; None is as many as it wants. Raises KeyError if
    there is no such verb.
    """
    if verb not in VERBS:
        raise KeyError(verb)
    from flux_conform.cli.parsing import Parser

    module = _module(verb)
    parser = Parser(prog=f"flux-conform {verb}", description=module.__doc__, width=width)
    module.add_arguments(parser)
    return parser


def _module(verb: str) -> Any:
    from importlib import import_module

    return import_module(f"flux_conform.cli.{verb}")


def _run(verb: str, arguments: list[str], named: str | None, is_wanted: bool) -> int:
    from flux_conform.artefacts import ArtefactDamaged
    from flux_conform.cli.common import EXIT_ERROR, UsageError, columns
    from flux_conform.cli.configured import Configured, configuration_of
    from flux_conform.cli.file_options import keeping_inputs
    from flux_conform.language.faults import SpecificationFaults
    from flux_conform.session import SessionError
    from flux_conform.text import printable

    used: dict[str, str] = {}
    try:
        configuration = configuration_of(named, wanted=is_wanted)
        configured = Configured(parser_of(verb, columns()), verb, configuration)
        namespace = configured.parse(arguments)
        namespace.configuration, used = configuration, configured.used
        with keeping_inputs(namespace):
            code: int = _module(verb).run(namespace)
    except (SessionError, UsageError, ArtefactDamaged) as error:
        # It can quote names of any kind, each of which could begin a line of its own.
        for line in (f"flux-conform {verb}: {error}", *getattr(error, "also", ())):
            print(printable(line), file=sys.stderr)
        if used and isinstance(error, UsageError):
            told = ", ".join(f"{name} ({place})" for name, place in used.items())
            print(
                printable(f"settings in use: {told}; --no-config leaves them out"), file=sys.stderr
            )
        return EXIT_ERROR
    except SpecificationFaults as error:
        print(error, file=sys.stderr)
        count = len(error.faults)
        print(f"{count} fault{'s' if count > 1 else ''}; nothing was done", file=sys.stderr)
        return EXIT_ERROR
    return code


def _unknown(verb: str) -> int:
    from flux_conform.language.faults import suggestion
    from flux_conform.text import printable

    hint = suggestion(verb, tuple(VERBS), f"the verbs are {', '.join(VERBS)}")
    print(printable(f'flux-conform: unknown verb "{verb}"{hint}'), file=sys.stderr)
    return 2


def _help() -> str:
    lines = [
        "usage: flux-conform [--config FILE | --no-config] VERB [OPTION...]",
        "",
        "A formal model of Flux job states (RFC 21) and a conformance kit for eventlogs.",
        "",
        "verbs:",
        *(f"  {verb:<11}{summary}" for verb, summary in VERBS.items()),
        "",
        "`flux-conform help VERB` shows more. Exit codes: 0 all is well, 1 something violates",
        "or is refuted, 2 something could not be read or the call is wrong.",
        "",
        "try:  flux-conform check job.eventlog",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
