"""Joins a page's modules into one script: forty requests would dominate the load time."""

import posixpath
import re
from pathlib import Path

_IMPORT = re.compile(r'^import \{([^}]*)\} from "(\.{1,2}/[\w./-]+)\.js";$', re.MULTILINE)
_EXPORT = re.compile(r"^export ((?:async )?(?:function|class|const) (\w+))", re.MULTILINE)
_COMMENT = re.compile(r"^[ \t]*(?://.*|/\*(?:[^*]|\*(?!/))*\*/)[ \t]*\n", re.MULTILINE)
_CAST = re.compile(r"/\*\* @(?:type|satisfies) [^*]*\*/ ?")
_INDENT = re.compile(r"^[ \t]+", re.MULTILINE)
"""These are cut out everywhere: no text (`…`) may be written in several lines."""
_OTHER = re.compile(r"^(?:import|export)\b.*$", re.MULTILINE)


def joined(folder: Path, first: str) -> str:
    """Return a module and all that it imports, each as a function of its own, imported ones first.

    Comments and indents, a third of what would be sent, are left out.

    Modules are named by their path in the folder: «stage/spine». They import names from other
    modules by relative path, and export what they declare; nothing else.

    Raises:
        ValueError: another form of import or export, or modules that import each other.
    """
    modules: dict[str, str] = {}

    def take(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            raise ValueError(" → ".join([*above, name]))
        text = (folder / f"{name}.js").read_text("utf-8")

        def imported(match: re.Match[str]) -> str:
            names, path = match.groups()
            other = posixpath.normpath(posixpath.join(posixpath.dirname(name), path))
            if other not in modules:
                take(other, (*above, name))
            return f'const {{{names.replace(" as ", ": ")}}} = $["{other}"];'

        exported = ", ".join(what for _, what in _EXPORT.findall(text))
        text = _EXPORT.sub(r"\1", _IMPORT.sub(imported, text))
        if form := _OTHER.search(text):
            raise ValueError(f"{name}.js: {form[0]}")
        for part in (_COMMENT, _CAST, _INDENT):
            text = part.sub("", text)
        modules[name] = f'$["{name}"] = (() => {{\n{text}return {{ {exported} }};\n}})();\n'

    take(first, ())
    return "const $ = {};\n" + "".join(modules.values())
