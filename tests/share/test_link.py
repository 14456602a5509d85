"""Links: the state comes back; a link that was cut or changed is refused."""

import contextlib
import copy
import json
import struct
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.lessons import LESSONS
from app.share import link
from app.share.changes import apply, changes
from app.share.link import Broken, State, read, write
from app.share.plain import number, parse, text
from tests.oracle.documents import draw

CASES = json.loads((Path(__file__).parents[1] / "links.json").read_text("utf-8"))
SHIPPED = {slug: lesson.network for slug, lesson in LESSONS.items()}
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
TREES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | NUMBERS | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=12,
)


def bits(x):
    return struct.pack(">d", x)


def doubles(tree):
    """The same with the bytes of a double for every number, so that equal means the same."""
    if isinstance(tree, dict):
        return {name: doubles(each) for name, each in tree.items()}
    if isinstance(tree, list):
        return [doubles(each) for each in tree]
    is_number = isinstance(tree, int | float) and not isinstance(tree, bool)
    return bits(tree + 0.0) if is_number else tree


def reason(fragment, lessons=SHIPPED):
    with pytest.raises(Broken) as refused:
        read(fragment, lessons)
    assert str(refused.value).endswith((".", "!")), refused.value
    return refused.value.code


# --- the cases that the browser has too ---------------------------------------------------------


def test_both_sides_have_the_same_limits():
    assert {name: getattr(link, name) for name in CASES["limits"]} == CASES["limits"]


@pytest.mark.parametrize(("double", "written"), CASES["numbers"])
def test_a_number_is_written_in_the_shortest_way_that_reads_back(double, written):
    (x,) = struct.unpack(">d", bytes.fromhex(double))
    assert number(x) == written
    assert bits(parse(written) + 0.0) == bits(x + 0.0)
    assert len(written) <= len(repr(x))


@pytest.mark.parametrize("case", CASES["links"], ids=lambda case: case["name"])
def test_a_link_once_written_reads_the_same_for_ever(case):
    state = State(**case["state"])
    assert doubles(vars(read(case["link"], CASES["lessons"]))) == doubles(vars(state))
    assert read("#" + case["link"], CASES["lessons"]) == state
    assert write(state, CASES["lessons"]) == case["link"]


@pytest.mark.parametrize("case", CASES["refused"], ids=lambda case: case["name"])
def test_what_is_no_link_is_refused_with_its_reason(case):
    assert reason(case["link"], CASES["lessons"]) == case["code"]


# --- cut and changed ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def some_link():
    return write(State(SHIPPED["ties"], None, {"layer": 0, "index": [0, 0, 0]}, 2), SHIPPED)


def test_a_link_cut_anywhere_says_so(some_link):
    codes = [reason(some_link[:length]) for length in range(1, len(some_link))]
    early = some_link.index(".", some_link.index(".", 2) + 1)
    assert set(codes[:early]) == {"cut_early"}
    assert set(codes[early:]) == {"cut"}
    with pytest.raises(Broken, match=f"{len(some_link) - early - 11} of"):
        read(some_link[:-10], SHIPPED)


@pytest.mark.parametrize("other", [*"0aZ_-.", "é", " "])
def test_a_link_with_any_character_changed_is_refused(some_link, other):
    for at in range(len(some_link)):
        if some_link[at] != other:
            reason(some_link[:at] + other + some_link[at + 1 :])


@pytest.mark.parametrize("tail", [*".)>*_", "A", "\n", "%20", "…"])
def test_a_link_with_something_behind_it_is_refused(some_link, tail):
    assert reason(some_link + tail) in ("longer", "changed")


def test_two_characters_exchanged_are_noticed(some_link):
    for at in range(len(some_link) - 1):
        one, other = some_link[at : at + 2]
        if one != other:
            reason(some_link[:at] + other + one + some_link[at + 2 :])


def test_a_link_longer_than_any_is_not_looked_into():
    assert reason("1.5." + "0" * link.MAX_CHARACTERS) == "too_long"


@given(st.binary(max_size=60), st.sampled_from([b"", b'{"n":{"input":[1]}}']))
def test_whatever_the_data_are_they_are_a_state_or_refused(noise, start):
    data = link._base64(start + noise)
    if data:
        reason(f"1.{len(data)}.{link.checksum(data)}.{data}")


# --- there and back -----------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(500))
def test_a_random_network_comes_back_to_the_bit(seed):
    document = draw(Random(seed), exact=seed % 2 == 0)
    state = State(document, None, {"layer": -1, "index": [0]}, seed, {"reading": "both"})
    assert doubles(vars(read(write(state, {}), {}))) == doubles(vars(state))


@pytest.mark.parametrize("slug", SHIPPED)
def test_a_lesson_with_any_number_changed_names_the_lesson_and_comes_back(slug):
    document = copy.deepcopy(SHIPPED[slug])
    numbers = document["input"]
    while isinstance(numbers[0], list):
        numbers = numbers[0]
    numbers[0] = 1 / 3
    state = State(document, slug, {"layer": 0, "index": [0, 0, 0]}, 3, {"reading": "both"})
    written = write(state, SHIPPED)
    assert read(written, SHIPPED) == state
    assert len(written) <= 200


@pytest.mark.parametrize("slug", SHIPPED)
def test_every_lesson_has_a_link_of_400_characters(slug):
    pinned = {"layer": LESSONS[slug].pinned.layer, "index": [0, 1, 1]}
    shown = {"reading": "both", "open": {"2": 3}}
    of_lesson = State(SHIPPED[slug], slug, pinned, 3, shown)
    assert len(write(of_lesson, SHIPPED)) <= 150
    # As a network of one's own, too: all but LeNet, which no link can hold.
    own = State(SHIPPED[slug], None, pinned, 3, shown)
    if slug == "lenet":
        with pytest.raises(ValueError, match="Save a file"):
            write(own, SHIPPED)
    else:
        assert len(write(own, SHIPPED)) <= link.SHORT


def test_a_lesson_that_has_changed_since_is_said_and_not_shown(some_link):
    changed = copy.deepcopy(SHIPPED["ties"])
    written = write(State(changed, "ties"), SHIPPED)
    changed["input"][0][0][0] += 1
    assert reason(written, {**SHIPPED, "ties": changed}) == "other_lesson"


# --- what differs -------------------------------------------------------------------------------


@given(TREES, TREES)
def test_what_differs_makes_one_tree_of_the_other(before, after):
    kept = copy.deepcopy(before)
    found = changes(before, after)
    assert doubles(apply(before, found)) == doubles(after)
    assert before == kept
    assert bool(found) == (doubles(before) != doubles(after))


@given(TREES)
def test_json_in_its_shortest_form_reads_back(tree):
    assert doubles(parse(text(tree))) == doubles(tree)


@given(TREES, st.lists(TREES, max_size=4))
def test_changes_that_nobody_wrote_are_made_or_refused(tree, changed):
    with contextlib.suppress(ValueError):
        apply(tree, changed)
