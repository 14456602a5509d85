""".onnx: the graph of a model as nodes, and its constants as arrays.

This is our own reader, not the package ``onnx``. With protobuf and ml_dtypes, that package takes
31 MB and 0.2 s to import, and its parser makes an object of each of the half million parts that a
file of 1 MB can contain. The fields are those of onnx/onnx.proto (IR version 13).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from app.engine.types import Array
from app.files.limits import MAX_NAME, BadFile, Room, as_numbers
from app.files.protobuf import Reader, Value, floats, number, parts, text

MAX_NODES = 1_000

Message = dict[int, list[Value]]
_MODEL = {1, 2, 3, 4, 5, 6, 7, 8, 14, 26}
"""The fields of ``ModelProto``, except those for training and for the model's own functions."""
_TYPES = {1: "<f4", 10: "<f2", 11: "<f8", 16: "<u2", 7: "<i8", 6: "<i4", 3: "i1", 2: "u1", 9: "?"}
"""The types of ``TensorProto.DataType``; 16 is bfloat16, the upper half of a float32."""


@dataclass(frozen=True)
class Node:
    """One operation: the names of its inputs and outputs, and its attributes by name."""

    kind: str
    name: str
    inputs: list[str]
    outputs: list[str]
    attributes: dict[str, Any]

    @property
    def title(self) -> str:
        """Its name in messages: «MaxPool “pool1”»."""
        return f"{self.kind} “{self.name or self.outputs[0]}”"


@dataclass(frozen=True)
class Graph:
    """The nodes in order, the constants by name, and the single input with its shape.

    An axis of the input without a size is None. ``opset`` is the version of the operators'
    definitions.
    """

    nodes: list[Node]
    constants: dict[str, Array]
    input: str
    shape: list[int | None]
    outputs: list[str]
    opset: int


@dataclass
class _Source:
    reader: Reader
    beside: Mapping[str, bytes]
    room: Room = field(default_factory=Room)


def read_graph(data: bytes, beside: Mapping[str, bytes]) -> Graph:
    """The graph of a model; ``beside``: the files opened with it, by their plain names.

    Raises:
        BadFile: it is no model, parts of it are missing, or it does not have exactly one input.
    """
    source = _Source(Reader(), beside)
    read = source.reader.message
    model = read(memoryview(data))
    graph_parts = parts(model.get(7, []))
    if len(graph_parts) != 1 or not model.keys() <= _MODEL:
        raise BadFile("This is no ONNX file, or it holds no graph.")
    graph = read(graph_parts[0])
    opset = 0
    for each in parts(model.get(8, [])):
        imported = read(each)
        if text(imported.get(1, [])) in ("", "ai.onnx"):
            opset = number(imported.get(2, []))
    if opset < 1:
        raise BadFile("This ONNX file is cut, or does not say which operators it uses.")
    constants: dict[str, Array] = {}
    for each in parts(graph.get(5, [])):
        name, array = _tensor(source, read(each))
        constants[name] = array
    written = parts(graph.get(1, []))
    if len(written) > MAX_NODES:
        raise BadFile(f"Too many operations: at most {MAX_NODES} are read.")
    nodes = []
    for each in written:
        node = _node(source, read(each))
        if node.kind == "Constant":
            (value, *_) = [*node.attributes.values(), None]
            constants[node.outputs[0]] = _constant(node, value)
        else:
            nodes.append(node)
    inputs = [_input(source, read(each)) for each in parts(graph.get(11, []))]
    # Old files also list their constants as inputs.
    free = [(name, shape) for name, shape in inputs if name not in constants]
    if len(free) != 1:
        raise BadFile(f"This model has {len(free)} inputs, and a network here has one.")
    outputs = [text(read(each).get(1, [])) for each in parts(graph.get(12, []))]
    return Graph(nodes, constants, *free[0], outputs, opset)


def _node(source: _Source, message: Message) -> Node:
    attributes = {}
    for each in parts(message.get(5, [])):
        name, value = _attribute(source, source.reader.message(each))
        attributes[name] = value
    outputs = [_name(each) for each in message.get(2, [])]
    if not outputs:
        raise BadFile("This is no ONNX file: an operation has no output.")
    return Node(
        kind=text(message.get(4, []))[:MAX_NAME],
        name=text(message.get(3, []))[:MAX_NAME],
        inputs=[_name(each) for each in message.get(1, [])],
        outputs=outputs,
        attributes=attributes,
    )


def _constant(node: Node, value: Any) -> Array:
    numbers = np.asarray([] if value is None else value)
    if numbers.dtype.kind not in "iuf" or not numbers.size:
        raise BadFile(f"{node.title} is no number.")
    return as_numbers(node.title, numbers)


def _name(value: Value) -> str:
    return text([value])


