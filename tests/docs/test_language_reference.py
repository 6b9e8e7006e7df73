"""The reference of the language names all that the language has, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from docs.pages import ROOT, blocks_of
from flux_conform.language import document, parser, yaml_nodes
from flux_conform.language.changes import tree
from flux_conform.language.changes.renaming import KINDS as RENAMED_KINDS
from flux_conform.language.changes.renaming import RENAMED
from flux_conform.language.changes.rows import REMOVE
from flux_conform.language.expressions import (
    ABOUT,
    ELSE_LEVEL,
    FUNCTIONS,
    MAX_DEPTH,
    MAX_SIZE,
    PRECEDENCE,
)
from flux_conform.language.format_rules import LINE_CHECKS
from flux_conform.language.lanes import COUNT
from flux_conform.language.levels import LEVELS
from flux_conform.language.listed_members import MOST_MEMBERS
from flux_conform.language.open_questions import QUESTION_KINDS
from flux_conform.language.parser import TYPE_WORDS
from flux_conform.language.shapes import Choice, Either, Items, Record, Shape, Table
from flux_conform.language.specification import MACHINE_FINDINGS, PROPERTY_KINDS
from flux_conform.logs.exact_time import MOST_DIGITS
from flux_conform.prove.prover import Limits

INDEX = ROOT / "docs" / "language.md"
PAGES = [INDEX, *sorted((ROOT / "docs" / "language").glob("*.md"))]


class Listing(NamedTuple):
    """A table of a page: the cells of its head, and those of each row."""

    page: str
    head: list[str]
    rows: list[list[str]]

    @property
    def first(self) -> list[list[str]]:
        """What stands in code in the first cell of each row."""
        return [re.findall(r"`([^`]+)`", row[0]) for row in self.rows]

    @property
    def keys(self) -> list[str]:
        """All of these."""
        return [key for keys in self.first for key in keys]


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip())[1:-1]]


def listings() -> Iterator[Listing]:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for block in reversed(blocks_of(text)):
            text = text[: block.start] + text[block.end :]
        for found in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
            head, _, *rows = found.splitlines()
            yield Listing(page.stem, cells(head), [cells(row) for row in rows])


def records_of(shape: Shape) -> Iterator[Record]:
    """The records in a shape, itself included."""
    match shape:
        case Record(fields=fields):
            yield shape
            for field in fields.values():
                yield from records_of(field.shape)
        case Items(of=inner) | Table(of=inner):
            yield from records_of(inner)
        case Either(scalar=scalar, mapping=mapping):
            yield from records_of(scalar)
            yield from records_of(mapping)


ROOTS = (document.MACHINE, document.LINES, document.KINDS)
RECORDS = {record.name: record for root in ROOTS for record in records_of(root)}
OF_ONE_KEY = {"a list of kinds"}
"""Whose key stands in a sentence."""


def listing_with(keys: set[str], head: str) -> Listing:
    """The one table that lists these, and nothing else."""
    (found,) = (
        each for each in listings() if set(each.keys) == keys and each.head[0].startswith(head)
    )
    return found


def listing_headed(page: str, *head: str) -> Listing:
    """The one table of a page with these heads."""
    (found,) = (each for each in listings() if (each.page, each.head) == (page, list(head)))
    return found


def test_the_document_has_records_for_all_that_is_written() -> None:
    """So that those below are not a few by chance."""
    assert len(RECORDS) > 20
    assert {"a rule", "a lane", "a property", "a step", "a reading"} <= RECORDS.keys()


@pytest.mark.parametrize("name", sorted(RECORDS.keys() - OF_ONE_KEY))
def test_each_key_of_the_document_stands_in_a_table_of_its_own(name: str) -> None:
    """With every other key of its entry, and required where the loader requires it."""
    fields = RECORDS[name].fields
    listing = listing_with(set(fields), "kind" if name == "findings" else "key")
    assert sorted(listing.keys) == sorted(fields)
    if "default" not in listing.head:
        return
    at = listing.head.index("default")
    said = {key for row, keys in zip(listing.rows, listing.first, strict=True)
            for key in keys if row[at] == "required"}  # fmt: skip
    assert said == {key for key, field in fields.items() if field.required}


@pytest.mark.parametrize("name", sorted(RECORDS.keys() - OF_ONE_KEY))
def test_each_word_that_a_key_takes_stands_in_its_row(name: str) -> None:
    """Levels, outcomes, kinds: what is chosen from a few."""
    fields = RECORDS[name].fields
    listing = listing_with(set(fields), "kind" if name == "findings" else "key")
    for key, field in fields.items():
        shape = field.shape.of if isinstance(field.shape, Items) else field.shape
        if isinstance(shape, Choice) and key not in PROPERTY_KINDS:
            (row,) = (
                " ".join(row)
                for row, keys in zip(listing.rows, listing.first, strict=True)
                if key in keys
            )
            assert [word for word in shape.among if not re.search(rf"\b{word}\b", row)] == [], key


def test_no_table_lists_a_key_that_the_document_does_not_have() -> None:
    known = [set(record.fields) for record in RECORDS.values()]
    known.append({document.CHANGE, RENAMED, *RENAMED_KINDS})
    strange = [
        (each.page, each.keys)
        for each in listings()
        if each.head[0].startswith("key") and not any(set(each.keys) <= keys for keys in known)
    ]
    assert strange == []


def test_the_keys_of_changes_are_named() -> None:
    (change,) = (p.read_text(encoding="utf-8") for p in PAGES if p.stem == "changes")
    names = [document.CHANGE, RENAMED, *RENAMED_KINDS, f"{REMOVE}: true"]
    assert [name for name in names if f"`{name}`" not in change] == []


def test_each_kind_of_claim_has_its_row_and_is_in_the_example() -> None:
    """In the table that says what each claims, and in the file that is proved."""
    rows = listing_headed("claims", "claim", "what it says", "what refutes it")
    kinds = [keys[-1 if len(keys) > 1 and "on:" in keys[0] else 0] for keys in rows.first]
    found = [key.partition(":")[0] for key in kinds]
    assert sorted(found) == sorted(PROPERTY_KINDS)
    (page,) = (p for p in PAGES if p.stem == "claims")
    (example,) = (
        block.body
        for block in blocks_of(page.read_text(encoding="utf-8"))
        if block.noted("file") == ["claims.yaml"]
    )
    assert [kind for kind in PROPERTY_KINDS if not re.search(rf"\b{kind}: ", example)] == []


def test_each_function_has_its_row() -> None:
    rows = listing_headed("expressions", "function", "gives", "meaning")
    names = [
        key.partition("(")[0] for key in rows.keys if "(" in key and not key.startswith("has(.")
    ]
    assert sorted(names) == sorted({*FUNCTIONS, *ABOUT, COUNT})


def test_each_type_has_its_row() -> None:
    rows = listing_headed("expressions", "type", "values")
    words = {word for key in rows.keys for word in re.findall(r"^[a-z]+", key)}
    assert words == set(TYPE_WORDS)


def test_the_operators_stand_from_the_loosest_to_the_tightest() -> None:
    rows = listing_headed("expressions", "operator", "groups", "takes", "gives")
    operators = [op for level in PRECEDENCE for op in level]
    expected: dict[str, int] = {op: n for n, level in enumerate(PRECEDENCE) for op in level}
    levels = []
    for keys in rows.first:
        text = " ".join(keys)
        if text.startswith("if "):
            levels.append((-1, ["if"]))
            continue
        words = [word for word in text.split() if word in operators]
        if "else" in text.split():
            levels.append((ELSE_LEVEL, ["else"]))
        else:
            assert words, text
            levels += [(expected[word], [word]) for word in words]
    assert [level for level, _ in levels] == sorted(level for level, _ in levels)
    assert sorted(word for _, words in levels for word in words) == sorted(
        [*operators, "if", "else"]
    )


def test_levels_findings_questions_and_checks_are_all_named() -> None:
    document_page = next(p for p in PAGES if p.stem == "document").read_text(encoding="utf-8")
    levels = listing_headed("document", "level", "who asks", "a breach")
    assert [row[0] for row in levels.rows] == list(LEVELS)
    assert set(listing_headed("document", "kind", "required", "found where").keys) == {
        *MACHINE_FINDINGS
    }
    assert listing_headed("questions", "kind", "what is open").keys == list(QUESTION_KINDS)
    assert [check for check in LINE_CHECKS if f"`{check}`" not in document_page] == []


def test_the_limits_are_those_of_the_code() -> None:
    """Each number in the table of limits."""
    listed = listing_headed("language", "what", "at most")
    said = sorted(
        int(number.replace(",", ""))
        for row in listed.rows
        for number in re.findall(r"\d[\d,]*(?= MiB|\b)", row[1])
    )
    assert said == sorted(
        [
            yaml_nodes._MAX_BYTES >> 20,
            yaml_nodes._MAX_DEPTH,
            parser._MAX_BRACKETS,
            MAX_SIZE,
            MAX_DEPTH,
            parser._MAX_DIGITS,
            MOST_MEMBERS,
            tree._MAX_CHAIN,
            MOST_DIGITS,
            Limits().configurations,
            Limits().depth,
        ]
    )
