"""Turns an ONNX graph into the layers of a document; the last operation decides the head."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np

from app.builder.fill import nested
from app.builder.needs import Fields
from app.builder.status import bind, why_not
from app.engine.layers import KINDS
from app.engine.types import Shape
from app.files.limits import BadFile
from app.files.onnx_graph import Graph, Node, read_graph, sides

Json = Any


class Model(NamedTuple):
    """The layers of a model, its input's shape, whether it gives probabilities, and notes."""

    layers: list[Fields]
    shape: Shape
    is_classifier: bool
    notes: list[str]


class _Unsupported(Exception):
    """No layer corresponds to a node; the message says why."""


class _Here(NamedTuple):
    """The surroundings of a node: the graph, the layers before it, and the shape of its input.

    The shape is None after a node that could not be read.
    """

    graph: Graph
    layers: list[Fields]
    reached: Shape | None


def read_onnx(data: bytes, beside: Mapping[str, bytes]) -> Model:
    """The layers of an ONNX file.

    Raises:
        BadFile: it is no model, or it has operations without a layer; the message names them.
    """
    graph = read_graph(data, beside)
    shape = _input_shape(graph)
    layers: list[Fields] = []
    notes: list[str] = []
    problems: list[str] = []
    current, reached = graph.input, shape
    known: Shape | None = reached
    is_classifier = False
    for node in graph.nodes:
        try:
            if is_classifier:
                raise _Unsupported("it follows the softmax, which has to be the last")
            made = _layers_of(node, current, _Here(graph, layers, known))
        except (_Unsupported, BadFile) as why:
            problems.append(f"{node.title}: {why}")
            made, known = [], None
        if made is None:
            is_classifier = True
        elif not made and node.kind in _LEFT_OUT:
            notes.append(f"{node.title} is left out: {_LEFT_OUT[node.kind]}.")
        for layer in made or ():
            if known is not None:
                wrong = why_not(layer, known)
                bound = bind(layer, known)
                problems += [f"{node.title}: {wrong.rstrip('.')}"] if wrong else []
                known = None if bound is None else bound.shape
            layers.append(layer)
        current = node.outputs[0]
    if not problems and current not in graph.outputs:
        problems.append("the last operation is not the output")
    if problems:
        shown = "; ".join(problems[:12])
        more = f"; and {len(problems) - 12} more" if len(problems) > 12 else ""
        raise BadFile(f"This model has parts that cannot be shown. {shown}{more}.")
    if not layers:
        raise BadFile("This model has no layer that can be shown.")
    if len(shape) == 2 and not any(layer["type"] in _ALONG_ONE_AXIS for layer in layers):
        raise BadFile(
            "This model reads [1, channels, positions], but has no convolution or pool along one "
            "axis: export it with the input [1, channels, 1, positions]."
        )
    return Model(layers, shape, is_classifier, notes)


def _input_shape(graph: Graph) -> Shape:
    first, *rest = graph.shape or [None]
    # The first axis is the batch, of which one example is shown.
    if first not in (None, 1) or len(graph.shape) not in (2, 3, 4):
        raise BadFile(
            f"The input “{graph.input}” has the shape {' × '.join(map(_axis, graph.shape))}: "
            "export the model with one example, [1, channels, rows, columns], [1, channels, "
            "positions] or [1, numbers]."
        )
    if any(size is None or not 0 < size < 10_000 for size in rest):
        raise BadFile("The input’s size is open: export the model with a fixed one.")
    return tuple(size for size in rest if size is not None)


def _axis(size: int | None) -> str:
    return "?" if size is None else str(size)


_ALONG_ONE_AXIS = {name for name, kind in KINDS.items() if kind.axes == 1}


# --- nodes --------------------------------------------------------------------------------------

_LEFT_OUT = {
    "Identity": "it changes nothing",
    "Dropout": "it changes nothing once a network is trained",
    "Cast": "all numbers here are float64",
    "Flatten": "",
    "Reshape": "",
}


def _layers_of(node: Node, current: str, here: _Here) -> list[Fields] | None:
    """The layers of a node; None for the softmax of a classifier."""
    constants = here.graph.constants
    data = [name for name in node.inputs if name and name not in constants]
    if data != [current]:
        raise _Unsupported("it does not read just what the operation before it gives")
    if node.kind in ("Softmax", "LogSoftmax"):
        last = -1 if here.graph.opset >= 13 else 1
        if node.attributes.get("axis", last) not in (1, -1) or len(here.reached or (0,)) != 1:
            raise _Unsupported("it does not run over a row of scores")
        return None
    if node.kind not in _NODES:
        raise _Unsupported("there is no such layer here")
    return _NODES[node.kind](node, here)


