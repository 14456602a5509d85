"""Gradients held against finite differences."""

from typing import Any

from app import wording
from app.engine.gradcheck import TOLERANCE, Finding, Report
from app.engine.network import Trace
from app.engine.receipt import figures
from app.explaining.cells import cell_json, switch_json, switch_sentence
from app.figures import figure

MAX_FINDINGS = 50
"""Told one by one; the counts hold them all."""
MAX_SWITCHES = 10
"""Told of one finding."""


def report_json(trace: Trace, report: Report) -> dict[str, Any]:
    """Counts of gradients by verdict, and the findings that do not simply agree."""
    told = [each for each in report.findings if each.verdict != "agree"]
    told.sort(key=lambda each: each.verdict != "wrong")
    worst = report.worst
    return {
        "ok": report.ok,
        "agree": report.count("agree"),
        "kink": report.count("kink"),
        "wrong": report.count("wrong"),
        "tolerance": TOLERANCE,
        "largest": None
        if worst is None
        else {"difference": worst.difference, "cell": cell_json(trace, worst.cell)},
        "findings": [finding_json(trace, each) for each in told[:MAX_FINDINGS]],
        "sentence": report_sentence(trace, report),
    }


def finding_json(trace: Trace, found: Finding) -> dict[str, Any]:
    """One comparison, as slopes: what the gradient says, and the finite difference."""
    return {
        "cell": cell_json(trace, found.cell),
        "cells": len(found.cells),
        "verdict": found.verdict,
        "step": found.step,
        "gradient": _gradient(trace, found) + 0.0,
        "numeric": found.happened / (2 * found.step) + 0.0,
        "below": found.below + 0.0,
        "above": found.above + 0.0,
        "difference": found.difference if found.verdict == "agree" else found.apart,
        "switches": [switch_json(trace, switch) for switch in found.switches[:MAX_SWITCHES]],
        "sentence": finding_sentence(trace, found),
    }


def report_sentence(trace: Trace, report: Report) -> str:
    """How many gradients agree, and why the others do not."""
    agree, kink, wrong = (report.count(verdict) for verdict in ("agree", "kink", "wrong"))
    every = agree + kink + wrong
    if wrong:
        worst = next(each for each in report.findings if each.verdict == "wrong")
        said = f"{wrong:,} of {every:,} gradients are wrong."
        return f"{said} {wording.cell_name(trace, worst.cell)}: {_figures(trace, worst)}."
    if agree == every:
        said = f"All {every:,} gradients agree with finite differences"
    else:
        said = f"{agree:,} of {every:,} gradients agree with finite differences"
    worst_one = report.worst
    if worst_one is not None:
        most = figure(worst_one.difference)
        said += (
            f"; the largest relative difference is {most}" if worst_one.difference else " exactly"
        )
    if kink:
        said += (
            f". The other {'one stands' if kink == 1 else f'{kink:,} stand'} on a kink, where no "
            "single slope exists: a finite difference mixes the slopes of two sides"
        )
    return f"{said}."


def finding_sentence(trace: Trace, found: Finding) -> str:
    """What came out of one comparison, and what a disagreement means."""
    said = f"With a step of {figure(found.step)}, {_figures(trace, found)}"
    match found.verdict:
        case "agree":
            return f"{said}: they agree."
        case "kink":
            why = switch_sentence(trace, found.switches[0])
            return (
                f"{said}. That is no mistake of the gradient: within the step, {why}, so that "
                f"the slope is {figure(found.below)} below and {figure(found.above)} above."
            )
        case "curved":
            return f"{said}: the way is curved, and with a smaller step they agree."
        case "wrong":
            return f"{said}: the gradient is wrong."


def _figures(trace: Trace, found: Finding) -> str:
    numeric = figure(found.happened / (2 * found.step))
    return f"the gradient says {figure(_gradient(trace, found))} and a finite difference {numeric}"


def _gradient(trace: Trace, found: Finding) -> float:
    """Of one cell exactly; of several, their slope along the direction taken."""
    if len(found.cells) == 1:
        return figures(trace, found.cell)[1]
    return found.predicted / (2 * found.step)
