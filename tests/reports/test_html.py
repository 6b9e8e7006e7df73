"""HTML is put together from parts of which only those that are HTML are not escaped."""

from flux_conform.reports.html_page import Html, code, table


def test_a_text_that_is_put_into_html_is_escaped() -> None:
    page = Html("<p>{} and {}</p>").format("<script>", Html("<b>bold</b>"))
    assert page == "<p>&lt;script&gt; and <b>bold</b></p>"
    assert Html("").join(["<", Html("<br>")]) == "&lt;<br>"
    assert Html("<br>") + '"' == "<br>&#34;"


def test_what_turns_a_text_round_is_shown() -> None:
    assert code("a\u202eb") == "<code>a\\u202eb</code>"


def test_a_cell_is_text_unless_it_is_html() -> None:
    made = table(("x",), [("<i>",), (code("<i>"),)], ("",))
    assert "<td>&lt;i&gt;</td>" in made
    assert "<td><code>&lt;i&gt;</code></td>" in made
