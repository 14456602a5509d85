"""Gradients held against finite differences."""

from typing import Any

from app.engine.gradcheck import TOLERANCE, Finding, Report
from app.engine.network import Trace
from app.engine.receipt import value_and_gradient
from app.explain.cells import cell_json, switch_json, switch_sentence
from app.text import sentences
from app.text.numbers import figure
from app.text.texts import say

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
        cell = sentences.cell_name(trace, worst.cell)
        return say("gradcheck.wrong", wrong=wrong, n=every, cell=cell, figures=_told(trace, worst))
    said = say("gradcheck.all" if agree == every else "gradcheck.some", agree=agree, n=every)
    if report.worst is not None:
        key = "gradcheck.largest" if report.worst.difference else "gradcheck.exactly"
        said = say(key, said=said, difference=figure(report.worst.difference))
    if kink:
        said = say("gradcheck.kinks", said=said, n=kink)
    return f"{said}."


def finding_sentence(trace: Trace, found: Finding) -> str:
    """What came out of one comparison, and what a disagreement means."""
    switch = switch_sentence(trace, found.switches[0]) if found.verdict == "kink" else ""
    return say(
        "gradcheck.found",
        found.verdict,
        step=figure(found.step),
        figures=_told(trace, found),
        switch=switch,
        below=figure(found.below),
        above=figure(found.above),
    )


def _told(trace: Trace, found: Finding) -> str:
    numeric = figure(found.happened / (2 * found.step))
    return say("gradcheck.figures", gradient=figure(_gradient(trace, found)), numeric=numeric)


def _gradient(trace: Trace, found: Finding) -> float:
    """Of one cell exactly; of several, their slope along the direction taken."""
    if len(found.cells) == 1:
        return value_and_gradient(trace, found.cell)[1]
    return found.predicted / (2 * found.step)
