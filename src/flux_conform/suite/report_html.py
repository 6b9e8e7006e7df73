"""A run of the suite as an HTML page."""

from __future__ import annotations

import shlex
from collections import defaultdict
from collections.abc import Iterator, Mapping

from flux_conform.reports.html_page import (
    Html,
    Share,
    bar,
    code,
    facts,
    folded,
    links,
    names,
    page,
    part,
    table,
    whole_bar,
)
from flux_conform.suite.result_text import log_lines, name_of, title, value
from flux_conform.suite.results import (
    ERRORED,
    FAILED,
    KNOWN,
    OUTCOMES,
    PASSED,
    SKIPPED,
    Result,
    SuiteRun,
)

_TOLD = 300
"""Number of causes of which a failure is shown in full; of the others, only ids are listed."""

_OPEN = 3
_PARTS = {
    "clauses": "By clause",
    "failures": "What failed",
    "contested": "What rests on open questions",
    "known": "Known failures",
    "skipped": "What was skipped",
    "untestable": "What no log can test",
}


def suite_html(run: SuiteRun) -> str:
    """The page."""
    name = f"{run.hello.name} {run.hello.version}"
    verdict, kind = verdict_of(run)
    if run.part:
        verdict += f" ({run.part} were chosen)"
    return page(f"{name} on the suite {run.suite.machine}", verdict, kind, _body(run))


def verdict_of(run: SuiteRun) -> tuple[str, str]:
    """The result in a sentence, and its kind: good, bad or warn."""
    counts, total = run.counts(), len(run.results)
    if total < run.chosen:
        return f"Ended after {total:,} of {run.chosen:,} vectors", "warn"
    if counts[ERRORED]:
        return f"The harness broke down on {counts[ERRORED]:,} of {total:,} vectors", "warn"
    if counts[FAILED]:
        return f"{counts[FAILED]:,} of {total:,} vectors failed", "bad"
    if run.all_skipped:
        return f"The harness skipped all {total:,} vectors, so nothing is known of it", "warn"
    if run.mended():
        return "A failure that was known passes again", "warn"
    aside = [
        f"{counts[kind]:,} {word}"
        for kind, word in ((KNOWN, "known failures"), (SKIPPED, "skipped"))
        if counts[kind]
    ]
    beside = f", beside {' and '.join(aside)}" if aside else ""
    return f"All {counts[PASSED]:,} vectors that count passed{beside}", "good"


def _body(run: SuiteRun) -> Iterator[str]:
    yield facts(
        (
            ("suite", f"{run.suite.machine} {run.suite.version}"),
            ("specification", code(run.suite.digest)),
            ("compared", ", ".join(run.hello.reports)),
            ("command", code(shlex.join(run.command))),
            ("took", f"{run.seconds:.1f} s"),
        )
    )
    yield whole_bar(_shares(run.counts()))
    parts = [*_clauses(run), *_failures(run), *_contested(run), *_aside(run), *_untestable(run)]
    yield links(pair for pair in _PARTS.items() if part(*pair) in parts)
    yield from parts


def _part(anchor: str) -> Html:
    return part(anchor, _PARTS[anchor])


def _shares(counts: Mapping[str, int]) -> list[Share]:
    return [
        Share(outcome, "failed as known" if outcome == KNOWN else outcome, counts[outcome])
        for outcome in OUTCOMES
    ]


def _clauses(run: SuiteRun) -> Iterator[str]:
    yield _part("clauses")
    rows = []
    for clause in run.clauses():
        shares = _shares(clause.counts)
        told = ", ".join(f"{share.number:,} {share.name}" for share in shares if share.number)
        says = Html('<br><span class="soft">{}</span>').format(clause.says) if clause.says else ""
        rows.append((code(clause.id) + says, bar(shares), told))
    yield table(("clause", "", "vectors"), rows, ("", "bars", ""))


