"""What each unfinished job log of the corpus waits for, by hand: written from the logs themselves.

Of each log the table says what is waited for (the row of `waits` in model/job.yaml, and for one of
several its description), the event since which it is so, and the line of that event. How it was
read: a job whose log stops in RUN without start waits for its shells to start since its alloc; with
a start it waits for their end since then; one with urgency 0 is held since it could otherwise be
given a priority, whatever happens to it; a dependency is waited for since it was added.
"""

from typing import NamedTuple


class Waits(NamedTuple):
    """One thing that a log waits for."""

    what: str
    member: str | None
    event: str
    line: int


def one(what: str, event: str, line: int, member: str | None = None) -> tuple[Waits, ...]:
    """A single thing that a log waits for."""
    return (Waits(what, member, event, line),)


def dependency(description: str) -> tuple[Waits, ...]:
    """One that was added in the second line, before validate."""
    return one("dependency", "dependency-add", 2, description)


FILES = {
    "A1-main/1545466806272": one("start", "alloc", 7),
    "A1-main/1550231535616": one("start", "alloc", 9),
    "A1-main/1555365363712": one("start", "alloc", 7),
    "A1-main/1560499191808": dependency("after-success=ƒhbccMFV"),
    "A1-main/1565565911040": one("start", "alloc", 7),
    "D-warn-dump-shorteventlog/8053063680": one("validation", "submit", 1),
    "T-t2219-job-manager-restart.18/19025362944": one("resources", "priority", 4),
    "T-t2219-job-manager-restart.19/19025362944": one("resources", "priority", 6),
    "T-t2219-job-manager-restart.7/17733517312": one("resources", "priority", 4),
    "T-t2219-job-manager-restart.8/17733517312": one("resources", "priority", 6),
    "T-t2290-job-update.0/134586826752": one("held", "depend", 3),
    "T-t3202-instance-restart-testexec.0/8589934592": one("shells", "start", 8),
    "T-t3202-instance-restart-testexec.3/17733517312": one("shells", "start", 8),
    "T-t3202-instance-restart-testexec.5/8606711808": one("shells", "start", 8),
    "T-t3202-instance-restart-testexec.7/7532969984": one("shells", "start", 8),
    "T-t3202-instance-restart-testexec.8/7532969984": one("shells", "start", 8),
    "T-t6773-multiple-dependency-add.0/11307843584": one("resources", "priority", 4),
    "T-t6773-multiple-dependency-add.0/11794382848": dependency("after-finish=ƒJEEewR"),
    "T-t6773-multiple-dependency-add.0/12230590464": dependency("after-finish=ƒJyEJ7R"),
    "T-t6773-multiple-dependency-add.0/12650020864": dependency("after-finish=ƒKdmySP"),
    "T-t6773-multiple-dependency-add.0/13069451264": dependency("after-finish=ƒLGqfV1"),
    "T-t6773-multiple-dependency-add.0/13572767744": dependency("after-finish=ƒLuuMXd"),
    "T-t6773-multiple-dependency-add.0/13992198144": dependency("after-finish=ƒMgNyyy"),
    "T-t6773-multiple-dependency-add.0/14428405760": dependency("after-finish=ƒNKSg2b"),
    "T-t6773-multiple-dependency-add.0/14847836160": dependency("after-finish=ƒNyzMMZ"),
    "T-t6773-multiple-dependency-add.0/15284043776": dependency("after-finish=ƒPd43QB"),
}
"""The logs below `job/`, one file each."""

ARTEFACTS = {
    "content.sqlite: ƒ3JRtN31": one("held", "depend", 3),
    "dump.tgz: ƒ3JRtN31": one("held", "depend", 3),
    "shutdown-dump.tar.bz2: ƒ3JRtN31": one("held", "depend", 3),
    # The shell wrote a message before it knew its streams, and no header ever: an I/O eventlog.
    "content.sqlite: ƒ2CoqBcj": one("header", "log", 1),
    "dump.tgz: ƒ2CoqBcj": one("header", "log", 1),
    "shutdown-dump.tar.bz2: ƒ2CoqBcj": one("header", "log", 1),
    "journal.ndjson: ƒ3JRtN31": one("held", "depend", 3),
    "journal-live.ndjson: ƒhbccMFV": one("resources", "priority", 4),
    "journal-live.ndjson: ƒhiseqHR": one("held", "depend", 3),
    "journal-live.ndjson: ƒhrhK3Ww": dependency("begin-time=1795347208.629"),
    "journal-live.ndjson: ƒhzWyFkT": dependency("after-success=ƒhbccMFV"),
    "journal-live.ndjson: ƒi8EhWrb": one("resources", "priority", 4),
}
"""Those in the forms that people have: the file and the job."""
