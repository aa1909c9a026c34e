"""The examples of the description, sent to the real services as they are printed: a brand's first day."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc
import httpx
import pytest_asyncio

from cli.demo.claiming import code_of
from cli.fleet import operator
from omo.member.v1 import access_service_pb2 as pb
from omo.member.v1 import access_service_pb2_grpc as rpc
from tests.harness import fleet as fleets
from tests.service.gateway import (
    cart_examples,
    counter_examples,
    engagement_examples,
    figures_examples,
    goods_examples,
    invoices_examples,
    lot_examples,
    loyalty_examples,
    merge_examples,
    own_examples,
    payments_examples,
    pickup_examples,
    profile_examples,
    promotion_examples,
    range_examples,
    recognised_examples,
    returns_examples,
    shipping_examples,
    talk_examples,
    value_examples,
)
from tests.service.gateway.reader import Reader
from tests.service.gateway.test_routes import CALLS, body


@pytest_asyncio.fixture(scope="module")
async def reader() -> AsyncIterator[Reader]:
    fleet = await fleets.dedicated("examples")
    async with httpx.AsyncClient(base_url=fleet.gateway_url, timeout=20, trust_env=False) as http:
        yield Reader(http, fleet)
    await fleet.close()
    fleet.fleet.plan.home.remove()


async def _staff_session(reader: Reader, code: str, staff_code: str = "") -> str:
    """A terminal enrols by the code, and the staff member of the examples signs in there, or one who differs."""
    async with grpc.aio.insecure_channel(reader.fleet.fleet.plan.places["member"].listen) as channel:
        access = rpc.AccessServiceStub(channel)
        enrolled = await access.EnrolTerminal(pb.EnrolTerminalRequest(code=code), timeout=5)
        terminal_id, secret = enrolled.terminal.terminal_id, enrolled.device_secret
        asked = pb.IssueDeviceTokenRequest(terminal_id=terminal_id, device_secret=secret)
        device = (await access.IssueDeviceToken(asked, timeout=5)).access_token
        who = body(CALLS["PUT", "/v1/hq/staff"])
        sign_in = pb.SignInStaffRequest(staff_code=staff_code or who["staff"]["staff_code"], pin=who["pin"])
        as_device = (("authorization", f"Bearer {device}"),)
        signed_in = await access.SignInStaff(sign_in, timeout=5, metadata=as_device)
        token: str = signed_in.session.access_token
        return token


async def _hire(reader: Reader, staff_code: str, location_id: str) -> str:
    """A manager of a place, signed in at a terminal of its own."""
    at = {"home_location_id": location_id, "location_ids": [location_id]}
    changed = {"staff_code": staff_code, "roles": ["manager"], **at}
    await reader.send("PUT", "/v1/hq/staff", staff=body(CALLS["PUT", "/v1/hq/staff"])["staff"] | changed)
    made = await reader.send("POST", "/v1/hq/terminals/codes", 201, location_id=location_id)
    return await _staff_session(reader, made["code"], staff_code)


async def _headquarters(reader: Reader) -> None:
    async with grpc.aio.insecure_channel(reader.fleet.fleet.plan.places["member"].listen) as channel:
        access = rpc.AccessServiceStub(channel)
        secret = reader.fleet.operator_secret()
        invited = await operator.invite(access, secret, "王雅婷", ["admin", "analyst", "merchandiser", "service"])
    signed_in = await reader.send("POST", "/v1/hq/auth/redeem", invite_token=invited.invite_token)
    reader.tokens["hq"] = signed_in["session"]["access_token"]
    device = body(CALLS["POST", "/v1/hq/auth/redeem"])["device_id"]
    refresh = signed_in["session"]["refresh_token"]
    fresh = await reader.send("POST", "/v1/hq/auth/refresh", refresh_token=refresh, device_id=device)
    reader.tokens["hq"] = fresh["session"]["access_token"]


async def _brand(reader: Reader) -> None:
    send = reader.send
    await send("PUT", "/v1/hq/locations")
    await send("PUT", "/v1/hq/channels", expect=204)
    await send("PUT", "/v1/hq/products")
    await send("PUT", "/v1/hq/price-lists")
    await send("PUT", "/v1/hq/program")
    await promotion_examples.publish(reader)
    await send("PUT", "/v1/hq/staff")
    await send("POST", "/v1/hq/stock/movements", 201)
    await send("POST", "/v1/hq/invites", 201)
    await send("POST", "/v1/hq/keys/rotate", 201)
    for path in ("products", "locations", "channels", "program", "rules", "staff", "terminals", "stock/shortfalls"):
        assert await send("GET", f"/v1/hq/{path}")
    await send("GET", "/v1/hq/price-lists/{price_list_id}", price_list_id="TW-2026")
    journal = await send("GET", "/v1/hq/stock/movements", query="?sku=COAT-CAMEL-M&location=TPE01")
    assert [(one["kind"], one["quantity"]) for one in journal["movements"]] == [("RECEIPT", 24)]
    await range_examples.sell(reader)
    await reader.fleet.quiesce()


async def _shopper(reader: Reader) -> dict[str, Any]:
    send = reader.send
    assert (await send("GET", "/v1/stores"))["locations"][0]["location_id"] == "TPE01"
    assert (await send("GET", "/v1/drop-points"))["locations"] == []
    assert (await send("GET", "/v1/products"))["products"][0]["variants"][0]["sku"] == "COAT-CAMEL-M"
    await send("GET", "/v1/products/{product_id}", product_id="COAT-CAMEL")
    hits = (await send("GET", "/v1/search/products", query="?query=大衣&channel=web"))["hits"]
    assert [(one["product"]["product_id"], one["match"]) for one in hits] == [("COAT-CAMEL", "NAME")]
    levels = await send("GET", "/v1/availability", query="?sku=COAT-CAMEL-M&location=TPE01")
    assert levels["levels"][0]["available"] == 24
    guest = await send("POST", "/v1/quotes")
    assert guest["quote"]["totals"]["grand_total"] == {"currency": "TWD", "amount": 12800}
    sent = await send("POST", "/v1/auth/otp")
    async with asyncio.timeout(10):
        # a log has no event of its own
        while not (code := code_of(reader.fleet.log("member"), sent["challenge_id"])):  # noqa: ASYNC110
            await asyncio.sleep(0.05)
    signed_in = await send("POST", "/v1/auth/otp/verify", challenge_id=sent["challenge_id"], code=code)
    reader.tokens["shop"] = signed_in["session"]["access_token"]
    found: dict[str, Any] = signed_in
    return found


async def _order(reader: Reader) -> dict[str, Any]:
    send = reader.send
    contact = await send("POST", "/v1/contacts", 201)
    quote = (await send("POST", "/v1/quotes"))["quote"]
    named = {"contact_id": contact["contact_id"], "masked_name": contact["masked_name"]}
    order = (await send("POST", "/v1/orders", 201, quote_id=quote["quote_id"], **named))["order"]
    assert order["state"] == "CONFIRMED"
    assert (await send("GET", "/v1/orders"))["orders"][0]["order_id"] == order["order_id"]
    second = (await send("POST", "/v1/quotes"))["quote"]["quote_id"]
    undone = (await send("POST", "/v1/orders", 201, quote_id=second, **named))["order"]["order_id"]
    cancelled = await send("POST", "/v1/orders/{order_id}/cancel", order_id=undone)
    assert cancelled["order"]["state"] == "CANCELLED"
    return dict(order)


async def _store(reader: Reader, order_id: str) -> None:
    send = reader.send
    tasks = (await reader.until(lambda found: found["tasks"], "GET", "/v1/staff/tasks"))["tasks"]
    (task,) = (one["fulfilment_id"] for one in tasks if one["order_id"] == order_id)
    await send("GET", "/v1/staff/tasks/{task_id}", task_id=task)
    for step in ("accept", "pick", "ready"):
        await send("POST", f"/v1/staff/tasks/{{task_id}}/{step}", task_id=task)
    pin = (await send("GET", "/v1/orders/{order_id}", order_id=order_id))["order"]["pickup_pin"]
    wrong = f"{(int(pin) + 1) % 1_000_000:06d}"
    refused = await send("POST", "/v1/staff/tasks/{task_id}/handover", 403, task_id=task, pin=wrong)
    assert (refused["reason"], refused["metadata"]["tries_left"]) == ("PIN_WRONG", "4")
    assert [one["field"] for one in refused["errors"]] == ["pin"]
    done = await send("POST", "/v1/staff/tasks/{task_id}/handover", task_id=task, pin=pin, lots=lot_examples.TAKEN)
    assert done["fulfilment"]["state"] == "HANDED_OVER"
    await reader.fleet.quiesce()


async def _counter(reader: Reader, member_id: str) -> None:
    """Who stands there, what he wishes, and what is asked for."""
    send = reader.send
    for path in ("", "/wishes"):
        await send("GET", f"/v1/staff/members/{{member_id}}{path}", member_id=member_id)
    await send("POST", "/v1/staff/members/{member_id}/wishes", 201, member_id=member_id)
    await send("POST", "/v1/staff/members/find")
    assert (await send("GET", "/v1/staff/search/products", query="?query=4712345678900"))["hits"]
    await send("POST", "/v1/staff/members", 201, phone="0987654321")


async def test_the_description_is_enough_to_run_a_shop(reader: Reader) -> None:
    send = reader.send
    await _headquarters(reader)
    await _brand(reader)
    reader.tokens["staff"] = await _staff_session(reader, (await send("POST", "/v1/hq/terminals/codes", 201))["code"])
    member_id = (await _shopper(reader))["member"]["member_id"]
    await own_examples.look(reader)
    await _store(reader, order_id := (await _order(reader))["order_id"])
    await profile_examples.profile(reader, member_id)
    await talk_examples.talk(reader)
    await engagement_examples.engage(reader, member_id)
    await recognised_examples.recognise(reader, member_id)
    await _counter(reader, member_id)
    await send("GET", "/v1/staff/orders")
    await send("GET", "/v1/staff/orders/{order_id}", order_id=order_id)
    passport = await send("GET", "/v1/staff/orders/{order_id}/units/{line_no}", order_id=order_id, line_no=1)
    assert passport["missing"] == []
    assert [one["kind"] for one in passport["stock"][0]["movements"]] == ["HANDOVER"]
    credited = (await send("GET", "/v1/staff/credits"))["credits"]  # of the cancelled order given and taken back
    assert sorted(one["amount"] for one in credited) == [-12800, 12800, 12800]
    assert {(one["beneficiary"], one["basis"]) for one in credited} == {("A102", "ACTIVE_BINDING")}
    await send("GET", "/v1/staff/credits/explain", query=f"?order_id={order_id}&line_no=1")
    await figures_examples.figures(reader, order_id, member_id)
    await profile_examples.privacy(reader, member_id)
    await goods_examples.open_places(reader)
    reader.tokens |= {"manager": await _hire(reader, "A001", "TPE01"), "warehouse": await _hire(reader, "A900", "WH1")}
    await goods_examples.move(reader, order_id)
    for act in (loyalty_examples.hold, value_examples.hold, merge_examples.settle, cart_examples.fill):
        await act(reader, member_id)
    await returns_examples.come_back(reader, order_id)
    await pickup_examples.collect(reader, member_id)
    await counter_examples.settle(reader, member_id)
    await goods_examples.restock(reader)
    await shipping_examples.send_home(reader)
    await payments_examples.pay(reader)
    await invoices_examples.issue(reader)
    terminal_id = (await send("GET", "/v1/hq/terminals"))["terminals"][0]["terminal_id"]
    await send("POST", "/v1/hq/terminals/{terminal_id}/revoke", terminal_id=terminal_id)
