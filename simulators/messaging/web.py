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
from simulators.serving import Serving, asked
from simulators.telling import sign

# what ends on these refuses, as a provider would
_BLOCKED, _UNKNOWN = "0000", "9999"


class Door(Serving):
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
        super().__init__(listen)
        self._book = book
        self._teller = teller
        self._line_token = line_token
        self._sms_secret = sms_secret
        self._more = more

    def routes(self) -> Sequence[web.RouteDef]:
        """What it may be asked."""
        return [
            web.post("/v2/bot/message/push", self.push),
            web.post("/sms", self.sms),
            web.post("/line/users/{user}/say", self.say),
            web.post("/line/users/{user}/{did:follow|unfollow}", self.follow),
            web.get("/messages", self.messages),
            *self._more,
        ]

    async def push(self, request: web.Request) -> web.Response:
        """As LINE's own: the bearer token, one recipient, and a retry key that is taken once."""
        if request.headers.get("authorization") != f"Bearer {self._line_token}":
            return _said(401, {"message": "Authentication failed"})
        body = await asked(request)
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
        body = await asked(request)
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
        text = str((await asked(request)).get("text", ""))
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


def _said(status: int, document: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> web.Response:
    return web.json_response(document, status=status, headers=headers)
