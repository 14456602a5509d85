"""PyTorch's own samples for its operators agree, where a document can say them.

PyTorch tests itself with them (``torch.testing._internal``). A sample with a batch is said as one
document an example. What cannot be said has its reason, and is counted.
"""

import importlib.util
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from tests.oracle.documents import built

HAS_TORCH = importlib.util.find_spec("torch") is not None
if HAS_TORCH:  # elsewhere there are no samples; CI has them
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import torch
        from torch.testing._internal.common_methods_invocations import op_db

Fields = dict[str, Any]


class Unsaid(Exception):
    """What a document cannot say, in a word or two."""


@dataclass
class Said:
    """A sample as documents: its examples, what each goes through, and what comes back."""

    layer: Fields
    examples: Any
    """[examples, …]: the inputs of the documents."""
    outputs: Callable[[Any], Any] = lambda y: y
    """The sample's output → that of each document, [examples, …]."""
    inputs: Callable[[Any], Any] = lambda x: x
    """The sample's input gradient → that of each document."""
    heads: list[Fields] | None = None
    """Of losses; else random gradients are sent back."""
    parameters: dict[str, Any] = field(default_factory=dict)


def as_given(sample: Any, *names: str) -> Fields:
    """The arguments by name; those that are None are left out."""
    given = dict(zip(names, sample.args, strict=False)) | sample.kwargs
    return {name: value for name, value in given.items() if value is not None}


def of_function(*names: str) -> Callable[[Any], Said]:
    """Of a function of one number: whatever the shape, its cells can stand in a row."""

    def say(sample: Any, kind: str) -> Said:
        options = as_given(sample, *names)
        options.pop("inplace", None)
        return Said({"type": kind, **options}, row(sample.input), row, row)

    return say  # type: ignore[return-value]


def row(x: Any) -> Any:
    if x.numel() == 0:
        raise Unsaid("nothing")
    return x.reshape(1, -1)


def examples(sample: Any, rank: int) -> tuple[Any, Callable[[Any], Any]]:
    """The input as [examples, …], and how the output is brought to that form."""
    x = sample.input
    if x.numel() == 0:
        raise Unsaid("nothing")
    if x.dim() == rank:
        return x[None], lambda y: y[None]
    return x.reshape(-1, *x.shape[x.dim() - rank :]), lambda y: y.reshape(-1, *y.shape[-rank:])


def taken(options: Fields) -> dict[str, Any]:
    """The weight and the bias, taken out of the options."""
    return {name: options.pop(name) for name in ("weight", "bias") if name in options}


def plain(value: Any) -> Any:
    """Tensors, tuples and sizes as a document has them."""
    if isinstance(value, torch.Tensor):
        return value.detach().tolist()
    return list(value) if isinstance(value, tuple | torch.Size) else value


def sizes(value: Any, axes: int) -> Any:
    """One size for all axes where PyTorch has a list of one."""
    value = plain(value)
    return value * axes if isinstance(value, list) and len(value) == 1 else value


def sliding(axes: int, *names: str) -> Callable[[Any, str], Said]:
    """A pool along so many axes, whose options have these names."""
    return lambda sample, kind: pool(sample, kind, axes, *names)


def pool(sample: Any, kind: str, axes: int, *names: str) -> Said:
    options = as_given(sample, *names)
    options.pop("return_indices", None)
    options = {name: sizes(value, axes) for name, value in options.items()}
    if "kernel_size" in options:
        options["kernel"] = options.pop("kernel_size")
    if not options.get("stride", True):
        del options["stride"]
    x, outputs = examples(sample, axes + 1)
    return Said({"type": kind, **options}, x, outputs, outputs)


MAX_POOL = ("kernel_size", "stride", "padding", "dilation", "ceil_mode")
AVG_POOL = ("kernel_size", "stride", "padding", "ceil_mode", "count_include_pad")


def adaptive(sample: Any, kind: str) -> Said:
    given = as_given(sample, "output_size", "return_indices")["output_size"]
    sides = [given] * 2 if isinstance(given, int) else list(given)
    # None keeps the side, which a document says in numbers.
    sides = [
        n if side is None else side for side, n in zip(sides, sample.input.shape[-2:], strict=True)
    ]
    x, outputs = examples(sample, 3)
    return Said({"type": kind, "output_size": sides}, x, outputs, outputs)


def weighted(rank: int, *names: str) -> Callable[[Any, str], Said]:
    def say(sample: Any, kind: str) -> Said:
        options = as_given(sample, "weight", "bias", *names)
        parameters = taken(options)
        if parameters["weight"].dim() == 1:
            raise Unsaid("a weight without a row")
        layer = {"type": kind, **{name: sizes(value, rank - 1) for name, value in options.items()}}
        x, outputs = examples(sample, rank)
        return Said(layer, x, outputs, outputs, parameters=parameters)

    return say


