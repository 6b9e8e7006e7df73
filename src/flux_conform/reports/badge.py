"""A small badge as SVG: a label and what came of it, in the manner of build servers."""

from __future__ import annotations

from xml.sax.saxutils import escape, quoteattr

# Widths of Verdana at 11 pixels, by kinds of letters; the text is fitted to the sum.
_NARROW, _WIDE = "ijlftr.,:;'|![]() ", "mwMW%@"
_COLOURS = {"good": "#2d7d46", "bad": "#b3261e", "broken": "#6b6b6b"}


def badge(label: str, message: str, kind: str) -> str:
    """The badge; `kind` is good, bad or broken."""
    left, right = _width(label) + 12, _width(message) + 12
    whole = left + right
    says = f"{label}: {message}"

    def text(words: str, x: float, width: int) -> str:
        return (
            f'<text x="{x}" y="14" textLength="{width - 12}" lengthAdjust="spacingAndGlyphs">'
            f"{escape(words)}</text>"
        )

    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{whole}" height="20" '
        f'viewBox="0 0 {whole} 20" role="img" aria-label={quoteattr(says)}>\n'
        f"<title>{escape(says)}</title>\n"
        f'<rect width="{whole}" height="20" rx="3" fill="#444"/>\n'
        f'<path d="M{left} 0h{right - 3}a3 3 0 0 1 3 3v14a3 3 0 0 1-3 3H{left}z" '
        f'fill="{_COLOURS[kind]}"/>\n'
        f'<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">\n'
        f"{text(label, 6, left)}\n{text(message, left + 6, right)}\n</g>\n</svg>\n"
    )


def _width(text: str) -> int:
    return round(sum(4.2 if c in _NARROW else 10.5 if c in _WIDE else 7.0 for c in text))
