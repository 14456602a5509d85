"""Hostile files: cut anywhere, changed anywhere, false header fields, bombs and pickles."""

import contextlib
import io
import json
import os
import pickle
import tracemalloc
import zipfile
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.document.document import Refusal
from app.files import limits, safetensors
from app.files.loading import File, open_files
from app.files.protobuf import MAX_FIELDS
from tests.files.onnx_writer import data as field
from tests.files.onnx_writer import graph_of, model_of, node, number, tensor, varint

MEGABYTE = 2**20
WEIGHT = np.arange(1.0, 7).reshape(2, 3)
NUMBERS = WEIGHT.tobytes()


def refused(name, data, *more):
    with pytest.raises(Refusal) as found:
        open_files([File(name, data), *more])
    ((_, message),) = found.value.problems
    assert message.endswith(".")
    return message


def is_answered(name, data):
    """Whether a file opens as layers, or is refused in words; nothing else may happen."""
    try:
        return bool(open_files([File(name, data)])["network"]["layers"])
    except Refusal as refusal:
        return refusal.problems[0][1].endswith(".")


def memory_of(name, data):
    """The most bytes that opening a file takes at any moment, beside the file itself."""
    tracemalloc.start()
    try:
        refused(name, data)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def npy(array=WEIGHT):
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


def npy_saying(header, numbers=NUMBERS, version=b"\x01\x00"):
    written = header.encode() + b"\n"
    length = len(written).to_bytes(2 if version[0] == 1 else 4, "little")
    return b"\x93NUMPY" + version + length + written + numbers


def npz(**arrays):
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def zipped(members, method=zipfile.ZIP_DEFLATED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return file.getvalue()


def tensors(header, numbers=NUMBERS):
    written = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(written).to_bytes(8, "little") + written + numbers


def entry(**changed):
    return {"w": {"dtype": "F64", "shape": [2, 3], "data_offsets": [0, 48], **changed}}


def onnx():
    nodes = [node("Gemm", ["x", "w"], ["y"], transB=1)]
    return model_of(graph_of(nodes, [tensor("w", WEIGHT)], ("x", (1, 3)), "y"))


SMALL = {
    "w.npy": npy(),
    "w.npz": npz(**{"a.weight": WEIGHT, "a.bias": np.ones(2)}),
    "w.safetensors": tensors(entry()),
    "m.onnx": onnx(),
}


# --- cut and changed ----------------------------------------------------------------------------


@pytest.mark.parametrize("name", SMALL)
def test_the_small_files_open(name):
    assert open_files([File(name, SMALL[name])])["network"]["layers"][0]["type"] == "linear"


@pytest.mark.parametrize("name", SMALL)
def test_a_file_cut_at_any_byte_is_refused(name):
    for length in range(len(SMALL[name])):
        refused(name, SMALL[name][:length])


@pytest.mark.parametrize("name", SMALL)
def test_a_file_with_something_behind_it_is_refused(name):
    for more in (b"\0", b"x" * 100, SMALL[name]):
        refused(name, SMALL[name] + more)


@pytest.mark.parametrize("name", SMALL)
def test_a_file_with_any_byte_changed_opens_as_a_network_or_is_refused(name):
    """Numbers may be changed without anybody's notice; nothing else happens."""
    for at in range(len(SMALL[name])):
        for value in (0, 1, 0x7F, 0x80, 0xFF, SMALL[name][at] ^ 0x20):
            data = SMALL[name][:at] + bytes([value]) + SMALL[name][at + 1 :]
            assert is_answered(name, data)


@given(st.sampled_from(sorted(SMALL)), st.data())
def test_bytes_put_in_taken_out_and_repeated_do_no_harm(name, drawn):
    data = SMALL[name]
    for _ in range(drawn.draw(st.integers(1, 4))):
        start = drawn.draw(st.integers(0, len(data)))
        end = drawn.draw(st.integers(start, min(len(data), start + 40)))
        data = data[:start] + drawn.draw(st.binary(max_size=20)) + data[end:]
    assert is_answered(name, data)


# --- numpy --------------------------------------------------------------------------------------

PLAIN = "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }"


@pytest.mark.parametrize(
    "header",
    [
        PLAIN.replace("(2, 3)", "(2, 4)"),
        PLAIN.replace("(2, 3)", "(2, 2)"),
        PLAIN.replace("(2, 3)", "(1000000000000, 1)"),
        PLAIN.replace("(2, 3)", "(-2, -3)"),
        PLAIN.replace("(2, 3)", "(2, 3.0)"),
        PLAIN.replace("(2, 3)", f"({'1, ' * 60})"),
        PLAIN.replace("(2, 3)", "(99999999999999999999, 0)"),
        PLAIN.replace("(2, 3)", "[2, 3]"),
        PLAIN.replace("(2, 3)", "6"),
        PLAIN.replace("<f8", "<f4"),
        PLAIN.replace("<f8", "|O"),
        PLAIN.replace("<f8", "<c16"),
        PLAIN.replace("<f8", "<U12"),
        PLAIN.replace("<f8", "<M8[s]"),
        PLAIN.replace("<f8", "|V8"),
        PLAIN.replace("<f8", "nonsense"),
        PLAIN.replace("'<f8'", "[('a', '<f8')]"),
        PLAIN.replace("'<f8'", "('<f8', (2,))"),
        PLAIN.replace("False", "0"),
        PLAIN.replace("'descr'", "'desc'"),
        PLAIN + " " * 2000,
        "{}",
        "",
        "(" * 900,
        "__import__('os').system('true')",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), 'more': 1}",
    ],
)
def test_a_numpy_header_that_lies_is_refused(header):
    refused("w.npy", npy_saying(header))
    refused("w.npz", zipped([("w.npy", npy_saying(header))]))


