"""A skip connection: one output is read twice, and both parts of its gradient add up."""

from app.engine.network import Trace
from app.engine.receipt import Cell, receipt_of
from app.lessons.lesson import Lesson
from app.text.sentences import added_line, total

_CENTRE = Cell(-1, 4)


def _question(trace: Trace) -> str:
    return (
        "A skip connection adds the input to what the convolution made of it. Which of the two "
        "ways does the gradient take back?"
    )


def _answer(trace: Trace) -> str:
    receipt = receipt_of(trace, _CENTRE)
    skipped, convolved = (receipt.part(reader) for reader in receipt.readers)
    pairs = [
        pair
        for pair in zip(convolved.upstream, convolved.factors, strict=True)
        if pair[1] != 0  # most of the kernel is 0
    ]
    both = added_line([(skipped.gradient,), (convolved.gradient,)], receipt.gradient)
    return (
        f"Both, and the two parts add up. By the skip connection {total(skipped)} comes back "
        f"unchanged, however small the weights are; through the convolution, each gradient times "
        f"its kernel weight: {added_line(pairs, convolved.gradient)}. So the centre gets {both}."
    )


LESSON = Lesson(
    slug="skip-connection",
    title="A skip connection",
    network={
        "version": 1,
        "title": "convolution beside a skip connection",
        "input": [[[1, 2, 0], [3, 1, 2], [0, 1, 4]]],
        "layers": [
            {
                "type": "conv2d",
                "weight": [[[[0, 1, 0], [2, -1, 0], [0, 3, 0]]]],
                "bias": [0],
                "padding": [1, 1],
            },
            {"type": "add", "from": -1},
        ],
        "head": {"type": "upstream", "gradient": [[[1, 2, 0], [1, 5, 2], [0, 1, 3]]]},
    },
    pinned=_CENTRE,
    question=_question,
    answer=_answer,
)
