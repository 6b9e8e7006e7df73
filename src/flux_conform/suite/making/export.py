"""A suite as files: plain JSON and eventlogs, always the same bytes.

The version of a suite follows from the last release, of which `released.json` keeps a digest of
each vector. If a vector is gone or expects something else, the version is a new major one; if
vectors are new, a new minor one.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from flux_conform.mutation.domains import DOMAINS, samples
from flux_conform.mutation.powers import POWERS
from flux_conform.suite.making.all_vectors import Suite
from flux_conform.suite.making.choice import ALL
from flux_conform.suite.making.control_vectors import CONTROL
from flux_conform.suite.making.strengthen import EQUIVALENT, FATES, KILLED, Strength
from flux_conform.suite.making.testable import Clause, clauses_of
from flux_conform.suite.making.tiers import FULL, SMOKE, TIERS, Chosen
from flux_conform.suite.making.uncovered import gaps_of
from flux_conform.suite.making.vector import Alternative, Vector
from flux_conform.suite.protocol import VERDICTS

GROUPS = {
    "rules": "each rule broken alone by a shortest log, and obeyed in the nearest miss",
    "sequences": "each transition after each that leads to its state",
    "pairs": "each event in each state, legal or not, under each guard",
    "data": "each rule on every combination of the values that it reads",
    "several": "members that come and go, and events that come again with other data",
    "reported": "each field of the job with every combination of what it is made of",
    "contexts": "each key left out, of each wrong kind, at its bounds and beyond them",
    "prefixes": "each beginning of a whole log",
    "long": "logs of hundreds of events",
    "texts": "texts that a program may take for one, and that are two",
    "histories": "what must be remembered, and what must not matter, once much has come",
    "questions": "logs on which the readings of an open question differ",
    "lines": "the format of lines, whatever the machine",
    "control": "a set that is complete for the control machine where only verdicts are seen",
    "mutants": "logs that tell a mutant apart which no other vector does",
    "faults": "logs that tell a fault of a domain apart which no other vector does",
}
"""The groups of vectors, and what each is for."""

PURPOSES = {
    "rule-broken": "breaks the clause and nothing else above a note",
    "rule-obeyed": "obeys the clause where it has something to say, near a log that breaks it",
    "transition-pair": "takes two transitions, one after the other",
    "event-in-state": "shows what an event does in a state",
    "data": "judges a rule on certain values",
    "report": "shows what is reported of the job",
    "context": "judges the context of an event",
    "prefix": "is the beginning of a whole log",
    "length": "is long",
    "text": "shows that two texts are two",
    "history": "shows what a long history leaves, or that it changes nothing",
    "question": "is the log on which the readings of an open question differ",
    "format": "judges the bytes of a line or of the log",
    "control": "belongs to the complete set of the control machine",
    "mutant": "tells a mutant apart",
    "fault": "tells a fault of a domain apart",
}


class Released(NamedTuple):
    """The last release: its version, and the digest of each vector by its id."""

    version: str
    vectors: Mapping[str, str]


FIRST = Released("0.0.0", {})


def files(
    suite: Suite, digest: str, released: Released = FIRST, strength: Mapping[str, Any] | None = None
) -> dict[str, bytes]:
    """The files of a suite by their paths in its folder.

    `digest` is the digest of the specification; `strength` is measured of these very vectors.
    """
    if suite.choice != ALL:
        # A choice has the version that the whole suite has, unless a vector of it changed.
        now = {vector.draft.id for vector in suite.vectors}
        kept = {name: digest for name, digest in released.vectors.items() if name in now}
        released = released._replace(vectors=kept)
    made: dict[str, bytes] = {}
    groups: dict[str, list[Vector]] = {}
    for vector in suite.vectors:
        groups.setdefault(vector.draft.group, []).append(vector)
    for group, vectors in groups.items():
        for vector in vectors:
            made[log_path(vector)] = vector.draft.log
        rows = ",\n  ".join(
            _line(row_of(vector, SMOKE if vector.draft.id in suite.smoke else FULL))
            for vector in vectors
        )
        head = _line({"group": group, "says": GROUPS.get(group, "")})[1:-1]
        made[f"vectors/{group}.json"] = f'{{{head},"vectors":[\n  {rows}\n]}}\n'.encode()
    held = manifest(suite, digest, groups, released, strength)
    lists = (name for name in made if name.startswith("vectors/"))
    held["files"] = {name: hashlib.sha256(made[name]).hexdigest() for name in lists}
    made["manifest.json"] = _pretty(held)
    return made


def log_path(vector: Vector) -> str:
    """The path of the log of a vector in the folder of the suite."""
    return f"logs/{vector.draft.id}.eventlog"


def row_of(vector: Vector, tier: str = FULL) -> dict[str, Any]:
    """A vector as the files of vectors hold it."""
    draft, expected = vector.draft, vector.expected
    return {
        "id": draft.id,
        "purpose": draft.purpose,
        "says": draft.says,
        "clauses": list(draft.clauses),
        "transition": None if draft.about is None else draft.about._asdict(),
        "generation": vector.generation,
        "tier": tier,
        "log": log_path(vector),
        "events": expected.events,
        "verdict": expected.verdict,
        "strict": expected.strict,
        "findings": [found._asdict() for found in expected.findings],
        "states": list(expected.states),
        "job": None if expected.job is None else dict(expected.job),
        "contested": list(vector.contested),
        "readings": [_reading(alternative) for alternative in vector.readings],
    }


def _reading(alternative: Alternative) -> dict[str, Any]:
    return {
        "reading": dict(alternative.reading),
        "verdict": alternative.verdict,
        "strict": alternative.strict,
        "findings": [found._asdict() for found in alternative.findings],
        "states": list(alternative.states),
        "job": None if alternative.job is None else dict(alternative.job),
    }


def digest_of(vector: Vector) -> str:
    """A digest of the log and of what is expected, without texts for people."""
    row = row_of(vector)
    kept = {name: row[name] for name in ("verdict", "strict", "findings", "states", "job")}
    kept["contested"] = row["contested"]
    if row["readings"]:
        kept["readings"] = row["readings"]
    text = _line(kept).encode()
    return hashlib.sha256(vector.draft.log + b"\0" + text).hexdigest()[:16]


def digests(suite: Suite) -> dict[str, str]:
    """The digests of all vectors, by id."""
    return {vector.draft.id: digest_of(vector) for vector in suite.vectors}


def version_of(suite: Suite, released: Released) -> str:
    """The version of a suite, by what has changed since the last release."""
    major, minor, _ = map(int, released.version.split("."))
    now = digests(suite)
    if released.vectors == now:
        return released.version
    if any(now.get(name) != digest for name, digest in released.vectors.items()):
        return f"{major + 1}.0.0"
    return f"{major}.{minor + 1}.0" if len(now) > len(released.vectors) else released.version


def changes(suite: Suite, released: Released) -> tuple[list[str], list[str], list[str]]:
    """The ids of the vectors that are new, expect something else, or are gone."""
    now = digests(suite)
    new = [name for name in now if name not in released.vectors]
    other = [n for n, digest in now.items() if released.vectors.get(n, digest) != digest]
    return new, other, [name for name in released.vectors if name not in now]


def manifest(
    suite: Suite,
    digest: str,
    groups: Mapping[str, list[Vector]],
    released: Released,
    strength: Mapping[str, Any] | None,
) -> dict[str, Any]:
    """The manifest: the contents of the suite, the clauses that it tests, and its strength."""
    specification = suite.specification
    source, form = specification.source, specification.fields
    held = suite.vectors
    rest = Counter(name for vector in held for name in vector.contested)
    return {
        "suite": version_of(suite, released),
        "machine": specification.name,
        "title": specification.title,
        "specification": {
            "digest": digest,
            **({"rfc": source.rfc} if source.name is None else {"source": source.name}),
            "version": source.version,
            "date": source.date,
            **({} if form is None else {"fields": form._asdict()}),
        },
        "chosen": suite.choice.value(),
        "vectors": len(held),
        "tiers": {
            SMOKE: {"says": TIERS[SMOKE], "vectors": len(suite.smoke)},
            FULL: {"says": TIERS[FULL], "vectors": len(held)},
        },
        "verdicts": {v: sum(one.expected.verdict == v for one in held) for v in VERDICTS},
        "contested": sum(bool(vector.contested) for vector in held),
        "questions": [
            {"id": name, "readings": list(names), "vectors": rest[name]}
            for name, names in suite.questions.items()
        ],
        "left_out": [dict(pair) for pair in suite.left_out],
        "groups": [
            {"name": name, "says": GROUPS.get(name, ""), "vectors": len(vectors)}
            for name, vectors in groups.items()
        ],
        "purposes": {
            name: says
            for name, says in PURPOSES.items()
            if any(vector.draft.purpose == name for vector in held)
        },
        "control": _control(suite),
        "strength": strength,
        "not_covered": gaps_of(specification, held, suite.lacks).value(),
        "clauses": [_clause(clause, held) for clause in clauses_of(specification)],
    }


def _control(suite: Suite) -> dict[str, Any] | None:
    if suite.control is None:
        return None
    automaton = suite.control.automaton
    return {
        "says": f"{suite.control.says}; of readers that read every open question as the "
        "specification does",
        "states": len(automaton.output),
        "alphabet": [{"name": event.name, "context": event.value} for event in automaton.alphabet],
        "telling": [[automaton.alphabet[n].name for n in word] for word in suite.control.telling],
        "words": len(suite.control.words),
        "contested": sum(
            bool(each.contested) for each in suite.vectors if each.draft.group == CONTROL
        ),
    }


def _clause(clause: Clause, vectors: Iterable[Vector]) -> dict[str, Any]:
    breaking, others = [], []
    for vector in vectors:
        if any(found.rule == clause.id for found in vector.expected.findings):
            breaking.append(vector.draft.id)
        elif clause.id in vector.draft.clauses:
            others.append(vector.draft.id)
    row = clause._asdict()
    untestable = row.pop("untestable")
    if not clause.rfc:
        del row["rfc"]  # the id begins with who asks it
    return {
        **row,
        "broken": breaking,
        "obeyed": others,
        "untestable": "" if breaking else untestable,
    }


def strength_value(
    strength: Strength, suite: Suite, smoke: Chosen | None, faults: Strength
) -> dict[str, Any]:
    """A measurement as the manifest holds it.

    `smoke` is the tier that was chosen with it, `faults` the fates of the faults of the domains.
    """

    def counts(of: Strength, operator: str | None = None) -> dict[str, dict[str, int]]:
        return {
            power: {fate: of.number(power, fate, operator) for fate in FATES} for power in POWERS
        }

    def left(of: Strength) -> list[dict[str, str]]:
        return [
            {"mutant": fate.mutant, "power": fate.power, "fate": fate.fate, "by": fate.by}
            for fate in of.fates
            if fate.fate not in (KILLED, EQUIVALENT)
        ]

    return {
        "vectors": _digest_of_all(suite),
        "mutants": len({fate.mutant for fate in strength.fates}),
        "powers": counts(strength),
        "smoke": None if smoke is None else {"vectors": len(smoke.ids), "killed": smoke.killed},
        "operators": {name: counts(strength, name) for name in strength.operators},
        "left": left(strength),
        "domains": [
            {
                "domain": sample.domain,
                "says": DOMAINS[sample.domain],
                "faults": sample.of,
                "tried": len(sample.faults),
                "powers": counts(faults, sample.domain),
            }
            for sample in samples(suite.specification)
        ],
        "left_of_domains": left(faults),
    }


def still_measured(strength: Mapping[str, Any] | None, suite: Suite) -> bool:
    """Whether a measurement in a manifest is one of these very vectors."""
    return strength is not None and strength.get("vectors") == _digest_of_all(suite)


def _digest_of_all(suite: Suite) -> str:
    # Names do not matter to the strength.
    text = _line(sorted(digests(suite).values()))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _line(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _pretty(value: Any) -> bytes:
    return (json.dumps(value, indent=1, ensure_ascii=False) + "\n").encode()
