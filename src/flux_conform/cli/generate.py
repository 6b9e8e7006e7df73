"""Remake every generated file of the checkout that this command runs from.

The compiled models, the JSON Schema of the language, the diagrams, the certificates of proofs and
the marked parts of the texts in rfc/ are made from the YAML files in model/. Certificates that
still hold are left as they are, since another proof is no better. With --check nothing is written:
the exit code is 1 where a file is stale. Either takes about a minute, most of it for the
suites.
"""

from __future__ import annotations

import json
import os
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias

from flux_conform.artefacts import artefact
from flux_conform.cli.certificates import certificates_path, shipped_text, staleness
from flux_conform.cli.common import (
    EXIT_BAD,
    EXIT_GOOD,
    UsageError,
    file_errors,
    usage_errors,
)
from flux_conform.files import write_whole

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

    from flux_conform.diagrams import Layout
    from flux_conform.language.specification import Specification
    from flux_conform.rfc.marked import RenderPart

Stale: TypeAlias = "tuple[str, Callable[[], None], str]"
"""A file or folder that is not as it should be: its path, what writes it anew, and why, or ""."""

_DRAWN = (".dot", ".svg", ".tikz", ".tex", ".mmd", ".txt")
"""The forms of diagrams that are kept, by the endings of their files."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the verb."""
    parser.add_argument("--check", action="store_true", help="write nothing; list the stale files")


def run(arguments: argparse.Namespace) -> int:
    """Write or compare the files, and give the exit code."""
    stale = 0
    for path, write, why in chain(stale_files(), stale_suites()):
        stale += 1
        shown = os.path.relpath(path)
        if arguments.check:
            print(f"stale: {shown}{why and f' ({why})'}")
            continue
        with file_errors(shown):
            write()
        print(f"wrote {shown}")
    if not stale:
        print("every generated file is up to date")
    elif arguments.check:
        print("run `flux-conform generate` and commit what it writes")
        return EXIT_BAD
    return EXIT_GOOD


def stale_suites() -> Iterator[Stale]:
    """The conformance suites and their schemas, where some file is not as it should be."""
    from flux_conform.language import machines, sources_of
    from flux_conform.language.loader import load_file
    from flux_conform.suite.making.shipping import (
        BadFolder,
        schema_files,
        stray,
        suite_files,
        write_folder,
    )

    top = artefact("conformance")
    for name, data in schema_files().items():
        path = os.path.join(top, name)
        if _read(path) != data:
            yield path, partial(write_whole, path, data), ""
    for machine in machines():
        path = sources_of(machine)[0]
        folder = os.path.join(top, machine)
        with usage_errors(BadFolder):
            made = suite_files(load_file(path), path, folder)
        other = [name for name, data in made.items() if _read(os.path.join(folder, name)) != data]
        gone = stray(folder, made)
        if other or gone:
            count = len(other) + len(gone)
            why = f"{count} file{'s' if count > 1 else ''}, such as {(other or gone)[0]}"
            yield folder, partial(write_folder, folder, made), why


def stale_files() -> Iterator[Stale]:
    """Each other file that is not as it should be."""
    from flux_conform.language import machines, sources_of
    from flux_conform.language.loader import load_file
    from flux_conform.machine.rehearsal import rehearse

    for path, text in _files():
        if _read(path) != text.encode():
            yield path, partial(write_whole, path, text.encode()), ""
    for machine in machines():
        specification = load_file(sources_of(machine)[0], rehearse)
        path = certificates_path(machine)
        why = staleness(specification, _read(path))
        if why is not None:
            yield path, partial(_write_certificates, path, specification), why
        yield from _stale_dead_ends(specification, _read(path))
        if specification.source.text is not None:
            yield from _stale_text(specification, specification.source.text)
    from flux_conform.cli.chapters import CHAPTERS, ChapterParts

    parts = ChapterParts()
    for name in CHAPTERS:
        yield from _stale_parts(name, parts)
    for participant in parts.drawn:
        yield from _stale_view(parts.picture_of(participant), participant)


def _stale_dead_ends(specification: Specification, certificates: bytes | None) -> Iterator[Stale]:
    """The table of a machine's dead ends, where it is not what its certificates say."""
    from flux_conform.checking.dead_ends import table_path, table_text

    path = table_path(specification.name)
    text = table_text(specification, json.loads(certificates or b"null"))
    if _read(path) != text.encode():
        yield path, partial(_write_table, path, text), ""


