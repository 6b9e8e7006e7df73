"""Small dumps and databases for tests."""

import hashlib
import io
import json
import sqlite3
import tarfile
from pathlib import Path

import lz4.block

KEY = "job/0000/0002/c800/0000"
JOB = "ƒKCaBeX (11945377792)"
OTHER_KEY = "job/0000/0002/c801/0000"
END = bytes(1024)


def member(
    name: str, data: bytes = b"", kind: bytes = b"0", size: int | None = None, link: str = ""
) -> bytes:
    """A member of a tar archive, padded."""
    header = tarfile.TarInfo(name)
    header.type, header.linkname = kind, link
    header.size = len(data) if size is None else size
    padding = b"\0" * (-len(data) % 512)
    return header.tobuf(tarfile.USTAR_FORMAT) + data + padding


def pax(name: str, data: bytes) -> bytes:
    """A member whose name stands in an extended header."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
        header = tarfile.TarInfo(name)
        header.size = len(data)
        tar.addfile(header, io.BytesIO(data))
    return file.getvalue().rstrip(b"\0") + b"\0" * (-len(file.getvalue().rstrip(b"\0")) % 512)


class Store:
    """A content store of one's own."""

    def __init__(self, path: Path) -> None:
        self.database = sqlite3.connect(path)
        self.database.execute(
            "CREATE TABLE objects(hash BLOB PRIMARY KEY, size INT, object BLOB, epoch INT)"
        )
        self.database.execute("CREATE TABLE checkpt_v2(id INTEGER PRIMARY KEY, value TEXT)")

    def put(self, content: bytes, *, compress: bool = False, claim: int | None = None) -> str:
        """Store an object, and give its reference."""
        digest = hashlib.sha1(content).digest()
        stored, size = content, -1
        if compress:
            stored, size = lz4.block.compress(content, store_size=False), len(content)
        row = (digest, size if claim is None else claim, stored)
        self.database.execute("INSERT OR REPLACE INTO objects VALUES(?, ?, ?, 0)", row)
        return f"sha1-{digest.hex()}"

    def directory(self, **entries: object) -> str:
        """Store a directory of nodes."""
        node = {"ver": 1, "type": "dir", "data": entries}
        return self.put(json.dumps(node).encode())

    def close(self, root: str) -> None:
        """Name the root, and write all down."""
        value = json.dumps({"version": 1, "rootref": root})
        self.database.execute("INSERT INTO checkpt_v2(value) VALUES(?)", (value,))
        self.database.commit()
        self.database.close()


def node(kind: str, data: object) -> dict[str, object]:
    """A node of the tree."""
    return {"ver": 1, "type": kind, "data": data}
