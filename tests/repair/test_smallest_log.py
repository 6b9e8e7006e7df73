"""The smallest log that shows a finding, without names: for bug reports."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from facts.cases import CASES, LIFE, at, line, lines
from flux_conform.checking.finding import Finding
from flux_conform.checking.judge import Options, judge
from flux_conform.language import load
from flux_conform.machine.step import Machine
from flux_conform.repair import anonymous_log, smallest_log
from flux_conform.reports.fault_report import Section, fault_json, fault_markdown, fault_text
from flux_conform.session import SessionError
from flux_conform.session.events import LogJudged
from flux_conform.session.reportable import Reported, reported
from toys import load_toy

MACHINES = {name: Machine(load(name)) for name in ("job", "exec", "io", "resource")}
JOB = MACHINES["job"]
PLAIN, NOTES = Options(), Options(notes=True)
BROKEN = sorted((Path(__file__).parents[2] / "examples" / "broken").glob("*.eventlog"))


def reports_of(
    machine: Machine, log: bytes, options: Options = PLAIN, rule: str | None = None
) -> list[Reported]:
    return reported(LogJudged("x", machine, log, judge(machine, log)), options, rule)


def told(found: Sequence[Reported]) -> str:
    """All that is written of the findings, in each form."""
    sections = [Section(each, "fault.eventlog") for each in found]
    return "".join(form(sections, "1") for form in (fault_text, fault_markdown, fault_json))


def roots(machine: Machine, log: bytes) -> list[Finding]:
    """What stands for itself in a log, notes too."""
    return [each for each in judge(machine, log, NOTES).findings if each.because is None]


def entry(machine: Machine, found: Finding) -> tuple[str, str | None]:
    """A rule and an event, but for what a log makes up of their names."""
    name = found.event
    if not name:
        return found.rule, None
    known = machine.specification.event(name).name
    return (found.rule if known == name else found.rule.replace(name, known)), known


def assert_smallest(machine: Machine, each: Reported, log: bytes) -> None:
    """The finding is there and no other that was not; without any line it is gone, or one comes."""
    there = {entry(machine, found) for found in roots(machine, each.data)}
    assert entry(machine, each.finding) in there
    assert there <= {entry(machine, found) for found in roots(machine, log)}
    whole = each.data.splitlines(keepends=True)
    for number in range(len(whole)):
        less = roots(machine, b"".join(whole[:number] + whole[number + 1 :]))
        kinds = {entry(machine, found) for found in less}
        assert entry(machine, each.finding) not in kinds or not kinds <= there, whole[number]


def violating(corpus: Path) -> Iterator[tuple[str, Machine, bytes]]:
    for name, machine in MACHINES.items():
        for path in sorted((corpus / name).rglob("*.eventlog")):
            log = path.read_bytes()
            if judge(machine, log).verdict == "violates":
                yield path.name, machine, log
    for path in BROKEN:
        yield path.name, JOB, path.read_bytes()


@pytest.mark.slow
def test_what_real_logs_break_stays_and_no_event_can_be_left_out(corpus: Path) -> None:
    count = 0
    for _, machine, log in violating(corpus):
        found = reports_of(machine, log)
        grave = {each.rule for each in roots(machine, log) if each.level == "MUST"}
        assert {each.finding.rule for each in found} == grave
        assert all(each.is_smallest for each in found)
        for each in found:
            assert_smallest(machine, each, log)
            count += 1
    assert count >= 28


@pytest.mark.slow
def test_what_any_case_breaks_stays_and_no_event_can_be_left_out() -> None:
    """Hand-made logs with one fault or several, some of which are no JSON; nothing is kept."""
    count = 0
    for case in CASES[::2]:
        if case.verdict == "violates":
            for each in reports_of(JOB, case.log, Options(strict=True)):
                assert_smallest(JOB, each, case.log)
                assert each.kept == ()
                count += 1
    assert count > 200


def test_a_log_is_as_small_as_one_by_hand() -> None:
    """An epilog that has not finished when the resources are freed: its life, and nothing else."""
    epilog = line("epilog-start", description="wipe")
    memo = line("memo", note="x")
    log = lines(*LIFE[:2], memo, *LIFE[2:7], epilog, memo, *LIFE[7:])
    (each,) = reports_of(JOB, log)
    events = [json.loads(text)["name"] for text in each.data.splitlines()]
    by_hand = [json.loads(at(text, "1"))["name"] for text in LIFE]
    by_hand = by_hand[: by_hand.index("free") + 1]
    assert sorted(events) == sorted([*by_hand, "epilog-start"])
    assert events[-1] == "free"
    assert_smallest(JOB, each, log)


# What may not be told


class Secrets:
    """Puts secrets into a log wherever its findings do not change by it."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.numbers: dict[int, int] = {}

    def planted(self, machine: Machine, log: bytes) -> bytes:
        rows = [json.loads(text) if text[-1:] == b"}" else text for text in log.splitlines()]
        rules = [each.rule for each in roots(machine, log)]
        for row in rows:
            if isinstance(row, dict) and isinstance(row.get("context"), dict):
                for key in list(row["context"]):
                    before = row["context"][key]
                    row["context"][key] = self._of(key, before)
                    if [each.rule for each in roots(machine, self._log(rows))] != rules:
                        row["context"][key] = before  # the specification lists what may stand there
                row["context"]["secret key"] = {"secretly": ["secret", 987654321, {"secret": 1}]}
        rows.insert(1, {"timestamp": _time(rows[0]), "name": "secret.event", "context": {
            "secret": "secret", "userid": 987654321}})  # fmt: skip
        return self._log(rows)

    def _of(self, key: str, value: Any) -> Any:
        if isinstance(value, str):
            return self.texts.setdefault(value, f"secret {len(self.texts)}")
        if isinstance(value, int) and not isinstance(value, bool) and key.endswith("id"):
            return self.numbers.setdefault(value, 9876543210 + len(self.numbers))
        if isinstance(value, Mapping):
            return {f"secret {name}": self._of(name, inner) for name, inner in value.items()}
        return value

    @staticmethod
    def _log(rows: Sequence[Any]) -> bytes:
        texts = (row if isinstance(row, bytes) else json.dumps(row).encode() for row in rows)
        return b"".join(text + b"\n" for text in texts)


