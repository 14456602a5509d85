"""How answers name cells, and cells whose choice changes."""

from typing import NotRequired

from typing_extensions import TypedDict

from app.engine.network import Trace
from app.engine.probe import Switch
from app.engine.receipt import Cell
from app.text import sentences
from app.text.numbers import figure
from app.text.texts import say


class CellAnswer(TypedDict):
    """A cell, in the form that requests use."""

    layer: int
    """−1 for the input."""
    index: list[int]
    parameter: NotRequired[str]
    """Omitted unless the cell is a parameter's."""
    example: NotRequired[int]
    """The example of a batch that the cell belongs to."""


class SwitchAnswer(TypedDict):
    """An output cell whose choice changes: another maximum, or a ReLU turned on or off."""

    layer: int
    index: list[int]
    example: NotRequired[int]
    """The example of a batch that the cell belongs to."""
    before: list[CellAnswer]
    """The input cells that its gradient goes to before the change."""
    after: list[CellAnswer]
    sentence: str


def cell_json(trace: Trace, cell: Cell) -> CellAnswer:
    """A cell by its layer, its index there, and its parameter if it is one's."""
    named: CellAnswer = {"layer": cell.layer, "index": list(sentences.index_of(trace, cell))}
    if cell.parameter is not None:
        named["parameter"] = cell.parameter
    elif trace.batch is not None:
        named["example"] = trace.at
    elif trace.network.examples is not None:
        named["example"], *named["index"] = named["index"]
    return named


def switch_json(trace: Trace, switch: Switch) -> SwitchAnswer:
    """An output cell whose choice changes, and the cells its gradient goes to before and after."""
    below = trace.network.read_by(switch.layer)
    switched = cell_json(trace, Cell(switch.layer, switch.at))
    answer: SwitchAnswer = {
        "layer": switch.layer,
        "index": switched["index"],
        "before": [cell_json(trace, Cell(below, at)) for at in switch.before],
        "after": [cell_json(trace, Cell(below, at)) for at in switch.after],
        "sentence": switch_sentence(trace, switch),
    }
    if "example" in switched:
        answer["example"] = switched["example"]
    return answer


def switch_sentence(trace: Trace, switch: Switch) -> str:
    """«the maximum of Max pool, row 0, column 0 passes from row 1, column 1 to …»."""
    name = sentences.cell_name(trace, Cell(switch.layer, switch.at))
    if switch.crossed and switch.before == switch.after:
        edges = sentences.listed([figure(edge) for edge in switch.crossed])
        return say("switches.crosses", cell=name, edges=edges)
    if not switch.after or not switch.before:
        return say("switches.on" if switch.after else "switches.off", cell=name)
    below = trace.network.read_by(switch.layer)
    before, after = (
        sentences.listed([sentences.cell_place(trace, Cell(below, at)) for at in cells])
        for cells in (switch.before, switch.after)
    )
    return say("switches.passes", cell=name, before=before, after=after)
