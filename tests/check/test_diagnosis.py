import re

import numpy as np
import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from app.check import CheckAnswer, diagnosis
from app.check.lines import LINES
from app.check.titles import TITLES
from app.engine.mistakes import CODES, diagnose, given, slips, wrong_pass
from app.lessons import LESSONS
from app.lessons.founding_question import LESSON as FOUNDING_QUESTION
from app.lessons.pool_convolution import LESSON as POOL_CONVOLUTION
from tests.engine.test_mistakes import EXAMPLES
from tests.networks import founding_question, networks, numbers

POOLED = [[[-0.5, -1], [7, -3]]]


@pytest.fixture
def check(client):
    """Post a check and read the answer, held to its model where it is one."""

    def post(of, status=200, lesson=FOUNDING_QUESTION, **brought):
        body = {"network": lesson.network, "of": of, **brought}
        response = client.post("/api/check", json={k: v for k, v in body.items() if v is not None})
        assert response.status_code == status, response.text
        if status == 200:
            TypeAdapter(CheckAnswer).validate_json(response.data, strict=True)
        return response.json

    return post


def problems(answer):
    return [(tuple(each["loc"]), each["msg"]) for each in answer["errors"]]


# --- sentences ----------------------------------------------------------------------------------


def test_every_mistake_has_a_title():
    assert set(TITLES) == set(LINES) == set(CODES)


def test_a_wrong_number_beside_one_that_is_larger_by_far_is_explained(client):
    network = {
        "input": [-1, 1e154],
        "layers": [{"type": "relu"}],
        "head": {"type": "upstream", "gradient": [3, 1e154]},
    }
    body = {"network": network, "of": {"layer": -1}, "array": [3, 1e154]}
    told = [each["sentence"] for each in client.post("/api/check", json=body).json["mistakes"]]
    assert any(sentence.startswith("You wrote 3 at neuron 0: ") for sentence in told)


@pytest.mark.parametrize(
    ("code", "make", "where", "wrong", "sentence"),
    [
        (*each, sentence)
        for each, sentence in zip(
            EXAMPLES,
            [
                "You wrote 11 at row 0, column 0: that is 2 + 3 + 6, added without the weights. "
                "Each must come back through its own weight: "
                "2 × 0.5 + 3 × (−1) + 6 × 0.25 = −0.5.",
                "that is the gradient of one of its readers, copied back as it is.",
                "You wrote 5 at neuron 0: that is the gradient of one of its readers, copied back "
                "as it is. Each must come back through its own weight, and all are added: "
                "5 × 1 + 6 × 3 = 23.",
                "that is 4 × 30 × 200 × 1000, the products multiplied. What reaches one cell from "
                "several readers is added: 1 × 4 + 10 × 3 + 100 × 2 + 1000 × 1 = 1234.",
                "You wrote 36 at row 0, column 0: that is 2 × 3 × 6, the gradients multiplied.",
                "You wrote 4321 at row 1, column 1: "
                "that is 1 × 1 + 10 × 2 + 100 × 3 + 1000 × 4, the kernel as it stands.",
                "You wrote 0.9 at row 0, column 2: that is what the last of its windows sends, "
                "alone. What all of them send is added, not assigned: 0.7 × 1 + 0.9 × 1 = 1.6.",
                "You wrote 4 at row 1, column 1: that is what the last of its windows sends",
                "You wrote 1000 at row 1, column 1: that is what the last of its windows sends",
                "You wrote 6 at row 0, column 1: every cell that holds a maximum of 5 was paid in "
                "full. One gradient arrives at a window, and no more may leave it. The first of "
                "them in its window gets it, so here it is 0.",
                "They share it, so here it is 3.",
                "You wrote −18 at row 0, column 1: that is −2 × 9, multiplied by what the cell "
                "holds. The local derivative is 1, whatever it holds: −2.",
                "You wrote 0 at row 0, column 1: −2, which arrived, became 0. Negative gradients "
                "pass like all others: −2 × 1 = −2.",
                "With zeros as padding, Max pool, row 0, column 0 is 0 instead of −1: the zero "
                "wins the maximum, and the window’s gradient is lost in the padding.",
                "In the window of row 1, column 0 of Max pool, the winner has the index 3, but in "
                "the map it has 13",
                "You wrote −2 at row 0, column 0: that is the window’s gradient given to all its "
                "cells. The maximum alone made the output, so it gets everything, and this cell "
                "gets 0.",
                "that is the window’s gradient shared among all its cells.",
                "You wrote 0 at neuron 1: the gradient −4 was asked for its sign. The slope "
                "depends on what went in, 2: −4 × 1 = −4.",
                "The slope depends on what went in, −1: 3 × 0.5 = 1.5.",
                "You wrote 3 at neuron 0: that is the gradient as it arrived. The slope of ReLU at "
                "−1 is 0: 3 × 0 = 0.",
                "You wrote 1 for bias 0: that is the gradient of row 0, column 0 alone. The bias "
                "is added at all 4 cells, so it collects all their gradients: "
                "1 + 10 + 100 + 1000 = 1111.",
                "that is the gradient of row 1, column 1 alone.",
                "that is the gradient of row 1, column 0 alone.",
                "You wrote 1.5 for the weight from neuron 0 to neuron 0: that is 3 × 0.5, the "
                "gradient times the weight. dL/dW takes the input that the weight met: 3 × 2 = 6.",
                "that is 1111 × 1, the gradient times the weight.",
                "You wrote 21 at neuron 0: that is 1 × 1 + 10 × 2, the rows and columns of the "
                "weights exchanged. Each gradient comes back through the weight it went through: "
                "1 × 1 + 10 × 3 = 31.",
                "here the rows and columns of dL/dW have changed places: it is right if you store "
                "weights as [in][out], one row for each input, and else a transpose is missing",
                "here the rows and columns of dL/dW have changed places.",
                "You wrote 3400 at row 0, column 1: that belongs at row 2, column 1.",
                "You wrote 8798 at row 0, column 0: that belongs at row 1, column 1. The "
                "gradients came out turned by half a turn; here stands",
                "You wrote 308.5 at row 1, column 1: that is 1234 ÷ 4, the average over the 4 "
                "readers. What comes from them is added, and not divided: "
                "1 × 4 + 10 × 3 + 100 × 2 + 1000 × 1 = 1234.",
                "You wrote 277.8 for bias 0: that is 1111 ÷ 4, the average over the 4 positions.",
                "that is 31 ÷ 2, the average over the 2 readers.",
                "You wrote 0.8 at row 0, column 2: that is 1.6 ÷ 2, the average over the 2 windows "
                "that it won. What comes from them is added, and not divided: "
                "0.7 × 1 + 0.9 × 1 = 1.6.",
                "You wrote 2 at neuron 0, and −2 is right: every sign is reversed. A gradient says "
                "where the loss grows; the minus belongs to the step that makes it smaller. At the "
                "loss, it begins as what came out minus what should have come out.",
                "You wrote −2 at neuron 1, and 2 is right: every sign is reversed.",
            ],
            strict=True,
        )
    ],
)
def test_a_mistake_is_told_with_the_numbers_of_a_cell(code, make, where, wrong, sentence):
    trace = make().trace()
    array = numbers(wrong)
    brought = given(array.ravel().tolist(), array.shape)
    layer, parameter = where
    found = diagnose(trace, layer, parameter, brought)
    told = diagnosis.mistakes(trace, layer, parameter, brought, found)
    assert any(each["codes"] == [code] and sentence in each["sentence"] for each in told), told