def _time(row: Any) -> float:
    return row["timestamp"] if isinstance(row, dict) else 1.0


def assert_secret(machine: Machine, log: bytes, secrets: Secrets) -> int:
    planted = secrets.planted(machine, log)
    assert planted.count(b"secret") > 3
    found = reports_of(machine, planted)
    assert [each.kept for each in found] == [() for _ in found]
    text = told(found).lower()
    assert "secret" not in text
    assert "9876" not in text
    assert not any(stamp in text for stamp in _stamps(planted))
    return len(found)


def _stamps(log: bytes) -> Iterator[str]:
    """The times of a log, without their last digits: no second of them comes out."""
    for text in log.splitlines():
        try:
            yield str(json.loads(text)["timestamp"])[:9]
        except ValueError:
            continue


def test_nothing_of_a_log_comes_out() -> None:
    """Not a text, a key, a name of an event, a userid or a time, of the examples."""
    secrets = Secrets()
    assert sum(assert_secret(JOB, path.read_bytes(), secrets) for path in BROKEN) >= 7
    assert len(secrets.texts) >= 3
    assert secrets.numbers


@pytest.mark.slow
def test_nothing_of_a_real_log_comes_out(corpus: Path) -> None:
    secrets = Secrets()
    count = sum(assert_secret(machine, log, secrets) for _, machine, log in violating(corpus))
    assert count >= 28
    assert len(secrets.texts) > 20


FAULTY = [
    b'{"timestamp":"secret","name":"memo","context":{}}',
    b'{"timestamp":-98765432.5,"name":"memo","context":"secret"}',
    b'{"timestamp":5,"name":["secret",98765432]}',
    b'{"timestamp":5,"name":"secret.x","context":["secret",{"secret":98765432}]}',
    b'{"timestamp":5,"name":"debug.secret","context":98765432}',
    b'{"timestamp":5,"name":"memo","secret":"secret","context":{"secret":2,"secret":{"secret":3}}}',
    b'{"timestamp":5,"name":"release","context":{"ranks":"98765-98764","final":"secret"}}',
    b'{"timestamp":5,"name":"jobspec-update","context":{"attributes..secret":"secret"}}',
    b'{"timestamp":5,"name":"exception","context":{"type":"secret","note":["secret"],"userid":"\\ud800secret"}}',
    b'secret 98765{',
]  # fmt: skip


@pytest.mark.parametrize("faulty", FAULTY)
def test_nothing_of_a_faulty_line_comes_out(faulty: bytes) -> None:
    """Wherever it stands, whatever its level, and in the reports of other faults."""
    count = 0
    for place in (0, 3, len(LIFE)):
        log = lines(*LIFE[:place], faulty, *LIFE[place:])
        for found in roots(JOB, log):
            each = reports_of(JOB, log, NOTES, found.rule)
            text = told(each).lower()
            assert "secret" not in text
            assert "9876" not in text
            assert [report.kept for report in each] == [()]
            count += 1
    assert count


DOOR = (Path(__file__).parents[1] / "door.yaml").read_text(encoding="utf-8")


def test_what_is_equal_stays_equal_and_what_differs_differs() -> None:
    """Who opens the door shuts it: another does, twice."""
    machine = Machine(load_toy(DOOR))
    log = (
        b'{"type":"open","ts":5,"who":"alice"}\n{"type":"shut","ts":6,"who":"alice"}\n'
        b'{"type":"open","ts":7,"who":"alice"}\n{"type":"shut","ts":9.5,"who":"bob"}\n'
    )
    (each,) = reports_of(machine, log)
    assert each.data == (
        b'{"type":"open","ts":1.0,"who":"text-1"}\n{"type":"shut","ts":2.0,"who":"text-2"}\n'
    )
    assert (each.line, each.lines, each.state) == (4, 4, "OPEN")
    assert each.before is not None
    assert each.before.seconds == 2.5
    changed = DOOR.replace("by: {type: optional string", "by: {type: optional integer").replace(
        "{by: .who}", "{by: .code}"
    )
    for event in ("open", "shut"):
        changed = changed.replace(
            f"{event}: {{context: {{who", f"{event}: {{context: {{code: integer, who"
        )
    machine = Machine(
        load_toy(changed.replace(".who == by", ".code == by").replace("{.who}", "{.code}"))
    )
    log = (
        b'{"type":"open","ts":5,"who":"a","code":77}\n{"type":"shut","ts":6,"who":"a","code":88}\n'
    )
    (each,) = reports_of(machine, log)
    one, two = (json.loads(text)["code"] for text in each.data.splitlines())
    assert one != two
    assert {one, two}.isdisjoint({77, 88})


