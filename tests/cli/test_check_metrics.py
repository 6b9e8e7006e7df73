"""`check --follow --metrics`: what Prometheus fetches while a journal is followed."""

import io
import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import IO
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families

from cli.conftest import Run
from flux_conform.cli.common import UsageError
from flux_conform.cli.metrics_server import parse_address, serving
from flux_conform.reports.prometheus import CONTENT_TYPE, exposition
from flux_conform.session.tally import BOUNDS, MOST_RULES, OTHER_RULES, Tally, Times, Waiting

Labels = frozenset[tuple[str, str]]
Samples = dict[str, dict[Labels, float]]


def event(name: str, at: float, **context: object) -> dict[str, object]:
    return {"timestamp": at, "name": name, **({"context": context} if context else {})}


def submit(at: float) -> dict[str, object]:
    return event("submit", at, userid=1, urgency=16, flags=0, version=1)


def entry(job: int, *events: object) -> str:
    return json.dumps({"id": job, "events": events})


def read(text: str) -> Samples:
    """The samples by name and labels, as Prometheus' own client reads them."""
    found: Samples = {}
    for family in text_string_to_metric_families(text):
        assert family.documentation
        assert family.type in ("gauge", "counter", "histogram")
        for sample in family.samples:
            labels = frozenset(sample.labels.items())
            named = found.setdefault(sample.name.removeprefix("flux_conform_"), {})
            assert labels not in named
            named[labels] = sample.value
    return found


def of(samples: Samples, name: str, **labels: str) -> float:
    return samples[name].get(frozenset(labels.items()), 0)


