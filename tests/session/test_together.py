"""The logs of one job are judged together: planted faults are found, real dumps have none."""

from __future__ import annotations

import json
import random
import tarfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from dumps import END, member
from flux_conform.artefacts import artefact
from flux_conform.checking.judge import Options
from flux_conform.checking.spread import processes
from flux_conform.cli.main import main
from flux_conform.language.faults import SpecificationFaults
from flux_conform.language.loading.holding import read_holding
from flux_conform.logs.source_items import Problem, Skipped
from flux_conform.session.events import LogJudged
from flux_conform.session.machines import Machines
from flux_conform.session.overlaps import Held, overlaps, read_held
from flux_conform.session.session import Session
from flux_conform.session.together import Together

KEY = "job/0000/0001/a100/0000"
PRIMARY, EXEC, OUTPUT, INPUT = "eventlog", "guest/exec/eventlog", "guest/output", "guest/input"
START = 1795349680
"""The second in which the job ran, which the times below are after."""


@cache
def together() -> Together:
    """It keeps nothing of the sources that it has seen, so one does for all."""
    return Together()


class Job:
    """The members of a real dump that are of one job, to plant faults in."""

    def __init__(self, dump: Path) -> None:
        with tarfile.open(dump) as archive:
            self.members = {
                name.removeprefix(f"{KEY}/"): archive.extractfile(name).read()  # type: ignore[union-attr]
                for name in archive.getnames()
                if name.startswith(f"{KEY}/")
            }

    def events(self, log: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.members[log].splitlines()]

    def put(self, log: str, events: list[dict[str, Any]]) -> Job:
        ordered = sorted(events, key=lambda event: event["timestamp"])
        self.members[log] = b"".join(json.dumps(each).encode() + b"\n" for each in ordered)
        return self

    def move(self, log: str, name: str, after: float) -> Job:
        """Have an event come at another time."""
        changed = [
            {**each, "timestamp": START + after} if each["name"] == name else each
            for each in self.events(log)
        ]
        return self.put(log, changed)

    def drop(self, log: str, name: str, **context: object) -> Job:
        """Leave out the events of a name whose contexts have these keys."""
        kept = [
            each
            for each in self.events(log)
            if each["name"] != name or not context.items() <= each.get("context", {}).items()
        ]
        assert len(kept) < len(self.events(log))
        return self.put(log, kept)

    def add(self, log: str, after: float, name: str, **context: object) -> Job:
        event = {"timestamp": START + after, "name": name, "context": context}
        return self.put(log, [*self.events(log), event])

    def set(self, log: str, name: str, **context: object) -> Job:
        """Give the keys of an event's context other values."""
        changed = [
            {**each, "context": {**each.get("context", {}), **context}}
            if each["name"] == name
            else each
            for each in self.events(log)
        ]
        assert changed != self.events(log)
        return self.put(log, changed)

    def ranks(self, ranks: str, size: int) -> Job:
        """Have the job run on other ranks."""
        document = json.loads(self.members["R"])
        document["execution"]["R_lite"][0]["rank"] = ranks
        self.members["R"] = json.dumps(document).encode()
        return self.set(EXEC, "shell.init", size=size) if size != 1 else self

    def limit(self, asked: float, granted: float) -> Job:
        """Have the jobspec ask for a duration, and R last so long; 0 is for ever."""
        spec, document = json.loads(self.members["jobspec"]), json.loads(self.members["R"])
        spec["attributes"]["system"]["duration"] = asked
        execution = document["execution"]
        execution["expiration"] = execution["starttime"] + granted if granted else 0
        self.members |= {"jobspec": json.dumps(spec).encode(), "R": json.dumps(document).encode()}
        return self

    def dump(self, path: Path, order: Callable[[list[str]], list[str]] = sorted) -> str:
        members = (member(f"{KEY}/{n}", self.members[n]) for n in order(list(self.members)))
        path.write_bytes(b"".join(members) + END)
        return str(path)


