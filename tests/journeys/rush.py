"""A flash sale's crowd: shoppers on the web and in the app, and others at the till of the store, all at once."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from cli.demo import brand
from cli.demo.claiming import code_of
from cli.demo.counter import Counter
from cli.demo.stage import until
from cli.demo.web import Refusal, Web
from kit.errors import Fault
from kit.ids import uuid7
from omo.inventory.v1 import stock_pb2
from omo.storefacts.v1 import facts_pb2 as facts
from omo.storelink.v1 import till_service_pb2 as pb
from omo.type.v1 import trade_pb2
from tests.harness.fleet import TestFleet
from tests.journeys.baskets import basket, paid_by

FLASH, PRICE = "FLASH-BEANIE-ONE", 1_050
# net 1,000
_TAX = 50
# told to come again, which any app does with the same key
_AGAIN = {
    "OVERLOADED", "RATE_LIMITED", "REQUEST_RUNNING", "CONFLICT", "UNAVAILABLE", "CHECKOUT_UNDONE", "DEADLINE_EXCEEDED",
}  # fmt: skip
_TRIES, _PAUSE = 100, 0.2
CONNECTIONS = 100


@dataclass(slots=True)
class Account:
    """Somebody who has signed in, with as many windows open as he likes."""

    web: Web
    device: str
    session: dict[str, Any] = field(default_factory=dict)

    @property
    def app(self) -> Web:
        return self.web.as_(self.session["access_token"])

    async def sign_in(self, fleet: TestFleet, phone: str, network: int) -> None:
        """By telephone, from a network of his own."""
        home = httpx.AsyncHTTPTransport(local_address=f"127.9.{network}.1")
        client = httpx.AsyncClient(base_url=fleet.gateway_url, trust_env=False, transport=home, timeout=60)
        async with Web("", client=client) as web:
            challenge = (await web.post("/v1/auth/otp", {"phone": phone, "device_id": self.device}))["challenge_id"]

            async def read() -> str:
                return code_of(fleet.log("member"), challenge)

            code = await until("the login code", read, bool)
            proof = {"challenge_id": challenge, "code": code, "device_id": self.device}
            self.session = (await web.post("/v1/auth/otp/verify", proof))["session"]

    async def refresh(self) -> None:
        """Time has passed."""
        body = {"refresh_token": self.session["refresh_token"], "device_id": self.device}
        self.session = (await self.web.post("/v1/auth/refresh", body))["session"]


@dataclass(slots=True)
class Crowd:
    """What became of everybody."""

    confirmed: list[str] = field(default_factory=list)
    # began to pay, and never came back
    abandoned: list[str] = field(default_factory=list)
    # holds at the till: the shopper pays, or walks away
    in_hand: list[str] = field(default_factory=list)
    walked_away: list[str] = field(default_factory=list)
    # how each loser was told
    told: list[str] = field(default_factory=list)
    slowest: float = 0.0
    # connections; a client's own queue of thousands costs more than what waits in it
    _lines: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(CONNECTIONS))

    @property
    def promised(self) -> int:
        return len(self.confirmed) + len(self.abandoned) + len(self.in_hand) + len(self.walked_away)

    async def buys(self, account: Account, channel: str, *, pays: bool = True) -> None:
        """One buyer online: he has it, or is told that it is gone, in the answer to his one request."""
        body = {**basket(FLASH), "channel_id": channel} | paid_by("sim_ok" if pays else "sim_redirect")
        key, told = uuid7(), ""
        pause, spent = _PAUSE, 0.0
        for _ in range(_TRIES):
            async with self._lines:
                began = time.monotonic()
                try:
                    answer = await account.app.ask("POST", "/v1/orders", body, key)
                except Refusal as refusal:
                    told, again = f"{refusal.status} {refusal.reason}", refusal.reason in _AGAIN
                    pause = float(refusal.headers.get("Retry-After", _PAUSE))
                    if not again:
                        self.told.append(told)
                else:
                    order, again = answer.json()["order"], False
                    (self.confirmed if order["state"] == "CONFIRMED" else self.abandoned).append(order["order_id"])
                spent += time.monotonic() - began
                if not again:
                    self.slowest = max(self.slowest, spent)
                    return
            await asyncio.sleep(pause)  # a hundred tries at once would be over before what hinders them is
        raise AssertionError(f"nobody ever said how it ended: {told}")

    async def asks(self, counter: Counter, *, pays: bool = True) -> None:
        """One shopper at the till, who wants it put into his hand."""
        line = stock_pb2.HoldLine(sku=FLASH, quantity=1, location_id=brand.STORE)
        request = pb.HoldStockRequest(request_id=uuid7(), lines=[line], ttl_seconds=600)
        for _ in range(_TRIES):
            try:
                async with self._lines:
                    held = (await counter.ask(lambda till: till.HoldStock, request)).hold
            except Fault as fault:
                if fault.reason not in _AGAIN:
                    self.told.append(f"till {fault.reason}")
                    return
            else:
                (self.in_hand if pays else self.walked_away).append(held.hold_id)
                return
            await asyncio.sleep(_PAUSE)
        raise AssertionError("nobody ever told the till how it ended")


async def sold(counter: Counter, holds: Sequence[str], seconds: int) -> None:
    """Whoever has it in his hand pays: the sale is a fact, and the hold ends behind it."""
    for _ in holds:
        await counter.till.record(_sale(seconds))
    await counter.till.synced(30)
    assert not counter.till.noted()
    for hold_id in holds:
        request = pb.ReleaseStockRequest(request_id=uuid7(), hold_id=hold_id)
        await counter.ask(lambda till: till.ReleaseStock, request)


def _sale(seconds: int) -> facts.SaleFact:
    sale_id = uuid7()
    fact = facts.SaleFact(
        sale_id=sale_id,
        receipt_no=f"{brand.STORE}-{sale_id[-12:].upper()}",
        channel_id=brand.TILLS,
        currency_code=brand.CURRENCY,
        tax_included=True,
        cashier_staff_code=brand.LIN.code,
    )
    fact.business_time.FromSeconds(seconds)
    fact.lines.add(
        line_no=1, sku=FLASH, quantity=1, list_total=PRICE, net_total=PRICE, tax_total=_TAX,
        method=trade_pb2.FULFILMENT_METHOD_CARRY_OUT,
    )  # fmt: skip
    fact.tenders.add(kind=trade_pb2.TENDER_KIND_CARD_PRESENT, amount=PRICE, reference="EDC")
    return fact
