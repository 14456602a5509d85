"""Layers along one axis through the API and on the page: indexes, words, refusals."""

import re

import pytest

from app.builder.gallery import gallery

NETWORK = gallery()["signal"].network()
BATCH = {
    **NETWORK,
    "batch": True,
    "input": [NETWORK["input"], [[1, 1, 1, 1, 1, 1, 1, 9]]],
    "head": {"type": "upstream", "gradient": [NETWORK["head"]["gradient"]] * 2},
}


def receipt(client, network=NETWORK, **cell):
    return client.post("/api/receipt", json={"network": network, "cell": cell}).json


def test_answers_have_channels_and_positions(client):
    answer = client.post("/api/trace", json={"network": NETWORK}).json
    assert [layer["shape"] for layer in answer["layers"]] == [[2, 6], [2, 6], [2, 3]]
    assert answer["layers"][2]["winners"] == [[0, 2, 4], [1, 3, 4]]
    assert answer["layers"][2]["maxima"][0] == [[0, 1], [2, 3], [4]]
    assert answer["layers"][0]["weight_gradient"] == [[[500, 400, 100]], [[15, 13, 3]]]


def test_a_receipt_names_positions_and_adds_up(client):
    answer = receipt(client, layer=-1, index=[0, 4])
    assert answer["gradient"] == sum(term["product"] for term in answer["terms"]) == 101
    assert [term["source"]["index"] for term in answer["terms"]] == [
        [0, 2], [0, 3], [0, 4], [1, 2], [1, 3], [1, 4],
    ]  # fmt: skip
    assert "row" not in answer["sentence"]
    lost = receipt(client, layer=1, index=[1, 0])
    assert lost["zero"] == "lost"
    assert "channel 1, position 1" in lost["sentence"]


def test_a_weight_of_a_batch_has_terms_of_each_example(client):
    answer = receipt(client, BATCH, layer=0, index=[1, 0, 2], parameter="weight")
    assert {term["source"]["example"] for term in answer["terms"]} == {0, 1}
    assert answer["gradient"] == sum(term["product"] for term in answer["terms"])


def test_a_copy_in_the_padding_is_named_by_its_position(client):
    layer = {"type": "conv1d", "weight": [[[1, 2, 4]]], "padding": 1, "padding_mode": "replicate"}
    head = {"type": "upstream", "gradient": [[1, 10, 100]]}
    network = {"input": [[5, 6, 7]], "layers": [layer], "head": head}
    answer = receipt(client, network, layer=-1, index=[0, 0])
    assert [term.get("copy") for term in answer["terms"]] == [[-1], None, None]
    assert answer["gradient"] == 1 * 1 + 1 * 2 + 10 * 1


def test_an_index_of_a_map_is_refused_with_the_shape(client):
    problem = receipt(client, layer=0, index=[0, 0, 1])["errors"][0]
    assert "2 × 6" in problem["msg"]


@pytest.mark.parametrize("path", ["/new/signal"])
def test_the_page_has_a_cell_for_each_position(client, path):
    page = client.get(path).text
    cells = re.findall(r'data-layer="(-?\d+|head)"[^>]*data-index="([\d,]+)"', page)
    assert {index for layer, index in cells if layer == "2"} == {
        f"{channel},{position}" for channel in range(2) for position in range(3)
    }
    assert "1-D convolution, channel 1, position 5" in page
    assert "2 channels of 6 positions" in page
