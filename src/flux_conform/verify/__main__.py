"""The verifier as a command: `python -m flux_conform.verify`."""

from __future__ import annotations

import sys

from flux_conform.verify import missing, verify
from flux_conform.verify.whole_json import read_json


def main(arguments: list[str]) -> int:
    """Verify the files, print the results, and return the exit code."""
    model, code = None, 0
    try:
        if arguments[:1] == ["--machine"]:
            with open(arguments[1], encoding="utf-8") as file:
                model = read_json(file.read())["specification"]
            arguments = arguments[2:]
        for path in arguments:
            with open(path, encoding="utf-8") as file:
                document = read_json(file.read())
            for result in verify(document, model):
                print(result.line)
                code = max(code, int(result.problem is not None))
            absent = missing(document, model) if model is not None else []
            if absent:
                print(f"not in this file: {', '.join(absent)}")
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        print(f"no certificate: {type(error).__name__}: {error}", file=sys.stderr)
        return 2
    return code if arguments else 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
