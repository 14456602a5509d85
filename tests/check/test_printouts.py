"""Texts of real programs. Those in printouts/recorded.json come from the programs themselves."""

import json
from pathlib import Path

import numpy as np
import pytest

from app.check.pasting import Unreadable, parse, read
from tests.check.printouts.record import ARRAYS, RECORDED

MATRIX = [[0, 0, 0, 0], [0, 2.5, 0, -1000]]
CUBE = [[[1, -2, 0.5], [0.25, 3, -4]], [[7, 0, -0.125], [6, 5, -1.5]]]
PROGRAMS = json.loads(RECORDED.read_text("utf-8"))
RECORDED_TEXTS = [
    pytest.param(each, id=f"{program} {data['version']} {each['form']} {each['array']}")
    for program, data in PROGRAMS.items()
    for each in data["texts"]
]


def array(pasted):
    return np.array(pasted.nested, np.float64)


@pytest.mark.parametrize("recorded", RECORDED_TEXTS)
def test_what_a_program_printed_is_read_back(recorded):
    wanted = np.array(ARRAYS[recorded["array"]])
    (reading, *_) = read(recorded["text"])
    (only,) = reading.arrays
    exact = "16" not in recorded["form"] and "half" not in recorded["form"]
    # As many digits as were printed: PyTorch prints four decimals.
    share = 1e-4 if exact else 5e-3
    assert np.allclose(array(only).ravel(), wanted.ravel(), rtol=share, atol=6e-5)
    if "series" not in recorded["form"] and "to_csv" not in recorded["form"]:
        assert array(only).shape[-1] == wanted.shape[-1]


def test_the_corpus_has_every_program():
    assert set(PROGRAMS) == {"numpy", "torch", "tensorflow", "jax", "pandas"}
    assert Path(RECORDED).with_name("record.py").exists()


