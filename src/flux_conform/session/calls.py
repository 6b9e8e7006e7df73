"""The functions of the public face: check and replay logs that a program has at hand."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from flux_conform.checking.judge import Options
from flux_conform.checking.judges import Judge
from flux_conform.checking.waivers import Waivers, load_deviations
from flux_conform.language import Model, Specification, load
from flux_conform.logs.eventlog import UnreadableLog
from flux_conform.logs.given import Given, Log, log_of
from flux_conform.machine.step import Machine
from flux_conform.session.machines import Machines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from flux_conform.checking.finding import Judgement
    from flux_conform.checking.replay import Replay


def check(
    log: Given,
    machine: Model | None = None,
    *,
    notes: bool = False,
    strict: bool = False,
    allow: str | Sequence[str] = (),
    previous: Given | None = None,
) -> Judgement:
    """The judgement on one log, as `flux-conform check` judges it.

    `log` is bytes, text, a path, a list of events, or an object with `events` (see `log_of`).
    `machine` is a name, the path of a YAML file, or a specification; where it is None, the log is
    judged by the machine of its kind, which its first events show, or else as a job's.

    `notes` also lists notes and waived findings, `strict` counts SHOULD and implied findings as
    violations too, `allow` names known deviations, such as flux-core, or files of them. `previous`
    is an older snapshot of the log, whose lines must be unchanged at its beginning.

    Raises UnreadableLog for a log that cannot be judged, OSError for a file that cannot be read,
    TypeError for what is no log and no specification, and what `load` and `load_deviations` raise.
    """
    given = log_of(log)
    earlier = None if previous is None else log_of(previous).data
    allowed = (allow,) if isinstance(allow, str) else tuple(allow)
    options = Options(notes, strict, Waivers(tuple(load_deviations(name) for name in allowed)))
    return Judge(_specification_for(given, machine), options).judge(given.data, earlier=earlier)


def replay(log: Given, machine: Model | None = None) -> Replay:
    """The state after each event of a log, and what the log reports at its end.

    The log and the machine are given as for `check`, and errors are the same.
    """
    from flux_conform.checking.replay import replay

    given = log_of(log)
    return replay(Machine(_specification_for(given, machine), report=True), given.data)


@cache
def _machines() -> Machines:
    return Machines()


def _specification_for(log: Log, machine: Model | None) -> Specification:
    """What judges a log. Raises UnreadableLog where there is no machine of its kind."""
    machines = _machines()
    if isinstance(machine, str) and machine in machines.names:
        return machines.of(machine)
    if machine is not None:
        return load(machine)
    kind = machines.kinds.of(log.data, log.path or "")
    why = machines.why_not(kind)
    if why is not None:
        raise UnreadableLog(why)
    return machines.of(kind)
