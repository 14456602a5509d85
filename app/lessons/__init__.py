"""The lessons: one file each, in the order of the menu.

A lesson is a network and two texts about it. The texts are functions of the trace, so that every
number in them is computed, also after the reader has edited the network.
"""

from app.engine.network import Network
from app.lessons import (
    activation_slope,
    average_beside_max,
    batch,
    cross_entropy,
    depthwise,
    founding_question,
    lenet,
    overlapping_windows,
    padding,
    pool_convolution,
    same_padding,
    sigmoid_loss,
    skip_connection,
    softmax_alone,
    stride_over_kernel,
    ties,
)
from app.lessons.lesson import Lesson

FIRST = founding_question.LESSON
LESSONS: dict[str, Lesson] = {
    module.LESSON.slug: module.LESSON
    for module in (
        founding_question,
        pool_convolution,
        activation_slope,
        average_beside_max,
        ties,
        overlapping_windows,
        padding,
        stride_over_kernel,
        skip_connection,
        batch,
        cross_entropy,
        softmax_alone,
        sigmoid_loss,
        same_padding,
        depthwise,
        lenet,
    )
}


def lesson_of(network: Network, slug: str | None) -> Lesson | None:
    """The lesson of this name; None where there is none, or its texts are about another network."""
    lesson = LESSONS.get(slug or "")
    return lesson if lesson is not None and lesson.fits(network) else None
