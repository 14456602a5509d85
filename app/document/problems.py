"""What is wrong with a request, in words that say where and what to do."""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Annotated

from pydantic import Field, ValidationError
from pydantic_core import ErrorDetails
from typing_extensions import TypedDict

from app.document.document import Document
from app.document.fields import MAX_PROBLEMS, Location

LocatedMessage = tuple[Location, str]


class Problem(TypedDict):
    """One thing that is wrong with a request."""

    loc: list[str | int]
    """Where in the document, or in the request around it; empty where it concerns all of it."""
    msg: str
    """What is wrong there, and what to do."""


class Problems(TypedDict):
    """What is wrong with a request."""

    errors: Annotated[list[Problem], Field(min_length=1)]


def located(error: ValidationError) -> list[LocatedMessage]:
    """All problems of a request, each at its place in the document."""
    problems: list[LocatedMessage] = []
    for detail in error.errors(include_url=False, include_input=False)[:MAX_PROBLEMS]:
        place = _place(detail["loc"])
        if detail["type"].startswith("union_tag"):
            place = (*place, detail["ctx"]["discriminator"].strip("'"))
        nested = detail.get("ctx", {}).get("problems")
        if nested:
            problems.extend((_place((*detail["loc"], *at)), message) for at, message in nested)
        else:
            problems.append((place, _message(detail)))
    return problems[:MAX_PROBLEMS]


def as_json(problems: Sequence[LocatedMessage]) -> Problems:
    """Problems as the API answers them."""
    return {"errors": [{"loc": list(place), "msg": message} for place, message in problems]}


def _place(loc: Location) -> Location:
    """Leaves out «network», and the kind of layer or head that pydantic adds to a location."""
    if loc[:1] == ("network",) and len(loc) > 1:
        loc = loc[1:]
    kept: list[str | int] = []
    for i, part in enumerate(loc):
        tag = part in Document.TAGS and (loc[i - 1] == "head" or isinstance(loc[i - 1], int))
        if not (tag and i):
            kept.append(part)
    return tuple(kept)


def _number(limit: float) -> str:
    return f"{limit:.0f}" if limit == int(limit) else str(limit)


def _message(detail: ErrorDetails) -> str:
    context = detail.get("ctx", {})
    match detail["type"]:
        case "missing":
            return "This field is missing: add it."
        case "extra_forbidden":
            return "There is no field of this name here. Check its spelling, or remove it."
        case "union_tag_invalid":
            known = context["expected_tags"].replace("'", "")
            near = get_close_matches(context["tag"].lower(), known.split(", "), 1)
            meant = f" Did you mean {near[0]}?" if near else ""
            return f"“{context['tag']}” is not known.{meant} Known are {known}."
        case "union_tag_not_found":
            return 'This needs a "type" that says which kind it is.'
        case "literal_error":
            return f"Expected {context['expected']}."
        case "int_type" | "int_from_float" | "int_parsing_size":
            return "A whole number is needed here."
        case "greater_than":
            return f"This must be more than {_number(context['gt'])}."
        case "greater_than_equal":
            return f"This must be at least {_number(context['ge'])}."
        case "less_than_equal":
            return f"This must be at most {_number(context['le'])}."
        case "less_than":
            return f"This must be less than {_number(context['lt'])}."
        case "bool_type":
            return "This must be true or false."
        case "string_type":
            return "A text is needed here, in quotation marks."
        case "string_too_long":
            return f"This text is too long: at most {context['max_length']} characters."
        case "list_type" | "tuple_type":
            return "A list is needed here."
        case "too_short":
            return (
                f"This needs at least {context['min_length']}; it has {context['actual_length']}."
            )
        case "too_long":
            return f"This may have at most {context['max_length']}; it has more."
        case "model_type" | "model_attributes_type" | "dict_type":
            return "An object with named fields is needed here: {…}."
        case _:
            return detail["msg"]
