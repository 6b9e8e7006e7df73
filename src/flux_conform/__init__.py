"""One specification of an eventlog's state machine, and all that is made from it.

    from flux_conform import check

    check("job.eventlog").verdict

What stands in `__all__` is loaded when it is first asked for.
"""

__version__ = "0.1.0"

__all__ = [
    "Finding",
    "Judgement",
    "LogJudged",
    "Problem",
    "Skipped",
    "Specification",
    "UnreadableLog",
    "check",
    "check_many",
    "load",
    "machines",
    "replay",
]

TYPE_CHECKING = False  # that of `typing`, which takes longer to load than all of this
if TYPE_CHECKING:
    from flux_conform.checking.finding import Finding, Judgement
    from flux_conform.language import Specification, load, machines
    from flux_conform.logs.limits import UnreadableLog
    from flux_conform.logs.source_items import Problem, Skipped
    from flux_conform.session.calls import check, check_many, replay
    from flux_conform.session.events import LogJudged

_HOMES = {
    "Finding": "checking.finding",
    "Judgement": "checking.finding",
    "LogJudged": "session.events",
    "Problem": "logs.source_items",
    "Skipped": "logs.source_items",
    "Specification": "language",
    "UnreadableLog": "logs.limits",
    "check": "session.calls",
    "check_many": "session.calls",
    "load": "language",
    "machines": "language",
    "replay": "session.calls",
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    found = globals()[name] = getattr(import_module(f"{__name__}.{home}"), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
