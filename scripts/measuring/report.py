"""Prints figures."""

from typing import Any

Figures = dict[str, Any]

JSON = "application/json"


class Missing(Exception):
    """A package that a section needs is not installed; the message says how to install it."""


def title(words: str) -> None:
    """Print the heading of a section."""
    print(f"\n{words}")


def goal(ratio: float, limit: float, most: bool = True) -> str:
    """A ratio, and whether it reaches its goal."""
    reached = ratio <= limit if most else ratio >= limit
    sign = "≤" if most else "≥"
    return f"ratio {ratio:.2f}   goal {sign} {limit:.2f}: {'reached' if reached else 'MISSED'}"