@pytest.fixture
def job(corpus: Path) -> Job:
    return Job(corpus / "artefacts" / "dump.tgz")


def judged(path: str, **options: Any) -> list[Any]:
    """All that a strict session gives out of whole jobs."""
    session = Session([path], Machines(), Options(True, True), together=together(), **options)
    return list(session.events())


def timelines(events: list[Any]) -> list[LogJudged]:
    return [
        each
        for each in events
        if isinstance(each, LogJudged) and each.machine.specification.name == "job-logs"
    ]


def broken(log: LogJudged) -> set[str]:
    """The rules that a timeline breaks, but for notes."""
    return {found.rule for found in log.judgement.findings if found.level != "note"}


PLANTED: list[tuple[str, Callable[[Job], Job]]] = [
    ("init/after-alloc", lambda job: job.move(PRIMARY, "alloc", 0.1075)),
    (
        "init/prologs",
        lambda job: job.add(PRIMARY, 0.1065, "prolog-start", description="p").add(
            PRIMARY, 0.1072, "prolog-finish", description="p", status=0
        ),
    ),
    ("start/starting", lambda job: job.move(EXEC, "starting", 0.1108)),
    ("starting/before-finish", lambda job: job.add(EXEC, 0.1340, "starting")),
    ("starting/start", lambda job: job.drop(PRIMARY, "start")),
    (
        "complete/before-finish",
        lambda job: job.move(EXEC, "complete", 0.1345).move(EXEC, "done", 0.1346),
    ),
    ("complete/missing", lambda job: job.drop(EXEC, "complete")),
    ("complete/greatest", lambda job: job.set(EXEC, "shell-exit", wait_status=256)),
    ("finish/status", lambda job: job.set(PRIMARY, "finish", status=256)),
    ("finish/status", lambda job: job.set(PRIMARY, "finish", status=15)),
    ("done/finish", lambda job: job.drop(PRIMARY, "finish")),
    ("release/done", lambda job: job.move(EXEC, "done", 0.13590)),
    ("release/done", lambda job: job.drop(EXEC, "done")),
    (
        "release/inside",
        lambda job: job.ranks("0-1", 2).set(PRIMARY, "release", ranks="0-2"),
    ),
    ("release/whole", lambda job: job.ranks("0-1", 2).set(PRIMARY, "release", ranks="0")),
    (
        "release/once",
        lambda job: (
            job.ranks("0-1", 2)
            .set(PRIMARY, "release", ranks="0-1")
            .add(PRIMARY, 0.1357, "release", ranks="1", final=False)
        ),
    ),
    ("alloc/starttime", lambda job: job.limit(0, -60)),
    ("alloc/limit", lambda job: job.limit(60, 0)),
    ("alloc/duration", lambda job: job.limit(60, 3600)),
    (
        "alloc/duration",
        lambda job: job.limit(60, 60).add(
            PRIMARY, 0.1, "jobspec-update", **{"attributes.system.duration": 30}
        ),
    ),
    (
        "resource-update/starttime",
        lambda job: job.add(PRIMARY, 0.12, "resource-update", expiration=5),
    ),
    ("shell/size", lambda job: job.set(EXEC, "shell.init", size=2)),
    ("shell/leader", lambda job: job.set(EXEC, "shell.init", **{"leader-rank": 3})),
    ("exec/before-clean", lambda job: job.add(EXEC, 0.14, "log", data="late")),
    ("output/after-starting", lambda job: job.move(OUTPUT, "header", 0.1080)),
    ("output/before-clean", lambda job: job.add(OUTPUT, 0.14, "log", level=6, message="late")),
    ("output/ended", lambda job: job.drop(OUTPUT, "data", stream="stderr")),
    ("input/after-starting", lambda job: job.move(INPUT, "header", 0.1080)),
    ("input/before-clean", lambda job: job.add(INPUT, 0.14, "data", stream="stdin", rank="0")),
]


