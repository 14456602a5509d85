"""What a body may hold, judged by its bytes, before anything is built of it.

Twelve megabytes of made-up field names would become a gigabyte of objects. Counting the marks that
JSON is made of takes milliseconds, and no memory.
"""

from app.document.document import Refusal

MAX_NUMBERS = 3_000_000
"""Of all arrays together; a network's maps have at most two million."""
MAX_LISTS = 300_000
"""Brackets that open: 150,000 1 × 1 kernels."""
MAX_OBJECTS = 20_000
"""Braces that open: a thousand edits, and a network's layers."""
MAX_QUOTES = 100_000
"""Two a field's name, two a text; a pasted text may hold some of its own."""
QUICK_BYTES = 400_000
"""Of a body that is read while others wait for their clicks; LeNet's document has 290,000."""
MAX_FORM = 100_000
"""Bytes of a form in which each special character takes three; others are sent in parts."""

_MARKS = (
    (b",", MAX_NUMBERS, "numbers"),
    (b"[", MAX_LISTS, "lists"),
    (b"{", MAX_OBJECTS, "objects"),
    (b'"', MAX_QUOTES, "quotation marks"),
)


def check_shape(body: bytes) -> None:
    """Refuse a body of which more would be built than any network needs.

    Raises:
        Refusal: it has too many marks of one kind.
    """
    for mark, most, name in _MARKS:
        # Each of them takes at least two bytes.
        if len(body) > most and body.count(mark) > most:
            words = f"There are more than {most} {name} in this, which no network needs."
            raise Refusal([((), words)])
