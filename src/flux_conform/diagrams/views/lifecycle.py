"""Sequence diagrams of scenarios: the participants, and the messages between them in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flux_conform.diagrams.graph import LIFECYCLE, Picture
from flux_conform.diagrams.marks import LOGGED, UNLOGGED, Legend, Message, Scene
from flux_conform.language.scenarios import Scenario, scenario_log
from flux_conform.language.specification import Specification
from flux_conform.machine.taken import Course

_SHOWN = 2


class NoScenario(LookupError):
    """The specification has no scenario of that name ("": none at all); `known` are its own."""

    def __init__(self, machine: str, name: str, known: tuple[str, ...]) -> None:
        super().__init__(machine, name, known)
        self.machine = machine
        self.name = name
        self.known = known

    def __str__(self) -> str:
        if not self.known:
            return f"{self.machine} tells no scenarios, so there is no life to draw"
        return f'no scenario "{self.name}"; the known ones are {", ".join(self.known)}'


def lifecycle_picture(
    specification: Specification,
    follow: Callable[[bytes], Course],
    names: Sequence[str] = (),
) -> Picture:
    """The scenarios of a specification, each a scene with the state as it changes.

    Args:
        specification: The machine.
        follow: What tells the course of a log, as `flux_conform.checking.transitions` does.
        names: The scenarios to show, in this order; where there are none, the first two that the
            specification tells.

    Raises:
        NoScenario: There is none of a name, or none at all.
    """
    known = {scenario.name: scenario for scenario in specification.scenarios}
    for name in names or ("",) * (not known):
        if name not in known:
            raise NoScenario(specification.name, name, tuple(known))
    chosen = [known[name] for name in dict.fromkeys(names)] or list(known.values())[:_SHOWN]
    scenes = tuple(_scene(specification, follow, scenario) for scenario in chosen)
    unlogged = any(not message.logged for scene in scenes for message in scene.messages)
    return Picture(
        name=specification.name,
        title=f"{specification.title}: who takes part, and what passes between them",
        generation=specification.today.name,
        view=LIFECYCLE,
        legend=(
            Legend(LOGGED, "an event, logged where its arrow ends"),
            *((Legend(UNLOGGED, "a request; it stands in no log"),) if unlogged else ()),
        ),
        scenes=scenes,
    )


def _scene(
    specification: Specification, follow: Callable[[bytes], Course], scenario: Scenario
) -> Scene:
    form, log = specification.fields, scenario_log(scenario)
    states = iter(follow(log if form is None else form.log(log)).events)
    state = specification.initial.name
    messages = []
    for step in scenario.steps:
        if step.event is not None:
            state = next(states).after
        text = step.event or step.request or ""
        messages.append(Message(text, step.along, step.event is not None, state, step.at))
    taking_part = {name for step in scenario.steps for name in step.along}
    return Scene(
        scenario.name,
        scenario.title,
        scenario.says,
        tuple(each.name for each in specification.participants if each.name in taking_part),
        specification.initial.name,
        tuple(messages),
    )
