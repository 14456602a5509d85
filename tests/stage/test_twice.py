"""The step that goes wrong, as the page plays it twice."""

from typing import Any

import numpy as np
import pytest

from app.builder.gallery import gallery
from app.check.together import check_all, named_sources
from app.document.building import run
from app.document.document import Document
from app.engine.mistakes import Slip, slips, wrong_pass
from app.lessons import FIRST, LESSONS
from app.stage.report import report

NETWORKS = {slug: lesson.network for slug, lesson in LESSONS.items()}
NETWORKS["signal"] = gallery()["signal"].network()
"""The lessons’, and one along one axis."""
SMALL = [slug for slug in NETWORKS if slug != "lenet"]
MOST_BYTES = 200_000


def trace_of(slug):
    return run(Document.model_validate(NETWORKS[slug]))


def checked(trace, name, array):
    answer = check_all(trace, named_sources({name: np.asarray(array).tolist()}))
    return report(trace, answer)


def twice_of(trace, name, array):
    return checked(trace, name, array).wrong[0].twice


def wrong_array(trace, slip, layer, name=None) -> Any:
    made = wrong_pass(trace, (slip,))
    assert made is not None
    return made.array(layer, name)


def grid(side, key):
    return next(each for each in side["grids"] if each["key"] == key)


def gradient_at(twice, side):
    place = twice["subject"]
    shown = grid(twice[side], place["key"])
    return shown["gradient"][place["at"] - shown["first"]]


def sum_at(twice, side):
    """What the moves to the subject add up to; None where nothing travels to it."""
    place = twice["subject"]
    for each in twice[side]["moves"].values():
        sums = zip(each["running"], each["targets"], strict=True)
        return [running for running, at in sums if at == place["at"]][-1]
    return None


def test_weights_that_were_left_out_are_ones_on_the_wrong_side():
    twice = twice_of(trace_of(FIRST.slug), "2", [[[11, 11], [11, 11]]])
    assert [step["phase"] for step in twice["steps"]] == ["multiply", "add"]
    assert twice["subject"] == {"key": "2", "at": 0}
    assert twice["right"]["told"] == "2 × 0.5 + 3 × (−1) + 6 × 0.25 = −0.5"
    assert twice["yours"]["told"] == "2 × 1 + 3 × 1 + 6 × 1 = 11"
    assert set(grid(twice["yours"], "4.weight")["value"]) == {1}
    assert grid(twice["right"], "4.weight")["value"] != grid(twice["yours"], "4.weight")["value"]
    assert gradient_at(twice, "yours") == sum_at(twice, "yours") == 11
    # Both sides have the colours of one scale.
    assert grid(twice["right"], "2")["most"] == grid(twice["yours"], "2")["most"]


def test_numbers_that_nothing_explains_stand_beside_the_right_products():
    twice = twice_of(trace_of(FIRST.slug), "2", [[[1, 2], [3, 4]]])
    assert twice["yours"]["moves"] == twice["right"]["moves"]
    assert twice["yours"]["told"].startswith("These are the right products; yours is ")
    assert grid(twice["yours"], "2")["gradient"] == [1, 2, 3, 4]


def test_a_mistake_far_above_the_array_is_played_where_it_is_made():
    trace = trace_of(FIRST.slug)
    slip = next(each for each in slips(trace.network, -1, None)
                if each.code == "unweighted" and each.layers == (4,))  # fmt: skip
    twice = twice_of(trace, "input", wrong_array(trace, slip, -1))
    assert twice["subject"]["key"] == "2"
    assert {step["layer"] for step in twice["steps"]} == {4}


def test_a_wrong_start_is_played_at_the_loss():
    trace = trace_of("cross-entropy")
    wrong = -trace.gradients[-1]
    last = len(trace.network.layers) - 1
    twice = twice_of(trace, str(last), wrong)
    assert twice["steps"][0]["pair"]["kind"] == "loss"
    assert grid(twice["yours"], "head")["gradient"] == wrong.tolist()
    assert "compared" in grid(twice["right"], "head")
    assert "compared" not in grid(twice["yours"], "head")


def mistaken(trace):
    """Each mistake that changes the gradient of an array of the network, once for each array."""
    network = trace.network
    places = [(-1, None)] + [(i, name) for i, each in enumerate(network.layers)
                             for name in each.parameters]  # fmt: skip
    for layer, name in places:
        seen = set()
        for slip in slips(network, layer, name):
            ways = [slip]
            if slip.mistake.starts is not None:
                ways = [Slip(slip.mistake, (), way) for way in slip.mistake.starts_of(trace)][:1]
            for way in ways:
                made = wrong_array(trace, way, layer, name)
                true = trace.parameters[layer][name] if name else trace.gradients[layer + 1]
                changes = np.isfinite(made).all() and not np.allclose(made, true)
                if changes and slip.code not in seen:
                    seen.add(slip.code)
                    yield layer, name, made, slip.code


@pytest.mark.parametrize("slug", SMALL)
def test_every_mistake_in_a_network_can_be_played_and_adds_up(slug, app):
    trace, tried = trace_of(slug), 0
    for layer, name, made, code in mistaken(trace):
        given = f"{layer}.{name}" if name else "input"
        told = checked(trace, given, made)
        if not told.wrong:
            continue  # it differs by what rounding may do
        twice = told.wrong[0].twice
        if twice is None:  # a parameter of a batch gets a part from each example
            assert trace.network.examples is not None, code
            assert name, code
            continue
        keys = [each["key"] for each in twice["right"]["grids"]]
        assert keys == [each["key"] for each in twice["yours"]["grids"]]
        assert {*twice["steps"][-1]["pair"].values()} & set(keys)
        unexplained = twice["yours"]["told"].startswith("These are")
        for side in ("right", "yours"):
            total = sum_at(twice, side)
            if total is None or (side == "yours" and unexplained):
                continue
            assert total == pytest.approx(gradient_at(twice, side), rel=1e-6, abs=1e-9), code
        tried += 1
    assert tried


def test_the_step_of_a_large_network_is_sent_as_little(app):
    trace = trace_of("lenet")
    slip = next(each for each in slips(trace.network, -1, None) if each.code == "unflipped")
    twice = twice_of(trace, "input", wrong_array(trace, slip, -1))
    with app.app_context():
        sent = app.jinja_env.filters["json"](twice)
    assert len(sent) < MOST_BYTES
