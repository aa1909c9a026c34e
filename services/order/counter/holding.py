"""Promises what a sale will have shipped, or collected elsewhere, before the till closes it."""

from datetime import timedelta
from typing import TYPE_CHECKING

from kit import access, fields
from kit.access import NotYours
from kit.clock import Clock
from kit.errors import Code, Fault, invalid
from kit.postgres import Database, Tx
from omo.inventory.v1 import stock_pb2
from omo.inventory.v1 import stock_service_pb2 as stock_pb
from omo.order.v1 import counter_service_pb2 as pb
from services.order.counter import domain, store_holds
from services.order.counter.domain import Promised

if TYPE_CHECKING:
    from omo.inventory.v1.stock_service_pb2_grpc import StockServiceAsyncStub

_SECONDS = 2.0
_MOST = 100
_KNOWN = timedelta(days=1)
# stock refused, so nothing is held; with other content under the same id something is
_REFUSED = (Code.FAILED_PRECONDITION, Code.INVALID_ARGUMENT, Code.NOT_FOUND)
_REUSED = "HOLD_REUSED"


class Holding:
    """Under the sale's own id, which the till has just made; so that asking again holds nothing twice.

    Whose till it is is written down before stock is asked: nothing is held that nobody may give back.
    """

    def __init__(self, db: Database, clock: Clock, stock: "StockServiceAsyncStub") -> None:
        self._db = db
        self._clock = clock
        self._stock = stock

    async def hold(self, request: pb.HoldDeliveryRequest) -> pb.HoldDeliveryResponse:
        """All lines or none: another store's goods, or what the channel's pool has."""
        if not 1 <= len(request.lines) <= _MOST:
            raise invalid("lines", f"must hold 1 to {_MOST}")
        sale_id = fields.identifier("sale_id", request.sale_id)
        asked = stock_pb.HoldRequest(
            request_id=sale_id,
            member_id=fields.identifier("member_id", request.member_id) if request.member_id else "",
            lines=[_line(place, one, request.channel_id) for place, one in enumerate(request.lines)],
            ttl_seconds=int(domain.HELD_FOR.total_seconds()),
        )
        who = access.current()
        location_id = who.location_ids[0] if who.location_ids else ""
        access.require_location(location_id)
        wanted = Promised(sale_id, location_id, who.terminal_id or who.actor.id, self._clock() + domain.HELD_FOR)
        # looked for first: whoever holds for a sale is written down before he does
        strange = await self._held(sale_id) is not None
        async with self._db.transaction() as tx:
            fresh = await self._own(tx, wanted, strange)
        try:
            # stores hold their own goods only: it is us who know that this is a sale
            with access.acting_as(access.service("order", who.actor)):
                held = await self._stock.Hold(asked, timeout=_SECONDS)
        except Fault as fault:
            if fresh and fault.code in _REFUSED and fault.reason != _REUSED:
                await self._end(sale_id)
            raise
        return pb.HoldDeliveryResponse(hold=held.hold)

    async def release(self, request: pb.ReleaseDeliveryRequest) -> pb.ReleaseDeliveryResponse:
        """Of a sale of this store's that is not made; what an order holds nobody gives back here."""
        sale_id = fields.identifier("sale_id", request.sale_id)
        async with self._db.read() as tx:
            owned = await store_holds.find(tx, sale_id)
        if owned is None:
            raise _none(sale_id)
        try:
            access.require_location(owned.location_id)
        except NotYours:
            raise _none(sale_id) from None
        found = await self._held(sale_id)
        if found is not None and found.order_id:
            raise _none(sale_id)
        asked = stock_pb.ReleaseRequest(request_id=f"{sale_id}:release", hold_id=sale_id, reason="TILL")
        with access.acting_as(access.service("order", access.current().actor)):
            # where stock knows of none, one that is still on its way is refused
            await self._stock.Release(asked, timeout=_SECONDS)
        await self._end(sale_id)
        return pb.ReleaseDeliveryResponse()

    async def _own(self, tx: Tx, wanted: Promised, strange: bool) -> bool:
        """Writes down whose it is, within the till's limit; True where nothing was open for this sale."""
        now = self._clock()
        await store_holds.alone(tx, wanted.terminal_id)
        known = await store_holds.find(tx, wanted.sale_id)
        if known is None and strange:
            raise _none(wanted.sale_id)
        if known is not None and known.location_id == wanted.location_id and known.expire_time > now:
            return False
        await store_holds.forget(tx, wanted.terminal_id, now - _KNOWN)
        domain.within_limit(await store_holds.count_open(tx, wanted.terminal_id, now))
        if not await store_holds.keep(tx, wanted, access.current().actor):
            raise _none(wanted.sale_id)
        return True

    async def _held(self, sale_id: str) -> stock_pb2.Hold | None:
        try:
            with access.acting_as(access.service("order", access.current().actor)):
                return (await self._stock.GetHold(stock_pb.GetHoldRequest(hold_id=sale_id), timeout=_SECONDS)).hold
        except Fault as fault:
            if fault.code is Code.NOT_FOUND:
                return None
            raise

    async def _end(self, sale_id: str) -> None:
        async with self._db.transaction() as tx:
            await store_holds.end(tx, sale_id, self._clock())


def _none(sale_id: str) -> NotYours:
    return NotYours("no such hold", field="sale_id", sale_id=sale_id)


def _line(place: int, one: pb.DeliveredLine, channel_id: str) -> stock_pb2.HoldLine:
    made = stock_pb2.HoldLine(
        line_no=one.line_no, sku=fields.code(f"lines[{place}].sku", one.sku), quantity=one.quantity
    )
    if one.location_id:
        made.location_id = fields.code(f"lines[{place}].location_id", one.location_id)
    else:
        made.pool_id = fields.code("channel_id", channel_id)
    return made
