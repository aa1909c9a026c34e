"""`python -m services.inventory.planner`: one run over the inventory database, then the process ends."""

import asyncio
import sys

import asyncpg
from redis.asyncio import Redis

from kit import access, clock
from kit.postgres import Database
from kit.settings import load
from kit.telemetry import logs
from services.inventory.planner import bounds
from services.inventory.planner.settings import Settings

# sysexits.h: what stood in the way passes by itself, or is somebody's mistake
_TEMPORARY, _NO_LIBRARY, _FAILED = 75, 69, 1


def main() -> int:
    """0: the run is done, now or before."""
    settings = load(Settings)
    bounds.limit(settings.memory_mb)
    logs.configure("planner", level=settings.log_level, env=settings.env)
    try:
        return asyncio.run(_run(settings))
    except MemoryError:
        return _said(f"{settings.memory_mb} MiB are not enough: raise OMO_MEMORY_MB and the container's limit", _FAILED)
    except ModuleNotFoundError as error:
        return _said(f"{error.name} is not installed: it comes with the extra `planner`", _NO_LIBRARY)
    except (OSError, asyncpg.PostgresError) as error:
        return _said(f"the database did not do its part: {error}", _TEMPORARY)


async def _run(settings: Settings) -> int:
    # the heavy libraries come with it, after the memory is bounded
    from services.inventory.planner.usecases import AnotherRuns, Plan  # noqa: PLC0415

    access.become(access.service("planner"))
    now = await _clock(settings)
    db = await Database.open(settings.postgres_dsn, size=2, patience=settings.statement_seconds)
    run_id = settings.run_id or now().strftime("%Y-%m-%d")
    try:
        outcome = await Plan(db, now, settings.keep_runs).run(run_id)
    except AnotherRuns as error:
        return _said(str(error), _TEMPORARY)
    finally:
        await db.close()
    if outcome is None:
        sys.stdout.write(f"run {run_id} is done already\n")
        return 0
    sys.stdout.write(
        f"run {run_id}: {outcome.skus} goods at {outcome.locations} places, {outcome.forecasts} forecasts, "
        f"{outcome.suggestions} suggestions, {outcome.seconds:.1f} s, {outcome.peak_memory_bytes // 2**20} MiB\n"
    )
    return 0


async def _clock(settings: Settings) -> clock.Clock:
    if settings.env not in clock.MOVABLE or not settings.valkey_url:
        return clock.system_clock
    shifted = clock.ShiftedClock(Redis.from_url(settings.valkey_url, socket_timeout=1.0, socket_connect_timeout=1.0))
    await shifted.refresh()
    return shifted


def _said(why: str, code: int) -> int:
    sys.stderr.write(f"planner: {why}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
