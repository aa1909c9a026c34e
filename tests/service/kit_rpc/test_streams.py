"""Streams inside the guard: both of grpc's styles, their faults and their cancel."""

import asyncio
from collections.abc import AsyncIterator

import grpc
import pytest
from google.protobuf.wrappers_pb2 import StringValue

from kit.errors import Code, Fault
from tests.service.kit_rpc.echo import serving, speaking


class Refused(Fault):
    code = Code.FAILED_PRECONDITION
    reason = "NOTHING_LEFT"


async def same(text: str) -> str:
    return text


async def test_streams_of_both_styles_work_inside_the_guard() -> None:
    async def words(*texts: str) -> AsyncIterator[StringValue]:
        for text in texts:
            yield StringValue(value=text)

    async with serving("back", same) as (back, _), speaking(back, "back") as stub:
        assert [m.value async for m in stub.Count(StringValue(value="3"))] == ["0", "1", "2"]
        assert [m.value async for m in stub.Generate(words("a", "b"))] == ["a", "b"]
        assert (await stub.Gather(words("a", "b"), timeout=2)).value == "ab"
        chat = stub.Chat()
        for text in ("hello", "again"):
            await chat.write(StringValue(value=text))
            assert (await chat.read()).value == text
        await chat.done_writing()
        assert await chat.read() is grpc.aio.EOF


async def test_a_stream_ends_with_its_fault() -> None:
    async def refuse(text: str) -> str:
        raise Refused("enough", thing="patience")

    async with serving("back", refuse) as (back, _), speaking(back, "back") as stub:
        chat = stub.Chat()
        await chat.write(StringValue(value="x"))
        with pytest.raises(Fault) as read:
            await chat.read()
        with pytest.raises(Fault) as written:
            await chat.write(StringValue(value="y"))
        with pytest.raises(Fault) as counted:
            [m async for m in stub.Count(StringValue(value="2"))]
    for caught in (read, written, counted):
        assert (caught.value.reason, caught.value.metadata) == ("NOTHING_LEFT", {"thing": "patience"})


async def test_a_cancel_reaches_the_handler() -> None:
    """While it works; a handler that waits in `read` is told by EOF instead, that is grpc's own way."""
    working = asyncio.Event()

    async def work(text: str) -> str:
        working.set()
        await asyncio.Event().wait()
        return text

    async with serving("back", work) as (back, echo), speaking(back, "back") as stub:
        chat = stub.Chat()
        await chat.write(StringValue(value="x"))
        await asyncio.wait_for(working.wait(), 5)
        chat.cancel()
        await asyncio.wait_for(echo.cancelled.wait(), 5)
