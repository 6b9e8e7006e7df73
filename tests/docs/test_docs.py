"""The documentation is true: its examples do what they say, its links lead somewhere."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
from collections import Counter
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

from docs.console import YOURS, Console, programs
from docs.pages import (
    PAGES,
    README,
    ROOT,
    SMALL,
    Mismatch,
    agrees,
    blocks_of,
    commands_of,
    examples_of,
    is_run,
    script_of,
    steps_of,
)
from flux_conform.cli.main import VERBS, parser_of

TEXTS = [README, *PAGES, *SMALL]


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.fixture(scope="session")
def on_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of programs that come first."""
    folder = tmp_path_factory.mktemp("programs")
    programs(folder)
    return folder


@pytest.fixture
def console(tmp_path: Path, on_path: Path, monkeypatch: pytest.MonkeyPatch) -> Console:
    """A folder as a checkout is for somebody who only uses it, with a log of their own."""
    for folder in ("examples", "model"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copy(ROOT / "examples/real/succeeded.eventlog", tmp_path / "job.eventlog")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(on_path), prepend=os.pathsep)
    monkeypatch.setenv("PYTHONPATH", str(YOURS))
    monkeypatch.syspath_prepend(YOURS)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("COLUMNS", "100")

    def no_terminal(*_: object) -> os.terminal_size:
        raise OSError

    monkeypatch.setattr(os, "get_terminal_size", no_terminal)
    return Console(tmp_path)


# What an example or its console is given of what runs on any machine.
_TOOLS = {"jq": r"\bjq |reader\.sh", "git": r"\bgit ", "make": r"\bmake "}


def run_page(
    page: Path, console: Console, require_tool: Callable[[str], str], *, slow: bool = False
) -> None:
    """Run the examples of a page in turn."""
    examples = examples_of(page, slow=slow)
    for tool, named in _TOOLS.items():
        if any(re.search(named, str(example.parsed)) for example in examples):
            require_tool(tool)
    for example in examples:
        example.namespace["console"] = console
        example.evaluate()


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # an example need not close its file
@pytest.mark.parametrize("page", [p for p in TEXTS if examples_of(p)], ids=named)
def test_the_examples_of_a_page_do_what_it_says(
    page: Path, console: Console, require_tool: Callable[[str], str]
) -> None:
    """Commands print what stands below them and end as they should, and Python runs."""
    run_page(page, console, require_tool)


def has_slow_blocks(page: Path) -> bool:
    return any(block.slow for block in blocks_of(page.read_text(encoding="utf-8")))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("page", [p for p in TEXTS if has_slow_blocks(p)], ids=named)
def test_the_slow_examples_of_a_page_do_what_it_says(
    page: Path, console: Console, require_tool: Callable[[str], str]
) -> None:
    """With all that comes before them."""
    run_page(page, console, require_tool, slow=True)


NOT_RUN = {
    "it works on the checkout itself": 1,
    "it was measured once": 3,
    "tests run it where SPIN is there": 1,
    "drawn at random": 2,
    "given by an instance": 2,
    "held against the project below": 4,
}
"""Why a block may be left alone, and how many are."""


def test_every_block_is_run_but_for_a_few_whose_reasons_are_known() -> None:
    """A block that nothing runs can be wrong for years."""
    reasons: Counter[str] = Counter()
    overlooked = []
    for page in TEXTS:
        text = page.read_text(encoding="utf-8")
        for block in blocks_of(text):
            if why := block.noted("not run"):
                reasons.update(why)
            # Directives are run when the site is made, and LaTeX in a test of its own.
            elif not is_run(block) and block.language != "latex" and block.language[:1] != "{":
                overlooked.append((named(page), text.count("\n", 0, block.end) + 1))
    assert overlooked == []
    assert reasons == NOT_RUN


READ_BY = {
    r"(pytest\.ini|conftest\.py|test_\w+\.py)": "pytest",
    r"(conf\.py|index\.rst)": "sphinx",
    r"flux-conform\.toml": "flux-conform",
}
"""What reads files without being given their names."""


