"""The text of the one script of all modules; the browser tests show that it works."""

import re

import pytest

from app.web.application import ASSETS
from app.web.assets import page_script
from app.web.bundle import joined

MODULES = {
    "main": """import { start } from "./room/engine.js";
import {
  name as called,
  twice,
} from "./words.js";

export const said = twice(`${called}${start()}`);
console.log(said);
""",
    "room/engine": """import { twice } from "../words.js";

/** @import {Engine} from "../main.js" */
const name = "its own";
export async function stop() {}
export function start() {
  return name.length + twice(1);
}
""",
    "words": """export const name = "v";
export class Word {}
export function twice(x) {
  return x + x;
}
""",
}


def write(folder, modules):
    for name, text in modules.items():
        path = folder / f"{name}.js"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return folder


def test_what_is_imported_comes_first_and_each_module_once(tmp_path):
    script = joined(write(tmp_path, MODULES), "main")
    assert re.findall(r'^\$\["([\w/]+)"\] =', script, re.MULTILINE) == [
        "words",
        "room/engine",
        "main",
    ]
    assert 'const {\nname: called,\ntwice,\n} = $["words"];' in script
    assert "return { name, Word, twice };" in script
    assert "return { stop, start };" in script
    assert not re.search(r"^(import|export)\b", script, re.MULTILINE)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("main", 'export { twice } from "./words.js";\n', "main.js: export { twice }"),
        ("room/engine", "export default 1;\n", "room/engine.js: export default 1;"),
        (
            "room/engine",
            'import * as words from "./words.js";\n',
            "room/engine.js: import * as words",
        ),
        (
            "words",
            'import { start } from "./room/engine.js";\n',
            "main → room/engine → words → room/engine",
        ),
    ],
)
def test_what_cannot_be_joined_is_named(tmp_path, name, text, said):
    write(tmp_path, {**MODULES, name: text if name != "main" else MODULES["main"] + text})
    with pytest.raises(ValueError, match=re.escape(said)):
        joined(tmp_path, "main")


def test_the_pages_script_is_served_by_its_state_and_kept_for_a_year(client, app):
    _, address = client.get("/").text.split('data-page="')
    response = client.get(address.split('"')[0])
    with app.test_request_context():
        assert response.data == page_script()
    assert response.mimetype == "text/javascript"
    assert response.cache_control.immutable
    assert client.get("/page-0.js").status_code == 404


def test_comments_and_indents_are_left_out_and_other_texts_stay(tmp_path):
    text = """// A comment.
/**
 * Another, with * and / in it.
 * @param {string} url
 */
export function start(url = "http://x/*y") {
  // Why.
  return /** @type {any} */ (url); // "at the end"
}
"""
    script = joined(write(tmp_path, {"main": text}), "main")
    assert "comment" not in script
    assert "Another" not in script
    assert "Why" not in script
    assert 'start(url = "http://x/*y") {\nreturn (url); // "at the end"\n}' in script


def test_no_text_is_written_in_several_lines_or_looks_like_a_comment():
    texts = re.compile(r"`(?:[^`\\]|\\.)*`")
    scripts = sorted((ASSETS / "static" / "js").rglob("*.js"))
    assert len(scripts) > 100
    for path in scripts:
        for text in texts.findall(path.read_text("utf-8")):
            assert not re.search(r"\n|/\*", text), path
