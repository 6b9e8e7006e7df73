"""Show the settings that hold here, and where they come from.

Settings are defaults for options: in flux-conform.toml, or in the table tool.flux-conform of
pyproject.toml. Of the folders from the current one upwards the first with such a file counts. The
keys machine, allow, strict and rules hold for all verbs, and those in a table [VERB] for that verb:
the long names of its options. Paths are relative to the file. Whatever a call gives counts more;
flux-conform --no-config VERB uses no settings, flux-conform --config FILE VERB those of FILE.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from flux_conform.cli.common import UsageError, add_format_option, output_paint
from flux_conform.project_settings import FILE, FOR_ALL
from flux_conform.text import finite_json, printable

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from flux_conform.project_settings import Configuration, Setting


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of the verb."""
    add_format_option(parser)


def run(arguments: argparse.Namespace) -> int:
    """Print the settings; each is checked against the options of its verb."""
    from flux_conform.cli.configured import Configured
    from flux_conform.cli.main import VERBS, parser_of
    from flux_conform.language.faults import suggestion

    found: Configuration | None = arguments.configuration
    if found is not None:
        for verb in found.verbs:
            if verb not in VERBS:
                hint = suggestion(verb, tuple(VERBS))
                raise UsageError(f"{found.path}: [{verb}] is no verb{hint}")
        for verb in VERBS:
            Configured(parser_of(verb), verb, found)
    if arguments.format == "json":
        print(finite_json({"file": found and found.path, "settings": list(_rows(found))}))
        return 0
    if found is None:
        print(f"no settings: neither a {FILE} nor a pyproject.toml with [tool.flux-conform]")
        print("in this folder or above it")
        return 0
    paint = output_paint()
    print(f"{paint(printable(found.path), 'bold')}")
    rows = list(_rows(found))
    names = [f"{row['verb']}: {row['key']}" if row["verb"] else row["key"] for row in rows]
    width = max(map(len, names), default=0)
    for name, row in zip(names, rows, strict=True):
        value = json.dumps(row["value"], ensure_ascii=False)
        print(printable(f"  {name:<{width}}  {value}  (line {row['line']})"))
    for key in FOR_ALL:
        if key not in found.shared:
            print(f"  {key:<{width}}  not set")
    return 0


def _rows(found: Configuration | None) -> Iterator[dict[str, Any]]:
    if found is None:
        return
    for verb, settings in ((None, found.shared), *found.verbs.items()):
        for key, setting in settings.items():
            yield _row(verb, key, setting)


def _row(verb: str | None, key: str, setting: Setting) -> dict[str, Any]:
    return {"verb": verb, "key": key, "value": setting.value, "line": setting.line or None}
