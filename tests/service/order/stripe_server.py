"""Stripe as its documentation has it, as far as a shop goes: keys, signatures, errors, and intents that move."""

import json
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

KEY = "sk_local_0123456789"


@dataclass(slots=True)
class StripeServer:
    """One process-local account."""

    url: str = ""
    intents: dict[str, dict[str, Any]] = field(default_factory=dict)
    refunds: list[dict[str, Any]] = field(default_factory=list)
    # by idempotency key: path, parameters, status and answer
    answered: dict[str, tuple[str, dict[str, str], int, dict[str, Any]]] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, str], str]] = field(default_factory=list)
    multicapture: bool = False
    # the next answer gets lost after it took effect, or is this status
    lose: bool = False
    broken: int = 0
    _runner: web.AppRunner | None = None

    async def start(self) -> None:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = "http://{}:{}".format(*self._runner.addresses[0][:2])

    async def stop(self) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def _serve(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            return _error(401, "invalid_request_error", "api_key_invalid")
        given = dict(request.query) if request.method == "GET" else dict(parse_qsl(await request.text()))
        key = request.headers.get("Idempotency-Key", "")
        self.calls.append((f"{request.method} {request.path}", given, key))
        if self.broken:
            status, self.broken = self.broken, 0
            return _error(status, "api_error", "")
        if request.method == "POST":
            assert key, "what changes something carries a key"
            if key in self.answered:
                path, before, status, answer = self.answered[key]
                if (path, before) != (request.path, given):
                    return _error(400, "idempotency_error", "")
                return web.json_response(answer, status=status, headers={"Idempotent-Replayed": "true"})
        status, answer = self._answer(request.method, request.path.removeprefix("/v1/").split("/"), given)
        if request.method == "POST":
            self.answered[key] = (request.path, given, status, json.loads(json.dumps(answer)))
        if self.lose:
            self.lose = False
            assert request.transport is not None
            request.transport.abort()
        return web.json_response(answer, status=status)

    def _answer(self, method: str, path: list[str], given: dict[str, str]) -> tuple[int, dict[str, Any]]:
        match method, path:
            case "POST", ["payment_intents"]:
                return self._create(given)
            case "GET", ["payment_intents", name]:
                return 200, self.intents[name]
            case "POST", ["payment_intents", name, verb]:
                return getattr(self, f"_{verb}")(self.intents[name], given)  # type: ignore[no-any-return]
            case "GET", ["refunds"]:
                found = [one for one in self.refunds if one["payment_intent"] == given["payment_intent"]]
                return 200, {"object": "list", "data": found, "has_more": False, "url": "/v1/refunds"}
            case "POST", ["refunds"]:
                return self._refund(given)
        return 404, _body("invalid_request_error", "resource_missing")

    def _create(self, given: dict[str, str]) -> tuple[int, dict[str, Any]]:
        assert (given["capture_method"], given["payment_method_types[0]"]) == ("manual", "card")
        intent = {
            "id": f"pi_{secrets.token_hex(8)}", "object": "payment_intent", "amount": int(given["amount"]),
            "currency": given["currency"], "amount_received": 0, "amount_capturable": 0, "latest_charge": None,
            "status": "requires_payment_method", "last_payment_error": None, "next_action": None,
            "metadata": {"omo_payment": given["metadata[omo_payment]"]}, "cancellation_reason": None,
        }  # fmt: skip
        self.intents[intent["id"]] = intent
        return 200, intent

    def _confirm(self, intent: dict[str, Any], given: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if intent["status"] != "requires_payment_method":
            return 400, _body("invalid_request_error", "payment_intent_unexpected_state")
        match given["payment_method"]:
            case "pm_card_visa_chargeDeclinedInsufficientFunds":
                intent["last_payment_error"] = {"code": "card_declined", "decline_code": "insufficient_funds"}
                more = {"decline_code": "insufficient_funds", "payment_intent": intent}
                return 402, _body("card_error", "card_declined", **more)
            case "pm_card_threeDSecure2Required":
                if "return_url" not in given:
                    assert given["error_on_requires_action"] == "true"
                    return 402, _body("card_error", "authentication_required")
                intent["status"] = "requires_action"
                to = {"url": f"https://hooks.stripe.test/{intent['id']}", "return_url": given["return_url"]}
                intent["next_action"] = {"type": "redirect_to_url", "redirect_to_url": to}
            case "pm_slow":
                intent["status"] = "processing"
            case "pm_card_visa":
                self.secure(intent)
            case _:
                return 400, _body("invalid_request_error", "resource_missing")
        return 200, intent

    def secure(self, intent: dict[str, Any]) -> None:
        """The shopper's bank agrees."""
        intent.update(status="requires_capture", amount_capturable=intent["amount"], next_action=None)
        available = "available" if self.multicapture else "unavailable"
        details = {"card": {"multicapture": {"status": available}}}
        intent["latest_charge"] = {"id": "ch_1", "object": "charge", "payment_method_details": details}

    def _capture(self, intent: dict[str, Any], given: dict[str, str]) -> tuple[int, dict[str, Any]]:
        amount, final = int(given["amount_to_capture"]), given.get("final_capture", "true") == "true"
        if intent["status"] != "requires_capture" or amount > intent["amount_capturable"]:
            return 400, _body("invalid_request_error", "charge_already_captured")
        assert final or self.multicapture, "an ordinary card is captured once"
        intent["amount_received"] += amount
        intent["amount_capturable"] = 0 if final else intent["amount_capturable"] - amount
        intent["status"] = "succeeded" if final else "requires_capture"
        return 200, intent

    def _cancel(self, intent: dict[str, Any], given: dict[str, str]) -> tuple[int, dict[str, Any]]:
        if intent["status"] in ("succeeded", "canceled") or intent["amount_received"]:
            return 400, _body("invalid_request_error", "payment_intent_unexpected_state")
        intent.update(status="canceled", amount_capturable=0)
        return 200, intent

    def _refund(self, given: dict[str, str]) -> tuple[int, dict[str, Any]]:
        intent, amount = self.intents[given["payment_intent"]], int(given["amount"])
        before = sum(one["amount"] for one in self.refunds if one["payment_intent"] == intent["id"])
        if before + amount > intent["amount_received"]:
            return 400, _body("invalid_request_error", "charge_already_refunded")
        metadata = {name: given[f"metadata[{name}]"] for name in ("omo_payment", "omo_refund")}
        refund = {"id": f"re_{secrets.token_hex(8)}", "object": "refund", "amount": amount, "metadata": metadata,
                  "payment_intent": intent["id"], "status": "pending" if amount == 77_00 else "succeeded",
                  "failure_reason": None}  # fmt: skip
        self.refunds.append(refund)
        return 200, refund


def event(kind: str, told: dict[str, Any], number: str = "evt_1") -> bytes:
    """What Stripe posts to the webhook."""
    body = {
        "id": number,
        "object": "event",
        "type": kind,
        "api_version": "2025-09-30",
        "created": 1,
        "data": {"object": told},
    }
    return json.dumps(body).encode()


def _body(kind: str, code: str, **more: Any) -> dict[str, Any]:
    return {"error": {"type": kind, "code": code, "message": "as documented", **more}}


def _error(status: int, kind: str, code: str) -> web.Response:
    return web.json_response(_body(kind, code), status=status)
