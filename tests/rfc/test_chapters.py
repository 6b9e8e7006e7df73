"""The texts on participants and on other systems' names: what is made in them, and what it rests on."""

import re
from pathlib import Path

import pytest

from flux_conform import check
from flux_conform.artefacts import artefact
from flux_conform.cli.chapters import CHAPTERS, ChapterParts
from flux_conform.rfc.marked import UnknownPart, regenerate
from yaml12 import load_yaml

RFC = Path(artefact("rfc"))
ROOT = RFC.parent


def rows(text: str, title: str) -> list[list[str]]:
    """The rows of a list-table of that title, below its heading."""
    table = text.split(f".. list-table:: {title}\n")[1].split("\n\n.. ")[0]
    found = re.findall(r"^   \* - (.*(?:\n     - ?.*)*)", table, re.MULTILINE)
    cells = [re.split(r"\n     - ?", row) for row in found]
    return [[cell.replace("``", "") for cell in row] for row in cells][1:]


@pytest.mark.parametrize("name", CHAPTERS)
def test_its_parts_are_those_of_today(name: str) -> None:
    text = (RFC / f"{name}.rst").read_text(encoding="utf-8")
    assert regenerate(text, name, ChapterParts()) == (text, ())


def test_the_messages_are_those_of_the_systems_file() -> None:
    """Read from the YAML as it is."""
    messages = load_yaml(ROOT / "model" / "system.yaml")["messages"]
    text = (RFC / "participants.rst").read_text(encoding="utf-8")
    found = rows(text, "Participants and their messages")
    assert len(found) == 9
    for name, *told in found:
        for key, cell in zip(("from", "to"), told, strict=True):
            expected = [m for m, each in messages.items() if each[key] == name]
            assert cell == (", ".join(expected) or "nothing"), name


def test_each_event_of_the_systems_steps_has_its_cause() -> None:
    members = load_yaml(ROOT / "model" / "system.yaml")["participants"]
    expected = set()
    for member, of in members.items():
        for step in of["steps"].values():
            posts = step.get("posts", {})
            for event in [posts] if isinstance(posts, str) else posts:
                expected.add((event, step.get("gets", member)))
    text = (RFC / "participants.rst").read_text(encoding="utf-8")
    found = {
        (event, on.split()[1] if on.startswith("on ") else on)
        for event, on, _ in rows(text, "Who makes the job manager post what")
    }
    assert found == expected


def test_the_names_are_those_of_the_page() -> None:
    """What the scenarios come to has the names that docs/mappings.md gives."""
    page = (ROOT / "docs" / "mappings.md").read_text(encoding="utf-8")
    pairs = re.findall(r"^\| ([A-Z]+)[^|]* \| (\w+ \(\w+\)) \| (\w+) \|$", page, re.MULTILINE)
    text = (RFC / "other-names.rst").read_text(encoding="utf-8")
    found = rows(text, "A job in three systems' names")
    assert len(found) > 15
    met = {(state, slurm, psij) for state, _, slurm, psij in found if state != "REMOVED"}
    assert met <= set(pairs)
    assert {slurm for _, slurm, _ in met} == {slurm for _, slurm, _ in pairs}


def test_the_log_on_which_the_executor_goes_back_is_a_legal_one() -> None:
    path = ROOT / "examples" / "odd" / "late-start.eventlog"
    judged = check(path)
    assert (judged.verdict, judged.findings) == ("incomplete", ())
    text = (RFC / "other-names.rst").read_text(encoding="utf-8")
    for line in path.read_text().splitlines():
        assert f"   {line}\n" in text
    *_, cancelled, started = rows(text, "What is told of this log")
    assert (cancelled[2], started[2]) == ("CANCELED", "ACTIVE")
    assert (cancelled[3], started[3]) == ("CLEANUP", "CLEANUP")


def test_a_part_of_nothing_is_told() -> None:
    parts = ChapterParts()
    for name, argument in (("view", "nobody"), ("told", "examples/none"), ("other", "")):
        with pytest.raises(UnknownPart):
            parts(name, argument)