# Written by hand after each program's documentation.
BY_HAND = {
    "MATLAB": "dx =\n\n         0         0         0         0\n"
    "         0    2.5000         0   -1000\n",
    "MATLAB, a common factor": "dx =\n\n   1.0e+03 *\n\n         0         0         0         0\n"
    "         0    0.0025         0   -1.0000\n",
    "MATLAB, single": "dx =\n\n  2×4 single matrix\n\n         0         0         0         0\n"
    "         0    2.5000         0   -1000\n",
    "MATLAB, some columns at a time": "dx =\n\n  Columns 1 through 2\n\n         0         0\n"
    "         0    2.5000\n\n  Columns 3 through 4\n\n         0         0\n         0   -1000\n",
    "MATLAB, a literal": "dx = [0 0 0 0; 0 2.5 0 -1000];",
    "MATLAB, mat2str": "[0 0 0 0;0 2.5 0 -1000]",
    "Octave": "dx =\n\n      0      0      0      0\n      0    2.5      0  -1000\n\n",
    "Octave, some columns": "dx =\n\n Columns 1 through 3:\n\n   0   0   0\n   0   2.5   0\n\n"
    " Column 4:\n\n   0\n   -1000\n\n",
    "Julia": "2×4 Matrix{Float64}:\n 0.0  0.0  0.0      0.0\n 0.0  2.5  0.0  -1000.0",
    "Julia, before 1.6": "2×4 Array{Float32,2}:\n 0.0  0.0  0.0      0.0\n 0.0  2.5  0.0  -1000.0",
    "Julia, show": "[0.0 0.0 0.0 0.0; 0.0 2.5 0.0 -1000.0]",
    "Julia, single": "Float32[0.0 0.0 0.0 0.0; 0.0 2.5 0.0 -1000.0]",
    "R": "     [,1] [,2] [,3]  [,4]\n[1,]    0  0.0    0     0\n[2,]    0  2.5    0 -1000\n",
    "R, some columns at a time": "     [,1] [,2]\n[1,]    0  0.0\n[2,]    0  2.5\n"
    "     [,3]  [,4]\n[1,]    0     0\n[2,]    0 -1000\n",
    "knitr": "##      [,1] [,2] [,3]  [,4]\n## [1,]    0  0.0    0     0\n"
    "## [2,]    0  2.5    0 -1000",
    "libtorch": "    0.0000     0.0000     0.0000     0.0000\n"
    "    0.0000     2.5000     0.0000 -1000.0000\n[ CPUFloatType{2,4} ]",
    "libtorch, a factor": "1000 *\n 0.0000  0.0000  0.0000  0.0000\n"
    " 0.0000  0.0025  0.0000 -1.0000\n[ CPUFloatType{2,4} ]",
    "LaTeX": r"\begin{bmatrix} 0 & 0 & 0 & 0 \\ 0 & 2.5 & 0 & -1000 \end{bmatrix}",
    "LaTeX, with fractions": "$$\\frac{\\partial L}{\\partial x} = \\left(\\begin{array}{cccc}\n"
    "0 & 0 & 0 & 0 \\\\\n0 & \\frac{5}{2} & 0 & -10^3 \\\\\n\\end{array}\\right)$$",
    "Mathematica": "{{0, 0, 0, 0}, {0, 2.5, 0, -1.*^3}}",
    "C": "float dx[2][4] = {{0.f, 0.f, 0.f, 0.f}, {0.f, 2.5f, 0.f, -1000.f}};",
    "Java": "double[][] dx = {{0, 0, 0, 0}, {0, 2.5, 0, -1000}};",
    "JSON": '{"dx": [[0, 0, 0, 0], [0, 2.5, 0, -1000]]}',
    "YAML": "dx: [[0, 0, 0, 0], [0, 2.5, 0, -1000]]",
    "Fortran": "  0.0D+00  0.0D+00  0.0D+00  0.0D+00\n  0.0D+00  2.5D+00  0.0D+00 -1.0D+03",
    "a label with a colon": "dx: tensor([[0., 0., 0., 0.],\n        [0., 2.5, 0., -1000.]])",
    "a printed label": "dx [[0. 0. 0. 0.]\n [0. 2.5 0. -1000.]]",
    "a sentence": "the gradient is [[0, 0, 0, 0], [0, 2.5, 0, -1000]]",
    "IPython": "In [3]: x.grad\nOut[3]: \ntensor([[    0.0000,     0.0000,     0.0000,     0.0000],"
    "\n"
    "        [    0.0000,     2.5000,     0.0000, -1000.0000]])",
    "a parameter": "Parameter containing:\ntensor([[0., 0., 0., 0.], [0., 2.5, 0., -1000.]], "
    "requires_grad=True)",
    "comment marks": "# [[0, 0, 0, 0],\n#  [0, 2.5, 0, -1000]]",
    "a comment behind": "dx = [[0, 0, 0, 0],  # first row\n      [0, 2.5, 0, -1000]]  # second",
    "quoted in a message": "> 0 0 0 0\n> 0 2.5 0 -1000",
    "a fenced block": "```python\n[[0, 0, 0, 0], [0, 2.5, 0, -1000]]\n```",
    "Markdown": "| a | b | c | d |\n|---|---|---|---|\n| 0 | 0 | 0 | 0 |\n| 0 | 2.5 | 0 | -1000 |",
    "Markdown, no heading": "|   |   |   |   |\n|---|--:|---|---|\n| 0 | 0 | 0 | 0 |\n"
    "| 0 | 2.5 | 0 | −1000 |",
    "decimal commas, tabs": "0\t0\t0\t0\n0\t2,5\t0\t-1000",
    "decimal commas, semicolons": "0;0;0;0\n0;2,5;0;-1000",
    "decimal commas and thousands": "0\t0\t0\t0\n0\t2,5\t0\t-1.000,0",
    "thousands, quoted": '"0","0","0","0"\n"0","2.5","0","-1000"',
    "thousands with a comma": "0\t0\t0\t0\n0\t2.5\t0\t-1,000.0",
    "thousands with an apostrophe": "0\t0\t0\t0\n0\t2.5\t0\t-1'000",
    "fractions": "[[0, 0, 0, 0], [0, 5/2, 0, -1000]]",
    "a mixed sign": "0 0 0 0\n0 2½ 0 -1000",
    "Fraction objects": "[[Fraction(0, 1), 0, 0, 0], [0, Fraction(5, 2), 0, -1000]]",
    "CSV with a heading": "a,b,c,d\n0,0,0,0\n0,2.5,0,-1000",
    "CSV with labels": "row,a,b,c,d\nfirst,0,0,0,0\nsecond,0,2.5,0,-1000",
    "an en dash": "[[0, 0, 0, 0], [0, 2.5, 0, –1000]]",
    "a byte order mark": "\ufeff0,0,0,0\r\n0,2.5,0,-1000\r\n",
    "no-break spaces": "0\u00a00\u00a00\u00a00\n0\u00a02.5\u00a00\u00a0\u22121000",
    "powers": "[[0, 0, 0, 0], [0, 2.5×10⁰, 0, −1·10³]]",
}  # fmt: skip


@pytest.mark.parametrize("form", BY_HAND)
def test_a_form_is_read_as_its_documentation_writes_it(form):
    ways = [
        [array(each) for each in reading.arrays]
        for reading in read(BY_HAND[form].replace("2½", "2.5"))
    ]
    assert any(len(way) == 1 and np.array_equal(way[0], np.array(MATRIX)) for way in ways), ways


SLICES = {
    "MATLAB": "x(:,:,1) =\n\n     1     7\n     2     8\n\nx(:,:,2) =\n\n     3     9\n"
    "     4    10\n",
    "Julia": "2×2×2 Array{Float32, 3}:\n[:, :, 1] =\n 1.0  7.0\n 2.0  8.0\n\n"
    "[:, :, 2] =\n 3.0   9.0\n 4.0  10.0",
    "R": ", , 1\n\n     [,1] [,2]\n[1,]    1    7\n[2,]    2    8\n\n, , 2\n\n     [,1] [,2]\n"
    "[1,]    3    9\n[2,]    4   10\n",
}


