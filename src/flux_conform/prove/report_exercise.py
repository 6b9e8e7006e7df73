"""The exercise of rules and guards as text and as JSON values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flux_conform.language.levels import POLICY
from flux_conform.prove.outcomes import Exercise, GuardUse, RuleUse
from flux_conform.prove.phrases import Paint, counted, joined
from flux_conform.prove.witnesses import Run


def exercise_text(
    exercise: Exercise, paint: Paint, marks: Mapping[str, str], *, show_all: bool
) -> Iterator[str]:
    """A line that says all is well, what is not, and policies; with `show_all` each rule's logs.

    A policy is a site's own, which nobody but its reader has looked at.
    """
    rules, guards = exercise.rules, exercise.guards
    if not exercise.finished:
        yield f"  {marks['unknown']} rules: not decided within the time limit"
        return
    alone = sum(rule.verdict == "independent" for rule in rules)
    yield (
        f"  {counted(len(rules), 'rule')}: {alone} obeyed by one run and broken alone by another"
        + "".join(f", {text}" for text in _others(rules))
    )
    if guards:
        good = sum(guard.is_good for guard in guards)
        yield f"  {counted(len(guards), 'guard')}: {good} taken by one run and passed by another"
    for rule in rules:
        is_plain = rule.is_good and rule.verdict == "independent" and rule.level != POLICY
        if show_all or not is_plain:
            yield from _rule_details(rule, paint, marks)
    for guard in guards:
        if show_all or not guard.is_good:
            mark = marks["proved" if guard.is_good else "unknown"]
            yield f"  {mark} {guard.transition}"
            yield f"      taken by   {_named(guard.taken)}"
            yield f"      passed by  {_named(guard.passed)}"


def _others(rules: tuple[RuleUse, ...]) -> Iterator[str]:
    declared = sum(rule.verdict == "redundant" and rule.is_good for rule in rules)
    if declared:
        yield f"{declared} following from others as the model says"
    for verdict, text in (
        ("redundant", "redundant"),
        ("conflict", "in conflict"),
        ("empty", "empty"),
        ("unknown", "undecided"),
    ):
        count = sum(rule.verdict == verdict and not rule.is_good for rule in rules)
        if count:
            yield f"{count} {text}"
    wrong = sum(rule.verdict == "independent" and not rule.is_good for rule in rules)
    if wrong:
        yield f"{wrong} not following from others, against what the model says"


def _rule_details(rule: RuleUse, paint: Paint, marks: Mapping[str, str]) -> Iterator[str]:
    good = "proved" if rule.is_good else "unknown" if rule.verdict == "unknown" else "refuted"
    style = {"proved": "green", "unknown": "yellow", "refuted": "red"}[good]
    yield f"  {paint(marks[good], style)} {paint(rule.id, 'bold')}: {_explained(rule)}"
    if rule.obeyed is not None:
        yield f"      obeyed by  {rule.obeyed.names}"
    if rule.broken is not None:
        with_others = "" if rule.alone else " (with other rules)"
        yield f"      broken by  {rule.broken.names}{with_others}"


def _explained(rule: RuleUse) -> str:
    match rule.verdict:
        case "redundant":
            source = "no run can break it, whatever the other rules"
            if rule.follows:
                source = f"follows from {joined(rule.follows)}"
            return f"{source} ({rule.declared})" if rule.declared else source
        case "conflict":
            return f"never applies, because of {joined(rule.conflicts or ())}"
        case "empty":
            return "never applies, whatever the other rules"
        case "unknown":
            return "no log shows that it asks something of its own, and no proof that it does not"
        case _ if rule.declared:
            return "does not follow from others, though the model says so"
        case _:
            return "independent"


def _named(run: Run | None) -> str:
    return "no run that is known" if run is None else run.names


def lines_of(run: Run | None) -> list[str] | None:
    """The lines of a run's eventlog."""
    return None if run is None else [event.line for event in run.events]


def rule_json(rule: RuleUse) -> dict[str, Any]:
    """A rule as JSON values; runs are lists of lines."""
    return {
        "id": rule.id,
        "level": rule.level,
        "verdict": rule.verdict,
        "generation": rule.generation,
        "obeyed": lines_of(rule.obeyed),
        "broken": lines_of(rule.broken),
        "alone": rule.alone,
        "follows_from": None if rule.follows is None else list(rule.follows),
        "conflicts_with": None if rule.conflicts is None else list(rule.conflicts),
        "declared": rule.declared or None,
    }


def guard_json(guard: GuardUse) -> dict[str, Any]:
    """A guarded transition as JSON values."""
    return {
        "transition": guard.transition,
        "generation": guard.generation,
        "taken": lines_of(guard.taken),
        "passed": lines_of(guard.passed),
    }
