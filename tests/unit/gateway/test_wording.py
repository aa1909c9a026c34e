"""What a field must be, in words that are ours whatever pydantic calls it."""

import json
from collections.abc import Iterator
from typing import Annotated, Any, get_args

import pytest
from pydantic import StringConstraints, TypeAdapter, ValidationError
from pydantic_core import core_schema

from gateway.http.description import wording
from gateway.http.hq.stock import PostMovements
from gateway.http.shapes.counted import OpenIn
from gateway.http.shapes.shelved import FeedIn
from gateway.http.shop.orders import PlaceOrder
from gateway.http.shop.quotes import AskQuote
from tools import openapi

_CONTEXT = {
    "ge": 1, "gt": 1, "le": 1, "lt": 1, "multiple_of": 2, "min_length": 2, "max_length": 3, "actual_length": 9,
    "field_type": "List", "pattern": "^x$", "expected": "'A' or 'B'", "error": "must be ours", "class_name": "C",
    "class": "C", "attribute": "a", "method_name": "m", "encoding": "utf-8", "encoding_error": "e", "tag": "t",
    "discriminator": "d", "expected_tags": "t", "expected_schemes": "https", "tz_expected": 1, "tz_actual": 2,
    "max_digits": 1, "decimal_places": 1, "whole_digits": 1, "expected_version": 4, "expected_plural": "", "key": "k",
    "method": "m", "mapping_type": "M", "error_type": "E", "exc": "e", "max_depth": 1,
}  # fmt: skip
_SAID: list[tuple[Any, str, Any, str]] = [
    (AskQuote, "lines[0].quantity", 0, "must be at least 1"),
    (AskQuote, "lines[0].quantity", 10**9, "must be at most 1,000,000"),
    (AskQuote, "lines[0].quantity", "1", "must be a whole number"),
    (AskQuote, "lines[0].quantity", 1.5, "must be a whole number"),
    (AskQuote, "lines[0].sku", "", "must not be empty"),
    (AskQuote, "lines[0].sku", "x" * 65, "must have at most 64 characters"),
    (AskQuote, "lines[0].sku", "a b", "must be printable ASCII without spaces"),
    (AskQuote, "lines[0].sku", 7, "must be text"),
    (AskQuote, "lines[0].method", "DRONE", "must be one of COLLECT, SHIP, CARRY_OUT"),
    (AskQuote, "lines", [], "must not be empty"),
    (AskQuote, "lines", [{"sku": "A", "quantity": 1}] * 101, "must have at most 100 entries"),
    (AskQuote, "lines", {}, "must be a list"),
    (AskQuote, "lines[0]", 7, "must be a JSON object"),
    (PlaceOrder, "quote_id", "x", "must be a UUID in lower case"),
    (PlaceOrder, "payment.return_url", "ftp://x", "must be an http or https address, or empty"),
    (FeedIn, "business_time", "soon", "must be a time as RFC 3339 writes it"),
    (FeedIn, "business_time", "2026-01-05T09:30:00", "must say its offset from UTC"),
    (FeedIn, "mode", "ALL", "must be one of DELTA, RESET"),
    (PostMovements, "movements", None, "must be a list"),
    (OpenIn, "skus[0]", "", "must not be empty"),
]
_OURS = ("must ", "is required", "is no field of this call", "does not fit: see /docs")


def _with(path: str, value: Any) -> Any:
    """A body that holds just this value there."""
    for part in reversed(path.replace("[0]", ".[0]").split(".")):
        value = [value] if part == "[0]" else {part: value}
    return value


def _rules(model: Any, body: Any) -> dict[str, str]:
    try:
        TypeAdapter(model).validate_python(body)
    except ValidationError as error:
        return {".".join(map(str, item["loc"])): wording.rule(item) for item in error.errors(include_url=False)}
    return {}


@pytest.mark.parametrize(
    ("model", "path", "value", "rule"), _SAID, ids=[f"{one[1]}={str(one[2])[:20]}" for one in _SAID]
)
def test_each_rule_is_said_in_our_words(model: Any, path: str, value: Any, rule: str) -> None:
    assert _rules(model, _with(path, value))[path.replace("[0]", ".0")] == rule


@pytest.mark.parametrize("kind", get_args(core_schema.ErrorType))
def test_no_failure_is_told_in_another_s_words(kind: Any) -> None:
    """Whatever pydantic may find, and whatever it calls that in its next release."""
    item = {"type": kind, "loc": ("body", "lines"), "msg": "Input should be a valid thing", "ctx": _CONTEXT}
    assert wording.rule(item).startswith(_OURS)
    assert "should" not in wording.rule(item)


def test_every_form_that_a_text_must_have_is_said_in_words() -> None:
    patterns = set(_patterns(json.loads(openapi.PATH.read_text())))
    told = {pattern: _rules(_formed(pattern), "\0")[""] for pattern in patterns}
    assert len(told) > 10
    assert [pattern for pattern, rule in told.items() if rule.startswith("must match")] == [], "see wording.py"


def _formed(pattern: str) -> Any:
    return Annotated[str, StringConstraints(pattern=pattern)]


def _patterns(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("pattern"), str):
            yield part["pattern"]
        for one in part.values():
            yield from _patterns(one)
    elif isinstance(part, list):
        for one in part:
            yield from _patterns(one)
