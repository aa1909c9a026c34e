"""Shoppers who buy over the public API and, like any good app, ask again with the same key until they know."""

import asyncio
import itertools
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Self

import httpx

from cli.demo.claiming import code_of
from cli.demo.web import Refusal, Web
from kit.ids import uuid7
from tests.depth import PATIENCE
from tests.harness.fleet import TestFleet
from tests.harness.history import Call, History
from tests.harness.invariants import PLACE

# what one attempt may take; the app's own patience for the whole purchase is longer
_ATTEMPT = 5.0
_PAUSE = 0.1
_SIGNED_OUT = 1.0
_NOT_YET = {"REQUEST_RUNNING", "CONFLICT", "RATE_LIMITED", "UNAUTHENTICATED"}


@dataclass(frozen=True, slots=True)
class Wish:
    """One checkout as the shopper means it."""

    sku: str
    quantity: int = 1
    # by several payments: "sim_ok+sim_ok"
    instrument: str = "sim_ok"
    points: int = 0
    method: str = "SHIP"
    location_id: str = "WH1"


@dataclass(slots=True)
class Shopper:
    """One member with a phone in the hand."""

    client: httpx.AsyncClient
    number: int
    member_id: str = ""
    session: dict[str, Any] = field(default_factory=dict)
    # answers that the app did not understand, or that never came
    unknown: int = 0
    _keys: Iterator[int] = field(default_factory=itertools.count)
    _fleet: TestFleet | None = None

    @property
    def device(self) -> str:
        return f"phone-{self.number}"

    async def sign_in(self, fleet: TestFleet) -> None:
        """Registers with a code by message; this fleet's console sender writes it into member's log."""
        self._fleet = fleet
        phone = f"09{10 + self.number}345678"
        web = Web("", client=self.client)
        challenge_id = (await web.post("/v1/auth/otp", {"phone": phone, "device_id": self.device}))["challenge_id"]
        async with asyncio.timeout(PATIENCE):
            while not (code := code_of(fleet.log("member"), challenge_id)):  # noqa: ASYNC110  # another process's log
                await asyncio.sleep(0.02)
        proof = {"challenge_id": challenge_id, "code": code, "device_id": self.device, "source": "app"}
        answer = await web.post("/v1/auth/otp/verify", proof)
        self.session, self.member_id = answer["session"], answer["member"]["member_id"]

    async def buy(self, history: History, wish: Wish, *, quoted: bool = True) -> str:
        """Quotes, places, reads the order again; the key (also the name on the order) tells it from all others."""
        key = f"{self.number}-{next(self._keys)}-{uuid7()[-12:]}"
        await self.place(history, key, await self.body(key, wish, quoted=quoted))
        return key

    async def place(self, history: History, key: str, body: dict[str, Any]) -> None:
        """Places under this key; the same key and body once more must be answered the same."""
        with history.call(self.number, PLACE, key) as call:
            await self._place(call, key, body)

    async def body(self, key: str, wish: Wish, *, quoted: bool = True) -> dict[str, Any]:
        """What is posted as an order: a quote taken as it stands, or the basket itself when no quote is to be had."""
        line = {
            "sku": wish.sku, "quantity": wish.quantity, "method": wish.method,
            "fulfilment_location_id": wish.location_id,
        }  # fmt: skip
        basket = {"channel_id": "web", "lines": [line], "spend_points": wish.points}
        pay = {**_paid_by(*wish.instrument.split("+")), "masked_name": key}
        quote = await self._quote(basket) if quoted else None
        return pay | ({"channel_id": "web", "quote_id": quote} if quote else basket)

    async def get(self, path: str) -> Any:
        """Reads until an answer comes."""
        answer = await self._until_known("GET", path)
        return answer.json() if answer is not None else None

    async def post(self, path: str, body: Any, key: str) -> httpx.Response | None:
        """Writes until an answer comes; None when patience ended first."""
        return await self._until_known("POST", path, body, key)

    async def _quote(self, basket: dict[str, Any]) -> str | None:
        try:
            answer = await self._post("/v1/quotes", basket, uuid7())
        except httpx.HTTPError:
            self.unknown += 1
            return None
        return str(answer.json()["quote"]["quote_id"]) if answer.is_success else None

    async def _place(self, call: Call, key: str, body: dict[str, Any]) -> None:
        answer = await self._until_known("POST", "/v1/orders", body, key)
        if answer is None:
            call.info("nobody said how it ended")
        elif answer.is_success:
            order = answer.json()["order"]
            call.ok(order["order_id"])
            seen = await self.get(f"/v1/orders/{order['order_id']}")
            assert seen is None or seen["order"]["order_id"] == order["order_id"]
        else:
            call.fail(f"{answer.status_code} {answer.json().get('reason')}")

    async def _until_known(self, method: str, path: str, body: Any = None, key: str = "") -> httpx.Response | None:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                answer = await self._send(method, path, body, key)
            except (httpx.HTTPError, OSError):
                answer = None
            if answer is not None and _final(answer):
                return answer
            self.unknown += answer is None or answer.status_code >= 500
            wait = _PAUSE * random.uniform(0.5, 1.5)
            if answer is not None and answer.status_code == 401 and not await self._refresh():
                wait = _SIGNED_OUT  # all phones here come from one address, which may try only so often
            if answer is not None and answer.status_code in (409, 429):
                wait = float(answer.headers.get("Retry-After", wait))
            await asyncio.sleep(min(wait, max(0.0, end - time.monotonic())))
        return None

    async def _refresh(self) -> bool:
        """Whether the session goes on, or a new one has begun: a refresh whose answer was lost twice ends it."""
        body = {"refresh_token": self.session["refresh_token"], "device_id": self.device}
        with suppress(httpx.HTTPError, OSError, Refusal):
            answer = await self._send("POST", "/v1/auth/refresh", body, uuid7())
            if answer.is_success:
                self.session = answer.json()["session"]
            elif answer.status_code == 401 and self._fleet:
                await self.sign_in(self._fleet)
            return answer.status_code != 429
        return False

    async def _post(self, path: str, body: Any, key: str) -> httpx.Response:
        return await self._send("POST", path, body, key)

    async def _send(self, method: str, path: str, body: Any, key: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.session['access_token']}"} if self.session else {}
        if key:
            headers["Idempotency-Key"] = key
        return await self.client.request(method, path, json=body, headers=headers, timeout=_ATTEMPT)


