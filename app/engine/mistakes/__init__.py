"""The mistakes that people make in a backward pass: their gradients, and a search for them."""

from app.engine.mistakes.backward_pass import Pass
from app.engine.mistakes.batches import AnyPass, BatchPass, parts_of
from app.engine.mistakes.catalogue import CODES, MISTAKES, Code, Mistake
from app.engine.mistakes.choices import Turn
from app.engine.mistakes.diagnosis import Diagnosis, Judge, diagnose
from app.engine.mistakes.differences import FiniteDifferences
from app.engine.mistakes.digits import Given, given
from app.engine.mistakes.inherited import Passed, passed_on
from app.engine.mistakes.search import FEWEST_FOR_PAIRS, Budget
from app.engine.mistakes.separating import Separation, separating_change
from app.engine.mistakes.slips import (
    Explanation,
    Slip,
    concerned_layers,
    made_array,
    slips,
    wrong_pass,
)

__all__ = [
    "CODES",
    "FEWEST_FOR_PAIRS",
    "MISTAKES",
    "AnyPass",
    "BatchPass",
    "Budget",
    "Code",
    "Diagnosis",
    "Explanation",
    "FiniteDifferences",
    "Given",
    "Judge",
    "Mistake",
    "Pass",
    "Passed",
    "Separation",
    "Slip",
    "Turn",
    "concerned_layers",
    "diagnose",
    "given",
    "made_array",
    "parts_of",
    "passed_on",
    "separating_change",
    "slips",
    "wrong_pass",
]
