from decimal import Decimal
from functools import partial

import numpy as np
import pytest

from app.document.building import build
from app.document.document import Document
from app.engine.heads import (
    BinaryCrossEntropy,
    BinaryCrossEntropyWithLogits,
    CrossEntropy,
    MeanSquaredError,
    NegativeLogLikelihood,
)
from app.engine.layers import (
    Elu,
    Flatten,
    Gelu,
    Identity,
    LogSoftmax,
    MaxPool2d,
    Relu,
    Sigmoid,
    Silu,
    Softmax,
    Softplus,
    Tanh,
)
from app.engine.mistakes import diagnose, given
from app.engine.mistakes.errors import MAX_FOLLOWED, losses
from app.engine.mistakes.losses import Losses
from app.engine.mistakes.precision import (
    BFLOAT16,
    FLOAT16,
    FLOAT32,
    FLOAT64,
    to_decimals,
    to_significant,
)
from app.engine.mistakes.rough_losses import RoughLosses
from app.engine.network import Network
from app.engine.probe import work
from app.lessons import LESSONS
from tests.engine.drawn import chooses_alike, drawn_network
from tests.engine.plain_loops import gradients, rounded_by_hand
from tests.networks import conv, founding_question, linear, max_pool, network, numbers

SEEDS = range(60)


def judge(trace, where, written, shape, dtype=None):
    return diagnose(trace, where[0], where[1], given(written, shape, dtype))


def as_written(array):
    """What people have of an array: lists, printouts, some digits of each number."""
    numbers = array.ravel()
    yield "list", [float(x) for x in numbers]
    yield "printed", [Decimal(str(x)) for x in numbers]
    for digits in (3, 5, 8, 12, 17):
        yield f"{digits} digits", [Decimal(f"{float(x):.{digits - 1}e}") for x in numbers]
    if array.dtype != np.float16:  # small numbers, cut so, are no longer float16's
        yield "4 decimals", [Decimal(f"{float(x):.4f}") for x in numbers]


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
@pytest.mark.parametrize("seed", SEEDS)
def test_no_right_array_is_called_wrong_in_any_arithmetic(dtype, seed):
    net = drawn_network(seed)
    with np.errstate(all="ignore"):
        found, alike = gradients(net, dtype), chooses_alike(net, dtype)
    trace = net.trace()
    for where, array in found.items():
        if not (alike and np.isfinite(array).all()):
            continue
        for form, written in as_written(array):
            judged = judge(trace, where, written, array.shape)
            assert judged.right, (where, form, judged.difference, judged.bound)
            assert (np.abs(judged.difference) <= judged.bound + 1e-15).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_what_a_program_computes_lies_within_the_bound(dtype):
    precision = {np.float32: FLOAT32, np.float16: FLOAT16}[dtype]
    for seed in SEEDS:
        net = drawn_network(seed)
        with np.errstate(all="ignore"):
            found, alike = gradients(net, dtype), chooses_alike(net, dtype)
        trace = net.trace()
        followed = losses(trace, precision)
        for (layer, parameter), array in found.items():
            if alike and np.isfinite(array).all():
                true = trace.gradients[layer + 1]
                if parameter is not None:
                    true = trace.parameters[layer][parameter]
                off = np.abs(array.astype(np.float64) - true)
                assert (off <= followed.array(layer, parameter) + 1e-15 * np.abs(true)).all(), seed


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_is_called_right_beyond_the_bound_it_states(seed):
    rng = np.random.default_rng(seed)
    net = drawn_network(seed)
    trace = net.trace()
    for layer in range(-1, len(net.layers)):
        true = trace.gradients[layer + 1]
        for size in (1e-7, 1e-4, 1e-2):
            wrong = true + size * rng.normal(size=true.shape) * np.abs(true).max()
            for written in (wrong.ravel().tolist(), [Decimal(f"{x:.3e}") for x in wrong.ravel()]):
                judged = judge(trace, (layer, None), written, true.shape)
                if judged.right:
                    assert (np.abs(judged.difference) <= judged.bound * (1 + 1e-9)).all()


