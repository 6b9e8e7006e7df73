"""Lays what a reader of a page has into the current folder: `given NAME...`.

Dumps and journals are those that were recorded; the two databases hold the logs of the recorded
dump, in the tables that an instance makes.
"""

from __future__ import annotations

import base64
import shutil
import sqlite3
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).resolve().parents[2]
RECORDED = TESTS / "docs" / "recorded"
EXAMPLES = TESTS.parent / "examples"

sys.path.insert(0, str(TESTS))
from dumps import Store, node  # noqa: E402  (it is found from here on)


def members() -> Iterator[tuple[str, bytes]]:
    """The keys of the recorded dump, and what they hold."""
    with tarfile.open(RECORDED / "dump.tgz") as tar:
        for member in tar:
            if (file := tar.extractfile(member)) is not None:
                yield member.name, file.read()


def content(path: Path) -> None:
    """A content store of the dump's keys."""
    store = Store(path)
    tree: dict[str, dict] = {}
    for key, data in members():
        folder = tree
        *folders, name = key.split("/")
        for part in folders:
            folder = folder.setdefault(part, {})
        folder[name] = node("val", base64.b64encode(data).decode())
    store.close(_stored(store, tree))


def _stored(store: Store, folder: dict[str, dict]) -> str:
    return store.directory(
        **{
            name: held if "ver" in held else node("dirref", [_stored(store, held)])
            for name, held in folder.items()
        }
    )


def archive(path: Path) -> None:
    """A job archive with a row for each job of the dump."""
    with sqlite3.connect(path) as made:
        made.execute(
            "CREATE TABLE jobs(id CHAR(16) PRIMARY KEY, userid INT, ranks TEXT, t_submit REAL,"
            " t_run REAL, t_cleanup REAL, t_inactive REAL, eventlog TEXT, jobspec TEXT, R TEXT)"
        )
        for key, data in members():
            *folders, name = key.split("/")
            if name == "eventlog" and len(folders) == 5:
                number = str(int("".join(folders[1:]), 16))
                made.execute("INSERT INTO jobs(id, eventlog) VALUES(?, ?)", (number, data.decode()))
    made.close()


def logs(path: Path) -> None:
    """A folder with sound logs."""
    path.mkdir()
    for log in (EXAMPLES / "real").glob("*.eventlog"):
        if log.stem != "expiration-updated":
            shutil.copy(log, path)


def suite(path: Path) -> None:
    """The exported suite."""
    path.symlink_to(TESTS.parent / "conformance")


def turnstile(path: Path) -> None:
    """The machine of the overview of the language, which its pages go on with."""
    page = (TESTS.parent / "docs" / "language.md").read_text(encoding="utf-8")
    _, _, block = page.partition(f"<!-- file: {path.name} -->\n```yaml\n")
    path.write_text(block.partition("```")[0], encoding="utf-8")


MADE = {
    "conformance": suite,
    "content.sqlite": content,
    "jobs.sqlite": archive,
    "logs": logs,
    "traces": logs,
    "turnstile.yaml": turnstile,
}
COPIED = {
    "dump.tgz": RECORDED / "dump.tgz",
    "journal.ndjson": RECORDED / "journal.ndjson",
    "my.yaml": TESTS / "turnstile.yaml",
    # An RFC's source that is not at hand: another text of the same shape, which differs in all.
    "spec_21.rst": TESTS / "rfc" / "kettle.rst",
    # Another, in our own words, which agrees with the model.
    "retold.rst": TESTS / "rfc" / "retold.rst",
    "states.dot": TESTS / "rfc" / "kettle.dot",
}

if __name__ == "__main__":
    for wanted in sys.argv[1:]:
        if wanted in MADE:
            MADE[wanted](Path(wanted))
        else:
            shutil.copyfile(COPIED[wanted], wanted)
