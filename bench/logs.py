"""Makes eventlogs as real instances write them: their mix, with everything distinct that can be.

Each log is a real one with other times, ids and strings, so that nothing that remembers what it
has seen gains by copies. Real logs come from the corpus (FLUX_CONFORM_CORPUS), or else from
examples/.
"""

from __future__ import annotations

import json
import os
import random
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).resolve().parent.parent
# Strings that mean something to a reader, whatever the job.
_KEPT = {"type", "ranks", "flags"}


def templates() -> tuple[str, list[list[dict[str, Any]]]]:
    """Where the real logs came from, and their events."""
    corpus = os.environ.get("FLUX_CONFORM_CORPUS")
    folder = Path(corpus) / "job" if corpus else _ROOT / "examples"
    logs = []
    for path in sorted(folder.rglob("*.eventlog")):
        try:
            logs.append([json.loads(line) for line in path.read_bytes().splitlines()])
        except ValueError:
            continue  # examples that are broken on purpose
    return ("the corpus" if corpus else "examples/"), logs


def make_logs(events: int, seed: int = 21) -> tuple[str, list[bytes]]:
    """Where the mix came from, and logs of so many events in all."""
    source, real = templates()
    chance = random.Random(seed)
    logs: list[bytes] = []
    made = 0
    while made < events:
        template = chance.choice(real)
        logs.append(_variant(template, len(logs), chance))
        made += len(template)
    return source, logs


def _variant(template: list[dict[str, Any]], number: int, chance: random.Random) -> bytes:
    shift = chance.uniform(-1e8, 0)
    lines = []
    for event in template:
        shift += chance.random() / 100
        changed = {**event, "timestamp": round(event["timestamp"] + shift, 7)}
        if "context" in event:
            changed["context"] = _distinct(event["context"], number, "")
        lines.append(json.dumps(changed, separators=(",", ":"), ensure_ascii=False))
    return ("\n".join(lines) + "\n").encode()


def _distinct(value: Any, number: int, key: str) -> Any:
    if isinstance(value, dict):
        return {name: _distinct(item, number, name) for name, item in value.items()}
    if isinstance(value, list):
        return [_distinct(item, number, key) for item in value]
    if isinstance(value, str) and key not in _KEPT:
        return f"{value}-{number:x}"
    return 1000 + number if key == "userid" else value
