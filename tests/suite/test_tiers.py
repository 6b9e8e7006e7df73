"""Parts of a suite: the smoke tier, groups that are chosen, and what no vector covers."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

import toys
from flux_conform.artefacts import artefact
from flux_conform.cli.main import main
from flux_conform.language import load
from flux_conform.language.loader import load_file
from flux_conform.suite.folder import Suite, load_suite
from flux_conform.suite.making.all_vectors import generate
from flux_conform.suite.making.strength import Trial, Tried
from flux_conform.suite.making.strengthen import KILLED, measure
from flux_conform.suite.making.tiers import smoke_tier

TURNSTILE = str(toys.TURNSTILE)
Export = Callable[..., tuple[int, str, str]]


def trial(logs: list[tuple[str, bytes]]) -> Trial:
    return Trial(tuple(Tried(name, log) for name, log in logs))


@pytest.fixture
def export(capfdbinary: pytest.CaptureFixture[bytes]) -> Export:
    """A function that runs `suite export` and gives the exit code and both outputs."""

    def export(*arguments: object) -> tuple[int, str, str]:
        code = main(["suite", "export", *map(str, arguments)])
        out, err = capfdbinary.readouterr()
        return code, out.decode(), err.decode()

    return export


def contents(folder: Path) -> dict[str, bytes]:
    """The files below a folder."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


# The smoke tier


@pytest.mark.slow
def test_the_smoke_tier_kills_what_the_whole_suite_kills() -> None:
    """With a fraction of its vectors; and it is the same each time."""
    specification = load_file(TURNSTILE)
    suite = generate(specification, TURNSTILE)
    logs = [(vector.draft.id, vector.draft.log) for vector in suite.vectors]
    smoke = smoke_tier(specification, logs)
    assert smoke == smoke_tier(specification, logs)
    few = [(name, log) for name, log in logs if name in smoke.ids]
    whole, part = measure(specification, trial(logs)), measure(specification, trial(few))
    assert part.number("states", KILLED) == whole.number("states", KILLED) == smoke.killed
    assert len(few) < len(logs) / 3
    weaker = measure(specification, trial(few[1:]))
    assert weaker.number("states", KILLED) < smoke.killed


def smoke_of(suite: Suite) -> list[tuple[str, bytes]]:
    return [(v.id, v.read_log()) for v in suite.vectors if v.tier == "smoke"]


@pytest.mark.parametrize("name", ["exec", "resource", pytest.param("job", marks=pytest.mark.slow)])
def test_the_shipped_smoke_tier_kills_as_many_mutants_as_its_manifest_says(name: str) -> None:
    """For job some that only vectors on open questions kill are left out."""
    suite = load_suite(artefact("conformance", name))
    smoke = smoke_of(suite)
    told = suite.manifest["strength"]["smoke"]
    assert told == {"vectors": len(smoke), "killed": smoke_tier(load(name), smoke).killed}
    assert suite.manifest["tiers"]["smoke"]["vectors"] == len(smoke)
    assert 20 < len(smoke) < 300
    assert all(not vector.contested for vector in suite.vectors if vector.tier == "smoke")


# Exports


SLOW = [pytest.param(name, marks=pytest.mark.slow) for name in ("resource", "job")]


@pytest.mark.parametrize("name", ["exec", *SLOW])
def test_the_export_of_a_shipped_machine_is_the_shipped_suite(
    export: Export, tmp_path: Path, name: str
) -> None:
    """Byte for byte; and so again, of the smallest."""
    for _ in range(2 if name == "exec" else 1):
        assert export(tmp_path / "out", "--machine", name)[0] == 0
        assert contents(tmp_path / "out") == contents(Path(artefact("conformance", name)))


