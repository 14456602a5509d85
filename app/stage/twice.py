"""The step in which a backward pass first goes wrong, twice: as it is right, and as given."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from typing_extensions import TypedDict

from app.check.again import made_again
from app.check.example import example_of
from app.check.together import NamedAnswer
from app.engine.mistakes import Explanation, Pass, parts_of, wrong_pass
from app.engine.mistakes.catalogue import step_code
from app.engine.mistakes.steps import RIGHT
from app.engine.mistakes.terms import StepTerms
from app.engine.network import Trace
from app.engine.receipt import Cell, inputs_multiplied, receipt_of
from app.engine.timeline import Moves, Step, backward, moves
from app.engine.types import Array
from app.stage.channels import OpenChannels
from app.stage.moves import MovesAnswer, moves_json, moves_key
from app.stage.pairs import PairAnswer, explaining, pair_json
from app.stage.picture import Grid, GridAnswer, grid_json, grids
from app.stage.story import PlaceAnswer
from app.text import sentences
from app.text.numbers import figure
from app.text.sentences import added_line, cell_name
from app.text.texts import say

MAX_TERMS = 6
"""The most terms of a sum in words."""


class PhaseAnswer(TypedDict):
    """One phase of the step: the products, then their sum."""

    phase: str
    layer: int | None
    label: str
    moves: str | None
    gradients_from: int
    parameters_from: int
    values_to: int
    pair: PairAnswer | None


class SideAnswer(TypedDict):
    """The step as it is right, or as it was given."""

    grids: list[GridAnswer]
    moves: dict[str, MovesAnswer | None]
    told: str
    """The sum at the cell, in words."""


class TwiceAnswer(TypedDict):
    """One step with two sides."""

    title: str
    steps: list[PhaseAnswer]
    subject: PlaceAnswer
    right: SideAnswer
    yours: SideAnswer
    loss: float | None


@dataclass(frozen=True)
class _Wrong:
    """What goes wrong first: the cell that shows it, and the pass that makes it so, if known."""

    cell: Cell
    array: Array
    """The wrong gradients of the cell's array."""
    made: Pass | None
    example: int = 0
    """Of a batch, the example that they are of."""


def twice(trace: Trace, answer: NamedAnswer) -> TwiceAnswer | None:
    """The step of a wrong array; None where no step brings its numbers.

    Of a batch, it is the step of one example. The gradient of a parameter has none: each example
    brings a part of it.
    """
    wrong = _first_wrong(trace, answer)
    cell = wrong.cell
    if trace.network.examples is not None:
        if cell.parameter is not None:
            return None
        trace = trace.example(wrong.example)
    network = trace.network
    steps = backward(trace)
    at = explaining(network, steps, cell.layer, cell.parameter)
    pair = pair_json(network, steps[at])
    if pair is None:
        return None
    before = at > 0 and steps[at].layer == steps[at - 1].layer and steps[at - 1].phase == "multiply"
    played = steps[at - 1 : at + 1] if before else [steps[at]]
    channels = OpenChannels(trace, _open(trace, cell))
    drawn = {grid.key: grid for grid in grids(channels)}
    right, made = _moves(trace, channels, steps[at], wrong)
    key = _key(cell)
    keys = [name for name in drawn if name in {*pair.values(), key}]
    value = float(wrong.array.reshape(-1)[cell.at])
    ours = [grid_json(drawn[name], trace) for name in keys]
    yours = [grid_json(_yours(drawn[name], wrong, made), trace) for name in keys]
    _share_scales(ours, yours)
    told = figure(value) if steps[at].layer is None else _told(cell, made, value)
    return {
        "title": cell_name(trace, cell),
        "steps": [_phase(trace, step) for step in played],
        "subject": {"key": key, "at": cell.at},
        "right": {
            "grids": ours,
            "moves": _answer(trace, steps[at], cell, right),
            "told": sentences.sum_line(receipt_of(trace, cell), MAX_TERMS),
        },
        "yours": {
            "grids": yours,
            "moves": _answer(trace, steps[at], cell, made or right),
            "told": told,
        },
        "loss": trace.loss,
    }