def batch_norm(sample: Any, kind: str) -> Said:
    options = as_given(sample, "running_mean", "running_var", "weight", "bias")
    if options.pop("training", False):
        raise Unsaid("training")
    options.pop("momentum", None)  # of training alone
    x = sample.input
    if x.numel() == 0:
        raise Unsaid("nothing")
    parameters = taken(options)
    if "bias" in parameters and "weight" not in parameters:
        raise Unsaid("a bias without a weight")
    layer = {"type": kind, **{name: plain(value) for name, value in options.items()}}

    def maps(y: Any) -> Any:
        return y.reshape(len(y), y.shape[1], 1, -1)

    return Said(layer, maps(x), maps, maps, parameters=parameters)


def prelu(sample: Any, kind: str) -> Said:
    weight = as_given(sample, "weight")["weight"]
    x = sample.input
    if x.numel() == 0:
        raise Unsaid("nothing")
    if x.dim() < 2 or weight.numel() == 1:
        shape = (1, 1, 1, -1) if x.dim() < 2 else (len(x), x.shape[1], 1, -1)
    else:
        shape = (len(x), x.shape[1], 1, -1)

    def maps(y: Any) -> Any:
        return y.reshape(shape)

    return Said({"type": kind}, maps(x), maps, maps, parameters={"weight": weight})


def softmax(sample: Any, kind: str) -> Said:
    options = as_given(sample, "dim")
    options.pop("dtype", None)
    x, dim = sample.input, options.pop("dim")
    if x.numel() == 0:
        raise Unsaid("nothing")

    def maps(y: Any) -> Any:
        if not y.dim():
            return y.reshape(1, 1, 1, 1)
        return y.movedim(dim, 0).reshape(1, y.shape[dim], 1, -1)

    return Said({"type": kind}, maps(x), maps, maps)


def of_each(sample: Any, kind: str) -> Said:
    """A loss that adds up one figure of each output."""
    options = as_given(sample, "target")
    target = options.pop("target")
    if options.get("reduction") == "none":
        raise Unsaid("no reduction")
    if {"weight", "pos_weight"} & options.keys():
        raise Unsaid("weights of outputs")
    if target.shape != sample.input.shape:
        raise Unsaid("a target of another shape")
    if options.get("beta") == 0:
        raise Unsaid("beta 0, which is l1")
    head = {"type": kind, "target": plain(target.reshape(-1)), **options}
    return Said({"type": "identity"}, row(sample.input), lambda y: y, row, [head])


def of_classes(sample: Any, kind: str) -> Said:
    options = as_given(sample, "target")
    target, x = options.pop("target"), sample.input
    reduction = options.pop("reduction", "mean")
    if reduction == "none":
        raise Unsaid("no reduction")
    if x.numel() == 0:
        raise Unsaid("nothing")
    if x.dim() == 1:
        x, target = x[None], target[None]
    rows = x.movedim(1, -1).reshape(-1, x.shape[1])
    if reduction == "mean" and len(rows) > 1:
        raise Unsaid("a mean over a batch")
    shares = target.is_floating_point()
    targets = target.movedim(1, -1).reshape(rows.shape) if shares else target.reshape(-1)
    ignored = options.pop("ignore_index", -100)
    if not shares and (targets == ignored).any():
        raise Unsaid("examples that are ignored")
    if "weight" in options:
        options["weight"] = plain(options["weight"])
        if min(options["weight"]) < 0:
            raise Unsaid("a weight below 0")
    heads = [
        {
            "type": kind,
            "target": plain(each) if shares else int(each),
            "reduction": reduction,
            **options,
        }
        for each in targets
    ]

    def back(gradient: Any) -> Any:
        gradient = gradient if gradient.dim() > 1 else gradient[None]
        return gradient.movedim(1, -1).reshape(rows.shape)

    return Said({"type": "identity"}, rows, lambda y: y, back, heads)


