"""`explain` and `rules`: every rule by its id, its beginning or its words."""

import json

import pytest

from cli.conftest import Run
from facts.rules import JOB
from flux_conform.checking.judge import judge
from flux_conform.language import load, machines


def test_rules_lists_every_rule_of_the_hand_table_with_its_level(run: Run) -> None:
    code, out, _ = run("rules", "--format", "json", "--machine", "job")
    assert code == 0
    listed = {row["rule"]: row["level"] for row in json.loads(out)}
    assert {rule.id: rule.level for rule in JOB}.items() <= listed.items()


def test_rules_of_all_machines_are_listed_once(run: Run) -> None:
    rows = json.loads(run("rules", "--format", "json")[1])
    ids = [row["rule"] for row in rows]
    assert len(ids) == len(set(ids))
    assert set(ids) >= {rule.id for name in machines() for rule in load(name).rules}
    text = run("rules")[1]
    for row in rows:
        assert f"  {row['rule']} " in text
    assert max(map(len, text.splitlines())) <= 110


def test_words_choose_rules(run: Run) -> None:
    """All of them, wherever they stand in a rule."""
    rows = json.loads(run("rules", "--format", "json", "EPILOG", "free")[1])
    ids = {row["rule"] for row in rows}
    assert ids == {"rfc21/epilog-start/blocks-free", "rfc21/epilog-start/before-free"}
    assert run("rules", "nothing", "odd") == (1, "", "no rule has nothing and odd in it\n")


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        (["rfc21/start/held"], "rfc21/start/held"),
        (["rfc21/start/h"], "rfc21/start/held"),
        (["outstanding", "depend", "rfc21/depend/"], "rfc21/depend/outstanding"),
        (["rfc50/init/once"], "rfc50/init/once"),
    ],
)
def test_one_rule_is_explained_with_a_log_that_breaks_it(
    run: Run, words: list[str], rule: str
) -> None:
    row = json.loads(run("explain", "--format", "json", *words)[1])
    assert row["rule"] == rule
    assert row["repair"]
    found = judge(load(row["machine"]), row["breach"]["log"].encode()).findings
    assert (rule, row["breach"]["line"]) in {(each.rule, each.line) for each in found}
    text = run("explain", *words)[1]
    assert text.startswith(f"{rule}  {row['level']}")
    assert f"repair  {row['repair']}" in text


def test_the_beginning_of_several_ids_lists_them(run: Run) -> None:
    out = run("explain", "rfc21/start")[1]
    expected = [rule.id for rule in JOB if rule.id.startswith("rfc21/start")]
    assert len(expected) > 3
    assert {line.split()[0] for line in out.splitlines() if line.startswith("  ")} == set(expected)


def test_what_names_no_rule_is_told_with_what_is_near(run: Run) -> None:
    code, out, err = run("explain", "rfc21/strat/held")
    assert (code, out) == (2, "")
    assert 'did you mean "rfc21/start/held"?' in err
    code, _, err = run("explain", "xyzzy", "plugh")
    assert (code, "`flux-conform rules` lists them" in err) == (2, True)
