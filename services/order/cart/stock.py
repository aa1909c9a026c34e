"""Asks inventory how much there is of what is in a cart, in the name of whoever looks at it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from kit.errors import Fault
from omo.inventory.v1 import availability_pb2
from omo.inventory.v1 import availability_service_pb2 as pb
from services.order.cart.domain import Line
from services.order.cart.domain_problems import Shelf
from services.order.checkout.domain import Method

if TYPE_CHECKING:
    from omo.inventory.v1 import availability_service_pb2_grpc as rpc

_SECONDS = 0.5
_MOST = 100
_UNKNOWN = Shelf(False)


class Shelves:
    """Says nothing where inventory does not answer in time: a cart is shown all the same."""

    def __init__(self, inventory: "rpc.AvailabilityServiceAsyncStub") -> None:
        self._inventory = inventory

    async def look(self, channel_id: str, lines: Sequence[Line]) -> Shelf:
        """What the caller may see of it: shoppers what display rules allow, staff the books."""
        wanted = [line for line in lines if line.method is not Method.CARRY_OUT][:_MOST]
        if not wanted:
            return Shelf(True)
        request = pb.GetChannelStockRequest(
            channel_id=channel_id,
            skus=dict.fromkeys(line.sku for line in wanted),
            location_ids=dict.fromkeys(line.location_id for line in wanted if line.method is Method.COLLECT),
        )
        try:
            reply = await self._inventory.GetChannelStock(request, timeout=_SECONDS)
        except Fault as fault:
            if fault.reason in ("UNKNOWN_SKU", "UNKNOWN_LOCATION") and len(wanted) > 1:
                return await self._without(fault, channel_id, wanted)
            return _UNKNOWN
        return _shelf(reply.stocks)

    async def _without(self, fault: Fault, channel_id: str, lines: Sequence[Line]) -> Shelf:
        """One good that nobody knows must not hide what is there of the others."""
        strange = {fault.metadata.get("sku", ""), fault.metadata.get("location_id", "")} - {""}
        rest = [line for line in lines if line.sku not in strange and line.location_id not in strange]
        return _UNKNOWN if len(rest) == len(lines) else await self.look(channel_id, rest)


def _shelf(stocks: Sequence[availability_pb2.ChannelStock]) -> Shelf:
    shipped: dict[str, int | None] = {}
    collected: dict[tuple[str, str], int | None] = {}
    out: set[tuple[str, str]] = set()
    for stock in stocks:
        shipped[stock.sku] = _number(stock.shipped, stock.backorder)
        if stock.shipped.band == availability_pb2.STOCK_BAND_OUT:
            out.add((stock.sku, ""))
        for option in stock.pickups:
            place = (stock.sku, option.location_id)
            sight = option.all if option.HasField("all") else option.local
            collected[place] = _number(sight, 0) if option.pickable else 0
            if sight.band == availability_pb2.STOCK_BAND_OUT:
                out.add(place)
    return Shelf(True, shipped, collected, frozenset(out))


def _number(sight: availability_pb2.Sight, more: int) -> int | None:
    return sight.available + more if sight.HasField("available") else None
