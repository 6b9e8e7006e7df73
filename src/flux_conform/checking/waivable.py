"""Determines which findings of a log a shipped deviation would waive.

The log is judged again with those deviations allowed, so the answer is exactly what `--allow` does,
including conditions on contexts and readings.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache

from flux_conform.artefacts import artefact
from flux_conform.checking.finding import Finding
from flux_conform.checking.judge import Options
from flux_conform.checking.waivers import Waivers, load_deviations


def waivable(
    findings: Sequence[Finding], judge_again: Callable[[Options], Iterable[Finding]]
) -> Mapping[Finding, str]:
    """Return the findings that shipped deviations would waive, each with their name for `--allow`.

    `judge_again` returns the findings of the same log with other options. Findings that are already
    waived are left out.
    """
    rules = {found.rule for found in findings if found.waived_by is None}
    # Loading YAML takes longer than judging a small log, so the rules are searched in the raw text
    # first.
    named = tuple(_loaded(name) for name, text in _shipped() if any(rule in text for rule in rules))
    if not named:
        return {}
    names = {
        (found.rule, found.line): found.waived_by
        for found in judge_again(Options(notes=True, waivers=Waivers(named)))
        if found.waived_by is not None
    }
    return {
        found: names[found.rule, found.line]
        for found in findings
        if found.waived_by is None and (found.rule, found.line) in names
    }


@cache
def _shipped() -> tuple[tuple[str, str], ...]:
    """Return the names of the shipped deviations, and the texts of their files."""
    folder = artefact("model", "deviations")
    texts = []
    for file in sorted(os.listdir(folder)):
        with open(os.path.join(folder, file), encoding="utf-8") as opened:
            texts.append((file.removesuffix(".yaml"), opened.read()))
    return tuple(texts)


_loaded = cache(load_deviations)
