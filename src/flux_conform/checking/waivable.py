"""Which findings of a log would be waived by a known deviation that comes with the package.

Only logs with findings are looked at. The log is judged once more with those deviations allowed, so
that the answer is what `--allow` does, contexts and readings included.
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
    """The findings that shipped deviations waive, with the name that `--allow` takes for it.

    `judge_again` gives the findings of the same log with other options. A finding that is waived
    already is left out.
    """
    rules = {found.rule for found in findings if found.waived_by is None}
    # Reading YAML takes longer than judging a small log: look for the rules in the texts first.
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
    """The names of the deviations that come with the package, and the texts of their files."""
    folder = artefact("model", "deviations")
    texts = []
    for file in sorted(os.listdir(folder)):
        with open(os.path.join(folder, file), encoding="utf-8") as opened:
            texts.append((file.removesuffix(".yaml"), opened.read()))
    return tuple(texts)


_loaded = cache(load_deviations)
