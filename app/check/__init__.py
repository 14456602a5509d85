"""Is this gradient right? What was given or pasted, read, judged and answered."""

from app.check.answers import CheckAnswer, check_json
from app.check.together import CheckAllAnswer, check_all

__all__ = ["CheckAllAnswer", "CheckAnswer", "check_all", "check_json"]