@pytest.mark.slow
def test_the_smoke_tier_of_a_shipped_machine_is_exported_alone(
    export: Export, tmp_path: Path
) -> None:
    """Its vectors are those of the whole suite; and it is the same when it is written again."""
    folder = tmp_path / "out"
    code, out, _ = export(folder, "--machine", "exec", "--tier", "smoke")
    shipped = load_suite(artefact("conformance", "exec"))
    suite = load_suite(str(folder))
    assert code == 0
    assert smoke_of(suite) == smoke_of(shipped)
    assert len(suite.vectors) == len(smoke_of(suite))
    assert f"wrote {len(suite.vectors)} vectors" in out
    assert suite.version == shipped.version
    assert suite.manifest["chosen"] == {"tier": "smoke", "groups": None}
    first = contents(folder)
    assert export(folder, "--machine", "exec", "--tier", "smoke")[0] == 0
    assert contents(folder) == first
    release = ["--suite", str(folder), "--machine", "exec", "--date", "2026-01-01"]
    assert main(["suite", "release", *release]) == 0
    changes = (folder / "CHANGES.md").read_bytes()
    assert main(["suite", "release", *release]) == 0
    assert (folder / "CHANGES.md").read_bytes() == changes  # no vector has changed since
    assert smoke_of(load_suite(str(folder))) == smoke_of(shipped)


@pytest.mark.slow
def test_a_machine_of_ones_own_has_a_smoke_tier_too(export: Export, tmp_path: Path) -> None:
    """It is chosen when it is asked for."""
    code, _, _ = export(tmp_path, "--machine", TURNSTILE, "--tier", "smoke")
    vectors = load_suite(str(tmp_path)).vectors
    assert code == 0
    assert {vector.tier for vector in vectors} == {"smoke"}
    code, _, _ = export(tmp_path, "--machine", TURNSTILE)
    everything = load_suite(str(tmp_path)).vectors
    assert len(everything) > 3 * len(vectors)
    assert [v.id for v in everything if v.tier == "smoke"] == [v.id for v in vectors]


def test_groups_are_exported_alone(export: Export, tmp_path: Path) -> None:
    """A log that another group would hold as well is in the one that was asked for."""
    code, out, _ = export(tmp_path / "part", "--machine", "exec", "--group", "control")
    whole, part = load_suite(artefact("conformance", "exec")), load_suite(str(tmp_path / "part"))
    assert code == 0
    assert {vector.group for vector in part.vectors} == {"control"}
    assert len(part.vectors) == part.manifest["control"]["words"]
    assert len(part.vectors) > sum(vector.group == "control" for vector in whole.vectors)
    code, out, _ = export(tmp_path / "few", "--machine", "exec", "--group", "prefixes")
    assert "  clause rfc50/init/first: no vector breaks it" in out
    code, out, err = export(tmp_path / "no", "--machine", TURNSTILE, "--group", "contrl")
    assert (code, out) == (2, "")
    assert 'did you mean "control"?' in err
    code, out, err = export(tmp_path / "no", "--machine", TURNSTILE, "--group", "control")
    assert (code, out) == (2, "")
    assert "no vector is chosen" in err
    assert "more than 2,000 configurations" in err
    assert not (tmp_path / "no").exists()


# What is not covered

ODD = """  Locked:   {initial: true, says: nobody can pass}
  Walled:   {says: nobody comes here}
"""


def test_the_command_that_makes_a_suite_says_what_no_vector_covers(
    export: Export, tmp_path: Path
) -> None:
    """States, transitions and clauses, in the manifest too."""
    text = Path(TURNSTILE).read_text()
    text = text.replace("  Locked:   {initial: true, says: nobody can pass}\n", ODD)
    row = "  - {on: coin, from: Walled, to: Locked, basis: text}\n"
    text = text.replace("\nrules:\n", f"{row}\nrules:\n", 1)
    path = tmp_path / "odd.yaml"
    path.write_text(text)
    code, out, _ = export(tmp_path / "out", "--machine", path)
    assert code == 0
    told = out.partition("not covered:\n")[2].splitlines()
    assert "  state Walled" in told
    assert "  transition coin in Walled to Locked" in told
    assert (
        "  control set: all of it: the control machine has more than 2,000 configurations" in told
    )
    assert not any("Unlocked" in line for line in told)
    gaps = json.loads((tmp_path / "out" / "manifest.json").read_bytes())["not_covered"]
    assert gaps["states"] == ["Walled"]
    assert gaps["transitions"] == ["coin in Walled to Locked"]
    assert "rfc18/append-only" in {clause["id"] for clause in gaps["clauses"]}
