"""The steps that are tried in one explicit instance, which all its searches share.

On the way a search takes few of them: those in which the machine tells one context from another.
With what claims compare the keys of an event is settled at that event, so those contexts are tried
at the ends of runs alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from flux_conform.language.equality import value_key
from flux_conform.machine.alphabet import Action, actions
from flux_conform.machine.bounds import Bounds
from flux_conform.machine.constants import Constants
from flux_conform.machine.interning import GENERATION, SEEN, STATE, VISITED, Interned, flag
from flux_conform.machine.ready_actions import ReadyAction, faulty
from flux_conform.machine.slice import Slice
from flux_conform.machine.step import Machine
from flux_conform.machine.steps import Steps


class TriedSteps:
    """The actions of an alphabet, made ready over one numbering of configurations.

    `sound` are those with contexts that the specification describes, `faulty` those with a key that
    cannot be read. `moves` are the sound ones that are taken on the way, and `faulty_moves` those
    like them.
    """

    def __init__(
        self,
        slice_: Slice,
        bounds: Bounds,
        constants: Constants,
        moves: Constants | None = None,
        left_out: frozenset[str] = frozenset(),
    ) -> None:
        """`moves` are the constants that matter on the way; without them all do.

        Events that are `left_out` are not taken on the way.
        """
        self.left_out = left_out
        self.slice = slice_
        self.bounds = bounds
        self.constants = constants
        machine = Machine(slice_.specification, report=True, asking=slice_.seen)
        self.space = Interned(
            machine,
            (
                STATE,
                GENERATION,
                *(flag(SEEN, name) for name in slice_.seen),
                *(flag(VISITED, name) for name in slice_.visited),
                *(variable.name for variable in slice_.variables),
            ),
        )
        self.stepping = Steps(self.space, bounds, slice_.generation)
        self._made: dict[object, ReadyAction] = {}
        tried = self._ready(actions(slice_, constants, bounds))
        taken = tried if moves is None else self._ready(actions(slice_, moves, bounds))
        self.moves = [step for step in taken if step.action.event not in left_out]
        # Something that is none of a few constants may be none of the many.
        self.sound = list(dict.fromkeys([*tried, *self.moves]))

    @property
    def is_whole(self) -> bool:
        """Whether all sound actions are taken on the way."""
        return len(self.moves) == len(self.sound)

    @cached_property
    def faulty(self) -> list[ReadyAction]:
        """The sound actions with one key that cannot be read."""
        return self._ready(faulty(step.action for step in self.sound))

    @cached_property
    def faulty_moves(self) -> list[ReadyAction]:
        """The moves with one key that cannot be read."""
        return self._ready(faulty(step.action for step in self.moves))

    def ready(self, action: Action) -> ReadyAction:
        """An action made ready for this instance."""
        return ReadyAction(self.stepping, action)

    def _ready(self, tried: Iterable[Action]) -> list[ReadyAction]:
        """The actions made ready, each once."""
        found = []
        for action in tried:
            key = (
                action.event,
                *((name, c.present, c.term, value_key(c.value)) for name, c in action.choices),
            )
            if key not in self._made:
                self._made[key] = self.ready(action)
            found.append(self._made[key])
        return found
