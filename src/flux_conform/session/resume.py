"""Saves the progress of work in a file, so that it can continue after an interruption."""

from __future__ import annotations

import json
import os
import time
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from flux_conform.files import read_bounded, write_whole
from flux_conform.session import SessionError
from flux_conform.session.summary import Summary
from flux_conform.text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from flux_conform.session.events import LogJudged
    from flux_conform.session.machines import Machines

_FORMAT = 3
_EVERY = 2.0
"""Seconds between two writes of the file."""


class Resume:
    """The progress of the work, saved in a file."""

    def __init__(
        self, path: str, paths: Sequence[str], options: Mapping[str, object], machines: Machines
    ) -> None:
        """Read the file, where there is one. Raises SessionError where it is of other work.

        The work is what stands at `paths`, judged with these options by these machines.
        """
        self._path = path
        self._named = machines.named("resume")
        self._work = _work(paths, options, machines)
        self._written = time.monotonic()
        self.summary = Summary()
        self.done = 0
        self.bad = self.errors = False
        self._last = ""
        self._skipped = 0
        if os.path.exists(self._path):
            self._read()
        self.skips = self.done

    def summary_before(self) -> Summary:
        """The summary of what was done before, as it stands in the file."""
        return Summary.restored(self.summary.as_json())

    def skip(self, name: str) -> bool:
        """Whether the next log was judged already. Raises SessionError where it is another one."""
        if self._skipped >= self.skips:
            return False
        self._skipped += 1
        if self._skipped == self.skips and name != self._last:
            raise SessionError(
                f"{self._named} {self._path}: the logs are not the same as when it was saved: "
                f"{printable(name)} stands in the place of {printable(self._last)}; remove the "
                "file to start over"
            )
        return True

    def judged(self, log: LogJudged) -> None:
        """Note a log that was judged and reported."""
        self.summary.judged(log)
        self._note(log.name, bad=log.is_bad, error=False)

    def unreadable(self, name: str) -> None:
        """Note a log that could not be read."""
        self.summary.unreadable()
        self._note(name, bad=False, error=True)

    def close(self, *, whole: bool) -> None:
        """Save the progress, or remove the file if all is done. Raises SessionError."""
        if whole and self._skipped < self.skips:
            raise SessionError(
                f"{self._named} {self._path}: it tells of {self.skips:,} logs that were judged, "
                f"and there are {self._skipped:,}; remove the file to start over"
            )
        if not whole:
            self._write()
        elif os.path.exists(self._path):
            os.unlink(self._path)

    def _note(self, name: str, *, bad: bool, error: bool) -> None:
        self.done += 1
        self._last = name
        self.bad |= bad
        self.errors |= error
        if time.monotonic() - self._written > _EVERY:
            self._write()

    def _write(self) -> None:
        row: dict[str, Any] = {
            "format": _FORMAT,
            "work": self._work,
            "judged": self.done,
            "last": self._last,
            "bad": self.bad,
            "errors": self.errors,
            "summary": self.summary.as_json(),
        }
        row["digest"] = _digest(row)
        try:
            write_whole(self._path, json.dumps(row).encode("ascii"))
        except OSError as error:
            raise SessionError(f"{self._named} {self._path}: {error.strerror or error}") from error
        self._written = time.monotonic()

    def _no_such_file(self, why: str) -> SessionError:
        return SessionError(
            f"{self._named} {self._path}: this is no file that {self._named} wrote ({why}); "
            "name another, or remove it"
        )

    def _read(self) -> None:
        try:
            row = json.loads(read_bounded(self._path))
            if row["format"] != _FORMAT:
                raise ValueError(f"its format is {row['format']}, and not {_FORMAT}")
            if row.pop("digest") != _digest(row):
                raise ValueError("it is damaged: its digest is another")
            self.done, self._last = int(row["judged"]), str(row["last"])
            self.bad, self.errors = bool(row["bad"]), bool(row["errors"])
            self.summary = Summary.restored(row["summary"])
            work = dict(row["work"])
        except OSError as error:
            raise SessionError(f"{self._named} {self._path}: {error.strerror or error}") from error
        except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError) as error:
            raise self._no_such_file(str(error)) from error
        except RecursionError as error:
            raise self._no_such_file("it is nested too deeply") from error
        other = [key for key in self._work if work.get(key) != self._work[key]]
        if other:
            raise SessionError(
                f"{self._named} {self._path}: it was saved with other {', '.join(other)}; give the "
                "same as then, or remove the file to start over"
            )


def _digest(row: dict[str, Any]) -> str:
    """The digest of a row: a damaged file would give wrong sums."""
    return sha256(json.dumps(row, sort_keys=True).encode("ascii")).hexdigest()


def _work(
    paths: Sequence[str], options: Mapping[str, object], machines: Machines
) -> dict[str, Any]:
    """What identifies the work: a file of other work must not be used."""
    from flux_conform.language.compiled import digest

    return {
        "paths": list(paths),
        "options": dict(options),
        "specifications": {name: digest(machines.of(name)) for name in machines.names},
    }
