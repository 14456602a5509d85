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


def most(figure: float, limit: float, unit: str = "") -> str:
    """A figure that should be small, and whether it reaches its goal."""
    return _judged(figure, limit, unit, "≤", figure <= limit)


def least(figure: float, limit: float, unit: str = "") -> str:
    """A figure that should be large, and whether it reaches its goal."""
    return _judged(figure, limit, unit, "≥", figure >= limit)


def _judged(figure: float, limit: float, unit: str, sign: str, is_reached: bool) -> str:
    reached = "reached" if is_reached else "MISSED"
    return f"{figure:.0f} {unit}".strip() + f" (goal {sign} {limit}: {reached})"
