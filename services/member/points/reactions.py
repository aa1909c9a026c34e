"""What order and inventory announce, as far as points follow from it."""

from collections.abc import Iterable
from datetime import UTC

from kit.postgres import Tx
from omo.order.v1 import order_events_pb2 as events
from omo.order.v1 import order_facts_pb2
from services.member.points import store_sales, store_units, wire
from services.member.points.returns import Returns
from services.member.points.usecases import Points
from services.member.wallet import committing
from services.member.wallet.usecases import Wallet

_OfOrder = events.UnitsHandedOver | events.UnitsCancelled | events.OrderCancelled


class PointsReactions:
    """One method per event heard."""

    def __init__(self, points: Points, wallet: Wallet) -> None:
        self._points = points
        self._wallet = wallet
        self._returns = Returns(points.clock, points.zone, wallet)

    async def on_orders_confirmed(self, tx: Tx, heard: list[events.OrderConfirmed]) -> None:
        """Commits what was spent and earns pending points."""
        await self._earn(tx, [event.facts for event in heard])

    async def on_sales_recorded(self, tx: Tx, heard: list[events.SalesRecorded]) -> None:
        """Earns for store sales; goods carried out are handed over already."""
        await self._earn(tx, [facts for event in heard for facts in event.sales])

    async def on_sales_claimed(self, tx: Tx, heard: list[events.SaleClaimed]) -> None:
        """A past sale is somebody's now: earned as of its own time, once, whatever else was heard of it."""
        await store_units.lock(tx, (event.facts.order_id for event in heard))
        await self._earn(tx, [event.facts for event in heard])

    async def on_units_handed_over(self, tx: Tx, heard: list[events.UnitsHandedOver]) -> None:
        """Gives waiting points their date of activation."""
        await self._whose(tx, heard)
        runs = [run for event in heard for run in wire.handed_over(event)]
        if runs:
            await self._points.hand_over(tx, runs)

    async def on_units_cancelled(self, tx: Tx, heard: list[events.UnitsCancelled]) -> None:
        """Takes back what these units earned and gives back what was spent on them; the rest of the order goes on."""
        members = await self._whose(tx, heard)
        runs = [run for event in heard for run in wire.cancelled(event)]
        if not runs:
            return
        await self._points.cancel_units(tx, runs, members)
        for order_id, moment in sorted({run.order_id: run.moment for run in runs}.items()):
            await self._wallet.give_back(tx, order_id, moment)

    async def on_units_returned(self, tx: Tx, heard: list[events.UnitsReturned]) -> None:
        """Takes back what these units earned, gives back what was spent on them, looks at the tier, answers each."""
        meant = await self._points.lock(tx, {event.member_id for event in heard if event.member_id})
        of_members = [event for event in heard if event.member_id]
        runs = [run for event in of_members for run in wire.returned(event)]
        if runs:
            await self._returns.come_back(tx, runs, {event.order_id: meant[event.member_id] for event in of_members})

    async def on_orders_cancelled(self, tx: Tx, heard: list[events.OrderCancelled]) -> None:
        """Takes back what was earned and gives back what was spent."""
        standing = [event for event in heard if event.was_confirmed]
        members = await self._whose(tx, standing)
        for event in sorted(standing, key=lambda event: event.order_id):
            moment = event.meta.business_time.ToDatetime(UTC)
            await self._points.undo(tx, event.order_id, members.get(event.order_id), moment)
            await self._wallet.restore(tx, event.order_id, moment)

    async def _earn(self, tx: Tx, heard: list[order_facts_pb2.OrderFacts]) -> None:
        sales = [wire.sale(facts) for facts in heard if facts.member_id]
        early = await self._points.earn(tx, sales) if sales else {}
        await committing.commit_all(tx, self._wallet, [sale for sale in sales if sale.points_spent])
        if early:
            await self._returns.settle(tx, sorted(early), early)

    async def _whose(self, tx: Tx, heard: Iterable[_OfOrder]) -> dict[str, str]:
        """Locks the members of these orders, and says whose each is; what is told as nobody's may be one's since.

        Such an order itself is locked before any member, as its claim does: that has seen what is heard here, or is
        seen here.
        """
        told = dict[str, str]()
        for event in heard:
            told[event.order_id] = told.get(event.order_id) or event.member_id
        if nobodys := [order_id for order_id, member_id in told.items() if not member_id]:
            await store_units.lock(tx, nobodys)
            told |= await store_sales.earners(tx, nobodys)
        meant = await self._points.lock(tx, {member_id for member_id in told.values() if member_id})
        return {order_id: meant[member_id] for order_id, member_id in told.items() if member_id}
