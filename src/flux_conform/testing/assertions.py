"""Assertions on eventlogs, for one specification or for that of each log's kind."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, cached_property
from typing import TYPE_CHECKING, cast

from flux_conform.checking.finding import (
    CONFORMS,
    VIOLATES,
    Judgement,
    counts,
)
from flux_conform.checking.findings_text import FindingFormatter
from flux_conform.checking.judge import Options
from flux_conform.checking.judges import Judge
from flux_conform.checking.known_kinds import kinds_for, machine_of
from flux_conform.checking.waivers import Waivers, load_deviations
from flux_conform.language import Model, Specification, load, machines
from flux_conform.language.faults import suggestion
from flux_conform.logs.eventlog import UnreadableLog
from flux_conform.logs.given import Given, Log, is_path, log_of
from flux_conform.logs.source_items import LogFilter
from flux_conform.logs.sources import read_sources
from flux_conform.session.calls import only
from flux_conform.testing.errors import EventlogError
from flux_conform.text import printable

if TYPE_CHECKING:
    from flux_conform.logs.kind import Kinds

_NAME = "log"
_DEFAULT = "job"
"""The specification for logs whose kind is unknown."""


Watcher = Callable[[Specification, str, bytes], None]
"""Called for each log that is checked: with the specification, the log's name, and its bytes."""

_watchers: list[Watcher] = []


@contextmanager
def watched(watcher: Watcher) -> Iterator[None]:
    """Call a watcher for each log that is checked during the block."""
    _watchers.append(watcher)
    try:
        yield
    finally:
        _watchers.remove(watcher)


