"""What the rules say of goods, loaded with few statements: the rest is remembered as long as its version stands."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from kit.clock import Clock
from kit.postgres import Tx
from services.inventory.assortment import store as assortments
from services.inventory.assortment.domain import Assortment
from services.inventory.availability import domain_atp, store, wire_rules
from services.inventory.availability.domain_limits import Limits, World
from services.inventory.availability.domain_rules import Kind, Ruleset
from services.inventory.availability.domain_versions import Good
from services.inventory.availability.domain_windows import Range
from services.inventory.catalogue import store_kits
from services.inventory.catalogue.domain_kits import Component

# what is said of holds while no rule speaks of them
_SILENT = Limits(World(Ruleset(), {}, {}), 0, {})
# goods whose rules and kits are remembered
_GOODS = 200_000


@dataclass(slots=True)
class Memory:
    """What was read and worked out under one version of catalogue and rules."""

    versions: tuple[int, int] = (-1, -1)
    world: World = field(default_factory=lambda: World(Ruleset(), {}, {}))
    goods: dict[str, int] = field(default_factory=dict)
    kits: dict[str, tuple[Component, ...]] = field(default_factory=dict)
    pools: dict[int, dict[tuple[str, int], tuple[str, ...]]] = field(default_factory=dict)
    ranges: dict[str, Range] = field(default_factory=dict)


class Book:
    """Rules, places and goods of the newest version."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._memory = Memory()
        self._seen = 0.0

    async def load(self, tx: Tx, skus: Iterable[str], channels: Iterable[str] = ()) -> Limits:  # noqa: ARG002
        """The limits of these goods, and of all that their kits hold, in every channel, as they are now."""
        began, versions = time.monotonic(), await store.versions(tx)
        wanted = list(dict.fromkeys(skus))
        limits = self._limits(await self._known(tx, versions, wanted))
        self._seen = began
        if not _doubts(limits):
            return limits
        confidence = await store.confidence(tx, domain_atp.parts_of(limits, wanted))
        return replace(limits, confidence=confidence, _pools={})

    async def of_carts(self, tx: Tx, versions: tuple[int, int], skus: Iterable[str]) -> Limits:
        """What is said of how long carts hold these goods, by versions that somebody read: no statement if known.

        Changes of the catalogue are nothing to them while no rule speaks of holds.
        """
        memory = self._memory
        quiet = versions[1] == memory.versions[1] and not memory.world.rules.kinds[Kind.HOLD_TTL]
        if quiet or not versions[1]:
            return _SILENT
        # read before a lock was waited for: others may have seen newer goods by now, and those are not forgotten again
        if versions[0] < memory.versions[0]:
            versions = memory.versions
        if versions != memory.versions:
            self._seen = 0.0
        return self._limits(await self._known(tx, versions, list(skus)))

    def recent(self, skus: Iterable[str], age: float) -> Limits | None:
        """The limits as somebody loaded them not longer ago than `age`; None if they must be loaded."""
        memory = self._memory
        if time.monotonic() - self._seen > age or not all(sku in memory.goods for sku in skus):
            return None
        limits = self._limits(memory)
        return None if _doubts(limits) else limits

    async def _known(self, tx: Tx, versions: tuple[int, int], wanted: list[str]) -> Memory:
        """What is remembered under these versions, of these goods at least."""
        memory = self._memory
        if versions != memory.versions or len(memory.goods) > _GOODS:
            memory = self._memory = await _read(tx, versions)
        if lost := [sku for sku in wanted if sku not in memory.goods]:
            await _learn(tx, memory, lost)
        return memory

    def _limits(self, memory: Memory) -> Limits:
        at = self._clock()
        now = memory.world.rules.at(at)
        pools = memory.pools.setdefault(now, {})
        return Limits(memory.world, now, memory.goods, memory.kits, {}, pools, at, memory.ranges)


def _doubts(limits: Limits) -> bool:
    """Whether confidence decides anything."""
    return bool(limits.world.rules.kinds[Kind.MIN_CONFIDENCE] & limits.now)


async def world(tx: Tx, rules: Ruleset) -> World:
    """The brand's places and channels under these rules."""
    return World(rules, await store.sites(tx), await store.outlets(tx))


async def _read(tx: Tx, versions: tuple[int, int]) -> Memory:
    found = await store.find(tx, versions[1]) if versions[1] else None
    rules = wire_rules.ruleset(found.version, found.document) if found else Ruleset()
    return Memory(versions, await world(tx, rules))


async def _learn(tx: Tx, memory: Memory, skus: list[str]) -> None:
    """Goods with what their kits hold; one that is nowhere is asked for again each time."""
    kits = await store_kits.reached(tx, skus)
    parts = {part.sku for components in kits.values() for part in components}
    goods = await store.goods(tx, {*skus, *parts})
    memory.kits |= kits
    memory.ranges |= ranges(goods, await assortments.of(tx, [good.sku for good in goods]))
    memory.goods |= {good.sku: memory.world.rules.of_goods(good.facts) for good in goods}


def ranges(goods: Iterable[Good], said: Mapping[str, Assortment]) -> dict[str, Range]:
    """What assortments say of goods; of ordinary ones nothing."""
    found = {}
    for good in goods:
        entries = said[good.sku].entries if good.sku in said else ()
        if entries or not good.active:
            windows = {
                scope: {one.scope_id: one.window for one in entries if one.scope == scope}
                for scope in ("CHANNEL", "LOCATION")
            }
            found[good.sku] = Range(good.active, windows["CHANNEL"], windows["LOCATION"])
    return found
