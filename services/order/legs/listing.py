"""A store's pickups by how far they are: one tab of its list at a time."""

from collections.abc import Mapping, Sequence

from kit import access, pages
from kit.errors import invalid
from kit.postgres import Database, Tx
from omo.order.v1 import transfer_service_pb2 as pb
from services.order.fulfilment import wire as tasks
from services.order.fulfilment.domain_states import State
from services.order.legs import store as ways
from services.order.legs import store_transfers, wire

_FIRST = "00000000-0000-0000-0000-000000000000"
_LAST = 1 << 62
_STATES: Mapping[int, Sequence[State]] = {
    pb.PICKUP_TAB_OPEN: (State.PLACED, State.ACCEPTED, State.PICKING, State.ON_HOLD),
    pb.PICKUP_TAB_ARRIVED: (State.ARRIVED,),
    pb.PICKUP_TAB_READY: (State.READY, State.EXPIRED),
}


class Listing:
    """Pages of a tab; a cursor belongs to its tab and its store."""

    def __init__(self, db: Database, page_key: bytes) -> None:
        self._db = db
        self._page_key = page_key + b" pickups"

    async def pickups(self, location_id: str, tab: int, size: int, token: str) -> pb.ListPickupsResponse:
        """What stands in this tab."""
        access.require_location(location_id)
        if tab not in (*_STATES, pb.PICKUP_TAB_INCOMING, pb.PICKUP_TAB_HANDOVER):
            raise invalid("tab", "must be OPEN, INCOMING, ARRIVED, READY or HANDOVER")
        of, size = f"{location_id}/{tab}", pages.page_size(size)
        cursor = pages.decode(token, self._page_key)
        if cursor and cursor["of"] != of:
            raise invalid("page_token", "must be of the same tab and store")
        async with self._db.read() as tx:
            found, last = await _page(tx, location_id, tab, cursor["at"] if cursor else None, size)
        more = pages.encode({"of": of, "at": last}, self._page_key) if len(found) == size else ""
        return pb.ListPickupsResponse(pickups=found, next_page_token=more)


async def _page(
    tx: Tx, location_id: str, tab: int, at: str | int | None, size: int
) -> tuple[list[pb.Pickup], str | int]:
    """The entries, and where the next page begins."""
    if tab == pb.PICKUP_TAB_INCOMING:
        legs = await ways.incoming(tx, location_id, str(at or _FIRST), size)
        held = await ways.tasks(tx, [one.fulfilment_id for one in legs])
        shown = [(tasks.fulfilment(held[one.fulfilment_id]), wire.leg(one, held[one.fulfilment_id])) for one in legs]
        return [pb.Pickup(fulfilment=task, leg=leg) for task, leg in shown], legs[-1].fulfilment_id if legs else ""
    if tab == pb.PICKUP_TAB_HANDOVER:
        found = await store_transfers.handed_over(tx, location_id, int(at or _LAST), size)
    else:
        found = await store_transfers.in_states(tx, location_id, _STATES[tab], int(at or 0), size)
    return [pb.Pickup(fulfilment=tasks.fulfilment(one)) for one in found], found[-1].version if found else 0