def test_a_mistake_above_the_array_is_told_where_it_begins():
    trace = founding_question().trace()
    slip = next(each for each in slips(trace.network, -1, None) if each.layers == (4,))
    made = wrong_pass(trace, (slip,))
    assert made is not None
    array = made.gradient(-1)
    brought = given(array.ravel().tolist(), array.shape)
    found = diagnose(trace, -1, None, brought)
    (told,) = diagnosis.mistakes(trace, -1, None, brought, found)
    assert told["layers"] == [[4]]
    assert told["sentence"] == (
        "Your numbers come out if Max pool, row 0, column 0, is given 11: that is 2 + 3 + 6, added "
        "without the weights. Each must come back through its own weight: "
        "2 × 0.5 + 3 × (−1) + 6 × 0.25 = −0.5. This is so in Fully connected only; the other "
        "layers go back right."
    )


@drawn(networks(), st.data())
@settings(max_examples=60)
def test_there_are_words_for_every_mistake_in_any_network(net, data):
    trace = net.trace()
    layer = data.draw(st.integers(-1, len(net.layers) - 1))
    parameter = data.draw(
        st.sampled_from([None, *(net.layers[layer].parameters if layer >= 0 else ())])
    )
    every = list(slips(net, layer, parameter))
    some = data.draw(st.lists(st.sampled_from(every), max_size=4)) if every else []
    for slip in some:
        made = wrong_pass(trace, (slip,))
        if made is None:
            continue
        array = made.array(layer, parameter)
        if not np.isfinite(array).all():
            continue
        brought = given(array.ravel().tolist(), array.shape)
        found = diagnose(trace, layer, parameter, brought)
        told = diagnosis.mistakes(trace, layer, parameter, brought, found)
        assert len(told) == len(found.explanations)
        for words in [diagnosis.explain(trace, layer, parameter, brought, found)] + [
            each["sentence"] for each in told
        ]:
            assert words.endswith(".")
            assert not re.search(r"\bnan\b|\binf\b|-0\b|None", words)


# --- the route ----------------------------------------------------------------------------------