def _first_wrong(trace: Trace, answer: NamedAnswer) -> _Wrong:
    """With a named mistake, the first array from the loss that it makes wrong; else this one."""
    check, of = answer["check"], answer["of"]
    layer, parameter = of["layer"], of["parameter"]
    given, example = np.asarray(check["given"], np.float64), of.get("example")
    trace = trace if example is None else trace.example(example)
    worst = [0] * given.ndim if check["largest"] is None else check["largest"]["index"]
    whole = trace.network.examples is not None and parameter is None
    array, index = (given[worst[0]], worst[1:]) if whole else (given, worst)
    at = int(np.ravel_multi_index(tuple(index), array.shape))
    itself = _Wrong(Cell(layer, at, parameter), array, None, worst[0] if whole else example or 0)
    if not check["mistakes"]:
        return itself
    first = check["mistakes"][0]
    explanation = made_again(trace, layer, parameter, first["codes"], first["layers"], given)
    made = None if explanation is None else wrong_pass(trace, explanation)
    if explanation is None or made is None or not _is_in_steps(explanation):
        return itself
    last = len(trace.network.layers) - 1
    if any(slip.mistake.starts is not None for slip in explanation):
        part = parts_of(made)[itself.example if whole else 0]
        array = part.gradient(last)
        off = np.abs(array - part.trace.gradients[-1])
        return _Wrong(Cell(last, int(off.argmax())), array, part, part.trace.at)
    shown = example_of(trace, layer, parameter, made)
    cell, part = shown.receipt.cell, shown.made
    return _Wrong(cell, part.array(cell.layer, cell.parameter), part, part.trace.at)


def _is_in_steps(explanation: Explanation) -> bool:
    """Whether the mistakes replace backward steps or the start, and no values."""
    return all(
        slip.mistake.starts is not None or step_code(slip.code) is not None for slip in explanation
    )


def _open(trace: Trace, cell: Cell) -> dict[int, int]:
    """The channel that has the cell."""
    channels, layer = OpenChannels(trace), cell.layer
    shape = (
        trace.network.layers[layer].parameters[cell.parameter].shape
        if cell.parameter
        else trace.network.shape_of(layer)
    )
    index = np.unravel_index(cell.at, shape)
    opened = {channels.chooser(layer): int(index[0])}
    if cell.parameter and len(shape) >= 3:
        read = trace.network.read_by(layer)
        if shape[1] == trace.network.shape_of(read)[0]:
            opened |= {channels.chooser(read): int(index[1])}
    return opened


def _moves(
    trace: Trace, channels: OpenChannels, step: Step, wrong: _Wrong
) -> tuple[Moves | None, Moves | None]:
    """What travels in the step if it is right, and with the mistake, if its terms are known."""
    cell = wrong.cell
    if step.layer is None:
        return None, None
    if cell.parameter:
        receipt = receipt_of(trace, cell)
        there = np.full(len(receipt.sources), cell.at)
        right = Moves(receipt.sources, there, receipt.upstream, receipt.factors, receipt.products,
                      np.cumsum(receipt.products))  # fmt: skip
        targets: Sequence[int] = [cell.at]
    else:
        below = trace.network.read_by(step.layer, step.skips)
        targets = channels.output(below).cells
        some = moves(trace, step.layer, targets, step.skips)
        if some is None:
            targets = [cell.at]
            some = moves(trace, step.layer, targets, step.skips)
        if some is None:
            return None, None
        right = some
    if wrong.made is None:
        return right, None
    terms = StepTerms(wrong.made, step.layer, cell.parameter, step.skips)
    made = terms.of(right, np.unique(np.array(targets)))
    if made is None and len(targets) > 1:
        right_there = moves(trace, step.layer, [cell.at], step.skips)
        made = None if right_there is None else terms.of(right_there, np.array([cell.at]))
        right = right if made is None or right_there is None else right_there
    return right, made


