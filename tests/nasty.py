"""Names that a log, a file or a table can have and that somebody's terminal must not run."""

import re

NAMES = {
    "escape": "\x1b[31mred\x1b]0;title\x07",
    "nul": "nul\x00after",
    "bell": "\x07\x08\x7f",
    "c1": "\x9b31m\x85next\x90dcs\x9c",
    "carriage return": "shown\rINJECTED",
    "line feed": "shown\nINJECTED",
    "command": "\n::error file=a::INJECTED",
    "line separators": "a\u2028INJECTED\u2029b",
    "form feed": "\x0bvertical\x0cform\x1cfile",
    "override": "\u202egol.tneve\u202c",
    "isolates": "\u2066a\u2067b\u2068c\u2069",
    "embeddings": "\u202aa\u202bb\u202d",
    "marks": "\u200e\u200f\u061c",
    "lone surrogates": "\ud800 and \udce9",
    "not a character": "\ufffe\uffff",
    "private": "\ue000\ue001\U0010ffff",
    "tags": "\U000e0001\U000e0041",
    "byte order mark": "\ufeffname",
    "zero width": "a\u200b\u200c\u200db",
    "backslashes": 'a\\"b\\N\\n\\l\\\\',
    "trailing backslash": "ends\\",
    "markup": "<script>alert('&\"')</script>&amp;&#0;]]>",
    "html label": "<<b>bold</b>>",
    "tex": "%#$_{}~^\\input{/etc/passwd}$$",
    "markdown": "| a | `b` ](javascript:alert(1)) *c*",
    "mermaid": '"]:::x;--> END {}',
    "formula": '=HYPERLINK("http://x","y")',
    "emoji": "\U0001f600\U0001f469\u200d\U0001f680 e\u0301",
    "other scripts": "\u05d0\u05d1 \u0627\u0644 \u4e2d\u6587",
    "blanks": " \t\xa0\u3000 ",
    "long": "long " + "x" * 3_000,
}
"""By what is odd with each. INJECTED stands where a forged line would begin."""

RAW = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)
"""What no text for people may hold: controls but tab and line feed, marks of direction, breaks."""

FORGED = re.compile(r"^\s*(INJECTED|::error file=a::)", re.MULTILINE)
"""A line that a name began."""
