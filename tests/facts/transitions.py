"""What each event does in each state of the job machine, written down by hand.

For a generation, a state and an event the table gives one pair for each guard case: the
guard in words ("" where there is none) and the outcome.
"""

from typing import Final, Literal

Generation = Literal["v1", "v0"]
Outcome = tuple[str] | tuple[str, str]
Guarded = tuple[str, Outcome]
Table = dict[tuple[Generation, str, str], tuple[Guarded, ...]]

STATES: Final = ("NEW", "DEPEND", "PRIORITY", "SCHED", "RUN", "CLEANUP", "INACTIVE")

EVENTS: Final = (
    *("submit", "validate", "invalidate", "depend", "priority", "urgency", "alloc", "start"),
    *("finish", "release", "free", "clean", "exception", "flux-restart"),
    *("dependency-add", "dependency-remove", "set-flags", "memo"),
    *("jobspec-update", "resource-update"),
    *("prolog-start", "prolog-finish", "epilog-start", "epilog-finish"),
    *("debug.example", "site.example"),
)

FATAL: Final = "severity 0"
MILD: Final = "severity 1 to 7"

STAYS: Final[Outcome] = ("stays",)
UNDEFINED: Final[Outcome] = ("undefined",)
SILENT: Final[Outcome] = ("silent",)
CAPTIVE: Final[Outcome] = ("captive",)

_MOVES: Final = {
    ("NEW", "validate"): "DEPEND",
    ("NEW", "invalidate"): "REMOVED",
    ("DEPEND", "depend"): "PRIORITY",
    ("PRIORITY", "priority"): "SCHED",
    ("SCHED", "alloc"): "RUN",
    ("SCHED", "urgency"): "PRIORITY",
    ("SCHED", "jobspec-update"): "PRIORITY",
    ("SCHED", "flux-restart"): "PRIORITY",
    ("RUN", "finish"): "CLEANUP",
    ("CLEANUP", "clean"): "INACTIVE",
}

_SILENT: Final = {
    *(("PRIORITY", "alloc"), ("CLEANUP", "alloc")),
    *((state, "flux-restart") for state in ("NEW", "DEPEND", "PRIORITY", "RUN", "CLEANUP")),
}

_UNDEFINED: Final = {
    "validate": ("DEPEND", "PRIORITY", "SCHED", "RUN", "CLEANUP"),
    "invalidate": ("DEPEND", "PRIORITY", "SCHED", "RUN", "CLEANUP"),
    "depend": ("NEW", "PRIORITY", "SCHED", "RUN", "CLEANUP"),
    "priority": ("NEW", "DEPEND", "RUN", "CLEANUP"),
    "alloc": ("NEW", "DEPEND", "RUN"),
    "finish": ("NEW", "DEPEND", "PRIORITY", "SCHED"),
    "clean": ("NEW", "DEPEND", "PRIORITY", "SCHED", "RUN"),
}

_V0: Final = {
    ("NEW", "submit"): ("moves", "DEPEND"),
    ("DEPEND", "validate"): STAYS,
}
"""Where the first generation differs: submit leads to DEPEND, and validate is idle there."""


def _plain(generation: Generation, state: str, event: str) -> Outcome:
    """Return the outcome of an event that bears no guard."""
    if state == "INACTIVE":
        return CAPTIVE
    if generation == "v0" and (state, event) in _V0:
        return _V0[state, event]
    if (state, event) in _MOVES:
        return ("moves", _MOVES[state, event])
    if (state, event) in _SILENT:
        return SILENT
    if state in _UNDEFINED.get(event, ()):
        return UNDEFINED
    return STAYS


def _exception(state: str) -> tuple[Guarded, ...]:
    """Return the two guard cases of an exception."""
    if state == "INACTIVE":
        return ((FATAL, CAPTIVE), (MILD, CAPTIVE))
    fatal = STAYS if state == "CLEANUP" else ("moves", "CLEANUP")
    return ((FATAL, fatal), (MILD, STAYS))


def _table() -> Table:
    """Return the whole table, one entry for each generation, state and event."""
    generations: tuple[Generation, ...] = ("v1", "v0")
    return {
        (generation, state, event): (
            _exception(state) if event == "exception" else (("", _plain(generation, state, event)),)
        )
        for generation in generations
        for state in STATES
        for event in EVENTS
    }


OUTCOMES: Final[Table] = _table()
"""(generation, state, event) to the guard cases and their outcomes."""
