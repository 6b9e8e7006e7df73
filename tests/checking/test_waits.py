"""What a log waits for that has not ended: of real logs as a table by hand has it, and of others."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from facts.cases import line, lines, submit
from facts.waits import ARTEFACTS, FILES, Waits
from flux_conform.checking.finding import MOST_LISTED, Judgement
from flux_conform.checking.judge import judge
from flux_conform.checking.judges import Judge
from flux_conform.checking.replay import replay
from flux_conform.checking.waits_text import waited, waits_sentence
from flux_conform.language import load
from flux_conform.machine.step import Machine
from flux_conform.session.calls import check_many
from flux_conform.session.events import LogJudged
from toys import load_toy, turnstile

JOB = Machine(load("job"))
TO_SCHED = (submit(), line("validate"), line("depend"), line("priority", priority=16))
TO_RUN = (*TO_SCHED, line("alloc"))
CANCEL = line("exception", type="cancel", severity=0, note="")
FINISH, RELEASE = line("finish", status=0), line("release", ranks="all", final=True)


def named(description: str, event: str, **keys: Any) -> str:
    return line(event, description=description, **keys)


def told(judgement: Judgement) -> tuple[Waits, ...]:
    return tuple(
        Waits(wait.what, wait.member, wait.event or "", wait.line or 0) for wait in judgement.waits
    )


def waits(*parts: str) -> list[str]:
    """What a log waits for, in words, with the line since which it does."""
    return [f"{each.says}, {each.line}" for each in judge(JOB, lines(*parts)).waits]


# Real logs


def test_each_unfinished_log_of_the_corpus_waits_for_what_the_table_says(corpus: Path) -> None:
    """All of them, and no log that has ended waits for anything."""
    paths = sorted((corpus / "job").rglob("*.eventlog"))
    logs = ((str(path), path.read_bytes()) for path in paths)
    judged = Judge(load("job")).judge_all(logs)
    found = {
        Path(name).relative_to(corpus / "job").with_suffix("").as_posix(): told(judgement)
        for name, _, judgement in judged
        if isinstance(judgement, Judgement)
    }
    assert len(found) == len(paths)
    assert {name: each for name, each in found.items() if each} == FILES


def test_the_same_is_said_of_logs_in_dumps_databases_and_journals(corpus: Path) -> None:
    found = {}
    for log in check_many(corpus / "artefacts"):
        if isinstance(log, LogJudged) and log.judgement.waits:
            place, job = log.name.split(": ")
            found[f"{Path(place).name}: {job.split()[0]}"] = told(log.judgement)
    assert found == ARTEFACTS


def plain(events: list[dict[str, Any]]) -> Counter[tuple[str, str]]:
    """A second reading, from RFC 21 alone: what the log of a v1 job that stops here waits for."""
    state, urgency, dependencies = "NEW", None, Counter[str]()
    running: dict[str, Counter[str]] = {"prolog": Counter(), "epilog": Counter()}
    came, held, final = set(), False, False
    for event in events:
        name, context = event["name"], event.get("context") or {}
        came.add(name)
        if name in ("submit", "urgency"):
            urgency = context["urgency"]
        held = (held or name == "alloc") and name != "free"
        final = final or (name == "release" and context["final"])
        if name == "dependency-add":
            dependencies[context["description"]] = 1
        if name == "dependency-remove":
            dependencies.pop(context["description"], None)
        for kind, bag in running.items():
            if name.startswith(kind):
                bag[context["description"]] += 1 if name.endswith("start") else -1
        if name == "exception" and context["severity"] == 0 and state != "INACTIVE":
            state = "CLEANUP"
            held = held and context["type"] != "scheduler-restart"
        else:
            back = name in ("urgency", "jobspec-update", "flux-restart")
            state = {
                ("NEW", "validate"): "DEPEND",
                ("DEPEND", "depend"): "PRIORITY",
                ("PRIORITY", "priority"): "SCHED",
                ("SCHED", "alloc"): "RUN",
                ("RUN", "finish"): "CLEANUP",
                ("CLEANUP", "clean"): "INACTIVE",
            }.get((state, name), "PRIORITY" if back and state == "SCHED" else state)
    found = Counter[tuple[str, str]]()
    nothing_runs = not +running["prolog"] and not +running["epilog"]
    shells = "start" in came and "finish" not in came
    if state == "DEPEND":
        found.update(("dependency", each) for each in dependencies)
    if state in ("RUN", "CLEANUP"):
        found.update(("prolog", each) for each in running["prolog"].elements())
    if state == "CLEANUP":
        found.update(("epilog", each) for each in running["epilog"].elements())
    conditions = {
        "validation": state == "NEW",
        "depend": state == "DEPEND" and not dependencies,
        "held": state in ("PRIORITY", "SCHED") and urgency == 0,
        "priority": state == "PRIORITY",
        "resources": state == "SCHED" and urgency != 0,
        "start": state == "RUN" and "start" not in came,
        "shells": (state == "RUN" and "start" in came)
        or (state == "CLEANUP" and shells and not final),
        "release": state == "CLEANUP" and {"start", "finish"} <= came and not final,
        "free": state == "CLEANUP"
        and held
        and not +running["epilog"]
        and (final or "start" not in came),
        "clean": state == "CLEANUP" and not held and nothing_runs,
    }
    found.update((name, "") for name, holds in conditions.items() if holds)
    return found


def test_a_second_reading_agrees_at_every_line_of_real_logs(corpus: Path) -> None:
    """Each tenth log, cut after each of its lines."""
    paths = sorted((corpus / "job").rglob("*.eventlog"))
    kinds = Counter[str]()
    for path in [each for each in paths if not each.parent.name.startswith("D-")][::10]:
        whole = path.read_bytes().splitlines(keepends=True)
        for count in range(1, len(whole) + 1):
            events = [json.loads(each) for each in whole[:count]]
            judgement = judge(JOB, b"".join(whole[:count]))
            found = Counter((each.what, each.member or "") for each in judgement.waits)
            assert found == plain(events), (path, count)
            kinds.update({what for what, _ in found})
    assert {"validation", "dependency", "depend", "priority", "resources", "start"} <= set(kinds)
    assert {"shells", "release", "free", "clean", "held"} <= set(kinds)


def test_the_hung_job_waits_for_resources_that_it_holds() -> None:
    """An alloc that lands in PRIORITY: the next priority leads to SCHED, where none can come."""
    urgency = line("urgency", urgency=20, userid=1001)
    hung = (*TO_SCHED, urgency, line("alloc"), line("priority", priority=20))
    assert waits(*hung) == ["resources, 7"]


# Single rows, several at one time, and since when


@pytest.mark.parametrize(
    ("log", "expected"),
    [
        ((submit(),), ["its validation, 1"]),
        ((submit(), line("memo", x=1)), ["its validation, 1"]),
        (TO_SCHED[:2], ["its dependencies to be declared satisfied, 2"]),
        (TO_SCHED[:3], ["a priority, 3"]),
        (TO_SCHED, ["resources, 4"]),
        ((*TO_SCHED, line("flux-restart")), ["a priority, 5"]),
        ((*TO_SCHED, line("priority", priority=9)), ["resources, 4"]),
        ((submit(urgency=0), *TO_SCHED[1:3]), ["an urgency above 0, 3", "a priority, 3"]),
        ((*TO_SCHED[:3], line("urgency", urgency=0, userid=1)), ["an urgency above 0, 4", "a priority, 3"]),
        (TO_RUN, ["the start of its shells, 5"]),
        ((*TO_RUN, line("start")), ["the end of its shells, 6"]),
        ((*TO_RUN, line("start"), CANCEL), ["the end of its shells, 6"]),
        ((*TO_RUN, CANCEL), ["its resources to be freed, 6"]),
        ((*TO_RUN, line("start"), FINISH), ["its final release, 7"]),
        ((*TO_RUN, line("start"), FINISH, RELEASE), ["its resources to be freed, 8"]),
        ((*TO_RUN, line("start"), FINISH, RELEASE, line("free")), ["the end of its cleanup, 9"]),
        ((*TO_SCHED, CANCEL), ["the end of its cleanup, 5"]),
    ],
)  # fmt: skip
def test_a_log_waits_since_the_event_from_which_on_it_is_so(
    log: tuple[str, ...], expected: list[str]
) -> None:
    """An event that changes nothing of it, such as a memo or another priority, is not that one."""
    assert waits(*log) == expected


def test_several_things_at_one_time_are_all_named_each_with_its_own_event() -> None:
    """Of the bag of prologs, one that ends is the one that began first."""
    a, b = named("a", "dependency-add"), named("b", "dependency-add")
    assert waits(submit(), a, line("validate"), b) == [
        'the dependency "a", 2',
        'the dependency "b", 4',
    ]
    removed = named("a", "dependency-remove")
    assert waits(submit(), a, line("validate"), b, removed) == ['the dependency "b", 4']
    assert waits(submit(), a, line("validate"), removed, a) == ['the dependency "a", 5']
    x, y = named("x", "prolog-start"), named("y", "prolog-start")
    ended = named("x", "prolog-finish", status=0)
    assert waits(*TO_RUN, x, y, x, ended) == [
        'the prolog "y", 7', 'the prolog "x", 8', "the start of its shells, 5",
    ]  # fmt: skip
    epilog = named("e", "epilog-start")
    assert waits(*TO_RUN, line("start"), FINISH, epilog) == [
        "its final release, 7",
        'the epilog "e", 8',
    ]


def test_a_log_that_violates_waits_too_and_one_that_has_ended_does_not() -> None:
    late = (*TO_RUN, line("start"), line("resource-update", expiration=1.5))
    judgement = judge(JOB, lines(*late))
    assert (judgement.verdict, [each.what for each in judgement.waits]) == ("violates", ["shells"])
    invalid = judge(JOB, lines(submit(), line("invalidate")))
    assert (invalid.verdict, invalid.waits) == ("conforms", ())


def test_a_log_with_an_undefined_event_does_not_tell() -> None:
    """Nobody knows in which state it really is, on either path and in a replay."""
    lost = lines(submit(), line("depend"), *[line("memo", x=1)] * 3)
    assert judge(JOB, lost).waits == ()
    reporting = Machine(load("job"), report=True)
    assert replay(reporting, lost).waits == ()
    silent = lines(*TO_SCHED[:3], line("alloc"))
    assert [each.what for each in replay(reporting, silent).waits] == ["priority"]


def test_lines_without_an_event_do_not_move_the_line_since_which_it_waits() -> None:
    """A blank one, one that is no JSON, and a last one without its newline."""
    log = b"\n" + lines(*TO_SCHED[:2]) + b"x\n" + lines(*TO_SCHED[2:])
    expected = [("resources", 6, "priority")]
    for data in (log, log.removesuffix(b"\n")):
        found = judge(JOB, data).waits
        assert [(each.what, each.line, each.event) for each in found] == expected


def test_both_paths_say_the_same() -> None:
    """Alone and in a batch, with the fast path and without."""
    logs = [lines(*TO_RUN[:count]) for count in range(1, 6)] * 70
    judging = Judge(load("job"))
    found = [
        judgement
        for _, _, judgement in judging.judge_all((str(n), log) for n, log in enumerate(logs))
    ]
    assert found == [judge(JOB, log) for log in logs]
    assert [judging.judge(log) for log in logs[:5]] == found[:5]


def test_of_many_members_the_first_are_listed_and_the_others_counted() -> None:
    adds = [named(str(number), "dependency-add") for number in range(MOST_LISTED + 7)]
    found = judge(JOB, lines(submit(), line("validate"), *adds)).waits
    assert [each.member for each in found[:-1]] == [str(n) for n in range(MOST_LISTED)]
    assert (found[-1].says, found[-1].line) == ("7 more like it", MOST_LISTED + 3)


def test_a_machine_without_rows_says_nothing() -> None:
    assert judge(Machine(load_toy(turnstile())), b"").waits == ()


# In words


def test_the_sentence_names_all_with_times_as_people_read_them() -> None:
    x = named("x", "prolog-start")
    found = judge(JOB, lines(*TO_RUN, x)).waits
    assert waits_sentence(found, 1700000001 + 3600) == (
        'waits for the prolog "x" since 2023-11-14 22:13:21 UTC (1 h) '
        "and the start of its shells since 2023-11-14 22:13:21 UTC (1 h)"
    )


def test_without_a_time_it_counts_up_to_the_last_event() -> None:
    found = judge(JOB, lines(*TO_SCHED, *[line("memo", x=1)] * 8)).waits
    assert waited(found[0]) == 2.0
    assert waits_sentence(found).endswith("(2.00 s by its last event)")
    assert waited(found[0], 1700000010.75) == 10.0


def test_a_faulty_time_is_no_time() -> None:
    """One that is missing, and one that no float and no calendar holds."""
    for time in ("null", "1" * 400):
        log = (
            lines(*TO_SCHED[:3])
            + b'{"timestamp":%s,"name":"priority","context":{"priority":1}}\n' % time.encode()
        )
        assert waits_sentence(judge(JOB, log).waits) == "waits for resources"
    log = lines(*TO_SCHED[:3]) + b'{"timestamp":1e300,"name":"priority","context":{"priority":1}}\n'
    assert waits_sentence(judge(JOB, log).waits) == "waits for resources since 1e+300 s after 1970"
