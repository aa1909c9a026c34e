"""Following an order: its states as they come, with NATS, without it, and until the process stops."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from gateway.http import front
from gateway.http.shop import following
from kit import streams
from kit.errors import Code
from omo.order.v1 import order_events_pb2, order_pb2
from omo.order.v1 import order_service_pb2 as pb
from omo.type.v1 import event_pb2
from tests.harness.chaos import ChaosProxy, Mode
from tests.harness.shared import NatsCorner
from tests.service.gateway.conftest import Door, StartDoor
from tests.service.gateway.peers import refusal

ORDER = "0199a5c2-51b3-7a90-8c0e-6b1d2e3f4a55"


class Orders:
    """One order whose state a test moves."""

    def __init__(self) -> None:
        self.state = order_pb2.ORDER_STATE_PENDING_PAYMENT
        self.version = 1
        self.read = 0

    def __call__(self, request: Any) -> pb.GetOrderResponse:
        self.read += 1
        return pb.GetOrderResponse(order=order_pb2.Order(order_id=ORDER, state=self.state, version=self.version))

    def confirm(self) -> None:
        self.state, self.version = order_pb2.ORDER_STATE_CONFIRMED, self.version + 1


class Line:
    """A stream of events as a browser reads it."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self._lines = response.aiter_lines()

    async def event(self, within: float = 20.0) -> dict[str, str]:
        """The next event; comments are not events."""
        async with asyncio.timeout(within):
            found: dict[str, str] = {}
            async for line in self._lines:
                if not line and "data" in found:
                    return found
                name, _, value = line.partition(": ")
                if name:
                    found[name] = value
        raise AssertionError("the stream ended")

    async def ended(self, within: float = 20.0) -> bool:
        async with asyncio.timeout(within):
            async for _ in self._lines:
                pass
        return True


@asynccontextmanager
async def followed(door: Door, **claims: Any) -> AsyncIterator[Line]:
    headers = {"Authorization": f"Bearer {door.token('shop', **claims)}"}
    async with door.http.stream("GET", f"/v1/orders/{ORDER}/events", headers=headers) as response:
        yield Line(response)


async def announce(nats: NatsCorner, event: Any) -> None:
    """Publishes as order's relay does."""
    client = await nats.connect("order")
    await client.publish(
        streams.subject(event.DESCRIPTOR.full_name, event.meta.aggregate_id), event.SerializeToString()
    )
    await streams.settle(client)
    await client.close()


async def until(condition: Callable[[], object], within: float = 20.0) -> None:
    """Waits for what a test watches, and fails when it does not come."""
    async with asyncio.timeout(within):
        while not condition():  # noqa: ASYNC110  # it has no event of its own
            await asyncio.sleep(0.01)


async def listening(door: Door) -> None:
    await until(lambda: door.feed.connected)


async def test_the_state_now_and_each_state_after(
    door: Door, nats: NatsCorner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "HEARTBEAT", 60.0)
    await listening(door)
    orders = door.peers.answers["GetOrder"] = Orders()
    async with followed(door) as line:
        assert line.response.headers["content-type"].startswith("text/event-stream")
        first = await line.event()
        assert (first["event"], first["id"]) == ("order", "1")
        assert json.loads(first["data"])["order"]["state"] == "PENDING_PAYMENT"
        orders.confirm()
        meta = event_pb2.EventMeta(aggregate_id=ORDER, event_id="e1")
        await announce(nats, order_events_pb2.OrderConfirmed(meta=meta))
        assert json.loads((await line.event())["data"])["order"]["state"] == "CONFIRMED"
        orders.version += 1
        moved = order_events_pb2.FulfilmentChanged(
            meta=event_pb2.EventMeta(aggregate_id="TPE01"), fulfilment=order_pb2.Fulfilment(order_id=ORDER)
        )
        await announce(nats, moved)
        assert (await line.event())["id"] == "3"


async def test_another_s_order_wakes_nobody(door: Door, nats: NatsCorner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "HEARTBEAT", 60.0)
    await listening(door)
    orders = door.peers.answers["GetOrder"] = Orders()
    async with followed(door) as line:
        await line.event()
        await until(lambda: orders.read == 2)
        for order_id in ("other", ORDER):
            meta = event_pb2.EventMeta(aggregate_id=order_id)
            await announce(nats, order_events_pb2.OrderCancelled(meta=meta, order_id=order_id))
        await until(lambda: orders.read >= 3)
        assert orders.read == 3


