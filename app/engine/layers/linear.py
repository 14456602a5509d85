"""The fully connected layer."""

import numpy as np

from app.engine.finite import product, size
from app.engine.layers.base import (
    ONE,
    WithoutChoices,
    check_bias,
    count_words,
    times,
    triples,
    weight_and_bias,
)
from app.engine.types import (
    Array,
    Contributions,
    Index,
    Misfit,
    Shape,
    View,
    identity,
)


class Linear(WithoutChoices):
    """Fully connected: weight [out, in], bias [out] or None, input [in]."""

    name = "linear"
    family = "fully_connected"
    passages = ("multiply", "add", "parameters")
    zero = "weight"
    is_piecewise_linear = True
    keeps_channels = False
    rounding = "sums"
    slide = None
    weight_noun = "weights"

    def __init__(self, input_shape: Shape, weight: Array, bias: Array | None = None) -> None:
        if len(input_shape) != 1:
            raise Misfit(
                None,
                f"A linear layer reads a row of numbers, not a {times(input_shape)} map: "
                "add flatten before it.",
            )
        out, expected = weight.shape
        if expected != input_shape[0]:
            raise Misfit(
                "weight",
                f"Each row has {count_words(expected, 'weight')}, but this layer reads "
                f"{count_words(input_shape[0], 'number')}: give it one weight for each.",
            )
        check_bias(bias, out)
        self.weight, self.bias = weight, bias
        self.input_shape, self.shape = input_shape, (out,)
        self.multiply_adds = weight.size

    @property
    def parameters(self) -> dict[str, Array]:
        return weight_and_bias(self.weight, self.bias)

    def forward(self, x: Array) -> tuple[Array, Array]:
        y = self.weight @ x if x.ndim == 1 else x @ self.weight.T
        return (y if self.bias is None else y + self.bias), x

    def backward(self, tape: Array, upstream: Array, view: View = identity) -> Array:
        return upstream @ view(self.weight)

    def backward_parameters(
        self, tape: Array, upstream: Array, view: View = identity
    ) -> dict[str, Array]:
        if upstream.ndim == 1:
            gradients, arrived = {"weight": upstream[:, None] * view(tape)}, upstream
        else:
            gradients, arrived = {"weight": upstream.T @ view(tape)}, upstream.sum(0)
        if self.bias is not None:
            gradients["bias"] = arrived * view(ONE)
        return gradients

    @property
    def gain(self) -> float:
        return 1.0 + size(self.parameters.values())

    def bound_forward(self, x: Array) -> Array:
        y = product(np.abs(self.weight), x[:, None])[:, 0]
        return y if self.bias is None else y + np.abs(self.bias)

    def bound_backward(self, upstream: Array) -> Array:
        gradients: Array = product(upstream[None], np.abs(self.weight))[0]
        return gradients

    def bound_parameters(self, x: Array, upstream: Array) -> dict[str, Array]:
        sizes = {"weight": upstream[:, None] * x}
        if self.bias is not None:
            sizes["bias"] = upstream
        return sizes

    def contributions_to(self, tape: Array, cells: Index) -> Contributions:
        outputs = np.tile(np.arange(self.shape[0]), len(cells))
        inputs = np.repeat(cells, self.shape[0])
        return Contributions(outputs, inputs, self.weight[:, cells].T.ravel())

    def contributions_of(self, tape: Array, cell: int) -> Contributions:
        return triples(cell, np.arange(self.input_shape[0]), self.weight[cell])

    def contributions_to_parameter(self, tape: Array, name: str, cell: int) -> Contributions:
        if name == "bias":
            return triples(cell, cell, ONE)
        output, read = divmod(cell, self.input_shape[0])
        return triples(output, cell, tape[[read]])

    def cells_multiplied(self, weight: int, outputs: Index) -> Index:
        return np.full(len(outputs), weight % self.input_shape[0])

    def with_parameter(self, name: str, array: Array) -> "Linear":
        weight, bias = (self.weight, array) if name == "bias" else (array, self.bias)
        return Linear(self.input_shape, weight, bias)

    def weights_between(self, output: int, cell: int) -> list[int]:
        return [output * self.input_shape[0] + cell]
