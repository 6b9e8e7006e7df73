"""The Mermaid text, read by the rules of a stateDiagram-v2."""

import re
from itertools import pairwise

import pytest

from diagrams.test_dot import NASTY
from diagrams.toys import DRAWN, drawn, machine
from flux_conform.diagrams import render, state_graph

EACH = pytest.mark.parametrize("name", DRAWN)


def plain(text):
    """What a reader sees: entities in place, breaks as new lines."""
    assert not re.search(r'[<>"&;:]', re.sub(r"<br/>|#\d+;", "", text)), text
    return re.sub(r"#(\d+);", lambda found: chr(int(found[1])), text.replace("<br/>", "\n"))


class Read:
    """States by their ids, groups with their members' ids, and edges."""

    def __init__(self, text):
        self.states, self.groups, self.edges, self.head = {}, {}, [], {}
        around = []
        comment, kind, *lines = text.splitlines()
        assert comment.startswith("%% ")
        assert kind == "stateDiagram-v2"
        for line in map(str.strip, lines):
            if found := re.fullmatch(r'state "([^"]*)" as (\w+)( \{)?', line):
                name, id, opens = found.groups()
                assert id not in self.states
                self.states[id] = plain(name)
                if opens:
                    self.groups[id] = set()
                    around.append(id)
                else:
                    for group in around:
                        self.groups[group].add(id)
            elif line == "}":
                around.pop()
            elif found := re.fullmatch(r"(\S+) --> (\S+?)(?: : (.*))?", line):
                self.edges.append((found[1], found[2], plain(found[3] or "")))
            elif found := re.fullmatch(r"(accTitle|accDescr): (.+)", line):
                self.head[found[1]] = found[2]
            else:
                assert re.fullmatch(
                    r"direction LR|classDef \w+ \S+( \d)?|class [\w,]+ \w+", line
                ), line
        assert around == []


@EACH
def test_it_holds_the_edges_of_the_picture_with_all_their_labels(name):
    picture = state_graph(drawn(name))
    read = Read(render(drawn(name), "mermaid"))
    ids = {shown: id for id, shown in read.states.items() if id not in read.groups}
    assert sorted(ids) == sorted(state.name for state in picture.states)
    final = next(state.name for state in picture.states if state.role == "final")
    assert sorted(read.edges) == sorted(
        [
            ("[*]", ids[picture.start], ""),
            (ids[final], "[*]", ""),
            *(
                (ids[edge.source], ids[edge.target], "\n".join(map(str, edge.labels)))
                for edge in picture.edges
            ),
        ]
    )


def test_groups_are_composite_states_within_each_other():
    picture = state_graph(drawn("job"))
    read = Read(render(drawn("job"), "mermaid"))
    shown = {
        read.states[id]: {read.states[member] for member in members}
        for id, members in read.groups.items()
    }
    assert shown == {group.name: set(group.members) for group in picture.groups}
    text = render(drawn("job"), "mermaid")
    assert text.index('"ACTIVE"') < text.index('"PENDING"') < text.index('"DEPEND"')


@EACH
def test_it_tells_what_it_shows_to_those_who_do_not_see_it(name):
    read = Read(render(drawn(name), "mermaid"))
    assert read.head["accTitle"] == drawn(name).title
    assert read.head["accDescr"].startswith("The main road: ")


def test_any_name_is_shown_as_it_is():
    names = [*NASTY, "end", "state", "note", "class"]
    moves = [*((a, b, b) for a, b in pairwise(names)), (names[0], "x", "Z")]
    toy = machine((*names, "Z"), [*moves, (names[-1], "y", "Z")], {"a:b": (names[0],)})
    read = Read(render(toy, "mermaid"))
    assert sorted(read.states.values()) == sorted([*names, "Z", "a:b"])
    assert {label for _, _, label in read.edges} == {"", "x", "y", *names[1:]}
    # A word of Mermaid's own would be read as that.
    assert not {"end", "state", "note", "class"} & set(read.states)
