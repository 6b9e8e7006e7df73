"""Every rule of the job eventlog and of the exec eventlog, written down by hand.

A row says what a conforming log does. The table is an independent reading of the
specification: it is compared with the models, never made from them.
"""

from typing import Final, Literal, NamedTuple

Level = Literal["MUST", "SHOULD", "implied", "note"]

MUST: Final = "MUST"
SHOULD: Final = "SHOULD"
IMPLIED: Final = "implied"
NOTE: Final = "note"


class Rule(NamedTuple):
    """One rule: its stable id, how strong it is, where it stands and what it says."""

    id: str
    level: Level
    rfc: int
    section: str
    says: str


def _section(event: str) -> str:
    """Return the heading of an event's own section."""
    return f"{event[0].upper()}{event[1:]} Event"


def _event(event: str, rule: str, level: Level, says: str) -> Rule:
    """Return a rule of RFC 21 that stands in the section of its event."""
    return Rule(f"rfc21/{event}/{rule}", level, 21, _section(event), says)


def _exec(event: str, rule: str, level: Level, says: str) -> Rule:
    """Return a rule of RFC 50, which has one section for all events."""
    return Rule(f"rfc50/{event}/{rule}", level, 50, "Execution Eventlog Events", says)


_FORMAT = (
    Rule("rfc18/not-empty", MUST, 18, "Event Log Format", "The log is not empty."),
    Rule("rfc18/lines", MUST, 18, "Event Log Format", "Every line is one JSON object in UTF-8."),
    Rule("rfc18/last-newline", IMPLIED, 18, "Event Log Format", "The last line ends in a newline."),
    Rule(
        "rfc18/append-only",
        MUST,
        18,
        "Event Log Format",
        "A later snapshot of a log begins with all whole lines of an earlier one.",
    ),
    Rule(
        "rfc18/duplicate-key",
        NOTE,
        18,
        "Event Log Format",
        "No object gives the same key twice; where one does, the last value counts.",
    ),
    Rule(
        "rfc18/timestamp",
        MUST,
        18,
        "Event Log Format",
        "Every event has a timestamp that is a finite number greater than zero.",
    ),
    Rule("rfc18/name", MUST, 18, "Event Log Format", "Every event has a name that is a string."),
    Rule("rfc18/name-empty", IMPLIED, 18, "Event Log Format", "No event name is the empty string."),
    Rule("rfc18/context", MUST, 18, "Event Log Format", "A context, where present, is an object."),
    Rule(
        "rfc18/keys",
        NOTE,
        18,
        "Event Log Format",
        "An event has no other top-level keys than timestamp, name and context.",
    ),
    Rule(
        "rfc18/time-order",
        NOTE,
        18,
        "Event Log Format",
        "No timestamp lies before that of the preceding event.",
    ),
)

_MACHINE = (
    Rule(
        "rfc21/states/undefined",
        MUST,
        21,
        "State Diagram",
        "An event that drives the state comes only in a state where it is defined.",
    ),
    Rule(
        "rfc21/states/silent",
        NOTE,
        21,
        "State Diagram",
        "An event comes only in a state for which the specification says what it does.",
    ),
    Rule(
        "rfc21/inactive/captive",
        MUST,
        21,
        "State Descriptions",
        "Nothing is added to the log once clean has made the job INACTIVE.",
    ),
    _event("submit", "first", MUST, "The first event of the log is submit."),
    _event("submit", "once", IMPLIED, "The log holds a single submit."),
    _event("submit", "version", MUST, "The version that submit gives is 1."),
    _event("submit", "v0", NOTE, "The submit event says which version of the format it follows."),
    _event("invalidate", "last", MUST, "Nothing is added to the log after invalidate."),
    _event("validate", "once", IMPLIED, "A log of version 0 holds a single validate at most."),
)

