"""Reads the rules of a log's lines, which stand in a file of their own."""

from __future__ import annotations

from functools import lru_cache

from flux_conform.language import document
from flux_conform.language.format_rules import LINE_CHECKS, LineRule
from flux_conform.language.loading.fields import by_id, rfc_of
from flux_conform.language.yaml_nodes import FaultList, read_nodes, read_text


def load_lines(path: str) -> tuple[LineRule, ...]:
    """The rules of a log's lines, from their file. Raises SpecificationFaults."""
    return _rules(path, read_text(path))


# Many specifications name the same format, among them all revisions of one.
@lru_cache(maxsize=16)
def _rules(path: str, text: str) -> tuple[LineRule, ...]:
    faults = FaultList(path)
    root = document.LINES.read(read_nodes(text, faults), faults)
    if root is None or faults.faults:
        raise faults.error()
    rules = []
    for name, item in by_id(root.value["rules"].value, "rule", faults):
        values = {key: field.value for key, field in item.value.items()}
        check = values["check"]
        if check not in LINE_CHECKS:
            mark = item.value["check"].mark
            faults.add(mark, f'unknown check "{check}"', name=check, among=LINE_CHECKS)
        rules.append(LineRule(**values, rfc=rfc_of(name)))
    if faults.faults:
        raise faults.error()
    return tuple(sorted(rules, key=lambda rule: LINE_CHECKS.index(rule.check)))
