"""Remake every generated file of a checkout.

The compiled models, the JSON Schema of the language and the diagrams are made from the YAML files
in model/. With --check nothing is written: the exit code is 1 where a file is stale.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from flux_conform.artefacts import artefact
from flux_conform.cli.common import EXIT_BAD, EXIT_GOOD, UsageError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the verb."""
    parser.add_argument(
        "--check", action="store_true", help="write nothing; tell which files are stale"
    )


def run(arguments: argparse.Namespace) -> int:
    """Write or compare the files, and give the exit code."""
    stale = 0
    for path, text in _files():
        if _read(path) == text:
            continue
        stale += 1
        shown = os.path.relpath(path)
        if arguments.check:
            print(f"stale: {shown}")
            continue
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
        except OSError as error:
            raise UsageError(f"{shown}: {error.strerror or error}") from error
        print(f"wrote {shown}")
    if not stale:
        print("every generated file is up to date")
    elif arguments.check:
        print("run `flux-conform generate` and commit what it writes")
        return EXIT_BAD
    return EXIT_GOOD


def _files() -> Iterator[tuple[str, str]]:
    """Each generated file's path, and what it shall hold."""
    from flux_conform.diagrams import render
    from flux_conform.model import compiled_path, machines, made_from, sources_of
    from flux_conform.model.compiled import dumps
    from flux_conform.model.language import json_schema
    from flux_conform.model.loader import load_file

    for machine in machines():
        # From the YAML, whatever the compiled form of before says.
        specification = load_file(sources_of(machine)[0])
        yield compiled_path(machine), dumps(specification, made_from=made_from(machine))
        for form in ("dot", "svg"):
            path = os.path.join(artefact("diagrams"), f"{machine}.{form}")
            yield path, render(specification, form)
    schema = json.dumps(json_schema(), indent=2) + "\n"
    yield os.path.join(artefact("model"), "schema.json"), schema


def _read(path: str) -> str | None:
    try:
        with open(path, encoding="utf-8", newline="") as file:
            return file.read()
    except FileNotFoundError:
        return None
