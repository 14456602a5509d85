"""All words are in one file per language; each is used, and no words are anywhere else."""

import ast
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from string import Formatter

import jinja2
import pytest
from jinja2 import nodes

from app.text.texts import DEFAULT, LANGUAGE, Language, fill, load, say, speaking
from app.web.application import ASSETS
from app.web.pages import keys
from tests.text.languages import CATEGORIES, POLISH_FORMS, is_plural, leaves, pseudo_language

APP = Path(__file__).parents[2] / "app"
TEMPLATES = sorted((ASSETS / "templates").glob("*.html"))
SCRIPTS = sorted((ASSETS / "static" / "js").rglob("*.js"))
WORDS = DEFAULT.words
LANGUAGES = sorted(path.stem for path in (APP / "text").glob("*.json"))
# Their words are code, the interface of programs, the answers to mistakes in requests, or content:
# a lesson is one file. Those of the check of a gradient are next.
ELSEWHERE = ("__main__.py", "check", "document", "engine", "export", "files", "lessons", "web")
REFUSALS = ("builder/edits.py", "builder/example_edits.py")
ROUTES_OF_THE_PAGE = ("pages", "stage_routes", "inspector_routes", "assets")
MODULES = sorted(
    [
        *(
            path
            for path in APP.rglob("*.py")
            if path.relative_to(APP).parts[0] not in ELSEWHERE
            and path.relative_to(APP).as_posix() not in REFUSALS
        ),
        *(APP / "web" / f"{name}.py" for name in ROUTES_OF_THE_PAGE),
    ]
)


TEXTS = dict(leaves(WORDS))


def forms(text):
    """Every string of a text."""
    if isinstance(text, str):
        return [text]
    return [each for part in (text.values() if isinstance(text, dict) else text)
            for each in forms(part)]  # fmt: skip


def fields(text):
    return {name for form in forms(text) for _, name, _, _ in Formatter().parse(form) if name}


# --- what is said -------------------------------------------------------------------------------


def test_a_text_is_said_with_its_fields_and_in_the_form_of_its_number():
    assert say("counted.cells", n=1) == "one cell"
    assert say("counted.cells", n=3) == "three cells"
    assert say("counted.cells", n=11) == "11 cells"
    assert say("steps.lost", n=2) == "Two cells lost and get nothing."
    assert say("layers", "relu") == "ReLU"


def test_a_name_stands_within_a_sentence_in_small_letters_unless_it_is_an_abbreviation():
    said = {
        name: say("steps.multiply", "weights", cell=name, products="")
        for name in ("Max pool", "ReLU", "Leaky ReLU")
    }
    assert "Towards max pool" in said["Max pool"]
    assert "Towards ReLU" in said["ReLU"]
    assert "Towards leaky ReLU" in said["Leaky ReLU"]


@pytest.mark.parametrize("missing", ["steps.nothing", "nothing", "steps.add"])
def test_a_text_that_does_not_exist_or_lacks_a_field_is_not_said(missing):
    with pytest.raises(KeyError):
        say(missing)


def test_keys_of_the_keyboard_are_marked_and_nothing_else_is_html():
    assert keys("[Esc] lets <go>") == "<kbd>Esc</kbd> lets &lt;go&gt;"


def test_a_text_is_said_in_the_form_that_the_language_has_for_its_number():
    forms = dict(zip(POLISH_FORMS, ("neuron", "neurony", "neuronów", "neuronu"), strict=True))
    polish = Language.of("pl", {"counted": {form: f"{{n}} {word}" for form, word in forms.items()}})
    with speaking(polish):
        said = [say("counted", n=n) for n in (0, 1, 3, 5, 12, 22, 1.5)]
    assert said == [
        "0 neuronów", "1 neuron", "3 neurony", "5 neuronów", "12 neuronów", "22 neurony",
        "1.5 neuronu",
    ]  # fmt: skip
    assert say("counted.cells", n=1) == "one cell"


# --- every language has every text --------------------------------------------------------------


