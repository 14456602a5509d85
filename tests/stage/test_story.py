"""What the steps are about: the pinned cell, or where its gradient goes; and only what is drawn."""

import numpy as np
import pytest

from app.document.building import run
from app.document.document import Document
from app.engine.receipt import Cell
from app.lessons import LESSONS
from app.stage.channels import OpenChannels
from app.stage.story import story


@pytest.mark.parametrize("slug", ["pool-convolution", "founding-question", "average-beside-max"])
def test_a_step_that_sends_the_pinned_cells_gradient_on_is_about_a_cell_that_gets_it(slug):
    trace = run(Document.model_validate(LESSONS[slug].network))
    channels = OpenChannels(trace)
    told = 0
    for layer in range(len(trace.network.layers)):
        below = trace.network.read_by(layer)
        for at in np.flatnonzero(trace.gradients[layer + 1]):
            pinned = Cell(layer, int(at))
            for step in story(channels, pinned)["steps"]:
                if step["layer"] != layer or step["phase"] not in ("route", "share", "pass"):
                    continue
                place = step["example"]
                assert place is not None
                assert place["key"] == str(below)
                tape, which = trace.tapes[layer], trace.network.layers[layer]
                terms = which.contributions_of(tape, pinned.at)
                if not terms.derivatives.any():
                    continue
                told += 1
                assert place["at"] == terms.inputs[np.abs(terms.derivatives).argmax()]
    assert told > 3


def test_a_kernel_that_a_step_tells_of_is_one_that_is_drawn():
    trace = run(Document.model_validate(LESSONS["lenet"].network))
    for chosen in ({}, {0: 3}, {0: 2, 3: 7}):
        channels = OpenChannels(trace, chosen)
        kernels = [
            step["example"]
            for step in story(channels)["steps"]
            if step["phase"] == "parameters" and step["example"]
        ]
        assert len(kernels) > 3
        for place in kernels:
            layer, name = place["key"].split(".")
            assert place["at"] in channels.parameter(int(layer), name).cells
