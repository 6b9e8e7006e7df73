"""What a participant sees: the smallest machine with just the sequences that the system allows."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from flux_conform.artefacts import artefact
from flux_conform.cli.main import main
from flux_conform.system.projection import View, view
from flux_conform.system.system_file import load_system
from flux_conform.system.system_product import NotWhole, Product

FLOW = ("hello", "hello-end", "ready", "alloc", "success", "free")


def product(changes: int, restarts: int, name: str = "system.yaml") -> Product:
    system = load_system(artefact("model", name))
    return Product(system.with_budgets({"changes": changes, "restarts": restarts}))


def words_of_product(of: Product, participant: str, length: int) -> set[tuple[str, ...]]:
    """All that can be seen in so many steps at most, walked configuration by configuration."""
    reads_log = participant not in {m.receiver for m in of.system.messages.values()}

    def seen(edge) -> Iterator[str]:  # type: ignore[no-untyped-def]
        if edge.step.participant == participant:
            yield from filter(None, (edge.step.gets, *edge.step.sends))
        if reads_log:
            yield from (
                e.posted[0] for e in edge.events if e.outcome in ("moves", "stays", "silent")
            )

    found = {()}
    left = [(0, ())]
    met = set(left)
    while left:
        node, word = left.pop()
        for edge in of.edges[node]:
            longer = (*word, *seen(edge))
            found.update(longer[:n] for n in range(len(word), min(len(longer), length) + 1))
            after = edge.target, longer
            if len(longer) <= length and after not in met:
                met.add(after)
                left.append(after)
    return found


def words_of_view(of: View, length: int) -> set[tuple[str, ...]]:
    found, level = {()}, [((), 0)]
    for _ in range(length):
        level = [
            ((*word, seen), target)
            for word, at in level
            for seen, target in of.states[at].after.items()
        ]
        found.update(word for word, _ in level)
    return found


@pytest.mark.parametrize("participant", ["scheduler", "execution service", "shell", "user"])
def test_it_has_just_the_sequences_of_the_system(participant: str) -> None:
    """Where no budget is forgotten; seven steps long."""
    of = product(0, 0)
    expected = words_of_product(of, participant, 7)
    assert len(expected) > 3
    assert words_of_view(view(of, participant), 7) == expected


@pytest.mark.parametrize("participant", ["scheduler", "execution service", "shell"])
def test_with_budgets_nothing_of_the_system_is_missing(participant: str) -> None:
    """What may happen once may happen again in it, so it has more."""
    of = product(1, 0)
    assert words_of_product(of, participant, 8) <= words_of_view(view(of, participant), 8)


@pytest.mark.parametrize("participant", ["scheduler", "execution service", "shell", "user"])
def test_no_smaller_machine_has_the_same_sequences(participant: str) -> None:
    """Any two states differ in some sequence from there on, found by filling a table (Myhill)."""
    states = view(product(1, 0), participant).states
    differ = {
        (one, other)
        for one in range(len(states))
        for other in range(one)
        if set(states[one].after) != set(states[other].after)
    }
    grows = True
    while grows:
        grows = False
        for one in range(len(states)):
            for other in range(one):
                if (one, other) in differ:
                    continue
                for seen, target in states[one].after.items():
                    pair = target, states[other].after[seen]
                    if (max(pair), min(pair)) in differ:
                        differ.add((one, other))
                        grows = True
                        break
    assert len(differ) == len(states) * (len(states) - 1) // 2


def accepts(of: View, *seen: str) -> bool:
    at: int | None = 0
    for each in seen:
        at = None if at is None else of.states[at].after.get(each)
    return at is not None


def test_the_schedulers_view_says_what_rfc_27_says() -> None:
    """Point by point, from the protocol's text: what may come, and what may not."""
    of = view(product(1, 0), "scheduler")
    ready = FLOW[:3]
    assert accepts(of, *FLOW)
    for first in ("alloc", "ready", "free", "cancel", "hello-end", "success"):
        assert not accepts(of, first)  # hello comes before anything else
    assert not accepts(of, "hello", "ready")  # ready follows the end of the answer
    assert not accepts(of, "hello", "hello-end", "alloc")  # no request before ready
    assert not accepts(of, *ready, "alloc", "alloc")  # one request in flight
    for answer in ("success", "deny", "cancelled"):
        asked = (*ready, "alloc", "cancel") if answer == "cancelled" else (*ready, "alloc")
        assert accepts(of, *asked, answer)
        assert not accepts(of, *asked, answer, answer)  # each ends the request
    assert not accepts(of, *ready, "alloc", "cancelled")  # nobody gave it up
    for answer in ("success", "deny"):  # an answer can be under way when its cancel is sent
        assert accepts(of, *ready, "alloc", answer, "cancel")
    # Seen from the scheduler, whose answer comes before the cancel that it crosses.
    assert not accepts(of, *ready, "alloc", "cancel", "success")
    assert not accepts(of, *ready, "alloc", "deny", "free")  # what was not given is not freed
    assert not accepts(of, *FLOW, "free")  # the final free comes once


def test_what_was_not_explored_to_its_end_is_not_said() -> None:
    system = load_system(artefact("model", "system.yaml"))
    with pytest.raises(NotWhole):
        view(Product(system, limit=10), "scheduler")


def messages(tmp_path: Path, *names: str) -> str:
    path = tmp_path / "messages.eventlog"
    lines = (json.dumps({"timestamp": n, "name": name}) for n, name in enumerate(names, 1))
    path.write_text("".join(f"{line}\n" for line in lines))
    return str(path)


@pytest.mark.slow
def test_check_judges_the_messages_of_a_participant(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a system in which services restart as well; the line of the message at fault is named."""
    assert main(["check", "--as", "scheduler", messages(tmp_path, *FLOW)]) == 0
    again = (*FLOW[:4], "hello", "hello-end", "ready", *FLOW[3:])
    assert main(["check", "--as", "scheduler", messages(tmp_path, *again)]) == 0
    capsys.readouterr()
    wrong = messages(tmp_path, *FLOW[:5], "success")
    assert main(["check", "--format", "json", "--as", "scheduler", wrong]) == 1
    row = json.loads(capsys.readouterr().out)
    assert [(f["rule"], f["line"]) for f in row["findings"]] == [("scheduler/states/undefined", 6)]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["check", "--as", "schedulr"], 'no participant "schedulr"; did you mean "scheduler"?'),
        (["check", "--as", "scheduler", "--machine", "job"], "--as has a machine of its own"),
        (["draw", "participant", "shel"], 'no participant "shel"; did you mean "shell"?'),
    ],
)
def test_a_participant_that_is_none_is_told(
    words: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    paths = [messages(tmp_path, "hello")] if words[0] == "check" else []
    assert main([*words, *paths]) == 2
    assert says in capsys.readouterr().err


@pytest.mark.parametrize("form", ["text", "dot", "svg", "tikz", "mermaid"])
def test_a_view_is_drawn_in_every_form(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["draw", "participant", "shell", "--format", form]) == 0
    out = capsys.readouterr().out
    for name in ("launch", "up", "exit", "kill", "failed"):
        assert name in out
