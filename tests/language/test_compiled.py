"""The compiled form of a specification is the specification, and never an older one."""

import json
import os
import shutil
from pathlib import Path

import pytest

from flux_conform import language
from flux_conform.artefacts import artefact
from flux_conform.language import UnknownMachine, load, machines, names
from flux_conform.language.compiled import FORMAT, decode, dumps, encode, fingerprint, loads
from flux_conform.language.loader import load_file
from flux_conform.language.specification import Specification
from toys import TURNSTILE, load_toy, turnstile

FILES = [*(os.path.join(artefact("model"), f"{name}.yaml") for name in machines()), str(TURNSTILE)]


@pytest.mark.parametrize("path", FILES, ids=os.path.basename)
def test_what_was_encoded_decodes_to_the_same(path: str) -> None:
    """Through JSON text too, to the last type and tree: Python alone says that True equals 1."""
    specification = load_file(path)
    again = decode(json.loads(json.dumps(encode(specification))))
    assert again == specification
    assert repr(tuple(again)) == repr(tuple(specification))


def test_every_type_and_every_node_survives() -> None:
    """Those that no model uses as well."""
    text = turnstile(
        (
            "visitor: optional string}",
            "visitor: optional string, "
            'a: "\\"x\\" | idset | path | integer ..5 | integer 3.. | number | any", '
            'b: "optional nonempty list of {c: optional map of path to object}"}',
        ),
        (
            "  paid: coins > 0\n",
            "  paid: coins > 0\n"
            """  more(x): '(if has(.b) then [1, -2] else []) == [x] and {"a b": none}."a b" == none'\n"""
            "  other: 'seen(push) or not true and {a: 1}.a * 2 & 3 == 2'\n",
        ),
    )
    specification = load_toy(text)
    again = decode(json.loads(json.dumps(encode(specification))))
    assert repr(tuple(again)) == repr(tuple(specification))


@pytest.fixture
def packaged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model folder of its own, with the turnstile and its compiled form."""
    shutil.copy(TURNSTILE, tmp_path)
    shutil.copy(os.path.join(artefact("model"), "eventlog.yaml"), tmp_path)
    (tmp_path / "compiled").mkdir()
    for module in (language, names):
        monkeypatch.setattr(module, "artefact", lambda *parts: os.path.join(tmp_path, *parts[1:]))
    write_compiled(tmp_path, load_file(str(tmp_path / "turnstile.yaml")))
    return tmp_path


def write_compiled(folder: Path, specification: Specification) -> None:
    text = dumps(specification, made_from=language.made_from("turnstile"))
    (folder / "compiled" / "turnstile.json").write_text(text, encoding="utf-8")


def changed(specification: Specification) -> Specification:
    return specification._replace(title="from the compiled form")


def test_the_compiled_form_is_what_is_loaded(packaged: Path) -> None:
    """Not the YAML beside it."""
    write_compiled(packaged, changed(load_file(str(TURNSTILE))))
    assert load("turnstile").title == "from the compiled form"


@pytest.mark.parametrize("name", ["turnstile.yaml", "eventlog.yaml"])
def test_a_stale_compiled_form_is_not_used(packaged: Path, name: str) -> None:
    """A change of the specification or of its lines makes it stale, be it of a comment."""
    write_compiled(packaged, changed(load_file(str(TURNSTILE))))
    with (packaged / name).open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    assert load("turnstile").title == "Turnstile"


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"format": 0}'])
def test_a_broken_compiled_form_is_not_used(packaged: Path, text: str) -> None:
    """Such as one whose writing was cut short, or of another format."""
    (packaged / "compiled" / "turnstile.json").write_text(text)
    assert load("turnstile").title == "Turnstile"


def test_a_missing_compiled_form_is_no_matter(packaged: Path) -> None:
    """The YAML is read."""
    (packaged / "compiled" / "turnstile.json").unlink()
    assert load("turnstile").title == "Turnstile"


def test_another_format_is_refused() -> None:
    """Even where it was made from the same texts."""
    specification = load_file(str(TURNSTILE))
    document = json.loads(dumps(specification, made_from="x"))
    assert loads(json.dumps(document), made_from="x") == specification
    document["format"] = FORMAT + 1
    assert loads(json.dumps(document), made_from="x") is None
    assert loads(dumps(specification, made_from="x"), made_from="y") is None


def test_a_fingerprint_tells_texts_apart() -> None:
    """By their bytes, and by which of them is which."""
    texts = [(b"a",), (b"b",), (b"a", b""), (b"", b"a"), (b"a", b"b"), (b"b", b"a"), (b"ab", b"")]
    assert len({fingerprint(*text) for text in texts}) == len(texts)


def test_the_machines_of_the_package() -> None:
    """Files of lines and of deviations are no machines."""
    assert machines() == ("alloc", "exec", "io", "job", "resource", "start")
    assert load("job").name == "job"
    assert load(str(TURNSTILE)).name == "turnstile"
    with pytest.raises(
        UnknownMachine, match="neither one of alloc, exec, io, job, resource, start nor a file"
    ):
        load("jobs")
