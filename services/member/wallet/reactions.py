"""What order announces, as far as what members hold follows from it; points have their own reactions."""

from collections.abc import Iterable
from datetime import UTC

from kit import outbox
from kit.postgres import Tx
from omo.order.v1 import order_events_pb2 as events
from omo.order.v1 import order_facts_pb2
from services.member.points import store as members
from services.member.value import wire as values
from services.member.wallet import holding, spending, store_parts, wire
from services.member.wallet.usecases import CANCELLED


class WalletReactions:
    """One method per event heard."""

    async def on_orders_confirmed(self, tx: Tx, heard: list[events.OrderConfirmed]) -> None:
        """Spends what was held."""
        await self._commit(tx, [event.facts for event in heard])

    async def on_sales_recorded(self, tx: Tx, heard: list[events.SalesRecorded]) -> None:
        """Spends what was held, and what was spent without asking."""
        await self._commit(tx, [facts for event in heard for facts in event.sales])

    async def on_orders_cancelled(self, tx: Tx, heard: list[events.OrderCancelled]) -> None:
        """Gives back what was spent; an order that was never confirmed releases its own."""
        standing = [event for event in heard if event.was_confirmed]
        await _lock(tx, (event.member_id for event in standing))
        for event in sorted(standing, key=lambda event: event.order_id):
            await holding.cancel(tx, event.order_id, event.meta.business_time.ToDatetime(UTC), CANCELLED)

    async def on_units_cancelled(self, tx: Tx, heard: list[events.UnitsCancelled]) -> None:
        """Gives back what paid for units that nobody will hand over."""
        given = [event for event in heard if event.spends_returned]
        await _lock(tx, (event.member_id for event in given))
        for event in sorted(given, key=lambda event: event.order_id):
            moment = event.meta.business_time.ToDatetime(UTC)
            rows = values.returned(event.spends_returned)
            await store_parts.note_returns(tx, event.order_id, wire.units_key(event), "", moment, rows)
            await holding.settle(tx, event.order_id)

    async def on_units_returned(self, tx: Tx, heard: list[events.UnitsReturned]) -> None:
        """Gives back what paid for units that came back, and says how that ended."""
        given = [event for event in heard if event.spends_returned]
        await _lock(tx, (event.member_id for event in given))
        for event in sorted(given, key=lambda event: event.order_id):
            moment = event.meta.business_time.ToDatetime(UTC)
            rows = values.returned(event.spends_returned)
            await store_parts.note_returns(tx, event.order_id, wire.return_key(event), event.refund_id, moment, rows)
            await self._settle(tx, event.order_id, event.member_id)

    async def _commit(self, tx: Tx, heard: Iterable[order_facts_pb2.OrderFacts]) -> None:
        told = [facts for facts in heard if facts.spends]
        await _lock(tx, (facts.member_id for facts in told))
        others = await spending.commit_all(tx, [wire.spending(facts) for facts in told])
        for one in sorted(others, key=lambda one: one.order_id):
            await holding.commit(tx, one)
            await self._settle(tx, one.order_id, one.member_id or "")

    async def _settle(self, tx: Tx, order_id: str, member_id: str) -> None:
        answers = await holding.settle(tx, order_id)
        newest = {(one.asked.refund_id, one.asked.kind, one.asked.ref): one for one in answers}
        await outbox.append(tx, *(wire.settled(one, member_id) for one in newest.values()))


async def _lock(tx: Tx, member_ids: Iterable[str]) -> None:
    """Members in key order, before any of what they hold: as everybody does."""
    if asked := {member_id for member_id in member_ids if member_id}:
        await members.lock_meant(tx, asked)
