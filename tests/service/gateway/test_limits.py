"""Rate limits: shared through Valkey, stricter while it is away, never in the way of a request."""

import asyncio
import time

import pytest
from redis.asyncio import Redis

from gateway.http.door.limits import Limits, RateLimited
from gateway.http.settings import Settings
from kit.access import ANONYMOUS, Kind, Principal
from tests.harness.chaos import ChaosProxy, Mode
from tests.harness.shared import ValkeyCorner
from tests.service.gateway.conftest import StartDoor

MEMBER = Principal(Kind.MEMBER, "m1")


class Minute:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.at = 1_700_000_010.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine's Valkey is not taken for one that is away."""
    monkeypatch.setattr("gateway.http.door.limits._ANSWER_WITHIN", 20.0)


async def _spent(limits: Limits, principal: Principal = MEMBER, client: str = "1.1.1.1", cost: int = 1) -> int:
    """How many calls pass until one is refused."""
    for number in range(10_000):
        try:
            await limits.spend(principal, client, cost)
        except RateLimited:
            return number
    raise AssertionError("never refused")


@pytest.mark.usefixtures("patient")
async def test_a_minute_s_units_are_shared_by_all_processes(valkey: ValkeyCorner) -> None:
    now, settings = Minute(), Settings(env="test", rate_member=100)
    first, second = (Limits(Redis.from_url(valkey.url("gateway")), settings, now) for _ in range(2))
    for _ in range(30):
        await first.spend(MEMBER, "", 1)
    assert await _spent(second) == 70
    assert await _spent(first) == 0


@pytest.mark.usefixtures("patient")
async def test_all_units_of_a_minute_can_be_used(valkey: ValkeyCorner) -> None:
    limits = Limits(Redis.from_url(valkey.url("gateway")), Settings(env="test", rate_member=95), Minute())
    assert await _spent(limits) == 95


@pytest.mark.usefixtures("patient")
async def test_a_new_minute_begins_anew(valkey: ValkeyCorner) -> None:
    now = Minute()
    limits = Limits(Redis.from_url(valkey.url("gateway")), Settings(env="test", rate_member=20), now)
    assert await _spent(limits) == 20
    with pytest.raises(RateLimited) as refused:
        await limits.spend(MEMBER, "", 1)
    now.at += int(refused.value.metadata["retry_after"])
    assert await _spent(limits) == 20


@pytest.mark.usefixtures("patient")
async def test_callers_do_not_share(valkey: ValkeyCorner) -> None:
    limits = Limits(
        Redis.from_url(valkey.url("gateway")), Settings(env="test", rate_member=20, rate_anonymous=10), Minute()
    )
    assert await _spent(limits) == 20
    assert await _spent(limits, Principal(Kind.MEMBER, "m2")) == 20
    assert await _spent(limits, ANONYMOUS, "1.1.1.1") == 10
    assert await _spent(limits, ANONYMOUS, "2.2.2.2") == 10


@pytest.mark.usefixtures("patient")
async def test_dear_calls_use_more(valkey: ValkeyCorner) -> None:
    limits = Limits(Redis.from_url(valkey.url("gateway")), Settings(env="test", rate_member=20), Minute())
    assert await _spent(limits, cost=5) == 4


@pytest.mark.usefixtures("patient")
async def test_counts_leave_valkey_by_themselves(valkey: ValkeyCorner) -> None:
    limits = Limits(Redis.from_url(valkey.url("gateway")), Settings(env="test"))
    await limits.spend(MEMBER, "", 1)
    (key,) = await valkey.client.keys("omo:gateway:rate:*")
    assert 0 < await valkey.client.ttl(key) <= 120


async def test_without_valkey_less_is_allowed_and_nothing_fails(valkey: ValkeyCorner) -> None:
    now = Minute()
    limits = Limits(
        Redis.from_url("redis://127.0.0.1:1", socket_connect_timeout=1), Settings(env="test", rate_member=100), now
    )
    assert await _spent(limits) == 25
    now.at += 60
    assert await _spent(limits) == 25


@pytest.mark.parametrize("mode", [Mode.REFUSE, Mode.BLACKHOLE])
async def test_valkey_that_is_lost_stops_nobody(valkey: ValkeyCorner, open_door: StartDoor, mode: Mode) -> None:
    scheme, _, rest = valkey.url("gateway").partition("://")
    login, _, place = rest.rpartition("@")
    address, _, number = place.partition("/")
    proxy = ChaosProxy(address)
    detour = f"{scheme}://{login}@{await proxy.start()}/{number}"
    door = await open_door(valkey_url=detour, rate_member=100)
    assert (await door.call("GET", "/v1/me", "shop")).status_code == 200
    proxy.become(mode)
    started = time.monotonic()
    answers = [(await door.call("GET", "/v1/me", "shop")) for _ in range(60)]
    assert time.monotonic() - started < 30  # each by itself waits a second at most
    assert {one.status_code for one in answers} == {200, 429}
    refused = next(one for one in answers if one.status_code == 429)
    assert refused.json()["reason"] == "RATE_LIMITED"
    assert 1 <= int(refused.headers["retry-after"]) <= 60
    proxy.heal()
    async with asyncio.timeout(20):  # it looks again, and the minute's rest is there
        while (await door.call("GET", "/v1/me", "shop")).status_code != 200:
            pass
    await proxy.stop()


@pytest.mark.usefixtures("patient")
async def test_guessed_tokens_cost_their_sender(open_door: StartDoor) -> None:
    door = await open_door(rate_anonymous=50)
    door.limits._now = Minute()
    statuses = [
        (await door.call("GET", "/v1/me", headers={"Authorization": f"Bearer a.b.{number}"})).status_code
        for number in range(12)
    ]
    assert statuses == [401] * 10 + [429] * 2


async def test_a_flood_of_addresses_is_not_remembered(valkey: ValkeyCorner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.http.door.limits._REMEMBERED", 100)
    limits = Limits(None, Settings(env="test"), Minute())
    for number in range(1_000):
        await limits.spend(ANONYMOUS, f"10.0.{number // 256}.{number % 256}", 1)
    assert len(limits._windows) <= 100
