"""Reads the rules of a log's lines, which stand in a file of their own."""

from __future__ import annotations

from functools import lru_cache

from flux_conform.language import document
from flux_conform.language.format_rules import LINE_CHECKS, LineRule
from flux_conform.language.loading.fields import Fields, rfc_of
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
    rules: dict[str, LineRule] = {}
    for item in root.value["rules"].value:
        fields: Fields = item.value
        values = {name: field.value for name, field in fields.items()}
        check, rule_id = values["check"], values["id"]
        if check not in LINE_CHECKS:
            mark = fields["check"].mark
            faults.add(mark, f'unknown check "{check}"', name=check, among=LINE_CHECKS)
        if rule_id in rules:
            faults.add(fields["id"].mark, f'the rule "{rule_id}" stands here twice')
        rules[rule_id] = LineRule(
            rule_id,
            values["level"],
            check,
            rfc_of(rule_id),
            values["section"],
            values["says"],
            values["repair"],
        )
    if faults.faults:
        raise faults.error()
    return tuple(sorted(rules.values(), key=lambda rule: LINE_CHECKS.index(rule.check)))
