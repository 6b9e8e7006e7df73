"""Judges a window of a log: a part whose beginning or end is missing, as after a rotation.

`judge_window` starts from all that the log so far could have come to. `unknown` evaluates
expressions of which only some is known, `past` tells what is known of a log by its state alone.
"""

from flux_conform.checking.finding import INCONCLUSIVE
from flux_conform.checking.window.gaps import Gaps
from flux_conform.checking.window.judgement import Doubt, WindowJudgement
from flux_conform.checking.window.window_judge import judge_window

__all__ = ["INCONCLUSIVE", "Doubt", "Gaps", "WindowJudgement", "judge_window"]
