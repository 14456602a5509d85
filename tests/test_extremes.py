"""Numbers at the ends of float64, through every route: an answer or a refusal, never a 500."""

import sys
from random import Random
from typing import Any

import numpy as np
import pytest

from app.web.api import OPERATIONS
from tests.oracle.documents import draw

LARGEST, SMALLEST = sys.float_info.max, 5e-324
EXTREMES = [LARGEST, 1e308, 1e300, 1e154, 1e-154, 1e-300, 1e-308, SMALLEST, 0.0]
SHARES = [0.01, 0.05, 0.3]
"""Of the numbers of a document, how many are replaced: with many, most are refused at once."""
PAGE = ["/picture", "/story", "/moves", "/gradcheck", "/check"]
PAGE += [f"/inspector{section}" for section in ("", "/paths", "/margins", "/nudge")]
ROUTES = [each.path for each in OPERATIONS if each.request] + PAGE


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
    elif not route.endswith(("/trace", "/gradcheck", "/export", "/margins", "/picture")):
        body["cell"] = {"layer": -1, "index": [drawn.randrange(size) for size in given.shape]}
    if route.endswith("/nudge"):
        body["by"] = drawn.choice([None, 1e12, -1e-9, 1])
    return body


@pytest.mark.parametrize("seed", range(80))
def test_numbers_at_the_ends_of_float64_are_answered_or_refused(client, seed):
    network = stretched(seed)
    for route in ROUTES:
        response = client.post(route, json=asked(route, network, Random(seed)))
        assert response.status_code in (200, 422), route
        if response.status_code == 422:
            assert response.json["errors"][0]["msg"].endswith("."), route
