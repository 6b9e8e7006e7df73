"""Many logs: which specification judges each, and what became of them.

What a session finds it gives out as events. It prints nothing, and knows no command line.
"""

from __future__ import annotations


class SessionError(Exception):
    """What was asked for cannot be done; `says` why, in a sentence.

    `setting` is the setting at fault, such as repair, and `place` the file that it names; None
    where it is no single one.
    """

    def __init__(self, says: str, setting: str | None = None, place: str | None = None) -> None:
        super().__init__(says, setting, place)
        self.says = says
        self.setting = setting
        self.place = place

    def __str__(self) -> str:
        where = " ".join(each for each in (self.setting, self.place) if each is not None)
        return f"{where}: {self.says}" if where else self.says
