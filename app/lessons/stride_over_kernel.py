"""A stride larger than the kernel: some cells are read by nothing."""

from app.engine.network import Trace
from app.engine.receipt import Cell
from app.engine.zeros import zeros_of_cells
from app.lessons.lesson import Lesson


def _question(trace: Trace) -> str:
    return "The windows jump further than they are wide. What do the cells between them get?"


def _answer(trace: Trace) -> str:
    codes = zeros_of_cells(trace, -1)
    unread, lost = codes.count("unread"), codes.count("lost")
    return (
        f"Exactly 0. Of {len(codes)} cells, no window reads {unread}; {lost} are read, but another "
        f"cell of their window is the maximum."
    )


LESSON = Lesson(
    slug="stride-over-kernel",
    title="A stride larger than the kernel",
    network={
        "version": 1,
        "title": "stride over the kernel",
        "input": [
            [[4, 1, 7, 2, 6], [3, 5, 9, 8, 1], [2, 8, 6, 3, 9], [1, 7, 5, 4, 2], [6, 3, 8, 9, 5]]
        ],
        "layers": [{"type": "max_pool2d", "kernel": [2, 2], "stride": [3, 3]}],
        "head": {"type": "upstream", "gradient": [[[1, 2], [3, 4]]]},
    },
    pinned=Cell(-1, 2),
    question=_question,
    answer=_answer,
)
