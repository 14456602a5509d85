"""Files → a document, for files dropped on the page or named on the command line."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import orjson
from pydantic import ValidationError
from pydantic_core import from_json
from typing_extensions import TypedDict

from app.builder.digits import SIDE, digit_input
from app.builder.fill import Fill, filled, nested
from app.builder.forms import layer_kinds
from app.builder.needs import Fields
from app.builder.status import status_of
from app.document.building import run
from app.document.dialects import understood
from app.document.document import MAX_BYTES, Document, Refusal
from app.document.fields import Location
from app.document.problems import located
from app.engine.network import Trace
from app.engine.types import Array, Shape
from app.files.limits import MAX_NAME, BadFile
from app.files.numpy_files import NPY, ZIP, read_npy, read_npz
from app.files.onnx_network import read_onnx
from app.files.packed import DOCUMENT, pack
from app.files.safetensors import read_safetensors
from app.files.weights import propose

MAX_FILES = 16
_INPUTS = ("input", "x", "image", "X")
"""The names of arrays that are the network's input, not a weight."""

_SOFTMAX = "The softmax at the end is part of the loss: softmax and cross-entropy."
_NO_TARGET = "No target is given: class 0, with softmax and cross-entropy."

Json = Any


class File(NamedTuple):
    """A file with its name."""

    name: str
    data: bytes


class Opened(TypedDict):
    """The network of some files."""

    network: dict[str, Any]
    notes: list[str]
    """Sentences about assumptions, and about parts left out."""
    choices: list[str]
    """The architectures that the weights allow."""
    choice: int
    """The index of the architecture of this network."""


def open_files(files: Sequence[File], choice: int = 0) -> Opened:
    """The network that some files make together.

    ``choice``: the index of an architecture, if the weights allow several.

    Raises:
        Refusal: a file cannot be read, or does not belong to the others; the message names it.
    """
    if not files:
        raise _refused("", "There is no file. Drop one, or choose one.")
    if len(files) > MAX_FILES:
        raise _refused(
            "", f"These are {len(files)} files, and at most {MAX_FILES} are opened at once."
        )
    kinds = [(_kind(file), file) for file in files]
    main = [file for kind, file in kinds if kind in ("json", "onnx", "safetensors", "npz")]
    arrays = [file for kind, file in kinds if kind == "npy"]
    beside = {file.name: file.data for kind, file in kinds if kind == "other"}
    if len(main) > 1:
        raise _refused(main[1].name, f"“{main[0].name}” is a network too: open one at a time.")
    if not main and not arrays:
        raise _refused(files[0].name, _what_it_is(files[0]))
    first = main[0] if main else arrays[0]
    if beside and not (main and kinds[[file for _, file in kinds].index(main[0])][0] == "onnx"):
        name = next(iter(beside))
        raise _refused(name, _what_it_is(File(name, beside[name])))
    try:
        given = {_stem(file.name): read_npy(file.name, file.data) for file in arrays}
        return _opened(first, _kind(first), given, beside, choice)
    except BadFile as bad:
        raise _refused(first.name, str(bad)) from None


def open_paths(paths: Sequence[str]) -> tuple[Opened, Trace]:
    """The network of some files on this machine, and its trace.

    Raises:
        Refusal: a file is missing or cannot be read, or the network does not fit.
    """
    files = []
    for path in map(Path, paths):
        try:
            if path.stat().st_size > MAX_BYTES:
                raise _refused(path.name, f"Too large: at most {MAX_BYTES // 2**20} MB are opened.")
            files.append(File(path.name, path.read_bytes()))
        except OSError as error:
            raise _refused(path.name, f"{error.strerror or error}.") from None
    opened = open_files(files)
    try:
        return opened, run(Document.model_validate(opened["network"]))
    except ValidationError as error:
        raise Refusal(located(error)) from None


