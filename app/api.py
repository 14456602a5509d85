"""The JSON routes: ask the engine, write the answer. No mathematics here."""

from typing import Any

import numpy as np
import orjson
from flask import Blueprint, Response

from app import asking, wording
from app.engine.layers import KINDS, MaxPool2d
from app.engine.network import Trace
from app.engine.receipt import Receipt, receipt
from app.engine.types import Array
from app.lessons import LESSONS
from app.picture import picture

blueprint = Blueprint("api", __name__, url_prefix="/api")


@blueprint.post("/trace")
def trace() -> Response:
    """Every value and every gradient of a network."""
    _, traced, key = asking.read(asking.TraceRequest)
    return answer(trace_json(traced, key))


@blueprint.post("/receipt")
def take_apart() -> Response:
    """One gradient taken apart into upstream × local derivative."""
    asked, traced, _ = asking.read(asking.ReceiptRequest)
    return answer(receipt_json(traced, receipt(traced, asking.find_cell(traced, asked.cell))))


@blueprint.post("/picture")
def draw() -> Response:
    """What the stage draws: every figure, why each zero is 0, and the steps backwards."""
    asked, traced, key = asking.read(asking.PictureRequest)
    lesson = LESSONS.get(asked.lesson or "")
    headline = {} if lesson is None else lesson.headline(traced)
    return answer({"id": key, **headline, **picture(traced)})


def answer(payload: Any, status: int = 200) -> Response:
    """A JSON response; float64 arrays keep every digit."""
    body = orjson.dumps(payload, option=orjson.OPT_SERIALIZE_NUMPY)
    return Response(body, status, mimetype="application/json")


def trace_json(traced: Trace, key: str) -> dict[str, Any]:
    """The contract's form of a trace."""
    kinds = {kind: name for name, kind in KINDS.items()}
    layers = []
    for i, layer in enumerate(traced.network.layers):
        own = traced.parameters[i]
        layers.append(
            {
                "type": kinds[type(layer)],
                "shape": layer.shape,
                "value": _plain(traced.values[i + 1]),
                "gradient": _plain(traced.gradients[i + 1]),
                "weight_gradient": _plain(own.get("weight")),
                "bias_gradient": _plain(own.get("bias")),
                "winners": layer.winners(traced.tapes[i]) if isinstance(layer, MaxPool2d) else None,
            }
        )
    return {
        "id": key,
        "loss": traced.loss,
        "probabilities": _plain(traced.probabilities),
        "input": {"value": traced.values[0], "gradient": _plain(traced.gradients[0])},
        "layers": layers,
    }


def receipt_json(traced: Trace, bill: Receipt) -> dict[str, Any]:
    """The contract's form of a receipt."""
    shape = traced.network.shape_of(
        len(traced.network.layers) - 1 if bill.source is None else bill.source
    )
    source = "head" if bill.source is None else bill.source
    indexes = np.stack(np.unravel_index(bill.sources, shape), axis=1).tolist()
    columns = (bill.upstream, bill.factors, bill.products)
    terms = [
        {
            "source": {"layer": source, "index": index},
            "upstream": upstream,
            "factor": factor,
            "product": product,
            "zero": zero,
        }
        for index, upstream, factor, product, zero in zip(
            indexes, *((each + 0.0).tolist() for each in columns), bill.zeros, strict=True
        )
    ]
    return {
        "value": bill.value,
        "gradient": bill.gradient + 0.0,
        "terms": terms,
        "zero": bill.zero,
        "sentence": wording.sentence(traced, bill),
    }


def _plain(array: Array | None) -> Array | None:
    """Contiguous, as orjson needs it, and without −0."""
    return None if array is None else np.ascontiguousarray(array) + 0.0
