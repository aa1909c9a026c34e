"""Completes the API's description: an example of every body and answer, keys, permissions, problems."""

from collections.abc import Iterator, Mapping
from typing import Any

from gateway.http import permissions, problems
from gateway.http.permissions import Route
from kit.access import Rule

_JSON = "application/json"
_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "Names this attempt: the same key with the same body is done once and answered the same.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "example": "7f2c1f2e-1d7c-4b0e-9d52-0c8c9d1f6a10",
}
_REPLAYED = {"Idempotent-Replayed": {"description": "true: answered before.", "schema": {"type": "string"}}}
_PROBLEM = {
    "title": "Problem",
    "type": "object",
    "description": "A refusal or failure (RFC 9457).",
    "required": ["type", "title", "status", "detail", "reason", "domain", "metadata", "trace_id"],
    "properties": {
        "type": {"type": "string", "description": "urn:omo:reason:<REASON>; see docs/errors.md."},
        "title": {"type": "string", "description": "The reason, in words."},
        "status": {"type": "integer", "description": "The HTTP status."},
        "detail": {"type": "string", "description": "What went wrong, for people."},
        "reason": {"type": "string", "description": "Part of the API: one is added, never renamed."},
        "domain": {"type": "string", "description": "Which service refused."},
        "metadata": {
            "type": "object",
            "description": "What the refusal is about, by name.",
            "additionalProperties": {"type": "string"},
        },
        "errors": {
            "type": "array",
            "description": "Each field that is wrong, with its rule.",
            "items": {
                "type": "object",
                "required": ["field", "rule"],
                "properties": {
                    "field": {"type": "string", "description": "Where, such as lines[0].quantity."},
                    "rule": {"type": "string", "description": "What its value must be."},
                },
            },
        },
        "trace_id": {"type": "string", "description": "Finds the call in our logs: say it when you report a fault."},
    },
    "example": {
        "type": "urn:omo:reason:FIELD_INVALID",
        "title": "Field invalid",
        "status": 400,
        "detail": "lines[0].quantity: must be at least 1",
        "reason": "FIELD_INVALID",
        "domain": "omo.gateway",
        "metadata": {"field": "lines[0].quantity", "rule": "must be at least 1"},
        "errors": [{"field": "lines[0].quantity", "rule": "must be at least 1"}],
        "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
    },
}
_AUDIENCES = (("shop", "shopper"), ("guest", "guest"), ("staff", "staff"), ("hq", "hq"))


def complete(document: dict[str, Any]) -> None:
    """Adds what one place knows of every call, so that no route has to say it."""
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Problem"] = _PROBLEM
    document["components"]["securitySchemes"] = {
        name: {"type": "http", "scheme": "bearer", "bearerFormat": "JWT", "description": f"A {name}'s access token."}
        for _, name in _AUDIENCES
    }
    for path, method, operation in operations(document):
        _complete(operation, permissions.TABLE[method, path], method, schemas)


def operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Each call with its path and method."""
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method.upper(), operation


def _complete(operation: dict[str, Any], route: Route, method: str, schemas: Mapping[str, Any]) -> None:
    operation["security"] = _security(route.rule)
    operation["x-omo-permission"] = route.permission
    said = operation.get("description", "")
    roles = _roles(route.rule)
    operation["description"] = "\n\n".join(part for part in (said, roles, _keyless(route)) if part)
    if method != "GET" and not route.keyless:
        operation.setdefault("parameters", []).append(_KEY)
    _exemplify(operation.get("requestBody", {}), schemas)
    responses = operation["responses"]
    responses.pop("422", None)
    for status, response in responses.items():
        _exemplify(response, schemas)
        if method != "GET" and not route.keyless and status.startswith("2"):
            response["headers"] = _REPLAYED
    responses["default"] = {
        "description": "A problem document.",
        "content": {
            problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}, "example": _PROBLEM["example"]}
        },
    }


def _exemplify(part: dict[str, Any], schemas: Mapping[str, Any]) -> None:
    for media in part.get("content", {}).values():
        if "example" not in media:
            media["example"] = example(media["schema"], schemas)


def _security(rule: Rule) -> list[dict[str, list[str]]]:
    named: list[dict[str, list[str]]] = [{name: []} for kind, name in _AUDIENCES if getattr(rule, kind)]
    return named or [{}]


def _roles(rule: Rule) -> str:
    if rule.anonymous:
        return "For everybody."
    if rule.shop and rule.guest:
        return "For every shopper and every guest, about himself."
    for kind, name in _AUDIENCES:
        allowed = getattr(rule, kind)
        if isinstance(allowed, frozenset):
            return f"For {name} with one of the roles: {', '.join(sorted(allowed))}."
        if allowed:
            return f"For {'every shopper, about himself' if kind == 'shop' else f'all {name}'}."
    return ""


def _keyless(route: Route) -> str:
    return f"No Idempotency-Key: {route.keyless}." if route.keyless else ""


def example(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Any:
    """A value that the schema allows, put together from the examples of its fields."""
    if "examples" in schema:
        return schema["examples"][0]
    if "$ref" in schema:
        return example(schemas[schema["$ref"].rpartition("/")[2]], schemas)
    if choices := schema.get("anyOf"):
        return example(next(one for one in choices if one.get("type") != "null"), schemas)
    match schema.get("type"):
        case "object":
            return {name: example(part, schemas) for name, part in schema.get("properties", {}).items()}
        case "array":
            return [example(schema["items"], schemas)]
    raise ValueError(f"no example: {dict(schema)}")
