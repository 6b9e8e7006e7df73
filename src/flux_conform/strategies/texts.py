"""Texts: of characters that are told apart by what programs get wrong about them.

They are drawn from a list and not from all of Unicode, whose table takes Hypothesis seconds to make
where it is first used: longer than a health check waits.
"""

from __future__ import annotations

import string

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

ALPHABET = (
    string.ascii_letters
    + string.digits
    + " _-."
    + string.punctuation
    # Controls, line separators that are none in JSON lines, and marks that nobody sees.
    + "\t\n\r\x00\x1b\x7f\x85\u2028\u2029\u200b\u202e\ufeff\ufffd\uffff"
    # Two, three and four bytes; a letter in two parts; cases that change length; right to left.
    + "äéß\u0131\u0130ŁΩжקع中文한ﬀe\u0301\U0001d54f🚀👩\u200d💻\U0010ffff"
)
"""The characters, the plainest first."""


def texts(*, least: int = 0, most: int, without: str = "") -> SearchStrategy[str]:
    """Texts of so many characters, `without` some."""
    kept = "".join(dict.fromkeys(char for char in ALPHABET if char not in without))
    return st.text(kept, min_size=least, max_size=most)
