"""The JSON routes: ask the engine, write the answer. No mathematics here."""

from typing import Any

import numpy as np
import orjson
from flask import Blueprint, Response

from app import asking, document, wording
from app.checking import check_json
from app.engine.gradcheck import gradcheck
from app.engine.layers import KINDS, MaxPool2d
from app.engine.margins import maxima
from app.engine.network import Trace
from app.engine.nudge import nudge
from app.engine.paths import paths
from app.engine.receipt import Receipt, receipt
from app.engine.types import Array, Index, Overflow
from app.explaining.check import report_json
from app.explaining.margins import margins_json
from app.explaining.nudge import nudge_json
from app.explaining.paths import paths_json
from app.exporting import export
from app.problems import as_json

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


@blueprint.post("/paths")
def follow() -> Response:
    """How many paths lead from the loss to a cell, where they stop, and the largest open ones."""
    asked, traced, _ = asking.read(asking.PathsRequest)
    cell = asking.find_cell(traced, asked.cell)
    return answer(paths_json(traced, paths(traced, cell, asked.most)))


@blueprint.post("/margins")
def compare() -> Response:
    """By how much each max pool's winner leads, and what a cell is short of."""
    asked, traced, _ = asking.read(asking.MarginsRequest)
    cell = None if asked.cell is None else asking.find_cell(traced, asked.cell)
    return answer(margins_json(traced, cell))


@blueprint.post("/nudge")
def change() -> Response:
    """One number changed: what its gradient predicts, what happens, and where the kinks are."""
    asked, traced, _ = asking.read(asking.NudgeRequest)
    cell = asking.find_changeable(traced, asked.cell)
    by = asking.find_change(asked)
    return answer(nudge_json(traced, nudge(traced, cell, by, asked.range)))


@blueprint.post("/gradcheck")
def check_gradients() -> Response:
    """Every gradient of the input and the parameters, held against finite differences."""
    _, traced, _ = asking.read(asking.TraceRequest)
    asking.check_is_affordable(traced)
    return answer(report_json(traced, gradcheck(traced)))


@blueprint.post("/check")
def check() -> Response:
    """A gradient that somebody worked out: right, or which cells differ, and which mistake does."""
    asked, traced, _ = asking.read(asking.CheckRequest)
    return answer(check_json(traced, asked))


@blueprint.post("/export")
def take_with_you() -> Response:
    """The network as scripts that run without this tool, and assert the numbers on the screen."""
    _, traced, _ = asking.read(asking.TraceRequest)
    return answer(export(traced))


@blueprint.errorhandler(Overflow)
def too_large(overflow: Overflow) -> Response:
    """A figure that leaves float64 while a question about a trace is answered."""
    return answer(as_json(document.explain(overflow).problems), 422)


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
        winners = layer.winners(traced.tapes[i]) if isinstance(layer, MaxPool2d) else None
        layers.append(
            {
                "type": kinds[type(layer)],
                "shape": layer.shape,
                "value": _plain(traced.values[i + 1]),
                "gradient": _plain(traced.gradients[i + 1]),
                "weight_gradient": _plain(own.get("weight")),
                "bias_gradient": _plain(own.get("bias")),
                "winners": winners,
                "maxima": None if winners is None else _maxima(traced, i, winners),
            }
        )
    return {
        "id": key,
        "loss": traced.loss,
        "probabilities": _plain(traced.probabilities),
        "input": {"value": traced.values[0], "gradient": _plain(traced.gradients[0])},
        "layers": layers,
    }


def _maxima(traced: Trace, layer: int, winners: Index) -> Index | list[Any]:
    """[C][OH][OW], each a list of all flat indexes that hold the maximum of that window."""
    alone, tied = winners[..., None], maxima(traced, layer)
    if not tied:
        return np.ascontiguousarray(alone)
    held: list[Any] = alone.tolist()
    for (channel, row, column), cells in tied.items():
        held[channel][row][column] = cells
    return held


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
