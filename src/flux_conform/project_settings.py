"""A project's settings: defaults for options, from flux-conform.toml or pyproject.toml.

Of the folders from here upwards the first with such a file counts, and of its two files
flux-conform.toml. Whatever is given in a call counts more. A folder in which everybody may write,
such as /tmp, is passed over: anybody could say there what somebody else's calls allow.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from flux_conform.inputs import note_read

FILE = "flux-conform.toml"
_PROJECT = "pyproject.toml"
_TABLE = "flux-conform"
_MOST_BYTES = 1 << 20

FOR_ALL = ("machine", "allow", "strict", "rules")
"""The settings that hold for all verbs with such an option; others stand in a verb's table."""


class BadConfiguration(ValueError):
    """A file of settings that cannot be used; the message says where and why."""


class Setting(NamedTuple):
    """The value of a setting, and the line on which it stands, from 1; 0 if that is not known."""

    value: Any
    line: int


class Configuration(NamedTuple):
    """The settings in a file: those for all verbs, and those of one verb each."""

    path: str
    shared: Mapping[str, Setting]
    verbs: Mapping[str, Mapping[str, Setting]]

    def of(self, verb: str) -> dict[str, Setting]:
        """The settings that hold for a verb; those in its own table count more."""
        return {**self.shared, **self.verbs.get(verb, {})}

    def place(self, setting: Setting) -> str:
        """Where a setting stands: the file and the line."""
        return f"{self.path}:{setting.line}" if setting.line else self.path

    def texts(self, key: str) -> tuple[str, ...]:
        """A shared setting that is a text or a list of texts; () if it is not set.

        Raises BadConfiguration.
        """
        setting = self.shared.get(key)
        if setting is None:
            return ()
        values = [setting.value] if isinstance(setting.value, str) else setting.value
        if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
            raise self.fault(key, setting, "is a text or a list of texts")
        return tuple(values)

    def flag(self, key: str) -> bool:
        """A shared setting that is true or false. Raises BadConfiguration."""
        setting = self.shared.get(key, Setting(False, 0))
        if not isinstance(setting.value, bool):
            raise self.fault(key, setting, "is true or false")
        return setting.value

    def fault(self, key: str, setting: Setting, why: str) -> BadConfiguration:
        """The error that says what is wrong with a setting."""
        return BadConfiguration(f'{self.place(setting)}: "{key}" {why}')

    def beside(self, name: str) -> str:
        """The path of a file that a setting names, which is beside the file of settings."""
        return os.path.normpath(os.path.join(os.path.dirname(self.path), name))


def find_configuration(start: str | None = None) -> Configuration | None:
    """The settings for a folder, the current one if none is named; None if there are none.

    Raises BadConfiguration, and OSError where a file cannot be read.
    """
    try:
        folder = os.path.abspath(start or os.curdir)
    except FileNotFoundError:  # the folder where we are is gone
        return None
    while True:
        for name in () if _is_everybodys(folder) else (FILE, _PROJECT):
            path = os.path.join(folder, name)
            if os.path.isfile(path):
                found = read_configuration(os.path.relpath(path))
                if found is not None:
                    return found
        above = os.path.dirname(folder)
        if above == folder:
            return None
        folder = above


def _is_everybodys(folder: str) -> bool:
    """Whether every user may put a file into a folder."""
    return os.name == "posix" and bool(os.stat(folder).st_mode & stat.S_IWOTH)


def read_configuration(path: str) -> Configuration | None:
    """The settings in a file; None where it is a pyproject.toml that has none.

    Raises BadConfiguration, and OSError where the file cannot be read.
    """
    with open(path, "rb") as file:
        note_read(file)
        data = file.read(_MOST_BYTES + 1)
    is_project = os.path.basename(path) == _PROJECT
    if is_project and not _OUR_TABLE.search(data):
        return None
    if len(data) > _MOST_BYTES:
        raise BadConfiguration(f"{path}: it is larger than {_MOST_BYTES:,} bytes")
    import tomllib  # most calls have no settings

    try:
        text = data.decode()
        tree = tomllib.loads(text)
    except ValueError as error:
        raise BadConfiguration(f"{path}: {error}") from error
    head = f"tool.{_TABLE}" if is_project else ""
    if is_project:
        tree = tree.get("tool", {}).get(_TABLE)
        if not isinstance(tree, dict):
            return None
    lines = dict(_lines(text))
    shared: dict[str, Setting] = {}
    verbs: dict[str, dict[str, Setting]] = {}
    for key, value in tree.items():
        if isinstance(value, dict):
            table = ".".join(filter(None, (head, key)))
            at = lines.get((head, key), 0)
            verbs[key] = {k: Setting(v, lines.get((table, k), at)) for k, v in value.items()}
        else:
            shared[key] = Setting(value, lines.get((head, key), 0))
    found = Configuration(path, shared, verbs)
    for key, setting in shared.items():
        if key not in FOR_ALL:
            known = ", ".join(FOR_ALL)
            why = f"is none of the settings for all verbs, {known}; others stand below [VERB]"
            raise found.fault(key, setting, why)
    return found


_OUR_TABLE = re.compile(rb"^\s*\[[^\]]*flux-conform|^\s*flux-conform\s*=", re.MULTILINE)
_HEADING = re.compile(r"\[([^\[\]]+)\]")
_KEY = re.compile(r"""["']?([A-Za-z0-9_-]+)["']?\s*=""")


def _lines(text: str) -> Iterator[tuple[tuple[str, str], int]]:
    """The lines of keys by their table, as they are usually written."""
    table = ""
    for number, line in enumerate(text.splitlines(), 1):
        if heading := _HEADING.match(line.strip()):
            table = ".".join(part.strip().strip("\"'") for part in heading[1].split("."))
        elif key := _KEY.match(line.strip()):
            yield (table, key[1]), number
