"""Saves how much was given out of a file that is followed, so that a restart gives out the rest.

A restart reads the file from its beginning again: what is found in it is the same, so that nothing
is counted twice or lost, and only what was not given out before is.
"""

from __future__ import annotations

import json
import os
import time
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from flux_conform.files import read_bounded, write_whole
from flux_conform.language.compiled import digest
from flux_conform.logs.growing import FileChanged, check_mark
from flux_conform.session import SessionError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flux_conform.logs.growing import Mark
    from flux_conform.session.machines import Machines

_FORMAT = 1
_EVERY = 1.0
"""Seconds between two writes of the file while there is much to give out."""


class FollowState:
    """How much was given out, in a file."""

    def __init__(
        self, path: str, source: str, options: Mapping[str, object], machines: Machines
    ) -> None:
        """Read the file, where there is one. Raises SessionError where it does not fit."""
        self._path = path
        self._named = f"{machines.named('state')} {path}"
        self._work: dict[str, Any] = {
            "options": dict(options),
            "specifications": {name: digest(machines.of(name)) for name in machines.names},
        }
        self.before = 0
        """Number of findings and verdicts that an earlier run gave out."""
        self._given = 0
        self._saved = 0
        self._written = time.monotonic()
        if os.path.exists(path):
            self._read(source)

    @property
    def is_new(self) -> bool:
        """Whether what is found next was not given out before."""
        return self._given >= self.before

    def gave(self, mark: Mark | None) -> None:
        """Count what was given out, once it was; `mark` is what was read. Raises SessionError."""
        self._given += 1
        self.save(mark)

    def save(self, mark: Mark | None, *, now: bool = False) -> None:
        """Write the file if that is due, or `now`. Raises SessionError."""
        if mark is None or self._given <= max(self._saved, self.before):
            return
        if not now and time.monotonic() - self._written < _EVERY:
            return
        row = {"format": _FORMAT, "work": self._work, "given": self._given, "read": list(mark)}
        row["digest"] = _digest(row)
        try:
            write_whole(self._path, json.dumps(row).encode("ascii"))
        except OSError as error:
            raise SessionError(f"{self._named}: {error.strerror or error}") from error
        self._saved, self._written = self._given, time.monotonic()

    def _read(self, source: str) -> None:
        try:
            row = json.loads(read_bounded(self._path))
            if row["format"] != _FORMAT:
                raise ValueError(f"its format is {row['format']}, and not {_FORMAT}")
            if row.pop("digest") != _digest(row):
                raise ValueError("it is damaged: its digest is another")
            self.before = int(row["given"])
            size, first, latest = row["read"]
            work = row["work"]
        except OSError as error:
            raise SessionError(f"{self._named}: {error.strerror or error}") from error
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
            raise SessionError(
                f"{self._named}: this is no file of this option ({error}); name another, or "
                "remove it"
            ) from error
        other = [key for key in self._work if work.get(key) != self._work[key]]
        if other:
            raise SessionError(
                f"{self._named}: it was saved with other {', '.join(other)}; give the same as "
                "then, or remove the file to start over"
            )
        try:
            check_mark(source, (int(size), str(first), str(latest)))
        except FileChanged as error:
            raise SessionError(
                f"{self._named}: {source} is not the file of then: {error}; remove the state to "
                "start over"
            ) from error
        except OSError as error:
            raise SessionError(f"{source}: {error.strerror or error}") from error


def _digest(row: Mapping[str, Any]) -> str:
    return sha256(json.dumps(row, sort_keys=True).encode("ascii")).hexdigest()
