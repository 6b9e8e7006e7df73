"""The product of a system's participants and its log: every configuration that a run can reach."""

from __future__ import annotations

from collections.abc import Hashable, Iterator
from typing import NamedTuple, TypeAlias

from flux_conform.language.expressions import About, walk
from flux_conform.language.specification import MOVES, SILENT, STAYS
from flux_conform.machine.configuration import Configuration, key_of
from flux_conform.machine.evaluate import Evaluator
from flux_conform.machine.exploration import Exploration
from flux_conform.machine.step import Machine
from flux_conform.system.participants import Condition, Posted, System, SystemStep

Node: TypeAlias = tuple[tuple[int, ...], tuple[tuple[str, ...], ...], tuple[int, ...], int]
"""The values of the variables, the messages on their way, what is left of budgets, the log."""


class Event(NamedTuple):
    """An event that a step posts: its outcome, the rules it breaks with their levels, the state."""

    posted: Posted
    before: str
    state: str
    outcome: str
    breaks: tuple[tuple[str, str], ...]

    @property
    def has_effect(self) -> bool:
        """Whether the log's machine has a place for it."""
        return self.outcome in (MOVES, STAYS, SILENT)


class Taken(NamedTuple):
    """A step between two configurations, by their numbers."""

    source: int
    target: int
    step: SystemStep
    events: tuple[Event, ...]


class NotWhole(Exception):
    """The product was not explored to its end: not all that can happen is known."""


class _Overflow(Exception):
    """More messages are on their way than the system's file allows."""


class Product:
    """The explored graph of a system. `edges` are by the number of the configuration they leave.

    `left_out` says why it is not the whole graph; "" where it is. Steps that would have more
    messages on their way than the system's file allows are left out, and `cut` has the
    configurations where they stand. Raises OutOfTime.
    """

    def __init__(self, system: System, limit: int = 500_000) -> None:
        self.system = system
        self.machine = Machine(system.specification, asking=_asked(system))
        self.logs: list[Configuration] = []
        self._numbers: dict[Hashable, int] = {}
        self._events: dict[tuple[int, int], tuple[int, tuple[Event, ...]]] = {}
        self._holds: dict[tuple[int, int], bool] = {}
        self._steps = list(enumerate(system.steps))
        self._conditions: list[tuple[Condition, Evaluator | None]] = []
        self._condition_numbers: dict[int, int] = {}
        start: Node = (
            (0,) * len(system.variables),
            ((),) * len(system.channels),
            tuple(times for _, times in system.budgets),
            self._log(self.machine.initial),
        )
        self.search: Exploration[Node, Taken] = Exploration(start)
        self.edges: list[list[Taken]] = []
        self.cut: set[int] = set()
        self.left_out = ""
        for number in self.search.pending(limit):
            self.edges.append(list(self._leave(number)))
        if not self.left_out and self.search.left < len(self.search.nodes):
            self.left_out = "the search ended at its limit"

    def demand_whole(self) -> None:
        """Raises NotWhole, with the reason, where something is left out."""
        if self.left_out:
            raise NotWhole(self.left_out)

    @property
    def nodes(self) -> list[Node]:
        """The configurations, in the order met."""
        return self.search.nodes

    def way(self, number: int) -> list[Taken]:
        """The steps of a shortest run to a configuration."""
        return [met.label for met in self.search.path(number)]

    def state(self, number: int) -> str:
        """The state of the log."""
        return self.logs[self.nodes[number][3]].state

    def is_over(self, number: int) -> bool:
        """Whether the log is over."""
        return not self.machine.is_open(self.state(number))

    def holds(self, condition: Condition, number: int) -> bool:
        """Whether a condition holds in a configuration."""
        return self._fits(condition, self.nodes[number])

    def unexpected(self, number: int) -> str | None:
        """A message that comes next from its sender, and that no step of its receiver takes."""
        node = self.nodes[number]
        for queue in filter(None, node[1]):
            takers = (step for step in self.system.steps if step.gets == queue[0])
            if not any(self._fits(step.condition, node) for step in takers):
                return queue[0]
        return None

    def _log(self, configuration: Configuration) -> int:
        number = self._numbers.setdefault(key_of(configuration), len(self.logs))
        if number == len(self.logs):
            self.logs.append(configuration)
        return number

    def _fits(self, condition: Condition, node: Node) -> bool:
        values, channels, _, log = node
        if any(values[place] not in fit for place, fit in condition.values):
            return False
        if condition.states is not None and self.logs[log].state not in condition.states:
            return False
        for message, least in condition.queued:
            if sum(queue.count(message) for queue in channels) < least:
                return False
        if condition.expression is None:
            return True
        key = id(condition.expression), log
        if key not in self._holds:
            evaluate = self.machine.evaluator(condition.expression)
            self._holds[key] = bool(evaluate(self.logs[log].moment()))
        return self._holds[key]

    def _leave(self, source: int) -> Iterator[Taken]:
        node = self.nodes[source]
        for at, step in self._steps:
            try:
                found = self._after(at, step, node)
            except _Overflow as error:
                self.cut.add(source)
                self.left_out = str(error)
                continue
            if found is not None:
                after, events = found
                target = self.search.numbers.get(after)
                edge = Taken(source, len(self.nodes) if target is None else target, step, events)
                self.search.add(after, source, edge)
                yield edge

    def _after(
        self, at: int, step: SystemStep, node: Node
    ) -> tuple[Node, tuple[Event, ...]] | None:
        values, channels, budgets, log = node
        messages = self.system.messages
        if step.budget is not None and not budgets[step.budget]:
            return None
        if step.gets is not None:
            queue = channels[messages[step.gets].channel]
            if not queue or queue[0] != step.gets:
                return None
        if not self._fits(step.condition, node):
            return None
        queues = list(channels)
        if step.gets is not None:
            place = messages[step.gets].channel
            queues[place] = queues[place][1:]
        for place in step.cleared:
            queues[place] = ()
        for name in step.sends:
            place = messages[name].channel
            queues[place] = (*queues[place], name)
            if len(queues[place]) > self.system.capacity:
                pair = " to ".join(self.system.channels[place])
                raise _Overflow(f"more than {self.system.capacity} messages go from {pair}")
        new = list(values)
        for place, value in step.sets:
            new[place] = value
        left = budgets
        if step.budget is not None:
            left = tuple(n - (place == step.budget) for place, n in enumerate(budgets))
        log, events = self._posted(at, step, log)
        return (tuple(new), tuple(queues), left, log), events

    def _posted(self, at: int, step: SystemStep, log: int) -> tuple[int, tuple[Event, ...]]:
        if not step.posts:
            return log, ()
        if (log, at) not in self._events:
            before, events = self.logs[log], []
            for name, context in step.posts:
                taken = self.machine.step(before, name, context)
                breaks = tuple((b.rule.id, b.rule.level) for b in taken.breaches)
                after = taken.after
                event = Event((name, context), before.state, after.state, taken.outcome, breaks)
                events.append(event)
                before = after
            self._events[log, at] = self._log(before), tuple(events)
        return self._events[log, at]


def _asked(system: System) -> set[str]:
    """The events of which conditions ask whether they came."""
    conditions = [step.condition for step in system.steps]
    conditions += [claim.condition for claim in system.claims]
    trees = [each.expression.tree for each in conditions if each.expression is not None]
    return {
        node.name
        for tree in trees
        for node in walk(tree)
        if isinstance(node, About) and node.function == "seen"
    }
