"""An order's states as server-sent events, from the first to the last."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import msgspec
from starlette.responses import Response, StreamingResponse

from gateway.http import problems
from gateway.http.door import translation
from gateway.http.door.asking import Ask
from gateway.http.shapes import fields
from gateway.http.shapes.sold import OrderAnswer
from kit.errors import Code, Fault
from kit.rpc import deadline
from omo.order.v1 import order_service_pb2 as pb

MEDIA_TYPE = "text/event-stream"
EXAMPLE = {
    "example": f'id: 3\nevent: order\ndata: {{"order": {{"order_id": "{fields.ORDER}", "state": "CONFIRMED"}}}}\n\n'
}
HEARTBEAT = 15.0
# while NATS is away nobody tells us
LOOK = 2.0
# a token lives ten minutes: the client comes back with a fresh one
_LONGEST = 300.0
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_READ_WITHIN = 3.0


async def follow(order_id: str, ask: Ask) -> Response:
    """The stream; the order's first state is read before it begins, so that a refusal is an ordinary one."""
    place = ask.feed.place(ask.principal.id)
    try:
        reply = await _read(order_id, ask)
    except BaseException:
        place.close()
        raise
    return StreamingResponse(_events(reply, ask, place), media_type=MEDIA_TYPE, headers=_HEADERS)


async def _read(order_id: str, ask: Ask) -> pb.GetOrderResponse:
    return await ask(ask.to.orders.GetOrder, pb.GetOrderRequest(order_id=order_id))


async def _events(reply: pb.GetOrderResponse, ask: Ask, place: Any) -> AsyncIterator[bytes]:
    order_id, ends, shown = reply.order.order_id, time.monotonic() + _LONGEST, b""
    with place, ask.feed.watch(order_id) as changed:
        # what changed before we watched is in no event: the feed has us look once when it listens
        yield b"retry: 2000\n\n" + _event(reply)
        shown = _document(reply)
        while not ask.feed.ended() and time.monotonic() < ends:
            beat = not await _waited(changed, HEARTBEAT if ask.feed.connected else LOOK)
            changed.clear()
            if ask.feed.ended():
                return
            try:
                with deadline.within(_READ_WITHIN):
                    reply = await _read(order_id, ask)
            except Fault as fault:
                if fault.code in (Code.UNAVAILABLE, Code.DEADLINE_EXCEEDED, Code.RESOURCE_EXHAUSTED):
                    yield b": away\n\n"
                    continue
                yield _problem(fault)
                return
            document = _document(reply)
            if document != shown:
                shown = document
                yield _event(reply)
            elif beat:
                yield b": still here\n\n"


async def _waited(changed: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await changed.wait()
    except TimeoutError:
        return False
    return True


def _document(reply: pb.GetOrderResponse) -> bytes:
    return msgspec.json.encode(translation.show(OrderAnswer, reply))


def _event(reply: pb.GetOrderResponse) -> bytes:
    return b"id: %d\nevent: order\ndata: %b\n\n" % (reply.order.version, _document(reply))


def _problem(fault: Fault) -> bytes:
    """What ends the stream: the token is too old, or the order is not this caller's any more."""
    document = problems.document(fault, problems.status_of(fault))
    return b"event: problem\ndata: %b\n\n" % msgspec.json.encode(document)
