"""Settings of a project: what holds where, what counts more, and what is refused."""

import json
from pathlib import Path

import pytest

from cli.conftest import Run
from flux_conform.cli.configured import Configured
from flux_conform.cli.main import VERBS, parser_of
from flux_conform.project_settings import find_configuration, read_configuration

LINES = [
    {"name": "submit", "context": {"urgency": 16, "userid": 1, "flags": 0, "version": 1}},
    {"name": "validate"},
    # An epilog that nobody started: a SHOULD.
    {"name": "epilog-finish", "context": {"description": "e", "status": 0}},
]
RULES = """
change: job
rules:
  site/validate/never: {level: policy, on: validate, require: "false", section: S, says: S., breach: b, repair: r}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with a log in a folder two below its top, which is the current one."""
    below = tmp_path / "a" / "b"
    below.mkdir(parents=True)
    log = "".join(json.dumps({"timestamp": n, **e}) + "\n" for n, e in enumerate(LINES, 1))
    (below / "x.eventlog").write_text(log)
    (tmp_path / "rules.yaml").write_text(RULES)
    monkeypatch.chdir(below)
    return tmp_path


def rules(out: str) -> list[str]:
    return [finding["rule"] for finding in json.loads(out)["findings"]]


@pytest.mark.parametrize(
    ("name", "head", "table"),
    [
        ("flux-conform.toml", "", ""),
        ("pyproject.toml", "[tool.flux-conform]\n", "tool.flux-conform."),
    ],
)
def test_settings_hold_below_their_folder(
    run: Run, project: Path, name: str, head: str, table: str
) -> None:
    """For all verbs and for one; their files are beside them."""
    text = f'{head}strict = true\nrules = "rules.yaml"\n[{table}check]\nformat = "json"\n'
    (project / name).write_text(text)
    code, out, err = run("check", "x.eventlog")
    assert (code, err) == (1, "")
    assert rules(out) == ["site/validate/never", "rfc21/epilog-finish/matches"]
    code, out, _ = run("check", "--format", "text", "x.eventlog")
    assert (code, out.split()[1]) == (1, "violates")
    assert run("--no-config", "check", "x.eventlog")[0] == 0
    assert run("replay", "x.eventlog")[1].startswith("x.eventlog: 3 events")


def test_the_nearest_folder_counts_and_there_its_own_file(run: Run, project: Path) -> None:
    """A pyproject.toml without such a table is none of ours."""
    (project / "flux-conform.toml").write_text("strict = true\n")
    (project / "a" / "pyproject.toml").write_text('[project]\nname = "flux-conform"\n')
    assert run("check", "x.eventlog")[0] == 1
    (project / "a" / "pyproject.toml").write_text("[tool.flux-conform]\nstrict = false\n")
    assert run("check", "x.eventlog")[0] == 0
    (project / "a" / "flux-conform.toml").write_text("strict = true\n")
    assert run("check", "x.eventlog")[0] == 1
    found = find_configuration()
    assert found is not None
    assert found.path == "../flux-conform.toml"
    assert run("--config", project / "a" / "pyproject.toml", "check", "x.eventlog")[0] == 0


def test_what_a_call_gives_counts_more_and_is_not_added(run: Run, project: Path) -> None:
    (project / "flux-conform.toml").write_text('allow = ["no-such"]\nmachine = "exec"\n')
    code, _, err = run("check", "x.eventlog")
    assert code == 2
    assert "no-such" in err
    assert "settings in use: allow (../../flux-conform.toml:1), machine (" in err
    code, out, err = run(
        "check", "--allow", "flux-core", "--machine", "job", "--format", "json", "x.eventlog"
    )
    assert (code, err, rules(out)) == (0, "", ["rfc21/epilog-finish/matches"])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("strict = 1\n", '1: "strict" is true or false'),
        ("\nallow = 1\n", '2: "allow" is a text or a list of texts'),
        ("allow = [1]\n", '1: "allow" is a text or a list of texts'),
        ("machine = true\n", '1: "machine" is a text or a number'),
        ("formats = 'json'\n", '1: "formats" is none of the settings for all verbs'),
        (
            "[check]\n# x\nformat = 'jsn'\n",
            '3: "format" cannot be "jsn"; it is one of text, concise, json',
        ),
        ("[check]\njobs = 'two'\n", '2: "jobs" cannot be "two"'),
        ("[check]\nstrickt = true\n", '2: "strickt" is no option; did you mean "strict"?'),
        ("[check]\npaths = 'a'\n", '2: "paths" is no option'),
        ("[check\n", "at line 1"),
        (
            "[check]\noutput = 'x'\n",
            '2: "output" names what is written, which each call says itself',
        ),
        ("[check]\nrepair = 'x'\n", '2: "repair" names what is written'),
        ("[prove]\ncertificates = 'x'\n", '2: "certificates" names what is written'),
    ],
)
def test_a_setting_that_fits_nothing_is_an_error_with_its_place(
    run: Run, project: Path, text: str, says: str
) -> None:
    path = project / "flux-conform.toml"
    path.write_text(text)
    for call in (("prove",) if "[prove]" in text else ("check", "x.eventlog"), ("config",)):
        code, out, err = run(*call)
        assert (code, out) == (2, "")
        assert says in err
        assert "../../flux-conform.toml" in err


