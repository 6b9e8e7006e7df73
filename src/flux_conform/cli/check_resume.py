"""`check --resume FILE`: work that was interrupted goes on from there."""

from __future__ import annotations

import json
import os
import time
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from flux_conform.cli.common import UsageError
from flux_conform.files import read_bounded
from flux_conform.text import printable

if TYPE_CHECKING:
    import argparse

    from flux_conform.session.log_judged import LogJudged
    from flux_conform.session.machines import Machines
    from flux_conform.session.summary import Summary

_FORMAT = 2
_EVERY = 2.0
"""Seconds between two times that the file is written."""


def add_argument(parser: argparse.ArgumentParser) -> None:
    """Add `--resume FILE`."""
    parser.add_argument(
        "--resume",
        metavar="FILE",
        help="save progress in FILE, and go on from there after an interruption; FILE is removed "
        "at the end (text, json)",
    )


class Resume:
    """How far the work is, kept in a file."""

    def __init__(self, arguments: argparse.Namespace, machines: Machines) -> None:
        """Read the file, where there is one. Raises UsageError where it is of other work."""
        from flux_conform.session.summary import Summary

        # What was written there before would be lost, or half of the whole be taken for it.
        into_file = arguments.output is not None or arguments.table is not None
        if arguments.format not in ("text", "json") or arguments.times or into_file:
            raise UsageError(
                "--resume goes with --format text or json, and without --times, --table or -o"
            )
        self._path: str = arguments.resume
        self._work = _work(arguments, machines)
        self._written = time.monotonic()
        self.summary = Summary()
        self.done = 0
        self.bad = self.errors = False
        self._last = ""
        self._skipped = 0
        if os.path.exists(self._path):
            self._read()
        self.skips = self.done

    def told_before(self) -> Summary:
        """The summary of what was done before, as it stands in the file."""
        from flux_conform.session.summary import Summary

        return Summary.restored(self.summary.as_json())

    def skip(self, name: str) -> bool:
        """Whether the next log was judged already. Raises UsageError where it is another one."""
        if self._skipped >= self.skips:
            return False
        self._skipped += 1
        if self._skipped == self.skips and name != self._last:
            raise UsageError(
                f"--resume {self._path}: the logs are not the same as when it was saved: "
                f"{printable(name)} stands in the place of {printable(self._last)}; remove the "
                "file to start over"
            )
        return True

    def judged(self, log: LogJudged, *, bad: bool) -> None:
        """Take note of a log that was judged and told of."""
        self.summary.judged(log)
        self._note(log.name, bad=bad, error=False)

    def unreadable(self, name: str) -> None:
        """Take note of a log that could not be read."""
        self.summary.unreadable()
        self._note(name, bad=False, error=True)

    def close(self, *, whole: bool) -> None:
        """Keep how far it is, or remove the file where all is done. Raises UsageError."""
        if whole and self._skipped < self.skips:
            raise UsageError(
                f"--resume {self._path}: it tells of {self.skips:,} logs that were judged, and "
                f"there are {self._skipped:,}; remove the file to start over"
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
        from flux_conform.cli.files import write_whole

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
            raise UsageError(f"--resume {self._path}: {error.strerror or error}") from error
        self._written = time.monotonic()

    def _no_such_file(self, why: str) -> UsageError:
        return UsageError(
            f"--resume {self._path}: this is no file that --resume wrote ({why}); "
            "name another, or remove it"
        )

    def _read(self) -> None:
        from flux_conform.session.summary import Summary

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
            raise UsageError(f"--resume {self._path}: {error.strerror or error}") from error
        except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError) as error:
            raise self._no_such_file(str(error)) from error
        except RecursionError as error:
            raise self._no_such_file("it is nested too deeply") from error
        other = [key for key in self._work if work.get(key) != self._work[key]]
        if other:
            raise UsageError(
                f"--resume {self._path}: it was saved with other {', '.join(other)}; give the "
                "same as then, or remove the file to start over"
            )


def _digest(row: dict[str, Any]) -> str:
    """What tells a row from any other: a damaged file would give wrong sums."""
    return sha256(json.dumps(row, sort_keys=True).encode("ascii")).hexdigest()


def _work(arguments: argparse.Namespace, machines: Machines) -> dict[str, Any]:
    """What the work is: a file of other work would tell nonsense."""
    from flux_conform.language.compiled import digest

    return {
        "paths": arguments.paths,
        "options": {
            key: getattr(arguments, key) for key in ("job", "notes", "strict", "allow", "repair")
        },
        "specifications": {name: digest(machines.of(name)) for name in machines.names},
    }
