"""How a value came about."""

from app.engine.layers import Activation, AvgPool2d, Flatten, MaxPool2d
from app.engine.network import Trace
from app.engine.receipt import Cell, figures, reads
from app.figures import factor, figure
from app.wording.names import layer_title


def making(trace: Trace, cell: Cell) -> str:
    """How a value came about in the forward pass."""
    value, _ = figures(trace, cell)
    parts = reads(trace, cell)
    if parts is None:
        given = "parameter" if cell.parameter else "input"
        return f"{figure(value)} is a given {given}: edit it below."
    i = cell.layer if not isinstance(trace.network.layers[cell.layer], Flatten) else cell.layer - 1
    layer = trace.network.layers[i]
    if isinstance(layer, Activation):
        return f"{layer_title(trace.network, i)} of {figure(parts.values[0])} is {figure(value)}."
    if isinstance(layer, MaxPool2d):
        if len(parts.values) == 1:
            return f"{figure(value)} is the only cell in its window."
        listed = ", ".join(map(figure, parts.values[:25]))
        return f"{figure(value)} is the largest of the {len(parts.values)} cells {listed}."
    if isinstance(layer, AvgPool2d):
        listed = " + ".join(map(factor, parts.values[:25]))
        divisor = layer.divisor[cell.at % layer.windows.positions]
        return f"The mean of its window: ({listed}) / {figure(divisor)} = {figure(value)}."
    shown = [
        f"{factor(v) if j else figure(v)} × {factor(f)}"
        for j, (v, f) in enumerate(zip(parts.values, parts.factors, strict=True))
    ]
    if len(shown) > 12:
        shown = [*shown[:11], f"{len(shown) - 11} more products"]
    if parts.bias is not None:
        shown.append(f"bias {factor(parts.bias)}")
    return f"Each input times its weight, added up: {' + '.join(shown)} = {figure(value)}."
