"""Removes the surroundings of numbers on a screen: prompts, comment marks and quotes."""

import re

from app.check.pasting.errors import refuse

_SPACES = dict.fromkeys("\u00a0\u2007\u2009\u202f\u3000\u000b\u000c", " ")
_INVISIBLE = dict.fromkeys("\ufeff\u200b\u200c\u200d\u2060", "")
_DASHES = dict.fromkeys("−–—‐‑‒﹣－⁻", "-")
_SAME = str.maketrans(_SPACES | _INVISIBLE | _DASHES | {"⁄": "/", "∕": "/", "’": "'", "＋": "+"})
_SUPERSCRIPTS = str.maketrans("⁺⁰¹²³⁴⁵⁶⁷⁸⁹", "+0123456789")

_TIMES_TEN = (
    r" ?(?:[×⋅·*]|\\times|\\cdot) ?10(?:([-⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)|(?:\^|\*\*)[{(]?([+-]?\d+)[})]?)"
)
_POWER = re.compile(_TIMES_TEN)
_POWER_OF_FRACTION = re.compile(rf"(?<=\d/)(?P<below>\d+(?:[.,]\d+)?){_TIMES_TEN}")
_BARE_POWER = re.compile(r"(?<![\w.)])([+-]?)10(?:\^|\*\*)[{(]?([+-]?\d+)[})]?")
_PROMPT = re.compile(r"\s*(?:>>>|\.\.\.:?(?= )|In ?\[\d*\]:|Out ?\[\d*\]:|julia>|octave:\d+>|>>)")
_ECHO = re.compile(r"\s*(?:>>>|In ?\[\d*\]:|julia>|octave:\d+>|>>)")
_MARKS = ("#>", "##", "#", "///", "//", "%", "--", ">", "*")
"""The marks that may begin every line of a comment or of a quoted message."""
_FENCE = re.compile(r"\s*(?:```|~~~)")
_COMMENT = re.compile(r"(?<![\w&\\])(?:#|//|%).*$")
_RATIONAL = re.compile(r"(?<=\d)//(?=\d)")
_ELLIPSIS = re.compile(r"\.\.\.|…|⋯|⋮|⋱|\\[cdlv]?dots")
_LIST = re.compile(r"[\[({]\s*[\[({+.\d-]")


def clean(text: str) -> str:
    """The text without its surroundings, line by line.

    Raises:
        Unreadable: numbers are left out, or there are none.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_SAME)
    # This tool and people write large and small numbers as 1.235×10⁶.
    # In 2/3×10⁻³, the power belongs to the whole fraction; in 2/3e−3, to the divisor.
    text = _POWER_OF_FRACTION.sub(_exponent_of_fraction, text)
    text = _POWER.sub(_exponent, text)
    text = _BARE_POWER.sub(r"\g<1>1e\2", text)
    text = _RATIONAL.sub("/", text)
    lines = [_without_prompt(line) for line in text.split("\n")]
    marks = {_mark(line) for line in lines if line.strip()}
    if len(marks) == 1 and (mark := marks.pop()):
        lines = [line.lstrip().removeprefix(mark) for line in lines]
    lines = [_COMMENT.sub("", line) for line in lines]
    for i, line in enumerate(lines):
        if _ELLIPSIS.search(line):
            refuse(
                i + 1,
                "numbers are left out here (…). Print them all first: with "
                "np.set_printoptions(threshold=np.inf), or torch.set_printoptions(profile='full').",
            )
    text = "\n".join(lines)
    if not text.strip():
        refuse(1, "there is nothing here. Paste a list, a printed array or rows.")
    return text


def _exponent(power: re.Match[str]) -> str:
    return f"e{(power[1] or power[2]).translate(_SUPERSCRIPTS)}"


def _exponent_of_fraction(power: re.Match[str]) -> str:
    return f"{power['below']}*^{(power[2] or power[3]).translate(_SUPERSCRIPTS)}"


def _without_prompt(line: str) -> str:
    if _FENCE.match(line):
        return ""
    prompt = _PROMPT.match(line)
    if not prompt:
        return line
    rest = line[prompt.end() :]
    # The typed command is dropped, unless it is a list.
    return rest if not _ECHO.match(line) or _LIST.search(rest) else ""


def _mark(line: str) -> str:
    """The comment mark that a line begins with."""
    return next((mark for mark in _MARKS if line.lstrip().startswith(mark)), "")
