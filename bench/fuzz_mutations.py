"""Mutations of inputs: of bytes and lines for any of them, of fields for archives and databases.

All draw from the Random that they are given, so that an input can be made again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from random import Random

MAX_BYTES = 1 << 20
"""A longer input is cut, for many small ones find more than a few large."""

_NUMBER = re.compile(rb"(?<![\w.])-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?(?![\w.])")
_STRING = re.compile(rb'"[^"\\\n]*(?:\\.[^"\\\n]*)*"')
_WORD = re.compile(rb"[A-Za-z0-9_-]+")

_NUMBERS = (
    *(b"0", b"-0", b"-1", b"1", b"7", b"8", b"31", b"32", b"127", b"128", b"255", b"256", b"32512"),
    *(b"2147483647", b"2147483648", b"4294967295", b"4294967296", b"9007199254740993"),
    *(b"9223372036854775808", b"18446744073709551615", b"18446744073709551616"),
    *(b"0.0", b"1.5", b"1e400", b"-1e400", b"1e-400", b"1e308", b"5e-324", b"1E5", b"01", b"+1"),
    *(b"9" * 30, b"9" * 4300, b"9" * 5000, b"1." + b"3" * 2000, b"NaN", b"-Infinity"),
    *(b"null", b"true", b"[]", b"{}", b'""', b'"7"', b"[[1]]"),
)
_STRINGS = (
    *(b'""', b'" "', b'"\\u0000"', b'"\\ud800"', b'"\\udc00\\ud800"', b'"\\ud83d\\ude00"'),
    *(b'"\\n\\r\\t"', b'"\\u202e"', b'"\\u001b[31m"', b'"\x7f"', b'"\xff"', b'"\xed\xa0\x80"'),
    *(b'"<script>alert(1)</script>"', b'"]]>&amp;"', b'"::error::%0A"', b'"=1+1"', b'"a,\\"b"'),
    *(b'"../../etc/passwd"', b'"%s{0}"', b'"[0-4294967295]"', b'"0-1,3"', b'"none"', b'"*"'),
    *(b'"' + b"a" * 70_000 + b'"', '"ƒ\u2028\ufeff"'.encode(), b'"\x00"'),
    *(b"0", b"-1", b"null", b"true", b"[]", b"{}", b"[null]", b'{"":0}', b'{"a":1,"a":2}'),
)
_PIECES = (
    *(b"\x00", b"\n", b"\r\n", b"\r", b"\t", b" ", b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":"),
    *(b"\xff", b"\xef\xbb\xbf", b"\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", "\u2028".encode()),
    *(
        b"\x85",
        b"\xc2\x85",
        b"\x0b",
        b"\x0c",
        b"\x1c",
        b"#",
        b"&a ",
        b"*a",
        b"!!int ",
        b"%YAML 1.1",
    ),
    *(
        b"- ",
        b"? ",
        b"| ",
        b"---\n",
        b"...\n",
        b"<<: ",
        b"~",
        b"'",
        b"`",
        b".. ",
        b"==",
        b"$",
        b"=",
    ),
    *(b"[" * 150, b"[" * 250, b"[" * 2000, b'{"a":' * 250, b"(" * 500, b"not " * 500, b"- " * 300),
    *(b"[" * 100_000, b'{"a":' * 50_000, b"\n" * 5000, b"{}" * 3000, b"x" * 70_000),
)

Mutation = Callable[[Random, bytes, Sequence[bytes]], bytes]


def mutated(random: Random, seeds: Sequence[bytes]) -> bytes:
    """One of the seeds after a few mutations; now and then after none."""
    data = random.choice(seeds)
    return mutate(random, data, seeds)


def mutate(random: Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    """The data after a few mutations, which may take parts of the seeds."""
    count = random.choice((0, 1, 1, 1, 2, 2, 3, 4, 6, 10))
    for _ in range(count):
        data = random.choice(_ALL)(random, data, seeds)[:MAX_BYTES]
    return data


def _span(random: Random, data: bytes) -> tuple[int, int]:
    """A stretch of the data, short as a rule."""
    start = random.randint(0, len(data))
    longest = random.choice((1, 1, 4, 16, 100, 1000, len(data)))
    return start, min(len(data), start + random.randint(0, longest))


def _change(random: Random, data: bytes, __: Sequence[bytes]) -> bytes:
    if not data:
        return bytes([random.randrange(256)])
    changed = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 8))):
        at = random.randrange(len(changed))
        changed[at] = random.choice((changed[at] ^ 1 << random.randrange(8), random.randrange(256)))
    return bytes(changed)


def _lose(random: Random, data: bytes, _: Sequence[bytes]) -> bytes:
    start, end = _span(random, data)
    return data[:start] + data[end:]


def _double(random: Random, data: bytes, _: Sequence[bytes]) -> bytes:
    start, end = _span(random, data)
    return data[:end] + data[start:end] * random.choice((1, 1, 2, 20)) + data[end:]


def _move(random: Random, data: bytes, _: Sequence[bytes]) -> bytes:
    start, end = _span(random, data)
    rest = data[:start] + data[end:]
    to = random.randint(0, len(rest))
    return rest[:to] + data[start:end] + rest[to:]


def _cut(random: Random, data: bytes, _: Sequence[bytes]) -> bytes:
    return data[: random.randint(0, len(data))]


def _cut_front(random: Random, data: bytes, _: Sequence[bytes]) -> bytes:
    return data[random.randint(0, len(data)) :]


def _splice(random: Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    other = random.choice(seeds)
    return data[: random.randint(0, len(data))] + other[random.randint(0, len(other)) :]


def _insert(random: Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    other = random.choice(seeds)
    start, end = _span(random, other)
    piece = random.choice((random.choice(_PIECES), other[start:end]))
    at = random.randint(0, len(data))
    return data[:at] + piece + data[at:]


def _lines(random: Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    lines = data.splitlines(keepends=True)
    if not lines:
        return data
    first, second = random.randrange(len(lines)), random.randrange(len(lines))
    match random.randrange(6):
        case 0:
            lines[first], lines[second] = lines[second], lines[first]
        case 1:
            del lines[first]
        case 2:
            lines.insert(second, lines[first])
        case 3:
            lines.insert(second, lines.pop(first))
        case 4:
            other = random.choice(seeds).splitlines(keepends=True)
            if other:
                lines.insert(first, random.choice(other))
        case _:
            lines[first:first] = lines[min(first, second) : max(first, second) + 1]
    return b"".join(lines)


def _replacing(pattern: re.Pattern[bytes], values: Sequence[bytes]) -> Mutation:
    def replace(random: Random, data: bytes, _: Sequence[bytes]) -> bytes:
        # From somewhere on, so that the first matches are not the only ones.
        start = random.randint(0, len(data))
        found = pattern.search(data, start) or pattern.search(data)
        if found is None:
            return data
        return data[: found.start()] + random.choice(values) + data[found.end() :]

    return replace


def _exchanging(pattern: re.Pattern[bytes]) -> Mutation:
    """What matches in one of the seeds, in place of what matches in the data."""

    def exchange(random: Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
        other = random.choice(seeds)
        new = pattern.search(other, random.randint(0, len(other)))
        old = pattern.search(data, random.randint(0, len(data)))
        if new is None or old is None:
            return data
        return data[: old.start()] + new[0] + data[old.end() :]

    return exchange


_EDGE_NUMBER = _replacing(_NUMBER, _NUMBERS)
_EDGE_STRING = _replacing(_STRING, _STRINGS)
_OTHER_WORD = _exchanging(_WORD)
_OTHER_STRING = _exchanging(_STRING)
_ALL: tuple[Mutation, ...] = (
    *(_change, _lose, _double, _move, _cut, _cut_front, _splice, _insert, _insert),
    *(_lines, _lines, _lines, _EDGE_NUMBER, _EDGE_NUMBER, _EDGE_STRING, _EDGE_STRING),
    *(_OTHER_WORD, _OTHER_WORD, _OTHER_STRING),
)

# Archives

BLOCK = 512
_FIELDS = {
    "name": (0, 100),
    "mode": (100, 108),
    "size": (124, 136),
    "checksum": (148, 156),
    "type": (156, 157),
    "link": (157, 257),
    "magic": (257, 265),
    "prefix": (345, 500),
    "sparse": (386, 512),
}
_SIZES = (
    *(b"0", b"1", b"777", b"1000", b"7777777", b"77777777777", b"-1", b"8", b"", b" 12 "),
    *(b"\x80" + b"\xff" * 11, b"\xff" * 12, b"\x80" + bytes(10) + b"\x05", b"0x10", b"\xb2\xb9"),
)
_NAMES = (
    *(b"job/0000/0001/a100/0000/eventlog", b"../eventlog", b"/job/0000/0001/a100/0000/eventlog"),
    *(b"job/zzzz/0001/a100/0000/eventlog", b"job//0001/a100/0000/eventlog", b"\xff\xfe/eventlog"),
    *(b"job/0000/0001/a100/0000/guest/exec/eventlog", b"resource/eventlog", b"eventlog", b""),
    *(b"job/ffff/ffff/ffff/ffff/eventlog", b"a\nb/eventlog", b"./" * 40 + b"eventlog"),
)
_PAX = (b"path", b"size", b"GNU.sparse.map", b"GNU.sparse.size", b"mtime", b"hdrcharset", b"")


def mutated_tar(random: Random, seeds: Sequence[bytes]) -> bytes:
    """A tar archive with faults in its headers, or with extended ones put between its members."""
    data = random.choice(seeds)
    for _ in range(random.choice((1, 1, 2, 3, 6))):
        headers = [at for at in range(0, len(data), BLOCK) if data[at + 257 : at + 262] == b"ustar"]
        if not headers:
            break
        at = random.choice(headers)
        match random.randrange(5):
            case 0 | 1:
                data = data[:at] + _other_header(random, data[at : at + BLOCK]) + data[at + BLOCK :]
            case 2:
                data = data[:at] + _extended(random) + data[at:]
            case 3:
                to = random.choice(headers)
                data = data[:to] + data[at : at + BLOCK * random.randint(1, 4)] + data[to:]
            case _:
                data = data[:at] + data[at + BLOCK * random.randint(1, 8) :]
    return data if random.randrange(3) else mutate(random, data, seeds)


def _other_header(random: Random, header: bytes) -> bytes:
    field = random.choice(tuple(_FIELDS))
    start, end = _FIELDS[field]
    value = {
        "name": random.choice(_NAMES),
        "size": random.choice(_SIZES),
        "type": random.choice((b"0", b"\0", b"1", b"2", b"5", b"7", b"L", b"K", b"x", b"g", b"S")),
    }.get(field, random.randbytes(random.randint(0, end - start)))
    changed = header[:start] + value[: end - start].ljust(end - start, b"\0") + header[end:]
    return _summed(changed) if random.randrange(5) else changed


def _extended(random: Random) -> bytes:
    """An extended header, of GNU or of POSIX, with its data."""
    kind = random.choice((b"L", b"K", b"x", b"g"))
    if kind in b"LK":
        data = random.choice((*_NAMES, b"d/" * 3000 + b"eventlog"))
    else:
        value = random.choice((*_NAMES, *_SIZES))
        record = b" %s=%s\n" % (random.choice(_PAX), value)
        length = random.choice((len(record) + 2, len(record) + 3, 0, 1, 10**8, len(record)))
        data = b"%d%s" % (length, record) * random.choice((1, 1, 2, 50))
    size = random.choice((len(data), len(data), len(data), len(data) + 1000, 0, 1 << 21))
    header = bytearray(BLOCK)
    header[0:4] = b"long"
    header[124:136] = b"%011o\0" % size
    header[156:157] = kind
    header[257:263] = b"ustar\0"
    return _summed(bytes(header)) + data + bytes(-len(data) % BLOCK)


def _summed(header: bytes) -> bytes:
    """The header with the sum that it should bear."""
    total = sum(header[:148]) + sum(header[156:]) + 8 * ord(" ")
    return header[:148] + b"%06o\0 " % total + header[156:]


# Databases


def mutated_pages(random: Random, seeds: Sequence[bytes]) -> bytes:
    """A database of SQLite with faults in its header and in those of its pages."""
    data = bytearray(random.choice(seeds))
    size = int.from_bytes(data[16:18], "big") or 4096
    size = 65536 if size == 1 else size
    for _ in range(random.choice((1, 1, 2, 4, 10))):
        page = random.randrange(max(1, len(data) // size)) * size
        start = page + (100 if page == 0 else 0)
        match random.randrange(7):
            case 0:  # the kind of the page, its free block, its cells
                _set(random, data, start, start + 12)
            case 1:  # where its cells are
                _set(random, data, start + 8, start + 60)
            case 2:
                _set(random, data, start, page + size)
            case 3:  # of the file: versions, counts, encoding
                _set(random, data, 16, 100)
            case 4:
                other = random.randrange(max(1, len(data) // size)) * size
                data[page : page + size] = data[other : other + size]
            case 5:
                del data[max(page, size) :]
            case _:
                # The end of a page, where its cells are; there are the lengths of their fields.
                _set(random, data, max(start, page + size - 400), page + size)
    return bytes(data)


def _set(random: Random, data: bytearray, start: int, end: int) -> None:
    if start < min(end, len(data)):
        at = random.randrange(start, min(end, len(data)))
        data[at] = random.choice((0, 1, 2, 5, 10, 13, 127, 128, 255, random.randrange(256)))
