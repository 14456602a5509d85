"""The variants of a network that it can be compared with."""

import copy
import json
from random import Random

import pytest

from app.builder.variants import CHANGES, variant, variant_title, variants
from app.document.building import run
from app.document.document import Document
from app.lessons import LESSONS
from tests.oracle.documents import draw

FOUNDING = LESSONS["founding-question"].network


def made_of(network, code):
    made = variant(network, code)
    assert made is not None
    return made


@pytest.mark.parametrize("seed", range(60))
def test_every_variant_that_is_offered_is_another_network_of_the_same_length(seed):
    document = draw(Random(seed), exact=False)
    before = copy.deepcopy(document)
    for code in variants(document):
        made = variant(document, code)
        assert made is not None
        assert made["layers"] != document["layers"]
        assert len(made["layers"]) == len(document["layers"])
        run(Document.model_validate(json.loads(json.dumps(made))))
        assert variant_title(code)
    assert document == before


def test_the_founding_network_has_average_pooling_three_rules_and_no_relu():
    assert variants(FOUNDING) == ["average", "ties-last", "ties-split", "ties-all", "no_relu"]
    assert made_of(FOUNDING, "average")["layers"][2]["type"] == "avg_pool2d"
    assert made_of(FOUNDING, "ties-last")["layers"][2]["ties"] == "last"
    assert made_of(FOUNDING, "no_relu")["layers"][1] == {"type": "identity"}


def test_what_a_network_has_already_or_cannot_have_is_not_offered():
    average = made_of(FOUNDING, "average")
    assert variants(average) == ["maximum", "no_relu"]
    back = made_of(average, "maximum")
    assert back["layers"][2]["type"] == "max_pool2d"
    dilated = copy.deepcopy(FOUNDING)
    dilated["layers"][2] |= {"dilation": [3, 3], "kernel": [2, 2], "stride": [1, 1]}
    dilated["layers"][4]["weight"] = [[1.0], [1.0], [1.0]]
    assert "ties-last" in variants(dilated)
    assert "average" not in variants(dilated)
    assert variants({**FOUNDING, "layers": [FOUNDING["layers"][0]]}) == []


def test_an_unknown_variant_is_none():
    assert variant(FOUNDING, "sideways") is None
    assert "sideways" not in CHANGES
