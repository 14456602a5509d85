"""Numbers at the ends of float64, through every route: an answer or a refusal, never a 500."""

import json
import re
import sys
from random import Random
from typing import Any

import numpy as np
import pytest

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
    *("meeting", "margin", "margins[][][]", "runner_up", "runners_up[][][]", "rise"),
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
