"""The views of a machine: what they tell, and that they can be read."""

import re
from functools import cache, partial
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest

from diagrams.courses import wander, with_events
from diagrams.measures import faults
from diagrams.toys import FATAL, drawn, machine, tangle, turnstile
from flux_conform.checking.judge import judge
from flux_conform.checking.transitions import course
from flux_conform.cli.main import main
from flux_conform.diagrams import TEXTS, Options, lay_out, style, text_form
from flux_conform.diagrams.describe import describe
from flux_conform.diagrams.graph import BACK, DETOUR, NOWHERE
from flux_conform.diagrams.marks import ADDED, ALIEN, DROPPED, ENDED, NEVER, PALE, TAKEN
from flux_conform.diagrams.placed import extent
from flux_conform.diagrams.svg import svg_text
from flux_conform.diagrams.views.comparison import diff_picture
from flux_conform.diagrams.views.cover import Coverage, cover_picture
from flux_conform.diagrams.views.detail import detail_picture
from flux_conform.diagrams.views.lifecycle import NoScenario, lifecycle_picture
from flux_conform.diagrams.views.trace import Found, trace_picture
from flux_conform.language import load
from flux_conform.machine.step import Machine
from flux_conform.text import duration

FAULTY = """\
{"timestamp":1700000000,"name":"submit","context":{"urgency":16,"userid":1,"flags":0,"version":1}}
{"timestamp":1700000000.5,"name":"depend"}
{"timestamp":1700000001,"name":"validate"}
{"timestamp":1700000003,"name":"depend"}
{"timestamp":1700000003,"name":"priority","context":{"priority":16}}
{"timestamp":1700000004,"name":"urgency","context":{"urgency":0,"userid":1}}
{"timestamp":1700000005,"name":"priority","context":{"priority":0}}
{"timestamp":1700000065,"name":"alloc"}
{"timestamp":1700000066,"name":"start"}
{"timestamp":1700000126,"name":"exception","context":{"type":"cancel","severity":0,"note":""}}
not JSON
{"timestamp":1700000127,"name":"clean"}
{"timestamp":1700000128,"name":"memo","context":{}}
"""
V0 = """\
{"timestamp":1,"name":"submit","context":{"urgency":16,"userid":1,"flags":0}}
{"timestamp":2,"name":"depend"}
"""


loaded = cache(load)  # revisions are read from YAML


@cache
def job_machine():
    return Machine(loaded("job"))


def job_course(text=FAULTY):
    return course(job_machine(), text.encode())


@cache
def traced():
    judgement = judge(job_machine(), FAULTY.encode())
    found = [
        Found(f.rule, f.level, f.line, f.state, f.message, f.because) for f in judgement.findings
    ]
    return trace_picture(loaded("job"), "a.eventlog", job_course(), found, judgement.verdict)


@cache
def covered(*logs):
    coverage = Coverage(loaded("job"))
    for text in logs or (FAULTY,):
        coverage.add(job_course(text))
    return cover_picture(coverage)


@cache
def lives(*names, name="job"):
    follow = partial(course, Machine(loaded(name)))
    return lifecycle_picture(loaded(name), follow, names)


VIEWS = {
    "detail": lambda: detail_picture(loaded("job")),
    "detail of exec": lambda: detail_picture(loaded("exec")),
    "trace": traced,
    "cover": lambda: covered(FAULTY, V0),
    "diff": lambda: diff_picture(loaded("job@2019-03"), loaded("job"), ("old", "new")),
    "diff of a state": lambda: diff_picture(loaded("job@2020-06"), loaded("job")),
    "lifecycle": lives,
    "lifecycle with plugins": lambda: lives("prologs", "restarted"),
    "lifecycle of exec": lambda: lives(name="exec"),
}


def edge(picture, source, target, event):
    """The edge that bears an event, and the label that does."""
    return next(
        (each, label)
        for each in picture.edges
        for label in each.labels
        if (each.source, each.target, label.event) == (source, target, event)
    )


def state(picture, name):
    return next(each for each in picture.states if each.name == name)


# What can be read


@cache
def layout_of(view):
    return lay_out(VIEWS[view]())


@pytest.mark.parametrize("view", VIEWS)
def test_no_text_lies_on_another_and_no_line_cuts_one(view):
    assert faults(layout_of(view)) == []


