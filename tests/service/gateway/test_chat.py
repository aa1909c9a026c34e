"""A chat as server-sent events: each message once, as it comes, and from where the client left off."""

import json
from typing import Any

import pytest

from gateway.http.shop import following
from kit import streams
from omo.member.v1 import conversation_events_pb2, conversation_pb2
from omo.member.v1 import conversation_service_pb2 as pb
from omo.type.v1 import event_pb2
from tests.harness.shared import NatsCorner
from tests.service.gateway.conftest import MEMBER, Door
from tests.service.gateway.test_following import Line, listening


class Chat:
    """What was said, as the service tells it."""

    def __init__(self) -> None:
        self.said = ["有M號嗎"]

    def __call__(self, request: Any) -> pb.ReadMessagesResponse:
        entries = [
            conversation_pb2.ConversationEntry(
                sequence=number, text=text, kind=conversation_pb2.CONVERSATION_ENTRY_KIND_INBOUND
            )
            for number, text in enumerate(self.said, 1)
            if number > request.after_sequence
        ]
        return pb.ReadMessagesResponse(conversation_id="c1", entries=entries, last_sequence=len(self.said))


async def test_messages_come_as_they_are_said(door: Door, nats: NatsCorner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "HEARTBEAT", 60.0)
    await listening(door)
    chat = door.peers.answers["ReadMessages"] = Chat()
    headers = {"Authorization": f"Bearer {door.token('shop')}"}
    async with door.http.stream("GET", "/v1/me/chat/events", headers=headers) as response:
        line = Line(response)
        first = await line.event()
        assert (first["event"], first["id"], json.loads(first["data"])["text"]) == ("message", "1", "有M號嗎")
        chat.said += ["有的", "幫您保留"]
        told = conversation_events_pb2.ConversationChanged(
            meta=event_pb2.EventMeta(aggregate_id="c1"), conversation=conversation_pb2.Conversation(member_id=MEMBER)
        )
        client = await nats.connect("member")
        subject = streams.subject(told.DESCRIPTOR.full_name, told.meta.aggregate_id)
        await client.publish(subject, told.SerializeToString())
        await streams.settle(client)
        await client.close()
        assert [(await line.event())["id"] for _ in range(2)] == ["2", "3"]
    again = headers | {"Last-Event-ID": "2"}
    async with door.http.stream("GET", "/v1/me/chat/events", headers=again) as response:
        assert (await Line(response).event())["id"] == "3"
