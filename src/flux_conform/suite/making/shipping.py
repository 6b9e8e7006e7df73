"""The folder of an exported suite: what it keeps between exports, and how it is rewritten."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from flux_conform.artefacts import ArtefactMissing, artefact
from flux_conform.files import read_bounded, write_whole
from flux_conform.inputs import check_writable, files_below, rewriting
from flux_conform.language.compiled import digest
from flux_conform.language.specification import Specification
from flux_conform.suite.folder import NoSuite, load_suite
from flux_conform.suite.making.all_vectors import Suite, generate
from flux_conform.suite.making.choice import ALL, Choice, choice_in
from flux_conform.suite.making.export import (
    FIRST,
    Released,
    changes,
    digests,
    files,
    still_measured,
    version_of,
)
from flux_conform.suite.making.schemas import manifest_schema, vector_schema
from flux_conform.suite.making.strength import Trial, Tried
from flux_conform.suite.making.strengthen import FAULTS, KILLERS
from flux_conform.suite.making.tiers import SMOKE, smoke_tier
from flux_conform.suite.making.vector import Draft
from flux_conform.suite.protocol import protocol_schema

TITLE = """# Changes of the suite

A vector that goes or expects something else makes a major version, one that comes a minor one.
"""


class BadFolder(Exception):
    """The folder holds something other than a suite, or a damaged one; the message says what."""


class Kept(NamedTuple):
    """What a folder keeps between two exports.

    `smoke` are the logs of the smoke tier. `files` are those that a new folder gets as they are.
    """

    released: Released
    killers: tuple[Draft, ...]
    strength: Mapping[str, Any] | None
    smoke: frozenset[bytes] = frozenset()
    choice: Choice = ALL
    files: Mapping[str, bytes] = MappingProxyType({})


NOTHING_KEPT = Kept(FIRST, (), None)


@rewriting()
def kept_in(folder: str, machine: str) -> Kept:
    """What the suite in a folder keeps. Raises BadFolder."""
    if not os.path.isdir(folder) or not os.listdir(folder):
        return NOTHING_KEPT
    path = os.path.join(folder, "released.json")
    released = FIRST
    if os.path.exists(path):
        try:
            value = json.loads(read_bounded(path))
            released = Released(value["version"], value["vectors"])
        except (ValueError, LookupError, TypeError, RecursionError) as error:
            raise BadFolder(f"{path}: not what `suite release` wrote: {error}") from error
    try:
        suite = load_suite(folder, as_made=False)  # it is about to be made anew
    except NoSuite as error:
        raise BadFolder(f"{folder} is not empty and holds no suite: {error}") from error
    if suite.machine != machine:
        raise BadFolder(f"{folder} holds the suite of {suite.machine}, not of {machine}")
    killers = tuple(
        Draft(
            vector.group, vector.id.split("/", 1)[1], vector.purpose, vector.says, vector.read_log()
        )
        for group in (KILLERS, FAULTS)
        for vector in suite.vectors
        if vector.group == group
    )
    smoke = frozenset(vector.read_log() for vector in suite.vectors if vector.tier == SMOKE)
    strength = suite.manifest.get("strength")
    return Kept(released, killers, strength, smoke, choice_in(suite.manifest))


def _shipped(specification: Specification) -> Kept | None:
    """What the suite keeps that comes with the package for this specification, if one does."""
    try:
        folder = artefact("conformance", specification.name)
        if load_suite(folder).digest != digest(specification):
            return None
        paths = {name: os.path.join(folder, name) for name in ("released.json", "CHANGES.md")}
        # A suite that was never released has neither.
        told = {name: read_bounded(at) for name, at in paths.items() if os.path.exists(at)}
    except (ArtefactMissing, NoSuite, OSError):
        return None
    return kept_in(folder, specification.name)._replace(files=told)


def suite_of(
    specification: Specification, path: str, folder: str, choice: Choice | None = None
) -> tuple[Suite, Kept]:
    """The suite of a specification with what its folder keeps. Raises BadFolder.

    A new folder begins with what the shipped suite of the same specification keeps. Without a
    `choice` it is that of the folder.
    """
    kept = kept_in(folder, specification.name)
    if kept == NOTHING_KEPT:
        kept = _shipped(specification) or kept
    if choice is not None:
        kept = kept._replace(choice=choice)
    return suite_with(specification, path, kept), kept


def suite_with(specification: Specification, path: str, kept: Kept) -> Suite:
    """The suite of a specification with what is kept.

    If the smoke tier is chosen and none is kept, it is chosen now.
    """
    suite = generate(specification, path, kept.killers, kept.choice.groups)
    marked = frozenset(v.draft.id for v in suite.vectors if v.draft.log in kept.smoke)
    if kept.choice.tier == SMOKE:
        if not marked:
            marked = frozenset(smoke_tier(specification, firm_logs(suite)).ids)
        held = tuple(vector for vector in suite.vectors if vector.draft.id in marked)
        suite = suite._replace(vectors=held)
    return suite._replace(smoke=marked, choice=kept.choice)


def trial_of(suite: Suite) -> Trial:
    """All vectors of a suite, as mutants are tried on them."""
    vectors = tuple(
        Tried(each.draft.id, each.draft.log, each.contested, each.readings)
        for each in suite.vectors
    )
    return Trial(vectors, suite.questions, suite.left_out)


def firm_logs(suite: Suite) -> list[tuple[str, bytes]]:
    """The vectors that rest on no open question: their ids with their logs."""
    return [(v.draft.id, v.draft.log) for v in suite.vectors if not v.contested]


def suite_files(
    specification: Specification, path: str, folder: str, choice: Choice | None = None
) -> dict[str, bytes]:
    """The files that the folder of the suite should hold. Raises BadFolder."""
    return files_with(specification, *suite_of(specification, path, folder, choice))


def files_with(specification: Specification, suite: Suite, kept: Kept) -> dict[str, bytes]:
    """The files of a suite with what is kept."""
    strength = kept.strength if still_measured(kept.strength, suite) else None
    return {**kept.files, **files(suite, digest(specification), kept.released, strength)}


def schema_files() -> dict[str, bytes]:
    """The JSON Schemas of the exported files and of the harness protocol."""
    schemas = {
        "vector.schema.json": vector_schema(),
        "manifest.schema.json": manifest_schema(),
        "protocol.schema.json": protocol_schema(),
    }
    return {
        name: (json.dumps(schema, indent=2) + "\n").encode() for name, schema in schemas.items()
    }


def release(suite: Suite, released: Released, date: str, changelog: str) -> dict[str, bytes]:
    """The files that make today's suite a release, by their names in its folder.

    `changelog` is the list of changes so far; the new entry stands first. No files where no vector
    has changed since the last release.
    """
    if released.vectors and not any(changes(suite, released)):
        return {}
    version = version_of(suite, released)
    told = []
    for says, names in zip(("New", "Changed", "Gone"), changes(suite, released), strict=True):
        if names:
            groups = Counter(name.split("/", 1)[0] for name in names)
            counted = ", ".join(f"{count} in {group}" for group, count in groups.items())
            vectors = f"{len(names)} vector{'' if len(names) == 1 else 's'}"
            told.append(f"- {says}: {vectors} ({counted}).")
            if says != "New":
                told += [f"  - {name}" for name in names]
    entry = f"## {version}, {date}\n\n" + "\n".join(told) + "\n"
    head, _, rest = changelog.partition("\n## ")
    text = f"{(head or TITLE).rstrip()}\n\n{entry}" + (f"\n## {rest}" if rest else "")
    value = {"version": version, "vectors": digests(suite)}
    return {
        "released.json": (json.dumps(value, indent=0) + "\n").encode(),
        "CHANGES.md": text.encode(),
    }


def write_folder(folder: str, made: Mapping[str, bytes]) -> None:
    """Write the files of a suite, and remove logs and vectors that no longer belong to it."""
    for name, data in made.items():
        write_whole(os.path.join(folder, name), data)
    for name in stray(folder, made):
        path = os.path.join(folder, name)
        check_writable(path)
        os.remove(path)


def stray(folder: str, made: Mapping[str, bytes]) -> list[str]:
    """The logs and files of vectors in a folder that do not belong to the suite."""
    found = []
    for part in ("logs", "vectors"):
        for name in files_below(os.path.join(folder, part)):
            path = os.path.relpath(name, folder).replace(os.sep, "/")
            if path not in made:
                found.append(path)
    return sorted(found)