def test_the_right_gradient_is_right(check):
    answer = check({"layer": 2}, array=POOLED)
    bound = answer["precision"].pop("bound")
    assert bound == [[[0.05, 0.05], [0.05, 0.05]]]  # half of the last decimal
    assert answer == {
        "right": True, "given": POOLED, "difference": [[[0, 0], [0, 0]]], "mistakes": [],
        "sentence": "Right: all 4 numbers.", "wrong": [[[False, False], [False, False]]],
        "differs": 0, "largest": None, "complete": True,
        "precision": {
            "name": "float64", "digits": 53, "turned": [],
        },
        "layout": {"name": "same", "sentence": ""}, "edit": None,
    }  # fmt: skip


def test_the_founding_mistake_is_named(check):
    answer = check({"layer": 2}, array=[[[11, 11], [11, 11]]])
    assert not answer["right"]
    assert answer["difference"] == [[[11.5, 12], [4, 14]]]
    assert answer["differs"] == 4
    assert answer["largest"] == {"index": [0, 1, 1], "given": 11, "gradient": -3}
    assert answer["sentence"] == (
        "4 of 4 numbers differ, most at row 1, column 1: you wrote 11, and −3 is right."
    )
    (mistake,) = answer["mistakes"]
    assert (mistake["codes"], mistake["layers"]) == (["unweighted"], [[4]])
    assert mistake["title"] == "Added without the weights"


def test_every_gradient_of_every_lesson_is_right_as_the_trace_gives_it(client, check):
    for lesson in LESSONS.values():
        trace = client.post("/api/trace", json={"network": lesson.network}).json
        assert check({"layer": -1}, lesson=lesson, array=trace["input"]["gradient"])["right"]
        for i, layer in enumerate(trace["layers"]):
            assert check({"layer": i}, lesson=lesson, array=layer["gradient"])["right"]
            for name in ("weight", "bias"):
                if layer[f"{name}_gradient"] is not None:
                    of = {"layer": i, "parameter": name}
                    assert check(of, lesson=lesson, array=layer[f"{name}_gradient"])["right"]


def test_one_wrong_number_is_found_and_not_explained(check):
    answer = check({"layer": 2}, array=[[[-0.5, -1], [7, -3.25]]])
    assert answer["wrong"] == [[[False, False], [False, True]]]
    assert answer["mistakes"] == []
    assert answer["sentence"] == (
        "One of 4 numbers differs, at row 1, column 1: you wrote −3.25, and −3 is right. "
        "No known mistake gives these numbers, nor do two together."
    )


def test_a_single_number_is_not_said_to_come_from_two_mistakes(check):
    answer = check({"layer": 0, "parameter": "bias"}, array=[-0.137])
    assert answer["mistakes"] == []
    assert answer["sentence"].endswith("is right. No known mistake gives this number.")


def test_a_bias_that_took_one_cell_of_the_map_is_told_which(check):
    (mistake,) = check({"layer": 0, "parameter": "bias"}, array=[-3])["mistakes"]
    assert mistake["codes"] == ["bias_one_cell"]
    assert "that is the gradient of row 2, column 3 alone." in mistake["sentence"]


def test_reversed_signs_are_named_at_the_end_of_the_network_too(check):
    for layer, array in ((2, [[[0.5, 1], [-7, 3]]]), (4, [-2, -3, -6])):
        (mistake,) = check({"layer": layer}, array=array)["mistakes"]
        assert (mistake["codes"], mistake["layers"]) == (["sign_reversed"], [[]])
        assert mistake["sentence"].endswith("belongs to the step that makes it smaller.")


def test_a_small_difference_is_told_with_the_digits_it_takes(check):
    answer = check({"layer": 2}, array=[[[-0.5, -1], [7, -3.00012345678]]])
    assert "you wrote −3.0001, and −3 is right" in answer["sentence"]


def test_two_mistakes_together_have_both_codes_in_one_entry(check):
    answer = check({"layer": 1}, array=[[[11] * 4] * 4])
    (mistake,) = answer["mistakes"]
    assert mistake["codes"] == ["unweighted", "spread"]
    assert mistake["layers"] == [[4], [2]]
    assert mistake["sentence"] == (
        "Two mistakes together: you wrote 11 at row 2, column 3, and −3 is right. “Added without "
        "the weights” alone gives 11 there, “Gradient spread over the whole window” alone gives "
        "−3 there, and both give your number."
    )


@pytest.mark.parametrize(
    "text",
    [
        "[[[-0.5, -1], [7, -3]]]",
        "[[-0.5 -1. ]\n [ 7.  -3. ]]",
        "tensor([[[-0.5000, -1.0000],\n         [ 7.0000, -3.0000]]], dtype=torch.float64)",
        "−0.5\t−1\n7\t−3",
        "-0.5 -1 7 -3",
        "[-0.5, -1, 7, -3]",
        "-0.5\n-1\n7\n-3",
    ],
)
def test_pasted_text_is_checked_like_an_array(check, text):
    assert check({"layer": 2}, text=text)["right"]


