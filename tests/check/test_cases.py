"""Requests with real gradients, as people send them, and the sentences of good answers."""

import numpy as np
import pytest

MATRIX = {"input": [[[1, 5, 2, 0], [3, 7, 4, 6]]], "layers": [{"type": "max_pool2d", "kernel": 2}]}


WEIGHTS = [[0.5, 1, -1], [2, 0, -1], [1, 0.5, -0.5], [0, 0.5, 1.5]]


def upstream(gradient):
    return {"type": "upstream", "gradient": gradient}


CONV = {
    "input": [[[1, 2, 0, -1], [3, 1, 2, 2], [0, -2, 1, 3], [1, 0, 2, 1]]],
    "layers": [{"type": "conv2d", "weight": [[[[1, -2], [3, 1]]], [[[2, 0], [-1, 1]]]],
                "bias": [0, 1], "stride": 2}],
    "head": upstream([[[1, -1], [2, 3]], [[-2, 1], [4, 1]]]),
}  # fmt: skip
POOL = {"input": [[[1, 2, 5, 3], [4, 6, 8, 7], [9, 1, 2, 0], [3, 4, 6, 5]]]}
AVERAGE = POOL | {
    "layers": [{"type": "avg_pool2d", "kernel": 2}],
    "head": upstream([[[2, -4], [6, 8]]]),
}
MAXIMUM = POOL | {
    "layers": [{"type": "max_pool2d", "kernel": 2}],
    "head": upstream([[[2, -4], [6, 8]]]),
}
SCORES = {
    "input": [1, -2, 0.5],
    "layers": [{"type": "linear", "weight": [[0.5, 1, -1], [2, -0.5, 0.25], [1, 1, 1]]}],
    "head": {"type": "cross_entropy", "target": 1},
}
SQUARES = {
    "input": [1, -2, 3],
    "layers": [
        {"type": "linear", "weight": [[0.5, 1, -1], [2, 0, -1], [1, 0.5, -0.5], [0, 0.5, 1.5]]}
    ],
    "head": {"type": "mse", "target": [1, 0, -1, 2]},
}


@pytest.fixture
def check(client):
    def post(network, layer, text, parameter=None):
        of = {"layer": layer, "parameter": parameter} if parameter else {"layer": layer}
        response = client.post("/api/check", json={"network": network, "of": of, "text": text})
        assert response.status_code == 200, response.text
        return response.json

    return post


def right_array(client, network, layer, parameter=None):
    trace = client.post("/api/trace", json={"network": network}).json
    if layer < 0:
        return np.array(trace["input"]["gradient"])
    return np.array(trace["layers"][layer][f"{parameter}_gradient" if parameter else "gradient"])


def first(answer):
    return answer["mistakes"][0]


@pytest.mark.parametrize(
    ("network", "where", "make", "code", "words"),
    [
        (AVERAGE, (-1, None), lambda a: a * 4, "avg_undivided", "given whole to every cell"),
        (AVERAGE, (-1, None), lambda a: a * 2, "avg_by_side", "divided by the window’s side"),
        (AVERAGE, (-1, None), lambda a: a / 4, "avg_divided_twice", "twice. Once is right"),
        (MAXIMUM, (-1, None), np.sign, None, None),
        (MAXIMUM, (-1, None), lambda a: (a != 0) * 1.0, "mask_alone", "that is the mask alone"),
        (CONV, (0, "bias"), lambda a: a * 0 + a.sum(), "bias_all_kernels", "its own channel only"),
        (SQUARES, (0, "weight"), lambda a: a / 2, "scaled", "½. The 2 of the square is missing"),
        (SQUARES, (0, "weight"), lambda a: a * 4, "scaled", "not their mean over the 4 outputs"),
        (SQUARES, (0, "weight"), lambda a: a * -0.01, "scaled", "learning rate 0.01"),
        (SQUARES, (0, "weight"), lambda a: a + 0.1 * np.array(WEIGHTS),
         "weight_decay", "plus 0.1 × the weights"),
        (SQUARES, (0, "weight"), lambda a: np.array(WEIGHTS) - 0.1 * a,
         "stepped", "the new weights after a step with the learning rate 0.1"),
        (SQUARES, (0, "weight"), lambda a: a / np.linalg.norm(a), "clipped", "their norm is 1"),
        (CONV, (-1, None), lambda a: a.transpose(0, 2, 1), "reordered", "if you store the axes so"),
    ],
)  # fmt: skip
def test_a_wrong_array_is_told_its_cause(client, check, network, where, make, code, words):
    wrong = make(right_array(client, network, *where))
    answer = check(network, where[0], str(wrong.tolist()), where[1])
    assert not answer["right"]
    if code is not None:
        told = {tuple(each["codes"]): each["sentence"] for each in answer["mistakes"]}
        assert words in told[code,]


