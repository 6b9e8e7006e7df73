"""Dead ends: configurations that a log does not leave for a goal without certain events.

`flux-conform generate` takes them from the certificates of a machine's claims: of a refuted claim
that a goal can be reached (without some events), each argument says of which configurations it
cannot. No solver is needed to look a log up in the table.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache, reduce
from hashlib import sha256
from typing import Any, NamedTuple

from flux_conform.artefacts import ArtefactDamaged, ArtefactMissing, artefact
from flux_conform.language import Specification
from flux_conform.language.compiled import digest
from flux_conform.language.expressions import (
    About,
    Binary,
    Constant,
    Expression,
    Name,
    Node,
    Not,
    expand,
    show,
    walk,
)
from flux_conform.language.levels import POLICY
from flux_conform.machine.judged import asked_events, judged_variables
from flux_conform.machine.step import Machine

FOLDER = "dead-ends"
"""Below the folder of models: a table for each machine."""

FORMAT = 1


class DeadEnd(NamedTuple):
    """The configurations from which a goal is out of reach without some events.

    `claim` is the property that is refuted by them, `when` says which they are, and `says` what is
    out of reach. `generation` is that of the logs which the proof is about.
    """

    claim: str
    without: tuple[str, ...]
    when: Expression
    says: str
    generation: str


def table_path(machine: str) -> str:
    """The path of a packaged machine's table."""
    return os.path.join(artefact("model"), FOLDER, f"{machine}.json")


@lru_cache(maxsize=16)
def dead_ends(machine: Machine) -> tuple[DeadEnd, ...]:
    """The dead ends of a machine: those in the table that was made of it, if there is one.

    Raises ArtefactDamaged.
    """
    specification = machine.specification
    try:
        path = artefact("model", FOLDER, f"{specification.name}.json")
    except ArtefactMissing:
        return ()
    with open(path, encoding="utf-8") as file:
        text = file.read()
    return read_table(specification, text, path)


def read_table(specification: Specification, text: str, path: str) -> tuple[DeadEnd, ...]:
    """The dead ends in a table; none where it is of another specification.

    Raises ArtefactDamaged.
    """
    from flux_conform.language.parser import SyntaxFault

    try:
        table = json.loads(text)
        held = table.pop("digest")
        if held != _digest(table):
            raise ValueError("its digest is another")
        if table["format"] != FORMAT or not _is_about(table["specification"], specification):
            return ()
        return tuple(_read(row, table["generation"]) for row in table["dead_ends"])
    except (ValueError, LookupError, TypeError, AttributeError, SyntaxFault) as error:
        hint = "`flux-conform generate` makes it anew"
        raise ArtefactDamaged(
            f"{path}: the table of dead ends is damaged: {error}; {hint}"
        ) from error


def _is_about(known: str, specification: Specification) -> bool:
    """Whether a table with that digest holds for a specification, or for one with a site's rules.

    A site's rules let runs do what they do without them.
    """
    if known == digest(specification):
        return True
    if all(rule.level != POLICY for rule in specification.rules):
        return False
    from flux_conform.language.changes.site_rules import shipped_base  # few logs are judged by them

    base = shipped_base(specification)
    return base is not None and known == digest(base)


def _read(row: Mapping[str, Any], generation: str) -> DeadEnd:
    from flux_conform.language.parser import parse_expression  # most logs need no table

    goal = parse_expression(row["goal"]).tree
    parts: list[Node] = [parse_expression(part).tree for part in row["while"]]
    tree = reduce(lambda one, other: Binary("and", one, other), [*parts, Not(goal)])
    without = tuple(row["without"])
    what = goal.right.value if _is_state(goal) else show(goal)  # type: ignore[union-attr]
    says = f"{what} is out of reach"
    if without:
        says += f" without {' or '.join(without)}"
    return DeadEnd(row["claim"], without, Expression(show(tree), tree), says, generation)


def _is_state(goal: Node) -> bool:
    match goal:
        case Binary(operator="==", left=Name(name="state"), right=Constant(value=str())):
            return True
    return False


# The making of a table


def table_text(specification: Specification, certificates: Mapping[str, Any]) -> str:
    """The table of a machine, made of the document of its certificates."""
    table = {
        "format": FORMAT,
        "made_by": "flux-conform generate; do not edit",
        "machine": specification.name,
        "specification": digest(specification),
        "generation": certificates["generation"],
        "dead_ends": list(_rows(specification, certificates["properties"])),
    }
    return json.dumps({**table, "digest": _digest(table)}, indent=1, ensure_ascii=False) + "\n"


def _rows(
    specification: Specification, properties: Sequence[Mapping[str, Any]]
) -> Iterator[dict[str, Any]]:
    claims = {claim.id: claim for claim in specification.properties}
    for item in properties:
        claim = claims.get(item["id"])
        if claim is None or claim.claim is None or claim.kind != item["kind"]:
            continue
        if (item["kind"], item["verdict"]) != ("recoverable", "refuted"):
            continue
        for argument in item["arguments"]:
            parts = [lemma["says"] for lemma in argument["lemmas"]]
            goal = show(expand(claim.claim.tree, specification.definition_table))
            if all(_is_told(specification, part) for part in (*parts, goal)):
                yield {
                    "claim": claim.id,
                    "goal": goal,
                    "without": list(claim.without),
                    "assuming": claim.assuming,
                    "while": parts,
                    "argument": _digest(argument),
                }


def _is_told(specification: Specification, text: str) -> bool:
    """Whether a checker knows all that a condition reads: it keeps what rules read."""
    from flux_conform.language.parser import SyntaxFault, parse_expression

    try:
        tree = parse_expression(text).tree
    except SyntaxFault:
        return False
    known = {"state", *judged_variables(specification)}
    asked = asked_events(specification)
    about = [node for node in walk(tree) if isinstance(node, About)]
    names = {node.name for node in walk(tree) if isinstance(node, Name)}
    return names <= known and all(n.function == "seen" and n.name in asked for n in about)


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()
