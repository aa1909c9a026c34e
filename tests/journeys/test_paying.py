"""Orders that are not paid at once, not at all, or given up: what is held goes where it belongs."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from cli.demo.stage import until
from cli.demo.tale import Tale
from cli.demo.web import Web
from kit.ids import uuid7
from tests.harness.fleet import TestFleet
from tests.journeys.baskets import SHIRT_PRICE, basket, order_of, paid_by, to_be_had
from tests.journeys.stages import opened, refused

pytestmark = pytest.mark.xdist_group("fleet")
_STREAM_SECONDS = 20.0


@pytest_asyncio.fixture(scope="module")
async def tale(fleet: TestFleet, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Tale]:
    """A shopper of a loaded brand, signed in."""
    async with opened(fleet, tmp_path_factory.mktemp("paying")) as one:
        yield one


async def test_a_redirect_is_paid_and_the_stream_tells_it(tale: Tale) -> None:
    there = await to_be_had(tale)
    body = basket() | paid_by("sim_redirect", return_url="https://shop.example/return")
    placed = await tale.app.ask("POST", "/v1/orders", body)
    order = placed.json()["order"]
    assert (placed.status_code, order["state"]) == (202, "PENDING_PAYMENT")
    assert await to_be_had(tale) == there - 1, "what he is about to pay is held"
    states: list[str] = []
    async with asyncio.timeout(_STREAM_SECONDS), tale.app.stream(f"/v1/orders/{order['order_id']}/events") as stream:
        async for seen in _orders(stream):
            states.append(seen["state"])
            if states == ["PENDING_PAYMENT"]:
                await _pay(order["next_action"]["redirect_url"])
            if seen["state"] == "CONFIRMED":
                break
    assert states[0] == "PENDING_PAYMENT"
    assert states[-1] == "CONFIRMED"
    paid = await order_of(tale, order["order_id"])
    assert [(tender["state"], tender["amount"]["amount"]) for tender in paid["tenders"]] == [
        ("AUTHORISED", SHIRT_PRICE)
    ]
    assert paid["next_action"] is None
    await _nothing_drifts(tale)


async def _orders(stream: httpx.Response) -> AsyncIterator[dict[str, Any]]:
    async for line in stream.aiter_lines():
        if line.startswith("data: "):
            yield json.loads(line.removeprefix("data: "))["order"]


async def _pay(redirect_url: str) -> None:
    """The shopper's browser opens the provider's page."""
    async with httpx.AsyncClient(trust_env=False, timeout=_STREAM_SECONDS) as browser:
        answer = await browser.get(redirect_url)
    assert answer.status_code == 303
    assert answer.headers["location"] == "https://shop.example/return"


async def test_a_redirect_that_the_shopper_declines_ends_the_order(tale: Tale) -> None:
    there = await to_be_had(tale)
    order = (await tale.app.post("/v1/orders", basket() | paid_by("sim_redirect")))["order"]
    async with httpx.AsyncClient(trust_env=False, timeout=_STREAM_SECONDS) as browser:
        await browser.get(f"{order['next_action']['redirect_url']}?decline=1")
    ended = await until(
        "the end of the order", lambda: order_of(tale, order["order_id"]), lambda found: found["state"] == "CANCELLED"
    )
    assert ended["reason"] == "PAYMENT_DECLINED"
    await tale.stage.settle()
    assert await to_be_had(tale) == there
    await _nothing_drifts(tale)


async def test_a_declined_payment_leaves_nothing_held(tale: Tale) -> None:
    there, key = await to_be_had(tale), uuid7()
    refusal = await refused(tale.app.post("/v1/orders", basket() | paid_by("sim_decline"), key))
    assert (refusal.status, refusal.reason) == (402, "PAYMENT_DECLINED"), refusal.problem
    assert refusal.metadata["provider_code"] == "insufficient_funds"
    await tale.stage.settle()
    assert await to_be_had(tale) == there
    again = await refused(tale.app.post("/v1/orders", basket() | paid_by("sim_decline"), key))
    assert again.reason == "PAYMENT_DECLINED", "the same request meets the same answer"
    await _nothing_drifts(tale)


async def test_cancelling_gives_back_stock_points_and_money(tale: Tale) -> None:
    there, earned = await to_be_had(tale), (await _standing(tale))["points_pending"]
    await tale.hq.post(f"/v1/hq/members/{tale.member_id}/points", {"points": 300, "reason": "welcome"})
    order = (await tale.app.post("/v1/orders", basket() | paid_by("sim_ok") | {"spend_points": 280}))["order"]
    assert order["totals"]["grand_total"]["amount"] == SHIRT_PRICE - 280
    await tale.stage.settle()
    spent = await _standing(tale)
    assert (spent["points_active"], spent["points_spent"]) == (20, 280)
    assert spent["points_pending"] == earned + 140, "one for each NT$10 of 1,400, until some days after the handover"
    assert await to_be_had(tale) == there - 1
    cancelled = (await tale.app.post(f"/v1/orders/{order['order_id']}/cancel", {"reason": "CHANGED_MIND"}))["order"]
    assert (cancelled["state"], cancelled["reason"]) == ("CANCELLED", "CHANGED_MIND")
    await tale.stage.settle()
    assert await to_be_had(tale) == there
    back = await _standing(tale)
    assert (back["points_active"], back["points_pending"]) == (300, earned)
    ended = await order_of(tale, order["order_id"])
    assert [tender["state"] for tender in ended["tenders"] if tender["provider"]] == ["VOIDED"]
    assert [each["state"] for each in ended["fulfilments"]] == ["CANCELLED"]
    await _nothing_drifts(tale)


async def _standing(tale: Tale) -> dict[str, Any]:
    standing: dict[str, Any] = (await tale.app.get("/v1/me/standing"))["standing"]
    return standing


async def _nothing_drifts(tale: Tale) -> None:
    await tale.stage.settle()
    checks, drifts = await tale.stage.prove()
    assert checks > 30
    assert drifts == []


async def test_a_guest_is_quoted_and_may_not_order(tale: Tale, fleet: TestFleet) -> None:
    async with Web(fleet.gateway_url) as guest:
        quote = (await guest.post("/v1/quotes", basket()))["quote"]
        assert quote["totals"]["grand_total"] == {"currency": "TWD", "amount": SHIRT_PRICE}
        refusal = await refused(guest.post("/v1/orders", {"quote_id": quote["quote_id"]} | paid_by("sim_ok")))
    assert (refusal.status, refusal.reason) == (401, "UNAUTHENTICATED")