def test_every_file_that_a_page_makes_is_read_by_what_comes_after_it() -> None:
    """A block that is only written down is not run."""
    unread = []
    for page in TEXTS:
        text = page.read_text(encoding="utf-8")
        for block in blocks_of(text):
            for name in (*block.noted("file"), *block.noted("more of")):
                reader = next((r for p, r in READ_BY.items() if re.fullmatch(p, name)), name)
                stem = reader.removesuffix(".py")
                if not re.search(rf"^(<!-- run: |\$ |from ).*{re.escape(stem)}|(?m:^flux.* {re.escape(name)})",
                                 text[block.end :], re.MULTILINE):  # fmt: skip
                    unread.append((named(page), name))
    assert unread == []


_COMMAND = re.compile(r"(?:^|[\s|]|bin/)flux-conform (?P<verb>[a-z]+)\b(?P<rest>[^|>]*)")


def is_taken(verb: str, arguments: str) -> bool:
    """Whether the command line takes these arguments of a verb."""
    words = shlex.split(re.split(r" (?:\|\||&&) ", arguments)[0], comments=True)
    try:
        parser_of(verb).parse_args(words)
    except SystemExit as stopped:
        return stopped.code == 0
    return True


def test_every_command_that_a_page_names_can_be_called_so() -> None:
    """Where a command is left to the slow tests, the command line takes its options today."""
    found = [
        (named(page), command)
        for page in TEXTS
        for block in blocks_of(page.read_text(encoding="utf-8"))
        if block.language in ("sh", "yaml", "", "console")
        for line in re.sub(r"\\\n\s*", " ", block.body).splitlines()
        if (command := _COMMAND.search(line)) and command["verb"] in VERBS
    ]
    assert len(found) > 50
    wrong = [(p, c[0]) for p, c in found if not is_taken(c["verb"], c["rest"])]
    assert wrong == []


