"""The gradient check in figures and words."""

from typing_extensions import TypedDict

from app.engine.gradcheck import TOLERANCE, Finding, Report, Verdict
from app.engine.network import Trace
from app.engine.receipt import value_and_gradient
from app.explain.cells import (
    CellAnswer,
    SwitchAnswer,
    cell_json,
    switch_json,
    switch_sentence,
)
from app.text import sentences
from app.text.numbers import figure
from app.text.texts import say

MAX_FINDINGS = 50
"""The most findings that are listed; the counts include all."""
MAX_SWITCHES = 10
"""The most switches of one finding that are listed."""


class FindingAnswer(TypedDict):
    """A gradient compared with a finite difference."""

    cell: CellAnswer
    cells: int
    """How many cells were changed together; ``cell`` is the first of them."""
    verdict: Verdict
    step: float
    gradient: float
    """For several cells, the slope along the direction in which they were changed."""
    numeric: float
    below: float
    """The slope from x − h to x."""
    above: float
    difference: float
    """|gradient − finite difference| / the larger of the two."""
    switches: list[SwitchAnswer]
    sentence: str


class DifferenceAnswer(TypedDict):
    """The largest relative difference, and its place."""

    difference: float
    cell: CellAnswer


class GradcheckAnswer(TypedDict):
    """The comparison of all gradients of the input and the parameters with finite differences."""

    ok: bool
    """Whether no gradient is wrong."""
    agree: int
    kink: int
    """How many are at a kink, where a finite difference mixes two slopes."""
    wrong: int
    tolerance: float
    largest: DifferenceAnswer | None
    findings: list[FindingAnswer]
    """The gradients that do not simply agree."""
    sentence: str


def report_json(trace: Trace, report: Report) -> GradcheckAnswer:
    """Counts of gradients by verdict, and the findings that do not simply agree."""
    listed = [each for each in report.findings if each.verdict != "agree"]
    listed.sort(key=lambda each: each.verdict != "wrong")
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
        "findings": [finding_json(trace, each) for each in listed[:MAX_FINDINGS]],
        "sentence": report_sentence(trace, report),
    }


def finding_json(trace: Trace, finding: Finding) -> FindingAnswer:
    """One comparison as two slopes: the gradient and the finite difference."""
    return {
        "cell": cell_json(trace, finding.cell),
        "cells": len(finding.cells),
        "verdict": finding.verdict,
        "step": finding.step,
        "gradient": _gradient(trace, finding) + 0.0,
        "numeric": finding.happened / (2 * finding.step) + 0.0,
        "below": finding.below + 0.0,
        "above": finding.above + 0.0,
        "difference": finding.difference if finding.verdict == "agree" else finding.apart,
        "switches": [switch_json(trace, switch) for switch in finding.switches[:MAX_SWITCHES]],
        "sentence": finding_sentence(trace, finding),
    }


def report_sentence(trace: Trace, report: Report) -> str:
    """How many gradients agree, and why the others do not."""
    agree, kink, wrong = (report.count(verdict) for verdict in ("agree", "kink", "wrong"))
    every = agree + kink + wrong
    if wrong:
        worst = next(each for each in report.findings if each.verdict == "wrong")
        cell = sentences.cell_name(trace, worst.cell)
        figures = _figures(trace, worst)
        return say("gradcheck.wrong", wrong=wrong, n=every, cell=cell, figures=figures)
    sentence = say("gradcheck.all" if agree == every else "gradcheck.some", agree=agree, n=every)
    if report.worst is not None:
        key = "gradcheck.largest" if report.worst.difference else "gradcheck.exactly"
        sentence = say(key, said=sentence, difference=figure(report.worst.difference))
    if kink:
        sentence = say("gradcheck.kinks", said=sentence, n=kink)
    return f"{sentence}."


def finding_sentence(trace: Trace, finding: Finding) -> str:
    """The result of one comparison, and the meaning of a disagreement."""
    switch = switch_sentence(trace, finding.switches[0]) if finding.verdict == "kink" else ""
    return say(
        "gradcheck.found",
        finding.verdict,
        step=figure(finding.step),
        figures=_figures(trace, finding),
        switch=switch,
        below=figure(finding.below),
        above=figure(finding.above),
    )


def _figures(trace: Trace, finding: Finding) -> str:
    numeric = figure(finding.happened / (2 * finding.step))
    return say("gradcheck.figures", gradient=figure(_gradient(trace, finding)), numeric=numeric)


def _gradient(trace: Trace, finding: Finding) -> float:
    """The gradient of one cell; for several cells, the slope along the direction."""
    if len(finding.cells) == 1:
        return value_and_gradient(trace, finding.cell)[1]
    return finding.predicted / (2 * finding.step)
