"""What scripts/bench runs, once it has set up the environment.

Each section measures one thing, prints it, and returns its figures for ``--json``. Contestants take
turns in slices of about a millisecond, so that a busy neighbour slows all of them alike; what is
shown are medians of those slices.
"""

import argparse
import contextlib
import importlib.metadata
import itertools
import json
import multiprocessing
import os
import platform
import random
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from app import create_app, document
from app.document import Document
from app.engine.network import Network
from app.engine.receipt import Cell, receipt

try:
    import torch
except ImportError:
    torch = None

Figures = dict[str, Any]

SLICE = 1e-3
"""Seconds that one contestant is measured before it is the next one's turn."""
GOALS = {"tiny": 0.60, "lenet": 1.00, "wide": 1.10}
"""The most that ours may take, as a part of PyTorch's time."""
NO_TORCH = "PyTorch is missing, so there is nothing to compare with. To install it: " + (
    f"{Path(sys.executable).parent / 'pip'} install torch==2.13.0"
)


# --- the networks -------------------------------------------------------------------------------


def conv(rng: np.random.Generator, out: int, read: int, size: int, padding: int = 0) -> Figures:
    """A convolution with random weights."""
    scale = (read * size * size) ** -0.5
    weight = rng.normal(0, scale, (out, read, size, size))
    bias = rng.normal(0, scale, out)
    return {
        "type": "conv2d",
        "weight": weight.tolist(),
        "bias": bias.tolist(),
        "padding": padding,
    }


def linear(rng: np.random.Generator, out: int, read: int) -> Figures:
    """A linear layer with random weights."""
    scale = read**-0.5
    weight, bias = rng.normal(0, scale, (out, read)), rng.normal(0, scale, out)
    return {"type": "linear", "weight": weight.tolist(), "bias": bias.tolist()}


RELU, POOL, FLATTEN = {"type": "relu"}, {"type": "max_pool2d", "kernel": 2}, {"type": "flatten"}


def tiny(side: int = 6) -> Figures:
    """1×6×6 → conv 2@3×3 → relu → pool 2 → fc 3 → cross-entropy; or a larger input."""
    rng = np.random.default_rng(1)
    pooled = (side - 2) // 2
    layers = [conv(rng, 2, 1, 3), RELU, POOL, FLATTEN, linear(rng, 3, 2 * pooled * pooled)]
    return _network(rng, (1, side, side), layers)


def lenet() -> Figures:
    """1×28×28 → 6@5×5 → relu → pool → 16@5×5 → relu → pool → 120 → 84 → 10 → cross-entropy."""
    rng = np.random.default_rng(2)
    maps = [conv(rng, 6, 1, 5), RELU, POOL, conv(rng, 16, 6, 5), RELU, POOL, FLATTEN]
    rows = [linear(rng, 120, 256), RELU, linear(rng, 84, 120), RELU, linear(rng, 10, 84)]
    return _network(rng, (1, 28, 28), maps + rows)


def wide() -> Figures:
    """3×64×64 → 32@3×3 pad 1 → relu → pool → 64@3×3 pad 1 → relu → pool → 10 → cross-entropy."""
    rng = np.random.default_rng(3)
    maps = [conv(rng, 32, 3, 3, 1), RELU, POOL, conv(rng, 64, 32, 3, 1), RELU, POOL, FLATTEN]
    return _network(rng, (3, 64, 64), [*maps, linear(rng, 10, 64 * 16 * 16)])


def _network(rng: np.random.Generator, shape: tuple[int, ...], layers: list[Figures]) -> Figures:
    head = {"type": "cross_entropy", "target": 1}
    return {"version": 1, "input": rng.normal(0, 1, shape).tolist(), "layers": layers, "head": head}


def built(network: Figures) -> Network:
    """The engine's network of a document."""
    return document.build(Document.model_validate(network))


def in_torch(network: Figures) -> Callable[[], list[Any]]:
    """The same in eager PyTorch: forward, then the gradients of all parameters and the input."""

    def leaf(array: Any) -> Any:
        return torch.tensor(array, dtype=torch.float64, requires_grad=True)

    functional = torch.nn.functional
    x = leaf([network["input"]])
    leaves, steps = [x], list[Callable[[Any], Any]]()
    for layer in network["layers"]:
        match layer["type"]:
            case "conv2d":
                w, b, p = leaf(layer["weight"]), leaf(layer["bias"]), layer["padding"]
                leaves += [w, b]
                steps.append(lambda y, w=w, b=b, p=p: functional.conv2d(y, w, b, padding=p))
            case "linear":
                w, b = leaf(layer["weight"]), leaf(layer["bias"])
                leaves += [w, b]
                steps.append(lambda y, w=w, b=b: functional.linear(y, w, b))
            case "relu":
                steps.append(functional.relu)
            case "max_pool2d":
                steps.append(lambda y: functional.max_pool2d(y, 2))
            case "flatten":
                steps.append(lambda y: torch.flatten(y, 1))
    target = torch.tensor([network["head"]["target"]])

    def call() -> list[Any]:
        y = x
        for step in steps:
            y = step(y)
        return list(torch.autograd.grad(functional.cross_entropy(y, target), leaves))

    return call


