"""How words are put side by side."""

from app.words import say


def listed(words: list[str], most: int = 12) -> str:
    """«2, 3 and 6»."""
    if len(words) > most:
        words = [*words[: most - 1], say("list.more", n=len(words) - most + 1)]
    if len(words) == 1:
        return words[0]
    return say("list.pair", before=", ".join(words[:-1]), last=words[-1])
