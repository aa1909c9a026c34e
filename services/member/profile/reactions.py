"""What order and attribution announce, as far as it belongs on a member's timeline."""

from collections.abc import Sequence

from kit.postgres import Tx
from omo.attribution.v1 import attribution_events_pb2
from omo.inventory.v1 import catalogue_events_pb2
from omo.order.v1 import order_events_pb2 as events
from services.member.profile import store_advisers, store_calls, timeline, wire_calls, wire_timeline
from services.member.profile.timeline import Record
from services.member.vault import Vault


class TimelineReactions:
    """One method per event heard; a sale to nobody known is on nobody's timeline."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def on_orders_confirmed(self, tx: Tx, heard: list[events.OrderConfirmed]) -> None:
        """Online orders."""
        await self._keep(tx, [wire_timeline.ordered(event.facts) for event in heard])

    async def on_sales_recorded(self, tx: Tx, heard: list[events.SalesRecorded]) -> None:
        """Store sales."""
        await self._keep(tx, [wire_timeline.ordered(facts) for event in heard for facts in event.sales])

    async def on_sales_claimed(self, tx: Tx, heard: list[events.SaleClaimed]) -> None:
        """Receipts from before: they stand where they were bought."""
        await self._keep(tx, [wire_timeline.ordered(event.facts) for event in heard])

    async def on_orders_cancelled(self, tx: Tx, heard: list[events.OrderCancelled]) -> None:
        """Orders that ended; one that never was confirmed never was on the timeline."""
        await self._keep(tx, [wire_timeline.cancelled(event) for event in heard if event.was_confirmed])

    async def on_units_cancelled(self, tx: Tx, heard: list[events.UnitsCancelled]) -> None:
        """Units given up."""
        await self._keep(tx, [wire_timeline.given_up(event) for event in heard])

    async def on_units_handed_over(self, tx: Tx, heard: list[events.UnitsHandedOver]) -> None:
        """Goods handed over."""
        await self._keep(tx, [wire_timeline.handed_over(event) for event in heard])

    async def on_units_returned(self, tx: Tx, heard: list[events.UnitsReturned]) -> None:
        """Goods that came back."""
        await self._keep(tx, [wire_timeline.returned(event) for event in heard])

    async def on_members_bound(self, tx: Tx, heard: list[attribution_events_pb2.MemberBound]) -> None:
        """Who serves whom."""
        newest: dict[str, tuple[int, int]] = {}
        rows = [wire_timeline.binding(event) for event in heard]
        for index, row in enumerate(rows):
            if row[0] not in newest or newest[row[0]][0] < row[5]:
                newest[row[0]] = (row[5], index)
        await store_advisers.put(tx, [rows[newest[member_id][1]] for member_id in sorted(newest)])

    async def _keep(self, tx: Tx, records: Sequence[Record]) -> None:
        await timeline.append(tx, self._vault, [one for one in records if one.member_id])


async def on_price_lists_changed(tx: Tx, heard: list[catalogue_events_pb2.PriceListChanged]) -> None:
    """What wishes can be on offer for."""
    for event in sorted(heard, key=lambda event: event.price_list.version):
        kept, gone = wire_calls.prices(event)
        await store_calls.put_prices(tx, sorted({one.sku: one for one in kept}.values(), key=lambda one: one.sku))
        await store_calls.drop_prices(tx, gone)