@pytest.mark.parametrize("program", SLICES)
def test_slices_numbered_behind_are_those_of_the_last_axis(program):
    assert np.array(parse(SLICES[program]), float).tolist() == [
        [[1, 3], [7, 9]], [[2, 4], [8, 10]],
    ]  # fmt: skip


def test_libtorchs_slices_are_those_of_the_first_axes():
    text = "(1,.,.) = \n  1  2\n  3  4\n\n(2,.,.) = \n  5  6\n  7  8\n[ CPUFloatType{2,2,2} ]"
    assert np.array(parse(text), float).tolist() == [[[1, 2], [3, 4]], [[5, 6], [7, 8]]]
    slices = {"1,1": "1  2", "1,2": "3  4", "2,1": "5  6", "2,2": "7  8"}
    text = "".join(f"({at},.,.) = \n  {row}\n\n" for at, row in slices.items())
    assert np.array(parse(text + "[ CPUFloatType{2,2,1,2} ]"), float).tolist() == [
        [[[1, 2]], [[3, 4]]], [[[5, 6]], [[7, 8]]],
    ]  # fmt: skip


def test_a_vector_of_r_has_its_place_in_front_of_each_line():
    assert np.array(parse("[1]  0.1 -0.2\n[3] 30.0  4.0"), float).ravel().tolist() == [
        0.1, -0.2, 30, 4,
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "dW = [[1, 2], [3, 4]]\ndb = [5, 6]",
        "dW: tensor([[1., 2.], [3., 4.]])\ndb: tensor([5., 6.])",
        '{"dW": [[1, 2], [3, 4]], "db": [5, 6]}',
        "{'dW': array([[1, 2], [3, 4]]), 'db': array([5, 6])}",
        "OrderedDict([('dW', tensor([[1., 2.], [3., 4.]])), ('db', tensor([5., 6.]))])",
        "dW =\n\n   1   2\n   3   4\n\ndb =\n\n   5   6\n",
        "dW =\n1 2\n3 4\ndb =\n5 6",
        r"dW = \begin{pmatrix}1&2\\3&4\end{pmatrix}, db = \begin{pmatrix}5&6\end{pmatrix}",
    ],
)
def test_several_arrays_come_with_their_names(text):
    first, second = read(text)[0].arrays
    assert (first.name, second.name) == ("dW", "db")
    assert array(first).tolist() == [[1, 2], [3, 4]]
    assert array(second).ravel().tolist() == [5, 6]


def test_a_tuple_of_tensors_is_several_arrays():
    shapes = [each.shape for each in read("(tensor([[1., 2.]]), tensor([3., 4., 5.]))")[0].arrays]
    assert shapes == [(1, 2), (3,)]
    # Alike in shape, they may be the rows of one.
    assert read("[array([1., 2.]), array([3., 4.])]")[0].arrays[0].shape == (2, 2)


@pytest.mark.parametrize(
    ("text", "dtype"),
    [
        ("array([1., 2.], dtype=float16)", "float16"),
        ("tensor([1., 2.], dtype=torch.bfloat16)", "bfloat16"),
        ("<tf.Tensor: shape=(2,), dtype=float32, numpy=array([1., 2.], dtype=float32)>", "float32"),
        ("2-element Vector{Float16}:\n 1.0\n 2.0", "float16"),
        (" 1\n 2\n[ CPUHalfType{2} ]", "float16"),
        ("tensor([1., 2.])", None),
    ],
)
def test_the_arithmetic_that_a_printout_names_is_kept(text, dtype):
    assert read(text)[0].arrays[0].dtype == dtype


@pytest.mark.parametrize(
    ("text", "ways"),
    [
        ("0,5 1,5", [[[0.5, 1.5]]]),
        ("[0,5, 1,5]", [[0, 5, 1, 5]]),
        ("1,5\n2,5", [[[1, 5], [2, 5]], [[1.5], [2.5]]]),
        ("1,234\t5", [[[1.234, 5]], [[1234, 5]]]),
    ],
)
def test_a_text_that_can_be_read_in_two_ways_is_read_in_both(text, ways):
    found = [np.array(each.arrays[0].nested, float).tolist() for each in read(text)]
    assert all(way in found for way in ways)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("array([], shape=(1, 0, 0), dtype=float64)", "x[0:-0] is empty"),
        ("tensor([])", "x[0:-0] is empty"),
        ("[1, nan]", "look for a division by 0"),
        ("x(:,:,1) =\n\n 1 2\n\nx(:,:,3) =\n\n 3 4\n", "the slice 2 is missing"),
        (r"\begin{bmatrix} 1 & 2", "an \\end{…} is missing"),
        ("1 2 3\n1 x 3", "“x” is not a number"),
        ("[1/0]", "divides by 0"),
    ],
)
def test_what_cannot_be_read_says_why(text, words):
    with pytest.raises(Unreadable) as refused:
        read(text)
    assert words in str(refused.value)
