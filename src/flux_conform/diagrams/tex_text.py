"""Texts as TeX reads them: specials escaped, ligatures kept apart, no character unknown."""

from __future__ import annotations

from flux_conform.diagrams.metrics import text_width

_ESCAPED = {
    **{special: f"\\{special}" for special in "_#%&{}$"},
    "\\": r"\textbackslash{}",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    # Babel makes quotation marks commands in some languages.
    '"': r"\char34{}",
    # Else two of them become one character.
    **{char: f"{char}{{}}" for char in "-`',!?"},
    "\N{MULTIPLICATION SIGN}": r"\texttimes{}",
    "·": r"\textperiodcentered{}",
    "\N{EN DASH}": r"\textendash{}",
    "—": r"\textemdash{}",
    "…": r"\textellipsis{}",
    "•": r"\textbullet{}",
    "\N{NO-BREAK SPACE}": "~",
}
_MATHS = {
    "→": r"\rightarrow",
    "←": r"\leftarrow",
    "↑": r"\uparrow",
    "↓": r"\downarrow",
    "≤": r"\leq",
    "≥": r"\geq",
    "≠": r"\neq",
    "\N{MINUS SIGN}": "-",
    "\N{PLUS-MINUS SIGN}": r"\pm",
    "\N{MICRO SIGN}": r"\mu",
    "∞": r"\infty",
}
"""Signs that only the fonts of mathematics have."""

_LATIN = "ÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝßàáâãäåæçèéêëìíîïñòóôõöøùúûüýÿ"
"""What LaTeX knows in every encoding of its fonts."""


def tex_text(text: str, size: float) -> str:
    """The text for TeX; a character that it has no glyph for becomes its number, as wide.

    Args:
        text: One line.
        size: The size of its type in points.
    """
    return "".join(_escaped(char, size) for char in text).replace("  ", r"\ \ ")


def in_comment(text: str) -> str:
    """The text for a comment, which ends with the line."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _escaped(char: str, size: float) -> str:
    if char in _ESCAPED:
        return _ESCAPED[char]
    if " " <= char <= "~" or char in _LATIN:
        return char
    if char in _MATHS:
        # Small type has no sizes for exponents, and TeX would warn of that.
        return f"\\scalebox{{{size / 10:g}}}{{\\fontsize{{10}}{{12}}\\selectfont${_MATHS[char]}$}}"
    width = text_width(char, size)
    if not width:
        return ""  # an accent that combines with the character before it
    return f"\\resizebox{{{width:g}bp}}{{!}}{{U+{ord(char):04X}}}"
