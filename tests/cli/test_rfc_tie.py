"""`flux-conform rfc tie` as it is called: a first file, a renewed one, and what it refuses."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from flux_conform.language import load
from flux_conform.rfc.ties import Ties, read_ties

Run = Callable[..., tuple[int, str, str]]

RFC = Path(__file__).parent.parent / "rfc"
TEXT = (RFC / "retold.rst").read_text(encoding="utf-8")


class Desk:
    """A text with a file of ties, and the two verbs."""

    def __init__(self, folder: Path, run: Run) -> None:
        self.file, self.path, self.run = folder / "retold.rst", folder / "ties.yaml", run

    def write(self, text: str) -> None:
        self.file.write_text(text, encoding="utf-8")

    def tie(self, *options: object) -> tuple[int, str, str]:
        return self.run("rfc", "tie", self.file, "--ties", self.path, *options)

    def kinds(self) -> list[str]:
        """The differences that `rfc check` finds."""
        arguments = ("rfc", "check", self.file, "--ties", self.path, "--format", "json")
        code, out, _ = self.run(*arguments)
        value = json.loads(out)
        found = [one["kind"] for one in value["differences"] if one["level"] == "difference"]
        assert (code, value["verdict"]) == ((1, "differs") if found else (0, "agrees"))
        return found

    @property
    def ties(self) -> Ties:
        return read_ties(str(self.path), "rfc21", load("job"))


@pytest.fixture
def desk(tmp_path: Path, run: Run) -> Desk:
    """The stand-in, and no ties."""
    made = Desk(tmp_path, run)
    made.write(TEXT)
    return made


def changed(old: str, new: str) -> str:
    assert TEXT.count(old) == 1
    return TEXT.replace(old, new)


def test_the_first_file_holds_proposals_that_count_only_when_they_are_reviewed(desk: Desk) -> None:
    """For each sentence one; by section, citation and key word."""
    code, out, err = desk.tie("--edition", "of today")
    assert (code, err) == (0, "")
    assert out.splitlines()[-2:] == [
        f"wrote {desk.path}: 138 sentences",
        "138 ties to review: compare the sentence with its answer, correct it, and remove "
        "`proposed: true`",
    ]
    assert desk.kinds() == ["sentence-proposed"] * 138
    assert desk.ties.edition == "of today"
    proposed = {(tie.section, tie.term, tie.key_words): tie for tie in desk.ties.all}
    assert proposed["Dependency-remove Event", "", ("MUST",)].rules == (
        "rfc21/dependency-remove/matches",
    )
    assert proposed["Prolog-finish Event", "", ("SHOULD",)].rules == (
        "rfc21/prolog-finish/matches",
    )
    assert proposed["Urgency Event", "userid", ()].rules == ("rfc21/urgency/context",)
    assert proposed["Virtual States", "ACTIVE", ()].model == ("ACTIVE",)
    assert proposed["Design Criteria", "", ("SHOULD",)].unchecked
    code, out, _ = desk.tie("--reviewed")
    assert (code, out) == (0, f"wrote {desk.path}: 138 sentences\n")
    assert desk.kinds() == []
    assert desk.tie() == (0, f"{desk.path} is up to date: 138 sentences\n", "")


def test_a_changed_sentence_keeps_its_answer_as_a_proposal_and_all_others_their_ties(
    desk: Desk,
) -> None:
    """What changed is listed, with its place and its answer; the edition is another one."""
    desk.tie("--edition", "of today")
    desk.tie("--reviewed")
    before = desk.ties
    text = changed(
        "The description MUST be that of an earlier", "The description MUST be that of a"
    )
    desk.write(
        text.replace("The job got resources.\n", "The job got resources. They SHALL be new.\n")
        .replace("``submit`` SHALL come first in each log.\n", "")
        .replace("No context is defined for this event.\n\nInvalidate", "Invalidate")
    )
    assert sorted(kind for kind in desk.kinds() if kind.startswith("sentence")) == [
        "sentence-changed",
        "sentence-gone",
        "sentence-gone",
        "sentence-new",
    ]
    code, out, _ = desk.tie()
    assert code == 0
    lines = out.splitlines()
    assert any(
        line.startswith("changed: ")
        and line.endswith("tied to rule rfc21/dependency-remove/matches")
        for line in lines
    )
    assert (
        "gone: from Submit Event: was tied to rules rfc21/submit/first, rfc21/submit/version"
        in lines
    )
    assert sum(line.startswith("new: ") for line in lines) == 1
    after = desk.ties
    assert (before.edition, after.edition) == ("of today", "")
    new = [tie for tie in after.all if tie.is_proposed]
    assert [tie.section for tie in new] == ["Dependency-remove Event", "Alloc Event"]
    assert new[0].rules == ("rfc21/dependency-remove/matches",)
    assert new[0].fingerprint not in {tie.fingerprint for tie in before.all}
    assert {tie for tie in after.all if not tie.is_proposed} < set(before.all)
    assert len(after.all) == len(before.all) - 1


def test_nothing_is_taken_as_reviewed_that_changed_meanwhile(desk: Desk) -> None:
    """What was reviewed was another text."""
    desk.tie()
    desk.write(changed("``submit`` SHALL come first", "``submit`` MAY come first"))
    code, out, err = desk.tie("--reviewed")
    assert (code, out) == (2, "")
    assert "1 sentence changed since" in err
    assert all(tie.is_proposed for tie in desk.ties.all)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("nowhere.rst",), "nowhere.rst: No such file"),
        ((RFC / "kettle.rst",), "the text is RFC 9998, and job describes RFC 21"),
        ((RFC / "retold.rst", "--ties", RFC / "retold.rst"), "would overwrite"),
        ((RFC / "retold.rst", "--ties", "new.yaml", "--reviewed"), "without --reviewed"),
        ((), "FILE"),
    ],
)
def test_a_wrong_call_ends_with_exit_code_2_and_writes_nothing(
    arguments: tuple[object, ...],
    says: str,
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And names what is wrong."""
    monkeypatch.chdir(tmp_path)
    code, out, err = run("rfc", "tie", *arguments)
    assert (code, out) == (2, "")
    assert says in err
    assert list(tmp_path.iterdir()) == []
    assert (RFC / "retold.rst").read_text(encoding="utf-8") == TEXT


