"""Replays past orders under a draft of rules, before anybody pays by them."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import omo_pricing
from kit.clock import Clock
from kit.errors import invalid
from kit.postgres import Database, Tx
from omo_pricing import PastBasket, Rehearsal, RuleSet
from services.order.promotions import domain, store, store_past
from services.order.promotions.domain import RuleBook
from services.order.promotions.domain_past import PastOrder, Replay
from services.order.reference.usecases import Reference

MOST_ORDERS = 1_000
_USUAL_ORDERS = 200
_USUAL_PERIOD = timedelta(days=30)
# some ten milliseconds, after which whoever waits for a price gets his turn
_AT_ONCE = 20


class Rehearsals:
    """The rule time machine for promotions; writes nothing."""

    def __init__(self, db: Database, clock: Clock, reference: Reference) -> None:
        self._db = db
        self._clock = clock
        self._reference = reference

    async def rehearse(
        self, rules_json: str, start: datetime | None, end: datetime | None, channel_id: str, orders: int
    ) -> Rehearsal:
        """What the newest orders of a time would have cost under a draft, by rule, by line and in all."""
        draft = RuleBook.read(rules_json, "draft")
        if not 0 <= orders <= MOST_ORDERS:
            raise invalid("orders", f"must be 0 to {MOST_ORDERS}")
        end = end or self._clock()
        start = start or end - _USUAL_PERIOD
        if end <= start:
            raise invalid("end_time", "must be later than start_time")
        async with self._db.read() as tx:
            past = await store_past.past(tx, start, end, channel_id, orders or _USUAL_ORDERS)
            books = await self._books(tx, past)
        skus = {line.sku for order in past for line in order.lines} | draft.gifts
        around = await self._reference.surroundings(0)
        replay = Replay(around, await self._reference.goods(sorted(skus)), draft)
        baskets = [replay.basket(order, books.get(order.rules_version, domain.NONE)) for order in past]
        return await self._replayed(baskets, draft.rules)

    async def _books(self, tx: Tx, past: Sequence[PastOrder]) -> dict[str, RuleBook]:
        """The rules that held, by version; what an import brought names no version of ours."""
        versions = sorted({order.rules_version for order in past if order.rules_version.isdecimal()})
        found = {version: await store.find(tx, int(version)) for version in versions}
        return {version: RuleBook.read(held.rules_json, version) for version, held in found.items() if held}

    async def _replayed(self, baskets: Sequence[PastBasket], rules: RuleSet) -> Rehearsal:
        parts = []
        for first in range(0, len(baskets), _AT_ONCE):
            parts.append(omo_pricing.rehearse(baskets[first : first + _AT_ONCE], rules))
            await asyncio.sleep(0)
        return omo_pricing.joined(parts)
