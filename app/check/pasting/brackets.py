"""Arrays in brackets.

Lists and tuples of Python, printouts of numpy, PyTorch, TensorFlow and JAX, JSON, and the literals
of C, Julia and MATLAB.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from app.check.pasting.arrays import Items, Nested, Pasted, dtype_of, pasted
from app.check.pasting.errors import MAX_ARRAYS, MAX_BRACKETS, MAX_SIGNS, refuse
from app.check.pasting.numerals import EXPONENT, NUMERAL, Comma, numeral

TOKENS = {
    "line": r"\n",
    "space": r"[^\S\n]+",
    "wrapper": r"<?[A-Za-z_][\w.]*(?:\{[\w, ]*\})?\(",  # array(  torch.tensor(  Float32[ is no call
    "declared": r"[A-Za-z_]\w*(?:\[\d*\])+(?=[ \t]+[A-Za-z_]\w*[ \t]*=)",  # Java's double[][] x =
    "option": r"[A-Za-z_]\w*=(?!=)",  # dtype=  shape=  numpy=
    "angle": r"<(?:tf\.Tensor:?|tf\.Variable)",
    "label": r"[A-Za-z_∂∇][\w.∂∇/]*(?:\[\d*\])*(?:[.][\w]+)*[ \t]*(?:[:=]|:=|<-)(?!=)",
    "typed": r"[A-Za-z_]\w*(?=\[)",  # Julia's Float32[1, 2]
    "text": r"'[^'\n]{0,200}'|\"[^\"\n]{0,200}\"",
    "number": NUMERAL + r"(?![\w.])",
    "comma": r",",
    "row": r";",
    "colon": r":",
    "open": r"[\[({]",
    "close": r"[\])}>]",
    "other": r"<[^>\n]{0,200}>|[^\s,;\[\](){}<>]+|<",
}
"""The tokens of a text by kind; if two kinds fit, the first counts."""
_TOKEN = re.compile("|".join(f"(?P<{kind}>{pattern})" for kind, pattern in TOKENS.items()))
_DECIMAL_COMMA = re.compile(rf"[+-]?\d+,\d+{EXPONENT}?(?![\w.,])")
_CLOSING = {"[": "]", "(": ")", "{": "}", "<": ">"}
_HELD = {"numpy", "data", "object", "value", "values", "array"}
"""The options whose value is the array."""
_RATIOS = {"Fraction", "Rational"}


class Token(NamedTuple):
    """A token of a text."""

    kind: str
    text: str
    line: int


def tokens(text: str, comma: Comma) -> Iterator[Token]:
    """The tokens of a text, without spaces."""
    at, line, many = 0, 1, 0
    while at < len(text):
        many += 1
        if many > 2 * MAX_SIGNS:
            refuse(line, f"this text has more than {MAX_SIGNS:,} signs. Send it as a file.")
        if comma == "decimal" and (number := _DECIMAL_COMMA.match(text, at)):
            yield Token("number", number[0], line)
            at = number.end()
            continue
        match = _TOKEN.match(text, at)
        assert match is not None  # «other» and «line» match everything else
        at, kind = match.end(), match.lastgroup or ""
        if kind == "line":
            line += 1
        elif kind != "space":
            yield Token(kind, match[0], line)


def read_brackets(text: str, comma: Comma) -> list[Pasted]:
    """The arrays of a text, each with the name before it."""
    return _Brackets(list(tokens(text, comma)), comma).arrays()


class _Brackets:
    def __init__(self, signs: list[Token], comma: Comma) -> None:
        self.signs, self.comma = signs, comma
        self.at = 0
        self.depth = 0
        self.collected: list[Pasted] = []
        self.dtype: str | None = None

    def arrays(self) -> list[Pasted]:
        """Read the top level: labels, other words and arrays."""
        label, loose = "", list[Any]()
        line = 1
        while (sign := self._peek()) is not None:
            if sign.kind in ("open", "wrapper", "angle", "typed"):
                line = sign.line
                value = self._value(label)
                if value is not None:
                    loose.append(value)
                if label:
                    self._flush(loose, label, line)
                    label = ""
            elif sign.kind in ("label", "text", "other", "option", "number", "declared"):
                self._flush(loose, label, line)
                label = self._label(sign.line)
                if self._peek() is None and not self.collected:
                    self._no_array(sign)
            elif sign.kind == "close":
                refuse(sign.line, f"“{sign.text}” closes nothing here: no bracket is open.")
            else:
                self.at += 1
        self._flush(loose, label, line)
        if not self.collected:
            refuse(1, "there is no number here.")
        return self.collected

    def _no_array(self, sign: Token) -> None:
        if sign.kind == "number":
            refuse(sign.line, "numbers and lists are mixed in one list.")
        refuse(sign.line, f"“{sign.text[:20]}” is not a number. {_CURE}")

    def _label(self, line: int) -> str:
        """Read the words before an array, up to the line's end; return the last name."""
        words = []
        while (sign := self._peek()) is not None and sign.line == line:
            if sign.kind in ("open", "wrapper", "angle", "typed", "close"):
                break
            if sign.kind != "comma":
                words.append(sign)
            self.at += 1
        if all(word.kind == "number" for word in words):
            refuse(line, "numbers and lists are mixed in one list.")
        names = [word for word in words if word.kind in ("label", "text", "option", "other")]
        name = names[-1].text.strip("'\" \t:=<-") if names else ""
        return "" if name in ("containing", "is", "of") else name

    def _flush(self, loose: list[Any], label: str, line: int) -> None:
        """Store the lists since the last label: an array, or the rows of one."""
        if not loose:
            return
        if len(loose) == 1:
            whole = loose[0] if isinstance(loose[0], list) else Items(loose)
        else:
            whole = Items(loose)
        whole_line = getattr(whole, "line", line)
        if self._is_several(whole):
            for each in whole:
                self._keep(each, whole_line, label)
        else:
            self._keep(whole, whole_line, label)
        loose.clear()
        self.dtype = None

    def _keep(self, nested: Nested, line: int, name: str) -> None:
        if len(self.collected) == MAX_ARRAYS:
            refuse(line, f"these are more than {MAX_ARRAYS} arrays.")
        self.collected.append(pasted(nested, line, name, self.dtype))

    def _is_several(self, items: Any) -> bool:
        """Whether a list holds several printed arrays, of different shapes."""
        if not all(isinstance(each, Items) and each.wrapped for each in items):
            return False
        return len(items) == 1 or len({_outline(each) for each in items}) > 1

    # --- one value ------------------------------------------------------------------------------

    def _peek(self) -> Token | None:
        return self.signs[self.at] if self.at < len(self.signs) else None

    def _next(self) -> Token:
        sign = self.signs[self.at]
        self.at += 1
        return sign

    def _value(self, name: str) -> Any:
        sign = self._next()
        if sign.kind == "typed":  # the bracket follows
            self.dtype = dtype_of(sign.text) or self.dtype
            sign = self._next()
        if sign.kind in ("wrapper", "angle"):
            return self._wrapped(sign)
        return self._list(sign)

    def _wrapped(self, opening: Token) -> Any:
        """The array inside a call or a printout."""
        closing = ">" if opening.text.startswith("<") else ")"
        word = opening.text.strip("<(")
        self.dtype = dtype_of(word) or self.dtype
        held = self._items(opening, closing)
        if word.rpartition(".")[2] in _RATIOS and len(held) == 2:
            ratio = numeral(f"{held[0]}/{held[1]}", opening.line)
            if ratio is not None:
                return ratio
        if len(held) == 1:
            (only,) = held
            if isinstance(only, Items):
                only.wrapped = True
            return only
        if not held:
            return None
        return held

    def _list(self, opening: Token) -> Any:
        kept = len(self.collected)
        held = self._items(opening, _CLOSING[opening.text])
        # Arrays with names are stored already.
        return None if not held and len(self.collected) > kept else held

    def _items(self, opening: Token, closing: str) -> Items:
        items, rows = Items(), list[Items]()
        items.line = opening.line
        whole = items
        self.depth += 1
        if self.depth > MAX_BRACKETS:
            refuse(opening.line, "lists may stand in each other at most 4 deep.")
        last, name = "", ""
        while True:
            sign = self._peek()
            if sign is None:
                where = self.signs[-1].line
                refuse(where, f"the array does not end: a “{closing}” is missing.")
            if sign.kind == "close":
                if sign.text != closing:
                    if sign.text == ">":
                        self.at += 1
                        continue
                    wrong = f"“{sign.text}” closes nothing here: “{closing}” is missing before it."
                    refuse(sign.line, wrong)
                self.at += 1
                break
            if sign.kind in ("open", "wrapper", "angle", "typed"):
                value = self._value(name)
                if name:  # {"dW": [[1, 2]]}
                    self._flush([value], name, sign.line)
                    name = ""
                elif value is not None:
                    items.append(value)
            elif sign.kind == "option":
                self._option(sign)
            elif sign.kind == "row":
                self.at += 1
                if items:
                    rows.append(items)
                    items = Items()
                    items.line = sign.line
            elif sign.kind == "comma":
                if last == "comma":
                    refuse(sign.line, "a number is missing between two commas.")
                self.at += 1
            elif sign.kind == "text" and opening.kind == "angle":
                self.at += 1  # a variable's name
            elif sign.kind in ("label", "text") and self._names_an_array():
                name = self._next().text.strip("'\" \t:=")
                while (after := self._peek()) is not None and after.kind in ("colon", "comma"):
                    self.at += 1
            else:
                self.at += 1
                items.append(self._number(sign))
            last = sign.kind
        self.depth -= 1
        if rows:
            rows += [items] if items else []
            whole = Items(rows)
            whole.line = opening.line
        return whole

    def _names_an_array(self) -> bool:
        """Whether an array follows the next token."""
        after = [sign.kind for sign in self.signs[self.at + 1 : self.at + 3]]
        before = 1 if after and after[0] in ("colon", "comma") else 0
        return after[before : before + 1] in (["open"], ["wrapper"], ["angle"])

    def _option(self, option: Token) -> None:
        """Read an option: ``numpy=`` holds the numbers; ``dtype=float32`` and others do not."""
        self.at += 1
        name = option.text.rstrip("=")
        value = self._peek()
        if name in _HELD or value is None:
            return
        if value.kind in ("open", "wrapper", "angle"):
            kept, dtype = len(self.collected), self.dtype
            self._value("")
            del self.collected[kept:]
            self.dtype = dtype
        elif value.kind != "close":
            self.at += 1
        if name == "dtype":
            self.dtype = dtype_of(value.text) or self.dtype

    def _number(self, sign: Token) -> Decimal:
        number = None
        if sign.kind in ("number", "other", "label"):
            number = numeral(sign.text, sign.line, self.comma)
        if number is None:
            refuse(sign.line, f"“{sign.text[:20]}” is not a number. {_CURE}")
        return number


_CURE = "Leave everything out but the numbers and their brackets."


def _outline(items: Any) -> tuple[int, ...]:
    shape: tuple[int, ...] = ()
    while isinstance(items, list) and items:
        shape, items = (*shape, len(items)), items[0]
    return shape
