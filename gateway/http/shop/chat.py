"""The shopper's chat with the brand, and the browsers that take its notifications."""

from typing import Annotated

import msgspec
from fastapi import APIRouter, Header, Query, status
from starlette.responses import Response, StreamingResponse

from gateway.http.door import asking, translation
from gateway.http.door.admission import Door
from gateway.http.door.asking import Ask, Asking
from gateway.http.shapes.fields import PageSize
from gateway.http.shapes.said import Chat, PushKey, Said, Subscribed, SubscribeIn, SubscriptionPath, WriteIn, Written
from gateway.http.shop import following
from omo.member.v1 import conversation_service_pb2 as pb

router = APIRouter(route_class=Door, tags=["Chat"])

After = Annotated[int, Query(ge=0, examples=[0], description="Messages after this number.")]
LastEvent = Annotated[
    str, Header(alias="Last-Event-ID", pattern=r"^\d{0,18}$", examples=["2"], description="As browsers send it.")
]
_EVENT = {"example": 'id: 2\nevent: message\ndata: {"sequence": 2, "kind": "REPLY", "text": "有的"}\n\n'}
_MOST = 100


class _Messages:
    """What was said since it was asked last."""

    def __init__(self, ask: Ask, after: int) -> None:
        self._ask = ask
        self._after = after

    async def read(self) -> list[bytes]:
        request = pb.ReadMessagesRequest(member_id=self._ask.me, after_sequence=self._after, page_size=_MOST)
        reply = await self._ask(self._ask.to.conversations.ReadMessages, request)
        told = [
            following.event(one.sequence, "message", msgspec.json.encode(translation.show(Said, one)))
            for one in reply.entries
        ]
        self._after = max([self._after, *(one.sequence for one in reply.entries)])
        return told


@router.post("/v1/me/chat", operation_id="write_message", response_model=Written, status_code=201)
async def write_message(body: WriteIn, ask: Asking) -> Response:
    """Writes to the brand: to the staff member who serves the shopper, else to a store, else to customer service."""
    request = pb.WriteMessageRequest(request_id=ask.key, member_id=ask.me, text=body.text)
    return asking.answer(Written, await ask(ask.to.conversations.WriteMessage, request), 201)


@router.get("/v1/me/chat", operation_id="read_messages", response_model=Chat)
async def read_messages(ask: Asking, after_sequence: After = 0, page_size: PageSize = 50) -> Response:
    """What was said in the app, in order."""
    request = pb.ReadMessagesRequest(member_id=ask.me, after_sequence=after_sequence, page_size=page_size)
    return asking.answer(Chat, await ask(ask.to.conversations.ReadMessages, request))


@router.get(
    "/v1/me/chat/events",
    operation_id="follow_messages",
    responses={200: {"content": {following.MEDIA_TYPE: _EVENT}, "description": "Each message as it comes."}},
    response_class=StreamingResponse,
)
async def follow_messages(ask: Asking, after_sequence: After = 0, last_event: LastEvent = "") -> Response:
    """Messages as server-sent events, from the first that the client has not seen."""
    page = _Messages(ask, max(after_sequence, int(last_event or 0)))
    return await following.stream(ask.me, ask, page)


@router.get("/v1/push/key", operation_id="get_push_key", response_model=PushKey)
async def get_push_key(ask: Asking) -> Response:
    """What browsers subscribe to notifications with; 404 while the brand sends none."""
    return asking.answer(PushKey, await ask(ask.to.channels.GetPushKey, pb.GetPushKeyRequest()))


@router.post(
    "/v1/me/push/subscriptions", operation_id="add_push_subscription", response_model=Subscribed, status_code=201
)
async def add_push_subscription(body: SubscribeIn, ask: Asking) -> Response:
    """This browser takes notifications for the shopper who is signed in; whoever had it before loses it."""
    request = translation.fill(pb.AddPushSubscriptionRequest(request_id=ask.key, member_id=ask.me), body)
    return asking.answer(Subscribed, await ask(ask.to.channels.AddPushSubscription, request), 201)


@router.delete(
    "/v1/me/push/subscriptions/{subscription_id}",
    operation_id="remove_push_subscription",
    status_code=status.HTTP_204_NO_CONTENT,
)
async def remove_push_subscription(subscription_id: SubscriptionPath, ask: Asking) -> Response:
    """Ends it; ending one that is not there succeeds."""
    request = pb.RemovePushSubscriptionRequest(request_id=ask.key, member_id=ask.me, subscription_id=subscription_id)
    await ask(ask.to.channels.RemovePushSubscription, request)
    return Response(status_code=status.HTTP_204_NO_CONTENT)
