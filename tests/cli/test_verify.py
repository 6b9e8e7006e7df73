"""`flux-conform verify`, and what `prove` and `generate` have to do with certificates."""

import json
from pathlib import Path

import pytest

from flux_conform.artefacts import artefact
from flux_conform.cli.certificates import certificates_path, staleness
from flux_conform.language import compiled_path, load


@pytest.fixture
def certificates(run, tmp_path):
    """The certificates of a shipped machine's properties, as `prove` writes them."""
    directory = tmp_path / "new" / "certificates"
    code, _, _ = run("prove", "--machine", "exec", "--certificates", directory)
    assert code == 0
    return directory


def named(value, name):
    """The property of a certificate."""
    (found,) = (each for each in value["properties"] if each["id"] == name)
    return found


def edited(path: Path, change) -> Path:
    """A copy of a file of certificates with a change."""
    value = json.loads(path.read_text())
    change(value)
    copy = path.with_name("edited.json")
    copy.write_text(json.dumps(value))
    return copy


@pytest.mark.slow  # that no certificate is stale, which is tested elsewhere, takes verifying them
def test_the_certificates_in_the_package_are_verified(run):
    """Without any file given: by inductions, by logs, and by the table."""
    code, out, _ = run("verify")
    assert code == 0
    marks = {line.split(":")[0].strip() for line in out.splitlines() if line.startswith("  ")}
    assert "verified final-from-everywhere" in marks
    assert "verified one-initial-one-final" in marks
    assert not [mark for mark in marks if not mark.startswith("verified")]


@pytest.mark.parametrize("machine", ["job", "exec"])
def test_the_certificates_in_the_package_are_small_and_list_all_properties(machine):
    """They travel with every installation."""
    text = Path(certificates_path(machine)).read_text()
    assert len(text) < 3_000 * len(json.loads(text)["properties"])
    listed = [item["id"] for item in json.loads(text)["properties"]]
    assert listed == [claim.id for claim in load(machine).properties]


def test_prove_writes_a_file_for_each_claim_and_names_it(run, tmp_path):
    """In JSON as in the directory; the rules used are told."""
    directory = tmp_path / "certificates"
    code, out, _ = run(
        "prove", "--machine", "exec", "--certificates", directory, "--format", "json"
    )
    assert code == 0
    table = {item["id"]: item for item in json.loads(out)["properties"]}
    named = {item["certificate"] for item in table.values()}
    assert named == {str(path) for path in directory.iterdir()}
    assert table["one-initial-one-final"]["uses"] == []
    end = table["final-from-everywhere"]
    assert json.loads(Path(end["certificate"]).read_text())["properties"][0]["uses"] == end["uses"]
    assert end["uses"]


def test_prove_tells_all_of_a_proof_that_asks_for_it(run):
    """Invariant, measure, and the rules used."""
    _, out, _ = run("prove", "--machine", "exec", "--property", "final-from-everywhere", "--all")
    assert "measure: " in out
    assert "however long, it holds that" in out
    (uses,) = (line for line in out.splitlines() if line.startswith("  uses"))
    assert "rfc50/init/first" in uses


def test_a_verified_file_is_a_line_for_each_property_and_exit_0(run, certificates):
    """By itself it is compared with the machine of its name."""
    path = certificates / "no-other-dead-end.json"
    code, out, _ = run("verify", path)
    assert code == 0
    head, line, rest = out.splitlines()
    assert head.endswith("exec, logs of generation today; compared with exec")
    assert line.startswith("  verified no-other-dead-end: proved (lemmas: ")
    assert rest.startswith("of exec, no file here is about one-initial-one-final, ")


@pytest.mark.slow
def test_claims_that_no_file_is_about_are_told(run, certificates):
    """So nobody takes some for all; where the files have all of them, nothing is said."""
    paths = sorted(certificates.iterdir())
    code, out, _ = run("verify", *paths)
    assert code == 0
    assert "no file here" not in out
    _, out, _ = run("verify", *paths[1:])
    assert out.splitlines()[-1] == f"of exec, no file here is about {paths[0].stem}"
    _, out, _ = run("verify", "--format", "json", paths[0])
    (file,) = json.loads(out)
    assert {f"{name}.json" for name in file["missing"]} == {path.name for path in paths[1:]}


