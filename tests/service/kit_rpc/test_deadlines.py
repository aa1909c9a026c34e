"""Deadlines over two hops, and what they end."""

import asyncio
from collections.abc import Awaitable, Callable

import grpc
import pytest

from kit.errors import Code, Fault
from kit.postgres import Database
from kit.rpc import deadline
from tests.harness.databases import Address
from tests.service.kit_rpc.echo import Stub, serving, speaking


async def same(text: str) -> str:
    return text


async def test_deadlines_shrink_over_two_hops() -> None:
    seen: dict[str, float] = {}

    async def back(text: str) -> str:
        seen["back"] = deadline.remaining() or 0.0
        return text

    async with serving("back", back) as (backend, _), speaking(backend, "back") as inner:

        async def front(text: str) -> str:
            seen["front"] = deadline.remaining() or 0.0
            await inner.Say(text, timeout=60)  # asks for more than its caller has
            return text

        async with serving("front", front) as (frontend, _), speaking(frontend, "front") as outer:
            await outer.Say("x", timeout=9.0)
    assert 5.0 < seen["front"] < 9.1  # the wire rounds up
    assert seen["back"] <= seen["front"] - deadline.SHAVED + 0.015


async def test_the_slow_one_is_named_to_the_first_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deadline, "SHAVED", 2.0)  # a busy machine may need longer than the usual for the way back

    async def slow(text: str) -> str:
        await asyncio.sleep(30)
        return text

    async with serving("back", slow) as (backend, _), speaking(backend, "back") as inner:

        async def front(text: str) -> str:
            return str((await inner.Say(text)).value)

        async with serving("front", front) as (frontend, _), speaking(frontend, "front") as outer:
            with pytest.raises(Fault) as caught:
                await outer.Say("x", timeout=2.5)
    assert (caught.value.code, caught.value.domain) == (Code.DEADLINE_EXCEEDED, "omo.back")


async def test_no_time_left_means_no_call() -> None:
    calls = []

    async def note(text: str) -> str:
        calls.append(text)
        return text

    async with serving("back", note) as (back, _), speaking(back, "back") as stub:
        with deadline.within(0.01), pytest.raises(Fault) as caught:
            await stub.Say("x")
    assert caught.value.code is Code.DEADLINE_EXCEEDED
    assert calls == []


async def test_a_call_without_a_deadline_is_refused() -> None:
    async with serving("back", same) as (back, _), grpc.aio.insecure_channel(back.address) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await Stub(channel, "back").Say("x")
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_our_channel_gives_every_call_a_deadline() -> None:
    seen = []

    async def note(text: str) -> str:
        seen.append(deadline.remaining())
        return text

    async with serving("back", note) as (back, _), speaking(back, "back") as stub:
        await stub.Say("x")
    assert seen[0] is not None
    assert 1.0 < seen[0] < deadline.DEFAULT + 0.1  # the wire rounds up


async def test_a_busy_pool_is_said_at_once(database: Callable[[str], Awaitable[Database]]) -> None:
    db, go = await database("order"), asyncio.Event()

    async def query(text: str) -> str:
        async with db.read():
            await go.wait()
            return text

    async with serving("back", query) as (back, _), speaking(back, "back") as stub:
        many = db.pool.get_max_size()
        busy = [asyncio.create_task(stub.Say("x", timeout=30)._answer()) for _ in range(many)]
        async with asyncio.timeout(20):
            while db.in_use() < many:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        with pytest.raises(Fault) as caught:  # while they all go on
            await stub.Say("y", timeout=20)
        go.set()
        await asyncio.gather(*busy)
    assert (caught.value.code, caught.value.reason) == (Code.RESOURCE_EXHAUSTED, "OVERLOADED")
    assert db.in_use() == 0


async def test_a_query_dies_with_its_callers_deadline(
    database_address: Callable[[str], Awaitable[Address]],
) -> None:
    db = await Database.open((await database_address("order")).dsn, size=1, patience=100)

    async def query(text: str) -> str:
        async with db.read() as tx:
            return str(await tx.fetchval("SELECT pg_sleep(100)::text"))

    async with serving("back", query) as (back, _), speaking(back, "back") as stub:
        with pytest.raises(Fault) as caught:
            await stub.Say("x", timeout=0.2)
        assert caught.value.code is Code.DEADLINE_EXCEEDED
        async with asyncio.timeout(20):  # far sooner than it would end by itself
            while db.in_use():  # noqa: ASYNC110
                await asyncio.sleep(0.005)
    await db.close()
