"""The picture has the products of the weights that its sentences tell of."""

import pytest

from app.document.building import build
from app.document.document import Document
from app.stage.channels import OpenChannels
from app.stage.moves import all_moves

MAP = [[[1.0, -2.0, 3.0], [4.0, 5.0, -6.0], [7.0, 8.0, 9.0]]]
LAYERS = {
    "a convolution": {"type": "conv2d", "weight": [[[[1, 2], [3, 4]]]]},
    "a transposed convolution": {"type": "conv_transpose2d", "weight": [[[[1, 2], [3, 4]]]]},
    "a batch norm": {
        "type": "batch_norm2d",
        "running_mean": [1],
        "running_var": [4],
        "weight": [2],
    },
    "slopes": {"type": "prelu", "weight": [0.25]},
}


@pytest.mark.parametrize("layer", LAYERS.values(), ids=LAYERS)
def test_of_each_layer_with_weights_over_a_map_one_weights_products_add_up(layer):
    sides = {"conv2d": 2, "conv_transpose2d": 4}.get(layer["type"], 3)
    gradient = [[[1.0 + row - column for column in range(sides)] for row in range(sides)]]
    head = {"type": "upstream", "gradient": gradient}
    document = {"version": 1, "title": "", "input": MAP, "layers": [layer], "head": head}
    trace = build(Document.model_validate(document)).trace()
    moves = all_moves(OpenChannels(trace))["0.weight"]
    assert moves is not None
    (at,) = set(moves["targets"])
    learned = trace.parameters[0]["weight"].reshape(-1)
    assert moves["products"]
    assert moves["running"][-1] == pytest.approx(learned[at])
    bundle = moves.get("bundles", {}).get(str(at))
    assert (bundle is not None) == (len(moves["products"]) > 9 and layer["type"] != "conv2d")
