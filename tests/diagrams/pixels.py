"""Pictures of grey dots, read from what pdftoppm and a PNG hold."""

import struct
import zlib
from typing import NamedTuple


class Grey(NamedTuple):
    """Rows of dots, 0 black and 255 white."""

    width: int
    height: int
    rows: list[bytes]

    def ink(self) -> list[int]:
        """For each row a bit for every dot that is part of a letter, an edge or a state, not of a group."""
        return [int("".join("1" if dot < _INK else "0" for dot in row), 2) for row in self.rows]


_INK = 160
"""Darker than a group and its border, which is 176, however thin it comes out."""


def strangers(one: Grey, other: Grey, near: int) -> int:
    """How many dots of ink of one picture have none of the other's within `near` dots."""
    spread = [_spread(row << (one.width - other.width + 8), near) for row in other.ink()]
    found = 0
    for number, row in enumerate(one.ink()):
        around = 0
        for each in spread[max(0, number - near) : number + near + 1]:
            around |= each
        found += ((row << 8) & ~around).bit_count()
    return found


def _spread(row: int, near: int) -> int:
    found = row
    for step in range(1, near + 1):
        found |= row << step | row >> step
    return found


def read_pgm(data: bytes) -> Grey:
    """A binary PGM, as `pdftoppm -gray` writes it."""
    kind, width, height, most, dots = data.split(maxsplit=4)
    assert (kind, most) == (b"P5", b"255")
    width, height = int(width), int(height)
    assert len(dots) == width * height
    return Grey(width, height, [dots[row * width : (row + 1) * width] for row in range(height)])


def read_png(data: bytes) -> Grey:
    """A PNG of eight bits for red, green, blue and opacity."""
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    at, packed, width, height = 8, b"", 0, 0
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        kind, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        if kind == b"IHDR":
            width, height, depth, colours, *rest = struct.unpack(">IIBBBBB", body)
            assert (depth, colours, rest) == (8, 6, [0, 0, 0])
        elif kind == b"IDAT":
            packed += body
        at += length + 12
    raw, above, rows = zlib.decompress(packed), bytearray(width * 4), []
    for row in range(height):
        start = row * (width * 4 + 1)
        line = bytearray(raw[start + 1 : start + 1 + width * 4])
        _unfilter(raw[start], line, above)
        rows.append(bytes(map(_on_paper, line[::4], line[1::4], line[2::4], line[3::4])))
        above = line
    return Grey(width, height, rows)


def _on_paper(red: int, green: int, blue: int, opacity: int) -> int:
    grey = (299 * red + 587 * green + 114 * blue) // 1000
    return 255 - (255 - grey) * opacity // 255


def _unfilter(kind: int, line: bytearray, above: bytearray) -> None:
    for i in range(len(line)) if kind else ():
        left = line[i - 4] if i >= 4 else 0
        corner = above[i - 4] if i >= 4 else 0
        up = above[i]
        if kind == 1:
            guess = left
        elif kind == 2:
            guess = up
        elif kind == 3:
            guess = (left + up) // 2
        else:
            paeth = left + up - corner
            guess = min((left, up, corner), key=lambda near: abs(paeth - near))
        line[i] = (line[i] + guess) & 255
