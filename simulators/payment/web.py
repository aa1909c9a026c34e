"""The simulator's HTTP side: what shops call, and the page that shoppers are sent to."""

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from simulators.payment.behaviour import SLOW, Desk
from simulators.payment.notices import Teller
from simulators.payment.store import Book, Payment

_STATUS = {"authorised": 200, "captured": 200, "declined": 402, "voided": 409, "redirect": 202, "waiting": 202}
_LARGEST_BODY = 64 * 1024


class Door:
    """Takes calls on one port."""

    def __init__(self, listen: str, public_url: str, slow_seconds: float, book: Book, teller: Teller) -> None:
        self._listen = listen
        self._public_url = public_url.rstrip("/")
        self._slow_seconds = slow_seconds
        self._book = book
        self._desk = Desk(book)
        self._teller = teller
        self._runner: web.AppRunner | None = None
        self._slow: set[asyncio.Task[None]] = set()

    async def start(self) -> str:
        """Listens, and goes on with what a restart interrupted."""
        app = web.Application(client_max_size=_LARGEST_BODY)
        app.add_routes(
            [
                web.post("/payments/{key}/authorise", self.authorise),
                web.post("/payments/{key}/capture", self.capture),
                web.post("/payments/{key}/void", self.void),
                web.post("/payments/{key}/refund", self.refund),
                web.get("/pay/{reference}", self.pay),
            ]
        )
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        host, _, port = self._listen.rpartition(":")
        await web.TCPSite(self._runner, host, int(port)).start()
        bound = self._runner.addresses[0]
        address = f"{bound[0]}:{bound[1]}"
        self._public_url = self._public_url or f"http://{address}"
        for payment in self._book.waiting(SLOW):
            self._decide_later(payment.key)
        return address

    async def ready(self, able: bool) -> None:
        """Nothing depends on it."""

    async def stop(self) -> None:
        """Takes no more calls."""
        for task in self._slow:
            task.cancel()
        if self._runner is not None:
            await self._runner.cleanup()

    async def authorise(self, request: web.Request) -> web.Response:
        body = await _body(request)
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
            await asyncio.shield(self._decide_later(payment.key))
            payment = self._book.find(payment.key) or payment
        if payment.state != "voided" and payment.amount != wish.amount:
            raise web.HTTPConflict(text=json.dumps({"state": "declined", "code": "another_amount"}))
        return self._answer(payment)

    async def capture(self, request: web.Request) -> web.Response:
        body = await _body(request)
        return _part(self._desk.capture(request.match_info["key"], str(body.get("key", "")), _amount(body)))

    async def refund(self, request: web.Request) -> web.Response:
        body = await _body(request)
        return _part(self._desk.refund(request.match_info["key"], str(body.get("key", "")), _amount(body)))

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

    def _decide_later(self, key: str) -> "asyncio.Task[None]":
        task = asyncio.create_task(self._decide(key))
        self._slow.add(task)
        task.add_done_callback(self._slow.discard)
        return task

    async def _decide(self, key: str) -> None:
        await asyncio.sleep(self._slow_seconds)
        self._desk.settle(key, paid=True)
        self._teller.wake()

    def _answer(self, payment: Payment) -> web.Response:
        said: dict[str, Any] = {"state": payment.state, "reference": payment.reference, "code": payment.code}
        if payment.state == "redirect":
            said["redirect_url"] = f"{self._public_url}/pay/{payment.reference}"
        return web.json_response(said, status=_STATUS[payment.state])


async def _body(request: web.Request) -> Mapping[str, Any]:
    try:
        body = await request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise web.HTTPBadRequest(text="the body must be a JSON object")
    return body


def _amount(body: Mapping[str, Any]) -> int:
    amount = body.get("amount")
    if type(amount) is not int or amount <= 0:
        raise web.HTTPBadRequest(text="amount must be a whole number above 0")
    return amount


def _part(refused: str) -> web.Response:
    return web.json_response({"refused": refused}, status=409 if refused else 200)
