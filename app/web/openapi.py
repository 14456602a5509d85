"""The OpenAPI description of the JSON routes, made from the types of their requests and answers."""

from collections.abc import Iterable
from inspect import getdoc
from typing import Any, NamedTuple, get_args

from pydantic import BaseModel, ConfigDict, create_model
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema
from typing_extensions import TypedDict

from app.document.document import MAX_BYTES
from app.document.problems import Problems
from app.web.request_models import TraceRequest

JSON = "application/json"
REFUSALS = {
    400: "The body is not JSON.",
    404: "The trace is not known here, or no longer: send the network.",
    413: f"The body has more than {MAX_BYTES // 2**20} MB.",
    415: f"The body is not said to be JSON, by the header Content-Type: {JSON}.",
    422: "The body is JSON, but does not fit: each place, what is wrong there, and what to do.",
}
ABOUT = """A small convolutional network, its gradients, and the sums that make them. The server \
remembers nothing but recent traces: wherever a network is taken, the id of its trace is too.

Conventions are PyTorch's: channels first, C order; arrays are nested lists, \
[C][H][W] for a map; a batch has the examples before it. A whole number may be written 15.0."""


READ_AS = {
    "description": "What of the network was written as other libraries write it, and what it was "
    "read as. Only where something was.",
    "type": "array",
    "items": {"$ref": "#/components/schemas/Problem"},
}


class DescriptionAnswer(TypedDict):
    """An OpenAPI 3.1 document."""

    openapi: str
    info: dict[str, Any]
    paths: dict[str, Any]
    components: dict[str, Any]


class Operation(NamedTuple):
    """A route, its request's model, and the TypedDict it answers. Only a GET has no request."""

    path: str
    about: str | None
    request: type[BaseModel] | None
    answer: Any
    media: str = JSON
    """How the request is written."""

    @property
    def answers(self) -> tuple[type, ...]:
        """The TypedDicts that may come: one, or those of a union."""
        return get_args(self.answer) or (self.answer,)

    @property
    def method(self) -> str:
        """In small letters."""
        return "get" if self.request is None else "post"


class _Schema(GenerateJsonSchema):
    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def typed_dict_schema(self, schema: core_schema.TypedDictSchema) -> JsonSchemaValue:
        """An answer has no fields that its type does not have."""
        return {**super().typed_dict_schema(schema), "additionalProperties": False}


def describe(operations: Iterable[Operation]) -> DescriptionAnswer:
    """The OpenAPI 3.1 document."""
    operations = list(operations)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Gradient Routing", "version": "1", "description": ABOUT},
        "paths": {each.path: {each.method: _operation(each)} for each in operations},
        "components": {
            "schemas": _schemas(operations),
            "responses": {str(status): _body(why, Problems) for status, why in REFUSALS.items()},
        },
    }


def _schemas(operations: list[Operation]) -> dict[str, Any]:
    """The schema of every type, by its name."""
    types = [Problems, *(one for each in operations for one in each.answers)]
    types += [each.request for each in operations if each.request is not None]
    # As fields of one model they take over its settings: docstrings under fields describe them.
    fields: dict[str, Any] = {each.__name__: (each, ...) for each in types}
    settings = ConfigDict(use_attribute_docstrings=True)
    together = create_model("Together", __config__=settings, **fields)
    schemas: dict[str, Any] = together.model_json_schema(
        schema_generator=_Schema, ref_template="#/components/schemas/{model}"
    )["$defs"]
    for each in operations:
        if each.request is not None and issubclass(each.request, TraceRequest):
            for one in each.answers:
                schemas[one.__name__]["properties"]["read_as"] = READ_AS
    return schemas


def _operation(of: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": of.path.rsplit("/", 1)[1].split(".")[0],
        "summary": of.about,
        "responses": {"200": _body(getdoc(of.answers[0]), *of.answers)},
    }
    if of.request is not None:
        body = _body(getdoc(of.request), of.request, media=of.media)
        described["requestBody"] = {**body, "required": True}
        for status in REFUSALS:
            described["responses"][str(status)] = {"$ref": f"#/components/responses/{status}"}
    return described


def _body(about: str | None, *models: type, media: str = JSON) -> dict[str, Any]:
    references = [{"$ref": f"#/components/schemas/{model.__name__}"} for model in models]
    schema = references[0] if len(references) == 1 else {"anyOf": references}
    return {"description": about, "content": {media: {"schema": schema}}}
