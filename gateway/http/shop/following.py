"""What changes as server-sent events: an order's states from the first to the last, a chat's messages as they come."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any, Protocol

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


class Page(Protocol):
    """What is shown of something that changes."""

    async def read(self) -> list[bytes]:
        """Asks for it; the events that are new since it was asked last."""


async def follow(order_id: str, ask: Ask) -> Response:
    """An order's states."""
    return await stream(order_id, ask, _Order(order_id, ask))


async def stream(subject: str, ask: Ask, page: Page) -> Response:
    """The stream; what is there is read before it begins, so that a refusal is an ordinary one."""
    place = ask.feed.place(ask.principal.id)
    try:
        first = await page.read()
    except BaseException:
        place.close()
        raise
    return StreamingResponse(_events(subject, first, page, ask, place), media_type=MEDIA_TYPE, headers=_HEADERS)


class _Order:
    def __init__(self, order_id: str, ask: Ask) -> None:
        self._asked = pb.GetOrderRequest(order_id=order_id)
        self._ask = ask
        self._shown = b""

    async def read(self) -> list[bytes]:
        reply = await self._ask(self._ask.to.orders.GetOrder, self._asked)
        document = msgspec.json.encode(translation.show(OrderAnswer, reply))
        if document == self._shown:
            return []
        self._shown = document
        return [event(reply.order.version, "order", document)]


async def _events(subject: str, first: list[bytes], page: Page, ask: Ask, place: Any) -> AsyncIterator[bytes]:
    ends = time.monotonic() + _LONGEST
    with place, ask.feed.watch(subject) as changed:
        # what changed before we watched is in no event: the feed has us look once when it listens
        yield b"retry: 2000\n\n" + b"".join(first)
        while not ask.feed.ended() and time.monotonic() < ends:
            beat = not await _waited(changed, HEARTBEAT if ask.feed.connected else LOOK)
            changed.clear()
            if ask.feed.ended():
                return
            try:
                with deadline.within(_READ_WITHIN):
                    news = await page.read()
            except Fault as fault:
                if fault.code in (Code.UNAVAILABLE, Code.DEADLINE_EXCEEDED, Code.RESOURCE_EXHAUSTED):
                    yield b": away\n\n"
                    continue
                yield _problem(fault)
                return
            if news:
                yield b"".join(news)
            elif beat:
                yield b": still here\n\n"


async def _waited(changed: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await changed.wait()
    except TimeoutError:
        return False
    return True


def event(number: int, name: str, document: bytes) -> bytes:
    """One event; a client that comes back says the last number that it has."""
    return b"id: %d\nevent: %b\ndata: %b\n\n" % (number, name.encode(), document)


def _problem(fault: Fault) -> bytes:
    """What ends the stream: the token is too old, or the order is not this caller's any more."""
    document = problems.document(fault, problems.status_of(fault))
    return b"event: problem\ndata: %b\n\n" % msgspec.json.encode(document)