def test_config_tells_of_tables_of_no_verb(run: Run, project: Path) -> None:
    (project / "flux-conform.toml").write_text("[chek]\nstrict = true\n")
    code, _, err = run("config")
    assert code == 2
    assert '[chek] is no verb; did you mean "check"?' in err


def test_config_shows_what_holds_and_whence(run: Run, project: Path) -> None:
    assert run("config")[1].startswith("no settings")
    assert json.loads(run("config", "--format", "json")[1]) == {"file": None, "settings": []}
    (project / "flux-conform.toml").write_text("strict = true\n\n[check]\njobs = 2\n")
    told = json.loads(run("config", "--format", "json")[1])
    assert told["settings"] == [
        {"verb": None, "key": "strict", "value": True, "line": 1},
        {"verb": "check", "key": "jobs", "value": 2, "line": 4},
    ]
    out = run("config")[1]
    assert "  check: jobs  2  (line 4)\n" in out
    assert "  machine      not set\n" in out


def test_every_option_of_every_verb_can_be_left_to_the_settings(tmp_path: Path) -> None:
    """Without any a call is parsed as by argparse alone; a list or a text in place of it is taken."""
    for verb in VERBS:
        parser = parser_of(verb)
        plain = Configured(parser, verb, None)
        try:
            expected = parser_of(verb).parse_args(["x"])
        except SystemExit:
            continue
        assert vars(plain.parse(["x"])) == vars(expected), verb
    path = tmp_path / "flux-conform.toml"
    path.write_text("strict = true\nallow = 'flux-core'\n")
    found = read_configuration(str(path))
    parsed = Configured(parser_of("check"), "check", found).parse(["x"])
    assert (parsed.strict, parsed.allow, parsed.rules) == (True, ["flux-core"], [])
    expected = vars(parser_of("check").parse_args(["--strict", "--allow", "flux-core", "x"]))
    assert vars(parsed) == expected


def test_names_of_what_comes_along_are_no_files_beside_the_settings(
    run: Run, project: Path
) -> None:
    """A machine, deviations and the names of others; with a path they are."""
    settings = project / "flux-conform.toml"
    settings.write_text("allow = 'flux-core'\nmachine = 'job'\n[replay]\nnames = 'slurm'\n")
    assert "PENDING (Dependency)" in run("replay", "x.eventlog")[1]
    (project / "mine.yaml").write_text("change: job\nreport: {mine: 'state'}\n")
    settings.write_text("[replay]\nnames = 'mine.yaml'\n")
    row = json.loads(run("replay", "--format", "json", "x.eventlog")[1])
    assert row["events"][1]["names"] == {"mine": "DEPEND"}


def test_a_folder_of_everybodys_says_nothing(run: Run, project: Path) -> None:
    """Or whoever writes into it says what others' calls allow."""
    (project / "flux-conform.toml").write_text("strict = true\n")
    assert run("check", "x.eventlog")[0] == 1
    project.chmod(0o1777)
    assert run("check", "x.eventlog")[0] == 0
    assert run("config")[1].startswith("no settings")
    assert run("--config", project / "flux-conform.toml", "check", "x.eventlog")[0] == 1


@pytest.mark.parametrize("call", [("--config",), ("--no-config",), ("--config", "x.toml")])
def test_where_the_file_is_named_a_verb_follows(run: Run, project: Path, call: tuple) -> None:
    code, _, err = run(*call)
    assert code == 2
    assert "stand before a verb" in err
    code, _, err = run("--config", "no-such.toml", "check", "x.eventlog")
    assert code == 2
    assert "--config no-such.toml: No such file" in err


def test_pytest_reads_the_same_settings(pytester: pytest.Pytester) -> None:
    """Where its own say nothing: strict, the rules of a site, and a bad file is told."""
    path = pytester.path
    log = "".join(json.dumps({"timestamp": n, **e}) + "\n" for n, e in enumerate(LINES[:2], 1))
    (path / "x.eventlog").write_text(log)
    (path / "rules.yaml").write_text(RULES)
    pytester.makeini("[pytest]\nflux_conform_logs = *.eventlog\n")
    result = pytester.runpytest_inprocess("-q")
    result.assert_outcomes(passed=1)
    (path / "flux-conform.toml").write_text('strict = true\nrules = ["rules.yaml"]\n')
    result = pytester.runpytest_inprocess("-q")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*policy*site/validate/never*"])
    (path / "flux-conform.toml").write_text("strict = 2\n")
    result = pytester.runpytest_inprocess("-q")
    result.stderr.fnmatch_lines(['*flux-conform.toml:1: "strict" is true or false*'])
