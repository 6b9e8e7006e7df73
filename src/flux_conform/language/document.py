"""The shape of a specification file: every key, its values, and its meaning."""

from __future__ import annotations

from flux_conform.language.levels import ASKED, LEVELS, NOTE, WEIGHTY
from flux_conform.language.open_questions import QUESTION_KINDS
from flux_conform.language.shapes import (
    COUNT,
    FLAG,
    SECONDS,
    Choice,
    Either,
    Field,
    Items,
    Record,
    Table,
    Text,
    Tree,
)
from flux_conform.language.specification import MACHINE_FINDINGS, SILENT, STAYS, UNDEFINED

_NAME = r"[A-Za-z_][A-Za-z0-9_]*"
_EVENT = r"[^\s()\",]+"
_AUTHORITY = r"(?:rfc[0-9]{1,5}|(?!rfc[0-9])[a-z][a-z0-9-]*)"
_RULE_ID = rf"{_AUTHORITY}(?:/[a-z0-9.-]+){{1,2}}"
_FINDING_ID = rf"{_AUTHORITY}/(?:[a-z0-9.-]+|\{{event\}})/[a-z0-9-]+"

NAME = Text("a name", _NAME)
EVENT_NAME = Text("the name of an event", _EVENT)
EXPRESSION = Text("an expression", code=True)
TYPE = Text("a type", code=True)
TEXT = Text("a text")
TEMPLATE = Text("a text, with expressions in braces", code=True)
DATE = Text("a date, YYYY-MM-DD", r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
LEVEL = Choice(LEVELS)
SOURCE_LEVEL = Choice((*ASKED, NOTE))
ID = Text("a name of letters, digits and hyphens", "[a-z0-9-]+")
SHORT_NAME = Text("a short name", "[a-z][a-z0-9-]*")
NAMES = Items(NAME, single=True)
EVENT_NAMES = Items(EVENT_NAME, single=True)
TEXTS = Items(TEXT, single=True)
QUESTION_ID = Text("the id of a question", "[a-z0-9-]+")

SOURCE = Record(
    "source",
    {
        "rfc": Field(COUNT, "the number of the RFC"),
        "name": Field(SHORT_NAME, "the name of a source that is no RFC; ids of rules begin so"),
        "version": Field(COUNT, "the version of the log format that it describes"),
        "date": Field(DATE, "the date of the text that was read"),
        "says": Field(TEXT, "what the text of that date brought"),
        "text": Field(
            ID, "our own text of it, whose anchors are the rules; a change does not inherit it"
        ),
    },
)
_KEY = rf'\.(?:{_NAME}|"[^"\\]+")'
FORM = Record(
    "the form of lines",
    {
        "name": Field(Text("a key such as .type", _KEY), "the key of the event's name; .name"),
        "time": Field(
            Text("a key such as .ts, or none", rf"none|{_KEY}"),
            "the key of the time, in seconds since 1970, or none; .timestamp by default",
        ),
        "context": Field(
            Text("a key such as .data, or . alone", rf"\.|{_KEY}"),
            "the key of the context; . where its keys stand beside the name; .context by default",
        ),
    },
)
GENERATION = Record(
    "a generation",
    {
        "today": Field(FLAG, "logs written now are of it"),
        "on": Field(EVENT_NAME, "the first event that tells it"),
        "when": Field(EXPRESSION, "what must hold of that event"),
        "says": Field(TEXT, "what sets it apart", True),
    },
)
STATE = Record(
    "a state",
    {
        "letter": Field(Text("one letter", "[A-Z]"), "its short form; by default its first letter"),
        "initial": Field(FLAG, "the state of a log without events"),
        "final": Field(
            Either(FLAG, Record("a final state", {"captive": Field(FLAG, "nothing may follow")})),
            "a log may end here and, unless it is not captive, nothing may follow",
        ),
        "removed": Field(FLAG, "the pseudo-state of a log that is deleted, no state of a job"),
        "waitable": Field(FLAG, "tools may wait for it; true by default"),
        "says": Field(TEXT, "what it means"),
    },
)
VARIABLE = Record(
    "a variable",
    {
        "type": Field(TYPE, "its type, which also gives its first value", True),
        "start": Field(Tree("a value"), "its first value, where it is another"),
        "says": Field(TEXT, "what it holds"),
    },
)
CONTEXT = Table(Tree("a value"), words="keys with values")
LANE_STATE = Record(
    "a state of a lane",
    {
        "initial": Field(FLAG, "the state of each key that no event has moved"),
        "says": Field(TEXT, "what it means"),
    },
)
LANE = Record(
    "a lane",
    {
        "key": Field(
            Items(EXPRESSION, single=True),
            "the keys of an event that name the lane; a row may give others",
        ),
        "says": Field(TEXT, "what has such a lane"),
        "states": Field(Table(LANE_STATE, _NAME), "the states of each, one of them initial", True),
    },
)
EVENT = Record(
    "an event",
    {
        "by": Field(TEXTS, "who posts it"),
        "context": Field(
            Either(Text("empty, undefined, any or a type", code=True), Table(TYPE)),
            "its context object: a word, or its keys with their types",
            True,
        ),
        "effect": Field(Table(EXPRESSION, _NAME), "new values of variables"),
        "elsewhere": Field(
            Choice((STAYS, SILENT, UNDEFINED)), "the outcome where no transition matches", True
        ),
        "section": Field(TEXT, "the RFC's heading; by default its name and the word Event"),
        "question": Field(QUESTION_ID, "what is open about it"),
        "example": Field(CONTEXT, "a context that fits; without it, the event bears none"),
        "says": Field(TEXT, "what it tells"),
    },
)
TRANSITION = Record(
    "a transition",
    {
        "on": Field(EVENT_NAMES, "the event", True),
        "lane": Field(
            Either(NAME, Table(Items(EXPRESSION, single=True), _NAME)),
            "the row is of a lane and its states; {LANE: KEY} gives another key",
        ),
        "from": Field(NAMES, "the states, virtual ones too", True),
        "when": Field(
            EXPRESSION, "the guard: matches only where it holds; else where no other row does"
        ),
        "to": Field(NAME, "the outcome is to move there"),
        STAYS: Field(FLAG, "the outcome is to stay, and that is legal"),
        SILENT: Field(FLAG, "nothing is said of this; the state stays"),
        UNDEFINED: Field(FLAG, "the event must not be here"),
        "generation": Field(NAME, "only in logs of this generation"),
        "basis": Field(
            Items(Choice(("text", "diagram", "implied")), single=True), "where the source says so"
        ),
        "question": Field(QUESTION_ID, "what is open about it"),
    },
)
MACHINE_FINDING = Record(
    "a finding",
    {
        "id": Field(
            Text('an id such as "rfc21/states/undefined"', _FINDING_ID),
            "the rule's id, {event} for the event's name",
            True,
        ),
        "level": Field(SOURCE_LEVEL, "how binding it is", True),
        "section": Field(TEXT, "the RFC's heading; by default the event's"),
        "says": Field(TEXT, "the rule as a sentence, {event} for the event's name", True),
    },
)
RULE = Record(
    "a rule",
    {
        "id": Field(Text('an id such as "rfc21/depend/outstanding"', _RULE_ID), "its id", True),
        "level": Field(LEVEL, "how binding it is; policy is what a site asks", True),
        "on": Field(EVENT_NAMES, "the events judged, or any", True),
        "require": Field(EXPRESSION, "what must hold, of the values before the event", True),
        "section": Field(TEXT, "the RFC's heading; by default the event's"),
        "says": Field(TEXT, "the rule as a sentence", True),
        "breach": Field(TEMPLATE, "what is wrong where it is broken", True),
        "repair": Field(TEMPLATE, "the way out", True),
        "supplies": Field(EVENT_NAME, "the event that is missing where the rule is broken"),
        "follows": Field(TEXT, "why the rule asks nothing that others do not ask"),
    },
)
WAIT = Record(
    "what is waited for",
    {
        "in": Field(NAMES, "the states in which a log stops, virtual ones too", True),
        "when": Field(EXPRESSION, "what must hold there"),
        "each": Field(EXPRESSION, "a set or bag: the log waits for each of its members"),
        "for": Field(TEMPLATE, "what the log waits for; {each} is the member", True),
    },
)
PROPERTY = Record(
    "a property",
    {
        "id": Field(ID, "its name", True),
        "single": Field(Choice(("initial and final",)), "there is one of each"),
        "reachable": Field(Choice(("each state",)), "some run comes there"),
        "taken": Field(Choice(("each transition",)), "some run takes it"),
        "disjoint": Field(Choice(("each pair",)), "guards of one state and event exclude others"),
        "closed": Field(Choice(("final",)), "no event leads out of a captive final state"),
        "functional": Field(Choice(("each event",)), "one log has one reading"),
        "separate": Field(Choice(("generations",)), "each log is of one generation"),
        "cycles": Field(Items(Items(NAME)), "the sets of states in which a run may go round"),
        "recoverable": Field(EXPRESSION, "from wherever a run has come, some run leads here"),
        "without": Field(EVENT_NAMES, "events that the way out does not take"),
        "leavable": Field(
            Choice(("every other state",)), "from wherever a run has come, the state can change"
        ),
        "always": Field(EXPRESSION, "holds at all times"),
        "on": Field(EVENT_NAME, "at this event"),
        "when": Field(EXPRESSION, "if this holds before it"),
        "then": Field(EXPRESSION, "this holds after it; old(…) is a value before it"),
        "never": Field(EXPRESSION, "this does not hold before it"),
        "reports": Field(EXPRESSION, "in the final state this holds, of the report's fields too"),
        "accepts": Field(NAMES, "in these states, virtual ones too, each such event is accepted"),
        "keeps": Field(NAMES, "these variables, or the state, are the same after it"),
        "assuming": Field(
            Choice((*WEIGHTY, "nothing")),
            "runs break no rule of this level or a stronger one; implied by default",
        ),
        SILENT: Field(Choice(("in", "out")), "whether runs take silent steps; in by default"),
        "expect": Field(
            Choice(("proved", "refuted")), "the verdict that is right; proved by default"
        ),
        "question": Field(Items(QUESTION_ID, single=True), "the open questions that bear on it"),
        "section": Field(TEXT, "the RFC's heading"),
        "says": Field(TEXT, "the claim as a sentence", True),
    },
)
CHANGE = "change"
"""The key that makes a specification a change on another, which it names; and of a reading."""

READING = Record(
    "a reading",
    {
        "says": Field(TEXT, "the reading in words", True),
        CHANGE: Field(
            Tree("a change on this specification", of=CHANGE, mapping=True),
            "what would differ here if it were chosen",
        ),
    },
)
LOGGED = Either(EVENT_NAME, Table(CONTEXT, words="NAME: {key: value}"))
QUESTION = Record(
    "a question",
    {
        "id": Field(ID, "its name", True),
        "kind": Field(Choice(QUESTION_KINDS), "what is open; a gap by default"),
        "about": Field(TEXTS, "events, states and rules it concerns"),
        "readings": Field(Table(Either(TEXT, READING)), "what each source says, by source", True),
        "chosen": Field(TEXT, "the reading that this specification follows", True),
        "why": Field(TEXT, "the reason for the choice", True),
        "log": Field(Items(LOGGED), "a log that the readings do not read alike"),
        "no log": Field(TEXT, "why no log tells the readings apart"),
    },
)
PARTICIPANT = Record(
    "a participant",
    {
        "says": Field(TEXT, "what it does", True),
        "roles": Field(TEXTS, "further names under which it posts events"),
    },
)
STEP = Record(
    "a step",
    {
        "at": Field(SECONDS, "seconds after the first step", True),
        "event": Field(EVENT_NAME, "the event that is logged"),
        "request": Field(TEXT, "what is asked for, in words; no log holds it"),
        "along": Field(
            TEXTS, "the participants from whom it comes to whom, the one who logs it last", True
        ),
        "context": Field(CONTEXT, "keys that differ from the event's example; null leaves one out"),
        "breaks": Field(
            Table(LEVEL), "all rules that the event breaks, notes too, and how binding each is"
        ),
    },
)
SCENARIO = Record(
    "a scenario",
    {
        "title": Field(TEXT, "its title", True),
        "says": Field(TEXT, "what it shows", True),
        "unfinished": Field(FLAG, "the log does not come to the end"),
        "ends": Field(NAME, "the state in which the log ends"),
        "breaks": Field(TEXTS, "the ids of all rules that the log breaks; it conforms by default"),
        "reports": Field(CONTEXT, "what fields of the report are at the end of the log"),
        "steps": Field(Items(STEP), "what happens, in its order", True),
    },
)
MACHINE = Record(
    "a specification",
    {
        "machine": Field(SHORT_NAME, "its name", True),
        "title": Field(TEXT, "its title", True),
        "source": Field(SOURCE, "what it is read from: an RFC, or a source with a name", True),
        "lines": Field(
            Text("the name of a file beside this one", "[a-z][a-z0-9-]*"),
            "the rules of the log's lines",
            True,
        ),
        "fields": Field(FORM, "how lines name their parts, where that is not as in an eventlog"),
        "generations": Field(Table(GENERATION, _NAME), "of the log format, today's among them"),
        "states": Field(Table(STATE, _NAME), "in the order of the usual life", True),
        "virtual states": Field(Table(Items(NAME), _NAME), "names for unions of states"),
        "definitions": Field(
            Table(EXPRESSION, rf"{_NAME}(?:\({_NAME}(?:, *{_NAME})*\))?"), "named expressions"
        ),
        "types": Field(Table(TYPE, _NAME), "names for types; each may use those above it"),
        "variables": Field(
            Table(Either(TYPE, VARIABLE), _NAME), "what the machine remembers beside its state"
        ),
        "lanes": Field(Table(LANE, _NAME), "a small machine for each key"),
        "findings": Field(
            Record("findings", {kind: Field(MACHINE_FINDING, kind) for kind in MACHINE_FINDINGS}),
            "the ids of what the machine itself finds",
            True,
        ),
        "events": Field(Table(EVENT, _EVENT), "every event, and families of events", True),
        "transitions": Field(Items(TRANSITION), "what moves the state", True),
        "rules": Field(Items(RULE), "what else must hold"),
        "report": Field(Table(EXPRESSION, _NAME), "what the log tells of its subject"),
        "waits": Field(Table(WAIT, "[a-z][a-z0-9-]*"), "what a log waits for that stops"),
        "participants": Field(Table(PARTICIPANT), "who takes part in what the log tells"),
        "scenarios": Field(Table(SCENARIO, "[a-z][a-z0-9-]*"), "logs as examples, step by step"),
        "properties": Field(Items(PROPERTY), "what is claimed of the machine"),
        "questions": Field(Items(QUESTION), "what the source leaves open"),
    },
)
NEIGHBOUR = Text("the path of a file from here, or the name of a specification")
LINE_RULE = Record(
    "a rule of lines",
    {
        "id": Field(Text('an id such as "rfc18/lines"', _RULE_ID), "its id", True),
        "level": Field(SOURCE_LEVEL, "how binding it is", True),
        "check": Field(Text("the name of a test of the reader"), "the reader's test", True),
        "section": Field(TEXT, "the RFC's heading", True),
        "says": Field(TEXT, "the rule as a sentence", True),
        "repair": Field(TEXT, "the way out", True),
    },
)
LINES = Record(
    "a format",
    {
        "format": Field(SHORT_NAME, "its name", True),
        "source": Field(SOURCE, "what it is read from: an RFC, or a source with a name", True),
        "rules": Field(Items(LINE_RULE), "what a reader tests", True),
    },
)
_KIND_NAME = Text("a name such as header", "[a-z][a-z0-9.-]*")
KIND = Record(
    "a kind of eventlogs",
    {
        "rfc": Field(COUNT, "the number of the RFC", True),
        "says": Field(TEXT, "what its logs hold", True),
        "names": Field(Items(_KIND_NAME, single=True), "parts of file names that show it", True),
        "first": Field(Items(_KIND_NAME, single=True), "the events with which each log begins"),
        "events": Field(Items(_KIND_NAME, single=True), "the further events"),
    },
)
KINDS = Record("a list of kinds", {"kinds": Field(Table(KIND), "the kinds of eventlogs", True)})