def test_numpy_headers_of_other_versions_are_read_or_refused():
    assert open_files([File("w.npy", npy_saying(PLAIN, version=b"\x02\x00"))])
    for version in (b"\x03\x00", b"\x09\x00", b"\x00\x00"):
        refused("w.npy", npy_saying(PLAIN, version=version))


def test_infinities_and_nan_are_refused_by_name():
    for value in (np.inf, -np.inf, np.nan):
        assert "“w” holds infinities or NaN" in refused("w.npz", npz(w=np.full((2, 2), value)))


class Trap:
    """What a pickle would run."""

    def __reduce__(self):
        return os.mkdir, ("sprung",)


def test_no_pickle_is_ever_run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    trap = pickle.dumps(Trap())
    objects = npy(np.array([Trap()], object))
    for name, data in [
        ("model.pt", trap), ("w.npy", objects), ("w.npz", zipped([("w.npy", objects)])),
        ("model.pt", zipped([("archive/data.pkl", trap), ("archive/data/0", b"")])),
        ("w.npz", zipped([("data.pkl", trap)])), ("w.npz", zipped([("w.npy", trap)])),
    ]:  # fmt: skip
        refused(name, data)
    assert not (tmp_path / "sprung").exists()
    assert "never opened" in refused("w.npy", objects)


def test_an_archive_in_an_archive_or_of_anything_else_is_refused():
    for members in (
        [("inner.npz", SMALL["w.npz"])], [("w.npy", SMALL["w.npz"])], [("a.txt", b"x")],
        [("../w.npy", npy())], [("a/w.npy", npy())], [("a\\w.npy", npy())],
        [("w.npy", npy()), ("w.npy", npy())], [("x" * 300 + ".npy", npy())],
        [], [("w.npy", b"")],
    ):  # fmt: skip
        twice = len({name for name, _ in members}) < len(members)
        warned = pytest.warns(UserWarning, match="Duplicate name")
        with warned if twice else contextlib.nullcontext():
            data = zipped(members)
        refused("w.npz", data)
    refused("w.npz", zipped([("w.npy", npy())], zipfile.ZIP_LZMA))


