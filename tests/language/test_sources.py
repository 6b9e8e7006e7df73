"""A specification is read from an RFC or from a source with a name, and says which everywhere."""

import json
from pathlib import Path

import pytest

from flux_conform.language.authority import authority_of, rfc_of
from flux_conform.language.compiled import decode, encode
from flux_conform.language.specification import Source
from toys import PUSH, TURNSTILE, faults_of, load_toy, turnstile

GATE = "source: {name: gate, version: 3, date: 2024-05-06}\n"


def gate(source: str = GATE) -> str:
    """The turnstile as the machine of a source that is no RFC."""
    text = TURNSTILE.read_text(encoding="utf-8").replace("rfc9999/", "gate/")
    (old,) = (line for line in text.splitlines(True) if line.startswith("source:"))
    return text.replace(old, source)


def test_a_source_has_a_name_in_place_of_a_number() -> None:
    specification = load_toy(gate())
    assert specification.source == Source(0, 3, "2024-05-06", name="gate")
    assert specification.source.label == "gate"
    assert load_toy(turnstile()).source.label == "RFC 9999"
    assert {rule.rfc for rule in specification.rules} == {0}


def test_its_compiled_form_is_the_same_and_that_of_an_rfc_is_what_it_was() -> None:
    specification = load_toy(gate())
    assert decode(json.loads(json.dumps(encode(specification)))) == specification
    assert set(encode(load_toy(turnstile()))["source"]) == {"rfc", "version", "date", "text"}


@pytest.mark.parametrize(
    ("rule", "number", "words"),
    [
        ("rfc21/states/undefined", 21, "RFC 21"),
        ("slurm/state/restarts", 0, "slurm"),
        ("site/queue", 0, "site"),
        ("rfcs/queue", 0, "rfcs"),
    ],
)
def test_the_id_of_a_rule_says_who_asks_it(rule: str, number: int, words: str) -> None:
    assert (rfc_of(rule), authority_of(rule)) == (number, words)


@pytest.mark.parametrize(
    ("source", "message", "expected"),
    [
        ("{version: 1}", "the source has no name", "rfc: its number, or name"),
        ("{rfc: 0, name: gate}", "the source is an RFC already", "rfc or name, not both"),
        ("{name: rfc12}", '"rfc12" names no source', "rfc: its number"),
        ("{name: site}", '"site" names no source', "the name of what was read"),
    ],
)
def test_a_source_is_one_or_the_other(source: str, message: str, expected: str) -> None:
    faults = faults_of(gate(f"source: {source}\n"))
    assert (faults[0].message, faults[0].expected) == (message, expected)


def test_a_rule_is_of_the_source_of_an_rfc_or_of_the_site() -> None:
    """A rule of any RFC may stand in any machine, and a site adds its own."""
    text = gate().replace("gate/", "gaet/", 1)
    (fault,) = faults_of(text)
    assert fault.message == '"gaet" is not the source of this specification'
    assert fault.expected == "an id that begins with rfc and a number, gate or site"
    assert faults_of(gate().replace("gate/", "site/", 1)) == ()
    assert faults_of(gate().replace("gate/", "rfc18/", 1)) == ()


@pytest.mark.parametrize("form", ["text", "github", "sarif", "html"])
def test_every_report_names_the_source(
    form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from flux_conform.cli.main import main

    (tmp_path / "gate.yaml").write_text(gate(), encoding="utf-8")
    (tmp_path / "a.eventlog").write_bytes(PUSH)
    main(["check", f"--format={form}", "--machine", str(tmp_path / "gate.yaml"), str(tmp_path)])
    told = capsys.readouterr().out
    assert "gate" in told
    assert "RFC 9999" not in told
