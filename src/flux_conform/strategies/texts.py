"""The strategy for texts, from characters that programs often handle wrongly.

The characters come from a list and not from all of Unicode: Hypothesis takes seconds to build its
table of Unicode at the first use, which fails a health check.
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
    # Control characters, Unicode line separators, which end no line of JSON, invisible marks.
    + "\t\n\r\x00\x1b\x7f\x85\u2028\u2029\u200b\u202e\ufeff\ufffd\uffff"
    # Two, three and four bytes in UTF-8; combining characters; letters whose upper or lower case
    # has another length; right-to-left scripts.
    + "äéß\u0131\u0130ŁΩжקع中文한ﬀe\u0301\U0001d54f🚀👩\u200d💻\U0010ffff"
)
"""The characters, the simplest first: Hypothesis shrinks towards the first."""


def texts(*, least: int = 0, most: int, without: str = "") -> SearchStrategy[str]:
    """Draw texts of `least` to `most` characters, none of which is in `without`."""
    kept = "".join(dict.fromkeys(char for char in ALPHABET if char not in without))
    return st.text(kept, min_size=least, max_size=most)
