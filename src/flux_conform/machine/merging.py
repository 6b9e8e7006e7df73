"""Two objects made one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

Value: TypeAlias = Any


def merged(old: Mapping[str, Value], new: Mapping[str, Value]) -> dict[str, Value]:
    """The object with the new one's keys put in, at any depth.

    Where both values of a key are objects they are merged too. A key whose new value is null is
    removed, and so is one in an object that is put in whole. Neither object is changed; a reader
    of logs bounds how deep they nest.
    """
    result = dict(old)
    for key, value in new.items():
        if value is None:
            result.pop(key, None)
        elif isinstance(value, dict):
            before = result.get(key)
            result[key] = merged(before if isinstance(before, dict) else {}, value)
        else:
            result[key] = value
    return result


def updated(old: Mapping[str, Value], new: Mapping[str, Value]) -> dict[str, Value]:
    """The object with the new one's keys put in as they are; null removes a key, at the top."""
    result = dict(old)
    for key, value in new.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = value
    return result
