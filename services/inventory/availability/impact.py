"""What a draft of the rules would change, counted over the range before anybody is bound by it."""

import asyncio
import time

from kit import pages
from kit.clock import Clock
from kit.postgres import Database, Tx
from services.inventory.assortment import store as assortments
from services.inventory.availability import domain_atp, domain_impact, limits, store, store_shelves, wire_rules
from services.inventory.availability.domain_author import RulesUnknown
from services.inventory.availability.domain_filters import Facts
from services.inventory.availability.domain_impact import Difference, Impact
from services.inventory.availability.domain_limits import Limits, World
from services.inventory.availability.domain_rules import Ruleset
from services.inventory.availability.domain_versions import Good
from services.inventory.availability.domain_windows import Range
from services.inventory.catalogue import store_kits
from services.inventory.catalogue.domain_kits import Component

_SLICE = 500
# an answer within the caller's patience; the rest is said to be missing
_SECONDS = 1.5


class Preview:
    """Compares two versions over the goods as they stand."""

    def __init__(self, db: Database, clock: Clock, page_key: bytes) -> None:
        self._db = db
        self._clock = clock
        self._page_key = page_key + b" availability impact"

    async def run(self, version: int, size: int, token: str) -> tuple[Impact, str]:
        """What changes if the version decides, and a page of examples in the order of SKUs."""
        size, after = pages.page_size(size), (pages.decode(token, self._page_key) or {"after": ""})["after"]
        deadline = time.monotonic() + _SECONDS
        found, sku = Impact(), ""
        async with self._db.read() as tx:
            old, new = await self._worlds(tx, version)
            known: dict[tuple[int, int], bool] = {}
            while goods := await store.goods_after(tx, sku, _SLICE):
                sku = goods[-1].sku
                await self._slice(tx, (old, new), goods, known, found, (after, size))
                if time.monotonic() > deadline:
                    found.truncated = bool(await store.goods_after(tx, sku, 1))
                    break
                await asyncio.sleep(0)
        more = pages.encode({"after": found.examples[-1].sku}, self._page_key) if len(found.examples) >= size else ""
        return found, more

    async def _worlds(self, tx: Tx, version: int) -> tuple[World, World]:
        draft = await store.find(tx, version)
        if draft is None:
            raise RulesUnknown(f"there is no version {version} of the rules", version=version)
        active = await store.find(tx, (await store.versions(tx))[1])
        old = wire_rules.ruleset(active.version, active.document) if active else Ruleset()
        world = await limits.world(tx, old)
        return world, World(wire_rules.ruleset(draft.version, draft.document), world.sites, world.outlets)

    async def _slice(
        self,
        tx: Tx,
        worlds: tuple[World, World],
        goods: list[Good],
        known: dict[tuple[int, int], bool],
        found: Impact,
        page: tuple[str, int],
    ) -> None:
        """Counts some goods; only of those of which the rules say something else are the books read."""
        found.skus += len(goods)
        kits = await store_kits.reached(tx, [good.sku for good in goods])
        lost = {part.sku for parts in kits.values() for part in parts} - {good.sku for good in goods}
        every = [*goods, *await store.goods(tx, lost)]
        facts = {good.sku: good.facts for good in every}
        doubts = await store.confidence(tx, list(facts))
        said = limits.ranges(every, await assortments.of(tx, list(facts)))
        before, after = (self._limits(one, facts, kits, doubts, said) for one in worlds)
        skus = [good.sku for good in goods if good.sku in kits or _differs(before, after, good.sku, known)]
        if not skus:
            return
        shelves = await store_shelves.read(tx, domain_atp.parts_of(before, skus), self._clock())
        for sku in skus:
            _count(found, domain_impact.compare(before, after, shelves, sku), *page)

    def _limits(
        self,
        world: World,
        facts: dict[str, Facts],
        kits: dict[str, tuple[Component, ...]],
        doubts: dict[tuple[str, str], int],
        said: dict[str, Range],
    ) -> Limits:
        goods, at = {sku: world.rules.of_goods(one) for sku, one in facts.items()}, self._clock()
        return Limits(world, world.rules.at(at), goods, kits, doubts, at=at, ranges=said)


def _differs(before: Limits, after: Limits, sku: str, known: dict[tuple[int, int], bool]) -> bool:
    """Whether the rules say something else of a good; goods that the same rules speak of share the answer."""
    if before.confidence:
        return domain_impact.verdict(before, sku) != domain_impact.verdict(after, sku)
    key = (before.goods[sku], after.goods[sku])
    if key not in known:
        known[key] = domain_impact.verdict(before, sku) != domain_impact.verdict(after, sku)
    return known[key]


def _count(found: Impact, differences: list[Difference], after: str, size: int) -> None:
    """Adds a good's differences; its examples stay together, so a page may be a little longer than asked."""
    if not differences:
        return
    found.changed_skus += 1
    found.channels += sum(1 for one in differences if one.channel_id)
    found.pickups += sum(1 for one in differences if one.location_id)
    if differences[0].sku > after and len(found.examples) < size:
        found.examples += differences
