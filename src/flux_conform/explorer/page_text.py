"""The page as one text: modules joined to one script, machines with their diagrams as data."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from flux_conform.explorer.page_machine import page_machine
from flux_conform.language.specification import Specification
from flux_conform.reports.html_page import Html, page
from flux_conform.reports.interface import Diagram

_HERE = Path(__file__).parent
MODULES = _HERE / "js"
"""The folder of the page's modules, in JavaScript."""

_ORDER = ("values", "json", "types", "lines", "expressions", "machine", "judge")
_OF_THE_PAGE = ("dom", "diagram", "outcomes", "pane", "explorer")
"""The modules, each after those that it imports: the judge, and what shows it."""

_IMPORT = re.compile(r'^import \{([^}]*)\} from "\./(\w+)\.mjs";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export ((?:function\*?|class|const) (\w+))", re.MULTILINE)


class Explored(NamedTuple):
    """A machine of the page: its name there, and what draws it for logs of a generation."""

    name: str
    specification: Specification
    diagram: Callable[[str], Diagram]


def explorer_page(machines: Iterable[Explored]) -> str:
    """The page for some machines. Raises NotExplorable."""
    # As data in a script, where "<" could end it.
    data = json.dumps([_told(each) for each in machines], ensure_ascii=False).replace(
        "<", "\\u003c"
    )
    body = [
        Html('<div id="explorer"><p>This page needs JavaScript.</p></div>'),
        Html('<script type="application/json" id="machines-data">{}</script>').format(Html(data)),
    ]
    styles = (_HERE.parent / "reports" / "replay.css", _HERE / "explorer.css")
    return str(
        page(
            "Log explorer",
            "Logs are judged in this page, and leave it only in links that you share.",
            "",
            body,
            style="".join(path.read_text(encoding="utf-8") for path in styles),
            script=script(),
        )
    )


def script() -> str:
    """The modules as one script: each is a function of its own, which gives what it exports."""
    parts = []
    for name in (*_ORDER, *_OF_THE_PAGE):
        text = (MODULES / f"{name}.mjs").read_text(encoding="utf-8")
        exported = [found[2] for found in _EXPORT.finditer(text)]
        text = _IMPORT.sub(r"const {\1} = modules.\2;\n", text)
        text = _EXPORT.sub(r"\1", text)
        parts.append(
            f"modules.{name} = (() => {{\n{text}return {{ {', '.join(exported)} }};\n}})();\n"
        )
    body = "".join(parts)
    run = "modules.explorer.explore();"
    return f'"use strict";\n(() => {{\nconst modules = {{}};\n{body}{run}\n}})();\n'


def _told(explored: Explored) -> Mapping[str, Any]:
    specification = explored.specification
    drawn = {each.name: explored.diagram(each.name) for each in specification.generations}
    return {
        "name": explored.name,
        "title": f"{explored.name}: {specification.title}",
        # As a text, for the page's own reader of JSON keeps 1 and 1.0 apart.
        "held": json.dumps(page_machine(specification), ensure_ascii=False),
        "diagrams": {name: _drawing(specification, each) for name, each in drawn.items()},
    }


def _drawing(specification: Specification, diagram: Diagram) -> Mapping[str, Any]:
    return {
        "key": diagram.id.removesuffix("-whole-0"),
        "svg": diagram.svg,
        "states": dict(diagram.states),
        "edges": {
            str(number): diagram.edges[row]
            for number, row in enumerate(specification.transitions)
            if row in diagram.edges
        },
    }
