"""The fleet's clock: moved forward in tests and demos, deaf everywhere else."""

from datetime import UTC, datetime, timedelta

import pytest

from kit import clock
from tests.harness.shared import ValkeyCorner
from tests.service.kit.rig import eventually


def ahead(now: clock.Clock) -> timedelta:
    return now() - datetime.now(UTC)


async def test_advance_moves_a_running_clock(valkey: ValkeyCorner) -> None:
    now = await clock.open_clock("test", valkey.client)
    assert abs(ahead(now)) < timedelta(seconds=5)
    await clock.advance(valkey.client, timedelta(days=1))
    await clock.advance(valkey.client, timedelta(hours=1))
    await eventually(lambda: ahead(now) > timedelta(hours=24, minutes=59))
    assert now().tzinfo is UTC


async def test_a_clock_opened_later_starts_at_the_moved_time(valkey: ValkeyCorner) -> None:
    await clock.advance(valkey.client, timedelta(days=2))
    assert ahead(await clock.open_clock("demo", valkey.client)) > timedelta(hours=47)


@pytest.mark.parametrize("env", ["production", "development"])
async def test_a_real_shops_clock_does_not_listen(valkey: ValkeyCorner, env: str) -> None:
    await clock.advance(valkey.client, timedelta(days=1))
    assert abs(ahead(await clock.open_clock(env, valkey.client))) < timedelta(seconds=5)


async def test_time_never_runs_backwards(valkey: ValkeyCorner) -> None:
    await clock.advance(valkey.client, timedelta(days=1))
    shifted = clock.ShiftedClock(valkey.client)
    await shifted.refresh()
    await valkey.client.set(clock.KEY, "0")
    await shifted.refresh()
    assert ahead(shifted) > timedelta(hours=23)
    with pytest.raises(ValueError, match="forward"):
        await clock.advance(valkey.client, timedelta(seconds=-1))


async def test_nonsense_in_the_key_is_no_time(valkey: ValkeyCorner) -> None:
    await valkey.client.set(clock.KEY, "tomorrow")
    assert abs(ahead(await clock.open_clock("test", valkey.client))) < timedelta(seconds=5)