def wrong_in(language):
    """What is wrong with a language's texts, beside English ones."""
    ours, theirs = dict(leaves(language.words)), dict(leaves(WORDS))
    wrong = sorted(ours.keys() ^ theirs.keys())
    for name in sorted(ours.keys() & theirs.keys()):
        if fields(ours[name]) - {"n"} != fields(theirs[name]) - {"n"}:
            wrong.append(name)
        elif is_plural(ours[name]):
            # What English says in one form may need several elsewhere, if its number is known.
            known = is_plural(theirs[name]) or "n" in fields(theirs[name])
            wrong += [name] * (not known or set(ours[name]) != language.categories)
        elif is_plural(theirs[name]):
            wrong.append(name)
    return wrong


@pytest.mark.parametrize("language", [load(tag) for tag in LANGUAGES], ids=LANGUAGES)
def test_every_language_has_the_same_texts_with_the_same_fields_in_its_own_forms(language):
    assert wrong_in(language) == []


def test_a_language_with_other_plural_forms_has_the_same_texts_too():
    assert wrong_in(pseudo_language()) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("page.skip", None),
        ("page.skipped", "Zur Sache"),
        ("steps.add", "Was dieselbe Zelle erreicht, wird addiert."),
        ("counted.cells", "{n:word} Zellen"),
        ("counted.cells", {"one": "{n:word} Zelle", "few": "{n:word} Zellen", "other": "Zellen"}),
        ("page.show", {"one": "Zeige", "other": "Zeige"}),
    ],
)
def test_a_language_that_lacks_a_text_a_field_or_a_form_is_found_out(name, text):
    words = json.loads(json.dumps(WORDS))
    part, leaf = name.split(".")
    words[part].pop(leaf, None)
    if text is not None:
        words[part][leaf] = text
    assert wrong_in(Language.of("de", words)) == [name]


def test_the_page_names_its_language(client):
    assert f'<html lang="{LANGUAGE}">' in client.get("/").text
    assert f'<html lang="{LANGUAGE}">' in client.get("/nowhere").text


FORMATS = json.loads(Path(__file__).parents[1].joinpath("formats.json").read_text("utf-8"))


@pytest.mark.parametrize(("template", "values", "text"), FORMATS["fill"])
def test_fields_are_filled_in_as_the_browser_fills_them_in(template, values, text):
    assert fill(template, values) == text


@pytest.mark.parametrize(("tag", "n", "category"), FORMATS["plural"])
def test_a_number_has_the_plural_category_that_the_browser_gives_it(tag, n, category):
    forms = {each: each for each in CATEGORIES}
    with speaking(Language.of(tag, {"text": forms})):
        assert say("text", n=n) == category


def test_the_texts_that_the_browser_fills_in_have_plain_fields_only():
    for name, text in leaves(WORDS["browser"]):
        for form in forms(text):
            assert all(re.fullmatch(r"\w+", each) for each in re.findall(r"\{(.*?)\}", form)), name


# --- every text is used, and every one used exists ----------------------------------------------


