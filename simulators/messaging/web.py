"""The simulator's HTTP face: LINE's API, an adapter of text messages, and a desk from which people write back."""

import hmac
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web

from kit.ids import uuid7
from simulators.messaging.notices import Teller
from simulators.messaging.store import Book, Message, Notice
from simulators.telling import sign

_LARGEST_BODY = 64 * 1024
# what ends on these refuses, as a provider would
_BLOCKED, _UNKNOWN = "0000", "9999"


class Door:
    """Takes calls on one port."""

    def __init__(
        self,
        listen: str,
        book: Book,
        teller: Teller,
        line_token: str,
        sms_secret: str,
        more: Sequence[web.RouteDef] = (),
    ) -> None:
        self._listen = listen
        self._book = book
        self._teller = teller
        self._line_token = line_token
        self._sms_secret = sms_secret
        self._more = more
        self._runner: web.AppRunner | None = None

    async def start(self) -> str:
        """Listens."""
        app = web.Application(client_max_size=_LARGEST_BODY)
        app.add_routes(
            [
                web.post("/v2/bot/message/push", self.push),
                web.post("/sms", self.sms),
                web.post("/line/users/{user}/say", self.say),
                web.post("/line/users/{user}/{did:follow|unfollow}", self.follow),
                web.get("/messages", self.messages),
                *self._more,
            ]
        )
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        host, _, port = self._listen.rpartition(":")
        await web.TCPSite(self._runner, host, int(port)).start()
        bound = self._runner.addresses[0]
        return f"{bound[0]}:{bound[1]}"

    async def ready(self, able: bool) -> None:
        """Nothing depends on it."""

    async def stop(self) -> None:
        """Takes no more calls."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def push(self, request: web.Request) -> web.Response:
        """As LINE's own: the bearer token, one recipient, and a retry key that is taken once."""
        if request.headers.get("authorization") != f"Bearer {self._line_token}":
            return _said(401, {"message": "Authentication failed"})
        body = await _body(request)
        to, texts = str(body.get("to", "")), [str(one.get("text", "")) for one in body.get("messages", [])]
        if not to.startswith("U") or to.endswith(_UNKNOWN):
            return _said(400, {"message": "The property, 'to', in the request body is invalid (line: -, column: -)"})
        key, reference = request.headers.get("x-line-retry-key", "") or uuid7(), uuid7()
        if not self._book.keep(Message(key, "line", to, "", "\n".join(texts), reference)):
            accepted = {"x-line-accepted-request-id": self._book.reference("line", key)}
            return _said(409, {"message": "The retry key is already accepted"}, accepted)
        return _said(200, {"sentMessages": [{"id": reference}]}, {"x-line-request-id": reference})

    async def sms(self, request: web.Request) -> web.Response:
        """As an adapter: signed, taken once, reported as delivered."""
        raw = await request.read()
        given = request.headers.get("omo-signature", "")
        stamp = given.removeprefix("t=").partition(",")[0]
        wanted = sign(raw, self._sms_secret, int(stamp)) if stamp.isdecimal() else ""
        if not wanted or not hmac.compare_digest(wanted, given):
            return _said(401, {"message": "the signature does not verify"})
        body = await _body(request)
        key, phone = str(body.get("message_id") or body.get("challenge_id", "")), str(body.get("phone", ""))
        for end, code in ((_BLOCKED, "blocked"), (_UNKNOWN, "unknown_address")):
            if phone.endswith(end):
                return _said(422, {"code": code})
        text = str(body.get("text") or body.get("code", ""))
        if self._book.keep(Message(key, "sms", phone, "", text, uuid7())) and "message_id" in body:
            report = {"report_id": uuid7(), "message_id": key, "outcome": "delivered"}
            self._tell("sms", str(report["report_id"]), report)
        return _said(202, {"reference": self._book.reference("sms", key)})

    async def say(self, request: web.Request) -> web.Response:
        """Somebody writes to the brand's LINE account."""
        text = str((await _body(request)).get("text", ""))
        event = _event("message", request.match_info["user"])
        event["message"] = {"id": uuid7(), "type": "text", "text": text}
        return self._told(event)

    async def follow(self, request: web.Request) -> web.Response:
        """Somebody blocks the account, or takes it back."""
        return self._told(_event(request.match_info["did"], request.match_info["user"]))

    async def messages(self, _request: web.Request) -> web.Response:
        """Everything that was sent."""
        return web.json_response({"messages": [one.shown() for one in self._book.messages()]})

    def _told(self, event: Mapping[str, Any]) -> web.Response:
        self._tell("line", event["webhookEventId"], {"destination": "Usimulator", "events": [event]})
        return _said(202, {"webhookEventId": event["webhookEventId"]})

    def _tell(self, provider: str, notice_id: str, document: Mapping[str, Any]) -> None:
        self._book.note(Notice(notice_id, provider, json.dumps(document, ensure_ascii=False).encode()))
        self._teller.wake()


def _event(kind: str, user: str) -> dict[str, Any]:
    return {
        "type": kind,
        "webhookEventId": uuid7(),
        "timestamp": int(time.time() * 1000),
        "mode": "active",
        "deliveryContext": {"isRedelivery": False},
        "source": {"type": "user", "userId": user},
    }


async def _body(request: web.Request) -> Mapping[str, Any]:
    try:
        body = await request.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise web.HTTPBadRequest(text="the body must be a JSON object")
    return body


def _said(status: int, document: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> web.Response:
    return web.json_response(document, status=status, headers=headers)
