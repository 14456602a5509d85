"""Measures the engine without a server: beside PyTorch, receipts beside traces, and growth."""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from app import create_app
from app.engine.receipt import Cell, receipt_of
from scripts.measuring.networks import built, distinct, in_torch, lenet, lenets, tiny, wide
from scripts.measuring.report import JSON, Figures, goal, title
from scripts.measuring.turns import take_turns

try:
    import torch
except ImportError:
    torch = None

GOALS = {"tiny": 0.40, "lenet": 0.75, "wide": 1.00, "32 lenets": 1.25}
"""The goals of the engine's time, relative to PyTorch's."""
NO_TORCH = "PyTorch is missing, so there is nothing to compare with. To install it: " + (
    f"{Path(sys.executable).parent / 'pip'} install torch==2.13.0"
)


def engine(seconds: float) -> Figures:
    """The forward pass and all gradients, beside eager PyTorch (float64, one thread)."""
    title("forward + all gradients, float64, one thread")
    figures: Figures = {}
    if torch is None:
        print(f"  {NO_TORCH}")
    else:
        torch.set_num_threads(1)
    networks = {"tiny": tiny(), "lenet": lenet(), "wide": wide(), "32 lenets": lenets()}
    for name, network in networks.items():
        ours = built(network)
        calls: dict[str, Callable[[], object]] = {"ours": ours.trace}
        if torch is not None:
            theirs = in_torch(network)
            difference = np.abs(ours.trace().gradients[0] - theirs()[0].numpy()).max()
            assert difference < 1e-12, f"{name}: input gradients differ by {difference}"
            calls["torch"] = theirs
        took = {each: t * 1e6 for each, t in take_turns(seconds, **calls).items()}
        figures[name] = {f"{each}_us": t for each, t in took.items()}
        line = f"  {name:9} ours {took['ours']:8.0f} µs"
        if torch is not None:
            ratio = took["ours"] / took["torch"]
            figures[name] |= {"ratio": ratio, "goal": GOALS[name]}
            line += f"   PyTorch {took['torch']:8.0f} µs   {goal(ratio, GOALS[name])}"
        print(line)
    return figures


def receipts(seconds: float) -> Figures:
    """The receipt of one cell, beside the trace; it takes O(its readers)."""
    title("one cell's receipt, beside its trace")
    figures: Figures = {}
    for name, network in {"tiny": tiny(), "lenet": lenet(), "wide": wide()}.items():
        trace = built(network).trace()
        took = take_turns(
            seconds / 4,
            trace=trace.network.trace,
            input_cell=partial(receipt_of, trace, Cell(-1, 0)),
            pooled_cell=partial(receipt_of, trace, Cell(2, 0)),
            weight=partial(receipt_of, trace, Cell(0, 0, "weight")),
        )
        terms = {
            "input_cell": len(receipt_of(trace, Cell(-1, 0)).products),
            "pooled_cell": len(receipt_of(trace, Cell(2, 0)).products),
            "weight": len(receipt_of(trace, Cell(0, 0, "weight")).products),
        }
        figures[name] = {f"{each}_us": t * 1e6 for each, t in took.items()} | {"terms": terms}
        parts = [f"{each} {took[each] * 1e6:.0f} µs ({n} terms)" for each, n in terms.items()]
        print(f"  {name:6} trace {took['trace'] * 1e6:.0f} µs   {'   '.join(parts)}")
    return figures


def growth(seconds: float) -> Figures:
    """The time of /api/trace by the side of the tiny network's input, without a server."""
    title("/api/trace in the process, by the input's side")
    client = create_app().test_client()
    figures: Figures = {}
    for side in (6, 8, 12, 16, 24, 32, 48, 64):
        network = tiny(side)
        bodies = iter(distinct(network, 10**9))

        def post() -> int:
            return len(client.post("/api/trace", data=next(bodies), content_type=JSON).data)  # noqa: B023

        took = take_turns(seconds / 8, post=post, trace=built(network).trace)
        size = post()
        figures[str(side)] = {
            "request_us": took["post"] * 1e6,
            "trace_us": took["trace"] * 1e6,
            "answer_bytes": size,
        }
        print(
            f"  {side:3} × {side:<3} trace {took['trace'] * 1e6:6.0f} µs   "
            f"request {took['post'] * 1e6:7.0f} µs   answer {size / 1000:7.1f} kB"
        )
    return figures
