"""Verify certificates of proofs.

`flux-conform prove --certificates DIR` writes a certificate for each claim that is decided, and
those of the machines that come with the package are in it. A small verifier, which shares no code
with the prover, derives the formulas of steps and claims anew from the specification, compares
them, asks Z3 the questions of each proof, and replays the logs. Without files the certificates in
the package are verified. A line that begins with `-` is not verified, and says why. Exit codes:
0 nothing is wrong, 1 a certificate is wrong, 2 a file cannot be read.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
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
from flux_conform.verify.whole_json import read_json

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
    missing: dict[str, list[str]] = {}
    """The claims of each machine that none of its files holds."""
    for path in arguments.files or _shipped():
        document = _read(path)
        machine = arguments.machine or _known(document)
        with usage_errors(NotWhole, prefix=f"{path}: "):
            model = None if machine is None else _model(machine)
            found = verified(document, model)
        name = str(document["machine"])
        absent = [] if model is None else list(_absent(model, found))
        if machine is not None:
            known = missing.setdefault(machine, absent)
            missing[machine] = [claim for claim in known if claim in absent]
        bad |= any(result.problem is not None for result in found)
        files.append(
            {
                "file": path,
                "machine": name,
                "generation": document["generation"],
                "compared": machine,
                "properties": [result._asdict() for result in found],
                "missing": absent,
            }
        )
        if arguments.format == "text":
            _tell(
                path, f"{name}, logs of generation {document['generation']}", machine, found, paint
            )
    if arguments.format == "text":
        for machine, claims in missing.items():
            if claims:
                print(printable(f"of {machine}, no file here is about {', '.join(claims)}"))
    if arguments.format == "json":
        print(finite_json(files, indent=2, ensure_ascii=False))
    return exit_code(errors=False, bad=bad)


def _absent(model: Specification, found: list[Result]) -> Iterator[str]:
    """The claims of a specification that a file does not hold."""
    held = {result.id for result in found}
    yield from (claim.id for claim in model.properties if claim.id not in held)


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
            return read_json(read_bounded(path))
    except json.JSONDecodeError as error:
        raise UsageError(f"{path}: the file is not JSON: {error}") from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: {error}") from error
