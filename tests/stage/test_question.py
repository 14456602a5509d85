"""The question that a lesson opens with."""

from app.document.building import run
from app.document.document import Document
from app.lessons import LESSONS
from app.stage.question import ask


def question_of(slug):
    lesson = LESSONS[slug]
    return ask(run(Document.model_validate(lesson.network)), lesson.pinned)


def test_the_question_about_a_cell_that_nothing_reads_speaks_of_no_number_of_readers():
    question = question_of("stride-over-kernel")
    assert question.scene == "No cell of Max pool reads it. What is its gradient?"
    assert "None of its cells reads this one." in question.given


def test_the_question_about_a_cell_with_a_skip_connection_tells_what_the_scene_does_not_show():
    question = question_of("skip-connection")
    assert question.scene.startswith("Nine cells of Convolution and one cell of Addition read it.")
    assert "the nine cells of Convolution" in question.given
    assert question.given.endswith("a cell of Addition reads it too: its gradient is 5.")


def test_the_question_about_a_cell_that_several_read_says_how_many():
    question = question_of("founding-question")
    assert question.scene.startswith("Three cells of Fully connected read it.")
    assert "the three cells of Fully connected" in question.given
