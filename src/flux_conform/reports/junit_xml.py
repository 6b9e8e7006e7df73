"""Test cases as JUnit XML, the form that build servers read."""

from __future__ import annotations

from typing import NamedTuple
from xml.etree import ElementTree as Tree

Properties = tuple[tuple[str, str], ...]


class Case(NamedTuple):
    """A test case: its group and name, and what went wrong.

    `outcome` is failure, error or skipped, None if nothing went wrong; `text` has the details.
    """

    group: str
    name: str
    seconds: float = 0.0
    outcome: str | None = None
    message: str = ""
    text: str = ""


def junit(name: str, properties: Properties, cases: list[Case]) -> str:
    """The XML of test cases, a suite for each of their groups."""
    root = Tree.Element("testsuites", _counts(cases), name=printable(name))
    for group in dict.fromkeys(case.group for case in cases):
        of_group = [case for case in cases if case.group == group]
        suite = Tree.SubElement(
            root, "testsuite", _counts(of_group), name=printable(f"{name}.{group}")
        )
        holder = Tree.SubElement(suite, "properties")
        for key, value in properties:
            Tree.SubElement(holder, "property", name=key, value=printable(value))
        suite.extend(case_element(name, case) for case in of_group)
    Tree.indent(root, " ")
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + Tree.tostring(root, "unicode") + "\n"


def case_element(name: str, case: Case) -> Tree.Element:
    """The element of a test case in a report of that name."""
    element = Tree.Element(
        "testcase",
        classname=printable(f"{name}.{case.group}" if case.group else name),
        name=printable(case.name),
        time=f"{case.seconds:.6f}",
    )
    if case.outcome is not None:
        what = Tree.SubElement(element, case.outcome, message=printable(case.message))
        what.text = printable(case.text)
    elif case.text:
        Tree.SubElement(element, "system-out").text = printable(case.text)
    return element


def printable(text: str) -> str:
    """The text without what XML cannot hold."""
    return "".join(
        char
        if char in "\n\t" or (char >= " " and not "\x7f" <= char <= "\x9f" and char not in _NONE)
        else f"\\u{ord(char):04x}"
        for char in text
    )


_NONE = {"\ufffe", "\uffff", *map(chr, range(0xD800, 0xE000))}


def _counts(cases: list[Case]) -> dict[str, str]:
    outcomes = [case.outcome for case in cases]
    return {
        "tests": str(len(cases)),
        "failures": str(outcomes.count("failure")),
        "errors": str(outcomes.count("error")),
        "skipped": str(outcomes.count("skipped")),
        "time": f"{sum(case.seconds for case in cases):.3f}",
    }
