"""Where orders' goods come from and why, and what waits for a place."""

from datetime import datetime

from kit import pages
from kit.postgres import Database, Tx
from omo.inventory.v1 import sourcing_service_pb2 as rpc
from services.inventory.catalogue.domain import NotFound
from services.inventory.sourcing import store, wire
from services.inventory.sourcing.domain_records import Sourced


async def known(tx: Tx, order_id: str) -> Sourced:
    """The order, if sourcing ever heard of it."""
    found = await store.orders(tx, [order_id])
    if not found:
        raise NotFound("nothing of this order is collected or shipped, or it was never confirmed", order_id=order_id)
    return found[0]


class Reads:
    """Looks at what was decided."""

    def __init__(self, db: Database, page_key: bytes) -> None:
        self._db = db
        self._page_key = page_key + b" sourcing"

    async def get(self, order_id: str) -> rpc.GetSourcingResponse:
        """An order's places."""
        async with self._db.read() as tx:
            held = await known(tx, order_id)
            assigned = await store.assigned(tx, [order_id])
        return rpc.GetSourcingResponse(sourcing=wire.sourcing(held, assigned.get(order_id, ())))

    async def explain(self, order_id: str) -> rpc.ExplainSourcingResponse:
        """An order's places, and every decision with its reasons."""
        async with self._db.read() as tx:
            held = await known(tx, order_id)
            assigned = await store.assigned(tx, [order_id])
            decisions = await store.decisions(tx, order_id)
        return rpc.ExplainSourcingResponse(
            sourcing=wire.sourcing(held, assigned.get(order_id, ())), decisions=map(wire.decision, decisions)
        )

    async def unplaced(self, queue: str, size: int, token: str) -> rpc.ListUnplacedResponse:
        """What waits in a queue, oldest first."""
        size = pages.page_size(size)
        cursor = pages.decode(token, self._page_key) or {"at": wire.EPOCH.isoformat(), "id": ""}
        async with self._db.read() as tx:
            found = await store.waiting(tx, queue, (datetime.fromisoformat(cursor["at"]), cursor["id"]), size)
            assigned = await store.assigned(tx, [one.order_id for one in found])
        more = ""
        if len(found) == size:
            last = {"at": found[-1].order_time.isoformat(), "id": found[-1].order_id}
            more = pages.encode(last, self._page_key)
        shown = [wire.sourcing(one, assigned.get(one.order_id, ())) for one in found]
        return rpc.ListUnplacedResponse(sourcings=shown, next_page_token=more)
