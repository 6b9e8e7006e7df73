"""Which specification judges which log."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from flux_conform.checking.known_kinds import kinds_for, machine_of, names_of
from flux_conform.language import load, machines
from flux_conform.logs.eventlog_keys import JOB
from flux_conform.logs.source_items import LogFilter, Problem, Skipped, SourcedLog, SourceItem
from flux_conform.logs.sources import STANDARD_INPUT, read_sources
from flux_conform.session import Named, SessionError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from flux_conform.language.specification import Specification
    from flux_conform.logs.jobid import JobId
    from flux_conform.logs.kind import Kinds
    from flux_conform.logs.meter import Meter


def a_log(kind: str) -> str:
    """A log of a kind, with its article."""
    return f"{'an' if kind[:1] in 'aeiou' else 'a'} {kind} eventlog"


class Machines:
    """The specifications that judge logs: the one that is given, else one for each kind of log.

    `named` says what the user calls a setting.
    """

    def __init__(
        self,
        specification: Specification | None = None,
        *,
        named: Named = str,
        rules: Mapping[str, Specification] | None = None,
    ) -> None:
        """`rules` are shipped specifications with the rules of a site, by their names."""
        self._given = specification
        self.named = named
        self._loaded = dict(rules or {})

    def read(
        self,
        paths: Sequence[str],
        job: JobId | None,
        meter: Meter | None = None,
        *,
        unread: bool = False,
        below: str | None = None,
        documents: frozenset[str] = frozenset(),
    ) -> Iterator[SourceItem]:
        """What is at the paths; each log has a machine. Raises SessionError.

        A log that no machine judges is a Problem where its path was given, and left out where the
        path is `below` a directory that was. `documents` are values of jobs that are read besides.
        """
        wanted = LogFilter(self.names.__contains__, job, meter, unread, self.kinds, documents)
        if paths.count(STANDARD_INPUT) > 1:
            raise SessionError("standard input can be read once; give - once")
        for found in read_sources(paths, wanted):
            if not isinstance(found, SourcedLog) or found.is_unread or found.is_document:
                yield found
            elif found.kind is None or found.kind in self.names:
                is_strange = self._given is not None and self.kinds.knows_none(found.data)
                yield Problem(found.name, self.strange) if is_strange else found
            elif below is not None:
                yield Skipped(below, 1, f"{found.kind} eventlogs")
            else:
                why = self.why_not(self._evident_kind(found))
                yield found if why is None else Problem(found.name, why)

    def _evident_kind(self, log: SourcedLog) -> str | None:
        """The kind of a log that is named by itself."""
        if self._given is None:
            return log.kind
        # The machine may know the events of a log whose place says another kind.
        return self.kinds.of(log.data, log.name)

    @cached_property
    def kinds(self) -> Kinds:
        """The known kinds of logs; that of a given machine has precedence."""
        given = self._given
        return kinds_for(self.of(JOB) if given is None else given, is_given=given is not None)

    @property
    def strange(self) -> str:
        """Why a log is not judged of which the machine that is given knows no event."""
        return f"no event in it is one that the machine {self.kinds.preferred.name} knows"

    def why_not(self, kind: str | None) -> str | None:
        """Why no machine judges logs of a kind; None where one does."""
        if kind is None or kind in self.names:
            return None
        if self._given is not None:
            return (
                f"this is {a_log(kind)}, and the machine {self._given.name} knows none of its "
                f"first events; leave {self.named('machine')} out, or name another"
            )
        says = self.kinds.says(kind)
        what = f"{a_log(kind)}: {says}" if says else a_log(kind)
        none = "flux-conform has no machine for it"
        return f"this is {what}; {none}, give one with {self.named('machine')} FILE"

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the kinds of logs that are judged."""
        judging = machines() if self._given is None else (self._given.name,)
        return tuple(name for machine in judging for name in names_of(machine))

    def add(self, specification: Specification) -> None:
        """Take a specification that judges a kind of logs which no source has by itself."""
        self._loaded[specification.name] = specification

    def name_of(self, kind: str | None) -> str:
        """The name of the machine that judges logs of a kind."""
        return self._given.name if self._given is not None else machine_of(kind or JOB)

    def of(self, kind: str | None) -> Specification:
        """The specification for logs of a kind; None is an unknown kind."""
        if self._given is not None:
            return self._given
        name = machine_of(kind or JOB)
        if name not in self._loaded:
            self._loaded[name] = load(name)
        return self._loaded[name]
