"""What the logs of a certificate show, once they are replayed.

A log shows what its run does, and nothing that is said of it: so a certificate lists logs, and the
verifier looks for what its verdict needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from flux_conform.verify.logged_runs import Place, Replayer, Step, assumed
from flux_conform.verify.plain_values import holds
from flux_conform.verify.proof import InvalidCertificate

EVENT_ASKED = ("disjoint", "functional", "closed", "accepts")
"""Claims of an event that need be no step itself: of what matches there, or that it is a step."""


class Run(NamedTuple):
    """A log that is a run as a property assumes: its events, and where it has come."""

    start: Place
    steps: tuple[Step, ...]

    @property
    def places(self) -> list[Place]:
        """The places that the run comes to, the start among them."""
        return [self.start, *(step.after for step in self.steps)]

    @property
    def end(self) -> Place:
        """The place that the run comes to."""
        return self.places[-1]


class Evidence:
    """The logs of one property, replayed. Raises InvalidCertificate if one is no such run."""

    def __init__(
        self,
        replayer: Replayer,
        claim: Mapping[str, Any],
        logs: Sequence[Sequence[str]],
        generation: str,
    ) -> None:
        self._replayer = replayer
        self._model = replayer.model
        self._claim = claim
        self._generation = generation
        self.runs = [self._run(log) for log in logs]

    def _run(self, log: Sequence[str]) -> Run:
        claim, steps = self._claim, tuple(self._replayer.replay(log))
        levels = {*assumed(claim["assuming"])}
        asked = claim["kind"] in EVENT_ASKED
        for number, step in enumerate(steps):
            if asked and number == len(steps) - 1 and step.is_sound:
                continue
            if step.outcome not in self._outcomes:
                raise InvalidCertificate(f"a log is no run: {step.entry} is {step.outcome} there")
            if step.levels & levels:
                raise InvalidCertificate(f"a log is no run: {step.entry} breaks a rule assumed")
        every = claim["kind"] in ("disjoint", "functional", "closed", "separate")
        if steps and not every and steps[-1].after.generation != self._generation:
            raise InvalidCertificate("a log is of another generation")
        return Run(self._replayer.start(), steps)

    @property
    def _outcomes(self) -> tuple[str, ...]:
        """The outcomes of steps of runs."""
        return ("moves", "stays", "silent") if self._claim["silent"] else ("moves", "stays")

    def shows(self, verdict: str) -> bool:
        """Whether the runs show the part of a verdict that logs can show. Raises Unsupported."""
        found = {
            ("reachable", "proved"): self._each_state,
            ("taken", "proved"): self._each_row,
            ("cycles", "proved"): self._each_circle,
            ("cycles", "refuted"): self._other_circle,
            ("separate", "proved"): self._each_generation,
            ("separate", "refuted"): self._two_generations,
            ("always", "refuted"): self._fails_somewhere,
            ("reports", "refuted"): self._fails_somewhere,
            ("then", "refuted"): self._fails_at_an_event,
            ("never", "refuted"): self._fails_at_an_event,
            ("keeps", "refuted"): self._fails_at_an_event,
            ("accepts", "refuted"): self._is_not_accepted,
            ("disjoint", "refuted"): self._overlaps,
            ("functional", "refuted"): self._overlaps,
            ("closed", "refuted"): self._leaves_the_end,
        }.get((self._claim["kind"], verdict))
        return found is not None and found()

    @property
    def _steps(self) -> Iterator[Step]:
        for run in self.runs:
            yield from run.steps

    def _each_state(self) -> bool:
        reached = {place.state for run in self.runs for place in run.places}
        reached.add(self._replayer.initial)
        return {state["name"] for state in self._model["states"] if not state["removed"]} <= reached

    def _each_row(self) -> bool:
        claim, taken = self._claim, {step.row for step in self._steps}
        asked = {
            number
            for number, row in enumerate(self._model["transitions"])
            if row["generation"] in (None, self._generation)
            and row["outcome"] != "undefined"
            and (claim["silent"] or row["outcome"] != "silent")
            and row["source"] not in self._replayer.removed
        }
        return asked <= taken

    def _each_circle(self) -> bool:
        named = [{*part} for part in self._claim["cycles"]]
        return all(any(part >= round_ for round_ in self._rounds()) for part in named)

    def _other_circle(self) -> bool:
        named = [{*part} for part in self._claim["cycles"]]
        return any(not any(part >= round_ for part in named) for round_ in self._rounds())

    def _rounds(self) -> Iterator[set[str]]:
        """Of each run that leaves a state and comes back: the states passed on the way."""
        for run in self.runs:
            states = [place.state for place in run.places]
            for first, state in enumerate(states):
                passed = {state}
                for other in states[first + 1 :]:
                    passed.add(other)
                    if other == state and len(passed) > 1:
                        yield passed
                        break

    def _each_generation(self) -> bool:
        begun = {run.steps[0].after.generation for run in self.runs if run.steps}
        generations = {item["name"] for item in self._model["generations"]}
        return len(generations) == 1 or generations <= begun

    def _two_generations(self) -> bool:
        return any(run.steps and len(run.steps[0].generations) > 1 for run in self.runs)

    def _fails_somewhere(self) -> bool:
        tree = self._replayer.tree(self._claim["claim"])
        places = [place for run in self.runs for place in run.places]
        return any(holds(tree, place.here()) is False for place in places)

    def _fails_at_an_event(self) -> bool:
        claim = self._claim
        tree, when = map(self._replayer.tree, (claim["claim"], claim["when"]))
        for step in self._steps:
            if claim["on"] in (step.entry, "any") and holds(when, step.before):
                if claim["kind"] == "never" and holds(tree, step.before):
                    return True
                after = step.after.here()._replace(before=step.before)
                if claim["kind"] != "never" and holds(tree, after) is False:
                    return True
        return False

    def _is_not_accepted(self) -> bool:
        claim = self._claim
        states, when = map(self._replayer.tree, (claim["claim"], claim["when"]))
        levels = {*assumed(claim["assuming"])}
        return any(
            claim["on"] in (step.entry, "any")
            and step.is_sound
            and holds(states, step.before)
            and holds(when, step.before)
            and (step.outcome not in self._outcomes or bool(step.levels & levels))
            for step in (run.steps[-1] for run in self.runs if run.steps)
        )

    def _overlaps(self) -> bool:
        def differ(one: Mapping[str, Any], two: Mapping[str, Any]) -> bool:
            return any(one[key] != two[key] for key in ("outcome", "target"))

        return self._at_last_event(
            lambda rows: any(
                self._claim["kind"] == "disjoint" or differ(one, two)
                for place, one in enumerate(rows)
                for two in rows[place + 1 :]
            )
        )

    def _leaves_the_end(self) -> bool:
        return self._at_last_event(
            lambda rows: any(
                row["source"] in self._replayer.captive and row["outcome"] != "undefined"
                for row in rows
            )
        )

    def _at_last_event(self, wanted: Callable[[list[Mapping[str, Any]]], bool]) -> bool:
        """Whether the transitions that match at the last event of a run are as wanted."""
        last = [run.steps[-1] for run in self.runs if run.steps]
        rows = self._model["transitions"]
        return any(step.is_sound and wanted([rows[n] for n in step.matching]) for step in last)
