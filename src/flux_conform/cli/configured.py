"""Options whose defaults are a project's settings."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator
from typing import Any

from flux_conform.cli.common import UsageError, file_errors, usage_errors
from flux_conform.cli.file_options import FOLDERS, READ, WRITTEN
from flux_conform.cli.parsing import subparsers
from flux_conform.language import is_file
from flux_conform.language.faults import suggestion
from flux_conform.project_settings import (
    BadConfiguration,
    Configuration,
    Setting,
    find_configuration,
    read_configuration,
)


def configuration_of(named: str | None, *, wanted: bool) -> Configuration | None:
    """The settings of the file that is named, or of the folder. Raises UsageError."""
    if not wanted:
        return None
    with usage_errors(BadConfiguration):
        if named is None:
            with file_errors("the settings"):
                return find_configuration()
        with file_errors(f"--config {named}"):
            return read_configuration(named)


class Configured:
    """A parser whose options have the settings as their defaults."""

    def __init__(
        self, parser: argparse.ArgumentParser, verb: str, configuration: Configuration | None
    ) -> None:
        """Raises UsageError where a setting fits no option."""
        self._parser = parser
        self._configuration = configuration
        self._settings = {} if configuration is None else configuration.of(verb)
        self._own = set() if configuration is None else set(configuration.verbs.get(verb, ()))
        self._defaults: dict[str, Any] = {}
        self._values: dict[str, tuple[Any, Setting]] = {}
        self.used: dict[str, str] = {}
        """The settings that stand for options which were not given, with their places."""
        for key, setting in self._settings.items():
            self._take(key, setting)

    def parse(self, arguments: list[str]) -> argparse.Namespace:
        """Parse the arguments of a call. Options that they lack have the settings' values."""
        parsed = self._parser.parse_args(arguments)
        for name, default in self._defaults.items():
            if not hasattr(parsed, name) or getattr(parsed, name) is not None:
                continue
            value, setting = self._values[name]
            setattr(parsed, name, default if value is None else value)
            if value is not None and self._configuration is not None:
                self.used[name] = self._configuration.place(setting)
        return parsed

    def _take(self, key: str, setting: Setting) -> None:
        configuration = self._configuration
        assert configuration is not None
        option = f"--{key}"
        actions = [each for each in _actions(self._parser) if option in each.option_strings]
        if not actions:
            if key in self._own:
                known = sorted(
                    name.removeprefix("--")
                    for each in _actions(self._parser)
                    for name in each.option_strings
                    if name.startswith("--") and name != "--help"
                )
                hint = suggestion(key, tuple(known), "settings are the long names of options")
                raise UsageError(str(configuration.fault(key, setting, f"is no option{hint}")))
            return
        for action in actions:
            if action.dest in (*WRITTEN, *FOLDERS):
                why = "names what is written, which each call says itself"
                raise UsageError(str(configuration.fault(key, setting, why)))
            with usage_errors(BadConfiguration):
                value = _value(action, key, setting, configuration)
            name = action.dest
            self._defaults.setdefault(name, action.default)
            self._values[name] = value, setting
            action.default = None


def _actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    yield from parser._actions
    for below in subparsers(parser):
        yield from _actions(below)


def _value(
    action: argparse.Action, key: str, setting: Setting, configuration: Configuration
) -> Any:
    """What an option would have been given. Raises BadConfiguration."""
    value = setting.value
    if action.nargs == 0:
        if not isinstance(value, bool):
            raise configuration.fault(key, setting, "is true or false")
        return value or None
    if isinstance(action, argparse._AppendAction) or action.nargs in ("*", "+"):
        values = [value] if isinstance(value, str) else value
        if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
            raise configuration.fault(key, setting, "is a text or a list of texts")
        return [_path(action, each, configuration) for each in values]
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not isinstance(value, str) and not is_number:
        raise configuration.fault(key, setting, "is a text or a number")
    text = _path(action, str(value), configuration)
    try:
        given: Any = text if action.type is None else action.type(text)  # type: ignore[operator]
    except (ValueError, TypeError, argparse.ArgumentTypeError) as error:
        raise configuration.fault(key, setting, f'cannot be "{text}"') from error
    if action.choices is not None and given not in action.choices:
        among = ", ".join(map(str, action.choices))
        raise configuration.fault(key, setting, f'cannot be "{text}"; it is one of {among}')
    return given


def _path(action: argparse.Action, text: str, configuration: Configuration) -> str:
    """A text, or the path of the file that it names beside the settings."""
    takes_names = "NAME" in str(action.metavar)
    is_path = action.dest in READ and (is_file(text) or not takes_names)
    if not is_path or os.path.isabs(text) or text == "-":
        return text
    return configuration.beside(text)
