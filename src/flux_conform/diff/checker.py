"""The checker as comparisons of specifications use it: is a log accepted, and if not, why.

Rules that ask for times do not count: comparisons are about events, at whatever times they come.
"""

from __future__ import annotations

from flux_conform.checking.finding import VIOLATES, counts
from flux_conform.checking.judge import Options
from flux_conform.checking.judges import Judge
from flux_conform.diff.meaning import Judge as Accepts
from flux_conform.diff.meaning import Judged, Reason
from flux_conform.language.specification import Specification
from flux_conform.machine.event_times import timed_rules


def checker(strict: bool) -> Accepts:
    """Return the checker; it is prepared once for each specification."""
    judges: dict[int, tuple[Specification, Judge]] = {}

    def judged(specification: Specification, log: bytes) -> Judged:
        key = id(specification)
        if key not in judges:
            # The specification is kept, so that no other gets its id.
            judges[key] = (specification, Judge(specification, Options(strict=strict)))
        judgement = judges[key][1].judge(log)
        timed = timed_rules(specification)
        reasons = [
            Reason(finding.rule, finding.level, finding.line, finding.message)
            for finding in judgement.findings
            if counts(finding, strict=strict) and finding.rule not in timed
        ]
        accepted = judgement.verdict != VIOLATES or (bool(timed) and not reasons)
        return Judged(accepted, judgement.state, tuple(reasons))

    return judged
