"""`--rules`: what a site asks beyond the RFCs, and never in their place."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from flux_conform import check
from flux_conform.language import load
from flux_conform.language.changes.site_rules import load_site_rules, shipped_base
from flux_conform.language.faults import SpecificationFaults

Run = object

PROMPT = """
change: job
rules:
  site/start/prompt:
    level: policy
    on: start
    require: has(since(alloc)) implies since(alloc) <= 50 ms
    section: S
    says: A job starts soon.
    breach: "it took {since(alloc)}"
    repair: look
"""
HOLDS = """
change: job
title: Holds
variables: {holds: {type: integer, says: x}}
definitions: {putoff: .urgency == 0}
events: {urgency: {effect: {holds: if putoff then holds + 1 else holds}}}
rules:
  site/urgency/once: {level: policy, on: urgency, require: putoff implies holds < 1, section: S,
    says: Once., breach: again, repair: r}
"""


@pytest.fixture
def prompt(tmp_path: Path) -> Path:
    path = tmp_path / "prompt.yaml"
    path.write_text(PROMPT)
    return path


def rows(out: str) -> list[dict]:
    return [json.loads(line) for line in out.splitlines()]


def late_starts(path: Path) -> list[int]:
    """The lines of starts that come more than 50 ms after the last alloc, by plain arithmetic."""
    found, alloc = [], None
    for number, line in enumerate(path.read_text().splitlines(), 1):
        event = json.loads(line, parse_float=Decimal)
        if event["name"] == "alloc":
            alloc = event["timestamp"]
        late = alloc is not None and event["timestamp"] - alloc > Decimal("0.05")
        if event["name"] == "start" and late:
            found.append(number)
    return found


def test_rules_of_a_site_are_found_beside_those_of_the_rfcs_which_stay_as_they_are(
    run, corpus: Path, prompt: Path
) -> None:
    """On real logs: verdicts and other findings are the same, and the policy's are those counted."""
    folder = corpus / "job" / "A1-main"
    _, out, _ = run("check", "--format", "json", "--allow", "flux-core", folder)
    plain = rows(out)
    asked = ("check", "--format", "json", "--allow", "flux-core", "--rules", prompt)
    _, out, _ = run(*asked, folder)
    ruled = rows(out)
    late = 0
    for row in ruled:
        own = [f for f in row.get("findings", ()) if f["rule"].startswith("site/")]
        if "findings" in row:
            row["findings"] = [f for f in row["findings"] if f not in own]
            assert [f["line"] for f in own] == late_starts(Path(row["log"])), row["log"]
            late += len(own)
    assert ruled == plain
    assert late > 0
    _, spread, _ = run(*asked, "--jobs", "2", folder)
    assert sum('"site/start/prompt"' in line for line in spread.splitlines()) > 0
    assert sorted(spread.splitlines()) == sorted(out.splitlines())


def test_logs_of_other_kinds_are_judged_as_ever(run, corpus: Path, prompt: Path) -> None:
    dump = corpus / "artefacts" / "dump.tgz"
    tallies = []
    for more in ([], ["--rules", prompt]):
        _, out, _ = run("check", "--format", "json", *more, dump)
        judged = [row for row in rows(out) if "machine" in row]
        tallies.append([(row["log"], row["machine"], row["verdict"]) for row in judged])
    assert tallies[0] == tallies[1]
    assert {machine for _, machine, _ in tallies[0]} > {"job", "exec"}


def test_several_files_add_up(tmp_path: Path, prompt: Path) -> None:
    (tmp_path / "holds.yaml").write_text(HOLDS)
    found = load_site_rules([str(prompt), str(tmp_path / "holds.yaml")])
    assert list(found) == ["job"]
    own = {rule.id for rule in found["job"].rules} - {rule.id for rule in load("job").rules}
    assert own == {"site/start/prompt", "site/urgency/once"}
    assert shipped_base(found["job"]) == load("job")


def test_a_log_that_is_stuck_is_told_with_rules_of_a_site_too(
    run, tmp_path: Path, prompt: Path
) -> None:
    names = [
        ("submit", {"urgency": 16, "userid": 1, "flags": 0, "version": 1}),
        ("validate", None), ("depend", None), ("alloc", None),
    ]  # fmt: skip
    lines = [
        {"timestamp": number, "name": name, **({} if context is None else {"context": context})}
        for number, (name, context) in enumerate(names, 1)
    ]
    path = tmp_path / "hung.eventlog"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert check(path, machine="job").stuck
    outs = [run("check", *more, path)[1] for more in ([], ["--rules", prompt])]
    assert outs[0] == outs[1]
    assert "stuck" in outs[0]


