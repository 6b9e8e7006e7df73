"""The house is built as its plan says: who imports whom, and where facts may stand."""

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from flux_conform import prove
from flux_conform.language import load
from flux_conform.language.format_rules import LINE_CHECKS
from flux_conform.language.specification import PROPERTY_KINDS
from flux_conform.suite import coverage
from rooms import MODULES, PICTURE, TOOLS, circles, imports_of, module_name, picture, rooms

DOCS = PICTURE.parent


def is_within(module: str, *packages: str) -> bool:
    return any(
        module == f"flux_conform.{package}" or module.startswith(f"flux_conform.{package}.")
        for package in packages
    )


# The rooms of the house, and which others each of them knows. ARCHITECTURE.md says why.
CORE = {"language", "machine"}
KNOWS = {
    "artefacts": set(),
    "files": {"inputs", "leftovers"},
    "inputs": set(),
    "project_settings": {"inputs"},
    "interruptible": set(),
    "leftovers": set(),
    "text": set(),
    "language": {"artefacts", "inputs", "text"},
    "machine": {"language"},
    "logs": {"artefacts", "inputs", "interruptible", "leftovers", "text"},
    "checking": CORE | {"artefacts", "interruptible", "logs", "text"},
    "repair": CORE | {"checking", "logs", "text"},
    "prove": CORE | {"interruptible", "text"},
    "diff": CORE | {"checking", "prove", "text"},
    "system": CORE | {"text"},
    "questions": CORE | {"diff", "prove"},
    "mutation": CORE | {"diff", "prove"},
    "explorer": CORE | {"checking", "reports"},
    # A verifier that shared code with the prover would share its mistakes.
    "verify": {"interruptible"},
    "diagrams": CORE | {"leftovers", "text"},
    "session": CORE | {"artefacts", "checking", "files", "inputs", "logs", "repair", "text"},
    "reports": CORE | {"checking", "logs", "rfc", "session", "text"},
    "suite": CORE
    | {"artefacts", "checking", "files", "inputs", "logs", "mutation", "prove", "questions"}
    | {"reports", "text"},
    "testing": {"checking", "files", "language", "logs", "session", "suite", "text"},
    "strategies": CORE | {"checking", "logs", "prove", "suite", "testing", "text"},
    "pytest_plugin": {
        *("artefacts", "checking", "files", "language", "project_settings", "suite", "testing"),
        "text",
    },
    "rfc": CORE | {"artefacts", "checking", "diagrams", "files", "logs", "prove", "text"},
}


def test_a_room_knows_those_it_may_and_no_others() -> None:
    """Data flows one way; and no permission is kept that nothing needs."""
    found = rooms()
    del found["cli"]  # which knows every room
    assert found == KNOWS
    assert set(KNOWS) >= TOOLS


def test_the_picture_of_the_rooms_is_up_to_date() -> None:
    """`python tests/rooms.py` draws it."""
    assert PICTURE.read_text(encoding="utf-8") == picture()


def test_a_module_fits_on_a_few_screens() -> None:
    """At most 400 lines."""
    lines = {module_name(path): len(path.read_text("utf-8").splitlines()) for path in MODULES}
    assert {name: count for name, count in lines.items() if count > 400} == {}


def test_a_package_fits_on_a_screen() -> None:
    """At most 45 entries in a folder."""
    # A package counts once, as its __init__, in the folder above.
    homes = Counter(
        path.parent.parent if path.name == "__init__.py" else path.parent for path in MODULES
    )
    assert {str(home): count for home, count in homes.items() if count > 45} == {}


# Names of two modules: what both are.
SHARED_NAMES = {
    "__main__": "what `python -m` runs",
    "explain": "how findings are put into words, and the verb that explains a rule",
    "report": "what is said of a proof, and the verb that reports a fault",
    "replay": "the replay of a log, and the verb that shows it",
    "step": "one event in one configuration, of plain values and in Z3's terms",
}


def test_a_name_of_a_module_means_one_thing() -> None:
    stems = Counter(path.stem for path in MODULES)
    assert {stem for stem, count in stems.items() if count > 1} == {"__init__", *SHARED_NAMES}


def test_no_modules_import_each_other() -> None:
    assert circles() == []


def test_what_begins_with_an_underscore_stays_in_its_module() -> None:
    """Nothing stands on the private parts of another module."""
    for path in MODULES:
        private = [
            name
            for name in imports_of(path)
            if name.startswith("flux_conform.")
            and any(part[0] == "_" and part[:2] != "__" for part in name.split("."))
        ]
        assert private == [], path


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


def test_z3_is_asked_only_where_an_interrupt_is_heard() -> None:
    """A bare `check` of a solver leaves waits that Ctrl-C does not end."""
    asking = set()
    for path in MODULES:
        text = path.read_text(encoding="utf-8")
        if "import z3" in text:
            called = (n.func for n in ast.walk(ast.parse(text)) if isinstance(n, ast.Call))
            if any(isinstance(func, ast.Attribute) and func.attr == "check" for func in called):
                asking.add(module_name(path))
    assert asking == {"flux_conform.verify.proof"}


# A text of the code that is a name of a model by chance: where it may stand, and what it is there.
NO_FACTS = {
    "log": (
        (
            *("cli", "checking.finding", "diff", "language", "prove", "questions"),
            *("reports", "session", "suite", "system", "testing"),
        ),
        "the name of a log, a key of JSON and of the specification language",
    ),
    "start": (
        ("diagrams", "diff.written", "language", "verify"),
        "where a text begins: text-anchor of SVG, the initial marker; and the first value of a "
        "variable, a word of the specification language",
    ),
    "exception": (("logs.reported_jobs",), "a field of what `flux jobs` prints"),
    "release": (("cli.suite",), "a verb: to release a suite"),
    "recoverable": (
        ("checking.dead_ends", "language", "prove", "verify"),
        "a kind of property, a word of the specification language",
    ),
    "unlisted": (
        ("language.families", "verify.logged_runs"),
        "the language's word for events that it does not list",
    ),
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


def test_each_kind_of_claim_and_each_check_has_what_it_needs() -> None:
    """A kind that nothing decides, or a check that nothing exercises, is a hole that is silent."""
    language = (DOCS / "language" / "claims.md").read_text(encoding="utf-8")
    assert set(prove.deciders()) == set(PROPERTY_KINDS)
    assert [kind for kind in PROPERTY_KINDS if f"`{kind}" not in language] == []
    # That a log only grows is seen where two snapshots of it are compared, never in one log.
    assert set(coverage.NEEDS) == set(LINE_CHECKS) - {"append-only"}