@contextmanager
def following(*arguments: str) -> Iterator[tuple[IO[str], Callable[[], Samples], str]]:
    """A process that follows what is written to it, and what a scrape of it gives."""
    command = [*(sys.executable, "-m", "flux_conform", "check"), "--follow", *arguments, "-"]
    with subprocess.Popen(
        command, stdin=-1, stdout=subprocess.DEVNULL, stderr=-1, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        url = process.stderr.readline().split()[-1]

        def scrape() -> Samples:
            with urlopen(url, timeout=10) as answer:
                assert answer.headers["Content-Type"] == CONTENT_TYPE
                return read(answer.read().decode())

        try:
            yield process.stdin, scrape, url
        finally:
            process.stdin.close()
            process.wait(20)


def until(scrape: Callable[[], Samples], name: str, value: float) -> Samples:
    """The samples once a metric without labels has the value."""
    for _ in range(400):
        samples = scrape()
        if of(samples, name) >= value:
            return samples
        time.sleep(0.02)
    raise AssertionError(f"{name} is {of(samples, name)}")


def test_a_journal_is_counted_while_it_is_followed() -> None:
    """Events of jobs out of order, lines twice, garbage, and events after a job's end."""
    cancel = event("exception", 13.5, type="cancel", severity=0, note="")
    first = [
        entry(-1),
        entry(7, submit(10)),
        entry(8, submit(2)),  # of an earlier time than what came before it
        entry(7, event("validate", 10.5)),
        entry(9, submit(11)),
        entry(9, event("validate", 12), event("depend", 9)),  # a clock that goes back
        entry(8, event("alloc", 3)),  # undefined there
        entry(7, cancel),
    ]
    with following("--metrics", "0") as (stdin, scrape, url):
        print(*first, sep="\n", file=stdin, flush=True)
        samples = until(scrape, "events_total", 8)
        states = {"NEW": 1, "DEPEND": 0, "PRIORITY": 1, "CLEANUP": 1}
        assert {name: of(samples, "jobs", state=name) for name in states} == states
        assert of(samples, "transitions_total", **{"from": "NEW", "to": "DEPEND"}) == 2
        assert of(samples, "transitions_total", **{"from": "DEPEND", "to": "CLEANUP"}) == 1
        assert of(samples, "findings_total", rule="rfc21/states/undefined", level="MUST") == 1
        assert of(samples, "waiting", **{"for": "priority"}) == 1
        assert of(samples, "waiting", **{"for": "clean"}) == 1
        # Of the times in DEPEND one is three seconds; of the other it is not known.
        assert of(samples, "time_in_state_seconds_count", state="DEPEND") == 1
        assert of(samples, "time_in_state_seconds_sum", state="DEPEND") == 3
        assert of(samples, "time_in_state_seconds_bucket", state="DEPEND", le="1") == 0
        assert of(samples, "time_in_state_seconds_bucket", state="DEPEND", le="10") == 1
        assert of(samples, "time_in_state_seconds_bucket", state="DEPEND", le="+Inf") == 1
        rest = [
            entry(7, event("clean", 14)),
            entry(7, event("memo", 15)),  # after its end
            '{"id": 8, "events": [{"timest',
            "garbage",
            entry(10, submit(20), submit(20)),
            entry(9, event("priority", 16, priority=16)),
        ]
        print(*rest, sep="\n", file=stdin, flush=True)
        samples = until(scrape, "events_total", 12)
        assert of(samples, "logs_total", verdict="conforms") == 1
        assert of(samples, "jobs", state="CLEANUP") == 0
        assert of(samples, "problems_total") >= 2
        with pytest.raises(HTTPError, match="404"):
            urlopen(url.replace("metrics", "else"))
        with ThreadPoolExecutor(8) as pool:
            scraped = [pool.submit(scrape) for _ in range(24)]
            assert all(each.result() == samples for each in scraped)


def test_a_port_that_is_in_use_is_told(run: Run, tmp_path: Path) -> None:
    log = tmp_path / "a.eventlog"
    log.write_text(json.dumps(submit(1)) + "\n")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        code, out, err = run("check", "--follow", "--metrics", port, log)
    assert (code, out) == (2, "")
    assert f"--metrics {port}: Address already in use" in err


@pytest.mark.parametrize("address", ["", "x", "localhost", "1:2:x", "70000", "localhost:-1", "²"])
def test_an_address_that_is_none_is_refused(run: Run, address: str) -> None:
    code, out, err = run("check", "--follow", "--metrics", address, "-")
    assert (code, out) == (2, "")
    assert "give HOST:PORT" in err
    with pytest.raises(UsageError):
        parse_address(address)


def test_an_address_says_who_can_ask() -> None:
    assert parse_address("9000") == parse_address(":9000") == ("127.0.0.1", 9000)
    assert parse_address("0.0.0.0:9000") == ("0.0.0.0", 9000)
    assert parse_address("[::1]:9000") == ("::1", 9000)


def test_what_is_not_ready_is_not_served() -> None:
    """After a restart, until all that was read before is read again."""
    with serving("0", CONTENT_TYPE, lambda: None) as url, pytest.raises(HTTPError, match="503"):
        urlopen(url, timeout=10)


def test_metrics_are_of_what_is_followed(run: Run) -> None:
    code, _, err = run("check", "--metrics", "9000", "-")
    assert (code, "add --follow" in err) == (2, True)


def test_any_name_of_a_log_stands_in_a_label() -> None:
    """Quotes, backslashes, newlines, and text that UTF-8 cannot say."""
    tally = Tally()
    names = ['"', "\\", "\n", "\\n", 'a"b\\\nc', "ƒ", "{}", ","]
    tally.findings.update({(name, "MUST"): at for at, name in enumerate(names, 1)})
    tally.findings["\ud800", "MUST"] = 99
    samples = read(exposition(tally))["findings_total"]
    for at, name in enumerate(names, 1):
        assert samples[frozenset({("rule", name), ("level", "MUST")})] == at
    assert 99 in samples.values()


def test_rules_beyond_a_number_are_counted_together() -> None:
    tally = Tally()
    for number in range(MOST_RULES + 5):
        tally._found(f"rule/{number}", "note", 2)
    assert tally.findings[OTHER_RULES, "note"] == 10
    assert len(tally.findings) == MOST_RULES + 1


def test_a_time_is_in_the_bucket_of_its_bound() -> None:
    """A bound is in its own bucket, as `le` says."""
    for at, bound in enumerate(BOUNDS):
        times = Times()
        times.add(bound)
        times.add(bound * 1.001)
        assert times.buckets[at : at + 2] == [1, 1]


def test_a_scrape_amid_changes_is_of_one_moment() -> None:
    """A job is always in one state, however its states change meanwhile."""
    tally = Tally()
    tally.alive[None] = Waiting("a", None, (), False)
    tally.states["a"] = 1
    goes_on = True

    def change() -> None:
        while goes_on:
            for was, becomes in ("ab", "ba"):
                with tally.lock:
                    tally._drop(None)
                    tally.alive[None] = Waiting(becomes, 0.0, (), False)
                    tally.states[becomes] += 1
                    tally.moves[was, "e", becomes] += 1
                    tally._leave(Waiting(was, 0.0, (), False), 1.0)

    thread = Thread(target=change)
    thread.start()
    try:
        for _ in range(200):
            samples = read(exposition(tally))
            assert sum(samples["jobs"].values()) == 1
            counts = samples.get("time_in_state_seconds_count", {})
            assert sum(counts.values()) == sum(samples.get("transitions_total", {}).values())
    finally:
        goes_on = False
        thread.join()


def test_what_is_kept_goes_when_a_job_ends(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[int] = []
    took = Tally.took

    def watched(self: Tally, *arguments: object, **options: bool) -> None:
        took(self, *arguments, **options)  # type: ignore[arg-type]
        kept.append(len(self.alive))

    monkeypatch.setattr(Tally, "took", watched)
    events = [
        submit(1),
        event("exception", 2, type="cancel", severity=0, note=""),
        event("clean", 3),
    ]
    rows = (entry(job, each) for job in range(100) for each in events)
    journal = io.BytesIO("\n".join([entry(-1), *rows, ""]).encode())
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(journal))
    assert run("check", "--follow", "--metrics", "0", "-")[0] == 0
    assert len(kept) == 300
    assert max(kept) == 1
    assert kept[-1] == 0
