"""Keeps how sure levels are: as things are seen, and as time passes."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from kit import timers
from kit.clock import Clock
from kit.postgres import Tx
from kit.timers import Due
from services.inventory.confidence import domain, store
from services.inventory.confidence.domain import Evidence
from services.inventory.stock.domain import Place
from services.inventory.tasks import opening

REFRESH = "confidence.refresh"
_EVERY = timedelta(hours=1)
_SLICE = 1_000


async def counted(tx: Tx, times: Mapping[Place, datetime], now: datetime) -> None:
    """Counted, or found right: what spoke against these levels before speaks no more."""
    held = await store.of(tx, sorted(times)) if times else {}
    fresh = {}
    for place, at in times.items():
        known = held.get(place, Evidence()).counted_time
        fresh[place] = Evidence(counted_time=max(at, known) if known else at)
    await _write(tx, fresh, now)


async def rejected(tx: Tx, places: Iterable[Place], now: datetime) -> None:
    """Somebody looked there and did not find what the books have; who doubts enough has it counted."""
    times = Counter(places)
    held = await store.of(tx, sorted(times))
    fresh = {}
    for place, more in times.items():
        known = held.get(place, Evidence())
        fresh[place] = replace(known, rejections=known.rejections + more)
    await _write(tx, fresh, now)
    await _ask(tx, fresh, now)


async def start(tx: Tx, now: datetime) -> None:
    """Begins a round over all levels; the rounds go on by themselves."""
    await timers.schedule(tx, REFRESH, "all", now)


class Refresh:
    """Goes round over all levels: time passes for each, and some were caught short."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    async def some(self, tx: Tx, due: Due) -> None:
        """One slice, and what comes after it."""
        now = self._clock()
        sku, location_id = json.loads(due.payload) if due.payload else ("", "")
        found = await store.some(tx, (sku, location_id), _SLICE)
        await _write(tx, {place: evidence for place, _, evidence in found}, now)
        await _ask(tx, {place: evidence for place, on_hand, evidence in found if on_hand > 0}, now)
        if len(found) == _SLICE:
            await timers.schedule(tx, REFRESH, "all", now, json.dumps(found[-1][0]).encode())
        else:
            await timers.schedule(tx, REFRESH, "all", now + _EVERY)


async def _write(tx: Tx, fresh: Mapping[Place, Evidence], now: datetime) -> None:
    await store.put(tx, {place: (one, domain.per_mille(one, now)) for place, one in fresh.items()}, now)


async def _ask(tx: Tx, doubted: Mapping[Place, Evidence], now: datetime) -> None:
    """Has what is hardly believed counted."""
    sure = {place: domain.per_mille(one, now) for place, one in doubted.items()}
    wanted = [
        ("COUNT", location_id, sku, {"sku": sku, "because": "LOW_CONFIDENCE", "per_mille": sure[sku, location_id]})
        for sku, location_id in sorted(doubted)
        if sure[sku, location_id] < domain.LOW
    ]
    await opening.open_many(tx, wanted, now)
