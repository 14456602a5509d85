"""Sums in sentences about mistakes: long ones are cut, or written without their zeros."""

import math
from collections.abc import Iterable

from app.check.example import MAX_TERMS
from app.engine.receipt import Receipt
from app.engine.types import Array
from app.text.numbers import factor, figure
from app.text.sentences import added_line, shown


def joined(numbers: Array, sign: str) -> str:
    """«2 + 3 + 6»; a long sum is written without its zeros."""
    if len(numbers) > MAX_TERMS and sign == " + ":
        numbers = numbers[numbers != 0]
    return _short([figure(x) if i == 0 else factor(x) for i, x in enumerate(numbers)], sign)


def sum_of_products(upstream: Array, factors: Array) -> str:
    """«2 × 0.5 + 3 × (−1) + 6 × 0.25»; a long sum is written without its zeros."""
    terms = [
        f"{factor(u) if i else figure(u)} × {factor(f)}"
        for i, (u, f) in enumerate(_telling(zip(upstream, factors, strict=True)))
    ]
    return _short(terms, " + ")


def right_sum(receipt: Receipt) -> str:
    """The right sum: «2 × 0.5 + 3 × (−1) = −2»."""
    return added_up(zip(receipt.upstream, receipt.factors, strict=True), shown(receipt))


def added_up(products: Iterable[tuple[float, ...]], result: float) -> str:
    """«0.5 × 2 + 1 × 3 = 4»; a long sum is written without its zeros."""
    terms = _telling(products)
    return added_line(terms, result, MAX_TERMS) if terms else figure(result)


def _telling(products: Iterable[tuple[float, ...]]) -> list[tuple[float, ...]]:
    """The terms of a sum; of a long one, only those that are not 0."""
    terms = list(products)
    return terms if len(terms) <= MAX_TERMS else [each for each in terms if math.prod(each)]


def _short(terms: list[str], sign: str) -> str:
    if len(terms) > MAX_TERMS:
        terms = [*terms[:MAX_TERMS], f"{len(terms) - MAX_TERMS} more"]
    return sign.join(terms) or "0"
