"""Random PyTorch models, exported in every way that is opened, and what PyTorch says of them.

Where PyTorch or its exporter are not installed, the record holds the same;
``python -m tests.files.models`` writes it.
"""

import io
import os
import tempfile
import warnings
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, Literal, get_args

import numpy as np

from app.files.snippets import ONNX, SEQUENTIAL

RECORD = Path(__file__).with_name("models.npz")
COUNT = 50
LENET = "lenet"
LINE, COUNT_OF_LINES = "line", 16
"""What the names of models along one axis begin with, and how many there are."""
NAMES = [LENET, *map(str, range(COUNT)), *(f"{LINE}{i}" for i in range(COUNT_OF_LINES))]


Form = Literal["onnx", "snippet"]
FILES = {"onnx": (ONNX, "model.onnx"), "snippet": (SEQUENTIAL, "network.json")}
"""The text that the page shows for each form, and the file that it writes."""


@dataclass(frozen=True)
class Exported:
    """A model as a file of one form, its input, and every figure that PyTorch has of it.

    ``figures`` are named ``FIGURE.NUMBER``. The loss of the form «onnx» is cross-entropy with class
    0 where there are scores; the upstream gradients of the form «snippet» are 1.
    """

    data: bytes
    x: np.ndarray
    figures: dict[str, np.ndarray]


@cache
def exported(name: str, form: Form) -> Exported:
    """A model by its name: from PyTorch in CI, from the record elsewhere."""
    if os.environ.get("CI") == "true":
        return _export(name, form)
    start = f"{name}/{form}/"
    with np.load(RECORD) as record:
        own = {key.removeprefix(start): record[key] for key in record if key.startswith(start)}
    return Exported(own.pop("data").tobytes(), own.pop("x"), own)


def _export(name: str, form: Form) -> Exported:
    """By the text that the page shows."""
    import torch

    torch.set_num_threads(1)
    if name == LENET:
        model, x = _lenet()
    elif name.startswith(LINE):
        model, x = _line_model(Random(int(name.removeprefix(LINE))))
    else:
        model, x = _model(Random(int(name)))
    text, written = FILES[form]
    here = os.getcwd()
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter's own
        os.chdir(folder)
        try:
            exec(text, {"model": model, "x": x, "torch": torch})
        finally:
            os.chdir(here)
        data = Path(folder, written).read_bytes()
    return Exported(data, x[0].double().numpy(), _figures(model, x, form))


def _figures(model: Any, x: Any, form: Form) -> dict[str, np.ndarray]:
    """Values, gradients and gradients of parameters in float64, by the number of our layer."""
    import torch
    from torch.nn import functional

    model, leaf = model.double(), x.double().clone().requires_grad_()
    y, outputs, parameters = leaf, [], []
    for part in model.children():
        kind = type(part).__name__
        if kind == "Dropout" or (form == "onnx" and kind in ("Identity", "Softmax")):
            continue
        y = part(y)
        y = y.view_as(y)  # so that autograd tells it from what it was made of
        outputs.append(y)
        parameters.append(list(part.named_parameters()))
    scores = y.dim() == 2 and (y.shape[1] > 1 or type(model[-1]).__name__ == "Softmax")
    target = torch.zeros(1, dtype=torch.long)
    objective = functional.cross_entropy(y, target) if form == "onnx" and scores else y.sum()
    own = [(i, name, each) for i, some in enumerate(parameters) for name, each in some]
    wanted = [leaf, *outputs, *(each for _, _, each in own)]
    gradients = torch.autograd.grad(objective, wanted)
    figures = {"gradient.-1": gradients[0][0]}
    for i, output in enumerate(outputs):
        figures[f"value.{i}"] = output.detach()[0]
        figures[f"gradient.{i}"] = gradients[1 + i][0]
    for (i, name, _), gradient in zip(own, gradients[1 + len(outputs) :], strict=True):
        figures[f"{name}.{i}"] = gradient
    return {key: figure.detach().numpy().copy() for key, figure in figures.items()}


def _lenet() -> tuple[Any, Any]:
    from torch import nn

    rng = Random(1998)
    model = nn.Sequential(
        nn.Conv2d(1, 6, 5), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(6, 16, 5), nn.ReLU(),
        nn.MaxPool2d(2), nn.Flatten(), nn.Linear(256, 120), nn.ReLU(), nn.Linear(120, 84),
        nn.ReLU(), nn.Dropout(), nn.Linear(84, 10), nn.Softmax(dim=1),
    )  # fmt: skip
    return _with_numbers(model, rng), _numbers(rng, (1, 1, 28, 28))


