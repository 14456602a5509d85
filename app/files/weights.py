"""Proposes architectures for weights without a graph, by their names and shapes.

A file of weights says nothing about activations, pooling and the input. These are assumed, the
likeliest first, and notes name the assumptions.
"""

import math
import re
from collections.abc import Mapping
from itertools import pairwise
from typing import NamedTuple

from app.builder.fill import nested
from app.builder.needs import Fields
from app.engine.types import Array, Shape
from app.files.limits import BadFile

_COMMON_SIDES = (28, 32, 8, 64, 16, 12, 24, 48, 96, 224)
"""The usual sides of pictures, the most common first."""
_COMMON_LENGTHS = (128, 64, 256, 32, 100, 512, 16, 1024, 8)
"""The usual lengths of signals, the most common first."""


class Proposal(NamedTuple):
    """One architecture: its layers, its input's shape, and a label that distinguishes it."""

    layers: list[Fields]
    shape: Shape
    label: str


class _Weighted(NamedTuple):
    """One layer's weight [out][in], [out][in][k] or [out][in][kh][kw], and its bias or None."""

    name: str
    weight: Array
    bias: Array | None

    @property
    def is_conv(self) -> bool:
        return self.weight.ndim > 2

    @property
    def kernel(self) -> Shape:
        """The sides of its kernels; none if it is fully connected."""
        return self.weight.shape[2:]


def propose(arrays: Mapping[str, Array]) -> tuple[list[Proposal], list[str]]:
    """The architectures that fit, the likeliest first, and notes about them.

    Raises:
        BadFile: there are no weights, or they make no chain; the message has their shapes.
    """
    layers, notes = _chain(arrays)
    convs = [each for each in layers if each.is_conv]
    fulls = [each for each in layers if not each.is_conv]
    notes.append(
        "A file of weights does not say where activations are: ReLU is assumed between layers."
    )
    if not convs:
        row = (fulls[0].weight.shape[1],)
        return [Proposal(_stack(convs, fulls, "none", 0), row, _label(row, "none", 0))], notes
    proposals = []
    for pool in ("each", "none", "last"):
        for padded in (False, True):
            side = _side(convs, fulls, pool, padded)
            if side is not None:
                shape = (convs[0].weight.shape[1], *side)
                padding = 1 if padded else 0
                stack = _stack(convs, fulls, pool, padding)
                proposals.append(Proposal(stack, shape, _label(shape, pool, padding)))
    if not proposals:
        inputs = fulls[0].weight.shape[1]
        raise BadFile(
            f"“{fulls[0].name}” reads {inputs} numbers, which is no multiple of the "
            f"{convs[-1].weight.shape[0]} channels before it. Give a model (.onnx), which says "
            "what stands between them."
        )
    return sorted(proposals, key=lambda each: _rank(each.shape)), notes


def _rank(shape: Shape) -> tuple[int, int]:
    side, common = shape[1], _COMMON_SIDES if len(shape) == 3 else _COMMON_LENGTHS
    is_common = side == shape[-1] and side in common
    return (0, common.index(side)) if is_common else (1, 0)


# --- names and shapes → a chain -----------------------------------------------------------------


def _chain(arrays: Mapping[str, Array]) -> tuple[list[_Weighted], list[str]]:
    """The layers in order: convolutions first, then by the numbers in their names."""
    order = sorted(arrays, key=_natural)
    # Beside kernels of maps, an array of three axes is none: kernels along one axis stand alone.
    kernels = 4 if any(array.ndim == 4 for array in arrays.values()) else 3
    weights = [name for name in order if arrays[name].ndim in (2, kernels) and arrays[name].size]
    biases = [name for name in order if arrays[name].ndim == 1]
    if not weights:
        shapes = ", ".join(f"“{name}” {list(arrays[name].shape)}" for name in order[:6])
        raise BadFile(
            "There are no weights here, [out][in], [out][in][positions] or "
            f"[out][in][rows][columns]: {shapes}."
        )
    weights.sort(key=lambda name: arrays[name].ndim, reverse=True)  # stable
    layers, notes = [], []
    for name in weights:
        own = _bias_of(name, biases, len(arrays[name]), arrays)
        if own is not None:
            biases.remove(own)
        layers.append(_Weighted(name, arrays[name], None if own is None else arrays[own]))
    left = [name for name in order if name in biases or arrays[name].ndim not in (1, 2, kernels)]
    if left:
        listed = ", ".join(f"“{name}”" for name in left[:8])
        notes.append(f"Left out, since no layer here holds such an array: {listed}.")
    layers = _in_order(layers, notes)
    return layers, notes


def _natural(name: str) -> list[tuple[int, int, str]]:
    """A sort key of names that orders numbers by size: «10.weight» after «2.weight»."""
    parts = re.findall(r"\d{1,9}|\D+|\d+", name)
    return [(0, int(part), "") if part.isdigit() and len(part) < 10 else (1, 0, part)
            for part in parts]  # fmt: skip


