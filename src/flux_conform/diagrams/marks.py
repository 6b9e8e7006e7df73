"""What the views of a machine add to its picture: looks, marks, notes, a table, scenes.

Nothing is shown by colour alone: each look also has its own kind of line, and each mark is a text.
"""

from __future__ import annotations

from typing import NamedTuple

AS_IS, TAKEN, ENDED, PALE, NEVER, ALIEN, ADDED, DROPPED = LOOKS = (
    *("as is", "taken", "ended", "pale", "never", "alien", "added", "dropped"),
)
"""How a state, an edge or a label is drawn.

As its role says; taken by a log; the state in which a log ended; of no concern here; never taken;
not in the model; only in the second of two machines; only in the first.
"""


FLAG = "flag"
"""In a legend, the look of the numbers that lead to notes."""

LOGGED, UNLOGGED = "logged", "unlogged"
"""The looks of what passes in a scene: an event that is logged, and what stands in no log."""


class Legend(NamedTuple):
    """What a look stands for; where that is AS_IS, the line is that of the role.

    `sample` is a text shown in that look instead of a line, in a badge where the look is FLAG.
    """

    look: str
    says: str
    sample: str = ""
    role: str = "main"


class Note(NamedTuple):
    """A line of the list below a picture.

    `flag` is the number that stands at the place that it speaks of, `head` its first words
    (a line and a rule's id), set off from the rest.
    """

    flag: str
    head: str
    says: str


class Cell(NamedTuple):
    """What an event does in a state: `text` as it is drawn, and `says` in words.

    `strong` is what a reader looks for first.
    """

    text: str
    says: str
    strong: bool = False


class Row(NamedTuple):
    """A row of the table: `name` is the event, or a guard where `inner`.

    `cells` are in the order of the table's columns; a row that only heads those below it (an event
    with guards) has none.
    """

    name: str
    cells: tuple[Cell, ...]
    inner: bool = False


class Band(NamedTuple):
    """Rows under one heading: who posts these events."""

    head: str
    rows: tuple[Row, ...]


class Table(NamedTuple):
    """Events by states; `columns` are the names of states."""

    columns: tuple[str, ...]
    bands: tuple[Band, ...]


class Message(NamedTuple):
    """What passes along `path`, from the participant that causes it to the last one.

    An event (`logged`) is written to the log there; anything else stands in no log. `state` is the
    state after it, `at` the seconds since the scene began.
    """

    text: str
    path: tuple[str, ...]
    logged: bool
    state: str
    at: float


class Scene(NamedTuple):
    """A course of messages between participants (in their order).

    `start` is the state before the first message.
    """

    name: str
    title: str
    says: str
    participants: tuple[str, ...]
    start: str
    messages: tuple[Message, ...]