def _final(answer: httpx.Response) -> bool:
    """Whether asking again would bring nothing new."""
    if answer.is_success:
        return True
    return answer.status_code < 500 and answer.status_code != 401 and answer.json().get("reason") not in _NOT_YET


@dataclass(slots=True)
class Load:
    """Many shoppers buying at once, until told to stop; the count of their successes is what tests wait for."""

    shoppers: Sequence[Shopper]
    history: History
    wishes: Sequence[Wish]
    random: random.Random
    done: int = 0
    refused: int = 0
    _stopping: bool = False
    _moved: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self._shop(shopper)) for shopper in self.shoppers]
        return self

    async def __aexit__(self, *_: object) -> None:
        """Everybody finishes the purchase in hand."""
        self._stopping = True
        await asyncio.gather(*self._tasks)

    async def more(self, count: int, within: float = PATIENCE) -> None:
        """Waits for that many more confirmed checkouts."""
        wanted = self.done + count
        await self._until(lambda: self.done >= wanted, within, f"{count} more checkouts")

    async def hindered(self, count: int, within: float = PATIENCE) -> None:
        """Waits until that many more answers were lost, or said that the order had to be undone."""
        wanted = self.unknown + count
        await self._until(lambda: self.unknown >= wanted, within, f"{count} more hindrances")

    @property
    def unknown(self) -> int:
        return sum(shopper.unknown for shopper in self.shoppers)

    async def _until(self, reached: Any, within: float, what: str) -> None:
        try:
            async with asyncio.timeout(within):
                while not reached():  # noqa: ASYNC110  # counted by other tasks and other processes
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(f"no {what} within {within:.0f} s; {self.done} done, {self.refused} refused") from None

    async def _shop(self, shopper: Shopper) -> None:
        while not self._stopping:
            wish = self.random.choice(self.wishes)
            key = await shopper.buy(self.history, wish, quoted=self.random.random() < 0.7)
            (end,) = [entry for entry in reversed(self.history.entries) if entry.key == key][:1]
            self.done += end.type == "ok"
            self.refused += end.type == "fail"


def _paid_by(instrument: str, *others: str) -> dict[str, Any]:
    """The first of several pays a dollar, each after it another, and the last the rest."""
    if not others:
        return {"payment": {"provider": "simulator", "instrument_token": instrument}}
    parts: list[dict[str, Any]] = [
        {"provider": "simulator", "instrument_token": token} for token in (instrument, *others)
    ]
    return {"payments": [one | {"amount": 1} for one in parts[:-1]] + parts[-1:]}
