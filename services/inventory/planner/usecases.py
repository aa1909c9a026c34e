"""One run of the planner: read, learn, foresee, suggest, write down."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from kit.clock import Clock
from kit.postgres import Database
from services.inventory.catalogue import store_places
from services.inventory.planner import bounds, rebalance, signals, store, store_runs
from services.inventory.planner.book import Book
from services.inventory.planner.lots import share_lots
from services.inventory.planner.margins import Margins
from services.inventory.planner.store_runs import Outcome
from services.inventory.planner.weeks import histories
from services.inventory.planning import store as planning
from services.inventory.planning.domain import SOLD, Policy
from services.inventory.pricing import store as pricing

_BATCH = 200
_ROWS = 20_000
_LISTS = 10_000


class AnotherRuns(Exception):
    """Two planners would undo each other."""


class Plan:
    """A run, by its id: done once, however often it is asked for."""

    def __init__(self, db: Database, clock: Clock, keep_runs: int) -> None:
        self._db = db
        self._clock = clock
        self._keep = keep_runs

    async def run(self, run_id: str) -> Outcome | None:
        """Does the run; None: it is done already. A run that broke off begins anew."""
        async with self._db.read() as guard:
            if not await store_runs.alone(guard):
                raise AnotherRuns("another planner runs on this database; wait until it ends")
            try:
                if await store_runs.state(guard, run_id) == "DONE":
                    return None
                return await self._run(run_id)
            finally:
                await store_runs.leave(guard)

    async def _run(self, run_id: str) -> Outcome:
        begun, now = time.monotonic(), self._clock()
        async with self._db.read() as tx:
            policy = await planning.policy(tx)
        async with self._db.transaction() as tx:
            await store_runs.begin(tx, run_id, now, policy.version)
        try:
            return await self._plan(run_id, policy, now, begun)
        except BaseException as error:
            async with self._db.transaction() as tx:
                await store_runs.clear(tx, run_id)
                said = f"{type(error).__name__}: {error}"[:500]
                await store_runs.failed(tx, run_id, said, time.monotonic() - begun, bounds.peak())
            raise

    async def _plan(self, run_id: str, policy: Policy, now: datetime, begun: float) -> Outcome:
        book = await self._read(policy, now)
        book.learn()
        written = 0
        for rows in _chunks(book.forecasts(run_id)):
            async with self._db.transaction() as tx:
                await store_runs.write_forecasts(tx, rows)
            written += len(rows)
        gaps = [_gap(run_id, one) for one in book.gaps()]
        found = rebalance.propose(book.stands(), policy, book.ways)
        async with self._db.transaction() as tx:
            lots = await store_runs.waiting(tx)
            shared = share_lots(lots, book, policy)
            await store_runs.write_gaps(tx, gaps)
            await store_runs.supersede(tx, run_id)
            proposals = [
                *found,
                *(replace(one, allocation_id=lot.allocation_id) for lot, _, all_ in shared for one in all_),
            ]
            await store_runs.suggest(tx, run_id, proposals)
            for lot, kept, _ in shared:
                await store_runs.planned(tx, lot, kept, run_id)
            sizes = len(book.articles), len(book.places), written, len(proposals)
            outcome = Outcome(*sizes, time.monotonic() - begun, bounds.peak())
            await store_runs.done(tx, run_id, outcome)
        await self._sweep(now)
        return outcome

    async def _read(self, policy: Policy, now: datetime) -> Book:
        since = now - timedelta(weeks=policy.history_weeks)
        async with self._db.read() as tx:
            places = await store.places(tx)
            channels, taxes = await store_places.channels(tx)
            lists = await pricing.heads(tx, "", _LISTS)
            to_leave = await store.to_leave(tx)
        margins = Margins(lists, channels, taxes, places, now, policy.assumed_margin)
        book = Book(places, policy, margins, to_leave)
        after = ""
        while True:
            async with self._db.read() as tx:
                batch = await store.articles(tx, after, _BATCH)
                if not batch:
                    return book
                skus = [one.item.sku for one in batch]
                levels = await store.levels(tx, skus)
                rows = await store.weeks(tx, skus, now, since, SOLD)
                shut = await store.shut(tx, skus, now)
            on_hand = {key: level.on_hand for key, level in levels.items()}
            opened = {key for key, level in levels.items() if level.opened}
            found = histories(skus, book.columns, rows, on_hand, opened, policy.history_weeks)
            book.add(batch, found, levels, shut)
            after = skus[-1]

    async def _sweep(self, now: datetime) -> None:
        async with self._db.read() as tx:
            old = await store_runs.older(tx, now, self._keep)
        for run_id in old:
            async with self._db.transaction() as tx:
                await store_runs.clear(tx, run_id)


def _chunks(rows: Iterator[tuple[Any, ...]]) -> Iterator[list[tuple[Any, ...]]]:
    held: list[tuple[Any, ...]] = []
    for row in rows:
        held.append(row)
        if len(held) == _ROWS:
            yield held
            held = []
    if held:
        yield held


def _gap(run_id: str, one: signals.Gap) -> tuple[Any, ...]:
    missing, present = list(one.missing), list(one.present)
    return run_id, one.product_id, one.variety, one.location_id, missing, present, one.weekly_lost
