"""The artefact folders are found wherever the package runs from."""

import json
import subprocess
import sys
import tarfile
import tomllib
import venv
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from flux_conform import __version__
from flux_conform import artefacts as module
from flux_conform.artefacts import FOLDERS, ArtefactMissing, artefact

ROOT = Path(__file__).resolve().parents[1]

ASK = """
import json, sys
from flux_conform.artefacts import FOLDERS, artefact
import flux_conform
print(json.dumps({
    "version": flux_conform.__version__,
    "module": flux_conform.__file__,
    "path": sys.path,
    "found": {folder: artefact(folder, "README.md") for folder in FOLDERS},
}))
"""
IMPORTED = """
import os, sys
before = set(sys.modules)
sys.path.insert(0, sys.argv[1])
import flux_conform.artefacts
print(*sorted(set(sys.modules) - before))
"""


def run(*command, cwd=None):
    """Run a program to its end and return what it printed."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def only(paths):
    """The one file that there should be."""
    (path,) = paths
    return path


@pytest.fixture(scope="module")
def from_checkout(tmp_path_factory):
    """The wheel made straight from the checkout."""
    out = tmp_path_factory.mktemp("checkout")
    run(sys.executable, "-m", "build", "--no-isolation", "--wheel", "--outdir", out, ROOT)
    return only(out.iterdir())


@pytest.fixture(scope="module")
def sdist(tmp_path_factory):
    """The source archive, beside a wheel made from it."""
    out = tmp_path_factory.mktemp("sdist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", out, ROOT)
    return only(out.glob("*.tar.gz"))


@pytest.fixture(scope="module")
def from_sdist(sdist):
    """The wheel made from the source archive."""
    return only(sdist.parent.glob("*.whl"))


@pytest.fixture(scope="module")
def editable(tmp_path_factory):
    """The wheel that `pip install -e` installs."""
    out = tmp_path_factory.mktemp("editable")
    call = "import sys, hatchling.build as b; b.build_editable(sys.argv[1])"
    run(sys.executable, "-c", call, out, cwd=ROOT)
    return only(out.iterdir())


def ask_where_installed(wheel, place):
    """Install a wheel alone into a new virtual environment, and ask it for its artefacts."""
    venv.create(place, with_pip=False)
    python = place / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    run(*pip, "--python", python, "install", "--no-index", "--no-deps", wheel)
    return json.loads(run(python, "-I", "-c", ASK, cwd=place))


@pytest.mark.parametrize(
    "made", ["from_checkout", pytest.param("from_sdist", marks=pytest.mark.slow)]
)
def test_an_installed_wheel_brings_its_artefacts_and_needs_no_checkout(made, request, tmp_path):
    place = tmp_path / "venv"
    said = ask_where_installed(request.getfixturevalue(made), place)
    package = Path(said["module"]).parent
    assert place in package.parents
    assert said["version"] == __version__
    assert not [entry for entry in said["path"] if Path(entry).is_relative_to(ROOT)]
    for folder, path in said["found"].items():
        assert Path(path) == package / "_artefacts" / folder / "README.md"
        assert Path(path).read_bytes() == (ROOT / folder / "README.md").read_bytes()


@pytest.mark.slow
def test_an_editable_install_reads_the_folders_of_the_checkout(editable, tmp_path):
    said = ask_where_installed(editable, tmp_path / "venv")
    assert Path(said["module"]) == ROOT / "src" / "flux_conform" / "__init__.py"
    assert said["found"] == {folder: str(ROOT / folder / "README.md") for folder in FOLDERS}


def test_a_wheel_holds_every_file_of_the_artefact_folders(from_checkout):
    names = set(zipfile.ZipFile(from_checkout).namelist())
    files = [
        path.relative_to(ROOT)
        for folder in FOLDERS
        for path in (ROOT / folder).rglob("*")
        if path.is_file()
    ]
    assert {path.parts[0] for path in files} == set(FOLDERS)
    assert Path("model/history/2022-07.yaml") in files
    assert {f"flux_conform/_artefacts/{path.as_posix()}" for path in files} <= names


@pytest.mark.slow
def test_the_wheel_of_the_sdist_is_that_of_the_checkout(from_checkout, from_sdist):
    def contents(wheel):
        archive = zipfile.ZipFile(wheel)
        return {name: archive.read(name) for name in archive.namelist()}

    assert contents(from_sdist) == contents(from_checkout)


@pytest.mark.slow
def test_the_sdist_holds_what_its_tests_need_and_no_leftovers(sdist):
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"pyproject.toml", "requirements.lock", "Makefile", "tests/conftest.py"} <= names
    assert {f"{folder}/README.md" for folder in FOLDERS} <= names
    assert not [name for name in names if name.startswith((".venv", ".git/", "build/", "dist/"))]


def test_a_wheel_installs_the_command(from_checkout):
    archive = zipfile.ZipFile(from_checkout)
    name = f"flux_conform-{__version__}.dist-info/entry_points.txt"
    assert "flux-conform = flux_conform.cli.main:main" in archive.read(name).decode()


def needed_by(extra):
    """The requirements of the project with an extra, those of the extras that it names too."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    yield from map(Requirement, project["dependencies"])
    left, known = [extra], {extra}
    while left:
        for requirement in map(Requirement, project["optional-dependencies"][left.pop()]):
            if canonicalize_name(requirement.name) != project["name"]:
                yield requirement
                continue
            left += requirement.extras - known
            known |= requirement.extras


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13", "3.14"])
def test_the_lock_names_one_version_of_each_requirement_for_each_python(python):
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    lines = [line.strip() for line in text.splitlines()]
    locked = [Requirement(line) for line in lines if line and not line.startswith("#")]
    there = {"python_version": python, "python_full_version": f"{python}.9"}
    versions = {}
    for line in locked:
        if line.marker is None or line.marker.evaluate(there):
            (pin,) = line.specifier
            assert pin.operator == "=="
            assert versions.setdefault(canonicalize_name(line.name), pin.version) == pin.version
    for requirement in needed_by("test"):
        if requirement.marker is None or requirement.marker.evaluate(there):
            assert requirement.specifier.contains(versions[canonicalize_name(requirement.name)])