# --- measuring ----------------------------------------------------------------------------------


def take_turns(seconds: float, **calls: Callable[[], object]) -> dict[str, float]:
    """The median time of a call of each, in seconds."""
    times: dict[str, list[float]] = {name: [] for name in calls}
    counts = {}
    for name, call in calls.items():
        call()
        started = time.perf_counter()
        call()
        counts[name] = max(1, round(SLICE / (time.perf_counter() - started)))
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        for name, call in calls.items():
            call()  # the first after a change finds a cold cache
            started = time.perf_counter()
            for _ in range(counts[name]):
                call()
            times[name].append((time.perf_counter() - started) / counts[name])
    return {name: statistics.median(each) for name, each in times.items()}


def engine(seconds: float) -> Figures:
    """Forward and all gradients, beside PyTorch eager (float64, one thread)."""
    title("forward + all gradients, float64, one thread")
    figures: Figures = {}
    if torch is None:
        print(f"  {NO_TORCH}")
    else:
        torch.set_num_threads(1)
    for name, network in {"tiny": tiny(), "lenet": lenet(), "wide": wide()}.items():
        ours = built(network)
        calls: dict[str, Callable[[], object]] = {"ours": ours.trace}
        if torch is not None:
            theirs = in_torch(network)
            difference = np.abs(ours.trace().gradients[0] - theirs()[0][0].numpy()).max()
            assert difference < 1e-12, f"{name}: input gradients differ by {difference}"
            calls["torch"] = theirs
        took = {each: t * 1e6 for each, t in take_turns(seconds, **calls).items()}
        figures[name] = {f"{each}_us": t for each, t in took.items()}
        line = f"  {name:6} ours {took['ours']:8.0f} µs"
        if torch is not None:
            ratio = took["ours"] / took["torch"]
            figures[name] |= {"ratio": ratio, "goal": GOALS[name]}
            line += f"   PyTorch {took['torch']:8.0f} µs   {goal(ratio, GOALS[name])}"
        print(line)
    return figures


def receipts(seconds: float) -> Figures:
    """One cell taken apart, beside the trace it is taken from: O(its readers)."""
    title("one cell's receipt, beside its trace")
    figures: Figures = {}
    for name, network in {"tiny": tiny(), "lenet": lenet(), "wide": wide()}.items():
        trace = built(network).trace()
        took = take_turns(
            seconds / 4,
            trace=trace.network.trace,
            input_cell=lambda t=trace: receipt(t, Cell(-1, 0)),
            pooled_cell=lambda t=trace: receipt(t, Cell(2, 0)),
            weight=lambda t=trace: receipt(t, Cell(0, 0, "weight")),
        )
        terms = {
            "input_cell": len(receipt(trace, Cell(-1, 0)).products),
            "pooled_cell": len(receipt(trace, Cell(2, 0)).products),
            "weight": len(receipt(trace, Cell(0, 0, "weight")).products),
        }
        figures[name] = {f"{each}_us": t * 1e6 for each, t in took.items()} | {"terms": terms}
        parts = [f"{each} {took[each] * 1e6:.0f} µs ({n} terms)" for each, n in terms.items()]
        print(f"  {name:6} trace {took['trace'] * 1e6:.0f} µs   {'   '.join(parts)}")
    return figures


def growth(seconds: float) -> Figures:
    """How /api/trace grows with the input's side, without a server: the tiny network, larger."""
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


# --- over HTTP ----------------------------------------------------------------------------------

JSON = "application/json"
CONNECTIONS = 4


def http(seconds: float) -> Figures:
    """/api/trace of the tiny network, beside a bare Flask view that returns the same bytes.

    Of a document never sent before, everything is computed. Of one sent before, the server
    remembers the trace and the answer: what is measured is reading it, and finding them.
    """
    title(f"/api/trace of tiny over HTTP, {CONNECTIONS} connections")
    network = tiny()
    with tool_server() as tool:
        answer = Peer(tool, "/api/trace").ask(next(distinct(network, 1)))
        with bare_server(answer) as bare:
            ours, theirs = Peer(tool, "/api/trace"), Peer(bare, "/bare")
            new = distinct(network, 10**9)
            again = itertools.repeat(next(distinct(network, 1)))
            took = take_turns(
                seconds,
                new=lambda: ours.ask_all(new),
                again=lambda: ours.ask_all(again),
                bare=lambda: theirs.ask_all(new),
            )
    per_second = {name: CONNECTIONS / t for name, t in took.items()}
    ratios = {name: per_second[name] / per_second["bare"] for name in ("new", "again")}
    print(f"  bare Flask view       {per_second['bare']:6.0f} requests/s")
    for name, words in (("new", "never sent before"), ("again", "remembered")):
        ratio = goal(ratios[name], 0.5, most=False)
        print(f"  {words:20}  {per_second[name]:6.0f} requests/s   {ratio}")
    return {f"{name}_per_second": n for name, n in per_second.items()} | {"ratios": ratios}