def test_the_gradients_of_lenet_are_right_in_float32():
    trace = network_of("lenet").trace()
    followed = losses(trace, FLOAT32)
    assert isinstance(followed, Losses)
    for layer in range(-1, len(trace.network.layers)):
        true = trace.gradients[layer + 1]
        # The bound is of use: far below the gradients themselves.
        assert followed.array(layer, None).max() < 1e-4 * np.abs(true).max()


def network_of(slug):
    return build(Document.model_validate(LESSONS[slug].network))


SCORES = (-800.0, -345.0, -34.0, -29.5, -21.3, -9.7, 0.4, 8.8, 16.2, 22.9, 27.7, 31.6, 35.1, 300.0)
"""From probabilities that a sigmoid saturates to 0 to those that it saturates to 1; of the second,
the squares of what it may be off are 0 in float64."""


def saturated(seed, last):
    """A linear layer, then a sigmoid or a softmax, whose probabilities the loss divides by."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(0.5, 1.5, 3)
    n = len(SCORES) if last is Sigmoid else 3
    scores = rng.permutation(SCORES)[:n] + rng.uniform(-0.5, 0.5, n)
    weight = rng.uniform(-1, 1, (n, 3))
    weight[:, 0] += (scores - weight @ x) / x[0]
    target = rng.integers(0, 9, n) / 8
    head = partial(BinaryCrossEntropy, target=target)
    return network(x, linear(weight), last, head=head)


@pytest.mark.parametrize("last", [Sigmoid, Softmax])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
@pytest.mark.parametrize("seed", range(20))
def test_saturated_probabilities_lose_digits_and_are_right(seed, dtype, last):
    net = saturated(seed, last)
    trace = net.trace()
    with np.errstate(all="ignore"):
        found = gradients(net, dtype)
    for where, array in found.items():
        if not np.isfinite(array).all():
            continue
        for form, written in as_written(array):
            judged = judge(trace, where, written, array.shape)
            assert judged.right, (where, form, judged.difference, judged.bound)
            assert (np.abs(judged.difference) <= judged.bound * (1 + 1e-9)).all()


@pytest.mark.parametrize("last", [Sigmoid, Softmax])
@pytest.mark.parametrize("seed", range(20))
def test_what_pytorch_computes_of_saturated_probabilities_is_right(seed, last):
    torch = pytest.importorskip("torch")
    net = saturated(seed, last)
    trace = net.trace()
    for dtype in (torch.float64, torch.float32):
        x = torch.tensor(net.x, dtype=dtype, requires_grad=True)
        weight = torch.tensor(net.layers[0].weight, dtype=dtype, requires_grad=True)
        p = (weight @ x).sigmoid() if last is Sigmoid else (weight @ x).softmax(0)
        target = torch.tensor(net.head.target, dtype=dtype)
        torch.nn.functional.binary_cross_entropy(p, target).backward()
        for where, array in (((-1, None), x.grad), ((0, "weight"), weight.grad)):
            written = array.double().numpy().ravel().tolist()
            assert judge(trace, where, written, tuple(array.shape)).right, (where, dtype)


@pytest.mark.parametrize(
    ("dtype", "least", "upstream"), [(np.float32, -88.0, 1e38), (np.float16, -11.0, 60_000.0)]
)
def test_a_sigmoid_whose_exponential_leaves_the_arithmetic_has_slope_0_there(
    dtype, least, upstream
):
    for x, is_right in ((least - 1, True), (least + 1, False)):
        net = network([x, 0.3], Sigmoid, gradient=[upstream, 1.0])
        with np.errstate(over="ignore"):
            found = gradients(net, dtype)[-1, None].ravel().tolist()
        assert (found[0] == 0) == is_right
        assert judge(net.trace(), (-1, None), [0.0, found[1]], (2,)).right == is_right


@pytest.mark.parametrize("seed", range(20))
def test_noise_beside_a_saturated_probability_gets_no_name(seed):
    """The wrong number of its cell may be anything up to 10¹²; those of the others may not."""
    rng = np.random.default_rng(seed)
    head = partial(BinaryCrossEntropy, target=numbers([0.375, 0.125, 0, 0.75]))
    net = network([2.855, 47.5, 4.7, 1.732], linear(np.eye(4)), Sigmoid, head=head)
    trace = net.trace()
    true = trace.gradients[1]
    noise = true + rng.normal(size=true.shape) * np.abs(true).max() / 10
    found = judge(trace, (0, None), [Decimal(f"{x:.4e}") for x in noise.tolist()], true.shape)
    assert not found.right
    assert not found.explanations


def test_the_bound_of_probabilities_that_are_not_saturated_stays_small():
    head = partial(BinaryCrossEntropy, target=numbers([0.25, 1, 0]))
    trace = network([0.4, -0.9, 1.2], linear(np.eye(3)), Sigmoid, head=head).trace()
    bound = losses(trace, FLOAT64).array(-1, None)
    assert (bound > 0).all()
    assert (bound < 1e-14 * np.abs(trace.gradients[0])).all()


def test_small_whole_numbers_are_exact_in_every_arithmetic():
    trace = founding_question().trace()
    for precision in (FLOAT32, FLOAT16, BFLOAT16, to_decimals(2)):
        for layer in range(-1, len(trace.network.layers)):
            assert not losses(trace, precision).array(layer, None).any()


def test_a_third_that_each_of_three_equal_maxima_gets_is_rounded():
    pool = partial(MaxPool2d, kernel=(1, 3), ties="split")
    net = network(numbers([[[2, 2, 2]]]), pool, gradient=numbers([[[-0.5]]]))
    trace = net.trace()
    for dtype in (np.float64, np.float32, np.float16):
        array = gradients(net, dtype)[-1, None].astype(np.float64)
        assert judge(trace, (-1, None), array.ravel().tolist(), array.shape, dtype.__name__).right


@pytest.mark.parametrize(
    ("precision", "x", "held"),
    [
        (FLOAT32, 0.1, float(np.float32(0.1))),
        (FLOAT16, 0.1, float(np.float16(0.1))),
        (BFLOAT16, 0.1, 0.10009765625),
        (BFLOAT16, 1.00390625, 1.0),  # halfway: to the even one
        (BFLOAT16, 1.01171875, 1.015625),
        (to_decimals(2), 0.126, 0.13),
        (to_significant(2), 1260.0, 1300.0),
        (FLOAT64, 0.1, 0.1),
    ],
)
def test_each_arithmetic_rounds_as_it_does(precision, x, held):
    assert precision.rounded(np.array([x]))[0] == held


def test_a_network_too_large_to_follow_has_a_bound_too(monkeypatch):
    trace = drawn_network(1).trace()
    exact = losses(trace, FLOAT32)
    monkeypatch.setattr("app.engine.mistakes.errors.MAX_FOLLOWED", work(trace.network) - 1)
    rough = losses(trace, FLOAT32)
    assert isinstance(rough, RoughLosses)
    assert work(trace.network) < MAX_FOLLOWED
    for layer in range(-1, len(trace.network.layers)):
        assert (rough.array(layer, None) >= 0).all()
        assert rough.array(layer, None).max() < 1e4 * exact.array(layer, None).max() + 1e-30


def test_arrays_rounded_on_the_way_by_hand_get_no_mistakes_name():
    named = wrong = judged = 0
    for seed in SEEDS:
        net = drawn_network(seed, most_layers=4)
        trace = net.trace()
        for decimals in (3, 4):
            for where, array in rounded_by_hand(net, decimals).items():
                written = [Decimal(f"{x:.{decimals}f}") for x in array.ravel()]
                found = judge(trace, where, written, array.shape)
                judged, wrong = judged + 1, wrong + (not found.right)
                named += bool(found.explanations)
    assert (named, judged > 300) == (0, True)
    assert wrong <= 0.02 * judged  # by more than some units of the last digit


def test_a_kink_at_exactly_0_is_recognised_where_float64_holds_more():
    net = network(
        [[[0.1, 0.2, -0.3]]], conv([[[[1, 1, 1]]]]), Relu, gradient=[[[5]]]
    )  # fmt: skip
    trace = net.trace()
    assert trace.values[1][0, 0, 0] > 0
    found = judge(trace, (-1, None), [0, 0, 0], (1, 1, 3))
    assert (found.right, [turn.cell.layer for turn in found.turns]) == (True, [1])
    assert found.turns[0].apart < 1e-15


def test_a_tie_by_hand_is_recognised_where_float64_sees_none():
    net = network(
        [[[0.1, 0.2, 0.3]]], conv([[[[1, 1]]]]), max_pool(kernel=(1, 2)), gradient=[[[7]]]
    )  # fmt: skip
    trace = network([0.3, 0.1 + 0.2], linear([[1, 0], [0, 1]]), gradient=[1, 2]).trace()
    assert judge(trace, (-1, None), [1, 2], (2,)).right
    net = network(
        [[[0.3, 0.1], [0, 0.2]]], conv([[[[1], [1]]]]), max_pool(kernel=(1, 2)), gradient=[[[7]]]
    )  # fmt: skip
    trace = net.trace()
    assert trace.values[1].tolist() == [[[0.3, 0.1 + 0.2]]]
    found = judge(trace, (0, None), [7, 0], (1, 1, 2))
    assert (found.right, len(found.turns)) == (True, 1)
    assert not judge(trace, (0, None), [7, 7], (1, 1, 2)).right


def test_a_tie_that_is_one_in_float64_too_follows_the_rule():
    trace = network([[[5, 5]]], max_pool(kernel=(1, 2)), gradient=[[[7]]]).trace()
    assert not judge(trace, (-1, None), [0, 7], (1, 1, 2)).right


def test_a_winner_that_float16_switches_is_told():
    x = [[[1.0001, 1.0002]]]
    trace = network(x, max_pool(kernel=(1, 2)), gradient=[[[0.333984375]]]).trace()
    found = judge(trace, (-1, None), [0.333984375, 0], (1, 1, 2))
    assert (found.right, found.precision) == (True, FLOAT16)
    assert len(found.turns) == 1


@pytest.mark.parametrize("x", [(12.0, 15.0), (9.5, 9.7), (10.0, 12.0)])
def test_what_a_switched_winner_sends_elsewhere_is_rounded_as_usual(x):
    layers = Tanh, max_pool(kernel=(1, 2))
    trace = network([[list(x)]], *layers, gradient=[[[0.0757]]]).trace()
    sent = float(np.float32(0.0757))
    found = judge(trace, (0, None), [sent, 0], (1, 1, 2))
    assert (found.right, found.precision) == (True, FLOAT32)
    assert len(found.turns) == 1
    assert not judge(trace, (0, None), [1.001 * sent, 0], (1, 1, 2)).right


@pytest.mark.parametrize(
    ("scheme", "step"),
    [("central", 1e-5), ("forward", 1e-6), ("central", 1e-3), ("backward", 1e-7)],
)
def test_finite_differences_are_recognised_by_their_errors(scheme, step):
    net = network(
        np.linspace(-1, 1, 6), linear(np.sin(np.arange(24).reshape(4, 6))), Sigmoid,
        linear(np.cos(np.arange(12).reshape(3, 4))), gradient=[1, -2, 0.5],
    )  # fmt: skip
    trace = net.trace()

    def objective(x):
        return float((network_with(net, x).trace().values[-1] * net.head.gradient).sum())

    written = []
    for at in range(6):
        high, low = net.x.copy(), net.x.copy()
        high[at] += 0 if scheme == "backward" else step
        low[at] -= 0 if scheme == "forward" else step
        written.append((objective(high) - objective(low)) / (high[at] - low[at]))
    found = judge(trace, (-1, None), written, (6,))
    assert found.right
    assert found.differences is not None
    assert (found.differences.scheme, found.differences.step) == (scheme, step)
    # One number that is as far off is none.
    wrong = trace.gradients[0].copy()
    wrong[2] += 1e-6
    assert not judge(trace, (-1, None), wrong.tolist(), (6,)).right


@pytest.mark.parametrize(("scheme", "step"), [("central", 1e-3), ("one-sided", 1e-3)])
def test_finite_differences_of_a_loss_in_float32_are_recognised_by_their_units(scheme, step):
    weight = np.sin(np.arange(32).reshape(4, 8)).astype(np.float32)
    x, h = np.linspace(-1, 1, 8).astype(np.float32), np.float32(step)
    target = np.array([1, 0, -1, 2], np.float32)
    head = partial(MeanSquaredError, target=target.astype(np.float64))
    trace = network(x, linear(weight), head=head).trace()

    def loss(x):
        return np.square(weight @ x - target).mean(dtype=np.float32)

    written = []
    for at in range(8):
        high, low = x.copy(), x.copy()
        high[at] += h
        low[at] -= h if scheme == "central" else 0
        width = 2 * h if scheme == "central" else h
        written.append(Decimal(str(np.float32((loss(high) - loss(low)) / width))))
    found = judge(trace, (-1, None), written, (8,))
    assert found.right
    assert found.differences is not None
    assert (found.differences.scheme, found.differences.arithmetic) == (scheme, "float32")
    # Errors of the same size that are no multiples of a unit are another thing.
    off = np.abs(np.array(written, float) - trace.gradients[0]).mean()
    noisy = trace.gradients[0] + off * np.cos(np.arange(8))
    assert not judge(trace, (-1, None), noisy.astype(np.float32).tolist(), (8,)).right


def network_with(net, x):
    layers = [lambda shape, layer=layer: layer for layer in net.layers]
    return Network(x, layers, lambda shape: net.head)


def test_flattening_loses_nothing():
    net = network([[[0.1, 0.2]]], Flatten, gradient=[0.3, 0.7])
    loss = losses(net.trace(), FLOAT32).array(-1, None)
    held = np.abs(numbers([0.3, 0.7]).astype(np.float32) - [0.3, 0.7])
    assert loss.ravel() == pytest.approx(held)


def test_the_upstream_gradients_of_a_loss_lose_what_its_exponentials_lose():
    head = partial(CrossEntropy, target=0)
    trace = network([3.0, -2.0, 0.5], linear(np.eye(3)), head=head).trace()
    loss = losses(trace, FLOAT32).array(0, None)
    assert (loss > 0).all()
    assert (loss < 1e-5).all()


FOUR_CLASSES = {
    "a class": {"target": 1},
    "shares": {"target": numbers([0.495051472368981, 0.25, 0.254948527631019, 0])},
    "label smoothing": {"target": 1, "label_smoothing": 0.1},
    "weights": {"target": 1, "weight": numbers([0.3, 1.7, 0.45, 2.2])},
}


@pytest.mark.parametrize("options", FOUR_CLASSES.values(), ids=FOUR_CLASSES)
@pytest.mark.parametrize("score", [0.0, 1.5])
@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
def test_equal_scores_have_rounded_probabilities_too(dtype, score, options):
    torch = pytest.importorskip("torch")
    net = network(np.full(4, score), Identity, head=partial(CrossEntropy, **options))
    trace, of_torch = net.trace(), getattr(torch, dtype)
    x = torch.tensor(net.x, dtype=of_torch, requires_grad=True)
    given_to = {"label_smoothing": options.get("label_smoothing", 0.0)}
    if "weight" in options:
        given_to["weight"] = torch.tensor(options["weight"], dtype=of_torch)
    alone = isinstance(options["target"], int)
    target = torch.tensor(options["target"], dtype=None if alone else of_torch)
    torch.nn.functional.cross_entropy(x, target, **given_to).backward()
    for array in (x.grad.numpy(), gradients(net, np.dtype(dtype).type)[-1, None]):
        for layer in (0, -1):
            assert judge(trace, (layer, None), array.astype(float).tolist(), (4,), dtype).right


def test_two_equal_scores_with_shares_in_float32_are_right():
    head = partial(CrossEntropy, target=numbers([0.495051472368981, 0.504948527631019]))
    trace = network([0, 0], Identity, head=head).trace()
    of_torch = [0.004948526620864868, -0.004948556423187256]
    assert judge(trace, (-1, None), of_torch, (2,)).right
    assert not judge(trace, (-1, None), [0.0049495, -0.0049495], (2,)).right


def test_probabilities_of_exactly_0_and_1_are_exact():
    for scores, target in (([1000, 0, -300], 0), ([2], numbers([0.3]))):
        net = network(scores, Identity, head=partial(CrossEntropy, target=target))
        for precision in (FLOAT64, FLOAT32, FLOAT16, BFLOAT16):
            assert not losses(net.trace(), precision).array(-1, None).any()


@pytest.mark.parametrize("size", [1e-4, 1e-2, 1.0])
@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
@pytest.mark.parametrize("seed", range(3))
def test_probabilities_near_their_targets_are_rounded_at_their_own_size(seed, dtype, size):
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(seed)
    x = size * rng.uniform(size=64)
    # Both are multiples of 2⁻⁵³, so float64 holds their difference exactly, but not e to the −x.
    target = 1 - 1 / (1 + np.exp(-x)) - 2.0 ** -rng.integers(8, 40, 64)
    net = network(x, Identity, head=partial(BinaryCrossEntropyWithLogits, target=target))
    trace, of_torch = net.trace(), getattr(torch, dtype)
    logits = torch.tensor(x, dtype=of_torch, requires_grad=True)
    torch.nn.functional.binary_cross_entropy_with_logits(
        logits, torch.tensor(target, dtype=of_torch)
    ).backward()
    for array in (logits.grad.numpy(), gradients(net, np.dtype(dtype).type)[-1, None]):
        for layer in (0, -1):
            assert judge(trace, (layer, None), array.astype(float).tolist(), (64,), dtype).right


def test_a_probability_near_its_target_in_float64_is_right():
    x = [-0.0004573525041149093, 0.001315632416509579, -0.0007565046825944915, 0.001584128562015884]
    target = [0.4913404923399841, 0.09086020397035677, 0.5146331577546173, 0.26828888222433356]
    head = partial(BinaryCrossEntropyWithLogits, target=numbers(target))
    trace = network(x, Identity, head=head).trace()
    written = trace.gradients[0].copy()
    written[0] = 0.002136292383995028  # PyTorch's
    assert judge(trace, (-1, None), written.tolist(), (4,)).right
    assert losses(trace, FLOAT64).array(-1, None).max() < 1e-15


def test_a_logit_of_0_has_exactly_one_half():
    head = partial(BinaryCrossEntropyWithLogits, target=numbers([0.25, 1, 0, 1]))
    trace = network([0, 0, -1000, 1000], Identity, head=head).trace()
    for precision in (FLOAT64, FLOAT32, FLOAT16, BFLOAT16):
        assert not losses(trace, precision).array(-1, None).any()


@pytest.mark.parametrize("weight", [0.27, 0.35, 1.36, 2.41])
@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "bfloat16"])
def test_a_weight_divided_by_itself_need_not_be_1(dtype, weight):
    torch = pytest.importorskip("torch")
    weights, of_torch = numbers([2.58, weight, 0.83]), getattr(torch, dtype)
    head = partial(NegativeLogLikelihood, target=1, weight=weights)
    trace = network([0.74, -1.86, -0.78], Identity, head=head).trace()
    x = torch.tensor([[0.74, -1.86, -0.78]], dtype=of_torch, requires_grad=True)
    weights_of_torch = torch.tensor(weights, dtype=of_torch)
    torch.nn.functional.nll_loss(x, torch.tensor([1]), weight=weights_of_torch).backward()
    assert judge(trace, (-1, None), x.grad.double().ravel().tolist(), (3,), dtype).right
    # In plain numpy, the factor 1 / w is rounded too.
    if dtype != "bfloat16":
        number = np.dtype(dtype).type
        slope = -number(weight) * (number(1) / number(weight))
        assert judge(trace, (-1, None), [0.0, float(slope), 0.0], (3,), dtype).right


@pytest.mark.parametrize(("target", "reduction"), [(1, "mean"), (0, "sum"), (1, "sum")])
def test_a_weight_of_4_divides_exactly_and_a_sum_divides_by_nothing(target, reduction):
    options = {"target": target, "weight": numbers([3, 4, 5]), "reduction": reduction}
    head = partial(NegativeLogLikelihood, **options)
    trace = network([0.75, -2, 0.5], Identity, head=head).trace()
    assert not losses(trace, FLOAT16).array(-1, None).any()


@pytest.mark.parametrize("weight", [(2.87, 0.7), (1.32, 2.79), (0.91, 1.44)])
@pytest.mark.parametrize("kind", [NegativeLogLikelihood, CrossEntropy])
def test_the_sum_of_a_batch_s_weights_is_rounded_at_each_addition(kind, weight):
    torch = pytest.importorskip("torch")
    target = np.arange(127) % 2
    head = partial(kind, target=target, weight=numbers(weight))
    trace = Network(np.zeros((127, 2)), [Identity], head, is_batch=True).trace()
    functional = torch.nn.functional
    loss = functional.nll_loss if kind is NegativeLogLikelihood else functional.cross_entropy
    scores = torch.zeros((127, 2), dtype=torch.float16, requires_grad=True)
    weights_of_torch = torch.tensor(weight, dtype=torch.float16)
    loss(scores, torch.tensor(target), weight=weights_of_torch).backward()
    written = scores.grad.double().ravel().tolist()
    assert judge(trace, (0, None), written, (127, 2), "float16").right


ARITHMETICS = pytest.mark.parametrize("precision", [FLOAT64, FLOAT32, FLOAT16, BFLOAT16])


@ARITHMETICS
@pytest.mark.parametrize("layer", [Softmax, LogSoftmax])
def test_the_softmax_of_one_number_is_exact(layer, precision):
    net = network([[[300.1, -7.3]]], layer, gradient=[[[0.3, 5e4]]])
    followed = losses(net.trace(), precision)
    assert not followed.value(0).any()
    assert not followed.array(-1, None).any()
    assert not judge(net.trace(), (-1, None), [1e-12, 0], (1, 1, 2)).right


FAR_OUT = {
    "gelu": Gelu,
    "tanh": partial(Gelu, approximate="tanh"),
    "silu": Silu,
    "elu": Elu,
    "softplus": Softplus,
}


@ARITHMETICS
@pytest.mark.parametrize("layer", FAR_OUT.values(), ids=FAR_OUT)
def test_an_activation_is_exact_where_it_is_straight(layer, precision):
    trace = network([-3 * 2.0**14, 2.0**13, 3 * 2.0**14], layer, gradient=[0.75, 0.5, -2]).trace()
    followed = losses(trace, precision)
    assert not followed.array(-1, None).any()
    assert not judge(trace, (-1, None), [0.001, 0.5, -2], (3,)).right
    assert not followed.value(0).any()


@pytest.mark.parametrize("x", [900.0, 1000.0])
def test_the_slope_of_a_gelu_far_out_is_0_or_1(x):
    torch = pytest.importorskip("torch")
    net = network([x, -x], partial(Gelu, approximate="tanh"), gradient=[0.5, 0.75])
    of_torch = torch.tensor([x, -x], requires_grad=True)
    upstream = torch.tensor([0.5, 0.75])
    torch.nn.functional.gelu(of_torch, approximate="tanh").backward(upstream)
    assert judge(net.trace(), (-1, None), of_torch.grad.double().tolist(), (2,)).right
    for wrong in ([0.5 + 2.0**-15, 0], [0.5, 2.0**-15]):
        assert not judge(net.trace(), (-1, None), wrong, (2,), "float32").right


@pytest.mark.parametrize("size", [7e4, 1e39, 1e100, 9e307])
def test_nothing_is_right_because_an_arithmetic_cannot_hold_the_right_number(size):
    # float16 ends at 65,504, float32 and bfloat16 at 3.4e38.
    trace = network([0.5], linear([[0.1]]), gradient=[size]).trace()
    assert judge(trace, (0, None), [size], (1,)).right
    for written in (0.0, 1.0, 0.9 * size, 1.001 * size, -size):
        assert not judge(trace, (0, None), [written], (1,)).right
