"""Which kind a log is of, where kinds share events."""

import pytest

from flux_conform.logs.kind import Kind, Kinds

# Both know the same events; logs of each begin with one of them.
DOORS = Kind("door", "a door", ("door",), frozenset(["open"]), frozenset(["open", "shut"]))
SHOPS = Kind("shop", "a shop", ("shop",), frozenset(["shut"]), frozenset(["open", "shut"]))
LAMPS = Kind("lamp", "a lamp", ("lamp",), frozenset(["on"]), frozenset(["on", "off"]))
KINDS = Kinds(LAMPS, lambda: (DOORS, SHOPS))


def log(*names: str) -> bytes:
    return b"".join(b'{"timestamp":1.0,"name":"%s"}\n' % name.encode() for name in names)


@pytest.mark.parametrize(
    ("names", "kind"),
    [
        (["open", "shut"], "door"),
        (["shut", "open"], "shop"),
        (["on", "shut"], "lamp"),
        (["knock"], None),
    ],
)
def test_the_event_that_a_log_begins_with_tells_kinds_apart(names, kind):
    assert KINDS.of(log(*names), "x.eventlog") == kind
