"""Calls between real servers: faults, trace, metadata, retries."""

import asyncio
import io

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2

from kit.errors import Code, Fault
from kit.rpc import trailers
from kit.telemetry import logs, traces
from tests.service.kit_rpc.echo import Stub, serving, speaking


class Refused(Fault):
    code = Code.FAILED_PRECONDITION
    reason = "NOTHING_LEFT"


async def same(text: str) -> str:
    return text


async def test_a_fault_crosses_two_hops_unchanged() -> None:
    async def refuse(text: str) -> str:
        raise Refused("nothing is left of Café 咖啡", thing="coat", left=0)

    async with serving("back", refuse) as (back, _), speaking(back, "back") as inner:

        async def forward(text: str) -> str:
            return str((await inner.Say(text)).value)

        async with serving("front", forward) as (front, _), speaking(front, "front") as outer:
            with pytest.raises(Fault) as caught:
                await outer.Say("x", timeout=2)
    fault = caught.value
    assert (fault.code, fault.reason, fault.domain) == (Code.FAILED_PRECONDITION, "NOTHING_LEFT", "omo.back")
    assert fault.metadata == {"thing": "coat", "left": "0"}
    assert fault.message == "nothing is left of Café 咖啡"


async def test_a_plain_grpc_client_reads_the_error_info() -> None:
    async def refuse(text: str) -> str:
        raise Refused("no", thing="coat")

    async with serving("back", refuse) as (back, _), grpc.aio.insecure_channel(back.address) as channel:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await Stub(channel, "back").Say("x", timeout=2)
    assert caught.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    sent = dict(caught.value.trailing_metadata() or ())["grpc-status-details-bin"]
    info = error_details_pb2.ErrorInfo()
    assert status_pb2.Status.FromString(sent).details[0].Unpack(info)
    assert (info.reason, info.domain, dict(info.metadata)) == ("NOTHING_LEFT", "omo.back", {"thing": "coat"})


async def test_an_unexpected_error_says_nothing_but_its_trace(said: io.StringIO) -> None:
    async def crash(text: str) -> str:
        raise RuntimeError("password is hunter2")

    async with serving("back", crash) as (back, _), speaking(back, "back") as stub:
        with pytest.raises(Fault) as caught:
            await stub.Say("x", timeout=2)
    fault = caught.value
    assert (fault.code, fault.reason) == (Code.INTERNAL, "INTERNAL")
    assert "hunter2" not in fault.message
    assert "hunter2" not in said.getvalue()
    lines = [line for line in said.getvalue().splitlines() if "RuntimeError" in line]
    assert len(lines) == 1  # what and where, once
    assert fault.metadata["trace_id"] in lines[0]
    assert "test_calls.py" in lines[0]
    assert " in crash" in lines[0]


async def test_trace_and_request_id_travel() -> None:
    seen: dict[str, str] = {}

    async def back(text: str) -> str:
        seen["trace"], seen["request"] = traces.trace_id(), logs.request_id.get()
        return text

    async with serving("back", back) as (backend, _), speaking(backend, "back") as inner:

        async def front(text: str) -> str:
            return str((await inner.Say(text)).value)

        async with serving("front", front) as (frontend, _), speaking(frontend, "front") as outer:
            token = logs.request_id.set("req-1")
            with traces.span("GET /"):
                trace_id = traces.trace_id()
                await outer.Say("x")
            logs.request_id.reset(token)
    assert seen == {"trace": trace_id, "request": "req-1"}


async def test_an_answer_can_say_more_than_its_message() -> None:
    async def replayed(text: str) -> str:
        trailers.add("omo-replayed", "true")
        return text

    async with serving("back", replayed) as (back, _), speaking(back, "back") as stub:
        call = stub.Say("x")
        assert (await call).value == "x"
        assert ("omo-replayed", "true") in [(key, value) for key, value in await call.trailing_metadata()]


async def test_many_calls_at_once() -> None:
    async with serving("back", same) as (back, _), speaking(back, "back") as stub:
        answers = await asyncio.gather(*(stub.Say(str(number), timeout=30) for number in range(200)))
    assert [answer.value for answer in answers] == [str(number) for number in range(200)]


async def test_unavailable_is_tried_again_and_nothing_else() -> None:
    tries: dict[str, int] = {}

    async def moody(text: str) -> str:
        tries[text] = tries.get(text, 0) + 1
        if text == "away" and tries[text] < 3:
            raise Fault("not now", code=Code.UNAVAILABLE, reason="UNAVAILABLE")
        if text == "aborted":
            raise Fault("conflict", code=Code.ABORTED, reason="CONFLICT")
        return text

    async with serving("back", moody) as (back, _), speaking(back, "back") as stub:
        assert (await stub.Say("away")).value == "away"
        with pytest.raises(Fault):
            await stub.Say("aborted")
    assert tries == {"away": 3, "aborted": 1}