def distinct(network: Figures, count: int) -> Iterator[bytes]:
    """Requests that no memory of earlier traces can answer."""
    rng = random.Random(0)
    rest = {key: value for key, value in network.items() if key != "input"}
    for _ in range(count):
        plane = [list(row) for row in network["input"][0]]
        plane[0][0] = rng.random()
        yield orjson.dumps({"network": {**rest, "input": [plane]}})


class Peer:
    """A client that costs little itself: kept connections, requests written and read as bytes."""

    def __init__(self, port: int, path: str) -> None:
        self._sockets = [
            socket.create_connection(("127.0.0.1", port), timeout=30) for _ in range(CONNECTIONS)
        ]
        for each in self._sockets:
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {JSON}\r\n"

    def ask(self, body: bytes) -> bytes:
        self._write(self._sockets[0], body)
        return self._read(self._sockets[0])

    def ask_all(self, bodies: Iterator[bytes]) -> None:
        """One request on every connection at once."""
        for each in self._sockets:
            self._write(each, next(bodies))
        for each in self._sockets:
            self._read(each)

    def _write(self, to: socket.socket, body: bytes) -> None:
        to.sendall(f"{self._head}Content-Length: {len(body)}\r\n\r\n".encode() + body)

    def _read(self, source: socket.socket) -> bytes:
        got = b""
        while b"\r\n\r\n" not in got:
            got += self._some(source)
        head, body = got.split(b"\r\n\r\n", 1)
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head.decode())
        length = next(
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length")
        )
        while len(body) < length:
            body += self._some(source)
        return body

    def _some(self, source: socket.socket) -> bytes:
        got = source.recv(2**20)
        if not got:
            raise RuntimeError("the server closed the connection")
        return got


@contextlib.contextmanager
def tool_server() -> Iterator[int]:
    """The command itself, in its own process; yields its port."""
    command = [sys.executable, "-m", "app", "--no-browser", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            yield int(line.split("http://127.0.0.1:")[1].split("/")[0])
        finally:
            process.terminate()


@contextlib.contextmanager
def bare_server(answer: bytes) -> Iterator[int]:
    """A Flask view that does nothing but return these bytes, served in the same way."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=serve_bare, args=(answer, there), daemon=True)
    process.start()
    try:
        yield here.recv()
    finally:
        process.terminate()
        process.join()


def serve_bare(answer: bytes, port: Connection) -> None:
    """What the process of ``bare_server`` runs; it sends its port back."""
    from flask import Flask, Response
    from waitress.server import create_server

    from app.__main__ import SETTINGS

    bare = Flask("bare")
    bare.add_url_rule("/bare", methods=["POST"], view_func=lambda: Response(answer, mimetype=JSON))
    server = create_server(bare, host="127.0.0.1", port=0, **SETTINGS)
    port.send(server.effective_port)
    server.run()


# --- the whole ----------------------------------------------------------------------------------

SECTIONS: dict[str, Callable[[float], Figures]] = {
    "engine": engine,
    "http": http,
    "receipts": receipts,
    "growth": growth,
    # What a browser does is measured here too: add a function that takes the seconds it may use.
}


def title(words: str) -> None:
    """Print the heading of a section."""
    print(f"\n{words}")


def goal(ratio: float, limit: float, most: bool = True) -> str:
    """A ratio, and whether it is what it should be."""
    reached = ratio <= limit if most else ratio >= limit
    sign = "≤" if most else "≥"
    return f"ratio {ratio:.2f}   goal {sign} {limit:.2f}: {'reached' if reached else 'MISSED'}"


def main() -> None:
    """Measure, print, and write the figures."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__.split("\n")[0])
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument(
        "--seconds", type=float, default=4, help="for each measurement (default: %(default)s)"
    )
    parser.add_argument("--only", choices=SECTIONS, action="append", help="one section; repeatable")
    options = parser.parse_args()
    if "MALLOC_TRIM_THRESHOLD_" not in os.environ:
        parser.error("start it as scripts/bench, which sets up the allocator first")
    versions = {"python": platform.python_version()} | {
        name: importlib.metadata.version(name)
        for name in ("numpy", "flask", "waitress", *(["torch"] if torch is not None else []))
    }
    print("   ".join(f"{name} {version}" for name, version in versions.items()))
    figures: Figures = {"versions": versions}
    for name in options.only or SECTIONS:
        figures[name] = SECTIONS[name](options.seconds)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=2) + "\n")
        print(f"\nwritten to {options.json}")


if __name__ == "__main__":
    main()
