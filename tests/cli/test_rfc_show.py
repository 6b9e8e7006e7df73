"""`flux-conform rfc show`, and the links of findings."""

import json
from pathlib import Path

import jsonschema

import flux_conform.checking


def test_a_rule_is_shown_with_its_passage_and_a_log_that_breaks_it(run):
    """For people, and the same for programs."""
    code, out, _ = run("rfc", "show", "rfc21/depend/outstanding")
    assert code == 0
    assert out.startswith("rfc21/depend/outstanding  MUST  (RFC 21, Depend Event)\n")
    assert "depend MUST NOT be posted (rfc21/depend/outstanding)" in " ".join(out.split())
    assert "\n> " in out
    code, out, _ = run("rfc", "show", "rfc21/depend/outstanding", "--format", "json")
    row = json.loads(out)
    assert (row["level"], row["events"], row["link"]) == (
        "MUST",
        ["depend"],
        "job-states.html#rfc21-depend-outstanding",
    )
    assert [passage["section"] for passage in row["passages"]] == ["Depend event"]
    assert (
        json.loads(row["breach"]["log"].splitlines()[row["breach"]["line"] - 1])["name"] == "depend"
    )


def test_a_machine_without_a_text_has_its_clauses_alone(run):
    """No passage and no link."""
    _, out, _ = run("rfc", "show", "rfc50/init/first", "--machine", "exec", "--format", "json")
    row = json.loads(out)
    assert (row["link"], row["passages"]) == (None, [])
    assert row["breach"]["scenario"] == "normal"


def test_an_unknown_rule_is_told_with_the_one_that_is_meant(run):
    """Exit code 2."""
    code, out, err = run("rfc", "show", "rfc21/depend/oustanding")
    assert (code, out) == (2, "")
    assert err.endswith(
        'has no rule "rfc21/depend/oustanding"; did you mean "rfc21/depend/outstanding"?\n'
    )


def test_a_finding_links_to_its_clause(run, tmp_path):
    """Where the machine has a text; the schema of verdicts knows the key."""
    log = tmp_path / "a.eventlog"
    log.write_text('{"timestamp":1,"name":"depend"}\n')
    schema = Path(flux_conform.checking.__file__).with_name("verdict.schema.json")
    links = {}
    for machine in ("job", "exec"):
        _, out, _ = run("check", log, "--format", "json", "--machine", machine)
        row = json.loads(out)
        jsonschema.validate(row, json.loads(schema.read_text()))
        links |= {finding["rule"]: finding["link"] for finding in row["findings"]}
    assert links["rfc21/submit/first"] == "job-states.html#rfc21-submit-first"
    assert links["rfc50/init/first"] is None
