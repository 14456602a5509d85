"""Measures the page in a real browser: frames, edits, drags, clicks and loading."""

import contextlib
import functools
import random
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from scripts.measuring.browser import Site, call, site
from scripts.measuring.report import Figures, goal, title

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

FOUNDING, TINY, LENET = "/", "/lesson/tiny", "/lesson/lenet"

EDIT = 2
"""The goal of an edit's time, relative to the time in which Plotly draws the heatmaps."""
NUMBER, CLICK = 150, 300
"""The goals in milliseconds for the first painted number, and for the answer to a click."""
PIXELS = 9
"""Pixels of a drag for one step of the number, as in static/js/editing/direct.js."""
MIDDLES = {"multiply": (500, 1400), "add": (800, 1900)}
"""(start, duration) of the middle of a step's movement at half speed, in milliseconds.

During "multiply" all products move at once; during "add" they move one after the other.
"""


def frames(seconds: float) -> Figures:
    """Frames per second while gradients move, beside those of the page at rest, in turns."""
    title("frames while gradients travel ÷ frames of the page at rest")
    figures: Figures = {}
    with site() as there:
        for name, path, least in (("tiny", TINY, 0.95), ("lenet", LENET, 0.9)):
            with there.open(path) as page:
                for phase, middle in MIDDLES.items():
                    step = largest_step(page, phase)
                    play = functools.partial(call, page, "movement", step, *middle)
                    result = repeated(seconds, play)
                    ratio = result["moving"] / result["idle"]
                    figures[f"{name}_{phase}"] = result | {"ratio": ratio, "goal": least}
                    print(
                        f"  {name:6} {phase:8}  {result['moving']:3.0f} of {result['idle']:3.0f} "
                        f"a second, {result['moved']:.0f} moving at once, "
                        f"{result['nonzero']:.0f} of them not 0   {goal(ratio, least, most=False)}"
                    )
    return figures


def largest_step(page: "Page", phase: str) -> int:
    """The step of a phase with the most moving gradients that are not 0."""
    picture = page.evaluate("JSON.parse(document.querySelector('#data').textContent).picture")

    def moving(step: int) -> int:
        moves = picture["moves"].get(str(picture["steps"][step]["layer"]))
        return sum(product != 0 for product in moves["products"]) if moves else 0

    steps = [i for i, step in enumerate(picture["steps"]) if step["phase"] == phase]
    return max(steps, key=moving)


def edits(seconds: float) -> Figures:
    """The time from a typed number to the new picture, beside Plotly redrawing the heatmaps."""
    title("from an edit to the new picture ÷ Plotly's own time for its heatmaps")
    figures: Figures = {}
    with site() as there:
        for name, path in (("tiny", TINY), ("lenet", LENET)):
            with there.open(path) as page:
                result = repeated(seconds, functools.partial(edit_and_redraw, page, numbers()))
            ratio = result["took"] / result["plotly"]
            figures[name] = result | {"ratio": ratio, "goal": EDIT}
            print(
                f"  {name:6} {result['took']:4.0f} ms: server {result['server']:4.0f}, "
                f"page {result['page']:4.0f}   Plotly {result['plotly']:4.0f} ms   "
                f"{goal(ratio, EDIT)}"
            )
    return figures


def edit_and_redraw(page: "Page", texts: Iterator[str]) -> dict[str, float]:
    """Type a new number in the first field of the form; then let Plotly redraw."""
    times: dict[str, float] = call(page, "edit", "#form input[type=text]", next(texts))
    return times | {"plotly": call(page, "redraw")}


def numbers() -> Iterator[str]:
    """New numbers, so that no cache answers."""
    rng = random.Random(0)
    while True:
        yield f"{rng.uniform(0.1, 0.9):.6f}"


def drags(seconds: float) -> Figures:
    """Pictures per second while a number is dragged by a pointer that moves at 60 Hz."""
    title("pictures a second while a number is dragged")
    figures: Figures = {}
    with site() as there:
        for name, path, least in (("founding", FOUNDING, 20), ("tiny", TINY, 20)):
            with there.open(path) as page:
                call(page, "countPictures")
                result = dragged(
                    page, page.locator('[data-key="0.weight"] [role="gridcell"]').first, seconds
                )
            figures[name] = result | {"goal": least}
            reached = "reached" if result["pictures"] >= least else "MISSED"
            print(
                f"  {name:9} {result['pictures']:4.0f}, with {result['movements']:.0f} movements"
                f"   goal ≥ {least}: {reached}"
            )
    return figures


