"""Links of a page to files of the repository that are no part of the site.

On a plain view of the files such a link leads to the file. In the site it leads to
`outward_links_base`, or becomes the name of the file where that is not set.
"""

from __future__ import annotations

import posixpath
import re
from typing import Any

from sphinx.application import Sphinx

_LINK = re.compile(r"(?<!!)\[(?P<text>[^\]\n]+(?:\n[^\]\n]+)?)\]\((?P<target>\.\./[^)\s]+)\)")
_FENCE = re.compile(r"^(```.*?^```)$", re.MULTILINE | re.DOTALL)


def rewrite(page: str, source: str, base: str) -> str:
    """The source of a page (`how-to/ci`), with its links that lead out of the site made anew."""

    def made(match: re.Match[str]) -> str:
        text, target = match["text"], match["target"]
        path = posixpath.normpath(posixpath.join(posixpath.dirname(page), target))
        if not path.startswith("../"):
            return match[0]
        if base:
            return f"[{text}]({base}{path.removeprefix('../')})"
        if text.startswith("`"):
            return text
        file = path.removeprefix("../")
        # Where the text is no path, the reader is told of which file it speaks.
        return f"`{text}`" if "/" in text else f"{text} (`{file}`)"

    parts = _FENCE.split(source)
    return "".join(part if part.startswith("```") else _LINK.sub(made, part) for part in parts)


def setup(app: Sphinx) -> dict[str, Any]:
    """Rewrite each page as it is read."""
    app.add_config_value("outward_links_base", "", "env", frozenset({str}))

    def read(app: Sphinx, page: str, source: list[str]) -> None:
        source[0] = rewrite(page, source[0], app.config.outward_links_base)

    app.connect("source-read", read)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