@pytest.mark.parametrize(("rule", "plant"), PLANTED, ids=[rule for rule, _ in PLANTED])
def test_a_planted_fault_is_found_under_its_own_rule(
    job: Job, tmp_path: Path, rule: str, plant: Callable[[Job], Job]
) -> None:
    (log,) = timelines(judged(plant(job).dump(tmp_path / "dump.tar")))
    assert broken(log) == {f"job-logs/{rule}"}


@pytest.mark.parametrize(
    "sound",
    [
        lambda job: job,
        lambda job: (
            job.ranks("0-1", 2)
            .set(PRIMARY, "release", ranks="1")
            .add(PRIMARY, 0.1357, "release", ranks="0", final=False)
        ),
        lambda job: job.limit(60, 60),
        lambda job: job.limit(60, 20),
        lambda job: (
            job.drop(EXEC, "complete")
            .drop(PRIMARY, "finish")
            .add(PRIMARY, 0.1337, "exception", type="exec", severity=0, note="")
        ),
        lambda job: job.drop(OUTPUT, "data", stream="stderr").add(
            OUTPUT, 0.125, "redirect", stream="stderr", rank="0"
        ),
    ],
    ids=["as it was", "in parts", "limited", "limited more", "it died", "redirected"],
)
def test_what_is_sound_breaks_no_rule(
    job: Job, tmp_path: Path, sound: Callable[[Job], Job]
) -> None:
    (log,) = timelines(judged(sound(job).dump(tmp_path / "dump.tar")))
    assert broken(log) == set()


def test_each_rule_over_several_logs_has_a_planted_fault() -> None:
    asked = {rule.id for rule in together().specification.rules} - {"job-logs/alloc/overlap"}
    assert asked == {f"job-logs/{rule}" for rule, _ in PLANTED}


@pytest.mark.parametrize("source", ["dump.tgz", "shutdown-dump.tar.bz2", "content.sqlite"])
def test_the_jobs_of_real_sources_break_no_rule(corpus: Path, source: str) -> None:
    """The nineteen jobs of the instance, one of which never ran."""
    events = judged(str(corpus / "artefacts" / source))
    found = timelines(events)
    assert len({log.job for log in found}) == len(found) == 19
    assert [log.name for log in found if broken(log)] == []
    held = [log for log in found if log.lost]
    assert len(held) == 1
    assert {lost.split(",")[0] for lost in held[0].lost} == {"there is no R", "there is no exec"}


def test_an_unpacked_dump_says_the_same(job: Job, tmp_path: Path) -> None:
    job.set(PRIMARY, "finish", status=256)
    (packed,) = timelines(judged(job.dump(tmp_path / "dump.tar")))
    with tarfile.open(tmp_path / "dump.tar") as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    (unpacked,) = timelines(judged(str(tmp_path / "unpacked")))
    assert unpacked.data == packed.data
    assert broken(unpacked) == broken(packed) == {"job-logs/finish/status"}


def test_the_order_of_the_members_makes_no_difference(job: Job, tmp_path: Path) -> None:
    (first,) = timelines(judged(job.dump(tmp_path / "a.tar")))
    drawn = random.Random(7)
    shuffled = job.dump(tmp_path / "b.tar", lambda names: drawn.sample(names, len(names)))
    (second,) = timelines(judged(shuffled))
    assert first.data == second.data


def test_processes_find_the_same(corpus: Path) -> None:
    dump = str(corpus / "artefacts" / "dump.tgz")
    alone, spread = judged(dump), judged(dump, crew=processes(2))
    assert [(log.name, log.judgement, log.lost) for log in timelines(alone)] == [
        (log.name, log.judgement, log.lost) for log in timelines(spread)
    ]


def test_what_is_missing_or_unreadable_is_not_judged_and_said(job: Job, tmp_path: Path) -> None:
    job.set(PRIMARY, "finish", status=256).ranks("0-1", 1)
    del job.members["R"]
    job.members[EXEC] = job.members[EXEC][:-20]
    (log,) = timelines(judged(job.dump(tmp_path / "dump.tar")))
    assert broken(log) == set()
    assert log.lost == (
        "the exec eventlog is left out: its line 8 is no event",
        "there is no R, and what rules ask of it is not judged",
    )


