"""The worked solution: correct, complete if it fits, and else it says what is left out."""

import json
import math
import re

import numpy as np
import pytest

from app.document.building import run
from app.document.document import Document
from app.engine.layers import Flatten
from app.engine.receipt import Cell, receipt_of
from app.explain.solution import MAX_SUMS, SOME_SUMS, solve
from app.lessons import FIRST, LESSONS
from app.text.numbers import figure
from app.text.sentences import total

SMALL = [slug for slug in LESSONS if slug != "lenet"]
EXPONENT = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹−", "-0123456789-")


def trace_of(slug):
    trace = run(Document.model_validate(LESSONS[slug].network))
    return trace if trace.network.examples is None else trace.example(0)


def arrays(trace):
    """Every array of gradients that is drawn, and the cell of each of its numbers."""
    layers = trace.network.layers
    outputs = [i for i in range(-1, len(layers)) if i < 0 or not isinstance(layers[i], Flatten)]
    found = [(trace.gradients[i + 1], i, None) for i in outputs]
    for i, named in enumerate(trace.parameters):
        found += [(gradient, i, name) for name, gradient in named.items()]
    return found


def figures_of(table):
    return [figure for plane in table.planes for row in plane.rows for figure in row]


def number(text):
    mantissa, _, exponent = text.strip("()").partition("×10")
    return float(mantissa.replace("−", "-")) * 10.0 ** int(exponent.translate(EXPONENT) or 0)


def sides(line):
    """«2 × 0.5 + 3 × (−1) = −2» as its products, its sign and its result."""
    left, sign, right = re.split(r" ([=≈]) ", line)
    products = [math.prod(map(number, term.split(" × "))) for term in left.split(" + ")]
    return products, sign, number(right)


@pytest.mark.parametrize("slug", SMALL)
def test_the_whole_pass_ends_each_part_with_the_array_it_has_worked_out(slug):
    trace = trace_of(slug)
    results = [part.result for part in solve(trace, None).parts if part.result]
    printed = sorted(figures_of(result) for result in results)
    expected = []
    for gradient, layer, parameter in arrays(trace):
        cells = [Cell(layer, at, parameter) for at in range(gradient.size)]
        expected.append([total(receipt_of(trace, cell)) for cell in cells])
    assert printed == sorted(expected)
    assert not any(result.left_out for result in results)


@pytest.mark.parametrize("slug", SMALL)
def test_every_cell_that_another_layer_pays_has_its_sum_and_each_sum_is_true(slug):
    trace = trace_of(slug)
    lines = [sum_.line for part in solve(trace, None).parts for sum_ in part.sums if sum_.line]
    last = trace.network.read_by(len(trace.network.layers))
    paid = sum(
        gradient.size
        for gradient, layer, parameter in arrays(trace)
        if parameter is not None or layer != last
    )
    assert len(lines) == paid
    for line in lines:
        if line == "nothing reads it":
            continue
        products, sign, result = sides(line)
        allowed = 1e-12 if sign == "=" else 2e-3
        assert abs(sum(products) - result) <= allowed * sum(map(abs, products)), line


@pytest.mark.parametrize("slug", SMALL)
def test_a_zero_says_why_it_is_one(slug):
    for part in solve(trace_of(slug), None).parts:
        for sum_ in part.sums:
            if sum_.line.endswith("= 0"):
                assert sum_.why, sum_


def test_one_cell_is_worked_out_from_the_end_of_the_network_to_it():
    trace = trace_of(FIRST.slug)
    solution = solve(trace, Cell(-1, 15))
    assert "row 3, column 0" in solution.question
    assert solution.question.endswith("14?")
    places = [[sum_.place for sum_ in part.sums] for part in solution.parts]
    assert places[0] == ["Neuron 0", "Neuron 1", "Neuron 2"]
    assert places[-1] == ["Row 3, column 0"]
    assert solution.parts[-1].sums[0].line == "7 × 2 + 0 × 1 = 14"
    # Of the pooled map, only the cell that pays this one.
    assert places[1] == ["Row 1, column 0"]


def test_a_parameter_and_an_output_have_worked_solutions_too():
    trace = trace_of("cross-entropy")
    weight = solve(trace, Cell(4, 0, "weight"))
    assert len(weight.parts) == 2
    assert weight.parts[-1].sums[0].place == "From neuron 0 to neuron 0"
    output = solve(trace, Cell(4, 1))
    assert len(output.parts) == 1
    assert "right class" in output.parts[0].sums[0].why