def test_a_row_or_a_column_of_text_is_a_vector_too(check):
    assert check({"layer": 4}, text="2 3 6")["right"]
    assert check({"layer": 4}, text="2\n3\n6")["right"]


def test_a_trace_is_enough(client):
    known = client.post("/api/trace", json={"network": FOUNDING_QUESTION.network}).json["id"]
    body = {"trace": known, "of": {"layer": 2}, "array": POOLED}
    assert client.post("/api/check", json=body).json["right"]


def test_the_gradients_of_parameters_are_checked(check):
    of = {"layer": 1, "parameter": "bias"}
    answer = check(of, lesson=POOL_CONVOLUTION, array=[1000])
    assert [each["codes"] for each in answer["mistakes"]] == [["bias_one_cell"]]


# --- what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("of", "brought", "loc", "words"),
    [
        ({"layer": 2}, {"array": [[1, 2], [3, 4]]}, ("array",), "3 brackets stand before"),
        ({"layer": 2}, {"array": [[[1, 2, 3], [4, 5, 6]]]}, ("array", 0, 0), "This is 1 × 2 × 3"),
        (
            {"layer": 2},
            {"array": [1, 2, 3, 4]},
            ("array",),
            "Right count, but in one row: the gradient is 1 × 2 × 2 (channels × rows × columns). "
            "Give each row its own brackets.",
        ),
        ({"layer": 2}, {"array": [[[1, 2, 3, 4]]]}, ("array",), "Right count, but in one row: "),
        ({"layer": 2}, {"array": [1, 2, 3]}, ("array",), "3 brackets stand before"),
        ({"layer": 4}, {"array": [[[2, 3, 6]]]}, ("array",), "here are 3"),
        ({"layer": 2}, {"array": [[[1, 2]]]}, ("array", 0), "the gradient is 1 × 2 × 2"),
        ({"layer": 2}, {"array": [[[1, 2], [3]]]}, ("array", 0, 1), "Expected 2 columns here"),
        ({"layer": 2}, {"array": [[[1, "2"], [3, 4]]]}, ("array", 0, 0, 1), "not a text"),
        ({"layer": 2}, {"array": [[[1, True], [3, 4]]]}, ("array", 0, 0, 1), "not true or false"),
        ({"layer": 2}, {"array": [[[1, 1e999], [3, 4]]]}, ("array", 0, 0, 1), "finite"),
        ({"layer": 2}, {"array": []}, ("array",), "empty"),
        ({"layer": 2}, {"array": 5}, ("array",), "A list is needed here."),
        ({"layer": 2}, {}, ("array",), "Send either an array or the text of one."),
        ({"layer": 2}, {"array": POOLED, "text": "1"}, ("array",), "Send either"),
        ({"layer": 2}, {"text": "1 2\n3 x"}, ("text",), "Line 2: “x” is not a number."),
        ({"layer": 2}, {"text": "1 2 3"}, ("text",), "This is 1 × 3, but the gradient is"),
        ({"layer": 2}, {"text": "1 2\n3 4\n5 6"}, ("text",), "This is 3 × 2, but the gradient is"),
        (
            {"layer": 4, "parameter": "weight"},
            {"array": [[18, 27, 54]] * 5},
            ("array",),
            "This is 5 × 3, but the gradient is 3 × 4 (outputs × inputs): give one number",
        ),
        ({"layer": 9}, {"array": [1]}, ("of", "layer"), "There is no layer 9"),
        ({"layer": -2}, {"array": [1]}, ("of", "layer"), "at least -1"),
        ({"layer": 2, "parameter": "weight"}, {"array": [1]}, ("of", "parameter"), "it has none"),
        ({"layer": "2"}, {"array": [1]}, ("of", "layer"), "A whole number is needed here."),
        ({"layer": 2, "index": [0]}, {"array": [1]}, ("of", "index"), "no field of this name"),
        (None, {"array": [1]}, ("of",), "This field is missing: add it."),
        ({"layer": 2}, {"array": POOLED, "other": 1}, ("other",), "no field of this name"),
    ],
)
def test_what_cannot_be_checked_is_refused_at_its_place(check, of, brought, loc, words):
    answer = check(of, status=422, **brought)
    assert [place for place, _ in problems(answer)] == [loc]
    assert words in problems(answer)[0][1]


def test_an_integer_may_be_written_as_15_0(check):
    assert check({"layer": 2.0}, array=POOLED)["right"]


def test_an_unknown_trace_is_not_found(client):
    body = {"trace": "nobody", "of": {"layer": 0}, "array": [1]}
    assert client.post("/api/check", json=body).status_code == 404
