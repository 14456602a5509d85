"""Every page is in the language of the app only."""

import html
import json
import re
from functools import cache
from typing import Any

import numpy as np
import pytest

from app import create_app
from app.builder.gallery import gallery
from app.document.building import run
from app.document.document import Document
from app.lessons import LESSONS
from app.text.texts import speaking
from tests.text.languages import MARK, pseudo_language
from tests.web.english import english_in, texts_of_html, texts_of_json

LANGUAGE = pseudo_language()
APP = create_app(language=LANGUAGE)
CLIENT = APP.test_client()

# What they answer is English by design, or says nothing.
NOT_SAID = {
    "/check": "what is said about a pasted gradient",
    "/check/report": "what is said about pasted gradients",
    "/check/open": "what is wrong with a file, as app/files says it",
    "/check-<version>.js": "code",
    "/paste": "what is wrong with a pasted block",
    "/build": "what is wrong with a network, as app/document says it",
    "/builder": "the fields of a document, as its schema describes them",
    "/start/<slug>": "a document",
    "/digit": "numbers",
    "/guess": "which mistake gives a guess, as app/check says it",
    "/moves": "numbers",
    "/qr": "a drawing",
    "/save": "a file",
    "/table": "a file",
    "/snippets": "code",
    "/sketch": "numbers",
    "/new-<version>.js": "code",
    "/healthz": "for the host",
    "/metrics": "for the host",
    "/page-<version>.js": "code",
    "/plotly-<version>.js": "code",
}


@cache
def own_texts(slug):
    """What a lesson says itself: lessons are content, each one file in one language."""
    lesson = LESSONS[slug]
    trace = run(Document.model_validate(lesson.network))
    with speaking(LANGUAGE):
        headline = lesson.headline(trace)
    titles = [each.title for each in LESSONS.values()]
    return {*titles, *headline.pop("answer_parts"), *headline.values()}


def known_by(lesson):
    """What names its trace in a request."""
    traced: Any = CLIENT.post("/api/trace", json={"network": lesson.network}).json
    return {"trace": traced["id"]}


def left_over(texts, lesson):
    return sorted({word for text in texts for word in english_in(text, own_texts(lesson.slug))})


def cells_of(lesson) -> list[dict[str, Any]]:
    """A cell of each kind: with a gradient and without, of each layer and parameter."""
    trace = run(Document.model_validate(lesson.network))
    trace = trace if trace.network.examples is None else trace.example(0)
    arrays: list[tuple[dict[str, Any], Any]] = [
        ({"layer": i - 1}, array) for i, array in enumerate(trace.gradients)
    ]
    arrays += [
        ({"layer": i, "parameter": name}, array)
        for i, of in enumerate(trace.parameters)
        for name, array in of.items()
    ]
    return [
        {**of, "index": [int(i) for i in np.unravel_index(at, array.shape)]}
        for of, array in arrays
        for at in sorted({int(np.abs(array).argmax()), int(np.abs(array).argmin())})
    ]


@pytest.mark.parametrize("lesson", LESSONS.values(), ids=LESSONS)
def test_a_page_has_no_english_word_but_those_of_its_lesson(lesson):
    page = CLIENT.get(f"/lesson/{lesson.slug}").text
    texts = texts_of_html(page)
    assert sum(MARK in text for text in texts) > 100
    assert left_over(texts, lesson) == []
    data = json.loads(html.unescape(re.findall(r'id="data">(.*?)</script>', page, re.S)[0]))
    assert left_over(texts_of_json(data["picture"]), lesson) == []


@pytest.mark.parametrize("path", ["/new", *(f"/new/{slug}" for slug in gallery())])
def test_the_gallery_and_its_networks_have_no_english_word(path):
    texts = texts_of_html(CLIENT.get(path).text)
    assert any(MARK in text for text in texts)
    content = {each.title for each in LESSONS.values()}
    content |= {title for each in LESSONS.values() if (title := each.network.get("title"))}
    said = {word for text in texts for word in english_in(text, content)}
    assert said <= set(" ".join(content).split()) | {"LeNet"}


ABOUT_A_CELL = ["/inspector", *(f"/inspector/{part}" for part in ("paths", "margins", "nudge"))]
ABOUT_A_CELL += ["/inspector/gather"]
ABOUT_A_NETWORK = ["/picture", "/story", "/opened", "/gradcheck"]


