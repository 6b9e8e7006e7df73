"""Verify certificates of proofs.

Proofs by induction come with certificates: `flux-conform prove --certificates DIR` writes them,
and those of the machines that come with the package are in it. A small verifier, which shares no
code with the prover, puts the questions of each proof together anew and asks Z3. Then the formulas
of steps and claims are compared with those that the specification gives. Without files the
certificates in the package are verified. Exit codes: 0 all verified, 1 one is wrong, 2 a file
cannot be read.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from flux_conform.artefacts import artefact
from flux_conform.cli.certificates import NotWhole, verified
from flux_conform.cli.common import (
    UsageError,
    add_format_option,
    exit_code,
    file_errors,
    load_named,
    output_paint,
    usage_errors,
)
from flux_conform.files import read_bounded
from flux_conform.text import Paint, finite_json, printable

if TYPE_CHECKING:
    import argparse

    from flux_conform.language.specification import Specification
    from flux_conform.verify import Result


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the verb."""
    parser.add_argument("files", nargs="*", metavar="FILE", help="certificates (default: all ours)")
    parser.add_argument(
        "--machine",
        metavar="NAME|FILE",
        help="the specification, by name, as YAML or in its compiled form; by default the one in "
        "the package whose name the certificate bears, or none",
    )
    add_format_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Verify the files, print a line for each property, and give the exit code."""
    paint = output_paint()
    bad = False
    files = []
    for path in arguments.files or _shipped():
        document = _read(path)
        machine = arguments.machine or _known(document)
        with usage_errors(NotWhole, prefix=f"{path}: "):
            found = verified(document, None if machine is None else _model(machine))
        name = str(document["machine"])
        bad |= any(result.problem is not None for result in found)
        files.append(
            {
                "file": path,
                "machine": name,
                "generation": document["generation"],
                "compared": machine,
                "properties": [result._asdict() for result in found],
            }
        )
        if arguments.format == "text":
            _tell(
                path, f"{name}, logs of generation {document['generation']}", machine, found, paint
            )
    if arguments.format == "json":
        print(finite_json(files, indent=2, ensure_ascii=False))
    return exit_code(errors=False, bad=bad)


def _tell(path: str, name: str, machine: str | None, found: list[Result], paint: Paint) -> None:
    against = "compared with no machine" if machine is None else f"compared with {machine}"
    print(printable(f"{os.path.relpath(path)}: {name}; {against}"))
    for result in found:
        style = "red" if result.problem else "green" if result.verified else "dim"
        mark, rest = result.line[:8], result.line[8:]
        print(f"  {paint(mark, style)}{printable(rest)}")


def _shipped() -> list[str]:
    folder = artefact("model", "certificates")
    return [os.path.join(folder, name) for name in sorted(os.listdir(folder))]


def _known(document: Any) -> str | None:
    """The machine in the package that a certificate names, if there is one."""
    from flux_conform.language import machines

    name = document.get("machine") if isinstance(document, dict) else None
    return name if name in machines() else None


def _model(machine: str) -> Specification:
    if machine.endswith(".json"):
        from flux_conform.language.compiled import decode

        try:
            return decode(_read(machine)["specification"])
        except (LookupError, TypeError) as error:
            raise UsageError(f"{machine}: not the compiled form of a specification") from error
    return load_named(machine)


def _read(path: str) -> Any:
    try:
        with file_errors(path):
            return json.loads(read_bounded(path))
    except json.JSONDecodeError as error:
        raise UsageError(f"{path}: the file is not JSON: {error}") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: {error}") from error