class Assertions:
    """The assertions of this module, for one specification and one set of options.

    `model` is a name, a path, or a specification, as `load` accepts it. If it is None, each log is
    checked against the specification of its kind, which its first events show, or else against that
    of a job. `strict` lets findings of the levels SHOULD and implied violate; `allow` names known
    deviations, or files of them, and `rules` files with the rules of a site. Raises what `load`,
    `load_deviations` and `load_site_rules` raise.
    """

    def __init__(
        self,
        model: Model | None = None,
        *,
        strict: bool = False,
        allow: Sequence[str] = (),
        rules: Sequence[str] = (),
    ) -> None:
        self._is_by_kind = model is None
        model = _DEFAULT if model is None else model
        self.specification = load(model)
        self._allow, self._ruled = tuple(allow), tuple(rules)
        if rules:
            from flux_conform.language.changes.site_rules import load_site_rules

            ruled = load_site_rules(rules).get(self.specification.name)
            if ruled is not None and load(ruled.name) == self.specification:
                self.specification = ruled
        self._of_kinds: dict[str, Assertions] = {self.specification.name: self}
        self.strict = strict
        waivers = Waivers(tuple(load_deviations(name) for name in allow))
        self.options = Options(strict=strict, waivers=waivers)
        self._judge = Judge(self.specification, self.options)
        # For assert_violates, whose rule can have the level note.
        self._whole = Judge(self.specification, Options(notes=True))
        self.formatter = FindingFormatter(self._judge.machine, how_all="flux-conform check --all")

    def check_eventlog(self, log: Given, *, name: str | None = None) -> Judgement:
        """Check that a log does not violate, and return its judgement; the log may be incomplete.

        Raises EventlogError.
        """
        __tracebackhide__ = True
        given = self._read(log, name)
        of = self._of(given, name)
        judgement = of._judged(given, _named(given, name), of._judge)
        if judgement.verdict == VIOLATES:
            raise of._error(given, _named(given, name), judgement)
        return judgement

    def assert_conforms(self, log: Given, *, name: str | None = None) -> Judgement:
        """Check that a log conforms, and return its judgement: it has ended and does not violate.

        Raises EventlogError.
        """
        __tracebackhide__ = True
        given = self._read(log, name)
        of = self._of(given, name)
        judgement = of._judged(given, _named(given, name), of._judge)
        if judgement.verdict != CONFORMS:
            ends = [state.name for state in of.specification.finals]
            more = (
                ""
                if judgement.verdict == VIOLATES or not ends
                else (
                    f"nothing in it violates, but it stops in {judgement.state}"
                    f" and not in {' or '.join(ends)}, where it would conform"
                )
            )
            raise of._error(given, _named(given, name), judgement, more)
        return judgement

    def assert_violates(
        self, log: Given, rule: str | None = None, *, name: str | None = None
    ) -> Judgement:
        """Check that a log breaks a rule, and return its judgement; by default, any MUST.

        `rule` may have any level. Raises EventlogError, and ValueError if the specification has no
        such rule.
        """
        __tracebackhide__ = True
        given = self._read(log, name)
        of = self._of(given, name)
        if rule is not None and rule not in of._rules():
            of = self  # the breach may hide the kind of the log
            if rule not in (known := of._rules()):
                raise ValueError(_unknown("rule", rule, known, self.specification))
        judgement = of._judged(given, _named(given, name), of._whole)
        broken = {finding.rule for finding in judgement.findings}
        if rule is None and judgement.verdict != VIOLATES:
            raise of._error(given, _named(given, name), judgement, "something should violate")
        if rule is not None and rule not in broken:
            raise of._error(given, _named(given, name), judgement, f"{rule} should be broken")
        return judgement

    def assert_state(self, log: Given, state: str, *, name: str | None = None) -> Judgement:
        """Check that a log ends in a state, or in a member of a virtual one; return its judgement.

        Raises EventlogError, and ValueError if the specification has no such state.
        """
        __tracebackhide__ = True
        given = self._read(log, name)
        of = self._of(given, name)
        members = of._states(state)
        judgement = of._judged(given, _named(given, name), of._judge)
        if judgement.state not in members:
            raise of._error(given, _named(given, name), judgement, f"it should end in {state}")
        return judgement

    def kind_of(self, log: Given) -> str:
        """Return the kind of a log, which is the name of its specification, if it has one."""
        if not self._is_by_kind:
            return self.specification.name
        given = log if isinstance(log, Log) else self._read(log, None)
        kind = self._kinds.of(given.data, given.path or "")
        return self.specification.name if kind is None else machine_of(kind)

    @cached_property
    def _kinds(self) -> Kinds:
        return kinds_for(self.specification, is_given=False)

    def _read(self, log: Given, name: str | None) -> Log:
        """Return the log that a caller passes; `flux_conform.check` reads the same at a path.

        Raises EventlogError if there is no log at the path, or several.
        """
        __tracebackhide__ = True
        if not is_path(log):
            return log_of(log)
        path = os.fspath(cast("str | os.PathLike[str]", log))
        try:
            found = only(read_sources([path], LogFilter(kinds=self._kinds)), path)
        except UnreadableLog as error:
            shown = name or path
            raise EventlogError(f"{shown}: unreadable: {error}", shown, b"", None) from None
        return Log(found.data, path)

    def _of(self, given: Log, name: str | None) -> Assertions:
        """Return the assertions for a log's kind.

        Raises EventlogError if the kind has no specification.
        """
        __tracebackhide__ = True
        kind = self.kind_of(given)
        if kind not in self._of_kinds:
            if kind not in machines():
                shown = _named(given, name)
                why = f"unreadable: {self._kinds.says(kind)}; no specification is for {kind} logs"
                raise EventlogError(f"{shown}: {why}", shown, given.data, None)
            self._of_kinds[kind] = Assertions(
                kind, strict=self.strict, allow=self._allow, rules=self._ruled
            )
        return self._of_kinds[kind]

    def _judged(self, given: Log, name: str, judge: Judge) -> Judgement:
        __tracebackhide__ = True
        try:
            judgement = judge.judge(given.data)
        except UnreadableLog as error:
            raise EventlogError(f"{name}: unreadable: {error}", name, given.data, None) from None
        for watcher in _watchers:
            watcher(self.specification, name, given.data)
        return judgement

    def _error(self, given: Log, name: str, judgement: Judgement, more: str = "") -> EventlogError:
        lines = [self.formatter.head(name, judgement), *([more] if more else [])]
        if not judgement.events and (form := _other_form(given.data)) is not None:
            lines.append(form)
        lines += self.formatter.findings(name, given.data, judgement)
        decided = next((f for f in judgement.findings if counts(f, strict=self.strict)), None)
        return EventlogError("\n".join(lines), name, given.data, judgement, decided)

    def _rules(self) -> list[str]:
        from flux_conform.suite.making.testable import clauses_of

        return [clause.id for clause in clauses_of(self.specification)]

    def _states(self, state: str) -> tuple[str, ...]:
        virtual = {each.name: each.members for each in self.specification.virtual_states}
        known = {each.name: (each.name,) for each in self.specification.states}
        members = {**virtual, **known}
        if state not in members:
            raise ValueError(_unknown("state", state, list(members), self.specification))
        return members[state]