@pytest.mark.parametrize("lesson", LESSONS.values(), ids=LESSONS)
def test_what_is_said_of_a_cell_has_no_english_word(lesson):
    known = known_by(lesson)
    said = 0
    for cell in cells_of(lesson):
        for route in ABOUT_A_CELL:
            answer = CLIENT.post(route, json={**known, "cell": cell})
            if answer.status_code == 404 or answer.is_json:
                continue  # Nothing to gather, or nothing that can be changed.
            texts = texts_of_html(answer.text)
            said += sum(MARK in text for text in texts)
            assert left_over(texts, lesson) == [], (route, cell)
        story = CLIENT.post("/story", json={**known, "cell": cell})
        assert left_over(texts_of_json(story.json), lesson) == [], cell
    assert said > 50  # the smallest lesson has one layer and a row of three


@pytest.mark.parametrize("lesson", LESSONS.values(), ids=LESSONS)
def test_what_is_said_of_a_network_has_no_english_word(lesson):
    for route in ABOUT_A_NETWORK:
        asked = {"network": lesson.network}
        if route in ("/picture", "/story"):
            asked["lesson"] = lesson.slug
        answer = CLIENT.post(route, json=asked)
        assert answer.status_code == 200
        read = texts_of_json(answer.json) if answer.is_json else texts_of_html(answer.text)
        assert left_over(read, lesson) == [], route


@pytest.mark.parametrize("lesson", LESSONS.values(), ids=LESSONS)
def test_a_step_of_learning_has_no_english_word(lesson):
    answer: Any = CLIENT.post("/step", json={**known_by(lesson), "rate": 0.1}).json
    texts = [answer["said"], answer["sentence"], *texts_of_html(answer["detail"])]
    assert all(MARK in text for text in texts)
    assert left_over(texts, lesson) == []


@pytest.mark.parametrize("lesson", LESSONS.values(), ids=LESSONS)
def test_a_comparison_has_no_english_word(lesson):
    listed: Any = CLIENT.post("/variants", json=known_by(lesson)).json
    assert left_over([each["title"] for each in listed], lesson) == []
    sides = [{"variant": each["code"]} for each in listed]
    sides += [{"other": each.network} for each in (lesson, *list(LESSONS.values())[:2])]
    for side in sides:
        page = CLIENT.post("/compare", json={**known_by(lesson), **side}).text
        assert MARK in page
        assert left_over(texts_of_html(page), lesson) == []


@pytest.mark.parametrize("lesson", LESSONS.values(), ids=LESSONS)
def test_the_worked_solution_has_no_english_word(lesson):
    known = known_by(lesson)
    for cell in (None, *cells_of(lesson)):
        asked = {**known, "cell": cell, "lesson": lesson.slug}
        paper = CLIENT.post("/solution", data={"asked": json.dumps(asked)})
        assert paper.status_code == 200
        assert MARK in paper.text
        assert left_over(texts_of_html(paper.text), lesson) == [], cell


@pytest.mark.parametrize("lesson", LESSONS.values(), ids=LESSONS)
def test_the_page_that_checks_a_backward_pass_has_no_english_word(lesson):
    page = CLIENT.get(f"/check?lesson={lesson.slug}").text
    own = {*own_texts(lesson.slug), lesson.network.get("title", "")}
    told: Any = CLIENT.get(f"/check/lesson/{lesson.slug}").json
    again: Any = CLIENT.post("/check/network", json={"network": lesson.network}).json
    texts = texts_of_html(page)
    for each in (told, again):
        texts += [*texts_of_html(each["network"]), *texts_of_html(each["arrays"])]
    assert sum(MARK in text for text in texts) > 40
    assert sorted({word for text in texts for word in english_in(text, own)}) == []


def test_no_route_that_says_something_is_forgotten():
    routes = {rule.rule for rule in APP.url_map.iter_rules()}
    said = {route for route in routes if not route.startswith(("/api/", "/static/"))}
    pages = {"/", "/lesson/<slug>", "/new", "/new/<slug>", "/solution"}
    looked_through = {*pages, *ABOUT_A_CELL, *ABOUT_A_NETWORK}
    looked_through |= {"/check/lesson/<slug>", "/check/network", "/step", "/variants", "/compare"}
    assert said == looked_through | NOT_SAID.keys()


def test_an_app_of_one_language_leaves_those_of_others_alone(client):
    assert MARK in CLIENT.get("/").text
    assert MARK not in client.get("/").text
    assert '<html lang="pl">' in CLIENT.get("/").text
    assert '<html lang="en">' in client.get("/").text


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Ŧħé šũɱ ïš 3.", []),
        ("Ŧħé sum ïš 3.", ["sum"]),
        ("A tie, under each rule", []),
        ("Ŧħé łéššøñ «A tie, under each rule»", []),
        ("ties", ["ties"]),
    ],
)
def test_an_english_word_is_found_out_where_no_lesson_says_it(text, found):
    assert english_in(text, own_texts("ties")) == found
