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
Output = Annotated[Array, sent_as(list[float] | Map[float])]
"""[C][H][W], or [N] where layers are linear."""
Outputs = Annotated[Array, sent_as(Nested[float])]
"""The same, or of a batch with the examples before it."""
Rows = Annotated[Array, sent_as(list[float] | list[list[float]])]
"""[N]; of a batch, [examples][N]."""
Weight = Annotated[Array, sent_as(list[float] | list[list[float]] | list[Map[float]])]
"""[out][in], [out][in][kh][kw], or [channels]."""
AnyArray = Annotated[Array, sent_as(Nested[float])]
AnyMask = Annotated[npt.NDArray[np.bool_], sent_as(Nested[bool])]
IndexMap = Annotated[Index, sent_as(Map[int])]
IndexMaps = Annotated[Index, sent_as(Map[int] | list[Map[int]])]
"""[C][H][W]; of a batch, with the examples before it."""
MaskMap = Annotated[npt.NDArray[np.bool_], sent_as(Map[bool])]
MarginMap = Annotated[Array, sent_as(Map[float | None])]
"""NaN is sent as null."""