_DEPENDENCIES = (
    _event("depend", "outstanding", MUST, "Every dependency is removed before depend."),
    _event(
        "dependency-add", "before-depend", IMPLIED, "Dependencies are added only before depend."
    ),
    _event(
        "dependency-remove",
        "matches",
        MUST,
        "A removed dependency bears the description of one that was added before.",
    ),
    _event(
        "dependency-remove",
        "outstanding",
        IMPLIED,
        "A dependency is removed only while it is outstanding.",
    ),
)

_RESOURCES = (
    _event("alloc", "once", IMPLIED, "No resources are allocated while the job still holds some."),
    _event("resource-update", "after-alloc", IMPLIED, "Resources change only after an alloc."),
    _event("start", "after-alloc", IMPLIED, "The job starts only after an alloc."),
    _event("start", "once", IMPLIED, "The job starts at most once."),
    _event("start", "held", IMPLIED, "The job starts only while it holds resources."),
    _event("start", "in-run", IMPLIED, "The job starts in RUN or CLEANUP."),
    _event("start", "after-finish", IMPLIED, "No start follows finish."),
    _event(
        "finish",
        "after-start",
        IMPLIED,
        "The job finishes only after a start or a fatal exception.",
    ),
    _event("finish", "once", IMPLIED, "The job finishes at most once."),
    _event(
        "finish",
        "wait-status",
        MUST,
        "The finish status is the one that the wait status of the first fatal exception gives.",
    ),
    _event(
        "release",
        "after-start",
        IMPLIED,
        "Resources are released only after a start or a fatal exception.",
    ),
    _event(
        "release",
        "final-last",
        IMPLIED,
        "No start, finish or release follows the final release.",
    ),
    _event("free", "after-alloc", IMPLIED, "Only allocated resources are freed, and only once."),
    _event("free", "after-release", IMPLIED, "A started job is freed after its final release."),
    _event("free", "in-cleanup", IMPLIED, "Resources are freed in the state CLEANUP."),
    _event("clean", "resources-freed", IMPLIED, "Every allocated resource is freed before clean."),
    _event("clean", "perilog-done", IMPLIED, "Every prolog and epilog is finished before clean."),
)

_PERILOGS = (
    _event("prolog-start", "blocks-start", MUST, "Every prolog is finished before start."),
    _event("prolog-start", "before-start", IMPLIED, "Every prolog begins before start."),
    _event("prolog-finish", "matches", SHOULD, "Every prolog that finishes has been started."),
    _event("epilog-start", "blocks-free", MUST, "Every epilog is finished before free."),
    _event("epilog-start", "before-free", IMPLIED, "Every epilog begins before free."),
    _event("epilog-finish", "matches", SHOULD, "Every epilog that finishes has been started."),
)

_EXCEPTIONS = (
    Rule(
        "rfc21/exception/new",
        IMPLIED,
        21,
        "Exceptions",
        "No fatal exception is raised while the job is NEW.",
    ),
    _event(
        "exception",
        "wait-status-type",
        MUST,
        "Only an exception of type exec carries a wait status.",
    ),
    _event(
        "exception",
        "wait-status-nonzero",
        IMPLIED,
        "The wait status of an exception is not zero.",
    ),
)