def _opened(
    file: File, kind: str, given: dict[str, Array], beside: dict[str, bytes], choice: int
) -> Opened:
    if kind == "json":
        document, readings = understood(_document(file.data))
        notes = [f"{_where(place)}: {message}" for place, message in readings]
        return {**_plain(_without_softmax(document, notes)), "notes": notes}
    if kind == "onnx":
        model = read_onnx(file.data, beside)
        notes = [*model.notes]
        if model.is_classifier:
            notes.append(_SOFTMAX)
        document = _assembled(model.layers, model.shape, given, notes, model.is_classifier)
        return {"network": document, "notes": notes, "choices": [], "choice": 0}
    texts: dict[str, str] = {}
    if kind == "safetensors":
        arrays, texts = read_safetensors(file.data)
    elif kind == "npz":
        arrays = read_npz(file.data)
        if DOCUMENT in arrays:
            texts[DOCUMENT] = _written(arrays.pop(DOCUMENT))
    else:
        arrays = {}
    if DOCUMENT in texts:
        return _plain(pack(texts[DOCUMENT], arrays))
    inputs = {name: each for name, each in {**arrays, **given}.items() if name in _INPUTS}
    weights = {name: each for name, each in arrays.items() if name not in inputs}
    if not _has_weights(weights):
        weights |= {name: each for name, each in given.items() if name not in inputs}
        given = {}
    proposals, notes = propose(weights)
    if not 0 <= choice < len(proposals):
        raise BadFile(f"There are {len(proposals)} architectures to choose from, counted from 0.")
    chosen = proposals[choice]
    if len(proposals) > 1:
        notes.append(f"Weights alone leave open what stands between them. Assumed: {chosen.label}.")
    document = _assembled(chosen.layers, chosen.shape, inputs or given, notes)
    return {
        "network": document,
        "notes": notes,
        "choices": [each.label for each in proposals] if len(proposals) > 1 else [],
        "choice": choice,
    }


def _without_softmax(document: Json, notes: list[str]) -> Json:
    """A classifier's document without its softmax, which the head computes."""
    layers = document.get("layers")
    ends = isinstance(layers, list) and len(layers) > 1 and layers[-1] == {"type": "softmax"}
    if not ends or "softmax" in layer_kinds():
        return document
    notes += [_SOFTMAX, _NO_TARGET]
    head = {"type": "cross_entropy", "target": 0}
    return {**document, "layers": layers[:-1], "head": head}


def _has_weights(arrays: dict[str, Array]) -> bool:
    """Whether any of the arrays can be a layer's weight."""
    return any(each.ndim in (2, 3, 4) for each in arrays.values())


def _plain(document: Json) -> Opened:
    return {"network": document, "notes": [], "choices": [], "choice": 0}


def _where(place: Location) -> str:
    """«layers.0.weight»."""
    return ".".join(map(str, place))


# --- what a file is -----------------------------------------------------------------------------


def _kind(file: File) -> str:
    """The kind of a file by its first bytes; only ONNX, which has no fixed ones, by its name."""
    data = file.data
    if data.startswith(NPY):
        return "npy"
    if data.startswith(ZIP) or data.startswith(b"PK\x05\x06"):
        return "npz"
    if data.lstrip(b" \t\r\n\xef\xbb\xbf")[:1] == b"{":
        return "json"
    if len(data) > 9 and data[8:9] == b"{" and int.from_bytes(data[:8], "little") < 2**32:
        return "safetensors"
    if file.name.lower().endswith(".safetensors"):
        return "safetensors"
    return "onnx" if file.name.lower().endswith(".onnx") else "other"


