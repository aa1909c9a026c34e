"""Writes generated members by COPY: one process makes lines while Postgres takes those before."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from functools import partial
from itertools import islice

import asyncpg

from benchmarks.members import people
from benchmarks.members.people import Keys

_MAKERS = 2
_AHEAD = 4


async def fill(owner_dsn: str, keys: Keys, members: int) -> float:
    """Writes them; seconds that it took, statistics included."""
    begun = time.perf_counter()
    with ProcessPoolExecutor(_MAKERS) as makers:
        async with asyncpg.create_pool(owner_dsn, min_size=2, max_size=len(people.TABLES)) as pool:
            async for lines in _made(makers, keys, members):
                await write(pool, lines)
            await pool.execute("ANALYZE")
    return time.perf_counter() - begun


async def write(pool: asyncpg.Pool, lines: dict[str, bytes]) -> None:
    """Every table's lines at once."""
    await asyncio.gather(*(_copy(pool, table, lines[table]) for table in people.TABLES))


async def _made(makers: ProcessPoolExecutor, keys: Keys, members: int) -> AsyncIterator[dict[str, bytes]]:
    """The lines, in order, always a few parts ahead."""
    starts = iter(range(0, members, people.AT_ONCE))

    def ask(first: int) -> Future[dict[str, bytes]]:
        return makers.submit(people.lines, keys, first, min(people.AT_ONCE, members - first))

    waiting = list(map(ask, islice(starts, _AHEAD)))
    while waiting:
        yield await asyncio.wrap_future(waiting.pop(0))
        waiting += map(ask, islice(starts, 1))


async def _copy(pool: asyncpg.Pool, table: str, lines: bytes) -> None:
    async with pool.acquire() as connection:
        columns = [name.strip() for name in people.TABLES[table].split(",")]
        await connection.copy_to_table(table, source=partial(_once, lines)(), columns=columns, format="text")


async def _once(lines: bytes) -> AsyncIterator[bytes]:
    for part in _parts(lines):
        yield part


def _parts(lines: bytes) -> Iterator[bytes]:
    size = 1 << 20
    return (lines[at : at + size] for at in range(0, len(lines), size))
