"""Writes ONNX files by hand, from the protocol's description, to test the reader."""

import struct

import numpy as np

FLOAT, FLOAT16, DOUBLE, INT64 = 1, 10, 11, 7
TYPES = {"float32": FLOAT, "float16": FLOAT16, "float64": DOUBLE, "int64": INT64}


def varint(value):
    value &= 2**64 - 1
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def number(field, value):
    return varint(field << 3) + varint(value)


def data(field, value):
    value = value.encode() if isinstance(value, str) else value
    return varint(field << 3 | 2) + varint(len(value)) + value


def tensor(name, array, raw=True, outside=None):
    array = np.asarray(array)
    kind = TYPES[array.dtype.name]
    out = b"".join(number(1, n) for n in array.shape) + number(2, kind) + data(8, name)
    if outside is not None:
        entries = [data(1, key) + data(2, value) for key, value in outside.items()]
        return out + b"".join(data(13, each) for each in entries) + number(14, 1)
    if raw:
        return out + data(9, array.tobytes())
    flat = array.ravel()
    if kind == FLOAT:  # unpacked
        return out + b"".join(varint(4 << 3 | 5) + struct.pack("<f", x) for x in flat)
    if kind == DOUBLE:  # packed
        return out + data(10, flat.tobytes())
    if kind == FLOAT16:  # the bits, as int32
        return out + data(5, b"".join(varint(int(x)) for x in flat.view(np.uint16)))
    return out + b"".join(number(7, int(x)) for x in flat)


def attribute(name, value):
    out = data(1, name)
    if isinstance(value, float):
        return out + varint(2 << 3 | 5) + struct.pack("<f", value) + number(20, 1)
    if isinstance(value, int):
        return out + number(3, value) + number(20, 2)
    if isinstance(value, str):
        return out + data(4, value) + number(20, 3)
    if isinstance(value, np.ndarray):
        return out + data(5, tensor("", value)) + number(20, 4)
    return out + b"".join(number(8, each) for each in value) + number(20, 7)


def node(kind, inputs, outputs, name="", **attributes):
    out = b"".join(data(1, each) for each in inputs) + b"".join(data(2, each) for each in outputs)
    out += data(3, name) + data(4, kind)
    return out + b"".join(data(5, attribute(*each)) for each in attributes.items())


def value_info(name, shape):
    axes = [number(1, n) if isinstance(n, int) else data(2, n) for n in shape]
    tensor_type = number(1, FLOAT) + data(2, b"".join(data(1, axis) for axis in axes))
    return data(1, name) + data(2, data(1, tensor_type))


def graph_of(nodes, tensors, given, out):
    return b"".join(
        [
            *(data(1, each) for each in nodes),
            data(2, "main"),
            *(data(5, each) for each in tensors),
            data(11, value_info(*given)),
            data(12, value_info(out, ())),
        ]
    )


def model_of(graph, opset=20):
    return number(1, 10) + data(7, graph) + data(8, data(1, "") + number(2, opset))
