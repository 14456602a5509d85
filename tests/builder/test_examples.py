"""Batches in the builder: examples are added, copied and removed, and edits leave them a batch."""

import copy
from random import Random
from typing import Any

import pytest

from app.builder.cures import cures
from app.builder.edits import edited
from app.builder.fill import RULES, Fill
from app.builder.fitting import MAX_NEW
from app.builder.status import status_of
from app.document.building import build
from app.document.document import Document, Refusal
from app.engine.heads import KINDS as HEADS
from tests.builder.edits import EDIT, KINDS, edit, with_cures
from tests.oracle.documents import draw, draw_batch

MAPS: dict[str, Any] = {
    "input": [[[[1, 2], [3, 4]]], [[[0, -1], [2, 5]]]],
    "layers": [
        {"type": "conv2d", "weight": [[[[1, 2]]]], "bias": [0]},
        {"type": "flatten"},
        {"type": "linear", "weight": [[1, -1], [0, 2], [1, 1]], "bias": [0, 0, 0]},
    ],
    "head": {"type": "cross_entropy", "target": [2, 0]},
}
ROWS: dict[str, Any] = {
    "input": [[1, 2], [3, 4], [5, 6]],
    "layers": [{"type": "linear", "weight": [[1, -1], [0, 2]]}],
    "head": {"type": "mse", "target": [[1, 2], [3, 5], [0, 1]]},
}
LINES: dict[str, Any] = {
    "input": [[1, 2, 3]],
    "layers": [{"type": "conv1d", "weight": [[[1, 2]]], "bias": [0]}],
    "head": {"type": "upstream", "gradient": [[1, 10]]},
}


def fits(document):
    status = status_of(document)
    assert status.fits, status.problems
    network = build(Document.model_validate(document))
    assert network.examples == status.examples
    assert [layer.shape for layer in network.layers] == status.shapes[1:]
    return status.examples


def test_a_new_example_copies_the_last_with_its_target():
    new, _ = edit(MAPS, do="examples", count=4)
    assert new["input"] == [*MAPS["input"], MAPS["input"][1], MAPS["input"][1]]
    assert new["head"]["target"] == [2, 0, 0, 0]
    assert fits(new) == 4
    assert edit(new, do="examples", count=2)[0] == MAPS


def test_an_example_is_duplicated_behind_itself_and_removed_with_its_target():
    new, _ = edit(MAPS, do="duplicate_example", at=0)
    assert new["input"] == [MAPS["input"][0], *MAPS["input"]]
    assert new["head"]["target"] == [2, 2, 0]
    back, _ = edit(new, do="remove_example", at=1)
    assert back == MAPS


@pytest.mark.parametrize("document", [MAPS, ROWS])
def test_of_one_example_alone_the_input_is_no_batch(document):
    alone, _ = edit(document, do="examples", count=1)
    assert alone["input"] == document["input"][0]
    assert alone["head"]["target"] == document["head"]["target"][0]
    assert fits(alone) is None
    again, _ = edit(alone, do="duplicate_example", at=0)
    assert again["input"] == [document["input"][0]] * 2
    assert fits(again) == 2


def test_a_batch_of_lines_says_that_it_is_one_and_no_longer_when_it_is_not():
    batch, _ = edit(LINES, do="examples", count=2)
    assert batch["batch"] is True
    assert batch["head"]["gradient"] == [[[1, 10]]] * 2
    assert fits(batch) == 2
    assert edit(batch, do="remove_example", at=0)[0] == LINES


def test_rows_stay_a_batch_where_no_linear_layer_reads_them_first():
    new, _ = edit(ROWS, do="add", at=0, kind="relu")
    assert new["batch"] is True
    assert fits(new) == 3
    back, _ = edit(new, do="remove", at=0)
    assert fits(back) == 3
    assert back["input"] == ROWS["input"]


def test_lines_stay_one_example_where_their_layers_go():
    document = {**LINES, "layers": [*LINES["layers"], {"type": "relu"}]}
    new, _ = edit(document, do="remove", at=0)
    assert status_of(new).examples is None
    assert "batch" not in new or not new["batch"]


def test_a_batch_of_lines_without_layers_for_them_can_become_maps_of_one_row():
    batch, _ = edit(LINES, do="examples", count=2)
    new, _ = edit(batch, do="become", at=0, kind="relu")
    (cure, *_) = cures(new, status_of(new))
    cured, _ = edit(new, **cure["edit"])
    assert cured["input"] == [[[[1, 2, 3]]]] * 2
    assert fits(cured) == 2


def test_lines_can_be_said_to_be_a_batch_of_rows():
    document = {**LINES, "input": [[1, 2], [3, 4]], "layers": [{"type": "relu"}]}
    _, as_batch = cures(document, status_of(document))
    cured, _ = edit(document, **as_batch["edit"])
    assert fits(cured) == 2


def test_an_example_of_another_size_makes_the_others_as_large_and_keeps_their_numbers():
    new, _ = edit(MAPS, "zeros", do="resize", path=["input", 1], shape=[1, 3, 2])
    assert new["input"] == [[[[1, 2], [3, 4], [0, 0]]], [[[0, -1], [2, 5], [0, 0]]]]
    assert fits(new) == 2
    given = [[[7, 8, 9]]]
    new, _ = edit(MAPS, "zeros", do="set", path=["input", 0], value=given)
    assert new["input"] == [given, [[[0, -1, 0]]]]