def _yours(grid: Grid, wrong: _Wrong, made: Moves | None) -> Grid:
    """A grid with the numbers of the wrong step."""
    pass_, cell = wrong.made, wrong.cell
    gradient = grid.gradient
    if grid.key == _key(cell) or (grid.key == "head" and cell.layer == _last(pass_)):
        gradient = wrong.array.reshape(grid.gradient.shape)
    elif pass_ is not None and grid.layer is not None and grid.parameter is None:
        gradient = pass_.gradient(grid.layer)
    value = grid.value
    if pass_ is not None and grid.parameter == "weight" and grid.layer is not None:
        steps = pass_.steps(grid.layer)
        layer: Any = pass_.trace.network.layers[grid.layer]
        if steps.weight is not RIGHT.weight:
            value = np.asarray(steps.weight(layer), np.float64).reshape(grid.value.shape)
    won = grid.won
    if won is not None and made is not None and grid.key == _key(cell):
        paid = set(made.targets[made.factors != 0].tolist())
        won = [at in paid for at in range(len(won))]
    codes = zip(gradient.reshape(-1).tolist(), grid.zero, strict=True)
    zero = [None if number else code or "upstream" for number, code in codes]
    return replace(grid, gradient=gradient, value=value, won=won, zero=zero)


def _share_scales(ours: list[GridAnswer], yours: list[GridAnswer]) -> None:
    """Give both sides the colours of the larger numbers; leave out what a loss compares."""
    for one, other in zip(ours, yours, strict=True):
        (value, gradient), (its_value, its_gradient) = one["most"], other["most"]
        one["most"] = other["most"] = max(value, its_value), max(gradient, its_gradient)
        if one["gradient"] != other["gradient"]:
            other.pop("compared", None)  # it explains the right gradients


def _last(made: Pass | None) -> int | None:
    return None if made is None else len(made.trace.network.layers) - 1


def _answer(
    trace: Trace, step: Step, cell: Cell, some: Moves | None
) -> dict[str, MovesAnswer | None]:
    if some is None or step.layer is None:
        return {}
    answer = moves_json(trace, step.layer, some, step.skips)
    if cell.parameter is None or answer is None:
        return {moves_key(step) or "": answer}
    met = inputs_multiplied(trace, cell, some.sources)
    answer["target"] = _key(cell)
    answer["reads"] = str(trace.network.read_by(cell.layer))
    answer["met"] = [-1 if each is None else each.at for each in met]
    return {_key(cell): answer}


def _phase(trace: Trace, step: Step) -> PhaseAnswer:
    return {
        "phase": step.phase,
        "layer": step.layer,
        "label": sentences.step_label(step, trace),
        "moves": moves_key(step),
        "gradients_from": step.gradients_from,
        "parameters_from": step.parameters_from,
        "values_to": step.values_to,
        "pair": pair_json(trace.network, step),
    }


def _key(cell: Cell) -> str:
    return f"{cell.layer}.{cell.parameter}" if cell.parameter else str(cell.layer)


def _told(cell: Cell, made: Moves | None, value: float) -> str:
    """The sum of the mistake, or that the products are the right ones."""
    if made is None:
        return say("checking.twice.unknown", figure=figure(value))
    own = np.flatnonzero(made.targets == cell.at)
    terms: list[tuple[float, ...]] = list(
        zip(made.upstream[own].tolist(), made.factors[own].tolist(), strict=True)
    )
    if len(terms) > MAX_TERMS:
        terms = [each for each in terms if math.prod(each)]
    if own.size and (before := float(made.running[own[0]] - made.products[own[0]])):
        terms.insert(0, (before,))  # from other layers
    return added_line(terms, value, MAX_TERMS) if terms else figure(value)
