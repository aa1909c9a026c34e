"""Shoppers and staff who talk: the service with a LINE account, browsers, and somebody behind every counter."""

import asyncio
import base64
import hmac
import json
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from kit.timers import Timers
from omo.member.v1 import conversation_pb2 as pb2
from omo.member.v1 import conversation_service_pb2 as pb
from omo.member.v1 import conversation_service_pb2_grpc as rpc
from services.member.channels import hook
from services.member.identity.arrivals import Arrival
from services.member.identity.domain import By, Identifier
from services.member.profile import store_advisers
from tests.depth import PATIENCE
from tests.service.member import channel_rig
from tests.service.member.conftest import Member, Place, serving

SECRET = "the channel's own secret"
SMS_SECRET = "shared with the sms adapter"
USER = "U4af4980629f1c2d3e4f5a6b7c8d9e0f1"


@dataclass(slots=True)
class Talk:
    """The service and its stubs."""

    member: Member
    line: channel_rig.Provider
    talk: rpc.ConversationServiceStub
    channels: rpc.ChannelServiceStub
    tokens: dict[str, str] = field(default_factory=dict)

    async def ask(self, method: Any, request: Any, token: str = "") -> Any:
        return await self.member.call(method, request, token)

    async def shopper(self, phone: str = "0912345678") -> tuple[str, str]:
        """A member's id and token."""
        session = (await self.member.login(phone)).session
        return session.principal_id, session.access_token

    async def staff(self, code: str, location_id: str, *roles: str) -> str:
        """The token of somebody signed in at his store's till."""
        _, _, device = await self.member.terminal(location_id)
        await self.member.put_staff(code, home_location_id=location_id, roles=roles or ("adviser",))
        return (await self.member.sign_in(device, code)).access_token

    async def service(self) -> str:
        """The token of customer service."""
        return (await self.member.hq("service")).access_token

    async def bind(self, member_id: str, staff_code: str, location_id: str) -> None:
        """As attribution has told."""
        async with self.member.db.transaction() as tx:
            await store_advisers.put(tx, [(member_id, staff_code, location_id, True, None, 1)])

    async def sign_in_by_line(self, user: str = USER) -> str:
        """A member who proves a LINE account."""
        now = self.member.clock()
        proof = Identifier(By.LINE, user, "line", now)
        arrivals = self.member.parts.identity.arrivals
        await arrivals.ready()
        async with self.member.db.transaction() as tx:
            welcome = await arrivals.enter(tx, Arrival((proof,), "phone 1", now))
        return welcome.member.member_id

    async def write(self, member_id: str, token: str, text: str, key: str = "") -> Any:
        request = pb.WriteMessageRequest(request_id=key or str(uuid.uuid4()), member_id=member_id, text=text)
        return await self.ask(self.talk.WriteMessage, request, token)

    async def read(self, conversation_id: str, token: str) -> Any:
        request = pb.ReadConversationRequest(conversation_id=conversation_id)
        return await self.ask(self.talk.ReadConversation, request, token)

    async def reply(self, conversation_id: str, token: str, text: str, seen: int = 1, key: str = "") -> Any:
        request = pb.ReplyToConversationRequest(
            request_id=key or str(uuid.uuid4()), conversation_id=conversation_id, text=text, seen_sequence=seen
        )
        return await self.ask(self.talk.ReplyToConversation, request, token)

    async def hand_over(self, thread: Any, token: str, queue: str, note: str = "", **to: str) -> Any:
        request = pb.HandOverConversationRequest(
            request_id=str(uuid.uuid4()),
            conversation_id=thread.conversation_id,
            version=thread.version,
            queue=pb2.ConversationQueue.Value(f"CONVERSATION_QUEUE_{queue}"),
            note=note,
            **to,
        )
        return (await self.ask(self.talk.HandOverConversation, request, token)).conversation

    async def listed(self, token: str, **wanted: Any) -> list[Any]:
        return list(
            (await self.ask(self.talk.ListConversations, pb.ListConversationsRequest(**wanted), token)).conversations
        )

    async def tasks(self, token: str, **wanted: Any) -> list[Any]:
        return list(
            (await self.ask(self.talk.ListConversationTasks, pb.ListConversationTasksRequest(**wanted), token)).tasks
        )

    async def webhook(self, *events: Any, secret: str = SECRET, body: bytes = b"") -> None:
        """As LINE calls, signed as LINE signs."""
        told = body or json.dumps({"destination": "U0", "events": events}).encode()
        signature = base64.b64encode(hmac.digest(secret.encode(), told, "sha256")).decode()
        await self.notify("line", told, {"x-line-signature": signature})

    async def report(self, provider: str, secret: str = SMS_SECRET, at: float = 0.0, **told: Any) -> None:
        """As an adapter calls."""
        body = json.dumps(told).encode()
        stamp = int(at or self.member.wall().timestamp())
        await self.notify(provider, body, {hook.HEADER: hook.sign(body, secret, stamp)})

    async def notify(self, provider: str, body: bytes, headers: dict[str, str]) -> None:
        request = pb.RecordChannelNotificationRequest(provider=provider, body=body, headers=headers)
        await self.ask(self.channels.RecordChannelNotification, request)

    async def rows(self, sql: str, *values: Any) -> list[Any]:
        async with self.member.db.read() as tx:
            return await tx.fetch(sql, *values)

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Whatever falls due is done."""
        async with running(Timers(self.member.db, self.member.clock, self.member.parts.conversation.alarms())):
            yield


@asynccontextmanager
async def running(loop: Any) -> AsyncIterator[None]:
    """A loop of a process, until it is no longer needed."""
    task = asyncio.create_task(loop.run())
    try:
        yield
    finally:
        loop.stop()
        await task


def said(text: str, event_id: str = "", user: str = USER, message: Any = None, **other: Any) -> dict[str, Any]:
    """What LINE tells when somebody writes."""
    event = {
        "type": "message",
        "webhookEventId": event_id or uuid.uuid4().hex,
        "timestamp": int(time.time() * 1000),
        "mode": "active",
        "source": {"type": "user", "userId": user},
        "message": message or {"id": uuid.uuid4().hex, "type": "text", "text": text},
    }
    return event | other


async def until(found: Callable[[], Any]) -> Any:
    """What comes, waited for."""
    async with asyncio.timeout(PATIENCE):
        while not (value := await found()):  # noqa: ASYNC110  # nobody else knows when it comes
            await asyncio.sleep(0.02)
    return value


@asynccontextmanager
async def talking(place: Place) -> AsyncIterator[Talk]:
    async with channel_rig.provider() as line:
        told = {
            "OMO_LINE_CHANNEL_TOKEN": "channel token",
            "OMO_LINE_CHANNEL_SECRET": SECRET,
            "OMO_LINE_API_URL": line.url,
            "OMO_SMS_WEBHOOK_URL": f"{line.url}/sms",
            "OMO_SMS_WEBHOOK_SECRET": SMS_SECRET,
            "OMO_PUSH_PRIVATE_KEY": channel_rig.push_key(),
            "OMO_PUSH_CONTACT": "mailto:it@hikari.example",
            "OMO_PUSH_HOSTS": "127.0.0.1",
        }
        async with serving(place, **told) as member:
            talk = rpc.ConversationServiceStub(member.channel)
            yield Talk(member, line, talk, rpc.ChannelServiceStub(member.channel))
            await member.parts.conversation.stop()
