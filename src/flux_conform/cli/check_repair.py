"""`check --repair OUT`: mends the logs that violate, tells how, and writes them.

Of one log OUT is a file (or a directory to put it into); of several it is a directory, and each
mended log has the name that it has below the directory that was given.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple

from flux_conform.cli.common import UsageError
from flux_conform.conformance.finding import VIOLATES, Judgement
from flux_conform.text import Paint, field_lines, printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Sequence

    from flux_conform.conformance.judges import Judge
    from flux_conform.conformance.mending import Mending

STANDARD_INPUT = "stdin.eventlog"
"""The name of what came from standard input, in a directory of mended logs."""


class Mended(NamedTuple):
    """How a log was mended, and the path of the mended log; None where there is no repair."""

    mending: Mending
    path: str | None

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        from flux_conform.conformance.mending import in_words, to_json

        cost, repairs, more, tried, exact = self.mending
        return {
            "cost": None if cost is None else cost.changes,
            "ways": [
                {"says": in_words(each.changes), "changes": [to_json(c) for c in each.changes]}
                for each in repairs
            ],
            "more": more,
            "tried": tried,
            "exact": exact,
            "written": self.path,
        }

    def lines(self, width: int, paint: Paint) -> list[str]:
        """For people."""
        from flux_conform.conformance.mending import in_words

        cost, repairs, more, tried, exact = self.mending
        bound = "" if exact else "; not all of the log was tried"
        if cost is None:
            count = "1 change" if tried == 1 else f"up to {tried} changes"
            within = f" with {count}" if tried > 0 else ""
            return ["", *_field("mended", f"no repair found{within}{bound}", width, paint)]
        others = len(repairs) - 1 + more
        text = f"{in_words(repairs[0].changes)} (cost {cost.changes})"
        if others:
            text += f"; {others:,} other repair{'s' * (others > 1)} of the same cost"
        found = ["", *_field("mended", text + bound, width, paint)]
        for each in repairs[1:]:
            found += _field("or", in_words(each.changes), width, paint)
        if more:
            found += _field("or", f"{more:,} more", width, paint)
        assert self.path is not None
        return [*found, *_field("written", self.path, width, paint)]


def add_argument(parser: argparse.ArgumentParser) -> None:
    """Add `--repair OUT`."""
    parser.add_argument(
        "--repair",
        metavar="OUT",
        help="tell the smallest changes that mend a violating log, and write the mended log to "
        "OUT; of several logs OUT is a directory",
    )


def mender(
    arguments: argparse.Namespace, judge: Judge
) -> Callable[[str, bytes, Judgement], Mended | None]:
    """A function that mends a log of a name and writes it; None where nothing asks for it.

    Raises UsageError where the options do not go together; so does the function where a file
    cannot be written.
    """
    if arguments.repair is None:
        return lambda name, data, judgement: None
    if arguments.earlier is not None:
        raise UsageError("--repair mends a log by itself; leave --earlier out")
    from flux_conform.conformance.mending import Mender

    mending = Mender(judge.machine, judge.options)
    places = _Places(arguments.repair, arguments.paths)

    def mended(name: str, data: bytes, judgement: Judgement) -> Mended | None:
        if judgement.verdict != VIOLATES:
            return None
        found = mending.mend(data)
        path = places.write(name, found.repairs[0].data) if found.repairs else None
        return Mended(found, path)

    return mended


class _Places:
    """Where mended logs go."""

    def __init__(self, out: str, paths: Sequence[str]) -> None:
        self.out = out
        self.paths = paths
        several = len(paths) > 1 or os.path.isdir(paths[0])
        self.is_folder = several or os.path.isdir(out)
        if several and os.path.exists(out) and not os.path.isdir(out):
            raise UsageError(f"--repair {out}: several logs need a directory, and this is a file")
        self._taken: set[str] = set()

    def write(self, name: str, data: bytes) -> str:
        """Write the mended log of a name; the path."""
        from flux_conform.cli.files import write_whole

        path = self._path(name)
        try:
            if os.path.exists(path) and os.path.exists(name) and os.path.samefile(path, name):
                raise UsageError(f"--repair {self.out}: this would overwrite {printable(name)}")
            write_whole(path, data)
        except OSError as error:
            raise UsageError(f"--repair {path}: {error.strerror or error}") from error
        return path

    def _path(self, name: str) -> str:
        if not self.is_folder:
            if self._taken:
                raise UsageError(f"--repair {self.out}: there are several logs; give a directory")
            self._taken.add(self.out)
            return self.out
        path = os.path.join(self.out, self._below(name))
        stem, ending = os.path.splitext(path)
        number = 1
        while path in self._taken:
            number += 1
            path = f"{stem}-{number}{ending}"
        self._taken.add(path)
        return path

    def _below(self, name: str) -> str:
        """The name below the directory that was given; never a way out of OUT."""
        if name == "-":
            return STANDARD_INPUT
        for given in self.paths:
            if os.path.isdir(given) and name.startswith(os.path.join(given, "")):
                parts = os.path.relpath(name, given).split(os.sep)
                return os.path.join(*(part for part in parts if part not in ("", ".", "..")))
        return os.path.basename(name) or STANDARD_INPUT


def _field(name: str, text: str, width: int, paint: Paint) -> list[str]:
    return field_lines(name, text, width, paint, room=9)
