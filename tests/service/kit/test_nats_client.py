"""Our client heeds who is stopped, and its lighter eye for headers sees what nats-py's own sees."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import NoRespondersError
from nats.js.api import StreamConfig

from kit import streams
from kit.nats_client import LightClient
from tests.harness.shared import NatsCorner

_LINES = {
    "a name and a value": b"Nats-Msg-Id: 0199",
    "several": b"ce-id: 1\r\nce-type: omo.order.v1.OrderConfirmed\r\ntraceparent: 00-4bf9-00f0-01",
    "the last of two of one name": b"A: 1\r\nA: 2",
    "no space": b"A:1",
    "a tab, and spaces behind": b"A:\t1  ",
    "nothing behind the colon": b"A:",
    "a colon in the value": b"Nats-Time: 2026-11-22T09:30:00Z",
    "Chinese": "name: 林佳怡".encode(),
    "no UTF-8": b"A: \xff\xfe",
    "a space in the name": b"A B: 1\r\nC: 2",
    "a name that is no ASCII": "名: 1\r\nC: 2".encode(),
    "a line without a colon": b"nothing\r\nC: 2",
    "a space before the colon": b"A : 1",
    "none at all": b"",
}


@pytest_asyncio.fixture
async def clients(nats: NatsCorner) -> AsyncIterator[tuple[Client, Client]]:
    """nats-py's client and ours, both as the operator."""
    pair = (Client(), LightClient())
    for one in pair:
        await one.connect(
            nats.url, nkeys_seed_str=nats.seed("operator"), inbox_prefix=b"_INBOX_operator", allow_reconnect=False
        )
    yield pair
    for one in pair:
        await one.close()


def test_it_overrides_what_nats_py_calls() -> None:
    """A private name: if a release drops it, ours would lie idle, and the next test could not tell."""
    assert LightClient._parse_header_lines is not Client._parse_header_lines
    assert "_parse_header_lines" in Client._process_headers.__code__.co_names
    assert "parse_email" in Client._process_headers.__globals__
    assert Client._process_headers.__globals__["parse_email"] is None, "a faster one is there: ours is not needed"


@pytest.mark.parametrize("lines", _LINES.values(), ids=_LINES.keys())
async def test_both_clients_see_the_same_headers(clients: tuple[Client, Client], lines: bytes) -> None:
    theirs, _ = clients
    subscriptions = [await one.subscribe("omo.order.headers") for one in clients]
    for one in clients:
        await streams.settle(one)
    head = b"NATS/1.0\r\n" + (lines + b"\r\n" if lines else b"") + b"\r\n"
    sizes = f"{len(head)} {len(head) + 4}".encode()
    # as a publisher in any language may send it: nats-py's own would refuse some of these
    await theirs._send_command(b"HPUB omo.order.headers " + sizes + b"\r\n" + head + b"body\r\n")
    await theirs.flush()
    seen = [await one.next_msg(timeout=5) for one in subscriptions]
    assert [one.data for one in seen] == [b"body", b"body"]
    assert (seen[1].headers or {}) == (seen[0].headers or {})
    assert bool(seen[1].headers) is bool(lines)


async def test_what_the_server_itself_says_is_understood(nats: NatsCorner, clients: tuple[Client, Client]) -> None:
    """503 without anybody to answer, 404 from an empty stream: status lines, with and without a word behind."""
    for one in clients:
        await nats.jetstream.add_stream(StreamConfig(name="OMO_HEADERS", subjects=["omo.headers.>"]))
        with pytest.raises(NoRespondersError):
            await one.request("omo.order.nobody", b"", timeout=5)
        pull = await one.jetstream().pull_subscribe("omo.headers.>", stream="OMO_HEADERS")
        with pytest.raises(asyncio.TimeoutError):
            await pull.fetch(1, timeout=0.2)
        await nats.jetstream.publish("omo.headers.a", b"x", headers={"Nats-Msg-Id": "7"})
        (message,) = await pull.fetch(1, timeout=5)
        assert message.headers == {"Nats-Msg-Id": "7"}
        await message.ack_sync()
        await nats.jetstream.delete_stream("OMO_HEADERS")


async def test_who_is_stopped_as_the_answer_comes_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python 3.11's wait_for would hand out the answer, and whoever works until it is stopped would never end."""
    answer: asyncio.Future[Msg] = asyncio.get_running_loop().create_future()

    async def answered(*_: Any, **__: Any) -> Msg:
        return await asyncio.wait_for(answer, 60)

    monkeypatch.setattr(Client, "_request_new_style", answered)
    client = LightClient()
    asking = asyncio.create_task(client.request("omo.order.nobody"))
    await asyncio.sleep(0)
    answer.set_result(Msg(client))
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking


async def test_a_settled_client_s_subscriptions_are_known_to_the_server(nats: NatsCorner) -> None:
    """Its last ping stands behind them; a single flush pings first, and an event in between would be missed."""
    sent = bytearray()
    door = await asyncio.start_server(partial(_passed_on, nats.url, sent), "127.0.0.1", 0)
    async with door:
        url = "nats://{}:{}".format(*door.sockets[0].getsockname()[:2])
        client = await streams.connect(url, "gateway", nats.seed("gateway"))
        for number in range(20):
            await client.subscribe(f"omo.order.v1.{number}.*")
            await streams.settle(client)
            assert sent.rindex(b"PING\r\n") > sent.rindex(b"SUB omo.order.v1.%d.* " % number)
        await client.close()


async def _passed_on(url: str, sent: bytearray, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A line to the real server that remembers what the client sent."""
    address = urlsplit(url)
    answers, server = await asyncio.open_connection(address.hostname, address.port)

    async def copy(source: asyncio.StreamReader, target: asyncio.StreamWriter, kept: bytearray) -> None:
        while part := await source.read(65_536):
            kept += part
            target.write(part)
        target.close()

    await asyncio.gather(copy(reader, server, sent), copy(answers, writer, bytearray()))