def _attribute(source: _Source, message: Message) -> tuple[str, Any]:
    """The name and the value of an attribute, by its declared type."""
    name = text(message.get(1, []))
    match number(message.get(20, [])):
        case 1:
            numbers = floats(message.get(2, [])[-1:], "<f4")
            # 0.01 as the author wrote it, not the nearest float32.
            return name, float(str(np.float32(numbers[0]))) if len(numbers) else 0.0
        case 2:
            return name, number(message.get(3, []))
        case 3:
            return name, text(message.get(4, []))
        case 4:
            (tensor,) = parts(message.get(5, []))[-1:] or [memoryview(b"")]
            return name, _tensor(source, source.reader.message(tensor))[1]
        case 6:
            return name, floats(message.get(7, []), "<f4").tolist()
        case 7:
            return name, source.reader.whole_numbers(message.get(8, []))
        case _:
            return name, None


def _input(source: _Source, message: Message) -> tuple[str, list[int | None]]:
    """The name and the shape; an axis without a size is None."""
    read, shape = source.reader.message, list[int | None]()
    for kind in parts(message.get(2, [])):
        for tensor in parts(read(kind).get(1, [])):
            for axes in parts(read(tensor).get(2, [])):
                for axis in parts(read(axes).get(1, [])):
                    size = read(axis).get(1, [])
                    shape.append(number(size) if size else None)
    return text(message.get(1, [])), shape


def _tensor(source: _Source, message: Message) -> tuple[str, Array]:
    name = text(message.get(8, []))[:MAX_NAME]
    shape = source.reader.whole_numbers(message.get(1, []))
    kind = number(message.get(2, []))
    if kind not in _TYPES:
        raise BadFile(f"“{name}” holds something else than numbers that can be read.")
    count, dtype = source.room.take(name, shape), np.dtype(_TYPES[kind])
    if number(message.get(14, [])) == 1:
        raw: memoryview | None = _beside(source, name, message, count * dtype.itemsize)
    else:
        written = parts(message.get(9, []))
        raw = written[-1] if written else None
    if raw is not None:
        if len(raw) != count * dtype.itemsize:
            raise BadFile(f"“{name}” has not as many numbers as its shape says.")
        numbers: Any = np.frombuffer(raw, dtype)
    else:
        numbers = _listed(source, kind, message, name)
        if len(numbers) != count:
            raise BadFile(f"“{name}” has not as many numbers as its shape says.")
    if kind == 16:
        numbers = (numbers.astype(np.uint32) << 16).view(np.float32)
    return name, as_numbers(name, numbers.reshape(shape))


def _listed(source: _Source, kind: int, message: Message, name: str) -> Any:
    """The numbers of a tensor that are not stored as raw bytes."""
    if kind == 1:
        return floats(message.get(4, []), "<f4")
    if kind == 11:
        return floats(message.get(10, []), "<f8")
    whole = source.reader.whole_numbers(message.get(7 if kind == 7 else 5, []))
    if kind == 10:  # These are the bits of a float16.
        return np.array([each & 0xFFFF for each in whole], np.uint16).view(np.float16)
    if kind == 16:
        return np.array([each & 0xFFFF for each in whole], np.uint16)
    return np.array(whole, np.float64)


def _beside(source: _Source, name: str, message: Message, size: int) -> memoryview:
    """The bytes of an array in another file, which must be opened together with the model."""
    entries = {}
    for each in parts(message.get(13, [])):
        entry = source.reader.message(each)
        entries[text(entry.get(1, []))] = text(entry.get(2, []))
    location = entries.get("location", "")
    if location not in source.beside:
        raise BadFile(
            f"The numbers of “{name}” stand in a second file, “{location[:60]}”: give both at "
            "once, or export with torch.onnx.export(…, external_data=False)."
        )
    offset, length = entries.get("offset", "0"), entries.get("length", str(size))
    if not all(each.isascii() and each.isdigit() and len(each) < 12 for each in (offset, length)):
        raise BadFile(f"Where “{name}” stands in “{location}” cannot be read.")
    if int(length) != size or int(offset) + size > len(source.beside[location]):
        raise BadFile(f"“{name}” is not in “{location}” where the model says.")
    return memoryview(source.beside[location])[int(offset) : int(offset) + size]


def sides(values: Any, count: int, default: int) -> list[int]:
    """An attribute with one whole number per side, or its default.

    Raises:
        BadFile: it has another number of values, or impossible values.
    """
    if values is None:
        return [default] * count
    if not isinstance(values, list) or len(values) != count:
        raise BadFile(f"{count} whole numbers are needed.")
    if any(type(each) is not int or not 0 <= each <= math.isqrt(2**24) for each in values):
        raise BadFile("a size is negative or too large.")
    return values
