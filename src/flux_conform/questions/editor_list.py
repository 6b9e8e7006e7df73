"""Open questions in words for people, and as JSON values for programs.

JSON: `{"machine", "faults": [text], "questions": [QUESTION], "silent": [PAIR]}`.

QUESTION is `{"id", "kind", "about": [text], "readings": [{"by", "says", "change": object or null,
"chosen"}], "chosen", "why", "log": [line] or null, "origin", "no_log", "differs": [part],
"results": [RESULT], "claims": [CLAIM], "fault": text or null, "file": path or null}`. `origin` is
"model" where the specification gives the log, "search" where it was looked for. RESULT is what a
reading makes of the log: `{"by", "verdict", "state", "virtual": [name], "findings": [{"rule",
"level", "line", "message"}], "report": {field: value}}`; `differs` names the parts in which the
results differ, a field of the report as `report.NAME`. CLAIM bears on the question: `{"claim",
"says", "verdict", "logs": [{"name", "shows", "state", "log": [line], "file"}]}`.

PAIR is a state and an event of which nothing is said there: `{"state", "event", "generation",
"questions": [id], "log": [line] or null, "complete", "fault", "file"}`; without a log, `complete`
tells that the whole explicit instance was searched.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from flux_conform.language.specification import Specification
from flux_conform.prove.phrases import Paint, plain
from flux_conform.questions.answers import (
    FINDINGS,
    REPORT,
    STATE,
    VERDICT,
    VIRTUAL,
    Answers,
    Bearing,
    End,
    Log,
    Opened,
    Result,
    SilentPair,
)
from flux_conform.questions.open import chosen_reading
from flux_conform.questions.shorthand import shorthand

Files = Mapping[str, str]
"""Where logs were written, by their names."""


def logs(answers: Answers) -> dict[str, Log]:
    """Every log with a name for its file."""
    found = {each.question.id: each.log for each in answers.questions if each.log is not None}
    found |= {name_of(pair): pair.log for pair in answers.pairs if pair.log is not None}
    for each in answers.questions:
        for bearing in each.bearings:
            found |= {name_of_end(bearing, end): end.log for end in bearing.ends}
    return found


def name_of(pair: SilentPair) -> str:
    """The name of a silent pair's log."""
    return f"silent-{pair.event}-{pair.state}"


def name_of_end(bearing: Bearing, end: End) -> str:
    """The name of a log that refutes a claim."""
    return f"{bearing.claim}-{end.name}"


# For people


class _Writer:
    def __init__(
        self, specification: Specification, paint: Paint, unicode: bool, whole: bool
    ) -> None:
        self.specification = specification
        self.paint = paint
        self.mark, self.dash = ("✗", "·") if unicode else ("x", "-")
        self.whole = whole

    def story(self, answers: Answers) -> Iterator[str]:
        for each in answers.questions:
            yield from self.question(each)
            yield ""
        if answers.pairs:
            yield self.paint("Nothing is said of", "bold")
            for pair in answers.pairs:
                yield from self.pair(pair)
            yield ""
        for fault in answers.faults:
            yield self.paint(f"{self.mark} {fault}", "red")
        counted = [
            _many(len(answers.questions), "question"),
            _many(len(answers.pairs), "silent pair"),
            _many(len(answers.faults), "fault"),
        ]
        yield f"{answers.machine}: {', '.join(counted)}"

    def question(self, opened: Opened) -> Iterator[str]:
        question = opened.question
        head = f"{self.paint(question.id, 'bold')}  {question.kind}"
        about = f" {self.dash} {', '.join(question.about)}" if question.about else ""
        yield head + self.paint(about, "dim")
        chosen = chosen_reading(question)
        width = max([len("chosen"), *(len(reading.by) for reading in question.readings)])
        for reading in question.readings:
            yield f"  {self.paint(f'{reading.by:<{width}}', 'blue')}  {reading.says}"
        own = chosen.by if chosen is not None else question.chosen
        yield f"  {self.paint('chosen'.ljust(width), 'green')}  {own}: {question.why}"
        if question.no_log:
            yield f"  {'no log':<{width}}  {question.no_log}"
        if opened.log is not None:
            found = " (looked for)" if opened.origin == "search" else ""
            yield f"  {'log':<{width}}  {self.short(opened.log)}{found}"
            yield from self.lines(opened.log)
            names = max(len(result.by) for result in opened.results)
            for result in opened.results:
                told = "; ".join(_told(result, opened)) or "the same"
                yield f"      {self.paint(f'{result.by:<{names}}', 'bold')}  {told}"
        for bearing in opened.bearings:
            yield f"  {'claim':<{width}}  {bearing.claim}, {bearing.verdict}: {bearing.says}"
            for end in bearing.ends:
                yield f"      {end.purpose}: {self.short(end.log)}"
                yield from self.lines(end.log)
        if opened.fault is not None:
            yield self.paint(f"  {self.mark} {opened.fault}", "red")

    def pair(self, pair: SilentPair) -> Iterator[str]:
        owners = ", ".join(pair.questions) or "no question"
        style = ("dim",) if pair.owned else ("red",)
        if pair.log is not None:
            told = self.short(pair.log)
        else:
            told = "no log comes there" if pair.complete else "no log was found"
        yield f"  {pair.event} in {pair.state}: {told}  {self.paint(f'[{owners}]', *style)}"
        if pair.log is not None:
            yield from self.lines(pair.log)

    def short(self, log: Log) -> str:
        return ", ".join(shorthand(self.specification, log))

    def lines(self, log: Log) -> Iterator[str]:
        for number, line in enumerate(log.lines if self.whole else (), 1):
            yield f"      {number:>2}  {self.paint(line, 'dim')}"


