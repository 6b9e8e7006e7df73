"""What the text of an RFC says of a machine: states, events, contexts, examples, with their lines.

Plain values, whatever the text was written in. Nothing here knows a specification; `compare`
holds the two against each other.
"""

from __future__ import annotations

from typing import NamedTuple

from flux_conform.language import types as t

EMPTY, UNDEFINED, ANY, OBJECT = "empty", "undefined", "any", "object"
"""What a sentence can say of a context: none in it, none defined, nothing asked, an object."""


class Move(NamedTuple):
    """A sentence that tells of a transition to `target`, with the words that may name its event."""

    target: str
    words: frozenset[str]
    line: int


class StatedState(NamedTuple):
    """A state that the text describes, and the transitions out of it that are told there."""

    name: str
    line: int
    moves: tuple[Move, ...]


class StatedUnion(NamedTuple):
    """A virtual state; `words` are the words of its description, its members among them."""

    name: str
    line: int
    words: tuple[str, ...]


class StatedKey(NamedTuple):
    """A key of a context. `type` is None where the text's word for it, `words`, is not known."""

    name: str
    line: int
    required: bool
    type: t.Type | None
    words: str


class StatedContext(NamedTuple):
    """A sentence on the context as a whole; `one_at_least`: an object that may not be empty."""

    kind: str
    line: int
    one_at_least: bool = False


class Example(NamedTuple):
    """A block of JSON, and the line at which it begins."""

    line: int
    text: str


class StatedEvent(NamedTuple):
    """A section on an event: its heading, and what it says of the context.

    `name` ends in `*` where the section speaks of all events with a prefix.
    """

    name: str
    heading: str
    line: int
    contexts: tuple[StatedContext, ...]
    keys: tuple[StatedKey, ...]
    examples: tuple[Example, ...]


class Family(NamedTuple):
    """A sentence that speaks of all events with a prefix, `PREFIX*`, but says no more of them."""

    name: str
    line: int


class Unclear(NamedTuple):
    """A place that is not understood, and what was looked for there."""

    line: int
    says: str
    remedy: str


class Remark(NamedTuple):
    """Something about the form of the text that changes nothing of what it says."""

    line: int
    says: str


class StatedText(NamedTuple):
    """All that a text says. Lines count from 1; the lines of sections are those of headings.

    `moves` are sentences outside of the descriptions of states. `unlisted` is the line of the
    sentence that allows events beside those described, None where there is none. `pictures` are
    the files of images, as they are written.
    """

    lines: tuple[str, ...]
    states: tuple[StatedState, ...]
    states_line: int
    unions: tuple[StatedUnion, ...]
    unions_line: int
    events: tuple[StatedEvent, ...]
    events_line: int
    families: tuple[Family, ...]
    unlisted: int | None
    moves: tuple[Move, ...]
    pictures: tuple[str, ...]
    unclear: tuple[Unclear, ...]
    remarks: tuple[Remark, ...]
