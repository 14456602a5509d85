"""The OpenAPI description of the JSON routes, made from the models of requests and answers."""

from collections.abc import Iterable
from inspect import getdoc
from typing import Any, NamedTuple

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from app.document.document import MAX_BYTES
from app.web.schemas import Problems

JSON = "application/json"
REFUSALS = {
    400: "The body is not JSON.",
    404: "The trace is not known here, or no longer: send the network.",
    413: f"The body has more than {MAX_BYTES // 2**20} MB.",
    415: f"The body is not said to be JSON, by the header Content-Type: {JSON}.",
    422: "The body is JSON, but does not fit: each place, what is wrong there, and what to do.",
}
ABOUT = """A small convolutional network, its gradients, and the sums that make them. Nothing is \
remembered but the traces just asked for: wherever a network is taken, the id of its trace is too.

Conventions are PyTorch's: channels first, C order, no batch axis; arrays are nested lists, \
[C][H][W] for a map. A whole number may be written 15.0."""


class Operation(NamedTuple):
    """A route, and what goes in and comes out. Only a GET has no request."""

    path: str
    about: str | None
    request: type[BaseModel] | None
    answer: type[BaseModel]

    @property
    def method(self) -> str:
        """In small letters."""
        return "get" if self.request is None else "post"


class _Schema(GenerateJsonSchema):
    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def describe(operations: Iterable[Operation]) -> dict[str, Any]:
    """The OpenAPI 3.1 document."""
    operations = list(operations)
    models = {Problems: None} | {each.answer: None for each in operations}
    models |= {each.request: None for each in operations if each.request is not None}
    _, found = models_json_schema(
        [(model, "validation") for model in models],
        schema_generator=_Schema,
        ref_template="#/components/schemas/{model}",
    )
    return {
        "openapi": "3.1.0",
        "info": {"title": "Gradient Routing", "version": "1", "description": ABOUT},
        "paths": {each.path: {each.method: _operation(each)} for each in operations},
        "components": {
            "schemas": found["$defs"],
            "responses": {str(status): _body(why, Problems) for status, why in REFUSALS.items()},
        },
    }


def _operation(of: Operation) -> dict[str, Any]:
    described: dict[str, Any] = {
        "operationId": of.path.rsplit("/", 1)[1].split(".")[0],
        "summary": of.about,
        "responses": {"200": _body(getdoc(of.answer), of.answer)},
    }
    if of.request is not None:
        described["requestBody"] = {**_body(getdoc(of.request), of.request), "required": True}
        for status in REFUSALS:
            described["responses"][str(status)] = {"$ref": f"#/components/responses/{status}"}
    return described


def _body(about: str | None, model: type[BaseModel]) -> dict[str, Any]:
    reference = {"$ref": f"#/components/schemas/{model.__name__}"}
    return {"description": about, "content": {JSON: {"schema": reference}}}
