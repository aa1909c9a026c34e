"""The simulator's HTTP side: what shops call, and the page that shoppers are sent to."""

import asyncio
import json
from collections.abc import Coroutine, Mapping, Sequence
from typing import Any

from aiohttp import web

from simulators.payment.behaviour import OTHER_AMOUNT, SLOW, Desk
from simulators.payment.notices import Teller
from simulators.payment.store import WAITING, Book, Payment
from simulators.serving import Serving, asked

_STATUS = {"authorised": 200, "captured": 200, "declined": 402, "voided": 409, "redirect": 202, "waiting": 202}


class Door(Serving):
    """Takes calls on one port."""

    def __init__(self, listen: str, public_url: str, slow_seconds: float, book: Book, teller: Teller) -> None:
        super().__init__(listen, public_url)
        self._slow_seconds = slow_seconds
        self._book = book
        self._desk = Desk(book)
        self._teller = teller
        self._slow: set[asyncio.Task[None]] = set()

    def routes(self) -> Sequence[web.RouteDef]:
        """What it may be asked."""
        return [
            web.post("/payments/{key}/authorise", self.authorise),
            web.post("/payments/{key}/capture", self.capture),
            web.post("/payments/{key}/void", self.void),
            web.post("/payments/{key}/refund", self.refund),
            web.get("/pay/{reference}", self.pay),
        ]

    async def start(self) -> str:
        """Listens, and goes on with what a restart interrupted."""
        address = await super().start()
        for payment in self._book.waiting(SLOW):
            self._later(self._decide(payment.key))
        for key, part in self._book.waiting_parts():
            self._later(self._refund(key, part))
        return address

    async def stop(self) -> None:
        """Takes no more calls."""
        for task in self._slow:
            task.cancel()
        await super().stop()

    async def authorise(self, request: web.Request) -> web.Response:
        body = await asked(request)
        wish = Payment(
            key=request.match_info["key"],
            reference="",
            amount=_amount(body),
            currency=str(body.get("currency", "")),
            instrument=str(body.get("instrument_token", "")),
            return_url=str(body.get("return_url", "")),
            state="",
        )
        payment, fresh = self._desk.authorise(wish)
        if fresh and payment.instrument == SLOW and payment.state == "waiting":
            # the one who asked first waits for the outcome, if he has the patience; whoever asks again is told at once
            await asyncio.shield(self._later(self._decide(payment.key)))
            payment = self._book.find(payment.key) or payment
        if payment.state != "voided" and payment.amount != wish.amount:
            raise web.HTTPConflict(text=json.dumps({"state": "declined", "code": "another_amount"}))
        return self._answer(payment)

    async def capture(self, request: web.Request) -> web.Response:
        body = await asked(request)
        return _part(self._desk.capture(request.match_info["key"], str(body.get("key", "")), _amount(body)))

    async def refund(self, request: web.Request) -> web.Response:
        body = await asked(request)
        key, part = request.match_info["key"], str(body.get("key", ""))
        fresh = self._book.part(key, "refund", part) is None
        refused = self._desk.refund(key, part, _amount(body))
        if refused != WAITING:
            return _part(refused)
        if fresh:
            self._later(self._refund(key, part))
        return web.json_response({"state": "waiting"}, status=202)

    async def void(self, request: web.Request) -> web.Response:
        self._desk.void(request.match_info["key"])
        return web.json_response({"state": "voided"})

    async def pay(self, request: web.Request) -> web.Response:
        """The shopper is here: opening the page pays, unless it says `?decline=1`."""
        payment = self._book.find_reference(request.match_info["reference"])
        if payment is None:
            raise web.HTTPNotFound(text="no such payment")
        settled = self._desk.settle(payment.key, paid="decline" not in request.query) or payment
        self._teller.wake()
        if payment.return_url:
            raise web.HTTPSeeOther(payment.return_url)
        return web.json_response({"state": settled.state})

    def _later(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        task = asyncio.create_task(work)
        self._slow.add(task)
        task.add_done_callback(self._slow.discard)
        return task

    async def _decide(self, key: str) -> None:
        await asyncio.sleep(self._slow_seconds)
        self._desk.settle(key, paid=True)
        self._teller.wake()

    async def _refund(self, key: str, part: str) -> None:
        await asyncio.sleep(self._slow_seconds)
        self._desk.settle_refund(key, part)
        self._teller.wake()

    def _answer(self, payment: Payment) -> web.Response:
        said: dict[str, Any] = {"state": payment.state, "reference": payment.reference, "code": payment.code}
        if payment.state == "authorised":
            said["amount"] = payment.amount + (payment.instrument == OTHER_AMOUNT)
        if payment.state == "redirect":
            said["redirect_url"] = f"{self.public_url}/pay/{payment.reference}"
        return web.json_response(said, status=_STATUS[payment.state])


def _amount(body: Mapping[str, Any]) -> int:
    amount = body.get("amount")
    if type(amount) is not int or amount <= 0:
        raise web.HTTPBadRequest(text="amount must be a whole number above 0")
    return amount


def _part(refused: str) -> web.Response:
    return web.json_response({"refused": refused}, status=409 if refused else 200)
