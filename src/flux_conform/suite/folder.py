"""An exported suite: a folder with a manifest, files of vectors, and logs."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from flux_conform.files import read_bounded
from flux_conform.language.line_form import LineForm
from flux_conform.suite.protocol import VERDICTS


class NoSuite(Exception):
    """There is no suite in the folder, or it is damaged; the message says how."""


OWN = "the specification's"
"""The name of a reading where the manifest gives none."""

FREE = ""
"""The verdict where any will do, and all that comes after the states is free as well."""


class Alternative(NamedTuple):
    """What other readings of the open questions expect: the reading of each by its id."""

    reading: Mapping[str, str]
    verdict: str
    strict: str
    findings: tuple[Mapping[str, Any], ...]
    states: tuple[str, ...]
    job: Mapping[str, Any] | None


class Vector(NamedTuple):
    """A log and what is expected of a reader of it. docs/suite.md describes the fields.

    `path` is the path of the log. `generation` is "" where the suite does not say it. What is
    expected is what the specification reads; `readings` are the other expectations, if it is
    contested.
    """

    id: str
    purpose: str
    says: str
    clauses: tuple[str, ...]
    transition: Mapping[str, Any] | None
    path: str
    events: int
    verdict: str
    strict: str
    findings: tuple[Mapping[str, Any], ...]
    states: tuple[str, ...]
    job: Mapping[str, Any] | None
    contested: tuple[str, ...]
    generation: str = ""
    tier: str = "full"
    readings: tuple[Alternative, ...] = ()
    form: LineForm | None = None
    """How the lines of the log name their parts; None is as in an eventlog."""

    def under(self, other: Alternative) -> Vector:
        """The vector with what other readings expect."""
        return self._replace(
            verdict=other.verdict,
            strict=other.strict,
            findings=other.findings,
            states=other.states,
            job=other.job,
        )

    @property
    def group(self) -> str:
        """The group of the vector."""
        return self.id.split("/", 1)[0]

    def plain_log(self) -> bytes:
        """The log in the form of eventlogs. Raises NoSuite."""
        log = self.read_log()
        return log if self.form is None else self.form.plain_log(log)

    def read_log(self) -> bytes:
        """The bytes of the log. Raises NoSuite."""
        try:
            return read_bounded(self.path)
        except OSError as error:
            why = error.strerror or error
            raise NoSuite(f"the log of {self.id}: {self.path}: {why}") from error
        except ValueError as error:
            raise NoSuite(f"the log of {self.id}: {self.path!r} is no path: {error}") from error


class Questions(NamedTuple):
    """The open questions that vectors rest on.

    `readings` names those of each question, the specification's first; `left_out` are the pairs of
    readings that contradict each other.
    """

    readings: Mapping[str, tuple[str, ...]]
    left_out: tuple[frozenset[tuple[str, str]], ...] = ()


class Suite(NamedTuple):
    """A suite: the folder, its manifest, and its vectors in the order of the files."""

    folder: str
    manifest: Mapping[str, Any]
    vectors: tuple[Vector, ...]

    @property
    def machine(self) -> str:
        """The name of the machine."""
        return str(self.manifest["machine"])

    @property
    def version(self) -> str:
        """The version of the suite."""
        return str(self.manifest.get("suite", "?"))

    @property
    def digest(self) -> str:
        """The digest of the specification that the suite was made from."""
        specification = self.manifest.get("specification")
        told = specification.get("digest") if isinstance(specification, Mapping) else None
        return str(told or "unknown")

    @property
    def is_of_rfc(self) -> bool:
        """Whether an RFC is tested, and no other source; earlier versions had 0 for these."""
        told = self.manifest.get("specification")
        return not isinstance(told, Mapping) or ("source" not in told and told.get("rfc") != 0)

    @property
    def chosen(self) -> str:
        """The part of a whole suite that the folder holds, in words; "" if it is all of it."""
        told = self.manifest.get("chosen")
        if not isinstance(told, Mapping):
            return ""
        tier, groups = told.get("tier"), told.get("groups")
        parts = [f"tier {tier}"] if tier not in (None, "full") else []
        if isinstance(groups, list):
            parts.append(f"group {' or '.join(map(str, groups))}")
        return ", ".join(parts)

    @property
    def clauses(self) -> Sequence[Mapping[str, Any]]:
        """The clauses in the manifest that have an id."""
        rows = self.manifest.get("clauses")
        if not isinstance(rows, list):
            return ()
        return [row for row in rows if isinstance(row, dict) and "id" in row]

    def questions(self) -> Questions:
        """The open questions that vectors rest on."""
        rows = self.manifest.get("questions")
        named = {row["id"]: tuple(row["readings"]) for row in rows or ()}
        met: dict[str, dict[str, None]] = {}
        for vector in self.vectors:
            for name in vector.contested:
                met.setdefault(name, dict.fromkeys(named.get(name, (OWN,))))
            for each in vector.readings:
                for name, by in each.reading.items():
                    met[name].setdefault(by)
        ordered = [*(name for name in named if name in met), *(n for n in met if n not in named)]
        pairs = self.manifest.get("left_out") or ()
        return Questions(
            {name: tuple(met[name]) for name in ordered},
            tuple(frozenset(pair.items()) for pair in pairs),
        )

    @property
    def job_fields(self) -> frozenset[str]:
        """The fields of a job that some vector expects."""
        return frozenset(field for vector in self.vectors for field in vector.job or ())


def load_suite(folder: str, *, as_made: bool = True) -> Suite:
    """The suite in a folder; `as_made` holds its files against the manifest. Raises NoSuite."""
    manifest = _json(os.path.join(folder, "manifest.json"))
    if not isinstance(manifest, dict) or "machine" not in manifest:
        raise NoSuite(f"{folder}: manifest.json names no machine, so this is no suite")
    place = os.path.join(folder, "vectors")
    try:
        names = sorted(name for name in os.listdir(place) if name.endswith(".json"))
    except OSError as error:
        raise NoSuite(f"{place}: {error.strerror}") from error
    if as_made:
        _check_files(manifest, folder, names)
    if "questions" in manifest:
        _check_questions(manifest, folder)
    form = _form(manifest, folder)
    vectors: dict[str, Vector] = {}
    for name in names:
        path = os.path.join(place, name)
        for row in _rows(path):
            vector = _vector(row, folder, path)
            if vector.id in vectors:
                raise NoSuite(f"{path}: the id {vector.id} stands in the suite twice")
            vectors[vector.id] = vector._replace(form=form)
    if not vectors:
        raise NoSuite(f"{folder}: the suite holds no vectors")
    return Suite(folder, manifest, tuple(vectors.values()))


def _check_files(manifest: Mapping[str, Any], folder: str, names: Iterable[str]) -> None:
    """Hold the files of vectors against the manifest. Raises NoSuite.

    Suites of earlier versions, and those written by hand, name no digests.
    """
    told = manifest.get("files")
    if told is None:
        return
    found = {f"vectors/{name}" for name in names}
    if not isinstance(told, dict) or set(told) != found:
        raise NoSuite(f"{folder}: manifest.json names other files of vectors than there are")
    for name, digest in told.items():
        if hashlib.sha256(read_bounded(os.path.join(folder, name))).hexdigest() != digest:
            raise NoSuite(
                f"{os.path.join(folder, name)}: not the file that the manifest names, for its "
                "SHA-256 is another; export the suite anew"
            )


def _form(manifest: Mapping[str, Any], folder: str) -> LineForm | None:
    """How lines name their parts. Raises NoSuite."""
    made_from = manifest.get("specification")
    fields = made_from.get("fields") if isinstance(made_from, Mapping) else None
    if fields is None:
        return None
    is_whole = isinstance(fields, dict) and fields.keys() == set(LineForm._fields)
    keys = [key for key in fields.values() if key is not None] if is_whole else []
    is_text = all(isinstance(key, str) for key in keys)
    if not is_whole or fields["name"] is None or not is_text or len(set(keys)) < len(keys):
        raise NoSuite(f"{folder}: manifest.json garbles the form of lines")
    return LineForm(**fields)


def _check_questions(manifest: Mapping[str, Any], folder: str) -> None:
    """Hold the names of readings against their form. Raises NoSuite."""
    try:
        named = [(row["id"], tuple(map(str, row["readings"]))) for row in manifest["questions"]]
        pairs = [dict(pair) for pair in manifest.get("left_out", ())]
    except (TypeError, KeyError, ValueError) as error:
        raise NoSuite(f"{folder}: manifest.json garbles the open questions") from error
    if not all(names for _, names in named) or not all(pairs):
        raise NoSuite(f"{folder}: manifest.json garbles the open questions")


def _rows(path: str) -> list[Any]:
    document = _json(path)
    rows = document.get("vectors") if isinstance(document, dict) else None
    if not isinstance(rows, list):
        raise NoSuite(f"{path}: holds no list of vectors")
    return rows


_TYPES: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("id", "purpose", "says", "log", "verdict", "strict"), str),
    **dict.fromkeys(("clauses", "findings", "states", "contested"), list),
    **dict.fromkeys(("transition", "job"), (dict, type(None))),
    "events": int,
}
_OPTIONAL = ("generation", "tier")
"""Texts that suites of earlier versions lack."""

_ITEMS: dict[str, Callable[[Any], bool]] = {
    **dict.fromkeys(("clauses", "states", "contested"), lambda item: isinstance(item, str)),
    "findings": lambda item: isinstance(item["line"], int) and isinstance(item["level"], str),
}
_EXPECTED = ("verdict", "strict", "findings", "states", "job")


def _read(row: Any, keys: Iterable[str]) -> dict[str, Any]:
    """Fields of a row. Raises KeyError or TypeError where one is missing or garbled."""
    found = {}
    for key in keys:
        type_ = _TYPES[key]
        if not isinstance(row[key], type_):
            raise TypeError(key)
        if type_ is list and not all(map(_ITEMS[key], row[key])):
            raise TypeError(key)
        found[key] = tuple(row[key]) if type_ is list else row[key]
    return found


def _fields(row: Any) -> dict[str, Any]:
    """The fields of a vector. Raises KeyError or TypeError where one is missing or garbled."""
    told = _read(row, _TYPES)
    for key in _OPTIONAL:
        if not isinstance(row.get(key, ""), str):
            raise TypeError(key)
    readings = row.get("readings", [])
    if not isinstance(readings, list):
        raise TypeError("readings")
    told["readings"] = tuple(_alternative(each, told["contested"]) for each in readings)
    return told | {key: row[key] for key in _OPTIONAL if key in row}


def _alternative(row: Any, contested: tuple[str, ...]) -> Alternative:
    if not isinstance(row, dict) or not isinstance(row.get("reading"), dict):
        raise TypeError("readings")
    reading = row["reading"]
    if set(reading) != set(contested) or not all(isinstance(by, str) for by in reading.values()):
        raise TypeError("readings")
    if row["verdict"] is None and row["strict"] is None:
        row = {**row, "verdict": FREE, "strict": FREE}
    elif row["verdict"] not in VERDICTS or row["strict"] not in VERDICTS:
        raise TypeError("readings")
    return Alternative(reading, **_read(row, _EXPECTED))


def _vector(row: Any, folder: str, path: str) -> Vector:
    try:
        fields = _fields(row)
        log = fields.pop("log")
        vector = Vector(path=os.path.normpath(os.path.join(folder, log)), **fields)
    except (KeyError, TypeError) as error:
        what = row.get("id", "a vector") if isinstance(row, dict) else "a vector"
        raise NoSuite(f"{path}: {what}: lacks or garbles {error}") from error
    # Reports show lines of logs, and must not show those of files outside of the suite.
    below = os.path.relpath(vector.path, folder)
    if os.path.isabs(log) or below.split(os.sep)[0] == os.pardir:
        raise NoSuite(f"{path}: {vector.id}: its log lies outside the suite")
    if vector.verdict not in VERDICTS or vector.strict not in VERDICTS:
        raise NoSuite(f"{path}: {vector.id}: an unknown verdict")
    return vector


def _json(path: str) -> Any:
    try:
        return json.loads(read_bounded(path))
    except OSError as error:
        raise NoSuite(f"{path}: {error.strerror or error}") from error
    except (ValueError, RecursionError) as error:
        raise NoSuite(f"{path}: not JSON: {error}") from error