def test_ties_stand_beside_a_specification_of_ones_own(run: Run, tmp_path: Path) -> None:
    """In the folder `sentences`, by the number of the RFC, or by the name of the text."""
    model = tmp_path / "kettle.yaml"
    model.write_bytes((RFC / "kettle.yaml").read_bytes())
    text = tmp_path / "a.rst"
    text.write_bytes((RFC / "kettle.rst").read_bytes())
    assert run("rfc", "tie", text, "--machine", model)[0] == 0
    assert run("rfc", "tie", text, "--machine", model, "--reviewed")[0] == 0
    assert (tmp_path / "sentences" / "rfc9998.yaml").is_file()
    code, out, _ = run("rfc", "check", text, "--machine", model)
    assert (code, "were not compared" in out) == (0, False)
    text.write_text(text.read_text("utf-8").replace("SHALL cause", "MAY cause"), encoding="utf-8")
    code, out, _ = run("rfc", "check", text, "--machine", model)
    assert code == 1
    assert "its key words were SHALL, and are MAY" in out


def test_the_end_says_what_answers_the_sentences(run: Run) -> None:
    """So that a text of which nothing can be checked does not look like one that agrees."""
    arguments = ("rfc", "check", RFC / "retold.rst", "--ties", RFC / "retold.yaml")
    code, out, _ = run(*arguments)
    answers = json.loads(run(*arguments, "--format", "json")[1])["answers"]
    rows = (RFC / "retold.yaml").read_text("utf-8").splitlines()
    assert answers == {
        "rules": sum(" rules: " in row for row in rows),
        "claims": sum(" claims: " in row for row in rows),
        "questions": sum(" questions: " in row for row in rows),
        "model": sum(" model: " in row and " questions: " not in row for row in rows),
        "unchecked": sum(" unchecked: " in row for row in rows),
    }
    assert sum(answers.values()) == 138
    said = (
        f"ties:    {RFC}/retold.yaml: {answers['rules']} by rules, {answers['claims']} by claims, "
    )
    assert code == 0
    assert any(line.startswith(said) for line in out.splitlines())


def test_a_file_of_ties_that_is_not_there_is_named(run: Run, tmp_path: Path) -> None:
    missing = tmp_path / "ties.yaml"
    code, out, err = run("rfc", "check", RFC / "retold.rst", "--ties", missing)
    assert (code, out) == (2, "")
    assert f"{missing}: there is no such file; `flux-conform rfc tie` makes it" in err
