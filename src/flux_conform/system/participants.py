"""A system as a value: participants with their steps, messages, and claims."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, TypeAlias

from flux_conform.language.expressions import Expression
from flux_conform.language.specification import Specification

Posted: TypeAlias = tuple[str, Mapping[str, Any] | None]
"""The name of an event, and its context."""


class Condition(NamedTuple):
    """What holds before a step, or at some time; each part may be missing.

    `values` are variables by their place, each with the values that fit, as numbers. `queued` are
    numbers of messages that are on their way at least.
    """

    states: frozenset[str] | None = None
    expression: Expression | None = None
    values: tuple[tuple[int, frozenset[int]], ...] = ()
    queued: tuple[tuple[str, int], ...] = ()


class SystemStep(NamedTuple):
    """What a participant may do.

    `budget` is the place of the budget that it uses; `cleared` are places of channels.
    """

    participant: str
    name: str
    says: str
    condition: Condition
    gets: str | None
    budget: int | None
    posts: tuple[Posted, ...]
    sends: tuple[str, ...]
    sets: tuple[tuple[int, int], ...]
    cleared: tuple[int, ...]
    is_fair: bool


class Message(NamedTuple):
    """What one participant tells another. `channel` is the place of the pair among `channels`."""

    name: str
    sender: str
    receiver: str
    channel: int
    says: str


class SystemClaim(NamedTuple):
    """What is claimed of every run. `goal` are states, `level` is a level of rules."""

    name: str
    says: str
    kind: str
    expect: str
    because: str
    goal: frozenset[str] = frozenset()
    level: str = ""
    condition: Condition = Condition()


class System(NamedTuple):
    """Participants that write one log.

    `variables` are named PARTICIPANT.VARIABLE, each with its values; budgets have a name and the
    number of steps that use them, `in_views` those of pictures of views.
    """

    name: str
    title: str
    specification: Specification
    capacity: int
    budgets: tuple[tuple[str, int], ...]
    in_views: Mapping[str, int]
    participants: tuple[str, ...]
    variables: tuple[tuple[str, tuple[str, ...]], ...]
    channels: tuple[tuple[str, str], ...]
    messages: Mapping[str, Message]
    steps: tuple[SystemStep, ...]
    claims: tuple[SystemClaim, ...]

    def with_budgets(self, given: Mapping[str, int]) -> System:
        """The same with other numbers of steps for some budgets."""
        return self._replace(
            budgets=tuple((name, given.get(name, times)) for name, times in self.budgets)
        )
