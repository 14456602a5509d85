"""The changes between two trees of JSON, and a tree with such changes applied.

A change is a list: ``[path, value]`` sets the value at the path, ``[path]`` removes the field, and
``[path, at, count, items]`` replaces ``count`` items of a list from index ``at``.
The browser does the same (static/js/sharing/changes.js).
"""

from collections.abc import Iterable
from typing import Any

Path = list[str | int]
Change = list[Any]


def changes(before: Any, after: Any, path: Path | None = None) -> list[Change]:
    """The changes that turn one tree into the other, in the order of their places."""
    path = path or []
    if type(before) is type(after) and before == after:
        return []
    if isinstance(before, dict) and isinstance(after, dict):
        listed: list[Change] = []
        for name in sorted(before.keys() | after.keys()):
            here = [*path, name]
            if name not in after:
                listed.append([here])
            elif name not in before:
                listed.append([here, after[name]])
            else:
                listed += changes(before[name], after[name], here)
        return listed
    if isinstance(before, list) and isinstance(after, list):
        if len(before) == len(after):
            pairs = enumerate(zip(before, after, strict=True))
            return [each for i, pair in pairs for each in changes(*pair, [*path, i])]
        start = _alike(before, after)
        end = min(_alike(before[::-1], after[::-1]), min(len(before), len(after)) - start)
        return [[path, start, len(before) - end - start, after[start : len(after) - end]]]
    return [] if _is_same_number(before, after) else [[path, after]]


def apply(tree: Any, changed: Iterable[Change]) -> Any:
    """The tree with all changes applied; unchanged branches are shared.

    Raises:
        ValueError: a change names a place that does not exist, or is no change.
    """
    for change in changed:
        match change:
            case [list(path), *what] if len(what) in (0, 1, 3):
                tree = _changed(tree, path, what)
            case _:
                raise ValueError(change)
    return tree


def _changed(tree: Any, path: Path, what: list[Any]) -> Any:
    if not path and len(what) != 1:
        return _spliced(tree, what)
    if not path:
        return what[0]
    step, *rest = path
    ends = not rest and len(what) < 2
    match tree, step:
        case dict(), "__proto__":  # In JavaScript, this name is not a field.
            pass
        case dict(), str() if step in tree or (ends and what):
            copy: Any = tree.copy()
            if ends and not what:
                del copy[step]
            else:
                copy[step] = _changed(tree.get(step), rest, what)
            return copy
        case list(), int() if 0 <= step < len(tree) and type(step) is int and (rest or what):
            return [*tree[:step], _changed(tree[step], rest, what), *tree[step + 1 :]]
    raise ValueError(path)


def _spliced(tree: Any, what: list[Any]) -> Any:
    match tree, what:
        case list(), [int(at), int(count), list(items)]:
            if min(at, count) >= 0 and at + count <= len(tree):
                return [*tree[:at], *items, *tree[at + count :]]
    raise ValueError(what)


def _alike(one: list[Any], other: list[Any]) -> int:
    """How many items at the start are equal."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((i for i, (a, b) in pairs if changes(a, b)), min(len(one), len(other)))


def _is_same_number(one: Any, other: Any) -> bool:
    """Whether both are numbers and equal: 1 and 1.0, but not 1 and true."""
    return {type(one), type(other)} <= {int, float} and bool(one == other)
