"""An earlier run, kept by log, and what is new, gone or otherwise since then."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Any, NamedTuple

from flux_conform.checking.finding import Finding, counts
from flux_conform.checking.transitions import course
from flux_conform.inputs import note_read
from flux_conform.language.compiled import digest as specification_digest
from flux_conform.machine.taken import stays
from flux_conform.session.events import LogJudged

_FEWEST = 10
"""Times in a state are compared where so many logs on either side have left it."""

_MOVED = 1.5
"""The factor by which the median of times in a state must be another, either way, to be told."""


class UnreadableBaseline(ValueError):
    """A file that is no JSON of an earlier run; the message says where and why."""


class Since(NamedTuple):
    """What became of a log since the earlier run.

    `was` is its verdict then, None where it was not there. `new` are findings that it did not have,
    `gone` the rules and lines of those that it no longer has. `rewritten` is whether it no longer
    begins with what it was, None where the earlier run does not say what that was.
    """

    was: str | None
    new: tuple[Finding, ...]
    gone: tuple[tuple[str, int], ...]
    rewritten: bool | None

    def is_worse(self, *, strict: bool) -> bool:
        """Whether a finding is new that makes the log violate, or the log was rewritten."""
        return bool(self.rewritten) or any(counts(each, strict=strict) for each in self.new)


class Moved(NamedTuple):
    """A state whose times are others now: the medians in seconds, then and now."""

    machine: str
    state: str
    then: float
    now: float


class Baseline:
    """The logs of an earlier run, in a temporary database; each is asked for once."""

    def __init__(self, path: str) -> None:
        """Read the JSON lines of an earlier run. Raises UnreadableBaseline, and OSError."""
        self.path = path
        self.counts: Counter[str] = Counter()
        self.is_worse = False
        """Whether some log is worse than it was."""
        self._rows = sqlite3.connect("")
        self._rows.execute("CREATE TABLE then_ (log TEXT PRIMARY KEY, row TEXT) WITHOUT ROWID")
        self._rows.execute("CREATE TABLE times (now INT, machine TEXT, state TEXT, seconds REAL)")
        self._digests: dict[str, str] = {}
        self.has_digests = False
        self.versions: set[str] = set()
        """Versions of the tool that wrote the earlier run, where it says so."""
        self._come = 0
        with open(path, "rb") as file:
            note_read(file)
            for number, line in enumerate(file, 1):
                if line.strip():
                    self._keep(number, line)
        if not self._rows.execute("SELECT count(*) FROM then_").fetchone()[0]:
            raise UnreadableBaseline("it holds no log; write it with --format json --digest")
        if self.has_digests and self._come != 0:
            raise UnreadableBaseline("it is cut off: its last line does not say that it is whole")

    def _keep(self, number: int, line: bytes) -> None:
        try:
            row = json.loads(line)
            if not line.endswith(b"\n") or not isinstance(row, dict):
                raise ValueError("it is cut off" if isinstance(row, dict) else "no object")
            if "whole" in row:
                if int(row["whole"]["logs"]) != self._come:
                    raise ValueError(f"it says that {row['whole']['logs']} logs came before it")
                self.versions.add(str(row["whole"]["version"]))
                self._come = 0
            if "verdict" not in row or "findings" not in row:
                return  # what was left out or unreadable, and the summary
            self._come += 1
            digest = row.get("digest")
            if digest is not None:
                self.has_digests = True
                self._times(False, str(row["machine"]), digest["stays"])
                digest = {
                    "bytes": int(digest["bytes"]),
                    "sha256": str(digest["sha256"]),
                    "specification": str(digest["specification"]),
                }
            found = [(str(each["rule"]), int(each["line"])) for each in row["findings"]]
            kept = {"verdict": str(row["verdict"]), "findings": found, "digest": digest}
            with self._rows:
                self._rows.execute(
                    "INSERT INTO then_ VALUES (?, ?)", (str(row["log"]), json.dumps(kept))
                )
        except sqlite3.IntegrityError as error:
            raise UnreadableBaseline(f"line {number}: this log came before") from error
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            says = f"line {number} is no line of check --format json: {error}"
            raise UnreadableBaseline(says) from error

    def since(self, log: LogJudged) -> Since:
        """What became of a log."""
        found = self._rows.execute("SELECT row FROM then_ WHERE log = ?", (log.name,)).fetchone()
        told = digest_of(log, self._digests)
        self._times(True, log.machine.specification.name, told["stays"])
        if found is None:
            self.counts["new logs"] += 1
            return self._counted(log, Since(None, log.judgement.findings, (), None))
        with self._rows:
            self._rows.execute("DELETE FROM then_ WHERE log = ?", (log.name,))
        then = json.loads(found[0])
        before = Counter((rule, line) for rule, line in then["findings"])
        new = []
        for finding in log.judgement.findings:
            key = finding.rule, finding.line
            if before[key]:
                before[key] -= 1
            else:
                new.append(finding)
        known = then["digest"]
        rewritten = None
        if known is not None:
            size = known["bytes"]
            is_there = len(log.data) >= size
            rewritten = not is_there or sha256(log.data[:size]).hexdigest() != known["sha256"]
            self.counts["grown logs"] += not rewritten and len(log.data) > size
            self.counts["other rules"] += known["specification"] != told["specification"]
        self.counts["rewritten logs"] += bool(rewritten)
        gone = tuple(before.elements())
        return self._counted(log, Since(then["verdict"], tuple(new), gone, rewritten))

    def _counted(self, log: LogJudged, since: Since) -> Since:
        self.is_worse |= since.is_worse(strict=log.strict)
        self.counts["new findings"] += len(since.new)
        self.counts["gone findings"] += len(since.gone)
        return since

    def _times(self, now: bool, machine: str, times: Mapping[str, Any]) -> None:
        with self._rows:
            self._rows.executemany(
                "INSERT INTO times VALUES (?, ?, ?, ?)",
                ((now, machine, str(state), float(s)) for state, s in times.items()),
            )

    def gone(self) -> Iterator[str]:
        """The names of the logs that did not come again, in their order."""
        for (name,) in self._rows.execute("SELECT log FROM then_ ORDER BY log"):
            yield name

    def moved(self) -> Iterator[Moved]:
        """The states in which logs now stay for another time."""
        query = "SELECT DISTINCT machine, state FROM times ORDER BY machine, state"
        for machine, state in self._rows.execute(query).fetchall():
            then, now = (self._median(each, machine, state) for each in (False, True))
            if then is None or now is None:
                continue
            if max(then, now) > _MOVED * min(then, now):
                yield Moved(machine, state, then, now)

    def _median(self, now: bool, machine: str, state: str) -> float | None:
        """The median; None where there are too few times."""
        where = "FROM times WHERE now = ? AND machine = ? AND state = ?"
        asked = (now, machine, state)
        (count,) = self._rows.execute(f"SELECT count(*) {where}", asked).fetchone()
        if count < _FEWEST:
            return None
        query = f"SELECT seconds {where} ORDER BY seconds LIMIT ? OFFSET ?"
        middle = self._rows.execute(query, (*asked, 2 - count % 2, (count - 1) // 2)).fetchall()
        return float(sum(seconds for (seconds,) in middle) / len(middle))


def digest_of(log: LogJudged, known: dict[str, str]) -> dict[str, Any]:
    """What tells a log in a later run: its size and SHA-256, the specification, times in states.

    The times are those in states that the log has left. `known` keeps digests of specifications.
    """
    specification = log.machine.specification
    if specification.name not in known:
        known[specification.name] = specification_digest(specification)[:16]
    passed = course(log.machine, log.data)
    times = stays(log.machine.initial.state, passed)
    return {
        "bytes": len(log.data),
        "sha256": sha256(log.data).hexdigest(),
        "specification": known[specification.name],
        "stays": {
            state: stay.seconds
            for state, stay in times.items()
            if stay.seconds is not None and state != passed.state
        },
    }
