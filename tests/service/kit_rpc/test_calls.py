"""One and two hops between real servers: faults, deadlines, principals, trace and metadata."""

import asyncio
import io
import time
from collections.abc import AsyncIterator

import grpc
import pytest
from google.protobuf.wrappers_pb2 import StringValue
from google.rpc import error_details_pb2, status_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc

from kit import access
from kit.access import Actor, Kind, allow
from kit.errors import Code, Fault
from kit.rpc import deadline, trailers
from kit.telemetry import logs, traces
from kit.tokens import ServiceTokens, TokenInvalid
from tests.service.kit_rpc.echo import Stub, path, serving, speaking
from tests.unit.kit_rpc.issuer import Issuer


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
    lines = [line for line in said.getvalue().splitlines() if "hunter2" in line]
    assert len(lines) == 1  # the full text, once
    assert fault.metadata["trace_id"] in lines[0]


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
            await outer.Say("x", timeout=1.0)
    assert 0.5 < seen["front"] < 1.1  # the wire rounds up
    assert seen["back"] <= seen["front"] - deadline.SHAVED + 0.005


async def test_the_slow_one_is_named_to_the_first_caller() -> None:
    async def slow(text: str) -> str:
        await asyncio.sleep(30)
        return text

    async with serving("back", slow) as (backend, _), speaking(backend, "back") as inner:

        async def front(text: str) -> str:
            return str((await inner.Say(text)).value)

        async with serving("front", front) as (frontend, _), speaking(frontend, "front") as outer:
            started = time.monotonic()
            with pytest.raises(Fault) as caught:
                await outer.Say("x", timeout=0.5)
    assert time.monotonic() - started < 2.0
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


async def test_what_is_not_in_the_table_is_denied() -> None:
    issuer = Issuer()
    async with serving("back", same, issuer=issuer) as (back, _), speaking(back, "back") as stub:
        with pytest.raises(Fault) as nobody:
            await stub.Hidden("x")
        hq = access.Principal(Kind.HQ, "root", token=issuer.token("hq", "root", roles=["admin"]))
        with access.acting_as(hq), pytest.raises(Fault) as somebody:
            await stub.Hidden("x")
    assert nobody.value.code is Code.UNAUTHENTICATED
    assert (somebody.value.code, somebody.value.reason) == (Code.PERMISSION_DENIED, "PERMISSION_DENIED")


async def test_a_bad_token_is_refused_even_where_anybody_may() -> None:
    async with serving("back", same) as (back, _), speaking(back, "back") as stub:
        stranger = access.Principal(Kind.MEMBER, "m1", token=Issuer().token())
        with access.acting_as(stranger), pytest.raises(Fault) as caught:
            await stub.Say("x")
    assert caught.value.reason == TokenInvalid.reason


@pytest.fixture
async def who() -> AsyncIterator[tuple[Stub, Issuer, list[access.Principal]]]:
    """A stub to a front that forwards to a back, which notes who called."""
    issuer, seen = Issuer(), []
    rules = {
        path("back", "Say"): ("back.say", allow(shop=True, staff={"clerk"}, service={"front"})),
        path("front", "Say"): ("front.say", allow(shop=True, staff=True, anonymous=True)),
    }

    async def note(text: str) -> str:
        seen.append(access.current())
        return text

    async with (
        serving("back", note, issuer=issuer, permissions=rules) as (back, _),
        speaking(back, "back", service_tokens(issuer, "front")) as inner,
    ):

        async def forward(text: str) -> str:
            return str((await inner.Say(text)).value)

        async with (
            serving("front", forward, issuer=issuer, permissions=rules) as (front, _),
            speaking(front, "front") as outer,
        ):
            yield outer, issuer, seen


def service_tokens(issuer: Issuer, name: str) -> ServiceTokens:
    async def issue(name: str, secret: str) -> tuple[str, float]:
        return issuer.token("service", name), 600.0

    return ServiceTokens(issue, name, "secret")