def test_the_targets_of_all_examples_follow_the_outputs():
    fewer, _ = edit(MAPS, do="resize", path=["layers", 2, "weight"], shape=[2, 2])
    assert fewer["head"]["target"] == [1, 0]
    more, _ = edit(ROWS, "zeros", do="resize", path=["layers", 0, "weight"], shape=[3, 2])
    assert more["head"]["target"] == [[1, 2, 0], [3, 5, 0], [0, 1, 0]]
    assert fits(more) == 3


@pytest.mark.parametrize("kind", HEADS)
def test_another_head_has_an_entry_for_each_example(kind):
    new, _ = edit(MAPS, do="become", at="head", kind=kind)
    assert fits(new) == 2
    field = "gradient" if kind == "upstream" else "target"
    assert len(new["head"][field]) == 2
    back, _ = edit(new, do="examples", count=1)
    assert fits(back) is None


def test_the_shapes_are_those_of_one_example_also_where_a_layer_or_the_head_does_not_fit():
    new, _ = edit(MAPS, do="set", path=["layers", 2, "bias"], value=["x"])
    assert status_of(new).shapes == [(1, 2, 2), (1, 2, 1), (2,), None]
    new, _ = edit(MAPS, do="set", path=["head", "target", 1], value=0.5)
    status = status_of(new)
    assert status.shapes[-1] == (3,)
    assert status.problems[0].place == ("head", "target", 1)


def test_masks_of_their_own_go_with_their_examples_and_their_outputs():
    document = {**MAPS, "layers": [*MAPS["layers"], {"type": "dropout", "mask": [1, 0, 1]}]}
    shared, _ = edit(document, do="duplicate_example", at=1)
    assert shared["layers"][3]["mask"] == [1, 0, 1]
    own = [[1, 0, 1], [0, 1, 1]]
    document, _ = edit(document, do="set", path=["layers", 3, "mask"], value=own)
    assert fits(document) == 2
    more, _ = edit(document, do="duplicate_example", at=0)
    assert more["layers"][3]["mask"] == [own[0], *own]
    assert fits(more) == 3
    wide, _ = edit(document, do="resize", path=["layers", 2, "weight"], shape=[4, 2])
    assert wide["layers"][3]["mask"] == [[1, 0, 1, 1], [0, 1, 1, 1]]
    assert fits(wide) == 2
    filled, _ = edit(document, do="fill", path=["layers", 3, "mask", 1])
    assert filled["layers"][3]["mask"] == [own[0], [1, 1, 1]]
    alone, _ = edit(document, do="remove_example", at=0)
    assert alone["layers"][3]["mask"] == own[1]
    assert fits(alone) is None


@pytest.mark.parametrize(
    ("document", "what", "place"),
    [
        (MAPS, {"do": "remove_example", "at": 2}, "at"),
        (LINES, {"do": "remove_example", "at": 0}, "at"),
        (MAPS, {"do": "duplicate_example", "at": 5}, "at"),
        (MAPS, {"do": "examples", "count": MAX_NEW}, "count"),
        (MAPS, {"do": "resize", "path": ["input", 0], "shape": [1, 512, 513]}, "shape"),
    ],
)
def test_an_edit_of_no_example_or_of_too_many_is_refused(document, what, place):
    with pytest.raises(Refusal) as refused:
        edited(document, EDIT.validate_python(what), Fill())
    assert refused.value.problems[0][0] == ("edit", place)


@pytest.mark.parametrize("seed", range(100))
def test_edits_of_any_batch_leave_a_batch_that_fits_or_says_what_does_not(seed):
    rng = Random(seed)
    document = draw_batch(rng, exact=False)
    examples = len(document["input"])
    for _ in range(6):
        count, axes = len(document["layers"]), len(status_of(document).shapes[0] or [0])
        example = rng.randrange(examples)
        what = rng.choice([
            {"do": "add", "at": rng.randrange(count + 1), "kind": rng.choice(KINDS)},
            {"do": "remove", "at": rng.randrange(count)} if count > 1 else {"do": "refit"},
            {"do": "move", "at": rng.randrange(count), "to": rng.randrange(count)},
            {"do": "become", "at": rng.randrange(count), "kind": rng.choice(KINDS)},
            {"do": "become", "at": "head", "kind": rng.choice(list(HEADS))},
            {"do": "resize", "path": ["input", example],
             "shape": [rng.randint(1, 4) for _ in range(axes)]},
            {"do": "duplicate_example", "at": example},
            {"do": "examples", "count": rng.randint(2, 4)},
        ])  # fmt: skip
        document, _ = edit(document, rng.choice(RULES), seed, **what)
        document, status = with_cures(document)
        examples = len(document["input"])
        if not status.fits:
            assert len(document["layers"]) == 1
            break
        assert fits(document) == examples


@pytest.mark.parametrize("seed", range(60))
def test_a_network_made_a_batch_and_one_example_again_is_what_it_was(seed):
    document = draw(Random(seed), exact=False)
    batch, _ = edit(document, do="examples", count=3)
    assert fits(batch) == 3
    assert edit(batch, do="examples", count=1)[0] == document
    assert copy.deepcopy(batch) == edit(batch, do="refit")[0]