def _write_table(path: str, text: str) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    write_whole(path, text.encode())


def _write_certificates(path: str, specification: Specification) -> None:
    write_whole(path, shipped_text(specification).encode())


def _files() -> Iterator[tuple[str, str]]:
    """The path of each generated file, and the text that it should hold."""
    from flux_conform.cli.draw.draw_output import ENDINGS
    from flux_conform.diagrams import Options, text_form
    from flux_conform.language import compiled_path, machines, made_from, sources_of
    from flux_conform.language.compiled import dumps
    from flux_conform.language.kinds import compiled_kinds, compiled_kinds_path
    from flux_conform.language.loader import load_file
    from flux_conform.language.loading.file_schema import json_schema
    from flux_conform.machine.rehearsal import rehearse

    for machine in machines():
        # From the YAML, whatever the compiled form of before says.
        specification = load_file(sources_of(machine)[0], rehearse)
        yield compiled_path(machine), dumps(specification, made_from=made_from(machine))
        for key, layout in _layouts(specification):
            for ending in _DRAWN:
                path = os.path.join(artefact("diagrams"), f"{key}{ending}")
                yield path, text_form(layout, ENDINGS[ending], Options())
    yield compiled_kinds_path(), compiled_kinds()
    schema = json.dumps(json_schema(), indent=2) + "\n"
    yield os.path.join(artefact("model"), "schema.json"), schema


def _stale_text(specification: Specification, name: str) -> Iterator[Stale]:
    """The text of a machine, where a part that is made from the machine is stale.

    Raises SpecificationFaults where a comment of a part is at fault.
    """
    from flux_conform.language import history
    from flux_conform.rfc.parts import Parts

    yield from _stale_parts(name, Parts(specification, history(specification.name)))


def _stale_view(specification: Specification, participant: str) -> Iterator[Stale]:
    """The picture of what a participant sees, where it is not as it should be."""
    from flux_conform.cli.draw.draw_output import ENDINGS
    from flux_conform.diagrams import Options, lay_out, state_graph, text_form

    layout = lay_out(state_graph(specification))
    for ending in _DRAWN:
        name = f"participant-{participant.replace(' ', '-')}{ending}"
        path = os.path.join(artefact("diagrams"), name)
        text = text_form(layout, ENDINGS[ending], Options())
        if _read(path) != text.encode():
            yield path, partial(write_whole, path, text.encode()), ""


def _stale_parts(name: str, parts: RenderPart) -> Iterator[Stale]:
    """A text, where a part of it is stale. Raises SpecificationFaults for a comment at fault."""
    from flux_conform.rfc.marked import regenerate

    path = os.path.join(artefact("rfc"), f"{name}.rst")
    shown = os.path.relpath(path)
    old = _read(path)
    if old is None:
        raise UsageError(f"{shown}: the text is missing")
    text, stale = regenerate(old.decode(), shown, parts)
    if stale:
        titles = ", ".join(part.title for part in stale)
        why = f"{'parts' if len(stale) > 1 else 'part'} {titles}"
        yield path, partial(write_whole, path, text.encode()), why


def _layouts(specification: Specification) -> Iterator[tuple[str, Layout]]:
    """The pictures of a machine: what its files are called, and where everything lies."""
    from flux_conform.checking.transitions import course
    from flux_conform.diagrams import lay_out, state_graph
    from flux_conform.diagrams.views.detail import detail_picture
    from flux_conform.diagrams.views.lane import lane_picture, with_lanes
    from flux_conform.diagrams.views.lifecycle import lifecycle_picture
    from flux_conform.machine.step import Machine

    states = with_lanes(state_graph(specification), specification)
    pictures = [states, detail_picture(specification)]
    if specification.scenarios:
        pictures.append(lifecycle_picture(specification, partial(course, Machine(specification))))
    for picture in pictures:
        yield picture.key, lay_out(picture)
    for lane in specification.lanes:
        inner = lane_picture(specification, lane.name)
        yield f"{specification.name}-{lane.name}", lay_out(inner)


def _read(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None