def test_a_link_to_a_file_leads_to_one() -> None:
    """On a plain view of the files, and so wherever the site does not check it."""
    wrong = []
    for page in TEXTS:
        prose = re.sub(r"^```.*?^```$", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
        for target in re.findall(r"\]\(([^)\s]+)\)", prose):
            path = target.partition("#")[0]
            if path and not re.match(r"[a-z]+:", target) and not (page.parent / path).exists():
                wrong.append((named(page), target))
    assert wrong == []


# What Sphinx's extensions use of it is theirs to change.
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::PendingDeprecationWarning")
def test_the_site_is_made_without_a_warning(tmp_path: Path) -> None:
    """Every page is in it, and every link between pages leads to a page and a heading."""
    source = ROOT / "docs"
    with (
        (tmp_path / "said").open("w+", encoding="utf-8") as said,
        # What extensions teach docutils ends with the site.
        docutils_namespace(),
        patch_docutils(),
    ):
        # All is read and resolved; that it is written as HTML too would take twice as long.
        app = Sphinx(source, source, tmp_path, tmp_path, "dummy", status=None, warning=said)
        app.build()
        said.seek(0)
        assert said.read() == ""
    pages = {page.relative_to(source).with_suffix("").as_posix() for page in PAGES}
    assert pages == app.env.found_docs
    described = app.env.get_doctree("reference/cli").ids
    assert set(VERBS) < set(described)
    assert "suite-run" in described
    schema = json.loads((ROOT / "src/flux_conform/checking/verdict.schema.json").read_bytes())
    tables = [
        [row.children[0].astext() for row in table.findall(nodes.row)]
        for table in app.env.get_doctree("reference/json").findall(nodes.table)
    ]
    assert ["field", *schema["$defs"]["judged"]["properties"]] in tables


def test_a_link_out_of_the_site_leads_to_the_file_or_names_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """To the file, once it is told where the files can be seen; links within stay as they are."""
    monkeypatch.syspath_prepend(str(ROOT / "docs" / "_ext"))
    rewrite = import_module("outward_links").rewrite
    page = "See [the model](../../model/job.yaml) and [CI](../ci.md).\n```\n[a](../../b)\n```\n"
    based = rewrite("how-to/one", page, "https://example.org/")
    assert based == page.replace("../../model", "https://example.org/model")
    named = rewrite("how-to/one", page, "")
    assert named == page.replace(
        "[the model](../../model/job.yaml)", "the model (`model/job.yaml`)"
    )


@pytest.mark.parametrize(
    ("page", "wrong"),
    [
        ("```sh\ntrue\nfalse    # exits with 1\n```\n", None),
        ("```sh\nfalse\n```\n", "exit code 1, not 0"),
        ("```sh\ntrue    # a word; exits with 1, too\n```\n", "exit code 0, not 1"),
        ("Text\n\n    flux-conform check nowhere    # as an error\n\nText\n", "exit code 2, not 0"),
        ("```sh\nflux job eventlog --followed ƒKCaBeX\n```\n", "exit code 1, not 0"),
        ("```sh\nmake nothing\n```\n", "No rule to make target"),
        ("```sh\npip install 'flux-conform[all]'\n```\n", "has no extra all"),
        ("<!-- run: touch made -->\n```sh\ncd examples\ncat ../made\n```\n", None),
        ("<!-- run: cat made -->\n", "cat made: exit code 1"),
        ("<!-- slow -->\n```sh\nfalse\n```\n", None),
        ("<!-- not run: a reason -->\n```sh\nfalse\n```\n", None),
        ("```yaml\n- name: one\n  run: |\n    true\n    flux-conform check nowhere\n```\n", "code 2"),
        ("```yaml\n- runs: true\n```\n", "no step has runs"),
        ("<!-- file: a -->\n```text\none\ntwo\n```\n<!-- patch: a b -->\n```diff\n one\n-two\n+2\n```\n"
         "```console\n$ cat b\none\n2\n```\n", None),
        ("<!-- file: a -->\n```text\none\ntwo\n```\n<!-- patch: a b -->\n```diff\n-one\n+1\n-one\n+1\n```\n",
         "not in this order"),
        ("```console\n$ echo one\ntwo\n```\n", "echo one"),
    ],
)  # fmt: skip
def test_a_page_that_is_wrong_is_caught(
    page: str, wrong: str | None, console: Console, tmp_path: Path
) -> None:
    """Each kind of example ends as the page says, or the test of the page fails."""
    path = tmp_path / "page.md"
    path.write_text(f"\n{page}", encoding="utf-8")

    def run() -> None:
        for example in examples_of(path):
            example.namespace["console"] = console
            example.evaluate()

    if wrong is None:
        run()
    else:
        with pytest.raises((Mismatch, ValueError), match=wrong):
            run()


def test_a_block_that_nothing_runs_is_no_example() -> None:
    """Whatever it calls itself, unless it becomes a file."""
    blocks = blocks_of("```text\na\n```\n\n```ini\na\n```\n\n<!-- file: a -->\n```ini\na\n```\n")
    assert [is_run(block) for block in blocks] == [False, False, True]


def test_a_comment_of_a_script_is_none_of_its_command() -> None:
    """Wherever it stands, and not within quotes."""
    script = "a 'b # c' \\\n  d   # exits with 3\n# a line\ne#f\n"
    assert [*script_of(script)] == [("a 'b # c' d", 3), ("e#f", 0)]
    assert [*steps_of("- run: a\n- uses: b\n- run: |\n    c\n    d\n")] == ["a", "c", "d"]


def test_dots_stand_for_any_lines_or_for_anything_in_a_line() -> None:
    """And nothing else is let pass."""
    assert agrees(["a", "…", "d"], ["a", "b", "c", "d"])
    assert agrees(["...", "d"], ["d"])
    assert not agrees(["a", "…", "d"], ["a", "b"])
    assert agrees(["a … c"], ["a b c"])
    assert not agrees(["a … c"], ["a b", "c"])
    assert [*commands_of("$ one \\\n    two\nout\n$ three\n")] == [
        ("one two", ["out"]),
        ("three", []),
    ]
