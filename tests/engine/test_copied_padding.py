"""Convolutions whose padding holds copies of the map's cells."""

from functools import partial

import numpy as np
import pytest
from pydantic import ValidationError

from app.builder.forms import form_of
from app.check.layouts import layouts
from app.document.building import run
from app.document.document import Document, Refusal
from app.engine.gather import gather
from app.engine.layers import Conv2d
from app.engine.paths import paths
from app.engine.receipt import Cell, receipt_of
from app.engine.timeline import moves
from app.engine.zeros import zeros_of_cells
from app.explain.inspector import inspect
from app.explain.receipt import receipt_json
from app.stage.moves import moves_json
from app.stage.settings import choices
from app.text.sentences import network_words
from tests.networks import network

ROW = [[[1, 2, 3]]]
KERNEL = np.array([[[[1.0, 10.0, 100.0]]]])


def trace_of(mode, weight=KERNEL, padding=(0, 1), gradient=None):
    layer = partial(Conv2d, weight=weight, padding=padding, padding_mode=mode)
    shape = layer(np.shape(ROW)).shape
    given = np.ones(shape) if gradient is None else np.reshape(gradient, shape)
    return network(ROW, layer, gradient=given).trace()


@pytest.mark.parametrize(
    ("mode", "values", "gradients"),
    [
        ("zeros", [210, 321, 32], [11, 111, 110]),
        ("reflect", [212, 321, 232], [11, 212, 110]),
        ("replicate", [211, 321, 332], [12, 111, 210]),
    ],
)
def test_what_the_padding_holds_counts_forwards_and_sends_back_to_its_cell(mode, values, gradients):
    trace = trace_of(mode)
    assert trace.values[1].ravel().tolist() == values
    assert trace.gradients[0].ravel().tolist() == gradients


def test_a_cell_that_an_output_reads_at_several_places_has_a_term_for_each():
    trace = trace_of("reflect", gradient=(2, 3, 5))
    receipt = receipt_of(trace, Cell(-1, 1))
    assert receipt.sources.tolist() == [0, 0, 1, 2, 2]
    assert receipt.factors.tolist() == [1, 100, 10, 1, 100]
    assert receipt.products.sum() == receipt.gradient == 2 * 101 + 3 * 10 + 5 * 101
    terms = receipt_json(trace, receipt)["terms"]
    assert [term.get("copy") for term in terms] == [[0, -1], None, None, None, [0, 3]]


def test_the_inspector_names_the_copy_and_its_weight():
    view = inspect(trace_of("reflect"), Cell(-1, 1))
    assert "through the copy at row 0, column −1" in view.rows[0].name
    assert "copy" not in view.rows[1].name
    assert [row.weight and row.weight[1] for row in view.rows] == [
        "0,0,0,0", "0,0,0,2", "0,0,0,1", "0,0,0,0", "0,0,0,2",
    ]  # fmt: skip
    assert view.sentence.startswith("Three map cells read it.")
    assert "five terms" in view.sentence.lower() or "5 terms" in view.sentence
    assert "gather" not in view.sections


def test_a_weight_meets_the_cell_that_the_padding_copies():
    trace = trace_of("replicate")
    receipt = receipt_of(trace, Cell(0, 0, "weight"))
    assert receipt.factors.tolist() == [1, 1, 2]
    assert trace.network.layers[0].cells_multiplied(0, receipt.sources).tolist() == [0, 0, 1]


def test_the_picture_knows_the_weight_of_each_product():
    trace = trace_of("reflect")
    moving = moves_json(trace, 0, moves(trace, 0))
    assert moving is not None
    weights = [trace.network.layers[0].parameters["weight"].ravel()[i] for i in moving["weights"]]
    assert weights == moving["factors"]
    assert len(weights) == 9
    plain = trace_of("zeros")
    told = moves_json(plain, 0, moves(plain, 0))
    assert told is not None
    assert "weights" not in told


def test_paths_count_each_place_that_an_output_reads():
    found = paths(trace_of("reflect"), Cell(-1, 1))
    assert found.total == found.open == 5
    assert sum(path.product for path in found.largest) == found.gradient == 212


def test_weights_that_cancel_between_two_places_cancel_in_the_gradient():
    trace = trace_of("reflect", np.array([[[[1.0, 0.0, -1.0]]]]))
    assert receipt_of(trace, Cell(-1, 1)).zero == "cancelled"
    assert zeros_of_cells(trace, -1)[1] == "cancelled"


def test_a_zero_of_many_copies_has_the_code_of_its_receipt():
    trace = trace_of("replicate", np.array([[[[0.0, 0.0, 0.0]]]]), (1, 3), np.zeros((3, 7)))
    codes = zeros_of_cells(trace, -1)
    assert codes == [receipt_of(trace, Cell(-1, at)).zero for at in range(3)] == ["weight"] * 3


def test_one_flipped_kernel_does_not_gather_what_copies_get():
    assert gather(trace_of("zeros"), Cell(-1, 0)) is not None
    assert gather(trace_of("reflect"), Cell(-1, 0)) is None


def test_a_pasted_gradient_of_the_padded_map_is_not_cut_where_copies_send_back():
    names = {
        mode: {each.name for each in layouts((1, 1, 5), (1, 1, 3), trace_of(mode), -1, None)}
        for mode in ("zeros", "reflect")
    }
    assert names == {"zeros": {"padded"}, "reflect": set()}


def test_the_architecture_tells_what_the_padding_holds():
    assert "padding: reflect" in network_words(trace_of("reflect").network)[1]
    assert "zeros" not in network_words(trace_of("zeros").network)[1]


def test_only_what_fits_can_be_chosen_for_padding():
    chosen = {each.path[-1]: each.options for each in choices(trace_of("zeros", padding=(0, 2)))}
    assert chosen == {"padding_mode": ["zeros", "reflect", "replicate"]}
    wide = choices(trace_of("zeros", padding=(1, 1)))
    assert wide[0].options == ["zeros", "replicate"]
    unpadded = choices(trace_of("zeros", padding=(0, 0)))
    assert unpadded == []


def document(**options):
    layer = {"type": "conv2d", "weight": [[[[1, 2, 3]]]], **options}
    return {"input": ROW, "layers": [layer], "head": {"type": "mse", "target": [[[0]]]}}


def refused(**options):
    with pytest.raises(Refusal) as refusal:
        run(Document.model_validate(document(**options)))
    ((place, message),) = refusal.value.problems
    assert place == ("layers", 0, "padding")
    return message


def test_mirrored_padding_must_be_smaller_than_the_map():
    message = refused(padding=[0, 3], padding_mode="reflect")
    assert "has 3 columns, and mirrored at its edge it can fill 2 more" in message
    assert "the padding has 3" in message
    assert "has 1 row," in refused(padding=[0, 1, 0, 0], padding_mode="reflect")


def test_it_may_be_the_name_of_an_end_alone():
    trace = run(
        Document.model_validate({
            **document(padding=[0, 0, 0, 2], padding_mode="reflect"),
            "head": {"type": "upstream", "gradient": [[[1, 1, 1]]]},
        })
    )  # fmt: skip
    assert trace.values[1].ravel().tolist() == [14, 14, 10]


def test_other_modes_are_refused():
    with pytest.raises(ValidationError):
        Document.model_validate(document(padding_mode="circular"))


def test_the_builder_offers_the_modes_and_begins_with_zeros():
    field = next(each for each in form_of("conv2d")["fields"] if each["name"] == "padding_mode")
    assert field["default"] == "zeros"
    assert field["controls"] == [{"kind": "choice", "choices": ["zeros", "reflect", "replicate"]}]
