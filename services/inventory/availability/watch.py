"""Tells what came back and what sold out: looks at goods that changed, a moment after they did."""

from datetime import datetime

from kit import outbox, timers
from kit.clock import Clock
from kit.postgres import Database, Tx
from kit.timers import Due
from services.inventory.assortment import store as assortments
from services.inventory.assortment.domain import Assortment
from services.inventory.availability import domain_atp, domain_watch, store_shelves, store_watch, wire
from services.inventory.availability.domain_watch import Seen
from services.inventory.availability.limits import Book

# the timer that fires when a rule comes into force or leaves it
EDGE = "availability.edge"
# and what of its key says that it is a good's window
WINDOW = "sku:"
# what goes and comes back within this time is told by nobody
QUIET = 0.5
_MANY = 400


async def look_again(tx: Tx, sku: str, said: Assortment | None, now: datetime) -> None:
    """Has a good looked at now, and whenever a window of its assortment opens or closes."""
    await store_watch.note(tx, sku)
    times = [at for one in said.entries for at in (one.window.published, one.window.unpublished)] if said else []
    if later := [at for at in times if at and at > now]:
        await timers.schedule(tx, EDGE, WINDOW + sku, min(later))


class Watch:
    """Marks and what is told of them live in one transaction: after a crash it is looked at again, and told once."""

    pause = 0.25

    def __init__(self, db: Database, clock: Clock, book: Book, quiet: float = QUIET) -> None:
        self._db = db
        self._clock = clock
        self._book = book
        self._quiet = quiet

    async def look(self) -> int:
        """Looks at some of the goods that changed; how many there were."""
        async with self._db.transaction() as tx:
            changed = await store_watch.take(tx, self._quiet, _MANY)
            if not changed:
                return 0
            if "" in changed:
                await store_watch.note_all(tx)
            skus = await store_watch.with_kits(tx, [sku for sku in changed if sku])
            await self._tell(tx, skus)
        return len(changed)

    async def _tell(self, tx: Tx, skus: list[str]) -> None:
        now = self._clock()
        limits = await self._book.load(tx, skus)
        shelves = await store_shelves.read(tx, domain_atp.parts_of(limits, skus), now)
        before = await store_watch.seen(tx, skus)
        pairs = [
            domain_watch.compare(before.get(sku, Seen(sku)), domain_watch.look(limits, shelves, sku)) for sku in skus
        ]
        await store_watch.keep(tx, [after for after, told in pairs if told])
        await outbox.append(tx, *(wire.told(one, now) for _, told in pairs for one in told))

    async def on_edge(self, tx: Tx, due: Due) -> None:
        """Other rules are in force from now on, or a window of a good's assortment opened or closed."""
        if due.key.startswith(WINDOW):
            sku = due.key.removeprefix(WINDOW)
            await look_again(tx, sku, (await assortments.of(tx, [sku])).get(sku), self._clock())
            return
        await store_watch.note(tx, "")
        limits = await self._book.load(tx, ())
        if edge := limits.world.rules.next_edge(self._clock()):
            await timers.schedule(tx, EDGE, "rules", edge)
