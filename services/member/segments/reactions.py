"""What is announced of orders and members, as far as facts follow from it."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

from kit.consumer import On
from kit.postgres import Tx
from omo.member.v1 import member_events_pb2 as people
from omo.member.v1 import tier_events_pb2 as tiers
from omo.order.v1 import order_events_pb2 as events
from services.member.points import store_units
from services.member.segments import store_facts, wire
from services.member.segments.domain_facts import Order
from services.member.segments.usecases import Facts

# Told whose facts are new, and which orders, in the same transaction: campaigns hang on them.
Follower = Callable[[Tx, Sequence[str], Sequence[Order]], Awaitable[None]]


class FactReactions:
    """Everything of a batch at once: the rows of all whom it names are locked together, in key order."""

    def __init__(self, facts: Facts, followers: Sequence[Follower] = ()) -> None:
        self._facts = facts
        self._followers = followers

    def ears(self) -> list[On[Any]]:
        """One handler for the order service's events, one for our own."""
        trade = (
            events.OrderConfirmed, events.SalesRecorded, events.SaleClaimed, events.OrderCancelled,
            events.UnitsCancelled, events.UnitsReturned,
        )  # fmt: skip
        own = (people.MemberEnrolled, people.MemberClaimed, people.MemberMerged, tiers.TierChanged)
        return [*(On.many(kind, self.on_trade) for kind in trade), *(On.many(kind, self.on_members) for kind in own)]

    async def on_trade(self, tx: Tx, heard: list[Any]) -> None:
        """Orders, and what of them does not stand: kept under their own keys, then added up anew."""
        takings = [taking for event in heard for taking in wire.takings(event)]
        told = {one for event in heard for one in wire.member_ids(event)}
        if unclaimed := wire.unclaimed(heard):
            await store_units.lock(tx, unclaimed)
            told |= await store_facts.buyers(tx, unclaimed)
        if not told:
            await store_facts.keep_takings(tx, takings)
            return
        meant = await store_facts.meant(tx, sorted(told))
        await store_facts.lock(tx, list(meant.values()))
        # kept under the id that is meant today: what came before a merge goes back when it is undone
        orders = [replace(one, member_id=meant[one.member_id]) for event in heard for one in wire.orders(event)]
        await store_facts.keep_orders(tx, orders)
        await store_facts.keep_takings(tx, takings)
        members = sorted(set(meant.values()))
        await store_facts.refresh(tx, members)
        for follow in self._followers:
            await follow(tx, members, orders)

    async def on_members(self, tx: Tx, heard: list[Any]) -> None:
        """Members who are new, claimed, merged, or of another tier."""
        await self._facts.refresh(tx, sorted({event.member_id for event in heard}))