def test_in_a_checkout_the_folders_of_its_root_are_found():
    assert [artefact(folder) for folder in FOLDERS] == [str(ROOT / folder) for folder in FOLDERS]


def test_asking_for_a_path_imports_nothing_but_os():
    said = run(sys.executable, "-I", "-S", "-c", IMPORTED, ROOT / "src")
    assert said.split() == ["flux_conform", "flux_conform.artefacts"]


@pytest.fixture
def house(tmp_path, monkeypatch):
    """A checkout with a stale copy of its folders inside the package; the module runs from it."""
    package = tmp_path / "src" / "flux_conform"
    for home in (tmp_path, package / "_artefacts"):
        (home / "model").mkdir(parents=True)
        (home / "model" / "job.yaml").touch()
    (package / "_artefacts" / "model" / "stale.yaml").touch()
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "flux-conform"\n')
    monkeypatch.setattr(module, "__file__", str(package / "artefacts.py"))
    return tmp_path


def test_a_checkout_wins_over_a_stale_copy_inside_its_package(house):
    assert artefact("model", "job.yaml") == str(house / "model" / "job.yaml")
    with pytest.raises(ArtefactMissing):
        artefact("model", "stale.yaml")


@pytest.mark.parametrize("project", ['[project]\nname = "other"\n', None])
def test_the_src_of_another_project_is_no_checkout(house, project):
    (house / "pyproject.toml").unlink()
    if project:
        (house / "pyproject.toml").write_text(project)
    copy = house / "src" / "flux_conform" / "_artefacts" / "model" / "job.yaml"
    assert artefact("model", "job.yaml") == str(copy)


