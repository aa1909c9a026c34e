"""LINE Pay's Online API v3 as its documentation has it, as far as a shop goes; it checks who signs."""

import asyncio
import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

CHANNEL, SECRET = "1234567890", "channel secret of two parties"


@dataclass(slots=True)
class Transaction:
    """One request of the shop's, and what became of it."""

    number: int
    order: str
    amount: int
    state: str = "0000"
    refunds: list[int] = field(default_factory=list)


@dataclass(slots=True)
class LinePayServer:
    """One merchant's channel."""

    url: str = ""
    transactions: dict[int, Transaction] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    nonces: set[str] = field(default_factory=set)
    # the next answer to this path's end gets lost after it took effect
    lose: str = ""
    # the next request to it never gets there
    drop: str = ""
    # the next request to it stands still, and takes effect when the server has caught up, or right before one like it
    stall: str = ""
    caught_up: asyncio.Event = field(default_factory=asyncio.Event)
    # by path's end: a code that is said instead
    says: dict[str, str] = field(default_factory=dict)
    pays: int = 0
    _standing: str = ""
    _runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/v3/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = "http://{}:{}".format(*self._runner.addresses[0][:2])

    async def stop(self) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    def agree(self, transaction: str) -> None:
        """The shopper has agreed in his app."""
        self.transactions[int(transaction)].state = "0110"

    async def _serve(self, request: web.Request) -> web.Response:
        body = await request.text()
        signed = body if request.method == "POST" else request.query_string
        nonce = request.headers.get("X-LINE-Authorization-Nonce", "")
        wanted = hmac.new(SECRET.encode(), f"{SECRET}{request.path}{signed}{nonce}".encode(), hashlib.sha256).digest()
        proven = request.headers.get("X-LINE-Authorization") == base64.b64encode(wanted).decode()
        if not proven or request.headers.get("X-LINE-ChannelId") != CHANNEL or nonce in self.nonces:
            return _said("1106", "A header info error")
        self.nonces.add(nonce)
        verb = request.path.rsplit("/", 1)[-1]
        self.calls.append(verb)
        if code := self.says.get(verb):
            return _said(code, "as documented")
        if self.drop == verb:
            self.drop = ""
            assert request.transport is not None
            request.transport.abort()
            return _said("9000", "nobody hears it")
        if self.stall == verb:
            self.stall, self._standing = "", verb
            await self.caught_up.wait()
        elif self._standing == verb:
            self.caught_up.set()
            await asyncio.sleep(0)
        answer = self._answer(request.path.removeprefix("/v3/").split("/"), dict(request.query), body)
        if self.lose == verb:
            self.lose = ""
            assert request.transport is not None
            request.transport.abort()
        return answer

    def _answer(self, path: list[str], query: dict[str, str], body: str) -> web.Response:
        given = json.loads(body) if body else {}
        match path:
            case ["payments", "request"]:
                return self._request(given)
            case ["payments", "requests", number, "check"]:
                return _said(self.transactions[int(number)].state, "reserved transaction.")
            case ["payments", number, "confirm"]:
                return self._confirm(self.transactions[int(number)], given)
            case ["payments", number, "refund"]:
                return self._refund(self.transactions[int(number)], given)
            case ["payments"]:
                return self._details(self.transactions[int(query["transactionId"])])
        return _said("2101", "A parameter error")

    def _request(self, given: dict[str, Any]) -> web.Response:
        products = [product for package in given["packages"] for product in package["products"]]
        assert given["amount"] == sum(one["price"] * one["quantity"] for one in products)
        assert given["redirectUrls"]["confirmUrl"].startswith("https://")
        if given["orderId"] in {one.order for one in self.transactions.values()}:
            return _said("1172", "There is a record of transaction with the same order number.")
        number = 2023042201206549310 + len(self.transactions)
        self.transactions[number] = Transaction(number, given["orderId"], given["amount"])
        url = f"https://sandbox-web-pay.line.me/web/payment/wait?transactionReserveId={number}"
        info = {"paymentUrl": {"web": url, "app": "line://pay/x"}, "transactionId": number, "paymentAccessToken": "1"}
        return _said("0000", "Success.", info=info)

    def _confirm(self, one: Transaction, given: dict[str, Any]) -> web.Response:
        if one.state == "0123":
            return _said("1152", "There is a history of transactions with the same transactionId.")
        if one.state != "0110":
            return _said("1169", "Error on information required for payment confirmation")
        if given["amount"] != one.amount:
            return _said("1153", "The payment amount is different than the requested amount.")
        one.state = "0123"
        info = {"orderId": one.order, "transactionId": one.number, "payInfo": self._paid(one)}
        return _said("0000", "OK", info=info)

    def _refund(self, one: Transaction, given: dict[str, Any]) -> web.Response:
        if one.state != "0123":
            return _said("1155", "Transaction number of a transaction type that cannot be refunded.")
        if sum(one.refunds) + given["refundAmount"] > one.amount:
            return _said("1164", "Exceeded refundable amount.")
        one.refunds.append(given["refundAmount"])
        info = {"refundTransactionId": one.number + 500, "refundTransactionDate": "2026-11-23T09:48:43Z"}
        return _said("0000", "Success.", info=info)

    def _details(self, one: Transaction) -> web.Response:
        found: dict[str, Any] = {"transactionId": one.number, "orderId": one.order, "payInfo": self._paid(one)}
        if one.refunds:
            found["refundList"] = [{"transactionType": "PARTIAL_REFUND", "refundAmount": -each} for each in one.refunds]
        return _said("0000", "success", info=[found])

    def _paid(self, one: Transaction) -> list[dict[str, Any]]:
        paid = self.pays or one.amount
        return [{"method": "BALANCE", "amount": 10}, {"method": "CREDIT_CARD", "amount": paid - 10}]


def _said(code: str, message: str, **more: Any) -> web.Response:
    return web.json_response({"returnCode": code, "returnMessage": message, **more})
