"""Whole processes: late dependencies, probes, ordered stop, exit codes, trace edges, silent peers."""

import asyncio
import json
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from google.protobuf.wrappers_pb2 import StringValue

from cli.stack import ports
from kit.errors import Code, Fault
from kit.rpc import tuning
from tests.harness.databases import Address
from tests.harness.shared import NatsCorner
from tests.service.kit_rpc.children import child, http
from tests.service.kit_rpc.echo import speaking


async def test_it_says_where_it_listens_and_stops_in_order(tmp_path: Path) -> None:
    async with child(tmp_path, "back") as back:
        said = await back.line("listening")
        assert back.address_file.read_text() == said["address"]
        assert back.address_file.with_name("back.address.metrics").read_text() == said["metrics_address"]
        async with speaking(said["address"], "back") as stub:
            await stub.Say("x")
            assert await http(said["metrics_address"], "/livez") == (200, "ok\n")
            await back.line("ready")
            assert await http(said["metrics_address"], "/readyz") == (200, "ok\n")
            status, metrics = await http(said["metrics_address"], "/metrics")
            assert status == 200
            count = 'omo_rpc_server_seconds_count{code="OK",method="Say",service="omo.back.v1.EchoService"} 1.0'
            assert count in metrics
            work = f"until {tmp_path / 'told'}"
            running = asyncio.create_task(stub.Say(work, timeout=30)._answer())
            await until_in_flight(said["metrics_address"])
            back.signal(signal.SIGTERM)
            await back.line("stopping")
            (tmp_path / "told").touch()
            assert (await running).value == work  # finished, although the process was told to stop
        assert await back.ended() == 0
        assert back.lines[-1]["event"] == "stopped"


async def until_in_flight(metrics_address: str) -> None:
    async with asyncio.timeout(20):
        while "omo_rpc_server_in_flight 1.0" not in (await http(metrics_address, "/metrics"))[1]:  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def test_ctrl_c_stops_it_too(tmp_path: Path) -> None:
    async with child(tmp_path, "back") as back:
        await back.line("listening")
        back.signal(signal.SIGINT)
        assert await back.ended() == 0


async def test_a_crash_has_an_exit_code_and_still_ends_in_order(tmp_path: Path) -> None:
    async with child(tmp_path, "back") as back:
        said = await back.line("listening")
        async with speaking(said["address"], "back") as stub:
            assert (await stub.Say("crash")).value == "crash"
        assert await back.ended() == 1
        assert [line["event"] for line in back.lines][-2:] == ["stopped", "crashed"]


@pytest.mark.parametrize("bad", [{"OMO_POSTGRESS_DSN": "x"}, {"OMO_ENV": "prod"}, {"OMO_ENV": "production"}], ids=str)
async def test_bad_settings_are_exit_78_and_one_line(tmp_path: Path, bad: dict[str, str]) -> None:
    async with child(tmp_path, "back", **bad) as back:
        assert await back.ended() == 78
        assert len(back.lines) == 1
        assert "OMO_" in back.lines[0]["event"]


