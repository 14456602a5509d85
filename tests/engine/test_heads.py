"""Losses that add one figure per output: their conventions, and the properties they declare."""

from functools import partial

import numpy as np
import pytest

from app.document.building import run
from app.document.document import Document, Refusal
from app.engine.gradcheck import gradcheck
from app.engine.heads import (
    CERTAIN,
    AbsoluteError,
    BinaryCrossEntropy,
    BinaryCrossEntropyWithLogits,
    CrossEntropy,
    Huber,
    MeanSquaredError,
    NegativeLogLikelihood,
    SmoothL1,
)
from app.engine.layers import Identity, LogSoftmax, Sigmoid
from app.engine.receipt import Cell, receipt_of
from app.engine.types import Misfit
from app.text.sentences import sentence
from tests.networks import network, numbers

TARGET = numbers([0, 1, 0.25, 1])
HEADS = {
    "mse": partial(MeanSquaredError, target=TARGET),
    "l1": partial(AbsoluteError, target=TARGET),
    "binary cross-entropy with logits": partial(BinaryCrossEntropyWithLogits, target=TARGET),
    "binary cross-entropy": partial(BinaryCrossEntropy, target=TARGET),
    "smooth L1": partial(SmoothL1, target=TARGET, beta=0.4),
    "Huber": partial(Huber, target=TARGET, delta=0.3),
}
heads = pytest.mark.parametrize("make", HEADS.values(), ids=HEADS)
reductions = pytest.mark.parametrize("reduction", ["mean", "sum"])
OUTPUT = numbers([0.1, 0.9, 0.5, 0.2])


def trace_of(x, head, layer=Identity):
    return network(x, layer, head=head).trace()


@heads
@reductions
def test_finite_differences_agree_with_the_gradients_of_a_loss(make, reduction):
    assert gradcheck(network(OUTPUT, Identity, head=partial(make, reduction=reduction))).ok


@heads
def test_a_mean_is_the_sum_divided_by_the_number_of_outputs(make):
    mean, total = (trace_of(OUTPUT, partial(make, reduction=each)) for each in ("mean", "sum"))
    assert mean.loss == total.loss / 4
    assert mean.gradients[0].tolist() == (total.gradients[0] / 4).tolist()


@heads
def test_the_gradient_of_a_loss_is_the_sum_of_its_parts_and_within_its_bound(make):
    head = make((4,))
    gradient = head.start(OUTPUT).gradient
    signs = [1.0, -1.0]
    parts = head.held(OUTPUT)
    sizes, terms = head.added(OUTPUT)
    assert len(parts) == len(signs) <= terms
    np.testing.assert_allclose(sum(s * p for s, p in zip(signs, parts, strict=True)), gradient)
    assert (np.abs(gradient) <= sizes * (1 + 1e-12)).all()
    assert (np.abs(gradient) <= head.bound(OUTPUT)).all()
    assert head.start(OUTPUT).loss <= head.rough_bound(1.0)
    assert head.bound(OUTPUT).max() <= head.rough_bound(1.0)


@heads
@pytest.mark.parametrize("off", [1e-7, 0.05, 0.1])
def test_a_loss_says_how_far_its_gradients_move_with_its_outputs(make, off):
    head, rng = make((4,)), np.random.default_rng(1)
    most = head.moved(OUTPUT, np.full(4, off), 1)
    for _ in range(50):
        there = OUTPUT + off * rng.uniform(-1, 1, 4)
        moved = head.start(there).gradient - head.start(OUTPUT).gradient
        assert (np.abs(moved) <= most * (1 + 1e-9) + 1e-15).all()


@pytest.mark.parametrize("off", [1e-7, 0.1, 3.0])
def test_cross_entropy_says_how_far_its_gradients_move_with_its_scores(off):
    head, rng = CrossEntropy((4,), 1), np.random.default_rng(1)
    scores = numbers([3, -2, 0.5, 9])
    most = head.moved(scores, np.full(4, off), 1)
    for signs in rng.choice([-1, 1], (50, 4)):
        moved = head.start(scores + off * signs).gradient - head.start(scores).gradient
        assert (np.abs(moved) <= most * (1 + 1e-9) + 1e-15).all()


