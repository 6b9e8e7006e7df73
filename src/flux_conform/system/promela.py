"""A system as a Promela model, so that SPIN decides its claims as well.

The log is a number: which events lead from which log to which is written out as it was explored,
and a run that comes to another log fails an assertion. Everything else is SPIN's own work: the
participants, their messages, and all runs. Each participant is a process of its fair steps, so that
SPIN's weak fairness of processes is that of participants; steps that need never be taken are in
processes that can always do nothing instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from flux_conform.language.levels import LEVELS
from flux_conform.system.participants import Condition, SystemClaim, SystemStep
from flux_conform.system.system_product import Product


def promela(product: Product) -> str:
    """The model, with a never claim for each claim, named `claim_` and the claim's name.

    It is for `spin -a`, and then `pan -a -f -N claim_NAME` for each claim: an error refutes it.
    Raises NotWhole.
    """
    product.demand_whole()
    return "".join(f"{line}\n" for line in _Model(product).lines())


class _Model:
    def __init__(self, product: Product) -> None:
        self.product = product
        self.system = product.system
        order = {state.name: n for n, state in enumerate(product.machine.specification.states)}
        logs = sorted(range(len(product.logs)), key=lambda n: (order[product.logs[n].state], n))
        self.numbers = {log: number for number, log in enumerate(logs)}
        self.messages = {name: f"m_{_word(name)}" for name in self.system.messages}
        self.variables = [f"v_{_word(name)}" for name, _ in self.system.variables]
        self.budgets = [f"left_{_word(name)}" for name, _ in self.system.budgets]
        self.counted = {
            message for claim in self.system.claims for message, _ in claim.condition.queued
        } | {message for step in self.system.steps for message, _ in step.condition.queued}
        self.levelled = [claim for claim in self.system.claims if claim.kind == "conforms"]
        places = {id(step): place for place, step in enumerate(self.system.steps)}
        self.written: dict[int, dict[int, tuple[int, frozenset[str]]]] = {}
        for edges in product.edges:
            for edge in edges:
                if edge.step.posts:
                    at = places[id(edge.step)]
                    one, two = product.nodes[edge.source][3], product.nodes[edge.target][3]
                    levels = frozenset(level for e in edge.events for _, level in e.breaks)
                    self.written.setdefault(at, {})[one] = two, levels

    def lines(self) -> Iterator[str]:
        """The whole model."""
        system = self.system
        yield f"/* {system.title} ({system.name}), who write a log of {system.specification.name}."
        yield "   spin -a MODEL; cc -DNOREDUCE -DNFAIR=4 -o pan pan.c; ./pan -a -f -N claim_NAME */"
        yield ""
        yield f"mtype = {{ {', '.join(self.messages.values())} }};"
        for place, (sender, receiver) in enumerate(system.channels):
            told = f"/* {sender} to {receiver} */"
            yield f"chan q{place} = [{system.capacity}] of {{ mtype }}  {told}"
        for name, variable in zip(self.variables, system.variables, strict=True):
            values = ", ".join(f"{n} {value}" for n, value in enumerate(variable[1]))
            yield f"byte {name} = 0;  /* {values} */"
        for name, (_, times) in zip(self.budgets, system.budgets, strict=True):
            yield f"byte {name} = {times};"
        for message in sorted(self.counted):
            yield f"byte n_{_word(message)} = 0;  /* on their way */"
        for claim in self.levelled:
            yield f"bit breaks_{_word(claim.name)} = 0;  /* a rule, {claim.level} or graver */"
        yield f"short log = {self.numbers[self.product.nodes[0][3]]};"
        yield from self._states()
        for participant in system.participants:
            yield from self._processes(participant)
        for claim in system.claims:
            yield from self._claim(claim)

    def _states(self) -> Iterator[str]:
        for state in self.product.machine.specification.states:
            logs = [n for n, log in enumerate(self.product.logs) if log.state == state.name]
            if logs:
                yield f"#define {self._state(state.name)} ({self._among(logs)})"

    def _state(self, name: str) -> str:
        return f"is_{_word(name)}"

    def _among(self, logs: Iterable[int]) -> str:
        """That the log is one of some, which are written as ranges of numbers."""
        numbers = sorted(self.numbers[log] for log in logs)
        ranges: list[list[int]] = []
        for number in numbers:
            if ranges and ranges[-1][1] == number - 1:
                ranges[-1][1] = number
            else:
                ranges.append([number, number])
        parts = [
            f"log == {low}" if low == high else f"(log >= {low} && log <= {high})"
            for low, high in ranges
        ]
        return " || ".join(parts) or "false"

    def _condition(self, condition: Condition) -> Iterator[str]:
        for place, fit in condition.values:
            name = self.variables[place]
            yield "(" + " || ".join(f"{name} == {value}" for value in sorted(fit)) + ")"
        if condition.states is not None or condition.expression is not None:
            alone = condition._replace(values=(), queued=())
            nodes = {node[3]: number for number, node in enumerate(self.product.nodes)}
            logs = [log for log, node in nodes.items() if self.product.holds(alone, node)]
            yield f"({self._among(logs)})"
        for message, least in condition.queued:
            yield f"n_{_word(message)} >= {least}"

    def _guard(self, step: SystemStep) -> str:
        parts = [f"{self.budgets[step.budget]} > 0"] if step.budget is not None else []
        if step.gets is not None:
            channel = self.system.messages[step.gets].channel
            parts.append(f"q{channel}?[{self.messages[step.gets]}]")
        return " && ".join((*parts, *self._condition(step.condition))) or "true"

    def _processes(self, participant: str) -> Iterator[str]:
        steps = [step for step in self.system.steps if step.participant == participant]
        for is_fair in (True, False):
            chosen = [step for step in steps if step.is_fair == is_fair]
            if not chosen:
                continue
            yield ""
            yield f"active proctype {_word(participant)}{'' if is_fair else '_may'}() {{"
            yield "end: do"
            if not is_fair:
                yield "  :: d_step { true -> skip }  /* nothing */"
            for step in chosen:
                yield f"  :: d_step {{  /* {participant} {step.name}: {step.says} */"
                yield from (f"       {line}" for line in self._effects(step))
                yield "     }"
            yield "  od"
            yield "}"

    def _effects(self, step: SystemStep) -> Iterator[str]:
        yield f"{self._guard(step)} ->"
        messages = self.system.messages
        if step.budget is not None:
            yield f"{self.budgets[step.budget]}--;"
        if step.gets is not None:
            yield f"q{messages[step.gets].channel}?{self.messages[step.gets]};"
            if step.gets in self.counted:
                yield f"n_{_word(step.gets)}--;"
        for place in step.cleared:
            yield f"do :: len(q{place}) > 0 -> q{place}?_ :: len(q{place}) == 0 -> break od;"
            for name in sorted(self.counted):
                if messages[name].channel == place:
                    yield f"n_{_word(name)} = 0;"
        if step.posts:
            yield from self._posts(step)
        for name in step.sends:
            yield f"q{messages[name].channel}!{self.messages[name]};"
            if name in self.counted:
                yield f"n_{_word(name)}++;"
        for place, value in step.sets:
            yield f"{self.variables[place]} = {value};"
        yield "skip"

    def _posts(self, step: SystemStep) -> Iterator[str]:
        """The log after the events of a step, and whether they break rules."""
        written = self.written.get(self.system.steps.index(step), {})
        events = ", ".join(name for name, _ in step.posts)
        yield f"if  /* posts {events} */"
        for one, (two, levels) in sorted(written.items(), key=lambda row: self.numbers[row[0]]):
            flags = [
                f"; breaks_{_word(claim.name)} = 1"
                for claim in self.levelled
                if levels.intersection(LEVELS[: LEVELS.index(claim.level) + 1])
            ]
            numbers = self.numbers[one], self.numbers[two]
            yield f":: log == {numbers[0]} -> log = {numbers[1]}{''.join(flags)}"
        yield ":: else -> assert(false)"
        yield "fi;"

    def _claim(self, claim: SystemClaim) -> Iterator[str]:
        name = _word(claim.name)
        yield ""
        yield f"/* {claim.says} */"
        leads = False
        match claim.kind:
            case "expects":
                holds = " && ".join(f"({each})" for each in self._expected())
            case "waits":
                fair = [step for step in self.system.steps if step.is_fair]
                over = [state for state in self._named() if not self.product.machine.is_open(state)]
                parts = [*map(self._state, over), *(f"({self._guard(step)})" for step in fair)]
                holds = " || ".join(parts)
            case "leads to":
                holds = " || ".join(self._state(s) for s in self._named() if s in claim.goal)
                leads = True
            case "conforms":
                holds = f"breaks_{name} == 0"
            case _:
                parts = list(self._condition(claim.condition))
                holds = f"!({' && '.join(parts) or 'true'})"
        yield f"#define holds_{name} ({holds or 'false'})"
        if leads:  # what refutes it is a run on which it never holds
            yield f"never claim_{name} {{ accept: do :: !(holds_{name}) od }}"
        else:
            yield f"never claim_{name} {{ do :: assert(holds_{name}) od }}"

    def _named(self) -> list[str]:
        """The states that some log is in, in the order of the specification."""
        found = {log.state for log in self.product.logs}
        states = self.product.machine.specification.states
        return [state.name for state in states if state.name in found]

    def _expected(self) -> Iterator[str]:
        """For each message, that it is not next from its sender, or that some step takes it."""
        for name, message in self.system.messages.items():
            takers = [step for step in self.system.steps if step.gets == name]
            fits = []
            for step in takers:
                parts = list(self._condition(step.condition))
                fits.append(f"({' && '.join(parts) or 'true'})")
            taken = " || ".join(fits) or "false"
            yield f"!q{message.channel}?[{self.messages[name]}] || {taken}"


def _word(name: str) -> str:
    return re.sub(r"\W", "_", name)