async def test_the_callers_own_token_is_forwarded(who: tuple[Stub, Issuer, list[access.Principal]]) -> None:
    stub, issuer, seen = who
    token = issuer.token("shop", "m42")
    with access.acting_as(access.Principal(Kind.MEMBER, "m42", token=token)):
        await stub.Say("x")
    assert (seen[0].kind, seen[0].id, seen[0].token) == (Kind.MEMBER, "m42", token)


async def test_an_anonymous_caller_borrows_no_service_token(who: tuple[Stub, Issuer, list[access.Principal]]) -> None:
    stub, _, seen = who
    with pytest.raises(Fault) as caught:
        await stub.Say("x")
    assert caught.value.code is Code.UNAUTHENTICATED
    assert (caught.value.domain, seen) == ("omo.back", [])


async def test_a_role_is_needed_where_the_rule_names_one(who: tuple[Stub, Issuer, list[access.Principal]]) -> None:
    stub, issuer, seen = who
    for roles, let_in in ((["clerk", "other"], True), (["other"], False)):
        token = issuer.token("staff", "u1", roles=roles)
        with access.acting_as(access.Principal(Kind.STAFF, "u1", token=token)):
            try:
                await stub.Say("x")
            except Fault as fault:
                assert (let_in, fault.code) == (False, Code.PERMISSION_DENIED)
                assert fault.metadata["permission"] == "back.say"
    assert len(seen) == 1


async def test_a_service_names_whom_it_acts_for() -> None:
    issuer, seen = Issuer(), []
    rules = {path("back", "Say"): ("back.say", allow(service={"front"}))}

    async def note(text: str) -> str:
        seen.append(access.current())
        return text

    async with (
        serving("back", note, issuer=issuer, permissions=rules) as (back, _),
        speaking(back, "back", service_tokens(issuer, "front")) as stub,
        speaking(back, "back", service_tokens(issuer, "other")) as other,
    ):
        shopper = Actor(Kind.MEMBER, "m1", "T1")
        with access.acting_as(access.service("front", shopper)):
            await stub.Say("x")
        with access.acting_as(access.service("other")), pytest.raises(Fault) as caught:
            await other.Say("x")
    assert (seen[0].kind, seen[0].id, seen[0].actor) == (Kind.SERVICE, "front", shopper)
    assert caught.value.code is Code.PERMISSION_DENIED


async def test_nobody_but_a_service_may_name_an_actor() -> None:
    issuer, seen = Issuer(), []

    async def note(text: str) -> str:
        seen.append(access.current().actor)
        return text

    async with serving("back", note, issuer=issuer) as (back, _), grpc.aio.insecure_channel(back.address) as channel:
        sent = (("authorization", f"Bearer {issuer.token('shop', 'm1')}"), ("omo-actor", "hq::root"))
        await Stub(channel, "back").Say("x", timeout=2, metadata=sent)
    assert seen == [Actor(Kind.MEMBER, "m1")]


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
        answers = await asyncio.gather(*(stub.Say(str(number)) for number in range(200)))
    assert [answer.value for answer in answers] == [str(number) for number in range(200)]


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


async def test_the_health_service_knows_each_service_and_needs_no_token() -> None:
    async with serving("back", same) as (back, _), grpc.aio.insecure_channel(back.address) as channel:
        health = health_pb2_grpc.HealthStub(channel)
        for name in ("", "liveness", "readiness", "startup", "omo.back.v1.EchoService"):
            reply = await health.Check(health_pb2.HealthCheckRequest(service=name))
            assert reply.status == health_pb2.HealthCheckResponse.SERVING
        await back.ready(False)
        for name, serving_still in (("readiness", False), ("omo.back.v1.EchoService", False), ("liveness", True)):
            reply = await health.Check(health_pb2.HealthCheckRequest(service=name))
            assert (reply.status == health_pb2.HealthCheckResponse.SERVING) is serving_still