_CONTEXTS = (
    _event(
        "submit",
        "context",
        MUST,
        "The context gives urgency from 0 to 31, userid, flags and version as integers.",
    ),
    _event(
        "jobspec-update",
        "context",
        MUST,
        "The context has at least one key and every key is a path joined by periods.",
    ),
    _event("resource-update", "context", MUST, "The context gives expiration as an integer."),
    _event("set-flags", "context", MUST, "The context gives flags as an array of strings."),
    _event("dependency-add", "context", MUST, "The context gives description as a string."),
    _event("dependency-remove", "context", MUST, "The context gives description as a string."),
    _event(
        "priority",
        "context",
        MUST,
        "The context gives priority as an integer from 0 to 4294967295.",
    ),
    _event(
        "urgency",
        "context",
        MUST,
        "The context gives urgency as an integer from 0 to 31 and userid as an integer.",
    ),
    _event("alloc", "context", MUST, "The context gives annotations, if at all, as an object."),
    _event("prolog-start", "context", MUST, "The context gives description as a string."),
    _event("epilog-start", "context", MUST, "The context gives description as a string."),
    _event(
        "prolog-finish",
        "context",
        MUST,
        "The context gives description as a string and status as an integer.",
    ),
    _event(
        "epilog-finish",
        "context",
        MUST,
        "The context gives description as a string and status as an integer.",
    ),
    _event(
        "release",
        "context",
        MUST,
        "The context gives ranks as the word all or an idset, and final as a boolean.",
    ),
    _event("finish", "context", MUST, "The context gives status as an integer."),
    _event(
        "exception",
        "context",
        MUST,
        "The context gives type and note as strings, severity as an integer from 0 to 7 and, "
        "if at all, userid and wait_status as integers.",
    ),
    _event("memo", "context", MUST, "The event has a context, which may be empty."),
    _event("start", "context", MUST, "The context is empty or left out."),
    _event("free", "context", MUST, "The context is empty or left out."),
    _event("clean", "context", MUST, "The context is empty or left out."),
    _event("validate", "no-context", IMPLIED, "The event has no context."),
    _event("invalidate", "no-context", IMPLIED, "The event has no context."),
    _event("depend", "no-context", IMPLIED, "The event has no context."),
    Rule(
        "rfc21/flux-restart/no-context",
        IMPLIED,
        21,
        "Flux-Restart Event",
        "The event has no context.",
    ),
)

_URGENCY = (
    Rule(
        "rfc30/urgency/held",
        MUST,
        30,
        "Implementation",
        "No resources are allocated to a job, in whatever state, while its urgency is 0.",
    ),
    Rule(
        "rfc30/urgency/pending",
        IMPLIED,
        30,
        "Implementation",
        "The urgency is changed only before the alloc.",
    ),
    Rule(
        "rfc30/priority/held",
        IMPLIED,
        30,
        "Implementation",
        "While the urgency is 0, the priority is 0, the lowest.",
    ),
    Rule(
        "rfc30/priority/expedited",
        IMPLIED,
        30,
        "Implementation",
        "While the urgency is 31, the priority is 4294967295, the highest.",
    ),
)

JOB: Final[tuple[Rule, ...]] = (
    *_FORMAT,
    *_MACHINE,
    *_DEPENDENCIES,
    *_RESOURCES,
    *_PERILOGS,
    *_EXCEPTIONS,
    *_CONTEXTS,
    *_URGENCY,
)
"""The rules of the primary job eventlog."""

EXEC: Final[tuple[Rule, ...]] = (
    _exec("init", "first", MUST, "The first event of the log is init."),
    _exec("init", "once", IMPLIED, "The log holds a single init."),
    _exec("init", "context", MUST, "The context is empty or left out."),
    _exec("reattach", "after-init", MUST, "Every reattach comes after init."),
    _exec("reattach", "context", MUST, "The context is empty or left out."),
    _exec("starting", "once", IMPLIED, "The log holds at most one starting."),
    _exec("starting", "context", MUST, "The context is empty or left out."),
    _exec("recoverable", "after-starting", MUST, "A recoverable event comes after starting."),
    _exec("recoverable", "before-complete", IMPLIED, "A recoverable event precedes complete."),
    _exec("recoverable", "once", MUST, "The log holds at most one recoverable event."),
    _exec("recoverable", "context", MUST, "The context is empty or left out."),
    _exec("shell-exit", "once", MUST, "The log holds at most one shell-exit."),
    _exec(
        "shell-exit",
        "context",
        MUST,
        "The context gives rank and wait_status as integers and active_ranks, if at all, "
        "as an idset.",
    ),
    _exec("complete", "once", IMPLIED, "The log holds at most one complete."),
    _exec("complete", "context", MUST, "The context gives status as an integer."),
    _exec("done", "last", MUST, "Nothing is added to the log after done."),
    _exec("done", "once", IMPLIED, "The log holds a single done."),
    _exec("done", "context", MUST, "The context is empty or left out."),
)
"""The rules of the exec eventlog."""
