"""The question that the page opens with, and the gradients that stay hidden until the answer."""

from dataclasses import dataclass

from app.engine.network import Trace
from app.engine.receipt import Cell, receipt_of
from app.engine.timeline import backward
from app.stage.pairs import explaining
from app.text import sentences
from app.text.numbers import figure
from app.text.texts import say


@dataclass(frozen=True)
class Question:
    """A question about the gradient of one cell.

    ``step`` is the index of the step that computes it. The gradients of layers ≥ ``known_from`` are
    shown; all other gradients are hidden, and so are those of parameters.
    """

    key: str
    at: int
    index: str
    step: int
    known_from: int
    place: str
    kind: str
    value: str
    lead: str
    scene: str
    asked: str
    given: str

    def hides(self, layer: int | None, parameter: str | None) -> bool:
        """Whether the gradients of an array stay hidden."""
        return layer is not None and (parameter is not None or layer < self.known_from)


def ask(trace: Trace, cell: Cell) -> Question:
    """The question about one cell of a layer."""
    steps = backward(trace)
    step = explaining(trace.network, steps, cell.layer, cell.parameter)
    receipt = receipt_of(trace, cell)
    readers = len(receipt.products)
    reader = trace.network.reader_of(cell.layer)
    value = figure(receipt.value)
    title = (
        say("heads", trace.network.head.name, "title")
        if reader is None
        else sentences.layer_title(trace.network, reader)
    )
    objective = sentences.objective_name(trace)
    if readers:
        scene = say("question.scene", n=readers, layer=title)
        given = say("question.given", n=readers, layer=title)
    else:
        scene = say("question.scene_unread", layer=title)
        given = say("question.given_unread", layer=title)
    return Question(
        key=str(cell.layer),
        at=cell.at,
        index=",".join(map(str, sentences.index_of(trace, cell))),
        step=step,
        known_from=steps[step - 1].gradients_from,
        place=sentences.cell_name(trace, cell),
        kind=sentences.cell_kind(trace, cell),
        value=value,
        lead=say("question.lead"),
        scene=scene,
        asked=say("question.asked", value=value, objective=objective),
        given=given,
    )