def _constant(node: Node, here: _Here, at: int) -> Any:
    """An input of a node, which must be a constant."""
    name = node.inputs[at] if at < len(node.inputs) else ""
    if name not in here.graph.constants:
        raise _Unsupported(f"its input {at + 1} is no constant")
    return here.graph.constants[name]


def _optional(node: Node, here: _Here, at: int) -> Any:
    return _constant(node, here, at) if at < len(node.inputs) and node.inputs[at] else None


def _only(node: Node, **expected: Any) -> None:
    """Refuse attributes with other values than the only supported ones."""
    for name, value in expected.items():
        if node.attributes.get(name, value) != value:
            raise _Unsupported(f"{name} = {node.attributes[name]} cannot be shown")


def _window(node: Node, kernel: list[int], here: _Here, dilation: list[int]) -> Fields:
    """The stride, padding and dilation of a window."""
    attributes, axes = node.attributes, len(kernel)
    stride = sides(attributes.get("strides"), axes, 1)
    fields: Fields = {}
    if stride != [1] * axes or node.kind != "Conv":
        fields["stride"] = _sizes(stride)
    pads = sides(attributes.get("pads"), 2 * axes, 0)
    auto = attributes.get("auto_pad") or "NOTSET"
    if auto.startswith("SAME"):
        pads = _same(here.reached, kernel, stride, dilation, auto)
    elif auto == "VALID":
        pads = [0] * 2 * axes
    elif auto != "NOTSET":
        raise _Unsupported(f"auto_pad = {auto[:20]} cannot be shown")
    before, after = pads[:axes], pads[axes:]
    if before != after:
        fields["padding"] = [n for pair in zip(before, after, strict=True) for n in pair]
    elif any(before):
        fields["padding"] = _sizes(before)
    if dilation != [1] * axes:
        fields["dilation"] = _sizes(dilation)
    return fields


def _sizes(sizes: list[int]) -> Json:
    """The sizes along both axes, or the one along one axis, as a document says it."""
    return sizes if len(sizes) > 1 else sizes[0]