def check_eventlog(
    log: Given,
    *,
    model: Model | None = None,
    strict: bool = False,
    allow: Sequence[str] = (),
    name: str | None = None,
) -> Judgement:
    """`Assertions.check_eventlog` with these settings."""
    __tracebackhide__ = True
    return _assertions(model, strict, tuple(allow)).check_eventlog(log, name=name)


def assert_conforms(
    log: Given,
    *,
    model: Model | None = None,
    strict: bool = False,
    allow: Sequence[str] = (),
    name: str | None = None,
) -> Judgement:
    """`Assertions.assert_conforms` with these settings."""
    __tracebackhide__ = True
    return _assertions(model, strict, tuple(allow)).assert_conforms(log, name=name)


def assert_violates(
    log: Given,
    rule: str | None = None,
    *,
    model: Model | None = None,
    name: str | None = None,
) -> Judgement:
    """`Assertions.assert_violates`."""
    __tracebackhide__ = True
    return _assertions(model, False, ()).assert_violates(log, rule, name=name)


def assert_state(
    log: Given,
    state: str,
    *,
    model: Model | None = None,
    name: str | None = None,
) -> Judgement:
    """`Assertions.assert_state`."""
    __tracebackhide__ = True
    return _assertions(model, False, ()).assert_state(log, state, name=name)


def _other_form(data: bytes) -> str | None:
    """Say what bytes without an event are instead of an eventlog; None if that is unknown."""
    from flux_conform.logs.copied_lines import read_lines
    from flux_conform.logs.source_items import SourceError

    try:
        is_text = bool(data) and bool(read_lines(data)[1])
    except SourceError as error:
        return printable(str(error))
    return _PRINTED if is_text else None


_PRINTED = (
    "this is the text that flux job eventlog prints; give the eventlog itself, as --format=json "
    "prints it, or have flux-conform check read the text"
)


def _assertions(model: Model | None, strict: bool, allow: tuple[str, ...]) -> Assertions:
    if isinstance(model, os.PathLike):
        model = os.path.abspath(model)
    if model is None or isinstance(model, str):
        return _of_name(model, strict, allow)
    model = load(model)
    # Hashing a specification is slow, and callers pass the same object again.
    key = (id(model), strict, allow)
    if key not in _of_value:
        _of_value[key] = Assertions(model, strict=strict, allow=allow)
    return _of_value[key]


@cache
def _of_name(model: str | None, strict: bool, allow: tuple[str, ...]) -> Assertions:
    return Assertions(model, strict=strict, allow=allow)


# Assertions hold their specification, so that no other object gets its id.
_of_value: dict[tuple[int, bool, tuple[str, ...]], Assertions] = {}


def _named(given: Log, name: str | None) -> str:
    return name or given.path or _NAME


def _unknown(what: str, name: str, known: list[str], specification: Specification) -> str:
    hint = suggestion(name, known, f"there are {', '.join(known)}")
    return f'the machine {specification.name} has no {what} "{name}"{hint}'
