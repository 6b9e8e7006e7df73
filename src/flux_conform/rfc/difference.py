"""A difference between the text of an RFC and a specification, as a value."""

from __future__ import annotations

from typing import NamedTuple

DIFFERENCE, NOTE = "difference", "note"
"""The levels: a contradiction, and a remark that does not change the meaning."""

KINDS = {
    "other-rfc": "the text is that of another RFC than the model's",
    "state-missing": "the model has a state that the text does not describe",
    "state-unknown": "the text describes a state that the model has not",
    "virtual-missing": "the model has a virtual state that the text does not describe",
    "virtual-unknown": "the text describes a virtual state that the model has not",
    "virtual-members": "the members of a virtual state differ",
    "event-missing": "the model has an event that the text does not describe",
    "event-unknown": "the text describes an event that the model has not",
    "event-others": "whether events may come that are not described",
    "context": "what is said of a context as a whole differs",
    "key-missing": "the model has a key that the text does not name",
    "key-unknown": "the text names a key that the model has not",
    "key-required": "whether a key is required differs",
    "key-type": "the type of a key differs",
    "key-range": "the range of a key differs",
    "move-missing": "the model has a transition from the text that the text does not tell",
    "move-unknown": "the text tells a transition that the model has not",
    "example-json": "an example is no JSON object",
    "example-line": "an example breaks a rule of the log's lines",
    "example-event": "an example shows an event of another name",
    "example-context": "an example has a context that the model rejects",
    "node-missing": "the model has a state that the diagram does not show",
    "node-unknown": "the diagram shows a state that the model has not",
    "initial": "the arrow from nowhere leads to a state that is not the initial one",
    "group-members": "a frame with a virtual state's name holds other states",
    "edge-missing": "the model has a transition from the diagram that the diagram does not show",
    "edge-unknown": "the diagram shows a transition that the model has not",
    "edge-unlabelled": "an edge of the diagram names no event",
    "edge-label": "an edge of the diagram names something that is no event",
    "edge-basis": "the diagram shows a transition that the model takes from elsewhere",
    "unclear": "a place of the text is not understood",
    "form": "something is odd about the form of the text or the diagram",
    "sentence-new": "a sentence that no tie answers",
    "sentence-changed": "a sentence is not the one that was tied",
    "sentence-moved": "a sentence that is tied stands elsewhere",
    "sentence-gone": "a sentence that is tied is no longer there",
    "sentence-proposed": "the tie of a sentence is a proposal that nobody has reviewed",
    "rule-level": "a rule that binds, but no sentence with such a key word is tied to it",
    "no-ties": "no sentence was compared, because none is tied",
    "no-diagram": "no diagram was compared",
    "no-states": "the text describes no states, so those of the model were not compared",
}
"""The kinds of differences and their meaning."""

NOTES = ("edge-basis", "form", "no-diagram", "no-states", "no-ties", "rule-level")
"""The kinds that are notes; all others are differences."""


class Difference(NamedTuple):
    """A difference; `file` and `line` locate it in the text or the diagram.

    `source_check` fills in `file`, which the comparisons do not know.
    `mark` is the part of the line that differs; "" for the whole line. `model` is what the model
    says, and `rule` the rule it belongs to, or None. `remedy` says what to do.
    """

    kind: str
    what: str
    file: str = ""
    line: int = 1
    mark: str = ""
    model: str = ""
    rule: str | None = None
    remedy: str = ""

    @property
    def level(self) -> str:
        """`difference` or `note`."""
        return NOTE if self.kind in NOTES else DIFFERENCE
