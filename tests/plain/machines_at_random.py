"""How the tests draw their machines: at random, and the same ones each time."""

from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

AT_ONCE = 20
"""Values drawn from one seed: of many, Hypothesis makes too many alike."""

FIXED = settings(
    max_examples=AT_ONCE,
    deadline=None,
    database=None,
    derandomize=False,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],
)
"""No example is kept, and none depends on the time that others take.

None is made smaller where a test fails, either: it would take minutes. Add Phase.shrink for that.
"""


def at_random(
    strategy: SearchStrategy[Any], many: int, *, seeded: int = 1
) -> Callable[[Callable[[Any], None]], None]:
    """Call a function with so many values, the same ones for a seed."""

    def run(test: Callable[[Any], None]) -> None:
        def drawn(value: Any) -> None:
            test(value)

        for start in range(0, many, AT_ONCE):
            limited = settings(FIXED, max_examples=min(AT_ONCE, many - start))
            seed(1000 * seeded + start)(limited(given(strategy)(drawn)))()

    return run