SITE = "change: job\nrules: {site/x: {level: policy, on: free, require: 'true', section: S, says: S., breach: b, repair: r}}\n"


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("rules: {}\n", (1, 1), "a change on a shipped specification"),
        ("change: jobb\nrules: {}\n", (1, 9), "a change on a shipped specification"),
        ("change: job@2022-07\nrules: {}\n", (1, 9), "a change on a shipped specification"),
        (SITE + "states: {RUN: null}\n", (3, 1), '"states" is none of theirs'),
        (SITE + "renamed: {states: {RUN: GO}}\n", (3, 1), '"renamed" is none of theirs'),
        (SITE + "report: {x: urgency}\n", (3, 1), '"report" is none of theirs'),
        (SITE + "findings: {undefined: {level: note}}\n", (3, 1), '"findings" is none of theirs'),
        (SITE + "variables: {urgency: {says: x}}\n", (3, 13), '"urgency" is there already'),
        (SITE + "variables: {urgency: null}\n", (3, 13), '"urgency" is there already'),
        (SITE + "definitions: {fatal: 'true'}\n", (3, 15), '"fatal" is there already'),
        (SITE + "events: {free: {elsewhere: stays}}\n", (3, 17), "effects on its own variables"),
        (SITE + "events: {free: null}\n", (3, 10), "must stay as it is"),
        (SITE + "events: {free: {effect: null}}\n", (3, 17), "effects on its own variables"),
        (SITE + "events: {freed: {effect: {}}}\n", (3, 10), 'there is no "freed"'),
        (SITE + "events: {urgency: {effect: {urgency: '0'}}}\n", (3, 29), 'effect on "urgency"'),
        (SITE + "events: {urgency: {effect: {urgency: null}}}\n", (3, 29), 'effect on "urgency"'),
        ("change: job\nrules: {rfc21/free/in-cleanup: null}\n", (2, 9), "must stay as it is"),
        (SITE.replace("policy", "MUST"), (2, 25), "the level of a site's rule is policy"),
        (SITE.replace("level: policy, ", ""), (2, 9), "the level of a site's rule is policy"),
        (SITE.replace("site/x", "rfc21/x"), (2, 9), "policy"),
    ],
)
def test_what_would_alter_the_rfcs_rules_is_refused_where_it_stands(
    text: str, place: tuple[int, int], says: str, tmp_path: Path
) -> None:
    path = tmp_path / "site.yaml"
    path.write_text(text)
    with pytest.raises(SpecificationFaults) as caught:
        load_site_rules([str(path)])
    fault = caught.value.faults[0]
    assert (fault.line, fault.column) == place
    assert says in fault.message


def test_rules_go_with_the_machine_that_they_are_about(run, prompt: Path) -> None:
    log = "examples/real/succeeded.eventlog"
    code, _, err = run("check", "--rules", prompt, "--machine", "exec", log)
    assert code == 2
    assert "--rules holds rules for job, and --machine names exec" in err
    assert run("check", "--rules", prompt, "--machine", "job", log)[0] == 0
    code, _, err = run("check", "--rules", "no-such.yaml", log)
    assert code == 2
    assert "no-such.yaml" in err


@pytest.mark.parametrize("form", ["text", "json", "html", "sarif", "junit", "github"])
def test_findings_of_the_rfcs_are_told_as_without_rules_of_a_site(
    run, tmp_path: Path, form: str
) -> None:
    """With their links, under the same title; the site's rule is obeyed here."""
    (tmp_path / "holds.yaml").write_text(HOLDS)
    log = tmp_path / "odd.eventlog"
    log.write_text(
        '{"timestamp":1,"name":"submit","context":{"urgency":16,"userid":1,"flags":0,"version":1}}\n'
        '{"timestamp":2,"name":"start"}\n'
    )
    asked = ("check", "--format", form, log)
    plain = run(*asked)
    assert run(*asked, "--rules", tmp_path / "holds.yaml") == plain
    assert "rfc21/start/held" in plain[1]


def test_a_repair_minds_the_rules_of_a_site(run, tmp_path: Path) -> None:
    """The mended log obeys them too."""
    (tmp_path / "holds.yaml").write_text(HOLDS)
    log = tmp_path / "held.eventlog"
    lines = [
        {"name": "submit", "context": {"urgency": 16, "userid": 1, "flags": 0, "version": 1}},
        {"name": "urgency", "context": {"urgency": 0, "userid": 1}},
        {"name": "urgency", "context": {"urgency": 0, "userid": 1}},
        {"name": "start"},
    ]
    log.write_text("".join(json.dumps({"timestamp": n, **e}) + "\n" for n, e in enumerate(lines)))
    mended = tmp_path / "mended.eventlog"
    asked = ("check", "--strict", "--rules", tmp_path / "holds.yaml")
    assert run(*asked, log)[0] == 1
    run(*asked, "--repair", mended, log)
    code, out, _ = run(*asked, mended)
    assert code == 0, out