async def test_what_nobody_announced_is_seen_at_the_next_beat(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "HEARTBEAT", 0.2)
    await listening(door)
    orders = door.peers.answers["GetOrder"] = Orders()
    async with followed(door) as line:
        await line.event()
        orders.confirm()
        assert (await line.event())["id"] == "2"


async def test_without_nats_it_looks_by_itself(open_door: StartDoor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "HEARTBEAT", 60.0)
    door = await open_door(nats_url="nats://127.0.0.1:1")
    orders = door.peers.answers["GetOrder"] = Orders()
    async with followed(door) as line:
        await line.event()
        orders.confirm()
        assert (await line.event())["id"] == "2"


async def test_a_quiet_line_is_kept_open_by_comments(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "HEARTBEAT", 0.1)
    await listening(door)
    door.peers.answers["GetOrder"] = Orders()
    async with followed(door) as line, asyncio.timeout(20):
        async for text in line.response.aiter_text():
            if ": still here" in text:
                break


async def test_an_order_that_is_not_there_is_refused_at_once(door: Door) -> None:
    door.peers.answers["GetOrder"] = refusal("NOT_FOUND", Code.NOT_FOUND)
    async with followed(door) as line:
        assert line.response.status_code == 404
        assert line.response.headers["content-type"] == "application/problem+json"
    assert not door.feed._open


async def test_a_service_that_is_away_for_a_while_ends_no_stream(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "HEARTBEAT", 0.1)
    await listening(door)
    orders = door.peers.answers["GetOrder"] = Orders()
    async with followed(door) as line:
        await line.event()
        door.peers.answers["GetOrder"] = refusal("UNAVAILABLE", Code.UNAVAILABLE)
        await until(lambda: len(door.peers.asked("GetOrder")) >= 4)
        orders.confirm()
        door.peers.answers["GetOrder"] = orders
        assert (await line.event())["id"] == "2"


async def test_a_token_that_is_too_old_ends_the_stream_and_says_so(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "HEARTBEAT", 0.1)
    await listening(door)
    door.peers.answers["GetOrder"] = Orders()
    async with followed(door) as line:
        await line.event()
        door.peers.answers["GetOrder"] = refusal("TOKEN_INVALID", Code.UNAUTHENTICATED)
        last = await line.event()
        assert last["event"] == "problem"
        assert json.loads(last["data"])["reason"] == "TOKEN_INVALID"
        assert await line.ended()


async def test_nobody_follows_too_much(door: Door) -> None:
    await listening(door)
    door.peers.answers["GetOrder"] = Orders()
    async with followed(door) as one, followed(door) as two, followed(door) as third:
        assert [line.response.status_code for line in (one, two, third)] == [200, 200, 429]
        async with followed(door, sub="m2") as fourth, followed(door, sub="m3") as fifth:
            assert (fourth.response.status_code, fifth.response.status_code) == (200, 503)


async def test_who_leaves_gives_the_place_back(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "HEARTBEAT", 0.1)
    await listening(door)
    door.peers.answers["GetOrder"] = Orders()
    async with followed(door) as line:
        await line.event()
        assert door.feed._open
    await until(lambda: not door.feed._open and not door.feed._waiting)


async def test_a_stop_ends_streams_at_once(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "HEARTBEAT", 60.0)
    monkeypatch.setattr(front, "_GRACE", 60.0)
    await listening(door)
    door.peers.answers["GetOrder"] = Orders()
    async with followed(door) as line:
        await line.event()
        stopping = asyncio.create_task(door.front.stop())
        assert await line.ended()
        await asyncio.wait_for(stopping, 20)


async def test_nats_that_comes_late_is_heard(open_door: StartDoor, nats: NatsCorner) -> None:
    proxy = ChaosProxy(nats.url.removeprefix("nats://"), mode=Mode.REFUSE)
    door = await open_door(nats_url=f"nats://{await proxy.start()}")
    door.peers.answers["GetOrder"] = Orders()
    async with followed(door) as line:
        await line.event()
    assert not door.feed.connected
    proxy.become(Mode.PASS)
    await until(lambda: door.feed.connected)
    await door.front.stop()
    await proxy.stop()


async def test_a_process_stops_although_nats_never_came(open_door: StartDoor) -> None:
    door = await open_door(nats_url="nats://127.0.0.1:1")
    stopped = asyncio.create_task(door.feed.run())
    door.feed.stop()
    await asyncio.wait_for(stopped, 20)
