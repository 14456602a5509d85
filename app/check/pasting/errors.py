"""What cannot be read, and within which limits anything is."""

from typing import NoReturn

MAX_DEPTH = 4
"""A kernel weight is [out][in][rows][columns]; nothing is deeper."""
MAX_BRACKETS = 12
"""Open at once, those of `array(` and the like included."""
MAX_NUMBER_LENGTH = 400
"""Characters of one number."""
MAX_LENGTH = 1_000_000
"""Characters; what is longer is better sent as a file or as JSON."""
MAX_NUMBERS, MAX_LINES = 200_000, 50_000
"""In one text."""
MAX_SIGNS = 600_000
"""Numbers, brackets, commas and words."""
MAX_ARRAYS = 256
"""Arrays that one text may hold."""


class Unreadable(ValueError):
    """Text that is no array: which line (from 1), what is wrong there and what to do."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(f"Line {line}: {message}")
        self.line = line


def refuse(line: int, message: str) -> NoReturn:
    """Raise Unreadable."""
    raise Unreadable(line, message)
