"""Begins, confirms and refuses orders, all that are at it at the same moment in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from google.protobuf.message import Message

from kit import faultpoints, outbox
from kit.batcher import Batcher
from kit.leases import LEASE, LeaseLost
from kit.outbox import Origin
from kit.postgres import Database, Tx
from services.order.checkout import store_placing, store_split, wire_facts
from services.order.checkout.domain import Order
from services.order.checkout.domain_parts import payments
from services.order.checkout.domain_saga import KIND
from services.order.checkout.fulfilling import Confirmed, Fulfilling
from services.order.checkout.store_placing import Beginning, Confirming, Refusing
from services.order.guests import beginning as guests

_MOST = 64

Begun = tuple[int, datetime]


@dataclass(frozen=True, slots=True)
class _Promise:
    """What to write, and in whose name."""

    confirming: Confirming
    told: Confirmed


@dataclass(frozen=True, slots=True)
class _Refusal:
    """What to write, and what to tell of it."""

    refusing: Refusing
    told: Message


class Group:
    """Group commit of the saga's ends.

    Every confirmation takes the next number of its location. One by one they
    would wait for each other's commit there; together they take it once.
    """

    def __init__(self, db: Database, fulfilling: Fulfilling, lease: timedelta = LEASE) -> None:
        self._db = db
        self._fulfilling = fulfilling
        self.lease = lease
        self._beginnings: Batcher[Beginning, Begun | None] = Batcher(self._begin, _MOST, name="order.begin")
        self._of_guests: Batcher[Beginning, Begun | None] = Batcher(self._begin_of_guests, _MOST, name="order.guests")
        self._promises: Batcher[_Promise, None] = Batcher(self._confirm, _MOST, name="order.confirm")
        self._refusals: Batcher[_Refusal, None] = Batcher(self._refuse, _MOST, name="order.refuse")

    async def begin(self, asked: Beginning) -> Begun | None:
        """Stores order, saga and request; gives the lease's fence, or None if the request was seen before."""
        return await (self._of_guests if guests.is_guest() else self._beginnings).submit(asked)

    async def confirm(self, given: Confirming, at: datetime) -> None:
        """Makes the order a promise, opens its tasks and tells everybody; raises LeaseLost if it is somebody else's."""
        await self._promises.submit(_Promise(given, Confirmed(given.order, at, Origin.here())))

    async def refuse(self, given: Refusing, at: datetime) -> None:
        """Ends an order that holds nothing; raises LeaseLost if it is somebody else's."""
        told = Origin.here().mark(wire_facts.cancelled(given.order, False, at))
        await self._refusals.submit(_Refusal(given, told))

    async def _begin(self, asked: Sequence[Beginning]) -> list[Begun | Exception | None]:
        further = [(one.order.order_id, each) for one in asked for each in one.checkout.instruments]
        # one statement needs no BEGIN
        async with self._db.transaction() if further else self._db.read() as tx:
            begun = await store_placing.begin(tx, asked, self.lease)
            await store_split.keep(tx, [one for one in further if one[0] in begun])
        return [begun.get(one.order.order_id) for one in asked]

    async def _begin_of_guests(self, asked: Sequence[Beginning]) -> list[Begun | Exception | None]:
        async with self._db.transaction() as tx:
            refused = await guests.refused(tx, asked)
            taken = [one for one in asked if one.order.order_id not in refused]
            begun = await store_placing.begin(tx, taken, self.lease) if taken else {}
            further = [(one.order.order_id, each) for one in taken for each in one.checkout.instruments]
            await store_split.keep(tx, [one for one in further if one[0] in begun])
        return [refused.get(one.order.order_id) or begun.get(one.order.order_id) for one in asked]

    async def _confirm(self, given: Sequence[_Promise]) -> list[Exception | None]:
        async with self._db.transaction() as tx:
            moved = await store_placing.confirm(tx, [one.confirming for one in given])
            ours = [one.told for one in given if one.told.order.order_id in moved]
            events: list[Message] = [one.origin.mark(wire_facts.confirmed(one.order, one.at)) for one in ours]
            events += await self._fulfilling.open(tx, ours)
            await _forget(tx, [one.order for one in ours])
            await outbox.append(tx, *events)
            faultpoints.hit("order.before_confirm")
        return [None if one.told.order.order_id in moved else _lost(one.told.order.order_id) for one in given]

    async def _refuse(self, given: Sequence[_Refusal]) -> list[Exception | None]:
        ids = [one.refusing.order.order_id for one in given]
        async with self._db.transaction() as tx:
            moved = await store_placing.refuse(tx, [one.refusing for one in given])
            await outbox.append(tx, *(one.told for one in given if one.refusing.order.order_id in moved))
        return [None if order_id in moved else _lost(order_id) for order_id in ids]


async def _forget(tx: Tx, ended: Sequence[Order]) -> None:
    """By what their further payments were authorised; most orders have none."""
    if split := [order.order_id for order in ended if len(payments(order.tenders)) > 1]:
        await store_split.forget(tx, split)


def _lost(order_id: str) -> LeaseLost:
    return LeaseLost(f"{KIND} {order_id}")