def _what_it_is(file: File) -> str:
    """Why a file cannot be opened, and what to do instead."""
    data, name = file.data, file.name.lower()
    if not data:
        return "This file is empty."
    if data[:1] == b"\x80" and data[1:2] in b"\x02\x03\x04\x05":
        return (
            "This is a pickle, which could run any program and is never opened. Save the weights "
            "with safetensors.torch.save_file(model.state_dict(), …), or numpy.savez."
        )
    if data.startswith(b"\x89HDF"):
        return "This is HDF5, as Keras writes it. Save the weights with numpy.savez, or as ONNX."
    if data[:2] == b"\x1f\x8b" or data[:3] in (b"BZh", b"\xfd7z", b"7z\xbc"):
        return "This is a packed file: unpack it first."
    if name.endswith(".data"):
        return "This belongs to an .onnx file: open both at once."
    return "This is none of the files that can be opened: .json, .npz, .npy, .safetensors, .onnx."


def _stem(name: str) -> str:
    return name.rsplit("/", 1)[-1].rsplit("\\", 1)[-1].removesuffix(".npy")[:MAX_NAME]


def _document(data: bytes) -> Json:
    if len(data) > MAX_BYTES:
        raise BadFile(f"Too large: a document may have at most {MAX_BYTES // 2**20} MB.")
    try:
        parsed = from_json(data.removeprefix(b"\xef\xbb\xbf"))
    except ValueError as error:
        raise BadFile(f"This is not JSON: {error}.") from None
    document = parsed.get("network", parsed) if isinstance(parsed, dict) else parsed
    if not isinstance(document, dict) or not {"input", "layers", "head"} & document.keys():
        raise BadFile("This is JSON, but no network: it has no input, no layers and no head.")
    try:
        orjson.dumps(document)
    except TypeError as error:  # Python reads whole numbers of any size
        raise BadFile(f"This network cannot be written as JSON again: {error}.") from None
    return document


def _written(array: Array) -> str:
    """The text that a .npz file stores as an array of bytes."""
    if array.ndim != 1 or ((array < 0) | (array > 255) | (array % 1 != 0)).any():
        raise BadFile("What this file says about its network cannot be read.")
    try:
        return array.astype(np.uint8).tobytes().decode()
    except UnicodeDecodeError:
        raise BadFile("What this file says about its network cannot be read.") from None


# --- a document of layers -----------------------------------------------------------------------


def _assembled(
    layers: list[Fields],
    shape: Shape,
    given: dict[str, Array],
    notes: list[str],
    is_classifier: bool = False,
) -> dict[str, Any]:
    """A document of layers with an input and a head; notes name what is assumed."""
    document: dict[str, Any] = {
        "version": 1,
        "input": _input(shape, given, notes),
        "layers": layers,
        "head": {"type": "upstream", "gradient": [0]},
    }
    out = status_of(document).shapes[-1]
    if out is None:
        return document
    if len(out) == 1 and (is_classifier or out[0] > 1):
        document["head"] = {"type": "cross_entropy", "target": 0}
        notes.append(_NO_TARGET)
    else:
        document["head"] = {"type": "upstream", "gradient": nested(np.ones(out))}
        notes.append("No loss is given: the upstream gradients are all 1.")
    return document


def _input(shape: Shape, given: dict[str, Array], notes: list[str]) -> Json:
    for name, array in given.items():
        if array.size == np.prod(shape) and [n for n in array.shape if n != 1] == [
            n for n in shape if n != 1
        ]:
            notes.append(f"The input is “{name}”.")
            return nested(array.reshape(shape))
    if given:
        (name, array), *_ = given.items()
        raise BadFile(
            f"The input “{name}” has the shape {list(array.shape)}, but the network reads "
            f"{list(shape)}."
        )
    if len(shape) == 3 and min(shape[1:]) >= SIDE and shape[1] == shape[2]:
        notes.append("No input is given: a handwritten 0.")
        return digit_input(0, shape[0], shape[1])
    notes.append("No input is given: whole numbers from −3 to 3.")
    return nested(filled(shape, Fill("whole", 0), "input"))


def _refused(name: str, message: str) -> Refusal:
    return Refusal([(("files", name) if name else ("files",), message)])
