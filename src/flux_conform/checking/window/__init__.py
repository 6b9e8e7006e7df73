"""Judges windows: logs whose beginning or end is missing, as after a rotation.

`judge_window` starts from every configuration that the missing beginning can lead to. `past`
derives what is known about a log from its state alone.
"""

from flux_conform.checking.finding import INCONCLUSIVE
from flux_conform.checking.window.gaps import Gaps
from flux_conform.checking.window.judgement import Doubt, WindowJudgement
from flux_conform.checking.window.window_judge import judge_window

__all__ = ["INCONCLUSIVE", "Doubt", "Gaps", "WindowJudgement", "judge_window"]