def said_in_python():
    """(key, whether it is the name of a family, the fields given) of every text used."""
    for path in APP.rglob("*.py"):
        tree = ast.parse(path.read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                top = node.value.split(".")[0]
                if re.fullmatch(r"[a-z_]+(\.(?!html)[a-z_0-9]+)+", node.value) and top in WORDS:
                    yield node.value, False, None
            called = getattr(node.func, "id", "") if isinstance(node, ast.Call) else ""
            if isinstance(node, ast.Call) and called in ("say", "texts"):
                first = node.args[0]
                options = [first.body, first.orelse] if isinstance(first, ast.IfExp) else [first]
                fields = {keyword.arg for keyword in node.keywords}
                # Of **fields, and of texts that are filled in elsewhere, nobody can tell.
                given = None if None in fields or called == "texts" else fields
                for option in options:
                    if isinstance(option, ast.Constant):
                        family = len(node.args) > 1 or called == "texts"
                        yield option.value, family, given


def said_in_templates():
    for path in TEMPLATES:
        source = path.read_text()
        for found in re.finditer(r"\bwords((?:\.\w+)+?)(\[|\.get\(|(?![\w.]))", source):
            name, family = found[1][1:], bool(found[2])
            yield name, family or name in ("browser", "help.list"), None
        for found in re.finditer(r"""\bsay\(['"]([\w.]+)['"](.*?)\)\s*}}""", source):
            yield found[1], False, set(re.findall(r"(\w+)=", found[2]))


def said_in_scripts():
    """The keys of «browser», as patterns."""
    for path in SCRIPTS:
        source = path.read_text()
        for name in re.findall(r"(?<!schema\.)\bwords\.(\w+)", source):
            yield name
        for name in re.findall(r"const \{ (\w+) \} = this\.words", source):
            yield name
        for pattern in re.findall(r"words\[`(.+?)`\]", source):
            yield re.sub(r"\$\{.*?\}", r"\\w+", pattern)


def test_every_text_that_is_said_exists_and_has_the_fields_it_is_given():
    said = [*said_in_python(), *said_in_templates()]
    for key, family, given in said:
        if family and given is not None:
            # One call may say one text of a part, and another call another.
            given = set().union(*(more or () for name, _, more in said if name == key))
        below = [name for name in TEXTS if name == key or name.startswith(f"{key}.")]
        assert below, f"there is no text {key}"
        assert family or given is None or below == [key], f"{key} is no text but a part"
        for name in below:
            lacks = fields(TEXTS[name]) - (fields(TEXTS[name]) if given is None else given)
            assert not lacks, f"{name} needs {lacks}"
    for path in SCRIPTS:
        for name in re.findall(r"\bschema\.words\.(\w+)", path.read_text()):
            assert name in WORDS["builder"], name
    for pattern in said_in_scripts():
        assert any(re.fullmatch(pattern, name) for name in WORDS["browser"]), pattern


def test_every_text_is_said():
    said = [(key, family) for key, family, _ in [*said_in_python(), *said_in_templates()]]
    said = [(key, family) for key, family in said if key != "browser"]
    scripts = list(said_in_scripts())
    unsaid = [
        name
        for name in TEXTS
        if name != "numbers"
        and not any(name == key or (family and name.startswith(f"{key}.")) for key, family in said)
        and not (
            name.startswith("browser.")
            and any(re.fullmatch(pattern, name.removeprefix("browser.")) for pattern in scripts)
        )
    ]
    assert unsaid == []


def test_templates_ask_for_no_text_that_is_a_method_of_its_part():
    for key, _, _ in said_in_templates():
        assert not any(hasattr(dict, name) for name in key.split(".")), key


# --- and none stands anywhere else --------------------------------------------------------------

SAID = {"aria-label", "title", "placeholder", "alt", "aria-valuetext", "content"}
LETTER = re.compile(r"[a-zA-Z]")


class Literals(HTMLParser):
    """The texts of a template that are not filled in."""

    def __init__(self):
        super().__init__()
        self.found = []
        self.within = []

    def handle_starttag(self, tag, attributes):
        if tag in ("style", "script"):
            self.within.append(tag)
        said = SAID if ("name", "viewport") not in attributes else SAID - {"content"}
        self.found += [text for name, text in attributes if name in said and text]

    def handle_endtag(self, tag):
        if self.within and self.within[-1] == tag:
            self.within.pop()

    def handle_data(self, text):
        if not self.within:
            self.found.append(text)


def literals(source):
    plain = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", "", source, flags=re.S)
    parser = Literals()
    parser.feed(plain)
    # And what expressions would write.
    written = [
        each.value
        for each in jinja2.Environment().parse(source).find_all(nodes.Const)
        if isinstance(each.value, str) and re.search(r"[a-z]{2,} [a-z]{2,}", each.value)
    ]
    return [text.strip() for text in parser.found + written if LETTER.search(text)]


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_has_no_words_of_its_own(path):
    assert literals(path.read_text()) == []


@pytest.mark.parametrize(
    "source",
    ["<p>Hello</p>", '<a title="Hello">', '<b aria-label="The {{ x }}">', "{{ 'so much' if x }}"],
)
def test_words_in_a_template_are_found_out(source):
    assert len(literals(source)) == 1


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_a_script_has_no_words_of_its_own(path):
    shown = r"""(?:textContent|title|placeholder|alt)\s*=|"aria-label",|write\(\w+,"""
    assert re.findall(rf"""(?:{shown})\s*["'`]([^"'`$]*[a-z][^"'`]*)""", path.read_text()) == []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(APP)))
def test_a_module_about_words_has_none_of_its_own(path):
    tree = ast.parse(path.read_text())
    documented = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    found = [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and id(node) not in documented
        and re.search(r"[a-z]{2,} [a-z]{2,}", node.value)
    ]
    assert found == []
