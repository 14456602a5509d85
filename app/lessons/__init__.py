"""The lessons: one file each, in the order of the menu.

A lesson is a network and two texts about it. The texts are functions of the trace, so that every
number in them is computed, also after the reader has edited the network.
"""

from app.lessons import founding_question, pool_convolution
from app.lessons.lesson import Lesson

LESSONS: dict[str, Lesson] = {
    lesson.slug: lesson for lesson in (founding_question.LESSON, pool_convolution.LESSON)
}
FIRST = founding_question.LESSON