@pytest.mark.parametrize("seed", range(4))
def test_views_of_tangled_machines_can_be_read_too(seed):
    one, two = tangle(seed), tangle(seed + 100)
    passed = wander(one, seed)
    coverage = Coverage(one)
    coverage.add(passed)
    found = [
        Found("toy/rule", "MUST", event.line, event.before, "is not as it should be " * seed, None)
        for event in passed.events
        if event.alien
    ]
    for picture in (
        trace_picture(one, "log", passed, found, "violates"),
        cover_picture(coverage),
        diff_picture(one, two),
        detail_picture(with_events(one)),
    ):
        assert faults(lay_out(picture)) == [], picture.view


@pytest.mark.parametrize("view", ["detail", "trace", "cover", "diff", "lifecycle"])
def test_type_is_no_smaller_than_5_5_points_on_a_page(view):
    layout = layout_of(view)
    scale = min(1.0, style.PAGE_WIDTH / (extent(layout).width + 2 * style.MARGIN))
    sizes = {words.size for words in layout.words} | {style.FONT_SIZE}
    sizes |= {panel.words.size for panel in (*layout.panels, *layout.badges) if panel.words}
    assert min(sizes) * scale >= 5.5


@pytest.mark.parametrize("view", ["detail", "trace", "cover", "diff", "lifecycle"])
def test_the_svg_of_a_view_has_its_words_as_text_a_description_and_dark_colours(view):
    layout = layout_of(view)
    picture = layout.picture
    text = svg_text(layout)
    root = ElementTree.fromstring(text)
    svg = "{http://www.w3.org/2000/svg}"
    shown = {each.text.replace("\xa0", " ") for each in root.iter(f"{svg}text")}
    assert {words.text for words in layout.words} <= shown
    assert root.find(f"{svg}title").text == picture.title
    assert root.find(f"{svg}desc").text == describe(picture)
    assert root.get("id") == f"job-{view}-diagram-svg"
    sheet = root.find(f"{svg}style").text
    for element in root.iter():
        for paint in ("fill", "stroke"):
            if element.get(paint) not in (None, "none"):
                assert f'[{paint}="{element.get(paint)}"]' in sheet
    assert not re.search(r"url\(|href|<image", text)


def test_the_measure_of_views_sees_a_line_through_a_text():
    layout = lay_out(lives())
    words = layout.words[0]
    middle = words.box.center
    stroke = layout.strokes[0]
    across = (middle._replace(x=middle.x - 9), middle, middle, middle._replace(x=middle.x + 9))
    assert any(
        words.text in fault
        for fault in faults(layout._replace(strokes=(stroke._replace(way=across),)))
    )


@pytest.mark.parametrize("view", ["detail", "trace", "cover", "diff", "lifecycle"])
def test_every_form_of_text_can_be_made_of_a_view_and_tells_what_is_special_in_it(view):
    layout = layout_of(view)
    told = {
        "detail": ("flux-restart", "PRIORITY"),
        "trace": ("3, 5: priority", "rfc30/urgency/held"),
        "cover": ("priority", "not in the model"),
        "diff": ("+ priority", "PRIORITY"),
        "lifecycle": ("validate", "execution"),
    }[view]
    for format in TEXTS:
        text = text_form(layout, format, Options())
        shown = re.sub(r"\\_|\{\}|#(\d+);", lambda m: chr(int(m[1])) if m[1] else "", text)
        if (view, format) not in {("detail", "mermaid"), ("trace", "mermaid")}:
            assert [words for words in told if words not in shown] == [], format
    plain = text_form(layout, "text", Options(unicode=False))
    assert plain.isascii()


# Detail


def rows(picture):
    """The table's texts, by event and guard, then by state."""
    found = {}
    event = ""
    for band in picture.table.bands:
        for row in band.rows:
            event = event if row.inner else row.name
            cells = {
                name: cell.text
                for name, cell in zip(picture.table.columns, row.cells, strict=bool(row.cells))
            }
            found[event, row.name if row.inner else ""] = (band.head, cells)
    return found


def test_the_table_says_of_each_event_who_posts_it_and_what_it_does_in_each_state():
    found = rows(detail_picture(loaded("job")))
    assert found["alloc", ""] == (
        "scheduler, job manager",
        {
            "NEW": "",
            "DEPEND": "",
            "PRIORITY": "?",
            "SCHED": "→",
            "RUN": "",
            "CLEANUP": "?",
            "INACTIVE": "",
        },
    )
    assert found["urgency", ""][1]["SCHED"] == "→ PRIORITY"
    assert found["urgency", ""][1]["RUN"] == "•"


