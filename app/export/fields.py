"""The names of a network's arrays in a script, and the options of its layers."""

from copy import copy

from app.engine.heads import Head, PerHead, PerOutput
from app.engine.heads.classes import OfClasses
from app.engine.layers import AvgPool2d, Layer, MaxPool2d
from app.engine.network import Network, Trace
from app.engine.types import Array, Pair
from app.export.worked import output_size


def names(network: Network) -> list[str]:
    """The names of the input and of each layer's output: `x`, `conv2d_0`, `relu_1` and so on."""
    return ["x", *(f"{layer.name}_{i}" for i, layer in enumerate(network.layers))]


def read_by(network: Network, layer: int) -> str:
    """The input of a layer in a script: the name of an output, or the sum of two."""
    named = names(network)
    return " + ".join(named[source + 1] for source in network.inputs_of(layer))


def examples_of(trace: Trace) -> list[Trace]:
    """The trace of each example of a batch; of a network of one example, the trace itself."""
    examples = trace.network.examples
    return [trace] if examples is None else [trace.example(at) for at in range(examples)]


def shared_constants(layer: Layer) -> dict[str, Array]:
    """The arrays that a layer is given for all examples of a batch alike."""
    return layer.constants if layer.own_examples is None else {}


def own_constants(batch: Network, example: Network) -> dict[str, Array]:
    """The arrays that the layers are given for one example of a batch, by their names."""
    return {
        f"{name}_{i}": array
        for i, layer in enumerate(example.layers)
        if batch.layers[i].own_examples is not None
        for name, array in layer.constants.items()
    }


def summed(head: Head) -> tuple[Head, float]:
    """A loss that adds up, and what it is then divided by.

    The examples of a batch are divided by a number of all of them, which none of them has alone.
    """
    one = copy(head)
    if isinstance(one, OfClasses):
        one.divisor, one.reduction = 1.0, "sum"
        return one, head.divisor if isinstance(head, OfClasses) else 1.0
    if isinstance(one, PerOutput):
        one.count, one.reduction = 1, "sum"
        return one, float(head.count) if isinstance(head, PerOutput) else 1.0
    return one, 1.0


def given_name(head: Head, field: str) -> str:
    """The name of an array of the head in a script."""
    return _GIVEN[head.name].get(field, field)


_GIVEN: PerHead[dict[str, str]] = {
    "upstream": {"gradient": "upstream"},
    "cross_entropy": {"weight": "class_weights"},
    "nll": {"weight": "class_weights"},
    "binary_cross_entropy_with_logits": {},
    "binary_cross_entropy": {},
    "mse": {},
    "l1": {},
    "smooth_l1": {},
    "huber": {},
}


def sides(layer: Layer, pair: Pair) -> Pair | int:
    """(rows, columns) of a layer's windows as its script has them: one number along one axis."""
    return pair if layer.axes == 2 else pair[1]


def ceil_mode(layer: MaxPool2d | AvgPool2d) -> bool:
    """Whether a window reaches beyond the padding; only then the script needs the option."""
    slide = layer.windows
    axes = zip(slide.plane, slide.kernel, slide.stride, slide.padding, slide.dilation, strict=True)
    return slide.out != tuple(output_size(*axis, ceil_mode=False) for axis in axes)
