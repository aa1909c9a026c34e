"""Shows orders to those who may see them, and what each sold unit came to."""

import uuid
from collections.abc import Sequence
from datetime import datetime

from kit import access, pages
from kit.access import Kind, NotYours, Principal
from kit.errors import invalid
from kit.postgres import Database, Tx
from omo.order.v1 import order_pb2
from omo.order.v1 import order_service_pb2 as pb
from omo.type.v1 import unit_pb2
from services.order.checkout import domain_numbers, store_reads, wire, wire_shown, wire_units
from services.order.checkout.domain import ChannelKind, Order, State
from services.order.checkout.fulfilling import Fulfilling, Shown
from services.order.checkout.invoicing import Invoicing
from services.order.returns import store_units
from services.order.serials import store as serials

_MAX_UNITS = 100


class OrderBook:
    """Get, list, describe."""

    def __init__(
        self, db: Database, fulfilling: Fulfilling, page_key: bytes, invoicing: Invoicing | None = None
    ) -> None:
        self._db = db
        self._invoicing = invoicing
        self._fulfilling = fulfilling
        self._page_key = page_key

    async def get(self, order_id: str) -> order_pb2.Order:
        """One order, by its id or by the number that people use."""
        async with self._db.read() as tx:
            for candidate in await self._named(tx, order_id):
                if await store_reads.visible(tx, candidate, access.current()):
                    return (await self.shown(tx, [candidate]))[0]
        raise NotYours("no such order", field="order_id", order_id=order_id)

    async def list(
        self,
        member_id: str | None,
        location_id: str | None,
        state: State | None,
        channel_kind: ChannelKind | None,
        page_size: int,
        page_token: str,
    ) -> pb.ListOrdersResponse:
        """Orders, newest first: a member's own, a store's, or all of them."""
        member_id, location_id = _scope(access.current(), member_id, location_id)
        size = pages.page_size(page_size)
        cursor = pages.decode(page_token, self._page_key)
        async with self._db.read() as tx:
            found = await store_reads.page(
                tx,
                after=(datetime.fromisoformat(cursor["t"]), cursor["o"]) if cursor else None,
                size=size + 1,
                state=state,
                channel_kind=channel_kind,
                member_id=member_id,
                location_id=location_id,
            )
            orders = await self.shown(tx, [order_id for _, order_id in found[:size]])
        token = ""
        if len(found) > size:
            moment, order_id = found[size - 1]
            token = pages.encode({"t": moment.isoformat(), "o": order_id}, self._page_key)
        return pb.ListOrdersResponse(orders=orders, next_page_token=token)

    async def describe(self, units: Sequence[unit_pb2.UnitRef]) -> pb.DescribeUnitsResponse:
        """Order's part of the passports of these units, run by run; what the caller may not see is left out."""
        if not 1 <= len(units) <= _MAX_UNITS:
            raise invalid("units", f"must hold 1 to {_MAX_UNITS} references")
        wanted = [wire.identifier(f"units[{place}].order_id", unit.order_id) for place, unit in enumerate(units)]
        async with self._db.read() as tx:
            distinct = dict.fromkeys(wanted)
            allowed = [each for each in distinct if await store_reads.visible(tx, each, access.current())]
            orders = {order.order_id: order for order in await store_reads.orders(tx, allowed)}
            shown = await self._fulfilling.show(tx, list(orders.values()))
            returned = await store_units.of_orders(tx, list(orders))
            left = await serials.of_orders(tx, list(orders))
        sales = [
            sale
            for order_id, unit in zip(wanted, units, strict=True)
            if order_id in orders
            for sale in wire_units.sales(
                orders[order_id], unit, shown.get(order_id, Shown()), returned.get(order_id, ()), left.get(order_id, {})
            )
        ]
        return pb.DescribeUnitsResponse(units=sales)

    async def _named(self, tx: Tx, name: str) -> Sequence[str]:
        try:
            return [str(uuid.UUID(name))]
        except ValueError:
            return await store_reads.by_number(tx, domain_numbers.read(name) or name)

    async def shown(self, tx: Tx, order_ids: Sequence[str]) -> Sequence[order_pb2.Order]:
        """These orders as the API shows them; who may see them is the caller's to ask."""
        orders: list[Order] = await store_reads.orders(tx, order_ids)
        shown = await self._fulfilling.show(tx, orders)
        beside = [shown.get(order.order_id, Shown()) for order in orders]
        told = [wire_shown.beside(order, each) for order, each in zip(orders, beside, strict=True)]
        if self._invoicing is not None:
            await self._invoicing.beside(tx, told)
        return told


def _scope(principal: Principal, member_id: str | None, location_id: str | None) -> tuple[str | None, str | None]:
    """What the caller's list is cut to: members to themselves, staff and devices to one of their stores."""
    match principal.kind:
        case Kind.MEMBER:
            access.require_member(member_id or principal.id)
            return principal.id, location_id
        case Kind.HQ | Kind.SERVICE:
            return member_id, location_id
        case _:
            if location_id is None and len(principal.location_ids) == 1:
                location_id = principal.location_ids[0]
            if location_id is None:
                raise invalid("location_id", "must name one of your stores")
            access.require_location(location_id)
            return member_id, location_id