def test_each_guard_has_a_row_and_so_have_all_other_cases():
    found = rows(detail_picture(loaded("job")))
    assert found["exception", ""][1] == {}
    assert found["exception", "severity == 0"][1]["SCHED"] == "→ CLEANUP"
    assert found["exception", "otherwise"][1]["SCHED"] == "•"
    assert found["exception", "severity == 0"][1]["CLEANUP"] == "•"


def test_the_columns_stand_right_below_their_states():
    layout = lay_out(detail_picture(loaded("job")))
    for placed in layout.states:
        heads = [w.box.center.x for w in layout.words if w.text == placed.state.name and w.bold]
        assert heads == (
            [pytest.approx(placed.box.center.x)] if placed.state.role != "removed" else []
        )


# Trace


def test_a_trace_numbers_the_steps_of_the_road_and_leaves_the_rest_pale():
    picture = traced()
    taken, label = edge(picture, "PRIORITY", "SCHED", "priority")
    assert (taken.look, str(label)) == (TAKEN, "3, 5: priority")
    assert edge(picture, "RUN", "CLEANUP", "finish")[0].look == PALE
    back, label = edge(picture, "SCHED", "PRIORITY", "urgency")
    assert (back.role, back.look, str(label)) == (BACK, TAKEN, "4: urgency")
    assert [label.look for label in back.labels] == [TAKEN, PALE, PALE]


def test_a_trace_tells_the_time_in_each_state_over_all_visits_and_where_the_log_ends():
    picture = traced()
    assert state(picture, "NEW").notes == ("1.00 s",)
    assert state(picture, "SCHED").notes == ("1 min 1 s", "×2")
    assert state(picture, "INACTIVE").notes == ("log ends here",)
    assert state(picture, "INACTIVE").look == ENDED
    assert state(picture, "REMOVED").look == PALE


def test_a_log_that_is_still_on_its_way_ends_where_it_is():
    log = "".join(FAULTY.splitlines(keepends=True)[:4])
    picture = trace_picture(loaded("job"), "log", job_course(log), [], "incomplete")
    assert state(picture, "PRIORITY").notes == ("0 s", "log ends here")


def test_each_finding_stands_in_the_state_or_on_the_edge_where_it_happened():
    picture = traced()
    notes = {note.flag: f"{note.head} {note.says}" for note in picture.notes}
    assert list(notes) == ["1", "2", "3", "4", "5"]
    (there,) = state(picture, "NEW").flags
    assert "line 2, rfc21/states/undefined" in notes[there]
    (there,) = edge(picture, "SCHED", "RUN", "alloc")[0].flags
    assert "line 8, rfc30/urgency/held" in notes[there]
    (there,) = state(picture, "CLEANUP").flags
    assert "line 11, rfc18/lines" in notes[there]
    (there,) = state(picture, "INACTIVE").flags
    assert "rfc21/inactive/captive" in notes[there]


def test_the_road_of_a_taken_edge_is_drawn_whole_and_others_join_it():
    layout = lay_out(traced())
    fatal = {each.edge.source: each for each in layout.edges if each.edge.role == DETOUR}
    assert [source for source, each in fatal.items() if each.tip] == ["RUN"]
    assert fatal["RUN"].mark.lines == ("7",)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.0000123, "12.3 µs"),
        (0.25, "250 ms"),
        (0.9996, "1.00 s"),
        (59.94, "59.9 s"),
        (60, "1 min"),
        (3599.6, "1 h"),
        (93_784, "1 d 2 h"),
        (86_460, "1 d"),
        (-2.5, "−2.50 s"),
        (1e300, "over a million years"),
        (float("-inf"), "over a million years back"),
    ],
)
def test_times_are_told_in_units_of_people(seconds, text):
    assert duration(seconds) == text


# Cover


def test_cover_counts_edges_and_visits_and_singles_out_what_was_never_taken():
    picture = covered()
    assert str(edge(picture, "PRIORITY", "SCHED", "priority")[1]) == "priority ×2"
    assert state(picture, "SCHED").notes == ("×2",)
    finish, label = edge(picture, "RUN", "CLEANUP", "finish")
    assert (finish.look, str(label)) == (NEVER, "finish ×0")
    assert state(picture, "REMOVED").notes == ("never",)
    assert picture.caption[0].startswith("1 eventlog, 12 events: 8 moved")


