"""The directive `command-line`: a section for each verb, made from the parsers of the command.

What it says is what `flux-conform VERB --help` says, for both are made from the same parser.
"""

from __future__ import annotations

import argparse
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from flux_conform.cli.main import VERBS, parser_of


class CommandLine(SphinxDirective):
    """A section for each verb, and below it one for each verb that it has itself."""

    has_content = False

    def run(self) -> list[nodes.Node]:
        """The sections."""
        # A change of any verb is one of the whole page; it is small.
        self.env.note_reread()
        return [self._section(parser_of(verb), says) for verb, says in VERBS.items()]

    def _section(self, parser: argparse.ArgumentParser, says: str) -> nodes.section:
        parser.color = False  # which newer versions of Python put into what they print
        name = parser.prog.removeprefix("flux-conform ")
        section = nodes.section(ids=[nodes.make_id(name)], names=[nodes.fully_normalize_name(name)])
        section += nodes.title(text=name)
        self.state.document.note_explicit_target(section)
        usage = parser.format_usage().removeprefix("usage: ").rstrip()
        section += nodes.literal_block(usage, usage, language="text")
        for paragraph in (parser.description or says).strip().split("\n\n"):
            section += _paragraph(paragraph)
        below: list[nodes.section] = []
        listed: list[argparse.Action] = []
        for action in parser._actions:
            if isinstance(action, argparse._SubParsersAction):
                helps = {choice.dest: choice.help or "" for choice in action._choices_actions}
                below = [self._section(sub, helps[verb]) for verb, sub in action.choices.items()]
            elif action.help != argparse.SUPPRESS and not isinstance(action, argparse._HelpAction):
                listed.append(action)
        if listed:
            section += _table(parser, listed)
        section += below
        return section


def _paragraph(text: str) -> nodes.Node:
    """A paragraph of a docstring; lines that are indented or in columns are kept as they are."""
    lines = text.splitlines()
    if any(line.startswith(" ") or "  " in line.strip() for line in lines):
        return nodes.literal_block(text, text, language="text")
    return nodes.paragraph("", "", *_inline(" ".join(lines)))


def _inline(text: str) -> list[nodes.Node]:
    """Text in which backquotes mark what is literal."""
    return [
        nodes.literal(text=part) if odd else nodes.Text(part)
        for index, part in enumerate(text.split("`"))
        if part
        for odd in (index % 2 == 1,)
    ]


def _table(parser: argparse.ArgumentParser, actions: list[argparse.Action]) -> nodes.Node:
    formatter = parser._get_formatter()
    rows = []
    for action in actions:
        invocation = formatter._format_action_invocation(action)
        says = formatter._expand_help(action) if action.help else ""
        term = nodes.term("", "", nodes.literal(text=invocation))
        rows.append(
            nodes.definition_list_item(
                "", term, nodes.definition("", nodes.paragraph("", "", *_inline(says)))
            )
        )
    return nodes.definition_list("", *rows, classes=["options"])


def setup(app: Sphinx) -> dict[str, Any]:
    """Add the directive."""
    app.add_directive("command-line", CommandLine)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
