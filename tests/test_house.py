"""The house is built as its plan says: who imports whom, and where facts may stand."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import flux_conform
from flux_conform.model import load

PACKAGE = Path(flux_conform.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports_of(path: Path) -> Iterator[str]:
    """The names of the modules that a file imports, wherever in it; relative ones spelt out."""
    own = module_name(path).split(".")
    package = own if path.name == "__init__.py" else own[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "import_module":
            yield from imported_by_call(node)


def imported_by_call(node: ast.Call) -> Iterator[str]:
    """What `import_module` is given: a text, or the constant beginning of one."""
    (first, *_) = node.args
    parts = first.values if isinstance(first, ast.JoinedStr) else [first]
    if isinstance(parts[0], ast.Constant):
        yield str(parts[0].value).rstrip(".")


def is_within(module: str, *packages: str) -> bool:
    return any(
        module == f"flux_conform.{package}" or module.startswith(f"flux_conform.{package}.")
        for package in packages
    )


# Each part of the house, and the parts that it must know nothing of.
UNKNOWN_TO = {
    "model": ("logs", "conformance", "diagrams", "rfc", "cli", "pytest_plugin", "strategies"),
    # A verifier that shared code with the prover would share its mistakes.
    "model.verify": tuple(
        f"model.{path.stem}"
        for path in (PACKAGE / "model").iterdir()
        if path.stem not in ("verify", "__init__", "__pycache__", "py")
    ),
    "logs": ("model", "conformance", "diagrams", "rfc", "cli", "pytest_plugin", "strategies"),
    "conformance": ("diagrams", "rfc", "cli", "model.loader", "model.prove", "strategies"),
    "diagrams": ("logs", "conformance", "rfc", "cli", "strategies"),
    "strategies": ("diagrams", "rfc", "cli", "model.loader"),
    "artefacts": ("model", "logs", "conformance", "diagrams", "rfc", "cli"),
    "text": ("model", "logs", "conformance", "diagrams", "rfc", "cli"),
}

# What a room of a part may know beyond the part: logs are made with what finds logs.
KNOWN_TO = {"conformance.suite.making": ("model.loader", "model.prove")}


@pytest.mark.parametrize("part", UNKNOWN_TO)
def test_a_part_of_the_house_knows_nothing_of_those_above_it(part: str) -> None:
    """Data flows one way: YAML, specification, then all that is made from it."""
    paths = [path for path in MODULES if is_within(module_name(path), part)]
    assert paths
    for path in paths:
        known = KNOWN_TO.get(next((p for p in KNOWN_TO if is_within(module_name(path), p)), ""), ())
        wrong = {name for name in imports_of(path) if is_within(name, *UNKNOWN_TO[part])}
        assert {name for name in wrong if not is_within(name, *known)} == set(), path


def test_nothing_imports_the_command_line() -> None:
    """But the command line itself, and what runs it."""
    runners = {"flux_conform.__main__"}
    for path in MODULES:
        name = module_name(path)
        if not is_within(name, "cli") and name not in runners:
            assert not [other for other in imports_of(path) if is_within(other, "cli")], path


def test_nothing_is_ever_evaluated_as_python() -> None:
    """Expressions of a specification are trees, never code."""
    for path in MODULES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        called = {
            getattr(node.func, "id", "") for node in ast.walk(tree) if isinstance(node, ast.Call)
        }
        assert called & {"eval", "exec", "compile"} == set(), path


# A text of the code that is a name of a model by chance: where it may stand, and what it is there.
NO_FACTS = {
    "log": (
        (
            *("cli", "conformance.finding", "conformance.reports", "conformance.suite"),
            *("model", "testing"),
        ),
        "the name of a log, a key of JSON and of the specification language",
    ),
    "free": (("conformance.mending",), "a key of JSON: a value that is an example"),
    "start": (("diagrams",), "where a text begins: text-anchor of SVG, and the initial marker"),
    "release": (("cli.suite",), "a verb: to release a suite"),
    "recoverable": (("model",), "a kind of property, a word of the specification language"),
    "unlisted": (("model.specification",), "the language's word for events that it does not list"),
}


def names_of_the_models() -> set[str]:
    """The states, virtual states and events of the packaged machines."""
    found: set[str] = set()
    for machine in (load("job"), load("exec")):
        found |= {state.name for state in machine.states}
        found |= {state.name for state in machine.virtual_states}
        found |= {event.name for event in machine.events}
    return found


def texts_of(path: Path) -> Iterator[str]:
    """Every string of a file's code but its docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node.value


def test_no_state_and_no_event_stands_in_the_code() -> None:
    """A fact of an RFC is said once, in the model; and no exception is kept that nothing needs."""
    names = names_of_the_models()
    found = {
        (text, module_name(path)) for path in MODULES for text in texts_of(path) if text in names
    }
    facts = {
        f"{module}: {text!r}"
        for text, module in found
        if text not in NO_FACTS or not is_within(module, *NO_FACTS[text][0])
    }
    assert facts == set()
    assert set(NO_FACTS) == {text for text, _ in found}
