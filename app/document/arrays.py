"""Types of arrays in answers: numpy's in Python, nested lists in JSON and its description."""

from typing import Annotated, TypeVar

import numpy as np
import numpy.typing as npt
from pydantic import GetPydanticSchema

from app.engine.types import Array, Index

T = TypeVar("T")
Map = list[list[list[T]]]
"""[C][H][W]."""
Nested = list[T] | list[list[T]] | list[list[list[T]]] | list[list[list[list[T]]]]
"""In the shape of any array of a network."""


def sent_as(form: object) -> GetPydanticSchema:
    """Tells pydantic which nested lists an array is in JSON."""
    return GetPydanticSchema(lambda _, handler: handler.generate_schema(form))


Row = Annotated[Array, sent_as(list[float])]
Output = Annotated[Array, sent_as(list[float] | list[list[float]] | Map[float])]
"""[C][H][W], [C][L] where layers slide along one axis, or [N] where they are linear."""
Outputs = Annotated[Array, sent_as(Nested[float])]
"""The same, or of a batch with the examples before it."""
Rows = Annotated[Array, sent_as(list[float] | list[list[float]])]
"""[N]; of a batch, [examples][N]."""
Weight = Annotated[Array, sent_as(Nested[float])]
"""[out][in], [out][in][kh][kw], [out][in][k] or [channels]."""
AnyArray = Annotated[Array, sent_as(Nested[float])]
AnyMask = Annotated[npt.NDArray[np.bool_], sent_as(Nested[bool])]
IndexMap = Annotated[Index, sent_as(list[list[int]] | Map[int])]
IndexMaps = Annotated[Index, sent_as(Nested[int])]
"""[C][H][W] or [C][L]; of a batch, with the examples before it."""
MaskMap = Annotated[npt.NDArray[np.bool_], sent_as(list[list[bool]] | Map[bool])]
MarginMap = Annotated[Array, sent_as(list[list[float | None]] | Map[float | None])]
"""NaN is sent as null."""