def test_a_compiled_specification_will_do(run, certificates):
    """A verifier elsewhere has no YAML."""
    path = certificates / "no-other-dead-end.json"
    assert run("verify", "--machine", compiled_path("exec"), path)[0] == 0
    assert run("verify", "--machine", compiled_path("job"), path)[0] == 1


def test_a_wrong_certificate_exits_1_and_says_what_is_wrong(run, certificates):
    """In text and in JSON."""

    def change(value):
        value["properties"][0]["arguments"][0]["lemmas"].clear()

    path = edited(certificates / "final-from-everywhere.json", change)
    code, out, _ = run("verify", path)
    assert code == 1
    assert "  wrong    final-from-everywhere: " in out
    code, out, _ = run("verify", "--format", "json", path)
    assert code == 1
    (file,) = json.loads(out)
    assert file["compared"] == "exec"
    (result,) = file["properties"]
    assert result["problem"]
    assert result["verified"] is False


def test_one_wrong_file_among_good_ones_is_enough(run, certificates):
    """All are told of."""
    good = certificates / "final-from-everywhere.json"
    bad = edited(good, lambda value: value.update(digest=""))
    code, out, _ = run("verify", good, bad, good)
    assert code == 1
    assert [line.split()[0] for line in out.splitlines() if line.startswith("  ")] == [
        "verified",
        "wrong",
        "verified",
    ]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (None, "No such file"),
        ("{", "the file is not JSON: Expecting property name"),
        ("", "the file is not JSON: Expecting value"),
        ("[" * 100_000, "recursion"),
        ("{}", "not a whole certificate"),
        ("[]", "not a whole certificate"),
        ('{"format": 9, "machine": "exec"}', "certificates of format 9"),
        ('{"format": 2, "machine": 3}', "the machine's name is no text"),
        ('{"format": 2, "format": 2}', "the key 'format' is given twice"),
        ('{"format": NaN}', "NaN is no number of JSON"),
        ('{"format": 2, "machine": "exec", "digest": 1, "systems": []}', "not a whole certificate"),
    ],
)
def test_what_is_no_certificate_exits_2(run, tmp_path, content, why):
    """And is no traceback."""
    path = tmp_path / "odd.json"
    if content is not None:
        path.write_text(content)
    code, out, err = run("verify", path)
    assert (code, out) == (2, "")
    assert why in err


@pytest.mark.parametrize("machine", ["nosuch", "nosuch.json", artefact("model", "schema.json")])
def test_what_is_no_machine_exits_2(run, certificates, machine):
    """The file to blame is named."""
    path = certificates / "final-from-everywhere.json"
    code, _, err = run("verify", "--machine", machine, path)
    assert code == 2
    assert machine in err


@pytest.mark.parametrize("option", ["--certificates", "--smtlib"])
def test_a_directory_that_cannot_be_made_exits_2(run, tmp_path, option):
    """The option is named."""
    (tmp_path / "file").touch()
    code, _, err = run("prove", "--machine", "exec", option, tmp_path / "file" / "in")
    assert code == 2
    assert f"prove: {option} " in err


# generate --check


def test_certificates_that_hold_are_not_stale_however_they_were_found():
    """Another version of Z3 may find other lemmas."""
    specification = load("exec")
    value = json.loads(Path(certificates_path("exec")).read_text())
    for item in value["properties"]:
        for part in item["arguments"]:
            part["lemmas"].append({"says": "true", "term": "true"})
    assert staleness(specification, json.dumps(value)) is None


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda value: value.update(digest="0"), "made from another specification"),
        (lambda value: value["properties"].pop(), "other properties"),
        (lambda value: value.update(generation="v0"), "about logs of another generation"),
        (
            lambda value: named(value, "no-other-dead-end")["arguments"][0]["lemmas"].clear(),
            "no-other-dead-end: ",
        ),
        (
            lambda value: next(iter(value["systems"].values()))["steps"][0].update(allowed="false"),
            "",
        ),
        (lambda value: value.pop("systems"), "the file has no 'systems'"),
    ],
)
def test_certificates_that_do_not_hold_are_stale(change, why):
    """And it is told why."""
    value = json.loads(Path(certificates_path("exec")).read_text())
    change(value)
    said = staleness(load("exec"), json.dumps(value))
    assert said is not None
    assert why in said


def test_certificates_that_are_not_there_are_stale():
    """Or cut short."""
    assert staleness(load("exec"), None) == "there is none"
    assert staleness(load("exec"), "{") is not None
