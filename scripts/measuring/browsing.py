"""Measures the page in a real browser: frames, edits, drags, clicks and loading."""

import contextlib
import functools
import random
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeVar

from scripts.measuring.browser import Site, call, site
from scripts.measuring.report import Figures, goal, least, most, title

if TYPE_CHECKING:
    from playwright.sync_api import CDPSession, Page

Result = TypeVar("Result")

Pages = dict[str, str]
"""The paths of the measured networks by their names."""
BOTH: Pages = {"tiny": "/lesson/tiny", "lenet": "/lesson/lenet"}
SMALL: Pages = {"founding": "/", "tiny": "/lesson/tiny"}
ALL = SMALL | BOTH

FRAMES, LONGEST = 0.95, 34
"""The goals of frames: how many ÷ those of the page at rest; the longest, in milliseconds."""
SPEED, PASS = 4, 15
"""How fast a pass is played, and the most time for it, in times of a measurement."""
EDIT = 1.5
"""The goal of an edit's time, relative to the time in which Plotly draws the same arrays."""
PICTURE = {"tiny": 33, "lenet": 50}
"""The goals in milliseconds from an edit to the picture."""
PICTURES = 30
"""The goal of pictures a second while a number is dragged."""
NUMBER, CLICK, BYTES = 150, {"founding": 200, "tiny": 200, "lenet": 300}, 100
"""The goals for the first painted number and for a click, in milliseconds; for the page in kB."""
MOMENTS, LOADING, ANSWER = 30, 3000, 200
"""Clicks at so many moments of the first milliseconds are answered within so many."""
PIXELS = 9
"""Pixels of a drag for one step of the number, as in static/js/editing/direct.js."""
PATIENCE = 60
"""Seconds after which a drag that changes nothing has failed."""
FEWEST = 5
"""The fewest times that something is measured, unless there is less than a second for it."""


def frames(seconds: float, pages: Pages = BOTH) -> Figures:
    """Frames while the whole pass plays, beside those of the page at rest right before.

    Other processes make single frames long. What the page does itself is long in every pass: so a
    step's longest frame is its shortest one of all passes.
    """
    title(f"frames while the pass plays at {SPEED}x ÷ frames of the page at rest")
    figures: Figures = {}
    with site() as there:
        for name, path in pages.items():
            with there.open(path) as page:
                passes = several(
                    seconds, functools.partial(call, page, "play", SPEED, 1000 * PASS * seconds)
                )
            idle, moving = (
                1000 / statistics.mean(gap for each in passes for gap in each[of])
                for of in ("idle", "moving")
            )
            steps = {
                step: min(each["longest"][step] for each in passes if step in each["longest"])
                for step in passes[0]["longest"]
            }
            step = max(steps, key=lambda each: steps[each])
            once = max(gap for each in passes for gap in each["moving"])
            rest = max(gap for each in passes for gap in each["idle"])
            ratio = moving / idle
            figures[name] = {
                "idle": idle,
                "moving": moving,
                "ratio": ratio,
                "longest": steps[step],
                "longest_once": once,
                "longest_idle": rest,
                "passes": len(passes),
            }
            print(
                f"  {name:6} {moving:3.0f} of {idle:3.0f} a second   "
                f"{goal(ratio, FRAMES, most=False)}\n"
                f"  {'':6} longest {most(steps[step], LONGEST, 'ms')}, in step {step} "
                f"({len(passes)} passes; once {once:.0f}, at rest {rest:.0f})"
            )
    return figures


def edits(seconds: float, pages: Pages = BOTH) -> Figures:
    """The time from a typed number to the new picture, beside Plotly redrawing the same arrays."""
    title("from an edit to the new picture ÷ Plotly's own time for heatmaps of the same arrays")
    figures: Figures = {}
    with site() as there:
        for name, path in pages.items():
            with there.open(path) as page:
                result = repeated(seconds, functools.partial(edit_and_redraw, page, numbers()))
            ratio = result["took"] / result["plotly"]
            figures[name] = result | {"ratio": ratio, "goal": EDIT}
            print(
                f"  {name:6} {most(result['took'], PICTURE[name], 'ms')}: server "
                f"{result['server']:.0f}, page {result['page']:.0f}   "
                f"Plotly {result['plotly']:.0f} ms   {goal(ratio, EDIT)}"
            )
    return figures


