"""The HTTP contract: committed, complete, and every example true to its schema."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from gateway.http import permissions
from gateway.http.description import examples, glossary, glossary_own, reading
from tools import openapi

# as it is committed: the first test proves that it is what the gateway says, and making it takes seconds
DOCUMENT: dict[str, Any] = json.loads(openapi.PATH.read_text())
CALLS = [(path, method, operation) for path, method, operation in examples.operations(DOCUMENT)]
NAMES = [f"{method} {path}" for path, method, _ in CALLS]


def _media(operation: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for kind, media in operation.get("requestBody", {}).get("content", {}).items():
        yield "body", kind, media
    for status, response in operation["responses"].items():
        for kind, media in response.get("content", {}).items():
            yield status, kind, media


def _errors(schema: Any, value: Any) -> list[str]:
    validator = Draft202012Validator({**schema, "components": DOCUMENT["components"]})
    return [error.message for error in validator.iter_errors(value)]


def test_the_committed_description_is_fresh() -> None:
    assert openapi.PATH.read_text() == openapi.text(), "run `make gen`"


def test_it_is_openapi_3_1() -> None:
    assert DOCUMENT["openapi"] == "3.1.0"


@pytest.mark.parametrize(("path", "method", "operation"), CALLS, ids=NAMES)
def test_every_call_is_shown_by_examples_that_are_true(path: str, method: str, operation: dict[str, Any]) -> None:
    shown = {where for where, _, _ in _media(operation)}
    silent = operation["responses"].keys() & {"204"}
    assert shown >= {status for status in operation["responses"] if status not in silent}
    for where, kind, media in _media(operation):
        assert "example" in media, where
        if kind != "text/event-stream":
            assert _errors(media["schema"], media["example"]) == [], where


@pytest.mark.parametrize(("path", "method", "operation"), CALLS, ids=NAMES)
def test_every_parameter_says_what_it_may_be(path: str, method: str, operation: dict[str, Any]) -> None:
    for one in operation.get("parameters", ()):
        assert one["schema"], one["name"]
        if one["in"] == "path":
            sample = one["schema"]["examples"][0]
            assert _errors(one["schema"], sample) == []


@pytest.mark.parametrize(("path", "method", "operation"), CALLS, ids=NAMES)
def test_keys_and_permissions_are_those_of_the_table(path: str, method: str, operation: dict[str, Any]) -> None:
    route = permissions.TABLE[method, path]
    keyed = any(one["name"] == "Idempotency-Key" and one["required"] for one in operation.get("parameters", ()))
    assert keyed == (method != "GET" and not route.keyless)
    assert operation["x-omo-permission"] == route.permission
    assert (operation["security"] == [{}]) == route.rule.anonymous
    if route.keyless and not keyed and method != "GET":
        assert route.keyless in operation["description"]


def _silent(schema: Any, path: str) -> Iterator[str]:
    """Fields, at whatever depth, that do not say what they are."""
    for name, field in schema.get("properties", {}).items():
        if not field.get("description", "").strip():
            yield f"{path}.{name}"
        yield from _silent(field, f"{path}.{name}")
    if "items" in schema:
        yield from _silent(schema["items"], path)


def test_every_field_says_what_it_is() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    assert [one for name, schema in schemas.items() for one in _silent(schema, name)] == [], (
        "see gateway/http/glossary*"
    )


def test_every_parameter_says_what_it_is() -> None:
    silent = {
        f"{method} {path} {one['name']}"
        for path, method, operation in CALLS
        for one in operation.get("parameters", ())
        if not one.get("description", "").strip()
    }
    assert silent == set(), "see gateway/http/glossary*"


def test_the_glossary_holds_no_word_that_nothing_needs() -> None:
    """Nor one that each model says itself."""
    told = {field.get("description") for _, _, field in glossary.fields(DOCUMENT)}
    told |= {one.get("description") for one in glossary.parameters(DOCUMENT)}
    words = {*glossary.WORDS.values(), *glossary_own.ASKED.values()}
    words |= {text for model in glossary_own.OWN.values() for text in model.values()}
    assert words - told == set()


def test_names_of_calls_are_verbs_and_unique() -> None:
    names = [operation["operationId"] for _, _, operation in CALLS]
    assert len(set(names)) == len(names)
    assert {"place_order", "quote", "cancel_order", "bind_member", "put_rules"} <= set(names)
    assert all(
        name == name.lower() and operation.get("tags") for name, (*_, operation) in zip(names, CALLS, strict=True)
    )


@pytest.mark.parametrize(("path", "method", "operation"), CALLS, ids=NAMES)
def test_every_call_says_in_words_what_it_does(path: str, method: str, operation: dict[str, Any]) -> None:
    assert operation["description"].strip()
    assert operation["responses"]["default"]["content"].keys() == {"application/problem+json"}


def test_a_body_refuses_what_it_does_not_name() -> None:
    bodies = {
        media["schema"]["$ref"].rpartition("/")[2]
        for *_, operation in CALLS
        for where, _, media in _media(operation)
        if where == "body" and "$ref" in media["schema"]
    }
    schemas = DOCUMENT["components"]["schemas"]
    assert bodies
    assert [name for name in bodies if schemas[name].get("additionalProperties") is not False] == []


def test_no_model_lends_a_shopper_the_brand_s_costs() -> None:
    shopper = [operation for path, _, operation in CALLS if not path.startswith(("/v1/staff", "/v1/hq"))]
    told = json.dumps([media["example"] for one in shopper for _, _, media in _media(one)])
    assert "unit_cost" not in told
    assert "unit_cost" in json.dumps(DOCUMENT)


def test_the_page_shows_every_call() -> None:
    page = reading.page(DOCUMENT)
    assert all(f"<code>{path}</code>" in page for path, _, _ in CALLS)
    assert "<code>cart_hold_id</code> A hold of the shopper&#x27;s own" in page
    assert "<code>order.lines</code>" in page
    assert "<script" not in page
    assert "http://" not in page.replace("https://", "")
