"""Checks gradients that people give: reads them, judges them and explains what is wrong."""

from app.check.answers import CheckAnswer, check_json
from app.check.together import CheckAllAnswer, check_all

__all__ = ["CheckAllAnswer", "CheckAnswer", "check_all", "check_json"]
