"""What callers may not send, and what they are told of it."""

import asyncio
import json
from typing import Any

import pytest

from gateway.http import permissions
from kit.errors import Code
from tests.service.gateway.conftest import Door
from tests.service.gateway.peers import refusal
from tests.service.gateway.test_routes import CALLS, body, filled

BODIES = [
    (method, path)
    for (method, path), operation in CALLS.items()
    if isinstance(body(operation), dict) and "webhooks" not in path
]


@pytest.mark.parametrize(("method", "path"), BODIES, ids=[f"{method} {path}" for method, path in BODIES])
async def test_a_field_that_a_call_does_not_have_is_refused(steady: Door, method: str, path: str) -> None:
    """Mass assignment: whatever is smuggled in reaches nobody."""
    operation = CALLS[method, path]
    prefix = path.split("/")[2]
    who = prefix if prefix in ("staff", "hq") else "shop"
    for name in {"points", "price", "role", "member_id", "request_id", "staff_code"} - body(operation).keys():
        refused = await steady.call(method, filled(path, operation), who, json=body(operation) | {name: 1})
        assert refused.status_code == 400
        assert refused.json()["errors"] == [{"field": name, "rule": "is no field of this call"}]
    assert not steady.peers.calls


async def test_a_price_from_the_client_is_refused(steady: Door) -> None:
    basket = {"lines": [{"sku": "COAT-CAMEL-M", "quantity": 1, "price": 1}]}
    for path in ("/v1/quotes", "/v1/orders"):
        refused = await steady.call("POST", path, "shop", json=basket)
        assert refused.status_code == 400
        assert refused.json()["reason"] == "PRICE_FROM_CLIENT"
        assert refused.json()["metadata"]["field"] == "lines[0].price"
    assert not steady.peers.calls


@pytest.mark.parametrize("quantity", [0, -1, 1_000_001, 10**9, 10**30, 1.5, "1", True, None, [1]])
async def test_a_quantity_that_is_none_is_refused(steady: Door, quantity: Any) -> None:
    refused = await steady.call("POST", "/v1/quotes", "shop", json={"lines": [{"sku": "A", "quantity": quantity}]})
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["field"] == "lines[0].quantity"


async def test_too_many_lines_are_refused(steady: Door) -> None:
    refused = await steady.call("POST", "/v1/quotes", "shop", json={"lines": [{"sku": "A", "quantity": 1}] * 101})
    assert refused.json()["errors"][0]["field"] == "lines"


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe", b"[" * 30_000, b'{"a":' * 10_000, b"NaN"]
)
async def test_a_body_that_is_no_object_is_refused(steady: Door, content: bytes) -> None:
    refused = await steady.call("POST", "/v1/quotes", content=content, headers={"Content-Type": "application/json"})
    assert refused.status_code == 400, refused.text
    assert refused.json()["reason"] == "FIELD_INVALID"
    assert not steady.peers.calls


async def test_a_body_of_another_type_is_refused(steady: Door) -> None:
    refused = await steady.call("POST", "/v1/quotes", data={"lines": "x"})
    assert refused.status_code == 400
    assert "application/json" in refused.json()["errors"][0]["rule"]


async def test_a_body_above_the_limit_is_refused_unread(steady: Door) -> None:
    large = {"lines": [{"sku": "A", "quantity": 1}], "coupon_codes": ["x" * permissions.BODY]}
    refused = await steady.call("POST", "/v1/quotes", json=large)
    assert refused.status_code == 413
    assert refused.json()["metadata"] == {"limit": str(permissions.BODY)}


async def test_a_body_that_hides_its_size_is_cut_at_the_limit(steady: Door) -> None:
    async def endless() -> Any:
        for _ in range(100):
            yield b" " * 1024

    refused = await steady.call("POST", "/v1/quotes", content=endless(), headers={"Content-Type": "application/json"})
    assert refused.status_code == 413


async def test_a_bulk_route_takes_more(steady: Door) -> None:
    product = {"product_id": "P", "name": "x" * 200, "variants": []}
    products = [product | {"product_id": f"P{number}", "tags": ["y" * 200] * 3} for number in range(200)]
    assert len(json.dumps({"products": products})) > 2 * permissions.BODY
    taken = await steady.call("PUT", "/v1/hq/products", "hq", json={"products": products})
    assert taken.status_code == 200, taken.text
    assert len(steady.peers.last("PutProducts").request.products) == 200


@pytest.mark.parametrize("size", ["0", "101", "-1", "many"])
async def test_a_page_has_a_hundred_rows_at_most(steady: Door, size: str) -> None:
    refused = await steady.call("GET", f"/v1/orders?page_size={size}", "shop")
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["field"] == "page_size"


async def test_a_body_that_never_ends_is_not_waited_for(steady: Door) -> None:
    reader, writer = await asyncio.open_connection(*steady.address.split(":"))
    head = "POST /v1/quotes HTTP/1.1\r\nHost: x\r\nIdempotency-Key: k\r\nContent-Type: application/json\r\n"
    writer.write(f"{head}Content-Length: 100\r\n\r\n{{".encode())
    answered = await asyncio.wait_for(reader.readuntil(b"\r\n"), 30)
    writer.close()
    assert b" 504 " in answered


async def test_an_id_that_is_none_is_refused_before_anybody_is_asked(steady: Door) -> None:
    refused = await steady.call("GET", "/v1/staff/members/not-an-id", "staff")
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["field"] == "member_id"
    assert not steady.peers.calls


@pytest.mark.parametrize("code", list(Code))
async def test_a_refusal_of_a_service_is_told_as_it_is(steady: Door, code: Code) -> None:
    steady.peers.answers["GetOrder"] = refusal("SOME_REASON", code, sku="COAT-CAMEL-M", sql="SELECT 1")
    told = (await steady.call("GET", "/v1/orders/o1", "shop")).json()
    assert (told["reason"], told["domain"]) == ("SOME_REASON", "omo.order")
    assert told["metadata"] == ({} if code is Code.INTERNAL else {"sku": "COAT-CAMEL-M"})
    assert len(told["trace_id"]) == 32


@pytest.mark.parametrize(
    ("path", "audience"),
    [("/v1/products?page_sise=3", ""), ("/v1/orders?page_size=5&channel=STORE", "shop"), ("/v1/hq/sales?x", "hq")],
)
async def test_a_query_parameter_that_nobody_knows_is_refused(door: Door, path: str, audience: str) -> None:
    """A misspelt filter would be answered with everything."""
    answer = await door.call("GET", path, audience)
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["field"] in {"page_sise", "channel", "x"}
    assert error["rule"] == "is no parameter of this call"
    assert not door.peers.calls
