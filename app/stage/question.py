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
    reader = trace.network.reader_of(cell.layer)
    value = figure(receipt.value)
    title = (
        say("heads", trace.network.head.name, "title")
        if reader is None
        else sentences.layer_title(trace.network, reader)
    )
    objective = sentences.objective_name(trace)
    # What a skip connection sends comes from a layer that the scene does not show.
    skips = [each for each in receipt.readers if each.skips]
    sizes = [len(receipt.products[receipt.terms_from(each)]) for each in skips]
    n = len(receipt.products) - sum(sizes)
    given = (
        say("question.given", n=n, layer=title) if n else say("question.given_unread", layer=title)
    )
    read_by = [(n, title)] if n else []
    for skip, size in zip(skips, sizes, strict=True):
        beyond = sentences.layer_title(trace.network, skip.layer)
        read_by.append((size, beyond))
        given = say(
            "question.given_skipped",
            sentence=given,
            layer=beyond,
            gradient=figure(receipt.upstream[receipt.terms_from(skip)][0]),
        )
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
        scene=_scene(title, read_by),
        asked=say("question.asked", value=value, objective=objective),
        given=given,
    )


def _scene(layer: str, read_by: list[tuple[int, str]]) -> str:
    """``layer``: whose cells the scene shows; ``read_by``: (how many cells, of which layer)."""
    match read_by:
        case []:
            return say("question.scene_unread", layer=layer)
        case [(n, title)]:
            return say("question.scene", n=n, layer=title)
    cells = [say("question.cells", n=n, layer=title) for n, title in read_by]
    return say("question.scene_several", cells=sentences.listed(cells))