def test_a_package_outside_of_src_is_no_checkout(house, monkeypatch):
    package = house / "lib" / "flux_conform"
    (house / "src" / "flux_conform").rename(house / "flux_conform")
    package.parent.mkdir()
    (house / "flux_conform").rename(package)
    monkeypatch.setattr(module, "__file__", str(package / "artefacts.py"))
    copy = package / "_artefacts" / "model" / "job.yaml"
    assert artefact("model", "job.yaml") == str(copy)


@pytest.mark.parametrize(
    ("wanted", "hint"),
    [
        (("model", "nosuch.yaml"), "'flux-conform generate' makes it"),
        (("models", "job.yaml"), "the folders are model, diagrams, rfc, conformance"),
        (("model", "..", "pyproject.toml"), "the folders are"),
        (("model", "/job.yaml"), "the folders are"),
        (("model/../src",), "the folders are"),
    ],
)
def test_what_is_not_there_is_named_with_the_place_that_was_searched(house, wanted, hint):
    with pytest.raises(ArtefactMissing) as caught:
        artefact(*wanted)
    assert isinstance(caught.value, LookupError)
    assert (caught.value.home, caught.value.checkout) == (str(house), True)
    said = str(caught.value)
    assert repr(caught.value.wanted) in said
    assert f"the checkout: looked in {str(house)!r}" in said
    assert hint in said


def test_what_an_installation_lacks_asks_for_a_fresh_one(house):
    (house / "pyproject.toml").unlink()
    with pytest.raises(ArtefactMissing, match=r"the installed package: .*a fresh installation"):
        artefact("model", "nosuch.yaml")


def closure(requirement):
    """The distributions that a requirement drags in, as they are installed here."""
    found, pending = {}, [Requirement(requirement)]
    seen = set()
    while pending:
        wanted = pending.pop()
        key = (canonicalize_name(wanted.name), frozenset(wanted.extras))
        if key in seen:
            continue
        seen.add(key)
        distribution = metadata.distribution(wanted.name)
        found[key[0]] = distribution
        for text in distribution.requires or ():
            other = Requirement(text)
            extras = [{"extra": extra} for extra in wanted.extras or ("",)]
            if other.marker is None or any(other.marker.evaluate(extra) for extra in extras):
                pending.append(other)
    return found


PROJECT = """
from hypothesis import given
from flux_conform.strategies import eventlogs

@given(eventlogs())
def test_strategies(log):
    assert log.data

def test_fixtures(check_eventlog):
    check_eventlog('{"timestamp":1,"name":"validate"}\\n')
"""


@pytest.mark.slow
def test_the_plugin_works_where_only_its_extra_is_installed(from_checkout, tmp_path):
    """Neither xdist is there, nor Sphinx, nor networkx: what one machine happens to have."""
    place = tmp_path / "venv"
    venv.create(place, with_pip=False)
    python = place / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    run(*pip, "--python", python, "install", "--no-index", "--no-deps", from_checkout)
    (site,) = (place / "lib").glob("python*/site-packages")
    needed = closure("flux-conform[pytest]")
    assert {"pytest", "hypothesis", "msgspec", "z3-solver"} <= set(needed)
    assert not {"pytest-xdist", "sphinx", "networkx", "docutils"} & set(needed)
    for name, distribution in needed.items():
        tops = {path.parts[0] for path in distribution.files if path.parts[0] not in ("..", ".")}
        for top in sorted(tops - {"__pycache__"}) if name != "flux-conform" else ():
            if not (site / top).exists():
                (site / top).symlink_to(distribution.locate_file(top))
    (tmp_path / "test_it.py").write_text(PROJECT)
    (tmp_path / "pytest.ini").write_text("[pytest]\nflux_conform_logs = *.eventlog\n")
    (tmp_path / "sound.eventlog").write_text('{"timestamp":1,"name":"submit","context":{}}\n')
    done = subprocess.run(
        [python, "-I", "-m", "pytest", "-q", "-p", "no:cacheprovider", "--flux-coverage"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "2 failed, 1 passed" in done.stdout
    assert "FAILED test_it.py::test_fixtures" in done.stdout
    assert "FAILED sound.eventlog::job - MUST[rfc21/submit/context]" in done.stdout
    assert "coverage of the specification job" in done.stdout
