"""RFC 21 as it was at its turning points; what each says is written here by hand."""

from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import networkx
import pytest

from flux_conform.artefacts import artefact
from flux_conform.checking.finding import CONFORMS
from flux_conform.checking.judge import Options, judge
from flux_conform.cli.main import main
from flux_conform.language import UnknownMachine, UnknownRevision, history, load
from flux_conform.language.scenarios import scenario_log
from flux_conform.language.specification import Specification, TypedContext
from flux_conform.machine.step import Machine
from flux_conform.prove import prove
from flux_conform.prove.outcomes import PROVED
from toys import event

DATES = [
    "2019-03",
    "2020-06",
    "2020-11-14",
    "2020-11-30",
    "2021-03",
    "2021-10",
    "2021-11",
    "2022-06-09",
    "2022-06-13",
    "2022-07",
    "2023-02",
    "2023-07",
    "2023-08",
    "2026-02",
    "2026-03-18",
]
each_date = pytest.mark.parametrize("date", DATES)


@pytest.fixture(scope="module")
def revisions() -> dict[str, Specification]:
    """The specification at each date."""
    return {date: load(f"job@{date}") for date in DATES}


def test_the_revisions_are_found_oldest_first() -> None:
    """The last is the specification of today."""
    found = history("job")
    assert [each.date for each in found] == DATES
    assert all(each.title for each in found)
    assert len({each.title for each in found}) == len(DATES)
    assert Path(found[-1].file) == Path(artefact("model"), "job.yaml")
    for each in found[:-1]:
        assert Path(each.file) == Path(artefact("model"), "history", f"{each.date}.yaml")


def test_a_specification_without_a_history_has_its_own_text_alone() -> None:
    """And a name that is none is told."""
    (only,) = history("exec")
    assert (only.title, Path(only.file).name) == ("Exec eventlog", "exec.yaml")
    with pytest.raises(UnknownMachine, match='no specification "jobb"'):
        history("jobb")


def test_the_last_revision_is_today(revisions: dict[str, Specification]) -> None:
    """Whether it is read from its compiled form or not."""
    assert revisions["2026-03-18"] == load("job")


def test_every_file_of_the_history_says_only_what_differs() -> None:
    """From its neighbour, which is the next newer one."""
    names = [f"{date}.yaml" for date in DATES[:-1]] + ["../job.yaml"]
    for name, newer in pairwise(names):
        text = Path(artefact("model", "history", name)).read_text(encoding="utf-8")
        assert f"\nchange: {newer}\n" in text
    assert sorted(path.name for path in Path(artefact("model", "history")).iterdir()) == sorted(
        [*names[:-1], "README.md"]
    )


@pytest.mark.parametrize(
    ("name", "date"),
    [("job@2019", "2019-03"), ("job@2022-07", "2022-07"), ("job@2026-03", "2026-03-18")],
)
def test_the_beginning_of_a_date_is_enough(
    name: str, date: str, revisions: dict[str, Specification]
) -> None:
    """Where one revision alone begins so."""
    assert load(name) == revisions[date]


