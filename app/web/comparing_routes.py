"""Two networks beside each other, as the page shows them, and the small drawing of a draft."""

from typing import Any

from flask import Blueprint, Response, render_template

from app.builder.sketch import sketch
from app.builder.variants import variant, variant_title, variants
from app.document.document import Document, Refusal
from app.engine.network import Trace
from app.stage.comparing import compare_part, compare_report
from app.text.texts import say
from app.web.api import answer
from app.web.reading import document_of, takes, traced
from app.web.request_models import SidesRequest, WholeTraceRequest

blueprint = Blueprint("comparing", __name__)


@blueprint.post("/variants")
@takes(WholeTraceRequest)
def list_variants(request: WholeTraceRequest, trace: Trace, key: str) -> Response:
    """The variants that a network can be compared with."""
    codes = variants(document_of(key))
    return answer([{"code": code, "title": variant_title(code)} for code in codes])


@blueprint.post("/sketch")
@takes(WholeTraceRequest)
def draw_sketch(request: WholeTraceRequest, trace: Trace, key: str) -> Response:
    """A small drawing of a network."""
    network = trace.network
    drawn = sketch([network.shape_of(layer) for layer in range(-1, len(network.layers))])
    boxes = [box._asdict() for box in drawn.boxes]
    return answer({"width": drawn.width, "height": drawn.height, "boxes": boxes})


@blueprint.post("/compare")
@takes(SidesRequest)
def compare(request: SidesRequest, trace: Trace, key: str) -> str:
    """Both sides, layer by layer; or one layer of them."""
    network = document_of(key)
    left = (Document.model_validate(network), trace)
    other = request.other or Document.model_validate(_variant(network, request.variant))
    right = (other, traced(other))
    if request.part is None:
        return render_template("_compare.html", report=compare_report(left, right), part=None)
    try:
        part = compare_part(left, right, request.part)
    except IndexError:
        raise Refusal([(("part",), say("compare.no_part"))]) from None
    return render_template("_compare.html", part=part)


def _variant(network: dict[str, Any], code: str | None) -> dict[str, Any]:
    made = variant(network, code or "")
    if made is None:
        raise Refusal([(("variant",), say("compare.no_variant"))])
    return made