SAY: dict[str, tuple[str, Callable[..., Said]]] = {
    "nn.functional.conv2d": ("conv2d", weighted(3, "stride", "padding", "dilation", "groups")),
    "nn.functional.conv1d": ("conv1d", weighted(2, "stride", "padding", "dilation", "groups")),
    "nn.functional.conv_transpose2d": (
        "conv_transpose2d",
        weighted(3, "stride", "padding", "output_padding", "groups", "dilation"),
    ),
    "nn.functional.linear": ("linear", weighted(1)),
    "nn.functional.relu": ("relu", of_function()),
    "nn.functional.leaky_relu": ("leaky_relu", of_function("negative_slope")),
    "sigmoid": ("sigmoid", of_function()),
    "tanh": ("tanh", of_function()),
    "nn.functional.hardtanh": ("hardtanh", of_function("min_val", "max_val")),
    "nn.functional.elu": ("elu", of_function("alpha")),
    "nn.functional.gelu": ("gelu", of_function()),
    "nn.functional.silu": ("silu", of_function()),
    "nn.functional.softplus": ("softplus", of_function("beta", "threshold")),
    "nn.functional.prelu": ("prelu", prelu),
    "softmax": ("softmax", softmax),
    "log_softmax": ("log_softmax", softmax),
    "nn.functional.max_pool1d": ("max_pool1d", sliding(1, *MAX_POOL)),
    "nn.functional.avg_pool1d": ("avg_pool1d", sliding(1, *AVG_POOL)),
    "nn.functional.max_pool2d": ("max_pool2d", sliding(2, *MAX_POOL)),
    "nn.functional.avg_pool2d": ("avg_pool2d", sliding(2, *AVG_POOL, "divisor_override")),
    "nn.functional.adaptive_max_pool2d": ("adaptive_max_pool2d", adaptive),
    "nn.functional.adaptive_avg_pool2d": ("adaptive_avg_pool2d", adaptive),
    "nn.functional.batch_norm": ("batch_norm2d", batch_norm),
    "nn.functional.cross_entropy": ("cross_entropy", of_classes),
    "nn.functional.nll_loss": ("nll", of_classes),
    "nn.functional.binary_cross_entropy_with_logits": (
        "binary_cross_entropy_with_logits", of_each,
    ),
    "nn.functional.binary_cross_entropy": ("binary_cross_entropy", of_each),
    "nn.functional.mse_loss": ("mse", of_each),
    "nn.functional.l1_loss": ("l1", of_each),
    "nn.functional.smooth_l1_loss": ("smooth_l1", of_each),
    "nn.functional.huber_loss": ("huber", of_each),
}  # fmt: skip
"""By PyTorch's name of an operator: the kind in a document, and how a sample is said."""
MOST = 200
"""Samples of one operator, evenly among those there are; max_pool2d has 1,440."""
REASONS = {
    "nothing", "training", "no reduction", "weights of outputs", "a mean over a batch",
    "a target of another shape", "examples that are ignored", "a weight below 0",
    "beta 0, which is l1", "a weight without a row", "a bias without a weight",
}  # fmt: skip


def agrees(op: Any, sample: Any, said: Said) -> None:
    """Every output and every gradient of the sample is that of its documents."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # lopsided padding takes a copy
        y = op(sample.input, *sample.args, **sample.kwargs)
    y = y[0] if isinstance(y, tuple) else y
    upstream: Any = None
    if said.heads is None:
        rng = np.random.default_rng(0)
        upstream = torch.from_numpy(rng.integers(-8, 9, said.outputs(y).shape) / 8)
        objective = (said.outputs(y) * upstream).sum()
    else:
        objective = y
    wanted = [sample.input, *said.parameters.values()]
    wanted = [each for each in wanted if each.requires_grad]
    gradients = torch.autograd.grad(objective, wanted, allow_unused=True)
    found = dict(zip(map(id, wanted), gradients, strict=True))
    layer = said.layer | {name: plain(each) for name, each in said.parameters.items()}
    if layer["type"] == "prelu" and not isinstance(layer["weight"], list):
        layer["weight"] = [layer["weight"]]
    losses: list[Any] = []
    of_parameters: dict[str, Any] = {}
    into = said.inputs(found[id(sample.input)])
    for i, x in enumerate(said.examples):
        head = said.heads[i] if said.heads else {"type": "upstream", "gradient": plain(upstream[i])}
        trace = built({"input": plain(x), "layers": [layer], "head": head}).trace()
        if said.heads is None:
            close(trace.values[1], said.outputs(y)[i])
        else:
            losses.append(trace.loss)
        close(trace.gradients[0], into[i])
        for name, gradient in trace.parameters[0].items():
            of_parameters[name] = of_parameters.get(name, 0) + gradient
    for name, each in said.parameters.items():
        if each.requires_grad:
            close(of_parameters[name].reshape(each.shape), found[id(each)])
    if losses:
        close(np.sum(losses), objective)


def close(ours: Any, theirs: Any) -> None:
    np.testing.assert_allclose(ours, theirs.detach().numpy(), 1e-10, 1e-12)


@pytest.mark.parametrize("name", SAY)
def test_pytorchs_own_samples_of_an_operator_agree_where_a_document_can_say_them(name):
    if not HAS_TORCH:
        return
    torch.manual_seed(0)
    kind, say = SAY[name]
    counted = Counter[str]()
    for op in (each for each in op_db if each.name == name):
        if "complex" in op.variant_test_name:
            continue
        samples = list(op.sample_inputs("cpu", torch.float64, requires_grad=True))
        for sample in samples[:: max(1, len(samples) // MOST)]:
            try:
                said = say(sample, kind)
            except Unsaid as unsaid:
                counted[str(unsaid)] += 1
                continue
            try:
                agrees(op, sample, said)
            except Exception as error:
                error.add_note(f"{name}: {said.layer}, {sample.summary()}")
                raise
            counted["said"] += 1
    assert counted["said"], counted
    assert counted.keys() - {"said"} <= REASONS, counted