@asynccontextmanager
async def door(port: int, behind: tuple[str, int]) -> AsyncIterator[None]:
    """Lets connections through to a server; before and after, there is nobody at the port."""

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                writer.write(data)
        finally:
            writer.close()

    async def through(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inside_reader, inside_writer = await asyncio.open_connection(*behind)
        pumps = [asyncio.create_task(pump(reader, inside_writer)), asyncio.create_task(pump(inside_reader, writer))]
        open_pumps.extend(pumps)
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        writer.close()
        inside_writer.close()

    open_pumps: list[asyncio.Task[None]] = []
    server = await asyncio.start_server(through, "127.0.0.1", port)
    try:
        yield
    finally:
        server.close()
        for task in open_pumps:
            task.cancel()


async def readyz(metrics_address: str, wanted: int) -> None:
    async with asyncio.timeout(20):
        while (await http(metrics_address, "/readyz"))[0] != wanted:  # noqa: ASYNC110  # another process
            await asyncio.sleep(0.05)


async def test_it_waits_for_late_servers_and_says_so_once(
    tmp_path: Path, database_address: Callable[[str], Awaitable[Address]], nats: NatsCorner
) -> None:
    address = await database_address("order")
    dsn = urlsplit(address.dsn)
    late, metrics_port = ports.free(), ports.free()
    assert dsn.hostname is not None
    assert dsn.port is not None
    through = dsn._replace(netloc=f"{dsn.username}:{dsn.password}@127.0.0.1:{late}").geturl()
    given = {
        "OMO_POSTGRES_DSN": through,
        "OMO_NATS_URL": nats.url,
        "OMO_NATS_SEED": nats.seed("order"),
        "OMO_METRICS_LISTEN": f"127.0.0.1:{metrics_port}",
    }
    async with child(tmp_path, "order", **given) as order:
        waiting = await order.line("waiting")
        assert waiting["dependency"] == "postgres"
        metrics = f"127.0.0.1:{metrics_port}"
        assert (await http(metrics, "/livez"))[0] == 200
        assert (await http(metrics, "/readyz"))[0] == 503
        async with door(late, (dsn.hostname, dsn.port)):
            await order.line("listening")
            await readyz(metrics, 200)
        await readyz(metrics, 503)  # the database is lost again
        assert (await http(metrics, "/livez"))[0] == 200
        async with door(late, (dsn.hostname, dsn.port)):
            await readyz(metrics, 200)
            order.signal(signal.SIGTERM)
            assert await order.ended() == 0
        events = [line["event"] for line in order.lines]
        assert events.count("waiting") == 1
        assert not [line for line in order.lines if "Traceback" in str(line)]


async def test_it_serves_before_the_broker_is_there_and_stops_without_it(
    tmp_path: Path, database_address: Callable[[str], Awaitable[Address]], nats: NatsCorner
) -> None:
    address = await database_address("order")
    place = urlsplit(nats.url)
    assert place.hostname is not None
    assert place.port is not None
    late = ports.free()
    given = {
        "OMO_POSTGRES_DSN": address.dsn,
        "OMO_NATS_URL": f"nats://127.0.0.1:{late}",
        "OMO_NATS_SEED": nats.seed("order"),
    }
    async with child(tmp_path, "order", **given) as order:
        said = await order.line("listening")
        await readyz(said["metrics_address"], 200)
        async with door(late, (place.hostname, place.port)):
            async with asyncio.timeout(20):  # the relay makes its stream as soon as it can
                while "OMO_ORDER" not in [one.config.name for one in await nats.jetstream.streams_info()]:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
        order.signal(signal.SIGTERM)
        assert await order.ended() == 0
    async with child(tmp_path, "order", **given) as order:
        await order.line("listening")
        order.signal(signal.SIGTERM)
        assert await order.ended() == 0


async def test_spans_of_two_processes_make_one_line(tmp_path: Path) -> None:
    file = tmp_path / "spans"
    async with child(tmp_path, "back", OMO_TRACE_FILE=str(file)) as back:
        target = (await back.line("listening"))["address"]
        async with child(tmp_path, "front", OMO_TRACE_FILE=str(file), OMO_PEER_TARGET=target) as front:
            async with speaking((await front.line("listening"))["address"], "front") as stub:
                await stub.Say("x")
            front.signal(signal.SIGTERM)
            assert await front.ended() == 0
        back.signal(signal.SIGTERM)
        assert await back.ended() == 0
    spans = [json.loads(line) for line in file.read_text().splitlines()]
    answered, asked, forwarded = (
        find(spans, service=service, kind=kind)
        for service, kind in (("back", "SERVER"), ("front", "CLIENT"), ("front", "SERVER"))
    )
    assert answered["parent_span_id"] == asked["span_id"]
    assert asked["parent_span_id"] == forwarded["span_id"]
    assert len({span["trace_id"] for span in (answered, asked, forwarded)}) == 1
    assert answered["attributes"]["rpc.service"] == "omo.back.v1.EchoService"


def find(spans: list[dict[str, Any]], **wanted: str) -> dict[str, Any]:
    (found,) = (span for span in spans if wanted.items() <= span.items())
    return found


async def test_a_stopped_peer_is_noticed(tmp_path: Path) -> None:
    """A peer that is frozen, not dead: its kernel keeps the connection open and answers nothing."""
    async with child(tmp_path, "back") as back:
        address = (await back.line("listening"))["address"]
        async with speaking(address, "back") as stub:
            chat = stub.Chat()
            await chat.write(StringValue(value="x"))
            await chat.read()
            back.signal(signal.SIGSTOP)
            started = time.monotonic()
            with pytest.raises(Fault) as caught:
                async with asyncio.timeout(3 * tuning.DEAD_PEER_SECONDS):
                    await chat.read()
            assert caught.value.code is Code.UNAVAILABLE
            assert time.monotonic() - started < 3 * tuning.DEAD_PEER_SECONDS


async def test_a_restarted_peer_is_found_again(tmp_path: Path) -> None:
    port = ports.free()
    listen = {"OMO_LISTEN": f"127.0.0.1:{port}"}
    async with speaking(f"127.0.0.1:{port}", "back") as stub:
        async with child(tmp_path, "back", **listen) as first:
            await first.line("listening")
            await stub.Say("x")
        with pytest.raises(Fault) as caught:
            await stub.Say("y")
        assert caught.value.code is Code.UNAVAILABLE
        async with child(tmp_path, "back", **listen) as second:
            await second.line("listening")
            await answered(stub)


async def answered(stub: Any) -> None:
    async with asyncio.timeout(20):
        while True:
            try:
                await stub.Say("z")
            except Fault:
                await asyncio.sleep(0.05)
            else:
                return
