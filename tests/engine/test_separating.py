"""The change of one number that tells apart mistakes with the examples of a batch."""

from random import Random

from app.document.building import run
from app.document.document import Document
from app.engine.mistakes import diagnose, given, separating_change, slips
from app.engine.mistakes.separating import changed
from app.engine.mistakes.slips import made_array
from tests.oracle.documents import draw_batch


def alike(seed):
    """The trace of a drawn batch whose examples are all the first one."""
    document = draw_batch(Random(seed), exact=False)
    field = "gradient" if document["head"]["type"] == "upstream" else "target"
    examples, head = len(document["input"]), document["head"]
    document["input"] = document["input"][:1] * examples
    document["head"] = {**head, field: head[field][:1] * examples}
    return run(Document.model_validate(document))


def cases(seed):
    """Arrays of parameters that several causes give, and the change that is found for them."""
    trace = alike(seed)
    for layer, each in enumerate(trace.network.layers):
        for name in each.parameters:
            for slip in slips(trace.network, layer, name):
                made = made_array(trace, (slip,), layer, name)
                if not slip.mistake.only_batches or made is None:
                    continue
                brought = given(made.ravel().tolist(), made.shape)
                causes = diagnose(trace, layer, name, brought).explanations
                if len(causes) > 1:
                    found = separating_change(trace, causes, layer, name)
                    yield trace, layer, name, causes, found


def test_mistakes_with_the_examples_are_told_apart_by_the_input_of_one_where_all_are_alike():
    every = [each for seed in range(24) for each in cases(seed)]
    by_input = 0
    for trace, layer, name, causes, found in every:
        assert found.change is not None
        by_input += found.change.layer < 0
        after = changed(trace.network, found.change).trace()
        arrays = [made_array(after, cause, layer, name) for cause in causes]
        different = {array.round(6).tobytes() for array in arrays if array is not None}
        assert len(different) >= found.groups > 1
    assert by_input > 0.8 * len(every) > 8