def test_what_the_finding_rests_on_stays_and_is_told() -> None:
    """A number that a rule forbids, and no other."""
    rule = """\
  - {id: door/shut/code, level: MUST, on: shut, require: .code != 4711, says: s, breach: b, repair: r}
report:"""
    changed = DOOR.replace("shut: {context: {who", "shut: {context: {code: integer, who").replace(
        "report:", rule
    )
    machine = Machine(load_toy(changed))
    log = b'{"type":"open","ts":5,"who":"a1"}\n{"type":"shut","ts":6,"who":"a1","code":4711}\n'
    (each,) = reports_of(machine, log)
    assert each.kept == ('the number 4711 under "code"',)
    assert "but for the number 4711" in " ".join(told([each]).split())
    assert b"a1" not in each.data


def test_times_that_a_rule_asks_for_keep_their_distances() -> None:
    """A site's rule of ten minutes; where no rule asks for times they are numbered."""
    machine = Machine(load(Path(__file__).parents[1] / "timed_door.yaml"))
    log = (
        b'{"timestamp":1700000000.25,"name":"open"}\n{"timestamp":1700000001,"name":"other"}\n'
        b'{"timestamp":1700000601,"name":"shut"}\n'
    )
    (each,) = reports_of(machine, log, Options(strict=True))
    assert each.data == b'{"timestamp":1,"name":"open"}\n{"timestamp":601.75,"name":"shut"}\n'
    assert each.kept == ()
    assert "17000" not in told([each])


def test_of_ranks_and_hosts_the_number_stays() -> None:
    """RFC 44 wants as many hosts as ranks: which ones they are is made up."""
    context = {"idset": "1017-1019", "nodelist": "secret[1017-1018]", "overwrite": 0}
    log = json.dumps({"timestamp": 1.5, "name": "drain", "context": context}).encode() + b"\n"
    machine = MACHINES["resource"]
    (each,) = reports_of(machine, log, Options(strict=True))
    assert each.kept == ()
    told_ = json.loads(each.data)["context"]
    assert "1017" not in json.dumps(told_)
    assert "secret" not in json.dumps(told_)
    assert judge(machine, each.data).findings[0].rule == judge(machine, log).findings[0].rule


def test_a_line_that_is_no_json_is_masked() -> None:
    """Where it breaks off it still does; what is no UTF-8 is not."""
    log = lines(*LIFE[:2], b'{"timestamp":1700000009.5,"name":"secret","cont', b'"\xff secret"')
    found = reports_of(JOB, log)
    assert {each.finding.rule for each in found} == {"rfc18/lines"}
    assert found[0].data.strip() == b'{"xxxxxxxxx":1111111111.1,"xxxx":"xxxxxx","xxxx'
    (each,) = reports_of(JOB, lines(*LIFE[:2], b'"\xff secret"'))
    assert each.data.strip() == b'"\xff xxxxxx"'


def test_a_long_log_takes_no_long_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """What ends early says so, and is anonymous; what is too long for that is refused."""
    log = lines(LIFE[0], *(line("memo", secret=f"secret {n}") for n in range(50)), *LIFE[2:])
    monkeypatch.setattr(smallest_log, "MOST_BYTES", 1)
    (each,) = reports_of(JOB, log)
    assert not each.is_smallest
    assert "perhaps not the smallest" in " ".join(told([each]).split())
    assert "secret" not in told([each])
    monkeypatch.setattr(anonymous_log, "MOST_LINES", 1)
    with pytest.raises(SessionError, match="rfc21/states/undefined: the smallest part that was"):
        reports_of(JOB, log)
    monkeypatch.undo()
    (each,) = reports_of(JOB, log)
    assert each.is_smallest
    assert each.data.count(b"\n") == 2


@pytest.mark.slow
def test_a_log_of_many_lines_becomes_small() -> None:
    """Twenty thousand memos and a large object stand between the events that matter."""
    epilog = line("epilog-start", description="wipe")
    memos = [line("memo", n=n, secret={"list": list(range(20))}) for n in range(20_000)]
    large = line("alloc", annotations={"sched": {f"secret {n}": [n] for n in range(2_000)}})
    life = [large if "alloc" in text else text for text in LIFE]
    log = lines(*life[:7], epilog, *memos, *life[7:])
    (each,) = reports_of(JOB, log)
    assert each.is_smallest
    assert len(each.data) < 1_000
    assert_smallest(JOB, each, log)
