"""The documentation is true: its examples do what they say, its links lead somewhere."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

from docs.pages import PAGES, README, ROOT, Console, agrees, blocks_of, commands_of, examples_of
from flux_conform.cli.main import VERBS, parser_of

TEXTS = [README, *PAGES]
SMALL = [ROOT / "CONTRIBUTING.md", *ROOT.glob("*/README.md"), *ROOT.glob("examples/*/README.md")]


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.fixture
def console(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Console:
    """A folder as a checkout is for somebody who only uses it, with a log of their own."""
    for folder in ("examples", "model"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    shutil.copy(ROOT / "examples/real/succeeded.eventlog", tmp_path / "job.eventlog")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("COLUMNS", "100")

    def no_terminal(*_: object) -> os.terminal_size:
        raise OSError

    monkeypatch.setattr(os, "get_terminal_size", no_terminal)
    return Console(tmp_path)


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # an example need not close its file
@pytest.mark.parametrize("page", [p for p in TEXTS if examples_of(p)], ids=named)
def test_the_examples_of_a_page_do_what_it_says(
    page: Path, console: Console, require_tool: Callable[[str], str]
) -> None:
    """Commands print what stands below them, and Python runs."""
    examples = examples_of(page)
    for tool in ("jq",):
        if any(re.search(rf"\b{tool} |reader.sh", str(example.parsed)) for example in examples):
            require_tool(tool)
    for example in examples:
        example.namespace["console"] = console
        example.evaluate()


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
    """Where a command is not run, its options are those of the command line all the same."""
    found = [
        (named(page), command)
        for page in [*TEXTS, *SMALL]
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
    for page in [*TEXTS, *SMALL]:
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
    schema = json.loads((ROOT / "src/flux_conform/conformance/verdict.schema.json").read_bytes())
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
