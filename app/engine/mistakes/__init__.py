"""The mistakes that people make in a backward pass: their gradients, and a search for them."""

from app.engine.mistakes.catalogue import CODES, MISTAKES, Code, Mistake
from app.engine.mistakes.choices import Turn
from app.engine.mistakes.diagnosis import Diagnosis, Judge, diagnose
from app.engine.mistakes.differences import FiniteDifferences
from app.engine.mistakes.digits import Given, given
from app.engine.mistakes.inherited import Passed, passed_on
from app.engine.mistakes.search import (
    FEWEST_FOR_PAIRS,
    Budget,
    Explanation,
    Slip,
    concerned_layers,
    made_array,
    slips,
    wrong_pass,
)
from app.engine.mistakes.steps import Pass
from app.engine.mistakes.telling import Telling, telling_change

__all__ = [
    "CODES",
    "FEWEST_FOR_PAIRS",
    "MISTAKES",
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
    "Slip",
    "Telling",
    "Turn",
    "concerned_layers",
    "diagnose",
    "given",
    "made_array",
    "passed_on",
    "slips",
    "telling_change",
    "wrong_pass",
]
