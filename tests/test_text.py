"""Text for people, made to fit."""

from flux_conform.text import Paint, wrap_hanging


def test_a_long_line_hangs_below_its_last_column() -> None:
    """Whatever colours it bears; one that fits stays as it is."""
    red = Paint(True)("proved", "red")
    line = f"  {red}   a-claim    holds wherever the event may come"
    assert wrap_hanging(line, 40) == [
        f"  {red}   a-claim    holds wherever the",
        "                      event may come",
    ]
    assert wrap_hanging(line, 60) == [line]


def test_a_word_that_has_no_room_stays_where_it_is() -> None:
    """To move it down would not help; without columns the rest stands further in."""
    event = '{"name":"memo","context":{}}'
    assert wrap_hanging(f"  1  NEW  {event}", 30) == [f"  1  NEW  {event}"]
    assert wrap_hanging("  a few words and no columns", 20) == [
        "  a few words and no",
        "      columns",
    ]
