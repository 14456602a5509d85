"""Writes sums of products, shortened to fit into a sentence."""

from collections.abc import Iterable, Sequence
from math import prod

from app.text.equations import Part, Say, added, equation, multiplied, product_equation, unseen
from app.text.texts import say


def some(n: Say, products: Iterable[Sequence[float]], most: int = 12) -> Part:
    """Write products, given by their factors: «2 × 0.5 + 3 × (−1) + 7 more».

    If there are too many, write the largest in their order, and count the others: «7 more», or
    «7 zeros».
    """
    # As Python's own numbers, which leave float64 without a word.
    products = [[float(factor) for factor in factors] for factors in products]
    chosen = largest(list(map(prod, products)), most)
    shown = added(multiplied(map(n, products[i])) for i in chosen)
    if len(chosen) == len(products):
        return shown
    left = [prod(factors) for i, factors in enumerate(products) if i not in chosen]
    return shown + unseen(say("list.more" if any(left) else "list.zeros", n=len(left)), sum(left))


def largest(numbers: Sequence[float], most: int) -> list[int]:
    """The indexes of the ``most`` numbers of largest size, in ascending order."""
    return sorted(sorted(range(len(numbers)), key=lambda i: -abs(numbers[i]))[:most])


def product_line(factors: Sequence[float], result: float) -> str:
    """The equation of a product: «6 × 1 × (−1) = −6»."""
    return str(product_equation(factors, result))


def added_line(products: Iterable[Sequence[float]], result: float, most: int = 4) -> str:
    """The equation of a sum of products: «2 × 0.5 + 3 × (−1) + 6 × 0.25 = −0.5»."""
    products = list(products)
    return str(equation(lambda n: some(n, products, most), result))