def test_what_logs_did_and_the_model_does_not_define_leads_to_no_state():
    picture = covered()
    (nowhere,) = (each for each in picture.states if each.role == NOWHERE)
    aliens = {each.source: each for each in picture.edges if each.target == nowhere.name}
    assert {name: [str(x) for x in each.labels] for name, each in aliens.items()} == {
        "NEW": ["depend ×1"],
        "INACTIVE": ["memo ×1"],
    }
    assert {each.look for each in aliens.values()} == {ALIEN}
    lines = {each.style for look, each in style.LOOKS.items() if look in (TAKEN, NEVER, ALIEN)}
    assert len(lines) == 3


def test_edges_of_every_generation_that_occurs_are_shown():
    both = covered(FAULTY, V0)
    assert str(edge(both, "NEW", "DEPEND", "submit")[1]) == "submit (v0) ×1"
    assert str(edge(both, "NEW", "DEPEND", "validate")[1]) == "validate ×1"
    with pytest.raises(StopIteration):
        edge(covered(), "NEW", "DEPEND", "submit")


def test_many_events_that_are_not_in_the_model_are_summed_up():
    coverage = Coverage(turnstile())
    for number in range(20):
        coverage.aliens["Locked", f"x{number:02}"] += 1
    (there,) = (each for each in cover_picture(coverage).edges if each.look == ALIEN)
    assert len(there.labels) == 7
    assert str(there.labels[-1]) == "14 further ×14"


