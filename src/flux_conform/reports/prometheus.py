"""What followed logs do, in Prometheus' text format for exposition, version 0.0.4."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from typing import TYPE_CHECKING

from flux_conform.session.tally import BOUNDS

if TYPE_CHECKING:
    from flux_conform.session.tally import Tally

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_Sample = tuple[str, Mapping[str, str], int | float]
"""What is behind the name of the metric, the labels, and the value."""


def exposition(tally: Tally) -> str:
    """The metrics, as they are at one moment."""
    with tally.lock:
        return "".join(f"{line}\n" for line in _lines(tally))


def _lines(tally: Tally) -> Iterator[str]:
    yield from _metric(
        "jobs", "gauge", "Logs that have not ended, by state.", _by("state", tally.states)
    )
    yield from _metric(
        "waiting",
        "gauge",
        "Logs that have not ended, by what they wait for.",
        _by("for", tally.waits),
    )
    yield from _metric(
        "stuck", "gauge", "Logs from which the end is out of reach.", [("", {}, tally.stuck)]
    )
    yield from _metric("events_total", "counter", "Events read.", [("", {}, tally.events)])
    yield from _metric(
        "transitions_total",
        "counter",
        "Changes of state.",
        (("", {"from": a, "to": b}, n) for (a, b), n in sorted(tally.transitions.items())),
    )
    yield from _metric(
        "time_in_state_seconds",
        "histogram",
        "Time from entering a state to leaving it, by the times of events.",
        _times(tally),
    )
    yield from _metric(
        "findings_total",
        "counter",
        "Findings, by rule and its level; those that one log has many of are counted at its end.",
        (("", {"rule": r, "level": v}, n) for (r, v), n in sorted(tally.findings.items())),
    )
    yield from _metric(
        "logs_total", "counter", "Logs that ended, by verdict.", _by("verdict", tally.verdicts)
    )
    yield from _metric(
        "problems_total",
        "counter",
        "Lines and logs that could not be read.",
        [("", {}, tally.problems)],
    )


def _by(label: str, counts: Mapping[str, int]) -> Iterator[_Sample]:
    return (("", {label: name}, count) for name, count in sorted(counts.items()))


def _times(tally: Tally) -> Iterator[_Sample]:
    for state, times in sorted(tally.times.items()):
        total = 0
        for bound, total in zip((*BOUNDS, None), accumulate(times.buckets), strict=True):
            le = "+Inf" if bound is None else f"{bound:g}"
            yield "_bucket", {"state": state, "le": le}, total
        yield "_sum", {"state": state}, times.sum
        yield "_count", {"state": state}, total


def _metric(name: str, kind: str, says: str, samples: Iterable[_Sample]) -> Iterator[str]:
    name = f"flux_conform_{name}"
    yield f"# HELP {name} {says}"
    yield f"# TYPE {name} {kind}"
    for suffix, labels, value in samples:
        told = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels.items())
        yield f"{name}{suffix}{f'{{{told}}}' if told else ''} {value}"


def _escaped(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return escaped.encode("utf-8", "backslashreplace").decode()
