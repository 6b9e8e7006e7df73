"""The list of open questions, as text and as JSON values.

JSON: `{"machine", "faults": [text], "questions": [QUESTION], "silent": [PAIR]}`.

QUESTION is `{"id", "kind", "about": [text], "readings": [{"by", "says", "change": object or null,
"chosen"}], "chosen", "why", "log": [line] or null, "origin", "no_log", "differs": [part],
"results": [RESULT], "claims": [CLAIM], "fault": text or null, "file": path or null}`. `origin` is
"model" if the specification provides the log, "search" if a search found it. RESULT is the
checker's result for the log under a reading: `{"by", "verdict", "state", "virtual": [name],
"findings": [{"rule", "level", "line", "message"}], "report": {field: value}}`; `differs` names the
parts in which the results differ, a field of the report as `report.NAME`. CLAIM is a claim that
names the question: `{"claim", "says", "verdict", "logs": [{"name", "shows", "state", "log": [line],
"file"}]}`.

PAIR is a state and an event on which the source is silent there: `{"state", "event", "generation",
"questions": [id], "log": [line] or null, "complete", "fault", "file"}`; without a log, `complete`
means that the explicit instance was searched completely.
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
    Log,
    OpenQuestion,
    ReadingResult,
    Refutation,
    RelatedClaim,
    SilentPair,
)
from flux_conform.questions.shorthand import shorthand

Files = Mapping[str, str]
"""The files that logs were written to, by log name."""


def logs(answers: Answers) -> dict[str, Log]:
    """Return every log, by the name of its file."""
    found = {each.question.id: each.log for each in answers.questions if each.log is not None}
    found |= {pair_name(pair): pair.log for pair in answers.pairs if pair.log is not None}
    for each in answers.questions:
        for claim in each.claims:
            found |= {refutation_name(claim, each): each.log for each in claim.refutations}
    return found


def pair_name(pair: SilentPair) -> str:
    """Return the name of a silent pair's log."""
    return f"silent-{pair.event}-{pair.state}"


def refutation_name(claim: RelatedClaim, refutation: Refutation) -> str:
    """Return the name of a log that refutes a claim."""
    return f"{claim.claim}-{refutation.name}"


# Text


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

    def question(self, opened: OpenQuestion) -> Iterator[str]:
        question = opened.question
        head = f"{self.paint(question.id, 'bold')}  {question.kind}"
        about = f" {self.dash} {', '.join(question.about)}" if question.about else ""
        yield head + self.paint(about, "dim")
        chosen = question.chosen_reading
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
                shown = "; ".join(_differences(result, opened)) or "the same"
                yield f"      {self.paint(f'{result.by:<{names}}', 'bold')}  {shown}"
        for claim in opened.claims:
            yield f"  {'claim':<{width}}  {claim.claim}, {claim.verdict}: {claim.says}"
            for refutation in claim.refutations:
                yield f"      {refutation.purpose}: {self.short(refutation.log)}"
                yield from self.lines(refutation.log)
        if opened.fault is not None:
            yield self.paint(f"  {self.mark} {opened.fault}", "red")

    def pair(self, pair: SilentPair) -> Iterator[str]:
        owners = ", ".join(pair.questions) or "no question"
        style = ("dim",) if pair.owned else ("red",)
        if pair.log is not None:
            shown = self.short(pair.log)
        else:
            shown = "no log comes there" if pair.complete else "no log was found"
        yield f"  {pair.event} in {pair.state}: {shown}  {self.paint(f'[{owners}]', *style)}"
        if pair.log is not None:
            yield from self.lines(pair.log)

    def short(self, log: Log) -> str:
        return ", ".join(shorthand(self.specification, log))

    def lines(self, log: Log) -> Iterator[str]:
        for number, line in enumerate(log.lines if self.whole else (), 1):
            yield f"      {number:>2}  {self.paint(line, 'dim')}"


def _differences(result: ReadingResult, opened: OpenQuestion) -> Iterator[str]:
    """Describe the parts of a reading's result in which the readings differ."""
    shared = set.intersection(*(each.part(FINDINGS) for each in opened.results))
    for part in opened.differing:
        value = result.part(part)
        if part == FINDINGS:
            own = [f for f in result.checked.findings if f._replace(message="") not in shared]
            shown = (f"{f.level}[{f.rule}] in line {f.line}" for f in own)
            yield ", ".join(shown) or "no such finding"
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
    """Format the list as text; `whole` shows every line of the logs."""
    return "\n".join(_Writer(specification, paint, unicode, whole).story(answers))


# JSON


def json_value(answers: Answers, *, files: Files | None = None) -> dict[str, Any]:
    """Return the list as JSON values."""
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
                "file": paths.get(pair_name(pair)),
            }
            for pair in answers.pairs
        ],
    }


def _question_value(opened: OpenQuestion, files: Files) -> dict[str, Any]:
    question = opened.question
    chosen = question.chosen_reading
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
        "claims": [_claim_value(claim, files) for claim in opened.claims],
        "fault": opened.fault,
        "file": files.get(question.id) if opened.log is not None else None,
    }


def _result_value(result: ReadingResult) -> dict[str, Any]:
    return {
        "by": result.by,
        "verdict": result.checked.verdict,
        "state": result.checked.state,
        "virtual": result.virtual,
        "findings": [found._asdict() for found in result.checked.findings],
        "report": dict(result.checked.report),
    }


def _claim_value(claim: RelatedClaim, files: Files) -> dict[str, Any]:
    return {
        "claim": claim.claim,
        "says": claim.says,
        "verdict": claim.verdict,
        "logs": [
            {
                "name": refutation.name,
                "shows": refutation.purpose,
                "state": refutation.state,
                "log": refutation.log.lines,
                "file": files.get(refutation_name(claim, refutation)),
            }
            for refutation in claim.refutations
        ],
    }