def test_a_weight_of_a_batch_has_the_products_of_all_examples_beside_their_arrays():
    trace = trace_of("batch")
    solution = solve(trace, Cell(0, 0, "weight"))
    assert [[sum_.place for sum_ in part.sums] for part in solution.parts] == [
        ["Row 0, column 0"], ["Row 0, column 0"],
    ]  # fmt: skip
    last = solution.parts[-1]
    assert last.sums[0].line == "2 × 1 + 1 × 3 = 5"
    assert [table.title for table in last.known] == [
        "Gradient: Convolution, example 1 of 2", "Input, example 1 of 2",
        "Gradient: Convolution, example 2 of 2", "Input, example 2 of 2",
    ]  # fmt: skip
    assert "all 2 examples" in last.rule
    whole = solve(trace_of("batch"), None)
    assert whole.subject == "the whole backward pass, example 1 of 2"


def test_a_cell_nobody_reads_has_one_part_that_says_so():
    trace = trace_of("stride-over-kernel")
    unread = next(
        at for at in range(trace.network.x.size) if receipt_of(trace, Cell(-1, at)).zero == "unread"
    )
    solution = solve(trace, Cell(-1, unread))
    assert len(solution.parts) == 1
    assert "Nothing in the next layer reads this cell" in solution.parts[0].sums[0].why


def test_of_a_large_network_the_largest_are_chosen_and_it_says_how_many_are_not_there():
    trace = trace_of("lenet")
    for cell in (None, Cell(-1, 28 * 14 + 14)):
        solution = solve(trace, cell)
        for part in solution.parts:
            assert len(part.sums) <= MAX_SUMS
            if part.left_out:
                assert re.search(rf"{SOME_SUMS} largest of \d+; the \d+ more", part.left_out)
            for table in [*part.known, *([part.result] if part.result else [])]:
                for plane in table.planes:
                    assert max(len(plane.rows), *map(len, plane.rows)) <= 12
    whole = solve(trace, None)
    images = next(part for part in whole.parts if part.title.endswith("to Input"))
    largest = np.sort(np.abs(trace.gradients[0]).ravel())[::-1][:SOME_SUMS]
    shown = [abs(number(re.split(" [=≈] ", sum_.line)[1])) for sum_ in images.sums]
    assert sorted(shown, reverse=True) == [number(figure(x)) for x in largest]
    assert images.result is not None
    assert images.result.left_out == "the first 8\u00a0×\u00a08 of 28\u00a0×\u00a028"


# --- the page -----------------------------------------------------------------------------------


def post(client, asked):
    text = asked if isinstance(asked, str) else json.dumps(asked)
    return client.post("/solution", data={"asked": text}, content_type="multipart/form-data")


def test_the_page_is_worked_out_with_the_numbers_that_were_sent(client):
    network = json.loads(json.dumps(FIRST.network))
    network["layers"][4]["weight"][0][0] = 2
    answer = post(client, {"network": network, "lesson": FIRST.slug})
    assert answer.status_code == 200
    assert answer.mimetype == "text/html"
    assert "2 × 2 + 3 × (−1) + 6 × 0.25 = 2.5" in answer.text
    assert "the whole backward pass" in answer.text


def test_the_page_of_one_cell_names_it(client):
    cell = {"layer": 2, "index": [0, 0, 1]}
    answer = post(client, {"network": FIRST.network, "cell": cell})
    assert answer.status_code == 200
    assert "Max pool, row 0, column 1: why is its gradient −1?" in answer.text


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("", "There is no network here"),
        ("{", "There is no network here"),
        ({"trace": "unknown"}, "There is no network here"),
        ({"network": {**FIRST.network, "layers": []}}, "This needs at least 1"),
        ({"network": FIRST.network, "cell": {"layer": 9, "index": [0]}}, "There is no layer 9"),
    ],
)
def test_what_cannot_be_worked_out_is_answered_with_a_page_that_says_why(client, asked, said):
    answer = post(client, asked)
    assert answer.status_code == 422
    assert answer.mimetype == "text/html"
    assert said in answer.text


def test_a_network_may_be_as_large_in_a_form_as_in_json(client):
    padded = json.dumps({"network": FIRST.network}) + " " * 600_000
    body = f'--x\r\nContent-Disposition: form-data; name="asked"\r\n\r\n{padded}\r\n--x--\r\n'
    form = "multipart/form-data; boundary=x"
    assert client.post("/solution", data=body, content_type=form).status_code == 200
