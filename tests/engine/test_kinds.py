"""Every kind of layer and of head has an entry wherever one is needed."""

import inspect
import re
from pathlib import Path
from typing import get_args

import pytest

from app.builder.forms import form_of
from app.builder.needs import needs
from app.document import document
from app.engine.heads import KINDS as HEADS
from app.engine.heads import HeadName, PerHead
from app.engine.layers import KINDS as LAYERS
from app.engine.layers import Family, LayerName, PerFamily, PerLayer
from app.text.texts import say, texts
from tests.engine.test_layers import KINDS as EXAMPLES

layers = pytest.mark.parametrize("name", get_args(LayerName))
heads = pytest.mark.parametrize("name", get_args(HeadName))

CHANGE_SHAPES = {"kernel", "stride", "padding", "dilation", "groups", "ceil_mode", "source",
                 "output_size", "output_padding", "training"}  # fmt: skip
"""Options that are no settings: the shape of what follows depends on them, or what fits there.

Training of a batch norm is refused."""


def examples(name):
    """Layers of a kind, bound to shapes."""
    made = [make(shape) for kind, (shape, make) in EXAMPLES.items() if kind.split()[0] == name]
    assert made, f"tests/engine/test_layers.py has no {name}"
    return made


def model_of(name, part):
    """The model of a kind in the document."""
    union = document.Document.model_fields[part].annotation
    kinds = get_args(get_args(union)[0])[0] if part == "layers" else union
    tags = {get_args(model.model_fields["type"].annotation): model for model in get_args(kinds)}
    return tags.get((name,))


@pytest.mark.parametrize(
    ("names", "kinds", "table"),
    [
        (LayerName, LAYERS, PerLayer),
        (HeadName, HEADS, PerHead),
        (Family, dict.fromkeys(get_args(Family)), PerFamily),
    ],
)
def test_a_table_has_a_place_for_every_name_and_no_other(names, kinds, table):
    assert list(get_args(names)) == list(table.__annotations__)
    assert kinds.keys() == set(get_args(names))


@layers
def test_a_kind_has_an_example_of_its_family(name):
    for layer in examples(name):
        assert layer.name == name
        assert layer.family in get_args(Family)


@layers
def test_a_layers_title_stands_within_a_sentence(name):
    assert say("layers", name)


@layers
def test_a_kind_has_a_model_whose_fields_and_defaults_are_the_engines(name):
    model = model_of(name, "layers")
    assert model is not None, f"app/document/layers.py has no model of {name}"
    given = inspect.signature(LAYERS[name]).parameters
    fields = {field: each for field, each in model.model_fields.items() if field != "type"}
    assert list(fields) == list(given)[1:]
    for field, each in fields.items():
        required = given[field].default is inspect.Parameter.empty
        assert each.is_required() == required, field
        assert required or each.default == given[field].default, field


@heads
def test_a_head_has_a_model_whose_fields_and_defaults_are_the_engines(name):
    model = model_of(name, "head")
    assert model is not None, f"app/document/heads.py has no model of {name}"
    given = inspect.signature(HEADS[name]).parameters
    assert [field for field in model.model_fields if field != "type"] == list(given)[1:]
    for field, each in model.model_fields.items():
        if field != "type" and not each.is_required():
            assert each.default == given[field].default, field


@layers
def test_every_option_that_leaves_shapes_as_they_are_is_a_setting_with_its_words(name):
    parameters = {"weight", "bias", "mask", "running_mean", "running_var"}
    options = set(inspect.signature(LAYERS[name]).parameters) - {"input_shape"}
    settings = {setting.name for layer in examples(name) for setting in layer.settings}
    assert settings == options - parameters - CHANGE_SHAPES
    for setting in settings:
        assert setting in texts("edit.settings"), f"en.json: edit.settings.{setting}"
        assert setting in texts("architecture.settings"), (
            f"en.json: architecture.settings.{setting}"
        )


@layers
def test_the_builder_knows_the_shapes_of_a_layers_weights(name):
    for layer in examples(name):
        needed = needs({"type": name}, layer.input_shape)
        assert needed.keys() >= layer.parameters.keys(), f"app/builder/needs.py lacks {name}"


@heads
def test_the_builder_knows_the_shapes_of_what_is_given_to_a_head(name):
    given = {"gradient", "target"} & set(inspect.signature(HEADS[name]).parameters)
    arrays = set() if name in ("cross_entropy", "nll") else given  # their target is one class
    assert needs({"type": name}, (2,)).keys() == arrays, f"app/builder/needs.py: {name}"


@layers
def test_a_field_of_a_layer_has_its_words_in_the_builder(name):
    fields = {field["name"] for field in form_of(name)["fields"]}
    assert fields <= texts("fields").keys(), "en.json lacks some under «fields»"


@heads
def test_a_field_of_a_head_has_its_words_in_the_builder(name):
    fields = set(inspect.signature(HEADS[name]).parameters) - {"output_shape"}
    assert fields <= texts("fields").keys(), "en.json lacks some under «fields»"


@heads
def test_a_heads_settings_have_their_words(name):
    options = set(inspect.signature(HEADS[name]).parameters) - {"output_shape"}
    for setting in options - {"gradient"}:
        if name != "mse" or setting != "target":
            assert setting in texts("edit.head"), f"en.json: edit.head.{setting}"
    assert set(texts("heads")[name]) == {"title", "note"}


@layers
def test_choices_of_a_setting_have_their_words(name):
    for layer in examples(name):
        for setting in layer.settings:
            for choice in setting.choices:
                assert str(choice).lower() in texts("edit.options")
            assert not setting.choices or getattr(layer, setting.name) in setting.choices


@layers
def test_what_a_layer_says_of_itself_is_so(name):
    for layer in examples(name):
        assert ("weight" in layer.parameters) == (layer.weight_noun is not None)
        assert ("parameters" in layer.passages) == bool(layer.parameters)
        assert layer.relabels == (layer.family == "relabelling")
        assert layer.slide is None or layer.slide.windows is layer.windows
        if layer.keeps_channels and not layer.relabels:
            assert layer.shape[0] == layer.input_shape[0]


# --- the recipe of CONTRIBUTING -----------------------------------------------------------------

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
RECIPE = GUIDE.split("## Adding a layer")[1].split("\n## ")[0]
STEPS, OWN_FAMILY, HEAD = re.split(r"\nLayers of one family|\nA head needs", RECIPE)


def files_in(text):
    """The files of ours that a text names."""
    named = set(re.findall(r"`((?:app|tests)/[\w/.]+\.\w+)`", text))
    assert not [path for path in named if not (ROOT / path).is_file()]
    return named


def modules_with(pattern):
    """The files of app/ that hold a pattern."""
    paths = (path for path in (ROOT / "app").rglob("*") if path.suffix in (".py", ".json"))
    return {
        path.relative_to(ROOT).as_posix()
        for path in paths
        if re.search(pattern, path.read_text("utf-8"))
    }


def test_the_recipe_names_every_file_in_which_a_layer_has_its_place():
    places = files_in(STEPS)
    perhaps = {"app/export/worked.py", "app/builder/needs.py"}
    assert modules_with("(?i)softplus") | perhaps == {
        path for path in places if path.startswith("app/")
    }


def test_the_recipe_names_every_table_of_families():
    tables = modules_with(r": PerFamily\[")
    assert tables | {"app/text/sentences/steps.py"} == files_in(OWN_FAMILY)


def test_the_recipe_names_every_table_of_heads():
    others = {"app/document/heads.py", "app/text/en.json"}
    assert modules_with(r": PerHead\[") | others | {"app/builder/needs.py"} == files_in(HEAD)
