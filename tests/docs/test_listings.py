"""The blocks that no program runs agree with what they list."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import jsonschema
import pytest

from docs.pages import PAGES, ROOT, Block, blocks_of
from flux_conform.cli.main import main
from flux_conform.language.durations import UNITS
from flux_conform.language.expressions import ABOUT, FUNCTIONS
from flux_conform.language.parser import SyntaxFault, parse_expression, parse_type

SUITE = ROOT / "conformance"


def block_with(page: str, words: str) -> Block:
    """The block of a page that holds some words and is not run."""
    text = (ROOT / page).read_text(encoding="utf-8")
    (block,) = (b for b in blocks_of(text) if b.noted("not run") and words in b.body)
    return block


def test_the_folder_of_the_suite_holds_what_the_pages_list() -> None:
    """Capitals stand for a machine, a group and a log."""
    readme = block_with("conformance/README.md", "MACHINE/vectors").body
    listed = [line.split()[0] for line in readme.splitlines() if line]
    folder = block_with("docs/suite.md", "conformance/").body
    above = ""
    for line in folder.splitlines()[1:]:
        name = line.split()[0]
        above = name if name == "MACHINE/" else above if line.startswith("    ") else ""
        listed.append(name if name == "MACHINE/" else f"{above}{name}")
    assert len(listed) > 12
    patterns = [re.sub(r"[A-Z]{3,}(?=[/.])(?!.md)", "*", name) for name in listed]
    assert [p for p in patterns if not list(SUITE.glob(p))] == []
    files = {re.sub(r"^(job|exec)/", "*/", p.relative_to(SUITE).as_posix())
             for p in SUITE.rglob("*") if p.is_file()}  # fmt: skip
    shown = [re.compile(re.escape(p).replace(r"\*", r"([^/]+|\*)") + r"\Z") for p in patterns]
    assert [file for file in sorted(files) if not any(p.match(file) for p in shown)] == []


def test_the_conversation_of_the_suite_fits_the_protocol() -> None:
    """Each line is one that the schema knows, and the answers belong to the requests."""
    schema = json.loads((SUITE / "protocol.schema.json").read_bytes())
    block = block_with("docs/suite.md", '"op": "hello"')
    lines = [(line[0], json.loads(line[1:])) for line in block.body.splitlines()]
    assert [direction for direction, _ in lines] == ["→", "←"] * 3 + ["→"]
    for direction, line in lines:
        side = "request" if direction == "→" else "reply"
        jsonschema.validate(line, {**schema, "anyOf": [{"$ref": f"#/$defs/{side}"}]})
    asked = [line["seq"] for direction, line in lines if direction == "→" and "seq" in line]
    assert asked == [line["seq"] for direction, line in lines if direction == "←" and "seq" in line]


def alternatives(grammar: str, name: str) -> Iterator[str]:
    """What stands for a name in the grammar; signs in parentheses make an alternative of each."""
    told = re.search(rf"^{name} +:= (.*\n(?:  .*\n)*)", grammar, re.MULTILINE)
    assert told is not None
    for text in re.split(r" \| (?![^(]*\) )", re.sub(r"\n +\| ", " | ", told[1].strip())):
        if signs := re.search(r"\((\S+(?: \| \S+)+)\)", text):
            yield from (text.replace(signs[0], sign) for sign in signs[1].split(" | "))
        else:
            yield text


def test_the_grammar_of_the_page_is_that_of_the_parser() -> None:
    """All that it lists can be read, and it lists each function and each type."""
    grammar = block_with("docs/language/expressions.md", "expr  :=").body
    functions = re.search(r"^FN +:= (.*)$", grammar, re.MULTILINE)
    assert functions is not None
    names = re.sub(r"\([A-Z]+\)", "", functions[1]).split()
    assert set(names) == {*FUNCTIONS, *ABOUT}
    assert set(alternatives(grammar, "unit")) == {*UNITS}
    expressions = list(alternatives(grammar, "expr"))
    assert len(expressions) > 25
    for text in expressions:
        for sign, instance in (
            (r"\be\b", "x"), ("FN", "size"), ("DEFINITION", "d"), ("NAME", "n"),
            ("KEY", "key"), ("FIELD", "f"), (", …", ""),
        ):  # fmt: skip
            text = re.sub(sign, instance, text)
        parse_expression(text)
    types = list(alternatives(grammar.replace("'|'", "or"), "type"))
    for text in types:
        parse_type(
            re.sub(r"\bT\b", "any", text).replace(" or ", " | ").replace("[LOW..HIGH]", "1..2")
        )
    with pytest.raises(SyntaxFault, match="known are") as raised:
        parse_type("nothing")
    known = str(raised.value).split("known are ")[1].split(", ")
    assert set(known) == {word for text in types for word in re.findall(r"^[a-z]+", text)}


def documents() -> list[Path]:
    return [page for page in PAGES if "```latex" in page.read_text(encoding="utf-8")]


@pytest.mark.parametrize("page", documents(), ids=lambda page: page.name)
def test_what_a_page_says_for_latex_is_set(
    page: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    require_tool: Callable[[str], str],
) -> None:
    """With the picture that the page names; dots part the preamble from the text."""
    program = require_tool("pdflatex")
    monkeypatch.chdir(tmp_path)
    assert main(["draw", "-o", "job.tikz"]) == 0
    before, text = "", ""
    for block in blocks_of(page.read_text(encoding="utf-8")):
        if block.language == "latex":
            preamble, dots, body = block.body.partition("...\n")
            before += preamble
            text += body if dots else ""
    assert r"\input{job.tikz}" in text
    (tmp_path / "page.tex").write_text(
        f"\\documentclass{{article}}\n{before}\\begin{{document}}\n{text}\\end{{document}}\n"
    )
    subprocess.run(
        [program, "-draftmode", "-interaction=nonstopmode", "-halt-on-error", "page.tex"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
