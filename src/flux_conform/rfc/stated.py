"""What the text of an RFC states about a machine, with line numbers.

Plain values, independent of the markup of the text and of any specification; the modules
`compare_*` compare them with one.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from flux_conform.language import types as t

EMPTY, UNDEFINED, ANY, OBJECT = "empty", "undefined", "any", "object"
"""What a sentence says of a context: it is empty, not defined, unrestricted, or an object."""


class StatedTransition(NamedTuple):
    """A sentence about a transition to `target`, with the words that may name its event."""

    target: str
    words: frozenset[str]
    line: int


class StatedState(NamedTuple):
    """A state that the text describes, and the transitions that its description mentions."""

    name: str
    line: int
    moves: tuple[StatedTransition, ...]


class StatedVirtualState(NamedTuple):
    """A virtual state; `words` are all words of its description, including its members."""

    name: str
    line: int
    words: tuple[str, ...]


class StatedKey(NamedTuple):
    """A key of a context. `type` is None if the text's `words` for it are unknown."""

    name: str
    line: int
    required: bool
    type: t.Type | None
    words: str


class StatedContext(NamedTuple):
    """A sentence on the context as a whole; `one_at_least` excludes an empty object."""

    kind: str
    line: int
    one_at_least: bool = False


class Example(NamedTuple):
    """A block of JSON, and its first line."""

    line: int
    text: str


class StatedEvent(NamedTuple):
    """A section on an event: its heading, and what it says of the context.

    `name` ends in `*` if the section is about all events with a prefix.
    """

    name: str
    heading: str
    line: int
    contexts: tuple[StatedContext, ...]
    keys: tuple[StatedKey, ...]
    examples: tuple[Example, ...]


class StatedFamily(NamedTuple):
    """A sentence about all events with a prefix, `PREFIX*`, without further details."""

    name: str
    line: int


class Unclear(NamedTuple):
    """A place that was not understood, and what was expected."""

    line: int
    says: str
    remedy: str


class Remark(NamedTuple):
    """A remark on the form of the text that does not affect its meaning."""

    line: int
    says: str


KEY_WORDS = (
    *("MUST NOT", "SHALL NOT", "SHOULD NOT", "NOT RECOMMENDED"),
    *("MUST", "SHALL", "REQUIRED", "SHOULD", "RECOMMENDED", "MAY", "OPTIONAL"),
)
"""The key words of RFC 2119; those of two words come first."""

CITED = re.compile(r"\b(?:rfc[0-9]{1,5}(?:/[a-z0-9.-]*[a-z0-9])+|question/[a-z0-9-]+)")
"""A citation of a rule or an open question by its id, as our own texts have it."""


class StatedSentence(NamedTuple):
    """A sentence, or a row of a table.

    `section` is its heading, below the parent's if two have the same; `term` is the term of the
    definition it stands in, or "". `text` has no markup. `is_tracked` says whether a specification
    must answer it. `mark` is its part of the line `line`.
    """

    section: str
    term: str
    line: int
    text: str
    key_words: tuple[str, ...]
    fingerprint: str
    is_tracked: bool
    mark: str = ""


class StatedText(NamedTuple):
    """The content of a text. Lines count from 1; the line of a section is that of its heading.

    `title` is the text's own heading, and `rfc` the number in it, or None. `words` are the words
    of the whole text. `has_states` says whether there is a section that describes states.
    `moves` are sentences outside the descriptions of states. `unlisted` is the line of the sentence
    that allows other events than those described, or None. `pictures` are the file names of images,
    as written.
    """

    lines: tuple[str, ...]
    title: str
    title_line: int
    rfc: int | None
    words: frozenset[str]
    has_states: bool
    states: tuple[StatedState, ...]
    states_line: int
    unions: tuple[StatedVirtualState, ...]
    unions_line: int
    events: tuple[StatedEvent, ...]
    events_line: int
    families: tuple[StatedFamily, ...]
    unlisted: int | None
    moves: tuple[StatedTransition, ...]
    sentences: tuple[StatedSentence, ...]
    pictures: tuple[str, ...]
    unclear: tuple[Unclear, ...]
    remarks: tuple[Remark, ...]