def edit_and_redraw(page: "Page", texts: Iterator[str]) -> dict[str, float]:
    """Type a new number in the first field of the form; then let Plotly redraw."""
    times: dict[str, float] = call(page, "edit", next(texts))
    return times | {"plotly": call(page, "redraw")}


def numbers() -> Iterator[str]:
    """New numbers, so that no cache answers."""
    rng = random.Random(0)
    while True:
        yield f"{rng.uniform(0.1, 0.9):.6f}"


def structure(seconds: float, pages: Pages = BOTH) -> Figures:
    """The time from a change of structure in the builder to the new picture."""
    title("from a change of structure in the page to the new picture")
    figures: Figures = {}
    with site() as there:
        for name, path in pages.items():
            with there.open(path) as page:
                call(page, "openBuilder")
                result = repeated(seconds, functools.partial(rebuild, page, numbers()))
            figures[name] = result
            print(
                f"  {name:6} {result['took']:4.0f} ms: server {result['server']:.0f}, "
                f"page {result['page']:.0f}"
            )
    return figures


def rebuild(page: "Page", texts: Iterator[str]) -> dict[str, float]:
    """Duplicate the first activation, then remove it again: the mean of both changes."""
    both = []
    for how in ("duplicate", "remove"):
        call(page, "edit", next(texts))  # so that the network is new
        both.append(call(page, "build", 1, how))
    return {key: statistics.mean(each[key] for each in both) for key in both[0]}


def drags(seconds: float, pages: Pages = SMALL) -> Figures:
    """Pictures per second while a number is dragged by a pointer that moves at 60 Hz."""
    title("pictures a second while a number is dragged")
    figures: Figures = {}
    with site() as there:
        for name, path in pages.items():
            with there.open(path) as page:
                call(page, "countPictures")
                result = dragged(page, call(page, "draggable"), seconds)
            figures[name] = result | {"goal": PICTURES}
            print(
                f"  {name:9} {least(result['pictures'], PICTURES)}, "
                f"with {result['movements']:.0f} movements"
            )
    return figures


def dragged(page: "Page", middle: dict[str, float], seconds: float) -> dict[str, float]:
    """Pictures and pointer movements per second; each movement changes the cell's number."""
    pointer = page.context.new_cdp_session(page)

    def send(kind: str, across: float) -> None:
        at = {"type": kind, "x": middle["x"] + across, "y": middle["y"]}
        pointer.send(
            "Input.dispatchMouseEvent", at | {"button": "left", "buttons": 1, "clickCount": 1}
        )

    send("mousePressed", 0)
    first = last = call(page, "counted")
    movements = 0
    start = time.perf_counter()
    while True:
        took = time.perf_counter() - start
        if took >= seconds:
            last = call(page, "counted")
            if last["count"] > first["count"]:
                break
        if took > PATIENCE:
            raise RuntimeError("The drag changes no picture.")
        movements += 1
        send("mouseMoved", PIXELS * (1 + abs((movements + 30) % 60 - 30)))  # there and back
        time.sleep(max(0, movements / 60 - (time.perf_counter() - start)))
    send("mouseReleased", 0)
    shown = (last["count"] - first["count"]) / (last["at"] - first["at"])
    return {"pictures": 1000 * shown, "movements": movements / took}


def clicks(seconds: float, pages: Pages = BOTH) -> Figures:
    """The time from a click on a cell to its receipt in the inspector."""
    title("from a click to the filled inspector")
    figures: Figures = {}
    with site() as there:
        for name, path in pages.items():
            with there.open(path) as page:
                result = gathered(2 * seconds, functools.partial(click, page, random.Random(0)))
            figures[name] = {"clicks": len(result["took"])}
            parts = []
            for key, words in (("took", ""), ("server", ", of that server")):
                median = statistics.median(result[key])
                slow = statistics.quantiles(result[key] * 2, n=20)[-1]
                figures[name] |= {f"{key}_median": median, f"{key}_p95": slow}
                parts.append(f"{words} median {median:.0f} ms, 95 of 100 within {slow:.0f} ms")
            print(f"  {name:6}{''.join(parts)}   ({len(result['took'])} clicks)")
    return figures


def click(page: "Page", rng: random.Random) -> dict[str, float]:
    """Click a random cell."""
    times: dict[str, float] = call(page, "click", rng.random())
    return times