@heads
def test_a_sentence_tells_how_a_loss_makes_the_gradient_of_an_output(make):
    trace = trace_of(OUTPUT, make)
    for at in range(4):
        assert sentence(trace, receipt_of(trace, Cell(0, at))).startswith("The loss reads")


def test_with_logits_the_gradient_is_p_minus_y():
    head = partial(BinaryCrossEntropyWithLogits, target=numbers([1, 0]), reduction="sum")
    trace = trace_of([0, 0], head)
    assert trace.gradients[0].tolist() == [-0.5, 0.5]
    assert trace.loss == pytest.approx(2 * np.log(2))
    receipt = receipt_of(trace, Cell(0, 0))
    assert "the probability 0.5" in sentence(trace, receipt)
    assert "0.5 − 1 = −0.5" in sentence(trace, receipt)


def test_with_logits_no_exponential_overflows():
    head = partial(BinaryCrossEntropyWithLogits, target=numbers([1, 0]), reduction="sum")
    trace = trace_of([-1000, 1000], head)
    assert trace.loss == 2000
    assert trace.gradients[0].tolist() == [-1, 1]


def test_of_probabilities_logarithms_are_cut_at_minus_100_and_denominators_at_ten_to_the_minus_12():
    head = partial(BinaryCrossEntropy, target=numbers([1, 0, 1, 0]), reduction="sum")
    trace = trace_of([0, 1, 1, 0], head)
    assert trace.loss == 200
    assert trace.gradients[0].tolist() == [-1 / CERTAIN, 1 / CERTAIN, 0, 0]
    assert pytest.approx(1e-12, rel=1e-8) == CERTAIN
    assert receipt_of(trace, Cell(0, 2)).zero == "settled"
    assert "as in PyTorch" in sentence(trace, receipt_of(trace, Cell(0, 0)))


def test_sigmoid_and_then_binary_cross_entropy_is_binary_cross_entropy_with_logits():
    x = [-2, -0.5, 1, 3]
    together = trace_of(x, HEADS["binary cross-entropy with logits"])
    apart = trace_of(x, HEADS["binary cross-entropy"], Sigmoid)
    assert apart.loss == pytest.approx(together.loss, rel=1e-14)
    np.testing.assert_allclose(apart.gradients[0], together.gradients[0], 1e-13)


@pytest.mark.parametrize("output", [[1.5, 0.5], [0.5, -0.001]])
def test_outputs_that_are_no_probabilities_are_refused_with_the_cure(output):
    head = {"type": "binary_cross_entropy", "target": [0, 1]}
    document = {"input": output, "layers": [{"type": "identity"}], "head": head}
    with pytest.raises(Refusal) as refused:
        run(Document.model_validate(document))
    ((place, message),) = refused.value.problems
    assert place == ("head",)
    assert "add sigmoid before it" in message


def test_targets_that_are_no_probabilities_are_refused():
    with pytest.raises(Misfit, match="from 0 to 1"):
        BinaryCrossEntropy((1,), numbers([1.5]))


@pytest.mark.parametrize(("make", "field"), [(SmoothL1, "beta"), (Huber, "delta")])
def test_where_a_parabola_ends_must_be_above_0(make, field):
    with pytest.raises(Misfit, match=field):
        make((1,), numbers([1]), **{field: 0.0})


def test_smooth_l1_divides_by_its_beta_and_huber_does_not():
    smooth = partial(SmoothL1, target=numbers([0, 0]), reduction="sum", beta=2.0)
    huber = partial(Huber, target=numbers([0, 0]), reduction="sum", delta=2.0)
    for head, loss, gradient in ((smooth, 0.25 + 4, [0.5, 1]), (huber, 0.5 + 8, [1, 2])):
        trace = trace_of([1, 5], head)
        assert trace.loss == loss
        assert trace.gradients[0].tolist() == gradient


