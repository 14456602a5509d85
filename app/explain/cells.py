"""How answers name a cell and a layer."""

from typing import Any

from app.engine.network import Trace
from app.engine.probe import Switch
from app.engine.receipt import Cell
from app.text import sentences
from app.text.numbers import figure
from app.text.texts import say


def cell_json(trace: Trace, cell: Cell) -> dict[str, Any]:
    """The contract's form of a cell."""
    named = {"layer": cell.layer, "index": list(sentences.index_of(trace, cell))}
    return named if cell.parameter is None else {**named, "parameter": cell.parameter}


def switch_json(trace: Trace, switch: Switch) -> dict[str, Any]:
    """An output cell that chooses anew, and the cells it followed before and follows after."""
    below = trace.network.read_by(switch.layer)
    return {
        **cell_json(trace, Cell(switch.layer, switch.at)),
        "before": [cell_json(trace, Cell(below, at)) for at in switch.before],
        "after": [cell_json(trace, Cell(below, at)) for at in switch.after],
        "sentence": switch_sentence(trace, switch),
    }


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
