"""The parts of the texts in rfc/ that no single machine makes: participants, and others' names."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flux_conform.artefacts import artefact
from flux_conform.checking.other_names import OtherNames
from flux_conform.cli.participant_view import participants_view, shipped_system
from flux_conform.language import load
from flux_conform.language.scenarios import scenario_log
from flux_conform.rfc.marked import UnknownPart
from flux_conform.rfc.rst import code_block, list_table
from flux_conform.rfc.table import Cell, Code, Column, Row, Table, codes

if TYPE_CHECKING:
    from flux_conform.language.specification import Specification
    from flux_conform.system.participants import System
    from flux_conform.system.projection import View

CHAPTERS = ("participants", "other-names")
"""The texts that have such parts."""

_NAMES = ("slurm", "psij", "sub-states")


class ChapterParts:
    """Makes a part by its name and argument."""

    names = ("participants", "posts", "view", "names", "told")

    def __init__(self) -> None:
        self._mappings: dict[str, OtherNames] = {}

    def __call__(self, name: str, argument: str) -> str:
        """The part's text. Raises UnknownPart."""
        match name:
            case "participants":
                return list_table(self._participants())
            case "posts":
                return list_table(self._posts())
            case "view":
                if argument not in self.system.participants:
                    raise UnknownPart("a view of whom?", argument, self.system.participants)
                return list_table(self._view(argument))
            case "names":
                return list_table(self._named())
            case "told":
                return self._told(argument)
        raise UnknownPart(f'unknown part "{name}"', name, self.names)

    @cached_property
    def system(self) -> System:
        """The shipped system, as views of it are drawn."""
        system = shipped_system()
        return system.with_budgets(system.in_views)

    @property
    def drawn(self) -> list[str]:
        """The participants whose views have pictures: who gets messages and posts no event."""
        posting = {step.participant for step in self.system.steps if step.posts}
        asked = {message.receiver for message in self.system.messages.values()}
        return [name for name in self.system.participants if name in asked - posting]

    def view_of(self, participant: str) -> View:
        """What a participant sees."""
        from flux_conform.system.projection import view

        return view(self._product, participant)

    def picture_of(self, participant: str) -> Specification:
        """The same as a specification, which is drawn."""
        return participants_view(participant, self.system)

    @cached_property
    def _product(self) -> Any:
        from flux_conform.system.system_product import Product

        return Product(self.system)

    def _participants(self) -> Table:
        rows = []
        for name in self.system.participants:
            messages = self.system.messages.values()
            sends = codes(each.name for each in messages if each.sender == name)
            gets = codes(each.name for each in messages if each.receiver == name)
            rows.append(Row(((name,), sends or ("nothing",), gets or ("nothing",))))
        columns = (Column("Participant", 3), Column("Sends", 7), Column("Gets", 7))
        return Table("participants", "Participants and their messages", columns, tuple(rows))

    def _posts(self) -> Table:
        """Which step posts which event, and on which message."""
        rows: dict[tuple[str, str, str], list[str]] = {}
        for step in self.system.steps:
            for event, _ in step.posts:
                cause = step.participant if step.gets is None else ""
                rows.setdefault((event, step.gets or "", cause), []).append(step.says)
        table = []
        for (event, message, cause), says in rows.items():
            sender = self.system.messages[message].sender if message else cause
            on: Cell = ("on ", Code(message), f" ({sender})") if message else (sender,)
            table.append(Row(((Code(event),), on, ("; ".join(says),))))
        columns = (Column("Event", 4), Column("Caused by", 5), Column("When", 8))
        return Table("posts", "Who makes the job manager post what", columns, tuple(table))

    def _view(self, participant: str) -> Table:
        from flux_conform.system.view_machine import state_names

        seen = self.view_of(participant)
        names = state_names(seen)
        rows = []
        for name, state in zip(names, seen.states, strict=True):
            after: list[Any] = []
            for message, target in state.after.items():
                after += [", " if after else "", Code(message), " to ", Code(names[target])]
            rows.append(
                Row(((Code(name),), codes(state.logs), tuple(filter(None, after)) or ("nothing",)))
            )
        columns = (Column("State", 4), Column("The job is in", 6), Column("What comes next", 8))
        title = f"What the {participant} sees"
        return Table(f"view-{participant}", title, columns, tuple(rows))

    def _names_after(self, mapping: str, data: bytes) -> Iterator[tuple[str, str, str]]:
        """Each event of a log, the state after it, and the name that a mapping gives it."""
        from flux_conform.checking.replay import replay

        if mapping not in self._mappings:
            self._mappings[mapping] = OtherNames(mapping)
        names = self._mappings[mapping]
        events = replay(names.machine, data).events
        for event, called in zip(events, names.after_each(data), strict=True):
            name, *more = ("" if value is None else str(value) for value in called.values())
            yield event.event, event.state, f"{name} ({', '.join(more)})" if any(more) else name

    def _named(self) -> Table:
        """Every combination of names that the scenarios of the job come to."""
        specification = load(self.system.specification.name)
        met: dict[tuple[str, str, str, str], None] = {}
        for scenario in specification.scenarios:
            data = scenario_log(scenario)
            columns = [list(self._names_after(mapping, data)) for mapping in _NAMES]
            for slurm, psij, below in zip(*columns, strict=True):
                met[slurm[1], below[2], slurm[2], psij[2]] = None
        order = [state.name for state in specification.states]
        rows = tuple(
            Row(tuple(((Code(each),) if each else ()) for each in row))
            for row in sorted(met, key=lambda row: (order.index(row[0]), row))
        )
        heads = (("State", 4), ("Sub-state", 4), ("Slurm (reason)", 6), ("PSI/J", 4))
        made = tuple(Column(head, width) for head, width in heads)
        return Table("names", "A job in three systems' names", made, rows)

    def _told(self, argument: str) -> str:
        """A log, and what PSI/J's executor and our mapping tell of it."""
        path = Path(artefact("rfc")).parent / argument
        if not path.is_file():
            raise UnknownPart(f'no log "{argument}"', argument, ())
        data = path.read_bytes()
        told = [list(self._names_after(each, data)) for each in ("psij-executor", "psij")]
        rows = tuple(
            Row(((Code(one[0]),), (Code(one[1]),), (Code(one[2]),), (Code(other[2]),)))
            for one, other in zip(*told, strict=True)
        )
        heads = ("Event", "State after it", "The executor", "The mapping")
        table = Table("told", "What is told of this log", tuple(map(Column, heads)), rows)
        return f"{code_block(data.decode().splitlines())}\n{list_table(table)}"
