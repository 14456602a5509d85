"""Edits of a network document."""

import copy
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.document.document import Refusal
from app.document.edits import MAX_EDITS, Edit, edited
from tests.oracle.documents import documents

DOCUMENT = {"version": 1, "layers": [{"type": "relu"}, {"type": "linear", "weight": [[1, 2]]}]}


def places(tree, at=()):
    """Every path of a document."""
    yield at
    branches = tree.items() if isinstance(tree, dict) else enumerate(tree)
    for step, branch in branches:
        yield from places(branch, (*at, step)) if isinstance(branch, dict | list) else [(*at, step)]


@given(documents(exact=True), st.data())
def test_an_edit_changes_its_place_and_nothing_else(document, data):
    before = copy.deepcopy(document)
    path = data.draw(st.sampled_from(list(places(document))))
    after = edited(document, [Edit(path, "new")])
    expected = copy.deepcopy(document)
    if path:
        part = expected
        for step in path[:-1]:
            part = part[step]
        part[path[-1]] = "new"
    else:
        expected = "new"
    assert after == expected
    assert document == before


CASES = json.loads(Path(__file__).parents[1].joinpath("edits.json").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: ".".join(map(str, case["path"])))
def test_an_edit_changes_the_same_place_as_in_the_browser(case):
    assert edited(case["tree"], [Edit(case["path"], case["value"])]) == case["result"]


def test_edits_are_made_in_their_order():
    edits = [Edit(["layers", 1, "weight"], [[3]]), Edit(["layers", 1, "weight", 0, 0], 4)]
    assert edited(DOCUMENT, edits)["layers"][1]["weight"] == [[4]]


@pytest.mark.parametrize(
    "path",
    [
        ["layers", 2],
        ["layers", -1],
        ["layers", "0"],
        ["head"],
        ["version", 0],
        ["layers", 0, "type", 0],
        [0],
    ],
)
def test_a_path_that_leads_nowhere_is_refused_at_its_edit(path):
    with pytest.raises(Refusal) as refusal:
        edited(DOCUMENT, [Edit(["version"], 2), Edit(path, 1)])
    [(place, message)] = refusal.value.problems
    assert place == ("edits", 1, "path")
    assert "no place of the network" in message


def test_more_edits_than_the_limit_are_refused():
    edits = [Edit(["version"], 1)] * (MAX_EDITS + 1)
    assert edited(DOCUMENT, edits[1:]) == DOCUMENT
    with pytest.raises(Refusal, match=f"{MAX_EDITS + 1} edits"):
        edited(DOCUMENT, edits)
