"""Numbers at the ends of float64, through every route: an answer or a refusal, never a 500."""

import json
import re
import sys
from random import Random
from typing import Any

import numpy as np
import pytest

from app.document.building import run
from app.document.document import Document
from app.engine.magnitudes import magnitudes
from app.web import file_routes
from app.web.api import OPERATIONS
from tests.oracle.documents import draw

LARGEST, SMALLEST = sys.float_info.max, 5e-324
EXTREMES = [LARGEST, 1e308, 1e300, 1e154, 1e-154, 1e-300, 1e-308, SMALLEST, 0.0]
SHARES = [0.01, 0.05, 0.3]
"""Of the numbers of a document, how many are replaced: with many, most are refused at once."""
PAGE = ["/picture", "/story", "/opened", "/moves", "/gradcheck", "/check", "/solution"]
PAGE += [f"/inspector{section}" for section in ("", "/paths", "/margins", "/nudge", "/gather")]
CELLESS = ["/api/trace", "/api/gradcheck", "/api/export", "/gradcheck", "/picture", "/opened"]
assert file_routes.blueprint  # the module adds its routes to OPERATIONS
# What reads files computes nothing of them.
API = [each.path for each in OPERATIONS if each.request and each.path != "/api/open"]
ROUTES = API + PAGE

# A product of its receipt leaves float64, −1.003 × −1.797×10³⁰⁸, though all figures of the trace
# are finite on processors that fuse products and sums.
FUSED = {
    "input": [0.5],
    "layers": [{"type": "linear", "weight": [[1e308], [-0.69], [SMALLEST], [-LARGEST]]}],
    "head": {"type": "upstream", "gradient": [-0.06, 1e308, -1.75, -1.003]},
}
MAY_BE_NULL = {
    *("moves", "edit", "path"),
    *("loss", "probabilities", "weight_gradient", "bias_gradient", "winners", "maxima"),
    *("zero", "zero[]", "largest", "ring", "won", "windows", "input", "layer", "example"),
    *("margin", "margins[][]", "margins[][][]", "rise"),
    *("runner_up", "runners_up[][]", "runners_up[][][]"),
    *("pair", "weight", "bias", "amount", "batch"),
}
"""Fields that hold null where there is no such thing."""


def stretched(seed: int) -> dict[str, Any]:
    """A small network, some of whose numbers are as large or as small as they can be."""
    drawn = Random(seed)

    share = drawn.choice(SHARES)

    def stretch(at: Any) -> Any:
        if isinstance(at, dict):
            return {key: stretch(value) for key, value in at.items()}
        if isinstance(at, list):
            return list(map(stretch, at))
        if isinstance(at, float) and drawn.random() < share:
            return drawn.choice(EXTREMES) * drawn.choice([1, -1])
        return at

    return stretch(draw(drawn, exact=False))


def asked(route: str, network: dict[str, Any], drawn: Random) -> dict[str, Any]:
    """A request with everything that this route needs."""
    given = np.array(network["input"])
    body: dict[str, Any] = {"network": network}
    if route.endswith("/check"):
        body |= {"of": {"layer": -1}, "array": (given * drawn.choice([0, 1])).tolist()}
    elif route not in CELLESS:
        body["cell"] = {"layer": -1, "index": [drawn.randrange(size) for size in given.shape]}
    if route.endswith("/nudge"):
        body["by"] = drawn.choice([None, 1e12, -1e-9, 1])
    return body


def answered(client, route: str, body: dict[str, Any]) -> list[Any] | None:
    """The route's answer, or None where it refuses in words; all its numbers are numbers."""
    if route == "/solution":
        response = client.post(route, data={"asked": json.dumps(body)})
    else:
        response = client.post(route, json=body)
    if route.endswith("/gather") and response.status_code == 404:
        return None  # no convolution reads this cell
    assert response.status_code in (200, 422), route
    refused = response.status_code == 422
    if response.is_json:
        refused |= "errors" in response.json
        if refused:
            assert response.json["errors"][0]["msg"].endswith("."), route
        assert not list(nulls(response.json)), route
    if route != "/api/export":  # scripts pad with −∞
        # How padding is explained, and the line of code for it, name −∞ themselves.
        said = response.text.replace("as if it were −∞", "").replace("values=-np.inf", "")
        assert not re.search(r"\b(NaN|nan|Infinity|inf)\b|∞", said), route
    return None if refused else [response.text]


def nulls(part: Any, at: str = "") -> Any:
    """The fields that hold null where a number is due."""
    if isinstance(part, dict):
        for key, value in part.items():
            yield from nulls(value, key)
    elif isinstance(part, list):
        for value in part:
            yield from nulls(value, f"{at}[]")
    elif part is None and at not in MAY_BE_NULL and not at.isdigit():
        yield at


@pytest.mark.parametrize("seed", range(80))
def test_numbers_at_the_ends_of_float64_are_answered_or_refused(client, seed):
    network = stretched(seed)
    for route in ROUTES:
        answered(client, route, asked(route, network, Random(seed)))


@pytest.mark.parametrize("route", ROUTES)
def test_a_product_that_leaves_float64_is_refused_alike_by_every_route(client, route):
    assert answered(client, route, asked(route, FUSED, Random(0))) is None


@pytest.mark.parametrize("route", ROUTES)
def test_a_weight_that_no_output_uses_is_no_server_error(client, route):
    # The padding cuts off all but the middle of this kernel.
    network = {
        "input": [[[2]]],
        "layers": [{"type": "conv_transpose2d", "weight": [[[[1] * 3] * 3]], "padding": 1}],
        "head": {"type": "upstream", "gradient": [[[0]]]},
    }
    body = asked(route, network, Random(0))
    answered(client, route, body)
    if "cell" in body:
        weight = {"layer": 0, "parameter": "weight", "index": [0, 0, 0, 0]}
        answered(client, route, body | {"cell": weight})


def test_an_unscaled_normalization_forms_no_product_that_leaves_float64():
    network = {
        "input": [[[1e223]]],
        "layers": [{"type": "batch_norm2d", "running_mean": [0], "running_var": [1]}],
        "head": {"type": "upstream", "gradient": [[[1e154]]]},
    }
    with np.errstate(all="raise"):
        assert magnitudes(run(Document.model_validate(network))).parameters == [{}]


@pytest.mark.parametrize("examples", [1, 2])
def test_a_loss_divides_by_the_smallest_beta(client, examples):
    x, target = [1e154, 1.0], [1e154, 2.0]
    head = {"type": "smooth_l1", "beta": SMALLEST}
    network = {
        "input": x if examples == 1 else [x] * examples,
        "layers": [{"type": "identity"}],
        "head": {**head, "target": target if examples == 1 else [target] * examples},
    }
    for route in ROUTES:
        answered(client, route, asked(route, network, Random(0)))


@pytest.mark.parametrize(("right", "given"), [(LARGEST, 0), (0, LARGEST), (LARGEST, -LARGEST)])
def test_a_wrong_gradient_is_told_from_the_largest_number(client, right, given):
    network = {
        "input": [0.5],
        "layers": [{"type": "linear", "weight": [[0.1]]}],
        "head": {"type": "upstream", "gradient": [right]},
    }
    body = {"network": network, "of": {"layer": 0}, "array": [given]}
    assert not client.post("/api/check", json=body).json["right"]
