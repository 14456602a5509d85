"""Prints arrays as real programs do, and records text and version in recorded.json.

    python tests/check/printouts/record.py

Run it in an environment that has numpy, torch, tensorflow, jax and pandas; those that are absent
keep what was recorded before. The arrays are below; the tests read them back.
"""

import contextlib
import io
import json
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

RECORDED = Path(__file__).with_name("recorded.json")
MATRIX = [[0.0, 0.0, 0.0, 0.0], [0.0, 2.5, 0.0, -1000.0]]
SMALL = [[1.5e-05, -0.25], [3.0, 4.0e-07]]
CUBE = [[[1.0, -2.0, 0.5], [0.25, 3.0, -4.0]], [[7.0, 0.0, -0.125], [6.0, 5.0, -1.5]]]
KERNELS = [
    [[[1.0, -2.5]], [[0.5, 4.0]]],
    [[[0.0, 0.25]], [[-3.0, 8.0]]],
    [[[1.0, 1.5]], [[2.0, 9.0]]],
]
VECTOR = [0.1, -0.2, 30.0]
ARRAYS = {"matrix": MATRIX, "small": SMALL, "cube": CUBE, "kernels": KERNELS, "vector": VECTOR}

Forms = dict[str, Callable[[Any], str]]


def shown(value) -> str:
    """What ``print`` writes."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        print(value)
    return out.getvalue()


def _after(make: Callable[[Any], Any], write: Callable[[Any], str]) -> Callable[[Any], str]:
    return lambda a: write(make(a))


def numpy_forms(np: Any) -> Forms:
    forms: Forms = {}
    for name in ("float64", "float32", "float16"):
        array = partial(np.array, dtype=getattr(np, name))
        forms[f"print {name}"] = _after(array, shown)
        forms[f"repr {name}"] = _after(array, repr)
    forms["tolist"] = lambda a: repr(np.array(a, np.float32).tolist())
    forms["list of rows"] = lambda a: shown(list(np.array(a)))
    forms["suppress"] = lambda a: _suppressed(np, a)
    forms["savetxt"] = lambda a: _saved(np, a)
    return forms


def _suppressed(np, a):
    with np.printoptions(suppress=True, precision=7):
        return shown(np.array(a))


def _saved(np, a):
    out = io.StringIO()
    np.savetxt(out, np.atleast_2d(np.array(a)).reshape(-1, np.array(a).shape[-1]))
    return out.getvalue()


def torch_forms(torch: Any) -> Forms:
    forms: Forms = {}
    for name in ("float32", "float64", "float16", "bfloat16"):
        forms[f"print {name}"] = _after(partial(torch.tensor, dtype=getattr(torch, name)), shown)
    forms["parameter"] = lambda a: shown(torch.nn.Parameter(torch.tensor(a)))
    forms["with grad_fn"] = lambda a: shown(torch.tensor(a, requires_grad=True) * 1)
    forms["tuple of autograd.grad"] = lambda a: shown((torch.tensor(a),))
    forms["prompt"] = lambda a: f">>> x.grad\n{torch.tensor(a)!r}"
    return forms


def tensorflow_forms(tf: Any) -> Forms:
    return {
        "print": lambda a: shown(tf.constant(a, tf.float32)),
        "repr": lambda a: repr(tf.constant(a, tf.float32)),
        "print float64": lambda a: shown(tf.constant(a, tf.float64)),
        "print half": lambda a: shown(tf.constant(a, tf.float16)),
        "variable": lambda a: repr(tf.Variable(a, dtype=tf.float32)),
        "list of gradients": lambda a: shown([tf.constant(a, tf.float32)]),
        "tf.print": lambda a: _tf_print(tf, a),
    }


def _tf_print(tf, a):
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "out")
        tf.print(tf.constant(a, tf.float32), summarize=-1, output_stream=f"file://{path}")
        return path.read_text()


def jax_forms(jax: Any) -> Forms:
    jnp = import_module("jax.numpy")
    return {
        "print": lambda a: shown(jnp.array(a)),
        "repr": lambda a: repr(jnp.array(a)),
        "repr bfloat16": lambda a: repr(jnp.array(a, jnp.bfloat16)),
        "dict": lambda a: shown({"w": jnp.array(a)}),
    }


def pandas_forms(pd: Any) -> Forms:
    np = import_module("numpy")

    def frame(a):
        array = np.array(a)
        return pd.DataFrame(array.reshape(-1, array.shape[-1]))

    return {
        "print": lambda a: shown(frame(a)),
        "repr with the size": lambda a: _with_size(pd, frame(a)),
        "to_csv": lambda a: frame(a).to_csv(),
        "to_csv without labels": lambda a: frame(a).to_csv(index=False, header=False),
        "named columns": lambda a: shown(frame(a).rename(columns=lambda c: f"x{c}")),
        "series": lambda a: shown(pd.Series(np.array(a).ravel())),
    }


def _with_size(pd, frame):
    with pd.option_context("display.show_dimensions", True):
        return shown(frame)


PROGRAMS = {
    "numpy": numpy_forms,
    "torch": torch_forms,
    "tensorflow": tensorflow_forms,
    "jax": jax_forms,
    "pandas": pandas_forms,
}


def main() -> None:
    """Record every program that is here."""
    recorded = json.loads(RECORDED.read_text("utf-8")) if RECORDED.exists() else {}
    for name, forms in PROGRAMS.items():
        try:
            module = import_module(name)
        except ImportError:
            continue
        texts = [
            {"form": form, "array": key, "text": text}
            for form, write in forms(module).items()
            for key, array in ARRAYS.items()
            if (text := write(array))
        ]
        recorded[name] = {"version": str(module.__version__), "texts": texts}
    RECORDED.write_text(json.dumps(recorded, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