def _line_model(rng: Random) -> tuple[Any, Any]:
    """The same over every layer and option along one axis."""
    import torch
    from torch import nn

    channels = rng.randint(1, 3)
    x = _numbers(rng, (1, channels, rng.randint(7, 12)))
    parts: list[Any] = []

    def reached(*more: Any) -> tuple[int, ...]:
        """The shape of one example after the parts; of a part that does not fit, nothing."""
        try:
            return tuple(nn.Sequential(*parts, *more).eval()(x).shape[1:])
        except RuntimeError:
            return (0,)

    for _ in range(rng.randint(1, 3)):
        out = rng.randint(1, 2) * channels
        padding: Any = rng.choice(["same", 0, 1])
        conv = nn.Conv1d(
            channels, out, rng.randint(1, 3), 1 if padding == "same" else rng.randint(1, 2),
            padding, rng.randint(1, 2), rng.choice([1, channels]), bias=rng.random() < 0.7,
        )  # fmt: skip
        if min(reached(conv)) > 0:
            parts += [conv, rng.choice([nn.ReLU(), nn.LeakyReLU(0.2), nn.Tanh(), nn.Dropout()])]
            channels = out
        kernel = rng.randint(2, 3)
        options: Any = {"stride": rng.randint(1, 3), "padding": rng.randint(0, 1)}
        pool = rng.choice([
            nn.MaxPool1d(kernel, **options, ceil_mode=rng.random() < 0.5),
            nn.AvgPool1d(kernel, **options, count_include_pad=rng.random() < 0.5),
        ])  # fmt: skip
        if kernel <= min(reached()[1:]) and min(reached(pool)) > 0:
            parts.append(pool)
    if rng.random() < 0.7:
        parts.append(nn.Flatten())
        parts.append(nn.Linear(reached()[0], rng.randint(1, 4)))
        if rng.random() < 0.4:
            parts.append(nn.Softmax(dim=1))
    with torch.no_grad():
        return _with_numbers(nn.Sequential(*parts), rng), x


def _model(rng: Random) -> tuple[Any, Any]:
    """A chain over every layer and option that the exporter knows and a document can say."""
    import torch
    from torch import nn

    channels, side = rng.randint(1, 3), rng.randint(6, 9)
    x = _numbers(rng, (1, channels, side, side + rng.randint(0, 2)))
    parts: list[Any] = []

    def fits(part: Any) -> bool:
        try:
            return min(nn.Sequential(*parts, part).eval()(x).shape) > 0
        except RuntimeError:
            return False

    def activation() -> Any:
        return rng.choice([
            nn.ReLU(), nn.LeakyReLU(rng.choice([0.01, 0.2])), nn.Sigmoid(), nn.Tanh(),
            nn.Identity(), nn.Dropout(), nn.ELU(), nn.GELU(), nn.Hardtanh(),
        ])  # fmt: skip

    for _ in range(rng.randint(1, 3)):
        out = rng.randint(1, 3)
        conv = nn.Conv2d(
            channels, out, (rng.randint(1, 3), rng.randint(1, 3)), rng.randint(1, 2),
            (rng.randint(0, 1), rng.randint(0, 1)), rng.randint(1, 2), bias=rng.random() < 0.7,
        )  # fmt: skip
        if fits(conv):
            parts.append(conv)
            channels = out
        parts.append(activation())
        kernel = rng.randint(2, 3)
        options: Any = {"stride": rng.randint(1, 3), "padding": rng.randint(0, 1)}
        pool = rng.choice([
            nn.MaxPool2d(kernel, **options, ceil_mode=rng.random() < 0.5),
            nn.AvgPool2d(kernel, **options, count_include_pad=rng.random() < 0.5),
        ])  # fmt: skip
        # A window larger than its input is refused here, also where ceil_mode would allow it.
        if fits(pool) and kernel <= min(nn.Sequential(*parts).eval()(x).shape[2:]):
            parts.append(pool)
    if rng.random() < 0.8:
        parts.append(nn.Flatten())
        size = nn.Sequential(*parts).eval()(x).shape[1]
        for _ in range(rng.randint(1, 2)):
            out = rng.randint(1, 5)
            parts += [nn.Linear(size, out, bias=rng.random() < 0.7), activation()]
            size = out
        if rng.random() < 0.4:
            parts.append(nn.Softmax(dim=1))
    with torch.no_grad():
        return _with_numbers(nn.Sequential(*parts), rng), x


def _with_numbers(model: Any, rng: Random) -> Any:
    for parameter in model.parameters():
        parameter.data = _numbers(rng, tuple(parameter.shape), 64)
    return model.eval()


def _numbers(rng: Random, shape: tuple[int, ...], parts: int = 1024) -> Any:
    """Multiples of a power of two, which float32 holds exactly and files hold in few bytes."""
    import torch

    flat = [rng.randint(-parts, parts) / parts for _ in range(int(np.prod(shape)))]
    return torch.tensor(flat).reshape(shape)


def record() -> None:
    """Write what PyTorch says now."""
    arrays: dict[str, Any] = {}
    for name in NAMES:
        for form in get_args(Form):
            found = _export(name, form)
            start = f"{name}/{form}/"
            arrays[f"{start}data"] = np.frombuffer(found.data, np.uint8)
            arrays[f"{start}x"] = found.x
            arrays |= {f"{start}{key}": figure for key, figure in found.figures.items()}
        print(name, flush=True)
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    RECORD.write_bytes(file.getvalue())


if __name__ == "__main__":
    record()
