"""Mistakes where a skip connection branches off: an output with several readers."""

from app.engine.layers import Layer
from app.engine.mistakes.catalogue.mistake import Changes, Code, Mistake
from app.engine.mistakes.steps import Branches


def _branches(code: Code, branches: Branches, variant: str = "") -> Mistake:
    changes: Changes = {"branches": branches}

    def change(layer: Layer) -> Changes:
        return changes

    return Mistake(code, {"addition": change}, variant)


BRANCHES: tuple[Mistake, ...] = (
    # `dx = (g + dx_block) / 2`
    _branches("branches_averaged", "average"),
    # `dx = dx_block`, and `dx = g`
    _branches("branch_forgotten", "without_skip", "skip"),
    _branches("branch_forgotten", "skip_alone", "next"),
)
