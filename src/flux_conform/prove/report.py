"""Proofs in words for people, and as JSON values for programs.

JSON: `{"machine", "generation", "verdict", "properties": [PROPERTY], "rules": [RULE] or null,
"guards": [GUARD] or null, "scenarios": [{"file", "line", "column", "message", "expected",
"suggestion"}]}`; rules and guards are null where `--quick` left them out, and `scenarios` are the
places where a scenario of the file is not as it says.

PROPERTY is `{"id", "says", "section", "verdict", "expect", "summary", "detail": [text],
"because": [text], "assuming", "silent", "vacuous", "questions": [id], "premise": [line] or null,
"counterexample": [line] or null, "states": [text] or null, "invariant": [text],
"measure": text or null, "uses": [rule], "without": {rule: [line]}, "restates": rule or null,
"witnesses": [{"name", "purpose", "file", "breaks": [rule], "log"}], "seconds",
"certificate": path or null}`. `verdict` and `expect` are "proved", "refuted" or "unknown";
`states` are those after each event of the counterexample,
`uses` the rules that a proof needs, and `without` the logs that refute the claim without each.
`because` says why a property is unknown: what is any value to the proofs, and limits that were met.
`premise` is a log that brings about what the claim presupposes, and `vacuous` says that none can.
`counterexample_file` is there where one was written.

RULE is `{"id", "level", "generation", "verdict", "obeyed": [line] or null, "broken": [line] or
null, "alone", "follows_from": [rule] or null, "conflicts_with": [rule] or null, "declared"}`, with
logs that obey the rule and break it; `alone` says that the latter breaks no other. GUARD is
`{"transition", "generation", "taken": [line] or null, "passed": [line] or null}`, with logs in
which the guard holds and fails.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from flux_conform.language.faults import Fault
from flux_conform.prove.outcomes import PROVED, REFUTED, UNKNOWN, Outcome, Proofs
from flux_conform.prove.phrases import Paint, event_lines, joined, plain
from flux_conform.prove.report_exercise import (
    exercise_text,
    guard_json,
    lines_of,
    rule_json,
)
from flux_conform.prove.witnesses import Run
from flux_conform.text import finite_json

MARKS = {PROVED: "✓", REFUTED: "✗", UNKNOWN: "?"}
PLAIN_MARKS = {PROVED: "+", REFUTED: "!", UNKNOWN: "?"}
STYLES = {PROVED: "green", REFUTED: "red", UNKNOWN: "yellow"}


def text(
    proofs: Proofs,
    *,
    paint: Paint = plain,
    unicode: bool = True,
    files: Mapping[str, str] | None = None,
    show_all: bool = False,
) -> str:
    """The table, and below it the details of each property that is not as expected.

    With `show_all` also the details of the others. `files` are the paths of saved runs, by the
    names of witnesses.
    """
    marks = MARKS if unicode else PLAIN_MARKS
    width = max((len(outcome.id) for outcome in proofs.outcomes), default=0)
    lines = [paint(f"{proofs.machine}, logs of generation {proofs.generation}", "bold"), ""]
    if not proofs.outcomes:
        lines.append("  no property is claimed")
    for outcome in proofs.outcomes:
        mark = marks[UNKNOWN if outcome.verdict == UNKNOWN else _verdict(outcome)]
        verdict = paint(f"{mark} {outcome.verdict:<8}", STYLES[_verdict(outcome)])
        lines.append(f"  {verdict} {outcome.id:<{width}}  {_summary(outcome)}")
    for outcome in proofs.outcomes:
        if not outcome.is_right or show_all:
            lines += ["", *_details(outcome, paint, files or {})]
    if proofs.exercise is not None:
        lines += ["", *exercise_text(proofs.exercise, paint, marks, show_all=show_all)]
    if proofs.outcomes:
        lines += ["", paint(_total(proofs), "bold")]
    return "\n".join(lines)


def _verdict(outcome: Outcome) -> str:
    """How the outcome is to be taken: proved where it is right."""
    if outcome.is_right:
        return PROVED
    return UNKNOWN if outcome.verdict == UNKNOWN else REFUTED


def _summary(outcome: Outcome) -> str:
    if outcome.vacuous:
        return f"{outcome.summary}; but no run comes to what it speaks of"
    if outcome.verdict == REFUTED and outcome.is_right:
        run = outcome.counterexample
        log = f": {run.names}" if run is not None and run.events else ""
        return f"as it should be{log}"
    if outcome.expect == REFUTED and outcome.verdict == PROVED:
        return f"{outcome.summary}; the model expects it refuted"
    if outcome.restates:
        return f"restates {outcome.restates}"
    if outcome.needs:
        rules = joined([need.rule for need in outcome.needs])
        return f"{outcome.summary}, because of {rules}"
    return outcome.summary


def _details(outcome: Outcome, paint: Paint, files: Mapping[str, str]) -> Iterator[str]:
    style = STYLES[outcome.verdict]
    yield paint(f"{outcome.id}: {outcome.verdict}", "bold", style)
    yield f"  {paint('claim', 'dim')}    {outcome.says}"
    verb = "as" if outcome.verdict == PROVED else "but"
    yield f"  {paint(verb, 'dim')}{' ' * (9 - len(verb))}{outcome.summary}"
    yield f"  {paint('runs', 'dim')}     {_assumed(outcome)}"
    if outcome.questions:
        yield f"  {paint('open', 'dim')}     {', '.join(outcome.questions)}"
    if outcome.counterexample is not None:
        yield f"  {paint('log', 'dim')}"
        if not outcome.counterexample.events:
            yield "    (before the first event)"
        yield from event_lines(outcome.counterexample, paint, "bold")
        name = counterexample_name(outcome)
        if name in files:
            yield f"  {paint('saved', 'dim')}    {files[name]}"
    detail = outcome.detail if outcome.verdict == PROVED else _wrong_parts(outcome)
    detail = [*detail, *(f"not decided because {why}" for why in outcome.because)]
    if detail:
        yield f"  {paint('shown' if outcome.verdict == PROVED else 'because', 'dim')}"
        for line in detail:
            yield f"    {line}"
    if outcome.premise is not None:
        example = f"runs such as {outcome.premise.names}"
        yield f"  {paint('speaks of', 'dim')} " + (
            example if outcome.premise.events else "the start already"
        )
    if outcome.invariant:
        since = "from there on" if outcome.counterexample is not None else "in every run"
        yield f"  {paint('for', 'dim')}      {since}, however long, it holds that"
        for line in outcome.invariant:
            yield f"    {line}"
    if outcome.verdict == PROVED and (outcome.invariant or outcome.uses):
        yield f"  {paint('uses', 'dim')}     {', '.join(outcome.uses) or 'no rule'}"
    for need in outcome.needs:
        refuted = "no log is known that refutes it" if need.run is None else need.run.names
        yield f"  {paint('without', 'dim')}  {need.rule}: {refuted}"


def _wrong_parts(outcome: Outcome) -> list[str]:
    """The details that show the fault; the others are counted."""
    kept = [line for line in outcome.detail if not _is_good(line)]
    hidden = len(outcome.detail) - len(kept)
    return [*kept, f"({hidden} more are as they should be)"] if hidden and kept else kept


def _is_good(line: str) -> bool:
    _, _, rest = line.partition(": ")
    return rest.startswith("at the start") or rest[:1].isdigit() or line.startswith("of other")


def _assumed(outcome: Outcome) -> str:
    rules = "any"
    if outcome.assuming != "nothing":
        rules = f"that break no rule of level {outcome.assuming} or a stronger one"
    return rules + ("" if outcome.silent else ", without silent steps")


def _total(proofs: Proofs) -> str:
    counts = {
        "proved": sum(x.is_right and x.verdict == PROVED for x in proofs.outcomes),
        "refuted as expected": sum(x.is_right and x.verdict == REFUTED for x in proofs.outcomes),
        "holding of nothing": sum(x.vacuous for x in proofs.outcomes),
        "proved against expectation": sum(
            not x.is_right and not x.vacuous and x.verdict == PROVED for x in proofs.outcomes
        ),
        "refuted": sum(not x.is_right and x.verdict == REFUTED for x in proofs.outcomes),
        "unknown": sum(x.verdict == UNKNOWN for x in proofs.outcomes),
    }
    return ", ".join(f"{count} {what}" for what, count in counts.items() if count)


def counterexample_name(outcome: Outcome) -> str:
    """The name under which a counterexample is saved."""
    return f"counterexample-{outcome.id}"


def saved_runs(proofs: Proofs) -> Iterator[tuple[str, Run]]:
    """The runs that are written as files, by name.

    Of witnesses only those in which a checker finds nothing; counterexamples as they are.
    """
    for outcome in proofs.outcomes:
        for witness in outcome.witnesses:
            if witness.run.is_quiet:
                yield witness.name, witness.run
        if outcome.counterexample is not None and outcome.counterexample.events:
            yield counterexample_name(outcome), outcome.counterexample


def json_text(
    proofs: Proofs,
    *,
    files: Mapping[str, str] | None = None,
    certificates: Mapping[str, str] | None = None,
    scenarios: Iterable[Fault] = (),
) -> str:
    """The proofs as a JSON text; `certificates` are their files, by the properties' ids.

    `scenarios` are the places where a scenario of the file is not as it says.
    """
    exercise = proofs.exercise
    value = {
        "machine": proofs.machine,
        "generation": proofs.generation,
        "verdict": proofs.verdict,
        "properties": [
            {**_property(outcome, files or {}), "certificate": (certificates or {}).get(outcome.id)}
            for outcome in proofs.outcomes
        ],
        "rules": None if exercise is None else list(map(rule_json, exercise.rules)),
        "guards": None if exercise is None else list(map(guard_json, exercise.guards)),
        "scenarios": [fault._asdict() for fault in scenarios],
    }
    return finite_json(value, indent=2, ensure_ascii=False)


def _property(outcome: Outcome, files: Mapping[str, str]) -> dict[str, Any]:
    run = outcome.counterexample
    value: dict[str, Any] = {
        "id": outcome.id,
        "verdict": outcome.verdict,
        "expect": outcome.expect,
        "vacuous": outcome.vacuous,
        "questions": list(outcome.questions),
        "premise": None if outcome.premise is None else lines_of(outcome.premise),
        "says": outcome.says,
        "summary": outcome.summary,
        "section": outcome.section,
        "assuming": outcome.assuming,
        "silent": outcome.silent,
        "detail": list(outcome.detail),
        "because": list(outcome.because),
        "counterexample": None if run is None else lines_of(run),
        "states": None if run is None else [event.state for event in run.events],
        "invariant": list(outcome.invariant),
        "measure": outcome.measure,
        "uses": list(outcome.uses),
        "without": {need.rule: lines_of(need.run) for need in outcome.needs},
        "restates": outcome.restates or None,
        "witnesses": [
            {
                "name": witness.name,
                "purpose": witness.purpose,
                "file": files.get(witness.name),
                "breaks": list(witness.run.breaks),
                "log": witness.run.log.decode(),
            }
            for witness in outcome.witnesses
        ],
        "seconds": round(outcome.seconds, 3),
    }
    name = counterexample_name(outcome)
    if name in files:
        value["counterexample_file"] = files[name]
    return value