# --- safetensors and ONNX -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "data",
    [
        tensors(entry(shape=[2, 4])),
        tensors(entry(shape=[-2, -3])),
        tensors(entry(shape=[2.0, 3])),
        tensors(entry(shape=[True, 6])),
        tensors(entry(shape=[10**30, 0])),
        tensors(entry(shape=[1] * 6 + [2, 3] + [1] * 60)),
        tensors(entry(shape="23")),
        tensors(entry(dtype="F32")),
        tensors(entry(dtype="X9")),
        tensors(entry(dtype=1)),
        tensors(entry(data_offsets=[0, 47])),
        tensors(entry(data_offsets=[1, 49])),
        tensors(entry(data_offsets=[48, 0])),
        tensors(entry(data_offsets=[0, 10**20])),
        tensors(entry(data_offsets=[-1, 47])),
        tensors(entry(data_offsets=[0])),
        tensors(entry(more=1)),
        tensors({**entry(), "__metadata__": {"a": 1}}),
        tensors({**entry(), "__metadata__": []}),
        tensors({**entry(), "v": {"dtype": "F64", "shape": [6], "data_offsets": [0, 48]}}),
        tensors({"w": []}),
        tensors([]),
        tensors(b'{"w":{"dtype":"F64"},"w":{"dtype":"F64"}}'),
        tensors(b"{" * 5000),
        tensors(b'{"a":' * 5000),
        tensors(b"{\xff}"),
        tensors({"x" * 300: entry()["w"]}),
        (2**63).to_bytes(8, "little") + b"{}",
        (safetensors.MAX_HEADER + 1).to_bytes(8, "little") + b"{" + b" " * safetensors.MAX_HEADER,
    ],
)
def test_a_safetensors_header_that_lies_is_refused(data):
    refused("w.safetensors", data)


def test_bfloat16_is_read_as_the_upper_half_of_a_float32():
    bits = np.array([0x3F80, 0xC040, 0x3E20, 0], np.uint16)  # 1, −3, 0.15625, 0
    header = {"w": {"dtype": "BF16", "shape": [2, 2], "data_offsets": [0, 8]}}
    found = open_files([File("w.safetensors", tensors(header, bits.tobytes()))])
    assert found["network"]["layers"][0]["weight"] == [[1, -3], [0.15625, 0]]


@pytest.mark.parametrize(
    "broken",
    [
        tensor("w", WEIGHT[:, :2]),
        tensor("w", WEIGHT).replace(number(1, 3), number(1, 4)),
        tensor("w", WEIGHT).replace(number(1, 3), number(1, -3)),
        tensor("w", WEIGHT).replace(number(1, 3), number(1, 2**62)),
        tensor("w", WEIGHT).replace(number(2, 11), number(2, 8)),
        tensor("w", WEIGHT).replace(number(2, 11), number(2, 99)),
        tensor("w", WEIGHT, raw=False).replace(number(1, 3), number(1, 4)),
        tensor("w", np.full((2, 3), np.inf)),
        tensor("w", WEIGHT) + b"\x0b",
        tensor("w", WEIGHT) + b"\xff" * 11,
        tensor("w", WEIGHT) + varint(9 << 3 | 2) + varint(2**40),
        b"\x08",
        b"",
    ],
)
def test_an_onnx_tensor_that_lies_is_refused(broken):
    nodes = [node("Gemm", ["x", "w"], ["y"], transB=1)]
    refused("m.onnx", model_of(graph_of(nodes, [broken], ("x", (1, 3)), "y")))


