"""The gradient that a receipt adds up to, as it is shown."""

from app.engine.receipt import Receipt
from app.text.numbers import figure
from app.text.sentences.sums import added_line
from app.text.texts import say


def shown(receipt: Receipt) -> float:
    """The gradient to show: 0 if its terms cancel but for rounding."""
    return 0.0 if receipt.zero else receipt.gradient


def total(receipt: Receipt) -> str:
    """The gradient to show, as text."""
    return figure(shown(receipt))


def sum_line(receipt: Receipt, most: int = 4) -> str:
    """The equation of a gradient: «2 × 0.5 + 3 × (−1) + 6 × 0.25 = −0.5»."""
    if not len(receipt.products):
        return say("sums.unread")
    return added_line(zip(receipt.upstream, receipt.factors, strict=True), shown(receipt), most)
