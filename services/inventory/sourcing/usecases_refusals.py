"""What stores refused of their tasks: kept as it is heard, acted on a moment later, many together."""

from collections.abc import Iterable, Sequence

from kit import timers
from kit.clock import Clock
from kit.postgres import Tx
from kit.timers import Due
from services.inventory.sourcing import domain_lifecycle, store, store_refusals, wire, wire_events
from services.inventory.sourcing.domain_records import Refusal
from services.inventory.sourcing.port import Stock
from services.inventory.sourcing.usecases_anew import Anew, No
from services.inventory.sourcing.wire_events import Event

REFUSED = "sourcing.refused"


class Refusals:
    """The reaction takes no locks but its own rows': each refusal has its own timer, made once."""

    def __init__(self, clock: Clock, stock: Stock) -> None:
        self._clock = clock
        self._stock = stock
        self._anew = Anew(clock, stock)

    async def hear(self, tx: Tx, events: Sequence[Event], new: Iterable[str]) -> None:
        """Keeps refusals; each is acted on when its order is known here: from now on those in `new` are."""
        refused, new = wire_events.hear(events).refused, set(new)
        fresh = await store_refusals.put(tx, refused)
        waiting = await store_refusals.due(tx, {*new, *(one.order_id for one in refused)})
        due = sorted(_key(one) for one in waiting if one.order_id in new or (one.order_id, one.fulfilment_id) in fresh)
        await timers.schedule_many(tx, REFUSED, [(key, self._clock(), b"") for key in due])

    async def take(self, tx: Tx, dues: Sequence[Due]) -> None:
        """Looks elsewhere for what was refused of tasks that still stand, or has its shopper asked."""
        keys = {due.key for due in dues}
        found = [one for one in await store_refusals.due(tx, {_order(key) for key in keys}) if _key(one) in keys]
        await store_refusals.done(tx, found)
        if nos := await self._standing(tx, found):
            await self._anew.refuse(tx, nos)

    async def _standing(self, tx: Tx, found: Sequence[Refusal]) -> list[No]:
        ids = sorted({one.order_id for one in found})
        orders = {held.order_id: held for held in await store.orders(tx, ids) if held.state != "CANCELLED"}
        assigned, bound = await store.assigned(tx, ids), await self._stock.bound(tx, ids)
        parts, nos = await self._stock.parts(tx, ids), list[No]()
        for one in found:
            if (held := orders.get(one.order_id)) is None:
                continue
            left = assigned.get(one.order_id, [])
            asked = domain_lifecycle.for_refusal(left, one.location_id, one.decision_id, one.units())
            assigned[one.order_id] = [each for each in left if each not in asked]
            open_ = wire.still_open(held, asked, parts.get(one.order_id, {}), bound.get(one.order_id, {}))
            if open_:
                nos.append(No(held, one.location_id, open_, one.reason, store_refusals.actor(one), one.runs))
        return nos


def _key(one: Refusal) -> str:
    return f"{one.order_id} {one.fulfilment_id}"


def _order(key: str) -> str:
    return key.partition(" ")[0]