@pytest.mark.parametrize(
    "model",
    [
        b"", b"\0", b"\xff" * 40, model_of(b""), field(7, b"") + field(7, b""), number(7, 5),
        model_of(graph_of([b""], [], ("x", (1, 3)), "y")),
        model_of(graph_of([node("Relu", ["x"], ["y"])], [], ("x", ()), "y")),
        model_of(graph_of([node("Relu", ["x"], ["y"])], [], ("x", (1, 2**40)), "y")),
        model_of(graph_of([node("Relu", ["x"], ["y"])], [], ("x", (1, 3)), "z")),
        model_of(graph_of([node("Relu", ["z"], ["y"])], [], ("x", (1, 3)), "y")),
        model_of(graph_of([], [], ("x", (1, 3)), "x")),
        model_of(graph_of([node("Relu", ["x"], ["y"])], [], ("x", (1, 3)), "y")
                 + field(11, field(1, "second"))),
        model_of(graph_of([node("Constant", [], ["y"])], [], ("x", (1, 3)), "y")),
    ],
)  # fmt: skip
def test_an_onnx_model_that_is_none_is_refused(model):
    refused("m.onnx", model)


# --- size ---------------------------------------------------------------------------------------


@cache
def bombs():
    return list(_bombs())


def _bombs():
    """Files of at most a megabyte that claim, or unpack to, far more."""
    zeros = b"\0" * (64 * MEGABYTE)
    big = npy_saying(PLAIN.replace("(2, 3)", "(8388608,)"), zeros)
    yield "w.npz", zipped([("w.npy", big)])
    yield "w.npz", zipped([("w.npy", zeros)])
    yield "w.npz", zipped([(f"w{i}.npy", npy(np.zeros(2**18))) for i in range(9)])
    yield "w.npz", zipped([(f"{i}.npy", b"") for i in range(9000)])
    yield "w.npz", zipped([("w.npy", SMALL["w.npz"] * 1000)], zipfile.ZIP_STORED)
    lie = bytearray(zipped([("w.npy", npy())]))
    at = lie.index(b"PK\x01\x02") + 24  # the unpacked size, in the directory
    lie[at : at + 4] = (2**31).to_bytes(4, "little")
    yield "w.npz", bytes(lie)
    lie = bytearray(zipped([("w.npy", big)]))
    for mark, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = lie.index(mark) + offset
        lie[at : at + 4] = (200).to_bytes(4, "little")
    yield "w.npz", bytes(lie)
    yield "w.npy", npy_saying(PLAIN.replace("(2, 3)", "(131072, 99999)"), b"\0" * MEGABYTE)
    header = {f"{i}": {"dtype": "F64", "shape": [0], "data_offsets": [0, 0]} for i in range(16_000)}
    yield "w.safetensors", tensors(header, b"")
    yield "w.safetensors", tensors(b'{"a":[' + b"0," * 500_000 + b"0]}", b"")
    yield "w.safetensors", tensors(entry(shape=[2**20, 2**20]))
    tiny = b"\x08\x00" * (MEGABYTE // 2)
    yield "m.onnx", tiny
    yield "m.onnx", model_of(tiny)
    yield "m.onnx", model_of(b"".join(field(1, b"") for _ in range(MEGABYTE // 2)))
    yield "m.onnx", model_of(field(5, field(1, b"\x00" * MEGABYTE)))
    yield "m.onnx", model_of(field(5, b"\x22\x00" * (MEGABYTE // 2)))
    yield "m.onnx", b"\x00" * MEGABYTE
    yield "model.pt", b"\x80\x02" + b"x" * MEGABYTE
    yield "a.bin", os.urandom(1) * MEGABYTE


@pytest.mark.parametrize("which", range(19))
def test_a_file_that_would_take_far_more_than_it_has_takes_less_than_10_mb(which):
    name, data = bombs()[which]
    assert len(data) <= 2 * MEGABYTE
    assert memory_of(name, data) < 10 * MEGABYTE


def test_there_are_as_many_bombs_as_are_tried():
    assert len(bombs()) == 19


def test_the_limits_admit_lenet_many_times():
    assert limits.MAX_NUMBERS > 16 * 61_706
    assert MAX_FIELDS > 10_000