def _bias_of(name: str, biases: list[str], outputs: int, arrays: Mapping[str, Array]) -> str | None:
    """The bias of a weight: the same name with «bias» or «b» instead."""
    fitting = [each for each in biases if len(arrays[each]) == outputs]
    for pattern, other in (("weight", "bias"), ("kernel", "bias"), ("W", "b"), ("w", "b")):
        named = other.join(name.rsplit(pattern, 1)) if pattern in name else None
        if named in fitting:
            return named
    return None


def _in_order(layers: list[_Weighted], notes: list[str]) -> list[_Weighted]:
    """Orders the layers so that each fits the one before; transposes matrices stored [in][out]."""
    chain = layers
    fulls = [each for each in layers if not each.is_conv]
    if len(fulls) > 1 and not _follows(fulls):
        turned = [each._replace(weight=each.weight.T) for each in fulls]
        if _follows(turned):
            notes.append("The matrices are stored [in][out]: each is turned over.")
            biases = [each.bias for each in turned]
            sizes = [len(each.weight) for each in turned]
            turned = [
                each._replace(bias=bias if bias is not None and len(bias) == size else None)
                for each, bias, size in zip(turned, biases, sizes, strict=True)
            ]
            chain = [each for each in layers if each.is_conv] + turned
    for before, after in pairwise(chain):
        if before.is_conv == after.is_conv and before.weight.shape[0] != after.weight.shape[1]:
            raise BadFile(
                f"“{after.name}” reads {after.weight.shape[1]}, but “{before.name}” before it "
                f"gives {before.weight.shape[0]}. Give a model (.onnx), which says how they are "
                "joined."
            )
    return chain


def _follows(layers: list[_Weighted]) -> bool:
    return all(a.weight.shape[0] == b.weight.shape[1] for a, b in pairwise(layers))


# --- what stands between ------------------------------------------------------------------------


def _pools(convs: list[_Weighted], pool: str) -> list[bool]:
    """For each convolution, whether a pool follows."""
    return [pool == "each" or (pool == "last" and each is convs[-1]) for each in convs]


def _padding(conv: _Weighted, padded: bool) -> Shape:
    return tuple(side // 2 if padded else 0 for side in conv.kernel)


def _side(convs: list[_Weighted], fulls: list[_Weighted], pool: str, padded: bool) -> Shape | None:
    """The sides of an input that give the numbers that the first matrix reads."""
    if padded and all(max(each.kernel) == 1 for each in convs):
        return None
    if pool == "last" and len(convs) == 1:
        return None  # this equals a pool after each convolution
    if fulls:
        area, rest = divmod(fulls[0].weight.shape[1], convs[-1].weight.shape[0])
        if rest or not area:
            return None
        rows = max(n for n in range(1, math.isqrt(area) + 1) if area % n == 0)
        size: Shape = (rows, area // rows) if len(convs[0].kernel) == 2 else (area,)
    else:
        size = (2,) * len(convs[0].kernel)
    for conv, pooled in reversed(list(zip(convs, _pools(convs, pool), strict=True))):
        size = tuple(
            n * (2 if pooled else 1) + k - 1 - 2 * p
            for n, k, p in zip(size, conv.kernel, _padding(conv, padded), strict=True)
        )
    return size if min(size) > 0 else None


def _stack(convs: list[_Weighted], fulls: list[_Weighted], pool: str, padding: int) -> list[Fields]:
    layers: list[Fields] = []
    for conv, pooled in zip(convs, _pools(convs, pool), strict=True):
        axes = len(conv.kernel)
        layer = _fields(f"conv{axes}d", conv)
        own = _padding(conv, bool(padding))
        if any(own):
            layer["padding"] = list(own) if axes == 2 else own[0]
        layers += [layer, {"type": "relu"}]
        kernel = [2, 2] if axes == 2 else 2
        layers += [{"type": f"max_pool{axes}d", "kernel": kernel}] if pooled else []
    if convs and fulls:
        layers.append({"type": "flatten"})
    for full in fulls:
        layers += [_fields("linear", full), {"type": "relu"}]
    if layers[-1]["type"] == "relu":
        layers.pop()  # the last layer has no activation
    return layers


def _fields(kind: str, of: _Weighted) -> Fields:
    bias = {} if of.bias is None else {"bias": nested(of.bias)}
    return {"type": kind, "weight": nested(of.weight), **bias}


def _label(shape: Shape, pool: str, padding: int) -> str:
    window = "2 × 2 max pool" if len(shape) == 3 else "max pool of 2"
    between = {
        "each": f"a {window} after each convolution",
        "last": f"a {window} after the last convolution",
        "none": "no pooling",
    }[pool]
    if len(shape) == 1:
        return f"{shape[0]} inputs"
    padded = ", padding that keeps the size" if padding else ""
    return f"input {' × '.join(map(str, shape))}, {between}{padded}"
