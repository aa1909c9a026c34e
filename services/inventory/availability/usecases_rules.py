"""Rules as their authors keep them: drafted, looked at, made to decide."""

from collections.abc import Sequence

from kit import access, outbox, pages, requests, timers
from kit.clock import Clock
from kit.postgres import Database, Tx
from kit.requests import Request
from omo.inventory.v1 import availability_pb2 as pb
from omo.inventory.v1 import availability_service_pb2 as rpc
from services.inventory.availability import domain_author, limits, store, store_watch, wire, wire_rules
from services.inventory.availability.domain_author import Known, RulesUnknown
from services.inventory.availability.domain_filters import Field
from services.inventory.availability.domain_rules import Rule, Ruleset
from services.inventory.availability.domain_versions import Version
from services.inventory.availability.watch import EDGE

_LAST = 2**62


class Rules:
    """Every version of the rules; one decides."""

    def __init__(self, db: Database, clock: Clock, page_key: bytes) -> None:
        self._db = db
        self._clock = clock
        self._page_key = page_key + b" availability rules"

    async def put(
        self, asked: Request, given: Sequence[pb.AvailabilityRule], note: str
    ) -> rpc.PutAvailabilityRulesResponse:
        """Keeps a new draft; what looks wrong and may stand comes as a warning."""
        rules = wire_rules.rules(given)

        async def work(tx: Tx) -> rpc.PutAvailabilityRulesResponse:
            await store.lock(tx)
            domain_author.check_names(rules, await _known(tx, rules))
            kept = await store.put(tx, note, wire_rules.document(given), self._clock(), access.current().actor)
            warnings = [pb.AvailabilityWarning(field=field, text=text) for field, text in domain_author.warnings(rules)]
            return rpc.PutAvailabilityRulesResponse(rules=wire_rules.version(kept), warnings=warnings)

        return await requests.once(self._db, asked, work, rpc.PutAvailabilityRulesResponse)

    async def activate(self, asked: Request, version: int) -> rpc.ActivateAvailabilityRulesResponse:
        """Makes a version decide, from its commit on, and has every good looked at for what that changes."""

        async def work(tx: Tx) -> rpc.ActivateAvailabilityRulesResponse:
            active = await store.lock(tx)
            kept = await _find(tx, version)
            if version != active:
                kept = await self._point(tx, kept)
            return rpc.ActivateAvailabilityRulesResponse(rules=wire_rules.version(kept))

        return await requests.once(self._db, asked, work, rpc.ActivateAvailabilityRulesResponse)

    async def _point(self, tx: Tx, kept: Version) -> Version:
        now, rules = self._clock(), wire_rules.ruleset(kept.version, kept.document)
        kept = await store.activate(tx, kept.version, rules.watch, now, access.current().actor)
        await store_watch.note(tx, "")
        await store_watch.note_later(tx)
        await timers.cancel(tx, EDGE, "rules")
        if edge := rules.next_edge(now):
            await timers.schedule(tx, EDGE, "rules", edge)
        await outbox.append(tx, wire.rules_changed(kept, now))
        return kept

    async def get(self, version: int) -> Version:
        """A version; 0 is the one that decides."""
        async with self._db.read() as tx:
            return await _find(tx, version or (await store.versions(tx))[1])

    async def page(self, size: int, token: str) -> tuple[list[Version], str]:
        """Versions, the newest first, and the token of the next page."""
        size = pages.page_size(size)
        before = (pages.decode(token, self._page_key) or {"before": _LAST})["before"]
        async with self._db.read() as tx:
            found = await store.page(tx, before, size)
        more = pages.encode({"before": found[-1].version}, self._page_key) if len(found) == size else ""
        return found, more


async def _find(tx: Tx, version: int) -> Version:
    found = await store.find(tx, version)
    if found is None:
        raise RulesUnknown(f"there is no version {version} of the rules", version=version)
    return found


async def _known(tx: Tx, rules: tuple[Rule, ...]) -> Known:
    """What the rules may name, of what they name."""
    world = await limits.world(tx, Ruleset(0, rules))
    goods = await store.goods(tx, domain_author.named(rules, Field.SKU))
    groups = {group for site in world.sites.values() for group in site.groups}
    described = await store.groups(tx, domain_author.named(rules, Field.GROUP))
    return Known({good.sku for good in goods}, world.sites, groups | described, world.outlets)
