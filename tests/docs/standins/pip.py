"""A stand-in for `pip install`, which looks whether what is to be installed is this project.

Nothing is installed: the tests of the packages do that. A page may name a checkout by any path, for
nobody knows where the reader has it, or the project by its name; and extras that there are.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PROJECT = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())["project"]


def check(wanted: str) -> None:
    """Raise SystemExit where there is no such project or no such extra."""
    path, bracket, extras = wanted.partition("[")
    if "/" in path:
        wanted = f"{PROJECT['name']}{bracket}{extras}"
    requirement = Requirement(wanted)
    if canonicalize_name(requirement.name) != PROJECT["name"]:
        raise SystemExit(f"{requirement.name} is not {PROJECT['name']}")
    if unknown := requirement.extras - set(PROJECT["optional-dependencies"]):
        raise SystemExit(f"{PROJECT['name']} has no extra {', '.join(sorted(unknown))}")


if __name__ == "__main__":
    if sys.argv[1:2] != ["install"] or not sys.argv[2:]:
        raise SystemExit("usage: pip install REQUIREMENT...")
    for word in sys.argv[2:]:
        check(word)
