"""QR codes: an independent reader reads the address back."""

import re

import numpy as np
import pytest
import zxingcpp

from app.document.document import Refusal
from app.lessons import LESSONS
from app.share.link import SHORT, State, write
from app.share.qr import qr_code

PAGE = "http://192.168.178.23:5000/lesson/overlapping-windows"


def pixels(drawing):
    """The drawing of black runs on white as an image of 4 × 4 pixels a module."""
    ((side, _),) = re.findall(r'viewBox="0 0 (\d+) (\d+)"', drawing)
    (strokes,) = re.findall(r'stroke="#000" d="([^"]*)"', drawing)
    dark = np.zeros((int(side), int(side)), bool)
    x = y = 0.0
    for command, first, second in re.findall(r"([Mmh])(-?[\d.]+)(?: (-?[\d.]+))?", strokes):
        if command == "h":
            dark[int(y), int(x) : int(x + float(first))] = True
            x += float(first)
        else:
            x = float(first) + (x if command == "m" else 0)
            y = float(second) + (y if command == "m" else 0)
    return np.kron(np.where(dark, 0, 255).astype(np.uint8), np.ones((4, 4), np.uint8))


def read_code(drawing):
    (found,) = zxingcpp.read_barcodes(pixels(drawing))
    return found.text


def test_a_reader_finds_the_address():
    lessons = {slug: lesson.network for slug, lesson in LESSONS.items()}
    for slug in lessons:
        link = write(State(lessons[slug], slug, {"layer": 0, "index": [0, 0, 0]}, 3), lessons)
        assert read_code(qr_code(f"{PAGE}#{link}")) == f"{PAGE}#{link}"


def test_the_longest_link_still_has_a_code():
    address = f"{PAGE}#{'Ab9-' * (SHORT // 4)}"
    assert read_code(qr_code(address)) == address


@pytest.mark.parametrize(
    ("address", "said"),
    [
        (f"{PAGE}#{'x' * (SHORT + 1)}", f"has {SHORT + 1} characters"),
        (f"http://example.org/{'x' * 700}", "has 719 characters"),
        ("", "no address"),
        ("lesson/ties", "no address"),
        ("javascript:alert(1)", "no address"),
        ("http://", "no address"),
        ("http://[1/", "no address"),
        ("http://localhost:5000/", "this computer only"),
        ("http://127.0.0.1:5000/lesson/ties", "--host 0.0.0.0"),
        ("http://127.1.2.3/", "this computer only"),
        ("http://[::1]:5000/", "this computer only"),
    ],
)
def test_what_has_no_use_as_a_code_is_refused_with_its_reason(address, said):
    with pytest.raises(Refusal, match=re.escape(said)):
        qr_code(address)


def test_the_page_asks_for_a_code_and_gets_a_drawing(client):
    response = client.post("/qr", json={"address": f"{PAGE}#1.2.3.4"})
    assert response.mimetype == "image/svg+xml"
    assert read_code(response.text) == f"{PAGE}#1.2.3.4"


@pytest.mark.parametrize(
    ("body", "loc"), [({"address": "x"}, ["address"]), ({}, ["address"]), ([], [])]
)
def test_a_bad_request_is_told_where_and_why(client, body, loc):
    response = client.post("/qr", json=body)
    assert response.status_code == 422
    (error,) = response.json["errors"]
    assert error["loc"] == loc
    assert error["msg"].endswith(".") or "{…}" in error["msg"]