def dragged(page: "Page", cell: "Locator", seconds: float) -> dict[str, float]:
    """Pictures and pointer movements per second; each movement changes the cell's number."""
    box = cell.bounding_box()
    assert box is not None
    left, top = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    pointer = page.context.new_cdp_session(page)

    def send(kind: str, across: float) -> None:
        at = {"type": kind, "x": left + across, "y": top}
        pointer.send(
            "Input.dispatchMouseEvent", at | {"button": "left", "buttons": 1, "clickCount": 1}
        )

    send("mousePressed", 0)
    first = call(page, "counted")
    movements = 0
    start = time.perf_counter()
    while (took := time.perf_counter() - start) < seconds:
        movements += 1
        send("mouseMoved", PIXELS * (1 + abs((movements + 30) % 60 - 30)))  # there and back
        time.sleep(max(0, movements / 60 - (time.perf_counter() - start)))
    last = call(page, "counted")
    send("mouseReleased", 0)
    shown = last["count"] / (last["at"] - first["at"])
    return {"pictures": 1000 * shown, "movements": movements / took}


def clicks(seconds: float) -> Figures:
    """The time from a click on a cell to its receipt in the inspector."""
    title("from a click to the filled inspector")
    figures: Figures = {}
    with site() as there:
        for name, path in (("tiny", TINY), ("lenet", LENET)):
            with there.open(path) as page:
                result = gathered(2 * seconds, functools.partial(click, page, random.Random(0)))
            figures[name] = {"clicks": len(result["took"])}
            parts = []
            for key, words in (("took", ""), ("server", ", of that server")):
                median = statistics.median(result[key])
                most = statistics.quantiles(result[key], n=20)[-1]
                figures[name] |= {f"{key}_median": median, f"{key}_p95": most}
                parts.append(f"{words} median {median:.0f} ms, 95 of 100 within {most:.0f} ms")
            print(f"  {name:6}{''.join(parts)}   ({len(result['took'])} clicks)")
    return figures


def click(page: "Page", rng: random.Random) -> dict[str, float]:
    """Click a random cell."""
    times: dict[str, float] = call(page, "click", rng.random())
    return times


def loading(seconds: float) -> Figures:
    """The bytes of a page, and the times of its first number, its first answer and its end."""
    title("loading, in milliseconds from the navigation")
    figures: Figures = {}
    with site() as there:
        for name, path in (("founding", FOUNDING), ("lenet", LENET)):
            visit(there, path)  # the server renders the page for its first visitor
            result = repeated(2 * seconds, functools.partial(visit, there, path))
            for which in ("first", "second"):
                times = {
                    key.removeprefix(f"{which}_"): value
                    for key, value in result.items()
                    if key.startswith(which)
                }
                figures[f"{name}_{which}"] = times
                print(
                    f"  {name:8} {which:6} visit  {times['bytes'] / 1000:5.0f} kB in "
                    f"{times['requests']:2.0f} requests, {times['page_bytes'] / 1000:.0f} of them "
                    f"the page   first byte {times['first_byte']:.0f}, first paint "
                    f"{times['paint']:.0f}, first number {within(times['number'], NUMBER)},\n"
                    f"  {'':22} click taken {within(times['click'], CLICK)}, answered "
                    f"{times['answered']:.0f}, stage complete {times['stage']:.0f}"
                )
    return figures


def visit(there: Site, path: str) -> dict[str, float]:
    """A first visit and a second one."""
    result: dict[str, float] = {}
    with contextlib.closing(there.visitor()) as context:
        context.add_init_script("measured.watch()")
        for which in ("first", "second"):
            page = context.new_page()
            page.goto(there.address + path)
            arrived = call(page, "arrival")
            page.close()
            result |= {f"{which}_{key}": value for key, value in arrived.items()}
    return result


def within(milliseconds: float, most: float) -> str:
    """A time, and whether it reaches its goal."""
    reached = "reached" if milliseconds <= most else "MISSED"
    return f"{milliseconds:.0f} (goal ≤ {most}: {reached})"


def gathered(seconds: float, measure: Callable[[], dict[str, float]]) -> dict[str, list[float]]:
    """The results of repeated measurements, at least five."""
    result: dict[str, list[float]] = defaultdict(list)
    end = time.perf_counter() + seconds
    while len(next(iter(result.values()), [])) < 5 or time.perf_counter() < end:
        for key, value in measure().items():
            result[key].append(value)
    return result


def repeated(seconds: float, measure: Callable[[], dict[str, float]]) -> dict[str, float]:
    """The medians of repeated measurements."""
    return {key: statistics.median(each) for key, each in gathered(seconds, measure).items()}
