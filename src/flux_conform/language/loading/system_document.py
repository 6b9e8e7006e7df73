"""The shape of a system's file: participants, the messages between them, and what is claimed."""

from __future__ import annotations

from flux_conform.language.document import (
    EXPRESSION,
    LOGGED,
    NAMES,
    NEIGHBOUR,
    SHORT_NAME,
    TEXT,
)
from flux_conform.language.levels import LEVELS
from flux_conform.language.shapes import COUNT, FLAG, Choice, Field, Items, Record, Table
from flux_conform.language.shapes import Text as TextShape

SYSTEM, BASE, JOINED = "system", "based on", "joins"
"""The keys that make a document a system, and one that mends another; and of the log's machine."""

_PART = r"[A-Za-z][A-Za-z0-9 -]*"
PART = TextShape("a name of letters, digits, hyphens and blanks", _PART)
PARTS = Items(PART, single=True)
PLACE = rf"(?:{_PART}\.)?{_PART}"
VALUES = Table(PARTS, PLACE, "variables with values")

BUDGET = Record(
    "a budget",
    {
        "times": Field(COUNT, "how many steps use it, by default", True),
        "in views": Field(COUNT, "how many use it in pictures of views; by default as many"),
        "says": Field(TEXT, "what it limits", True),
    },
)
MESSAGE = Record(
    "a message",
    {
        "from": Field(PART, "the participant who sends it", True),
        "to": Field(PART, "the participant who gets it", True),
        "says": Field(TEXT, "what it says", True),
    },
)
MEMBER_STEP = Record(
    "a step of a participant",
    {
        "says": Field(TEXT, "what happens, as a sentence", True),
        "in": Field(NAMES, "the states of the log in which it is taken, virtual ones too"),
        "if": Field(EXPRESSION, "what holds of the log before it"),
        "when": Field(VALUES, "the values of variables before it"),
        "gets": Field(PART, "the message that it takes"),
        "uses": Field(PART, "the budget that it uses up"),
        "posts": Field(Items(LOGGED, single=True), "the events that it adds to the log"),
        "sends": Field(PARTS, "the messages that it sends, in order"),
        "set": Field(Table(PART, PLACE, "variables with a value"), "the new values of variables"),
        "clears": Field(Items(Items(PART)), "pairs of participants whose messages are lost"),
        "fair": Field(FLAG, "it counts as the participant's share; true by default"),
        "removed": Field(FLAG, "a mended system does not have the step"),
    },
)
MEMBER = Record(
    "a participant of a system",
    {
        "says": Field(TEXT, "what it does"),
        "has": Field(Table(Items(PART), _PART), "variables with their values, the first one first"),
        "steps": Field(Table(MEMBER_STEP, _PART), "what it may do, by name"),
    },
)
CONDITION = Record(
    "a condition",
    {
        "in": Field(NAMES, "the states of the log, virtual ones too"),
        "if": Field(EXPRESSION, "what holds of the log"),
        "when": Field(VALUES, "the values of variables"),
        "queued": Field(Table(COUNT, _PART), "at least so many messages are on their way"),
    },
)
CLAIM_KINDS = ("expects", "waits", "leads to", "conforms", "never")
SYSTEM_CLAIM = Record(
    "a claim about a system",
    {
        "says": Field(TEXT, "the claim as a sentence", True),
        "expects": Field(
            Choice(("every message",)), "each message has a step that takes it when it comes"
        ),
        "waits": Field(Choice(("nobody",)), "where no fair step is left, the log is over"),
        "leads to": Field(NAMES, "every run in which each participant is fair comes here"),
        "conforms": Field(
            Choice(LEVELS), "no event breaks a rule of this level or of a stronger one"
        ),
        "never": Field(CONDITION, "this holds at no time"),
        "expect": Field(
            Choice(("proved", "refuted")), "the verdict that is right; proved by default"
        ),
        "because": Field(TEXT, "why a claim is refuted"),
    },
)
SYSTEM_FIELDS = {
    SYSTEM: Field(SHORT_NAME, "its name", True),
    "title": Field(TEXT, "its title", True),
    BASE: Field(NEIGHBOUR, "the system that this one mends: what stands here replaces its parts"),
    JOINED: Field(NEIGHBOUR, "the specification of the log that the participants write"),
    "capacity": Field(COUNT, "messages from one participant to another at most, on their way"),
    "budgets": Field(Table(BUDGET, _PART), "how often what may happen at any time happens"),
    "messages": Field(Table(MESSAGE, _PART), "the messages, each from one participant to another"),
    "participants": Field(Table(MEMBER, _PART), "who takes part"),
    "claims": Field(Table(SYSTEM_CLAIM, _PART), "what is claimed of every run"),
}
SYSTEM_FILE = Record("a system", SYSTEM_FIELDS)
