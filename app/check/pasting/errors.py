"""The error for unreadable text, and the limits of a pasted text."""

from typing import NoReturn

MAX_DEPTH = 4
"""The deepest nesting: a kernel weight is [out][in][rows][columns]."""
MAX_BRACKETS = 12
"""The most open brackets at once, those of `array(` included."""
MAX_NUMBER_LENGTH = 400
"""The most characters of one number."""
MAX_LENGTH = 1_000_000
"""The most characters of a text; longer data can be sent as a file or as JSON."""
MAX_NUMBERS, MAX_LINES = 200_000, 50_000
"""The most numbers and lines of one text."""
MAX_SIGNS = 600_000
"""The most tokens: numbers, brackets, commas and words."""
MAX_ARRAYS = 256
"""The most arrays of one text."""


class Unreadable(ValueError):
    """The text is no array; the error has the line (from 1), the fault and the cure."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(f"Line {line}: {message}")
        self.line = line


def refuse(line: int, message: str) -> NoReturn:
    """Raise Unreadable."""
    raise Unreadable(line, message)
