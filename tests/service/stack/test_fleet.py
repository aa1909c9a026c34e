"""The supervisor and the harness, with small real processes on real servers."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
import pytest_asyncio

from cli.fleet import clock as clocks
from cli.fleet.roster import Entry, Kind
from cli.stack import child
from cli.stack.trouble import Trouble
from tests.harness import fleet as fleets
from tests.harness.chaos import Mode
from tests.harness.fleet import TestFleet
from tests.harness.small import KIND

_MODULE = "tests.harness.small"
ROSTER = (Entry("member", _MODULE, Kind.SERVICE, 0, 0), Entry("order", _MODULE, Kind.SERVICE, 0, 0, level=1))
_EDGES = (("order", "nats"), ("order", "postgres"))


@pytest_asyncio.fixture(scope="module")
async def small() -> AsyncIterator[TestFleet]:
    """Two processes with servers of their own."""
    found = await fleets.dedicated("small", roster=ROSTER, proxied=_EDGES)
    yield found
    await found.close()
    found.fleet.plan.home.remove()


async def _schedule(fleet: TestFleet, key: str, due: datetime) -> None:
    """A timer as the service would make it."""
    connection = await asyncpg.connect(fleet.database("order").dsn)
    await connection.execute(
        "INSERT INTO timers (key, kind, due_time, next_time, payload, fence) VALUES ($1, $2, $3, $3, '', 1)",
        key, KIND, due,
    )  # fmt: skip
    await connection.close()


async def _heard(fleet: TestFleet) -> int:
    connection = await asyncpg.connect(fleet.database("member").dsn)
    heard: int = await connection.fetchval("SELECT count(*) FROM inbox")
    await connection.close()
    return heard


async def test_time_moves_for_all_and_advance_returns_when_everything_due_is_done(small: TestFleet) -> None:
    before = await _heard(small)
    now = await small.clock.now()
    for number in range(20):
        await _schedule(small, f"advance-{number}", now + timedelta(hours=23))
    assert (await small.quiesce()).quiet
    assert await _heard(small) == before
    await small.advance("1d")
    assert await _heard(small) == before + 20
    assert await small.clock.now() - now >= timedelta(days=1)


async def test_quiesce_names_what_is_left(small: TestFleet) -> None:
    await small.stop("order")
    await _schedule(small, "left", datetime.now(UTC))
    with pytest.raises(Trouble, match="1 tasks due"):
        await small.quiesce(patience=1)
    await small.restart("order")
    assert (await small.quiesce()).quiet


async def test_killed_processes_and_servers_come_back_at_their_old_address(small: TestFleet) -> None:
    before = await _heard(small)
    await small.kill("order")
    assert [ended.name for ended in small.fleet.ended()] == ["order"]
    await small.kill_postgres()
    await small.stop_nats()
    await small.start_postgres()
    await _schedule(small, "after-the-fall", await small.clock.now())
    await small.start_nats()
    await small.restart("order")
    await small.quiesce()
    assert await _heard(small) == before + 1
    assert small.fleet.ended() == []


async def test_a_proxied_edge_can_fail_and_heal(small: TestFleet) -> None:
    before = await _heard(small)
    broker = small.proxy("order", "nats")
    broker.become(Mode.REFUSE)
    await _schedule(small, "while-cut-off", await small.clock.now())
    await _told(small)
    with pytest.raises(Trouble, match="1 events unpublished"):
        await _quiet_without_healing(small)
    await small.quiesce()
    assert await _heard(small) == before + 1
    assert broker.forwarded > 0
    assert small.proxy("order", "postgres").forwarded > 0


async def _told(fleet: TestFleet) -> None:
    """Returns when a timer's event waits in the outbox."""
    connection = await asyncpg.connect(fleet.database("order").dsn)
    async with asyncio.timeout(60):
        waiting = "SELECT count(*) FROM outbox WHERE published_time IS NULL"
        while not await connection.fetchval(waiting):  # noqa: ASYNC110  # another process
            await asyncio.sleep(0.05)
    await connection.close()


async def _quiet_without_healing(fleet: TestFleet) -> None:
    proxies, fleet.proxies = fleet.proxies, {}
    try:
        await fleet.quiesce(patience=2)
    finally:
        fleet.proxies = proxies


async def test_a_process_that_cannot_start_is_one_clear_line_and_leaves_nothing_running() -> None:
    broken = (*ROSTER, Entry("broken", "tests.harness.nothing_here", Kind.SIMULATOR, 0, 0))
    with pytest.raises(Trouble, match=r"broken ended at start with code 1: .*No module named") as trouble:
        await fleets.dedicated("broken", roster=broken)
    assert trouble.value.remedy.startswith("read ")
    home = fleets.home("broken")
    assert child.recall_all(home) == []
    home.remove()


async def test_a_refused_setting_is_said_by_name() -> None:
    wrong = (Entry("order", _MODULE, Kind.SERVICE, 0, 0, settings=(("LISTNE", "x"),)),)
    with pytest.raises(Trouble, match=r"code 78: cannot start: OMO_LISTNE .*OMO_LISTEN"):
        await fleets.dedicated("wrong", roster=wrong)
    fleets.home("wrong").remove()


def test_a_shared_fleet_refuses_to_be_harmed(small: TestFleet) -> None:
    borrowed = TestFleet(small.fleet, small.servers, small.clock, dedicated=False)
    with pytest.raises(fleets.NotYours):
        borrowed._mine()


@pytest.mark.parametrize(
    ("text", "hours"), [("1d", 24), ("36h", 36), ("1d12h", 36), ("90m", 1.5), ("3600s", 1), ("1h1h", 2)]
)
def test_a_span_is_read(text: str, hours: float) -> None:
    assert clocks.span(text) == timedelta(hours=hours)


@pytest.mark.parametrize("text", ["", "x", "-1d", "1 d", "1w", "1", "d", "1d-2h"])
def test_no_other_text_is_a_span(text: str) -> None:
    with pytest.raises(Trouble, match="no time span"):
        clocks.span(text)
