"""Checks gradients that people give: reads them, judges them and explains what is wrong."""

from app.check.together import CheckAllAnswer, check_all
from app.check.verdict import CheckAnswer, check_json

__all__ = ["CheckAllAnswer", "CheckAnswer", "check_all", "check_json"]
