"""``gradient-routing check NETWORK GRADIENTS…``: checks gradients in files, for CI."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

from app.check.files import read_files
from app.check.together import CheckAllAnswer, check_all
from app.document.building import run
from app.document.document import MAX_BYTES, Document, Refusal
from app.engine.network import Trace
from app.files.loading import File, open_paths
from app.lessons import LESSONS

RIGHT, WRONG, UNCHECKED = 0, 1, 2
"""Exit statuses."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Check gradients; returns 0 if all are right, 1 if one is wrong, 2 if this is unknown."""
    options = _parser().parse_args(arguments)
    try:
        trace = _network(options.network)
        answer = check_all(trace, read_files(_files(options.gradients)))
    except Refusal as refusal:
        for place, message in refusal.problems:
            where = ": ".join(str(each) for each in place if each not in ("files", "arrays"))
            print(
                f"gradient-routing check: {where}: {message}".replace(": : ", ": "), file=sys.stderr
            )
        return UNCHECKED
    print(_as_json(answer) if options.json else _as_text(answer))
    if any(not each["check"]["right"] for each in answer["arrays"]):
        return WRONG
    return RIGHT if answer["right"] else UNCHECKED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="gradient-routing check",
        description="Say whether gradients are right, and which known mistake makes them wrong. "
        "Exit status: 0 right, 1 wrong, 2 not checked.",
    )
    parser.add_argument(
        "network", metavar="NETWORK",
        help="the network: .json, .npz, .safetensors, .onnx, or the name of a lesson",
    )  # fmt: skip
    parser.add_argument(
        "gradients", metavar="GRADIENTS", nargs="+",
        help="what your code computed: .npy, .npz, .safetensors, .csv or text; - reads text from "
        "standard input. An array’s name says what it is: 0.weight, conv1.bias, dW2, input",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="answer in JSON, for programs")
    return parser


def _network(name: str) -> Trace:
    if name in LESSONS and not Path(name).exists():
        return run(Document.model_validate(LESSONS[name].network))
    return open_paths([name])[1]


def _files(paths: Sequence[str]) -> list[File]:
    files = []
    for name in paths:
        if name == "-":
            files.append(File("input.txt", sys.stdin.buffer.read(MAX_BYTES + 1)))
            continue
        try:
            with Path(name).open("rb") as opened:
                files.append(File(name, opened.read(MAX_BYTES + 1)))
        except OSError as error:
            raise Refusal([(("files", name), f"{error.strerror or error}.")]) from None
    for file in files:
        if len(file.data) > MAX_BYTES:
            wrong = f"Too large: at most {MAX_BYTES // 2**20} MB are read."
            raise Refusal([(("files", file.name), wrong)])
    return files


def _as_json(answer: CheckAllAnswer) -> str:
    return json.dumps(answer, default=lambda array: array.tolist(), ensure_ascii=False, indent=1)


def _as_text(answer: CheckAllAnswer) -> str:
    lines = [answer["sentence"]]
    for each in answer["arrays"]:
        check = each["check"]
        mark = "right" if check["right"] else "WRONG"
        lines.append(f"{mark}  {each['name']} ({each['title']}): {check['sentence']}")
        for mistake in check["mistakes"]:
            lines.append(f"       {mistake['title']}. {mistake['sentence']}")
            wrong, right = mistake["lines"]["numpy"]
            lines += [f"         - {wrong}", f"         + {right}"]
    for left in answer["left_out"]:
        lines.append(f"  ??   {left['name']}: {left['reason']}")
    return "\n".join(lines)
