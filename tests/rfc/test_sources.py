"""What is read of a text and of a drawing: nothing is lost, nothing is run, lines are right."""

import json
from collections import Counter

import pytest
from docutils.parsers.rst import directives, roles

from flux_conform.diagrams.engine import drawn
from flux_conform.language import types as t
from flux_conform.rfc import diagram, keytypes, reading
from flux_conform.rfc.dot_locations import Locations
from flux_conform.rfc.outline import text_of
from flux_conform.rfc.source import MAX_BYTES, TextUnreadable, parse


def test_unknown_directives_and_roles_keep_their_text() -> None:
    """Options, titles and all."""
    source = parse(
        ".. tabs:: one\n   :sync: x\n\n   Inside :foo:bar:`the words <target>`.\n\n"
        "Then :nothing:`more` and |this|.\n",
        "a.rst",
    )
    assert " ".join(text_of(source.document).split()) == "Inside the words. Then more and this."
    assert source.complaints == ()


def test_no_other_file_is_read_and_nothing_is_passed_through(tmp_path: object) -> None:
    """Whatever the directive is called; and it is said."""
    secret = f"{tmp_path}/secret"
    with open(secret, "w", encoding="utf-8") as file:
        file.write("TREASURE")
    text = "".join(
        f".. {directive}\n{option}\n"
        for directive, option in (
            (f"include:: {secret}", ""),
            (f"INCLUDE:: {secret}", ""),
            ("raw:: html", f"   :file: {secret}\n"),
            ("csv-table:: a", f"   :file: {secret}\n"),
            (f"literalinclude:: {secret}", ""),
            (f"figure:: {secret}", "   :figwidth: image\n"),
        )
    )
    source = parse(text, "a.rst")
    assert "TREASURE" not in source.document.pformat()
    assert [complaint.line for complaint in source.complaints] == [1, 3, 5, 8, 11]


def test_docutils_is_left_as_it_was() -> None:
    """Others in the process parse with what they registered."""
    before = (directives.directive, roles.role)
    parse(".. nothing::\n\n   x :y:`z`\n", "a.rst")
    assert (directives.directive, roles.role) == before


def test_a_text_too_long_is_not_read() -> None:
    """It would take minutes."""
    with pytest.raises(TextUnreadable, match="characters"):
        parse("x" * (MAX_BYTES + 1), "a.rst")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("(integer) In the range of 0-31.", t.Integer(0, 31)),
        ("(integer) in range of 0 (most) to to 7 (least).", t.Integer(0, 7)),
        ("(integer) Of 2 kinds, between -1 and 3.", t.Integer(-1, 3)),
        ("(integer 0..5) Of these.", t.Integer(0, 5)),
        ("(integer) See wait(2), 10 to 20 times.", t.Integer()),
        ("(array of strings) Names, range 1-3.", t.ListOf(t.String())),
        ("(string or integer) Either.", t.Union((t.String(), t.Integer()))),
        ("(a JSON object) Any.", t.Object()),
        ("(sometimes) No type.", None),
        ("(array of sometimes) No type.", None),
    ],
)
def test_types_are_read_from_parentheses_and_ranges_from_what_follows(
    words: str, expected: t.Type | None
) -> None:
    """A range is one only where the words say so."""
    found = keytypes.type_of(words)
    assert found is not None
    assert found.type == expected


def test_a_description_that_begins_with_no_parentheses_gives_no_type() -> None:
    """Those further on are other remarks."""
    assert keytypes.type_of("A number (integer) of it.") is None


TANGLED = """\
strict digraph "a" { // x -> y
  a -> b -> c; a:n -> "b":s:w
  /* b -> c
  */ subgraph s { d; e }
  { d e } -> { f; "g
h" } [label=<b<br/>-&gt;>]
# a -> z
  edge [label="p" + "q"]; node [shape=box] n1[label="c"];
  subgraph cluster_1 { label=x; e -> n1 -> { d -> f } }
  "x\\"y" -> n1 [xlabel="1, 2", label=""]
  a -> a [dir=back]; 1.5 -> -2 [comment="[not] me"]
}
"""


def test_places_of_edges_are_those_that_graphviz_sees() -> None:
    """Chains, ports, subgraphs as ends, comments, strings over lines, numbers as names."""
    places = Locations(TANGLED)
    graph = json.loads(drawn(TANGLED.replace("strict ", ""), "dot_json"))
    name = {item["_gvid"]: item["name"] for item in graph["objects"]}
    seen = Counter((name[edge["tail"]], name[edge["head"]]) for edge in graph["edges"])
    assert Counter((place.tail, place.head) for place in places.edges) == seen
    assert [place.line for place in places.edges if place.tail == "d"] == [5, 5, 9]
    assert {place.name for place in places.attributes} == {
        *("label", "shape", "xlabel", "dir", "comment"),
    }
    assert places.nodes["-2"] == 11
    assert places.clusters["cluster_1"] == 9


def test_events_are_read_from_labels_of_all_kinds() -> None:
    """Lines, commas and guards; beside the edge, or kept for it; markup aside."""
    said = diagram.read(TANGLED)
    events = {(edge.source, edge.target): edge.events for edge in said.edges}
    assert events["e", "c"] == ("pq",)
    assert events["e", "f"] == events["d", "f"] == ("b", "->")  # the first one, in a strict graph
    assert events["1.5", "-2"] == ("pq",)
    assert events['x"y', "c"] == ("1", "2")
    assert [group.name for group in said.groups] == ["x"]


def test_sentences_say_what_kind_of_context_it_is() -> None:
    """In the ways in which such texts put it."""
    text = "\n".join(
        f"E{number} Event\n=========\n\n{sentence}\n"
        for number, sentence in enumerate(
            (
                "No context object is defined for this.",
                "The context MUST be empty.",
                "The event context object SHALL NOT matter; there are no requirements for the context.",
                "The context object MUST be an object with one or more keys.",
                "The context MUST be as in the table.",
            )
        )
    )
    said = reading.read(text, "a.rst")
    assert [[(one.kind, one.one_at_least) for one in event.contexts] for event in said.events] == [
        [("undefined", False)],
        [("empty", False)],
        [("any", False)],
        [("object", True)],
        [],
    ]
    assert [place.says for place in said.unclear][-1].endswith('"E4 Event"')
