"""Every route against every audience, and every answer against what is promised of it."""

import re
from typing import Any
from urllib.parse import urlencode

import pytest
from fastapi import APIRouter
from pydantic import TypeAdapter

from gateway.http import permissions
from gateway.http.description import examples
from gateway.http.door import admission
from gateway.http.door.routing import Router
from gateway.http.settings import Settings
from kit.access import AUDIENCES, Kind, Principal
from tests.service.gateway.conftest import MEMBER, Door, described

DOCUMENT: dict[str, Any] = described().openapi_schema or {}
CALLS = {(method, path): operation for path, method, operation in examples.operations(DOCUMENT)}
UNSHOWN = {("GET", "/openapi.json"), ("GET", "/docs")}
# tables for spreadsheets: no model says what is in them
CSV = {one for one in permissions.TABLE if one[1].endswith(".csv")}
AUDIENCE = {"": Kind.ANONYMOUS, **AUDIENCES}


def filled(path: str, operation: dict[str, Any]) -> str:
    """The path with its examples in it, and its required questions."""
    samples: dict[str, dict[str, Any]] = {"path": {}, "query": {}}
    for one in operation.get("parameters", ()):
        if one["in"] in samples and one.get("required"):
            samples[one["in"]][one["name"]] = one["schema"]["examples"][0]
    full = re.sub(r"{(\w+)}", lambda match: str(samples["path"][match[1]]), path)
    return f"{full}?{urlencode(samples['query'], doseq=True)}"


def body(operation: dict[str, Any]) -> Any:
    return operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")


async def asked(door: Door, method: str, path: str, who: str) -> Any:
    operation = CALLS.get((method, path), {})
    named = {"json": body(operation)} if body(operation) is not None else {}
    return await door.call(method, filled(path, operation), who, **named)


ROUTES = [one for one in permissions.TABLE if not one[1].endswith("/events")]


@pytest.mark.parametrize(("method", "path"), ROUTES, ids=[f"{method} {path}" for method, path in ROUTES])
async def test_a_route_is_open_to_its_audience_only(steady: Door, method: str, path: str) -> None:
    """Deny is the default: what the table does not allow is refused, signed in or not."""
    rule = permissions.TABLE[method, path].rule
    for who, kind in AUDIENCE.items():
        response = await asked(steady, method, path, who)
        principal = Principal(
            kind, "x", roles=frozenset({"manager", "adviser", "cashier", "admin", "merchandiser", "service", "analyst"})
        )
        # a guest does as nobody what everybody may: his token is not looked at
        if rule.permits(principal) or (kind is Kind.GUEST and rule.anonymous):
            assert response.status_code < 300, (who, response.text)
        else:
            assert response.status_code == (401 if not who else 403), (who, response.text)
            assert response.json()["reason"] == ("PERMISSION_DENIED" if who else "UNAUTHENTICATED")
            assert response.headers["content-type"] == "application/problem+json"


SHOWN = [one for one in ROUTES if one not in UNSHOWN | CSV]


@pytest.mark.parametrize(("method", "path"), SHOWN, ids=[f"{method} {path}" for method, path in SHOWN])
async def test_an_answer_is_what_its_model_says(steady: Door, method: str, path: str) -> None:
    route = next(one for one in described().router.routes if one.path == path and method in one.methods)  # type: ignore[attr-defined]
    prefix = path.split("/")[2] if path.startswith("/v1/") else ""
    rule = permissions.TABLE[method, path].rule
    who = prefix if prefix in ("staff", "hq") else "guest" if rule.guest and not rule.shop else "shop"
    response = await asked(steady, method, path, who)
    assert response.status_code == (route.status_code or 200)  # type: ignore[attr-defined]
    model = route.response_model  # type: ignore[attr-defined]
    if model is None:
        # pictures, pages and files are described by their kind alone
        kinds = CALLS[method, path]["responses"].get("200", {}).get("content", {})
        assert response.content == b"" or response.headers["content-type"].split(";")[0] in kinds
        return
    shown = response.json()
    TypeAdapter(model).validate_json(response.content)
    assert set(shown) == set(model.model_fields)


@pytest.mark.parametrize(("method", "path"), sorted(CSV), ids=[path for _, path in sorted(CSV)])
async def test_a_table_is_csv_with_its_next_page_in_a_header(steady: Door, method: str, path: str) -> None:
    response = await asked(steady, method, path, "hq")
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    paged = any(one["name"] == "page_token" for one in CALLS[method, path].get("parameters", ()))
    assert response.headers.get("next-page-token") == ("text" if paged else None)
    example: str = CALLS[method, path]["responses"]["200"]["content"]["text/csv"]["example"]
    head, row, *_ = response.content.decode("utf-8-sig").split("\r\n")
    assert head == example.split("\r\n")[0]
    assert len(row.split(",")) == len(head.split(","))


