"""What a fuzz run starts from: files of the repository and of a corpus, and what they make."""

from __future__ import annotations

import base64
import bz2
import gzip
import hashlib
import io
import json
import lzma
import sqlite3
import tarfile
from collections.abc import Callable, Iterable
from pathlib import Path
from random import Random

ROOT = Path(__file__).resolve().parent.parent
SPLIT = b"\n%%%% the next file %%%%\n"
"""Between the files of an input that is several."""

_MOST_LOGS = 400
_LONGEST = 300_000


class Seeds:
    """The seeds by kind; those that take time are made when they are asked for."""

    def __init__(self, corpus: Path | None) -> None:
        self._corpus = corpus
        self.logs = self._logs()

    def _artefacts(self, pattern: str) -> list[bytes]:
        if self._corpus is None:
            return []
        return [path.read_bytes() for path in sorted(self._corpus.glob(f"artefacts/{pattern}"))]

    def _logs(self) -> list[bytes]:
        own = [
            *sorted((ROOT / "examples").glob("*/*.eventlog")),
            *sorted((ROOT / "conformance").glob("*/logs/lines/*.eventlog")),
        ]
        found = sorted(self._corpus.rglob("*.eventlog")) if self._corpus is not None else []
        step = max(1, len(found) // _MOST_LOGS)
        return [data for path in (*own, *found[::step]) if len(data := path.read_bytes()) < 50_000]

    def texts(self) -> list[bytes]:
        """What `flux job eventlog` prints."""
        made = [
            b"1600000000.000001 submit userid=1000 urgency=16 flags=0 version=1\n"
            b"1600000000.250000 validate\n",
            b"[Nov 23 07:00] submit userid=1000\n"
            b'[  +0.250000] exception type="cancel" severity=0\n',
            b"2026-11-23T07:00:00.250000Z submit userid=1000\n",
            b"0.000000 submit userid=1000\n0.250000 memo a={} b=[1]\n",
        ]
        return made + self._artefacts("text/*.txt")

    def journals(self) -> list[bytes]:
        """Journals of events."""
        rows = []
        for number, log in enumerate(self.logs[:10]):
            events = b",".join(line for line in log.splitlines() if line.startswith(b"{"))
            rows.append(b'{"id":%d,"events":[%s]}\n' % (number, events))
        made = b"".join(rows) + b'{"id":-1,"events":[]}\n' + rows[0]
        return [made, *(_whole_lines(data) for data in self._artefacts("*.ndjson"))]

    def tars(self) -> list[bytes]:
        """Dumps of the key-value store, plain."""
        file = io.BytesIO()
        with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for number, log in enumerate(self.logs[:8]):
                for end in ("eventlog", "guest/exec/eventlog", "R"):
                    header = tarfile.TarInfo(f"job/0000/0002/c80{number}/0000/{end}")
                    header.size = len(log)
                    tar.addfile(header, io.BytesIO(log))
            tar.addfile(tarfile.TarInfo("d/" * 200 + "resource/eventlog"))
        found = self._artefacts("dump.tgz") + self._artefacts("*.tar.bz2")
        return [file.getvalue(), *(_members(_plain(data)) for data in found)]

    def archives(self) -> list[bytes]:
        """Archives and logs, compressed in every way that is known."""
        plain = [*self.tars()[:2], self.logs[0], self.journals()[0]]
        return [pack(data) for data in plain for pack in packings()]

    def stores(self) -> list[bytes]:
        """The root directories of content stores, as JSON; `store_of` makes the store."""
        logs = self.logs[:6]
        nested: dict[str, object] = {}
        for number, log in enumerate(logs):
            entry = _node("val", base64.b64encode(log).decode())
            job = {
                "eventlog": entry,
                "guest": _node("dir", {"exec": _node("dir", {"eventlog": entry})}),
            }
            nested[f"c80{number}"] = _node("dir", {"0000": _node("dir", job)})
        top = _node("dir", {"0000": _node("dir", {"0002": _node("dir", nested)})})
        reference = _node("valref", [f"sha1-{hashlib.sha1(logs[0]).hexdigest()}"] * 2)
        tree = {"job": top, "resource": _node("dir", {"eventlog": reference})}
        return [json.dumps(_node("dir", tree)).encode(), json.dumps(_node("dir", {})).encode()]

    def databases(self, folder: Path) -> list[bytes]:
        """Databases of both kinds; `folder` is for making them."""
        path = folder / "seed.sqlite"
        store_of(path, self.stores()[0], self.logs[0])
        made = [path.read_bytes()]
        archive_of(path, [(b"%d" % number, log) for number, log in enumerate(self.logs[:12])])
        made.append(path.read_bytes())
        path.unlink()
        return made + self._artefacts("content.sqlite")

    def specifications(self) -> list[bytes]:
        """Specifications, and files that change others."""
        paths = [
            *(
                ROOT / "tests/turnstile.yaml",
                ROOT / "tests/rfc/kettle.yaml",
                ROOT / "model/exec.yaml",
            ),
            *sorted((ROOT / "model/history").glob("*.yaml")),
        ]
        return [path.read_bytes() for path in paths]

    def certificates(self) -> list[bytes]:
        """Certificates of proofs: each property of a machine by itself."""
        document = json.loads((ROOT / "model/certificates/exec.json").read_bytes())
        # Those of no known machine are proved whatever the formulas say.
        return [
            json.dumps({**document, "machine": machine, "properties": [item]}, indent=1).encode()
            for item in document["properties"]
            for machine in ("exec", "another", "another")
        ]

    def suites(self) -> list[bytes]:
        """A manifest and a file of vectors."""
        seeds = []
        for machine, name in (("exec", "lines"), ("exec", "mutants"), ("job", "sequences")):
            folder = ROOT / "conformance" / machine
            manifest = json.loads((folder / "manifest.json").read_bytes())
            manifest["clauses"] = manifest.get("clauses", [])[:3]
            vectors = json.loads((folder / "vectors" / f"{name}.json").read_bytes())
            vectors["vectors"] = vectors["vectors"][:6]
            seeds.append(SPLIT.join(json.dumps(part).encode() for part in (manifest, vectors)))
        return seeds

    def rfcs(self) -> list[bytes]:
        """The source of an RFC, its text and its diagram."""
        folder = ROOT / "tests/rfc"
        names = ("kettle.rst", "kettle.dot")
        return [SPLIT.join((folder / name).read_bytes() for name in names)]


def replies() -> list[bytes]:
    """What a harness answers."""
    answer = {
        "seq": 7,
        "verdict": "violates",
        "strict": "violates",
        "findings": [{"rule": "a/b", "line": 3}],
        "states": ["A", "B"],
        "job": {"state": "B", "t_submit": 1.5, "annotations": {}},
    }
    rows: list[dict[str, object]] = [
        {"op": "hello", "name": "x", "version": "1", "protocol": 1, "reports": ["verdict"]},
        {"op": "hello", "name": "x", "version": "1", "reports": [*answer]},
        answer,
        {"seq": 7, "skipped": "not built"},
        {"seq": 7, "error": "no such file"},
        {"op": "replay", "seq": 7, "log": "{}\n"},
        {"op": "replay", "seq": 7, "log_base64": "e30K"},
    ]
    return [json.dumps(row).encode() + b"\n" for row in rows]


def known_failures() -> list[bytes]:
    """Files of known failures."""
    return [
        b"known failures:\n"
        b"  - id: pairs/alloc-after-restart\n    reason: not replayed yet\n"
        b"    link: https://example.org/issues/7\n"
        b"  - rule: '*'\n    reason: |\n      all\n      of it\n    link: mailto:a@example.org\n",
        b'{"known failures": [{"id": "a/*", "reason": "r", "link": "https://example.org"}]}\n',
    ]


def packings() -> tuple[Callable[[bytes], bytes], ...]:
    """The ways to compress, those that are installed."""
    ways: list[Callable[[bytes], bytes]] = [
        lambda data: gzip.compress(data, 1, mtime=0),
        lambda data: bz2.compress(data, 1),
        lambda data: lzma.compress(data, preset=0),
    ]
    try:
        import lz4.frame

        ways.append(lambda data: bytes(lz4.frame.compress(data)))
    except ImportError:
        pass
    try:
        from backports import zstd

        ways.append(lambda data: bytes(zstd.compress(data, 1)))
    except ImportError:
        pass
    return tuple(ways)


def packed(random: Random, data: bytes) -> bytes:
    """The data as they are, or compressed in one way or two."""
    for _ in range(random.choice((0, 0, 1, 1, 2))):
        data = random.choice(packings())(data)
    return data


def store_of(path: Path, root: bytes, blob: bytes) -> None:
    """A content store of two objects, the root directory and a value, true to their hashes."""
    path.unlink(missing_ok=True)
    database = sqlite3.connect(path)
    database.execute("PRAGMA journal_mode=OFF")
    database.execute(
        "CREATE TABLE objects(hash BLOB PRIMARY KEY, size INT, object BLOB, epoch INT)"
    )
    database.execute("CREATE TABLE checkpt_v2(id INTEGER PRIMARY KEY, value TEXT)")
    for content in {root, blob}:
        row = (hashlib.sha1(content).digest(), -1, content)
        database.execute("INSERT INTO objects VALUES(?, ?, ?, 0)", row)
    checkpoint = json.dumps({"version": 1, "rootref": f"sha1-{hashlib.sha1(root).hexdigest()}"})
    database.execute("INSERT INTO checkpt_v2(value) VALUES(?)", (checkpoint,))
    database.commit()
    database.close()


def archive_of(path: Path, rows: Iterable[tuple[object, object]]) -> None:
    """A job archive with these ids and logs, which may be of any type."""
    path.unlink(missing_ok=True)
    database = sqlite3.connect(path)
    database.execute("PRAGMA journal_mode=OFF")
    database.execute("CREATE TABLE jobs(id, userid INT, t_submit, t_run, eventlog, jobspec, R)")
    for number, (job, log) in enumerate(rows):
        row = (job, 1000, number * 1.5, job, log)
        database.execute("INSERT INTO jobs VALUES(?, ?, ?, ?, ?, '{}', '{}')", row)
    database.commit()
    database.close()


def _node(kind: str, data: object) -> dict[str, object]:
    return {"ver": 1, "type": kind, "data": data}


def _plain(data: bytes) -> bytes:
    if data.startswith(b"\x1f\x8b"):
        return gzip.decompress(data)
    return bz2.decompress(data) if data.startswith(b"BZh") else data


def _whole_lines(data: bytes) -> bytes:
    return data[: data.rfind(b"\n", 0, _LONGEST) + 1]


def _members(data: bytes) -> bytes:
    """The first members of an archive, and its end mark."""
    if len(data) <= _LONGEST:
        return data
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        end = max(member.offset for member in tar if member.offset < _LONGEST)
    return data[:end] + bytes(1024)
