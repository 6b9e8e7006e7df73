"""Reads YAML as version 1.2 means it: only `true` and `false` are booleans, and no date is one."""

import re
from pathlib import Path
from typing import Any, ClassVar

import yaml


class _Core(yaml.SafeLoader):
    """The core schema of YAML 1.2, as an editor reads a specification file."""

    yaml_implicit_resolvers: ClassVar[dict[Any, Any]] = {}


_Core.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile("^(?:true|false)$"), list("tf"))
_Core.add_implicit_resolver("tag:yaml.org,2002:int", re.compile("^-?[0-9]+$"), list("-0123456789"))
_Core.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^-?[0-9]+\.[0-9]+$"), list("-0123456789")
)
_Core.add_implicit_resolver("tag:yaml.org,2002:null", re.compile("^(?:null|~|)$"), ["n", "~", ""])


def load_yaml(path: str | Path) -> Any:
    """The value of a YAML file."""
    return yaml.load(Path(path).read_text(encoding="utf-8"), _Core)
