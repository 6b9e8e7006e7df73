"""The rooms of the house, read from its imports; `python tests/rooms.py` draws docs/rooms.svg.

A room is a package or a module directly below `flux_conform`.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import flux_conform

PACKAGE = Path(flux_conform.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
PICTURE = Path(__file__).parents[1] / "docs" / "rooms.svg"

TOOLS = {"artefacts", "files", "inputs", "interruptible", "leftovers", "text"}
"""Small modules that any room may use. The picture leaves them out."""

APART = {"__init__", "__main__"}
"""What only serves others: the public face, and `python -m flux_conform`."""


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def imports_of(path: Path) -> frozenset[str]:
    """The full names of what a file imports, wherever in it; relative ones spelt out."""
    return frozenset(_imports(path))


def _imports(path: Path) -> Iterator[str]:
    own = module_name(path).split(".")
    package = own if path.name == "__init__.py" else own[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "import_module":
            yield from imported_by_call(node)


def imported_by_call(node: ast.Call) -> Iterator[str]:
    """What `import_module` is given: a text, or the constant beginning of one."""
    (first, *_) = node.args
    parts = first.values if isinstance(first, ast.JoinedStr) else [first]
    if isinstance(parts[0], ast.Constant):
        yield str(parts[0].value).rstrip(".")


def room_of(module: str) -> str:
    return [*module.split("."), "__init__"][1]


def rooms() -> dict[str, set[str]]:
    """The rooms, with those that each imports from."""
    names = {room_of(module_name(path)) for path in MODULES} - APART
    found: dict[str, set[str]] = {name: set() for name in names}
    for path in MODULES:
        room = room_of(module_name(path))
        if room in names:
            others = {room_of(name) for name in imports_of(path) if "flux_conform." in name}
            found[room] |= (others & names) - {room}
    return found


def circles() -> list[set[str]]:
    """The modules that import each other, directly or through others.

    An import within a function counts, and one for types alone. A package stands for its
    `__init__`; whoever imports a module in it is not taken to import that.
    """
    import networkx

    names = {module_name(path) for path in MODULES}
    imported = networkx.DiGraph()
    for path in MODULES:
        for name in imports_of(path):
            module = name if name in names else name.rpartition(".")[0]
            if module in names:
                imported.add_edge(module_name(path), module)
    components = networkx.strongly_connected_components(imported)
    return [each for each in components if len(each) > 1]


def picture() -> str:
    """The rooms as SVG, each above those that it imports from.

    An arrow is left out where a longer way leads to the same room.
    """
    import networkx

    from flux_conform.diagrams.engine import drawn

    every = networkx.DiGraph(
        (room, other) for room, others in rooms().items() for other in others - TOOLS
    )
    every.remove_nodes_from(TOOLS)
    arrows = sorted(networkx.transitive_reduction(every).edges)
    source = ["digraph rooms {", '  node [shape=box, style=rounded, fontname="Helvetica"];']
    source += ["  bgcolor=white; ranksep=0.35; nodesep=0.25;"]
    source += [f"  {room} -> {other} [color=gray40, arrowsize=0.7];" for room, other in arrows]
    return drawn("\n".join([*source, "}"]), "svg")


if __name__ == "__main__":
    PICTURE.write_text(picture(), encoding="utf-8")