def test_every_route_is_in_the_table_and_described() -> None:
    routes = {(method, one.path) for one in described().router.routes for method in one.methods}  # type: ignore[attr-defined]
    assert routes == set(permissions.TABLE)
    assert set(CALLS) == routes - UNSHOWN


def test_paths_tell_audiences_apart() -> None:
    for (_, path), route in permissions.TABLE.items():
        rule = route.rule
        if rule.anonymous:
            continue
        parts = {"staff": "staff", "hq": "hq", "guest-orders": "guest"}
        expected = parts.get(path.split("/")[2], "shop")
        allowed = {name for name in ("shop", "staff", "hq", "device", "service", "guest") if getattr(rule, name)}
        # some of what shoppers do guests do too, and nothing of what is others'
        assert allowed - ({"guest"} if expected == "shop" else set()) == {expected}, path


ANONYMOUS = {
    "/v1/auth/line",
    "/v1/auth/line/finish",
    "/v1/auth/line/join",
    "/v1/auth/passkey",
    "/v1/auth/passkey/finish",
    "/v1/auth/email/confirm",
    "/v1/visits", "/v1/preorders", "/v1/pickup-policy",
    "/healthz", "/.well-known/jwks.json", "/openapi.json", "/docs", "/v1/webhooks/payments/{provider}",
    "/v1/webhooks/messages/{provider}", "/v1/webhooks/carriers/{carrier}", "/v1/push/key", "/v1/t/{token}",
    "/v1/exports/{token}",
    "/v1/guests", "/v1/guest-orders/{order_id}", "/v1/guest-orders/{order_id}/cancel",
    "/v1/auth/otp", "/v1/auth/otp/verify", "/v1/auth/refresh", "/v1/auth/signout",
    "/v1/staff/auth/refresh", "/v1/staff/auth/signout",
    "/v1/hq/auth/redeem", "/v1/hq/auth/refresh", "/v1/hq/auth/signout",
    "/v1/products", "/v1/products/{product_id}", "/v1/search/products", "/v1/availability", "/v1/stores", "/v1/quotes",
    "/v1/drop-points",
    "/v1/channels/{channel_id}/availability",
    "/v1/pickup-choices", "/v1/pickup-choices/look",
    "/v1/carts", "/v1/carts/{cart_id}", "/v1/carts/{cart_id}/changes", "/v1/carts/{cart_id}/code",
}  # fmt: skip


def test_what_is_open_to_everybody_is_named_here() -> None:
    assert {path for (_, path), route in permissions.TABLE.items() if route.rule.anonymous} == ANONYMOUS


async def test_a_role_that_a_route_does_not_name_is_refused(door: Door) -> None:
    token = door.token("hq", roles=["analyst"])
    denied = await door.call("PUT", "/v1/hq/staff", token, json=body(CALLS["PUT", "/v1/hq/staff"]))
    assert denied.status_code == 403
    assert denied.json()["metadata"] == {"permission": "staff.write"}
    assert not door.peers.asked("PutStaff")


async def test_what_the_table_does_not_hold_is_closed(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    router = APIRouter(route_class=admission.Door)

    @router.get("/v1/forgotten")
    async def forgotten() -> dict[str, str]:
        raise AssertionError("reached")

    monkeypatch.setattr(described().router, "_candidates", Router(router.routes)._candidates)  # type: ignore[arg-type]
    assert (await door.call("GET", "/v1/forgotten")).status_code == 401
    for who in ("shop", "staff", "hq", "device", "service"):
        assert (await door.call("GET", "/v1/forgotten", who)).status_code == 403


async def test_the_caller_s_own_token_reaches_the_service(door: Door) -> None:
    await door.call("GET", "/v1/me", "shop")
    seen = door.peers.last("GetMember")
    assert (seen.principal.kind, seen.principal.id) == (Kind.MEMBER, MEMBER)
    assert seen.request.member_id == MEMBER
    assert 2.5 < seen.left <= 3.0


async def test_settings_are_read_as_texts() -> None:
    assert Settings(env="test", cors_origins="https://a.example, https://b.example").origins == [
        "https://a.example",
        "https://b.example",
    ]