def _same(
    reached: Shape | None, kernel: list[int], stride: list[int], dilation: list[int], auto: str
) -> list[int]:
    """The padding that gives ceil(size / stride) windows along each axis."""
    if reached is None or len(reached) != 1 + len(kernel) or 0 in stride:
        raise _Unsupported("its padding depends on a size that is not known")
    before, after = [], []
    for size, k, s, d in zip(reached[1:], kernel, stride, dilation, strict=True):
        whole = max(0, (-(-size // s) - 1) * s + d * (k - 1) + 1 - size)
        less, more = whole // 2, whole - whole // 2
        before.append(more if auto == "SAME_LOWER" else less)
        after.append(less if auto == "SAME_LOWER" else more)
    return before + after


def _conv(node: Node, here: _Here) -> list[Fields]:
    weight = _constant(node, here, 1)
    axes = weight.ndim - 2
    if axes not in (1, 2):
        raise _Unsupported(f"it slides along {axes} axes, not one or two")
    _only(node, kernel_shape=list(weight.shape[2:]))
    dilation = sides(node.attributes.get("dilations"), axes, 1)
    layer: Fields = {"type": f"conv{axes}d", "weight": nested(weight)}
    bias = _optional(node, here, 2)
    if bias is not None:
        layer["bias"] = nested(bias)
    groups = node.attributes.get("group", 1)
    if groups != 1:
        layer["groups"] = groups
    return [layer | _window(node, list(weight.shape[2:]), here, dilation)]


def _pool(node: Node, here: _Here) -> list[Fields]:
    _only(node, storage_order=0)
    given = node.attributes.get("kernel_shape", [])
    axes = 1 if isinstance(given, list) and len(given) == 1 else 2
    kernel = sides(given, axes, 1)
    dilation = sides(node.attributes.get("dilations"), axes, 1)
    is_max = node.kind == "MaxPool"
    layer: Fields = {"type": f"{'max' if is_max else 'avg'}_pool{axes}d", "kernel": _sizes(kernel)}
    layer |= _window(node, kernel, here, dilation)
    if node.attributes.get("ceil_mode", 0):
        layer["ceil_mode"] = True
    # By default, PyTorch counts the padding and ONNX does not.
    if not is_max and not node.attributes.get("count_include_pad", 0):
        layer["count_include_pad"] = False
    if len(node.outputs) > 1:
        raise _Unsupported("it gives the places of the maxima too")
    return [layer]


def _global_pool(node: Node, here: _Here) -> list[Fields]:
    if here.reached is None or len(here.reached) not in (2, 3):
        raise _Unsupported("the size of the map that it reads is not known")
    kind = "max" if node.kind == "GlobalMaxPool" else "avg"
    kernel = list(here.reached[1:])
    return [{"type": f"{kind}_pool{len(kernel)}d", "kernel": _sizes(kernel)}]


def _gemm(node: Node, here: _Here) -> list[Fields]:
    _only(node, transA=0)
    weight = _constant(node, here, 1)
    if weight.ndim != 2:
        raise _Unsupported("its weight is no matrix")
    weight = weight if node.attributes.get("transB", 0) else weight.T
    layer = {"type": "linear", "weight": nested(weight * node.attributes.get("alpha", 1.0))}
    bias = _optional(node, here, 2)
    if bias is not None:
        layer["bias"] = _bias(bias * node.attributes.get("beta", 1.0), len(weight))
    return [layer]


def _matmul(node: Node, here: _Here) -> list[Fields]:
    weight = _constant(node, here, 1)
    if weight.ndim != 2:
        raise _Unsupported("its weight is no matrix")
    return [{"type": "linear", "weight": nested(weight.T)}]


def _add(node: Node, here: _Here) -> list[Fields]:
    """A bias after the product with a weight."""
    before = here.layers[-1] if here.layers else {}
    constant = [i for i, name in enumerate(node.inputs) if name in here.graph.constants]
    learns = before.get("type") in ("linear", "conv1d", "conv2d")
    if len(constant) != 1 or not learns or "bias" in before:
        raise _Unsupported("it adds something else than the bias of the layer before it")
    bias = _constant(node, here, constant[0])
    count = len(before["weight"])
    sides_of = {"conv1d": 1, "conv2d": 2}.get(before["type"], 0)
    if sides_of and bias.size > 1 and bias.shape[-1 - sides_of :] != (count, *[1] * sides_of):
        raise _Unsupported("it adds another number to each place of a map")
    here.layers[-1] = {**before, "bias": _bias(bias, count)}
    return []


def _bias(bias: Any, count: int) -> Json:
    try:
        return nested(np.broadcast_to(np.asarray(bias).reshape(-1), (count,)))
    except ValueError:
        raise _Unsupported("its bias has not one number for each output") from None


def _flatten(node: Node, here: _Here) -> list[Fields]:
    if node.kind == "Flatten":
        _only(node, axis=1)
    else:
        size = None if here.reached is None else int(np.prod(here.reached))
        shape = _constant(node, here, 1).reshape(-1).tolist()
        is_row = len(shape) == 2 and shape[0] in (0, 1, -1)
        if not is_row or (size is not None and shape[1] not in (-1, size)):
            raise _Unsupported("it gives another shape than a row")
    # A row needs no flatten.
    return [] if here.reached is not None and len(here.reached) == 1 else [{"type": "flatten"}]


def _clip(node: Node, here: _Here) -> list[Fields]:
    bounds = [_optional(node, here, 1), _optional(node, here, 2)]
    if any(bound is None for bound in bounds):
        raise _Unsupported("it has not both bounds")
    lowest, highest = (float(bound.reshape(-1)[0]) for bound in bounds)
    return [{"type": "hardtanh", "min_val": lowest, "max_val": highest}]


def _simple(kind: str, **fields: tuple[str, float]) -> Callable[[Node, _Here], list[Fields]]:
    """A layer without arrays; each field comes from an attribute with a default."""

    def make(node: Node, here: _Here) -> list[Fields]:
        own = {name: node.attributes.get(*default) for name, default in fields.items()}
        return [{"type": kind, **own}]

    return make


def _gelu(node: Node, here: _Here) -> list[Fields]:
    return [{"type": "gelu", "approximate": node.attributes.get("approximate", "none")}]


def _nothing(node: Node, here: _Here) -> list[Fields]:
    if node.kind == "Cast" and node.attributes.get("to") not in (1, 10, 11, 16):
        raise _Unsupported("it rounds to whole numbers")
    return []


_NODES: dict[str, Callable[[Node, _Here], list[Fields]]] = {
    "Conv": _conv,
    "MaxPool": _pool,
    "AveragePool": _pool,
    "GlobalAveragePool": _global_pool,
    "GlobalMaxPool": _global_pool,
    "Gemm": _gemm,
    "MatMul": _matmul,
    "Add": _add,
    "Flatten": _flatten,
    "Reshape": _flatten,
    "Relu": _simple("relu"),
    "LeakyRelu": _simple("leaky_relu", negative_slope=("alpha", 0.01)),
    "Sigmoid": _simple("sigmoid"),
    "Tanh": _simple("tanh"),
    "Elu": _simple("elu", alpha=("alpha", 1.0)),
    "Gelu": _gelu,
    "Softplus": _simple("softplus"),
    "Clip": _clip,
    "Identity": _nothing,
    "Dropout": _nothing,
    "Cast": _nothing,
}
