"""Writes generated members by COPY: processes make rows while Postgres takes those before; indexes come at the end."""

import asyncio
import itertools
import time
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial

import asyncpg

from benchmarks.members import binary, ledger, people
from benchmarks.members.ledger import Step
from benchmarks.members.people import Keys

TABLES = people.TABLES | ledger.TABLES
_MAKERS = 2
_AHEAD = 6
_WRITERS = 3
_BUILDERS = 2
_SEALED_AT_ONCE, _EARNED_AT_ONCE = 10_000, 50_000
_PART = 1 << 20

# The server is the benchmark's own. What is written now is flushed by the checkpoint that ends the filling: left to
# itself it would last for minutes, under whatever is measured next.
_SESSION = {"synchronous_commit": "off", "maintenance_work_mem": "512MB", "statement_timeout": "0"}
_CONSTRAINTS = """
SELECT conrelid::regclass::text AS on_table, conname AS name, pg_get_constraintdef(oid) AS definition
  FROM pg_constraint WHERE conrelid::regclass::text = ANY($1) AND contype IN ('p', 'u')
"""
_INDEXES = """
SELECT tablename AS on_table, indexname AS name, indexdef AS definition FROM pg_indexes
 WHERE schemaname = 'public' AND tablename = ANY($1) AND indexname <> ALL($2)
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """Seconds that it took."""

    rows: float
    indexes: float
    statistics: float
    checkpoint: float

    @property
    def seconds(self) -> float:
        return self.rows + self.indexes + self.statistics + self.checkpoint


async def fill(owner_dsn: str, server_dsn: str, keys: Keys, members: int) -> Taken:
    """Writes them into empty tables, whose indexes are built when all is there; then statistics and a checkpoint."""
    marks = [time.perf_counter()]
    async with asyncpg.create_pool(owner_dsn, min_size=1, max_size=_WRITERS, server_settings=_SESSION) as pool:
        restoring = await _drop_indexes(pool)
        with ProcessPoolExecutor(_MAKERS) as makers:
            await _write_all(pool, makers, keys, members)
        marks.append(time.perf_counter())
        await _restore(pool, restoring)
        marks.append(time.perf_counter())
        await pool.execute(f"VACUUM ANALYZE {', '.join(TABLES)}", timeout=600)
        marks.append(time.perf_counter())
    await _flush(server_dsn)
    marks.append(time.perf_counter())
    return Taken(*(after - before for before, after in itertools.pairwise(marks)))


async def _flush(server_dsn: str) -> None:
    connection = await asyncpg.connect(server_dsn)
    try:
        await connection.execute("CHECKPOINT", timeout=300)
    finally:
        await connection.close()


async def write(pool: asyncpg.Pool, rows: dict[str, bytes]) -> None:
    """Rows of several tables."""
    for table, data in rows.items():
        async with pool.acquire() as connection:
            await connection.copy_to_table(
                table, source=_whole(data), columns=TABLES[table], format="binary", timeout=120
            )


async def _whole(data: bytes) -> AsyncIterator[bytes]:
    yield binary.HEAD
    for at in range(0, len(data), _PART):
        yield data[at : at + _PART]
    yield binary.TAIL


async def _write_all(pool: asyncpg.Pool, makers: ProcessPoolExecutor, keys: Keys, members: int) -> None:
    """Always a few pieces ahead of those who write."""
    asked, waiting = _pieces(keys, members), deque[Future[dict[str, bytes]]]()

    async def keep_writing() -> None:
        while True:
            while len(waiting) < _AHEAD and (piece := next(asked, None)) is not None:
                waiting.append(makers.submit(piece))
            if not waiting:
                return
            await write(pool, await asyncio.wrap_future(waiting.popleft()))

    async with asyncio.TaskGroup() as group:
        for _ in range(_WRITERS):
            group.create_task(keep_writing())


def _pieces(keys: Keys, members: int) -> Iterator["partial[dict[str, bytes]]"]:
    for first in range(0, members, _SEALED_AT_ONCE):
        yield partial(people.rows, keys, first, min(_SEALED_AT_ONCE, members - first))
    for step in Step:
        for first in range(0, members, _EARNED_AT_ONCE):
            yield partial(ledger.rows, step, first, min(_EARNED_AT_ONCE, members - first))


async def _drop_indexes(pool: asyncpg.Pool) -> list[str]:
    """What puts them back, the largest first."""
    tables = sorted(TABLES, key=lambda table: table not in ("points_entries", "points_transfers"))
    constraints = await pool.fetch(_CONSTRAINTS, tables)
    indexes = await pool.fetch(_INDEXES, tables, [row["name"] for row in constraints])
    for row in constraints:
        await pool.execute(f"ALTER TABLE {row['on_table']} DROP CONSTRAINT {row['name']}")
    for row in indexes:
        await pool.execute(f"DROP INDEX {row['name']}")
    back = [
        (row["on_table"], f"ALTER TABLE {row['on_table']} ADD CONSTRAINT {row['name']} {row['definition']}")
        for row in constraints
    ]
    back += [(row["on_table"], row["definition"]) for row in indexes]
    return [statement for _, statement in sorted(back, key=lambda one: tables.index(one[0]))]


async def _restore(pool: asyncpg.Pool, statements: Sequence[str]) -> None:
    """A few at once: ADD CONSTRAINT keeps others off its table, so those wait for each other in the server."""
    left = iter(statements)

    async def keep_building() -> None:
        for statement in left:
            await pool.execute(statement, timeout=600)

    async with asyncio.TaskGroup() as group:
        for _ in range(_BUILDERS):
            group.create_task(keep_building())
