"""Logs made at random: of sound and faulty events, and logs that suffered a mutation."""

import random
from collections.abc import Callable, Iterator

from facts.cases import LIFE, V0, added, began, ended, lines, removed

LOGS_PER_SEED = 2_500

# Each event with contexts that differ in what rules read, sound ones first, then faulty ones.
CONTEXTS: dict[str, tuple[str, ...]] = {
    "submit": (
        '{"urgency":16,"userid":1,"flags":0,"version":1}',
        '{"urgency":0,"userid":1,"flags":0,"version":1}',
        '{"urgency":31,"userid":1,"flags":0,"version":1}',
        '{"urgency":16,"userid":1,"flags":0}',
        '{"urgency":16,"userid":1,"flags":0,"version":2}',
        '{"urgency":99,"userid":1,"flags":0,"version":"x"}',
        "[]",
    ),
    "validate": ("", "", "{}"),
    "invalidate": ("", "{}"),
    "depend": ("", "", "{}"),
    "priority": ('{"priority":1}', '{"priority":0}', '{"priority":4294967295}', '{"priority":-1}'),
    "urgency": (
        '{"urgency":16,"userid":1}', '{"urgency":0,"userid":1}', '{"urgency":31,"userid":1}',
        '{"urgency":32}', "null",
    ),
    "alloc": ("", '{"annotations":{}}', '{"annotations":1}'),
    "start": ("", "", "{}", '{"a":1}'),
    "finish": ('{"status":0}', '{"status":1}', '{"status":256}', '{"status":1.0}', ""),
    "release": (
        '{"ranks":"all","final":true}',
        '{"ranks":"0-1","final":false}',
        '{"ranks":"1-0","final":true}',
        '{"ranks":"all","final":1}',
    ),
    "free": ("", "", '{"a":1}'),
    "clean": ("", "", '{"a":1}'),
    "exception": (
        '{"type":"exec","severity":0,"note":""}',
        '{"type":"exec","severity":0,"note":"","wait_status":256}',
        '{"type":"exec","severity":0,"note":"","wait_status":0}',
        '{"type":"cancel","severity":0,"note":"","wait_status":9}',
        '{"type":"scheduler-restart","severity":0,"note":""}',
        '{"type":"cancel","severity":1,"note":""}',
        '{"type":7,"severity":0,"note":"","wait_status":"9"}',
        '{"type":"exec","severity":false,"note":""}',
        '{"severity":0}',
        "",
    ),
    "flux-restart": ("", "", "{}"),
    "dependency-add": ('{"description":"a"}', '{"description":"b"}', '{"description":1}'),
    "dependency-remove": ('{"description":"a"}', '{"description":"a"}', "{}"),
    "prolog-start": ('{"description":"a"}', '{"description":"b"}', "{}"),
    "prolog-finish": (
        '{"description":"a","status":0}', '{"description":"b","status":0}',
        '{"description":"a"}', '{"status":0}',
    ),
    "epilog-start": ('{"description":"a"}', "{}"),
    "epilog-finish": ('{"description":"a","status":0}', '{"description":"a","status":null}'),
    "resource-update": ('{"expiration":1}', '{"expiration":1.5}'),
    "jobspec-update": ('{"a.b":1}', '{"a..b":1}', "{}", ""),
    "memo": ("{}", '{"a":null}', "", "3"),
    "set-flags": ('{"flags":["a"]}', '{"flags":[1]}'),
    "debug.whatever": ("", '{"a":1}'),
    "site.event": ("", "null"),
}  # fmt: skip
STEPS = [
    f'{{"timestamp":@,"name":"{name}"' + (f',"context":{context}}}' if context else "}")
    for name, contexts in CONTEXTS.items()
    for context in contexts
]
ODD = ["", "[]", '{"timestamp":@}', '{"timestamp":"x","name":"memo","context":{}}',
       '{"timestamp":5,"name":"memo","context":{}}', '{"timestamp":@,"name":"","x":1}',
       '{"timestamp":@,"timestamp":@,"name":"clean"}']  # fmt: skip
BUSY = (
    *(*LIFE[:1], added("a"), LIFE[1], removed("a"), *LIFE[2:5], began("prolog"), ended("prolog")),
    *(*LIFE[5:7], began("epilog"), *LIFE[7:8], ended("epilog"), *LIFE[8:]),
)
LIVES = (LIFE, BUSY, (V0, *LIFE[1:]), (V0, *LIFE[2:]), LIFE[1:])


def made(choose: random.Random) -> bytes:
    """A log: some of a whole life with its order kept, and random events among it."""
    life = list(choose.choice(LIVES)[: choose.randrange(13)])
    for _ in range(choose.randrange(1, 7)):
        step = choose.choice(ODD) if choose.random() < 0.05 else choose.choice(STEPS)
        life.insert(choose.randrange(len(life) + 1), step)
    if choose.random() < 0.3:
        del life[choose.randrange(len(life))]
    log = lines(*life)
    return log[:-1] if choose.random() < 0.02 else log


def random_logs(seed: int) -> Iterator[bytes]:
    choose = random.Random(seed)
    for _ in range(LOGS_PER_SEED):
        yield made(choose)


MUTATIONS: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "a byte is changed": lambda log, choose: bytes(
        choose.randrange(256) if n == len(log) // 2 else byte for n, byte in enumerate(log)
    ),
    "a byte is lost": lambda log, choose: (
        log[: (cut := choose.randrange(len(log)))] + log[cut + 1 :]
    ),
    "a byte is doubled": lambda log, choose: (
        log[: (cut := choose.randrange(len(log)))] + log[cut : cut + 1] + log[cut:]
    ),
    "the end is lost": lambda log, choose: log[: choose.randrange(len(log))],
    "the beginning is lost": lambda log, choose: log[choose.randrange(len(log)) :],
    "a stretch moves": lambda log, choose: log[(cut := choose.randrange(len(log))) :] + log[:cut],
    "lines change places": lambda log, choose: b"".join(
        choose.sample(lines_ := log.splitlines(keepends=True), len(lines_))
    ),
    "a line is doubled": lambda log, choose: log + choose.choice(log.splitlines(keepends=True)),
    "a line is lost": lambda log, choose: b"".join(
        (lines_ := log.splitlines(keepends=True))[: (n := choose.randrange(len(lines_)))]
        + lines_[n + 1 :]
    ),
    "digits are changed": lambda log, choose: log.replace(b"0", b"-", choose.randrange(3)).replace(
        b"1", b"1e400", choose.randrange(3)
    ),
    "quotes are lost": lambda log, choose: log.replace(b'"', b"", choose.randrange(1, 9)),
    "newlines are lost": lambda log, choose: log.replace(b"\n", b" ", choose.randrange(1, 4)),
}