@pytest.mark.parametrize("date", ["2020-11", "2018", "2022-07-10", "x", ""])
def test_an_unknown_date_is_told_with_those_that_there_are(
    date: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One that could be several is none."""
    with pytest.raises(UnknownRevision) as caught:
        load(f"job@{date}")
    assert (caught.value.name, caught.value.date, list(caught.value.known)) == ("job", date, DATES)
    assert main(["model", "check", f"job@{date}"]) == 2
    told = capsys.readouterr().err
    assert f'no revision "{date}" of job; there are 2019-03, 2020-06, 2020-11-14, ' in told
    assert "Traceback" not in told


def test_an_unknown_name_with_a_date_is_an_unknown_name() -> None:
    """Not a date that is missing."""
    with pytest.raises(UnknownMachine, match='no specification "jobb@2022-07"'):
        load("jobb@2022-07")


# Facts


OLD = ["NEW", "DEPEND", "SCHED", "RUN", "CLEANUP", "INACTIVE"]
NEW = ["NEW", "DEPEND", "PRIORITY", "SCHED", "RUN", "CLEANUP", "INACTIVE"]


@each_date
def test_the_states(date: str, revisions: dict[str, Specification]) -> None:
    """PRIORITY came in November 2020, the pseudo-state of a removed job in June 2022."""
    specification = revisions[date]
    expected = NEW if date >= "2020-11" else OLD
    assert [state.name for state in specification.machine_states] == expected
    assert ("REMOVED" in [state.name for state in specification.states]) == (date >= "2022-06-13")
    virtual = {each.name: list(each.members) for each in specification.virtual_states}
    pending = expected[1:-3]
    unions = {"PENDING": pending, "RUNNING": ["RUN", "CLEANUP"], "ACTIVE": expected[1:-1]}
    assert virtual == (unions if date >= "2020-06" else {})


class Span(NamedTuple):
    """From which date on, and up to which, that one not included, something is there."""

    first: str = ""
    end: str = "9"

    def holds(self, date: str) -> bool:
        return self.first <= date < self.end


ALWAYS = Span()
EVENTS = {
    "submit": ALWAYS,
    "depend": ALWAYS,
    "alloc": ALWAYS,
    "start": ALWAYS,
    "release": ALWAYS,
    "finish": ALWAYS,
    "free": ALWAYS,
    "exception": ALWAYS,
    "clean": ALWAYS,
    "debug.*": ALWAYS,
    "unlisted": ALWAYS,
    "priority": ALWAYS,
    "admin-priority": Span("2020-11-14", "2020-11-30"),
    "flux-restart": Span("2020-11-14"),
    "urgency": Span("2020-11-30"),
    "dependency-add": Span("2021-03"),
    "dependency-remove": Span("2021-03"),
    "set-flags": Span("2021-10"),
    "prolog-start": Span("2021-10"),
    "prolog-finish": Span("2021-10"),
    "epilog-start": Span("2021-10"),
    "epilog-finish": Span("2021-10"),
    "memo": Span("2021-11"),
    "validate": Span("2022-06-13"),
    "invalidate": Span("2022-06-13"),
    "jobspec-update": Span("2022-07"),
    "resource-update": Span("2023-08"),
}


@each_date
def test_the_events(date: str, revisions: dict[str, Specification]) -> None:
    """Exactly those that had been thought of."""
    expected = {name for name, span in EVENTS.items() if span.holds(date)}
    assert {each.name for each in revisions[date].events} == expected


PRIORITY = Span("2020-11-14")
MOVES = {
    ("submit", "NEW", "DEPEND", "today"): Span("", "2022-06-13"),
    ("submit", "NEW", "DEPEND", "v0"): Span("2022-07"),
    ("validate", "NEW", "DEPEND", None): Span("2022-06-13"),
    ("invalidate", "NEW", "REMOVED", None): Span("2022-06-13"),
    ("depend", "DEPEND", "SCHED", None): Span("", "2020-11-14"),
    ("depend", "DEPEND", "PRIORITY", None): PRIORITY,
    ("priority", "PRIORITY", "SCHED", None): PRIORITY,
    ("flux-restart", "SCHED", "PRIORITY", None): PRIORITY,
    ("urgency", "SCHED", "PRIORITY", None): Span("2022-06-09"),
    ("jobspec-update", "SCHED", "PRIORITY", None): Span("2023-08"),
    ("alloc", "SCHED", "RUN", None): ALWAYS,
    ("finish", "RUN", "CLEANUP", None): ALWAYS,
    ("exception", "NEW", "CLEANUP", None): ALWAYS,
    ("exception", "DEPEND", "CLEANUP", None): ALWAYS,
    ("exception", "PRIORITY", "CLEANUP", None): PRIORITY,
    ("exception", "SCHED", "CLEANUP", None): ALWAYS,
    ("exception", "RUN", "CLEANUP", None): ALWAYS,
    ("clean", "CLEANUP", "INACTIVE", None): ALWAYS,
}


@each_date
def test_the_transitions_that_move(date: str, revisions: dict[str, Specification]) -> None:
    """Exactly those, in the one form of the log that there was before July 2022."""
    found = {
        (row.event, row.source, row.target, row.generation)
        for row in revisions[date].transitions
        if row.outcome == "moves"
    }
    expected = {
        (on, source, to, None if generation == "today" else generation)
        for (on, source, to, generation), span in MOVES.items()
        if span.holds(date)
    }
    assert found == expected


@each_date
def test_the_edge_of_an_exception_from_priority(
    date: str, revisions: dict[str, Specification]
) -> None:
    """The text had it before the drawing did."""
    for row in revisions[date].transitions:
        if (row.event, row.source) == ("exception", "PRIORITY"):
            assert ("diagram" in row.basis) == (date >= "2022-06-13")


@each_date
def test_the_generations_of_the_log(date: str, revisions: dict[str, Specification]) -> None:
    """The version in submit tells logs apart from July 2022 on."""
    found = [each.name for each in revisions[date].generations]
    assert found == (["v1", "v0"] if date >= "2022-07" else ["today"])
    assert revisions[date].source.version == (1 if date >= "2022-07" else None)


@each_date
def test_before_november_2020_no_state_is_come_back_to(
    date: str, revisions: dict[str, Specification]
) -> None:
    """The text forbade cycles, and afterwards there is one."""
    graph: networkx.DiGraph[str] = networkx.DiGraph(
        (row.source, row.target) for row in revisions[date].transitions if row.outcome == "moves"
    )
    cycles = [set(cycle) for cycle in networkx.simple_cycles(graph)]
    assert cycles == ([{"PRIORITY", "SCHED"}] if date >= "2020-11-14" else [])


MUST, IMPLIED, SHOULD, NOTE = "MUST", "implied", "SHOULD", "note"
RULES = {
    "rfc21/submit/once": (IMPLIED, ALWAYS),
    "rfc21/submit/version": (MUST, Span("2022-07")),
    "rfc21/submit/v0": (NOTE, Span("2022-07")),
    "rfc21/validate/once": (IMPLIED, Span("2022-07")),
    "rfc21/exception/new": (IMPLIED, ALWAYS),
    "rfc21/depend/outstanding": (MUST, Span("2021-03")),
    "rfc21/dependency-add/before-depend": (IMPLIED, Span("2021-03")),
    "rfc21/dependency-remove/matches": (MUST, Span("2021-03")),
    "rfc21/dependency-remove/outstanding": (IMPLIED, Span("2021-03")),
    "rfc21/prolog-start/blocks-start": (MUST, Span("2021-10")),
    "rfc21/prolog-start/before-start": (IMPLIED, Span("2021-10")),
    "rfc21/prolog-finish/matches": (SHOULD, Span("2021-10")),
    "rfc21/epilog-start/blocks-free": (MUST, Span("2021-10")),
    "rfc21/epilog-start/before-free": (IMPLIED, Span("2021-10")),
    "rfc21/epilog-finish/matches": (SHOULD, Span("2021-10")),
    "rfc21/clean/perilog-done": (IMPLIED, Span("2021-10")),
    "rfc21/start/after-alloc": (IMPLIED, ALWAYS),
    "rfc21/start/once": (IMPLIED, ALWAYS),
    "rfc21/start/held": (IMPLIED, ALWAYS),
    "rfc21/start/in-run": (IMPLIED, ALWAYS),
    "rfc21/start/after-finish": (IMPLIED, ALWAYS),
    "rfc21/finish/after-start": (IMPLIED, ALWAYS),
    "rfc21/finish/once": (IMPLIED, ALWAYS),
    "rfc21/finish/wait-status": (MUST, Span("2026-03")),
    "rfc21/alloc/once": (IMPLIED, ALWAYS),
    "rfc21/free/after-alloc": (IMPLIED, ALWAYS),
    "rfc21/free/in-cleanup": (IMPLIED, ALWAYS),
    "rfc21/free/after-release": (IMPLIED, ALWAYS),
    "rfc21/release/final-last": (IMPLIED, ALWAYS),
    "rfc21/release/after-start": (IMPLIED, ALWAYS),
    "rfc21/clean/resources-freed": (IMPLIED, ALWAYS),
    "rfc21/resource-update/after-alloc": (IMPLIED, Span("2023-08")),
    "rfc21/exception/wait-status-type": (MUST, Span("2026-03")),
    "rfc21/exception/wait-status-nonzero": (IMPLIED, Span("2026-03")),
    "rfc30/urgency/held": (MUST, Span("2020-11-30")),
    "rfc30/urgency/pending": (IMPLIED, Span("2020-11-30")),
    "rfc30/priority/held": (IMPLIED, Span("2020-11-30")),
    "rfc30/priority/expedited": (IMPLIED, Span("2020-11-30")),
}


@each_date
def test_the_rules_and_their_levels(date: str, revisions: dict[str, Specification]) -> None:
    """A rule is as old as the event or the key that it speaks of."""
    expected = {name: level for name, (level, span) in RULES.items() if span.holds(date)}
    expected["rfc21/submit/first"] = MUST if date >= "2022-07" else IMPLIED
    assert {each.id: each.level for each in revisions[date].rules} == expected


KEYS = {
    ("submit", "urgency"): Span("2020-11-30"),
    ("submit", "priority"): Span("", "2020-11-30"),
    ("submit", "version"): Span("2022-07"),
    ("finish", "status"): ALWAYS,
    ("alloc", "annotations"): Span("2020-06"),
    ("exception", "note"): ALWAYS,
    ("exception", "severity"): ALWAYS,
    ("exception", "wait_status"): Span("2026-03"),
    ("priority", "userid"): Span("", "2020-11"),
}


@each_date
def test_the_keys_of_contexts(date: str, revisions: dict[str, Specification]) -> None:
    """They came and were renamed with the text."""
    for (name, key), span in KEYS.items():
        context = revisions[date].event(name).context
        found = isinstance(context, TypedContext) and key in str(context.type)
        assert found == span.holds(date), (name, key)


@each_date
def test_the_exceptions_note(date: str, revisions: dict[str, Specification]) -> None:
    """Required since July 2023."""
    log = event("exception", {"type": "cancel", "severity": 3})
    found = {each.rule for each in judge(Machine(revisions[date]), log).findings}
    assert ("rfc21/exception/context" in found) == (date >= "2023-07")


@each_date
def test_an_event_that_no_rfc_lists(date: str, revisions: dict[str, Specification]) -> None:
    """Allowed since February 2023."""
    log = event("submit", {"urgency": 16, "priority": 16, "userid": 1, "flags": 0, "version": 1})
    verdict = judge(Machine(revisions[date]), log + event("birthday")).verdict
    assert verdict == ("incomplete" if date >= "2023-02" else "violates")


def life(*names: str) -> bytes:
    """A log of such events with contexts that every revision takes."""
    contexts: dict[str, object] = {
        "submit": {"urgency": 16, "priority": 16, "userid": 1, "flags": 0, "version": 1},
        "priority": {"priority": 16, "userid": 1},
        "finish": {"status": 0},
        "release": {"ranks": "all", "final": True},
    }
    return b"".join(event(name, contexts.get(name, ...)) for name in names)


END = ("alloc", "start", "finish", "release", "free", "clean")


@each_date
def test_the_usual_life_of_a_job(date: str, revisions: dict[str, Specification]) -> None:
    """Each revision takes that of its own time, and no other."""
    lives = {
        life("submit", "depend", *END): Span("", "2020-11-14"),
        # The older event priority could come at any time.
        life("submit", "depend", "priority", *END): Span("", "2022-06-13"),
        life("submit", "validate", "depend", "priority", *END): Span("2022-06-13"),
    }
    for log, span in lives.items():
        verdict = judge(Machine(revisions[date]), log).verdict
        assert verdict == ("conforms" if span.holds(date) else "violates")


@pytest.mark.slow
@pytest.mark.parametrize("date", DATES[:-1])
def test_every_claim_of_a_revision_is_proved(
    date: str, revisions: dict[str, Specification]
) -> None:
    """What is claimed of today's machine, which is proved elsewhere, held of each before it."""
    proofs = prove(revisions[date])
    assert proofs.verdict == PROVED
    assert {each.id for each in revisions[date].properties} >= {
        "every-state-reachable",
        "no-transition-dead",
        "final-from-everywhere",
    }


@each_date
def test_questions_speak_of_what_there_is(date: str, revisions: dict[str, Specification]) -> None:
    """No state, event or rule of another time."""
    specification = revisions[date]
    names = {each.name for each in specification.states}
    names |= {each.name for each in specification.virtual_states}
    names |= {each.name for each in specification.events}
    names |= {each.id for each in specification.rules} | {each.id for each in specification.lines}
    names |= {f"rfc21/{each.name}/context" for each in specification.events}
    for question in specification.questions:
        assert set(question.about) <= names, question.id


@pytest.mark.parametrize("date", DATES[2:])
def test_scenarios_are_logs_of_their_day(date: str, revisions: dict[str, Specification]) -> None:
    """Without the events that came later, and without any finding, but for those of mistakes."""
    machine = Machine(revisions[date])
    names = set()
    for scenario in revisions[date].scenarios:
        if not scenario.is_usual:
            continue
        judged = judge(machine, scenario_log(scenario), Options(notes=True, strict=True))
        assert (judged.findings, judged.verdict != CONFORMS) == ((), scenario.unfinished)
        names.add(scenario.name)
    assert {"normal", "cancelled", "restarted"} <= names