def test_a_distance_counts_only_on_which_side_an_output_is():
    head = partial(AbsoluteError, target=numbers([1, 1, 1]), reduction="sum")
    trace = trace_of([5, 1, -1], head)
    assert trace.loss == 6
    assert trace.gradients[0].tolist() == [1, 0, -1]
    assert receipt_of(trace, Cell(0, 1)).zero == "settled"
    assert "just as it should be" in sentence(trace, receipt_of(trace, Cell(0, 1)))


CLASSES = {
    "a class": {"target": 1},
    "a class with weights": {"target": 1, "weight": numbers([1, 0.5, 3])},
    "smoothed": {"target": 2, "label_smoothing": 0.3},
    "smoothed, with weights": {
        "target": 2, "label_smoothing": 0.3, "weight": numbers([1, 0.5, 3]), "reduction": "mean",
    },
    "shares": {"target": numbers([0.2, 0.5, 0.3])},
    "shares with weights": {"target": numbers([0, 0, 2]), "weight": numbers([1, 0.5, 3])},
}  # fmt: skip
of_classes = pytest.mark.parametrize("options", CLASSES.values(), ids=CLASSES)


@of_classes
@reductions
def test_finite_differences_agree_with_every_kind_of_cross_entropy(options, reduction):
    head = partial(CrossEntropy, **{**options, "reduction": reduction})
    trace = trace_of([0.3, -0.8, 1.4], head)
    assert gradcheck(trace).ok
    gradient = trace.gradients[-1]
    assert (np.abs(gradient) <= trace.network.head.bound(np.abs(trace.values[-1]))).all()
    assert trace.loss <= trace.network.head.rough_bound(1.4)
    assert (np.abs(gradient) <= trace.network.head.added(trace.values[-1])[0] * (1 + 1e-12)).all()
    for at in range(3):
        assert sentence(trace, receipt_of(trace, Cell(0, at))).startswith("The loss reads")


def test_one_hot_shares_are_the_class_itself():
    x = [0.3, -0.8, 1.4]
    shares = trace_of(x, partial(CrossEntropy, target=numbers([0, 1, 0])))
    one = trace_of(x, partial(CrossEntropy, target=1))
    assert shares.loss == pytest.approx(one.loss, rel=1e-15)
    np.testing.assert_allclose(shares.gradients[0], one.gradients[0], 1e-15)


def test_a_mean_divides_by_the_weight_of_the_right_class():
    weight = numbers([1, 4])
    mean, total = (
        trace_of([2, 2], partial(CrossEntropy, target=1, weight=weight, reduction=each))
        for each in ("mean", "sum")
    )
    assert mean.gradients[0].tolist() == [0.5, -0.5]
    assert total.gradients[0].tolist() == [2, -2]


def test_nll_after_log_softmax_is_cross_entropy():
    x, weight = [0.3, -0.8, 1.4], numbers([1, 0.5, 3])
    for options in ({}, {"weight": weight, "reduction": "sum"}):
        apart = trace_of(x, partial(NegativeLogLikelihood, target=1, **options), LogSoftmax)
        together = trace_of(x, partial(CrossEntropy, target=1, **options))
        assert apart.loss == pytest.approx(together.loss, rel=1e-14)
        np.testing.assert_allclose(apart.gradients[0], together.gradients[0], 1e-13)
        assert receipt_of(apart, Cell(0, 0)).zero == "settled"
        assert "of the right class alone" in sentence(apart, receipt_of(apart, Cell(0, 0)))


@pytest.mark.parametrize(
    ("options", "wrong"),
    [
        ({"target": 3}, "There is no class 3"),
        ({"target": 0, "weight": numbers([1])}, "3 scores, and here are 1 numbers"),
        ({"target": numbers([1, 0])}, "3 scores, and here are 2 numbers"),
        ({"target": 0, "weight": numbers([-1, 1, 1])}, "at least 0"),
        ({"target": 0, "weight": numbers([0, 1, 1])}, "divides by the weight of class 0"),
    ],
)
def test_targets_and_weights_that_do_not_fit_are_refused_with_the_cure(options, wrong):
    with pytest.raises(Misfit, match=wrong):
        CrossEntropy((3,), **options)