def test_what_only_violating_logs_took_counts_as_never_taken(tmp_path, faulty, capsys):
    """It is drawn with its count, and the line below says which it is."""
    (tmp_path / "old.eventlog").write_text(V0)
    assert main(["draw", "cover", str(tmp_path), "--format", "text"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "priority ×2" in told
    assert (
        "Never taken: 12 of 13 moves that a writer can be asked for; 3 others are drawn. "
        "1 eventlog violates; no other took NEW validate, PRIORITY priority, SCHED urgency, "
        "SCHED alloc, RUN exception, CLEANUP clean." in told
    )
    Path(faulty).unlink()
    assert main(["draw", "cover", str(tmp_path), "--format", "text"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "Never taken: 12 of 13 moves that a writer can be asked for; 3 others" in told
    assert "violate" not in told


# Diff


def test_a_diff_marks_what_one_machine_has_and_the_other_has_not():
    picture = diff_picture(loaded("job@2020-06"), loaded("job"))
    assert state(picture, "PRIORITY").shown == "+ PRIORITY"
    assert edge(picture, "DEPEND", "PRIORITY", "depend")[0].look == ADDED
    gone, label = edge(picture, "DEPEND", "SCHED", "depend")
    assert (gone.look, str(label)) == (DROPPED, "− depend")
    assert edge(picture, "SCHED", "RUN", "alloc")[0].look == PALE
    marks = {group.name: group.mark for group in picture.groups}
    assert marks == {"ACTIVE": "±", "PENDING": "±", "RUNNING": ""}


def test_a_changed_guard_is_one_removed_and_one_added():
    moves = [("A", "x", "B"), ("B", "stop", "C")]
    guarded = machine("ABC", [*moves[:1], ("B", "stop", "C", FATAL.body)])
    picture = diff_picture(machine("ABC", moves), guarded)
    (there,) = (each for each in picture.edges if each.target == "C")
    assert sorted(str(label) for label in there.labels) == ["+ stop [level == 0]", "− stop"]
    assert {label.look for label in there.labels} == {ADDED, DROPPED}


@pytest.mark.parametrize("name", ["job", "exec"])
def test_a_machine_does_not_differ_from_itself(name):
    picture = diff_picture(drawn(name), drawn(name))
    assert {each.look for each in (*picture.edges, *picture.states)} == {PALE}
    assert picture.caption[0].startswith("No state and no move differs")


# Lifecycle


def test_a_scene_tells_what_passes_from_whom_and_the_state_after_it():
    scene, cancelled = lives().scenes
    assert scene.participants[0] == "user"
    first = scene.messages[0]
    assert (first.text, first.path, first.state) == (
        "submit",
        ("user", "ingest", "job manager"),
        "NEW",
    )
    assert [m.state for m in scene.messages if m.text == "finish"] == ["CLEANUP"]
    assert scene.messages[-1].state == cancelled.messages[-1].state == "INACTIVE"
    asked = [m.text for m in scene.messages if not m.logged]
    assert "wants resources" in asked
    assert "exception" in [message.text for message in cancelled.messages]


def test_the_band_of_states_covers_the_scene_from_its_first_to_its_last():
    layout = lay_out(lives("normal"))
    band = [(p.words.text, p.box) for p in layout.panels if p.words is not None]
    assert [name for name, _ in band] == [
        *("NEW", "DEPEND", "PRIORITY", "SCHED", "RUN", "CLEANUP", "INACTIVE"),
    ]
    for (_, above), (_, below) in pairwise(band):
        assert above.bottom == pytest.approx(below.top)


def test_arrows_lead_between_the_lines_of_those_who_take_part():
    layout = lay_out(lives("normal"))
    heads = {w.text: w.box.center.x for w in layout.words if w.text in ("user", "ingest", "shell")}
    arrows = [
        stroke for stroke in layout.strokes if stroke.tip is not None and "submit" in stroke.says
    ]
    assert arrows[0].way[0].x == pytest.approx(heads["user"], abs=2)
    assert arrows[0].tip.x == pytest.approx(heads["ingest"], abs=2)


def test_a_machine_without_scenarios_has_no_life_to_draw():
    with pytest.raises(NoScenario, match="toy tells no scenarios"):
        lifecycle_picture(machine("AB", [("A", "x", "B")]), job_course)
    with pytest.raises(NoScenario, match='no scenario "nope"; the known ones are normal,'):
        lives("nope")


# The verb


@pytest.fixture
def faulty(tmp_path: Path) -> str:
    path = tmp_path / "faulty.eventlog"
    path.write_text(FAULTY)
    return str(path)


def test_every_view_can_be_drawn_with_options_before_it_or_after_it(tmp_path, faulty):
    calls = [
        ["--detail", "-o", "{}"],
        ["states", "--detail", "-o", "{}"],
        ["-o", "{}", "trace", faulty],
        ["trace", "-o", "{}", faulty],
        ["cover", str(tmp_path), "-o", "{}"],
        ["diff", "exec", "job", "-o", "{}"],
        ["lifecycle", "--scenario", "waiting", "-o", "{}"],
        ["--machine", "exec", "-o", "{}", "lifecycle"],
    ]
    made = []
    for number, call in enumerate(calls):
        path = tmp_path / f"{number}.dot"
        assert main(["draw", *(word.format(path) for word in call)]) == 0
        made.append(path.read_text())
    assert made[0] == made[1]
    assert made[2] == made[3]
    assert len(set(made)) == 6
    assert "digraph exec" in made[-1]


def test_what_only_the_second_specification_has_is_what_was_added(capsys):
    assert main(["draw", "diff", "job@2022-06-09", "job@2022-07", "--format", "mermaid"]) == 0
    told = capsys.readouterr().out
    assert "NEW --> REMOVED : + invalidate" in told
    assert "NEW --> DEPEND : #8722; submit<br/>+ validate" in told


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (["trace", "nothing.eventlog"], "nothing.eventlog: No such file"),
        (["trace", "{empty}"], "there is no event in it"),
        (["trace", "{deep}"], "unreadable: line 1 nests deeper"),
        (["trace", "{faulty}", "--generation", "v0"], "is of generation v1, not v0"),
        (["cover", "{empty}"], "no log to count: "),
        (["cover", "{faulty}", "--generation", "v0"], "none is of generation v0"),
        (["cover", "{faulty}", "--generation", "v9"], 'no generation "v9"'),
        (["diff", "job", "nothing"], 'no specification "nothing"'),
        (["diff", "job", "exec", "--machine", "exec"], "leave out --machine"),
        (["lifecycle", "--scenario", "nope"], 'no scenario "nope"'),
        (["lifecycle", "--machine", "job@2019-03"], "tells no scenarios"),
        (["lifecycle", "--generation", "v0"], "leave out --generation"),
    ],
)
def test_what_cannot_be_drawn_gives_one_line_and_exit_2(call, message, tmp_path, faulty, capsys):
    empty, deep = tmp_path / "empty.eventlog", tmp_path / "deep.eventlog"
    empty.write_bytes(b"")
    deep.write_text('{"timestamp":1,"name":"x","context":' + "[" * 300 + "\n")
    words = [word.format(faulty=faulty, empty=empty, deep=deep) for word in call]
    assert main(["draw", *words]) == 2
    told = capsys.readouterr()
    assert message in told.err
    assert told.err.count("\n") == 1
    assert told.out == ""


def test_cover_draws_what_can_be_read_and_exits_2_where_something_cannot(faulty, capsys):
    assert main(["draw", "cover", faulty, "nothing.eventlog"]) == 2
    told = capsys.readouterr()
    assert "nothing.eventlog: No such file" in told.err
    assert told.out.startswith("// Job states and events: what 1 eventlog did.")