def test_a_job_without_its_own_log_is_counted(job: Job, tmp_path: Path) -> None:
    del job.members[PRIMARY]
    events = judged(job.dump(tmp_path / "dump.tar"))
    assert timelines(events) == []
    assert Skipped("logs of one job together", 1, "jobs without an eventlog of their own") in events


def test_logs_that_no_other_lies_with_are_counted(corpus: Path) -> None:
    events = judged(str(corpus / "artefacts" / "journal.ndjson"))
    assert timelines(events) == []
    (counted,) = [each for each in events if isinstance(each, Skipped)]
    assert counted.number == len([each for each in events if isinstance(each, LogJudged)])


def test_a_primary_log_that_is_unreadable_is_a_problem(job: Job, tmp_path: Path) -> None:
    job.members[PRIMARY] += b"no event\n"
    problems = [e for e in judged(job.dump(tmp_path / "d.tar")) if isinstance(e, Problem)]
    assert [each.name.endswith(" together") for each in problems] == [True]


def test_check_together_gives_each_format_the_finding(
    job: Job, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    dump = job.set(PRIMARY, "finish", status=256).dump(tmp_path / "dump.tar")
    for form in ("text", "json", "junit", "sarif", "github", "html"):
        assert main(["check", "--together", "--strict", "--format", form, dump]) == 1, form
        assert "job-logs/finish/status" in capsys.readouterr().out, form
        assert main(["check", "--together", "--format", form, dump]) == 0, form
        capsys.readouterr()
        assert main(["check", "--strict", "--format", form, dump]) == 0, form
        assert "job-logs" not in capsys.readouterr().out, form


@pytest.mark.parametrize(
    "options", [["--machine", "job"], ["--follow"], ["--partial"], ["--repair", "-"]]
)
def test_what_does_not_go_together_is_refused(
    options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "--together", *options, "x"]) == 2
    assert "--together" in capsys.readouterr().err


def two_jobs(one: Job, other: Job, path: Path) -> str:
    """A dump with the logs of two jobs, which are far apart in it."""
    names = sorted(one.members, key=lambda name: "guest" in name)
    rows = [
        member(f"{key}/{name}", each.members[name])
        for name in names
        for key, each in ((KEY, one), ("job/0000/0002/3100/0000", other))
    ]
    path.write_bytes(b"".join(rows) + END)
    return str(path)


def later(job: Job, seconds: float) -> Job:
    """The same at another time."""
    for log in (PRIMARY, EXEC, OUTPUT, INPUT):
        events = [{**e, "timestamp": e["timestamp"] + seconds} for e in job.events(log)]
        job.put(log, events)
    return job


def other_core(job: Job) -> Job:
    job.members["R"] = job.members["R"].replace(b'"core": "0"', b'"core": "1-3"')
    return job


@pytest.mark.parametrize(
    ("change", "is_found"),
    [
        (lambda job: later(job, 0.001), True),
        (lambda job: later(job, 0.0297), True),  # alloc comes 0.0298 s before free
        (lambda job: later(job, 0.0299), False),
        (lambda job: other_core(later(job, 0.001)), False),
        (lambda job: job.ranks("1", 1), False),
    ],
    ids=["at one time", "at the end", "one after the other", "other cores", "another rank"],
)
def test_jobs_that_hold_the_same_cores_at_one_time_are_found(
    corpus: Path, job: Job, tmp_path: Path, change: Callable[[Job], Job], is_found: bool
) -> None:
    other = change(Job(corpus / "artefacts" / "dump.tgz"))
    found = timelines(judged(two_jobs(job, other, tmp_path / "dump.tar")))
    rules = [rule for log in found for rule in broken(log) if rule.endswith("/overlap")]
    assert len(found) == 2
    assert rules == (["job-logs/alloc/overlap"] if is_found else [])


