"""Numbers as people type them; tests/js/typed.test.mjs has the same cases for the browser."""

import contextlib
import json
import re
import struct
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.document.typed import NotANumber, read_number
from app.text.numbers import figure

CASES = json.loads((Path(__file__).parents[1] / "typed.json").read_text("utf-8"))


@pytest.mark.parametrize(("text", "double"), CASES["read"])
def test_what_people_type_is_read_to_the_bit(text, double):
    assert struct.pack(">d", read_number(text)).hex() == double


@pytest.mark.parametrize(("text", "code", "named"), CASES["refused"])
def test_what_is_no_number_or_two_is_asked_back(text, code, named):
    with pytest.raises(NotANumber) as refused:
        read_number(text)
    assert (refused.value.code, refused.value.named) == (code, named)
    assert str(refused.value).endswith(".")


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_double_reads_back(x):
    assert read_number(repr(x)) == x
    with_comma = repr(x).replace(".", ",").replace("-", "−")
    # «1,125» may be meant as 1125.
    if re.match(r"−?[1-9]\d{0,2},\d{3}(?!\d)", with_comma):
        with pytest.raises(NotANumber):
            read_number(with_comma)
    else:
        assert read_number(with_comma) == x


@given(st.integers(-(10**9), 10**9), st.integers(1, 10**9), st.integers(-40, 40))
def test_a_fraction_is_rounded_once(above, below, power):
    exact = Fraction(above, below) * Fraction(10) ** power
    assert read_number(f"{above}/{below}·10^{power}") == float(exact)


@given(st.floats(-1e15, 1e15))
def test_what_the_tool_writes_it_reads(x):
    assert read_number(figure(x, 17)) == pytest.approx(x, rel=1e-15)


@given(st.text("0123456789.,-+eE/·10⁻³ '½×*^()x", max_size=20))
def test_any_text_is_a_finite_number_or_refused(text):
    with contextlib.suppress(NotANumber):
        assert abs(read_number(text)) < float("inf")
