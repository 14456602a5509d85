"""English, as far as sentences about numbers need it."""


def count(n: int, noun: str, plural: str | None = None) -> str:
    """«three neurons», «one cell», «16 positions»."""
    words = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
    number = words[n] if n < len(words) else str(n)
    return f"{number} {noun if n == 1 else plural or noun + 's'}"


def capital(text: str) -> str:
    """With a capital at the start."""
    return text[:1].upper() + text[1:]


def agree(n: int, one: str, many: str) -> str:
    """The form of a word that agrees with a number."""
    return one if n == 1 else many


def listed(words: list[str], most: int = 12) -> str:
    """«2, 3 and 6»."""
    if len(words) > most:
        words = [*words[: most - 1], f"{len(words) - most + 1} more"]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def lower(text: str) -> str:
    """As it stands within a sentence; names like ReLU keep their capitals."""
    return text if text[:2].isupper() or text.startswith("ReLU") else text[:1].lower() + text[1:]