def early(seconds: float, pages: Pages = ALL) -> Figures:
    """The answers to clicks made while the page loads, each in a page of its own."""
    count = MOMENTS if seconds >= 1 else 2
    title(f"the answer to a click at any of {count} moments of the first {LOADING / 1000:.0f} s")
    figures: Figures = {}
    with site() as there:
        for name, path in pages.items():
            places = clickable(there, path)
            moments = [LOADING * (i + 1) / count for i in range(count)]
            took = {moment: click_at(there, path, moment, places) for moment in moments}
            worst = max(took, key=lambda moment: took[moment])
            median = statistics.median(took.values())
            figures[name] = {"worst": took[worst], "moment": worst, "median": median}
            print(
                f"  {name:9} worst {most(took[worst], ANSWER, 'ms')}, at {worst:.0f} ms   "
                f"median {median:.0f} ms"
            )
    return figures


Place = dict[str, float]


def clickable(there: Site, path: str) -> dict[str, Place]:
    """A cell that can be clicked before the page is drawn, and one of its opening scene after."""
    with contextlib.closing(there.visitor()) as context:
        page = context.new_page()
        page.route("**/js/start.js*", lambda route: route.abort())
        page.goto(there.address + path)
        sent = call(page, "reachable", "")
    with contextlib.closing(there.visitor()) as context:
        page = context.new_page()
        page.goto(there.address + path)
        page.locator("body.answering").wait_for()
        drawn = call(page, "reachable", "[data-focus]")
    if not drawn:
        raise RuntimeError("No cell of the opening scene can be clicked.")
    return {
        phase: next(iter(cells.values()))
        for phase, cells in (("sent", sent), ("drawn", drawn))
        if cells
    }


def click_at(there: Site, path: str, moment: float, places: dict[str, Place]) -> float:
    """Milliseconds from a press of the mouse at a moment of the loading until its answer."""
    with contextlib.closing(there.visitor()) as context:
        phases = [""]
        context.expose_function("phase", lambda phase: phases.append(phase))
        context.add_init_script("measured.watchPress()")
        page = context.new_page()
        pointer = context.new_cdp_session(page)
        start = time.perf_counter()
        page.goto(there.address + path, wait_until="commit")
        # These waits let the page's news of its phase arrive; the page itself is not asked, as it
        # would answer only between two of its tasks.
        while time.perf_counter() < start + moment / 1000 or phases[-1] not in places:
            page.wait_for_timeout(2)
        press(pointer, places[phases[-1]])
        if not call(page, "isOnCell"):
            # The page was being drawn, and its cells are elsewhere now: as people do, press again.
            press(pointer, places["drawn"])
        took: float = call(page, "answered")
        return took


def press(pointer: "CDPSession", at: Place) -> None:
    """Press and release the mouse at once."""
    for kind in ("mousePressed", "mouseReleased"):
        pointer.send(
            "Input.dispatchMouseEvent",
            {"type": kind, "x": at["x"], "y": at["y"], "button": "left", "clickCount": 1},
        )


def loading(seconds: float, pages: Pages = ALL) -> Figures:
    """The bytes of a page, and the times of its first number, its first answer and its end."""
    title("loading, in milliseconds from the navigation")
    figures: Figures = {}
    with site() as there:
        for name, path in pages.items():
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
                    f"  {name:8} {which:6} visit  {most(times['bytes'] / 1000, BYTES, 'kB')} in "
                    f"{times['requests']:.0f} requests, {times['page_bytes'] / 1000:.0f} of them "
                    f"the page\n  {'':22} first byte {times['first_byte']:.0f}, first paint "
                    f"{times['paint']:.0f}, first number {most(times['number'], NUMBER)},\n"
                    f"  {'':22} click taken {most(times['click'], CLICK[name])}, answered "
                    f"{times['answered']:.0f}, complete {times['complete']:.0f}"
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


def several(seconds: float, measure: Callable[[], Result]) -> list[Result]:
    """The results of repeated measurements."""
    fewest = FEWEST if seconds >= 1 else 1
    results: list[Result] = []
    end = time.perf_counter() + seconds
    while len(results) < fewest or time.perf_counter() < end:
        results.append(measure())
    return results


def gathered(seconds: float, measure: Callable[[], dict[str, float]]) -> dict[str, list[float]]:
    """The results of repeated measurements, by name."""
    result: dict[str, list[float]] = defaultdict(list)
    for each in several(seconds, measure):
        for key, value in each.items():
            result[key].append(value)
    return result


def repeated(seconds: float, measure: Callable[[], dict[str, float]]) -> dict[str, float]:
    """The medians of repeated measurements."""
    return {key: statistics.median(each) for key, each in gathered(seconds, measure).items()}