def test_resources_that_are_never_freed_are_held_for_ever(
    corpus: Path, job: Job, tmp_path: Path
) -> None:
    other = later(Job(corpus / "artefacts" / "dump.tgz"), 5000)
    job.drop(PRIMARY, "free").drop(PRIMARY, "clean")
    found = timelines(judged(two_jobs(job, other, tmp_path / "dump.tar")))
    assert [broken(log) for log in found] == [set(), {"job-logs/alloc/overlap"}]


def test_two_instances_share_no_cores(job: Job, tmp_path: Path) -> None:
    dumps = [job.dump(tmp_path / name) for name in ("a.tar", "b.tar")]
    session = Session(dumps, Machines(), Options(True, True), together=together())
    assert [broken(log) for log in timelines(list(session.events()))] == [set(), set()]


def test_a_job_whose_cores_are_not_known_is_counted(job: Job, tmp_path: Path) -> None:
    del job.members["R"]
    what = "jobs whose cores are not compared with others, for what they hold is not known"
    events = judged(job.dump(tmp_path / "dump.tar"))
    assert Skipped("logs of one job together", 1, what) in events


def test_overlaps_are_those_of_every_pair() -> None:
    """Against a comparison of each job with each other one, of two instances."""
    drawn = random.Random(21)
    for _ in range(200):
        held = []
        for number in range(drawn.randrange(2, 8)):
            begins = drawn.randrange(10)
            cores = ((drawn.choice(["0", "0-1", "1"]), drawn.choice(["0", "1-2", "0,2"])),)
            ends = begins + drawn.randrange(1, 5)
            held.append(Held(begins, ends, str(number), drawn.choice("ab"), cores))
        held.sort(key=lambda each: each.begins)
        expected = {
            later.who
            for place, later in enumerate(held)
            for one in held[:place]
            if one.instance == later.instance and one.ends > later.begins
            if one.cells() & later.cells()
        }
        assert {each.who for each in overlaps(held)} == expected


def test_what_is_held_comes_back_from_its_line() -> None:
    one = Held(5.25, float("inf"), "a", "b", (("0-1", "3"),))
    (again,) = read_held(one.line())
    assert again[:4] == one[:4]
    assert again.cells() == {(0, 3), (1, 3)}


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("until: free\n", "", "lacks its key"),
        ("until: free", "untill: free", "until"),
        ("list: execution/R_lite", "list: execution//R_lite", "keys with slashes"),
    ],
)
def test_a_mistake_in_what_is_held_is_told_with_its_place(
    tmp_path: Path, old: str, new: str, fault: str
) -> None:
    text = Path(artefact("model", "joint", "holding.yaml")).read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "holding.yaml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(SpecificationFaults) as caught:
        read_holding(str(path))
    assert fault in str(caught.value)
    assert f"{path}:" in str(caught.value)


def test_replay_all_shows_one_timeline(
    job: Job, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every event of each log is in it, in the order of their times."""
    dump = job.dump(tmp_path / "dump.tar")
    assert main(["replay", "--all", "--format", "json", dump]) == 0
    (row,) = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert row["machine"] == "job-logs"
    logged = [
        (event["timestamp"], prefix + event["name"])
        for log, prefix in ((PRIMARY, ""), (EXEC, "exec."), (OUTPUT, "output."), (INPUT, "input."))
        for event in job.events(log)
    ]
    told = [(event["timestamp"], event["event"]) for event in row["events"]]
    first = [name for _, name in told[: len(told) - len(logged)]]
    assert sorted(first) == ["R/", "R/execution/R_lite", "exec/", "jobspec/"]
    assert told[len(first) :] == sorted(logged)
    assert main(["replay", "--all", dump]) == 0
    assert "exec.complete" in capsys.readouterr().out
    assert main(["replay", "--all", "--machine", "job", dump]) == 2
