"""The proxy does to real connections what each mode says."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.harness.chaos import ChaosProxy, Mode

_SHORT = 0.3
Pair = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest_asyncio.fixture
async def proxy() -> AsyncIterator[ChaosProxy]:
    """A proxy before a server that answers with what it hears."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while chunk := await reader.read(65536):
            writer.write(chunk)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    made = ChaosProxy(f"127.0.0.1:{server.sockets[0].getsockname()[1]}")
    await made.start()
    yield made
    await made.stop()
    server.close()


async def _connect(proxy: ChaosProxy) -> Pair:
    host, _, port = proxy.address.rpartition(":")
    return await asyncio.open_connection(host, int(port))


async def _ask(pair: Pair, line: bytes = b"hello\n") -> bytes:
    pair[1].write(line)
    await pair[1].drain()
    return await asyncio.wait_for(pair[0].readline(), 5)


async def _silent(pair: Pair) -> None:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(pair[0].readline(), _SHORT)


async def test_pass_changes_nothing(proxy: ChaosProxy) -> None:
    pair = await _connect(proxy)
    assert await _ask(pair) == b"hello\n"
    big = b"x" * 300_000 + b"\n"
    pair[1].write(big)
    assert await _all(pair, len(big)) == big
    assert (proxy.forwarded, proxy.returned) == (6 + len(big), 6 + len(big))


async def _all(pair: Pair, size: int) -> bytes:
    return await asyncio.wait_for(pair[0].readexactly(size), 5)


async def test_latency_delays_each_way(proxy: ChaosProxy) -> None:
    pair = await _connect(proxy)
    await _ask(pair)
    proxy.become(Mode.LATENCY, delay=0.1)
    began = time.monotonic()
    await _ask(pair)
    assert time.monotonic() - began >= 0.2


async def test_refuse_cuts_what_is_open_and_resets_what_comes(proxy: ChaosProxy) -> None:
    pair = await _connect(proxy)
    await _ask(pair)
    proxy.become(Mode.REFUSE)
    assert await _ended(pair)
    assert await _ended(await _connect(proxy))
    proxy.heal()
    assert await _ask(await _connect(proxy)) == b"hello\n"


async def test_blackhole_swallows_and_heals_by_a_reset(proxy: ChaosProxy) -> None:
    pair = await _connect(proxy)
    await _ask(pair)
    seen = proxy.forwarded
    proxy.become(Mode.BLACKHOLE)
    pair[1].write(b"lost\n")
    await _silent(pair)
    assert proxy.forwarded == seen
    proxy.heal()
    assert await _ended(pair)
    assert await _ask(await _connect(proxy)) == b"hello\n"


async def test_drop_response_lets_the_request_through(proxy: ChaosProxy) -> None:
    pair = await _connect(proxy)
    await _ask(pair)
    sent, back = proxy.forwarded, proxy.returned
    proxy.become(Mode.DROP_RESPONSE)
    pair[1].write(b"done but unheard\n")
    await _silent(pair)
    await _passed_on(proxy, sent)
    assert proxy.returned == back


async def test_cut_resets_the_open_and_takes_the_new(proxy: ChaosProxy) -> None:
    pair = await _connect(proxy)
    await _ask(pair)
    proxy.become(Mode.CUT)
    assert await _ended(pair)
    assert await _ask(await _connect(proxy)) == b"hello\n"


async def test_half_close_ends_the_answers_only(proxy: ChaosProxy) -> None:
    pair = await _connect(proxy)
    await _ask(pair)
    sent = proxy.forwarded
    proxy.become(Mode.HALF_CLOSE)
    assert await asyncio.wait_for(pair[0].readline(), 5) == b""
    pair[1].write(b"still heard\n")
    await pair[1].drain()
    await _passed_on(proxy, sent)


async def _passed_on(proxy: ChaosProxy, sent: int) -> None:
    """Returns when the server was sent more than before."""
    async with asyncio.timeout(5):
        while proxy.forwarded == sent:  # noqa: ASYNC110 - the proxy tells nobody
            await asyncio.sleep(0.01)


async def test_throttle_takes_its_time(proxy: ChaosProxy) -> None:
    pair = await _connect(proxy)
    await _ask(pair)
    proxy.become(Mode.THROTTLE, rate=20_000)
    began = time.monotonic()
    pair[1].write(b"x" * 4_000 + b"\n")
    assert len(await _all(pair, 4_001)) == 4_001
    assert time.monotonic() - began >= 0.3


async def _ended(pair: Pair) -> bool:
    try:
        return await asyncio.wait_for(pair[0].read(1), 5) == b""
    except OSError:
        return True