@pytest.mark.parametrize(
    ("start", "code", "words"),
    [
        (lambda p, y, z: p, "target_forgotten", "the 1 of the target was not subtracted"),
        (lambda p, y, z: (p - y) / 3, "divided_by_classes", "divided by the number of classes"),
        (lambda p, y, z: (p - y) * p * (1 - p), "softmax_twice", "differentiated once more"),
        (lambda p, y, z: -y / p, "probability_slope", "with respect to the probability"),
        (lambda p, y, z: p - np.roll(y, 1), "other_class", "Are classes counted from 1"),
        (lambda p, y, z: z - y, "scores_minus_target", "without the softmax"),
        (lambda p, y, z: y - p, "sign_reversed", "every sign is reversed"),
    ],
)
def test_a_wrong_start_at_the_loss_is_told(client, check, start, code, words):
    trace = client.post("/api/trace", json={"network": SCORES}).json
    p, z = np.array(trace["probabilities"]), np.array(trace["layers"][0]["value"])
    y = np.array([0, 1, 0])
    answer = check(SCORES, 0, str(start(p, y, z).tolist()))
    told = {tuple(each["codes"]): each["sentence"] for each in answer["mistakes"]}
    assert words in told[code,]


def test_every_mistake_comes_with_its_line_of_code(client, check):
    answer = check(AVERAGE, -1, str((right_array(client, AVERAGE, -1) * 4).tolist()))
    assert first(answer)["lines"]["numpy"] == [
        "dx0[i:i+2, j:j+2] += g0[i, j]", "dx0[i:i+2, j:j+2] += g0[i, j] / 2**2",
    ]  # fmt: skip
    assert len(first(answer)["lines"]["pytorch"]) == 2
    assert first(answer)["lines"]["names"] == (
        "x0 is what goes into layer 0; g0 is the gradient of its output"
    )


def test_a_factor_that_two_numbers_show_is_no_more_than_consistent(check):
    network = {
        "input": [2, 3],
        "layers": [{"type": "linear", "weight": [[1, 2]]}],
        "head": upstream([1]),
    }
    mistake = first(check(network, -1, "[0.37, 0.74]"))
    assert (mistake["codes"], mistake["certain"], mistake["amount"]) == (["scaled"], False, 0.37)
    assert "no more than consistent with that" in mistake["sentence"]


def test_whole_numbers_with_zeros_at_their_end_are_rounded_ones(check):
    network = {
        "input": [1, 1],
        "layers": [{"type": "linear", "weight": [[12345.6, 56789.1]]}],
        "head": upstream([1]),
    }
    assert check(network, -1, "[12350, 56790]")["right"]
    wrong = check(network, -1, "[12360, 56790]")
    assert "you wrote 12360, and 12346 is right" in wrong["sentence"]


def test_a_transposed_square_weight_gets_both_readings(client, check):
    network = SCORES | {"head": upstream([1, -2, 3])}
    wrong = right_array(client, network, 0, "weight").T
    answer = check(network, 0, str(wrong.tolist()), "weight")
    assert not answer["right"]
    assert "store weights as [in][out]" in first(answer)["sentence"]
    assert "else a transpose is missing" in first(answer)["sentence"]


def test_an_array_rounded_on_the_way_by_hand_is_right_and_says_how_far_off(client, check):
    network = {
        "input": [[[0.9, 0.7, 0.2], [0.4, 0.1, 0.8], [0.3, 0.6, 0.5]]],
        "layers": [
            {"type": "conv2d", "weight": [[[[0.5, -0.3], [0.8, 0.2]]]], "bias": [0.1]},
            {"type": "sigmoid"},
            {"type": "flatten"},
            {"type": "linear", "weight": [[0.3, -0.2, 0.5, 0.1], [-0.4, 0.6, 0.2, 0.3]]},
        ],
        "head": {"type": "cross_entropy", "target": 0},
    }
    right = right_array(client, network, 0, "weight").round(4)
    right[0, 0, 1, 0] += 0.0001
    answer = check(network, 0, str(right.round(4).tolist()), "weight")
    assert (answer["right"], answer["precision"]["name"]) == (True, "decimals")
    assert "up to rounding on the way" in answer["sentence"]
    right[0, 0, 1, 0] += 0.01
    assert not check(network, 0, str(right.round(4).tolist()), "weight")["right"]


def test_the_example_of_numbers_in_every_form_is_right(check):
    network = MATRIX | {"head": upstream([[[2.5, -1000]]])}
    for text in (
        "tf.Tensor(\n[[    0.      0.      0.      0. ]\n [    0.      2.5     0.  -1000. ]], "
        "shape=(2, 4), dtype=float32)",
        "dx: tensor([[0., 0., 0., 0.],\n        [0., 2.5, 0., -1000.]])",
        "   1.0e+03 *\n\n         0         0         0         0\n"
        "         0    0.0025         0   -1.0000\n",
        "0\t0\t0\t0\n0\t2,5\t0\t-1000",
        "[[0, 0, 0, 0], [0, 5/2, 0, -1000]]",
    ):
        assert check(network, -1, text)["sentence"] == "Right: all 8 numbers."