def _failures(run: SuiteRun) -> Iterator[str]:
    causes = run.causes()
    if not causes:
        return
    yield _part("failures")
    for number, cause in enumerate(causes[:_TOLD]):
        result, *others = cause.results
        more = Html(" and {:,} more for one cause: {}").format(len(others), cause.says)
        head = Html("<b>{}</b> {}{}").format(
            result.vector.id,
            result.outcome,
            more if others else Html(": {}").format(title(result)),
        )
        also = Html("<p>Likewise:</p>{}").format(
            Html(names(code(other.vector.id) for other in others))
        )
        yield folded(head, _account(run, result) + (also if others else ""), is_open=number < _OPEN)
    left = [result for cause in causes[_TOLD:] for result in cause.results]
    if left:
        yield Html("<p>And {:,} more:</p>").format(len(left))
        yield names(code(result.vector.id) for result in left)


def _account(run: SuiteRun, result: Result) -> str:
    vector = result.vector
    parts = [Html("<p>{}</p>").format(vector.says)]
    if vector.clauses:
        parts.append(
            Html('<p class="soft">tests {}</p>').format(Html(", ").join(map(code, vector.clauses)))
        )
    log = Html("").join(
        Html("<mark>{}\n</mark>").format(line) if marked else Html("{}\n").format(line)
        for line, marked in log_lines(result)
    )
    parts.append(Html("<pre>{}</pre>").format(log))
    if result.differences:
        rows = [
            (
                name_of(difference)
                + ("" if difference.line is None else f" in line {difference.line}"),
                code(value(difference.expected)),
                code(value(difference.got)),
            )
            for difference in result.differences
        ]
        parts.append(table(("", "expected", "got"), rows, ("", "told", "told")))
    if result.why:
        parts.append(Html("<p>{}</p>").format(result.why))
    if result.errors:
        parts.append(
            Html("<p>Its standard error ends with:</p><pre>{}</pre>").format(result.errors)
        )
    parts.append(Html("<pre>{}</pre>").format(run.paste(vector)))
    return Html("\n").join(parts)


def _contested(run: SuiteRun) -> Iterator[str]:
    if not run.reads:
        return
    yield _part("contested")
    yield Html(
        "<p>The RFCs leave these open. A vector that rests on them passes only what one reading "
        "expects, and a run has one reading of each.</p>"
    )
    rows = []
    for read in run.reads:
        rests = [each for each in run.contested() if read.question in each.vector.contested]
        names_ = code(read.names) + (" (the answers do not tell)" if read.others else "")
        bad = [code(each.vector.id) for each in rests if each.outcome != PASSED]
        more = folded(f"{len(bad):,} not passed", names(bad)) if bad else ""
        rows.append((code(read.question), names_, f"{read.vectors:,} of {len(rests):,}", more))
    yield table(("question", "reads it as", "vectors that fit", ""), rows, ("", "", "", ""))


def _aside(run: SuiteRun) -> Iterator[str]:
    known, skipped = run.of(KNOWN), run.of(SKIPPED)
    if known or run.mended() or run.unused():
        yield _part("known")
    if known:
        rows = [
            (
                code(result.vector.id),
                result.known.reason,
                Html('<a href="{}">{}</a>').format(result.known.link, result.known.link),
            )
            for result in known
            if result.known is not None
        ]
        yield table(("vector", "reason", "link"), rows, ("", "", ""))
    for entry in run.mended():
        yield Html('<p class="warn">Passes again: {} (line {})</p>').format(
            code(entry.pattern), entry.line
        )
    for entry in run.unused():
        yield Html("<p>Names no vector: {} (line {})</p>").format(code(entry.pattern), entry.line)
    if skipped:
        yield _part("skipped")
        reasons = defaultdict(list)
        for result in skipped:
            reasons[result.why].append(code(result.vector.id))
        for why, ids in sorted(reasons.items()):
            yield folded(Html("{:,}: {}").format(len(ids), why), names(ids))
    for remark in run.remarks:
        yield Html('<p class="warn">The harness: {}</p>').format(remark)


def _untestable(run: SuiteRun) -> Iterator[str]:
    without = [
        (code(row["id"]), row["untestable"]) for row in run.suite.clauses if row.get("untestable")
    ]
    if without:
        yield _part("untestable")
        yield table(("clause", "why"), without, ("", ""))
