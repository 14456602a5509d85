"""Measures networks of one's own: edits of the structure, opened files, and links of lessons."""

import copy
import itertools
from typing import Any

from app import create_app
from app.document.building import run
from app.document.document import Document
from app.files.loading import File, open_files
from app.files.saving import FORMATS, save
from app.lessons import FIRST, LESSONS
from app.share.link import SHORT, State, write
from scripts.measuring.report import Figures, title
from scripts.measuring.turns import take_turns


def building(seconds: float) -> Figures:
    """An edit of the structure, and the new picture."""
    title("a change of structure: the edit, and the new picture")
    figures: Figures = {}
    for name, lesson in {"tiny": FIRST, "lenet": LESSONS["lenet"]}.items():
        figures[name] = _structure(lesson.network, seconds)
        edit_ms, picture_ms = figures[name].values()
        print(f"  {name:6} edit {edit_ms:7.1f} ms   picture {picture_ms:7.1f} ms")
    return figures


def _structure(network: dict[str, Any], seconds: float) -> Figures:
    client = create_app().test_client()
    edit = {"do": "set", "path": ["layers", 2, "kernel"], "value": [3, 3]}
    answer = client.post("/build", json={"network": network, "edit": edit}).json
    assert answer is not None
    built = answer["network"]
    # Each request is new: a repeated request would be answered from memory.
    times = itertools.count()

    def change() -> None:
        body = {"network": network, "edit": edit, "fill": {"seed": next(times)}}
        assert client.post("/build", json=body).status_code == 200

    def draw() -> None:
        body = {"network": {**built, "title": str(next(times))}}
        assert client.post("/picture", json=body).status_code == 200

    took = take_turns(seconds, edit=change, picture=draw)
    return {f"{each}_ms": t * 1e3 for each, t in took.items()}


def opening(seconds: float) -> Figures:
    """Opening LeNet from each kind of file that it can be saved as."""
    title("LeNet opened from a file")
    document = LESSONS["lenet"].network
    trace = run(Document.model_validate(document))
    files = {form: File(f"lenet.{form}", save(document, trace, form).data) for form in FORMATS}
    took = take_turns(
        seconds, **{form: lambda file=file: open_files([file]) for form, file in files.items()}
    )
    figures = {f"{form}_ms": t * 1e3 for form, t in took.items()}
    print("  " + "   ".join(f"{form} {t * 1e3:.1f} ms" for form, t in took.items()))
    return figures


def links(_: float) -> Figures:
    """The lengths of each lesson's links: unchanged, with one edit, and without its name."""
    title("characters of links: the lesson, one number changed, the whole network")
    networks = {slug: lesson.network for slug, lesson in LESSONS.items()}
    figures: Figures = {}
    for slug, lesson in LESSONS.items():
        pinned = {"layer": lesson.pinned.layer, "index": [0, 1, 1]}
        changed = copy.deepcopy(lesson.network)
        numbers = changed["input"]
        while isinstance(numbers[0], list):
            numbers = numbers[0]
        numbers[0] = 0.125
        lengths: dict[str, int | None] = {}
        states = {
            "lesson": (lesson.network, slug),
            "changed": (changed, slug),
            "own": (lesson.network, None),
        }
        for name, (network, began) in states.items():
            try:
                lengths[name] = len(write(State(network, began, pinned, 3), networks))
            except ValueError:  # no link holds it
                lengths[name] = None
        figures[slug] = lengths
        print(f"  {slug:22}" + "".join(f"{length or '–':>6}" for length in lengths.values()))
    longest = max(length or 0 for lengths in figures.values() for length in lengths.values())
    print(f"  the longest has {longest}, of the {SHORT} that a QR code holds")
    return figures