def _told(result: Result, opened: Opened) -> Iterator[str]:
    """What a reading makes of the log, where others make something else of it."""
    shared = set.intersection(*(each.part(FINDINGS) for each in opened.results))
    for part in opened.differing:
        value = result.part(part)
        if part == FINDINGS:
            own = [f for f in result.told.findings if f._replace(message="") not in shared]
            told = (f"{f.level}[{f.rule}] in line {f.line}" for f in own)
            yield ", ".join(told) or "no such finding"
        elif part == VIRTUAL:
            yield f"counts as {', '.join(value) or 'nothing more'}"
        elif part == STATE:
            yield f"ends in {value}"
        elif part == VERDICT:
            yield str(value)
        else:
            yield f"{part.removeprefix(f'{REPORT}.')} {_plain(value)}"


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=repr)


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'s' if count != 1 else ''}"


def text(
    specification: Specification,
    answers: Answers,
    *,
    paint: Paint = plain,
    unicode: bool = True,
    whole: bool = False,
) -> str:
    """The list; `whole` shows every line of the logs."""
    return "\n".join(_Writer(specification, paint, unicode, whole).story(answers))


# For programs


def json_value(answers: Answers, *, files: Files | None = None) -> dict[str, Any]:
    """The list as JSON values."""
    paths = files or {}
    return {
        "machine": answers.machine,
        "faults": list(answers.faults),
        "questions": [_question_value(each, paths) for each in answers.questions],
        "silent": [
            {
                **pair._asdict(),
                "log": None if pair.log is None else pair.log.lines,
                "fault": pair.fault,
                "file": paths.get(name_of(pair)),
            }
            for pair in answers.pairs
        ],
    }


def _question_value(opened: Opened, files: Files) -> dict[str, Any]:
    question = opened.question
    chosen = chosen_reading(question)
    readings = [
        {
            "by": reading.by,
            "says": reading.says,
            "change": None if reading.change is None else json.loads(reading.change),
            "chosen": reading == chosen,
        }
        for reading in question.readings
    ]
    return {
        "id": question.id,
        "kind": question.kind,
        "about": question.about,
        "readings": readings,
        "chosen": question.chosen,
        "why": question.why,
        "log": None if opened.log is None else opened.log.lines,
        "origin": opened.origin,
        "no_log": question.no_log or None,
        "differs": opened.differing,
        "results": [_result_value(result) for result in opened.results],
        "claims": [_claim_value(bearing, files) for bearing in opened.bearings],
        "fault": opened.fault,
        "file": files.get(question.id) if opened.log is not None else None,
    }


def _result_value(result: Result) -> dict[str, Any]:
    return {
        "by": result.by,
        "verdict": result.told.verdict,
        "state": result.told.state,
        "virtual": result.virtual,
        "findings": [found._asdict() for found in result.told.findings],
        "report": dict(result.told.report),
    }


def _claim_value(bearing: Bearing, files: Files) -> dict[str, Any]:
    return {
        "claim": bearing.claim,
        "says": bearing.says,
        "verdict": bearing.verdict,
        "logs": [
            {
                "name": end.name,
                "shows": end.purpose,
                "state": end.state,
                "log": end.log.lines,
                "file": files.get(name_of_end(bearing, end)),
            }
            for end in bearing.ends
        ],
    }
