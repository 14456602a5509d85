"""Modules of a page joined into one script: of forty files, asking is slower than all the rest."""

import re
from pathlib import Path

_IMPORT = re.compile(r'^import \{([^}]*)\} from "\./([\w-]+)\.js";$', re.MULTILINE)
_EXPORT = re.compile(r"^export ((?:async )?(?:function|class|const) (\w+))", re.MULTILINE)
_OTHER = re.compile(r"^(?:import|export)\b.*$", re.MULTILINE)


def joined(folder: Path, first: str) -> str:
    """A module and all that it imports, each as a function of its own, those imported first.

    They import names from files beside them, and export what they declare; nothing else.

    Raises:
        ValueError: another form of import or export, or modules that import each other.
    """
    found: dict[str, str] = {}

    def take(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            raise ValueError(" → ".join([*above, name]))
        text = (folder / f"{name}.js").read_text("utf-8")
        for _, other in _IMPORT.findall(text):
            if other not in found:
                take(other, (*above, name))
        exported = ", ".join(what for _, what in _EXPORT.findall(text))
        text = _EXPORT.sub(r"\1", _IMPORT.sub(_taken, text))
        if form := _OTHER.search(text):
            raise ValueError(f"{name}.js: {form[0]}")
        found[name] = f'$["{name}"] = (() => {{\n{text}return {{ {exported} }};\n}})();\n'

    take(first, ())
    return "const $ = {};\n" + "".join(found.values())


def _taken(found: re.Match[str]) -> str:
    names, module = found.groups()
    return f'const {{{names.replace(" as ", ": ")}}} = $["{module}"];'
