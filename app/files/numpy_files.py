""".npy and .npz: numpy's arrays, one in a file or several in a zip archive.

Before any allocation, all sizes in a header or directory are compared with the real bytes. Arrays
of objects, which numpy stores as pickles, are refused.
"""

import io
import zipfile
import zlib
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from app.engine.types import Array
from app.files.limits import MAX_ARRAYS, MAX_NAME, MAX_NUMBERS, BadFile, Room, as_numbers

NPY = b"\x93NUMPY"
ZIP = b"PK\x03\x04"
_HEADER = 1_000
"""The most bytes of an array's header; numpy writes 118."""
_DIRECTORY = MAX_ARRAYS * (46 + MAX_NAME)
_END = 22
"""The bytes of the end record of a zip archive without a comment, as numpy writes it."""


def read_npy(name: str, data: bytes, room: Room | None = None) -> Array:
    """The array of a .npy file.

    Raises:
        BadFile: it is no .npy file, or its header does not agree with its bytes.
    """
    room = Room() if room is None else room
    file = io.BytesIO(data)
    try:
        version = np.lib.format.read_magic(file)
        if version not in ((1, 0), (2, 0)):
            raise BadFile(f"“{name}” is a numpy file of a version for named fields.")
        width = 2 if version == (1, 0) else 4
        length = int.from_bytes(data[len(NPY) + 2 : len(NPY) + 2 + width], "little")
        if length > _HEADER:
            raise BadFile(f"The header of “{name}” is longer than that of any plain array.")
        read = np.lib.format.read_array_header_1_0
        if version == (2, 0):
            read = np.lib.format.read_array_header_2_0
        shape, is_fortran, dtype = read(file, max_header_size=_HEADER)
    except BadFile:
        raise
    except Exception:  # A false header can make numpy's reader raise anything.
        raise BadFile(f"“{name}” is no numpy file: its header cannot be read.") from None
    if dtype.hasobject:
        raise BadFile(f"“{name}” holds Python objects, which are never opened. Save numbers.")
    if dtype.kind not in "fiub" or dtype.itemsize > 8 or dtype.fields or dtype.subdtype:
        raise BadFile(f"“{name}” holds {dtype.name[:40]}, not numbers.")
    count = room.take(name, shape)
    if len(data) - file.tell() != count * dtype.itemsize:
        raise BadFile(f"“{name}” is cut or has more than its header says.")
    flat = np.frombuffer(data, dtype, count, file.tell())
    return as_numbers(name, flat.reshape(shape, order="F" if is_fortran else "C"))


def read_npz(data: bytes) -> dict[str, Array]:
    """The arrays of a .npz file by name, in their order.

    Raises:
        BadFile: it is no .npz file, or its directory does not agree with its bytes.
    """
    room = Room()
    with _archive(data) as archive:
        members = archive.infolist()
        names = [_array_name(each) for each in members]
        if len(set(names)) < len(names):
            raise BadFile("Two arrays of this file have the same name.")
        if sum(each.file_size for each in members) > 8 * MAX_NUMBERS + MAX_ARRAYS * _HEADER:
            raise BadFile(f"Too large: unpacked, it has more than {MAX_NUMBERS:,} numbers.")
        return {
            name: read_npy(name, _unpacked(archive, member), room)
            for name, member in zip(names, members, strict=True)
        }


def write_npz(arrays: Mapping[str, npt.NDArray[np.generic]]) -> bytes:
    """A .npz file that ``numpy.load`` opens without pickles."""
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **{name: arrays[name] for name in arrays})
    return file.getvalue()


def _archive(data: bytes) -> zipfile.ZipFile:
    """The archive, after a check that its directory is small and at the stated place."""
    end = data[-_END:]
    if len(end) < _END or end[:4] != b"PK\x05\x06" or end[20:] != b"\0\0":
        raise BadFile("This zip archive is cut, or has something behind its end.")
    size, start = int.from_bytes(end[12:16], "little"), int.from_bytes(end[16:20], "little")
    if size > _DIRECTORY or int.from_bytes(end[10:12], "little") > MAX_ARRAYS:
        raise BadFile(f"Too many arrays: a file may hold at most {MAX_ARRAYS}.")
    if start + size + _END != len(data):
        raise BadFile("The directory of this zip archive is not where the archive says.")
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except Exception:  # A false directory can make the zip reader raise anything.
        raise BadFile("The directory of this zip archive cannot be read.") from None


def _array_name(member: zipfile.ZipInfo) -> str:
    name = member.filename
    if name.endswith((".pkl", ".pickle")) or "/" in name or "\\" in name:
        raise BadFile(
            "This archive holds a pickle or folders, as PyTorch’s .pt files do, which are never "
            "opened. Save the weights with safetensors.torch.save_file(model.state_dict(), …)."
        )
    if not name.endswith(".npy") or len(name) > MAX_NAME:
        raise BadFile(f"“{name[:60]}” in this archive is no array. Save it with numpy.savez.")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise BadFile(f"“{name}” is packed in a way that numpy does not use.")
    return name.removesuffix(".npy")


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    try:
        with archive.open(member) as file:
            # Unpack the header first; of a refused array, nothing more is unpacked.
            start = file.read(_HEADER + 20)
            _look_at(member.filename, start, member.file_size)
            data = start + file.read(max(0, member.file_size - len(start)))
            if len(data) != member.file_size or file.read(1):
                raise BadFile(f"“{member.filename}” is not as long as the archive says.")
            return data
    except BadFile:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError,
            NotImplementedError, OverflowError):  # fmt: skip
        raise BadFile(f"“{member.filename}” in this archive is damaged.") from None


def _look_at(name: str, start: bytes, size: int) -> None:
    """Check the first bytes of an array, and refuse it if they are wrong."""
    if not start.startswith(NPY):
        raise BadFile(f"“{name}” in this archive is no array. Save it with numpy.savez.")
    if size > 8 * MAX_NUMBERS + _HEADER + 20:
        raise BadFile(f"Too large: a file may hold at most {MAX_NUMBERS:,} numbers in all.")
