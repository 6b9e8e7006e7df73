"""What a fuzz run attacks: a parser, what makes its inputs, and what parses one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import NamedTuple

from fuzz_mutations import mutated
from fuzz_seeds import Seeds

from flux_conform.checking.judge import Options
from flux_conform.repair import Bounds

Parse = Callable[[bytes], bool]
Prepared = tuple[Callable[[Random], bytes], Parse]


class Target(NamedTuple):
    """A parser. `weight` is its share of the time; `prepare` is called once, with a folder.

    `prepare` gives what makes an input, and what parses one.
    """

    name: str
    weight: int
    prepare: Callable[[Seeds, Path], Prepared]


def of(seeds: Sequence[bytes], parse: Parse) -> Prepared:
    return (lambda random: mutated(random, seeds)), parse


CAREFUL = Options(notes=True, strict=True)
QUICK = Bounds(changes=3, seconds=0.15, repairs=4)
